"""A document as a Word file with real headings, lists, table headers, alternative texts and its language.

Nothing in it names the moment of writing, and the parts stand in one order, so the same document gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import Any

from stagekansen_lib.documents.blocks import (
    Blank,
    Block,
    Bullets,
    Card,
    Document,
    Heading,
    Item,
    Notice,
    PageBreak,
    Paragraph,
    Picture,
    Quote,
    Table,
)
from stagekansen_lib.documents.pdf_files import drawn_as_png
from stagekansen_lib.project.extras import needs

__all__ = ["word_file"]

_LOCALES = {"nl": "nl-NL", "en": "en-GB"}
# The earliest moment that a zip file can name.
_NO_MOMENT = (1980, 1, 1, 0, 0, 0)
_EMU = 9525  # of Word for a pixel
_BOX = "☐ "
_RULE = "_" * 60


def word_file(document: Document) -> bytes:
    """The Word file as bytes.

    Raises
    ------
    MissingExtraError : the packages ``python-docx`` and ``typst`` are not installed.
    """
    with needs("documents"):
        import docx
        from docx.shared import Cm, Pt
    made = docx.Document()
    _facts(made, document)
    page = made.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(2.2)
    made.styles["Normal"].font.size = Pt(10.5)
    made.add_heading(document.title, 1)
    made.add_paragraph(document.subtitle, style="Subtitle")
    if document.mark:
        made.add_paragraph(document.mark, style="Intense Quote")
        page.footer.paragraphs[0].text = document.mark
    for block in document.blocks:
        _add(made, block)
    return _without_moment(made)


def _facts(made: Any, document: Document) -> None:
    """What Word tells of a file: title, author, language and the day it is about."""
    facts = made.core_properties
    day = dt.datetime.combine(document.date, dt.time())
    facts.title, facts.author, facts.last_modified_by = document.title, document.author, document.author
    facts.created = facts.modified = day
    facts.last_printed = day
    facts.language, facts.comments, facts.revision = _LOCALES[document.language], "", 1
    for kind in made.styles.element.iter("{*}lang"):
        for name in ("val", "eastAsia"):
            kind.set(_word(name), _LOCALES[document.language])


def _word(name: str) -> str:
    with needs("documents"):
        from docx.oxml.ns import qn

    found: str = qn(f"w:{name}")
    return found


def _add(made: Any, block: Block) -> None:
    match block:
        case Heading():
            made.add_heading(block.text, block.level)
        case Paragraph():
            _paragraph(made, block.text, small=block.soft)
        case Notice():
            made.add_paragraph(block.text, style="Intense Quote")
        case Quote():
            made.add_paragraph(block.text, style="Quote")
        case Bullets():
            for item in block.items:
                _add_item(made, item, ticks=block.ticks)
        case Table():
            _add_table(made, block)
        case Picture():
            _add_picture(made, block)
        case Card():
            made.add_heading(block.heading, block.level)
            for one in block.blocks:
                _add(made, one)
        case Blank():
            for text in (block.text, *[_RULE] * block.lines):
                made.add_paragraph(text)
        case PageBreak():
            made.add_page_break()


def _paragraph(made: Any, text: str, *, small: bool) -> None:
    with needs("documents"):
        from docx.shared import Pt

    run = made.add_paragraph().add_run(text)
    if small:
        run.font.size = Pt(9)


def _add_item(made: Any, item: Item, *, ticks: bool) -> None:
    line = made.add_paragraph(style="List" if ticks else "List Bullet")
    line.add_run(f"{_BOX if ticks else ''}{item.text}{' ' if item.url else ''}")
    if item.url:
        _add_link(made, line, item.url)


def _add_link(made: Any, line: Any, url: str) -> None:
    with needs("documents"):
        from docx.opc.constants import RELATIONSHIP_TYPE
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn
        from docx.shared import RGBColor

    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), made.part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    run = line.add_run(url)
    run.font.underline, run.font.color.rgb = True, RGBColor(11, 90, 107)
    link.append(run._r)
    line._p.append(link)


def _add_table(made: Any, table: Table) -> None:
    with needs("documents"):
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

    caption = made.add_paragraph(table.caption, style="Caption")
    caption.paragraph_format.keep_with_next = True
    drawn = made.add_table(rows=0, cols=len(table.heads), style="Light List Accent 1")
    told = OxmlElement("w:tblCaption")
    told.set(qn("w:val"), table.caption)
    drawn._tbl.tblPr.append(told)
    for number, cells in enumerate((table.heads, *table.rows)):
        row = drawn.add_row()
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
        facts = row._tr.get_or_add_trPr()
        for name in ("w:cantSplit", *(("w:tblHeader",) if number == 0 else ())):
            facts.append(OxmlElement(name))
    made.add_paragraph()


def _add_picture(made: Any, picture: Picture) -> None:
    drawn = made.add_picture(io.BytesIO(drawn_as_png(picture)), width=picture.width * _EMU)
    told = drawn._inline.docPr
    told.set("descr", picture.alt)
    told.set("title", picture.caption)
    made.add_paragraph(picture.caption, style="Caption")


def _without_moment(made: Any) -> bytes:
    """The parts of the file as they are, without the moment at which each was written."""
    written, again = io.BytesIO(), io.BytesIO()
    made.save(written)
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = zipfile.ZipInfo(name, _NO_MOMENT)
            part.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(part, old.read(name))
    return again.getvalue()
