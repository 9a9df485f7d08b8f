"""The ledger: what may be said, what the acts come to, and how it shows itself."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import stagekansen_lib as sk
from stagekansen_lib.cli.__main__ import main
from stagekansen_lib.errors import InputError
from stagekansen_lib.fact_finding.act_files import moment_now, new_id, read_act_files, write_act_file
from stagekansen_lib.fact_finding.acts import KINDS, POSITIONS, PRIVATE, ClaimMoved, act_from
from stagekansen_lib.fact_finding.folding import fold
from stagekansen_lib.fact_finding.ledger_rules import read_ledger_rules
from stagekansen_lib.fact_finding.ledgers import PARTS
from stagekansen_lib.fact_finding.references import parse_reference, printed, typed_results
from stagekansen_lib.fact_finding.standing import strength_from
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.wording import LANGUAGES, say

CLONE = Path(__file__).resolve().parent.parent
CLAIM = {"kind": "claim_proposed", "subject": "claim-x", "role": "student", "claim_kind": "suspected",
         "text_nl": "Weinig studenten melden", "text_en": "Few students report"}  # fmt: skip
QUESTION = {"kind": "question_raised", "subject": "question-x", "role": "student", "text_nl": "Hoe vaak komt dit voor",
            "text_en": "How often does this happen"}  # fmt: skip
REASON = {"reason_nl": "daarom", "reason_en": "because"}
METHOD: dict[str, Any] = {"kind": "method_agreed", "subject": "question-x", "role": "school",
          "text_nl": "We tellen bij scholen", "text_en": "We count at schools",
          "foretold": [{"if_nl": "het er weinig zijn", "if_en": "they are few", "then_nl": "kijken we naar het melden",
                        "then_en": "we look at reporting"}]}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sk.write_act(CLAIM, tmp_path)
    return tmp_path


def on_claim(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "subject": "claim-x", "role": "school", **more}


# What may be said


@pytest.mark.parametrize(
    ("act", "fault"),
    [
        ({"kind": "claim_proposd"}, "Did you mean 'claim_proposed'"),
        ({**CLAIM, "text_en": ""}, "text_en"),
        ({**CLAIM, "txt_nl": "x"}, "Did you mean 'text_nl'"),
        ({**CLAIM, "claim_kind": "felt"}, "claim_kind"),
        (CLAIM, "There is a 'claim-x' already"),
        ({**CLAIM, "subject": "y", "role": "studnt"}, "Did you mean 'student'"),
        ({**CLAIM, "subject": "y", "text_nl": "Het is 8% van ons"}, "'8%' looks like a result"),
        ({**CLAIM, "subject": "y", "text_nl": "Het is [[key_figures:cbs-10]]"}, "in one language only"),
        ({**CLAIM, "subject": "../y"}, "subject"),
        ({**CLAIM, "subject": "y", "id": "01"}, "is given when"),
        (on_claim("evidence_added", relation="for", rests_on="key_figures:cbs-1"), "Did you mean"),
        (on_claim("evidence_added", relation="for", rests_on="key_figures:handbook-29"), "Nobody knows what"),
        (on_claim("evidence_added", relation="for", rests_on="example-2022:experienc"), "Did you mean 'experience'"),
        (on_claim("evidence_added", relation="for", rests_on="example-2022:experience_by_level:9"), "Rows of this"),
        (on_claim("evidence_added", relation="for", rests_on="example-2021:experience"), "There is no release"),
        (on_claim("evidence_added", relation="for", rests_on="see the report"), "is no reference"),
        (on_claim("evidence_added", relation="for", rests_on="https://example.org"), "the day it was seen"),
        (on_claim("evidence_added", relation="for", rests_on="voices:q01", grade="experiment"), "The grade follows"),
        (on_claim("evidence_added", relation="for", rests_on="https://example.org", seen="gisteren"), "is no date"),
        (on_claim("stance_taken", partner="gemeent", stance="agree", spoken_by="bestuur"), "Did you mean 'gemeente'"),
        (on_claim("evidence_withdrawn", evidence="x", **REASON), "No evidence of this claim"),
        ({**on_claim("claim_parked", **REASON), "subject": "claim-y"}, "Did you mean 'claim-x'"),
        (on_claim("claim_parked", reason_nl="dat zei mevrouw Jansen", reason_en="x"), "seems to name a person"),
        (on_claim("claim_parked", reason_nl="vraag a@b.nl", reason_en="x"), "seems to name a person"),
        ({"kind": "act_withdrawn", "subject": "x", "role": "school", **REASON}, "No act that counts"),
        ({**METHOD, "subject": "claim-x"}, "There is no 'claim-x' to speak of"),
        ({**METHOD, "foretold": [{**METHOD["foretold"][0], "then_nl": "belt mevrouw Jansen"}]}, "name a person"),
        ({**METHOD, "roles_present": ["studnt"]}, "Did you mean 'student'"),
        ({"kind": "question_assigned", "subject": "q", "role": "school", "owner": "Anna", "due": "2027-01-01"},
         "'Anna' is neither a partner"),
    ],
)  # fmt: skip
def test_what_may_not_be_said_is_refused_with_what_to_do_and_nothing_is_written(
    folder: Path, act: dict[str, Any], fault: str
) -> None:
    before = sorted(folder.rglob("*"))
    with pytest.raises(InputError, match=fault):
        sk.write_act(act, folder)
    assert sorted(folder.rglob("*")) == before


def test_all_that_is_wrong_is_said_at_once_and_nothing_of_what_a_person_said(folder: Path) -> None:
    act = {"kind": "position_taken", "subject": "claim-x", "role": 5, "voter": "v", "round": 3, "position": "geheim",
           "reason": 7, "partner": "geheim"}  # fmt: skip
    with pytest.raises(InputError) as found:
        sk.write_act(act, folder)
    assert len(found.value.problems) == 5
    assert "geheim" not in str(found.value)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("8% van ons", ("8%",)),
        ("8 procent", ("8 procent",)),
        ("8 percentage points", ("8 percentage",)),
        ("1 op de 2 studenten", ("1 op de 2",)),
        ("3 in 4 students", ("3 in 4",)),
        ("3.982 studenten", ("3.982",)),
        ("gemiddeld 1,5 keer", ("1,5",)),
        ("324 respondenten", ("324",)),
        ("in 2022 en 2018-2020", ()),
        ("studenten van mbo 2 in 2022", ()),
        ("in 2100 gevallen", ("2100",)),
        ("[[key_figures:cbs-10]] in 2022", ()),
    ],
)
def test_typed_results_are_found_and_years_and_levels_are_not(text: str, found: tuple[str, ...]) -> None:
    assert typed_results(text) == found


@pytest.mark.parametrize(
    "text", ["a", "Release:table", "key_figures:a:b", "sources:a#value", "r:t#p", ":t", "r:", "r:t::1"]
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no reference"):
        parse_reference(text)


def test_numbers_are_printed_from_the_release_in_each_language(folder: Path) -> None:
    text = "Gemiddeld [[example-2022:applications]]; [[key_figures:handbook-3982#value]]; [[example-2022:reported]]"
    sk.write_act({**CLAIM, "subject": "y", "text_nl": text, "text_en": text.replace("Gemiddeld", "Mean")}, folder)
    ledger = sk.read_ledger(folder)
    assert ledger.statement("y", "nl") == "Gemiddeld 10,1; 3.982; <10%"
    assert ledger.statement("y", "en") == "Mean 10.1; 3,982; <10%"
    assert printed(text, "en", {}).count("[no longer published]") == 3


# What the acts come to


def full_ledger(folder: Path) -> Path:
    sk.write_act({**CLAIM, "subject": "claim-y"}, folder)
    sk.write_act(on_claim("claim_reworded", text_nl="Bijna niemand meldt", text_en="Hardly anyone reports"), folder)
    sk.write_act(on_claim("evidence_added", relation="for", rests_on="key_figures:cbs-6"), folder)
    sk.write_act(on_claim("evidence_added", relation="nuancing", rests_on="voices:q01"), folder)
    sk.write_act(on_claim("stance_taken", partner="gemeente", stance="agree", spoken_by="bestuur"), folder)
    sk.write_act(on_claim("stance_taken", partner="gemeente", stance="disagree", spoken_by="bestuur"), folder)
    sk.write_act(QUESTION, folder)
    sk.write_act({"kind": "question_assigned", "subject": "question-x", "role": "role-06", "owner": "research",
                  "due": "2027-02-01"}, folder)  # fmt: skip
    sk.write_act(METHOD, folder)
    sk.write_act({"kind": "decision_taken", "subject": "decision-x", "role": "role-07", "text_nl": "We tellen elk jaar",
                  "text_en": "We count every year", "roles_present": ["student", "school"]}, folder)  # fmt: skip
    sk.write_act({"kind": "correction_asked", "subject": "correction-x", "role": "student", "about": "feiten",
                  "text": "De datum klopt niet"}, folder)  # fmt: skip
    sk.write_act({"kind": "correction_settled", "subject": "correction-x", "role": "role-03", "outcome": "corrected",
                  "text_nl": "Datum verbeterd", "text_en": "Date corrected"}, folder)  # fmt: skip
    return folder


def test_the_fold_is_the_same_whatever_the_order_and_however_often_an_act_comes(folder: Path) -> None:
    acts = list(read_act_files(full_ledger(folder))[0])
    wanted = fold(acts)
    assert len(wanted.claims) == 2
    assert not wanted.set_aside
    for seed in range(20):
        random.Random(seed).shuffle(acts)
        assert fold([*acts, acts[0]]) == wanted


def test_acts_that_come_before_their_subject_by_a_slow_clock_still_count(folder: Path) -> None:
    sk.write_act(on_claim("evidence_added", relation="for", rests_on="key_figures:cbs-6"), folder)
    claim, evidence = read_act_files(folder)[0]
    early = evidence.model_copy(update={"id": "0" * 26})
    found = fold([claim, early])
    assert len(found.claims["claim-x"].evidence) == 1
    assert not found.set_aside


def test_a_file_that_somebody_made_up_and_sealed_does_not_keep_the_ledger_from_being_read(folder: Path) -> None:
    forged = {
        "kind": "evidence_added",
        "subject": "claim-x",
        "role": "x",
        "relation": "for",
        "rests_on": "no reference",
    }
    worded = {
        **on_claim("claim_reworded"),
        "text_nl": "Het is [[geen verwijzing]]",
        "text_en": "It is [[no: :reference]]",
    }
    for content in (forged, worded):
        act = act_from(content).model_copy(update={"id": new_id(), "at": moment_now()})
        write_act_file(act, folder)
    ledger = sk.read_ledger(folder)
    assert ledger.claims[["status", "strength"]].to_numpy().tolist() == [["look_again", "opinion"]]
    assert ledger.statement("claim-x", "en") == "It is [no longer published]"
    assert set(ledger.changes["changed"]) == {"gone"}
    assert len(ledger.evidence) == 1


@pytest.mark.parametrize(
    "text",
    [
        "a: b # c",
        "- x",
        "'\"",
        "a\r\nb\tc ",
        "\u2028\u0085\ufeffé",
        "😀",
        "\x00\x1b",
        "| >",
        "2026-11-30",
        "~",
        "\n\n",
        "a\nseal: b",
    ],
)
def test_any_text_reads_back_as_it_was_written(folder: Path, text: str) -> None:
    sk.write_act(on_claim("claim_parked", reason_nl=text, reason_en=text), folder)
    act = sk.read_ledger(folder).claim("claim-x").history[-1]
    assert isinstance(act, ClaimMoved)
    assert act.reason_nl == text


def test_a_sign_that_no_file_can_hold_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="reason_nl"):
        sk.write_act(on_claim("claim_parked", reason_nl="\ud800", reason_en="x"), folder)
    assert len(read_act_files(folder)[0]) == 1


def test_an_act_whose_subject_was_lost_is_set_aside_by_name(folder: Path) -> None:
    sk.write_act(on_claim("claim_parked", **REASON), folder)
    first, second = sorted(folder.rglob("*.yaml"))
    first.write_bytes(first.read_bytes()[:-9])
    ledger = sk.read_ledger(folder)
    assert ledger.set_aside["reason"].tolist() == ["seal", "no_subject"]
    assert ledger.set_aside["file"].tolist() == [f"{first.parent.name}/{first.name}", second.name]


def test_of_two_claims_of_one_name_from_two_branches_the_first_holds_and_the_other_is_named(tmp_path: Path) -> None:
    for place in ("left", "right"):
        sk.write_act({**CLAIM, "text_nl": f"Uit {place}"}, tmp_path / place)
    shutil.copytree(tmp_path / "right", tmp_path / "left", dirs_exist_ok=True)
    ledger = sk.read_ledger(tmp_path / "left")
    assert ledger.claims["statement_nl"].tolist() == ["Uit left"]
    assert ledger.set_aside[["reason", "more"]].to_numpy().tolist() == [["taken", "claim-x"]]


def test_withdrawn_evidence_and_acts_count_no_more_and_stay_in_the_history(folder: Path) -> None:
    full_ledger(folder)
    evidence = sk.read_ledger(folder).evidence
    sk.write_act(on_claim("evidence_withdrawn", evidence=evidence["id"][0], **REASON), folder)
    stances = [act.id for act in sk.read_ledger(folder).folded.acts if act.kind == "stance_taken"]
    withdrawal = {"kind": "act_withdrawn", "role": "school", **REASON}
    sk.write_act({**withdrawal, "subject": stances[-1]}, folder)
    ledger = sk.read_ledger(folder)
    assert ledger.evidence["rests_on"].tolist() == ["voices:q01"]
    assert ledger.stances["stance"].tolist() == ["agree"]
    assert "evidence_added" in [act.kind for act in ledger.claim("claim-x").history]
    last = [act.id for act in ledger.folded.acts if act.kind == "act_withdrawn"][-1]
    sk.write_act({**withdrawal, "subject": last}, folder)
    assert sk.read_ledger(folder).stances["stance"].tolist() == ["disagree"]


def test_a_claim_is_parked_withdrawn_and_reopened_by_acts(folder: Path) -> None:
    for kind, status in [("parked", "parked"), ("withdrawn", "withdrawn"), ("reopened", "proposed")]:
        sk.write_act(on_claim(f"claim_{kind}", **REASON), folder)
        assert sk.read_ledger(folder).claims["status"].tolist() == [status]


def test_a_question_shows_what_was_foretold_and_what_came_and_whether_it_was_agreed_before(folder: Path) -> None:
    tmp_path = full_ledger(folder)
    row = sk.read_ledger(tmp_path).questions.iloc[0]
    assert (row["state"], row["owner"], row["due"], row["agreed_before"]) == (
        "method_agreed", "research", "2027-02-01", ""
    )  # fmt: skip
    assert row["foretold_en"] == "If they are few, then we look at reporting."
    answer = {"kind": "question_answered", "subject": "question-x", "role": "research"}
    sk.write_act({**answer, "text_nl": "Het waren er weinig", "text_en": "They were few"}, tmp_path)
    assert sk.read_ledger(tmp_path).questions["agreed_before"].tolist() == [True]
    # A release older than the method: its figures could be seen before anything was foretold.
    text = "[[example-2022:experience]]"
    sk.write_act({**answer, "text_nl": text, "text_en": text}, tmp_path)
    row = sk.read_ledger(tmp_path).questions.iloc[0]
    assert (row["answer_nl"], row["agreed_before"]) == ("50%", False)


def test_a_method_agreed_after_the_answer_is_not_agreed_before(tmp_path: Path) -> None:
    sk.write_act(QUESTION, tmp_path)
    sk.write_act({"kind": "question_answered", "subject": "question-x", "role": "research", "text_nl": "Zelden",
                  "text_en": "Rarely"}, tmp_path)  # fmt: skip
    sk.write_act(METHOD, tmp_path)
    assert sk.read_ledger(tmp_path).questions["agreed_before"].tolist() == [False]


@pytest.mark.parametrize(
    ("evidence", "strength"),
    [
        ([], "none"),
        ([("nuancing", "experiment")], "none"),
        ([("for", "opinion"), ("for", "register")], "register"),
        ([("for", "register"), ("nuancing", "experiment")], "register"),
        ([("for", "register"), ("against", "probability_survey")], "register"),
        ([("for", "register"), ("against", "register")], "probability_survey"),
        ([("for", "register"), ("against", "experiment")], "probability_survey"),
        ([("for", "opinion"), ("against", "experiment")], "opinion"),
    ],
)
def test_a_claim_is_never_stronger_than_its_best_evidence_and_weaker_when_as_good_evidence_is_against_it(
    evidence: list[tuple[str, str]], strength: str
) -> None:
    assert strength_from(evidence, read_ledger_rules()) == strength


@pytest.mark.parametrize(
    ("rests_on", "grade"),
    [
        ("key_figures:scp-stage-wo", "qualitative"),  # a survey of 88: one step lower
        ("key_figures:rn-2023-37", "self_selected_survey"),  # 166
        ("key_figures:cbs-10", "probability_survey"),
        ("key_figures:der-162", "opinion"),  # computed here
        ("key_figures:handbook-2", "register"),
        ("key_figures:job-mon", "opinion"),  # from memory
        ("key_figures:utr-apps", "experiment"),
        ("example-2022:experience", "self_selected_survey"),
        ("voices:q01", "qualitative"),
        ("queries:q-core", "opinion"),
        ("sources:handbook-2022", "qualitative"),
    ],
)
def test_evidence_has_the_grade_that_the_rules_give_it(folder: Path, rests_on: str, grade: str) -> None:
    sk.write_act(on_claim("evidence_added", relation="for", rests_on=rests_on), folder)
    assert sk.read_ledger(folder).evidence["grade"].tolist() == [grade]


def test_evidence_about_other_people_places_or_times_is_named_beside_the_claim(folder: Path) -> None:
    scope = {"who_nl": "mbo-studenten", "who_en": "mbo students", "where_nl": "nederland", "where_en": "x"}
    sk.write_act({**CLAIM, "subject": "y", **scope}, folder)
    for relation in ("for", "nuancing"):
        sk.write_act({**on_claim("evidence_added", relation=relation, rests_on="key_figures:scp-27"), "subject": "y"},
                     folder)  # fmt: skip
    scopes = sk.read_ledger(folder).scopes
    # The place is the same but for a capital; when the claim speaks of is not known.
    assert scopes[["claim", "part", "said_nl"]].to_numpy().tolist() == [["y", "who", "mbo-studenten"]]


# How it shows itself


def test_every_table_has_its_columns_and_shows_itself_in_both_languages(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = sk.read_ledger(full_ledger(folder))
    for part, columns in PARTS.items():
        table = getattr(ledger, part)
        assert tuple(table.columns) == columns
        for language in LANGUAGES:
            monkeypatch.setenv("STAGEKANSEN_LANGUAGE", language)
            assert len(table.labelled()) == len(table)
            assert not [name for name in table.labelled(language) if "_" in name]
            assert (say(f"ledger.part_{part}", language) in table._repr_html_()) is (len(table) > 0)
    assert type(ledger.claims[ledger.claims["id"] == "claim-x"]).__name__ == "DataFrame"


def test_what_people_wrote_is_text_in_a_notebook_and_never_markup(folder: Path) -> None:
    sk.write_act({**CLAIM, "subject": "y", "text_nl": "<script>x</script>", "text_en": "<b>x</b>"}, folder)
    assert "<script>" not in sk.read_ledger(folder)._repr_html_()


def test_every_code_has_its_words() -> None:
    values = read_ledger_rules().values
    public = [kind for kind in KINDS if kind not in PRIVATE]
    codes = {
        "kind": ["experienced", "suspected", "established", "legal", *public],
        "grade": [*values.order, "none"],
        "stance": POSITIONS,
        "status": ["proposed", "agreed", "disputed", "parked", "withdrawn", "look_again"],
        "agreement": ["broadly_agrees", "divided", "broadly_disagrees"],
        "moved": ["few", "some", "many"],
        "changed": ["figure", "method", "source", "rule", "gone"],
        "scope": ["who", "where", "when"],
        "aside": ["no_file", "unreadable", "no_act", "large", "yaml", "seal", "content", "name", "twice", "erased",
                  "taken", "no_subject", "open_round", "told_twice"],
    }  # fmt: skip
    for language in LANGUAGES:
        for start, names in codes.items():
            assert all(say(f"ledger.{start}_{name}", language) for name in names)


# The ledger of the project


def test_the_claims_and_open_questions_of_the_registers_stand_in_the_ledger_with_their_marks() -> None:
    ledger = sk.read_ledger()
    claims = {row["id"]: row for row in read_yaml(data_folder("registers", "method.yaml"))["claims"]}
    assert ledger.set_aside.empty
    shown = ledger.claims.set_index("id")
    for name, row in claims.items():
        for language in LANGUAGES:
            assert ledger.statement(name, language) == row[f"label_{language}"]
            assert shown.loc[name, f"note_{language}"] == row[f"warning_{language}"]
        assert shown.loc[name, "confidence"] == row["confidence"]
        assert set(ledger.evidence[ledger.evidence["claim"] == name]["text_en"]) == {row["evidence_en"]}
    asked = ledger.questions.set_index("id")
    for row in read_yaml(data_folder("registers", "factors.yaml"))["open_questions"]:
        assert asked.loc[row["id"], "text_nl"] == row["label_nl"]
        assert asked.loc[row["id"], "confidence"] == row["confidence"]
    assert {"peak-in-the-year", "companies-and-programmes"} <= set(asked.index)
    assert not ledger.claims["look_again"].any()


def test_no_position_of_anybody_stands_in_the_committed_acts() -> None:
    kinds = set(sk.read_ledger().acts["kind"])
    assert kinds <= set(KINDS) - set(PRIVATE) - {"totals_told", "dissent_told", "stance_taken"}


def test_the_script_writes_the_same_acts_again(project: Path) -> None:
    acts = project / "data" / "ledger" / "acts"
    shutil.rmtree(acts)
    script = CLONE / "scripts" / "make_ledger.py"
    subprocess.run([sys.executable, str(script)], check=True, capture_output=True)
    made = {path.name: path.read_bytes() for path in acts.rglob("*.yaml")}
    committed = {path.name: path.read_bytes() for path in (CLONE / "data" / "ledger" / "acts").rglob("*.yaml")}
    assert made
    assert made == {name: committed[name] for name in made}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of its own, with the registers, rules and releases of this one."""
    for name in ("registers", "rules", "comparability", "published", "ledger"):
        shutil.copytree(data_folder(name), tmp_path / "data" / name)
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    return tmp_path


