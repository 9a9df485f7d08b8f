"""Write the SYNTHETIC example survey: data/example/example_2022.csv, a raw export of a questionnaire tool.

Reads    data/example/effects.yaml (seed, size, every planted effect), data/codebooks/baseline*.csv (questions),
         data/open-data/duo_mbo_students.csv and duo_hbo_first_years.csv (2019: schools, levels, sectors, sex).
Source   answers: made here, no answer is of a real person; shares of schools and levels: DUO open onderwijsdata.
Licence  CC-BY-4.0, credit DUO for the shares.
Date     2022 wave; DUO counts of 2019.

The file holds 324 rows that are accepted, and the mess of a real export around them: rows without consent, a respondent
twice, an answer broken off at the start, an unknown code, an impossible number, an answer to a question that was not
asked, blanks, spaces.
Rerun with the same numpy gives the same bytes.

    python scripts/make_example_survey.py
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from stagekansen_lib.surveys.codebook_files import read_codebook
from stagekansen_lib.surveys.codebooks import Codebook

PROJECT = Path(__file__).resolve().parent.parent
FOLDER = PROJECT / "data" / "example"
MARK = "SYNTHETISCH / SYNTHETIC"

SCHOOL_OF = {
    "ROC Mondriaan": 1,
    "De Haagse Hogeschool": 3,
    "Hogeschool INHOLLAND": 4,
    "Hotelschool The Hague": 5,
    "Hogeschool der Kunsten Den Haag": 6,
}
PROGRAMME_OF = {"1": 1, "2": 2, "3": 3, "4": 4, "associate degree": 5, "bachelor": 6, "master": 7}
PATHWAY_OF = {"BOLVT": 1, "BOLDT": 1, "BBL": 2, "voltijd onderwijs": 3, "deeltijd onderwijs": 4, "duaal onderwijs": 5}
FIELD_OF = {
    "techniek": 1,
    "economie": 2,
    "recht": 2,
    "zorg en welzijn": 3,
    "gezondheidszorg": 3,
    "gedrag en maatschappij": 3,
    "onderwijs": 4,
    "taal en cultuur": 5,
    "groen": 7,
    "landbouw en natuurlijke omgeving": 7,
    "combinatie van sectoren": 8,
}

SUGGESTIONS = (
    "Meer bedrijven die iedereen een kans geven.",
    "Een vaste begeleider die meedenkt bij het zoeken.",
    "Sneller een reactie; nu wacht je soms weken.",
    "Duidelijk maken waar je iets kunt melden.",
    'Niet alleen zeggen "succes", maar ook helpen.',
    "Meer stageplekken dicht bij huis.",
    "Een vergoeding, ook bij kleine bedrijven.",
    "Clearer information in English, please.",
    "Oefenen met gesprekken op school.",
    "Eén plek voor alle vacatures.",
)
STORIES = (
    "Er kwam geen reactie op mijn brief.",
    "In het gesprek kreeg ik een vraag over mijn afkomst.",
    "Er werd een grap gemaakt over mijn naam.",
    "De plek was ineens weg toen ik langskwam.",
    "Ik mocht minder doen dan de andere stagiairs.",
    "Ze vroegen of ik wel goed Nederlands sprak;\nik ben hier geboren.",
)
THE_HAGUE = ("2511", "2512", "2515", "2518", "2521", "2525", "2531", "2533", "2541", "2544", "2562", "2571", "2591")
ELSEWHERE = ("2611", "2624", "2711", "2722", "2271", "2263", "2281", "2285", "2641", "2671", "2241", "3011", "2312")


def main() -> None:
    effects = yaml.safe_load((FOLDER / "effects.yaml").read_text("utf-8"))
    codebook = read_codebook("baseline")
    rng = np.random.default_rng(effects["seed"])
    answers = simulate(effects["respondents"], rng, effects)
    header, rows = export(answers, codebook, rng)
    with (FOLDER / "example_2022.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def simulate(n: int, rng: np.random.Generator, effects: Mapping[str, Any]) -> pd.DataFrame:
    """Clean answers of ``n`` students: codes, sets of codes as "1;3", 99 or 999 for an opt-out, "" for not asked."""
    sample, planted = effects["sample"], effects["planted"]
    data = draw_students(n, rng, sample)
    mbo = data["a1"].to_numpy() <= 4
    data["c0"], data["c2"] = 1, np.where(rng.random(n) < 0.6, 1, 2)
    data["c1"] = np.where(rng.random(n) < sample["consent_special"], 1, 2)
    data["a5"] = draw(rng, {0: [0.1, 0.25, 0.35, 0.3], 1: [0.25, 0.4, 0.3, 0.05]}, mbo.astype(int))
    none = systematic(rng, np.full(n, sample["no_compulsory_internship"]))
    data["b1"] = np.where(none, 2, np.where(rng.random(n) < 0.005, 3, 1))
    data["h1"] = draw(rng, {0: [0.01, 0.35, 0.4, 0.15, 0.06, 0.03], 1: [0.2, 0.5, 0.18, 0.06, 0.04, 0.02]}, mbo * 1)
    home = rng.random(n) < 0.58
    data["h3"] = np.where(home, rng.choice(THE_HAGUE, n), rng.choice(ELSEWHERE, n))
    in_words = rng.random(n) < 0.12
    data.loc[in_words, "h3"] = np.where(home[in_words], "Den Haag", "Zoetermeer")
    data["h4"] = np.where(rng.random(n) < np.where(mbo, 0.01, 0.09), 1, 2)
    elsewhere = systematic(rng, np.full(n, sample["origin_2"]))
    data["h5"] = np.where(elsewhere, 1 + rng.choice([1, 2, 3, 4], n, p=[0.14, 0.56, 0.1, 0.2]), 1)
    for item, share in {"h6": 0.22, "h7": 0.14}.items():
        data[item] = np.where(rng.random(n) < share, 1, 2)
    data["h8"] = draw(rng, {0: [0.1, 0.85, 0.05]}, np.zeros(n, int))
    data["h9"] = draw(rng, {0: [0.04, 0.08, 0.88], 1: [0.45, 0.3, 0.25]}, elsewhere * 1)
    data["h10"] = draw(rng, {0: [0.3, 0.37, 0.2, 0.06, 0.07]}, np.zeros(n, int))

    # The planted effects. ``experience`` is the main reading; everything below hangs on it, never the reverse.
    chance = planted["discrimination_experienced_by_origin2"]
    experience = systematic(rng, np.where(elsewhere, chance[2], chance[1]))
    unsure = ~experience & (rng.random(n) < planted["not_sure_among_the_others"])
    data["g1"] = np.select([experience, unsure], [1, 2], 3)
    group = experience * 1
    data["d1"] = draw(rng, planted["search_difficulty_by_experience"], group)
    means = planted["applications_mean_by_experience"]
    size = planted["applications_size"]
    data["d2"] = negative_binomial(rng, np.where(experience, means[1], means[0]), size)
    role = planted["role_in_applying_by_experience"]
    yes = systematic(rng, np.where(experience, role[1], role[0]))
    data["g4"] = np.select([yes, rng.random(n) < 0.15], [1, 2], 3)
    safe = planted["felt_safe_by_experience"]
    feels_safe = systematic(rng, np.where(experience, safe[1], safe[0]))
    data["k5"] = np.where(feels_safe, rng.choice([4, 5], n), rng.choice([1, 2, 3], n, p=[0.2, 0.3, 0.5]))
    knows = systematic(rng, np.full(n, planted["knows_where"]))
    data["m1"] = np.where(knows, 1, rng.choice([2, 3], n, p=[0.3, 0.7]))
    official = systematic(rng, np.where(experience, planted["reported_among_experience"], 0.0))

    data["b2"] = draw(rng, {0: [0.05, 0.13, 0.1, 0.42, 0.27, 0.03]}, np.zeros(n, int))
    found = data["b2"].to_numpy() >= 3
    ways = several(rng, np.tile([0.25, 0.35, 0.45, 0.25, 0.08, 0.05], (n, 1)))
    data["b3"] = np.where(found, ways, "7")
    hard = data["d1"].to_numpy() >= 4
    data["d3"] = np.where(found, draw(rng, {0: [0.4, 0.35, 0.2, 0.05], 1: [0.1, 0.25, 0.4, 0.25]}, hard * 1), 5)
    data["d4"] = draw(rng, {0: [0.3, 0.45, 0.2, 0.05], 1: [0.08, 0.32, 0.4, 0.2]}, hard * 1)
    data["d5"] = draw(rng, {0: [0.86, 0.07, 0.03, 0.04], 1: [0.62, 0.18, 0.13, 0.07]}, hard * 1)
    native = [0.1, 0.03, 0.1, 0.35, 0.1, 0.15, 0.25, 0.05, 0.2, 0.2, 0.02, 0.08]
    other = [0.6, 0.35, 0.3, 0.15, 0.05, 0.06, 0.1, 0.3, 0.2, 0.1, 0.01, 0.05]
    data["g2"] = several(rng, np.where(elsewhere[:, None], other, native))
    data["g3"] = several(rng, np.tile([0.4, 0.45, 0.3, 0.08, 0.4, 0.05, 0.12, 0.05], (n, 1)))
    data["g5"] = several(rng, np.tile([0.45, 0.3, 0.2, 0.12, 0.08, 0.2], (n, 1)))
    data["g6"] = np.where(rng.random(n) < 0.2, rng.choice(STORIES, n), "")
    effect = several(rng, np.tile([0.0, 0.45, 0.4, 0.35, 0.15, 0.2], (n, 1)))
    data["g7"] = np.where(rng.random(n) < 0.25, "1", effect)
    places = several(rng, np.tile([0, 0, 0, 0, 0.55, 0, 0.12, 0.3, 0.1, 0.08, 0], (n, 1)))
    talks = several(rng, np.tile([0, 0.65, 0.35, 0.2, 0, 0.12, 0, 0, 0, 0, 0.05], (n, 1)))
    data["m2"] = np.where(official, places, np.where(rng.random(n) < 0.5, talks, "1"))
    data["m3"] = several(rng, np.tile([0.35, 0.3, 0.35, 0.45, 0.3, 0.2, 0.04, 0.12, 0.05], (n, 1)))
    data["m4"] = rng.choice([1, 2, 3, 4], n, p=[0.25, 0.35, 0.25, 0.15])
    data["m5"] = draw(rng, {0: [0.15, 0.25, 0.25, 0.25, 0.1]}, np.zeros(n, int))
    for item, agree in {
        "k1": [0.07, 0.18, 0.25, 0.37, 0.13],
        "k2": [0.1, 0.22, 0.25, 0.32, 0.11],
        "k3": [0.08, 0.18, 0.24, 0.35, 0.15],
        "k4": [0.04, 0.08, 0.18, 0.42, 0.28],
    }.items():
        data[item] = draw(rng, {0: agree}, np.zeros(n, int))
    data["z1"] = np.where(rng.random(n) < 0.25, rng.choice(SUGGESTIONS, n), "")
    return without_what_was_not_asked(data, rng)


def draw_students(n: int, rng: np.random.Generator, sample: Mapping[str, float]) -> pd.DataFrame:
    """School, programme, pathway, field and sex of ``n`` students, in the proportions of DUO after selection."""
    cells = duo_cells()
    mbo = (cells["a3"] == 1).to_numpy()
    weight = cells["value"].to_numpy(dtype=float)
    weight[mbo] *= sample["mbo_share"] / weight[mbo].sum()
    weight[~mbo] *= (1 - sample["mbo_share"]) / weight[~mbo].sum()
    weight *= np.where(cells["h2"] == 1, sample["factor_woman"], 1) * np.where(mbo, 1, sample["factor_hbo"])
    steps = (np.arange(n) + rng.random()) / n
    chosen = np.searchsorted(np.cumsum(weight) / weight.sum(), steps)
    data = cells.iloc[rng.permutation(chosen)][["a1", "a2", "a3", "a4", "h2"]].reset_index(drop=True)
    service = (data["a4"] == 2) & (data["a1"] <= 4) & (rng.random(n) < 0.3)
    data.loc[service, "a4"] = 6  # mbo "economie" of DUO holds hospitality, tourism and safety as well
    data.loc[(data["a3"] == 1) & (rng.random(n) < sample["other_mbo_school"]), "a3"] = 2
    data.loc[rng.random(n) < 0.01, "h2"] = 3
    return data


def duo_cells() -> pd.DataFrame:
    """Counts of 2019 by school, programme, pathway, field and sex, in the codes of the questionnaire."""
    folder = PROJECT / "data" / "open-data"
    mbo = pd.read_csv(folder / "duo_mbo_students.csv", dtype={"programme": str}).query("variable == 'students'")
    hbo = pd.read_csv(folder / "duo_hbo_first_years.csv", dtype={"programme": str})
    hbo = hbo[hbo["region_code"] == "GM0518"]
    both = pd.concat([mbo, hbo], ignore_index=True)
    both = both[(both["year"] == 2019) & both["institution"].isin(list(SCHOOL_OF)) & (both["value"] > 0)]
    both = both.assign(
        a1=both["programme"].map(PROGRAMME_OF),
        a2=both["route"].map(PATHWAY_OF),
        a3=both["institution"].map(SCHOOL_OF),
        a4=both["sector"].map(FIELD_OF),
        h2=both["sex"].map({"woman": 1, "vrouw": 1, "man": 2}),
    )
    columns = ["a1", "a2", "a3", "a4", "h2"]
    if both[columns].isna().any().any():
        raise SystemExit(f"DUO has a value this script does not know:\n{both[both[columns].isna().any(axis=1)]}")
    return both.groupby(columns, as_index=False)["value"].sum().astype(int)


def without_what_was_not_asked(data: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Opt-outs and blanks for some, then the routing of the questionnaire; open answers stay as they are."""
    data = data.astype(object)
    n = len(data)
    for item in data.columns:
        if item in ("c0", "c1", "c2", "a1", "a3", "b1", "g6", "z1"):
            continue  # questions without an opt-out; the school, because weighting needs it; open questions
        rate = 0.04 if item.startswith("h") else 0.02
        data.loc[rng.random(n) < rate, item] = 999 if item == "d2" else 99
        data.loc[rng.random(n) < 0.008, item] = ""
    met = data["g1"].isin([1, 2])
    official = data["m2"].map(lambda text: bool({"5", "7", "8", "9", "10"} & set(str(text).split(";"))))
    skipped = {
        ("g2",): ~met | (data["c1"] != 1),
        ("g3", "g5", "g6", "g7", "m2"): ~met,
        ("m3",): ~met | official,
        ("m4",): ~met | ~official,
        ("k4", "k5"): ~data["b2"].isin([4, 5, 6]),
        ("h5", "h6", "h7", "h8", "h9"): data["c1"] != 1,
        tuple(item for item in data.columns if item[0] in "dgmk" or item in ("b2", "b3")): data["b1"] == 2,
    }
    for items, where in skipped.items():
        data.loc[where, list(items)] = ""
    return data


