"""The views: a choice gives a panel, widgets follow their choice, and nothing hidden reaches a page."""

from __future__ import annotations

import datetime
import itertools
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from stagekansen_lib import views
from stagekansen_lib.attacks.attack import attack
from stagekansen_lib.errors import InputError
from stagekansen_lib.pictures.maps import draw_picture
from stagekansen_lib.registers.heads import Maintainer
from stagekansen_lib.registers.people_and_places import Verification
from stagekansen_lib.registers.public_points import public_reporting_points
from stagekansen_lib.registers.reading import read_registers
from stagekansen_lib.releases.reading import read_release
from stagekansen_lib.views.explorer import page as explorer_page
from stagekansen_lib.views.explorer_panels import allowed_choices, composition, panel
from stagekansen_lib.views.explorer_widgets import row_states, with_groups
from stagekansen_lib.views.facts import page as facts_page
from stagekansen_lib.views.figure_map import figures
from stagekansen_lib.views.figure_map import page as map_page
from stagekansen_lib.views.guide import page as guide_page
from stagekansen_lib.views.guide import ways
from stagekansen_lib.views.journey import page as journey_page
from stagekansen_lib.views.journey import step_notes
from stagekansen_lib.views.known import KNOWN, theme_squares
from stagekansen_lib.views.monitor import domain_states
from stagekansen_lib.views.monitor import page as monitor_page
from stagekansen_lib.views.overview import front_page_figures, tiles_of
from stagekansen_lib.views.overview import page as overview_page
from stagekansen_lib.views.query_files import query_files
from stagekansen_lib.views.reporting_points import Choice, fitting_cards
from stagekansen_lib.views.reporting_points import page as points_page
from stagekansen_lib.views.sources import figures_by_source
from stagekansen_lib.views.three_answers import three_answers
from stagekansen_lib.wording import say

