"""A first codebook from an export: kinds, codes and privacy classes are guessed, and a person confirms or mends each.

No answer to an open question is copied: a text becomes a label only when the file declares it as one, or when at least
three respondents gave it, a column has few different texts, and neither these nor the question look like own words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.readers.answers import is_day, is_tick
from stagekansen_lib.readers.detection import read_table
from stagekansen_lib.readers.spss_and_stata import missing_reason
from stagekansen_lib.readers.tables import RawTable
from stagekansen_lib.surveys.codebooks import Code, Codebook, Kind, Privacy, Variable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TO_CONFIRM", "draft_codebook"]

TO_CONFIRM = "TO CONFIRM"
_FEWEST = 3  # respondents who must have given a text before it is copied as a label
_MOST_LABELS = 40
_LONGEST_LABEL = 120
_MOST_CODES = 15
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
    name = name if name is not None else re.sub(r"[^a-z0-9]+", "_", path.stem.casefold()).strip("_") or "draft"
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name) or name.endswith(("_codes", "_checks")):
        raise InputError(Problem(f"'{name}' is no name for a codebook.", do="Use letters, digits, '-' and '_'."))
    table = read_table(path, **reading)
    groups = _separate_groups(table)
    grouped = {column: key for key, columns in groups.items() for column in columns}
    variables: dict[str, Variable] = {}
    for column in map(str, table.rows.columns):
        key = grouped.get(column)
        if column in table.technical and table.questions.get(column, ("",))[0] not in _TECHNICAL_KEPT:
            continue
        if key is None:
            variable = _draft(table, column)
        elif groups[key][0] == column:
            variable = _draft_separate(table, key, groups[key])
        else:
            continue
        variables.setdefault(variable.name, variable)
        if variables[variable.name] is not variable:
            unique = next(
                f"{variable.name}_{at}" for at in range(2, 10_000) if f"{variable.name}_{at}" not in variables
            )
            variables[unique] = replace(variable, name=unique, item="")
    return Codebook(name, variables, name, name, "draft")


@dataclass(frozen=True)
class _Column:
    """What a draft looks at: distinct texts with how often each occurs, the most frequent first."""

    counts: dict[str, int]

    @property
    def answered(self) -> int:
        return sum(self.counts.values())

    def all(self, pattern: str) -> bool:
        return bool(self.counts) and all(re.fullmatch(pattern, text) for text in self.counts)


def _column(cells: pd.Series[Any], declared: Mapping[str, str]) -> _Column:
    counts = cells.value_counts()
    return _Column({str(text): int(n) for text, n in counts.items() if n and str(text) not in declared})


def _draft(table: RawTable, column: str) -> Variable:
    declared = {**table.missing.get("", {}), **table.missing.get(column, {})}
    found = _column(table.rows[column], declared)
    item, question = _item_and_question(column, table.questions.get(column, ()))
    alias = table.questions.get(column, ("",))[0]
    technical = alias in _TECHNICAL_KEPT
    name = alias if technical else _slug(item or column)
    privacy = _privacy(f"{column} {question}")
    kind, codes, guess = _kind(found, table.labels.get(column, {}), privacy, f"{column} {question}")
    if item and question.casefold() == item and privacy == "ordinary":
        privacy, guess = "sensitive", [*guess, "the file does not hold the question"]
    if kind == "open" and privacy not in ("consent", "special"):
        privacy = "identifying"
    notes = [f"kind {kind}", *guess, f"privacy {privacy}"]
    more: dict[str, Any] = {}
    if found.counts and all("synthe" in text.casefold() for text in found.counts) and len(found.counts) == 1:
        label = _label(next(iter(found.counts)))
        mark = "twin" if any(word in label.casefold() for word in ("twin", "tweeling")) else "synthetic"
        kind, codes, privacy = "nominal", (Code(mark, label, label),), "ordinary"
        more["role"] = "origin"
    elif kind == "open" and len(found.counts) >= 0.9 * len(table.rows) and _is_key(name, column):
        more["role"] = "respondent"
        notes.append("key of a row")
    if kind == "count":
        more["minimum"] = 0.0
    if privacy == "consent":
        notes.append("fill in 'accept' when a row takes part only with consent")
    text = _label(question) or column[:_LONGEST_LABEL]
    return Variable(
        name,
        kind,
        text,
        text,
        codes,
        question_nl=question if not technical else "",
        item=item,
        privacy=privacy,
        required=not technical,
        note=f"{TO_CONFIRM}: {'; '.join(notes)}.",
        **more,
    )


def _kind(
    found: _Column, labels: Mapping[str, str], privacy: Privacy, question: str
) -> tuple[Kind, tuple[Code, ...], list[str]]:
    """The kind of a column, its codes, and what was guessed about these."""
    without = sum(n for text, n in found.counts.items() if text not in labels)
    if labels and without <= 0.1 * found.answered:
        codes, guess = _codes({text: _label(label) for text, label in labels.items()})
        return "nominal", codes, [*guess, f"{without} answer(s) have no label"] if without else guess
    if not found.counts:
        return "open", (), ["the column is empty"]
    if found.all(r"-?[0-9]+"):
        if len(found.counts) <= _MOST_CODES and found.answered >= 2 * len(found.counts):
            codes, guess = _codes({text: f"code {text}" for text in sorted(found.counts, key=int)})
            rare = [text for text, n in found.counts.items() if n < _FEWEST]
            if rare:
                guess.append(f"code(s) {', '.join(sorted(rare))} of fewer than {_FEWEST} respondents: a mistake?")
            return "nominal", codes, guess
        negative = any(text.startswith("-") for text in found.counts)
        return ("number" if negative else "count"), (), []
    if found.all(r"-?[0-9]+(?:[.,][0-9]+)?"):
        return "number", (), []
    if all(is_day(text) for text in found.counts):
        return "date", (), []
    sentences = sum(n for text, n in found.counts.items() if _SENTENCE.match(text))
    if privacy == "identifying" or sentences > 0.2 * found.answered or _OWN_WORDS.search(question):
        return "open", (), []
    joined = _parts(found)
    if joined:
        numbers = all(re.fullmatch(r"[0-9]+", part) for part in joined.counts)
        if numbers and len(joined.counts) <= 2 * _MOST_CODES:
            return "multiple", *_codes({text: f"code {text}" for text in sorted(joined.counts, key=int)})
        if not numbers and _few_texts(joined):
            return "multiple", *_text_codes(joined)
    # A stray text among codes is a mistake, or the code of something else: a person decides.
    plain = _Column({text: n for text, n in found.counts.items() if re.fullmatch(r"-?[0-9]+", text)})
    if plain.answered >= 0.9 * found.answered:
        stray = found.answered - plain.answered
        kind, codes, guess = _kind(plain, labels, privacy, question)
        return kind, codes, [*guess, f"{stray} answer(s) are no number"]
    if _few_texts(found):
        return "nominal", *_text_codes(found)
    return "open", (), []


def _parts(found: _Column) -> _Column | None:
    """The parts of joined answers; None when hardly any cell is joined by semicolons."""
    joined = sum(n for text, n in found.counts.items() if ";" in text.rstrip("; "))
    if joined < 0.05 * found.answered or joined < _FEWEST:
        return None
    counts: dict[str, int] = {}
    for text, n in found.counts.items():
        for part in filter(None, (part.strip() for part in text.split(";"))):
            counts[part] = counts.get(part, 0) + n
    return _Column(dict(sorted(counts.items(), key=lambda one: -one[1])))


def _few_texts(found: _Column) -> bool:
    often = [text for text, n in found.counts.items() if n >= _FEWEST]
    kept = sum(found.counts[text] for text in often)
    short = all(len(text) <= _LONGEST_LABEL for text in often)
    return bool(often) and len(often) <= _MOST_LABELS and short and kept >= 0.9 * found.answered


def _text_codes(found: _Column) -> tuple[tuple[Code, ...], list[str]]:
    often = [text for text, n in found.counts.items() if n >= _FEWEST]
    codes, guess = _codes({str(at): _label(text) for at, text in enumerate(often, start=1)})
    rare = len(found.counts) - len(often)
    if rare:
        guess.append(f"{rare} text(s) of fewer than {_FEWEST} respondents were not copied")
    return codes, guess


def _codes(labels: Mapping[str, str]) -> tuple[tuple[Code, ...], list[str]]:
    """Codes with their labels; a code that looks like a missing answer is marked, and the mark reported."""
    codes, guess = [], []
    numbers = [int(text) for text in labels if re.fullmatch(r"-?[0-9]+", text)]
    for text, label in labels.items():
        reason = missing_reason(label)
        far = text in _MISSING_CODES and sorted(numbers)[:-1][-1:] < [int(text) - 20]
        if not reason and (far or (re.fullmatch(r"-[0-9]+", text) and max(numbers) > 0)):
            reason = _MISSING_CODES.get(text, "blank")
        codes.append(Code(int(text) if re.fullmatch(r"-?[0-9]+", text) else text, label or text, label or text, reason))
        if reason:
            guess.append(f"code {text} is missing: {reason}")
    if codes and all(code.missing for code in codes):
        return tuple(replace(code, missing="") for code in codes), []
    return tuple(codes), guess


def _separate_groups(table: RawTable) -> dict[str, list[str]]:
    """Columns "b3[1]", "b3_2", "b3 [Text]" that hold only ticks, by what stands before the answer."""
    groups: dict[str, list[str]] = {}
    for column in map(str, table.rows.columns):
        found = _PART.fullmatch(column)
        if found and column not in table.technical:
            labels = {found["text"] or found["code"] or "", *_choices(table.questions.get(column, ()))}
            texts = [str(text) for text in table.rows[column].dropna().unique()]
            if all(is_tick(text, labels) for text in texts):
                groups.setdefault(found["base"].strip(), []).append(column)
    return {base: columns for base, columns in groups.items() if len(columns) > 1}


_PART = re.compile(r"(?P<base>.+?)(?:\s*\[(?P<text>[^\]]+)\]|[_.](?P<code>[0-9]+))")


def _choices(questions: Sequence[str]) -> list[str]:
    return [found["text"] for text in questions if (found := _PART.fullmatch(text)) and found["text"]]


def _draft_separate(table: RawTable, base: str, columns: Sequence[str]) -> Variable:
    item, question = _item_and_question(base, ())
    labels: dict[str, str] = {}
    for place, column in enumerate(columns, start=1):
        found = _PART.fullmatch(column)
        texts = table.questions.get(column, ())
        choice = next(iter(_choices(texts)), "")
        for text in texts:
            whole = _PART.fullmatch(text)
            if whole and whole["text"] and question in ("", base):
                question = whole["base"]
        inside = (found["text"] or found["code"] or "") if found else ""
        code = inside if re.fullmatch(r"[0-9]+", inside) else str(place)
        labels[code] = _label(choice or ("" if inside.isdecimal() else inside)) or f"code {code}"
    codes, guess = _codes(labels)
    privacy = _privacy(f"{base} {question}")
    text = _label(question) or base[:_LONGEST_LABEL]
    notes = [f"kind multiple, from {len(columns)} columns", *guess, f"privacy {privacy}"]
    return Variable(
        _slug(item or base),
        "multiple",
        text,
        text,
        codes,
        question_nl=question,
        item=item or (base if re.fullmatch(r"[A-Za-z]+\d+", base) else ""),
        privacy=privacy,
        note=f"{TO_CONFIRM}: {'; '.join(notes)}.",
    )


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


def _is_key(name: str, column: str) -> bool:
    return (
        bool(re.search(r"respondent|response|antwoord|^id$", f"{name} {column.casefold()}"))
        or column.casefold() == "id"
    )


def _slug(text: str) -> str:
    import unicodedata

    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain)[:6]
    name = "_".join(words)[:40].strip("_") or "question"
    return f"q_{name}" if name[0].isdigit() or name == "codebook" else name


def _label(text: str) -> str:
    """A text short enough for a table, and never one that a spreadsheet would run."""
    return " ".join(text.split())[:_LONGEST_LABEL].lstrip("=+-@' ").strip()
