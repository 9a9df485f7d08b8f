"""Figures of each municipality beside those of the region and the country, from the tables of open data.

Nothing is filled in: what no table holds is None. A sum or a mean over the region is computed here, from the tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stagekansen_lib.population.open_data import read_open_data
from stagekansen_lib.population.regions import municipality_names

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PlaceFigure", "place_figures"]

_PLACES, _COUNTRY = "cbs_municipalities", "cbs_country_percentages"
_NL = "NL00"


@dataclass(frozen=True)
class PlaceFigure:
    """One figure of each municipality, in the newest year in which it was published.

    Parameters
    ----------
    name : such as "age_15_24".
    topic : "study" (where a student learns), "home" (where a student lives) or "people" (who lives here).
    kind : "percent" (0 to 100), "mean" (an average or a density) or "amount" (a count, drawn as a circle and never as
        a colour: a big municipality is not a deep one).
    decimals : to be shown.
    year : None when no table holds the figure.
    maker : who counted, such as "CBS".
    tables : names of `open_data_names` that it was read from.
    values : by code of the municipality; None when no table gives it.
    region, country : the same for the region and the Netherlands; None when no table leads to it.
    computed : whether region and country are means of rounded figures, and so not exact.
    """

    name: str
    topic: str
    kind: str
    decimals: int
    year: int | None
    maker: str
    tables: tuple[str, ...]
    values: Mapping[str, float | None]
    region: float | None
    country: float | None
    computed: bool = False


@dataclass(frozen=True)
class _Recipe:
    """How a figure of CBS comes about: as published, or as a share of counts (``parts`` of ``whole``, 100 times)."""

    name: str
    kind: str
    decimals: int = 0
    topic: str = "people"
    parts: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    times: float = 100.0


_EDUCATION = ("education_low", "education_middle", "education_high")
# CBS counts students where they live, in later tables than those at hand; the map shows them once a table holds them.
_HOME = tuple(
    _Recipe(f"{level}_living", "percent", 1, "home", (f"{level}_students",), ("inhabitants",))
    for level in ("mbo", "hbo")
)
_CBS = (
    *_HOME,
    _Recipe("age_15_24", "percent"),
    _Recipe("origin_netherlands", "percent"),
    _Recipe("origin_europe", "percent"),
    _Recipe("origin_outside_europe", "percent"),
    *(_Recipe(f"{name}_share", "percent", 0, "people", (name,), _EDUCATION) for name in _EDUCATION),
    _Recipe("income_per_inhabitant", "mean"),
    # Land is given in hectares, and there are a hundred in a square kilometre.
    _Recipe("density", "mean", 0, "people", ("inhabitants",), ("land_area",)),
    _Recipe("inhabitants", "amount"),
)


def place_figures() -> list[PlaceFigure]:
    """Every figure of the map: students by place of study, by place of residence, and who lives where.

    Examples
    --------
    >>> figure = next(one for one in place_figures() if one.name == "hbo_first_years")
    >>> figure.year, figure.region, figure.country
    (2019, 7350.0, 113422.0)
    """
    return [
        _by_course("hbo_first_years"),
        _by_course("hbo_diplomas"),
        _by_seat(),
        *(_from_cbs(recipe) for recipe in _CBS),
    ]


def _from_cbs(recipe: _Recipe) -> PlaceFigure:
    if recipe.parts:
        return _share(recipe)
    table = read_open_data(_PLACES)
    year, values = _newest(table, recipe.name)
    if recipe.kind == "amount":
        region, country = _sum(values), values.get(_NL)
        return _figure(recipe, year, (_PLACES,), values, region, country)
    weights = _values(table, "inhabitants", year)
    means = read_open_data(_COUNTRY)
    country = _values(means, recipe.name, year).get(_NL)
    tables = (_PLACES,) if country is None else (_PLACES, _COUNTRY)
    return _figure(recipe, year, tables, values, _mean(values, weights), country, computed=True)


def _share(recipe: _Recipe) -> PlaceFigure:
    """Counts divided by counts; an area without one of them has no share."""
    table = read_open_data(_PLACES)
    year, parts = _newest(table, recipe.parts[0])
    wholes = [_values(table, name, year) for name in recipe.whole]
    codes = [*municipality_names(), _NL]

    def share(over: Iterable[str]) -> float | None:
        places = list(over)
        part = _sum(parts, places)
        whole = [_sum(one, places) for one in wholes]
        if part is None or any(one is None for one in whole):
            return None
        return recipe.times * part / sum(one for one in whole if one is not None)

    # CBS publishes some of these quotients itself, of numbers before they were rounded.
    values = {code: share([code]) for code in codes} | _values(table, recipe.name, year)
    return _figure(recipe, year, (_PLACES,), values, share(municipality_names()), values[_NL])


def _figure(
    recipe: _Recipe,
    year: int | None,
    tables: tuple[str, ...],
    values: Mapping[str, float | None],
    region: float | None,
    country: float | None,
    *,
    computed: bool = False,
) -> PlaceFigure:
    own = {code: values.get(code) for code in municipality_names()}
    return PlaceFigure(
        recipe.name, recipe.topic, recipe.kind, recipe.decimals, year, "CBS", tables, own, region, country, computed
    )


def _by_seat() -> PlaceFigure:
    """Mbo students by the seat of their school. Where no school has its seat, how many learn there is not known."""
    name = "duo_mbo_students_nl_institutions"
    table = read_open_data(name)
    year = int(table["year"].max())
    table = table[table["year"] == year]
    seats = table.groupby(table["seat"].astype(str).str.casefold())["value"].sum()
    known = municipality_names()
    values: dict[str, float | None] = {}
    for code, official in municipality_names(official=True).items():
        found = [seats.get(one.casefold(), 0.0) for one in {official, known[code]}]
        values[code] = float(sum(found)) or None
    return PlaceFigure(
        "mbo_by_seat", "study", "amount", 0, year, "DUO", (name,), values, _some(values), float(table["value"].sum())
    )


def _by_course(subject: str) -> PlaceFigure:
    """Hbo by the municipality where the course is given. One that the table does not name is unknown, not zero."""
    name = f"duo_{subject}"
    table, country = read_open_data(name), read_open_data(f"{name}_nl")
    year = int(table["year"].max())
    sums = table[table["year"] == year].groupby("region_code", observed=True)["value"].sum()
    values = {code: float(sums[code]) if code in sums.index else None for code in municipality_names()}
    nation = country[country["year"] == year]["value"]
    whole = float(nation.sum()) if len(nation) else None
    return PlaceFigure(subject, "study", "amount", 0, year, "DUO", (name, f"{name}_nl"), values, _some(values), whole)


def _newest(table: pd.DataFrame, variable: str) -> tuple[int | None, dict[str, float | None]]:
    years = table.loc[table["variable"] == variable, "year"]
    year = int(years.max()) if len(years) else None
    return year, _values(table, variable, year)


def _values(table: pd.DataFrame, variable: str, year: int | None) -> dict[str, float | None]:
    rows = table[(table["variable"] == variable) & (table["year"] == year)]
    return dict(zip(rows["region_code"].astype(str), rows["value"].astype(float), strict=True))


def _some(values: Mapping[str, float | None]) -> float | None:
    """The sum of what is known."""
    known = [value for value in values.values() if value is not None]
    return sum(known) if known else None


def _sum(values: Mapping[str, float | None], over: Iterable[str] | None = None) -> float | None:
    """The sum over areas; None when one of them is not known."""
    found = [values.get(code) for code in (municipality_names() if over is None else over)]
    return None if None in found else sum(one for one in found if one is not None)


def _mean(values: Mapping[str, float | None], weights: Mapping[str, float | None]) -> float | None:
    """The mean over the municipalities, each as heavy as its inhabitants."""
    pairs = [(values.get(code), weights.get(code)) for code in municipality_names()]
    known = [(value, weight) for value, weight in pairs if value is not None and weight is not None]
    if len(known) < len(pairs):
        return None
    return sum(value * weight for value, weight in known) / sum(weight for _, weight in known)
