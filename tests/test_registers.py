"""The registers: complete, in two languages, cross-checked, and never sending a student to a wrong door."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from stagekansen_lib.errors import InputError
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.registers.checks import check_registers
from stagekansen_lib.registers.people_and_places import Verification
from stagekansen_lib.registers.public_points import PublicPoint, public_reporting_points
from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.registers.routing import agencies, where_can_i_go
from stagekansen_lib.registers.verification import (
    CONTACT_FIELDS,
    OUTDATED_AFTER_DAYS,
    record_verification,
    unverified_report,
)
from stagekansen_lib.wording import has_text

PROJECT = Path(__file__).resolve().parent.parent
REGISTERS = PROJECT / "data" / "registers"
FACTS = PROJECT.parent / "shared" / "facts"
SCRIPT = PROJECT / "scripts" / "make_registers.py"
TODAY = datetime.date.today()

Change = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def registers() -> Registers:
    return read_registers(REGISTERS)


@pytest.fixture(scope="module")
def unchecked(registers: Registers) -> Registers:
    """The registers as if nobody had checked a reporting point yet."""
    return dataclasses.replace(registers, verifications=())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the registers without any check, to change at will."""
    copy = tmp_path / "registers"
    shutil.copytree(REGISTERS, copy)
    edit(copy, "verifications", lambda content: content.update(verifications=[]))
    return copy


