"""Comparisons: tests, effects with intervals, batteries and sentences."""

from __future__ import annotations

import re
from typing import get_overloads

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from stagekansen_lib.comparison.comparing import compare
from stagekansen_lib.errors import DoubtWarning, InputError
from stagekansen_lib.estimation.chi_square_sums import exact_tail, saddlepoint_tail
from stagekansen_lib.estimation.means import mean
from stagekansen_lib.estimation.replicate_weights import replicate
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.models.regressing import regress
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.surveys import Survey
from tests.r_values import frame as r_frame


def codebook() -> Codebook:
    return Codebook(
        "students",
        {
            "met": Variable("met", "nominal", "discriminatie ervaren", "met discrimination",
                            codes=(Code("no", "nee", "no"), Code("yes", "ja", "yes"))),
            "hard": Variable("hard", "ordinal", "moeite met zoeken", "difficulty searching",
                             codes=tuple(Code(at, f"graad {at}", f"grade {at}") for at in (1, 2, 3, 4))),
            "tried": Variable("tried", "count", "sollicitaties", "applications"),
            "safe": Variable("safe", "nominal", "veilig", "safe",
                             codes=(Code(0, "nee", "no"), Code(1, "ja", "yes"))),
            "place": Variable("place", "nominal", "plaats", "place",
                              codes=tuple(Code(each, each, each) for each in "abc")),
        },
    )  # fmt: skip


def survey(n: int = 240, shift: float = 0.8, seed: int = 2, **flags: object) -> Survey:
    rng = np.random.default_rng(seed)
    met = rng.choice(["no", "yes"], n)
    hard = np.clip(np.round(rng.normal(2 + shift * (met == "yes"), 1)), 1, 4).astype(int)
    rows = pd.DataFrame(
        {
            "met": met,
            "hard": hard,
            "tried": rng.poisson(4 + 3 * shift * (met == "yes")).astype(float),
            "hours": rng.normal(20 + shift * (met == "yes"), 3),
            "safe": (rng.uniform(size=n) < 0.8 - 0.3 * shift * (met == "yes")).astype(int),
            "place": rng.choice(list("abc"), n),
            "w": rng.uniform(1, 2, n),
        }
    )
    return survey_from_frame(rows, weights="w", codebook=codebook(), provenance=Provenance("s", **flags))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("of", "method", "effect"),
    [
        ("safe", "rao_scott_f", "difference_in_shares"),
        ("hard", "wilcoxon", "probability_of_superiority"),
        ("tried", "ratio_of_means", "ratio_of_means"),
        ("hours", "t_test", "difference_in_means"),
        ("place", "rao_scott_f", "cramers_v"),
    ],
)
def test_auto_follows_the_kind_of_the_variable(of: str, method: str, effect: str) -> None:
    found = compare(survey(), of, "met")
    assert (found.method, found.effect_name) == (method, effect)
    assert found.ci_low <= found.effect <= found.ci_high
    assert found.smallest_detectable is not None
    assert found.smallest_detectable > 0


@pytest.mark.parametrize(
    ("of", "method"), [("hard", "kruskal_wallis"), ("hours", "equal_means"), ("safe", "rao_scott_f")]
)
def test_auto_compares_more_than_two_groups(of: str, method: str) -> None:
    found = compare(survey(), of, "place")
    assert found.method == method
    assert 0 <= found.ci_low <= found.effect <= found.ci_high <= 1


def test_unweighted_t_test_without_a_design_is_near_welch() -> None:
    rows = survey().rows
    data = survey_from_frame(rows[["hours", "met"]])
    found = compare(data, "hours", "met", method="t_test")
    groups = [rows.loc[rows["met"] == each, "hours"] for each in ("yes", "no")]
    # Linearisation divides by n where Welch divides by n - 1: 1% at 120 a group.
    assert found.statistic == pytest.approx(stats.ttest_ind(*groups, equal_var=False).statistic, rel=0.01)


def test_the_probability_of_superiority_is_the_share_of_pairs() -> None:
    rows = pd.DataFrame({"g": ["a"] * 24 + ["b"] * 24, "y": [*range(24), *range(6, 30)]})
    found = compare(survey_from_frame(rows), "y", "g", method="wilcoxon")
    first, second = rows["y"][:24].to_numpy(), rows["y"][24:].to_numpy()
    pairs = (second[:, None] > first).mean() + (second[:, None] == first).mean() / 2
    assert found.effect == pytest.approx(pairs, rel=1e-12)


