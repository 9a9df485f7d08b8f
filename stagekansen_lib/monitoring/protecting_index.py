"""``protect_index``: the yearly index through the wall.

Scores, domains, index, change and what each domain adds to it are computed from the indicators *as they are shown*:
from figures on their grid, and from the middle of a class. So they tell nothing that the indicators do not, whatever is
done to them, and every reader can compute them again. What is lost is the rounding, which is counted in the margins.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stagekansen_lib.disclosure.published import PublishedTable
from stagekansen_lib.disclosure.published_index import (
    Begun,
    Goalpost,
    LineBreak,
    PublishedChange,
    PublishedIndex,
    PublishedIndicator,
    PublishedScore,
    PublishedWave,
)
from stagekansen_lib.disclosure.rules import RuleSet, round_down, round_up
from stagekansen_lib.errors import InputError, Problem, RefusedError
from stagekansen_lib.monitoring.index_doubt import SIDE, IndexDoubt, detectable_rise, index_doubt, root_change
from stagekansen_lib.monitoring.index_guards import guarded_indicator
from stagekansen_lib.monitoring.index_results import YearlyIndex
from stagekansen_lib.monitoring.indicators import Estimates
from stagekansen_lib.registers.heads import IndexDesign
from stagekansen_lib.surveys.provenance import refuse_looks
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.waves.breaks import with_sources
from stagekansen_lib.waves.series import SurveySeries
from stagekansen_lib.waves.trends import refuse_breaks

__all__ = ["WaveOfIndex", "protect_index"]

# Steps of the ends of a margin, in points of a score.
_STEPS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)


@dataclass(frozen=True, eq=False)
class WaveOfIndex:
    """A wave inside the wall: its name, its survey as it was weighted, its index, and what ``protect`` gave of it."""

    wave: str
    survey: Survey
    index: YearlyIndex
    tables: Mapping[str, PublishedTable]


def protect_index(waves: Sequence[WaveOfIndex], series: SurveySeries, rules: RuleSet) -> PublishedIndex:
    """The index of a series as it may be shown.

    Parameters
    ----------
    waves : in the order of the series, each with the same seed.
    series : what was declared: letters, breaks, what began between waves.
    rules : numbers of the rule set.

    Returns
    -------
    PublishedIndex : each wave with its indicators, domains and index; the change between waves that follow each other,
        without numbers over a break or where an index is lacking.

    Raises
    ------
    InputError : no wave; a wave that the series does not have; a wave made under the upper reading.
    RefusedError : a survey that was changed for a look; waves without a break of which a question changed, and nobody
        declared that this does no harm.
    """
    if not waves:
        raise InputError(Problem("There is no wave.", do="Give the waves of the series up to the newest."))
    for one in waves:
        series.wave(one.wave)
        if one.index.reading != "main":
            raise InputError(Problem("An index under the upper reading is for the team.", do='Give reading="main".'))
    refuse_looks([one.survey.provenance for one in waves])
    design = waves[0].index.design
    asked = _asked(design, waves)
    _refuse_changed_questions(waves, series, asked)
    made = [_protected(one, series, design, rules) for one in waves]
    pairs = list(itertools.pairwise(made))
    names = {one.wave.wave for one in made}
    return PublishedIndex(
        series.name,
        series.title_nl,
        series.title_en,
        any(one.survey.provenance.synthetic for one in waves),
        any(one.survey.provenance.self_selected for one in waves),
        str(rules),
        tuple(Goalpost(one.id, one.domain, one.unit, float(one.worst), float(one.best)) for one in design.indicators),
        tuple(one.wave for one in made),
        tuple(
            _change(first, last, design, broken=_reason(first.wave, last.wave, series, asked) is not None)
            for first, last in pairs
        ),
        tuple(
            Begun(str(one.first), str(one.last), one.label_nl, one.label_en)
            for one in series.interventions
            if {str(one.first), str(one.last)} <= names
        ),
        tuple(
            LineBreak(first.wave.wave, last.wave.wave, *reason)
            for first, last in pairs
            if (reason := _reason(first.wave, last.wave, series, asked)) is not None
        ),
    )


def _refuse_changed_questions(waves: Sequence[WaveOfIndex], series: SurveySeries, asked: Sequence[str]) -> None:
    """Stop at waves of one line of which a question of the index changed, when nobody declared what that means."""
    lines = []
    for first, last in itertools.pairwise(waves):
        if any(series.break_between(first.wave, last.wave, of) for of in asked):
            continue
        for of in asked:
            try:
                refuse_breaks({first.wave: first.survey, last.wave: last.survey}, of, series)
            except RefusedError as refused:
                lines.append(str(refused).splitlines()[0])
    if lines:
        raise RefusedError(
            "\n".join(dict.fromkeys(lines)) + f"\nAn index is never one line over a changed question. Declare each in "
            f"data/series/{series.name}.yaml: verdict break or harmless, with the reason."
        )


def _asked(design: IndexDesign, waves: Sequence[WaveOfIndex]) -> list[str]:
    """The variables that the index is made of, with the questions that these are derived from."""
    made_of = {one.variable for one in design.readings} | {one.of for one in design.indicators}
    books = [one.survey.codebook for one in waves]
    return sorted({name for of in made_of for name in with_sources(of, *books)})


def _reason(
    first: PublishedWave, last: PublishedWave, series: SurveySeries, asked: Sequence[str]
) -> tuple[str, str] | None:
    """Why no line runs between two waves, as it was declared; empty when only the letter says it; None without a break.

    A break of any question that the index asks is one of the index.
    """
    if not any(series.break_between(first.wave, last.wave, of) for of in asked):
        return None
    declared = [
        (one.reason_nl, one.reason_en)
        for one in series.changes
        if one.verdict == "break" and (str(one.first), str(one.last)) == (first.wave, last.wave)
        if any(one.is_about(of) for of in asked)
    ]
    return declared[0] if declared else ("", "")


@dataclass(frozen=True, eq=False)
class _Protected:
    """A wave as it may be shown; and what it was made of with its doubt, which may not."""

    wave: PublishedWave
    doubt: IndexDoubt
    made_of: Estimates
    seed: int


def _protected(one: WaveOfIndex, series: SurveySeries, design: IndexDesign, rules: RuleSet) -> _Protected:
    rows: dict[str, Any] = {row["id"]: row for row in one.index.indicators.to_dict("records")}
    shown = [
        guarded_indicator(one.survey, entry, design.readings["main"], rows[entry.id], one.tables, rules)
        for entry in design.indicators
    ]
    names = [entry.id for entry in design.domains]
    made_of = _as_shown(one.index, shown)
    doubt = index_doubt(made_of, list(design.indicators), names, one.index.seed)
    steps = [_step_of(name, shown, design) for name in names]
    half = SIDE * doubt.domain_se
    told = tuple(
        _score(name, doubt.domains[at], max(doubt.domains[at] - half[at], 1.0), doubt.domains[at] + half[at], steps[at])
        for at, name in enumerate(names)
    )
    overall = _score("index", doubt.value, doubt.ci_low, doubt.ci_high, _coarse(max(steps) / len(names)))
    flag = tuple(_flag(one.index, overall, design))
    wave = PublishedWave(
        str(one.wave), series.wave(one.wave).letter, tuple(shown), told, overall, max(grade for _, grade in flag), flag,
        tuple(_together(one.index, shown)),
    )  # fmt: skip
    return _Protected(wave, doubt, made_of, one.index.seed)


def _flag(index: YearlyIndex, overall: PublishedScore, design: IndexDesign) -> Iterator[tuple[str, str]]:
    """The grade of each part; that of the margin by the margin as it is shown."""
    limits, half = design.flag_parts["width"].limits, (overall.ci_high - overall.ci_low) / 2
    width = next((grade for grade, limit in zip("ABC", limits, strict=True) if half <= limit), "D")
    for row in index.flag.to_dict("records"):
        yield str(row["id"]), width if row["id"] == "width" else str(row["grade"])


def _as_shown(index: YearlyIndex, shown: Sequence[PublishedIndicator]) -> Estimates:
    """What is shown, with bootstrap samples: what is hidden is not there, a class stays its middle, rounding is doubt.

    With the true values of a class, the width of a margin would tell how many answers stand behind it.
    """
    found = index.estimates
    many, effective_n = np.array(found.replicated, dtype=float), np.array(found.effective_n, dtype=float)
    random = np.random.default_rng([index.seed, 3])
    for at, one in enumerate(shown):
        jitter = random.uniform(-0.5, 0.5, len(many))
        if not math.isfinite(one.value):
            many[:, at], effective_n[at] = one.enters, math.nan
        else:
            many[:, at] += jitter * one.step
    return Estimates(np.array([one.enters for one in shown]), many, found.n, effective_n)


def _score(name: str, value: float, low: float, high: float, step: float) -> PublishedScore:
    if not math.isfinite(value):
        return PublishedScore(name, math.nan, math.nan, math.nan, step)
    ends = max(round_down(low, step), 1.0), min(round_up(high, step), 100.0)
    return PublishedScore(name, round(float(value), 1), *ends, step)


def _step_of(domain: str, shown: Sequence[PublishedIndicator], design: IndexDesign) -> float:
    """The grid of a domain's margin: as coarse as the coarsest of its indicators makes it."""
    own = [
        abs(100 * found.step / (entry.best - entry.worst))
        for entry, found in zip(design.indicators, shown, strict=True)
        if entry.domain == domain and math.isfinite(found.value)
    ]
    return _coarse(max(own) / len(own)) if own else _STEPS[0]


