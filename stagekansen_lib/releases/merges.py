"""Which answers to take together so that more of a release can be shown: for the team, before protecting for good."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any, TypeAlias

from stagekansen_lib.disclosure.protect import protect
from stagekansen_lib.disclosure.published import HIDDEN_MARKS, PublishedTable
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.releases.declared import estimate_declared
from stagekansen_lib.surveys.codebooks import Code, Variable
from stagekansen_lib.wording import LANGUAGES, Language, chosen_language, say

if TYPE_CHECKING:
    import pandas as pd

    from stagekansen_lib.comparison.results import Comparison
    from stagekansen_lib.estimation.tables import EstimateTable
    from stagekansen_lib.surveys.surveys import Survey

    Result: TypeAlias = EstimateTable | Comparison

__all__ = ["MergeProposals", "merge_answers", "propose_merges"]

# A row of a published table: the table, its group, its answer.
_Row: TypeAlias = tuple[str, tuple[Any, ...], Any]


_NUMBERS = ("gained", "lost", "net", "hidden_after", "rows_after")


@dataclass(frozen=True, eq=False)
class MergeProposals:
    """Merges of answers, the one that gains most first.

    Parameters
    ----------
    table : one row a merge: variable, question_nl, question_en, codes, merge_nl, merge_en,
        gained (rows hidden now that would say something),
        lost (rows shown now that would be told in less detail, or not), net, hidden_after, rows_after, tables (those
        that gain).
    hidden, rows : how many rows are hidden now, of how many.
    rules : name and version of the rules.
    """

    table: pd.DataFrame
    hidden: int
    rows: int
    rules: str

    def sentence(self, language: str | None = None) -> str:
        """The state of things and the best merge, in plain words."""
        chosen = chosen_language(language)
        if not self.hidden:
            return say("merges.all_shown", chosen, rows=self.rows)
        state = say("merges.state", chosen, rows=self.rows, hidden=self.hidden)
        if not len(self.table):
            return f"{state} {say('merges.none', chosen)}"
        best = self.table.iloc[0]
        merge, question = best[f"merge_{chosen}"], best[f"question_{chosen}"]
        numbers = {"gained": best["gained"], "lost": best["lost"]}
        return f"{state} {say('merges.best', chosen, merge=merge, question=question, **numbers)}"

    def labelled(self, language: str | None = None) -> pd.DataFrame:
        """The table in words, for reading."""
        chosen = chosen_language(language)
        columns = [f"question_{chosen}", f"merge_{chosen}", *_NUMBERS]
        names = [say(f"merges.column_{name}", chosen) for name in ("question", "merge", *_NUMBERS)]
        found: pd.DataFrame = self.table[columns].set_axis(names, axis=1)
        return found

    def __repr__(self) -> str:
        return f"{self.sentence('en')}\n{self.labelled('en').to_string(index=False)}"

    def _repr_html_(self) -> str:
        shown = self.labelled().to_html(index=False) if len(self.table) else ""
        return f"<p>{escape(self.sentence())}</p>{shown}"


def propose_merges(
    survey: Survey,
    results: Sequence[Result] | None = None,
    *,
    rules: str = "steering_group",
    progress: bool = False,
) -> MergeProposals:
    """Which answers to merge so that most rows of a release come to say something, over all its tables at once.

    Each possible merge is tried out: all tables are estimated again with the answers as one, and protected together.
    Tried are neighbours when answers have an order, and otherwise any two, and all that are hidden somewhere as one
    rest. Comparisons are left out of account.

    Parameters
    ----------
    survey : the weighted survey.
    results : the estimates that would be released together; those that are declared when left out.
    rules : name of the rule set.
    progress : show a bar in the terminal.

    Returns
    -------
    MergeProposals : ``table`` with one row a merge that gains something, the best first: most rows gained less rows
        told in less detail, then most gained. ``sentence()`` says the best in words.

    Raises
    ------
    RefusedError, InputError : as ``protect``.

    Notes
    -----
    A merge that is chosen belongs in the codebook, as a derived variable, and in the declared tables, so that every
    table and every year merges alike. ``merge_answers`` is for a look at what would come next.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> survey = sk.read_survey("example_2022")
    >>> found = propose_merges(survey, [sk.share(survey, of="difficulty3", by="field")])
    >>> found.hidden > 0, (found.table["gained"] > 0).all()
    (True, np.True_)
    """
    import pandas as pd

    from stagekansen_lib.estimation.tables import EstimateTable

    given = estimate_declared(survey) if results is None else results
    asked = [one for one in given if isinstance(one, EstimateTable)]
    before = _rows(asked, rules)
    hidden = _hidden(before)
    possible = list(_merges(survey, asked, hidden)) if hidden else []
    found = [_tried(survey, asked, merge, before, rules) for merge in _with_bar(possible, progress)]
    gaining = [one for one in found if one["gained"] > 0]
    gaining.sort(key=lambda one: (-one["net"], -one["gained"], one["variable"], [str(code) for code in one["codes"]]))
    columns = [
        "variable", "question_nl", "question_en", "codes", "merge_nl", "merge_en", "gained", "lost",
        "net", "hidden_after", "rows_after", "tables",
    ]  # fmt: skip
    return MergeProposals(pd.DataFrame(gaining, columns=columns), len(hidden), len(before), rules)


def merge_answers(survey: Survey, of: str, codes: Iterable[Any]) -> Survey:
    """The survey with answers to one question taken together under the first of them: for a look, not for a release.

    Parameters
    ----------
    survey : the survey.
    of : a variable with answers from a list.
    codes : the answers to take together, two or more; neighbours when the answers have an order.

    Returns
    -------
    Survey : with the first of the answers in place of each, under a label that names them all; the history says so, and
        ``protect`` and ``release`` refuse it: a merge for a release stands in the codebook.

    Raises
    ------
    InputError : the variable has no such answers, fewer than two are given, or they are no neighbours.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> merged = merge_answers(sk.read_survey("example_2022"), "difficulty3", [1, 2])
    >>> merged.codebook["difficulty3"].code_label(1, "en")
    'No or little difficulty or Neutral'
    """
    merged = _taken_together(survey, of, codes)
    origin = merged.provenance
    return replace(merged, provenance=replace(origin, only_a_look=origin.history[-1]))


def _taken_together(survey: Survey, of: str, codes: Iterable[Any]) -> Survey:
    import pandas as pd

    variable, wanted = survey.variable(of), list(dict.fromkeys(codes))
    known = list(variable.valid_codes)
    _refuse_no_merge(variable, wanted)
    parts = [one for one in variable.codes if one.code in wanted]
    first, gone = parts[0], {one.code for one in parts[1:]}
    joined = Code(first.code, _joined_label(parts, "nl"), _joined_label(parts, "en"))
    left = tuple(joined if one is first else one for one in variable.codes if one.code not in gone)
    column = survey.column(of)
    ordered = bool(getattr(column.dtype, "ordered", False))
    kept = pd.CategoricalDtype([code for code in known if code not in gone], ordered=ordered)
    answers = column.astype(object).where(~column.isin(list(gone)), first.code)
    book = replace(survey.codebook, variables={**survey.codebook.variables, of: replace(variable, codes=left)})
    rows = survey.rows.assign(**{of: answers.astype(kept)})
    line = f"merged for a look: {of}, {', '.join(str(one.code) for one in parts)}"
    return replace(survey, rows=rows, codebook=book, provenance=survey.provenance.with_step(line), _encoded={})


def _joined_label(parts: Sequence[Code], language: Language) -> str:
    return say("merges.joined", language).join(part.label(language) for part in parts)


def _refuse_no_merge(variable: Variable, wanted: list[Any]) -> None:
    """Only answers of a list are merged, and only neighbours when they have an order."""
    of, known = variable.name, list(variable.valid_codes)
    problems = []
    if variable.kind not in ("nominal", "ordinal") or len(wanted) < 2:
        problems.append(Problem("Merging takes two or more answers of a question with a list of answers.", of))
    if unknown := [code for code in wanted if code not in known]:
        problems.append(Problem(f"There is no answer {', '.join(map(str, unknown))}.", of, f"Known: {known}."))
    if problems:
        raise InputError(problems)
    places = sorted(known.index(code) for code in wanted)
    if variable.kind == "ordinal" and places != list(range(places[0], places[-1] + 1)):
        raise InputError(Problem("These answers have an order, and the ones to merge are no neighbours.", of))


def _rows(results: list[EstimateTable], rules: str) -> dict[_Row, bool]:
    """For each row of the published tables whether it says something; rows that cannot be are left out."""
    found: dict[_Row, bool] = {}
    # What comes next after a merge that was made for a look is a look too: it leaves this function as counts of rows.
    looks = [replace(one, provenance=replace(one.provenance, only_a_look="")) for one in results]
    for place, table in enumerate(protect(looks, rules) if looks else []):
        if not isinstance(table, PublishedTable):
            continue
        for row in table.table.to_dict("records"):
            if row["mark"] != "empty":
                key = (str(place), tuple(row[name] for name in table.by), row.get("code", table.code))
                found[key] = row["mark"] not in HIDDEN_MARKS
    return found


def _merges(survey: Survey, asked: list[EstimateTable], hidden: set[_Row]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Sets of answers of which at least one stands in a hidden row."""
    involved = _answers_in(asked, hidden)
    single = {one.of for one in asked if one.code is not None}
    for name in sorted(set(involved) - single):
        variable = survey.variable(name)
        codes = list(variable.valid_codes)
        if variable.kind not in ("nominal", "ordinal") or len(codes) < 3:
            continue
        sets = _runs(codes) if variable.kind == "ordinal" else _pairs_and_rest(codes, involved[name])
        yield from ((name, one) for one in sets if involved[name] & set(one))


