"""Check a survey: a report per rule, with a table and a picture, and rows that the team sets aside and takes back.

A rule never changes an answer. "error": what failed was set aside at reading. "warning": a person should look, because
the answers contradict each other or look hasty. "note": worth knowing, and often fine.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.codebooks import Codebook, Condition, Language, Variable
from stagekansen_lib.errors import InputError, Problem, RefusedError
from stagekansen_lib.intake import ASIDE_COLUMNS, REASONS, ROW_RULES, meets, whole_rows
from stagekansen_lib.stores import safe_cell
from stagekansen_lib.surveys import Reserve, Survey, survey_from_frame
from stagekansen_lib.wording import LANGUAGES, chosen_language, number_text, say

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

__all__ = ["CheckReport", "check_survey", "set_rows_aside", "take_back", "write_set_aside"]

SEVERITIES = ("error", "warning", "note")
# Word of the codebook: word of the report.
_SEVERITY = {"error": "error", "doubt": "warning"}
_ROWS_SHOWN = 10
# A rule of thumb of online panels: who needs less than a third of the median time did not read the questions.
_FAST = 1 / 3
# A row of equal answers says something from so many questions on.
_BATTERY = 4
# Two respondents with so many answers that differ in at most so many places are near to a copy.
_NEAR_ANSWERS, _NEAR_DIFFERENT = 20, 2
_MOST_PAIRS = 5_000_000


@dataclass(frozen=True)
class CheckReport:
    """What the checks of a survey found.

    Parameters
    ----------
    table : one line a rule: rule, label_nl, label_en, passed, failed, missing, severity ("error" when what failed was
        set aside, "warning" when a person should look, "note" when it is often fine), rows (row numbers in the raw file
        that failed).
    accepted, rows_set_aside, values_set_aside : counts; the file held accepted + rows_set_aside rows.
    """

    table: pd.DataFrame
    accepted: int
    rows_set_aside: int
    values_set_aside: int
    survey: str = ""
    synthetic: bool = False

    def sentence(self, language: Language = "nl") -> str:
        """What was found, in a few short sentences."""
        return say(
            "checks.sentence",
            language,
            total=self.accepted + self.rows_set_aside,
            accepted=self.accepted,
            rows=self.rows_set_aside,
            values=self.values_set_aside,
            rules=len(self.table),
            failed=int((self.table["failed"] > 0).sum()),
        )

    def failed(self) -> pd.DataFrame:
        """The rules that something breaks, the gravest first."""
        broken = self.table[self.table["failed"] > 0]
        order = broken["severity"].map(SEVERITIES.index)
        return broken.iloc[order.argsort(kind="stable")]

    def picture(self, language: str | None = None) -> str:
        """The rules that something breaks as an SVG picture: for each how many passed, failed and gave no answer.

        Parameters
        ----------
        language : "nl" or "en"; the default follows ``wording.chosen_language``.

        Returns
        -------
        str : the SVG. For the team: it has not passed ``protect``.
        """
        chosen = chosen_language(language)
        lines = self.failed().to_dict("records")
        width, step, top = 640, 46, 34
        height = top + step * max(len(lines), 1) + 10
        title = say("checks.title", chosen) + (f" ({say('honesty.synthetic_short', chosen)})" if self.synthetic else "")
        colours = {"passed": "#9db8d9", "failed": "#b3261e", "missing": "#dddddd"}
        parts, told = [], []
        for place, (name, colour) in enumerate(colours.items()):
            x = 150 * place
            parts.append(f'<rect x="{x}" y="6" width="12" height="12" fill="{colour}"/>')
            parts.append(f'<text x="{x + 18}" y="17">{escape(say(f"checks.{name}", chosen))}</text>')
        for place, line in enumerate(lines):
            y = top + step * place
            severity = say(f"checks.{line['severity']}", chosen)
            label = f"{line[f'label_{chosen}']} ({severity}: {line['failed']})"
            parts.append(f'<text x="0" y="{y + 12}">{escape(label)}</text>')
            total = line["passed"] + line["failed"] + line["missing"]
            start = 0.0
            for name, colour in colours.items():
                share = width * line[name] / total
                size = max(share, 3.0) if name == "failed" else share  # one in a thousand must still be seen
                start = min(start, width - size)
                parts.append(f'<rect x="{start:.1f}" y="{y + 19}" width="{size:.1f}" height="14" fill="{colour}"/>')
                start += share
            told.append(label)
        if not lines:
            parts.append(f'<text x="0" y="{top + 14}">{escape(say("checks.all_fine", chosen))}</text>')
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" width="100%" '
            f'style="max-width:{width}px;background:#fff" font-family="sans-serif" font-size="13">'
            f"<title>{escape(title)}</title><desc>{escape('; '.join(told) or say('checks.all_fine', chosen))}</desc>"
            f"{''.join(parts)}</svg>"
        )

    def __repr__(self) -> str:
        return f"CheckReport {self.survey}: {self.sentence('en')}"

    def _repr_html_(self) -> str:
        language = chosen_language()
        lines = []
        for line in self.failed().to_dict("records"):
            rows = ", ".join(str(row) for row in line["rows"][:_ROWS_SHOWN])
            more = " …" if len(line["rows"]) > _ROWS_SHOWN else ""
            cells = [
                line[f"label_{language}"], line["passed"], line["failed"], line["missing"],
                say(f"checks.{line['severity']}", language), f"{rows}{more}",
            ]  # fmt: skip
            lines.append(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in cells)}</tr>")
        heads = ("rule", "passed", "failed", "missing", "severity", "rows")
        head = "".join(f"<th>{escape(say(f'checks.{name}', language))}</th>" for name in heads)
        note = f"<p><b>{escape(say('honesty.synthetic_short', language))}</b></p>" if self.synthetic else ""
        table = f"<table><tr>{head}</tr>{''.join(lines)}</table>"
        return f"{note}<p>{escape(self.sentence(language))}</p>{table}{self.picture(language)}"


def check_survey(survey: Survey) -> CheckReport:
    """What the codebook's rules find in a survey: one line a rule, also for rules that nothing breaks.

    Rules: rows complete, consent given, no respondent twice; for each question a possible answer, given only
    by those who were asked, and not blank; no tick beside an answer that stands alone; every derived variable
    coded; the checks over several variables that the codebook declares; hasty and equal answers.

    Parameters
    ----------
    survey : a survey from ``read_survey``; one made from a frame has nothing set aside and is checked as it is.

    Returns
    -------
    CheckReport : its ``table`` has one line a rule, its ``sentence`` says the outcome, its ``picture`` shows it.

    Notes
    -----
    - ``quality:speed``: filled in within a third of the median time (variables of kind number whose name starts with
      "duration"), a rule of thumb. A warning.
    - ``quality:straight:NAME``: the same answer to all of four or more questions in a row with the same codes. A note:
      an opinion can be the same everywhere.
    - ``quality:identical``: all answers are those of an earlier row, ``quality:near``: all but at most two of twenty or
      more; without looking at a number of the respondent, so that one person who filled in twice is seen. Warnings.

    Examples
    --------
    >>> from stagekansen_lib.intake import read_survey
    >>> report = check_survey(read_survey("example_2022"))
    >>> report.table.columns.tolist()
    ['rule', 'label_nl', 'label_en', 'passed', 'failed', 'missing', 'severity', 'rows']
    """
    import pandas as pd

    aside = _aside(survey)
    whole = whole_rows(aside)
    lines: list[tuple[object, ...]] = []
    for reason, labels in ROW_RULES.items():
        rows = tuple(int(row) for row in aside.loc[aside["reason"] == reason, "row"])
        lines.append((f"rows:{reason}", *labels, len(survey.rows), len(rows), 0, "error", rows))
    values: dict[str, list[tuple[int, str]]] = {}
    for row, column, reason in aside.loc[~whole, ["row", "column", "reason"]].to_numpy().tolist():
        values.setdefault(column, []).append((row, reason))
    for variable in survey.codebook.variables.values():
        present = [column for column in variable.columns if column in survey.rows]
        if present:
            lines.extend(_check_variable(survey, variable, present, values.get(variable.name, [])))
    for check in survey.codebook.checks:
        names = [condition.variable for condition in (*check.when, *check.then)]
        if all(set(survey.codebook[name].columns) <= set(survey.rows.columns) for name in names):
            applies = _all_met(survey, check.when)
            judged = ~_any_missing(survey, names)
            fails = applies & judged & ~_all_met(survey, check.then)
            passed, missing = int((applies & judged & ~fails).sum()), int((applies & ~judged).sum())
            labels = (check.label_nl, check.label_en)
            severity = _SEVERITY[check.severity]
            lines.append((f"check:{check.rule}", *labels, *_counts(survey, fails, passed, missing, severity)))
    lines.extend(_check_quality(survey))
    columns = ["rule", "label_nl", "label_en", "passed", "failed", "missing", "severity", "rows"]
    return CheckReport(
        pd.DataFrame(lines, columns=columns),
        accepted=len(survey.rows),
        rows_set_aside=int(whole.sum()),
        values_set_aside=int((~whole).sum()),
        survey=survey.provenance.survey,
        synthetic=survey.provenance.synthetic,
    )


def set_rows_aside(survey: Survey, *, rows: Sequence[int], reason: str) -> Survey:
    """The survey without these rows; they wait in the reserve and can be taken back.

    Parameters
    ----------
    survey : a survey from ``read_survey``, before weighting.
    rows : row numbers of the raw file, such as those of a rule: ``report.table.loc[3, "rows"]``.
    reason : why, in a few words; it stands in the history and in the list of what was set aside.

    Raises
    ------
    InputError : a row does not take part; no reason; nobody would be left.
    RefusedError : the survey was weighted or cut already.
    """
    import pandas as pd

    _refuse_later(survey)
    chosen = _row_numbers(rows)
    problems = [
        Problem(f"Row {row} does not take part.", do="See survey.set_aside.")
        for row in chosen
        if row not in survey.rows.index
    ]
    if not reason.strip():
        problems.append(Problem("There is no reason.", do="Say why in a few words: reason='...'."))
    if not problems and len(chosen) == len(survey.rows):
        problems.append(Problem("Nobody would be left.", do="Look at the rule again."))
    if problems:
        raise InputError(problems)
    aside = _aside(survey)
    mask = survey.rows.index.isin(chosen)
    values = aside["row"].isin(chosen) & ~whole_rows(aside)
    line = pd.DataFrame(
        {"row": chosen, "column": "", "value": "", "expected": reason.strip(), "reason": "set_aside_by_team"}
    )
    old = _reserve(survey)
    reasons = _reasons(survey)
    reserve = Reserve(
        old.file,
        _stacked([old.rows, survey.rows[mask]]),
        _joined(old.missing_reasons, reasons[mask]),
        _listed([old.set_aside, aside[values]]),
    )
    step = f"{len(chosen)} row(s) set aside by the team: {reason.strip()}"
    return _remade(survey, survey.rows[~mask], reasons[~mask], _listed([aside[~values], line]), reserve, step)


def take_back(survey: Survey, *, rows: Sequence[int], reason: str) -> Survey:
    """The survey with rows that were set aside whole, back in their place.

    Parameters
    ----------
    survey : a survey from ``read_survey``, before weighting.
    rows : row numbers of the raw file: rows that repeat a respondent, or that the team set aside.
    reason : why; it stands in the history.

    Returns
    -------
    Survey : single values in these rows that were no possible answer stay set aside, and are listed again.

    Raises
    ------
    InputError : a row cannot be taken back (it takes part already, is incomplete, or is not there); no reason.
    RefusedError : a row without consent: nobody may take it back; the survey was weighted or cut already.
    """
    _refuse_later(survey)
    chosen = _row_numbers(rows)
    aside, reserve = _aside(survey), _reserve(survey)
    why = {int(row): str(word) for row, word in zip(aside["row"], aside["reason"], strict=True) if word in ROW_RULES}
    refused = [row for row in chosen if why.get(row) == "no_consent"]
    if refused:
        raise RefusedError(f"Row(s) {', '.join(map(str, refused))} gave no consent to take part. They stay out.")
    problems = []
    for row in chosen:
        if row in survey.rows.index:
            problems.append(Problem(f"Row {row} takes part already."))
        elif row not in reserve.rows.index:
            told = f": {REASONS[why[row]][1]}" if row in why else ""
            problems.append(
                Problem(f"Row {row} cannot be taken back{told}.", do="Mend it in the raw file and read again.")
            )
    if not reason.strip():
        problems.append(Problem("There is no reason.", do="Say why in a few words: reason='...'."))
    if problems:
        raise InputError(problems)
    mask = reserve.rows.index.isin(chosen)
    back = whole_rows(aside) & aside["row"].isin(chosen).to_numpy()
    returning = reserve.set_aside["row"].isin(chosen)
    left = Reserve(
        reserve.file,
        reserve.rows[~mask],
        reserve.missing_reasons[~mask],
        reserve.set_aside[~returning].reset_index(drop=True),
    )
    step = f"{len(chosen)} row(s) taken back by the team: {reason.strip()}"
    return _remade(
        survey,
        _stacked([survey.rows, reserve.rows[mask]]),
        _joined(_reasons(survey), reserve.missing_reasons[mask]),
        _listed([aside[~back], reserve.set_aside[returning]]),
        left,
        step,
    )


def write_set_aside(survey: Survey, path: str | Path) -> Path:
    """Write what was set aside to a CSV file that a spreadsheet opens, one line a row or value.

    Columns: row, column, item, value, expected, reason, reden, explanation, file. The file holds answers, so keep
    it beside the raw file. It is written whole or not at all. A value that a
    spreadsheet would run as a formula gets an apostrophe in front. The last column names the raw file, by which
    ``withdraw`` finds the lines of a respondent.

    Parameters
    ----------
    survey : a survey from ``read_survey``.
    path : the file to write; an existing one is replaced.

    Returns
    -------
    Path : where it was written.

    Raises
    ------
    InputError : the folder does not exist.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise InputError(Problem("The folder does not exist.", str(path.parent), "Make it first."))
    source = _reserve(survey).file
    draft = path.with_name(f".{path.name}.part")
    with draft.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["row", "column", "item", "value", "expected", "reason", "reden", "explanation", "file"])
        for line in _aside(survey).to_dict("records"):
            item = survey.codebook[line["column"]].item if line["column"] in survey.codebook else ""
            text_nl, text_en = REASONS[line["reason"]]
            value = safe_cell(str(line["value"]))
            place, why = [line["row"], line["column"], item], [line["expected"], line["reason"], text_nl, text_en]
            writer.writerow([*place, value, *why, source])
    draft.replace(path)
    return path


