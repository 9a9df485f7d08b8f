"""A first codebook from an export: kinds, codes and privacy classes are guessed, and a person confirms or mends each.

No answer to an open question is copied: a text becomes a label only when the file declares it as one, or when at least
three respondents gave it, a column has few different texts, and neither these nor the question look like own words.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.readers.days import is_day
from stagekansen_lib.readers.detection import read_table
from stagekansen_lib.readers.joined_answers import parts_of_texts
from stagekansen_lib.readers.number_signs import is_number, number_signs, plain_number
from stagekansen_lib.readers.response_sets import ResponseSet, response_sets
from stagekansen_lib.readers.tables import RawTable, plain_name
from stagekansen_lib.readers.ticks import missing_reason
from stagekansen_lib.surveys.codebooks import Code, Codebook, Kind, Privacy, Role, Variable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TO_CONFIRM", "draft_codebook"]

TO_CONFIRM = "TO CONFIRM"
_FEWEST = 3  # respondents who must have given a text before it is copied as a label
_MOST_LABELS = 40
_LONGEST_LABEL = 120
_MOST_CODES = 15
_LAST_FIRST_CODE = 11  # codes begin lower; ages and years begin higher
_AMOUNT = re.compile(
    r"\bhoe (?:oud|lang)\b|hoeveel|\baantal\b|leeftijd|\bhoe vaak (?:heb|ben|was|ging)\b|how (?:old|many|long)\b|"
    r"\bage\b|number of|\bjaren\b|\buren\b|\bweken\b|\bmaanden\b|\bhours\b|\bweeks\b|\bmonths\b",
    re.IGNORECASE,
)
_MISSING_CODES = {"98": "do_not_know", "99": "prefer_not_to_say", "998": "do_not_know", "999": "prefer_not_to_say"}
_TECHNICAL_KEPT = ("respondent_id", "submitted_on")
# How a question asks for an answer in own words, and how such an answer ends.
_OWN_WORDS = re.compile(
    r"\(open\)|toelicht|licht toe|namelijk|schrijf|eigen woorden|opmerking|comment|explain|suggest|describe|beschrijf|"
    r"wat kan er beter|what can be improved|wat gebeurde|what happened|write",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r".*[.!?]\s*(?:;|$)|(?:\S+\s+){9,}.*", re.DOTALL)
# What a name or a question is about, in Dutch or English; the first that fits.
_PRIVACY_WORDS: tuple[tuple[Privacy, str], ...] = (
    ("consent", r"toestemming|consent|akkoord|avg\b"),
    (
        "identifying",
        r"\bnaam\b|\bname\b|voornaam|achternaam|first ?name|last ?name|e-?mail|telefoon|phone|studentnummer|"
        r"student number|\bbsn\b|burgerservice|iban|ip-?address|ip-?adres|postcode|zip code|geboortedatum|birth ?date|"
        r"date of birth|latitude|longitude|instagram|linkedin|handle|adres\b|address|respondent|response ?id|"
        r"antwoord ?id|^id$|submitted|submitdate|start ?date|end ?date|\btijd\b|\btime\b|datum",
    ),
    (
        "special",
        r"herkomst|migratie|afkomst|geboren|nationaliteit|etnic|ethnic|origin\b|\bborn\b|geloof|religi|levensovertuiging|"
        r"belief|gezondheid|health|ziekte|illness|beperking|handicap|disab|aandoening|lhbt|lgbt|geaardheid|gerichtheid|"
        r"sexual|seksu|politiek|political|vakbond|trade union|huidskleur|skin colou?r|op welke grond|grounds?\b",
    ),
    ("sensitive", r"discrimin|racis|uitgescholden|melding|gemeld|\breport|klacht|complain"),
)


def draft_codebook(path: str | Path, name: str | None = None, **reading: Any) -> Codebook:
    """A codebook to start from, for an export of any format.

    Each variable that was guessed says "TO CONFIRM" in its note, with what was guessed. Labels are the same in both
    languages until somebody translates them.

    Parameters
    ----------
    path : the export.
    name : of the codebook; made from the name of the file when left out.
    reading : ``format``, ``sheet``, ``structure``, ``delimiter``, ``encoding``, as for ``read_survey``.

    Returns
    -------
    Codebook : one variable a question; columns that hold the answers of one question are put together. Of the columns
        of the survey tool itself only the number of the response and its day are kept. Write it with
        ``write_codebook``.

    Raises
    ------
    InputError : the file cannot be read, or the name cannot be used.

    Examples
    --------
    >>> from stagekansen_lib.project.paths import data_folder
    >>> book = draft_codebook(data_folder("example", "example_2022.csv"))
    >>> book["d1"].kind, book["d1"].valid_codes, book["b3"].kind, book["z1"].kind, book["z1"].codes
    ('nominal', (1, 2, 3, 4, 5, 7), 'multiple', 'open', ())
    """
    path = Path(path)
    name = _checked_name(_codebook_name(path) if name is None else name)
    table = read_table(path, **reading)
    sets = response_sets(table)
    firsts = {one.columns[0]: one for one in sets}
    others = {column for one in sets for column in one.columns[1:]}
    variables: dict[str, Variable] = {}
    for column in map(str, table.rows.columns):
        if column in others or _is_left_out(table, column):
            continue
        found = firsts.get(column)
        variable = _draft(table, column) if found is None else _draft_set(table, found)
        variable = _under_own_name(variable, variables)
        variables[variable.name] = variable
    return Codebook(name, variables, name, name, "draft")


def _checked_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name) or name.endswith(("_codes", "_checks")):
        raise InputError(Problem(f"'{name}' is no name for a codebook.", do="Use letters, digits, '-' and '_'."))
    return name


def _codebook_name(path: Path) -> str:
    return re.sub(r"[^a-z0-9]+", "_", path.stem.casefold()).strip("_") or "draft"


def _is_left_out(table: RawTable, column: str) -> bool:
    """Whether a column is one of the survey tool that no codebook needs."""
    return column in table.technical and _other_name(table, column) not in _TECHNICAL_KEPT


def _other_name(table: RawTable, column: str) -> str:
    """The first other name of a column: that of the codebook for a column of the survey tool, or its question."""
    return table.questions.get(column, ("",))[0]


def _under_own_name(variable: Variable, taken: Collection[str]) -> Variable:
    """The variable, with a number behind its name when another one has it."""
    if variable.name not in taken:
        return variable
    names = (f"{variable.name}_{at}" for at in itertools.count(2))
    return replace(variable, name=next(name for name in names if name not in taken), item="")


@dataclass(frozen=True)
class _Column:
    """What a draft looks at: distinct texts with how often each occurs, the most frequent first."""

    counts: dict[str, int]

    @property
    def answered(self) -> int:
        return sum(self.counts.values())

    def all(self, pattern: str) -> bool:
        return bool(self.counts) and all(re.fullmatch(pattern, text) for text in self.counts)

    def some(self, fits: Callable[[str], object]) -> _Column:
        return _Column({text: n for text, n in self.counts.items() if fits(text)})


@dataclass(frozen=True)
class _Seen:
    """A column with what the file says about it, and what it seems to be about."""

    found: _Column
    labels: Mapping[str, str]
    privacy: Privacy
    question: str
    decimal: str = ""


@dataclass(frozen=True)
class _Guess:
    """The kind of a column, its codes, and what was guessed about these."""

    kind: Kind
    codes: tuple[Code, ...] = ()
    said: tuple[str, ...] = ()


def _column(cells: pd.Series[Any], declared: Mapping[str, str]) -> _Column:
    counts = cells.value_counts()
    return _Column({str(text): int(n) for text, n in counts.items() if n and str(text) not in declared})


def _draft(table: RawTable, column: str) -> Variable:
    found = _column(table.rows[column], _declared(table, column))
    item, question = _item_and_question(column, table.questions.get(column, ()))
    if column in table.own_texts:
        item, question = plain_name(column), next(iter(table.questions.get(column, ())), column)
    alias = _other_name(table, column)
    technical = alias in _TECHNICAL_KEPT
    name = alias if technical else _slug(item or column)
    privacy = _privacy(f"{column} {question}")
    likely = table.decimals.get(column, table.decimals.get("", ""))
    seen = _Seen(found, table.labels.get(column, {}), privacy, f"{column} {question}", likely)
    guess = _Guess("open", (), ("own words beside an answer",)) if column in table.own_texts else _guess(seen)
    privacy, guess = _careful(privacy, guess, bare=bool(item) and question.casefold() == item)
    notes = [f"kind {guess.kind}", *guess.said, f"privacy {privacy}"]
    text = _label(question) or column[:_LONGEST_LABEL]
    role, origin = _role(table, found, guess, [name, column.casefold()]), _origin(found)
    if origin is not None:
        role, privacy, guess = "origin", "ordinary", _Guess("nominal", (origin,))
    if role == "respondent":
        notes.append("key of a row")
    if privacy == "consent":
        notes.append("fill in 'accept' when a row takes part only with consent")
    return Variable(
        name,
        guess.kind,
        text,
        text,
        guess.codes,
        question_nl=question if not technical else "",
        item=item,
        privacy=privacy,
        required=not technical,
        role=role,
        minimum=0.0 if guess.kind == "count" else None,
        note=f"{TO_CONFIRM}: {'; '.join(notes)}.",
    )


def _careful(privacy: Privacy, guess: _Guess, *, bare: bool) -> tuple[Privacy, _Guess]:
    """A stricter class for a question that is not in the file (``bare``), and for open answers."""
    if bare and privacy == "ordinary":
        privacy, guess = "sensitive", replace(guess, said=(*guess.said, "the file does not hold the question"))
    if guess.kind == "open" and privacy not in ("consent", "special"):
        privacy = "identifying"
    return privacy, guess


def _role(table: RawTable, found: _Column, guess: _Guess, names: Sequence[str]) -> Role:
    """Whether a column is the key of a row: nearly all texts differ, and it is called so."""
    differs = guess.kind == "open" and len(found.counts) >= 0.9 * len(table.rows)
    called = names[-1] == "id" or any(re.search(r"respondent|response|antwoord", name) for name in names)
    return "respondent" if differs and called else ""


def _origin(found: _Column) -> Code | None:
    """The code of the one text that says in every row that a program made the answers; None when there is no such."""
    if len(found.counts) != 1 or "synthe" not in next(iter(found.counts)).casefold():
        return None
    label = _label(next(iter(found.counts)))
    mark = "twin" if any(word in label.casefold() for word in ("twin", "tweeling")) else "synthetic"
    return Code(mark, label, label)


def _guess(seen: _Seen) -> _Guess:
    """The first of the guesses that fits, from what says most to what says least."""
    return next(guess for one in _GUESSES if (guess := one(seen)) is not None)


def _by_labels(seen: _Seen) -> _Guess | None:
    without = seen.found.some(lambda text: text not in seen.labels).answered
    if not seen.labels or without > 0.1 * seen.found.answered:
        return None
    codes, said = _codes({text: _label(label) for text, label in seen.labels.items()})
    return _Guess("nominal", codes, (*said, f"{without} answer(s) have no label") if without else said)


def _as_empty(seen: _Seen) -> _Guess | None:
    return None if seen.found.counts else _Guess("open", (), ("the column is empty",))


def _as_whole_numbers(seen: _Seen) -> _Guess | None:
    found = seen.found
    if not found.all(r"-?[0-9]+"):
        return None
    if _counts_something(seen):
        return _Guess("number" if any(text.startswith("-") for text in found.counts) else "count")
    codes, said = _codes({text: f"code {text}" for text in sorted(found.counts, key=int)})
    rare = sorted(text for text, n in found.counts.items() if n < _FEWEST)
    if rare:
        said = (*said, f"code(s) {', '.join(rare)} of fewer than {_FEWEST} respondents: a mistake?")
    return _Guess("nominal", codes, said)


def _counts_something(seen: _Seen) -> bool:
    """Whether whole numbers are amounts and no codes: many, asked for as an amount, or far from one, as ages are."""
    numbers = sorted(int(text) for text in seen.found.counts)
    many = len(numbers) > _MOST_CODES or seen.found.answered < 2 * len(numbers)
    asked = bool(_AMOUNT.search(seen.question)) and len(numbers) > 2
    plain = [number for number in numbers if str(number) not in _MISSING_CODES]
    return many or asked or (len(plain) > 4 and plain[0] > _LAST_FIRST_CODE)


def _as_numbers(seen: _Seen) -> _Guess | None:
    texts = list(seen.found.counts)
    if not all(is_number(text) for text in texts):
        return None
    signs = number_signs(texts, likely=seen.decimal)
    if signs is None:
        return _Guess("number", (), ("a point or comma stands before three digits: thousands or decimals?",))
    said = ("a sign stands between thousands",) if signs.grouped else ()
    whole = all(float(plain_number(text, signs) or "0.5").is_integer() for text in texts)
    return _Guess("count" if whole and not any(text.startswith("-") for text in texts) else "number", (), said)


def _as_days(seen: _Seen) -> _Guess | None:
    return _Guess("date") if all(is_day(text) for text in seen.found.counts) else None


def _as_own_words(seen: _Seen) -> _Guess | None:
    sentences = seen.found.some(_SENTENCE.match).answered
    own = seen.privacy == "identifying" or sentences > 0.2 * seen.found.answered or _OWN_WORDS.search(seen.question)
    return _Guess("open") if own else None


def _as_joined(seen: _Seen) -> _Guess | None:
    joined = _parts(seen.found)
    if joined is None:
        return None
    if joined.all(r"[0-9]+"):
        fits = len(joined.counts) <= 2 * _MOST_CODES
        codes = {text: f"code {text}" for text in sorted(joined.counts, key=int)}
        return _Guess("multiple", *_codes(codes)) if fits else None
    return _Guess("multiple", *_text_codes(joined, seen.labels)) if _few_texts(joined) else None


def _as_codes_with_strays(seen: _Seen) -> _Guess | None:
    """A stray text among codes is a mistake, or the code of something else: a person decides."""
    plain = seen.found.some(lambda text: re.fullmatch(r"-?[0-9]+", text))
    if plain.answered < 0.9 * seen.found.answered:
        return None
    guess = _guess(replace(seen, found=plain))
    return replace(guess, said=(*guess.said, f"{seen.found.answered - plain.answered} answer(s) are no number"))


def _as_texts(seen: _Seen) -> _Guess:
    return _Guess("nominal", *_text_codes(seen.found, seen.labels)) if _few_texts(seen.found) else _Guess("open")


_GUESSES: tuple[Callable[[_Seen], _Guess | None], ...] = (
    _by_labels, _as_empty, _as_whole_numbers, _as_numbers, _as_days, _as_own_words, _as_joined, _as_codes_with_strays,
    _as_texts,
)  # fmt: skip


def _parts(found: _Column) -> _Column | None:
    """The parts of joined answers; None when hardly any cell holds more than one."""
    joined = parts_of_texts(found.counts, _FEWEST)
    if joined is None:
        return None
    return _Column(dict(sorted(joined[1].items(), key=lambda one: -one[1])))


def _few_texts(found: _Column) -> bool:
    often = [text for text, n in found.counts.items() if n >= _FEWEST]
    kept = sum(found.counts[text] for text in often)
    short = all(len(text) <= _LONGEST_LABEL for text in often)
    return bool(often) and len(often) <= _MOST_LABELS and short and kept >= 0.9 * found.answered


def _text_codes(found: _Column, labels: Mapping[str, str]) -> tuple[tuple[Code, ...], tuple[str, ...]]:
    often = [text for text, n in found.counts.items() if n >= _FEWEST]
    codes, said = _codes({str(at): _label(labels.get(text, text)) for at, text in enumerate(often, start=1)})
    rare = len(found.counts) - len(often)
    return codes, (*said, f"{rare} text(s) of fewer than {_FEWEST} respondents were not copied") if rare else said


def _codes(labels: Mapping[str, str]) -> tuple[tuple[Code, ...], tuple[str, ...]]:
    """Codes with their labels; a code that looks like a missing answer is marked, and the mark reported."""
    numbers = sorted(int(text) for text in labels if _is_whole(text))
    codes = tuple(_code(text, label, _why_missing(text, label, numbers)) for text, label in labels.items())
    if all(code.missing for code in codes):
        return tuple(replace(code, missing="") for code in codes), ()
    return codes, tuple(f"code {code.code} is missing: {code.missing}" for code in codes if code.missing)


def _code(text: str, label: str, missing: str) -> Code:
    return Code(int(text) if _is_whole(text) else text, label or text, label or text, missing)


def _is_whole(text: str) -> bool:
    return bool(re.fullmatch(r"-?[0-9]+", text))


def _why_missing(text: str, label: str, numbers: Sequence[int]) -> str:
    """Why a code stands for no answer: by its label, or because it lies far beyond or below the others."""
    far = text in _MISSING_CODES and list(numbers[:-1][-1:]) < [int(text) - 20]
    below = _is_whole(text) and text.startswith("-") and max(numbers) > 0
    return missing_reason(label) or (_MISSING_CODES.get(text, "blank") if far or below else "")


def _draft_set(table: RawTable, found: ResponseSet) -> Variable:
    """A question of several answers with a column for each answer, or for each mention."""
    item, question = _item_and_question(found.base, ())
    question = found.question or question
    labels = _mentioned(table, found) if found.coding == "mentions" else _answers_of(found)
    codes, said = _codes(labels)
    privacy = _privacy(f"{found.base} {question}")
    text = _label(question) or found.base[:_LONGEST_LABEL]
    more = {"mentions": "first and further mentions", "one_two": "1 read as a tick and 2 as none"}
    notes = [f"kind multiple, from {len(found.columns)} columns", *said, f"privacy {privacy}"]
    notes += [more[found.coding]] if found.coding in more else []
    return Variable(
        _slug(item or found.base),
        "multiple",
        text,
        text,
        codes,
        question_nl=question,
        item=item or (found.base if re.fullmatch(r"[A-Za-z]+\d+", found.base) else ""),
        privacy=privacy,
        ticked=("1",) if found.coding == "one_two" else (),
        not_ticked=("2",) if found.coding == "one_two" else (),
        note=f"{TO_CONFIRM}: {'; '.join(notes)}.",
    )


def _answers_of(found: ResponseSet) -> dict[str, str]:
    """The label of each answer by its code, as the name of its column has it; a text becomes a number."""
    named = [code if re.fullmatch(r"[A-Za-z]{0,8}[0-9]*", code) else "" for code, _ in found.answers]
    if len(set(named)) < len(named) or "" in named:
        named = [str(place) for place in range(1, len(named) + 1)]
    labels = {}
    for code, column, (_, label) in zip(named, found.columns, found.answers, strict=True):
        other = "Anders" if column == found.own_words else f"code {code}"
        labels[code] = _label(label) if label and label != code else other
    return labels


def _mentioned(table: RawTable, found: ResponseSet) -> dict[str, str]:
    """The label of each answer that is mentioned, by its code."""
    given = table.labels.get(found.columns[0], {})
    if given:
        return {text: _label(label) for text, label in given.items()}
    texts: dict[str, int] = {}
    for column in found.columns:
        for text, n in _column(table.rows[column], _declared(table, column)).counts.items():
            texts[text] = texts.get(text, 0) + n
    often = sorted(text for text, n in texts.items() if n >= _FEWEST)
    if all(_is_whole(text) for text in often):
        return {text: f"code {text}" for text in sorted(often, key=int)}
    return {str(place): _label(text) for place, text in enumerate(often, start=1)}


def _declared(table: RawTable, column: str) -> dict[str, str]:
    return {**table.missing.get("", {}), **table.missing.get(column, {})}


def _item_and_question(column: str, others: Sequence[str]) -> tuple[str, str]:
    """The id and the question of "d1. How difficult ..."; the question of a bare id stands elsewhere in the file."""
    plain = " ".join(column.split())
    found = re.fullmatch(r"\[?([A-Za-z]+\d+)\]?(?:[.:)\-–_]|\s)\s*(.*)", plain)
    if found and found[2]:
        return found[1].casefold(), found[2]
    question = " ".join(others[0].split()) if others else plain
    return (plain.casefold() if re.fullmatch(r"[A-Za-z]+\d+", plain) else ""), question


def _privacy(text: str) -> Privacy:
    text = text.casefold()
    return next((name for name, words in _PRIVACY_WORDS if re.search(words, text)), "ordinary")


def _slug(text: str) -> str:
    import unicodedata

    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain)[:6]
    name = "_".join(words)[:40].strip("_") or "question"
    return f"q_{name}" if name[0].isdigit() or name == "codebook" else name


def _label(text: str) -> str:
    """A text short enough for a table; what a spreadsheet would run is made harmless in exports, and not here."""
    return " ".join(text.split())[:_LONGEST_LABEL].strip()
