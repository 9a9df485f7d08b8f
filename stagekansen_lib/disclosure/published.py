"""What may be shown to everyone: tables and comparisons that have passed ``protect``.

Charts, maps, views and writers accept these types only; ``require_published`` is the guard at their door.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stagekansen_lib.assets import html_table
from stagekansen_lib.errors import RefusedError
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.wording import Language, chosen_language, number_text, percent_text, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["HIDDEN_MARKS", "PublishedComparison", "PublishedTable", "published_codebook", "require_published"]

# Marks of rows without a figure. "<10%" and ">90%" are shown as they stand.
HIDDEN_MARKS = ("x", ".", "empty")
_HEADS = ("group", "figure", "interval", "answers")


@dataclass(frozen=True, eq=False)
class PublishedComparison:
    """The public form of a test: effect and interval on the published grid, p as a class, and nothing else.

    Parameters
    ----------
    id, title_nl, title_en : name and titles of the comparison.
    of, by : the outcome and the grouping variables.
    groups_nl, groups_en : labels of the compared groups; the effect is of the second against the first, told
        upward.
    effect_name : what the effect is, such as "difference" or "probability of superiority".
    unit : "points" (a difference of shares, 0 to 1), "share" (a probability), "value" or "ratio"; empty
        without effect.
    difference, ci_low, ci_high : rounded effect and its interval, rounded outward. NaN when hidden.
    p_class : "<0.001", "<0.01", "<0.05" or "none" (no demonstrable difference); empty when hidden.
    smallest_detectable : rounded up to steps of five points; NaN when unknown or not in points.
    method : name of the test.
    adjust_for : variables held constant.
    more_nl, more_en : what a higher answer means ("has more difficulty"), when declared.
    mark : "" or "x" when the comparison is hidden.
    derivations : how its variables are made from questions.
    """

    id: str
    of: str
    by: tuple[str, ...]
    title_nl: str
    title_en: str
    groups_nl: tuple[str, ...]
    groups_en: tuple[str, ...]
    effect_name: str
    unit: str
    difference: float
    ci_low: float
    ci_high: float
    p_class: str
    smallest_detectable: float
    method: str
    ci_level: float = 0.95
    adjust_for: tuple[str, ...] = ()
    answer_nl: str = ""
    answer_en: str = ""
    more_nl: str = ""
    more_en: str = ""
    mark: str = ""
    rules: str = ""
    provenance: Provenance = field(default_factory=Provenance)
    codebook: Codebook = field(default_factory=lambda: Codebook("published"))
    linked: tuple[str, ...] = ()
    derivations: tuple[Mapping[str, Any], ...] = ()

    def title(self, language: str | None = None) -> str:
        return _told(self, "title", chosen_language(language))

    def sentence(self, language: str | None = None) -> str:
        """Effect with margin, p as a class, and what this measurement can find: plain text, no exact count."""
        chosen = chosen_language(language)
        start = [say("published.synthetic", chosen)] if self.provenance.synthetic else []
        if self.mark == "x":
            return " ".join([*start, say("published.comparison_hidden", chosen, label=self.title(chosen))])
        return " ".join([*start, self._effect(chosen), *self._certainty(chosen)])

    def __repr__(self) -> str:
        return f"PublishedComparison '{self.id}': {self.sentence('en')}"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p><b>{escape(self.title())}</b></p><p>{escape(self.sentence())}</p>"

    def _effect(self, language: Language) -> str:
        groups: tuple[str, ...] = getattr(self, f"groups_{language}")
        answer = _told(self, "answer", language)
        label = f"{self.title(language)} ({answer})" if answer else self.title(language)
        if len(groups) != 2 or not math.isfinite(self.difference):
            return say("published.association", language, label=label, groups="; ".join(groups))
        forms = {"points": "difference", "share": "superiority", "ratio": "ratio", "odds": "odds"}
        return say(
            f"published.{forms.get(self.unit, 'difference_mean')}",
            language,
            label=label,
            first=groups[0],
            second=groups[1],
            odds_of=say("published.odds_answer" if answer else "published.odds_higher", language),
            more=_told(self, "more", language) or say("published.more", language),
            interval=_interval_word(self.provenance, language),
            value=self._amount(self.difference, language),
            low=self._limit(self.ci_low, language),
            high=self._limit(self.ci_high, language),
        )

    def _certainty(self, language: Language) -> Iterator[str]:
        if self.adjust_for:
            names = [self.codebook[n].label(language) if n in self.codebook else n for n in self.adjust_for]
            yield say("published.adjusted", language, names=", ".join(name[:1].lower() + name[1:] for name in names))
        if self.p_class == "none":
            yield say("published.p_none", language)
        elif self.p_class:
            limit = self.p_class.removeprefix("<")
            decimals = len(limit.partition(".")[2])
            yield say("published.p_class", language, p=number_text(float(limit), language, decimals))
        if math.isfinite(self.smallest_detectable):
            form = "published.detectable_pairs" if self.unit == "share" else "published.detectable"
            yield say(form, language, value=self._amount(self.smallest_detectable, language))

    def _amount(self, value: float, language: Language) -> str:
        if self.unit == "points":
            return _points(value, language)
        return self._limit(value, language)

    def _limit(self, value: float, language: Language) -> str:
        if self.unit in ("points", "share"):
            return number_text(value * 100, language)
        return number_text(value, language, decimals=1)


class _Kept:
    """A table that is kept as it was given: whoever asks for it gets a copy, and changes that one alone."""

    def __get__(self, owner: PublishedTable | None, _: type | None = None) -> pd.DataFrame:
        if owner is None:
            raise AttributeError  # the field has no default
        kept: pd.DataFrame = owner.__dict__["_kept_table"]
        return kept.copy()

    def __set__(self, owner: PublishedTable, given: pd.DataFrame) -> None:
        owner.__dict__["_kept_table"] = given.copy()


@dataclass(frozen=True, eq=False)
class PublishedTable:
    """A table that has passed ``protect``: rounded, with hidden cells, and without exact counts.

    Parameters
    ----------
    id : name of the table, also of its file and of its place in an address.
    statistic : "share" or "mean". ``of``, ``by``, ``code``: as in the call that made it.
    title_nl, title_en : title of the table. ``label_nl``, ``label_en``: the outcome in words.
    table : a copy of what was published, so that nobody changes it by assigning into it: one row a group (and code,
        when ``code`` is None and the statistic a share), in the order of the codebook:

        one column for each variable of ``by`` (codes); ``code``, ``code_nl``, ``code_en`` for a distribution;
        ``group_nl``, ``group_en``; ``estimate``, ``ci_low``, ``ci_high`` (shares 0 to 1, on the published
        grid, NaN when hidden); ``base`` (a class such as "100-149", "" when hidden); ``mark``:

        "" shown, "~" uncertain, "x" hidden, "." missing, "empty" impossible, "<10%" and ">90%" a class in
        place of the figure. A cell that is secret and a cell that protects it look the same.
    ci_level : level of the intervals, 0 to 1. ``rules``: name and version of the rule set.
    provenance : without history, because its lines hold exact counts. ``sources``: ids of the source
        register.
    comparison : the test that belongs to this table, or None.
    focus : the code that sentences speak of when the table is a distribution.
    codebook : labels of the variables in ``of`` and ``by``, real answers only.
    linked : ids of everything that was protected in the same call. A release holds one such set.
    says_nl, says_en, who_nl, who_en : the outcome as the end of a sentence ("has experienced discrimination")
        and of whom it is said ("the students"), when declared; otherwise sentences use the label.
    derivations : how the variables of the table are made from questions, as ``surveys.derivations`` writes it.
    """

    id: str
    statistic: str
    of: str
    by: tuple[str, ...]
    code: int | str | None
    title_nl: str
    title_en: str
    label_nl: str
    label_en: str
    table: _Kept = _Kept()
    ci_level: float = 0.95
    rules: str = ""
    provenance: Provenance = field(default_factory=Provenance)
    comparison: PublishedComparison | None = None
    focus: int | str | None = None
    codebook: Codebook = field(default_factory=lambda: Codebook("published"))
    linked: tuple[str, ...] = ()
    says_nl: str = ""
    says_en: str = ""
    who_nl: str = ""
    who_en: str = ""
    note_nl: str = ""
    note_en: str = ""
    derivations: tuple[Mapping[str, Any], ...] = ()

    @property
    def kind(self) -> str:
        """What the figures are: "share" or "mean"."""
        return self.statistic

    @property
    def sources(self) -> tuple[str, ...]:
        return self.provenance.sources

    @property
    def is_distribution(self) -> bool:
        """True when there is a row for each code of the outcome."""
        return "code" in self.table.columns

    @property
    def shown(self) -> int:
        """How many rows say something: a figure or a class."""
        return int((~self.table["mark"].isin(HIDDEN_MARKS)).sum())

    def title(self, language: str | None = None) -> str:
        return _told(self, "title", chosen_language(language))

    def label(self, language: str | None = None) -> str:
        return _told(self, "label", chosen_language(language))

    def value_text(self, row: Any, language: str | None = None) -> str:
        """What stands in a cell: "45%", "45% ~", "<10%", "x".

        ``row`` is a row of ``table``, as a Series, a named tuple or a mapping.
        """
        estimate, mark = _get(row, "estimate"), str(_get(row, "mark"))
        if not math.isfinite(estimate):
            return mark
        return f"{self._amount(estimate, chosen_language(language))} {mark}".strip()

    def interval_text(self, row: Any, language: str | None = None) -> str:
        """The interval of a cell as text: "38% tot 52%"; empty when the cell is hidden."""
        low, high = _get(row, "ci_low"), _get(row, "ci_high")
        if not (math.isfinite(low) and math.isfinite(high)):
            return ""
        chosen = chosen_language(language)
        return say("published.from_to", chosen, low=self._amount(low, chosen), high=self._amount(high, chosen))

    def sentence(self, language: str | None = None) -> str:
        """What the table says, with its margin and class of base, in plain words.

        A distribution speaks of its ``focus`` code. Made-up data are named as such first.
        """
        chosen = chosen_language(language)
        said = [say("published.synthetic", chosen)] if self.provenance.synthetic else []
        rows = [row for row in self._rows() if self._speaks_of(row)]
        if all(row["mark"] in HIDDEN_MARKS for row in rows):
            return " ".join([*said, say("published.nothing", chosen, label=self._full_label(chosen))])
        said.append(self._one(rows[0], chosen) if len(rows) == 1 else self._about_groups(rows, chosen))
        hidden = [self._part_label(row, chosen) for row in rows if row["mark"] == "x"]
        if hidden:
            said.append(say("published.hidden", chosen, groups=", ".join(hidden)))
        return " ".join([*said, _told(self, "note", chosen)]).strip()

    def reliability(self, language: str | None = None) -> str:
        """How far the table can be trusted: uncertain cells, self-selection, proxies, rounding."""
        chosen = chosen_language(language)
        said = [say("published.synthetic", chosen)] if self.provenance.synthetic else []
        uncertain = dict.fromkeys(self._cell_label(row, chosen) for row in self._rows() if row["mark"] == "~")
        if uncertain:
            said.append(say("published.uncertain", chosen, groups="; ".join(uncertain)))
        elif self.shown:
            said.append(say("published.reliable", chosen))
        if self.provenance.self_selected:
            said.append(say("published.self_selected", chosen))
        said += [proxy[chosen] for proxy in self.provenance.proxies if proxy.get(chosen)]
        return " ".join([*said, say("published.rounded", chosen)])

    def __repr__(self) -> str:
        synthetic = ", synthetic data: not a finding" if self.provenance.synthetic else ""
        return (
            f"PublishedTable '{self.id}': {self.shown} of {len(self.table)} rows shown, rules {self.rules}{synthetic}"
        )

    def _repr_html_(self) -> str:
        from html import escape

        language = chosen_language()
        rows = [
            (
                self._cell_label(row, language),
                self.value_text(row, language),
                self.interval_text(row, language),
                row["base"],
            )
            for row in self._rows()
        ]
        note = f"<p>{escape(say('published.synthetic', language))}</p>" if self.provenance.synthetic else ""
        return note + html_table(self.title(language), [say(f"published.head_{one}", language) for one in _HEADS], rows)

    def _rows(self) -> list[dict[str, Any]]:
        return [{str(key): value for key, value in row.items()} for row in self.table.to_dict("records")]

    def _speaks_of(self, row: Mapping[str, Any]) -> bool:
        return not self.is_distribution or self.focus is None or row["code"] == self.focus

    def _full_label(self, language: Language) -> str:
        if self.code is None and (self.focus is None or not self.is_distribution):
            return self.label(language)
        code = self.code if self.code is not None else self.focus
        return say("published.and_code", language, label=self.label(language), code=_code_label(self, code, language))

    def _cell_label(self, row: Mapping[str, Any], language: Language) -> str:
        group = _group_label(row, language)
        return f"{group}, {row[f'code_{language}']}" if self.is_distribution else group

    def _part_label(self, row: Mapping[str, Any], language: Language) -> str:
        """What tells a row from the others in the sentence: its group, its answer, or both."""
        if not self.by:
            return str(row[f"code_{language}"]) if self.is_distribution else _group_label(row, language)
        return _group_label(row, language) if self.focus is not None else self._cell_label(row, language)

    def _one(self, row: Mapping[str, Any], language: Language) -> str:
        base = _base_text(row["base"], language)
        says, who, mark = self._says(language), self._who(language), row["mark"]
        if not math.isfinite(row["estimate"]) and says:
            side = "low" if mark[0] == "<" else "high"
            said = say(f"published.{side}_says", language, edge=mark[1:], who=who, says=says)
        elif not math.isfinite(row["estimate"]):
            said = say("published.class", language, group=self._full_label(language), value=mark) + "."
        elif says:
            said = say("published.one_says", language, who=who, says=says, **self._numbers(row, language))
        else:
            said = say("published.one", language, label=self._full_label(language), **self._numbers(row, language))
        return f"{said} {base}".strip()

    def _about_groups(self, rows: list[dict[str, Any]], language: Language) -> str:
        groups = "; ".join(self._group(row, language) for row in rows if row["mark"] not in HIDDEN_MARKS)
        if self._says(language):
            return say(
                "published.groups_says", language, who=self._who(language), says=self._says(language), groups=groups
            )
        return say("published.groups", language, label=self._full_label(language), groups=groups)

    def _says(self, language: Language) -> str:
        return _told(self, "says", language)

    def _who(self, language: Language) -> str:
        return _told(self, "who", language) or say("published.who", language)

    def _group(self, row: Mapping[str, Any], language: Language) -> str:
        group = self._part_label(row, language)
        if not math.isfinite(row["estimate"]):
            return say("published.class", language, group=group, value=row["mark"])
        doubt = say("published.doubt", language) if row["mark"] == "~" else ""
        values = self._numbers(row, language)
        return say("published.group", language, group=group, base=row["base"], doubt=doubt, **values)

    def _numbers(self, row: Mapping[str, Any], language: Language) -> dict[str, str]:
        return {
            "value": self._amount(row["estimate"], language),
            "low": self._amount(row["ci_low"], language),
            "high": self._amount(row["ci_high"], language),
            "interval": _interval_word(self.provenance, language),
        }

    def _amount(self, value: float, language: Language) -> str:
        if self.statistic == "share":
            return percent_text(value, language)
        return number_text(value, language, decimals=1)


def require_published(thing: object) -> PublishedTable:
    """The table itself when it has passed ``protect``; otherwise a refusal that says what to do.

    Raises
    ------
    RefusedError : anything else than a PublishedTable. Pictures and pages show protected tables only.
    """
    if isinstance(thing, PublishedTable):
        return thing
    name = type(thing).__name__
    if name in ("EstimateTable", "Comparison", "Regression"):
        advice = 'Call protect first: published = protect(result, rules="steering_group").'
    elif name in ("DataFrame", "Series", "Survey"):
        advice = "Make an estimate of it (share, mean, compare), then call protect on the estimate."
    elif isinstance(thing, (list, tuple)):
        advice = "Give one published table at a time, such as published[0]."
    elif isinstance(thing, PublishedComparison):
        advice = "Give the table that the comparison belongs to; its sentence is comparison.sentence()."
    else:
        advice = "Give a table that protect made, or one that read_release read."
    raise RefusedError(f"Only published tables are drawn, shown or written; this is of type {name}. {advice}")


def _told(thing: object, name: str, language: Language) -> str:
    """A text that stands under ``name_nl`` and ``name_en``."""
    return str(getattr(thing, f"{name}_{language}"))


def _get(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, Mapping) or hasattr(row, "keys") else getattr(row, name)


def _group_label(row: Mapping[str, Any], language: Language) -> str:
    return str(row[f"group_{language}"])


def _code_label(table: PublishedTable, code: object, language: Language) -> str:
    label = table.codebook[table.of].code_label(code, language) if table.of in table.codebook else str(code)
    return label[:1].lower() + label[1:]


def _interval_word(provenance: Provenance, language: Language) -> str:
    return say("published.model_interval" if provenance.self_selected else "published.interval", language)


def _points(value: float, language: Language) -> str:
    number = number_text(value * 100, language)
    return say("published.point" if number in ("1", "−1") else "numbers.points", language, value=number)


def _base_text(base: str, language: Language) -> str:
    if base.endswith("+"):
        return say("published.base_open", language, low=number_text(float(base[:-1]), language))
    low, _, high = base.partition("-")
    if not high:
        return ""
    return say(
        "published.base", language, low=number_text(float(low), language), high=number_text(float(high), language)
    )


def published_codebook(codebook: Codebook, names: tuple[str, ...]) -> Codebook:
    """Only the variables named, with the labels of their real answers: what readers need to label a table."""
    variables = {}
    for name in dict.fromkeys(names):
        if name in codebook:
            known = codebook[name]
            variables[name] = Variable(
                name=name,
                kind=known.kind,
                label_nl=known.label_nl,
                label_en=known.label_en,
                codes=tuple(Code(c.code, c.label_nl, c.label_en) for c in known.codes if not c.missing),
                question_nl=known.question_nl,
                question_en=known.question_en,
                privacy=known.privacy,
            )
    return Codebook(codebook.name, variables, codebook.title_nl, codebook.title_en, codebook.version)
