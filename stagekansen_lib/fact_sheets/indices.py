"""The yearly index of a release as blocks of a document: never the number alone, and no change over a break."""

from __future__ import annotations

from collections.abc import Iterator

from stagekansen_lib.disclosure.published_index import PublishedIndex, PublishedScore, PublishedWave
from stagekansen_lib.documents.blocks import Block, Bullets, Heading, Item, Paragraph, Table
from stagekansen_lib.monitoring.index_texts import change_words, lacking_words
from stagekansen_lib.registers.reading import Registers
from stagekansen_lib.wording import Language, number_text, say

__all__ = ["index_blocks"]


def index_blocks(index: PublishedIndex, registers: Registers, language: Language) -> Iterator[Block]:
    """A row a wave with its parts, margin and quality; then what changed, and what may not be compared."""
    title = index.title_nl if language == "nl" else index.title_en
    parts = [registers.index.domains[told.id].text("label", language) for told in index.newest.domains]
    heads = (
        say("index_page.wave", language),
        *parts,
        say("index_page.index", language),
        say("published.model_interval" if index.self_selected else "published.interval", language),
        say("index_page.quality", language),
    )
    yield Heading(f"{say('index.title', language)}: {title}")
    yield Paragraph(say("index_page.reading", language))
    rows = tuple(_row(wave, language) for wave in index.waves)
    yield Table(say("index_page.table", language, town=title), heads, rows)
    told = [change_words(index, change, language) for change in index.changes[-1:]]
    told += [
        say("index_page.gap", language, first=one.first, last=one.last,
            reason=one.reason_nl if language == "nl" else one.reason_en)
        for one in index.breaks
    ]  # fmt: skip
    told += [
        say("index_page.after", language, first=one.first, last=one.last,
            what=one.label_nl if language == "nl" else one.label_en)
        for one in index.interventions
    ]  # fmt: skip
    told += lacking_words(index.newest, language)
    if told:
        yield Bullets(tuple(Item(text) for text in told))


def _row(wave: PublishedWave, language: Language) -> tuple[str, ...]:
    scores = [_score(one, language) for one in (*wave.domains, wave.index)]
    low, high = (number_text(end, language) for end in (wave.index.ci_low, wave.index.ci_high))
    margin = say("index.range", language, low=low, high=high) if wave.index.known else "-"
    return (wave.wave, *scores, margin, wave.grade or "-")


def _score(score: PublishedScore, language: Language) -> str:
    return number_text(score.score, language) if score.known else say("index.not_known", language)