def edit(folder: Path, name: str, change: Change) -> None:
    path = folder / f"{name}.yaml"
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    change(content)
    text = yaml.dump(content, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
    path.write_text(text, encoding="utf-8")


def raw(name: str) -> dict[str, Any]:
    content = yaml.load((REGISTERS / f"{name}.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    assert isinstance(content, dict)
    return content


def point(registers: Registers, name: str, *, on: datetime.date = TODAY, language: str = "nl") -> PublicPoint:
    return next(one for one in public_reporting_points(registers, language, on=on) if one.id == name)


def test_points_that_are_asked_again_are_a_list_of_their_own_and_follow_a_new_check(folder: Path) -> None:
    before = read_registers(folder)
    public_reporting_points(before).clear()
    assert point(before, "sbb").outdated
    record_verification("sbb", checked_by="WP", how="gebeld", on=TODAY, folder=folder)
    assert not point(read_registers(folder), "sbb").outdated


def row(content: dict[str, Any], part: str, identifier: str) -> dict[str, Any]:
    return next(entry for entry in content[part] if entry["id"] == identifier)


# What the registers hold


def test_the_registers_hold_what_was_collected(registers: Registers) -> None:
    sizes = {name: len(collection) for name, collection in registers.collections().items()}
    expected = {
        "terms": 72,
        "grounds": 17,
        "sources": 78,
        "themes": 9,
        "factors": 69,
        "open_questions": 6,
        "steps": 13,
        "journeys": 3,
        "reporting_points": 45,
        "everyday_words": 73,
        "key_figures": 124,
        "queries": 8,
        "instruments": 61,
        "standard_questions": 5,
        "standard_layers": 20,
        "check_questions": 24,
        "lessons": 10,
        "partners": 35,
        "events": 13,
        "podium": 5,
        "consulted": 13,
        "voices": 9,
        "privacy_rules": 10,
        "sprint_phases": 8,
        "roles": 8,
        "supports": 12,
        "routing": 45,
    }
    assert {name: sizes[name] for name in expected} == expected
    assert sum(len(journey.annotations) for journey in registers.journeys) == 54


def test_the_registers_are_in_order() -> None:
    assert check_registers(read_registers(REGISTERS)) == []


def test_every_figure_reaches_its_source_record(registers: Registers) -> None:
    for figure in registers.key_figures:
        assert registers.source_of(figure).id == figure.source_id


def test_a_figure_that_nobody_can_explain_is_not_displayable(registers: Registers) -> None:
    shown = {figure.id for figure in registers.displayable_figures()}
    assert registers.key_figures["handbook-29"].displayable is False
    assert set(registers.key_figures.ids) - shown == {"handbook-29"}


def test_a_figure_that_was_not_found_has_no_value_and_says_unknown(registers: Registers) -> None:
    missing = [figure for figure in registers.key_figures if figure.status == "missing"]
    assert {figure.id for figure in missing} == {"sbb-later", "inh-dh", "mbor", "job-mon"}
    assert all(figure.value is None and figure.value_text("nl") == "onbekend" for figure in missing)


@pytest.mark.parametrize(
    ("figure", "dutch", "english"),
    [
        ("handbook-3982", "3.982 studenten", "3,982 students"),
        ("utr-during", "12,5% (1 op de 8)", "12.5% (1 in 8)"),
        ("thi-w", "1,2 verhouding", "1.2 ratio"),
        ("handbook-signif", "significant verschil", "significant difference"),
        ("handbook-80", "80 personen (meer dan)", "80 persons (more than)"),
    ],
)
def test_a_value_reads_as_people_write_it(registers: Registers, figure: str, dutch: str, english: str) -> None:
    assert registers.key_figures[figure].value_text("nl") == dutch
    assert registers.key_figures[figure].value_text("en") == english


def test_a_year_is_no_quantity(registers: Registers) -> None:
    assert registers.sources["scp-2020"].text("year") == "2020"
    assert registers.key_figures["roa-first-nw"].text("n") == "26.911"


def test_every_entry_says_how_sure_it_is_in_both_languages(registers: Registers) -> None:
    for collection in registers.collections().values():
        for entry in collection:
            assert entry.confidence_text("nl")
            assert entry.confidence_text("en")
            assert entry.verified == (entry.confidence in ("handbook", "found"))
            assert entry.heading("nl")
            assert entry.heading("en")
    assert registers.terms["k_anonimiteit"].confidence_text("nl") == "uit het hoofd opgeschreven, niet nagegaan"


def test_every_code_of_the_registers_has_a_text(registers: Registers) -> None:
    without = {
        (kind, code)
        for collection in registers.collections().values()
        for entry in collection
        for name, kind in entry.code_fields.items()
        for code in (getattr(entry, name) if isinstance(getattr(entry, name), tuple) else [getattr(entry, name)])
        if not has_text(f"code_{kind}.{code}")
    }
    assert without == set()
    assert all(has_text(f"code_register.{name}") for name in registers.collections())


def test_dutch_and_english_texts_of_one_field_differ_in_language(registers: Registers) -> None:
    """A definition, a purpose or a doubt that is the same in both languages was forgotten."""
    fields = {"terms": "definition", "factors": "label", "reporting_points": "purpose", "key_figures": "ambiguity"}
    for name, field in fields.items():
        for entry in registers.collections()[name]:
            nl, en = entry.text(field, "nl"), entry.text(field, "en")
            assert nl != en or nl in ("", "Black Lives Matter"), f"{name}, {entry.id}"


# Looking up and searching


def test_a_wrong_id_names_near_ones(registers: Registers) -> None:
    with pytest.raises(InputError, match="Did you mean 'melding'"):
        registers.terms["meldng"]


def test_a_wrong_field_or_language_is_an_error(registers: Registers) -> None:
    with pytest.raises(InputError, match="definition"):
        registers.terms["melding"].text("definitoin", "nl")
    with pytest.raises(InputError, match="'nl' or 'en'"):
        registers.terms["melding"].text("label", "fr")


def test_a_collection_is_looked_up_counted_and_walked_through(registers: Registers) -> None:
    assert "melding" in registers.terms
    assert "nothing" not in registers.terms
    assert [term.id for term in registers.terms] == list(registers.terms.ids)
    assert registers.terms.values()[0] is registers.terms["discriminatie"]


def test_a_search_ignores_capitals_and_accents_and_puts_names_first(registers: Registers) -> None:
    found = registers.terms.search("MELDING")
    assert found[0].heading("nl") == "melding"
    names = ["melding" in term.heading("nl") for term in found]
    assert names == sorted(names, reverse=True)
    assert [step.id for step in registers.steps.search("orientatieproces")] == ["orientatie"]


def test_a_search_needs_all_words_and_one_language(registers: Registers) -> None:
    assert [term.id for term in registers.terms.search("margin of error", "en")] == ["foutmarge"]
    assert registers.terms.search("margin of error", "nl") == ()
    assert registers.terms.search("   ") == ()


def test_a_search_over_all_registers_names_where_each_hit_stands(registers: Registers) -> None:
    found = registers.search("stagediscriminatie", language="nl")
    assert {"terms", "sources", "reporting_points", "key_figures", "instruments"} <= {hit.register for hit in found}
    assert found.table().columns.tolist() == ["register", "id", "title", "confidence"]
    assert len(found.table()) == len(found)


def test_a_table_has_one_row_an_entry_and_one_language(registers: Registers) -> None:
    table = registers.factors.table("en")
    assert table.index.tolist() == list(registers.factors.ids)
    assert table.loc["gronden-03", "label"] == "gender identity"
    assert table.loc["gronden-03", "known"] == "unknown"


def test_the_display_of_an_entry_shows_its_confidence_and_escapes_text(registers: Registers) -> None:
    shown = registers.reporting_points["rib"]._repr_html_()
    assert "teruggevonden op een openbare pagina" in shown
    entry = registers.terms["melding"].model_copy(update={"label_nl": "<script>"})
    assert "<script>" not in entry._repr_html_()
    assert "&lt;script&gt;" in entry._repr_html_()
    assert "melding" in registers.terms._repr_html_()
    assert "(72)" in registers.terms._repr_html_()


def test_the_number_of_unknowns_counts_factors_and_open_questions(registers: Registers) -> None:
    factors = sum(factor["known"] == "unknown" for factor in raw("factors")["factors"])
    questions = sum(question["known"] == "unknown" for question in raw("factors")["open_questions"])
    assert len(registers.unknown_factors()) == factors + questions > 0


# Faults are found


def in_first(part: str, **values: object) -> Change:
    return lambda content: content[part][0].update(values)


def in_row(part: str, identifier: str, **values: object) -> Change:
    return lambda content: row(content, part, identifier).update(values)


FAULTS: list[tuple[str, Change, str]] = [
    ("terms", in_first("terms", source_ids=["nowhere"]), "source 'nowhere'"),
    ("key_figures", in_first("key_figures", source_id="handboek"), "source 'handboek'"),
    ("key_figures", in_first("key_figures", value=None), "no value"),
    ("factors", in_first("factors", theme="weather"), "theme 'weather'"),
    ("journeys", in_first("steps", phase="later"), "phase 'later'"),
    ("journeys", lambda c: c["journeys"][0]["annotations"][0].update(steps=["lunch"]), "step 'lunch'"),
    ("journeys", lambda c: c["journeys"][0]["annotations"][0].update(meaning_en=""), "one language only"),
    ("voices", in_first("voices", step="lunch"), "step 'lunch'"),
    ("voices", in_first("voices", grounds=["height"]), "ground 'height'"),
    ("instruments", in_first("instruments", step="9"), "step of the Stagestandaard '9'"),
    ("instruments", in_row("instruments", "sbbmelden", point="nobody"), "reporting point 'nobody'"),
    ("instruments", in_row("instruments", "sbbmelden", url="https://www.s-bb.nl"), "address at the reporting points"),
    ("instruments", in_row("instruments", "kis", checked_on=""), "day on which it was looked up"),
    ("standard", in_row("questions", "q-wrong", if_yes="box-9"), "place 'box-9'"),
    ("standard", in_row("questions", "q-wrong", if_no="q-refresh"), "comes back"),
    ("standard", in_row("layers", "melden", placed=["nothing"]), "instrument 'nothing'"),
    ("self_check", in_first("check_questions", role="cat"), "role 'cat'"),
    ("classification", in_first("mbo_links", isced="77"), "ISCED field '77'"),
    ("classification", in_first("hbo_links", quality="perfect"), "quality of a link 'perfect'"),
    ("classification", in_first("programmes", isced=["77"]), "ISCED field '77'"),
    ("survey_rules", in_first("comparisons", key_figure="none"), "figure 'none'"),
    ("reporting_points", in_first("reporting_points", hidden_until_verified=["fone"]), "field 'fone'"),
    ("reporting_points", in_row("reporting_points", "sbb", latitude=None), "latitude and longitude"),
    ("routing", lambda c: c["points"].pop(), "has no routing"),
    ("routing", in_first("points", id="nobody"), "reporting point 'nobody'"),
    ("routing", in_first("points", grounds=["height"]), "ground 'height'"),
    ("routing", in_first("points", places=["GM0001"]), "municipality 'GM0001'"),
    ("routing", in_first("points", schools=["hogwarts"]), "school 'hogwarts'"),
    ("routing", in_first("points", levels=["vwo"]), "level 'vwo'"),
    ("routing", in_first("points", roles=["cat"]), "role 'cat'"),
    ("routing", lambda c: c["municipalities"]["GM0503"].update(agency="nobody"), "reporting point 'nobody'"),
    (
        "routing",
        lambda c: c["municipalities"].update(GM9999={"name_nl": "x", "name_en": "x", "agency": "idb"}),
        "GM9999",
    ),
    ("everyday_words", in_first("everyday_words", grounds=["hoed"]), "ground 'hoed'"),
    ("everyday_words", in_first("everyday_words", id="ras"), "id of a ground"),
    (
        "reporting_points",
        in_row("reporting_points", "tud-vp", source_url="https://copy.example.com/x"),
        "not of the school",
    ),
    ("sources", in_first("sources", url="https://5dok.net/document/x.html", seen_via=""), "'5dok.net' holds a copy"),
    ("instruments", in_row("instruments", "kis", url="https://acc.kis.nl/themas"), "'acc.kis.nl' holds a copy"),
    ("routing", lambda c: c.update(fallback="nobody"), "reporting point 'nobody'"),
    ("terms", in_first("terms", note_nl="Alleen Nederlands"), "one language only"),
    ("sources", lambda c: c["sources"][0]["holds_en"].pop(), "one language only"),
    ("lessons", lambda c: c["lessons"].pop(), "declares 10 lessons, the file holds 9"),
]


@pytest.mark.parametrize(("name", "change", "expected"), FAULTS, ids=[f"{fault[0]}: {fault[2]}" for fault in FAULTS])
def test_a_planted_fault_between_registers_is_found(folder: Path, name: str, change: Change, expected: str) -> None:
    edit(folder, name, change)
    problems = [str(problem) for problem in check_registers(read_registers(folder))]
    assert any(expected in problem for problem in problems), problems


def test_a_check_of_an_unknown_point_is_found(folder: Path) -> None:
    record_verification("sbb", checked_by="WP", how="gebeld", folder=folder)
    edit(folder, "verifications", lambda content: content["verifications"][0].update(point="nobody"))
    assert any("'nobody' does not exist" in str(problem) for problem in check_registers(read_registers(folder)))


def test_all_mistakes_in_the_files_are_named_at_once(folder: Path) -> None:
    edit(folder, "terms", lambda content: content["terms"][0].pop("label_en"))
    edit(folder, "sources", in_first("sources", year="2023"))
    edit(folder, "grounds", in_first("grounds", colour="blue"))
    edit(folder, "factors", lambda content: content["factors"].append(content["factors"][0]))
    edit(folder, "routing", in_first("points", anonymous=True))  # what a bare `yes` becomes in YAML 1.1
    with pytest.raises(InputError) as caught:
        read_registers(folder)
    text = str(caught.value)
    assert len(caught.value.problems) == 5
    for expected in ("label_en", "'year'", "'colour' is unknown", "'gronden-01' stands here twice", "'anonymous'"):
        assert expected in text


def test_a_missing_or_broken_file_is_a_clear_error(folder: Path) -> None:
    (folder / "terms.yaml").unlink()
    (folder / "grounds.yaml").write_text("grounds: [unclosed", encoding="utf-8")
    (folder / "voices.yaml").write_text("- a list", encoding="utf-8")
    edit(folder, "sources", lambda content: content.pop("licence"))
    with pytest.raises(InputError) as caught:
        read_registers(folder)
    text = str(caught.value)
    for expected in ("file is missing", "no YAML file", "does not hold names with values", "The head lacks licence"):
        assert expected in text


def test_the_registers_are_read_once_until_a_file_changes(folder: Path) -> None:
    first = read_registers(folder)
    assert read_registers(folder) is first
    edit(folder, "terms", in_first("terms", definition_nl="Anders gezegd."))
    assert read_registers(folder).terms["discriminatie"].text("definition") == "Anders gezegd."


# What a public page may show


def texts_of(shown: object) -> Iterator[str]:
    """Every text in a public point, however deep; the national alternative is a contact of its own."""
    if isinstance(shown, str):
        yield shown
    elif isinstance(shown, tuple):
        for part in shown:
            yield from texts_of(part)
    elif isinstance(shown, float):
        yield str(shown)
    elif isinstance(shown, PublicPoint):
        for field in dataclasses.fields(shown):
            if field.name not in ("instead", "hidden"):
                yield from texts_of(getattr(shown, field.name))


def hidden_values(entry: dict[str, Any]) -> dict[str, str]:
    """The values of a row of the register that no page may show before a person checked them."""
    names = entry["hidden_until_verified"]
    fields = [*CONTACT_FIELDS] if "contact" in names or "row" in names else names
    found = {}
    for name in fields:
        for key in (name, f"{name}_nl", f"{name}_en"):
            if entry.get(key) not in (None, ""):
                found[key] = str(entry[key])
    return found


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("entry", raw("reporting_points")["reporting_points"], ids=lambda entry: str(entry["id"]))
def test_a_hidden_contact_is_nowhere_in_the_public_point(
    unchecked: Registers, entry: dict[str, Any], language: str
) -> None:
    shown = {one.id: one for one in public_reporting_points(unchecked, language)}
    if "row" in entry["hidden_until_verified"]:
        assert entry["id"] not in shown
        return
    public = shown[entry["id"]]
    everything = list(texts_of(public))
    for name, value in hidden_values(entry).items():
        if name in ("house_number", "city"):  # too short, or the name of the municipality: look in the address
            assert value not in public.address.removesuffix(entry["city"] if name == "house_number" else "")
        else:
            assert not any(value in text for text in everything), name
    if {"latitude", "longitude", "contact"} & set(entry["hidden_until_verified"]):
        assert (public.latitude, public.longitude, public.marker) == (None, None, None)


def test_where_a_contact_is_left_out_the_national_desk_is_offered(unchecked: Registers) -> None:
    shown = public_reporting_points(unchecked)
    assert len(shown) == 45 - 4  # four rows are left off as a whole
    for public in shown:
        left_out = set(public.hidden) & set(CONTACT_FIELDS)
        if public.id != "disc-nl" and (left_out or not public.reachable):
            assert public.instead is not None
            assert (public.instead.phone, public.instead.web) == ("0800-0880", "https://discriminatie.nl")
            assert "0800-0880" in public.instead.sentence
        else:
            assert public.instead is None


def test_markers_stand_only_at_places_that_were_not_hidden_within_the_region(unchecked: Registers) -> None:
    marked = {public.id for public in public_reporting_points(unchecked) if public.marker}
    assert marked == {"sbb", "nom", "gom", "jom", "hhs-stagepunt", "ul-vp"}
    for public in public_reporting_points(unchecked, "en"):
        if public.marker:
            assert public.latitude is not None
            assert "rough" in public.marker_note
        else:
            assert (public.latitude, public.longitude, public.marker_note) == (None, None, "")


def test_a_link_to_a_test_site_is_not_shown(unchecked: Registers) -> None:
    assert point(unchecked, "coordinator").source_url == ""


def test_a_point_nobody_checked_is_outdated_and_says_so(unchecked: Registers) -> None:
    public = point(unchecked, "disc-nl")
    assert public.outdated
    assert public.checked_on is None
    assert "Nog door niemand nagegaan." in public.doubts


# Checks by people


def test_a_checked_phone_number_becomes_visible_and_the_rest_stays_hidden(folder: Path) -> None:
    written = record_verification("disc-dh", checked_by="coördinator", how="gebeld", fields=["phone"], folder=folder)
    assert written == folder / "verifications.yaml"
    public = point(read_registers(folder), "disc-dh")
    assert public.phone == "070-7528200"
    assert public.address == "Den Haag"
    assert "street" in public.hidden
    assert "phone" not in public.hidden
    assert public.checked_on == TODAY
    assert public.checked_by == "coördinator"
    assert not public.outdated


def test_groups_of_fields_can_be_checked_together(folder: Path) -> None:
    record_verification("disc-dh", checked_by="WP", how="bezocht", fields=["address", "place"], folder=folder)
    public = point(read_registers(folder), "disc-dh")
    assert public.address == "Sint Jacobstraat 125, 2512 AN Den Haag"
    assert public.marker == "place"
    assert public.phone == ""


def test_a_hidden_row_comes_back_only_after_a_check_of_the_whole(folder: Path) -> None:
    def visible() -> bool:
        return "mp-zoetermeer" in {one.id for one in public_reporting_points(read_registers(folder))}

    assert not visible()
    record_verification("mp-zoetermeer", checked_by="WP", how="gemaild", fields=["email"], folder=folder)
    assert not visible()
    record_verification("mp-zoetermeer", checked_by="WP", how="gemaild", folder=folder)
    assert visible()


def test_a_check_is_outdated_after_180_days_and_not_before(folder: Path) -> None:
    checked = TODAY - datetime.timedelta(days=400)
    record_verification("sbb", checked_by="WP", how="gebeld", on=checked, folder=folder)
    registers = read_registers(folder)
    last_day = checked + datetime.timedelta(days=OUTDATED_AFTER_DAYS)
    on_last_day = point(registers, "sbb", on=last_day)
    day_after = point(registers, "sbb", on=last_day + datetime.timedelta(days=1))
    assert not on_last_day.outdated
    assert day_after.outdated
    assert any("180 dagen" in doubt for doubt in day_after.doubts)
    assert not any("180 dagen" in doubt for doubt in on_last_day.doubts)
    day_before_check = point(registers, "sbb", on=checked - datetime.timedelta(days=1))
    assert day_before_check.phone == ""
    assert day_before_check.checked_on is None


def test_a_value_that_changed_after_the_check_is_hidden_again(folder: Path) -> None:
    record_verification("sbb", checked_by="WP", how="gebeld", fields=["phone"], folder=folder)
    assert point(read_registers(folder), "sbb").phone == "088-3380000"
    edit(folder, "reporting_points", in_row("reporting_points", "sbb", phone="088-1111111"))
    assert point(read_registers(folder), "sbb").phone == ""


def test_what_a_check_found_wrong_is_hidden_until_it_is_corrected(folder: Path) -> None:
    assert point(read_registers(folder), "crm").phone == "030-8883888"
    record_verification(
        "crm", checked_by="WP", how="gebeld: ander bedrijf", fields=["phone"], wrong=True, folder=folder
    )
    public = point(read_registers(folder), "crm")
    assert public.phone == ""
    assert public.instead is not None
    assert public.checked_on is None
    edit(folder, "reporting_points", in_row("reporting_points", "crm", phone="030-1111111"))
    assert point(read_registers(folder), "crm").phone == "030-1111111"


def test_a_point_that_proved_not_to_exist_is_left_off_the_page(folder: Path) -> None:
    record_verification("job", checked_by="WP", how="bestaat niet meer", wrong=True, folder=folder)
    assert "job" not in {one.id for one in public_reporting_points(read_registers(folder))}


def test_a_national_desk_that_cannot_be_reached_is_no_longer_offered(folder: Path) -> None:
    record_verification("disc-nl", checked_by="WP", how="opgeheven", wrong=True, folder=folder)
    registers = read_registers(folder)
    left = public_reporting_points(registers)
    assert len(left) > 10
    assert all(public.instead is None for public in left)
    assert "disc-nl" not in [one.point.id for one in where_can_i_go(registers)]


def test_the_file_keeps_its_head_and_every_earlier_check(tmp_path: Path) -> None:
    folder = tmp_path / "registers"
    shutil.copytree(REGISTERS, folder)
    before = (folder / "verifications.yaml").read_text(encoding="utf-8")
    earlier = len(read_registers(folder).verifications)
    record_verification("sbb", checked_by="WP", how="gebeld", fields=["phone"], folder=folder)
    record_verification("crm", checked_by="WP", how="gebeld", folder=folder)
    after = (folder / "verifications.yaml").read_text(encoding="utf-8")
    assert after.startswith(before[: before.index("\nverifications:") + 1])
    assert [check.point for check in read_registers(folder).verifications[earlier:]] == ["sbb", "crm"]
    assert read_registers(folder).verifications[earlier].fields == {"phone": "088-3380000"}


def test_an_unusable_check_is_refused_with_every_reason(folder: Path) -> None:
    with pytest.raises(InputError) as caught:
        record_verification(
            "disc-nl",
            checked_by="name@school.nl",
            how=" ",
            on=TODAY + datetime.timedelta(days=1),
            fields=["phone", "fone", "street"],
            folder=folder,
        )
    text = str(caught.value)
    assert len(caught.value.problems) == 5
    for expected in ("Did you mean 'phone'", "holds no street", "who checked", "how this was checked", "future"):
        assert expected in text
    with pytest.raises(InputError, match="no 'sbbb'"):
        record_verification("sbbb", checked_by="WP", how="gebeld", folder=folder)


def test_the_report_starts_with_what_everybody_is_sent_to(unchecked: Registers) -> None:
    lines = unverified_report(unchecked).splitlines()
    assert "45 van de 45" in lines[0]
    assert lines[1].split()[0] == "disc-nl"
    assert {line.split()[0] for line in lines[1:46]} == {
        entry["id"] for entry in raw("reporting_points")["reporting_points"]
    }
    assert "telefoon" in next(line for line in lines if line.split()[:1] == ["sbb"])


def test_a_checked_point_leaves_the_report_until_it_is_outdated(folder: Path) -> None:
    checked = TODAY - datetime.timedelta(days=200)
    record_verification("disc-nl", checked_by="WP", how="gebeld", on=checked, folder=folder)
    registers = read_registers(folder)
    fresh = unverified_report(registers, language="en", on=checked).splitlines()
    stale = unverified_report(registers, language="en", on=TODAY).splitlines()
    assert "44 of 45" in fresh[0]
    assert not any(line.split()[:1] == ["disc-nl"] for line in fresh)
    assert stale[1].split()[0] == "disc-nl"
    assert "last checked on" in stale[1]


# Where can I go?


def test_an_mbo_student_in_zoetermeer_who_wants_to_stay_anonymous(unchecked: Registers) -> None:
    found = where_can_i_go(unchecked, school="other-mbo", municipality="GM0637", ground="godsdienst", anonymous=True)
    ids = [suggestion.point.id for suggestion in found]
    # First where it is known that a report can be anonymous, then the rest, the nearest first.
    assert ids[:5] == ["crm", "coordinator", "mbo-klacht", "adv-zoetermeer", "sbb"]
    assert [suggestion.doubtful for suggestion in found] == [False, *[True] * (len(found) - 1)]
    assert "politie" not in ids  # not anonymous
    assert "disc-dh" not in ids
    assert "idb" not in ids
    local = found[3]
    assert not local.point.reachable
    assert local.point.instead is not None
    assert local.reason.startswith("Dit is er voor inwoners van Zoetermeer.")
    assert "uit het hoofd opgeschreven" in local.unknown
    assert not local.reviewed


def test_a_student_in_delft_is_also_sent_to_the_regional_agency(unchecked: Registers) -> None:
    found = where_can_i_go(unchecked, municipality="GM0503", language="en")
    ids = [suggestion.point.id for suggestion in found]
    assert ids.index("adv-delft") < ids.index("idb") < ids.index("disc-nl")
    assert next(one for one in found if one.point.id == "idb").reason.startswith("This is for your region")
    city = where_can_i_go(unchecked, municipality="GM0518", language="en")
    assert next(one for one in city if one.kind == "municipality").reason == "This is for residents of The Hague."


def test_the_own_school_comes_first_and_another_school_never(unchecked: Registers) -> None:
    found = where_can_i_go(unchecked, school="haagse-hogeschool", municipality="GM0518")
    ids = [suggestion.point.id for suggestion in found]
    assert ids[:2] == ["hhs-stagepunt", "hhs-vp"]
    assert not {"inh-vp", "rocm-vp", "sbb", "mbo-klacht"} & set(ids)


def test_points_for_one_ground_are_suggested_for_that_ground_only(unchecked: Registers) -> None:

    def ids(ground: str | None) -> set[str]:
        return {one.point.id for one in where_can_i_go(unchecked, municipality="GM0503", ground=ground)}

    assert {"coc", "rib", "dwh"} <= ids("seksuele_gerichtheid")
    assert not {"coc", "rib", "dwh"} & ids("leeftijd")
    assert not {"coc", "rib", "dwh"} & ids(None)


def test_an_everyday_word_asks_for_its_nearest_ground(unchecked: Registers) -> None:
    for word in unchecked.everyday_words:
        by_word = where_can_i_go(unchecked, municipality="GM0503", ground=word.id)
        by_ground = where_can_i_go(unchecked, municipality="GM0503", ground=next(iter(word.grounds), None))
        assert [one.point.id for one in by_word] == [one.point.id for one in by_ground], word.id
        assert [one.reason for one in by_word] == [one.reason for one in by_ground], word.id
    # A name is no ground of the law, but points at one that is.
    name = next(word for word in unchecked.everyday_words if word.label_nl == "mijn naam")
    outside = where_can_i_go(unchecked, ground="naam", language="en")
    inside = where_can_i_go(unchecked, ground=name.id, language="en")
    assert any("does not name this ground" in one.unknown for one in outside)
    assert not any("does not name this ground" in one.unknown for one in inside)


def test_a_municipality_knows_its_agency_once_a_person_has_checked_it(tmp_path: Path) -> None:
    folder = tmp_path / "registers"
    shutil.copytree(data_folder("registers"), folder)

    def known() -> set[str]:
        registers = read_registers(folder)
        return {one.code for one in agencies(registers, public_reporting_points(registers)) if one.known}

    before = known()
    assert before == {"GM0503", "GM0518", "GM0603", "GM1926"}
    record_verification("adv-zoetermeer", checked_by="AB", how="called", folder=folder)
    assert known() == before | {"GM0637"}


def test_the_page_to_report_is_hidden_with_the_website(unchecked: Registers) -> None:
    assert point(unchecked, "sbb").report_url.startswith("https://www.s-bb.nl/contact/")
    wrong = Verification(
        point="sbb", whole=False, fields={"web": "https://www.s-bb.nl"}, checked_by="AB", on=TODAY, how="x", wrong=True
    )
    assert point(dataclasses.replace(unchecked, verifications=(wrong,)), "sbb").report_url == ""


def test_a_ground_outside_the_law_is_said_to_be_so(unchecked: Registers) -> None:
    outside = where_can_i_go(unchecked, ground="sociaal_netwerk", language="en")
    inside = where_can_i_go(unchecked, ground="leeftijd", language="en")
    assert outside
    assert all("does not name this ground" in one.unknown for one in outside)
    assert not any("does not name this ground" in one.unknown for one in inside)
    assert any("about age" in one.reason for one in inside)
    assert not any("about social network" in one.reason for one in outside)


def test_every_choice_gives_the_national_desk_and_nearest_first(unchecked: Registers) -> None:
    order = ["school", "first_line", "municipality", "region", "sector", "national", "special"]
    schools, places = [None, *unchecked.routing.schools], [None, *unchecked.routing.municipalities]
    public = {one.id: one for one in public_reporting_points(unchecked)}
    for school, place, anonymous in itertools.product(schools, places, [False, True]):
        found = where_can_i_go(unchecked, school=school, municipality=place, ground="ras", anonymous=anonymous)
        assert "disc-nl" in [one.point.id for one in found]
        nearness = [(one.doubtful, order.index(one.kind)) for one in found]
        assert nearness == sorted(nearness)
        assert all(one.reason and one.point == public[one.point.id] for one in found)


def test_unknown_choices_are_named_together(registers: Registers) -> None:
    with pytest.raises(InputError) as caught:
        where_can_i_go(registers, school="mondrian", municipality="Delft", ground="religion")
    assert len(caught.value.problems) == 3
    assert "roc-mondriaan" in str(caught.value)
    with pytest.raises(InputError, match="is hbo, not mbo"):
        where_can_i_go(registers, school="inholland", level="mbo")


# The files


def test_every_file_says_where_it_comes_from_in_both_languages(registers: Registers) -> None:
    assert set(registers.heads) == {path.stem for path in REGISTERS.glob("*.yaml")} - {"card"}
    for name, head in registers.heads.items():
        assert head.register == name
        assert head.licence == "CC BY 4.0"
        assert head.source
        assert re.fullmatch(r"\d{4}-\d\d", head.date)
        assert head.title("nl") != ""
        assert head.title("en") != ""


def test_codes_that_a_reader_could_take_for_numbers_or_truth_are_quoted() -> None:
    text = (REGISTERS / "classification.yaml").read_text(encoding="utf-8")
    assert "- id: '08'" in text
    assert "- id: '00'" in text
    assert re.search(r"anonymous: \"(yes|no)\"", (REGISTERS / "routing.yaml").read_text(encoding="utf-8"))
    bare = re.compile(r"^\s*(?:- )?(?:[\w-]+: )?(?:yes|no|on|off|0\d+)$", re.MULTILINE | re.IGNORECASE)
    for path in REGISTERS.glob("*.yaml"):
        assert bare.findall(path.read_text(encoding="utf-8")) == [], path.name


def test_the_registers_are_what_the_script_writes(tmp_path: Path) -> None:
    """Byte for byte, where the collected facts are at hand; a file that a person took over is left out."""
    written_by_us = [path for path in sorted(REGISTERS.glob("*.yaml")) if b"written_by: scripts/" in path.read_bytes()]
    assert written_by_us
    if not FACTS.is_dir():
        for path in written_by_us:
            head = yaml.safe_load(path.read_text(encoding="utf-8"))
            assert head["source"]
            assert head["date"]
            assert head["licence"]
        return
    subprocess.run([sys.executable, str(SCRIPT), str(FACTS), "--to", str(tmp_path)], check=True, capture_output=True)
    for path in written_by_us:
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_no_contact_of_a_person_stands_in_the_registers() -> None:
    """Mail addresses are of desks: none has the form first.last@ or f.last@."""
    personal = re.compile(r"\b[a-z]+\.[a-z]+@[\w.-]+", re.IGNORECASE)
    files = list(REGISTERS.glob("*.yaml"))
    assert any("@" in path.read_text(encoding="utf-8") for path in files)
    for path in files:
        assert personal.findall(path.read_text(encoding="utf-8")) == [], path.name


def test_a_point_is_done_when_all_it_holds_was_checked(tmp_path: Path) -> None:
    folder = tmp_path / "registers"
    shutil.copytree(data_folder("registers"), folder)
    record_verification("adv-westland", checked_by="AB", how="called", folder=folder)
    public = {point.id: point for point in public_reporting_points(read_registers(folder))}
    assert public["adv-westland"].phone
    assert public["adv-westland"].hidden == ()
