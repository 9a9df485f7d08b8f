"""Write the three short questionnaires of the journey: midway, at the end, and to the supervisor.

    python scripts/make_short_questionnaires.py

Reads   data/codebooks/baseline.csv: questions that the baseline asks too keep its words and codes
Writes  data/codebooks/short_midway*.csv, short_end*.csv and short_supervisor*.csv, with the concept of each question,
        and data/questionnaires: for LimeSurvey (NAME.txt, both languages, tab separated structure) and as plain text to
        copy into Microsoft Forms or Google Forms (NAME_nl.md, NAME_en.md)
Source  the three moments with a chance for data in data/registers/journeys.yaml (handbook-2022): an interim
        questionnaire, one to the student at the final assessment, one to the supervisor afterwards. The handbook prints
        no questions: these are a proposal in our own words, to be agreed on by the parties and the privacy officers.
Licence CC BY 4.0. Date: November 2026.

No question asks for a name, a number of a student, a school class or a company, and none about origin, faith or health.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from stagekansen_lib.surveys.codebook_files import read_codebook, read_conditions, write_codebook
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.questionnaires import write_questionnaire

DATA = Path(__file__).resolve().parent.parent / "data"
BASE = read_codebook("baseline")
REFUSE = Code(99, "Zeg ik liever niet", "Prefer not to say", missing="prefer_not_to_say")
YES_DOUBT_NO = (Code(1, "Ja", "Yes"), Code(2, "Ik twijfel", "I am not sure"), Code(3, "Nee", "No"), REFUSE)
YES_NO = (Code(1, "Ja", "Yes"), Code(2, "Nee", "No"), REFUSE)

TECHNICAL = (
    Variable("respondent_id", "open", "Nummer van het antwoord", "Number of the response", privacy="identifying",
             block="technisch", role="respondent", required=False,
             note="Given by the survey tool; never a student number."),
    Variable("submitted_on", "date", "Ingevuld op", "Filled in on", privacy="identifying", block="technisch",
             required=False, note="Day only."),
    Variable("data_origin", "nominal", "Herkomst van de gegevens", "Origin of the data",
             BASE["data_origin"].codes, block="technisch", role="origin", required=False,
             note="A real survey has no such column."),
)  # fmt: skip

CONSENT = Variable(
    "consent", "nominal", "Toestemming om mee te doen", "Consent to take part",
    (Code(1, "Ja, ik doe mee", "Yes, I take part"), Code(2, "Nee", "No")), privacy="consent", accept=(1,), item="a1",
    block="consent",
    question_nl="Ik heb de informatie gelezen, ben 16 jaar of ouder en doe vrijwillig mee.",
    question_en="I read the information, am 16 or older and take part of my own free will.",
)  # fmt: skip

CHANNEL = Variable(
    "channel", "nominal", "Hoe iemand bij de vragenlijst kwam", "How somebody came to the questionnaire",
    (Code(1, "Een medestudent vroeg mij", "A fellow student asked me"),
     Code(2, "Een coördinator, mentor of docent vroeg mij", "A coordinator, mentor or teacher asked me"),
     Code(3, "Via sociale media of een website", "By social media or a website"),
     Code(4, "In een gesprek of op een bijeenkomst", "In a talk or at a meeting"),
     Code(5, "Anders", "Otherwise"), REFUSE),
    item="a2", block="begin", concept="channel", fit="same_wording",
    question_nl="Hoe kwam je bij deze vragenlijst?", question_en="How did you come to this questionnaire?",
)  # fmt: skip


def same(name: str, item: str, block: str, concept: str, **changes: object) -> Variable:
    """A question of the baseline with its words and codes, under an item of its own."""
    return replace(
        BASE[name], item=item, block=block, only_if=(), routing="", concept=concept, fit="same_wording", **changes
    )


def own(name: str, item: str, block: str, labels: tuple[str, str], asked: tuple[str, str], codes: tuple[Code, ...],
        **more: object) -> Variable:  # fmt: skip
    """A question in our own words."""
    return Variable(
        name, "nominal", *labels, codes, item=item, block=block, question_nl=asked[0], question_en=asked[1], **more
    )  # type: ignore[arg-type]


LEVEL = same("programme_type", "a3", "begin", "level")
OPEN = {"privacy": "sensitive", "keep": True, "required": False}


def midway() -> Codebook:
    """To the student, about halfway the internship."""
    met = own(
        "discrimination_answer", "b3", "ervaring",
        ("Discriminatie ervaren tot nu toe", "Experienced discrimination so far"),
        ("Heb je tot nu toe discriminatie ervaren, bij het zoeken van je stage of tijdens je stage?",
         "Have you experienced discrimination so far, while searching for your internship or during it?"),
        YES_DOUBT_NO, privacy="sensitive", concept="experienced", fit="other_period",
    )  # fmt: skip
    talked = own(
        "talked_about_it", "b4", "ervaring", ("Er met iemand over gepraat", "Talked about it with somebody"),
        ("Heb je er met iemand over gepraat?", "Did you talk about it with somebody?"), YES_NO, privacy="sensitive",
        only_if=read_conditions("discrimination_answer=1|2"), routing="only if b3 yes or not sure",
    )  # fmt: skip
    questions = (
        same("search_difficulty", "b1", "zoeken", "search_difficulty"),
        same("applications", "b2", "zoeken", "applications"),
        met, talked,
        same("feels_safe_answer", "c1", "begeleiding", "feels_safe"),
        same("enough_guidance", "c2", "begeleiding", "enough_guidance"),
        same("knows_where_answer", "c3", "melden", "knows_where"),
    )  # fmt: skip
    return book("short_midway", "Korte vragenlijst halverwege de stage", "Short questionnaire midway", questions)


def end() -> Codebook:
    """To the student, at the final assessment."""
    met = own(
        "discrimination_answer", "b1", "ervaring",
        ("Discriminatie ervaren rond deze stage", "Experienced discrimination around this internship"),
        ("Als je terugkijkt op deze hele stage: heb je discriminatie ervaren, bij het zoeken of tijdens de stage?",
         "Looking back on this whole internship: did you experience discrimination, while searching or during it?"),
        YES_DOUBT_NO, privacy="sensitive", concept="experienced", fit="other_period",
    )  # fmt: skip
    fair = own(
        "fair_assessment", "c3", "begeleiding", ("Eerlijk beoordeeld", "Assessed fairly"),
        ("Ik ben op deze stage eerlijk beoordeeld.", "I was assessed fairly in this internship."),
        BASE["felt_welcome"].codes,
    )  # fmt: skip
    again = own(
        "would_recommend", "c4", "slot", ("Zou de plek aanraden", "Would recommend the place"),
        ("Zou je deze stageplek aan een medestudent aanraden?", "Would you recommend this place to a fellow student?"),
        YES_DOUBT_NO,
    )  # fmt: skip
    asked = read_conditions("discrimination_answer=1|2")
    questions = (
        met,
        replace(same("reported_to", "b2", "melden", "reported_to"), only_if=asked,
                routing="only if b1 yes or not sure"),
        same("knows_where_answer", "b3", "melden", "knows_where"),
        same("would_report", "b4", "melden", "would_report", question_nl=(
            "Als je discriminatie meemaakt op een volgende stage, hoe waarschijnlijk is het dat je meldt?"
        ), question_en="If you met discrimination in a next internship, how likely is it that you report it?"),
        same("felt_welcome", "c1", "begeleiding", "felt_welcome"),
        same("feels_safe_answer", "c2", "begeleiding", "feels_safe"),
        fair, again,
    )  # fmt: skip
    questions = tuple(replace(one, fit="other_wording") if one.name == "would_report" else one for one in questions)
    return book("short_end", "Korte vragenlijst aan het eind van de stage", "Short questionnaire at the end", questions)


def supervisor() -> Codebook:
    """To the supervisor, at the company or at school, after the internship."""
    role = own(
        "role", "b1", "begin", ("Waar de begeleider werkt", "Where the supervisor works"),
        ("Waar begeleid je studenten?", "Where do you supervise students?"),
        (Code(1, "Bij een bedrijf of organisatie", "At a company or organisation"),
         Code(2, "Op een school", "At a school"), REFUSE),
    )  # fmt: skip
    signal = own(
        "saw_signal", "b2", "ervaring", ("Signaal van discriminatie gezien", "Saw a signal of discrimination"),
        ("Heb je het afgelopen jaar iets gezien of gehoord dat discriminatie van een stagiair kan zijn?",
         "Did you see or hear anything in the past year that may be discrimination of an intern?"),
        YES_DOUBT_NO, privacy="sensitive",
    )  # fmt: skip
    acted = own(
        "acted", "b3", "ervaring", ("Er iets mee gedaan", "Did something with it"),
        ("Heb je er iets mee gedaan?", "Did you do something with it?"), YES_NO, privacy="sensitive",
        only_if=read_conditions("saw_signal=1|2"), routing="only if b2 yes or not sure",
    )  # fmt: skip
    talked = own(
        "talked_beforehand", "c1", "begeleiding", ("Vooraf gesproken over discriminatie", "Talked about it beforehand"),
        ("Heb je aan het begin van de stage besproken wat een stagiair kan doen bij discriminatie?",
         "Did you tell at the start what an intern can do when meeting discrimination?"), YES_NO,
    )  # fmt: skip
    knows = same("knows_where_answer", "c2", "melden", "knows_where")
    questions = (role, signal, acted, talked, replace(knows, fit="other_population"))
    return book("short_supervisor", "Korte vragenlijst aan de begeleider", "Short questionnaire to the supervisor",
                questions, level=False)  # fmt: skip


def book(name: str, dutch: str, english: str, questions: tuple[Variable, ...], *, level: bool = True) -> Codebook:
    """A codebook: who takes part and how they came there first, then the questions, then a word of their own."""
    better = Variable(
        "suggestion", "open", "Wat beter kan", "What could be better", privacy="sensitive", item="z1", block="slot",
        required=False, question_nl="Wat kan er beter? (schrijf geen namen)",
        question_en="What could be better? (write no names)",
    )  # fmt: skip
    channel = CHANNEL if level else _for_supervisors(CHANNEL)
    variables = (*TECHNICAL, CONSENT, channel, *((LEVEL,) if level else ()), *questions, better)
    return Codebook(name, {one.name: one for one in variables}, dutch, english, "2026.1")


def _for_supervisors(channel: Variable) -> Variable:
    """The same question with a first answer that fits who is asked; the codes stay what they are."""
    first = Code(1, "Een collega vroeg mij", "A colleague asked me")
    return replace(channel, codes=(first, *channel.codes[1:]))


def main(into: Path = DATA) -> None:
    for made in (midway(), end(), supervisor()):
        write_codebook(made, into / "codebooks", replace=True)
        folder = into / "questionnaires"
        folder.mkdir(parents=True, exist_ok=True)
        write_questionnaire(made, folder / f"{made.name}.txt")
        for language in ("nl", "en"):
            text = folder / f"{made.name}_{language}.md"
            write_questionnaire(made, text, tool="plain_text", language=language)
        print(f"wrote data/codebooks/{made.name}.csv and data/questionnaires/{made.name}")


if __name__ == "__main__":
    main()
