"""An attack on totals: whoever has every public byte of a ledger cannot tell two worlds apart in which people voted
differently. Each pair of worlds is tried with all guards up, and once with the guard off that keeps it alike.

What an outsider has: the acts in git, every table of the ledger, the page of facts, the fact sheet, and two builds of
each. What is not attacked: whoever administers the computer, all but one voter of a role who put their votes together,
and the style of a text that its writer released (docs/ledger.md says so).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import stagekansen_lib as sk
from stagekansen_lib.documents.writing import made_as
from stagekansen_lib.fact_finding import act_files, totals
from stagekansen_lib.fact_finding.act_files import (
    acts_folder,
    new_id,
    private_folder,
    read_act_files,
    read_private_files,
    write_act_file,
)
from stagekansen_lib.fact_finding.acts import AnyAct, DissentTold, PositionTaken, act_from
from stagekansen_lib.fact_finding.folding import fold
from stagekansen_lib.fact_finding.known_facts import KnownFacts
from stagekansen_lib.fact_finding.ledger_rules import LedgerRules, read_ledger_rules
from stagekansen_lib.fact_finding.ledgers import PARTS
from stagekansen_lib.fact_finding.positions import erase_positions, told_text
from stagekansen_lib.fact_finding.totals import tell_totals
from stagekansen_lib.fact_finding.writing import completed
from stagekansen_lib.views.facts import page

TEXT = "Wij tellen anders"
MOMENT = "2026-11-24T0{}:00:00Z"
CLAIM: dict[str, Any] = {"kind": "claim_proposed", "subject": "c", "role": "student", "claim_kind": "experienced",
         "text_nl": "Weinig studenten melden", "text_en": "Few students report"}  # fmt: skip
EVIDENCE = {"kind": "evidence_added", "subject": "c", "role": "student", "relation": "for",
            "rests_on": "example-2022:reported"}  # fmt: skip
FACTS = KnownFacts(read_ledger_rules())


@dataclass(frozen=True)
class Vote:
    """What one person says in one round."""

    voter: str
    role: str
    position: str
    reason: str = ""
    told: bool = False
    revision: int = 0


@dataclass(frozen=True)
class World:
    """What people said in each round, which rounds were closed and told, and who had it erased afterwards."""

    first: tuple[Vote, ...]
    second: tuple[Vote, ...] = ()
    closed: int = 1
    erased: tuple[str, ...] = ()


def said(role: str, positions: str, **more: Any) -> tuple[Vote, ...]:
    """Votes of one role, a letter a person: a(gree), l(ive with), d(isagree), n(o position)."""
    words = {"a": "agree", "l": "can_live_with", "d": "disagree", "n": "no_position"}
    return tuple(Vote(f"{role}-{number}", role, words[one], **more) for number, one in enumerate(positions))


OTHERS = (*said("student", "aaaad"), *said("municipality", "aaaaa"))


def publish(content: dict[str, Any], at: str, folder: Path) -> None:
    """A public act with a name and a moment that are the same in every world."""
    act: Any = completed(act_from(content), fold(read_act_files(folder)[0]), FACTS)
    chance = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()[:10]
    moment = int(dt.datetime.fromisoformat(at).timestamp() * 1000)
    write_act_file(act.model_copy(update={"id": new_id(moment, chance), "at": at}), folder)


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here asks what a power cut leaves (test_ledger_files does), so no file waits for the disk."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    publish(CLAIM, MOMENT.format(1), tmp_path / "start")
    publish(EVIDENCE, MOMENT.format(2), tmp_path / "start")
    return tmp_path / "start"


def lived(world: World, start: Path, folder: Path) -> Path:
    """The ledger of a world, told after each round that is closed and once more at the end, as by a second build."""
    for path in acts_folder(start).rglob("*.yaml"):
        place = acts_folder(folder) / path.relative_to(acts_folder(start))
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(path.read_bytes())
    wording = next(act.id for act in read_act_files(folder)[0] if act.kind == "claim_proposed")
    for number, votes in ((1, world.first), (2, world.second)):
        for vote in votes:
            write_act_file(position(vote, wording, number), folder)
        if number <= world.closed:
            close = {"kind": "round_closed", "subject": "c", "role": "workbench", "round": number}
            publish(close, MOMENT.format(2 + number), folder)
        tell_totals(folder)
    for voter in world.erased:
        assert erase_positions(voter, folder=folder) > 0
    tell_totals(folder)
    return folder


def position(vote: Vote, wording: str, number: int) -> PositionTaken:
    content = {"kind": "position_taken", "id": secrets.token_hex(16), "subject": "c", "wording": wording,
               "round": number, "voter": vote.voter, "role": vote.role, "position": vote.position,
               "revision": vote.revision, "reason": vote.reason, "may_be_told": vote.told}  # fmt: skip
    found = act_from(content)
    assert isinstance(found, PositionTaken)
    return found


def seen(folder: Path) -> dict[str, str]:
    """What everybody has: the files of the public acts, and every table made of them."""
    files = {path.name: path.read_text("utf-8") for path in sorted(acts_folder(folder).rglob("*")) if path.is_file()}
    found = sk.read_ledger(folder)
    return files | {part: getattr(found, part).to_csv(index=False) for part in PARTS}


def told_apart(pair: str, start: Path, place: Path) -> bool:
    """Whether the public bytes of the two worlds of a pair differ."""
    one, other = PAIRS[pair]
    return seen(lived(one, start, place / "one")) != seen(lived(other, start, place / "other"))


# Worlds that must look the same -------------------------------------------------------------------------------------

PAIRS: dict[str, tuple[World, World]] = {
    "who of a role disagrees": (
        World((*OTHERS, *said("school", "daaaa"))),
        World((*OTHERS, *said("school", "aaaad"))),
    ),
    "whether a role is unanimous": (
        World((*OTHERS, *said("school", "aaaaa"))),
        World((*OTHERS, *said("school", "aaaad"))),
    ),
    "whether a role is unanimous against": (
        World((*OTHERS, *said("school", "ddddd"))),
        World((*OTHERS, *said("school", "dddda"))),
    ),
    "what a role under five says, and whether it votes": (
        World((*OTHERS, *said("employer", "dddd"))),
        World(OTHERS),
    ),
    "how many of a role vote within a class": (
        World((*OTHERS, *said("school", "aaaad"))),
        World((*OTHERS, *said("school", "aaaaaaaad"))),
    ),
    "agree or can live with": (
        World((*OTHERS, *said("school", "aaaad"))),
        World((*OTHERS, *said("school", "lllld"))),
    ),
    "in which order and when people vote": (
        World((*OTHERS, *said("school", "aaaad", reason=TEXT, told=True))),
        World((*said("school", "aaaad", reason=TEXT, told=True)[::-1], *OTHERS[::-1])),
    ),
    "who takes no position": (
        World((*OTHERS, *said("school", "aaaad"))),
        World((*OTHERS, *said("school", "aaaadnn"))),
    ),
    "anything of a round that is open": (
        World((*OTHERS, *said("school", "ddddd", reason=TEXT, told=True)), closed=0),
        World((), closed=0),
    ),
    "a reason that was not released": (
        World((*OTHERS, *said("school", "aaaad", reason=TEXT))),
        World((*OTHERS, *said("school", "aaaad"))),
    ),
    "in which role a released dissent was written": (
        World((*said("student", "aaaa"), Vote("s", "student", "disagree", TEXT, told=True), *said("school", "aaaad"))),
        World((*said("student", "aaaad"), *said("school", "aaaa"), Vote("t", "school", "disagree", TEXT, told=True))),
    ),
    "who had a vote erased between two builds": (
        World((*OTHERS, *said("school", "aaaad")), erased=("school-0",)),
        World((*OTHERS, *said("school", "aaaad"))),
    ),
    "what somebody said before changing it": (
        World((*OTHERS, *said("school", "ddddd"), *said("school", "aaaad", revision=1))),
        World((*OTHERS, *said("school", "aaaad", revision=1))),
    ),
    "who of fewer than ten moved": (
        World(said("school", "aaaaaaaad"), said("school", "daaaaaaaa"), closed=2),
        World(said("school", "aaaaaaaad"), said("school", "aaaaaaaad"), closed=2),
    ),
}  # fmt: skip


@pytest.mark.parametrize("pair", PAIRS)
def test_nobody_can_tell_these_worlds_apart(pair: str, ledger: Path, tmp_path: Path) -> None:
    assert not told_apart(pair, ledger, tmp_path)


def test_worlds_that_may_be_told_apart_are(ledger: Path, tmp_path: Path) -> None:
    """Were it otherwise, nothing at all would be told and the attack could not fail."""
    one, other = (World((*OTHERS, *said("school", votes))) for votes in ("aaaad", "aaddd"))
    assert seen(lived(one, ledger, tmp_path / "1")) != seen(lived(other, ledger, tmp_path / "2"))


# With a guard off, the attack bites ---------------------------------------------------------------------------------

Switch = Callable[[pytest.MonkeyPatch], None]


def word_that_tells_of_unanimity(patch: pytest.MonkeyPatch) -> None:
    def word(agree: int, voters: int, _: LedgerRules) -> str:
        return {voters: "broadly_agrees", 0: "broadly_disagrees"}.get(agree, "divided")

    patch.setattr(totals, "word_of", word)


def classes(of: Callable[[int], str]) -> Switch:
    return lambda patch: patch.setattr(LedgerRules, "voters_class", lambda _, voters: of(voters))


def living_with_it_apart(patch: pytest.MonkeyPatch) -> None:
    """Who can live with it is no voter."""

    def counted(positions: Iterable[PositionTaken], rules: LedgerRules) -> Any:
        only = [vote for vote in positions if vote.position != "can_live_with"]
        return kept(only, rules)

    kept = totals.role_totals
    patch.setattr(totals, "role_totals", counted)


def names_by_the_clock(patch: pytest.MonkeyPatch) -> None:
    kept = totals._Head.fields

    def fields(head: Any, *about: str) -> dict[str, Any]:
        return {**kept(head, *about), "id": new_id()}

    patch.setattr(totals._Head, "fields", fields)


def no_position_counts(patch: pytest.MonkeyPatch) -> None:
    kept = totals.role_totals

    def counted(positions: Iterable[PositionTaken], rules: LedgerRules) -> Any:
        against = [
            vote.model_copy(update={"position": "disagree"}) if vote.position == "no_position" else vote
            for vote in positions
        ]
        return kept(against, rules)

    patch.setattr(totals, "role_totals", counted)


def tells_before_closing(patch: pytest.MonkeyPatch) -> None:
    def fields(head: Any, *about: str) -> dict[str, Any]:
        chance = hashlib.sha256(json.dumps([head.number, *about]).encode()).digest()[:10]
        moment = {"id": new_id(0, chance), "at": MOMENT.format(9)}
        return {**moment, "subject": "c", "role": "workbench", "wording": head.wording}

    patch.setattr(totals._Head, "fields", fields)
    patch.setattr(totals, "rounds_to_tell", lambda folded: [(one, one.wording.id, 1) for one in folded.claims.values()])


def tells_every_reason(patch: pytest.MonkeyPatch) -> None:
    def text(act: Any) -> tuple[str, str]:
        return told_text(act.model_copy(update={"may_be_told": True}))

    patch.setattr(totals, "told_text", text)


def dissent_with_its_role(patch: pytest.MonkeyPatch) -> None:
    kept = totals._dissents

    def dissents(head: Any, acts: Iterable[Any]) -> Iterable[DissentTold]:
        roles = {told_text(act)[1]: act.role for act in acts}
        return [one.model_copy(update={"role": roles[one.text]}) for one in kept(head, acts)]

    patch.setattr(totals, "_dissents", dissents)


def tells_twice(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        totals,
        "rounds_to_tell",
        lambda folded: [(one, wording, number) for one in folded.claims.values() for wording, number in one.closed],
    )


def every_revision_counts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(totals, "latest_of", tuple)


def moves_of_few(patch: pytest.MonkeyPatch) -> None:
    rules = read_ledger_rules()
    values = rules.values.model_copy(update={"least_moved": 1})
    patch.setattr(totals, "read_ledger_rules", lambda: dataclasses.replace(rules, values=values))


def votes_among_the_public_acts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(act_files, "private_folder", acts_folder)


SWITCHES: list[tuple[str, Switch]] = [
    ("who of a role disagrees", votes_among_the_public_acts),
    ("whether a role is unanimous", word_that_tells_of_unanimity),
    ("whether a role is unanimous against", word_that_tells_of_unanimity),
    ("what a role under five says, and whether it votes", classes(lambda voters: "1-9" if voters else "")),
    ("how many of a role vote within a class", classes(str)),
    ("agree or can live with", living_with_it_apart),
    ("in which order and when people vote", names_by_the_clock),
    ("who takes no position", no_position_counts),
    ("anything of a round that is open", tells_before_closing),
    ("a reason that was not released", tells_every_reason),
    ("in which role a released dissent was written", dissent_with_its_role),
    ("who had a vote erased between two builds", tells_twice),
    ("what somebody said before changing it", every_revision_counts),
    ("who of fewer than ten moved", moves_of_few),
]


# With these off even one world looks different each time it is lived: they give away the act itself.
BY_CHANCE_OR_CLOCK = (votes_among_the_public_acts, names_by_the_clock)


def test_every_pair_has_a_guard_that_is_switched_off_once() -> None:
    assert [pair for pair, _ in SWITCHES] == list(PAIRS)


@pytest.mark.parametrize(("pair", "switch"), SWITCHES, ids=list(PAIRS))
def test_without_its_guard_the_worlds_are_told_apart(
    pair: str, switch: Switch, ledger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch(monkeypatch)
    assert told_apart(pair, ledger, tmp_path)
    if switch not in BY_CHANCE_OR_CLOCK:
        world = PAIRS[pair][0]
        again = [seen(lived(world, ledger, tmp_path / name)) for name in ("same", "again")]
        assert again[0] == again[1]


# What else is public ------------------------------------------------------------------------------------------------


def test_page_and_fact_sheet_are_the_same_with_and_without_what_persons_said(ledger: Path, tmp_path: Path) -> None:
    world = World((*OTHERS, *said("school", "aaaad", reason=TEXT, told=True), *said("employer", "dddd")))
    folder = lived(world, ledger, tmp_path / "one")

    def public() -> tuple[str, bytes]:
        release = sk.read_release("example-2022")
        known = sk.read_ledger(folder, registers=release.registers)
        facts = page(release, sk.read_registers(release.registers), "nl", ledger=known)
        return facts, made_as(sk.fact_sheet("example-2022", language="nl", ledger=folder), "html")

    before = public()
    assert TEXT in before[0]
    assert len(read_private_files(folder)[0]) == 19
    for path in private_folder(folder).iterdir():
        path.unlink()
    assert public() == before


def test_no_word_at_any_number_of_voters_says_that_all_said_the_same() -> None:
    """The attacker knows the rules and how many sat at the table, and lists the counts that give each word."""
    rules = read_ledger_rules()
    agree_from, disagree_to = (Fraction(*part) for part in (rules.values.agree_from, rules.values.disagree_to))
    for voters in range(rules.values.least_voters, 200):
        counts: dict[str, set[int]] = {}
        for agree in range(voters + 1):
            share = Fraction(agree + 1, voters + 2)
            word = "agrees" if share >= agree_from else "disagrees" if share <= disagree_to else "divided"
            counts.setdefault(word, set()).add(agree)
        assert voters in counts["agrees"]
        assert 0 in counts["disagrees"]
        assert all(len(found) > 1 for found in counts.values())


def test_the_moments_and_names_of_what_is_told_follow_from_the_closing_alone(ledger: Path, tmp_path: Path) -> None:
    world = World((*OTHERS, *said("school", "aaaad", reason=TEXT, told=True)))
    told: list[AnyAct] = [
        act
        for act in read_act_files(lived(world, ledger, tmp_path / "one"))[0]
        if act.kind in ("totals_told", "dissent_told")
    ]
    assert {act.at for act in told} == {MOMENT.format(3)}
    assert len({act.id[:10] for act in told}) == 1
    assert {act.role for act in told} == {"workbench"}
