"""Margins: population counts that a survey is weighted to, with the reason when they stand in for the real
ones."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Any

from stagekansen_lib.arguments import said
from stagekansen_lib.assets import html_table
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.project.paths import data_files, data_folder
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.wording import LANGUAGES, Language, chosen_language, number_text, percent_text, say

__all__ = ["Margins", "margin_names", "read_margins", "unknown_sources"]

MarginKey = str | tuple[str, ...]

_HEADS = ("variable", "code", "people", "share")

_TOTALS = ("totaal", "total", "alle", "all", "iedereen", "everybody")
# Weights meet every target to 1e-9, so two totals may differ by the rounding of a sum of floats and no more.
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Margins:
    """Population counts per code of one or more variables, checked against each other.

    Parameters
    ----------
    name : name of the file in ``data/margins`` without its ending, or a name of your own.
    targets : for each variable, or tuple of variables, the population count of each code, or tuple of codes.
    title_nl, title_en : what the counts are, in one line.
    proxy : empty when the counts are of the very population of the survey. Otherwise a sentence under "nl"
        and one under "en" that says what stands in for what; every result weighted with them repeats it.
    sources : ids of the source register.
    date : reference date of the counts, such as "2019".
    labels : for each target the Dutch and English text of its codes, where they help to read the counts.

    Raises
    ------
    InputError : a count is not a positive number, a tuple of codes does not fit its variables, targets do not
        have the same total, two targets disagree on a variable they share, or a proxy lacks a language.

    Examples
    --------
    >>> margins = Margins("two_levels", {"level": {1: 600, 2: 400}})
    >>> margins.total
    1000.0
    >>> margins.shares("level")
    {1: 0.6, 2: 0.4}
    """

    name: str
    targets: Mapping[MarginKey, Mapping[Any, float]]
    title_nl: str = ""
    title_en: str = ""
    proxy: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    date: str = ""
    labels: Mapping[MarginKey, Mapping[Any, tuple[str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = _problems(self)
        if problems:
            raise InputError(problems, title=f"Margins '{self.name}' cannot be used.")
        frozen = {key: MappingProxyType(dict(counts)) for key, counts in self.targets.items()}
        object.__setattr__(self, "targets", MappingProxyType(frozen))

    @property
    def total(self) -> float:
        """Size of the population: the sum that all targets share."""
        return math.fsum(next(iter(self.targets.values())).values())

    @property
    def variables(self) -> tuple[str, ...]:
        """Every variable that a target names, each once, in order."""
        return tuple(dict.fromkeys(name for key in self.targets for name in _names(key)))

    @property
    def is_proxy(self) -> bool:
        """True when the counts stand in for those of the real population."""
        return bool(self.proxy)

    def shares(self, variable: MarginKey) -> dict[Any, float]:
        """The target of a variable (or tuple of variables) as shares of 0 to 1.

        Raises
        ------
        InputError : there is no target for it.
        """
        if variable not in self.targets:
            known = [" x ".join(_names(key)) for key in self.targets]
            raise InputError(
                Problem(
                    f"Margins '{self.name}' have no target for '{' x '.join(_names(variable))}'.",
                    do=did_you_mean(variable, known),
                )
            )
        return {code: count / self.total for code, count in self.targets[variable].items()}

    def __repr__(self) -> str:
        lines = [f"Margins '{self.name}': {self.total:,.0f} people{f', {self.date}' if self.date else ''}"]
        for key, counts in self.targets.items():
            lines.append(f"  {' x '.join(_names(key))}")
            lines += [
                f"    {self._label(key, code):<46} {count:>12,.0f} {count / self.total:>7.1%}"
                for code, count in counts.items()
            ]
        if self.proxy:
            lines.append(f"  Proxy: {self.proxy['en']}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        language = chosen_language()
        rows = [
            (
                " x ".join(_names(key)),
                self._label(key, code, language),
                number_text(count, language),
                percent_text(count / self.total, language, 1),
            )
            for key, counts in self.targets.items()
            for code, count in counts.items()
        ]
        title = getattr(self, f"title_{language}") or self.name
        shown = html_table(f"{title} ({self.date})", [say(f"margins.{name}", language) for name in _HEADS], rows)
        proxy = escape(self.proxy.get(language, ""))
        return f"{shown}<p><strong>{say('margins.proxy', language)}</strong> {proxy}</p>" if proxy else shown

    def _label(self, key: MarginKey, code: Any, language: Language = "en") -> str:
        codes = ", ".join(str(part) for part in _codes(key, code))
        texts = self.labels.get(key, {})
        return f"{codes}: {texts[code][LANGUAGES.index(language)]}" if code in texts else codes


def margin_names() -> tuple[str, ...]:
    """The names that `read_margins` knows, in alphabetical order."""
    return tuple(path.stem for path in data_files("margins", "*.yaml") if path.stem != "card")


def read_margins(name: str | Path) -> Margins:
    """Margins by their name in ``data/margins``, or from a YAML file of your own.

    The file holds ``title_nl``, ``title_en``, ``date``, ``sources``, ``proxy`` (absent, or ``nl`` and ``en``)
    and ``targets``: a list whose entries have ``variables`` and ``counts``, and may have ``total``, which their
    counts must add up to; each count has ``codes`` (one for each variable), ``count``, and may have ``label_nl`` and
    ``label_en``.

    Parameters
    ----------
    name : such as "students_haaglanden_2019"; a ``Path`` is a file anywhere.

    Returns
    -------
    Margins : for ``rake``, ``poststratify``, ``calibrate`` and ``plan_targets``.

    Raises
    ------
    InputError : no such file, its contents cannot be used, or a source is not in the register of sources; all problems
        at once.

    Examples
    --------
    >>> margins = read_margins("students_haaglanden_2019")
    >>> margins.is_proxy
    True
    """
    if not isinstance(name, str | Path):
        raise InputError(Problem(f"The margins are {said(name)}.", do="Give their name, or the path of a file."))
    path = name if isinstance(name, Path) else data_folder("margins", f"{name}.yaml")
    if not path.is_file():
        raise InputError(Problem(f"There are no margins '{name}'.", do=did_you_mean(name, margin_names())))
    held = read_yaml(path)
    if not isinstance(held.get("targets"), list):
        raise InputError(Problem("A margins file needs a list 'targets'.", where=str(path)))
    targets = _Targets(path.name)
    for number, entry in enumerate(held["targets"], start=1):
        targets.read(entry, number)
    targets.problems += unknown_sources(held.get("sources") or (), path.name)
    if targets.problems:
        raise InputError(targets.problems, title=f"{path.name} cannot be read.")
    return Margins(
        name=path.stem,
        targets=targets.counts,
        title_nl=str(held.get("title_nl", "")),
        title_en=str(held.get("title_en", "")),
        proxy=_one_line(held.get("proxy") or {}),
        sources=tuple(str(source) for source in held.get("sources") or ()),
        date=str(held.get("date", "")),
        labels=targets.labels,
    )


def unknown_sources(named: Any, where: str) -> list[Problem]:
    """Sources that the register does not have: a release could not say where its counts come from."""
    if not isinstance(named, list | tuple):
        return [Problem("'sources' is no list.", where, "Write sources: [id-of-a-source].")]
    known = [str(one.get("id")) for one in read_yaml(data_folder("registers", "sources.yaml"))["sources"]]
    offer = "Enter it in data/registers/sources.yaml, or name one that is there."
    return [
        Problem(f"Source '{name}' is not in the register.", where, f"{offer} {did_you_mean(str(name), known)}")
        for name in named
        if str(name) not in known
    ]


def _spelled(code: Any) -> Any:
    """A code as a person reads it: 1 and "1" are one code, and so are "Den Haag" and "den  haag"."""
    if isinstance(code, tuple):
        return tuple(_spelled(part) for part in code)
    return " ".join(str(code).split()).casefold()


def _one_line(texts: Mapping[Any, Any]) -> dict[str, str]:
    return {str(name): " ".join(str(text).split()) for name, text in texts.items()}


@dataclass
class _Targets:
    """The targets of a file, read one after the other, and what is wrong with them."""

    where: str
    counts: dict[MarginKey, dict[Any, float]] = field(default_factory=dict)
    labels: dict[MarginKey, dict[Any, tuple[str, str]]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def read(self, entry: Any, number: int) -> None:
        place = f"{self.where}, target {number}"
        try:
            names = tuple(str(name) for name in entry["variables"])
            rows = [(tuple(row["codes"]), row["count"], row) for row in entry["counts"]]
        except (TypeError, KeyError):
            wanted = "It needs 'variables' and 'counts', each with 'codes' and 'count'."
            self.problems.append(Problem(wanted, place))
            return
        self._check_total(entry.get("total"), [count for _, count, _ in rows], place)
        if any(len(codes) != len(names) for codes, _, _ in rows):
            self.problems.append(Problem(f"A count does not have one code for each of {len(names)} variables.", place))
            return
        key: MarginKey = names[0] if len(names) == 1 else names
        if key in self.counts:
            self.problems.append(Problem("The same variables have a target already.", place, "Keep one of the two."))
        self.counts[key] = {}
        for codes, count, row in rows:
            self._add(key, codes[0] if len(names) == 1 else codes, count, row, place)

    def _check_total(self, total: Any, counts: Sequence[Any], place: str) -> None:
        """A total that the file gives must be the sum of its counts."""
        if total is None or not all(isinstance(count, int | float) for count in (total, *counts)):
            return
        found = math.fsum(counts)
        if not math.isclose(found, total, rel_tol=_TOLERANCE):
            self.problems.append(
                Problem(
                    f"Its counts add up to {found:,.10g}, and 'total' says {total:,.10g}.",
                    place,
                    "Look which count is wrong, or whether a group is missing.",
                )
            )

    def _add(self, key: MarginKey, code: Any, count: float, row: Mapping[str, Any], place: str) -> None:
        alike = next((known for known in self.counts[key] if _spelled(known) == _spelled(code)), None)
        if alike is not None:
            shown = f"Code {code!r} stands twice." if alike == code else f"Codes {alike!r} and {code!r} are one code."
            self.problems.append(Problem(shown, place, "Keep one line a code."))
        self.counts[key][code] = count
        if "label_en" in row:
            self.labels.setdefault(key, {})[code] = (str(row.get("label_nl", "")), str(row["label_en"]))


def _problems(margins: Margins) -> list[Problem]:
    if not margins.targets:
        return [Problem("There is no target.", do="Give at least one variable with its population counts.")]
    problems = [
        Problem(f"The proxy sentence lacks the language '{language}'.", do="Give it under 'nl' and under 'en'.")
        for language in ("nl", "en")
        if margins.proxy and not margins.proxy.get(language)
    ]
    for key, counts in margins.targets.items():
        problems += _count_problems(key, counts)
    return problems or _disagreements(margins)


def _count_problems(key: MarginKey, counts: Mapping[Any, float]) -> list[Problem]:
    where = f"target {' x '.join(_names(key))}"
    if not counts:
        return [Problem("It holds no codes.", where)]
    problems = []
    for code, count in counts.items():
        if isinstance(key, tuple) and (not isinstance(code, tuple) or len(code) != len(key)):
            problems.append(Problem(f"{code!r} is not one code for each of {len(key)} variables.", where))
        number = isinstance(count, int | float) and not isinstance(count, bool)
        if not number or not math.isfinite(count) or count <= 0:
            problems.append(
                Problem(f"The count of code {code!r} is {count!r}.", where, "A count is a number above zero.")
            )
    return problems or [*_repeated(counts, where), *_counted_total(counts, where)]


def _repeated(counts: Mapping[Any, float], where: str) -> Iterator[Problem]:
    """Codes that are one code, spelled in two ways: both would be a group of their own."""
    seen: dict[Any, Any] = {}
    for code in counts:
        first = seen.setdefault(_spelled(code), code)
        if first is not code:
            yield Problem(f"Codes {first!r} and {code!r} are one code.", where, "Keep one line a code.")


def _counted_total(counts: Mapping[Any, float], where: str) -> Iterator[Problem]:
    """A line with the total of the others, as tables of CBS and DUO have it: it would count everybody twice."""
    everybody = math.fsum(counts.values())
    for code, count in counts.items():
        if _spelled(code) in _TOTALS and math.isclose(2 * count, everybody, rel_tol=_TOLERANCE):
            yield Problem(f"The count of code {code!r} is the sum of the others.", where, "Leave the total out.")


def _disagreements(margins: Margins) -> list[Problem]:
    """Targets with another total than the first, and variables whose counts differ between two targets."""
    targets = list(margins.targets.items())
    first_key, first_counts = targets[0]
    first_total = math.fsum(first_counts.values())
    problems = []
    for key, counts in targets[1:]:
        total = math.fsum(counts.values())
        if not math.isclose(total, first_total, rel_tol=_TOLERANCE):
            problems.append(
                Problem(
                    f"Its total is {total:,.10g}; that of '{' x '.join(_names(first_key))}' is "
                    f"{first_total:,.10g}: a difference of {total - first_total:,.10g}.",
                    f"target {' x '.join(_names(key))}",
                    "All targets count the same population: correct one of them.",
                )
            )
    if problems:
        return problems
    seen: dict[str, dict[Any, float]] = {}
    for key, counts in targets:
        for position, name in enumerate(_names(key)):
            sums: dict[Any, float] = {}
            for code, count in counts.items():
                part = _codes(key, code)[position]
                sums[part] = sums.get(part, 0.0) + count
            earlier = seen.setdefault(name, sums)
            for code in dict.fromkeys([*earlier, *sums]):
                if not math.isclose(earlier.get(code, 0.0), sums.get(code, 0.0), rel_tol=_TOLERANCE):
                    problems.append(
                        Problem(
                            f"Code {code!r} of '{name}' counts {sums.get(code, 0.0):,.10g} here and "
                            f"{earlier.get(code, 0.0):,.10g} in an earlier target.",
                            f"target {' x '.join(_names(key))}",
                        )
                    )
    return problems


def _names(key: MarginKey) -> tuple[str, ...]:
    return key if isinstance(key, tuple) else (key,)


def _codes(key: MarginKey, code: Any) -> tuple[Any, ...]:
    return code if isinstance(key, tuple) else (code,)
