"""What comes after the first look: weights to counts that a person types, and a trial of the release with its page.

Plain values in and out. A page of a trial goes to the screen that asks for it, by message, and is kept nowhere.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stagekansen_lib.desk.margin_choices import MarginChoice
from stagekansen_lib.desk.margin_parts import listed_variables
from stagekansen_lib.errors import InputError
from stagekansen_lib.privacy.cards import fill_privacy_card
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.surveys.words import variable_text
from stagekansen_lib.wording import Language, number_text, say

if TYPE_CHECKING:
    from stagekansen_lib.surveys.surveys import Survey

__all__ = ["make_trial", "say_who_may_see", "steps_of", "weighted_to"]

# The form of who may see the answers: a field, and its choices where it has any.
_CARD: Mapping[str, tuple[str, ...]] = {
    "purpose_nl": (), "purpose_en": (), "controller": (), "may_see": (), "ground_art_6": ("a", "c", "e", "f"),
    "ground_art_9": ("a", "j", "none"), "collected_until": (), "retention_until": (),
}  # fmt: skip
_WORDS = (
    "card_title", "card_intro", "card_go",
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
    card = [
        {
            "name": name,
            "text": say(f"desk_steps.card_{name}", language),
            "day": name.endswith("_until"),
            "options": [{"value": one, "text": say(f"desk_steps.{name}_{one}", language)} for one in choices],
        }
        for name, choices in _CARD.items()
    ]
    words = {name: say(f"desk_steps.{name}", language) for name in _WORDS}
    return {"words": words, "questions": questions, "card": card}


def say_who_may_see(survey: str, fields: Mapping[str, Any], language: Language) -> str:
    """Write the privacy file of a stored survey from a form; what it says, in words.

    Raises
    ------
    InputError : a field is absent, a day is none, or answers are kept too long; or there is such a file already.
    """
    absent = [name for name in _CARD if not str(fields.get(name, "")).strip()]
    if absent:
        asked = "; ".join(say(f"desk_steps.card_{name}", language) for name in absent)
        raise InputError(say("desk_steps.card_absent", language, fields=asked))
    content: dict[str, Any] = {name: str(fields[name]).strip() for name in _CARD}
    try:
        content |= {name: dt.date.fromisoformat(content[name]) for name in _CARD if name.endswith("_until")}
    except ValueError as problem:
        raise InputError(say("desk_steps.card_no_day", language)) from problem
    content["may_see"] = [role.strip() for role in content["may_see"].split(",") if role.strip()]
    return fill_privacy_card(project_folder("data", "interim", f"{survey}.yaml"), content).text(language)


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
    """A trial of the release of a stored survey: its name, what it tells in lines, and its page as a document of HTML.

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
        "name": release.name,
        "lines": lines,
        "page": f'<!doctype html><html lang="{language}"><head>{head}</head><body><div class="sk">{told}</div></body>',
    }
