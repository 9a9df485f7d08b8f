"""Where a respondent stands in files of answers, and the files without that respondent."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import Problem
from stagekansen_lib.privacy.answer_files import short_name, store_of
from stagekansen_lib.privacy.recognising import Respondent, is_key
from stagekansen_lib.privacy.records import NotSearchableError, Records
from stagekansen_lib.project.extras import needs

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Found", "Removal", "is_list", "search_answers", "search_file", "search_store"]

_TABLES = {".csv", ".tsv", ".txt"}
_NO_KEY = "no column holds the number of a respondent"


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


def search_answers(person: Respondent, files: Iterable[Path], checked: Collection[str] = ()) -> Found:
    """Every file without the respondent.

    Parameters
    ----------
    person : who is looked for.
    files : files of answers; a list of what was set aside goes along with the rows that leave another file.
    checked : names of files that a person has searched by hand.
    """
    changed: dict[Path, Removal] = {}
    lists: list[Path] = []
    unsearched: list[Problem] = []
    for file in files:
        if is_list(file):
            lists.append(file)
            continue
        try:
            changed |= search_store(file, person) if store_of(file) else search_file(file, person)
        except NotSearchableError as reason:
            if not {file.name, short_name(file)} & set(checked):
                unsearched.append(Problem(f"It cannot be searched: {reason}.", short_name(file)))
    answers = tuple(file for file, removal in changed.items() if removal.count)
    return Found(changed | _shorter_lists(lists, changed), answers, tuple(unsearched))


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


def search_file(file: Path, person: Respondent) -> dict[Path, Removal]:
    """A file without the respondent; empty when they are not in it.

    Raises
    ------
    NotSearchableError : the format is not known, the file cannot be read, or nothing in it holds a respondent's key.
    """
    searches = dict.fromkeys(_TABLES, _in_text) | {".parquet": _in_parquet, ".xlsx": _in_excel}
    searches |= dict.fromkeys((".yaml", ".yml", ".json"), _in_entries)
    search = searches.get(file.suffix.lower())
    if search is None:
        raise NotSearchableError(f"format '{file.suffix.lower() or 'unknown'}'")
    removal = search(file, person)
    return {} if removal is None else {file: removal}


def _in_text(file: Path, person: Respondent) -> Removal | None:
    records = Records.read(file)
    rows = records.rows_of(person)
    return Removal(records.emptied(rows), len(rows), tuple(rows)) if rows else None


def _in_parquet(file: Path, person: Respondent) -> Removal | None:
    with needs("files"):
        import pyarrow as pa
        import pyarrow.parquet as pq

    try:
        table = pq.read_table(file)
    except (pa.ArrowInvalid, OSError):
        raise NotSearchableError("it is no Parquet file that can be read") from None
    theirs = _theirs(table, person)
    if not any(theirs):
        return None
    rows = tuple(place + 2 for place, one in enumerate(theirs) if one)
    return Removal(_parquet_bytes(table, [not one for one in theirs]), len(rows), rows)


def _theirs(table: pa.Table, person: Respondent) -> list[bool]:
    """For each row whether a key column holds the respondent."""
    keys = [table.column(name).to_pylist() for name in table.column_names if is_key(name)]
    if not keys:
        raise NotSearchableError(_NO_KEY)
    return [any(person.owns(value) for value in row) for row in zip(*keys, strict=True)]


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
    with needs("files"):
        import pyarrow.parquet as pq

    table = pq.read_table(answers)
    listed = pq.read_table(answers.with_name("set_aside.parquet"))
    rows = zip(table.column("row").to_pylist(), _theirs(table, person), strict=True)
    aside = zip(*(listed.column(name).to_pylist() for name in ("row", "column", "value")), strict=True)
    return {row for row, theirs in rows if theirs} | {
        row for row, column, value in aside if is_key(column) and person.owns(value)
    }


def _without_stored_rows(file: Path, gone: Collection[int]) -> Removal | None:
    with needs("files"):
        import pyarrow.parquet as pq

    table = pq.read_table(file)
    stays = [row not in gone for row in table.column("row").to_pylist()]
    return None if all(stays) else Removal(_parquet_bytes(table, stays), stays.count(False))


def _with_fewer(card: str, changed: Mapping[Path, Removal], answers: Path) -> str:
    """The card of a stored survey with the numbers of rows that are left."""
    for name, file in (("rows", answers), ("rows_and_values_set_aside", answers.with_name("set_aside.parquet"))):
        told = re.search(rf"(?m)^{name}: (\d+)$", card)
        if told and file in changed:
            card = f"{card[: told.start(1)]}{int(told[1]) - changed[file].count}{card[told.end(1) :]}"
    return card


def _in_excel(file: Path, person: Respondent) -> Removal | None:
    with needs("files"):
        import openpyxl

    try:
        book = openpyxl.load_workbook(file)
    except Exception:  # whatever is wrong with the file: it must be searched by hand
        raise NotSearchableError("it is no Excel file that can be read") from None
    found = [_emptied_rows(sheet, person) for sheet in book.worksheets]
    if all(rows is None for rows in found):
        raise NotSearchableError(_NO_KEY)
    gone = tuple(row for rows in found for row in rows or ())
    if not gone:
        return None
    target = io.BytesIO()
    book.save(target)
    return Removal(target.getvalue(), len(gone), gone)


def _emptied_rows(sheet: Any, person: Respondent) -> list[int] | None:
    """Empties the rows of a respondent in one sheet and gives their numbers; None when no column holds a key."""
    places = [cell.column for cell in next(sheet.iter_rows(min_row=1, max_row=1), ()) if is_key(cell.value)]
    if not places:
        return None
    gone = []
    for line in sheet.iter_rows(min_row=2):
        if any(person.owns(line[place - 1].value) for place in places):
            gone.append(line[0].row)
            for cell in line:
                cell.value = None
    return gone


def _in_entries(file: Path, person: Respondent) -> Removal | None:
    """Voices and other entries in YAML or JSON: lists of mappings with the number of a respondent."""
    import yaml

    as_json = file.suffix == ".json"
    text = file.read_text("utf-8")
    try:
        content = json.loads(text) if as_json else yaml.safe_load(text)
    except (json.JSONDecodeError, yaml.YAMLError):
        raise NotSearchableError("it cannot be read") from None
    entries = _Entries(person)
    rest = entries.without(content)
    if not entries.keyed:
        raise NotSearchableError("no field holds the number of a respondent")
    if not entries.lost:
        return None
    made = (
        json.dumps(rest, ensure_ascii=False, indent=1)
        if as_json
        else yaml.safe_dump(rest, sort_keys=False, allow_unicode=True)
    )
    return Removal(made.encode(), entries.lost, tuple(range(1, entries.lost + 1)))


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
