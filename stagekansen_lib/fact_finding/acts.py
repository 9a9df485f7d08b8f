"""The kinds of act: what may be said, by whom, and what each must hold.

An act is said once and never changed. What is true now follows from all acts together (``folding``). Kinds in
``PRIVATE`` are what a person says; they never leave the private folder, totals do (``totals``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from stagekansen_lib.errors import InputError, Problem, did_you_mean

__all__ = [
    "KINDS",
    "POSITIONS",
    "PRIVATE",
    "Act",
    "ActWithdrawn",
    "AnyAct",
    "AnyPrivateAct",
    "ClaimConfirmed",
    "ClaimMoved",
    "ClaimProposed",
    "ClaimReworded",
    "CorrectionAsked",
    "CorrectionSettled",
    "DecisionTaken",
    "DissentTold",
    "EvidenceAdded",
    "EvidenceWithdrawn",
    "Foretold",
    "MethodAgreed",
    "MindChanger",
    "PositionTaken",
    "PrivateAct",
    "ProcessConsent",
    "QuestionAnswered",
    "QuestionAssigned",
    "QuestionRaised",
    "Rest",
    "RoleTotal",
    "RoundClosed",
    "StanceTaken",
    "TotalsTold",
    "act_from",
    "model_of",
    "plain_act",
]

Position = Literal["agree", "can_live_with", "disagree", "no_position"]
POSITIONS: tuple[str, ...] = get_args(Position)
Confidence = Literal["handbook", "found", "recalled", "derived", ""]
Grade = Literal["experiment", "register", "probability_survey", "self_selected_survey", "qualitative", "opinion"]
Round = Annotated[int, Field(ge=1, le=2)]


def _as_day(text: str) -> str:
    if text:
        dt.date.fromisoformat(text)
    return text


Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,80}$")]
Text = Annotated[str, Field(max_length=4000)]
Said = Annotated[str, Field(min_length=1, max_length=4000)]
Day = Annotated[str, Field(max_length=10), AfterValidator(_as_day)]
Words = Annotated[tuple[str, ...], Field(strict=False)]
_MODEL = ConfigDict(frozen=True, strict=True, extra="forbid")


class Rest(BaseModel):
    """What an act rests on: a reference, how it read on that day, and seals of what it was made of.

    The seals are of the **published** rows, so that only a release or a register changes them. ``measured`` is the day
    of the release or register entry, empty when unknown.
    """

    model_config = _MODEL

    reference: str
    shown_nl: str
    shown_en: str
    figure: str = ""
    method: str = ""
    source: str = ""
    rule: str = ""
    measured: str = ""


Rests = Annotated[tuple[Rest, ...], Field(strict=False)]


class Act(BaseModel):
    """What every public act has. ``id`` and ``at`` (UTC) are given when it is written; ``role`` says in what part."""

    model_config = _MODEL
    # The kind of act that must have begun the subject; empty when the act itself begins it, or speaks of anything.
    begun_by: ClassVar[str] = ""

    id: str = ""
    at: str = ""
    subject: Slug
    role: Said
    partner: str = ""


class ClaimProposed(Act):
    """A sentence that somebody holds to be true; its numbers are references such as [[example-2022:experience]]."""

    kind: Literal["claim_proposed"]
    text_nl: Said
    text_en: Said
    claim_kind: Literal["experienced", "suspected", "established", "legal"]
    who_nl: Text = ""
    who_en: Text = ""
    where_nl: Text = ""
    where_en: Text = ""
    when_nl: Text = ""
    when_en: Text = ""
    note_nl: Text = ""
    note_en: Text = ""
    source_ids: Words = ()
    confidence: Confidence = ""
    rests: Rests = ()


class ClaimReworded(Act):
    """Another wording of a claim. Positions were about the wording of their day, so agreement is asked anew."""

    begun_by = "claim_proposed"
    kind: Literal["claim_reworded"]
    text_nl: Said
    text_en: Said
    reason_nl: Text = ""
    reason_en: Text = ""
    rests: Rests = ()


class ClaimMoved(Act):
    """A claim set aside, taken back, or put on the table again."""

    begun_by = "claim_proposed"
    kind: Literal["claim_parked", "claim_withdrawn", "claim_reopened"]
    reason_nl: Said
    reason_en: Said


class ClaimConfirmed(Act):
    """Somebody looked again at a claim whose figures changed, and it stands: ``rests`` is what it rests on now."""

    begun_by = "claim_proposed"
    kind: Literal["claim_confirmed"]
    reason_nl: Said
    reason_en: Said
    rests: Rests = ()


class EvidenceAdded(Act):
    """Evidence for, against or nuancing a claim. ``rests_on`` is a reference, or the address of an outside page."""

    begun_by = "claim_proposed"
    kind: Literal["evidence_added"]
    relation: Literal["for", "against", "nuancing"]
    rests_on: Said
    seen: Day = ""
    grade: Literal[Grade, ""] = ""
    text_nl: Text = ""
    text_en: Text = ""
    rests: Rests = ()


class EvidenceWithdrawn(Act):
    """A piece of evidence taken off a claim; ``evidence`` is the id of the act that added it."""

    begun_by = "claim_proposed"
    kind: Literal["evidence_withdrawn"]
    evidence: Slug
    reason_nl: Said
    reason_en: Said


class StanceTaken(Act):
    """What an organisation says of a claim in its own name; ``spoken_by`` is the function of who speaks for it."""

    begun_by = "claim_proposed"
    kind: Literal["stance_taken"]
    partner: Said
    stance: Position
    spoken_by: Said
    text_nl: Text = ""
    text_en: Text = ""


class QuestionRaised(Act):
    """Something that nobody knows yet, or not well enough."""

    kind: Literal["question_raised"]
    text_nl: Said
    text_en: Said
    known: Literal["unknown", "partly_known"] = "unknown"
    note_nl: Text = ""
    note_en: Text = ""
    source_ids: Words = ()
    confidence: Confidence = ""


class QuestionAssigned(Act):
    """Who takes a question on, and by when."""

    begun_by = "question_raised"
    kind: Literal["question_assigned"]
    owner: Said
    due: Day


class Foretold(BaseModel):
    """One thing that was said beforehand: if this comes out, then we shall say that."""

    model_config = _MODEL

    if_nl: Said
    if_en: Said
    then_nl: Said
    then_en: Said


class MethodAgreed(Act):
    """How a question will be answered and which result would mean what, agreed before anyone opened the data."""

    begun_by = "question_raised"
    kind: Literal["method_agreed"]
    text_nl: Said
    text_en: Said
    foretold: Annotated[tuple[Foretold, ...], Field(strict=False, min_length=1)]
    roles_present: Words = ()


class QuestionAnswered(Act):
    """What came out. ``claims`` are the claims that say it."""

    begun_by = "question_raised"
    kind: Literal["question_answered"]
    text_nl: Said
    text_en: Said
    claims: Words = ()
    rests: Rests = ()


class DecisionTaken(Act):
    """What was decided, with whom present, why, what else was possible, and until when it can be undone."""

    kind: Literal["decision_taken"]
    text_nl: Said
    text_en: Said
    reason_nl: Text = ""
    reason_en: Text = ""
    alternatives_nl: Text = ""
    alternatives_en: Text = ""
    roles_present: Words = ()
    about: Words = ()
    reversible_until: Day = ""


class CorrectionAsked(Act):
    """A reader says that something is wrong; ``about`` names the page, figure or claim."""

    kind: Literal["correction_asked"]
    about: Said
    text: Said


class CorrectionSettled(Act):
    """What was done with a correction that a reader asked."""

    begun_by = "correction_asked"
    kind: Literal["correction_settled"]
    outcome: Literal["corrected", "partly_corrected", "stands"]
    text_nl: Said
    text_en: Said


class RoundClosed(Act):
    """A round of positions on one wording of a claim is over. Only now may its totals be told."""

    begun_by = "claim_proposed"
    kind: Literal["round_closed"]
    wording: str = ""
    round: Round


class RoleTotal(BaseModel):
    """What may be told of one role: a class of voters and agreement in words."""

    model_config = _MODEL

    role: Said
    voters: Said
    agreement: Literal["broadly_agrees", "divided", "broadly_disagrees"]


class TotalsTold(Act):
    """All that leaves the private folder about one round: told once, when the round is closed, and never again."""

    begun_by = "claim_proposed"
    kind: Literal["totals_told"]
    wording: Slug
    round: Round
    roles: Annotated[tuple[RoleTotal, ...], Field(strict=False)] = ()
    moved: Literal["few", "some", "many", ""] = ""


class DissentTold(Act):
    """What a person wrote and agreed to make public: a dissent, or what would change a mind. Without role or time."""

    begun_by = "claim_proposed"
    kind: Literal["dissent_told"]
    wording: Slug
    what: Literal["dissent", "would_change"]
    text: Said


class ActWithdrawn(Act):
    """Somebody takes an act back (``subject`` is its id). It stays in the history and counts no more."""

    kind: Literal["act_withdrawn"]
    reason_nl: Said
    reason_en: Said


class PrivateAct(BaseModel):
    """What a person says. It holds no time and no partner: beside a role those would be a name.

    ``voter`` is a pseudonym that only the team can resolve; ``revision`` counts how often it was said anew.
    """

    model_config = _MODEL

    id: str = ""
    subject: Slug
    role: Said
    voter: Slug
    revision: Annotated[int, Field(ge=0)] = 0


class PositionTaken(PrivateAct):
    """A position on one wording of a claim in round one or two. ``may_be_told``: the reason, without the role."""

    kind: Literal["position_taken"]
    round: Round
    wording: str = ""
    position: Position
    reason: Text = ""
    may_be_told: bool = False


class MindChanger(PrivateAct):
    """What would change my mind."""

    kind: Literal["would_change_mind"]
    wording: str = ""
    text: Said
    may_be_told: bool = False


class ProcessConsent(PrivateAct):
    """Whether the way something was found was fair, apart from whether one agrees with it."""

    kind: Literal["process_consent"]
    fair: Literal["yes", "partly", "no"]
    text: Text = ""


AnyAct = (
    ClaimProposed | ClaimReworded | ClaimMoved | ClaimConfirmed | EvidenceAdded | EvidenceWithdrawn | StanceTaken
    | QuestionRaised | QuestionAssigned | MethodAgreed | QuestionAnswered | DecisionTaken | CorrectionAsked
    | CorrectionSettled | RoundClosed | TotalsTold | DissentTold | ActWithdrawn
)  # fmt: skip
AnyPrivateAct = PositionTaken | MindChanger | ProcessConsent


def _kinds(union: Any) -> dict[str, type[BaseModel]]:
    return {kind: model for model in get_args(union) for kind in get_args(model.model_fields["kind"].annotation)}


_PUBLIC_KINDS, _PRIVATE_KINDS = _kinds(AnyAct), _kinds(AnyPrivateAct)
KINDS = (*_PUBLIC_KINDS, *_PRIVATE_KINDS)
PRIVATE = tuple(_PRIVATE_KINDS)


def model_of(kind: str) -> type[BaseModel]:
    """The model of a kind of act."""
    return {**_PUBLIC_KINDS, **_PRIVATE_KINDS}[kind]


@cache
def _adapter() -> TypeAdapter[Any]:
    return TypeAdapter(Annotated[AnyAct | AnyPrivateAct, Field(discriminator="kind")])


def act_from(content: Mapping[str, Any], where: str = "") -> AnyAct | AnyPrivateAct:
    """The act that a mapping tells; every mistake in it at once, without repeating what it says.

    Raises
    ------
    InputError : an unknown kind, an unknown or missing field, a value that may not stand there.

    >>> act_from({"kind": "position_taken", "subject": "claim-1", "role": "student", "voter": "p1", "round": 1,
    ...           "position": "agree"}).position
    'agree'
    """
    kind = str(content.get("kind", ""))
    model = {**_PUBLIC_KINDS, **_PRIVATE_KINDS}.get(kind)
    if model is None:
        raise InputError(Problem("This is no kind of act.", where or "kind", did_you_mean(kind, KINDS)))
    try:
        found: AnyAct | AnyPrivateAct = _adapter().validate_python(dict(content))
    except ValidationError as failure:
        known = list(model.model_fields)
        raise InputError([_explained(mistake, where, known) for mistake in failure.errors()]) from None
    return found


def _explained(mistake: Any, where: str, known: list[str]) -> Problem:
    """One mistake in words. The message of the checker is used only where it holds no input."""
    field = ".".join(str(part) for part in mistake["loc"][1:])
    if mistake["type"] == "extra_forbidden":
        return Problem(f"Field '{field}' is unknown.", where, did_you_mean(field, known))
    if mistake["type"] == "missing":
        return Problem(f"Field '{field}' is missing.", where, "Add it.")
    if mistake["type"] == "value_error":
        return Problem(f"Field '{field}' is no date.", where, "Write it as 2026-11-30.")
    return Problem(f"Field '{field}': {mistake['msg']}.", where, "Check the value.")


def plain_act(act: AnyAct | AnyPrivateAct) -> dict[str, Any]:
    """An act as plain names and values, without what was left at its default."""
    content: dict[str, Any] = act.model_dump(mode="json", exclude_defaults=True)
    return content
