"""Attacks that read: what stands in the files of a release that should not, or stands there too finely."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from stagekansen_lib.attacks.attacked import AttackedRelease, cell_of, on_grid
from stagekansen_lib.attacks.evidence import FigureRow, FigureTable
from stagekansen_lib.attacks.findings import AbsentError, Finding, Found
from stagekansen_lib.attacks.on_index import INDEX_ENTRIES

__all__ = [
    "base_and_grid", "dominance", "interval_and_test", "maps", "models", "names_in", "order", "other_statistics",
    "people", "person_column", "said_in_texts", "told_twice", "traces_in", "undeclared", "voices", "votes",
    "what_files_carry", "what_travels", "words", "zeros",
]  # fmt: skip


def told_twice(attacked: AttackedRelease) -> Found:
    """10, 19: one figure told in two ways gives more than each."""
    seen: dict[Any, FigureRow] = {}
    for table, row in attacked.now.rows():
        other = seen.setdefault(cell_of(table, row), row)
        told = tuple(row.texts.get(column) for column in ("estimate", "ci_low", "ci_high", "base", "mark"))
        before = tuple(other.texts.get(column) for column in ("estimate", "ci_low", "ci_high", "base", "mark"))
        if told != before:
            yield Finding(row.name, f"told otherwise in {other.table}")


_PERCENTAGE = re.compile(r"(\d+(?:[.,]\d+)?)\s?(?:%|procent|per ?cent)")
# "4 of the 12": a count and its base. Up to ten it is a way of speaking, or a scale.
_COUNT_OF = re.compile(r"\b(\d+) (?:van de|van|op de|of the|out of|of) (\d{2,})\b")
_TEXTS = re.compile(r"(title|label|says|who|note|more)_(nl|en)")


def said_in_texts(attacked: AttackedRelease) -> Found:
    """10: a number of people, or a percentage that no figure of the release is, in a text that was declared."""
    told = _percentages(attacked)
    for entry in (*attacked.now.facts["tables"], *attacked.now.comparisons):
        for name in filter(_TEXTS.fullmatch, entry):
            text = str(entry[name])
            for number in _PERCENTAGE.findall(text):
                if float(number.replace(",", ".")) not in told:
                    yield Finding(str(entry["id"]), f"{name} says {number}%, which no figure of the release is")
            for few, all_of_them in _COUNT_OF.findall(text):
                if int(all_of_them) > 10:
                    yield Finding(str(entry["id"]), f"{name} says {few} of {all_of_them}: a count")


def _percentages(attacked: AttackedRelease) -> set[float]:
    """The percentages that rows, tests and the index tell, and the classes in which they may be told."""
    rows = [row.number(name) for _, row in attacked.now.rows() for name in ("estimate", "ci_low", "ci_high")]
    tests = [one[name] for one in attacked.now.comparisons for name in ("difference", "ci_low", "ci_high")]
    shares = [one for one in (*rows, *tests) if one is not None and math.isfinite(one)]
    edge = 1 - attacked.rules.group_share
    return {round(100 * one, 6) for one in (*shares, edge, 1 - edge, 0.95)}


def zeros(attacked: AttackedRelease) -> Found:
    for table, row in attacked.now.rows():
        sides = (0.0, 1.0) if table.kind == "share" else (0.0,)
        if row.number("estimate") in sides or (row.number("count") == 0 and row.mark != "empty"):
            yield Finding(row.name, "a figure of nobody or everybody")


def base_and_grid(attacked: AttackedRelease) -> Found:
    """13: an exact base, or a percentage finer than its base allows."""
    classes = {attacked.rules.base_class(edge) for edge in attacked.rules.base_classes}
    for table, row in attacked.now.rows():
        base, p = row.texts.get("base", ""), row.number("estimate")
        if not base and not math.isfinite(p):
            continue
        if base not in classes:
            yield Finding(row.name, f"the base is told as '{base}', which is no class of the rules")
        elif row.hidden:
            yield Finding(row.name, "hidden, and yet a base or figure is told")
        elif not on_grid(p, _grid(attacked, table, row)):
            yield Finding(row.name, "the figure is finer than its base allows")


def _grid(attacked: AttackedRelease, table: FigureTable, row: FigureRow) -> float:
    base = row.base()
    return attacked.rules.step(base[0] if base else 0, share=table.kind == "share")


def interval_and_test(attacked: AttackedRelease) -> Found:
    """14: an interval finer than its base allows; a test that gives a hidden share or a statistic back."""
    for table, row in attacked.now.rows():
        yield from _interval(row, _grid(attacked, table, row))
    for one in attacked.now.comparisons:
        yield from _too_finely_told(attacked, one)
        if one["mark"] != "x" and one["difference"] is not None:
            yield from _hidden_beside(attacked, one)


def _interval(row: FigureRow, step: float) -> Found:
    low, p, high = (row.number(name) for name in ("ci_low", "estimate", "ci_high"))
    if not (on_grid(low, step) and on_grid(high, step)):
        yield Finding(row.name, "the interval is finer than its base allows")
    if len({math.isfinite(one) for one in (low, p, high)}) > 1:
        yield Finding(row.name, "an interval without its figure, or a figure without its interval")


def _too_finely_told(attacked: AttackedRelease, comparison: Mapping[str, Any]) -> Found:
    rules = attacked.rules
    if comparison["p_class"] not in {*(f"<{limit:g}" for limit in rules.p_classes), "none", ""}:
        yield Finding(comparison["id"], "p is told otherwise than as a class")
    if not _all_on_grid([comparison["smallest_detectable"]], rules.detectable_step):
        yield Finding(comparison["id"], "the smallest detectable difference is finer than the rules allow")
    effect = [comparison[name] for name in ("difference", "ci_low", "ci_high")]
    if comparison["unit"] in ("points", "share") and not _all_on_grid(effect, min(rules.share_grid.values())):
        yield Finding(comparison["id"], "the difference is finer than the rules allow")


def _all_on_grid(values: Sequence[float | None], step: float) -> bool:
    return all(value is None or on_grid(value, step) for value in values)


def _hidden_beside(attacked: AttackedRelease, comparison: Mapping[str, Any]) -> Found:
    """Hidden rows of the table that a shown difference belongs to."""
    asked = (comparison["of"], tuple(comparison["by"]))
    for table, row in attacked.now.rows():
        if (table.of, tuple(table.by)) == asked and row.hidden:
            yield Finding(row.name, f"a difference beside it ({comparison['id']})")


def dominance(attacked: AttackedRelease) -> Found:
    """16: a mean so fine that it gives its sum back, or a share of the largest beside it."""
    means = [table for table in attacked.now.tables if table.kind == "mean"]
    if not means:
        raise AbsentError("No table holds a mean.")
    for table in means:
        for row in table.rows:
            if not on_grid(row.number("estimate"), _grid(attacked, table, row)):
                yield Finding(row.name, "the mean is finer than its base allows")
            if math.isfinite(row.number("largest_share", "two_largest_share", "sum", "total")):
                yield Finding(row.name, "what the largest answers make of it, or its sum, is told")


def words(*words: str) -> Callable[[AttackedRelease], Found]:
    """Columns and names in the files that should not be there."""
    wanted = re.compile("|".join(words), re.IGNORECASE)

    def tries(attacked: AttackedRelease) -> Found:
        for table in attacked.now.tables:
            for column in table.columns:
                if column not in table.by and wanted.fullmatch(column):
                    yield Finding(table.id, f"column {column}")
        for path in ("release.json", "codebook.json"):
            for name in sorted(names_in(json.loads(attacked.now.files.get(path, b"{}")))):
                if wanted.fullmatch(name):
                    yield Finding(path, f"entry {name}")

    return tries


def names_in(content: Any) -> set[str]:
    if isinstance(content, dict):
        return set(content) | {name for value in content.values() for name in names_in(value)}
    return {name for one in content for name in names_in(one)} if isinstance(content, list) else set()


def other_statistics(attacked: AttackedRelease) -> Found:
    for table in attacked.now.tables:
        if table.kind not in ("share", "mean"):
            yield Finding(table.id, f"a statistic that the attacks do not know: {table.kind}")


def models(attacked: AttackedRelease) -> Found:
    adjusted = [one for one in attacked.now.comparisons if one.get("adjust_for")]
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
        "attack", "passed", "wave", "weighting", "margins", "registers", "datapackage", "index",
    },
    "codebook.json": {
        "name", "title_nl", "title_en", "version", "variables", "kind", "label_nl", "label_en", "question_nl",
        "question_en", "privacy", "codes", "code", "derivations", "derived_from", "only_if", "missing", "rule",
    },
    "index.json": INDEX_ENTRIES,
    "datapackage.json": {
        "$schema", "name", "title", "title_nl", "description", "version", "created", "licenses", "path", "keywords",
        "resources", "type", "format", "mediatype", "encoding", "bytes", "hash", "rows", "schema", "fields",
        "categories", "value", "label", "missingValues",
    },
}  # fmt: skip


def what_travels(attacked: AttackedRelease) -> Found:
    """24: a column, an entry or a row that readers do not see."""
    for table in attacked.now.tables:
        yield from _unknown_in(table, attacked.now.answers)
    for path, allowed in _ENTRIES.items():
        content = json.loads(attacked.now.files.get(path, b"{}"))
        if path == "release.json":
            content = _without_names_of_files(content)
        yield from (Finding(path, f"entry {name}") for name in sorted(names_in(content) - allowed))


def _unknown_in(table: FigureTable, answers: Mapping[str, tuple[str, ...]]) -> Found:
    yield from (Finding(table.id, f"column {name}") for name in table.columns if name not in (*table.by, *_COLUMNS))
    places = [(row.group, row.texts.get("code", "")) for row in table.rows]
    if len(places) != len(set(places)):
        yield Finding(table.id, "two rows for one group, such as rows of answers")
    for row in table.rows:
        coded = [*row.group, *([(table.of, row.texts["code"])] if "code" in row.texts else [])]
        if any(answer not in answers.get(name, (answer,)) for name, answer in coded):
            yield Finding(row.name, "a row for an answer that the codebook of the release does not know")


def _without_names_of_files(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts without the parts whose entries are names of files and tables."""
    code = {name: value for name, value in facts["fingerprints"].items() if name == "code"}
    kept, rules = {"share": facts["kept"]["share"]}, {"used": facts["rules"]["used"]}
    return {**facts, "fingerprints": code, "kept": kept, "rules": rules}


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


