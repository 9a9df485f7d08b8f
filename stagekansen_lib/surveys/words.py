"""Results as a notebook shows them: labels of the codebook, percentages, few decimals, one short line of method."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.wording import Language, number_text, say

if TYPE_CHECKING:
    import pandas as pd


__all__ = [
    "answer_text",
    "extra_decimals",
    "frame_html",
    "group_text",
    "known_text",
    "limit_decimals",
    "p_text",
    "precise_writer",
    "ratio_writer",
    "readable",
    "short_proxies",
    "variable_text",
    "warning_lines",
]


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


def precise_writer(
    doubt: float, language: Language, *, least: int | None = None, finer: int = 0
) -> Callable[[float], str]:
    """How numbers are written of which ``doubt`` is half an interval: two of its digits, and ``finer`` more.

    ``least`` is the smallest number of decimals. Without a doubt that is their number, or each number has three digits
    that matter.

    >>> [precise_writer(half, "en")(value) for half, value in ((0.35, 0.731), (3100.0, 1200896.0), (0.00002, 0.0004))]
    ['0.73', '1,200,900', '0.000400']
    """
    known = math.isfinite(doubt) and doubt > 1e-300

    def write(value: float) -> str:
        if not math.isfinite(value):
            return ""
        size = doubt if known else abs(value) / 10 if least is None else 1.0
        decimals = finer + (2 if size < 1e-300 else 1 - math.floor(math.log10(size)))
        decimals = min(decimals if least is None else max(decimals, least + finer) if known else least, 12)
        return number_text(round(value, decimals), language, max(decimals, 0))

    return write


def extra_decimals(first: float, second: float, doubt: float, least: int | None = None) -> int:
    """How many decimals more it takes for two rounded numbers to differ by their rounded difference; 0 for none.

    >>> extra_decimals(5.62, 6.15, 1.3), extra_decimals(5.0, 6.0, 1.3)
    (1, 0)
    """
    if not (math.isfinite(doubt) and doubt > 1e-300):
        return 0
    decimals = 1 - math.floor(math.log10(doubt))
    decimals = decimals if least is None else max(decimals, least)
    if not round(second - first, decimals):
        return 0
    for finer in range(3):
        at = decimals + finer
        if abs(round(second, at) - round(first, at) - round(second - first, at)) < 10.0**-at / 2:
            return finer
    return 0


def limit_decimals(low: float, high: float, doubt: float, least: int | None = None) -> int:
    """How many decimals more it takes for an interval that leaves nought out to be written without a nought.

    >>> limit_decimals(300.0, 29000.0, 14350.0), limit_decimals(0.2, 1.4, 0.6), limit_decimals(-0.01, 1.4, 0.7)
    (1, 0, 0)
    """
    if not (math.isfinite(doubt) and doubt > 1e-300 and low * high > 0):
        return 0
    decimals = 1 - math.floor(math.log10(doubt))
    decimals = decimals if least is None else max(decimals, least)
    nearest = min(abs(low), abs(high))
    return next((finer for finer in range(4) if round(nearest, decimals + finer)), 0)


def ratio_writer(low: float, high: float, language: Language) -> Callable[[float], str]:
    """How a ratio with such an interval is written: two decimals, more for what is small or known closely.

    >>> [ratio_writer(0.5, 3.0, "en")(value) for value in (1.5, 0.0123, 125.4)], ratio_writer(1.001, 1.003, "en")(1.002)
    (['1.50', '0.012', '125'], '1.00200')
    >>> ratio_writer(1.003, 1.4, "en")(1.003)
    '1.003'
    """
    half = math.log(high / low) / 2 if 0 < low < high < math.inf else 1.0
    finer = max(math.ceil(-math.log10(half)) - 1, 0)
    if 0 < low < high < math.inf and (low - 1) * (high - 1) > 0:
        # An interval that leaves 1 out is not written as if it touched it.
        nearest = min(low, high, key=lambda limit: abs(limit - 1))
        finer = next((more for more in range(finer, finer + 4) if round(nearest, 2 + more) != 1), finer)

    def write(value: float) -> str:
        if not (math.isfinite(value) and value > 0):
            return number_text(value, language) if math.isfinite(value) else ""
        size = math.floor(math.log10(value))
        decimals = 2 if size in (-1, 0) else 1 - size if size < 0 else 2 - size
        return number_text(value, language, max(decimals, 0) + finer)

    return write


def p_text(value: float, language: Language, border: float = 0.05) -> str:
    """A p value as "p = 0,012", and "p < 0,001" for what is smaller; never rounded across the ``border``.

    >>> p_text(0.0496, "en"), p_text(0.04996, "en"), p_text(0.9999, "en")
    ('p = 0.0496', 'p = 0.04996', 'p > 0.999')
    """
    if value < 0.001:
        return f"p < {number_text(0.001, language, decimals=3)}"
    if 0.9995 <= value < 1:
        return f"p > {number_text(0.999, language, decimals=3)}"
    decimals = 3
    while decimals < 9 and (round(value, decimals) < border) != (value < border):
        decimals += 1
    return f"p = {number_text(value, language, decimals=decimals)}"


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
