"""A table of the ledger: a DataFrame that shows itself in words, in the chosen language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pandas as pd

from stagekansen_lib.registers.texts import code_meaning
from stagekansen_lib.wording import Language, chosen_language, say

__all__ = ["CODED", "LedgerTable"]

# Columns with codes -> the start of the keys under which each code has its words.
CODED = {
    "strength": "grade",
    "grade": "grade",
    "status": "status",
    "kind": "kind",
    "agreement": "agreement",
    "moved": "moved",
    "stance": "stance",
    "relation": "relation",
    "state": "state",
    "known": "known",
    "reason": "aside",
    "outcome": "outcome",
    "part": "scope",
}


class LedgerTable(pd.DataFrame):
    """One table of the ledger. It computes as any DataFrame does, and shows itself labelled, in Dutch or English."""

    _metadata: ClassVar[list[str]] = ["part"]
    part: str = ""

    @property
    def _constructor(self) -> Callable[..., pd.DataFrame]:
        return pd.DataFrame

    def labelled(self, language: str | None = None) -> pd.DataFrame:
        """The table in words, in one language. For reading, not for computing.

        Parameters
        ----------
        language : "nl" or "en"; the default follows ``wording.chosen_language``.
        """
        chosen = chosen_language(language)
        columns = {}
        for name in self.columns:
            base = str(name).removesuffix(f"_{chosen}")
            if base == name and str(name).endswith(("_nl", "_en")):
                continue
            columns[say(f"ledger.head_{base}", chosen)] = [_in_words(base, value, chosen) for value in self[name]]
        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        chosen = chosen_language()
        if self.empty:
            return say("ledger.nothing", chosen)
        with pd.option_context("display.max_colwidth", 60):
            return self.labelled(chosen).to_string(index=False)

    def _repr_html_(self) -> str:
        chosen = chosen_language()
        caption = f"<caption>{say(f'ledger.part_{self.part}', chosen)} ({len(self)})</caption>" if self.part else ""
        if self.empty:
            return f"<p>{say('ledger.nothing', chosen)}</p>"
        with pd.option_context("display.max_colwidth", None):
            table = self.labelled(chosen).to_html(index=False, escape=True)
        return table.replace("<thead>", f"{caption}<thead>", 1)


def _in_words(column: str, value: Any, language: Language) -> str:
    if isinstance(value, bool):
        return say("ledger.is_so" if value else "ledger.is_not", language)
    if value == "":
        return ""
    if column in CODED:
        return say(f"ledger.{CODED[column]}_{value}", language)
    return _WRITERS[column](str(value), language) if column in _WRITERS else str(value)


def _role_text(role: str, language: Language) -> str:
    from stagekansen_lib.fact_finding.ledger_rules import read_ledger_rules

    return read_ledger_rules().role_text(role, language)


def _parts_text(parts: str, language: Language) -> str:
    return ", ".join(say(f"ledger.changed_{part}", language) for part in parts.split(";"))


def _confidence_text(confidence: str, language: Language) -> str:
    return code_meaning("confidence", confidence, language)


_WRITERS = {"confidence": _confidence_text, "role": _role_text, "owner": _role_text, "changed": _parts_text}
