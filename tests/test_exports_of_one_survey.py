"""One questionnaire of a team's own as seven exports, read with one codebook: the same figures from each."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from stagekansen_lib.errors import StagekansenError
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.intake.set_aside import ROW_REASONS
from stagekansen_lib.readers.detection import read_table
from stagekansen_lib.surveys.surveys import Survey
from tests import school_survey

BOOK = school_survey.codebook()
ONLY_FINISHED = ("Microsoft Forms", "Google Forms", "SPSS")


def figures(survey: Survey) -> dict[str, float]:
    rows = survey.rows
    return {
        "rows": len(rows),
        "met": rows["met"].dropna().isin(["A1", "A2"]).mean(),
        "first level": (rows["level"] == "A1").mean(),
        "age": rows["age"].mean(),
        "letters": rows["letters"].mean(),
        "found through school": rows["ways[SQ001]"].mean(),
        "found through friends": rows["ways[SQ003]"].mean(),
        "told a mentor": rows["told[SQ001]"].mean(),
        "told, number asked": rows["told[SQ001]"].notna().sum(),
        "could be oneself": (rows["statement1"] == "AO03").mean(),
    }


@pytest.mark.parametrize("tool", school_survey.WRITERS)
def test_every_export_gives_the_figures_of_the_truth(tool: str, tmp_path: Path) -> None:
    name, write = school_survey.WRITERS[tool]
    survey = read_survey(write(tmp_path / name), BOOK)
    assert figures(survey) == pytest.approx(school_survey.figures(), rel=1e-6)


@pytest.mark.parametrize("tool", school_survey.WRITERS)
def test_rows_in_are_rows_accepted_and_rows_set_aside_and_each_is_told(tool: str, tmp_path: Path) -> None:
    name, write = school_survey.WRITERS[tool]
    survey = read_survey(write(tmp_path / name), BOOK)
    reasons = survey.set_aside["reason"].value_counts().to_dict()
    unfinished = 0 if tool in ONLY_FINISHED else sum(not one["finished"] for one in school_survey.PEOPLE)
    refused = sum(one["finished"] and not one["consent"] for one in school_survey.PEOPLE)
    expected = {"no_consent": refused} | ({"unfinished": unfinished} if unfinished else {})
    assert reasons == expected
    assert any("unfinished" in line for line in survey.provenance.history) == bool(unfinished)


def test_unfinished_answers_can_be_kept_and_their_empty_ticks_are_no_answers(tmp_path: Path) -> None:
    file = school_survey.write_limesurvey_codes(tmp_path / "codes.csv")
    kept = read_survey(file, BOOK, keep=["unfinished"])
    unfinished = [one for one in school_survey.PEOPLE if not one["finished"] and one["consent"]]
    assert len(kept) == school_survey.figures()["rows"] + len(unfinished)
    rows = kept.rows.loc[[one["number"] + 1 for one in unfinished if not one["ways"]]]
    assert len(rows) > 0
    assert rows["ways[SQ001]"].isna().all()


def test_seed_and_times_of_limesurvey_are_left_out_and_may_still_be_named(tmp_path: Path) -> None:
    file = school_survey.write_limesurvey_codes(tmp_path / "codes.csv")
    assert {"seed", "V1Time"} & set(read_table(file).rows.columns) == set()
    assert len(read_survey(file, BOOK, remove=["seed"])) == school_survey.figures()["rows"]


def test_heads_of_code_and_text_are_split_and_keep_their_own_name_for_who_gives_it(tmp_path: Path) -> None:
    file = school_survey.write_limesurvey_code_and_text(tmp_path / "code_and_text.csv")
    table = read_table(file)
    assert "V7[SQ002]" in table.rows.columns
    assert table.questions["V7[SQ002]"] == (f"{school_survey.QUESTIONS['V7']} [Internet]",)
    head = f"V10. {school_survey.QUESTIONS['V10']}"
    assert "said" not in read_survey(file, BOOK, remove=[head]).rows


def _mutated(content: bytes, chance: random.Random) -> bytes:
    """A file as somebody damaged it: lines lost, doubled or swapped, cells cut, signs put in, the end cut off."""
    lines = content.split(b"\n")
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(lines))
        line = lines[at]
        cut = chance.randrange(len(line) + 1)
        change = chance.randrange(9)
        if change == 0:
            lines[at] = line[:cut]
        elif change == 1:
            lines.insert(at, line)
        elif change == 2:
            lines[at] = line[:cut] + chance.choice([b",", b";", b'"', b"\x00", b"=1+1", b"\xe9", b"\t"]) + line[cut:]
        elif change == 3:
            lines[at : at + 2] = lines[at : at + 2][::-1]
        elif change == 4:
            lines = [one + b"," for one in lines]
        elif change == 5:
            lines = [b"", b"", *lines]
        elif change == 6:
            lines = [b"sep=,", *lines]
        elif change == 7:
            lines = [one.replace(b",", b";") for one in lines]
        else:
            lines = lines[: max(at, 2)]
    return b"\n".join(lines)


def test_two_hundred_damaged_exports_give_a_survey_or_a_clear_refusal_and_lose_no_row(tmp_path: Path) -> None:
    texts = [tool for tool, (name, _) in school_survey.WRITERS.items() if name.endswith(".csv")]
    whole = {tool: school_survey.WRITERS[tool][1](tmp_path / f"{at}.csv").read_bytes() for at, tool in enumerate(texts)}
    read = refused = 0
    for seed in range(200):
        chance = random.Random(seed)
        file = tmp_path / "damaged.csv"
        file.write_bytes(_mutated(whole[texts[seed % len(texts)]], chance))
        try:
            survey = read_survey(file, BOOK)
        except StagekansenError:
            refused += 1
            continue
        read += 1
        if seed % 4 == 0:  # each is checked by the reading itself; these once more from outside
            gone = survey.set_aside["reason"].isin(ROW_REASONS).sum()
            assert read_table(file).count == len(survey) + gone, seed
    assert read + refused == 200
    assert read > 60
