"""The public pages in a real Chromium: by mouse, by keyboard, without script, in the dark, and with nothing outside."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stagekansen_lib.registers import public_reporting_points, read_registers
from stagekansen_lib.releases import read_release
from stagekansen_lib.site.building import PAGES
from stagekansen_lib.views.explorer import allowed_choices
from stagekansen_lib.views.figure_map import classes, figures
from stagekansen_lib.views.reporting_points import Choice, fitting_points

pytestmark = pytest.mark.browser

HERE = Path(__file__).resolve().parent
AXE = (HERE / "vendor" / "axe.min.js").read_text("utf-8")
SCREENSHOTS = HERE.parent.parent / "test-screenshots"
# The rules of WCAG 2.1 A and AA, and what axe calls best practice.
AXE_RUN = """async () => {
  const { violations } = await axe.run(document, { iframes: false });
  const shown = (nodes) => nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ");
  return violations.map((rule) => `${rule.id}: ${shown(rule.nodes)}`);
}"""


class Visit:
    """One opened page that remembers what it asked for and what went wrong."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.requests: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)

    def open(self, path: str) -> Any:
        # Another document first: a change of only the part behind # would not load the page again.
        self.page.goto("about:blank")
        self.page.goto(self.address + path, wait_until="load")
        return self.page

    def check(self) -> None:
        outside = [url for url in self.requests if not url.startswith((self.address, "data:", "about:"))]
        assert outside == []
        assert self.errors == []


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Any]:
    """Opens a page: ``visit("/nl/overzicht", width=390)``; afterwards nothing outside was asked and no error logged."""
    contexts, visits = [], []

    def start(path: str, *, width: int = 1280, height: int = 900, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        visits.append(Visit(context.new_page(), address))
        return visits[-1].open(path)

    yield start
    for opened in visits:
        opened.check()
    for context in contexts:
        context.close()


def axe(frame: Any) -> list[str]:
    frame.evaluate(AXE)
    found: list[str] = frame.evaluate(AXE_RUN)
    return found


# The pages with a map, and what its frame shows when it is ready.
MAPS = {"meldpunten": ".leaflet-marker-icon.pin, .leaflet-marker-icon.cluster", "kaart": "path.class-0"}


def map_frame(page: Any, name: str = "meldpunten") -> Any:
    page.locator("iframe.map").scroll_into_view_if_needed()
    frame = page.frame(url=f"**/{name}-kaart")
    frame.wait_for_selector(MAPS[name])
    return frame


PLACES = list(itertools.product(PAGES, ("nl", "en"), (390, 1280)))


@pytest.mark.parametrize(("name", "language", "width"), PLACES)
def test_a_page_is_accessible_and_fits_its_width(visit: Any, name: str, language: str, width: int) -> None:
    page = visit(f"/{language}/{name}", width=width)
    if name in MAPS:
        assert axe(map_frame(page, name)) == []
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = false; })")
    page.evaluate("scrollTo(0, 0)")
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}-{language}-{width}.png", full_page=True)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_in_dark_mode(visit: Any, name: str) -> None:
    page = visit(f"/nl/{name}", color_scheme="dark")
    if name in MAPS:
        assert axe(map_frame(page, name)) == []
    assert axe(page) == []
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}-dark.png")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_panel_of_the_explorer_is_shown_alone_and_accessible(visit: Any, language: str) -> None:
    page = visit(f"/{language}/verkenner", width=390)
    page.evaluate(AXE)
    for choice in allowed_choices(read_release("example-2022"), language):  # type: ignore[arg-type]
        page.evaluate("(id) => { location.hash = id; }", choice.table)
        page.wait_for_function("(id) => document.getElementById(id).classList.contains('chosen')", arg=choice.table)
        assert [panel.get_attribute("id") for panel in page.locator(".panel:visible").all()] == [choice.table]
        assert page.locator("select[name=outcome]").input_value() == choice.outcome
        assert page.locator("select[name=group]").input_value() == choice.group
        assert page.evaluate(AXE_RUN) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_explorer_works_by_keyboard_and_keeps_its_choice_in_the_other_language(visit: Any) -> None:
    page = visit("/nl/verkenner")
    first = page.locator(".panel:visible").get_attribute("id")
    page.locator("select[name=outcome]").focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_function("location.hash !== ''")
    chosen = page.locator(".panel:visible").get_attribute("id")
    assert chosen != first
    page.locator("[data-twin]").click()
    page.wait_for_url("**/en/verkenner#*")
    assert page.locator(".panel:visible").get_attribute("id") == chosen


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
        assert page.locator(".panel:visible").count() == len(read_release("example-2022").tables)
        assert page.locator(".panel-index a:visible").count() == page.locator(".panel").count()
    if name == "meldpunten":
        assert page.locator(".point:visible").count() == len(public_reporting_points(read_registers()))
    assert page.locator("form:visible").count() == 0


