"""A second attacker: what a reader who knows the rules can compute from the bytes of releases, and nothing else.

Written apart from the library, of which it imports nothing. The counts behind every combination of answers are whole
numbers that nobody knows; each figure that is told, each class of a base, interval and mark says something linear about
them. A linear program gives the highest count that fits, an integer program decides where it is close.

Who reads the tables does not need the full cross of all answers. The questions that stand together in a table are
joined in a graph; with some chords it falls apart into cliques, and counts of the cliques that agree where these
overlap are counts of a full cross (Lauritzen, Graphical Models, 1996, chapter 4; for whole numbers as well). So the
unknowns are the counts of the cliques. ``full_cross=True`` writes down the whole cross instead, to compare.

Of weighted releases the attacker is told the lowest and the highest weight (mean one). Each count then has a sum of
weights between these, and shares are of sums of weights.
"""

from __future__ import annotations

import csv
import itertools
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse, stats
from scipy.optimize import Bounds, LinearConstraint, milp

FEW = 10
NEARLY_ALL = 0.9
SENSITIVE = {"special", "sensitive"}
SHARE_STEPS = ((100, 0.01), (50, 0.05), (0, 0.10))
VALUE_STEPS = ((100, 0.1), (50, 0.5), (0, 1.0))
TOLERANCE = 1e-6
CLOSE = 3.0  # an integer program looks at what a linear one leaves open by less than this many people
VERSION = "(in which versions)"

Group = Mapping[str, frozenset[int]]
Vector = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Finding:
    """Something that the attacker is sure of: ``what`` is "few" (under ten) or "nearly all" (more than nine in ten)."""

    what: str
    group: str
    bound: float


# What stands in the files ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A line of a table; ``low`` and ``high`` are the limits of the figure itself before it was rounded."""

    table: str
    kind: str
    of: str
    code: str | None
    by: tuple[tuple[str, str], ...]
    mark: str
    base: tuple[float, float] | None
    estimate: float
    interval: tuple[float, float]
    low: float = 0.0
    high: float = 1.0

    @property
    def told(self) -> bool:
        return not math.isnan(self.estimate)


@dataclass(frozen=True)
class Release:
    """What one folder says: rows, and of each variable its answers, whether it is sensitive, and how it was made."""

    name: str
    wave: str
    rows: tuple[Row, ...]
    codes: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, str]
    sensitive: frozenset[str]
    derivations: Mapping[str, Mapping[str, Any]]


def read_bytes(folder: Path) -> Release:
    """What the files of a release say; ``told_as_class`` in its declared tables is a decision, and no leak."""
    facts = json.loads((folder / "release.json").read_text("utf-8"))
    book = json.loads((folder / "codebook.json").read_text("utf-8"))
    tests = {one["id"]: one for one in facts["comparisons"]}
    rows: list[Row] = []
    for entry in facts["tables"]:
        text = (folder / entry["file"]).read_text("utf-8-sig").splitlines()
        lines = list(csv.DictReader(text))
        read = [_row(entry, line) for line in lines]
        rows += _narrowed(read, lines, entry, tests.get(entry["comparison"] or ""))
    variables = book["variables"]
    return Release(
        facts["name"],
        facts["wave"],
        tuple(rows),
        {one["name"]: tuple(str(code["code"]) for code in one["codes"]) for one in variables},
        {one["name"]: one["kind"] for one in variables},
        frozenset(one["name"] for one in variables if one["privacy"] in SENSITIVE) - set(_told_as_class(folder)),
        {one["name"]: one for one in book.get("derivations", [])},
    )


def _told_as_class(folder: Path) -> Iterator[str]:
    """Variables whose table says ``told_as_class: true``; the lines of the file are enough to see it."""
    for path in folder.glob("rules/tables_*.yaml"):
        for block in path.read_text("utf-8").split("- id:")[1:]:
            if "told_as_class: true" in block:
                yield block.split(" of: ")[1].split("\n")[0].strip()


