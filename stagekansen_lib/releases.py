"""Releases: a frozen folder of published tables, with who made and checked it, from what, and under which
rules.

A release is the only thing that pages and pictures read. ``data/published/<name>/`` holds

    release.json          name, date, two names, rules, fingerprints, titles, comparisons, what was kept
    release.json.sha256   seal of release.json, as ``sha256sum`` writes it
    codebook.json         labels of the variables and answers in the tables
    attack.json           the attacks that were tried on it before it was published, with their verdicts
    tables/<id>.csv       one file a table, in the order that release.json gives
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import math
import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stagekansen_lib.codebooks import Code, Codebook, Variable
from stagekansen_lib.disclosure.attack import AttackReport, attack_folder
from stagekansen_lib.disclosure.published import PublishedComparison, PublishedTable
from stagekansen_lib.disclosure.rules import (
    declared_tables_file,
    fingerprint,
    read_declared_tables,
    read_required_variables,
    read_rules,
    rules_files,
)
from stagekansen_lib.errors import InputError, Problem, RefusedError, did_you_mean
from stagekansen_lib.paths import data_folder, project_folder
from stagekansen_lib.surveys import Provenance

__all__ = ["Release", "list_releases", "read_release", "release"]

_FORMAT = 1
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")
_FIGURES = ("estimate", "ci_low", "ci_high")
Published = PublishedTable | PublishedComparison


@dataclass(frozen=True, eq=False)
class Release:
    """A release as it was read: tables and comparisons by id, and the facts to judge them.

    Parameters
    ----------
    name, date, made_by, checked_by : as given when it was made. ``draft`` : only for a look.
    tables, comparisons : by id, in the order of the declaration.
    provenance : of the survey, without history.
    rules : name and version of the rule set.
    kept : share of cells that say something, 0 to 1; ``kept_by_table`` : (shown, cells) for each table.
    previous : name of the release before this one; empty for the first. ``previous_sha256`` : its seal.
    sha256 : seal of this release. ``fingerprints`` : of code, rules, declared tables and data. ``versions`` :
        of software.
    folder : where it stands.
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
    kept: float
    kept_by_table: Mapping[str, tuple[int, int]]
    previous: str
    previous_sha256: str
    sha256: str
    fingerprints: Mapping[str, Any]
    versions: Mapping[str, str]
    folder: Path

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


