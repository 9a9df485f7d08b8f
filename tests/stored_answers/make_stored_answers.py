"""Write the stored answers beside this file: small answers in the format of PDOK, CBS StatLine and DUO.

    python tests/stored_answers/make_stored_answers.py

They are made by us to test the clients without a network. Outlines come from data/regions, figures of CBS from
2024 from data/open-data. Everything else is invented: there is no Voorbeeldstraat, and the numbers of students are
no figures of DUO. Formats as documented by the services:

    PDOK WFS             GeoJSON; properties statcode, statnaam, jrstatcode, rubriek
    PDOK Locatieserver   version 3.1, free search: response.docs with weergavenaam, centroide_ll, score and more
    CBS StatLine         OData 3: an index of the table, then its parts, each under "value"
    DUO                  CSV, comma separated; a count that is hidden is -1
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DATA = HERE.parent.parent / "data"


def main() -> None:
    save("pdok_boundaries_2025.json", boundaries())
    for name, docs in addresses().items():
        envelope = {"numFound": len(docs), "start": 0, "maxScore": 12.5, "numFoundExact": True, "docs": docs}
        save(f"locatieserver_{name}.json", {"response": envelope})
    save("cbs_85984NED.json", statline())
    (HERE / "duo_hbo.csv").write_text(HBO, "utf-8")
    (HERE / "duo_mbo.csv").write_text(MBO, "utf-8")


def boundaries() -> dict[str, Any]:
    features = []
    for layer in ("municipalities", "neighbours"):
        for feature in json.loads((DATA / "regions" / f"{layer}.geojson").read_text("utf-8"))["features"]:
            held = feature["properties"]
            if layer == "neighbours" and held["name"] not in ("Voorschoten", "Lansingerland"):
                continue
            properties = {
                "id": len(features) + 1,
                "statcode": held["code"],
                "statnaam": held.get("official_name", held["name"]),
                "jrstatcode": f"2025{held['code']}",
                "rubriek": "gemeente",
            }
            features.append(
                {
                    "type": "Feature",
                    "id": f"gemeente_gegeneraliseerd.{len(features) + 1}",
                    "geometry": feature["geometry"],
                    "properties": properties,
                }
            )
    return {"type": "FeatureCollection", "features": features}


def addresses() -> dict[str, list[dict[str, Any]]]:
    here, elsewhere = "POINT(4.3113 52.0786)", "POINT(4.4938 52.0607)"
    return {
        "match": [address("1", "2500AA", here, 12.5), address("11", "2500AA", here, 9.1)],
        "other_number": [address("3", "2500AA", here, 11.8)],
        "other_city": [{**address("1", "2711AA", elsewhere, 10.2), "woonplaatsnaam": "Zoetermeer"}],
        "two_places": [address("1", "2500AA", here, 12.5), address("1", "2500BB", "POINT(4.25 52.05)", 12.4)],
        "nothing": [],
    }


def address(number: str, postcode: str, point: str, score: float) -> dict[str, Any]:
    return {
        "type": "adres",
        "weergavenaam": f"Voorbeeldstraat {number}, {postcode} 's-Gravenhage",
        "straatnaam": "Voorbeeldstraat",
        "huis_nlt": number,
        "huisnummer": int(number),
        "postcode": postcode,
        "woonplaatsnaam": "'s-Gravenhage",
        "centroide_ll": point,
        "score": score,
    }


def statline() -> dict[str, Any]:
    columns = {
        "inhabitants": "AantalInwoners_5",
        "men": "Mannen_6",
        "women": "Vrouwen_7",
        "households": "HuishoudensTotaal_29",
    }
    rows: dict[str, dict[str, Any]] = {}
    with (DATA / "open-data" / "cbs_municipalities.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["year"] != "2024" or row["variable"] not in columns:
                continue
            code = f"{row['region_code']:<10}"
            held = rows.setdefault(
                code,
                {
                    "ID": len(rows),
                    "WijkenEnBuurten": code,
                    "Gemeentenaam_1": row["region"],
                    "SoortRegio_2": "Land" if row["region_code"] == "NL00" else "Gemeente",
                    "Codering_3": code,
                },
            )
            held[columns[row["variable"]]] = int(row["value"])
    parts = ("TableInfos", "UntypedDataSet", "TypedDataSet", "DataProperties", "CategoryGroups", "WijkenEnBuurten")
    return {
        "": {"value": [{"name": part} for part in parts]},
        "TableInfos": {"value": [{"ID": 0, "Title": "Kerncijfers wijken en buurten 2024"}]},
        "TypedDataSet": {"value": list(rows.values())},
        "DataProperties": {"value": []},
        "CategoryGroups": {"value": []},
        "WijkenEnBuurten": {"value": [{"Key": c, "Title": row["Gemeentenaam_1"]} for c, row in rows.items()]},
    }


HBO = """\
STUDIEJAAR,PROVINCIENAAM,GEMEENTENUMMER,GEMEENTENAAM,SOORT_INSTELLING,INSTELLINGSCODE_ACTUEEL,\
INSTELLINGSNAAM_ACTUEEL,ONDERDEEL,SUBONDERDEEL,OPLEIDINGSCODE_ACTUEEL,AANTAL_INGESCHREVENEN
2024,Zuid-Holland,0518,'s-Gravenhage,hbo,27UM,De Haagse Hogeschool,ECONOMIE,n.v.t.,30001,120
2024,Zuid-Holland,0518,'s-Gravenhage,hbo,27UM,De Haagse Hogeschool,ECONOMIE,n.v.t.,30002,-1
2024,Zuid-Holland,0503,Delft,hbo,27UM,De Haagse Hogeschool,TECHNIEK,n.v.t.,30003,40
2024,Zuid-Holland,0599,Rotterdam,hbo,22OJ,Hogeschool Rotterdam,TECHNIEK,n.v.t.,30004,500
"""
MBO = """\
JAAR,INSTELLINGSCODE,INSTELLINGSNAAM,BBL,BOLDT,BOLVT,EX
2025,27GZ,ROC Mondriaan,30,-1,110,7
2025,25LN,mboRijnland,20,0,90,2
"""


def save(name: str, held: object) -> None:
    (HERE / name).write_text(json.dumps(held, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
