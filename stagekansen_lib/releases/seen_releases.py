"""A published folder as an outsider has it: its bytes, the releases beside it, and the rules that lie in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from stagekansen_lib.attacks.evidence import Evidence, read_evidence
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.releases.reading import sha256_of

__all__ = ["SeenRelease", "see_release"]


@dataclass(frozen=True, eq=False)
class SeenRelease:
    """A folder that says it is a release, with nothing believed yet.

    Parameters
    ----------
    place : the folder. ``facts`` : what its ``release.json`` says. ``files`` : bytes of every file, by path in it.
    links : paths that lead out of the folder: links to elsewhere.
    """

    place: Path
    facts: Mapping[str, Any]
    files: Mapping[str, bytes]
    links: tuple[str, ...]

    @property
    def seal(self) -> str:
        """The sha256 of ``release.json``, which holds that of every other file."""
        return sha256_of(self.files["release.json"])

    @cached_property
    def beside(self) -> dict[str, Path]:
        """The other releases of the folder that holds this one, by the name of their folder."""
        found = sorted(self.place.parent.glob("*/release.json"))
        return {
            path.parent.name: path.parent for path in found if path.parent != self.place and path.parent.name[0] != "."
        }

    @cached_property
    def evidence(self) -> Evidence:
        return read_evidence(self.place)

    def json(self, path: str) -> Any:
        return json.loads(self.files[path])

    @cached_property
    def used_rules(self) -> tuple[str, int]:
        """Name and version of the rules, as ``release.json`` names them."""
        name, version = str(self.facts["rules"]["used"]).split()
        return name, int(version)

    @cached_property
    def rules_chain(self) -> list[dict[str, Any]]:
        """The rules that lie in the folder and those that they are based on, the nearest first."""
        chain, name = list[dict[str, Any]](), self.used_rules[0]
        while name and len(chain) < 10:
            chain.append(read_yaml(self.place / "rules" / f"{name}.yaml"))
            name = str(chain[-1].get("based_on") or "")
        return chain

    @cached_property
    def numbers(self) -> dict[str, Any]:
        """The numbers of the rules that lie in the folder, by name."""
        found: dict[str, Any] = {}
        for content in reversed(self.rules_chain):
            for entries in (content.get("rules") or {}).values():
                found |= {name: entry["value"] for name, entry in entries.items()}
        return found

    @cached_property
    def declared(self) -> dict[str, Any]:
        """The file of declared tables that lies in the folder."""
        [name] = list(self.facts["fingerprints"]["declared_tables"])
        return read_yaml(self.place / "rules" / name)

    def earlier(self) -> Iterator[tuple[str, str]]:
        """The releases before this one that are beside it, as (name, seal that the later one holds), nearest first."""
        before, seen = self.facts["previous"], set[str]()
        while before and before["name"] in self.beside and before["name"] not in seen:
            seen.add(before["name"])
            yield before["name"], before["sha256"]
            before = json.loads((self.beside[before["name"]] / "release.json").read_bytes())["previous"]


def see_release(release: str | Path, folder: Path | None = None) -> SeenRelease:
    """The folder of a release, given by its path or by its name.

    Raises
    ------
    InputError : there is no such folder, or it holds no ``release.json`` that can be read.
    """
    given = Path(release)
    home = folder or data_folder("published")
    place = given if folder is None and (given / "release.json").is_file() else home / given
    if not (place / "release.json").is_file():
        known = sorted(path.parent.name for path in home.glob("*/release.json") if path.parent.name[0] != ".")
        raise InputError(
            Problem(
                f"There is no release '{release}': no folder with a release.json.",
                do=did_you_mean(str(release), known) or "Give the name of a release, or the path of its folder.",
            )
        )
    place = place.resolve()
    paths = sorted(path for path in place.rglob("*") if path.is_file())
    files = {path.relative_to(place).as_posix(): path.read_bytes() for path in paths}
    links = tuple(path.relative_to(place).as_posix() for path in sorted(place.rglob("*")) if path.is_symlink())
    try:
        facts = json.loads(files["release.json"])
    except ValueError:
        facts = None
    if not isinstance(facts, dict):
        raise InputError(Problem("The file release.json is no JSON.", str(place), "Fetch the folder again."))
    return SeenRelease(place, facts, files, links)
