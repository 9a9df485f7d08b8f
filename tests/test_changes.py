"""Waves under one another and the change between them, against R's survey package (tests/reference/monitoring/01)."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import stagekansen_lib as sk
from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.surveys import Survey
from tests.monitoring_values import FOLDER, agrees, normal, stored, value, whole_report
from tests.small_surveys import BOOK

TOPIC = "01_change"
HOME = FOLDER / TOPIC
ASKED: dict[str, dict[str, Any]] = {
    "knows_change": {"of": "knows", "code": 1},
    "experience_change": {"of": "experience", "code": 1},
    "applications_change": {"of": "applications", "statistic": "mean"},
    "hard_gap_change": {"of": "difficulty", "code": 5, "gap_by": "experience"},
    "knows_gap_change": {"of": "knows", "code": 1, "gap_by": "experience"},
    "applications_log_ratio_change": {"of": "applications", "statistic": "ratio", "gap_by": "experience"},
    "knows_log_ratio": {"of": "knows", "code": 1, "scale": "log"},
}
# How the two waves were made, whether units come back, and the key of the values.
DESIGNS = {
    "independent.raked": ("waves", "raked", None),
    "independent.weights_only": ("waves", "given", None),
    "same_schools_clustered": ("waves", "clustered", "school"),
    "panel.raked": ("panel", "raked", "id"),
    "panel.weights_only": ("panel", "given", "id"),
}
CI = {"change": "estimate", "se": "se", "df": "df", "ci_low": "t_low", "ci_high": "t_high", "p_value": "t_p",
      "smallest_detectable": "smallest_detectable"}  # fmt: skip


@cache
def waves(file: str, kind: str) -> tuple[Survey, Survey]:
    rows = pd.read_csv(HOME / f"{file}.csv")
    margins = pd.read_csv(HOME / ("margins.csv" if file == "waves" else "panel_margins.csv"))
    made = []
    for wave in (1, 2):
        own = rows[rows["wave"] == wave].reset_index(drop=True)
        if kind == "clustered":
            made.append(sk.survey_from_frame(own, weights="raked_weight", clusters="school"))
            continue
        weight = "base_weight" if kind == "raked" else "raked_weight"
        survey = sk.survey_from_frame(own, weights=weight, strata="school")
        if kind == "raked":
            counts = margins[margins["wave"] == wave].groupby("variable")
            to = {name: dict(zip(part["answer"], part["total"], strict=True)) for name, part in counts}
            survey = sk.rake(survey, to=to, tolerance=1e-12)
        made.append(survey)
    return made[0], made[1]


def in_both_waves() -> tuple[Survey, Survey]:
    both = [set(wave.rows["school"]) for wave in waves("waves", "raked")]
    first, last = (sk.subset(wave, {"school": sorted(both[0] & both[1])}) for wave in waves("waves", "raked"))
    return first, last


def row(found: Any) -> dict[str, float]:
    line = found.table.iloc[0]
    found = {theirs: float(line[ours]) for ours, theirs in CI.items()}
    return found | normal(found["estimate"], found["se"])


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("design", DESIGNS)
def test_a_change_with_its_margin_is_that_of_r(design: str, asked: str) -> None:
    file, kind, panel = DESIGNS[design]
    found = sk.change(*waves(file, kind), panel=panel, **ASKED[asked])
    agrees(TOPIC, f"{design}.{asked}", row(found))
    line = found.table.iloc[0]
    name = asked.removesuffix("_change")
    if f"{design}.{name}_1" in stored(TOPIC):
        agrees(TOPIC, f"{design}.{name}_1", {"estimate": line["before"]})
        agrees(TOPIC, f"{design}.{name}_2", {"estimate": line["after"]})


@pytest.mark.parametrize("asked", ["knows_change", "experience_change", "hard_gap_change"])
def test_the_schools_in_both_waves_are_a_subset_of_each(asked: str) -> None:
    first, last = in_both_waves()
    found = sk.change(first, last, **ASKED[asked])
    agrees(TOPIC, f"schools_in_both_waves.{asked}", row(found))
    if asked == "knows_change":
        for at, (name, side) in enumerate((("knows_1", "before"), ("knows_2", "after"))):
            agrees(TOPIC, f"schools_in_both_waves.{name}", {"estimate": found.table[side][0]})
            line = sk.mean((first, last)[at], of="knows").table.iloc[0]
            df = value(TOPIC, f"schools_in_both_waves.{name}")["df"]
            agrees(TOPIC, f"schools_in_both_waves.{name}", whole_report(line["estimate"], line["se"], df))


def test_a_panel_taken_as_two_samples_has_the_larger_error_of_r() -> None:
    found = sk.change(*waves("panel", "given"), of="knows", code=1)
    agrees(TOPIC, "panel.as_if_independent.knows_change", row(found))
    assert found.table["se"][0] > sk.change(*waves("panel", "given"), of="knows", code=1, panel="id").table["se"][0]


@pytest.mark.parametrize("design", DESIGNS)
def test_estimates_and_covariance_in_the_stacked_waves_are_those_of_r(design: str) -> None:
    file, kind, panel = DESIGNS[design]
    whole = sk.stack(waves(file, kind), names=[1, 2], panel=panel)
    df = value(TOPIC, f"{design}.knows_1")["df"]
    for of, key in (("knows", "knows"), ("experience", "experience"), ("applications", "applications")):
        found = sk.mean(whole, of=of, by="wave", df=df)
        for at, line in enumerate(found.table.to_dict("records")):
            ours = {"t_low": line["ci_low"], "t_high": line["ci_high"]}
            agrees(TOPIC, f"{design}.{key}_{at + 1}", whole_report(line["estimate"], line["se"], df) | ours)
        if of == "knows":
            agrees(TOPIC, f"{design}.knows_covariance", found.covariance[0, 1])


@pytest.mark.parametrize("design", DESIGNS)
def test_the_gap_of_each_wave_has_the_margin_of_r(design: str) -> None:
    """Difference and log of the ratio of two groups in one wave, from the covariance of the means of the groups."""
    file, kind, panel = DESIGNS[design]
    whole = sk.stack(waves(file, kind), names=[1, 2], panel=panel)
    hard = whole.rows["difficulty"].eq(5).astype(float).where(whole.rows["difficulty"].notna())
    whole = replace(whole, rows=whole.rows.assign(hard=hard), _encoded={})
    df = value(TOPIC, f"{design}.knows_1")["df"]
    for key, of in (("hard_gap", "hard"), ("knows_gap", "knows"), ("applications_log_ratio", "applications")):
        found = sk.mean(whole, of=of, by=["wave", "experience"])
        estimates = found.table["estimate"].to_numpy()
        for at in (0, 1):
            places = [2 * at + 1, 2 * at]
            ends, signs = estimates[places], np.array([1.0, -1.0])
            slopes = signs / ends if key == "applications_log_ratio" else signs
            gap = signs @ (np.log(ends) if key == "applications_log_ratio" else ends)
            se = np.sqrt(slopes @ found.covariance[np.ix_(places, places)] @ slopes)
            agrees(TOPIC, f"{design}.{key}_{at + 1}", whole_report(gap, se, df))


def stayers() -> pd.DataFrame:
    rows = pd.read_csv(HOME / "panel.csv")
    first, last = (rows[rows["wave"] == wave].set_index("id") for wave in (1, 2))
    return first.add_suffix("_1").join(last.add_suffix("_2"), how="inner").reset_index()


def test_respondents_in_both_waves_have_the_paired_tests_of_r() -> None:
    rows = stayers().assign(moved=lambda both: both["applications_2"] - both["applications_1"])
    plain = sk.mean(sk.survey_from_frame(rows), of="moved").table.iloc[0]
    df = plain["n"] - 1
    ours = whole_report(plain["estimate"], plain["se"], df)
    agrees(TOPIC, "panel.stayers.unweighted_paired_t",
           {"n": plain["n"], "estimate": plain["estimate"], "se": plain["se"], "t": plain["estimate"] / plain["se"],
            "df": df, "low": plain["ci_low"], "high": plain["ci_high"], "p": ours["t_p"]})  # fmt: skip
    survey = sk.survey_from_frame(rows, weights="raked_weight_2", strata="school_1")
    line = sk.mean(survey, of="moved").table.iloc[0]
    df = len(rows) - rows["school_1"].nunique()
    ours = {"t_low": line["ci_low"], "t_high": line["ci_high"]}
    agrees(TOPIC, "panel.stayers.weighted", whole_report(line["estimate"], line["se"], df) | ours)


def test_who_changed_of_mind_is_counted_as_in_mcnemars_test() -> None:
    rows = stayers().dropna(subset=["knows_1", "knows_2"])
    kinds = rows.groupby(["knows_1", "knows_2"]).size()
    both, up, down, neither = (int(kinds[kind]) for kind in ((1, 1), (0, 1), (1, 0), (0, 0)))
    found = sk.correspondence_test(counts={"both": both, "first_only": up, "second_only": down, "neither": neither})
    parts = [sk.survey_from_frame(rows.rename(columns={f"knows_{at}": "knows"})[["id", "knows"]]) for at in (1, 2)]
    line = sk.change(*parts, of="knows", code=1, panel="id").table.iloc[0]
    # Ours has n - 1 under the line where that formula has n.
    error = line["se"] * np.sqrt((len(rows) - 1) / len(rows))
    ours = {"n": len(rows), "both": both, "up": up, "down": down, "neither": neither, "difference": line["change"],
            "se": error, "mcnemar_exact_p": found.p_value}  # fmt: skip
    agrees(TOPIC, "panel.stayers.unweighted_share", ours)


@pytest.mark.parametrize("outcome", ["gaussian.knows", "gaussian.applications", "quasibinomial.knows"])
@pytest.mark.parametrize("design", ["independent.raked", "independent.weights_only", "panel.weights_only"])
def test_a_model_of_the_stacked_waves_is_svyglm(design: str, outcome: str) -> None:
    file, kind, panel = DESIGNS[design]
    family, of = outcome.split(".")
    whole = sk.stack(waves(file, kind), names=[1, 2], panel=panel)
    own = {"gaussian": "gaussian", "quasibinomial": "binomial"}[family]
    found = sk.regress(whole, of=of, on=["wave*experience"], family=own)
    names = {"estimate": "coef", "se": "se", "statistic": "t", "p_value": "p"}
    ours = {theirs: found.table[mine].to_numpy() for mine, theirs in names.items()}
    agrees(TOPIC, f"{design}.interaction.{outcome}", {**ours, "residual_df": found.df}, least=1e-10)
    test = found.test("wave:experience")
    agrees(TOPIC, f"{design}.interaction.{outcome}.wald",
           {"F": test.statistic, "df": test.df, "ddf": test.df_denominator, "p": test.p_value})  # fmt: skip


def frame(**columns: Any) -> Survey:
    return sk.survey_from_frame(pd.DataFrame(columns))


def named(wave: Survey, **also: Any) -> Survey:
    return replace(wave, provenance=replace(wave.provenance, **also))


def test_stacked_waves_keep_labels_synthetic_self_selected_and_the_history_of_each() -> None:
    first = sk.survey_from_frame(pd.DataFrame({"safe": [1, 0, 1]}), codebook=BOOK)
    last = sk.survey_from_frame(pd.DataFrame({"safe": [1, 1, 0]}), codebook=BOOK)
    first = named(first, survey="meting 2025", synthetic=True, history=("read a file",), sources=("duo",))
    last = named(last, survey="meting 2026", self_selected=True)
    whole = sk.stack([first, last])
    assert whole.rows["wave"].tolist() == [2025] * 3 + [2026] * 3
    assert whole.codebook["safe"].label("en") == "Safe"
    assert (whole.provenance.synthetic, whole.provenance.self_selected) == (True, True)
    assert whole.provenance.sources == ("duo",)
    assert whole.provenance.history[0] == "wave 2025: read a file"
    assert whole.provenance.history[-1] == "questions that changed from 2025 to 2026: none"


def test_questions_that_changed_are_told_and_an_absent_one_was_not_asked() -> None:
    safe = replace(BOOK.variables["safe"], label_nl="Voelde je je veilig?")
    other = Codebook("small", {**BOOK.variables, "safe": safe})
    first = sk.survey_from_frame(pd.DataFrame({"safe": [1, 0], "hours": [5, 6]}), codebook=BOOK)
    last = sk.survey_from_frame(pd.DataFrame({"safe": [1, 1], "level": [1, 2]}), codebook=other)
    first = replace(first, missing_reasons=pd.DataFrame({"safe": [None, None]}))
    whole = sk.stack({"a": first, "b": last})
    assert whole.provenance.history[-1] == (
        "questions that changed from a to b: safe (wording), hours (absent), level (new)"
    )
    assert whole.codebook["safe"].label("nl") == "Voelde je je veilig?"
    assert whole.missing_reasons is not None
    assert whole.missing_reasons["hours"].tolist()[2:] == ["not_asked", "not_asked"]
    assert whole.rows["hours"].isna().tolist() == [False, False, True, True]


def test_a_raked_stack_can_be_drawn_again_and_each_wave_is_weighted_by_itself() -> None:
    first, last = waves("waves", "raked")
    whole = sk.stack([first, last], names=[1, 2])
    drawn = sk.replicate(whole, n=60, seed=1)
    replicates = drawn.design.replicates
    assert replicates is not None
    for at, own in ((0, first), (len(first), last)):
        women = np.flatnonzero((own.rows["gender"] == "v").to_numpy())
        matrix = replicates.matrix()[at : at + len(own)]
        assert np.ptp(matrix[women].sum(axis=0)) < 1e-6 * matrix.sum() / 60


def test_clusters_of_another_wave_are_other_clusters_unless_they_are_named_as_a_panel() -> None:
    first, last = waves("waves", "clustered")
    apart, together = sk.stack([first, last], names=[1, 2]), sk.stack([first, last], names=[1, 2], panel="school")
    assert len(apart.design.stages[0].cluster_stratum) == 12
    assert len(together.design.stages[0].cluster_stratum) == 7


@pytest.mark.parametrize(
    ("surveys", "asked", "text"),
    [
        ([frame(a=[1, 2])], {}, "There are 1 waves"),
        (frame(a=[1, 2]), {}, "Give a list of surveys"),
        ([frame(a=[1, 2])] * 2, {"names": [1, 1]}, "2 waves and 1 different names"),
        ([frame(a=[1, 2])] * 2, {"names": "ab"}, "names is 'ab'"),
        ([frame(a=[1, 2], wave=[1, 2])] * 2, {}, "holds several values"),
        ([frame(a=[1, 2])] * 2, {"panel": "b"}, "There is no column 'b' in wave 1"),
        ([frame(a=[1, None])] * 2, {"panel": "a"}, "'a' is empty in rows of wave 1"),
        ([sk.subset(frame(a=[1, 2, 3]), [True, True, False])] * 2, {"panel": "a"}, "Stack whole waves"),
        ([sk.replicate(frame(a=[1, 2, 3, 4]), n=20, seed=1)] * 2, {}, "has replicate weights"),
    ],
)  # fmt: skip
def test_waves_that_cannot_stand_under_one_another_are_refused(surveys: Any, asked: Any, text: str) -> None:
    with pytest.raises(sk.InputError, match=text):
        sk.stack(surveys, **asked)


def test_a_subset_stays_a_subset_of_its_wave() -> None:
    first, last = waves("waves", "raked")
    part = {"gender": "v"}
    of_subsets = sk.stack([sk.subset(first, part), sk.subset(last, part)], names=[1, 2])
    of_whole = sk.subset(sk.stack([first, last], names=[1, 2]), part)
    ours, theirs = (sk.mean(each, of="knows", by="wave").table for each in (of_subsets, of_whole))
    pd.testing.assert_frame_equal(ours[["estimate", "se", "ci_low", "n"]], theirs[["estimate", "se", "ci_low", "n"]])


def test_each_group_has_its_change_and_a_group_of_one_wave_has_none() -> None:
    first, last = waves("waves", "given")
    found = sk.change(first, last, of="knows", code=1, by="school")
    assert found.table["school"].tolist() == ["A", "B", "C", "D", "E", "F", "G"]
    alone = found.table.set_index("school").loc[["F", "G"]]
    assert alone["change"].isna().all()
    assert np.isfinite(alone.loc["F", "before"])
    assert np.isfinite(alone.loc["G", "after"])
    assert found.verdicts[5:] == ("unknown", "unknown")
    own = sk.change(sk.subset(first, {"school": "A"}), sk.subset(last, {"school": "A"}), of="knows", code=1)
    assert found.table.iloc[0, 1:].tolist() == pytest.approx(own.table.iloc[0].tolist(), rel=1e-12)


def test_every_answer_has_a_row_and_the_changes_of_all_answers_add_up_to_nought() -> None:
    found = sk.change(*waves("waves", "given"), of="difficulty")
    assert found.table["code"].tolist() == [1, 2, 3, 4, 5]
    assert found.table["change"].sum() == pytest.approx(0, abs=1e-12)


def test_a_ratio_of_two_columns_is_the_ratio_of_their_totals() -> None:
    first, last = waves("waves", "given")
    found = sk.change(first, last, of="applications", to="difficulty", statistic="ratio").table.iloc[0]
    each = [sk.ratio(wave, of="applications", to="difficulty") for wave in (first, last)]
    assert found["after"] == each[1].table["estimate"][0]
    assert found["se"] == pytest.approx(np.hypot(*(one.table["se"][0] for one in each)), rel=1e-12)


def test_where_few_gave_an_answer_the_margin_holds_and_fits_its_p_value() -> None:
    none, some = (frame(safe=pd.Categorical([1] * yes + [0] * (200 - yes), [0, 1])) for yes in (0, 9))
    found = sk.change(none, some, of="safe", code=1)
    low, high, p_value = found.table[["ci_low", "ci_high", "p_value"]].iloc[0]
    assert 0 < low < 0.045 < high < 0.1
    assert p_value < 0.05
    assert found.verdicts == ("higher",)
    same = sk.change(none, none, of="safe", code=1)
    assert same.table["ci_low"][0] == -same.table["ci_high"][0] < 0
    assert same.verdicts == ("not_shown",)


def test_the_sentence_tells_the_waves_the_margin_and_what_could_have_been_seen() -> None:
    first, last = waves("waves", "raked")
    made = named(first, survey="meting 2024", synthetic=True), named(last, survey="meting 2026")
    told = sk.change(*(replace(one, rows=one.rows.drop(columns="wave")) for one in made), of="knows", code=1)
    assert told.waves == ("2024", "2026")
    assert told.sentence("en").startswith(
        "Example with made-up data, so not a finding. knows (1): 40.5% (2024) and 50.4%"
    )
    assert "no demonstrable difference" in told.sentence("en")
    assert re.search(r"8 times out of 10, a true change of 1[45]\.\d percentage points", told.sentence("en"))
    assert "geen aantoonbaar verschil" in told.labelled("nl").to_string()
    assert "synthetic" in repr(told)
    assert "<table>" in told._repr_html_()


def test_a_change_of_a_ratio_is_told_as_so_many_times_and_never_as_a_logarithm() -> None:
    first, last = waves("waves", "raked")
    found = sk.change(first, last, of="applications", statistic="ratio", gap_by="experience")
    times = np.exp(found.table.loc[0, ["before", "after", "change"]].to_numpy(dtype=float))
    told = found.sentence("en")
    assert f"{times[0]:.2f} (first wave) and {times[1]:.2f} (second wave). That is {times[2]:.2f} times" in told
    assert "no demonstrable difference" in told
    assert f"{times[1]:.2f}" in found.labelled("en").to_string()


def test_a_ratio_of_groups_of_which_one_has_nought_has_no_change() -> None:
    none, some = frame(hours=[0.0, 0, 1, 2], group=[1, 1, 0, 0]), frame(hours=[1.0, 1, 1, 2], group=[1, 1, 0, 0])
    found = sk.change(none, some, of="hours", statistic="ratio", gap_by="group")
    assert found.verdicts == ("unknown",)
    assert found.table["change"].isna().all()
    assert "cannot be established" in found.sentence("en")


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"of": "knows", "code": 7}, "'knows' has no answer 7"),
        ({"of": "knows", "statistic": "median"}, "statistic is 'median'"),
        ({"of": "applications", "statistic": "ratio"}, "A ratio needs two variables"),
        ({"of": "knows", "code": 1, "gap_by": "school"}, "'school' has 7 answers"),
        ({"of": "knows", "code": 1, "gap_by": "knows"}, "both outcome and gap"),
        ({"of": "knows", "code": 1, "by": "knows"}, "cannot make groups"),
        ({"of": "knows", "code": 1, "scale": "root"}, "scale is 'root'"),
        ({"of": "knows", "code": 1, "panel": 3}, "panel is 3"),
        ({"of": "know", "code": 1}, "Did you mean 'knows'"),
        ({"of": "applications", "statistic": "mean", "to": "difficulty"}, "Use statistic='ratio'"),
    ],
)
def test_a_change_that_cannot_be_is_refused_with_what_to_do(asked: dict[str, Any], text: str) -> None:
    with pytest.raises(sk.InputError, match=text):
        sk.change(*waves("waves", "given"), **asked)


def test_the_gap_of_a_named_answer_is_that_answer_minus_all_others() -> None:
    first, last = waves("waves", "given")
    found = sk.change(first, last, of="knows", code=1, gap_by="school", gap_code="A").table.iloc[0]
    inside, outside = (
        sk.share(sk.subset(first, (first.rows["school"] == "A") == side), of="knows", code=1).table["estimate"][0]
        for side in (True, False)
    )
    assert found["before"] == pytest.approx(inside - outside, rel=1e-12)
    assert Provenance() == first.provenance