def what_files_carry(attacked: AttackedRelease) -> Found:
    """25: files that do not belong in a release, and traces of a computer or a person in those that do."""
    facts = attacked.now.facts
    expected = {entry["file"] for entry in (*facts["tables"], *facts.get("registers", ()))}
    expected |= {entry["file"] for entry in facts["rules"].get("files", ())}
    expected |= {"release.json", "release.json.sha256", "codebook.json", "attack.json", "datapackage.json"}
    expected |= {entry["file"] for entry in (facts.get("index"),) if entry}
    yield from (
        Finding(path, "a file that does not belong there") for path in sorted(set(attacked.now.files) - expected)
    )
    yield from (
        Finding(path, "a register or rule that is no YAML")
        for path in sorted(set(attacked.now.files) & expected)
        if path.startswith(_PUBLIC_PARTS) and not path.endswith(".yaml")
    )
    for path, content in attacked.now.files.items():
        if traces_in(content, public=path.startswith(_PUBLIC_PARTS)):
            yield Finding(path, "the path of a computer, an address, or what a program left behind")


def traces_in(content: bytes, *, public: bool = False) -> bool:
    """Whether bytes hold the path of a computer or what a program left; and unless ``public``, an address."""
    home = str(Path.home()).encode()
    found = _TRACES.search(content) or (not public and _ADDRESSES.search(content))
    return bool(found) or (len(home) > 3 and home in content)


