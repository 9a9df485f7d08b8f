"""Voices for people who do not program: consent, words, codes, checks, release and withdrawal, by forms.

``VoiceDesk`` is the state and what can be done, without a widget. Words of a speaker and what is typed go to the
browser by message only: neither a saved notebook nor its widget state holds them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.fact_finding.forms import Form
from stagekansen_lib.views.form_widgets import FormDesk
from stagekansen_lib.views.voice_forms import VOICE_FORMS, saved_voice, voice_form, voice_name
from stagekansen_lib.voices.checking import missing_of, missing_text
from stagekansen_lib.voices.coding import read_voice_codes, voice_agreement, voice_disagreements
from stagekansen_lib.voices.records import Voice
from stagekansen_lib.voices.stores import read_voices
from stagekansen_lib.wording import Language, chosen_language, number_text, say

__all__ = ["VoiceDesk", "voice_desk"]

_OWN_WORDS = ("heading", "intro", "voter", "voter_note", "nothing_waits", "forms", "choose", "ledger", "nothing_found")
_SHARED_WORDS = ("waiting", "open", "fill_in", "save", "cancel", "not_kept", "required")
_DRAWS = 1000


class VoiceDesk(FormDesk):
    """Voices in the private store, for one person of the team.

    Attributes
    ----------
    by : initials or pseudonym of who works here.
    form, answers, message, problems : as of every ``FormDesk``.
    """

    def __init__(self, language: Language, by: str = "") -> None:
        super().__init__(language)
        self.by, self.subject = by, ""
        self.agreement: list[dict[str, str]] = []

    # What can be done

    def open(self, kind: str, subject: str = "") -> Form:
        """Open the form of one thing that can be done, of a voice when its id is given.

        Raises
        ------
        InputError : there is no such form.
        """
        self.form = voice_form(kind, read_voices(), self.language, subject=subject)
        self.subject, self.answers = subject, {"subject": subject} if subject else {}
        return self.form

    def save(self, /, **answers: Any) -> str:
        """Do what the open form says; gives what came of it in words.

        Raises
        ------
        InputError : no form is open, nobody said who works here, or an answer is missing, wrong or not asked. What was
            filled in stays.
        """
        form, problems = self._fill_in(answers, "add")
        problems += self._unready(form)
        if problems:
            raise InputError(problems)
        if form.kind == "agree":
            self.agreement = list(_agreement(self.language))
        self.message = saved_voice(form.kind, self.answers, self.by, self.language)
        self.close()
        return self.message

    def close(self) -> None:
        """Leave the form; nothing of it or of its voice stays."""
        super().close()
        self.subject = ""

    def _unready(self, form: Form) -> Iterator[Problem]:
        if not self.by and form.kind != "agree":
            yield Problem(say("voicing.no_initials", self.language), say("voicing.voter", self.language))
        yield from self._empty(form)

    def _do(self, what: str, action: Mapping[str, Any]) -> None:
        if what == "role":
            self.by = str(action.get("voter", "")).strip()
        else:
            super()._do(what, action)

    # What there is to see

    @property
    def waiting(self) -> list[dict[str, str]]:
        """What waits for this person: to word, to check, to code, to release. No word of any voice."""
        return [one for voice in read_voices().values() for one in self._waits(voice)]

    def _waits(self, voice: Voice) -> Iterator[dict[str, str]]:
        missing = missing_of(voice)
        kind = ""
        if voice.consent.level != "analysis" and not voice.released:
            if {"words", "own_words", "not_said", "quote", "refused"} & {*missing}:
                kind = "word"
            elif "gate" in missing:
                kind = "replace"
            elif "checkers" in missing:
                kind = "" if self.by in voice.worked_on_by else "check"
            elif not missing:
                kind = "release"
        if self.by and self.by not in {coding.coder for coding in voice.codings}:
            yield self._wait("code", voice, "")
        if kind:
            yield self._wait(kind, voice, missing_text(missing, self.language))

    def _wait(self, kind: str, voice: Voice, why: str) -> dict[str, str]:
        text = voice_name(voice, self.language) + (f" ({why})" if why else "")
        sort = say(f"voicing.form_{kind}", self.language)
        return {"what": kind, "sort": sort, "subject": voice.id, "text": text, "form": kind}

    def _shown(self) -> list[tuple[str, str]]:
        """What somebody must read to fill in the form; of a coder's form not what others made of it."""
        voice = read_voices().get(self.subject) if self.form else None
        if voice is None or self.form is None:
            return []
        texts = [("said", voice.words)]
        if self.form.kind in ("check", "release", "word", "replace"):
            texts += [("text_nl", voice.text_nl), ("text_en", voice.text_en)]
        return [(say(f"voicing.shown_{name}", self.language), text) for name, text in texts if text]

    @property
    def state(self) -> dict[str, Any]:
        """All that the widget shows, as plain names and values."""
        form = {**self.form.plain(), "shown": self._shown()} if self.form else None
        return {
            "language": self.language,
            "words": {word: say(f"voicing.{word}", self.language) for word in _OWN_WORDS}
            | {word: say(f"manage.{word}", self.language) for word in _SHARED_WORDS},
            "voter": self.by,
            "waiting": self.waiting,
            "forms": [(kind, say(f"voicing.form_{kind}", self.language)) for kind in VOICE_FORMS],
            "form": form,
            "answers": dict(self.answers),
            "found": self.agreement,
            "count": "",
            "message": self.message,
            "problems": list(self.problems),
        }

    # How it shows itself

    def page(self) -> str:
        """What a saved notebook keeps: that there is a form here, and nothing of any voice."""
        return f"<h2>{say('voicing.heading', self.language)}</h2><p>{say('voicing.saved_page', self.language)}</p>"

    def __repr__(self) -> str:
        return say("voicing.heading", self.language)


