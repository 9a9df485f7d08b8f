"""The codebook of the baseline, the small language of its rules, and what is refused."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagekansen_lib.errors import InputError
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.surveys.codebook_checks import check_codebook
from stagekansen_lib.surveys.codebook_files import read_codebook, read_conditions, read_value_set
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable


@pytest.fixture(scope="module")
def baseline() -> Codebook:
    return read_codebook("baseline")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the baseline codebook that a test may spoil."""
    for file in data_folder("codebooks").glob("baseline*.csv"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path / "baseline.csv"


def spoil(path: Path, before: str, after: str) -> None:
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")


def test_all_45_items_are_in_the_codebook_once(baseline: Codebook) -> None:
    blocks = {"c": 3, "a": 5, "b": 3, "d": 5, "g": 7, "m": 5, "k": 5, "h": 10, "z": 2}
    items = [variable.item for variable in baseline.variables.values() if variable.item]
    assert sorted(items) == sorted(
        f"{letter}{number}" for letter, last in blocks.items() for number in _count(letter, last)
    )
    assert len(items) == 45


def _count(letter: str, size: int) -> range:
    return range(0, size) if letter == "c" else range(1, size + 1)


def test_special_categories_are_those_of_the_questionnaire_and_what_is_made_from_them(baseline: Codebook) -> None:
    special = {variable.name for variable in baseline.variables.values() if variable.privacy == "special"}
    items = {baseline[name].item for name in special} - {""}
    assert items == {"g2", "h5", "h6", "h7", "h8", "h9"}
    assert special - {name for name in special if baseline[name].item} == {"origin2", "grounds3"}


def test_every_question_has_its_text_in_two_languages(baseline: Codebook) -> None:
    for variable in baseline.variables.values():
        if variable.item:
            assert variable.question_nl, variable.name
            assert variable.question_en, variable.name


def test_every_opt_out_is_a_missing_code_and_never_an_answer(baseline: Codebook) -> None:
    for variable in baseline.variables.values():
        for code in variable.codes:
            if code.label_nl == "Zeg ik liever niet":
                assert code.missing == "prefer_not_to_say", variable.name
                assert code.code not in variable.valid_codes


def test_the_opt_out_of_a_count_is_no_possible_count(baseline: Codebook) -> None:
    applications = baseline["applications"]
    assert applications.maximum == 500
    assert [code.code for code in applications.codes] == [999]
    with_99 = replace(applications, codes=(replace(applications.codes[0], code=99),))
    problems = check_codebook(Codebook("x", {"applications": replace(with_99, only_if=())}))
    assert [problem.what for problem in problems] == ["Missing code 99 could also be a real answer."]


def test_doubt_about_discrimination_is_an_answer_and_not_missing(baseline: Codebook) -> None:
    assert baseline["discrimination_answer"].valid_codes == (1, 2, 3)
    assert baseline["lgbti"].valid_codes == (1, 2, 3)
    assert baseline["study_delay"].valid_codes == (1, 2, 3)


@pytest.mark.parametrize(
    ("name", "answer", "code"),
    [
        ("discrimination_experienced", 1, 1),
        ("discrimination_experienced", 2, 0),
        ("discrimination_experienced", 3, 0),
        ("discrimination_or_doubt", 2, 1),
        ("discrimination_or_doubt", 3, 0),
        ("much_difficulty", 4, 1),
        ("much_difficulty", 3, 0),
        ("felt_safe", 4, 1),
        ("felt_safe", 3, 0),
        ("level", 4, 1),
        ("level", 5, 2),
        ("applications_class", 3, 2),
        ("applications_class", 4, 3),
        ("applications_class", 19, 4),
        ("applications_class", 20, 5),
    ],
)
def test_derived_codes_stand_on_the_right_side_of_each_limit(
    baseline: Codebook, name: str, answer: int, code: int
) -> None:
    fitting = [known.code for known in baseline[name].codes if known.values is not None and answer in known.values]
    assert fitting == [code]


@pytest.mark.parametrize("text", ["Den Haag", " 's-Gravenhage ", "2490", "2599", "2511"])
def test_the_hague_is_recognised_by_name_and_by_digits(baseline: Codebook, text: str) -> None:
    no, yes = baseline["lives_in_the_hague"].codes
    assert yes.values is not None
    assert no.values is not None
    assert text in yes.values
    assert text not in no.values


@pytest.mark.parametrize("text", ["2489", "2600", "Rijswijk"])
def test_places_just_outside_the_hague_are_outside(baseline: Codebook, text: str) -> None:
    no, yes = baseline["lives_in_the_hague"].codes
    assert yes.values is not None
    assert no.values is not None
    assert text not in yes.values
    assert text in no.values


def test_an_unknown_place_is_neither_in_nor_outside(baseline: Codebook) -> None:
    assert not any("bij oma" in code.values for code in baseline["lives_in_the_hague"].codes if code.values is not None)


@given(st.integers(-50, 50), st.integers(0, 30), st.integers(-100, 100))
def test_a_range_holds_its_limits_and_what_lies_between(low: int, width: int, number: int) -> None:
    assert (number in read_value_set(f"{low}..{low + width}")) == (low <= number <= low + width)


@given(st.sets(st.integers(-99, 999), min_size=1), st.integers(-99, 999))
def test_a_set_of_codes_holds_those_codes_and_no_other(codes: set[int], number: int) -> None:
    assert (number in read_value_set("|".join(map(str, codes)))) == (number in codes)


@pytest.mark.parametrize("text", ["", "1||2", "9..4", ".."])
def test_a_set_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read_value_set(text)


def test_a_condition_is_read_with_its_sign() -> None:
    first, second = read_conditions("progress=4..6 & compulsory_internship!=2")
    assert (first.variable, first.negated, 5 in first.values, 7 in first.values) == ("progress", False, True, False)
    assert (second.variable, second.negated) == ("compulsory_internship", True)
    with pytest.raises(InputError, match="is not a condition"):
        read_conditions("progress > 3")


def test_rules_are_data_and_never_run() -> None:
    with pytest.raises(InputError, match="is not a condition"):
        read_conditions("__import__('os').getcwd()")


def test_an_unknown_name_offers_near_matches() -> None:
    with pytest.raises(InputError, match="Did you mean 'baseline'"):
        read_codebook("basline")
    with pytest.raises(InputError, match="Did you mean 'search_difficulty'"):
        read_codebook("baseline")["serch_difficulty"]


def test_a_codebook_saved_by_a_dutch_spreadsheet_reads_the_same(copy: Path, baseline: Codebook) -> None:
    for file in copy.parent.glob("*.csv"):
        rows = list(csv.reader(file.read_text("utf-8").splitlines()))
        with file.open("w", encoding="utf-8-sig", newline="") as target:
            csv.writer(target, delimiter=";").writerows(rows)
    assert read_codebook(copy) == baseline


def test_all_problems_of_a_codebook_are_named_at_once(copy: Path) -> None:
    spoil(copy, "search_difficulty,d1,zoeken,ordinal", "search_difficulty,d1,zoeken,ordinaal")
    spoil(copy, "compulsory_internship!=2 & progress=4|5|6", "compulsory_internship!=2 & progres=4|5|6")
    codes = copy.with_name("baseline_codes.csv")
    spoil(codes, "much_difficulty,0,Nee,No,,,1..3", "much_difficulty,0,Nee,No,,,1..2")
    spoil(codes, "school,2,mboRijnland", "schol,2,mboRijnland")
    with pytest.raises(InputError) as caught:
        read_codebook(copy)
    text = str(caught.value)
    assert "'ordinaal' is not possible here. Did you mean 'ordinal'" in text
    assert "looks at 'progres', which does not come before it. Did you mean 'progress'?" in text
    assert "No code takes up code 3 of 'search_difficulty'." in text
    assert "Variable 'schol' is not in baseline.csv. Did you mean 'school'" in text


def test_a_source_code_claimed_twice_is_a_problem(copy: Path) -> None:
    spoil(copy.with_name("baseline_codes.csv"), "level,2,hbo,hbo,,,5..7", "level,2,hbo,hbo,,,4..7")
    with pytest.raises(InputError, match="2 codes take up code 4 of 'programme_type'"):
        read_codebook(copy)


def test_a_file_that_is_not_utf8_says_how_to_save_it(copy: Path) -> None:
    copy.write_bytes(copy.read_text("utf-8").encode("cp1252"))
    with pytest.raises(InputError, match="CSV UTF-8"):
        read_codebook(copy)


def test_a_missing_file_and_a_missing_column_are_named(copy: Path) -> None:
    spoil(copy.with_name("baseline_checks.csv"), "severity", "ernst")
    with pytest.raises(InputError, match=r"Column\(s\) missing: severity"):
        read_codebook(copy)
    copy.with_name("baseline_codes.csv").unlink()
    with pytest.raises(InputError, match=r"baseline_codes\.csv: This file of the codebook is not there"):
        read_codebook(copy)


def test_a_line_with_a_cell_too_few_is_named(copy: Path) -> None:
    codes = copy.with_name("baseline_codes.csv")
    spoil(codes, "consent,2,Nee,No,,,\n", "consent,2,Nee\n")
    with pytest.raises(InputError, match=r"baseline_codes\.csv line 5: This line does not have 7 cells"):
        read_codebook(copy)


def test_what_contradicts_itself_is_found() -> None:
    bare = Variable("x", "nominal", "x", "")
    twice = Variable("y", "nominal", "y", "y", codes=(Code(1, "a", "a"), Code(1, "b", "b")), role="respondent")
    found = Counter(
        problem.what for problem in check_codebook(Codebook("c", {"x": replace(bare, role="respondent"), "y": twice}))
    )
    assert found == {
        "A label is missing.": 1,
        "Kind 'nominal' needs codes, and there are none.": 1,
        "Code 1 stands here twice.": 1,
        "Role 'respondent' is given to 2 variables: x, y.": 1,
    }


def test_a_codebook_shows_itself_in_a_notebook(baseline: Codebook) -> None:
    page = baseline._repr_html_()
    assert page.count("<tr>") == len(baseline) + 1
    assert "Moeite om een stageplek te vinden" in page
