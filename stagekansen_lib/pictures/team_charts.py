"""Pictures of estimates that were never protected: for the team, left of the wall.

``TeamChart`` is a type of its own. ``protect``, a release, the charts and the pages know other types and refuse it, and
it refuses to show itself while pages are made.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem, RefusedError
from stagekansen_lib.surveys.words import answer_text, group_text, variable_text
from stagekansen_lib.wording import Language, chosen_language, number_text, percent_text, say

if TYPE_CHECKING:
    from stagekansen_lib.estimation.tables import EstimateTable

__all__ = ["FEW", "TeamChart", "draw_team_chart"]

# As releases/shown.py names it; pictures know nothing of releases.
_PAGES_VARIABLE = "STAGEKANSEN_PAGES"
_ROW, _BAR = 52, 16
# The bar of a smaller group is hatched: nobody may name its figure.
FEW = 10


@dataclass(frozen=True)
class TeamChart:
    """A picture that may hold small groups. It shows itself in a notebook, and nowhere else."""

    title: str
    _picture: str

    def __repr__(self) -> str:
        return f"TeamChart '{self.title}'"

    def _repr_html_(self) -> str:
        from stagekansen_lib.assets import style_block

        if os.environ.get(_PAGES_VARIABLE):
            raise RefusedError("A chart of the team never stands on a page: publish its table with protect.")
        return f'{style_block()}<div class="sk">{self._picture}</div>'


def draw_team_chart(estimates: EstimateTable, *, language: str | None = None) -> TeamChart:
    """A bar with its interval for each row of estimates that are not protected; hatched on fewer than ten answers.

    Parameters
    ----------
    estimates : shares or means, as ``share`` and ``mean`` give them.
    language : "nl" or "en"; the default follows ``wording.chosen_language``.

    Raises
    ------
    InputError : something else than estimates, or of more than one grouping variable.
    """
    from stagekansen_lib.estimation.tables import EstimateTable

    chosen = chosen_language(language)
    if not isinstance(estimates, EstimateTable) or len(estimates.by) > 1:
        raise InputError(Problem("This draws shares or means by one variable at most.", do="Use share or mean."))
    title = variable_text(estimates.codebook, estimates.of, chosen)
    rows = list(estimates.table.to_dict("records"))
    top = 1.0 if estimates.statistic == "share" else _highest(rows)
    drawn = "".join(_row(estimates, row, place, top, chosen) for place, row in enumerate(rows))
    notes = [say("explore.team_only", chosen)]
    if any(row["n"] < FEW for row in rows):
        notes.insert(0, say("explore.few", chosen, least=FEW))
    height = len(rows) * _ROW + 4 + 20 * len(notes)
    said = "".join(
        f'<text class="synthetic" x="0" y="{height - 6 - 20 * above}">{escape(note)}</text>'
        for above, note in enumerate(reversed(notes))
    )
    picture = (
        f'<svg class="chart" width="100%" height="{height}" role="img" aria-label="{escape(title)}">'
        f'<title>{escape(title)}</title><defs><pattern id="team-hatch" width="8" height="8"'
        f' patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<line class="hatch" x1="0" x2="0" y1="0" y2="8"/></pattern></defs>{drawn}{said}</svg>'
    )
    return TeamChart(title, picture)


def _highest(rows: Sequence[Mapping[Any, Any]]) -> float:
    ends = [value for row in rows for value in (row["estimate"], row["ci_high"]) if math.isfinite(value)]
    return float(max([*ends, 1e-9]))


def _row(estimates: EstimateTable, row: Mapping[Any, Any], place: int, top: float, language: Language) -> str:
    y = place * _ROW
    names = [group_text(estimates.codebook, name, row[name], language) for name in estimates.by]
    if "code" in row:
        names.append(answer_text(estimates.codebook, estimates.of, row["code"], language))
    write = percent_text if estimates.statistic == "share" else _one_decimal
    value = row["estimate"]
    text = f"{': '.join(names)} (n = {number_text(row['n'], language)})"
    parts = [f'<text class="label" x="0" y="{y + 16}">{escape(text)}</text>']
    if math.isfinite(value):
        look = 'fill="url(#team-hatch)"' if row["n"] < FEW else 'class="bar"'
        parts += [
            f'<rect class="track" x="0" y="{y + 22}" width="88%" height="{_BAR}"/>',
            f'<rect {look} x="0" y="{y + 22}" width="{88 * max(value, 0) / top:.4g}%" height="{_BAR}"/>',
            f'<text class="value" x="100%" text-anchor="end" y="{y + 36}">{escape(write(value, language))}</text>',
        ]
    if math.isfinite(row["ci_low"]) and math.isfinite(row["ci_high"]):
        low, high = (88 * min(max(row[end], 0), top) / top for end in ("ci_low", "ci_high"))
        middle = y + 22 + _BAR / 2
        parts.append(f'<line class="interval" x1="{low:.4g}%" x2="{high:.4g}%" y1="{middle:g}" y2="{middle:g}"/>')
    return "".join(parts)


def _one_decimal(value: float, language: Language) -> str:
    return number_text(value, language, decimals=1)
