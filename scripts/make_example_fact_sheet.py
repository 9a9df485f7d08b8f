"""Write docs/fact-sheets: the fact sheet of the example release, as ``stagekansen factsheet example-2022`` makes it.

    python scripts/make_example_fact_sheet.py

Reads   data/published/example-2022 and data/ledger/acts
Writes  fact-sheet-example-2022 in Dutch and English, as HTML, PDF/UA-1 and Word, and puts PDF and Word on the list of
        what may enter git (scripts/tables_outside_data.txt), since their bytes cannot be looked through.
Licence CC BY 4.0. The release is made up by a program and says so on each page; claims rest on published figures.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from stagekansen_lib.fact_sheets.making import write_fact_sheets

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    written = write_fact_sheets("example-2022", into=ROOT / "docs" / "fact-sheets")
    names = [path.relative_to(ROOT).as_posix() for path in written if path.suffix != ".html"]
    guard = [sys.executable, str(ROOT / "scripts" / "guard_microdata.py"), "--allow", *names]
    subprocess.run(guard, cwd=ROOT, check=True)
    print(f"{len(written)} files stand in docs/fact-sheets.")


if __name__ == "__main__":
    main()
