"""What stands between a voice and the register: consent, words, the privacy gate, two people who read it."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.voices.records import Check, Voice, seal_of
from stagekansen_lib.voices.stores import change_voices, named, read_voices, today
from stagekansen_lib.wording import Language, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "LEAST_CHECKERS", "RUN_OF_WORDS", "check_voice", "gate_findings", "missing_of", "missing_text", "plain_words",
    "voices_waiting",
]  # fmt: skip

LEAST_CHECKERS = 2
# So many of the speaker's words in a row are a quote: whoever was there knows them again.
RUN_OF_WORDS = 6


def check_voice(name: str, *, checker: str, right: bool = True, why: str = "") -> None:
    """Write down that somebody read what may leave of a voice, and found that nobody can be recognised in it.

    Parameters
    ----------
    name : id of the voice, or its first signs.
    checker : initials or pseudonym; not of who added, replaced or worded it.
    right : False when somebody could be recognised, or when it is not what was said.
    why : what is wrong; needed when it is not right.

    Raises
    ------
    InputError : no such voice; no words to check yet; the checker worked on it; not right without a reason.

    Notes
    -----
    A check is of the words as they are now. Other words, attributes or consent ask for a new one.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> from stagekansen_lib.voices.practising import practice
    >>> with practice() as names:
    ...     sk.word_voice(names[0], text_nl="Hoorde niets.", text_en="Heard nothing.", by="an")
    ...     sk.check_voice(names[0], checker="bo")
    ...     sk.check_voice(names[0], checker="cem")
    ...     sk.voices_waiting().set_index("voice").missing[names[0]]
    ''
    """
    with change_voices("check a voice") as voices:
        voice = voices[named(name, voices)]
        problems = []
        if not voice.form:
            problems.append(Problem("There are no words to check yet.", voice.id[:8], "Word it first."))
        if checker in voice.worked_on_by:
            do = "Let somebody read it who did nothing to it."
            problems.append(Problem("Who worked on a voice cannot check it.", "checker", do))
        if not right and not why.strip():
            problems.append(Problem("What is wrong is not said.", "why", "Say it in one sentence, without names."))
        if problems:
            raise InputError(problems)
        entry = {"checker": checker, "on": today(), "seal": seal_of(voice), "right": right, "why": why}
        found = Check.model_validate(entry)
        others = tuple(one for one in voice.checks if one.checker != checker)
        voices[voice.id] = voice.model_copy(update={"checks": (*others, found)})


def gate_findings(voice: Voice) -> tuple[str, ...]:
    """Kinds of what points at a person, as the privacy gate finds them in each text of a voice that may leave.

    Both languages are looked at, and the replaced words that stay behind too: what names somebody there will slip into
    the next wording.
    """
    import pandas as pd

    from stagekansen_lib.privacy.gate import find_identifiers

    found = set[str]()
    for text in (voice.words, voice.text_nl, voice.text_en):
        if text:
            found |= {one.kind for one in find_identifiers(pd.DataFrame({"text": [text]})).findings}
    return tuple(sorted(found))


def missing_of(voice: Voice, on: dt.date | None = None) -> tuple[str, ...]:
    """Why a voice may not leave yet: keys of ``voices.missing_*``; none when it may.

    Parameters
    ----------
    voice : the voice.
    on : the day; today when left out.
    """
    day = (on or dt.date.today()).isoformat()
    consent = voice.consent
    of_now = [check for check in voice.checks if check.seal == seal_of(voice)]
    rights = {check.checker for check in of_now if check.right} - voice.worked_on_by
    wanted = {
        "consent": consent.level == "analysis",
        "consent_ended": (bool(consent.until) and consent.until < day) or consent.on > day,
        "words": not (voice.form and voice.text_nl and voice.text_en),
        "quote": voice.form == "quote" and consent.level != "quote",
        "own_words": voice.form == "paraphrase" and any(_is_quoted(text, voice.words) for text in _texts(voice)),
        "not_said": voice.form == "quote" and not _was_said(voice),
        "gate": bool(gate_findings(voice)),
        "refused": any(not check.right for check in of_now),
        "checkers": len(rights) < LEAST_CHECKERS,
    }
    return tuple(name for name, there in wanted.items() if there)


def voices_waiting(on: dt.date | None = None) -> pd.DataFrame:
    """Every voice with what it still needs before it may leave.

    Parameters
    ----------
    on : the day on which consents must hold; today when left out.

    Returns
    -------
    DataFrame : ``voice`` (id), ``step``, ``tone``, ``consent``, ``form``, ``coders`` (number), ``released``,
        ``made_up``, ``missing`` (keys of ``missing_of``, separated by spaces). No words of anybody.

    Raises
    ------
    InputError : the store is damaged.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> from stagekansen_lib.voices.practising import practice
    >>> with practice() as names:
    ...     sk.voices_waiting().set_index("voice").missing[names[0]]
    'words checkers'
    """
    import pandas as pd

    rows = [
        {"voice": voice.id, "step": voice.step, "tone": voice.tone, "consent": voice.consent.level, "form": voice.form,
         "coders": len(voice.codings), "released": voice.released,
         "made_up": voice.made_up, "missing": " ".join(missing_of(voice, on))}
        for voice in read_voices().values()
    ]  # fmt: skip
    names = ["voice", "step", "tone", "consent", "form", "coders", "released", "made_up", "missing"]
    return pd.DataFrame(rows, columns=names)


def missing_text(names: tuple[str, ...], language: Language) -> str:
    """What is missing in plain words."""
    return "; ".join(say(f"voices.missing_{name}", language) for name in names)


def _texts(voice: Voice) -> tuple[str, str]:
    return voice.text_nl, voice.text_en


def plain_words(text: str) -> list[str]:
    """The words of a text in small letters, without signs."""
    return re.findall(r"\w+", text.casefold())


def _is_quoted(text: str, words: str) -> bool:
    said, told = f" {' '.join(plain_words(words))} ", plain_words(text)
    runs = (told[at : at + RUN_OF_WORDS] for at in range(len(told) - RUN_OF_WORDS + 1))
    return any(f" {' '.join(run)} " in said for run in runs)


def _was_said(voice: Voice) -> bool:
    """Whether a quote is a piece of what was said; of words in another language than Dutch or English a person sees."""
    if voice.spoken_in not in ("nl", "en"):
        return True
    told = " ".join(plain_words(voice.text_nl if voice.spoken_in == "nl" else voice.text_en))
    return f" {told} " in f" {' '.join(plain_words(voice.words))} "
