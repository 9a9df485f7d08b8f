"""What stands in a register beside its entries: its head, methods, rules and routing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stagekansen_lib.registers.classification import (
    ClassificationLevel,
    ClassificationLink,
    DataSource,
    Package,
    Programme,
)
from stagekansen_lib.registers.collections import Collection
from stagekansen_lib.registers.entries import Note
from stagekansen_lib.registers.index_design import FlagPart, IndexDomain, Indicator, Reading
from stagekansen_lib.registers.models import (
    Claim,
    ComparableItem,
    ConsultedPage,
    Criterion,
    Goal,
    Insight,
    Plan,
    PrivacyRule,
    Question,
    Search,
    SprintPhase,
    Support,
    TargetPopulation,
    TermGroup,
    Weighting,
)
from stagekansen_lib.registers.people_and_places import Route
from stagekansen_lib.registers.standard import (
    CheckQuestion,
    StandardBox,
    StandardLayer,
    StandardOutcome,
    StandardQuestion,
    StandardRole,
)
from stagekansen_lib.wording import chosen_language

__all__ = [
    "ClassificationRegister",
    "IndexDesign",
    "Lessons",
    "Maintainer",
    "Method",
    "QueryDesign",
    "RegisterHead",
    "Routing",
    "Standard",
    "SurveyRules",
]


@dataclass(frozen=True)
class RegisterHead:
    """The head of one register file: title, source, date, licence, remark, and the counts it declares."""

    register: str
    title_nl: str
    title_en: str
    source: str
    date: str
    licence: str
    count: Mapping[str, int] = field(default_factory=dict)
    note_nl: str = ""
    note_en: str = ""

    def title(self, language: str | None = None) -> str:
        return str(getattr(self, f"title_{chosen_language(language)}"))

    def note(self, language: str | None = None) -> str:
        return str(getattr(self, f"note_{chosen_language(language)}"))


@dataclass(frozen=True)
class QueryDesign:
    """How sources are searched for: questions, groups of terms, criteria, what to record, and a log as example.

    ``consulted`` are the pages that were looked for on the day ``consulted_on`` (YYYY-MM-DD), whether found or not.
    """

    questions: Collection[Question]
    term_groups: Collection[TermGroup]
    criteria: Collection[Criterion]
    search_log: Collection[Search]
    record_per_search: tuple[str, ...]
    consulted: Collection[ConsultedPage]
    consulted_on: str = ""
    consulted_result_nl: str = ""
    consulted_result_en: str = ""


@dataclass(frozen=True)
class Lessons:
    """What stands around the ten lessons for directors: insights, plans of the parties and goals."""

    insights: Collection[Insight]
    plans: Collection[Plan]
    goals: Collection[Goal]


@dataclass(frozen=True)
class ClassificationRegister:
    """How mbo and hbo divide programmes, the fields of ISCED-F, the links between them, and rules for comparing."""

    levels: Collection[ClassificationLevel]
    isced_fields: Collection[Note]
    sector_chambers: Collection[Note]
    link_qualities: Collection[Note]
    mbo_links: Collection[ClassificationLink]
    hbo_links: Collection[ClassificationLink]
    programmes: Collection[Programme]
    comparability_rules: Collection[Note]
    data_sources: Collection[DataSource]
    packages: Collection[Package]


@dataclass(frozen=True)
class SurveyRules:
    """Rules for the questionnaire: privacy, which items can stand beside published figures, and weighting."""

    target_population: TargetPopulation
    special_category_items: tuple[str, ...]
    weighting: Weighting
    comparisons: Collection[ComparableItem]
    privacy_rules: Collection[PrivacyRule]


@dataclass(frozen=True)
class Method:
    """Data sprint and joint fact-finding: what the Datalab did, phases, roles, examples and what a workbench needs."""

    done: Collection[Note]
    phases: Collection[SprintPhase]
    roles: Collection[Note]
    examples: Collection[Note]
    supports: Collection[Support]
    claims: Collection[Claim]
    index_parts: Collection[Note]
    quality_rules: Collection[Note]
    literature: Collection[Note]


@dataclass(frozen=True)
class IndexDesign:
    """The design of the yearly index: what is asked, its goalposts, how it is put together, and its paradoxes."""

    readings: Collection[Reading]
    domains: Collection[IndexDomain]
    indicators: Collection[Indicator]
    rules: Collection[Note]
    paradoxes: Collection[Note]
    flag_parts: Collection[FlagPart]


@dataclass(frozen=True)
class Routing:
    """For whom each reporting point is, and the municipalities and schools a student can choose from.

    ``fallback`` is the id of the national reporting point that is offered where a local contact is left out.
    """

    fallback: str
    municipalities: Mapping[str, Mapping[str, str]]
    schools: Mapping[str, Mapping[str, str]]
    routes: Collection[Route]

    def name(self, choice: str, language: str | None = None) -> str:
        """The name of a municipality or school, such as "GM0518" or "other-mbo", as people know it."""
        return ({**self.municipalities, **self.schools})[choice][f"name_{chosen_language(language)}"]


@dataclass(frozen=True)
class Standard:
    """The Stagestandaard: who asks, questions and outcomes on the way, boxes at its end, layers, the self-check."""

    roles: Collection[StandardRole]
    questions: Collection[StandardQuestion]
    outcomes: Collection[StandardOutcome]
    boxes: Collection[StandardBox]
    layers: Collection[StandardLayer]
    check: Collection[CheckQuestion]


@dataclass(frozen=True)
class Maintainer:
    """Who keeps the workbench and where a reader can write to; empty as long as nobody filled it in."""

    name: str = ""
    email: str = ""
