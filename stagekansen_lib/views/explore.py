"""Explore a survey without programming: choose outcome, group, what to hold constant and weights, and see what comes.

For the team, left of the wall. ``Explore`` is the state and what can be done with it, without a widget. It counts every
comparison, because who looks often enough finds something by chance.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.assets import style_block
from stagekansen_lib.errors import DoubtWarning, InputError, Problem, RefusedError, StagekansenError, did_you_mean
from stagekansen_lib.releases.shown import PAGES_VARIABLE
from stagekansen_lib.surveys.words import frame_html, p_text, variable_text, warning_lines
from stagekansen_lib.views.chosen_surveys import NO_WEIGHTS, survey_with_weights, taken_together, weighting_name
from stagekansen_lib.views.looks import Look, Looks
from stagekansen_lib.wording import LANGUAGES, Language, chosen_language, in_language, problem_lines, say

if TYPE_CHECKING:
    from stagekansen_lib.comparison.results import Comparison
    from stagekansen_lib.estimation.tables import EstimateTable
    from stagekansen_lib.pictures.team_charts import TeamChart
    from stagekansen_lib.surveys.surveys import Survey

__all__ = ["Explore", "explore"]

_OUTCOMES = ("nominal", "ordinal", "count", "number")
_GROUPS = ("nominal", "ordinal")
_MOST_GROUPS = 8
# A comparison that may stand beside others counts by chance as a difference this often.
_ONE_IN = 20


class Explore:
    """One survey under one's own hands.

    Attributes
    ----------
    outcome, group, hold, weights : what is chosen; weights "" are those of the survey, "none" is without, else the name
        of margins.
    together : codes of the group that are taken together, to make a group of one's own.
    comparison : the test, or None before a choice and where the choice does not fit; ``advice`` then says why.
    estimates : shares or means of each group. ``doubts`` : what to beware of.
    """

    def __init__(self, survey: Survey, language: Language, looks: Looks) -> None:
        self.survey, self.language, self.looks = survey, language, looks
        self.outcome = self.group = self.weights = ""
        self.hold: tuple[str, ...] = ()
        self.together: tuple[Any, ...] = ()
        self.comparison: Comparison | None = None
        self.estimates: EstimateTable | None = None
        self.doubts: list[str] = []
        self.advice: list[str] = []
        self._weighted: dict[str, Survey] = {"": survey}

    # What can be chosen

    @cached_property
    def outcomes(self) -> tuple[str, ...]:
        """The variables that can be compared, those of the declared tables first."""
        return self._offered("of", lambda name: self._kind(name) in _OUTCOMES)

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The variables of a few answers, which make groups or can be held constant; the declared ones first."""
        return self._offered(
            "by",
            lambda name: self._kind(name) in _GROUPS and len(self.survey.codebook[name].codes) <= _MOST_GROUPS,
        )

    def _offered(self, declared_as: str, fits: Callable[[str], bool]) -> tuple[str, ...]:
        """Variables that fit and of which at least two answers were given."""
        from stagekansen_lib.disclosure.rules import read_declared_tables

        declared = sorted(read_declared_tables(self.survey.codebook.name), key=lambda one: not one.by)
        asked = [getattr(one, declared_as) for one in declared]
        first = [name for names in asked for name in ((names,) if isinstance(names, str) else names)]
        rows = self.survey.rows
        known = [name for name in self.survey.codebook.variables if name in rows.columns and fits(name)]
        answered = [name for name in known if rows[name].nunique() > 1]
        return tuple(dict.fromkeys([*(name for name in first if name in answered), *answered]))

    def _kind(self, name: str) -> str:
        return self.survey.codebook[name].kind

    @property
    def weightings(self) -> tuple[str, ...]:
        """ "" for the weights of the survey, "none" for none, and the names of margins to weigh to."""
        from stagekansen_lib.project.paths import data_folder

        return (
            "",
            NO_WEIGHTS,
            *sorted(path.stem for path in data_folder("margins").glob("*.yaml") if path.stem != "card"),
        )

    # What can be done

    def choose(
        self, outcome: str, group: str, hold: Sequence[str] = (), weights: str = "", together: Sequence[Any] = ()
    ) -> Explore:
        """Compare an outcome between groups, and count it as a look.

        Parameters
        ----------
        outcome : one of ``outcomes``. ``group`` : one of ``groups``.
        hold : variables of ``groups`` to hold constant.
        weights : one of ``weightings``.
        together : codes of ``group`` to take together, two or more; neighbours when they have an order.

        Raises
        ------
        InputError : a name that cannot be chosen. A choice that does not fit raises nothing: ``advice`` says why.
        """
        held = (hold,) if isinstance(hold, str) else tuple(hold)
        self._refuse_unknown(outcome, group, held, weights)
        self.outcome, self.group, self.hold, self.weights = outcome, group, held, weights
        self.together = tuple(together)
        self.comparison = self.estimates = None
        self.doubts, self.advice = [], []
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always", DoubtWarning)
            try:
                self._compute()
            except StagekansenError as failure:
                self.advice = problem_lines(failure, self.language)
        doubted = [
            in_language(str(one.message), self.language) for one in told if issubclass(one.category, DoubtWarning)
        ]
        self.doubts = list(dict.fromkeys([*doubted, *warning_lines(self.survey.provenance, self.language)]))
        if self.comparison is not None:
            self.looks.add(self._look, self.comparison.p_value)
        return self

    def _refuse_unknown(self, outcome: str, group: str, hold: tuple[str, ...], weights: str) -> None:
        asked = [
            (outcome, self.outcomes, "outcome"),
            (group, self.groups, "group"),
            (weights, self.weightings, "weights"),
        ]
        asked += [(name, self.groups, "hold") for name in hold]
        problems = [
            Problem(f"'{name}' cannot be chosen here.", where, did_you_mean(name, list(known)))
            for name, known, where in asked
            if name not in known
        ]
        twice = [name for name in hold if name in (outcome, group)]
        problems += [Problem(f"'{name}' is compared already.", "hold", "Leave it out.") for name in twice]
        if outcome and outcome == group:
            problems.append(Problem("Outcome and group are the same.", "group", "Choose another."))
        if problems:
            raise InputError(problems)

    def _compute(self) -> None:
        from stagekansen_lib.comparison.comparing import compare

        survey = self._survey()
        self.estimates = self._estimate(survey)
        self.comparison = compare(survey, of=self.outcome, by=self.group, adjust_for=self.hold)

    def _survey(self) -> Survey:
        if self.weights not in self._weighted:
            self._weighted[self.weights] = survey_with_weights(self.survey, self.weights)
        return taken_together(self._weighted[self.weights], self.group, self.together)

    def _estimate(self, survey: Survey) -> EstimateTable:
        from stagekansen_lib.estimation.means import mean
        from stagekansen_lib.estimation.shares import share

        if self._kind(self.outcome) in ("count", "number"):
            return mean(survey, self.outcome, self.group)
        return share(survey, self.outcome, self.group, code=self._code)

    @property
    def _code(self) -> Any:
        """The answer whose share is shown: the last of two, as ``compare`` takes it; None shows all answers."""
        codes = self.survey.codebook[self.outcome].codes
        return codes[-1].code if len(codes) == 2 else None

    @property
    def _look(self) -> Look:
        taken = tuple(str(code) for code in self.together)
        return Look(self.outcome, self.group, self.hold, self.weights, taken)

    # What there is to see

    @property
    def chart(self) -> TeamChart | None:
        """The picture, for the team only; None before a choice."""
        from stagekansen_lib.pictures.team_charts import draw_team_chart

        return draw_team_chart(self.estimates, language=self.language) if self.estimates is not None else None

    @property
    def code(self) -> str:
        """The one line that makes the same comparison of ``survey``; "" before a choice."""
        if not self.outcome:
            return ""
        survey = f'sk.rake(survey, to=sk.read_margins("{self.weights}"))' if self.weights else "survey"
        survey = "sk.without_weights(survey)" if self.weights == NO_WEIGHTS else survey
        if self.together:
            survey = f'sk.merge_answers({survey}, "{self.group}", {list(self.together)!r})'
        held = f", adjust_for={list(self.hold)!r}".replace("'", '"') if self.hold else ""
        return f'sk.compare({survey}, of="{self.outcome}", by="{self.group}"{held})'

    @property
    def counted(self) -> str:
        """How often this survey was looked at, what chance alone does, and p corrected for all looks; "" before one."""
        if self.comparison is None:
            return ""
        count = len(self.looks.all())
        corrected = self.looks.corrected(self._look)
        told = say("explore.looks", self.language, count=count, one_in=_ONE_IN)
        if count > 1 and corrected == corrected:
            told += " " + say("explore.corrected", self.language, p=p_text(corrected, self.language))
        return told

    @property
    def publishable(self) -> str:
        """What of the table could be published, by the rules of the steering group; or why nothing could."""
        from stagekansen_lib.disclosure.protect import protect
        from stagekansen_lib.disclosure.published import PublishedTable

        if self.estimates is None:
            return ""
        try:
            (published,) = protect(self.estimates)
        except StagekansenError as failure:
            return say("explore.refused", self.language, why=" ".join(problem_lines(failure, self.language)))
        if not isinstance(published, PublishedTable):
            return ""
        shown, rows = published.shown, len(published.table)
        return say("explore.all_shown" if shown == rows else "explore.some_shown", self.language, shown=shown, all=rows)

    @property
    def figure(self) -> str:
        """The reference of this comparison in the latest release of the survey; "" while no release holds it."""
        from stagekansen_lib.releases.reading import list_releases, read_release

        if self._only_a_look:
            return ""
        for name in reversed(list_releases()):
            try:
                release = read_release(name)
            except StagekansenError:
                continue
            if release.draft or release.provenance.survey != self.survey.provenance.survey:
                continue
            for test in release.comparisons.values():
                same = (test.of, tuple(test.by), set(test.adjust_for)) == (self.outcome, (self.group,), set(self.hold))
                if same and not test.mark:
                    return f"{name}:{test.id}"
        return ""

    @property
    def _only_a_look(self) -> bool:
        """Groups of one's own and figures without weights are never in a release as they stand here."""
        return bool(self.together) or self.weights == NO_WEIGHTS

    @property
    def state(self) -> dict[str, Any]:
        """All that a view shows, as plain names and values."""
        figure = self.figure if self.comparison is not None else ""
        return {
            "language": self.language,
            "outcomes": self._named(self.outcomes),
            "groups": self._named(self.groups),
            "weightings": [(name, weighting_name(name, self.language)) for name in self.weightings],
            "outcome": self.outcome,
            "group": self.group,
            "hold": list(self.hold),
            "together": list(self.together),
            "weights": self.weights,
            "sentence": self.comparison.sentence(self.language) if self.comparison is not None else "",
            "doubts": list(self.doubts),
            "advice": list(self.advice),
            "table": self._table(),
            "looks": self.counted,
            "publishable": self.publishable,
            "code": self.code,
            "figure": figure,
        }

    def _named(self, names: Sequence[str]) -> list[tuple[str, str]]:
        return [(name, variable_text(self.survey.codebook, name, self.language)) for name in names]

    def _table(self) -> list[dict[str, str]]:
        if self.estimates is None:
            return []
        shown = self.estimates.labelled(self.language).to_dict("records")
        return [{str(name): str(value) for name, value in row.items()} for row in shown]

    # What can be made of it

    def make_claim(self, *, role: str, text_nl: str, text_en: str, claim_kind: str = "suspected",
                   folder: Path | None = None) -> tuple[Path, ...]:  # fmt: skip
        """Make a claim of this comparison in the ledger, with its published figure as evidence.

        Parameters
        ----------
        role : in which role. ``text_nl``, ``text_en`` : the sentence; results in it are references.
        claim_kind : "experienced", "suspected", "established" or "legal".
        folder : folder of the ledger; ``data/ledger`` when left out.

        Returns
        -------
        The files of the claim and of its evidence.

        Raises
        ------
        RefusedError : no release holds this figure: what is not published does not leave by the ledger either.
        InputError : as ``write_act``.
        """
        from stagekansen_lib.fact_finding.writing import write_act
        from stagekansen_lib.project.yaml_files import read_yaml

        figure = self.figure if self.comparison is not None else ""
        if not figure:
            raise RefusedError(say("explore.not_published", self.language))
        said = {"kind": "claim_proposed", "role": role, "claim_kind": claim_kind}
        claim = write_act({**said, "text_nl": text_nl, "text_en": text_en}, folder)
        subject = str(read_yaml(claim)["subject"])
        evidence = {"kind": "evidence_added", "subject": subject, "role": role, "relation": "for", "rests_on": figure}
        return claim, write_act(evidence, folder)

    def suggested_claim(self) -> dict[str, str]:
        """A sentence to begin with, its figure filled in as a reference; empty while no release holds the figure."""
        figure = self.figure if self.comparison is not None else ""
        if not figure:
            return {"text_nl": "", "text_en": ""}
        book = self.survey.codebook
        return {
            f"text_{language}": say(
                "explore.claim", language, figure=f"[[{figure}]]",
                outcome=variable_text(book, self.outcome, language), group=variable_text(book, self.group, language),
            )
            for language in LANGUAGES
        }  # fmt: skip

    def declare(self, *, title_nl: str = "", title_en: str = "") -> Path:
        """Declare this table for the next release, so that ``protect`` knows it; gives the file of declared tables.

        Parameters
        ----------
        title_nl, title_en : titles; made of the labels when left out.

        Raises
        ------
        InputError : nothing is chosen, something is held constant, or the table is declared already.
        """
        from stagekansen_lib.views.declaring import declare_table

        if self.estimates is None:
            raise InputError(Problem("Nothing is chosen that can be declared.", do="Choose first."))
        if self.hold:
            raise InputError(Problem("A declared table holds nothing constant.", do="Choose without holding constant."))
        if self._only_a_look:
            advice = "Choose weights, and declare a merge in the codebook."
            raise InputError(Problem("A declared table is weighted and has the answers of the codebook.", do=advice))
        book = self.survey.codebook
        titles = {
            f"title_{language}": given or say(
                "explore.title", language, outcome=variable_text(book, self.outcome, language),
                group=variable_text(book, self.group, language),
            )
            for language, given in zip(LANGUAGES, (title_nl, title_en), strict=True)
        }  # fmt: skip
        declared = {"statistic": self.estimates.statistic, "of": self.outcome, "by": [self.group], "code": self._code}
        return declare_table(book.name, {**declared, "compare": self.outcome, **titles})

    # How it shows itself

    def panel(self) -> str:
        """What was found, as HTML for a notebook."""
        state = self.state
        words = {name: say(f"explore.{name}", self.language) for name in ("doubts", "code", "publish", "numbers")}
        parts = [f'<p class="notice">{escape(text)}</p>' for text in state["advice"]]
        if self.chart is not None:
            parts.append(self.chart._repr_html_())
        if state["sentence"]:
            parts.append(f'<p class="lead">{escape(state["sentence"])}</p><p>{escape(state["looks"])}</p>')
        if state["doubts"]:
            listed = "".join(f"<li>{escape(text)}</li>" for text in state["doubts"])
            parts.append(f"<p><strong>{escape(words['doubts'])}</strong></p><ul>{listed}</ul>")
        if self.estimates is not None:
            parts.append(frame_html(self.estimates.labelled(self.language), words["numbers"], []))
            parts.append(f"<p><strong>{escape(words['publish'])}</strong> {escape(state['publishable'])}</p>")
        if state["code"]:
            parts.append(f"<p>{escape(words['code'])}</p><pre>{escape(state['code'])}</pre>")
        return f'{style_block()}<div class="sk">{"".join(parts)}</div>'

    def widget(self) -> Any:
        """The choices as widgets. A comparison is made, and counted, when the button is pressed and not before."""
        from stagekansen_lib.views.explore_widgets import widgets_of

        return widgets_of(self)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        import os

        if os.environ.get(PAGES_VARIABLE):
            raise RefusedError("What the team explores never stands on a page: publish a table with protect.")
        bundle: dict[str, Any] = dict(self.widget()._repr_mimebundle_())
        bundle["text/html"], bundle["text/plain"] = self.panel(), repr(self)
        return bundle

    def __repr__(self) -> str:
        state = self.state
        told = [state["sentence"], *state["advice"], state["looks"]]
        return " ".join(filter(None, told)) or say("explore.nothing", self.language)


