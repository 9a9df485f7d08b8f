"""EstimateTable: estimates with their doubt, as a table, in words and in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.words import (
    answer_text,
    frame_html,
    known_text,
    precise_writer,
    readable,
    short_proxies,
    variable_text,
    warning_lines,
)
from stagekansen_lib.wording import Language, chosen_language, number_text, percent_text, say

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Mask
    from stagekansen_lib.surveys.encoding import Encoded
    from stagekansen_lib.surveys.surveys import Survey


__all__ = ["AnswersBehind", "EstimateTable", "estimates_html", "labelled_estimates", "method_line"]


def method_line(found: EstimateTable) -> str:
    """What was estimated and how, for a terminal."""
    name = "model margins" if found.provenance.self_selected else "intervals"
    parts = [f"{found.statistic} of {found.of}", f"{found.ci_level:.0%} {name} ({found.interval})", f"df {found.df:g}"]
    if found.missing:
        parts.append(f"{found.missing} rows without an answer left out")
    if found.fixed.any():
        parts.append(say("tables.fixed_rows", "en", n=int(found.fixed.sum())))
    if found.without_limit.any():
        parts.append(say("tables.without_limit", "en", n=int(found.without_limit.sum())))
    if found.provenance.synthetic:
        parts.append("synthetic data: not a finding")
    parts += [f"proxy: {text}" for text in short_proxies(found.provenance, "en")]
    return "; ".join(parts)


def labelled_estimates(found: EstimateTable, language: str | None = None) -> pd.DataFrame:
    """An EstimateTable in words."""
    chosen = chosen_language(language)
    table = found.table
    write = _row_writers(found, chosen)
    columns = _row_names(found, chosen)

    def written(column: str) -> list[str]:
        return [known_text(own, value) for own, value in zip(write, table[column], strict=True)]

    columns[say(f"tables.{found.statistic}", chosen)] = written("estimate")
    for heading, limit in (("low", "ci_low"), ("high", "ci_high")):
        texts = pd.Series(written(limit), dtype=object)
        columns[say(f"tables.{heading}", chosen)] = texts.mask(found.fixed, say("tables.fixed", chosen)).to_list()
    columns[say("tables.n", chosen)] = [number_text(n, chosen) for n in table["n"]]
    return pd.DataFrame(columns)


def _row_writers(found: EstimateTable, language: Language) -> list[Callable[[float], str]]:
    """How the numbers of each row are written: with the digits that its interval leaves, shares in percent."""
    halves = ((found.table["ci_high"] - found.table["ci_low"]) / 2).tolist()
    if found.statistic == "share":
        return [_percent_writer(half, language) for half in halves]
    return [precise_writer(half, language) for half in halves]


def _percent_writer(half: float, language: Language) -> Callable[[float], str]:
    hundredths = precise_writer(100 * half, language, least=1)
    return lambda value: f"{hundredths(100 * value)}%"


def _row_names(found: EstimateTable, language: Language) -> dict[str, list[str]]:
    """The columns that say what a row is of: groups, the answer, the part below a quantile."""
    book, table = found.codebook, found.table
    columns: dict[str, list[str]] = {}
    for name in found.by:
        columns[variable_text(book, name, language)] = [answer_text(book, name, code, language) for code in table[name]]
    if "code" in table.columns:
        columns[say("tables.answer", language)] = [
            answer_text(book, found.of, code, language) for code in table["code"]
        ]
    if "q" in table.columns:
        columns[say("tables.q", language)] = [percent_text(q, language, decimals=1) for q in table["q"]]
    return columns


def estimates_html(found: EstimateTable) -> str:
    """An EstimateTable for a notebook, in the chosen language."""
    language = chosen_language()
    about = variable_text(found.codebook, found.of, language)
    if found.code is not None:
        codes = found.code if isinstance(found.code, (list, tuple, set, frozenset)) else [found.code]
        about += f" ({', '.join(answer_text(found.codebook, found.of, code, language) for code in codes)})"
    if " / " in found.of:
        about = " / ".join(variable_text(found.codebook, part, language) for part in found.of.split(" / "))
    caption = f"{say(f'tables.{found.statistic}', language)}: {about}"
    name = say("tables.model_margin" if found.provenance.self_selected else "tables.margin", language)
    parts = [f"{name} {percent_text(found.ci_level, language)} ({found.interval})"]
    if found.missing:
        parts.append(say("tables.missing", language, n=number_text(found.missing, language)))
    if found.fixed.any():
        parts.append(say("tables.fixed_rows", language, n=int(found.fixed.sum())))
    if found.without_limit.any():
        parts.append(say("tables.without_limit", language, n=int(found.without_limit.sum())))
    return frame_html(
        labelled_estimates(found, language), caption, [*parts, *warning_lines(found.provenance, language)]
    )


@dataclass(frozen=True, eq=False, repr=False)
class AnswersBehind:
    """The answers that an estimate rests on. They are not kept with it: a stored estimate has none."""

    survey: Survey | None = None
    names: tuple[str, ...] = ()

    @property
    def encoded(self) -> Mapping[str, Encoded]:
        """The coded answers of each variable, made when they are asked for."""
        return {} if self.survey is None else {name: self.survey.encoded(name) for name in self.names}

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return AnswersBehind, ()


@dataclass(frozen=True, eq=False)
class EstimateTable:
    """Estimates with standard errors and intervals; one row a group (and answer). May hold small groups.

    Parameters
    ----------
    table : group columns, then ``code`` (share of every answer) or ``q`` (several quantiles), then estimate, se,
        ci_low, ci_high, n (answers it rests on, unweighted) and deff (design effect).
    covariance : covariance matrix of the estimates, in the order of the rows.
    statistic, of, by, code : what was asked.
    basis : aligned with the rows: n, count (unweighted numerator of a share), effective_n, largest_share and
        two_largest_share (of the largest one and two contributions to the weighted total; not for shares), df;
        for shares also kish_n (how many answers the weights alone leave).
    df : degrees of freedom of the whole domain; those of each row are in ``basis``.
    ci_level, interval : of the intervals.
    codebook, provenance : labels, and what a reader must know.
    missing : rows left out because an answer is missing.
    calibrated : True when the weights were fitted to population counts.
    behind : the coded answers, for protection to see which groupings lie inside each other.
    """

    table: pd.DataFrame
    covariance: Floats
    statistic: str
    of: str
    by: tuple[str, ...]
    code: Any
    basis: pd.DataFrame
    df: float
    ci_level: float
    interval: str
    codebook: Codebook
    provenance: Provenance
    missing: int = 0
    calibrated: bool = False
    behind: AnswersBehind = field(default_factory=AnswersBehind, repr=False)

    def __len__(self) -> int:
        return len(self.table)

    @property
    def without_limit(self) -> Mask:
        """For each row, whether its interval lacks a limit: too few answers or clusters to tell."""
        return self.table[["ci_low", "ci_high"]].isna().any(axis=1).to_numpy()

    @property
    def fixed(self) -> Mask:
        """For each row, whether the weighting itself set the estimate: a share of a margin has no doubt of its own.

        The variance is then zero although answers differ; an interval would say something about nothing.
        """
        differs = self.table["deff"].to_numpy() < 1e-9
        return np.asarray(differs & self.calibrated)

    def labelled(self, language: str | None = None) -> pd.DataFrame:
        """The table in words: labels of the codebook, percentages, one decimal. For reading, not for computing.

        Parameters
        ----------
        language : "nl" or "en"; the default follows ``wording.chosen_language``.
        """
        return labelled_estimates(self, language)

    def __repr__(self) -> str:
        shown = self.table.to_string(index=False, float_format=readable)
        return f"{shown}\n{method_line(self)}"

    def _repr_html_(self) -> str:
        return estimates_html(self)
