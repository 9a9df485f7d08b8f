"""Write data/rules/scales.yaml (known answer scales) and data/rules/concepts.yaml (what a question can measure).

    python scripts/make_scales.py [FACTS]

Reads   FACTS/scales.yaml (default ../shared/facts): scales as ordered steps, each with its synonyms in Dutch and
        English; and data/codebooks/baseline.csv, whose wording is that of each concept
Writes  data/rules/scales.yaml, data/rules/concepts.yaml
Source  common usage in Dutch and English questionnaires; own words. The concepts are those of the baseline
        questionnaire; the words by which a question is proposed for one are our own choice.
Licence CC BY 4.0. Date: November 2026.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import yaml

from stagekansen_lib.surveys.codebook_files import read_codebook

PROJECT = Path(__file__).resolve().parent.parent
HEAD = "# Written by scripts/make_scales.py: {what}\n# Source: {source}. Licence CC BY 4.0, November 2026.\n"

# Why an answer is missing, as codebooks of this project write it.
REASONS = {
    "dont_know": "do_not_know", "not_applicable": "not_asked", "no_answer": "blank", "refused": "prefer_not_to_say",
}  # fmt: skip

# Labels of our own beside those of the facts: how survey tools and other languages write the same.
MORE_LABELS = {
    "dont_know": ["weiß nicht", "weiß ich nicht", "je ne sais pas", "ne sait pas"],
    "not_applicable": [
        "niet gevraagd", "niet gesteld", "niet getoond", "vraag niet getoond", "vraag niet gesteld", "not asked",
        "not shown", "not displayed", "question not displayed", "question not asked", "not seen", "nicht zutreffend",
        "nicht gefragt", "sans objet", "non concerné",
    ],
    "no_answer": [
        "geen opgave", "blanco", "system missing", "user missing", "seen but unanswered", "seen but not answered",
        "keine angabe", "keine antwort", "sans réponse",
    ],
    "refused": ["wil niet zeggen", "geweigerd", "refused to answer", "möchte ich nicht sagen"],
}  # fmt: skip

# id, variable of the baseline questionnaire, Dutch and English name, privacy class, kinds a question may have, and
# the words: a question is proposed when every pattern of one line is found in it. The first concept that fits is taken.
ONCE = ("nominal", "ordinal")
SEVERAL = ("nominal", "ordinal", "multiple")
CONCEPTS: tuple[tuple[str, str, str, str, str, tuple[str, ...], tuple[tuple[str, ...], ...]], ...] = (
    ("grounds", "grounds", "Gronden van discriminatie", "Grounds of discrimination", "special", SEVERAL,
     ((r"welke grond",), (r"waardoor|waarom|reden", r"kwam|ongelijk|discrimin"), (r"\bgrounds?\b",),
      (r"\bwhy\b|reason", r"discriminat|unequal|unfair"))),
    ("reported_to", "reported_to", "Gemeld of besproken", "Reported or discussed", "sensitive", SEVERAL,
     ((r"gemeld|melding gedaan",), (r"met wie|bij wie", r"gepraat|besproken|verteld"),
      (r"did you report|reported (it|this)",), (r"who(m)? did you (talk|tell|speak)",))),
    ("knows_where", "knows_where_answer", "Weet waar je kunt melden", "Knows where to report", "ordinary", ONCE,
     ((r"\b(weet|wist|weten)\b|bekend", r"waar", r"meld|terecht"),
      (r"\bkn[eo]w\b", r"where", r"report|complain|turn"))),
    ("would_report", "would_report", "Zou een volgende keer melden", "Would report a next time", "ordinary", ONCE,
     ((r"waarschijnlijk|zou je", r"meld"), (r"likely|would you", r"report"))),
    ("role_in_applying", "role_in_applying_answer", "Discriminatie speelde mee bij solliciteren",
     "Discrimination played a part in applying", "sensitive", ONCE,
     ((r"discrimin|ongelijk", r"meespeel|een rol"), (r"discriminat|unequal", r"played a (part|role)"))),
    ("experienced", "discrimination_answer", "Discriminatie ervaren rond de stage",
     "Discrimination experienced around the internship", "sensitive", ONCE,
     ((r"discrimin", r"ervaren|meegemaakt|te maken|gediscrimineerd|last"),
      (r"ongelijk|anders|oneerlijk", r"behandeld|behandeling"), (r"discriminat", r"experience|been|face|happen"),
      (r"unequal|unfair|differently", r"treated|treatment"))),
    ("search_difficulty", "search_difficulty", "Moeite om een stageplek te vinden",
     "Difficulty of finding an internship", "ordinary", ONCE,
     ((r"moei(te|lijk)|makkelijk", r"stage|plek", r"vinden|zoeken|krijgen|kostte|was het"),
      (r"difficult|hard|easy|effort|trouble", r"find|search|get"))),
    ("applications", "applications", "Aantal sollicitaties", "Number of applications", "ordinary",
     ("count", "number", "ordinal"),
     ((r"hoe vaak|hoeveel", r"sollicit|bedrijven benader"), (r"how (often|many)", r"appl(y|ied|ication)"))),
    ("no_reaction", "no_reaction", "Hoe vaak geen enkele reactie", "How often no reaction at all", "ordinary", ONCE,
     ((r"geen", r"reactie|antwoord", r"hoe vaak|kreeg"), (r"no (reaction|reply|response)",))),
    ("feels_safe", "feels_safe_answer", "Voelde zich veilig op de stageplek", "Felt safe at the placement", "ordinary",
     ONCE, ((r"veilig", r"voel"), (r"\bsafe", r"fe(e)?l"))),
    ("felt_welcome", "felt_welcome", "Voelde zich welkom op de stageplek", "Felt welcome at the placement", "ordinary",
     ONCE, ((r"welkom", r"voel"), (r"welcome", r"fe(e)?l"))),
    ("enough_guidance", "enough_guidance", "Genoeg begeleiding van school", "Enough guidance from school", "ordinary",
     ONCE, ((r"begeleiding", r"school|opleiding|docent|genoeg|zoeken"), (r"guidance|support", r"school|enough"))),
    ("level", "programme_type", "Soort en niveau van de opleiding", "Type and level of the programme", "ordinary", ONCE,
     ((r"niveau", r"opleiding|studie|studeer|mbo|volg"), (r"wat voor opleiding|soort opleiding",),
      (r"level|type", r"education|programme|program|study"))),
    ("school", "school", "School", "School", "ordinary", ONCE,
     ((r"welke (school|instelling|hogeschool)",), (r"(which|what) (school|institution|college)",))),
    ("field", "field", "Richting van de opleiding", "Field of study", "ordinary", ONCE,
     ((r"richting|sector|vakgebied",), (r"field|sector", r"study|education"))),
    ("study_year", "study_year", "Studiejaar", "Year of study", "ordinary", ONCE,
     ((r"studiejaar|leerjaar",), (r"year of (study|your)|study year",))),
    ("age", "age_class", "Leeftijd", "Age", "sensitive", ("count", "number", "ordinal", "nominal"),
     ((r"hoe oud|leeftijd",), (r"how old|\bage\b",))),
    ("gender", "gender", "Gender", "Gender", "special", ONCE, ((r"geslacht|gender",), (r"\bsex\b|gender",))),
    ("channel", "", "Kanaal: hoe iemand bij de vragenlijst kwam", "Channel: how somebody came to the questionnaire",
     "ordinary", ONCE,
     ((r"hoe|waar|wie", r"vragenlijst|enqu[eê]te", r"kwam|terecht|gehoord|gevonden|gekregen|kreeg|wees"),
      (r"how|where|who", r"questionnaire|survey", r"come|came|hear|find|found|get|point"))),
)  # fmt: skip
# The wording of what the baseline questionnaire does not ask: that of the short questionnaires.
WORDING = {"channel": ["Hoe kwam je bij deze vragenlijst?", "How did you come to this questionnaire?"]}


def scales(facts: Path) -> dict[str, Any]:
    content = yaml.safe_load((facts / "scales.yaml").read_text("utf-8"))
    special = content["special"]
    return {
        "missing": {
            name: {"reason": REASONS[name], "labels": special[name]["labels"] + MORE_LABELS[name]} for name in REASONS
        },
        "unsure": special["unsure"]["labels"],
        "other": {"labels": special["other"]["labels"], "begins": special["prefixes"]["other"]},
        "scales": content["scales"],
    }


def concepts() -> list[dict[str, Any]]:
    book = read_codebook("baseline")
    return [
        {
            "id": name, "label_nl": dutch, "label_en": english, "privacy": privacy, "kinds": list(kinds),
            "wording": [text for text in (book[variable].question_nl, book[variable].question_en) if text]
            if variable in book else WORDING.get(name, []),
            "words": [list(line) for line in words],
        }
        for name, variable, dutch, english, privacy, kinds, words in CONCEPTS
    ]  # fmt: skip


def write(name: str, content: Any, what: str, source: str) -> None:
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)
    (PROJECT / "data" / "rules" / name).write_text(HEAD.format(what=what, source=source) + text, "utf-8", newline="\n")
    print(f"wrote data/rules/{name}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write the known answer scales and the concepts.")
    parser.add_argument("facts", type=Path, nargs="?", default=PROJECT.parent / "shared" / "facts")
    given = parser.parse_args()
    usage = "common usage in Dutch and English questionnaires, own words"
    write("scales.yaml", scales(given.facts), "known answer scales, low to high; a step is a list of synonyms.", usage)
    ours = "the baseline questionnaire; the words by which a question is proposed are our own choice"
    write("concepts.yaml", {"concepts": concepts()}, "what a question can measure, whatever it is called.", ours)
