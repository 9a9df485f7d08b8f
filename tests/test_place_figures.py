"""Figures of municipalities beside the region and the country, and the classes of a map."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from stagekansen_lib.pictures.natural_breaks import natural_classes
from stagekansen_lib.population import place_figures as module
from stagekansen_lib.population.open_data import read_open_data
from stagekansen_lib.population.place_figures import PlaceFigure, place_figures


# What mapclassify 2.10.0 (FisherJenks, k=4) finds in the figures of the map; its breaks are the upper ends.
@pytest.mark.parametrize(
    ("values", "breaks"),
    [
        ([21, 13, 10, 12, 11, 12, 12, 10, 13], [11, 12, 13, 21]),
        ([28, 42, 31, 23, 30, 10, 10, 27, 18], [10, 23, 31, 42]),
        ([29, 30, 32, 48, 30, 30, 34, 35, 34], [30, 32, 35, 48]),
        ([4835, 6868, 4267, 530, 3730, 1436, 411, 2399, 1571], [530, 2399, 4835, 6868]),
    ],
)
def test_natural_breaks_are_those_of_mapclassify(values: list[float], breaks: list[float]) -> None:
    assert [high for _, high in natural_classes(values)] == breaks


def test_no_value_is_in_two_classes_and_few_values_make_few_classes() -> None:
    assert natural_classes([5, 5, 5]) == [(5, 5)]
    assert natural_classes([]) == []
    assert natural_classes([1, 2, 2, 3, 9], most=2) == [(1, 3), (9, 9)]


def named(name: str) -> PlaceFigure:
    return next(one for one in place_figures() if one.name == name)


def test_the_region_and_the_country_stand_beside_each_figure_that_leads_to_them() -> None:
    # CBS 2024, and 2022 for education: sums over the nine municipalities and of the country.
    assert (named("inhabitants").region, named("inhabitants").country) == (1_162_453, 17_942_942)
    education = read_open_data("cbs_municipalities").query("year == 2022 and region_code != 'NL00'")
    low, *rest = (
        education[education["variable"] == f"education_{one}"]["value"].sum() for one in ("low", "middle", "high")
    )
    assert named("education_low_share").region == pytest.approx(100 * low / (low + sum(rest)))
    # The mean of nine rounded shares is told as computed, and a mean of the country that nobody published is unknown.
    age = named("age_15_24")
    assert age.computed
    assert (age.region, age.country) == (pytest.approx(13.04, abs=0.01), 12.3)
    assert named("income_per_inhabitant").country is None


def test_a_municipality_that_a_file_does_not_name_is_unknown_and_not_zero() -> None:
    # DUO 2019: first-years of hbo are in three municipalities, and one mbo school has its seat in the region.
    assert {code for code, value in named("hbo_first_years").values.items() if value is None} == {
        "GM0603", "GM0629", "GM1783", "GM1842", "GM1916", "GM1926",
    }  # fmt: skip
    seats = named("mbo_by_seat")
    assert {code: value for code, value in seats.values.items() if value is not None} == {"GM0518": 19_098}
    assert seats.country == 501_903


def test_students_where_they_live_are_shown_once_a_table_of_cbs_holds_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert named("mbo_living").year is None
    table = read_open_data("cbs_municipalities")
    added = pd.DataFrame(
        {"year": 2024, "region_code": ["GM0503", "NL00"], "variable": "mbo_students", "value": [1096.0, 500_000.0]}
    )
    fuller = pd.concat([table.astype({"region_code": str, "variable": str}), added])
    monkeypatch.setattr(
        module, "read_open_data", lambda name: fuller if name == "cbs_municipalities" else read_open_data(name)
    )
    figure: Any = named("mbo_living")
    assert figure.year == 2024
    assert figure.values["GM0503"] == pytest.approx(100 * 1096 / 109_577)
    assert figure.country == pytest.approx(100 * 500_000 / 17_942_942)
    # Eight municipalities are missing, so the region is unknown.
    assert figure.values["GM0518"] is None
    assert figure.region is None
