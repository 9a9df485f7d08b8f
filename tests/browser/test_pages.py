"""The public pages in a real Chromium: by mouse, by keyboard, without script, and with nothing outside."""

from __future__ import annotations

import csv
import io
import itertools
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.registers.public_points import public_reporting_points
from stagekansen_lib.registers.reading import read_registers
from stagekansen_lib.releases.reading import read_release
from stagekansen_lib.releases.shown import shown_releases
from stagekansen_lib.site.building import PAGES
from stagekansen_lib.views.explorer_panels import allowed_choices
from stagekansen_lib.views.fact_figures import published_figures
from stagekansen_lib.views.figure_map import figures
from stagekansen_lib.views.network import partners_by_kind
from stagekansen_lib.views.reporting_points import Choice, card_of, fitting_cards, suggestions
from stagekansen_lib.views.sources import sources_by_kind
from tests.browser.visits import AXE, AXE_SHOWN, MAPS, UNDECIDED, axe, lay_out, map_frame, picture

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", PAGES)
def test_nothing_but_the_page_itself_is_waited_for(visit: Any, name: str) -> None:
    seen: list[tuple[str, str]] = []
    page = visit(f"/nl/{name}")
    own = page.url
    page.goto("about:blank")
    page.on("request", lambda request: seen.append((request.resource_type, request.url)))
    page.goto(own, wait_until="load")
    page.wait_for_timeout(500)
    assert seen[0] == ("document", page.url)
    # A map comes afterwards, in a frame of its own; its drawing stands on the page from the start.
    rest = [("document", f"{page.url}-kaart")] if name in MAPS else []
    assert [entry for entry in seen[1:] if not entry[1].startswith("data:")] == rest
    blocking = "performance.getEntriesByType('resource').filter((entry) => entry.renderBlockingStatus === 'blocking')"
    assert page.evaluate(f"{blocking}.map((entry) => entry.name)") == []


# Each option of each choice is tried once, in one of the four of language and width, in turn.
@pytest.mark.parametrize(
    ("turn", "language", "width"), [(0, "nl", 390), (1, "en", 1280), (2, "nl", 1280), (3, "en", 390)]
)
@pytest.mark.parametrize("name", ["meldpunten", "kaart", "wegwijzer", "feiten"])
def test_every_choice_of_a_page_is_accessible(look: Any, name: str, turn: int, language: str, width: int) -> None:
    page = look(f"/{language}/{name}", width=width)
    options = page.evaluate(
        """() => [...document.querySelectorAll("form.choices :is(select, [type=checkbox])")].flatMap((field) =>
          field.options ? [...field.options].filter((one) => one.value).map((one) => [field.name, one.value])
            : [[field.name, "yes"]])"""
    )
    assert len(options) >= 8
    # Everyday words differ in one line of text: a few of them stand for all.
    options = [
        (field, value) for field, value in options if not re.fullmatch(r"w\d\d", value) or value[1:] in "01 11 64 71"
    ]
    if name in MAPS:
        map_frame(page, name)  # while its frame comes in, axe cannot tell what lies under the letters around it
    assert axe(page, whole=False) == []
    lay_out(page)
    for field, value in options[turn::4]:
        page.evaluate(
            """([name, value]) => {
              const form = document.querySelector("form.choices");
              for (const one of form.elements) {
                const chosen = one.name === name;
                if (one.options) one.value = chosen ? value : one.options[0].value;
                else if (one.type === "checkbox") one.checked = chosen;
                else one.value = "";
              }
              const field = form.elements[name];
              for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
            }""",
            [field, value],
        )
        assert value in page.evaluate("location.hash")
        assert page.evaluate(AXE_SHOWN, [UNDECIDED]) == [], (field, value)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (field, value)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_panel_of_the_explorer_is_shown_alone_and_accessible(visit: Any, language: str) -> None:
    page = visit(f"/{language}/verkenner", width=390)
    page.evaluate(AXE)
    lay_out(page)
    choices = allowed_choices(read_release("example-2022"), language)  # type: ignore[arg-type]
    for place, choice in enumerate(choices):
        # Each panel is seen at both widths: in one language narrow, in the other wide.
        width = 390 if (place % 2 == 0) == (language == "nl") else 1280
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("(id) => { location.hash = id; }", choice.table)
        page.wait_for_function("(id) => document.getElementById(id).classList.contains('chosen')", arg=choice.table)
        assert [panel.get_attribute("id") for panel in page.locator(".panel:visible").all()] == [choice.table]
        assert page.locator("select[name=outcome]").input_value() == choice.outcome
        assert page.locator("select[name=group]").input_value() == choice.group
        assert page.evaluate(AXE_SHOWN, [UNDECIDED]) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_explorer_works_by_keyboard_and_keeps_its_choice_in_the_other_language(visit: Any) -> None:
    page = visit("/nl/verkenner")
    first = page.locator(".panel:visible").get_attribute("id")
    page.locator("select[name=outcome]").focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_function("() => location.hash !== ''")
    chosen = page.locator(".panel:visible").get_attribute("id")
    assert chosen != first
    page.locator(".switch[data-twin]").click()
    page.wait_for_url("**/en/verkenner#*")
    assert page.locator(".panel:visible").get_attribute("id") == chosen


