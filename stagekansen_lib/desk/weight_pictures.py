"""What weighting does, as a picture: each group among the answers and in the count, and what the answers are worth."""

from __future__ import annotations

from html import escape

from stagekansen_lib.assets import style_block
from stagekansen_lib.weighting.reports import WeightReport, weights_html
from stagekansen_lib.wording import Language, number_text, percent_text, say

__all__ = ["weights_picture"]

_ROW, _HEAD, _WORTH = 74, 18, 56


def weights_picture(report: WeightReport, language: Language) -> str:
    """HTML with the picture and the same figures as a table. For the team only: groups may be small."""
    rows = [row for _, part in report.table.groupby("variable", sort=False) for row in _shares(part)]
    labelled = report.labelled(language)
    names = labelled.iloc[:, 1].tolist()
    top = max(share for row in rows for share in row[:3])
    drawn = "".join(_group(place, names[place], row, top, language) for place, row in enumerate(rows))
    height = len(rows) * _ROW + _WORTH + _HEAD
    title = say("tables.weights_title", language)
    picture = (
        f'<svg class="chart" width="100%" height="{height}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{drawn}{_worth(report, len(rows) * _ROW, language)}"
        f'<text class="synthetic" x="0" y="{height - 4}">{escape(say("explore.team_only", language))}</text></svg>'
    )
    return f'{style_block()}<div class="sk">{picture}{weights_html(report)}</div>'


def _shares(part: object) -> list[tuple[float, float, float]]:
    """For each group its share among the answers, in the count and after weighting."""
    columns = [part[name].to_numpy(dtype=float) for name in ("before", "target", "reached")]  # type: ignore[index]
    return list(zip(*(one / one.sum() for one in columns), strict=True))


def _group(place: int, name: str, shares: tuple[float, float, float], top: float, language: Language) -> str:
    y, (before, target, reached) = place * _ROW, shares
    factor = number_text(reached / before, language, decimals=2)
    told = say("margin_form.counts_times", language, times=factor)
    parts = [f'<text class="label" x="0" y="{y + 15}">{escape(name)}</text>',
             f'<text class="tick" x="100%" text-anchor="end" y="{y + 15}">{escape(told)}</text>']  # fmt: skip
    for line, (key, share) in enumerate((("before", before), ("target", target))):
        top_of = y + 22 + line * 22
        text = f"{say(f'tables.{key}', language)}: {percent_text(share, language, 1)}"
        shade = " uncertain" if line == 0 else ""
        parts += [
            f'<rect class="track" x="0" y="{top_of}" width="62%" height="16"/>',
            f'<rect class="bar{shade}" x="0" y="{top_of}" width="{62 * share / top:.4g}%" height="16"/>',
            f'<text class="value" x="64%" y="{top_of + 13}">{escape(text)}</text>',
        ]
    return "".join(parts)


def _worth(report: WeightReport, y: int, language: Language) -> str:
    """How many of the answers are left, as a bar in a bar."""
    text = say(
        "margin_form.worth", language,
        n=number_text(report.n, language), effective=number_text(report.effective_n, language),
        effect=number_text(report.design_effect, language, decimals=2),
    )  # fmt: skip
    width = 100 * report.effective_n / report.n
    return (
        f'<text class="label" x="0" y="{y + 15}">{escape(text)}</text>'
        f'<rect class="track" x="0" y="{y + 22}" width="100%" height="16"/>'
        f'<rect class="bar" x="0" y="{y + 22}" width="{width:.4g}%" height="16"/>'
    )
