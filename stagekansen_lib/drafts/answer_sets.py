"""Sets of answers: questions with the same labels share one numbering, and what is said of one is said of all.

A number never says how often an answer was given. Labels of a known scale have the number of their step, others stand
by the alphabet, so that two files of one questionnaire number alike.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stagekansen_lib.drafts.amounts import amount_order
from stagekansen_lib.drafts.scales import is_other, is_unsure, missing_reason_of, recognise

__all__ = ["Answer", "AnswerSet", "answers_of", "fits_in", "join_set", "make_set", "with_answers"]

# code, label, missing (a reason or ""), other, unsure
Answer = dict[str, Any]
# answers, by_text, stem, kind, scale, ordered (None until somebody said)
AnswerSet = dict[str, Any]

# Numbers of answers that are none, the same in every draft.
_SPECIAL = {"blank": 95, "not_asked": 97, "do_not_know": 98, "prefer_not_to_say": 99}
_OTHER = 96
_FILE_REASONS = {"blank", "not_asked", "do_not_know", "prefer_not_to_say"}


def make_set(
    labels: Mapping[str, str], missing: Mapping[str, str], *, by_text: bool, stem: str = "", several: bool = False
) -> AnswerSet:
    """A set of answers from the texts or codes of a file.

    Parameters
    ----------
    labels : by text or code what it means; "" where the file does not say.
    missing : the reason behind each text that the file itself declares missing.
    by_text : whether the cells hold labels.
    stem : of the grid that the question stands in.
    several : whether it is a multiple response, whose answers are its own.
    """
    made: AnswerSet = {"by_text": by_text, "stem": stem, "several": several, "scale": "", "ordered": None}
    made["answers"] = _by_text(labels.values()) if by_text else [_coded(c, t, missing) for c, t in labels.items()]
    return _with_scale(made)


def _coded(code: str, label: str, missing: Mapping[str, str]) -> Answer:
    reason = missing.get(code, "") or missing_reason_of(label)
    number = int(code) if re.fullmatch(r"-?[0-9]+", code) else code
    return _answer(number, label, reason if reason in _FILE_REASONS else "blank" if reason else "")


def _answer(code: int | str, label: str, reason: str) -> Answer:
    return {
        "code": code, "label": label, "missing": reason, "other": not reason and is_other(label),
        "unsure": not reason and is_unsure(label),
    }  # fmt: skip


def _by_text(labels: Iterable[str]) -> list[Answer]:
    unique = {label.casefold(): label for label in reversed(list(labels))}
    scale = recognise(unique.values())
    amounts = _amounts(unique.values()) if scale is None else {}
    ordered = sorted(
        unique.values(), key=lambda label: (_step_of(scale, label), amounts.get(label, 0.0), label.casefold())
    )
    taken: set[int] = set()
    numbers: dict[str, int] = {}
    for label in ordered:
        if (own := _own_number(label)) is not None:
            numbers[label] = own
            taken.add(own)
    for label in ordered:
        if label not in numbers:
            numbers[label] = _number_for(label, scale, taken)
            taken.add(numbers[label])
    answers = [_answer(numbers[label], label, missing_reason_of(label)) for label in ordered]
    return sorted(answers, key=lambda one: (bool(one["missing"]), one["other"]))


def _amounts(labels: Iterable[str]) -> dict[str, float]:
    return amount_order(label for label in labels if not missing_reason_of(label) and not is_other(label)) or {}


def _step_of(scale: Any, label: str) -> int:
    return int(scale.steps.get(label, 0)) if scale is not None else 0


def _own_number(label: str) -> int | None:
    """The number that a label is: another number would be taken for it when the file is read."""
    found = re.fullmatch(r"(-?[0-9]{1,9})(?:[.,]0+)?", label)
    return int(found[1]) if found else None


def _number_for(label: str, scale: Any, taken: set[int]) -> int:
    reason = missing_reason_of(label)
    wanted = _SPECIAL.get(reason, 0) or (_OTHER if is_other(label) else _step_of(scale, label)) or 1
    while wanted in taken:
        wanted += 1 if wanted < _SPECIAL["blank"] else 100
    return wanted


def _with_scale(one: AnswerSet) -> AnswerSet:
    """The set with the scale that its labels stand in, and its answers in the order of that scale."""
    scale = recognise(answer["label"] for answer in one["answers"] if answer["label"])
    one["scale"] = scale.name if scale is not None else ""
    if scale is not None:
        steps = scale.steps
        one["answers"].sort(key=lambda answer: steps.get(answer["label"], scale.size + 1))
    elif not one["several"] and (amounts := _amounts(str(answer["label"]) for answer in one["answers"])):
        one["scale"] = "amounts"
        one["answers"].sort(key=lambda answer: amounts.get(str(answer["label"]), math.inf))
    if one["scale"] == "yes_no":
        one["answers"].reverse()  # yes first; it has no order
        one["answers"].sort(key=lambda answer: bool(answer["missing"]) or answer["label"] not in steps)
        one["ordered"] = False
    return one


def answers_of(one: AnswerSet, *, valid: bool = True) -> list[Answer]:
    """The answers, or with ``valid`` those that are not missing."""
    return [answer for answer in one["answers"] if not (valid and answer["missing"])]


def fits_in(new: AnswerSet, old: AnswerSet) -> bool:
    """Whether two questions have the same answers: all labels alike, one grid, or one known scale."""
    if new["several"] or old["several"] or new["by_text"] != old["by_text"]:
        return False
    if new["by_text"]:
        own, other = _names(new), _names(old)
        same_grid = bool(new["stem"]) and new["stem"] == old["stem"] and bool(own & other)
        return own == other or same_grid or _one_scale(new, old)
    return _codes_agree(new, old)


def _names(one: AnswerSet) -> set[str]:
    return {answer["label"].casefold() for answer in one["answers"]}


def _one_scale(new: AnswerSet, old: AnswerSet) -> bool:
    labels = {answer["label"].casefold(): answer["label"] for answer in (*old["answers"], *new["answers"])}
    scale = recognise(labels.values())
    return scale is not None and scale.name != "yes_no" and bool(new["scale"] or old["scale"])


def _codes_agree(new: AnswerSet, old: AnswerSet) -> bool:
    own = {answer["code"]: answer["label"] for answer in new["answers"]}
    other = {answer["code"]: answer["label"] for answer in old["answers"]}
    clash = any(own[code] != other[code] for code in own.keys() & other.keys())
    if clash:
        return False
    same_grid = bool(new["stem"]) and new["stem"] == old["stem"] and bool(own.keys() & other.keys())
    return same_grid or (own == other and all(own.values()))


def join_set(old: AnswerSet, new: AnswerSet) -> None:
    """Add to a set the answers of another that it does not have yet."""
    if new["by_text"]:
        labels = [answer["label"] for answer in (*old["answers"], *new["answers"])]
        old["answers"] = _by_text(labels)
    else:
        known = {answer["code"] for answer in old["answers"]}
        old["answers"] += [answer for answer in new["answers"] if answer["code"] not in known]
        old["answers"].sort(key=lambda answer: (isinstance(answer["code"], str), answer["code"]))
    _with_scale(old)


def with_answers(one: AnswerSet, labels: Sequence[str]) -> None:
    """Add answers to a set, behind those that it has: their numbers stay."""
    taken = {answer["code"] for answer in one["answers"] if isinstance(answer["code"], int)}
    known = _names(one)
    for label in sorted(labels, key=str.casefold):
        if label.casefold() not in known:
            own = _own_number(label)
            number = own if own is not None and own not in taken else _number_for(label, None, taken)
            taken.add(number)
            known.add(label.casefold())
            one["answers"].append(_answer(number, label, missing_reason_of(label)))
    one["answers"].sort(key=lambda answer: bool(answer["missing"]))
