"""Beheer without a browser: what waits for a role, a form for every kind of act, one act for each that is saved."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pytest

import stagekansen_lib as sk
from stagekansen_lib.errors import InputError
from stagekansen_lib.fact_finding.act_files import read_act_files, read_private_files
from stagekansen_lib.fact_finding.acts import KINDS
from stagekansen_lib.fact_finding.forms import FORMS, act_of, form_of
from stagekansen_lib.fact_finding.ledgers import read_ledger
from stagekansen_lib.fact_finding.waiting import waiting_for
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.registers.reading import read_registers
from stagekansen_lib.views.manage import Manage
from stagekansen_lib.wording import say

CLAIM = {"kind": "claim_proposed", "subject": "x", "role": "student", "claim_kind": "experienced",
         "text_nl": "Van de mbo'ers ervoer [[key_figures:cbs-10]] het",
         "text_en": "Of mbo students [[key_figures:cbs-10]] experienced it"}  # fmt: skip
BOTH = {"text_nl": "Wanneer speelt het", "text_en": "When does it happen"}
REASON = {"reason_nl": "daarom", "reason_en": "because"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sk.write_act(CLAIM, tmp_path / "ledger")
    sk.write_act({"kind": "question_raised", "subject": "q", "role": "student", **BOTH}, tmp_path / "ledger")
    return tmp_path / "ledger"


@pytest.fixture
def registers(tmp_path: Path) -> Path:
    return Path(shutil.copytree(data_folder("registers"), tmp_path / "registers"))


@pytest.fixture
def desk(folder: Path) -> Manage:
    return sk.manage(folder, language="en")


def waits(desk: Manage, what: str) -> list[str]:
    return [one.subject for one in desk.waiting if one.what == what]


# What waits


def test_a_question_waits_for_an_owner_and_a_method_until_it_has_them(desk: Manage) -> None:
    desk.choose_role("role-01")
    assert (waits(desk, "owner"), waits(desk, "method")) == (["q"], ["q"])
    desk.open("question_assigned", "q")
    desk.save(owner="gemeente", due="2027-01-01")
    desk.open("method_agreed", "q")
    desk.save(text_nl="tellen", text_en="count", foretold_if_nl="a", foretold_if_en="b", foretold_then_nl="c",
              foretold_then_en="d")  # fmt: skip
    assert (waits(desk, "owner"), waits(desk, "method")) == ([], [])
    question = desk.ledger.folded.questions["q"]
    assert (question.owner, question.methods[0].foretold[0].then_en) == ("gemeente", "d")


def test_a_position_waits_for_the_person_who_has_not_taken_it_and_for_nobody_else(desk: Manage, folder: Path) -> None:
    assert waits(desk.choose_role("student"), "position") == []
    assert waits(desk.choose_role("student", "p1"), "position") == ["x"]
    desk.open("position_taken", "x")
    desk.save(round="1", position="agree")
    assert waits(desk, "position") == []
    assert waits(desk.choose_role("student", "p2"), "position") == ["x"]
    sk.write_act({"kind": "round_closed", "subject": "x", "role": "role-01", "round": 1}, folder)
    fresh = sk.manage(folder, language="en").choose_role("student", "p1")
    assert next(one.text for one in fresh.waiting if one.what == "position").endswith("round 2")
    assert waits(sk.manage(folder, language="en").choose_role("role-01", "p1"), "position") == []


def test_a_claim_whose_figure_changed_waits_for_who_proposed_it_with_old_and_new_value(
    folder: Path, registers: Path
) -> None:
    path = registers / "key_figures.yaml"
    before, after = path.read_text("utf-8").split("id: cbs-10\n", 1)
    path.write_text(f"{before}id: cbs-10\n" + after.replace("value: 10", "value: 12", 1), "utf-8")
    desk = sk.manage(folder, language="en", registers=registers)
    assert waits(desk.choose_role("employer"), "look_again") == []
    assert waits(desk.choose_role("student"), "look_again") == ["x"]
    assert "It was 10% (1 in 10), now it reads 12% (1 in 10)." in next(
        one.text for one in desk.waiting if one.what == "look_again"
    )


def test_a_correction_waits_until_it_is_settled(desk: Manage) -> None:
    desk.choose_role("community")
    desk.open("correction_asked")
    desk.save(about="feiten, cbs-10", text="Dit is van 2024")
    (asked,) = waits(desk, "correction")
    desk.open("correction_settled", asked)
    desk.save(outcome="stands", text_nl="Het jaar staat er", text_en="The year is there")
    assert waits(desk, "correction") == []


def test_a_reporting_point_waits_until_it_is_checked_and_again_after_half_a_year(folder: Path, registers: Path) -> None:
    desk = sk.manage(folder, language="en", registers=registers).choose_role("municipality")
    point = waits(desk, "point")[0]
    desk.open("point_verified", point)
    (written,) = desk.save(checked_by="coordinator HHS", how="called the number", tick_whole=True)
    assert written == registers / "verifications.yaml"
    assert point not in waits(desk, "point")
    later = dt.date.today() + dt.timedelta(days=181)
    waiting = waiting_for("", read_ledger(folder), read_registers(registers), "en", on=later)
    assert point in [one.subject for one in waiting if one.what == "point"]


def test_a_reporting_point_is_called_ticked_and_saved_and_only_what_was_ticked_counts(
    folder: Path, registers: Path
) -> None:
    desk = sk.manage(folder, language="en", registers=registers).choose_role("municipality")
    point = next(one for one in desk.registers.reporting_points if one.phone and one.email)
    form = desk.open("point_verified", point.id)
    boxes = {field.name: field.label for field in form.fields if field.name.startswith("tick_")}
    assert boxes["tick_phone"] == f"phone: {point.phone}"
    assert "tick_whole" in boxes
    said = {"checked_by": "team", "how": "called"}
    with pytest.raises(InputError, match="Tick what you checked"):
        desk.save(**said, **dict.fromkeys(boxes, False))
    desk.save(**said, **{**dict.fromkeys(boxes, False), "tick_phone": True})
    check = read_registers(registers).verifications[-1]
    assert (check.point, check.whole, dict(check.fields)) == (point.id, False, {"phone": point.phone})


def test_two_who_tick_at_once_lose_no_check(registers: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from stagekansen_lib.registers.verification import record_verification

    points = [one.id for one in read_registers(registers).reporting_points][:6]
    before = len(read_registers(registers).verifications)
    with ThreadPoolExecutor(6) as pool:
        for _ in pool.map(
            lambda one: record_verification(one, checked_by="team", how="called", folder=registers), points
        ):
            pass
    assert len(read_registers(registers).verifications) == before + len(points)


def test_a_closed_round_waits_for_its_totals_with_who_acts_for_the_process(desk: Manage) -> None:
    desk.choose_role("role-01")
    desk.open("round_closed", "x")
    desk.save(round="1")
    assert waits(desk, "totals") == ["x"]
    desk.open("totals")
    assert len(desk.save()) == 1
    assert waits(desk, "totals") == []


@pytest.mark.parametrize(
    ("state", "until", "named"),
    [("no card", None, True), ("expired", dt.date(2026, 1, 1), True), ("in order", dt.date(2026, 6, 20), True),
     ("in order", dt.date(2026, 12, 1), False), ("incomplete", None, True)],
)  # fmt: skip
def test_a_retention_date_that_is_near_or_passed_waits(
    state: str, until: dt.date | None, named: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pandas as pd

    rows = pd.DataFrame([("data/raw/a.csv", "", until, state)], columns=["file", "card", "retention_until", "state"])
    monkeypatch.setattr("stagekansen_lib.privacy.cards.privacy_files", lambda **_: rows)
    found = waiting_for("", read_ledger(folder), read_registers(), "en", on=dt.date(2026, 6, 1))
    assert ["data/raw/a.csv" for one in found if one.what == "retention"] == ["data/raw/a.csv"] * named


# Forms


def test_every_kind_of_act_that_people_say_has_a_form_in_both_languages() -> None:
    ledger, registers = read_ledger(), read_registers()
    assert set(FORMS) == {*KINDS, "point_verified", "totals"} - {"totals_told", "dissent_told"}
    for kind in FORMS:
        dutch, english = (form_of(kind, ledger, registers, language) for language in ("nl", "en"))
        assert [field.name for field in dutch.fields] == [field.name for field in english.fields]
        assert all(field.label for field in (*dutch.fields, *english.fields))
        assert all(
            field.options for field in english.fields if field.sort == "choice" and field.name not in ("subject",)
        )


def test_a_form_asks_neither_who_speaks_nor_what_the_ledger_gives() -> None:
    ledger, registers = read_ledger(), read_registers()
    asked = {field.name for kind in FORMS for field in form_of(kind, ledger, registers, "en").fields}
    assert not asked & {"id", "at", "kind", "role", "voter", "revision", "rests", "wording"}


def test_saving_writes_one_act_with_what_was_filled_in_and_nothing_empty(desk: Manage, folder: Path) -> None:
    before = len(read_act_files(folder)[0])
    desk.choose_role("school")
    desk.open("evidence_added", "x")
    (path,) = desk.save(relation="for", rests_on=" key_figures:cbs-6 ", seen="", grade="", text_nl="", text_en="")
    acts = read_act_files(folder)[0]
    assert len(acts) == before + 1
    act: Any = next(one for one in acts if one.id == path.stem)
    assert (act.role, act.rests_on, act.relation, act.text_en) == ("school", "key_figures:cbs-6", "for", "")
    assert desk.form is None
    assert desk.message == "Kept: evidence added."


def test_what_a_person_says_goes_to_the_private_folder(desk: Manage, folder: Path) -> None:
    desk.choose_role("student", "p1")
    desk.open("would_change_mind", "x")
    desk.save(text="een telling", may_be_told=False)
    (said,) = read_private_files(folder)[0]
    assert (said.voter, said.role) == ("p1", "student")
    assert "een telling" not in str(desk.state)


def test_a_form_that_is_refused_writes_nothing_and_keeps_what_was_filled_in(desk: Manage, folder: Path) -> None:
    before = len(read_act_files(folder)[0])
    desk.choose_role("student")
    desk.open("claim_reworded", "x")
    state = desk.react({"do": "save", "answers": {"text_nl": "Het is 8% van ons", "text_en": "x"}})
    (told,) = state["problems"]
    assert told.endswith(say("manage.note_numbers", "en"))
    assert state["answers"]["text_nl"] == "Het is 8% van ons"
    assert state["form"]["kind"] == "claim_reworded"
    assert len(read_act_files(folder)[0]) == before


def test_what_was_forgotten_is_told_in_the_words_of_the_form(folder: Path) -> None:
    desk = Manage("nl", folder).choose_role("student")
    desk.open("question_raised")
    problems = desk.react({"do": "save", "answers": {"text_nl": " ", "text_en": ""}})["problems"]
    assert problems == [f"{field.label}: Dit is niet ingevuld." for field in desk.open("question_raised").fields[:2]]
    desk.open("claim_proposed")
    problems = desk.react(
        {"do": "save", "answers": {"text_nl": "Het is 8%", "text_en": "a", "claim_kind": "suspected"}}
    )
    (told,) = problems["problems"]
    assert "getypte uitkomsten worden geweigerd" in told


@pytest.mark.parametrize(
    ("role", "kind", "fault"),
    [("", "question_raised", "in what role"), ("student", "position_taken", "pseudonym")],
)
def test_nothing_is_said_without_a_role_or_as_a_person_without_a_pseudonym(
    desk: Manage, role: str, kind: str, fault: str
) -> None:
    desk.choose_role(role)
    desk.open(kind)
    with pytest.raises(InputError, match=fault):
        desk.save(**BOTH)


def test_what_is_unknown_is_refused_with_what_is_near(desk: Manage) -> None:
    with pytest.raises(InputError, match="'student'"):
        desk.choose_role("studnt")
    with pytest.raises(InputError, match="'claims'"):
        desk.search("x", part="claim")
    with pytest.raises(InputError, match="claim_proposed"):
        desk.open("claim_propose")
    with pytest.raises(InputError, match="No form is open"):
        desk.save()
    assert "nothing called 'sing'" in desk.react({"do": "sing"})["problems"][0]


def test_an_answer_cannot_say_as_whom_or_in_what_role_somebody_speaks(desk: Manage, folder: Path) -> None:
    desk.choose_role("student", "p1")
    desk.open("would_change_mind", "x")
    for field in ("voter", "role", "kind"):
        state = desk.react({"do": "save", "answers": {"text": "een telling", field: "p2"}})
        assert f"does not ask '{field}'" in state["problems"][0]
    assert read_private_files(folder)[0] == ()


def test_several_things_with_a_comma_between_become_a_list() -> None:
    told = act_of(
        "decision_taken", {"roles_present": "student, school ,", "about": "x,q", "text_nl": "a"}, role="school"
    )
    assert (told["roles_present"], told["about"]) == (["student", "school"], ["x", "q"])


# Search, and how it shows itself


def test_the_ledger_is_searched_by_all_words_in_text_and_id(desk: Manage) -> None:
    assert [row["id"] for row in desk.search("mbo experienced").found] == ["x"]
    assert [row["id"] for row in desk.search("happen", part="questions").found] == ["q"]
    assert desk.search("happen", part="claims").found == []
    assert desk.search("").state["count"] == "2 found"


def test_what_another_said_meanwhile_is_there_at_the_next_thing_that_is_done(desk: Manage, folder: Path) -> None:
    assert desk.react({"do": "hello"})["count"] == "2 found"
    sk.write_act({"kind": "question_raised", "subject": "later", "role": "school", **BOTH}, folder)
    assert desk.react({"do": "role", "role": "student", "voter": ""})["count"] == "3 found"


def test_a_search_narrows_by_what_stands_in_a_column(desk: Manage) -> None:
    desk.search("proposed", part="claims")
    assert [row["state"] for row in desk.found] == ["proposed"]


def test_the_state_is_plain_and_holds_no_more_than_a_view_needs(desk: Manage) -> None:
    import json

    desk.choose_role("student", "p1")
    desk.open("position_taken", "x")
    assert json.loads(json.dumps(desk.state))["form"]["kind"] == "position_taken"


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_notebook_gets_a_widget_whose_saved_state_holds_nothing_and_a_page_beside_it(
    folder: Path, language: str
) -> None:
    desk = sk.manage(folder, language=language)
    bundle = desk._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "mbo" in bundle["text/html"]
    saved = str(desk.widget().get_state(drop_defaults=True))
    assert "mbo" not in saved
    assert "cbs-10" not in saved


def test_the_widget_answers_every_message_with_its_number_and_the_state(desk: Manage) -> None:
    widget = desk.widget()
    sent: list[Any] = []
    widget.send = sent.append
    widget._handle_custom_msg({"do": "hello", "id": 7}, [])
    assert sent[0]["id"] == 7
    assert sent[0]["state"]["words"]["save"] == "Save"
