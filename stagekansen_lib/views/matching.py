"""Confirming in a notebook which column of a file holds which question: a choice for each, none made beforehand."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from stagekansen_lib.intake.confirming import ColumnMatches, candidates_of
from stagekansen_lib.project.extras import needs
from stagekansen_lib.wording import percent_text, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ColumnChoices", "confirm_columns"]


class ColumnChoices(ColumnMatches):
    """``ColumnMatches`` that a notebook shows as a choice for each column."""

    def widget(self) -> Any:
        """The choices as widgets: nothing is chosen beforehand."""
        with needs("pages"):
            import ipywidgets as widgets

        told = widgets.HTML(f"<p>{escape(self.sentence())}</p>")
        rows: list[Any] = [told]
        for column in self.candidates:
            label = say("matching.column", self.language)
            rows.append(widgets.HTML(f"<p><strong>{escape(label)}:</strong> {escape(column)}</p>"))
            choice = widgets.Dropdown(
                options=self._options(column),
                value=self.confirmed(column),
                layout=widgets.Layout(width="100%", max_width="44rem"),
            )
            choice.observe(self._follow(column, told), names="value")
            rows.append(choice)
        return widgets.VBox(rows)

    def _options(self, column: str) -> list[tuple[str, str]]:
        found = [
            (f"{question} ({name}, {percent_text(alike, self.language)})", name)
            for name, question, alike in self.candidates[column]
        ]
        return [(say("matching.undecided", self.language), ""), *found]

    def _follow(self, column: str, told: Any) -> Any:
        def changed(change: Any) -> None:
            self.confirm(column, change["new"] or None)
            told.value = f"<p>{escape(self.sentence())}</p>"

        return changed

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        if not self.candidates:
            return {"text/plain": repr(self), "text/html": f"<p>{escape(self.sentence())}</p>"}
        bundle: dict[str, Any] = dict(self.widget()._repr_mimebundle_())
        bundle["text/plain"] = repr(self)
        return bundle


def confirm_columns(proposals: pd.DataFrame, *, language: str | None = None) -> ColumnChoices:
    """The proposals of ``propose_columns`` as a list of choices for a person to make.

    Parameters
    ----------
    proposals : column, variable, question_nl and similarity (0 to 1), as ``propose_columns`` gives them.
    language : "nl" or "en"; the default follows ``wording.chosen_language``.

    Returns
    -------
    ColumnChoices : ``chosen`` holds what was confirmed, for ``read_survey(columns=...)``.

    Raises
    ------
    InputError : the table lacks one of these columns.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> confirm_columns(sk.propose_columns("example_2022"), language="en")
    Every question was found by its name or text: there is nothing to confirm.
    """
    return ColumnChoices(candidates_of(proposals), language)
