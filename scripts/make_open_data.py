"""Write data/open-data: figures of CBS and DUO as long tables, one observation a row.

    python scripts/make_open_data.py [RAW]

Reads   RAW (default ../shared/open-data): extracts of open data, one file a subject, years as columns.
          cbs_*   Kerncijfers wijken en buurten 2012-2024 and Wijk- en buurtkaart 2017, at municipality level,
                  CBS, CC BY 4.0, credit CBS
          duo_*   DUO open onderwijsdata 2014-2019; licence not seen at the source (public scripts that load
                  it name CC0 and CC BY 4.0), so DUO is credited
Writes  data/open-data/<table>.csv. Titles, sources and licences stand in data/open-data/card.yaml.
Date    figures of 2012-2024, extracts made in November 2026.

What is done: years and sexes from columns to rows, names of columns and of the two sexes to English, totals
that are the sum of two other columns left out after a check. The percentages of "all municipalities
together", which are means of rounded percentages and not published figures, go into a table of their own
whose unit says so. Left out as well: rows that name nothing and hold only zeros. Nothing is estimated. A
cell that is empty in the source gives no row.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
RAW = PROJECT.parent / "shared" / "open-data"

COUNTRY = "NL00"
REGION = ("year", "region_code", "region", "variable", "value", "unit")
SEX = {"man": "man", "vrouw": "woman"}

# name in the source: (our name, unit, whether a sum over municipalities is the figure of the country)
CBS = {
    "inwoners": ("inhabitants", "persons", True),
    "mannen": ("men", "persons", True),
    "vrouwen": ("women", "persons", True),
    "pct_0_15": ("age_0_14", "percent", False),
    "pct_15_25": ("age_15_24", "percent", False),
    "pct_25_45": ("age_25_44", "percent", False),
    "pct_45_65": ("age_45_64", "percent", False),
    "pct_65plus": ("age_65_plus", "percent", False),
    "huishoudens": ("households", "households", True),
    "inwoners_per_km2_land": ("density", "persons per km2 of land", False),
    "stedelijkheid": ("urbanity", "class 1 (very urban) to 5", False),
    "pct_herkomst_nl": ("origin_netherlands", "percent", False),
    "pct_herkomst_europa": ("origin_europe", "percent", False),
    "pct_herkomst_buiten_europa": ("origin_outside_europe", "percent", False),
    "opl_laag_15_75": ("education_low", "persons of 15-74", True),
    "opl_midden_15_75": ("education_middle", "persons of 15-74", True),
    "opl_hoog_15_75": ("education_high", "persons of 15-74", True),
    "pct_jeugdzorg": ("youth_care", "percent of youth", False),
    "gem_inkomen_per_inwoner_x1000": ("income_per_inhabitant", "1,000 euro", False),
    "gem_woz_x1000": ("home_value", "1,000 euro", False),
    "opp_land_ha": ("land_area", "hectare", True),
    "opp_water_ha": ("water_area", "hectare", True),
}
CBS_2017 = {
    "aant_inw": ("inhabitants", "persons", True),
    "p_00_14_jr": ("age_0_14", "percent", False),
    "p_15_24_jr": ("age_15_24", "percent", False),
    "p_west_al": ("background_western", "percent", False),
    "p_n_w_al": ("background_non_western", "percent", False),
    "p_marokko": ("background_morocco", "percent", False),
    "p_ant_aru": ("background_antilles_aruba", "percent", False),
    "p_surinam": ("background_suriname", "percent", False),
    "p_turkije": ("background_turkey", "percent", False),
    "p_over_nw": ("background_other_non_western", "percent", False),
    "oad": ("address_density", "addresses per km2", False),
    "sted": ("urbanity", "class 1 (very urban) to 5", False),
    "opp_tot": ("total_area", "hectare", True),
    "opp_land": ("land_area", "hectare", True),
    "opp_water": ("water_area", "hectare", True),
}

# name in the source: our name, for the columns that describe a row
DUO = {
    "gemeentecode": "region_code",
    "gemeentenaam": "region",
    "brin_nummer": "institution_code",
    "instellingsnaam": "institution",
    "plaatsnaam_hoofdzetel": "seat",
    "type_mbo": "route",
    "opleidingsvorm": "route",
    "kwalificatieniveau": "programme",
    "type_hoger_onderwijs": "programme",
    "soort_diploma": "programme",
    "mbo_sector": "sector",
    "croho_onderdeel": "sector",
    "geslacht": "sex",
}
ORDER = (
    "region_code",
    "region",
    "institution_code",
    "institution",
    "seat",
    "level",
    "programme",
    "sector",
    "route",
    "sex",
)

# our table: (file in RAW, level, what is counted)
TABLES = {
    "duo_mbo_students": ("duo_mbo_deelnemers_regio", "mbo", "students"),
    "duo_mbo_students_nl": ("duo_mbo_deelnemers_nederland", "mbo", "students"),
    "duo_mbo_students_nl_institutions": ("duo_mbo_deelnemers_per_instelling_nederland", "mbo", "students"),
    "duo_hbo_first_years": ("duo_hbo_eerstejaars_haaglanden", "hbo", "first_years"),
    "duo_hbo_first_years_nl": ("duo_hbo_eerstejaars_nederland", "hbo", "first_years"),
    "duo_hbo_first_years_nl_institutions": (
        "duo_hbo_eerstejaars_per_instelling_nederland",
        "hbo",
        "first_years",
    ),
    "duo_hbo_diplomas": ("duo_hbo_gediplomeerden_haaglanden", "hbo", "diplomas"),
    "duo_hbo_diplomas_nl": ("duo_hbo_gediplomeerden_nederland", "hbo", "diplomas"),
    "duo_wo_first_years": ("duo_wo_eerstejaars_haaglanden", "wo", "first_years"),
    "duo_wo_first_years_nl": ("duo_wo_eerstejaars_nederland", "wo", "first_years"),
    "duo_wo_diplomas": ("duo_wo_gediplomeerden_haaglanden", "wo", "diplomas"),
    "duo_wo_diplomas_nl": ("duo_wo_gediplomeerden_nederland", "wo", "diplomas"),
}

Row = dict[str, str]


def main(raw: Path = RAW, into: Path = PROJECT / "data" / "open-data") -> None:
    into.mkdir(parents=True, exist_ok=True)
    write(into / "cbs_municipalities.csv", REGION, municipalities(raw / "cbs_kerncijfers_gemeenten.csv", CBS))
    write(into / "cbs_country_percentages.csv", REGION, country_percentages(raw / "cbs_kerncijfers_gemeenten.csv"))
    older = municipalities(raw / "cbs_wijkbuurtkaart2017_gemeenten.csv", CBS_2017)
    write(into / "cbs_municipalities_2017.csv", REGION, older)
    for table, (source, level, variable) in TABLES.items():
        rows = list(education(raw / f"{source}.csv", level, variable))
        columns = ["year", *(name for name in ORDER if name in rows[0]), "variable", "value", "unit"]
        write(into / f"{table}.csv", columns, rows)


def municipalities(path: Path, names: dict[str, tuple[str, str, bool]]) -> Iterator[Row]:
    for raw in read(path):
        whole_country = raw["gemeentecode"] == COUNTRY
        for source, (variable, unit, additive) in names.items():
            if raw[source] == "" or (whole_country and not additive):
                continue
            yield {
                "year": raw["jaar"],
                "region_code": raw["gemeentecode"],
                "region": "Nederland" if whole_country else raw["naam"],
                "variable": variable,
                "value": raw[source],
                "unit": unit,
            }


def country_percentages(path: Path) -> Iterator[Row]:
    """The percentages of the whole country: no published figures, but means over all municipalities."""
    for raw in read(path):
        for source, (variable, unit, _) in CBS.items():
            if raw["gemeentecode"] == COUNTRY and unit == "percent" and raw[source]:
                yield {
                    "year": raw["jaar"],
                    "region_code": COUNTRY,
                    "region": "Nederland",
                    "variable": variable,
                    "value": raw[source],
                    "unit": "percent, mean of the rounded percentages of all municipalities, weighted by inhabitants",
                }


def education(path: Path, level: str, variable: str) -> Iterator[Row]:
    for raw in read(path):
        described = {DUO[name]: text for name, text in raw.items() if name in DUO}
        if not any(described.values()):
            if any(text.strip("0") for name, text in raw.items() if name not in DUO):
                raise SystemExit(f"{path.name}: a row that says nothing of whom it counts holds a number")
            continue
        if level != "mbo" and "programme" in described:
            described["programme"] = described["programme"].removeprefix(f"{level} ")
        for year, sex, value in cells(path, raw):
            row = {
                "year": year,
                "level": level,
                **described,
                "variable": variable,
                "value": value,
                "unit": "persons",
            }
            if sex:
                row["sex"] = sex
            elif "sex" in row:
                row["sex"] = SEX[row["sex"]]
            yield row


def cells(path: Path, raw: Row) -> Iterator[tuple[str, str, str]]:
    """The numbers of a row as (year, sex or "", value); totals are checked against man + woman."""
    for name, text in raw.items():
        if name.isdigit():
            yield name, "", text
        elif name.startswith("totaal"):
            year = name.removeprefix("totaal")
            if f"man{year}" not in raw:
                yield year, "", text
                continue
            if int(raw[f"man{year}"]) + int(raw[f"vrouw{year}"]) != int(text):
                raise SystemExit(f"{path.name}: men and women of {year} do not add up to the total in {raw}")
            for source, sex in SEX.items():
                yield year, sex, raw[f"{source}{year}"]


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, columns: Iterable[str], rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"wrote {path}")


if __name__ == "__main__":
    main(*(Path(word) for word in sys.argv[1:2]))
