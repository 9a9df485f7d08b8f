"""The command ``stagekansen``: serve the dashboards, open the lab, check and refresh the data.

``python3 start.py WORD`` hands its words to this command.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from stagekansen_lib.cli import (
    codebooks,
    data,
    factsheets,
    hubs,
    ledger,
    pages,
    privacy,
    releases,
    sprints,
    stories,
    surveys,
    voices,
)
from stagekansen_lib.cli.exits import Exit, exit_for, explanation
from stagekansen_lib.cli.words import Words, language_of, spoken, text
from stagekansen_lib.errors import DoubtWarning, InputError, StagekansenError
from stagekansen_lib.wording import LANGUAGES, chosen_language, say

__all__ = ["FAMILIES", "all_words", "main"]

# Each adds its words and their options; the help shows them in this order.
FAMILIES = (pages, data, surveys, codebooks, releases, factsheets, stories, privacy, ledger, sprints, voices, hubs)


def main(words: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns
    -------
    0 when all is well, 1 when something was found or could not be done, 2 after wrong use, 3 when it was refused for
    safety, 130 after Ctrl+C.
    """
    given, language = language_of(sys.argv[1:] if words is None else words)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that has no dash or quotation mark shows a question mark
    try:
        with spoken(language), _doubts_in_plain_words():
            return _ended(given)
    except InputError as unknown_language:
        print(unknown_language, file=sys.stderr)
        return exit_for(unknown_language)


def _ended(given: list[str]) -> Exit:
    """What the command ended with; an error is told in the language that was asked for."""
    try:
        done = _run(given)
        sys.stdout.flush()
        return done
    except BrokenPipeError:
        # Whoever read the output, such as `head`, has seen enough. Python would say so once more when it closes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.WELL
    except KeyboardInterrupt as stopped:
        return exit_for(stopped)
    except (StagekansenError, OSError) as cause:
        print(explanation(cause), file=sys.stderr)
        return exit_for(cause)


def _run(given: list[str]) -> Exit:
    if not given or (given[0].startswith("--") and given[0] not in ("--help", "--version")):
        given = ["dashboards", *given]
    # What follows "lab" is JupyterLab's, in the order given; "--" keeps the parser off it.
    if given[0] == "lab" and not {"-h", "--help", "--"} & set(given):
        given = ["lab", "--", *given[1:]]
    options = all_words().parser.parse_args(given)
    done: Exit = options.action(options)
    return done


def all_words() -> Words:
    """The parser of the command and all its words, in the chosen language."""
    from importlib.metadata import version as version_of

    language = chosen_language()
    parser = argparse.ArgumentParser(
        prog="stagekansen",
        description=say("commands.about", language),
        epilog=say("commands.exits", language),
        allow_abbrev=False,
    )
    version = f"stagekansen {version_of('stagekansen')}"
    parser.add_argument("--version", action="version", version=version, help=say("commands.version", language))
    parser.add_argument(
        "--language", choices=LANGUAGES, default=argparse.SUPPRESS, help=say("commands.language", language)
    )
    words = Words(parser)
    for family in FAMILIES:
        family.add_commands(words)
    return words


@contextmanager
def _doubts_in_plain_words() -> Iterator[None]:
    """A doubt about a number as a sentence, without the file and the line of the code it came from."""
    with warnings.catch_warnings():
        usual = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
            if issubclass(category, DoubtWarning):
                print(text("doubt", doubt=message), file=sys.stderr)
            else:
                usual(message, category, *where, **more)

        warnings.showwarning = show
        yield


if __name__ == "__main__":
    raise SystemExit(main())
