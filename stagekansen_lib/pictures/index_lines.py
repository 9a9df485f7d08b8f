"""The yearly index over the waves: a line for each piece without a break, its margins, and what began between waves."""

from __future__ import annotations

import re
from html import escape

from stagekansen_lib.assets import token
from stagekansen_lib.disclosure.published_index import PublishedIndex, PublishedWave
from stagekansen_lib.errors import RefusedError
from stagekansen_lib.pictures.charts import Chart, drawing
from stagekansen_lib.wording import Language, chosen_language, number_text, say

__all__ = ["draw_index", "draw_score", "picture_file"]

_TOP, _FLOOR, _LEFT, _RIGHT = 26.0, 226.0, 10.0, 94.0
_WIDTH = 720
# Room for the title over a picture that is a file of its own, and for its source under it, in pixels.
_HEAD, _FOOT = 40, 30


def draw_index(index: PublishedIndex, *, language: str | None = None) -> Chart:
    """The index by wave, from 0 to 100.

    Parameters
    ----------
    index : a published index, as `Release.index` holds it. Over a break no line runs, and the gap is hatched; a wave
        without an index is a hatched column. What began between waves is a dotted line with its name, and no more.
    language : "nl" or "en".

    Raises
    ------
    RefusedError : it is not a published index.
    """
    if not isinstance(index, PublishedIndex):
        raise RefusedError("Only a published index is drawn: protect_index lets it through the wall.")
    chosen = chosen_language(language)
    places = [_place(at, len(index.waves)) for at in range(len(index.waves))]
    parts = [_grid_line(score) for score in (0, 25, 50, 75, 100)]
    for at in range(len(places) - 1):
        parts += _between(index, at, places, chosen)
    for wave, place in zip(index.waves, places, strict=True):
        parts += _wave(wave, place, chosen)
    said = " ".join(_said(index, chosen))
    return drawing("index-line", _title(index, chosen), said, parts, 262, chosen, synthetic=index.synthetic)


def draw_score(name: str, score: float, low: float, high: float, *, language: str, synthetic: bool) -> Chart:
    """A bar of a score on its road from 0 to 100 with its margin."""
    chosen = chosen_language(language)
    texts = [number_text(value, chosen) for value in (score, low, high)]
    said = say("index_page.bar", chosen, value=texts[0], low=texts[1], high=texts[2])
    parts = [
        '<rect class="track" x="0" y="2" width="100%" height="20"/>',
        f'<rect class="bar" x="0" y="2" width="{score:.4g}%" height="20"/>',
        f'<line class="interval" x1="{low:.4g}%" x2="{high:.4g}%" y1="12" y2="12"/>',
    ]
    return drawing(f"score-{name.lower()}", name, said, parts, 24, chosen, synthetic=synthetic)


def picture_file(chart: Chart, *, source: str = "") -> str:
    """A picture as a file of its own, complete without a page: its title, the drawing and, when given, its source.

    The colours are those of a light ground.
    """
    rules = {
        "label, .value": f"fill:{token('ink')};font-weight:600",
        "tick": f"fill:{token('soft')};font-size:13px",
        "grid": f"stroke:{token('grid')}",
        "track": f"fill:{token('track')}",
        "bar": f"fill:{token('bar')}",
        "interval": f"stroke:{token('interval')};stroke-width:2",
        "line": f"stroke:{token('bar')};stroke-width:3",
        "begun": f"stroke:{token('soft')};stroke-dasharray:3 4",
        "hatch": f"stroke:{token('hatch')};stroke-width:3",
        "synthetic": f"fill:{token('warm')};font-weight:600",
        "across": f"fill:{token('warm')};fill-opacity:.13;font-weight:700",
        "title": f"fill:{token('ink')};font-weight:700;font-size:18px",
    }
    style = "".join(f".{name}{{{rule}}}" for name, rule in rules.items())
    found = re.search(r'height="(\d+)"', chart.svg)
    height = int(found.group(1)) if found else 0
    whole = _HEAD + height + (_FOOT if source else 0)
    inner = chart.svg.replace('<svg class="chart" width="100%"', f'<svg x="0" y="{_HEAD}" width="{_WIDTH}"', 1)
    below = f'<text class="tick" x="0" y="{whole - 8}">{escape(source)}</text>' if source else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="15" width="{_WIDTH}"'
        f' height="{whole}"><style>{style}</style><rect width="100%" height="100%" fill="{token("card")}"/>'
        f'<text class="title" x="0" y="24">{escape(chart.title)}</text>{inner}{below}</svg>\n'
    )