def systematic(rng: np.random.Generator, chance: np.ndarray) -> np.ndarray:
    """True with the given chance for each, in random order, and with a total within one of the sum of chances."""
    order = rng.permutation(len(chance))
    steps = np.floor(np.cumsum(np.append(0.0, chance[order])) + rng.random())
    chosen = np.empty(len(chance), dtype=bool)
    chosen[order] = np.diff(steps) > 0
    return chosen


def draw(rng: np.random.Generator, table: Mapping[int, Sequence[float]], group: np.ndarray) -> np.ndarray:
    """A code from 1 on for each, with the chances that ``table`` gives for its group."""
    chances = np.cumsum(np.array([table[key] for key in range(len(table))]), axis=1)
    codes: np.ndarray = 1 + (rng.random(len(group))[:, None] > chances[group][:, :-1]).sum(axis=1)
    return codes


def negative_binomial(rng: np.random.Generator, mean: np.ndarray, size: float) -> np.ndarray:
    return np.minimum(rng.negative_binomial(size, size / (size + mean)), 500)


def several(rng: np.random.Generator, chances: np.ndarray) -> np.ndarray:
    """Ticked codes joined by a semicolon, at least one; an answer of chance 0 is never ticked."""
    lucky = rng.random(chances.shape) - chances
    ticked = lucky < 0
    nobody = ~ticked.any(axis=1)
    best = np.where(chances > 0, lucky, np.inf).argmin(axis=1)
    ticked[nobody, best[nobody]] = True
    return np.array([";".join(str(code) for code in np.flatnonzero(row) + 1) for row in ticked], dtype=object)


