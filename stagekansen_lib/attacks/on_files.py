"""Attacks that read: what stands in the files of a release that should not, or stands there too finely."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stagekansen_lib.attacks.case import Case, cell_of, on_grid
from stagekansen_lib.attacks.evidence import FigureRow, FigureTable
from stagekansen_lib.attacks.findings import AbsentError, Finding, Found

__all__ = [
    "base_and_grid", "dominance", "interval_and_test", "maps", "models", "names_in", "order", "other_statistics",
    "people", "person_column", "told_twice", "traces_in", "undeclared", "voices", "votes", "what_files_carry",
    "what_travels", "words", "zeros",
]  # fmt: skip


def told_twice(case: Case) -> Found:
    """10, 19: one figure told in two ways gives more than each."""
    seen: dict[Any, FigureRow] = {}
    for table, row in case.now.rows():
        other = seen.setdefault(cell_of(table, row), row)
        told = tuple(row.texts.get(column) for column in ("estimate", "ci_low", "ci_high", "base", "mark"))
        before = tuple(other.texts.get(column) for column in ("estimate", "ci_low", "ci_high", "base", "mark"))
        if told != before:
            yield Finding(row.name, f"told otherwise in {other.table}")


def zeros(case: Case) -> Found:
    for table, row in case.now.rows():
        sides = (0.0, 1.0) if table.kind == "share" else (0.0,)
        if row.number("estimate") in sides or (row.number("count") == 0 and row.mark != "empty"):
            yield Finding(row.name, "a figure of nobody or everybody")


def base_and_grid(case: Case) -> Found:
    """13: an exact base, or a percentage finer than its base allows."""
    edges = case.rules.base_classes
    classes = {case.rules.base_class(edge) for edge in edges}
    for table, row in case.now.rows():
        base, p = row.texts.get("base", ""), row.number("estimate")
        if base not in classes and not (base == "" and not math.isfinite(p)):
            yield Finding(row.name, f"the base is told as '{base}', which is no class of the rules")
        elif row.hidden and (base or math.isfinite(p)):
            yield Finding(row.name, "hidden, and yet a base or figure is told")
        elif math.isfinite(p) and not on_grid(p, _grid(case, table, row)):
            yield Finding(row.name, "the figure is finer than its base allows")


def _grid(case: Case, table: FigureTable, row: FigureRow) -> float:
    base = row.base()
    return case.rules.step(base[0] if base else 0, share=table.kind == "share")


def interval_and_test(case: Case) -> Found:
    """14: an interval finer than its base allows; a test that gives a hidden share or a statistic back."""
    for table, row in case.now.rows():
        step = _grid(case, table, row)
        low, p, high = (row.number(name) for name in ("ci_low", "estimate", "ci_high"))
        if not (on_grid(low, step) and on_grid(high, step)):
            yield Finding(row.name, "the interval is finer than its base allows")
        if math.isfinite(low) != math.isfinite(p) or math.isfinite(high) != math.isfinite(p):
            yield Finding(row.name, "an interval without its figure, or a figure without its interval")
    classes = {f"<{limit:g}" for limit in case.rules.p_classes} | {"none", ""}
    for one in case.now.comparisons:
        if one["p_class"] not in classes:
            yield Finding(one["id"], "p is told otherwise than as a class")
        detectable = one["smallest_detectable"]
        if detectable is not None and not on_grid(detectable, case.rules.detectable_step):
            yield Finding(one["id"], "the smallest detectable difference is finer than the rules allow")
        if one["unit"] in ("points", "share"):
            finest = min(case.rules.share_grid.values())
            if not all(one[k] is None or on_grid(one[k], finest) for k in ("difference", "ci_low", "ci_high")):
                yield Finding(one["id"], "the difference is finer than the rules allow")
        if one["mark"] == "x" or one["difference"] is None:
            continue
        for table in case.now.tables:
            if (table.of, list(table.by)) == (one["of"], list(one["by"])):
                yield from (
                    Finding(row.name, f"a difference beside it ({one['id']})") for row in table.rows if row.hidden
                )


def dominance(case: Case) -> Found:
    """16: a mean so fine that it gives its sum back, or a share of the largest beside it."""
    means = [table for table in case.now.tables if table.kind == "mean"]
    if not means:
        raise AbsentError("No table holds a mean.")
    for table in means:
        for row in table.rows:
            if not on_grid(row.number("estimate"), _grid(case, table, row)):
                yield Finding(row.name, "the mean is finer than its base allows")
            if math.isfinite(row.number("largest_share", "two_largest_share", "sum", "total")):
                yield Finding(row.name, "what the largest answers make of it, or its sum, is told")


def words(*words: str) -> Callable[[Case], Found]:
    """Columns and names in the files that should not be there."""
    wanted = re.compile("|".join(words), re.IGNORECASE)

    def tries(case: Case) -> Found:
        for table in case.now.tables:
            for column in table.columns:
                if column not in table.by and wanted.fullmatch(column):
                    yield Finding(table.id, f"column {column}")
        for path in ("release.json", "codebook.json"):
            for name in sorted(names_in(json.loads(case.now.files.get(path, b"{}")))):
                if wanted.fullmatch(name):
                    yield Finding(path, f"entry {name}")

    return tries


def names_in(content: Any) -> set[str]:
    if isinstance(content, dict):
        return set(content) | {name for value in content.values() for name in names_in(value)}
    return {name for one in content for name in names_in(one)} if isinstance(content, list) else set()


def other_statistics(case: Case) -> Found:
    for table in case.now.tables:
        if table.kind not in ("share", "mean"):
            yield Finding(table.id, f"a statistic that the attacks do not know: {table.kind}")


def models(case: Case) -> Found:
    adjusted = [one for one in case.now.comparisons if one.get("adjust_for")]
    if not adjusted:
        raise AbsentError("The release holds no model.")
    for one in adjusted:
        if one["difference"] is not None and one["unit"] not in ("points", "odds", "ratio", "value", "share"):
            yield Finding(one["id"], "more of a model is told than one effect")


_COLUMNS = ("code", "group_nl", "group_en", "code_nl", "code_en", "estimate", "ci_low", "ci_high", "base", "mark")
_ENTRIES = {
    "release.json": {
        "format", "name", "date", "made_by", "checked_by", "draft", "previous", "sha256", "survey", "synthetic",
        "self_selected", "proxies", "nl", "en", "sources", "rules", "used", "kept", "share", "by_table", "linked",
        "tables", "id", "file", "kind", "of", "by", "code", "focus", "title_nl", "title_en", "label_nl", "label_en",
        "says_nl", "says_en", "who_nl", "who_en", "note_nl", "note_en", "ci_level", "comparison", "comparisons",
        "adjust_for", "more_nl", "more_en", "answer_nl", "answer_en", "groups_nl", "groups_en", "effect_name", "unit",
        "difference", "ci_low", "ci_high", "p_class", "smallest_detectable", "method", "mark", "codebook",
        "fingerprints", "declared_tables", "data", "versions", "python", "stagekansen", "numpy", "pandas", "scipy",
        "attack", "passed", "wave", "weighting", "margins", "registers",
    },
    "codebook.json": {
        "name", "title_nl", "title_en", "version", "variables", "kind", "label_nl", "label_en", "question_nl",
        "question_en", "privacy", "codes", "code",
    },
}  # fmt: skip


def what_travels(case: Case) -> Found:
    """24: a column, an entry or a row that readers do not see."""
    for table in case.now.tables:
        yield from (Finding(table.id, f"column {name}") for name in table.columns if name not in (*table.by, *_COLUMNS))
        places = [(row.group, row.texts.get("code", "")) for row in table.rows]
        if len(places) != len(set(places)):
            yield Finding(table.id, "two rows for one group, such as rows of answers")
        for row in table.rows:
            coded = [*row.group, *([(table.of, row.texts["code"])] if "code" in row.texts else [])]
            if any(answer not in case.now.answers.get(name, (answer,)) for name, answer in coded):
                yield Finding(row.name, "a row for an answer that the codebook of the release does not know")
    for path, allowed in _ENTRIES.items():
        content = json.loads(case.now.files.get(path, b"{}"))
        if path == "release.json":
            content = {**content, "fingerprints": {k: v for k, v in content["fingerprints"].items() if k == "code"}}
            content["kept"] = {"share": content["kept"]["share"]}
            content["rules"] = {"used": content["rules"]["used"]}
        yield from (Finding(path, f"entry {name}") for name in sorted(names_in(content) - allowed))


# Paths of a computer, what programs leave behind, and addresses of people.
_TRACES = re.compile(
    rb"(/home/|/Users/|/[r]oot/|/tmp/|/private/|/mnt/|[A-Za-z]:\\\\|file://|Traceback|ipynb_checkpoints|\.py\", line)"
)
_ADDRESSES = re.compile(rb"[\w.+-]+@[\w-]+\.[a-z]{2,}")
# Parts of a release that were public before: their addresses are those of reporting points and offices.
_PUBLIC_PARTS = ("registers/", "rules/")
_PEOPLE = re.compile(
    r"respondent(_?id)?|response_?id|student_?(id|number|nummer)|ip_?address|e_?mail|start_?date", re.I
)


def what_files_carry(case: Case) -> Found:
    """25: files that do not belong in a release, and traces of a computer or a person in those that do."""
    facts = case.now.facts
    expected = {entry["file"] for entry in (*facts["tables"], *facts.get("registers", ()))}
    expected |= {entry["file"] for entry in facts["rules"].get("files", ())}
    expected |= {"release.json", "release.json.sha256", "codebook.json", "attack.json"}
    yield from (Finding(path, "a file that does not belong there") for path in sorted(set(case.now.files) - expected))
    yield from (
        Finding(path, "a register or rule that is no YAML")
        for path in sorted(set(case.now.files) & expected)
        if path.startswith(_PUBLIC_PARTS) and not path.endswith(".yaml")
    )
    for path, content in case.now.files.items():
        if traces_in(content, public=path.startswith(_PUBLIC_PARTS)):
            yield Finding(path, "the path of a computer, an address, or what a program left behind")


def traces_in(content: bytes, *, public: bool = False) -> bool:
    """Whether bytes hold the path of a computer or what a program left; and unless ``public``, an address."""
    home = str(Path.home()).encode()
    found = _TRACES.search(content) or (not public and _ADDRESSES.search(content))
    return bool(found) or (len(home) > 3 and home in content)


def maps(case: Case) -> Found:
    """20: areas with something of the survey in them."""
    areas = {path: content for path, content in case.now.files.items() if b"FeatureCollection" in content}
    if not areas:
        raise AbsentError("A release holds tables and tests; no map of answers.")
    yield from (Finding(path, "a map of answers, which the attacks cannot read") for path in areas)


_SPEAKER = re.compile(
    r"(speaker_)?(name|age|sex|gender|school|programme|municipality|e_?mail|phone|respondent.*)", re.I
)


def voices(case: Case) -> Found:
    """28: a voice beside what could name the speaker."""
    content = case.now.files.get("registers/voices.yaml")
    if content is None:
        raise AbsentError("The release holds no voices.")
    for name in sorted(_keys(content)):
        if _SPEAKER.fullmatch(name):
            yield Finding("registers/voices.yaml", f"voices tell {name}")


def votes(case: Case) -> Found:
    """29: votes counted by role, where a role may have one voter."""
    told = {path: _keys(case.now.files[path]) for path in case.now.files if path.endswith((".yaml", ".json"))}
    counted = [(path, name) for path, names in told.items() for name in names if re.fullmatch("votes?|voters?", name)]
    if not counted:
        raise AbsentError("The release holds no votes.")
    yield from (Finding(path, f"{name} by role") for path, name in sorted(counted))


def people(case: Case) -> Found:
    """30: a row for each person, made up or not: a column that names respondents, in any file."""
    for path, content in case.now.files.items():
        head = content[:4000].decode("utf-8", "replace").partition("\n")[0]
        columns = re.split(r"[;,\t]", head) if path.endswith((".csv", ".tsv", ".txt")) else []
        names = [name.strip('\ufeff" ') for name in columns]
        names += [] if path.startswith(_PUBLIC_PARTS) else sorted(_keys(content))
        found = [name for name in dict.fromkeys(names) if person_column(name)]
        yield from (Finding(path, f"rows of people, with {name}") for name in found[:3])


def person_column(name: str) -> bool:
    """Whether a column with this name tells people apart."""
    return bool(_PEOPLE.fullmatch(name))


def _keys(content: bytes) -> set[str]:
    """The names of entries in a text of YAML or JSON."""
    text = content.decode("utf-8", "replace")
    if text.lstrip()[:1] in ("{", "["):
        return set(re.findall(r'"([A-Za-z_]\w*)"\s*:', text))
    return set(re.findall(r"^[ \-]*([A-Za-z_]\w*)\s*:(?=\s|$)", text, re.MULTILINE))


def order(case: Case) -> Found:
    """27: rows that stand in another order than the codebook's, such as that of a hidden figure."""
    for table in case.now.tables:
        names = [*table.by, *(["code"] if "code" in table.columns else [])]
        known = [case.now.answers.get(table.of if name == "code" else name, ()) for name in names]
        rank = [{answer: place for place, answer in enumerate(answers)} for answers in known]
        places = [
            tuple(ranks.get(row.texts.get(name, ""), len(ranks)) for name, ranks in zip(names, rank, strict=True))
            for row in table.rows
        ]
        if places != sorted(places):
            yield Finding(table.id, "the rows do not stand in the order of the codebook")


def undeclared(case: Case) -> Found:
    """A fixed cube: nothing but the tables that were declared before anyone looked."""
    if not case.fixed:
        raise AbsentError("A draft is for a look, and may hold tables that were not declared.")
    for table in case.now.tables:
        declared = case.declared.get(table.id)
        same = declared is not None and (declared.statistic, declared.of, declared.by) == (
            table.kind,
            table.of,
            table.by,
        )
        if not same:
            yield Finding(table.id, "the table was not declared beforehand, so somebody could pick groups")
