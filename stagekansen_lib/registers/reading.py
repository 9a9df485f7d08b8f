"""Reads data/registers into typed entries. Everything wrong in the files is reported at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from stagekansen_lib.assets import html_table
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.places import read_place
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.registers.classification import (
    ClassificationLevel,
    ClassificationLink,
    DataSource,
    Package,
    Programme,
)
from stagekansen_lib.registers.collections import Collection, Found, FoundEntries
from stagekansen_lib.registers.entries import Entry, Note
from stagekansen_lib.registers.heads import (
    ClassificationRegister,
    IndexDesign,
    Lessons,
    Maintainer,
    Method,
    QueryDesign,
    RegisterHead,
    Routing,
    Standard,
    SurveyRules,
)
from stagekansen_lib.registers.index_design import FlagPart, IndexDomain, Indicator, Reading
from stagekansen_lib.registers.models import (
    Claim,
    ComparableItem,
    ConsultedPage,
    Criterion,
    Factor,
    Goal,
    Ground,
    Insight,
    KeyFigure,
    Lesson,
    OpenQuestion,
    Plan,
    PrivacyRule,
    Query,
    Question,
    Search,
    Source,
    SprintPhase,
    Support,
    TargetPopulation,
    Term,
    TermGroup,
    Theme,
    Voice,
    Weighting,
)
from stagekansen_lib.registers.people_and_places import (
    Event,
    EverydayWord,
    Initiative,
    Instrument,
    InstrumentStep,
    Journey,
    Partner,
    Phase,
    ReportingPoint,
    Route,
    Step,
    Verification,
)
from stagekansen_lib.registers.standard import (
    CheckQuestion,
    StandardBox,
    StandardLayer,
    StandardOutcome,
    StandardQuestion,
    StandardRole,
)
from stagekansen_lib.wording import chosen_language

__all__ = ["Registers", "read_registers", "watch_reading"]


AnyEntry = TypeVar("AnyEntry", bound=Entry)


_FILES = (
    "terms", "grounds", "sources", "factors", "journeys", "reporting_points", "everyday_words", "key_figures",
    "queries", "instruments", "standard", "self_check", "lessons", "partners", "voices", "classification",
    "survey_rules", "method", "routing", "index", "maintainer", "verifications",
)  # fmt: skip

_ABOUT_CONSULTED = ("consulted_on", "consulted_result_nl", "consulted_result_en")

# What a place may not leave out: there is no empty one of it.
_NEVER_LEFT_OUT = ("survey_rules",)

_HEAD_NEEDED = ("register", "title_nl", "title_en", "source", "date", "licence")

_HEAD = (*_HEAD_NEEDED, "written_by", "count", "note_nl", "note_en")


@dataclass(frozen=True)
class Registers:
    """All registers. ``registers.terms["melding"]``, ``registers.search("stage", language="nl")``."""

    folder: Path
    heads: Mapping[str, RegisterHead]
    terms: Collection[Term]
    grounds: Collection[Ground]
    sources: Collection[Source]
    themes: Collection[Theme]
    factors: Collection[Factor]
    open_questions: Collection[OpenQuestion]
    phases: Collection[Phase]
    steps: Collection[Step]
    journeys: Collection[Journey]
    reporting_points: Collection[ReportingPoint]
    everyday_words: Collection[EverydayWord]
    key_figures: Collection[KeyFigure]
    queries: Collection[Query]
    query_design: QueryDesign
    instrument_steps: Collection[InstrumentStep]
    instruments: Collection[Instrument]
    standard: Standard
    lessons: Collection[Lesson]
    lessons_context: Lessons
    partners: Collection[Partner]
    events: Collection[Event]
    podium: Collection[Initiative]
    voices: Collection[Voice]
    classification: ClassificationRegister
    survey_rules: SurveyRules
    method: Method
    routing: Routing
    index: IndexDesign
    maintainer: Maintainer
    verifications: tuple[Verification, ...]

    def collections(self) -> dict[str, Collection[Any]]:
        """Every collection by its name, also those inside a group such as ``method``."""
        found: dict[str, Collection[Any]] = {}
        for part in vars(self).values():
            for value in (part, *(vars(part).values() if hasattr(part, "__dataclass_fields__") else ())):
                if isinstance(value, Collection):
                    found[value.name] = value
        return found

    def search(self, words: str, language: str | None = None) -> FoundEntries:
        """Everything that holds all the words, over all registers; names come before texts.

        A figure that may not be displayed and a reporting point that may not be shown are found here too:
        this is for people who keep the registers. Pages ask `displayable_figures` and
        `public_reporting_points`.
        """
        language = chosen_language(language)
        hits = [
            Found(name, entry)
            for name, collection in self.collections().items()
            for entry in collection.search(words, language)
        ]
        return FoundEntries(words, language, hits)

    def displayable_figures(self) -> tuple[KeyFigure, ...]:
        """The figures that may stand on a page: those that nobody can explain are left out."""
        return tuple(figure for figure in self.key_figures if figure.displayable)

    def unknown_factors(self) -> tuple[Factor | OpenQuestion, ...]:
        """The factors and open questions that nobody knows the answer to."""
        return tuple(entry for entry in (*self.factors, *self.open_questions) if entry.known == "unknown")

    def source_of(self, figure: KeyFigure) -> Source:
        """The source record of a figure."""
        return self.sources[figure.source_id]

    def _repr_html_(self) -> str:
        rows = [(one.title(), str(len(one)), name) for name, one in self.collections().items()]
        return html_table("Registers", ("", "", "registers."), rows)

    def __repr__(self) -> str:
        return "\n".join(repr(one) for one in self.collections().values())


Watcher = Callable[[Path, Callable[[], Registers]], Registers]
_watcher: Watcher | None = None


def watch_reading(watcher: Watcher) -> None:
    """From now on each reading goes through this; it gets the folder and what reads it, and gives what is seen."""
    global _watcher
    _watcher = watcher


def read_registers(folder: str | Path | None = None) -> Registers:
    """All registers of a folder. Read once; read again when a file changed.

    Parameters
    ----------
    folder : where the files lie; ``data/registers`` when left out.

    Returns
    -------
    Registers : a collection for each file, looked up by id, such as ``registers.terms["melding"]``.

    Raises
    ------
    InputError : a file is missing or is no YAML, or an entry lacks a field or holds one of the wrong kind. All problems
        are named, with file and entry.

    Examples
    --------
    >>> registers = read_registers()
    >>> len(registers.terms), len(registers.reporting_points)
    (72, 45)
    """
    path = Path(folder) if folder is not None else data_folder("registers")

    def read() -> Registers:
        changed = tuple(sorted((file.name, file.stat().st_mtime_ns) for file in path.glob("*.yaml")))
        return _read(path, changed, read_place().registers_without)

    return _watcher(path, read) if _watcher else read()


@lru_cache(maxsize=4)
def _read(folder: Path, changed: tuple[tuple[str, int], ...], without: tuple[str, ...]) -> Registers:
    del changed  # part of the key only: an edited file is read again
    return _Reader(folder, without).registers()


class _Reader:
    """Reads file after file and gathers what is wrong."""

    def __init__(self, folder: Path, without: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.without = without
        self.problems: list[Problem] = []
        self.heads: dict[str, RegisterHead] = {}
        self.content: dict[str, dict[str, Any]] = {}

    def registers(self) -> Registers:
        self._refuse_to_leave_out()
        for name in _FILES:
            if name in self.without and not (self.folder / f"{name}.yaml").is_file():
                self.content[name] = {}
                self.heads[name] = RegisterHead(name, "", "", "", "", "")
            else:
                self._read_file(name)
        if self.problems:
            raise InputError(self.problems, title=f"The registers in {self.folder} cannot be read.")
        values = self._values()
        if self.problems:
            raise InputError(self.problems, title=f"The registers in {self.folder} hold mistakes.")
        return Registers(folder=self.folder, heads=self.heads, **values)

    def _refuse_to_leave_out(self) -> None:
        choices = [name for name in _FILES if name not in _NEVER_LEFT_OUT]
        self.problems += [
            Problem(f"The register '{name}' cannot be left out.", "place/place.yaml", did_you_mean(name, choices))
            for name in self.without
            if name not in choices
        ]

    def _read_file(self, name: str) -> None:
        path = self.folder / f"{name}.yaml"
        if not path.is_file():
            self.problems.append(Problem("This file is missing.", str(path), "Restore it from the project."))
            return
        try:
            content = read_yaml(path)
        except InputError as error:
            self.problems += error.problems
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
            "terms": many("terms", Term),
            "grounds": many("grounds", Ground),
            "sources": many("sources", Source),
            "themes": many("factors", Theme, "themes"),
            "factors": many("factors", Factor),
            "open_questions": many("factors", OpenQuestion, "open_questions"),
            "phases": many("journeys", Phase, "phases"),
            "steps": many("journeys", Step, "steps"),
            "journeys": many("journeys", Journey),
            "reporting_points": many("reporting_points", ReportingPoint),
            "everyday_words": many("everyday_words", EverydayWord),
            "key_figures": many("key_figures", KeyFigure),
            "queries": many("queries", Query),
            "query_design": QueryDesign(
                questions=many("queries", Question, "questions"),
                term_groups=many("queries", TermGroup, "term_groups"),
                criteria=many("queries", Criterion, "criteria"),
                search_log=many("queries", Search, "search_log"),
                record_per_search=self._words("queries", "record_per_search"),
                consulted=self._collection("queries", ConsultedPage, "consulted", may_lack=True),
                **{name: str(self.content["queries"].get(name, "")) for name in _ABOUT_CONSULTED},
            ),
            "instrument_steps": many("instruments", InstrumentStep, "instrument_steps"),
            "instruments": many("instruments", Instrument),
            "standard": Standard(
                roles=many("standard", StandardRole, "roles", name="standard_roles"),
                questions=many("standard", StandardQuestion, "questions", name="standard_questions"),
                outcomes=many("standard", StandardOutcome, "outcomes", name="standard_outcomes"),
                boxes=many("standard", StandardBox, "boxes", name="standard_boxes"),
                layers=many("standard", StandardLayer, "layers", name="standard_layers"),
                check=many("self_check", CheckQuestion, "check_questions"),
            ),
            "lessons": many("lessons", Lesson),
            "lessons_context": Lessons(
                insights=many("lessons", Insight, "insights"),
                plans=many("lessons", Plan, "plans"),
                goals=many("lessons", Goal, "goals"),
            ),
            "partners": many("partners", Partner),
            "events": many("partners", Event, "events"),
            "podium": self._collection("partners", Initiative, "podium", may_lack=True),
            "voices": many("voices", Voice),
            "classification": ClassificationRegister(
                levels=many("classification", ClassificationLevel, "levels"),
                isced_fields=many("classification", Note, "isced_fields"),
                sector_chambers=many("classification", Note, "sector_chambers"),
                link_qualities=many("classification", Note, "link_qualities"),
                mbo_links=many("classification", ClassificationLink, "mbo_links"),
                hbo_links=many("classification", ClassificationLink, "hbo_links"),
                programmes=many("classification", Programme, "programmes"),
                comparability_rules=many("classification", Note, "comparability_rules"),
                data_sources=many("classification", DataSource, "data_sources"),
                packages=many("classification", Package, "packages"),
            ),
            "survey_rules": SurveyRules(
                target_population=one("survey_rules", TargetPopulation, "target_population"),
                special_category_items=self._words("survey_rules", "special_category_items"),
                weighting=one("survey_rules", Weighting, "weighting"),
                comparisons=many("survey_rules", ComparableItem, "comparisons"),
                privacy_rules=many("survey_rules", PrivacyRule, "privacy_rules"),
            ),
            "method": Method(
                done=many("method", Note, "done"),
                phases=many("method", SprintPhase, "phases", name="sprint_phases"),
                roles=many("method", Note, "roles"),
                examples=many("method", Note, "examples"),
                supports=many("method", Support, "supports"),
                claims=many("method", Claim, "claims"),
                index_parts=many("method", Note, "index_parts"),
                quality_rules=many("method", Note, "quality_rules"),
                literature=many("method", Note, "literature"),
            ),
            "routing": Routing(
                fallback=str(self.content["routing"].get("fallback", "")),
                municipalities=self.content["routing"].get("municipalities") or {},
                schools=self.content["routing"].get("schools") or {},
                routes=many("routing", Route, "points", name="routing"),
            ),
            "index": IndexDesign(
                readings=many("index", Reading, "readings", name="index_readings"),
                domains=many("index", IndexDomain, "domains", name="index_domains"),
                indicators=many("index", Indicator, "indicators"),
                rules=many("index", Note, "rules", name="index_rules"),
                paradoxes=many("index", Note, "paradoxes"),
                flag_parts=many("index", FlagPart, "flag_parts"),
            ),
            "maintainer": self._maintainer(),
            "verifications": self._verifications(),
        }

    def _words(self, file: str, part: str) -> tuple[str, ...]:
        return tuple(str(word) for word in self.content[file].get(part) or ())

    def _collection(
        self, file: str, kind: type[AnyEntry], part: str = "", *, name: str = "", may_lack: bool = False
    ) -> Collection[AnyEntry]:
        """The entries of a list in a file; ``may_lack`` is for a list that older releases do not hold."""
        rows = self.content[file].get(part or file)
        if rows is None and (may_lack or file in self.without):
            rows = []
        if not isinstance(rows, list):
            self.problems.append(
                Problem(f"The list '{part or file}' is missing.", f"{file}.yaml", "Restore it from the project.")
            )
            rows = []
        entries = [self._entry(f"{file}.yaml", kind, row, number) for number, row in enumerate(rows, start=1)]
        kept = [entry for entry in entries if entry is not None]
        self._refuse_duplicates(f"{file}.yaml", [entry.id for entry in kept])
        return Collection(name or part or file, kept)

    def _one(self, file: str, kind: type[Entry], part: str) -> Any:
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

    def _verifications(self) -> tuple[Verification, ...]:
        found = []
        for number, row in enumerate(self.content["verifications"].get("verifications") or [], start=1):
            try:
                found.append(Verification.model_validate(row))
            except ValidationError as error:
                where = f"verifications.yaml, check {number}"
                self._explain(where, error, list(Verification.model_fields))
        return tuple(found)
