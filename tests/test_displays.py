"""What a notebook and a terminal show of a result: labels, percentages, and never an answer of one person."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import stagekansen_lib as sk
from stagekansen_lib.pictures.charts import draw_intervals
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "data" / "example" / "example_2022.csv"
MARGINS = "students_haaglanden_2019"


@cache
def example() -> Survey:
    return sk.read_survey("example_2022")


@cache
def raked() -> Survey:
    return sk.rake(example(), to=sk.read_margins(MARGINS))


@cache
def open_answers() -> frozenset[str]:
    with EXAMPLE.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    open_columns = [name for name in rows[0] if name.startswith(("g6.", "z1."))]
    return frozenset({(row[name] or "").strip() for row in rows for name in open_columns} - {"", "99"})


CALLS: dict[str, Any] = {
    "share": lambda data, name: sk.share(data, of=name),
    "share of a code": lambda data, name: sk.share(data, of=name, code="nothing like it"),
    "share by": lambda data, name: sk.share(data, of="level", by=name),
    "share by two": lambda data, name: sk.share(data, of="level", by=["age2", name]),
    "mean": lambda data, name: sk.mean(data, of=name),
    "mean by": lambda data, name: sk.mean(data, of="applications", by=name),
    "total": lambda data, name: sk.total(data, of=name),
    "ratio": lambda data, name: sk.ratio(data, of="applications", to=name),
    "quantile": lambda data, name: sk.quantile(data, of=name),
    "variance": lambda data, name: sk.variance(data, of=name),
    "compare": lambda data, name: sk.compare(data, of=name, by="level"),
    "compare by name": lambda data, name: sk.compare(data, of=name, by="level", method="rao_scott_f"),
    "compare by": lambda data, name: sk.compare(data, of="level", by=name),
    "compare adjusted": lambda data, name: sk.compare(data, of="much_difficulty", by="level", adjust_for=[name]),
    "regress": lambda data, name: sk.regress(data, of=name, on=["level"]),
    "regress on": lambda data, name: sk.regress(data, of="applications", on=[name]),
    "rake": lambda data, name: sk.rake(data, to={name: {"a": 1.0}}),
    "poststratify": lambda data, name: sk.poststratify(data, to={name: {"a": 1.0}}),
    "calibrate": lambda data, name: sk.calibrate(data, to={"level": {1: 40, 2: 60}, name: 10.0}),
    "describe_weights": lambda data, name: sk.describe_weights(data, to={name: {"a": 1.0}}),
    "subset": lambda data, name: sk.subset(data, {name: "a"}),
}


@pytest.mark.parametrize("name", ["what_happened", "suggestion", "submitted_on", "home_place", "respondent_id"])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_no_verb_takes_answers_of_single_persons_and_no_error_repeats_one(call: Any, name: str) -> None:
    with pytest.raises(sk.RefusedError) as caught:
        call(example(), name)
    assert name in str(caught.value)
    assert not any(answer in str(caught.value) for answer in open_answers())


def test_a_text_of_the_questionnaire_is_no_outcome() -> None:
    with pytest.raises(sk.RefusedError, match="without answers"):
        sk.share(example(), of="where_to_report")


def test_a_variable_that_may_point_at_a_person_is_no_group_whatever_its_kind() -> None:
    codes = (Code(1, "2511", "2511"), Code(2, "2512", "2512"))
    book = Codebook("b", {"area": Variable("area", "nominal", "Wijk", "Area", codes, privacy="identifying")})
    survey = survey_from_frame(pd.DataFrame({"area": [1, 2, 1]}), codebook=book)
    with pytest.raises(sk.RefusedError, match="may point at a person"):
        sk.share(survey, of="area")


def test_an_error_does_not_list_long_texts_when_there_is_no_codebook() -> None:
    long = "mijn stagebegeleider zei dat ik niet in het team zou passen"
    survey = survey_from_frame(pd.DataFrame({"story": [long, "kort", "kort"]}))
    calls: list[Any] = [
        lambda: sk.share(survey, of="story", code="mijn"),
        lambda: sk.subset(survey, {"story": "mijn"}),
        lambda: sk.rake(survey, to={"story": {"kort": 2.0}}),
    ]
    for call in calls:
        with pytest.raises(sk.InputError) as caught:
            call()
        assert "stagebegeleider" not in str(caught.value)


def test_weights_are_compared_with_margins_before_and_after_weighting() -> None:
    margins = sk.read_margins(MARGINS)
    before, after = sk.describe_weights(example(), to=margins).table, sk.describe_weights(raked(), to=margins).table
    assert before["reached"].tolist() == pytest.approx(before["before"].tolist(), rel=1e-12)
    assert before["reached"].sum() == pytest.approx(margins.total, rel=1e-12)
    assert after["before"].tolist() == pytest.approx(before["before"].tolist(), rel=1e-12)
    assert after["difference"].abs().max() < 1e-9  # the tolerance of rake
    hbo = sk.subset(raked(), {"level": 2})
    report = sk.describe_weights(hbo, to={"school3": {2: 18833.0, 3: 6167.0}})
    assert report.table["difference"].abs().max() < 1e-9


def test_a_table_in_words_has_labels_and_percentages() -> None:
    found = sk.share(example(), of="difficulty3", by="level")
    words = ["Niveau", "Antwoord", "Aandeel", "Ondergrens", "Bovengrens", "Antwoorden"]
    assert found.labelled("nl").columns.tolist() == words
    assert found.labelled("en")["Level"].tolist() == ["mbo"] * 3 + ["hbo"] * 3
    first = found.table["estimate"][0]
    assert found.labelled("nl")["Aandeel"][0] == f"{100 * first:.1f}%".replace(".", ",")
    assert found.labelled("en")["Share"][0] == f"{100 * first:.1f}%"


def test_notebook_forms_speak_the_chosen_language(monkeypatch: pytest.MonkeyPatch) -> None:
    test = sk.compare(raked(), of="much_difficulty", by="discrimination_experienced")
    battery = sk.compare(raked(), of=["much_difficulty", "applications"], by="level")
    model = sk.regress(raked(), of="search_difficulty", on=["level"], family="ordinal")
    shown = [sk.share(raked(), of="level"), sk.describe_weights(raked()), test, battery, model]
    dutch = [one._repr_html_() for one in shown]
    monkeypatch.setenv("STAGEKANSEN_LANGUAGE", "en")
    english = [one._repr_html_() for one in shown]
    for here, there in zip(dutch, english, strict=True):
        assert "zie de toelichting bij de weging" in here
        assert "see the note on the weighting" in there
        assert "{" not in here + there
    assert "Moeite of veel moeite met zoeken" in dutch[2]
    assert "Helemaal geen moeite | Weinig moeite" in dutch[4]


def test_a_share_that_the_weighting_sets_has_no_interval_of_its_own() -> None:
    found = sk.share(raked(), of="level")
    assert found.fixed.tolist() == [True, True]
    assert found.labelled("nl")["Ondergrens"].tolist() == ["vast door de weging"] * 2
    assert "fixed by the weighting: 2" in repr(found)
    assert not sk.share(raked(), of="age2").fixed.any()
    assert not sk.share(example(), of="level").fixed.any()
    everyone = sk.share(sk.subset(raked(), {"level": 1}), of="level", code=1)
    assert not everyone.fixed.any(), "everyone gives this answer: that is no work of the weighting"


def test_a_difference_that_is_rounding_prints_as_zero() -> None:
    assert sk.describe_weights(raked()).table["difference"].abs().max() < 1e-12
    assert "e-" not in repr(sk.describe_weights(raked()))
    assert "<td>0,0</td>" in sk.describe_weights(raked())._repr_html_()


def test_groups_in_a_sentence_have_names() -> None:
    found = sk.compare(example(), of="much_difficulty", by="discrimination_experienced", code=1)
    assert "'Discriminatie ervaren rond de stage (Ja)'" in found.sentence("nl")
    assert "procentpunten" in found.sentence("nl")
    label = example().codebook["discrimination_experienced"].label("en")
    assert f"'{label} (Yes)'" in found.sentence("en")


def test_what_is_published_prints_short_and_a_distribution_names_its_answers() -> None:
    shares = sk.share(example(), of="difficulty3", by="discrimination_experienced")
    test = sk.compare(example(), of="search_difficulty", by="discrimination_experienced")
    table, comparison = sk.protect([shares, test])
    chart = draw_intervals(table, language="nl")
    for one in (table, comparison, chart, sk.check_survey(example())):
        assert len(repr(one)) < 1000
        assert "DataFrame" not in repr(one)
    assert comparison.sentence("nl")[:20] in comparison._repr_html_()
    labels = [text.split("</text>")[0] for text in chart.svg.split('<text class="label"')[1:]]
    assert len({label.split(">", 1)[1] for label in labels}) == len(labels) == len(table.table)


def test_tiny_and_huge_numbers_keep_the_digits_that_matter() -> None:
    numbers = {"tiny": np.linspace(3e-4, 5e-4, 100), "huge": np.linspace(1.1e6, 1.3e6, 100)}
    rows = pd.DataFrame({"g": ["a", "b"] * 50, **numbers})
    survey = survey_from_frame(rows)
    assert sk.mean(survey, "tiny").labelled("en")["Mean"].tolist() == ["0.000400"]
    assert sk.mean(survey, "huge").labelled("nl")["Gemiddelde"].tolist() == ["1.200.000"]
    assert "0.000401. That is 0.000002 higher" in sk.compare(survey, "tiny", "g").sentence("en")
    shown = sk.regress(survey, "tiny", ["g"])._repr_html_()
    assert "0,0004" in shown
    assert "<td>0,000</td>" not in shown