def export(data: pd.DataFrame, codebook: Codebook, rng: np.random.Generator) -> tuple[list[str], list[list[str]]]:
    """Header and rows as a questionnaire tool writes them, mess included."""
    variables = {variable.item: variable for variable in codebook.variables.values() if variable.columns}
    items = [item for item in variables if item]
    header = ["respondent_id", "submitted_on", "duration_minutes", "herkomst_gegevens", "lastpage"]
    header += [f"{item}. {variables[item].question_nl}" for item in items]
    n = len(data)
    days = pd.Timestamp("2022-05-09") + pd.to_timedelta(np.sort(rng.integers(0, 61 * 24 * 60, n)), unit="min")
    minutes = np.round(np.maximum(rng.lognormal(2.2, 0.45, n), 3.2), 1)
    minutes[rng.integers(0, n, 3)] = (1.4, 2.1, 2.8)
    rows = [
        [
            f"R{1000 + 7 * place}",
            days[place].strftime("%d-%m-%Y %H:%M"),
            f"{minutes[place]:.1f}".replace(".", ","),
            MARK,
            "9",
            *answers,
        ]
        for place, answers in enumerate(data[items].map(str).to_numpy().tolist())
    ]
    return header, add_mess(rows, {item: header.index(name) for item, name in zip(items, header[5:], strict=True)}, rng)


