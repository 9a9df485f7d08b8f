"""May published figures stand on one axis? A verdict by rule, with every difference named in words.

Published figures on internship discrimination run from 1% to 50%. They are about other people, other years, other
questions. Five things must be equal before two figures may be compared; what is unknown counts as not equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

from stagekansen_lib.errors import InputError, Problem, RefusedError, did_you_mean
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.registers.models import KeyFigure
from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.registers.texts import escape
from stagekansen_lib.wording import LANGUAGES, Language, chosen_language, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DIMENSIONS", "Comparability", "comparability", "require_one_axis"]

Dimension = Literal["population", "period", "definition", "mode", "denominator"]
DIMENSIONS: tuple[Dimension, ...] = ("population", "period", "definition", "mode", "denominator")
Status = Literal["same", "different", "not_established"]


@dataclass(frozen=True)
class _Trait:
    """One dimension of one figure: what decides whether it is equal, and how people read it. Empty when unknown."""

    code: str
    texts: Mapping[Language, str] = field(default_factory=dict)

    def text(self, language: Language) -> str:
        return self.texts.get(language) or say("comparability.unknown", language)


@dataclass(frozen=True, eq=False)
class Comparability:
    """The verdict on a set of figures.

    Parameters
    ----------
    figures : the figures, in the order asked.
    status : for each of the five dimensions "same", "different" or "not_established" (unknown of at least one figure,
        and no two known ones differ).
    apart_from : dimensions in which the figures are meant to differ, as the question said.
    """

    figures: tuple[KeyFigure, ...]
    status: Mapping[Dimension, Status]
    apart_from: tuple[Dimension, ...]
    traits: Mapping[str, Mapping[Dimension, _Trait]]

    @property
    def one_axis(self) -> bool:
        """True when the figures may stand on one axis."""
        return all(self.status[name] == "same" for name in DIMENSIONS if name not in self.apart_from)

    def differences(self, figure: str, language: str | None = None) -> dict[Dimension, str]:
        """What sets one figure apart from the others: dimension -> its own text beside those of the others.

        A dimension is named when the figure is known to differ from at least one other, never because one is unknown.
        """
        chosen = chosen_language(language)
        own = self._traits_of(figure)
        found: dict[Dimension, str] = {}
        for name in DIMENSIONS:
            if name in self.apart_from:
                continue
            others = [
                trait
                for other in self.figures
                if _relation(own[name], trait := self.traits[other.id][name], name) == "different"
            ]
            if others:
                listed = "; ".join(dict.fromkeys(trait.text(chosen) for trait in others))
                found[name] = say("comparability.apart", chosen, own=own[name].text(chosen), others=listed)
        return found

    def _traits_of(self, figure: str) -> Mapping[Dimension, _Trait]:
        if figure not in self.traits:
            raise InputError(
                Problem(f"'{figure}' is not among the figures compared.", do=did_you_mean(figure, list(self.traits)))
            )
        return self.traits[figure]

    def table(self, language: str | None = None) -> pd.DataFrame:
        """One row a figure, in the order asked: value, the five dimensions in words, and ``differences`` (a count)."""
        import pandas as pd

        chosen = chosen_language(language)
        rows = [
            {
                "figure": figure.heading(chosen),
                "value": figure.value_text(chosen),
                **{name: self.traits[figure.id][name].text(chosen) for name in DIMENSIONS},
                "differences": len(self.differences(figure.id, chosen)),
            }
            for figure in self.figures
        ]
        return pd.DataFrame(rows, index=pd.Index([figure.id for figure in self.figures], name="id"))

    def sentence(self, language: str | None = None) -> str:
        """The verdict in words: allowed, or refused with what differs and what is not known.

        >>> print(comparability(["rn-2022-1", "scp-stage-mbo"]).sentence("en"))
        These 2 figures may not stand on one axis. They differ in whom they are about, when, what was asked and of whom
        the figure is a part. Not established: how people were found and asked.
        """
        chosen = chosen_language(language)
        count = len(self.figures)
        if self.one_axis:
            if not self.apart_from:
                return say("comparability.allowed", chosen, count=count)
            return say("comparability.allowed_apart", chosen, count=count, names=_listed(self.apart_from, chosen))
        asked = [name for name in DIMENSIONS if name not in self.apart_from]
        parts = [say("comparability.refused", chosen, count=count)]
        for status in ("different", "not_established"):
            names = [name for name in asked if self.status[name] == status]
            if names:
                parts.append(say(f"comparability.{status}", chosen, names=_listed(names, chosen)))
        return " ".join(parts)

    def __repr__(self) -> str:
        return self.sentence("en")

    def _repr_html_(self) -> str:
        chosen = chosen_language()
        table = self.table(chosen)
        head = "".join(
            f'<th scope="col">{escape(say(f"comparability.head_{name}", chosen))}</th>'
            for name in ("figure", *DIMENSIONS)
        )
        body = "".join(
            f'<tr><th scope="row"><strong>{escape(row["value"])}</strong> {escape(row["figure"])}</th>'
            + "".join(f"<td>{escape(row[name])}</td>" for name in DIMENSIONS)
            + "</tr>"
            for _, row in table.iterrows()
        )
        return (
            f"<p>{escape(self.sentence(chosen))}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )


def comparability(
    figures: Sequence[str | KeyFigure],
    *,
    apart_from: Dimension | Sequence[Dimension] = (),
    registers: Registers | None = None,
) -> Comparability:
    """Whether published figures may stand on one axis, and what sets them apart when they may not.

    Parameters
    ----------
    figures : two or more ids of the register of key figures, or the figures themselves.
    apart_from : what the figures are meant to differ in, such as "population" for two groups of one study.
    registers : read when left out.

    Returns
    -------
    Comparability. Two figures are equal in a dimension when both are known and the same: population (whom and where)
    and period as the register has them; definition, mode and denominator as ``data/comparability/figures.yaml`` codes
    them. Figures of one study share their mode. Unknown is never equal.

    Raises
    ------
    InputError : fewer than two figures, one twice, an id or dimension that does not exist, or different units.

    Examples
    --------
    >>> comparability(["roa-4-nw", "roa-4-w"]).one_axis
    True
    >>> found = comparability(["rn-2022-1", "scp-stage-mbo", "cbs-10", "utr-search", "handbook-1in2"])
    >>> found.one_axis, found.table("en")["differences"].min()
    (False, np.int64(4))
    """
    known = (registers or read_registers()).key_figures
    apart = (apart_from,) if isinstance(apart_from, str) else tuple(apart_from)
    chosen = [known[figure] if isinstance(figure, str) else figure for figure in figures]
    names = [figure.id for figure in chosen]
    _refuse_incomparable(names, {figure.unit for figure in chosen}, apart)
    traits = {figure.id: _traits(figure) for figure in chosen}
    status = _statuses(traits)
    return Comparability(tuple(chosen), status, apart, traits)


def _statuses(traits: Mapping[str, Mapping[Dimension, _Trait]]) -> dict[Dimension, Status]:
    """The verdict on each dimension; figures of one study were asked for in the same way."""
    found = {name: _status([one[name] for one in traits.values()], name) for name in DIMENSIONS}
    if len({_coded(figure).get("study", figure) for figure in traits}) == 1:
        found["mode"] = "same"
    return found


def _refuse_incomparable(names: Sequence[str], units: set[str], apart: Sequence[str]) -> None:
    problems = [
        Problem(f"'{name}' is no dimension.", do=did_you_mean(name, DIMENSIONS))
        for name in apart
        if name not in DIMENSIONS
    ]
    if len(set(names)) < 2 or len(set(names)) < len(names):
        problems.append(Problem("A comparison takes two or more different figures.", do="Name each figure once."))
    if len(units) > 1:
        listed = ", ".join(sorted(units))
        problems.append(Problem(f"The figures are in different units: {listed}.", do="Compare like with like."))
    if problems:
        raise InputError(problems)


def require_one_axis(
    figures: Sequence[str | KeyFigure],
    *,
    apart_from: Dimension | Sequence[Dimension] = (),
    language: str | None = None,
) -> Comparability:
    """The verdict when the figures may stand on one axis; what draws an axis calls this first.

    Parameters
    ----------
    figures, apart_from : as ``comparability``.
    language : "nl" or "en", of the text of a refusal.

    Returns
    -------
    Comparability : one whose ``one_axis`` is True.

    Raises
    ------
    RefusedError : they may not; the text gives the verdict, and for each figure what sets it apart.
    InputError : as ``comparability``.

    Examples
    --------
    >>> require_one_axis(["cbs-10", "handbook-1in2"], language="en")
    Traceback (most recent call last):
    ...
    stagekansen_lib.errors.RefusedError: These 2 figures may not stand on one axis. ...
    """
    verdict, chosen = comparability(figures, apart_from=apart_from), chosen_language(language)
    if verdict.one_axis:
        return verdict
    lines = [verdict.sentence(chosen)]
    for figure in verdict.figures:
        lines.append(f"{figure.value_text(chosen)} ({figure.heading(chosen)})")
        for name, text in verdict.differences(figure.id, chosen).items():
            lines.append(f"- {say(f'comparability.head_{name}', chosen)}: {text}")
    raise RefusedError("\n".join(lines))


def _relation(one: _Trait, other: _Trait, name: Dimension) -> Status:
    if not (one.code and other.code):
        return "not_established"
    if one.code == other.code:
        return "same"
    # "2022" may well be "september 2022": who wrote less did not say that it was another time.
    if name == "period" and (one.code in other.code or other.code in one.code):
        return "not_established"
    return "different"


def _status(traits: Sequence[_Trait], name: Dimension) -> Status:
    relations = {_relation(one, other, name) for one, other in combinations(traits, 2)}
    return next(status for status in ("different", "not_established", "same") if status in relations)


def _listed(names: Sequence[Dimension], language: Language) -> str:
    words = [say(f"comparability.name_{name}", language) for name in names]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {say('comparability.and', language)} {words[-1]}"


def _traits(figure: KeyFigure) -> dict[Dimension, _Trait]:
    coded, words = _coded(figure.id), _file()

    def register(*names: str) -> _Trait:
        texts = {one: ", ".join(filter(None, (figure.text(name, one) for name in names))) for one in LANGUAGES}
        # Without whom or when there is nothing to compare, even if the place is known.
        return _Trait(texts["nl"].casefold(), texts) if figure.text(names[0], "nl") else _Trait("")

    def code(dimension: str) -> _Trait:
        name = coded.get(dimension, "")
        return _Trait(name, words[f"{dimension}s"][name]) if name else _Trait("")

    return {
        "population": register("population", "geography"),
        "period": register("period"),
        "definition": code("definition"),
        "mode": code("mode"),
        "denominator": code("denominator"),
    }


def _coded(figure: str) -> Mapping[str, str]:
    coded: Mapping[str, str] = _file()["figures"].get(figure, {})
    return coded


@cache
def _file() -> Mapping[str, Any]:
    path = data_folder("comparability", "figures.yaml")
    read = read_yaml(path)
    problems = [
        Problem(f"Figure '{figure}' has the unknown {dimension} '{code}'.", path.name, did_you_mean(code, list(words)))
        for dimension in ("definition", "denominator", "mode")
        for figure, coded in read["figures"].items()
        if (code := coded.get(dimension)) and code not in (words := read[f"{dimension}s"])
    ]
    if problems:
        raise InputError(problems)
    return read
