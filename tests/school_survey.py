"""A questionnaire of a school, made up, as seven exports of survey tools write it: the same answers in each.

The truth is a list of respondents; ``figures`` works out the right values from it in plain Python. Labels hold the
signs that exports join answers with, an answer begins with an apostrophe, some did not finish, some did not consent.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from stagekansen_lib.surveys.codebook_files import read_conditions
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable

LEVELS = ("'t Praktijkonderwijs", "Mbo, bol", "Mbo, bbl", "+Hbo")
MET = ("Ja, vaker", "Ja, één keer", "Nee", "Zeg ik liever niet")
HARD = ("Makkelijk", "Niet makkelijk, niet moeilijk", "Moeilijk")
WAYS = ("Via school; docent of mentor", "Internet", "Ouders, familie of vrienden", "Zelf langsgegaan")
TOLD = ("Mentor", "Vriend", "Niemand")
STATEMENTS = ("Op mijn stage kon ik mezelf zijn", "Mijn begeleider had tijd voor mij")
AGREE = ("Oneens", "Neutraal", "Eens")
QUESTIONS = {
    "V1": "Mogen wij jouw antwoorden gebruiken?",
    "V2": "Welke opleiding volg je?",
    "V3": "Hoe oud ben je?",
    "V4": "Hoe makkelijk vond je een stage?",
    "V5": "Hoeveel brieven heb je gestuurd?",
    "V6": "Ben je anders behandeld dan anderen?",
    "V7": "Hoe vond je jouw plek?",
    "V8": "Aan wie vertelde je het?",
    "V9": "Wat vind je hiervan?",
    "V10": "Wat wil je nog zeggen?",
}


def respondents(number: int = 90, seed: int = 5) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    people = []
    for at in range(1, number + 1):
        met = chance.choices(range(4), weights=[2, 3, 8, 1])[0]
        people.append(
            {
                "number": at,
                "finished": at % 15 != 0,
                "consent": chance.random() > 0.05,
                "level": chance.randrange(4),
                "age": chance.randrange(16, 30),
                "hard": None if chance.random() < 0.05 else chance.randrange(3),
                "letters": None if chance.random() < 0.1 else chance.randrange(0, 40),
                "met": met,
                "ways": [way for way in range(4) if chance.random() < (0.5, 0.4, 0.3, 0.1)[way]],
                "told": [one for one in range(3) if met < 2 and chance.random() < 0.5],
                "statements": [chance.randrange(3) for _ in STATEMENTS],
                "text": chance.choice(["", "", "Twee keer gebeld,\ndaarna stil.", 'Ze zeiden "later"; nooit meer.']),
                "start": dt.datetime(2025, 10, 1, 9) + dt.timedelta(minutes=37 * at),
            }
        )
    return people


PEOPLE = respondents()


def figures(people: Sequence[dict[str, Any]] = PEOPLE) -> dict[str, float]:
    """What every export must give, over who finished and consented."""
    counted = [one for one in people if one["finished"] and one["consent"]]
    known = [one for one in counted if one["met"] < 3]
    asked = [one for one in counted if one["met"] < 2]
    letters = [one["letters"] for one in counted if one["letters"] is not None]
    return {
        "rows": len(counted),
        "met": sum(one["met"] < 2 for one in known) / len(known),
        "first level": sum(one["level"] == 0 for one in counted) / len(counted),
        "age": sum(one["age"] for one in counted) / len(counted),
        "letters": sum(letters) / len(letters),
        "found through school": sum(0 in one["ways"] for one in counted) / len(counted),
        "found through friends": sum(2 in one["ways"] for one in counted) / len(counted),
        "told a mentor": sum(0 in one["told"] for one in asked) / len(asked),
        "told, number asked": len(asked),
        "could be oneself": sum(one["statements"][0] == 2 for one in counted) / len(counted),
    }


def _codes(labels: Sequence[str], begin: str, missing: str = "") -> tuple[Code, ...]:
    return tuple(
        Code(f"{begin}{at}", label, label, "prefer_not_to_say" if label == missing else "")
        for at, label in enumerate(labels, start=1)
    )


def codebook() -> Codebook:
    """One codebook for all exports, with the codes that LimeSurvey gives its answers."""
    yes = (Code("Y", "Ja", "Ja"), Code("N", "Nee", "Nee"))
    variables = [
        _variable("consent", "nominal", "V1", yes, privacy="consent", accept=("Y",)),
        _variable("level", "nominal", "V2", _codes(LEVELS, "A")),
        _variable("age", "count", "V3", minimum=12, maximum=99),
        _variable("hard", "ordinal", "V4", _codes(HARD, "A")),
        _variable("letters", "count", "V5", minimum=0, maximum=500),
        _variable("met", "nominal", "V6", _codes(MET, "A", MET[3])),
        _variable("ways", "multiple", "V7", _codes(WAYS, "SQ00"), nothing_ticked="none"),
        _variable(
            "told", "multiple", "V8", _codes(TOLD, "SQ00"), only_if=read_conditions("met=A1|A2"), nothing_ticked="none"
        ),
        *(
            Variable(f"statement{at}", "ordinal", text, text, _codes(AGREE, "AO0"), text, item=f"V9[SQ00{at}]")
            for at, text in enumerate(STATEMENTS, start=1)
        ),
        _variable("said", "open", "V10", privacy="identifying", required=False),
    ]
    return Codebook("school", {one.name: one for one in variables}, "Stage", "Internship")


def _variable(name: str, kind: Any, item: str, codes: tuple[Code, ...] = (), **more: Any) -> Variable:
    return Variable(name, kind, name, name, codes, QUESTIONS[item], item=item, **more)


def _write(path: Path, lines: Sequence[Sequence[Any]], sign: str = ",") -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=sign).writerows(lines)
    return path


def _limesurvey(path: Path, *, codes: bool, head: str) -> Path:
    parts = [
        *((f"V7[SQ00{at}]", f"{QUESTIONS['V7']} [{label}]") for at, label in enumerate(WAYS, start=1)),
        *((f"V8[SQ00{at}]", f"{QUESTIONS['V8']} [{label}]") for at, label in enumerate(TOLD, start=1)),
        *((f"V9[SQ00{at}]", f"{QUESTIONS['V9']} [{label}]") for at, label in enumerate(STATEMENTS, start=1)),
    ]
    own = [("id", "Antwoord ID"), ("submitdate", "Datum ingestuurd"), ("lastpage", "Laatste pagina"), ("seed", "Seed")]
    asked = [(item, QUESTIONS[item]) for item in ("V1", "V2", "V3", "V4", "V5", "V6")]
    times = [("interviewtime", "Totale tijd"), ("V1Time", "Vraagtijd")]
    columns = [*own, *asked, *parts, ("V10", QUESTIONS["V10"]), *times]

    def said(labels: Sequence[str], place: int | None, begin: str = "A") -> str:
        return "" if place is None else f"{begin}{place + 1}" if codes else labels[place]

    def ticks(size: int, chosen: Sequence[int], asked: bool) -> list[str]:
        yes, no = ("Y", "") if codes else ("Ja", "Nee")
        return [(yes if at in chosen else no) if asked else "" for at in range(size)]

    lines: list[list[Any]] = [[head.format(code=code, text=text) for code, text in columns]]
    for one in PEOPLE:
        lines.append(
            [
                one["number"],
                f"{one['start']:%Y-%m-%d %H:%M:%S}" if one["finished"] else "",
                *(5, 9_000_000 + one["number"]),
                ("YN" if codes else ("Ja", "Nee"))[not one["consent"]],
                *(said(LEVELS, one["level"]), f"{one['age']}.0000000000", said(HARD, one["hard"])),
                "" if one["letters"] is None else f"{one['letters']}.0000000000",
                said(MET, one["met"]),
                *ticks(len(WAYS), one["ways"], True),
                *ticks(len(TOLD), one["told"], one["met"] < 2),
                *(said(AGREE, place, "AO0") for place in one["statements"]),
                *(one["text"], "301.55", "12.4"),
            ]
        )
    return _write(path, lines)


def write_limesurvey_codes(path: Path) -> Path:
    return _limesurvey(path, codes=True, head="{code}")


def write_limesurvey_answers(path: Path) -> Path:
    return _limesurvey(path, codes=False, head="{text}")


def write_limesurvey_code_and_text(path: Path) -> Path:
    return _limesurvey(path, codes=True, head="{code}. {text}")


def _joined(labels: Sequence[str], chosen: Sequence[int], joint: str, end: str = "") -> str:
    return joint.join(labels[at] for at in chosen) + (end if chosen else "")


def _answers(one: dict[str, Any], joint: str, end: str = "") -> list[Any]:
    return [
        *("Ja" if one["consent"] else "Nee", LEVELS[one["level"]], one["age"]),
        "" if one["hard"] is None else HARD[one["hard"]],
        "" if one["letters"] is None else one["letters"],
        MET[one["met"]],
        _joined(WAYS, one["ways"], joint, end),
        _joined(TOLD, one["told"], joint, end),
        *(AGREE[place] for place in one["statements"]),
        one["text"],
    ]


def write_qualtrics(path: Path) -> Path:
    own = ["StartDate", "Status", "Progress", "Finished", "RecordedDate", "ResponseId"]
    names = [*own, "V1", "V2", "V3", "V4", "V5", "V6", "V7", "V8", "V9_1", "V9_2", "V10"]
    grid = [f"{QUESTIONS['V9']} - {text}" for text in STATEMENTS]
    texts = [*own, *(QUESTIONS[f"V{at}"] for at in range(1, 9)), *grid, QUESTIONS["V10"]]
    lines: list[list[Any]] = [names, texts, [json.dumps({"ImportId": f"QID{at}"}) for at in range(len(names))]]
    for one in PEOPLE:
        when = f"{one['start']:%Y-%m-%d %H:%M:%S}"
        done = ("100", "True") if one["finished"] else ("40", "False")
        lines.append([when, "IP Address", *done, when, f"R_{one['number']:04d}", *_answers(one, ",")])
    return _write(path, lines)


def write_microsoft_forms(path: Path) -> Path:
    names = ["Id", "Begintijd", "Tijd van voltooien", *(QUESTIONS[f"V{at}"] for at in range(1, 9)), *STATEMENTS]
    rows = [
        [one["number"], one["start"], one["start"], *(cell if cell != "" else None for cell in _answers(one, ";", ";"))]
        for one in PEOPLE
        if one["finished"]
    ]
    pd.DataFrame(rows, columns=[*names, QUESTIONS["V10"]]).to_excel(path, index=False)
    return path


def write_google_forms(path: Path) -> Path:
    grid = [f"{QUESTIONS['V9']} [{text}]" for text in STATEMENTS]
    names = ["Tijdstempel", *(QUESTIONS[f"V{at}"] for at in range(1, 9)), *grid, QUESTIONS["V10"]]
    stamps = [f"{one['start'].day}-{one['start'].month}-{one['start']:%Y %H:%M:%S}" for one in PEOPLE]
    lines = [[stamp, *_answers(one, ", ")] for stamp, one in zip(stamps, PEOPLE, strict=True) if one["finished"]]
    return _write(path, [names, *lines])


def write_spss(path: Path) -> Path:
    """Ticks are 1 = Ja and 2 = Nee, and 8 where the question was not asked."""
    import pyreadstat

    def ticks(begin: str, size: int, chosen: Sequence[int], asked: bool) -> dict[str, int]:
        return {f"{begin}_{at + 1}": (1 if at in chosen else 2) if asked else 8 for at in range(size)}

    rows = [
        {
            "TOEST": 1 if one["consent"] else 2,
            "OPL": one["level"] + 1,
            "LEEFT": one["age"],
            "MOEITE": 9 if one["hard"] is None else one["hard"] + 1,
            "BRIEVEN": 999 if one["letters"] is None else one["letters"],
            "ANDERS": one["met"] + 1,
            **ticks("PLEK", len(WAYS), one["ways"], True),
            **ticks("VERTELD", len(TOLD), one["told"], one["met"] < 2),
            **{f"STEL_{at}": place + 1 for at, place in enumerate(one["statements"], start=1)},
        }
        for one in PEOPLE
        if one["finished"]
    ]
    names = [f"V{at}" for at in range(1, 7)]
    first = dict(zip(("TOEST", "OPL", "LEEFT", "MOEITE", "BRIEVEN", "ANDERS"), names, strict=True))
    questions = {column: QUESTIONS[item] for column, item in first.items()}
    questions |= {f"PLEK_{at}": f"{QUESTIONS['V7']}: {label}" for at, label in enumerate(WAYS, start=1)}
    questions |= {f"VERTELD_{at}": f"{QUESTIONS['V8']}: {label}" for at, label in enumerate(TOLD, start=1)}
    questions |= {f"STEL_{at}": text for at, text in enumerate(STATEMENTS, start=1)}
    parts = [*(f"PLEK_{at}" for at in range(1, 5)), *(f"VERTELD_{at}" for at in range(1, 4))]
    labels: dict[str, dict[int, str]] = {
        "TOEST": {1: "Ja", 2: "Nee"},
        "OPL": dict(enumerate(LEVELS, start=1)),
        "MOEITE": {**dict(enumerate(HARD, start=1)), 9: "Geen antwoord"},
        "BRIEVEN": {999: "Weet niet"},
        "ANDERS": dict(enumerate(MET, start=1)),
        **{part: {1: "Ja", 2: "Nee", 8: "Niet van toepassing"} for part in parts},
        **{f"STEL_{at}": dict(enumerate(AGREE, start=1)) for at in (1, 2)},
    }
    missing = {"MOEITE": [9], "BRIEVEN": [999], "ANDERS": [4], **{part: [8] for part in parts}}
    frame = pd.DataFrame(rows).astype(float)
    pyreadstat.write_sav(
        frame, str(path), column_labels=questions, variable_value_labels=labels, missing_ranges=missing
    )
    return path


WRITERS: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "LimeSurvey, codes": ("codes.csv", write_limesurvey_codes),
    "LimeSurvey, full answers": ("answers.csv", write_limesurvey_answers),
    "LimeSurvey, code and text": ("code_and_text.csv", write_limesurvey_code_and_text),
    "Qualtrics": ("qualtrics.csv", write_qualtrics),
    "Microsoft Forms": ("forms.xlsx", write_microsoft_forms),
    "Google Forms": ("google.csv", write_google_forms),
    "SPSS": ("school.sav", write_spss),
}