def _refuse_later(survey: Survey) -> None:
    design = survey.design
    if design.domain is not None or design.described or not (survey.weights == 1).all():
        raise RefusedError("This survey was weighted or cut: set rows aside and take them back before that.")


def _row_numbers(rows: Sequence[int]) -> list[int]:
    return sorted({int(row) for row in rows})


def _aside(survey: Survey) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(columns=list(ASIDE_COLUMNS)) if survey.set_aside is None else survey.set_aside


def _reserve(survey: Survey) -> Reserve:
    import pandas as pd

    if survey.reserve is not None:
        return survey.reserve
    empty = pd.DataFrame(index=survey.rows.index[:0])
    return Reserve("", survey.rows.iloc[:0], empty, pd.DataFrame(columns=list(ASIDE_COLUMNS)))


def _reasons(survey: Survey) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(index=survey.rows.index) if survey.missing_reasons is None else survey.missing_reasons


def _stacked(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    filled = [part for part in parts if len(part)]
    return pd.concat(filled).sort_index() if filled else parts[0]


def _listed(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=list(ASIDE_COLUMNS))
    return pd.concat(filled).sort_values(["row", "column"], kind="stable", ignore_index=True)


def _joined(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Reasons of two sets of rows together, each column with the words of both."""
    import pandas as pd
    from pandas.api.types import union_categoricals

    index = first.index.append(second.index)
    columns = {}
    for name in dict.fromkeys([*first.columns, *second.columns]):
        parts = [
            pd.Categorical(part[name])
            if name in part
            else pd.Categorical([None] * len(part), categories=pd.Index([], dtype="str"))
            for part in (first, second)
        ]
        columns[name] = union_categoricals(parts)
    return pd.DataFrame(columns, index=index).sort_index()


def _remade(
    survey: Survey, rows: pd.DataFrame, reasons: pd.DataFrame, aside: pd.DataFrame, reserve: Reserve, step: str
) -> Survey:
    before = len(survey.rows) + int(whole_rows(_aside(survey)).sum())
    assert before == len(rows) + int(whole_rows(aside).sum()), "rows in are not rows accepted and rows set aside"
    made = survey_from_frame(
        rows,
        codebook=survey.codebook,
        provenance=survey.provenance.with_step(step),
        set_aside=aside,
        missing_reasons=None if survey.missing_reasons is None else reasons.loc[rows.index],
        single_unit="refuse" if len(rows) > 1 else "adjust",
    )
    return replace(made, reserve=reserve)


def _counts(
    survey: Survey, fails: Mask, passed: int, missing: int, severity: str
) -> tuple[int, int, int, str, tuple[int, ...]]:
    rows = tuple(int(row) for row in survey.rows.index[fails])
    return passed, len(rows), missing, severity, rows


def _check_variable(
    survey: Survey, variable: Variable, columns: Sequence[str], aside: Sequence[tuple[int, str]]
) -> Iterable[tuple[object, ...]]:
    name, nl, en = variable.name, variable.label_nl, variable.label_en
    answered = int(survey.rows[columns[0]].notna().sum())
    reasons = survey.missing_reasons
    words: dict[Any, int] = {}
    uncoded: tuple[int, ...] = ()
    if reasons is not None and name in reasons:
        words = reasons[name].value_counts().to_dict()
        uncoded = tuple(int(row) for row in survey.rows.index[reasons[name] == "not_coded"])
    not_asked = words.get("not_asked", 0) + words.get("does_not_apply", 0)
    blank = words.get("blank", 0)

    def failing(*wanted: str) -> tuple[int, ...]:
        return tuple(sorted({row for row, reason in aside if reason in wanted}))

    if variable.derived_from:
        labels = (f"{nl}: elk antwoord heeft een klasse", f"{en}: every answer has a class")
        absent = len(survey.rows) - answered - len(uncoded) - not_asked
        yield (f"coded:{name}", *labels, answered, len(uncoded), absent, "warning", uncoded)
        return
    rows = failing("unknown_code", "not_a_number", "out_of_range", "not_a_day", "contradiction")
    labels = (f"{nl}: mogelijk antwoord", f"{en}: possible answer")
    absent = len(survey.rows) - answered - len(rows) - not_asked
    yield (f"answer:{name}", *labels, answered, len(rows), max(absent, 0), "error", rows)
    if variable.only_if:
        rows = failing("out_of_routing", "no_special_consent")
        labels = (f"{nl}: alleen wie de vraag kreeg", f"{en}: only those who were asked")
        yield (
            f"routing:{name}",
            *labels,
            len(survey.rows) - len(rows) - blank,
            len(rows),
            blank,
            "error",
            rows,
        )
    alone = [code.code for code in variable.codes if code.exclusive and not code.missing]
    if alone and variable.kind == "multiple":
        ticks = survey.rows[list(columns)].to_numpy(dtype=float)
        single = [place for place, code in enumerate(variable.valid_codes) if code in alone]
        both = ((ticks[:, single] == 1).any(axis=1)) & ((ticks == 1).sum(axis=1) > 1)
        rows = tuple(int(row) for row in survey.rows.index[both])
        labels = (f"{nl}: antwoord dat alleen hoort te staan", f"{en}: answer that should stand alone")
        absent = len(survey.rows) - answered
        yield (f"alone:{name}", *labels, answered - len(rows), len(rows), absent, "warning", rows)


def _all_met(survey: Survey, conditions: Sequence[Condition]) -> Mask:
    import numpy as np

    met = np.ones(len(survey.rows), dtype=bool)
    for condition in conditions:
        met &= meets(condition, survey.codebook, survey.rows, len(survey.rows))
    return met


def _any_missing(survey: Survey, names: Sequence[str]) -> Mask:
    import numpy as np

    masks = [survey.rows[survey.codebook[name].columns[0]].isna().to_numpy() for name in names]
    missing: Mask = np.logical_or.reduce(masks)
    return missing


def _check_quality(survey: Survey) -> Iterable[tuple[object, ...]]:
    """Hasty answers, rows of equal answers, and rows that repeat another one."""
    yield from _speeders(survey)
    for names in _batteries(survey):
        yield _straight(survey, names)
    yield from _repeats(survey)


def _speeders(survey: Survey) -> Iterable[tuple[object, ...]]:
    import numpy as np

    for variable in survey.codebook.variables.values():
        if variable.kind == "number" and variable.name.startswith("duration") and variable.name in survey.rows:
            minutes = survey.rows[variable.name].to_numpy(dtype=float)
            known = ~np.isnan(minutes)
            limit = float(np.median(minutes[known])) * _FAST if known.any() else 0.0
            fast = known & (minutes < limit)
            told = {language: number_text(limit, language, decimals=1) for language in LANGUAGES}
            labels = [say("checks.speed", "nl", limit=told["nl"]), say("checks.speed", "en", limit=told["en"])]
            passed, missing = int((known & ~fast).sum()), int((~known).sum())
            yield ("quality:speed", *labels, *_counts(survey, fast, passed, missing, "warning"))


def _batteries(survey: Survey) -> Iterable[list[str]]:
    """Ordinal questions that follow each other in one block and share their codes and labels."""
    run: list[Variable] = []
    for variable in [*survey.codebook.variables.values(), None]:
        fits = (
            variable is not None
            and variable.kind == "ordinal"
            and not variable.derived_from
            and variable.name in survey.rows
        )
        if fits and run and _alike(run[-1], variable):
            run.append(variable)  # type: ignore[arg-type]
            continue
        if len(run) >= _BATTERY:
            yield [one.name for one in run]
        run = [variable] if fits else []  # type: ignore[list-item]


def _alike(first: Variable, second: Variable | None) -> bool:
    return second is not None and first.block == second.block and first.codes == second.codes


def _straight(survey: Survey, names: list[str]) -> tuple[object, ...]:
    import numpy as np

    codes = np.column_stack([survey.rows[name].cat.codes.to_numpy() for name in names]).astype(int)
    given = codes >= 0
    enough = given.sum(axis=1) >= _BATTERY
    highest = codes.max(axis=1)
    lowest = np.where(given, codes, 1_000).min(axis=1)
    fails = enough & (highest == lowest)
    book: Codebook = survey.codebook
    labels = [
        say("checks.straight", language, count=len(names), first=book[names[0]].label(language))
        for language in LANGUAGES
    ]
    passed = int((enough & ~fails).sum())
    return (f"quality:straight:{names[0]}", *labels, *_counts(survey, fails, passed, int((~enough).sum()), "note"))


def _repeats(survey: Survey) -> Iterable[tuple[object, ...]]:
    """Rows of which all answers, or all but two, are those of an earlier row, whatever number they carry."""
    import numpy as np

    codes = _answer_codes(survey)
    if codes.shape[1] < _NEAR_ANSWERS:
        return
    enough = (codes >= 0).sum(axis=1) >= _NEAR_ANSWERS
    places = np.flatnonzero(enough)
    _, first, back = np.unique(_row_keys(codes)[places], return_index=True, return_inverse=True)
    same = np.zeros(len(codes), dtype=bool)
    later = np.flatnonzero(first[back] != np.arange(len(places)))
    same[places[later]] = (codes[places[later]] == codes[places[first[back[later]]]]).all(axis=1)
    labels = [say("checks.identical", "nl"), say("checks.identical", "en")]
    missing = int((~enough).sum())
    yield ("quality:identical", *labels, *_counts(survey, same, int((enough & ~same).sum()), missing, "warning"))
    near, judged = _near(codes, np.flatnonzero(enough & ~same))
    labels = [say("checks.near", language, most=_NEAR_DIFFERENT) for language in LANGUAGES]
    passed = int((enough & ~same & ~near).sum()) if judged else 0
    missing += 0 if judged else int((enough & ~same).sum())
    yield ("quality:near", *labels, *_counts(survey, near, passed, missing, "warning"))


def _answer_codes(survey: Survey) -> NDArray[np.int32]:
    """Answers to questions as whole numbers, -1 for none; no technical, derived or open variables, no consent."""
    import numpy as np
    import pandas as pd

    columns = [
        column
        for variable in survey.codebook.variables.values()
        if variable.kind not in ("open", "date", "info") and variable.item and variable.privacy != "consent"
        for column in variable.columns
        if column in survey.rows
    ]
    made = [pd.factorize(survey.rows[column])[0].astype(np.int32) for column in columns]
    return np.column_stack(made) if made else np.empty((len(survey.rows), 0), dtype=np.int32)


def _row_keys(codes: NDArray[np.int32]) -> NDArray[np.uint64]:
    """One number for each row, equal for equal rows; whoever uses it compares the rows themselves afterwards."""
    import numpy as np

    chance = np.random.default_rng(0)
    factors: NDArray[np.uint64] = 2 * chance.integers(0, 2**63, (codes.shape[1],), dtype=np.uint64) + 1  # odd
    keys = np.zeros(len(codes), dtype=np.uint64)
    for place in range(codes.shape[1]):
        keys += codes[:, place].astype(np.uint64) * factors[place]
    return keys


def _near(codes: NDArray[np.int32], places: NDArray[np.intp]) -> tuple[Mask, bool]:
    """Rows that differ from an earlier one in one or two places, and whether all pairs could be looked at.

    Two rows that differ in at most two places agree wholly on one of three parts of the columns, so only rows that
    agree on a part are compared.
    """
    import numpy as np

    near = np.zeros(len(codes), dtype=bool)
    parts = np.array_split(np.arange(codes.shape[1]), _NEAR_DIFFERENT + 1)
    pairs = 0
    for part in parts:
        _, back, sizes = np.unique(_row_keys(codes[:, part])[places], return_inverse=True, return_counts=True)
        pairs += int((sizes[sizes > 1] ** 2).sum())
        if pairs > _MOST_PAIRS:
            return np.zeros(len(codes), dtype=bool), False
        order = np.argsort(back, kind="stable")
        ends = np.cumsum(sizes)
        for group in np.flatnonzero(sizes > 1).tolist():
            members = places[order[ends[group] - sizes[group] : ends[group]]]
            for at in range(1, len(members)):
                different = (codes[members[:at]] != codes[members[at]]).sum(axis=1)
                if different.min() <= _NEAR_DIFFERENT:
                    near[members[at]] = True
    return near, True
