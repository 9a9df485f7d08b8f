"""Words by which the privacy gate knows that a text is about somebody; they stand in ``word_lists.yaml``."""

from __future__ import annotations

from pathlib import Path

from stagekansen_lib.project.yaml_files import read_yaml

__all__ = [
    "COMPANIES", "FAMILY_NAMES", "GIVEN_NAMES", "NOT_NAMES", "PARTICLES", "PLACE_ENDINGS", "SOMETIMES_GIVEN", "TICKS",
    "TWO_LETTER_WORDS",
]  # fmt: skip

_LISTS = read_yaml(Path(__file__).with_name("word_lists.yaml"))


def _words(name: str) -> frozenset[str]:
    return frozenset(_LISTS[name].split())


GIVEN_NAMES = _words("given_names")
SOMETIMES_GIVEN = _words("sometimes_given")
FAMILY_NAMES = _words("family_names")
PARTICLES = _words("particles")
NOT_NAMES = _words("not_names")
PLACE_ENDINGS = tuple(sorted(_words("place_endings")))
TWO_LETTER_WORDS = _words("two_letter_words")
COMPANIES: tuple[str, ...] = tuple(_LISTS["companies"])
TICKS: frozenset[str] = frozenset(_LISTS["ticks"])
