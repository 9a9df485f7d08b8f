"""How strong the evidence for an effect is, by rule, and what may be said of it.

    A  assigned by lot, and large enough to see a change that matters
    B  difference in differences with two waves before the start and a placebo that finds nothing
    C  before and after, beside a group without the intervention
    D  before and after only

Below B the text says "after", never "through". The default is "not enough evidence", with what would be enough.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from stagekansen_lib.arguments import said, some_number
from stagekansen_lib.comparison.power import students_needed
from stagekansen_lib.effects.differences import PreTrend
from stagekansen_lib.effects.interrupted import InterruptedSeries
from stagekansen_lib.effects.interventions import Intervention
from stagekansen_lib.effects.results import Effect
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.surveys.words import limit_decimals, precise_writer
from stagekansen_lib.waves.change_results import Changes, Verdict, verdict_of
from stagekansen_lib.wording import Language, chosen_language, number_text, points_text, say

__all__ = ["Evidence", "Grade", "grade_evidence"]

Grade = Literal["A", "B", "C", "D"]

Finding = Effect | Changes | InterruptedSeries

# Grades that let a text say that something came through the intervention.
_THROUGH = ("A", "B")


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known about the effect of an intervention.

    Parameters
    ----------
    grade : "A" to "D".
    reasons : keys of the rules that gave it: "lot", "powered", "small", "placebo", "placebo_failed", "no_placebo",
        "comparison", "no_comparison", "not_fixed" (the outcome was not fixed before the data), "not_primary".
    verdict : "higher", "lower", "not_shown" or "unknown".
    enough : answers that each side (and wave) would need to see the change that matters; None when no change that
        matters was given.
    matters : that change.
    found : what was graded.
    name : of the intervention, in both languages.
    """

    grade: Grade
    reasons: tuple[str, ...]
    verdict: Verdict
    enough: int | None
    matters: float | None
    found: Finding
    name: tuple[str, str]

    @property
    def shown(self) -> bool:
        """Whether a difference was demonstrated."""
        return self.verdict in ("higher", "lower")

    @property
    def may_say_through(self) -> bool:
        """Whether a text may say that a change came through the intervention: shown, and graded A or B."""
        return self.shown and self.grade in _THROUGH

    @property
    def synthetic(self) -> bool:
        """Whether the answers were made up, so that this is no finding."""
        if isinstance(self.found, Effect):
            return self.found.provenance.synthetic
        return isinstance(self.found, Changes) and any(one.synthetic for one in self.found.origins)

    def sentence(self, language: str | None = None) -> str:
        """What may be said: "through" from B upwards, "after" below it, else that there is not enough evidence."""
        chosen = chosen_language(language)
        words = {"name": self.name[0 if chosen == "nl" else 1], **self._figures(chosen)}
        if not self.shown:
            parts = [say("grades.not_enough", chosen, **words)]
            if self.enough is not None and self.matters is not None:
                students = number_text(self.enough, chosen)
                change = self._write(self.matters, chosen)
                parts.append(say("grades.enough", chosen, students=students, change=change))
        else:
            way = "through" if self.may_say_through else "beside" if self.grade == "C" else "after"
            parts = [say(f"grades.{way}_{self.verdict}", chosen, **words)]
            if not self.may_say_through:
                parts.append(say("grades.other_causes", chosen))
        if self.synthetic:
            parts.insert(0, say("index.synthetic", chosen))
        parts.append(say("grades.grade", chosen, grade=self.grade, reasons=self._reasons(chosen)))
        return " ".join(parts)

    def _reasons(self, language: Language) -> str:
        return "; ".join(say(f"grades.reason_{one}", language) for one in self.reasons)

    def _figures(self, language: Language) -> dict[str, str]:
        estimate, low, high = _ends(self.found)
        about = _about(self.found, language)
        known = math.isfinite(low) and math.isfinite(high)
        margin = say("index.range", language, low=self._write(low, language), high=self._write(high, language))
        return {
            "about": about, "size": self._write(abs(estimate), language),
            "way": say("sentences.higher" if estimate > 0 else "sentences.lower", language),
            "margin": margin if known else say("grades.no_margin", language),
        }  # fmt: skip

    def _write(self, value: float, language: Language) -> str:
        if _is_share(self.found):
            return points_text(value, language, decimals=1)
        _, low, high = _ends(self.found)
        half = (high - low) / 2
        return precise_writer(half, language, finer=limit_decimals(low, high, half))(value)

    def __repr__(self) -> str:
        return f"grade {self.grade}: {self.sentence('en')}"

    def _repr_html_(self) -> str:
        return f"<p>{self.sentence()}</p>"


