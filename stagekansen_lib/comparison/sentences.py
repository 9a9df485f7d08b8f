"""A comparison in plain sentences: effect with its direction, interval, verdict, doubts, weights and base."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol

from stagekansen_lib.comparison.strengths import strength_key, strength_words
from stagekansen_lib.estimation.tables import EstimateTable
from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.words import (
    answer_text,
    extra_decimals,
    group_text,
    limit_decimals,
    p_text,
    precise_writer,
    ratio_writer,
    short_proxies,
    variable_text,
)
from stagekansen_lib.wording import Language, chosen_language, number_text, percent_text, say, unit_text

__all__ = ["Found", "comparison_sentence", "level_text", "size_writer", "tested_p_text"]

# The effect when nothing differs, of effects that have a direction.
_SAME = {
    "difference_in_shares": 0.0,
    "difference_in_means": 0.0,
    "standardised_difference": 0.0,
    "risk_ratio": 1.0,
    "odds_ratio": 1.0,
    "odds_ratio_higher": 1.0,
    "ratio_of_means": 1.0,
    "probability_of_superiority": 0.5,
}

_RATIOS = tuple(name for name, same in _SAME.items() if same == 1)

# Effects without a direction: how much of the answers goes together with the groups.
_STRENGTHS = ("cramers_v", "eta_squared", "rank_eta_squared")

# Effects that a model words in its own way: it has no two estimates to put beside each other.
_WORDED_BY_MODEL = ("difference_in_means", "ratio_of_means")

_EXACT = ("fisher", "barnard", "permutation")

# Names of numbers that an effect is told in.
_UNITS = {"difference_in_shares": "point", "standardised_difference": "deviation"}

# In a group of fewer answers no more is said of what would be found than that all is rough (effects.FEW).
_FEW = 10

# Doubts beside which nobody knows what would be found.
_NOT_ESTIMABLE = {"almost_nothing", "no_spread"}

# An effect nearer to none is none but for rounding.
_NOTHING = 1e-12

# More groups than this are told with the smallest and the largest of them.
_MOST_NAMED = 6


class Found(Protocol):
    """What a sentence tells: a Comparison, which knows its sentence, so that this module cannot know it."""

    @property
    def p_value(self) -> float: ...
    @property
    def p_adjusted(self) -> float | None: ...
    @property
    def questions(self) -> int: ...
    @property
    def correction(self) -> str: ...
    @property
    def df_denominator(self) -> float: ...
    @property
    def effect(self) -> float: ...
    @property
    def ci_low(self) -> float: ...
    @property
    def ci_high(self) -> float: ...
    @property
    def effect_name(self) -> str: ...
    @property
    def smallest_detectable(self) -> float | None: ...
    @property
    def method(self) -> str: ...
    @property
    def of(self) -> str: ...
    @property
    def by(self) -> str: ...
    @property
    def groups(self) -> EstimateTable: ...
    @property
    def levels(self) -> tuple[Any, ...]: ...
    @property
    def sizes(self) -> tuple[tuple[Any, int], ...]: ...
    @property
    def weighting(self) -> str: ...
    @property
    def n(self) -> int: ...
    @property
    def ci_level(self) -> float: ...
    @property
    def codebook(self) -> Codebook: ...
    @property
    def provenance(self) -> Provenance: ...
    @property
    def answer(self) -> Any: ...
    @property
    def group_values(self) -> tuple[float, ...]: ...
    @property
    def adjusted_for(self) -> tuple[str, ...]: ...
    @property
    def proportional_odds_p(self) -> float: ...
    @property
    def smallest_expected(self) -> float: ...
    @property
    def doubts(self) -> tuple[str, ...]: ...


def comparison_sentence(found: Found, language: str | None = None) -> str:
    """A few short sentences: effect, interval, verdict, what would be seen, what to beware of, weights and base.

    Made-up data are named before anything else, so that no part of the text can be quoted as a finding.
    """
    chosen = chosen_language(language)
    words = _words(found, chosen)
    keys = [
        *(["synthetic"] if found.provenance.synthetic else []),
        *_finding_keys(found, chosen),
        *_verdict_keys(found),
        *_border_keys(found, chosen),
        *_doubt_keys(found),
    ]
    parts = [say(f"sentences.{key}", chosen, **words) for key in keys]
    # Counts that stand in for others are told as such, and not as known.
    key = "weighted" if found.provenance.proxies and found.weighting == "weighted_counts" else found.weighting
    weights = [say(f"sentences.{key}", chosen)] if key else []
    return " ".join([*parts, *short_proxies(found.provenance, chosen), *weights, _base(found, chosen)])


def size_writer(found: Found, language: Language, finer: int = 0) -> Callable[[float], str]:
    """How the size of an effect is written, with as many digits as its interval leaves; no unit but a percent sign."""
    half = _half(found)
    name = found.effect_name
    if name in _STRENGTHS and found.ci_high <= found.effect:
        half = found.effect / 2  # no interval is told: two digits that matter
    if name in _RATIOS:
        return ratio_writer(found.ci_low, found.ci_high, language)
    if name == "difference_in_means":
        return precise_writer(half, language, finer=finer)
    if name in ("standardised_difference", "cramers_v"):
        return precise_writer(half, language, least=2)
    hundredths = precise_writer(100 * half, language, least=1, finer=finer)
    unit = "" if name == "difference_in_shares" else "%"
    return lambda value: f"{hundredths(100 * value)}{unit}"


def _half(found: Found) -> float:
    """Half the interval, which says how many digits matter; of means never so much that nothing is left of them."""
    half = (found.ci_high - found.ci_low) / 2
    if found.effect_name != "difference_in_means" or not any(found.group_values):
        return half
    return min(half, 10 * max(abs(value) for value in found.group_values))


def _finer(found: Found) -> int:
    """How many decimals more it takes for two estimates to differ by what is told, and for a limit to be no nought."""
    if found.effect_name not in ("difference_in_shares", "difference_in_means"):
        return 0
    scale, least = (100, 1) if found.effect_name == "difference_in_shares" else (1, None)
    half = scale * _half(found)
    limit = limit_decimals(scale * found.ci_low, scale * found.ci_high, half, least)
    if len(found.group_values) != 2:
        return limit
    first, second = (scale * value for value in found.group_values)
    return max(limit, extra_decimals(first, second, half, least))


def _is_nought(text: str) -> bool:
    return not any(digit in "123456789" for digit in text)


def _finding_keys(found: Found, language: Language) -> list[str]:
    """What was found: the effect, what was held constant, and the interval."""
    name = "shares" if found.effect_name == "difference_in_shares" else found.effect_name
    if found.adjusted_for and name in _WORDED_BY_MODEL:
        name = f"adjusted_{name}"
    same = _SAME.get(found.effect_name)
    write = size_writer(found, language)
    if same == 0 and _is_nought(write(found.effect)):
        name = f"{name}_same"
    elif name == "ratio_of_means" and abs(found.effect - 1) < _NOTHING:
        name = "difference_in_means_same"
    keys = [name]
    if found.adjusted_for:
        keys.append("adjusted")
    if not (math.isfinite(found.ci_low) and math.isfinite(found.ci_high)):
        return [*keys, "no_interval", *_way_keys(found, write)]
    if same is None and found.ci_high <= found.effect:
        return [*keys, "interval_below", *_way_keys(found, write)]
    keys.append("model_margin" if found.provenance.self_selected else "interval")
    if same == 1 and found.effect < 1 and write(found.effect) != write(1.0):
        keys.append("reverse")
    return [*keys, *_way_keys(found, write)]


def _way_keys(found: Found, write: Callable[[float], str]) -> list[str]:
    """Which group is higher, where the effect itself does not say; after the interval, which is of the effect."""
    if found.effect_name == "probability_of_superiority":
        return ["superiority_way"] if write(found.effect) != write(0.5) else []
    return [key] if (key := strength_key(found)) else []


def _verdict_keys(found: Found) -> list[str]:
    """Whether the test found anything, and of what; if not, what it would have found."""
    about = ""
    if found.effect_name == "cramers_v":
        about = "association_"
    elif _joint(found):
        about = "groups_"
    keys = ["all_groups"] if _joint(found) and found.effect_name in _SAME else []
    keys += ["all_answers"] if "all_answers" in found.doubts else []
    if _shown_p(found) < 1 - found.ci_level:
        return [*keys, f"{about}found"]
    keys.append(f"{about}not_found")
    if not _tells_detectable(found):
        return [*keys, "association_no_proof" if found.effect_name == "cramers_v" else "no_proof"]
    if found.smallest_detectable >= 1 and found.effect_name not in (  # type: ignore[operator]
        *_RATIOS, "difference_in_means", "standardised_difference",
    ):  # fmt: skip
        return [*keys, "detectable_none"]
    return [*keys, _detectable_key(found.effect_name)]


def _tells_detectable(found: Found) -> bool:
    """Whether it is said what would be found: not where that is as rough as everything else about so few answers.

    Nor of a strength that is larger already: chance alone lifts what is found, and not what would be found.
    """
    seen = found.smallest_detectable
    if seen is None or not math.isfinite(seen):
        return False
    if found.effect_name in _STRENGTHS and seen <= found.effect:
        return False
    few = min((size for _, size in found.sizes), default=_FEW) < _FEW
    return not few and not _NOT_ESTIMABLE & set(found.doubts)


def _detectable_key(name: str) -> str:
    if name in ("eta_squared", "rank_eta_squared"):
        return "detectable_part"
    if name in _RATIOS:
        return "detectable_ratio"
    if name == "probability_of_superiority":
        return "detectable_chance"
    return "detectable_difference" if name in _SAME else "detectable"


def _joint(found: Found) -> bool:
    """Whether the test is of several groups together."""
    return len(found.sizes) > 2


def _border_keys(found: Found, language: Language) -> list[str]:
    """Why test and interval say different things, where they do."""
    border, same = 1 - found.ci_level, _SAME.get(found.effect_name)
    tested, alone = _shown_p(found) < border, found.p_value < border
    corrected = found.questions > 1 and found.correction != "none"
    seen = ["seen_one_question"] if corrected and not tested and _tells_detectable(found) else []
    own = (["one_question_seen"] if seen else ["one_question"]) if corrected else []
    if same is None:
        touches = _is_nought(size_writer(found, language)(found.ci_low))
        return [*own, "border_strength"] if tested and touches else own
    joint = _joint(found) or "all_answers" in found.doubts
    if joint or "no_spread" in found.doubts or not (math.isfinite(found.ci_low) and math.isfinite(found.ci_high)):
        return own
    outside = not found.ci_low <= same <= found.ci_high
    if outside == tested:
        return own
    if corrected and alone == outside:
        return ["corrected_away", *seen]
    return [*own, "border_exact" if found.method in _EXACT and not tested else "border"]


def _doubt_keys(found: Found) -> list[str]:
    doubts = {
        "uneven_odds": found.proportional_odds_p < 1 - found.ci_level,
        "rare_answer": found.smallest_expected > 0,
        "self_selected": found.provenance.self_selected,
    }
    renamed = {
        "almost_nothing": "almost_nothing_found" if _shown_p(found) < 1 - found.ci_level else "almost_nothing",
        "small_group": "small_group" if found.weighting == "unweighted" else "small_group_weighted",
        "no_spread": "no_spread_exact" if found.method in _EXACT else "no_spread",
    }
    told = [renamed.get(key, key) for key in found.doubts if key != "all_answers"]
    return list(dict.fromkeys([*told, *(key for key, there in doubts.items() if there)]))


def _shown_p(found: Found) -> float:
    return found.p_value if found.p_adjusted is None else found.p_adjusted


def _words(found: Found, language: Language) -> dict[str, str]:
    """The words that the sentences have room for."""
    book = found.codebook
    write = size_writer(found, language, _finer(found))
    same = _SAME.get(found.effect_name, 0.0)
    directed = _SAME.get(found.effect_name) == 0
    seen = found.smallest_detectable

    def sized(value: float) -> str:
        """An effect without its sign, with its unit."""
        text = write(abs(value) if directed else value)
        unit = _UNITS.get(found.effect_name)
        return unit_text(text, unit, language) if unit else text

    def limit(value: float) -> str:
        text = sized(value)
        return f"{text} {_way(value, language)}" if directed and not _is_nought(text) else text

    known = math.isfinite(found.ci_low) and math.isfinite(found.ci_high)
    ratio = found.effect_name in _RATIOS and found.effect > 0
    return {
        "of": variable_text(book, found.of, language),
        "by": variable_text(book, found.by, language),
        "effect": sized(found.effect),
        "way": _way(found.effect - same, language),
        "low": limit(found.ci_low) if known else "",
        "high": limit(found.ci_high) if known else "",
        "level": level_text(found.ci_level, language),
        "p": _p_words(found, language),
        "alone": p_text(found.p_value, language),
        "questions": number_text(found.questions, language),
        "odds_p": p_text(found.proportional_odds_p, language),
        "detectable": "" if seen is None or not math.isfinite(seen) else sized(seen),
        "detectable_below": _below(seen, write, ratio=ratio) if seen else "",
        "rounded": say("sentences.rounded", language) if abs(found.effect - same) > _NOTHING else "",
        "adjust": _listed([f"'{variable_text(book, name, language)}'" for name in found.adjusted_for], language),
        "answer": "" if found.answer is None else answer_text(book, found.of, found.answer, language),
        **_reversed_words(found, language),
        **strength_words(found, language),
        **_group_words(found, language),
    }


def _below(seen: float, write: Callable[[float], str], *, ratio: bool) -> str:
    """The effect in the other direction that is as likely to be seen."""
    return write(1 / seen if ratio else 1 - seen)


def _way(value: float, language: Language) -> str:
    return say("sentences.higher" if value > 0 else "sentences.lower", language)


def level_text(level: float, language: Language) -> str:
    """95%, or 99.9% where that would round to all."""
    decimals = next(at for at in range(6) if at == 5 or abs(round(100 * level, at) - 100 * level) < 1e-9)
    return percent_text(level, language, decimals)


def tested_p_text(p_value: float, language: Language, ci_level: float) -> str:
    """A p value, with the border it was held to where that is not 5%."""
    text = p_text(p_value, language, 1 - ci_level)
    if ci_level == 0.95:
        return text
    return say("sentences.p_level", language, p=text, border=level_text(1 - ci_level, language))


def _p_words(found: Found, language: Language) -> str:
    text = tested_p_text(_shown_p(found), language, found.ci_level)
    if found.questions < 2:
        return text
    key = "p_not_corrected" if found.correction == "none" else "p_corrected"
    return say(f"sentences.{key}", language, p=text, questions=number_text(found.questions, language))


def _reversed_words(found: Found, language: Language) -> dict[str, str]:
    """A ratio the other way round, with its interval."""
    if found.effect_name not in _RATIOS or not (found.effect > 0 and found.ci_low > 0 and found.ci_high > 0):
        return {"reverse": "", "reverse_low": "", "reverse_high": ""}
    low, high = 1 / found.ci_high, 1 / found.ci_low
    write = ratio_writer(low, high, language)
    return {"reverse": write(1 / found.effect), "reverse_low": write(low), "reverse_high": write(high)}


def _group_words(found: Found, language: Language) -> dict[str, str]:
    """Two groups by name, with the estimates that the effect compares; nothing when there are more."""
    if len(found.levels) != 2:
        return {}
    first, second = (group_text(found.codebook, found.by, level, language) for level in found.levels)
    if not found.group_values:
        return {"first": first, "second": second}
    write = _value_writer(found, language)
    first_value, second_value = (write(value) for value in found.group_values)
    return {"first": first, "second": second, "first_value": first_value, "second_value": second_value}


def _value_writer(found: Found, language: Language) -> Callable[[float], str]:
    """How the estimates of two groups are written: as fine as the difference between them."""
    half = _half(found)
    if found.effect_name == "ratio_of_means" and found.ci_low > 0:
        half = min(found.group_values) * math.log(found.ci_high / found.ci_low) / 2
    elif found.effect_name == "standardised_difference" and found.effect:
        half *= abs((found.group_values[1] - found.group_values[0]) / found.effect)
    finer = _finer(found)
    if found.answer is None:
        return precise_writer(half, language, finer=finer)
    doubt = 100 * half if found.effect_name == "difference_in_shares" else math.nan
    hundredths = precise_writer(doubt, language, least=1, finer=finer)
    # Nobody and everybody are no rounded figures.
    return lambda value: f"{100 * value:.0f}%" if value in (0, 1) else f"{hundredths(100 * value)}%"


def _base(found: Found, language: Language) -> str:
    """On how many answers it rests, in all and in each group."""
    n, sizes = number_text(found.n, language), found.sizes
    if not sizes:
        return say("sentences.base_all", language, n=n)
    if len(sizes) > _MOST_NAMED:
        least, most = (number_text(pick(size for _, size in sizes), language) for pick in (min, max))
        number = number_text(len(sizes), language)
        return say("sentences.base_many", language, n=n, number=number, least=least, most=most)
    # The second group first, as everywhere in the text.
    told = sizes[::-1] if len(sizes) == 2 else sizes
    each = [
        say(
            "sentences.size", language, n=number_text(size, language),
            group=answer_text(found.codebook, found.by, level, language),
        )
        for level, size in told
    ]  # fmt: skip
    return say("sentences.base", language, n=n, sizes=_listed(each, language))


def _listed(words: list[str], language: Language) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {say('sentences.and', language)} {words[-1]}"
