"""Checks of a survey: each rule counts honestly, nothing is lost, and no answer leaks into any text."""

from __future__ import annotations

import csv
import logging
import re
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stagekansen_lib.errors import InputError, RefusedError
from stagekansen_lib.intake.checks import CheckReport, check_survey
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.intake.taking_back import set_rows_aside, take_back, write_set_aside
from stagekansen_lib.privacy.gate import find_identifiers
from stagekansen_lib.privacy.risk import describe_risk
from stagekansen_lib.readers.columns import find_columns
from stagekansen_lib.readers.csv_files import read_csv_file
from stagekansen_lib.surveys.codebook_files import read_codebook
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey, subset
from tests.answer_files import ITEMS, write

BATTERY = ("k1", "k2", "k3", "k4", "k5")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "export.csv"


def rule(survey: Survey, name: str) -> dict[str, object]:
    return check_survey(survey).table.set_index("rule").loc[name].to_dict()


def total(survey: Survey) -> int:
    report = check_survey(survey)
    assert report.accepted == len(survey)
    return report.accepted + report.rows_set_aside


def answers(number: int) -> dict[str, str]:
    """A student whose answers differ from those of every other number in more than two places."""
    digits = [int(digit) for digit in f"{number:04b}"]
    items = ("a5", "h1", "h2", "h10", "d1", "d4", "m1", "k1", "k2", "k3", "g4", "h4")
    return {item: str(1 + digits[place % 4]) for place, item in enumerate(items)} | {"k4": "3", "k5": "2"}


@pytest.mark.parametrize(("minutes", "fast"), [("3,9", ()), ("4", ()), ("3,3", (5,)), ("", ())])
def test_less_than_a_third_of_the_median_time_is_hasty(file: Path, minutes: str, fast: tuple[int, ...]) -> None:
    others = [{"duration_minutes": value} for value in ("10", "12", "20")]
    found = rule(read_survey(write(file, *others, {"duration_minutes": minutes})), "quality:speed")
    assert found["rows"] == fast
    assert found["severity"] == "warning"
    assert (found["passed"], found["missing"]) == (4 - len(fast) - (minutes == ""), int(minutes == ""))


def test_one_answer_to_a_whole_battery_is_a_note(file: Path) -> None:
    survey = read_survey(
        write(
            file,
            dict.fromkeys(BATTERY, "4"),
            {**dict.fromkeys(BATTERY, "4"), "k5": "3"},
            {**dict.fromkeys(BATTERY, "4"), "k5": "99"},  # four equal answers are enough
            {**dict.fromkeys(BATTERY, "4"), "k5": "99", "k4": "99"},  # three are not
        )
    )
    found = rule(survey, "quality:straight:well_prepared")
    assert (found["rows"], found["passed"], found["missing"], found["severity"]) == ((2, 4), 1, 1, "note")


def test_repeated_answers_are_found_without_a_number_of_the_respondent(file: Path) -> None:
    first = answers(5)
    two_other = {**first, "d1": "5", "h1": "6"}
    three_other = {**two_other, "h10": "4"}
    survey = read_survey(write(file, answers(2), first, {**first, "z1": "Een andere tekst."}, two_other, three_other))
    assert rule(survey, "quality:identical")["rows"] == (4,)
    near = rule(survey, "quality:near")
    assert near["rows"] == (5, 6)  # the last one is near to the one before it
    apart = read_survey(write(file, answers(2), first, three_other))
    assert rule(apart, "quality:near")["rows"] == ()
    assert rule(apart, "quality:near")["passed"] == 3


def test_near_copies_are_those_that_comparing_every_pair_finds() -> None:
    import numpy as np

    from stagekansen_lib.intake import quality_checks

    codes = np.random.default_rng(7).integers(0, 3, (150, 21)).astype(np.int32)
    codes[20:60] = codes[:40]
    for row in range(20, 60):
        places = np.random.default_rng(row).choice(21, row % 5, replace=False)
        codes[row, places] += 3
    found, judged = quality_checks._near(codes, np.arange(len(codes)))
    every = [any((codes[row] != codes[other]).sum() <= 2 for other in range(row)) for row in range(len(codes))]
    assert judged
    assert found.tolist() == every
    assert 0 < sum(every) < 60


