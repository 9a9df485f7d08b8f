"""Attacks on what was made from a release: pages, pictures, spreadsheets, notebooks. Their pixels may tell, too.

The attacker holds the release and redraws every picture of it from the published figures alone. What a picture holds
beyond that (a bar of another length, a longer axis, a colour, a text that only appears under the mouse) came from
somewhere else.
"""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence

from stagekansen_lib.attacks.attacked import AttackedRelease
from stagekansen_lib.attacks.evidence import FigureRow, FigureTable
from stagekansen_lib.attacks.findings import AbsentError, Finding, Found
from stagekansen_lib.attacks.on_files import person_column, traces_in

__all__ = [
    "asks_a_server", "axes", "maps", "other_figures", "people", "pictures", "unseen", "what_exports_carry",
]  # fmt: skip

_NO_PAGES = "No pages or exports were given to attack."
# Percentages in a picture are written with four digits.
_DRAWN = 0.06
_PLACES = {"x", "x1", "x2", "width", "cx"}
_COLOURS = {"style", "opacity", "fill-opacity", "stroke-opacity", "stroke", "stroke-width", "filter"}
_FORBIDDEN = re.compile(
    r"n|count|counts|n_\w+|se|std_?err\w*|weights?|weight_\w+|deff|design_effect|statistic|p_value|p_adjusted|df|"
    r"effective_n|covariance|respondents?|raw|exact|largest_share|min|max|sum",
    re.IGNORECASE,
)


def _texts(attacked: AttackedRelease) -> Iterator[tuple[str, str]]:
    """Pages and pictures as text."""
    if not attacked.site:
        raise AbsentError(_NO_PAGES)
    for path, content in attacked.site.items():
        if path.endswith((".html", ".htm", ".svg", ".xml", ".json", ".geojson", ".js", ".txt", ".md")):
            yield path, content.decode("utf-8", "replace")


def _charts(attacked: AttackedRelease) -> Iterator[tuple[str, FigureTable, str]]:
    """Each picture of a table of the release: path, table, and its SVG."""
    tables = {table.id.replace(".", "-"): table for table in attacked.now.tables}
    for path, text in _texts(attacked):
        for svg in re.findall(r"<svg\b.*?</svg>", text, re.DOTALL):
            named = re.search(r'id="chart-([\w-]+)-title"', svg)
            # Where several releases share a page, a picture bears the name of its release first. A picture of one
            # answer bears the name of its table, then the answer.
            called = named[1].removeprefix(f"{attacked.now.name}-") if named else ""
            ours = [name for name in tables if f"{called}-".startswith(f"{name}-")]
            if ours:
                yield path, tables[max(ours, key=len)], svg


def pictures(attacked: AttackedRelease) -> Found:
    """27: lengths, places, colours and texts in a picture that no published figure explains."""
    for path, table, svg in _charts(attacked):
        where = f"{path}, picture of {table.id}"
        yield from (Finding(where, said) for said in dict.fromkeys(_drawn(table, svg)))


def _drawn(table: FigureTable, svg: str) -> Iterator[str]:
    """What a picture of a table shows that its published figures do not give."""
    allowed = [*_lengths(table, _axis_end(svg)), 0.0, 25.0, 50.0, 75.0, 100.0]
    for tag in re.findall(r"<(?:rect|line|text|tspan|circle|ellipse|path|polygon|polyline|g|use|image)\b[^>]*>", svg):
        for name, value in re.findall(r'\s([\w-]+)="([^"]*)"', tag):
            if said := _unexplained(name, value, allowed):
                yield said
    yield from _numbers_not_told(table, svg, re.findall(r"<(?:title|desc|text|tspan)\b[^>]*>([^<]*)<", svg))
    if re.findall(r"<title", svg)[1:]:
        yield "a text under the mouse"
    labels = re.findall(r'<text class="label"[^>]*>(.*?)</text>', svg, re.DOTALL)
    order = [re.sub(r"<[^>]*>", "", label) for label in labels]
    if order and not _in_order(order, table):
        yield "rows in another order than the release"


