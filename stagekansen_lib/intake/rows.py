"""The rows of one file on their way to a survey: questions read, rows set aside, variables derived."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.intake.file_columns import FileColumns
from stagekansen_lib.intake.set_aside import MADE_UP
from stagekansen_lib.privacy.gate_reports import GateReport
from stagekansen_lib.readers.answers import Answers, Habits, expected_text
from stagekansen_lib.readers.columns import FoundColumns
from stagekansen_lib.readers.distinct import distinct_numbers
from stagekansen_lib.readers.tables import ASIDE_COLUMNS, RawTable
from stagekansen_lib.surveys.codebooks import Code, Codebook, Condition, Variable
from stagekansen_lib.surveys.conditions import meets
from stagekansen_lib.surveys.surveys import Reserve

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from stagekansen_lib.arrays import Mask


__all__ = ["Intake"]

_STATES = {"unfinished": "unfinished", "preview": "preview or test", "total": "total"}
_STATES_EXPECTED = {
    "unfinished": "a finished answer", "preview": "an answer of a respondent", "total": "an answer of a respondent",
}  # fmt: skip


class Intake:
    """The state of one reading; made and thrown away by ``read_survey``."""

    def __init__(
        self,
        codebook: Codebook,
        table: RawTable,
        found: FoundColumns,
        gate: GateReport | None = None,
        *,
        keep: Collection[str] = (),
        habits: Habits | None = None,
    ) -> None:
        import numpy as np

        self.keep = keep
        self.codebook = codebook
        self.emptied = gate.set_aside if gate is not None else {}
        self.doubles: Mask | None = None
        self.facts = replace(table, rows=table.rows.iloc[:0, :0])
        self.index = table.rows.index
        self.file = FileColumns(table, found, habits or Habits(day_zero=table.day_zero))
        self.found = found
        self.answers: dict[str, Answers] = {}
        self.columns: dict[str, pd.Series[Any]] = {}
        self.aside: list[pd.DataFrame] = [table.set_aside]
        self.report = self.file.report
        self._met: dict[Condition, Mask] = {}
        self._unfinished: Mask = np.zeros(len(self.index), dtype=bool)

    def set_rows_aside(self) -> None:
        """Rows that are unfinished or previews, then rows without consent, then rows that repeat a respondent."""
        import numpy as np

        kept = np.ones(len(self.index), dtype=bool)
        for state, rows in self.facts.states.items():
            which = self.index.isin(rows)
            if state in self.keep:
                self.report.append(f"{len(rows)} {_STATES[state]} row(s) were kept.")
                self._unfinished |= which & (state == "unfinished")
                continue
            self._list_aside(np.flatnonzero(which & kept), "", "", _STATES_EXPECTED[state], state)
            self.report.append(f"{len(rows)} {_STATES[state]} row(s) were left out.")
            kept &= ~which
        for variable in self.codebook.variables.values():
            if variable.accept and variable.name in self.found.single:
                kept &= ~self._refused(variable, kept)
        key = next((one.name for one in self.codebook.variables.values() if one.role == "respondent"), "")
        if key in self.found.single:
            self._find_doubles(key, kept)
        if not kept.all():
            self.file.keep(kept)
            self.index = self.file.index
            self._unfinished = self._unfinished[kept]

    def _refused(self, variable: Variable, kept: Mask) -> Mask:
        """The rows, of those kept so far, without the answer that this question needs; they are listed."""
        import numpy as np

        column = self.file.answers_in(self.found.single[variable.name], variable).columns[variable.name]
        refused: Mask = ~column.isin(variable.accept).to_numpy() & kept
        wanted = "|".join(str(code) for code in variable.accept)
        self._list_aside(np.flatnonzero(refused), variable.name, "", wanted, "no_consent")
        return refused

    def _find_doubles(self, key: str, kept: Mask) -> None:
        """Rows that repeat the number of an earlier one are listed; they are read like all others, and wait."""
        import numpy as np

        ids = self.file.raw[self.found.single[key]]
        numbers = distinct_numbers(ids)
        places = np.flatnonzero(kept & (numbers >= 0))
        if np.bincount(numbers[places]).max(initial=0) < 2:
            return
        _, firsts, which = np.unique(numbers[places], return_index=True, return_inverse=True)
        again = firsts[which] != np.arange(len(places))
        repeated = places[again]
        same = [f"one row a respondent; row {row} is the first" for row in self.index[places[firsts[which[again]]]]]
        self._list_aside(repeated, key, [str(text) for text in ids[repeated]], same, "duplicate_respondent")
        double = np.zeros(len(kept), dtype=bool)
        double[repeated] = True
        self.doubles = double[kept]

    def read_questions(self) -> None:
        """Every question in the order of the codebook, so that a filter is read before what it filters."""
        problems: list[Problem] = []
        for variable in self.codebook.variables.values():
            if variable.name in self.found:
                try:
                    answers = self.file.read(variable, ~self._unfinished)
                except InputError as error:  # it can be read in two ways
                    problems.extend(error.problems)
                    continue
                self._list_invalid(answers, variable)
                self.report.extend(answers.report)
                self._keep(variable, self._routed(self._without_names(answers, variable), variable))
                self.file.let_go(variable)
        if problems:
            raise InputError(problems)

    def _list_invalid(self, answers: Answers, variable: Variable) -> None:
        import numpy as np

        if not answers.invalid:
            return
        sizes = [len(bad.positions) for bad in answers.invalid]
        hidden = variable.kind == "open"
        self._list_aside(
            np.concatenate([bad.positions for bad in answers.invalid]),
            variable.name,
            "" if hidden else np.repeat([bad.text for bad in answers.invalid], sizes).tolist(),
            expected_text(variable),
            np.repeat([bad.reason for bad in answers.invalid], sizes).tolist(),
        )

    def _without_names(self, answers: Answers, variable: Variable) -> Answers:
        """Texts that the privacy gate emptied are listed without their value; they are no blank answers."""
        import numpy as np

        rows = self.emptied.get(self.found.single.get(variable.name, ""), ())
        if not rows:
            return answers
        mask = self.index.isin(rows)
        self._list_aside(np.flatnonzero(mask), variable.name, "", "a text that names nobody", "names_somebody")
        words = (*answers.reasons, "names_somebody")
        reason = np.where(mask, len(words) - 1, answers.reason).astype(np.int8)
        return Answers(answers.columns, reason, words)

    def _keep(self, variable: Variable, answers: Answers) -> None:
        self.answers[variable.name] = _with_used_reasons(answers)
        self.columns.update(answers.columns)

    def _routed(self, answers: Answers, variable: Variable) -> Answers:
        """The answers of those who were asked; an answer of anybody else is listed and emptied."""
        import numpy as np

        if not variable.only_if:
            return answers
        asked = np.ones(len(self.index), dtype=bool)
        agreed = np.ones(len(self.index), dtype=bool)
        for condition in variable.only_if:
            met = self.met(condition)
            if self.codebook[condition.variable].privacy == "consent":
                agreed &= met
            elif condition.variable in self.answers:
                # A filter that was itself set aside cannot say who was asked, so the student keeps the doubt.
                met = met | self._has_reason(condition.variable, "invalid")
            asked &= met
        # Who was not asked ticked nothing, and that was taken for an answer.
        answered = (answers.reason < 0) & ~asked & (True if answers.assumed is None else ~answers.assumed)
        self._list_aside(np.flatnonzero(answered & ~agreed), variable.name, "", "no answer", "no_special_consent")
        places = np.flatnonzero(answered & agreed)
        if variable.kind == "open" or not len(places):
            self._list_aside(places, variable.name, "", "no answer", "out_of_routing")
        else:
            texts = self._texts(answers, variable, places)
            self._list_aside(places, variable.name, texts, "no answer", "out_of_routing")
        words = (*answers.reasons, "not_asked")
        reason = np.where(asked, answers.reason, len(words) - 1).astype(np.int8)
        # One column after the other, so that a large survey is not there twice.
        columns = {name: answers.columns.pop(name).where(asked) for name in list(answers.columns)}
        return Answers(columns, reason, words)

    def _texts(self, answers: Answers, variable: Variable, places: NDArray[np.intp]) -> list[str]:
        """The answers at these places as text: codes, joined by a semicolon for a multiple response."""
        if variable.kind == "multiple":
            ticks = [answers.columns[column].to_numpy()[places] == 1 for column in variable.columns]
            codes = variable.valid_codes
            return [
                ";".join(str(code) for code, tick in zip(codes, row, strict=True) if tick)
                for row in zip(*ticks, strict=True)
            ]
        return [str(value).removesuffix(".0") for value in answers.columns[variable.name].iloc[places]]

    def met(self, condition: Condition) -> Mask:
        """Which rows meet a condition; kept, because many questions have the same routing."""
        if condition not in self._met:
            self._met[condition] = meets(condition, self.codebook, self.columns, len(self.index))
        return self._met[condition]

    def _has_reason(self, name: str, word: str) -> Mask:
        answers = self.answers[name]
        mask: Mask = answers.reason == (answers.reasons.index(word) if word in answers.reasons else -2)
        return mask

    def derive(self) -> None:
        """Every derived variable by its declared rule; an answer that no rule takes up is missing, never
        'no'."""
        for variable in self.codebook.variables.values():
            if variable.derived_from and all(source in self.answers for source in variable.derived_from):
                self._keep(variable, self._derived(variable))
        self._met.clear()

    def _derived(self, variable: Variable) -> Answers:
        import numpy as np
        import pandas as pd

        size = len(self.index)
        answered = np.ones(size, dtype=bool)
        for source in variable.derived_from:
            answered &= self.answers[source].reason < 0
        taken = np.zeros(size, dtype=bool)
        found: dict[int | str, Mask] = {}
        # "else" takes what the other rules leave, wherever its code stands in the codebook.
        for code in sorted(variable.codes, key=lambda one: one.values is not None and one.values.rest):
            found[code.code] = self._rule(code, variable, answered & ~taken)
            taken |= found[code.code]
        fitting = [found[code.code] for code in variable.codes]
        # A rule over several sources may fit while one of them is missing.
        words = ["not_coded", "does_not_apply"]
        reason = np.where(taken, -1, 0).astype(np.int8)
        for source in variable.derived_from:
            self._copy_reasons(source, reason, words, (self.answers[source].reason >= 0) & ~taken)
        outside = np.zeros(size, dtype=bool)
        for condition in variable.only_if:
            failed = ~self.met(condition) & ~outside
            outside |= failed
            reason[failed] = 1
            self._copy_reasons(
                condition.variable, reason, words, failed & (self.answers[condition.variable].reason >= 0)
            )
        kept = reason < 0
        if variable.kind == "multiple":
            # Asked and answered, but none of the groups: zero in each of them.
            columns = {
                name: pd.Series(np.where(answered & ~outside, fits, np.float32("nan")), index=self.index)
                for name, fits in zip(variable.columns, fitting, strict=True)
            }
            reason[answered & ~outside] = -1
            return Answers(columns, reason, tuple(words))
        code_of = np.full(size, -1, dtype=np.int16)
        for place, fits in enumerate(fitting):
            code_of[fits & kept & (code_of < 0)] = place
        dtype = pd.CategoricalDtype(list(variable.valid_codes), ordered=variable.kind == "ordinal")
        column = pd.Series(pd.Categorical.from_codes(code_of, dtype=dtype), index=self.index)
        return Answers({variable.name: column}, reason, tuple(words))

    def _rule(self, code: Code, variable: Variable, left: Mask) -> Mask:
        import numpy as np

        if code.when:
            fits: Mask = np.logical_and.reduce([self._met_once(condition) for condition in code.when])
            return fits
        if code.values is None:
            return np.zeros(len(self.index), dtype=bool)
        if code.values.rest:
            return left
        return self._met_once(Condition(variable.derived_from[0], code.values))

    def _met_once(self, condition: Condition) -> Mask:
        return meets(condition, self.codebook, self.columns, len(self.index))

    def _copy_reasons(self, source: str, reason: NDArray[np.int8], words: list[str], where: Mask) -> None:
        """Give rows the reason why the source is missing."""
        answers = self.answers[source]
        for number, word in enumerate(answers.reasons):
            rows = where & (answers.reason == number)
            if rows.any():
                if word not in words:
                    words.append(word)
                reason[rows] = words.index(word)

    def made_up(self, card: Mapping[str, Any], file: str) -> tuple[bool, bool]:
        """Whether a program made the answers, and whether after answers of people; column and card must agree, and
        all rows."""
        name = next((one.name for one in self.codebook.variables.values() if one.role == "origin"), "")
        made = dict.fromkeys(MADE_UP, 0)
        if name in self.answers:
            made = {code: int((self.answers[name].columns[name] == code).sum()) for code in MADE_UP}
        marked = max(made.values())
        if 0 < marked < len(self.index) or min(made.values()):
            raise InputError(
                Problem(
                    f"{made['synthetic']} of {len(self.index)} rows say that they are synthetic, {made['twin']} that "
                    "they are of a twin; all rows of a file are of one kind.",
                    f"{file}, column {self.found.single[name]}",
                    "Never put real and synthetic answers in one file.",
                )
            )
        says = card.get("synthetic")
        if says is not None and bool(says) != bool(marked) and len(self.index):
            raise InputError(
                Problem(
                    f"The card says synthetic: {str(bool(says)).lower()}, the rows say otherwise.",
                    file,
                    "Find out which is right before anyone uses the file.",
                )
            )
        return marked > 0, made["twin"] > 0

    def stays(self) -> Mask:
        """The rows that take part; those that repeat a respondent were read too, and wait in the reserve."""
        import numpy as np

        return np.ones(len(self.index), dtype=bool) if self.doubles is None else ~self.doubles

    def rows(self, which: Mask) -> pd.DataFrame:
        import pandas as pd

        kept = [name for name in self.answers if self.codebook[name].keep]
        columns = {column: self.columns[column] for name in kept for column in self.codebook[name].columns}
        made = pd.DataFrame(columns, index=self.index, copy=False)
        return made if which.all() else made[which]

    def missing_reasons(self, which: Mask) -> pd.DataFrame:
        import pandas as pd

        columns = {}
        for name, answers in self.answers.items():
            if not self.codebook[name].keep:
                continue
            given = answers if which.all() else _with_used_reasons(replace(answers, reason=answers.reason[which]))
            if given.reasons:
                columns[name] = pd.Categorical.from_codes(given.reason, pd.Index(given.reasons))
        return pd.DataFrame(columns, index=self.index[which], copy=False)

    def reserve(self, file: str, values: pd.DataFrame) -> Reserve:
        """The rows that can be taken back, with what was set aside in them."""
        return Reserve(file, self.rows(~self.stays()), self.missing_reasons(~self.stays()), values)

    def _list_aside(
        self,
        places: NDArray[np.intp],
        column: str,
        value: str | list[str],
        expected: str | list[str],
        reason: str | list[str],
    ) -> None:
        import pandas as pd

        if len(places):
            rows = self.index[places]
            self.aside.append(
                pd.DataFrame({"row": rows, "column": column, "value": value, "expected": expected, "reason": reason})
            )

    def set_aside_table(self) -> pd.DataFrame:
        import pandas as pd

        parts = [part for part in self.aside if len(part)]
        if not parts:
            return pd.DataFrame(columns=list(ASIDE_COLUMNS))
        table = pd.concat(parts, ignore_index=True)[list(ASIDE_COLUMNS)]
        return table.sort_values(["row", "column"], kind="stable", ignore_index=True)


def _with_used_reasons(answers: Answers) -> Answers:
    """The answers with only those reasons that occur, so that their numbers can be kept as they are."""
    import numpy as np

    used = [at for at in range(len(answers.reasons)) if (answers.reason == at).any()]
    if len(used) == len(answers.reasons):
        return answers
    place = np.full(len(answers.reasons) + 1, -1, dtype=np.int8)
    place[used] = np.arange(len(used))
    return replace(answers, reason=place[answers.reason], reasons=tuple(answers.reasons[at] for at in used))
