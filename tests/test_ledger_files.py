"""Files of acts: written whole by many at once, through crashes and merges, and read whatever was damaged."""

from __future__ import annotations

import hashlib
import os
import random
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import stagekansen_lib as sk
from stagekansen_lib.fact_finding.act_files import (
    acts_folder,
    has_act_name,
    moment_now,
    new_id,
    private_folder,
    read_act_files,
    read_private_files,
    write_act_file,
)
from stagekansen_lib.fact_finding.acts import QuestionRaised, act_from
from stagekansen_lib.fact_finding.folding import fold

needs_posix = pytest.mark.skipif(os.name == "nt", reason="kills and rights of POSIX")


def question(name: str, text: str = "Wat weten we niet") -> QuestionRaised:
    act = act_from(
        {"kind": "question_raised", "subject": name, "role": "student", "text_nl": text, "text_en": "What is unknown"}
    )
    assert isinstance(act, QuestionRaised)
    return act.model_copy(update={"id": new_id(), "at": moment_now()})


def in_a_process(program: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


WRITE_A_HUNDRED = """
import sys
from pathlib import Path
import stagekansen_lib as sk
folder, writer = Path(sys.argv[1]), sys.argv[2]
for number in range(100):
    sk.write_act({"kind": "stance_taken", "subject": "claim-x", "role": "school", "partner": "gemeente",
                  "stance": "agree", "spoken_by": "woordvoerder", "text_nl": f"{writer} {number}"}, folder)
"""


def test_five_processes_that_write_a_hundred_acts_each_at_once_lose_nothing(tmp_path: Path) -> None:
    sk.write_act(
        {"kind": "claim_proposed", "subject": "claim-x", "role": "student", "claim_kind": "suspected",
         "text_nl": "Weinig studenten melden", "text_en": "Few students report"}, tmp_path
    )  # fmt: skip
    running = [in_a_process(WRITE_A_HUNDRED, str(tmp_path), f"schrijver {name}") for name in "abcde"]
    for one in running:
        _, said = one.communicate()
        assert one.returncode == 0, said
    acts, aside = read_act_files(tmp_path)
    assert aside == ()
    told = {getattr(act, "text_nl", "") for act in acts}
    assert {f"schrijver {name} {number}" for name in "abcde" for number in range(100)} <= told
    assert len(acts) == 501
    assert [path for path in tmp_path.rglob("*") if path.name.startswith(".")] == []


# A child writes as fast as it can, in public and in private, and is killed at a random moment.
KILL_WRITERS = """
import os, random, signal, sys, time
from pathlib import Path
from stagekansen_lib.fact_finding.act_files import moment_now, new_id, write_act_file
from stagekansen_lib.fact_finding.acts import act_from
folder, chance, killed = Path(sys.argv[1]), random.Random(sys.argv[2]), 0
public = {"kind": "question_raised", "subject": "q", "role": "student", "text_nl": "Wat " * 500, "text_en": "What"}
private = {"kind": "process_consent", "subject": "q", "role": "student", "voter": "v", "fair": "yes", "text": "x" * 900}
def write():
    name = new_id()
    write_act_file(act_from(public).model_copy(update={"id": name, "at": moment_now()}), folder)
    write_act_file(act_from(private).model_copy(update={"id": name.lower()}), folder)
write()
for _ in range(20):
    child = os.fork()
    if child == 0:
        while True:
            write()
    time.sleep(chance.uniform(0.02, 0.2))
    os.kill(child, signal.SIGKILL)
    killed += os.WIFSIGNALED(os.waitpid(child, 0)[1])
print(killed)
"""


@needs_posix
def test_a_writer_killed_at_any_moment_leaves_whole_files_or_none(tmp_path: Path) -> None:
    running = in_a_process(KILL_WRITERS, str(tmp_path), "11")
    out, said = running.communicate()
    assert running.returncode == 0, said
    assert out.strip() == "20"
    acts, aside = read_act_files(tmp_path)
    assert len(acts) > 20
    assert aside == ()
    private, aside = read_private_files(tmp_path)
    assert len(private) > 20
    assert aside == ()


def git(folder: Path, *words: str) -> str:
    settings = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *settings, *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_two_branches_with_acts_on_the_same_claim_merge_without_a_conflict(tmp_path: Path) -> None:
    claim = {"kind": "claim_proposed", "subject": "claim-x", "role": "student", "claim_kind": "suspected",
             "text_nl": "Weinig studenten melden", "text_en": "Few students report"}  # fmt: skip
    git(tmp_path, "init", "-q", "-b", "main")
    sk.write_act(claim, tmp_path)
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "claim")
    for branch, words in {"left": "Bijna geen student meldt", "right": "Bijna niemand meldt"}.items():
        git(tmp_path, "checkout", "-q", "-b", branch, "main")
        sk.write_act({"kind": "claim_reworded", "subject": "claim-x", "role": "school", "text_nl": words,
                      "text_en": "Hardly anyone reports"}, tmp_path)  # fmt: skip
        sk.write_act({"kind": "evidence_added", "subject": "claim-x", "role": "school", "relation": "for",
                      "rests_on": "sources:sbb-2018"}, tmp_path)  # fmt: skip
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-qm", branch)
    git(tmp_path, "merge", "-q", "--no-edit", "left")
    acts, aside = read_act_files(tmp_path)
    assert (len(acts), aside) == (5, ())
    found = fold(acts).claims["claim-x"]
    assert len(found.evidence) == 2
    assert found.wording.text_nl == "Bijna niemand meldt"


