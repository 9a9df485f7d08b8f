"""What weighting did: design effect, effective number of answers, targets against reached."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from stagekansen_lib.surveys.calibrations import (
    PostStratification,
)
from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.designs import Design, degrees_of_freedom
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.surveys import Survey, need_survey
from stagekansen_lib.surveys.words import answer_text, frame_html, readable, variable_text, warning_lines
from stagekansen_lib.weighting.false_positives import expected_coverage
from stagekansen_lib.weighting.targets import Target, match_targets
from stagekansen_lib.wording import chosen_language, number_text, percent_text, say

if TYPE_CHECKING:
    import pandas as pd

    from stagekansen_lib.arrays import Floats
    from stagekansen_lib.population.margins import Margins


__all__ = ["WeightReport", "describe_weights", "labelled_weights", "weights_html"]


# Coverage from which a 95% interval keeps its name.
_LEAST_COVERAGE = 0.944


def labelled_weights(report: WeightReport, language: str | None = None) -> pd.DataFrame:
    """The targets of a WeightReport in words, as shares of each target."""
    import pandas as pd

    chosen = chosen_language(language)
    rows = []
    for name, part in report.table.groupby("variable", sort=False):
        names = str(name).split(" x ")
        totals = {column: float(part[column].sum()) for column in ("before", "target", "reached")}
        for line in part.to_dict("records"):
            codes = line["code"] if isinstance(line["code"], tuple) else (line["code"],)
            shares = {column: line[column] / total for column, total in totals.items()}
            gap = number_text(100 * (shares["reached"] - shares["target"]), chosen, decimals=1)
            labels = [answer_text(report.codebook, one, code, chosen) for one, code in zip(names, codes, strict=False)]
            rows.append(
                {
                    say("tables.variable", chosen): ", ".join(
                        variable_text(report.codebook, one, chosen) for one in names
                    ),
                    say("tables.group", chosen): ", ".join(labels),
                    say("tables.n", chosen): number_text(line["n"], chosen),
                    **{
                        say(f"tables.{column}", chosen): percent_text(shares[column], chosen, decimals=1)
                        for column in ("before", "target", "reached")
                    },
                    say("tables.gap", chosen): gap,
                }
            )
    return pd.DataFrame(rows)


def weights_html(report: WeightReport) -> str:
    """A WeightReport for a notebook."""
    language = chosen_language()
    line = say(
        "tables.weights",
        language,
        n=number_text(report.n, language),
        effect=number_text(report.design_effect, language, decimals=2),
        effective=number_text(report.effective_n, language),
        largest=number_text(report.largest * report.n / report.total, language, decimals=2),
    )
    notes = [line, *warning_lines(report.provenance, language)]
    return frame_html(labelled_weights(report, language), say("tables.weights_title", language), notes)


@dataclass(frozen=True, eq=False)
class WeightReport:
    """How uneven the weights are, what that costs, and how well the targets are met.

    A notebook shows the targets as shares, with the labels of the codebook; ``table`` holds counts.

    Parameters
    ----------
    design_effect : Kish's design effect of unequal weights, n * sum(w^2) / sum(w)^2.
    effective_n : number of rows over the design effect.
    smallest, largest : smallest and largest weight above zero.
    table : variable, code, n, before (weighted count before), target, reached, difference (relative); empty when
        no targets were given.
    n, total : number of rows with a weight, and the sum of weights.
    codebook, provenance : labels, and what a reader must know.
    coverage : how often a 95% interval of a mean is expected to hold the truth after post-stratification; cells with
        few respondents make intervals too narrow. NaN where that is not known.
    """

    design_effect: float
    effective_n: float
    smallest: float
    largest: float
    table: pd.DataFrame
    n: int
    total: float
    codebook: Codebook
    provenance: Provenance
    coverage: float = math.nan

    def labelled(self, language: str | None = None) -> pd.DataFrame:
        """The targets in words: labels of the codebook, shares in percent. For reading, not for computing.

        Parameters
        ----------
        language : "nl" or "en"; the default follows ``wording.chosen_language``.
        """
        return labelled_weights(self, language)

    def __repr__(self) -> str:
        line = (
            f"Weights of {self.n:,} rows: design effect {self.design_effect:.3f}, effective n "
            f"{self.effective_n:,.1f}, smallest {self.smallest:.4g}, largest {self.largest:.4g}, "
            f"largest over mean {self.largest * self.n / self.total:.3g}"
        )
        if self.coverage < _LEAST_COVERAGE:
            line += (
                f"\nCells are small: a 95% interval of a mean holds the truth in about {self.coverage:.1%} of surveys. "
                "Use fewer cells, rake, or replicate(kind='jackknife')."
            )
        return line if self.table.empty else f"{self.table.to_string(index=False, float_format=readable)}\n{line}"

    def _repr_html_(self) -> str:
        return weights_html(self)


def describe_weights(survey: Survey, to: Margins | Mapping[Any, Any] | None = None) -> WeightReport:
    """Design effect, effective n, extremes, and targets against what is reached.

    Parameters
    ----------
    survey : the survey.
    to : margins to compare with; without it the targets the survey was last weighted to. Counts before and reached
        are then brought to the total of the margins, so that a survey that was never weighted compares too.

    Returns
    -------
    WeightReport : see there.

    Notes
    -----
    Kish (1992), "Weighting for unequal Pi", Journal of Official Statistics 8, 183-200.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> describe_weights(survey_from_frame(pd.DataFrame({"w": [1.0, 1.0, 4.0]}), weights="w")).effective_n
    2.0
    """
    import pandas as pd

    need_survey(survey)
    weights = survey.weights
    used = weights[weights != 0]
    effect = float(len(used) * (used**2).sum() / used.sum() ** 2)
    columns = ["variable", "code", "n", "before", "target", "reached", "difference"]
    if to is not None:
        start = survey.design.weights if survey.design.base_weights is None else survey.design.base_weights
        start = start if survey.design.domain is None else start[survey.design.domain]
        targets = [replace(target, before=start) for target in match_targets(survey, to)]
        rows = [row for target in targets for row in _report_rows(target, weights, to_total=True)]
    else:
        rows = [row for target in survey.design.targets for row in _report_rows(target, survey.design.weights)]
    return WeightReport(
        effect,
        len(used) / effect,
        float(used.min()),
        float(used.max()),
        pd.DataFrame(rows, columns=columns),
        len(used),
        float(used.sum()),
        survey.codebook,
        survey.provenance,
        _coverage(survey.design),
    )


def _coverage(design: Design) -> float:
    """The coverage of a 95% interval after post-stratification of a sample of single respondents."""
    stage = design.stages[0] if design.stages else None
    if len(design.calibrations) != 1 or stage is None or stage.clusters is not None or design.replicates is not None:
        return math.nan
    record = design.calibrations[0]
    if not isinstance(record, PostStratification) or not (record.before > 0).all():
        return math.nan
    df = float(degrees_of_freedom(replace(design, domain=None)))
    totals = np.bincount(record.cells, record.after).astype(float)
    return expected_coverage(record.before, record.cells, totals, df) if df > 0 else math.nan


def _report_rows(target: Target, weights: Floats, *, to_total: bool = False) -> list[list[Any]]:
    number = len(target.counts)
    codes = target.codes
    counts = np.bincount(codes, minlength=number)
    before = np.bincount(codes, target.before, minlength=number)
    before = before * target.counts.sum() / before.sum()
    reached = np.bincount(codes, weights, minlength=number)
    if to_total:
        reached = reached * target.counts.sum() / reached.sum()
    return [
        [
            target.name,
            label,
            int(counts[at]),
            before[at],
            target.counts[at],
            reached[at],
            reached[at] / target.counts[at] - 1,
        ]
        for at, label in enumerate(target.labels)
    ]
