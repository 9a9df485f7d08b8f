"""The columns of one file, read as the variables of a codebook; what a column leaves open, other columns may say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stagekansen_lib.readers.answers import (
    Answers,
    Habits,
    UndecidedError,
    by_label,
    evidence_of,
    read_answers,
    with_missing,
)
from stagekansen_lib.readers.columns import FoundColumns
from stagekansen_lib.readers.multiple_answers import (
    TickColumn,
    read_joined_answers,
    read_mentions,
    read_separate_answers,
)
from stagekansen_lib.readers.tables import RawTable
from stagekansen_lib.surveys.codebooks import Variable

if TYPE_CHECKING:
    import pandas as pd

    from stagekansen_lib.arrays import Mask

__all__ = ["FileColumns"]


class FileColumns:
    """The cells of a file by column, each let go once it is read: a large file would stand in memory twice."""

    def __init__(self, table: RawTable, found: FoundColumns, habits: Habits) -> None:
        self.raw = {str(name): column.array for name, column in table.rows.items()}
        self.facts = replace(table, rows=table.rows.iloc[:0, :0])
        self.index = table.rows.index
        self.found = found
        self.habits = habits
        self.kept: Mask | None = None
        self.report: list[str] = list(_said_of_columns(found, table))
        self._said: dict[str, set[str]] = {"numbers": set(), "days": set()}

    def keep(self, kept: Mask) -> None:
        """Of these rows only the cells are given from now on."""
        self.kept, self.index = kept, self.index[kept]

    def cells(self, column: str) -> pd.Series[Any]:
        """The texts of a column, of the rows that take part."""
        import pandas as pd

        whole = self.raw[column]
        cells = whole if self.kept is None else whole[self.kept]
        return pd.Series(cells, index=self.index, name=column, copy=False)

    def read(self, variable: Variable, finished: Mask) -> Answers:
        """The answers to a question.

        Parameters
        ----------
        variable : one that was found in the file.
        finished : rows in which an empty cell can mean that nothing was ticked.

        Raises
        ------
        UndecidedError : numbers or days can be read in two ways, and no other column says which is meant.
        InputError : ticks are written as 1 and 2, and nothing says which is which.
        """
        name = variable.name
        if name in self.found.mentions:
            columns = self.found.mentions[name]
            self.report.append(f"'{name}': {len(columns)} columns hold its first and further mentions.")
            return read_mentions([self._ticks(column) for column in columns], variable, finished)
        if name in self.found.separate:
            places = self.found.separate[name]
            ticks = {code: self._ticks(column) for code, column in places.items()}
            return read_separate_answers(ticks, variable, finished)
        column = self.found.single[name]
        if variable.kind == "multiple":
            return read_joined_answers(self.cells(column), variable, self._declared(column), finished)
        return self.answers_in(column, variable)

    def answers_in(self, column: str, variable: Variable) -> Answers:
        """What a column says of a question with one answer, with the labels and missing answers that the file declares.

        Raises
        ------
        UndecidedError : as ``read``.
        """
        cells, said = by_label(self.cells(column), self.facts.labels.get(column, {}), variable)
        self.report.extend(said)
        variable = with_missing(variable, self._declared(column))
        own = replace(self.habits, decimal=self.habits.decimal or self.facts.decimals.get(column, ""))
        try:
            answers = read_answers(cells, variable, own)
        except UndecidedError as error:
            elsewhere = self._elsewhere(error.kind, variable.name)
            if not elsewhere:
                raise
            own = replace(own, **{"decimal" if error.kind == "numbers" else "order": elsewhere})
            answers = read_answers(cells, variable, own)
        if answers.habit:
            self._said["days" if variable.kind == "date" else "numbers"].add(answers.habit)
        return answers

    def _elsewhere(self, kind: str, name: str) -> str:
        """What other columns of numbers or of days say of a habit of this file; "" when they say nothing, or differ."""
        said = set(self._said[kind])
        for other in self.found.single.values():
            if other in self.raw and other != self.found.single.get(name):
                said |= {evidence_of(self.cells(other), kind)} - {""}
        likely = self.facts.decimals.get("", "") if kind == "numbers" else ""
        return next(iter(said)) if len(said) == 1 else "" if said else likely

    def columns_of(self, variable: Variable) -> list[str]:
        """The columns of the file that hold a variable."""
        if variable.name in self.found.single:
            return [self.found.single[variable.name]]
        if variable.name in self.found.mentions:
            return list(self.found.mentions[variable.name])
        return list(self.found.separate[variable.name].values())

    def let_go(self, variable: Variable) -> None:
        """Forget the cells of a variable that was read."""
        for column in self.columns_of(variable):
            self.raw.pop(column, None)

    def _declared(self, column: str) -> Mapping[str, str]:
        return {**self.facts.missing.get("", {}), **self.facts.missing.get(column, {})}

    def _ticks(self, column: str) -> TickColumn:
        """A column of one answer of several, with what the file says about it."""
        labels = self.facts.labels.get(column, {})
        return TickColumn(self.cells(column), labels, self._declared(column), column in self.facts.own_texts)


def _said_of_columns(found: FoundColumns, table: RawTable) -> Iterator[str]:
    """The columns that were read under another name, and those that were left out, by what they are."""
    for name, column in found.single.items():
        if table.questions.get(column) == (name,):
            yield f"Column '{column}' was read as '{name}'."
    tool = [name for name in found.unknown if name in table.technical]
    words = [name for name in found.unknown if name in table.own_texts]
    rest = [name for name in found.unknown if name not in tool and name not in words]
    for names, what in (
        (tool, "column(s) of the survey tool were left out"),
        (words, "column(s) with own words beside an answer were left out"),
        (rest, "column(s) not in the codebook were left out"),
    ):
        if names:
            shown = ", ".join(repr(name) for name in names[:10]) + (", ..." if len(names) > 10 else "")
            yield f"{len(names)} {what}: {shown}."
