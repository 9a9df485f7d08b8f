"""``stagekansen factsheet``: the fact sheet of a release, for whoever reads no pages."""

from __future__ import annotations

import argparse
from pathlib import Path

from stagekansen_lib.cli.exits import Exit
from stagekansen_lib.cli.words import Words

__all__ = ["add_commands"]


def add_commands(words: Words) -> None:
    word = words.add("factsheet", _factsheet)
    word.add("release", nargs="?")
    word.add("--into", type=Path)
    word.add("--form", action="append", choices=("html", "pdf", "docx"))
    word.add("--ledger", type=Path)
    word.add("--folder", type=Path)


def _factsheet(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.documents.writing import FORMATS
    from stagekansen_lib.fact_sheets.making import write_fact_sheets

    written = write_fact_sheets(
        options.release,
        into=options.into,
        forms=options.form or FORMATS,
        ledger=options.ledger,
        folder=options.folder,
    )
    for path in written:
        print(path)
    return Exit.WELL