def test_superiority_with_replicates_does_not_depend_on_the_order_of_rows() -> None:
    # All answers are different, and few enough for a table of answers and groups.
    rows = survey().rows[["hours", "met", "w"]].dropna().drop_duplicates("hours")
    sizes = [
        compare(replicate(survey_from_frame(each, weights="w"), kind="jackknife"), "hours", "met", method="wilcoxon")
        for each in (rows.sort_values("hours"), rows.sample(frac=1, random_state=2))
    ]
    plain = compare(survey_from_frame(rows, weights="w"), "hours", "met", method="wilcoxon")
    assert sizes[0].ci_low == pytest.approx(sizes[1].ci_low, rel=1e-9)
    assert sizes[1].ci_low == pytest.approx(plain.ci_low, rel=0.01)


def test_effects_of_shares_follow_from_the_shares() -> None:
    data = survey()
    no, yes = share(data, "safe", "met", code=1).table["estimate"]
    assert compare(data, "safe", "met").effect == pytest.approx(yes - no)
    assert compare(data, "safe", "met", effect="risk_ratio").effect == pytest.approx(yes / no)
    odds = (yes / (1 - yes)) / (no / (1 - no))
    assert compare(data, "safe", "met", effect="odds_ratio").effect == pytest.approx(odds)


def test_a_ratio_of_means_has_its_interval_on_the_log() -> None:
    data = survey()
    found = compare(data, "tried", "met")
    no, yes = mean(data, "tried", "met").table["estimate"]
    assert found.effect == pytest.approx(yes / no)
    assert found.effect**2 == pytest.approx(found.ci_low * found.ci_high, rel=1e-12)


def test_cramers_v_of_a_table_without_a_design_is_the_classic_one() -> None:
    rows = survey().rows
    found = compare(survey_from_frame(rows[["place", "safe"]].astype(object)), "place", "safe")
    table = pd.crosstab(rows["place"], rows["safe"])
    classic = stats.contingency.association(table.to_numpy(), method="cramer")
    assert found.effect == pytest.approx(classic, rel=1e-12)


def test_the_exact_tail_is_that_of_simulation_and_of_single_chi_squares() -> None:
    weights = np.array([2.5, 1.2, 0.4])
    rng = np.random.default_rng(11)
    sums = rng.chisquare(1, (400_000, 3)) @ weights
    ratios = sums / (rng.chisquare(20, 400_000) / 20)
    for x in (2.0, 8.0, 15.0):
        p = exact_tail(x, weights)
        # Four standard errors of the simulation.
        assert abs((sums > x).mean() - p) < 4 * np.sqrt(p * (1 - p) / 400_000)
        q = exact_tail(x, weights, 20)
        assert abs((ratios > x).mean() - q) < 4 * np.sqrt(q * (1 - q) / 400_000)
    assert exact_tail(9.0, np.array([1.5, 1.5])) == pytest.approx(stats.chi2.sf(6.0, 2), rel=1e-12)
    assert exact_tail(200.0, weights) == pytest.approx(saddlepoint_tail(200.0, weights), rel=0.05)


def test_the_order_of_rows_changes_nothing() -> None:
    data = survey()
    shuffled = survey_from_frame(data.rows.sample(frac=1, random_state=1), weights="w", codebook=codebook())
    for of in ("safe", "hard", "tried", "hours", "place"):
        first, second = compare(data, of, "met"), compare(shuffled, of, "met")
        assert first.p_value == pytest.approx(second.p_value, rel=1e-9)
        assert first.effect == pytest.approx(second.effect, rel=1e-9)


@pytest.mark.parametrize("of", ["safe", "hard", "tried", "hours"])
def test_about_one_in_twenty_null_surveys_is_significant(of: str) -> None:
    hits = sum(compare(survey(150, 0.0, seed), of, "met").p_value < 0.05 for seed in range(200))
    # 200 draws of a 5% chance lie within these limits in 99.9% of all cases.
    low, high = stats.binom.interval(0.999, 200, 0.05)
    assert low <= hits <= high


def test_a_battery_corrects_p_values_for_their_number() -> None:
    battery = compare(survey(shift=0.15), ["safe", "hard", "tried", "hours"], "met")
    raw = [found.p_value for found in battery]
    adjusted = battery.table["p_adjusted"].tolist()
    assert min(adjusted) == pytest.approx(min(1, 4 * min(raw)))
    assert all(after >= before for before, after in zip(raw, adjusted, strict=True))
    assert battery["hard"].of == "hard"
    plain = compare(survey(), ["safe", "hard"], "met", correction="none")
    assert [found.p_adjusted for found in plain] == [found.p_value for found in plain]


