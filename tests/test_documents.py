"""Documents of one source: three forms with the same words, an accessible PDF, a Word file with real headings."""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import docx
import pikepdf
import pytest

from stagekansen_lib.documents.blocks import (
    Blank,
    Bullets,
    Card,
    Document,
    Heading,
    Item,
    Notice,
    PageBreak,
    Paragraph,
    Quote,
    Table,
    texts_of,
)
from stagekansen_lib.documents.drawing import Bar, Step, draw_bars, draw_path
from stagekansen_lib.documents.writing import FORMATS, made_as, write_documents
from stagekansen_lib.errors import InputError
from tests.documents_read import faults_of_pdf, html_words, pdf_words, tags_of_pdf, word_words

# Signs that are code in HTML, in Typst or in XML; and letters of other alphabets that people of The Hague have.
SIGNS = 'a <b> & "c" #panic() $x$ [y] \\ *z* _u_ @w `v` é Ş ł'
BARS = [
    Bar("mbo", "49%", 0.0, 0.49, 0.39, 0.58),
    Bar("hbo & wo", "<10%", 0.0, 0.1, hatched=True),
]
STEPS = [Step("Kiezen", "done", "klaar"), Step("Meten", "busy", "bezig"), Step("Afspreken", "open", "nog niet")]
DOCUMENT = Document(
    title=f"Titel {SIGNS}",
    subtitle="Ondertitel",
    language="nl",
    mark="VOORBEELD: niets hier is een bevinding.",
    author="Gemeente",
    date=dt.date(2026, 11, 23),
    blocks=(
        Heading("Eerste kop"),
        Paragraph(SIGNS),
        Paragraph("Kleine letters", soft=True),
        Notice("Let op dit"),
        Bullets((Item("met adres", "https://example.org/a_b#c"), Item("zonder"))),
        Bullets((Item("zaal geregeld"),), ticks=True),
        Table("Tabel 7", ("Groep", "Cijfer"), (("mbo", "49%"), ("hbo", "12,5%"))),
        draw_bars(BARS, "Balken"),
        PageBreak(),
        Blank("Vul in", 2),
        Card("Kaart", (Paragraph("Op de kaart"), Heading("Diep", 4), Quote("eigen woorden"), draw_path(STEPS, "Pad"))),
    ),
)
READERS = {"html": html_words, "pdf": lambda content: pdf_words(content, DOCUMENT.mark), "docx": word_words}


@cache
def made_once(form: str) -> bytes:
    return made_as(DOCUMENT, form)


def together(text: str) -> str:
    """A text without white space, since each form breaks its lines elsewhere."""
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("form", FORMATS)
def test_every_text_of_a_document_stands_in_every_form(form: str) -> None:
    read = together(READERS[form](made_once(form)))
    for text in (DOCUMENT.title, DOCUMENT.subtitle, DOCUMENT.mark, *texts_of(DOCUMENT.blocks)):
        assert together(text) in read, text
    assert "https://example.org/a_b#c" in read


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_document_gives_the_same_bytes_and_another_gives_others(form: str) -> None:
    made = made_once(form)
    assert made_as(DOCUMENT, form) == made
    assert made_as(replace(DOCUMENT, subtitle="Anders"), form) != made


def test_no_file_holds_the_moment_at_which_it_was_written() -> None:
    with zipfile.ZipFile(io.BytesIO(made_once("docx"))) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    facts = docx.Document(io.BytesIO(made_once("docx"))).core_properties
    assert facts.created is not None
    assert facts.created.date() == facts.modified.date() == DOCUMENT.date  # type: ignore[union-attr]
    assert not {"/CreationDate", "/ModDate"} & set(pikepdf.open(io.BytesIO(made_once("pdf"))).docinfo.keys())


def test_the_pdf_keeps_the_rules_for_readers_who_do_not_see_it() -> None:
    made = made_once("pdf")
    assert faults_of_pdf(made) == []
    tags = tags_of_pdf(made)
    assert [tag for tag in tags if re.fullmatch(r"H\d", tag)] == ["H1", "H2", "H3", "H4"]
    assert [tags.count(tag) for tag in ("Table", "TH", "Figure", "Link", "BlockQuote")] == [1, 2, 2, 1, 1]
    assert tags.count("LI") == 3