def test_another_release_keeps_outcome_and_group_where_it_has_them(visit: Any) -> None:
    page = visit("/nl/verkenner#knows_where_by_level")
    page.locator("select[name=release]").select_option("voorbeeldstad-2024")
    assert page.locator(".panel:visible").get_attribute("id") == "voorbeeldstad-2024.knows_where_by_level"
    assert page.url.endswith("#voorbeeldstad-2024.knows_where_by_level")
    # Who took part lies folded, and an address opens it.
    page = visit("/nl/verkenner#voorbeeldstad-2024.level")
    assert page.locator("#voorbeeldstad-2024\\.level").is_visible()
    assert page.locator("select[name=release]").input_value() == "voorbeeldstad-2024"


def test_the_explorer_offers_only_groups_that_have_a_table(visit: Any) -> None:
    page = visit("/nl/verkenner")
    choices = allowed_choices(read_release("example-2022"), "nl")
    for outcome in dict.fromkeys(choice.outcome for choice in choices):
        page.locator("select[name=outcome]").select_option(outcome)
        offered = page.locator("select[name=group] option").all_inner_texts()
        assert offered == [choice.group for choice in choices if choice.outcome == outcome]


@pytest.mark.parametrize("name", PAGES)
def test_without_script_everything_stands_on_the_page(visit: Any, name: str) -> None:
    page = visit(f"/nl/{name}", java_script_enabled=False)
    if name == "verkenner":
        shown = [allowed_choices(read_release(name), "nl") for name in shown_releases()]
        assert page.locator(".panel:visible").count() == sum(len(choices) for choices in shown)
        assert page.locator(".panel-index a:visible").count() == page.locator(".panel").count()
    if name == "meldpunten":
        # The three answers follow the choice by the style sheet; everything else lies folded by kind.
        assert page.locator(".answer:visible").count() == 3
        page.locator("select[name=place]").select_option("GM0503")
        page.locator("select[name=school]").select_option("roc-mondriaan")
        page.locator("select[name=ground]").select_option(label="mijn hoofddoek")
        told = page.locator(".answer:visible h3").all_inner_texts()
        assert [told[0].split(":")[0], *told[1:]] == [
            "ROC Mondriaan",
            "Stichting iDb (Discriminatie.nl Haaglanden en Hollands Midden)",
            "Meldpunt Stagediscriminatie SBB",
        ]
        told = page.locator(".law:visible").all_inner_texts()
        assert told[0] == "In woorden van de wet: godsdienst, staat in de wet."
        assert told[-1].endswith("Dit is geen juridisch advies.")
        # Enter sends nothing: what a student chose stays on the page.
        page.locator("[name=anonymous]").press("Enter")
        page.wait_for_timeout(200)
        assert page.url.endswith("/nl/meldpunten")
        cards = {card_of(point) for point in public_reporting_points(read_registers())}
        assert page.locator("details.fold .point").count() == len(cards)
    else:
        assert page.locator("form:visible").count() == 0


def test_a_figure_leads_to_its_source_in_one_click(visit: Any) -> None:
    page = visit("/nl/overzicht")
    for link in page.locator(".card a[href^='#bron-']").all():
        target = page.locator(f"[id='{(link.get_attribute('href') or '')[1:]}']")
        assert target.count() == 1
    page.locator(".card a[href^='#bron-']").first.click()
    page.wait_for_function("() => document.querySelector(':target') !== null")
    assert page.locator("li:target").is_visible()


def test_a_panel_leads_to_its_source_in_one_click(visit: Any) -> None:
    page = visit("/nl/verkenner")
    panel = page.locator(".panel:visible")
    panel.locator("summary").last.click()
    release = read_release("example-2022")
    titles = [read_registers().sources[name].heading("nl") for name in release.sources]
    assert titles
    for title in titles:
        assert panel.get_by_text(title, exact=True).is_visible()


def ids_shown(page: Any) -> list[str]:
    found: list[str] = page.evaluate("[...document.querySelectorAll('.point:not([hidden])')].map((point) => point.id)")
    return found


@pytest.mark.parametrize("anonymous", [False, True])
@pytest.mark.parametrize("half", [0, 1])
def test_the_page_and_the_library_give_the_same_answer_to_every_choice(look: Any, half: int, anonymous: bool) -> None:
    registers = read_registers()
    choices = [
        Choice(*answers)
        for answers in itertools.product(
            ["", *registers.routing.schools],
            ["", *registers.routing.municipalities],
            ["", *registers.grounds.ids, "w11", "w71"],
            [anonymous],
        )
    ][half::2]
    page = look("/nl/meldpunten")
    shown = page.evaluate(
        """(choices) => {
          const form = document.querySelector("[data-reporting]");
          return choices.map(({ school, municipality, ground, anonymous }) => {
            Object.assign(form.elements.school, { value: school });
            Object.assign(form.elements.place, { value: municipality });
            Object.assign(form.elements.ground, { value: ground });
            form.elements.anonymous.checked = anonymous;
            form.dispatchEvent(new Event("change"));
            return [...document.querySelectorAll(".point:not([hidden])")].map((point) => point.id);
          });
        }""",
        [vars(choice) for choice in choices],
    )
    wrong = [
        choice for choice, ids in zip(choices, shown, strict=True) if ids != fitting_cards(registers, choice, "nl")
    ]
    assert wrong == []