def maps(attacked: AttackedRelease) -> Found:
    """20: areas with something of the survey in them."""
    areas = {path: content for path, content in attacked.now.files.items() if b"FeatureCollection" in content}
    if not areas:
        raise AbsentError("A release holds tables and tests; no map of answers.")
    yield from (Finding(path, "a map of answers, which the attacks cannot read") for path in areas)


_SPEAKER = re.compile(
    r"(speaker_)?(name|age|sex|gender|school|programme|municipality|e_?mail|phone|respondent.*)", re.I
)

# A list of attributes, and how many things may be told of a speaker.
_ATTRIBUTES = re.compile(r"^ +attributes_[a-z]{2}:\n((?: +- .*\n)*)", re.MULTILINE)
_MOST_TOLD = 2


def voices(attacked: AttackedRelease) -> Found:
    """28: a voice beside what could name the speaker."""
    content = attacked.now.files.get("registers/voices.yaml")
    if content is None:
        raise AbsentError("The release holds no voices.")
    for name in sorted(_keys(content)):
        if _SPEAKER.fullmatch(name):
            yield Finding("registers/voices.yaml", f"voices tell {name}")
    for told in _ATTRIBUTES.findall(content.decode("utf-8", "replace")):
        if len(told.strip().splitlines()) > _MOST_TOLD:
            yield Finding("registers/voices.yaml", f"voices tell more than {_MOST_TOLD} things of a speaker")


def votes(attacked: AttackedRelease) -> Found:
    """29: votes counted by role, where a role may have one voter."""
    told = {path: _keys(attacked.now.files[path]) for path in attacked.now.files if path.endswith((".yaml", ".json"))}
    counted = [(path, name) for path, names in told.items() for name in names if re.fullmatch("votes?|voters?", name)]
    if not counted:
        raise AbsentError("The release holds no votes.")
    yield from (Finding(path, f"{name} by role") for path, name in sorted(counted))


def people(attacked: AttackedRelease) -> Found:
    """30: a row for each person, made up or not: a column that names respondents, in any file."""
    for path, content in attacked.now.files.items():
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


def order(attacked: AttackedRelease) -> Found:
    """27: rows that stand in another order than the codebook's, such as that of a hidden figure."""
    for table in attacked.now.tables:
        names = [*table.by, *(["code"] if "code" in table.columns else [])]
        known = [attacked.now.answers.get(table.of if name == "code" else name, ()) for name in names]
        rank = [{answer: place for place, answer in enumerate(answers)} for answers in known]
        places = [
            tuple(ranks.get(row.texts.get(name, ""), len(ranks)) for name, ranks in zip(names, rank, strict=True))
            for row in table.rows
        ]
        if places != sorted(places):
            yield Finding(table.id, "the rows do not stand in the order of the codebook")


def undeclared(attacked: AttackedRelease) -> Found:
    """A fixed cube: nothing but the tables that were declared before anyone looked."""
    if not attacked.fixed:
        raise AbsentError("A draft is for a look, and may hold tables that were not declared.")
    for table in attacked.now.tables:
        declared = attacked.declared.get(table.id)
        same = declared is not None and (declared.statistic, declared.of, declared.by) == (
            table.kind,
            table.of,
            table.by,
        )
        if not same:
            yield Finding(table.id, "the table was not declared beforehand, so somebody could pick groups")
