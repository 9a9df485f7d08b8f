"""The form for voices without a browser: every act of the room, by what a form asks. All voices are made up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import stagekansen_lib as sk
from stagekansen_lib.errors import InputError
from stagekansen_lib.views.voice_desk import VoiceDesk
from stagekansen_lib.views.voice_forms import VOICE_FORMS, voice_form
from stagekansen_lib.voices.practising import practice
from stagekansen_lib.voices.stores import read_marks, read_voice, read_voices

SAID = "Ze keken naar mijn foto en vroegen of ik wel bij hun vaste klanten zou passen."
ADDED = {"words": SAID, "spoken_in": "nl", "step": "kennismaking", "tone": "negative", "level": "paraphrase",
         "on": "2026-11-01", "how": "written", "made_up": True}  # fmt: skip
TEXTS = {"text_nl": "Kreeg de vraag of het uiterlijk zou storen.", "text_en": "Was asked about looks."}


@pytest.fixture
def names() -> Iterator[list[str]]:
    with practice() as found:
        yield found


def at(by: str) -> VoiceDesk:
    return sk.voice_desk(by, language="en")


def waits(by: str, name: str) -> list[str]:
    return [one["what"] for one in at(by).waiting if one["subject"] == name]


def fill(by: str, kind: str, subject: str = "", /, **answers: Any) -> str:
    desk = at(by)
    desk.open(kind, subject)
    return desk.save(**answers)


def test_every_form_asks_the_same_in_both_languages_and_names_no_word_of_a_voice(names: list[str]) -> None:
    voices = read_voices()
    for kind in VOICE_FORMS:
        dutch, english = (voice_form(kind, voices, language) for language in ("nl", "en"))
        assert [field.name for field in dutch.fields] == [field.name for field in english.fields]
        assert all(field.label for field in (*dutch.fields, *english.fields))
        assert not any(voice.words[:20] in str(dutch.plain()) for voice in voices.values())
    assert len(names) == 6
    with pytest.raises(InputError, match="'withdraw'"):
        voice_form("withdrawn", voices, "en")


def test_a_voice_goes_all_the_way_by_forms_alone(names: list[str]) -> None:
    told = fill("an", "add", **ADDED, grounds="naam")
    name = next(one for one in read_voices() if one not in names)
    assert told.endswith(name)
    assert (read_voice(name).consent.level, read_voice(name).grounds) == ("paraphrase", ("naam",))
    assert waits("bo", name) == ["code", "word"]
    assert "1 place" in fill("an", "replace", name, there="vaste klanten", put="[klanten]", kind="other")
    assert "[klanten]" in read_voice(name).words
    fill("an", "word", name, form="paraphrase", **TEXTS)
    assert waits("an", name) == ["code"]
    for checker in ("bo", "cem"):
        assert "check" in waits(checker, name)
        fill(checker, "check", name, right="yes")
    assert waits("an", name) == ["code", "release"]
    assert "voices:v" in fill("an", "release", name)
    assert read_voice(name).released
    assert "found nowhere" in fill("an", "withdraw", name, sure=True)
    assert name not in read_voices()
    assert len(read_marks()) == 1


def test_a_voice_leaves_with_the_voice_that_says_otherwise_and_the_form_says_so(names: list[str]) -> None:
    for name, texts in ((names[0], TEXTS), (names[1], {"text_nl": "Kreeg hulp.", "text_en": "Was helped."})):
        fill("an", "word", name, form="paraphrase", **texts)
        for checker in ("bo", "cem"):
            fill(checker, "check", name, right="yes")
    desk = at("an")
    desk.open("release", names[0])
    state = desk.react({"do": "save", "answers": {"along": "", "beside": ""}})
    assert names[1][:8] in state["problems"][0]
    assert "voices:v" in desk.save(along=names[1][:8])
    assert all(read_voice(name).released for name in names[:2])


def test_a_coder_reads_what_was_said_and_not_what_others_made_of_it(names: list[str]) -> None:
    fill("an", "word", names[0], form="paraphrase", **TEXTS)
    desk = at("bo")
    for kind, shown in (("code", 1), ("withdraw", 1), ("check", 3)):
        desk.open(kind, names[0])
        assert len(desk.state["form"]["shown"]) == shown
        assert (TEXTS["text_en"] in json.dumps(desk.state["form"]["shown"])) is (shown == 3)


def test_several_code_unseen_by_each_other_and_then_see_where_they_differ(names: list[str]) -> None:
    for by, codes in (("an", {"code_no_reply": True}), ("bo", {"code_no_reply": False})):
        desk = at(by)
        desk.open("code", names[0])
        assert "no_reply" not in json.dumps([desk.state["form"]["shown"], desk.state["found"]])
        assert desk.save(**codes)
        assert "code" not in waits(by, names[0])
    fill("an", "code", names[1], code_helped=True)
    fill("bo", "code", names[1], code_helped=True)
    desk = at("cem")
    assert desk.state["found"] == []
    desk.open("agree")
    desk.save()
    rows = desk.state["found"]
    assert [row["state"] for row in rows if row["id"] == names[0][:8]] == ["yes: an; no: bo"]
    assert any(row["state"].startswith("alpha 1.00") for row in rows if row["id"] == "helped")


def test_who_worked_on_a_voice_does_not_check_it_and_nobody_works_without_initials(names: list[str]) -> None:
    fill("an", "word", names[0], form="paraphrase", **TEXTS)
    with pytest.raises(InputError, match="cannot check it"):
        fill("an", "check", names[0], right="yes")
    with pytest.raises(InputError, match="initials"):
        fill("", "check", names[0], right="yes")
    with pytest.raises(InputError, match="not filled in"):
        fill("bo", "check", names[0], right="")
    with pytest.raises(InputError, match="What is wrong is not said"):
        fill("bo", "check", names[0], right="no")
    assert read_voice(names[0]).checks == ()


def test_what_is_refused_stays_filled_in_and_nothing_is_written(names: list[str]) -> None:
    desk = at("an")
    desk.open("add")
    state = desk.react({"do": "save", "answers": {**ADDED, "step": "nergens", "on": "gisteren"}})
    assert state["problems"]
    assert SAID not in " ".join(state["problems"])
    assert state["answers"]["words"] == SAID
    assert "does not ask 'added_by'" in desk.react({"do": "save", "answers": {"added_by": "bo"}})["problems"][0]
    assert len(read_voices()) == len(names)
    with pytest.raises(InputError, match="No form is open"):
        at("an").save()
    assert "nothing called" in at("an").react({"do": "sing"})["problems"][0]
    with pytest.raises(InputError, match="Yes, take this voice out"):
        fill("an", "withdraw", names[0], sure=False)


def test_what_stands_in_a_notebook_holds_nothing_of_any_voice(names: list[str]) -> None:
    desk = at("an")
    desk.open("check", names[0])
    shown = dict(desk.state["form"]["shown"])
    assert shown["What was said"] == read_voice(names[0]).words
    kept = json.dumps([desk._repr_mimebundle_(), desk.widget().get_state()], default=str)
    for voice in read_voices().values():
        assert voice.words not in kept
        assert voice.id not in kept
