"""``stagekansen ledger``: see what is claimed and asked, say something, tell totals, erase what one said, check."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from stagekansen_lib.cli.exits import Exit
from stagekansen_lib.cli.words import Words, found_file
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.wording import chosen_language, say

__all__ = ["add_commands"]


def add_commands(words: Words) -> None:
    ledger = words.group("ledger")
    word = ledger.add("show", _show)
    word.add("part", nargs="?", default="claims")
    word = ledger.add("add", _add)
    word.add("file", type=found_file)
    ledger.add("totals", _totals)
    word = ledger.add("erase", _erase)
    word.add("voter")
    word.add("--subject", default="")
    ledger.add("check", _check)


def _show(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.fact_finding.ledgers import PARTS, read_ledger

    ledger = read_ledger()
    language = chosen_language()
    part = options.part.replace("-", "_")
    if part in PARTS:
        table = getattr(ledger, part)
    else:
        print(ledger.statement(options.part, language))
        evidence = ledger.evidence
        table = evidence[evidence["claim"] == options.part]
        table = type(evidence)(table)
    print(table.labelled(language).to_string(index=False) if len(table) else say("ledger.nothing", language))
    return Exit.WELL


def _add(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.fact_finding.writing import write_act

    for content in _acts_in(options.file):
        path = write_act(content)
        print(say("ledger.written", chosen_language(), file=path.relative_to(project_folder())))
    return Exit.WELL


def _acts_in(path: Path) -> list[Any]:
    """One act as names with values, or a list of them."""
    from stagekansen_lib.errors import InputError
    from stagekansen_lib.project.yaml_files import read_yaml, read_yaml_list

    try:
        return [read_yaml(path)]
    except InputError:
        return read_yaml_list(path)


def _totals(_: argparse.Namespace) -> Exit:
    from stagekansen_lib.fact_finding.totals import tell_totals

    written = tell_totals()
    language = chosen_language()
    print(say("ledger.told", language, count=len(written)) if written else say("ledger.all_told", language))
    return Exit.WELL


def _erase(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.fact_finding.positions import erase_positions

    count = erase_positions(options.voter, subject=options.subject)
    print(say("ledger.erased", chosen_language(), count=count))
    return Exit.WELL if count else Exit.FOUND


def _check(_: argparse.Namespace) -> Exit:
    from stagekansen_lib.fact_finding.ledger_checks import check_ledger

    problems = check_ledger()
    for problem in problems:
        print(problem)
    if not problems:
        print(say("ledger.well", chosen_language()))
    return Exit.FOUND if problems else Exit.WELL
