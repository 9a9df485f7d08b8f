"""What the public pages are made from: every file, by what it holds."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from stagekansen_lib.project.paths import library_folder, packed_folder, project_folder

__all__ = ["APART", "Inputs", "read_inputs", "site_key"]

# Everything that can change a page. Microdata are not among it: no page is made from them.
_INPUTS = (
    "stagekansen_lib/**/*",
    "dashboards/**/*",
    "data/registers/*",
    "data/regions/*",
    "data/published/**/*",
    "data/site.yaml",
    "data/datapackage.json",
    "data/place/*",
    "data/open-data/*",
    "data/codebooks/*",
    "data/interventions/*",
    "data/comparability/*",
    "data/ledger/acts/**/*",
    "data/rules/*",
    "requirements.lock",
)
# What not every page reads and people change by the day: it counts for the pages whose kernel opened a file of it.
APART = ("data/registers", "data/ledger")


@dataclass(frozen=True)
class Inputs:
    """What the pages are made from, as digests.

    Parameters
    ----------
    key : sixteen hexadecimal digits that change when anything changes that goes into the pages.
    common : digest of what counts for every page, and of the day, as some of what is said is about today.
    apart : folder -> digest of what counts only for the pages that read it.
    """

    key: str
    common: str
    apart: Mapping[str, str]


def site_key(on: dt.date | None = None) -> str:
    """Sixteen hexadecimal digits that change when anything changes that goes into the pages.

    That is every file a page is made from, and which checks of reporting points are outdated on the day ``on``
    (default today).
    """
    return read_inputs(on).key


def read_inputs(on: dt.date | None = None) -> Inputs:
    """What the pages are made from, as it is now; ``on`` as for `site_key`."""
    from stagekansen_lib.registers.public_points import public_reporting_points
    from stagekansen_lib.registers.reading import read_registers

    whole, common = hashlib.sha256(), hashlib.sha256(str(on or dt.date.today()).encode())
    apart = {folder: hashlib.sha256() for folder in APART}
    root = project_folder()
    for path in sorted(_files(root)):
        name = path.relative_to(root).as_posix()
        own = apart.get("/".join(name.split("/", 2)[:2]), common)
        line = name.encode() + b"\0" + path.read_bytes() + b"\0"
        whole.update(line)
        own.update(line)
    for path in sorted(_travelling(root)):
        common.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    for point in public_reporting_points(read_registers(), on=on):
        whole.update(f"{point.id} {point.outdated}\n".encode())
    return Inputs(whole.hexdigest()[:16], common.hexdigest(), {name: one.hexdigest() for name, one in apart.items()})


def _files(root: Path) -> Iterator[Path]:
    return _without_leftovers(path for pattern in _INPUTS for path in root.glob(pattern))


def _travelling(root: Path) -> Iterator[Path]:
    """What a project takes from a library that stands elsewhere: its code, and the data that travel with it."""
    if library_folder().is_relative_to(root.resolve()):
        return iter(())
    packed = [pattern.removeprefix("data/") for pattern in _INPUTS if pattern.startswith("data/")]
    data = (path for pattern in packed for path in packed_folder().glob(pattern))
    return _without_leftovers([*library_folder().rglob("*"), *data])


def _without_leftovers(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_file() and "__pycache__" not in path.parts and ".ipynb_checkpoints" not in path.parts:
            yield path
