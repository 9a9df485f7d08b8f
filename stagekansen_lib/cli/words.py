"""The words of the command and their options: each family adds its own, and their texts stand in the locales."""

from __future__ import annotations

import argparse
import datetime as dt
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stagekansen_lib.cli.exits import Exit
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.project.progress import listening
from stagekansen_lib.wording import LANGUAGES, chosen_language, percent_text, say

__all__ = [
    "Word",
    "Words",
    "add_reading_options",
    "day",
    "found",
    "found_file",
    "language_of",
    "number",
    "reading_of",
    "spoken",
    "text",
    "working",
]

Action = Callable[[argparse.Namespace], Exit]

# What argparse says itself, as its source spells it, and the key of our text. A phrase that a later Python spells
# otherwise stays English.
_PHRASES = {
    "usage: ": "usage",
    "positional arguments": "positional",
    "options": "options",
    "show this help message and exit": "help",
    "%(prog)s: error: %(message)s\n": "error",
    "argument %(argument_name)s: %(message)s": "argument",
    "unrecognized arguments: %s": "unrecognized",
    "the following arguments are required: %s": "required",
    "expected one argument": "one_argument",
    "expected at least one argument": "some_arguments",
    "ignored explicit argument %r": "no_argument",
    "invalid choice: %(value)r (choose from %(choices)s)": "choice",
}


def text(key: str, **values: Any) -> str:
    """A text that the command prints, in the chosen language."""
    return say(f"command_output.{key}", chosen_language(), **values)


def language_of(words: Sequence[str]) -> tuple[list[str], str | None]:
    """The words without ``--language nl`` or ``--language en``, wherever it stands, and that language.

    Another language stays where it is, for the parser to refuse.

    >>> language_of(["check", "--language", "en"])
    (['check'], 'en')
    """
    rest, language = list(words), ""
    end = rest.index("--") if "--" in rest else len(rest)
    for place in reversed(range(end)):
        name, sign, value = rest[place].partition("=")
        value = value if sign else "".join(rest[place + 1 : place + 2])
        if name == "--language" and value in LANGUAGES:
            language = language or value
            del rest[place : place + (1 if sign else 2)]
    return rest, language or None


@contextmanager
def spoken(language: str | None) -> Iterator[None]:
    """The language of everything this process and those that it starts say, for a while; None leaves it as it is."""
    # argparse asks gettext for its own few phrases, and has no other place where a language can be given.
    before, said = os.environ.get("STAGEKANSEN_LANGUAGE"), argparse._  # type: ignore[attr-defined]
    if language:
        os.environ["STAGEKANSEN_LANGUAGE"] = language
    try:
        own = chosen_language()
        argparse._ = lambda phrase: (  # type: ignore[attr-defined]
            say(f"parser.{_PHRASES[phrase]}", own) if phrase in _PHRASES else said(phrase)
        )
        yield
    finally:
        argparse._ = said  # type: ignore[attr-defined]
        if language and before is None:
            del os.environ["STAGEKANSEN_LANGUAGE"]
        elif language and before is not None:
            os.environ["STAGEKANSEN_LANGUAGE"] = before


class Word:
    """One word of the command, such as "codebook new", with its arguments in order."""

    def __init__(self, name: str, about: str, parser: argparse.ArgumentParser) -> None:
        self.name, self.about, self.parser = name, about, parser
        self.arguments: list[argparse.Action] = []

    def add(self, *names: str, text_of: str = "", **settings: Any) -> None:
        """An argument as argparse takes it; its text stands under the word and the argument, or under ``text_of``."""
        key = f"{text_of or self.name}_{names[-1].lstrip('-')}".replace(" ", "_").replace("-", "_")
        self.arguments.append(
            self.parser.add_argument(*names, help=say(f"commands.{key}", chosen_language()), **settings)
        )


class Words:
    """The words that a person can type; ``all`` holds them in order."""

    def __init__(self, parser: argparse.ArgumentParser, before: str = "", listed: list[Word] | None = None) -> None:
        self.parser, self.before = parser, before
        self.all: list[Word] = [] if listed is None else listed
        language = chosen_language()
        self._parsers = parser.add_subparsers(
            title=say("commands.words", language), metavar=say("commands.word", language), required=True
        )

    def add(self, name: str, action: Action) -> Word:
        """A word and the function that does what it says."""
        word = self._word(name)
        word.parser.set_defaults(action=action)
        word.parser.add_argument(
            "--language", choices=LANGUAGES, default=argparse.SUPPRESS, help=say("commands.language", chosen_language())
        )
        self.all.append(word)
        return word

    def group(self, name: str) -> Words:
        """A word that is followed by another, such as "codebook" by "new"."""
        return Words(self._word(name).parser, f"{self.before}{name} ", self.all)

    def _word(self, name: str) -> Word:
        full = f"{self.before}{name}"
        about = say(f"commands.{full.replace(' ', '_').replace('-', '_')}", chosen_language())
        parser = self._parsers.add_parser(name, help=about, description=about, allow_abbrev=False)
        return Word(full, about, parser)


def add_reading_options(word: Word) -> None:
    """The options of a word that reads an export."""
    word.add("--format", text_of="reading")
    word.add("--sheet", text_of="reading")
    word.add("--structure", type=found_file, text_of="reading")


def reading_of(options: argparse.Namespace) -> dict[str, Any]:
    """What ``add_reading_options`` asked, as the readers take it."""
    return {"format": options.format, "sheet": options.sheet, "structure": options.structure}


def found(given: str) -> str:
    """A file or a name as a person types it: a file seen from the folder they are in, else from that of the project."""
    if not given or Path(given).is_absolute() or Path(given).exists():
        return given
    own = project_folder() / given
    return str(own) if own.is_file() else given


def found_file(given: str) -> Path:
    """The same as a path."""
    return Path(found(given))


def number(low: int, high: int | None = None) -> Callable[[str], int]:
    """Reads a whole number between two limits."""

    def read(given: str) -> int:
        value = int(given) if given.isascii() and given.isdecimal() else -1
        if low <= value and (high is None or value <= high):
            return value
        key = "number_from" if high is None else "number_between"
        raise argparse.ArgumentTypeError(say(f"parser.{key}", chosen_language(), low=low, high=high, given=given))

    return read


def day(given: str) -> dt.date:
    """Reads a date."""
    try:
        return dt.date.fromisoformat(given)
    except ValueError:
        raise argparse.ArgumentTypeError(say("parser.date", chosen_language(), given=given)) from None


@contextmanager
def working(key: str) -> Iterator[Callable[[str], None]]:
    """Shows on the terminal what the computer is busy with, and takes it away; the function shows another text."""
    from rich.console import Console

    now = [text(key)]
    with Console(stderr=True).status(now[0]) as status:

        def show(other: str) -> None:
            now[0] = text(other)
            status.update(now[0])

        with listening(lambda share: status.update(f"{now[0]} {percent_text(share, chosen_language())}")):
            yield show
