"""The yearly index: its parts against other estimates, its putting together by hand, its doubt by chance."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

import stagekansen_lib as sk
from stagekansen_lib.cli import __main__ as cli
from stagekansen_lib.errors import InputError
from stagekansen_lib.monitoring.index_results import YearlyIndex
from stagekansen_lib.monitoring.yearly_index import index_change, yearly_index
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey

EXPERIENCED = "discrimination_experienced"


@pytest.fixture(scope="module")
def weighted() -> Survey:
    return sk.rake(sk.read_survey("example_2022"), to=sk.read_margins("students_haaglanden_2019"))


@pytest.fixture(scope="module")
def example(weighted: Survey) -> YearlyIndex:
    return yearly_index(weighted, seed=2022, recruitment="open_link", population=44098)


def indicator(found: YearlyIndex, name: str) -> dict[str, Any]:
    return dict(found.indicators.set_index("id").loc[name])


def known_answers(**changed: Any) -> pd.DataFrame:
    """Forty students: 20 with and 20 without the experience, and answers that are counted on the fingers."""
    yes = [1] * 20 + [0] * 20
    columns: dict[str, Any] = {
        EXPERIENCED: yes,
        "discrimination_or_doubt": [1] * 30 + [0] * 10,
        "search_difficulty": [5] * 10 + [1] * 10 + [5] * 5 + [1] * 15,
        "applications": [6.0, 10.0] * 10 + [4.0] * 20,
        "role_in_applying_answer": [1] * 10 + [2] * 5 + [3] * 25,
        "felt_safe": [1] * 14 + [0] * 6 + [1] * 17 + [0] * 3,
        "knows_where": [1] * 6 + [0] * 34,
        "school3": [1, 2] * 20,
        "level": [1, 2] * 20,
    }
    for code in (1, 5, 8):
        columns[f"reported_to[{code}]"] = [float(code == (5 if at < 4 else 1)) for at in range(40)]
    return pd.DataFrame(columns | changed)


def small(frame: pd.DataFrame, **options: Any) -> YearlyIndex:
    return yearly_index(survey_from_frame(frame), **{"seed": 1, "replicates": 200, "draws": 200} | options)


def test_the_indicators_are_what_the_library_estimates(weighted: Survey, example: YearlyIndex) -> None:
    def share(of: str, code: Any, by: str | None = None) -> np.ndarray:
        return 100 * sk.share(weighted, of, by, code=code).table["estimate"].to_numpy()

    not_experienced, experienced = share("search_difficulty", 5, EXPERIENCED)
    assert indicator(example, "K1")["estimate"] == pytest.approx(experienced - not_experienced, rel=1e-12)
    ratio = sk.compare(weighted, "applications", EXPERIENCED, method="ratio_of_means")
    assert indicator(example, "K2")["estimate"] == pytest.approx(ratio.effect, rel=1e-12)
    assert indicator(example, "E1")["estimate"] == pytest.approx(share(EXPERIENCED, 1)[0], rel=1e-12)
    assert indicator(example, "E2")["estimate"] == pytest.approx(share("role_in_applying_answer", 1)[0], rel=1e-12)
    safe_without, safe_with = share("felt_safe", 1, EXPERIENCED)
    assert indicator(example, "E3")["estimate"] == pytest.approx(safe_without - safe_with, rel=1e-12)
    assert indicator(example, "M1")["estimate"] == pytest.approx(share("reported", 1)[0], rel=1e-12)
    assert indicator(example, "M2")["estimate"] == pytest.approx(share("knows_where", 1)[0], rel=1e-12)
    assert indicator(example, "E1")["upper"] == pytest.approx(share("discrimination_or_doubt", 1)[0], rel=1e-12)


def test_their_doubt_is_that_of_the_library(weighted: Survey, example: YearlyIndex) -> None:
    """A thousand replicates estimate a standard error to about 2.2%; students are drawn within schools here."""
    for name, of in (("E1", EXPERIENCED), ("M2", "knows_where"), ("M1", "reported")):
        linearised = 100 * sk.share(weighted, of, code=1).table["se"][0]
        assert indicator(example, name)["se"] == pytest.approx(linearised, rel=0.09)
    ratio = sk.compare(weighted, "applications", EXPERIENCED, method="ratio_of_means")
    assert math.log(indicator(example, "K2")["ci_low"]) == pytest.approx(math.log(ratio.ci_low), abs=0.04)
    assert math.log(indicator(example, "K2")["ci_high"]) == pytest.approx(math.log(ratio.ci_high), abs=0.04)


def test_it_is_put_together_as_by_hand() -> None:
    found = small(known_answers())
    values = {"K1": 25.0, "K2": 2.0, "E1": 50.0, "E2": 25.0, "E3": 15.0, "M1": 20.0, "M2": 15.0}
    scores = {"K1": 50.0, "K2": 50.0, "E1": 50.0, "E2": 50.0, "E3": 50.0, "M1": 40.0, "M2": 15.0}
    table = found.indicators.set_index("id")
    assert table["estimate"].to_dict() == pytest.approx(values)
    assert table["score"].to_dict() == pytest.approx(scores)
    assert found.domains["score"].tolist() == pytest.approx([50.0, 50.0, 27.5])
    assert found.value == pytest.approx((50 * 50 * 27.5) ** (1 / 3))
    # Under the upper reading 30 of 40 experienced discrimination, and 15 of these 30 had much difficulty.
    assert table["upper"]["E1"] == pytest.approx(75.0)
    assert table["upper"]["K1"] == pytest.approx(50.0)
    assert table["n"].to_dict() == {"K1": 40, "K2": 40, "E1": 40, "E2": 40, "E3": 40, "M1": 20, "M2": 40}


def test_scores_stay_on_the_road_between_the_goalposts() -> None:
    found = small(known_answers(knows_where=[1] * 40, search_difficulty=[5] * 20 + [1] * 20))
    assert indicator(found, "M2")["score"] == 100.0
    # A gap of 100 points is past the worst that the road knows.
    assert indicator(found, "K1")["score"] == 1.0


def test_weights_move_it_and_scaled_weights_do_not() -> None:
    frame = known_answers()
    heavy = frame.assign(weight=[3.0] * 20 + [1.0] * 20)
    one, ten = (
        yearly_index(survey_from_frame(each, weights="weight"), seed=1, replicates=200, draws=200)
        for each in (heavy, heavy.assign(weight=heavy["weight"] * 10))
    )
    assert indicator(one, "E1")["estimate"] == pytest.approx(75.0)
    assert one.value == pytest.approx(ten.value, rel=1e-12)
    assert (one.ci_low, one.ci_high) == pytest.approx((ten.ci_low, ten.ci_high), rel=1e-9)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_question_that_was_not_asked_is_not_known_and_two_thirds_of_a_domain_will_do(language: Any) -> None:
    found = small(known_answers().drop(columns="felt_safe"))
    assert math.isnan(indicator(found, "E3")["score"])
    assert found.domains["known"].tolist() == [2, 2, 2]
    assert found.known
    lacking = small(known_answers().drop(columns="knows_where"))
    assert not lacking.known
    assert math.isnan(lacking.se)
    assert lacking.sentence(language).endswith(
        {"nl": "De index is niet vast te stellen.", "en": "The index cannot be established."}[language]
    )
    assert {"nl": "Melden kennen wij 1 van de 2", "en": "Reporting we know 1 of the 2"}[language] in lacking.sentence(
        language
    )
    with pytest.raises(InputError, match="has no index"):
        index_change(found, lacking)


def test_the_same_seed_gives_the_same_and_another_seed_about_the_same(weighted: Survey, example: YearlyIndex) -> None:
    again = yearly_index(weighted, seed=2022, recruitment="open_link", population=44098)
    pd.testing.assert_frame_equal(again.indicators, example.indicators)
    assert (again.value, again.ci_low, again.band) == (example.value, example.ci_low, example.band)
    other = yearly_index(weighted, seed=7)
    assert other.value == example.value
    assert other.se != example.se
    assert other.se == pytest.approx(example.se, rel=0.15)


def test_with_324_students_its_doubt_is_what_the_design_says(example: YearlyIndex) -> None:
    """Simulated beforehand at n = 324: about five points either way, and a detectable change of about ten."""
    assert 4 < (example.ci_high - example.ci_low) / 2 < 7
    assert 8 < index_change(example, example).smallest_detectable < 13


def test_its_interval_holds_the_index_of_the_population() -> None:
    """60 samples of 400 from 40,000 students; 95% intervals miss more than eight with a chance of 0.6%."""
    random = np.random.default_rng(11)
    size = 40_000
    yes = random.random(size) < 0.4
    population = pd.DataFrame(
        {
            EXPERIENCED: yes.astype(int),
            "discrimination_or_doubt": yes.astype(int),
            "search_difficulty": np.where(random.random(size) < np.where(yes, 0.4, 0.2), 5, 1),
            "applications": random.poisson(np.where(yes, 8.0, 5.0)).astype(float),
            "role_in_applying_answer": np.where(random.random(size) < 0.2, 1, 3),
            "felt_safe": (random.random(size) < np.where(yes, 0.65, 0.8)).astype(int),
            "knows_where": (random.random(size) < 0.3).astype(int),
            "reported_to[1]": 1.0,
            "reported_to[5]": (random.random(size) < 0.25).astype(float),
            "school3": random.integers(1, 4, size),
            "level": 1,
        }
    )
    # The index of all needs no replicates of its own: it is that of one very large sample.
    truth = small(population).value
    missed = 0
    for seed in range(60):
        found = small(population.sample(400, random_state=seed), seed=seed)
        missed += not found.ci_low <= truth <= found.ci_high
    assert missed <= 8


def test_a_change_is_shown_when_it_is_large_and_not_when_it_is_chance(weighted: Survey, example: YearlyIndex) -> None:
    none = index_change(example, example)
    assert (none.change, none.verdict, none.p_value) == (0.0, "not_shown", 1.0)
    rows = weighted.rows.assign(knows_where=1, role_in_applying_answer=3)
    better = yearly_index(replace(weighted, rows=rows, _encoded={}), seed=2022)
    found = index_change(example, better)
    assert found.verdict == "higher"
    roots = math.sqrt(example.value) + math.sqrt(better.value)
    assert found.se == pytest.approx(roots * math.hypot(example.root_se, better.root_se))
    assert found.ci_low < found.change < found.ci_high
    assert found.agreement > 0.9
    assert index_change(better, example).verdict == "lower"
    assert index_change(better, example).p_value == found.p_value
    assert "punten hoger" in found.sentence("nl")
    assert "points lower" in index_change(better, example).sentence("en")


def test_no_line_crosses_a_break(weighted: Survey, example: YearlyIndex) -> None:
    later = yearly_index(weighted, seed=2022, replicates=200, series="B")
    found = index_change(example, later)
    assert found.verdict == "break"
    assert math.isnan(found.change)
    assert "breuk" in found.sentence("nl")
    assert later.flag.set_index("id")["grade"]["break"] == "C"
    assert index_change(example, yearly_index(weighted, seed=2022, replicates=200, reading="upper")).verdict == "break"


def test_the_quality_is_that_of_the_worst_part(example: YearlyIndex) -> None:
    grades = example.flag.set_index("id")["grade"].to_dict()
    # 322 effective answers, 5.4 points either way, a design effect of 1.01, 324 of 44,098 students, an open link.
    assert grades == {"n": "C", "width": "C", "effect": "A", "coverage": "D", "recruitment": "C", "break": "A"}
    assert example.grade == "D"
    assert "(niet bekend)" not in example.sentence("nl")
    unknown = small(known_answers())
    assert unknown.flag.set_index("id")["grade"][["coverage", "recruitment"]].tolist() == ["D", "D"]
    assert "DUO meedeed (niet bekend); hoe studenten" in unknown.sentence("nl")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_number_never_stands_alone_and_says_that_it_is_made_up(example: YearlyIndex, language: Any) -> None:
    text = example.sentence(language)
    for domain in example.design.domains:
        assert domain.text("label", language) in text
    assert text.startswith({"nl": "Voorbeeld met verzonnen", "en": "Example with made-up"}[language])
    assert "verzonnen" in example._repr_html_()
    table = example.labelled(language)
    assert len(table) == 7
    assert not table.map(lambda cell: "nan" in str(cell)).any(axis=None)
    assert example.sentence("en") in repr(example)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_picture_holds_every_score_and_says_that_it_is_synthetic(example: YearlyIndex, language: Any) -> None:
    picture = ElementTree.fromstring(example.picture(language))
    texts = [text.text or "" for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert sum(text in {f"{score:.0f}" for score in example.indicators["score"]} for text in texts) >= 7
    assert {"nl": "synthetisch", "en": "synthetic"}[language] in texts[0]
    # Seven indicators, three domains and the index each have a dot; one that is not known has none.
    assert len(list(picture.iter("{http://www.w3.org/2000/svg}circle"))) == 11
    lacking = ElementTree.fromstring(small(known_answers().drop(columns="felt_safe")).picture(language))
    assert len(list(lacking.iter("{http://www.w3.org/2000/svg}circle"))) == 10


def test_the_band_holds_the_index_and_names_what_moves_it(example: YearlyIndex) -> None:
    assert example.band[0] < example.value < example.band[1]
    assert len(example.variants) == 2000
    assert 0 < example.driver_share <= 1
    # Where all scores are alike no choice matters but for the domain that differs.
    assert small(known_answers()).driver in ("melden", "M1", "M2")


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: yearly_index(None, seed=1), "survey"),  # type: ignore[arg-type]
        (lambda: small(known_answers(), replicates=20), "replicates"),
        (lambda: small(known_answers(), draws="many"), "draws"),
        (lambda: small(known_answers(), seed=-2), "seed"),
        (lambda: small(known_answers(), reading="uper"), "upper"),
        (lambda: small(known_answers(), recruitment="open link"), "open_link"),
        (lambda: small(known_answers(), within=["shool3"]), "school3"),
        (lambda: small(known_answers(school3=[1] * 39 + [2])), "A group of school3 x level has one student"),
        (lambda: small(known_answers().drop(columns=EXPERIENCED)), EXPERIENCED),
        (
            lambda: yearly_index(sk.replicate(survey_from_frame(known_answers()), kind="jackknife"), seed=1),
            "replicate weights",
        ),
        (lambda: small(known_answers(), seed=2.5), "seed"),
        (lambda: small(known_answers(), population=0), "population"),
        (lambda: small(known_answers(), year="last"), "year is 'last'"),
        (lambda: small(known_answers(), within=["level", "level"]), "twice"),
        (lambda: small(known_answers(), population=39), "More students answered"),
        (lambda: yearly_index(sk.subset(survey_from_frame(known_answers()), {"level": 1}), seed=1), "before subset"),
        # Words are none of the codes: everyone would count as "no", and this gap would get 100 out of 100.
        (lambda: small(known_answers(search_difficulty=["much"] * 10 + ["none"] * 30)), "holds words.*: 5"),
        (lambda: small(known_answers(**{EXPERIENCED: ["1"] * 20 + ["0"] * 20})), "holds words"),
        # The domain of experience is known without E3, but it is then the mean of other things.
        (
            lambda: index_change(small(known_answers()), small(known_answers().drop(columns="felt_safe"))),
            "Only one of the waves has E3",
        ),
        (lambda: index_change(small(known_answers()), small(known_answers(), seed=2)), "same seed"),
        (lambda: index_change(small(known_answers(), year=2027), small(known_answers(), year=2026)), "earlier year"),
        (lambda: index_change(without_spread(), without_spread()), "spread"),
        (lambda: index_change(small(known_answers()), small(known_answers(), draws=201)), "variants"),
        (lambda: index_change(1, 2), "yearly_index"),  # type: ignore[arg-type]
    ],
)
def test_a_call_that_cannot_be_is_refused_with_what_to_do(call: Any, told: str) -> None:
    with pytest.raises(InputError, match=told):
        call()


def without_spread() -> YearlyIndex:
    """Everyone was asked, so that nothing is left to chance."""
    return yearly_index(survey_from_frame(known_answers(size=40.0), fpc="size"), seed=1, replicates=200, draws=200)


@pytest.mark.parametrize("level", [2, 7])
def test_an_error_does_not_tell_which_student_is_alone(level: int) -> None:
    with pytest.raises(InputError) as failure:
        small(known_answers(level=[1] * 39 + [level]))
    assert str(level) not in str(failure.value)


def test_a_question_without_the_answers_that_count_is_not_known() -> None:
    """Without a column for reports that count, nobody can have reported: that is no zero."""
    assert math.isnan(
        indicator(small(known_answers().drop(columns=["reported_to[5]", "reported_to[8]"])), "M1")["score"]
    )


def test_a_survey_with_the_experience_alone_has_no_index_and_no_variants() -> None:
    found = small(known_answers()[[EXPERIENCED, "discrimination_or_doubt", "school3", "level"]])
    assert not found.known
    assert np.isnan(found.variants).all()
    assert found.indicators.set_index("id")["score"].dropna().to_dict() == {"E1": 50.0}


def test_students_without_weight_are_not_counted() -> None:
    frame = known_answers().assign(weight=[0.0] * 4 + [1.0] * 36)
    found = yearly_index(survey_from_frame(frame, weights="weight"), seed=1, replicates=200, draws=200)
    assert found.indicators.set_index("id")["n"][["E1", "M1"]].to_dict() == {"E1": 36, "M1": 16}


def test_an_indicator_that_often_fails_is_in_no_replicate_either() -> None:
    """E3 is asked of 40 students of whom three experienced it: one in twenty replicates has none of them."""
    asked = [at < 3 or at >= 20 for at in range(40)]
    safe = np.where(asked, known_answers()["felt_safe"], np.nan)
    found, without = small(known_answers(felt_safe=safe)), small(known_answers().drop(columns="felt_safe"))
    assert math.isnan(indicator(found, "E3")["score"])
    assert found.domains.equals(without.domains)
    assert (found.se, found.ci_low, found.ci_high) == (without.se, without.ci_low, without.ci_high)


def test_no_strata_can_be_asked_for_in_two_ways() -> None:
    lone = known_answers(school3=[1] * 39 + [2])
    assert small(lone, within=None).se == small(lone, within=()).se > 0


def test_a_finite_population_is_kept() -> None:
    assert without_spread().se == pytest.approx(0.0, abs=1e-6)
    half = survey_from_frame(known_answers(size=80.0), fpc="size")
    whole = small(known_answers(), within=None)
    assert yearly_index(half, seed=1, replicates=200, draws=200).se == pytest.approx(whole.se / math.sqrt(2), rel=0.1)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_sentence_names_every_indicator_also_what_is_not_known(language: Any) -> None:
    found = small(known_answers().drop(columns="felt_safe"))
    text = found.sentence(language)
    for one in found.design.indicators:
        assert one.text("label", language) in text
    assert {"nl": "Kloof in veiligheid niet vast te stellen", "en": "Safety gap cannot be established"}[
        language
    ] in text


def test_the_sentence_says_when_a_margin_is_too_narrow_and_which_reading_it_is() -> None:
    nobody = small(known_answers(**{"reported_to[5]": 0.0, "reported_to[8]": 0.0}))
    assert indicator(nobody, "M1")["se"] == 0.0
    assert "de marge is te smal: Gemeld." in nobody.sentence("nl")
    assert "te smal" not in small(known_answers()).sentence("nl")
    upper = small(known_answers(), reading="upper").sentence("nl")
    assert "Wie twijfelt, telt hier mee" in upper
    assert "Telt wie twijfelt ook mee" not in upper


def test_an_upper_reading_that_is_not_known_is_said_so() -> None:
    found = small(known_answers(discrimination_or_doubt=1))
    assert found.known
    assert math.isnan(found.upper)
    assert "dan is de index niet vast te stellen." in found.sentence("nl")
    assert "nan" not in found.sentence("nl")


def test_rounding_never_hides_a_change_or_a_margin(example: YearlyIndex) -> None:
    """With many answers a change of 0.4 can be shown; "0 points higher (0 to 1)" would deny it."""
    sure = replace(
        example,
        root_se=0.1 / (2 * math.sqrt(example.value)),
        replicated=example.estimates.values + (example.replicated - example.estimates.values) * 0.1 / example.se,
        indicators=example.indicators.assign(effective_n=np.inf),
    )
    found = index_change(sure, replace(sure, value=example.value + 0.4))
    assert found.verdict == "higher"
    assert "0,4 punten hoger" in found.sentence("nl")
    assert "modelmarge 0,1 tot 0,7)" in found.sentence("nl")
    assert "stijging van 0,4 punten" in found.sentence("nl")
    narrow = replace(example, value=30.2, ci_low=30.1, ci_high=30.4)
    assert "index is 30,2 op" in narrow.sentence("nl")
    assert "modelmarge 30,1 tot 30,4)" in narrow.sentence("nl")


@pytest.mark.parametrize(
    ("population", "grade"),
    [(200, "A"), (201, "B"), (800, "B"), (801, "C"), (4000, "C"), (4001, "D")],
)
def test_a_limit_itself_has_the_better_grade(population: int, grade: str) -> None:
    """Limits of 20%, 5% and 1% of the students, and 40 answers."""
    found = small(known_answers(), population=population).flag.set_index("id")
    assert found["grade"]["coverage"] == grade


def test_the_command_tells_the_index_and_its_change() -> None:
    words = ["index", "example_2022", "--margins", "students_haaglanden_2019", "--before", "example_2022", "--within"]
    done = subprocess.run(
        [sys.executable, "-m", "stagekansen_lib.cli", *words, "--language", "en"],
        capture_output=True, text=True, check=True, encoding="utf-8",
    )  # fmt: skip
    assert "made-up data" in done.stdout
    assert "A change of the index is not demonstrated" in done.stdout


def test_the_command_knows_of_a_break(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["index", "example_2022", "--before", "example_2022", "--series", "B", "--before-series", "A"]
    assert cli.main([*words, "--language", "en"]) == 0
    assert "There is a break between these two waves. They cannot be compared." in capsys.readouterr().out
