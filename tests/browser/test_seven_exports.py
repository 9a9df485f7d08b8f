"""One questionnaire as seven tools export it, by keyboard alone in a real Chromium: the same to the last digit."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from stagekansen_lib.attacks.attack import attack
from stagekansen_lib.comparison.comparing import compare
from stagekansen_lib.desk.desks import Desk
from stagekansen_lib.estimation.means import mean
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.releases.reading import read_release
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.weighting.unweighted import without_weights
from tests import school_exports
from tests.browser.desk_pages import (
    choose,
    confirm_all,
    focus,
    give_consent,
    open_desk,
    press,
    press_until,
    type_into,
    word_questions,
)
from tests.school_exports import ASKED, EXPORTS, FIELDS

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parent.parent.parent
COUNTED = dict(zip(FIELDS, (6000, 5000, 2000), strict=True))
HARD = ("Moeilijk", "Heel moeilijk")
OUTCOME, GROUP = "much_difficulty", "discrimination_experienced"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of its own, of which two people judged that its answers may be released."""
    for name in ("codebooks", "rules"):
        shutil.copytree(ROOT / "data" / name, tmp_path / "data" / name)
    for name in ("raw", "interim"):
        (tmp_path / "data" / name).mkdir()
    rules = tmp_path / "data" / "rules" / "steering_group.yaml"
    text = rules.read_text("utf-8").replace("decided_by: []", "decided_by: [Officer, Director]")
    text = text.replace("  date:\n", "  date: 2026-11-25\n").replace("  version:\n", "  version: 3\n")
    rules.write_text(text, "utf-8")
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    monkeypatch.setenv("STAGEKANSEN_LANGUAGE", "nl")
    return tmp_path


def take_in_by_keyboard(page: Any, desk: Desk, file: Path) -> None:
    """From choosing the file to the report, a first look and a declared table."""
    press_until(page, "Tab", "#file")
    page.set_input_files("input[type=file]", file)  # the window in which a file is chosen is not the page's
    page.wait_for_selector(".desk-card h3")
    word_questions(page, desk, {code: ASKED[code] for code in ("Q3", "Q5")})
    press_until(page, "Shift+Tab", "first-open")
    give_consent(page)
    confirm_all(page, desk)
    press_until(page, "Tab", "read-go")
    press(page)
    page.wait_for_selector(".desk-report")
    choose(page, "look-outcome", OUTCOME)
    choose(page, "look-group", GROUP)
    press_until(page, "Tab", "look-go")
    press(page)
    page.wait_for_selector(".desk-found table.picture")
    assert focus(page) == "look-go"
    press_until(page, "Tab", "declare-go")
    press(page)
    page.wait_for_function("document.querySelector('.desk-declared').textContent.includes('Aangemeld in tables_')")


def weigh_and_try_by_keyboard(page: Any, desk: Desk, variable: str) -> None:
    """Weights to the counts of the fields, the same look with them, and a trial of the release with its page."""
    choose(page, "weigh-question", variable)
    asked = next(one for one in desk.state["steps"]["questions"] if one["value"] == variable)
    for at, answer in enumerate(asked["answers"]):
        type_into(page, f"weigh-number-{at}", str(COUNTED[answer]))
    press_until(page, "Tab", "weigh-go")
    press(page)
    page.wait_for_selector(".desk-weighed:not(:empty)")
    choose_back(page, "look-outcome", OUTCOME)
    choose(page, "look-group", GROUP)
    press_until(page, "Tab", "look-go")
    press(page)
    page.wait_for_selector(".desk-found table.picture")
    type_into(page, "trial-made", "A. Maker")
    type_into(page, "trial-checked", "B. Checker")
    press_until(page, "Tab", "trial-go")
    press(page)
    page.wait_for_selector(".desk-trial iframe")


def choose_back(page: Any, wanted: str, value: str) -> None:
    press_until(page, "Shift+Tab", wanted)
    choose(page, wanted, value)


def figures(survey: Survey, names: dict[str, str]) -> dict[str, Any]:
    """The weights of the desk, the comparison with them, and the shares without them by the words of their answers."""
    test = compare(survey, OUTCOME, GROUP)
    plain = without_weights(survey)
    found: dict[str, Any] = {
        "weights": survey.weights.tolist(),
        "applied": mean(plain, names["Q4"]).table["estimate"].tolist(),
        "comparison": (test.effect, test.ci_low, test.ci_high, test.p_value, test.sentence("nl")),
    }
    for code in ("Q2", "Q3", "Q5", "Q7"):
        shares = share(plain, names[code])
        found[code] = dict(zip(shares.labelled("nl").iloc[:, 0], shares.table["estimate"], strict=True))
    return found


def trial_of(desk: Desk, drafts: Path) -> tuple[Any, str]:
    """What the trial of a release tells, and its page without the names of release and survey."""
    release = read_release(desk.trial["name"], folder=drafts)
    assert release.draft
    assert attack(release.name, folder=drafts).passed
    (table,), (test,) = release.tables.values(), release.comparisons.values()
    page = str(desk.trial["page"])
    for name in (release.name, release.provenance.survey, release.sha256):
        page = page.replace(name, "")
    return (table.table.to_csv(), table.sentence("nl"), test.sentence("nl")), page


@pytest.fixture(scope="module")
def before() -> dict[str, Any]:
    """What the export that was walked first gave; every later one gives the same."""
    return {}


@pytest.mark.parametrize("kind", EXPORTS)
def test_each_of_seven_exports_leads_by_keyboard_to_the_same_shares_weights_comparison_draft_release_and_page(
    browser: Any, home: Path, tmp_path_factory: pytest.TempPathFactory, before: dict[str, Any], kind: str
) -> None:
    errors: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    desk = Desk(language="nl")
    page = open_desk(context.new_page(), desk, errors.append)
    take_in_by_keyboard(page, desk, school_exports.write_export(kind, 2025, tmp_path_factory.mktemp("outside")))
    assert desk.draft is not None
    names = school_exports.names(desk.draft)
    on_screen = page.locator(".desk-found table.picture td:not(.track)").all_inner_texts()
    weigh_and_try_by_keyboard(page, desk, names["Q2"])
    weighted = page.locator(".desk-found table.picture td:not(.track)").all_inner_texts()
    context.close()
    assert desk.view is not None
    release, public = trial_of(desk, home / "build" / "drafts")
    found = figures(desk.view.survey, names) | {
        "screen": on_screen, "weighted": weighted, "release": release, "page": public,
    }  # fmt: skip
    assert errors == []
    truth = school_exports.figures(2025)
    assert len(found["weights"]) == truth["rows"]
    assert found["applied"] == pytest.approx([truth["applied"]], abs=1e-12)
    assert found["Q2"]["ICT"] == pytest.approx(truth["ict"], abs=1e-12)
    assert sum(share for answer, share in found["Q3"].items() if answer in HARD) == pytest.approx(truth["hard"])
    assert found["screen"][2:5] == ["29%", "19% tot 40%", "73"]
    assert found["weighted"] != found["screen"]
    for what, value in found.items():
        assert before.setdefault(what, value) == value, what