def _row(entry: Mapping[str, Any], line: Mapping[str, str]) -> Row:
    numbers = [float(line[name] or "nan") for name in ("estimate", "ci_low", "ci_high")]
    base, mark, estimate = _base(line["base"]), line["mark"], numbers[0]
    low, high = (0.0, 1.0) if entry["kind"] == "share" else (-math.inf, math.inf)
    if mark == "<10%":
        high = 0.1
    elif mark == ">90%":
        low = 0.9
    elif base is not None and not math.isnan(estimate):
        half = _step(base[0], SHARE_STEPS if entry["kind"] == "share" else VALUE_STEPS) / 2
        low, high = max(low, estimate - half), min(high, estimate + half)
    code = entry["code"] if entry["code"] is not None else line.get("code")
    by = tuple((name, line[name]) for name in entry["by"])
    return Row(
        entry["id"], entry["kind"], entry["of"], None if code is None else str(code), by, mark, base, estimate,
        (numbers[1], numbers[2]), low, high,
    )  # fmt: skip


def _base(text: str) -> tuple[float, float] | None:
    if not text:
        return None
    low, _, high = text.strip("+").partition("-")
    return float(low), float(high) if high else math.inf


def _step(base: float, steps: Sequence[tuple[int, float]]) -> float:
    return next(step for least, step in steps if base >= least)


def _narrowed(
    rows: list[Row], lines: list[dict[str, str]], entry: Mapping[str, Any], test: Mapping[str, Any] | None
) -> list[Row]:
    """The difference between two groups ties their shares; whose is higher is tried both ways."""
    if test is None or test["effect_name"] != "difference_in_shares" or test["of"] != entry["of"]:
        return rows
    if test["adjust_for"] or test["difference"] is None or entry["code"] is None or len(test["groups_nl"]) != 2:
        return rows
    at = [[n for n, line in enumerate(lines) if line["group_nl"] == group] for group in test["groups_nl"]]
    if any(len(one) != 1 for one in at):
        return rows
    ends = [rows[one[0]] for one in at]
    bases = [one.base[0] for one in ends if one.base is not None]
    half = _step(min(bases, default=0), SHARE_STEPS) / 2
    fits: list[tuple[float, float, float, float]] = []
    for sign in (1, -1):
        far = sorted((sign * (test["difference"] - half), sign * (test["difference"] + half)))
        first = max(ends[0].low, ends[1].low + far[0]), min(ends[0].high, ends[1].high + far[1])
        second = max(ends[1].low, first[0] - far[1]), min(ends[1].high, first[1] - far[0])
        if first[0] <= first[1] and second[0] <= second[1]:
            fits.append((*first, *second))
    if fits:
        low_high = np.array(fits)
        for one, columns in zip(at, ((0, 1), (2, 3)), strict=True):
            low, high = low_high[:, columns[0]].min(), low_high[:, columns[1]].max()
            rows[one[0]] = replace(rows[one[0]], low=float(low), high=float(high))
    return rows


# Which answers belong to which ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Questions:
    """The questions behind the tables, each cut into the finest blocks of answers that any table tells apart.

    ``places`` : of each variable and code, its question and blocks. ``blocks`` : how many a question has; the last one
    is no answer, where somebody may not have answered.
    """

    places: Mapping[tuple[str, str], tuple[str, frozenset[int]]]
    blocks: Mapping[str, int]
    unanswered: Mapping[str, int | None]

    def answer(self, variable: str, code: str) -> Group:
        question, blocks = self.places[variable, code]
        return {question: blocks}

    def answered(self, variable: str, codes: Iterable[str]) -> Group:
        parts = [self.places[variable, code] for code in codes]
        return {parts[0][0]: frozenset().union(*(blocks for _, blocks in parts))}


def _values(rule: str, answers: Sequence[str], left: Sequence[str]) -> set[str]:
    """The answers that a rule such as ``1|4..6|else`` takes up."""
    if rule == "else":
        return set(left)
    found = set()
    for part in rule.split("|"):
        low, dots, high = part.partition("..")
        for answer in answers:
            if answer == part or (dots and float(low or "-inf") <= float(answer) <= float(high or "inf")):
                found.add(answer)
    return found


def _made_from(release: Release, name: str) -> tuple[str, dict[str, str]] | None:
    """The question that a variable was made from, and the code of each answer; None when it is no plain merge."""
    entry = release.derivations.get(name)
    if entry is None or len(entry["derived_from"]) != 1 or entry["only_if"] or entry["kind"] == "multiple":
        return None
    source = release.derivations.get(entry["derived_from"][0])
    if source is None or source["kind"] == "multiple" or any("=" in one["rule"] for one in entry["codes"]):
        return None
    answers = [str(one["code"]) for one in source["codes"] if not one["missing"]]
    if not answers:
        return None
    code_of: dict[str, str] = {}
    for one in entry["codes"]:
        for answer in _values(one["rule"], answers, [a for a in answers if a not in code_of]):
            if not one["missing"]:
                code_of.setdefault(answer, str(one["code"]))
    further = _made_from(release, entry["derived_from"][0])
    if further is None:
        return entry["derived_from"][0], code_of
    return further[0], {answer: code_of[code] for answer, code in further[1].items() if code in code_of}


