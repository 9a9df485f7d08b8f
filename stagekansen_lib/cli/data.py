"""Words about the data of the project: check them, verify reporting points, fetch newer ones."""

from __future__ import annotations

import argparse
import datetime as dt

from stagekansen_lib.cli.exits import Exit
from stagekansen_lib.cli.words import Words, day, text, working
from stagekansen_lib.errors import InputError
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.wording import chosen_language

__all__ = ["add_commands"]


def add_commands(words: Words) -> None:
    words.add("check", check_all)

    word = words.add("verify", verify_point)
    word.add("point")
    word.add("--by", required=True)
    word.add("--how", required=True)
    word.add("--fields", nargs="*", default=())
    word.add("--wrong", action="store_true")
    word.add("--on", type=day)

    data = words.group("data")
    word = data.add("refresh", refresh_data)
    word.add("what", nargs="*")
    word.add("--trial", action="store_true")
    data.add("geocode", propose_coordinates)


def check_all(_: argparse.Namespace) -> Exit:
    from stagekansen_lib.effects.intervention_files import read_interventions
    from stagekansen_lib.fact_finding.ledger_checks import check_ledger
    from stagekansen_lib.privacy.cards import check_privacy_files
    from stagekansen_lib.project.datapackages import check_datapackage
    from stagekansen_lib.registers.checks import check_registers
    from stagekansen_lib.registers.reading import read_registers
    from stagekansen_lib.registers.verification import unverified_report
    from stagekansen_lib.releases.checking import check_releases
    from stagekansen_lib.releases.shown import check_shown_releases

    project_folder()  # without one there is nothing to check, and that is no finding
    with working("checking"):
        try:
            registers = read_registers()
            problems, unverified = (
                list(check_registers(registers)),
                unverified_report(registers, language=chosen_language()),
            )
        except InputError as unread:
            problems, unverified = list(unread.problems), ""
        try:
            read_interventions()
        except InputError as wrong:
            problems += wrong.problems
        problems += [*check_datapackage(), *check_privacy_files(), *check_releases(), *check_ledger()]
        problems += check_shown_releases()
    for problem in problems:
        print(f"- {problem}")
    print(text("problems", count=len(problems)) if problems else text("in_order"))
    if unverified:
        print(f"\n{unverified}")
    return Exit.FOUND if problems else Exit.WELL


def verify_point(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.project.datapackages import write_datapackage
    from stagekansen_lib.registers.verification import record_verification

    written = record_verification(
        options.point,
        checked_by=options.by,
        how=options.how,
        fields=options.fields,
        wrong=options.wrong,
        on=options.on or dt.date.today(),
    )
    write_datapackage()
    print(text("written", place=written.relative_to(project_folder())))
    return Exit.WELL


def refresh_data(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.population.refresh import SOURCES, refresh

    with working("fetching"):
        report = refresh(options.what or tuple(SOURCES), trial=options.trial)
    print(text("replaced" if report.written else "would_change"))
    for line in (*report.changes, *(f"- {problem}" for problem in report.problems)):
        print(line)
    return Exit.FOUND if report.problems else Exit.WELL


def propose_coordinates(_: argparse.Namespace) -> Exit:
    from stagekansen_lib.population.refresh import geocode_reporting_points
    from stagekansen_lib.registers.reading import read_registers

    with working("fetching"):
        table = geocode_reporting_points(read_registers().reporting_points)
    print(table.to_string(index=False))
    return Exit.WELL
