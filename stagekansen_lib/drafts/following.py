"""A second year of one questionnaire: names, codes and concepts of the first are kept, and what changed is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stagekansen_lib.drafts.answer_sets import Answer, AnswerSet, with_answers
from stagekansen_lib.drafts.beginnings import Question, State
from stagekansen_lib.drafts.points import key_of
from stagekansen_lib.drafts.scales import is_other, is_unsure, plain_label, recognise
from stagekansen_lib.readers.tables import RawTable
from stagekansen_lib.surveys.codebook_files import conditions_text
from stagekansen_lib.surveys.codebooks import CODED, Code, Codebook, Variable

__all__ = ["FROM_BEFORE", "follow"]

FROM_BEFORE = "as before"


def follow(state: State, before: Codebook, table: RawTable) -> None:
    """Put what an earlier codebook says into the state of a draft.

    A question is the same when its wording, id or name is. An answer is the same when its label is, or its code where
    the file holds codes without labels. Answers that the earlier year does not know get numbers behind those it has.
    """
    known = _known(before)
    matched: dict[str, Question] = {}
    for question in state["questions"]:
        variable = _same(question, known)
        if variable is None or variable.name in matched:
            if not question["technical"]:
                state["changes"].append((question["name"], "new question", "", question["question"]))
            continue
        renamed = question["name"]
        matched[variable.name] = question
        _take_over(state, question, variable, table)
        _rename(state, renamed, variable.name)
    for variable in before.variables.values():
        if variable.name not in matched and not variable.derived_from and variable.kind != "info" and variable.required:
            state["changes"].append((variable.name, "question gone", variable.question_nl or variable.label_nl, ""))
    _confirm_file(state, before)


def _known(before: Codebook) -> dict[str, Variable]:
    """The variables of a codebook by every name that a question may have; a name that two have is none."""
    names: dict[str, set[str]] = {}
    for variable in before.variables.values():
        if not variable.derived_from:
            for text in (variable.question_nl, variable.question_en, variable.item, variable.name):
                if text:
                    names.setdefault(plain_label(text), set()).add(variable.name)
    return {text: before[next(iter(own))] for text, own in names.items() if len(own) == 1}


def _same(question: Question, known: Mapping[str, Variable]) -> Variable | None:
    texts = (question["question"], question["item"], question["name"], question["label"])
    found = (known.get(plain_label(text)) for text in texts if text)
    return next((one for one in found if one is not None), None)


def _take_over(state: State, question: Question, variable: Variable, table: RawTable) -> None:
    asked = {plain_label(question["question"]), plain_label(question["label"])}
    if variable.question_nl and asked.isdisjoint(map(plain_label, (variable.question_nl, variable.question_en))):
        state["changes"].append((variable.name, "wording", variable.question_nl, question["question"]))
    question["name"] = variable.name
    for name in ("privacy", "concept", "fit", "role", "nothing_ticked"):
        question[name] = getattr(variable, name)
    question |= {"proposed": "", "accept": list(variable.accept), "routing": conditions_text(variable.only_if)}
    if variable.kind in CODED:
        _answers(state, question, variable, table)
    elif question["kind"] not in ("coded", "multiple") or variable.kind in ("count", "number", "date", "open"):
        question |= {"kind": variable.kind, "set": ""}
    for what in ("kind", "labels", "missing", "unsure", "order", "nothing_ticked", "routing"):
        state["choices"][key_of(variable.name, what)] = FROM_BEFORE


def _answers(state: State, question: Question, variable: Variable, table: RawTable) -> None:
    """The answers of the earlier year, with those of this year that it does not have."""
    old = state["sets"].get(question["set"], {"answers": [], "by_text": True})
    labels = {text.casefold(): code for code in variable.codes for text in (code.label_nl, code.label_en)}
    codes = {str(code.code).casefold(): code for code in variable.codes}
    same = {str(one["code"]): _code_of(one, labels, codes, by_text=old["by_text"]) for one in old["answers"]}
    new = [one for one in old["answers"] if same[str(one["code"])] is None]
    made = _set_from(variable, by_text=bool(old["by_text"]))
    if new:
        question["new"] = [one["label"] or str(one["code"]) for one in new if not one["missing"]]
        state["changes"] += [(variable.name, "new answer", "", one["label"] or str(one["code"])) for one in new]
        _add(made, new)
    _tell_gone(state, question, variable, table)
    counts = {}
    for code, n in question["counts"].items():
        found = same.get(code)
        counts[str(found.code) if found is not None else _number_of(made, old, code)] = n
    question["counts"] = counts
    _rename_columns(question, same)
    question["kind"] = "multiple" if variable.kind == "multiple" else "coded"
    question["set"] = _place(state, made, question["name"])


def _code_of(answer: Answer, labels: Mapping[str, Code], codes: Mapping[str, Code], *, by_text: bool) -> Code | None:
    if answer["label"] and answer["label"].casefold() in labels:
        return labels[answer["label"].casefold()]
    return None if by_text or answer["label"] else codes.get(str(answer["code"]).casefold())


def _set_from(variable: Variable, *, by_text: bool) -> AnswerSet:
    answers = [
        {
            "code": code.code, "label": code.label_nl, "missing": code.missing, "other": is_other(code.label_nl),
            "unsure": not code.missing and is_unsure(code.label_nl),
        }
        for code in variable.codes
    ]  # fmt: skip
    scale = recognise(code.label_nl for code in variable.codes)
    return {
        "by_text": by_text, "stem": "", "several": variable.kind == "multiple", "answers": answers,
        "scale": scale.name if scale is not None else "", "ordered": variable.kind == "ordinal",
    }  # fmt: skip


def _add(made: AnswerSet, new: Iterable[Answer]) -> None:
    if made["by_text"]:
        with_answers(made, [one["label"] for one in new])
        return
    taken = {str(one["code"]) for one in made["answers"]}
    for one in new:
        if str(one["code"]) in taken:  # the file means something else by this code: read by its label
            with_answers(made, [one["label"] or f"{one['code']} (nieuw)"])
        else:
            made["answers"].append(dict(one))
    made["answers"].sort(key=lambda answer: bool(answer["missing"]))


def _number_of(made: AnswerSet, old: AnswerSet, code: str) -> str:
    label = next((one["label"] for one in old["answers"] if str(one["code"]) == code), "")
    return str(next((one["code"] for one in made["answers"] if label and one["label"] == label), code))


def _tell_gone(state: State, question: Question, variable: Variable, table: RawTable) -> None:
    """Answers that the file itself no longer declares; that nobody chose one is no change."""
    declared = {
        label.casefold() for column, _ in question["columns"] for label in table.labels.get(column, {}).values()
    }
    if not declared or variable.kind == "multiple":
        return
    gone = [
        code for code in variable.codes if {code.label_nl.casefold(), code.label_en.casefold()}.isdisjoint(declared)
    ]
    state["changes"] += [(variable.name, "answer gone", code.label_nl, "") for code in gone]


def _rename_columns(question: Question, same: Mapping[str, Code | None]) -> None:
    question["columns"] = [
        [column, str(found.code) if code and (found := same.get(code)) is not None else code]
        for column, code in question["columns"]
    ]


def _place(state: State, made: AnswerSet, name: str) -> str:
    """The number of the set; questions of the earlier year that have the same answers share one again."""
    for place, one in state["sets"].items():
        same = one["answers"] == made["answers"] and one["ordered"] == made["ordered"]
        if same and place.startswith("like_") and not made["several"]:
            return str(place)
    state["sets"][f"like_{name}"] = made
    return f"like_{name}"


def _rename(state: State, old: str, new: str) -> None:
    """Routing that names a question by the name that it had in this draft."""
    for question in state["questions"]:
        for name in ("route", "routing"):
            if question[name].startswith(f"{old}="):
                question[name] = f"{new}={question[name].partition('=')[2]}"


def _confirm_file(state: State, before: Codebook) -> None:
    """Consent and the key of a row are what they were."""
    names: dict[str, Any] = {question["name"]: question for question in state["questions"]}
    if any(variable.accept and variable.name in names for variable in before.variables.values()):
        state["choices"][key_of("", "consent")] = FROM_BEFORE
    if any(variable.role == "respondent" and variable.name in names for variable in before.variables.values()):
        state["choices"][key_of("", "respondent")] = FROM_BEFORE
