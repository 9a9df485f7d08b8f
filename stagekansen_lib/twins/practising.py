"""Answers that nobody gave, for any questionnaire: to practise the whole way with before there are any of people.

They are drawn from the codebook alone: routing, answers from a list, ticks, numbers, days, reasons for no answer and
refused consent are as its lines say; how often each answer is given is made up. So they show how the way goes, and
nothing else.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stagekansen_lib.arguments import said
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.privacy.answer_files import CARD_ENDING, is_private, write_answers
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.surveys.codebook_files import read_codebook
from stagekansen_lib.surveys.codebooks import Codebook, Variable
from stagekansen_lib.surveys.conditions import meets
from stagekansen_lib.surveys.made_up import PRACTICE, MadeUp
from stagekansen_lib.twins.exports import DAY, as_csv, heading, missing_text, word_of, write_with_card

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Integers, Mask

__all__ = ["practice_sha256", "write_practice"]

_FIRST_DAY, _DAYS = dt.date(2026, 3, 2), 56
_TEXT = "Verzonnen antwoord / made-up answer"
# Parts of a hundred: who refuses consent, who gives each reason for no answer, who skips a question, who writes a text.
_REFUSE, _REASON, _SKIP, _WRITE = 0.03, 0.02, 0.02, 0.15
# How much oftener an answer is given that leads on to other questions.
_OPENING = 3.0
_PRIVACY = "synthetic: true   # answers of nobody, drawn by `stagekansen practise`: nothing else is needed\n"


def write_practice(
    codebook: str | Codebook = "baseline", path: str | Path | None = None, *, rows: int = 300, seed: int = 1
) -> Path:
    """A file of made-up answers to a questionnaire, as a survey tool exports them, with proof that it is made up.

    Parameters
    ----------
    codebook : a Codebook, or the name of one in ``data/codebooks``.
    path : the file, ending in .csv; ``data/interim/practise_CODEBOOK.csv`` when left out.
    rows : number of respondents, 1 or more. A few of them refuse consent, as in any survey.
    seed : 0 or more; the same seed gives the same file.

    Returns
    -------
    Path : where it was written. ``read_survey`` reads it against its codebook and marks it as made up, as long as not a
        byte of it is changed and its card ``NAME.made-up.yaml`` stands beside it.

    Raises
    ------
    InputError : there is no such codebook, it has no question that can be asked, or a number is out of range.

    Notes
    -----
    Each question is drawn by itself, from the seed and its own name. Half of the questions with an order or with two
    answers lean on one hidden trait, so that there is something to find; its size is made up too.

    Examples
    --------
    >>> import tempfile
    >>> import stagekansen_lib as sk
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     survey = sk.read_survey(sk.write_practice("baseline", Path(folder) / "practise.csv", seed=7))
    >>> len(survey) > 250, survey.provenance.synthetic, survey.provenance.made_up.generator
    (True, True, 'practise')
    """
    book = codebook if isinstance(codebook, Codebook) else read_codebook(codebook)
    file = project_folder("data", "interim", f"practise_{book.name}.csv") if path is None else Path(path)
    problems = [
        Problem(f"{name} is {said(value)}.", do=f"Give a whole number of {least} or more.")
        for name, value, least in (("rows", rows, 1), ("seed", seed, 0))
        if type(value) is not int or value < least
    ]
    if file.suffix != ".csv":
        problems.append(
            Problem("The file does not end in .csv.", file.name, f"Call it like 'practise_{book.name}.csv'.")
        )
    if not file.parent.is_dir():
        problems.append(Problem("The folder does not exist.", str(file.parent), "Make it first."))
    if problems:
        raise InputError(problems)
    content = _content(book, rows, seed)
    proof = MadeUp(PRACTICE, seed, rows, hashlib.sha256(content).hexdigest())
    name = f"SYNTHETISCH oefenbestand voor '{book.name}' / SYNTHETIC practice file for '{book.name}'"
    write_with_card(file, content, proof, book.name, name)
    if is_private(file):
        write_answers(file.with_name(f"{file.stem}{CARD_ENDING}"), _PRIVACY.encode(), "write practise")
    return file


def practice_sha256(codebook: Codebook, rows: int, seed: int) -> str:
    """The sha256 of the file that ``write_practice`` makes from this codebook, so many rows and this seed."""
    return hashlib.sha256(_content(codebook, rows, seed)).hexdigest()


@dataclass(frozen=True)
class _Draw:
    """What is drawn so far: the answers to earlier questions by name, and the trait that some answers lean on."""

    book: Codebook
    seed: int
    size: int
    trait: Floats
    given: dict[str, Any]

    def noise(self, name: str) -> np.random.Generator:
        """Chance of its own for each question: a question more or less leaves the others as they are."""
        return np.random.default_rng([self.seed, zlib.crc32(f"{self.book.name} {name}".encode())])


def _content(book: Codebook, rows: int, seed: int) -> bytes:
    import pandas as pd

    asked = [one for one in book.variables.values() if not one.derived_from]
    if all(one.kind == "info" for one in asked):
        raise InputError(Problem("It has no question.", f"codebook '{book.name}'", "Add lines to it first."))
    draw = _Draw(book, seed, rows, np.random.default_rng([seed]).standard_normal(rows), {})
    cells = {_column(one): _cells(draw, one) for one in asked}
    return as_csv(pd.DataFrame(cells, dtype=object))


def _column(variable: Variable) -> str:
    return variable.name if variable.role else heading(variable)


def _cells(draw: _Draw, variable: Variable) -> list[str]:
    """The texts of one question, one a respondent."""
    if variable.role == "origin":
        mark = next((str(one.code) for one in variable.codes if one.code == "synthetic"), "")
        return [mark] * draw.size
    if variable.role == "respondent":
        first = "" if variable.kind in ("count", "number") else "P"
        return [f"{first}{number + 1001}" for number in range(draw.size)]
    if variable.kind == "info":
        return [""] * draw.size  # survey tools export a column without answers for it
    rng, asked = draw.noise(variable.name), _who_is_asked(draw, variable)
    texts = _drawn(draw, variable, rng, asked)
    instead = _without_some(variable, rng, asked)
    for name in {variable.name, *variable.columns} & set(draw.given):
        for row in instead:
            draw.given[name][row] = np.nan if draw.given[name].dtype.kind == "f" else None
    return [instead.get(row, text) if asked[row] else "" for row, text in enumerate(texts)]


def _who_is_asked(draw: _Draw, variable: Variable) -> Mask:
    asked: Mask = np.ones(draw.size, dtype=bool)
    for condition in variable.only_if:
        known = draw.book[condition.variable]
        if condition.variable in draw.given or (known.kind == "multiple" and set(known.columns) & set(draw.given)):
            asked &= meets(condition, draw.book, draw.given, draw.size)
    return asked


def _drawn(draw: _Draw, variable: Variable, rng: np.random.Generator, asked: Mask) -> list[str]:
    if variable.kind == "multiple":
        return _ticks(draw, variable, rng, asked)
    if variable.kind in ("nominal", "ordinal") and variable.valid_codes:
        places = _places(draw, variable, rng)
        codes = np.array(variable.valid_codes, dtype=object)
        given = codes[places].copy()
        given[~asked] = None
        draw.given[variable.name] = given
        return [str(code) for code in codes[places]]
    if variable.kind in ("count", "number"):
        return _numbers(draw, variable, rng)
    if variable.kind == "date":
        days = rng.integers(0, _DAYS, draw.size)
        return [(_FIRST_DAY + dt.timedelta(days=int(day))).strftime(DAY) for day in days]
    return _words(draw, variable, rng)


def _places(draw: _Draw, variable: Variable, rng: np.random.Generator) -> Integers:
    """For each respondent the place of the answer among those that the codebook lists."""
    count = len(variable.valid_codes)
    agreeing = _agreeing(draw.book, variable)
    if agreeing is not None:
        refused = np.array([place for place in range(count) if place != agreeing], dtype=np.intp)
        drawn = rng.random(draw.size) < _REFUSE
        return np.where(drawn & bool(len(refused)), refused[0] if len(refused) else agreeing, agreeing).astype(np.intp)
    weights = _chances(variable, rng) * np.where(_opening(draw.book, variable), _OPENING, 1.0)
    limits = np.cumsum(weights / weights.sum())[:-1]
    leaning = rng.choice([0.0, 0.5, -0.5]) if count == 2 or variable.kind == "ordinal" else 0.0
    from scipy.stats import norm

    score = leaning * draw.trait + np.sqrt(1 - leaning**2) * rng.standard_normal(draw.size)
    return np.asarray(np.searchsorted(limits, norm.cdf(score)), dtype=np.intp)


def _agreeing(book: Codebook, variable: Variable) -> int | None:
    """The place of the answer that means consent; None for another question."""
    if variable.accept:
        return list(variable.valid_codes).index(variable.accept[0])
    if variable.privacy != "consent":
        return None
    conditions = [c for one in book.variables.values() for c in one.only_if if c.variable == variable.name]
    wanted = [place for c in conditions for place, code in enumerate(variable.valid_codes) if code in c.values]
    return wanted[0] if wanted else 0


def _opening(book: Codebook, variable: Variable) -> Mask:
    """Which answers lead on to other questions: they are given oftener, so that those are answered too."""
    routes = [c for one in book.variables.values() for c in one.only_if if c.variable == variable.name]
    return np.array([any((code in c.values) != c.negated for c in routes) for code in variable.valid_codes], dtype=bool)


def _chances(variable: Variable, rng: np.random.Generator) -> Floats:
    """How often each answer is given: no answer of a short list is rare, and long lists have a long tail."""
    count = len(variable.valid_codes)
    if variable.kind == "ordinal":
        middle = rng.uniform(0.35, 0.65) * (count - 1)
        weights = np.exp(-((np.arange(count) - middle) ** 2) / (0.5 * count**2))
    elif count <= 4:
        weights = rng.dirichlet(np.full(count, 12.0))
    else:
        weights = rng.permutation(1 / (np.arange(count) + 1.5))
    return np.asarray(weights / weights.sum())


def _ticks(draw: _Draw, variable: Variable, rng: np.random.Generator, asked: Mask) -> list[str]:
    codes = list(variable.valid_codes)
    alone = [place for place, code in enumerate(code for code in variable.codes if not code.missing) if code.exclusive]
    others = [place for place in range(len(codes)) if place not in alone]
    liking = rng.gumbel(size=(draw.size, len(codes))) + rng.uniform(-0.6, 0.6, len(codes))
    ticked = np.zeros((draw.size, len(codes)), dtype=bool)
    number, apart = rng.integers(1, 4, draw.size), rng.random(draw.size) < 0.15
    for row in range(draw.size):
        among = alone if alone and (apart[row] or not others) else others
        chosen = sorted(among, key=lambda place: -liking[row, place])
        ticked[row, chosen[: 1 if among is alone else number[row]]] = True
    for place, column in enumerate(variable.columns):
        draw.given[column] = np.where(asked, ticked[:, place].astype(float), np.nan)
    return [";".join(str(codes[place]) for place in np.flatnonzero(row)) for row in ticked]


def _numbers(draw: _Draw, variable: Variable, rng: np.random.Generator) -> list[str]:
    low = 0.0 if variable.minimum is None else variable.minimum
    high = low + 40.0 if variable.maximum is None else variable.maximum
    middle = low + min((high - low) / 3, 12.0)
    drawn = np.clip(low + rng.gamma(2.0, max(middle - low, 0.0) / 2, draw.size), low, high)
    if variable.kind == "count":
        drawn = np.floor(drawn)
        draw.given[variable.name] = drawn
        return [str(int(number)) for number in drawn]
    draw.given[variable.name] = np.round(drawn, 1)
    return [f"{number:.1f}".replace(".", ",") for number in drawn]


def _words(draw: _Draw, variable: Variable, rng: np.random.Generator) -> list[str]:
    """Texts that the rules of a derived variable take up; otherwise a few that say that they are made up."""
    for derived in draw.book.variables.values():
        if derived.derived_from == (variable.name,):
            words = [word for code in derived.codes if not code.missing and (word := word_of(code.values))]
            if words:
                return [str(word) for word in rng.choice(np.array(words, dtype=object), draw.size)]
    return [_TEXT if one else "" for one in rng.random(draw.size) < _WRITE]


def _without_some(variable: Variable, rng: np.random.Generator, asked: Mask) -> dict[int, str]:
    """Rows that give a reason for no answer, or nothing, and what stands there; none where consent is asked."""
    if variable.privacy == "consent" or variable.accept:
        return {}
    reasons = [one.missing for one in variable.codes if one.missing and one.missing != "not_asked"]
    instead = ["", *(missing_text(variable, f"?{reason}") for reason in reasons)]
    edges, chance = np.cumsum([_SKIP, *[_REASON] * len(reasons)]), rng.random(len(asked))
    rows = np.flatnonzero((chance < edges[-1]) & asked)
    places = np.searchsorted(edges, chance[rows], side="right")
    return {int(row): instead[int(place)] for row, place in zip(rows, places, strict=True)}
