"""Reading a CSV file of 40 columns against its codebook, checked; beside it pandas and Arrow, which check nothing.

The file is the synthetic example survey over and over: its first 40 columns, each row with a number of its own, with
the bad rows and answers that the example has on purpose.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
from itertools import cycle, islice
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv
from common import OURS, rows_option, take_turns

from stagekansen_lib.intake.checks import check_survey
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.readers.columns import find_columns
from stagekansen_lib.surveys.codebook_files import read_codebook
from stagekansen_lib.surveys.codebooks import Codebook

COLUMNS = 40


def main() -> None:
    options = rows_option(__doc__.splitlines()[0], 1_000_000, measured="")
    if options.measured:
        return measured(Path(options.measured))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answers.csv"
        make_file(file, options.rows)
        size = file.stat().st_size
        print(f"{options.rows:,} rows, {COLUMNS} columns, {size / 1e6:.0f} MB")
        agree(file)
        cases = {
            OURS: lambda: read_survey(file, codebook()),
            "pandas.read_csv": lambda: pd.read_csv(file, sep=";", low_memory=False),
            "pyarrow.csv.read_csv": lambda: arrow_read(file),
        }
        take_turns("Reading; ours also checks each answer against the codebook", cases, options.rounds)
        survey = read_survey(file, codebook())
        take_turns("The report of all rules", {OURS: lambda: check_survey(survey)}, options.rounds)
        words = [sys.executable, __file__, "--measured", str(file)]
        before, after = map(int, subprocess.run(words, capture_output=True, text=True, check=True).stdout.split())
        print(f"Memory at its peak: {1024 * (after - before) / size:.1f} times the file, {after >> 10} MB in all")


def measured(file: Path) -> None:
    """Peak memory of this process before and after reading, in kB (Linux)."""
    before = peak()
    read_survey(file, codebook())
    print(before, peak())


def peak() -> int:
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])


def make_file(file: Path, rows: int) -> None:
    with data_folder("example", "example_2022.csv").open(encoding="utf-8-sig", newline="") as source:
        header, *answers = csv.reader(source, delimiter=";")
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, delimiter=";")
        writer.writerow(header[:COLUMNS])
        whole = (answer for answer in cycle(answers) if len(answer) == len(header))
        writer.writerows([f"R{number}", *row[1:COLUMNS]] for number, row in enumerate(islice(whole, rows)))


def codebook() -> Codebook:
    """The baseline codebook of the columns in the file, with what is derived from them."""
    book = read_codebook("baseline")
    with data_folder("example", "example_2022.csv").open(encoding="utf-8-sig", newline="") as source:
        header = next(csv.reader(source, delimiter=";"))
    columns = set(header[:COLUMNS])
    kept = {name for name, column in find_columns(header, book).single.items() if column in columns}
    names = kept | {n for n, one in book.variables.items() if one.derived_from and set(one.derived_from) <= kept}
    checks = tuple(one for one in book.checks if {c.variable for c in (*one.when, *one.then)} <= names)
    return Codebook("first 40", {n: v for n, v in book.variables.items() if n in names}, version="", checks=checks)


def arrow_read(file: Path) -> pa.Table:
    options = arrow_csv.ParseOptions(delimiter=";", newlines_in_values=True)
    return arrow_csv.read_csv(file, parse_options=options)


def agree(file: Path) -> None:
    """Stop when pandas finds other answers than we do."""
    survey = read_survey(file, codebook())
    frame = pd.read_csv(file, sep=";", low_memory=False)
    kept = frame.loc[survey.rows.index - 2]
    found = survey.rows["programme_type"].value_counts()
    column = next(name for name in frame if name.startswith("a1."))
    theirs = kept[column].value_counts()
    if len(frame) != len(survey) + int(survey.set_aside["reason"].isin(["no_consent"]).sum()) or any(
        found[code] != count for code, count in theirs.items()
    ):
        raise SystemExit("pandas and we find different answers; times would mean nothing.")
    print("  pandas: the same rows and answers")


if __name__ == "__main__":
    main()
