"""The rules of the ledger as a file: how strong a claim is, what may be told of positions, when a claim is agreed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.wording import Language

__all__ = ["LedgerRules", "read_ledger_rules", "word_of"]

_Numbers = Annotated[tuple[int, ...], Field(strict=False, min_length=1)]
_Words = Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
_Part = Annotated[tuple[int, int], Field(strict=False)]
_Count = Annotated[int, Field(ge=1)]


class _Values(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    least_voters: _Count
    agree_from: _Part
    disagree_to: _Part
    voter_classes: _Numbers
    least_moved: _Count
    few_to: _Part
    some_to: _Part
    least_roles: _Count
    agreed_words: _Words
    order: _Words
    figure_kinds: dict[str, str]
    modes: dict[str, str]
    source_types: dict[str, str]
    small_base: _Count
    unchecked: _Words
    steps_down: _Count


@dataclass(frozen=True)
class LedgerRules:
    """The rules, read and found to keep what they promise.

    Parameters
    ----------
    version : raised with every change of a number.
    roles : role -> its names in ``nl`` and ``en``.
    process_roles : roles in which people act for the process and take no position.
    values : the numbers; each stands in ``data/rules/ledger.yaml`` with its reason and source.
    """

    version: int
    roles: Mapping[str, Mapping[str, str]]
    process_roles: tuple[str, ...]
    values: _Values

    def role_text(self, role: str, language: Language) -> str:
        """The name of a role as people know it; a role that the file does not hold stays as it is."""
        return self.roles[role][language] if role in self.roles else role

    def voters_class(self, voters: int) -> str:
        """The class in which a number of voters is told; empty below the threshold.

        >>> rules = read_ledger_rules()
        >>> rules.voters_class(4), rules.voters_class(5), rules.voters_class(73)
        ('', '5-9', '50+')
        """
        if voters < self.values.least_voters:
            return ""
        edges = self.values.voter_classes
        low = max(edge for edge in edges if edge <= voters)
        above = [edge for edge in edges if edge > voters]
        return f"{low}-{above[0] - 1}" if above else f"{low}+"


def word_of(agreeing: int, voters: int, rules: LedgerRules) -> str:
    """Agreement of one role in words, from its smoothed share (k + 1) / (n + 2).

    >>> [word_of(k, 5, read_ledger_rules()) for k in (5, 4, 3, 1, 0)]
    ['broadly_agrees', 'broadly_agrees', 'divided', 'broadly_disagrees', 'broadly_disagrees']
    """
    share = Fraction(agreeing + 1, voters + 2)
    if share >= Fraction(*rules.values.agree_from):
        return "broadly_agrees"
    return "broadly_disagrees" if share <= Fraction(*rules.values.disagree_to) else "divided"


def read_ledger_rules(path: Path | None = None) -> LedgerRules:
    """The rules of ``data/rules/ledger.yaml``.

    Parameters
    ----------
    path : another file of the same form.

    Raises
    ------
    InputError : a rule is missing, unknown or of the wrong kind, or the numbers would tell when a role is unanimous.
    """
    place = path or data_folder("rules", "ledger.yaml")
    content = read_yaml(place)
    entries = _entries(content)
    values = _values(entries, place)
    bare = [name for name, rule in entries.items() if not (rule.get("reason") and rule.get("source"))]
    problems = [Problem(f"Rule '{name}' has no reason or no source.", str(place)) for name in bare]
    process_roles = tuple(content.get("process_roles") or ())
    rules = LedgerRules(int(content.get("version", 0)), content.get("roles") or {}, process_roles, values)
    problems += _broken_promises(rules, str(place))
    if problems:
        raise InputError(problems)
    return rules


def _entries(content: Mapping[str, Any]) -> dict[str, Any]:
    """The rules by name, whatever part of the file they stand in."""
    parts = content.get("rules") or {}
    return {name: rule for part in parts.values() for name, rule in part.items()}


def _values(entries: Mapping[str, Any], place: Path) -> _Values:
    try:
        return _Values.model_validate({name: rule["value"] for name, rule in entries.items()})
    except ValidationError as failure:
        raise InputError([_explained(mistake, place) for mistake in failure.errors()]) from None
    except (KeyError, TypeError):
        raise InputError(Problem("A rule has no value.", str(place), "Write 'value:' under its name.")) from None


def _explained(mistake: Any, place: Path) -> Problem:
    name = ".".join(str(part) for part in mistake["loc"])
    return Problem(f"Rule '{name}': {mistake['msg']}.", str(place), "Compare it with the file of the project.")


def _broken_promises(rules: LedgerRules, place: str) -> list[Problem]:
    """Numbers under which a word would mean that everybody said the same. The fewest voters are the hardest case."""
    values, least = rules.values, rules.values.least_voters
    problems = []
    if word_of(least - 1, least, rules) != word_of(least, least, rules):
        problems.append(Problem("'agree_from' is so high that its word tells of unanimity.", place, "Lower it."))
    if word_of(1, least, rules) != word_of(0, least, rules):
        problems.append(Problem("'disagree_to' is so low that its word tells of unanimity.", place, "Raise it."))
    if values.voter_classes[0] > least or list(values.voter_classes) != sorted(set(values.voter_classes)):
        problems.append(
            Problem("'voter_classes' do not rise from 'least_voters' or lower.", place, "Mend the list of edges.")
        )
    if Fraction(*values.few_to) < Fraction(1, values.least_moved):
        problems.append(Problem("'few_to' is so low that 'few' means nobody.", place, "Raise it."))
    if Fraction(*values.some_to) > Fraction(values.least_moved - 2, values.least_moved):
        problems.append(Problem("'some_to' is so high that 'many' means everybody.", place, "Lower it."))
    grades = {*values.figure_kinds.values(), *values.modes.values(), *values.source_types.values()}
    problems += [
        Problem(f"Grade '{name}' is not in 'order'.", place, "Use one of them.")
        for name in sorted(grades - set(values.order))
    ]
    return problems