def test_a_row_set_aside_by_the_team_can_be_taken_back(file: Path) -> None:
    survey = read_survey(write(file, *({**answers(number), "d1": "8"} for number in range(4))))
    less = set_rows_aside(survey, rows=[3, 5], reason="filled in by a class as a joke")
    assert less.rows.index.tolist() == [2, 4]
    assert total(less) == total(survey) == 4
    assert less.set_aside is not None
    assert less.set_aside.query("reason == 'set_aside_by_team'")["row"].tolist() == [3, 5]
    assert less.provenance.history[-1] == "2 row(s) set aside by the team: filled in by a class as a joke"
    back = take_back(less, rows=[5], reason="was no joke")
    assert back.rows.index.tolist() == [2, 4, 5]
    assert back.provenance.history[-1] == "1 row(s) taken back by the team: was no joke"
    whole = take_back(back, rows=[3], reason="neither")
    pd.testing.assert_frame_equal(whole.rows, survey.rows)
    assert whole.missing_reasons is not None
    assert survey.missing_reasons is not None
    assert (whole.missing_reasons.astype(object) == survey.missing_reasons.astype(object)).sum().sum() == (
        survey.missing_reasons.notna().sum().sum()
    )
    assert whole.set_aside is not None
    assert whole.set_aside.to_numpy().tolist() == survey.set_aside.to_numpy().tolist()  # type: ignore[union-attr]


def test_a_repeated_respondent_can_be_taken_back_with_its_own_faults(file: Path) -> None:
    survey = read_survey(
        write(file, {"respondent_id": "A"}, {"respondent_id": "A", "d1": "8", "d2": ""}, {"respondent_id": "B"})
    )
    assert total(survey) == 3
    assert check_survey(survey).values_set_aside == 0
    back = take_back(survey, rows=[3], reason="brother and sister on one computer")
    assert back.rows.index.tolist() == [2, 3, 4]
    assert total(back) == 3
    assert back.set_aside is not None
    assert back.set_aside[["row", "reason"]].to_numpy().tolist() == [[3, "unknown_code"]]
    assert back.missing_reasons is not None
    assert back.missing_reasons.loc[3, ["search_difficulty", "applications"]].tolist() == ["invalid", "blank"]


def test_what_cannot_be_taken_back_is_said_at_once(file: Path) -> None:
    write(file, {}, {"c0": "2"}, {})
    with file.open("a", encoding="utf-8") as raw:
        raw.write("1;2\r\n")
    survey = read_survey(file)
    with pytest.raises(RefusedError, match="gave no consent"):
        take_back(survey, rows=[3], reason="please")
    with pytest.raises(InputError) as stopped:
        take_back(survey, rows=[2, 5, 77], reason=" ")
    assert [problem.what for problem in stopped.value.problems] == [
        "Row 2 takes part already.",
        "Row 5 cannot be taken back: row is not complete.",
        "Row 77 cannot be taken back.",
        "There is no reason.",
    ]
    with pytest.raises(InputError, match="Row 3 does not take part"):
        set_rows_aside(survey, rows=[3], reason="x")
    with pytest.raises(InputError, match="Nobody would be left"):
        set_rows_aside(survey, rows=[2, 4], reason="x")
    cut = subset(survey, [True, False])
    with pytest.raises(RefusedError, match="weighted or cut"):
        set_rows_aside(cut, rows=[2], reason="x")
    weighted = survey_from_frame(survey.rows.assign(w=[1.0, 2.0]), weights="w")
    with pytest.raises(RefusedError, match="weighted or cut"):
        take_back(weighted, rows=[2], reason="x")


@given(st.lists(st.sampled_from(["fine", "no consent", "double", "fault", "named"]), min_size=1, max_size=8), st.data())
@settings(max_examples=12, deadline=None)
def test_rows_in_are_rows_accepted_and_rows_set_aside_whatever_is_done(
    tmp_path_factory: pytest.TempPathFactory, kinds: list[str], data: st.DataObject
) -> None:
    made = {
        "no consent": {"c0": "2"},
        "double": {"respondent_id": "first"},
        "fault": {"d1": "8", "d2": "x"},
        "named": {"g6": "Mevrouw Bakker lachte."},
    }
    students = [{"respondent_id": f"R{place}"} | made.get(kind, {}) for place, kind in enumerate(kinds)]
    file = write(tmp_path_factory.mktemp("any") / "export.csv", {"respondent_id": "first"}, *students)
    survey = read_survey(file, set_aside_texts=True)
    count = len(kinds) + 1
    assert total(survey) == count
    for _ in range(3):
        assert survey.reserve is not None
        waiting = survey.reserve.rows.index.tolist()
        if waiting and data.draw(st.booleans()):
            rows = data.draw(st.lists(st.sampled_from(waiting), min_size=1, unique=True))
            survey = take_back(survey, rows=rows, reason="looked again")
        elif len(survey) > 1:
            rows = data.draw(
                st.lists(st.sampled_from(survey.rows.index.tolist()), min_size=1, max_size=len(survey) - 1, unique=True)
            )
            survey = set_rows_aside(survey, rows=rows, reason="hasty")
        assert total(survey) == count
        listed = list(csv.DictReader(_written(survey, file).splitlines(), delimiter=";"))
        assert survey.set_aside is not None
        assert len(listed) == len(survey.set_aside)
        assert {line["file"] for line in listed} <= {"export.csv"}


