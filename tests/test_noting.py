"""What is read of the registers is noted, and a digest of each part changes with whatever the part says."""

from __future__ import annotations

import copy
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stagekansen_lib.errors import InputError
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.registers import reading
from stagekansen_lib.registers.heads import Maintainer, RegisterHead
from stagekansen_lib.registers.noting import EVERYTHING, digests_of_parts, note_parts, reading_unnoted
from stagekansen_lib.registers.people_and_places import Verification
from stagekansen_lib.registers.reading import _FILES, _HEAD, Registers, _Reader, read_registers
from stagekansen_lib.site.inputs import read_inputs

# What no page can see: notes of the files for those who keep them, which are in no part of the registers.
_UNSEEN = {"written_by"}


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> tuple[Registers, list[str]]:
    monkeypatch.setattr(reading, "_watcher", None)
    notes: list[str] = []
    note_parts(notes.append)
    return read_registers(), notes


@pytest.mark.parametrize(
    ("read", "parts"),
    [
        (lambda one: one.terms, []),
        (lambda one: one.terms["melding"].label_nl, ["terms[melding]"]),
        (lambda one: "melding" in one.terms, ["terms[melding]"]),
        (lambda one: "no such term" in one.terms, ["terms[no such term]"]),
        (lambda one: list(one.terms), ["terms"]),
        (lambda one: len(one.terms), ["terms"]),
        (lambda one: one.terms.ids, ["terms"]),
        (lambda one: one.terms.values(), ["terms"]),
        (lambda one: one.terms.table("nl"), ["terms"]),
        (lambda one: one.terms.search("melding"), ["terms"]),
        (lambda one: one.heads["terms"].note("nl"), ["heads[terms]"]),
        (lambda one: one.heads.get("no such register"), ["heads[no such register]"]),
        (lambda one: dict(one.heads), ["heads"]),
        (lambda one: one.method.done, ["method"]),
        (lambda one: one.verifications, ["verifications"]),
        (lambda one: one.source_of(one.key_figures["cbs-10"]), ["key_figures[cbs-10]"]),
        (lambda one: one.displayable_figures(), ["key_figures"]),
        (lambda one: one.search("melding"), [EVERYTHING]),
        (lambda one: vars(one), [EVERYTHING]),
        (lambda one: repr(one), [EVERYTHING]),
        (lambda one: copy.copy(one), [EVERYTHING]),
        (lambda one: copy.copy(one.terms).ids, ["terms"]),
    ],
)
def test_what_is_read_of_the_registers_is_told(
    noted: tuple[Registers, list[str]], read: Callable[[Registers], Any], parts: list[str]
) -> None:
    registers, notes = noted
    read(registers)
    assert set(parts) <= set(notes)
    if EVERYTHING not in parts:
        assert {one.split("[")[0] for one in notes} <= {
            "terms",
            "heads",
            "method",
            "verifications",
            "sources",
            "key_figures",
        }
        assert EVERYTHING not in notes
        assert bool(notes) == bool(parts)


def test_an_entry_that_is_not_there_is_refused_with_what_comes_near_and_all_entries_count_as_read(
    noted: tuple[Registers, list[str]],
) -> None:
    registers, notes = noted
    with pytest.raises(InputError, match="meldin"):
        registers.terms["meldin"]
    assert set(notes) == {"terms[meldin]", "terms"}


def test_registers_of_a_release_are_read_as_ever(noted: tuple[Registers, list[str]]) -> None:
    _, notes = noted
    notes.clear()
    assert len(read_registers(data_folder("published", "example-2022", "registers")).terms.ids) > 10
    assert notes == []


@pytest.mark.usefixtures("noted")
def test_files_are_opened_unnoted_only_while_the_registers_are_read_as_a_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[bool] = []
    reading._read.cache_clear()
    monkeypatch.setattr(reading, "read_yaml", lambda path: (seen.append(reading_unnoted()), read_yaml(path))[1])
    read_registers()
    assert set(seen) == {True}
    assert not reading_unnoted()


