"""Which count a survey is weighted to, chosen by a person and kept for every notebook. Holds no widget."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stagekansen_lib.desk.margin_parts import LEFT_OUT, Part, listed_variables, parts_of, parts_of_text
from stagekansen_lib.errors import InputError, Problem, StagekansenError
from stagekansen_lib.population.margins import Margins, margin_names, read_margins, unknown_sources
from stagekansen_lib.project.paths import data_folder, project_folder
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.surveys.codebook_files import write_whole
from stagekansen_lib.surveys.surveys import Survey, need_survey
from stagekansen_lib.weighting.raking import rake
from stagekansen_lib.weighting.reports import WeightReport, describe_weights
from stagekansen_lib.wording import Language, chosen_language, number_text, say

__all__ = ["OWN", "MarginChoice", "weigh"]

OWN = "own"


class MarginChoice:
    """What a person chooses to weight a survey to.

    Attributes
    ----------
    table : name of the margins, ``OWN`` for a count of one's own, "" for none. ``parts`` : its counts, each with the
        question that it is laid beside. ``weighted`` : the weighted survey, or None. ``report`` : what the weights did.
    """

    def __init__(self, survey: Survey, margins: str | None = None, language: str | None = None) -> None:
        need_survey(survey)
        self.survey = survey
        self.language: Language = chosen_language(language)
        self.table = ""
        self.parts: list[Part] = []
        self.own: dict[str, str] = {}
        self.weighted: Survey | None = None
        self.report: WeightReport | None = None
        if not self._resumed() and margins:
            self.choose(margins)

    @property
    def tables(self) -> list[tuple[str, str]]:
        """The margins of this place: name and title."""
        return [(name, getattr(read_margins(name), f"title_{self.language}") or name) for name in margin_names()]

    @property
    def variables(self) -> list[tuple[str, str]]:
        """The questions that a count can be laid beside: name and label."""
        return [(name, self.survey.codebook[name].label(self.language)) for name in listed_variables(self.survey)]

    @property
    def open_points(self) -> list[str]:
        """What must still be said before there is a weight, as sentences."""
        if not self.parts:
            return [say("margin_form.open_table", self.language)]
        return [line for part in self.parts for line in part.open_points(self.survey, self.language)]

    # What can be done

    def choose(self, table: str) -> None:
        """Take margins by their name.

        Raises
        ------
        InputError : there are none of that name, or they count several questions together.
        """
        self._begin()
        self.parts, self.table = parts_of(read_margins(table), self.survey), table

    def paste(self, text: str, *, source: str = "", date: str = "") -> None:
        """Take a count that was typed or pasted: a category and a number of people on each line.

        Raises
        ------
        InputError : a line cannot be read, or the source is not in the register.
        """
        self._begin()
        problems = unknown_sources([source] if source else [], OWN)
        if problems:
            raise InputError(problems)
        self.parts, self.table = parts_of_text(text, say("margin_form.own", self.language)), OWN
        self.own = {"text": text, "source": source, "date": date}

    def _begin(self) -> None:
        self.table, self.parts, self.own = "", [], {}
        self.weighted = self.report = None

    def lay_beside(self, place: int, variable: str) -> None:
        """Lay one of the counts beside a question; "" for none."""
        if variable and variable not in listed_variables(self.survey):
            raise InputError(Problem(f"'{variable}' is no question with a list of answers.", do="Choose one that is."))
        self._changed().parts[place].lay_beside(self.survey, variable)

    def put(self, place: int, answer: Any, category: int | None) -> None:
        """Say that an answer belongs to a category; None takes it back."""
        part = self._changed().parts[place]
        part.places.pop(answer, None)
        if category is not None:
            part.places[answer] = category
            part.joined.pop(category, None)

    def join(self, place: int, category: int, into: int | None) -> None:
        """Add a category without answers to another one, leave it out (``LEFT_OUT``), or take that back (None)."""
        part = self._changed().parts[place]
        part.joined.pop(category, None)
        if into is not None:
            part.joined[category] = into

    def make_own_group(self, place: int, *, own: bool) -> None:
        """Make people without an answer a group of their own, as large as it is among the answers."""
        self._changed().parts[place].own_group = own

    def _changed(self) -> MarginChoice:
        self.weighted = self.report = None
        return self

    def weigh(self) -> Survey:
        """The survey weighted to what was chosen.

        Raises
        ------
        InputError : something is still open, or the counts contradict each other; all at once.
        """
        if self.open_points:
            raise InputError([Problem(line) for line in self.open_points])
        survey, targets, labels = self.survey, {}, {}
        for part in self.parts:
            survey, name, counts, texts = part.applied(survey)
            if name in targets:
                raise InputError(Problem(say("margin_form.twice", self.language, name=part.variable)))
            targets[name], labels[name] = counts, texts
        self.weighted = rake(survey, to=self._margins(targets, labels))
        self.report = describe_weights(self.weighted)
        return self.weighted

    def _margins(self, targets: Mapping[Any, Any], labels: Mapping[Any, Any]) -> Margins:
        if self.table == OWN:
            sources = (self.own["source"],) if self.own["source"] else ()
            return Margins(OWN, targets, sources=sources, date=self.own["date"], labels=labels)
        read = read_margins(self.table)
        return Margins(
            read.name, targets, read.title_nl, read.title_en, read.proxy, read.sources, read.date, labels
        )  # fmt: skip

    # Kept

    @property
    def kept_file(self) -> Path:
        """Where the choice for surveys with this codebook is kept; it holds no answer."""
        return project_folder("data", "interim", "weighting") / f"{self.survey.codebook.name}.yaml"

    def keep(self) -> Path:
        """Keep the choice, so that every notebook weights like this.

        Raises
        ------
        InputError : something is still open.
        """
        import yaml

        self.weigh()
        parts = [
            {
                "variable": part.variable,
                "places": [[answer, place] for answer, place in part.places.items()],
                "joined": [[place, into] for place, into in part.joined.items()],
                "own_group": part.own_group,
            }
            for part in self.parts
        ]
        content = {"table": self.table, "own": self.own, "parts": parts}
        file = self.kept_file
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, yaml.safe_dump(content, allow_unicode=True, sort_keys=False).encode("utf-8"), private=True)
        return file

    def forget(self) -> None:
        """Keep nothing: the notebooks weight to the margins that they name."""
        self.kept_file.unlink(missing_ok=True)

    def _resumed(self) -> bool:
        """Take up what was kept for this codebook; nothing of it when it no longer fits."""
        if not data_folder("interim").is_dir() or not self.kept_file.is_file():
            return False
        kept = read_yaml(self.kept_file)
        try:
            if kept["table"] == OWN:
                self.paste(kept["own"]["text"], source=kept["own"]["source"], date=kept["own"]["date"])
            else:
                self.choose(kept["table"])
            for place, said in enumerate(kept["parts"]):
                self.lay_beside(place, said["variable"])
                self.parts[place].places = {answer: int(category) for answer, category in said["places"]}
                self.parts[place].joined = {int(one): int(into) for one, into in said["joined"]}
                self.parts[place].own_group = bool(said["own_group"])
        except (StagekansenError, KeyError, TypeError, ValueError, IndexError):
            self._begin()
            return False
        return True

    # Told

    def sentence(self) -> str:
        """Whether it is weighted, and what that costs; else what is open."""
        if self.report is None:
            waiting = len(self.open_points)
            return say("margin_form.not_weighted" if waiting else "margin_form.not_yet", self.language, n=waiting)
        return say(
            "margin_form.weighted",
            self.language,
            n=number_text(self.report.n, self.language),
            effective=number_text(self.report.effective_n, self.language),
            effect=number_text(self.report.design_effect, self.language, decimals=2),
        )

    def left_out(self) -> list[str]:
        """The categories that are left out of the count."""
        return [
            part.categories[place].label(self.language)
            for part in self.parts
            for place in part.unused()
            if part.joined.get(place) == LEFT_OUT
        ]


def weigh(survey: Survey, to: str | None = None) -> Survey:
    """The survey weighted as the team chose with ``choose_margins``; without a kept choice, to the margins named.

    Parameters
    ----------
    survey : the survey.
    to : name of margins in ``data/margins``. A choice that was kept for surveys with this codebook goes first.

    Returns
    -------
    Survey : weighted by ``rake``.

    Raises
    ------
    InputError : there is no such count, or it does not fit the answers: the text lists what is open.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> survey = weigh(sk.read_survey("example_2022"), to="students_haaglanden_2019")
    >>> round(sk.describe_weights(survey).design_effect, 2)
    1.01
    """
    return MarginChoice(survey, to).weigh()