def _numbers_not_told(table: FigureTable, svg: str, texts: Sequence[str]) -> Iterator[str]:
    told = _numbers_of(table, svg)
    for text in texts:
        for number in _numbers_in(_without_labels(text, table)):
            if number not in told:
                yield f"the number {number}, which is not published there"


def _unexplained(name: str, value: str, allowed: list[float]) -> str:
    """What an attribute of a drawn thing tells beside the figures; empty for nothing."""
    if name in _PLACES and value.endswith("%"):
        explained = _near(float(value[:-1]), allowed)
        return "" if explained else f"a length or place of {value} that no published figure explains"
    if name in ("d", "points", "transform", "href"):
        return f"a shape that no figure explains ({name})"
    if _is_own_colour(name, value):
        return f"a colour of its own ({name}={value})"
    if name == "class" and re.search(r"\d", re.sub(r"\bpart-\d+\b", "", value)):
        return f"a class of its own ({value})"
    return f"something that is not seen ({name})" if _UNSEEN.match(name) else ""


def _is_own_colour(name: str, value: str) -> bool:
    return name in _COLOURS or (name == "fill" and not value.startswith("url(#chart-"))


_UNSEEN = re.compile(r"data-|on|title$|aria-label$")


def _near(value: float, allowed: list[float]) -> bool:
    return any(abs(value - one) <= _DRAWN for one in allowed)


def _axis_end(svg: str) -> float:
    """The number at the end of the axis; 1 for percentages."""
    ticks = re.findall(r'<text class="tick"[^>]*>([^<]*)<', svg)
    if not ticks or "%" in ticks[-1]:
        return 1.0
    try:
        return float(ticks[-1].replace(".", "").replace(",", ".")) if "," in ticks[-1] else float(ticks[-1])
    except ValueError:
        return math.nan


def _lengths(table: FigureTable, end: float) -> Iterator[float]:
    """Every length and place, in percent, that the published figures give: alone, stacked, or from the middle."""
    scale = 100 / end if end else math.nan
    for row in table.rows:
        numbers = (row.number(name) for name in ("estimate", "ci_low", "ci_high"))
        yield from (number * scale for number in numbers if math.isfinite(number))
        yield from (10.0, 90.0) if row.told else ()
    bars = list(_whole_bars(table))
    reach = max((side for values in bars for side in _sides(values)), default=1.0)
    for values in bars:
        yield from _stacked(values, 100 / math.fsum(values), 0.0)
        yield from _stacked(values, 50 / reach, 50 - _sides(values)[0] * 50 / reach)


def _whole_bars(table: FigureTable) -> Iterator[list[float]]:
    """The figures of each group that shows all of them."""
    for _, members in itertools.groupby(table.rows, key=lambda row: row.group):
        values = [row.number("estimate") for row in members]
        if math.isfinite(math.fsum(values)) and math.fsum(values) > 0:
            yield values


def _stacked(values: list[float], unit: float, start: float) -> Iterator[float]:
    """Start, length, middle and end of each of the parts that follow each other."""
    place = start
    for value in values:
        yield from (place, value * unit, place + value * unit / 2, place + value * unit)
        place += value * unit


def _sides(values: list[float]) -> tuple[float, float]:
    """What lies left and right of the middle answer, which is halved."""
    half = len(values) // 2
    astride = values[half] / 2 if len(values) % 2 else 0.0
    return math.fsum(values[:half]) + astride, math.fsum(values[len(values) - half :]) + astride


def axes(attacked: AttackedRelease) -> Found:
    """17: an axis that ends beyond what the figures shown ask for, so a hidden figure must be larger."""
    for path, table, svg in _charts(attacked):
        end = _axis_end(svg)
        shown = [row.number("ci_high", "estimate") for row in table.rows]
        largest = max((one for one in shown if math.isfinite(one)), default=1.0)
        # The end is the next of 1, 2, 2.5, 5, 10 times a power of ten: at most two and a half times the largest.
        if table.kind == "mean" and not largest <= end <= 2.5 * largest:
            yield Finding(f"{path}, picture of {table.id}", f"an axis up to {end:g} where figures end at {largest:g}")


