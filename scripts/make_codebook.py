"""Write the codebook of the baseline survey: data/codebooks/baseline.csv, baseline_codes.csv, baseline_checks.csv.

Reads    facts/questionnaire.yaml, the model questionnaire of 45 items: questions, answers, privacy category, routing.
Adds     what this script declares: names, short labels, kinds, routing as rules, derived variables, checks.
Source   the project's own model questionnaire. Items are recalled; the wording of the real baseline of 2022 is unknown.
Licence  CC-BY-4.0, as all data of the project.
Date     2022 wave.

    python scripts/make_codebook.py [folder of the raw material, default ../shared]
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parent.parent
TARGET = PROJECT / "data" / "codebooks"
VERSION = "2022.1"

HAD_INTERNSHIP = "compulsory_internship!=2"
EXPERIENCE = f"{HAD_INTERNSHIP} & discrimination_answer=1|2"
# Confidential counsellor, SBB, Discriminatie.nl or Den Haag Meldt, College, police: the questionnaire counts these or
# "another reporting point"; the police stands in the register of reporting points.
OFFICIAL = "5|7|8|9|10"
FOLLOW_UP = "only if g1 yes or not sure (added here: the questionnaire writes no routing, the wording refers to g1)"

# item: name, kind, label_nl, label_en, only_if
ITEMS: dict[str, tuple[str, str, str, str, str]] = {
    "c0": ("consent", "nominal", "Toestemming om mee te doen", "Consent to take part", ""),
    "c1": (
        "consent_special",
        "nominal",
        "Toestemming voor bijzondere vragen",
        "Consent to special questions",
        "",
    ),
    "c2": ("consent_quote", "nominal", "Toestemming voor een citaat", "Consent to a quote", ""),
    "a1": ("programme_type", "nominal", "Soort opleiding", "Type of programme", ""),
    "a2": ("pathway", "nominal", "Leerweg of vorm", "Pathway or form", ""),
    "a3": ("school", "nominal", "School", "School", ""),
    "a4": ("field", "nominal", "Richting van de opleiding", "Field of study", ""),
    "a5": ("study_year", "ordinal", "Studiejaar", "Year of study", ""),
    "b1": (
        "compulsory_internship",
        "nominal",
        "Verplichte stage dit schooljaar",
        "Compulsory internship this year",
        "",
    ),
    "b2": ("progress", "nominal", "Hoe ver met de stage", "Progress of the internship", HAD_INTERNSHIP),
    "b3": (
        "found_through",
        "multiple",
        "Hoe aan de stageplek gekomen",
        "How the place was found",
        HAD_INTERNSHIP,
    ),
    "d1": (
        "search_difficulty",
        "ordinal",
        "Moeite om een stageplek te vinden",
        "Difficulty of finding an internship",
        HAD_INTERNSHIP,
    ),
    "d2": ("applications", "count", "Aantal sollicitaties", "Number of applications", HAD_INTERNSHIP),
    "d3": ("search_duration", "nominal", "Duur van het zoeken", "Duration of the search", HAD_INTERNSHIP),
    "d4": (
        "no_reaction",
        "ordinal",
        "Hoe vaak geen enkele reactie",
        "How often no reaction at all",
        HAD_INTERNSHIP,
    ),
    "d5": ("study_delay", "ordinal", "Studievertraging", "Study delay", HAD_INTERNSHIP),
    "g1": (
        "discrimination_answer",
        "nominal",
        "Discriminatie ervaren rond de stage (antwoord)",
        "Discrimination experienced around the internship (answer)",
        HAD_INTERNSHIP,
    ),
    "g2": (
        "grounds",
        "multiple",
        "Gronden van discriminatie",
        "Grounds of discrimination",
        f"consent_special=1 & {EXPERIENCE}",
    ),
    "g3": ("moments", "multiple", "Moment van de discriminatie", "Moment of the discrimination", EXPERIENCE),
    "g4": (
        "role_in_applying_answer",
        "nominal",
        "Speelde discriminatie mee bij solliciteren (antwoord)",
        "Discrimination played a part in applying (answer)",
        HAD_INTERNSHIP,
    ),
    "g5": ("people_involved", "multiple", "Wie erbij betrokken was", "Who was involved", EXPERIENCE),
    "g6": ("what_happened", "open", "Wat er gebeurde (open)", "What happened (open)", EXPERIENCE),
    "g7": (
        "effect_on_student",
        "multiple",
        "Wat het deed met de student",
        "What it did to the student",
        EXPERIENCE,
    ),
    "m1": (
        "knows_where_answer",
        "ordinal",
        "Weet waar je kunt melden (antwoord)",
        "Knows where to report (answer)",
        HAD_INTERNSHIP,
    ),
    "m2": (
        "reported_to",
        "multiple",
        "Bij wie gemeld of besproken",
        "Reported to or discussed with",
        EXPERIENCE,
    ),
    "m3": (
        "reasons_not_reported",
        "multiple",
        "Waarom niet officieel gemeld",
        "Why not reported officially",
        f"{EXPERIENCE} & reported_to!={OFFICIAL}",
    ),
    "m4": ("after_report", "nominal", "Wat er na de melding gebeurde", "What happened after the report", ""),
    "m5": (
        "would_report",
        "ordinal",
        "Zou een volgende keer melden",
        "Would report a next time",
        HAD_INTERNSHIP,
    ),
    "k1": (
        "well_prepared",
        "ordinal",
        "Goed voorbereid op de stage",
        "Well prepared for the internship",
        HAD_INTERNSHIP,
    ),
    "k2": (
        "enough_guidance",
        "ordinal",
        "Genoeg begeleiding bij zoeken",
        "Enough guidance in searching",
        HAD_INTERNSHIP,
    ),
    "k3": (
        "dares_to_talk",
        "ordinal",
        "Durft er op school over te praten",
        "Dares to talk at school",
        HAD_INTERNSHIP,
    ),
    "k4": (
        "felt_welcome",
        "ordinal",
        "Voelde zich welkom bij het bedrijf",
        "Felt welcome at the company",
        f"{HAD_INTERNSHIP} & progress=4|5|6",
    ),
    "k5": (
        "feels_safe_answer",
        "ordinal",
        "Voelde zich veilig op de stageplek (antwoord)",
        "Felt safe at the placement (answer)",
        f"{HAD_INTERNSHIP} & progress=4|5|6",
    ),
    "h1": ("age_class", "ordinal", "Leeftijd", "Age", ""),
    "h2": ("sex", "nominal", "Geslacht", "Sex", ""),
    "h3": (
        "home_place",
        "open",
        "Postcode (4 cijfers) of woongemeente",
        "Postcode (4 digits) or municipality",
        "",
    ),
    "h4": ("international_student", "nominal", "Internationale student", "International student", ""),
    "h5": (
        "origin",
        "nominal",
        "Waar student en ouders geboren zijn",
        "Where student and parents were born",
        "",
    ),
    "h6": (
        "recognisable_belief",
        "nominal",
        "Herkenbaar geloof of overtuiging",
        "Recognisable religion or belief",
        "",
    ),
    "h7": ("disability", "nominal", "Merkbare beperking of ziekte", "Noticeable disability or illness", ""),
    "h8": ("lgbti", "nominal", "Rekent zich tot de lhbti+-gemeenschap", "Counts oneself as LGBTI+", ""),
    "h9": ("seen_as_not_dutch", "nominal", "Wordt als niet-Nederlands gezien", "Is seen as not Dutch", ""),
    "h10": ("exam_mark", "ordinal", "Gemiddeld eindexamencijfer", "Average final exam mark", ""),
    "z1": ("suggestion", "open", "Wat beter kan (open)", "What can be improved (open)", ""),
    "z2": ("where_to_report", "info", "Verwijzing naar meldpunten", "Where to report (information)", ""),
}
ITEMS["m4"] = (*ITEMS["m4"][:4], f"{EXPERIENCE} & reported_to={OFFICIAL}")
for _item in ("h5", "h6", "h7", "h8", "h9"):
    ITEMS[_item] = (*ITEMS[_item][:4], "consent_special=1")

ROUTING = {
    **dict.fromkeys(("g3", "g5", "g6", "g7"), FOLLOW_UP),
    **dict.fromkeys(("h5", "h6", "h7", "h8", "h9"), "only if c1 yes"),
}

# Changes to what the questionnaire says, each with the reason in the note.
EXTRA: dict[str, dict[str, str]] = {
    "c0": {"accept": "1", "note": "A row without this consent is set aside and none of its answers is kept."},
    "d2": {
        "note": "The opt-out code is 999 and not 99, because 99 applications can be a real answer. "
        "A tool that exports 99 shows up in the check 'applications_99'."
    },
    "d3": {"note": "Nominal: 'still searching' has no place in the order."},
    "h3": {
        "keep": "no",
        "note": "Only used for lives_in_the_hague, then dropped: the digits point at a person in combination.",
    },
    "h8": {"note": "'Do not know' is an answer about oneself here, so it is not a missing code."},
    "g2": {"note": "'Other, or do not know' is one answer in the questionnaire, so it is not a missing code."},
    "g5": {"note": "'Unknown' says that the student does not know who it was: an answer."},
    "z1": {"privacy": "identifying", "note": "Free text can name people, so it counts as identifying."},
    "z2": {"note": "Information for the student; there is no column for it."},
}
# Codes that are no answer to the question: item, code -> reason.
DO_NOT_KNOW = {
    ("b1", 3): "do_not_know",
    ("d5", 4): "do_not_know",
    ("h10", 5): "no_exam_or_do_not_know",
}
EXCLUSIVE = {("b3", 7), ("g7", 1), ("m2", 1)}

TECHNICAL: tuple[dict[str, str], ...] = (
    {
        "name": "respondent_id",
        "kind": "open",
        "label_nl": "Nummer van het antwoord",
        "label_en": "Number of the response",
        "privacy": "identifying",
        "role": "respondent",
        "note": "Given by the survey tool; never a student number.",
    },
    {
        "name": "submitted_on",
        "kind": "date",
        "label_nl": "Ingevuld op",
        "label_en": "Filled in on",
        "privacy": "identifying",
        "note": "Day only.",
    },
    {
        "name": "duration_minutes",
        "kind": "number",
        "label_nl": "Invultijd in minuten",
        "label_en": "Minutes to fill in",
        "minimum": "0",
        "maximum": "1440",
    },
    {
        "name": "data_origin",
        "kind": "nominal",
        "label_nl": "Herkomst van de gegevens",
        "label_en": "Origin of the data",
        "role": "origin",
        "question_nl": "herkomst_gegevens",
        "note": "A real survey has no such column.",
    },
)


def yes_no(yes: str, no: str) -> list[tuple[int, str, str, str]]:
    # No stands first: it is the reference of a comparison, which then reads "yes minus no".
    return [(0, "Nee", "No", no), (1, "Ja", "Yes", yes)]


# name, kind, source, label_nl, label_en, only_if, extras, codes (code, nl, en, values of the source)
DERIVED: list[tuple[str, str, str, str, str, str, dict[str, str], list[tuple[int, str, str, str]]]] = [
    ("level", "nominal", "programme_type", "Niveau", "Level", "", {},
     [(1, "mbo", "mbo", "1..4"), (2, "hbo", "hbo", "5..7")]),
    ("school3", "nominal", "programme_type|school", "School in drieën", "School in three", "",
     {"note": "The same classes as the margins from DUO."},
     [(1, "ROC Mondriaan en andere mbo-scholen", "ROC Mondriaan and other mbo schools", "programme_type=1..4"),
      (2, "De Haagse Hogeschool", "The Hague University of Applied Sciences", "programme_type=5..7 & school=3"),
      (3, "Andere hogeschool", "Other university of applied sciences",
       "programme_type=5..7 & school=1|2|4..7")]),
    ("sector3", "nominal", "field", "Sector in drieën", "Sector in three", "",
     {"note": "Merged so that each group is large enough to show."},
     [(1, "Economie, recht en dienstverlening", "Business, law and services", "2|6"),
      (2, "Zorg, welzijn en onderwijs", "Health, welfare and education", "3|4"),
      (3, "Techniek, kunst, groen en overig", "Engineering, arts, agriculture and other", "1|5|7|8")]),
    ("age2", "nominal", "age_class", "Leeftijd in tweeën", "Age in two", "", {},
     [(1, "16 tot en met 20 jaar", "16 to 20", "1|2"), (2, "21 jaar of ouder", "21 or older", "3..6")]),
    ("origin2", "nominal", "origin", "Herkomst in tweeën", "Origin in two", "", {},
     [(1, "Student en ouders in Nederland geboren", "Student and parents born in the Netherlands", "1"),
      (2, "Student of ouder buiten Nederland geboren", "Student or a parent born elsewhere", "2..5")]),
    ("lives_in_the_hague", "nominal", "home_place", "Woont in Den Haag", "Lives in The Hague", "",
     {"privacy": "ordinary",
      "note": "Postcodes 2490-2599 are 's-Gravenhage (recalled, not checked against the address register). "
      "A place that is not listed becomes missing with reason 'not_coded', never 'no'."},
     [(0, "Nee", "No",
       "1000..2489|2600..9999|delft|leidschendam-voorburg|leidschendam|voorburg|midden-delfland|"
       "pijnacker-nootdorp|pijnacker|nootdorp|rijswijk|wassenaar|westland|zoetermeer|rotterdam|leiden|gouda|"
       "schiedam|vlaardingen|amsterdam|utrecht"),
      (1, "Ja", "Yes", "2490..2599|den haag|'s-gravenhage|s-gravenhage|the hague")]),
    ("difficulty3", "ordinal", "search_difficulty", "Moeite met zoeken in drieën", "Search difficulty in three", "", {},
     [(1, "Geen of weinig moeite", "No or little difficulty", "1|2"), (2, "Neutraal", "Neutral", "3"),
      (3, "Moeite of veel moeite", "Difficulty or much difficulty", "4|5")]),
    ("much_difficulty", "nominal", "search_difficulty", "Moeite of veel moeite met zoeken",
     "Difficulty or much difficulty in searching", "", {}, yes_no("4|5", "1..3")),
    ("applications_class", "ordinal", "applications", "Aantal sollicitaties in klassen",
     "Number of applications in classes", "", {},
     [(0, "0 keer", "0 times", "0"), (1, "1 keer", "once", "1"), (2, "2 of 3 keer", "2 or 3 times", "2|3"),
      (3, "4 tot en met 9 keer", "4 to 9 times", "4..9"), (4, "10 tot en met 19 keer", "10 to 19 times", "10..19"),
      (5, "20 keer of vaker", "20 times or more", "20..")]),
    ("applications_roa", "ordinal", "applications", "Aantal sollicitaties, klassen van ROA",
     "Number of applications, ROA classes", "applications!=0",
     {"routing": "students who applied",
      "note": "Share of 1; of 4 or more (codes 3 and 4); of 10 or more (code 4)."},
     [(1, "1 keer", "once", "1"), (2, "2 of 3 keer", "2 or 3 times", "2|3"),
      (3, "4 tot en met 9 keer", "4 to 9 times", "4..9"), (4, "10 keer of vaker", "10 times or more", "10..")]),
    ("discrimination_experienced", "nominal", "discrimination_answer", "Discriminatie ervaren rond de stage",
     "Experienced discrimination around the internship", "",
     {"note": "Main reading: yes. 'Not sure' counts as no. Always shown beside discrimination_or_doubt."},
     yes_no("1", "2|3")),
    ("discrimination_or_doubt", "nominal", "discrimination_answer", "Discriminatie ervaren of twijfel",
     "Experienced discrimination or not sure", "", {"note": "Upper reading: yes or not sure."}, yes_no("1|2", "3")),
    ("grounds3", "multiple", "grounds", "Gronden in drie groepen", "Grounds in three groups", "", {},
     [(1, "Afkomst, naam, taal of geloof", "Origin, name, language or religion", "1|2|3|8"),
      (2, "Geslacht, gerichtheid of zwangerschap", "Sex, orientation or pregnancy", "4|5|11"),
      (3, "Andere grond", "Other ground", "6|7|9|10|12")]),
    ("role_in_applying", "nominal", "role_in_applying_answer", "Discriminatie speelde mee bij solliciteren",
     "Discrimination played a part in applying", "applications!=0",
     {"routing": "everyone but students who say that they applied 0 times"}, yes_no("1", "2|3")),
    ("knows_where", "nominal", "knows_where_answer", "Weet waar je kunt melden", "Knows where to report", "",
     {"note": "'Roughly' counts as no."}, yes_no("1", "2|3")),
    ("reported", "nominal", "reported_to", "Officieel gemeld", "Reported officially", "discrimination_experienced=1",
     {"routing": "students who experienced discrimination (main reading)",
      "note": "Official: confidential counsellor, SBB, Discriminatie.nl or Den Haag Meldt, College, police."},
     yes_no(OFFICIAL, "else")),
    ("step_taken", "nominal", "reported_to", "Stap na de ervaring", "Step after the experience",
     "discrimination_experienced=1",
     {"routing": "students who experienced discrimination (main reading)",
      "note": "The first that fits: reported, then talked, then no step."},
     [(1, "Officieel gemeld", "Reported officially", OFFICIAL),
      (2, "Alleen besproken", "Only discussed", "2|3|4|6|11"), (3, "Geen stap", "No step", "1")]),
    ("felt_safe", "nominal", "feels_safe_answer", "Voelde zich veilig op de stageplek", "Felt safe at the placement",
     "", {}, yes_no("4|5", "1..3")),
]  # fmt: skip

# rule, when, then, severity, label_nl, label_en
CHECKS = (
    ("mbo_school", "programme_type=1..4", "school=1|2|7", "doubt",
     "Een mbo-opleiding hoort bij een mbo-school", "An mbo programme belongs to an mbo school"),
    ("hbo_school", "programme_type=5..7", "school=3|4|5|6|7", "doubt",
     "Een hbo-opleiding hoort bij een hogeschool", "An hbo programme belongs to a university of applied sciences"),
    ("mbo_pathway", "programme_type=1..4", "pathway=1|2", "doubt",
     "Een mbo-opleiding is bol of bbl", "An mbo programme is school-based or work-based"),
    ("hbo_pathway", "programme_type=5..7", "pathway=3|4|5", "doubt",
     "Een hbo-opleiding is voltijd, deeltijd of duaal", "An hbo programme is full-time, part-time or dual"),
    ("place_and_progress", "progress=3|4|5|6", "found_through!=7", "doubt",
     "Wie een plek heeft, kiest niet 'nog geen plek'", "Who has a place does not tick 'no place yet'"),
    ("duration_and_progress", "progress=3|4|5|6", "search_duration!=5", "doubt",
     "Wie een plek heeft, zoekt niet meer", "Who has a place is not still searching"),
    ("applications_99", "", "applications!=99", "doubt",
     "Het aantal sollicitaties is niet 99 (elders 'zeg ik liever niet')",
     "The number of applications is not 99 (elsewhere 'prefer not to say')"),
    ("very_fast", "", "duration_minutes=3..", "doubt",
     "Invullen duurde 3 minuten of langer", "Filling in took 3 minutes or more"),
)  # fmt: skip

VARIABLE_COLUMNS = [
    "name", "item", "block", "kind", "label_nl", "label_en", "privacy", "minimum", "maximum", "only_if", "routing",
    "derived_from", "role", "accept", "keep", "required", "question_nl", "question_en", "note",
]  # fmt: skip


def privacy_class(category: str) -> str:
    """The privacy class for the questionnaire's category, which is free text."""
    for word in ("special", "sensitive", "consent"):
        if category.startswith(word):
            return word
    return "identifying" if "identifying" in category else "ordinary"


