"""The page of a published index, and its audit."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import replace
from html import unescape
from typing import Any

import numpy as np
import pytest

from stagekansen_lib.disclosure.published_index import PublishedIndex
from stagekansen_lib.errors import InputError
from stagekansen_lib.monitoring.auditing import audit_index
from stagekansen_lib.monitoring.variants import Choices, values_of
from stagekansen_lib.registers.reading import read_registers
from stagekansen_lib.releases.reading import Release, read_release
from stagekansen_lib.views.monitor import monitor
from stagekansen_lib.views.monitor import page as monitor_page

NAME = "voorbeeldstad-2024"


@pytest.fixture(scope="module")
def release() -> Release:
    return read_release(NAME)


@pytest.fixture(scope="module")
def index(release: Release) -> PublishedIndex:
    assert release.index is not None
    return release.index


def text_of(release: Release, index: PublishedIndex, language: Any = "nl") -> str:
    page = monitor_page(replace(release, index=index), read_registers(), language)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def without_an_outcome(index: PublishedIndex) -> PublishedIndex:
    """The index when M2 may not be shown in the newest year."""
    none, wave = math.nan, index.newest
    shown = tuple(
        replace(one, mark="x", value=none, ci_low=none, ci_high=none, base="", enters=none, score=none)
        if one.id == "M2"
        else one
        for one in wave.indicators
    )
    lost = [replace(one, score=none, ci_low=none, ci_high=none) for one in (wave.domains[2], wave.index)]
    newest = replace(wave, indicators=shown, domains=(*wave.domains[:2], lost[0]), index=lost[1])
    change = replace(index.changes[-1], verdict="unknown", change=none, ci_low=none, ci_high=none, contributions=())
    return replace(index, waves=(*index.waves[:2], newest), changes=(index.changes[0], change))


def test_the_monitor_shows_one_number_with_its_margin_its_year_before_and_a_fixed_verdict(
    release: Release, index: PublishedIndex
) -> None:
    text = text_of(release, index)
    assert "43 van 100" in text
    assert "De marge loopt van 38 tot 48." in text
    assert "In 2023 was het 42. Dat verschil kan toeval zijn" in text


@pytest.mark.parametrize(("language", "word"), [("nl", "VOORBEELD."), ("en", "EXAMPLE.")])
def test_made_up_figures_stand_under_a_bar_that_says_so(language: Any, word: str) -> None:
    page = monitor(language=language).page()
    assert page.index("example-bar") < page.index("<h1")
    assert word in page
    assert "<script" not in page
    # Wherever a reader has scrolled to, and on a phone, where the bar does not stay in sight.
    assert page.count('class="badge warn"') == len(re.findall(r"<section[^>]*data-synthetic", page)) == 6


def test_three_parts_are_bars_and_seven_outcomes_are_folded(release: Release, index: PublishedIndex) -> None:
    page = monitor_page(release, read_registers(), "nl")
    parts = page[page.index('class="index-domains"') : page.index('id="lijn"')]
    assert parts.count("<details>") == 3
    assert parts.count('class="code"') == 7
    assert parts.count('class="bar"') == 3
    assert "minder dan 10%" in parts
    assert all(one.id in parts for one in index.newest.indicators)


def test_after_is_never_through(release: Release, index: PublishedIndex) -> None:
    for language, words in (("nl", r"\bdoor de workshops\b"), ("en", r"\b(through|because of|due to) the workshops\b")):
        text = text_of(release, index, language)
        assert "workshops" in text
        assert not re.search(words, text, re.IGNORECASE)
    assert "Na 2023 begonnen de workshops." in text_of(release, index)


def test_a_year_over_a_break_is_no_year_before(release: Release, index: PublishedIndex) -> None:
    text = text_of(release, replace(index, waves=index.waves[:2], changes=index.changes[:1], interventions=()))
    assert "Tussen 2022 en 2023 ligt een breuk." in text
    assert "(2022:" not in text


def test_a_part_with_too_few_outcomes_is_said_to_be_not_established(release: Release, index: PublishedIndex) -> None:
    text = text_of(release, without_an_outcome(index))
    assert "Deel Melden is niet vast te stellen: 1 van de 2 indicatoren zijn er" in text
    assert "43 van 100" not in text
    assert "Nagekeken in tien stappen" not in text


def test_haaglanden_has_no_index_and_the_chain_stands_apart(release: Release, index: PublishedIndex) -> None:
    text = text_of(release, index)
    assert "Er is nog geen index voor Haaglanden." in text
    assert "Van 49.772 studenten naar 2 meldingen" in text
    assert "Meldingen bij een meldpunt tellen nooit mee in de index." in text


# The audit ---------------------------------------------------------------------------------------------------------


def test_weights_and_leaving_out_agree_with_a_computation_by_hand(index: PublishedIndex) -> None:
    audit = audit_index(index)
    assert audit is not None
    kans, ervaring, melden = (78 + 50) / 2, (63 + 66 + 40) / 3, (10 + 34) / 2
    value = (kans * ervaring * melden) ** (1 / 3)
    assert audit.weights["M1"] == pytest.approx(value / 3 / melden / 2, rel=1e-3)
    assert audit.weights["E1"] == pytest.approx(value / 3 / ervaring / 3, rel=1e-3)
    assert audit.without["E1"] == pytest.approx((kans * (66 + 40) / 2 * melden) ** (1 / 3))
    assert math.isnan(audit.without["K1"]), "one of two is less than two thirds"
    assert audit.arithmetic == pytest.approx((kans + ervaring + melden) / 3)


def test_a_choice_that_changes_nothing_explains_nothing(index: PublishedIndex) -> None:
    """All outcomes alike: whatever is chosen, the index is the same; with one that differs its weight decides."""
    goals = {one.id: one for one in index.goalposts}
    enters = {name: goal.worst + 0.4 * (goal.best - goal.worst) for name, goal in goals.items()}
    enters["M1"] = enters["M2"] = math.nan
    wave = index.newest
    shown = tuple(replace(one, enters=enters[one.id]) for one in wave.indicators)
    of = [goals[one.id].domain for one in shown]
    scores = np.array([40.0 if math.isfinite(one.enters) else math.nan for one in shown])
    choices = Choices(np.ones((2, 7)), np.full((2, 3), 1 / 3), np.array([True, False]), np.array([7, 0]))
    assert values_of(scores, of, ["kans", "ervaring", "melden"], choices)[0] == pytest.approx([40.0, 40.0])


def test_shares_of_variance_are_those_of_a_computation_over_all_values(index: PublishedIndex) -> None:
    """First-order share of the kind of mean: the variance between the two means, over a large sample of its own."""
    audit = audit_index(index)
    assert audit is not None
    random = np.random.default_rng(1)
    scores = np.array([78.0, 50.0, 63.0, 66.0, 40.0, 10.0, 34.0])
    of = ["kans"] * 2 + ["ervaring"] * 3 + ["melden"] * 2
    draws = 200_000
    choices = Choices(
        random.exponential(size=(draws, 7)), random.dirichlet(np.ones(3), size=draws), random.random(draws) < 0.5,
        random.integers(0, 8, draws),
    )  # fmt: skip
    values = values_of(scores, of, ["kans", "ervaring", "melden"], choices)[0]
    between = {
        "mean": np.var([values[choices.geometric == kind].mean() for kind in (True, False)]),
        "left_out": np.var([values[choices.left_out == at].mean() for at in range(8)]),
    }
    told = {one.choice: one for one in audit.sensitivity}
    for choice, variance in between.items():
        assert told[choice].first == pytest.approx(variance / values.var(), abs=0.02)
    assert audit.sensitivity[0].choice == "domains"
    assert all(0 <= one.first <= 1 for one in audit.sensitivity)
    assert all(first.total >= last.total for first, last in itertools.pairwise(audit.sensitivity))


def test_an_audit_is_of_a_published_index_and_of_one_that_is_there(index: PublishedIndex) -> None:
    assert audit_index(without_an_outcome(index)) is None
    with pytest.raises(InputError, match="published index"):
        audit_index(object())  # type: ignore[arg-type]


def test_the_page_holds_goalposts_weights_choices_correlations_and_reasons_of_the_flag(
    release: Release, index: PublishedIndex
) -> None:
    text = text_of(release, index)
    for part in (
        "K1 Kloof in moeite met zoeken 50 punten 0 punten 78 0,11 niet vast te stellen",
        "E1 Ervaren discriminatie 100% 0% 63 0,08 42",
        "gewichten van de delen",
        "E1, E2: 0,6",
        "C : welk deel van de studenten van DUO meedeed",
        "Na een campagne herkennen meer studenten discriminatie.",
    ):
        assert part in text, part
