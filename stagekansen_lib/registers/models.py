"""The entries of the registers: one frozen class for each kind, with Dutch and English text and a confidence mark."""

from __future__ import annotations

from typing import ClassVar, Literal

from stagekansen_lib.registers.entries import Entry, Labelled, Noted, Words
from stagekansen_lib.registers.texts import code_meaning, sentence, value_text

__all__ = [
    "Claim",
    "ComparableItem",
    "Criterion",
    "Factor",
    "Goal",
    "Ground",
    "Insight",
    "KeyFigure",
    "Lesson",
    "OpenQuestion",
    "Plan",
    "PrivacyRule",
    "Query",
    "Question",
    "Search",
    "Source",
    "SprintPhase",
    "Support",
    "TargetPopulation",
    "Term",
    "TermGroup",
    "Theme",
    "Voice",
    "Weighting",
]


Known = Literal["known", "partly_known", "unknown", "context"]
# Units of which one asks "of how many?"; every other unit is a count or an amount.
_PARTS_OF_A_WHOLE = ("percent", "percentage_points", "ratio", "significant_difference", "unknown")
# How the register says that the second check did not see a figure.
_NOT_SEEN = ("not seen again", "niet opnieuw gezien")
_OF_ANOTHER = ("attributed in", "toegeschreven aan")


class Term(Noted):
    """One term of the glossary, with its definition and legal basis.

    ``plain`` says in our own plain words what it is about, before the exact definition; it may be empty.
    """

    plain_nl: str = ""
    plain_en: str = ""
    definition_nl: str
    definition_en: str
    category: str
    legal_basis_nl: str = ""
    legal_basis_en: str = ""


class Ground(Noted):
    """One ground of discrimination and the laws that name it. ``statutory`` is False when no act lists it."""

    statutory: bool
    law_nl: str = ""
    law_en: str = ""
    other_law_nl: str = ""
    other_law_en: str = ""


class Source(Entry):
    """One source: who made it, when, where it is, and which figures it holds.

    ``seen_via`` names the page that was read when the original was not seen.
    """

    title_field: ClassVar[str] = "title"
    code_fields: ClassVar[dict[str, str]] = {"type": "source_type"}

    title: str
    maker: str
    year: int | None = None
    type: str
    url: str = ""
    language: str
    holds_nl: Words = ()
    holds_en: Words = ()
    in_handbook: bool
    access: str
    seen_via: str = ""
    relevance_nl: str = ""
    relevance_en: str = ""
    note_nl: str = ""
    note_en: str = ""


class Theme(Labelled):
    """One theme: a group of factors on one level of the system."""

    code_fields: ClassVar[dict[str, str]] = {"system_level": "system_level"}

    system_level: Literal["micro", "meso", "macro"]


class Factor(Labelled):
    """One factor that may raise or lower the risk, how it could be measured, and whether it is known.

    The confidence mark covers the mention of the factor, not a causal claim.
    """

    code_fields: ClassVar[dict[str, str]] = {"direction": "direction", "known": "known"}

    theme: str
    direction: Literal["raises_risk", "protects", "context", "outcome"]
    measurable_as_nl: str = ""
    measurable_as_en: str = ""
    data_source_nl: str = ""
    data_source_en: str = ""
    known: Known
    known_text_nl: str = ""
    known_text_en: str = ""


class OpenQuestion(Labelled):
    """Something that the parties do not know, or know in part."""

    code_fields: ClassVar[dict[str, str]] = {"known": "known"}

    known: Known


class KeyFigure(Noted):
    """One published figure with its period, population, definition, source and what is unclear about it.

    ``value`` is None when the figure was searched for and not found, or when the source gives a finding
    without a number. Percentages stand as printed (8 means 8 per cent). ``n`` is the number of respondents
    where given. ``maker`` is who measured or counted, where another made the page on which the figure was seen.
    """

    code_fields: ClassVar[dict[str, str]] = {"unit": "unit", "kind": "figure_kind", "status": "figure_status"}
    number_fields: ClassVar[tuple[str, ...]] = ("value", "n")

    value: int | float | None = None
    unit: str
    precision_nl: str = ""
    precision_en: str = ""
    period_nl: str = ""
    period_en: str = ""
    population_nl: str = ""
    population_en: str = ""
    geography_nl: str = ""
    geography_en: str = ""
    n: int | None = None
    definition_nl: str = ""
    definition_en: str = ""
    kind: str
    source_id: str
    maker: str = ""
    status: Literal["published", "missing", "do_not_display"]
    ambiguity_nl: str = ""
    ambiguity_en: str = ""

    @property
    def counts(self) -> bool:
        """True when the figure is itself a count or an amount, so that a number of respondents beside it says nothing.

        >>> from stagekansen_lib.registers.reading import read_registers
        >>> figures = read_registers().key_figures
        >>> figures["utr-apps"].counts, figures["cbs-10"].counts
        (True, False)
        """
        return self.kind.endswith("_count") or self.unit not in _PARTS_OF_A_WHOLE

    @property
    def seen_again(self) -> bool:
        """False when the register says that the second check did not see it: then nobody can check it now.

        >>> from stagekansen_lib.registers.reading import read_registers
        >>> figures = read_registers().key_figures
        >>> figures["scp-stage-wo"].seen_again, figures["scp-stage-mar"].seen_again
        (False, True)
        """
        said = " ".join((self.note_nl, self.note_en, self.ambiguity_nl, self.ambiguity_en)).casefold()
        return not any(words in said for words in _NOT_SEEN)

    @property
    def passed_on(self) -> bool:
        """True when the source says that another measured it: then the source tells of the figure, and did not make it.

        >>> from stagekansen_lib.registers.reading import read_registers
        >>> figures = read_registers().key_figures
        >>> figures["handbook-8"].passed_on, figures["handbook-1in2"].passed_on
        (True, False)
        """
        said = f"{self.definition_nl} {self.definition_en}".casefold()
        return not self.maker and any(words in said for words in _OF_ANOTHER)

    @property
    def displayable(self) -> bool:
        """False when nobody knows what the figure means: it never reaches a page."""
        return self.status != "do_not_display"

    def value_text(self, language: str | None = None) -> str:
        """The value with its unit and precision, as people read it.

        >>> from stagekansen_lib.registers.reading import read_registers
        >>> figures = read_registers().key_figures
        >>> figures["handbook-49772"].value_text("nl"), figures["handbook-005"].value_text("en")
        ('49.772 studenten', '0.05%')
        """
        unit = code_meaning("unit", self.unit, language)
        precision = f" ({self.text('precision', language)})" if self.precision_nl else ""
        if self.value is None:
            return unit if self.status == "published" else sentence("unknown", language)
        number = value_text(self.value, language)
        return f"{number}%{precision}" if self.unit == "percent" else f"{number} {unit}{precision}"


