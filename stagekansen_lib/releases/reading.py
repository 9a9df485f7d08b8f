"""A release as it was made: every file is checked against its fingerprint before anything is shown."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from stagekansen_lib.disclosure.published import PublishedComparison, PublishedTable
from stagekansen_lib.disclosure.published_index import PublishedIndex, index_from_content
from stagekansen_lib.errors import InputError, Problem, RefusedError, did_you_mean
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.spreadsheets import plain_cell
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.derivations import codebook_of_derivations, derivations
from stagekansen_lib.surveys.provenance import Provenance

__all__ = ["NAME", "NUMBERS", "TEXT_FIELDS", "Release", "expected_files", "list_releases", "read_release", "sha256_of"]

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")
_FIGURES = ("estimate", "ci_low", "ci_high")
TEXT_FIELDS = (
    "title_nl", "title_en", "label_nl", "label_en", "says_nl", "says_en", "who_nl", "who_en",
    "note_nl", "note_en",
)  # fmt: skip
NUMBERS = ("difference", "ci_low", "ci_high", "smallest_detectable")


@dataclass(frozen=True, eq=False)
class Release:
    """A release as it was read: tables and comparisons by id, and the facts to judge them.

    Parameters
    ----------
    name, date, made_by, checked_by : as given when it was made. ``draft`` : only for a look.
    tables, comparisons : by id, in the order of the declaration.
    provenance : of the survey, without history.
    rules : name and version of the rule set.
    wave : name of the measurement; empty when none was given. ``margins`` : name of the counts that it was weighted to.
    kept : share of cells that say something, 0 to 1; ``kept_by_table`` : (shown, cells) for each table.
    previous : name of the release before this one; empty for the first. ``previous_sha256`` : its seal.
    sha256 : seal of this release. ``fingerprints`` : of code, rules, declared tables and data. ``versions`` :
        of software.
    folder : where it stands.
    index : the yearly index of its series up to this wave; None when it holds none.
    """

    name: str
    date: dt.date
    made_by: str
    checked_by: str
    draft: bool
    tables: Mapping[str, PublishedTable]
    comparisons: Mapping[str, PublishedComparison]
    provenance: Provenance
    rules: str
    wave: str
    margins: str
    kept: float
    kept_by_table: Mapping[str, tuple[int, int]]
    previous: str
    previous_sha256: str
    sha256: str
    fingerprints: Mapping[str, Any]
    versions: Mapping[str, str]
    folder: Path
    index: PublishedIndex | None = None

    @property
    def registers(self) -> Path:
        """The folder of the registers as they were: ``read_registers(release.registers)``."""
        return self.folder / "registers"

    @property
    def synthetic(self) -> bool:
        return self.provenance.synthetic

    @property
    def self_selected(self) -> bool:
        return self.provenance.self_selected

    @property
    def proxies(self) -> tuple[dict[str, str], ...]:
        return self.provenance.proxies

    @property
    def sources(self) -> tuple[str, ...]:
        return self.provenance.sources

    def __repr__(self) -> str:
        words = "draft" if self.draft else "release"
        made_up = ", made-up data" if self.synthetic else ""
        return (
            f"{words} {self.name} of {self.date}{made_up}: {len(self.tables)} tables, {self.kept:.0%} of the cells"
            f" shown, made by {self.made_by}, checked by {self.checked_by}"
        )


def list_releases(folder: Path | None = None) -> list[str]:
    """The names of all releases, the oldest first."""
    home = folder or data_folder("published")
    found = [path.parent for path in home.glob("*/release.json") if not path.parent.name.startswith(".")]
    return [path.name for path in sorted(found, key=lambda path: (_facts(path)["date"], path.name))]


def read_release(name: str, *, folder: Path | None = None) -> Release:
    """A release as it was made: every file is checked against its fingerprint before anything is shown.

    Parameters
    ----------
    name : name of the release.
    folder : folder that holds the folder of the release; ``data/published`` when left out.

    Returns
    -------
    Release : its tables and comparisons by their id, and what is known about how it was made.

    Raises
    ------
    InputError : there is no such release.
    RefusedError : a file was changed, is missing or was added; the text names it.

    Examples
    --------
    >>> read_release("example-2022").synthetic
    True
    """
    home = folder or data_folder("published")
    place = home / name
    if not NAME.fullmatch(name) or not (place / "release.json").is_file():
        raise InputError(
            Problem(f"There is no release '{name}' in {home}.", do=did_you_mean(name, list_releases(home)))
        )
    _check_untouched(place, _facts(place))
    made = _made(place, sha256_of((place / "release.json").read_bytes()))
    return replace(made, tables=dict(made.tables), comparisons=dict(made.comparisons))


@lru_cache(maxsize=32)
def _made(place: Path, sha256: str) -> Release:
    """Made once of what is the same to the byte: the digest is of the file that names the digests of all others."""
    facts = _facts(place)
    content = json.loads((place / "codebook.json").read_text("utf-8"))
    codebook, made = _read_codebook(content), codebook_of_derivations(content.get("derivations", ()))
    provenance = _provenance(facts)
    linked = tuple(facts["linked"])
    comparisons = {
        entry["id"]: replace(
            _read_comparison(entry, codebook, provenance, facts["rules"]["used"], linked),
            derivations=derivations(made, (entry["of"], *entry["by"], *entry["adjust_for"])),
        )
        for entry in facts["comparisons"]
    }
    tables = {
        entry["id"]: replace(
            _read_table(place, entry, codebook, provenance, facts["rules"]["used"], linked, comparisons),
            derivations=derivations(made, (*entry["by"], entry["of"])),
        )
        for entry in facts["tables"]
    }
    before = facts["previous"] or {"name": "", "sha256": ""}
    return Release(
        name=facts["name"],
        date=dt.date.fromisoformat(facts["date"]),
        made_by=facts["made_by"],
        checked_by=facts["checked_by"],
        draft=facts["draft"],
        tables=tables,
        comparisons=comparisons,
        provenance=provenance,
        rules=facts["rules"]["used"],
        wave=facts["wave"],
        margins=facts["weighting"]["margins"],
        kept=facts["kept"]["share"],
        kept_by_table={one: (shown, cells) for one, (shown, cells) in facts["kept"]["by_table"].items()},
        previous=before["name"],
        previous_sha256=before["sha256"],
        sha256=sha256,
        fingerprints=facts["fingerprints"],
        versions=facts["versions"],
        folder=place,
        index=_index(place, facts),
    )


def _index(place: Path, facts: Mapping[str, Any]) -> PublishedIndex | None:
    if "index" not in facts:
        return None
    return index_from_content(json.loads((place / facts["index"]["file"]).read_text("utf-8")))


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _facts(place: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((place / "release.json").read_text("utf-8"))
    return facts


def expected_files(facts: Mapping[str, Any]) -> dict[str, str]:
    """The files that belong to a release, by their path in its folder, and the sha256 that ``release.json`` gives."""
    # Releases made before they were Data Packages hold no description of themselves.
    described = [facts[name] for name in ("datapackage", "index") if name in facts]
    parts = (facts["codebook"], facts["attack"], *described)
    entries = (*facts["tables"], *parts, *facts["registers"], *facts["rules"]["files"])
    return {entry["file"]: entry["sha256"] for entry in entries}


def _check_untouched(place: Path, facts: Mapping[str, Any]) -> None:
    expected = expected_files(facts)
    seal = place / "release.json.sha256"
    expected["release.json"] = seal.read_text("utf-8").split()[0] if seal.is_file() else ""
    problems = []
    for path, wanted in expected.items():
        file = place / path
        if not file.is_file():
            problems.append(f"{path} is missing")
        elif sha256_of(file.read_bytes()) != wanted:
            problems.append(f"{path} was changed")
    present = {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}
    problems += [f"{path} was added" for path in sorted(present - set(expected) - {seal.name})]
    if problems:
        raise RefusedError(
            f"Release '{place.name}' is not what it was when it was made: {'; '.join(problems)}. Fetch the folder again"
            " from where it was published; a release is never mended by hand."
        )


def _provenance(facts: Mapping[str, Any]) -> Provenance:
    return Provenance(
        survey=facts["survey"],
        synthetic=facts["synthetic"],
        self_selected=facts["self_selected"],
        proxies=tuple(facts["proxies"]),
        sources=tuple(facts["sources"]),
    )


def _read_codebook(content: Mapping[str, Any]) -> Codebook:
    variables = {}
    for entry in content["variables"]:
        codes = tuple(Code(**code) for code in entry["codes"])
        variables[entry["name"]] = Variable(**{**entry, "codes": codes})
    parts = ("name", "title_nl", "title_en", "version")
    return Codebook(variables=variables, **{part: content[part] for part in parts})


def _read_comparison(
    entry: Mapping[str, Any], codebook: Codebook, provenance: Provenance, rules: str, linked: tuple[str, ...]
) -> PublishedComparison:
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
    values |= {name: math.nan if values[name] is None else values[name] for name in NUMBERS}
    part = _part(codebook, (values["of"], *values["by"], *values["adjust_for"]))
    return PublishedComparison(**values, codebook=part, provenance=provenance, rules=rules, linked=linked)


def _part(codebook: Codebook, names: tuple[str, ...]) -> Codebook:
    return replace(codebook, variables={name: codebook[name] for name in names if name in codebook})


def _read_table(
    place: Path,
    entry: Mapping[str, Any],
    codebook: Codebook,
    provenance: Provenance,
    rules: str,
    linked: tuple[str, ...],
    comparisons: Mapping[str, PublishedComparison],
) -> PublishedTable:
    import pandas as pd

    by = tuple(entry["by"])
    with (place / entry["file"]).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    coded = {**{name: _codes(codebook, name) for name in by}, "code": _codes(codebook, entry["of"])}
    for row in rows:
        for column, text in row.items():
            if column in _FIGURES:
                row[column] = float(text) if text else math.nan
                continue
            plain = plain_cell(text)
            row[column] = coded[column].get(plain, plain) if column in coded else plain
    texts = {key: entry[key] for key in TEXT_FIELDS}
    return PublishedTable(
        id=entry["id"],
        statistic=entry["kind"],
        of=entry["of"],
        code=entry["code"],
        focus=entry["focus"],
        ci_level=entry["ci_level"],
        by=by,
        table=pd.DataFrame(rows),
        rules=rules,
        provenance=provenance,
        comparison=comparisons.get(entry["comparison"] or ""),
        codebook=_part(codebook, (*by, entry["of"])),
        linked=linked,
        **texts,
    )


def _codes(codebook: Codebook, name: str) -> dict[str, Any]:
    return {str(code): code for code in codebook[name].valid_codes} if name in codebook else {}