def _agreement(language: Language) -> Iterator[dict[str, str]]:
    """Of each code how far coders agree, and where they do not."""
    codes = read_voice_codes()
    for line in voice_agreement(bootstrap=_DRAWS).to_dict("records"):
        numbers = {name: number_text(line[name], language, decimals=2) for name in ("alpha", "low", "high")}
        key = "one_code" if math.isnan(line["alpha"]) else "alpha"
        told = say(f"voicing.{key}", language, voices=line["voices"], **numbers)
        yield {"text": codes[line["code"]].text("label", language), "part": say("voicing.code", language),
               "state": told, "id": line["code"]}  # fmt: skip
    for line in voice_disagreements().to_dict("records"):
        told = say("voicing.apart", language, yes=line["yes"], no=line["no"])
        yield {"text": codes[line["code"]].text("label", language), "part": say("voicing.apart_part", language),
               "state": told, "id": line["voice"][:8]}  # fmt: skip


def voice_desk(by: str = "", *, language: str | None = None) -> VoiceDesk:
    """A form for voices: consent, made unrecognisable, worded, coded by several, checked by two, released, withdrawn.

    Parameters
    ----------
    by : initials or pseudonym of who works here; the form asks it too.
    language : "nl" or "en"; the default follows ``wording.chosen_language``.

    Returns
    -------
    VoiceDesk, which a notebook shows as one widget. ``state`` is all it shows, as plain values; ``open`` and ``save``
    do from Python what the widget does. A saved notebook holds nothing of what was shown or typed in it.

    Examples
    --------
    >>> from stagekansen_lib.voices.practising import practice
    >>> with practice() as names:
    ...     desk = voice_desk("an", language="en")
    ...     form = desk.open("word", names[0])
    ...     said = desk.save(form="paraphrase", text_nl="Hoorde niets.", text_en="Heard nothing.")
    ...     other = voice_desk("bo", language="en")
    ...     [one["what"] for one in other.waiting if one["subject"] == names[0]]
    ['code', 'check']
    """
    return VoiceDesk(chosen_language(language), by.strip())
