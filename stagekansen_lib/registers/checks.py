"""Cross-checks between the registers: what is referred to exists, nothing is an orphan, nothing is in one language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from stagekansen_lib.errors import Problem, did_you_mean
from stagekansen_lib.registers.collections import Collection
from stagekansen_lib.registers.entries import Entry
from stagekansen_lib.registers.reading import Registers
from stagekansen_lib.registers.verification import field_names

__all__ = ["check_registers"]

# Where anybody may put what another made, and the first part of the name of a server on which a site is tried out.
_SITES_OF_COPIES = (
    "5dok.net",
    "docplayer.nl",
    "docplayer.net",
    "fdocuments.net",
    "fdocuments.nl",
    "scribd.com",
    "docslib.org",
)
_TRIED_OUT = ("acc", "acceptance", "acceptatie", "dev", "preview", "staging", "test")


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
        yield from _refer(where, "reporting point", filter(None, [instrument.point]), registers.reporting_points.ids)
        if (instrument.kind == "desk") != bool(instrument.point) or (instrument.point and instrument.url):
            yield Problem(
                "A desk has its address at the reporting points, and only a desk has.",
                where,
                "Name the reporting point in `point`, and leave out `url`.",
            )
        if bool(instrument.url) != bool(instrument.checked_on):
            yield Problem("An address comes with the day on which it was looked up.", where, "Fill in both or neither.")


def _the_way_goes_on(registers: Registers) -> Iterator[Problem]:
    """Each answer of the Stagestandaard leads somewhere, without going round, and each box offers something."""
    standard, tools = registers.standard, registers.instruments.ids
    places = (*standard.questions.ids, *standard.outcomes.ids, *standard.boxes.ids)
    for role in standard.roles:
        yield from _refer(f"standard, {role.id}", "question", [role.first_question], standard.questions.ids)
    for question in standard.questions:
        yield from _refer(f"standard, {question.id}", "place", [question.if_yes, question.if_no], places)
    for outcome in standard.outcomes:
        yield from _refer(f"standard, {outcome.id}", "place", outcome.next, places)
    leads = {one.id: (one.if_yes, one.if_no) for one in standard.questions} | {
        one.id: one.next for one in standard.outcomes
    }
    for start in leads:
        if start in _reached(leads, start):
            yield Problem("The way comes back here.", f"standard, {start}", "Let it end in a box.")
    for box in standard.boxes:
        yield from _refer(f"standard, {box.id}", "instrument", box.tools, tools)
    for layer in standard.layers:
        yield from _refer(f"standard, {layer.id}", "instrument", (*layer.tools, *layer.placed), tools)
        yield from _refer(f"standard, {layer.id}", "side", layer.sides, ("onderneming", "onderwijsinstelling"))
    for one in standard.check:
        yield from _refer(f"self_check, {one.id}", "role", [one.role], standard.roles.ids)
        yield from _refer(f"self_check, {one.id}", "box", [one.box], standard.boxes.ids)


def _reached(leads: Mapping[str, Iterable[str]], start: str) -> set[str]:
    """Every place that the way from a place comes to."""
    found: set[str] = set()
    todo = list(leads.get(start, ()))
    while todo:
        place = todo.pop()
        if place not in found:
            found.add(place)
            todo += leads.get(place, ())
    return found


def _network_holds_together(registers: Registers) -> Iterator[Problem]:
    for partner in registers.partners:
        yield from _refer(f"partners, {partner.id}", "source", partner.since_source_ids, registers.sources.ids)
        if bool(partner.since) != bool(partner.since_source_ids):
            yield Problem("A date comes with the source that bears it.", f"partners, {partner.id}", "Fill in both.")
    for initiative in registers.podium:
        yield from _refer(f"podium, {initiative.id}", "instrument", [initiative.instrument], registers.instruments.ids)


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
    for code, names in routing.municipalities.items():
        where = f"routing.yaml, {code}"
        yield from _refer(where, "reporting point", [names.get("agency", "")], points.ids)
        desks = [one.id for one in routing.routes if one.kind == "municipality" and one.places == (code,)]
        if not any(desk in points and points[desk].type.startswith("adv") for desk in desks):
            yield Problem(f"No agency against discrimination serves only {code}.", where, "Add its reporting point.")


def _words_lead_to_a_ground(registers: Registers) -> Iterator[Problem]:
    for word in registers.everyday_words:
        yield from _refer(f"everyday_words, {word.id}", "ground", word.grounds, registers.grounds.ids)
        if word.id in registers.grounds:
            yield Problem("A word has the id of a ground.", f"everyday_words, {word.id}", "Give it another id.")


def _advisers_have_a_page_of_their_own(registers: Registers) -> Iterator[Problem]:
    """What a page of somebody else says about the adviser of a school may be a copy of long ago."""
    for point in registers.reporting_points:
        own, told = (_site(url) for url in (point.web, point.source_url))
        if point.scope == "institution" and point.type in ("school", "ombuds") and told and told != own:
            where = f"reporting_points, {point.id}"
            yield Problem(f"The source '{told}' is not of the school itself.", where, "Name a page of the school.")


def _copies_say_that_they_are(registers: Registers) -> Iterator[Problem]:
    """A copy on a site for loose documents, or on a site that is being tried out, is not the page of its maker."""
    pages = [("sources", one.id, one.url, one.seen_via) for one in registers.sources]
    pages += [("instruments", one.id, one.url, "") for one in registers.instruments]
    for register, name, url, seen_via in pages:
        host = urlsplit(url).hostname or ""
        copied = _site(url) in _SITES_OF_COPIES or host.split(".")[0] in _TRIED_OUT
        if copied and not seen_via:
            yield Problem(
                f"The address '{host}' holds a copy.",
                f"{register}, {name}",
                "Name the page of the maker, or say in seen_via where the copy was read.",
            )


def _site(url: str) -> str:
    """The last two parts of the name of a server: the site that a page belongs to."""
    return ".".join((urlsplit(url).hostname or "").split(".")[-2:])


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
    _the_way_goes_on,
    _network_holds_together,
    _classification_holds_together,
    _routing_is_complete,
    _words_lead_to_a_ground,
    _advisers_have_a_page_of_their_own,
    _copies_say_that_they_are,
    _checks_name_what_exists,
    _both_languages,
    _counts_are_as_declared,
)
