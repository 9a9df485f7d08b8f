"""Write data/margins: population counts for weighting, made from the figures in data/open-data.

    python scripts/make_margins.py

Reads   data/open-data/duo_mbo_students.csv and duo_hbo_first_years.csv (DUO open onderwijsdata, 2019), and
        one number that stands in no table, in this script: students of hbo in The Hague in 2019.
Writes  data/margins/students_haaglanden_2019.yaml (by school), ..._level.yaml (by level), ..._sex.yaml (by
        level and sex)
Licence DUO open data (credit DUO). Date of the counts: 2019.

The population that is wanted: mbo and hbo students in and around The Hague who are due to do an internship.
No open table counts them. What is used in its place, and why:

mbo    All students of ROC Mondriaan, bol and bbl, all years and levels. DUO counts mbo students by the seat
       of their school, not by place of teaching, and ROC Mondriaan is the only mbo school with students in
       2019 whose seat lies in one of the nine municipalities. mboRijnland (Leiden), Lentiz (Vlaardingen) and
       Wellantcollege (Houten) are active in or near the region; with how many students, the files do not
       say. Counting them in whole would more than double mbo (to 40,499), mostly with students elsewhere.
hbo    DUO's files give first-years only, and a year's intake cannot stand beside all students of ROC
       Mondriaan. So the level comes from another source of the same kind, students enrolled in all years:
       about 25,000 at hbo institutions in The Hague (mayor of The Hague, interview by Leiden University,
       August 2019; the same interview and Omroep West, April 2019, give 30,000 and 29,900 for hbo and
       university together). How these 25,000 divide over schools and sexes follows the first-years of 2019 on
       courses given in the nine municipalities.

Only shares are taken from the first-years, never a number multiplied up. Check from outside: 19,098 + 29,900
is 48,998, and the handbook gives 49,772 students in The Hague (about 2022, coverage not stated).

Level and school are two files on purpose. Respondents of other mbo schools exist and their number does not:
with both as targets, all mbo weight would be asked for by ROC Mondriaan and none be left for them. In the
file by school they share the count of "other school"; in the file by level they count as mbo. A finding that
changes between the two is not safe.

How sure: the mbo share is 43% here. It would be 39% if hbo were 30,000 (De Haagse Hogeschool alone counted
25,606 in 2016-2017 with its sites in Delft and Zoetermeer), 62% if the three schools above counted in whole,
37% if bbl were left out.

Not used: field of study (item a4 of the questionnaire cuts across the sectors of DUO: sport, beauty,
security, media).
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parent.parent
YEAR = "2019"
HBO_STUDENTS = 25_000
ROC_MONDRIAAN, HAAGSE_HOGESCHOOL = "27GZ", "27UM"
SEX = {"woman": 1, "man": 2}

LABELS = {
    "level": {1: ("mbo", "mbo"), 2: ("hbo", "hbo")},
    "school3": {
        1: ("ROC Mondriaan", "ROC Mondriaan"),
        2: ("De Haagse Hogeschool", "The Hague University of Applied Sciences"),
        3: ("Andere school", "Other school"),
    },
    "sex": {1: ("vrouw", "woman"), 2: ("man", "man")},
}
START = (
    "Gewogen naar een benadering. Er is geen telling van alle studenten die stage moeten lopen in "
    "Haaglanden. "
    "Voor het mbo staan hier alle studenten van ROC Mondriaan in 2019. Voor het hbo staan hier ongeveer "
    "25.000 studenten in Den Haag in 2019.",
    "Weighted to an approximation. There is no count of all students due to do an internship in Haaglanden. "
    "For mbo these are all students of ROC Mondriaan in 2019. For hbo these are about 25,000 students in The "
    "Hague in 2019.",
)
DIVIDED = ("Zij zijn verdeeld zoals de eerstejaars.", "They are divided the way the first-years are.")
OTHER_MBO = (
    "Hoeveel studenten van andere mbo-scholen hier les krijgen, is niet bekend.",
    "How many students of other mbo schools are taught here is not known.",
)
TWO_SEXES = ("DUO telt alleen mannen en vrouwen.", "DUO counts men and women only.")

Row = dict[str, str]
Pair = tuple[str, str]


class Line(dict[str, Any]):
    """A mapping that is written on one line."""


class Dumper(yaml.SafeDumper):
    pass


Dumper.add_representer(
    Line, lambda dumper, line: dumper.represent_mapping("tag:yaml.org,2002:map", line, flow_style=True)
)


def main(tables: Path = PROJECT / "data" / "open-data", into: Path = PROJECT / "data" / "margins") -> None:
    mondriaan = [row for row in read(tables / "duo_mbo_students.csv") if row["institution_code"] == ROC_MONDRIAAN]
    first_years = read(tables / "duo_hbo_first_years.csv")
    mbo = sum(int(row["value"]) for row in mondriaan)
    by_school = divide(HBO_STUDENTS, first_years, lambda row: 2 if row["institution_code"] == HAAGSE_HOGESCHOOL else 3)
    by_sex = divide(HBO_STUDENTS, first_years, lambda row: SEX[row["sex"]])
    mbo_by_sex = Counter[int]()
    for row in mondriaan:
        mbo_by_sex[SEX[row["sex"]]] += int(row["value"])

    name, dutch, english = (
        "students_haaglanden_2019",
        "Mbo- en hbo-studenten in en om Den Haag",
        "Mbo and hbo students in and around The Hague",
    )
    write(
        into / f"{name}.yaml",
        (f"{dutch}, naar school", f"{english}, by school"),
        (START, DIVIDED, OTHER_MBO),
        target(["school3"], {(1,): mbo, (2,): by_school[2], (3,): by_school[3]}),
    )
    write(
        into / f"{name}_level.yaml",
        (f"{dutch}, naar niveau", f"{english}, by level"),
        (START, OTHER_MBO),
        target(["level"], {(1,): mbo, (2,): HBO_STUDENTS}),
    )
    write(
        into / f"{name}_sex.yaml",
        (f"{dutch}, naar niveau en geslacht", f"{english}, by level and sex"),
        (START, DIVIDED, OTHER_MBO, TWO_SEXES),
        target(
            ["level", "sex"],
            {(1, sex): mbo_by_sex[sex] for sex in (1, 2)} | {(2, sex): by_sex[sex] for sex in (1, 2)},
        ),
    )


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["year"] == YEAR]


def divide(total: int, rows: list[Row], group: Callable[[Row], int]) -> dict[int, int]:
    """The total over groups in whole persons, as the values of the rows divide (largest remainders)."""
    counts = Counter[int]()
    for row in rows:
        counts[group(row)] += int(row["value"])
    exact = {code: total * count / counts.total() for code, count in counts.items()}
    whole = {code: int(number) for code, number in exact.items()}
    left = total - sum(whole.values())
    for code in sorted(exact, key=lambda code: whole[code] - exact[code])[:left]:
        whole[code] += 1
    return whole


def target(variables: list[str], counts: dict[tuple[int, ...], int]) -> dict[str, Any]:
    rows = []
    for codes, count in counts.items():
        texts = [LABELS[name][code] for name, code in zip(variables, codes, strict=True)]
        dutch, english = (", ".join(text[language] for text in texts) for language in (0, 1))
        rows.append(Line(codes=list(codes), count=count, label_nl=dutch, label_en=english))
    return {"variables": variables, "counts": rows}


def write(path: Path, titles: Pair, proxy: tuple[Pair, ...], counts: dict[str, Any]) -> None:
    held = {
        "title_nl": titles[0],
        "title_en": titles[1],
        "date": YEAR,
        "sources": ["duo-portal", "omroepwest-2019"],
        "proxy": {
            language: " ".join(sentence[number] for sentence in proxy) for number, language in enumerate(("nl", "en"))
        },
        "targets": [counts],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    head = "# Made by scripts/make_margins.py, which says how and why. Do not edit: run the script again.\n"
    text = yaml.dump(held, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=110)
    path.write_text(head + text, "utf-8")
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
