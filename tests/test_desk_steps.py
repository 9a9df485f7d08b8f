"""What comes after answers were taken in: who may see them, weights, and a trial of the release."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from stagekansen_lib.desk.desks import Desk
from stagekansen_lib.privacy.cards import read_privacy_card
from tests import school_exports
from tests.school_exports import confirm_everything

ROOT = Path(__file__).resolve().parent.parent
CARD = {
    "purpose_nl": "Gelijke kansen", "purpose_en": "Equal chances", "controller": "Een school",
    "may_see": "onderzoeker, kwaliteitszorg", "ground_art_6": "e", "ground_art_9": "a",
    "collected_until": "2099-01-01", "retention_until": "2099-06-01",
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    for name in ("codebooks", "rules", "registers"):
        shutil.copytree(ROOT / "data" / name, home / "data" / name)
    for name in ("raw", "interim"):
        (home / "data" / name).mkdir()
    return home


@pytest.fixture
def desk(home: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk at which a file was read in."""
    monkeypatch.setenv("STAGEKANSEN_HOME", str(home))
    desk = Desk(school_exports.write_export("google", 2025, home / "data" / "raw"), "nl")
    confirm_everything(desk)
    reply = desk.handle({"do": "read", "name": "school", "replace": True})
    assert reply["ok"], reply
    return desk


def test_who_may_see_the_answers_is_said_once_in_a_form_and_only_when_it_is_whole(desk: Desk, home: Path) -> None:
    wrong = desk.handle({"do": "who", "fields": CARD | {"controller": " ", "may_see": ""}})
    assert wrong["errors"] == [
        "Vul ook in: Wie gaat over de gegevens? (een school, de gemeente); "
        "Wie mag ze zien? (rollen, geen namen, met een komma ertussen)"
    ]
    assert not desk.handle({"do": "who", "fields": CARD | {"retention_until": "morgen"}})["ok"]
    late = desk.handle({"do": "who", "fields": CARD | {"retention_until": "2099-12-01"}})
    assert late["errors"] == ["De antwoorden blijven 334 dagen na het veldwerk staan. Zes maanden is de grens."]
    assert not list(home.rglob("*.privacy.yaml"))
    done = desk.handle({"do": "who", "fields": CARD})
    assert done["ok"], done
    card = read_privacy_card(home / "data" / "interim" / "school.privacy.yaml")
    assert (card.may_see, card.ground_art_6) == (("onderzoeker", "kwaliteitszorg"), "e")
    assert "Een school" in done["state"]["card"]
    assert "gaat al over dit bestand" in desk.handle({"do": "who", "fields": CARD})["errors"][0]


def test_a_count_that_is_not_whole_is_told_and_a_whole_one_weighs_and_may_be_changed(desk: Desk) -> None:
    asked = next(one for one in desk.state["steps"]["questions"] if one["text"] == school_exports.ASKED["Q2"])
    counts = dict(zip(asked["answers"], ("6.000", "5000", "2000"), strict=True))
    for wrong in (counts | {"ICT": ""}, counts | {"ICT": "veel"}):
        reply = desk.handle({"do": "weigh", "variable": asked["value"], "counts": wrong})
        assert reply["errors"] == ["Vul bij elk antwoord een heel aantal in. Er ontbreekt: ICT."]
    assert desk.handle({"do": "weigh", "variable": asked["value"], "counts": counts})["ok"]
    first = desk.state["weighed"]
    assert first.startswith("Gewogen. 127 antwoorden")
    assert desk.handle({"do": "weigh", "variable": asked["value"], "counts": counts | {"ICT": "20"}})["ok"]
    assert desk.state["weighed"] != first
    assert not {one["value"] for one in desk.state["steps"]["questions"]} & {"much_difficulty"}


def test_a_trial_names_two_people_and_is_refused_in_plain_words_until_somebody_judged(desk: Desk) -> None:
    assert desk.handle({"do": "trial", "made_by": "A", "checked_by": ""})["errors"] == [
        "Vul in wie de proef maakt en wie nakijkt."
    ]
    desk.handle({"do": "look", "outcome": "much_difficulty", "group": "discrimination_experienced"})
    desk.handle({"do": "declare"})
    (told,) = desk.handle({"do": "trial", "made_by": "A", "checked_by": "B"})["errors"]
    assert "staan antwoorden van mensen. Bij de regels 'steering_group 3'" in told
    assert not {"the", "answers", "rules", "Survey", "Keep"} & set(told.split())
    assert desk.state["trial"] == {}
