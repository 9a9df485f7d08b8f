"""The sprint: laid out, looked after and closed; the recorded example is played back on every run."""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib.util
import io
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pypdf
import pytest

import stagekansen_lib as sk
from stagekansen_lib.cli.__main__ import main
from stagekansen_lib.documents.writing import made_as
from stagekansen_lib.errors import InputError, RefusedError
from stagekansen_lib.fact_finding.act_files import acts_folder, private_folder, read_act_files, write_act_file
from stagekansen_lib.fact_finding.acts import EvidenceAdded
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.sprints.checking import CHECKS
from stagekansen_lib.sprints.closing import SEAL, erase_in_sprint, report_of
from stagekansen_lib.sprints.papers import cards_paper, order_paper, path_picture
from stagekansen_lib.sprints.plans import read_plan
from stagekansen_lib.sprints.sprints import CLOSED, FACTS, write_facts
from stagekansen_lib.sprints.working import Sprint
from stagekansen_lib.wording import LANGUAGES, say
from tests.documents_read import faults_of_pdf, tags_of_pdf

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "sprints" / "voorbeeld"
DAYS = (dt.date(2027, 3, 1), dt.date(2027, 3, 2))
DISSENT = "Wie lang zoekt kan daardoor eerder denken dat het aan discriminatie lag"


def script() -> Any:
    found = importlib.util.spec_from_file_location("make_example_sprint", ROOT / "scripts" / "make_example_sprint.py")
    assert found is not None
    assert found.loader is not None
    loaded = importlib.util.module_from_spec(found)
    found.loader.exec_module(loaded)
    return loaded


@pytest.fixture(scope="module", autouse=True)
def quick_disk() -> Iterator[None]:
    """Nothing here asks what a power cut leaves (test_ledger_files does), so no file waits for the disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sprint of the recording, played back from its beginning to its close."""
    sprint: Sprint = script().played_back(tmp_path_factory.mktemp("played"))
    return sprint.folder


