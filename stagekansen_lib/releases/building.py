"""Write a release: refuse what may not go out, attack what would, then put the whole folder in place at once."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import math
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from stagekansen_lib.attacks.attack import AttackCheck, AttackReport, attack_folder
from stagekansen_lib.disclosure.published import PublishedComparison, PublishedTable
from stagekansen_lib.disclosure.rules import (
    declared_tables_file,
    fingerprint,
    read_declared_tables,
    read_required_variables,
    read_rules,
    rules_files,
)
from stagekansen_lib.errors import InputError, Problem, RefusedError
from stagekansen_lib.project.leftovers import one_clear_line, own_mark, sweep
from stagekansen_lib.project.paths import PACKED, data_folder, library_folder, project_folder, project_path
from stagekansen_lib.releases.reading import NAME, NUMBERS, TEXT_FIELDS, Release, list_releases, read_release, sha256_of
from stagekansen_lib.surveys.codebooks import Variable

__all__ = ["check_place", "release"]

_FORMAT = 2
Published = PublishedTable | PublishedComparison


def release(
    published: Sequence[Published],
    *,
    name: str,
    made_by: str,
    checked_by: str,
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
    date : day of the release; today when left out. Give it to build the same bytes again.
    inputs : files of data that went in; their sha256 is recorded.
    wave : name of the measurement, such as "2022"; all its releases bear the same, and are attacked together.
    margins : name of the population counts that the survey was weighted to, recorded in the release.
    draft : only for a look: written to ``build/drafts``, may be written over, needs no declared tables.
    into : folder that will hold the folder of the release; ``data/published`` when left out.
    tell : called with each step as it begins, for a line of progress.

    Returns
    -------
    Release, as ``read_release`` reads it. Its folder also holds the registers and rules as they were.

    Raises
    ------
    InputError : a name that cannot be a folder; something that has not passed ``protect``; registers with mistakes.
    RefusedError : one person under both names; an existing name; tables of several calls of ``protect``; a
        table that was not declared; rules that are for the team only; nothing shown, or nothing about the
        required variables; an attack that finds a small group, or that could not decide (the text names the cell and
        the route). A draft is written all the same: its ``attack.json`` says what was found.

    Examples
    --------
    >>> import tempfile, stagekansen_lib as sk
    >>> published = sk.protect(sk.estimate_declared(sk.read_survey("example_2022")))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     look = release(published, name="look", made_by="A", checked_by="B", draft=True, into=Path(folder))
    >>> look.draft, len(look.tables)
    (True, 17)
    """
    tables = [one for one in published if isinstance(one, PublishedTable)]
    comparisons = [one for one in published if isinstance(one, PublishedComparison)]
    check_place(name, made_by, checked_by, draft=draft, into=into)
    _check_published(published)
    home = home_of(into, draft=draft)
    if not draft:
        _check_declared(tables, comparisons)
        _check_worth(tables)
    facts = {
        "name": name,
        "date": (date or dt.date.today()).isoformat(),
        "made_by": made_by.strip(),
        "checked_by": checked_by.strip(),
        "draft": draft,
        "wave": wave.strip(),
        "weighting": {"margins": margins},
        "previous": None if draft else _previous(home),
    }
    files = _files(facts, tables, comparisons, list(inputs))
    tell("attack")
    with one_clear_line("The release cannot be written", home):
        _write(home, name, files, draft=draft)
    return read_release(name, folder=home)


# What is refused ---------------------------------------------------------------------------------------------------


def home_of(into: Path | None, *, draft: bool) -> Path:
    """The folder of releases, or of drafts."""
    return into or (project_folder("build", "drafts") if draft else project_folder("data", "published"))


def check_place(name: str, made_by: str, checked_by: str, *, draft: bool, into: Path | None) -> None:
    """What can be refused before any work is done: the name, the two people, a release that is there already."""
    if not NAME.fullmatch(name):
        raise InputError(
            Problem(f"'{name}' cannot be the name of a release.", do="Use small letters, digits, hyphens.")
        )
    if draft:
        return
    _check_names(made_by, checked_by)
    if (home_of(into, draft=draft) / name).exists():
        raise RefusedError(f"Release '{name}' exists, and a release is never changed. Give the new one a new name.")


