"""Whether the bytes of a file are a table of answers, whatever the file is called. Standard library only.

A renamed table is found by what stands in it: the first bytes of a data format, lines with as many cells each, rows in
JSON, numbers of respondents in YAML, a table that pandas wrote as HTML. What is no text and no picture counts as data.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

__all__ = ["is_picture", "notebook_outputs", "table_in", "table_name"]

# Files of data by their name; "answers.csv.bak" is one too.
_TABLES = frozenset((
    "csv", "tsv", "tab", "psv", "ssv", "dsv", "prn", "xls", "xlsx", "xlsm", "xlsb", "xlt", "xltx", "xltm", "ods",
    "fods", "numbers", "sav", "zsav", "por", "dta", "sas7bdat", "xpt", "parquet", "pq", "feather", "arrow", "ipc",
    "orc", "avro", "jsonl", "ndjson", "geojson", "sqlite", "sqlite3", "db", "db3", "duckdb", "mdb", "accdb", "rds",
    "rda", "rdata", "pkl", "pickle", "joblib", "npy", "npz", "h5", "hdf", "hdf5", "mat", "dbf", "slk", "dif", "lsa",
    "lsr", "vv", "zip", "7z", "rar", "gz", "tgz", "bz2", "xz", "zst", "tar", "sql", "xml", "ystore",
))  # fmt: skip
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"wOF2", b"wOFF", b"\x00\x00\x01\x00")
# Code and prose, in which some lines may look like those of a table; a whole file may not.
_CODE = frozenset((
    "py", "r", "js", "css", "j2", "toml", "cfg", "ini", "sh", "lock", "yaml", "yml", "json", "service", "conf",
    "cff", "html", "htm", "bat", "ps1", "svg",
))  # fmt: skip
_KEY = (
    r"(?:respondent|response|antwoord|respons|participant|deelnemer|student|leerling|case|record)[ _-]?"
    r"(?:id|nr|nummer|number)|respondent|pseudoniem|pseudonym"
)
_KEY_CELL = re.compile(rf"(?:^|[;,\t|])\s*[\"']?(?:{_KEY})[\"']?\s*(?:[;,\t|]|$)", re.IGNORECASE)
_KEY_FIELD = re.compile(rf"(?im)^\s*(?:-\s+)?[\"']?(?:{_KEY})[\"']?\s*:\s*[\"']?\w*\d\w*[\"']?\s*,?\s*$")
_BASE64 = re.compile("[A-Za-z0-9+/]{120,}")
_DATA_STARTS = (
    b"PAR1",
    b"PK\x03\x04",
    b"SQLite format 3",
    b"ARROW1",
    b"$FL2",
    b"$FL3",
    b"<stata_dta>",
    b"\xd0\xcf\x11\xe0",
)
# A line of cells, without what lines of code have.
_PLAIN_CELLS = re.compile(r"[^()\[\]{}=#:'\"]+")
_TEXT = PurePosixPath("cell.txt")
_LARGEST_TEXT = 5 << 20
_SIGNS = ";\t,|"
# So many lines with as many cells, one after the other, are a table in a file of loose text; and in Markdown.
_RUN_LOOSE, _RUN_PROSE = 4, 8


def table_name(path: PurePosixPath) -> str:
    """The ending by which a file of data is called; empty when it has none."""
    return next((ending for one in path.suffixes if (ending := one[1:].lower().rstrip("~0123456789")) in _TABLES), "")


def notebook_outputs(content: bytes) -> str:
    """What a notebook holds beside cells that people wrote; empty when nothing. For any file that is a notebook."""
    try:
        book = json.loads(content)
        cells = book["cells"]
        outputs = sum(bool(cell.get("outputs")) for cell in cells)
        state = "widgets" in book.get("metadata", {})
        attached = [item for cell in cells for one in cell.get("attachments", {}).values() for item in one.items()]
        kept = [book.get("metadata", {}), *(cell.get("metadata", {}) for cell in cells)]
        written = [(cell.get("cell_type"), "".join(cell.get("source", ""))) for cell in cells]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "a notebook that cannot be read"
    if outputs or state:
        return f"{outputs} cell(s) with output" if outputs else "the saved state of widgets"
    if not all(kind.startswith("image/") and _is_picture(kind, content) for kind, content in attached):
        return "an attached file"
    if any(map(_has_rows, kept)) or any(table_in(_TEXT, text.encode()) for one in kept for text in _long_texts(one)):
        return "answers kept with the notebook or a cell"
    return "a table in a cell" if any(_cell_has_table(kind, text) for kind, text in written) else ""


def _is_picture(kind: str, content: Any) -> bool:
    """Whether what is attached as a picture is one, and nothing comes behind it."""
    told = "".join(content) if isinstance(content, list) else str(content)
    if kind == "image/svg+xml":
        return "<svg" in told and not table_in(_TEXT, told.encode())
    try:
        return is_picture(base64.b64decode(told))
    except ValueError:
        return False


def _long_texts(part: Any) -> Iterator[str]:
    if isinstance(part, (dict, list)):
        for one in part.values() if isinstance(part, dict) else part:
            yield from _long_texts(one)
    elif isinstance(part, str) and "\n" in part:
        yield part


def _cell_has_table(kind: Any, text: str) -> bool:
    """Whether a person typed or pasted rows of answers: of code only lines that are no code are looked at."""
    if kind == "raw":
        return bool(table_in(_TEXT, text.encode()))
    lines = [line for line in text.splitlines() if line.strip()]
    if kind == "code":
        texts = [re.sub(r"^.*?(?:'''|\"\"\")|(?:'''|\"\"\").*$", "", line) for line in lines]
        plain = [line if _PLAIN_CELLS.fullmatch(line) else "" for line in texts]
        return any(map(_begins_table, plain, plain[1:])) or any(_has_run(plain, sign, "") for sign in _SIGNS)
    told = [line.strip().strip("|") for line in lines if not re.fullmatch(r"[\s|:-]+", line)]
    return any(map(_begins_table, told, told[1:])) or len(_KEY_FIELD.findall(text)) >= 2


def is_picture(content: bytes) -> bool:
    """Whether bytes are a picture or a typeface, with nothing behind the end that its format tells."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return content[-8:-4] == b"IEND" and content.count(b"IEND") == 1
    if content.startswith(b"\xff\xd8\xff"):
        return content.rstrip(b"\0")[-2:] == b"\xff\xd9"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return abs(int.from_bytes(content[4:8], "little") + 8 - len(content)) <= 1
    return content.startswith(_PICTURES) and _text_of(content) is None