def questions_of(releases: Sequence[Release], *, everyone_answered: bool) -> Questions:
    """Every variable of the tables as blocks of answers to the question behind it."""
    meanings: dict[str, dict[str, dict[str, str]]] = {}
    places: dict[tuple[str, str], tuple[str, frozenset[int]]] = {}
    blocks: dict[str, int] = {}
    unanswered: dict[str, int | None] = {}
    for release in releases:
        for name in sorted({name for row in release.rows for name in (row.of, *(one for one, _ in row.by))}):
            if release.kinds[name] == "multiple":
                for code in release.codes[name]:
                    places[name, code] = f"{name}[{code}]", frozenset({1})
                    blocks[f"{name}[{code}]"] = 2
            elif release.codes[name]:
                question, code_of = _made_from(release, name) or (name, {code: code for code in release.codes[name]})
                meanings.setdefault(question, {})[name] = code_of
    for question, variables in meanings.items():
        answers = sorted({answer for code_of in variables.values() for answer in code_of})
        seen = sorted({tuple(code_of.get(answer, "") for code_of in variables.values()) for answer in answers})
        blocks[question] = len(seen)
        for at, (name, code_of) in enumerate(variables.items()):
            for code in set(code_of.values()):
                places[name, code] = question, frozenset(n for n, one in enumerate(seen) if one[at] == code)
    for question in blocks:
        unanswered[question] = None if everyone_answered else blocks[question]
        blocks[question] += not everyone_answered
    return Questions(places, blocks, unanswered)


# What may be, in one system of sums ----------------------------------------------------------------------------------


def _cliques(together: Iterable[frozenset[str]], sizes: Mapping[str, int]) -> list[tuple[str, ...]]:
    """The cliques of the graph of questions, after chords were drawn: the smallest cross is taken out first."""
    beside: dict[str, set[str]] = {name: set() for name in sizes}
    for names in together:
        for name in names:
            beside[name] |= names - {name}
    found: list[frozenset[str]] = []
    while beside:
        first = min(beside, key=lambda name: (math.prod(sizes[one] for one in {name, *beside[name]}), name))
        clique = frozenset({first, *beside[first]})
        if not any(clique <= one for one in found):
            found.append(clique)
        for name in beside.pop(first):
            beside[name] = (beside[name] | clique) - {name, first}
    return [tuple(sorted(one)) for one in found]


def _tree(cliques: Sequence[tuple[str, ...]]) -> Iterator[tuple[int, int]]:
    """Pairs of cliques that overlap most, until all hang together."""
    part = list(range(len(cliques)))
    pairs = itertools.combinations(range(len(cliques)), 2)
    for first, second in sorted(pairs, key=lambda pair: -len(set(cliques[pair[0]]) & set(cliques[pair[1]]))):
        if part[first] != part[second]:
            part = [part[first] if one == part[second] else one for one in part]
            yield first, second


