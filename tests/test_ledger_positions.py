"""What persons say: sealed until a round is closed, told by rule, in words, once; and erased without a trace.

All positions here are made up.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import stagekansen_lib as sk
from stagekansen_lib.errors import InputError, RefusedError
from stagekansen_lib.fact_finding.act_files import acts_folder, private_folder, read_act_files, read_private_files
from stagekansen_lib.fact_finding.acts import PositionTaken, TotalsTold, act_from
from stagekansen_lib.fact_finding.folding import fold
from stagekansen_lib.fact_finding.ledger_checks import check_ledger
from stagekansen_lib.fact_finding.ledger_rules import LedgerRules, read_ledger_rules, word_of
from stagekansen_lib.fact_finding.positions import erase_positions, own_positions
from stagekansen_lib.fact_finding.totals import moved_word, role_totals, tell_totals
from stagekansen_lib.project.paths import data_folder

RULES = read_ledger_rules()
CLAIM = {"kind": "claim_proposed", "subject": "claim-x", "role": "student", "claim_kind": "suspected",
         "text_nl": "Weinig studenten melden", "text_en": "Few students report"}  # fmt: skip
FOR = {"kind": "evidence_added", "subject": "claim-x", "role": "school", "relation": "for",
       "rests_on": "https://example.org/report", "seen": "2026-11-30", "grade": "register"}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sk.write_act(CLAIM, tmp_path)
    return tmp_path


def say(folder: Path, voter: str, position: str, *, role: str = "student", number: int = 1, **more: object) -> Path:
    return sk.write_act(
        {"kind": "position_taken", "subject": "claim-x", "role": role, "voter": voter, "position": position,
         "round": number, **more}, folder
    )  # fmt: skip


def close(folder: Path, number: int = 1) -> None:
    sk.write_act({"kind": "round_closed", "subject": "claim-x", "role": "role-06", "round": number}, folder)


def vote(folder: Path, role: str, positions: Sequence[str], number: int = 1) -> None:
    for at, position in enumerate(positions):
        say(folder, f"{role}-{at}", position, role=role, number=number)


def told(positions: Sequence[str], role: str = "student") -> tuple[tuple[str, str, str], ...]:
    votes = [
        act_from({"kind": "position_taken", "subject": "s", "role": role, "voter": f"v{at}", "round": 1,
                  "position": position})
        for at, position in enumerate(positions)
    ]  # fmt: skip
    found = role_totals([vote for vote in votes if isinstance(vote, PositionTaken)], RULES)
    return tuple((one.role, one.voters, one.agreement) for one in found)


def words_on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_role_is_told_from_five_voters_and_no_position_is_no_voter() -> None:
    assert told(["agree"] * 4) == ()
    assert told(["agree"] * 4 + ["no_position"] * 9) == ()
    assert told(["agree"] * 4 + ["can_live_with"]) == (("student", "5-9", "broadly_agrees"),)


@pytest.mark.parametrize(
    ("agreeing", "voters", "word"),
    [(4, 5, "broadly_agrees"), (3, 5, "divided"), (2, 5, "divided"), (1, 5, "broadly_disagrees"),
     (13, 19, "broadly_agrees"), (12, 19, "divided"), (6, 19, "broadly_disagrees"), (7, 19, "divided")],
)  # fmt: skip
def test_words_change_at_two_thirds_and_at_one_third_of_the_smoothed_share(
    agreeing: int, voters: int, word: str
) -> None:
    assert word_of(agreeing, voters, RULES) == word
    votes = ["agree"] * agreeing + ["disagree"] * (voters - agreeing)
    assert told(votes) == (("student", RULES.voters_class(voters), word),)


@pytest.mark.parametrize("voters", range(5, 80))
def test_no_word_means_that_everybody_said_the_same(voters: int) -> None:
    assert word_of(voters, voters, RULES) == word_of(voters - 1, voters, RULES)
    assert word_of(0, voters, RULES) == word_of(1, voters, RULES)


@pytest.mark.parametrize(
    ("voters", "text"), [(4, ""), (5, "5-9"), (9, "5-9"), (10, "10-19"), (49, "20-49"), (50, "50+")]
)
def test_voters_are_told_as_a_class(voters: int, text: str) -> None:
    assert RULES.voters_class(voters) == text


def votes_that_fit(voters: str, word: str, rules: LedgerRules) -> set[tuple[int, int]]:
    """All (agreeing, voters) that a reader cannot tell apart: the attack on a told total, by trying everything."""
    return {
        (agreeing, number)
        for number in range(1, 60)
        for agreeing in range(number + 1)
        if rules.voters_class(number) == voters and word_of(agreeing, number, rules) == word
    }


def given_away(rules: LedgerRules, most: int = 40) -> int:
    """How many totals tell that everybody agreed, or that nobody did, so that each voter's vote is known."""
    least = rules.values.least_voters
    told_of = {(n, k): (rules.voters_class(n), word_of(k, n, rules)) for n in range(least, most) for k in range(n + 1)}
    fits = {seen: votes_that_fit(*seen, rules) for seen in set(told_of.values())}
    return sum(all(k == n for k, n in found) or all(k == 0 for k, _ in found) for found in fits.values())


