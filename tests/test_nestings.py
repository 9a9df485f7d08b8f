"""Groupings made from each other: what the questionnaire says of them, and that tables about them are one system."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stagekansen_lib.attacks.attack import attack_folder
from stagekansen_lib.comparison.results import Comparison
from stagekansen_lib.disclosure.intervals import Counts
from stagekansen_lib.disclosure.nested import add_nested_sums, fill_unknown, naming_of
from stagekansen_lib.disclosure.protect import protect, protect_with_report
from stagekansen_lib.errors import DoubtWarning, InputError
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.releases.declared import estimate_declared
from stagekansen_lib.surveys.codebook_files import read_codebook, read_conditions, read_value_set
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.derivations import codebook_of_derivations, derivations
from stagekansen_lib.surveys.harmonising import harmonise
from stagekansen_lib.surveys.nestings import Nesting, find_nestings
from tests.leaks import write_draft
from tests.small_surveys import BOOK, mean_table, share_table

BASELINE = read_codebook("baseline")


def nesting_of(book: Codebook, *names: str) -> Nesting:
    (found,) = find_nestings(book, [(name, None) for name in names])
    return found


# What the questionnaire says ---------------------------------------------------------------------------------------


def test_two_variables_from_one_question_are_tied_also_without_the_question_itself() -> None:
    found = nesting_of(BASELINE, "difficulty3", "much_difficulty")
    assert found.ways == ((1, 0), (2, 0), (3, 1), (None, None))


def test_a_variable_from_two_questions_ties_both() -> None:
    found = nesting_of(BASELINE, "level", "school3")
    # ROC Mondriaan and other mbo schools are mbo; hbo without a known school has no place in three.
    assert set(found.ways) == {(1, 1), (2, 2), (2, 3), (2, None), (None, None)}


def test_variables_without_a_question_in_common_are_not_tied() -> None:
    assert find_nestings(BASELINE, [("level", None), ("sector3", None), ("difficulty3", None)]) == ()
    assert find_nestings(BASELINE, [("level", None)]) == ()


def test_who_was_not_asked_by_another_question_may_be_missing() -> None:
    found = nesting_of(BASELINE, "reported", "step_taken")
    assert set(found.ways) == {(0, None), (0, 3), (0, 2), (1, 1), (None, None)}


def test_groups_of_answers_of_several_are_tied_to_those_answers_only() -> None:
    used: list[tuple[str, Any]] = [("grounds3", 2), *(("grounds", code) for code in (4, 5, 6))]
    (found,) = find_nestings(BASELINE, used)
    assert found.units == ("grounds3[2]", "grounds[4]", "grounds[5]")
    assert (1, 0, 0) in found.ways, "pregnancy, which no table counts"
    assert (0, 1, 0) not in found.ways


def test_classes_of_numbers_meet_where_their_limits_do() -> None:
    found = nesting_of(BASELINE, "applications_class", "applications_roa")
    pairs = set(found.ways)
    assert {(3, 3), (4, 4), (5, 4)} <= pairs
    assert (0, 1) not in pairs
    assert (0, None) in pairs


def test_chains_lead_back_to_the_question() -> None:
    chained = Variable(
        "two", "nominal", "twee", "two",
        (Code(1, "a", "a", values=read_value_set("1|2")), Code(2, "b", "b", values=read_value_set("else"))),
        derived_from=("difficulty3",),
    )  # fmt: skip
    book = replace(BASELINE, variables={**BASELINE.variables, "two": chained})
    found = nesting_of(book, "much_difficulty", "two")
    assert set(found.ways) == {(0, 1), (1, 2), (None, None)}


def test_conditions_decide_in_the_order_of_the_codes() -> None:
    both = Variable(
        "both", "nominal", "beide", "both",
        (
            Code(1, "a", "a", when=read_conditions("level=1")),
            Code(2, "b", "b", when=read_conditions("programme_type!=7")),
        ),
        derived_from=("programme_type",),
    )  # fmt: skip
    book = replace(BASELINE, variables={**BASELINE.variables, "both": both})
    assert set(nesting_of(book, "both", "level").ways) == {(1, 1), (2, 2), (None, 2), (2, None), (None, None)}


def test_too_many_ways_to_answer_are_refused_by_name() -> None:
    many = tuple(Code(at, f"{at}", f"{at}") for at in range(20))
    whole = Variable("many", "multiple", "veel", "many", many)
    sets = [Code(at, f"{at}", f"{at}", values=read_value_set("|".join(map(str, range(20))))) for at in (1, 2)]
    some = Variable("some", "multiple", "een", "some", tuple(sets), derived_from=("many",))
    with pytest.raises(InputError, match="too many ways"):
        find_nestings(
            Codebook("x", {"many": whole, "some": some}), [("some", 1), *(("many", code) for code in range(20))]
        )


def test_the_rules_travel_as_plain_entries_and_come_back_the_same() -> None:
    names = [name for name in BASELINE if BASELINE[name].derived_from]
    again = codebook_of_derivations(derivations(BASELINE, names))
    for first, second in (("level", "school3"), ("difficulty3", "much_difficulty"), ("reported", "step_taken")):
        assert set(nesting_of(again, first, second).ways) == set(nesting_of(BASELINE, first, second).ways)


# One system of sums ------------------------------------------------------------------------------------------------


def test_one_count_has_one_name_whatever_it_is_called() -> None:
    naming = naming_of(BASELINE, [("level", None), ("programme_type", None), ("knows_where", None)])
    everyone = naming.key([("level", "*"), ("knows_where", 1)])
    assert everyone == naming.key([("programme_type", "*"), ("knows_where", 1)])
    assert naming.key([("level", 2)]) == naming.key([("level", ("not", 1))])
    assert naming.is_impossible(naming.key([("level", 1), ("programme_type", 6)]))


def test_divisions_that_cross_are_sums_of_what_lies_between_them() -> None:
    """Of 300 people two divisions are told; the class that both leave out follows from them to the person."""
    naming = naming_of(BASELINE, [("applications_class", None), ("applications_roa", None)])
    counts = Counts()
    for name, code, value in (
        ("applications_class", 4, 30),
        ("applications_class", 5, 12),
        ("applications_roa", 4, 42),
    ):
        counts.values[naming.key([(name, code)])] = float(value)
    counts.complete()
    add_nested_sums(counts)
    fill_unknown(counts)
    whole = naming.key([("applications_roa", 4)])
    assert (whole, frozenset(naming.key([("applications_class", code)]) for code in (4, 5))) in counts.sums


def marks(*results: Any) -> list[list[str]]:
    return [list(one.table["mark"]) for one in protect(list(results))]


def test_a_grouping_beside_its_coarser_form_gives_no_small_group_away(tmp_path: Path) -> None:
    """Associate degree and master hold 1 and 0 who know where; bachelor beside hbo would tell that they are few."""
    survey = read_survey("example_2022")
    published = protect([share(survey, "knows_where", by, code=1) for by in ("programme_type", "level")])
    rows = published[0].table.set_index("programme_type")["mark"]
    assert rows[6] == "x"
    assert list(published[1].table["mark"]) == ["", ""]
    write_draft(published, tmp_path)
    assert attack_folder(tmp_path / "look", fixed=False).passed


def test_the_same_holds_for_a_classification_that_was_laid_over_the_answers(tmp_path: Path) -> None:
    """A variable that only this survey has: no codebook on disk knows it, and the release says how it is made."""
    survey = harmonise(read_survey("example_2022"), "field", to="sectors_haaglanden", name="own_sector")
    published, report = protect_with_report([share(survey, "level", by) for by in ("field", "own_sector")])
    write_draft(published, tmp_path)
    assert attack_folder(tmp_path / "look", fixed=False).passed
    assert "own_sector" in {entry["name"] for entry in published[1].derivations}
    assert not report.suppression.unprotected


def test_answers_that_the_questionnaire_rules_out_are_empty_and_no_secret() -> None:
    survey = read_survey("example_2022")
    crossed, whole = marks(share(survey, "difficulty3", "much_difficulty"), share(survey, "difficulty3"))
    assert crossed == ["", "", "empty", "empty", "empty", ">90%"]
    assert whole == ["", "", ""]


# Every direction ---------------------------------------------------------------------------------------------------


def by_origin(third: int) -> Any:
    rows = [(1, (200, 200, 200)), (0, (160, 160, third))]
    made = [
        {"origin": origin, "code": at, "n": sum(counts), "count": count}
        for origin, counts in rows
        for at, count in enumerate(counts, start=1)
    ]
    return share_table(made, of="view", by=("origin",), code=None)


@pytest.mark.parametrize(("third", "hidden"), [(16, True), (40, False)])
def test_those_who_gave_an_answer_are_not_known_to_be_of_one_origin(third: int, hidden: bool) -> None:
    """With 16 beside 200, 93% of those with the third view have one origin; with 40, 83%."""
    assert ("x" in marks(by_origin(third))[0]) == hidden


@pytest.mark.parametrize(("count", "shown"), [(10, "x"), (11, 0.10), (82, "x"), (81, 0.90)])
def test_one_rule_holds_before_and_after_rounding(count: int, shown: Any, tmp_path: Path) -> None:
    """11 of 92 is told as 10%, of which no reader is sure that it is a tenth or less; protection and attack agree."""
    published = protect(share_table([{"n": 92, "count": count}], of="origin"))
    row = published[0].table.iloc[0]
    assert (row["mark"] if math.isnan(row["estimate"]) else row["estimate"]) == shown
    write_draft(published, tmp_path)
    assert not [one for one in attack_folder(tmp_path / "look", fixed=False).failed if one.number == 12]


def test_a_mean_of_all_the_same_is_hidden_and_one_with_spread_is_not() -> None:
    assert marks(mean_table(60, 12.0, 0.0, 0.02, 0.04)) == [["x"]]
    assert marks(mean_table(60, 12.0, 0.3, 0.02, 0.04))[0][0] != "x"


@pytest.mark.parametrize(("se", "mark"), [(0.03, "x"), (0.05, "")])
def test_a_sensitive_mean_with_hardly_any_spread_is_hidden(se: float, mark: str) -> None:
    """Of 100 whole numbers with a variance of 0.09 nine in ten are the nearest one; with 0.25 that does not follow."""
    book = replace(BOOK, variables={**BOOK.variables, "hours": replace(BOOK["hours"], privacy="special")})
    assert marks(replace(mean_table(100, 12.0, se, 0.02, 0.04), codebook=book)) == [[mark]]
    assert marks(mean_table(100, 12.0, se, 0.02, 0.04)) == [[""]]


def test_who_knows_the_exception_knows_no_more_of_the_others() -> None:
    """180 of 201 is under nine in ten, and nine in ten of the 200 others for the one who knows their own answer."""
    assert marks(share_table([{"n": 201, "count": 180}], of="origin")) == [["x"]]
    assert marks(share_table([{"n": 202, "count": 180}], of="origin")) == [[""]]


def test_a_mean_of_codes_does_not_give_a_hidden_answer_back() -> None:
    """Of three answers two are hidden; with the mean of the codes beside them both would follow."""
    rows = [{"code": 1, "n": 300, "count": 200}, {"code": 2, "n": 300, "count": 93}, {"code": 3, "n": 300, "count": 7}]
    mean = mean_table(300, 1.36, 0.03, 0.01, 0.02)
    table, other = protect([share_table(rows, of="view", code=None), replace(mean, of="view")])
    assert (list(table.table["mark"]), list(other.table["mark"])) != (["", "x", "<10%"], [""])
    assert list(table.table["mark"])[2] in ("x", "<10%")


# What hiding costs -------------------------------------------------------------------------------------------------


def test_the_team_is_told_which_merge_saves_most() -> None:
    """Two small regions that are one of enough answers: both are no longer too small."""
    made = [(1, 150, 70), (2, 18, 9), (3, 20, 10)]
    by_region = share_table([{"region": at, "n": n, "count": count} for at, n, count in made], by=("region",))
    _, report = protect_with_report([by_region, share_table([{"n": 188, "count": 89}])])
    best = report.savings[0]
    assert (best.variable.name, best.codes, best.small) == ("region", (2, 3), 1)
    assert "'Answer 2' + 'Answer 3'" in report.sentence("en")
    assert list(report.costs("en").iloc[0])[:2] == ["Region", "'Answer 2' + 'Answer 3'"]
    assert isinstance(report.costs("nl"), pd.DataFrame)


def test_where_everyone_gave_one_answer_only_that_table_loses_its_test() -> None:
    survey = read_survey("example_2022")
    column = survey.column("knows_where")
    same = pd.Categorical([1] * len(survey), categories=column.cat.categories, ordered=column.cat.ordered)
    alike = replace(survey, rows=survey.rows.assign(knows_where=pd.Series(same, survey.rows.index)), _encoded={})
    with pytest.warns(DoubtWarning, match=r"'knows_where_by_level' stands without its test. Everyone gives the same"):
        results = estimate_declared(alike)
    tests = [one for one in results if isinstance(one, Comparison)]
    assert [one.of for one in results if one not in tests].count("knows_where") == 2
    assert {one.of for one in tests} == {"discrimination_experienced", "search_difficulty"}
