"""CBS StatLine, through the package cbsodata: key figures of the nine municipalities and the country."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import RefusedError, StagekansenError
from stagekansen_lib.population.refresh.prepared import Prepared, Row, csv_text, read_rows
from stagekansen_lib.population.regions import municipality_names
from stagekansen_lib.project.extras import needs

__all__ = ["prepare_municipalities"]

_PATH = "open-data/cbs_municipalities.csv"
_COUNTRY = "NL00"
_UNCHANGED = "Nothing was changed."


def prepare_municipalities(
    settings: dict[str, Any], folder: Path, get_table: Callable[..., list[dict[str, Any]]] | None = None
) -> list[Prepared]:
    """The table cbs_municipalities with the year of the settings added or replaced.

    Parameters
    ----------
    settings : ``table`` (StatLine id of Kerncijfers wijken en buurten), ``year``, and ``columns``: name in
    the
        table without its number -> ``variable`` and ``unit`` of ours. Only these variables of that year are
        replaced.

    Raises
    ------
    RefusedError : a region or column is missing or there twice, a number is none, or men and women do not add up to
    inhabitants. StagekansenError : no answer came.
    """
    year = str(settings["year"])
    regions = {**municipality_names(official=True), _COUNTRY: "Nederland"}
    # Codes in StatLine are padded to ten characters.
    wanted = " or ".join(f"WijkenEnBuurten eq '{code:<10}'" for code in regions)
    names = [str(name) for name in settings["columns"]]
    found = _by_region((get_table or _get_table)(str(settings["table"]), filters=wanted), regions, names)
    fresh: list[Row] = []
    for code, name in regions.items():
        values = {}
        for stem, ours in settings["columns"].items():
            values[ours["variable"]] = _number(found[code], stem, name)
            fresh.append(
                {
                    "year": year,
                    "region_code": code,
                    "region": name,
                    "variable": ours["variable"],
                    "value": values[ours["variable"]],
                    "unit": ours["unit"],
                }
            )
        _check_sum(values, name)
    columns, rows = read_rows((folder / _PATH).read_text("utf-8"))
    replaced = {(row["year"], row["region_code"], row["variable"]) for row in fresh}
    kept = [row for row in rows if (row["year"], row["region_code"], row["variable"]) not in replaced]
    merged = sorted([*kept, *fresh], key=lambda row: int(row["year"]))
    years = sorted({row["year"] for row in merged})
    card = {
        "source": "CBS Kerncijfers wijken en buurten, at municipality level; "
        f"{year} from StatLine table {settings['table']}",
        "date": f"{years[0]}-{years[-1]}",
        "made_by": f"scripts/make_open_data.py; stagekansen data refresh, {date.today().isoformat()}",
    }
    return [Prepared(_PATH, csv_text(columns, merged), card)]


def _get_table(table: str, *, filters: str) -> list[dict[str, Any]]:
    with needs("refresh"):
        import cbsodata
        import requests

    try:
        rows: list[dict[str, Any]] = cbsodata.get_data(table, filters=filters, timeout=60)
    except (requests.RequestException, ValueError, KeyError) as failure:
        raise StagekansenError(
            f"Table {table} could not be fetched from CBS StatLine ({type(failure).__name__}). Check the "
            f"connection, and the table in data/refresh/settings.yaml. {_UNCHANGED}"
        ) from failure
    return rows


def _by_region(rows: list[dict[str, Any]], regions: dict[str, str], names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Region code -> row, with the numbers that StatLine adds to column names taken off.

    A name may be given with its number, which tells two columns apart that are called alike without it.
    """
    _refuse_alike({name for row in rows for name in row}, ["Codering", *names])
    plain = [{**{_short(name): value for name, value in row.items()}, **row} for row in rows]
    if any("Codering" not in row for row in plain):
        raise RefusedError(f"The table of CBS has no column 'Codering' with region codes. {_UNCHANGED}")
    codes = Counter(str(row["Codering"]).strip() for row in plain)
    twice = [name for code, name in regions.items() if codes[code] > 1]
    if twice:
        raise RefusedError(f"The table of CBS has more than one row of {', '.join(twice)}. {_UNCHANGED}")
    missing = [name for code, name in regions.items() if not codes[code]]
    if missing:
        raise RefusedError(f"The table of CBS lacks {', '.join(missing)}. {_UNCHANGED}")
    return {str(row["Codering"]).strip(): row for row in plain}


def _short(name: str) -> str:
    return re.sub(r"_\d+$", "", name)


def _refuse_alike(columns: Collection[str], wanted: Sequence[str]) -> None:
    """Stop when a name that is wanted could be any of several columns: the last would take the place of the others."""
    for name in wanted:
        alike = sorted(column for column in columns if _short(column) == name)
        if name not in columns and len(alike) > 1:
            raise RefusedError(
                f"The table of CBS has {len(alike)} columns called '{name}' ({', '.join(alike)}). Write the one that "
                f"is meant, with its number, in data/refresh/settings.yaml. {_UNCHANGED}"
            )


def _number(row: dict[str, Any], stem: str, region: str) -> str:
    if stem not in row:
        raise RefusedError(
            f"The table of CBS has no column '{stem}'. Correct it in data/refresh/settings.yaml. {_UNCHANGED}"
        )
    text = str(row[stem]).strip()
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        raise RefusedError(f"'{stem}' of {region} is no number in the table of CBS. {_UNCHANGED}")
    return text.removesuffix(".0")


def _check_sum(values: dict[str, str], region: str) -> None:
    if {"inhabitants", "men", "women"} <= values.keys():
        off = float(values["men"]) + float(values["women"]) - float(values["inhabitants"])
        # CBS rounds each number of this table to fives in some years.
        if abs(off) > 10:
            raise RefusedError(f"Men and women of {region} differ from inhabitants by {off:+,.0f}. {_UNCHANGED}")
