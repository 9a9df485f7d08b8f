"""The table that opens an article: who took part, of everyone and of each group, several variables at once."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from stagekansen_lib.arguments import some_names
from stagekansen_lib.comparison.comparing import compare
from stagekansen_lib.comparison.corrections import CORRECTIONS, adjust_p_values
from stagekansen_lib.errors import DoubtWarning, InputError, Problem, did_you_mean
from stagekansen_lib.estimation.means import mean, variance
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.surveys import Survey, need_survey
from stagekansen_lib.surveys.words import answer_text, frame_html, p_text, precise_writer, variable_text, warning_lines
from stagekansen_lib.wording import Language, chosen_language, number_text, percent_text, say

__all__ = ["TableOne", "table_one"]

_LISTED = ("nominal", "ordinal")

_COLUMNS = ["of", "code", "group", "n", "count", "estimate", "se", "sd"]


@dataclass(frozen=True, eq=False)
class TableOne:
    """Several variables of everyone and of each group. May hold small groups.

    Parameters
    ----------
    table : one row an estimate: of, code (the answer; empty for a number), group (empty for everyone), n (answers that
        it rests on, unweighted), count (of those with the answer, unweighted), estimate (weighted share of 0 to 1, or
        mean), se, sd (of numbers, weighted), p_value and p_adjusted (of the comparison of the groups; the same in each
        row of a variable, empty where there was no test).
    of, by : the variables; ``by`` is empty without groups.
    sizes : respondents of everyone (None) and of each group, unweighted, also those without an answer to a variable.
    correction : how p values were corrected for the number of variables.
    codebook, provenance : labels, and what a reader must know.
    """

    table: pd.DataFrame
    of: tuple[str, ...]
    by: str
    sizes: tuple[tuple[Any, int], ...]
    correction: str
    codebook: Codebook
    provenance: Provenance

    def labelled(self, language: str | None = None) -> pd.DataFrame:
        """The table in words: a row for each variable or answer, a column for each group. For reading.

        Parameters
        ----------
        language : "nl" or "en"; the default follows ``wording.chosen_language``.
        """
        return _labelled(self, chosen_language(language))

    def __repr__(self) -> str:
        return self.labelled("en").to_string(index=False)

    def _repr_html_(self) -> str:
        language = chosen_language()
        notes = [say("table_one.note", language), *warning_lines(self.provenance, language)]
        if self.by and self.correction != "none":
            notes.insert(1, say("tables.corrected", language, correction=self.correction))
        return frame_html(self.labelled(language), say("table_one.title", language), notes)


def table_one(survey: Survey, of: Sequence[str], by: str | None = None, *, correction: str = "none") -> TableOne:
    """Table 1: shares of answers and means of numbers, of everyone and by group, with a comparison of the groups.

    Parameters
    ----------
    survey : the survey.
    of : variables with answers from a list, counts and numbers, in the order of the table.
    by : the variable that makes the groups; everyone only when left out.
    correction : of p values, for the number of variables: as for ``adjust_p_values``. "none" by default, for groups
        that are only described.

    Returns
    -------
    TableOne : with ``table`` for computing and ``labelled`` for reading.

    Raises
    ------
    InputError : an unknown variable or correction; the group among the variables; a variable that neither a share nor a
        mean fits, such as a set of answers (name one answer of it: 'set[1]').
    RefusedError : a variable that may point at a person.

    Notes
    -----
    Shares, means and their standard errors are those of ``share`` and ``mean``, p values those of ``compare`` with
    its usual method; a variable without a possible comparison has none. Groups that are not drawn by chance differ: a
    p value in a table 1 tells nothing about what holds for whom, a difference does.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> frame = pd.DataFrame({"level": ["mbo", "hbo"] * 20, "safe": ["yes", "no", "yes", "yes"] * 10})
    >>> frame["hours"] = range(40)
    >>> print(table_one(survey_from_frame(frame), ["safe", "hours"], "level").labelled("en").iloc[:, :2].to_string())
         Feature        Everyone
    0          n              40
    1   safe: no      10 (25.0%)
    2  safe: yes      30 (75.0%)
    3      hours  19.5 (sd 11.7)
    """
    need_survey(survey)
    names = list(some_names("of", of))
    if by is not None and by in names:
        raise InputError(Problem(f"'{by}' is both group and variable.", do="Leave it out of of=."))
    if correction not in CORRECTIONS:
        raise InputError(Problem(f"correction is {correction!r}.", do=did_you_mean(str(correction), CORRECTIONS)))
    kinds = {name: survey.variable(name).kind for name in names}
    problems = [
        Problem(f"'{name}' is of kind '{kind}': neither a share nor a mean fits.", do=f"Name one answer: '{name}[1]'.")
        for name, kind in kinds.items()
        if kind not in (*_LISTED, "number", "count")
    ]
    if problems:
        raise InputError(problems)
    frame = pd.concat([_described(survey, name, kinds[name], by) for name in names], ignore_index=True)
    tests = dict.fromkeys(names, math.nan) if by is None else {name: _p_value(survey, name, by) for name in names}
    known = [name for name in names if math.isfinite(tests[name])]
    corrected = dict(zip(known, adjust_p_values([tests[name] for name in known], correction), strict=True))
    frame["p_value"] = frame["of"].map(tests)
    frame["p_adjusted"] = frame["of"].map(corrected).astype(float)
    return TableOne(frame, tuple(names), by or "", _sizes(survey, by), correction, survey.codebook, survey.provenance)


def _sizes(survey: Survey, by: str | None) -> tuple[tuple[Any, int], ...]:
    weighed = survey.design.row_weights > 0
    everyone = (None, int(weighed.sum()))
    if by is None:
        return (everyone,)
    encoded = survey.encoded(by)
    counts = [int((weighed & (encoded.codes == at)).sum()) for at in range(len(encoded.levels))]
    return (everyone, *((level, count) for level, count in zip(encoded.levels, counts, strict=True) if count))


def _described(survey: Survey, name: str, kind: str, by: str | None) -> pd.DataFrame:
    """One variable: of everyone, and of each group."""
    with warnings.catch_warnings():
        # A group whose interval has no limit: this table has no intervals.
        warnings.simplefilter("ignore", DoubtWarning)
        parts = [_estimates(survey, name, kind, group) for group in ([None] if by is None else [None, by])]
    return pd.concat(parts, ignore_index=True)


def _estimates(survey: Survey, name: str, kind: str, by: str | None) -> pd.DataFrame:
    listed = kind in _LISTED
    found = share(survey, name, by) if listed else mean(survey, name, by)
    table = found.table
    return pd.DataFrame(
        {
            "of": name,
            "code": table["code"] if listed else None,
            "group": None if by is None else table[by],
            "n": table["n"],
            "count": found.basis["count"] if listed else table["n"],
            "estimate": table["estimate"],
            "se": table["se"],
            "sd": math.nan if listed else variance(survey, name, by).table["estimate"] ** 0.5,
        },
        columns=_COLUMNS,
    ).astype({"code": object, "group": object, "sd": float})


def _p_value(survey: Survey, name: str, by: str) -> float:
    """Of the usual comparison of the groups; NaN where there is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DoubtWarning)
        try:
            return compare(survey, name, by).p_value
        except InputError:
            return math.nan


