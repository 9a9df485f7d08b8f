"""Made-up answers for any questionnaire: read without loss, routed as the codebook says, and released for practice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from stagekansen_lib.cli import __main__ as cli
from stagekansen_lib.drafts.drafting import draft_codebook
from stagekansen_lib.errors import InputError
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.privacy.cards import check_privacy_files
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.surveys.codebook_files import write_codebook
from stagekansen_lib.surveys.codebooks import Codebook, Variable
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.twins.practising import practice_sha256, write_practice
from tests import school_exports
from tests.short_questionnaire import SCALE, short


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    folder = tmp_path_factory.mktemp("short")
    return read_survey(write_practice(short(), folder / "practise.csv", seed=2), short())


def test_every_answer_is_one_that_the_codebook_knows(survey: Survey) -> None:
    assert survey.set_aside is not None
    assert set(survey.set_aside["reason"]) == {"no_consent"}
    assert 0 < len(survey.set_aside) == 300 - len(survey) < 30
    for name in ("level", "met", "difficulty"):
        counts = survey.rows[name].value_counts()
        assert counts.min() >= 10, name
    assert survey.rows["letters"].between(0, 60).sum() > 280
    assert survey.rows["mark"].between(1, 10).sum() > 280
    assert survey.rows["filled_in"].notna().sum() > 280


def test_who_was_not_asked_has_no_answer_and_who_was_asked_has_one(survey: Survey) -> None:
    asked = (survey.rows["met"] == "ja").to_numpy()
    ticks = survey.rows[["where[1]", "where[2]", "where[9]"]]
    assert asked.sum() > 100, "answers that lead on to other questions are given oftener"
    assert ticks[~asked].isna().all(axis=None)
    answered = ticks[asked].dropna()
    assert len(answered) > 0.9 * asked.sum()
    assert ((answered["where[9]"] == 1) & (answered.sum(axis=1) > 1)).sum() == 0, "nowhere stands alone"
    assert (answered.sum(axis=1) > 1).any()


def test_reasons_for_no_answer_and_blanks_are_there(survey: Survey) -> None:
    assert survey.missing_reasons is not None
    assert {"prefer_not_to_say", "blank"} <= set(survey.missing_reasons["met"].dropna())
    assert "not_asked" in set(survey.missing_reasons["where"].dropna())


@pytest.mark.parametrize("kind", school_exports.EXPORTS)
def test_a_codebook_of_every_survey_tool_reads_its_own_practice_file(kind: str, tmp_path: Path) -> None:
    book = school_exports.confirmed(draft_codebook(school_exports.write_export(kind, 2025, tmp_path))).codebook
    read = read_survey(write_practice(book, tmp_path / "practise.csv", rows=60), book)
    assert read.set_aside is not None
    assert set(read.set_aside["reason"]) <= {"no_consent"}
    assert len(read) > 40


def test_the_same_seed_gives_the_same_file_and_another_seed_or_codebook_another() -> None:
    made = practice_sha256(short(), 50, 1)
    assert made == practice_sha256(short(), 50, 1)
    other = Codebook("other", short().variables)
    others = [practice_sha256(short(), 50, 2), practice_sha256(short(), 51, 1), practice_sha256(other, 50, 1)]
    assert len({made, *others}) == 4


def test_a_derived_variable_that_is_added_later_leaves_the_file_as_it_is() -> None:
    book = short()
    merged = Variable("difficulty2", "ordinal", "Moeite", "Difficulty", SCALE[:2], derived_from=("difficulty",))
    assert practice_sha256(book, 50, 1) == practice_sha256(
        Codebook("short", {**book.variables, "difficulty2": merged}), 50, 1
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"rows": 0}, "rows is 0"), ({"seed": -1}, "seed is -1"), ({"rows": True}, "rows is True")],
)
def test_numbers_out_of_range_are_named(tmp_path: Path, changes: dict[str, int], says: str) -> None:
    with pytest.raises(InputError, match=says):
        write_practice(short(), tmp_path / "practise.csv", **changes)
    with pytest.raises(InputError, match=r"does not end in \.csv"):
        write_practice(short(), tmp_path / "practise.xlsx")
    with pytest.raises(InputError, match="has no question"):
        write_practice(Codebook("empty"), tmp_path / "practise.csv")


# The whole way, as a team goes it -----------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for part in data_folder().iterdir():
        if part.name in ("rules", "codebooks"):
            shutil.copytree(part, tmp_path / "data" / part.name)
        elif part.name not in ("raw", "interim", "published") and not part.name.startswith("."):
            (tmp_path / "data").mkdir(exist_ok=True)
            (tmp_path / "data" / part.name).symlink_to(part)
    for name in ("raw", "interim", "published"):
        (tmp_path / "data" / name).mkdir()
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    return tmp_path


QUESTIONS = "Nummer;Op welk niveau?;Hoeveel moeite kostte het?;Ervaarde je discriminatie?;Wil je nog iets kwijt?"
LEVELS, DIFFICULTY, MET = ("mbo", "hbo"), ("geen", "weinig", "veel"), ("Ja", "Nee")
ANSWERS = [f"{at};{LEVELS[at % 2]};{DIFFICULTY[at % 3]};{MET[at % 4 > 1]};" for at in range(1, 61)]


@pytest.mark.parametrize("name", ["short", "own"])
def test_a_new_questionnaire_goes_the_whole_way_to_a_practice_release(
    home: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if name == "short":
        write_codebook(short(), home / "data" / "codebooks")
    else:
        (home / "own.csv").write_text("\n".join([QUESTIONS, *ANSWERS, ""]), "utf-8")
        draft = draft_codebook(home / "own.csv", "own")
        while len(draft.open_points):
            variable, what, proposal = draft.open_points.iloc[0]
            draft.confirm(variable, what, proposal or "none")  # consent has no proposal; here nobody was asked for it
        write_codebook(draft.codebook, home / "data" / "codebooks")
    release = ["release", "practice", "--survey", f"practise_{name}", "--wave", "practice"]
    release += ["--made-by", "A", "--checked-by", "B"]
    assert cli.main(["practise", name, "--seed", "4", "--language", "en"]) == 0
    assert f"tables new {name}" in capsys.readouterr().out
    assert cli.main([*release, "--language", "en"]) == 2
    told = capsys.readouterr().err
    assert f"tables new {name}" in told
    assert "title_nl" in told
    assert cli.main(["tables", "new", name, "--language", "en"]) == 0
    assert cli.main(["tables", "new", name]) == 2
    assert cli.main(release) == 0
    facts = json.loads((home / "data" / "published" / "practice" / "release.json").read_text("utf-8"))
    assert facts["synthetic"]
    assert facts["kept"]["share"] > 0.5
    practise = str(home / "data" / "interim" / f"practise_{name}.csv")
    assert cli.main(["import", practise, "--codebook", name, "--name", "taken_in"]) == 0
    assert read_survey("taken_in").provenance.synthetic
    # What the program wrote itself asks for nothing: the practice file is about nobody.
    assert [problem for problem in check_privacy_files() if "taken_in" not in str(problem)] == []