@dataclass
class Knowledge:
    """All that the attacker knows as lines ``low <= a x <= high`` about counts and, of weighted releases, weights."""

    questions: Questions
    cliques: list[tuple[str, ...]]
    weighted: bool
    lines: list[tuple[Vector, float, float]] = field(default_factory=list)
    seen: list[Vector] = field(default_factory=list)
    stacked: tuple[Any, Vector, Vector] | None = None

    def __post_init__(self) -> None:
        sizes = [math.prod(self.questions.blocks[name] for name in clique) for clique in self.cliques]
        self.starts = np.concatenate([[0], np.cumsum(sizes)]).astype(int)
        self.counts = int(self.starts[-1])
        self.width = self.counts * (2 if self.weighted else 1)
        for first, second in _tree(self.cliques):
            shared = sorted(set(self.cliques[first]) & set(self.cliques[second]))
            for cell in itertools.product(*(range(self.questions.blocks[name]) for name in shared)):
                group = {name: frozenset({at}) for name, at in zip(shared, cell, strict=True)}
                for weights in (False, True)[: 1 + self.weighted]:
                    self.add(self._of(first, group, weights) - self._of(second, group, weights), 0, 0)

    def _of(self, clique: int, group: Group, weights: bool) -> Vector:
        shape = [self.questions.blocks[name] for name in self.cliques[clique]]
        cells = np.ones(shape)
        for axis, name in enumerate(self.cliques[clique]):
            if name in group:
                wanted = np.isin(np.arange(shape[axis]), list(group[name]))
                cells = cells * wanted.reshape([-1 if at == axis else 1 for at in range(len(shape))])
        whole = np.zeros(self.width)
        start = self.starts[clique] + (self.counts if weights else 0)
        whole[start : start + cells.size] = cells.ravel()
        return whole

    def sum_of(self, group: Group, *, weights: bool = False) -> Vector:
        """The sum of a group as a row of the system; its questions stand together in some clique."""
        fit = [at for at, clique in enumerate(self.cliques) if set(group) <= set(clique)]
        return self._of(min(fit, key=lambda at: self.starts[at + 1] - self.starts[at]), group, weights)

    def add(self, row: Vector, low: float, high: float) -> None:
        if row.any() or low > 0 or high < 0:
            self.lines.append((row, low, high))

    def _system(self) -> tuple[Any, Vector, Vector]:
        if self.stacked is None:
            rows, low, high = zip(*self.lines, strict=True)
            self.stacked = sparse.csr_array(np.array(rows)), np.array(low), np.array(high)
        return self.stacked

    def highest(self, aim: Vector, *more: tuple[Vector, float, float], whole: bool = False) -> float | None:
        """The highest value of ``aim`` that fits all that is known; None when nothing fits, infinite when undecided."""
        matrix, low, high = self._system()
        limits = [LinearConstraint(matrix, low, high)]
        if more:
            rows, lows, highs = zip(*more, strict=True)
            limits.append(LinearConstraint(np.array(rows), lows, highs))
        integer = np.concatenate([np.full(self.counts, int(whole)), np.zeros(self.width - self.counts)])
        options = {"time_limit": 5.0, "node_limit": 2000} if whole else {}
        solved = milp(-aim, constraints=limits, bounds=Bounds(0, np.inf), integrality=integer, options=options)
        if solved.x is None:
            return None if solved.status == 2 else math.inf
        if not whole:
            self.seen.append(solved.x)
        return float(aim @ solved.x)

    def fits(self, truth: Vector) -> Vector:
        """How far each line is from holding for some counts; a test compares with the true ones."""
        matrix, low, high = self._system()
        values = matrix @ truth
        return np.maximum(np.maximum(low - values, values - high), 0)


def know(
    releases: Sequence[Release],
    *,
    everyone_answered: bool = False,
    respondents: Sequence[int] = (),
    weights: tuple[float, float] | None = None,
    change: str = "same",
    full_cross: bool = False,
) -> Knowledge:
    """What releases about the same people say together.

    Parameters
    ----------
    releases : versions of one wave, the oldest first.
    everyone_answered : the attacker knows that no answer is missing.
    respondents : how many took part in each version, where the attacker knows it.
    weights : the lowest and highest weight where the mean is one; None when the figures are not weighted.
    change : who is in one version only: nobody ("same"), who withdrew since ("left") or both ways ("any").
    full_cross : all answers in one cross, instead of cliques.
    """
    questions = questions_of(releases, everyone_answered=everyone_answered)
    patterns = _patterns(len(releases), change)
    questions = replace(questions, blocks={**questions.blocks, VERSION: len(patterns)})
    together = []
    for release in releases:
        for row in release.rows:
            names = [] if row.code is None else [row.of]
            keys = [(name, next(iter(release.codes[name]))) for name in (*names, *(one for one, _ in row.by))]
            if row.code is not None and release.kinds[row.of] == "multiple":
                keys[0] = row.of, row.code
            elif row.code is None and release.codes[row.of]:
                keys.append((row.of, release.codes[row.of][0]))
            together.append(
                frozenset({VERSION, *(questions.places[key][0] for key in keys if key in questions.places)})
            )
    cliques = [tuple(sorted(questions.blocks))] if full_cross else _cliques(together, questions.blocks)
    known = Knowledge(questions, cliques, weights is not None)
    if weights is not None:
        for at in range(known.counts):
            both = np.zeros(known.width)
            both[[at, known.counts + at]] = -weights[0], 1
            known.add(both, 0, math.inf)
            both = np.zeros(known.width)
            both[[at, known.counts + at]] = weights[1], -1
            known.add(both, 0, math.inf)
    for at, release in enumerate(releases):
        present = {VERSION: frozenset(n for n, pattern in enumerate(patterns) if pattern[at])}
        everyone = known.sum_of(present)
        if weights is not None and change == "same":
            known.add(known.sum_of(present, weights=True) - everyone, 0, 0)
        for number in respondents[at : at + 1]:
            known.add(everyone, number, number)
        for row in release.rows:
            _learn(known, release, row, present)
    return known


