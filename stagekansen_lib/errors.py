"""What can go wrong, said so that a student can mend it: what is wrong, where, and what to do.

A mistake in the input is an error; doubt about a number is a warning. All problems are reported at once.
"""

from __future__ import annotations

import difflib
import os
import shlex
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DoubtWarning", "InputError", "Problem", "RefusedError", "StagekansenError", "did_you_mean", "quoted"]


class StagekansenError(Exception):
    """Something the workbench cannot do, with a text made for the person in front of it."""


class RefusedError(StagekansenError):
    """The workbench could do this, and will not: the text says why and what to do instead."""


class DoubtWarning(UserWarning):
    """The number stands, but there is a reason to doubt it; the text names the reason.

    ``key`` names the sentence that tells it to a reader of the result.
    """

    def __init__(self, text: str, key: str = "doubt") -> None:
        super().__init__(text)
        self.key = key


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Parameters
    ----------
    what : one sentence that names the mistake. Never holds an answer of a respondent.
    where : file, row, column or entry, as a person would look it up; empty when the sentence says it.
    do : what to do about it, as one sentence; empty when that is plain.
    """

    what: str
    where: str = ""
    do: str = ""

    def __str__(self) -> str:
        start = f"{self.where}: " if self.where else ""
        end = f" {self.do}" if self.do else ""
        return f"{start}{self.what}{end}"


class InputError(StagekansenError):
    """Input that cannot be used. ``problems`` holds every problem found, not only the first.

    >>> print(InputError([Problem("Column 'schol' is not in the codebook.", do="Did you mean 'school'?")]))
    Column 'schol' is not in the codebook. Did you mean 'school'?

    ``table`` has them as a DataFrame, to sort, count or save.
    """

    def __init__(self, problems: Iterable[Problem] | Problem | str, title: str = "") -> None:
        if isinstance(problems, str):
            problems = Problem(problems)
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        self.title = title
        super().__init__(self._text())

    @property
    def table(self) -> pd.DataFrame:
        """Every problem as a row: columns ``what``, ``where`` and ``do``, all text, as they were found.

        Examples
        --------
        >>> found = InputError([Problem("No such code.", "row 3"), Problem("No such code.", "row 9", "Correct it.")])
        >>> found.table["where"].tolist()
        ['row 3', 'row 9']
        """
        import pandas as pd

        return pd.DataFrame(
            [(one.what, one.where, one.do) for one in self.problems], columns=["what", "where", "do"], dtype="str"
        )

    def _text(self) -> str:
        if len(self.problems) == 1 and not self.title:
            return str(self.problems[0])
        title = self.title or f"{len(self.problems)} problems were found."
        return "\n".join([title, *(f"- {problem}" for problem in self.problems)])


def quoted(*words: str) -> str:
    """Words as a person can paste them behind a command, quoted where the shell of this computer needs it.

    >>> quoted("Naam", "start").split()
    ['Naam', 'start']
    """
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def did_you_mean(word: object, known: Sequence[object]) -> str:
    """A closing sentence that offers near matches, or the known names when nothing is near.

    >>> did_you_mean("placemnt", ["placement", "school"])
    "Did you mean 'placement'?"
    """
    names = list(dict.fromkeys(str(name) for name in known))
    near = difflib.get_close_matches(str(word), names, n=3, cutoff=0.6)
    if near:
        return f"Did you mean {' or '.join(repr(name) for name in near)}?"
    if not names:
        return ""
    shown = ", ".join(repr(name) for name in names[:12])
    more = ", ..." if len(names) > 12 else ""
    return f"Known: {shown}{more}."
