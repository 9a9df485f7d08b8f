"""Words about a hub: many teams on one server, from one file of teams."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from stagekansen_lib.cli.exits import Exit
from stagekansen_lib.cli.words import Word, Words, found_file
from stagekansen_lib.errors import StagekansenError, quoted
from stagekansen_lib.wording import chosen_language, say

__all__ = ["add_commands"]


def add_commands(words: Words) -> None:
    group = words.group("hub")
    _on_teams(group.add("check", check))

    word = _on_teams(group.add("set-up", set_up))
    word.add("--dry-run", action="store_true")
    word.add("--source", type=Path)

    _on_teams(group.add("start", start))

    word = _on_teams(group.add("approve", approve))
    word.add("person")

    word = _on_teams(group.add("forget", forget))
    word.add("person")

    word = _on_teams(group.add("back-up", back_up))
    word.add("team", nargs="?", default="")
    word.add("--withdrawals-only", action="store_true")

    _on_teams(group.add("release", release))

    word = _on_teams(group.add("restore", restore))
    word.add("team")
    word.add("--from", type=found_file, dest="archive")

    word = _on_teams(group.add("kubernetes", write_values))
    word.add("--image", required=True)
    word.add("--into", type=Path, default=Path())


def _on_teams(word: Word) -> Word:
    word.add("--teams", type=found_file, default=Path("teams.yaml"), text_of="hub")
    return word


def _told(key: str, **values: object) -> None:
    print(say(f"hub.{key}", chosen_language(), **values), flush=True)


def check(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.hub.setting_up import left_behind
    from stagekansen_lib.hub.starting import lacking
    from stagekansen_lib.hub.teams import read_teams

    region = read_teams(options.teams)
    _told("read", title=region.title, teams=len(region.teams), people=len(region.people))
    problems = lacking(region)
    for problem in problems:
        print(f"- {problem}")
    for folder in left_behind(region):
        _told("left_behind", folder=folder)
    _told("ready" if not problems else "not_ready", count=len(problems))
    return Exit.FOUND if problems else Exit.WELL


def set_up(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.hub.setting_up import actions_of, left_behind
    from stagekansen_lib.hub.setting_up import set_up as do
    from stagekansen_lib.hub.teams import read_teams

    region = read_teams(options.teams)
    actions = actions_of(region, options.source)
    for words in actions:
        print(quoted(*words), flush=True)
        if not options.dry_run:
            do([words])
    for folder in left_behind(region):
        _told("left_behind", folder=folder)
    _told("would_do" if options.dry_run else "done", count=len(actions))
    return Exit.WELL


def start(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.hub.starting import start as become
    from stagekansen_lib.hub.teams import read_teams

    region = read_teams(options.teams)
    _told("starting", address=region.address)
    become(region, chosen_language())


def approve(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.hub.starting import approve as let_in
    from stagekansen_lib.hub.teams import read_teams

    let_in(read_teams(options.teams), options.person)
    _told("approved", person=options.person)
    return Exit.WELL


def forget(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.hub.starting import forget as empty
    from stagekansen_lib.hub.teams import read_teams

    empty(read_teams(options.teams), options.person)
    _told("forgotten", person=options.person)
    return Exit.WELL


def back_up(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.hub.backups import back_up as make
    from stagekansen_lib.hub.backups import keep_withdrawals
    from stagekansen_lib.hub.teams import read_teams

    region = read_teams(options.teams)
    failed = 0
    for team in [options.team] if options.team else region.teams:
        try:
            if options.withdrawals_only:
                _told("withdrawals_kept", team=team, count=keep_withdrawals(region, team))
            else:
                _told("backed_up", team=team, file=make(region, team))
        except (StagekansenError, OSError, LookupError) as reason:
            if options.team:
                raise
            failed += 1  # the other teams have theirs all the same
            print(f"{team}: {reason}", file=sys.stderr, flush=True)
    return Exit.FOUND if failed else Exit.WELL


def release(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.hub.carrying_out import carry_out
    from stagekansen_lib.hub.teams import read_teams

    region = read_teams(options.teams)
    made = carry_out(region)
    for one in made:
        key = "released" if one.state == "released" else "not_released"
        _told(key, name=one.name, folder=region.folder("releases", "published", one.name), why=one.told)
    return Exit.WELL if all(one.state == "released" for one in made) else Exit.FOUND


def restore(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.hub.backups import restore as put_back
    from stagekansen_lib.hub.teams import read_teams

    region = read_teams(options.teams)
    before = put_back(region, options.team, options.archive)
    _told("restored", team=options.team, folder=region.project_of(options.team))
    if before is not None:
        _told("stood_there", folder=before)
    return Exit.WELL


def write_values(options: argparse.Namespace) -> Exit:
    import yaml

    from stagekansen_lib.hub.kubernetes import gateway_values, hub_values
    from stagekansen_lib.hub.teams import read_teams

    region = read_teams(options.teams)
    made = {
        "jupyterhub.yaml": hub_values(region, options.image, chosen_language()),
        "dask-gateway.yaml": gateway_values(region, options.image),
    }
    options.into.mkdir(parents=True, exist_ok=True)
    for name, values in made.items():
        text = yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=110)
        (options.into / name).write_text(text, "utf-8", newline="\n")
        _told("written", file=options.into / name)
    return Exit.WELL
