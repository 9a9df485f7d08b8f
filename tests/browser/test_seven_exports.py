"""One questionnaire as seven tools export it, by keyboard alone in a real Chromium: the same to the last digit."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pytest

from stagekansen_lib.attacks.attack import attack
from stagekansen_lib.comparison.comparing import compare
from stagekansen_lib.desk.desks import Desk
from stagekansen_lib.desk.margin_choices import MarginChoice, weigh
from stagekansen_lib.drafts.measuring import with_readings
from stagekansen_lib.estimation.means import mean
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.registers.reading import read_registers
from stagekansen_lib.releases.from_surveys import release_survey
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.views.explorer import page as explorer_page
from tests import school_exports
from tests.browser.desk_pages import (
    choose,
    confirm_all,
    focus,
    give_consent,
    open_desk,
    press,
    press_until,
    word_questions,
)
from tests.school_exports import ASKED, EXPORTS, FIELDS

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parent.parent.parent
COUNTED = "\n".join(f"{field};{count}" for field, count in zip(FIELDS, (6000, 5000, 2000), strict=True))
HARD = ("Moeilijk", "Heel moeilijk")
OUTCOME, GROUP = "much_difficulty", "discrimination_experienced"
DAY = dt.date(2026, 11, 1)


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


def take_in_by_keyboard(page: Any, desk: Desk, file: Path) -> str:
    """From choosing the file to the report, a first look and a declared table; the name of the survey."""
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
    return str(desk.state["name"])


def figures(survey: Survey, names: dict[str, str]) -> dict[str, Any]:
    """Shares by the words of their answers, the weights, and the comparison of the weighted answers."""
    choice = MarginChoice(survey)
    choice.paste(COUNTED)
    choice.lay_beside(0, names["Q2"])
    choice.keep()
    weighted = weigh(survey)
    test = compare(weighted, OUTCOME, GROUP)
    found: dict[str, Any] = {
        "weights": weighted.weights.tolist(),
        "applied": mean(survey, names["Q4"]).table["estimate"].tolist(),
        "comparison": (test.effect, test.ci_low, test.ci_high, test.p_value, test.sentence("nl")),
    }
    for code in ("Q2", "Q3", "Q5", "Q7"):
        shares = share(survey, names[code])
        found[code] = dict(zip(shares.labelled("nl").iloc[:, 0], shares.table["estimate"], strict=True))
    return found


def draft_release(survey: str, kind: str, folder: Path) -> tuple[Any, str]:
    """What a draft of a release tells, and its page without the names of release and survey."""
    release = release_survey(
        f"draft-{kind.replace('_', '-')}", made_by="A. Maker", checked_by="B. Checker", survey=survey,
        margins="none", draft=True, date=DAY, into=folder,
    )  # fmt: skip
    assert attack(release.name, folder=folder).passed
    (table,), (test,) = release.tables.values(), release.comparisons.values()
    page = explorer_page([release], read_registers(), "nl")
    for name in (release.name, release.provenance.survey, release.sha256):
        page = page.replace(name, "")
    return (table.table.to_csv(), table.sentence("nl"), test.sentence("nl")), page


@pytest.mark.usefixtures("home")
def test_seven_exports_lead_by_keyboard_to_the_same_shares_weights_comparison_draft_release_and_page(
    browser: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    errors: list[str] = []
    found: dict[str, dict[str, Any]] = {}
    for kind in EXPORTS:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        desk = Desk(language="nl")
        page = open_desk(context.new_page(), desk, errors.append)
        name = take_in_by_keyboard(page, desk, school_exports.write_export(kind, 2025, outside))
        on_screen = page.locator(".desk-found table.picture td:not(.track)").all_inner_texts()
        context.close()
        assert desk.draft is not None
        told = figures(with_readings(read_survey(name)), school_exports.names(desk.draft))
        release, public = draft_release(name, kind, outside)
        found[kind] = told | {"screen": on_screen, "release": release, "page": public}
    assert errors == []
    first, truth = found[EXPORTS[0]], school_exports.figures(2025)
    assert len(first["weights"]) == truth["rows"]
    assert first["applied"] == pytest.approx([truth["applied"]], abs=1e-12)
    assert first["Q2"]["ICT"] == pytest.approx(truth["ict"], abs=1e-12)
    assert sum(share for answer, share in first["Q3"].items() if answer in HARD) == pytest.approx(truth["hard"])
    assert first["screen"][2:5] == ["29%", "19% tot 40%", "73"]
    for kind in EXPORTS:
        for what, value in first.items():
            assert found[kind][what] == value, (kind, what)
