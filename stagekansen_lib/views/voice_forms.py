"""The forms of voices: what each asks, and the act of the room ``voices`` that it becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.fact_finding.forms import Field, Form
from stagekansen_lib.registers.reading import read_registers
from stagekansen_lib.registers.texts import code_meaning
from stagekansen_lib.voices.checking import check_voice
from stagekansen_lib.voices.coding import code_voice, read_voice_codes
from stagekansen_lib.voices.collecting import add_voice, replace_words, word_voice
from stagekansen_lib.voices.records import KINDS_REPLACED, Voice
from stagekansen_lib.voices.releasing import release_voices
from stagekansen_lib.voices.withdrawing import withdraw_voice
from stagekansen_lib.wording import Language, say

__all__ = ["VOICE_FORMS", "saved_voice", "voice_form", "voice_name"]

_LEVELS, _HOW = ("analysis", "paraphrase", "quote"), ("written", "recorded", "spoken")
_TONES = ("negative", "positive", "doubt")
_CODE = "code_"
Said = Mapping[str, Any]


def voice_name(voice: Voice, language: Language) -> str:
    """How a voice is called among the team: the first signs of its id, its step and its tone; no word of it."""
    step = read_registers().steps[voice.step].text("label", language)
    made_up = f", {say('voicing.made_up', language)}" if voice.made_up else ""
    return f"{voice.id[:8]}: {step}, {code_meaning('tone', voice.tone, language)}{made_up}"


def voice_form(kind: str, voices: Mapping[str, Voice], language: Language, *, subject: str = "") -> Form:
    """The form of one thing that can be done with voices.

    Raises
    ------
    InputError : there is no such form.
    """
    if kind not in VOICE_FORMS:
        raise InputError(Problem(f"There is no form '{kind}'.", do=did_you_mean(kind, VOICE_FORMS)))
    fields = _FIELDS[kind](language)
    if kind not in ("add", "agree"):
        chosen = [one for name, one in voices.items() if subject in ("", name)]
        options = tuple((one.id, voice_name(one, language)) for one in chosen)
        fields = (_choice("subject", options, language), *fields)
    return Form(kind, say(f"voicing.form_{kind}", language), fields)


def saved_voice(kind: str, said: Said, by: str, language: Language) -> str:
    """Do what a filled in form says; gives what came of it in words.

    Raises
    ------
    InputError : what the room ``voices`` refuses, all at once; nothing is written then.
    """
    return _ACTS[kind](said, by, language)


def _label(name: str, language: Language) -> str:
    return say(f"voicing.field_{name}", language)


def _line(name: str, language: Language, *, sort: str = "line", required: bool = True, note: str = "") -> Field:
    return Field(
        name, _label(name, language), sort, required, note=say(f"voicing.note_{note}", language) if note else ""
    )


def _choice(name: str, options: tuple[tuple[str, str], ...], language: Language, note: str = "") -> Field:
    told = say(f"voicing.note_{note}", language) if note else ""
    return Field(name, _label(name, language), "choice", True, options, told)


def _coded(name: str, codes: tuple[str, ...], language: Language, note: str = "") -> Field:
    return _choice(name, tuple((code, say(f"voicing.{name}_{code}", language)) for code in codes), language, note)


def _add_fields(language: Language) -> tuple[Field, ...]:
    steps = tuple((one.id, one.text("label", language)) for one in read_registers().steps)
    grounds = ", ".join(read_registers().grounds.ids)
    return (
        _line("words", language, sort="text", note="words"),
        _line("spoken_in", language, note="spoken_in"),
        _choice("step", steps, language),
        _choice("tone", tuple((one, code_meaning("tone", one, language)) for one in _TONES), language),
        Field("grounds", _label("grounds", language), "words", False, note=grounds),
        _coded("level", _LEVELS, language, note="level"),
        _line("on", language, sort="day"),
        _line("until", language, sort="day", required=False),
        _coded("how", _HOW, language),
        _line("respondent", language, required=False, note="respondent"),
        _line("made_up", language, sort="tick", required=False),
    )


def _replace_fields(language: Language) -> tuple[Field, ...]:
    return (
        _line("there", language, note="there"),
        _line("put", language),
        _coded("kind", KINDS_REPLACED, language),
    )


def _word_fields(language: Language) -> tuple[Field, ...]:
    return (
        _coded("form", ("paraphrase", "quote"), language),
        *(
            Field(f"text_{one}", f"{_label('text', language)} ({say(f'manage.in_{one}', language)})", "text", True)
            for one in ("nl", "en")
        ),
    )


def _check_fields(language: Language) -> tuple[Field, ...]:
    return (_coded("right", ("yes", "no"), language), _line("why", language, sort="text", required=False))


def _code_fields(language: Language) -> tuple[Field, ...]:
    """A box for each code, with when it applies and when not; nobody sees the codes of another coder."""
    but = say("command_output.voices_not", language)
    return tuple(
        Field(f"{_CODE}{code.id}", code.text("label", language), "tick", False,
              note=f"{code.text('include', language)} {but} {code.text('exclude', language)}")
        for code in read_voice_codes().values()
    )  # fmt: skip


def _release_fields(language: Language) -> tuple[Field, ...]:
    return (
        _line("along", language, required=False, note="along"),
        _line("beside", language, required=False, note="beside"),
        _line("tell", language, required=False, note="tell"),
        _line("survey", language, required=False, note="survey"),
    )


def _withdraw_fields(language: Language) -> tuple[Field, ...]:
    return (_line("sure", language, sort="tick", note="withdraw"),)


_FIELDS: dict[str, Callable[[Language], tuple[Field, ...]]] = {
    "add": _add_fields, "replace": _replace_fields, "word": _word_fields, "code": _code_fields,
    "check": _check_fields, "release": _release_fields, "withdraw": _withdraw_fields, "agree": lambda _: (),
}  # fmt: skip
VOICE_FORMS = tuple(_FIELDS)


def _text(said: Said, name: str) -> str:
    return str(said.get(name) or "").strip()


def _list(said: Said, name: str) -> list[str]:
    return [part.strip() for part in _text(said, name).split(",") if part.strip()]


def _add(said: Said, by: str, language: Language) -> str:
    consent = {name: _text(said, name) for name in ("level", "on", "how")}
    consent |= {"until": _text(said, "until")} if _text(said, "until") else {}
    content: dict[str, Any] = {name: _text(said, name) for name in ("words", "spoken_in", "step", "tone", "respondent")}
    content |= {"grounds": _list(said, "grounds"), "consent": consent, "made_up": bool(said.get("made_up"))}
    name = add_voice({**content, "added_by": by})
    return say("voicing.added", language, name=name)


def _replace(said: Said, by: str, language: Language) -> str:
    times = replace_words(
        _text(said, "subject"), _text(said, "there"), _text(said, "put"), kind=_text(said, "kind"), by=by
    )
    return say("command_output.voices_replaced", language, times=times)


def _word(said: Said, by: str, language: Language) -> str:
    texts = {name: _text(said, name) for name in ("text_nl", "text_en")}
    word_voice(_text(said, "subject"), by=by, form=_text(said, "form"), **texts)
    return say("command_output.voices_worded", language)


def _check(said: Said, by: str, language: Language) -> str:
    if _text(said, "right") not in ("yes", "no"):
        raise InputError(Problem(say("manage.not_said", language), _label("right", language)))
    check_voice(_text(said, "subject"), checker=by, right=_text(said, "right") == "yes", why=_text(said, "why"))
    return say("command_output.voices_checked", language)


def _code(said: Said, by: str, language: Language) -> str:
    codes = [name.removeprefix(_CODE) for name, ticked in said.items() if name.startswith(_CODE) and ticked]
    code_voice(_text(said, "subject"), codes, coder=by)
    return say("command_output.voices_coded", language, count=len(codes))


def _release(said: Said, _: str, language: Language) -> str:
    from stagekansen_lib.intake.reading import read_survey

    survey = read_survey(_text(said, "survey")) if _text(said, "survey") else None
    names = [_text(said, "subject"), *_list(said, "along")]
    released = release_voices(names, tell=_list(said, "tell"), survey=survey, beside=_text(said, "beside"))
    told = ", ".join(f"voices:{name}" for name in released)
    return f"{told}. {say('command_output.voices_released', language)}"


def _withdraw(said: Said, _: str, language: Language) -> str:
    if not said.get("sure"):
        raise InputError(Problem(say("manage.not_said", language), _label("sure", language)))
    done = withdraw_voice(_text(said, "subject"))
    left = " ".join(f"{problem}." for problem in done.remains)
    key = "voices_proven" if done.proven else "voices_not_proven"
    gone = say("command_output.voices_gone", language, acts=done.acts)
    return " ".join(filter(None, (gone, left, say(f"command_output.{key}", language, mark=done.mark[:12]))))


_ACTS: dict[str, Callable[[Said, str, Language], str]] = {
    "add": _add, "replace": _replace, "word": _word, "code": _code, "check": _check, "release": _release,
    "withdraw": _withdraw, "agree": lambda *_: "",
}  # fmt: skip
