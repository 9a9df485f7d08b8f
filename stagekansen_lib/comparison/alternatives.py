"""A finding under another classification or reading, beside the main one: does it stand, or does it flip?

How answers are divided is a choice. A finding that turns when the choice turns is no finding yet, and says so. For the
team: the results have not passed ``protect``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from stagekansen_lib.comparison.comparing import compare
from stagekansen_lib.comparison.results import Comparison
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.surveys.words import variable_text
from stagekansen_lib.wording import chosen_language, number_text, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Alternatives", "compare_under"]

# The value of an effect when there is no difference; other effects have no direction.
_NO_DIFFERENCE = {
    "difference_in_shares": 0.0,
    "difference_in_means": 0.0,
    "standardised_difference": 0.0,
    "risk_ratio": 1.0,
    "odds_ratio": 1.0,
    "ratio_of_means": 1.0,
    "probability_of_superiority": 0.5,
}
_LEVEL = 0.05


@dataclass(frozen=True, eq=False)
class Alternatives:
    """A comparison under the main choice and under others.

    Parameters
    ----------
    comparisons : the main comparison first, then one for each alternative.
    swaps : for each alternative which variable stood in for which.
    flips : for each alternative "" (it stands), "sign" (the other direction), "verdict" (demonstrated under one choice
        and not under the other), or "sign and verdict".
    """

    comparisons: tuple[Comparison, ...]
    swaps: tuple[Mapping[str, str], ...]
    flips: tuple[str, ...]

    @property
    def stands(self) -> bool:
        """True when the finding stands under every alternative."""
        return not any(self.flips)

    @property
    def table(self) -> pd.DataFrame:
        """One row a comparison: alternative (0 is the main one), of, by, adjusted_for, effect_name, effect, ci_low,
        ci_high, p_value, n, flip."""
        import pandas as pd

        rows = [
            {
                "alternative": place,
                "of": found.of,
                "by": found.by,
                "adjusted_for": ", ".join(found.adjusted_for),
                "effect_name": found.effect_name,
                "effect": found.effect,
                "ci_low": found.ci_low,
                "ci_high": found.ci_high,
                "p_value": found.p_value,
                "n": found.n,
                "flip": flip,
            }
            for place, (found, flip) in enumerate(zip(self.comparisons, ("", *self.flips), strict=True))
        ]
        return pd.DataFrame(rows)

    def sentence(self, language: str | None = None) -> str:
        """Whether the finding stands, and under which choice it does not.

        Parameters
        ----------
        language : "nl" or "en"; the default follows ``wording.chosen_language``.
        """
        chosen = chosen_language(language)
        made_up = self.comparisons[0].provenance.synthetic
        parts = [say("sentences.synthetic", chosen)] if made_up else []
        if self.stands:
            return " ".join([*parts, say("alternatives.stands", chosen, count=number_text(len(self.flips), chosen))])
        parts.append(say("alternatives.flips", chosen))
        for found, swap, flip in zip(self.comparisons[1:], self.swaps, self.flips, strict=True):
            if flip:
                book = found.codebook
                names = [
                    {"old": variable_text(book, old, chosen), "new": variable_text(book, new, chosen)}
                    for old, new in swap.items()
                ]
                swapped = say("alternatives.and", chosen).join(
                    say("alternatives.swap", chosen, **each) for each in names
                )
                parts.append(say(f"alternatives.{flip.replace(' ', '_')}", chosen, swap=swapped))
        return " ".join(parts)

    def __repr__(self) -> str:
        return f"{self.table.to_string(index=False)}\n{self.sentence('en')}"

    def _repr_html_(self) -> str:
        chosen = chosen_language()
        shown = "".join(
            f"<li>{escape(found.sentence(chosen))}"
            + (f" <strong>{escape(say('alternatives.flag', chosen))}</strong>" if flip else "")
            + "</li>"
            for found, flip in zip(self.comparisons, ("", *self.flips), strict=True)
        )
        return f"<p><strong>{escape(self.sentence(chosen))}</strong></p><ol>{shown}</ol>"


def compare_under(
    survey: Survey,
    of: str,
    by: str,
    *,
    alternatives: Sequence[Mapping[str, str]],
    adjust_for: Sequence[str] = (),
    method: str = "auto",
    ci_level: float = 0.95,
) -> Alternatives:
    """A comparison beside the same one under other classifications or readings, with what flips.

    Parameters
    ----------
    survey : the survey, with every variable that is named (see ``harmonise``).
    of, by, adjust_for, method, ci_level : the main comparison, as for ``compare``.
    alternatives : for each alternative which variable stands in for which, such as
        ``[{"discrimination_experienced": "discrimination_or_doubt"}, {"sector": "isced_field"}]``.

    Returns
    -------
    Alternatives : a flip of the sign is an effect on the other side of no difference; a flip of the verdict is p below
        0.05 under one choice and not under the other. Effects of more than two groups have no sign. p values are not
        corrected: the alternatives put one question, not several.

    Raises
    ------
    InputError : no alternative; one that replaces a variable which is not in the comparison; and as ``compare``.

    Notes
    -----
    Groups of the two choices are put in their own order: with two groups, the second against the first. Only choose a
    stand-in whose groups have the same order.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> survey = sk.read_survey("example_2022")
    >>> found = sk.compare_under(survey, "search_difficulty", "discrimination_experienced",
    ...     alternatives=[{"discrimination_experienced": "discrimination_or_doubt"}])
    >>> print(found.sentence("en"))
    Example with made-up data, so not a finding. The outcome stands under every other choice that was tried (1).
    """
    _check_swaps(alternatives, (of, by, *adjust_for))
    found = [
        compare(
            survey,
            swap.get(of, of),
            swap.get(by, by),
            adjust_for=[swap.get(name, name) for name in adjust_for],
            method=method,
            ci_level=ci_level,
        )
        for swap in ({}, *alternatives)
    ]
    flips = tuple(_flip(found[0], other) for other in found[1:])
    return Alternatives(tuple(found), tuple(dict(swap) for swap in alternatives), flips)


def _check_swaps(alternatives: Sequence[Mapping[str, str]], names: Sequence[str]) -> None:
    problems = [
        Problem(f"'{old}' is not in the comparison.", "alternatives", f"Replace one of: {', '.join(names)}.")
        for swap in alternatives
        for old in swap
        if old not in names
    ]
    if not alternatives or not all(alternatives):
        problems.append(Problem("There is no other choice to compare with.", do="Give alternatives=[{old: new}]."))
    if problems:
        raise InputError(problems)


def _flip(main: Comparison, other: Comparison) -> str:
    parts = []
    one, two = _side(main), _side(other)
    if one * two < 0:
        parts.append("sign")
    if (main.p_value < _LEVEL) != (other.p_value < _LEVEL):
        parts.append("verdict")
    return " and ".join(parts)


def _side(found: Comparison) -> float:
    """Which way an effect points: 1, -1, or 0 when it has no direction."""
    none = _NO_DIFFERENCE.get(found.effect_name)
    if none is None or math.isnan(found.effect) or found.effect == none:
        return 0.0
    return math.copysign(1.0, found.effect - none)
