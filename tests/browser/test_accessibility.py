"""Every public page in a real Chromium is accessible: by axe, at each width, enlarged, on paper, in the dark."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from playwright.sync_api import Error

from stagekansen_lib.site.building import PAGES
from tests.browser.visits import (
    AXE,
    AXE_RUN,
    AXE_SHOWN,
    LAY_OUT,
    MAPS,
    SHIFTS,
    TWO_FRAMES,
    UNDECIDED,
    axe,
    lay_out,
    map_frame,
    picture,
)

pytestmark = pytest.mark.browser

PLACES = list(itertools.product(PAGES, ("nl", "en"), (390, 1280)))


def test_a_fault_that_is_planted_is_found_and_so_is_what_axe_cannot_decide(look: Any) -> None:
    page = look("/nl/overzicht")
    page.evaluate(
        """() => {
          document.querySelector("main").insertAdjacentHTML("beforeend",
            "<p><button></button></p><p class='grey'>grey</p><p class='half'>half</p>"
            + "<p class='dense'><button>1</button><button>2</button></p><nav>one</nav><nav>two</nav>");
          const looks = { grey: "color: #999; background: #fff", half: "background: linear-gradient(#fff, #000)" };
          for (const part of document.querySelectorAll(".dense button")) part.style.cssText = "all: unset; font: 8px a";
          for (const [name, look] of Object.entries(looks)) document.querySelector(`.${name}`).style.cssText = look;
        }"""
    )
    found = [line.split(":")[0] for line in axe(page)]
    contrast = ["color-contrast", "color-contrast (undecided)"]
    assert sorted(found) == ["button-name", *contrast, "landmark-unique", "target-size"]


# What is planted in one panel: no label, grey letters, and buttons that are too small and too near.
FAULTY = """(id) => {
  document.getElementById(id).insertAdjacentHTML("beforeend",
    "<input><p class='grey'>grey</p><p><button class='dense'>1</button><button class='dense'>2</button></p>");
  const looks = { grey: "color: #999; background: #fff", dense: "all: unset; font: 8px a" };
  for (const [name, look] of Object.entries(looks))
    for (const part of document.querySelectorAll(`.${name}`)) part.style.cssText = look;
}"""


def test_a_state_of_a_page_is_judged_as_the_whole_page_is_and_put_back(look: Any) -> None:
    page = look("/nl/verkenner")
    page.evaluate(AXE)
    lay_out(page)
    ids = page.evaluate("[...document.querySelectorAll('.panel')].map((part) => part.id).slice(0, 2)")
    page.evaluate(FAULTY, ids[1])
    html = page.content()
    assert page.evaluate(AXE_SHOWN, [UNDECIDED]) == page.evaluate(AXE_RUN, [UNDECIDED]) == []
    assert page.content() == html
    page.evaluate("(id) => { location.hash = id; }", ids[1])
    page.wait_for_function("(id) => document.getElementById(id).checkVisibility()", arg=ids[1])
    found = page.evaluate(AXE_SHOWN, [UNDECIDED])
    assert sorted(line.split(":")[0] for line in found) == ["color-contrast", "label", "target-size"]
    assert found == page.evaluate(AXE_RUN, [UNDECIDED])
    page.evaluate(
        """(id) => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(`body:has(#${id} > *) h1 { color: #eee; }`);
          document.adoptedStyleSheets.push(sheet);
        }""",
        ids[0],
    )
    with pytest.raises(Error, match="what is shown changes with what is hidden"):
        page.evaluate(AXE_SHOWN, [UNDECIDED])


@pytest.mark.parametrize(("name", "language", "width"), PLACES)
def test_a_page_is_accessible_fits_its_width_and_stands_still(look: Any, name: str, language: str, width: int) -> None:
    page = look(f"/{language}/{name}", width=width, script=SHIFTS)
    if name in MAPS:
        assert axe(map_frame(page, name)) == []
    for part in range(12):  # as a reader who goes through the whole page
        page.evaluate("(part) => scrollTo(0, document.documentElement.scrollHeight * part / 11)", part)
        page.evaluate(TWO_FRAMES)
    assert page.evaluate("shifted") <= 0.05, page.evaluate("moved")
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = false; })")
    page.evaluate("scrollTo(0, 0)")
    picture(page, f"{name}-{language}-{width}", full_page=True)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_readable_at_twice_its_size_and_on_paper(visit: Any, name: str) -> None:
    # A browser that zooms to 200% on a laptop gives the page half the width, at twice the pixels.
    page = visit(f"/nl/{name}", width=640, height=400, device_scale_factor=2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    cut = """[...document.querySelectorAll("main :is(h1, h2, p, a, label, button)")].filter((part) =>
      !part.closest(".sr") && part.checkVisibility() && getComputedStyle(part).overflow === "hidden"
      && part.scrollWidth > part.clientWidth + 1)"""
    assert page.evaluate(f"{cut}.map((part) => part.textContent)") == []
    picture(page, f"{name}-zoomed")
    page.emulate_media(media="print")
    assert page.locator("main h1").is_visible()
    for part in ('nav[aria-label="Pagina\'s"]', ".tools", "[data-exit]", ".choices"):
        assert page.locator(part).locator("visible=true").count() == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    picture(page, f"{name}-print")
    # An A4 between its margins; paper cannot be scrolled sideways.
    page.set_viewport_size({"width": 688, "height": 1000})
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 688
    cut = "[...document.querySelectorAll('.scroll')].filter((part) => getComputedStyle(part).overflowX !== 'visible')"
    assert page.evaluate(f"{cut}.length") == 0


# What overlaps what, among the parts that a selector finds.
OVERLAPS = """(selector) => {
  const found = [...document.querySelectorAll(selector)];
  const parts = found.map((part) => [part.textContent, part.getBoundingClientRect()]);
  const over = (one, other) => one.left < other.right - 1 && one.right > other.left + 1
    && one.top < other.bottom - 1 && one.bottom > other.top + 1;
  return parts.flatMap(([text, one], place) => parts.slice(place + 1)
    .filter(([, other]) => over(one, other)).map(([next]) => `${text} / ${next}`));
}"""


# A reader who opens whatever folds and makes the first of every choice.
USE_ALL = """() => {
  document.querySelectorAll("details").forEach((part) => { part.open = true; });
  for (const field of document.querySelectorAll("form.choices :is(select, [type=checkbox])")) {
    if (field.options) field.selectedIndex = Math.min(1, field.options.length - 1);
    else field.checked = true;
    for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
  }
}"""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_in_use_is_accessible_when_a_laptop_enlarges_it_four_times(look: Any, name: str) -> None:
    # 1280 by 1024 pixels at 400% leave 320 by 256 (WCAG 2.1, 1.4.10).
    page = look(f"/en/{name}", width=320, height=256, device_scale_factor=4)
    if name in MAPS:
        map_frame(page, name)
    page.evaluate(USE_ALL)
    page.evaluate(TWO_FRAMES)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("name", PAGES)
def test_letters_of_twice_the_size_fit_a_phone_and_a_small_phone_fits_the_page(look: Any, name: str) -> None:
    page = look(f"/nl/{name}", width=320)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate(OVERLAPS, ".top li a, .brand, .switch, .tools :is(a, button)") == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate(OVERLAPS, ".top li a, .brand, .switch, .tools :is(a, button)") == []


@pytest.mark.parametrize("width", [390, 1280])
def test_names_on_the_map_overlap_no_other_name_and_no_number(look: Any, width: int) -> None:
    frame = map_frame(look("/nl/kaart", width=width), "kaart")
    assert frame.locator(".place-name span").count() == 9
    assert frame.evaluate(OVERLAPS, ".place-name span, .credit, .tools button") == []
    frame = map_frame(look("/nl/meldpunten", width=width))
    assert frame.locator(".cluster").count() > 0
    assert frame.evaluate(OVERLAPS, ".place-name span, .cluster") == []


@pytest.mark.parametrize("name", PAGES)
def test_landmarks_are_few_and_each_has_a_name_of_its_own(look: Any, name: str) -> None:
    # Headings lead through a page; a landmark at each of them would be read out on top.
    seen = re.findall(
        r"^ *- (region|navigation)(?: \"(.*)\")?:?$", look(f"/nl/{name}").locator("body").aria_snapshot(), re.MULTILINE
    )
    assert 2 <= len(seen) <= 8
    assert all(label for _, label in seen)
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_in_dark_mode(look: Any, name: str) -> None:
    page = look(f"/nl/{name}", color_scheme="dark")
    if name in MAPS:
        assert axe(map_frame(page, name)) == []
    assert axe(page) == []
    picture(page, f"{name}-dark")


# The contrast of each letter that axe leaves undecided: its colour against the halo around it, the part of the bar
# under it, or the nearest ground. WCAG 2.1 (1.4.3) asks 4.5; but not of the word across a picture of made-up data,
# which stands under it in plain letters as well.
FAINT = """(selector) => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => numbers(colour).slice(0, 3).map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0.05);
  const ground = (element) => {
    const { backgroundColor } = getComputedStyle(element);
    return (numbers(backgroundColor)[3] ?? 1) === 1 ? backgroundColor : ground(element.parentElement);
  };
  const under = (element, look) => {
    const part = element.matches(".inside") && element.parentElement.querySelector(`rect.${element.classList[1]}`);
    if (part) return getComputedStyle(part).fill;
    if (element.closest("svg")) return look.paintOrder === "stroke" ? look.stroke : ground(element.closest("svg"));
    return element.closest(".place-name") ? look.textShadow : ground(element);
  };
  const letters = [...document.querySelectorAll(selector)].flatMap((part) => [part, ...part.querySelectorAll("*")])
    .filter((part) => [...part.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .filter((part) => !part.closest(".sr, title, desc, option, .across") && part.checkVisibility());
  const faint = letters.map((part) => {
    const look = getComputedStyle(part);
    const own = part.closest("svg") ? look.fill : look.color;
    const [low, high] = [light(own), light(under(part, look))].sort((one, other) => one - other);
    return [high / low, part.outerHTML.slice(0, 120)];
  }).filter(([contrast]) => contrast < 4.5);
  return { seen: letters.length, faint };
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_letters_that_axe_cannot_judge_stand_out(look: Any, name: str, scheme: str) -> None:
    page = look(f"/nl/{name}", color_scheme=scheme)
    page.evaluate(LAY_OUT)
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    page.evaluate("document.querySelectorAll('.panel').forEach((part) => part.classList.add('chosen'))")
    frames = [page, map_frame(page, name)] if name in MAPS else [page]
    for frame in frames:
        found = frame.evaluate(FAINT, UNDECIDED["color-contrast"])
        assert found["seen"] > 5
        assert found["faint"] == []