def _labelled(found: TableOne, language: Language) -> pd.DataFrame:
    book, table = found.codebook, found.table
    heads = {None: say("table_one.everyone", language)}
    heads |= {group: answer_text(book, found.by, group, language) for group, _ in found.sizes[1:]}
    feature, p_head = say("tables.term", language), say("tables.p", language)
    rows = [{feature: "n", **{heads[group]: number_text(size, language) for group, size in found.sizes}}]
    for (name, code), part in _parts(table):
        label = variable_text(book, name, language)
        if code is not None:
            label = f"{label}: {answer_text(book, name, code, language)}"
        cells = {heads[_known(row["group"])]: _cell(row, language) for _, row in part.iterrows()}
        rows.append({feature: label, **cells})
        first = table["of"].eq(name).idxmax() == part.index[0]
        if found.by:
            rows[-1][p_head] = _p_text(part.iloc[0], found.correction, language) if first else ""
    return pd.DataFrame(rows).fillna("")


def _parts(table: pd.DataFrame) -> list[tuple[tuple[str, Any], pd.DataFrame]]:
    """The rows of each variable and answer, in the order of the table."""
    keys = [(name, _known(code)) for name, code in zip(table["of"], table["code"], strict=True)]
    places: dict[tuple[str, Any], list[int]] = {}
    for at, key in enumerate(keys):
        places.setdefault(key, []).append(at)
    return [(key, table.iloc[at]) for key, at in places.items()]


def _known(value: Any) -> Any:
    """A value, or None where there is none."""
    return None if value is None or value != value else value


def _cell(row: pd.Series, language: Language) -> str:
    if _known(row["code"]) is not None:
        return f"{number_text(row['count'], language)} ({percent_text(row['estimate'], language, decimals=1)})"
    # Three digits of the spread, and the mean to the same place.
    write = precise_writer(row["sd"] / 10 or math.nan, language)
    return f"{write(row['estimate'])} (sd {write(row['sd'])})"


def _p_text(row: pd.Series, correction: str, language: Language) -> str:
    value = row["p_value"] if correction == "none" else row["p_adjusted"]
    return p_text(float(value), language).removeprefix("p = ").removeprefix("p ") if math.isfinite(value) else ""
