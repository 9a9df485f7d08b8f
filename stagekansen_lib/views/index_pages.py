"""The page of a published index: one number with its margin and its year before, three parts, a line with its gaps."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from html import escape

from stagekansen_lib.assets import style_block
from stagekansen_lib.disclosure.published_index import (
    PublishedIndex,
    PublishedIndicator,
    PublishedScore,
    PublishedWave,
)
from stagekansen_lib.effects.intervention_files import read_interventions
from stagekansen_lib.effects.interventions import intervention_rows
from stagekansen_lib.monitoring.index_texts import change_words, lacking_words
from stagekansen_lib.pictures.charts import Chart
from stagekansen_lib.pictures.index_lines import draw_index, draw_score
from stagekansen_lib.registers.index_design import IndexDomain, Indicator
from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.releases.reading import Release
from stagekansen_lib.views.index_audits import audit_words, goal_text
from stagekansen_lib.views.overview import chain_of_reporting
from stagekansen_lib.views.pages import render
from stagekansen_lib.wording import Language, number_text, say

__all__ = ["index_file", "index_page"]

# A page by itself has no head above it for the bar to stay below.
_ALONE = "<style>body{margin:0 auto;max-width:70rem;padding:0 1rem}.sk .example-bar{top:0}</style>"


@dataclass(frozen=True)
class _Indicator:
    """An indicator of the newest wave, in words."""

    entry: Indicator
    told: PublishedIndicator
    value: str
    note: str


@dataclass(frozen=True)
class _Domain:
    """A domain of the newest wave, with its bar and what it was a year before."""

    entry: IndexDomain
    told: PublishedScore
    chart: Chart | None
    before: str
    indicators: tuple[_Indicator, ...]


def index_page(release: Release, index: PublishedIndex, registers: Registers, language: Language) -> str:
    """The page of a release that holds an index, as HTML."""
    design, newest = registers.index, index.newest
    title, chain = chain_of_reporting(registers, language)
    return render(
        "index.html.j2",
        language,
        release=release,
        index=index,
        newest=newest,
        town=index.title_nl if language == "nl" else index.title_en,
        change=change_words(index, index.changes[-1], language) if index.changes else "",
        lacking=list(lacking_words(newest, language)),
        domains=_domains(index, registers, language),
        line=draw_index(index, language=language),
        captions=_captions(index, language),
        begun=_begun(index, language),
        design=design,
        head=registers.heads["index"],
        flag=[(design.flag_parts[part], grade) for part, grade in newest.flag],
        audit=audit_words(index, registers, language),
        chain=chain,
        chain_title=title,
    )


def _domains(index: PublishedIndex, registers: Registers, language: Language) -> list[_Domain]:
    design, wave, before = registers.index, index.newest, _comparable(index)
    found = []
    for at, told in enumerate(wave.domains):
        entry = design.domains[told.id]
        own = [_indicator(wave.indicator(one.id), one, language) for one in design.indicators if one.domain == told.id]
        old = before.domains[at] if before is not None and before.domains[at].known else None
        words = (
            {} if old is None or before is None else {"wave": before.wave, "value": number_text(old.score, language)}
        )
        found.append(
            _Domain(
                entry,
                told,
                _bar(entry, told, index, language) if told.known else None,
                say("index_page.year_before", language, **words) if words else "",
                tuple(own),
            )
        )
    return found


def _comparable(index: PublishedIndex) -> PublishedWave | None:
    """The wave before the newest, unless a break lies between."""
    if len(index.waves) < 2 or index.is_broken(index.waves[-2].wave, index.newest.wave):
        return None
    return index.waves[-2]


def _bar(entry: IndexDomain, told: PublishedScore, index: PublishedIndex, language: Language) -> Chart:
    name = entry.text("label", language)
    return draw_score(name, told.score, told.ci_low, told.ci_high, language=language, synthetic=index.synthetic)


def _indicator(told: PublishedIndicator, entry: Indicator, language: Language) -> _Indicator:
    value = told.value_text(entry.unit, language)
    if math.isfinite(told.score):
        ends = {name: goal_text(getattr(entry, name), entry.unit, language) for name in ("worst", "best")}
        note = say("index_page.score", language, score=number_text(told.score, language), **ends)
    else:
        note = say("index_page.no_score", language)
    if math.isfinite(told.value):
        low, high = (
            number_text(one, language, 1 if entry.unit == "times" else 0) for one in (told.ci_low, told.ci_high)
        )
        note = f"{say('index_page.margin', language, low=low, high=high)} {note}"
    elif math.isfinite(told.enters):
        note = f"{say('index_page.middle', language, value=number_text(told.enters, language))} {note}"
    return _Indicator(entry, told, value, note)


def index_file(release: Release, index: PublishedIndex, language: Language) -> str:
    """The page as a file of its own, to read or send before the pages are built: without links to other pages."""
    body = index_page(release, index, read_registers(), language)
    alone = re.sub(r'<a href="(?![#])[^"]*">(.*?)</a>', r"\1", body, flags=re.DOTALL)
    title = escape(say("index_page.line_title", language, town=index.title_nl if language == "nl" else index.title_en))
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{style_block()}{_ALONE}</head>'
        f'<body><main class="sk">\n{alone}\n</main></body></html>\n'
    )


@dataclass(frozen=True)
class _Begun:
    """An intervention of the register that the line shows, and what can be seen of it there."""

    name: str
    rows: list[tuple[str, str]]
    seen: str


def _begun(index: PublishedIndex, language: Language) -> list[_Begun]:
    """What the register says of everything that began between two waves of this index."""
    found = []
    shown = {(begun.first, begun.last): begun for begun in index.interventions}
    for one in read_interventions():
        begun = shown.get((str(one.first), str(one.last)))
        if one.series != index.series or begun is None:
            continue
        label = begun.label_nl if language == "nl" else begun.label_en
        seen = say("index_page.after", language, what=label, first=begun.first, last=begun.last)
        found.append(_Begun(one.name(language), intervention_rows(one, language), seen))
    return found


def _captions(index: PublishedIndex, language: Language) -> list[str]:
    """What the picture cannot say: why there is a gap, and that after is not through."""
    texts = []
    for one in index.breaks:
        reason = one.reason_nl if language == "nl" else one.reason_en
        texts.append(say("index_page.gap", language, first=one.first, last=one.last, reason=reason))
    for begun in index.interventions:
        label = begun.label_nl if language == "nl" else begun.label_en
        texts.append(say("index_page.after", language, what=label, first=begun.first, last=begun.last))
    return texts