def test_what_persons_say_never_enters_git_wherever_a_ledger_lies(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    place = tmp_path / "sprints" / "voorjaar" / "anders"
    sk.write_act({"kind": "process_consent", "subject": "s", "role": "student", "voter": "v", "fair": "no"}, place)
    sk.write_act({"kind": "question_raised", "role": "student", "text_nl": "Wat", "text_en": "What"}, place)
    git(tmp_path, "add", "-A")
    added = git(tmp_path, "ls-files")
    assert "acts/" in added
    assert "private" not in added


def damaged(content: bytes, chance: random.Random) -> bytes:
    """One kind of damage: a byte turned, a piece lost, a piece twice, the end cut off, or two bytes swapped."""
    at, more = sorted(chance.sample(range(len(content)), 2))
    way = chance.randrange(5)
    if way == 0:
        return content[:at] + bytes([content[at] ^ (1 << chance.randrange(8))]) + content[at + 1 :]
    if way == 1:
        return content[:at] + content[more:]
    if way == 2:
        return content[:more] + content[at:more] + content[more:]
    if way == 3:
        return content[:at]
    return content[:at] + content[more : more + 1] + content[at + 1 : more] + content[at : at + 1] + content[more + 1 :]


def test_two_hundred_mutated_files_are_set_aside_by_name_and_the_rest_reads(tmp_path: Path) -> None:
    chance = random.Random(4)
    whole = {act.id: act for act in (question(f"question-{number}") for number in range(220))}
    paths = [write_act_file(act, tmp_path) for act in whole.values()]
    changed = set()
    for path in paths[:200]:
        before = path.read_bytes()
        while (after := damaged(before, chance)) == before:
            pass
        path.write_bytes(after)
        changed.add(path.name)
    acts, aside = read_act_files(tmp_path)
    assert {Path(one.file).name for one in aside} == changed
    assert len(changed) == 200
    assert acts == tuple(whole[path.stem] for path in paths[200:])
    assert {one.reason for one in aside} == {"seal"}


def sealed(told: bytes) -> bytes:
    return told + b"seal: " + hashlib.sha256(told).hexdigest().encode() + b"\n"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("notes.txt", b"x", "no_act"),
        ("a.yaml", sealed(b"- a\n"), "yaml"),
        ("b.yaml", sealed(b"a: &a [1]\nb: {? [x] : 1}\n"), "yaml"),
        ("c.yaml", sealed(b"\xff\xfe\n"), "yaml"),
        ("d.yaml", b"kind: question_raised\n", "seal"),
        ("e.yaml", sealed(b"a: " + b"x" * 70_000), "large"),
        ("f.yaml", sealed(b"kind: question_raised\nsubject: 2026-11-30\n"), "content"),
        ("g.yaml", sealed(b"kind: question_raised\nsubject: q\nrole: student\ntext_nl: a\ntext_en: b\n"), "name"),
        ("h.yaml", sealed(b"kind: process_consent\nid: h\nsubject: q\nrole: r\nvoter: v\nfair: 'yes'\n"), "name"),
    ],
)
def test_what_is_no_act_is_set_aside_with_its_reason(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    write_act_file(question("question-a"), tmp_path)
    (acts_folder(tmp_path) / name).write_bytes(content)
    acts, aside = read_act_files(tmp_path)
    assert len(acts) == 1
    assert [(one.file, one.reason) for one in aside] == [(name, reason)]


def test_a_copy_under_another_name_or_in_another_month_does_not_count_twice(tmp_path: Path) -> None:
    path = write_act_file(question("question-a"), tmp_path)
    other = acts_folder(tmp_path) / "2031-01"
    other.mkdir()
    (other / path.name).write_bytes(path.read_bytes())
    path.with_name(f"{path.stem} (1).yaml").write_bytes(path.read_bytes())
    acts, aside = read_act_files(tmp_path)
    assert len(acts) == 1
    assert sorted(one.reason for one in aside) == ["name", "twice"]


def test_other_ends_of_lines_leave_an_act_as_it_is(tmp_path: Path) -> None:
    path = write_act_file(question("question-a", "Eén \u2028 regel: 'x' \"y\" # z"), tmp_path)
    before = read_act_files(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_act_files(tmp_path) == before
    assert len(before[0]) == 1


@needs_posix
def test_what_persons_say_is_open_to_its_owner_only_whatever_the_mask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        said = act_from({"kind": "process_consent", "subject": "s", "role": "student", "voter": "v", "fair": "no"})
        path = write_act_file(said.model_copy(update={"id": "abc"}), tmp_path)
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(private_folder(tmp_path).stat().st_mode) == 0o700


def test_names_of_one_process_sort_in_the_order_they_were_given() -> None:
    names = [new_id() for _ in range(500)]
    assert names == sorted(names)
    assert len(set(names)) == 500
    assert all(has_act_name(name) for name in names)
    assert not has_act_name(names[0].lower())
