"""A made-up questionnaire of a school, other than the bundled one, as seven survey tools export it, two years.

Every export of a year holds the same respondents, so that every one must give the figures of ``figures(year)``. All
answers are made up here.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stagekansen_lib.desk.desks import Desk
from stagekansen_lib.drafts.drafting import CodebookDraft

MET = {
    1: "Ja, meer dan één keer",
    2: "Ja, één keer",
    3: "Ik weet het niet zeker",
    4: "Nee",
    9: "Dat zeg ik liever niet",
}
HARD = {1: "Heel makkelijk", 2: "Makkelijk", 3: "Niet makkelijk, niet moeilijk", 4: "Moeilijk", 5: "Heel moeilijk"}
AGREE = {1: "Helemaal mee oneens", 2: "Mee oneens", 3: "Neutraal", 4: "Mee eens", 5: "Helemaal mee eens"}
FIELDS = ["Zorg en welzijn", "Economie, handel en administratie", "ICT"]
WHY = ["Mijn naam", "Mijn afkomst, of hoe ik eruitzie", "Mijn geloof"]
STATED = ["De begeleiding vanuit school was goed", "Ik voelde me welkom op de stage"]
ASKED = {
    "Q1": "Mogen we je antwoorden gebruiken?",
    "Q2": "In welke richting studeer je?",
    "Q3": "Hoe moeilijk was het om een stageplek te vinden?",
    "Q4": "Hoe vaak heb je gesolliciteerd?",
    "Q5": "Ben je wel eens ongelijk behandeld op je stage?",
    "Q6": "Waardoor denk je dat het kwam?",
    "Q7": "Wat vind je van deze stellingen?",
    "Q8": "Wil je nog iets kwijt?",
}
EXPORTS = ("codes", "answers", "code_and_text", "qualtrics", "forms", "google", "spss")
FINISHED_ONLY = ("forms", "google", "spss")


@dataclass(frozen=True)
class Row:
    number: int
    finished: bool
    agreed: bool
    field: int
    hard: int | None
    applied: int
    met: int
    why: tuple[int, ...]
    stated: tuple[int, ...]
    text: str
    start: dt.datetime

    @property
    def asked_why(self) -> bool:
        return self.met in (1, 2)


@cache
def rows(year: int) -> list[Row]:
    draw = np.random.default_rng(year)
    found = []
    for number in range(1, 141):
        met = int(draw.choice([1, 2, 3, 4, 9], p=[0.15, 0.25, 0.1, 0.47, 0.03]))
        asked = met in (1, 2)
        found.append(
            Row(
                number,
                number % 20 != 0,
                number % 23 != 0,
                int(draw.choice(3)),
                None if number % 31 == 0 else int(np.clip(round(draw.normal(2.8 + asked, 1.1)), 1, 5)),
                int(draw.poisson(8)),
                met,
                tuple(at for at in range(3) if asked and draw.random() < 0.4),
                tuple(int(np.clip(round(draw.normal(3.4, 1)), 1, 5)) for _ in STATED),
                "Op gesprek geweest,\ndaarna niets meer gehoord." if number % 9 == 0 else "",
                dt.datetime(year, 10, 1, 9) + dt.timedelta(minutes=int(draw.integers(0, 20_000))),
            )
        )
    return found


def figures(year: int) -> dict[str, float]:
    """Unweighted, of who finished and agreed; a share's base is who was asked and answered."""
    kept = [row for row in rows(year) if row.finished and row.agreed]
    said = [row for row in kept if row.met != 9]
    hard = [row.hard for row in kept if row.hard is not None]
    asked = [row for row in kept if row.asked_why]
    return {
        "rows": len(kept),
        "met": np.mean([row.met in (1, 2) for row in said]),
        "hard": np.mean([one >= 4 for one in hard]),
        "applied": np.mean([row.applied for row in kept]),
        "name": np.mean([0 in row.why for row in asked]),
        "ict": np.mean([row.field == 2 for row in kept]),
    }


def write_export(kind: str, year: int, folder: Path) -> Path:
    writers: dict[str, Any] = {"qualtrics": _qualtrics, "forms": _forms, "google": _google, "spss": _spss}
    if kind in writers:
        made: Path = writers[kind](year, folder)
        return made
    return _limesurvey(year, folder, kind)