def _numbers_of(table: FigureTable, svg: str) -> set[str]:
    """Every number that a picture of the table may write, in the spelling of either language."""
    end, told = _axis_end(svg), {"10", "90", "0", "100"}
    for row in table.rows:
        for name in ("estimate", "ci_low", "ci_high"):
            value = row.number(name)
            if math.isfinite(value):
                told |= {f"{value * 100:.0f}", *_spelled(value)} if table.kind == "share" else _spelled(value)
        told |= set(re.findall(r"\d+", row.texts.get("base", "")))
    for quarter in (0.0, 0.25, 0.5, 0.75, 1.0):
        told |= {f"{quarter * 100:g}", *_spelled(end * quarter)}
    return told


def _spelled(value: float) -> set[str]:
    return {form.replace(".", mark) for form in (f"{value:.1f}", f"{value:g}", f"{value:.2f}") for mark in ".,"}


def _numbers_in(text: str) -> list[str]:
    return re.findall(r"\d+(?:[.,]\d+)?", text)


def _without_labels(text: str, table: FigureTable) -> str:
    """The text without the labels of groups and answers, which may hold numbers of their own."""
    for row in table.rows:
        for name in ("group_nl", "group_en", "code_nl", "code_en"):
            label = row.texts.get(name, "")
            if re.search(r"\d", label):
                text = text.replace(label, "")
    return text


def _in_order(labels: list[str], table: FigureTable) -> bool:
    """Whether the labels follow each other as the rows of the release do."""
    for language in ("nl", "en"):
        rows = [_label(row, language) for row in table.rows]
        parts = [[row.texts.get(f"{part}_{language}", "") for row in table.rows] for part in ("group", "code")]
        known = [rows, *(list(dict.fromkeys(part)) for part in parts)]
        if [_plain(one) for one in labels] in [[_plain(one) for one in names] for names in known]:
            return True
    return False


def _label(row: FigureRow, language: str) -> str:
    group, answer = row.texts.get(f"group_{language}", ""), row.texts.get(f"code_{language}", "")
    return f"{group}, {answer}" if answer else group


def _plain(text: str) -> str:
    from html import unescape

    return " ".join(unescape(text).split())


def other_figures(attacked: AttackedRelease) -> Found:
    """10: a table on a page that tells a row otherwise than the release does."""
    tables = {_plain(title): table for table in attacked.now.tables for title in _titles(attacked, table.id)}
    for path, text in _texts(attacked):
        for caption, body in re.findall(r"<caption>([^<]*)</caption>(.*?)</table>", text, re.DOTALL):
            table = tables.get(_plain(caption))
            if table is None:
                continue
            cells = [_plain(cell) for cell in re.findall(r"<td[^>]*>([^<]*)</td>", body)]
            yield from (Finding(f"{path}, {table.id}", said) for said in _numbers_not_told(table, "", cells))


def _titles(attacked: AttackedRelease, table: str) -> list[str]:
    entry = next(one for one in attacked.now.facts["tables"] if one["id"] == table)
    titles = [str(entry.get(f"title_{language}", "")) for language in ("nl", "en")]
    # Where several releases share a page, a table bears the name of its release after its title.
    return [*titles, *(f"{title}, {attacked.now.name}" for title in titles)]


def unseen(attacked: AttackedRelease) -> Found:
    """24: what travels with a page and is not seen: comments, hidden fields, data beside the figures."""
    for path, text in _texts(attacked):
        body = re.sub(r"<(script|style)>.*?</\1>", "", text, flags=re.DOTALL) if path.endswith(".html") else text
        yield from (Finding(path, "a comment in the page") for _ in re.findall(r"<!--", body)[:1])
        yield from (Finding(path, "a hidden field") for _ in re.findall(r'<input[^>]*type="hidden"', body)[:1])
        for name, value in re.findall(r'\bdata-([\w-]+)="([^"]*)"', body):
            if _FORBIDDEN.fullmatch(name.replace("-", "_")) and re.search(r"\d", value):
                yield Finding(path, f"something that is not seen (data-{name})")
        for name in sorted(_json_names(path, text)):
            if _FORBIDDEN.fullmatch(name):
                yield Finding(path, f"data of the page tell {name}")


