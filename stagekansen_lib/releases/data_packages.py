"""A release as a Data Package: what a tool that has never heard of this project needs to read the tables right."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from typing import Any

from stagekansen_lib.project.places import read_place

__all__ = ["PACKAGE", "release_package"]

PACKAGE = "datapackage.json"
_PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_LICENCE = {
    "name": "CC-BY-4.0",
    "path": "https://creativecommons.org/licenses/by/4.0/",
    "title": "Creative Commons Attribution 4.0",
}
_KINDS = {"estimate": "number", "ci_low": "number", "ci_high": "number"}
_MARKS = (
    {"value": "x", "label": "not shown: it could point to persons"},
    {"value": "~", "label": "uncertain: few answers"},
    {"value": ".", "label": "nobody answered"},
    {"value": "empty", "label": "cannot occur"},
    {"value": "<10%", "label": "less than ten percent, shown as a class"},
    {"value": ">90%", "label": "more than ninety percent, shown as a class"},
)


def release_package(
    facts: Mapping[str, Any], codebook: Mapping[str, Any], tables: Mapping[str, bytes]
) -> dict[str, Any]:
    """The descriptor of a release by the Data Package standard, version 2.

    Parameters
    ----------
    facts : what `release.json` says: name, date, survey, synthetic, tables with their titles and rules.
    codebook : what `codebook.json` says: the variables with their labels and codes.
    tables : bytes of each table by its path in the folder of the release, such as `tables/experience.csv`.

    Returns
    -------
    A dict with a resource for each table: title, size, sha256, number of rows, and a schema whose fields carry their
    label and, where they hold codes, the labels of the codes (`categories`), in English; Dutch beside it as `_nl`.
    """
    variables = {one["name"]: one for one in codebook["variables"]}
    made_up = "SYNTHETIC. " if facts["synthetic"] else ""
    wave = f", wave {facts['wave']}" if facts["wave"] else ""
    return {
        "$schema": _PROFILE,
        "name": facts["name"],
        "title": f"{made_up}{facts['survey']}{wave}: published tables",
        "description": (
            f"{made_up}Weighted figures that passed the disclosure rules {facts['rules']['used']}; 'estimate' with the"
            " 95% interval 'ci_low' to 'ci_high', 'base' the number of answers as a class, 'mark' why a cell is"
            " uncertain or not shown."
        ),
        "version": facts["date"],
        "created": f"{facts['date']}T00:00:00Z",
        "licenses": [_LICENCE],
        "keywords": read_place().keywords.get("en", "").split(", "),
        "resources": [
            *(_resource(entry, tables[entry["file"]], variables) for entry in facts["tables"]),
            *([_index_resource(tables[facts["index"]["file"]], facts)] if "index" in facts else []),
        ],
    }


def _index_resource(content: bytes, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The yearly index, which is no table."""
    made_up = "SYNTHETIC. " if facts["synthetic"] else ""
    return {
        "name": "index",
        "path": facts["index"]["file"],
        "title": f"{made_up}Yearly index: indicators, domains, index and change by wave",
        "format": "json",
        "mediatype": "application/json",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
    }


def _resource(entry: Mapping[str, Any], content: bytes, variables: Mapping[str, Any]) -> dict[str, Any]:
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
    notes = [entry[name] for name in ("who_en", "note_en") if entry[name]]
    return {
        "name": entry["id"].replace("_", "-").lower(),
        "path": entry["file"],
        "type": "table",
        "title": entry["title_en"],
        "title_nl": entry["title_nl"],
        **({"description": " ".join(notes)} if notes else {}),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "rows": len(rows),
        "schema": {
            "fields": [_field(name, entry, variables) for name in header],
            "missingValues": [""],
        },
    }


def _field(name: str, entry: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    """A column: its kind, and the labels of the variable that it holds the codes of."""
    if name == "mark":
        return {"name": name, "type": "string", "categories": list(_MARKS)}
    if name in _KINDS:
        unit = f" ({entry['kind']} of {variables[entry['of']]['label_en']})" if name == "estimate" else ""
        return {"name": name, "type": _KINDS[name], "title": f"{name}{unit}"}
    variable = variables.get(entry["of"] if name == "code" else name)
    if variable is None:
        return {"name": name, "type": "string"}
    codes = [{"value": str(one["code"]), "label": one["label_en"]} for one in variable["codes"]]
    return {
        "name": name,
        # Codes are names, also when they look like numbers.
        "type": "string",
        "title": variable["label_en"],
        "title_nl": variable["label_nl"],
        **({"categories": codes} if codes else {}),
    }
