"""``stagekansen sprint``: lay out two days together, say what is missing, close them."""

from __future__ import annotations

import argparse
from pathlib import Path

from stagekansen_lib.cli.exits import Exit
from stagekansen_lib.cli.words import Words, day, text
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.wording import chosen_language

__all__ = ["add_commands"]


def add_commands(words: Words) -> None:
    sprint = words.group("sprint")
    word = sprint.add("new", _new)
    word.add("name")
    word.add("--title", default="")
    word.add("--title-en", default="")
    word.add("--day", type=day, action="append", default=[])
    word.add("--survey", default="")
    word.add("--about", action="append", default=[])
    word.add("--example", action="store_true")
    word = sprint.add("check", _check)
    word.add("name")
    word.add("--tick", action="append", default=[])
    word.add("--papers", action="store_true")
    word = sprint.add("close", _close)
    word.add("name")
    word.add("--unfinished", default="")
    word.add("--on", type=day)


def _new(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.sprints.starting import new_sprint

    sprint = new_sprint(
        options.name,
        title_nl=options.title,
        title_en=options.title_en,
        days=options.day,
        survey=options.survey,
        about=options.about,
        synthetic=options.example,
    )
    print(text("sprint_laid_out", folder=_short(sprint.folder)))
    for path in sorted(sprint.folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            print(f"  {_short(path)}")
    print(text("sprint_next", name=options.name))
    return Exit.WELL


def _short(path: Path) -> Path:
    home = project_folder()
    return path.relative_to(home) if path.is_relative_to(home) else path


def _check(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.sprints.working import read_sprint

    sprint = read_sprint(options.name)
    if options.tick:
        sprint = sprint.tick(*options.tick)
    if options.papers:
        for path in sprint.write_papers():
            print(_short(path))
    for line in sprint.lines():
        print(line)
    print(sprint)
    return Exit.FOUND if sprint.missing else Exit.WELL


def _close(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.sprints.closing import close_sprint, plain_report, report_of
    from stagekansen_lib.sprints.working import read_sprint

    sprint = read_sprint(options.name)
    written = close_sprint(sprint, unfinished=options.unfinished, on=options.on)
    print(plain_report(report_of(sprint, chosen_language(), options.unfinished)))
    print()
    for path in written:
        print(_short(path))
    print(text("sprint_example_closed" if sprint.facts.synthetic else "sprint_closed"))
    return Exit.WELL
