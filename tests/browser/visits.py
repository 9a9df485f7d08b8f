"""A page that is opened in Chromium, what axe says of it, and its map."""

from __future__ import annotations

from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
AXE = (HERE / "vendor" / "axe.min.js").read_text("utf-8")
SCREENSHOTS = HERE.parent.parent / "test-screenshots"

# The rules of WCAG 2.1 A and AA, and what axe calls best practice.
# What axe cannot decide by itself, and why that is all right:
# - contrast of letters in pictures, on maps, beside the stops of the journey, in boxes that scroll, and of choices and
#   buttons that may lie under the sticky head: tests/test_assets.py computes the contrast of every pair of tokens, and
#   test_letters_that_axe_cannot_judge_stand_out that of the letters themselves, in the light and in the dark;
# - a frame that it did not enter: every frame is tested by itself.
UNDECIDED = {
    "color-contrast": "svg, .place-name, .line, .scroll, .choices, button, .credit, .map-credit, .leaflet-popup,"
    " .cluster",
    "frame-tested": "iframe.map",
}
# Every rule that an outside audit may use: of WCAG 2.2 A and AA, those that axe leaves off too, and its best practice.
# Nothing is written about what is in order, and no way to find an element: the element itself is at hand, but for one
# in a frame. ``contrast`` is judged as well, not at all, or alone ("only").
AXE_RUN = """async ([undecided, { contrast = true, frames = false } = {}]) => {
  const other = /^(experimental|deprecated|wcag2+aaa)$/;
  const names = axe.getRules().filter(({ tags }) => !tags.some((tag) => other.test(tag))).map(({ ruleId }) => ruleId);
  const rules = Object.fromEntries(names.map((name) =>
    [name, { enabled: name === "color-contrast" ? Boolean(contrast) : contrast !== "only" }]));
  const told = { elementRef: true, selectors: false, resultTypes: ["violations", "incomplete"] };
  const { violations, incomplete } = await axe.run(document, { iframes: frames, rules, ...told });
  const shown = (nodes) => nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ");
  const open = incomplete.map((rule) => ({ ...rule, id: `${rule.id} (undecided)`,
    nodes: rule.nodes.filter((node) => !undecided[rule.id] || !node.element?.closest(undecided[rule.id])) }));
  return [...violations, ...open].filter((rule) => rule.nodes.length).map((rule) => `${rule.id}: ${shown(rule.nodes)}`);
}"""


# The same for a state of a page that is looked at whole in another test. Most of a page with choices is hidden: axe
# judges nothing of it, and yet goes through it for each rule, which is most of its work. So the content of what is
# hidden is taken out while axe looks, and put back. What is hidden stays itself, for style sheets that count their
# parts, and as it is in a table, of which axe counts every row, where something shown takes its name from inside, and
# where a frame would be loaded anew; and what is shown may not change by it. What stands twice on a page, shown or
# hidden, is found where that is looked at whole.
AXE_SHOWN = (
    """async (told) => {
  const all = () => [...document.body.querySelectorAll("*")];
  const shown = () => all().filter((part) => part.checkVisibility());
  const look = (part) => {
    const { x, y, width, height } = part.getBoundingClientRect();
    const { color, backgroundColor } = getComputedStyle(part);
    return [part.localName, x, y, width, height, color, backgroundColor];
  };
  const before = shown();
  const looks = before.map(look).join();
  const naming = ["aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "aria-details", "for"];
  const named = new Set(before.flatMap((part) =>
    naming.flatMap((name) => (part.getAttribute(name) ?? "").split(" ").filter(Boolean))));
  const hides = (part) => part instanceof HTMLElement && part.firstElementChild && !part.matches("table *")
    && (getComputedStyle(part).display === "none" || part.matches("details:not([open]) > :not(summary)"));
  const stays = (part) => part.querySelector("iframe")
    || [...part.querySelectorAll("[id]")].some(({ id }) => named.has(id));
  const taken = all().filter((part) => hides(part) && !stays(part)).map((part) => [part, [...part.childNodes]]);
  taken.forEach(([part]) => part.replaceChildren());
  try {
    if (shown().map(look).join() !== looks) throw new Error("what is shown changes with what is hidden");
    return await ("""
    + AXE_RUN
    + """)(told);
  } finally {
    taken.forEach(([part, content]) => part.replaceChildren(...content));
  }
}"""
)


