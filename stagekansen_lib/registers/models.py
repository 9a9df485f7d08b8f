"""The entries of the registers: one frozen class for each kind, with Dutch and English text and a confidence mark."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.registers.texts import code_text, escape, sentence, value_text
from stagekansen_lib.wording import chosen_language

__all__ = [
    "DOMAIN_NEEDS",
    "Annotation",
    "Claim",
    "ClassificationLevel",
    "ClassificationLink",
    "Comparison",
    "Confidence",
    "Criterion",
    "DataSource",
    "DecisionQuestion",
    "Entry",
    "Event",
    "Factor",
    "FlagPart",
    "Ground",
    "IndexDomain",
    "Indicator",
    "Insight",
    "Instrument",
    "Journey",
    "KeyFigure",
    "Lesson",
    "OpenQuestion",
    "Package",
    "Partner",
    "Plan",
    "PrivacyRule",
    "Programme",
    "Query",
    "Reading",
    "ReportingPoint",
    "Route",
    "Search",
    "Source",
    "SprintPhase",
    "Step",
    "Support",
    "Term",
    "TermGroup",
    "Theme",
    "Verification",
    "Voice",
    "Weighting",
]

Confidence = Literal["handbook", "found", "recalled", "derived"]

# YAML gives lists, and a date without quotes as a date. Nothing else is coerced.
Words = Annotated[tuple[str, ...], Field(strict=False)]
Numbers = Annotated[tuple[int | float, ...], Field(strict=False)]


def _as_date(value: object) -> object:
    if isinstance(value, str):
        return datetime.date.fromisoformat(value)
    return value


Date = Annotated[datetime.date, BeforeValidator(_as_date)]


class Entry(BaseModel):
    """What every entry of a register has: an id, how sure we are, and where it comes from.

    ``confidence`` is "handbook" (stands in the handbook), "found" (seen on a public page), "recalled"
    (written from memory, nobody checked it) or "derived" (computed here from other entries). ``source_ids``
    are ids of the source register; ``source`` is the source in words. Both may be empty: then the source is
    unknown, and shows so.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    id: Annotated[str, Field(min_length=1)]
    confidence: Confidence
    source: str = ""
    source_ids: Words = ()

    # The field that names the entry, the codes that have a text in `texts.CODES`, and what is written as a number.
    title_field: ClassVar[str] = "label"
    code_fields: ClassVar[dict[str, str]] = {}
    number_fields: ClassVar[tuple[str, ...]] = ()

    def text(self, name: str, language: str = "nl") -> str:
        """The text of a field in one language, such as ``term.text("definition", "en")``.

        Raises
        ------
        InputError : the entry has no such field.

        >>> from stagekansen_lib.registers import read_registers
        >>> read_registers().terms["melding"].text("label", "en")
        'report'
        """
        chosen_language(language)
        for field in (f"{name}_{language}", name):
            if field in type(self).model_fields:
                value = getattr(self, field)
                return self._shown(name, value, language)
        names = [field.removesuffix("_nl") for field in type(self).model_fields if not field.endswith("_en")]
        raise InputError(Problem(f"'{self.id}' has no field '{name}'.", do=did_you_mean(name, names)))

    def _shown(self, name: str, value: object, language: str) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return sentence("yes" if value else "no", language)
        if isinstance(value, (int, float)) and name in self.number_fields:
            return value_text(value, language)
        values = [str(part) for part in value] if isinstance(value, tuple) else [str(value)]
        if name in self.code_fields:
            values = [code_text(self.code_fields[name], part, language) for part in values]
        return "; ".join(values)

    def heading(self, language: str = "nl") -> str:
        """The name of the entry as people know it."""
        return self.text(self.title_field, language)

    def confidence_text(self, language: str = "nl") -> str:
        """How sure we are, in words.

        >>> from stagekansen_lib.registers import read_registers
        >>> read_registers().terms["intimidatie"].confidence_text()
        'uit het hoofd opgeschreven, niet nagegaan'
        """
        return code_text("confidence", self.confidence, language)

    @property
    def verified(self) -> bool:
        """True when the entry stands in the handbook or was seen on a public page; False when nobody checked it."""
        return self.confidence in ("handbook", "found")

    def fields(self, language: str = "nl") -> dict[str, str]:
        """Every filled field with its text in one language, in the order of the register."""
        shown: dict[str, str] = {}
        own = [field for field in type(self).model_fields if field not in Entry.model_fields]
        for field in (*own, "source", "source_ids"):
            if field.endswith("_nl" if language == "en" else "_en"):
                continue
            name = field.removesuffix(f"_{language}")
            value = self.text(name, language)
            if value:
                shown[name] = value
        return shown

    def words(self, language: str = "nl") -> str:
        """All text of the entry in one language, for searching."""
        return " ".join([self.id, *self.fields(language).values()])

    def _repr_html_(self) -> str:
        rows = {
            "id": self.id,
            **self.fields("nl"),
            sentence("confidence").lower(): self.confidence_text("nl"),
        }
        cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in rows.items())
        return f"<table><caption>{escape(self.heading('nl'))}</caption><tbody>{cells}</tbody></table>"

    def __str__(self) -> str:
        return f"{self.heading('nl')} ({self.confidence_text('nl')})"


