"""Scores, means of scores and their sensitivity (tests/reference/monitoring/08_composite)."""

from __future__ import annotations

import itertools
import json
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import stagekansen_lib as sk
from stagekansen_lib.monitoring.variants import part_explained, part_of_line, sobol_shares
from tests.monitoring_values import FOLDER, agrees, value

TOPIC = "08_composite"
IDS = ["K1", "K2", "E1", "E2", "E3", "M1", "M2"]
WORST, BEST = [50, 3, 100, 50, 30, 0, 0], [0, 1, 0, 0, 0, 50, 100]
DOMAINS = ["kans", "kans", "ervaring", "ervaring", "ervaring", "melden", "melden"]
SETTINGS = json.loads((FOLDER / TOPIC / "settings.json").read_text("utf-8"))
WAVES = {"first": "wave1", "second": "wave2"}


@cache
def cases() -> pd.DataFrame:
    return pd.read_csv(FOLDER / TOPIC / "cases.csv").set_index("case")


def scores(case: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    found = sk.goalposts(cases().loc[case, IDS].to_numpy(dtype=float), worst=WORST, best=BEST)
    return np.asarray(found)


def index(case: str, out: int | None = None, **also: Any) -> float:
    """The index of the design, or another one, with an indicator left out."""
    kept = [at for at in range(7) if at != out]
    asked: dict[str, Any] = {"mean": "geometric"} | also
    if asked.get("weights") is not None:
        asked["weights"] = [asked["weights"][at] for at in kept]
    return float(sk.composite(scores(case)[kept], domains=[DOMAINS[at] for at in kept], **asked))


@pytest.mark.parametrize("case", pd.read_csv(FOLDER / TOPIC / "cases.csv")["case"])
def test_the_index_of_a_case_is_that_of_the_design(case: str) -> None:
    own = scores(case)
    domains = [sk.composite(own[at : at + n], domains=["one"] * n) for at, n in ((0, 2), (2, 3), (5, 2))]
    found = index(case)
    theirs = value(TOPIC, f"case.{case}")
    blank = {"scores": theirs["scores"], "domains": theirs["domains"], "index": theirs["index"]}
    for name, mine in (("scores", own), ("domains", domains), ("index", found)):
        expected = np.array(blank[name], dtype=float)
        agrees(TOPIC, f"case.{case}", {name: np.where(np.isnan(mine), np.nan, mine)})
        assert np.isnan(np.atleast_1d(mine)).tolist() == np.isnan(np.atleast_1d(expected)).tolist()
    assert np.isfinite(found) == theirs["known"]


def test_one_indicator_or_one_domain_left_out_and_other_means() -> None:
    for at, name in enumerate(IDS):
        both = {wave: index(case, at) for wave, case in WAVES.items()}
        agrees(TOPIC, "leave_one_indicator_out", {name: both | {"change": both["second"] - both["first"]}})
    for at, name in enumerate(("kans", "ervaring", "melden")):
        weights = [0.0 if at == other else 1.0 for other in range(3)]
        both = {wave: index(case, domain_weights=weights) for wave, case in WAVES.items()}
        agrees(TOPIC, "leave_one_domain_out", {name: both})
    for inside, over in itertools.product(("arithmetic", "geometric"), repeat=2):
        both = {wave: index(case, inside=inside, mean=over) for wave, case in WAVES.items()}
        agrees(TOPIC, "means", {f"{inside}_in_{over}_over": both})
    for theirs in value(TOPIC, "weights"):
        asked = {"weights": theirs["weights"], "domain_weights": theirs["domain_weights"]}
        both = {wave: index(case, **asked) for wave, case in WAVES.items()}
        assert both == pytest.approx({wave: theirs[wave] for wave in WAVES}, rel=1e-9)


@cache
def variants(case: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The index under each row of drawn weights."""
    found = []
    for row in pd.read_csv(FOLDER / TOPIC / "draws.csv").to_dict("records"):
        out = int(row["left_out"])
        kept = [at for at in range(7) if at != out]
        names = list(dict.fromkeys(DOMAINS[at] for at in kept))
        found.append(
            sk.composite(
                scores(case)[kept], [row[f"e_{IDS[at]}"] for at in kept], [DOMAINS[at] for at in kept],
                "geometric" if row["geometric"] else "arithmetic",
                domain_weights=[row[f"d_{name}"] for name in names],
            )
        )  # fmt: skip
    return np.array(found)


def test_the_index_under_drawn_weights_is_that_of_the_reference() -> None:
    first, second = variants("wave1"), variants("wave2")
    agrees(TOPIC, "dirichlet.first", first)
    agrees(TOPIC, "dirichlet.second", second)
    change, ends = second - first, [0.025, 0.975]
    base = {wave: index(case) for wave, case in WAVES.items()}
    ours = {"band_first": np.quantile(first, ends), "band_second": np.quantile(second, ends),
            "band_change": np.quantile(change, ends), "median_change": np.median(change),
            "index_first": base["first"], "index_second": base["second"],
            "share_same_sign": (np.sign(change) == np.sign(base["second"] - base["first"])).mean()}  # fmt: skip
    agrees(TOPIC, "dirichlet.summary", ours)
    drawn = pd.read_csv(FOLDER / TOPIC / "draws.csv")
    parts = {"mean_over_domains": part_explained(first, drawn["geometric"].to_numpy()),
             "left_out": part_explained(first, drawn["left_out"].to_numpy())}  # fmt: skip
    parts |= {f"weight_{name}": part_of_line(first, drawn[f"d_{name}"].to_numpy()) for name in dict.fromkeys(DOMAINS)}
    agrees(TOPIC, "dirichlet.variance_shares", parts)


def test_all_combinations_of_choices_run_from_the_same_least_to_the_same_most() -> None:
    made, means = [], ("arithmetic", "geometric")
    ways = list(itertools.product(means, means, range(8), range(len(SETTINGS["weights"]))))
    for inside, over, out, at in ways:
        asked = {"weights": SETTINGS["weights"][at], "domain_weights": SETTINGS["domain_weights"][at]}
        made.append(index("wave1", None if out == 7 else out, inside=inside, mean=over, **asked))
    ours = {"variants": len(made), "mean": np.mean(made), "variance": np.var(made), "minimum": min(made),
            "maximum": max(made)}  # fmt: skip
    agrees(TOPIC, "factorial", ours)
    values, first, total = np.array(made), {}, {}
    for place, name in enumerate(("inner", "outer", "left_out", "weights")):
        own, others = (np.array([str(part) for part in parts]) for parts in (
            [way[place] for way in ways], [way[:place] + way[place + 1 :] for way in ways]
        ))  # fmt: skip
        first[name], total[name] = part_explained(values, own), 1 - part_explained(values, others)
    agrees(TOPIC, "factorial", {"first_order": first, "total": total})


def ishigami(sample: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    x, y, z = (np.pi * (2 * sample.iloc[:, -3:].to_numpy() - 1)).T
    return np.asarray(np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x))


def test_sampled_shares_of_variance_are_those_of_the_reference_and_near_the_exact_ones() -> None:
    """The function of Ishigami and Homma (1990), of which the shares are known in closed form."""
    one, other = (pd.read_csv(FOLDER / TOPIC / f"sample_{name}.csv") for name in "AB")
    values = [ishigami(sample) for sample in (one, other)]
    shares = []
    for column in one.columns[-3:]:
        shares.append(sobol_shares(*values, ishigami(one.assign(**{column: other[column]}))))
    first, total = (list(part) for part in zip(*shares, strict=True))
    both = np.concatenate(values)
    ours = {"n": len(one), "f_A_mean": values[0].mean(), "f_B_mean": values[1].mean(), "variance": both.var(),
            "first_order": first, "total": total}  # fmt: skip
    agrees(TOPIC, "analytic.sample", ours)
    exact = value(TOPIC, "analytic.exact")
    np.testing.assert_allclose([*first, *total], [*exact["first_order"], *exact["total"]], atol=0.05)


def test_the_technology_achievement_index_comes_out() -> None:
    """Human Development Report 2001, from Table A.2 of the handbook of OECD and JRC."""
    table = pd.read_csv(FOLDER / TOPIC / "tai.csv").set_index("country")
    given = table.iloc[:, :8].astype(float)
    low = [0, 0, 0, 0, 0, np.log10(22), 0.8, 0.1]
    high = [994, 272.6, 232.4, 80.8, np.log10(901), np.log10(6969), 12, 27.4]
    normal = sk.goalposts(given, worst=low, best=high, least=0) / 100
    pairs = [name for name in "abcd" for _ in range(2)]
    found = sk.composite(normal, domains=pairs)
    parts = [sk.composite(normal.iloc[:, at : at + 2]) for at in (0, 2, 4, 6)]
    agrees(TOPIC, "tai", {"normalised": normal.to_numpy(), "dimensions": np.column_stack(parts), "index": found})
    agrees(TOPIC, "tai_published", found.drop("Singapore"))
    ranks = (-found).rank()
    agrees(TOPIC, "tai_rank_equal_weights", ranks)
    other = sk.composite(sk.goalposts(given, worst=given.min(), best=given.max(), least=0) / 100)
    shifted = (-other).rank()
    agrees(TOPIC, "tai_min_max", {"index_equal_weights": other, "rank": shifted})
    agrees(TOPIC, "tai_rank_shift", (shifted - ranks).abs().mean())


def test_the_example_of_the_handbook_shows_that_a_geometric_mean_cannot_be_bought_off() -> None:
    sets = ([21, 1, 1, 1], [6, 6, 6, 6], [21, 2, 1, 1], [6, 7, 6, 6])
    agrees(TOPIC, "geometric_example", [sk.composite(one, mean="geometric") for one in sets])
    assert sk.composite(sets[0]) == sk.composite(sets[1]) == 6


def test_a_frame_keeps_its_rows_and_an_unknown_score_is_no_score() -> None:
    frame = pd.DataFrame({"a": [10.0, np.nan], "b": [30.0, 40.0]}, index=["x", "y"])
    found = sk.composite(frame)
    assert found["x"] == 20
    assert np.isnan(found["y"])
    posts = sk.goalposts(pd.Series([5.0, 12.0], index=["x", "y"]), worst=0, best=10)
    assert posts.to_dict() == {"x": 50, "y": 100}
    assert sk.goalposts(0.0, worst=0, best=10) == 1


def test_goalposts_weights_and_domains_by_name_follow_the_names_and_not_the_order() -> None:
    scores = pd.Series({"a": 10.0, "b": 20.0, "c": 60.0})
    assert sk.composite(scores, weights={"c": 0, "b": 3, "a": 1}) == 17.5
    assert sk.composite(scores, weights=pd.Series({"c": 0, "b": 3, "a": 1})) == 17.5
    assert sk.composite(scores, domains={"c": "one", "b": "two", "a": "two"}) == 37.5
    posts = sk.goalposts(scores, worst={"b": 0, "c": 0, "a": 0}, best={"c": 60, "b": 40, "a": 100})
    assert posts.tolist() == [10, 50, 100]
    for call, text in (
        (lambda: sk.composite(scores, weights={"a": 1}), "nothing for 'b'"),
        (lambda: sk.composite([1, 2], weights={"a": 1}), "the values are not"),
        (lambda: sk.goalposts([1, 2], worst=[0, 0, 0], best=5), "not as many as the values"),
    ):
        with pytest.raises(sk.InputError, match=text):
            call()


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: sk.goalposts([1], worst=5, best=5), "two different numbers"),
        (lambda: sk.goalposts([1], worst=5, best="x"), "best must be numbers"),
        (lambda: sk.goalposts([1], worst=0, best=5, least=9, most=3), "Give least below most"),
        (lambda: sk.composite([1, 2], mean="median"), "mean is 'median'"),
        (lambda: sk.composite([1, 2], [1, -1]), "2 numbers of 0 or more"),
        (lambda: sk.composite([1, 2], [1, 1, 1]), "2 numbers of 0 or more"),
        (lambda: sk.composite([1, 2], domains=["a"]), "2 scores and 1 domains"),
        (lambda: sk.composite([0, 2], mean="geometric"), "needs scores above nought"),
    ],
)  # fmt: skip
def test_arithmetic_that_means_nothing_is_refused(call: Any, text: str) -> None:
    with pytest.raises(sk.InputError, match=text):
        call()