def _coarse(step: float) -> float:
    return next((one for one in _STEPS if one >= step - 1e-9), _STEPS[-1])


def _together(index: YearlyIndex, shown: Sequence[PublishedIndicator]) -> list[tuple[str, str, float]]:
    """How indicators with a figure vary together over the bootstrap samples, in tenths."""
    known = [at for at, one in enumerate(shown) if math.isfinite(one.value)]
    many = index.replicated[np.isfinite(index.replicated[:, known]).all(axis=1)]
    found = []
    for place, one in enumerate(known):
        for other in known[place + 1 :]:
            if many[:, one].std() > 0 and many[:, other].std() > 0:
                value = float(np.corrcoef(many[:, one], many[:, other])[0, 1])
                found.append((shown[one].id, shown[other].id, round(value, 1) + 0.0))
    return found


def _change(before: _Protected, after: _Protected, design: IndexDesign, *, broken: bool) -> PublishedChange:
    """The change of what is shown, with the doubt of both waves."""
    none, first, last = math.nan, before.wave, after.wave
    if broken:
        return PublishedChange(first.wave, last.wave, "break", none, none, none, none)
    alike = [math.isfinite(one.enters) for one in first.indicators] == [
        math.isfinite(one.enters) for one in last.indicators
    ]
    if not (first.index.known and last.index.known and alike):
        return PublishedChange(first.wave, last.wave, "unknown", none, none, none, none)
    _, se = root_change(before.doubt.value, before.doubt.root_se, after.doubt.value, after.doubt.root_se)
    change = round(last.index.score - first.index.score, 1)
    step = max(first.index.step, last.index.step)
    surely = abs(change) > SIDE * se
    verdict = ("higher" if change > 0 else "lower") if surely else "not_shown"
    rise = detectable_rise(
        before.made_of.values, before.doubt.root_se, after.made_of, list(design.indicators), after.seed
    )
    return PublishedChange(
        first.wave, last.wave, verdict, change, round_down(change - SIDE * se, step),
        round_up(change + SIDE * se, step), round_up(rise, step), _contributions(first, last),
    )  # fmt: skip


def _contributions(first: PublishedWave, last: PublishedWave) -> tuple[tuple[str, float], ...]:
    """What each domain adds to the change: its logarithm, scaled by the logarithmic mean of both indices.

    Source: Ang (2004), doi:10.1016/j.enpol.2003.10.010. The parts of a geometric mean add up to its change.
    """
    before, after = first.index.score, last.index.score
    mean = before if before == after else (after - before) / math.log(after / before)
    number = len(first.domains)
    return tuple(
        (one.id, round(mean * math.log(other.score / one.score) / number, 1) + 0.0)
        for one, other in zip(first.domains, last.domains, strict=True)
    )
