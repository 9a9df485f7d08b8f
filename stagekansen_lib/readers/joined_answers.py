"""Several answers in one cell: a whole column says what joins them, and labels may hold that sign themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["JOINTS", "Parted", "joint_of", "known_when_joined", "part", "parts_of_texts"]

JOINTS = (";", "|", "\n", ",")
_MOST_PARTS = 200  # answers in one cell
_LONGEST_LABEL = 20  # parts that one label falls into, where it holds the joint itself
_MOST_TEXTS = 2_000  # texts, the most frequent ones, from which the separate answers are found


@dataclass(frozen=True)
class Parted:
    """A cell taken apart: the places of the answers that are known, and the texts that are none of them."""

    places: tuple[int, ...]
    own: tuple[str, ...] = ()


def plain_label(text: str, joint: str) -> str:
    """A label in small letters, with nothing around the joint, so that "a; b" is "a;b"."""
    return re.sub(rf"\s*{re.escape(joint)}\s*", joint, " ".join(text.split())).strip(f"{joint} ").casefold()


def part(text: str, joint: str, place_of: Callable[[str], int]) -> Parted:
    """A cell taken apart at a joint, with as few unknown parts as possible, and then as few parts.

    Parameters
    ----------
    text : of the cell.
    joint : what stands between two answers.
    place_of : the place of an answer, from its text as ``plain_label`` gives it; -1 when there is no such answer.

    Examples
    --------
    >>> labels = ["vrienden;familie", "internet"]
    >>> part("Vrienden; familie;via de sportclub;", ";", lambda one: labels.index(one) if one in labels else -1)
    Parted(places=(0,), own=('via de sportclub',))
    """
    parts = [one for one in (one.strip() for one in text.split(joint)) if one]
    if len(parts) > _MOST_PARTS:  # a story, and no list of answers
        return Parted((), (text.strip(),))
    plain = [" ".join(one.split()).casefold() for one in parts]
    # From the end: the best way to take the rest apart, as (unknown parts, parts, places, spans of own words).
    best: dict[int, tuple[int, int, tuple[int, ...], tuple[tuple[int, int], ...]]] = {len(parts): (0, 0, (), ())}
    for start in range(len(parts) - 1, -1, -1):
        unknown, number, places, own = best[start + 1]
        # Own words that hold the joint stay together.
        longer = own[:1] and own[0][0] == start + 1
        mended = ((start, own[0][1]), *own[1:]) if longer else ((start, start + 1), *own)
        options = [(unknown + 1, number + 1, places, mended)]
        for end in range(start + 1, min(len(parts), start + _LONGEST_LABEL) + 1):
            if (place := place_of(joint.join(plain[start:end]))) >= 0:
                unknown, number, places, own = best[end]
                options.append((unknown, number + 1, (place, *places), own))
        best[start] = min(options, key=lambda one: one[:2])
    _, _, places, spans = best[0]
    space = " " if joint == "," else ""
    return Parted(places, tuple(f"{joint}{space}".join(parts[start:end]) for start, end in spans))


def joint_of(texts: Iterable[str], places: Callable[[str], Callable[[str], int]]) -> str:
    """What joins the answers of a column: the sign with which the most cells are known as a whole; the first of equals.

    ``places`` gives for a joint how an answer is looked up (see ``part``).
    """
    texts = list(texts)
    known: dict[str, tuple[int, int]] = {}
    for joint in JOINTS:
        if any(joint in text for text in texts) or joint == JOINTS[0]:
            taken = [part(text, joint, places(joint)) for text in texts]
            whole = sum(not one.own for one in taken)
            known[joint] = (whole, sum(len(one.places) for one in taken))
            if whole == len(texts):
                break
    return max(known, key=lambda joint: known[joint])


def known_when_joined(answers: Collection[str]) -> Callable[[str], bool]:
    """Tells of a cell whether it holds nothing but these answers, whatever joins them.

    >>> known = known_when_joined({"thuis", "werk, soms"})
    >>> known("Thuis;Werk, soms"), known("Thuis, bij Piet")
    (True, False)
    """
    plain = {joint: dict.fromkeys((plain_label(one, joint) for one in answers), 0) for joint in JOINTS}
    return lambda text: any(not part(text, joint, _finder(plain[joint])).own for joint in JOINTS)


def _finder(places: Mapping[str, int]) -> Callable[[str], int]:
    return lambda text: places.get(text, -1)


def parts_of_texts(counts: Mapping[str, int], fewest: int = 3) -> tuple[str, dict[str, int]] | None:
    """What joins the answers in a column of texts, and the separate answers with how often each was given.

    None when cells hold one answer each. An answer that holds a comma itself is kept whole: a comma joins two answers
    only where each of them is also given without the other.

    Parameters
    ----------
    counts : the distinct texts with how often each occurs.
    fewest : cells that must be joined.

    Examples
    --------
    >>> parts_of_texts({"Ja, vaak": 4, "Nee": 5}) is None
    True
    >>> parts_of_texts({"Thuis": 4, "Werk, soms": 5, "Thuis, Werk, soms": 3})
    (',', {'Thuis': 7, 'Werk, soms': 8})
    """
    total = sum(counts.values())
    often = max(0.05 * total, fewest)
    several = [text for text in counts if ";" in text.rstrip("; ")]
    closed = sum(n for text, n in counts.items() if text.rstrip().endswith(";"))
    if (len(several) > 1 and sum(counts[text] for text in several) >= often) or closed == total > 0:
        return ";", _counted(counts, ";", _whole_labels(counts, ";", always=closed > 0.5 * total))
    for joint in JOINTS[1:]:
        if sum(n for text, n in counts.items() if joint in text) < often:
            continue
        labels = _whole_labels(counts, joint, always=False)
        place_of = _finder({plain_label(label, joint): at for at, label in enumerate(labels)})
        joined = {text: n for text, n in counts.items() if len(part(text, joint, place_of).places) > 1}
        if len(joined) >= min(2, len(labels) - 1) and sum(joined.values()) >= max(0.02 * total, fewest):
            return joint, _counted(counts, joint, labels)
    return None


def _whole_labels(counts: Mapping[str, int], joint: str, *, always: bool) -> list[str]:
    """The answers that are no combination of others; ``always`` when a cell of one answer ends with the joint too."""
    often = sorted(counts, key=lambda text: -counts[text])[:_MOST_TEXTS]
    texts = sorted({text.strip().strip(f"{joint} ").strip() for text in often}, key=lambda one: one.count(joint))
    labels: dict[str, str] = {}
    for text in texts:
        plain = plain_label(text, joint)
        taken = part(text, joint, lambda one: 0 if one in labels else -1)
        if taken.own and text and (joint not in text or not taken.places):
            if always and joint in text:
                continue
            labels.setdefault(plain, text)
    return list(labels.values())


def _counted(counts: Mapping[str, int], joint: str, labels: Sequence[str]) -> dict[str, int]:
    """Each separate answer with how often it was given; what is no known answer counts as an answer too."""
    plain = {plain_label(label, joint): label for label in labels}
    places = {text: at for at, text in enumerate(plain)}
    found: dict[str, int] = {}
    for text, n in counts.items():
        taken = part(text, joint, lambda one: places.get(one, -1))
        own = taken.own if joint == "," else [one.strip() for words in taken.own for one in words.split(joint)]
        for label in (*(labels[place] for place in taken.places), *own):
            found[label] = found.get(label, 0) + n
    return found
