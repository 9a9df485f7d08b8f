"""The sentences under a published figure, in Dutch and English, under the same keys.

They are kept beside the rules and not with the words of the interface, because a release is judged on them
too: no exact number of answers, no standard error, no test statistic.
"""

from __future__ import annotations

from stagekansen_lib.wording import Language

__all__ = ["phrase"]

_TEXTS: dict[Language, dict[str, str]] = {
    "nl": {
        "synthetic": "Verzonnen gegevens, geen bevinding.",
        "one": "{label}: ongeveer {value} ({interval} {low} tot {high}).",
        "one_says": "Ongeveer {value} van {who} {says} ({interval} {low} tot {high}).",
        "groups_says": "Welk deel van {who} {says}? {groups}.",
        "low_says": "Minder dan {edge} van {who} {says}.",
        "high_says": "Meer dan {edge} van {who} {says}.",
        "who": "de studenten",
        "group": "{group}: {value} ({interval} {low} tot {high}, {base} antwoorden{doubt})",
        "doubt": ", onzeker",
        "groups": "{label}. {groups}.",
        "class": "{group}: {value}",
        "base": "Dit steunt op {low} tot {high} antwoorden.",
        "base_open": "Dit steunt op {low} of meer antwoorden.",
        "hidden": "Niet getoond: {groups}. Daar zijn te weinig antwoorden, of het cijfer is te onzeker.",
        "nothing": "{label}: niet getoond. Er zijn te weinig antwoorden, of het cijfer is te onzeker.",
        "interval": "marge",
        "model_interval": "modelmarge",
        "everyone": "Allen",
        "and_code": "{label}, {code}",
        "difference": "{label}. Verschil tussen {second} en {first}: {value} ({interval} {low} tot {high}).",
        "difference_mean": "{label}. Verschil in gemiddelde tussen {second} en {first}: {value}"
        " ({interval} {low} tot"
        " {high}).",
        "superiority": "{label}. Neem steeds twee studenten: één uit de groep '{second}' en één uit de groep"
        " '{first}'. In {value} van de 100 paren {more} ({interval} {low} tot {high}). Zonder verschil is dat 50;"
        " gelijk telt half.",
        "more": "geeft de eerste het hogere antwoord",
        "ratio": "{label}. Het gemiddelde van {second} is {value} keer dat van {first} ({interval} {low} tot {high}).",
        "odds": "{label}. De odds (kans tegen tegenkans) op {odds_of} zijn in de groep '{second}'"
        " {value} keer die in de groep '{first}' ({interval} {low} tot {high}).",
        "odds_higher": "een hoger antwoord",
        "odds_answer": "dit antwoord",
        "adjusted": "Daarbij is rekening gehouden met: {names}.",
        "association": "{label}. Getoetst: verschillen de groepen ({groups})?",
        "p_none": "Er is geen aantoonbaar verschil. Dat bewijst niet dat er geen verschil is.",
        "p_class": "Zonder echt verschil zou toeval dit zelden geven (p kleiner dan {p}).",
        "detectable": "Deze meting kan een verschil vinden vanaf ongeveer {value}.",
        "detectable_pairs": "Deze meting kan een verschil vinden vanaf ongeveer {value} van de 100 paren.",
        "comparison_hidden": "{label}: de vergelijking wordt niet getoond. Er zijn te weinig antwoorden,"
        " of het"
        " cijfer is te onzeker.",
        "reliable": "De getoonde cijfers zijn stevig genoeg om te lezen.",
        "uncertain": "Onzeker, lees met zorg: {groups}.",
        "self_selected": "Studenten kozen zelf of ze meededen. De marge is daarom een modelmarge: zij"
        " zegt niets over"
        " wie niet meedeed.",
        "rounded": "Cijfers zijn afgerond. Hoe kleiner de groep, hoe grover. Aantallen staan in klassen.",
    },
    "en": {
        "synthetic": "Made-up data, not a finding.",
        "one": "{label}: about {value} ({interval} {low} to {high}).",
        "one_says": "About {value} of {who} {says} ({interval} {low} to {high}).",
        "groups_says": "What share of {who} {says}? {groups}.",
        "low_says": "Less than {edge} of {who} {says}.",
        "high_says": "More than {edge} of {who} {says}.",
        "who": "the students",
        "group": "{group}: {value} ({interval} {low} to {high}, {base} answers{doubt})",
        "doubt": ", uncertain",
        "groups": "{label}. {groups}.",
        "class": "{group}: {value}",
        "base": "This rests on {low} to {high} answers.",
        "base_open": "This rests on {low} or more answers.",
        "hidden": "Not shown: {groups}. There are too few answers, or the figure is too uncertain.",
        "nothing": "{label}: not shown. There are too few answers, or the figure is too uncertain.",
        "interval": "margin",
        "model_interval": "model margin",
        "everyone": "Everyone",
        "and_code": "{label}, {code}",
        "difference": "{label}. Difference between {second} and {first}: {value} ({interval} {low} to {high}).",
        "difference_mean": "{label}. Difference in mean between {second} and {first}: {value} ({interval}"
        " {low} to"
        " {high}).",
        "superiority": "{label}. Take two students, again and again: one of the group '{second}' and one of the"
        " group '{first}'. In {value} of 100 pairs {more} ({interval} {low} to {high}). Without a difference that is"
        " 50; equal counts half.",
        "more": "the first gives the higher answer",
        "ratio": "{label}. The mean of {second} is {value} times that of {first} ({interval} {low} to {high}).",
        "odds": "{label}. The odds (chance against counter-chance) of {odds_of} in the group '{second}'"
        " are {value} times those in the group '{first}' ({interval} {low} to {high}).",
        "odds_higher": "a higher answer",
        "odds_answer": "this answer",
        "adjusted": "This takes into account: {names}.",
        "association": "{label}. Tested: do the groups differ ({groups})?",
        "p_none": "There is no demonstrable difference. That does not prove that there is none.",
        "p_class": "Without a real difference chance would seldom give this (p below {p}).",
        "detectable": "This measurement can find a difference from about {value}.",
        "detectable_pairs": "This measurement can find a difference from about {value} of 100 pairs.",
        "comparison_hidden": "{label}: the comparison is not shown. There are too few answers, or the"
        " figure is too"
        " uncertain.",
        "reliable": "The figures shown are firm enough to read.",
        "uncertain": "Uncertain, read with care: {groups}.",
        "self_selected": "Students chose to take part. So the margin is a model margin: it says nothing"
        " about those"
        " who did not take part.",
        "rounded": "Figures are rounded. The smaller the group, the coarser. Numbers of answers stand in classes.",
    },
}


def phrase(key: str, language: Language, **values: str) -> str:
    """The sentence under ``key``, filled in.

    >>> phrase("synthetic", "en")
    'Made-up data, not a finding.'
    """
    return _TEXTS[language][key].format(**values)
