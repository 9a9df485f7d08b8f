"""The fact sheet: main facts with their doubt, claims with who stands behind them, what nobody knows, method, sources.

All of it comes from one release, with its registers, and from the ledger; nothing is typed here.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stagekansen_lib.documents.blocks import Block, Bullets, Document, Heading, Item, Paragraph, Table
from stagekansen_lib.documents.writing import FORMATS, write_documents
from stagekansen_lib.errors import InputError
from stagekansen_lib.fact_finding.ledgers import Ledger, read_ledger
from stagekansen_lib.fact_finding.references import parse_reference
from stagekansen_lib.fact_sheets.claims import LEFT_OUT, claim_block, questions_table
from stagekansen_lib.fact_sheets.figures import figure_blocks, in_one_picture, main_tables, question_blocks
from stagekansen_lib.fact_sheets.indices import index_blocks
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.registers.models import Source
from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.releases.reading import Release, read_release
from stagekansen_lib.releases.shown import release_to_show
from stagekansen_lib.views.fact_claims import claim_cards, question_cards
from stagekansen_lib.views.fact_figures import FactQuestion, fact_questions
from stagekansen_lib.wording import LANGUAGES, Language, chosen_language, date_text, percent_text, say, say_all

__all__ = ["fact_sheet", "mark_of", "write_fact_sheets"]


@dataclass(frozen=True)
class _Sheet:
    """What a fact sheet is made from."""

    release: Release
    registers: Registers
    ledger: Ledger
    questions: tuple[FactQuestion, ...]
    language: Language

    def say(self, key: str, /, **values: object) -> str:
        return say(f"fact_sheet.{key}", self.language, **values)


def fact_sheet(
    release: str | None = None,
    *,
    language: str | None = None,
    ledger: Path | None = None,
    folder: Path | None = None,
    mark: str = "",
) -> Document:
    """The fact sheet of a release as a document, in one language.

    Parameters
    ----------
    release : name of a folder of releases; the first that the pages show when left out.
    language : "nl" or "en"; the default follows ``wording.chosen_language``.
    ledger : folder of the ledger; ``data/ledger`` when left out. Of what persons said it holds what was told by rule.
    folder : folder that holds the folders of releases; ``data/published`` when left out.
    mark : another warning that must stand on every page, such as that the claims are an example.

    Returns
    -------
    Document : made of blocks that every writer gives in the same order, so with the same numbers. Made-up answers and a
        draft are named on top and on each page.

    Raises
    ------
    InputError : there is no such release.
    RefusedError : a file of the release was changed.

    Examples
    --------
    >>> fact_sheet("example-2022", language="en").mark
    'EXAMPLE: made-up data. Nothing here is a finding.'
    """
    chosen = chosen_language(language)
    found = read_release(release_to_show(release) if folder is None else str(release), folder=folder)
    registers = read_registers(found.registers)
    known = read_ledger(ledger, releases=folder, registers=found.registers)
    sheet = _Sheet(found, registers, known, tuple(fact_questions(registers)), chosen)
    title = sheet.say("title_of", wave=found.wave) if found.wave else sheet.say("title")
    return Document(
        title=title,
        subtitle=sheet.say("subtitle", release=found.name, date=date_text(found.date, chosen)),
        language=chosen,
        blocks=tuple(_blocks(sheet)),
        date=found.date,
        mark=" ".join(filter(None, (mark_of(found, chosen), mark))),
        author=registers.maintainer.name,
    )


def mark_of(release: Release, language: Language) -> str:
    """What must stand on every page: that answers are made up, that it is a draft; "" for neither."""
    told = [key for key, so in (("synthetic", release.synthetic), ("draft", release.draft)) if so]
    return " ".join(say(f"fact_sheet.mark_{key}", language) for key in told)


def write_fact_sheets(
    release: str | None = None,
    *,
    into: Path | None = None,
    forms: Sequence[str] = FORMATS,
    languages: Sequence[Language] = LANGUAGES,
    ledger: Path | None = None,
    folder: Path | None = None,
) -> tuple[Path, ...]:
    """Write the fact sheet of a release in each form and language; gives the files.

    Parameters
    ----------
    release, ledger, folder : as for ``fact_sheet``.
    into : folder to write in; ``fact-sheets`` in the project when left out. What stands there under the same name is
        replaced.
    forms : "html", "pdf" (PDF/UA-1, tagged) and "docx".
    languages : "nl" and "en".

    Returns
    -------
    tuple of Path : ``fact-sheet-RELEASE.LANGUAGE.FORM``. The same release and ledger give the same bytes.

    Raises
    ------
    InputError : there is no such release, or no such form.
    RefusedError : a file of the release was changed.
    MissingExtraError : a package of the extra "documents" is not installed.
    StagekansenError : Typst could not set the PDF.

    Examples
    --------
    >>> import tempfile
    >>> made = write_fact_sheets("example-2022", into=Path(tempfile.mkdtemp()), forms=["html"])
    >>> [path.name for path in made]
    ['fact-sheet-example-2022.nl.html', 'fact-sheet-example-2022.en.html']
    """
    sheets = [fact_sheet(release, language=one, ledger=ledger, folder=folder) for one in languages]
    name = release or release_to_show(release)
    return write_documents(sheets, f"fact-sheet-{name}", into or project_folder("fact-sheets"), forms)


def _blocks(sheet: _Sheet) -> Iterator[Block]:
    yield from _main_facts(sheet)
    yield from _by_question(sheet)
    if sheet.release.index is not None:
        yield from index_blocks(sheet.release.index, sheet.registers, sheet.language)
    yield from _claims(sheet)
    yield from _unknown(sheet)
    yield Heading(say("reading.heading", sheet.language))
    yield Bullets(tuple(Item(text) for text in say_all("fact_sheet.reading", sheet.language)))
    yield from _method(sheet)
    yield from _sources(sheet)


def _main_facts(sheet: _Sheet) -> Iterator[Block]:
    """In short: one sentence a figure, and all shares in one picture."""
    tables = main_tables(sheet.release, sheet.questions)
    yield Heading(sheet.say("in_short"))
    if not tables:
        yield Paragraph(sheet.say("no_figures"))
        return
    yield Bullets(tuple(Item(table.sentence(sheet.language)) for table in tables))
    drawn = in_one_picture(tables, sheet.say("picture"), mark_of(sheet.release, sheet.language), sheet.language)
    if drawn:
        yield drawn
    if sheet.release.self_selected:
        yield Paragraph(say("published.self_selected", sheet.language))


def _by_question(sheet: _Sheet) -> Iterator[Block]:
    for question in sheet.questions:
        yield from question_blocks(question, sheet.release, sheet.language)
    asked = {outcome for question in sheet.questions for outcome in question.outcomes}
    others = [table for table in sheet.release.tables.values() if table.of not in asked]
    if others:
        yield Heading(sheet.say("others"))
        yield from figure_blocks(others, sheet.language)


def _claims(sheet: _Sheet) -> Iterator[Block]:
    cards = claim_cards(sheet.ledger, sheet.registers, sheet.questions, sheet.language)
    shown = [card for card in cards if card.status not in LEFT_OUT]
    yield Heading(say("facts.claims", sheet.language))
    yield Paragraph(sheet.say("claims_text"))
    if sheet.release.synthetic:
        yield Paragraph(sheet.say("claims_synthetic"))
    yield from (claim_block(card, sheet.language) for card in shown)
    if len(shown) < len(cards):
        yield Paragraph(sheet.say("left_out", count=len(cards) - len(shown)), soft=True)
    decisions = sheet.ledger.decisions
    if len(decisions):
        yield Heading(say("ledger.part_decisions", sheet.language))
        texts = zip(decisions["date"], decisions[f"text_{sheet.language}"], decisions[f"reason_{sheet.language}"],
                    strict=True)  # fmt: skip
        yield Bullets(tuple(Item(f"{day}: {text}{f' ({reason})' if reason else ''}") for day, text, reason in texts))


def _unknown(sheet: _Sheet) -> Iterator[Block]:
    """What the measurement could not tell, what the parties still ask, and what nobody knows."""
    language, release = sheet.language, sheet.release
    yield Heading(sheet.say("unknown"))
    all_shown = release.kept >= 1
    told = [sheet.say("kept_all") if all_shown else sheet.say("kept", share=percent_text(release.kept, language))]
    if release.self_selected:
        told += [say("facts.self_selected", language), say("facts.invited", language)]
    told += [proxy[language] for proxy in release.proxies if proxy.get(language)]
    yield Bullets(tuple(Item(text) for text in told))
    questions = question_cards(sheet.ledger, sheet.registers, language)
    if questions:
        yield questions_table(questions, language)
    unknown = [factor for factor in sheet.registers.factors if factor.known == "unknown"]
    yield Paragraph(sheet.say("unknown_factors", count=len(unknown)))
    themes = {theme.id: theme.text("label", language) for theme in sheet.registers.themes}
    grouped = {
        label: [factor.text("label", language) for factor in unknown if factor.theme == theme]
        for theme, label in themes.items()
    }
    yield Bullets(tuple(Item(f"{label}: {'; '.join(names)}.") for label, names in grouped.items() if names))


def _method(sheet: _Sheet) -> Iterator[Block]:
    release, language = sheet.release, sheet.language
    facts = (
        ("survey", release.provenance.survey),
        ("wave", release.wave),
        ("chosen", sheet.say("self_selected" if release.self_selected else "sampled")),
        ("margins", release.margins),
        ("rules", release.rules),
        ("made_by", release.made_by),
        ("checked_by", release.checked_by),
        ("previous", release.previous),
        ("seal", " ".join(textwrap.wrap(release.sha256, 16))),
    )
    yield Heading(sheet.say("method"))
    rows = tuple((sheet.say(f"fact_{name}"), value) for name, value in facts if value)
    yield Table(sheet.say("method_caption"), (sheet.say("head_what"), sheet.say("head_told")), rows)
    yield Paragraph(say("published.rounded", language))


def _sources(sheet: _Sheet) -> Iterator[Block]:
    """Every source that a figure of the release or evidence of a claim rests on."""
    named = dict.fromkeys([*sheet.release.sources, *_behind_claims(sheet)])
    known = [sheet.registers.sources[name] for name in named if name in sheet.registers.sources]
    yield Heading(sheet.say("sources"))
    yield Bullets(tuple(Item(_source_text(one), one.url) for one in known))
    licence = sheet.say("licence")
    yield Paragraph(licence, soft=True)


def _behind_claims(sheet: _Sheet) -> Iterator[str]:
    figures = sheet.registers.key_figures
    for text in sheet.ledger.evidence["rests_on"]:
        try:
            reference = parse_reference(text)
        except InputError:
            continue
        if reference.home == "sources":
            yield reference.entry
        elif reference.home == "key_figures" and reference.entry in figures:
            yield figures[reference.entry].source_id


def _source_text(source: Source) -> str:
    year = f", {source.year}" if source.year else ""
    return f"{source.maker}: {source.title}{year}."
