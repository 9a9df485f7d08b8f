"""From raw answers to a released index: every wave of a declared series read, weighed, estimated and protected anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.disclosure.published import PublishedTable
from stagekansen_lib.disclosure.published_index import PublishedIndex
from stagekansen_lib.disclosure.rules import read_rules
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.monitoring.protecting_index import WaveOfIndex, protect_index
from stagekansen_lib.monitoring.yearly_index import yearly_index
from stagekansen_lib.releases.contents import Published
from stagekansen_lib.releases.from_surveys import NO_MARGINS, release_survey
from stagekansen_lib.releases.reading import Release
from stagekansen_lib.waves.series import SeriesWave, SurveySeries, read_series

if TYPE_CHECKING:
    from stagekansen_lib.surveys.surveys import Survey

__all__ = ["index_of_series", "release_index"]

# One seed for every wave and year, so that a number that was published comes out again.
_SEED = 2022


def release_index(
    series: str = "voorbeeldstad",
    *,
    year: str | int,
    made_by: str,
    checked_by: str,
    name: str = "",
    rules: str = "steering_group",
    date: dt.date | None = None,
    draft: bool = False,
    into: Path | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Release:
    """A release of a wave with the index of its series up to that year, from raw answers to the frozen folder.

    Parameters
    ----------
    series : name of a file in ``data/series`` whose waves say their survey, margins and recruitment.
    year : the newest wave, by its name.
    made_by, checked_by : two people with different names.
    name : of the release; ``<series>-<year>`` when left out.
    rules : name of the rule set.
    date : day of the release; today when left out.
    draft : only for a look: written to ``build/drafts``.
    into : folder that will hold the folder of the release; ``data/published`` when left out.
    tell : called with the name of each step as it begins.

    Returns
    -------
    Release : as ``read_release`` reads it, with ``index``. Earlier waves are computed again from their answers; when
        one comes out otherwise than an earlier release told it, attack 21 stops the release.

    Raises
    ------
    InputError : a series or wave that is not there, or that does not say how its index is made.
    RefusedError : as ``release_survey``.

    Notes
    -----
    Index, domains and scores follow from the indicators as they are shown, so that they tell nothing more (see
    ``monitoring.protecting_index``); attack 21 computes them again.

    Examples
    --------
    >>> from stagekansen_lib.releases.reading import read_release
    >>> read_release("voorbeeldstad-2024").index.newest.index
    PublishedScore(id='index', score=43.0, ci_low=38.0, ci_high=48.0, step=2.0)
    """
    declared = read_series(series)
    newest = _ready(declared, declared.wave(year))

    def index_of(survey: Survey, published: Sequence[Published]) -> PublishedIndex:
        tell("index")
        return index_of_series(series, year=year, rules=rules, newest=(survey, published))

    return release_survey(
        name or f"{series}-{newest.wave}",
        made_by=made_by,
        checked_by=checked_by,
        survey=newest.survey,
        margins=newest.margins or NO_MARGINS,
        rules=rules,
        date=date,
        draft=draft,
        wave=f"{series} {newest.wave}",
        into=into,
        tell=tell,
        index_of=index_of,
    )


def index_of_series(
    series: str,
    *,
    year: str | int,
    rules: str = "steering_group",
    newest: tuple[Survey, Sequence[Published]] | None = None,
) -> PublishedIndex:
    """The index of a declared series up to a year, as it may be shown.

    Parameters
    ----------
    series, year, rules : as in `release_index`.
    newest : the weighted survey of that year with everything that ``protect`` gave of it, when it was read already.

    Raises
    ------
    InputError : as `release_index`.
    RefusedError : answers that say that they are made up without proof; answers of people while nobody judged the
        rules.
    """
    declared = read_series(series)
    last = declared.wave(year)
    waves = [_ready(declared, one) for one in declared.waves[: declared.waves.index(last) + 1]]
    made = [_wave(one, newest if newest is not None and one is waves[-1] else _survey(one, rules)) for one in waves]
    return protect_index(made, declared, read_rules(rules))


def _ready(series: SurveySeries, wave: SeriesWave) -> SeriesWave:
    if not wave.survey:
        raise InputError(
            Problem(
                f"Wave {wave.wave} of series '{series.name}' does not say which answers it is.",
                f"data/series/{series.name}.yaml",
                "Add survey, margins and recruitment to the wave.",
            )
        )
    return wave


def _survey(wave: SeriesWave, rules: str) -> tuple[Survey, Sequence[Published]]:
    """The answers of a wave, weighted, with what may be shown of its declared tables."""
    from stagekansen_lib.disclosure.protect import protect
    from stagekansen_lib.intake.reading import read_survey
    from stagekansen_lib.population.margins import read_margins
    from stagekansen_lib.releases.declared import estimate_declared
    from stagekansen_lib.releases.proving import refuse_unproven
    from stagekansen_lib.weighting.raking import rake

    survey = read_survey(wave.survey)
    if wave.margins:
        survey = rake(survey, to=read_margins(wave.margins))
    refuse_unproven(survey)
    return survey, protect(estimate_declared(survey), rules=rules)


def _wave(wave: SeriesWave, made: tuple[Survey, Sequence[Published]]) -> WaveOfIndex:
    from stagekansen_lib.population.margins import read_margins

    survey, published = made
    total = read_margins(wave.margins).total if wave.margins else 0.0
    recruitment: Any = wave.recruitment or None
    index = yearly_index(
        survey,
        seed=_SEED,
        series=wave.letter,
        year=wave.wave if isinstance(wave.wave, int) else None,
        recruitment=recruitment,
        # Margins of shares do not count students.
        population=total if total >= len(survey) else None,
    )
    tables = {one.id: one for one in published if isinstance(one, PublishedTable)}
    return WaveOfIndex(str(wave.wave), survey, index, tables)