def _limesurvey(year: int, folder: Path, kind: str) -> Path:
    heads = [("id", "Response ID"), ("submitdate", "Date submitted"), ("lastpage", "Last page"), ("seed", "Seed")]
    heads += [(code, ASKED[code]) for code in ("Q1", "Q2", "Q3", "Q4", "Q5")]
    heads += [(f"Q6[SQ00{at}]", f"{ASKED['Q6']} [{text}]") for at, text in enumerate(WHY, start=1)]
    heads += [(f"Q7[SQ00{at}]", f"{ASKED['Q7']} [{text}]") for at, text in enumerate(STATED, start=1)]
    heads += [("Q8", ASKED["Q8"]), ("interviewtime", "Total time")]
    path = folder / f"limesurvey_{kind}_{year}.csv"
    coded = kind != "answers"

    def said(code: str, label: str) -> str:
        return code if coded else label

    with path.open("w", newline="", encoding="utf-8-sig") as file:
        out = csv.writer(file, quoting=csv.QUOTE_ALL)
        out.writerow([f"{code}. {text}" if kind == "code_and_text" else code for code, text in heads])
        for row in rows(year):
            done = f"{row.start + dt.timedelta(minutes=8):%Y-%m-%d %H:%M:%S}" if row.finished else ""
            tick = ("Y", "") if coded else ("Ja", "Nee")
            cells = [row.number, done, 4, 9000 + row.number]
            cells += [said("Y", "Ja") if row.agreed else said("N", "Nee"), said(f"A{row.field + 1}", FIELDS[row.field])]
            cells += ["" if row.hard is None else said(f"A{row.hard}", HARD[row.hard]), f"{row.applied}.0000000000"]
            cells += [said(f"A{row.met}", MET[row.met])]
            cells += [(tick[0] if at in row.why else tick[1]) if row.asked_why else "" for at in range(3)]
            cells += [*(said(f"AO0{one}", AGREE[one]) for one in row.stated), row.text, "240.37"]
            out.writerow(cells)
    return path


def _qualtrics(year: int, folder: Path) -> Path:
    own = ["StartDate", "EndDate", "Status", "IPAddress", "Progress", "Finished", "RecordedDate", "ResponseId"]
    own += ["LocationLatitude", "LocationLongitude", "UserLanguage"]
    asked = [(code, ASKED[code]) for code in ("Q1", "Q2", "Q3", "Q4", "Q5", "Q6")]
    asked += [(f"Q7_{at}", f"{ASKED['Q7']} - {text}") for at, text in enumerate(STATED, start=1)]
    asked += [("Q8", ASKED["Q8"])]
    path = folder / f"qualtrics_{year}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow([*own, *(code for code, _ in asked)])
        out.writerow([*own, *(text for _, text in asked)])
        out.writerow([json.dumps({"ImportId": name}) for name in [*own, *(f"QID{at}" for at in range(len(asked)))]])
        for row in rows(year):
            day = f"{row.start:%Y-%m-%d %H:%M:%S}"
            cells = [day, day, "IP Address", f"192.0.2.{row.number}", 100 if row.finished else 40]
            cells += ["True" if row.finished else "False", day, f"R_{row.number:015d}", "52.0705", "4.3007", "NL"]
            cells += ["Ja" if row.agreed else "Nee", FIELDS[row.field], HARD.get(row.hard or 0, ""), row.applied]
            cells += [MET[row.met], ",".join(WHY[at] for at in row.why), *(AGREE[one] for one in row.stated), row.text]
            out.writerow(cells)
    return path


def _listed(year: int, joint: str, end: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            ASKED["Q1"]: "Ja" if row.agreed else "Nee",
            ASKED["Q2"]: FIELDS[row.field],
            ASKED["Q3"]: HARD.get(row.hard or 0),
            ASKED["Q4"]: row.applied,
            ASKED["Q5"]: MET[row.met],
            ASKED["Q6"]: joint.join(WHY[at] for at in row.why) + end if row.why else None,
            **{text: AGREE[one] for text, one in zip(STATED, row.stated, strict=True)},
            ASKED["Q8"]: row.text or None,
        }
        for row in _finished(year)
    )


def _finished(year: int) -> Sequence[Row]:
    return [row for row in rows(year) if row.finished]


def _forms(year: int, folder: Path) -> Path:
    path = folder / f"Enquête {year}(1-140).xlsx"
    frame, done = _listed(year, ";", ";"), _finished(year)
    frame.insert(0, "ID", [row.number for row in done])
    frame.insert(1, "Begintijd", [row.start for row in done])
    frame.insert(2, "Tijd van voltooien", [row.start + dt.timedelta(minutes=8) for row in done])
    frame.insert(3, "E-mail", "anonymous")
    frame.insert(4, "Naam", None)
    frame.to_excel(path, index=False, sheet_name="Sheet1")
    return path


def _google(year: int, folder: Path) -> Path:
    path = folder / f"Enquête {year} (Reacties) - Formulierreacties 1.csv"
    frame = _listed(year, ", ", "").rename(columns={text: f"{ASKED['Q7']} [{text}]" for text in STATED})
    frame.insert(0, "Tijdstempel", [f"{row.start.day}-{row.start.month}-{year} 9:00:00" for row in _finished(year)])
    frame.to_csv(path, index=False)
    return path