def _answers_in(asked: list[EstimateTable], rows: set[_Row]) -> dict[str, set[Any]]:
    """The answers of each variable that these rows are about."""
    found: dict[str, set[Any]] = {}
    for place, group, code in rows:
        result = asked[int(place)]
        for name, answer in (*zip(result.by, group, strict=True), (result.of, code)):
            found.setdefault(name, set()).add(answer)
    return found


def _runs(codes: list[Any]) -> Iterator[tuple[Any, ...]]:
    """Neighbours, two or more, but never all of them."""
    for length in range(2, len(codes)):
        yield from (tuple(codes[at : at + length]) for at in range(len(codes) - length + 1))


def _pairs_and_rest(codes: list[Any], involved: set[Any]) -> Iterator[tuple[Any, ...]]:
    """Any two, and all that are hidden somewhere as one rest."""
    yield from itertools.combinations(codes, 2)
    rest = tuple(code for code in codes if code in involved)
    if 2 < len(rest) < len(codes):
        yield rest


def _again(survey: Survey, asked: EstimateTable) -> EstimateTable:
    from stagekansen_lib.estimation.means import mean
    from stagekansen_lib.estimation.shares import share

    by = tuple(asked.by) or None
    if asked.statistic == "mean":
        return mean(survey, asked.of, by, ci_level=asked.ci_level)
    return share(survey, asked.of, by, code=asked.code, ci_level=asked.ci_level)