def changed(content: bytes, fault: str) -> bytes:
    """The same PDF with one thing taken from it."""
    pdf, made = pikepdf.open(io.BytesIO(content)), io.BytesIO()
    if fault == "language":
        del pdf.Root.Lang
    elif fault == "marked":
        pdf.Root.MarkInfo.Marked = False
    elif fault == "title":
        del pdf.Root.ViewerPreferences
    elif fault == "declared":
        with pdf.open_metadata() as told:
            del told["pdfuaid:part"]
    elif fault == "order":
        for page in pdf.pages:
            if "/Tabs" in page:
                del page.Tabs
    elif fault == "loose":
        pdf.pages[0].contents_add(b"BT /Nothing 9 Tf (loose) Tj ET")
    elif fault == "letters":
        for font in (one for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and "/ToUnicode" in one):
            del font.ToUnicode
    elif fault in ("scope", "place", "kind", "length"):
        change_a_table(pdf, fault)
    else:
        wanted = {"words": "/Figure", "heads": "/TH", "heading": "/H2"}[fault]
        for thing in pdf.objects:
            if isinstance(thing, pikepdf.Dictionary) and str(thing.get("/S", "")) == wanted:
                if fault == "words":
                    del thing.Alt
                else:
                    thing.S = pikepdf.Name("/TD" if fault == "heads" else "/P")
    pdf.save(made)
    return made.getvalue()


def change_a_table(pdf: pikepdf.Pdf, fault: str) -> None:
    kind = "/TH" if fault == "scope" else "/TR"
    found = [one for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and str(one.get("/S", "")) == kind]
    if fault == "scope":
        del found[0].A
    elif fault == "length":
        del found[0].K[0]
    else:
        found[0].S = pikepdf.Name("/P" if fault == "place" else "/Rij")


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("loose", "7.1 something shown has no tag"),
        ("letters", "7.21 letters are unknown"),
        ("scope", "7.5 a head does not say of what"),
        ("place", "7.2 a tag stands where it may not"),
        ("kind", "7.2 a tag is unknown"),
        ("length", "7.5 rows differ in length"),
        ("language", "7.2 it has no language"),
        ("marked", "7.1 it is not marked"),
        ("title", "7.1 the title is not shown"),
        ("declared", "5 it does not declare itself"),
        ("order", "7.18 a page has no order"),
        ("words", "7.3 a picture has no words"),
        ("heads", "7.5 a table has no heads"),
        ("heading", "7.4 a heading is skipped"),
    ],
)
def test_what_breaks_a_rule_of_accessible_pdf_is_found(fault: str, rule: str) -> None:
    assert rule in faults_of_pdf(changed(made_once("pdf"), fault))


def test_word_gets_real_headings_heads_of_tables_words_for_pictures_and_its_language() -> None:
    made = docx.Document(io.BytesIO(made_once("docx")))
    headings = [(line.style.name, line.text) for line in made.paragraphs if line.style.name.startswith("Heading")]  # type: ignore[union-attr]
    assert [name for name, _ in headings] == ["Heading 1", "Heading 2", "Heading 3", "Heading 4"]
    assert headings[0][1] == DOCUMENT.title
    first, *others = made.tables[0].rows
    assert first._tr.trPr.xpath("w:tblHeader")
    assert not any(row._tr.trPr.xpath("w:tblHeader") for row in others)
    assert [cell.text for cell in first.cells] == ["Groep", "Cijfer"]
    assert [one._inline.docPr.get("descr") for one in made.inline_shapes] == [
        "Balken: mbo: 49%; hbo & wo: <10%.",
        "Pad: Kiezen: klaar; Meten: bezig; Afspreken: nog niet.",
    ]
    assert made.core_properties.title == DOCUMENT.title
    assert set(made.styles.element.xpath("//w:lang/@w:val")) == {"nl-NL"}
    assert made.core_properties.language == "nl-NL"


@pytest.mark.office
def test_an_office_program_opens_the_word_file_with_every_word_and_head(tmp_path: Path) -> None:
    """A plain run leaves it out, and reads the file by python-docx, in the tests above."""
    office = shutil.which("soffice")
    assert office is not None, "LibreOffice is not installed (Debian: apt install libreoffice-writer-nogui)."
    (tmp_path / "made.docx").write_bytes(made_once("docx"))
    own = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    for form in ("txt:Text (encoded):UTF8", "pdf"):
        subprocess.run(
            [office, own, "--headless", "--convert-to", form, "--outdir", str(tmp_path), str(tmp_path / "made.docx")],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
    read = together((tmp_path / "made.txt").read_text("utf-8-sig"))
    for text in (DOCUMENT.title, DOCUMENT.subtitle, DOCUMENT.mark):
        assert together(text) in read, text
    for text in ("Groep", "12,5%", "Op de kaart", "eigen woorden", "https://example.org/a_b#c"):
        assert together(text) in read, text
    assert len(pikepdf.open(tmp_path / "made.pdf").pages) >= 2


def test_the_html_asks_nothing_of_elsewhere_and_names_its_language() -> None:
    page = made_as(DOCUMENT, "html").decode()
    assert '<html lang="nl">' in page
    assert "<script" not in page
    assert re.findall(r'(?:src|href)="([^"]+)"', page) == ["https://example.org/a_b#c"]
    assert "#panic()" in page
    assert "<b>" not in page


def test_an_unknown_form_is_refused_with_a_near_one_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="docx"):
        write_documents([DOCUMENT], "x", tmp_path / "new", ["html", "doc"])
    assert not (tmp_path / "new").exists()