def _check_published(published: Sequence[Published]) -> None:
    wrong = sorted({type(one).__name__ for one in published if not isinstance(one, Published)})
    if wrong:
        raise InputError(
            Problem(
                f"A release holds published tables, not {', '.join(wrong)}.",
                do="Call protect on the results first.",
            )
        )
    if not any(isinstance(one, PublishedTable) for one in published):
        raise RefusedError("The release would hold no table. Give what protect returned.")
    if len({(one.linked, one.rules, one.provenance.survey) for one in published}) > 1:
        raise RefusedError(
            "The tables come from more than one call of protect, so nobody checked whether one betrays a cell of"
            " another. Call protect once, with everything that goes into the release."
        )
    _refuse_twice([one.id for one in published])


def _refuse_twice(ids: list[str]) -> None:
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise RefusedError(f"Given twice: {', '.join(twice)}. Give each table once.")


def _check_names(made_by: str, checked_by: str) -> None:
    # "A. Maker" and "a maker" are one person.
    names = [re.sub(r"[\W_]+", "", one.casefold()) for one in (made_by, checked_by)]
    if not all(names) or names[0] == names[1]:
        raise RefusedError(
            "A release needs two people: who made it and who checked it. Fill in two different names, made_by and"
            " checked_by."
        )


def _check_declared(tables: list[PublishedTable], comparisons: list[PublishedComparison]) -> None:
    codebook = tables[0].codebook.name
    declared = read_declared_tables(codebook)
    ids = {one.id for one in declared}
    tests = {(one.compare, one.by) for one in declared if one.compare}
    loose = [one.id for one in tables if one.id not in ids]
    loose += [one.id for one in comparisons if (one.of, one.by) not in tests]
    if loose:
        raise RefusedError(
            f"Not declared beforehand: {', '.join(loose)}. A release holds only what"
            f" {declared_tables_file(codebook).name} declares, so that nobody can pick tables to find a person. Declare"
            " them, or use draft=True for a look."
        )
    _check_rules(tables[0].rules)


def _check_rules(used: str) -> None:
    """The rules may be released, and are still those under which the tables were protected."""
    rules = read_rules(used.split()[0])
    if not rules.may_be_released:
        raise RefusedError(
            f"The rules '{rules.name}' are for the eyes of the team. Call protect with rules='steering_group' or"
            " 'public'."
        )
    if used != str(rules):
        raise RefusedError(
            f"The tables were protected under {used}, and the rules are now {rules}. Call protect again."
        )


def _check_worth(tables: list[PublishedTable]) -> None:
    if not any(one.shown for one in tables):
        raise RefusedError(
            "Every cell is hidden, so the release would say nothing. Merge categories, or wait for more answers."
        )
    required = read_required_variables(tables[0].codebook.name)
    lacking = [name for name in required if not any(one.shown and name in (one.of, *one.by) for one in tables)]
    if lacking:
        raise RefusedError(
            f"The release shows nothing about {', '.join(lacking)}. Every release does: add the tables, or merge"
            " categories until they can be shown."
        )


# Writing -----------------------------------------------------------------------------------------------------------


def _files(
    facts: dict[str, Any],
    tables: list[PublishedTable],
    comparisons: list[PublishedComparison],
    inputs: list[Path],
) -> dict[str, bytes]:
    tables = _in_declared_order(tables)
    attached = [one.comparison for one in tables if one.comparison is not None]
    tests = {one.id: one for one in (*attached, *comparisons)}
    files = {f"tables/{one.id}.csv": _table_bytes(one) for one in tables}
    if not facts["draft"]:
        files |= _parts_as_they_were(tables[0])
    files["codebook.json"] = _json_bytes(_codebook_content([*tables, *tests.values()]))
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
        "tables": [_table_entry(one, files[f"tables/{one.id}.csv"]) for one in tables],
        "comparisons": [_comparison_entry(tests[one]) for one in sorted(tests)],
        "codebook": {"file": "codebook.json", "sha256": sha256_of(files["codebook.json"])},
        "fingerprints": _fingerprints(tables[0], inputs),
        "versions": _versions(),
    }
    files["release.json"] = _json_bytes(facts)
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

    return [data_folder("registers", f"{name}.yaml") for name in sorted(read_registers().heads)]


