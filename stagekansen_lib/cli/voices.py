"""``stagekansen voices``: keep what people told, code it, check it, release it, and take it out again."""

from __future__ import annotations

import argparse
import math
import sys
from typing import TYPE_CHECKING

from stagekansen_lib.cli.exits import Exit
from stagekansen_lib.cli.words import Words, found_file, text
from stagekansen_lib.wording import chosen_language, number_text

if TYPE_CHECKING:
    from stagekansen_lib.voices.withdrawing import VoiceWithdrawal

__all__ = ["add_commands"]


def add_commands(words: Words) -> None:
    voices = words.group("voices")
    voices.add("add", _add).add("file", type=found_file)
    voices.add("show", _show).add("voice", nargs="?", default="")
    word = voices.add("replace", _replace)
    word.add("voice", text_of="voices")
    word.add("kind")
    word.add("--by", required=True, text_of="voices")
    word = voices.add("word", _word)
    word.add("voice", text_of="voices")
    word.add("file", type=found_file)
    word.add("--by", required=True, text_of="voices")
    word = voices.add("code", _code)
    word.add("voice", nargs="?", default="", text_of="voices")
    word.add("codes", nargs="*")
    word.add("--coder", required=True)
    word = voices.add("agree", _agree)
    word.add("--draws", type=int, default=1000)
    word = voices.add("check", _check)
    word.add("voice", nargs="?", default="")
    word.add("--checker", default="")
    word.add("--wrong", default="")
    word = voices.add("release", _release)
    word.add("voice", nargs="+")
    word.add("--tell", action="append", default=[])
    word.add("--survey", default="")
    word.add("--beside", default="")
    voices.add("withdraw", _withdraw).add("voice")


def _add(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.project.yaml_files import read_yaml
    from stagekansen_lib.voices.collecting import add_voice

    content = read_yaml(options.file)
    for entry in content["voices"] if isinstance(content.get("voices"), list) else [content]:
        print(add_voice(entry))
    print(text("voices_added"))
    return Exit.WELL


def _show(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.voices.checking import missing_of, missing_text, voices_waiting
    from stagekansen_lib.voices.stores import read_voice

    language = chosen_language()
    if not options.voice:
        table = voices_waiting()
        table["missing"] = [missing_text(tuple(names.split()), language) for names in table["missing"]]
        table["voice"] = table["voice"].str[:8]
        table.columns = [text(f"head_voices_{name}") for name in table.columns]
        print(table.to_string(index=False) if len(table) else text("voices_none"))
        return Exit.WELL
    voice = read_voice(options.voice)
    if voice.made_up:
        print(text("voices_made_up"))
    for name in ("id", "words", "step", "tone", "text_nl", "text_en"):
        if value := getattr(voice, name):
            print(f"{text(f'head_voices_{name}')}: {value}")
    for line in voice.log:
        print(text("voices_replaced_line", on=line.on, by=line.by, put=line.put, times=line.times))
    missing = missing_of(voice)
    print(missing_text(missing, language) if missing else text("voices_ready"))
    return Exit.WELL


def _replace(options: argparse.Namespace) -> Exit:
    """What is replaced is asked for: on the command line it would stay in the history of the terminal."""
    from stagekansen_lib.voices.collecting import replace_words

    words, put = _asked(text("voices_ask_words")), _asked(text("voices_ask_put"))
    times = replace_words(options.voice, words, put, kind=options.kind, by=options.by)
    print(text("voices_replaced", times=times))
    return Exit.WELL


def _asked(question: str) -> str:
    return input(question) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def _word(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.project.yaml_files import read_yaml
    from stagekansen_lib.voices.collecting import word_voice

    content = read_yaml(options.file)
    texts = {name: str(content.get(name, "")) for name in ("text_nl", "text_en")}
    word_voice(options.voice, by=options.by, form=str(content.get("form", "paraphrase")), **texts)
    print(text("voices_worded"))
    return Exit.WELL


def _code(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.voices.coding import code_voice, read_voice_codes, voices_to_code

    if options.voice:
        code_voice(options.voice, options.codes, coder=options.coder)
        print(text("voices_coded", count=len(options.codes)))
        return Exit.WELL
    language = chosen_language()
    but = text("voices_not")
    for code in read_voice_codes().values():
        print(f"{code.id}: {code.text('label', language)}. {code.text('include', language)}")
        print(f"  {but} {code.text('exclude', language)}")
        print(f"  {code.text('example', language)}")
    left = voices_to_code(options.coder)
    for voice in left:
        print(f"\n{voice.id[:8]}  {voice.words}")
        if voice.made_up:
            print(text("voices_made_up"))
    print("\n" + text("voices_to_code", count=len(left)))
    return Exit.WELL


def _agree(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.voices.coding import read_voice_codes, voice_agreement, voice_disagreements

    language, codes = chosen_language(), read_voice_codes()
    for line in voice_agreement(bootstrap=options.draws).itertuples():
        numbers = {name: number_text(getattr(line, name), language, decimals=2) for name in ("alpha", "low", "high")}
        key = "voices_one_code" if math.isnan(float(str(line.alpha))) else "voices_alpha"
        print(text(key, code=codes[str(line.code)].text("label", language), voices=line.voices, **numbers))
    for line in voice_disagreements().itertuples():
        label = codes[str(line.code)].text("label", language)
        print(text("voices_apart", voice=str(line.voice)[:8], code=label, yes=line.yes, no=line.no))
    return Exit.WELL


def _check(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.voices.checking import check_voice, missing_text, voices_waiting
    from stagekansen_lib.voices.withdrawing import search_withdrawn

    if options.voice:
        check_voice(options.voice, checker=options.checker, right=not options.wrong, why=options.wrong)
        print(text("voices_checked"))
        return Exit.WELL
    gone = search_withdrawn()  # one that was cut off, or a copy that was put back
    for done in gone:
        _print_looked_for(done)
    waiting = voices_waiting()
    waiting = waiting[(waiting["missing"] != "") & (waiting["consent"] != "analysis")]
    for line in waiting.itertuples():
        print(f"{str(line.voice)[:8]}: {missing_text(tuple(str(line.missing).split()), chosen_language())}")
    if not len(waiting):
        print(text("voices_well"))
    return Exit.FOUND if len(waiting) or any(done.remains for done in gone) else Exit.WELL


def _release(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.intake.reading import read_survey
    from stagekansen_lib.voices.releasing import release_voices

    survey = read_survey(options.survey) if options.survey else None
    for name in release_voices(options.voice, tell=options.tell, survey=survey, beside=options.beside):
        print(f"voices:{name}")
    print(text("voices_released"))
    return Exit.WELL


def _withdraw(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.voices.withdrawing import withdraw_voice

    done = withdraw_voice(options.voice)
    print(text("voices_gone", acts=done.acts))
    if done.register:
        print(text("voices_gone_register"))
    _print_looked_for(done)
    return Exit.FOUND if done.remains else Exit.WELL


def _print_looked_for(done: VoiceWithdrawal) -> None:
    for problem in done.remains:
        print(f"- {problem}")
    print(text("voices_proven" if done.proven else "voices_not_proven", mark=done.mark[:12]))
