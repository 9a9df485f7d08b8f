"""One module a file format; each gives the cells as text, and says what it did to get them."""

from stagekansen_lib.readers.csv_files import read_csv_file
from stagekansen_lib.readers.detection import FORMATS, read_table
from stagekansen_lib.readers.tables import RawTable

__all__ = ["FORMATS", "RawTable", "read_csv_file", "read_table"]