def grade_evidence(
    found: Finding,
    *,
    intervention: Intervention | None = None,
    name: str | tuple[str, str] = "",
    assigned_by_lot: bool = False,
    placebo: PreTrend | None = None,
    matters: float | None = None,
    base: float | None = None,
    sd: float | None = None,
    collected: Any = None,
) -> Evidence:
    """The grade of the evidence for an effect, by rule, with the sentence that may be said.

    Parameters
    ----------
    found : what was found: of ``difference_in_differences`` or ``waiting_list``; of ``change`` (one row: before and
        after only); or of ``interrupted_series``.
    intervention : from the register (``read_intervention``). Without it, or when its outcome was not fixed before the
        data, the grade is C at best.
    name : of the intervention, when it is not in the register; or (Dutch, English).
    assigned_by_lot : True when a draw decided who was treated, or which groups came first.
    placebo : of ``pre_trend``, over two waves before the start or more.
    matters : the change that matters; that of the register when left out.
    base, sd : the share at the start, or the standard deviation, for what would be enough.
    collected : the day on which the data began to come in, to see that the outcome was fixed before.

    Returns
    -------
    Evidence : see there.

    Raises
    ------
    InputError : nothing that can be graded; a table of several changes; a change that matters of nought.

    Notes
    -----
    A needs a lot and a smallest detectable effect no larger than the change that matters. B needs a difference in
    differences and a placebo that finds nothing. C needs a group without the intervention, or a comparison series. A
    permutation test has no smallest detectable effect, so it does not reach A without one of another method.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> wave = sk.read_survey("example_2022")
    >>> evidence = grade_evidence(sk.change(wave, wave, of="discrimination_experienced", code=1), name="a workshop")
    >>> evidence.grade, evidence.sentence("en").split(". ")[1].split(":")[0]
    ('D', 'There is not enough evidence that a workshop changed something')
    """
    if not isinstance(found, (Effect, Changes, InterruptedSeries)):
        raise InputError(Problem(f"What was found is {said(found)}.", do="Give a result of change() or of a design."))
    if isinstance(found, Changes) and len(found) != 1:
        raise InputError(
            Problem("There are several changes.", do="Grade the primary outcome: give code=, leave by= out.")
        )
    wanted = matters if matters is not None else None if intervention is None else intervention.matters
    if wanted is not None and not some_number("matters", wanted):
        raise InputError(Problem("A change of nought does not matter.", do="Give the change that matters."))
    grade, reasons = _by_design(found, assigned_by_lot, placebo, wanted)
    doubt = _not_fixed(found, intervention, collected)
    if doubt and grade in _THROUGH:
        grade = "C"
    reasons += doubt
    names = (intervention.name_nl, intervention.name_en) if intervention is not None else name
    told = (names, names) if isinstance(names, str) else names
    either = (told[0] or say("grades.intervention", "nl"), told[1] or say("grades.intervention", "en"))
    estimate, low, high = _ends(found)
    verdict = found.verdict if isinstance(found, Effect) else verdict_of(estimate, low, high)
    enough = None if wanted is None else _enough(found, wanted, base, sd)
    return Evidence(grade, tuple(reasons), verdict, enough, wanted, found, either)


def _by_design(found: Finding, lot: bool, placebo: PreTrend | None, matters: float | None) -> tuple[Grade, list[str]]:
    if isinstance(found, Changes):
        return "D", ["no_comparison"]
    if isinstance(found, InterruptedSeries):
        return ("C", ["comparison"]) if found.compare is not None else ("D", ["no_comparison"])
    if lot:
        powered = matters is not None and found.smallest_detectable <= abs(matters)
        if powered:
            return "A", ["lot", "powered"]
        # A lot that is too small is no less fair, but what it finds by chance alone is too large.
        return "C", ["lot", "small"]
    if found.design != "difference_in_differences":
        return "C", ["comparison"]
    if placebo is None:
        return "C", ["comparison", "no_placebo"]
    return ("B", ["placebo"]) if placebo.passed else ("C", ["comparison", "placebo_failed"])


def _not_fixed(found: Finding, intervention: Intervention | None, collected: Any) -> list[str]:
    """Why a result is no test of what was fixed beforehand."""
    if intervention is None or collected is None or not intervention.fixed_before(collected):
        return ["not_fixed"]
    return [] if intervention.outcome == found.of else ["not_primary"]


def _ends(found: Finding) -> tuple[float, float, float]:
    if isinstance(found, Effect):
        return found.estimate, found.ci_low, found.ci_high
    if isinstance(found, Changes):
        row = found.table.iloc[0]
        return float(row["change"]), float(row["ci_low"]), float(row["ci_high"])
    made = found.effect()
    return made.estimate, made.ci_low, made.ci_high


def _is_share(found: Finding) -> bool:
    if isinstance(found, InterruptedSeries):
        return False
    return found.code is not None and (isinstance(found, Effect) or found.statistic == "share")


def _about(found: Finding, language: Language) -> str:
    return found.of if isinstance(found, InterruptedSeries) else found._about(language)


def _enough(found: Finding, matters: float, base: float | None, sd: float | None) -> int | None:
    """Answers that each side and wave needs; None when nothing tells the spread of the answers."""
    if isinstance(found, InterruptedSeries):
        return None
    share = base
    if share is None and isinstance(found, Changes) and _is_share(found):
        share = float(found.table["before"].iloc[0])
    both = isinstance(found, Effect) and found.design == "difference_in_differences"
    if share is not None and 0 < share < 1 and 0 < share + matters < 1 and sd is None:
        return students_needed(matters, base=share, before_and_after=both)
    return None if sd is None else students_needed(matters, sd=sd, before_and_after=both)
