"""What a person must still say about a draft: a point each, with a proposal where there is one.

Points follow from the state and from nothing else. A point that was confirmed is gone; one answer can bring others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stagekansen_lib.drafts.answer_sets import AnswerSet, answers_of
from stagekansen_lib.drafts.beginnings import Question, State
from stagekansen_lib.drafts.concepts import concept
from stagekansen_lib.drafts.scales import has_own_words

__all__ = ["SUBJECTS", "WAITING", "Point", "codes_of", "is_bare", "key_of", "of_set", "open_points", "points"]

# Everything that can be said, in the order in which it is asked.
SUBJECTS = (
    *("identifiers", "unfinished", "preview", "total", "respondent", "consent", "decimal", "day_order"),
    *("wording", "kind", "ticked", "labels", "new_answers", "rare_answers", "missing", "unsure", "other", "order"),
    *("nothing_ticked", "routing", "privacy", "concept", "keep"),
)
# Rows that are no answer of somebody who finished: left out or kept, and always told.
WAITING = ("unfinished", "preview", "total")


@dataclass(frozen=True)
class Point:
    """One thing to confirm.

    Parameters
    ----------
    variable : name of the question, name of a column for ``identifiers``, or "" for what is about the whole file.
    what : one of ``SUBJECTS``.
    proposal : as text; "" when nobody may guess it.
    figures : whether the answer changes figures, so that nothing is read before it is given.
    """

    variable: str
    what: str
    proposal: str = ""
    figures: bool = True


def key_of(variable: str, what: str) -> str:
    """The key of a choice in a state."""
    return f"{variable}|{what}"


def open_points(state: State) -> list[Point]:
    """The points that nobody has confirmed yet."""
    return [point for point in points(state) if key_of(point.variable, point.what) not in state["choices"]]


def points(state: State) -> Iterator[Point]:
    """Every point of a state, confirmed or not."""
    yield from _of_file(state)
    for question in state["questions"]:
        if question["keep"] and not question["technical"]:
            yield from _of_question(state, question)


def _of_file(state: State) -> Iterator[Point]:
    for found in state["identifiers"]:
        yield Point(found["column"], "identifiers", found["proposal"])
    for kind in WAITING:
        if state["waiting"].get(kind):
            yield Point("", kind, "leave_out")
    if not any(question["technical"] and question["role"] == "respondent" for question in state["questions"]):
        keys = [question["name"] for question in state["questions"] if question["differs"]]
        if keys:
            yield Point("", "respondent", keys[0])
    if any(question["kind"] == "coded" and not question["technical"] for question in state["questions"]):
        yield Point("", "consent")
    asked = [one for one in state["questions"] if one["keep"] and one["kind"] in one["undecided"]]
    if any(one["kind"] == "number" for one in asked):
        yield Point("", "decimal")
    if any(one["kind"] == "date" for one in asked):
        yield Point("", "day_order")


def _of_question(state: State, question: Question) -> Iterator[Point]:
    name = question["name"]
    if not question["certain"]:
        yield Point(name, "kind", "nominal" if question["kind"] == "coded" else question["kind"])
    if question["rare"] and question["kind"] in ("coded", "multiple"):
        own = len(question["rare"]) > 10 or any(map(has_own_words, question["rare"]))
        yield Point(name, "rare_answers", "own_words" if own else "answers")
    elif question["rare"] and question["kind"] in ("count", "number"):
        yield Point(name, "rare_answers", "set_aside")
    if question["set"] and of_set(state, question)[0] == name:
        yield from _of_answers(name, question, state["sets"][question["set"]])
    if question["kind"] == "multiple" and question["coding"] == "one_two":
        yield Point(name, "ticked", "1")
    elif question["kind"] == "multiple" and question["coding"] != "yes_no":
        yield Point(name, "nothing_ticked", "none")
    if question["route"] and _first_of_route(state, question) == name:
        yield Point(name, "routing", question["route"])
    if question["new"]:
        yield Point(name, "new_answers", "answers")
    if question["proposed"]:
        fit = concept(question["proposed"]).fit_of(question["label"])
        yield Point(name, "concept", f"{question['proposed']}: {fit}", figures=False)


def is_bare(question: Question) -> bool:
    """Whether the file gives a question no words: only a code, by which its column is found whatever it is called."""
    return (
        bool(question["item"])
        and question["columns"][0][0].startswith(question["item"])
        and (question["question"] == question["item"] or bool(question.get("worded")))
    )


def of_set(state: State, question: Question) -> list[str]:
    """The names of the questions that share their answers with this one; the first speaks for all.

    >>> one = {"questions": [{"name": "a", "set": "0", "keep": True}, {"name": "b", "set": "0", "keep": True}]}
    >>> of_set(one, one["questions"][1])
    ['a', 'b']
    """
    same = [one["name"] for one in state["questions"] if one["set"] == question["set"] and one["keep"]]
    return same or [question["name"]]


def _first_of_route(state: State, question: Question) -> str:
    """The rows of a grid have one routing: the first speaks for all."""
    same = [
        one["name"]
        for one in state["questions"]
        if one["route"] == question["route"] and one["stem"] == question["stem"] and one["stem"] and one["keep"]
    ]
    return str(same[0]) if same else str(question["name"])


def _of_answers(name: str, question: Question, one: AnswerSet) -> Iterator[Point]:
    if not _has_labels(one):
        # Without labels nobody can say what is missing or which comes first, but whoever knows the questionnaire may.
        if {key_of(name, "missing"), key_of(name, "order")} - set(one.get("said", ())):
            yield Point(name, "labels", figures=not one["several"])
        return
    missing = [answer for answer in one["answers"] if answer["missing"]]
    if missing:
        yield Point(name, "missing", "; ".join(f"{answer['label']} = {answer['missing']}" for answer in missing))
    if any(answer["unsure"] for answer in answers_of(one)):
        yield Point(name, "unsure", "answer")
    if question["kind"] == "coded" and one["scale"] != "yes_no" and len(answers_of(one)) > 1:
        order = " < ".join(answer["label"] for answer in answers_of(one))
        yield Point(name, "order", order if one["scale"] or _are_numbers(one) else "none")


def _has_labels(one: AnswerSet) -> bool:
    return all(answer["label"] for answer in one["answers"])


def _are_numbers(one: AnswerSet) -> bool:
    return len(answers_of(one)) > 2 and all(str(answer["label"]).isdecimal() for answer in answers_of(one))


def codes_of(one: AnswerSet) -> dict[str, Any]:
    """By code and by label, in small letters, the answer that is meant."""
    by_label = {str(answer["label"]).casefold(): answer for answer in one["answers"] if answer["label"]}
    return by_label | {str(answer["code"]).casefold(): answer for answer in one["answers"]}
