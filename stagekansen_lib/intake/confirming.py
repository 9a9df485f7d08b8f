"""Which column of a file holds which question, as a person decides it: what was proposed, and what was chosen.

Nothing is matched by itself. A column that nobody confirmed is not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.wording import Language, chosen_language, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Candidates", "ColumnMatches", "candidates_of"]

# For each column the variables it may hold: name, question, similarity (0 to 1).
Candidates = Mapping[str, tuple[tuple[str, str, float], ...]]


def candidates_of(proposals: pd.DataFrame) -> Candidates:
    """The variables that each column may hold, from what ``propose_columns`` gives.

    Raises
    ------
    InputError : the table lacks column, variable, question_nl or similarity.
    """
    absent = [name for name in ("column", "variable", "question_nl", "similarity") if name not in proposals.columns]
    if absent:
        raise InputError(Problem(f"The proposals lack {', '.join(absent)}.", do="Give what propose_columns gives."))
    found: dict[str, list[tuple[str, str, float]]] = {}
    for line in proposals.to_dict("records"):
        question = str(line["question_nl"]) or str(line["variable"])
        found.setdefault(str(line["column"]), []).append((str(line["variable"]), question, float(line["similarity"])))
    return {column: tuple(own) for column, own in found.items()}


class ColumnMatches:
    """A list of columns, each with the questions it may be; ``chosen`` holds what a person confirmed."""

    def __init__(self, candidates: Candidates, language: str | None = None) -> None:
        self.candidates = candidates
        self.language: Language = chosen_language(language)
        self._confirmed: dict[str, str] = {}

    @property
    def chosen(self) -> dict[str, str]:
        """What was confirmed: column of the file -> variable, for ``read_survey(columns=...)``.

        Raises
        ------
        InputError : two columns were confirmed as the same variable; all of them are named.
        """
        by_variable: dict[str, list[str]] = {}
        for column, variable in self._confirmed.items():
            by_variable.setdefault(variable, []).append(column)
        problems = [
            Problem(f"{len(columns)} columns are confirmed as '{variable}': {'; '.join(columns)}.", do="Keep one.")
            for variable, columns in by_variable.items()
            if len(columns) > 1
        ]
        if problems:
            raise InputError(problems)
        return dict(self._confirmed)

    def confirmed(self, column: str) -> str:
        """The variable that was confirmed for a column; empty when nobody decided yet."""
        return self._confirmed.get(column, "")

    def confirm(self, column: str, variable: str | None) -> None:
        """Confirm a match, or take it back with None.

        Raises
        ------
        InputError : the column was not proposed, or not for this variable.
        """
        if column not in self.candidates:
            known = list(self.candidates)
            raise InputError(Problem(f"Column '{column}' waits for no decision.", do=did_you_mean(column, known)))
        names = [name for name, _, _ in self.candidates[column]]
        if variable is None:
            self._confirmed.pop(column, None)
        elif variable in names:
            self._confirmed[column] = variable
        else:
            raise InputError(
                Problem(f"'{variable}' was not proposed for '{column}'.", do=did_you_mean(variable, names))
            )

    def sentence(self) -> str:
        """What is still to be decided, in words."""
        waiting = len(self.candidates) - len(self._confirmed)
        if not self.candidates:
            return say("matching.nothing", self.language)
        if not waiting:
            return say("matching.done", self.language)
        return say("matching.waiting", self.language, count=waiting, all=len(self.candidates))

    def __repr__(self) -> str:
        lines = [self.sentence()]
        for column, found in self.candidates.items():
            lines.append(f"{column} -> {self.confirmed(column) or '?'}")
            lines += [f"    {name} ({alike:.0%}): {question}" for name, question, alike in found]
        return "\n".join(lines)
