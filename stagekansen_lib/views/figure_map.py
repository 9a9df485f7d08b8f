"""The map of figures (kaart): CBS and DUO figures for each municipality, never answers of a survey."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stagekansen_lib.pictures.maps import Paint, draw_figures, draw_picture
from stagekansen_lib.population.open_data import describe_open_data, read_open_data
from stagekansen_lib.population.regions import municipality_names
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.places import read_place
from stagekansen_lib.views.pages import View, page_view, render
from stagekansen_lib.wording import Language, chosen_language, number_text, say

__all__ = ["FIGURES", "Figure", "figure_map", "figures", "page"]

MAP_FILE = "kaart-kaart.html"

_STEPS = 4

# Figures of the table `cbs_municipalities` that say something about who lives where, with the decimals to show.
FIGURES = {
    "age_15_24": 0,
    "inhabitants": 0,
    "origin_netherlands": 0,
    "origin_europe": 0,
    "origin_outside_europe": 0,
    "income_per_inhabitant": 1,
    "density": 0,
}


@dataclass(frozen=True)
class Figure:
    """One figure of each municipality in its newest year; ``values`` by code, None when the table gives none.

    ``classes`` holds the class of each known value, 0 the lowest, and ``legend`` the look and the range of each class.
    Both come from known values only, so that neither can betray a hidden one.
    """

    name: str
    year: int
    maker: str
    source: str
    values: dict[str, float | None]
    texts: dict[str, str]
    classes: dict[str, int]
    legend: tuple[tuple[str, str], ...]


def figure_map(*, language: str | None = None) -> View:
    """The view on the newest figures of CBS and DUO about the municipalities of the place."""
    chosen = chosen_language(language)
    return page_view(
        "kaart",
        chosen,
        lambda: page(chosen),
        files=lambda: {MAP_FILE: draw_figures(_paints(figures(chosen)), language=chosen).html} if _drawable() else {},
    )


def _drawable() -> bool:
    """Whether the place has borders, and tables of figures to paint them with."""
    return read_place().has_map and data_folder("open-data", "cbs_municipalities.csv").is_file()


def figures(language: Language) -> list[Figure]:
    """Every figure of ``FIGURES`` in the newest year in which it was published, and first-year hbo students."""
    table = read_open_data("cbs_municipalities")
    table = table[table["region_code"].isin(list(municipality_names()))]
    source = _card("cbs_municipalities")["source"]
    found = []
    for name, decimals in FIGURES.items():
        rows = table[table["variable"] == name]
        rows = rows[rows["year"] == rows["year"].max()]
        values = {str(row.region_code): _known(row.value) for row in rows.itertuples(index=False)}
        found.append(_figure(name, int(rows["year"].iloc[0]), "CBS", source, values, decimals, language))
    return [*found, _first_years(language)]


def _first_years(language: Language) -> Figure:
    """First-year hbo students by the municipality where the programme is given. A municipality that the table does not
    name is unknown here, not zero."""
    table = read_open_data("duo_hbo_first_years")
    year = int(table["year"].max())
    sums = table[table["year"] == year].groupby("region_code")["value"].sum(min_count=1)
    values = {code: _known(sums.get(code, float("nan"))) for code in municipality_names()}
    return _figure("hbo_first_years", year, "DUO", _card("duo_hbo_first_years")["source"], values, 0, language)


def _figure(
    name: str,
    year: int,
    maker: str,
    source: str,
    values: dict[str, float | None],
    decimals: int,
    language: Language,
) -> Figure:
    texts = {code: _text(value, name, decimals, language) for code, value in values.items()}
    return Figure(name, year, maker, source, values, texts, classes(values), _legend(name, values, decimals, language))


def _card(table: str) -> dict[str, Any]:
    tables = describe_open_data()
    return dict(tables[tables["table"] == table].iloc[0])


def page(language: Language) -> str:
    """The page as HTML: the map, and a table for each figure; what is lacking for a place without."""
    if not _drawable():
        return render("no_map.html.j2", language)
    shown = figures(language)
    return render(
        "figure_map.html.j2",
        language,
        figures=shown,
        names=dict(sorted(municipality_names().items(), key=lambda place: place[1])),
        cards=[_card("cbs_municipalities"), _card("duo_hbo_first_years")],
        picture=draw_picture(paint=_paints(shown)[0], language=language),
        map_file=MAP_FILE,
    )


def _known(value: Any) -> float | None:
    return None if value != value else float(value)


def _text(value: float | None, name: str, decimals: int, language: Language) -> str:
    if value is None:
        return say("points.unknown", language)
    text = number_text(value, language, decimals)
    return f"{text}%" if name.startswith(("age_", "origin_")) else text


def _paints(shown: list[Figure]) -> list[Paint]:
    # Beside its name on the map an unknown value is a question mark; the table says it in words.
    return [
        Paint(figure.name, figure.classes, {c: t if c in figure.classes else "?" for c, t in figure.texts.items()})
        for figure in shown
    ]


def _limits(values: dict[str, float | None]) -> list[float]:
    """The limits of the classes, of equal width between the lowest and the highest known value."""
    known = [value for value in values.values() if value is not None]
    low, high = min(known), max(known)
    return [low + (high - low) * step / _STEPS for step in range(_STEPS + 1)]


def classes(values: dict[str, float | None]) -> dict[str, int]:
    """The class (0 is lowest) of each known value."""
    low, *inner, _ = _limits(values)
    return {code: sum(value >= limit > low for limit in inner) for code, value in values.items() if value is not None}


def _legend(
    name: str, values: dict[str, float | None], decimals: int, language: Language
) -> tuple[tuple[str, str], ...]:
    """The look and the range of each class that occurs, and hatching when a value is unknown."""
    limits, used = _limits(values), set(classes(values).values())
    ranges = [
        (
            f"class-{step}",
            say(
                "figures.range",
                language,
                low=_text(limits[step], name, decimals, language),
                high=_text(limits[step + 1], name, decimals, language),
            ),
        )
        for step in sorted(used)
    ]
    unknown = any(value is None for value in values.values())
    return (*ranges, ("unknown", say("figures.unknown", language))) if unknown else tuple(ranges)
