"""How often a survey was looked at: every comparison once, kept beside the answers and not in the session.

Who compares twenty times finds about one difference by chance alone. One line a look is added to a file in
``data/interim``, which git ignores; it holds what was compared and its p value, and no answers.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stagekansen_lib.comparison.corrections import adjust_p_values
from stagekansen_lib.privacy.answer_files import LOOKS
from stagekansen_lib.project.paths import project_folder

__all__ = ["Look", "Looks"]


@dataclass(frozen=True)
class Look:
    """One comparison: outcome, group, what was held constant, the weights, and answers of the group taken together.

    What was held constant and what was taken together count in any order.
    """

    outcome: str
    group: str
    hold: tuple[str, ...]
    weights: str
    together: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        # Looks of before answers could be taken together keep their key.
        more = [sorted(self.together)] if self.together else []
        return json.dumps([self.outcome, self.group, sorted(self.hold), self.weights, *more], ensure_ascii=False)


@dataclass(frozen=True)
class Looks:
    """The looks at one survey.

    Parameters
    ----------
    survey : its name.
    file : where looks are kept; ``data/interim/.looks.jsonl`` when left out.
    """

    survey: str
    file: Path | None = None

    @property
    def _place(self) -> Path:
        return self.file or project_folder("data", "interim") / LOOKS

    def add(self, look: Look, p_value: float) -> None:
        """Note a look. One line in one write, so that two notebooks at once lose nothing."""
        told = {"survey": self.survey, "look": look.key, "p": p_value if math.isfinite(p_value) else None}
        place = self._place
        place.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, (json.dumps(told, ensure_ascii=False) + "\n").encode())
        finally:
            os.close(handle)

    def all(self) -> dict[str, float]:
        """Every look at this survey once, with its p value of the last time; NaN where there is none."""
        try:
            lines = self._place.read_text("utf-8").splitlines()
        except FileNotFoundError:
            return {}
        found: dict[str, float] = {}
        for line in lines:
            told = _told(line)
            if told and told.get("survey") == self.survey:
                p = told.get("p")
                found[str(told.get("look"))] = float(p) if isinstance(p, (int, float)) else math.nan
        return found

    def corrected(self, look: Look, correction: str = "holm") -> float:
        """The p value of a look, corrected for all looks at this survey; NaN when it has none."""
        found = self.all()
        keys = [key for key, p in found.items() if math.isfinite(p)]
        if look.key not in keys:
            return math.nan
        values: Sequence[float] = adjust_p_values([found[key] for key in keys], correction)
        return values[keys.index(look.key)]


def _told(line: str) -> dict[str, object]:
    """A line as it was written; nothing for one that was cut off or changed."""
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