def test_the_page_gives_the_same_reason_as_the_library(look: Any) -> None:
    registers = read_registers()
    page = look("/nl/meldpunten")
    all_choices = [
        Choice(*answers)
        for answers in itertools.product(
            ["", "other-mbo", "haagse-hogeschool"],
            ["", "GM0503", "GM0637"],
            ["", *registers.grounds.ids, "w11"],
            [False, True],
        )
    ]
    choices = [choice for choice in all_choices if not choice.empty]
    all_told = page.evaluate(
        """(choices) => {
          const form = document.querySelector("[data-reporting]");
          return choices.map(({ school, municipality, ground, anonymous }) => {
            form.elements.school.value = school;
            form.elements.place.value = municipality;
            form.elements.ground.value = ground;
            form.elements.anonymous.checked = anonymous;
            form.dispatchEvent(new Event("change"));
            return [...document.querySelectorAll(".point:not([hidden])")].map(
              (point) => [point.id, point.querySelector("[data-why]:not([hidden]) span").textContent]);
          });
        }""",
        [vars(choice) for choice in choices],
    )
    for choice, told in zip(choices, all_told, strict=True):
        expected: list[list[str]] = []
        for suggestion in suggestions(registers, choice, "nl"):
            card = card_of(suggestion.point)
            if card in [name for name, _ in expected]:
                continue
            # The condition of a point stands on its card already.
            reason = (
                suggestion.reason.replace(suggestion.point.condition, "")
                if suggestion.point.condition
                else suggestion.reason
            )
            expected.append([card, " ".join(reason.split())])
        assert told == expected, choice


def test_a_student_finds_three_answers_by_the_accessibility_tree_alone(visit: Any) -> None:
    page = visit("/nl/meldpunten", width=390)
    page.get_by_role("combobox", name="Mijn school").select_option(label="Een andere mbo-school")
    page.get_by_role("combobox", name="Ik woon in").select_option(label="Zoetermeer")
    page.get_by_role("combobox", name="Het gaat om").select_option(label="mijn hoofddoek")
    page.get_by_role("checkbox", name="Ik wil anoniem blijven").check()
    expected = fitting_cards(read_registers(), Choice("other-mbo", "GM0637", "w01", True), "nl")
    assert page.get_by_role("status").first.inner_text() == f"{len(expected)} plekken passen hierbij"
    answers = page.get_by_role("region", name="Drie plekken voor jou").get_by_role("listitem")
    named = answers.get_by_role("heading", level=3).all_inner_texts()
    assert named[1:] == ["Discriminatie.nl (landelijk)", "Meldpunt Stagediscriminatie SBB"]
    # None of the three is known to be anonymous: that is said before them, with where it is known.
    assert "College voor de Rechten van de Mens" in answers.first.inner_text()
    assert answers.nth(1).inner_text().startswith("Hier is niet bekend of het anoniem kan.")
    first = page.locator("details.fold:not([hidden]) > summary")
    assert first.all_inner_texts() == ["Landelijk (1)", f"Anoniem: niet bekend, vraag het eerst ({len(expected) - 1})"]


def test_a_student_of_an_mbo_school_in_zoetermeer_finds_the_way_by_keyboard_alone(visit: Any) -> None:
    page = visit("/nl/meldpunten")
    labels = {"school": "Een andere mbo-school", "place": "Zoetermeer", "ground": "mijn hoofddoek"}
    for name, label in labels.items():
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.name") == name:
                break
        for _ in range(20):
            if page.evaluate("document.activeElement.selectedOptions[0].textContent") == label:
                break
            page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.selectedOptions[0].textContent") == label
    expected = fitting_cards(read_registers(), Choice("other-mbo", "GM0637", "w01"), "nl")
    assert ids_shown(page) == expected
    assert "sbb" in expected
    assert page.locator("[data-status]").inner_text().startswith(str(len(expected)))
    # After the choices come the contacts of the answers, with nothing in between but two more choices.
    kinds = []
    for _ in range(3):
        page.keyboard.press("Tab")
        kinds.append(page.evaluate("document.activeElement.type || document.activeElement.className"))
    assert kinds == ["checkbox", "reset", "act"]
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.reload()
    assert ids_shown(page) == expected


def test_the_way_out_lies_over_no_choice_and_three_answers_begin_on_the_first_screen_of_a_phone(visit: Any) -> None:
    page = visit("/nl/meldpunten#school=roc-mondriaan&place=GM0518&ground=w01", width=390, height=844)
    way_out = page.locator("[data-exit]").bounding_box()
    for choice in page.locator("form.choices :is(select, input, button)").all():
        assert choice.bounding_box()["y"] >= way_out["y"] + way_out["height"]
    assert page.locator(".answer:visible").first.bounding_box()["y"] < 844


