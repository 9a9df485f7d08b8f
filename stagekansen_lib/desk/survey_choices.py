"""Which survey the notebooks are about: chosen once by a person, kept for every notebook."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.intake.stores import stored_surveys
from stagekansen_lib.project.extras import needs
from stagekansen_lib.project.paths import data_folder, project_folder
from stagekansen_lib.surveys.codebook_files import write_whole
from stagekansen_lib.wording import Language, chosen_language, say

__all__ = ["SurveyChoice", "choose_survey", "survey_in_use", "use_survey"]

# Names the survey for a run without a person; empty: each notebook keeps its example.
_VARIABLE = "STAGEKANSEN_SURVEY"


def survey_in_use(example: str) -> str:
    """The name of the survey that the notebooks are about: what was chosen for them, else the example.

    The desk chooses a survey when it was taken in, ``choose_survey`` when a person does; ``STAGEKANSEN_SURVEY`` in the
    environment goes before both.

    Parameters
    ----------
    example : the survey of a notebook for which nobody chose another.

    Returns
    -------
    str : a name for ``read_survey``.

    Raises
    ------
    InputError : the survey that was chosen is no longer there.

    Examples
    --------
    >>> survey_in_use("example_2022")
    'example_2022'
    """
    named = os.environ.get(_VARIABLE)
    if named is not None:
        return named or example
    chosen = _chosen()
    if chosen and chosen not in stored_surveys():
        gone = f"The survey '{chosen}', which was chosen for the notebooks, is not there any more."
        raise InputError(Problem(gone, do="Choose another one in the notebook that begins (00)."))
    return chosen or example


def use_survey(name: str) -> None:
    """Make a stored survey that of all notebooks; "" gives each notebook its example back.

    Raises
    ------
    InputError : no such survey is stored.
    """
    file = _kept_file()
    if not name:
        file.unlink(missing_ok=True)
        return
    known = stored_surveys()
    if name not in known:
        do = f"Known: {', '.join(known)}." if known else "Take one in first."
        raise InputError(Problem(f"There is no survey '{name}'.", do=do))
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, name.encode("utf-8"), private=True)


class SurveyChoice:
    """The survey of all notebooks, to be chosen; in a notebook it shows itself as a list.

    Attributes
    ----------
    offered : the words and the name of what can be chosen; the examples have no name.
    """

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._names = stored_surveys()
        self.offered = [(say("survey_choice.examples", language), ""), *((name, name) for name in self._names)]

    @property
    def name(self) -> str:
        """The survey that is chosen; "" for the examples."""
        chosen = _chosen()
        return chosen if chosen in self._names else ""

    def choose(self, name: str) -> SurveyChoice:
        """Make a survey that of all notebooks; "" gives each notebook its example back.

        Raises
        ------
        InputError : no such survey is stored.
        """
        use_survey(name)
        return self

    def sentence(self) -> str:
        """Which survey it is now, and what to do."""
        word = "in_use" if self.name else "example_in_use" if self._names else "none"
        return say(f"survey_choice.{word}", self.language, name=self.name)

    def widget(self) -> Any:
        """The list, with under it what was chosen."""
        with needs("lab"):
            import ipywidgets as widgets
        choice = widgets.Dropdown(
            options=self.offered, value=self.name, description=say("survey_choice.which", self.language),
            style={"description_width": "initial"}, layout={"width": "100%", "max_width": "36rem"},
        )  # fmt: skip
        told = widgets.HTML(self._html())

        def keep(change: dict[str, str]) -> None:
            self.choose(change["new"])
            told.value = self._html()

        choice.observe(keep, "value")
        return widgets.VBox([choice, told])

    def _html(self) -> str:
        return f'<p role="status">{escape(self.sentence())}</p>'

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = dict(self.widget()._repr_mimebundle_())
        bundle["text/html"] = self._html()
        return bundle


def choose_survey(language: str | None = None) -> SurveyChoice:
    """A list to choose the survey of all notebooks from: the examples, and each survey that was taken in.

    Parameters
    ----------
    language : "nl" or "en"; the default follows ``wording.chosen_language``.

    Returns
    -------
    SurveyChoice : in a notebook a list, and under it what was chosen and what to do next. A choice holds at once, and
        for who shares the project as well. ``choose`` does the same from Python.

    Raises
    ------
    InputError : the language is not one of the two.

    Examples
    --------
    >>> choose_survey("en").offered[0]
    ('The examples (made-up answers)', '')
    """
    return SurveyChoice(chosen_language(language))


def _chosen() -> str:
    file = _kept_file()
    return file.read_text("utf-8").strip() if data_folder("interim").is_dir() and file.is_file() else ""


def _kept_file() -> Path:
    """Where the choice is kept; it holds a name and no answer."""
    return project_folder("data", "interim", "chosen") / "survey.txt"