def _written(survey: Survey, file: Path) -> str:
    return write_set_aside(survey, file.with_name("aside.csv")).read_text("utf-8-sig")


def test_the_picture_shows_each_broken_rule_and_is_well_formed(monkeypatch: pytest.MonkeyPatch) -> None:
    report = check_survey(read_survey("example_2022"))
    broken = report.failed()
    assert broken["severity"].tolist() == sorted(broken["severity"], key=["error", "warning", "note"].index)
    for language in ("nl", "en"):
        picture = ElementTree.fromstring(report.picture(language))
        texts = [part.text or "" for part in picture.iter() if part.tag.endswith("}text")]
        assert len(texts) == 3 + len(broken)
        for label in broken[f"label_{language}"]:
            assert [text for text in texts if text.startswith(label)]
    assert "waarschuwing" in report._repr_html_()
    monkeypatch.setenv("STAGEKANSEN_LANGUAGE", "en")
    assert "warning" in report._repr_html_()
    fine = CheckReport(report.table[report.table["failed"] == 0], 1, 0, 0)
    assert "No rule fails." in fine.picture("en")


SECRET = "geheim"


def test_no_text_of_this_path_ever_holds_an_answer(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Each cell of the file holds a secret of its own, and none of them may show in any text that is made."""
    caplog.set_level(logging.DEBUG)
    book = read_codebook("baseline")
    open_items = [one.item for one in book.variables.values() if one.kind == "open" and one.item]
    consents = {"c0": "1", "c1": "1", "c2": "1"}
    secrets = {item: f"{SECRET}{place}x" for place, item in enumerate(ITEMS)}
    fine = {item: f"Een {SECRET} antwoord {item}." for item in open_items}
    named = {item: f"Mevrouw {SECRET.title()}naam{item} zei iets." for item in open_items}
    write(
        tmp_path / "export.csv",
        {**secrets, **consents, **named, "respondent_id": f"{SECRET}-1", "Naam": f"{SECRET.title()} Bakker"},
        {**fine, "respondent_id": f"{SECRET}-2", "Naam": f"Fatima {SECRET.title()}", "d2": f"{SECRET}getal"},
        {**secrets, "respondent_id": f"{SECRET}-2", "Naam": f"x@{SECRET}.nl"},
    )
    texts: list[str] = []

    def errors(**options: object) -> None:
        with pytest.raises(InputError) as stopped:
            read_survey(tmp_path / "export.csv", **options)  # type: ignore[arg-type]
        texts.extend([str(stopped.value), repr(stopped.value)])

    errors()
    errors(remove=["Naam"])
    errors(remove=["Naam"], set_aside_texts=True, on_problem="raise")
    rows = read_csv_file(tmp_path / "export.csv").rows
    gate = find_identifiers(rows, book, find_columns(list(rows.columns), book), file="export.csv")
    texts += [repr(gate), gate._repr_html_(), gate.table.to_string(), gate.sentence("nl"), gate.sentence("en")]
    survey = read_survey(tmp_path / "export.csv", remove=["Naam"], set_aside_texts=True)
    assert len(survey) == 2
    report = check_survey(survey)
    texts += [repr(survey), survey._repr_html_(), "\n".join(survey.provenance.history)]
    texts += [repr(report), report._repr_html_(), report.picture("nl"), report.picture("en"), report.table.to_string()]
    less = set_rows_aside(survey, rows=[2], reason="hasty")
    back = take_back(less, rows=[2], reason="looked again")
    texts += [repr(less), back._repr_html_(), repr(survey.reserve)]
    risk = describe_risk(survey, keys=["sex", "level"], sensitive=["origin"])
    texts += [repr(risk), risk._repr_html_()]
    for wrong in ({"rows": [2], "reason": "x"}, {"rows": [99], "reason": ""}):
        with pytest.raises(InputError) as stopped:
            take_back(survey, **wrong)  # type: ignore[arg-type]
        texts.append(str(stopped.value))
    texts.append(caplog.text)
    for text in texts:
        assert not re.search(SECRET, text, re.IGNORECASE), text[:400]
