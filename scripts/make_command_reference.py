"""Write docs/commands.md, the reference of the command, from its parser: python scripts/make_command_reference.py"""

from __future__ import annotations

import argparse
from pathlib import Path

from stagekansen_lib.cli.__main__ import all_words
from stagekansen_lib.cli.exits import Exit
from stagekansen_lib.cli.words import Word, spoken

PAGE = Path(__file__).resolve().parent.parent / "docs" / "commands.md"

_HEAD = """# Commands

Made by `scripts/make_command_reference.py` from the parser of the command; do not edit it here.

`python3 start.py WORD ...` sets up what is needed and hands its words to `stagekansen WORD ...`. Without a word it
serves the dashboards. `--help` behind any word explains it; `--version` tells the version.

All words know `--language nl` and `--language en`, before or behind them: the language of all that the command says
and of what it starts. Else the environment variable `STAGEKANSEN_LANGUAGE` chooses, else it is Dutch. Errors about
input are in English for now. Reports go to standard output; progress, doubts and errors go to standard error.

## What it ends with

| Number | Means |
|---|---|
"""
_ENDS = {
    Exit.WELL: "All is well.",
    Exit.FOUND: "Something was found (by `check`, `attack`, `prove`, `privacy show` or `privacy gate`; "
    "`withdraw --proof` found no proof; a release holds a table that an attack got into), or something could not be "
    "done: a port that is taken, no network, a full disk.",
    Exit.WRONG_USE: "Wrong use: an unknown word, a name or file that is not there, input that cannot be used.",
    Exit.REFUSED: "Refused for safety: a file that points at persons, a release that is there already or was changed, "
    "answers that may not go out.",
    Exit.STOPPED: "Stopped with Ctrl+C.",
}


def reference() -> str:
    """The page as Markdown, in English."""
    with spoken("en"):
        words = all_words().all
    ends = [f"| {int(code)} | {_ENDS[code]} |" for code in Exit]
    listed = [f"- [`{word.name}`](#{word.name.replace(' ', '-')}): {word.about.partition('. ')[0]}" for word in words]
    parts = [line for word in words for line in ("", *_part(word))]
    return _HEAD + "\n".join([*ends, "", "## Words", "", *listed, *parts, ""])


def _part(word: Word) -> list[str]:
    lines = [f"### {word.name}", "", f"{word.about[0].upper()}{word.about[1:].rstrip('.')}."]
    if word.arguments:
        lines += ["", "| Argument | What it is |", "|---|---|"]
    return [*lines, *(f"| `{_shown(one)}` | {_told(one)} |" for one in word.arguments)]


def _shown(one: argparse.Action) -> str:
    """An argument as a person types it."""
    values = one.metavar or (one.dest.upper() if one.option_strings else one.dest)
    if one.choices is not None:
        values = "\\|".join(str(choice) for choice in one.choices)
    if one.nargs == 0:
        values = ""
    elif one.nargs in ("*", "+"):
        values = f"{values} ..."
    elif one.nargs == "?":
        values = f"[{values}]"
    return " ".join(filter(None, [*one.option_strings, str(values)]))


def _told(one: argparse.Action) -> str:
    given = (one.help or "") % {"default": one.default}
    required = "required; " if one.option_strings and one.required else ""
    return f"{required}{given}".replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(reference(), "utf-8", newline="\n")
    print(f"Written: {PAGE.name}")
