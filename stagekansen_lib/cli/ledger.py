"""``stagekansen ledger``: see what is claimed and asked, say something, tell totals, erase what one said, check."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.wording import LANGUAGES, chosen_language, say

__all__ = ["add_commands"]


def add_commands(words: Any) -> None:
    """Add ``ledger show``, ``add``, ``totals``, ``erase`` and ``check`` to a collection of sub-commands.

    Parameters
    ----------
    words : what ``ArgumentParser.add_subparsers`` gives.
    """
    family = words.add_parser(
        "ledger", help="claims, evidence, questions and decisions: show, add, totals, erase, check"
    )
    parts = family.add_subparsers(title="words", required=True)

    show = parts.add_parser("show", help="show a table of the ledger, or one claim")
    show.add_argument("part", nargs="?", default="claims", help="a table (claims, questions, changes ...) or a claim")
    show.add_argument("--language", choices=LANGUAGES, help="language of the table")
    show.set_defaults(action=_show)

    add = parts.add_parser("add", help="write the act, or list of acts, that a YAML file tells")
    add.add_argument("file", type=Path, help="a YAML file with kind, subject, role and what the kind asks")
    add.set_defaults(action=_add)

    totals = parts.add_parser("totals", help="tell what may be told of every closed round")
    totals.set_defaults(action=_totals)

    erase = parts.add_parser("erase", help="erase what a person said")
    erase.add_argument("voter", help="the pseudonym")
    erase.add_argument("--subject", default="", help="only what was said of this claim")
    erase.set_defaults(action=_erase)

    check = parts.add_parser("check", help="name what somebody has to look at; exit code 1 when there is something")
    check.set_defaults(action=_check)


def _show(options: argparse.Namespace) -> int:
    from stagekansen_lib.fact_finding.ledgers import PARTS, read_ledger

    ledger = read_ledger()
    language = chosen_language(options.language)
    part = options.part.replace("-", "_")
    if part in PARTS:
        table = getattr(ledger, part)
    else:
        print(ledger.statement(options.part, language))
        evidence = ledger.evidence
        table = evidence[evidence["claim"] == options.part]
        table = type(evidence)(table)
    print(table.labelled(language).to_string(index=False) if len(table) else say("ledger.nothing", language))
    return 0


def _add(options: argparse.Namespace) -> int:
    from stagekansen_lib.fact_finding.writing import write_act

    for content in _acts_in(options.file):
        path = write_act(content)
        print(say("ledger.written", chosen_language(), file=path.relative_to(project_folder())))
    return 0


def _acts_in(path: Path) -> list[Any]:
    """One act as names with values, or a list of them."""
    from stagekansen_lib.errors import InputError
    from stagekansen_lib.project.yaml_files import read_yaml, read_yaml_list

    try:
        return [read_yaml(path)]
    except InputError:
        return read_yaml_list(path)


def _totals(_: argparse.Namespace) -> int:
    from stagekansen_lib.fact_finding.totals import tell_totals

    written = tell_totals()
    language = chosen_language()
    print(say("ledger.told", language, count=len(written)) if written else say("ledger.all_told", language))
    return 0


def _erase(options: argparse.Namespace) -> int:
    from stagekansen_lib.fact_finding.positions import erase_positions

    count = erase_positions(options.voter, subject=options.subject)
    print(say("ledger.erased", chosen_language(), count=count))
    return 0 if count else 1


def _check(_: argparse.Namespace) -> int:
    from stagekansen_lib.fact_finding.ledger_checks import check_ledger

    problems = check_ledger()
    for problem in problems:
        print(problem)
    if not problems:
        print(say("ledger.well", chosen_language()))
    return 1 if problems else 0
