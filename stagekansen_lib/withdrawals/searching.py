"""Where a respondent stands in files of answers, and the files without that respondent."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import Problem
from stagekansen_lib.privacy.answer_files import short_name, store_of
from stagekansen_lib.project.extras import needs
from stagekansen_lib.withdrawals.recognising import Respondent, is_key, plain_number
from stagekansen_lib.withdrawals.records import NotSearchableError, Records
from stagekansen_lib.withdrawals.statistics_files import STATISTICS, StatisticsFile
from stagekansen_lib.withdrawals.whole_rows import LEAST_ANSWERS, NO_KEY, ByKey, ByRow, Source

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Found", "Removal", "is_list", "keys_in", "respondent_columns", "search_answers", "sources_in"]

_TABLES = {".csv", ".tsv", ".txt"}
_ENTRIES = {".yaml", ".yml", ".json"}
NO_FIELD = "no field holds the number of a respondent"
Table = tuple[Sequence[object], Callable[[], Iterable[Sequence[object]]]]


@dataclass(frozen=True)
class Removal:
    """A file without one respondent.

    Parameters
    ----------
    content : the new bytes.
    count : rows or entries that left it; 0 for a file that only tells how many there are.
    rows : their numbers, as a spreadsheet shows them, where the file has such.
    """

    content: bytes
    count: int
    rows: tuple[int, ...] = ()


@dataclass(frozen=True)
class Found:
    """What a search found: the files that change, answers before lists, and the files that could not be searched."""

    changed: dict[Path, Removal] = field(default_factory=dict)
    answers: tuple[Path, ...] = ()
    unsearched: tuple[Problem, ...] = ()
    sources: tuple[Source, ...] = field(default=(), repr=False)


def search_answers(
    person: Respondent, files: Iterable[Path], checked: Collection[str] = (), earlier: Sequence[Source] = ()
) -> Found:
    """Every file without the respondent.

    Parameters
    ----------
    person : who is looked for.
    files : files of answers; a list of what was set aside goes along with the rows that leave another file.
    checked : names of files that a person has searched by hand.
    earlier : rows of the respondent that an earlier search found, to know them again where there is no number.
    """
    changed: dict[Path, Removal] = {}
    lists: list[Path] = []
    open_files: dict[Path, NotSearchableError] = {}
    sources: list[Source] = []
    for file in files:
        if is_list(file):
            lists.append(file)
            continue
        try:
            found = search_store(file, person) if store_of(file) else search_file(file, ByKey(person))
        except NotSearchableError as reason:
            open_files[file] = reason
            continue
        if found:
            changed |= found
            sources += sources_in(file, person)
    unsearched = []
    by_row = ByRow([*sources, *earlier])
    for file, refused in open_files.items():
        try:
            if str(refused) != NO_KEY:
                raise refused
            changed |= search_file(file, by_row)
        except NotSearchableError as why:
            if not {file.name, short_name(file)} & set(checked):
                unsearched.append(Problem(f"It cannot be searched: {why}.", short_name(file)))
    answers = tuple(file for file, removal in changed.items() if removal.count)
    return Found(changed | _shorter_lists(lists, changed), answers, tuple(unsearched), (*sources, *earlier))


def _shorter_lists(lists: Iterable[Path], changed: Mapping[Path, Removal]) -> dict[Path, Removal]:
    """Lists of what was set aside, without the rows that leave the files they are about."""
    gone: dict[str, set[int]] = {}
    for file, removal in changed.items():
        gone.setdefault(file.name, set()).update(removal.rows)
    shorter = {file: Removal(*Records.read(file).without_rows(gone)) for file in lists}
    return {file: removal for file, removal in shorter.items() if removal.count}


def is_list(file: Path) -> bool:
    """Whether a file lists what was set aside of other files: it goes along with those."""
    if file.suffix.lower() not in _TABLES or store_of(file):
        return False
    try:
        return Records.read(file).is_set_aside_list
    except NotSearchableError:
        return False


def search_file(file: Path, choose: ByKey | ByRow) -> dict[Path, Removal]:
    """A file without the respondent; empty when they are not in it.

    Raises
    ------
    NotSearchableError : the format is not known, the file cannot be read, or nothing in it holds a respondent's key.
    """
    searches: dict[str, Callable[[Path, ByKey | ByRow], Removal | None]] = dict.fromkeys(_TABLES, _in_text)
    searches |= {".parquet": _in_parquet, ".xlsx": _in_excel, **dict.fromkeys(STATISTICS, _in_statistics)}
    searches |= dict.fromkeys(_ENTRIES, _in_entries)
    search = searches.get(file.suffix.lower())
    if search is None:
        raise NotSearchableError(f"format '{file.suffix.lower() or 'unknown'}'")
    removal = search(file, choose)
    return {} if removal is None else {file: removal}


def _in_text(file: Path, choose: ByKey | ByRow) -> Removal | None:
    records = Records.read(file)
    if isinstance(choose, ByKey):
        rows = records.rows_of(choose.person)
    else:
        rows = [place + 2 for place in choose.rows(records.header, map(records.cells, records.records[1:]))]
    return Removal(records.emptied(rows), len(rows), tuple(rows)) if rows else None


def _in_parquet(file: Path, choose: ByKey | ByRow) -> Removal | None:
    table = _parquet(file)
    places = choose.rows(table.column_names, _lines(table, choose))
    if not places:
        return None
    gone = set(places)
    stays = [place not in gone for place in range(table.num_rows)]
    return Removal(_parquet_bytes(table, stays), len(gone), tuple(place + 2 for place in places))


def _parquet(file: Path) -> pa.Table:
    with needs("files"):
        import pyarrow as pa
        import pyarrow.parquet as pq

    try:
        return pq.read_table(file)
    except (pa.ArrowInvalid, OSError):
        raise NotSearchableError("it is no Parquet file that can be read") from None


def _lines(table: pa.Table, choose: ByKey | ByRow | None = None) -> Iterator[tuple[object, ...]]:
    """The rows of a table; of a search by key only the key columns are taken out of it."""
    names = table.column_names
    if isinstance(choose, ByKey):
        empty = [None] * table.num_rows
        wanted = [is_key(name) or name in choose.names for name in names]
        columns = [table.column(at).to_pylist() if take else empty for at, take in enumerate(wanted)]
    else:
        columns = [table.column(at).to_pylist() for at in range(len(names))]
    return zip(*columns, strict=True)


def _parquet_bytes(table: pa.Table, kept: list[bool]) -> bytes:
    with needs("files"):
        import pyarrow as pa
        import pyarrow.parquet as pq

    target = io.BytesIO()
    pq.write_table(table.filter(pa.array(kept)), target)
    return target.getvalue()


def search_store(answers: Path, person: Respondent) -> dict[Path, Removal]:
    """The files of a stored survey that change: answers, reasons, both lists of what was set aside, and its card.

    Raises
    ------
    NotSearchableError : no column of the answers holds the key of a respondent.
    """
    gone = _stored_rows(answers, person)
    changed = {
        file: removal
        for name in ("answers", "missing_reasons", "set_aside")
        if (removal := _without_stored_rows(file := answers.with_name(f"{name}.parquet"), gone)) is not None
    }
    shown = answers.with_name("set_aside.csv")
    if shown.is_file():
        content, count = Records.read(shown).without_first_cells({str(row) for row in gone})
        if count:
            changed[shown] = Removal(content, count)
    card = answers.parent.parent / f"{store_of(answers)}.yaml"
    if changed and card.is_file():
        changed[card] = Removal(_with_fewer(card.read_text("utf-8"), changed, answers).encode(), 0)
    return changed


def _stored_rows(answers: Path, person: Respondent) -> set[int]:
    """The rows of a respondent in a stored survey, also those that were set aside because they repeat another."""
    table = _parquet(answers)
    listed = _parquet(answers.with_name("set_aside.parquet"))
    named = respondent_columns(answers)
    numbers = table.column("row").to_pylist()
    choose = ByKey(person, named)
    theirs = choose.rows(table.column_names, _lines(table, choose))
    aside = zip(*(listed.column(name).to_pylist() for name in ("row", "column", "value")), strict=True)
    return {numbers[place] for place in theirs} | {
        row for row, column, value in aside if (is_key(column) or column in named) and person.owns(value)
    }


def respondent_columns(answers: Path) -> frozenset[str]:
    """The columns of a stored survey that hold the number of a respondent, as its own codebook says."""
    found = set()
    for book in answers.parent.glob("codebook/*.csv"):
        with book.open(encoding="utf-8-sig", newline="") as lines:
            found |= {str(line.get("name")) for line in csv.DictReader(lines) if line.get("role") == "respondent"}
    return frozenset(found)


def _without_stored_rows(file: Path, gone: Collection[int]) -> Removal | None:
    table = _parquet(file)
    stays = [row not in gone for row in table.column("row").to_pylist()]
    return None if all(stays) else Removal(_parquet_bytes(table, stays), stays.count(False))


def _with_fewer(card: str, changed: Mapping[Path, Removal], answers: Path) -> str:
    """The card of a stored survey with the numbers of rows that are left."""
    for name, file in (("rows", answers), ("rows_and_values_set_aside", answers.with_name("set_aside.parquet"))):
        told = re.search(rf"(?m)^{name}: (\d+)$", card)
        if told and file in changed:
            card = f"{card[: told.start(1)]}{int(told[1]) - changed[file].count}{card[told.end(1) :]}"
    return card


def _in_excel(file: Path, choose: ByKey | ByRow) -> Removal | None:
    book = _workbook(file)
    gone: list[int] = []
    unread: list[tuple[int, NotSearchableError]] = []
    for sheet in book.worksheets:
        header, lines = _sheet(sheet)
        try:
            places = choose.rows(header, lines)
        except NotSearchableError as reason:
            unread.append((len(header), reason))
            continue
        for place in places:
            gone.append(place + 2)
            for cell in sheet[place + 2]:
                cell.value = None
    # A sheet of notes beside the answers is no table of people.
    wide = [reason for columns, reason in unread if columns >= LEAST_ANSWERS or len(unread) == len(book.worksheets)]
    if wide:
        raise wide[0]
    if not gone:
        return None
    target = io.BytesIO()
    book.save(target)
    return Removal(target.getvalue(), len(gone), tuple(gone))


def _workbook(file: Path) -> Any:
    with needs("files"):
        import openpyxl

    try:
        return openpyxl.load_workbook(file)
    except Exception:  # whatever is wrong with the file: it must be searched by hand
        raise NotSearchableError("it is no Excel file that can be read") from None


def _sheet(sheet: Any) -> tuple[tuple[object, ...], list[tuple[object, ...]]]:
    """The header of a sheet and its other rows."""
    lines = list(sheet.iter_rows(values_only=True))
    return (lines[0], lines[1:]) if lines else ((), [])


def sources_in(file: Path, person: Respondent) -> list[Source]:
    """The tables in a file that have a column with numbers of respondents; none when it holds no such table."""
    named = respondent_columns(file) if store_of(file) else frozenset()
    found = []
    for header, lines in _tables_in(file) if file.suffix.lower() in _TABLES_OF else ():
        try:
            theirs = set(ByKey(person, named).rows(header, lines()))
        except NotSearchableError:
            continue
        own = tuple(tuple(line) for place, line in enumerate(lines()) if place in theirs)
        if own:
            found.append(Source(tuple(map(str, header)), own, lines, person))
    return found


def _tables_in(file: Path) -> list[Table]:
    """The tables in a file: the header of each, and its rows as often as they are asked for."""
    tables = _TABLES_OF.get(file.suffix.lower())
    if tables is None:
        raise NotSearchableError(f"format '{file.suffix.lower() or 'unknown'}'")
    return tables(file)


def _table_of_text(file: Path) -> list[Table]:
    records = Records.read(file)
    return [(records.header, lambda: map(records.cells, records.records[1:]))]


def _table_of_parquet(file: Path) -> list[Table]:
    table = _parquet(file)
    return [(table.column_names, partial(_lines, table))]


def _tables_of_excel(file: Path) -> list[Table]:
    sheets = [_sheet(sheet) for sheet in _workbook(file).worksheets]
    return [(header, partial(list, lines)) for header, lines in sheets]


def _table_of_statistics(file: Path) -> list[Table]:
    held = StatisticsFile(file)
    return [(held.header, held.lines)]


_TABLES_OF: dict[str, Callable[[Path], list[Table]]] = {
    **dict.fromkeys(_TABLES, _table_of_text),
    **dict.fromkeys(STATISTICS, _table_of_statistics),
    ".parquet": _table_of_parquet,
    ".xlsx": _tables_of_excel,
}


def _in_statistics(file: Path, choose: ByKey | ByRow) -> Removal | None:
    held = StatisticsFile(file)
    places = choose.rows(held.header, held.lines())
    return Removal(held.emptied(places), len(places), tuple(place + 1 for place in places)) if places else None


def _in_entries(file: Path, choose: ByKey | ByRow) -> Removal | None:
    """Voices and other entries in YAML or JSON: lists of mappings with the number of a respondent."""
    import yaml

    as_json = file.suffix == ".json"
    content = _read_entries(file)
    if isinstance(choose, ByRow):
        raise NotSearchableError(NO_FIELD)
    entries = _Entries(choose.person)
    rest = entries.without(content)
    if not entries.keyed:
        raise NotSearchableError(NO_FIELD)
    if not entries.lost:
        return None
    made = (
        json.dumps(rest, ensure_ascii=False, indent=1)
        if as_json
        else yaml.safe_dump(rest, sort_keys=False, allow_unicode=True)
    )
    return Removal(made.encode(), entries.lost, tuple(range(1, entries.lost + 1)))


def _read_entries(file: Path) -> Any:
    import yaml

    try:
        text = file.read_text("utf-8")
        return json.loads(text) if file.suffix == ".json" else yaml.safe_load(text)
    except (UnicodeDecodeError, json.JSONDecodeError, yaml.YAMLError):
        raise NotSearchableError("it cannot be read") from None


class _Entries:
    """Takes the entries of one respondent out of lists, however deep they lie."""

    def __init__(self, person: Respondent) -> None:
        self.person = person
        self.lost = 0
        self.keyed = False

    def without(self, part: Any) -> Any:
        if isinstance(part, Mapping):
            return {name: self.without(value) for name, value in part.items()}
        if isinstance(part, list):
            return [self.without(entry) for entry in part if not self._theirs(entry)]
        return part

    def _theirs(self, entry: Any) -> bool:
        own = [value for name, value in entry.items() if is_key(name)] if isinstance(entry, Mapping) else []
        self.keyed = self.keyed or bool(own)
        theirs = any(self.person.owns(value) for value in own)
        self.lost += theirs
        return theirs


def keys_in(file: Path) -> set[str]:
    """Every different number of a respondent in a file, as ``plain_number`` gives it.

    Raises
    ------
    NotSearchableError : the file cannot be read, or its format is not known.
    """
    kind = file.suffix.lower()
    if kind == ".parquet":
        found = _keys_of_parquet(_parquet(file), respondent_columns(file) if store_of(file) else frozenset())
    elif kind in _ENTRIES:
        found = set(_keys_of_entries(_read_entries(file)))
    else:
        found = set[object]().union(*(_keys_of_table(header, lines()) for header, lines in _tables_in(file)))
    return {plain for value in found if (plain := plain_number(value))}


def _keys_of_table(header: Sequence[object], lines: Iterable[Sequence[object]]) -> set[object]:
    keys = [place for place, name in enumerate(header) if is_key(name)]
    return {line[key] for line in (lines if keys else ()) for key in keys if key < len(line)}


def _keys_of_parquet(table: pa.Table, named: Collection[str]) -> set[object]:
    """The numbers in key columns, and those that a list of what was set aside tells of them."""
    names = [name for name in table.column_names if is_key(name) or name in named]
    found: set[object] = set().union(*(table.column(name).to_pylist() for name in names))
    if {"column", "value"} <= set(table.column_names):
        aside = zip(table.column("column").to_pylist(), table.column("value").to_pylist(), strict=True)
        found |= {value for column, value in aside if is_key(column) or column in named}
    return found


def _keys_of_entries(part: Any) -> Iterator[object]:
    if isinstance(part, Mapping):
        for name, value in part.items():
            if is_key(name) and isinstance(value, (str, int, float)):
                yield value
            yield from _keys_of_entries(value)
    elif isinstance(part, list):
        for one in part:
            yield from _keys_of_entries(one)
