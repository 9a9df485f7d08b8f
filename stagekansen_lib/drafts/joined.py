"""Several answers in one cell: what the parts are, also when an answer itself holds the sign that joins them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stagekansen_lib.readers.joined_answers import parts_of_texts

__all__ = ["parts_of"]

_FEWEST = 3  # respondents with several answers, before a column counts as joined
# The sign with which each survey tool joins answers, whatever signs stand in them.
_SIGNS = {"qualtrics": ",", "google": ",", "forms": ";"}


def parts_of(counts: Mapping[str, int], tool: str = "") -> dict[str, int] | None:
    """How often each answer occurs in cells that join several; None when the cells do not.

    Two parts that always stand beside each other are one answer with the sign in it. With commas, which sentences hold
    as well, answers must also occur by themselves.

    Parameters
    ----------
    counts : the distinct texts with how often each occurs.
    tool : the format of the file: survey tools have a sign of their own. For others it is found in the column.

    Examples
    --------
    >>> parts_of({"Naam": 9, "Geloof": 5, "Naam, Geloof": 4, "Werk, thuis": 3, "Naam, Werk, thuis": 2}, "google")
    {'Naam': 15, 'Geloof': 9, 'Werk, thuis': 5}
    >>> parts_of({"Ja, een keer": 9, "Ja, vaker": 5, "Nee": 20}, "qualtrics") is None
    True
    """
    if tool not in _SIGNS:
        joined = parts_of_texts(counts)
        return None if joined is None else dict(sorted(joined[1].items(), key=lambda one: -one[1]))
    sign = _SIGNS[tool]
    cells = {text: _split(text, sign) for text in counts}
    parted = dict(zip(counts, _glued(list(cells.values()), sign), strict=True))
    return _sums(parted, counts) if _is_joined(parted, counts, sign) else None


def _split(text: str, sign: str) -> list[str]:
    return [part.strip() for part in text.split(sign) if part.strip()]


def _glued(cells: list[list[str]], sign: str) -> list[list[str]]:
    """The cells with parts put together that never stand apart."""
    while True:
        pair = _inseparable(cells)
        if pair is None:
            return cells
        cells = [_with(parts, pair, sign) for parts in cells]


def _inseparable(cells: Sequence[Sequence[str]]) -> tuple[str, str] | None:
    """Two parts of which each always has the other beside it, in this order, in two different cells or alone in one."""
    after: dict[str, set[str]] = {}
    before: dict[str, set[str]] = {}
    for parts in cells:
        for left, right in zip(["", *parts], [*parts, ""], strict=True):
            after.setdefault(left, set()).add(right)
            before.setdefault(right, set()).add(left)
    for left, rights in after.items():
        right = next(iter(rights))
        if left and right and len(rights) == 1 and before[right] == {left}:
            return left, right
    return None


def _with(parts: Sequence[str], pair: tuple[str, str], sign: str) -> list[str]:
    found: list[str] = []
    at = 0
    while at < len(parts):
        if tuple(parts[at : at + 2]) == pair:
            found.append(f"{pair[0]}{sign} {pair[1]}")
            at += 2
        else:
            found.append(parts[at])
            at += 1
    return found


def _is_joined(joined: Mapping[str, Sequence[str]], counts: Mapping[str, int], sign: str) -> bool:
    several = [text for text, parts in joined.items() if len(parts) > 1]
    if sign != ",":
        # Microsoft Forms ends every cell of such a question with the sign.
        return bool(counts) and all(text.endswith(sign) for text in counts)
    enough = sum(counts[text] for text in several) >= _FEWEST
    alone = {parts[0] for parts in joined.values() if len(parts) == 1}
    known = {part for text in several for part in joined[text]}
    whole = [text for text in several if all(part in alone for part in joined[text])]
    return enough and len(known & alone) >= 2 and 2 * len(whole) >= len(several)


def _sums(joined: Mapping[str, Sequence[str]], counts: Mapping[str, int]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for text, parts in joined.items():
        for part in parts:
            sums[part] = sums.get(part, 0) + counts[text]
    return dict(sorted(sums.items(), key=lambda one: -one[1]))
