"""A column of very many different texts, such as the numbers of respondents, looked at without a Python text of each.

The texts stay in the memory of Arrow. Their shapes are one translation of all their bytes, grouped as Arrow groups
texts; only a text that is asked for is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from stagekansen_lib.project.extras import has_package, needs

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["ManyTexts", "many_texts"]

# Below so many rows a list of texts takes no time.
_MANY = 20_000
# What is no sign that a reader sees as it is: then each text is made readable, one by one.
_PLAIN_BYTES = bytes(range(0x20, 0x5F)) + bytes(range(0x60, 0x7F))


class ManyTexts(Sequence[str]):
    """Different texts in Arrow, as a sequence; see ``many_texts``."""

    def __init__(self, texts: Any) -> None:
        self._texts = texts

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        found: str | list[str]
        found = self._texts[place].to_pylist() if isinstance(place, slice) else self._texts[place].as_py()
        return found

    def __len__(self) -> int:
        return len(self._texts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts.to_pylist())

    def at(self, places: Sequence[int]) -> list[str]:
        """The texts at some places, made at once."""
        import numpy as np

        found: list[str] = self._texts.take(np.asarray(places, dtype=np.int64)).to_pylist()
        return found

    def beginning(self, groups: Sequence[Any], pattern: str) -> list[int]:
        """Of groups of places those of texts that begin with a pattern (of RE2), in order; all when it is empty."""
        import numpy as np

        if not groups:
            return []
        places = np.sort(np.concatenate(groups))
        if pattern:
            with needs("files"):
                import pyarrow.compute as pc
            places = places[np.asarray(pc.match_substring_regex(self._texts.take(places), f"^(?:{pattern})"))]
        found: list[int] = places.tolist()
        return found

    def places_by_shape(self, shape: Mapping[int, int]) -> dict[str, NDArray[np.intp]] | None:
        """The places of the texts by their shape; None when one holds any sign but those of a keyboard."""
        import numpy as np

        with needs("files"):
            import pyarrow as pa
        offsets, content = self._buffers()
        if content.translate(None, _PLAIN_BYTES):
            return None
        table = bytes(shape.get(code, code) for code in range(128)) + bytes(range(128, 256))
        translated = pa.py_buffer(content.translate(table))
        shaped = pa.LargeStringArray.from_buffers(len(self), pa.py_buffer(offsets), translated)
        groups = shaped.dictionary_encode()
        numbers = np.asarray(groups.indices)
        order, ends = np.argsort(numbers, kind="stable"), np.cumsum(np.bincount(numbers))
        return dict(zip(groups.dictionary.to_pylist(), np.split(order, ends[:-1]), strict=True))

    def _buffers(self) -> tuple[NDArray[np.int64], bytes]:
        """Where each text begins in the bytes of all, and these bytes."""
        import numpy as np

        _, begins, content = self._texts.buffers()
        first = self._texts.offset
        offsets = np.frombuffer(begins, dtype=np.int64)[first : first + len(self) + 1]
        return offsets - offsets[0], bytes(content)[offsets[0] : offsets[-1]] if content is not None else b""


def many_texts(column: pd.Series[Any]) -> tuple[NDArray[np.integer[Any]], ManyTexts] | None:
    """A long column of texts as integer codes of its different texts, -1 where there is none; None for any other."""
    import numpy as np
    import pandas as pd

    if len(column) < _MANY or not isinstance(column.dtype, pd.StringDtype) or not has_package("pyarrow"):
        return None
    with needs("files"):
        import pyarrow as pa
    cells = pa.array(column.array, pa.large_string())
    whole = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    found = whole.dictionary_encode()
    if len(found.dictionary) < _MANY:
        return None
    return np.asarray(found.indices.fill_null(-1)), ManyTexts(found.dictionary)
