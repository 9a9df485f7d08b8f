"""One module a file format; each gives the cells as text, and says what it did to get them."""

from stagekansen_lib.readers.csv_files import RawTable, read_csv_file

__all__ = ["RawTable", "read_csv_file"]
