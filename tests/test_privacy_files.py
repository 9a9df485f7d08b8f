"""Pseudonyms, the privacy file and withdrawal, on real files in a folder of their own."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from stagekansen_lib.cli import __main__ as cli
from stagekansen_lib.errors import InputError, RefusedError, quoted
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.intake.stores import write_survey
from stagekansen_lib.intake.taking_back import write_set_aside
from stagekansen_lib.privacy.cards import check_privacy_files, draft_privacy_card, privacy_files, read_privacy_card
from stagekansen_lib.privacy.pseudonyms import make_key, pseudonym, pseudonymise, pseudonyms, read_key
from stagekansen_lib.withdrawals.withdrawal import find_proof, finish_withdrawal, withdraw
from tests.answer_files import write

ROOT = Path(__file__).resolve().parent.parent
TODAY = dt.date(2026, 11, 25)
CARD = """
purpose_nl: Nulmeting gelijke stagekansen
purpose_en: Baseline equal internship chances
controller: De Haagse Hogeschool
ground_art_6: a
ground_art_9: a
collected_until: 2026-10-01
retention_until: {until}
may_see: [researcher, data steward]
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with empty folders for answers; the key lives beside it, outside."""
    for name in ("raw", "interim", "published"):
        (tmp_path / "home" / "data" / name).mkdir(parents=True)
    for name in ("codebooks",):
        shutil.copytree(ROOT / "data" / name, tmp_path / "home" / "data" / name)
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def key(home: Path) -> Path:
    return make_key(home.parent / "key.txt")


def fill(home: Path, key: Path) -> None:
    """Answers of three respondents in every form they are kept in; R2 filled in the list twice."""
    raw, interim = home / "data" / "raw", home / "data" / "interim"
    students = [
        {"respondent_id": "R1", "g6": 'Niets; "echt"\nniets.'},
        {"respondent_id": "R2", "d1": "8", "z1": "Geheim antwoord"},
        {"respondent_id": "R2", "d1": "1"},
        {"respondent_id": "R3", "d1": "9"},
    ]
    write(raw / "wave.csv", *students)
    survey = read_survey(raw / "wave.csv")
    write_set_aside(survey, interim / "wave_set_aside.csv")
    keyed = pseudonymise(survey, key)
    keyed.rows.to_parquet(interim / "wave.parquet")
    pd.DataFrame({"id": ["R1", "R2"], "answer": ["x", "y"]}).to_excel(interim / "wave.xlsx", index=False)
    voices = [{"respondent": "R2", "quote": "Geheim citaat"}, {"respondent": "R3", "quote": "Ander citaat"}]
    (interim / "voices.yaml").write_text(json.dumps({"voices": voices}), "utf-8")
    release = home / "data" / "published" / "wave-2026"
    release.mkdir()
    (release / "release.json").write_text(json.dumps({"name": "wave-2026", "synthetic": False}), "utf-8")


def contents(home: Path) -> dict[str, bytes]:
    folders = [home / "data" / name for name in ("raw", "interim")]
    return {path.name: path.read_bytes() for folder in folders for path in sorted(folder.iterdir())}


def test_a_withdrawn_respondent_is_gone_from_every_file_and_nobody_else_has_changed(home: Path, key: Path) -> None:
    fill(home, key)
    before = contents(home)
    done = withdraw("R2", key_file=key, all_surveys=True, on=TODAY)
    after = contents(home)
    assert dict(done.files) == {
        "data/raw/wave.csv": 2,
        "data/interim/voices.yaml": 1,
        "data/interim/wave.parquet": 1,
        "data/interim/wave.xlsx": 1,
        "data/interim/wave_set_aside.csv": 2,
    }
    raw_before, raw_after = (part["wave.csv"].split(b"\r\n") for part in (before, after))
    assert raw_after == [line if b"R2" not in line else b"" for line in raw_before]
    assert pd.read_parquet(home / "data" / "interim" / "wave.parquet").index.tolist() == [2, 5]
    assert pd.read_excel(home / "data" / "interim" / "wave.xlsx").dropna()["id"].tolist() == ["R1"]
    aside = list(csv.DictReader(after["wave_set_aside.csv"].decode("utf-8-sig").splitlines(), delimiter=";"))
    assert [line["row"] for line in aside] == ["5"]
    assert b"Geheim" not in b"".join(after.values())
    assert b"Ander citaat" in after["voices.yaml"]
    survey = read_survey(home / "data" / "raw" / "wave.csv")
    assert survey.rows.index.tolist() == [2, 5]  # row numbers of the others are what they were


def test_the_proof_holds_no_number_and_can_be_found_by_who_knows_it(home: Path, key: Path) -> None:
    fill(home, key)
    done = withdraw("R2", key_file=key, all_surveys=True, on=TODAY)
    proofs = (home / "data" / "raw" / "withdrawals.yaml").read_text("utf-8")
    assert "R2" not in proofs
    assert pseudonym("R2", read_key(key)) not in proofs
    assert done.method == "hmac-sha256"
    assert find_proof(" r2", key_file=key) == done
    assert find_proof("R3", key_file=key) is None
    assert find_proof("R2") is None  # without the key
    assert "wave-2026" in done.text("en")
    assert "art. 17" in done.text("nl")
    with pytest.raises(InputError, match="withdrawn before"):
        withdraw("R2", key_file=key)


def test_without_a_key_the_proof_is_a_slow_hash(home: Path) -> None:
    write(home / "data" / "raw" / "wave.csv", {"respondent_id": "R1"}, {"respondent_id": "R2"})
    done = withdraw("R1", on=TODAY)
    assert (done.method, done.number) == ("scrypt", 1)
    assert find_proof("R1") == done
    assert withdraw("R2", on=TODAY).number == 2


def test_a_withdrawn_respondent_leaves_a_stored_survey_and_what_was_set_aside_of_it(home: Path) -> None:
    file = write(
        home / "data" / "raw" / "wave.csv",
        {"respondent_id": "R1", "d1": "8"},
        {"respondent_id": "R2", "d1": "9", "d2": "x"},
        {"respondent_id": "R2"},
        {"respondent_id": "R3", "d1": ""},
    )
    write_survey(read_survey(file), "wave")
    assert [problem.where for problem in check_privacy_files()] == ["data/raw/wave.csv"]  # one for all five files
    card = draft_privacy_card(next((home / "data" / "interim").glob("wave-*/answers.parquet")))
    assert card == home / "data" / "interim" / "wave.privacy.yaml"
    assert len(check_privacy_files()) == 1  # the card covers all of it, and is not filled in
    before = read_survey("wave")
    done = withdraw("R2")
    counts = {Path(name).name: count for name, count in done.files.items()}
    assert counts == {
        "wave.csv": 2, "answers.parquet": 1, "missing_reasons.parquet": 1, "set_aside.parquet": 3, "set_aside.csv": 3
    }  # fmt: skip
    after = read_survey("wave")
    assert after.rows.index.tolist() == [2, 5]
    pd.testing.assert_frame_equal(after.rows, before.rows.loc[[2, 5]])
    assert after.set_aside is not None
    assert after.set_aside["row"].tolist() == [2]
    told = (home / "data" / "interim" / "wave.yaml").read_text("utf-8")
    assert "\nrows: 2\n" in told
    assert f"\nrows_and_values_set_aside: {len(after.set_aside)}\n" in told
    assert not [path for path in (home / "data").rglob("*") if path.is_file() and b"R2" in path.read_bytes()]


def test_a_number_in_use_in_several_surveys_is_nobody_until_the_survey_is_named(home: Path) -> None:
    raw = home / "data" / "raw"
    ours = write(raw / "ours.csv", {"respondent_id": "5"}, {"respondent_id": "6"})
    write(raw / "theirs.csv", {"respondent_id": "5", "z1": "Geheim"}, {"respondent_id": "7"})
    write_survey(read_survey(ours), "stored")

    def everything() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in (home / "data").rglob("*") if path.is_file()}

    before = everything()
    with pytest.raises(InputError) as stopped:
        withdraw("5")
    assert everything() == before
    assert [problem.what for problem in stopped.value.problems] == [
        "Survey 'ours' holds this number.", "Survey 'theirs' holds this number."
    ]  # fmt: skip
    assert "answers.parquet" in stopped.value.problems[0].where
    assert "Geheim" not in str(stopped.value)
    with pytest.raises(InputError, match="Did you mean 'ours'"):
        withdraw("5", surveys=["our"])
    assert cli.main(["withdraw", "5", "--survey", "stored"]) == 0  # by the name of the store, or of the file
    assert b"5;" not in ours.read_bytes().splitlines()[1]
    assert read_survey("stored").rows.index.tolist() == [3]
    assert (raw / "theirs.csv").read_bytes() == before[raw / "theirs.csv"]
    # Once more the same words must not reach the namesake.
    with pytest.raises(InputError, match="withdrawn before"):
        withdraw("5")
    with pytest.raises(InputError, match="No file of these surveys"):
        withdraw("99", surveys=["ours"])
    assert list(withdraw("5", surveys=["theirs"]).files) == ["data/raw/theirs.csv"]


def test_files_of_one_name_in_two_formats_or_folders_are_two_surveys(home: Path) -> None:
    raw = home / "data" / "raw"
    (raw / "school").mkdir()
    for file in (raw / "export.csv", raw / "export.txt", raw / "school" / "export.csv"):
        file.write_text("id;a\n5;1\n6;2\n", "utf-8")
    with pytest.raises(InputError) as stopped:
        withdraw("5")
    assert [problem.what.split("'")[1] for problem in stopped.value.problems] == [
        "export.csv", "export.txt", "school/export"
    ]  # fmt: skip
    assert list(withdraw("5", surveys=["export.txt", "school/export"]).files) == [
        "data/raw/export.txt", "data/raw/school/export.csv"
    ]  # fmt: skip
    assert sum(withdraw("5", all_surveys=True).files.values()) == 1


def test_nothing_changes_when_a_file_cannot_be_searched_until_a_person_has(home: Path) -> None:
    raw = home / "data" / "raw"
    write(raw / "wave.csv", {"respondent_id": "R1"}, {"respondent_id": "R2"})
    (raw / "wave.sav").write_bytes(b"$FL2")
    (raw / "loose.csv").write_text("a;b\n1;2\n", "utf-8")
    (raw / "interviews.md").write_text("R1: in gesprek", "utf-8")
    (raw / "README.md").write_text("What lies here.", "utf-8")
    before = contents(home)
    with pytest.raises(InputError) as stopped:
        withdraw("R1")
    assert {problem.where for problem in stopped.value.problems} == {
        "data/raw/wave.sav", "data/raw/loose.csv", "data/raw/interviews.md"
    }  # fmt: skip
    assert contents(home) == before
    withdraw("R1", checked=["wave.sav", "data/raw/loose.csv", "interviews.md"])
    assert b"R1" not in (raw / "wave.csv").read_bytes()


def test_an_unknown_respondent_is_said_without_repeating_the_number(home: Path) -> None:
    write(home / "data" / "raw" / "wave.csv", {"respondent_id": "R1"})
    with pytest.raises(InputError, match="No file of answers holds this respondent") as stopped:
        withdraw("R99")
    assert "R99" not in str(stopped.value)
    with pytest.raises(InputError, match="empty"):
        withdraw("  ")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_all_other_bytes_stay_in_every_encoding(home: Path, encoding: str) -> None:
    file = home / "data" / "raw" / "wave.csv"
    text = 'id,antwoord\r\nR1,"één, ""twee""\r\ndrie"\r\nR2,café\r\nR10,naïef'
    file.write_bytes(text.encode(encoding))
    withdraw("R2")
    assert file.read_bytes().decode(encoding) == text.replace("R2,café", "")


_CUT_OFF = """
import os, sys
from stagekansen_lib.withdrawals.withdrawal import withdraw
import pathlib
count, real = int(sys.argv[1]), pathlib.Path.replace
def cut(*words):
    global count
    count -= 1
    if count < 0:
        os._exit(9)
    real(*words)
