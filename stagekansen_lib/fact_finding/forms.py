"""The form of each kind of act: which fields it asks, and what may be chosen. Made from the models of the acts.

A form is plain data: a notebook, a page or a test fills it in and gives the answers to ``act_of``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args, get_origin

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.fact_finding.acts import KINDS, PRIVATE, model_of
from stagekansen_lib.fact_finding.ledgers import Ledger
from stagekansen_lib.fact_finding.waiting import open_round
from stagekansen_lib.registers.people_and_places import ReportingPoint
from stagekansen_lib.registers.reading import Registers
from stagekansen_lib.registers.texts import code_meaning
from stagekansen_lib.registers.verification import field_value
from stagekansen_lib.wording import Language, say

__all__ = ["FORMS", "TICK", "Field", "Form", "act_of", "form_of", "roles_in_words"]

# What people fill in; the last two are no acts: a check goes to the registers, totals are told by rule.
_BY_RULE = ("totals_told", "dissent_told")
FORMS = (*(kind for kind in KINDS if kind not in _BY_RULE), "point_verified", "totals")
# Given by who fills in the form, by the act itself or by the ledger.
_GIVEN = ("id", "at", "kind", "role", "voter", "revision", "rests", "wording", "foretold", "source_ids", "confidence")
_DAYS = ("due", "seen", "reversible_until")
_LONG = ("text", "reason", "note", "alternatives", "how")
_MANY = ("roles_present", "claims", "about", "fields")
# Field with codes -> the start of the keys that name each code.
_WORDS = {
    "claim_kind": "ledger.kind", "relation": "ledger.relation", "grade": "ledger.grade", "stance": "ledger.stance",
    "position": "ledger.stance", "known": "ledger.known", "outcome": "ledger.outcome", "fair": "manage.fair",
    "kind": "ledger.kind",
}  # fmt: skip
# What can be ticked of a reporting point -> the fields of the register that it is made of.
_TICKED = {
    **{name: (name,) for name in ("phone", "phone_hours", "email", "web", "report_url", "other_channel", "walk_in")},
    "address": ("street", "house_number", "postcode", "city"),
    "place": ("latitude", "longitude"),
}
TICK, TICK_WHOLE = "tick_", "tick_whole"
_ROUND = re.compile(r"[0-9]{1,3}")
_FORETOLD = ("if_nl", "if_en", "then_nl", "then_en")


@dataclass(frozen=True)
class Field:
    """One question of a form.

    Parameters
    ----------
    name, label : what it is called in the act, and in words.
    sort : "line", "text", "choice", "day", "tick" or "words" (several, with a comma between).
    required : False when it may stay empty.
    options : (value, words) to choose from.
    note : what to know beforehand.
    """

    name: str
    label: str
    sort: str
    required: bool
    options: tuple[tuple[str, str], ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Form:
    """A form: its kind, its title and its fields."""

    kind: str
    title: str
    fields: tuple[Field, ...]

    def plain(self) -> dict[str, Any]:
        """The form as plain names and values."""
        return asdict(self)


def form_of(kind: str, ledger: Ledger, registers: Registers, language: Language, *, subject: str = "") -> Form:
    """The form of one kind of act.

    Parameters
    ----------
    kind : one of ``FORMS``.
    ledger, registers : where what can be chosen is looked up.
    language : of the words.
    subject : what it will be about, when that is known already.

    Raises
    ------
    InputError : there is no such form.
    """
    if kind not in FORMS:
        raise InputError(Problem(f"There is no form '{kind}'.", do=did_you_mean(kind, FORMS)))
    own = kind in (*PRIVATE, "point_verified", "totals")
    title = say(f"manage.form_{kind}" if own else f"ledger.kind_{kind}", language)
    if kind == "totals":
        return Form(kind, title, ())
    if kind == "point_verified":
        return Form(kind, title, _point_fields(registers, language, subject))
    asked = [_field(kind, name, ledger, registers, language, subject) for name in _asked(kind)]
    foretold = [_foretold_field(name, language) for name in _FORETOLD] if kind == "method_agreed" else []
    return Form(kind, title, (*asked, *foretold))


def _asked(kind: str) -> list[str]:
    """The fields that a person fills in, the subject first. What begins something gets its name by itself."""
    begins = kind in ("claim_proposed", "question_raised", "correction_asked", "decision_taken")
    names = [name for name in model_of(kind).model_fields if name not in _GIVEN]
    names = [
        name
        for name in names
        if not (name == "subject" and begins) and not (name == "partner" and kind != "stance_taken")
    ]
    return sorted(names, key=lambda name: name != "subject")


def _field(kind: str, name: str, ledger: Ledger, registers: Registers, language: Language, subject: str) -> Field:
    model = model_of(kind).model_fields[name]
    chosen = _choices(kind, name, ledger, registers, language, subject)
    coded = _codes(model.annotation)
    if not chosen and coded:
        start = _WORDS.get(name)
        chosen = tuple((str(code), say(f"{start}_{code}", language) if start else str(code)) for code in coded)
    base = name.removesuffix("_nl").removesuffix("_en")
    label = say(f"manage.field_{base}", language)
    if base != name:
        label = f"{label} ({say(f'manage.in_{name[-2:]}', language)})"
    many = name in _MANY and not (kind == "correction_asked" and name == "about")
    note = say("manage.note_may_be_told", language) if name == "may_be_told" else ""
    if name in ("text_nl", "text_en") and kind in ("claim_proposed", "claim_reworded", "question_answered"):
        note = say("manage.note_numbers", language)
    if name == "round":
        sort = "choice"
        claim = ledger.folded.claims.get(subject)
        number = open_round(claim) if claim else 0
        chosen = tuple((str(one), str(one)) for one in ((number,) if number else (1, 2)))
    elif model.annotation is bool:
        sort = "tick"
    elif many:
        sort = "words"
    elif chosen:
        sort = "choice"
    else:
        sort = "day" if name in _DAYS else "text" if base in _LONG else "line"
    return Field(name, label, sort, model.is_required(), chosen, note)


def _codes(annotation: Any) -> tuple[Any, ...]:
    """The codes of a field that holds one of a few; an empty one is no code to choose."""
    if get_origin(annotation) is Literal:
        return tuple(code for code in get_args(annotation) if code != "")
    return ()


def _choices(
    kind: str, name: str, ledger: Ledger, registers: Registers, language: Language, subject: str
) -> tuple[tuple[str, str], ...]:
    """What may be chosen from what is there: claims, questions, evidence, roles, organisations."""
    if name == "subject" and kind != "process_consent":
        return _subjects(kind, ledger, language)
    if name == "evidence":
        found = ledger.evidence.to_dict("records")
        return tuple(
            (row["id"], f"{row['claim']}: {row['rests_on']}") for row in found if subject in ("", row["claim"])
        )
    partners = tuple((one.id, one.name) for one in registers.partners)
    makers: dict[str, Callable[[], tuple[tuple[str, str], ...]]] = {
        "partner": lambda: partners,
        "owner": lambda: (*roles_in_words(ledger, registers, language), *partners),
    }
    return makers[name]() if name in makers else ()


def roles_in_words(
    ledger: Ledger, registers: Registers, language: Language, *, voting: bool = False
) -> tuple[tuple[str, str], ...]:
    """The roles that people act in, with their names; ``voting``: those that take positions only."""
    named = registers.method.roles
    voters = tuple((role, ledger.rules.role_text(role, language)) for role in ledger.rules.roles)
    process = tuple((role, named[role].text("label", language)) for role in ledger.rules.process_roles if role in named)
    return voters if voting else (*voters, *process)


def _subjects(kind: str, ledger: Ledger, language: Language) -> tuple[tuple[str, str], ...]:
    folded = ledger.folded
    if kind == "act_withdrawn":
        return tuple((act.id, f"{say(f'ledger.kind_{act.kind}', language)}: {act.subject}") for act in folded.acts)
    home = "claim_proposed" if kind in PRIVATE else model_of(kind).begun_by  # type: ignore[attr-defined]
    if home == "claim_proposed":
        return tuple((name, ledger.statement(name, language)) for name in sorted(folded.claims))
    if home == "question_raised":
        return tuple(
            (name, one.begun.text_nl if language == "nl" else one.begun.text_en)
            for name, one in sorted(folded.questions.items())
        )
    return tuple((name, one.begun.about) for name, one in sorted(folded.corrections.items()))


def _foretold_field(name: str, language: Language) -> Field:
    base, tongue = name.split("_")
    label = f"{say(f'manage.field_{base}', language)} ({say(f'manage.in_{tongue}', language)})"
    return Field(f"foretold_{name}", label, "text", True)


def _point_fields(registers: Registers, language: Language, subject: str) -> tuple[Field, ...]:
    """Call, tick, save: of a point that is known, a box for each thing that the register holds of it."""
    known = subject in registers.reporting_points
    points = tuple(
        (one.id, one.heading(language)) for one in registers.reporting_points if not known or one.id == subject
    )
    ticks = _ticks_of(registers.reporting_points[subject], language) if known else ()
    typed = Field(
        "fields", say("manage.field_fields", language), "words", False, note=say("manage.note_fields", language)
    )
    return (
        Field("subject", say("manage.field_point", language), "choice", True, points),
        Field("checked_by", say("manage.field_checked_by", language), "line", True),
        Field("how", say("manage.field_how", language), "text", True),
        *(ticks or (typed,)),
        Field("wrong", say("manage.field_wrong", language), "tick", False),
    )


def _ticks_of(point: ReportingPoint, language: Language) -> tuple[Field, ...]:
    boxes = []
    for name, parts in _TICKED.items():
        value = " ".join(filter(None, (field_value(point, part) for part in parts)))
        if value:
            boxes.append(Field(f"{TICK}{name}", f"{code_meaning('field', name, language)}: {value}", "tick", False))
    whole = Field(TICK_WHOLE, say("managing.whole_point", language), "tick", False)
    return (*boxes, whole)


def act_of(kind: str, answers: Mapping[str, Any], *, role: str, voter: str = "") -> dict[str, Any]:
    """The act that a filled in form tells: empty answers left out, lists and numbers made of words.

    Parameters
    ----------
    kind : one of ``FORMS``.
    answers : field -> answer, as text or as what it is.
    role : in which role it is said. ``voter`` : pseudonym, for what a person says.
    """
    content: dict[str, Any] = {"kind": kind, "role": role}
    if kind in PRIVATE:
        content["voter"] = voter
    foretold = {name: str(answers.get(f"foretold_{name}") or "").strip() for name in _FORETOLD}
    for name, answer in answers.items():
        value = answer.strip() if isinstance(answer, str) else answer
        if name.startswith(("foretold_", TICK)) or value in ("", None, False):
            continue
        if name in _MANY and isinstance(value, str) and not (kind == "correction_asked" and name == "about"):
            value = [part.strip() for part in value.split(",") if part.strip()]
        content[name] = int(str(value)) if name == "round" and _ROUND.fullmatch(str(value)) else value
    ticked = [name.removeprefix(TICK) for name, answer in answers.items() if name.startswith(TICK) and answer]
    if ticked and TICK_WHOLE not in (f"{TICK}{name}" for name in ticked):
        content["fields"] = ticked
    if any(foretold.values()):
        content["foretold"] = [foretold]
    return content