def _spss(year: int, folder: Path) -> Path:
    import pyreadstat

    path = folder / f"stage_{year}.sav"
    frame = pd.DataFrame(
        {
            "RESPNR": row.number,
            "MEEDOEN": 1 if row.agreed else 2,
            "RICHTING": row.field + 1,
            "MOEITE": row.hard or 9,
            "SOLLIC": row.applied,
            "ONGELIJK": row.met,
            **{f"REDEN_{at + 1}": (1 if at in row.why else 2) if row.asked_why else 8 for at in range(3)},
            **{f"STEL_{at}": one for at, one in enumerate(row.stated, start=1)},
        }
        for row in _finished(year)
    ).astype(float)
    ticks = {1: "Ja", 2: "Nee", 8: "Niet van toepassing"}
    labels = {"RESPNR": "Respondentnummer", "MEEDOEN": ASKED["Q1"], "RICHTING": ASKED["Q2"], "MOEITE": ASKED["Q3"]}
    labels |= {"SOLLIC": ASKED["Q4"], "ONGELIJK": ASKED["Q5"]}
    labels |= {f"REDEN_{at}": f"{ASKED['Q6']}: {text}" for at, text in enumerate(WHY, start=1)}
    labels |= {f"STEL_{at}": text for at, text in enumerate(STATED, start=1)}
    values = {
        "MEEDOEN": {1: "Ja", 2: "Nee"},
        "RICHTING": dict(enumerate(FIELDS, 1)),
        "MOEITE": {**HARD, 9: "Geen antwoord"},
    }
    values |= {"ONGELIJK": MET, **{f"REDEN_{at}": ticks for at in (1, 2, 3)}, "STEL_1": AGREE, "STEL_2": AGREE}
    missing: dict[str, list[int]] = {"MOEITE": [9], "ONGELIJK": [9], **{f"REDEN_{at}": [8] for at in (1, 2, 3)}}
    pyreadstat.write_sav(frame, str(path), column_labels=labels, variable_value_labels=values, missing_ranges=missing)
    return path


# What a person would answer where nobody may guess; the labels of codes stand in the questionnaire.
LABELS = {
    ASKED["Q2"]: {f"A{at}": text for at, text in enumerate(FIELDS, start=1)},
    ASKED["Q3"]: {f"A{code}": text for code, text in HARD.items()},
    ASKED["Q5"]: {f"A{code}": text for code, text in MET.items()},
    ASKED["Q6"]: {f"SQ00{at}": text for at, text in enumerate(WHY, start=1)},
    ASKED["Q7"]: {f"AO0{code}": text for code, text in AGREE.items()},
}


def words_of(key: str, codes: set[str]) -> dict[str, str]:
    """What the codes of a question mean: A1 means something else at every question, so its place tells."""
    asked = {"q2": ASKED["Q2"], "q3": ASKED["Q3"], "q5": ASKED["Q5"]}.get(key)
    return next(words for name, words in LABELS.items() if codes <= set(words) and asked in (None, name))


def confirm_everything(desk: Desk) -> None:
    """Card by card, as a person does who has the questionnaire at hand."""
    while desk.state["open"]:
        card = next(one for one in desk.state["cards"] if any(not point["done"] for point in one["points"]))
        point = next(one for one in card["points"] if not one["done"])
        if point["what"] == "consent":
            asked = point["questions"][0]
            value: Any = {asked["value"]: [asked["answers"][0]["code"]]}
        elif point["what"] == "labels":
            codes = {str(answer["code"]) for answer in point["answers"]}
            value = words_of(card["key"], codes)
        else:
            value = point["proposal"]
        message = {"do": "confirm", "variable": point["variable"], "what": point["what"], "value": value}
        assert desk.handle(message)["ok"]


ORDER = ("Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q7b", "Q8")


def names(draft: CodebookDraft) -> dict[str, str]:
    """The name of each question of the school survey in a draft; items and texts differ by tool."""
    asked = [one["name"] for one in draft.state["questions"] if not one["technical"] and not one["differs"]]
    return dict(zip(ORDER, asked, strict=False))


def confirmed(draft: CodebookDraft) -> CodebookDraft:
    """The draft as a person of the school confirms it."""
    own = names(draft)
    labels = {own[code]: LABELS[ASKED[code]] for code in ("Q2", "Q3", "Q5", "Q6", "Q7")}
    if "consent" in set(draft.open_points["what"]):
        draft.confirm(own["Q1"], "consent", "Ja")
    while len(draft.open_points):
        variable, what, proposal = draft.open_points.iloc[0]
        draft.confirm(variable, what, labels[variable] if what == "labels" else proposal)
    return draft