def _entries(files: Mapping[str, bytes], folder: str) -> list[dict[str, str]]:
    found = sorted(path for path in files if path.startswith(folder))
    return [{"file": path, "sha256": sha256_of(files[path])} for path in found]


def _code_fingerprint() -> str:
    """Of every file of the library that can change a figure or a word, wherever it stands."""
    code = library_folder()
    found = [path for path in sorted(code.rglob("*")) if path.suffix in (".py", ".yaml")]
    return fingerprint(*(path for path in found if path.relative_to(code).parts[0] != PACKED))


def _fingerprints(table: PublishedTable, inputs: list[Path]) -> dict[str, Any]:
    declared = declared_tables_file(table.codebook.name)
    return {
        "code": _code_fingerprint(),
        "rules": {path.name: fingerprint(path) for path in rules_files(table.rules.split()[0])},
        "declared_tables": {declared.name: fingerprint(declared)} if declared.is_file() else {},
        "data": {project_path(path): sha256_of(path.read_bytes()) for path in sorted(inputs)},
    }


def _versions() -> dict[str, str]:
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


def _write(home: Path, name: str, files: Mapping[str, bytes], *, draft: bool) -> None:
    """All files in a folder beside the place, attacked there, then one rename.

    An interrupted build, or one that an attack stops, leaves nothing that can be read.
    """
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
    content = _json_bytes(report.content())
    facts = json.loads(files["release.json"])
    facts["attack"] = {"file": "attack.json", "sha256": sha256_of(content), "passed": report.passed}
    sealed = _json_bytes(facts)
    seal = f"{sha256_of(sealed)}  release.json\n".encode()
    return {"attack.json": content, "release.json": sealed, "release.json.sha256": seal}


def _table_bytes(table: PublishedTable) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.table.columns)
    for row in table.table.itertuples(index=False):
        writer.writerow([_cell_text(value) for value in row])
    return text.getvalue().encode()


def _cell_text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.10g}" if math.isfinite(value) else ""
    return str(value)


def _table_entry(table: PublishedTable, content: bytes) -> dict[str, Any]:
    return {
        "id": table.id,
        "file": f"tables/{table.id}.csv",
        "sha256": sha256_of(content),
        "kind": table.statistic,
        "of": table.of,
        "by": list(table.by),
        "code": table.code,
        "focus": table.focus,
        **{name: getattr(table, name) for name in TEXT_FIELDS},
        "ci_level": table.ci_level,
        "comparison": table.comparison.id if table.comparison else None,
    }


_COMPARISON_FIELDS = (
    "id", "of", "by", "adjust_for", "more_nl", "more_en", "answer_nl", "answer_en",
    "title_nl", "title_en", "groups_nl", "groups_en", "effect_name", "unit", "difference",
    "ci_low", "ci_high", "p_class", "smallest_detectable", "method", "ci_level", "mark",
)  # fmt: skip


def _comparison_entry(comparison: PublishedComparison) -> dict[str, Any]:
    entry = {name: getattr(comparison, name) for name in _COMPARISON_FIELDS}
    return {**entry, **{name: _finite_or_none(entry[name]) for name in NUMBERS}}


def _finite_or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _codebook_content(published: Sequence[Published]) -> dict[str, Any]:
    variables = {name: one.codebook[name] for one in published for name in one.codebook}
    made = {entry["name"]: entry for one in published for entry in one.derivations}
    first = published[0].codebook
    return {
        "name": first.name,
        "title_nl": first.title_nl,
        "title_en": first.title_en,
        "version": first.version,
        "variables": [_variable_entry(variables[name]) for name in sorted(variables)],
        "derivations": [made[name] for name in sorted(made)],
    }


def _variable_entry(variable: Variable) -> dict[str, Any]:
    parts = ("name", "kind", "label_nl", "label_en", "question_nl", "question_en", "privacy")
    codes = [{"code": one.code, "label_nl": one.label_nl, "label_en": one.label_en} for one in variable.codes]
    return {**{part: getattr(variable, part) for part in parts}, "codes": codes}


def _json_bytes(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=False, allow_nan=False) + "\n").encode()