def test_a_tap_on_a_municipality_of_the_map_narrows_the_list(visit: Any) -> None:
    page = visit("/nl/meldpunten")
    frame = map_frame(page)
    assert frame.locator("path.municipalities.unknown").count() == 5
    # The shape of Westland lies under its own name; a click in the middle of the name falls through.
    box = frame.locator(".place-name", has_text="Westland").locator("span").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function("() => document.querySelector('[name=place]').value === 'GM1783'")
    assert ids_shown(page) == fitting_cards(read_registers(), Choice(municipality="GM1783"), "nl")
    assert page.url.endswith("#place=GM1783")
    frame.wait_for_selector("path.municipalities.picked")
    assert page.locator("#gemeente-GM1783.picked").count() == 1


def test_the_map_has_a_height_shows_the_region_and_opens_a_point_by_keyboard(visit: Any) -> None:
    page = visit("/nl/meldpunten")
    frame = map_frame(page)
    assert page.locator("iframe.map").bounding_box()["height"] >= 300
    assert page.locator("iframe.map").is_visible()
    assert frame.locator("path.municipalities").count() == 9
    assert frame.locator(".place-name").count() == 9
    for _ in range(12):  # open the clusters until single points stand on the map
        if frame.locator(".pin").count():
            break
        frame.locator(".cluster").first.focus()
        page.keyboard.press("Enter")
        frame.wait_for_timeout(200)
    pin = frame.locator(".pin").first
    pin.focus()
    page.keyboard.press("Enter")
    frame.wait_for_selector(".leaflet-popup")
    assert frame.evaluate("document.activeElement.tagName") == "BUTTON"
    assert axe(frame) == []
    page.keyboard.press("Escape")
    frame.wait_for_selector(".leaflet-popup", state="detached")
    assert frame.evaluate("document.activeElement.classList.contains('pin')")


def test_the_map_and_the_list_find_each_other(visit: Any) -> None:
    page = visit("/nl/meldpunten")
    frame = map_frame(page)
    page.locator("details.fold:has(#hhs-stagepunt) > summary").click()
    button = page.locator("[data-on-map]:visible").first
    point = button.locator("xpath=ancestor::li").get_attribute("id")
    button.click()
    frame.wait_for_selector(".leaflet-popup button")
    frame.locator(".leaflet-popup button").click()
    page.wait_for_selector(".point.picked")
    assert page.locator(".point.picked").get_attribute("id") == point


def test_the_map_shows_only_the_points_of_the_list(visit: Any) -> None:
    page = visit("/nl/meldpunten#school=haagse-hogeschool")
    frame = map_frame(page)
    fitting = suggestions(read_registers(), Choice(school="haagse-hogeschool"), "nl")
    expected = sum(suggestion.point.marker is not None for suggestion in fitting)
    count = """() => [...document.querySelectorAll(".pin, .cluster")].reduce((sum, icon) =>
      sum + (icon.classList.contains("cluster") ? Number(icon.querySelector("[aria-hidden]").textContent) : 1), 0)"""
    for _ in range(50):
        if frame.evaluate(count) == expected:
            break
        page.wait_for_timeout(100)
    assert frame.evaluate(count) == expected


@pytest.mark.parametrize("by", ["button", "keyboard"])
def test_the_quick_exit_leaves_without_a_way_back(browser: Any, address: str, by: str) -> None:
    context = browser.new_context()
    # The one request that may leave, because a person asks for it; it is answered here.
    context.route("https://www.knmi.nl/**", lambda route: route.fulfill(body="weather", content_type="text/html"))
    page = context.new_page()
    page.goto("about:blank")
    page.goto(f"{address}/nl/meldpunten")
    if by == "button":
        page.locator("[data-exit]").click()
    else:
        for _ in range(3):
            page.keyboard.press("Shift")
    page.wait_for_url("https://www.knmi.nl/**")
    page.go_back()
    assert "meldpunten" not in page.url
    context.close()


def test_every_card_says_how_to_correct_it_and_links_are_safe_to_follow(visit: Any) -> None:
    page = visit("/en/meldpunten")
    cards = page.locator(".point")
    assert cards.locator("summary", has_text="Is something wrong here?").count() == cards.count()
    unsafe = page.evaluate(
        "[...document.querySelectorAll('a[href^=http]')].filter((link) => !link.rel.includes('noreferrer')).length"
    )
    assert unsafe == 0


def test_the_map_of_figures_is_painted_by_the_chosen_figure(visit: Any) -> None:
    page = visit("/nl/kaart#origin_outside_europe")
    frame = map_frame(page, "kaart")
    shown = {figure.name: figure for figure in figures("nl")}
    for name in ("origin_outside_europe", "inhabitants"):
        page.locator("select[name=figure]").select_option(name)
        # A short value stands beside its name, a long one under it.
        expected = f"DenHaag{shown[name].texts['GM0518']}"
        for _ in range(50):
            labels = frame.evaluate(
                "[...document.querySelectorAll('.place-name span')].map((name) => name.textContent.replaceAll(' ', ''))"
            )
            if expected in labels:
                break
            page.wait_for_timeout(100)
        assert expected in labels
        assert page.locator(".panel:visible").get_attribute("id") == name
        painted = list(shown[name].classes.values())
        assert [frame.locator(f"path.class-{step}").count() for step in range(4)] == [
            painted.count(step) for step in range(4)
        ]
        assert frame.locator("path.amount:not(.none)").count() == len(shown[name].sizes)
    # A count is a circle whose area follows it: Den Haag has the largest.
    page.locator("select[name=figure]").select_option("hbo_first_years")
    frame.wait_for_function("() => document.querySelectorAll('path.amount:not(.none)').length === 3")
    assert frame.locator("path.municipalities.unknown").count() == 6


