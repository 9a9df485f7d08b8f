"""``stagekansen cards`` and ``stagekansen posters``: to talk in a room, and to hang on a wall."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from stagekansen_lib.cli.exits import Exit
from stagekansen_lib.cli.words import Word, Words

__all__ = ["add_commands"]


def add_commands(words: Words) -> None:
    word = words.add("cards", _cards)
    word.add("--edition", action="append", choices=("student", "education", "employer"))
    word.add("--form", action="append", choices=("html", "pdf"))
    _add_shared(word)
    _add_shared(words.add("posters", _posters))


def _add_shared(word: Word) -> None:
    word.add("--release", text_of="cards")
    word.add("--address", text_of="cards", default="")
    word.add("--into", text_of="cards", type=Path)
    word.add("--folder", text_of="cards", type=Path)


def _cards(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.stories.making import CARD_FORMS, write_story_cards
    from stagekansen_lib.stories.telling import EDITIONS

    return _told(
        write_story_cards(
            options.edition or EDITIONS,
            release=options.release,
            into=options.into,
            forms=options.form or CARD_FORMS,
            address=options.address,
            folder=options.folder,
        )
    )


def _posters(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.stories.making import write_story_posters

    return _told(
        write_story_posters(release=options.release, into=options.into, address=options.address, folder=options.folder)
    )


def _told(written: Iterable[Path]) -> Exit:
    for path in written:
        print(path)
    return Exit.WELL
