"""What a reference points at now: how it reads, how strong it is, and seals of what it is made of.

Seals are taken of published values, never of files or code: a comment that is changed, or another way to compute the
same, leaves them as they are.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem, StagekansenError, did_you_mean
from stagekansen_lib.fact_finding.acts import Rest
from stagekansen_lib.fact_finding.ledger_rules import LedgerRules
from stagekansen_lib.fact_finding.references import REGISTERS, Reference, Shown, parse_reference, row_of
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.registers.texts import value_text
from stagekansen_lib.wording import LANGUAGES, Language, number_text, percent_text, points_text, say

if TYPE_CHECKING:
    from stagekansen_lib.disclosure.published import PublishedComparison, PublishedTable
    from stagekansen_lib.registers.models import KeyFigure
    from stagekansen_lib.registers.reading import Registers
    from stagekansen_lib.releases.reading import Release

__all__ = ["Fact", "KnownFacts"]

_TABLE_METHOD = ("id", "statistic", "of", "by", "code", "focus", "ci_level", "note_nl", "note_en")
_TEST_METHOD = ("id", "of", "by", "adjust_for", "groups_nl", "groups_en", "effect_name", "unit", "method", "ci_level")
_TEST_FIGURE = ("difference", "ci_low", "ci_high", "p_class", "smallest_detectable", "mark")
_FIGURE_FIELDS = ("value", "unit", "precision_nl", "precision_en", "n", "status")
_FIGURE_METHOD = (
    "kind", "period_nl", "period_en", "population_nl", "population_en", "geography_nl", "geography_en",
    "definition_nl", "definition_en",
)  # fmt: skip
_SOURCE_FIELDS = ("title", "maker", "year", "type", "url", "access", "seen_via", "confidence")


@dataclass(frozen=True)
class Fact:
    """What a reference points at: its seals and words (``rest``), how strong it is, and whom it is about."""

    rest: Rest
    grade: str
    who: Shown = field(default_factory=lambda: Shown("", ""))
    where: Shown = field(default_factory=lambda: Shown("", ""))
    when: Shown = field(default_factory=lambda: Shown("", ""))


@dataclass(frozen=True)
class KnownFacts:
    """The releases and registers that references point at; each is read once, when first asked for.

    Parameters
    ----------
    rules : those of the ledger.
    releases : folder of the releases; ``data/published`` when left out.
    registers : folder of the registers; ``data/registers`` when left out. A page gives those of its release.
    """

    rules: LedgerRules
    releases: Path | None = None
    registers: Path | None = None
    _read: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def all_registers(self) -> Registers:
        from stagekansen_lib.registers.reading import read_registers

        return read_registers(self.registers)

    def release(self, name: str) -> Release:
        from stagekansen_lib.releases.reading import read_release

        if name not in self._read:
            self._read[name] = read_release(name, folder=self.releases)
        found: Release = self._read[name]
        return found

    @cached_property
    def _names(self) -> list[str]:
        from stagekansen_lib.releases.reading import list_releases

        home = self.releases or data_folder("published")
        return list_releases(home) if home.is_dir() else []

    @property
    def release_names(self) -> tuple[str, ...]:
        """The names of all releases, the oldest first."""
        return tuple(self._names)

    def newest(self, reference: Reference) -> Reference:
        """The same reference in the latest release of the same survey and wave; a later wave is another figure."""
        if not reference.in_release or reference.home not in self._names:
            return reference
        first = self.release(reference.home)
        later = [self.release(name) for name in self._names[self._names.index(reference.home) + 1 :]]
        same = [
            one.name
            for one in later
            if not one.draft and (one.wave, one.provenance.survey) == (first.wave, first.provenance.survey)
        ]
        return Reference(reference.text, (same or [reference.home])[-1], *_inside(reference))

    def look_up(self, reference: Reference) -> Fact:
        """What a reference points at.

        Raises
        ------
        InputError : nothing of that name; the text offers what is near.
        """
        if reference.home == "page":
            rest = Rest(reference=reference.text, shown_nl=reference.text, shown_en=reference.text)
            return Fact(rest, self.rules.values.order[-1])
        if reference.home in REGISTERS:
            return self._in_register(reference)
        release = self.release(reference.home)
        if release.draft:
            raise InputError(
                Problem(f"Release '{release.name}' is a draft.", do="A claim rests on a release that two people made.")
            )
        if reference.entry in release.comparisons:
            return self._test(reference, release, release.comparisons[reference.entry])
        if reference.entry not in release.tables:
            known = [*release.tables, *release.comparisons]
            raise InputError(
                Problem(
                    f"Release '{release.name}' holds no table or comparison '{reference.entry}'.",
                    do=did_you_mean(reference.entry, known),
                )
            )
        return self._row(reference, release, release.tables[reference.entry])

    def found(self, reference: Reference) -> Fact | None:
        """What a reference points at, or None when it points at nothing any more or a release is not what it was."""
        try:
            return self.look_up(reference)
        except StagekansenError:
            return None

    def found_now(self, text: str) -> Fact | None:
        """What the text of a reference points at in the latest release; None as well when it is no reference."""
        try:
            return self.found(self.newest(parse_reference(text)))
        except StagekansenError:
            return None

    def _row(self, reference: Reference, release: Release, table: PublishedTable) -> Fact:
        row = row_of(table, reference)
        column = reference.column or "estimate"
        if column not in table.table.columns:
            raise InputError(Problem(f"'{reference.text}': a table has no column '{column}'.", do="Use estimate."))
        labels = ("group_nl", "group_en", "code_nl", "code_en")
        figures = {name: _plain(row[name]) for name in table.table.columns if name not in labels}
        method = {name: getattr(table, name) for name in _TABLE_METHOD} | {name: row.get(name) for name in labels}
        shown = {language: _cell_text(table, row, column, language) for language in LANGUAGES}
        return self._of_release(reference, release, shown, figures, {**method, "asked": _asked(table.codebook)})

    def _test(self, reference: Reference, release: Release, test: PublishedComparison) -> Fact:
        column = reference.column or "difference"
        if column not in _TEST_FIGURE:
            raise InputError(Problem(f"'{reference.text}': a test has no column '{column}'.", do="Use difference."))
        value = getattr(test, column)
        shown = {language: _effect_text(test.unit, value, language) for language in LANGUAGES}
        figures = {name: _plain(getattr(test, name)) for name in _TEST_FIGURE}
        method = {name: getattr(test, name) for name in _TEST_METHOD} | {"asked": _asked(test.codebook)}
        return self._of_release(reference, release, shown, figures, method)

    def _of_release(
        self,
        reference: Reference,
        release: Release,
        shown: Mapping[Language, str],
        figures: Mapping[str, Any],
        method: Mapping[str, Any],
    ) -> Fact:
        facts = release.provenance
        weighed = {"margins": release.margins, "wave": release.wave, "proxies": facts.proxies}
        chosen = {"survey": facts.survey, "synthetic": facts.synthetic, "self_selected": facts.self_selected}
        rest = Rest(
            reference=reference.text,
            shown_nl=shown["nl"],
            shown_en=shown["en"],
            figure=_seal(figures),
            method=_seal({**method, **weighed}),
            source=_seal({**chosen, "sources": self._sources_of(release)}),
            rule=_seal(self._rules_of(release)),
            measured=release.date.isoformat(),
        )
        return Fact(rest, "self_selected_survey" if facts.self_selected else "probability_survey")

    def _sources_of(self, release: Release) -> list[Any]:
        rows = {row["id"]: row for row in read_yaml(release.registers / "sources.yaml")["sources"]}
        return [{name: rows[one].get(name) for name in _SOURCE_FIELDS} for one in release.sources if one in rows]

    def _rules_of(self, release: Release) -> dict[str, Any]:
        """The numbers of the rules of a release, without reasons and comments."""
        files = sorted((release.folder / "rules").glob("*.yaml"))
        parts = [read_yaml(path).get("rules") or {} for path in files if not path.name.startswith("tables_")]
        return {
            name: rule.get("value")
            for part in parts
            for rules in part.values()
            for name, rule in rules.items()
            if isinstance(rule, Mapping)
        }

    def _in_register(self, reference: Reference) -> Fact:
        entry = getattr(self.all_registers, reference.home)[reference.entry]
        if reference.home == "key_figures":
            return self._key_figure(reference, entry)
        shown = {language: entry.heading(language) for language in LANGUAGES}
        sources = [reference.entry] if reference.home == "sources" else list(entry.source_ids)
        rest = Rest(
            reference=reference.text,
            shown_nl=shown["nl"],
            shown_en=shown["en"],
            figure="" if reference.home == "sources" else _seal([*shown.values(), getattr(entry, "query", "")]),
            source=_seal([self._source(one) for one in sources]),
        )
        values = self.rules.values
        grades = {"sources": values.source_types.get(getattr(entry, "type", ""), values.order[-1])}
        grade = grades.get(reference.home, "qualitative" if reference.home == "voices" else values.order[-1])
        made_up = getattr(entry, "made_up", False)  # an example proves nothing
        return Fact(rest, values.order[-1] if made_up else self._checked(grade, entry.confidence))

    def _key_figure(self, reference: Reference, figure: KeyFigure) -> Fact:
        if not figure.displayable:
            raise InputError(
                Problem(f"Nobody knows what figure '{figure.id}' means.", do="Find its meaning first, or take another.")
            )
        rest = Rest(
            reference=reference.text,
            shown_nl=_figure_text(figure, reference.column, "nl"),
            shown_en=_figure_text(figure, reference.column, "en"),
            figure=_seal({name: getattr(figure, name) for name in _FIGURE_FIELDS}),
            method=_seal({name: getattr(figure, name) for name in _FIGURE_METHOD}),
            source=_seal(self._source(figure.source_id)),
        )
        return Fact(
            rest,
            self._figure_grade(figure),
            Shown(figure.population_nl, figure.population_en),
            Shown(figure.geography_nl, figure.geography_en),
            Shown(figure.period_nl, figure.period_en),
        )

    def _source(self, name: str) -> dict[str, Any]:
        known = self.all_registers.sources
        return {one: getattr(known[name], one) for one in _SOURCE_FIELDS} if name in known else {"gone": name}

    @cached_property
    def _modes(self) -> dict[str, str]:
        coded = read_yaml(data_folder("comparability", "figures.yaml"))["figures"]
        return {name: entry.get("mode", "") for name, entry in coded.items()}

    def _figure_grade(self, figure: KeyFigure) -> str:
        """By what the figure was made with; lower on a small base, and lowest when nobody found it again."""
        values = self.rules.values
        grade = values.figure_kinds.get(figure.kind, values.order[-1])
        mode = self._modes.get(figure.id, "")
        if mode in values.modes and figure.kind.startswith("survey"):
            grade = values.modes[mode]
        if figure.n is not None and figure.n < values.small_base and figure.kind.startswith("survey"):
            grade = values.order[min(values.order.index(grade) + 1, len(values.order) - 1)]
        return self._checked(grade, figure.confidence)

    def _checked(self, grade: str, confidence: str) -> str:
        values = self.rules.values
        return values.order[-1] if confidence in values.unchecked else grade


def _inside(reference: Reference) -> tuple[str, tuple[str, ...], str]:
    return reference.entry, reference.keys, reference.column


def _asked(codebook: Any) -> list[Any]:
    """What was asked, and with which answers."""
    return [
        [one.name, one.label_nl, one.question_nl, [[str(code.code), code.label_nl] for code in one.codes]]
        for one in codebook.variables.values()
    ]


def _plain(value: Any) -> Any:
    """A value of a row as JSON writes it; a hidden number is None."""
    if isinstance(value, str):
        return value
    return float(value) if math.isfinite(value) else None


def _seal(content: Any) -> str:
    told = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _figure_text(figure: KeyFigure, column: str, language: Language) -> str:
    if column == "value" and figure.value is not None:
        return value_text(figure.value, language)
    return figure.value_text(language)


def _cell_text(table: PublishedTable, row: Any, column: str, language: Language) -> str:
    value = float(row[column])
    if not math.isfinite(value):
        mark = str(row["mark"])
        return mark if mark[:1] in "<>" and mark else say("ledger.hidden", language)
    return percent_text(value, language) if table.statistic == "share" else number_text(value, language, decimals=1)


def _effect_text(unit: str, value: Any, language: Language) -> str:
    if not isinstance(value, float) or not math.isfinite(value):
        return say("ledger.hidden", language)
    if unit == "points":
        return points_text(value, language)
    return number_text(value * 100, language) if unit == "share" else number_text(value, language, decimals=1)
