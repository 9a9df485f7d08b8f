"""What an outsider can recompute from a published folder, step by step. Each step tells what it found.

Part of ``proofs``. A step believes nothing that the folder says of itself and can check: it computes it again, with the
rules that lie in the folder.
"""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from stagekansen_lib.attacks.attack import attack_folder
from stagekansen_lib.attacks.evidence import FigureRow, FigureTable
from stagekansen_lib.attacks.findings import ABSENT, PASSED
from stagekansen_lib.disclosure.published import HIDDEN_MARKS
from stagekansen_lib.disclosure.rules import fingerprint
from stagekansen_lib.project.paths import data_files, data_folder
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.releases.data_packages import PACKAGE
from stagekansen_lib.releases.reading import expected_files, sha256_of
from stagekansen_lib.releases.seen_releases import SeenRelease

__all__ = ["STEPS", "Said"]

_EXACT = 1e-9
_MARKS = ("", "~", *HIDDEN_MARKS)
# Attacks that take earlier releases into account: what they tell depends on what stands beside this one.
_WITH_EARLIER = (6, 22)
_SOFTWARE = ("python", "stagekansen", "numpy", "pandas", "scipy")


@dataclass(frozen=True)
class Said:
    """Something that a step says: the key of its text, what is filled in, and whether it speaks against the release."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    wrong: bool = True


def _note(key: str, **values: Any) -> Said:
    return Said(key, values, wrong=False)


def _wrong(key: str, **values: Any) -> Said:
    return Said(key, values)


# Files and seals ----------------------------------------------------------------------------------------------------


def files(seen: SeenRelease) -> Iterator[Said]:
    """Every file against its sha256, and nothing beside them."""
    expected = expected_files(seen.facts)
    present = set(seen.files) - {"release.json", "release.json.sha256"}
    for path in sorted(set(expected) - present):
        yield _wrong("missing", file=path)
    for path in sorted(present - set(expected)):
        yield _wrong("added", file=path)
    for path in sorted(present & set(expected)):
        if sha256_of(seen.files[path]) != expected[path]:
            yield _wrong("changed", file=path)
    for path in seen.links:
        yield _wrong("link", file=path)
    yield _note("files", count=len(expected) + 2)


def seals(seen: SeenRelease) -> Iterator[Said]:
    """The seal of this release, and that of each release before it."""
    told = seen.files.get("release.json.sha256", b"").decode("ascii", "replace").split()
    if told[:1] != [seen.seal]:
        yield _wrong("seal_differs")
    for name, seal in seen.earlier():
        content = (seen.beside[name] / "release.json").read_bytes()
        same = sha256_of(content) == seal
        yield Said("seal_before" if same else "seal_before_differs", {"name": name}, wrong=not same)
    before, found = seen.facts["previous"], [name for name, _ in seen.earlier()]
    if not before:
        yield _note("first")
    elif not found:
        yield _note("before_absent", name=before["name"])


def names(seen: SeenRelease) -> Iterator[Said]:
    """What a release must tell of itself."""
    people = [str(seen.facts[name]).strip() for name in ("made_by", "checked_by")]
    if len({one.casefold() for one in people if one}) < 2:
        yield _wrong("two_people")
    if seen.facts["draft"]:
        yield _wrong("draft")
    if not seen.facts["wave"]:
        yield _wrong("no_wave")


def versions(seen: SeenRelease) -> Iterator[Said]:
    """The software that made it is named, and how that of this computer differs."""
    from stagekansen_lib.releases.building import code_fingerprint, versions_here

    told, here = seen.facts["versions"], versions_here()
    for name in _SOFTWARE:
        if not told.get(name):
            yield _wrong("no_version", name=name)
        elif told[name] != here[name]:
            yield _note("other_version", name=name, told=told[name], here=here[name])
    same = seen.facts["fingerprints"]["code"] == code_fingerprint()
    yield _note("same_code" if same else "other_code")


# Rules, registers, package ------------------------------------------------------------------------------------------


def rules(seen: SeenRelease) -> Iterator[Said]:
    """The rules and declared tables in the folder are those that the release was made with, and allow it."""
    recorded = {**seen.facts["fingerprints"]["rules"], **seen.facts["fingerprints"]["declared_tables"]}
    for name, told in recorded.items():
        if fingerprint(seen.place / "rules" / name) != told:
            yield _wrong("other_rules", file=name)
    own, (name, version) = seen.rules_chain[0], seen.used_rules
    if int(own["version"]) != version:
        yield _wrong("rules_version", name=name, told=version, found=own["version"])
    if not own.get("may_be_released", True):
        yield _wrong("rules_for_team", name=name)
    judged = own.get("real_surveys") or {}
    people = {str(one).strip().casefold() for one in judged.get("decided_by") or ()}
    if not seen.facts["synthetic"] and (len(people) < 2 or judged.get("version") != version):
        yield _wrong("not_judged", name=name)


def declared(seen: SeenRelease) -> Iterator[Said]:
    """Every table was declared beforehand, and those that must be there are."""
    known = {entry["id"]: entry for entry in seen.declared["tables"]}
    released = {table.id: table for table in seen.evidence.tables}
    codes = {entry["id"]: entry["code"] for entry in seen.facts["tables"]}
    for name, table in released.items():
        entry = known.get(name, {})
        asked = (entry.get("statistic"), entry.get("of"), tuple(entry.get("by", ())), entry.get("code"))
        if asked != (table.kind, table.of, table.by, codes[name]):
            yield _wrong("undeclared", table=name)
    for name in sorted(set(known) - set(released)):
        yield _note("not_released", table=name)
    shown = {name for table in released.values() if any(map(_shown, table.rows)) for name in (table.of, *table.by)}
    for name in seen.declared.get("required") or ():
        if name not in shown:
            yield _wrong("required", name=name)


def registers(seen: SeenRelease) -> Iterator[Said]:
    """The registers as they were can be read, and hold every source that the release names."""
    count = 0
    for entry in seen.facts["registers"]:
        read_yaml(seen.place / entry["file"])
        count += 1
    known = {one["id"] for one in read_yaml(seen.place / "registers" / "sources.yaml")["sources"]}
    for name in seen.facts["sources"]:
        if name not in known:
            yield _wrong("unknown_source", name=name)
    yield _note("registers", count=count)


def package(seen: SeenRelease) -> Iterator[Said]:
    """The Data Package describes these tables: their bytes, rows, columns and codes."""
    if PACKAGE not in seen.files:
        yield _note("no_package")
        return
    described = {one["path"]: one for one in seen.json(PACKAGE)["resources"]}
    tables = {one["file"]: one for one in seen.facts["tables"]}
    for path in sorted(set(described) ^ set(tables)):
        yield _wrong("package_lists", file=path)
    for path in sorted(set(described) & set(tables)):
        yield from _described(path, described[path], seen.files[path])


def _described(path: str, entry: Mapping[str, Any], content: bytes) -> Iterator[Said]:
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
    columns = entry["schema"]["fields"]
    told = (entry["hash"], entry["bytes"], entry["rows"], [one["name"] for one in columns])
    if told != (f"sha256:{sha256_of(content)}", len(content), len(rows), header):
        yield _wrong("package_differs", file=path)
        return
    for place, column in enumerate(columns):
        cells = [row[place] for row in rows if row[place]]
        allowed = {str(one["value"]) for one in column.get("categories", ())}
        strange = set(cells) - allowed if allowed else set[str]()
        if strange or (column["type"] == "number" and not all(map(_is_number, cells))):
            yield _wrong("package_column", file=path, column=column["name"])


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


# Figures ------------------------------------------------------------------------------------------------------------


def figures(seen: SeenRelease) -> Iterator[Said]:
    """Figures agree with their intervals, marks, bases and grid, with each other, and with what is told of them."""
    cells = 0
    for table in seen.evidence.tables:
        for row in table.rows:
            cells += 1
            yield from (_wrong(key, cell=row.name) for key in _faults(table, row, seen.numbers))
        if table.kind == "share" and "code" in table.columns and not seen.evidence.is_multiple(table.of):
            yield from _distributions(table, seen.numbers)
    yield from _counted(seen)
    for one in seen.evidence.comparisons:
        yield from (_wrong(key, cell=one["id"]) for key in _comparison_faults(seen, one))
    yield _note("figures", cells=cells, comparisons=len(seen.evidence.comparisons))


def _shown(row: FigureRow) -> bool:
    return row.mark not in HIDDEN_MARKS


def _ends(row: FigureRow) -> tuple[float, float, float]:
    low, figure, high = (row.number(name) for name in ("ci_low", "estimate", "ci_high"))
    return low, figure, high


def _faults(table: FigureTable, row: FigureRow, numbers: Mapping[str, Any]) -> Iterator[str]:
    """The keys of what is wrong with a row."""
    told = [one for one in _ends(row) if math.isfinite(one)]
    if row.mark not in _MARKS and not row.told:
        yield "unknown_mark"
    if any(not _is_number(row.texts[name]) for name in ("estimate", "ci_low", "ci_high") if row.texts.get(name)):
        yield "no_number"
    if row.told or not _shown(row):
        yield from ("hidden_told",) if told else ()
    elif len(told) < 3:
        yield "half_told"
    else:
        yield from _figure_faults(table, row, told, numbers)


def _figure_faults(
    table: FigureTable, row: FigureRow, told: Sequence[float], numbers: Mapping[str, Any]
) -> Iterator[str]:
    """As ``_faults``, of a row that tells a figure with both ends of its interval."""
    if not told[0] - _EXACT <= told[1] <= told[2] + _EXACT:
        yield "outside_interval"
    if table.kind == "share" and not (told[0] >= 0 and told[2] <= 1):
        yield "no_share"
    yield from _base_faults(table, row, told, numbers)


def _base_faults(
    table: FigureTable, row: FigureRow, told: Sequence[float], numbers: Mapping[str, Any]
) -> Iterator[str]:
    edges = numbers["base_classes"]
    classes = [*(f"{low}-{after - 1}" for low, after in pairwise(edges)), f"{edges[-1]}+"]
    if row.texts.get("base") not in classes:
        yield "no_class"
        return
    step = _step(table, row, numbers)
    if any(abs(one / step - round(one / step)) > 1e-6 for one in told):
        yield "off_grid"


def _step(table: FigureTable, row: FigureRow, numbers: Mapping[str, Any]) -> float:
    """The step of rounding that the rules of the folder allow at the base of a row."""
    grid = numbers["share_grid" if table.kind == "share" else "value_grid"]
    base = row.base() or (0.0, 0.0)
    fitting = [edge for edge in grid if edge <= base[0]]
    return float(grid[max(fitting) if fitting else min(grid)])


def _distributions(table: FigureTable, numbers: Mapping[str, Any]) -> Iterator[Said]:
    """The shares of all answers of one group make 100%, within their rounding."""
    for group in dict.fromkeys(row.group for row in table.rows):
        rows = [row for row in table.rows if row.group == group and row.mark != "empty"]
        if all(math.isfinite(row.number("estimate")) for row in rows):
            room = sum(_step(table, row, numbers) for row in rows) / 2
            if abs(sum(row.number("estimate") for row in rows) - 1) > room + _EXACT:
                yield _wrong("no_hundred", cell=rows[0].name)


def _counted(seen: SeenRelease) -> Iterator[Said]:
    """How much is shown, as the release tells it, and counted again."""
    again = {
        table.id: [sum(map(_shown, table.rows)), sum(row.mark != "empty" for row in table.rows)]
        for table in seen.evidence.tables
    }
    kept = seen.facts["kept"]
    for name in sorted(set(again) | set(kept["by_table"])):
        if list(kept["by_table"].get(name, ())) != again.get(name):
            yield _wrong("kept", table=name)
    shown, cells = (sum(one[place] for one in again.values()) for place in (0, 1))
    if abs(kept["share"] - shown / max(cells, 1)) > 1e-4:
        yield _wrong("kept_share", told=kept["share"], found=round(shown / max(cells, 1), 4))


def _comparison_faults(seen: SeenRelease, one: Mapping[str, Any]) -> Iterator[str]:
    low, figure, high = (one[name] for name in ("ci_low", "difference", "ci_high"))
    told = [value for value in (low, figure, high) if value is not None]
    if one["mark"] in HIDDEN_MARKS and told:
        yield "hidden_told"
    if len(told) == 3 and not low - _EXACT <= figure <= high + _EXACT:
        yield "outside_interval"
    if len(told) not in (0, 3):
        yield "half_told"
    if one["p_class"] not in {*(f"<{limit:g}" for limit in seen.numbers["p_classes"]), "none", ""}:
        yield "no_p_class"
    if one["effect_name"] == "difference_in_shares" and len(told) == 3 and not one["adjust_for"]:
        yield from _beside_table(seen, one)


def _beside_table(seen: SeenRelease, one: Mapping[str, Any]) -> Iterator[str]:
    """A difference in shares is that of the two figures in the table, within the rounding of all three."""
    for table in seen.evidence.tables:
        rows = [row for row in table.rows if math.isfinite(row.number("estimate"))]
        if (table.kind, table.of, list(table.by)) != ("share", one["of"], list(one["by"])) or len(table.rows) != 2:
            continue
        if len(rows) == 2 and "code" not in table.columns:
            steps = [_step(table, row, seen.numbers) for row in rows]
            room = (sum(steps) + min(seen.numbers["share_grid"].values())) / 2
            again = rows[1].number("estimate") - rows[0].number("estimate")
            if abs(abs(again) - abs(one["difference"])) > room + _EXACT:
                yield "other_difference"


# Attacks ------------------------------------------------------------------------------------------------------------


def attacks(seen: SeenRelease) -> Iterator[Said]:
    """The attacks of today on these bytes and every release beside them; and the stored report, compared with them."""
    report = attack_folder(seen.place, list(seen.beside.values()))
    for one in (*report.failed, *report.undecided):
        for finding in one.findings:
            yield _wrong("attack", number=one.number, found=finding)
    stored = {one["number"]: one["verdict"] for one in seen.json("attack.json")["attacks"]}
    if any(verdict not in (PASSED, ABSENT) for verdict in stored.values()) or not seen.facts["attack"]["passed"]:
        yield _wrong("not_withstood")
    today = {one.number: one.verdict for one in report.checks}
    for number in sorted(set(stored) - set(today)):
        yield _wrong("unknown_attack", number=number)
    for number in sorted(set(today) & set(stored) - set(_WITH_EARLIER)):
        if today[number] != stored[number]:
            yield _wrong("other_verdict", number=number)
    yield from _left_out(seen, sorted(set(today) - set(stored)))
    yield from _other_rules_here(seen)
    counts = Counter(today.values())
    yield _note("attacks", tried=len(today) - counts[ABSENT], absent=counts[ABSENT], beside=len(seen.beside))


def _left_out(seen: SeenRelease, lacking: Sequence[int]) -> Iterator[Said]:
    """Attacks that the stored report does not have: newer than the release, unless the same code made it."""
    from stagekansen_lib.releases.building import code_fingerprint

    same = seen.facts["fingerprints"]["code"] == code_fingerprint()
    for number in lacking:
        yield Said("attack_left_out" if same else "attack_newer", {"number": number}, wrong=same)


def _other_rules_here(seen: SeenRelease) -> Iterator[Said]:
    """The attacks go by the rules of this computer: said when those are not the ones in the folder."""
    here = {path.name: path for path in data_files("rules", "*.yaml")}
    for name, told in seen.facts["fingerprints"]["rules"].items():
        if name not in here or fingerprint(here[name]) != told:
            yield _note("rules_here", file=name, folder=str(data_folder("rules").name))


STEPS = (files, seals, names, versions, rules, declared, registers, package, figures, attacks)
