"""A published index in fixed words, and as rows of one width."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator

from stagekansen_lib.disclosure.published_index import PublishedChange, PublishedIndex, PublishedWave
from stagekansen_lib.registers.reading import read_registers
from stagekansen_lib.wording import Language, chosen_language, number_text, say

__all__ = ["change_words", "index_csv", "index_words", "lacking_words"]


def index_words(index: PublishedIndex, language: str | None = None) -> str:
    """The newest wave in plain sentences: the index with its margin and the year before, its domains, its quality."""
    chosen, wave = chosen_language(language), index.newest
    parts = [say("index.synthetic", chosen)] if index.synthetic else []
    parts += list(lacking_words(wave, chosen)) or [_value_words(wave, chosen)]
    if len(index.waves) > 1:
        parts.append(change_words(index, index.changes[-1], chosen))
    domains = read_registers().index.domains
    known = [one for one in wave.domains if one.known]
    texts = [f"{domains[one.id].text('label', chosen)} {number_text(one.score, chosen)}" for one in known]
    parts += [say("index_page.domains", chosen, domains="; ".join(texts))] if texts else []
    parts.append(say("index_page.grade", chosen, grade=wave.grade))
    parts += [say("sentences.self_selected", chosen)] if index.self_selected else []
    return " ".join([*parts, say("index.convention", chosen)])


def _value_words(wave: PublishedWave, language: Language) -> str:
    value, low, high = (number_text(one, language) for one in (wave.index.score, wave.index.ci_low, wave.index.ci_high))
    return say("index_page.value", language, wave=wave.wave, value=value, low=low, high=high)


def lacking_words(wave: PublishedWave, language: Language) -> Iterator[str]:
    """Why a wave has no index: the domains of which too few indicators may be shown; nothing when it has one."""
    if wave.index.known:
        return
    design = read_registers().index
    for one in wave.domains:
        if not one.known:
            own = [indicator for indicator in wave.indicators if design.indicators[indicator.id].domain == one.id]
            known = sum(math.isfinite(indicator.enters) for indicator in own)
            name = design.domains[one.id].text("label", language)
            yield say("index_page.domain_lacks", language, domain=name, known=known, indicators=len(own))
    yield say("index.unknown", language)


def change_words(index: PublishedIndex, change: PublishedChange, language: Language) -> str:
    """The change between two waves, in one of five fixed verdicts."""
    before = next(wave for wave in index.waves if wave.wave == change.first)
    if change.verdict in ("break", "unknown"):
        return say(f"index_page.change_{change.verdict}", language, first=change.first, last=change.last)
    words = {
        "first": change.first,
        "before": number_text(before.index.score, language),
        "change": number_text(abs(change.change), language),
        "low": number_text(change.ci_low, language),
        "high": number_text(change.ci_high, language),
        "detectable": number_text(change.smallest_detectable, language),
    }
    return say(f"index_page.change_{change.verdict}", language, **words)


def index_csv(index: PublishedIndex) -> str:
    """Every figure of every wave as a row.

    Columns are wave, letter, part, id, mark, value, ci_low, ci_high, base, score and synthetic. Parts are "indicator",
    "domain", "index" and "change" (of which the wave is the last of the two). A value of a domain, an index or a change
    is in points of a score.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["wave", "letter", "part", "id", "mark", "value", "ci_low", "ci_high", "base", "score", "synthetic"]
    )
    made_up = "yes" if index.synthetic else "no"
    for wave in index.waves:
        start = [wave.wave, wave.letter]
        for one in wave.indicators:
            figures = [*map(_cell, (one.value, one.ci_low, one.ci_high)), one.base, _cell(one.score)]
            writer.writerow([*start, "indicator", one.id, one.mark, *figures, made_up])
        for score in (*wave.domains, wave.index):
            figures = [*map(_cell, (score.score, score.ci_low, score.ci_high)), "", _cell(score.score)]
            part = "index" if score is wave.index else "domain"
            writer.writerow([*start, part, score.id, "" if score.known else ".", *figures, made_up])
        for change in index.changes:
            if change.last == wave.wave:
                figures = [*map(_cell, (change.change, change.ci_low, change.ci_high)), "", ""]
                writer.writerow([*start, "change", change.verdict, "", *figures, made_up])
    return text.getvalue()


def _cell(value: float) -> str:
    return f"{value:.10g}" if math.isfinite(value) else ""
