"""Why each cell is as it is, in words and as a picture: for the team only. It holds exact counts."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from stagekansen_lib.wording import Language, number_text, percent_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["REASON_KINDS", "in_words", "kind_of", "picture_of", "words_of_rows"]

# Reason as protection writes it -> how people read it. The rule stays in brackets, so that it can be looked up.
_WORDS: tuple[tuple[str, str, str], ...] = (
    (r"R1 base under (\d+)", "minder dan {0} antwoorden (R1)", "fewer than {0} answers (R1)"),
    (r"R1 count under (\d+)", "minder dan {0} gaven dit antwoord (R1)", "fewer than {0} gave this answer (R1)"),
    (r"R1 complement under (\d+)", "minder dan {0} gaven een ander antwoord (R1)",
     "fewer than {0} gave another answer (R1)"),
    (r"R2 base under (\d+)", "minder dan {0} antwoorden om op te steunen (R2)",
     "fewer than {0} answers to rest on (R2)"),
    (r"R2 effective n under (\d+)", "na weging minder waard dan {0} antwoorden (R2)",
     "worth fewer than {0} answers after weighting (R2)"),
    (r"R3 interval of (\S+) or more", "marge van {0} of meer (R3)", "margin of {0} or more (R3)"),
    (r"R3 interval over (\S+) of the share", "marge meer dan {0} van het cijfer zelf (R3)",
     "margin over {0} of the figure itself (R3)"),
    (r"R3 coefficient of variation over (\S+)", "variatiecoëfficiënt boven {0} (R3)",
     "coefficient of variation over {0} (R3)"),
    (r"R4 (\S+) or more of the group on one side", "{0} of meer van de groep aan één kant (R4)",
     "{0} or more of the group on one side (R4)"),
    (r"R4 to be told as a class, .*", "een klasse zou hier te veel zeggen (R4)",
     "a class would tell too much here (R4)"),
    (r"R4 rounded to .*", "afgerond zou er niemand of iedereen staan (R4)",
     "rounded it would say nobody or everybody (R4)"),
    (r"R4 told as (\S+)", "alleen als klasse {0} verteld (R4)", "told as the class {0} only (R4)"),
    (r"R5 fewer than (\d+) answers", "minder dan {0} antwoorden (R5)", "fewer than {0} answers (R5)"),
    (r"R5 one answer holds over (\S+)", "één antwoord maakt meer dan {0} van de som (R5)",
     "one answer makes over {0} of the sum (R5)"),
    (r"R5 two answers hold over (\S+)", "twee antwoorden maken meer dan {0} van de som (R5)",
     "two answers make over {0} of the sum (R5)"),
    (r"R5 the largest answer known to within (\S+)", "het grootste antwoord is op {0} na te berekenen (R5)",
     "the largest answer could be computed to within {0} (R5)"),
    (r"R5 protects a cell of the same table", "beschermt een andere rij van deze tabel (R5)",
     "protects another row of this table (R5)"),
    (r"R6 protects a cell of (.+)", "beschermt een rij van {0}: anders is die uit te rekenen (R6)",
     "protects a row of {0}, which could be computed otherwise (R6)"),
    (r"R6 with (.+) and (.+) a small count follows", "uit {0} en {1} samen volgt een klein aantal (R6)",
     "{0} and {1} together give a small count away (R6)"),
    (r"doubt: effective n under (\d+)", "onzeker: na weging minder waard dan {0} antwoorden (R3)",
     "uncertain: worth fewer than {0} answers after weighting (R3)"),
    (r"doubt: interval of (\S+) or more", "onzeker: marge van {0} of meer (R3)",
     "uncertain: margin of {0} or more (R3)"),
    (r"doubt: coefficient of variation over (\S+)", "onzeker: variatiecoëfficiënt boven {0} (R3)",
     "uncertain: coefficient of variation over {0} (R3)"),
)  # fmt: skip

# Kind of a cell -> letter in the picture, colour, and words in both languages.
REASON_KINDS: dict[str, tuple[str, str, str, str]] = {
    "shown": ("", "#2a7f92", "getoond", "shown"),
    "uncertain": ("~", "#7fb3bd", "getoond, onzeker", "shown, uncertain"),
    "class": ("<", "#b7d4da", "als klasse verteld", "told as a class"),
    "secret": ("!", "#8f3b0e", "te klein of te veelzeggend (R1, R4, R5)", "too small or too telling (R1, R4, R5)"),
    "partner": ("+", "#d98a4b", "beschermt een andere (R6)", "protects another (R6)"),
    "unreliable": ("?", "#9a938a", "te onzeker (R2, R3)", "too uncertain (R2, R3)"),
    "impossible": ("·", "#ece8df", "kan niet voorkomen", "cannot occur"),
}


def in_words(reasons: str, language: Language) -> str:
    """The reasons of a cell as people read them; those that follow from a base under ten are left out."""
    found = [reason for reason in reasons.split("; ") if reason]
    tiny = next((reason for reason in found if reason.startswith("R1 base")), "")
    if tiny:
        found = [tiny, *(reason for reason in found if not reason.startswith(("R1", "R2", "R4 to be told")))]
    return "; ".join(_one(reason, language) for reason in found)


def _one(reason: str, language: Language) -> str:
    for pattern, dutch, english in _WORDS:
        found = re.fullmatch(pattern, reason)
        if found:
            return (dutch if language == "nl" else english).format(*found.groups())
    return reason


def kind_of(mark: str, reasons: str) -> str:
    """What sort of cell it is, the weightiest reason first."""
    if mark == "empty":
        return "impossible"
    if mark == "x":
        found = reasons.split("; ")
        if any(one.startswith(("R1", "R4", "R5")) and "protects" not in one for one in found):
            return "secret"
        return "partner" if any("protects" in one or one.startswith("R6") for one in found) else "unreliable"
    if mark[:1] in ("<", ">"):
        return "class"
    return "uncertain" if mark == "~" else "shown"


def words_of_rows(table: pd.DataFrame, language: Language) -> pd.DataFrame:
    """The table of a report in words: table, group, answer, answers, of whom, share, mark, why."""
    import pandas as pd

    heads = {
        "nl": ("tabel", "groep", "antwoord", "n", "aantal", "schatting", "merk", "waarom"),
        "en": ("table", "group", "answer", "n", "count", "estimate", "mark", "why"),
    }[language]
    everyone = {"nl": "Allen", "en": "Everyone"}[language]
    rows = [
        (
            row[f"title_{language}"],
            row[f"group_{language}"] or everyone,
            row[f"answer_{language}"],
            int(row["n"]),
            int(row["count"]) if math.isfinite(row["count"]) else "",
            _amount(row, language),
            row["mark"],
            in_words(row["reasons"], language),
        )
        for row in _records(table)
    ]
    return pd.DataFrame(rows, columns=list(heads))


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _amount(row: Mapping[str, Any], language: Language) -> str:
    if not math.isfinite(row["estimate"]):
        return ""
    if math.isfinite(row["count"]):
        return percent_text(row["estimate"], language)
    return number_text(row["estimate"], language, 1)


def picture_of(table: pd.DataFrame, language: Language) -> str:
    """One square a cell, one line a table, coloured and lettered by why it is as it is; an SVG with its legend."""
    dutch = language == "nl"
    size, top = 20, 34
    groups = [(rows[f"title_{language}"].iloc[0], rows) for _, rows in table.groupby("table", sort=False)]
    left = 20 + round(7.2 * max(len(name) for name, _ in groups))
    kinds = [kind_of(mark, reasons) for mark, reasons in zip(table["mark"], table["reasons"], strict=True)]
    present = [kind for kind in REASON_KINDS if kind in kinds]
    width = left + size * max([len(rows) for _, rows in groups] + [24]) + 10
    height = top + size * len(groups) + 18 + 22 * len(present)
    title = (
        "Alleen voor het team: waarom elke cel is zoals zij is" if dutch else "For the team only: why each cell is so"
    )
    parts = [f'<text x="0" y="20" font-weight="700">{escape(title)}</text>']
    for line, (name, rows) in enumerate(groups):
        y = top + line * size
        parts.append(f'<text x="0" y="{y + 14}">{escape(str(name))}</text>')
        for at, row in enumerate(_records(rows)):
            letter, colour, nl, en = REASON_KINDS[kind_of(row["mark"], row["reasons"])]
            words = in_words(row["reasons"], language) or (nl if dutch else en)
            who = ", ".join(row[f"{part}_{language}"] for part in ("group", "answer") if row[f"{part}_{language}"])
            parts.append(
                f'<g><title>{escape(f"{who}: {words}")}</title><rect x="{left + at * size}" y="{y}" width="{size - 2}"'
                f' height="{size - 2}" rx="2" fill="{colour}"/>{_letter(letter, left + at * size, y, colour)}</g>'
            )
    for line, kind in enumerate(present):
        letter, colour, nl, en = REASON_KINDS[kind]
        y = top + size * len(groups) + 18 + line * 22
        parts.append(
            f'<rect x="0" y="{y}" width="{size - 2}" height="{size - 2}" rx="2" fill="{colour}"/>'
            f'{_letter(letter, 0, y, colour)}<text x="28" y="{y + 14}">{escape(nl if dutch else en)}:'
            f" {kinds.count(kind)}</text>"
        )
    return (
        f'<svg role="img" aria-label="{escape(title)}" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' style="max-width:100%;height:auto;font:13px system-ui,sans-serif;fill:currentColor">{"".join(parts)}</svg>'
    )


def _letter(letter: str, x: int, y: int, colour: str) -> str:
    ink = "#1b2430" if colour in ("#7fb3bd", "#b7d4da", "#d98a4b", "#ece8df", "#9a938a") else "#ffffff"
    return f'<text x="{x + 9}" y="{y + 14}" text-anchor="middle" fill="{ink}" font-weight="700">{escape(letter)}</text>'
