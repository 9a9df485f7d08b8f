"""The intake desk without a screen: every message is answered, files come in whole, nothing is kept beside."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from stagekansen_lib.desk.desks import Desk
from stagekansen_lib.desk.receiving import LARGEST_CHUNK
from stagekansen_lib.desk.taking_in import take_in
from stagekansen_lib.disclosure.rules import read_declared_tables
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.privacy.answer_files import LOOKS
from tests import school_exports
from tests.school_exports import ASKED, EXPORTS, confirm_everything

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of its own with an empty store."""
    for name in ("codebooks", "rules"):
        shutil.copytree(ROOT / "data" / name, tmp_path / "data" / name)
    for name in ("raw", "interim"):
        (tmp_path / "data" / name).mkdir()
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    return tmp_path


def upload(desk: Desk, path: Path, name: str = "") -> dict[str, Any]:
    content = path.read_bytes()
    reply = desk.handle({"do": "upload", "name": name or path.name, "size": len(content)})
    for at in range(0, len(content), LARGEST_CHUNK):
        if reply["ok"]:
            reply = desk.handle({"do": "piece"}, [content[at : at + LARGEST_CHUNK]])
    return desk.handle({"do": "end"}) if reply["ok"] else reply


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("kind", EXPORTS)
def test_every_export_is_taken_in_at_the_desk(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = school_exports.write_export(kind, 2025, tmp_path_factory.mktemp("outside"))
    desk = Desk(language="en")
    assert upload(desk, file)["ok"]
    assert not desk.handle({"do": "read", "name": "wave"})["ok"]
    confirm_everything(desk)
    reply = desk.handle({"do": "read", "name": "wave"})
    assert reply["ok"], reply
    expected = school_exports.figures(2025)["rows"]
    assert len(read_survey("wave")) == expected
    rows = 140 if kind in ("codes", "answers", "code_and_text", "qualtrics") else 133
    counted = f"{rows} rows in the file: {expected} take part, {rows - expected:.0f} were set aside."
    assert reply["state"]["report"][0] == counted


def test_a_file_is_written_to_data_raw_and_nowhere_else(home: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = school_exports.write_export("forms", 2025, tmp_path_factory.mktemp("outside"))
    before = {path for path in home.rglob("*") if path.is_file()}
    desk = Desk()
    assert upload(desk, file, name="../../evil/../school.xlsx")["ok"]
    new = {path for path in home.rglob("*") if path.is_file()} - before
    assert new == {home / "data" / "raw" / "school.xlsx"}
    kept = next(iter(new))
    assert kept.read_bytes() == file.read_bytes()
    assert kept.stat().st_mode & 0o077 == 0
    for language, told in (
        ("nl", "staat al een bestand 'school.xlsx'"),
        ("en", "a file 'school.xlsx' in data/raw already"),
    ):
        again = upload(Desk(language=language), file, name="school.xlsx")
        assert not again["ok"]
        assert told in again["errors"][0]


@pytest.mark.parametrize(("name", "size"), [("x.exe", 9), ("", 9), ("x.csv", 0), ("x.csv", 10**9), ("..", 5)])
def test_what_is_no_export_is_refused_before_a_byte_is_written(name: str, size: int, home: Path) -> None:
    assert not Desk().handle({"do": "upload", "name": name, "size": size})["ok"]
    assert list((home / "data" / "raw").iterdir()) == []


def test_a_piece_too_many_or_too_few_leaves_nothing_behind(home: Path) -> None:
    desk = Desk()
    assert desk.handle({"do": "upload", "name": "x.csv", "size": 4})["ok"]
    assert not desk.handle({"do": "piece"}, [b"12345"])["ok"]
    assert desk.handle({"do": "upload", "name": "x.csv", "size": 4})["ok"]
    assert desk.handle({"do": "piece"}, [b"123"])["received"] == 3
    assert not desk.handle({"do": "end"})["ok"]
    assert not desk.handle({"do": "piece"}, [b"1"])["ok"]
    assert list((home / "data" / "raw").iterdir()) == []


def test_what_was_confirmed_is_there_after_the_kernel_is_gone(home: Path) -> None:
    file = school_exports.write_export("forms", 2025, home / "data" / "raw")
    desk = Desk()
    assert desk.handle({"do": "file", "name": file.name})["ok"]
    before = desk.state["open"]
    card = next(one for one in desk.state["cards"] if len(one["points"]) > 1)
    assert desk.handle({"do": "confirm_card", "key": card["key"]})["ok"]
    assert desk.state["open"] < before
    other = Desk()
    assert other.handle({"do": "file", "name": file.name})["state"]["open"] == desk.state["open"]


def test_every_message_is_answered_and_a_wrong_one_changes_nothing(home: Path) -> None:
    file = school_exports.write_export("forms", 2025, home / "data" / "raw")
    desk = Desk(file)
    state = json.dumps(desk.state)
    wrong: list[dict[str, Any]] = [
        {}, {"do": "dance"}, {"do": "confirm"}, {"do": "confirm", "variable": "x", "what": "order", "value": []},
        {"do": "confirm", "variable": "", "what": "consent", "value": ""}, {"do": "reopen", "what": "nothing"},
    ]  # fmt: skip
    for message in wrong:
        reply = desk.handle({"id": 7, **message})
        assert (reply["id"], reply["ok"]) == (7, False)
        assert reply["errors"]
        assert all(reply["errors"])
    assert json.dumps(desk.state) == state


@pytest.mark.parametrize("language", ["nl", "en"])
def test_everything_on_the_desk_has_words_in_both_languages(language: str, home: Path) -> None:
    desk = Desk(school_exports.write_export("spss", 2025, home / "data" / "raw"), language)
    text = json.dumps(desk.state, ensure_ascii=False)
    assert "desk." not in text
    assert {"nl": "Bevestig", "en": "Confirm"}[language] in text
    shares = [bar["share"] for card in desk.state["cards"] for bar in card["bars"]]
    assert shares
    assert all(share.endswith("%") for share in shares)


def test_the_saved_state_of_the_widget_holds_no_answer(home: Path) -> None:
    pytest.importorskip("anywidget")
    file = school_exports.write_export("forms", 2025, home / "data" / "raw")
    desk = take_in(file, language="nl")
    widget = desk.widget()
    sent: list[Any] = []
    widget.send = sent.append
    widget._handle_custom_msg({"id": 1, "do": "hello"}, [])
    assert sent[0]["ok"]
    assert sent[0]["state"]["cards"]
    kept = {name: value for name, value in widget.get_state().items() if name not in ("_esm", "_css")}
    assert len(json.dumps(kept, default=str)) < 1000
    saved = json.dumps(widget.get_state(), default=str)
    for secret in (*school_exports.WHY, *school_exports.ASKED.values(), "gesprek geweest", file.name):
        assert secret not in saved
    assert math.isclose(len(saved), len(saved.encode()), rel_tol=0.01)
    assert "application/vnd.jupyter.widget-view+json" in desk._repr_mimebundle_()


def test_a_question_that_is_a_code_only_gets_its_words_at_the_desk(home: Path) -> None:
    file = school_exports.write_export("codes", 2025, home / "data" / "raw")
    desk = Desk(file, "nl")
    assert "codes in plaats van vragen" in desk.state["cards"][0]["note"]
    cards = {card["title"]: card for card in desk.state["cards"]}
    for code, words in (("Q3", ASKED["Q3"]), ("Q2", "Wat is je geloof?")):
        card = cards[code]
        assert "alleen bij haar code" in card["note"]
        (point,) = [one for one in card["more"] if one["what"] == "wording"]
        assert desk.handle({"do": "confirm", "variable": point["variable"], "what": "wording", "value": words})["ok"]
    now = {card["title"]: card for card in desk.state["cards"]}
    assert "note" in now[ASKED["Q3"]]
    assert [one["value"] for one in now[ASKED["Q3"]]["points"] if one["what"] == "concept"] == ["search_difficulty"]
    (privacy,) = [one for one in now["Wat is je geloof?"]["more"] if one["what"] == "privacy"]
    assert privacy["value"] == "special"
    confirm_everything(desk)
    assert desk.draft is not None
    assert desk.handle({"do": "read", "name": "worded"})["ok"]
    read = read_survey("worded")
    asked = next(one for one in read.codebook.variables.values() if one.item == "Q3")
    assert (asked.question_nl, asked.concept) == (ASKED["Q3"], "search_difficulty")


def test_words_that_the_file_gives_stay_as_they_are(home: Path) -> None:
    desk = Desk(school_exports.write_export("forms", 2025, home / "data" / "raw"), "nl")
    assert not any(one["what"] == "wording" for card in desk.state["cards"] for one in card["more"])
    assert desk.draft is not None
    name = next(one["name"] for one in desk.draft.state["questions"] if one["label"] == ASKED["Q3"])
    reply = desk.handle({"do": "confirm", "variable": name, "what": "wording", "value": "Anders"})
    assert not reply["ok"]
    assert "die blijven" in " ".join(reply["errors"])


def test_consent_is_told_in_the_words_of_its_own_question(home: Path) -> None:
    desk = Desk(school_exports.write_export("answers", 2025, home / "data" / "raw"), "nl")
    (card,) = [one for one in desk.state["cards"] if one["key"] == ""]
    (point,) = [one for one in card["points"] if one["what"] == "consent"]
    for question in point["questions"]:
        for answer in question["answers"]:
            value = {question["value"]: [answer["code"]]}
            desk.handle({"do": "confirm", "variable": "", "what": "consent", "value": value})
            (told,) = [one for one in desk.state["cards"][0]["points"] if one["what"] == "consent"]
            assert told["said"] == f"{question['text']}: {answer['label']}"
            desk.handle({"do": "reopen", "variable": "", "what": "consent"})


def test_what_was_taken_in_is_looked_at_and_declared_for_the_release_without_a_line_of_code(home: Path) -> None:
    desk = Desk(school_exports.write_export("forms", 2025, home / "data" / "raw"), "nl")
    assert not desk.handle({"do": "look", "outcome": "x", "group": "y"})["ok"]
    confirm_everything(desk)
    assert desk.handle({"do": "read", "name": "wave"})["ok"]
    look = desk.state["look"]
    assert look["bars"] == []
    assert not (home / "data" / "interim" / LOOKS).exists()  # nothing was compared yet
    assert not desk.handle({"do": "declare"})["ok"]
    assert "discrimination_experienced" in [one["value"] for one in look["groups"]]
    asked = {"do": "look", "outcome": "much_difficulty", "group": "discrimination_experienced"}
    reply = desk.handle(asked)
    assert reply["ok"], reply
    look = reply["state"]["look"]
    assert look["title"] == "Moeite om een stageplek te vinden (Ja), naar Discriminatie ervaren rond de stage"
    met = [one for one in school_exports.rows(2025) if one.finished and one.agreed and one.hard and one.met in (1, 2)]
    (bar,) = [one for one in look["bars"] if one["label"] == "Ja"]
    assert bar["n"] == str(len(met))
    assert bar["said"] == f"{100 * sum(one.hard >= 4 for one in met if one.hard) / len(met):.0f}%"
    assert [bar["few"] for bar in look["bars"]] == [False, False]
    assert "vergelijking nummer 1" in look["counted"]
    assert look["words"]["team_only"] == "Alleen voor het team: groepen kunnen klein zijn."
    reply = desk.handle({"do": "declare"})
    assert reply["ok"], reply
    (table,) = read_declared_tables(read_survey("wave").codebook.name)
    assert (table.of, table.by, table.compare) == (
        "much_difficulty",
        ("discrimination_experienced",),
        "much_difficulty",
    )
    assert f"tables_{read_survey('wave').codebook.name}.yaml" in reply["state"]["declared"]
    again = desk.handle({"do": "declare"})
    assert "declared already" in again["errors"][0]
    report = desk.state["report"]
    reply = desk.handle({"do": "language", "language": "en"})
    assert len(reply["state"]["report"]) == len(report)
    assert not set(report) & set(reply["state"]["report"])
    assert "wave" in reply["state"]["report"][-1]
    assert reply["state"]["look"]["title"].startswith("Difficulty of finding an internship (Yes), by")
    assert not desk.handle({**asked, "outcome": "nothing"})["ok"]
    assert desk.handle({"do": "begin"})["state"]["look"] is None


def test_a_small_group_is_marked_in_a_first_look(home: Path) -> None:
    desk = Desk(school_exports.write_export("forms", 2025, home / "data" / "raw"), "en")
    confirm_everything(desk)
    assert desk.handle({"do": "read", "name": "wave"})["ok"]
    groups = [one["value"] for one in desk.state["look"]["groups"]]
    hard = next(name for name in groups if "moeilijk" in name)
    reply = desk.handle({"do": "look", "outcome": "discrimination_experienced", "group": hard})
    bars = reply["state"]["look"]["bars"]
    assert {bar["few"] for bar in bars} == {True, False}
    assert all(bar["few"] == (int(bar["n"]) < 10) for bar in bars)
