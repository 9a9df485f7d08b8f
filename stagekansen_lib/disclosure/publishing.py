"""The published form of what passed: rounded, labelled, without exact counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from stagekansen_lib.disclosure.drafts import Cell, Draft, make_draft, plain_code, slug
from stagekansen_lib.disclosure.primary import judge
from stagekansen_lib.disclosure.published import PublishedComparison, PublishedTable, published_codebook
from stagekansen_lib.disclosure.rules import Declaration, RuleSet, read_declared_tables, round_down, round_to, round_up
from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.derivations import derivations
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.wording import LANGUAGES, Language, say

if TYPE_CHECKING:
    from stagekansen_lib.comparison.results import Comparison
    from stagekansen_lib.estimation.tables import EstimateTable

# How each effect is told: in points, as a number of 100 pairs, as a value, a ratio or a ratio of odds.
_UNITS = {
    "difference_in_shares": "points",
    "probability_of_superiority": "share",
    "difference_in_means": "value",
    "ratio_of_means": "ratio",
    "risk_ratio": "ratio",
    "odds_ratio": "odds",
    "odds_ratio_higher": "odds",
}

# What a declaration may say of a table besides its title and label.
_SAID = ("says", "who", "note")

__all__ = ["answer_label", "comparison_for", "group_label", "publish_comparison", "publish_table", "title_of"]


def publish_table(
    draft: Draft, rules: RuleSet, linked: tuple[str, ...], comparison: PublishedComparison | None
) -> PublishedTable:
    import pandas as pd

    result, declared = draft.result, draft.declaration
    rows = [_published_row(draft, cell, rules) for cell in draft.cells]
    code_columns = ["code"] if draft.is_distribution else []
    label_columns = ["code_nl", "code_en"] if draft.is_distribution else []
    columns = [*result.by, *code_columns, "group_nl", "group_en", *label_columns]
    table = pd.DataFrame(rows, columns=[*columns, "estimate", "ci_low", "ci_high", "base", "mark"])
    texts = {f"{name}_{one}": _declared_text(declared, name, one) for name in _SAID for one in LANGUAGES}
    return PublishedTable(
        id=draft.id,
        statistic=result.statistic,
        of=result.of,
        by=tuple(result.by),
        code=None if draft.is_distribution else plain_code(result.code),
        title_nl=_title(result, declared, "nl"),
        title_en=_title(result, declared, "en"),
        label_nl=_label(result, declared, "nl"),
        label_en=_label(result, declared, "en"),
        table=table,
        ci_level=result.ci_level,
        rules=str(rules),
        provenance=_without_history(result.provenance),
        comparison=comparison,
        focus=_focus(draft),
        codebook=published_codebook(result.codebook, (*result.by, result.of)),
        linked=linked,
        derivations=derivations(result.codebook, (*result.by, result.of)),
        **texts,
    )


def _declared_text(declared: Declaration | None, name: str, language: Language) -> str:
    """A text that is declared in both languages; empty without a declaration."""
    return str(getattr(declared, f"{name}_{language}")) if declared else ""


def _without_history(provenance: Provenance) -> Provenance:
    """Without what holds exact counts or a digest of each row."""
    return replace(provenance, history=(), made_up=None)


def _focus(draft: Draft) -> Any:
    if not draft.is_distribution or draft.declaration is None:
        return None
    return draft.declaration.focus if draft.declaration.focus is not None else draft.declaration.code


def _published_row(draft: Draft, cell: Cell, rules: RuleSet) -> dict[str, Any]:
    result = draft.result
    step = rules.step(cell.n, share=result.statistic == "share")
    figure = cell.shown and not cell.told
    row: dict[str, Any] = {name: plain_code(code) for name, code in zip(result.by, cell.group, strict=True)}
    if draft.is_distribution:
        row["code"] = plain_code(cell.code)
    for language in ("nl", "en"):
        row[f"group_{language}"] = group_label(draft, cell, language)
        if draft.is_distribution:
            row[f"code_{language}"] = _code_label(result.codebook, result.of, cell.code, language)
    return {
        **row,
        "estimate": round_to(cell.estimate, step) if figure else math.nan,
        "ci_low": round_down(cell.low, step) if figure else math.nan,
        "ci_high": round_up(cell.high, step) if figure else math.nan,
        "base": rules.base_class(cell.n) if cell.shown else "",
        "mark": cell.mark,
    }


def group_label(draft: Draft, cell: Cell, language: Language) -> str:
    """The name of the group of a cell, as readers see it."""
    if not draft.result.by:
        return say("published.everyone", language)
    return _named_group(draft.result.codebook, tuple(draft.result.by), draft.declaration, cell.group, language)


def title_of(draft: Draft, language: Language) -> str:
    """The title of the table, as readers see it."""
    return _title(draft.result, draft.declaration, language)


def answer_label(draft: Draft, cell: Cell, language: Language) -> str:
    """The answer that a cell counts, in words; empty for a mean."""
    if cell.code is None or draft.result.statistic != "share":
        return ""
    return _code_label(draft.result.codebook, draft.result.of, cell.code, language)


def _named_group(
    codebook: Codebook,
    by: tuple[str, ...],
    declared: Declaration | None,
    group: tuple[Any, ...],
    language: Language,
) -> str:
    named = getattr(declared, f"groups_{language}") if declared else {}
    if len(by) == 1 and group[0] in named:
        return str(named[group[0]])
    return ", ".join(_code_label(codebook, name, code, language) for name, code in zip(by, group, strict=True))


def _code_label(codebook: Codebook, name: str, code: Any, language: Language) -> str:
    return codebook[name].code_label(code, language) if name in codebook else str(code)


def _label(result: EstimateTable, declared: Declaration | None, language: Language) -> str:
    given = _declared_text(declared, "label", language)
    if given:
        return given
    return result.codebook[result.of].label(language) if result.of in result.codebook else result.of


def _title(result: EstimateTable, declared: Declaration | None, language: Language) -> str:
    if declared is not None:
        return _declared_text(declared, "title", language)
    return _title_of(result.codebook, result.of, tuple(result.by), language)


def _title_of(codebook: Codebook, of: str, by: tuple[str, ...], language: Language) -> str:
    names = [codebook[name].label(language) if name in codebook else name for name in (of, *by)]
    if not by:
        return names[0]
    groups = ", ".join(name[:1].lower() + name[1:] for name in names[1:])
    return say("published.title_by", language, of=names[0], by=groups)


def publish_comparison(comparison: Comparison, drafts: Sequence[Draft], rules: RuleSet) -> PublishedComparison:
    """The public form of a test; hidden when a group is too small or when it would betray a hidden cell."""
    by, declared = (comparison.by,), _declared_test(comparison)
    groups = make_draft(comparison.groups)
    judge(groups, rules)
    hidden = _is_hidden(comparison, groups, drafts, rules)
    unit = _unit(comparison)
    step = rules.step(min(cell.n for cell in groups.cells), share=unit in ("points", "share"))
    upward = _upward(comparison, unit)
    effect = upward.rounded(step) if unit and not hidden else _HIDDEN_EFFECT
    p_class = "" if hidden else _p_class(comparison, rules)
    detectable = math.nan if hidden else _detectable(comparison, unit, rules)
    levels = tuple(reversed(comparison.levels)) if upward.turned else comparison.levels
    labels = {one: _group_names(comparison, declared, levels, one) for one in LANGUAGES}
    return PublishedComparison(
        id=slug("-".join(["compare", comparison.of, *by, *comparison.adjusted_for])),
        of=comparison.of,
        by=by,
        title_nl=_test_title(comparison, declared, "nl"),
        title_en=_test_title(comparison, declared, "en"),
        groups_nl=labels["nl"],
        groups_en=labels["en"],
        answer_nl=_answer(comparison, "nl"),
        answer_en=_answer(comparison, "en"),
        effect_name=comparison.effect_name if unit else "",
        unit=unit,
        difference=effect.value,
        ci_low=effect.low,
        ci_high=effect.high,
        p_class=p_class,
        smallest_detectable=detectable,
        method=comparison.method,
        ci_level=comparison.ci_level,
        adjust_for=comparison.adjusted_for,
        mark="x" if hidden else "",
        rules=str(rules),
        provenance=_without_history(comparison.provenance),
        codebook=published_codebook(comparison.codebook, (comparison.of, *by, *comparison.adjusted_for)),
        more_nl=_declared_text(declared, "more", "nl"),
        more_en=_declared_text(declared, "more", "en"),
        derivations=derivations(comparison.codebook, (comparison.of, *by, *comparison.adjusted_for)),
    )


def _group_names(
    comparison: Comparison, declared: Declaration | None, levels: Sequence[Any], language: Language
) -> tuple[str, ...]:
    by = (comparison.by,)
    return tuple(_named_group(comparison.codebook, by, declared, (level,), language) for level in levels)


def comparison_for(draft: Draft, comparisons: Sequence[PublishedComparison]) -> PublishedComparison | None:
    """The test that belongs to a table: of the outcome it is declared with, unadjusted first."""
    outcomes = {draft.result.of, draft.declaration.compare if draft.declaration else draft.result.of}
    fitting = [one for one in comparisons if one.of in outcomes and one.by == tuple(draft.result.by) and one.by]
    return min(fitting, key=lambda one: (len(one.adjust_for), one.id), default=None)


def _declared_test(comparison: Comparison) -> Declaration | None:
    declared = read_declared_tables(comparison.codebook.name) if comparison.codebook.name else ()
    asked = (comparison.of, (comparison.by,))
    return next((one for one in declared if (one.compare, one.by) == asked), None)


def _is_hidden(comparison: Comparison, groups: Draft, drafts: Sequence[Draft], rules: RuleSet) -> bool:
    """A test needs groups that may be shown; beside a shown share a difference gives a hidden share back."""
    return (
        any(cell.n < rules.least_base or cell.effective_n < rules.least_effective_n for cell in groups.cells)
        or _leaves_too_few_degrees(comparison, rules)
        or (not groups.is_distribution and any(cell.secrets for cell in groups.cells))
        or _gives_a_hidden_row_back(comparison, drafts)
    )


def _leaves_too_few_degrees(comparison: Comparison, rules: RuleSet) -> bool:
    # Models tell their residual degrees of freedom as df. Turned round, so that an unknown number hides the effect.
    left = comparison.df_denominator if math.isfinite(comparison.df_denominator) else comparison.df
    return bool(comparison.adjusted_for) and not left >= rules.least_residual_df


def _gives_a_hidden_row_back(comparison: Comparison, drafts: Sequence[Draft]) -> bool:
    asked = (comparison.of, (comparison.by,))
    same = [draft for draft in drafts if (draft.result.of, tuple(draft.result.by)) == asked]
    return any(not cell.shown and not cell.impossible for draft in same for cell in draft.cells)


def _unit(comparison: Comparison) -> str:
    """How the effect is told; "" for measures that only statisticians read."""
    return _UNITS.get(comparison.effect_name, "") if math.isfinite(comparison.effect) else ""


@dataclass(frozen=True)
class _Effect:
    value: float
    low: float
    high: float
    turned: bool = False

    def rounded(self, step: float) -> _Effect:
        """On the published grid, the interval rounded outward."""
        return _Effect(round_to(self.value, step), round_down(self.low, step), round_up(self.high, step), self.turned)


_HIDDEN_EFFECT = _Effect(math.nan, math.nan, math.nan)


def _upward(comparison: Comparison, unit: str) -> _Effect:
    """The effect told from the group that has more of it; whether that turned the groups round."""
    effect, low, high = comparison.effect, comparison.ci_low, comparison.ci_high
    if unit in ("points", "value") and effect < 0:
        return _Effect(-effect, -high, -low, turned=True)
    if unit == "share" and effect < 0.5:
        return _Effect(1 - effect, 1 - high, 1 - low, turned=True)
    if unit in ("ratio", "odds") and low > 0 and effect < 1:
        return _Effect(1 / effect, 1 / high, 1 / low, turned=True)
    return _Effect(effect, low, high, turned=False)


def _p_class(comparison: Comparison, rules: RuleSet) -> str:
    p = comparison.p_value if comparison.p_adjusted is None else comparison.p_adjusted
    return next((f"<{limit:g}" for limit in rules.p_classes if p < limit), "none")


def _detectable(comparison: Comparison, unit: str, rules: RuleSet) -> float:
    smallest = comparison.smallest_detectable
    if smallest is None or unit not in ("points", "share"):
        return math.nan
    return round_up(abs(float(smallest)), rules.detectable_step)


def _test_title(comparison: Comparison, declared: Declaration | None, language: Language) -> str:
    if declared is not None:
        return _declared_text(declared, "title", language)
    return _title_of(comparison.codebook, comparison.of, (comparison.by,), language)


def _answer(comparison: Comparison, language: Language) -> str:
    """The answer whose share is compared, in words; empty when the outcome is not a share."""
    if comparison.answer is None:
        return ""
    answer = _code_label(comparison.codebook, comparison.of, comparison.answer, language)
    return f"{answer[:1].lower()}{answer[1:]}"
