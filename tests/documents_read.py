"""Reads a document back from HTML, PDF and Word as a reader of it would: its words, its numbers, how it is built."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import docx
import pikepdf
import pypdf

__all__ = ["faults_of_pdf", "html_words", "numbers_in", "pdf_words", "tags_of_pdf", "word_words"]

# A number of a text with its separators and its sign of percent. A digit inside a word, such as CO2, is none.
_NUMBER = re.compile(r"(?<![\w.,])[−-]?\d+(?:[.,]\d+)*%?(?!\w)")
_ADDRESS = re.compile(r"https?://\S+")


# Of PDF 1.7: the kinds of elements, in which others some may stand, and the words of a page that show something.
_TAGS = """
    Document Part Art Sect Div BlockQuote Caption TOC TOCI Index NonStruct Private P H H1 H2 H3 H4 H5 H6 L LI Lbl LBody
    Table TR TH TD THead TBody TFoot Span Quote Note Reference BibEntry Code Link Annot Ruby Warichu Figure Formula Form
"""
_INSIDE = {
    "TR": {"Table", "THead", "TBody", "TFoot"}, "TH": {"TR"}, "TD": {"TR"}, "THead": {"Table"}, "TBody": {"Table"},
    "LI": {"L"}, "LBody": {"LI"},
}  # fmt: skip
_SHOWS = {"Tj", "TJ", "'", '"', "Do", "f", "F", "f*", "S", "s", "B", "B*", "b", "b*", "sh", "INLINE IMAGE"}


def numbers_in(text: str) -> set[str]:
    """The numbers of a text, without those of addresses."""
    return set(_NUMBER.findall(_ADDRESS.sub(" ", text)))


class _Words(HTMLParser):
    """What a reader of a page gets: no style sheet, pictures as their title."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, _: Any) -> None:
        if tag not in ("meta", "rect", "path", "circle"):
            self.inside.append(tag)

    def handle_startendtag(self, tag: str, attributes: Any) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"style", "head", "text"} & set(self.inside):
            self.words.append(data)


def html_words(content: bytes) -> str:
    reader = _Words()
    reader.feed(content.decode())
    return " ".join(reader.words)


def word_words(content: bytes) -> str:
    """All paragraphs and cells in order, links with them, and the words of pictures."""
    made = docx.Document(io.BytesIO(content))
    parts = []
    for node in made.element.body.iter():
        if node.tag.endswith("}p"):
            parts.append("".join(run.text or "" for run in node.iter() if run.tag.endswith("}t")))
        elif node.tag.endswith("}docPr"):
            parts.append(node.get("descr", ""))
    return " ".join(parts)


def pdf_words(content: bytes, mark: str = "") -> str:
    """The words of all pages without their feet, and those of pictures."""
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]
    foot = re.compile(rf"{re.escape(mark)}\s*(?:bladzijde|page) \d+\s*$")
    text, pdf = "\n".join(foot.sub("", page) for page in pages), pikepdf.open(io.BytesIO(content))
    # An address is broken where a line ends, which would make numbers of its parts: it is put back whole.
    addresses = sorted({str(link.A.URI) for link in _links(pdf)}, key=len, reverse=True)
    for address in addresses:
        text = re.sub(r"\s*".join(map(re.escape, address)), " ", text)
    alts = [str(node.Alt) for node in _nodes(pdf) if "/Alt" in node]
    return "\n".join([text, *addresses, *alts])


