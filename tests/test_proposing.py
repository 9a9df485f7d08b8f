"""Tables are proposed from the codebook: coarse, about what the survey is for, and never a question twice."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from stagekansen_lib.disclosure.rules import read_declared_tables, read_release_margins, read_required_variables
from stagekansen_lib.drafts.concepts import known_concepts
from stagekansen_lib.errors import InputError
from stagekansen_lib.releases.proposing import _OF_CONCEPT, TableProposals, propose_tables, write_tables
from stagekansen_lib.surveys.codebook_checks import check_codebook
from stagekansen_lib.surveys.codebook_files import read_codebook, write_codebook
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from tests.short_questionnaire import short


@pytest.fixture(scope="module")
def found() -> TableProposals:
    return propose_tables("baseline")


def test_the_tables_of_the_example_are_those_that_the_design_asks_for(found: TableProposals) -> None:
    ids = [one["id"] for one in found.tables]
    assert ids[:3] == ["level", "sector3", "origin2"]
    for group in ("level", "sector3", "origin2"):
        assert f"discrimination_experienced_by_{group}" in ids
    assert found.required == ("level", "discrimination_experienced")
    difficulty = {"much_difficulty_by_discrimination_experienced", "much_difficulty_by_level"}
    assert difficulty | {"knows_where_by_level"} <= set(ids)
    assert len(ids) <= 25
    assert len(ids) == len(set(ids))


def test_no_question_is_told_in_two_forms(found: TableProposals) -> None:
    def asked(name: str) -> str:
        variable = found.codebook[name]
        return asked(variable.derived_from[0]) if len(variable.derived_from) == 1 else name

    outcomes = list(dict.fromkeys(one["of"] for one in found.tables))
    assert len({asked(name) for name in outcomes}) == len(outcomes)


def test_groups_have_two_or_three_answers_and_outcomes_five_at_most(found: TableProposals) -> None:
    for one in found.tables:
        assert one["statistic"] == "mean" or 2 <= len(found.codebook[one["of"]].valid_codes) <= 5, one["id"]
        assert all(len(found.codebook[name].valid_codes) in (2, 3) for name in one.get("by", []))
        assert found.codebook[one["of"]].privacy not in ("consent", "identifying")


def test_the_merges_make_a_codebook_that_agrees_with_itself(found: TableProposals) -> None:
    assert found.merges
    assert check_codebook(found.codebook) == ()
    merged = propose_tables(short()).merges[0]
    assert (merged.name, merged.derived_from) == ("difficulty3", ("difficulty",))
    assert [code.label_nl for code in merged.codes] == ["stap 1 of stap 2", "stap 3", "stap 4 of stap 5"]
    assert [[code in one.values for code in range(1, 6)] for one in merged.codes if one.values] == [
        [True, True, False, False, False], [False, False, True, False, False], [False, False, False, True, True],
    ]  # fmt: skip


def test_what_gets_no_table_is_named_with_the_reason(found: TableProposals) -> None:
    told = dict(found.left_out)
    assert "merge" in told["school"]
    assert "decimals" in told["duration_minutes"]
    assert "# 'school': " in found.text()
    assert yaml.safe_load(found.text())["required"] == ["level", "discrimination_experienced"]


def test_the_file_is_read_as_declared_tables_and_never_written_over_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_codebook(short(), tmp_path / "data" / "codebooks")
    (tmp_path / "data" / "rules").mkdir()
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    file, found = write_tables("short")
    assert [one.id for one in read_declared_tables("short")] == [one["id"] for one in found.tables]
    assert read_required_variables("short") == ("level", "met")
    assert read_release_margins("short") == "none"
    assert read_codebook("short")["difficulty3"].derived_from == ("difficulty",)
    text = file.read_text("utf-8")
    with pytest.raises(InputError, match="There are tables for codebook 'short' already"):
        write_tables("short")
    write_tables("short", replace_file=True)
    assert file.read_text("utf-8") == text


def test_a_codebook_without_anything_to_count_is_an_error() -> None:
    with pytest.raises(InputError, match="no question that a release could count"):
        propose_tables(Codebook("bare", {"story": short()["story"]}))


def test_every_concept_is_an_outcome_of_a_release_or_says_who_somebody_is() -> None:
    background = {"level", "school", "field", "study_year", "age", "gender", "channel"}
    assert set(_OF_CONCEPT) == set(known_concepts()) - background


@pytest.mark.parametrize("concept", sorted(_OF_CONCEPT))
def test_a_question_of_an_outcome_never_tells_groups_apart_whatever_it_is_called(concept: str) -> None:
    codes = (Code(0, "Nee", "No"), Code(1, "Ja", "Yes"))
    made = Variable("q9", "nominal", "Vraag 9", "Question 9", codes, concept=concept, fit="other_wording")
    book = Codebook("school", {"level": short()["level"], "q9": made})
    tables = propose_tables(book).tables
    assert {one["of"] for one in tables if one.get("by")} == {"q9"}
    assert {name for one in tables for name in one.get("by") or []} == {"level"}
