"""Cross-checks between the registers: what is referred to exists, nothing is an orphan, nothing is in one language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from stagekansen_lib.errors import Problem, did_you_mean
from stagekansen_lib.registers.collections import Collection
from stagekansen_lib.registers.entries import Entry
from stagekansen_lib.registers.reading import Registers
from stagekansen_lib.registers.verification import field_names

__all__ = ["check_registers"]


def check_registers(registers: Registers) -> list[Problem]:
    """Everything that is wrong between the registers; an empty list when they are in order.

    Checked: every source, theme, step, phase, ground, figure, municipality, school, field and reporting
    point that is referred to exists; every figure has its source record; each reporting point stands in the
    routing once; text stands in both languages; the counts that a file declares are its real counts; a
    hidden field and the class of a point are known words.

    >>> from stagekansen_lib.registers.reading import read_registers
    >>> check_registers(read_registers())
    []
    """
    return [problem for check in _CHECKS for problem in check(registers)]


def _refer(where: str, what: str, names: Iterable[str], known: Iterable[str]) -> Iterator[Problem]:
    known = list(known)
    for name in names:
        if name not in known:
            yield Problem(f"The {what} '{name}' does not exist.", where, did_you_mean(name, known))


def _place(collection: Collection[Entry], entry: Entry) -> str:
    return f"{collection.name}, {entry.id}"


def _sources_exist(registers: Registers) -> Iterator[Problem]:
    for collection in registers.collections().values():
        for entry in collection:
            yield from _refer(_place(collection, entry), "source", entry.source_ids, registers.sources.ids)
    for journey in registers.journeys:
        for annotation in journey.annotations:
            yield from _refer(f"journeys, {annotation.id}", "source", annotation.source_ids, registers.sources.ids)


def _figures_have_a_source(registers: Registers) -> Iterator[Problem]:
    for figure in registers.key_figures:
        yield from _refer(f"key_figures, {figure.id}", "source", [figure.source_id], registers.sources.ids)
        if figure.value is None and figure.status == "published" and figure.kind != "survey_finding":
            yield Problem("A published figure has no value.", f"key_figures, {figure.id}", "Set status to missing.")
    for comparison in registers.survey_rules.comparisons:
        where = f"survey_rules, {comparison.id}"
        yield from _refer(where, "figure", [comparison.key_figure], registers.key_figures.ids)


def _journey_holds_together(registers: Registers) -> Iterator[Problem]:
    for factor in registers.factors:
        yield from _refer(f"factors, {factor.id}", "theme", [factor.theme], registers.themes.ids)
    for step in registers.steps:
        yield from _refer(f"steps, {step.id}", "phase", [step.phase], registers.phases.ids)
    for journey in registers.journeys:
        for annotation in journey.annotations:
            yield from _refer(f"journeys, {annotation.id}", "step", annotation.steps, registers.steps.ids)
    for voice in registers.voices:
        yield from _refer(f"voices, {voice.id}", "step", [voice.step], registers.steps.ids)
        yield from _refer(f"voices, {voice.id}", "ground", voice.grounds, registers.grounds.ids)


def _instruments_hold_together(registers: Registers) -> Iterator[Problem]:
    boxes = registers.instrument_steps.ids
    for instrument in registers.instruments:
        where = f"instruments, {instrument.id}"
        yield from _refer(where, "step of the Stagestandaard", [instrument.step], (*boxes, "all", "data"))
    for question in registers.decision_route:
        yield from _refer(f"decision_route, {question.id}", "step of the Stagestandaard", question.leads_to, boxes)


def _classification_holds_together(registers: Registers) -> Iterator[Problem]:
    classes = registers.classification
    for links in (classes.mbo_links, classes.hbo_links):
        for link in links:
            where = f"{links.name}, {link.id}"
            yield from _refer(where, "ISCED field", [link.isced, *link.alternatives], classes.isced_fields.ids)
            yield from _refer(where, "quality of a link", [link.quality], classes.link_qualities.ids)
    for programme in classes.programmes:
        yield from _refer(f"programmes, {programme.id}", "ISCED field", programme.isced, classes.isced_fields.ids)


def _routing_is_complete(registers: Registers) -> Iterator[Problem]:
    routing, points = registers.routing, registers.reporting_points
    yield from _refer("routing.yaml, fallback", "reporting point", [routing.fallback], points.ids)
    for point in points:
        if point.id not in routing.routes:
            yield Problem(f"The reporting point '{point.id}' has no routing.", "routing.yaml", "Add it.")
    for route in routing.routes:
        where = f"routing.yaml, {route.id}"
        yield from _refer(where, "reporting point", [route.id], points.ids)
        yield from _refer(where, "ground", route.grounds, (*registers.grounds.ids, "all"))
        yield from _refer(where, "municipality", route.places, (*routing.municipalities, "all"))
        yield from _refer(where, "school", route.schools, routing.schools)
        yield from _refer(where, "level", route.levels, ("mbo", "hbo", "wo"))
        yield from _refer(where, "role", route.roles, ("student", "school", "witness"))


def _checks_name_what_exists(registers: Registers) -> Iterator[Problem]:
    for point in registers.reporting_points:
        where = f"reporting_points, {point.id}"
        yield from _refer(where, "field", point.hidden_until_verified, field_names())
        if (point.latitude is None) != (point.longitude is None):
            yield Problem("Only one of latitude and longitude is filled in.", where, "Fill in both or neither.")
    for check in registers.verifications:
        yield from _refer("verifications.yaml", "reporting point", [check.point], registers.reporting_points.ids)
        yield from _refer(f"verifications.yaml, {check.point}", "field", check.fields, field_names())


def _both_languages(registers: Registers) -> Iterator[Problem]:
    for collection in registers.collections().values():
        for entry in collection:
            yield from _in_both(_place(collection, entry), entry)
    for journey in registers.journeys:
        for annotation in journey.annotations:
            yield from _in_both(f"journeys, {annotation.id}", annotation)
    for name, head in registers.heads.items():
        if bool(head.note_nl) != bool(head.note_en):
            yield Problem("The note stands in one language only.", f"{name}.yaml", "Add the other language.")


def _in_both(where: str, entry: Entry) -> Iterator[Problem]:
    for dutch in (name for name in type(entry).model_fields if name.endswith("_nl")):
        english = f"{dutch[:-3]}_en"
        nl, en = getattr(entry, dutch), getattr(entry, english)
        # Search terms differ in number between languages; every other list says the same in both.
        uneven = isinstance(nl, tuple) and not dutch.startswith("terms") and len(nl) != len(en)
        if bool(nl) != bool(en) or uneven:
            missing = english if nl else dutch
            yield Problem(f"'{dutch[:-3]}' stands in one language only.", where, f"Fill in {missing}.")


def _counts_are_as_declared(registers: Registers) -> Iterator[Problem]:
    sizes = {name: len(collection) for name, collection in registers.collections().items()}
    for name, head in registers.heads.items():
        for part, declared in head.count.items():
            if sizes.get(part) != declared:
                yield Problem(
                    f"The head declares {declared} {part}, the file holds {sizes.get(part, 0)}.",
                    f"{name}.yaml",
                    "Correct the count, or restore what is gone.",
                )


_CHECKS: tuple[Callable[[Registers], Iterator[Problem]], ...] = (
    _sources_exist,
    _figures_have_a_source,
    _journey_holds_together,
    _instruments_hold_together,
    _classification_holds_together,
    _routing_is_complete,
    _checks_name_what_exists,
    _both_languages,
    _counts_are_as_declared,
)
