"""A yearly index that may be shown to everyone, and the bytes in which a release keeps it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stagekansen_lib.wording import Language, number_text, say

__all__ = [
    "INDEX_FILE", "Begun", "Goalpost", "LineBreak", "PublishedChange", "PublishedIndex", "PublishedIndicator",
    "PublishedScore", "PublishedWave", "index_content", "index_from_content",
]  # fmt: skip

INDEX_FILE = "index.json"


@dataclass(frozen=True)
class Goalpost:
    """The road of an indicator: its domain, its unit ("percent", "points" or "times"), and the two ends."""

    id: str
    domain: str
    unit: str
    worst: float
    best: float


@dataclass(frozen=True)
class PublishedIndicator:
    """An indicator of a wave as it may be shown.

    ``value``, ``ci_low`` and ``ci_high`` are in its unit, on a grid of ``step``; NaN when hidden or told as a class.
    ``mark`` is "", "~" (uncertain), "x" (not shown), "." (not asked), "<10%" or ">90%". ``base`` is the class of the
    smallest group that it rests on. ``enters`` is what counts in its domain: the value as shown, or the middle of its
    class; ``score`` follows from it.
    """

    id: str
    mark: str
    value: float
    ci_low: float
    ci_high: float
    base: str
    step: float
    enters: float
    score: float

    def value_text(self, unit: str, language: Language) -> str:
        """The value as people read it, its class, or that it is not known."""
        if self.mark in ("<10%", ">90%"):
            return say("index_page.under" if self.mark == "<10%" else "index_page.over", language)
        if not math.isfinite(self.value):
            return say("index.not_known", language)
        text = number_text(self.value, language, decimals=1 if unit == "times" else 0)
        return f"{text}%" if unit == "percent" else say(f"monitor.unit_{unit}", language, value=text)


@dataclass(frozen=True)
class PublishedScore:
    """A domain or the index of a wave: its score, and the ends of its margin on a grid of ``step``; NaN when lacking.

    The score follows from the indicators as they are shown, to a tenth.
    """

    id: str
    score: float
    ci_low: float
    ci_high: float
    step: float

    @property
    def known(self) -> bool:
        return math.isfinite(self.score)


@dataclass(frozen=True)
class PublishedWave:
    """One wave: indicators, domains, the index, and the quality flag (grade by part). ``letter`` is of its series.

    ``together`` says how indicators vary together over the bootstrap, in tenths, by two ids.
    """

    wave: str
    letter: str
    indicators: tuple[PublishedIndicator, ...]
    domains: tuple[PublishedScore, ...]
    index: PublishedScore
    grade: str
    flag: tuple[tuple[str, str], ...]
    together: tuple[tuple[str, str, float], ...] = ()

    def indicator(self, name: str) -> PublishedIndicator:
        return next(one for one in self.indicators if one.id == name)


@dataclass(frozen=True)
class PublishedChange:
    """The change of the index between two waves, in points; ``verdict`` "break" or "unknown" comes without numbers.

    ``contributions`` : what each domain adds to the change; they add up to it.
    """

    first: str
    last: str
    verdict: str
    change: float
    ci_low: float
    ci_high: float
    smallest_detectable: float
    contributions: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Begun:
    """Something that began between two waves."""

    first: str
    last: str
    label_nl: str
    label_en: str


@dataclass(frozen=True)
class LineBreak:
    """Why no line runs from one wave to the next."""

    first: str
    last: str
    reason_nl: str
    reason_en: str


@dataclass(frozen=True)
class PublishedIndex:
    """The index of a series up to its newest wave: what `protect_index` lets through, and nothing else."""

    series: str
    title_nl: str
    title_en: str
    synthetic: bool
    self_selected: bool
    rules: str
    goalposts: tuple[Goalpost, ...]
    waves: tuple[PublishedWave, ...]
    changes: tuple[PublishedChange, ...]
    interventions: tuple[Begun, ...] = ()
    breaks: tuple[LineBreak, ...] = ()

    @property
    def newest(self) -> PublishedWave:
        return self.waves[-1]

    def is_broken(self, first: str, last: str) -> bool:
        """Whether a break lies between two waves that follow each other."""
        return any((one.first, one.last) == (first, last) for one in self.breaks)


_PARTS: Mapping[str, type] = {
    "goalposts": Goalpost, "waves": PublishedWave, "changes": PublishedChange, "interventions": Begun,
    "breaks": LineBreak, "indicators": PublishedIndicator, "domains": PublishedScore,
}  # fmt: skip


def index_content(index: PublishedIndex) -> dict[str, Any]:
    """What ``index.json`` of a release holds; a number that is not there is null."""
    return dict(_plain(index))


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return round(value, 10) if math.isfinite(value) else None
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def index_from_content(content: Mapping[str, Any]) -> PublishedIndex:
    """The index that a release holds."""
    return PublishedIndex(**{name: _read(name, value) for name, value in content.items()})


def _read(name: str, value: Any) -> Any:
    if value is None:
        return math.nan
    if name in _PARTS:
        return tuple(_PARTS[name](**{key: _read(key, part) for key, part in one.items()}) for one in value)
    if name == "index":
        return PublishedScore(**{key: _read(key, part) for key, part in value.items()})
    if isinstance(value, list):
        return tuple(tuple(one) for one in value)
    return value