def main(raw: Path) -> None:
    questionnaire: dict[str, Any] = yaml.safe_load((raw / "facts" / "questionnaire.yaml").read_text("utf-8"))
    items: dict[str, dict[str, Any]] = {item["id"]: item for item in questionnaire["items"]}
    if set(items) != set(ITEMS):
        sys.exit(f"The questionnaire and this script differ: {sorted(set(items) ^ set(ITEMS))}")

    variables: list[dict[str, str]] = [
        {
            "name": "codebook",
            "label_nl": "Codeboek van de voorbeeldvragenlijst 0-meting stagekansen",
            "label_en": "Codebook of the model baseline questionnaire internship opportunities",
            "note": VERSION,
        }
    ]
    codes: list[list[object]] = []
    privacy: dict[str, str] = {}

    def add(line: dict[str, str]) -> None:
        line = {"privacy": "ordinary", "keep": "yes", "required": "no", "block": "", **line}
        privacy[line["name"]] = line["privacy"]
        variables.append(line)

    for line in TECHNICAL:
        add({"block": "technisch", **line})
    codes.append(["data_origin", "synthetic", "SYNTHETISCH / SYNTHETIC", "SYNTHETIC", "", "", ""])
    twin = "SYNTHETISCHE TWEELING / SYNTHETIC TWIN"
    codes.append(["data_origin", "twin", twin, "SYNTHETIC TWIN", "", "", ""])

    for key, (name, kind, label_nl, label_en, only_if) in ITEMS.items():
        item = items[key]
        add(
            {
                "name": name,
                "item": key,
                "block": item["block"],
                "kind": kind,
                "label_nl": label_nl,
                "label_en": label_en,
                "privacy": privacy_class(item["gdpr_category"]),
                "minimum": str(item.get("minimum", "")),
                "maximum": str(item.get("maximum", "")),
                "only_if": only_if,
                "routing": ROUTING.get(key, item["routing"]),
                "required": "no" if kind == "info" else "yes",
                "question_nl": item["question_nl"],
                "question_en": item["question_en"],
                "note": item["note"],
                **EXTRA.get(key, {}),
            }
        )
        for option in item["options"]:
            missing = DO_NOT_KNOW.get((key, option["code"]), "")
            exclusive = "yes" if (key, option["code"]) in EXCLUSIVE else ""
            codes.append([name, option["code"], option["nl"], option["en"], missing, exclusive, ""])
        if item["opt_out"]:
            label = item["opt_out_label"]
            code = 999 if kind == "count" else label["code"]
            codes.append([name, code, label["nl"], label["en"], "prefer_not_to_say", "", ""])

    for name, kind, source, label_nl, label_en, only_if, extra, rules in DERIVED:
        add(
            {
                "name": name,
                "block": "afgeleid",
                "kind": kind,
                "label_nl": label_nl,
                "label_en": label_en,
                "privacy": privacy[source.partition("|")[0]],
                "only_if": only_if,
                "derived_from": source,
                **extra,
            }
        )
        codes.extend([name, code, nl, en, "", "", values] for code, nl, en, values in rules)

    TARGET.mkdir(parents=True, exist_ok=True)
    rows = [[line.get(column, "") for column in VARIABLE_COLUMNS] for line in variables]
    write("baseline.csv", VARIABLE_COLUMNS, rows)
    write(
        "baseline_codes.csv",
        ["variable", "code", "label_nl", "label_en", "missing", "exclusive", "values"],
        codes,
    )
    write("baseline_checks.csv", ["rule", "when", "then", "severity", "label_nl", "label_en"], CHECKS)


def write(name: str, columns: list[str], rows: Any) -> None:
    with (TARGET / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT.parent / "shared")
