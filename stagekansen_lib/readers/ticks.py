"""How a column about one of several answers says yes, no, or that the question was not asked."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["OTHER_CODE", "is_other", "missing_reason", "tick_of"]

# fmt: off
_TICKED = frozenset({
    "1", "ja", "yes", "y", "j", "x", "true", "waar", "oui", "✓", "✔", "selected", "checked", "ticked", "mentioned",
    "quoted", "chosen", "geselecteerd", "aangevinkt", "aangekruist", "genoemd", "gekozen", "ausgewählt", "sélectionné",
    "coché",
})
_NOT_TICKED = frozenset({
    "0", "nee", "no", "n", "false", "onwaar", "non", "nein", "unselected", "unchecked", "unticked", "not selected",
    "not checked", "not ticked", "not mentioned", "not quoted", "not chosen", "niet geselecteerd", "niet aangevinkt",
    "niet aangekruist", "niet genoemd", "niet gekozen", "nicht ausgewählt", "non sélectionné",
})
# fmt: on
OTHER_CODE = "-oth-"  # what LimeSurvey writes for it
_OTHER = re.compile(
    r"-?oth(?:er)?-?|(?:iets |iemand |een )?(?:anders?|andere?n?|overige?)\b.*|"
    r"(?:something |someone |any |an)?other\b.*|something else\b.*|sonstiges?\b.*|autres?\b.*",
    re.IGNORECASE | re.DOTALL,
)
# What a label of a missing code says, in Dutch or English: the first that occurs in it.
_REASON_WORDS = (
    ("do_not_know", ("weet niet", "weet ik niet", "geen idee", "don't know", "do not know", "dont know", "not sure")),
    (
        "prefer_not_to_say",
        (
            "liever niet",
            "wil niet zeggen",
            "wil ik niet",
            "prefer not",
            "refus",
            "weiger",
            "no answer",
            "geen antwoord",
        ),
    ),
    (
        "not_asked",
        (
            "n.v.t",
            "nvt",
            "niet van toepassing",
            "not applicable",
            "niet gevraagd",
            "not asked",
            "n/a",
            "niet gesteld",
            "niet getoond",
            "niet gezien",
            "not displayed",
            "not shown",
            "not seen",
            "nicht zutreffend",
            "nicht gefragt",
            "sans objet",
            "non concern",
        ),
    ),
    (
        "blank",
        (
            "onbekend",
            "geen opgave",
            "ontbreekt",
            "unknown",
            "niet ingevuld",
            "niet beantwoord",
            "overgeslagen",
            "skipped",
            "unanswered",
            "not answered",
            "missing",
        ),
    ),
)


def missing_reason(label: str) -> str:
    """Why an answer is missing, from the label of its code; "" when the label does not say.

    >>> missing_reason("Weet ik niet"), missing_reason("Zeg ik liever niet"), missing_reason("Twee")
    ('do_not_know', 'prefer_not_to_say', '')
    """
    text = label.casefold()
    return next((reason for reason, words in _REASON_WORDS if any(word in text for word in words)), "")


def is_other(text: str) -> bool:
    """Whether a label or a code means "something else", beside which people write their own words.

    >>> is_other("Anders, namelijk"), is_other("-oth-"), is_other("Mother")
    (True, True, False)
    """
    return bool(_OTHER.fullmatch(text.strip()))


def tick_of(text: str, labels: Mapping[str, str], answer: frozenset[str]) -> bool | None:
    """True for a tick, False for none, None for a text that is neither.

    Parameters
    ----------
    text : of a cell.
    labels : the labels that the file gives its codes; a label says more than its number.
    answer : the texts that mean the answer itself: its code and labels, in small letters.

    >>> tick_of("2", {"1": "Ja", "2": "Nee"}, frozenset({"2"})), tick_of("x", {}, frozenset())
    (False, True)
    """
    plain = labels.get(text, text).strip().casefold()
    if plain in _NOT_TICKED:
        return False
    return True if plain in _TICKED or plain in answer else None
