"""Rule sets and declared tables: the numbers of disclosure control as files that people can read and discuss.

``data/rules/<name>.yaml`` holds every number with its reason and source; no number stands in code.
``data/rules/tables_<codebook>.yaml`` declares beforehand which tables of a survey may be published.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.project.paths import data_files, data_folder
from stagekansen_lib.project.yaml_files import read_yaml

__all__ = [
    "Declaration",
    "Grounds",
    "Judgement",
    "RuleSet",
    "declared_tables_file",
    "fingerprint",
    "read_declared_tables",
    "read_release_margins",
    "read_required_variables",
    "read_rules",
    "round_down",
    "round_to",
    "round_up",
    "rules_files",
]

# Values within this distance of a point of the grid stand on it: 0.3 / 0.1 is not exactly 3 in binary numbers.
_EXACT = 1e-9


@dataclass(frozen=True)
class Grounds:
    """Why a number is what it is: the rule of the design it belongs to, the reason, and the source."""

    rule: str
    reason: str
    source: str


@dataclass(frozen=True)
class Judgement:
    """That people judged protection and attacks good enough for answers of real people, and when.

    It holds for one version of the rules: whoever changes a number has it judged again.
    """

    decided_by: tuple[str, ...]
    date: str
    version: int


@dataclass(frozen=True, kw_only=True)
class RuleSet:
    """One rule set. Shares and widths are 0 to 1; ``reasons`` says for each number why, and after whom.

    Parameters
    ----------
    name, version : name of the file and its version, written into everything that is published with it.
    may_be_released : False for rules made for the team's own eyes.
    least_count : smallest unweighted numerator, denominator and complement that is not secret (R1).
    least_base, least_effective_n : smallest base of a percentage or mean (R2).
    base_classes : lower edges of the classes in which bases are told; the last is open (R2).
    width_hidden, width_uncertain, width_free, relative_width : limits to a share's Korn-Graubard interval
        (R3).
    uncertain_effective_n : below this effective n a figure is marked uncertain (R3).
    cv_uncertain, cv_hidden : coefficients of variation of means and ratios above which they are marked,
        hidden (R3).
    group_share : share of a group from which a category speaks for the whole group; its complement likewise
        (R4).
    sensitive_classes : privacy classes of the codebook to which R4 applies.
    magnitude_count, largest_share, two_largest_share, p_percent : limits to what one or two answers make of a
        mean (R5).
    protected_upper, protected_absolute, protected_relative : how wide the interval must stay that a reader
        can compute for a secret count: up to at least ``protected_upper``, and down to the value less the
        larger of ``protected_absolute`` and ``protected_relative`` times the value (R6).
    cost_cell, cost_answer, cost_everyone, cost_required : what hiding a row costs, in points: for the row, for each
        answer that it rests on, for a row about everyone, and for a row about what a release must show (R6).
    most_rounds, most_nodes, most_seconds : how far the search for the cheapest protection goes before the fallback
        takes over: rounds of attack, branches in one round, and the work of a quiet computer in so many seconds (R6).
    share_grid, value_grid : base from which a step of rounding holds, for shares and for means (R7).
    attack_cells, attack_nodes : how large a cross of answers the attacks write down, and how many branches of an
        integer program they look at; past them the verdict is "undecided", and nothing is released.
    real_surveys : who judged that answers of real people may be released under these rules; None while nobody has.
    least_residual_df : fewest degrees of freedom left of a model whose effect is told (R11).
    p_classes, detectable_step : what the public sees of a p value and of the smallest detectable difference.
    """

    name: str
    version: int
    may_be_released: bool
    least_count: int
    least_base: int
    least_effective_n: float
    base_classes: tuple[int, ...]
    width_hidden: float
    width_uncertain: float
    width_free: float
    relative_width: float
    uncertain_effective_n: float
    cv_uncertain: float
    cv_hidden: float
    group_share: float
    sensitive_classes: tuple[str, ...]
    magnitude_count: int
    largest_share: float
    two_largest_share: float
    p_percent: float
    protected_upper: float
    protected_absolute: float
    protected_relative: float
    cost_cell: float
    cost_answer: float
    cost_everyone: float
    cost_required: float
    most_rounds: int
    most_nodes: int
    most_seconds: float
    attack_cells: int
    attack_nodes: int
    share_grid: Mapping[int, float]
    value_grid: Mapping[int, float]
    p_classes: tuple[float, ...]
    detectable_step: float
    least_residual_df: float
    reasons: Mapping[str, Grounds]
    real_surveys: Judgement | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    def base_class(self, n: float) -> str:
        """The class in which a base is told; empty below the lowest class.

        >>> read_rules("steering_group").base_class(127)
        '100-149'
        """
        edges = self.base_classes
        for low, next_low in zip(edges, (*edges[1:], None), strict=True):
            if n >= low and (next_low is None or n < next_low):
                return f"{low}+" if next_low is None else f"{low}-{next_low - 1}"
        return ""

    def step(self, n: float, *, share: bool) -> float:
        """The step of rounding at a base of ``n``; the coarsest step below the lowest base."""
        grid = self.share_grid if share else self.value_grid
        fitting = [edge for edge in sorted(grid) if n >= edge]
        return grid[fitting[-1] if fitting else min(grid)]


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """One table declared beforehand; the order of the file is the order of the release.

    ``code`` None with statistic "share" asks for the whole distribution; ``focus`` is then the code that
    sentences speak of. ``compare`` names the outcome whose comparison between the groups belongs to this
    table. ``told_as_class`` marks an outcome that is not itself an attribute of article 9: a share under 10%
    is then told as a class instead of hidden (R4). ``groups_nl``, ``groups_en`` name the groups where the
    labels of the codebook ("Ja", "Nee") say too little. ``impossible`` lists combinations of answers that
    cannot occur.
    """

    id: str
    statistic: str
    of: str
    title_nl: str
    title_en: str
    by: tuple[str, ...] = ()
    code: int | str | None = None
    focus: int | str | None = None
    label_nl: str = ""
    label_en: str = ""
    compare: str = ""
    more_nl: str = ""
    more_en: str = ""
    says_nl: str = ""
    says_en: str = ""
    who_nl: str = ""
    who_en: str = ""
    note_nl: str = ""
    note_en: str = ""
    told_as_class: bool = False
    groups_nl: Mapping[int | str, str] = field(default_factory=dict)
    groups_en: Mapping[int | str, str] = field(default_factory=dict)
    impossible: tuple[Mapping[str, int | str], ...] = ()


def read_rules(name: str = "steering_group") -> RuleSet:
    """The rule set in ``data/rules/<name>.yaml``, laid over the one that it is based on.

    Parameters
    ----------
    name : such as "steering_group", "public" or "team".

    Returns
    -------
    RuleSet : every number, with its reason and source in ``reasons``.

    Raises
    ------
    InputError : there is no such rule set, a number is missing, unknown or without a reason and source.

    Examples
    --------
    >>> rules = read_rules("steering_group")
    >>> rules.least_count, rules.reasons["least_count"].rule
    (10, 'R1 threshold')
    """
    version, judged = 0, None
    numbers, grounds, problems = dict[str, Any](), dict[str, Grounds](), list[Problem]()
    for path in reversed(rules_files(name)):
        content = _read_yaml(path)
        version = int(content["version"])
        # Never taken over from the rules that these are based on: each set of rules is judged by itself.
        judged, wrong = _judgement(f"{path.name}, real_surveys", content.get("real_surveys") or {}, version)
        problems += wrong
        for rule, key, entry in _entries(content):
            problems += _entry_problems(path, rule, key, entry)
            numbers[key] = entry.get("value") if isinstance(entry, dict) else None
            if isinstance(entry, dict):
                grounds[key] = Grounds(rule, entry.get("reason", ""), entry.get("source", ""))
    problems += _number_problems(name, set(numbers))
    if problems:
        raise InputError(problems)
    frozen: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in numbers.items()}
    return RuleSet(
        name=name,
        version=version,
        may_be_released=bool(content.get("may_be_released", True)),
        reasons=grounds,
        real_surveys=judged,
        **frozen,
    )


def _entries(content: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for rule, entries in (content.get("rules") or {}).items():
        yield from ((rule, key, entry) for key, entry in entries.items())


def _number_problems(name: str, given: set[str]) -> list[Problem]:
    """Numbers that a rule set lacks, and those that no rule asks for."""
    known = [one.name for one in fields(RuleSet)]
    administration = {"name", "version", "may_be_released", "reasons", "real_surveys"}
    where = f"rules '{name}'"
    lacking = sorted(set(known) - administration - given)
    return [
        *(Problem(f"The number '{key}' is missing.", where) for key in lacking),
        *(
            Problem(f"The number '{key}' is not known.", where, did_you_mean(key, known))
            for key in sorted(given - set(known))
        ),
    ]


def _judgement(where: str, entry: Mapping[str, Any], version: int) -> tuple[Judgement | None, list[Problem]]:
    """Who judged, when that is filled in whole; else None, and what is lacking when it was begun."""
    names = tuple(dict.fromkeys(" ".join(str(one).split()) for one in entry.get("decided_by") or ()))
    date, judged = str(entry.get("date") or ""), entry.get("version")
    if not (names or date or judged is not None):
        return None, []
    problems = _doubts_of_judgement(where, names, date, judged, version)
    return (None if problems else Judgement(names, date, version)), problems


def _doubts_of_judgement(where: str, names: Sequence[str], date: str, judged: Any, version: int) -> list[Problem]:
    problems = []
    if len({one.casefold() for one in names if one}) < 2:
        problems.append(Problem("Two people decide on answers of real people.", where, "Fill in both in decided_by."))
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", date):
        problems.append(Problem("The date of the decision is missing.", where, "Write it like 2026-11-25."))
    if judged != version:
        problems.append(
            Problem(
                f"The decision is about version {judged or '(none)'} of the rules, and this is version {version}.",
                where,
                "Have the new numbers judged, then write their version here; or empty the three fields.",
            )
        )
    return problems


def rules_files(name: str) -> tuple[Path, ...]:
    """The file of a rule set and of those it is based on, the nearest first."""
    names = {file.stem for file in data_files("rules", "*.yaml")} - {"card", "ledger"}
    known = sorted(one for one in names if not one.startswith("tables_"))
    if name not in known:
        raise InputError(Problem(f"There is no rule set '{name}'.", do=did_you_mean(name, known)))
    path = data_folder("rules", f"{name}.yaml")
    base = _read_yaml(path).get("based_on")
    return (path, *(rules_files(base) if base else ()))


def declared_tables_file(codebook: str) -> Path:
    """Where the declared tables of a codebook stand, whether the file exists or not."""
    return data_folder("rules", f"tables_{codebook}.yaml")


def read_declared_tables(codebook: str = "baseline") -> tuple[Declaration, ...]:
    """The tables declared for surveys with this codebook, in order; none when there is no such file.

    Raises
    ------
    InputError : a declaration lacks something, or two have the same id.
    """
    declared, problems = list[Declaration](), list[Problem]()
    file = declared_tables_file(codebook).name
    for place, entry in enumerate(_declarations(codebook).get("tables") or [], start=1):
        wrong = _declaration_problems(f"{file}, table {entry.get('id', place)}", set(entry))
        problems += wrong
        if not wrong:
            tuples = {key: tuple(entry[key]) for key in ("by", "impossible") if key in entry}
            declared.append(Declaration(**{**entry, **tuples}))
    ids = [one.id for one in declared]
    problems += [Problem(f"The id '{one}' is used twice.", file) for one in sorted(set(ids)) if ids.count(one) > 1]
    if problems:
        raise InputError(problems)
    return tuple(declared)


def _declarations(codebook: str) -> dict[str, Any]:
    """The file of declared tables; nothing when a codebook has none."""
    path = declared_tables_file(codebook)
    return _read_yaml(path) if path.is_file() else {}


def _declaration_problems(where: str, given: set[str]) -> list[Problem]:
    unknown = given - {one.name for one in fields(Declaration)}
    lacking = {"id", "statistic", "of", "title_nl", "title_en"} - given
    return [
        *(Problem(f"The key '{key}' is not known.", where) for key in sorted(unknown)),
        *(Problem(f"The key '{key}' is missing.", where) for key in sorted(lacking)),
    ]


def read_required_variables(codebook: str = "baseline") -> tuple[str, ...]:
    """The variables about which every release of this codebook shows something."""
    return tuple(_declarations(codebook).get("required") or ())


def read_release_margins(codebook: str = "baseline") -> str:
    """The population counts that a release of this codebook weighs to, decided beforehand; empty for none."""
    return str(_declarations(codebook).get("margins") or "")


def fingerprint(*paths: Path) -> str:
    """The sha256 of files together, as they follow each other."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def round_to(value: float, step: float) -> float:
    """The nearest point of the grid, halves upward.

    >>> round_to(0.425, 0.05)
    0.45
    """
    return _on_grid(math.floor(value / step + 0.5 + _EXACT), step) if math.isfinite(value) else math.nan


def round_down(value: float, step: float) -> float:
    """The nearest point of the grid that is not above the value."""
    return _on_grid(math.floor(value / step + _EXACT), step) if math.isfinite(value) else math.nan


def round_up(value: float, step: float) -> float:
    """The nearest point of the grid that is not below the value."""
    return _on_grid(math.ceil(value / step - _EXACT), step) if math.isfinite(value) else math.nan


def _on_grid(steps: int, step: float) -> float:
    return round(steps * step, 10)


def _entry_problems(path: Path, rule: str, key: str, entry: Any) -> Iterator[Problem]:
    where = f"{path.name}, {rule}, {key}"
    if not isinstance(entry, dict) or "value" not in entry:
        yield Problem("A number stands as 'value', 'reason' and 'source'.", where)
        return
    for part in ("reason", "source"):
        if not entry.get(part):
            yield Problem(f"The {part} of this number is missing.", where)


def _read_yaml(path: Path) -> dict[str, Any]:
    return _parsed(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=32)
def _parsed(path: Path, _changed: int) -> dict[str, Any]:
    """The content of a file, read again when it has changed."""
    return read_yaml(path)
