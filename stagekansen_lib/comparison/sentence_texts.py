"""The finding and its doubt in plain sentences: effect first, then doubt, then the base. Never a causal verb."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


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
