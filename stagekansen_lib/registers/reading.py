"""Reads data/registers into typed entries. Everything wrong in the files is reported at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.paths import data_folder
from stagekansen_lib.registers import models as m
from stagekansen_lib.registers.collections import Collection, Found, FoundEntries, html_table
from stagekansen_lib.wording import chosen_language

__all__ = [
    "Classification",
    "IndexDesign",
    "Lessons",
    "Maintainer",
    "Method",
    "QueryDesign",
    "RegisterHead",
    "Registers",
    "Routing",
    "SurveyRules",
    "read_registers",
]

AnyEntry = TypeVar("AnyEntry", bound=m.Entry)


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

    def title(self, language: str = "nl") -> str:
        return self.title_nl if chosen_language(language) == "nl" else self.title_en

    def note(self, language: str = "nl") -> str:
        return self.note_nl if chosen_language(language) == "nl" else self.note_en


@dataclass(frozen=True)
class QueryDesign:
    """How sources are searched for: questions, groups of terms, criteria, what to record, and a log as example."""

    questions: Collection[m.Question]
    term_groups: Collection[m.TermGroup]
    criteria: Collection[m.Criterion]
    search_log: Collection[m.Search]
    record_per_search: tuple[str, ...]


@dataclass(frozen=True)
class Lessons:
    """What stands around the ten lessons for directors: insights, plans of the parties and goals."""

    insights: Collection[m.Insight]
    plans: Collection[m.Plan]
    goals: Collection[m.Goal]


@dataclass(frozen=True)
class Classification:
    """How mbo and hbo divide programmes, the fields of ISCED-F, the links between them, and rules for comparing."""

    levels: Collection[m.ClassificationLevel]
    isced_fields: Collection[m.Note]
    sector_chambers: Collection[m.Note]
    link_qualities: Collection[m.Note]
    mbo_links: Collection[m.ClassificationLink]
    hbo_links: Collection[m.ClassificationLink]
    programmes: Collection[m.Programme]
    comparability_rules: Collection[m.Note]
    data_sources: Collection[m.DataSource]
    packages: Collection[m.Package]


@dataclass(frozen=True)
class SurveyRules:
    """Rules for the questionnaire: privacy, which items can stand beside published figures, and weighting."""

    target_population: m.TargetPopulation
    special_category_items: tuple[str, ...]
    weighting: m.Weighting
    comparisons: Collection[m.Comparison]
    privacy_rules: Collection[m.PrivacyRule]


@dataclass(frozen=True)
class Method:
    """Data sprint and joint fact-finding: what the Datalab did, phases, roles, examples and what a workbench needs."""

    done: Collection[m.Note]
    phases: Collection[m.SprintPhase]
    roles: Collection[m.Note]
    examples: Collection[m.Note]
    supports: Collection[m.Support]
    claims: Collection[m.Claim]
    index_parts: Collection[m.Note]
    quality_rules: Collection[m.Note]
    literature: Collection[m.Note]


@dataclass(frozen=True)
class IndexDesign:
    """The design of the yearly index: what is asked, its goalposts, how it is put together, and its paradoxes."""

    readings: Collection[m.Reading]
    domains: Collection[m.IndexDomain]
    indicators: Collection[m.Indicator]
    rules: Collection[m.Note]
    paradoxes: Collection[m.Note]
    flag_parts: Collection[m.FlagPart]


@dataclass(frozen=True)
class Routing:
    """For whom each reporting point is, and the municipalities and schools a student can choose from.

    ``fallback`` is the id of the national reporting point that is offered where a local contact is left out.
    """

    fallback: str
    municipalities: Mapping[str, Mapping[str, str]]
    schools: Mapping[str, Mapping[str, str]]
    routes: Collection[m.Route]

    def name(self, choice: str, language: str = "nl") -> str:
        """The name of a municipality or school, such as "GM0518" or "other-mbo", as people know it."""
        return ({**self.municipalities, **self.schools})[choice][f"name_{chosen_language(language)}"]


@dataclass(frozen=True)
class Maintainer:
    """Who keeps the workbench and where a reader can write to; empty as long as nobody filled it in."""

    name: str = ""
    email: str = ""


@dataclass(frozen=True)
class Registers:
    """All registers. ``registers.terms["melding"]``, ``registers.search("stage", language="nl")``."""

    folder: Path
    heads: Mapping[str, RegisterHead]
    terms: Collection[m.Term]
    grounds: Collection[m.Ground]
    sources: Collection[m.Source]
    themes: Collection[m.Theme]
    factors: Collection[m.Factor]
    open_questions: Collection[m.OpenQuestion]
    phases: Collection[m.Phase]
    steps: Collection[m.Step]
    journeys: Collection[m.Journey]
    reporting_points: Collection[m.ReportingPoint]
    key_figures: Collection[m.KeyFigure]
    queries: Collection[m.Query]
    query_design: QueryDesign
    instrument_steps: Collection[m.InstrumentStep]
    instruments: Collection[m.Instrument]
    decision_route: Collection[m.DecisionQuestion]
    lessons: Collection[m.Lesson]
    lessons_context: Lessons
    partners: Collection[m.Partner]
    events: Collection[m.Event]
    voices: Collection[m.Voice]
    classification: Classification
    survey_rules: SurveyRules
    method: Method
    routing: Routing
    index: IndexDesign
    maintainer: Maintainer
    verifications: tuple[m.Verification, ...]

    def collections(self) -> dict[str, Collection[Any]]:
        """Every collection by its name, also those inside a group such as ``method``."""
        found: dict[str, Collection[Any]] = {}
        for part in vars(self).values():
            for value in (part, *(vars(part).values() if hasattr(part, "__dataclass_fields__") else ())):
                if isinstance(value, Collection):
                    found[value.name] = value
        return found

    def search(self, words: str, language: str = "nl") -> FoundEntries:
        """Everything that holds all the words, over all registers; names come before texts.

        A figure that may not be displayed and a reporting point that may not be shown are found here too:
        this is for people who keep the registers. Pages ask `displayable_figures` and
        `public_reporting_points`.
        """
        chosen_language(language)
        hits = [
            Found(name, entry)
            for name, collection in self.collections().items()
            for entry in collection.search(words, language)
        ]
        return FoundEntries(words, language, hits)

    def displayable_figures(self) -> tuple[m.KeyFigure, ...]:
        """The figures that may stand on a page: those that nobody can explain are left out."""
        return tuple(figure for figure in self.key_figures if figure.displayable)

    def unknown_factors(self) -> tuple[m.Factor | m.OpenQuestion, ...]:
        """The factors and open questions that nobody knows the answer to."""
        return tuple(entry for entry in (*self.factors, *self.open_questions) if entry.known == "unknown")

    def source_of(self, figure: m.KeyFigure) -> m.Source:
        """The source record of a figure."""
        return self.sources[figure.source_id]

    def _repr_html_(self) -> str:
        rows = [(one.title(), str(len(one)), name) for name, one in self.collections().items()]
        return html_table("Registers", ("", "", "registers."), rows)

    def __repr__(self) -> str:
        return "\n".join(repr(one) for one in self.collections().values())


def read_registers(folder: str | Path | None = None) -> Registers:
    """All registers of a folder, by default ``data/registers``. Read once; read again when a file changed.

    Raises
    ------
    InputError : a file is missing or is no YAML, or an entry lacks a field or holds one of the wrong kind.
    All
        problems are named, with file and entry.

    >>> registers = read_registers()
    >>> len(registers.terms), len(registers.reporting_points)
    (72, 45)
    """
    path = Path(folder) if folder is not None else data_folder("registers")
    changed = tuple(sorted((file.name, file.stat().st_mtime_ns) for file in path.glob("*.yaml")))
    return _read(path, changed)


@lru_cache(maxsize=4)
def _read(folder: Path, changed: tuple[tuple[str, int], ...]) -> Registers:
    del changed  # part of the key only: an edited file is read again
    return _Reader(folder).registers()


class _Reader:
    """Reads file after file and gathers what is wrong."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.heads: dict[str, RegisterHead] = {}
        self.content: dict[str, dict[str, Any]] = {}

    def registers(self) -> Registers:
        for name in _FILES:
            self._read_file(name)
        if self.problems:
            raise InputError(self.problems, title=f"The registers in {self.folder} cannot be read.")
        values = self._values()
        if self.problems:
            raise InputError(self.problems, title=f"The registers in {self.folder} hold mistakes.")
        return Registers(folder=self.folder, heads=self.heads, **values)

    def _read_file(self, name: str) -> None:
        path = self.folder / f"{name}.yaml"
        try:
            content = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
        except FileNotFoundError:
            self.problems.append(Problem("This file is missing.", str(path), "Restore it from the project."))
            return
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            place = getattr(error, "problem_mark", None)
            line = f", line {place.line + 1}" if place else ""
            self.problems.append(
                Problem("This is not readable YAML in UTF-8.", f"{path.name}{line}", "Check indents and quotes.")
            )
            return
        if not isinstance(content, dict):
            self.problems.append(Problem("This file holds no register.", path.name, "Restore it from the project."))
            return
        head = {key: content.pop(key) for key in list(content) if key in _HEAD}
        missing = [key for key in _HEAD_NEEDED if not head.get(key)]
        if missing:
            self.problems.append(Problem(f"The head lacks {', '.join(missing)}.", path.name, "Add it at the top."))
        else:
            head.pop("written_by", None)
            self.heads[name] = RegisterHead(**head)
        self.content[name] = content

    def _values(self) -> dict[str, Any]:
        many, one = self._collection, self._one
        return {
            "terms": many("terms", m.Term),
            "grounds": many("grounds", m.Ground),
            "sources": many("sources", m.Source),
            "themes": many("factors", m.Theme, "themes"),
            "factors": many("factors", m.Factor),
            "open_questions": many("factors", m.OpenQuestion, "open_questions"),
            "phases": many("journeys", m.Phase, "phases"),
            "steps": many("journeys", m.Step, "steps"),
            "journeys": many("journeys", m.Journey),
            "reporting_points": many("reporting_points", m.ReportingPoint),
            "key_figures": many("key_figures", m.KeyFigure),
            "queries": many("queries", m.Query),
            "query_design": QueryDesign(
                questions=many("queries", m.Question, "questions"),
                term_groups=many("queries", m.TermGroup, "term_groups"),
                criteria=many("queries", m.Criterion, "criteria"),
                search_log=many("queries", m.Search, "search_log"),
                record_per_search=self._words("queries", "record_per_search"),
            ),
            "instrument_steps": many("instruments", m.InstrumentStep, "instrument_steps"),
            "instruments": many("instruments", m.Instrument),
            "decision_route": many("instruments", m.DecisionQuestion, "decision_route"),
            "lessons": many("lessons", m.Lesson),
            "lessons_context": Lessons(
                insights=many("lessons", m.Insight, "insights"),
                plans=many("lessons", m.Plan, "plans"),
                goals=many("lessons", m.Goal, "goals"),
            ),
            "partners": many("partners", m.Partner),
            "events": many("partners", m.Event, "events"),
            "voices": many("voices", m.Voice),
            "classification": Classification(
                levels=many("classification", m.ClassificationLevel, "levels"),
                isced_fields=many("classification", m.Note, "isced_fields"),
                sector_chambers=many("classification", m.Note, "sector_chambers"),
                link_qualities=many("classification", m.Note, "link_qualities"),
                mbo_links=many("classification", m.ClassificationLink, "mbo_links"),
                hbo_links=many("classification", m.ClassificationLink, "hbo_links"),
                programmes=many("classification", m.Programme, "programmes"),
                comparability_rules=many("classification", m.Note, "comparability_rules"),
                data_sources=many("classification", m.DataSource, "data_sources"),
                packages=many("classification", m.Package, "packages"),
            ),
            "survey_rules": SurveyRules(
                target_population=one("survey_rules", m.TargetPopulation, "target_population"),
                special_category_items=self._words("survey_rules", "special_category_items"),
                weighting=one("survey_rules", m.Weighting, "weighting"),
                comparisons=many("survey_rules", m.Comparison, "comparisons"),
                privacy_rules=many("survey_rules", m.PrivacyRule, "privacy_rules"),
            ),
            "method": Method(
                done=many("method", m.Note, "done"),
                phases=many("method", m.SprintPhase, "phases", name="sprint_phases"),
                roles=many("method", m.Note, "roles"),
                examples=many("method", m.Note, "examples"),
                supports=many("method", m.Support, "supports"),
                claims=many("method", m.Claim, "claims"),
                index_parts=many("method", m.Note, "index_parts"),
                quality_rules=many("method", m.Note, "quality_rules"),
                literature=many("method", m.Note, "literature"),
            ),
            "routing": Routing(
                fallback=str(self.content["routing"].get("fallback", "")),
                municipalities=self.content["routing"].get("municipalities") or {},
                schools=self.content["routing"].get("schools") or {},
                routes=many("routing", m.Route, "points", name="routing"),
            ),
            "index": IndexDesign(
                readings=many("index", m.Reading, "readings", name="index_readings"),
                domains=many("index", m.IndexDomain, "domains", name="index_domains"),
                indicators=many("index", m.Indicator, "indicators"),
                rules=many("index", m.Note, "rules", name="index_rules"),
                paradoxes=many("index", m.Note, "paradoxes"),
                flag_parts=many("index", m.FlagPart, "flag_parts"),
            ),
            "maintainer": self._maintainer(),
            "verifications": self._verifications(),
        }

    def _words(self, file: str, part: str) -> tuple[str, ...]:
        return tuple(str(word) for word in self.content[file].get(part) or ())

    def _collection(self, file: str, kind: type[AnyEntry], part: str = "", *, name: str = "") -> Collection[AnyEntry]:
        rows = self.content[file].get(part or file)
        if not isinstance(rows, list):
            self.problems.append(
                Problem(f"The list '{part or file}' is missing.", f"{file}.yaml", "Restore it from the project.")
            )
            rows = []
        entries = [self._entry(f"{file}.yaml", kind, row, number) for number, row in enumerate(rows, start=1)]
        kept = [entry for entry in entries if entry is not None]
        self._refuse_duplicates(f"{file}.yaml", [entry.id for entry in kept])
        return Collection(name or part or file, kept)

    def _one(self, file: str, kind: type[m.Entry], part: str) -> Any:
        return self._entry(f"{file}.yaml", kind, self.content[file].get(part), 1)

    def _entry(self, file: str, kind: type[AnyEntry], row: object, number: int) -> AnyEntry | None:
        name = str(row.get("id", f"entry {number}")) if isinstance(row, dict) else f"entry {number}"
        try:
            return kind.model_validate(row)
        except ValidationError as error:
            self._explain(f"{file}, {name}", error, list(kind.model_fields))
            return None

    def _explain(self, where: str, error: ValidationError, known: list[str]) -> None:
        for mistake in error.errors(include_url=False):
            field_name = ".".join(str(part) for part in mistake["loc"])
            if mistake["type"] == "extra_forbidden":
                problem = Problem(f"Field '{field_name}' is unknown.", where, did_you_mean(field_name, known))
            elif mistake["type"] == "missing":
                problem = Problem(f"Field '{field_name}' is missing.", where, "Add it, empty when unknown.")
            else:
                problem = Problem(f"Field '{field_name}': {mistake['msg']}.", where, "Check value and quotes.")
            self.problems.append(problem)

    def _refuse_duplicates(self, file: str, ids: list[str]) -> None:
        seen: set[str] = set()
        for identifier in ids:
            if identifier in seen:
                self.problems.append(Problem(f"The id '{identifier}' stands here twice.", file, "Rename one of them."))
            seen.add(identifier)

    def _maintainer(self) -> Maintainer:
        content = self.content["maintainer"]
        name, email = (str(content.get(key) or "").strip() for key in ("name", "email"))
        if email and not re.fullmatch(r"[^\s@<>\"'?&]+@[^\s@<>\"'?&]+\.[^\s@<>\"'?&]+", email):
            self.problems.append(
                Problem("The email of the maintainer is no address.", "maintainer.yaml", "Mend it, or leave it empty.")
            )
        return Maintainer(name, email)

    def _verifications(self) -> tuple[m.Verification, ...]:
        found = []
        for number, row in enumerate(self.content["verifications"].get("verifications") or [], start=1):
            try:
                found.append(m.Verification.model_validate(row))
            except ValidationError as error:
                where = f"verifications.yaml, check {number}"
                self._explain(where, error, list(m.Verification.model_fields))
        return tuple(found)


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FILES = (
    "terms",
    "grounds",
    "sources",
    "factors",
    "journeys",
    "reporting_points",
    "key_figures",
    "queries",
    "instruments",
    "lessons",
    "partners",
    "voices",
    "classification",
    "survey_rules",
    "method",
    "routing",
    "index",
    "maintainer",
    "verifications",
)
_HEAD_NEEDED = ("register", "title_nl", "title_en", "source", "date", "licence")
_HEAD = (*_HEAD_NEEDED, "written_by", "count", "note_nl", "note_en")