def test_adjusting_uses_the_model_that_fits_the_kind() -> None:
    data = survey()
    names = {
        "safe": "odds_ratio",
        "hard": "odds_ratio_higher",
        "tried": "ratio_of_means",
        "hours": "difference_in_means",
    }
    for of, name in names.items():
        found = compare(data, of, "met", adjust_for=["place"])
        assert found.effect_name == name
        assert found.adjusted_for == ("place",)
        assert "plaats" in found.sentence("nl")


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("of", ["safe", "hard", "tried", "hours", "place"])
def test_a_sentence_has_effect_doubt_and_base_and_no_causal_verb(of: str, language: str) -> None:
    found = compare(survey(), of, "met")
    text = found.sentence(language)  # type: ignore[arg-type]
    assert "{" not in text
    assert "240" in text
    order = [text.index("loopt van" if language == "nl" else "runs from"), text.index("(p "), text.index("240")]
    assert order == sorted(order)
    causal = r"veroorza|zorgt voor|leidt tot|door(dat)?\b|vanwege|causes|leads to|because|due to|effect of"
    assert not re.search(causal, text)


def test_a_sentence_names_self_selection_proxies_and_made_up_data() -> None:
    proxy = {"nl": "Inwoners staan voor studenten. Meer is er niet.", "en": "Inhabitants stand for students. No more."}
    found = compare(survey(self_selected=True, synthetic=True, proxies=(proxy,)), "safe", "met")
    assert "modelmarge" in found.sentence("nl")
    assert "kozen zelf" in found.sentence("nl")
    assert "Inwoners staan voor studenten (zie de toelichting bij de weging)." in found.sentence("nl")
    assert "Meer is er niet" not in found.sentence("nl")
    assert found.provenance.proxies == (proxy,)
    assert "not a finding" in found.sentence("en")


def test_what_is_not_significant_never_stands_alone() -> None:
    found = compare(survey(shift=0.0), "safe", "met")
    assert found.p_value > 0.05
    assert "niet aangetoond" in found.sentence("nl")
    assert "8 van de 10 keer" in found.sentence("nl")


def test_a_small_group_is_a_doubt() -> None:
    rows = pd.DataFrame({"g": ["a"] * 4 + ["b"] * 40, "y": np.arange(44.0) % 7})
    with pytest.warns(DoubtWarning, match="Group a of 'g' has fewer than 10 answers"):
        compare(survey_from_frame(rows), "y", "g")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda data: compare(data, "safe", "met", method="chi2"), "method is 'chi2'"),
        (lambda data: compare(data, "hours", "met", method="rao_scott_f"), "different answers"),
        (lambda data: compare(data, "hours", "place", method="t_test"), "3 groups and t_test needs two"),
        (lambda data: compare(data, "place", "met", method="wilcoxon"), "have no order"),
        (lambda data: compare(data, "safe", "met", effect="cohen"), "effect is 'cohen'"),
        (lambda data: compare(data, "safe", "place", effect="risk_ratio"), "does not fit"),
        (lambda data: compare(data, "met", "met"), "both outcome and group"),
        (lambda data: compare(data, "saf", "met"), "Did you mean 'safe'"),
        (lambda data: compare(data, ["safe"], "met", correction="fdr"), "correction is 'fdr'"),
        (lambda data: compare(data, [], "met"), "no outcome"),
        (lambda data: compare(data, "safe", "one"), "has 1 group"),
    ],
)
def test_a_comparison_that_does_not_fit_is_refused(call: object, message: str) -> None:
    data = survey()
    rows = survey_from_frame(data.rows.assign(one="x"), weights="w", codebook=codebook())
    with pytest.raises(InputError, match=message):
        call(rows)  # type: ignore[operator]


def coded_places(**columns: Variable) -> Survey:
    """Places as the numbers 1 to 3, under a codebook that says what they are, or under none."""
    rng = np.random.default_rng(4)
    rows = pd.DataFrame(
        {"town": rng.integers(1, 4, 90), "yes": rng.integers(0, 2, 90), "met": np.resize(["no", "yes"], 90)}
    )
    book = Codebook("s", columns) if columns else None
    return survey_from_frame(rows.astype({"town": float}), codebook=book)


