"""Where a result comes from; every result carries one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

__all__ = ["Provenance"]


@dataclass(frozen=True)
class Provenance:
    """What a reader must know about where a result comes from; every result carries one.

    Parameters
    ----------
    survey : name of the survey.
    synthetic : True when the answers were made by a program; every picture and page then says so.
    twin_of_people : True when that program made them after answers of people (``make_twin``): to practise with inside
        the team, never to publish.
    self_selected : True when people chose to take part; intervals are then called model margins.
    proxies : sentences, one for each weighting target that stands in for the real population. Keys "nl" and "en".
    sources : ids of the source register.
    history : what was done, one line a step, with its settings.
    """

    survey: str = ""
    synthetic: bool = False
    twin_of_people: bool = False
    self_selected: bool = False
    proxies: tuple[dict[str, str], ...] = ()
    sources: tuple[str, ...] = ()
    history: tuple[str, ...] = ()

    def with_step(self, line: str, **changes: Any) -> Provenance:
        """The same provenance with one more line of history."""
        return replace(self, history=(*self.history, line), **changes)
