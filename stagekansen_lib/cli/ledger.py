"""``stagekansen ledger``: see what is claimed, say something, tell totals, erase what one said, check, let in."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path
from typing import Any

from stagekansen_lib.cli.exits import Exit
from stagekansen_lib.cli.words import Word, Words, found_file, number
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.wording import chosen_language, date_text, say

__all__ = ["add_commands"]


def add_commands(words: Words) -> None:
    ledger = words.group("ledger")
    word = ledger.add("show", _show)
    word.add("part", nargs="?", default="claims")
    _add_sprint(word)
    word = ledger.add("add", _add)
    word.add("file", type=found_file)
    _add_sprint(word)
    _add_sprint(ledger.add("totals", _totals))
    word = ledger.add("erase", _erase)
    word.add("voter")
    word.add("--subject", default="")
    _add_sprint(word)
    _add_sprint(ledger.add("check", _check))
    ledger.add("password", _password)
    word = ledger.add("codes", _codes)
    word.add("person", nargs="?", default="")
    word.add("--role", default="")
    word.add("--days", type=number(1, 31), default=7)
    word.add("--take-back", action="store_true")


def _add_sprint(word: Word) -> None:
    word.add("--sprint", default="", text_of="ledger")


def _folder(options: argparse.Namespace) -> Path | None:
    """The ledger of the sprint that was named; None for that of the project."""
    if not options.sprint:
        return None
    from stagekansen_lib.sprints.sprints import sprint_folder

    return sprint_folder(options.sprint) / "ledger"


def _show(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.fact_finding.ledgers import PARTS, read_ledger

    ledger = read_ledger(_folder(options))
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
        path = write_act(content, _folder(options))
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


def _totals(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.fact_finding.totals import tell_totals

    written = tell_totals(_folder(options))
    language = chosen_language()
    print(say("ledger.told", language, count=len(written)) if written else say("ledger.all_told", language))
    return Exit.WELL


def _erase(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.fact_finding.positions import erase_positions
    from stagekansen_lib.sprints.closing import erase_in_sprint
    from stagekansen_lib.sprints.working import read_sprint

    if options.sprint:
        count = erase_in_sprint(read_sprint(options.sprint), options.voter, subject=options.subject)
    else:
        count = erase_positions(options.voter, subject=options.subject)
    print(say("ledger.erased", chosen_language(), count=count))
    return Exit.WELL if count else Exit.FOUND


def _check(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.fact_finding.ledger_checks import check_ledger

    problems = check_ledger(_folder(options))
    for problem in problems:
        print(problem)
    if not problems:
        print(say("ledger.well", chosen_language()))
    return Exit.FOUND if problems else Exit.WELL


def _password(_: argparse.Namespace) -> Exit:
    from stagekansen_lib.fact_finding.access import new_password

    language = chosen_language()
    print(say("managing_codes.password", language, password=new_password()))
    print(say("managing_codes.password_once", language))
    return Exit.WELL


def _codes(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.errors import InputError, Problem
    from stagekansen_lib.fact_finding.access import give_code, take_back_codes
    from stagekansen_lib.fact_finding.ledger_rules import read_ledger_rules

    language = chosen_language()
    if not options.person:
        _show_codes()
    elif options.take_back:
        print(say("managing_codes.taken_back", language, count=take_back_codes(options.person)))
    elif not options.role:
        rules = read_ledger_rules()
        raise InputError(
            Problem(say("managing_codes.role_needed", language), do=", ".join((*rules.roles, *rules.process_roles)))
        )
    else:
        code = give_code(options.person, options.role, days=options.days)
        print(say("managing_codes.code_given", language, person=options.person, role=options.role, code=code))
        print(say("managing_codes.code_once", language, days=options.days))
    return Exit.WELL


def _show_codes() -> None:
    from stagekansen_lib.fact_finding.access import open_codes

    language = chosen_language()
    found = open_codes()
    for one in found:
        until = date_text(dt.datetime.fromisoformat(one.until).astimezone().date(), language)
        print(say("managing_codes.code_open", language, person=one.person.pseudonym, role=one.person.role, until=until))
    if not found:
        print(say("managing_codes.no_codes", language))
