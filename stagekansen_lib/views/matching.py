"""Confirming which column of a file holds which question: proposals side by side, and a person who decides.

Nothing is matched by itself. A column that nobody confirmed is not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.project.extras import needs
from stagekansen_lib.wording import Language, chosen_language, percent_text, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ColumnMatches", "confirm_columns"]

Candidates = Mapping[str, tuple[tuple[str, str, float], ...]]


class ColumnMatches:
    """A list of columns, each with the questions it may be; ``chosen`` holds what a person confirmed.

    In a notebook it shows a choice for each column. ``confirm(column, variable)`` does the same in code.
    """

    def __init__(self, candidates: Candidates, language: Language) -> None:
        self.candidates = candidates
        self.language: Language = language
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

    def widget(self) -> Any:
        """The choices as widgets: nothing is chosen beforehand."""
        with needs("pages"):
            import ipywidgets as widgets

        told = widgets.HTML(f"<p>{escape(self.sentence())}</p>")
        rows: list[Any] = [told]

        for column, found in self.candidates.items():
            options = [(say("matching.undecided", self.language), "")] + [
                (f"{question} ({name}, {percent_text(alike, self.language)})", name) for name, question, alike in found
            ]
            choice = widgets.Dropdown(
                options=options,
                value=self._confirmed.get(column, ""),
                layout=widgets.Layout(width="100%", max_width="44rem"),
            )
            choice.observe(self._follow(column, told), names="value")
            label = say("matching.column", self.language)
            rows.append(widgets.HTML(f"<p><strong>{escape(label)}:</strong> {escape(column)}</p>"))
            rows.append(choice)
        return widgets.VBox(rows)

    def _follow(self, column: str, told: Any) -> Any:
        def changed(change: Any) -> None:
            self.confirm(column, change["new"] or None)
            told.value = f"<p>{escape(self.sentence())}</p>"

        return changed

    def __repr__(self) -> str:
        lines = [self.sentence()]
        for column, found in self.candidates.items():
            lines.append(f"{column} -> {self._confirmed.get(column, '?')}")
            lines += [f"    {name} ({alike:.0%}): {question}" for name, question, alike in found]
        return "\n".join(lines)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        if not self.candidates:
            return {"text/plain": repr(self), "text/html": f"<p>{escape(self.sentence())}</p>"}
        bundle: dict[str, Any] = dict(self.widget()._repr_mimebundle_())
        bundle["text/plain"] = repr(self)
        return bundle


def confirm_columns(proposals: pd.DataFrame, *, language: str | None = None) -> ColumnMatches:
    """The proposals of ``propose_columns`` as a list of choices for a person to make.

    Parameters
    ----------
    proposals : column, variable, question_nl and similarity (0 to 1), as ``propose_columns`` gives them.
    language : "nl" or "en".

    Raises
    ------
    InputError : the table lacks one of these columns.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> confirm_columns(sk.propose_columns("example_2022"), language="en")
    Every question was found by its name or text: there is nothing to confirm.
    """
    absent = [name for name in ("column", "variable", "question_nl", "similarity") if name not in proposals.columns]
    if absent:
        raise InputError(Problem(f"The proposals lack {', '.join(absent)}.", do="Give what propose_columns gives."))
    found: dict[str, list[tuple[str, str, float]]] = {}
    for line in proposals.to_dict("records"):
        question = str(line["question_nl"]) or str(line["variable"])
        found.setdefault(str(line["column"]), []).append((str(line["variable"]), question, float(line["similarity"])))
    return ColumnMatches({column: tuple(own) for column, own in found.items()}, chosen_language(language))