class Visit:
    """One opened page that remembers what it asked for and what went wrong."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.listening = {
            "request": lambda request: self.requests.append(request.url),
            "pageerror": lambda error: self.errors.append(str(error)),
            "console": lambda line: self.errors.append(line.text) if line.type == "error" else None,
        }
        for event, listener in self.listening.items():
            page.on(event, listener)

    def open(self, path: str) -> Any:
        # Another document first: a change of only the part behind # would not load the page again.
        if self.page.url != "about:blank":
            self.page.goto("about:blank")
        self.page.goto(self.address + path, wait_until="load")
        return self.page

    def check(self) -> None:
        for event, listener in self.listening.items():
            self.page.remove_listener(event, listener)
        outside = [url for url in self.requests if not url.startswith((self.address, "data:", "about:"))]
        assert outside == []
        assert self.errors == []


def picture(page: Any, name: str, **words: Any) -> None:
    """A picture for a person to look at, taken where the folder for them was made."""
    if SCREENSHOTS.is_dir():
        page.screenshot(path=SCREENSHOTS / f"{name}.png", **words)


# axe looks at what lies under a letter. What the browser lays out when a reader comes near lies nowhere before.
LAY_OUT = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("* { content-visibility: visible !important; }");
  document.adoptedStyleSheets = [sheet];
}"""


def axe(frame: Any, *, whole: bool = True) -> list[str]:
    """What an outside run of axe finds on the page as it stands, its frames included; and the contrast of every letter.

    A reader comes near before reading, and scrolls letters free of what floats: for the contrast alone, which axe
    judges by what lies under a letter, the page is laid out so. ``whole`` but for a page that another test
    looks at whole.
    """
    inside = frame.frames if hasattr(frame, "frames") else [frame, *frame.child_frames]
    for one in inside:
        if not one.evaluate("typeof axe === 'object'"):
            one.evaluate(AXE)
    frame.evaluate("scrollTo(0, 0)")  # the head that sticks lies over something at every other place
    run = AXE_RUN if whole else AXE_SHOWN
    found: list[str] = frame.evaluate(run, [UNDECIDED, {"contrast": False, "frames": True}])
    lay_out(frame)
    found += frame.evaluate(run, [UNDECIDED, {"contrast": "only"}])
    frame.evaluate("document.adoptedStyleSheets = []")
    frame.evaluate(FLOATING, "")
    return found


def lay_out(frame: Any) -> None:
    """Bring every letter to where axe can judge its contrast."""
    frame.evaluate(LAY_OUT)
    frame.evaluate(FLOATING, "static")


FLOATING = """(position) => document.querySelectorAll(".top, .menu nav, .whose, .map-side")
  .forEach((part) => { part.style.position = position; })"""


# A browser that has nothing to paint may never give a frame: after a second the test goes on.
TWO_FRAMES = """new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(done));
  setTimeout(done, 1000);
})"""

# Counts how far things move while the page comes, and says what moved; a shift after an action of the reader is no
# surprise to them.
SHIFTS = """
  window.shifted = 0;
  window.moved = [];
  const count = (entry) => {
    if (entry.hadRecentInput) return;
    shifted += entry.value;
    moved.push(...entry.sources.map(({ node, previousRect: from, currentRect: to }) =>
      `${node?.outerHTML?.slice(0, 80)} from ${from.top} (${from.height} high) to ${to.top} (${to.height} high)`));
  };
  new PerformanceObserver((list) => list.getEntries().forEach(count)).observe({ type: "layout-shift", buffered: true });
"""

# The pages with a map, and what its frame shows when it is ready.
MAPS = {
    "meldpunten": ".leaflet-marker-icon.pin, .leaflet-marker-icon.cluster",
    "kaart": "path.class-0, path.amount:not(.none)",
}


def map_frame(page: Any, name: str = "meldpunten") -> Any:
    page.locator(".map-box").scroll_into_view_if_needed()
    page.wait_for_selector(".map-box.ready")
    frame = page.frame(url=f"**/{name}-kaart")
    frame.wait_for_selector(MAPS[name])
    return frame
