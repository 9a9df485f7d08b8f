"""The page of told results: read by people, in both languages, and the same until somebody reads it again."""

from __future__ import annotations

import re

from tests.told_results import PAGE, page


def test_every_result_is_told_as_on_the_page_that_was_read() -> None:
    told, stored = page(), PAGE.read_text("utf-8")
    assert stored.count("# ") >= 300
    # Part by part, so that a failure shows the sentence and not the page.
    for now, read in zip(told.split("\n\n"), stored.split("\n\n"), strict=True):
        assert now.strip() == read.strip(), "Read what changed, and write the page anew: python -m tests.told_results"


def test_no_sentence_on_the_page_holds_what_nobody_can_read() -> None:
    text = PAGE.read_text("utf-8")
    told = [line for line in text.splitlines() if line and not line.startswith(("#", "refused"))]
    assert not [line for line in told if re.search(r"{|}|nan|inf\b|None|  |\.\.|e-\d", line)]
    # Each names its direction, its base and its weights.
    differences = [line for line in told if line.startswith(("In the group", "In de groep")) and "95%" in line]
    assert len(differences) > 200
    for line in differences:
        assert re.search(r"higher|lower|just as many|times|hoger|lager|even veel|keer", line)
        assert re.search(r"weighted|gewogen", line)
        assert re.search(r"\d of '|\d van '", line)


def test_an_interval_that_leaves_no_difference_out_is_never_beside_another_verdict_without_a_reason() -> None:
    text = PAGE.read_text("utf-8")
    reasons = r"doubtful|by chance|test is of all|at both ends|interval says nothing"
    one_side = r"interval runs from \S+(?: percentage points?)? (lower|higher) to \S+(?: percentage points?)? \1\."
    one_sided = [
        line for line in text.splitlines() if re.search(one_side, line) and "has not been demonstrated" in line
    ]
    assert one_sided
    assert all(re.search(reasons, line) for line in one_sided)