def test_no_vote_can_be_computed_from_what_is_told_and_each_guard_that_is_off_lets_the_attack_in() -> None:
    assert given_away(RULES) == 0
    open_rules: dict[str, dict[str, object]] = {
        "a role of one voter": {"least_voters": 1, "voter_classes": (1, 2, 5, 10, 20, 50)},
        "a word for unanimity": {"agree_from": (6, 7)},
        "a word for nobody": {"disagree_to": (1, 7)},
    }
    for guard, values in open_rules.items():
        weak = replace(RULES, values=RULES.values.model_copy(update=values))
        assert given_away(weak) > 0, guard


def test_what_is_told_does_not_depend_on_the_order_of_votes() -> None:
    votes = ["agree"] * 4 + ["disagree"] * 2
    assert len({told(order) for order in set(itertools.permutations(votes))}) == 1


@pytest.mark.parametrize(
    ("both", "changed", "word"),
    [(9, 9, ""), (10, 0, "few"), (10, 2, "few"), (10, 3, "some"), (10, 5, "some"), (10, 6, "many"), (10, 10, "many")],
)
def test_shifts_are_told_over_all_roles_from_ten_people_in_both_rounds(both: int, changed: int, word: str) -> None:
    before = {f"v{at}": "agree" for at in range(both)}
    after = {name: "disagree" if at < changed else "agree" for at, name in enumerate(before)}
    assert moved_word(before, after, RULES) == word


@pytest.mark.parametrize(
    ("rule", "value", "fault"),
    [("agree_from", "[6, 7]", "unanimity"), ("disagree_to", "[1, 7]", "unanimity"), ("few_to", "[0, 1]", "nobody"),
     ("some_to", "[9, 10]", "everybody"), ("voter_classes", "[6, 10]", "voter_classes")],
)  # fmt: skip
def test_rules_that_would_tell_of_unanimity_are_refused(tmp_path: Path, rule: str, value: str, fault: str) -> None:
    lines = data_folder("rules", "ledger.yaml").read_text("utf-8").split("\n")
    at = lines.index(f"    {rule}:")
    lines[at + 1] = f"      value: {value}"
    (tmp_path / "ledger.yaml").write_text("\n".join(lines), "utf-8")
    with pytest.raises(InputError, match=fault):
        read_ledger_rules(tmp_path / "ledger.yaml")


def test_nothing_is_told_of_a_round_before_it_is_closed(folder: Path) -> None:
    vote(folder, "student", ["disagree"] * 6)
    before = words_on_disk(acts_folder(folder))
    assert tell_totals(folder) == ()
    assert words_on_disk(acts_folder(folder)) == before
    ledger = sk.read_ledger(folder)
    assert ledger.totals.empty
    assert ledger.claims["status"].tolist() == ["proposed"]
    shown = ledger._repr_html_() + "".join(ledger.acts["kind"])
    assert "position_taken" not in shown
    close(folder)
    tell_totals(folder)
    assert sk.read_ledger(folder).totals["agreement"].tolist() == ["broadly_disagrees"]


def test_totals_that_somebody_wrote_for_an_open_round_do_not_count(folder: Path) -> None:
    with pytest.raises(RefusedError, match="by rule"):
        sk.write_act(
            {"kind": "totals_told", "subject": "claim-x", "role": "student", "wording": "w", "round": 1}, folder
        )
    acts, _ = read_act_files(folder)
    forged = act_from(
        {"kind": "totals_told", "subject": "claim-x", "role": "student", "wording": acts[0].id, "round": 1,
         "id": "Z" * 26, "at": acts[0].at,
         "roles": [{"role": "school", "voters": "5-9", "agreement": "broadly_agrees"}]}
    )  # fmt: skip
    assert isinstance(forged, TotalsTold)
    found = fold([*acts, forged])
    assert found.claims["claim-x"].totals == {}
    assert [one.reason for one in found.set_aside] == ["open_round"]


def test_round_two_opens_when_round_one_is_closed_and_a_closed_round_takes_no_more(folder: Path) -> None:
    with pytest.raises(RefusedError, match="round 1 is closed"):
        say(folder, "v1", "agree", number=2)
    say(folder, "v1", "agree")
    close(folder)
    with pytest.raises(RefusedError, match="is closed"):
        say(folder, "v1", "disagree")
    say(folder, "v1", "disagree", number=2)
    assert [getattr(one, "position", "") for one in own_positions("v1", folder)].count("disagree") == 1


