"""Who withdraws is looked for in tables of every kind that somebody saved anywhere in the project."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyreadstat
import pytest

from stagekansen_lib.errors import InputError
from stagekansen_lib.withdrawals.withdrawal import find_proof, withdraw

ROWS = pd.DataFrame({"respondent_id": [6, 7, 8], "d1": [1, 2, 9]})
OTHERS = ROWS[ROWS["respondent_id"] != 7]
_SHEET = (
    "<office:document-content><table:table><table:table-row><table:table-cell><text:p>respondent_id</text:p>"
    "</table:table-cell><table:table-cell><text:p>d1</text:p></table:table-cell></table:table-row>{}"
    "</table:table></office:document-content>"
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("data/raw", "data/interim", "analysis/of march"):
        (tmp_path / "home" / name).mkdir(parents=True)
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("STAGEKANSEN_LANGUAGE", "en")
    ROWS.to_csv(tmp_path / "home" / "data" / "raw" / "wave.csv", sep=";", index=False)
    return tmp_path / "home"


def write(file: Path, rows: pd.DataFrame) -> Path:
    kind = file.suffix.lower()
    if kind in (".sav", ".zsav"):
        pyreadstat.write_sav(rows.astype(float), str(file), compress=kind == ".zsav")
    elif kind == ".dta":
        pyreadstat.write_dta(rows.astype(float), str(file))
    elif kind == ".xlsx":
        rows.to_excel(file, index=False)
    elif kind == ".parquet":
        rows.to_parquet(file)
    elif kind in (".feather", ".arrow"):
        feather.write_feather(pa.Table.from_pandas(rows), str(file))
    elif kind == ".json":
        rows.to_json(file, orient="records")
    elif kind == ".ods":
        cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>"
        lines = "".join(
            f"<table:table-row>{cell.format(a)}{cell.format(b)}</table:table-row>" for a, b in rows.to_numpy()
        )
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("content.xml", _SHEET.format(lines))
    elif kind == ".zip":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("in/answers.csv", rows.to_csv(index=False))
    else:
        rows.to_csv(file, sep="\t" if kind == ".tsv" else ";", index=False)
    return file


@pytest.mark.parametrize(
    "name",
    [
        "a.sav", "a.zsav", "a.dta", "a.xlsx", "a.ods", "a.csv", "a.CSV", "a.csv.bak", "a.tsv", "a.parquet", "a.feather",
        "a.arrow", "a.json", "a.zip",
    ],
)  # fmt: skip
def test_a_table_anywhere_that_holds_the_respondent_stops_the_proof_and_one_without_does_not(
    home: Path, name: str
) -> None:
    if name.endswith(".bak"):
        file = home / "analysis" / "of march" / name
        ROWS.to_csv(file, index=False)
    else:
        file = write(home / "analysis" / "of march" / name, ROWS)
    with pytest.raises(InputError, match="The respondent stands in this file") as refused:
        withdraw("7")
    assert f"analysis/of march/{name}" in str(refused.value)
    assert find_proof("7") is None
    file.unlink()
    if not name.endswith(".bak"):
        write(file, OTHERS)
    withdraw("7")
    assert find_proof("7") is not None


@pytest.mark.parametrize("name", ["model.pkl", "old.XLS", "answers.rds", "all.7z", "half.sav", "half.dta"])
def test_what_only_its_own_program_reads_is_named_and_stops_the_proof_until_somebody_has_searched_it(
    home: Path, name: str
) -> None:
    (home / "analysis" / name).write_bytes(b"\x80\x04\x95 respondent")
    with pytest.raises(InputError, match=f"analysis/{name}"):
        withdraw("7")
    withdraw("7", checked=[f"analysis/{name}"])
    assert find_proof("7") is not None


def test_a_number_of_something_else_is_nobody(home: Path) -> None:
    (home / "analysis" / "schools.csv").write_text("id;school\n7;Example\n", "utf-8")
    (home / "analysis" / "cells.json").write_text('{"id": 7, "kind": "cell"}', "utf-8")
    withdraw("7")
    assert find_proof("7") is not None


def test_a_table_that_everybody_may_see_is_not_searched_while_its_bytes_are_those_of_the_list(home: Path) -> None:
    public = write(home / "data" / "open.csv", ROWS)
    told = {"path": "open.csv", "hash": f"sha256:{hashlib.sha256(public.read_bytes()).hexdigest()}"}
    (home / "data" / "datapackage.json").write_text(json.dumps({"resources": [told]}), "utf-8")
    withdraw("7")
    public.write_text(public.read_text("utf-8") + "9;1\n", "utf-8")
    with pytest.raises(InputError, match=r"data/open\.csv"):
        withdraw("7")
