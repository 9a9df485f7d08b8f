"""Parquet files: flat columns of texts, numbers, days or truth values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.extras import needs
from stagekansen_lib.readers.excel_files import cell_text
from stagekansen_lib.readers.tables import RawTable, table_from_columns

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["read_parquet_file"]

_MOST_CELLS = 400_000_000


def read_parquet_file(path: str | Path) -> RawTable:
    """The cells of a Parquet file as text.

    Raises
    ------
    InputError : the file is damaged, holds no answers, or a column holds lists or records instead of single values.
    """
    path = Path(path)
    table = _read_whole(path)
    if not table.num_rows:
        raise InputError(Problem("The file has columns and no answers.", path.name, "Export it again."))
    names = [str(name) for name in table.column_names]
    if len(set(names)) < len(names):
        raise InputError(Problem("Two columns have the same name.", path.name, "Give each its own name."))
    columns = {name: _texts(column) for name, column in zip(names, table.columns, strict=True)}
    report = [f"Parquet file, {table.num_rows} rows."]
    return table_from_columns(columns, path.name, first_row=1, report=report, format="parquet", decimals={"": "."})


def _read_whole(path: Path) -> pa.Table:
    with needs("files"):
        import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            _refuse(file.metadata.num_rows, file.schema_arrow, path.name)
            return file.read()
    except InputError:
        raise
    except Exception as error:  # Arrow fails in many ways on a damaged file
        raise InputError(Problem("The Parquet file is damaged.", path.name, "Export it again.")) from error


def _refuse(rows: int, schema: pa.Schema, file: str) -> None:
    """Stop at more cells than a survey can have, and at columns that hold more than single values."""
    with needs("files"):
        import pyarrow as pa

    if rows * max(len(schema), 1) > _MOST_CELLS:
        raise InputError(Problem(f"The file says that it has {rows:,} rows.", file, "Export it as CSV."))
    nested = [f"'{field.name}'" for field in schema if pa.types.is_nested(field.type)]
    if nested:
        said = f"Columns hold lists or records: {', '.join(nested[:10])}."
        raise InputError(Problem(said, file, "Give each value its own column."))


def _texts(column: pa.ChunkedArray) -> list[str]:
    """Each cell as text; worked out once for each distinct value."""
    with needs("files"):
        import pyarrow as pa

    whole = column.combine_chunks()
    if not pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_encode()
    texts = [cell_text(value) for value in whole.dictionary.to_pylist()]
    return [texts[code] if code >= 0 else "" for code in whole.indices.fill_null(-1).to_pylist()]
