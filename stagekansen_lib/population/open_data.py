"""Open data: figures of CBS and DUO as long tables, one observation a row, with where they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.project.datapackages import read_datapackage
from stagekansen_lib.project.paths import data_files, data_folder

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["describe_open_data", "open_data_names", "read_open_data"]

_FOLDER = "open-data"


def open_data_names() -> tuple[str, ...]:
    """The tables that `read_open_data` knows, in alphabetical order."""
    return tuple(path.stem for path in data_files(_FOLDER, "*.csv"))


def read_open_data(name: str) -> pd.DataFrame:
    """A table of CBS or DUO figures, one observation a row, with typed columns.

    Parameters
    ----------
    name : a name of `open_data_names`, such as "cbs_municipalities" or "duo_hbo_first_years".

    Returns
    -------
    Columns ``year`` (int), ``variable``, ``value`` (float), ``unit``, and those of the following that the
    table has: ``region_code`` (CBS code of the municipality; NL00 for the country), ``region``,
    ``institution_code`` (BRIN), ``institution``, ``seat`` (place of the head office, not of the lessons),
    ``level`` (mbo, hbo, wo), ``programme`` (mbo level 1 to 4; associate degree, bachelor, master,
    postmaster), ``sector`` and ``route`` in the words of the source, ``sex`` (man, woman). Text columns are
    categories. Percentages are as published, 0 to 100. No figure means no row.
    ``hidden_cells`` (int): how many counts the source hides in this sum; above 0 the sum is a lower bound.

    Raises
    ------
    InputError : there is no such table.

    Examples
    --------
    >>> table = read_open_data("cbs_municipalities")
    >>> here = table.query("region == 'Delft' and year == 2019 and variable == 'inhabitants'")
    >>> here["value"].item()
    103163.0
    """
    if name not in open_data_names():
        raise InputError(Problem(f"There is no table '{name}'.", do=did_you_mean(name, open_data_names())))
    import pandas as pd

    table = pd.read_csv(data_folder(_FOLDER, f"{name}.csv"), dtype=str, keep_default_na=False)
    table["year"] = table["year"].astype("int64")
    table["value"] = table["value"].astype("float64")
    if "hidden_cells" in table:
        table["hidden_cells"] = table["hidden_cells"].astype("int64")
    texts = [column for column in table if column not in ("year", "value", "hidden_cells")]
    return table.astype(dict.fromkeys(texts, "category"))


def describe_open_data() -> pd.DataFrame:
    """What tables there are and where they come from, one row a table.

    Returns
    -------
    Columns ``table``, ``title_nl``, ``title_en``, ``source``, ``licence``, ``date``, ``rows``, ``checksum``
    (sha256) and ``note``, from ``data/datapackage.json``.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for resource in read_datapackage()["resources"]:
        if not resource["path"].startswith(f"{_FOLDER}/") or resource["format"] != "csv":
            continue
        rows.append(
            {
                "table": resource["name"].removeprefix(f"{_FOLDER}-"),
                "title_nl": resource["title_nl"],
                "title_en": resource["title"],
                "source": "; ".join(source["title"] for source in resource["sources"]),
                "licence": "; ".join(licence["title"] for licence in resource["licenses"]),
                "date": resource["date"],
                "rows": resource["rows"],
                "checksum": resource["hash"].removeprefix("sha256:"),
                "note": resource.get("note", ""),
            }
        )
    return pd.DataFrame(rows)
