"""What the public pages are made from: every file, by what it holds."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from stagekansen_lib.project.paths import library_folder, packed_folder, project_folder
from stagekansen_lib.site.copies import PART_OF_REGISTERS

__all__ = ["Inputs", "changed_since", "read_inputs", "site_key"]

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
    "data/series/*",
    "data/ledger/acts/**/*",
    "data/rules/*",
    "requirements.lock",
)
# What not every page reads and people change by the day: it counts for the pages whose kernel read it. The acts of the
# ledger count as one; of the registers each part that is looked at, or each file that is opened.
_REGISTERS, _LEDGER, _LIST = "data/registers", "data/ledger", "data/datapackage.json"


@dataclass(frozen=True)
class Inputs:
    """What the pages are made from, as digests.

    Parameters
    ----------
    key : sixteen hexadecimal digits that change when anything changes that goes into the pages.
    common : digest of what counts for every page, and of the day, as some of what is said is about today.
    common_files : the files that count for every page, by their address in the project.
    apart : what counts only for the pages that read it -> its digest.
    """

    key: str
    common: str
    common_files: frozenset[str]
    apart: Mapping[str, str]

    def digests_of(self, notes: Iterable[str]) -> dict[str, str | None]:
        """Digest of each thing apart that a kernel noted as read; None of a file that is no input.

        A page that read such a file can never be kept: nobody would see that it changed.
        """
        names = {_LEDGER if f"{one}/".startswith(f"{_LEDGER}/") else one for one in notes}
        return {name: self._digest(name) for name in sorted(names) if not self._for_all(name)}

    def _for_all(self, name: str) -> bool:
        # Which files there are in a folder counts for all, the ledger apart: so no folder that is listed is noted.
        return name in self.common_files or (name not in self.apart and (project_folder() / name).is_dir())

    def _digest(self, name: str) -> str | None:
        return self.apart.get(name, "" if name.startswith(PART_OF_REGISTERS) else None)


def site_key(on: dt.date | None = None) -> str:
    """Sixteen hexadecimal digits that change when anything changes that goes into the pages.

    That is every file a page is made from, and which checks of reporting points are outdated on the day ``on``
    (default today).
    """
    return read_inputs(on).key


def changed_since(build: Path) -> bool:
    """Whether some input was written after a file of the build; also when that is not there.

    A first guess, made in a moment: what has changed is told by `read_inputs` only.
    """
    try:
        built = build.stat().st_mtime
        root = project_folder()
        return any(path.stat().st_mtime > built for path in (*_files(root), *_travelling(root)))
    except OSError:
        return True


def read_inputs(on: dt.date | None = None) -> Inputs:
    """What the pages are made from, as it is now; ``on`` as for `site_key`."""
    from stagekansen_lib.registers.noting import digests_of_parts
    from stagekansen_lib.registers.public_points import public_reporting_points
    from stagekansen_lib.registers.reading import read_registers

    whole, common = hashlib.sha256(), hashlib.sha256(str(on or dt.date.today()).encode())
    ledger, apart, common_files = hashlib.sha256(), {}, set()
    root = project_folder()
    for path in sorted(_files(root)):
        name = path.relative_to(root).as_posix()
        line = name.encode() + b"\0" + path.read_bytes() + b"\0"
        whole.update(line)
        if name.startswith(f"{_LEDGER}/"):
            ledger.update(line)
        elif name == _LIST or name.startswith(f"{_REGISTERS}/"):
            apart[name] = hashlib.sha256(line).hexdigest()
            common.update(name.encode() + b"\0")
        else:
            common_files.add(name)
            common.update(line)
    for path in sorted(_travelling(root)):
        common.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    registers = read_registers()
    for point in public_reporting_points(registers, on=on):
        whole.update(f"{point.id} {point.outdated}\n".encode())
    apart |= {f"{PART_OF_REGISTERS}{part}": digest for part, digest in digests_of_parts(registers).items()}
    apart[_LEDGER] = ledger.hexdigest()
    return Inputs(whole.hexdigest()[:16], common.hexdigest(), frozenset(common_files), apart)


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
