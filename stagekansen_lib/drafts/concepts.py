"""Concepts: what a question measures, whatever it is called. Notebooks, index, tables and pages ask for these.

A concept is proposed by words and by nothing else; a person says whether it is so, and how well the question fits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import cast

from stagekansen_lib.drafts.scales import plain_label
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.surveys.codebooks import FITS, Kind, Privacy, text_of

__all__ = ["Concept", "concept", "known_concepts", "propose_concept"]


@dataclass(frozen=True)
class Concept:
    """One concept of the register.

    Parameters
    ----------
    id : such as "experienced".
    privacy : the class that a question about it has until somebody lowers it.
    kinds : of question that can measure it.
    wording : how the baseline questionnaire asks it, in each language.
    words : patterns; a question is proposed when all of one line are found in it.
    """

    id: str
    label_nl: str
    label_en: str
    privacy: Privacy
    kinds: tuple[Kind, ...]
    wording: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]

    def label(self, language: str | None = None) -> str:
        """The name in the language asked for, else in the chosen one."""
        return text_of(self, "label", language)

    def fit_of(self, question: str) -> str:
        """ "same_wording" for the words of the baseline questionnaire, else "other_wording"."""
        same = plain_label(question) in map(plain_label, self.wording)
        return FITS[0] if same else FITS[1]


@cache
def known_concepts() -> dict[str, Concept]:
    """Every concept by its id, in the order in which they are tried.

    >>> known_concepts()["experienced"].label("en")
    'Discrimination experienced around the internship'
    """
    return {entry["id"]: _concept(entry) for entry in read_yaml(data_folder("rules", "concepts.yaml"))["concepts"]}


def _concept(entry: dict[str, object]) -> Concept:
    lists = {name: tuple(cast(list[str], entry[name])) for name in ("kinds", "wording")}
    words = tuple(tuple(line) for line in cast(list[list[str]], entry["words"]))
    return Concept(
        str(entry["id"]),
        str(entry["label_nl"]),
        str(entry["label_en"]),
        cast(Privacy, entry["privacy"]),
        cast(tuple[Kind, ...], lists["kinds"]),
        lists["wording"],
        words,
    )


def concept(name: str) -> Concept:
    """The concept of this id.

    Raises
    ------
    InputError : there is no such concept.
    """
    known = known_concepts()
    if name not in known:
        raise InputError(Problem(f"There is no concept '{name}'.", do=did_you_mean(name, list(known))))
    return known[name]


def propose_concept(question: str, kind: str) -> str:
    """The id of the concept that a question seems to measure; "" when its words say none.

    >>> propose_concept("Hoe moeilijk was het om een stageplek te vinden?", "ordinal")
    'search_difficulty'
    >>> propose_concept("Wat is je lievelingskleur?", "nominal")
    ''
    """
    text = " ".join(question.split()).casefold()
    same = [one for one in known_concepts().values() if one.fit_of(question) == FITS[0]]
    likely = [one for one in known_concepts().values() if any(_all_in(line, text) for line in one.words)]
    return next((one.id for one in (*same, *likely) if kind in one.kinds), "")


def _all_in(patterns: tuple[str, ...], text: str) -> bool:
    return all(re.search(pattern, text) for pattern in patterns)