def test_the_guide_is_narrowed_by_role_and_keeps_its_choice_in_the_address(visit: Any) -> None:
    page = visit("/nl/wegwijzer")
    page.locator("select[name=role]").select_option("bestuurder")
    fitting = sum("bestuurder" in tool.audience and tool.is_tool for tool in read_registers().instruments)
    assert page.locator(".tool:visible").count() == fitting
    assert page.locator("[data-status]").inner_text().startswith(str(fitting))
    page.reload()
    assert page.locator(".tool:visible").count() == fitting


@pytest.mark.parametrize("script", [True, False])
def test_an_employer_comes_to_three_tools_and_makes_a_plan_with_and_without_script(visit: Any, script: bool) -> None:
    page = visit("/nl/wegwijzer", width=390, java_script_enabled=script)
    way = page.locator(".way")
    way.locator("a:visible", has_text="Ik bied stages aan").first.click()
    for answer in ("Nee", "Nee", "Ja"):  # no policy, no wish to refresh, looking for an intern
        way.get_by_role("link", name=answer, exact=True).click()
    assert page.locator(".way-step:visible").count() == 1
    assert 2 <= page.locator(".way-step:visible .way-tools a").count() <= 3
    assert page.locator(".check-questions:visible").count() == 1
    assert page.locator(".plan li:visible").count() == 0
    page.locator("[name=employer-09][value=no]").check()
    page.locator("[name=employer-03][value=partly]").check()
    page.locator("[name=employer-01][value=yes]").check()
    plan = page.locator(".plan:visible li:visible")
    assert plan.count() == 2
    plan.first.get_by_label("Wie?").fill("Noor")
    plan.first.get_by_label("Wanneer?").fill("2027-01-15")
    page.keyboard.press("Enter")
    assert "Noor" not in page.url
    # On paper stands the plan, and nothing else.
    page.emulate_media(media="print")
    assert plan.count() == 2
    assert page.locator("h1").is_hidden()
    assert page.locator(".check-questions:visible").count() == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("begrip-melding", "begrippen#begrip-melding"),
        ("begrippen", "begrippen#begrippen"),
        ("gronden", "begrippen#gronden"),
        ("vergelijken", "methode#vergelijken"),
        ("verborgen", "methode#verborgen"),
        ("zoeken", "methode#zoeken"),
    ],
)
def test_an_address_on_the_page_of_sources_leads_to_where_it_stands_now(visit: Any, old: str, new: str) -> None:
    page = visit("/nl/overzicht")
    page.goto(page.url.replace("overzicht", f"bronnen#{old}"))
    page.wait_for_url(f"**/{new}")
    page = visit("/nl/bronnen", java_script_enabled=False)
    link = page.locator(f"#{'begrippen' if old.startswith('begrip') else old}")
    assert link.get_attribute("href") in (new, "begrippen")


def test_sources_and_partners_are_narrowed_by_kind_and_a_kind_without_any_is_not_offered(visit: Any) -> None:
    registers = read_registers()
    for name, kinds in (("bronnen", sources_by_kind(registers, "nl")), ("netwerk", partners_by_kind(registers, "nl"))):
        page = visit(f"/nl/{name}")
        assert page.locator("select[name=kind] option").all_inner_texts()[1:] == list(kinds)
        for kind, held in kinds.items():
            page.locator("select[name=kind]").select_option(label=kind)
            assert page.locator("[data-kind]:visible").count() == len(held)
            assert page.locator("main summary:visible", has_text=kind).count() >= 1
        assert page.locator("[data-status]").inner_text().split(" ")[0] == str(len(held))


def test_the_query_design_is_saved_by_a_click(visit: Any) -> None:
    page = visit("/en/methode")
    with page.expect_download() as download:
        page.locator("a[download]").first.click()
    assert download.value.suggested_filename == "zoekontwerp.yaml"
    assert Path(download.value.path()).read_bytes() == data_folder("registers", "queries.yaml").read_bytes()


@pytest.mark.parametrize(("name", "words"), [("begrippen", "Student school"), ("bronnen", "Melding school")])
def test_searching_terms_or_sources_shows_what_holds_every_word(visit: Any, name: str, words: str) -> None:
    page = visit(f"/nl/{name}")
    page.locator("input[name=words]").fill(words)
    shown = page.locator(".entry:visible").all_inner_texts()
    assert shown
    for entry in page.locator(".entry:visible").all():
        text = (entry.text_content() or "").lower()
        assert all(word in text for word in words.lower().split())