def _json_names(path: str, text: str) -> set[str]:
    """Names of entries in data that a page carries."""
    blocks = re.findall(r"<script[^>]*application/(?:[\w.+-]*)json[^>]*>(.*?)</script>", text, re.DOTALL)
    blocks += [text] if path.endswith((".json", ".geojson")) else []
    found: set[str] = set()
    for block in blocks:
        found |= set(re.findall(r'"([A-Za-z_][\w-]*)"\s*:', block))
    return found


def maps(attacked: AttackedRelease) -> Found:
    """20: areas on a page that tell something of the survey."""
    areas = [(path, text) for path, text in _texts(attacked) if "FeatureCollection" in text]
    if not areas:
        raise AbsentError("The pages hold no map.")
    known = {*attacked.now.variables, "estimate", "share", "ci_low", "ci_high"}
    for path, text in areas:
        properties = re.findall(r'"properties"\s*:\s*\{([^}]*)\}', text)
        for name in sorted({name for one in properties for name in _quoted(one)}):
            if _FORBIDDEN.fullmatch(name) or name in known:
                yield Finding(path, f"areas tell {name}")


def _quoted(text: str) -> list[str]:
    return re.findall(r'"([^"]+)"\s*:', text)


def asks_a_server(attacked: AttackedRelease) -> Found:
    """26: a page whose choices are sent to a program that could be asked for anything."""
    for path, text in _texts(attacked):
        if not path.endswith((".html", ".htm")):
            continue
        # A form of the method "dialog" is sent nowhere, whatever key is pressed in it.
        if re.search(r"<form\b[^>]*\b(action|method(?!=\"dialog\"))\s*=", text):
            yield Finding(path, "a form that is sent to a program")
        if re.search(r"jupyter-?widgets|application/vnd\.jupyter|/api/kernels|new WebSocket\(", text):
            yield Finding(path, "a live connection to a kernel, which can be asked anything")


def people(attacked: AttackedRelease) -> Found:
    """30: rows of people among the exports."""
    if not attacked.site:
        raise AbsentError(_NO_PAGES)
    for path, content in attacked.site.items():
        for name in _columns(path, content):
            if person_column(name):
                yield Finding(path, f"rows of people, with {name}")


def _columns(path: str, content: bytes) -> list[str]:
    if path.endswith((".csv", ".tsv")):
        line = content.decode("utf-8-sig", "replace").partition("\n")[0]
        dialect = max(";,\t", key=line.count)
        return next(csv.reader(io.StringIO(line), delimiter=dialect), [])
    if path.endswith(".xlsx"):
        return re.findall(r"<t[^>]*>([^<]*)</t>", "".join(_parts(content, r"xl/(sharedStrings|worksheets/.*)\.xml")))
    return []


# What exports carry ------------------------------------------------------------------------------------------------

_KNOWN = {"Title", "Description", "Software", "Copyright", "Source"}
_COLUMNS = {
    "code", "group", "group_nl", "group_en", "code_nl", "code_en", "estimate", "ci_low", "ci_high", "base", "mark",
    "answer", "value", "low", "high", "note",
}  # fmt: skip


def what_exports_carry(attacked: AttackedRelease) -> Found:
    """25: hidden sheets and columns, notes in pictures, outputs of notebooks, paths and addresses."""
    if not attacked.site:
        raise AbsentError(_NO_PAGES)
    for path, content in attacked.site.items():
        kind = path.rpartition(".")[2].lower()
        if "ipynb_checkpoints" in path or path.startswith(".git/") or "/.git/" in path:
            yield Finding(path, "a copy that a program left behind")
        if kind == "gz":
            content = gzip.decompress(content)
            if attacked.site.get(path[:-3], content) != content:
                yield Finding(path, "the compressed page differs from the page")
        look = _EXPORTS.get(kind)
        yield from look(path, content, attacked) if look else ()
        # Pages name reporting points, whose addresses are public; a path of a computer never is.
        if traces_in(content, public=kind in ("html", "gz", "json", "geojson")):
            yield Finding(path, "the path of a computer, an address, or what a program left behind")