def _hidden(rows: dict[_Row, bool]) -> set[_Row]:
    return {row for row, shown in rows.items() if not shown}


def _tried(
    survey: Survey, asked: list[EstimateTable], merge: tuple[str, tuple[Any, ...]], before: dict[_Row, bool], rules: str
) -> dict[str, Any]:
    """What one merge gains and loses, by estimating and protecting everything again."""
    merged = _taken_together(survey, *merge)
    after = _rows([_again(merged, one) for one in asked], rules)
    return _judged(survey, asked, *merge, before, after)


def _judged(
    survey: Survey,
    asked: list[EstimateTable],
    variable: str,
    pair: tuple[Any, ...],
    before: dict[_Row, bool],
    after: dict[_Row, bool],
) -> dict[str, Any]:
    gained = lost = 0
    tables = set()
    for row, shown in before.items():
        place = int(row[0])
        result = asked[place]
        told = after.get(_merged(row, result, variable, pair), False)
        coarser = not _answers_of(variable, result, row).isdisjoint(pair)
        if told and not shown:
            gained += 1
            tables.add(place)
        lost += shown and (coarser or not told)
    asked_of = survey.variable(variable)
    labels = {one: " + ".join(f"'{asked_of.code_label(code, one)}'" for code in pair) for one in LANGUAGES}
    return {
        "variable": variable,
        "question_nl": asked_of.label("nl"),
        "question_en": asked_of.label("en"),
        "codes": pair,
        "merge_nl": labels["nl"],
        "merge_en": labels["en"],
        "gained": gained,
        "lost": lost,
        "net": gained - lost,
        "hidden_after": len(_hidden(after)),
        "rows_after": len(after),
        "tables": tuple(" by ".join([asked[place].of, *asked[place].by]) for place in sorted(tables)),
    }


def _merged(row: _Row, result: EstimateTable, variable: str, pair: tuple[Any, ...]) -> _Row:
    """Where a row stands when these answers are one."""
    place, group, code = row
    merged = tuple(_one(variable, pair, name, answer) for name, answer in zip(result.by, group, strict=True))
    return place, merged, _one(variable, pair, result.of, code)


def _one(variable: str, pair: tuple[Any, ...], name: str, answer: Any) -> Any:
    return pair[0] if name == variable and answer in pair else answer


def _answers_of(variable: str, result: EstimateTable, row: _Row) -> set[Any]:
    """The answers to a variable that a row is about."""
    _, group, code = row
    return {answer for name, answer in (*zip(result.by, group, strict=True), (result.of, code)) if name == variable}


def _with_bar(possible: list[Any], progress: bool) -> Iterator[Any]:
    from rich.console import Console
    from rich.progress import track

    if not progress:
        return iter(possible)
    return iter(track(possible, "Trying merges", console=Console(stderr=True)))
