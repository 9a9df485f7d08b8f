"""Group-informed agreement, to the digit of a set of values made with exact fractions (Small and others, 2021)."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import stagekansen_lib as sk

HERE = Path(__file__).parent / "reference" / "monitoring" / "10_consensus"
VALUES = json.loads((HERE / "values.json").read_text("utf-8"))["values"]
VOTES = pd.read_csv(HERE / "votes.csv")
FOUND = sk.group_consensus(VOTES)
STATEMENTS = [key.removeprefix("statement.") for key in VALUES if key.startswith("statement.")]


def close_to(entry: str, value: float) -> object:
    return pytest.approx(value, rel=VALUES[entry]["rel_tol"] * 10, abs=1e-12)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_statement_has_the_agreement_of_the_reference(statement: str) -> None:
    key = f"statement.{statement}"
    wanted = VALUES[key]["value"]
    row = FOUND.table.set_index("statement").loc[statement]
    assert row["consensus_agree"] == close_to(key, wanted["consensus_agree"])
    assert row["consensus_disagree"] == close_to(key, wanted["consensus_disagree"])
    groups = FOUND.groups[FOUND.groups["statement"] == statement].set_index("group")
    assert sorted(groups.index) == sorted(wanted["groups"])
    for group, numbers in wanted["groups"].items():
        assert groups.loc[group, ["seen", "agree", "disagree"]].tolist() == [
            numbers[name] for name in ("seen", "agree", "disagree")
        ]
        for name in ("agree_smoothed", "disagree_smoothed"):
            assert groups.loc[group, name] == close_to(key, numbers[name])


def test_statements_stand_in_the_order_of_the_reference() -> None:
    assert FOUND.table["statement"].tolist() == VALUES["order.agree"]["value"]
    disagreed = FOUND.table.sort_values("consensus_disagree", ascending=False)
    assert disagreed["statement"].tolist() == VALUES["order.disagree"]["value"]


@pytest.mark.parametrize("key", [key for key in VALUES if key.startswith("by_hand.")])
def test_fractions_worked_out_by_hand_come_out(key: str) -> None:
    wanted = VALUES[key]["value"]
    votes = [
        {"participant": f"{group}-{at}", "group": group, "statement": "s", "vote": 1 if at < agree else -1}
        for group, (agree, seen) in enumerate(wanted["agree_of_seen"])
        for at in range(seen)
    ]
    # A group that never saw the statement saw another one.
    votes += [
        {"participant": f"{group}-x", "group": group, "statement": "other", "vote": 1}
        for group, _ in enumerate(wanted["agree_of_seen"])
    ]
    found = sk.group_consensus(votes).table.set_index("statement").loc["s", "consensus_agree"]
    assert found == close_to(key, wanted["numerator"] / wanted["denominator"])


def test_the_product_falls_with_the_number_of_unanimous_groups() -> None:
    votes = [
        {"participant": f"{group}-{at}", "group": group, "statement": "s", "vote": 1}
        for group in range(8)
        for at in range(3)
    ]
    assert sk.group_consensus(votes).table["consensus_agree"][0] == pytest.approx(0.8**8)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"vote": 2}, "not 1, 0 or -1"),
        ({"participant": "b"}, "votes twice"),
    ],
)
def test_votes_that_cannot_be_are_refused(change: dict[str, object], fault: str) -> None:
    votes = [
        {"participant": "a", "group": "g", "statement": "s", "vote": 1, **change},
        {"participant": "b", "group": "g", "statement": "s", "vote": 1},
    ]
    with pytest.raises(sk.InputError, match=fault):
        sk.group_consensus(votes)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(sk.InputError, match="no column 'group'"):
        sk.group_consensus(VOTES.drop(columns="group"))


def test_it_shows_itself_in_words() -> None:
    assert FOUND.labelled("en").columns[1] == "Agree, over all groups"
    assert "Polis" in FOUND._repr_html_()


def test_votes_without_the_names_of_participants_give_the_same() -> None:
    pd.testing.assert_frame_equal(sk.group_consensus(VOTES.drop(columns="participant")).table, FOUND.table)
