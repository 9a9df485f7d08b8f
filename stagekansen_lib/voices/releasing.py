"""From the private store into the register of voices: whole, or with every reason why not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.project.locks import answers_locked
from stagekansen_lib.registers.reading import read_registers
from stagekansen_lib.surveys.codebook_files import write_whole
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.voices.checking import missing_of, missing_text
from stagekansen_lib.voices.records import Voice, public_id
from stagekansen_lib.voices.registering import register_file, with_entries
from stagekansen_lib.voices.stores import change_voices, named
from stagekansen_lib.wording import LANGUAGES, say

__all__ = ["LEAST_ALIKE", "MOST_ATTRIBUTES", "release_voices"]

# What is told of a speaker: so few things, and only what so many respondents have in common.
MOST_ATTRIBUTES, LEAST_ALIKE = 2, 10
_OPPOSITE = {"negative": "positive", "positive": "negative"}


def release_voices(
    names: Sequence[str] | str,
    *,
    tell: Sequence[str] = (),
    survey: Survey | None = None,
    beside: str = "",
    on: dt.date | None = None,
) -> list[str]:
    """Put voices into the register, where pages show them and claims can rest on them; gives their public ids.

    Parameters
    ----------
    names : ids of voices, or their first signs.
    tell : what is told of the speakers: at most two variables of the attributes; nothing when left out.
    survey : where each told combination is counted: ten respondents or more must share it.
    beside : reference of the published figure of the same moment, such as "example-2022:experience", shown with them.
    on : the day on which consents must hold; today when left out.

    Returns
    -------
    list of str : ids in ``data/registers/voices.yaml``. They tell nothing of the ids in the private store.

    Raises
    ------
    InputError : a voice lacks consent, words, two checkers, or the gate finds a person in it; a combination that fewer
        than ten share; a voice that says otherwise of the same step is ready and not released along. All at once;
        nothing is written then.

    Notes
    -----
    The register holds them in the order of random ids and without days. Voices illustrate; they do not count.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> from stagekansen_lib.voices.practising import practice
    >>> with practice() as names:
    ...     sk.word_voice(names[3], text_nl="Vermoedt iets.", text_en="Suspects.", by="an")
    ...     sk.check_voice(names[3], checker="bo")
    ...     sk.check_voice(names[3], checker="cem")
    ...     (public,) = sk.release_voices(names[3])
    ...     sk.read_registers().voices[public].text("label", "en")
    'Made up, as an example: Suspects.'
    """
    with answers_locked("release voices"), change_voices("release voices") as voices:
        chosen = [voices[named(name, voices)] for name in ([names] if isinstance(names, str) else names)]
        problems = [*_not_ready(chosen, on), *_unheard(chosen, list(voices.values()), on)]
        told, wrong = _told(chosen, tell, survey)
        problems += [*wrong, *_about_figure(beside)]
        if problems:
            raise InputError(problems, "No voice was released.")
        entries = [_entry(voice, told[voice.id], beside) for voice in chosen]
        path = register_file()
        write_whole(path, with_entries(path.read_text("utf-8"), entries).encode())
        read_registers(path.parent)
        for voice in chosen:
            voices[voice.id] = voice.model_copy(update={"released": True})
    return [public_id(voice.id) for voice in chosen]


def _not_ready(chosen: Sequence[Voice], on: dt.date | None) -> Iterator[Problem]:
    for voice in chosen:
        if missing := missing_of(voice, on):
            yield Problem(f"This voice may not leave: {missing_text(missing, 'en')}.", voice.id[:8])


def _unheard(chosen: Sequence[Voice], voices: Sequence[Voice], on: dt.date | None) -> Iterator[Problem]:
    """Where a voice says otherwise of the same step and is ready, both leave or none does."""
    leaving = {voice.id for voice in chosen}
    for voice in chosen:
        others = [one for one in voices if one.step == voice.step and one.tone == _OPPOSITE.get(voice.tone)]
        others = [one for one in others if one.made_up == voice.made_up]
        if any(one.released or one.id in leaving for one in others):
            continue
        ready = [one.id[:8] for one in others if not missing_of(one, on)]
        if ready:
            do = f"Release one of these along: {', '.join(ready)}."
            yield Problem("A voice that says otherwise of this step is ready.", voice.id[:8], do)


def _told(
    chosen: Sequence[Voice], tell: Sequence[str], survey: Survey | None
) -> tuple[dict[str, dict[str, tuple[str, ...]]], list[Problem]]:
    """What is told of each speaker in both languages, and what is wrong with it."""
    nothing: dict[str, dict[str, tuple[str, ...]]] = {voice.id: {"nl": (), "en": ()} for voice in chosen}
    names = [tell] if isinstance(tell, str) else list(tell)
    if not names:
        return nothing, []
    if survey is None:
        return nothing, [Problem("What is told of a speaker is counted first.", "survey", "Name the survey.")]
    known = survey.codebook.variables
    problems = [Problem(f"'{name}' is no variable.", "tell", did_you_mean(name, list(known))) for name in names
                if name not in known or name not in survey.rows.columns]  # fmt: skip
    if len(set(names)) > MOST_ATTRIBUTES:
        problems.append(Problem(f"At most {MOST_ATTRIBUTES} things are told of a speaker.", "tell", "Leave some out."))
    if problems:
        return nothing, problems
    found = dict(nothing)
    for voice in chosen:
        values = {name: voice.attributes[name] for name in names if name in voice.attributes}
        if values and _alike(survey, values) < LEAST_ALIKE:
            problems.append(
                Problem(f"Fewer than {LEAST_ALIKE} respondents share this.", voice.id[:8], "Tell less of the speaker.")
            )
        found[voice.id] = {
            language: tuple(_label(survey, *pair, language) for pair in values.items()) for language in LANGUAGES
        }
    return found, problems


def _alike(survey: Survey, values: dict[str, str]) -> int:
    """How many respondents have all these answers; a voice of one of them is not told apart from theirs."""
    same = None
    for name, code in values.items():
        one = survey.rows[name].astype(str).str.removesuffix(".0") == code
        same = one if same is None else same & one
    return 0 if same is None else int(same.sum())


def _label(survey: Survey, name: str, code: str, language: str) -> str:
    labels = {str(one.code): str(getattr(one, f"label_{language}")) for one in survey.codebook[name].codes}
    return labels.get(code, code)


def _about_figure(beside: str) -> Iterator[Problem]:
    from stagekansen_lib.fact_finding.known_facts import KnownFacts
    from stagekansen_lib.fact_finding.ledger_rules import read_ledger_rules
    from stagekansen_lib.fact_finding.references import parse_reference

    if not beside:
        return
    try:
        reference = parse_reference(beside, "beside")
        if reference.home in ("page", "voices", "sources", "queries"):
            yield Problem("This is no published figure.", "beside", "Write release:table, or key_figures:name.")
        else:
            KnownFacts(read_ledger_rules()).look_up(reference)
    except InputError as failure:
        yield from failure.problems


def _entry(voice: Voice, told: dict[str, tuple[str, ...]], beside: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": public_id(voice.id)}
    for language in LANGUAGES:
        words = str(getattr(voice, f"text_{language}"))
        shown = say("voices.quoted", language, words=words) if voice.form == "quote" else words
        entry[f"label_{language}"] = say("voices.made_up", language, words=shown) if voice.made_up else shown
    entry |= {"spoken_in": voice.spoken_in, "grounds": list(voice.grounds), "step": voice.step, "tone": voice.tone}
    entry |= {"occurrences": 1, "confidence": "heard"}
    key = "own_made_up" if voice.made_up else f"own_{voice.form}"
    entry |= {f"note_{language}": say(f"voices.{key}", language) for language in LANGUAGES}
    entry |= {f"attributes_{language}": list(told[language]) for language in LANGUAGES}
    entry |= {"beside": beside, "made_up": voice.made_up}
    return {name: value for name, value in entry.items() if value not in ("", [], False)}
