"""The grade of the evidence for an intervention, and what may be said of it."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import stagekansen_lib as sk
from stagekansen_lib.effects.grades import Evidence
from tests.kept_in_git import FILE, git
from tests.made_effects import COLLECTED, change, did, lottery, placebo, registered, survey

THROUGH = {"en": re.compile(r"\bthrough\b", re.IGNORECASE), "nl": re.compile(r"\bdoor\b", re.IGNORECASE)}


def graded(found: Any, **also: Any) -> Evidence:
    return sk.grade_evidence(found, **{"intervention": registered(), "collected": COLLECTED, **also})


def series() -> pd.DataFrame:
    random = np.random.default_rng(2)
    return pd.DataFrame({"month": range(24), "count": 10 + 9.0 * (np.arange(24) >= 12) + random.normal(size=24),
                         "other": 10 + random.normal(size=24)})  # fmt: skip


CASES: dict[str, tuple[Any, dict[str, Any], str]] = {
    "a draw with enough students": (lambda: lottery(2.0), {"assigned_by_lot": True}, "A"),
    "a draw with too few": (lambda: lottery(2.0, 2), {"assigned_by_lot": True, "matters": 0.1}, "C"),
    "a draw without a change that matters": (
        lambda: lottery(2.0), {"assigned_by_lot": True, "intervention": registered(matters=None)}, "C",
    ),
    "waiting groups that were chosen": (lambda: lottery(2.0), {}, "C"),
    "with a placebo that passes": (lambda: did(2.0), {"placebo": placebo()}, "B"),
    "with a placebo that fails": (lambda: did(2.0, 0.8), {"placebo": placebo(0.8)}, "C"),
    "without a placebo": (lambda: did(2.0), {}, "C"),
    "before and after": (lambda: change(2.0), {}, "D"),
    "an interrupted series": (
        lambda: sk.interrupted_series(series(), of="count", time="month", at=12),
        {"intervention": registered("count")}, "D",
    ),
    "a series beside another": (
        lambda: sk.interrupted_series(series(), of="count", time="month", at=12, compare="other"),
        {"intervention": registered("count")}, "C",
    ),
    "an outcome that was not fixed": (
        lambda: did(2.0), {"placebo": placebo(), "intervention": registered(fixed=None)}, "C",
    ),
    "an outcome fixed after the data": (
        lambda: did(2.0), {"placebo": placebo(), "intervention": registered(fixed=COLLECTED)}, "C",
    ),
    "another outcome": (lambda: did(2.0), {"placebo": placebo(), "intervention": registered("safe")}, "C"),
    "no register": (lambda: lottery(2.0), {"assigned_by_lot": True, "intervention": None, "matters": 2.0}, "C"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_rule_gives_the_grade_and_below_b_the_text_never_says_through(name: str) -> None:
    found, asked, grade = CASES[name]
    evidence = graded(found(), **asked)
    assert evidence.grade == grade, evidence.reasons
    assert evidence.shown
    assert evidence.may_say_through == (grade in "AB")
    for language, word in THROUGH.items():
        assert bool(word.search(evidence.sentence(language))) == (grade in "AB")
    if grade in "CD":
        assert evidence.sentence("en").startswith("After ")
        assert "cannot be said" in evidence.sentence("en")


@pytest.mark.parametrize("grade", ["A", "B"])
def test_what_was_not_shown_is_never_said_to_come_through_anything(grade: str) -> None:
    found, also = (lottery(0.0), {"assigned_by_lot": True}) if grade == "A" else (did(0.0), {"placebo": placebo()})
    evidence = graded(found, sd=1.0, **also)
    assert (evidence.grade, evidence.shown, evidence.may_say_through) == (grade, False, False)
    for language, word in THROUGH.items():
        assert not word.search(evidence.sentence(language))
    needed = sk.students_needed(1.0, sd=1.0, before_and_after=grade == "B")
    assert evidence.enough == needed
    assert evidence.sentence("en").startswith("There is not enough evidence that the workshop changed something")
    assert f"Enough would be: {needed} answers in each group and wave" in evidence.sentence("en")
    assert "Er is niet genoeg bewijs" in evidence.sentence("nl")
    assert evidence._repr_html_().startswith("<p>")


def test_what_would_be_enough_for_a_share_follows_from_the_share_before() -> None:
    waves = [sk.survey_from_frame(pd.DataFrame({"safe": [1] * yes + [0] * (60 - yes)})) for yes in (30, 33)]
    found = sk.grade_evidence(sk.change(*waves, of="safe", code=1), name=("les", "class"), matters=0.1)
    assert found.enough == sk.students_needed(0.1, base=0.5)
    assert "les" in found.sentence("nl")
    assert "class" in found.sentence("en")
    assert repr(found).startswith("grade D")


@pytest.mark.parametrize(
    ("found", "asked", "text"),
    [
        (lambda: 3, {}, "What was found is 3"),
        (lambda: did(1.0), {"matters": 0.0}, "A change of nought"),
        (lambda: sk.change(survey(0.0), survey(0.0), "score", statistic="mean", by="treated"), {}, "several changes"),
    ],
)
def test_what_cannot_be_graded_is_refused(found: Any, asked: dict[str, Any], text: str) -> None:
    with pytest.raises(sk.InputError, match=text):
        graded(found(), **asked)


# The register ---------------------------------------------------------------------------------------------------------


def test_git_proves_on_which_day_the_primary_outcome_was_fixed(tmp_path: Path) -> None:
    (tmp_path / "workshop.yaml").write_text(FILE, "utf-8")
    assert sk.read_intervention("workshop", tmp_path).fixed_on is None
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "fixed")
    found = sk.read_intervention("workshop", tmp_path)
    assert (found.outcome, found.code, found.matters, found.others) == ("knows_where", 1, 0.1, ("felt_safe",))
    assert found.fixed_on == dt.date(2026, 12, 1)
    assert found.fixed_before(dt.date(2027, 2, 1))
    assert not found.fixed_before(dt.date(2026, 12, 1))
    assert found.name("nl") == "de workshop"


def test_an_outcome_that_was_changed_later_is_fixed_on_the_later_day(tmp_path: Path) -> None:
    path = tmp_path / "workshop.yaml"
    path.write_text(FILE, "utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "fixed")
    path.write_text(FILE.replace("variable: knows_where", "variable: felt_safe"), "utf-8")
    assert sk.read_intervention("workshop", tmp_path).fixed_on is None
    git(tmp_path, "commit", "-qam", "another outcome", when="2027-06-01T10:00:00")
    assert sk.read_intervention("workshop", tmp_path).fixed_on == dt.date(2027, 6, 1)
    path.write_text(path.read_text("utf-8").replace("two afternoons", "three afternoons"), "utf-8")
    git(tmp_path, "commit", "-qam", "words", when="2027-07-01T10:00:00")
    assert sk.read_intervention("workshop", tmp_path).fixed_on == dt.date(2027, 6, 1)


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("theory_en: who practises reports sooner\n", "", "'theory_en' is empty"),
        ("start: 2027-02-01", "start: soon", "'start' is no day"),
        ("{variable: knows_where, code: 1, matters: 0.1}", "[knows_where, felt_safe]", "more than one primary"),
        ("primary_outcome: {variable: knows_where, code: 1, matters: 0.1}\n", "", "no primary outcome"),
    ],
)
def test_an_intervention_that_was_not_described_is_refused(old: str, new: str, text: str, tmp_path: Path) -> None:
    assert old in FILE
    (tmp_path / "workshop.yaml").write_text(FILE.replace(old, new), "utf-8")
    with pytest.raises(sk.InputError, match=text):
        sk.read_intervention("workshop", tmp_path)