class _Labelled(Entry):
    """An entry with a label in two languages."""

    label_nl: str
    label_en: str


class _Noted(_Labelled):
    """A labelled entry that can carry a remark."""

    note_nl: str = ""
    note_en: str = ""


class Term(_Noted):
    """One term of the glossary, with its definition and legal basis."""

    definition_nl: str
    definition_en: str
    category: str
    legal_basis_nl: str = ""
    legal_basis_en: str = ""


class Ground(_Noted):
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


class Theme(_Labelled):
    """One theme: a group of factors on one level of the system."""

    code_fields: ClassVar[dict[str, str]] = {"system_level": "system_level"}

    system_level: Literal["micro", "meso", "macro"]


Known = Literal["known", "partly_known", "unknown", "context"]


class Factor(_Labelled):
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


class OpenQuestion(_Labelled):
    """Something that the parties do not know, or know in part."""

    code_fields: ClassVar[dict[str, str]] = {"known": "known"}

    known: Known


class Phase(_Labelled):
    """Before, during or after the internship."""


class Step(_Labelled):
    """One step of the internship journey and the moment at which discrimination can happen there.

    ``confidence`` is about the step, ``risk_confidence`` about the moment of risk.
    """

    code_fields: ClassVar[dict[str, str]] = {"risk_confidence": "confidence"}

    order: int
    phase: str
    risk_moment_nl: str
    risk_moment_en: str
    risk_confidence: Confidence


class Annotation(Entry):
    """One note in a journey: a data chance, a signal, guidance, communication and so on."""

    title_field: ClassVar[str] = "meaning"
    code_fields: ClassVar[dict[str, str]] = {"type": "annotation", "assignment": "assignment"}

    type: Literal[
        "data_chance",
        "signal",
        "communication",
        "guidance",
        "intervention",
        "pain_point",
        "question",
        "discussion",
        "milestone",
        "context",
    ]
    steps: Words
    assignment: Literal["inferred", "unclear"]
    meaning_nl: str
    meaning_en: str


class Journey(Entry):
    """The journey of one persona, with its annotations."""

    title_field: ClassVar[str] = "name"

    name: str
    persona_nl: str
    persona_en: str
    education: str
    age: int | None = None
    place_in_handbook_nl: str = ""
    place_in_handbook_en: str = ""
    note_nl: str = ""
    note_en: str = ""
    annotations: Annotated[tuple[Annotation, ...], Field(strict=False)] = ()

    def fields(self, language: str = "nl") -> dict[str, str]:
        shown = super().fields(language)
        shown["annotations"] = "; ".join(annotation.heading(language) for annotation in self.annotations)
        return shown


class ReportingPoint(Entry):
    """One reporting point, as it stands in the register: also what nobody verified.

    A public page never shows this entry, but what `public_reporting_points` makes of it.
    ``hidden_until_verified`` names what is left out until a person has checked it: "row", "contact" or
    fields. ``not_seen`` names in words what was not seen on a page. ``note`` is for the people who keep the
    register.
    """

    title_field: ClassVar[str] = "name"
    code_fields: ClassVar[dict[str, str]] = {
        "type": "point_type",
        "scope": "scope",
        "hidden_until_verified": "field",
    }

    name_nl: str
    name_en: str
    type: str
    purpose_nl: str
    purpose_en: str
    who_nl: str
    who_en: str
    scope: Literal["institution", "municipality", "region", "national"]
    area_nl: str = ""
    area_en: str = ""
    institution_nl: str = ""
    institution_en: str = ""
    phone: str = ""
    phone_note_nl: str = ""
    phone_note_en: str = ""
    phone_hours_nl: str = ""
    phone_hours_en: str = ""
    email: str = ""
    web: str = ""
    other_channel_nl: str = ""
    other_channel_en: str = ""
    walk_in_nl: str = ""
    walk_in_en: str = ""
    anonymous_nl: str = ""
    anonymous_en: str = ""
    free_nl: str = ""
    free_en: str = ""
    street: str = ""
    house_number: str = ""
    postcode: str = ""
    city: str = ""
    latitude: float | None = None
    longitude: float | None = None
    geo_precision: Literal["street", "municipality_centre", "none"] = "none"
    status_nl: str = ""
    status_en: str = ""
    hidden_until_verified: Words = ()
    source_url: str = ""
    source_year: str = ""
    not_seen_nl: str = ""
    not_seen_en: str = ""
    note_nl: str = ""
    note_en: str = ""