@pytest.fixture
def whole(played: Path, tmp_path: Path) -> Sprint:
    """The same sprint just before it is closed, as one that people held, with nothing missing."""
    folder = tmp_path / "sprints" / played.name
    shutil.copytree(played, folder)
    shutil.rmtree(folder / CLOSED)
    return sk.read_sprint(folder.name, home=folder.parent, language="en").change(synthetic=False)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of its own, with nothing in it."""
    (tmp_path / "project" / "data").mkdir(parents=True)
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path / "project"))
    monkeypatch.setenv("STAGEKANSEN_LANGUAGE", "en")
    return tmp_path / "project"


def files_in(folder: Path) -> dict[str, bytes]:
    """What git would keep of a folder."""
    kept = [path for path in sorted(folder.rglob("*")) if path.is_file() and "private" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in kept}


# The recorded example -----------------------------------------------------------------------------------------------


def test_playing_back_the_recording_gives_the_example_to_the_byte(played: Path) -> None:
    assert files_in(played) == files_in(EXAMPLE), "Run: python scripts/make_example_sprint.py"


def test_the_example_says_that_it_is_made_up_on_every_page_and_holds_nothing_that_a_person_said() -> None:
    pages = [*EXAMPLE.rglob("*.html")]
    assert len(pages) == 8
    for page in pages:
        assert say("sprint.mark", "nl" if ".nl." in page.name else "en") in page.read_text("utf-8"), page.name
    assert say("sprint.mark", "nl") in (EXAMPLE / "sprint.ipynb").read_text("utf-8")
    assert read_yaml(EXAMPLE / FACTS)["synthetic"] is True
    assert not private_folder(EXAMPLE / "ledger").exists()
    assert not re.search(r"voter:|position_taken|(?:student|school|employer)-\d", str(files_in(EXAMPLE)))


def test_the_example_tells_one_claim_as_agreed_and_one_as_disputed_with_its_dissent() -> None:
    ledger = sk.read_sprint("voorbeeld").ledger
    status = dict(zip(ledger.claims["id"], ledger.claims["status"], strict=True))
    assert status == {"sprint-report": "agreed", "sprint-harder": "disputed"}
    assert "community" not in set(ledger.totals["role"])
    assert ledger.dissents["text"].tolist() == [DISSENT]
    assert ledger.questions["agreed_before"].tolist().count(True) == 2


def test_every_file_of_a_closed_sprint_has_its_hash_and_a_changed_one_shows(played: Path) -> None:
    told = json.loads((played / CLOSED / SEAL).read_text("utf-8"))
    expected = set(files_in(played)) - {f"{CLOSED}/{SEAL}", "ledger/acts/.gitkeep", "sprint.ipynb"}
    assert set(told["files"]) == {name for name in expected if not name.startswith("papers/")}
    for name, seal in told["files"].items():
        assert hashlib.sha256((played / name).read_bytes()).hexdigest() == seal
    assert told["release_sha256"] == sk.read_release("example-2022").sha256
    assert told["left_open"] == ["companies-and-programmes"]


# Laying out ---------------------------------------------------------------------------------------------------------


def test_the_plan_names_phases_roles_and_checks_that_are_there_and_uses_every_check() -> None:
    plan, method = read_plan(), sk.read_registers().method
    assert list(plan.phases) == [phase.id for phase in method.phases]
    assert len({task.id for task in plan.tasks}) == len(plan.tasks)
    assert {task.by for task in plan.tasks} | {slot.by for slot in plan.agenda} <= {role.id for role in method.roles}
    assert {task.check for task in plan.tasks if task.check} == set(CHECKS)
    assert {slot.day for slot in plan.agenda} == {1, 2}
    for day in (1, 2):
        times = [time for slot in plan.agenda if slot.day == day for time in (slot.begins, slot.ends)]
        assert times == sorted(times)


@pytest.mark.parametrize(
    ("name", "more", "fault"),
    [
        ("Lente 2027", {}, "small letters"),
        ("../lente", {}, "small letters"),
        ("lente", {"about": ["open-1"]}, "Did you mean 'open-01'"),
        ("lente", {"title_nl": "Sprint van mevrouw Jansen"}, "seems to name a person"),
        ("there", {}, "already"),
    ],
)
def test_a_sprint_that_cannot_be_laid_out_is_refused_and_nothing_is_written(
    tmp_path: Path, name: str, more: dict[str, Any], fault: str
) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(InputError, match=fault):
        sk.new_sprint(name, home=tmp_path, **more)
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_claims_and_questions_that_are_taken_along_are_the_same_acts(tmp_path: Path) -> None:
    sprint = sk.new_sprint("lente", about=["claim-7", "open-01"], home=tmp_path, forms=["html"])
    own, project = files_in(acts_folder(sprint.ledger_folder)), files_in(acts_folder())
    acts = {name: content for name, content in own.items() if name.endswith(".yaml")}
    assert len(acts) == 5
    assert acts.items() <= project.items()
    assert sprint.ledger.statement("claim-7", "en") == "Few students report"


def test_the_papers_can_be_printed_and_read_by_whoever_does_not_see_them() -> None:
    sprint = sk.read_sprint("voorbeeld")
    for paper in (order_paper, cards_paper):
        made = made_as(paper(sprint.shown("en")), "pdf")
        assert faults_of_pdf(made) == []
        assert {"H1", "H2"} <= set(tags_of_pdf(made))
    for language in LANGUAGES:
        report = made_as(report_of(sprint, language), "pdf")
        assert faults_of_pdf(report) == []
        assert len(pypdf.PdfReader(io.BytesIO(report)).pages) == 1


# What is missing ----------------------------------------------------------------------------------------------------


def test_a_new_sprint_lacks_everything_at_once_with_who_does_it(tmp_path: Path) -> None:
    sprint = sk.new_sprint("lente", home=tmp_path, language="en", forms=["html"])
    missing = {one.task.id for one in sprint.missing}
    assert missing == {task.id for task in read_plan().tasks}
    assert all("By: " in line for line in sprint.lines())
    assert any(
        line.startswith("Pose: Put the questions") and "owner of the question" in line for line in sprint.lines()
    )


def without(kind: str, **also: Any) -> Callable[[Sprint], None]:
    """Take the acts of a kind out of the ledger of a sprint."""

    def take_out(sprint: Sprint) -> None:
        for act in read_act_files(sprint.ledger_folder)[0]:
            if act.kind == kind and all(getattr(act, name) == value for name, value in also.items()):
                next(acts_folder(sprint.ledger_folder).rglob(f"{act.id}.yaml")).unlink()

    return take_out


def changed(**facts: Any) -> Callable[[Sprint], None]:
    return lambda sprint: sprint.change(**facts) and None


def damaged(sprint: Sprint) -> None:
    path = next(acts_folder(sprint.ledger_folder).rglob("*.yaml"))
    copy = path.with_name(f"{path.stem[:-1]}{'0' if path.stem[-1] != '0' else '1'}.yaml")
    copy.write_bytes(path.read_bytes()[:-9])


def another_figure(sprint: Sprint) -> None:
    """Evidence that was pinned when its figure was another."""
    act = next(
        one
        for one in read_act_files(sprint.ledger_folder)[0]
        if isinstance(one, EvidenceAdded) and one.rests_on == "example-2022:difficulty_by_experience:0:3"
    )
    rest = act.rests[0].model_copy(update={"figure": "0" * 32})
    write_act_file(act.model_copy(update={"rests": (rest,)}), sprint.ledger_folder)


def unticked(sprint: Sprint) -> None:
    write_facts(sprint.folder, type(sprint.facts)(**{**vars(sprint.facts), "done": ()}))


TICKED = {task.id for task in read_plan().tasks if not task.check}


@pytest.mark.parametrize(
    ("undo", "missing", "about"),
    [
        (changed(days=["2026-11-23"]), {"days"}, ""),
        (changed(roles={"role-07": ""}), {"roles"}, "recorder"),
        (changed(present=["student", "school"]), {"sides"}, ""),
        (changed(survey="nowhere"), {"survey", "privacy", "twin"}, ""),
        (changed(release="nowhere"), {"release"}, ""),
        (changed(next_review="2026-11-24"), {"review"}, ""),
        (unticked, TICKED, ""),
        (without("question_assigned", subject="where-to-report"), {"owners"}, "where-to-report"),
        (without("method_agreed", subject="where-to-report"), {"methods"}, "where-to-report"),
        (without("evidence_added", subject="sprint-report"), {"evidence"}, "sprint-report"),
        (without("round_closed", subject="sprint-report", round=2), {"rounds", "files"}, "sprint-report"),
        (without("totals_told", subject="sprint-report", round=2), {"totals"}, "sprint-report"),
        (without("question_answered", subject="where-to-report"), {"answers"}, "where-to-report"),
        (without("decision_taken"), {"decisions"}, ""),
        (damaged, {"files"}, ".yaml"),
        (another_figure, {"look_again"}, "sprint-harder"),
    ],
)  # fmt: skip
def test_what_is_undone_is_named_and_nothing_else(
    whole: Sprint, undo: Callable[[Sprint], None], missing: set[str], about: str
) -> None:
    undo(whole)
    found = whole.again()
    assert {one.task.id for one in found.missing} == missing
    if about:
        assert any(about in line for line in found.lines())


def test_nothing_is_missing_in_a_sprint_that_did_it_all(whole: Sprint) -> None:
    assert whole.missing == ()
    assert repr(whole) == "Sprint voorbeeld: 0 tasks are not done yet."


def test_a_method_that_two_sides_agreed_on_waits_for_a_third(whole: Sprint) -> None:
    act = next(one for one in read_act_files(whole.ledger_folder)[0] if one.kind == "method_agreed")
    write_act_file(act.model_copy(update={"roles_present": ("student", "role-06", "school")}), whole.ledger_folder)
    assert [one.task.id for one in whole.again().missing] == ["agreed_by"]


def test_answers_of_people_need_a_privacy_file_and_a_twin(home: Path) -> None:
    for name in ("raw", "interim"):
        (home / "data" / name).mkdir()
    (home / "data" / "raw" / "wave.csv").write_text("a;b\n1;2\n", "utf-8")
    sprint = sk.new_sprint("lente", survey="wave", forms=["html"])
    missing = {one.task.id: one.about for one in sprint.missing}
    assert "survey" not in missing
    assert missing["privacy"] == ("data/raw/wave.csv",)
    assert missing["twin"] == ()
    (home / "data" / "interim" / "twin_wave.csv").write_text("a;b\n", "utf-8")
    assert "twin" not in {one.task.id for one in sprint.again().missing}


def test_the_path_shows_each_phase_as_done_busy_or_open_in_words_too(whole: Sprint) -> None:
    assert path_picture(whole.shown("en")).alt.count("8 of 8 done") == 1
    unticked(whole)
    picture = path_picture(whole.again().shown("en"))
    assert "Prepare: 6 of 8 done" in picture.alt
    assert "Compare and criticise: 0 of 2 done" in picture.alt
    assert picture.svg.count("<circle") == 8


@pytest.mark.parametrize(
    ("tasks", "fault"),
    [(("rom",), "Did you mean 'room'"), (("claims",), "looked at by itself"), (("x", "days"), "2 p")],
)
def test_only_what_a_person_must_see_can_be_ticked(whole: Sprint, tasks: tuple[str, ...], fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        whole.tick(*tasks)


@pytest.mark.parametrize(
    ("facts", "fault"),
    [
        ({"dys": []}, "Did you mean 'days'"),
        ({"days": ["1 maart"]}, "cannot be read"),
        ({"present": ["studnt"]}, "Did you mean 'student'"),
        ({"roles": {"role-06": "mevrouw Jansen"}}, "seems to name a person"),
        ({"name": "other"}, "not changed here"),
        ({"days": ["x"], "present": ["y"]}, "2 problems"),
    ],
)
def test_facts_that_cannot_be_are_refused_all_at_once_and_stay_as_they_were(
    whole: Sprint, facts: dict[str, Any], fault: str
) -> None:
    before = (whole.folder / FACTS).read_bytes()
    with pytest.raises(InputError, match=fault):
        whole.change(**facts)
    assert (whole.folder / FACTS).read_bytes() == before


def test_the_form_of_a_notebook_writes_the_facts_and_the_ticks_and_tells_what_is_wrong(whole: Sprint) -> None:
    form = whole.form()
    boxes = {box.description: box for box in form.children if getattr(box, "description", "")}
    said, shown = form.children[-2:]
    boxes["Name of the release"].value = "example-2022 "
    boxes["facilitator (neutral)"].value = "GG"
    boxes["Find a room that everyone can enter, with a screen and power."].value = False
    boxes["Days, such as 2027-03-01, 2027-03-02"].value = "2026-11-23, 24 november"
    boxes["Save"].click()
    assert "A day under &#x27;days&#x27; cannot be read" in said.value
    assert whole.again().facts.roles["role-06"] == "DD"
    boxes["Days, such as 2027-03-01, 2027-03-02"].value = "2026-11-23, 2026-11-24"
    boxes["Save"].click()
    assert say("sprint.form_saved", "en") in said.value
    assert whole.again().facts.roles["role-06"] == "GG"
    assert [one.task.id for one in whole.again().missing] == ["room"]
    assert "Prepare: 7 of 8 done" in shown.value


# Closing ------------------------------------------------------------------------------------------------------------


def test_a_sprint_hands_its_acts_over_as_they_are_once_and_nothing_that_persons_said(
    whole: Sprint, tmp_path: Path
) -> None:
    project = tmp_path / "ledger"
    written = sk.close_sprint(whole, on=dt.date(2026, 11, 24), ledger=project, forms=["html"])
    assert [path.name for path in written] == [
        SEAL, "fact-sheet.en.html", "fact-sheet.nl.html", "report.en.html", "report.nl.html"
    ]  # fmt: skip
    own = {name: text for name, text in files_in(acts_folder(whole.ledger_folder)).items() if name != ".gitkeep"}
    assert files_in(acts_folder(project)) == own
    ledger = sk.read_ledger(project)
    assert ledger.decisions["id"].tolist() == ["sprint-ask-yearly", "sprint-be-known"]
    assert set(ledger.claims["id"]) == {"sprint-harder", "sprint-report"}
    assert ledger.questions.set_index("id")["state"]["companies-and-programmes"] == "method_agreed"
    assert not private_folder(project).exists()
    assert stat.S_IMODE(private_folder(whole.ledger_folder).stat().st_mode) == 0o700
    for refused in (lambda: sk.close_sprint(whole.again()), lambda: whole.again().tick("room")):
        with pytest.raises(RefusedError, match="is closed"):
            refused()


def test_what_is_missing_stops_closing_all_of_it_named_unless_the_reason_is_told(whole: Sprint, tmp_path: Path) -> None:
    unticked(whole.change(release=""))
    without("decision_taken")(whole)
    with pytest.raises(InputError) as found:
        sk.close_sprint(whole, ledger=tmp_path / "ledger")
    assert len(found.value.problems) == len(TICKED) + 2
    assert not (tmp_path / "ledger").exists()
    with pytest.raises(InputError, match="seems to name a person"):
        sk.close_sprint(whole, unfinished="mevrouw Jansen was ziek", ledger=tmp_path / "ledger")
    sk.close_sprint(whole, unfinished="De zaal sloot eerder.", ledger=tmp_path / "ledger", forms=["html"])
    report = (whole.folder / CLOSED / "report.nl.html").read_text("utf-8")
    assert "De zaal sloot eerder." in report
    assert "Schrijf de besluiten op" in report
    assert json.loads((whole.folder / CLOSED / SEAL).read_text("utf-8"))["missing"][-1] == "sheet"


def test_a_name_that_the_ledger_has_meanwhile_stops_closing_and_the_ledger_stays(whole: Sprint, tmp_path: Path) -> None:
    project = tmp_path / "ledger"
    sk.write_act({"kind": "question_raised", "subject": "where-to-report", "role": "student", "text_nl": "Iets anders",
                  "text_en": "Something else"}, project)  # fmt: skip
    before = files_in(project)
    with pytest.raises(InputError, match="has 'where-to-report' already"):
        sk.close_sprint(whole, ledger=project)
    assert files_in(project) == before
    assert not whole.again().closed


def test_nothing_of_an_example_enters_the_ledger(whole: Sprint, tmp_path: Path) -> None:
    example = whole.change(synthetic=True, release="")
    sk.close_sprint(example, unfinished="an exercise", ledger=tmp_path / "ledger", forms=["html"])
    assert not (tmp_path / "ledger").exists()


def test_what_is_erased_after_closing_is_nowhere(whole: Sprint, tmp_path: Path) -> None:
    project = tmp_path / "ledger"
    sk.close_sprint(whole, on=dt.date(2026, 11, 24), ledger=project, forms=["html"])

    def holding() -> list[str]:
        homes = (whole.folder, project)
        return [path.name for home in homes for path in home.rglob("*") if path.is_file()
                and DISSENT.encode() in path.read_bytes()]  # fmt: skip

    assert len(holding()) == 5
    assert erase_in_sprint(whole.again(), "employer-3", ledger=project) > 0
    assert holding() == []
    assert not any(b"voter: employer-3" in path.read_bytes() for path in private_folder(whole.ledger_folder).iterdir())
    told = json.loads((whole.folder / CLOSED / SEAL).read_text("utf-8"))
    assert told["closed"] == "2026-11-24"
    for name, seal in told["files"].items():
        assert hashlib.sha256((whole.folder / name).read_bytes()).hexdigest() == seal
    assert sk.read_ledger(project).totals.equals(whole.again().ledger.totals)


def test_a_process_behind_the_wall_opens_nothing_of_a_sprint() -> None:
    code = f"from stagekansen_lib.project.walls import close_wall\nclose_wall()\nopen({str(EXAMPLE / FACTS)!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert "PermissionError" in done.stderr


# As it is used ------------------------------------------------------------------------------------------------------


def test_the_command_lays_out_says_what_is_missing_and_closes(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    day = ["--day", "2027-03-01", "--day", "2027-03-02"]
    assert main(["sprint", "new", "spring", "--title-en", "Spring", *day, "--survey", "example_2022"]) == 0
    assert "sprints/spring/papers/cards.nl.html" in capsys.readouterr().out
    question = home / "question.yaml"
    question.write_text("kind: question_raised\nsubject: q\nrole: student\ntext_nl: Waarom\ntext_en: Why\n", "utf-8")
    assert main(["ledger", "add", str(question), "--sprint", "spring"]) == 0
    assert main(["ledger", "show", "questions", "--sprint", "spring"]) == 0
    assert "Why" in capsys.readouterr().out
    assert main(["sprint", "check", "spring", "--tick", "room", "--papers"]) == 1
    out = capsys.readouterr().out
    assert "[owners] About: q." in out
    assert "[room]" not in out
    assert "[days]" not in out
    assert main(["sprint", "close", "spring"]) == 2
    assert main(["sprint", "close", "spring", "--unfinished", "an exercise", "--on", "2027-03-02"]) == 0
    out = capsys.readouterr().out
    assert "Why: nobody yet, due no date yet" in out
    assert "The sprint was closed all the same: an exercise" in out
    assert sk.read_ledger().questions["id"].tolist() == ["q"]
    assert main(["sprint", "close", "spring", "--unfinished", "again"]) == 3
    assert main(["ledger", "erase", "p1", "--sprint", "spring"]) == 1
    assert main(["sprint", "check", "spring-2"]) == 2


def test_the_notebook_is_kept_as_git_keeps_it_and_runs(home: Path) -> None:
    from nbclient import NotebookClient

    sprint = sk.new_sprint("spring", days=DAYS, synthetic=True, forms=["html"])
    notebook: Any = nbformat.read(sprint.folder / "sprint.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert [cell.id for cell in notebook.cells] == [str(place) for place in range(len(notebook.cells))]
    assert not any(cell.get("outputs") for cell in notebook.cells)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(home)}}).execute()
    shown = [str(output.get("data", {})) for cell in notebook.cells for output in cell.get("outputs", ())]
    assert "<circle" in shown[0]
    assert say("sprint.mark", "en") in shown[0]
    assert any("widget-view" in one for one in shown)
    assert len(shown) == sum(cell.cell_type == "code" for cell in notebook.cells)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_shows_its_path_and_what_is_missing_in_both_languages(whole: Sprint, language: str) -> None:
    unticked(whole)
    page = Sprint(whole.folder, language)._repr_html_()  # type: ignore[arg-type]
    assert page.count("<li>") == len(TICKED)
    assert say("sprint.missing_heading", language) in page  # type: ignore[arg-type]
