"""One estimated effect of an intervention, with its margin, as a result and in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.words import (
    answer_text,
    frame_html,
    known_text,
    limit_decimals,
    p_text,
    precise_writer,
    readable,
    variable_text,
)
from stagekansen_lib.waves.change_results import Verdict, margin_name, reservations, verdict_of
from stagekansen_lib.wording import Language, chosen_language, number_text, points_text, say

__all__ = ["Effect"]


@dataclass(frozen=True, eq=False)
class Effect:
    """A difference that may be the effect of an intervention. For the team.

    Parameters
    ----------
    estimate : in shares (of ``code``) or in the unit of the outcome.
    se, df, ci_low, ci_high, p_value : its doubt; NaN where the method has none, such as a standard error of a
        permutation test.
    method : how it was found.
    n : answers that it rests on.
    clusters : groups or schools that it rests on.
    design : "difference_in_differences", "waiting_list" or "stepped_introduction".
    of, code : the outcome.
    details : further figures of the method by name, such as the number of assignments.
    codebook, provenance : labels, and what a reader must know.
    """

    estimate: float
    se: float
    df: float
    ci_low: float
    ci_high: float
    p_value: float
    method: str
    n: int
    clusters: int
    design: str
    of: str
    code: Any
    details: Mapping[str, float]
    codebook: Codebook = field(repr=False)
    provenance: Provenance = field(repr=False)

    @property
    def table(self) -> pd.DataFrame:
        """One row: estimate, se, df, ci_low, ci_high, p_value, method, n, clusters."""
        names = ("estimate", "se", "df", "ci_low", "ci_high", "p_value", "method", "n", "clusters")
        return pd.DataFrame({name: [getattr(self, name)] for name in names})

    @property
    def verdict(self) -> Verdict:
        """In fixed words "higher", "lower" or "not_shown"; "unknown" without a margin and a p value."""
        if math.isfinite(self.ci_low) and math.isfinite(self.ci_high):
            return verdict_of(self.estimate, self.ci_low, self.ci_high)
        if not math.isfinite(self.p_value):
            return "unknown"
        shown: Verdict = "higher" if self.estimate > 0 else "lower"
        return shown if self.p_value < 0.05 else "not_shown"

    @property
    def smallest_detectable(self) -> float:
        """The effect that this design finds in 8 of 10 tries, with the degrees of freedom it has; NaN without any."""
        from scipy import stats

        if not self.df > 0:
            return math.nan
        return float(self.se * (stats.t.isf(0.025, self.df) + stats.t.isf(0.2, self.df)))

    def _write(self, value: float, language: Language) -> str:
        if self.code is not None:
            return points_text(value, language, decimals=1)
        finer = limit_decimals(self.ci_low, self.ci_high, 2 * self.se)
        return precise_writer(2 * self.se, language, finer=finer)(value)

    def _about(self, language: Language) -> str:
        name = variable_text(self.codebook, self.of, language)
        return name if self.code is None else f"{name} ({answer_text(self.codebook, self.of, self.code, language)})"

    def _rests_on(self, language: Language) -> str:
        # Of a design without groups each answer counts as one, and is not to be called a group.
        kind = "answers" if self.method == "design" and self.clusters == self.n else "groups"
        number = number_text(self.clusters, language)
        return say(f"interventions.rests_on_{kind}", language, clusters=number, n=number)

    def sentence(self, language: str | None = None) -> str:
        """The difference and its doubt in plain sentences; ``grade_evidence`` says if it may be called an effect."""
        chosen = chosen_language(language)
        parts = [say("index.synthetic", chosen)] if self.provenance.synthetic else []
        words = {
            "about": self._about(chosen), "estimate": self._write(abs(self.estimate), chosen),
            "low": known_text(lambda value: self._write(value, chosen), self.ci_low),
            "high": known_text(lambda value: self._write(value, chosen), self.ci_high),
            "margin": margin_name([self.provenance], chosen).lower(),
            "rests_on": self._rests_on(chosen),
            "p": p_text(self.p_value, chosen) if math.isfinite(self.p_value) else "",
        }  # fmt: skip
        if self.verdict == "unknown":
            parts.append(say("interventions.unknown", chosen, **words))
        else:
            ends = "" if math.isfinite(self.ci_low) and math.isfinite(self.ci_high) else "_p"
            parts.append(say(f"interventions.{self.verdict}{ends}", chosen, **words))
        if self.df < 4:
            found = "_found" if self.verdict in ("higher", "lower") else ""
            parts.append(say(f"interventions.almost_nothing{found}", chosen))
        elif math.isfinite(self.smallest_detectable):
            parts.append(say("interventions.detectable", chosen, size=self._write(self.smallest_detectable, chosen)))
        base = say("sentences.base_all", chosen, n=number_text(self.n, chosen))
        return " ".join([*parts, base, *reservations([self.provenance], chosen)])

    def labelled(self, language: str | None = None) -> pd.DataFrame:
        """The effect in words.

        Parameters
        ----------
        language : "nl" or "en"; the default follows ``wording.chosen_language``.
        """
        chosen = chosen_language(language)
        return pd.DataFrame(
            {
                say("interventions.head_about", chosen): [self._about(chosen)],
                say("interventions.head_estimate", chosen): [self._write(self.estimate, chosen)],
                say("tables.low", chosen): [known_text(lambda value: self._write(value, chosen), self.ci_low)],
                say("tables.high", chosen): [known_text(lambda value: self._write(value, chosen), self.ci_high)],
                say("interventions.head_method", chosen): [self.method],
                say("interventions.head_clusters", chosen): [number_text(self.clusters, chosen)],
                say("tables.n", chosen): [number_text(self.n, chosen)],
            }
        )

    def __repr__(self) -> str:
        made_up = "\nsynthetic data: not a finding" if self.provenance.synthetic else ""
        return f"{self.table.to_string(index=False, float_format=readable)}{made_up}\n{self.sentence('en')}"

    def _repr_html_(self) -> str:
        language = chosen_language()
        return frame_html(self.labelled(language), say("interventions.caption", language), [self.sentence(language)])
