"""Five people, each with one task, on a phone: how many clicks it takes, and whether the answer is in sight at once.

What a task may take was written down before the pages were looked at: a director, a policy officer and a coordinator
see the answer without a click, a student calls after one and has three answers after three choices, an employer has
tools after two.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("language", ["nl", "en"])]
WHOLE_BROWSER = True  # what people open, windows and all

PHONE = {"width": 390, "height": 844}
# A part counts as seen when all of it lies below the head that sticks and above the edge of the screen.
IN_SIGHT = """(part) => {
  const { top, bottom, left, right } = part.getBoundingClientRect();
  const head = part.closest(".top") ? 0 : document.querySelector(".top").getBoundingClientRect().bottom;
  return part.checkVisibility() && top >= head && bottom <= innerHeight && left >= 0 && right <= innerWidth;
}"""


class Person:
    """Somebody with a page in front of them, whose clicks are counted and who does not scroll."""

    def __init__(self, page: Any) -> None:
        self.page, self.clicks = page, 0
        page.set_default_timeout(90_000)

    def clicks_on(self, part: str, *, page: str = "") -> None:
        """Click what is in sight; ``page`` is the page or place on it to which that leads."""
        self.sees(part)
        self.page.locator(part).first.click()
        self.clicks += 1
        if page:
            self.page.wait_for_url(f"**/{page}")

    def sees(self, part: str, *words: str) -> None:
        """All of a part is in sight, and it says these words."""
        found = self.page.locator(part).first
        self.page.wait_for_function(f"(part) => ({IN_SIGHT})(part)", arg=found.element_handle())
        told = found.inner_text()
        assert [word for word in words if word not in told] == []


@pytest.fixture
def somebody(visit: Any, language: str) -> Callable[[str], Person]:
    """Somebody who opens a page on a phone."""
    return lambda name: Person(visit(f"/{language}/{name}", **PHONE))


def test_a_director_reads_how_many_about_whom_and_how_sure_and_is_one_click_from_a_first_step(
    somebody: Callable[[str], Person], language: str
) -> None:
    director = somebody("overzicht")
    director.sees("h1", *{"nl": ("1 op de 10", "mbo", "Nederland"), "en": ("1 in 10", "mbo", "Netherlands")}[language])
    director.sees(".hero .lead", "2022", "324", *{"nl": ["kozen zelf"], "en": ["chose"]}[language])
    director.sees(".hero .from", "CBS")
    for door in range(1, 5):
        director.sees(f".doors li:nth-child({door}) a")
    director.clicks_on(".doors a[href$='#lessen']", page="wegwijzer#lessen")
    director.sees(".lessons li:first-child .first-step")
    assert director.clicks == 1


def test_a_student_with_a_headscarf_can_call_after_one_click_and_has_three_answers_after_three_choices(
    somebody: Callable[[str], Person], language: str
) -> None:
    student = somebody("overzicht")
    student.clicks_on(".doors a[href='meldpunten']", page="meldpunten")
    student.sees("a[href^='tel:0800']", "0800-0880")
    student.sees("a[href='tel:112']")
    student.sees("[data-exit]")
    word = {"nl": "mijn hoofddoek", "en": "my headscarf"}[language]
    for field, choice in (("school", "other-mbo"), ("place", "GM0637"), ("ground", "w01")):
        student.sees(f"select[name={field}]")
        student.page.locator(f"select[name={field}]").select_option(choice)
    assert student.page.locator("select[name=ground] option:checked").inner_text() == word
    assert student.page.locator(".answer:visible").count() == 3
    student.sees(".answer:visible h3")
    assert student.clicks == 1


def test_a_policy_officer_sees_number_margin_year_before_and_that_it_is_made_up_without_a_click(
    somebody: Callable[[str], Person], language: str
) -> None:
    officer = somebody("monitor")
    officer.sees(".example-bar", *{"nl": ["VOORBEELD", "verzonnen"], "en": ["EXAMPLE", "made up"]}[language])
    officer.sees(".index-number", "43", "100")
    officer.sees(".index-number + .lead", "38", "48")
    officer.sees(".made-up > p:not(.badge)", "2023", "42", *{"nl": ["toeval"], "en": ["chance"]}[language])
    assert officer.clicks == 0


def test_an_employer_has_tools_after_two_clicks_and_a_third_leads_to_the_questions_of_a_plan(
    somebody: Callable[[str], Person], language: str
) -> None:
    employer = somebody("overzicht")
    employer.clicks_on(".doors a[href='wegwijzer']", page="wegwijzer")
    subject = {"nl": "Zoeken en kiezen van een stagiair", "en": "Finding and choosing an intern"}[language]
    employer.clicks_on(f".ways a:has-text('{subject}')")
    assert employer.clicks == 2
    shown = employer.page.locator(".way-step:visible .way-tools a")
    assert 2 <= shown.count() <= 3
    for place in range(1, shown.count() + 1):
        employer.sees(f".way-step:target .way-tools li:nth-child({place}) a")
    assert all(link.get_attribute("href").startswith("https://") for link in shown.all())
    employer.page.locator(".way-step:visible a[href='#check']").click()
    employer.sees(".check-questions:visible li:first-child fieldset")


def test_a_coordinator_sees_a_step_with_its_risk_without_a_tap_and_another_lane_after_one(
    somebody: Callable[[str], Person],
) -> None:
    coordinator = somebody("stagereis")
    coordinator.sees(".whose label:has(:checked)", "Simone", "32")
    coordinator.sees(".step h3")
    coordinator.sees(".step [data-field]")
    assert coordinator.page.locator(".lane-notes:visible").first.get_attribute("data-lane").endswith("simone")
    coordinator.clicks_on(".whose label:has-text('Noa')")
    assert coordinator.page.locator(".lane-notes:visible").first.get_attribute("data-lane").endswith("noa")
    assert coordinator.clicks == 1


def test_at_a_desk_a_coordinator_sees_all_steps_and_lanes_at_once(visit: Any, language: str) -> None:
    coordinator = Person(visit(f"/{language}/stagereis"))
    for part in ("thead th:last-child a", "tbody tr:first-child", "tbody tr:last-child"):
        coordinator.sees(f".lanes {part}")
    assert coordinator.page.locator(".lanes tbody .lane").count() == 3