def table_in(path: PurePosixPath, content: bytes) -> str:
    """What in a file looks like a table of answers, in words; empty when nothing does."""
    if is_picture(content):
        return ""
    text = _text_of(content)
    if text is None:
        return "data that is no text"
    if len(text) > _LARGEST_TEXT:
        return "more text than can be looked through"
    return _as_json(text) or _as_lines(text, path.suffix[1:].lower()) or _as_base64(text)


def _text_of(content: bytes) -> str | None:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    odd = sum(sign < " " and sign not in "\t\n\r\f" for sign in text[:20_000])
    return None if "\0" in text or odd > len(text[:20_000]) / 100 else text


def _as_base64(text: str) -> str:
    """A table that was put in letters: "eyJ" and so on."""
    for piece in _BASE64.findall(re.sub(r"\\n|\s", "", text) if len(text) < 1 << 20 else text):
        try:
            made = base64.b64decode(piece + "=" * (-len(piece) % 4), validate=True)
        except ValueError:
            continue
        if made.startswith(_DATA_STARTS) or (not is_picture(made) and _is_text_table(made)):
            return "a table in base64"
    return ""


def _is_text_table(content: bytes) -> bool:
    text = _text_of(content)
    return text is not None and bool(_as_json(text) or _as_lines(text, "txt"))


# Rows in JSON --------------------------------------------------------------------------------------------------------


def _as_json(text: str) -> str:
    if text.lstrip()[:1] not in ("{", "["):
        return ""
    try:
        return "rows in JSON" if _has_rows(json.loads(text)) else ""
    except (ValueError, RecursionError):
        pass
    lines = [one for line in text.splitlines() if line.strip() and (one := _mapping(line)) is not None]
    return "rows in JSON" if len(lines) >= 2 and _has_rows(lines) else ""


def _mapping(line: str) -> dict[str, Any] | None:
    try:
        made = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return made if isinstance(made, dict) else None


def _has_rows(part: Any) -> bool:
    """Rows as mappings or as lists, or columns beside each other, however deep they lie."""
    inside = list(part.values()) if isinstance(part, dict) else part if isinstance(part, list) else []
    shapes = Counter(shape for one in inside if (shape := _shape(one)) is not None)
    if any(count >= (2 if kind == "mapping" else 3) for (kind, _), count in shapes.items()):
        return True
    if isinstance(part, dict) and any(_is_key_column(name, one) for name, one in part.items()):
        return True
    return any(_has_rows(one) for one in inside)