def test_a_phone_shows_one_lane_of_the_journey_at_a_time_and_a_wide_screen_all(visit: Any) -> None:
    page = visit("/nl/stagereis")
    journeys = [one.id for one in read_registers().journeys]
    lanes = page.locator(".lane-notes:has(li):visible")
    assert {lane.get_attribute("data-lane") for lane in lanes.all()} == set(journeys)
    page.set_viewport_size({"width": 390, "height": 844})
    for one in reversed(journeys):
        page.locator(f"input[name=lane][value={one}]").check(force=True)
        assert {lane.get_attribute("data-lane") for lane in lanes.all()} == {one}
        assert axe(page) == []


def test_the_facts_are_narrowed_by_how_well_they_are_founded_and_nothing_found_lies_folded(visit: Any) -> None:
    page = visit("/nl/feiten")
    figures = published_figures(read_registers())
    for grade in ("strong", "middle", "weak"):
        page.locator("select[name=grade]").select_option(grade)
        fitting = [one for one in figures if one.grade == grade]
        assert page.locator(".claim:visible").count() == len(fitting)
        assert page.locator("[data-status]").inner_text() == f"{len(fitting)} cijfers"


def test_a_figure_is_copied_with_its_source_by_keyboard_and_its_warning_is_in_sight(visit: Any) -> None:
    page = visit("/en/feiten#question=context", permissions=["clipboard-read", "clipboard-write"])
    entry = page.locator("#cijfer-nl-adv24")
    assert entry.locator("[data-warning]").is_visible()
    assert "5,200 mass reports" in entry.locator("[data-warning]").text_content()
    entry.locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#cijfer-nl-adv24 [data-copy]').textContent === 'Copied'")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "14,796" in copied
    assert "5,200 mass reports" in copied
    assert "http" in copied


def test_without_script_every_figure_and_claim_of_the_facts_can_be_reached(visit: Any) -> None:
    page = visit("/nl/feiten", java_script_enabled=False)
    assert page.locator("form:visible, button:visible").count() == 0
    assert page.locator(".claim").count() == len(published_figures(read_registers()))
    page.locator("#vraag-helps ~ details summary").first.click()
    assert page.locator("#cijfer-seo-m60").is_visible()
    assert page.locator("#bewering-claim-8").is_visible()


def test_a_chosen_municipality_narrows_the_table_and_is_outlined_on_the_map(visit: Any) -> None:
    page = visit("/nl/kaart")
    frame = map_frame(page, "kaart")
    page.locator("select[name=place]").select_option("GM0637")
    names = [row.split("\t")[0] for row in page.locator(".panel:visible tbody tr:visible").all_inner_texts()]
    assert names == ["Zoetermeer", "Haaglanden", "Nederland"]
    frame.wait_for_selector("path.municipalities.picked")
    page.reload()
    assert page.locator("select[name=place]").input_value() == "GM0637"
    assert page.locator(".profile:visible").get_attribute("data-profile") == "GM0637"


def test_a_tap_on_the_map_of_figures_shows_the_profile_of_a_municipality(visit: Any) -> None:
    page = visit("/nl/kaart", width=390)
    assert page.locator(".profile:visible").count() == 0
    frame = map_frame(page, "kaart")
    frame.locator("path.municipalities").nth(1).click(position={"x": 40, "y": 60}, force=True)
    page.wait_for_selector(".profile:visible table")
    profile = page.locator(".profile:visible")
    assert profile.get_attribute("data-profile") == page.locator("select[name=place]").input_value()
    assert profile.locator("tbody tr").count() == len(figures("nl"))


def test_without_script_the_map_is_a_drawing_and_hatched_where_nothing_is_known(visit: Any) -> None:
    page = visit("/nl/kaart", java_script_enabled=False)
    assert page.locator(".map-picture path[data-code]").count() == 9
    assert page.locator(".map-picture path.unknown").count() == 6
    assert page.locator(".profile:visible").count() == 9
    assert page.locator(".map-picture").bounding_box()["height"] >= 300
    assert page.locator("iframe.map:visible").count() == 0


def test_streets_are_asked_for_only_after_a_choice_and_from_one_server_only(browser: Any, address: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    outside: list[str] = []
    blank = bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc330000"
        "000049454e44ae426082"
    )

    def answer(route: Any) -> None:
        if route.request.url.startswith(address):
            route.continue_()
        else:
            outside.append(route.request.url)
            route.fulfill(body=blank, content_type="image/png")

    context.route("**/*", answer)
    page = context.new_page()
    page.goto(f"{address}/nl/meldpunten", wait_until="load")
    page.wait_for_selector(".map-box.ready")
    page.wait_for_timeout(300)
    assert outside == []
    page.locator("[data-streets]").click()
    page.frame_locator("iframe.map").locator("img.leaflet-tile").first.wait_for(state="attached")
    page.wait_for_selector(".map-box.ready")
    assert outside
    assert all(url.startswith("https://service.pdok.nl/brt/achtergrondkaart/") for url in outside)
    page.locator("[data-streets]").click()
    page.wait_for_selector(".map-box.ready")
    assert page.frame_locator("iframe.map").locator("img.leaflet-tile").count() == 0
    context.close()