@pytest.mark.parametrize("method", ["t_test", "equal_means", "ratio_of_means", "wilcoxon", "welch", "brunner_munzel"])
@pytest.mark.parametrize("codes", [True, False])
def test_code_numbers_of_names_are_neither_averaged_nor_ranked(method: str, codes: bool) -> None:
    known = tuple(Code(float(at), f"plaats {at}", f"place {at}") for at in (1, 2, 3)) if codes else ()
    data = coded_places(town=Variable("town", "nominal", "plaats", "town", codes=known))
    reason = "have no order" if codes and method in ("wilcoxon", "brunner_munzel") else "3 answers"
    with pytest.raises(InputError, match=reason) as refused:
        compare(data, "town", "met", method=method)
    assert "rao_scott_f" in str(refused.value) or "code=" in str(refused.value)
    assert compare(data, "town", "met", method="welch", code=2.0).effect_name == "difference_in_shares"
    assert compare(data, "town", "met").method == "rao_scott_f"


@pytest.mark.parametrize("method", ["t_test", "equal_means", "welch"])
def test_two_codes_of_names_are_a_share_and_whole_numbers_without_a_codebook_are_numbers(method: str) -> None:
    book = Variable("yes", "nominal", "ja", "yes", codes=(Code(0, "nee", "no"), Code(1, "ja", "yes")))
    data = coded_places(yes=book)
    share_of = compare(data, "yes", "met", method="rao_scott_f").group_values
    assert tuple(compare(data, "yes", "met", method=method).groups.table["estimate"])[-1] == pytest.approx(share_of[1])
    assert compare(coded_places(), "town", "met", method=method).method == method


def test_a_comparison_prints_itself() -> None:
    found = compare(survey(), "safe", "met")
    assert "rao_scott_f" in repr(found)
    assert "<table" in found._repr_html_()
    assert len(found.table) == 1