def add_mess(rows: list[list[str]], at: Mapping[str, int], rng: np.random.Generator) -> list[list[str]]:
    """What goes wrong in real exports: values first, then rows that must be set aside."""

    def first(*wanted: tuple[str, set[str]]) -> list[str]:
        """The next untouched row whose items hold one of the wanted answers."""
        for row in rows:
            if id(row) not in touched and all(row[at[item]] in values for item, values in wanted):
                touched.add(id(row))
                return row
        raise SystemExit("No row fits this piece of mess; choose another seed.")

    touched: set[int] = set()
    first(("d1", {"3"}))[at["d1"]] = "7"
    first(("d2", {str(number) for number in range(20)}))[at["d2"]] = "5000"
    first(("d2", {str(number) for number in range(20)}))[at["d2"]] = "10-15"
    first(("b3", {"3"}))[at["b3"]] = "3;77"
    first(("b3", {"2"}))[at["b3"]] = "2;99"
    first(("b3", {"3"}), ("b2", {"4"}))[at["b3"]] = "3;7"
    first(("b2", {"2"}))[at["k4"]] = "4"
    first(("c1", {"2"}))[at["h6"]] = "1"
    first(("h3", {"2711"}))[at["h3"]] = "bij mijn oma"
    first(("a2", {"1"}))[at["a2"]] = "bol"
    for place in rng.choice(len(rows), 9, replace=False):
        rows[place][at["a3"]] += "  "

    refused = [rows[place].copy() for place in (40, 150, 260)]
    for number, row in enumerate(refused):
        row[0] = f"R{9001 + number}"
        row[at["c0"] :] = [("2", "2", "")[number], *[""] * (len(row) - at["c0"] - 1)]
    same = rows[75].copy()
    changed = rows[200].copy()
    changed[at["d1"]] = "1" if changed[at["d1"]] != "1" else "2"
    # As survey tools write it: the row is whole, and empty from where the respondent stopped.
    broken_off = [*rows[10][: at["c0"]], *[""] * (len(rows[10]) - at["c0"])]
    broken_off[0], broken_off[4] = "R9009", "1"
    for place, row in ((262, refused[2]), (240, changed), (152, refused[1]), (76, same), (41, refused[0])):
        rows.insert(place, row)
    return [*rows, broken_off]


if __name__ == "__main__":
    main()