def test_whatever_changes_in_a_register_changes_the_digest_of_a_part_and_of_everything() -> None:
    """A word in the last entry of every list, in every register, and in every line of every head."""
    contents = {name: _short(read_yaml(data_folder("registers", f"{name}.yaml"))) for name in _FILES}
    before = _digests(contents)
    places = [(name, *place) for name, content in contents.items() for place in _places(content)]
    assert len(places) > 100
    for name, part, field in places:
        own = contents[name]
        changed = {**own, part: [*own[part][:-1], _other(own[part][-1], field)]} if field else _other(own, part)
        after = _digests({**contents, name: changed})
        other = {one for one in before.keys() | after.keys() if before.get(one) != after.get(one)}
        assert EVERYTHING in other, (name, part, field)
        assert other != {EVERYTHING}, (name, part, field)


def _short(content: dict[str, Any]) -> dict[str, Any]:
    """The last two entries of each list, so that a hundred changes are tried in a moment."""
    return {part: value[-2:] if isinstance(value, list) else value for part, value in content.items()}


def _places(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The last field of the last entry of every list of a register, and whatever else stands in it, without a field."""
    for part, value in content.items():
        if isinstance(value, list) and value and isinstance(value[-1], dict):
            yield part, list(value[-1])[-1]
        elif value and part not in _UNSEEN:
            yield part, ""


def _other(values: dict[str, Any], field: str) -> dict[str, Any]:
    value = values[field]
    if isinstance(value, dict):
        first = next(iter(value), "other")
        return {**values, field: {**value, first: f"{value.get(first)} other"}}
    return {**values, field: [*value, "other"] if isinstance(value, list) else f"{value} other"}


def _digests(contents: dict[str, dict[str, Any]]) -> dict[str, str]:
    """The digests of registers of which the files say this, whatever the kinds of their fields."""
    reader = _Unchecked(data_folder("registers"))
    for name, content in contents.items():
        reader.content[name] = {key: value for key, value in content.items() if key not in _HEAD}
        seen = {key: content[key] for key in _HEAD if key in content and key not in _UNSEEN}
        reader.heads[name] = RegisterHead(**seen)
    return digests_of_parts(Registers(folder=reader.folder, heads=reader.heads, **reader._values()))


class _Unchecked(_Reader):
    def _entry(self, _file: str, kind: Any, row: Any, _number: int) -> Any:
        return kind.model_construct(**row)

    def _maintainer(self) -> Maintainer:
        return Maintainer(self.content["maintainer"]["name"], self.content["maintainer"]["email"])

    def _verifications(self) -> tuple[Verification, ...]:
        return tuple(Verification.model_construct(**row) for row in self.content["verifications"]["verifications"])


def test_what_is_read_before_a_kernel_begins_to_note_counts_for_all_pages_or_is_noted_by_part() -> None:
    """A kernel is a copy of a process that read this; of anything else no kernel would be seen to read it."""
    code = (
        "import importlib, os, sys\n"
        "from stagekansen_lib.project.paths import data_folder\n"
        "root, seen = str(data_folder()) + os.sep, []\n"
        "sys.addaudithook(lambda event, arguments: event == 'open' and seen.append(str(arguments[0])))\n"
        "from stagekansen_lib.site.copies import _LOADED, _LOADED_FOR_LIVE\n"
        "for name in (*_LOADED, *_LOADED_FOR_LIVE): importlib.import_module(name)\n"
        "paths = {os.path.realpath(one) for one in seen}\n"
        "print(*(one.removeprefix(root) for one in paths if one.startswith(root)), sep='\\n')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    read = {f"data/{one}".replace("\\", "/") for one in done.stdout.splitlines()}
    registers = {one for one in read if re.fullmatch(r"data/registers/\w+\.yaml", one)}
    assert len(registers) > 20
    assert "data/published/example-2022/release.json" in read
    assert read - registers <= read_inputs().common_files


def test_the_notes_of_a_kernel_name_files_and_parts(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    code = (
        "import sys\n"
        "from stagekansen_lib.project.paths import data_folder\n"
        "from stagekansen_lib.site.copies import _note_reads\n"
        "_note_reads(sys.argv[1], str(data_folder()))\n"
        "from stagekansen_lib.registers.reading import read_registers\n"
        "read_registers().terms['melding']\n"
        "data_folder('registers', 'queries.yaml').read_bytes()\n"
    )
    subprocess.run([sys.executable, "-c", code, str(notes)], check=True)
    told = set(notes.read_text("utf-8").split("\n"))
    assert {"registers: terms[melding]", "registers/queries.yaml"} <= told
    assert "registers/terms.yaml" not in told