def test_a_figure_leads_to_its_source_in_one_click(visit: Any) -> None:
    page = visit("/nl/overzicht")
    for link in page.locator(".card a[href^='#bron-']").all():
        target = page.locator(f"[id='{(link.get_attribute('href') or '')[1:]}']")
        assert target.count() == 1
    page.locator(".card a[href^='#bron-']").first.click()
    page.wait_for_function("document.querySelector(':target') !== null")
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


def test_the_page_and_the_library_give_the_same_answer_to_every_choice(visit: Any) -> None:
    registers = read_registers()
    choices = [
        Choice(*answers)
        for answers in itertools.product(
            ["", *registers.routing.schools],
            ["", *registers.routing.municipalities],
            ["", *registers.grounds.ids],
            [False, True],
        )
    ]
    page = visit("/nl/meldpunten")
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
        choice
        for choice, ids in zip(choices, shown, strict=True)
        if ids != [point.id for point in fitting_points(registers, choice, "nl")]
    ]
    assert wrong == []


def test_a_student_of_an_mbo_school_in_zoetermeer_finds_the_way_by_keyboard_alone(visit: Any) -> None:
    page = visit("/nl/meldpunten")
    registers = read_registers()
    labels = {
        "school": registers.routing.schools["other-mbo"]["name_nl"],
        "place": "Zoetermeer",
        "ground": registers.grounds["godsdienst"].text("label", "nl"),
    }
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
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expected = fitting_points(registers, Choice("other-mbo", "GM0637", "godsdienst", True), "nl")
    assert ids_shown(page) == [point.id for point in expected]
    assert "sbb" in ids_shown(page)
    assert page.locator("[role=status]").inner_text().startswith(str(len(expected)))
    page.reload()
    assert ids_shown(page) == [point.id for point in expected]


def test_the_map_has_a_height_shows_the_region_and_opens_a_point_by_keyboard(visit: Any) -> None:
    page = visit("/nl/meldpunten")
    frame = map_frame(page)
    assert page.locator("iframe.map").bounding_box()["height"] >= 300
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
    fitting = fitting_points(read_registers(), Choice(school="haagse-hogeschool"), "nl")
    expected = sum(point.marker is not None for point in fitting)
    count = """() => [...document.querySelectorAll(".pin, .cluster")].reduce((sum, icon) =>
      sum + (icon.classList.contains("cluster") ? Number(icon.querySelector("[aria-hidden]").textContent) : 1), 0)"""
    for _ in range(50):
        if frame.evaluate(count) == expected:
            break
        page.wait_for_timeout(100)
    assert frame.evaluate(count) == expected


def test_the_quick_exit_leaves_without_a_way_back(browser: Any, address: str) -> None:
    context = browser.new_context()
    # The one request that may leave, because a person asks for it; it is answered here.
    context.route("https://www.knmi.nl/**", lambda route: route.fulfill(body="weather", content_type="text/html"))
    page = context.new_page()
    page.goto("about:blank")
    page.goto(f"{address}/nl/meldpunten")
    page.locator("[data-exit]").click()
    page.wait_for_url("https://www.knmi.nl/**")
    page.go_back()
    assert "meldpunten" not in page.url
    context.close()


def test_every_card_says_how_to_correct_it_and_links_are_safe_to_follow(visit: Any) -> None:
    page = visit("/en/meldpunten")
    cards = page.locator(".point")
    assert cards.get_by_text("Is this wrong?").count() == cards.count()
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
        expected = f"Den Haag{shown[name].texts['GM0518']}"
        for _ in range(50):
            labels = frame.evaluate(
                "[...document.querySelectorAll('.place-name span')].map((name) => name.textContent)"
            )
            if expected in labels:
                break
            page.wait_for_timeout(100)
        assert expected in labels
        assert page.locator(".panel:visible").get_attribute("id") == name
        lowest = min(classes(shown[name].values).values())
        assert frame.locator(f"path.class-{lowest}").count() == list(classes(shown[name].values).values()).count(lowest)


def test_the_guide_is_narrowed_by_role_and_keeps_its_choice_in_the_address(visit: Any) -> None:
    page = visit("/nl/wegwijzer")
    page.locator("select[name=role]").select_option("bestuurder")
    fitting = sum("bestuurder" in tool.audience for tool in read_registers().instruments)
    assert page.locator(".tool:visible").count() == fitting
    assert page.locator("[data-status]").inner_text().startswith(str(fitting))
    page.reload()
    assert page.locator(".tool:visible").count() == fitting


def test_searching_the_sources_shows_what_holds_every_word(visit: Any) -> None:
    page = visit("/nl/bronnen")
    page.locator("input[name=words]").fill("Melding school")
    shown = page.locator(".entry:visible").all_inner_texts()
    assert shown
    for entry in page.locator(".entry:visible").all():
        text = (entry.text_content() or "").lower()
        assert "melding" in text
        assert "school" in text


def test_the_journey_shows_the_notes_of_one_persona(visit: Any) -> None:
    page = visit("/nl/stagereis")
    journey = next(iter(read_registers().journeys))
    page.locator("select[name=journey]").select_option(journey.id)
    assert {note.get_attribute("data-journey") for note in page.locator(".note:visible").all()} == {journey.id}
