"""Known answer scales: which labels stand in one, in what order, and which labels say that there is no answer.

Nothing is matched in part or nearly. All labels of a question but the special ones must stand in one scale, each on a
step of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.yaml_files import read_yaml

__all__ = ["Scale", "has_own_words", "is_other", "is_unsure", "missing_reason_of", "plain_label", "recognise"]


@dataclass(frozen=True)
class Scale:
    """A scale that labels stand in.

    Parameters
    ----------
    name : such as "agree5".
    steps : for each label its step, 1 for the lowest.
    size : how many steps the scale has.
    """

    name: str
    steps: Mapping[str, int]
    size: int


@dataclass(frozen=True)
class _Known:
    scales: Mapping[str, tuple[frozenset[str], ...]]
    missing: Mapping[str, str]
    unsure: frozenset[str]
    other: frozenset[str]
    other_begins: tuple[str, ...]


@cache
def plain_label(label: str) -> str:
    """A label without what does not count: capitals, accents, a number in front, quotes and stops.

    >>> plain_label("(1) Helemaal mee-oneens."), plain_label("'t Mbo niveau 2"), plain_label("Ja, één keer")
    ('helemaal mee oneens', 't mbo niveau 2', 'ja, een keer')
    """
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", label)).casefold()
    text = "".join(sign for sign in text if not unicodedata.combining(sign))
    text = re.sub(
        r"^\s*(?:\([a-z]?[0-9]+\)\s*|[a-z]?[0-9]+\s*[.=):]\s+|[0-9]+\s+[-–—]\s+(?=[a-z])|[a-z][0-9]+\s+)", "", text
    )
    text = re.sub(r"[.!?…'\"‘’“”`´]", "", re.sub(r"\s*/\s*|-", " ", text))
    return " ".join(text.split())


@cache
def _known() -> _Known:
    content = read_yaml(data_folder("rules", "scales.yaml"))
    missing = {
        plain_label(label): entry["reason"] for entry in content["missing"].values() for label in entry["labels"]
    }
    scales = {
        name: tuple(frozenset(plain_label(label) for label in step) for step in steps)
        for name, steps in content["scales"].items()
    }
    other = content["other"]
    return _Known(
        scales,
        missing,
        frozenset(map(plain_label, content["unsure"])),
        frozenset(map(plain_label, other["labels"])),
        tuple(begin.casefold() for begin in other["begins"]),
    )


def missing_reason_of(label: str) -> str:
    """Why there is no answer, when a label says so and nothing else; "" for any other label.

    >>> [missing_reason_of(label) for label in ("Dat zeg ik liever niet", "N.v.t.", "Weet ik niet zeker")]
    ['prefer_not_to_say', 'not_asked', '']
    """
    return _known().missing.get(plain_label(label), "")


def is_unsure(label: str) -> bool:
    """Whether a label may be an answer or none: "Ik weet het niet zeker". A person says."""
    return plain_label(label) in _known().unsure


def is_other(label: str) -> bool:
    """Whether a label asks for another answer in own words.

    >>> is_other("Anders, namelijk:"), is_other("Andersom")
    (True, False)
    """
    known = _known()
    return plain_label(label).rstrip(" :,") in known.other or label.casefold().startswith(known.other_begins)


def has_own_words(label: str) -> bool:
    """Whether somebody wrote what the other answer was behind the words that ask for it.

    >>> has_own_words("Anders, namelijk: via mijn oom"), has_own_words("Anders, namelijk:"), has_own_words("Ja, vaak")
    (True, False, False)
    """
    if not is_other(label):
        return False
    rest = re.sub(r"^(?:anders|iets anders|other|something else)\b", "", plain_label(label))
    rest = re.sub(r"\b(?:nl|namelijk|nl\.|te weten|please|specify|graag|toelichten)\b|[^\w\s]", " ", rest)
    return plain_label(label).rstrip(" :,") not in _known().other and bool(rest.strip())


def recognise(labels: Iterable[str]) -> Scale | None:
    """The scale in which all of these labels stand; None when there is none, or several that order them otherwise.

    Labels of answers that are missing or "other" take no part, unless the scale itself has them.

    >>> found = recognise(["Mee eens", "Neutraal", "Helemaal mee oneens", "Weet niet"])
    >>> found.name, sorted(found.steps.values())
    ('agree5', [1, 3, 4])
    >>> recognise(["Rood", "Groen", "Blauw"]) is None, recognise(["Ja", "Nee"]).name
    (True, 'yes_no')
    """
    wanted = [label for label in labels if not missing_reason_of(label) and not is_other(label)]
    found = _agreed(wanted)
    if found is None and any(map(is_unsure, wanted)):
        return _agreed([label for label in wanted if not is_unsure(label)])
    return found


def _agreed(labels: Sequence[str]) -> Scale | None:
    if len(labels) < 2:
        return None
    fitting = [scale for name in _known().scales if (scale := _in_scale(name, labels)) is not None]
    own = next((scale for scale in fitting if scale.name == "yes_no"), None)
    if own is not None or not fitting:
        return own
    orders = {tuple(sorted(labels, key=lambda label: scale.steps[label])) for scale in fitting}
    return min(fitting, key=lambda scale: scale.size) if len(orders) == 1 else None


def _in_scale(name: str, labels: Sequence[str]) -> Scale | None:
    steps = _known().scales[name]
    places = {label: _step(steps, label) for label in labels}
    if 0 in places.values() or len(set(places.values())) < len(labels):
        return None
    enough = len(labels) >= 3 if len(steps) > 3 else len(labels) == len(steps)
    return Scale(name, places, len(steps)) if enough else None


def _step(steps: Sequence[frozenset[str]], label: str) -> int:
    plain = plain_label(label)
    return next((at for at, words in enumerate(steps, start=1) if plain in words), 0)
