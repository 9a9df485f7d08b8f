"""Krippendorff's alpha against his examples and the package krippendorff (tests/reference/monitoring/09_agreement)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

import stagekansen_lib as sk
from tests.monitoring_values import FOLDER, agrees, stored, value

TOPIC = "09_agreement"
LEVELS = {"four_coders": 4, "binary": 1, "topics": 4, "grave": 4}
NAMES = ("nominal", "ordinal", "interval", "ratio")


def codes(key: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / TOPIC / f"{key}.csv")


@pytest.mark.parametrize("key", LEVELS)
def test_alpha_and_what_it_is_made_of_are_those_of_the_reference(key: str) -> None:
    for level in NAMES[: LEVELS[key]]:
        found: Any = sk.krippendorff_alpha(codes(key), level=level)
        ours = {"alpha": found, "observed_disagreement": found.observed, "expected_disagreement": found.expected,
                "pairable": found.pairable}  # fmt: skip
        if level == "nominal":
            ours |= {"values": found.coincidences.index, "coincidences": found.coincidences.to_numpy()}
        agrees(TOPIC, f"{key}.{level}", ours)
        if f"{key}.{level}.published" in stored(TOPIC):
            agrees(TOPIC, f"{key}.{level}.published", found.alpha)
    agrees(TOPIC, f"{key}.percent_agreement", {"share": found.share})


@pytest.mark.parametrize("key", ["topics", "grave"])
def test_each_code_and_each_two_coders_have_an_alpha(key: str) -> None:
    table: Any = sk.krippendorff_alpha(codes(key), by_code=True)
    theirs = value(TOPIC, f"{key}.per_code")
    assert table["code"].astype(int).astype(str).tolist() == list(theirs)
    agrees(TOPIC, f"{key}.per_code", dict(zip(theirs, table["alpha"], strict=True)))
    pairs: Any = sk.krippendorff_alpha(codes(key).set_index("unit"), by_pair=True)
    names = pairs["first"].str.removeprefix("coder") + "-" + pairs["second"].str.removeprefix("coder")
    wanted = value(TOPIC, f"{key}.per_pair_of_coders")
    assert names.tolist() == list(wanted)
    agrees(TOPIC, f"{key}.per_pair_of_coders", dict(zip(wanted, pairs["alpha"], strict=True)))


def test_one_code_alone_says_nothing_of_agreement() -> None:
    frame = pd.DataFrame({"a": [1, 1, 1], "b": [1.0, 1.0, np.nan]})
    found: Any = sk.krippendorff_alpha(frame)
    assert math.isnan(found)
    assert value(TOPIC, "all_the_same")["alpha"] is None
    assert found.expected == value(TOPIC, "all_the_same")["expected_disagreement"]
    assert "cannot be established" in found.sentence("en")


def test_texts_can_be_codes_and_give_what_their_numbers_give() -> None:
    numbers = codes("topics").drop(columns="unit")
    words = numbers.map(
        lambda code: {1.0: "safety", 2.0: "travel"}.get(code, f"other {code:g}") if code == code else None
    )
    assert sk.krippendorff_alpha(words) == pytest.approx(float(sk.krippendorff_alpha(numbers)), rel=1e-12)  # type: ignore[arg-type]
    with pytest.raises(sk.InputError, match="Use level='nominal'"):
        sk.krippendorff_alpha(words, level="interval")


def test_an_interval_by_drawing_units_again_holds_alpha_and_is_the_same_with_the_same_seed() -> None:
    first, again = (sk.krippendorff_alpha(codes("topics"), bootstrap=400, seed=5) for _ in range(2))
    assert first.interval == again.interval  # type: ignore[union-attr]
    low, high = first.interval  # type: ignore[union-attr]
    assert low < float(first) < high  # type: ignore[arg-type]
    assert high - low < 0.5


@pytest.mark.parametrize(("alpha", "word"), [(0.9, "can be used"), (0.7, "tentative"), (0.3, "code again")])
def test_the_sentence_says_what_the_codes_are_good_for(alpha: float, word: str) -> None:
    random = np.random.default_rng(8)
    truth = random.integers(0, 2, 4000)
    # Two coders who follow the truth in this part of the units, and guess otherwise.
    follow = math.sqrt(alpha)
    coders = [np.where(random.random(4000) < follow, truth, random.integers(0, 2, 4000)) for _ in range(2)]
    found: Any = sk.krippendorff_alpha(pd.DataFrame(dict(zip("ab", coders, strict=True))))
    assert found == pytest.approx(alpha, abs=0.04)
    assert word in found.sentence("en")


@pytest.mark.parametrize(
    ("frame", "asked", "text"),
    [
        ([1, 2], {}, "The frame is a list"),
        (pd.DataFrame({"a": [1, 2]}), {}, "There is 1 coder"),
        (pd.DataFrame({"a": [1, None], "b": [None, 2]}), {}, "No unit has codes of two coders"),
        (pd.DataFrame({"a": [1], "b": [2]}), {"level": "metric"}, "level is 'metric'"),
        (pd.DataFrame({"a": [1], "b": [2]}), {"bootstrap": -2}, "bootstrap is -2"),
    ],
)
def test_what_is_no_coding_is_refused(frame: Any, asked: dict[str, Any], text: str) -> None:
    with pytest.raises(sk.InputError, match=text):
        sk.krippendorff_alpha(frame, **asked)
