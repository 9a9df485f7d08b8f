"""Entries about reporting points, partners, the journey of a student, and instruments."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from stagekansen_lib.registers.entries import Confidence, Date, Entry, Labelled, Words

__all__ = [
    "Annotation",
    "Event",
    "EverydayWord",
    "Initiative",
    "Instrument",
    "InstrumentStep",
    "Journey",
    "Partner",
    "Phase",
    "ReportingPoint",
    "Route",
    "Step",
    "Verification",
]


class Phase(Labelled):
    """Before, during or after the internship."""


class Step(Labelled):
    """One step of the internship journey and the moment at which discrimination can happen there.

    ``confidence`` and ``source_ids`` are about the step, ``risk_confidence`` and ``risk_source_ids`` about the moment
    of risk: the handbook names the steps, and says at two of them what can go wrong. ``short`` is the label for a
    narrow column.
    """

    code_fields: ClassVar[dict[str, str]] = {"risk_confidence": "confidence"}

    order: int
    phase: str
    risk_moment_nl: str
    risk_moment_en: str
    risk_confidence: Confidence
    risk_source_ids: Words = ()
    short_nl: str = ""
    short_en: str = ""


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

    def fields(self, language: str | None = None) -> dict[str, str]:
        shown = super().fields(language)
        shown["annotations"] = "; ".join(annotation.heading(language) for annotation in self.annotations)
        return shown


class ReportingPoint(Entry):
    """One reporting point, as it stands in the register: also what nobody verified.

    A public page never shows this entry, but what `public_reporting_points` makes of it.
    ``hidden_until_verified`` names what is left out until a person has checked it: "row", "contact" or
    fields. ``not_seen`` names in words what was not seen on a page. ``report_url`` is the page where one reports, when
    it was seen; ``after`` what happens after a report, and ``after_url`` the page that says so. ``note`` is for the
    people who keep the register.
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
    report_url: str = ""
    other_channel_nl: str = ""
    other_channel_en: str = ""
    walk_in_nl: str = ""
    walk_in_en: str = ""
    anonymous_nl: str = ""
    anonymous_en: str = ""
    free_nl: str = ""
    free_en: str = ""
    after_nl: str = ""
    after_en: str = ""
    after_url: str = ""
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


class EverydayWord(Labelled):
    """What a student says it is about, such as "mijn hoofddoek", and the grounds that lie behind it, nearest first.

    No ground means that the word alone does not show one.
    """

    grounds: Words = ()
    note_nl: str = ""
    note_en: str = ""


class InstrumentStep(Labelled):
    """One box of the decision tree of the Stagestandaard."""


class Instrument(Entry):
    """One tool, practice or policy: for whom, at which step, who owns it, where it is and what it costs.

    ``kind`` says what it is: only a tool or a campaign with an address is offered as a tool. A desk has its address in
    the register of reporting points, under ``point``. ``checked_on`` is the day on which the address was looked up in
    stored pages (YYYY-MM-DD), ``page_year`` the year of that page, empty when it bears no date, ``ended`` the year in
    which it came to an end.
    """

    title_field: ClassVar[str] = "name"
    code_fields: ClassVar[dict[str, str]] = {"kind": "instrument_kind", "audience": "audience", "cost": "cost"}

    name_nl: str
    name_en: str
    kind: Literal["tool", "campaign", "desk", "practice", "layer", "policy", "plan", "data"]
    step: str
    audience: Words
    what_nl: str
    what_en: str
    owner_nl: str = ""
    owner_en: str = ""
    place_in_handbook_nl: str = ""
    place_in_handbook_en: str = ""
    url: str = ""
    point: str = ""
    cost: Literal["free", "depends", "none", "not_stated", "unknown"] = "unknown"
    page_year: str = ""
    checked_on: str = ""
    ended: str = ""
    note_nl: str = ""
    note_en: str = ""

    @property
    def is_tool(self) -> bool:
        """Whether a page may offer it as a tool: it is one, it still runs, and there is an address to go to."""
        return self.kind in ("tool", "campaign") and bool(self.url) and not self.ended


class Partner(Entry):
    """One organisation of the network.

    ``since`` is the year, month or day at which a source first names it, ``since_what`` at what, and
    ``since_source_ids`` which source; empty when no dated mention was seen.
    """

    title_field: ClassVar[str] = "name"
    code_fields: ClassVar[dict[str, str]] = {"type": "partner_type"}

    name: str
    type: str
    role_nl: str
    role_en: str
    listed_in_nl: str = ""
    listed_in_en: str = ""
    in_network_map: bool
    new_in_2022: bool
    since: str = ""
    since_what_nl: str = ""
    since_what_en: str = ""
    since_source_ids: Words = ()
    note_nl: str = ""
    note_en: str = ""


class Event(Labelled):
    """Something that happened in the approach. ``date`` is a day or a month."""

    date: str


class Initiative(Labelled):
    """Something that a partner shows to the others; ``instrument`` is its entry in the register of instruments."""

    instrument: str


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
