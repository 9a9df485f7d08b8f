"""The finding and its doubt in plain sentences: effect first, then doubt, then the base. Never a causal verb."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from stagekansen_lib.codebooks import Codebook, Language

if TYPE_CHECKING:
    from stagekansen_lib.comparisons import Comparison

__all__ = ["comparison_sentence"]

TEXTS = {
    "nl": {
        "shares": "Bij {second} geeft {second_value} het antwoord '{answer}', bij {first} {first_value}. "
        "Dat scheelt {effect} procentpunt.",
        "adjusted_difference_in_means": "'{of}' scheelt gemiddeld {effect} tussen {second} en {first}.",
        "adjusted_ratio_of_means": "'{of}' is bij {second} gemiddeld {effect} keer zo veel als bij {first}.",
        "difference_in_means": "Gemiddeld is '{of}' bij {second} {second_value} en bij {first} {first_value}. "
        "Dat scheelt {effect}.",
        "ratio_of_means": "Gemiddeld is '{of}' bij {second} {second_value} en bij {first} {first_value}. "
        "Dat is {effect} keer zo veel.",
        "probability_of_superiority": "Kies iemand uit {second} en iemand uit {first}. De kans dat de eerste hoger "
        "uitkomt op '{of}' is {effect}.",
        "risk_ratio": "'{answer}' komt bij {second} {effect} keer zo vaak voor als bij {first}.",
        "odds_ratio": "De odds van '{answer}' zijn bij {second} {effect} keer zo groot als bij {first}.",
        "odds_ratio_higher": "De odds van een hoger antwoord op '{of}' zijn bij {second} {effect} keer zo groot "
        "als bij {first}.",
        "standardised_difference": "'{of}' scheelt tussen {second} en {first} {effect} keer de standaardafwijking.",
        "cramers_v": "De samenhang tussen '{of}' en '{by}' heeft een sterkte van {effect} op een schaal van 0 tot 1.",
        "rank_eta_squared": "'{by}' gaat samen met {effect} van de verschillen in de rangorde van '{of}'.",
        "eta_squared": "'{by}' gaat samen met {effect} van de verschillen in '{of}'.",
        "adjusted": "Daarbij is rekening gehouden met {adjust}.",
        "interval": "De marge loopt van {low} tot {high}.",
        "model_margin": "De modelmarge loopt van {low} tot {high}.",
        "found": "Dit verschil is statistisch aantoonbaar ({p}).",
        "association_found": "Deze samenhang is statistisch aantoonbaar ({p}).",
        "association_not_found": "Een samenhang is niet aangetoond ({p}).",
        "groups_found": "De groepen verschillen statistisch aantoonbaar van elkaar ({p}).",
        "groups_not_found": "Een verschil tussen de groepen is niet aangetoond ({p}).",
        "not_found": "Een verschil is niet aangetoond ({p}).",
        "detectable": "Met deze groep is een effect vanaf ongeveer {detectable} goed te zien.",
        "base": "Dit gaat over {n} antwoorden.",
        "self_selected": "Studenten kozen zelf of zij meededen; de uitkomst kan daarom afwijken van alle studenten.",
        "synthetic": "Voorbeeld met verzonnen gegevens, dus geen bevinding.",
    },
    "en": {
        "shares": "{second_value} of {second} answers '{answer}', against {first_value} of {first}. "
        "That differs by {effect} percentage points.",
        "adjusted_difference_in_means": "'{of}' differs on average by {effect} between {second} and {first}.",
        "adjusted_ratio_of_means": "'{of}' is on average {effect} times as much for {second} as for {first}.",
        "difference_in_means": "The mean of '{of}' is {second_value} for {second} and {first_value} for {first}. "
        "That differs by {effect}.",
        "ratio_of_means": "The mean of '{of}' is {second_value} for {second} and {first_value} for {first}. "
        "That is {effect} times as much.",
        "probability_of_superiority": "Take someone from {second} and someone from {first}. The chance that the first "
        "is higher on '{of}' is {effect}.",
        "risk_ratio": "'{answer}' is {effect} times as common for {second} as for {first}.",
        "odds_ratio": "The odds of '{answer}' for {second} are {effect} times those for {first}.",
        "odds_ratio_higher": "The odds of a higher answer on '{of}' for {second} are {effect} times those for {first}.",
        "standardised_difference": "'{of}' differs between {second} and {first} by {effect} standard deviations.",
        "cramers_v": "The association of '{of}' and '{by}' has a strength of {effect} on a scale from 0 to 1.",
        "rank_eta_squared": "'{by}' goes together with {effect} of the differences in the ranks of '{of}'.",
        "eta_squared": "'{by}' goes together with {effect} of the differences in '{of}'.",
        "adjusted": "This takes {adjust} into account.",
        "interval": "The interval runs from {low} to {high}.",
        "model_margin": "The model margin runs from {low} to {high}.",
        "found": "This difference is statistically demonstrable ({p}).",
        "association_found": "This association is statistically demonstrable ({p}).",
        "association_not_found": "An association has not been demonstrated ({p}).",
        "groups_found": "The groups differ demonstrably from each other ({p}).",
        "groups_not_found": "A difference between the groups has not been demonstrated ({p}).",
        "not_found": "A difference has not been demonstrated ({p}).",
        "detectable": "With this group an effect from about {detectable} is likely to be seen.",
        "base": "This rests on {n} answers.",
        "self_selected": "Students chose themselves whether to take part; the outcome may differ from all students.",
        "synthetic": "Example with made-up data, so not a finding.",
    },
}
_PERCENT = ("probability_of_superiority", "rank_eta_squared", "eta_squared")


def comparison_sentence(found: Comparison, language: Language = "nl") -> str:
    """A few short sentences: effect, interval, verdict, what would be seen, base, and what to beware of.

    Made-up data are named before anything else, so that no part of the text can be quoted as a finding.
    """
    texts = TEXTS["nl" if language == "nl" else "en"]
    words = _words(found, language)
    key = "shares" if found.effect_name == "difference_in_shares" else found.effect_name
    if found.adjusted_for and f"adjusted_{key}" in texts:
        key = f"adjusted_{key}"
    self_selected = found.provenance.self_selected
    parts = [texts[key].format(**words)]
    if found.adjusted_for:
        parts.append(texts["adjusted"].format(**words))
    parts.append(texts["model_margin" if self_selected else "interval"].format(**words))
    p_value = found.p_value if found.p_adjusted is None else found.p_adjusted
    known = p_value < 1 - found.ci_level
    about = "association_" if found.effect_name == "cramers_v" else "groups_" if found.df_denominator > 0 else ""
    if found.effect_name in ("difference_in_shares", "risk_ratio"):
        about = ""
    parts.append(texts[about + ("found" if known else "not_found")].format(**words))
    if not known and found.smallest_detectable is not None:
        parts.append(texts["detectable"].format(**words))
    parts.append(texts["base"].format(**words))
    if self_selected:
        parts.append(texts["self_selected"])
    parts += [proxy.get(language, "") for proxy in found.provenance.proxies if proxy.get(language)]
    if found.provenance.synthetic:
        parts.insert(0, texts["synthetic"])
    return " ".join(parts)


def _words(found: Comparison, language: Language) -> dict[str, str]:
    book = found.codebook
    shown = _effect_writer(found.effect_name, language)
    p_value = found.p_value if found.p_adjusted is None else found.p_adjusted
    detectable = found.smallest_detectable
    words = {
        "of": _variable(book, found.of, language),
        "by": _variable(book, found.by, language),
        "effect": shown(found.effect),
        "low": shown(found.ci_low),
        "high": shown(found.ci_high),
        "p": _p_text(p_value, language),
        "n": _number(found.n, 0, language),
        "detectable": "" if detectable is None else shown(detectable),
        "adjust": _listed([_variable(book, name, language) for name in found.adjusted_for], language),
        "answer": _code(book, found.of, found.answer, language),
    }
    if len(found.levels) == 2:
        words["first"], words["second"] = (_code(book, found.by, level, language) for level in found.levels)
    if len(found.levels) == 2 and found.group_values:
        write = _effect_writer("share", language) if found.answer is not None else _effect_writer("mean", language)
        words["first_value"], words["second_value"] = (write(value) for value in found.group_values)
    return words


def _effect_writer(name: str, language: Language) -> Callable[[float], str]:
    if name == "difference_in_shares":
        return lambda value: _number(100 * value, 1, language)
    if name in _PERCENT or name == "share":
        return lambda value: f"{_number(100 * value, 1, language)}%"
    return lambda value: _number(value, 2, language)


def _number(value: float, digits: int, language: Language) -> str:
    text = f"{value:,.{digits}f}".replace("-", "−")
    if language == "nl":
        text = text.replace(",", " ").replace(".", ",").replace(" ", ".")
    return text


def _p_text(value: float, language: Language) -> str:
    if value < 0.001:
        return "p < 0,001" if language == "nl" else "p < 0.001"
    return f"p = {_number(value, 3, language)}"


def _variable(book: Codebook, name: str, language: Language) -> str:
    return book[name].label(language) if name in book else name


def _code(book: Codebook, name: str, code: object, language: Language) -> str:
    if code is None:
        return ""
    return book[name].code_label(code, language) if name in book else str(code)


def _listed(words: list[str], language: Language) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {'en' if language == 'nl' else 'and'} {words[-1]}"
