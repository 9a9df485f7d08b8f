"""Documents to files: HTML, PDF and Word of each language, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from stagekansen_lib.documents.blocks import Document
from stagekansen_lib.errors import InputError, Problem, did_you_mean

__all__ = ["FORMATS", "made_as", "write_documents"]

FORMATS = ("html", "pdf", "docx")


def made_as(document: Document, form: str) -> bytes:
    """The document in one of ``FORMATS``, as bytes; the same document gives the same bytes.

    Raises
    ------
    InputError : another format.
    MissingExtraError : a package of the extra "documents" is not installed.
    """
    return _writer(form)(document)


def _writer(form: str) -> Callable[[Document], bytes]:
    if form == "html":
        from stagekansen_lib.documents.html_pages import html_page

        return lambda document: html_page(document).encode()
    if form == "pdf":
        from stagekansen_lib.documents.pdf_files import pdf_file

        return pdf_file
    if form == "docx":
        from stagekansen_lib.documents.word_files import word_file

        return word_file
    raise InputError(Problem(f"A document has no form '{form}'.", do=did_you_mean(form, list(FORMATS))))


def write_documents(
    documents: Iterable[Document], name: str, folder: Path, forms: Sequence[str] = FORMATS
) -> tuple[Path, ...]:
    """Write each document in each form as ``NAME.LANGUAGE.FORM``; nothing is written when one cannot be made."""
    made = {f"{name}.{document.language}.{form}": made_as(document, form) for document in documents for form in forms}
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in made.items():
        (folder / file).write_bytes(content)
    return tuple(folder / file for file in made)
