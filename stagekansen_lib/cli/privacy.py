"""Words about people: withdraw one, say who may see which answers, look for what points at persons."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from stagekansen_lib.cli.exits import Exit
from stagekansen_lib.cli.words import Words, found_file, text, working
from stagekansen_lib.errors import InputError, Problem, StagekansenError
from stagekansen_lib.wording import chosen_language

if TYPE_CHECKING:
    from stagekansen_lib.readers.columns import FoundColumns
    from stagekansen_lib.readers.tables import RawTable
    from stagekansen_lib.surveys.codebooks import Codebook

__all__ = ["add_commands"]


def add_commands(words: Words) -> None:
    word = words.add("withdraw", withdraw_respondent)
    word.add("respondent")
    word.add("--key", type=Path)
    word.add("--checked", nargs="+", action="extend", default=[], metavar="FILE")
    word.add("--survey", action="append", default=[], metavar="NAME")
    word.add("--all-surveys", action="store_true")
    word.add("--proof", action="store_true")

    privacy = words.group("privacy")
    privacy.add("show", show_privacy_files)
    word = privacy.add("new", draft_privacy_file)
    word.add("file", type=found_file)
    word = privacy.add("gate", look_for_persons)
    word.add("file", type=found_file)
    word.add("--codebook", default="baseline")


def withdraw_respondent(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.voices.stores import read_voices
    from stagekansen_lib.voices.withdrawing import mark_withdrawn
    from stagekansen_lib.withdrawals.withdrawal import find_proof, withdraw

    number = _asked_number() if options.respondent == "-" else options.respondent
    if options.proof:
        found = find_proof(number, key_file=options.key)
        print(found.text(chosen_language()) if found else text("no_proof"))
        return Exit.WELL if found else Exit.FOUND
    before = read_voices()
    with working("searching"):
        done = withdraw(
            number,
            key_file=options.key,
            checked=options.checked,
            surveys=options.survey,
            all_surveys=options.all_surveys,
        )
        # Voices of this respondent left the private store: out of the register and the ledger as well.
        mark_withdrawn([voice for name, voice in before.items() if name not in read_voices()])
    print(done.text(chosen_language()))
    return Exit.WELL


def _asked_number() -> str:
    """The number that a person types without it being shown, or that another program hands over."""
    from getpass import getpass

    return getpass(text("ask_number")) if sys.stdin.isatty() else sys.stdin.readline().strip()


def show_privacy_files(_: argparse.Namespace) -> Exit:
    from stagekansen_lib.privacy.cards import check_privacy_files, privacy_files

    problems = check_privacy_files()
    try:
        table = privacy_files()
    except InputError:
        pass  # a privacy file that cannot be read is one of the problems below
    else:
        table["retention_until"] = [day or "-" for day in table["retention_until"]]
        table["state"] = [text(f"state_{state.replace(' ', '_')}") for state in table["state"]]
        table.columns = [text(f"head_{name}") for name in table.columns]
        print(table.to_string(index=False) if len(table) else text("no_answers"))
    for problem in problems:
        print(f"- {problem}")
    return Exit.FOUND if problems else Exit.WELL


def draft_privacy_file(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.privacy.cards import draft_privacy_card

    print(text("privacy_file", name=draft_privacy_card(options.file).name))
    return Exit.WELL


def look_for_persons(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.privacy.gate import find_identifiers
    from stagekansen_lib.readers.detection import read_table
    from stagekansen_lib.surveys.codebook_files import read_codebook

    unread = text("unread", file=options.file.name)
    try:
        table = read_table(options.file)
    except InputError as problem:
        raise InputError(problem.problems, unread) from None
    book = read_codebook(options.codebook)
    found = _columns_of(table, book, options.file.name)
    if found is None and _is_no_table(table):
        raise InputError(Problem(text("no_table"), do=text("no_table_do")), unread)
    report = find_identifiers(table.rows, book if found else None, found, file=options.file.name)
    print(report.sentence(chosen_language()))
    for one in report.findings:
        print(f"- {one.problem(report.file, report.texts)}")
    if found is None:
        print(text("other_codebook", codebook=book.name))
    return Exit.WELL if report.passed else Exit.FOUND


def _columns_of(table: RawTable, book: Codebook, file: str) -> FoundColumns | None:
    """Where the variables of the codebook stand; None when the file is another's: each column is then a stranger."""
    from stagekansen_lib.readers.columns import find_in_table

    try:
        return find_in_table(table, book, file)
    except StagekansenError:
        return None


def _is_no_table(table: RawTable) -> bool:
    names = "".join(str(name) for name in table.rows.columns)
    return not len(table.rows) or len(table.rows) < len(table.set_aside) or not names.isprintable()