pathlib.Path.replace = cut
withdraw("R2", key_file=sys.argv[2], all_surveys=True)
"""


@pytest.mark.parametrize("steps", [0, 1, 3, 6])
def test_a_withdrawal_that_is_killed_leaves_whole_files_and_is_finished_later(
    home: Path, key: Path, steps: int
) -> None:
    fill(home, key)
    before = contents(home)
    done = subprocess.run([sys.executable, "-c", _CUT_OFF, str(steps), str(key)], cwd=ROOT, env=dict(os.environ))
    assert done.returncode == 9
    between = contents(home)
    began = ".withdrawal.json" in between
    assert began == (steps > 0)
    if not began:
        assert {name: between[name] for name in before} == before
    # Every file is the old one or the new one, whole.
    changed = [name for name in before if between[name] != before[name]]
    assert len(changed) == min(max(steps - 1, 0), 5)
    assert not [name for name in changed if b"Geheim" in between[name]]
    cut_off = [problem.what for problem in check_privacy_files() if "cut off" in problem.what]
    assert len(cut_off) == began
    assert sum(withdraw("R2", key_file=key, all_surveys=True).files.values()) == 7  # the same command again finishes it
    after = contents(home)
    assert b"Geheim" not in b"".join(after.values())
    assert not [name for name in after if "withdrawn" in name or name == ".withdrawal.json"]
    assert find_proof("R2", key_file=key) is not None
    assert not finish_withdrawal()


def test_a_key_lies_outside_the_project_and_is_read_by_its_owner_only(home: Path, key: Path) -> None:
    assert len(read_key(key)) == 32
    with pytest.raises(RefusedError, match="beside the data protects nobody"):
        make_key(home / "data" / "key.txt")
    (home.parent / "other" / ".git").mkdir(parents=True)
    with pytest.raises(RefusedError, match="under git"):
        make_key(home.parent / "other" / "key.txt")
    with pytest.raises(InputError, match="There is a file already"):
        make_key(key)
    (home / "key.txt").write_text(key.read_text())
    with pytest.raises(RefusedError):
        read_key(home / "key.txt")
    short = home.parent / "short.txt"
    short.write_text("abcd")
    short.chmod(0o600)
    with pytest.raises(InputError, match="no key of 32 bytes"):
        read_key(short)
    if os.name == "posix":
        key.chmod(0o644)
        with pytest.raises(RefusedError, match="chmod 600"):
            read_key(key)


def test_pseudonyms_are_the_same_in_every_wave_and_other_under_another_key(home: Path, key: Path) -> None:
    raw = home / "data" / "raw"
    first = pseudonymise(read_survey(write(raw / "a.csv", {"respondent_id": "R1"}, {"respondent_id": "R1"})), key)
    second = pseudonymise(read_survey(write(raw / "b.csv", {"respondent_id": "R0"}, {"respondent_id": "R1"})), key)
    assert first.rows["respondent_id"].tolist() == second.rows["respondent_id"].tolist()[1:]
    assert first.set_aside is not None
    assert first.set_aside["value"].tolist() == first.rows["respondent_id"].tolist()
    other = make_key(home.parent / "other.txt")
    assert pseudonym("R1", read_key(other)) != pseudonym("R1", read_key(key))
    assert first.provenance.history[-1] == second.provenance.history[-1]
    column = pseudonyms(pd.Series([1234567.0, None, "1234567 "], dtype=object), key)
    assert column[0] == column[2]
    assert pd.isna(column[1])
    with pytest.raises(InputError, match="no variable"):
        pseudonymise(first, key, of="nobody")


def test_the_hash_is_hmac_sha256_as_published() -> None:
    # RFC 4231, test case 6: a key of 131 bytes, the first 32 signs of the digest.
    text = "Test Using Larger Than Block-Size Key - Hash Key First"
    import hashlib
    import hmac

    assert hmac.new(b"\xaa" * 131, text.encode(), hashlib.sha256).hexdigest().startswith("60e431591ee0b67f")
    key = b"\xaa" * 131
    assert pseudonym(text, key) == hmac.new(key, text.casefold().encode(), hashlib.sha256).hexdigest()[:32]


def test_a_file_of_answers_needs_a_complete_card_and_not_an_expired_one(home: Path) -> None:
    raw = home / "data" / "raw"
    file = write(raw / "wave.csv", {})
    assert [str(problem.what) for problem in check_privacy_files(today=TODAY)] == [
        "This file of answers has no privacy file."
    ]
    card = draft_privacy_card(file)
    assert card.name == "wave.privacy.yaml"
    assert "Not filled in: purpose_nl" in check_privacy_files(today=TODAY)[0].what
    for until, found in (("2026-11-25", 0), ("2026-11-24", 1), ("2027-04-03", 0), ("2027-04-04", 1)):
        card.write_text(CARD.format(until=until), "utf-8")
        assert len(check_privacy_files(today=TODAY)) == found, until
    (home / "data" / "interim" / "wave_set_aside.csv").write_text("row;column\n", "utf-8")
    (home / "data" / "interim" / "wavelength.csv").write_text("row;column\n", "utf-8")
    card.write_text(CARD.format(until="2026-12-01"), "utf-8")
    assert privacy_files(today=TODAY).set_index("file")["state"].to_dict() == {
        "data/raw/wave.csv": "in order",
        "data/interim/wave_set_aside.csv": "in order",
        "data/interim/wavelength.csv": "no card",
    }
    shown = read_privacy_card(card)
    assert "1 december 2026" in shown.text("nl")
    assert "GDPR art. 6(1)a" in shown.text("en")
    with pytest.raises(InputError, match="covers this file already"):
        draft_privacy_card(file)
    with pytest.raises(InputError, match="no such file"):
        draft_privacy_card(raw / "nothing.csv")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("retention_until: soon", "is no date"),
        ("retention: 2026-01-01", "Field 'retention' is not known"),
        ("may_see: everybody", "no list of roles"),
        ("- a\n- b", "does not hold names"),
        ("a: [", "no YAML file"),
    ],
)
def test_a_card_that_cannot_be_used_says_why(home: Path, text: str, told: str) -> None:
    write(home / "data" / "raw" / "wave.csv", {})
    (home / "data" / "raw" / "wave.privacy.yaml").write_text(text, "utf-8")
    problems = check_privacy_files(today=TODAY)
    assert [problem for problem in problems if told in problem.what]


def test_grounds_are_those_of_the_law_and_a_synthetic_file_needs_none(home: Path) -> None:
    write(home / "data" / "raw" / "wave.csv", {})
    card = home / "data" / "raw" / "wave.privacy.yaml"
    card.write_text(CARD.format(until="2026-12-01").replace("ground_art_9: a", "ground_art_9: z"), "utf-8")
    assert [problem.do for problem in check_privacy_files(today=TODAY)] == ["Use one of none, a, j."]
    card.write_text("synthetic: true\n", "utf-8")
    assert check_privacy_files(today=TODAY) == ()


def test_the_command_withdraws_shows_and_gates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "data", tmp_path / "data")
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    monkeypatch.setenv("STAGEKANSEN_LANGUAGE", "en")
    raw = tmp_path / "data" / "raw"
    write(raw / "wave.csv", {"respondent_id": "R1"}, {"respondent_id": "R2"})
    assert cli.main(["check"]) == 1
    assert "data/raw/wave.csv: This file of answers has no privacy file." in capsys.readouterr().out
    assert cli.main(["privacy", "new", str(raw / "wave.csv")]) == 0
    capsys.readouterr()
    assert cli.main(["privacy", "show"]) == 1
    shown = capsys.readouterr().out
    assert "incomplete" in shown  # the table
    assert "- wave.privacy.yaml: Not filled in" in shown
    until = dt.date.today() + dt.timedelta(days=30)
    card = CARD.replace("2026-10-01", dt.date.today().isoformat()).format(until=until)
    (raw / "wave.privacy.yaml").write_text(card, "utf-8")
    capsys.readouterr()
    assert cli.main(["privacy", "show"]) == 0
    assert "in order" in capsys.readouterr().out
    assert cli.main(["check"]) == 0
    assert cli.main(["withdraw", "R1"]) == 0
    assert "data/raw/wave.csv: 1" in capsys.readouterr().out
    assert cli.main(["withdraw", "R1", "--proof"]) == 0
    assert cli.main(["withdraw", "R7", "--proof"]) == 1
    assert cli.main(["withdraw", "R7"]) == 2
    assert cli.main(["privacy", "gate", str(raw / "wave.csv")]) == 0
    (raw / "prices.csv").write_text("product;price\nbread;2\nmilk;1\n", "utf-8")
    assert "no file of codebook" not in capsys.readouterr().out
    assert cli.main(["privacy", "gate", str(raw / "prices.csv")]) == 0
    assert "no file of codebook 'baseline'" in capsys.readouterr().out
    write(raw / "wave.csv", {"IPAddress": "145.52.10.3"})
    capsys.readouterr()
    assert cli.main(["privacy", "gate", str(raw / "wave.csv")]) == 1
    printed = capsys.readouterr().out
    assert "IPAddress" in printed
    assert "145.52" not in printed


@pytest.mark.parametrize(
    "words",
    [
        ["FILE", "--remove", "Naam", "E-mailadres"],
        ["--remove", "Naam", "E-mailadres", "FILE"],
        ["--remove", "Naam", "--remove", "E-mailadres", "--name", "wave", "FILE"],
        ["FILE", "--remove", "Naam", "--remove", "E-mailadres"],
    ],
)
def test_all_columns_to_remove_are_removed_wherever_the_file_is_named(
    home: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    file = write(home / "data" / "raw" / "wave.csv", {"Naam": "Jan Jansen", "E-mailadres": "jan@example.org"})
    assert cli.main(["import", *(str(file) if word == "FILE" else word for word in words)]) == 0
    assert "Bewaard als" in capsys.readouterr().out
    stored = b"".join(path.read_bytes() for path in (home / "data" / "interim").rglob("*") if path.is_file())
    assert b"Jansen" not in stored
    assert cli.main(["import", "--remove", "Naam", "nothing.csv"]) == 2
    assert "import BESTAND --remove" in capsys.readouterr().err


def test_after_an_import_one_command_for_a_privacy_file_is_told_and_works(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(home.parent / "wave of 2026.csv", {"respondent_id": "R1", "d1": "x"})
    assert cli.main(["import", str(file), "--name", "wave"]) == 0
    command = "python3 start.py privacy new data/interim/wave.yaml"
    assert capsys.readouterr().out.rstrip().endswith(command)
    problems = check_privacy_files()
    assert len(problems) == 1
    assert command in problems[0].do
    monkeypatch.chdir(home)
    assert cli.main(command.split()[2:]) == 0
    assert (home / "data" / "interim" / "wave.privacy.yaml").is_file()
    assert [problem.what[:14] for problem in check_privacy_files()] == ["Not filled in:"]
    capsys.readouterr()
    assert cli.main(["import", str(file), "--name", "wave", "--replace"]) == 0
    assert "privacy new" not in capsys.readouterr().out
    (home / "data" / "raw" / "my answers.csv").write_text("id;a\n1;2\n", "utf-8")
    assert quoted("data/raw/my answers.csv") in check_privacy_files()[0].do


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\x01\x02;\xff\n\x00",
        b"\x01\x02,\x03\x04\n\x05\x06,\x07\n\x08,\x0e\n",
        b"PK\x03\x04abc",
        b"Dit is een brief.\nZonder kolommen.\n",
        b"",
    ],
)
def test_the_gate_never_clears_a_file_that_is_no_table(
    home: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    file = home / "data" / "raw" / "wave.csv"
    file.write_bytes(content)
    assert cli.main(["privacy", "gate", str(file), "--language", "en"]) == 2
    told = capsys.readouterr()
    assert "could not be read as a table" in told.err
    assert "nothing points" not in told.out + told.err