def test_a_round_is_told_once_so_two_builds_differ_by_nobody(folder: Path) -> None:
    vote(folder, "student", ["agree"] * 5 + ["disagree"])
    close(folder)
    tell_totals(folder)
    before = words_on_disk(acts_folder(folder))
    assert erase_positions("student-5", folder=folder) == 1
    assert tell_totals(folder) == ()
    assert words_on_disk(acts_folder(folder)) == before
    final = [act.id for act in read_act_files(folder)[0] if act.kind in ("totals_told", "round_closed")]
    assert len(final) == 2
    for name in final:
        with pytest.raises(InputError, match="stay"):
            sk.write_act({"kind": "act_withdrawn", "subject": name, "role": "role-06", "reason_nl": "weg",
                          "reason_en": "gone"}, folder)  # fmt: skip


def test_who_tells_a_round_again_writes_the_same_file_and_no_second_telling(folder: Path) -> None:
    vote(folder, "student", ["agree"] * 6)
    say(folder, "a", "disagree", reason="dit mag naar buiten", may_be_told=True)
    close(folder)
    first = {path: path.read_bytes() for path in tell_totals(folder)}
    for path in first:
        path.unlink()
    assert {path: path.read_bytes() for path in tell_totals(folder)} == first
    closing = next(act for act in read_act_files(folder)[0] if act.kind == "round_closed")
    told_acts = [act for act in read_act_files(folder)[0] if act.kind in ("totals_told", "dissent_told")]
    assert {act.at for act in told_acts} == {closing.at}


def test_a_position_holds_no_time_and_no_organisation_and_its_name_tells_nothing(folder: Path) -> None:
    path = say(folder, "v1", "agree")
    assert {line.split(":")[0] for line in path.read_text("utf-8").splitlines()} == {
        "id", "kind", "subject", "role", "voter", "round", "wording", "position", "seal"
    }  # fmt: skip
    with pytest.raises(InputError, match="'partner' is unknown"):
        say(folder, "v1", "agree", partner="gemeente")


def test_a_position_taken_anew_leaves_nothing_of_the_old_one(folder: Path) -> None:
    say(folder, "v1", "disagree", reason="eerst dacht ik van niet")
    say(folder, "v1", "agree", reason="nu dacht ik van wel")
    assert len(list(private_folder(folder).glob("*.yaml"))) == 1
    assert b"van niet" not in words_on_disk(folder)
    assert own_positions("v1", folder)[0].revision == 1


def test_an_erased_position_is_nowhere(folder: Path) -> None:
    words = {"reason": "WOORDEN VAN V1", "text": "WAT V1 ANDERS ZOU DOEN DENKEN", "fair": "V1 VOND HET NIET EERLIJK"}
    vote(folder, "student", ["agree"] * 5)
    say(folder, "vlinder-1", "disagree", reason=words["reason"], may_be_told=True)
    sk.write_act({"kind": "would_change_mind", "subject": "claim-x", "role": "student", "voter": "vlinder-1",
                  "text": words["text"], "may_be_told": True}, folder)  # fmt: skip
    sk.write_act({"kind": "process_consent", "subject": "claim-x", "role": "student", "voter": "vlinder-1",
                  "fair": "no", "text": words["fair"]}, folder)  # fmt: skip
    (private_folder(folder) / ".0123.part").write_text(words["reason"], "utf-8")  # what a crash left
    close(folder)
    tell_totals(folder)
    before = words_on_disk(folder)
    assert all(text.encode() in before for text in (*words.values(), "vlinder-1"))
    copies = {path: path.read_bytes() for path in private_folder(folder).glob("*.yaml")}
    assert erase_positions("vlinder-1", folder=folder) == 3
    after = words_on_disk(folder)
    assert not any(text.encode() in after for text in (*words.values(), "vlinder-1"))
    assert not any("vlinder" in path.name for path in folder.rglob("*"))
    assert len(read_private_files(folder)[0]) == 5
    # A copy that is put back is not read, and the check names it.
    for path, content in copies.items():
        path.write_bytes(content)
    acts, aside = read_private_files(folder)
    assert (len(acts), [one.reason for one in aside]) == (5, ["erased"] * 3)
    assert sum("private/" in str(problem) for problem in check_ledger(folder)) == 3


