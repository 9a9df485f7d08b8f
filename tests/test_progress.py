"""Whoever waits for a long file hears how far it is."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from stagekansen_lib.project.progress import listening, part_done
from stagekansen_lib.readers.excel_files import read_excel_file


def test_a_large_sheet_says_how_far_it_is_from_begin_to_end(tmp_path: Path) -> None:
    file = tmp_path / "answers.xlsx"
    pd.DataFrame({"a": range(25_000), "b": 1}).to_excel(file, index=False)
    told: list[float] = []
    with listening(told.append):
        assert len(read_excel_file(file).rows) == 25_000
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len([share for share in told if 0.15 < share < 1]) == 2


def test_nobody_has_to_listen_and_who_does_hears_their_own_work_only() -> None:
    outer: list[float] = []
    inner: list[float] = []
    part_done(0.1)
    with listening(outer.append):
        with listening(inner.append):
            part_done(2.0)
        part_done(0.5)
    part_done(0.9)
    assert (outer, inner) == ([0.5], [1.0])
