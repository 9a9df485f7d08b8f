"""Take in a survey: read it against its codebook, set aside what cannot be used.

What is set aside, and why so:

- a *row*, when it is no complete record, gives no consent, or repeats a respondent (the first row stays);
- a *value*, when it is no possible answer to its question; the rest of the row stays, because one slip of the
  pen is no reason to lose a student. The answer is then missing with reason "invalid", never "no";
- a *value*, when the question was not for this student: the filter question decides. Without consent to
  special questions their answers are emptied and not even listed.

Rows in the file = rows accepted + rows set aside, always. The raw file itself is never changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from stagekansen_lib.codebooks import (
    Code,
    Codebook,
    Condition,
    Variable,
    read_codebook,
)
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.paths import data_folder
from stagekansen_lib.privacy.gate import GateReport, leave_out, pass_gate
from stagekansen_lib.readers import RawTable, read_table
from stagekansen_lib.readers.answers import (
    Answers,
    by_label,
    distinct_numbers,
    expected_text,
    read_answers,
    read_separate_answers,
    with_missing,
)
from stagekansen_lib.readers.columns import FoundColumns, find_columns, near_columns
from stagekansen_lib.stores import read_stored, stored_surveys
from stagekansen_lib.surveys import Provenance, Reserve, Survey, survey_from_frame

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

__all__ = ["ASIDE_COLUMNS", "REASONS", "ROW_RULES", "meets", "propose_columns", "read_survey", "whole_rows"]

OnProblem = Literal["set_aside", "raise"]

# reason: Dutch, English
REASONS: dict[str, tuple[str, str]] = {
    "truncated_row": ("rij is niet compleet", "row is not complete"),
    "long_row": ("rij heeft te veel cellen", "row has too many cells"),
    "no_consent": ("geen toestemming om mee te doen", "no consent to take part"),
    "duplicate_respondent": ("respondent staat er al in", "respondent is already there"),
    "set_aside_by_team": ("door het team opzij gezet", "set aside by the team"),
    "unknown_code": ("code staat niet in het codeboek", "code is not in the codebook"),
    "not_a_number": ("geen getal, of geen heel getal", "not a number, or not a whole one"),
    "out_of_range": ("getal kan niet", "number is not possible"),
    "not_a_day": ("geen datum", "not a date"),
    "contradiction": (
        "antwoord en 'zeg ik liever niet' samen",
        "an answer beside 'prefer not to say'",
    ),
    "out_of_routing": ("vraag was niet voor deze student", "question was not for this student"),
    "names_somebody": ("tekst noemt iemand", "text names somebody"),
    "no_special_consent": (
        "geen toestemming voor bijzondere vragen",
        "no consent to special questions",
    ),
}
# rule over whole rows: Dutch, English
ROW_RULES: dict[str, tuple[str, str]] = {
    "truncated_row": ("Elke rij is compleet", "Every row is complete"),
    "long_row": ("Geen rij heeft te veel cellen", "No row has too many cells"),
    "no_consent": ("Wie meedoet, gaf toestemming", "Who takes part gave consent"),
    "duplicate_respondent": ("Elke respondent staat er één keer in", "Every respondent is there once"),
    "set_aside_by_team": ("Het team zette geen rij opzij", "The team set no row aside"),
}
# Codes of the column that says whose answers these are: a program's, or a program's after answers of people.
MADE_UP = ("synthetic", "twin")
ASIDE_COLUMNS = ("row", "column", "value", "expected", "reason")


def read_survey(
    name_or_path: str | Path,
    codebook: str | Path | Codebook | None = None,
    *,
    on_problem: OnProblem = "set_aside",
    format: str | None = None,  # noqa: A002 - the word a user expects
    sheet: str | None = None,
    columns: Mapping[str, str] | None = None,
    structure: str | Path | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    remove: Sequence[str] = (),
    set_aside_texts: bool = False,
) -> Survey:
    """A Survey from an export, checked against its codebook; what could not be used is listed in it.

    Read are CSV, Excel, SPSS, Stata and Parquet files, and what LimeSurvey, Qualtrics and Microsoft Forms make of them.
    Answers may be codes or labels.

    Parameters
    ----------
    name_or_path : name of a stored survey (see ``write_survey``), name of a CSV file in ``data/example`` or
        ``data/interim`` without its ending, or a path.
    codebook : a Codebook, or its name or path; when left out the card beside the file says which, else "baseline".
    on_problem : "set_aside" lists what cannot be used and goes on; "raise" stops and names all of it.
    format : "csv", "excel", "spss", "stata", "parquet", "limesurvey", "qualtrics" or "forms"; found by the content when
        left out, and the history says what was found.
    sheet : sheet of a workbook, when several hold something.
    columns : matches that a person confirmed, by column of the file the variable:
        ``{"How hard was it?": "search_difficulty"}``. ``propose_columns`` lists likely ones.
    structure : structure file of a LimeSurvey questionnaire (.lss or .txt), when its codes are not the codebook's.
    delimiter, encoding : of a CSV file; found when left out.
    remove : columns of the file to leave out before anything is read, such as ["IPAddress"].
    set_aside_texts : True to empty open answers that name somebody, and list them, so that work goes on.

    Returns
    -------
    Survey : ``rows`` has one row a respondent, indexed by the row number of the raw file. Coded columns are
        categoricals of codes, counts and numbers are floats, a multiple response has one column an answer,
        derived variables stand behind the questions. ``missing_reasons`` says why an answer is absent:
        "blank", "not_asked", "prefer_not_to_say", "do_not_know", "invalid", "does_not_apply" (derived:
        outside its base) or "not_coded" (derived: no rule takes the answer up). ``set_aside`` has row,
        column, value, expected, reason; the value of an open question or of a question without consent is
        left out.

    Raises
    ------
    IdentifiersFoundError : the file holds what points at a person (see ``privacy.pass_gate``): an ``InputError`` with
        column, kind and rows of all of it.
    InputError : the file cannot be read (see ``readers.read_table``), a column is missing or there twice, synthetic
        and real answers are mixed, or no row is left; with ``on_problem="raise"`` also any value or row that
        would be set aside. The text names rows and columns, never an answer.

    Notes
    -----
    ``provenance.synthetic`` is True when every row says so in the origin column and the card does not deny
    it. Without a card that says how respondents were found, a survey counts as self-selected.

    Examples
    --------
    >>> survey = read_survey("example_2022")
    >>> len(survey), survey.provenance.synthetic
    (324, True)
    >>> survey.rows["level"].cat.categories.tolist()
    [1, 2]
    """
    if on_problem not in get_args(OnProblem):
        raise InputError(
            Problem(f"on_problem='{on_problem}' is not possible.", do=did_you_mean(on_problem, get_args(OnProblem)))
        )
    if _is_stored(name_or_path):
        if codebook is not None or columns is not None or format is not None:
            raise InputError(Problem("A stored survey has its own codebook and columns.", do="Give its name only."))
        return read_stored(str(name_or_path))
    path = _find_file(name_or_path)
    card = _read_card(path)
    book = codebook if isinstance(codebook, Codebook) else read_codebook(codebook or card.get("codebook", "baseline"))
    table = read_table(path, format=format, sheet=sheet, delimiter=delimiter, encoding=encoding, structure=structure)
    cells = leave_out(table.rows, remove, path.name)
    header = [str(name) for name in cells.columns]
    found = find_columns(header, book, path.name, questions=table.questions, columns=columns, technical=table.technical)
    # The whole raw table, before any of it is used or kept.
    cells, found, gate = pass_gate(cells, book, found, file=path.name, set_aside_texts=set_aside_texts)
    intake = _Intake(book, replace(table, rows=cells), found, gate)
    del cells
    table = intake.facts
    intake.set_rows_aside()
    intake.read_questions()
    synthetic, twin_of_people = intake.made_up(card, path.name)
    intake.derive()
    set_aside, waiting = _split(intake.set_aside_table(), intake.index[~intake.stays()])
    if on_problem == "raise" and len(set_aside):
        raise InputError(_problems(set_aside, path.name), f"{len(set_aside)} problem(s) in {path.name}.")
    rows = intake.rows(intake.stays())
    gone = int(whole_rows(set_aside).sum())
    assert table.count == len(rows) + gone, "rows in are not rows accepted and rows set aside"
    values = len(set_aside) - gone
    history = (
        f"read {path.name} against codebook '{book.name}' {book.version}".rstrip(),
        *table.report,
        *_gate_lines(gate, remove),
        *_grouped(intake.report),
        f"{table.count} rows in the file: {len(rows)} accepted, {gone} set aside; {values} values set aside",
    )
    if not len(rows):
        raise InputError(Problem("No row is left.", path.name, "See which column gives consent, and its codes."))
    provenance = Provenance(
        survey=str(card.get("survey", path.stem)),
        synthetic=synthetic,
        twin_of_people=twin_of_people,
        self_selected=bool(card.get("self_selected", True)),
        sources=tuple(str(source) for source in card.get("sources", ())),
        history=history,
    )
    survey = survey_from_frame(
        rows,
        codebook=book,
        provenance=provenance,
        set_aside=set_aside,
        missing_reasons=intake.missing_reasons(intake.stays()),
        # One answer has no variance, but it can be read and checked.
        single_unit="refuse" if len(rows) > 1 else "adjust",
    )
    return replace(survey, reserve=intake.reserve(path.name, waiting))


def propose_columns(
    name_or_path: str | Path,
    codebook: str | Path | Codebook = "baseline",
    *,
    columns: Mapping[str, str] | None = None,
    **reading: Any,
) -> pd.DataFrame:
    """Which columns of a file look like a variable of the codebook without being named like it.

    Nothing is decided: look at each line, and hand the right ones to ``read_survey(columns={column: variable})``.

    Parameters
    ----------
    name_or_path, codebook, columns : as for ``read_survey``; ``columns`` are matches that were confirmed already.
    reading : ``format``, ``sheet``, ``structure``, ``delimiter``, ``encoding``, as for ``read_survey``.

    Returns
    -------
    DataFrame : column, variable ("variable[code]" for one answer of a multiple response), question_nl, similarity (0 to
        1), the most alike first.

    Raises
    ------
    InputError : the file cannot be read.

    Examples
    --------
    >>> propose_columns("example_2022").empty
    True
    """
    import pandas as pd

    book = codebook if isinstance(codebook, Codebook) else read_codebook(codebook)
    table = read_table(_find_file(name_or_path), **reading)
    header = [str(name) for name in table.rows.columns]
    found = near_columns(header, book, questions=table.questions, columns=columns)
    lines = [(one.column, one.variable, book[one.variable.split("[")[0]].question_nl, one.similarity) for one in found]
    return pd.DataFrame(lines, columns=["column", "variable", "question_nl", "similarity"])


class _Intake:
    """The state of one reading; made and thrown away by ``read_survey``."""

    def __init__(
        self, codebook: Codebook, table: RawTable, found: FoundColumns, gate: GateReport | None = None
    ) -> None:
        self.codebook = codebook
        self.emptied = gate.set_aside if gate is not None else {}
        self.doubles: Mask | None = None
        self.facts = replace(table, rows=table.rows[[]])
        self.index = table.rows.index
        # Each column is let go once it is read: a large file would stand in memory twice.
        self.raw = {str(name): column.array for name, column in table.rows.items()}
        self.kept: Mask | None = None
        self.found = found
        self.answers: dict[str, Answers] = {}
        self.columns: dict[str, pd.Series[Any]] = {}
        self.aside: list[pd.DataFrame] = [table.set_aside]
        self.report: list[str] = []
        self._met: dict[Condition, Mask] = {}
        for name, column in found.single.items():
            if column in table.questions and table.questions[column] == (name,):
                self.report.append(f"Column '{column}' was read as '{name}'.")
        if found.unknown:
            shown = ", ".join(f"'{name}'" for name in found.unknown[:10])
            self.report.append(f"{len(found.unknown)} column(s) not in the codebook were left out: {shown}.")

    def cells(self, column: str) -> pd.Series[Any]:
        """The texts of a column, of the rows that take part."""
        import pandas as pd

        whole = self.raw[column]
        cells = whole if self.kept is None else whole[self.kept]
        return pd.Series(cells, index=self.index, name=column, copy=False)

    def set_rows_aside(self) -> None:
        """Rows without consent, then rows that repeat a respondent."""
        import numpy as np

        kept = np.ones(len(self.index), dtype=bool)
        for variable in self.codebook.variables.values():
            if not variable.accept or variable.name not in self.found.single:
                continue
            column = self.answers_in(self.found.single[variable.name], variable).columns[variable.name]
            refused = ~column.isin(variable.accept).to_numpy() & kept
            wanted = "|".join(str(code) for code in variable.accept)
            self._list_aside(np.flatnonzero(refused), variable.name, "", wanted, "no_consent")
            kept &= ~refused
        key = next((one.name for one in self.codebook.variables.values() if one.role == "respondent"), "")
        if key in self.found.single:
            ids = self.raw[self.found.single[key]]
            numbers = distinct_numbers(ids)
            places = np.flatnonzero(kept & (numbers >= 0))
            _, firsts, which = np.unique(numbers[places], return_index=True, return_inverse=True)
            again = firsts[which] != np.arange(len(places))
            if again.any():
                repeated = places[again]
                rows = self.index[places[firsts[which[again]]]]
                same = [f"one row a respondent; row {row} is the first" for row in rows]
                texts = [str(text) for text in ids[repeated]]
                self._list_aside(repeated, key, texts, same, "duplicate_respondent")
                # They are read like all others, and wait in the reserve.
                double = np.zeros(len(kept), dtype=bool)
                double[repeated] = True
                self.doubles = double[kept]
        if not kept.all():
            self.kept, self.index = kept, self.index[kept]

    def answers_in(self, column: str, variable: Variable) -> Answers:
        """What a column says, with the labels and the missing answers that the file itself declares."""
        cells, said = by_label(self.cells(column), self.facts.labels.get(column, {}), variable)
        self.report.extend(said)
        declared = {**self.facts.missing.get("", {}), **self.facts.missing.get(column, {})}
        return read_answers(cells, with_missing(variable, declared), self.facts.day_zero)

    def read_questions(self) -> None:
        """Every question in the order of the codebook, so that a filter is read before what it filters."""
        import numpy as np

        for variable in self.codebook.variables.values():
            if variable.name not in self.found:
                continue
            if variable.name in self.found.single:
                answers = self.answers_in(self.found.single[variable.name], variable)
            else:
                places = self.found.separate[variable.name]
                ticks = {code: self._ticks(name) for code, name in places.items()}
                answers = read_separate_answers(ticks, variable)
            hidden = variable.kind == "open"
            expected = expected_text(variable)
            if answers.invalid:
                sizes = [len(bad.positions) for bad in answers.invalid]
                self._list_aside(
                    np.concatenate([bad.positions for bad in answers.invalid]),
                    variable.name,
                    "" if hidden else np.repeat([bad.text for bad in answers.invalid], sizes).tolist(),
                    expected,
                    np.repeat([bad.reason for bad in answers.invalid], sizes).tolist(),
                )
            self.report.extend(answers.report)
            answers = self._without_names(answers, variable)
            self._keep(variable, self._routed(answers, variable))
            for column in [self.found.single.get(variable.name), *self.found.separate.get(variable.name, {}).values()]:
                self.raw.pop(str(column), None)

    def _ticks(self, column: str) -> pd.Series[Any]:
        """A column of one answer of several; what the file declares missing is no tick."""
        cells = self.cells(column)
        declared = [*self.facts.missing.get("", {}), *self.facts.missing.get(column, {})]
        return cells.where(~cells.isin(declared)) if declared else cells

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
        self.answers[variable.name] = answers
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
        answered = (answers.reason < 0) & ~asked
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
        import numpy as np
        import pandas as pd

        columns = {}
        for name, answers in self.answers.items():
            if not self.codebook[name].keep:
                continue
            reason = answers.reason if which.all() else answers.reason[which]
            used = [at for at in range(len(answers.reasons)) if (reason == at).any()]
            if used:
                place = np.full(len(answers.reasons) + 1, -1, dtype=np.int8)
                place[used] = np.arange(len(used))
                words = pd.Index([answers.reasons[at] for at in used])
                columns[name] = pd.Categorical.from_codes(place[reason], words)
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


def _grouped(report: Sequence[str]) -> Iterable[str]:
    """Sentences "'variable': what was done" that say the same of several variables, as one."""
    names: dict[str, list[str]] = {}
    for line in dict.fromkeys(report):
        name, sign, what = line.partition("': ")
        names.setdefault(what if sign and name.startswith("'") else line, []).append(name + "'" if sign else "")
    for what, each in names.items():
        more = f" and {len(each) - 5} more" if len(each) > 5 else ""
        yield f"{', '.join(each[:5])}{more}: {what}" if each[0].startswith("'") else what


def _is_stored(name_or_path: str | Path) -> bool:
    name = str(name_or_path)
    return bool(re.fullmatch(r"[\w-]+", name)) and name in stored_surveys()


def _find_file(name_or_path: str | Path) -> Path:
    text = str(name_or_path)
    path = Path(text)
    if path.suffix or "/" in text or "\\" in text:
        if not path.exists():
            near = sorted(file.name for file in path.parent.glob("*.*") if file.is_file())
            raise InputError(Problem("There is no such file.", text, did_you_mean(path.name, near)))
        return path
    folders = [data_folder("example"), data_folder("interim")]
    for folder in folders:
        if (folder / f"{text}.csv").is_file():
            return folder / f"{text}.csv"
    known = sorted({*stored_surveys(), *(file.stem for folder in folders for file in folder.glob("*.csv"))})
    raise InputError(Problem(f"There is no survey '{text}'.", do=did_you_mean(text, known)))


def _read_card(path: Path) -> Mapping[str, Any]:
    """What ``card.yaml`` beside the file says about it, under ``surveys``; empty when there is none."""
    import yaml

    card = path.parent / "card.yaml"
    if not card.is_file():
        return {}
    try:
        content = yaml.safe_load(card.read_text("utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as reason:
        raise InputError(Problem("The card cannot be read.", str(card), "Mend it: it is a YAML file.")) from reason
    surveys = content.get("surveys") if isinstance(content, Mapping) else None
    entry = surveys.get(path.stem) if isinstance(surveys, Mapping) else None
    if not isinstance(entry, Mapping):
        return {}
    if not isinstance(entry.get("synthetic", False), bool):
        raise InputError(Problem("'synthetic' is no yes or no.", f"{card}, {path.stem}", "Write true or false."))
    return entry


def _gate_lines(gate: GateReport, remove: Sequence[str]) -> Iterable[str]:
    """What the privacy gate left out or let through, for the history."""
    removed = [*([remove] if isinstance(remove, str) else remove), *gate.removed]
    if removed:
        yield f"{len(removed)} column(s) left out for privacy: {', '.join(repr(name) for name in removed)}."
    yield from (f"The codebook says that {line}" for line in gate.allowed)
    count = sum(len(rows) for rows in gate.set_aside.values())
    if count:
        yield f"{count} text(s) that name somebody were emptied."


def _problems(set_aside: pd.DataFrame, file: str) -> Iterable[Problem]:
    """One problem a column and reason, so that a broken column is one line; no value in it."""
    for (column, reason), group in set_aside.groupby(["column", "reason"], sort=False):
        rows = ", ".join(str(row) for row in group["row"].head(10)) + (", ..." if len(group) > 10 else "")
        place = f"{file}, column {column}, row(s) {rows}" if column else f"{file}, row(s) {rows}"
        yield Problem(f"{REASONS[str(reason)][1].capitalize()}.", place, f"Expected {group['expected'].iloc[0]}.")


def _split(set_aside: pd.DataFrame, waiting: pd.Index) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What was set aside, without single values of rows that were themselves set aside; and those values."""
    values = set_aside["row"].isin(waiting).to_numpy() & ~whole_rows(set_aside)
    return set_aside[~values].reset_index(drop=True), set_aside[values].reset_index(drop=True)


def whole_rows(set_aside: pd.DataFrame) -> Mask:
    mask: Mask = set_aside["reason"].isin(list(ROW_RULES)).to_numpy(dtype=bool)
    return mask


def meets(condition: Condition, codebook: Codebook, columns: Any, size: int) -> Mask:
    """For each row whether it meets the condition, worked out once a distinct answer; missing meets ``!=``
    only."""
    import numpy as np
    import pandas as pd

    variable = codebook[condition.variable]
    fits = np.zeros(size, dtype=bool)
    if variable.kind == "multiple":
        for column, code in zip(variable.columns, variable.valid_codes, strict=True):
            if code in condition.values and column in columns:
                fits |= np.asarray(columns[column]) == 1
    elif variable.name in columns:
        codes, distinct = pd.factorize(columns[variable.name])
        good = [getattr(value, "item", lambda value=value: value)() in condition.values for value in distinct]
        fits = np.array([*good, False])[codes]
    return ~fits if condition.negated else fits
