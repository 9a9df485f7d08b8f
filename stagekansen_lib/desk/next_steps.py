"""What comes after the first look: weights to counts that a person types, and a trial of the release with its page.

Plain values in and out. A page of a trial goes to the screen that asks for it, by message, and is kept nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stagekansen_lib.desk.margin_choices import MarginChoice
from stagekansen_lib.desk.margin_parts import listed_variables
from stagekansen_lib.errors import InputError
from stagekansen_lib.surveys.words import variable_text
from stagekansen_lib.wording import Language, number_text, say

if TYPE_CHECKING:
    from stagekansen_lib.surveys.surveys import Survey

__all__ = ["make_trial", "steps_of", "weighted_to"]

_WORDS = (
    "weigh_title", "weigh_intro", "weigh_question", "weigh_number", "weigh_go", "trial_title", "trial_intro",
    "trial_made_by", "trial_checked_by", "trial_go", "trial_page", "busy",
)  # fmt: skip


def steps_of(survey: Survey, language: Language) -> dict[str, Any]:
    """The words of both forms, and the questions that a count can be laid beside, with their answers."""
    book = survey.codebook
    given = {name: set(survey.rows[name].dropna().unique()) for name in listed_variables(survey)}
    questions = [
        {
            "value": name,
            "text": variable_text(book, name, language),
            "answers": [one.label(language) for one in book[name].codes if one.code in given[name]],
        }
        for name in given
        if not book[name].derived_from
    ]
    return {"words": {name: say(f"desk_steps.{name}", language) for name in _WORDS}, "questions": questions}


def weighted_to(survey: Survey, variable: str, counts: Mapping[str, Any], language: Language) -> tuple[Survey, str]:
    """The survey weighted to how many people gave each answer in the whole group, and what that cost, as a sentence.

    The choice is kept, so that every notebook weights alike. People without an answer are a group of their own.

    Raises
    ------
    InputError : a number is absent or no whole number; or it does not fit the answers.
    """
    absent = [answer for answer, number in counts.items() if not re.fullmatch(r"[0-9][0-9. ]*", str(number).strip())]
    if absent or not counts:
        raise InputError(say("desk_steps.weigh_absent", language, answers=", ".join(absent)))
    choice = MarginChoice(survey, language=language)
    choice.paste("\n".join(f"{answer};{re.sub('[. ]', '', str(number))}" for answer, number in counts.items()))
    choice.lay_beside(0, variable)
    if choice.open_points:
        choice.make_own_group(0, own=True)
    choice.keep()
    weighted = choice.weighted
    if weighted is None:  # keeping weighs
        raise InputError(say("desk.no_survey", language))
    return weighted, choice.sentence()


def make_trial(survey: str, codebook: str, *, made_by: str, checked_by: str, language: Language) -> dict[str, Any]:
    """A trial of the release of a stored survey: what it tells, in lines, and its page as a document of HTML.

    Raises
    ------
    InputError : a name is absent, or no table was declared. RefusedError : nobody judged that answers may be released.
    """
    from stagekansen_lib.assets import style_block
    from stagekansen_lib.disclosure.rules import read_release_margins
    from stagekansen_lib.registers.reading import read_registers
    from stagekansen_lib.releases.from_surveys import NO_MARGINS, release_survey
    from stagekansen_lib.views.explorer import page

    if not made_by.strip() or not checked_by.strip():
        raise InputError(say("desk_steps.trial_names", language))
    name = re.sub(r"[^a-z0-9]+", "-", survey.casefold()).strip("-") + "-proef"
    margins = read_release_margins(codebook)
    release = release_survey(
        name, made_by=made_by, checked_by=checked_by, survey=survey, margins=margins or NO_MARGINS, draft=True
    )
    shown, cells = (sum(each) for each in zip(*release.kept_by_table.values(), strict=True))
    lines = [
        say("desk_steps.trial_shown", language, shown=number_text(shown, language), cells=number_text(cells, language)),
        say("desk_steps.trial_weighted" if margins else "desk_steps.trial_unweighted", language),
        say("desk_steps.trial_where", language, name=name),
    ]
    told = page([release], read_registers(), language)
    head = f'<meta charset="utf-8"><title>{name}</title>{style_block()}'
    return {
        "lines": lines,
        "page": f'<!doctype html><html lang="{language}"><head>{head}</head><body><div class="sk">{told}</div></body>',
    }