def _is_key_column(name: Any, values: Any) -> bool:
    """Whether a name is that of numbers of respondents, and several stand under it."""
    return isinstance(values, (list, dict)) and len(values) >= 2 and bool(re.fullmatch(_KEY, str(name), re.IGNORECASE))


def _shape(one: Any) -> tuple[str, Any] | None:
    """How a row is built, when it is one: at least two simple values under names or after each other."""
    values = list(one.values()) if isinstance(one, dict) else one if isinstance(one, list) else []
    if len(values) < 2 or any(isinstance(value, (dict, list)) for value in values):
        return None
    return ("mapping", tuple(sorted(one))) if isinstance(one, dict) else ("list", len(values))


# Lines with as many cells --------------------------------------------------------------------------------------------


def _as_lines(text: str, kind: str) -> str:
    code = kind in _CODE
    if 'class="dataframe' in text and kind != "py":
        return "a table in HTML"
    lines = [line for line in text.splitlines() if line.strip()]
    if kind != "py" and any(map(_begins_table, lines, lines[1:])):
        return "a table with numbers of respondents"
    if kind in ("yaml", "yml", "json", "md", "txt", "") and len(_KEY_FIELD.findall(text)) >= 2:
        return "entries with numbers of respondents"
    # In code a sign at the end of a line ends what stands there; it begins no cell.
    cells = "\n".join(line.rstrip().rstrip(_SIGNS) for line in lines) if code else text
    if any(_is_table(cells, sign) for sign in _SIGNS):
        return "a table"
    if not code and (any(_has_run(lines, sign, kind) for sign in _SIGNS) or (kind != "md" and _is_aligned(lines))):
        return "a table between other lines"
    return "a list of numbers or addresses" if not code and kind != "md" and _is_list(lines) else ""


def _begins_table(header: str, first: str) -> bool:
    """A line with the name of a key column, and under it one with as many cells."""
    if not _KEY_CELL.search(header):
        return _as_printed(header, first)
    return any(header.count(sign) == first.count(sign) >= 1 for sign in _SIGNS)


def _as_printed(header: str, first: str) -> bool:
    """Whether two lines are cells with spaces between, of which one names a key; a number for the row may go before."""
    words, under = header.split(), len(first.split())
    prose = re.search(r"[.,:;!?()=\[\]]", header + first)
    if prose or not any(re.fullmatch(_KEY, word, re.IGNORECASE) for word in words):
        return False
    return len(words) >= 2 and under in (len(words), len(words) + 1) and bool(re.search(r"\d", first))


def _is_table(text: str, sign: str) -> bool:
    """Whether nine of ten rows of a file have as many cells as each other."""
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=sign) if any(cell.strip() for cell in row)]
    except csv.Error:
        return False
    if not rows:
        return False
    width, count = Counter(map(len, rows)).most_common(1)[0]
    fewest = 3 if width == 2 and sign in ",|" else 2
    return width >= 2 and count >= fewest and count >= 0.9 * len(rows)


def _has_run(lines: Sequence[str], sign: str, kind: str) -> bool:
    if kind == "md" and sign in ",|":
        return False  # tables are part of Markdown, and commas of prose
    longest = max(_runs(line.count(sign) for line in lines), default=0)
    return longest >= (_RUN_PROSE if kind == "md" else _RUN_LOOSE)


def _runs(counts: Iterator[int]) -> Iterator[int]:
    """How many lines in a row have as many signs as each other, at least two."""
    before, length = 0, 0
    for count in counts:
        length = length + 1 if count == before else 1
        before = count
        if count >= 2:
            yield length


def _is_aligned(lines: Sequence[str]) -> bool:
    """Columns under each other with spaces between, as a statistics program prints them."""
    widths = Counter(len(re.split(r"\s{2,}|\t", line.strip())) for line in lines)
    width, count = widths.most_common(1)[0] if widths else (0, 0)
    return width >= 3 and count >= max(3, 0.8 * len(lines))


def _is_list(lines: Sequence[str]) -> bool:
    """One address or long number a line."""
    told = [line for line in lines if re.fullmatch(r"\s*(?:\S+@\S+\.\S+|[A-Za-z]{0,3}\d{5,}\S{0,4})[;,]?\s*", line)]
    return len(told) >= max(3, 0.8 * len(lines))