def _nodes(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Every element of the structure, in reading order."""
    waiting = [pdf.Root.StructTreeRoot.K]
    while waiting:
        found = waiting.pop()
        if isinstance(found, pikepdf.Array):
            waiting += reversed(list(found))
        elif isinstance(found, pikepdf.Dictionary) and "/S" in found:
            yield found
            if "/K" in found:
                waiting.append(found.K)


def tags_of_pdf(content: bytes) -> list[str]:
    """The kinds of its elements, in reading order, such as "H1" and "TH"."""
    return [str(node.S)[1:] for node in _nodes(pikepdf.open(io.BytesIO(content)))]


def faults_of_pdf(content: bytes) -> list[str]:
    """What breaks PDF/UA-1, of the rules that its own structure can tell; empty when nothing does.

    Of ISO 14289-1, as veraPDF numbers them: 5 (declares itself), 7.1 (tagged, title shown, language), 7.2 (language),
    7.3 (pictures have words), 7.4 (headings begin at 1 and skip none), 7.5 (tables have heads that say of what, rows of
    one length), 7.18 (links are part of the structure, pages in order of structure), 7.21 (fonts travel with the file
    and say what their letters are); and that all that is shown is tagged or called an artifact (7.1), by tags that are
    known and stand where they may (7.2).
    """
    pdf = pikepdf.open(io.BytesIO(content))
    root, nodes = pdf.Root, list(_nodes(pdf))
    told = pdf.open_metadata()
    levels = [int(str(node.S)[2:]) for node in nodes if re.fullmatch(r"/H\d", str(node.S))]
    tables = [node for node in nodes if str(node.S) == "/Table"]
    rules = {
        "5 it does not declare itself": told.get("pdfuaid:part") == "1",
        "7.1 it is not marked": bool(root.get("/MarkInfo", {}).get("/Marked")) and not root.MarkInfo.get("/Suspects"),
        "7.1 it has no title": bool(str(told.get("dc:title", ""))),
        "7.1 the title is not shown": bool(root.get("/ViewerPreferences", {}).get("/DisplayDocTitle")),
        "7.2 it has no language": str(root.get("/Lang", "")) in ("nl", "en"),
        "7.3 a picture has no words": all(str(one.get("/Alt", "")) for one in nodes if str(one.S) == "/Figure"),
        "7.4 it does not begin with heading 1": levels[:1] == [1],
        "7.4 a heading is skipped": all(after <= one + 1 for one, after in pairwise(levels)),
        "7.5 a table has no heads": all("/TH" in _kinds_under(one) for one in tables),
        "7.1 something shown has no tag": not any(map(_untagged, pdf.pages)),
        "7.1 a page is outside the structure": all("/StructParents" in page for page in pdf.pages),
        "7.2 a tag is unknown": {_standard(node, root) for node in nodes} <= {*_TAGS.split()},
        "7.2 a tag stands where it may not": all(map(_stands_well, nodes)),
        "7.5 a head does not say of what": all(map(_has_scope, nodes)),
        "7.5 rows differ in length": all(len(set(_widths(one))) <= 1 for one in tables),
        "7.18 a link is outside the structure": all("/StructParent" in link for link in _links(pdf)),
        "7.18 a link has no words": all(str(link.get("/Contents", "")) for link in _links(pdf)),
        "7.18 a page has no order": all(str(page.get("/Tabs", "")) == "/S" for page in pdf.pages if "/Annots" in page),
        "7.21 a font does not travel": all(map(_embedded, _fonts(pdf))),
        "7.21 letters are unknown": all("/ToUnicode" in font for font in _fonts(pdf)),
    }  # fmt: skip
    return [rule for rule, kept in rules.items() if not kept]


def _standard(node: Any, root: Any) -> str:
    """The kind of an element; one of the maker's own stands for another by the map of roles."""
    return str(root.StructTreeRoot.get("/RoleMap", {}).get(str(node.S), node.S))[1:]


def _untagged(page: Any) -> bool:
    """Whether something is painted or written outside every marked piece."""
    depth = 0
    for line in pikepdf.parse_content_stream(page):
        name = str(line.operator)
        depth += {"BMC": 1, "BDC": 1, "EMC": -1}.get(name, 0)
        if depth == 0 and name in _SHOWS:
            return True
    return False


def _stands_well(node: Any) -> bool:
    wanted = _INSIDE.get(str(node.S)[1:])
    return wanted is None or str(node.get("/P", {}).get("/S", ""))[1:] in wanted


def _has_scope(node: Any) -> bool:
    if str(node.S) != "/TH":
        return True
    told = node.get("/A", [])
    return any("/Scope" in one for one in (told if isinstance(told, pikepdf.Array) else [told]))


def _widths(table: Any) -> list[int]:
    """How many cells each row of a table has."""
    return [len([cell for cell in row.K if "/S" in cell]) for row in _under(table) if str(row.S) == "/TR"]


def _under(node: Any) -> Iterator[Any]:
    inside = node.get("/K")
    for part in list(inside) if isinstance(inside, pikepdf.Array) else [inside]:
        if isinstance(part, pikepdf.Dictionary) and "/S" in part:
            yield part
            yield from _under(part)


def _kinds_under(node: Any) -> set[str]:
    inside = node.get("/K")
    parts = list(inside) if isinstance(inside, pikepdf.Array) else [inside]
    found = {str(node.S)}
    for part in parts:
        if isinstance(part, pikepdf.Dictionary) and "/S" in part:
            found |= _kinds_under(part)
    return found


def _links(pdf: pikepdf.Pdf) -> list[Any]:
    return [one for page in pdf.pages for one in page.get("/Annots", []) if str(one.Subtype) == "/Link"]


def _fonts(pdf: pikepdf.Pdf) -> list[Any]:
    return [font for page in pdf.pages for font in page.Resources.get("/Font", {}).values()]


def _embedded(font: Any) -> bool:
    inside = font.DescendantFonts[0] if "/DescendantFonts" in font else font
    return any(name in inside.get("/FontDescriptor", {}) for name in ("/FontFile", "/FontFile2", "/FontFile3"))