def _picture_notes(path: str, content: bytes, _: AttackedRelease) -> Found:
    """Texts that travel in a PNG beside its pixels."""
    at = 8
    while at + 8 <= len(content):
        size, kind = struct.unpack(">I4s", content[at : at + 8])
        if kind in (b"tEXt", b"zTXt", b"iTXt", b"eXIf"):
            name = content[at + 8 : at + 8 + size].partition(b"\0")[0].decode("latin-1")
            if kind == b"eXIf" or name not in _KNOWN:
                yield Finding(path, f"a note inside the picture ({name or 'Exif'})")
        at += 12 + size
    if content.rfind(b"IEND") + 8 < len(content):
        yield Finding(path, "something behind the end of the picture")


def _notebook(path: str, content: bytes, _: AttackedRelease) -> Found:
    cells = json.loads(content).get("cells", [])
    if any(cell.get("outputs") or cell.get("attachments") or cell.get("execution_count") for cell in cells):
        yield Finding(path, "a notebook with outputs")


def _parts(content: bytes, wanted: str) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        names = [name for name in book.namelist() if re.fullmatch(wanted, name)]
        return [book.read(name).decode("utf-8", "replace") for name in names]


def _workbook(path: str, content: bytes, _: AttackedRelease) -> Found:
    for part, mark, said in _IN_WORKBOOKS:
        yield from (Finding(path, said) for text in _parts(content, part) if re.search(mark, text))
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        beside = [name for name in book.namelist() if _BESIDE_CELLS.match(name)]
    yield from (Finding(path, f"something beside the cells ({name})") for name in beside)
    for text in _parts(content, r"docProps/core\.xml"):
        for name, value in re.findall(r"<(?:\w+:)?(creator|lastModifiedBy)\b[^>]*>([^<]+)<", text):
            if value not in ("openpyxl", "stagekansen"):
                yield Finding(path, f"the name of a person ({name})")


_BESIDE_CELLS = re.compile(r"xl/(comments|pivot|externalLinks|drawings/vml|queryTables)")
# Part of a workbook, what should not stand in it, and what that is.
_IN_WORKBOOKS = (
    (r"xl/workbook\.xml", r'<(?:\w+:)?sheet\b[^>]*state="(hidden|veryHidden)"', "a hidden sheet"),
    (r"xl/workbook\.xml", r"<(?:\w+:)?definedName\b", "names for parts of the sheets, which may point outside them"),
    (r"xl/worksheets/.*\.xml", r'<(?:\w+:)?(col|row)\b[^>]*hidden="(1|true)"', "a hidden row or column"),
)


def _sheet(path: str, content: bytes, attacked: AttackedRelease) -> Found:
    known = {*_COLUMNS, *attacked.now.variables}
    of_release = path.rpartition("/")[2].removesuffix(".csv") in {table.id for table in attacked.now.tables}
    for name in _columns(path, content):
        if name.startswith("_") or _FORBIDDEN.fullmatch(name) or (of_release and name not in known):
            yield Finding(path, f"column {name}")


def _document(path: str, content: bytes, _: AttackedRelease) -> Found:
    """Texts of a PDF that stand outside the page: attachments, comments, and metadata."""
    for name in (b"/EmbeddedFile", b"/Annot", b"/JavaScript", b"/OCProperties"):
        if name in content:
            yield Finding(path, f"something beside the pages ({name.decode()[1:]})")
    author = re.search(rb"/Author\s*\(([^)]+)\)", content)
    if author:
        yield Finding(path, "the name of a person (Author)")
    streams = [_inflated(one) for one in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL)]
    if any(traces_in(one) for one in streams):
        yield Finding(path, "the path of a computer or an address in its text")


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return stream


_EXPORTS: Mapping[str, Callable[[str, bytes, AttackedRelease], Found]] = {
    "png": _picture_notes,
    "ipynb": _notebook,
    "xlsx": _workbook,
    "csv": _sheet,
    "tsv": _sheet,
    "pdf": _document,
}
