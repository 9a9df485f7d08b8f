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
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

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
from stagekansen_lib.monitoring.index_guards import guarded_indicator
from stagekansen_lib.monitoring.index_results import YearlyIndex
from stagekansen_lib.monitoring.indicators import put_together, to_scores
from stagekansen_lib.registers.heads import IndexDesign
from stagekansen_lib.surveys.provenance import refuse_looks
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.waves.breaks import with_sources
from stagekansen_lib.waves.series import SurveySeries
from stagekansen_lib.waves.trends import refuse_breaks

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats

__all__ = ["WaveOfIndex", "protect_index"]

# Steps of the ends of a margin, in points of a score.
_STEPS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
_BORDER = float(stats.norm.isf(0.025))
_POWER = float(stats.norm.isf(0.20))


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
    names = {wave.wave for wave, _ in made}
    return PublishedIndex(
        series.name,
        series.title_nl,
        series.title_en,
        any(one.survey.provenance.synthetic for one in waves),
        any(one.survey.provenance.self_selected for one in waves),
        str(rules),
        tuple(Goalpost(one.id, one.domain, one.unit, float(one.worst), float(one.best)) for one in design.indicators),
        tuple(wave for wave, _ in made),
        tuple(
            _change(*first, *last, broken=_reason(first[0], last[0], series, asked) is not None)
            for first, last in pairs
        ),
        tuple(
            Begun(str(one.first), str(one.last), one.label_nl, one.label_en)
            for one in series.interventions
            if {str(one.first), str(one.last)} <= names
        ),
        tuple(
            LineBreak(first.wave, last.wave, *reason)
            for (first, _), (last, _) in pairs
            if (reason := _reason(first, last, series, asked)) is not None
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


def _protected(
    one: WaveOfIndex, series: SurveySeries, design: IndexDesign, rules: RuleSet
) -> tuple[PublishedWave, float]:
    """A wave as it may be shown, and the standard error of its index, which may not."""
    rows: dict[str, Any] = {row["id"]: row for row in one.index.indicators.to_dict("records")}
    shown = [
        guarded_indicator(one.survey, entry, design.readings["main"], rows[entry.id], one.tables, rules)
        for entry in design.indicators
    ]
    of_domain = np.array([entry.domain for entry in design.indicators])
    names = [entry.id for entry in design.domains]
    scores = to_scores(np.array([[found.enters for found in shown]]), list(design.indicators))
    domains, values = put_together(scores, of_domain, names)
    among = to_scores(_as_shown(one.index, shown), list(design.indicators))
    many_domains, many_values = put_together(among, of_domain, names)
    steps = [_step_of(name, shown, design) for name in names]
    told = tuple(
        _score(name, float(domains[0, at]), _spread(many_domains[:, at]), steps[at]) for at, name in enumerate(names)
    )
    se = _spread(many_values)
    overall = _score("index", float(values[0]), se, _coarse(max(steps) / len(names)))
    flag = tuple(_flag(one.index, overall, design))
    wave = PublishedWave(
        str(one.wave), series.wave(one.wave).letter, tuple(shown), told, overall, max(grade for _, grade in flag), flag,
        tuple(_together(one.index, shown)),
    )  # fmt: skip
    return wave, se


def _flag(index: YearlyIndex, overall: PublishedScore, design: IndexDesign) -> Iterator[tuple[str, str]]:
    """The grade of each part; that of the margin by the margin as it is shown."""
    limits, half = design.flag_parts["width"].limits, (overall.ci_high - overall.ci_low) / 2
    width = next((grade for grade, limit in zip("ABC", limits, strict=True) if half <= limit), "D")
    for row in index.flag.to_dict("records"):
        yield str(row["id"]), width if row["id"] == "width" else str(row["grade"])


def _as_shown(index: YearlyIndex, shown: Sequence[PublishedIndicator]) -> Floats:
    """The bootstrap samples of what is shown: what is hidden is not there, a class stays its middle, rounding is doubt.

    With the true values of a class, the width of a margin would tell how many answers stand behind it.
    """
    many = np.array(index.replicated, dtype=float)
    random = np.random.default_rng([index.seed, 3])
    for at, one in enumerate(shown):
        jitter = random.uniform(-0.5, 0.5, len(many))
        if not math.isfinite(one.value):
            many[:, at] = one.enters
        else:
            many[:, at] += jitter * one.step
    known = np.array([math.isfinite(one.enters) for one in shown])
    many[np.isnan(many[:, known]).any(axis=1)] = np.nan
    return many


def _spread(many: Floats) -> float:
    kept = many[np.isfinite(many)]
    return float(kept.std(ddof=1)) if len(kept) > 1 else math.nan


def _score(name: str, value: float, se: float, step: float) -> PublishedScore:
    if not math.isfinite(value):
        return PublishedScore(name, math.nan, math.nan, math.nan, step)
    low, high = (min(max(value + side * _BORDER * se, 1.0), 100.0) for side in (-1, 1))
    return PublishedScore(
        name, round(value, 1), max(round_down(low, step), 1.0), min(round_up(high, step), 100.0), step
    )


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


def _change(
    first: PublishedWave, first_se: float, last: PublishedWave, last_se: float, *, broken: bool
) -> PublishedChange:
    """The change of what is shown, with the doubt of both waves."""
    none = math.nan
    if broken:
        return PublishedChange(first.wave, last.wave, "break", none, none, none, none)
    alike = [math.isfinite(one.enters) for one in first.indicators] == [
        math.isfinite(one.enters) for one in last.indicators
    ]
    if not (first.index.known and last.index.known and alike):
        return PublishedChange(first.wave, last.wave, "unknown", none, none, none, none)
    change, se = round(last.index.score - first.index.score, 1), math.hypot(first_se, last_se)
    step = max(first.index.step, last.index.step)
    surely = abs(change) > _BORDER * se
    verdict = ("higher" if change > 0 else "lower") if surely else "not_shown"
    return PublishedChange(
        first.wave, last.wave, verdict, change, round_down(change - _BORDER * se, step),
        round_up(change + _BORDER * se, step), round_up((_BORDER + _POWER) * se, step), _contributions(first, last),
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
