"""What is kept of one voice: the words, the consent, what was made unrecognisable, codes, checks; and no name."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from stagekansen_lib.errors import InputError, Problem, did_you_mean

__all__ = [
    "KINDS_REPLACED",
    "Check",
    "Coding",
    "Consent",
    "Replacement",
    "Voice",
    "mark_of",
    "public_id",
    "seal_of",
    "voice_from",
]


def _as_day(text: str) -> str:
    if text:
        dt.date.fromisoformat(text)
    return text


Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,40}$")]
Text = Annotated[str, Field(max_length=4000)]
Day = Annotated[str, Field(max_length=10), AfterValidator(_as_day)]
Words = Annotated[tuple[Slug, ...], Field(strict=False)]
_MODEL = ConfigDict(frozen=True, strict=True, extra="forbid")
KINDS_REPLACED = ("name", "school", "employer", "place", "date", "role", "other")


class Consent(BaseModel):
    """What the speaker allowed, on which day and how. A consent that ended allows nothing new."""

    model_config = _MODEL

    level: Literal["analysis", "paraphrase", "quote"]
    on: Annotated[str, Field(min_length=10, max_length=10), AfterValidator(_as_day)]
    until: Day = ""
    how: Literal["written", "recorded", "spoken"]


class Replacement(BaseModel):
    """One line of the log of pseudonyms. What stood there is not in it: the log would undo what it tells of."""

    model_config = _MODEL

    kind: Literal["name", "school", "employer", "place", "date", "role", "other"]
    by: Slug
    on: Day
    put: Text
    times: Annotated[int, Field(ge=1)]


class Coding(BaseModel):
    """The codes that one coder gave; none when no code fits."""

    model_config = _MODEL

    coder: Slug
    codes: Words = ()


class Check(BaseModel):
    """That somebody read what may leave. ``seal`` is of what was read: other words ask for a new check."""

    model_config = _MODEL

    checker: Slug
    on: Day
    seal: str
    right: bool
    why: Text = ""


class Voice(BaseModel):
    """One voice as the private store keeps it.

    Parameters
    ----------
    id : 32 random signs; who withdraws names it.
    respondent : number in a survey, or empty. With it a withdrawal from the survey takes the voice along.
    made_up : True for an example; every text that leaves says so.
    spoken_in : language of the words, "nl", "en" or another code of ISO 639.
    words : what was said, as far as it was made unrecognisable.
    step, grounds, tone : where on the journey, about which grounds, in what tone; ids of the registers.
    attributes : what is known of the speaker, variable -> code of a codebook.
    form, text_nl, text_en, worded_by : what may leave, as a paraphrase or a quote, and who wrote it.
    released : True once it stands in the register.
    """

    model_config = _MODEL

    id: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
    respondent: Annotated[str, Field(max_length=80)] = ""
    made_up: bool = False
    spoken_in: Annotated[str, Field(pattern="^[a-z]{2,3}$")]
    words: Annotated[str, Field(min_length=1, max_length=4000)]
    step: Slug
    grounds: Words = ()
    tone: Literal["doubt", "negative", "positive"]
    attributes: dict[Slug, Slug] = {}
    consent: Consent
    added_by: Slug
    log: Annotated[tuple[Replacement, ...], Field(strict=False)] = ()
    form: Literal["", "paraphrase", "quote"] = ""
    text_nl: Text = ""
    text_en: Text = ""
    worded_by: Slug | Literal[""] = ""
    codings: Annotated[tuple[Coding, ...], Field(strict=False)] = ()
    checks: Annotated[tuple[Check, ...], Field(strict=False)] = ()
    released: bool = False

    @property
    def worked_on_by(self) -> set[str]:
        """Who wrote something of it, and so cannot check it."""
        return {self.added_by, self.worded_by, *(line.by for line in self.log)} - {""}


def voice_from(content: Mapping[str, Any], where: str = "") -> Voice:
    """The voice that a mapping tells; every mistake in it at once, without repeating what it says.

    Raises
    ------
    InputError : an unknown or missing field, a value that may not stand there.
    """
    try:
        return Voice.model_validate(dict(content))
    except ValidationError as failure:
        raise InputError([_explained(mistake, where) for mistake in failure.errors(include_input=False)]) from None


def _explained(mistake: Any, where: str) -> Problem:
    field = ".".join(str(part) for part in mistake["loc"])
    if mistake["type"] == "extra_forbidden":
        return Problem(f"Field '{field}' is unknown.", where, did_you_mean(field, list(Voice.model_fields)))
    if mistake["type"] == "missing":
        return Problem(f"Field '{field}' is missing.", where, "Add it.")
    if mistake["type"] == "value_error":
        return Problem(f"Field '{field}' is no date.", where, "Write it as 2026-11-30.")
    return Problem(f"Field '{field}': {mistake['msg']}.", where, "Check the value.")


def seal_of(voice: Voice) -> str:
    """A seal of what may leave and of what it is compared with; when it changes, it must be checked again."""
    told = [voice.form, voice.text_nl, voice.text_en, voice.words, voice.step, voice.tone, list(voice.grounds),
            sorted(voice.attributes.items()), voice.consent.level]  # fmt: skip
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()[:32]


def public_id(name: str) -> str:
    """How a voice is called in public: it tells nothing of the name in the private store.

    >>> public_id("0" * 32)
    'v84e0c0eafaa9'
    """
    return f"v{mark_of(name)[:12]}"


def mark_of(name: str) -> str:
    """By what a withdrawn voice is known again: the name has 128 random bits, so that nobody finds it from this."""
    return hashlib.sha256(name.encode()).hexdigest()
