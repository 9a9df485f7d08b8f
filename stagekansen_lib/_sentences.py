"""The finding and its doubt in plain sentences: effect first, then doubt, then the base. Never a causal verb."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stagekansen_lib._displays import code_text, effect_writer, p_text, short_proxies, variable_text
from stagekansen_lib.codebooks import Codebook
from stagekansen_lib.wording import Language, number_text

if TYPE_CHECKING:
    from stagekansen_lib.comparisons import Comparison

__all__ = ["comparison_sentence"]

TEXTS = {
    "nl": {
        "shares": "Het verschil is {effect}. In de groep '{second}' geeft {second_value} het antwoord '{answer}' op "
        "'{of}'. In de groep '{first}' is dat {first_value}.",
        "adjusted_difference_in_means": "'{of}' scheelt gemiddeld {effect} tussen de groepen '{second}' en '{first}'.",
        "adjusted_ratio_of_means": "'{of}' is in de groep '{second}' gemiddeld {effect} keer zo veel als in de groep "
        "'{first}'.",
        "difference_in_means": "Het verschil is {effect}. In de groep '{second}' is '{of}' gemiddeld {second_value}. "
        "In de groep '{first}' is dat {first_value}.",
        "ratio_of_means": "'{of}' is in de groep '{second}' {effect} keer zo veel als in de groep '{first}': "
        "gemiddeld {second_value} tegen {first_value}.",
        "probability_of_superiority": "Kies steeds twee studenten: een uit de groep '{second}' en een uit de groep "
        "'{first}'. In {effect} van de paren geeft de eerste het hogere antwoord op '{of}'. Gelijke antwoorden tellen "
        "half; zonder verschil is het 50%.",
        "risk_ratio": "In de groep '{second}' komt het antwoord '{answer}' op '{of}' {effect} keer zo vaak voor als "
        "in de groep '{first}'.",
        "odds_ratio": "In de groep '{second}' is de odds van het antwoord '{answer}' op '{of}' {effect} keer die in "
        "de groep '{first}'. De odds is de kans gedeeld door de tegenkans.",
        "odds_ratio_higher": "In de groep '{second}' is de odds van een hoger antwoord op '{of}' {effect} keer die in "
        "de groep '{first}'. De odds is de kans gedeeld door de tegenkans.",
        "standardised_difference": "'{of}' scheelt tussen de groepen '{second}' en '{first}' {effect} keer de "
        "standaardafwijking.",
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
        "detectable": "Met zoveel antwoorden is een effect vanaf ongeveer {detectable} goed te zien.",
        "base": "Dit gaat over {n} antwoorden.",
        "self_selected": "Studenten kozen zelf of zij meededen; de uitkomst kan daarom afwijken van alle studenten.",
        "synthetic": "Voorbeeld met verzonnen gegevens, dus geen bevinding.",
        "uneven_odds": "Dit getal is een gemiddelde over de antwoorden: het verschil is niet bij elke stap even groot "
        "({p}). Kijk daarom ook naar de aandelen zelf.",
        "rare_answer": "Een antwoord komt in een groep zo weinig voor dat de p-waarde ruw is.",
        "points": "{value} procentpunten",
    },
    "en": {
        "shares": "The difference is {effect}. In the group '{second}' {second_value} answers '{answer}' to '{of}'. "
        "In the group '{first}' that is {first_value}.",
        "adjusted_difference_in_means": "'{of}' differs on average by {effect} between the groups '{second}' and "
        "'{first}'.",
        "adjusted_ratio_of_means": "'{of}' is on average {effect} times as much in the group '{second}' as in the "
        "group '{first}'.",
        "difference_in_means": "The difference is {effect}. In the group '{second}' the mean of '{of}' is "
        "{second_value}. In the group '{first}' that is {first_value}.",
        "ratio_of_means": "'{of}' is {effect} times as much in the group '{second}' as in the group '{first}': a mean "
        "of {second_value} against {first_value}.",
        "probability_of_superiority": "Take two students, again and again: one of the group '{second}' and one of the "
        "group '{first}'. In {effect} of the pairs the first gives the higher answer to '{of}'. Equal answers count "
        "half; without a difference it is 50%.",
        "risk_ratio": "In the group '{second}' the answer '{answer}' to '{of}' is {effect} times as common as in the "
        "group '{first}'.",
        "odds_ratio": "In the group '{second}' the odds of the answer '{answer}' to '{of}' are {effect} times those in "
        "the group '{first}'. Odds are the chance over the counter-chance.",
        "odds_ratio_higher": "In the group '{second}' the odds of a higher answer to '{of}' are {effect} times those "
        "in the group '{first}'. Odds are the chance over the counter-chance.",
        "standardised_difference": "'{of}' differs between the groups '{second}' and '{first}' by {effect} standard "
        "deviations.",
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
        "detectable": "With this many answers an effect from about {detectable} is likely to be seen.",
        "base": "This rests on {n} answers.",
        "self_selected": "Students chose themselves whether to take part; the outcome may differ from all students.",
        "synthetic": "Example with made-up data, so not a finding.",
        "uneven_odds": "This figure is an average over the answers: the difference is not the same at each step ({p}). "
        "So look at the shares as well.",
        "rare_answer": "An answer is so rare in a group that the p value is rough.",
        "points": "{value} percentage points",
    },
}


def comparison_sentence(found: Comparison, language: Language = "nl") -> str:
    """A few short sentences: effect, interval, verdict, what would be seen, what to beware of, and the base.

    Made-up data are named before anything else, so that no part of the text can be quoted as a finding.
    """
    texts = TEXTS["nl" if language == "nl" else "en"]
    words = _words(found, language)
    key = "shares" if found.effect_name == "difference_in_shares" else found.effect_name
    if found.adjusted_for and f"adjusted_{key}" in texts:
        key = f"adjusted_{key}"
    self_selected = found.provenance.self_selected
    parts = [texts["synthetic"]] if found.provenance.synthetic else []
    parts.append(texts[key].format(**words))
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
    if found.proportional_odds_p < 1 - found.ci_level:
        parts.append(texts["uneven_odds"].format(p=p_text(found.proportional_odds_p, language)))
    if found.smallest_expected > 0:
        parts.append(texts["rare_answer"])
    if self_selected:
        parts.append(texts["self_selected"])
    parts += short_proxies(found.provenance, language)
    parts.append(texts["base"].format(**words))
    return " ".join(parts)


def _words(found: Comparison, language: Language) -> dict[str, str]:
    book = found.codebook
    texts = TEXTS["nl" if language == "nl" else "en"]
    shown = effect_writer(found.effect_name, language)
    unit = texts["points"] if found.effect_name == "difference_in_shares" else "{value}"
    p_value = found.p_value if found.p_adjusted is None else found.p_adjusted
    detectable = found.smallest_detectable
    words = {
        "of": variable_text(book, found.of, language),
        "by": variable_text(book, found.by, language),
        "effect": unit.format(value=shown(found.effect)),
        "low": shown(found.ci_low),
        "high": unit.format(value=shown(found.ci_high)),
        "p": p_text(p_value, language),
        "n": number_text(found.n, language),
        "detectable": "" if detectable is None else unit.format(value=shown(detectable)),
        "adjust": _listed([variable_text(book, name, language) for name in found.adjusted_for], language),
        "answer": "" if found.answer is None else code_text(book, found.of, found.answer, language),
    }
    if len(found.levels) == 2:
        words["first"], words["second"] = (_group_text(book, found.by, level, language) for level in found.levels)
    if len(found.levels) == 2 and found.group_values:
        write = effect_writer("share" if found.answer is not None else "mean", language)
        words["first_value"], words["second_value"] = (write(value) for value in found.group_values)
    return words


def _group_text(book: Codebook, name: str, level: object, language: Language) -> str:
    """A group by name: the variable and the answer, because an answer such as "Ja" says nothing alone."""
    return f"{variable_text(book, name, language)} ({code_text(book, name, level, language)})"


def _listed(words: list[str], language: Language) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {'en' if language == 'nl' else 'and'} {words[-1]}"
