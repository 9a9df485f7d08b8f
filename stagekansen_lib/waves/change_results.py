"""Changes: what became of estimates from one wave to the next, as a table and in words."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.words import (
    answer_text,
    frame_html,
    known_text,
    limit_decimals,
    precise_writer,
    readable,
    short_proxies,
    variable_text,
)
from stagekansen_lib.wording import Language, chosen_language, number_text, percent_text, points_text, say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Changes", "Gap", "Verdict", "margin_name", "reservations", "verdict_of"]

Verdict = Literal["higher", "lower", "not_shown", "unknown"]


@dataclass(frozen=True)
class Gap:
    """The two sides of a gap: the answer ``first`` to ``by``, minus the answers ``rest``."""

    by: str
    first: Any
    rest: tuple[Any, ...]


def verdict_of(change: float, ci_low: float, ci_high: float) -> Verdict:
    """A change in fixed words; unknown without a margin.

    >>> verdict_of(0.1, 0.02, 0.18), verdict_of(0.1, -0.02, 0.22)
    ('higher', 'not_shown')
    """
    if not (math.isfinite(ci_low) and math.isfinite(ci_high)):
        return "unknown"
    if ci_low <= 0 <= ci_high:
        return "not_shown"
    return "higher" if change > 0 else "lower"


def margin_name(origins: Sequence[Provenance], language: Language, ci_level: float = 0.95) -> str:
    """What the margin is called: one of people who chose to take part rests on a model, and few are not of 95%."""
    name = say("tables.model_margin" if any(one.self_selected for one in origins) else "tables.margin", language)
    if ci_level == 0.95:
        return name
    level = percent_text(ci_level, language, 0 if float(100 * ci_level).is_integer() else 1)
    return say("tables.margin_level", language, level=level, margin=name.lower())


def reservations(origins: Sequence[Provenance], language: Language) -> list[str]:
    """What a reader must know of where the answers come from, each once."""
    chose = [say("sentences.self_selected", language)] if any(one.self_selected for one in origins) else []
    return list(dict.fromkeys([*chose, *(text for one in origins for text in short_proxies(one, language))]))


@dataclass(frozen=True, eq=False)
class Changes:
    """Changes from one wave to the next; one row a group (and answer). May hold small groups: for the team.

    Parameters
    ----------
    table : group columns, ``code`` (shares of every answer), before, after, change, se, ci_low, ci_high, p_value,
        smallest_detectable and df. Shares are 0 to 1.
    of, code, statistic, to, by, gap, panel, scale : what was asked.
    ci_level : of the intervals.
    counts : n_before and n_after, the answers that a row rests on.
    waves : names of the two waves; None when they have no name.
    codebook : labels.
    origins : provenance of both waves.
    no_spread : of each row whether everyone of a wave gave the same answer, so that the margin is too narrow.
    reworded : whether a question that this rests on was asked in another way; the sentence then says so.
    """

    table: pd.DataFrame
    of: str
    code: Any
    statistic: str
    to: str | None
    by: tuple[str, ...]
    gap: Gap | None
    panel: str | None
    scale: str
    ci_level: float
    counts: pd.DataFrame
    waves: tuple[str, str] | None
    codebook: Codebook = field(repr=False)
    origins: tuple[Provenance, Provenance] = field(repr=False)
    no_spread: tuple[bool, ...] = ()
    reworded: bool = False

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, column: str) -> pd.Series[Any]:
        return self.table[column]

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Of each row "higher", "lower", "not_shown" (no demonstrable difference) or "unknown" (no margin)."""
        ends = self.table[["change", "ci_low", "ci_high"]].to_numpy(dtype=float).tolist()
        return tuple(verdict_of(*row) for row in ends)

    def sentence(self, language: str | None = None) -> str:
        """The changes and their doubt, in plain sentences."""
        chosen = chosen_language(language)
        parts = [say("index.synthetic", chosen)] if any(one.synthetic for one in self.origins) else []
        rows = self.table.to_dict("records")
        if len(rows) == 1:
            parts += self._row_texts(rows[0], self.verdicts[0], chosen)
            first, last = self._wave_texts(chosen)
            n_first, n_last = (number_text(self.counts[name].iloc[0], chosen) for name in ("n_before", "n_after"))
            parts.append(say("changes.base", chosen, n_first=n_first, first=first, n_last=n_last, last=last))
        else:
            odds = number_text(1 / (1 - self.ci_level), chosen)
            shown = [verdict for verdict in self.verdicts if verdict in ("higher", "lower")]
            parts.append(
                say("changes.several", chosen, about=self._about(chosen), rows=len(rows), shown=len(shown), odds=odds)
            )
        if self.reworded:
            parts.append(say("changes.reworded", chosen))
        return " ".join([*parts, *reservations(self.origins, chosen)])

    def _row_texts(self, row: dict[Any, Any], verdict: Verdict, language: Language) -> list[str]:
        if verdict == "unknown":
            return [say("changes.unknown", language, about=self._about(language))]
        write, moved = self._writers(language)
        first, last = self._wave_texts(language)
        words = {
            "about": self._about(language), "first": first, "last": last,
            "before": write(row["before"]), "after": write(row["after"]),
            "change": moved(row["change"] if self.scale == "log" else abs(row["change"])),
            "margin": margin_name(self.origins, language, self.ci_level).lower(), "low": moved(row["ci_low"]),
            "high": moved(row["ci_high"]), "detectable": moved(row["smallest_detectable"]),
        }  # fmt: skip
        # What is detectable is a distance of logarithms: it is that many times higher or lower.
        times = "times_" if self.scale == "log" else ""
        last = "no_spread" if any(self.no_spread) else f"{times}detectable"
        key = f"times_{'not_shown' if verdict == 'not_shown' else 'shown'}" if times else verdict
        told = [say(f"changes.{key}", language, **words)]
        if times and row["change"] < 0:
            turned = (("change", "change"), ("low", "ci_high"), ("high", "ci_low"))
            back = {name: moved(-row[of]) for name, of in turned}
            told.append(say("changes.times_reverse", language, **back))
        return [*told, say(f"changes.{last}", language, **words)]

    def _about(self, language: Language) -> str:
        """What changed, in words."""
        name = variable_text(self.codebook, self.of, language)
        if self.to is not None:
            name += f" / {variable_text(self.codebook, self.to, language)}"
        if self.statistic == "share" and self.code is not None:
            codes = self.code if isinstance(self.code, (list, tuple, set, frozenset)) else [self.code]
            name += f" ({', '.join(answer_text(self.codebook, self.of, code, language) for code in codes)})"
        if self.gap is None:
            return name
        rest = ", ".join(answer_text(self.codebook, self.gap.by, code, language) for code in self.gap.rest)
        first = answer_text(self.codebook, self.gap.by, self.gap.first, language)
        by = variable_text(self.codebook, self.gap.by, language)
        return say("changes.gap", language, about=name, by=by, first=first, rest=rest)

    def _wave_texts(self, language: Language) -> tuple[str, str]:
        return self.waves or (say("changes.first", language), say("changes.last", language))

    def _writers(self, language: Language) -> tuple[Callable[[float], str], Callable[[float], str]]:
        """How an estimate and how a change is written."""
        if self.statistic == "share" and self.scale == "difference":
            moved = lambda value: points_text(value, language, decimals=1)  # noqa: E731
            return (moved if self.gap else lambda value: percent_text(value, language, decimals=1)), moved
        if self.scale == "log":
            # Logarithms are for computing; people read how many times.
            return (lambda value: number_text(math.exp(value), language, decimals=2),) * 2
        half = 2 * float(self.table["se"].min())
        ends = self.table[["ci_low", "ci_high"]].to_numpy(dtype=float).tolist()
        plain = precise_writer(half, language, finer=max(limit_decimals(low, high, half) for low, high in ends))
        return plain, plain

    def labelled(self, language: str | None = None) -> pd.DataFrame:
        """The table in words. For reading, not for computing.

        Parameters
        ----------
        language : "nl" or "en"; the default follows ``wording.chosen_language``.
        """
        chosen = chosen_language(language)
        write, moved = self._writers(chosen)
        first, last = self._wave_texts(chosen)
        columns: dict[str, list[str]] = {}
        for name in self.by:
            texts = [answer_text(self.codebook, name, code, chosen) for code in self.table[name]]
            columns[variable_text(self.codebook, name, chosen)] = texts
        if "code" in self.table.columns:
            texts = [answer_text(self.codebook, self.of, code, chosen) for code in self.table["code"]]
            columns[say("tables.answer", chosen)] = texts
        for heading, name, writer in (
            (first, "before", write), (last, "after", write), (say("changes.change", chosen), "change", moved),
            (say("tables.low", chosen), "ci_low", moved), (say("tables.high", chosen), "ci_high", moved),
            (say("changes.smallest", chosen), "smallest_detectable", moved),
        ):  # fmt: skip
            columns[heading] = [known_text(writer, value) for value in self.table[name]]
        columns[say("changes.verdict", chosen)] = [say(f"changes.word_{one}", chosen) for one in self.verdicts]
        columns[say("tables.n", chosen)] = [
            " / ".join(number_text(n, chosen) for n in row) for row in self.counts.to_numpy().tolist()
        ]
        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        made_up = "\nsynthetic data: not a finding" if any(one.synthetic for one in self.origins) else ""
        return f"{self.table.to_string(index=False, float_format=readable)}{made_up}\n{self.sentence('en')}"

    def _repr_html_(self) -> str:
        language = chosen_language()
        caption = say("changes.caption", language, about=self._about(language))
        return frame_html(self.labelled(language), caption, [self.sentence(language)])
