"""Which rows meet a condition of a codebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stagekansen_lib.surveys.codebooks import Codebook, Condition

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Mask


__all__ = ["meets"]


def meets(condition: Condition, codebook: Codebook, columns: Any, size: int) -> Mask:
    """For each row whether it meets the condition, worked out once a distinct answer; missing meets ``!=``
    only."""
    import numpy as np
    import pandas as pd

    variable = codebook[condition.variable]
    fits = np.zeros(size, dtype=bool)
    if variable.kind == "multiple":
        for column, code in zip(variable.columns, variable.valid_codes, strict=True):
            if code in condition.values and column in columns:
                fits |= np.asarray(columns[column]) == 1
    elif variable.name in columns:
        answers = columns[variable.name]
        coded = getattr(answers, "array", answers)
        is_coded = isinstance(coded, pd.Categorical)
        codes, distinct = (coded.codes, coded.categories) if is_coded else pd.factorize(answers)
        good = [getattr(value, "item", lambda value=value: value)() in condition.values for value in distinct]
        fits = np.array([*good, False])[codes]
    return ~fits if condition.negated else fits
