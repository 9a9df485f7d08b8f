"""Why a cell is as it is: a value that travels with the cell, told in words only when somebody reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from stagekansen_lib.wording import Language, chosen_language, percent_text, say

__all__ = ["Reason", "in_words", "kind_of"]

# Rules that speak of a small or telling cell itself; the others say that it is uncertain or stands for another cell.
_SECRET_RULES = frozenset({"R1", "R4", "R5"})


@dataclass(frozen=True)
class Reason:
    """What a rule says of a cell: the rule ("R1" to "R6"), what it found, and the numbers or names that go with it.

    ``values`` are shown by their name: ``least`` as a number, ``share`` (0 to 1) as a percentage, anything else as it
    is. The words stand in the locales, under ``reasons``.

    >>> Reason("R1", "count", {"least": 10}).text("en")
    'fewer than 10 gave this answer (R1)'
    """

    rule: str
    kind: str
    values: Mapping[str, float | str] = field(default_factory=dict, hash=False)

    @property
    def protects(self) -> bool:
        """Whether the cell is hidden for another one."""
        return self.kind == "partner" or self.rule == "R6"

    def text(self, language: str | None = None) -> str:
        """The reason as people read it; the rule stands in brackets, so that it can be looked up."""
        chosen = chosen_language(language)
        shown = {name: _shown(name, value, chosen) for name, value in self.values.items()}
        return say(f"reasons.{self.rule.lower()}_{self.kind}", chosen, **shown)


def _shown(name: str, value: float | str, language: Language) -> str:
    if isinstance(value, str):
        return value
    if name == "share":
        return percent_text(value, language, 0 if round(value * 100, 6).is_integer() else 1)
    return f"{value:g}"


def in_words(reasons: Iterable[Reason], language: str | None = None) -> str:
    """The reasons of a cell as people read them; those that follow from a base that is too small are left out."""
    told = list(reasons)
    tiny = [one for one in told if (one.rule, one.kind) == ("R1", "base")]
    if tiny:
        told = tiny[:1] + [one for one in told if one.rule not in ("R1", "R2") and one.kind != "class_tells"]
    return "; ".join(one.text(language) for one in told)


def kind_of(mark: str, reasons: Iterable[Reason]) -> str:
    """What sort of cell it is, the weightiest reason first: a key of ``explaining.CELL_KINDS``."""
    if mark == "x":
        return _kind_of_hidden(tuple(reasons))
    if mark[:1] in ("<", ">"):
        return "class"
    return {"empty": "impossible", "~": "uncertain"}.get(mark, "shown")


def _kind_of_hidden(reasons: tuple[Reason, ...]) -> str:
    if any(one.rule in _SECRET_RULES and one.kind != "certain" and not one.protects for one in reasons):
        return "secret"
    return "partner" if any(one.protects for one in reasons) else "unreliable"
