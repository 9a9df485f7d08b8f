"""Merges are proposed by what they give back, and the team sees why each cell is as it is."""

from __future__ import annotations

import ast
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from stagekansen_lib.disclosure.protect import protect, protect_with_report
from stagekansen_lib.disclosure.published import HIDDEN_MARKS, PublishedTable
from stagekansen_lib.disclosure.reasons import Reason, in_words
from stagekansen_lib.errors import InputError, RefusedError
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.project.paths import library_folder
from stagekansen_lib.releases.merges import merge_answers, propose_merges
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.wording import LANGUAGES, _texts
from tests.small_surveys import survey_of


@pytest.fixture(scope="module")
def survey() -> Survey:
    return read_survey("example_2022")


def regions(*sizes: int) -> Survey:
    """People in three regions, half of whom feel safe."""
    region = np.repeat([1, 2, 3], sizes)
    frame = pd.DataFrame(
        {"region": region, "safe": np.arange(len(region)) % 2, "level": 1 + np.arange(len(region)) % 2}
    )
    return survey_of(frame)


def said(table: object) -> int:
    assert isinstance(table, PublishedTable)
    return int((~table.table["mark"].isin(HIDDEN_MARKS)).sum())


def test_the_best_merge_is_the_one_that_makes_a_small_group_large_enough() -> None:
    """Regions of 150, 29 and 28: only the two small ones together lose nothing that is shown."""
    people = regions(150, 29, 28)
    found = propose_merges(people, [share(people, "safe", "region", code=1)])
    best = found.table.iloc[0]
    assert found.hidden == 2
    assert best["codes"] == (2, 3)
    assert (best["gained"], best["lost"], best["net"], best["hidden_after"], best["rows_after"]) == (2, 0, 2, 0, 2)
    assert "'Antwoord 2' + 'Antwoord 3'" in found.sentence("nl")
    assert "2 hidden rows then say something, 0 rows become coarser" in found.sentence("en")
    assert found.table["net"].is_monotonic_decreasing


def test_what_is_promised_is_what_protecting_the_merged_survey_gives() -> None:
    people = regions(150, 29, 28)
    asked = [share(people, "safe", "region", code=1), share(people, "region")]
    found = propose_merges(people, asked)
    for merge in found.table.itertuples():
        merged = merge_answers(people, merge.variable, merge.codes)
        assert merged.provenance.only_a_look
        with pytest.raises(RefusedError, match="Only for a look"):
            protect([share(merged, "region")])
        merged = replace(merged, provenance=people.provenance)
        after = protect([share(merged, "safe", "region", code=1), share(merged, "region")])
        rows = sum(len(one.table) for one in after if isinstance(one, PublishedTable))
        assert (rows - sum(map(said, after)), rows) == (merge.hidden_after, merge.rows_after)


def test_all_tables_count_together() -> None:
    """A merge that helps one table makes another coarser, and both are counted."""
    people = regions(150, 29, 28)
    alone = propose_merges(people, [share(people, "safe", "region", code=1)]).table.iloc[0]
    both = propose_merges(people, [share(people, "safe", "region", code=1), share(people, "region")]).table
    same = both[both["codes"] == alone["codes"]].iloc[0]
    assert same["gained"] >= alone["gained"]
    assert same["lost"] > alone["lost"]


def test_answers_with_an_order_are_merged_with_their_neighbours_only(survey: Survey) -> None:
    found = propose_merges(survey, [share(survey, of="discrimination_experienced", code=1, by="age_class")])
    known = list(survey.variable("age_class").valid_codes)
    assert len(found.table) >= 2
    for codes in found.table["codes"]:
        places = [known.index(code) for code in codes]
        assert places == list(range(places[0], places[-1] + 1))
    with pytest.raises(InputError, match="no neighbours"):
        merge_answers(survey, "age_class", [known[0], known[2]])


def test_nothing_is_proposed_where_everything_is_shown() -> None:
    people = regions(150, 120, 110)
    found = propose_merges(people, [share(people, "safe", "region", code=1)])
    assert (found.hidden, len(found.table)) == (0, 0)
    assert "Samenvoegen is niet nodig" in found.sentence("nl")
    assert "Nothing needs to be merged" in repr(found)


def test_the_declared_tables_are_looked_at_when_none_are_given(survey: Survey) -> None:
    assert propose_merges(survey).rows == 40


