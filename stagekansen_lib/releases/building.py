"""Write a release: refuse what may not go out, attack what would, then put the whole folder in place at once."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.attacks.attack import AttackCheck, AttackReport, attack_folder
from stagekansen_lib.disclosure.published import PublishedComparison, PublishedTable
from stagekansen_lib.disclosure.published_index import INDEX_FILE, PublishedIndex, index_content
from stagekansen_lib.disclosure.rules import (
    declared_tables_file,
    fingerprint,
    read_declared_tables,
    rules_files,
)
from stagekansen_lib.errors import RefusedError
from stagekansen_lib.project.leftovers import one_clear_line, own_mark, sweep
from stagekansen_lib.project.paths import PACKED, data_folder, library_folder, project_path
from stagekansen_lib.releases.contents import (
    Published,
    codebook_content,
    comparison_entry,
    json_bytes,
    table_bytes,
    table_entry,
)
from stagekansen_lib.releases.data_packages import PACKAGE, release_package
from stagekansen_lib.releases.proving import Proven, prove, same_as_proven
from stagekansen_lib.releases.reading import Release, list_releases, read_release, sha256_of
from stagekansen_lib.releases.refusing import check_may_be_released, check_place, check_published, home_of
from stagekansen_lib.releases.versions import Version, remember_version, versions_of

if TYPE_CHECKING:
    from stagekansen_lib.surveys.surveys import Survey

__all__ = ["code_fingerprint", "release", "versions_here", "write_release"]

_FORMAT = 2


def release(
    published: Sequence[Published],
    *,
    name: str,
    made_by: str,
    checked_by: str,
    survey: Survey | None = None,
    date: dt.date | None = None,
    inputs: Iterable[Path] = (),
    wave: str = "",
    margins: str = "",
    draft: bool = False,
    into: Path | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Release:
    """A new release of published tables: written whole or not at all, and never changed afterwards.

    Parameters
    ----------
    published : what one call of ``protect`` returned, or a part of it.
    name : name of the release and of its folder: small letters, digits and hyphens.
    made_by, checked_by : two people with different names.
    survey : the weighted survey that the tables were made from. A release estimates and protects it anew and compares
        bytes. A draft needs none.
    date : day of the release; today when left out. Give it to build the same bytes again.
    inputs : files of data that went in; their sha256 is recorded.
    wave : name of the measurement, such as "2022"; a release must have one. Releases of the same respondents bear the
        same, and are compared and attacked together. A draft needs none.
    margins : name of the population counts that the survey was weighted to, recorded in the release.
    draft : only for a look: written to ``build/drafts``, may be written over, needs no declared tables.
    into : folder that will hold the folder of the release; ``data/published`` when left out.
    tell : called with each step as it begins, for a line of progress.

    Returns
    -------
    Release, as ``read_release`` reads it. Its folder also holds the registers and rules as they were.

    Raises
    ------
    InputError : a name that cannot be a folder; no wave; something that has not passed ``protect``; registers with
        mistakes.
    RefusedError : one person under both names; an existing name; tables of several calls of ``protect``; a
        table that was not declared; no survey, or tables that are not what protection of the survey gives; answers
        that say they are made up without proof; rules that are for the team only; nothing shown, or nothing about the
        required variables; a version of a wave that differs from an earlier one by a few answers, or bears another
        name; an attack that finds a small group, or that could not decide (the text names the cell and
        the route). A draft is written all the same: its ``attack.json`` says what was found.

    Notes
    -----
    What is checked here guards against mistakes, not against a programmer in the same process who means harm: Python
    lets anybody change anything. See docs/disclosure-control.md for what a release proves and what it does not.

    Examples
    --------
    >>> import tempfile, stagekansen_lib as sk
    >>> published = sk.protect(sk.estimate_declared(sk.read_survey("example_2022")))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     look = release(published, name="look", made_by="A", checked_by="B", draft=True, into=Path(folder))
    >>> look.draft, len(look.tables)
    (True, 17)
    """
    check_place(name, made_by, checked_by, draft=draft, into=into)
    check_published(published)
    proven = None
    if not draft:
        check_may_be_released(published, wave)
        proven = prove(survey, published[0].rules.split()[0])
        published = same_as_proven(published, proven)
    return write_release(
        published, proven,
        name=name, made_by=made_by, checked_by=checked_by, date=date, inputs=inputs, wave=wave, margins=margins,
        into=into, tell=tell,
    )  # fmt: skip


def write_release(
    published: Sequence[Published],
    proven: Proven | None,
    *,
    name: str,
    made_by: str,
    checked_by: str,
    date: dt.date | None,
    inputs: Iterable[Path],
    wave: str,
    margins: str,
    into: Path | None,
    tell: Callable[[str], None],
    index: PublishedIndex | None = None,
) -> Release:
    """Write what was proven of a survey, with the yearly index when there is one; a draft when nothing was proven.

    Raises
    ------
    RefusedError : as ``release``, for versions of a wave and for attacks.
    """
    draft = proven is None
    home, day, files = home_of(into, draft=draft), date or dt.date.today(), list(inputs)
    tables = [one for one in published if isinstance(one, PublishedTable)]
    comparisons = [one for one in published if isinstance(one, PublishedComparison)]
    facts = {
        "name": name,
        "date": day.isoformat(),
        "made_by": made_by.strip(),
        "checked_by": checked_by.strip(),
        "draft": draft,
        "wave": wave.strip(),
        "weighting": {"margins": margins},
        "previous": None if draft else _previous(home),
    }
    contents = _files(facts, tables, comparisons, files, index)
    version = None
    if proven is not None:
        rules = tables[0].rules.split()[0]
        version = versions_of(proven, name=name, wave=wave.strip(), home=home, inputs=files, day=day, rules=rules)
    tell("attack")
    with one_clear_line("The release cannot be written", home):
        _write(home, name, contents, version)
    return read_release(name, folder=home)


# Writing -----------------------------------------------------------------------------------------------------------


def _files(
    facts: dict[str, Any],
    tables: list[PublishedTable],
    comparisons: list[PublishedComparison],
    inputs: list[Path],
    index: PublishedIndex | None,
) -> dict[str, bytes]:
    tables = _in_declared_order(tables)
    attached = [one.comparison for one in tables if one.comparison is not None]
    tests = {one.id: one for one in (*attached, *comparisons)}
    files = {f"tables/{one.id}.csv": table_bytes(one) for one in tables}
    if not facts["draft"]:
        files |= _parts_as_they_were(tables[0])
    files["codebook.json"] = json_bytes(codebook_content([*tables, *tests.values()]))
    if index is not None:
        files[INDEX_FILE] = json_bytes(index_content(index))
    provenance = tables[0].provenance
    facts = {
        "format": _FORMAT,
        **facts,
        "survey": provenance.survey,
        "synthetic": provenance.synthetic,
        "self_selected": provenance.self_selected,
        "proxies": list(provenance.proxies),
        "sources": list(provenance.sources),
        "rules": {"used": tables[0].rules, "files": _entries(files, "rules/")},
        "registers": _entries(files, "registers/"),
        "kept": _kept(tables),
        "linked": list(tables[0].linked),
        "tables": [table_entry(one, files[f"tables/{one.id}.csv"]) for one in tables],
        "comparisons": [comparison_entry(tests[one]) for one in sorted(tests)],
        "codebook": {"file": "codebook.json", "sha256": sha256_of(files["codebook.json"])},
        **({"index": {"file": INDEX_FILE, "sha256": sha256_of(files[INDEX_FILE])}} if index is not None else {}),
        "fingerprints": _fingerprints(tables[0], inputs),
        "versions": versions_here(),
    }
    described = release_package(facts, json.loads(files["codebook.json"]), files)
    files[PACKAGE] = json_bytes(described)
    facts["datapackage"] = {"file": PACKAGE, "sha256": sha256_of(files[PACKAGE])}
    files["release.json"] = json_bytes(facts)
    return files


def _in_declared_order(tables: list[PublishedTable]) -> list[PublishedTable]:
    """As the file declares them; those of a draft that are not declared come last, by name."""
    order = {one.id: place for place, one in enumerate(read_declared_tables(tables[0].codebook.name))}
    return sorted(tables, key=lambda one: (order.get(one.id, len(order)), one.id))


def _kept(tables: list[PublishedTable]) -> dict[str, Any]:
    """The part of the cells that says something, and for each table (shown, cells)."""
    by_table = {one.id: (one.shown, int((one.table["mark"] != "empty").sum())) for one in tables}
    cells = sum(number for _, number in by_table.values())
    return {"share": round(sum(shown for shown, _ in by_table.values()) / cells, 4), "by_table": by_table}


def _parts_as_they_were(table: PublishedTable) -> dict[str, bytes]:
    """The registers, the rules and the declared tables, so that a release can be read when those have changed."""
    rules = [*rules_files(table.rules.split()[0]), declared_tables_file(table.codebook.name)]
    parts = [("rules", path) for path in rules if path.is_file()] + [("registers", path) for path in _register_files()]
    return {f"{folder}/{path.name}": path.read_bytes() for folder, path in parts}


def _register_files() -> list[Path]:
    """The registers that the pages know, and no other file beside them; each entry has passed its model."""
    from stagekansen_lib.registers.reading import read_registers

    files = [data_folder("registers", f"{name}.yaml") for name in sorted(read_registers().heads)]
    return [file for file in files if file.is_file()]


def _entries(files: Mapping[str, bytes], folder: str) -> list[dict[str, str]]:
    found = sorted(path for path in files if path.startswith(folder))
    return [{"file": path, "sha256": sha256_of(files[path])} for path in found]


def code_fingerprint() -> str:
    """The sha256 of every file of the library that can change a figure or a word, wherever it stands."""
    code = library_folder()
    found = [path for path in sorted(code.rglob("*")) if path.suffix in (".py", ".yaml")]
    return fingerprint(*(path for path in found if path.relative_to(code).parts[0] != PACKED))


def _fingerprints(table: PublishedTable, inputs: list[Path]) -> dict[str, Any]:
    declared = declared_tables_file(table.codebook.name)
    return {
        "code": code_fingerprint(),
        "rules": {path.name: fingerprint(path) for path in rules_files(table.rules.split()[0])},
        "declared_tables": {declared.name: fingerprint(declared)} if declared.is_file() else {},
        "data": {project_path(path): sha256_of(path.read_bytes()) for path in sorted(inputs)},
    }


def versions_here() -> dict[str, str]:
    """The versions of the software that a release is made with, on this computer."""
    from importlib.metadata import version

    names = ("stagekansen", "numpy", "pandas", "scipy")
    return {
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        **{name: version(name) for name in names},
    }


def _previous(home: Path) -> dict[str, str] | None:
    names = list_releases(home) if home.is_dir() else []
    if not names:
        return None
    return {"name": names[-1], "sha256": sha256_of((home / names[-1] / "release.json").read_bytes())}


def _write(home: Path, name: str, files: Mapping[str, bytes], version: Version | None) -> None:
    """All files in a folder beside the place, attacked there, then one rename.

    An interrupted build, or one that an attack stops, leaves nothing that can be read. What links later versions to
    this one stands before it does; ``version`` is None for a draft.
    """
    draft = version is None
    partial = home / f".partial-{name}-{own_mark()}"
    sweep([*home.glob(".partial-*"), *home.glob(".aside-*")])
    shutil.rmtree(partial, ignore_errors=True)
    try:
        _write_files(partial, files)
        earlier = [] if draft or not home.is_dir() else [home / one for one in list_releases(home)]
        report = attack_folder(partial, earlier, fixed=not draft)
        if not draft:
            _check_attacked(report)
        _write_files(partial, _attacked(files, report))
        if version is not None:
            remember_version(version)
        _put_in_place(partial, home / name, draft=draft)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _put_in_place(partial: Path, place: Path, *, draft: bool) -> None:
    """One rename; an earlier draft steps aside first, and comes back when the rename fails."""
    aside = place.with_name(f".aside-{place.name}-{own_mark()}")
    shutil.rmtree(aside, ignore_errors=True)
    if not draft:
        _refuse_made_meanwhile(place)
    if place.exists():
        place.rename(aside)
    try:
        partial.rename(place)
    except BaseException:
        if aside.exists() and not place.exists():
            aside.rename(place)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _refuse_made_meanwhile(place: Path) -> None:
    """Two releases of one name may have begun at once: the second finds the first in its place."""
    if place.exists():
        raise RefusedError(f"Release '{place.name}' was made meanwhile, and a release is never changed.")


def _write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _check_attacked(report: AttackReport) -> None:
    if report.failed:
        raise RefusedError(
            f"The release would give people away. {_found(report.failed)}. Merge categories or leave the table out, and"
            " protect again; propose_merges says what merging would save, and a draft (draft=True) lets you look."
        )
    if report.undecided:
        raise RefusedError(
            f"It is not known whether the release would give people away, so it is not published."
            f" {_found(report.undecided)}."
        )


def _found(checks: Sequence[AttackCheck]) -> str:
    return "; ".join(
        f"Attack {check.number} ({check.name}): {', '.join(str(one) for one in check.findings[:3])}" for check in checks
    )


def _attacked(files: Mapping[str, bytes], report: AttackReport) -> dict[str, bytes]:
    """The report of the attacks, and release.json with its fingerprint, sealed again."""
    content = json_bytes(report.content())
    facts = json.loads(files["release.json"])
    facts["attack"] = {"file": "attack.json", "sha256": sha256_of(content), "passed": report.passed}
    sealed = json_bytes(facts)
    seal = f"{sha256_of(sealed)}  release.json\n".encode()
    return {"attack.json": content, "release.json": sealed, "release.json.sha256": seal}