def true_counts(known: Knowledge, answers: Any, weights: Vector) -> Vector:
    """The counts that the attacker looks for, from a table of the answers: what he believes must hold for them."""
    places = known.questions.places
    block_of: dict[str, Vector] = {VERSION: np.zeros(len(answers), dtype=int)}
    for question in set(known.questions.blocks) - {VERSION}:
        fits = np.ones((len(answers), known.questions.blocks[question]), dtype=bool)
        for name in {name for (name, _), place in places.items() if place[0] == question}:
            of_name = {code: sorted(blocks) for (one, code), (_, blocks) in places.items() if one == name}
            given = answers[name].astype(object).where(answers[name].notna(), "").astype(str).to_numpy()
            taken = [block for blocks in of_name.values() for block in blocks]
            for code in set(given):
                allowed = np.isin(np.arange(fits.shape[1]), of_name[code]) if code in of_name else None
                allowed = ~np.isin(np.arange(fits.shape[1]), taken) if allowed is None else allowed
                fits[given == code] &= allowed
        block_of[question] = fits.argmax(axis=1)
    found = np.zeros(known.width)
    for start, clique in zip(known.starts[:-1], known.cliques, strict=True):
        shape = [known.questions.blocks[name] for name in clique]
        cells = start + np.ravel_multi_index([block_of[name] for name in clique], shape)
        np.add.at(found, cells, 1)
        if known.weighted:
            np.add.at(found, known.counts + cells, weights / weights.mean())
    return found


def _patterns(versions: int, change: str) -> list[tuple[bool, ...]]:
    every = [pattern for pattern in itertools.product((True, False), repeat=versions) if any(pattern)]
    if change == "same":
        return [(True,) * versions]
    if change == "left":
        return [pattern for pattern in every if list(pattern) == sorted(pattern, reverse=True)]
    return every


def _learn(known: Knowledge, release: Release, row: Row, present: Group) -> None:
    """Every line that one row of a table gives."""
    groups = [present, *(known.questions.answer(name, code) for name, code in row.by)]
    multiple = release.kinds[row.of] == "multiple"
    if release.codes[row.of]:
        codes = release.codes[row.of]
        asked: Group = (
            {f"{row.of}[{row.code}]": frozenset({0, 1})} if multiple else known.questions.answered(row.of, codes)
        )
        base = _meet(*groups, asked)
    else:
        base = _meet(*groups)
    whole = known.sum_of(base)
    if row.base is not None:
        # A count may lack answers, so that its base is no more than who is there; of the others it is exact.
        exact = bool(release.codes[row.of]) or all(one is None for one in known.questions.unanswered.values())
        known.add(whole, row.base[0], row.base[1] if exact else math.inf)
    if row.kind == "share" and row.code is not None:
        _learn_share(known, release, row, base, _meet(base, known.questions.answer(row.of, row.code)))
    elif row.kind == "mean" and row.told and release.codes[row.of]:
        parts = [(float(code), _meet(base, known.questions.answer(row.of, code))) for code in release.codes[row.of]]
        total = sum(value * known.sum_of(part, weights=known.weighted) for value, part in parts)
        below = known.sum_of(base, weights=known.weighted)
        known.add(total - row.low * below, 0, math.inf)
        known.add(row.high * below - total, 0, math.inf)


def _learn_share(known: Knowledge, release: Release, row: Row, base: Group, part: Group) -> None:
    count, whole = known.sum_of(part), known.sum_of(base)
    if row.mark == "empty":
        known.add(count, 0, 0)
    if row.base is None and (row.low, row.high) == (0.0, 1.0):
        return
    low, high = row.low, row.high
    if row.told:
        # Rule R1: a figure rests on ten answers or more, and on ten others.
        known.add(count, FEW, math.inf)
        known.add(whole - count, FEW, math.inf)
        if row.of in release.sensitive:
            known.add(count - (1 - NEARLY_ALL) * whole, 0, math.inf)
            known.add(NEARLY_ALL * whole - count, 0, math.inf)
        if not known.weighted:
            low, high, counts, bases = _by_interval(row)
            known.add(count, *counts)
            known.add(whole, *bases)
    above, below = (known.sum_of(one, weights=known.weighted) for one in (part, base))
    known.add(above - low * below, 0, math.inf)
    known.add(high * below - above, 0, math.inf)