class KeyFigure(_Noted):
    """One published figure with its period, population, definition, source and what is unclear about it.

    ``value`` is None when the figure was searched for and not found, or when the source gives a finding
    without a number. Percentages stand as printed (8 means 8 per cent). ``n`` is the number of respondents
    where given.
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
    status: Literal["published", "missing", "do_not_display"]
    ambiguity_nl: str = ""
    ambiguity_en: str = ""

    @property
    def displayable(self) -> bool:
        """False when nobody knows what the figure means: it never reaches a page."""
        return self.status != "do_not_display"

    def value_text(self, language: str = "nl") -> str:
        """The value with its unit and precision, as people read it.

        >>> from stagekansen_lib.registers import read_registers
        >>> figures = read_registers().key_figures
        >>> figures["handbook-49772"].value_text(), figures["handbook-005"].value_text("en")
        ('49.772 studenten', '0.05%')
        """
        unit = code_text("unit", self.unit, language)
        precision = f" ({self.text('precision', language)})" if self.precision_nl else ""
        if self.value is None:
            return unit if self.status == "published" else sentence("unknown", language)
        number = value_text(self.value, language)
        return f"{number}%{precision}" if self.unit == "percent" else f"{number} {unit}{precision}"


class Question(_Labelled):
    """A question that the sprints asked."""


class TermGroup(_Labelled):
    """Search terms for one concept."""

    role: Literal["core", "facet", "scope"]
    terms_nl: Words
    terms_en: Words


class Query(_Labelled):
    """One search instruction and what it is for."""

    query: str
    level: Literal["national", "region", "institution"]


class Criterion(_Labelled):
    """One rule for taking a source in."""

    rule_nl: str
    rule_en: str


class Search(_Labelled):
    """One line of the log of searches: what was asked and what came of it."""

    query: str
    place: Literal["web_pages", "public_repositories"]


class InstrumentStep(_Labelled):
    """One box of the decision tree of the Stagestandaard."""


class DecisionQuestion(_Labelled):
    """One question of the decision route; ``leads_to`` names boxes, as far as the handbook shows them."""

    order: int
    leads_to: Words = ()


class Instrument(Entry):
    """One tool, practice or policy: for whom, at which step, who owns it."""

    title_field: ClassVar[str] = "name"
    code_fields: ClassVar[dict[str, str]] = {"kind": "instrument_kind", "audience": "audience"}

    name_nl: str
    name_en: str
    kind: str
    step: str
    audience: Words
    what_nl: str
    what_en: str
    owner_nl: str = ""
    owner_en: str = ""
    place_in_handbook_nl: str = ""
    place_in_handbook_en: str = ""
    url: str = ""
    note_nl: str = ""
    note_en: str = ""


class Lesson(_Labelled):
    """One of the ten lessons for directors, in our own words."""

    core_nl: str
    core_en: str


class Insight(_Labelled):
    """An insight of the handbook with its points."""

    points_nl: Words
    points_en: Words


class Plan(_Labelled):
    """What one party saw as its chance for the next year."""

    party_nl: str
    party_en: str


class Goal(_Labelled):
    """One goal for the end of 2023."""


class Partner(Entry):
    """One organisation of the network."""

    title_field: ClassVar[str] = "name"

    name: str
    type: str
    role_nl: str
    role_en: str
    listed_in_nl: str = ""
    listed_in_en: str = ""
    in_network_map: bool
    new_in_2022: bool
    note_nl: str = ""
    note_en: str = ""


class Event(_Labelled):
    """Something that happened in the approach. ``date`` is a day or a month."""

    date: str


class Voice(_Noted):
    """What a student said, in our words. Ground, step and tone are our coding; voices illustrate, they do not count."""

    code_fields: ClassVar[dict[str, str]] = {"tone": "tone"}

    spoken_in: str
    grounds: Words = ()
    step: str
    tone: Literal["doubt", "negative", "positive"]
    place_in_handbook_nl: Words = ()
    place_in_handbook_en: Words = ()
    occurrences: int


class ClassificationLevel(_Labelled):
    """How one type of education is divided: levels, forms, codes, groupings and what counts as a placement."""

    levels_nl: Words
    levels_en: Words
    forms_nl: Words
    forms_en: Words
    codes_nl: str
    codes_en: str
    groupings_nl: Words
    groupings_en: Words
    placement_nl: str
    placement_en: str


class ClassificationLink(_Noted):
    """A link from an mbo domain or a CROHO unit to a broad field of ISCED-F; ``quality`` says how safe it is."""

    code: str = ""
    isced: str
    alternatives: Words = ()
    quality: str
    sector_nl: str = ""
    sector_en: str = ""


class Programme(_Noted):
    """An example of a programme and its fields."""

    level: str
    croho_nl: str
    croho_en: str
    isced: Words


class DataSource(Entry):
    """One open data set: who publishes it, which columns were seen and what to be careful about."""

    title_field: ClassVar[str] = "id"

    label_nl: str = ""
    label_en: str = ""
    publisher: str
    columns: Words = ()
    files_nl: str = ""
    files_en: str = ""
    period: str = ""
    caution_nl: str = ""
    caution_en: str = ""


class Package(_Labelled):
    """A Python package that reads one of the data sets."""

    name: str
    version_seen: str = ""
    functions: str = ""


class PrivacyRule(_Labelled):
    """One rule for a survey about discrimination, and the law it rests on. A jurist must check it."""

    law_nl: str
    law_en: str


class Comparison(_Labelled):
    """Which items of the questionnaire give a figure that can stand beside a published one."""

    key_figure: str
    items: Words


class TargetPopulation(_Labelled):
    """Whom the baseline is about."""


class Weighting(_Labelled):
    """How the questionnaire proposes to weigh answers."""

    cells: Words
    population_source_nl: str
    population_source_en: str


class SprintPhase(_Labelled):
    """One phase of a data sprint: what happens, what comes out, what the workbench records."""

    order: int
    what_nl: str
    what_en: str
    product_nl: str
    product_en: str
    record_nl: str
    record_en: str


class Support(_Labelled):
    """One thing that a workbench for joint fact-finding should support."""

    what_nl: str = ""
    what_en: str = ""


class Claim(_Labelled):
    """An example of a claim with its evidence and its warning."""

    evidence_nl: str
    evidence_en: str
    warning_nl: str
    warning_en: str


class Note(_Labelled):
    """One line of the method notes."""


class Route(Entry):
    """For whom one reporting point is: grounds, places, schools, levels and roles. A person must review it.

    "all" means every ground or place. ``schools`` is empty when the point is not tied to a school.
    ``condition`` says when the point is only meant for special cases; ``kind`` how near it is to the student.
    """

    title_field: ClassVar[str] = "id"
    code_fields: ClassVar[dict[str, str]] = {"anonymous": "anonymous"}

    kind: Literal["school", "first_line", "municipality", "region", "sector", "national", "special"]
    grounds: Words
    places: Words
    schools: Words = ()
    levels: Words
    roles: Words
    anonymous: Literal["yes", "registration_only", "no", "unknown"]
    reviewed: bool
    condition_nl: str = ""
    condition_en: str = ""
    note_nl: str = ""
    note_en: str = ""


# The part of its indicators that a domain of the index needs.
DOMAIN_NEEDS = 2 / 3


class IndexDomain(_Labelled):
    """One domain of the yearly index: the mean of its indicators."""

    question_nl: str
    question_en: str


class Reading(_Labelled):
    """A reading of "experienced discrimination": the variable, and the answer that counts."""

    variable: str
    answer: int


class FlagPart(_Labelled):
    """A part of the quality flag of the index. Up to the first of ``limits`` is A, up to the last C, past it D.

    With ``least`` a larger value is better. Without limits the grade is not one of a number.
    """

    limits: Numbers = ()
    least: bool = False


class Indicator(_Labelled):
    """One indicator of the yearly index: how it is computed, and its fixed goalposts.

    ``worst`` and ``best`` are in ``unit``: percent, points (a difference between two percentages) or times (a ratio).
    ``statistic`` of the variable ``of`` (of the share of its ``answers``) is how ``yearly_index`` computes it: for
    everyone, among those who experienced discrimination, or as gap or ratio between these and the others. ``table`` is
    the table of a release that holds its value, empty when no declared table does; ``lacking`` says what a release
    would have to hold.
    """

    domain: str
    formula_nl: str
    formula_en: str
    statistic: Literal["share", "share_experienced", "gap", "reverse_gap", "ratio"]
    of: str
    unit: Literal["percent", "points", "times"]
    worst: int | float
    best: int | float
    answers: Numbers = ()
    table: str = ""
    lacking_nl: str = ""
    lacking_en: str = ""


class Verification(BaseModel):
    """Who checked which fields of a reporting point, when and how, and the values that were checked.

    ``fields`` maps each checked field to its value on that day. When the register changes, the check no
    longer covers the new value. ``wrong`` is True when the check showed that the values do not hold.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    point: str
    whole: bool
    fields: dict[str, str]
    checked_by: Annotated[str, Field(min_length=1)]
    on: Date
    how: Annotated[str, Field(min_length=1)]
    wrong: bool = False

    def to_yaml(self) -> dict[str, Any]:
        """The fields as they stand in verifications.yaml."""
        return {**self.model_dump(), "on": self.on.isoformat()}