def saved(page: Any, tool: str) -> str:
    with page.expect_download() as download:
        page.locator(f"[data-tool={tool}]").click()
    return Path(download.value.path()).read_text("utf-8-sig")


def saved_tables(page: Any) -> list[list[list[str]]]:
    """The rows of every table that a page offers to save: one file each."""
    mark = ";" if "/nl/" in page.url else ","
    files = []
    with page.expect_event("download") as download:
        page.locator("[data-tool=csv]").click()
        picks = page.locator("[data-picks] button")
        if picks.first.is_visible():
            picks.first.click()
    files.append(download.value)
    for place in range(1, page.locator("[data-picks] button").count()):
        page.locator("[data-tool=csv]").click()
        with page.expect_event("download") as download:
            page.locator("[data-picks] button").nth(place).click()
        files.append(download.value)
    texts = [Path(file.path()).read_text("utf-8-sig") for file in files]
    return [list(csv.reader(io.StringIO(text), delimiter=mark)) for text in texts]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_numbers_that_are_shown_can_be_taken_along_and_say_that_they_are_made_up(visit: Any, language: str) -> None:
    page = visit(f"/{language}/verkenner#experience_by_level")
    ((heads, *lines),) = saved_tables(page)
    rows = [dict(zip(heads, line, strict=True)) for line in lines]
    table = read_release("example-2022").tables["experience_by_level"].table
    assert len(rows) == len(table)
    label, mark, value = (
        ("Gegevens", "SYNTHETISCH", "Cijfer (%)") if language == "nl" else ("Data", "SYNTHETIC", "Figure (%)")
    )
    assert all(row[label].startswith(mark) for row in rows)
    assert [float(row[value]) for row in rows] == [pytest.approx(100 * share) for share in table["estimate"]]
    assert all(
        row["Adres van de pagina" if language == "nl" else "Address of the page"].endswith("#experience_by_level")
        for row in rows
    )


@pytest.mark.parametrize("name", PAGES)
def test_every_page_gives_its_numbers_as_tidy_tables_one_a_file(visit: Any, name: str) -> None:
    tables = saved_tables(visit(f"/nl/{name}"))
    assert sum(len(rows) for rows in tables) > 5
    for rows in tables:
        assert {len(row) for row in rows} == {len(rows[0])}
        assert len(set(rows[0])) == len(rows[0])
        assert not any(re.match(r"[=+@]|-(?!\d)", cell) for row in rows for cell in row)
    if name == "kaart":
        heads, *lines = tables[0]
        column = heads.index("aantal eerstejaars")
        # DUO 2019; what is unknown is an empty cell, and its words stand in a column of their own.
        numbers = {line[1]: line[column] for line in lines}
        assert (numbers["Den Haag"], numbers["Westland"], numbers["Nederland"]) == ("6345", "", "113422")
        assert {line[1]: line[column + 1] for line in lines}["Westland"] == "niet bekend"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_offers_a_picture_only_where_it_has_one(look: Any, name: str) -> None:
    page = look(f"/nl/{name}")
    pictures = page.locator("main svg.chart, main svg.map-picture").count()
    assert page.locator("[data-tool=svg]").count() == (pictures > 0)


@pytest.mark.parametrize("path", ["verkenner", "monitor", "meldpunten", "kaart", "kaart#mbo_living", "kaart#age_15_24"])
def test_the_picture_that_is_shown_is_a_complete_file(visit: Any, path: str) -> None:
    page, name = visit(f"/nl/{path}"), path.split("#")[0]
    text = saved(page, "svg")
    root = ET.fromstring(text)
    drawn = [
        part for part in root.iter() if part.tag.endswith(("rect", "path")) and part.get("fill") not in (None, "none")
    ]
    assert len(drawn) >= 4
    assert "class=" not in text
    assert not re.search(r'(?:href|src)="http', text)
    assert ("SYNTHETISCH VOORBEELD" in text) == (name in ("verkenner", "monitor"))
    assert ("VOORBEELD</text>" in text) == (name in ("verkenner", "monitor"))
    # Every line fits the picture, and a halo lies under its letters.
    letters = [part for part in root.iter() if part.tag.endswith("text")]
    assert max(len("".join(part.itertext())) for part in letters) <= 95
    assert {part.get("paint-order") for part in letters if part.get("stroke") not in (None, "none")} <= {"stroke"}
    # By itself it says what it is about, what its colours mean, and where it comes from.
    words = ["".join(part.itertext()) for part in letters]
    titles = {"monitor": "Drie delen", "meldpunten": "Welk bureau hoort bij welke gemeente?"}
    title = titles.get(name) or page.locator(".panel:visible h2").inner_text()
    assert title.replace("\n", " ") in " ".join(words)
    if name == "kaart":
        assert any(word.startswith("Van: ") for word in words)
        for legend in page.locator(".panel:visible .legend li").all_inner_texts():
            assert legend.strip() in words
    if "Grenzen" in text or name in ("kaart", "meldpunten"):
        assert any(word.startswith("Grenzen: CBS / Kadaster") for word in words)


