"""The waves of a series, read and weighted, so that a notebook asks for them by the name of one survey."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, overload

from stagekansen_lib.arguments import said
from stagekansen_lib.errors import InputError, Problem, RefusedError, did_you_mean
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.surveys.words import frame_html
from stagekansen_lib.waves.breaks import with_sources
from stagekansen_lib.waves.series import DeclaredChange, SeriesWave, SurveySeries, read_series
from stagekansen_lib.waves.trends import refuse_breaks
from stagekansen_lib.wording import LANGUAGES, Language, Missing, chosen_language, number_text, say

__all__ = ["NoWaves", "SurveyWaves", "read_waves"]


@dataclass(frozen=True, repr=False)
class NoWaves(Missing):
    """That a survey has nothing to lay it beside, and what to do: counts as False, so ``waves and ...`` shows it.

    Parameters
    ----------
    problem : what is missing and what to do, by language.
    """


@dataclass(frozen=True, eq=False)
class SurveyWaves:
    """The waves of a declared series of which there are answers, up to one of them. For the team.

    Parameters
    ----------
    series : what is declared of the series.
    surveys : the answers by name of the wave, the earliest first; each with its readings of two answers, and weighted
        to the counts that its wave names.
    """

    series: SurveySeries
    surveys: Mapping[Any, Survey]

    @cached_property
    def newest(self) -> Survey:
        """The answers of the last wave."""
        return self.surveys[next(reversed(self.surveys))]

    def line(self, of: str) -> dict[Any, Survey]:
        """The last waves over which one line may be drawn for this variable: no break lies between them.

        A question that changed, where the series does not say that it does no harm, is a break too.
        """
        kept = list(self.surveys)
        for first, last in reversed(list(itertools.pairwise(self.surveys))):
            if self._broken(first, last, of):
                kept = kept[kept.index(last) :]
                break
        return {wave: self.surveys[wave] for wave in kept}

    def breaks(self, of: str, language: str | None = None) -> tuple[str, ...]:
        """Each break of this variable in a sentence, with the reason that was declared for it."""
        chosen = chosen_language(language)
        pairs = itertools.pairwise(self.surveys)
        return tuple(text for pair in pairs if (text := self._break_text(*pair, of, chosen)))

    def _broken(self, first: Any, last: Any, of: str) -> bool:
        """Whether a trend from one wave to the next is refused."""
        try:
            refuse_breaks({wave: self.surveys[wave] for wave in (first, last)}, of, self.series)
        except RefusedError:
            return True
        return False

    def _break_text(self, first: Any, last: Any, of: str, language: Language) -> str:
        if not self._broken(first, last, of):
            return ""
        letters = [self.series.wave(wave).letter for wave in (first, last)]
        reasons = [getattr(one, f"reason_{language}") for one in self._declared(first, last, of)]
        told = [say("waves.break", language, first=first, last=last)]
        if letters[0] != letters[1]:
            told.append(say("waves.letters", language, before=letters[0], after=letters[1]))
        elif not reasons:
            told.append(say("waves.reworded", language))
        return " ".join([*told, *reasons])

    def _declared(self, first: Any, last: Any, of: str) -> list[DeclaredChange]:
        """The breaks that were declared on the way from one wave to another, of a variable or a question behind it."""
        names = with_sources(of, *(self.surveys[wave].codebook for wave in (first, last)))
        steps = [one.wave for one in self.series.waves]
        pairs = list(itertools.pairwise(steps[steps.index(first) : steps.index(last) + 1]))
        return [
            one
            for one in self.series.changes
            if one.verdict == "break" and (one.first, one.last) in pairs and any(map(one.is_about, names))
        ]

    def labelled(self, language: str | None = None) -> Any:
        """The waves in words, for reading."""
        import pandas as pd

        chosen = chosen_language(language)
        lines = [
            (str(name), wave.letter, number_text(len(survey), chosen), self._begun(name, chosen))
            for name, survey in self.surveys.items()
            for wave in [self.series.wave(name)]
        ]
        heads = [say(f"waves.column_{name}", chosen) for name in ("wave", "letter", "answers", "begun")]
        return pd.DataFrame(lines, columns=heads)

    def _begun(self, wave: Any, language: Language) -> str:
        """What began since the wave before."""
        return "; ".join(getattr(one, f"label_{language}") for one in self.series.interventions if one.last == wave)

    def sentence(self, language: str | None = None) -> str:
        """What the letters say, in plain words."""
        chosen = chosen_language(language)
        letters = [self.series.wave(wave).letter for wave in self.surveys]
        told = [say("waves.series", chosen, title=getattr(self.series, f"title_{chosen}"))]
        if any(survey.provenance.synthetic for survey in self.surveys.values()):
            told.insert(0, say("index.synthetic", chosen))
        return " ".join([*told, say("waves.one_letter" if len(set(letters)) == 1 else "waves.more_letters", chosen)])

    def __repr__(self) -> str:
        names = "; ".join(f"{wave}: {survey.provenance.survey}" for wave, survey in self.surveys.items())
        return f"{self.labelled('en').to_string(index=False)}\n{names}\n{self.sentence('en')}"

    def _repr_html_(self) -> str:
        return frame_html(self.labelled(), "", [self.sentence()])


@overload
def read_waves(survey: str | Path, *, missing: Literal["raise"] = ...) -> SurveyWaves: ...


@overload
def read_waves(survey: str | Path, *, missing: Literal["tell"]) -> SurveyWaves | NoWaves: ...


def read_waves(survey: str | Path, *, missing: Literal["raise", "tell"] = "raise") -> SurveyWaves | NoWaves:
    """The waves of the series that a survey is of, up to that survey: read, with readings, weighted as the series says.

    Parameters
    ----------
    survey : the name of the answers, as a wave of ``data/series`` names them at ``survey:``.
    missing : "raise" stops where no series has the survey, or no earlier wave has answers; "tell" gives a NoWaves,
        which says what to do.

    Returns
    -------
    SurveyWaves : ``surveys`` by name of the wave, ``series`` as declared; ``line(of)`` gives the last waves over which
        a line may be drawn, ``breaks(of)`` says why no further.

    Raises
    ------
    InputError : no series names this survey; it is the only one with answers; an unknown way to treat what is missing;
        as ``read_survey`` and ``rake``.

    Examples
    --------
    >>> waves = read_waves("voorbeeldstad_2024")
    >>> list(waves.surveys), list(waves.line("knows_where"))
    ([2022, 2023, 2024], [2023, 2024])
    >>> bool(read_waves("example_2022", missing="tell"))
    False
    """
    if missing not in ("raise", "tell"):
        raise InputError(Problem(f"missing is {said(missing)}.", do=did_you_mean(missing, ("raise", "tell"))))
    found = _waves_up_to(str(survey))
    if isinstance(found, NoWaves):
        if missing == "tell":
            return found
        raise InputError(found.problem["en"])
    series, waves = found
    return SurveyWaves(series, {wave.wave: _answers(wave) for wave in waves})


def _waves_up_to(survey: str) -> tuple[SurveySeries, tuple[SeriesWave, ...]] | NoWaves:
    """The series of a survey, and its waves with answers up to it."""
    names = sorted(path.stem for path in data_folder("series").glob("*.yaml") if path.stem != "card")
    for series in map(read_series, names):
        with_answers = [one for one in series.waves if one.survey]
        places = [at for at, one in enumerate(with_answers) if one.survey == survey]
        if places and places[0]:
            return series, tuple(with_answers[: places[0] + 1])
        if places:
            return _none("only", survey=survey, series=series.name)
    return _none("none", survey=Path(survey).name)


def _none(key: str, **words: str) -> NoWaves:
    return NoWaves(
        {
            language: Problem(say(f"waves.{key}", language, **words), do=say(f"waves.{key}_do", language, **words))
            for language in LANGUAGES
        }
    )


def _answers(wave: SeriesWave) -> Survey:
    from stagekansen_lib.drafts.measuring import with_readings
    from stagekansen_lib.intake.reading import read_survey
    from stagekansen_lib.population.margins import read_margins
    from stagekansen_lib.weighting.raking import rake

    survey = with_readings(read_survey(wave.survey))
    return rake(survey, to=read_margins(wave.margins)) if wave.margins else survey
