"""The state of a draft before anybody said anything: a plain dict of questions, sets of answers and what was found."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from stagekansen_lib.drafts.answer_sets import Answer, AnswerSet, fits_in, join_set, make_set
from stagekansen_lib.drafts.concepts import propose_concept
from stagekansen_lib.drafts.guessing import Guess, guess_kind, privacy_of, undecided
from stagekansen_lib.drafts.looking import Asked, asked_in, slug
from stagekansen_lib.drafts.routes import Filter, find_route
from stagekansen_lib.readers.tables import RawTable
from stagekansen_lib.readers.ticks import tick_of

if TYPE_CHECKING:
    import pandas as pd

    from stagekansen_lib.arrays import Mask

__all__ = ["Question", "State", "begin"]

State = dict[str, Any]
Question = dict[str, Any]

_LONGEST_LABEL = 120
_KEY = re.compile(r"\bid\b|_id$|nr\b|nummer|\bnumber|respond|response|antwoord|record|\bkey\b|\bcase\b", re.IGNORECASE)


def begin(table: RawTable, name: str, file: str) -> State:
    """What is found in a file, as the state of a draft.

    Parameters
    ----------
    table : the file, read.
    name : of the codebook.
    file : name of the file, without its folder.

    Returns
    -------
    dict : ``questions`` in order, ``sets`` of answers by number, ``waiting`` rows that are no finished answer,
        ``identifiers`` that the gate would stop at, ``choices`` that a person made. All of it can be written as JSON.
    """
    asked = asked_in(table)
    guesses = [guess_kind(one) for one in asked]
    sets: list[AnswerSet] = []
    places = [_place_in(sets, one, guess) for one, guess in zip(asked, guesses, strict=True)]
    names = _names(asked)
    questions = [
        _question(one, guess, place, own) for one, guess, place, own in zip(asked, guesses, places, names, strict=True)
    ]
    for question in questions:
        for counted in ("counts", "gone"):
            question[counted] = _by_code(question[counted], sets, question["set"])
        if question["kind"] == "multiple":
            _keep_answers_beside(question, sets[int(question["set"])], table)
    _mark_made_up(questions, sets)
    state: State = {
        "name": name,
        "file": file,
        "format": table.format,
        "rows": len(table.rows),
        "questions": questions,
        "sets": {str(at): one for at, one in enumerate(sets)},
        "waiting": {kind: len(rows) for kind, rows in table.states.items() if len(rows)},
        "identifiers": [],
        "choices": {},
        "changes": [],
    }
    _find_routes(state, table)
    return state


def _place_in(sets: list[AnswerSet], asked: Asked, guess: Guess) -> str:
    """The number of the set that a question has its answers in; "" when it has none."""
    if guess.kind not in ("coded", "multiple"):
        return ""
    several = guess.kind == "multiple"
    new = make_set(guess.labels, asked.missing, by_text=guess.by_text, stem=asked.stem, several=several)
    for at, old in enumerate(sets):
        if fits_in(new, old):
            join_set(old, new)
            return str(at)
    sets.append(new)
    return str(len(sets) - 1)


def _names(asked: Sequence[Asked]) -> list[str]:
    """A name for each question, each once."""
    names: list[str] = []
    for one in asked:
        base = one.role or slug(one.item or (one.label if one.stem else "") or one.question or one.columns[0][0])
        name, at = base, 2
        while name in names:
            name, at = f"{base}_{at}", at + 1
        names.append(name)
    return names


def _question(asked: Asked, guess: Guess, place: str, name: str) -> Question:
    concept = "" if asked.role or asked.own_text else _concept(asked, guess)
    return {
        "name": name,
        "item": asked.item,
        "columns": [list(pair) for pair in asked.columns],
        "question": asked.question,
        "label": (asked.label or asked.question)[:_LONGEST_LABEL],
        "stem": asked.stem,
        "kind": guess.kind,
        "certain": guess.certain,
        "set": place,
        "counts": dict(guess.counts),
        "gone": dict(asked.gone),
        "answered": asked.answered if not asked.parts else 0,
        "rare": dict(guess.rare),
        "coding": asked.coding,
        "undecided": undecided(asked),
        "own_text": asked.own_text,
        "role": "respondent" if asked.role == "respondent_id" else "",
        "technical": bool(asked.role),
        "differs": _is_key(asked),
        "privacy": privacy_of(asked, guess.labels, guess.kind),
        "route": "",
        "routing": "",
        "nothing_ticked": "",
        "proposed": concept,
        "concept": "",
        "fit": "",
        "accept": [],
        "keep": True,
        "new": [],
    }


def _concept(asked: Asked, guess: Guess) -> str:
    kind = "nominal" if guess.kind == "coded" else guess.kind
    return propose_concept(asked.label, kind) or propose_concept(asked.question, kind)


def _is_key(asked: Asked) -> bool:
    """Whether every row has another text, short and without spaces: it may say which answer a row is."""
    counts = asked.counts
    alone = len(counts) > 1 and all(n == 1 for n in counts.values())
    short = all(len(text) <= 40 and " " not in text for text in counts)
    called = any(_KEY.search(text) for text in (asked.columns[0][0], asked.question))
    return alone and short and not asked.parts and called


def _by_code(counts: Mapping[str, int], sets: Sequence[AnswerSet], place: str) -> dict[str, int]:
    """How often each answer of a set was given, by its code as text."""
    if not place:
        return {}
    one = sets[int(place)]
    keys = {
        (answer["label"].casefold() if one["by_text"] else str(answer["code"])): answer for answer in one["answers"]
    }
    sums: dict[str, int] = {}
    for text, n in counts.items():
        answer = keys.get(text.casefold() if one["by_text"] else text)
        if answer is not None:
            sums[str(answer["code"])] = sums.get(str(answer["code"]), 0) + n
    return sums


def _keep_answers_beside(question: Question, one: AnswerSet, table: RawTable) -> None:
    """ "Weet ik niet" that people gave beside other answers is one of these: it cannot mean that there is none."""
    for answer in one["answers"]:
        if answer["missing"] and _stands_beside(question, answer, one["answers"], table):
            answer["missing"] = ""


def _stands_beside(question: Question, answer: Answer, answers: Sequence[Answer], table: RawTable) -> bool:
    columns = [column for column, _ in question["columns"]]
    label = answer["label"].casefold()
    if len(columns) == 1:
        texts = [str(text).casefold() for text in table.rows[columns[0]].dropna().unique()]
        return any(label in text and text.strip(" ;,|") != label for text in texts)
    cells = table.rows[columns].astype(object)
    if question["coding"] == "mentions":
        named = cells.isin([answer["label"], str(answer["code"])]).any(axis=1)
        return bool((named & (cells.notna().sum(axis=1) > 1)).any())
    words = {str(one["code"]): str(one["label"]).casefold() for one in answers}
    ticks = {
        code: _ticked(cells[column], table.labels.get(column, {}), frozenset({code.casefold(), words.get(code, "")}))
        for column, code in question["columns"]
    }
    own = ticks.pop(str(answer["code"]))
    others = sum(ticks.values(), own * 0)
    return bool((own.astype(bool) & (others > 0)).any())


def _ticked(cells: pd.Series[Any], labels: Mapping[str, str], answer: frozenset[str]) -> pd.Series[Any]:
    yes = [text for text in cells.dropna().unique() if tick_of(str(text), labels, answer)]
    return cells.isin(yes).astype(int)


def _mark_made_up(questions: Sequence[Question], sets: Sequence[AnswerSet]) -> None:
    """The column that says in every row that a program made the answers."""
    for question in questions:
        answers = sets[int(question["set"])]["answers"] if question["set"] and question["kind"] == "coded" else []
        if len(answers) == 1 and "synthe" in answers[0]["label"].casefold():
            twin = any(word in answers[0]["label"].casefold() for word in ("twin", "tweeling"))
            answers[0]["code"] = "twin" if twin else "synthetic"
            question |= {"role": "origin", "privacy": "ordinary", "proposed": "", "technical": True}
            return


def _find_routes(state: State, table: RawTable) -> None:
    """Who was asked each question, where the finished answers show it."""
    import numpy as np

    waiting = [row for rows in table.states.values() for row in rows]
    finished = ~table.rows.index.isin(waiting)
    filters: list[Filter] = []
    for question in state["questions"]:
        if question["technical"] or question["own_text"]:
            continue
        answered = np.zeros(len(table.rows), dtype=bool)
        for column, _ in question["columns"]:
            answered |= _answered(table, column)
        route = find_route(answered[finished], filters)
        if route is not None:
            question["route"] = route.condition()
        if question["kind"] == "coded" and not question["columns"][0][1]:
            codes = _codes(table.rows[question["columns"][0][0]], state["sets"][question["set"]])
            filters.append(Filter(question["name"], codes[finished]))


def _answered(table: RawTable, column: str) -> Mask:
    """The rows that say something in a column; that an answer was not meant says something too."""
    cells = table.rows[column].astype(object)
    declared = {**table.missing.get("", {}), **table.missing.get(column, {})}
    said: Mask = (cells.notna() & ~cells.isin(list(declared))).to_numpy()
    return said


def _codes(cells: pd.Series[Any], one: AnswerSet) -> pd.Series[Any]:
    """The code of each cell that is a real answer."""
    import pandas as pd

    known = {
        (answer["label"].casefold() if one["by_text"] else str(answer["code"])): answer["code"]
        for answer in one["answers"]
        if not answer["missing"]
    }
    texts = cells.astype(object)
    found = [known.get(_plain(text, one["by_text"])) if isinstance(text, str) else None for text in texts]
    return pd.Series(found, index=cells.index, dtype=object)


def _plain(text: str, by_text: bool) -> str:
    return text.casefold() if by_text else text.removesuffix(".0")
