"""Who withdraws leaves SPSS and Stata files too, and a restored file that cannot be searched is named."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from stagekansen_lib.cli import __main__ as cli
from stagekansen_lib.errors import DoubtWarning, InputError
from stagekansen_lib.project.leftovers import own_mark
from stagekansen_lib.withdrawals.reapplying import reapply_withdrawals
from stagekansen_lib.withdrawals.recognising import Respondent
from stagekansen_lib.withdrawals.searching import keys_in, sources_in
from stagekansen_lib.withdrawals.withdrawal import find_proof, withdraw

ROWS = pd.DataFrame({"respondent_id": [6.0, 7.0, 8.0], "d1": [1.0, 2.0, 9.0], "z1": ["één", "van mij alleen", "drie"]})
LABELS = {"respondent_id": "Nummer", "d1": "Hoe moeilijk?", "z1": "Toelichting"}
VALUES = {"d1": {1.0: "makkelijk", 2.0: "moeilijk", 9.0: "weet niet"}}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("raw", "interim", "published"):
        (tmp_path / "home" / "data" / name).mkdir(parents=True)
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("STAGEKANSEN_LANGUAGE", "en")
    return tmp_path / "home"


def write(file: Path) -> Path:
    if file.suffix == ".dta":
        pyreadstat.write_dta(ROWS, str(file), column_labels=LABELS, variable_value_labels=VALUES)
    else:
        missing = {"d1": [{"lo": 9.0, "hi": 9.0}]}
        pyreadstat.write_sav(
            ROWS, str(file), column_labels=LABELS, variable_value_labels=VALUES, missing_ranges=missing,
            variable_measure={"d1": "ordinal"}, compress=file.suffix == ".zsav",
        )  # fmt: skip
    return file


def read(file: Path) -> tuple[pd.DataFrame, object]:
    reading = pyreadstat.read_dta if file.suffix == ".dta" else pyreadstat.read_sav
    return reading(str(file), user_missing=True)


@pytest.mark.parametrize("kind", [".sav", ".zsav", ".dta"])
def test_who_withdraws_leaves_a_statistics_file_and_the_rest_of_it_stays(home: Path, kind: str) -> None:
    file = write(home / "data" / "raw" / f"wave{kind}")
    before = read(file)[1]
    assert dict(withdraw("7").files) == {f"data/raw/wave{kind}": 1}
    left, facts = read(file)
    assert left["respondent_id"].dropna().tolist() == [6.0, 8.0]
    assert left["z1"].tolist() == ["één", "", "drie"]
    assert b"van mij alleen" not in file.read_bytes()
    for name in ("column_names_to_labels", "variable_value_labels", "missing_ranges", "variable_measure"):
        assert getattr(facts, name) == getattr(before, name)
    assert find_proof("7") is not None
    assert [path.name for path in home.rglob(f"*{own_mark()}*")] == []


def test_a_row_without_a_number_goes_with_the_row_of_a_statistics_file(home: Path) -> None:
    columns = {"respondent_id": [6.0, 7.0], **{f"q{at}": [float(at), float(at + 1)] for at in range(5)}}
    file = home / "data" / "raw" / "wave.sav"
    pyreadstat.write_sav(pd.DataFrame(columns), str(file))
    export = home / "data" / "interim" / "export.csv"
    export.write_text("q0;q1;q2;q3;q4\n0;1;2;3;4\n1;2;3;4;5\n", "utf-8")
    assert keys_in(file) == {"6", "7"}
    assert len(sources_in(file, Respondent.of("7"))) == 1
    withdraw("7", all_surveys=True)
    assert export.read_text("utf-8") == "q0;q1;q2;q3;q4\n0;1;2;3;4\n\n"


def test_a_damaged_statistics_file_is_named_and_stops_the_proof(home: Path) -> None:
    write(home / "data" / "raw" / "wave.sav")
    (home / "data" / "raw" / "half.sav").write_bytes((home / "data" / "raw" / "wave.sav").read_bytes()[:200])
    with pytest.raises(InputError, match=r"half.sav"):
        withdraw("7")
    assert read(home / "data" / "raw" / "wave.sav")[0]["respondent_id"].tolist() == [6.0, 7.0, 8.0]


def test_a_restored_statistics_file_brings_nobody_back(home: Path) -> None:
    file = write(home / "data" / "raw" / "wave.sav")
    old = shutil.copy(file, home.parent / "wave.sav")
    withdraw("7")
    shutil.copy(old, file)
    assert reapply_withdrawals() == 1
    assert keys_in(file) == {"6", "8"}


def test_a_restored_file_that_cannot_be_searched_is_told_each_time_until_somebody_has_seen_to_it(home: Path) -> None:
    raw = home / "data" / "raw"
    write(raw / "wave.sav")
    withdraw("7")
    (raw / "half.xlsx").write_bytes(b"PK\x03\x04 half")
    (raw / "scan.pdf").write_bytes(b"%PDF-1.7 \xff")
    for _ in range(2):
        with pytest.warns(DoubtWarning, match=r"half\.xlsx.*scan\.pdf"):
            assert reapply_withdrawals() == 0
    withdraw("8", checked=["half.xlsx", "data/raw/scan.pdf"], all_surveys=True)
    assert reapply_withdrawals() == 0  # a warning would be an error here


def test_the_command_tells_it_in_one_line_each(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw = home / "data" / "raw"
    write(raw / "wave.sav")
    withdraw("7")
    (raw / "half.xlsx").write_bytes(b"PK\x03\x04 half")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert cli.main(["withdraw", "8", "--all-surveys"]) == 2
    said = capsys.readouterr().err
    assert "Not searched for people who withdrew: data/raw/half.xlsx" in said
    assert "Traceback" not in said
