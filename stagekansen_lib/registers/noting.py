"""Which parts of the registers somebody reads, noted while it happens, and a digest of each part.

A part is a field of `Registers`, such as "terms"; one entry or head of it, such as "terms[melding]" or "heads[terms]";
or all of it.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.registers.collections import Collection
from stagekansen_lib.registers.heads import RegisterHead
from stagekansen_lib.registers.reading import Registers, watch_reading

__all__ = ["EVERYTHING", "digests_of_parts", "note_parts", "reading_unnoted"]

EVERYTHING = "everything"
_FIELDS = frozenset(field.name for field in fields(Registers))
# What these give goes through the fields; whatever else is asked of the registers as an object may hold all of them.
_THROUGH_FIELDS = frozenset(name for name, one in vars(Registers).items() if inspect.isfunction(one)) | {"__class__"}
_reading_now: set[int] = set()  # threads


def digests_of_parts(registers: Registers) -> dict[str, str]:
    """Part -> sha256 of all that it says; an entry that is not there has no part."""
    found: dict[str, str] = {}
    for name in sorted(_FIELDS - {"folder"}):
        part = getattr(registers, name)
        found[name] = _digest(part)
        if isinstance(part, Collection):
            found |= {f"{name}[{entry.id}]": _digest(entry) for entry in part}
        elif name == "heads":
            found |= {f"{name}[{key}]": _digest(head) for key, head in part.items()}
    found[EVERYTHING] = _digest(found)
    return found


def note_parts(note: Callable[[str], None]) -> None:
    """From now on tell each part that is read of the registers of the project; the files themselves are read unnoted.

    The folder of the registers is no part: whoever opens a file in it is to be seen doing so.
    """

    def watched(folder: Path, read: Callable[[], Registers]) -> Registers:
        if folder.resolve() != data_folder("registers").resolve():
            return read()
        _reading_now.add(threading.get_ident())
        try:
            whole = read()
        finally:
            _reading_now.discard(threading.get_ident())
        return kind(**{name: _noted(name, getattr(whole, name), note) for name in _FIELDS})

    # The note is of the class, so that a copy tells as well.
    kind: type[Registers] = type("NotedRegisters", (_NotedRegisters,), {"_note": staticmethod(note)})
    watch_reading(watched)


def reading_unnoted() -> bool:
    """Whether this thread opens the files for the registers as a whole, of which each part that is read is told."""
    return threading.get_ident() in _reading_now


class _NotedRegisters(Registers):
    _note: Callable[[str], None]

    def __getattribute__(self, name: str) -> Any:
        if name in _FIELDS:
            value = object.__getattribute__(self, name)
            if not isinstance(value, (_NotedCollection, _NotedHeads, Path)):
                object.__getattribute__(self, "_note")(name)
            return value
        if name not in _THROUGH_FIELDS:
            object.__getattribute__(self, "_note")(EVERYTHING)
        return object.__getattribute__(self, name)


class _NotedCollection(Collection[Any]):
    """Tells which entries were looked up, and that all were where they are gone through, counted or searched."""

    def __init__(self, part: str, whole: Collection[Any], note: Callable[[str], None]) -> None:
        self.name = whole.name
        self._part, self._whole, self._note = part, whole, note

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        # What the methods of a collection keep their entries in is not here, so that it is asked for by this way only.
        self.__dict__["_note"](self.__dict__["_part"])
        return getattr(self.__dict__["_whole"], name)

    def __getitem__(self, identifier: str) -> Any:
        return self._whole[identifier] if identifier in self else super().__getitem__(identifier)

    def __contains__(self, identifier: object) -> bool:
        self._note(f"{self._part}[{identifier}]")
        return identifier in self._whole


class _NotedHeads(Mapping[str, RegisterHead]):
    def __init__(self, part: str, whole: Mapping[str, RegisterHead], note: Callable[[str], None]) -> None:
        self._part, self._whole, self._note = part, whole, note

    def __getitem__(self, name: str) -> RegisterHead:
        self._note(f"{self._part}[{name}]")
        return self._whole[name]

    def __iter__(self) -> Iterator[str]:
        self._note(self._part)
        return iter(self._whole)

    def __len__(self) -> int:
        self._note(self._part)
        return len(self._whole)


def _noted(part: str, value: Any, note: Callable[[str], None]) -> Any:
    if isinstance(value, Collection):
        return _NotedCollection(part, value, note)
    return _NotedHeads(part, value, note) if part == "heads" else value


def _digest(value: Any) -> str:
    return sha256(_told(value).encode()).hexdigest()


def _told(value: Any) -> str:
    """All that a value holds. Collections show themselves by their size only; everything else by all of it."""
    if isinstance(value, Collection):
        return f"{value.name}: {_told(value.values())}"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key!r}: {_told(one)}' for key, one in value.items())}}}"
    if isinstance(value, (tuple, list)):
        return f"({', '.join(_told(one) for one in value)})"
    if is_dataclass(value):
        return f"{type(value).__name__}({', '.join(_told(getattr(value, one.name)) for one in fields(value))})"
    return repr(value)
