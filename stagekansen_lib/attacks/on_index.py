"""Attack 21: from the score of a yearly index, its change, or what a domain adds to it, back to indicator and count.

Everything that an index tells should follow from its indicators as they are shown. The attacker computes it again; what
comes out otherwise was made from something finer, and tells of it. Then each indicator is judged by itself, beside the
tables of the same release, and beside the same wave in earlier releases.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stagekansen_lib.attacks.attacked import AttackedRelease, on_grid
from stagekansen_lib.attacks.evidence import Evidence
from stagekansen_lib.attacks.findings import Finding, Found

__all__ = ["INDEX_ENTRIES", "score_back"]

_FILE = "index.json"
_CLASSES = {"<10%": (0.0, 10.0), ">90%": (90.0, 100.0)}
_DOMAIN_NEEDS = 2 / 3
# Scores are told in tenths.
_TENTH = 0.05 + 1e-6
_MARGIN_STEPS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)

INDEX_ENTRIES = {
    "series", "title_nl", "title_en", "synthetic", "self_selected", "rules", "goalposts", "id", "domain", "unit",
    "worst", "best", "waves", "wave", "letter", "indicators", "mark", "value", "ci_low", "ci_high", "base", "step",
    "enters", "score", "domains", "index", "grade", "flag", "together", "changes", "first", "last", "verdict", "change",
    "smallest_detectable", "contributions", "interventions", "label_nl", "label_en", "breaks", "reason_nl", "reason_en",
}  # fmt: skip

Content = Mapping[str, Any]


def score_back(attacked: AttackedRelease) -> Found:
    """21: a score, a change or a contribution that gives an indicator or a count closer than it is shown."""
    index = _index(attacked.now)
    if index is None:
        return
    goals = {one["id"]: one for one in index["goalposts"]}
    for wave in index["waves"]:
        for one in wave["indicators"]:
            yield from _indicator(attacked, goals[one["id"]], one, _name(wave, one))
        yield from _put_together(wave, goals)
        yield from _margins(wave, goals)
    yield from _changes(index)
    yield from _beside_tables(attacked.now, index["waves"][-1])
    yield from _counts_behind_gaps(attacked.now, index["waves"][-1])
    for earlier in attacked.before:
        yield from _told_before(index, earlier)


def _index(evidence: Evidence) -> Content | None:
    content = evidence.files.get(_FILE)
    return None if content is None else dict(json.loads(content))


def _name(wave: Content, one: Content) -> str:
    return f"{_FILE}: {wave['wave']} {one['id']}"


# An indicator by itself --------------------------------------------------------------------------------------------


def _indicator(attacked: AttackedRelease, goal: Content, one: Content, name: str) -> Found:
    rules, figures = attacked.rules, [one[part] for part in ("value", "ci_low", "ci_high")]
    classed, told = one["mark"] in _CLASSES, one["value"] is not None
    if not told and not classed:
        if any(one[part] is not None for part in ("value", "ci_low", "ci_high", "enters", "score")) or one["base"]:
            yield Finding(name, "hidden, and yet something of it is told")
        return
    base = _base(one["base"])
    if base is None or one["base"] not in {rules.base_class(edge) for edge in rules.base_classes}:
        yield Finding(name, f"the base is told as '{one['base']}', which is no class of the rules")
        return
    if classed:
        yield from _classed(one, base, rules.least_count, name)
        return
    step = rules.step(base[0], share=goal["unit"] != "times") * (1 if goal["unit"] == "times" else 100)
    if any(value is None for value in figures):
        yield Finding(name, "a figure without its interval")
    elif not all(on_grid(value, step) for value in figures):
        yield Finding(name, f"the figure or its interval is finer than its base allows ({step:g})")
    if goal["unit"] == "percent":
        yield from _share(one, base, step, rules.least_count, 100 * (1 - rules.group_share), name)


def _classed(one: Content, base: tuple[float, float], least: int, name: str) -> Found:
    if any(one[part] is not None for part in ("value", "ci_low", "ci_high")):
        yield Finding(name, "told as a class, and as a figure beside it")
    if 0.10 * base[1] < least:
        yield Finding(name, "a class that leaves fewer than ten answers")
    low, high = _CLASSES[one["mark"]]
    if one["enters"] != (low + high) / 2:
        yield Finding(name, f"told as a class, and counted with {one['enters']} instead of its middle")


def _share(one: Content, base: tuple[float, float], step: float, least: int, edge: float, name: str) -> Found:
    if not edge <= one["value"] <= 100 - edge:
        yield Finding(name, "nine of ten or more of a group are told as a figure")
    for side in (one["value"], 100 - one["value"]):
        if base[1] * (side + step / 2) / 100 < least:
            yield Finding(name, "a count that is surely under ten")


def _base(text: str) -> tuple[float, float] | None:
    low, _, high = text.partition("-")
    if low.endswith("+") and low[:-1].isdigit():
        return float(low[:-1]), math.inf
    return (float(low), float(high)) if low.isdigit() and high.isdigit() else None


# What is put together ----------------------------------------------------------------------------------------------


def _enters(one: Content) -> float:
    """What a reader would let count: the figure as shown, or the middle of its class."""
    if one["value"] is not None:
        return float(one["value"])
    return sum(_CLASSES[one["mark"]]) / 2 if one["mark"] in _CLASSES else math.nan


def _score(goal: Content, value: float) -> float:
    return float(min(max(100 * (value - goal["worst"]) / (goal["best"] - goal["worst"]), 1.0), 100.0))


def _put_together(wave: Content, goals: Mapping[str, Content]) -> Found:
    for one in wave["indicators"]:
        scores = _score(goals[one["id"]], _enters(one)) if math.isfinite(_enters(one)) else math.nan
        if _differs(one["score"], scores):
            yield Finding(_name(wave, one), f"its score is not that of what is shown, but of {_value_of(one, goals)}")
    domains = [_mean(wave, domain["id"], goals) for domain in wave["domains"]]
    for domain, again in zip(wave["domains"], domains, strict=True):
        if _differs(domain["score"], again):
            yield Finding(
                _name(wave, domain), f"its score tells more than what is shown{_told_of(wave, domain, goals)}"
            )
    again = math.exp(sum(map(math.log, domains)) / len(domains)) if all(map(math.isfinite, domains)) else math.nan
    if _differs(wave["index"]["score"], again):
        yield Finding(_name(wave, wave["index"]), "the index does not follow from the domains as they are shown")


def _differs(told: float | None, again: float) -> bool:
    if told is None or not math.isfinite(again):
        return (told is None) == math.isfinite(again)
    return abs(told - again) > _TENTH


def _value_of(one: Content, goals: Mapping[str, Content]) -> str:
    goal = goals[one["id"]]
    if one["score"] is None:
        return "nothing"
    return f"{goal['worst'] + one['score'] / 100 * (goal['best'] - goal['worst']):.3g}"


def _own(wave: Content, domain: str, goals: Mapping[str, Content]) -> list[Content]:
    return [one for one in wave["indicators"] if goals[one["id"]]["domain"] == domain]


def _mean(wave: Content, domain: str, goals: Mapping[str, Content]) -> float:
    own = _own(wave, domain, goals)
    scores = [_score(goals[one["id"]], _enters(one)) for one in own if math.isfinite(_enters(one))]
    return sum(scores) / len(scores) if len(scores) >= _DOMAIN_NEEDS * len(own) - 1e-9 else math.nan


def _told_of(wave: Content, domain: Content, goals: Mapping[str, Content]) -> str:
    """Which values of its indicators the score of a domain allows, closer than they are shown."""
    if domain["score"] is None:
        return ""
    own = _own(wave, domain["id"], goals)
    ranges = {one["id"]: _range(one, goals[one["id"]]) for one in own}
    found = []
    for one in own:
        goal = goals[one["id"]]
        rest = [sorted(_score(goal_of, end) for end in ranges[name]) for name, goal_of in goals.items()
                if name in ranges and name != one["id"]]  # fmt: skip
        whole = domain["score"] * len(own)
        ends = (whole - sum(high for _, high in rest) - _TENTH, whole - sum(low for low, _ in rest) + _TENTH)
        values = sorted(goal["worst"] + end / 100 * (goal["best"] - goal["worst"]) for end in ends)
        low, high = max(values[0], ranges[one["id"]][0]), min(values[1], ranges[one["id"]][1])
        if low <= high and high - low < (ranges[one["id"]][1] - ranges[one["id"]][0]) - 1e-6:
            found.append(f"{one['id']} is {low:.3g} to {high:.3g}")
    return f" ({'; '.join(found)})" if found else ""


def _range(one: Content, goal: Content) -> tuple[float, float]:
    """The values that an indicator may have, by what is shown of it."""
    if one["value"] is not None:
        return one["value"] - one["step"] / 2, one["value"] + one["step"] / 2
    if one["mark"] in _CLASSES:
        return _CLASSES[one["mark"]]
    low, high = sorted((float(goal["worst"]), float(goal["best"])))
    return low, high


def _margins(wave: Content, goals: Mapping[str, Content]) -> Found:
    """The ends of a margin stand on a grid as coarse as the coarsest indicator makes it, whatever is written there."""
    least = {domain["id"]: _least_step(wave, domain["id"], goals) for domain in wave["domains"]}
    least["index"] = _coarse(max(least.values()) / len(least))
    for one in (*wave["domains"], wave["index"]):
        ends = [one[part] for part in ("ci_low", "ci_high")]
        if one["score"] is None:
            if any(end is not None for end in ends):
                yield Finding(_name(wave, one), "a margin of what is not told")
        elif not all(end in (1.0, 100.0) or (end is not None and on_grid(end, least[one["id"]])) for end in ends):
            yield Finding(_name(wave, one), "the margin is finer than its indicators allow")


def _least_step(wave: Content, domain: str, goals: Mapping[str, Content]) -> float:
    steps = [
        abs(100 * one["step"] / (goals[one["id"]]["best"] - goals[one["id"]]["worst"]))
        for one in _own(wave, domain, goals)
        if one["value"] is not None
    ]
    return _coarse(max(steps) / len(steps)) if steps else 1.0


def _coarse(step: float) -> float:
    return next((one for one in _MARGIN_STEPS if one >= step - 1e-9), _MARGIN_STEPS[-1])


# Change ------------------------------------------------------------------------------------------------------------


def _changes(index: Content) -> Found:
    waves = {wave["wave"]: wave for wave in index["waves"]}
    for one in index["changes"]:
        name = f"{_FILE}: {one['first']} to {one['last']}"
        first, last = (waves[one[end]] for end in ("first", "last"))
        numbers = [one[part] for part in ("change", "ci_low", "ci_high", "smallest_detectable")]
        if one["change"] is None:
            if any(number is not None for number in numbers) or one["contributions"]:
                yield Finding(name, "something of a change that is not told")
            continue
        scores = [wave["index"]["score"] for wave in (first, last)]
        if None in scores or abs(one["change"] - (scores[1] - scores[0])) > _TENTH:
            yield Finding(name, "the change is not that of the index as it is shown")
            continue
        if not all(on_grid(number, 1.0) for number in numbers[1:]):
            yield Finding(name, "the margin of the change is finer than whole points")
        yield from _contributions(one, first, last, name)


def _contributions(one: Content, first: Content, last: Content, name: str) -> Found:
    before, after = first["index"]["score"], last["index"]["score"]
    mean = before if before == after else (after - before) / math.log(after / before)
    told = dict(one["contributions"])
    for start, end in zip(first["domains"], last["domains"], strict=True):
        again = mean * math.log(end["score"] / start["score"]) / len(first["domains"])
        if abs(told.get(start["id"], again) - again) > _TENTH:
            yield Finding(f"{name}: {start['id']}", "what it adds does not follow from the domains as they are shown")


# Beside what else is known -----------------------------------------------------------------------------------------


def _register(evidence: Evidence) -> dict[str, Content]:
    """The indicators of the register that the release holds."""
    import yaml

    content = yaml.safe_load(evidence.files.get("registers/index.yaml", b"{}")) or {}
    return {one["id"]: one for one in content.get("indicators", [])}


def _beside_tables(now: Evidence, wave: Content) -> Found:
    """A figure of the index that its own table tells otherwise, or does not tell."""
    tables, register = {table.id: table for table in now.tables}, _register(now)
    for one in wave["indicators"]:
        table = tables.get(register.get(one["id"], {}).get("table") or "")
        if table is None or len(table.rows) != 1:
            continue
        row = table.rows[0]
        shown, value = 100 * row.number("estimate"), _number(one["value"])
        same = (math.isnan(shown) and math.isnan(value)) or abs(shown - value) < 1e-6
        if not same or row.mark != one["mark"]:
            yield Finding(_name(wave, one), f"told otherwise in table {table.id}")


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _counts_behind_gaps(now: Evidence, wave: Content) -> Found:
    """The two groups of a gap from the share of everyone in a table, and the counts behind them."""
    register = _register(now)
    experience = next(
        (one for one in wave["indicators"] if register.get(one["id"], {}).get("of") == "experience"), None
    )
    if experience is None or experience["value"] is None:
        return
    for one in wave["indicators"]:
        entry = register.get(one["id"], {})
        if one["value"] is None or entry.get("statistic") not in ("gap", "reverse_gap"):
            continue
        for base, share in _shares_of_everyone(now, entry):
            gap = (1 if entry["statistic"] == "gap" else -1) * one["value"] / 100
            reach = (one["step"] + experience["step"]) / 200 + 0.005
            part = experience["value"] / 100
            sides = {"with": (part, share + (1 - part) * gap), "without": (1 - part, share - part * gap)}
            for side, (size, of_side) in sides.items():
                for told in (of_side, 1 - of_side):
                    if base[1] * (size + experience["step"] / 200) * (told + reach) < 10:
                        yield Finding(_name(wave, one), f"a count under ten in the group {side} the experience")


def _shares_of_everyone(now: Evidence, entry: Content) -> Iterator[tuple[tuple[float, float], float]]:
    for table in now.tables:
        if table.of != entry["of"] or table.by or table.kind != "share":
            continue
        told = [row for row in table.rows if row.code in {str(code) for code in entry["answers"]}]
        base = told[0].base() if len(told) == 1 == len(entry["answers"]) else None
        if base is not None and math.isfinite(told[0].number("estimate")):
            yield base, told[0].number("estimate")


def _told_before(index: Content, earlier: Evidence) -> Found:
    """A wave that an earlier release of the series told otherwise: two roundings of one figure tell more than each."""
    before = _index(earlier)
    if before is None or before["series"] != index["series"]:
        return
    now: Sequence[Content] = index["waves"]
    known = {wave["wave"]: wave for wave in before["waves"]}
    for wave in now:
        if wave["wave"] in known and known[wave["wave"]] != wave:
            yield Finding(f"{_FILE}: {wave['wave']}", f"told otherwise in release {earlier.name}")
