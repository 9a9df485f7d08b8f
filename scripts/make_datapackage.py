"""Write data/datapackage.json: every committed data file with its title, source, licence, date and checksum.

    python scripts/make_datapackage.py

Reads   the files below data (not raw, not interim) and data/<folder>/card.yaml, which say what the files are
Writes  data/datapackage.json. Ends with an error, after writing, when a file has no description.
Licence that of each file, named in its entry.
Date    as of the files.
"""

from __future__ import annotations

from stagekansen_lib.project.datapackages import write_datapackage

if __name__ == "__main__":
    problems = write_datapackage()
    print("wrote data/datapackage.json")
    if problems:
        raise SystemExit("\n".join(f"- {problem}" for problem in problems))