def _place(at: int, number: int) -> float:
    return (_LEFT + _RIGHT) / 2 if number == 1 else _LEFT + 6 + (_RIGHT - _LEFT - 6) * at / (number - 1)


def _height(score: float) -> float:
    return round(_FLOOR - (_FLOOR - _TOP) * score / 100, 1)


def _grid_line(score: int) -> str:
    y = _height(score)
    return (
        f'<line class="grid" x1="7%" x2="100%" y1="{y}" y2="{y}"/><text class="tick" x="0" y="{y + 4}">{score}</text>'
    )


def _between(index: PublishedIndex, at: int, places: list[float], language: Language) -> list[str]:
    """What is drawn between two waves that follow each other: a line, or a gap; and what began."""
    first, last = index.waves[at], index.waves[at + 1]
    start, end = places[at], places[at + 1]
    middle, parts = (start + end) / 2, list[str]()
    if index.is_broken(first.wave, last.wave):
        parts.append(_hatched(middle, 8))
        parts.append(_text("label", middle, _TOP - 10, say("index_page.break_word", language)))
    elif first.index.known and last.index.known:
        ends = f'y1="{_height(first.index.score)}" y2="{_height(last.index.score)}"'
        parts.append(f'<line class="line" x1="{start:.4g}%" x2="{end:.4g}%" {ends}/>')
    for one in index.interventions:
        if (one.first, one.last) == (first.wave, last.wave):
            label = one.label_nl if language == "nl" else one.label_en
            parts.append(f'<line class="begun" x1="{middle:.4g}%" x2="{middle:.4g}%" y1="{_TOP}" y2="{_FLOOR}"/>')
            parts.append(_text("label", middle, _TOP - 10, say("index_page.began", language, what=label)))
    return parts


def _wave(wave: PublishedWave, place: float, language: Language) -> list[str]:
    name = _text("tick", place, _FLOOR + 24, wave.wave)
    if not wave.index.known:
        return [_hatched(place, 4), name]
    y = _height(wave.index.score)
    ends = f'y1="{_height(wave.index.ci_low)}" y2="{_height(wave.index.ci_high)}"'
    return [
        f'<line class="interval" x1="{place:.4g}%" x2="{place:.4g}%" {ends}/>',
        f'<circle class="bar" cx="{place:.4g}%" cy="{y}" r="6"/>',
        _text("value", place, _height(wave.index.ci_high) - 8, number_text(wave.index.score, language)),
        name,
    ]


def _hatched(place: float, width: float) -> str:
    where = f'x="{place - width / 2:.4g}%" y="{_TOP}" width="{width:g}%" height="{_FLOOR - _TOP}"'
    return f'<rect fill="url(#index-line-hatch)" {where}/>'


def _text(kind: str, place: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{place:.4g}%" y="{y:.4g}" text-anchor="middle">{escape(text)}</text>'


def _title(index: PublishedIndex, language: Language) -> str:
    return say("index_page.line_title", language, town=index.title_nl if language == "nl" else index.title_en)


def _said(index: PublishedIndex, language: Language) -> list[str]:
    """What the picture shows, for who cannot see it."""
    parts = []
    for wave in index.waves:
        key = "index_page.said_wave" if wave.index.known else "index_page.said_none"
        texts = [number_text(value, language) for value in (wave.index.score, wave.index.ci_low, wave.index.ci_high)]
        parts.append(say(key, language, wave=wave.wave, value=texts[0], low=texts[1], high=texts[2]))
    parts += [say("index_page.said_gap", language, first=one.first, last=one.last) for one in index.breaks]
    return parts