def _by_interval(row: Row) -> tuple[float, float, tuple[float, float], tuple[float, float]]:
    """Limits of share, count and base: all pairs of whole numbers that give the figure and the interval beside it.

    The interval of an unweighted share is that of the logit, with at most as many degrees of freedom as there are
    answers; it is rounded outward on the grid of the figure.
    """
    assert row.base is not None
    top = min(row.base[1], 20_000.0)
    n = np.arange(row.base[0], top + 1)[:, None]
    counts = np.arange(math.floor(row.low * row.base[0]), math.ceil(row.high * top) + 1)[None, :]
    share = counts / n
    step = _step(row.base[0], SHARE_STEPS)
    fits = (share >= row.low - 1e-9) & (share <= row.high + 1e-9) & (counts >= FEW) & (n - counts >= FEW)
    inner = np.clip(share, 0.001, 0.999)  # what fits lies well within
    middle = np.log(inner / (1 - inner))
    least = stats.norm.ppf(0.975) / np.sqrt(n * inner * (1 - inner))
    most = stats.t.ppf(0.975, n - 1) / np.sqrt((n - 1) * inner * (1 - inner))
    for end, sign in ((row.interval[0], -1), (row.interval[1], 1)):
        near, far = (1 / (1 + np.exp(-(middle + sign * wide))) for wide in (least, most))
        inside, outside = (end, end + step) if sign < 0 else (end - step, end)
        fits &= (np.maximum(near, far) >= inside - 1e-9) & (np.minimum(near, far) <= outside + 1e-9)
    if not fits.any():
        raise ValueError(f"No counts give the interval of {row.table}: {row}.")
    sure_n, sure_count = np.broadcast_to(n, fits.shape)[fits], np.broadcast_to(counts, fits.shape)[fits]
    upper = math.inf if row.base[1] > top else float(sure_n.max())
    highest = math.inf if row.base[1] > top else float(sure_count.max())
    ends = float(sure_n.min()), upper
    return float(share[fits].min()), float(share[fits].max()), (float(sure_count.min()), highest), ends


def _meet(*groups: Group) -> Group:
    found: dict[str, frozenset[int]] = {}
    for group in groups:
        for name, blocks in group.items():
            found[name] = found[name] & blocks if name in found else blocks
    return found


# What follows ------------------------------------------------------------------------------------------------------


def attack(releases: Sequence[Release], known: Knowledge, *, change: str = "same") -> list[Finding]:
    """Every group that is surely under ten, and every one of which surely nearly all gave one sensitive answer."""
    if known.highest(np.zeros(known.width)) is None:
        raise ValueError("What the releases say contradicts itself.")
    patterns = _patterns(len(releases), change)
    found: dict[tuple[str, str], Finding] = {}
    for at, release in enumerate(releases):
        present = {VERSION: frozenset(n for n, pattern in enumerate(patterns) if pattern[at])}
        gone = {VERSION: frozenset(n for n, pattern in enumerate(patterns) if pattern[at] and not all(pattern))}
        crosses = {frozenset(_questions_of(known, release, row)) for row in release.rows}
        for cross in sorted(crosses, key=sorted):
            for finding in _few(known, cross, present):
                found.setdefault((finding.what, finding.group), finding)
            for finding in _nearly_all(known, releases, cross, present):
                found.setdefault((finding.what, finding.group), finding)
            for finding in _nearly_all(known, releases, cross, gone) if gone[VERSION] else ():
                told = f"{finding.group}, of who is in this version and not in all"
                found.setdefault((finding.what, told), replace(finding, group=told))
    return list(found.values())


def _questions_of(known: Knowledge, release: Release, row: Row) -> Iterator[str]:
    codes = [(row.of, row.code or next(iter(release.codes[row.of]), "")), *row.by]
    yield from (known.questions.places[one][0] for one in codes if one in known.questions.places)