def test_dissent_leaves_only_when_its_writer_released_it_and_without_role(folder: Path) -> None:
    vote(folder, "student", ["agree"] * 5)
    say(folder, "a", "disagree", reason="dit blijft binnen")
    say(folder, "b", "disagree", role="employer", reason="dit mag naar buiten", may_be_told=True)
    say(folder, "c", "agree", reason="ik ben het eens", may_be_told=True)
    close(folder)
    tell_totals(folder)
    public = words_on_disk(acts_folder(folder))
    assert b"dit mag naar buiten" in public
    assert b"dit blijft binnen" not in public
    assert b"ik ben het eens" not in public
    assert b"employer" not in public
    ledger = sk.read_ledger(folder)
    assert list(ledger.dissents.columns) == ["claim", "text"]
    assert ledger.dissents["text"].tolist() == ["dit mag naar buiten"]


def test_released_words_that_are_replaced_leave_the_public_folder_too(folder: Path) -> None:
    act = {"kind": "would_change_mind", "subject": "claim-x", "role": "student", "voter": "v", "may_be_told": True}
    sk.write_act({**act, "text": "een telling bij scholen"}, folder)
    close(folder)
    tell_totals(folder)
    assert b"een telling bij scholen" in words_on_disk(acts_folder(folder))
    sk.write_act({**act, "text": "iets anders"}, folder)
    assert b"een telling bij scholen" not in words_on_disk(folder)


def status_after(folder: Path, votes: dict[str, list[str]], *, evidence: bool = True) -> str:
    if evidence:
        sk.write_act(FOR, folder)
    for role, positions in votes.items():
        vote(folder, role, positions)
    close(folder)
    tell_totals(folder)
    found: str = sk.read_ledger(folder).claims["status"][0]
    return found


YES, SPLIT = ["agree"] * 5, ["agree"] * 3 + ["disagree"] * 2


@pytest.mark.parametrize(
    ("votes", "status"),
    [
        ({"student": YES, "school": YES, "employer": YES}, "agreed"),
        ({"student": YES, "school": YES, "employer": ["agree"] * 4}, "proposed"),
        ({"student": YES, "school": YES, "employer": SPLIT}, "disputed"),
        ({"student": YES, "school": YES, "employer": YES, "research": ["disagree"] * 4}, "agreed"),
        ({"student": ["agree"] * 30, "school": ["disagree"] * 5}, "disputed"),
    ],
)
def test_a_claim_is_agreed_when_three_roles_that_may_be_shown_broadly_agree(
    folder: Path, votes: dict[str, list[str]], status: str
) -> None:
    assert status_after(folder, votes) == status


def test_a_claim_without_evidence_is_never_agreed(folder: Path) -> None:
    assert status_after(folder, {"student": YES, "school": YES, "employer": YES}, evidence=False) == "proposed"


def test_other_words_ask_for_agreement_anew(folder: Path) -> None:
    assert status_after(folder, {"student": YES, "school": YES, "employer": YES}) == "agreed"
    sk.write_act({"kind": "claim_reworded", "subject": "claim-x", "role": "school",
                  "text_nl": "Bijna geen student meldt", "text_en": "Hardly any student reports"}, folder)  # fmt: skip
    ledger = sk.read_ledger(folder)
    assert ledger.claims["status"].tolist() == ["proposed"]
    assert ledger.totals.empty
    say(folder, "student-1", "disagree")  # round one on the new words is open


def test_a_claim_that_bridges_stands_before_one_that_a_big_role_likes(folder: Path) -> None:
    sk.write_act({**CLAIM, "subject": "bridging"}, folder)
    vote(folder, "student", ["agree"] * 30)
    vote(folder, "school", ["disagree"] * 5)
    for role, at in itertools.product(("student", "school"), range(6)):
        sk.write_act({"kind": "position_taken", "subject": "bridging", "role": role, "voter": f"{role}{at}", "round": 1,
                      "position": "can_live_with"}, folder)  # fmt: skip
    for name in ("claim-x", "bridging"):
        sk.write_act({"kind": "round_closed", "subject": name, "role": "role-06", "round": 1}, folder)
    tell_totals(folder)
    assert sk.read_ledger(folder).claims["id"].tolist() == ["bridging", "claim-x"]


def test_one_person_counts_in_one_role(folder: Path) -> None:
    vote(folder, "student", ["agree"] * 4)
    say(folder, "x", "agree", role="student")
    say(folder, "x", "agree", role="school")
    close(folder)
    tell_totals(folder)
    assert sk.read_ledger(folder).totals.empty


def test_same_votes_in_any_order_of_writing_leave_the_same_words(tmp_path: Path) -> None:
    chance, seen = random.Random(1), set()
    for number in range(3):
        place = tmp_path / str(number)
        sk.write_act(CLAIM, place)
        votes = [(f"v{at}", "agree" if at < 5 else "disagree") for at in range(8)]
        chance.shuffle(votes)
        for voter, position in votes:
            say(place, voter, position)
        close(place)
        tell_totals(place)
        seen.add(sk.read_ledger(place).totals.drop(columns="claim").to_csv())
    assert len(seen) == 1
