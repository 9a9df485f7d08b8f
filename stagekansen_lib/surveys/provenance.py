"""Where a result comes from; every result carries one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from stagekansen_lib.errors import RefusedError
from stagekansen_lib.surveys.made_up import MadeUp

__all__ = ["Provenance", "refuse_looks"]


@dataclass(frozen=True)
class Provenance:
    """What a reader must know about where a result comes from; every result carries one.

    Parameters
    ----------
    survey : name of the survey.
    synthetic : True when the answers were made by a program; every picture and page then says so. ``read_survey``
        says so of answers that are proven to be made up, and of no others.
    made_up : the proof of that; None when there is none. A release wants it.
    twin_of_people : True when that program made them after answers of people (``make_twin``): to practise with inside
        the team, never to publish.
    only_a_look : what was done to the answers that makes them unfit for a release, such as answers taken together for a
        look; empty when nothing was.
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
    made_up: MadeUp | None = None
    only_a_look: str = ""

    def with_step(self, line: str, **changes: Any) -> Provenance:
        """The same provenance with one more line of history."""
        return replace(self, history=(*self.history, line), **changes)


def refuse_looks(origins: Iterable[Provenance]) -> None:
    """Stop at answers that were changed for a look.

    Raises
    ------
    RefusedError : one of them says that it is only a look; the text says what was done.
    """
    looks = sorted({f"{one.survey or '(no name)'} ({one.only_a_look})" for one in origins if one.only_a_look})
    if looks:
        raise RefusedError(
            f"Only for a look, not for a release: {'; '.join(looks)}. Write the merge into the codebook, as a derived"
            " variable, so that all tables and all years merge alike, and read the survey again."
        )