def test_merging_leaves_people_and_other_questions_as_they_are(survey: Survey) -> None:
    merged = merge_answers(survey, "difficulty3", [2, 3])
    before, after = (one.rows["difficulty3"].value_counts() for one in (survey, merged))
    assert after[2] == before[2] + before[3]
    assert merged.rows.drop(columns="difficulty3").equals(survey.rows.drop(columns="difficulty3"))
    assert merged.rows["difficulty3"].isna().equals(survey.rows["difficulty3"].isna())
    assert merged.codebook["difficulty3"].valid_codes == (1, 2)
    assert "merged for a look" in merged.provenance.history[-1]


@pytest.mark.parametrize(
    ("of", "codes", "text"),
    [
        ("difficulty3", [1], "two or more"),
        ("difficulty3", [1, 9], "no answer 9"),
        ("applications", [1, 2], "list of answers"),
    ],
)
def test_what_cannot_be_merged_is_explained(survey: Survey, of: str, codes: list[int], text: str) -> None:
    with pytest.raises(InputError, match=text):
        merge_answers(survey, of, codes)


# Why ---------------------------------------------------------------------------------------------------------------


def reasons_in_the_code() -> set[tuple[str, str]]:
    """The rule and kind of every reason that protection can give."""
    found = set()
    for path in library_folder("disclosure").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Reason":
                rule, kind = node.args[:2]
                assert isinstance(rule, ast.Constant)
                # Only R1 takes its kind from a variable: the count that is too small.
                kinds = [kind.value] if isinstance(kind, ast.Constant) else ["base", "count", "complement"]
                found |= {(str(rule.value), str(one)) for one in kinds}
    return found


def test_every_reason_of_protection_is_told_in_words_and_no_words_are_left_over() -> None:
    told = {key.removeprefix("reasons.") for key in _texts("nl") if key.startswith("reasons.")}
    assert told == {f"{rule.lower()}_{kind}" for rule, kind in reasons_in_the_code()}
    for key in told:
        assert all(f"({key[:2].upper()})" in _texts(language)[f"reasons.{key}"] for language in LANGUAGES)


def test_a_reason_shows_its_numbers_as_the_language_writes_them() -> None:
    reason = Reason("R3", "uncertain_variation", {"share": 0.165})
    assert reason.text("nl") == "onzeker: variatiecoëfficiënt boven 16,5% (R3)"
    assert reason.text("en") == "uncertain: coefficient of variation over 16.5% (R3)"
    assert Reason("R4", "told", {"edge": "<10%"}).text("en") == "told as the class <10% only (R4)"


def test_the_report_tells_the_team_why_each_cell_is_as_it_is(survey: Survey) -> None:
    asked = [share(survey, of="discrimination_experienced", code=1, by="age_class"), share(survey, of="age_class")]
    published, report = protect_with_report(asked)
    why = report.why("nl")
    assert len(why) == len(report.table) == 12
    hidden = report.why("nl", hidden_only=True)
    assert len(hidden) == (published[0].table["mark"] == "x").sum()  # type: ignore[union-attr]
    assert hidden["waarom"].str.contains(r"\(R[1-6]\)").all()
    uncertain = why[why["merk"] == "~"]
    assert uncertain["waarom"].str.startswith("onzeker:").all()
    assert why[why["merk"].str.startswith("<")]["waarom"].str.contains("klasse").all()
    drawn = report.draw("en")
    assert "For the team only" in drawn
    assert drawn.count("<title>") == 12
    assert "For the team only" in repr(report)
    assert str(published[0]).count("R1") == 0


def test_a_base_under_ten_is_said_once() -> None:
    small = [Reason("R1", kind, {"least": 10}) for kind in ("base", "count")]
    reasons = [*small, Reason("R2", "base", {"least": 30}), Reason("R6", "partner", {"table": "level"})]
    assert in_words(reasons, "en") == (
        "fewer than 10 answers (R1); protects a row of level, which could be computed otherwise (R6)"
    )


def test_no_reason_reaches_what_is_published() -> None:
    people = regions(150, 29, 28)
    published, report = protect_with_report([share(people, "safe", "region", code=1)])
    table = published[0]
    assert isinstance(table, PublishedTable)
    assert any(one.rule == "R2" for found in report.table["reasons"] for one in found)
    for text in (table.table.to_csv(), table.sentence("nl"), table.reliability("nl"), table._repr_html_()):
        assert not re.search(r"R[1-7]\b|onder 10|\b29\b", text)
