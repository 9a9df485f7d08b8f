"""How strongly taking part must depend on the outcome to overturn a finding of a self-selected survey.

A margin speaks of chance only. Who chose to take part may differ in the very thing that was asked, and no weight mends
that. This module turns the question round: how strong would that have to be?
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from stagekansen_lib.arguments import some_share
from stagekansen_lib.comparison.effects import share_effect
from stagekansen_lib.comparison.results import Comparison
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.estimation.tables import EstimateTable
from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.words import answer_text, frame_html, group_text, readable, variable_text
from stagekansen_lib.wording import Language, chosen_language, number_text, percent_text, say

__all__ = ["SelectionSensitivity", "sensitivity_to_selection"]

_STEPS = (1.0, 1.25, 1.5, 2.0, 3.0, 5.0)


@dataclass(frozen=True, eq=False)
class SelectionSensitivity:
    """The strength of self-selection at which a finding turns. For the team: it may rest on small groups.

    Parameters
    ----------
    tipping_point : how many times as often those with the answer must have taken part, 1 or more; in the group with
        the higher share (or, for one share, those with the answer when the share is above ``against``).
    tipping_point_both : the same when it works the opposite way in both groups; None for one share.
    tipping_point_limit : the same for the limit of the interval nearest to the target; 1 when that is past it already.
    table : times (as often), estimate: the difference, or the share, that then remains (0 to 1).
    against : the value at which the finding turns: 0 for a difference, else a share.
    codebook, provenance : labels, and what a reader must know.
    """

    tipping_point: float
    tipping_point_both: float | None
    tipping_point_limit: float
    table: pd.DataFrame
    against: float
    of: str
    by: str
    answer: Any
    levels: tuple[Any, ...]
    upward: bool
    codebook: Codebook
    provenance: Provenance

    def sentence(self, language: str | None = None) -> str:
        """What self-selection it would take, in plain sentences.

        Parameters
        ----------
        language : "nl" or "en"; the default follows ``wording.chosen_language``.
        """
        chosen = chosen_language(language)
        target = say("sensitivity.no_gap", chosen) if self.by else percent_text(self.against, chosen, decimals=1)
        words = {
            "of": variable_text(self.codebook, self.of, chosen),
            "answer": answer_text(self.codebook, self.of, self.answer, chosen),
            "point": number_text(self.tipping_point, chosen, decimals=2),
            "limit": number_text(self.tipping_point_limit, chosen, decimals=2),
            "against": target,
            "target": target,
        }
        for name, level in zip(("first", "second"), self.levels, strict=False):
            words[name] = group_text(self.codebook, self.by, level, chosen)
        keys = [("gap" if self.by else "share") + ("" if self.upward else "_less")]
        if self.tipping_point_both is not None:
            words["both"] = number_text(self.tipping_point_both, chosen, decimals=2)
            keys.append("both")
        keys.append("limit" if self.tipping_point_limit > 1 else "fragile")
        parts = [say("sentences.synthetic", chosen)] if self.provenance.synthetic else []
        return " ".join([*parts, *(say(f"sensitivity.{key}", chosen, **words) for key in (*keys, "unknown"))])

    def labelled(self, language: str | None = None) -> pd.DataFrame:
        """The table in words. ``language`` is "nl" or "en"; the default follows ``wording.chosen_language``."""
        chosen = chosen_language(language)
        write = self._writer(chosen)
        return pd.DataFrame(
            {
                say("sensitivity.times", chosen): [number_text(t, chosen, decimals=2) for t in self.table["times"]],
                say(f"sensitivity.value_{'gap' if self.by else 'share'}", chosen): [
                    write(value) for value in self.table["estimate"]
                ],
            }
        )

    def picture(self, language: str | None = None) -> str:
        """The table as an SVG picture: what remains, for each strength of self-selection, and where the finding turns.

        Parameters
        ----------
        language : "nl" or "en"; the default follows ``wording.chosen_language``.

        Returns
        -------
        str : the SVG. For the team: it has not passed ``protect``.
        """
        chosen = chosen_language(language)
        write = self._writer(chosen)
        times, values = (self.table[name].astype(float).tolist() for name in ("times", "estimate"))
        low, high = min(*values, self.against), max(*values, self.against)
        room = (high - low) * 0.1 or 0.01
        width, height, left, bottom = 640, 300, 70, 50

        def x(value: float) -> float:
            return left + (width - left - 20) * math.log(value) / math.log(times[-1])

        def y(value: float) -> float:
            return 20 + (height - bottom - 20) * (high + room - value) / (high - low + 2 * room)

        line = " ".join(f"{x(t):.1f},{y(v):.1f}" for t, v in zip(times, values, strict=True))
        ticks = [t for t in _STEPS if t <= times[-1]]
        title = escape(say("sensitivity.title", chosen))
        if self.provenance.synthetic:
            title += f" ({escape(say('honesty.synthetic_short', chosen))})"
        marks = "".join(
            f'<text x="{x(t):.1f}" y="{height - bottom + 18}" text-anchor="middle">'
            f"{number_text(t, chosen, decimals=2)}</text>"
            for t in ticks
        )
        point = self.tipping_point
        turn = (
            f'<circle cx="{x(point):.1f}" cy="{y(self.against):.1f}" r="5" fill="#b3261e"/>'
            f'<text x="{x(point):.1f}" y="{y(self.against) - 10:.1f}" text-anchor="middle" font-weight="bold">'
            f"{number_text(point, chosen, decimals=2)}</text>"
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" width="100%" '
            f'style="max-width:{width}px;background:#fff" font-family="sans-serif" font-size="13">'
            f"<title>{title}</title><desc>{escape(self.sentence(chosen))}</desc>"
            f'<line x1="{left}" x2="{width - 20}" y1="{y(self.against):.1f}" y2="{y(self.against):.1f}" stroke="#555" '
            f'stroke-dasharray="5 4"/>'
            f'<text x="{left - 8}" y="{y(self.against) + 4:.1f}" text-anchor="end">{write(self.against)}</text>'
            f'<text x="{left - 8}" y="{y(values[0]) + 4:.1f}" text-anchor="end">{write(values[0])}</text>'
            f'<polyline points="{line}" fill="none" stroke="#1f5fa8" stroke-width="3"/>{turn}{marks}'
            f'<text x="{(left + width) / 2:.0f}" y="{height - 10}" text-anchor="middle">'
            f"{escape(say('sensitivity.axis', chosen))}</text></svg>"
        )

    def __repr__(self) -> str:
        return f"{self.table.to_string(index=False, float_format=readable)}\n{self.sentence('en')}"

    def _repr_html_(self) -> str:
        language = chosen_language()
        return (
            frame_html(self.labelled(), say("sensitivity.title", language), [self.sentence(language)]) + self.picture()
        )

    def _writer(self, language: Language) -> Callable[[float], str]:
        if self.by:
            return lambda value: number_text(100 * value, language, decimals=1)
        return lambda value: percent_text(value, language, decimals=1)


def sensitivity_to_selection(
    found: Comparison | EstimateTable, *, against: float | None = None
) -> SelectionSensitivity:
    """How many times as often people with an answer must have taken part, for a finding to turn.

    Parameters
    ----------
    found : a comparison of the share of one answer between two groups, or a share of one answer (``code=``) of
        everyone.
    against : for a share: the value at which the finding turns, such as 0.5 for "a majority". Not for a comparison:
        that turns where the groups are equal.

    Returns
    -------
    SelectionSensitivity : see there; with a sentence, a table and a picture.

    Raises
    ------
    InputError : a comparison of something else than a share in two groups; shares of 0 or 1; a share without
        ``against``.

    Notes
    -----
    Let L be the chance to take part of those with the answer, over the chance of the others. Then odds(respondents) =
    L odds(all). So a share turns at L = odds(p) / odds(against). Two groups with L1 and L2: the odds ratio of the
    respondents is L2 / L1 times that of all, so the difference is gone when L2 / L1 equals the odds ratio found. With
    the opposite in both groups, the square root is enough in each. The same for the limit of the interval of the odds
    ratio. Greenland (1996), doi:10.1093/ije/25.6.1107; the idea of asking for the strength that overturns is that of
    Smith and VanderWeele (2019), doi:10.1097/EDE.0000000000001032. Checked by simulated populations in which people
    choose.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.estimation.shares import share
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> survey = survey_from_frame(pd.DataFrame({"safe": ["yes"] * 60 + ["no"] * 40}))
    >>> round(sensitivity_to_selection(share(survey, of="safe", code="yes"), against=0.5).tipping_point, 2)
    1.5
    """
    if isinstance(found, Comparison):
        return _of_comparison(found, against)
    return _of_share(found, against)


def _of_share(found: EstimateTable, against: float | None) -> SelectionSensitivity:
    one_share = isinstance(found, EstimateTable) and found.statistic == "share" and len(found) == 1
    if not one_share or found.code is None:
        raise InputError(
            Problem(
                "This needs the share of one answer, of everyone, or a comparison of two groups.",
                do="Call share(survey, of=..., code=...) without by=, or compare(..., code=...).",
            )
        )
    return _turn_of_share(found, some_share("against", against, 0.5))


def _turn_of_share(found: EstimateTable, turning: float) -> SelectionSensitivity:
    row = found.table.iloc[0]
    share = float(row["estimate"])
    _between(share)
    upward = share >= turning
    factor = _odds(share) / _odds(turning)
    limit = float(row["ci_low"] if upward else row["ci_high"])
    at_limit = _odds(limit) / _odds(turning) if 0 < limit < 1 else 1.0
    point, at_limit = (factor, at_limit) if upward else (1 / factor, 1 / at_limit)
    times = _times(point)
    table = pd.DataFrame({"times": times, "estimate": [_moved(share, t if upward else 1 / t) for t in times]})
    code = found.code[0] if isinstance(found.code, (list, tuple)) else found.code
    return SelectionSensitivity(
        point, None, max(at_limit, 1.0), table, turning, found.of, "", code, (), upward, found.codebook,
        found.provenance,
    )  # fmt: skip


def _of_comparison(found: Comparison, against: float | None) -> SelectionSensitivity:
    if against is not None:
        raise InputError(Problem("A comparison turns where the groups are equal.", do="Leave out against=."))
    if found.answer is None or len(found.group_values) != 2:
        raise InputError(
            Problem(
                f"The comparison of '{found.of}' is not one of the shares of an answer in two groups.",
                do="Compare the share of one answer: compare(..., method='rao_scott_f', code=...), without adjust_for.",
            )
        )
    first, second = found.group_values
    _between(first)
    _between(second)
    ratio, low, high, _ = share_effect(found.groups, "odds_ratio", found.ci_level)
    upward = ratio >= 1
    point, limit = (ratio, low) if upward else (1 / ratio, 1 / high)
    times = _times(point)
    higher, lower = (second, first) if upward else (first, second)
    sign = 1 if upward else -1
    table = pd.DataFrame({"times": times, "estimate": [sign * (_moved(higher, t) - lower) for t in times]})
    return SelectionSensitivity(
        point, math.sqrt(point), max(limit, 1.0), table, 0.0, found.of, found.by, found.answer, found.levels, upward,
        found.codebook, found.provenance,
    )  # fmt: skip


def _between(share: float) -> None:
    if not 0 < share < 1:
        raise InputError(Problem("Nobody or everybody gave this answer: there is nothing to turn."))


def _odds(share: float) -> float:
    return share / (1 - share)


def _moved(share: float, times: float) -> float:
    """The share in the population when those with the answer took part ``times`` as often."""
    return share / (share + times * (1 - share))


def _times(point: float) -> list[float]:
    """Strengths to show: the usual ones, the tipping point, and enough in between for a smooth line."""
    largest = max(_STEPS[-1], 1.3 * point)
    fine = np.exp(np.linspace(0, math.log(largest), 9))
    kept = [value for value in (*_STEPS, *fine) if abs(value / point - 1) > 0.02]
    return sorted({round(float(value), 2) for value in kept} | {point})
