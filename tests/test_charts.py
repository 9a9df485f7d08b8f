"""Charts: they take published tables only, say the same as the table, and betray nothing about a hidden group."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from stagekansen_lib.disclosure.published import PublishedTable
from stagekansen_lib.errors import RefusedError
from stagekansen_lib.pictures.charts import draw_answers, draw_distribution, draw_intervals
from stagekansen_lib.pictures.goalposts import draw_goalposts
from stagekansen_lib.releases.reading import read_release
from stagekansen_lib.surveys.provenance import Provenance

NAN = float("nan")
COLUMNS = ["group_nl", "group_en", "estimate", "ci_low", "ci_high", "base", "mark"]


def published(rows: list[tuple[Any, ...]], *, synthetic: bool = False, statistic: str = "share") -> PublishedTable:
    columns = (
        COLUMNS
        if len(rows[0]) == len(COLUMNS)
        else ["group_nl", "group_en", "code", "code_nl", "code_en", *COLUMNS[2:]]
    )
    return PublishedTable(
        "experience_by_level",
        statistic,
        "discrimination_experienced",
        ("level",),
        None,
        "Ervaring naar niveau",
        "Experience by level",
        "Ervaring",
        "Experience",
        pd.DataFrame(rows, columns=columns),
        provenance=Provenance(synthetic=synthetic),
    )


SHOWN = ("mbo", "mbo", 0.45, 0.35, 0.55, "100-149", "")
HIDDEN = ("hbo", "hbo", NAN, NAN, NAN, "", "x")


def elements(svg: str, name: str) -> list[ET.Element]:
    return ET.fromstring(svg).findall(f".//{name}")


def classed(svg: str, name: str, css: str) -> list[ET.Element]:
    return [element for element in elements(svg, name) if css in element.get("class", "").split()]


def test_a_bar_is_as_long_as_its_share_and_the_line_as_long_as_its_interval() -> None:
    chart = draw_intervals(published([SHOWN]), language="nl")
    assert classed(chart.svg, "rect", "bar")[0].get("width") == "45%"
    line = classed(chart.svg, "line", "interval")[0]
    assert (line.get("x1"), line.get("x2")) == ("35%", "55%")


def test_the_picture_has_a_title_and_says_its_numbers_in_words() -> None:
    chart = draw_intervals(published([SHOWN, HIDDEN]), language="nl")
    assert elements(chart.svg, "title")[0].text == "Ervaring naar niveau"
    assert elements(chart.svg, "desc")[0].text == "mbo: 45%; hbo: niet getoond, om mensen te beschermen"


def test_a_hidden_group_looks_the_same_whatever_lies_behind_it() -> None:
    chart = draw_intervals(published([SHOWN, HIDDEN]), language="en").svg
    assert len(classed(chart, "rect", "bar")) == 1
    hatched = [rect for rect in elements(chart, "rect") if "hatch" in rect.get("fill", "")]
    assert [rect.get("width") for rect in hatched] == ["100%"]


def test_a_class_is_drawn_no_more_exactly_than_it_says() -> None:
    chart = draw_intervals(published([("mbo", "mbo", NAN, NAN, NAN, "50-99", "<10%")]), language="nl").svg
    assert classed(chart, "rect", "bar")[0].get("width") == "10%"
    assert classed(chart, "line", "interval") == []


@pytest.mark.parametrize("synthetic", [True, False])
def test_synthetic_data_say_so_in_the_picture_and_real_data_do_not(synthetic: bool) -> None:
    chart = draw_intervals(published([SHOWN], synthetic=synthetic), language="nl")
    assert ("synthetisch voorbeeld" in chart.svg) is synthetic
    assert ("synthetisch voorbeeld" in chart.title) is synthetic


def test_a_mean_is_drawn_on_an_axis_that_ends_on_a_round_number() -> None:
    table = published([("mbo", "mbo", 3.2, 2.5, 4.1, "100-149", "")], statistic="mean")
    chart = draw_intervals(table, language="nl").svg
    ticks = [tick.text for tick in classed(chart, "text", "tick")]
    assert (ticks[0], ticks[-1]) == ("0,0", "5,0")
    assert classed(chart, "rect", "bar")[0].get("width") == "64%"


def test_a_distribution_fills_the_whole_bar_also_when_rounded_shares_do_not_add_up() -> None:
    rows = [
        ("mbo", "mbo", code, f"a{code}", f"a{code}", share, NAN, NAN, "100-149", "")
        for code, share in ((1, 0.35), (2, 0.35), (3, 0.35))
    ]
    chart = draw_distribution(published(rows), language="nl").svg
    widths = [float(re.sub("%", "", part.get("width", ""))) for part in classed(chart, "rect", "part")]
    assert sum(widths) == pytest.approx(100, abs=0.1)  # four digits are written


def test_a_distribution_with_one_hidden_part_hides_the_whole_bar() -> None:
    rows = [
        ("mbo", "mbo", 1, "a", "a", 0.6, NAN, NAN, "100-149", ""),
        ("mbo", "mbo", 2, "b", "b", NAN, NAN, NAN, "", "x"),
    ]
    assert classed(draw_distribution(published(rows), language="nl").svg, "rect", "part") == []


def test_labels_are_escaped() -> None:
    chart = draw_intervals(published([("<b>mbo</b>", "mbo", 0.5, 0.4, 0.6, "100-149", "")]), language="nl")
    assert "<b>" not in chart.svg


@pytest.mark.parametrize("thing", [pd.DataFrame({"estimate": [0.5]}), {"estimate": 0.5}, None])
@pytest.mark.parametrize("draw", [draw_intervals, draw_distribution])
def test_anything_that_was_not_protected_is_refused_with_advice(draw: Any, thing: object) -> None:
    with pytest.raises(RefusedError, match="protect"):
        draw(thing)


def test_answers_of_which_several_were_possible_are_never_stacked_to_a_whole() -> None:
    grounds = read_release("example-2022").tables["grounds"]
    with pytest.raises(RefusedError, match="More than one answer"):
        draw_distribution(grounds)
    bars = classed(draw_intervals(grounds, language="nl").svg, "rect", "bar")
    assert [bar.get("width") for bar in bars] == [f"{100 * share:.4g}%" for share in grounds.table["estimate"]]


def test_answers_on_a_scale_diverge_from_a_middle_answer_that_stands_astride_the_line() -> None:
    table = read_release("example-2022").tables["difficulty_by_experience"]
    svg = draw_distribution(table, language="nl").svg
    edges = {
        look: [
            (float(part.get("x", "")[:-1]), float(part.get("x", "")[:-1]) + float(part.get("width", "")[:-1]))
            for part in classed(svg, "rect", look)
        ]
        for look in ("low", "neutral", "high")
    }
    shares = table.table.groupby("discrimination_experienced")["estimate"].apply(list).tolist()
    # The longest side reaches the edge, and every part has the same scale.
    unit = 50 / max(side for low, middle, high in shares for side in (low + middle / 2, high + middle / 2))
    for group, (low, middle, high) in enumerate(shares):
        assert sum(edges["neutral"][group]) / 2 == pytest.approx(50, abs=0.05)
        for look, share in (("low", low), ("neutral", middle), ("high", high)):
            start, end = edges[look][group]
            assert end - start == pytest.approx(share * unit, abs=0.05)
    assert max(end for parts in edges.values() for _, end in parts) == pytest.approx(100, abs=0.1)


def test_a_hidden_group_has_no_say_in_the_scale_of_a_diverging_chart() -> None:
    table = read_release("example-2022").tables["difficulty_by_experience"]
    rows = table.table.copy()
    rows.loc[rows["discrimination_experienced"] == 1, ["estimate", "ci_low", "ci_high"]] = NAN
    rows.loc[rows["discrimination_experienced"] == 1, "mark"] = "x"
    svg = draw_distribution(replace(table, table=rows), language="nl").svg
    assert len(classed(svg, "rect", "part")) == 3
    # The low side is the longest of what is shown, so it starts at the edge.
    assert float(classed(svg, "rect", "low")[0].get("x", "")[:-1]) == pytest.approx(0, abs=0.05)


def test_small_multiples_hold_every_group_of_an_answer_with_its_interval() -> None:
    table = read_release("example-2022").tables["difficulty_by_level"]
    drawn = draw_answers(table, language="en")
    assert [answer for answer, _ in drawn] == list(dict.fromkeys(table.table["code_en"]))
    for answer, chart in drawn:
        rows = table.table[table.table["code_en"] == answer]
        assert [bar.get("width") for bar in classed(chart.svg, "rect", "bar")] == [
            f"{100 * x:.4g}%" for x in rows["estimate"]
        ]
        assert chart.description.startswith("mbo: ")
    keys = [elements(chart.svg, "title")[0].get("id") for _, chart in drawn]
    assert len(set(keys)) == len(keys)


def test_a_value_stands_on_its_road_from_worst_to_best() -> None:
    experience = read_release("example-2022").tables["experience"]
    chart = draw_goalposts(experience, name="E1", worst=100, best=0, unit="percent", language="nl")
    share = experience.table["estimate"][0]
    dot = classed(chart.svg, "circle", "bar")[0]
    assert float(dot.get("cx", "")[:-1]) == pytest.approx(100 * (1 - share))
    assert chart.description == f"{100 * share:.0f}%"
    assert "slechtst: 100%" in chart.title
    assert "synthetisch voorbeeld" in chart.title


def test_a_class_covers_its_part_of_the_road_and_says_no_more() -> None:
    reported = read_release("example-2022").tables["reported"]
    chart = draw_goalposts(reported, name="M1", worst=0, best=50, unit="percent", language="en")
    bar = classed(chart.svg, "rect", "bar")[0]
    assert (bar.get("x"), bar.get("width")) == ("0%", "20%")
    assert chart.description == "<10%"


def test_a_road_without_a_published_value_is_hatched() -> None:
    chart = draw_goalposts(None, name="K1", worst=50, best=0, unit="points", language="en")
    assert "url(#goal-k1-hatch)" in chart.svg
    assert chart.description == "cannot be established yet"
    assert classed(chart.svg, "circle", "bar") == []


def test_a_long_label_is_broken_so_that_it_fits_a_phone_and_covers_nothing() -> None:
    chart = draw_intervals(read_release("example-2022").tables["experience_by_origin"], language="nl")
    labels = classed(chart.svg, "text", "label")
    table = read_release("example-2022").tables["experience_by_origin"].table
    assert ["".join(label.itertext()) for label in labels] == table["group_nl"].tolist()
    for label in labels:
        assert all(len(line.strip()) <= 32 for line in label.itertext())
        assert [(line.get("x"), line.get("dy")) for line in label] == [("0", "18")]
    values = [float(text.get("y", "")) for text in classed(chart.svg, "text", "value")]
    tops = [float(rect.get("y", "")) for rect in classed(chart.svg, "rect", "bar")]
    # Two lines of a label, the value, the bar, and only then the next label.
    first, second = (float(label.get("y", "")) for label in labels)
    assert first + 18 < values[0] < tops[0] < tops[0] + 16 < second - 12
