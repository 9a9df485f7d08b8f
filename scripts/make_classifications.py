"""Write data/classifications: how programmes, levels, origin and places are divided, and the links between divisions.

    python scripts/make_classifications.py

Reads   data/registers/classification.yaml (mbo domains, CROHO units, ISCED-F fields and their links),
        data/codebooks/baseline_codes.csv (the answers of the model questionnaire),
        data/place/place.yaml and data/regions/neighbours.geojson (municipalities),
        and, in this script, the links that stand in no source
Writes  index.csv (one line a classification), columns.csv (which column of which codebook holds which), links.csv,
        and one file of codes for each classification
Licence CC BY 4.0; names of municipalities CBS / Kadaster (CC BY 4.0)
Date    2026; municipalities 2022

``confidence`` says how a line came about: found (seen at the source), recalled (known to the makers, to be checked),
proposed (a choice of this project), defined (true by the text of the model questionnaire).

Kinds of link, seen from the code: exact (the same thing), broader (falls whole inside the target), narrower (its
people go to several targets; one is marked preferred and a person decides), none (no counterpart).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from stagekansen_lib.project.places import read_place

DATA = Path(__file__).resolve().parent.parent / "data"
FOLDER = DATA / "classifications"

# name, concept, variable that harmonise makes, kind, privacy, title nl and en, label nl and en, source
INDEX: list[tuple[str, ...]] = [
    ("fields_baseline", "programme", "field", "nominal", "ordinary", "Richtingen van de modelvragenlijst",
     "Fields of the model questionnaire", "Richting van de opleiding", "Field of study",
     "model questionnaire, item a4"),
    ("mbo_domains", "programme", "mbo_domain", "nominal", "ordinary", "Opleidingsdomeinen van het mbo",
     "Programme domains of mbo", "Opleidingsdomein", "Programme domain", "register classification"),
    ("croho_units", "programme", "croho_unit", "nominal", "ordinary", "Onderdelen van CROHO (hbo)",
     "CROHO units (hbo)", "CROHO-onderdeel", "CROHO unit", "register classification"),
    ("isced_f_broad", "programme", "isced_field", "nominal", "ordinary", "Brede studierichtingen, ISCED-F 2013",
     "Broad fields of education, ISCED-F 2013", "Studierichting (ISCED-F)", "Field of education (ISCED-F)",
     "register classification"),
    ("mbo_sectors", "programme", "mbo_sector", "nominal", "ordinary", "Sectoren van het mbo, zoals DUO telt",
     "Sectors of mbo, as DUO counts", "Sector van het mbo", "Sector of mbo", "DUO open onderwijsdata"),
    ("sectors_haaglanden", "programme", "sector", "nominal", "ordinary",
     "Drie sectoren voor mbo en hbo samen in Haaglanden", "Three sectors for mbo and hbo together in Haaglanden",
     "Sector", "Sector", "choice of this project: groups large enough to show"),
    ("programme_types_baseline", "level", "programme_type", "nominal", "ordinary",
     "Soorten opleiding van de modelvragenlijst", "Types of programme of the model questionnaire",
     "Soort opleiding", "Type of programme", "model questionnaire, item a1"),
    ("programmes_duo", "level", "programme_duo", "nominal", "ordinary", "Niveaus zoals DUO ze schrijft",
     "Levels as DUO writes them", "Niveau (DUO)", "Level (DUO)", "DUO open onderwijsdata"),
    ("levels", "level", "level_two", "nominal", "ordinary", "Mbo en hbo", "Mbo and hbo", "Niveau", "Level",
     "choice of this project"),
    ("origin_baseline", "origin", "origin", "nominal", "special", "Herkomst in de modelvragenlijst",
     "Origin in the model questionnaire", "Waar student en ouders geboren zijn", "Where student and parents were born",
     "model questionnaire, item h5"),
    ("origin_cbs_2022", "origin", "origin_cbs", "nominal", "special", "Herkomst, CBS vanaf 2022",
     "Origin, CBS from 2022 on", "Herkomst (CBS 2022)", "Origin (CBS 2022)", "CBS, as known to the makers"),
    ("origin_cbs_old", "origin", "origin_cbs_old", "nominal", "special", "Migratieachtergrond, CBS tot 2022",
     "Migration background, CBS until 2022", "Migratieachtergrond (tot 2022)", "Migration background (until 2022)",
     "CBS, as known to the makers; terms of that time"),
    ("municipalities", "place", "municipality", "nominal", "identifying", "Gemeenten in en om Haaglanden",
     "Municipalities in and around Haaglanden", "Gemeente", "Municipality", "CBS Gebiedsindelingen 2022"),
    ("regions_haaglanden", "place", "region", "nominal", "ordinary", "Den Haag, rest van Haaglanden, elders",
     "The Hague, rest of Haaglanden, elsewhere", "Regio", "Region", "CBS Gebiedsindelingen 2022"),
    ("the_hague_or_elsewhere", "place", "place_two", "nominal", "ordinary", "Den Haag of elders",
     "The Hague or elsewhere", "Den Haag of elders", "The Hague or elsewhere", "CBS Gebiedsindelingen 2022"),
]  # fmt: skip

COLUMNS = [
    ("baseline", "field", "fields_baseline"),
    ("baseline", "programme_type", "programme_types_baseline"),
    ("baseline", "origin", "origin_baseline"),
]

# classification: code, Dutch, English, other names, confidence
SMALL: dict[str, list[tuple[str, str, str, str, str]]] = {
    "mbo_sectors": [
        ("technology", "techniek", "technology", "", "found"),
        ("business", "economie", "business", "", "found"),
        ("care", "zorg en welzijn", "care and welfare", "", "found"),
        ("green", "groen", "green", "", "found"),
        ("combined", "gecombineerd", "combined", "combinatie van sectoren", "found"),
    ],
    "programmes_duo": [
        ("1", "1", "1", "mbo niveau 1|mbo 1|mbo level 1", "found"),
        ("2", "2", "2", "mbo niveau 2|mbo 2|mbo level 2", "found"),
        ("3", "3", "3", "mbo niveau 3|mbo 3|mbo level 3", "found"),
        ("4", "4", "4", "mbo niveau 4|mbo 4|mbo level 4", "found"),
        ("associate degree", "associate degree", "associate degree", "ad", "found"),
        ("bachelor", "bachelor", "bachelor", "hbo-bachelor|hbo bachelor", "found"),
        ("master", "master", "master", "hbo-master|hbo master", "found"),
        ("postmaster", "postmaster", "postmaster", "", "found"),
    ],
    "levels": [("1", "mbo", "mbo", "", "defined"), ("2", "hbo", "hbo", "", "defined")],
    "origin_cbs_2022": [
        ("nl", "Herkomst Nederland", "Origin the Netherlands", "Nederland", "recalled"),
        ("europe", "Herkomst Europa, zonder Nederland", "Origin Europe, without the Netherlands", "Europa", "recalled"),
        ("outside_europe", "Herkomst buiten Europa", "Origin outside Europe", "Buiten Europa", "recalled"),
    ],
    "origin_cbs_old": [
        ("none", "Geen migratieachtergrond", "No migration background", "autochtoon", "recalled"),
        ("western", "Westerse migratieachtergrond", "Western migration background", "westers", "recalled"),
        ("non_western", "Niet-westerse migratieachtergrond", "Non-western migration background", "niet-westers",
         "recalled"),
    ],
    "regions_haaglanden": [
        ("the_hague", "Den Haag", "The Hague", "", "defined"),
        ("haaglanden", "Rest van Haaglanden", "Rest of Haaglanden", "Haaglanden", "defined"),
        ("elsewhere", "Elders", "Elsewhere", "", "defined"),
    ],
    "the_hague_or_elsewhere": [
        ("1", "Den Haag", "The Hague", "", "defined"),
        ("0", "Elders", "Elsewhere", "", "defined"),
    ],
    "sectors_haaglanden": [
        ("1", "Economie, recht en dienstverlening", "Business, law and services", "", "proposed"),
        ("2", "Zorg, welzijn en onderwijs", "Health, welfare and education", "", "proposed"),
        ("3", "Techniek, kunst, groen en overig", "Engineering, arts, agriculture and other", "", "proposed"),
    ],
}  # fmt: skip

# source, target: code -> (kind, targets with the preferred one first, confidence, note)
Link = tuple[str, str, str, str]
CHOICES: dict[tuple[str, str], dict[str, Link]] = {
    ("fields_baseline", "sectors_haaglanden"): {
        **dict.fromkeys(("1", "5", "7"), ("broader", "3", "defined", "")),
        **dict.fromkeys(("2", "6"), ("broader", "1", "defined", "")),
        **dict.fromkeys(("3", "4"), ("broader", "2", "defined", "")),
        "8": ("broader", "3", "defined", "The third sector is named 'and other'."),
    },
    ("fields_baseline", "isced_f_broad"): {
        "1": ("narrower", "07|06", "proposed", "ICT is a field of its own in ISCED-F."),
        "2": ("exact", "04", "proposed", ""),
        "3": ("exact", "09", "proposed", ""),
        "4": ("exact", "01", "proposed", ""),
        "5": ("broader", "02", "proposed", "Journalism is 03; the questionnaire does not tell it apart."),
        "6": ("broader", "10", "proposed", "ISCED-F counts transport here too."),
        "7": ("narrower", "08|07", "proposed", "Food processing is 07."),
        "8": ("none", "", "proposed", "'Other' says no field."),
    },
    ("mbo_domains", "sectors_haaglanden"): {
        **{f"mbo-{n:02}": ("broader", "3", "proposed", "") for n in (1, 3, 8, 9, 10, 11, 16)},
        **{f"mbo-{n:02}": ("broader", "1", "proposed", "") for n in (4, 6, 7, 12, 14, 15)},
        "mbo-02": ("narrower", "3|2", "proposed", "Health technology can be counted as health."),
        "mbo-05": ("narrower", "3|1|2", "proposed", "Entry programmes by profile; with 'other' when it is unknown."),
        "mbo-13": ("narrower", "3|1", "proposed", "Logistics is close to business."),
        "mbo-17": ("broader", "2", "proposed", ""),
    },
    ("croho_units", "sectors_haaglanden"): {
        **{f"hbo-{n:02}": ("broader", "3", "proposed", "") for n in (2, 3, 4, 9)},
        **{f"hbo-{n:02}": ("broader", "2", "proposed", "") for n in (1, 5)},
        **{f"hbo-{n:02}": ("broader", "1", "proposed", "") for n in (6, 7)},
        "hbo-08": ("narrower", "2|1", "proposed", "Social work is welfare; psychology and HRM are not."),
        "hbo-10": ("narrower", "3|1|2", "proposed", "Use programme level."),
    },
    ("isced_f_broad", "sectors_haaglanden"): {
        **dict.fromkeys(("00", "02", "05", "06", "07", "08"), ("broader", "3", "proposed", "")),
        **dict.fromkeys(("01", "09"), ("broader", "2", "proposed", "")),
        **dict.fromkeys(("04",), ("broader", "1", "proposed", "")),
        "03": ("narrower", "1|2|3", "proposed", "Social science, journalism and information have no sector here."),
        "10": ("narrower", "1|3", "proposed", "Transport services are counted with engineering here."),
        "99": ("none", "", "proposed", ""),
    },
    ("mbo_sectors", "sectors_haaglanden"): {
        "technology": ("broader", "3", "proposed", ""),
        "business": ("broader", "1", "proposed", ""),
        "care": ("narrower", "2|1", "proposed", "Some sources count sports and safety as care."),
        "green": ("broader", "3", "proposed", ""),
        "combined": ("none", "", "proposed", "Says no sector."),
    },
    ("programme_types_baseline", "programmes_duo"): {
        **{code: ("exact", code, "defined", "") for code in "1234"},
        "5": ("exact", "associate degree", "defined", ""),
        "6": ("exact", "bachelor", "defined", ""),
        "7": ("exact", "master", "defined", ""),
    },
    ("programme_types_baseline", "levels"): {
        **dict.fromkeys("1234", ("broader", "1", "defined", "")),
        **dict.fromkeys("567", ("broader", "2", "defined", "")),
    },
    ("programmes_duo", "levels"): {
        **dict.fromkeys("1234", ("broader", "1", "defined", "")),
        **dict.fromkeys(("associate degree", "bachelor", "master", "postmaster"), ("broader", "2", "defined", "")),
    },
    ("origin_baseline", "origin_cbs_2022"): {
        "1": ("exact", "nl", "recalled", ""),
        "2": ("broader", "europe", "recalled", ""),
        "3": ("broader", "outside_europe", "recalled", "With one parent in Europe CBS looks at the mother first."),
        "4": ("broader", "europe", "recalled", ""),
        "5": ("broader", "outside_europe", "recalled", ""),
    },
    ("origin_baseline", "origin_cbs_old"): {
        "1": ("broader", "none", "recalled", ""),
        "2": ("broader", "western", "recalled", "Turkey was non-western."),
        "3": ("narrower", "non_western|western", "recalled", "Indonesia, Japan, North America, Oceania were western."),
        "4": ("narrower", "western|none", "recalled", "Born abroad with both parents born here was no background."),
        "5": ("narrower", "non_western|western|none", "recalled", "As for the two above."),
    },
    ("origin_cbs_2022", "origin_cbs_old"): {
        "nl": ("broader", "none", "recalled", ""),
        "europe": ("narrower", "western|none", "recalled", "Born abroad, both parents born here: no background."),
        "outside_europe": ("narrower", "non_western|western|none", "recalled",
                           "Indonesia, Japan, North America, Oceania were western."),
    },
    ("origin_cbs_old", "origin_cbs_2022"): {
        "none": ("narrower", "nl|europe|outside_europe", "recalled", "From 2022 on the own country of birth is first."),
        "western": ("narrower", "europe|outside_europe", "recalled", ""),
        "non_western": ("broader", "outside_europe", "recalled", ""),
    },
    ("regions_haaglanden", "the_hague_or_elsewhere"): {
        "the_hague": ("exact", "1", "defined", ""),
        "haaglanden": ("broader", "0", "defined", ""),
        "elsewhere": ("broader", "0", "defined", ""),
    },
}  # fmt: skip


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    register = yaml.safe_load((DATA / "registers" / "classification.yaml").read_text("utf-8"))
    places = municipalities()
    codes = dict(SMALL)
    codes["mbo_domains"] = [line(entry, entry.get("code", "")) for entry in register["mbo_links"]]
    codes["croho_units"] = [line(entry, entry["code"]) for entry in register["hbo_links"]]
    codes["isced_f_broad"] = [line(entry, "") for entry in register["isced_fields"]]
    for name, variable in (
        ("fields_baseline", "field"),
        ("programme_types_baseline", "programme_type"),
        ("origin_baseline", "origin"),
    ):
        codes[name] = answers_of(variable)
    codes["municipalities"] = [(code, name, name, also, "found") for code, name, also, _ in places]
    links = {
        **CHOICES,
        ("mbo_domains", "isced_f_broad"): {entry["id"]: register_link(entry) for entry in register["mbo_links"]},
        ("croho_units", "isced_f_broad"): {entry["id"]: register_link(entry) for entry in register["hbo_links"]},
        ("mbo_domains", "mbo_sectors"): {entry["id"]: sector_link(entry) for entry in register["mbo_links"]},
        ("municipalities", "regions_haaglanden"): {
            code: ("exact" if region == "the_hague" else "broader", region, "found", "")
            for code, _, _, region in places
        },
        ("municipalities", "the_hague_or_elsewhere"): {
            code: ("exact", "1", "found", "") if region == "the_hague" else ("broader", "0", "found", "")
            for code, _, _, region in places
        },
    }
    index = ("name", "concept", "variable", "kind", "privacy", "title_nl", "title_en", "label_nl", "label_en", "source")
    write("index.csv", index, INDEX)
    write("columns.csv", ("codebook", "variable", "classification"), COLUMNS)
    for name, lines in codes.items():
        write(f"{name}.csv", ("code", "label_nl", "label_en", "also", "confidence"), lines)
    order = [entry[0] for entry in INDEX]
    write(
        "links.csv",
        ("source", "code", "target", "target_code", "kind", "preferred", "confidence", "note"),
        (
            (source, code, target, to, kind, "yes" if place == 0 and to else "", confidence, note if place == 0 else "")
            for (source, target), found in sorted(links.items(), key=lambda item: [order.index(n) for n in item[0]])
            for code, (kind, targets, confidence, note) in found.items()
            for place, to in enumerate(targets.split("|"))
        ),
    )


def line(entry: dict[str, Any], also: str) -> tuple[str, str, str, str, str]:
    return entry["id"], entry["label_nl"], entry["label_en"], also.replace(" or ", "|"), entry["confidence"]


def answers_of(variable: str) -> list[tuple[str, str, str, str, str]]:
    """The real answers of a question of the model questionnaire."""
    with (DATA / "codebooks" / "baseline_codes.csv").open(encoding="utf-8-sig", newline="") as file:
        return [
            (code["code"], code["label_nl"], code["label_en"], "", "defined")
            for code in csv.DictReader(file)
            if code["variable"] == variable and not code["missing"]
        ]


def register_link(entry: dict[str, Any]) -> Link:
    """A link of the register: one field and no other is broader, anything else is for a person to decide."""
    others = entry.get("alternatives") or []
    kind = "broader" if entry["quality"] == "good" and not others else "narrower"
    return kind, "|".join([entry["isced"], *others]), entry["confidence"], entry.get("note_en", "").strip()


def sector_link(entry: dict[str, Any]) -> Link:
    codes = {code[1]: code[0] for code in SMALL["mbo_sectors"]}
    found = [codes[name] for name in entry["sector_nl"].split(" / ")]
    if "differs by source" in entry.get("note_en", ""):
        # The register does not say which other sector the other sources name, except for ICT.
        named = [codes["economie"]] if "or economie" in entry["note_en"] else []
        return "narrower", "|".join([*found, *named]), entry["confidence"], "The sector differs by source."
    return "broader" if len(found) == 1 else "narrower", "|".join(found), entry["confidence"], ""


def municipalities() -> list[tuple[str, str, str, str]]:
    """Code, name, other names and region of each municipality in and around Haaglanden."""
    names = read_place().municipalities
    around = json.loads((DATA / "regions" / "neighbours.geojson").read_text("utf-8"))["features"]
    inside = [
        (
            code,
            entry["name"],
            "s-Gravenhage|'s-Gravenhage|The Hague" if code == "GM0518" else "",
            "the_hague" if code == "GM0518" else "haaglanden",
        )
        for code, entry in names.items()
    ]
    outside = [(one["properties"]["code"], one["properties"]["name"], "", "elsewhere") for one in around]
    return inside + sorted(entry for entry in outside if entry[0] not in names)


def write(name: str, columns: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    with (FOLDER / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(lines)
    print(f"wrote data/classifications/{name}")


if __name__ == "__main__":
    main()
