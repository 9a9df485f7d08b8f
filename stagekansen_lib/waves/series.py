"""A declared series of surveys: its waves, their letter, and what changed between them. Files in ``data/series``."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.waves.breaks import QuestionChange, question_changes

__all__ = ["DeclaredChange", "Intervention", "SeriesWave", "SurveySeries", "read_series"]

EVERY_VARIABLE = "all"

# What must stay the same within a letter of a series.
_KEPT = ("population", "mode", "schools")


@dataclass(frozen=True)
class SeriesWave:
    """One wave of a series; what is not known is empty.

    ``survey``, ``margins`` and ``recruitment`` say how its index is made: answers, counts, how students were asked.
    """

    wave: Any
    letter: str
    codebook: str = ""
    population: str = ""
    mode: str = ""
    schools: tuple[str, ...] = ()
    survey: str = ""
    margins: str = ""
    recruitment: str = ""


@dataclass(frozen=True)
class Intervention:
    """Something that began between two waves; that it did anything is not said."""

    first: Any
    last: Any
    label_nl: str
    label_en: str


@dataclass(frozen=True)
class DeclaredChange:
    """What someone decided about a change between two waves that follow each other."""

    first: Any
    last: Any
    variable: str
    verdict: Literal["break", "harmless"]
    reason_nl: str
    reason_en: str

    def is_about(self, of: str) -> bool:
        return self.variable in (EVERY_VARIABLE, of, of.split("[")[0])


@dataclass(frozen=True)
class SurveySeries:
    """A declared series of waves.

    Parameters
    ----------
    name : of its file.
    title_nl, title_en : what it is called.
    waves : in order.
    changes : what was declared between waves.
    interventions : what began between waves.
    """

    name: str
    title_nl: str
    title_en: str
    waves: tuple[SeriesWave, ...]
    changes: tuple[DeclaredChange, ...] = ()
    interventions: tuple[Intervention, ...] = ()

    def wave(self, name: Any) -> SeriesWave:
        """The wave of that name; an error with near matches when the series has none."""
        for one in self.waves:
            if one.wave == name or str(one.wave) == str(name):
                return one
        offer = did_you_mean(name, [one.wave for one in self.waves])
        raise InputError(Problem(f"Wave {name} is not in series '{self.name}'.", do=offer))

    def _between(self, first: Any, last: Any) -> Iterator[tuple[SeriesWave, SeriesWave]]:
        """Each two waves that follow each other from one wave to another."""
        start, end = self.waves.index(self.wave(first)), self.waves.index(self.wave(last))
        if end <= start:
            raise InputError(Problem(f"In series '{self.name}' wave {last} does not come after {first}."))
        return itertools.pairwise(self.waves[start : end + 1])

    def _declared(self, first: SeriesWave, last: SeriesWave, of: str) -> list[DeclaredChange]:
        return [one for one in self.changes if (one.first, one.last) == (first.wave, last.wave) and one.is_about(of)]

    def break_between(self, first: Any, last: Any, of: str) -> str:
        """Why a line of this variable may not run from one wave to another; empty when it may."""
        for before, after in self._between(first, last):
            if before.letter != after.letter:
                return (
                    f"Series '{self.name}' begins letter {after.letter} at wave {after.wave}: it cannot be laid beside "
                    f"letter {before.letter}."
                )
            for one in self._declared(before, after, of):
                if one.verdict == "break":
                    return f"'{of}' has a break from {before.wave} to {after.wave}: {one.reason_en}"
        return ""

    def is_harmless(self, first: Any, last: Any, of: str) -> bool:
        """Whether someone declared that the question changed and that this does no harm."""
        declared = [one for before, after in self._between(first, last) for one in self._declared(before, after, of)]
        return bool(declared) and all(one.verdict == "harmless" for one in declared)

    def lines(self, of: str) -> tuple[tuple[Any, ...], ...]:
        """The waves in pieces over each of which one line may be drawn for this variable."""
        pieces: list[list[Any]] = [[self.waves[0].wave]]
        for before, after in itertools.pairwise(self.waves):
            if self.break_between(before.wave, after.wave, of):
                pieces.append([])
            pieces[-1].append(after.wave)
        return tuple(map(tuple, pieces))

    def undeclared(self, surveys: Mapping[Any, Survey]) -> tuple[tuple[Any, Any, QuestionChange], ...]:
        """What the codebooks say that changed and nobody declared: from, to and the change."""
        found = []
        for (first, before), (last, after) in itertools.pairwise(surveys.items()):
            for change in question_changes(before, after):
                told = [one for pair in self._between(first, last) for one in self._declared(*pair, change.variable)]
                if not told and not self.break_between(first, last, change.variable):
                    found.append((first, last, change))
        return tuple(found)


def read_series(name: str, folder: Path | None = None) -> SurveySeries:
    """A declared series of surveys.

    Parameters
    ----------
    name : of its file in ``data/series``, such as "stagekansen".
    folder : another folder to read from.

    Returns
    -------
    SurveySeries : see there. ``lines(of)`` gives the pieces over which one line may be drawn.

    Raises
    ------
    InputError : there is no such series; a wave twice; population, mode or schools that change within a letter; a
        change between waves that do not follow each other, without a verdict or without a reason. All at once.

    Examples
    --------
    >>> read_series("stagekansen").lines("discrimination_experienced")
    ((2022,),)
    """
    home = folder or data_folder("series")
    path = home / f"{name}.yaml"
    if not path.is_file():
        known = sorted(one.stem for one in home.glob("*.yaml") if one.stem != "card")
        raise InputError(Problem(f"There is no series '{name}'.", str(home), did_you_mean(name, known)))
    content = read_yaml(path)
    problems: list[Problem] = []
    waves = tuple(_wave(row, path.name, problems) for row in _rows(content, "waves", path.name, problems))
    changes = tuple(_change(row, path.name, problems) for row in _rows(content, "changes", path.name, problems))
    if not waves:
        problems.append(Problem("The series has no waves.", path.name, "Declare each wave under 'waves:'."))
    begun = tuple(
        _intervention(row, path.name, problems) for row in _rows(content, "interventions", path.name, problems)
    )
    pairs = [*_follow(changes), *_follow(begun)]
    problems += [*_wave_problems(waves, path.name), *_pair_problems(waves, pairs, path.name)]
    if problems:
        raise InputError(problems)
    title_nl, title_en = (str(content.get(f"title_{language}", name)) for language in ("nl", "en"))
    return SurveySeries(name, title_nl, title_en, waves, changes, begun)


def _rows(content: Mapping[str, Any], key: str, where: str, problems: list[Problem]) -> list[Any]:
    rows = content.get(key) or []
    if isinstance(rows, list):
        return rows
    problems.append(Problem(f"'{key}' is no list.", where, "Begin each entry with '- '."))
    return []


def _follow(declared: Sequence[DeclaredChange | Intervention]) -> Iterator[tuple[str, Any, Any]]:
    for one in declared:
        yield "A change" if isinstance(one, DeclaredChange) else "An intervention", one.first, one.last


def _intervention(row: Any, where: str, problems: list[Problem]) -> Intervention:
    given = row if isinstance(row, Mapping) else {}
    between, labels = given.get("between"), [given.get("label_nl"), given.get("label_en")]
    if not (isinstance(between, list) and len(between) == 2 and all(labels)):
        problems.append(
            Problem("An intervention lacks two waves or a label.", where, "Give between: [2023, 2024] and both labels.")
        )
    first, last = between if isinstance(between, list) and len(between) == 2 else (None, None)
    return Intervention(first, last, *(str(label or "") for label in labels))


def _wave(row: Any, where: str, problems: list[Problem]) -> SeriesWave:
    given = row if isinstance(row, Mapping) else {}
    for key in ("wave", "letter"):
        if not given.get(key):
            problems.append(Problem(f"A wave has no {key}.", where, "Fill it in."))
    schools = tuple(sorted(map(str, given.get("schools") or ())))
    letter, codebook, population, mode = (
        str(given.get(key) or "") for key in ("letter", "codebook", "population", "mode")
    )
    made = (str(given.get(key) or "") for key in ("survey", "margins", "recruitment"))
    return SeriesWave(given.get("wave"), letter, codebook, population, mode, schools, *made)


def _change(row: Any, where: str, problems: list[Problem]) -> DeclaredChange:
    given = row if isinstance(row, Mapping) else {}
    verdict = given.get("verdict")
    if verdict not in ("break", "harmless"):
        problems.append(Problem("A change has no verdict.", where, "Write 'break' or 'harmless'."))
    if not (given.get("reason_nl") and given.get("reason_en")):
        problems.append(Problem("A change has no reason in both languages.", where, "Say why, for who reads it later."))
    return DeclaredChange(
        given.get("from"), given.get("to"), str(given.get("variable") or EVERY_VARIABLE),
        "harmless" if verdict == "harmless" else "break", str(given.get("reason_nl") or ""),
        str(given.get("reason_en") or ""),
    )  # fmt: skip


def _wave_problems(waves: Sequence[SeriesWave], where: str) -> Iterator[Problem]:
    names = [str(one.wave) for one in waves]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem(f"Wave {name} stands twice.", where, "Keep one.")
    for one in waves:
        if one.wave and not isinstance(one.wave, (int, str)):
            yield Problem("A wave is called by something else than a year or a name.", where, "Write wave: 2024.")
    years = [one.wave for one in waves]
    if all(isinstance(year, int) for year in years) and years != sorted(years):
        yield Problem("The waves are not in the order of their years.", where, "Put the earliest first.")
    for before, after in itertools.pairwise(waves):
        if before.letter != after.letter:
            continue
        for trait in _KEPT:
            old, new = getattr(before, trait), getattr(after, trait)
            if old and new and old != new:
                yield Problem(
                    f"The {trait} of wave {after.wave} differs from {before.wave}, and its letter is {after.letter}.",
                    where,
                    "Begin the next letter.",
                )


def _pair_problems(
    waves: Sequence[SeriesWave], declared: Sequence[tuple[str, Any, Any]], where: str
) -> Iterator[Problem]:
    pairs = [(before.wave, after.wave) for before, after in itertools.pairwise(waves)]
    for what, first, last in declared:
        if (first, last) not in pairs:
            yield Problem(
                f"{what} stands between {first} and {last}, which do not follow each other.", where,
                "Declare it between two waves that do.",
            )  # fmt: skip
