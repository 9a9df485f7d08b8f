"""Pages of the build before that hold as they are: what they were made from has not changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stagekansen_lib.site.inputs import Inputs
from stagekansen_lib.wording import Language

__all__ = ["Job", "KeptPages", "read_kept_pages", "record_of", "write_records"]

# A page to make: its name, its release and its language.
Job = tuple[str, str, Language]

# In the folder of a build: page -> what it was made from and the files it became.
_RECORDS = "made-of.json"


@dataclass(frozen=True)
class KeptPages:
    """The build before, for what of it still holds. Without one nothing does."""

    build: Path | None = None
    records: Mapping[str, Any] = field(default_factory=dict)

    def hold_releases(self, inputs: Inputs) -> bool:
        """Whether every page was made on the very releases, code and rules of now, which were checked then."""
        return bool(self.records) and all(one["common"] == inputs.common for one in self.records.values())

    def jobs(self) -> list[Job]:
        """The pages of the build before."""
        return [_job_of(one) for one in self.records.values()]

    def holding(self, inputs: Inputs) -> set[str]:
        """The pages of which nothing changed."""
        return {page for page in self.records if self.holds(page, inputs)}

    def holds(self, page: str, inputs: Inputs) -> bool:
        """Whether nothing changed of all that a page was made from."""
        record = self.records.get(page)
        if record is None or record["common"] != inputs.common or None in record["reads"].values():
            return False
        return bool(record["reads"] == inputs.digests_of(record["reads"]))

    def take(self, page: str, inputs: Inputs, working: Path) -> dict[str, Any] | None:
        """Put a page, with what stands beside it, in a new build; its record, or None if it holds no more.

        The page is the same to the byte as one that is made anew: only the key of the build that stands on it is
        another.
        """
        if self.build is None or not self.holds(page, inputs):
            return None
        record = self.records[page]
        found = {name: _read(self.build / name) for name in record["files"]}
        if any(hashlib.sha256(found[name]).hexdigest() != digest for name, digest in record["files"].items()):
            return None
        for name, data in found.items():
            (working / name).write_bytes(data.replace(self.build.name.encode(), inputs.key.encode()))
        return record_of(_job_of(record), record["reads"], inputs, working, list(found))


def read_kept_pages(build: Path | None) -> KeptPages:
    """What a build can give to the next; nothing where it says not, or not readably, what its pages were made from."""
    try:
        records = json.loads((build / _RECORDS).read_text("utf-8")) if build else {}
        for one in records.values():
            one["common"], one["reads"].items(), one["files"].items(), one["job"][2]
    except (OSError, ValueError, AttributeError, LookupError, TypeError):
        records = {}
    return KeptPages(build, records)


def record_of(job: Job, reads: Iterable[str], inputs: Inputs, working: Path, files: Iterable[str]) -> dict[str, Any]:
    """Which page it is, what it was made from, and the files it became."""
    return {
        "job": job,
        "common": inputs.common,
        "reads": inputs.digests_of(reads),
        "files": {name: hashlib.sha256((working / name).read_bytes()).hexdigest() for name in sorted(files)},
    }


def write_records(working: Path, records: Mapping[str, Any]) -> None:
    """Leave with a build what its pages were made from."""
    (working / _RECORDS).write_text(json.dumps(records, indent=1, sort_keys=True), "utf-8")


def _job_of(record: Mapping[str, Any]) -> Job:
    name, release, language = record["job"]
    return name, release, language


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
