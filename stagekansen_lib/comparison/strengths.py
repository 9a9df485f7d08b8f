"""Which group is higher, where an effect is a strength and has no direction of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import numpy as np

from stagekansen_lib.estimation.tables import EstimateTable
from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.words import answer_text, group_text, precise_writer
from stagekansen_lib.wording import Language, number_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["strength_key", "strength_words"]


class _Found(Protocol):
    """What is needed of a Comparison."""

    @property
    def effect_name(self) -> str: ...
    @property
    def of(self) -> str: ...
    @property
    def by(self) -> str: ...
    @property
    def groups(self) -> EstimateTable: ...
    @property
    def codebook(self) -> Codebook: ...


def strength_key(found: _Found) -> str | None:
    """The sentence that says which group is higher; None where the effect has a direction."""
    statistic = found.groups.statistic
    if found.effect_name == "cramers_v":
        codes = found.groups.table["code"].nunique() if "code" in found.groups.table else 0
        return ("answer_gap" if codes == 2 else "largest_gap") if codes else None
    if found.effect_name not in ("eta_squared", "rank_eta_squared"):
        return None
    if statistic == "mean":
        return "highest_lowest"
    return "highest_lowest_ranks" if "code" in found.groups.table else None


def strength_words(found: _Found, language: Language) -> dict[str, str]:
    """The highest and the lowest group, by name, with what makes them so."""
    key, table = strength_key(found), found.groups.table
    if key is None:
        return {}
    if key == "highest_lowest":
        write = precise_writer(float((table["ci_high"] - table["ci_low"]).max()) / 2, language)
        values = {level: float(value) for level, value in zip(table[found.by], table["estimate"], strict=True)}
        return _ends(found, values, write, language)
    shares = table.pivot_table(index=found.by, columns="code", values="estimate", sort=False, observed=True)
    if key == "highest_lowest_ranks":
        return _ends(found, _places(shares), lambda _: "", language)
    reach = (shares.max() - shares.min()).to_numpy()
    # Of answers that differ as much, such as yes and no, the last.
    answer = shares.columns[int(np.flatnonzero(np.isclose(reach, reach.max()))[-1])]
    values = {level: float(value) for level, value in shares[answer].items()}
    words = _ends(found, values, lambda value: f"{number_text(100 * value, language, decimals=1)}%", language)
    return {**words, "gap_answer": answer_text(found.codebook, found.of, answer, language)}


def _places(shares: pd.DataFrame) -> dict[object, float]:
    """Of each group how often it gives a higher answer than a group drawn by lot, equal answers counting half."""
    mixed = shares.mean().to_numpy()
    below = np.cumsum(mixed) - mixed / 2
    return {level: float(place) for level, place in zip(shares.index, shares.to_numpy() @ below, strict=True)}


def _ends(
    found: _Found, values: dict[object, float], write: Callable[[float], str], language: Language
) -> dict[str, str]:
    highest, lowest = max(values, key=values.__getitem__), min(values, key=values.__getitem__)
    return {
        "highest": group_text(found.codebook, found.by, highest, language),
        "highest_value": write(values[highest]),
        "lowest": group_text(found.codebook, found.by, lowest, language),
        "lowest_value": write(values[lowest]),
    }
