"""SPSS and Stata files (.sav, .zsav, .dta): their rows, and the same file with the rows of one respondent emptied."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.privacy.answer_files import FOLDERS
from stagekansen_lib.project.extras import needs
from stagekansen_lib.project.leftovers import own_mark
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.withdrawals.records import NotSearchableError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["STATISTICS", "StatisticsFile"]

STATISTICS = {".sav", ".zsav", ".dta"}
# What describes the columns: it has to be the same in a file that is written anew.
_FACTS = ("column_names_to_labels", "variable_value_labels", "missing_ranges", "missing_user_values")


class StatisticsFile:
    """The rows of an SPSS or Stata file, with days as the numbers that they are in it.

    Raises
    ------
    NotSearchableError : the file is damaged.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.frame, self.facts = _read(file)
        self.header = [str(name) for name in self.frame.columns]

    def lines(self) -> Iterator[tuple[object, ...]]:
        return iter(self.frame.itertuples(index=False, name=None))

    def emptied(self, places: Collection[int]) -> bytes:
        """The file with nothing in these rows, so that all others keep their number; the rest as it was.

        Raises
        ------
        NotSearchableError : the file does not read back as it was, so a person has to empty the rows.
        """
        gone = self.frame.index.isin(list(places))
        wanted = self.frame.copy()
        for name in wanted.columns:
            texts = wanted[name].map(lambda cell: isinstance(cell, str)).any()
            wanted[name] = wanted[name].mask(gone, "" if texts else None)
        try:
            content, again, facts = self._written(wanted)
        except NotSearchableError:
            raise
        except Exception:  # ReadStat refuses in many ways what other programs wrote
            raise NotSearchableError(_BY_HAND) from None
        if not (_same(again, wanted) and all(_told(facts, one) == _told(self.facts, one) for one in _FACTS)):
            raise NotSearchableError(_BY_HAND)
        return content

    def _written(self, frame: pd.DataFrame) -> tuple[bytes, pd.DataFrame, Any]:
        """The bytes of a file with these rows, and what is read back of them."""
        with needs("files"):
            import pyreadstat

        facts, kind = self.facts, self.file.suffix.lower()
        more = {
            "file_label": facts.file_label or "",
            "column_labels": facts.column_names_to_labels,
            "variable_value_labels": facts.variable_value_labels,
            "variable_format": facts.original_variable_types,
        }
        home = next((data_folder(name) for name in FOLDERS if self.file.is_relative_to(data_folder(name))), None)
        # Under a name of this process among the answers: what a killed one leaves is swept there.
        with tempfile.TemporaryDirectory(prefix=".", suffix=f".{own_mark()}.part", dir=home) as folder:
            copy = Path(folder) / f"copy{kind}"
            if kind == ".dta":
                pyreadstat.write_dta(frame, str(copy), missing_user_values=facts.missing_user_values, **more)
            else:
                pyreadstat.write_sav(
                    frame,
                    str(copy),
                    missing_ranges=facts.missing_ranges,
                    variable_display_width=facts.variable_display_width,
                    variable_measure=facts.variable_measure,
                    compress=kind == ".zsav",
                    row_compress=kind == ".sav",
                    note=facts.notes or None,
                    **more,
                )
            return copy.read_bytes(), *_read(copy)


_BY_HAND = "it holds this respondent and cannot be written anew as it was: empty the row in the program that made it"


def _read(file: Path) -> tuple[pd.DataFrame, Any]:
    with needs("files"):
        import pyreadstat

    read = pyreadstat.read_dta if file.suffix.lower() == ".dta" else pyreadstat.read_sav
    for encoding in (None, "cp1252"):
        try:
            frame, facts = read(str(file), user_missing=True, disable_datetime_conversion=True, encoding=encoding)
        except UnicodeDecodeError:
            continue
        except Exception:  # ReadStat fails in many ways on a damaged file
            break
        return frame, facts
    raise NotSearchableError("it is no SPSS or Stata file that can be read")


def _same(first: pd.DataFrame, second: pd.DataFrame) -> bool:
    """Whether two tables hold the same cells; an empty text and no text are one."""
    if first.columns.tolist() != second.columns.tolist() or len(first) != len(second):
        return False
    tables = [one.astype(object).where(one.notna() & (one != ""), None) for one in (first, second)]
    return tables[0].equals(tables[1])


def _told(facts: Any, name: str) -> Any:
    told = getattr(facts, name, None) or {}
    return {column: value for column, value in told.items() if value}