def command(*words: str) -> int:
    return main(["ledger", *words])


def test_the_command_shows_adds_and_checks(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("show", "--language", "en") == 0
    assert "Few students report" in capsys.readouterr().out
    assert command("show", "claim-7", "--language", "en") == 0
    assert "key_figures:cbs-6" in capsys.readouterr().out
    assert command("show", "set-aside") == 0
    act = project / "act.yaml"
    act.write_text("{kind: claim_parked, subject: claim-1, role: school, reason_nl: a, reason_en: b}\n", "utf-8")
    assert command("add", str(act)) == 0
    act.write_text("- {kind: claim_reopened, subject: claim-1, role: school, reason_nl: a, reason_en: b}\n", "utf-8")
    assert command("add", str(act)) == 0
    assert sk.read_ledger().acts["kind"][-2:].tolist() == ["claim_parked", "claim_reopened"]
    assert command("check") == 0
    assert command("totals") == 0
    assert command("erase", "nobody") == 1
    (project / "data" / "ledger" / "acts" / "notes.txt").write_text("x", "utf-8")
    capsys.readouterr()
    assert command("check") == 1
    assert "notes.txt" in capsys.readouterr().out


BEHIND_THE_WALL = """
import sys
from pathlib import Path
import stagekansen_lib as sk
from stagekansen_lib.project.paths import data_folder
print(len(sk.read_ledger().claims))
try:
    print(list(data_folder("ledger", "private").iterdir()))
except PermissionError:
    print("closed")
"""


def test_a_process_that_makes_pages_reads_the_ledger_and_cannot_open_what_persons_said(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sk.write_act({"kind": "process_consent", "subject": "claim-1", "role": "student", "voter": "v", "fair": "yes"})
    monkeypatch.setenv("STAGEKANSEN_WALL", "closed")
    done = subprocess.run([sys.executable, "-c", BEHIND_THE_WALL], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["8", "closed"]
    assert project.is_dir()


def test_what_persons_say_is_kept_out_of_git() -> None:
    done = subprocess.run(
        ["git", "check-ignore", "data/ledger/private/x.yaml"], cwd=CLONE, capture_output=True, check=False
    )
    assert done.returncode == 0
