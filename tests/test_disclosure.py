"""Rules on both sides of each threshold, rounding, secondary protection under an independent attacker, and the wall."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import linprog

from stagekansen_lib.comparison.comparing import compare
from stagekansen_lib.disclosure.primary import korn_graubard
from stagekansen_lib.disclosure.protect import ProtectionReport, protect, protect_with_report
from stagekansen_lib.disclosure.published import HIDDEN_MARKS, PublishedComparison, PublishedTable, require_published
from stagekansen_lib.disclosure.rules import (
    Declaration,
    read_declared_tables,
    read_rules,
    round_down,
    round_to,
    round_up,
)
from stagekansen_lib.errors import InputError, RefusedError
from stagekansen_lib.estimation.means import mean, total
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.estimation.tables import EstimateTable
from stagekansen_lib.surveys.codebook_files import read_codebook
from stagekansen_lib.surveys.surveys import Survey
from tests.small_surveys import BOOK, comparison, mean_table, random_survey, share_table, survey_of

RULES = read_rules("steering_group")


def because(report: ProtectionReport, *kinds: str) -> pd.Series:
    """For each row of a report whether a reason of one of these kinds was given."""
    return report.table["reasons"].map(lambda found: any(one.kind in kinds for one in found))


def marks(result: EstimateTable) -> list[str]:
    return list(protect(result)[0].table["mark"])


# Thresholds --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "mark"), [(9, "x"), (10, "")])
def test_a_numerator_under_ten_is_hidden(count: int, mark: str) -> None:
    assert marks(share_table([{"n": 80, "count": count, "estimate": 0.2, "se": 0.04}])) == [mark]


@pytest.mark.parametrize(("count", "mark"), [(71, "x"), (70, "")])
def test_a_complement_under_ten_is_hidden(count: int, mark: str) -> None:
    assert marks(share_table([{"n": 80, "count": count, "estimate": 0.8, "se": 0.04}])) == [mark]


@pytest.mark.parametrize(("n", "mark"), [(29, "x"), (30, "~")])
def test_a_base_under_thirty_is_hidden(n: int, mark: str) -> None:
    assert marks(mean_table(n, 10.0, 1.0, 0.05, 0.1)) == [mark]
    _, report = protect_with_report(share_table([{"n": n, "count": 15}]))
    assert any((one.rule, one.kind) == ("R2", "base") for one in report.table["reasons"][0]) == (n < 30)


@pytest.mark.parametrize(("effective", "mark"), [(29.9, "x"), (30, "~"), (59.9, "~"), (60, "")])
def test_an_effective_n_under_thirty_is_hidden_and_under_sixty_uncertain(effective: float, mark: str) -> None:
    row = {"n": 200, "count": 100, "se": 0.04, "effective_n": effective}
    assert marks(share_table([row])) == [mark]


def test_korn_graubard_is_clopper_pearson_for_a_simple_random_sample() -> None:
    # scipy's exact binomial interval is an independent computation; the correction for df is 1 when df = n - 1.
    n, hits = 120, 30
    p = hits / n
    exact = stats.binomtest(hits, n).proportion_ci(0.95, method="exact")
    low, high = korn_graubard(p, math.sqrt(p * (1 - p) / n), n, n - 1)
    assert (low, high) == pytest.approx((exact.low, exact.high), abs=1e-12)


def test_korn_graubard_never_uses_more_answers_than_there_are() -> None:
    assert korn_graubard(0.5, 0.001, 50, 49) == pytest.approx(korn_graubard(0.5, math.sqrt(0.25 / 50), 50, 49))


def width_at(se: float) -> float:
    low, high = korn_graubard(0.5, se, 200, 300)
    return high - low


@pytest.mark.parametrize(("width", "inside", "outside"), [(0.30, "~", "x"), (0.20, "", "~")])
def test_wide_intervals_are_hidden_and_less_wide_ones_uncertain(width: float, inside: str, outside: str) -> None:
    # Find the standard error at which the interval has just this width, and step 0.1% to either side.
    low, high = 0.01, 0.2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if width_at(middle) < width else (low, middle)
    row = {"n": 200, "count": 100}
    assert marks(share_table([{**row, "se": low * 0.999}])) == [inside]
    assert marks(share_table([{**row, "se": high * 1.001}])) == [outside]


@pytest.mark.parametrize(("se", "mark"), [(0.045, "x"), (0.03, "")])
def test_a_small_share_with_a_relatively_wide_interval_is_hidden(se: float, mark: str) -> None:
    low, high = korn_graubard(0.12, se, 400, 300)
    assert ((high - low) / 0.12 > RULES.relative_width) == (mark == "x")
    assert marks(share_table([{"n": 400, "count": 48, "se": se}])) == [mark]


@pytest.mark.parametrize(("cv", "mark"), [(0.165, ""), (0.166, "~"), (0.333, "~"), (0.334, "x")])
def test_means_are_judged_by_their_coefficient_of_variation(cv: float, mark: str) -> None:
    assert marks(mean_table(100, 10.0, 10.0 * cv, 0.05, 0.1)) == [mark]


@pytest.mark.parametrize(
    ("largest", "two", "mark"),
    [(0.50, 0.60, ""), (0.51, 0.60, "x"), (0.45, 0.85, ""), (0.45, 0.86, "x"), (math.nan, math.nan, "x")],
)
def test_a_mean_that_one_or_two_answers_make_is_hidden(largest: float, two: float, mark: str) -> None:
    assert marks(mean_table(100, 10.0, 1.0, largest, two)) == [mark]


def test_the_p_percent_rule_hides_what_the_second_largest_could_work_out() -> None:
    # With the other limits out of the way: 1 - 0.96 is under 10% of 0.5, 1 - 0.94 is above.
    from stagekansen_lib.disclosure.drafts import Cell
    from stagekansen_lib.disclosure.primary import _judge_dominance

    loose = replace(RULES, two_largest_share=1.0)
    for two, hidden in ((0.96, True), (0.94, False)):
        cell = Cell((), None, n=100, largest=0.5, two_largest=two)
        _judge_dominance(cell, loose)
        assert bool(cell.reasons) == hidden


@pytest.mark.parametrize(("count", "mark"), [(180, "x"), (179, ""), (20, "x"), (21, "")])
def test_a_special_attribute_held_by_ninety_percent_or_ten_percent_is_hidden(count: int, mark: str) -> None:
    assert marks(share_table([{"n": 200, "count": count}], of="origin")) == [mark]


def test_group_disclosure_looks_at_the_weighted_and_the_unweighted_share() -> None:
    assert marks(share_table([{"n": 200, "count": 182, "estimate": 0.85}], of="origin")) == ["x"]
    assert marks(share_table([{"n": 200, "count": 170, "estimate": 0.91}], of="origin")) == ["x"]


@pytest.mark.parametrize(("count", "mark"), [(15, "<10%"), (20, ""), (180, ""), (181, ">90%"), (9, "<10%")])
def test_another_attribute_is_told_as_a_class(count: int, mark: str) -> None:
    table = protect(share_table([{"n": 200, "count": count}]))[0].table
    assert list(table["mark"]) == [mark]
    assert math.isfinite(table["estimate"][0]) == (mark == "")
    assert table["base"][0] == "200-249"


@pytest.mark.parametrize(("n", "mark"), [(100, "<10%"), (99, "x")])
def test_a_class_is_told_only_where_it_leaves_room_for_ten_answers(n: int, mark: str) -> None:
    assert marks(share_table([{"n": n, "count": 5}])) == [mark]


@given(n=st.integers(30, 400), count=st.integers(0, 400), wide=st.floats(1.0, 2.0))
@settings(max_examples=60, deadline=None)
def test_a_special_attribute_is_never_shown_as_nobody_or_everybody(n: int, count: int, wide: float) -> None:
    count = min(count, n)
    table = protect(share_table([{"n": n, "count": count, "effective_n": n / wide}], of="origin"))[0].table
    figures = table[["estimate", "ci_low", "ci_high"]].to_numpy().ravel()
    figures = figures[np.isfinite(figures)]
    assert ((figures > 0) & (figures < 1)).all()


def test_a_variable_made_from_a_special_one_is_special_too() -> None:
    plain = replace(BOOK["sure"], privacy="ordinary")
    book = replace(BOOK, variables={**BOOK.variables, "sure": plain})
    assert marks(share_table([{"n": 200, "count": 190}], of="sure", codebook=book)) == ["x"]


# Grid and classes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "text"),
    [(29, ""), (30, "30-49"), (49, "30-49"), (50, "50-99"), (99, "50-99"), (100, "100-149"), (149, "100-149"),
     (324, "300-349"), (10000, "10000+"), (123456, "10000+")],
)  # fmt: skip
def test_bases_are_told_in_classes(n: int, text: str) -> None:
    assert RULES.base_class(n) == text


@pytest.mark.parametrize(
    ("n", "estimate", "low", "high"),
    [(49, 0.4, 0.3, 0.6), (50, 0.45, 0.35, 0.55), (99, 0.45, 0.35, 0.55), (100, 0.43, 0.38, 0.54)],
)
def test_the_grid_gets_coarser_with_smaller_bases(n: int, estimate: float, low: float, high: float) -> None:
    row = {"n": n, "count": 20, "estimate": 0.434, "se": 0.06, "low": 0.384, "high": 0.534}
    table = protect(share_table([row]))[0].table
    assert table[["estimate", "ci_low", "ci_high"]].iloc[0].tolist() == [estimate, low, high]


@given(value=st.floats(0, 1), step=st.sampled_from([0.01, 0.05, 0.1, 0.5, 1.0]))
def test_intervals_are_rounded_outward_to_the_grid(value: float, step: float) -> None:
    low, high = round_down(value, step), round_up(value, step)
    assert low <= value + 1e-8
    assert high >= value - 1e-8
    assert low <= round_to(value, step) <= high
    assert high - low <= step + 1e-8
    assert math.isclose(low / step, round(low / step), abs_tol=1e-6)


def test_values_on_the_grid_stay_where_they_are() -> None:
    for at in range(101):
        assert round_down(at / 100, 0.01) == round_up(at / 100, 0.01) == round_to(at / 100, 0.01) == at / 100


def test_a_whole_percentage_gives_the_count_back_and_the_grid_does_not() -> None:
    """Why R7: with a known base up to 100 a whole percentage has one count; on the grid it has several."""

    def counts_alike(n: int, step: float) -> list[int]:
        seen: dict[float, int] = {}
        for count in range(n + 1):
            key = round_to(count / n, step)
            seen[key] = seen.get(key, 0) + 1
        return [number for key, number in seen.items() if 0 < key < 1]

    for n in range(30, 100):
        assert max(counts_alike(n, 0.01)) == 1
        assert min(counts_alike(n, RULES.step(n, share=True))) >= 2


def test_a_published_row_with_its_interval_hardly_ever_gives_count_and_base_back() -> None:
    """Simple random samples, logit intervals: of all pairs of count and base that may be shown, how many are alone."""
    alone = every = 0
    for low, high in ((30, 49), (50, 99), (100, 149), (150, 199)):
        alike: dict[tuple[str, float, float, float], int] = {}
        for n in range(low, high + 1):
            quantile, step = float(stats.t.ppf(0.975, n - 1)), RULES.step(n, share=True)
            for count in range(RULES.least_count, n - RULES.least_count + 1):
                p = count / n
                middle, half = math.log(p / (1 - p)), quantile / math.sqrt((n - 1) * p * (1 - p))
                ends = [1 / (1 + math.exp(-middle - sign * half)) for sign in (-1, 1)]
                key = (RULES.base_class(n), round_to(p, step), round_down(ends[0], step), round_up(ends[1], step))
                alike[key] = alike.get(key, 0) + 1
        alone += sum(number == 1 for number in alike.values())
        every += sum(alike.values())
    # With whole percentages and a known base up to 100 all pairs stand alone (see above); here one or two in a hundred.
    assert alone / every < 0.03


def test_means_are_rounded_by_base_too() -> None:
    shown = [protect(mean_table(n, 7.26, 0.5, 0.05, 0.1))[0].table["estimate"][0] for n in (40, 60, 100)]
    assert shown == [7.0, 7.5, 7.3]


# Rules as files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["steering_group", "public", "team"])
def test_every_number_has_its_reason_and_source(name: str) -> None:
    rules = read_rules(name)
    numbers = set(rules.__dataclass_fields__) - {"name", "version", "may_be_released", "reasons", "real_surveys"}
    assert set(rules.reasons) == numbers
    assert all(one.reason and one.source for one in rules.reasons.values())


def test_public_rules_are_those_of_the_steering_group_and_team_rules_are_never_released() -> None:
    public, steering = read_rules("public"), read_rules("steering_group")
    assert replace(public, name="", version=0) == replace(steering, name="", version=0)
    assert not read_rules("team").may_be_released
    assert read_rules("team").least_count < steering.least_count


@pytest.mark.parametrize("name", ["stering_group", "card", "tables_baseline", "../rules/team"])
def test_an_unknown_rule_set_is_an_error_with_the_known_ones(name: str) -> None:
    """The other files of the folder are no rule sets."""
    with pytest.raises(InputError, match=f"no rule set '{name}'.*steering_group"):
        read_rules(name)


def test_a_rule_set_without_a_source_or_with_a_missing_number_is_refused(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pathlib import Path

    from stagekansen_lib.project.paths import data_folder

    folder = Path(str(tmp_path)) / "data" / "rules"
    folder.mkdir(parents=True)
    text = data_folder("rules", "steering_group.yaml").read_text("utf-8")
    (folder / "half.yaml").write_text(text.replace("least_base:", "least_bass:").replace("source: GDPR", "sauce: GDPR"))
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    with pytest.raises(InputError) as caught:
        read_rules("half")
    assert "'least_base' is missing" in str(caught.value)
    assert "'least_bass' is not known" in str(caught.value)
    assert "The source of this number is missing" in str(caught.value)


def test_declared_tables_fit_the_codebook() -> None:
    book = read_codebook("baseline")
    declared = read_declared_tables("baseline")
    assert declared
    for one in declared:
        names = [one.of, *one.by, *([one.compare] if one.compare else [])]
        assert all(name in book for name in names), one.id
        for code in (one.code, one.focus):
            assert code is None or code in book[one.of].valid_codes, one.id
        if one.groups_nl:
            assert set(one.groups_nl) == set(one.groups_en) == set(book[one.by[0]].valid_codes)
        texts = [
            (one.says_nl, one.says_en),
            (one.who_nl, one.who_en),
            (one.note_nl, one.note_en),
            (one.more_nl, one.more_en),
        ]
        assert all(bool(dutch) == bool(english) for dutch, english in texts), one.id


# Secondary protection ----------------------------------------------------------------------------------------------


def attacker_interval(
    tables: list[tuple[EstimateTable, PublishedTable]], survey: Survey, names: tuple[str, ...], cell: dict[str, int]
) -> tuple[float, float]:
    """What an attacker computes on the full cross of ``names``, from exact counts and bases of every row shown.

    Written apart from the library: it works on the cross of the answers, not on the margins of the tables.
    """
    cross = list(itertools.product(*(BOOK[name].valid_codes for name in names)))
    lines, sides = [], []

    def line(wanted: dict[str, int]) -> list[float]:
        return [float(all(dict(zip(names, one, strict=True))[k] == v for k, v in wanted.items())) for one in cross]

    def learn(wanted: dict[str, int]) -> None:
        rows = survey.rows
        lines.append(line(wanted))
        sides.append(float(np.logical_and.reduce([rows[k] == v for k, v in wanted.items()] or [rows.index >= 0]).sum()))

    for result, published in tables:
        for row in published.table.to_dict("records"):
            group = {name: row[name] for name in result.by}
            code = row.get("code", result.code)
            if row["mark"] in HIDDEN_MARKS:
                continue
            learn(group)
            if code is not None and not row["mark"].startswith(("<", ">")):
                learn({**group, result.of: code})
    aim, known = np.array(line(cell)), np.array(lines).reshape(len(lines), len(cross))
    ends = []
    for sign, nothing_known in ((1, 0.0), (-1, math.inf)):
        solved = linprog(sign * aim, A_eq=known, b_eq=sides, method="highs")
        assert solved.status in (0, 3), "what is shown is true, so some cross agrees with it"
        ends.append(sign * solved.fun if solved.status == 0 else nothing_known)
    return ends[0], ends[1]


@pytest.mark.parametrize("seed", range(5))
def test_no_secret_count_can_be_computed_closely_from_linked_tables(seed: int) -> None:
    survey = random_survey(seed, 160 + 12 * seed)
    asked = [("view", None), ("region", None), ("view", "region"), ("region", "view"), ("safe", "region")]
    results = [share(survey, of, by) for of, by in asked]
    published, report = protect_with_report(results)
    pairs = [(r, p) for r, p in zip(results, published, strict=True) if isinstance(p, PublishedTable)]
    secret = report.table[because(report, "count", "one_side")]
    assert len(secret), "the survey is made so that something is secret"
    for row in secret.itertuples():
        result = next(r for r, p in pairs if p.id == row.table)
        cell = {result.of: row.code}
        if result.by:
            variable = BOOK[result.by[0]]
            cell[variable.name] = next(c.code for c in variable.codes if c.label_nl == row.group)
        low, high = attacker_interval(pairs, survey, ("view", "region", "safe"), cell)
        assert high >= RULES.protected_upper - 1e-6
        lowest = max(0.0, row.count - max(1.0, row.count / 2))
        assert low <= lowest + 1e-6


def test_the_same_attacker_does_recover_cells_when_only_small_counts_are_hidden() -> None:
    """The attacker works: hide-only tables give their hidden cells back."""
    recovered = 0
    for seed in range(6):
        survey = random_survey(seed, 200)
        results = [share(survey, "view"), share(survey, "region"), share(survey, "view", "region")]
        pairs = []
        for result in results:
            counts = result.basis["count"]
            table = result.table.assign(mark=np.where(counts < 10, "x", ""))
            pairs.append((result, replace(protect(result)[0], table=table)))  # type: ignore[type-var]
        small = results[2].table[results[2].basis["count"] < 10]
        for row in small.to_dict("records"):
            low, high = attacker_interval(
                pairs, survey, ("view", "region"), {"view": row["code"], "region": row["region"]}
            )
            recovered += high - low < 0.5
    assert recovered >= 6


def test_one_hidden_answer_of_three_takes_a_second_with_it() -> None:
    rows = [{"code": 1, "n": 200, "count": 120}, {"code": 2, "n": 200, "count": 73}, {"code": 3, "n": 200, "count": 7}]
    published, report = protect_with_report(share_table(rows, of="view", code=None))
    assert list(published[0].table["mark"]) == ["", "x", "<10%"]
    assert because(report, "partner").tolist() == [False, True, False]


def test_a_group_hidden_for_its_size_takes_another_with_it_when_the_total_is_shown() -> None:
    groups = share_table(
        [{"region": 1, "n": 120, "count": 60}, {"region": 2, "n": 90, "count": 40}, {"region": 3, "n": 8, "count": 4}],
        by=("region",),
    )
    whole = share_table([{"n": 218, "count": 104}])
    by_region, everyone = protect([groups, whole])
    assert list(by_region.table["mark"]) == ["", "x", "x"]
    assert list(everyone.table["mark"]) == [""]
    assert list(by_region.table["base"]) == ["100-149", "", ""]


def test_unreliable_cells_need_no_partner() -> None:
    groups = share_table(
        [
            {"region": 1, "n": 120, "count": 60},
            {"region": 2, "n": 90, "count": 40},
            {"region": 3, "n": 28, "count": 14},
        ],
        by=("region",),
    )
    assert marks(groups) == ["", "~", "x"]


def test_a_single_secret_mean_takes_a_second_with_it() -> None:
    one = mean_table(100, 10.0, 1.0, 0.05, 0.1)
    table = pd.concat([one.table] * 3, ignore_index=True).assign(region=[1, 2, 3], n=[100, 90, 80])
    basis = pd.concat([one.basis] * 3, ignore_index=True).assign(n=[100, 90, 80], largest_share=[0.05, 0.05, 0.6])
    groups = replace(one, by=("region",), table=table, basis=basis)
    assert list(protect([one, groups])[1].table["mark"]) == ["", "x", "x"]


def test_a_secret_cell_is_hidden_in_both_directions_of_one_cross() -> None:
    survey = random_survey(3, 200)
    (first, second), report = protect_with_report([share(survey, "view", "region"), share(survey, "region", "view")])
    assert isinstance(first, PublishedTable)
    assert isinstance(second, PublishedTable)
    reasons = because(report, "count")
    secret = {
        (row["region"], row["code"])
        for row, is_secret in zip(first.table.to_dict("records"), reasons, strict=False)
        if is_secret
    }
    shown = {(row["code"], row["view"]) for row in second.table.to_dict("records") if row["mark"] in ("", "~")}
    assert secret
    assert not secret & shown


def test_two_readings_of_one_question_do_not_give_the_doubters_away() -> None:
    rows = [{"n": 200, "count": 100}], [{"n": 200, "count": 112}], [{"n": 200, "count": 125}]
    strict, close, far = (
        share_table(row, of=of) for row, of in zip(rows, ("sure", "sure_or_not", "sure_or_not"), strict=True)
    )
    assert [p.table["mark"][0] for p in protect([strict, close])] == ["", "x"]
    assert [p.table["mark"][0] for p in protect([strict, far])] == ["", ""]


def test_groups_and_answers_that_nobody_has_are_shown_as_hidden_not_left_out() -> None:
    frame = random_survey(1, 300).rows
    frame = frame[(frame["region"] != 3) & (frame["view"] != 3)].astype(float)
    table = protect(share(survey_of(frame), "view", "region"))[0].table
    assert len(table) == 9
    assert set(table.loc[(table["region"] == 3) | (table["code"] == 3), "mark"]) <= {"x", "<10%"}
    assert set(table.loc[table["region"] == 3, "mark"]) == {"x"}


def test_an_impossible_combination_is_empty_and_its_zero_is_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"level": 1, "code": 1, "n": 150, "count": 80},
        {"level": 1, "code": 2, "n": 150, "count": 70},
        {"level": 2, "code": 1, "n": 160, "count": 50},
        {"level": 2, "code": 2, "n": 160, "count": 60},
        {"level": 2, "code": 3, "n": 160, "count": 50},
    ]
    result = share_table(rows, of="view", by=("level",), code=None)
    assert set(protect(result)[0].table["mark"]) == {"", "x", "<10%"}
    declared = Declaration(
        id="view", statistic="share", of="view", by=("level",), title_nl="Mening", title_en="View",
        impossible=({"level": 1, "view": 3},),
    )  # fmt: skip
    monkeypatch.setattr("stagekansen_lib.disclosure.drafts.read_declared_tables", lambda _: (declared,))
    assert list(protect(result)[0].table["mark"]) == ["", "", "empty", "", "", ""]


def test_an_answer_that_nobody_gave_is_treated_alike_with_and_without_a_row() -> None:
    rows = [{"code": 1, "n": 160, "count": 80}, {"code": 2, "n": 160, "count": 80}]
    zero = {"code": 3, "n": 160, "count": 0, "se": 0.0}
    absent, present = (protect(share_table(one, of="view", code=None))[0].table for one in (rows, [*rows, zero]))
    assert absent.equals(present)


def test_the_order_of_results_does_not_change_what_is_hidden() -> None:
    survey = random_survey(4, 190)
    results = [share(survey, "view", "region"), share(survey, "region"), share(survey, "safe", "level")]
    forward, backward = protect(results), protect(results[::-1])[::-1]
    for one, other in zip(forward, backward, strict=True):
        assert one.table.equals(other.table)


# What is refused ---------------------------------------------------------------------------------------------------


def test_answers_of_real_people_are_refused_with_the_reason() -> None:
    result = share(survey_of(random_survey(1, 100).rows.astype(float), synthetic=False), "safe")
    with pytest.raises(RefusedError, match=r"not marked synthetic.*do not say.*judged.*real_surveys in data"):
        protect(result)


def test_what_cannot_be_protected_is_refused() -> None:
    survey = random_survey(1, 200)
    with pytest.raises(RefusedError, match="only share and mean"):
        protect(total(survey, "hours"))
    with pytest.raises(RefusedError, match="given twice"):
        protect([share(survey, "safe"), share(survey, "safe", ci_level=0.9)])
    with pytest.raises(RefusedError, match="share in disguise"):
        protect(mean(survey_of(survey.rows.astype(float)), "safe"))
    with pytest.raises(RefusedError, match="taken together"):
        protect(share(survey, "view", code=[1, 2]))
    with pytest.raises(InputError, match="not DataFrame"):
        protect(survey.rows)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="nothing to protect"):
        protect([])


def test_only_published_tables_pass_the_wall() -> None:
    survey = random_survey(1, 200)
    result = share(survey, "safe")
    published = protect(result)
    assert require_published(published[0]) is published[0]
    for thing, advice in (
        (result, "Call protect first"),
        (compare(survey, "safe", "level"), "Call protect first"),
        (result.table, "Make an estimate"),
        (survey, "Make an estimate"),
        (published, "one published table at a time"),
        (42, "read_release"),
    ):
        with pytest.raises(RefusedError, match=advice):
            require_published(thing)


# What readers get --------------------------------------------------------------------------------------------------


def test_a_published_table_holds_no_exact_count_and_no_history() -> None:
    published = protect(share(random_survey(1, 324), "safe", "level"))[0]
    columns = [
        "level",
        "code",
        "group_nl",
        "group_en",
        "code_nl",
        "code_en",
        "estimate",
        "ci_low",
        "ci_high",
        "base",
        "mark",
    ]
    assert list(published.table.columns) == columns
    assert published.provenance.history == ()
    assert "324" not in repr(published)


def test_hidden_cells_are_empty_and_look_alike() -> None:
    groups = share_table(
        [{"region": 1, "n": 120, "count": 60}, {"region": 2, "n": 90, "count": 40}, {"region": 3, "n": 8, "count": 4}],
        by=("region",),
    )
    table = protect([groups, share_table([{"n": 218, "count": 104}])])[0].table
    hidden = table[table["mark"] == "x"]
    assert hidden[["estimate", "ci_low", "ci_high"]].isna().all(axis=None)
    assert hidden[["base", "mark"]].drop_duplicates().to_numpy().tolist() == [["", "x"]]


@pytest.mark.parametrize(("language", "mark"), [("nl", "Verzonnen gegevens"), ("en", "Made-up data")])
def test_every_sentence_of_made_up_data_says_so(language: str, mark: str) -> None:
    survey = random_survey(5, 220)
    results = [
        share(survey, "view", "region"),
        share(survey, "safe", code=1),
        mean(survey, "hours"),
        share(survey, "view"),
    ]
    hidden = share_table([{"n": 20, "count": 3}], by=(), of="origin")
    for one in [*protect([*results, compare(survey, "safe", "level")]), *protect(hidden)]:
        assert one.sentence(language).startswith(mark)
        if isinstance(one, PublishedTable):
            assert one.reliability(language).startswith(mark)


def test_a_sentence_gives_size_margin_and_class_of_base() -> None:
    row = {"n": 140, "count": 70, "low": 0.418, "high": 0.582}
    published = protect(share_table([row]))[0]
    assert published.sentence("nl") == (
        "Verzonnen gegevens, geen bevinding. Veilig, ja: ongeveer 50% (modelmarge 41% tot 59%)."
        " Dit steunt op 100 tot 149 antwoorden."
    )
    assert published.sentence("en") == (
        "Made-up data, not a finding. Safe, yes: about 50% (model margin 41% to 59%). This rests on 100 to 149 answers."
    )


def test_a_sentence_names_the_groups_that_are_not_shown() -> None:
    groups = share_table([{"level": 1, "n": 120, "count": 60}, {"level": 2, "n": 25, "count": 12}], by=("level",))
    sentence = protect(groups)[0].sentence("en")
    assert "mbo: 50%" in sentence
    assert "Not shown: hbo" in sentence


def test_values_are_written_with_their_marks() -> None:
    published = protect(
        share_table(
            [
                {"region": 1, "n": 120, "count": 60},
                {"region": 2, "n": 60, "count": 30},
                {"region": 3, "n": 120, "count": 6},
            ],
            by=("region",),
        )
    )[0]
    rows = list(published.table.itertuples(index=False))
    assert [published.value_text(row, "nl") for row in rows] == ["50%", "50% ~", "<10%"]
    assert published.interval_text(rows[2]) == ""


# Comparisons -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.00099, "<0.001"), (0.001, "<0.01"), (0.0099, "<0.01"), (0.01, "<0.05"), (0.049, "<0.05"), (0.05, "none")],
)
def test_a_p_value_is_told_as_a_class(p: float, text: str) -> None:
    assert protect(comparison(p_value=p))[0].p_class == text
    assert protect(comparison(p_value=0.0001, p_adjusted=p))[0].p_class == text


def test_effects_are_rounded_outward_and_told_upward() -> None:
    found = comparison(effect=-0.123, ci_low=-0.234, ci_high=-0.012, smallest_detectable=0.152)
    published = protect(found)[0]
    assert isinstance(published, PublishedComparison)
    assert (published.difference, published.ci_low, published.ci_high) == (0.12, 0.01, 0.24)
    assert published.groups_en == ("hbo", "mbo")
    assert published.smallest_detectable == 0.2
    assert "20 percentage points" in published.sentence("en")


def test_a_public_sentence_holds_no_statistic_and_no_exact_p() -> None:
    found = comparison(p_value=0.00321, statistic=8.7654, n=298)
    for language in ("nl", "en"):
        sentence = protect(found)[0].sentence(language)
        assert not any(text in sentence for text in ("0.0032", "0,0032", "8.7", "8,7", "298"))


def test_a_comparison_with_a_small_group_is_hidden() -> None:
    small = share_table([{"level": 1, "n": 100, "count": 50}, {"level": 2, "n": 29, "count": 15}], by=("level",))
    enough = share_table([{"level": 1, "n": 100, "count": 50}, {"level": 2, "n": 30, "count": 15}], by=("level",))
    assert protect(comparison(groups=small))[0].mark == "x"
    assert math.isnan(protect(comparison(groups=small))[0].difference)
    assert "not shown" in protect(comparison(groups=small))[0].sentence("en")
    assert protect(comparison(groups=enough))[0].mark == ""


def test_a_comparison_does_not_betray_a_hidden_share() -> None:
    hidden = share_table(
        [{"level": 1, "n": 100, "count": 50}, {"level": 2, "n": 100, "count": 95}], by=("level",), of="origin"
    )
    table, test = protect([hidden, comparison(of="origin")])
    assert "x" in set(table.table["mark"])
    assert test.mark == "x"


def test_a_comparison_is_attached_to_its_table() -> None:
    survey = random_survey(2, 300)
    table, test = protect([share(survey, "safe", "level", code=1), compare(survey, "safe", "level", code=1)])
    assert table.comparison is test
    assert table.linked == test.linked == tuple(sorted((table.id, test.id)))


def test_an_adjusted_comparison_is_told_as_odds_with_what_was_held_constant() -> None:
    found = comparison(
        effect=0.4, ci_low=0.21, ci_high=0.77, effect_name="odds_ratio_higher", adjusted_for=("region",), answer=None
    )
    published = protect(found)[0]
    assert (published.unit, published.difference, published.ci_low, published.ci_high) == ("odds", 2.5, 1.2, 4.8)
    assert "2.5 times" in published.sentence("en")
    assert "This takes into account: region." in published.sentence("en")
    assert "regio" in published.sentence("nl")


@pytest.mark.parametrize(("left", "mark"), [(9.0, "x"), (10.0, "")])
def test_an_adjusted_effect_needs_ten_degrees_of_freedom(left: float, mark: str) -> None:
    found = comparison(
        effect=2.0, ci_low=1.1, ci_high=3.0, effect_name="odds_ratio_higher", adjusted_for=("region",), answer=None,
        df=left, df_denominator=math.nan,
    )  # fmt: skip
    assert protect(found)[0].mark == mark


def test_an_effect_that_only_statisticians_read_is_left_out() -> None:
    published = protect(comparison(effect_name="cramers_v", effect=0.2, p_value=0.03))[0]
    assert math.isnan(published.difference)
    assert published.effect_name == ""
    assert "Tested: do the groups differ" in published.sentence("en")
    assert "p below 0.05" in published.sentence("en")


def test_what_is_published_is_english_all_through_when_english_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    published, report = protect_with_report(share_table([{"n": 200, "count": 90}]))
    table = published[0]
    assert isinstance(table, PublishedTable)
    dutch = [table.title(), table.label(), table.sentence(), table.reliability()]
    assert dutch == [table.title("nl"), table.label("nl"), table.sentence("nl"), table.reliability("nl")]
    assert "<th>groep</th>" in table._repr_html_()
    monkeypatch.setenv("STAGEKANSEN_LANGUAGE", "en")
    assert table.title() == table.title("en") != dutch[0]
    assert table.sentence() == table.sentence("en") != dutch[2]
    assert table.reliability() == table.reliability("en") != dutch[3]
    assert " to " in table.interval_text(table.table.iloc[0])
    assert "<th>group</th><th>figure</th><th>margin</th><th>answers</th>" in table._repr_html_()
    assert report.sentence().startswith("Of 1 cells")
    assert report.why().columns[0] == "table"
    assert "For the team only" in report.draw()
