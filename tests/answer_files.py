"""Files of the baseline questionnaire as a survey tool writes them, with the answers that a test gives."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from stagekansen_lib.surveys.codebook_files import read_codebook

BOOK = read_codebook("baseline")
ITEMS = [variable.item for variable in BOOK.variables.values() if variable.item and variable.kind != "info"]
# A student who met discrimination and reported it, had a placement, and answers everything.
STUDENT = {
    **dict.fromkeys(ITEMS, "1"),
    "a1": "4",
    "a3": "1",
    "b2": "5",
    "b3": "3",
    "d2": "12",
    "g6": "",
    "m2": "2;8",
    "m3": "",
    "h3": "2511",
    "z1": "",
}


def write(file: Path, *students: dict[str, str], **settings: str) -> Path:
    """A file with one row a student: the answers given, the rest as STUDENT."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=settings.get("delimiter", ";"))
    extra = [name for name in (students[0] if students else {}) if name not in ITEMS]
    header = [*extra, *(item for item in ITEMS if item != settings.get("without"))]
    writer.writerow(header)
    writer.writerows([{**STUDENT, **student}[name] for name in header] for student in students)
    file.write_bytes(text.getvalue().encode(settings.get("encoding", "utf-8")))
    return file
