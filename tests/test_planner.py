"""The planner without a browser: the same numbers as ``plan``, every way round, and a form that says what is wrong."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

import stagekansen_lib as sk
from stagekansen_lib.monitoring.planning import DESIGNS
from stagekansen_lib.views.plan_widgets import number_of
from stagekansen_lib.views.planner import LOOKED_FOR


def fields_of(widget: Any) -> dict[str, Any]:
    return {one.description: one for one in widget.children[3].children}


@pytest.mark.parametrize("look_for", LOOKED_FOR)
@pytest.mark.parametrize("design", DESIGNS)
def test_the_line_of_python_makes_the_plan_that_is_shown(design: str, look_for: str) -> None:
    found = sk.planner(design=design, look_for=look_for, change=3, base=30, response=40, icc=0.01, language="en")
    if look_for == "years" and design != "trend":
        assert found.plan is None
        assert "Only a design with a wave every year" in found.panel()
        return
    assert found.plan is not None
    assert found.plan.solved == look_for
    again = eval(found.code, {"sk": sk})
    assert again.sentence("en") == found.plan.sentence("en")
    text = unescape(re.sub(r"<[^>]+>", " ", found.panel()))
    assert again.sentence("en") in text
    assert found.code in text
    assert "<svg" in found.panel()


def test_percent_is_percent_and_points_are_points() -> None:
    found = sk.planner(change=5, base=25, response=50, power=90, language="nl")
    direct = sk.plan(change=0.05, base=0.25, response=0.5, power=0.9)
    assert (found.plan.students, found.plan.invited) == (direct.students, direct.invited)
    of_mean = sk.planner(change=1.5, sd=8, language="nl")
    assert of_mean.plan.students == sk.plan(change=1.5, sd=8).students
    assert "aandeel" not in of_mean.plan.sentence("nl")


def test_the_table_in_words_shows_more_and_fewer_answers() -> None:
    shown = sk.plan(change=0.05, base=0.25).labelled("nl")
    assert shown.iloc[3].tolist() == ["1.248", "1.248", "5,0 procentpunten", "80%"]
    assert sk.plan(change=2.0, sd=8).labelled("en").iloc[3, 2] == "2.00"


def test_a_form_asks_what_counts_and_shows_the_plan_as_it_changes() -> None:
    found = sk.planner(language="nl")
    widget = found.widget()
    _, design, look_for, form, shown = widget.children
    asked = list(fields_of(widget))
    assert asked[0].startswith("Verandering")
    assert not any("Jaren" in one for one in asked)
    fields_of(widget)["Aandeel bij het begin (%)"].value = "30%"
    assert found.answers["base"] == 30
    assert found.plan.sentence("nl") in unescape(shown.value)
    design.value, look_for.value = "trend", "years"
    assert found.plan.solved == "years"
    assert "Antwoorden per meting en per kant" in [one.description for one in form.children]
    fields_of(widget)["Respons (%)"].value = "veel"
    assert "response is 'veel'" in unescape(shown.value)
    fields_of(widget)["Respons (%)"].value = "62,5"
    assert found.plan.response == 0.625


def test_what_cannot_be_planned_is_said_and_a_wrong_name_is_refused() -> None:
    found = sk.planner(change=0, language="en")
    assert found.plan is None
    assert "A change of zero cannot be found" in found.panel()
    assert "A change of zero" in repr(found)
    assert "more than" not in repr(found.choose(change=90))
    assert "is not possible" in found.panel()
    for asked, text in (
        ({"design": "wave"}, "Did you mean 'waves'"), ({"look_for": "student"}, "Did you mean 'students'"),
        ({"respons": 1}, "Did you mean 'response'"), ({"base": "much"}, "base is 'much'"),
    ):  # fmt: skip
        with pytest.raises(sk.InputError, match=text):
            sk.planner(**asked)


def test_a_notebook_gets_the_form_and_whoever_has_no_widgets_the_page() -> None:
    bundle = sk.planner(language="en")._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "How many students, schools or years?" in bundle["text/html"]
    assert bundle["text/plain"].startswith("Two waves of")


@pytest.mark.parametrize(("text", "value"), [("", None), (" 25 % ", 25), ("0,05", 0.05), ("1e3", 1000)])
def test_a_number_is_read_as_a_person_types_it(text: str, value: float | None) -> None:
    assert number_of("base", text) == value