def test_on_the_big_screen_one_part_is_shown_at_a_time_and_keys_go_through_them(visit: Any) -> None:
    page = visit("/nl/verkenner")
    page.locator("[data-tool=projector]").click()
    assert page.locator("header:visible, footer:visible, form:visible").count() == 0
    assert axe(page) == []
    first = page.locator(".panel:visible").get_attribute("id")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("(first) => document.querySelector('.panel.projected').id !== first", arg=first)
    page.wait_for_selector(".panel.projected.chosen")
    assert page.locator(".panel:visible").count() == 1
    assert page.locator("[data-count]").inner_text().startswith("2 / ")
    assert float(page.evaluate("parseFloat(getComputedStyle(document.querySelector('.projected p')).fontSize)")) >= 20
    picture(page, "verkenner-big-screen")
    page.keyboard.press("Escape")
    assert page.locator("header:visible").count() == 1
    assert page.evaluate("document.activeElement.dataset.tool") == "projector"


def test_the_address_with_the_choice_can_be_shared(visit: Any) -> None:
    page = visit("/nl/meldpunten#place=GM0637", permissions=["clipboard-read", "clipboard-write"])
    page.locator("[data-tool=share]").click()
    page.wait_for_function("() => document.querySelector('[data-said]').textContent !== ''")
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    assert page.url.endswith("/nl/meldpunten#place=GM0637")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_qr_code_to_this_computer_is_not_made_and_the_page_says_why(visit: Any, language: str) -> None:
    page = visit(f"/{language}/verkenner#experience")
    page.locator("[data-qr]").click()
    page.wait_for_url("**/qr#verkenner#experience")
    assert page.locator("[data-local]").is_visible()
    assert page.locator(".qr svg:visible").count() == 0
    assert axe(page) == []
    page.locator("[data-back]").click()
    page.wait_for_url(f"**/{language}/verkenner#experience")


MASKS = (
    lambda x, y: (x + y) % 2,
    lambda _, y: y % 2,
    lambda x, _: x % 3,
    lambda x, y: (x + y) % 3,
    lambda x, y: (x // 3 + y // 2) % 2,
    lambda x, y: x * y % 2 + x * y % 3,
    lambda x, y: (x * y % 2 + x * y % 3) % 2,
    lambda x, y: ((x + y) % 2 + x * y % 3) % 2,
)


def read_qr(dark: set[tuple[int, int]]) -> list[str]:
    """What a QR code of version 3-M says, read after ISO/IEC 18004 with each mask; one of these is the text.

    A code of this size holds its 44 bytes in one block, so they stand in order: mode, length, text.
    """
    fixed = {(x, y) for x in range(29) for y in range(29) if x == 6 or y == 6 or (20 <= x <= 24 and 20 <= y <= 24)}
    fixed |= {(x, y) for x in range(29) for y in range(29) if (x < 9 or x > 20) and (y < 9 or y > 20) and min(x, y) < 9}
    holds = {(x, y) for x in range(29) for y in range(29)} - fixed
    assert len(holds) == 8 * 70 + 7  # 70 bytes and 7 bits that say nothing
    path, upward = [], True
    for right in (*range(28, 6, -2), 5, 3, 1):
        for y in range(28, -1, -1) if upward else range(29):
            path += [(x, y) for x in (right, right - 1) if (x, y) in holds]
        upward = not upward
    texts = []
    for mask in MASKS:
        bits = "".join(str(int(((x, y) in dark) != (mask(x, y) == 0))) for x, y in path)
        length = int(bits[4:12], 2)
        texts.append(bytes(int(bits[12 + 8 * n : 20 + 8 * n], 2) for n in range(min(length, 42))).decode("latin-1"))
    return texts


def test_where_the_room_can_reach_the_server_the_qr_code_holds_the_address_with_the_choice(
    browser: Any, address: str
) -> None:
    context = browser.new_context()

    def answer(route: Any) -> None:
        route.fulfill(response=route.fetch(url=route.request.url.replace("http://zaal.test", address)))

    context.route("http://zaal.test/**", answer)
    page = context.new_page()
    page.goto("http://zaal.test/nl/qr#verkenner#experience")
    assert page.locator(".address").inner_text() == "http://zaal.test/nl/verkenner#experience"
    assert page.locator("[data-local]").is_hidden()
    drawn = page.locator(".qr svg path").get_attribute("d")
    squares = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)", drawn)}
    assert page.locator(".address").inner_text() in read_qr(squares)
    page.goto("about:blank")
    page.goto("http://zaal.test/nl/qr#javascript:alert(1)")
    assert page.locator("[data-back]").get_attribute("href") == "overzicht"
    context.close()


def test_a_text_to_say_what_is_wrong_can_be_copied_while_nobody_to_write_to_is_known(visit: Any) -> None:
    page = visit("/nl/meldpunten", permissions=["clipboard-read", "clipboard-write"])
    card = page.locator("[id='disc-nl']")
    page.locator("details.fold:has(#disc-nl) > summary").click()
    card.locator("summary", has_text="Klopt dit niet?").click()
    card.locator("[data-copy]").click()
    page.wait_for_function("() => document.querySelector('#disc-nl [data-copy]').textContent === 'Gekopieerd'")
    assert "disc-nl" in page.evaluate("navigator.clipboard.readText()")