def test_max_t_knows_how_outcomes_go_together() -> None:
    rng = np.random.default_rng(12)
    n = 400
    rows = pd.DataFrame(
        {"group": np.repeat(["a", "b"], n // 2), "y": rng.normal(size=n) + np.repeat([0, 0.22], n // 2)}
    )
    rows["twice"], rows["other"] = 2 * rows["y"] + 1, rng.normal(size=n)
    data = survey_from_frame(rows)
    same = compare(data, ["y", "twice"], "group", correction="max_t", method="t_test")
    # One question asked twice is one question; 200,000 draws give three digits.
    assert same[0].p_adjusted == pytest.approx(same[0].p_value, abs=0.003)
    both = compare(data, ["y", "other"], "group", correction="max_t", method="t_test")
    for found in both:
        # Unrelated outcomes: the chance that one of two is as far out.
        assert found.p_adjusted == pytest.approx(1 - (1 - found.p_value) ** 2, abs=0.003)
    ranks = compare(data, ["y", "twice"], "group", correction="max_t", method="wilcoxon")
    assert ranks[0].p_adjusted == pytest.approx(ranks[0].p_value, abs=0.003)
    holm = compare(data, ["y", "twice"], "group", method="t_test")
    assert holm[0].p_adjusted == pytest.approx(2 * holm[0].p_value)


def test_max_t_is_for_differences_between_two_groups() -> None:
    with pytest.raises(InputError, match="no difference between two groups"):
        compare(survey(), ["safe", "hours"], "place", correction="max_t")


@pytest.mark.parametrize("adjust_for", [[], ["place"]])
@pytest.mark.parametrize("of", ["safe", "hard", "tried", "hours"])
def test_neither_the_scale_of_weights_nor_the_order_of_rows_changes_a_comparison(
    of: str, adjust_for: list[str]
) -> None:
    plain = survey()
    order = np.random.default_rng(5).permutation(len(plain.rows))
    changed = plain.rows.iloc[order].assign(w=lambda rows: 37.5 * rows["w"])
    other = survey_from_frame(changed, weights="w", codebook=codebook())
    found, again = (compare(data, of, "met", adjust_for=adjust_for) for data in (plain, other))
    for name in ("statistic", "p_value", "effect", "ci_low", "ci_high"):
        assert getattr(found, name) == pytest.approx(getattr(again, name), rel=1e-8), name


NESTED = pd.DataFrame(
    {"level": ["mbo"] * 50 + ["hbo"] * 50 + ["wo"] * 20, "sector": ["a"] * 25 + ["b"] * 25 + ["c"] * 50 + ["d"] * 20}
)


@pytest.mark.parametrize("method", ["rao_scott_f", "rao_scott_chi2", "lincom", "saddlepoint"])
def test_a_table_in_which_each_answer_belongs_to_one_group_has_a_test(method: str) -> None:
    for frame in (NESTED, NESTED.sample(frac=1, random_state=2), pd.concat([NESTED] * 3)):
        found = compare(survey_from_frame(frame.reset_index(drop=True)), "sector", "level", method=method)
        assert found.effect == pytest.approx(1.0, rel=1e-9)
        assert found.p_value < 1e-6


@pytest.mark.parametrize("method", ["wald", "adjusted_wald"])
def test_a_wald_test_of_such_a_table_says_what_to_do(method: str) -> None:
    with pytest.raises(InputError, match=r"one group only.*rao_scott_f"):
        compare(survey_from_frame(NESTED), "sector", "level", method=method)


def test_a_wald_statistic_of_gaps_that_follow_from_each_other_is_refused() -> None:
    from stagekansen_lib.estimation.chi_square_sums import wald_statistic

    covariance = np.array([[2.0, 0.5], [0.5, 1.0]])
    gaps = np.array([1.0, 2.0])
    assert wald_statistic(gaps, covariance) == pytest.approx(gaps @ np.linalg.inv(covariance) @ gaps, rel=1e-12)
    for singular in (np.ones((2, 2)), np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([[1e-9, 1e-5], [1e-5, 0.1]])):
        with pytest.raises(InputError, match="singular"):
            wald_statistic(gaps, singular)


@pytest.mark.parametrize(("name", "word"), [("y", "outcome"), ("g", "group")])
def test_adjusting_for_the_outcome_or_the_group_is_named(name: str, word: str) -> None:
    data = survey_from_frame(pd.DataFrame({"g": ["a", "b"] * 10, "y": range(20), "z": [1, 2, 3, 4] * 5}))
    with pytest.raises(InputError, match=f"'{name}', which is the {word} itself") as caught:
        compare(data, "y", "g", adjust_for=["z", name])
    assert "method" not in str(caught.value)


def test_an_answer_compared_may_be_named_by_its_text() -> None:
    data = survey_from_frame(pd.DataFrame({"g": ["a", "b"] * 20, "y": [1, 2, 2, 1, 1] * 8}))
    found = compare(data, "y", "g", method="rao_scott_f", code="1")
    assert found.answer == 1
    assert found.effect == compare(data, "y", "g", method="rao_scott_f", code=1).effect


@pytest.mark.parametrize("of", ["met", "hard", "place", "safe"])
def test_a_comparison_looks_at_each_column_once_and_the_estimates_of_its_groups_once_more(
    of: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    encoded = Survey.encoded
    monkeypatch.setattr(Survey, "encoded", lambda one, name: (asked.append(name), encoded(one, name))[1])
    by = "safe" if of == "met" else "met"
    compare(survey(), of=of, by=by)
    assert {name: asked.count(name) for name in (of, by)} == {of: 2, by: 2}


def test_types_say_that_one_outcome_gives_a_comparison_and_several_a_battery() -> None:
    shapes = [(form.__annotations__["of"], form.__annotations__["return"]) for form in get_overloads(compare)]
    assert shapes == [("str", "Comparison"), ("Sequence[str]", "Battery")]
    assert type(compare(survey(), of="hard", by="met")).__name__ == "Comparison"
    assert type(compare(survey(), of=["hard"], by="met")).__name__ == "Battery"


@pytest.mark.filterwarnings("ignore:.*keeps its level", "ignore:.*has fewer than")
@pytest.mark.parametrize("by", ["awards", "is_E", "is_M"])
def test_a_t_test_of_averaged_strata_is_that_of_a_model_of_the_groups_as_in_r(by: str) -> None:
    # Groups that lie in other strata: each averages over its own, and their difference over those of both.
    data = survey_from_frame(r_frame("apisrs_lonely40"), strata="h", weights="pw", single_unit="average")
    found = compare(data, "api00", by, method="t_test")
    row = regress(data, "api00", [by]).table.iloc[1]
    assert found.p_value == pytest.approx(row["p_value"], rel=1e-9)
    assert (found.ci_low, found.ci_high) == pytest.approx((row["ci_low"], row["ci_high"]), rel=1e-9)