def explore(survey: Survey, *, language: str | None = None, looks: Path | None = None) -> Explore:
    """Explore a survey without programming: choose, and see chart, table, sentence, doubts and what could be published.

    Parameters
    ----------
    survey : the survey, weighted or not.
    language : "nl" or "en"; the default follows ``wording.chosen_language``.
    looks : file in which comparisons are counted; ``data/interim/.looks.jsonl`` when left out, which git ignores.

    Returns
    -------
    Explore, which a notebook shows as choices. ``choose`` does from Python what the choices do, ``state`` is all that
    is shown, as plain values. ``make_claim`` makes a claim of a published comparison, ``declare`` asks for the table in
    the next release.

    Raises
    ------
    InputError : something else than a survey.

    Examples
    --------
    >>> import tempfile, stagekansen_lib as sk
    >>> found = explore(sk.read_survey("example_2022"), language="en", looks=Path(tempfile.mkdtemp()) / "looks")
    >>> found.choose("discrimination_experienced", "level").code
    'sk.compare(survey, of="discrimination_experienced", by="level")'
    >>> found.counted
    'This is comparison number 1 of this survey. By chance alone one in 20 looks like a difference.'
    """
    from stagekansen_lib.surveys.surveys import Survey

    if not isinstance(survey, Survey):
        raise InputError(Problem("This is no survey.", do="Read one with read_survey."))
    name = survey.provenance.survey or survey.codebook.name
    return Explore(survey, chosen_language(language), Looks(name, looks))