def _answers(known: Knowledge, question: str) -> Iterator[frozenset[int]]:
    """The finest answers to a question, without those who gave none."""
    for at in range(known.questions.blocks[question]):
        if at != known.questions.unanswered[question]:
            yield frozenset({at})


def _few(known: Knowledge, cross: frozenset[str], present: Group) -> Iterator[Finding]:
    for size in range(1, len(cross) + 1):
        for names in itertools.combinations(sorted(cross), size):
            for cell in itertools.product(*(_answers(known, name) for name in names)):
                group = {**dict(zip(names, cell, strict=True)), **present}
                aim = known.sum_of(group)
                if aim.any() and (bound := _surely_few(known, aim)) is not None:
                    yield Finding("few", _told(known, group), bound)


def _surely_few(known: Knowledge, aim: Vector) -> float | None:
    """The highest count, when it is under ten; None when ten or more fit."""
    if any(aim @ one >= FEW + CLOSE for one in known.seen):
        return None
    linear = known.highest(aim)
    assert linear is not None
    if linear < FEW - TOLERANCE:
        return linear
    if linear < FEW + CLOSE and known.highest(np.zeros(known.width), (aim, FEW, math.inf), whole=True) is None:
        return FEW - 1.0
    return None


def _nearly_all(
    known: Knowledge, releases: Sequence[Release], cross: frozenset[str], present: Group
) -> Iterator[Finding]:
    """Each sensitive answer, of whoever gave each other answer of the tables: in rows and in columns."""
    sensitive = sorted({name for release in releases for name in release.sensitive})
    codes = {name: codes for release in releases for name, codes in release.codes.items()}
    for name in sensitive:
        keys = [(name, code) for code in codes[name] if (name, code) in known.questions.places]
        for key in keys:
            question, blocks = known.questions.places[key]
            if question not in cross:
                continue
            everyone = {question: frozenset(_all_answers(known, question, keys))}
            for group in _others(known, cross - {question}):
                yield from _surely_nearly_all(known, {**group, **present}, everyone, {question: blocks})


def _all_answers(known: Knowledge, question: str, keys: Sequence[tuple[str, str]]) -> frozenset[int]:
    if question.endswith("]"):
        return frozenset({0, 1})
    return frozenset().union(*(known.questions.places[key][1] for key in keys))


def _others(known: Knowledge, questions: frozenset[str]) -> Iterator[dict[str, frozenset[int]]]:
    """Everyone, and who gave each answer, as finely and as coarsely as any table tells."""
    choices = []
    for name in sorted(questions):
        told = {blocks for question, blocks in known.questions.places.values() if question == name}
        choices.append([None, *sorted({*told, *_answers(known, name)}, key=sorted)])
    for chosen in itertools.product(*choices):
        yield {name: one for name, one in zip(sorted(questions), chosen, strict=True) if one is not None}


def _surely_nearly_all(known: Knowledge, group: Group, everyone: Group, answer: Group) -> Iterator[Finding]:
    whole, part = known.sum_of(_meet(group, everyone)), known.sum_of(_meet(group, everyone, answer))
    fewer = NEARLY_ALL * whole - part
    if any(fewer @ one >= CLOSE / 2 and whole @ one >= 1 for one in known.seen):
        return
    somebody = (whole, 1.0, math.inf)
    linear = known.highest(fewer, somebody)
    if linear is None:  # nobody is in that group
        return
    if linear < -TOLERANCE:
        yield Finding("nearly all", f"{_told(known, answer)} of {_told(known, group)}", linear)
    elif linear < CLOSE / 2:
        within = known.highest(np.zeros(known.width), somebody, (fewer, 0.0, math.inf), whole=True)
        if within is None:
            yield Finding("nearly all", f"{_told(known, answer)} of {_told(known, group)}", 0.0)


def _told(known: Knowledge, group: Group) -> str:
    parts = []
    for question, blocks in group.items():
        names = [
            f"{name}={code}" for (name, code), place in known.questions.places.items() if place == (question, blocks)
        ]
        if question != VERSION:
            parts.append(names[0] if names else f"{question}:{sorted(blocks)}")
    return " & ".join(parts) or "everyone"


def attack_folders(folders: Sequence[Path], **knowing: Any) -> list[Finding]:
    """Read releases about the same people, the oldest first, and say what follows; see ``know``."""
    releases = [read_bytes(folder) for folder in folders]
    return attack(releases, know(releases, **knowing), change=knowing.get("change", "same"))
