"""Parquet files: flat columns of texts, numbers, days or truth values."""

from __future__ import annotations

from pathlib import Path

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.extras import needs
from stagekansen_lib.readers.excel_files import cell_text
from stagekansen_lib.readers.tables import RawTable, table_from_columns

__all__ = ["read_parquet_file"]

_MOST_CELLS = 400_000_000


def read_parquet_file(path: str | Path) -> RawTable:
    """The cells of a Parquet file as text.

    Raises
    ------
    InputError : the file is damaged, holds no answers, or a column holds lists or records instead of single values.
    """
    with needs("files"):
        import pyarrow as pa
        import pyarrow.parquet as pq

    path = Path(path)
    # Arrow fails in many ways on a damaged file.
    try:
        with pq.ParquetFile(path) as file:
            rows, schema = file.metadata.num_rows, file.schema_arrow
            nested = [field.name for field in schema if pa.types.is_nested(field.type)]
            if rows * max(len(schema), 1) > _MOST_CELLS:
                raise InputError(Problem(f"The file says that it has {rows:,} rows.", path.name, "Export it as CSV."))
            if nested:
                shown = ", ".join(f"'{name}'" for name in nested[:10])
                raise InputError(
                    Problem(f"Columns hold lists or records: {shown}.", path.name, "Give each value its own column.")
                )
            table = file.read()
    except InputError:
        raise
    except Exception as error:
        raise InputError(Problem("The Parquet file is damaged.", path.name, "Export it again.")) from error
    if not table.num_rows:
        raise InputError(Problem("The file has columns and no answers.", path.name, "Export it again."))
    columns = {}
    names = [str(name) for name in table.column_names]
    if len(set(names)) < len(names):
        raise InputError(Problem("Two columns have the same name.", path.name, "Give each its own name."))
    for name, column in zip(names, table.columns, strict=True):
        column = column.combine_chunks()
        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        texts = [cell_text(value) if value is not None else "" for value in column.dictionary.to_pylist()]
        codes = column.indices.fill_null(-1).to_pylist()
        columns[name] = [texts[code] if code >= 0 else "" for code in codes]
    report = [f"Parquet file, {table.num_rows} rows."]
    return table_from_columns(columns, path.name, first_row=1, report=report, format="parquet")
