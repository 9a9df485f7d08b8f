"""What the desk shows of a draft: a card a question, each with a picture of its answers and what must still be said.

Plain dictionaries in one language, made anew after every action. They hold counts of answers: they are sent to the
screen that asks, and kept nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from stagekansen_lib.drafts.answer_sets import answers_of
from stagekansen_lib.drafts.beginnings import Question, State
from stagekansen_lib.drafts.concepts import known_concepts
from stagekansen_lib.drafts.drafting import CodebookDraft
from stagekansen_lib.drafts.following import FROM_BEFORE
from stagekansen_lib.drafts.points import Point, is_bare, key_of, of_set, points
from stagekansen_lib.readers.days import DAY_ORDERS
from stagekansen_lib.surveys.codebook_files import read_conditions
from stagekansen_lib.surveys.codebooks import FITS, Privacy
from stagekansen_lib.wording import Language, number_text, percent_text, say

__all__ = ["cards_of", "desk_texts"]

_MOST_BARS = 12
# Subjects that are one choice of a few words, with the words.
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "unfinished": ("leave_out", "keep"),
    "preview": ("leave_out", "keep"),
    "total": ("leave_out", "keep"),
    "kind": ("nominal", "multiple", "count", "number", "date", "open"),
    "decimal": (",", "."),
    "day_order": DAY_ORDERS,
    "ticked": ("1", "2"),
    "unsure": ("answer", "missing"),
    "rare_answers": ("answers", "own_words", "set_aside"),
    "new_answers": ("answers",),
    "nothing_ticked": ("none", "blank"),
    "keep": ("yes", "no"),
    "privacy": tuple(one for one in get_args(Privacy) if one != "consent"),
}
_REASONS = ("", "do_not_know", "prefer_not_to_say", "not_asked", "blank")
_TEXTS = (
    "title", "choose_file", "drop", "from_folder", "take", "no_file", "receiving",
    "confirm", "adjust", "all_right", "confirmed", "up", "down", "turn", "no_order", "recognised", "not_saved",
    "reconnect", "saved", "read_in", "survey_name", "report", "answers", "code",
    "consent_question", "consent_answers", "no_consent", "concept", "fit", "no_concept", "language",
    "first_open", "changes", "more", "this_order", "propose_none", "other_file", "of", "say_first",
)  # fmt: skip


def desk_texts(language: Language) -> dict[str, str]:
    """The texts of the desk itself, by their short names."""
    texts = {name: say(f"desk.{name}", language) for name in _TEXTS}
    return texts | {name: say(f"desk_steps.{name}", language) for name in ("sheet", "busy", "use_language")}


def cards_of(draft: CodebookDraft, language: Language) -> list[dict[str, Any]]:
    """The cards of a draft: first that of the whole file, then one a question."""
    state = draft.state
    by_variable: dict[str, list[dict[str, Any]]] = {}
    for point in points(state):
        by_variable.setdefault(_card_of(state, point), []).append(_point(state, point, language))
    cards = [
        {
            "key": "", "title": state["file"],
            "note": _file_note(state, language),
            "bars": [], "points": by_variable.get("", []), "more": [], "same": [],
        }
    ]  # fmt: skip
    for question in state["questions"]:
        if question["keep"] and not question["technical"]:
            cards.append(_card(state, question, by_variable.get(question["name"], []), language))
    return cards


def _file_note(state: State, language: Language) -> str:
    """How many rows there are; and a better export, where the file has codes for most of its questions."""
    told = [say("desk.rows", language, n=number_text(state["rows"], language)) + "."]
    if not state["identifiers"]:
        told.append(say("desk_steps.gate_passed", language))
    asked = [one for one in state["questions"] if one["keep"] and not one["technical"]]
    if 2 * sum(is_bare(one) for one in asked) > len(asked):
        told.append(say("desk.only_codes", language))
    elif any(point.what == "labels" for point in points(state)):
        told.append(say("desk_steps.only_answer_codes", language))
    return " ".join(told)


def _card_of(state: State, point: Point) -> str:
    """The question whose card a point stands on: a column that is a question has its own."""
    if point.what != "identifiers":
        return point.variable
    columns = {column: one["name"] for one in state["questions"] if one["keep"] for column, _ in one["columns"]}
    return str(columns.get(point.variable, ""))


def _card(state: State, question: Question, told: list[dict[str, Any]], language: Language) -> dict[str, Any]:
    same = of_set(state, question) if question["set"] else []
    shared = next((one for one in state["questions"] if same and one["name"] == same[0]), question)
    note = "" if shared is question else say("desk.shared", language, question=shared["label"])
    if is_bare(question) and not question.get("worded"):
        note = " ".join(filter(None, (note, say("desk.bare", language))))
    return {
        "key": question["name"],
        "title": question["label"] or question["question"],
        "stem": question["stem"] if question["stem"] not in (question["label"], question["item"]) else "",
        "note": note,
        "kind": say(f"desk.kind_{'nominal' if question['kind'] == 'coded' else question['kind']}", language),
        "bars": _bars(state, question, language),
        "points": told,
        "more": _more(state, question, {one["what"] for one in told}, language),
        "same": [one["label"] for one in state["questions"] if one["name"] in same[1:]] if shared is question else [],
    }


def _more(state: State, question: Question, asked: set[str], language: Language) -> list[dict[str, Any]]:
    """What may be said of a question although it is no point: a class that is lowered, a concept nobody proposed."""
    name, kind = question["name"], question["kind"]
    now = {
        "privacy": question["privacy"],
        "concept": f"{question['concept'] or 'none'}: {question['fit'] or FITS[1]}",
        "kind": "nominal" if kind == "coded" else kind,
        "missing": "",
        "keep": "yes",
    }
    if is_bare(question):
        now = {"wording": question["question"] if question.get("worded") else "", **now}
    wanted = [what for what in now if what not in asked and not (what == "privacy" and now[what] == "consent")]
    if kind not in ("coded", "multiple"):
        wanted = [what for what in wanted if what != "missing"]
    return [_point(state, Point(name, what, now[what], figures=False), language) | {"done": False} for what in wanted]


def _bars(state: State, question: Question, language: Language) -> list[dict[str, Any]]:
    """The small picture: a line an answer, in the order that they have now."""
    if not question["set"]:
        return []
    answers = state["sets"][question["set"]]["answers"]
    counts = {str(code): n for code, n in (question["counts"] | question["gone"]).items()}
    most = max([1, *counts.values()])
    base = max(1, sum(counts.values()) if question["kind"] == "coded" else state["rows"])
    return [
        {
            "label": str(one["label"] or one["code"]),
            "n": number_text(counts.get(str(one["code"]), 0), language),
            "share": percent_text(counts.get(str(one["code"]), 0) / base, language),
            "width": round(100 * counts.get(str(one["code"]), 0) / most),
            "missing": bool(one["missing"]),
        }
        for one in answers[:_MOST_BARS]
    ]


def _point(state: State, point: Point, language: Language) -> dict[str, Any]:
    key = key_of(point.variable, point.what)
    done = key in state["choices"]
    told = {
        "key": key, "variable": point.variable, "what": point.what, "figures": point.figures, "done": done,
        "text": say(f"desk.ask_{point.what}", language), "proposal": point.proposal, "form": "choice", "options": [],
        "before": say("desk.as_before", language),
    }  # fmt: skip
    told |= _FORMS.get(point.what, _choice)(state, point, language)
    if done:
        told["said"] = _said(state["choices"][key], told)
    return told


def _said(value: Any, told: Mapping[str, Any]) -> str:
    """What was confirmed, in the words of the card."""
    if told["what"] == "missing" and isinstance(value, str) and " = " in value:
        value = dict(part.rsplit(" = ", 1) for part in value.split("; ") if " = " in part)
    if told["what"] == "consent" and isinstance(value, Mapping):
        return _consent_said(value, told)
    words = {str(option["value"]): option["text"] for option in (*told["options"], *told.get("questions", ()))}
    words |= {str(answer["code"]): answer["label"] for answer in _answers_in(told) if answer["label"]}
    if isinstance(value, Mapping):
        return "; ".join(f"{words.get(str(name), name)}: {_said(one, told)}" for name, one in value.items())
    if isinstance(value, list):
        return (" → " if told["what"] == "order" else ", ").join(str(words.get(str(one), one)) for one in value)
    if told["what"] == "concept":
        name, _, fit = str(value).partition(": ")
        fits = {option["value"]: option["text"] for option in told["fits"]}
        return ", ".join(filter(None, (str(words.get(name, name)), fits.get(fit, fit))))
    if value == FROM_BEFORE:
        return str(told["before"])
    return str(words.get(str(value), value))


def _consent_said(value: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    """Question by question: a code of one may be a code of another too."""
    asked = [one for one in told["questions"] if one["value"] in value]
    parts = [(one["text"], _said(value[one["value"]], {**told, "questions": [one], "what": ""})) for one in asked]
    return "; ".join(f"{question}: {answers}" for question, answers in parts)


def _answers_in(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [*told.get("answers", ()), *(one for asked in told.get("questions", ()) for one in asked["answers"])]


def _options(values: Any, subject: str, language: Language) -> list[dict[str, str]]:
    return [{"value": value, "text": say(f"desk.{subject}_{value or 'none'}", language)} for value in values]


def _question_of(state: State, name: str) -> Question:
    found: Question = next(one for one in state["questions"] if one["name"] == name)
    return found


def _choice(_state: State, point: Point, language: Language) -> dict[str, Any]:
    return {"options": _options(_CHOICES[point.what], point.what, language), "value": point.proposal}


def _identifiers(state: State, point: Point, language: Language) -> dict[str, Any]:
    found = next(one for one in state["identifiers"] if one["column"] == point.variable)
    kinds = ", ".join(say(f"identifiers.{kind}", language) for kind in found["kinds"])
    values = ("leave_out", "set_texts_aside") if found["texts"] else ("leave_out",)
    text = say("desk.ask_identifiers", language, column=point.variable, kinds=kinds, n=found["rows"])
    return {"text": text, "options": _options(values, "identifiers", language), "value": point.proposal}


def _order(state: State, point: Point, language: Language) -> dict[str, Any]:
    one = state["sets"][_question_of(state, point.variable)["set"]]
    answers = [{"code": answer["code"], "label": str(answer["label"] or answer["code"])} for answer in answers_of(one)]
    return {
        "form": "order", "answers": answers, "recognised": bool(one["scale"]), "none": point.proposal == "none",
        "options": [{"value": "none", "text": say("desk.no_order", language)}],
    }  # fmt: skip


def _missing(state: State, point: Point, language: Language) -> dict[str, Any]:
    one = state["sets"][_question_of(state, point.variable)["set"]]
    answers = [
        {"code": answer["code"], "label": str(answer["label"] or answer["code"]), "value": answer["missing"]}
        for answer in one["answers"]
    ]
    return {"form": "reasons", "answers": answers, "options": _options(_REASONS, "reason", language)}


def _wording(_state: State, point: Point, _language: Language) -> dict[str, Any]:
    return {"form": "words", "value": point.proposal}


def _labels(state: State, point: Point, _language: Language) -> dict[str, Any]:
    one = state["sets"][_question_of(state, point.variable)["set"]]
    rated = _is_rating([answer["code"] for answer in one["answers"]]) and not one["several"]
    answers = [
        {"code": answer["code"], "label": str(answer["label"] or (answer["code"] if rated else ""))}
        for answer in one["answers"]
    ]
    return {"form": "labels", "answers": answers}


def _is_rating(codes: list[Any]) -> bool:
    """Numbers that run on from 0 or 1, such as marks from 1 to 5, are perhaps their own words; a person sees to it."""
    return len(codes) > 3 and codes in (list(range(len(codes))), list(range(1, len(codes) + 1)))


def _routing(state: State, point: Point, language: Language) -> dict[str, Any]:
    sentence = " ".join(_condition(state, one, language) for one in read_conditions(point.proposal))
    options = [
        {"value": point.proposal, "text": sentence},
        {"value": "everyone", "text": say("desk.routing_everyone", language)},
    ]
    return {"options": options, "value": point.proposal}


def _condition(state: State, condition: Any, language: Language) -> str:
    source = _question_of(state, condition.variable)
    answers = [
        str(one["label"] or one["code"])
        for one in state["sets"][source["set"]]["answers"]
        if one["code"] in condition.values
    ]
    key = "desk.routing_not" if condition.negated else "desk.routing_only"
    return say(key, language, question=source["label"], answers=" / ".join(answers))


def _respondent(state: State, point: Point, language: Language) -> dict[str, Any]:
    options = [{"value": one["name"], "text": one["label"]} for one in state["questions"] if one["differs"]]
    none = {"value": "none", "text": say("desk.respondent_none", language)}
    return {"options": [*options, none], "value": point.proposal}


def _consent(state: State, _point: Point, _language: Language) -> dict[str, Any]:
    """The questions that a person can choose from; none is chosen beforehand."""
    asked = [
        {
            "value": one["name"],
            "text": one["label"],
            "answers": [
                {"code": str(answer["code"]), "label": str(answer["label"] or answer["code"])}
                for answer in answers_of(state["sets"][one["set"]])
            ],
        }
        for one in state["questions"]
        if one["kind"] == "coded" and one["set"] and one["keep"]
    ]
    return {"form": "consent", "questions": asked}


def _concept(_state: State, point: Point, language: Language) -> dict[str, Any]:
    concept, _, fit = point.proposal.partition(": ")
    concepts = [{"value": one.id, "text": one.label(language)} for one in known_concepts().values()]
    return {
        "form": "concept", "value": concept, "fit": fit, "options": concepts,
        "fits": _options(FITS, "fit", language),
    }  # fmt: skip


_FORMS: Mapping[str, Any] = {
    "identifiers": _identifiers, "order": _order, "missing": _missing, "labels": _labels, "routing": _routing,
    "respondent": _respondent, "consent": _consent, "concept": _concept,
    "wording": _wording,
}  # fmt: skip