NAMES = (
    "overview",
    "facts",
    "reporting_points",
    "explorer",
    "monitor",
    "figure_map",
    "journey",
    "glossary",
    "guide",
    "method",
    "network",
    "sources",
)
FILES = {
    "reporting_points": {"meldpunten-kaart.html", "meldpunten-kaart-straten.html"},
    "figure_map": {"kaart-kaart.html"},
    "method": set(query_files(read_registers(), "nl")),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_in_a_kernel_a_view_shows_widgets_with_a_text_fallback(name: str, language: str) -> None:
    bundle = getattr(views, name)(language=language)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "<h1" in bundle["text/html"]


def test_in_the_kernel_of_a_live_page_nothing_is_made_that_it_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGEKANSEN_LIVE", "yes")
    bundle = views.method(language="en")._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "text/html" not in bundle


@pytest.mark.parametrize("name", NAMES)
def test_while_pages_are_built_a_view_is_plain_html(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("STAGEKANSEN_PAGES", str(tmp_path))
    bundle = getattr(views, name)()._repr_mimebundle_()
    assert set(bundle) == {"text/html"}
    assert {path.name for path in tmp_path.iterdir()} == FILES.get(name, set())


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_choices_are_named_as_people_know_them(language: Any) -> None:
    registers = read_registers()
    page = points_page(registers, language)
    for code in (*registers.routing.municipalities, *registers.routing.schools):
        assert f">{registers.routing.name(code, language)}</option>" in unescape(page)


def widgets_of(view: Any) -> list[Any]:
    box = view.widgets()
    head, choices, shown = box.children
    assert "<h1>" in head.value
    return [*choices.children, shown]


def test_every_choice_of_the_explorer_shows_its_own_panel() -> None:
    release = read_release("example-2022")
    survey, outcome, group, _, shown = widgets_of(views.explorer(language="nl"))
    choices = allowed_choices(release, "nl")
    assert len(choices) == len(release.tables) - len(composition(release))
    for choice in choices:
        outcome.value = choice.outcome
        group.value = choice.group
        assert f'id="{choice.table}-heading"' in shown.value
    # Another release keeps the outcome where it has it.
    outcome.value = "Voelde zich veilig op de stageplek"
    survey.value = "voorbeeldstad-2024"
    assert outcome.value == "Voelde zich veilig op de stageplek"
    assert "voorbeeldstad-2024" in shown.value


def test_who_took_part_is_no_outcome() -> None:
    release = read_release("example-2022")
    assert composition(release) == ["level", "sector", "origin"]
    outcomes = {release.tables[choice.table].of for choice in allowed_choices(release, "nl")}
    assert not outcomes & {"level", "sector3", "origin2"}


def test_a_reader_of_the_live_explorer_sets_groups_beside_each_other_and_sees_every_declared_row() -> None:
    release = read_release("example-2022")
    _, outcome, group, beside, shown = widgets_of(views.explorer(language="nl"))
    choice = next(one for one in allowed_choices(release, "nl") if one.table == "experience_by_sector")
    outcome.value, group.value = choice.outcome, choice.group
    assert len(beside.options) == 3
    beside.value = beside.options[:2]
    picture = shown.value[shown.value.index("<svg") : shown.value.index("</svg>")]
    assert [name in picture for name in beside.options] == [True, True, False]
    table = release.tables["experience_by_sector"]
    assert [state for _, state in row_states(table, "nl")] == [
        "getoond, onzeker" if mark == "~" else "getoond" for mark in table.table["mark"]
    ]
    assert row_states(release.tables["grounds"], "nl")[0][1] in shown.value
    # No test of all groups stands beside some of them.
    some = with_groups(release, "experience_by_sector", beside.value, "nl")
    assert some.comparisons == {}
    assert len(release.tables["experience_by_sector"].table) == 3


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_panel_shows_one_picture_with_margins_and_one_plain_sentence_of_the_difference(language: Any) -> None:
    release, registers = read_release("example-2022"), read_registers()
    for choice in allowed_choices(release, language):
        html = panel(release, registers, choice, language)
        open_part = html[: html.index("<details")]
        assert open_part.count('<svg class="chart"') == 1
        hidden = set(release.tables[choice.table].table["mark"]) - {"", "~"}
        assert 'class="interval"' in open_part or hidden
        tested = release.tables[choice.table].comparison is not None
        assert open_part.count('class="finding difference"') == tested
        if tested:
            sentence = re.search(r'finding difference">([^<]*)<', open_part)
            assert sentence
            assert len(sentence.group(1)) < 220
    # Six groups of the release were tested: in one the groups differ, by pairs of students.
    shown = panel(release, registers, _named(release, "difficulty_by_experience", language), language)
    assert ("In 66 van de 100 paren" if language == "nl" else "In 66 of 100 pairs") in shown


def _named(release: Any, table: str, language: Any) -> Any:
    return next(one for one in allowed_choices(release, language) if one.table == table)


def test_a_site_with_two_releases_withstands_the_attacks_of_each_and_a_false_picture_is_found(tmp_path: Path) -> None:
    names = ("example-2022", "voorbeeldstad-2024")
    html = explorer_page([read_release(name) for name in names], read_registers(), "nl")
    (tmp_path / "verkenner.html").write_text(html, "utf-8")
    for name in names:
        assert attack(name, site=tmp_path).passed, name
    # The bar of the second release at another length: only the attack on that release can know.
    picture = html.index("chart-voorbeeldstad-2024-experience-title")
    bar = re.compile(r'(<rect class="bar[^"]*"[^>]* width=")[\d.]+%').search(html, picture)
    assert bar
    (tmp_path / "verkenner.html").write_text(f"{html[: bar.start()]}{bar[1]}3.3%{html[bar.end() :]}", "utf-8")
    assert [attack(name, site=tmp_path).passed for name in names] == [True, False]


def test_two_releases_on_one_page_share_no_name_of_a_part() -> None:
    releases = [read_release(name) for name in ("example-2022", "voorbeeldstad-2024")]
    html = explorer_page(releases, read_registers(), "nl")
    names = re.findall(r' id="([^"]+)"', html)
    assert len(names) == len(set(names))
    wanted = [name for group in re.findall(r'aria-labelledby="([^"]+)"', html) for name in group.split()]
    assert set(wanted) <= set(names)
    assert set(re.findall(r"url\(#([^)]+)\)", html)) <= set(names)


def test_the_live_reporting_points_follow_the_choice() -> None:
    registers = read_registers()
    school, place, _ground, anonymous, answer = widgets_of(views.reporting_points(language="en"))
    school.value, place.value, anonymous.value = "other-mbo", "GM0637", True
    expected = fitting_cards(registers, Choice("other-mbo", "GM0637", "", True), "en")
    assert re.findall(r'data-entry id="([^"]+)"', answer.value) == expected
    assert answer.value.count("card answer") == 3


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_hidden_contact_stands_nowhere_on_the_page(language: Any) -> None:
    registers = read_registers()
    page = unescape(points_page(registers, language))
    shown = {point.id: point for point in public_reporting_points(registers, language)}
    hidden = []
    for point in registers.reporting_points:
        if point.id not in shown:
            assert f'id="{point.id}"' not in page
        public = shown.get(point.id)
        for field in ("phone", "email"):
            value = getattr(point, field)
            open_elsewhere = any(getattr(other, field) == value for other in shown.values())
            if value and not open_elsewhere:
                assert value not in page, (point.id, field)
                hidden.append(value)
            if public and getattr(public, field):
                assert value in page
    assert hidden


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("make", [overview_page, facts_page])
def test_a_figure_that_may_not_be_displayed_is_on_no_page(make: Any, language: Any) -> None:
    registers = read_registers()
    page = make(read_release("example-2022"), registers, language)
    kept_back = [figure for figure in registers.key_figures if not figure.displayable]
    assert kept_back
    for figure in kept_back:
        assert figure.text("label", language) not in unescape(page)


def test_the_front_page_refuses_a_figure_that_may_not_be_displayed(monkeypatch: pytest.MonkeyPatch) -> None:
    from stagekansen_lib.registers.models import KeyFigure

    monkeypatch.setattr(KeyFigure, "displayable", property(lambda figure: figure.id != "cbs-10"))
    with pytest.raises(InputError, match="'cbs-10' is marked as not to be displayed"):
        front_page_figures(read_registers())


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_chain_of_reporting_shows_every_number_with_its_doubt_and_its_source(language: Any) -> None:
    registers = read_registers()
    page = unescape(overview_page(read_release("example-2022"), registers, language))
    chain = page.split('<ol class="chain">', 1)[1].split("</ol>", 1)[0]
    for name in ("handbook-49772", "handbook-8", "handbook-3982", "handbook-2", "handbook-005"):
        figure = registers.key_figures[name]
        link = chain.split(f'id="cijfer-{name}"', 1)[1].split("</li>", 1)[0]
        assert figure.value_text(language).split(" ")[0] in link
        assert '<p class="doubt"><strong>' in link
    # The exact 95% interval of a Poisson count of 2 is 0.242 to 7.225 (Garwood 1936, doi 10.1093/biomet/28.3-4.437),
    # of 3,982 students 0.0061% to 0.181%.
    assert [number.replace(",", ".") for number in re.findall(r"(0[.,]006|0[.,]18)%", chain)[:2]] == ["0.006", "0.18"]
    assert "handbook-2022" in page


def test_a_question_has_at_most_two_tiles_and_none_that_the_rule_refuses() -> None:
    registers = read_registers()
    for group in front_page_figures(registers):
        chosen = tiles_of(group.figures)
        assert len(chosen) <= 2
        for figure in chosen:
            assert "again" not in figure.note_en
            assert not figure.kind.startswith("derived")
    figures = [registers.key_figures[name] for name in ("scp-stage-mbo", "handbook-3982", "rn-2022-1", "cbs-10")]
    # Not seen again; computed; of 2022; asked in 2024.
    assert [one.id for one in tiles_of(figures)] == ["cbs-10"]
    assert tiles_of(figures, told=["cbs-10"]) == [registers.key_figures["rn-2022-1"]]


def test_a_number_stands_as_one_tile_or_in_the_chain_but_not_twice() -> None:
    page = overview_page(read_release("example-2022"), read_registers(), "nl")
    tiles = page.split('class="tiles"', 1)[1]
    assert "2 meldingen" not in tiles.split('id="weten"')[0]


def test_who_measured_a_figure_is_named_and_not_the_paper_that_wrote_of_it() -> None:
    figures = read_registers().key_figures
    for name in ("scp-stage-mbo", "scp-stage-hbo", "scp-stage-wo"):
        assert "Sociaal en Cultureel Planbureau" in figures[name].maker


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_panel_of_made_up_data_says_so(language: Any) -> None:
    release, registers = read_release("example-2022"), read_registers()
    word = "synthetisch voorbeeld" if language == "nl" else "synthetic example"
    for choice in allowed_choices(release, language):
        assert word in panel(release, registers, choice, language)


def test_text_of_a_register_is_escaped() -> None:
    from stagekansen_lib.views.pages import render

    class Source:
        id, title, url = "x", "<script>alert(1)</script>", ""

        def text(self, *_: str) -> str:
            return "<b>"

        def confidence_text(self, _: str) -> str:
            return "&"

    html = render("source.html.j2", "nl", source=Source())
    assert "<script>" not in html
    assert "<b>" not in html


def test_every_step_of_the_journey_holds_what_the_registers_place_there() -> None:
    registers = read_registers()
    steps = step_notes(registers)
    assert [one.step.order for one in steps] == list(range(1, len(registers.steps) + 1))
    placed = sum(len(annotation.steps) for one in registers.journeys for annotation in one.annotations)
    assert sum(len(lane.notes) for one in steps for lane in one.lanes) == placed
    assert sum(len(one.voices) for one in steps) == len(registers.voices)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_sentence_of_the_journey_says_where_it_comes_from(language: Any) -> None:
    registers = read_registers()
    page = unescape(journey_page(registers, language))
    for step in registers.steps:
        sentence, origin = step.text("risk_moment", language), say(f"journey.origin_{step.risk_confidence}", language)
        after = page.split(sentence, 1)[1].split("</p>", 1)[0]
        assert after.startswith(f'</span> <span class="from from-{step.risk_confidence}"')
        assert after.endswith(f">{origin}</span>")
    # The handbook itself tells of two moments of risk; the other sentences are not its own.
    assert sum(step.risk_confidence == "handbook" for step in registers.steps) == 2
    assert all(
        (step.risk_confidence == "handbook") == ("handbook-2022" in step.risk_source_ids) for step in registers.steps
    )


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_personas_of_the_journey_show_role_and_age(language: Any) -> None:
    registers = read_registers()
    page = unescape(journey_page(registers, language))
    for one in registers.journeys:
        assert say("journey.age", language, age=one.age) in page
    coordinator = next(one for one in registers.journeys if one.id == "simone")
    assert coordinator.persona_nl.startswith("Stagecoördinator")


def test_every_displayable_figure_stands_under_its_source_and_no_other_does() -> None:
    registers = read_registers()
    found = figures_by_source(registers)
    assert {figure.id for figures in found.values() for figure in figures} == {
        figure.id for figure in registers.key_figures if figure.displayable
    }
    assert set(found) <= set(registers.sources.ids)


def test_the_map_of_figures_shows_the_numbers_of_the_table_in_their_newest_year() -> None:
    shown = {figure.name: figure for figure in figures("nl")}
    # CBS, Kerncijfers wijken en buurten 2024: inhabitants of 's-Gravenhage.
    assert (shown["inhabitants"].place.year, shown["inhabitants"].place.values["GM0518"]) == (2024, 566221)
    assert shown["inhabitants"].texts["GM0518"] == "566.221"
    assert all(len(figure.texts) == 9 for figure in shown.values())


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_count_is_a_circle_and_never_a_colour_and_classes_do_not_touch(language: Any) -> None:
    for figure in figures(language):
        known = {code: value for code, value in figure.place.values.items() if value is not None}
        if figure.place.kind == "amount":
            assert figure.classes == {}
            assert figure.sizes == {code: value / max(known.values()) for code, value in known.items()}
        else:
            assert figure.sizes == {}
            classes = {code: round(value, figure.place.decimals) for code, value in known.items()}
            ranges = [
                [value for code, value in classes.items() if figure.classes[code] == step]
                for step in range(len(set(figure.classes.values())))
            ]
            assert all(max(lower) < min(higher) for lower, higher in itertools.pairwise(ranges))
        assert ("unknown" in {look for look, _, _ in figure.legend}) == (len(known) < 9)


def test_what_no_file_holds_is_empty_and_hatched_on_every_municipality() -> None:
    figure = next(one for one in figures("nl") if one.name == "mbo_living")
    assert set(figure.place.values.values()) == {None}
    assert set(figure.paint.texts.values()) == {"?"}
    assert (figure.region, figure.country) == ("niet bekend", "niet bekend")
    assert figure.legend == (("unknown", "niet in dit bestand", 0.0),)
    assert draw_picture(paint=figure.paint, language="nl").count("land unknown") == 9


def test_a_profile_sets_a_municipality_beside_the_region_and_the_country() -> None:
    html = map_page("nl")
    profile = html[html.index('data-profile="GM0503"') : html.index('data-profile="GM0518"')]
    # CBS 2024: inhabitants of Delft, of the nine municipalities together, and of the Netherlands.
    assert re.findall(r'data-value="[\d.]+">([^<]+)<', profile)[-3:] == ["109.577", "1.162.453", "17.942.942"]
    assert "stadsdelen" not in profile
    assert "Over de 8 stadsdelen en 44 wijken van Den Haag staat geen cijfer" in html


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_choice_has_three_answers_and_no_more(language: Any) -> None:
    registers = read_registers()
    points = {point.id: point for point in public_reporting_points(registers, language)}
    answers = three_answers(registers, points, language)
    for slot, choices in (
        ("school", registers.routing.schools),
        ("agency", registers.routing.municipalities),
        ("national", registers.routing.schools),
    ):
        for choice in ("", *choices):
            assert len([one for one in answers if one.slot == slot and choice in one.choices]) == 1, (slot, choice)


def test_an_answer_names_a_contact_only_where_it_may_be_shown() -> None:
    registers = read_registers()
    points = {point.id: point for point in public_reporting_points(registers, "nl")}
    answers = three_answers(registers, points, "nl")

    def told(slot: str, choice: str) -> Any:
        return next(one for one in answers if one.slot == slot and choice in one.choices)

    # The agency of Zoetermeer is expected, not known: the number of iDb is not the answer there.
    unsure = told("agency", "GM0637")
    assert [one.address for one in unsure.contacts] == ["tel:0800-0880", "https://discriminatie.nl"]
    assert "waarschijnlijk Stichting iDb" in unsure.text
    assert told("agency", "GM0503").contacts[0].address == "tel:0800-3218686"
    # Its own number is of before 2024, so the national one stands there.
    assert told("agency", "GM0518").contacts[0].address == "tel:0800-0880"
    assert told("national", "roc-mondriaan").title == "Meldpunt Stagediscriminatie SBB"
    assert "binnen zes maanden" in told("national", "inholland").after
    # A first talk is with somebody at school: the page of a campaign is no way to reach that person.
    assert told("school", "roc-mondriaan").contacts == ()
    assert told("school", "haagse-hogeschool").contacts[0].address == "mailto:stagepunt@hhs.nl"


def test_nobody_is_sent_to_a_desk_that_was_left_off_the_page() -> None:
    registers = read_registers()
    points = {point.id: point for point in public_reporting_points(registers, "nl") if point.id != "sbb"}
    assert not any("SBB" in one.title for one in three_answers(registers, points, "nl"))


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_agencies_of_municipalities_stand_on_one_card_with_the_nine_names(language: Any) -> None:
    registers = read_registers()
    page = points_page(registers, language)
    card = page.split('data-entry id="idb"')[1].split("data-entry id=")[0]
    for code in registers.routing.municipalities:
        assert card.count(f'id="gemeente-{code}"') == 1
        assert registers.routing.name(code, language) in unescape(card)
    assert 'data-entry id="adv-' not in page
    told = say("points.agency_row", language, name=registers.reporting_points["idb"].heading(language))
    assert unescape(card).count(told) == 5


def test_a_student_finds_everyday_words_beside_the_words_of_the_law() -> None:
    registers = read_registers()
    page = unescape(points_page(registers, "nl"))
    for word in ("mijn hoofddoek", "mijn naam", "ik zit in een rolstoel"):
        assert f">{word}</option>" in page
    assert all(f">{ground.text('label', 'nl')}</option>" in page for ground in registers.grounds)
    # Each word says what the law calls it, and how sure we are.
    for word in registers.everyday_words:
        assert f'[value="{word.id}"]' in page
    assert "naam (als aanwijzing van afkomst of geloof), staat zelf niet in de wet" in page


def test_that_nobody_checked_the_places_is_said_once() -> None:
    page = unescape(points_page(read_registers(), "nl"))
    assert page.count("Nog niet nagegaan.") == 1
    assert "badge warn" not in page


def test_the_map_says_how_many_places_the_list_shows_and_is_hatched_where_nobody_knows_the_agency() -> None:
    registers = read_registers()
    page = points_page(registers, "nl")
    picture = page.split('class="map-picture"')[1].split("</svg>")[0]
    for code in registers.routing.municipalities:
        count = len(fitting_cards(registers, Choice(municipality=code), "nl"))
        assert f'data-code="{code}" x=' in picture
        assert f">{count}</text>" in picture
        assert f'href="#gemeente-{code}"' in picture
    assert picture.count('class="land unknown"') == 5
    assert 'class="swatch unknown"' in page


def test_the_page_stands_without_the_national_point_when_a_check_found_it_wrong() -> None:
    registers = read_registers()
    wrong = Verification(
        point="disc-nl", whole=True, fields={}, checked_by="AB", on=datetime.date(2026, 11, 1), how="called", wrong=True
    )
    changed = replace(registers, verifications=(*registers.verifications, wrong))
    page = points_page(changed, "nl")
    assert 'id="disc-nl"' not in page
    assert "<h1>" in page


def test_the_legend_of_the_map_knows_shown_values_only() -> None:
    figure = next(one for one in figures("nl") if one.name == "hbo_first_years")
    hidden = [code for code, value in figure.place.values.items() if value is None]
    assert hidden
    assert not set(hidden) & set(figure.sizes)
    # DUO, first-year hbo students by municipality of the programme, 2019.
    known = [value for value in figure.place.values.values() if value is not None]
    assert (min(known), max(known)) == (73, 6345)
    # The circle of 6,345 has a radius of 24 pixels, and areas follow the counts.
    assert figure.legend == (
        ("amount", "5.000", 21.3),
        ("amount", "500", 6.7),
        ("unknown", "geen hbo-opleiding in het bestand", 0.0),
    )


def test_the_index_quotes_the_release_and_computes_nothing() -> None:
    release = read_release("example-2022")
    states = {
        one.indicator.id: one for domain in domain_states(release, read_registers(), "nl") for one in domain.indicators
    }
    assert list(states) == ["K1", "K2", "E1", "E2", "E3", "M1", "M2"]
    assert {name: one.value for name, one in states.items() if one.value} == {
        "E1": f"{release.tables['experience'].table['estimate'][0]:.0%}",
        "M1": "<10%",
        "M2": f"{release.tables['knows_where'].table['estimate'][0]:.0%}",
    }
    for one in states.values():
        assert ("-hatch)" in one.chart.svg) == (one.value == "")
        assert one.value or one.indicator.text("lacking", "nl")


def test_the_monitor_says_that_there_is_no_index_as_long_as_a_domain_lacks_indicators() -> None:
    page = unescape(monitor_page(read_release("example-2022"), read_registers(), "nl"))
    assert "Er is nog geen index" in page
    assert "3 van de 7 indicatoren" in page
    assert "Domein Kans: 0 van de 2 indicatoren" in page
    assert "Domein Ervaring: 1 van de 3 indicatoren" in page
    assert "Domein Melden: " not in page


def test_an_indicator_that_protection_hides_is_not_measured() -> None:
    release, registers = read_release("example-2022"), read_registers()
    table = release.tables["experience"]
    hidden = table.table.assign(estimate=float("nan"), ci_low=float("nan"), ci_high=float("nan"), mark="x")
    without = replace(release, tables={**release.tables, "experience": replace(table, table=hidden)})
    state = domain_states(without, registers, "en")[1].indicators[0]
    assert (state.indicator.id, state.table, state.value) == ("E1", None, "")


def test_the_squares_count_every_factor_once() -> None:
    registers = read_registers()
    themes = theme_squares(registers, "nl")
    for known in KNOWN:
        expected = sum(factor.known == known for factor in registers.factors)
        assert sum(theme.counts[known] for theme in themes) == expected
        assert sum(theme.svg.count(f'class="square {known}"') for theme in themes) == expected
    for theme in themes:
        assert theme.svg.count("square-hatch") == theme.counts["unknown"]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_who_to_write_to_is_unknown_until_it_is_filled_in(language: Any) -> None:
    registers = read_registers()
    assert registers.maintainer.email == ""
    assert "mailto:?" not in points_page(registers, language)
    known = replace(registers, maintainer=Maintainer("Beheer", "beheer@voorbeeld.example"))
    page = points_page(known, language)
    assert page.count("mailto:beheer@voorbeeld.example?subject=") == page.count("data-entry")


@pytest.mark.parametrize("name", ["overview", "facts", "monitor"])
def test_a_page_says_who_a_tile_is_from_and_of_which_date(name: str) -> None:
    tiles = getattr(views, name)(language="nl").page().split("data-tile")[1:]
    without = [tile[:200] for tile in tiles if 'class="origin"' not in tile and 'class="from" href="#bron-' not in tile]
    assert len(without) <= (name != "overview")  # the tile at the top of a page stands again below, with its origin


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_answer_of_the_way_leads_on_and_ends_in_two_or_three_tools(language: Any) -> None:
    registers = read_registers()
    page = guide_page(registers, language)
    for way in ways(registers, language):
        places = {stop.id for stop in way.stops} | {end.id for end in way.ends}
        reached = {way.stops[0].id} | {link for stop in way.stops for link in (stop.if_yes, stop.if_no)}
        assert reached == places
        # Four times yes or no at most.
        assert max(stop.number for stop in way.stops) == 4
        for end in way.ends:
            assert 2 <= len(end.tools) <= 3, end.id
            assert all(tool.url.startswith("https://") for tool in end.tools)
            assert all(way.role.audience in tool.instrument.audience for tool in end.tools)
        assert all(page.count(f'id="{place}"') == 1 for place in places)


def test_every_tool_of_the_guide_has_an_address_an_owner_and_a_day_and_what_is_no_tool_is_gone() -> None:
    registers = read_registers()
    page = guide_page(registers, "nl")
    shown = set(re.findall(r'class="card tool" data-entry id="([^"]+)"', page))
    assert shown == {one.id for one in registers.instruments if one.is_tool}
    for name in shown:
        tool = registers.instruments[name]
        assert all((tool.url, tool.owner_nl, tool.cost, tool.checked_on)), name
    assert not shown & {"blind", "beleid", "manifest_dh", "nulmeting", "sbbmelden", "sci", "talent"}
    assert "website niet bekend" not in page.casefold()


def test_the_guide_and_the_reporting_points_give_a_desk_the_same_address() -> None:
    registers = read_registers()
    points = {point.id: point for point in public_reporting_points(registers)}
    desks = {
        tool.instrument.point: tool.url
        for way in ways(registers, "nl")
        for end in way.ends
        for tool in end.tools
        if tool.desk
    }
    assert set(desks) == {"sbb", "disc-dh"}
    for name, url in desks.items():
        assert url == (points[name].report_url or points[name].web)
        assert url in points_page(registers, "nl")


def test_a_desk_whose_website_was_found_wrong_is_offered_by_nobody() -> None:
    registers = read_registers()
    web = registers.reporting_points["sbb"].web
    wrong = Verification(
        point="sbb", whole=False, fields={"web": web}, checked_by="AB", on=datetime.date.today(), how="x", wrong=True
    )
    page = guide_page(replace(registers, verifications=(wrong,)), "nl")
    assert "s-bb.nl/contact" in guide_page(registers, "nl")
    assert "s-bb.nl/contact" not in page


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_self_check_has_an_action_for_each_question_and_sends_nothing(language: Any) -> None:
    registers = read_registers()
    page = guide_page(registers, language)
    for role in registers.standard.roles:
        questions = [one for one in registers.standard.check if one.role == role.id]
        assert len(questions) == 12
        for one in questions:
            assert page.count(f'type="radio" name="{one.id}"') == 3
            assert page.count(f'<li data-action="{one.id}">') == 1
            assert one.text("action", language) in unescape(page)
    # Only the choices above the list of tools are a form; what is filled in stands outside it.
    assert page.count("<form") == 1
    assert "data-action" not in page.split("<form")[1]


def test_the_lessons_are_found_at_their_address_each_with_a_first_step_that_is_called_a_proposal() -> None:
    page = guide_page(read_registers(), "nl")
    lessons = page.split('id="lessen"')[1].split("</section>")[0]
    assert lessons.count("Eerste stap:") == lessons.count("ons voorstel") == 10


def test_the_organisation_has_layers_on_both_sides_with_an_example_each() -> None:
    registers = read_registers()
    page = guide_page(registers, "nl")
    assert page.count("Voorbeeld: ") == len(registers.standard.layers) == 20
    for side in ("onderneming", "onderwijsinstelling"):
        assert f'<li class="{side}">' in page
    assert '<li class="onderneming onderwijsinstelling">' in page


def test_the_handbook_is_linked_at_the_address_it_prints() -> None:
    url = read_registers().sources["handbook-2022"].url
    assert url == "https://www.inholland.nl/onderzoek/onderzoeksprojecten/gelijke-stagekansen-in-den-haag/"
