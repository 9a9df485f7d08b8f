"""Designs of an effect against R (tests/reference/monitoring/03 and 06): svyglm, clubSandwich, counting every way."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import stagekansen_lib as sk
from stagekansen_lib.effects.enumerating import permute, randomise
from stagekansen_lib.surveys.surveys import Survey
from tests.monitoring_values import FOLDER, agrees, normal, value, whole_report

DID, WAITING = "03_did", "06_waiting"
OUTCOMES: dict[str, Any] = {"score": None, "yes": 1}


@cache
def schools(weights: str | None = "weight", clusters: str | None = "school") -> Survey:
    return sk.survey_from_frame(pd.read_csv(FOLDER / DID / "schools.csv"), weights=weights, clusters=clusters)


def did(survey: Survey, of: str, method: str = "design", **also: Any) -> Any:
    return sk.difference_in_differences(survey, of=of, group="treated", wave="post", code=OUTCOMES[of], method=method,
                                        **also)  # fmt: skip


@pytest.mark.parametrize("of", OUTCOMES)
def test_the_design_based_difference_in_differences_is_svyglm(of: str) -> None:
    found = did(schools(), of)
    theirs = value(DID, f"svyglm.{of}.gaussian")
    ours = (found.estimate, found.se, found.p_value, found.ci_low, found.ci_high)
    assert ours == pytest.approx(tuple(theirs[name][3] for name in ("coef", "se", "p", "low", "high")), rel=1e-6)
    assert found.df == theirs["df"]
    family = {"gaussian": "gaussian", "quasibinomial": "binomial"}
    for name, own in family.items():
        if f"svyglm.{of}.{name}" in ("svyglm.score.quasibinomial",):
            continue
        model = sk.regress(schools(), of=of, on=["treated*post"], family=own)
        table = model.table
        agrees(DID, f"svyglm.{of}.{name}",
               {"coef": table["estimate"], "se": table["se"], "t": table["statistic"], "p": table["p_value"],
                "df": model.df, "low": table["ci_low"], "high": table["ci_high"]}, least=1e-10)  # fmt: skip


def test_the_gap_between_the_groups_changes_as_much_in_a_panel_of_schools() -> None:
    rows = pd.read_csv(FOLDER / DID / "schools.csv")
    waves = [
        sk.survey_from_frame(rows[rows["post"] == post].reset_index(drop=True), weights="weight", clusters="school")
        for post in (0, 1)
    ]
    line = sk.change(*waves, of="score", statistic="mean", gap_by="treated", panel="school").table.iloc[0]
    ours = {"estimate": line["change"], "se": line["se"], "df": line["df"], "t_low": line["ci_low"],
            "t_high": line["ci_high"], "t_p": line["p_value"],
            "smallest_detectable": line["smallest_detectable"]}  # fmt: skip
    agrees(DID, "svycontrast.score.did", ours | normal(line["change"], line["se"]))
    cells = sk.mean(schools(), of="score", by=["post", "treated"]).table
    # R names its cells treated.post, ours come wave by wave.
    agrees(DID, "svyby.score.cells", {"estimate": cells["estimate"], "se": cells["se"]})


@pytest.mark.parametrize("weights", ["weight", None])
@pytest.mark.parametrize("of", OUTCOMES)
def test_with_cr2_it_is_clubsandwich(of: str, weights: str | None) -> None:
    kind = "weighted" if weights else "unweighted"
    theirs = value(DID, f"CR2_Satterthwaite.{of}.{kind}")
    # The clusters may be named in the call as well.
    for found in (did(schools(weights), of, "cr2"), did(schools(weights, None), of, "cr2", clusters="school")):
        ours = (found.estimate, found.se, found.df, found.p_value, found.ci_low, found.ci_high)
        assert ours == pytest.approx(
            tuple(theirs[name][3] for name in ("coef", "se", "df", "p", "low", "high")), rel=1e-7
        )
    table = sk.regress(schools(weights), of=of, on=["treated*post"], variance="cr2").table
    agrees(DID, f"CR2_Satterthwaite.{of}.{kind}",
           {"coef": table["estimate"], "se": table["se"], "t": table["statistic"], "df": table["df"],
            "p": table["p_value"], "low": table["ci_low"], "high": table["ci_high"]}, least=1e-9)  # fmt: skip
    agrees(DID, f"CR2.{of}.{kind}.se", table["se"])


@pytest.mark.parametrize("weights", ["weight", None])
@pytest.mark.parametrize("of", OUTCOMES)
def test_the_wild_bootstrap_counts_every_pattern_of_signs(of: str, weights: str | None) -> None:
    kind = "weighted" if weights else "unweighted"
    found = did(schools(weights), of, "wild_bootstrap")
    details = found.details
    ours = {"t_without_correction": details["t_without_correction"], "t_CR1S": details["t_CR1S"],
            "draws": details["ways"], "count_at_least": details["count_two_sided"], "p_at_least": found.p_value,
            "count_more": details["count_more"], "p_equal_tailed": details["p_equal_tailed"],
            "quantiles_abs_t": [details[f"quantile_{q}"] for q in ("0.5", "0.9", "0.95")]}  # fmt: skip
    agrees(DID, f"wild_cluster_bootstrap.{of}.{kind}", ours)
    if of == "score":
        agrees(DID, f"wild_cluster_bootstrap.score.{kind}.interval",
               {"estimate": found.estimate, "low": found.ci_low, "high": found.ci_high,
                "p_at_zero": found.p_value})  # fmt: skip


def test_the_randomisation_test_counts_every_way_in_which_schools_could_have_been_treated() -> None:
    found = did(schools(), "score", "randomisation")
    details = found.details
    ours = {"estimate": found.estimate, "assignments": details["ways"], "count_two_sided": details["count_two_sided"],
            "p_two_sided": found.p_value, "count_greater": details["count_greater"], "p_greater": details["p_greater"],
            "count_less": details["count_less"], "p_less": details["p_less"],
            "interval_95": [found.ci_low, found.ci_high]}  # fmt: skip
    agrees(DID, "randomisation.score", ours)
    assert np.isnan(found.se)
    assert (found.clusters, found.n) == (12, len(schools()))


def test_changes_of_schools_can_be_ranked_or_taken_to_cr2_and_a_t_test() -> None:
    changes = value(DID, "school_changes")
    rows = pd.DataFrame(changes)
    test = permute(rows["change"].rank().to_numpy(), rows["treated"].to_numpy())
    ours = {"estimate": test.estimate, "assignments": test.ways, "count_two_sided": test.two_sided,
            "p_two_sided": test.p_value, "count_greater": test.greater,
            "p_greater": test.greater / test.ways, "count_less": test.less,
            "p_less": test.less / test.ways}  # fmt: skip
    agrees(DID, "randomisation.score_ranks", ours)
    survey = sk.survey_from_frame(rows, clusters="school")
    table = sk.regress(survey, of="change", on=["treated"], variance="cr2").table
    agrees(DID, "school_changes.CR2",
           {"coef": table["estimate"], "se": table["se"], "df": table["df"], "p": table["p_value"]})  # fmt: skip
    found = sk.waiting_list(survey, of="change", group="school", treated="treated")
    welch = value(DID, "school_changes.two_sample")["welch"]
    pooled = {"se": found.se, "df": found.df, "p": found.p_value, "low": found.ci_low, "high": found.ci_high}
    agrees(DID, "school_changes.two_sample", {"estimate": found.estimate, "pooled": pooled})
    for name in ("se", "df", "p"):
        assert found.details[f"welch_{name}"] == pytest.approx(welch[name], rel=1e-8)


def test_the_change_of_each_school_is_that_of_r() -> None:
    rows = pd.read_csv(FOLDER / DID / "schools.csv")
    waves = [sk.survey_from_frame(part.reset_index(drop=True), weights="weight") for _, part in rows.groupby("post")]
    moved = sk.change(*waves, of="score", statistic="mean", by="school").table
    treated = rows.groupby("school")["treated"].first()
    agrees(DID, "school_changes", {"change": moved["change"], "treated": treated[moved["school"]]})


def test_fast_food_in_new_jersey_and_pennsylvania() -> None:
    """Card and Krueger (1994), Table 3 and the regression on all stores."""
    stores = pd.read_csv(FOLDER / DID / "card_krueger.csv")
    stores["nj"] = (stores["state"] == "NJ").astype(int)
    stores["change"] = stores["fte_after"] - stores["fte_before"]
    closed = stores["second_interview"].isin([2, 4, 5])
    stores["closed_as_zero"] = stores["fte_after"].where(~closed, 0.0) - stores["fte_before"]
    states = [sk.survey_from_frame(part.reset_index(drop=True)) for _, part in stores.groupby("nj")]
    rows = {
        "row1": "fte_before", "row2": "fte_after", "row4_balanced": "change", "row5_closed_as_zero": "closed_as_zero",
    }  # fmt: skip
    means = {}
    for row, of in rows.items():
        (pa, pa_se), (nj, nj_se) = (sk.mean(state, of=of).table[["estimate", "se"]].iloc[0] for state in states)
        agrees(DID, f"card_krueger.{row}", [pa, pa_se, nj, nj_se, nj - pa, np.hypot(pa_se, nj_se)])
        means[row] = (pa, nj)
    long = pd.concat([
        stores[["store", "nj"]].assign(after=after, fte=stores[name])
        for after, name in ((0, "fte_before"), (1, "fte_after"))
    ], ignore_index=True)  # fmt: skip
    found = sk.difference_in_differences(
        sk.survey_from_frame(long), of="fte", group="nj", wave="after", method="cr2", clusters="store"
    )
    moved = [means["row2"][at] - means["row1"][at] for at in (0, 1)]
    agrees(DID, "card_krueger.row3_change_in_means", [*moved, found.estimate])
    table = sk.regress(sk.survey_from_frame(long, clusters="store"), of="fte", on=["nj*after"], variance="cr2").table
    agrees(DID, "card_krueger.regression",
           {"n": found.n, "coef": table["estimate"], "se_CR2_store": table["se"], "df_Satterthwaite": table["df"],
            "p": table["p_value"]})  # fmt: skip
    assert (found.estimate, found.se) == pytest.approx((table["estimate"][3], table["se"][3]))


def test_the_models_of_fast_food_with_ordinary_errors_are_the_printed_ones() -> None:
    """Card and Krueger (1994), Table 4, models i and ii."""
    stores = pd.read_csv(FOLDER / DID / "card_krueger.csv")
    seen = stores[["fte_before", "fte_after", "wage_before"]].notna().all(axis=1)
    stores = stores[seen & (stores["wage_after"].notna() | (stores["fte_after"] == 0))].reset_index(drop=True)
    agrees(DID, "card_krueger.table4.n", len(stores))
    stores = stores.assign(nj=(stores["state"] == "NJ") * 1, change=stores["fte_after"] - stores["fte_before"])
    survey = sk.survey_from_frame(stores)
    for model, on in (("i", ["nj"]), ("ii", ["nj", "C(chain)", "company_owned"])):
        with pytest.warns(sk.DoubtWarning):
            fit = sk.to_statsmodels(sk.regress(survey, f"change ~ {' + '.join(on)}"))
        agrees(DID, f"card_krueger.table4.model_{model}", [fit.params["nj"], fit.bse["nj"]])
    plain = sk.waiting_list(survey, of="change", group="store", treated="nj")
    agrees(DID, "card_krueger.table4.model_i", [plain.estimate, plain.se])


def test_seven_villages_of_which_two_were_treated() -> None:
    """Gerber and Green (2012), section 3.4."""
    theirs = value(DID, "villages")
    rows = pd.DataFrame({"y": theirs["y"], "treated": theirs["treated"], "village": range(7)})
    found = sk.waiting_list(
        sk.survey_from_frame(rows), of="y", group="village", treated="treated", method="permutation"
    )
    details = found.details
    agrees(DID, "villages",
           {"estimate": found.estimate, "assignments": details["ways"], "count_two_sided": details["count_two_sided"],
            "p_two_sided": found.p_value, "count_greater": details["count_greater"],
            "p_greater": details["p_greater"], "count_less": details["count_less"],
            "p_less": details["count_less"] / details["ways"]})  # fmt: skip
    ours = [found.estimate, details["count_greater"], details["count_two_sided"], details["ways"]]
    agrees(DID, "villages.published", ours)


def test_where_all_ways_are_too_many_they_are_drawn_and_the_seed_gives_the_same_again() -> None:
    random = np.random.default_rng(3)
    values, treated = random.normal(size=40), np.repeat([1, 0], 20)
    values[:20] += 1.5
    first, again = randomise(values, treated), randomise(values, treated)
    assert first == again
    assert not first.exact
    assert first.p_value < 0.001
    assert first.low < first.estimate < first.high
    spread = 1.96 * np.sqrt(values[:20].var(ddof=1) / 20 + values[20:].var(ddof=1) / 20)
    assert first.high - first.low == pytest.approx(2 * spread, rel=0.15)


def test_with_so_few_schools_that_nothing_can_be_refused_there_is_no_interval() -> None:
    rows = pd.DataFrame({"y": [5.0, 6, 7, 9], "post": [0, 0, 1, 1], "school": [1, 2, 1, 2], "treated": [0, 1, 0, 1]})
    found = sk.difference_in_differences(
        sk.survey_from_frame(rows), of="y", group="treated", wave="post", method="randomisation", clusters="school"
    )
    assert (found.p_value, found.details["ways"]) == (1.0, 2)
    assert np.isnan(found.ci_low)
    assert found.verdict == "not_shown"
    assert "p = 1.000" in found.sentence("en")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"method": "magic"}, "method is 'magic'"),
        ({"group": "school"}, "'school' has 12 answers"),
        ({"code": 4}, "'yes' has no answer 4"),
        ({"clusters": "class"}, "There is no column 'class'"),
        ({"of": "nothing"}, "nothing"),
        ({"group": "post"}, "do not make four groups"),
    ],
)
def test_a_difference_in_differences_that_cannot_be_is_refused(change: dict[str, Any], text: str) -> None:
    asked: dict[str, Any] = {"of": "yes", "group": "treated", "wave": "post", "code": 1} | change
    with pytest.raises(sk.InputError, match=text):
        sk.difference_in_differences(schools(), **asked)


def test_without_clusters_only_the_design_based_one_goes() -> None:
    for method in ("cr2", "wild_bootstrap", "randomisation"):
        with pytest.raises(sk.InputError, match="the survey has none"):
            did(schools(clusters=None), "score", method)
    assert did(schools(clusters=None), "score").clusters == len(schools())


def test_a_school_that_is_treated_in_part_or_seen_once_has_no_randomisation_test() -> None:
    rows = schools().rows
    torn = rows.assign(treated=np.where(rows.index == 0, 1 - rows["treated"], rows["treated"]))
    with pytest.raises(sk.InputError, match="1 clusters are treated in part"):
        did(sk.survey_from_frame(torn, clusters="school"), "score", "randomisation")
    once = rows[~((rows["school"] == "s01") & (rows["post"] == 0))].reset_index(drop=True)
    with pytest.raises(sk.InputError, match="answers in one wave only"):
        did(sk.survey_from_frame(once, clusters="school"), "score", "randomisation")


# Waiting lists -------------------------------------------------------------------------------------------------------


@cache
def workshop() -> Survey:
    return sk.survey_from_frame(pd.read_csv(FOLDER / WAITING / "waiting_list.csv"))


def waiting(of: str, method: str, **also: Any) -> Any:
    return sk.waiting_list(workshop(), of=of, group="group", treated="arm", method=method, **also)


T = {"estimate": "estimate", "se": "se", "df": "df", "p": "p_value", "low": "ci_low", "high": "ci_high"}


@pytest.mark.parametrize("of", ["middle", "passed"])
def test_groups_that_came_first_against_groups_that_waited_are_compared_as_r_does(of: str) -> None:
    found = waiting(of, "means")
    ours = {theirs: getattr(found, own) for theirs, own in T.items()} | {"t": found.estimate / found.se}
    ours |= {name: found.details[name] for name in ("welch_df", "welch_p", "welch_se")}
    agrees(WAITING, f"waiting.{of}.t_on_means", ours)
    agrees(WAITING, f"waiting.{of}.weighted_by_size",
           {name: found.details[f"by_size_{name}"] for name in ("estimate", "se", "p")})  # fmt: skip
    counted(f"waiting.{of}.permutation", waiting(of, "permutation"))
    table = sk.regress(replace_clusters(), of=of, on=["arm"], variance="cr2").table
    agrees(WAITING, f"waiting.{of}.CR2",
           {"coef": table["estimate"], "se": table["se"], "df": table["df"], "p": table["p_value"]})  # fmt: skip
    cr2 = waiting(of, "cr2")
    assert (cr2.estimate, cr2.se, cr2.df) == pytest.approx((table["estimate"][1], table["se"][1], table["df"][1]))


def replace_clusters() -> Survey:
    return sk.survey_from_frame(workshop().rows, clusters="group")


def counted(key: str, found: Any) -> None:
    details = found.details
    agrees(WAITING, key,
           {"assignments": details["ways"], "count_two_sided": details["count_two_sided"], "p_two_sided": found.p_value,
            "p_greater": details["p_greater"]})  # fmt: skip


def test_the_mean_before_as_covariate_as_change_and_in_a_permutation() -> None:
    adjusted = waiting("middle", "covariance")
    ours = {theirs: getattr(adjusted, own) for theirs, own in T.items()}
    agrees(WAITING, "waiting.middle.adjusted_for_before",
           ours | {"t": adjusted.estimate / adjusted.se, "slope": adjusted.details["slope"]})  # fmt: skip
    counted("waiting.middle.adjusted_permutation", waiting("middle", "permutation", before="before"))
    change = waiting("middle", "means", before="before")
    agrees(WAITING, "waiting.middle.change", {name: getattr(change, own) for name, own in list(T.items())[:4]})
    moved = workshop().rows.assign(moved=workshop().rows["middle"] - workshop().rows["before"])
    survey = sk.survey_from_frame(moved)
    found = sk.waiting_list(survey, of="moved", group="group", treated="arm", method="permutation")
    counted("waiting.middle.change_permutation", found)


def test_pairs_of_groups_are_compared_within_pairs() -> None:
    found, exact = waiting("middle", "means", pair="pair"), waiting("middle", "permutation", pair="pair")
    agrees(WAITING, "waiting.pairs",
           {"estimate": found.estimate, "se": found.se, "df": found.df, "p": found.p_value,
            "assignments": exact.details["ways"], "count_two_sided": exact.details["count_two_sided"],
            "p_exact": exact.p_value})  # fmt: skip
    with pytest.raises(sk.InputError, match="does not make pairs"):
        waiting("middle", "means", pair="arm")


def test_how_alike_students_of_a_group_are() -> None:
    found = sk.group_spread(workshop(), of="middle", group="group", treated="arm")
    agrees(WAITING, "waiting.icc", {name: getattr(found, name) for name in value(WAITING, "waiting.icc")})
    means = sk.mean(workshop(), of="middle", by="group").table
    agrees(WAITING, "groups", {"middle": means["estimate"], "n": means["n"]})
    for of in ("before", "end", "passed", "arm", "pair"):
        agrees(WAITING, "groups", {of: sk.mean(workshop(), of=of, by="group").table["estimate"]})


def test_groups_that_waited_before_and_after_their_own_workshop() -> None:
    late = workshop().rows.query("arm == 0").groupby("group")[["middle", "end"]].mean()
    line = sk.mean(sk.survey_from_frame(late.assign(moved=late["end"] - late["middle"])), of="moved").table.iloc[0]
    tested = whole_report(line["estimate"], line["se"], len(late) - 1)
    agrees(WAITING, "waiting.late_groups_before_after",
           {"estimate": line["estimate"], "se": line["se"], "df": len(late) - 1, "p": tested["t_p"]})  # fmt: skip


@pytest.mark.parametrize("method", ["means", "covariance", "permutation", "cr2"])
def test_an_outcome_that_is_the_same_for_all_shows_no_difference_out_of_rounding(method: str) -> None:
    rows = workshop().rows.assign(same=0.1)
    with pytest.raises(sk.InputError, match="Everyone here has the same outcome"):
        sk.waiting_list(sk.survey_from_frame(rows), of="same", group="group", treated="arm", method=method)
    for did_method in ("design", "cr2", "wild_bootstrap", "randomisation"):
        survey = sk.survey_from_frame(schools().rows.assign(score=0.1), clusters="school")
        with pytest.raises(sk.InputError, match="Everyone here has the same outcome"):
            did(survey, "score", did_method)


def test_schools_that_all_change_alike_show_no_effect() -> None:
    rows = schools().rows
    alike = sk.survey_from_frame(rows.assign(score=0.1 + 0.2 * rows["post"]), clusters="school")
    for method in ("design", "cr2", "wild_bootstrap", "randomisation"):
        found = did(alike, "score", method)
        assert found.estimate == pytest.approx(0, abs=1e-12)
        assert found.verdict == "not_shown", method


def test_a_covariate_that_is_the_same_in_every_group_is_refused() -> None:
    rows = sk.survey_from_frame(workshop().rows.assign(before=50.0))
    for method in ("covariance", "permutation"):
        with pytest.raises(sk.InputError, match="the same in every group"):
            sk.waiting_list(rows, of="middle", group="group", treated="arm", method=method, before="before")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"method": "t"}, "method is 't'"),
        ({"group": "school"}, "There is no column 'school'"),
        ({"treated": "passed"}, "groups are in both arms"),
        ({"treated": "group"}, "'group' has 12 answers"),
        ({"before": "start"}, "start"),
    ],
)
def test_a_waiting_list_that_is_none_is_refused(change: dict[str, Any], text: str) -> None:
    asked: dict[str, Any] = {"of": "middle", "group": "group", "treated": "arm"} | change
    with pytest.raises(sk.InputError, match=text):
        sk.waiting_list(workshop(), **asked)


def test_a_covariate_needs_a_column_before() -> None:
    plain = sk.survey_from_frame(workshop().rows.drop(columns="before"))
    with pytest.raises(sk.InputError, match="Give before='column'"):
        sk.waiting_list(plain, of="middle", group="group", treated="arm", method="covariance")


def test_with_few_degrees_of_freedom_the_sentence_says_that_almost_nothing_can_be_shown() -> None:
    rows = pd.DataFrame({"y": [5.0, 6, 7, 9], "arm": [0, 0, 1, 1], "school": [1, 2, 3, 4]})
    found = sk.waiting_list(sk.survey_from_frame(rows), of="y", group="school", treated="arm")
    assert found.df == 2
    assert "can show almost nothing" in found.sentence("en")
    assert "bijna niets" in found.sentence("nl")
    assert "<table>" in found._repr_html_()
    made_up = replace(found, provenance=replace(found.provenance, synthetic=True))
    assert "synthetic" in repr(made_up)
    assert made_up.sentence("en").startswith("Example with made-up data")


# Placebo -------------------------------------------------------------------------------------------------------------


def before_waves(drift: float) -> Survey:
    random = np.random.default_rng(11)
    rows = [
        (treated, wave, 6 + drift * treated * wave + random.normal())
        for treated in (0, 1) for wave in (2022, 2023, 2024) for _ in range(150)
    ]  # fmt: skip
    return sk.survey_from_frame(pd.DataFrame(rows, columns=["treated", "wave", "score"]))


def test_a_placebo_before_the_start_passes_where_groups_move_alike_and_fails_where_they_do_not() -> None:
    asked: dict[str, Any] = {"of": "score", "group": "treated", "wave": "wave", "start": 2024}
    alike, apart = sk.pre_trend(before_waves(0.0), **asked), sk.pre_trend(before_waves(1.5), **asked)
    assert (alike.passed, apart.passed) == (True, False)
    assert alike.table[["from", "to"]].to_numpy().tolist() == [[2022, 2023]]
    assert 0 < alike.smallest_detectable < 1
    assert "did not demonstrably change" in alike.sentence("en")
    with pytest.raises(sk.InputError, match="A placebo needs two waves"):
        sk.pre_trend(before_waves(0.0), **{**asked, "start": 2023})


def test_students_that_were_asked_one_by_one_are_not_called_groups() -> None:
    random = np.random.default_rng(3)
    rows = pd.DataFrame({name: random.integers(0, 2, 200) for name in ("said", "had", "later")})
    asked: dict[str, Any] = {"of": "said", "group": "had", "wave": "later", "code": 1}
    alone = sk.difference_in_differences(sk.survey_from_frame(rows), **asked)
    assert "; 200 answers)" in alone.sentence("en")
    assert "; 200 antwoorden)" in alone.sentence("nl")
    rows["school"] = np.arange(200) % 10
    together = sk.difference_in_differences(sk.survey_from_frame(rows, clusters="school"), **asked)
    assert "; 10 groepen)" in together.sentence("nl")
