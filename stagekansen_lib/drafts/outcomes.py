"""The codebook that the state of a draft amounts to, and where each of its variables stands in the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stagekansen_lib.drafts.answer_sets import answers_of
from stagekansen_lib.drafts.beginnings import Question, State
from stagekansen_lib.surveys.codebook_files import read_conditions
from stagekansen_lib.surveys.codebooks import Code, Codebook, Kind, Variable

__all__ = ["codebook_of", "columns_of"]

_LONGEST_LABEL = 120
# What a person may have written since: it goes before what this year's file says.
_FROM_BEFORE = (
    *("label_nl", "label_en", "question_nl", "question_en", "item", "block", "routing", "note"),
    *("minimum", "maximum", "gate"),
)


def codebook_of(state: State, like: Codebook | None = None) -> Codebook:
    """The codebook of a state, whatever is still open in it.

    Parameters
    ----------
    state : of a draft.
    like : the codebook of an earlier year; what this year did not ask stays in it, and need not be in the file.
    """
    own = {one["name"]: _variable(state, one) for one in state["questions"] if one["keep"]}
    if like is None:
        return Codebook(state["name"], own, state["name"], state["name"], "")
    variables = _with_earlier(own, like)
    return replace(like, name=state["name"], variables=variables)


def _with_earlier(own: Mapping[str, Variable], like: Codebook) -> dict[str, Variable]:
    """The variables of both years in the order of the earlier one, new ones behind them and derived ones last."""
    asked = {name: one for name, one in like.variables.items() if not one.derived_from}
    both = {
        name: _as_before(own[name], one) if name in own else replace(one, required=False) for name, one in asked.items()
    }
    new = {name: replace(one, required=False) for name, one in own.items() if name not in asked}
    derived = {name: one for name, one in like.variables.items() if one.derived_from}
    return {**both, **new, **derived}


def _as_before(now: Variable, before: Variable) -> Variable:
    """A variable of this year with the texts that were written for it in the earlier year."""
    same = {one.code: one for one in before.codes}
    codes = tuple(_with_texts(code, same.get(code.code)) for code in now.codes)
    kept = {name: getattr(before, name) for name in _FROM_BEFORE}
    return replace(now, codes=codes, required=before.required, **kept)


def _with_texts(now: Code, before: Code | None) -> Code:
    if before is None:
        return now
    return replace(now, label_nl=before.label_nl, label_en=before.label_en, exclusive=before.exclusive)


def columns_of(state: State) -> dict[str, str]:
    """By column of the file the variable it holds, "variable[code]" for one answer of several, "" for what is left
    out: as ``read_survey(columns=...)`` takes it."""
    places: dict[str, str] = {}
    for question in state["questions"]:
        if question["coding"] == "mentions" and question["keep"]:
            continue  # the reader knows first and further mentions by the name they share
        for column, code in question["columns"]:
            name = f"{question['name']}[{code}]" if code else question["name"]
            places[column] = name if question["keep"] else ""
    return places


def _variable(state: State, question: Question) -> Variable:
    kind, codes = _kind_and_codes(state, question)
    label = " ".join(question["label"].split())[:_LONGEST_LABEL] or question["name"]
    return Variable(
        question["name"],
        kind,
        label,
        label,
        codes,
        question_nl="" if question["technical"] else question["question"],
        item=question["item"],
        privacy=question["privacy"],
        required=not question["technical"],
        role=question["role"],
        minimum=0.0 if kind == "count" else None,
        only_if=read_conditions(question["routing"]) if question["routing"] else (),
        accept=tuple(question["accept"]),
        concept=question["concept"],
        fit=question["fit"],
        nothing_ticked=question["nothing_ticked"] if kind == "multiple" else "",
        ticked=(question["ticked"],) if question.get("ticked") else (),
        not_ticked=({"1": "2", "2": "1"}[question["ticked"]],) if question.get("ticked") else (),
    )


def _kind_and_codes(state: State, question: Question) -> tuple[Kind, tuple[Code, ...]]:
    """The kind, and the answers; of a number only those that the file declares missing, which the reader knows."""
    kind: Any = question["kind"]
    if kind not in ("coded", "multiple") or not question["set"]:
        return ("open" if kind == "coded" else kind), ()
    one = state["sets"][question["set"]]
    codes = tuple(_code(answer) for answer in one["answers"])
    if not answers_of(one):
        return "open", ()
    if kind == "multiple":
        return "multiple", codes
    return ("ordinal" if one["ordered"] and len(answers_of(one)) > 1 else "nominal"), codes


def _code(answer: Mapping[str, Any]) -> Code:
    label = str(answer["label"] or answer["code"])
    return Code(answer["code"], label, label, str(answer["missing"]))
