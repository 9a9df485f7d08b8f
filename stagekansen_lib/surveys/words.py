"""Results as a notebook shows them: labels of the codebook, percentages, few decimals, one short line of method."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.wording import Language, number_text, percent_text, say

if TYPE_CHECKING:
    import pandas as pd


__all__ = [
    "answer_text",
    "effect_writer",
    "frame_html",
    "group_text",
    "known_text",
    "p_text",
    "readable",
    "short_proxies",
    "variable_text",
    "warning_lines",
]


_PERCENT = ("probability_of_superiority", "rank_eta_squared", "eta_squared", "share")


def readable(value: float) -> str:
    """A number for a terminal: four digits that matter, no exponent for what is large or nothing but rounding.

    >>> readable(-7.77e-16), readable(0.43309), readable(19098.0)
    ('0', '0.4331', '19,098')
    """
    if math.isfinite(value) and abs(value) < 1e-12:
        return "0"
    return f"{value:,.0f}" if math.isfinite(value) and abs(value) >= 1000 else f"{value:.4g}"


def variable_text(book: Codebook, name: str, language: Language) -> str:
    """The label of a variable; one answer of a set reads "Set: answer". The name when the codebook has no label."""
    if name in book:
        return book[name].label(language) or name
    parent, _, rest = name.partition("[")
    if rest.endswith("]") and parent in book:
        code = next((code for code in book[parent].valid_codes if str(code) == rest[:-1]), rest[:-1])
        return f"{book[parent].label(language)}: {book[parent].code_label(code, language)}"
    return name


def answer_text(book: Codebook, name: str, code: Any, language: Language) -> str:
    """The label of an answer; 1 and 0 of one answer of a set read as chosen or not."""
    if name in book:
        return book[name].code_label(code, language)
    if "[" in name and code in (0, 1):
        return say("tables.chosen" if code == 1 else "tables.not_chosen", language)
    return str(code)


def group_text(book: Codebook, name: str, level: object, language: Language) -> str:
    """A group by name: the variable and the answer, because an answer such as "Ja" says nothing alone."""
    return f"{variable_text(book, name, language)} ({answer_text(book, name, level, language)})"


def effect_writer(name: str, language: Language) -> Callable[[float], str]:
    """How an effect or estimate is written: shares in percent, differences of shares in points, the rest plain."""
    if name == "difference_in_shares":
        return lambda value: number_text(100 * value, language, decimals=1)
    if name in _PERCENT:
        return lambda value: percent_text(value, language, decimals=1)
    return lambda value: number_text(value, language, decimals=2)


def p_text(value: float, language: Language) -> str:
    """A p value as "p = 0,012", and "p < 0,001" for what is smaller."""
    if value < 0.001:
        return f"p < {number_text(0.001, language, decimals=3)}"
    return f"p = {number_text(value, language, decimals=3)}"


def short_proxies(provenance: Provenance, language: Language) -> list[str]:
    """The first sentence of each proxy, with where to read the rest: the full text stands in the provenance."""
    texts = [proxy[language] for proxy in provenance.proxies if proxy.get(language)]
    return [f"{text.split('. ')[0].rstrip('.')} ({say('tables.see_weighting', language)})." for text in texts]


def frame_html(frame: pd.DataFrame, caption: str, notes: Sequence[str]) -> str:
    """A table of texts with a caption, and one line under it."""
    head = "".join(f"<th>{escape(str(name))}</th>" for name in frame.columns)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in frame.to_numpy())
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    table = f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if len(frame) else ""
    line = "; ".join(notes)
    return f"{table}<p>{escape(line)}</p>" if line else table


def known_text(write: Callable[[float], str], value: float) -> str:
    return write(value) if math.isfinite(value) else ""


def warning_lines(provenance: Provenance, language: Language) -> list[str]:
    synthetic = [say("tables.synthetic", language)] if provenance.synthetic else []
    return [*synthetic, *short_proxies(provenance, language)]
