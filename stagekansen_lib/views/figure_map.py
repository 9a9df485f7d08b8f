"""The map of figures (kaart): CBS figures for each municipality. Survey answers are never shown by municipality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stagekansen_lib.maps import Paint, draw_figures
from stagekansen_lib.open_data import describe_open_data, read_open_data
from stagekansen_lib.regions import municipality_names
from stagekansen_lib.views.pages import View, html_widget, render
from stagekansen_lib.wording import Language, chosen_language, number_text, say

__all__ = ["FIGURES", "Figure", "figure_map", "figures", "page"]

MAP_FILE = "kaart-kaart.html"

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
    """One figure of each municipality in its newest year; ``values`` by code, None when CBS gives none."""

    name: str
    year: int
    unit: str
    values: dict[str, float | None]
    texts: dict[str, str]


def figure_map(*, language: str | None = None) -> View:
    """The view on the newest CBS key figures of the nine municipalities."""
    chosen = chosen_language(language)
    return View(
        "kaart",
        chosen,
        page=lambda: page(chosen),
        widgets=lambda: html_widget(page(chosen)),
        files=lambda: {MAP_FILE: draw_figures(_paints(figures(chosen)), language=chosen).html},
    )


def figures(language: Language) -> list[Figure]:
    """Every figure of ``FIGURES`` in the newest year in which it was published."""
    table = read_open_data("cbs_municipalities")
    table = table[table["region_code"].isin(list(municipality_names()))]
    found = []
    for name, decimals in FIGURES.items():
        rows = table[table["variable"] == name]
        rows = rows[rows["year"] == rows["year"].max()]
        values = {str(row.region_code): _known(row.value) for row in rows.itertuples(index=False)}
        found.append(
            Figure(
                name,
                int(rows["year"].iloc[0]),
                str(rows["unit"].iloc[0]),
                values,
                {code: _text(value, name, decimals, language) for code, value in values.items()},
            )
        )
    return found


def page(language: Language) -> str:
    """The page as HTML: the map, and a table for each figure."""
    tables = describe_open_data()
    card = tables[tables["table"] == "cbs_municipalities"].iloc[0].to_dict()
    return render(
        "figure_map.html.j2",
        language,
        figures=figures(language),
        names=municipality_names(),
        card=card,
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
    return [Paint(figure.name, classes(figure.values), figure.texts) for figure in shown]


def classes(values: dict[str, float | None], number: int = 4) -> dict[str, int]:
    """The class (0 is lowest) of each known value, in classes of equal width between the lowest and the highest."""
    known = [value for value in values.values() if value is not None]
    low, high = min(known), max(known)
    width = (high - low) / number or 1.0
    return {code: min(int((value - low) / width), number - 1) for code, value in values.items() if value is not None}
