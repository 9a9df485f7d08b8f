"""Weighting: margins are met, standard errors know it, and refusals say why."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from stagekansen_lib.errors import DoubtWarning, InputError
from stagekansen_lib.estimation.means import mean
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.population.margins import Margins
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey, subset
from stagekansen_lib.weighting.calibration import calibrate
from stagekansen_lib.weighting.poststratification import poststratify
from stagekansen_lib.weighting.raking import rake
from stagekansen_lib.weighting.reports import WeightReport, describe_weights
from stagekansen_lib.weighting.trimming import trim_weights

MARGINS = {"level": {"mbo": 600, "hbo": 400}, "sex": {"f": 520, "m": 480}}


def students(n: int = 200, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "level": rng.choice(["mbo", "hbo"], n, p=[0.4, 0.6]),
            "sex": rng.choice(["f", "m"], n),
            "region": rng.integers(1, 5, n),
            "hours": rng.normal(20, 5, n),
            "w": rng.uniform(1, 3, n),
        }
    )


def survey(n: int = 200, seed: int = 1) -> Survey:
    return survey_from_frame(students(n, seed), weights="w")


def reached(weighted: Survey, variable: str) -> dict[object, float]:
    return pd.Series(weighted.weights, weighted.rows.index).groupby(weighted.rows[variable]).sum().to_dict()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 0.9), st.floats(0.1, 0.9))
def test_raking_meets_every_margin_to_one_in_a_billion(seed: int, first: float, second: float) -> None:
    margins = {
        "level": {"mbo": 1000 * first, "hbo": 1000 * (1 - first)},
        "sex": {"f": 1000 * second, "m": 1000 * (1 - second)},
    }
    weighted = rake(survey(120, seed), margins)
    for variable, counts in margins.items():
        for code, count in counts.items():
            assert reached(weighted, variable)[code] == pytest.approx(count, rel=1.1e-9)
    assert (weighted.weights > 0).all()


@settings(max_examples=15, deadline=None)
@given(st.floats(0.001, 1000), st.integers(0, 1000))
def test_the_scale_of_the_weights_and_the_order_of_rows_change_nothing(factor: float, seed: int) -> None:
    rows = students(80, seed)
    shuffled = rows.sample(frac=1, random_state=seed)
    plain = mean(rake(survey_from_frame(rows, weights="w"), MARGINS), "hours", "level").table
    other = mean(
        rake(survey_from_frame(shuffled.assign(w=shuffled["w"] * factor), weights="w"), MARGINS), "hours", "level"
    ).table
    # Sums in another order and another stop of the iteration: well within the tolerance of raking.
    np.testing.assert_allclose(plain[["estimate", "se"]], other[["estimate", "se"]], rtol=1e-7)


def test_poststratification_gives_each_cell_its_count() -> None:
    cells = {("mbo", "f"): 300, ("mbo", "m"): 250, ("hbo", "f"): 220, ("hbo", "m"): 230}
    weighted = poststratify(survey(), {("level", "sex"): cells})
    sums = pd.Series(weighted.weights).groupby([weighted.rows["level"], weighted.rows["sex"]]).sum()
    assert sums.to_dict() == pytest.approx(cells, rel=1e-12)


def test_a_share_that_the_weights_fix_has_no_standard_error() -> None:
    assert share(rake(survey(), MARGINS), "level").table["se"].max() < 1e-9
    assert share(survey(), "level").table["se"].min() > 0.01


@pytest.mark.parametrize("distance", ["linear", "raking", "logit"])
def test_calibration_meets_margins_and_totals_of_numbers(distance: str) -> None:
    bounds = (0.2, 5.0) if distance == "logit" else None
    weighted = calibrate(survey(), {**MARGINS, "hours": 20_500.0}, distance=distance, bounds=bounds)
    assert weighted.weights @ weighted.numbers("hours") == pytest.approx(20_500, rel=1e-9)
    assert reached(weighted, "sex") == pytest.approx(MARGINS["sex"], rel=1e-9)


def test_calibration_factors_stay_within_their_bounds() -> None:
    base = survey_from_frame(students().assign(w=5.0), weights="w")
    weighted = calibrate(base, {**MARGINS, "hours": 20_300.0}, bounds=(0.6, 1.6))
    factors = weighted.weights / base.weights
    assert 0.6 <= factors.min() <= factors.max() <= 1.6


def test_negative_calibrated_weights_are_a_doubt() -> None:
    with pytest.warns(DoubtWarning, match="below zero"):
        calibrate(survey(), {"hours": 100.0})


def test_trimming_keeps_the_total_and_strict_trimming_keeps_the_limit() -> None:
    base = survey()
    plain = trim_weights(base, upper=2.2)
    strict = trim_weights(base, lower=1.2, upper=2.2, strict=True)
    for trimmed in (plain, strict):
        assert trimmed.weights.sum() == pytest.approx(base.weights.sum(), rel=1e-12)
    assert strict.weights.max() <= 2.2
    assert strict.weights.min() >= 1.2


def test_numeric_codes_of_a_margin_match_by_value() -> None:
    counts = {"1": 100, 2.0: 120, np.int64(3): 90, 4: 110}
    weighted = poststratify(survey(), {"region": counts})
    assert reached(weighted, "region") == pytest.approx({1: 100, 2: 120, 3: 90, 4: 110}, rel=1e-12)


def test_a_redundant_margin_with_the_same_totals_is_fine() -> None:
    cells = {("mbo", "f"): 300, ("mbo", "m"): 300, ("hbo", "f"): 220, ("hbo", "m"): 180}
    weighted = rake(survey(), {**MARGINS, ("level", "sex"): cells})
    assert reached(weighted, "level") == pytest.approx(MARGINS["level"], rel=1e-9)
    again = calibrate(survey(), {**MARGINS, ("level", "sex"): cells})
    assert reached(again, "sex") == pytest.approx(MARGINS["sex"], rel=1e-9)


def test_a_proxy_margin_is_named_in_the_provenance_and_the_history() -> None:
    proxy = {"nl": "Inwoners staan voor studenten.", "en": "Inhabitants stand for students."}
    to = Margins("inhabitants", MARGINS, proxy=proxy, sources=("cbs",))
    weighted = rake(survey(), to)
    assert weighted.provenance.proxies == (proxy,)
    assert weighted.provenance.sources == ("cbs",)
    assert weighted.provenance.history == ("rake: level, sex to inhabitants",)
    assert "proxy: Inhabitants stand for students (see the note on the weighting)." in repr(mean(weighted, "hours"))


@pytest.mark.parametrize(
    ("margins", "message"),
    [
        ({"levl": {"mbo": 1, "hbo": 1}}, "Did you mean 'level'"),
        ({"level": {"mbo": 600, "hbo": 300, "wo": 100}}, "Nobody in the survey has 'wo': an empty margin cell"),
        ({"level": {"mbo": 600}}, "There is no count for 'hbo'"),
        ({"level": {"mbo": 600, "hbo": 0}}, "The count of 'hbo' is 0"),
        ({"level": {"mbo": 600, "hbo": -4}}, "must be a number of 0 or more"),
        ({"level": {"mbo": 600, "hbo": float("nan")}}, "must be a number of 0 or more"),
        ({**MARGINS, "sex": {"f": 500, "m": 480}}, "totals contradict each other"),
        ({"level": 1000}, "one number, not a count"),
        ({}, "no margins"),
    ],
)
def test_wrong_margins_are_refused_with_the_reason(margins: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        rake(survey(), margins)


def test_a_missing_answer_is_refused_with_advice() -> None:
    rows = students()
    rows.loc[3, "sex"] = None
    with pytest.raises(InputError, match="1 respondents have no answer to 'sex'"):
        rake(survey_from_frame(rows), MARGINS)


def test_margins_that_cannot_be_met_together_end_in_an_error_and_not_in_weights() -> None:
    rows = pd.DataFrame({"a": ["x", "x", "y"], "b": ["u", "u", "v"]})
    with pytest.raises(InputError, match="did not reach the margins"):
        rake(survey_from_frame(rows), {"a": {"x": 50, "y": 50}, "b": {"u": 40, "v": 60}}, max_iterations=50)
    with pytest.raises(InputError, match="Calibration cannot meet"):
        calibrate(survey_from_frame(rows), {"a": {"x": 50, "y": 50}, "b": {"u": 40, "v": 60}})


def test_several_margins_are_refused_by_poststratification_and_a_domain_by_all() -> None:
    with pytest.raises(InputError, match="Use rake"):
        poststratify(survey(), MARGINS)
    with pytest.raises(InputError, match="Weight the whole survey first"):
        rake(subset(survey(), {"sex": "f"}), MARGINS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"distance": "logit"}, "needs bounds"),
        ({"distance": "entropy"}, "distance is 'entropy'"),
        ({"bounds": (1.2, 3.0)}, "either side of 1"),
    ],
)
def test_wrong_calibration_settings_are_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        calibrate(survey(), MARGINS, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(("arguments", "message"), [({}, "needs a limit"), ({"upper": 1.0}, "mean weight")])
def test_wrong_limits_are_refused(arguments: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        trim_weights(survey(), **arguments)


def test_the_report_shows_kish_and_targets_against_what_is_reached() -> None:
    weighted = rake(survey(), MARGINS)
    report = describe_weights(weighted)
    w = weighted.weights
    # Kish (1992): 1 + the squared coefficient of variation of the weights.
    assert report.design_effect == pytest.approx(1 + w.var() / w.mean() ** 2, rel=1e-12)
    assert report.effective_n == pytest.approx(200 / report.design_effect, rel=1e-12)
    assert (report.smallest, report.largest) == (w.min(), w.max())
    assert report.table["target"].tolist() == [400, 600, 520, 480]
    assert report.table["difference"].abs().max() <= 1e-9
    assert "effective n" in repr(report)
    assert "<table" in report._repr_html_()


def test_the_report_says_when_small_cells_make_intervals_too_narrow() -> None:
    def report(each: int) -> WeightReport:
        rows = pd.DataFrame({"cell": np.repeat([*"abcdefgh"], each)})
        return describe_weights(poststratify(survey_from_frame(rows), {"cell": dict.fromkeys("abcdefgh", 100)}))

    # Equal cells without weights: residuals are n - 1 over n of the variance, with n - 1 degrees in each of 8 cells.
    for each in (5, 60):
        border = stats.t.isf(0.025, 8 * each - 1)
        expected = 1 - 2 * stats.t.sf(border * ((each - 1) / each) ** 0.5, 8 * (each - 1))
        assert report(each).coverage == pytest.approx(expected, rel=1e-10)
    assert "holds the truth in about" in repr(report(5))
    assert "holds the truth" not in repr(report(60))
    assert np.isnan(describe_weights(survey_from_frame(pd.DataFrame({"cell": ["a", "b"]}))).coverage)
