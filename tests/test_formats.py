"""What is read from an Excel, SPSS, Stata, Parquet, Forms, Qualtrics or LimeSurvey file equals the CSV."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from stagekansen_lib.intake import read_survey
from stagekansen_lib.surveys import Survey
from tests import samples


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    return read_survey(samples.write_csv(tmp_path_factory.mktemp("csv") / "example.csv"))


def same(survey: Survey, reference: Survey, first_row: int) -> None:
    """The same respondents, codes, missing reasons and places set aside; rows are numbered as the program does."""
    shift = first_row - 2
    moved = reference.rows.set_axis(reference.rows.index + shift)
    pd.testing.assert_frame_equal(survey.rows[moved.columns], moved, check_index_type=False)
    assert survey.missing_reasons is not None
    assert reference.missing_reasons is not None
    words = reference.missing_reasons.astype(object).set_axis(moved.index)
    pd.testing.assert_frame_equal(survey.missing_reasons[words.columns].astype(object), words, check_index_type=False)
    assert survey.set_aside is not None
    assert reference.set_aside is not None
    places = ["row", "column", "reason"]
    expected = reference.set_aside[places].assign(row=lambda frame: frame["row"] + shift)
    pd.testing.assert_frame_equal(survey.set_aside[places], expected, check_dtype=False)
    assert survey.provenance.synthetic


FORMATS: dict[str, tuple[str, Callable[[Path], Path], int, str]] = {
    "excel": ("example.xlsx", samples.write_excel, 2, "Excel, sheet 'Antwoorden'."),
    "spss": ("example.sav", samples.write_spss, 1, "SPSS file, 329 rows."),
    "stata": ("example.dta", samples.write_stata, 1, "Stata file, 329 rows."),
    "parquet": ("example.parquet", samples.write_parquet, 1, "Parquet file, 329 rows."),
    "forms": ("example.xlsx", samples.write_forms, 2, "Export of Microsoft Forms."),
    "qualtrics labels": (
        "example.csv",
        lambda path: samples.write_qualtrics(path, labels=True),
        4,
        "Export of Qualtrics: three header rows.",
    ),
    "qualtrics values": (
        "example.csv",
        lambda path: samples.write_qualtrics(path, labels=False),
        4,
        "Export of Qualtrics: three header rows.",
    ),
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_gives_what_the_csv_gives_and_says_what_it_is(name: str, tmp_path: Path, reference: Survey) -> None:
    file, write, first_row, said = FORMATS[name]
    survey = read_survey(write(tmp_path / file))
    same(survey, reference, first_row)
    assert said in survey.provenance.history


@pytest.mark.parametrize("ending", ["lss", "txt"])
def test_limesurvey_with_its_structure_file_gives_what_the_csv_gives(
    ending: str, tmp_path: Path, reference: Survey
) -> None:
    structure = tmp_path / f"survey.{ending}"
    file = samples.write_limesurvey(tmp_path / "results.csv", structure)
    survey = read_survey(file, structure=structure)
    same(survey, reference, 2)
    assert "Export of LimeSurvey with its structure file." in survey.provenance.history


def test_an_ending_that_lies_is_said_and_the_content_read(tmp_path: Path, reference: Survey) -> None:
    survey = read_survey(samples.write_excel(tmp_path / "example.csv"))
    same(survey, reference, 2)
    assert "The content is an Excel workbook, whatever the ending '.csv' says." in survey.provenance.history
