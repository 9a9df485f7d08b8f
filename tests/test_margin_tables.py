"""Margins from a small table: by label or by code, pasted or held in a frame or file, and refused at reading."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from stagekansen_lib.errors import InputError
from stagekansen_lib.surveys.codebook_files import read_codebook
from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.weighting.margin_tables import margins_from_table

COUNTS = {1: 21000.0, 2: 30000.0}


@pytest.fixture(scope="module")
def book() -> Codebook:
    return read_codebook("baseline")


@pytest.mark.parametrize(
    "text", ["level;n\nmbo;21.000\nhbo;30000", "level\tn\n1\t21 000\n2\t30000", "LEVEL,n\nMBO,21000\nhbo,30000\n"]
)
def test_labels_and_codes_in_any_way_of_pasting_give_the_same_counts(book: Codebook, text: str, tmp_path: Path) -> None:
    file = tmp_path / "counts.csv"
    file.write_text(text, "utf-8")
    for table in (text, file):
        assert dict(margins_from_table(table, book).targets["level"]) == COUNTS


def test_a_frame_of_numbers_gives_the_same_counts(book: Codebook) -> None:
    for answers in ([1, 2], [1.0, 2.0], ["mbo", "hbo"]):
        found = margins_from_table(pd.DataFrame({"level": answers, "people": [21000, 30000.0]}), book, date="2025")
        assert dict(found.targets["level"]) == COUNTS
        assert found.labels["level"][1] == ("mbo", "mbo")


def test_all_that_is_wrong_is_told_at_once(book: Codebook) -> None:
    with pytest.raises(InputError) as refused:
        margins_from_table("level;n\nmbo;12,5\nmbb;3\nhbo;4\n2;5", book, sources=["nobody"])
    told = str(refused.value)
    for part in ("'12,5' is no whole number", "'mbb' is not one answer", "'2' stands there twice", "Source 'nobody'"):
        assert part in told


@pytest.mark.parametrize(
    ("table", "says"),
    [("levle;n\nmbo;1", "not one question"), ("level\nmbo", "two columns"), (3, "The table is 3")],
)
def test_what_is_no_table_of_a_question_is_named(book: Codebook, table: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        margins_from_table(table, book)
