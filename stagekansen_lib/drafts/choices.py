"""What a person says about a draft, put into its state. Nothing here looks at the file, or at a screen."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, get_args

from stagekansen_lib.drafts.answer_sets import AnswerSet, answers_of, make_set, with_answers
from stagekansen_lib.drafts.beginnings import Question, State
from stagekansen_lib.drafts.concepts import concept, propose_concept
from stagekansen_lib.drafts.guessing import is_special
from stagekansen_lib.drafts.points import SUBJECTS, WAITING, codes_of, is_bare, key_of, of_set
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.readers.days import DAY_ORDERS
from stagekansen_lib.surveys.codebook_files import read_conditions
from stagekansen_lib.surveys.codebooks import FITS, Privacy

__all__ = ["NONE", "question_named", "reduce"]

NONE = "none"
_LONGEST_WORDING, _LONGEST_LABEL = 500, 120
_REASONS = ("blank", "not_asked", "do_not_know", "prefer_not_to_say")
_KINDS = {"nominal": "coded", "ordinal": "coded"} | {
    kind: kind for kind in ("coded", "multiple", "count", "number", "date", "open")
}


def reduce(state: State, action: Mapping[str, Any]) -> State:
    """The state after one action; the state that was given stays as it is.

    Parameters
    ----------
    state : from ``begin``, or from an earlier action.
    action : ``{"do": "confirm", "variable": ..., "what": ..., "value": ...}``; or "reopen" with a variable and what,
        which takes the confirmation back and keeps what was said as it stands.

    Raises
    ------
    InputError : there is no such question, subject or answer, or the value cannot be understood.
    """
    after = copy.deepcopy(state)
    do, what = action.get("do", "confirm"), str(action.get("what", ""))
    if what not in SUBJECTS:
        raise InputError(Problem(f"Nothing in a draft is called '{what}'.", do=did_you_mean(what, SUBJECTS)))
    question, variable = _meant(after, str(action.get("variable") or ""), what)
    if do == "reopen":
        after["choices"].pop(key_of(variable, what), None)
        return after
    if do != "confirm":
        raise InputError(Problem(f"A draft cannot '{do}'.", do="Use 'confirm' or 'reopen'."))
    value = action.get("value")
    _SUBJECTS[what](after, question or {"name": variable}, value)
    after["choices"][key_of(variable, what)] = _told(value)
    return after


def _told(value: Any) -> Any:
    """A value as a state keeps it and JSON writes it."""
    if isinstance(value, Mapping):
        return {str(name): _told(one) for name, one in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_told(one) for one in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def question_named(state: State, name: str) -> Question:
    """The question of this name, id, column or wording.

    Raises
    ------
    InputError : there is none.
    """
    plain = " ".join(name.split()).casefold()
    for fields in (("name",), ("item",), ("question", "label")):
        for question in state["questions"]:
            texts = [question[field] for field in fields]
            texts += [question["columns"][0][0]] if fields == ("item",) else []
            if plain and plain in (" ".join(str(text).split()).casefold() for text in texts):
                found: Question = question
                return found
    known = [question["name"] for question in state["questions"]]
    raise InputError(Problem(f"There is no question '{name}' in the draft.", do=did_you_mean(name, known)))


def _meant(state: State, variable: str, what: str) -> tuple[Question | None, str]:
    """The question that an action is about, and the name under which its choice is kept."""
    if what in (*WAITING, "decimal", "day_order"):
        return None, ""
    if what == "identifiers":
        known = [found["column"] for found in state["identifiers"]]
        if variable not in known:
            raise InputError(
                Problem(f"The gate found nothing in column '{variable}'.", do=did_you_mean(variable, known))
            )
        return None, variable
    if what in ("consent", "respondent"):
        return (question_named(state, variable) if variable else None), ""
    question = question_named(state, variable)
    if what in ("labels", "missing", "unsure", "other", "order", "new_answers") and question["set"]:
        question = question_named(state, of_set(state, question)[0])
    return question, question["name"]


def _wrong(question: Question, what: str, do: str) -> InputError:
    place = f"question '{question['name']}'" if question.get("name") else ""
    return InputError(Problem(f"'{what}' cannot be confirmed with this.", place, do))


def _set_of(state: State, question: Question, what: str) -> AnswerSet:
    if not question.get("set"):
        raise _wrong(question, what, "This question has no answers to choose from.")
    found: AnswerSet = state["sets"][question["set"]]
    return found


def _one_of(question: Question, what: str, value: Any, words: Sequence[str]) -> str:
    if value not in words:
        raise _wrong(question, what, f"Choose one of: {', '.join(words)}.")
    return str(value)


def _waiting(_state: State, question: Question, value: Any) -> None:
    _one_of(question, "unfinished", value, ("leave_out", "keep"))


def _decimal(_state: State, question: Question, value: Any) -> None:
    _one_of(question, "decimal", value, (",", "."))


def _day_order(_state: State, question: Question, value: Any) -> None:
    _one_of(question, "day_order", value, DAY_ORDERS)


def _ticked(_state: State, question: Question, value: Any) -> None:
    """Which of 1 and 2 is a tick, where the file does not say."""
    question["ticked"] = _one_of(question, "ticked", str(value), ("1", "2"))


def _identifiers(state: State, question: Question, value: Any) -> None:
    found = next(one for one in state["identifiers"] if one["column"] == question["name"])
    _one_of(question, "identifiers", value, ("leave_out", *(["set_texts_aside"] if found["texts"] else [])))
    for one in state["questions"]:
        if any(column == question["name"] for column, _ in one["columns"]):
            one["keep"] = value != "leave_out"


def _wording(_state: State, question: Question, value: Any) -> None:
    """The words of a question of which the file gives a code only."""
    text = " ".join(str(value or "").split())
    if not is_bare(question):
        raise _wrong(question, "wording", "The file gives its words: those stay, because its column is found by them.")
    if not 0 < len(text) <= _LONGEST_WORDING:
        raise _wrong(question, "wording", f"Give its words, at most {_LONGEST_WORDING} signs.")
    question |= {"question": text, "label": text[:_LONGEST_LABEL], "worded": True}
    kind = "nominal" if question["kind"] == "coded" else question["kind"]
    if is_special(text):
        question["privacy"] = "special"
    if not question["concept"]:
        question["proposed"] = propose_concept(text, kind)


def _kind(state: State, question: Question, value: Any) -> None:
    kind = _KINDS.get(str(value), "")
    if not kind:
        raise _wrong(question, "kind", f"Choose one of: {', '.join(_KINDS)}.")
    if kind in ("coded", "multiple") and not question["set"]:
        if not question["rare"]:
            raise _wrong(question, "kind", "Its texts differ too much to be answers to choose from.")
        state["sets"][question["name"]] = make_set({}, {}, by_text=True, several=kind == "multiple")
        question["set"] = question["name"]
    question["kind"] = kind


def _labels(state: State, question: Question, value: Any) -> None:
    """What the codes mean: by code, in the order of the codes, or "codes" when they say enough."""
    one = _set_of(state, question, "labels")
    if isinstance(value, str) and value == "codes":
        given = {str(answer["code"]): str(answer["label"] or answer["code"]) for answer in one["answers"]}
    elif isinstance(value, Mapping):
        given = {str(code): str(label).strip() for code, label in value.items()}
    elif isinstance(value, str):
        given = _pairs(value)
    elif isinstance(value, Sequence) and len(value) == len(one["answers"]):
        given = {str(answer["code"]): str(label) for answer, label in zip(one["answers"], value, strict=True)}
    else:
        given = {}
    given = {code.casefold(): label for code, label in given.items() if label}
    absent = [
        str(one_["code"]) for one_ in one["answers"] if not (one_["label"] or str(one_["code"]).casefold() in given)
    ]
    if absent or not given:
        raise _wrong(question, "labels", f"Give a label for code(s) {', '.join(absent) or 'of the question'}.")
    labels = {
        str(answer["code"]): given.get(str(answer["code"]).casefold(), answer["label"]) for answer in one["answers"]
    }
    unused = {code: given[code.casefold()] for code in _cased(given, value) if code not in labels}
    named = make_set(labels | unused, {}, by_text=False, several=one["several"])
    one |= {"answers": named["answers"], "scale": named["scale"], "ordered": named["ordered"]}


def _cased(given: Mapping[str, str], value: Any) -> list[str]:
    """The codes as they were given: one that nobody chose this year belongs to the question all the same."""
    names = list(value) if isinstance(value, Mapping) else list(_pairs(value)) if isinstance(value, str) else []
    return [str(name) for name in names if str(name).casefold() in given]


def _pairs(text: str) -> dict[str, str]:
    """``A1 = Ja; A2 = Nee`` as a dictionary."""
    parts = [
        part.split(" = ", 1) if " = " in part else part.split("=", 1) for part in re.split(r";\s*(?=[^;]*=)", text)
    ]
    return {part[0].strip(): part[1].strip() for part in parts if len(part) == 2}


def _answer(one: AnswerSet, question: Question, what: str, name: Any) -> dict[str, Any]:
    known = codes_of(one)
    plain = str(name).strip().casefold()
    if plain not in known:
        raise _wrong(
            question,
            what,
            did_you_mean(str(name), [str(answer["label"] or answer["code"]) for answer in one["answers"]]),
        )
    found: dict[str, Any] = known[plain]
    return found


def _missing(state: State, question: Question, value: Any) -> None:
    """Which answers are none, and why: ``{"Zeg ik liever niet": "prefer_not_to_say"}``; "none" when all are answers."""
    one = _set_of(state, question, "missing")
    given = {} if value in (NONE, None, "", {}, []) else _reasons(one, question, value)
    for answer in one["answers"]:
        answer["missing"] = given.get(answer["code"], "")
    if not answers_of(one):
        raise _wrong(question, "missing", "At least one answer must be an answer.")
    one["answers"].sort(key=lambda answer: bool(answer["missing"]))
    one.setdefault("said", []).append(key_of(question["name"], "missing"))


def _reasons(one: AnswerSet, question: Question, value: Any) -> dict[Any, str]:
    if isinstance(value, str):
        labels = {
            f"{answer['label']} = {reason}": (answer["label"], reason)
            for answer in one["answers"]
            for reason in _REASONS
        }
        value = (
            {labels[part][0]: labels[part][1] for part in _split_known(value, list(labels))} or _pairs(value) or [value]
        )
    if not isinstance(value, Mapping):
        value = dict.fromkeys(value, "blank")
    found = {}
    for name, reason in value.items():
        found[_answer(one, question, "missing", name)["code"]] = _one_of(question, "missing", reason, _REASONS)
    return found


def _split_known(text: str, known: Sequence[str]) -> list[str]:
    """The parts of a text that are known, joined by a semicolon; labels may hold semicolons themselves."""
    found = []
    while text:
        part = next((one for one in known if text == one or text.startswith(f"{one}; ")), None)
        if part is None:
            return []
        found.append(part)
        text = text[len(part) :].removeprefix("; ")
    return found


def _unsure(state: State, question: Question, value: Any) -> None:
    one = _set_of(state, question, "unsure")
    said = _one_of(question, "unsure", value, ("answer", "missing"))
    for answer in one["answers"]:
        if answer["unsure"]:
            answer["missing"] = "do_not_know" if said == "missing" else ""
    one["answers"].sort(key=lambda answer: bool(answer["missing"]))


def _other(state: State, question: Question, value: Any) -> None:
    """Which answer is "other"; "none" when there is no such."""
    one = _set_of(state, question, "other")
    names = [] if value in (NONE, None, "") else [value] if isinstance(value, (str, int)) else list(value)
    codes = {_answer(one, question, "other", name)["code"] for name in names}
    for answer in one["answers"]:
        answer["other"] = answer["code"] in codes


def _order(state: State, question: Question, value: Any) -> None:
    """The answers from low to high, "reversed", or "none" when they have no order."""
    one = _set_of(state, question, "order")
    one.setdefault("said", []).append(key_of(question["name"], "order"))
    if value in (NONE, None, False):
        one["ordered"] = False
        return
    valid = answers_of(one)
    if value == "reversed":
        names: list[Any] = [answer["code"] for answer in reversed(valid)]
    else:
        names = [part.strip() for part in value.split(" < ")] if isinstance(value, str) else list(value)
    order = [_answer(one, question, "order", name)["code"] for name in names]
    wanted = {answer["code"] for answer in valid}
    if len(set(order)) < len(order) or set(order) != wanted:
        absent = [str(answer["label"] or answer["code"]) for answer in valid if answer["code"] not in order]
        raise _wrong(question, "order", f"Give each answer once, low to high; absent: {', '.join(absent) or 'none'}.")
    places = {code: at for at, code in enumerate(order)}
    one["answers"].sort(key=lambda answer: places.get(answer["code"], len(places)))
    one["ordered"] = True


def _rare(state: State, question: Question, value: Any) -> None:
    numbers = question["kind"] in ("count", "number")
    said = _one_of(
        question, "rare_answers", value, ("set_aside",) if numbers else ("answers", "own_words", "set_aside")
    )
    if numbers:
        return
    one = _set_of(state, question, "rare_answers")
    if said == "answers":
        with_answers(one, list(question["rare"]))
    elif said == "own_words" and not any(answer["other"] for answer in one["answers"]):
        with_answers(one, ["Anders"])


def _nothing(_state: State, question: Question, value: Any) -> None:
    said = _one_of(question, "nothing_ticked", value, (NONE, "blank"))
    question["nothing_ticked"] = NONE if said == NONE else ""


def _routing(state: State, question: Question, value: Any) -> None:
    """Who was asked: a condition, ``{question: [answers]}``, or "everyone"."""
    text = "" if value in ("everyone", None, "") else _condition(state, question, value)
    same = [one for one in state["questions"] if one["stem"] and one["stem"] == question["stem"]]
    for one in (question, *(one for one in same if one["route"] == question["route"])):
        one["routing"] = text


def _condition(state: State, question: Question, value: Any) -> str:
    given = value if isinstance(value, Mapping) else None
    if given is not None:
        parts = []
        for name, answers in given.items():
            source = question_named(state, str(name))
            names = [answers] if isinstance(answers, (str, int)) else answers
            codes = [str(_answer(_set_of(state, source, "routing"), source, "routing", one)["code"]) for one in names]
            parts.append(f"{source['name']}={'|'.join(codes)}")
        value = " & ".join(parts)
    before = [one["name"] for one in state["questions"]]
    for condition in read_conditions(str(value)):
        if condition.variable not in before[: before.index(question["name"])]:
            raise _wrong(question, "routing", f"'{condition.variable}' is no question before it.")
    return str(value)


def _consent(state: State, question: Question, value: Any) -> None:
    """The question and the answer that mean consent; "none" when nobody asked for it in the file."""
    for one in state["questions"]:
        if one["accept"]:
            one["accept"] = []
    if value in (NONE, False):
        return
    source, names = _source_and_answers(state, question, value)
    one = _set_of(state, source, "consent")
    source["accept"] = [_answer(one, source, "consent", name)["code"] for name in names]
    source["privacy"], source["concept"], source["fit"], source["proposed"] = "consent", "", "", ""
    if not source["accept"]:
        raise _wrong(source, "consent", "Name the question and the answer, such as q1=Ja, or say 'none'.")


def _source_and_answers(state: State, question: Question, value: Any) -> tuple[Question, list[Any]]:
    if isinstance(value, Mapping) and len(value) == 1:
        name, value = next(iter(value.items()))
        question = question_named(state, str(name))
    elif not question["name"] and isinstance(value, str) and "=" in value:
        name, value = value.split("=", 1)
        question = question_named(state, name)
    elif not question["name"] and isinstance(value, (tuple, list)) and len(value) == 2:
        question, value = question_named(state, str(value[0])), value[1]
    if not question["name"] or value in (None, ""):
        raise _wrong(question, "consent", "Name the question and the answer, such as q1=Ja, or say 'none'.")
    return question, [value.strip()] if isinstance(value, str) else [value] if isinstance(value, int) else list(value)


def _respondent(state: State, question: Question, value: Any) -> None:
    for one in state["questions"]:
        if one["role"] == "respondent" and not one["technical"]:
            one["role"] = ""
    if value in (NONE, None, False):
        return
    chosen = question_named(state, str(value if isinstance(value, str) else question["name"]))
    chosen |= {"role": "respondent", "kind": "open", "privacy": "identifying"}


def _privacy(_state: State, question: Question, value: Any) -> None:
    question["privacy"] = _one_of(question, "privacy", value, get_args(Privacy))


def _concept(_state: State, question: Question, value: Any) -> None:
    """The concept that a question measures and how well: ``experienced: other_wording``; "none" for no concept."""
    if value in (NONE, None, ""):
        question["concept"], question["fit"] = "", ""
        return
    name, _, fit = str(value[0] if isinstance(value, (tuple, list)) else value).partition(":")
    fit = str(value[1]) if isinstance(value, (tuple, list)) and len(value) > 1 else fit.strip()
    found = concept(name.strip())
    question["concept"] = found.id
    question["fit"] = _one_of(question, "concept", fit or found.fit_of(question["label"]), FITS)
    levels = ("ordinary", "sensitive", "identifying", "special")
    if question["privacy"] in levels and levels.index(found.privacy) > levels.index(question["privacy"]):
        question["privacy"] = found.privacy


def _keep(_state: State, question: Question, value: Any) -> None:
    question["keep"] = value not in (False, "no", "leave_out")


def _new_answers(_state: State, question: Question, value: Any) -> None:
    _one_of(question, "new_answers", value, ("answers",))


_SUBJECTS: dict[str, Callable[[State, Question, Any], None]] = {
    "identifiers": _identifiers,
    "unfinished": _waiting,
    "preview": _waiting,
    "total": _waiting,
    "respondent": _respondent,
    "consent": _consent,
    "decimal": _decimal,
    "day_order": _day_order,
    "wording": _wording,
    "kind": _kind,
    "ticked": _ticked,
    "labels": _labels,
    "new_answers": _new_answers,
    "rare_answers": _rare,
    "missing": _missing,
    "unsure": _unsure,
    "other": _other,
    "order": _order,
    "nothing_ticked": _nothing,
    "routing": _routing,
    "privacy": _privacy,
    "concept": _concept,
    "keep": _keep,
}