def release(
    published: Sequence[Published],
    *,
    name: str,
    made_by: str,
    checked_by: str,
    date: dt.date | None = None,
    inputs: Iterable[Path] = (),
    draft: bool = False,
    into: Path | None = None,
) -> Release:
    """A new release of published tables: written whole or not at all, and never changed afterwards.

    Parameters
    ----------
    published : what one call of ``protect`` returned, or a part of it.
    name : name of the release and of its folder: small letters, digits and hyphens.
    made_by, checked_by : two people with different names.
    date : day of the release; today when left out. Give it to build the same bytes again.
    inputs : files of data that went in; their sha256 is recorded.
    draft : only for a look: written to ``build/drafts``, may be written over, needs no declared tables.
    into : folder that will hold the folder of the release; ``data/published`` when left out.

    Returns
    -------
    Release, as ``read_release`` reads it.

    Raises
    ------
    InputError : a name that cannot be a folder; something that has not passed ``protect``.
    RefusedError : one person under both names; an existing name; tables of several calls of ``protect``; a
        table that was not declared; rules that are for the team only; nothing shown, or nothing about the
        required variables; an attack that finds a small group (the text names the cell and the route). A draft is
        written all the same: its ``attack.json`` says what was found.

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
    _check_published(published, name)
    home = into or (project_folder() / "build" / "drafts" if draft else data_folder("published"))
    if not draft:
        _check_names(made_by, checked_by)
        _check_declared(tables, comparisons)
        _check_worth(tables)
        if (home / name).exists():
            raise RefusedError(f"Release '{name}' exists, and a release is never changed. Give the new one a new name.")
    facts = {
        "name": name,
        "date": (date or dt.date.today()).isoformat(),
        "made_by": made_by.strip(),
        "checked_by": checked_by.strip(),
        "draft": draft,
        "previous": None if draft else _previous(home),
    }
    files = _files(facts, tables, comparisons, list(inputs))
    _write(home, name, files, draft=draft)
    return read_release(name, folder=home)


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
    if not _NAME.fullmatch(name) or not (place / "release.json").is_file():
        raise InputError(
            Problem(f"There is no release '{name}' in {home}.", do=did_you_mean(name, list_releases(home)))
        )
    facts = _facts(place)
    _check_untouched(place, facts)
    codebook = _read_codebook(json.loads((place / "codebook.json").read_text("utf-8")))
    provenance = _provenance(facts)
    linked = tuple(facts["linked"])
    comparisons = {
        entry["id"]: _read_comparison(entry, codebook, provenance, facts["rules"]["used"], linked)
        for entry in facts["comparisons"]
    }
    tables = {
        entry["id"]: _read_table(place, entry, codebook, provenance, facts["rules"]["used"], linked, comparisons)
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
        kept=facts["kept"]["share"],
        kept_by_table={one: (shown, cells) for one, (shown, cells) in facts["kept"]["by_table"].items()},
        previous=before["name"],
        previous_sha256=before["sha256"],
        sha256=_sha256((place / "release.json").read_bytes()),
        fingerprints=facts["fingerprints"],
        versions=facts["versions"],
        folder=place,
    )


# What is refused ---------------------------------------------------------------------------------------------------


def _check_published(published: Sequence[Published], name: str) -> None:
    problems = []
    if not _NAME.fullmatch(name):
        problems.append(Problem(f"'{name}' cannot be the name of a release.", do="Use small letters, digits, hyphens."))
    wrong = sorted({type(one).__name__ for one in published if not isinstance(one, Published)})
    if wrong:
        problems.append(
            Problem(
                f"A release holds published tables, not {', '.join(wrong)}.",
                do="Call protect on the results first.",
            )
        )
    if problems:
        raise InputError(problems)
    if not any(isinstance(one, PublishedTable) for one in published):
        raise RefusedError("The release would hold no table. Give what protect returned.")
    if len({(one.linked, one.rules, one.provenance.survey) for one in published}) > 1:
        raise RefusedError(
            "The tables come from more than one call of protect, so nobody checked whether one betrays a cell of"
            " another. Call protect once, with everything that goes into the release."
        )
    ids = [one.id for one in published]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise RefusedError(f"Given twice: {', '.join(twice)}. Give each table once.")


def _check_names(made_by: str, checked_by: str) -> None:
    names = [" ".join(one.split()).casefold() for one in (made_by, checked_by)]
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
    rules = read_rules(tables[0].rules.split()[0])
    if not rules.may_be_released:
        raise RefusedError(
            f"The rules '{rules.name}' are for the eyes of the team. Call protect with rules='steering_group' or"
            " 'public'."
        )
    if tables[0].rules != str(rules):
        raise RefusedError(
            f"The tables were protected under {tables[0].rules}, and the rules are now {rules}. Call protect again."
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
    order = {one.id: place for place, one in enumerate(read_declared_tables(tables[0].codebook.name))}
    tables = sorted(tables, key=lambda one: (order.get(one.id, len(order)), one.id))
    attached = [one.comparison for one in tables if one.comparison is not None]
    tests = {one.id: one for one in (*attached, *comparisons)}
    files = {f"tables/{one.id}.csv": _table_bytes(one) for one in tables}
    files["codebook.json"] = _json_bytes(_codebook_content([*tables, *tests.values()]))
    kept = {one.id: (one.shown, int((one.table["mark"] != "empty").sum())) for one in tables}
    cells = sum(number for _, number in kept.values())
    provenance = tables[0].provenance
    facts = {
        "format": _FORMAT,
        **facts,
        "survey": provenance.survey,
        "synthetic": provenance.synthetic,
        "self_selected": provenance.self_selected,
        "proxies": list(provenance.proxies),
        "sources": list(provenance.sources),
        "rules": {"used": tables[0].rules},
        "kept": {"share": round(sum(shown for shown, _ in kept.values()) / cells, 4), "by_table": kept},
        "linked": list(tables[0].linked),
        "tables": [_table_entry(one, files[f"tables/{one.id}.csv"]) for one in tables],
        "comparisons": [_comparison_entry(tests[one]) for one in sorted(tests)],
        "codebook": {"file": "codebook.json", "sha256": _sha256(files["codebook.json"])},
        "fingerprints": _fingerprints(tables[0], inputs),
        "versions": _versions(),
    }
    files["release.json"] = _json_bytes(facts)
    return files


def _fingerprints(table: PublishedTable, inputs: list[Path]) -> dict[str, Any]:
    library = Path(__file__).parent
    code = [path for path in sorted(library.rglob("*")) if path.suffix in (".py", ".yaml")]
    declared = declared_tables_file(table.codebook.name)
    return {
        "code": fingerprint(*code),
        "rules": {path.name: fingerprint(path) for path in rules_files(table.rules.split()[0])},
        "declared_tables": {declared.name: fingerprint(declared)} if declared.is_file() else {},
        "data": {_relative(path): _sha256(path.read_bytes()) for path in sorted(inputs)},
    }


def _relative(path: Path) -> str:
    inside = path.resolve()
    home = project_folder().resolve()
    return inside.relative_to(home).as_posix() if inside.is_relative_to(home) else path.name


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
    return {"name": names[-1], "sha256": _sha256((home / names[-1] / "release.json").read_bytes())}


def _write(home: Path, name: str, files: Mapping[str, bytes], *, draft: bool) -> None:
    """All files in a folder beside the place, attacked there, then one rename.

    An interrupted build, or one that an attack stops, leaves nothing that can be read.
    """
    partial = home / f".partial-{name}"
    shutil.rmtree(partial, ignore_errors=True)
    try:
        _write_files(partial, files)
        earlier = [] if draft or not home.is_dir() else [home / one for one in list_releases(home)]
        report = attack_folder(partial, earlier, fixed=not draft)
        if not draft:
            _check_attacked(report)
        _write_files(partial, _attacked(files, report))
        if draft:
            shutil.rmtree(home / name, ignore_errors=True)
        partial.rename(home / name)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _check_attacked(report: AttackReport) -> None:
    if not report.passed:
        found = "; ".join(
            f"attack {check.number} ({check.name}): {', '.join(str(one) for one in check.findings[:3])}"
            for check in report.failed
        )
        raise RefusedError(
            f"The release would give people away. {found}. Merge categories or leave the table out, and protect again;"
            " a draft (draft=True) lets you look."
        )


def _attacked(files: Mapping[str, bytes], report: AttackReport) -> dict[str, bytes]:
    """The report of the attacks, and release.json with its fingerprint, sealed again."""
    content = _json_bytes(report.content())
    facts = json.loads(files["release.json"])
    facts["attack"] = {"file": "attack.json", "sha256": _sha256(content), "passed": report.passed}
    sealed = _json_bytes(facts)
    seal = f"{_sha256(sealed)}  release.json\n".encode()
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
        "sha256": _sha256(content),
        "kind": table.statistic,
        "of": table.of,
        "by": list(table.by),
        "code": table.code,
        "focus": table.focus,
        **{name: getattr(table, name) for name in _TEXT_FIELDS},
        "ci_level": table.ci_level,
        "comparison": table.comparison.id if table.comparison else None,
    }


_TEXT_FIELDS = (
    "title_nl", "title_en", "label_nl", "label_en", "says_nl", "says_en", "who_nl", "who_en",
    "note_nl", "note_en",
)  # fmt: skip
_COMPARISON_FIELDS = (
    "id", "of", "by", "adjust_for", "more_nl", "more_en", "answer_nl", "answer_en",
    "title_nl", "title_en", "groups_nl", "groups_en", "effect_name", "unit", "difference",
    "ci_low", "ci_high", "p_class", "smallest_detectable", "method", "ci_level", "mark",
)  # fmt: skip
_NUMBERS = ("difference", "ci_low", "ci_high", "smallest_detectable")


def _comparison_entry(comparison: PublishedComparison) -> dict[str, Any]:
    entry = {name: getattr(comparison, name) for name in _COMPARISON_FIELDS}
    return {**entry, **{name: _finite_or_none(entry[name]) for name in _NUMBERS}}


def _finite_or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _codebook_content(published: Sequence[Published]) -> dict[str, Any]:
    variables = {name: one.codebook[name] for one in published for name in one.codebook}
    first = published[0].codebook
    return {
        "name": first.name,
        "title_nl": first.title_nl,
        "title_en": first.title_en,
        "version": first.version,
        "variables": [_variable_entry(variables[name]) for name in sorted(variables)],
    }


def _variable_entry(variable: Variable) -> dict[str, Any]:
    parts = ("name", "kind", "label_nl", "label_en", "question_nl", "question_en", "privacy")
    codes = [{"code": one.code, "label_nl": one.label_nl, "label_en": one.label_en} for one in variable.codes]
    return {**{part: getattr(variable, part) for part in parts}, "codes": codes}


def _json_bytes(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=False, allow_nan=False) + "\n").encode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# Reading -----------------------------------------------------------------------------------------------------------


def _facts(place: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((place / "release.json").read_text("utf-8"))
    return facts


def _check_untouched(place: Path, facts: Mapping[str, Any]) -> None:
    expected = {entry["file"]: entry["sha256"] for entry in (*facts["tables"], facts["codebook"], facts["attack"])}
    seal = place / "release.json.sha256"
    expected["release.json"] = seal.read_text("utf-8").split()[0] if seal.is_file() else ""
    problems = []
    for path, wanted in expected.items():
        file = place / path
        if not file.is_file():
            problems.append(f"{path} is missing")
        elif _sha256(file.read_bytes()) != wanted:
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
    values |= {name: math.nan if values[name] is None else values[name] for name in _NUMBERS}
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
            elif column in coded:
                row[column] = coded[column].get(text, text)
    texts = {key: entry[key] for key in _TEXT_FIELDS}
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