class Question(Labelled):
    """A question that the sprints asked."""


class TermGroup(Labelled):
    """Search terms for one concept."""

    code_fields: ClassVar[dict[str, str]] = {"role": "term_role"}

    role: Literal["core", "facet", "scope"]
    terms_nl: Words
    terms_en: Words


class Query(Labelled):
    """One search instruction and what it is for."""

    code_fields: ClassVar[dict[str, str]] = {"level": "query_level"}

    query: str
    level: Literal["national", "region", "institution"]


class Criterion(Labelled):
    """One rule for taking a source in."""

    rule_nl: str
    rule_en: str


class Search(Labelled):
    """One line of the log of searches: what was asked and what came of it."""

    code_fields: ClassVar[dict[str, str]] = {"place": "search_place"}

    query: str
    place: Literal["web_pages", "public_repositories"]


class ConsultedPage(Labelled):
    """A page or paper that was looked for: what it says, and what of that is about the query design.

    ``url`` is empty when only its name is known, ``date`` that of the page, empty when it bears none; ``found`` says
    whether it was seen.
    """

    found: bool
    url: str = ""
    date: str = ""
    on_query_design_nl: str = ""
    on_query_design_en: str = ""


class Lesson(Labelled):
    """One of the ten lessons for directors, in our own words. The first step is our proposal, not of the handbook."""

    core_nl: str
    core_en: str
    first_step_nl: str
    first_step_en: str


class Insight(Labelled):
    """An insight of the handbook with its points."""

    points_nl: Words
    points_en: Words


class Plan(Labelled):
    """What one party saw as its chance for the next year."""

    party_nl: str
    party_en: str


class Goal(Labelled):
    """One goal for the end of 2023."""


class Voice(Noted):
    """What a student said, in our words. Ground, step and tone are our coding; voices illustrate, they do not count.

    A voice that the team released itself (``confidence`` "heard") may tell two ``attributes`` of the speaker, and which
    published figure it stands ``beside``. One that is ``made_up`` is an example, and says so in its label.
    """

    code_fields: ClassVar[dict[str, str]] = {"tone": "tone"}

    spoken_in: str
    grounds: Words = ()
    step: str
    tone: Literal["doubt", "negative", "positive"]
    place_in_handbook_nl: Words = ()
    place_in_handbook_en: Words = ()
    occurrences: int
    attributes_nl: Words = ()
    attributes_en: Words = ()
    beside: str = ""
    made_up: bool = False


class PrivacyRule(Labelled):
    """One rule for a survey about discrimination, and the law it rests on. A jurist must check it."""

    law_nl: str
    law_en: str


class ComparableItem(Labelled):
    """Which items of the questionnaire give a figure that can stand beside a published one."""

    key_figure: str
    items: Words


class TargetPopulation(Labelled):
    """Whom the baseline is about."""


class Weighting(Labelled):
    """How the questionnaire proposes to weigh answers."""

    cells: Words
    population_source_nl: str
    population_source_en: str


class SprintPhase(Labelled):
    """One phase of a data sprint: what happens, what comes out, what the workbench records."""

    order: int
    what_nl: str
    what_en: str
    product_nl: str
    product_en: str
    record_nl: str
    record_en: str


class Support(Labelled):
    """One thing that a workbench for joint fact-finding should support."""

    what_nl: str = ""
    what_en: str = ""


class Claim(Labelled):
    """An example of a claim with its evidence and its warning."""

    evidence_nl: str
    evidence_en: str
    warning_nl: str
    warning_en: str
