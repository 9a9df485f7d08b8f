"""``protect``: the only door between results about people and what may be shown to everyone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any, TypeAlias

from stagekansen_lib.disclosure.costs import Saving, savings
from stagekansen_lib.disclosure.drafts import EXACT, Cell, Draft, make_draft
from stagekansen_lib.disclosure.explaining import picture_of, words_of_rows
from stagekansen_lib.disclosure.optimal import Suppression
from stagekansen_lib.disclosure.primary import judge
from stagekansen_lib.disclosure.published import PublishedComparison, PublishedTable
from stagekansen_lib.disclosure.publishing import (
    answer_label,
    comparison_for,
    group_label,
    publish_comparison,
    publish_table,
    title_of,
)
from stagekansen_lib.disclosure.reasons import kind_of
from stagekansen_lib.disclosure.rules import RuleSet, read_rules
from stagekansen_lib.disclosure.secondary import hide_secondary, mark_impossible
from stagekansen_lib.errors import InputError, Problem, RefusedError
from stagekansen_lib.surveys.provenance import refuse_looks
from stagekansen_lib.wording import Language, chosen_language, percent_text, say

if TYPE_CHECKING:
    import pandas as pd

    from stagekansen_lib.comparison.results import Comparison
    from stagekansen_lib.estimation.tables import EstimateTable

    Result: TypeAlias = EstimateTable | Comparison

__all__ = ["ProtectionReport", "protect", "protect_with_report"]

_STATISTICS = ("share", "mean")


@dataclass(frozen=True, eq=False)
class ProtectionReport:
    """Why each cell is as it is, with exact counts: for the team only, never published.

    ``table`` has one row a cell: table, group, code, n, count, estimate, mark, reasons (a tuple of ``Reason``), and
    title, group and answer in words. ``kept`` is the share of cells that say something, 0 to 1; ``kept_by_table`` the
    same for each table, as (shown, cells). ``suppression`` says what secondary protection cost, and how far from the
    least that can be (``method``, ``gap``). ``savings`` are merges of two answers, the one that would show most rows
    again first: a first look, which ``propose_merges`` tries out. In a notebook the report shows its picture.
    """

    table: pd.DataFrame
    kept: float
    kept_by_table: dict[str, tuple[int, int]]
    rules: str
    suppression: Suppression = field(default_factory=Suppression)
    savings: tuple[Saving, ...] = ()

    def why(self, language: str | None = None, *, hidden_only: bool = False) -> pd.DataFrame:
        """One row a cell in words: table, group, answer, n, count, estimate, mark, why."""
        table = self.table[self.table["mark"] == "x"] if hidden_only else self.table
        return words_of_rows(table, language)

    def draw(self, language: str | None = None) -> str:
        """A square a cell, a line a table, coloured and lettered by its reason: SVG, for the team only."""
        return picture_of(self.table, language)

    def sentence(self, language: str | None = None) -> str:
        """How much says something, how much is hidden and for what, and how good the choice was."""
        chosen = chosen_language(language)
        kinds = [kind_of(mark, why) for mark, why in zip(self.table["mark"], self.table["reasons"], strict=True)]
        cells = sum(number for _, number in self.kept_by_table.values())
        hidden = {name: kinds.count(name) for name in ("secret", "partner", "unreliable")}
        best = self.suppression.method == "optimal"
        how = "protection.best" if best else "protection.gap"
        told = say(how, chosen, gap=percent_text(self.suppression.gap, chosen))
        report = say("protection.report", chosen, cells=cells, shown=cells - sum(hidden.values()), how=told, **hidden)
        return " ".join([report, *self._most_saving(chosen)])

    def _most_saving(self, language: Language) -> list[str]:
        """The merge that would save most, in words; nothing when none would."""
        return [
            say(
                "protection.saving",
                language,
                merge=one.merge(language),
                question=one.variable.label(language),
                saved=one.saved,
                partners=one.partners,
            )
            for one in self.savings[:1]
        ]

    def costs(self, language: str | None = None) -> pd.DataFrame:
        """The merges that would save most: question, answers, rows no longer too small, rows hidden only for those."""
        import pandas as pd

        chosen = chosen_language(language)
        rows = [(one.variable.label(chosen), one.merge(chosen), one.small, one.partners) for one in self.savings]
        names = ("question", "merge", "small", "partners")
        return pd.DataFrame(rows, columns=[say(f"protection.cost_{name}", chosen) for name in names])

    def __repr__(self) -> str:
        return f"{say('protection.team_only', 'en')} {self.sentence('en')}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.sentence())}</p>{self.draw()}"


def protect(
    results: Result | Sequence[Result], rules: str = "steering_group"
) -> list[PublishedTable | PublishedComparison]:
    """The published form of results: rounded, with small and telling cells hidden, safe against subtraction.

    All tables that will be released together go through one call, because a table can betray a cell of
    another.

    Parameters
    ----------
    results : an EstimateTable or Comparison, or a list of them.
    rules : name of the rule set in ``data/rules``: "steering_group", "public", or "team" (never released).

    Returns
    -------
    list, in the order of ``results``: a PublishedTable for each EstimateTable (share or mean), a
    PublishedComparison for each Comparison. A comparison is also attached to the table it is declared with.

    Raises
    ------
    RefusedError : the survey is a twin of answers of people, or was changed for a look (``merge_answers``); it is not
        marked synthetic and nobody has judged these
        rules for real answers; a statistic other than share or mean; answers merged in the call; a table given
        twice, or a cell told in two ways; a mean of a two-valued answer.
    InputError : something else than results.

    Notes
    -----
    Rules R1 to R5 and R7 work cell by cell, on unweighted counts, effective n and contributions. Secondary
    protection (R6) is one problem over all tables of the call: it hides the cheapest set of rows such that a reader
    who knows the exact count and base of every row shown cannot compute a secret count too closely (integer program
    and linear programs, see ``disclosure/optimal.py``). What a row costs, and how long is searched, stands in the
    rules. When the search reaches its bounds, a simple choice takes over that is as safe and hides more; the report
    of ``protect_with_report`` then gives the largest part of the cost that could still be saved.

    The reader of R6 knows sums over answers and over groups, the rules by which variables are made from the same
    questions (R14: a grouping beside its coarser form is one system of sums), and the answers of one respondent. He
    must not be sure either that nine in ten of a group gave one sensitive answer, nor that nine in ten of those who
    gave an answer belong to one sensitive group (R15). He does not combine three two-way tables that share their
    variables in a ring, nor earlier releases. ``attack`` does, on what is published.

    Answers of real people are refused until ``real_surveys`` in the file of the rules names at least two people who
    judged protection and attacks, when, and for which version of the rules. Nobody has done so for the rules as they
    come with the project.

    Sources: Brandt and others (2010), Guidelines for the checking of output based on microdata research;
    Parker and others (2017), Vital and Health Statistics 2(175), for Korn-Graubard intervals; Hundepool and
    others (2012), Statistical Disclosure Control, doi:10.1002/9781118348239.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> survey = sk.read_survey("example_2022")
    >>> protect(sk.share(survey, of="discrimination_experienced", by="level"))[0].table["base"].tolist()
    ['100-149', '100-149', '150-199', '150-199']
    """
    return protect_with_report(results, rules)[0]


def protect_with_report(
    results: Result | Sequence[Result], rules: str = "steering_group"
) -> tuple[list[PublishedTable | PublishedComparison], ProtectionReport]:
    """As ``protect``, with the reason for each cell beside it: for the team's gatekeeper, inside the wall.

    Parameters
    ----------
    results, rules : as for ``protect``.

    Returns
    -------
    The list that ``protect`` gives, and a ProtectionReport: one row a cell with its exact count and reason. The report
    is never released.

    Raises
    ------
    RefusedError, InputError : as ``protect``.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> survey = sk.read_survey("example_2022")
    >>> published, report = protect_with_report(sk.share(survey, of="discrimination_experienced", by="level"))
    >>> published[0].shown, report.kept, report.table["mark"].tolist()
    (4, 1.0, ['', '', '', ''])
    """
    asked: list[Any] = list(results) if isinstance(results, (list, tuple)) else [results]
    rule_set = read_rules(rules)
    _check_asked(asked, rule_set)
    drafts = {place: make_draft(result) for place, result in enumerate(asked) if _is_table(result)}
    tables = list(drafts.values())
    suppression = _protect_drafts(tables, rule_set)
    published = _published(asked, drafts, rule_set)
    return [published[place] for place in range(len(asked))], _report(tables, rule_set, suppression)


def _published(
    asked: list[Any], drafts: dict[int, Draft], rules: RuleSet
) -> dict[int, PublishedTable | PublishedComparison]:
    """The public form of each result by its place, each naming all that was protected with it."""
    comparisons = {
        place: publish_comparison(result, list(drafts.values()), rules)
        for place, result in enumerate(asked)
        if place not in drafts
    }
    ids = [draft.id for draft in drafts.values()] + [one.id for one in comparisons.values()]
    _refuse_repeated(ids)
    linked = tuple(sorted(ids))
    comparisons = {place: replace(one, linked=linked) for place, one in comparisons.items()}
    tables = {
        place: publish_table(draft, rules, linked, comparison_for(draft, list(comparisons.values())))
        for place, draft in drafts.items()
    }
    return {**tables, **comparisons}


def _protect_drafts(drafts: list[Draft], rules: RuleSet) -> Suppression:
    """Judge each cell, then hide what protects the secret ones."""
    _check_together(drafts)
    _refuse_told_twice(drafts)
    mark_impossible(drafts)
    for draft in drafts:
        judge(draft, rules)
    # In the order of their names, so that the same results give the same bytes in whatever order they were given.
    ordered = sorted(drafts, key=lambda draft: draft.id)
    return hide_secondary(ordered, rules)


def _is_table(result: object) -> bool:
    from stagekansen_lib.estimation.tables import EstimateTable

    return isinstance(result, EstimateTable)


def _check_asked(asked: list[Any], rules: RuleSet) -> None:
    """Refuse what cannot be protected, and answers of people under rules that nobody has judged."""
    _check_types(asked)
    refuse_looks(one.provenance for one in asked)
    twins = _surveys(one for one in asked if one.provenance.twin_of_people)
    if twins:
        raise RefusedError(
            f"{twins} is a twin of answers of people. It is there to practise with inside the team: it is"
            " too like the real answers to publish, and nothing in it is a finding. Protect results of the survey"
            " itself."
        )
    real = _surveys(one for one in asked if not one.provenance.synthetic)
    if real and rules.real_surveys is None:
        raise RefusedError(
            f"Survey {real} is not marked synthetic, so it holds answers of people. The rules '{rules}' do"
            " not say that protection and attacks have been judged by people who may release answers of real students."
            " Keep results of real answers inside the team and work on with the example survey. When at least two"
            " people who answer for the data have judged them, they fill in their names, the date and the version of"
            f" the rules under real_surveys in data/rules/{rules.name}.yaml."
        )
    _check_tables([one for one in asked if _is_table(one)])


def _check_types(asked: list[Any]) -> None:
    from stagekansen_lib.comparison.results import Comparison

    if not asked:
        raise InputError(
            Problem("There is nothing to protect.", do="Give at least one result of share, mean or compare.")
        )
    wrong = [type(one).__name__ for one in asked if not _is_table(one) and not isinstance(one, Comparison)]
    if wrong:
        raise InputError(
            Problem(
                f"protect takes results, not {', '.join(wrong)}.",
                do="Give what share, mean or compare returned.",
            )
        )


def _surveys(results: Iterable[Result]) -> str:
    return ", ".join(sorted({one.provenance.survey or "(no name)" for one in results}))


def _check_tables(tables: list[EstimateTable]) -> None:
    unknown = sorted({one.statistic for one in tables if one.statistic not in _STATISTICS})
    if unknown:
        raise RefusedError(
            f"Of the statistics only share and mean can be protected in this version, not {', '.join(unknown)}."
        )
    merged = sorted({one.of for one in tables if isinstance(one.code, (list, tuple, set, frozenset))})
    if merged:
        raise RefusedError(
            f"Answers of {', '.join(merged)} were taken together in the call. Merge them in the codebook, as a derived"
            " variable, so that all tables of a release merge in the same way."
        )


def _check_together(drafts: list[Draft]) -> None:
    for draft in drafts:
        result = draft.result
        codes = result.codebook[result.of].valid_codes if result.of in result.codebook else ()
        if result.statistic == "mean" and len(codes) == 2:
            raise RefusedError(f"A mean of '{result.of}' is a share in disguise. Use share(survey, of='{result.of}').")
    calls = [(draft.result.statistic, draft.result.of, tuple(draft.result.by), draft.result.code) for draft in drafts]
    for call in calls:
        if calls.count(call) > 1:
            statistic, of, by, _ = call
            groups = f" by {', '.join(by)}" if by else ""
            raise RefusedError(
                f"The {statistic} of '{of}'{groups} is given twice. Two versions of one table, such as weighted and"
                " unweighted, tell more together than each alone. Keep one."
            )


def _refuse_told_twice(drafts: Sequence[Draft]) -> None:
    """One cell told in two ways, such as weighted and unweighted, or of all and of some, tells more than each alone."""
    seen: dict[Any, tuple[float, float, str]] = {}
    for draft in drafts:
        for cell in draft.cells:
            group = frozenset(zip(draft.result.by, cell.group, strict=True))
            place = (draft.result.statistic, draft.result.of, cell.code, group)
            n, estimate, other = seen.setdefault(place, (cell.n, cell.estimate, draft.id))
            if n != cell.n or abs(estimate - cell.estimate) > EXACT:
                raise RefusedError(
                    f"Tables {other} and {draft.id} tell the same cell in two ways, such as weighted and unweighted, or"
                    " of everyone and of some. Together they tell more than each alone. Keep one."
                )


def _refuse_repeated(ids: list[str]) -> None:
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise RefusedError(f"Given twice, or in two forms of the same content: {', '.join(twice)}. Keep one of each.")


def _report(drafts: list[Draft], rules: RuleSet, suppression: Suppression) -> ProtectionReport:
    import pandas as pd

    rows = [_reported(draft, cell) for draft in drafts for cell in draft.cells]
    kept = {draft.id: _kept(draft) for draft in drafts}
    total = sum(cells for _, cells in kept.values())
    share_kept = sum(shown for shown, _ in kept.values()) / total if total else math.nan
    # In the order in which protection numbered the rows.
    saving = tuple(savings(sorted(drafts, key=lambda draft: draft.id), suppression, rules))
    return ProtectionReport(pd.DataFrame(rows), share_kept, kept, str(rules), suppression, saving)


def _kept(draft: Draft) -> tuple[int, int]:
    """How many cells are shown, of how many that can be."""
    possible = [cell for cell in draft.cells if not cell.impossible]
    return sum(cell.shown for cell in possible), len(possible)


def _reported(draft: Draft, cell: Cell) -> dict[str, Any]:
    return {
        "table": draft.id,
        "title_nl": title_of(draft, "nl"),
        "title_en": title_of(draft, "en"),
        "group": group_label(draft, cell, "nl"),
        "code": cell.code,
        "group_nl": group_label(draft, cell, "nl") if draft.result.by else "",
        "group_en": group_label(draft, cell, "en") if draft.result.by else "",
        "answer_nl": answer_label(draft, cell, "nl"),
        "answer_en": answer_label(draft, cell, "en"),
        "n": cell.n,
        "count": cell.count,
        "estimate": cell.estimate,
        "mark": cell.mark,
        "reasons": cell.why,
    }
