"""What stands beside a statement: a figure with its doubt, a voice in our words, and where to go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from stagekansen_lib.documents.decks import CardPart, LooseCard
from stagekansen_lib.project.places import page_address
from stagekansen_lib.registers.models import KeyFigure
from stagekansen_lib.registers.public_points import PublicPoint, public_reporting_points
from stagekansen_lib.registers.reading import Registers
from stagekansen_lib.releases.reading import Release
from stagekansen_lib.stories.telling import Story
from stagekansen_lib.wording import Language, number_text, say

__all__ = ["Beside", "card_of", "desk_of", "page_url"]


@dataclass(frozen=True)
class Beside:
    """What cards and posters are made from. ``address`` : of the public pages, "" when they have none yet."""

    release: Release
    registers: Registers
    language: Language
    address: str

    def say(self, key: str, /, **values: object) -> str:
        return say(f"stories.{key}", self.language, **values)

    @property
    def points(self) -> dict[str, PublicPoint]:
        # Not today's date: the same registers and release give the same cards.
        day: dt.date = max([self.release.date, *(check.on for check in self.registers.verifications)])
        return {point.id: point for point in public_reporting_points(self.registers, self.language, on=day)}


def card_of(story: Story, edition: str, beside: Beside) -> LooseCard | None:
    """The card of a statement; None when the release has none of its tables and nothing else stands beside it."""
    tables = [beside.release.tables[name] for name in story.tables if name in beside.release.tables]
    shown = [
        *(_figure(beside.registers.key_figures[name], beside) for name in story.figures),
        *(_from_release(table.sentence(beside.language), beside) for table in tables),
        *(_voice(name, beside) for name in story.voices),
    ]
    if not shown:
        return None
    marks = [key for key, so in (("synthetic", beside.release.synthetic), ("draft", beside.release.draft)) if so]
    mark = " ".join(beside.say(f"mark_{key}") for key in marks) if tables else ""
    kind = f"{beside.say(f'kind_{story.kind}')}, {beside.say(f'edition_{edition}')}"
    return LooseCard(story.id, kind, story.text(beside.language), (*shown, *_where(story, beside)), mark)


def _figure(figure: KeyFigure, beside: Beside) -> CardPart:
    language = beside.language
    heading = figure.heading(language)
    text = f"{figure.value_text(language)}: {heading}" if figure.value is not None else heading
    small = " ".join(filter(None, _small_print(figure, beside)))
    return CardPart(beside.say("finding" if figure.value is None else "figure"), text, small)


def _small_print(figure: KeyFigure, beside: Beside) -> Iterator[str]:
    """Whom it is about, how many answered, what is unclear, and whose figure it is."""
    language = beside.language
    yield _sentence(figure.text("definition", language))
    scope = {name: figure.text(name, language) for name in ("population", "geography", "period")}
    yield beside.say("about", **scope)
    if not figure.counts:
        yield beside.say("answers", n=number_text(figure.n, language)) if figure.n else beside.say("no_answers")
    if figure.confidence == "derived":
        yield beside.say("derived")
    yield _sentence(figure.text("ambiguity", language) or figure.text("note", language))
    source = beside.registers.sources[figure.source_id]
    maker = (figure.maker or source.maker).partition(";")[0].strip()
    yield beside.say("source", source=", ".join(filter(None, (maker, str(source.year or "")))))
    if source.seen_via:
        yield beside.say("seen_via", page=source.seen_via)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}" if text else ""


def _from_release(sentence: str, beside: Beside) -> CardPart:
    chosen = say("published.self_selected", beside.language) if beside.release.self_selected else ""
    return CardPart(beside.say("figure_of", release=beside.release.name), sentence, chosen)


def _voice(name: str, beside: Beside) -> CardPart:
    voice = beside.registers.voices[name]
    titles = [beside.registers.sources[one].title for one in voice.source_ids]
    small = beside.say("voice_small", source="; ".join(titles))
    return CardPart(beside.say("voice"), voice.heading(beside.language), small)


def _where(story: Story, beside: Beside) -> Iterator[CardPart]:
    """Where to go. A point that may not be shown is left out, and the national one stands in its place."""
    named = [name if name in beside.points else beside.registers.routing.fallback for name in story.points]
    for name in dict.fromkeys(named):
        if name in beside.points:
            point = beside.points[name]
            text, url = desk_of(point)
            yield CardPart(
                beside.say("desk"), text, beside.say("unchecked") if point.outdated and point.phone + url else "", url
            )
    for name in story.instruments:
        tool = beside.registers.instruments[name]
        yield CardPart(beside.say("tool"), tool.heading(beside.language), url=tool.url)
    if story.page:
        page = say(f"frame.title_{story.page}", beside.language)
        yield CardPart(beside.say("page"), page, url=page_url(story.page, beside))


def desk_of(point: PublicPoint) -> tuple[str, str]:
    """A reporting point with its number, and its address. Somebody at one's own school has no website of their own."""
    web = "" if point.type == "school-first-line" else point.report_url or point.web
    return ": ".join(filter(None, (point.name, point.phone))), web


def page_url(page: str, beside: Beside) -> str:
    """The address of a page of this workbench; "" when nobody said where it stands."""
    base = beside.address.rstrip("/")
    return f"{base}/{beside.language}/{page_address(page)}" if base else ""
