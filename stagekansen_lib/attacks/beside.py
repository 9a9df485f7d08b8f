"""What stands beside the tables of a release: differences and ratios of tests, shares and gaps of the index.

Part of ``attack``. Each says something of one or two figures of groups, and so of the same counts as the tables do: a
difference beside one share gives the other. A difference of two shares is no sum of counts, so it enters as what it
leaves of each share given what is known of the other; and what that is, is found by trying pieces of it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stagekansen_lib.attacks.evidence import MISSING, Evidence, FigureRow, FigureTable
from stagekansen_lib.attacks.layout import Known, Quantity, number_of
from stagekansen_lib.surveys.codebooks import Codebook

__all__ = [
    "Condition",
    "Fact",
    "Figure",
    "conditions_beside",
    "counts_beside",
    "facts_beside",
    "with_what_stands_beside",
]

Ends = tuple[float, float]
# What a condition says: a sum of quantities times numbers, the ends it lies between, and how much a weight may matter.
Condition = tuple[dict[Quantity, float], Ends, float]


@dataclass(frozen=True)
class Figure:
    """The share of a group that gave one of these answers; the mean of its answers where none are named."""

    of: str
    answers: frozenset[str]
    group: Quantity


@dataclass(frozen=True)
class Fact:
    """A figure less another, or over it, lies between these ends; a figure by itself when there is no other."""

    name: str
    figure: Figure
    ends: Ends
    other: Figure | None = None
    how: str = "difference"
    # What is told of how many people each figure rests on.
    bases: Ends = (0.0, math.inf)

    @property
    def figures(self) -> tuple[Figure, ...]:
        return (self.figure,) if self.other is None else (self.figure, self.other)

    def of_figure(self, other: Ends) -> Ends:
        """Where the first lies, given where the other does."""
        if self.how == "odds":
            return _from_odds(_times(_to_odds(other), self.ends))
        return _times(other, self.ends) if self.how == "ratio" else _plus(other, self.ends)

    def of_other(self, figure: Ends) -> Ends:
        low, high = self.ends
        if self.how == "difference":
            return _plus(figure, (-high, -low))
        back = (1 / high if high else math.inf, 1 / low if low > 0 else math.inf)
        return _from_odds(_times(_to_odds(figure), back)) if self.how == "odds" else _times(figure, back)


def _plus(first: Ends, second: Ends) -> Ends:
    return first[0] + second[0], first[1] + second[1]


def _times(first: Ends, second: Ends) -> Ends:
    # Nothing times infinity says nothing.
    low, high = first[0] * second[0], first[1] * second[1]
    return (0.0 if math.isnan(low) else low), (math.inf if math.isnan(high) else high)


def _to_odds(share: Ends) -> Ends:
    low, high = (one / (1 - one) if one < 1 else math.inf for one in share)
    return low, high


def _from_odds(odds: Ends) -> Ends:
    low, high = (one / (1 + one) if math.isfinite(one) else 1.0 for one in odds)
    return low, high


# Read ---------------------------------------------------------------------------------------------------------------


_HOW = {
    "difference_in_shares": "difference", "difference_in_means": "difference", "ratio_of_means": "ratio",
    "risk_ratio": "ratio", "odds_ratio": "odds",
}  # fmt: skip
_STEPS = (1.0, 0.5, 0.1, 0.05, 0.01)


def facts_beside(evidence: Evidence, book: Codebook | None) -> list[Fact]:
    """What is told beside the tables of questions whose answers are known."""
    return [
        fact
        for fact in (*_of_comparisons(evidence), *_of_index(evidence, book))
        if all(_codes(evidence, book, name) for name in (fact.figure.of, *(by for by, _ in fact.figure.group)))
    ]


def _of_comparisons(evidence: Evidence) -> Iterator[Fact]:
    """What tests say of two groups: how much more the second has than the first."""
    for one in evidence.comparisons:
        how, value = _HOW.get(one["effect_name"]), one["difference"]
        if how is None or value is None or one["adjust_for"] or (len(one["by"]), len(one["groups_nl"])) != (1, 2):
            continue
        groups = [_code_of(evidence, one["by"][0], label) for label in one["groups_nl"]]
        answer = _code_of(evidence, one["of"], one["answer_nl"]) if one["answer_nl"] else ""
        if "" in groups or (one["answer_nl"] and not answer) or evidence.is_multiple(one["of"]):
            continue
        half = _step([one[name] for name in ("difference", "ci_low", "ci_high")]) / 2
        less, more = (Figure(one["of"], frozenset({answer} - {""}), frozenset({(one["by"][0], frozenset({group}))}))
                      for group in groups)  # fmt: skip
        yield Fact(one["id"], more, (value - half, value + half), less, how)


def _step(values: Sequence[float | None]) -> float:
    """The coarsest step on which all of these stand: they were rounded to that, or more finely."""
    told = [one for one in values if one is not None and math.isfinite(one)]
    return next((step for step in _STEPS if all(abs(one / step - round(one / step)) < 1e-6 for one in told)), 0.001)


def _code_of(evidence: Evidence, name: str, label: str) -> str:
    """The answer with this label, in the codebook of the release or among the groups of a table; empty for none."""
    found = {
        str(one.get("label_nl", "")).casefold(): str(one["code"])
        for one in evidence.variables.get(name, {}).get("codes", ())
    }
    for table in (one for one in evidence.tables if one.by == (name,)):
        found |= {row.texts.get("group_nl", "").casefold(): row.group[0][1] for row in table.rows}
    return found.get(label.casefold(), "")


def _register(evidence: Evidence) -> Mapping[str, Any]:
    """The register of the index that a release holds, which says what each indicator measures."""
    import yaml

    return dict(yaml.safe_load(evidence.files.get("registers/index.yaml", b"{}")) or {})


def _of_index(evidence: Evidence, book: Codebook | None) -> Iterator[Fact]:
    """What the indicators of the newest wave say: shares, and differences between who had the experience and others."""
    content = evidence.files.get("index.json")
    if content is None:
        return
    register = _register(evidence)
    reading = next((one for one in register.get("readings", ()) if one["id"] == "main"), None)
    entries = {one["id"]: one for one in register.get("indicators", ())}
    for one in json.loads(content)["waves"][-1]["indicators"]:
        entry = entries.get(one["id"])
        if entry is not None and reading is not None and one["value"] is not None and one["step"]:
            yield from _of_indicator(entry, one, reading, _codes(evidence, book, reading["variable"]))


def _of_indicator(
    entry: Mapping[str, Any], one: Mapping[str, Any], reading: Mapping[str, Any], codes: Sequence[str]
) -> Iterator[Fact]:
    percent = 1.0 if entry["statistic"] == "ratio" else 0.01
    ends = (percent * (one["value"] - one["step"] / 2), percent * (one["value"] + one["step"] / 2))
    of, answers = entry["of"], frozenset(map(str, entry.get("answers", ())))
    if of == "experience":
        of, answers = reading["variable"], frozenset({str(reading["answer"])})
    having = frozenset({str(reading["answer"])})
    # Answers that are missing are in neither group.
    others = frozenset(codes) - having
    whose, of_others = (Figure(of, answers, frozenset({(reading["variable"], side)})) for side in (having, others))
    name = f"index.json: {one['id']}"
    base = FigureRow(name, (), "", {"base": one["base"]}).base() or (0.0, math.inf)
    if entry["statistic"] == "share":
        yield Fact(name, Figure(of, answers, frozenset()), ends, bases=base)
    elif entry["statistic"] == "share_experienced":
        yield Fact(name, whose, ends, bases=base)
    elif others:
        how = "ratio" if entry["statistic"] == "ratio" else "difference"
        first, second = (of_others, whose) if entry["statistic"] == "reverse_gap" else (whose, of_others)
        # Of two groups the base of the smallest is told.
        yield Fact(name, first, ends, second, how, (base[0], math.inf))


def _codes(evidence: Evidence, book: Codebook | None, name: str) -> tuple[str, ...]:
    """The answers to a question, by the release or by the codebook that everyone can read."""
    if evidence.answers.get(name):
        return () if evidence.is_multiple(name) else evidence.answers[name]
    if book is None or name not in book or book[name].kind == "multiple":
        return ()
    return tuple(map(str, book[name].valid_codes))


# Learnt -------------------------------------------------------------------------------------------------------------


def with_what_stands_beside(evidence: Evidence, book: Codebook | None) -> Evidence:
    """The release with a table of empty rows for each pair of questions that something beside the tables ties."""
    known, made = dict(evidence.answers), list[FigureTable]()
    for fact in facts_beside(evidence, book):
        for figure in fact.figures:
            codes = _codes(evidence, book, figure.of)
            by = tuple(sorted(name for name, _ in figure.group))
            known |= {name: _codes(evidence, book, name) for name in (figure.of, *by)}
            groups = [tuple((name, answer) for name, side in figure.group for answer in sorted(side))] if by else [()]
            rows = tuple(FigureRow("beside", group, code, {}) for group in groups for code in codes)
            made.append(FigureTable("beside", "share", figure.of, by, (), rows))
    return replace(evidence, tables=(*evidence.tables, *made), answers=known) if made else evidence


def conditions_beside(
    evidence: Evidence,
    book: Codebook | None,
    known: Mapping[FigureRow, Known],
    allows: Callable[[Sequence[Condition]], bool] | None = None,
) -> Iterator[Condition]:
    """What is left of each figure by what is told of others, as sums of counts that lie above and below zero.

    ``allows`` says whether anything agrees with all tables and with some conditions besides; figures then become as
    narrow as tables and differences make them together.
    """
    ranges, facts = dict(_ranges(evidence, known)), facts_beside(evidence, book)
    before = dict(ranges)
    for _ in range(len(facts) + 1):
        for fact in facts:
            _narrow(ranges, evidence, fact)
    if allows is not None:
        for fact in (one for one in facts if one.other is not None and one.figure in ranges):
            _try_out(ranges, evidence, book, fact, allows)
    for fact in facts:
        for figure in fact.figures:
            everyone = (figure.of, frozenset(_codes(evidence, book, figure.of)))
            yield {frozenset({everyone, *figure.group}): 1.0}, fact.bases, 0.0
    for figure, ends in ranges.items():
        if ends != before.get(figure):
            yield from _as_sums(figure, ends, _codes(evidence, book, figure.of))


def counts_beside(evidence: Evidence, book: Codebook | None) -> Iterator[tuple[str, Quantity]]:
    """The counts behind what stands beside the tables: who gave the answers, who gave others, and all of them."""
    for fact in facts_beside(evidence, book):
        for figure in fact.figures:
            codes = frozenset(_codes(evidence, book, figure.of))
            for answers in dict.fromkeys((codes, figure.answers or codes, codes - figure.answers)):
                yield fact.name, frozenset({(figure.of, answers), *figure.group})


# A range is tried out in pieces, the last of them of this part of it.
_PIECES, _SMALLEST = 4, 1 / 128


def _try_out(
    ranges: dict[Figure, Ends],
    evidence: Evidence,
    book: Codebook | None,
    fact: Fact,
    allows: Callable[[Sequence[Condition]], bool],
) -> None:
    """Take the pieces off either end of a figure's range in which nothing agrees with the tables and the difference.

    Within a piece the other figure lies in a piece too, so that both are nearly fixed, and with them their difference.
    """
    low, high = ranges[fact.figure]
    if not math.isfinite(high - low):
        return
    least = (high - low) * _SMALLEST
    for sign in (1, -1):
        step = (high - low) / _PIECES
        while step > least and low + step < high:
            piece = (low, low + step) if sign > 0 else (high - step, high)
            tried = dict(ranges) | {fact.figure: piece}
            _narrow(tried, evidence, fact)
            told = [one for at in fact.figures for one in _as_sums(at, tried[at], _codes(evidence, book, at.of))]
            if allows(told):
                step /= _PIECES
            else:
                low, high = (low + step, high) if sign > 0 else (low, high - step)
    ranges[fact.figure] = low, high
    _narrow(ranges, evidence, fact)


def _ranges(evidence: Evidence, known: Mapping[FigureRow, Known]) -> Iterator[tuple[Figure, Ends]]:
    for table, row in evidence.rows():
        if row in known and not evidence.is_multiple(table.of) and row.mark != "empty":
            group = frozenset((name, frozenset({answer})) for name, answer in row.group)
            if table.kind == "share":
                yield Figure(table.of, frozenset({row.code}), group), known[row].share
            else:
                yield Figure(table.of, frozenset(), group), known[row].mean


def _narrow(ranges: dict[Figure, Ends], evidence: Evidence, fact: Fact) -> None:
    """Take over what a fact leaves of its figures; figures that contradict it are left as they are."""
    other = ranges.get(fact.other, _widest(evidence, fact.other)) if fact.other is not None else (0.0, 0.0)
    own = ranges.get(fact.figure, _widest(evidence, fact.figure))
    found = {fact.figure: _within(own, fact.of_figure(other) if fact.other is not None else fact.ends)}
    if fact.other is not None:
        found[fact.other] = _within(other, fact.of_other(own))
    ranges |= {figure: ends for figure, ends in found.items() if ends[0] <= ends[1]}


def _within(first: Ends, second: Ends) -> Ends:
    return max(first[0], second[0]), min(first[1], second[1])


def _widest(evidence: Evidence, figure: Figure) -> Ends:
    if figure.answers:
        return 0.0, 1.0
    codes = [number_of(code) for code in evidence.answers.get(figure.of, ())]
    return (min(codes), max(codes)) if codes else (-math.inf, math.inf)


def _as_sums(figure: Figure, ends: Ends, codes: Sequence[str]) -> Iterator[Condition]:
    """Those who gave the answers less so many times all of the group; of a mean the sum of the answers."""
    worth = {code: float(code in figure.answers) if figure.answers else number_of(code) for code in codes}
    if MISSING in worth or not all(map(math.isfinite, worth.values())):
        return
    most = max((abs(one) for one in worth.values()), default=0.0)
    for end, limits, sign in ((ends[0], (0.0, math.inf), 1.0), (ends[1], (-math.inf, 0.0), -1.0)):
        if math.isfinite(end):
            parts: dict[Quantity, float] = {
                frozenset({(figure.of, frozenset({code})), *figure.group}): one - end for code, one in worth.items()
            }
            yield parts, limits, sign * most
