"""A voice comes in, is made unrecognisable, and gets the words in which it may leave."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.registers.reading import read_registers
from stagekansen_lib.voices.records import KINDS_REPLACED, Replacement, Voice, voice_from
from stagekansen_lib.voices.stores import change_voices, named, today

__all__ = ["add_voice", "replace_words", "word_voice"]

# Given by what is done with a voice, and by nobody who adds one.
_GIVEN = ("id", "log", "codings", "checks", "released", "form", "text_nl", "text_en", "worded_by")


def add_voice(content: Mapping[str, Any]) -> str:
    """Keep what somebody told in the private store; gives its id, which the speaker needs to withdraw.

    Parameters
    ----------
    content : ``words``, ``spoken_in``, ``step``, ``tone``, ``consent`` (level, on, how, perhaps until), ``added_by``,
        and perhaps ``grounds``, ``attributes``, ``respondent``, ``made_up``. The consent is "analysis" (nothing
        leaves), "paraphrase" or "quote".

    Returns
    -------
    str : 32 random signs.

    Raises
    ------
    InputError : an unknown or missing field, a step or ground that is not in the registers; all at once.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> from stagekansen_lib.voices.practising import practice
    >>> with practice() as names:
    ...     consent = {"level": "paraphrase", "on": "2026-11-30", "how": "written"}
    ...     told = {"words": "Made up.", "spoken_in": "en", "step": "keuze", "tone": "doubt", "added_by": "an"}
    ...     name = sk.add_voice({**told, "consent": consent, "made_up": True})
    ...     len(name)
    32
    """
    problems = [Problem(f"Field '{name}' is given later.", do="Leave it out.") for name in _GIVEN if name in content]
    if problems:
        raise InputError(problems)
    voice = voice_from({**content, "id": secrets.token_hex(16)}, "the voice")
    problems = [*_unknown_places(voice)]
    if problems:
        raise InputError(problems)
    with change_voices("add a voice") as voices:
        voices[voice.id] = voice
    return voice.id


def _unknown_places(voice: Voice) -> Iterator[Problem]:
    registers = read_registers()
    if voice.step not in registers.steps.ids:
        yield Problem(
            f"'{voice.step}' is no step of the journey.", "step", did_you_mean(voice.step, registers.steps.ids)
        )
    for ground in voice.grounds:
        if ground not in registers.grounds.ids:
            near = did_you_mean(ground, registers.grounds.ids)
            yield Problem(f"'{ground}' is no ground of the register.", "grounds", near)


def replace_words(name: str, words: str, put: str, *, kind: str, by: str) -> int:
    """Put a general word in the place of what could be recognised; gives how often it stood there.

    Parameters
    ----------
    name : id of the voice, or its first signs.
    words : what stands there, such as the name of a school. Capitals do not count.
    put : what comes in its place, such as "[school]".
    kind : "name", "school", "employer", "place", "date", "role" or "other".
    by : initials or pseudonym of who does it.

    Returns
    -------
    int : in how many places.

    Raises
    ------
    InputError : no such voice, these words are not in it, or an unknown kind.

    Notes
    -----
    The log keeps who put what in how many places and on which day. What stood there is kept nowhere.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> from stagekansen_lib.voices.practising import practice
    >>> with practice() as names:
    ...     sk.replace_words(names[0], "veertig", "veel", kind="other", by="an")
    1
    """
    if kind not in KINDS_REPLACED:
        raise InputError(Problem("This is no kind of word to replace.", "kind", did_you_mean(kind, KINDS_REPLACED)))
    pattern = re.compile(rf"(?<!\w){re.escape(words.strip())}(?!\w)", re.IGNORECASE)
    with change_voices("make a voice unrecognisable") as voices:
        voice = voices[named(name, voices)]
        times = 0
        texts: dict[str, str] = {}
        for field in ("words", "text_nl", "text_en"):
            texts[field], found = pattern.subn(lambda _: put, getattr(voice, field))
            times += found
        if not times or not words.strip():
            raise InputError(Problem("These words are not in the voice.", voice.id[:8], "Look at it with: voices show"))
        line = Replacement(kind=kind, by=by, on=today(), put=put, times=times)  # type: ignore[arg-type]
        voices[voice.id] = _changed(voice, **texts, log=[*_plain(voice.log), line.model_dump()])
    return times


def word_voice(name: str, *, text_nl: str, text_en: str, by: str, form: str = "paraphrase") -> None:
    """Write the words in which a voice may leave.

    Parameters
    ----------
    name : id of the voice, or its first signs.
    text_nl, text_en : the words in both languages.
    by : initials or pseudonym of who wrote them.
    form : "paraphrase", or "quote" for the speaker's own words (in the language spoken; a translation in the other).

    Raises
    ------
    InputError : no such voice, an unknown form, a text that is empty or too long.

    Notes
    -----
    Other words ask for two new checks.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> from stagekansen_lib.voices.practising import practice
    >>> with practice() as names:
    ...     sk.word_voice(names[0], text_nl="Hoorde niets.", text_en="Heard nothing.", by="an")
    ...     sk.read_voices()[names[0]].form
    'paraphrase'
    """
    with change_voices("word a voice") as voices:
        voice = voices[named(name, voices)]
        texts = {"text_nl": " ".join(text_nl.split()), "text_en": " ".join(text_en.split())}
        voices[voice.id] = _changed(voice, **texts, form=form, worded_by=by)


def _changed(voice: Voice, **values: Any) -> Voice:
    """The voice with other values, checked as a new one is."""
    return voice_from({**voice.model_dump(), **values}, voice.id[:8])


def _plain(entries: Any) -> list[Any]:
    return [entry.model_dump() for entry in entries]
