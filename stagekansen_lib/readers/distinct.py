"""The distinct texts of a column, so that each is worked out once, and what they are for each row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stagekansen_lib.project.extras import has_package, needs

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Invalid", "distinct", "distinct_numbers", "invalid_texts", "taken"]


@dataclass(frozen=True)
class Invalid:
    """One distinct text that is no possible answer: where it stands (positions), and why."""

    text: str
    positions: NDArray[np.intp]
    reason: str


def distinct_numbers(cells: Any) -> NDArray[np.integer[Any]]:
    """For each cell of a column which of its distinct texts it is; -1 for an empty cell."""
    import numpy as np
    import pandas as pd

    if isinstance(cells, pd.Categorical):
        return np.asarray(cells.codes)
    if not has_package("pyarrow"):
        return np.asarray(pd.factorize(cells)[0])
    with needs("files"):
        import pyarrow as pa
    # Arrow makes no Python text of each cell, as pandas does.
    texts = pa.array(cells, pa.large_string())
    whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    numbers = whole.dictionary_encode().indices.fill_null(-1).to_numpy()
    pa.default_memory_pool().release_unused()
    return np.asarray(numbers)


def distinct(cells: pd.Series[Any]) -> tuple[list[str], NDArray[np.integer[Any]]]:
    """The distinct texts that occur, and for each row which it is (-1 for an empty cell)."""
    import numpy as np
    import pandas as pd

    values: Any = cells.array
    if not isinstance(values, pd.Categorical):
        found, distinct = pd.factorize(values)
        return list(distinct), found
    codes = np.asarray(values.codes)
    counts = np.bincount(codes.astype(np.int32) + 1, minlength=len(values.categories) + 1)[1:]
    used = np.flatnonzero(counts)
    texts = np.asarray(values.categories, dtype=object)[used].tolist()
    if len(used) == len(values.categories):
        return texts, codes
    place = np.full(len(values.categories) + 1, -1)
    place[used] = np.arange(len(used))
    return texts, place[codes]


def taken(of_text: NDArray[Any], numbers: NDArray[Any], empty: Any) -> Any:
    """For each row the value of its text; ``empty`` for an empty cell."""
    import numpy as np

    return np.append(of_text, np.array([empty], dtype=of_text.dtype))[numbers]


def invalid_texts(texts: Sequence[str], numbers: NDArray[Any], places: Any, reason: str) -> list[Invalid]:
    """One entry for each of these texts. Rows are sorted once, however many texts there are."""
    import numpy as np

    places = np.sort(np.asarray(places, dtype=np.intp))
    if not len(places):
        return []
    chosen = np.zeros(len(texts) + 1, dtype=bool)
    chosen[places] = True
    rows = np.flatnonzero(chosen[numbers])
    rows = rows[np.argsort(numbers[rows], kind="stable")]
    starts = np.searchsorted(numbers[rows], [*places, len(texts)])  # the last is the end
    return [Invalid(texts[place], rows[starts[at] : starts[at + 1]], reason) for at, place in enumerate(places)]
