"""The design tokens: every pair of letters and ground that the style sheets use is legible in light, dark and print."""

from __future__ import annotations

import re

import pytest

from stagekansen_lib.assets import asset_text, html_table, page_style, script_text, style_block, token
from stagekansen_lib.project.paths import library_folder

SCHEMES = ("light", "dark", "print")
# Letters on what lies under them. WCAG 2.1 asks 4.5 for text (1.4.3) and 3 for what a picture needs (1.4.11).
TEXT = [
    *((text, ground) for text in ("ink", "soft", "accent", "warm") for ground in ("ground", "card")),
    ("accent-ink", "accent"),
    ("ink", "accent-soft"),
    ("accent", "accent-soft"),
    ("warm", "warm-soft"),
    ("ink", "warm-soft"),
    ("ground", "warm"),
    ("ground", "ink"),
    ("inside-low", "scale-low"),
    ("inside-middle", "scale-low-2"),
    ("inside-middle", "scale-middle"),
    ("inside-middle", "scale-high-2"),
    ("inside-high", "scale-high"),
    ("ink", "halo"),
    *((f"inside-{part}", f"part-{part}") for part in range(1, 6)),
]
SHAPES = [
    *((shape, "card") for shape in ("bar", "interval", "accent", "warm", "hatch", "soft")),
    *((shape, "track") for shape in ("bar", "interval", "hatch")),
    ("interval", "bar"),
    ("accent", "ground"),
    # borders, the chosen municipality, and the ring around what has the focus on the map
    *((shape, ground) for shape in ("border", "accent", "warm") for ground in ("land", "class-0")),
    ("warm", "sea"),
]


def tokens(scheme: str) -> dict[str, str]:
    """The values of a scheme: those of the light one, and what the scheme puts in their place."""
    light, *others = re.findall(r":root \{(.*?)\n\s*\}", asset_text("tokens.css"), re.DOTALL)
    blocks = {"light": light, "dark": others[0], "print": others[1]}
    values = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", light))
    return values | dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", blocks[scheme]))


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    # https://webaim.org/resources/contrastchecker/: #777777 on white is 4.48.
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_letters_are_legible_on_what_lies_under_them(scheme: str) -> None:
    values = tokens(scheme)
    faint = {pair: round(contrast(values[pair[0]], values[pair[1]]), 2) for pair in TEXT}
    assert {pair: found for pair, found in faint.items() if found < 4.5} == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_a_picture_needs_stands_out(scheme: str) -> None:
    values = tokens(scheme)
    faint = {pair: round(contrast(values[pair[0]], values[pair[1]]), 2) for pair in SHAPES}
    assert {pair: found for pair, found in faint.items() if found < 3} == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_steps_of_a_scale_differ_in_lightness_so_that_they_stay_apart_without_colour(scheme: str) -> None:
    values = tokens(scheme)
    steps = [luminance(values[f"class-{step}"]) for step in range(4)]
    assert steps in (sorted(steps), sorted(steps, reverse=True))
    assert all(contrast(values[f"class-{step}"], values[f"class-{step + 1}"]) > 1.15 for step in range(3))
    # The two ends of a diverging bar are told apart by side; each must stand out from the middle.
    for end in ("scale-low", "scale-high"):
        assert contrast(values[end], values["scale-middle"]) > 2


def test_no_style_sheet_names_a_colour_of_its_own() -> None:
    for name in ("style.css", "map.css"):
        rules = re.sub(r"/\*.*?\*/", "", asset_text(name), flags=re.DOTALL)
        # A QR code is black on white whatever the scheme.
        rules = re.sub(r"\.qr svg[^{]*\{[^}]*\}", "", rules)
        assert re.findall(r"#[0-9a-fA-F]{3,8};", rules) == []


def test_on_paper_no_colour_of_the_dark_scheme_is_left() -> None:
    dark, paper = re.findall(r"\{\s*:root \{(.*?)\n\s*\}", asset_text("tokens.css"), re.DOTALL)
    assert set(re.findall(r"(--[\w-]+):", dark)) <= set(re.findall(r"(--[\w-]+):", paper))


def test_every_token_that_is_used_exists() -> None:
    known = set(re.findall(r"(--[\w-]+):", page_style()))
    for name in ("style.css", "map.css", "tokens.css"):
        assert set(re.findall(r"var\((--[\w-]+)", asset_text(name))) <= known
    assert style_block().startswith("<style>")


def test_a_picture_without_the_style_sheet_asks_for_a_token_by_its_name() -> None:
    assert token("warm") == "#8f3b0e"
    assert token("bar-uncertain") != token("bar")
    with pytest.raises(KeyError):
        token("barr")


def test_every_token_that_a_picture_asks_for_exists_and_no_picture_names_a_colour_of_its_own() -> None:
    asked = set()
    for room in ("disclosure", "monitoring", "pictures"):
        for path in library_folder(room).glob("*.py"):
            text = path.read_text("utf-8")
            asked |= set(re.findall(r"token\(\"([\w-]+)\"\)", text))
            assert not re.search(r"#[0-9a-f]{3,6}\b", text), path.name
    assert asked
    for name in asked:
        token(name)


def test_the_text_of_a_table_is_escaped() -> None:
    shown = html_table("<b>", ["<i>"], [["a & b", '"c"'], ["d", 2]])
    assert "<b>" not in shown
    assert "<th>&lt;i&gt;</th>" in shown
    assert "<tr><th>a &amp; b</th><td>&quot;c&quot;</td></tr><tr><th>d</th><td>2</td></tr>" in shown


@pytest.mark.parametrize("name", ["page.js", "tools.js", "map.js"])
def test_a_script_travels_without_lines_of_remarks_and_with_every_other_line(name: str) -> None:
    kept = [line.strip() for line in asset_text(name).splitlines()]
    assert script_text(name).splitlines() == [line for line in kept if line and not line.startswith("//")]
    # A text over several lines would lose the room before its lines.
    assert all(line.count("`") % 2 == 0 for line in kept)
