"""Check a survey: a report per rule, with a table and a picture, and rows that the team sets aside and takes back.

A rule never changes an answer. "error": what failed was set aside at reading. "warning": a person should look, because
the answers contradict each other or look hasty. "note": worth knowing, and often fine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from stagekansen_lib.intake.quality_checks import check_quality, count_line
from stagekansen_lib.intake.set_aside import ROW_REASONS, aside_of, whole_rows
from stagekansen_lib.surveys.codebooks import Condition, Variable
from stagekansen_lib.surveys.conditions import meets
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.wording import LANGUAGES, chosen_language, say

if TYPE_CHECKING:
    import pandas as pd

    from stagekansen_lib.arrays import Mask


__all__ = ["CheckReport", "check_survey"]


SEVERITIES = ("error", "warning", "note")

# Word of the codebook: word of the report.
_SEVERITY = {"error": "error", "doubt": "warning"}

_ROWS_SHOWN = 10


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

    def sentence(self, language: str | None = None) -> str:
        """What was found, in a few short sentences."""
        return say(
            "checks.sentence",
            chosen_language(language),
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
    >>> from stagekansen_lib.intake.reading import read_survey
    >>> report = check_survey(read_survey("example_2022"))
    >>> report.table.columns.tolist()
    ['rule', 'label_nl', 'label_en', 'passed', 'failed', 'missing', 'severity', 'rows']
    """
    import pandas as pd

    aside = aside_of(survey)
    whole = whole_rows(aside)
    lines = [*_check_rows(survey, aside), *_check_questions(survey, aside[~whole]), *_check_declared(survey)]
    lines.extend(check_quality(survey))
    columns = ["rule", "label_nl", "label_en", "passed", "failed", "missing", "severity", "rows"]
    return CheckReport(
        pd.DataFrame(lines, columns=columns),
        accepted=len(survey.rows),
        rows_set_aside=int(whole.sum()),
        values_set_aside=int((~whole).sum()),
        survey=survey.provenance.survey,
        synthetic=survey.provenance.synthetic,
    )


def _check_rows(survey: Survey, aside: pd.DataFrame) -> Iterable[tuple[object, ...]]:
    """One line for each reason why a whole row is set aside."""
    for reason in ROW_REASONS:
        rows = tuple(int(row) for row in aside.loc[aside["reason"] == reason, "row"])
        labels = [say(f"set_aside.rule_{reason}", language) for language in LANGUAGES]
        yield (f"rows:{reason}", *labels, len(survey.rows), len(rows), 0, "error", rows)


def _check_questions(survey: Survey, values: pd.DataFrame) -> Iterable[tuple[object, ...]]:
    """The lines of every question that the survey has; ``values`` are the single values that were set aside."""
    aside: dict[str, list[tuple[int, str]]] = {}
    for row, column, reason in values[["row", "column", "reason"]].to_numpy().tolist():
        aside.setdefault(column, []).append((row, reason))
    for variable in survey.codebook.variables.values():
        if any(column in survey.rows for column in variable.columns):
            checked = _Question.of(survey, variable, aside.get(variable.name, []))
            yield from checked.derived() if variable.derived_from else checked.asked()


def _check_declared(survey: Survey) -> Iterable[tuple[object, ...]]:
    """The checks over several variables that the codebook declares."""
    for check in survey.codebook.checks:
        names = [condition.variable for condition in (*check.when, *check.then)]
        if not all(set(survey.codebook[name].columns) <= set(survey.rows.columns) for name in names):
            continue
        applies = _all_met(survey, check.when)
        judged = ~_any_missing(survey, names)
        fails = applies & judged & ~_all_met(survey, check.then)
        passed, missing = int((applies & judged & ~fails).sum()), int((applies & ~judged).sum())
        counts = count_line(survey, fails, passed, missing, _SEVERITY[check.severity])
        yield (f"check:{check.rule}", check.label_nl, check.label_en, *counts)


@dataclass(frozen=True)
class _Question:
    """One variable as a check sees it; ``missing`` counts rows by the reason why there is no answer."""

    survey: Survey
    variable: Variable
    aside: Sequence[tuple[int, str]]
    answered: int
    missing: Mapping[Any, int]

    @classmethod
    def of(cls, survey: Survey, variable: Variable, aside: Sequence[tuple[int, str]]) -> _Question:
        column = next(column for column in variable.columns if column in survey.rows)
        reasons = survey.missing_reasons
        missing = (
            reasons[variable.name].value_counts().to_dict() if reasons is not None and variable.name in reasons else {}
        )
        return cls(survey, variable, aside, int(survey.rows[column].notna().sum()), missing)

    @property
    def not_asked(self) -> int:
        return self.missing.get("not_asked", 0) + self.missing.get("does_not_apply", 0)

    def derived(self) -> Iterable[tuple[object, ...]]:
        """Whether every answer got a class."""
        uncoded: tuple[int, ...] = ()
        reasons = self.survey.missing_reasons
        if "not_coded" in self.missing and reasons is not None:
            uncoded = tuple(int(row) for row in self.survey.rows.index[reasons[self.variable.name] == "not_coded"])
        absent = len(self.survey.rows) - self.answered - len(uncoded) - self.not_asked
        yield self._line("coded", self.answered, absent, "warning", uncoded)

    def asked(self) -> Iterable[tuple[object, ...]]:
        """Whether answers are possible, given by who was asked, and alone where they should be."""
        rows = self._failing("unknown_code", "not_a_number", "out_of_range", "not_a_day", "contradiction")
        absent = len(self.survey.rows) - self.answered - len(rows) - self.not_asked
        yield self._line("answer", self.answered, max(absent, 0), "error", rows)
        if self.variable.only_if:
            rows = self._failing("out_of_routing", "no_special_consent")
            blank = self.missing.get("blank", 0)
            yield self._line("routing", len(self.survey.rows) - len(rows) - blank, blank, "error", rows)
        alone = [code.code for code in self.variable.codes if code.exclusive and not code.missing]
        if alone and self.variable.kind == "multiple":
            rows = self._beside_others(alone)
            absent = len(self.survey.rows) - self.answered
            yield self._line("alone", self.answered - len(rows), absent, "warning", rows)

    def _beside_others(self, alone: Sequence[int | str]) -> tuple[int, ...]:
        """Rows with another tick beside an answer that should stand alone."""
        rows, variable = self.survey.rows, self.variable
        ticks = rows[[column for column in variable.columns if column in rows]].to_numpy(dtype=float)
        single = [place for place, code in enumerate(variable.valid_codes) if code in alone]
        both = ((ticks[:, single] == 1).any(axis=1)) & ((ticks == 1).sum(axis=1) > 1)
        return tuple(int(row) for row in rows.index[both])

    def _failing(self, *wanted: str) -> tuple[int, ...]:
        return tuple(sorted({row for row, reason in self.aside if reason in wanted}))

    def _line(self, rule: str, passed: int, missing: int, severity: str, rows: tuple[int, ...]) -> tuple[object, ...]:
        labels = [say(f"checks.{rule}", language, label=self.variable.label(language)) for language in LANGUAGES]
        return (f"{rule}:{self.variable.name}", *labels, passed, len(rows), missing, severity, rows)


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
