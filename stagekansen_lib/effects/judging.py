"""An intervention of the register judged as it said beforehand: its design, its outcome, its grade and its sentence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stagekansen_lib.arguments import said
from stagekansen_lib.effects.differences import PreTrend, difference_in_differences, pre_trend
from stagekansen_lib.effects.grades import Evidence, Finding, grade_evidence
from stagekansen_lib.effects.intervention_files import read_intervention
from stagekansen_lib.effects.interventions import Intervention, InterventionDesign
from stagekansen_lib.effects.stepped import stepped_introduction
from stagekansen_lib.effects.waiting import waiting_list
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.surveys.surveys import Survey, need_survey, subset
from stagekansen_lib.waves.changes import change
from stagekansen_lib.waves.stacking import WAVE, stack
from stagekansen_lib.waves.trends import refuse_breaks

__all__ = ["judge_intervention"]


def judge_intervention(
    intervention: Intervention | str,
    surveys: Survey | Mapping[Any, Survey],
    *,
    base: float | None = None,
    sd: float | None = None,
    folder: Path | None = None,
) -> Evidence:
    """What the answers show of an intervention, by the design and the outcome that the register fixed beforehand.

    Parameters
    ----------
    intervention : its name in the register, or the intervention as ``read_intervention`` gives it.
    surveys : the waves by name, such as {2023: first, 2024: last}, the two between which it began among them; waves
        before these are a placebo. Of a waiting list or a stepped introduction: the one survey of groups that waited.
    base, sd : the share at the start, or the standard deviation, for what would be enough.
    folder : another folder of interventions to read from.

    Returns
    -------
    Evidence : the grade A to D by rule, and ``sentence()``, which says "through" from B upwards only.

    Raises
    ------
    InputError : the register does not say how the effect is looked for; a wave that is not there; as the design itself:
        ``change``, ``difference_in_differences``, ``waiting_list`` or ``stepped_introduction``.
    RefusedError : the question changed between two of the waves, and the series does not say that this does no harm.

    Notes
    -----
    Before and after: ``change``. Difference in differences: as ``difference_in_differences`` over the two waves, with
    CR2 where the register names clusters, and ``pre_trend`` over the earlier ones. Waiting list: a t test on the means
    of the groups. Stepped introduction: "two_way". Nothing is chosen after seeing the data.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> waves = {year: sk.read_survey(f"voorbeeldstad_{year}") for year in (2023, 2024)}
    >>> evidence = judge_intervention("voorbeeldstad_workshops", waves)
    >>> evidence.grade, evidence.may_say_through
    ('D', False)
    """
    known = read_intervention(intervention, folder) if isinstance(intervention, str) else intervention
    if not isinstance(known, Intervention):
        raise InputError(Problem(f"The intervention is {said(intervention)}.", do="Give its name in the register."))
    design = known.design
    if design is None:
        raise InputError(
            Problem(f"'{known.id}' does not say how its effect is looked for.", do="Add design: to it in the register.")
        )
    placebo = None
    if design.kind in ("waiting_list", "stepped_introduction"):
        found: Finding = _by_groups(known, design, surveys)
    else:
        waves = _waves(known, surveys)
        found = _between(known, design, waves)
        placebo = _placebo(known, design, waves)
    return grade_evidence(
        found, intervention=known, assigned_by_lot=design.by_lot, placebo=placebo, base=base, sd=sd,
        collected=known.data_from,
    )  # fmt: skip


def _by_groups(known: Intervention, design: InterventionDesign, survey: Any) -> Finding:
    if not isinstance(survey, Survey):
        raise InputError(
            Problem(f"'{known.id}' is judged within one survey.", do="Give the one that was held while groups waited.")
        )
    if design.kind == "stepped_introduction":
        return stepped_introduction(
            survey, known.outcome, code=known.code, group=design.group, period=design.period, treated=design.treated
        )
    return waiting_list(survey, known.outcome, code=known.code, group=design.group, treated=design.treated)


def _waves(known: Intervention, surveys: Any) -> dict[Any, Survey]:
    """The waves up to the first one after the start, in order, without a break of the outcome."""
    if not isinstance(surveys, Mapping):
        raise InputError(Problem("The waves are not named.", do="Give {2023: first, 2024: last}."))
    if known.first is None or known.last is None:
        raise InputError(
            Problem(f"'{known.id}' does not say between which waves it began.", do="Add series: and between: to it.")
        )
    by_name = {str(name): survey for name, survey in surveys.items()}
    absent = [wave for wave in (known.first, known.last) if str(wave) not in by_name]
    if absent:
        offer = did_you_mean(absent[0], list(by_name))
        raise InputError(Problem(f"Wave {wave} is not among the surveys.", do=offer) for wave in absent)
    for survey in by_name.values():
        need_survey(survey)
    names = list(by_name)[: list(by_name).index(str(known.last)) + 1]
    if names[-2:] != [str(known.first), str(known.last)]:
        raise InputError(
            Problem("The waves are not in order.", do=f"Give {known.first} and then {known.last}, earlier ones first.")
        )
    last = {name: by_name[name] for name in names[-2:]}
    refuse_breaks(last, known.outcome, known.series or None)
    return {name: by_name[name] for name in names}


def _between(known: Intervention, design: InterventionDesign, waves: Mapping[Any, Survey]) -> Finding:
    before, after = list(waves.values())[-2:]
    if design.kind == "before_after":
        statistic = "mean" if known.code is None else "share"
        return change(before, after, known.outcome, code=known.code, statistic=statistic)
    whole = stack(dict(list(waves.items())[-2:]), panel=design.clusters or None)
    return difference_in_differences(
        whole, known.outcome, group=design.treated, wave=WAVE, code=known.code, after=str(known.last), **_few(design)
    )


def _few(design: InterventionDesign) -> dict[str, Any]:
    """With clusters that the register names, the errors are those for few clusters."""
    return {"method": "cr2", "clusters": design.clusters} if design.clusters else {}


def _placebo(known: Intervention, design: InterventionDesign, waves: Mapping[Any, Survey]) -> PreTrend | None:
    """The same between the waves before, when there are two or more without a break."""
    if design.kind != "difference_in_differences" or len(waves) < 3:
        return None
    refuse_breaks(waves, known.outcome, known.series or None)
    whole = stack(waves, panel=design.clusters or None)
    part = subset(whole, {WAVE: list(waves)})
    return pre_trend(
        part, known.outcome, group=design.treated, wave=WAVE, start=str(known.last), code=known.code, **_few(design)
    )
