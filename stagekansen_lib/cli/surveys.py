"""Words about surveys: take one in, ask its questions, follow it, weigh it, make its twin."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from stagekansen_lib.cli.exits import Exit, exit_for
from stagekansen_lib.cli.indices import add_index
from stagekansen_lib.cli.interventions import add_interventions
from stagekansen_lib.cli.words import (
    Words,
    add_reading_options,
    found,
    found_file,
    number,
    reading_of,
    text,
    working,
)
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.readers.days import DAY_ORDERS
from stagekansen_lib.wording import chosen_language

__all__ = ["add_commands"]

_TOOLS = {"limesurvey": "LimeSurvey", "microsoft_forms": "Microsoft Forms", "plain_text": "Google Forms"}


def add_commands(words: Words) -> None:
    _add_import(words)

    word = words.add("questionnaire", write_questionnaire)
    word.add("tool", choices=list(_TOOLS))
    word.add("file", type=Path)
    word.add("--codebook", default="baseline")

    word = words.add("fieldwork", follow_fieldwork)
    word.add("survey", type=found)
    word.add("--targets", type=found_file)
    word.add("--margins")
    word.add("--answers", type=number(1))
    word.add("--codebook")

    add_index(words)
    add_interventions(words)

    word = words.add("twin", make_twin)
    word.add("survey", type=found)
    word.add("--file", type=Path)
    word.add("--codebook")
    word.add("--rows", type=number(1))
    word.add("--seed", type=number(0))


def _add_import(words: Words) -> None:
    word = words.add("import", import_survey)
    word.add("file", type=found_file, nargs="?")
    word.add("--codebook", default="baseline")
    word.add("--draft", action="store_true")
    word.add("--name")
    word.add("--column", action="append", default=[], type=_match, metavar="COLUMN=VARIABLE")
    word.add("--replace", action="store_true")
    word.add("--remove", nargs="+", action="extend", default=[], metavar="COLUMN")
    word.add("--set-aside-texts", action="store_true")
    word.add("--keep", nargs="+", action="extend", default=[], choices=["unfinished", "preview", "total"])
    word.add("--decimal", default="", choices=[",", "."])
    word.add("--day-order", default="", choices=list(DAY_ORDERS))
    add_reading_options(word)


def _match(given: str) -> tuple[str, str]:
    column, sign, variable = given.rpartition("=")
    if not sign or not column:
        raise argparse.ArgumentTypeError(text("wrong_match", given=given))
    return column, variable


def import_survey(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.drafts.keeping import resume_draft
    from stagekansen_lib.intake.checks import check_survey
    from stagekansen_lib.intake.importing import import_survey as take_in
    from stagekansen_lib.intake.importing import name_for
    from stagekansen_lib.intake.reading import propose_columns
    from stagekansen_lib.privacy.cards import draft_wanted
    from stagekansen_lib.privacy.gate_reports import IdentifiersFoundError
    from stagekansen_lib.readers.columns import ColumnsError

    file, remove = _file_and_columns(options.file, options.remove)
    reading, columns = reading_of(options), dict(options.column) or None
    gate = {"remove": remove, "set_aside_texts": options.set_aside_texts}
    gate |= {"keep": options.keep, "decimal": options.decimal, "day_order": options.day_order}
    name = options.name or name_for(file)
    codebook: Any = resume_draft(file, **reading) if options.draft else options.codebook
    reading = {} if options.draft else reading
    try:
        with working("reading"):
            survey, card = take_in(
                file, codebook, name=name, replace=options.replace, columns=columns, **reading, **gate
            )
    except IdentifiersFoundError as stopped:
        print(stopped.for_command_line(), file=sys.stderr)
        return exit_for(stopped)
    except ColumnsError as problem:
        print(problem, file=sys.stderr)
        near = propose_columns(file, options.codebook, columns=columns, **reading)
        for line in near.to_dict("records"):
            print(text("perhaps", column=line["column"], variable=line["variable"]), file=sys.stderr)
        return exit_for(problem)
    print("\n".join(survey.provenance.history))
    print()
    print(check_survey(survey).sentence(chosen_language()))
    print(text("stored", name=name, place=card.relative_to(project_folder())))
    wanting = draft_wanted(card)
    if wanting:
        print(text("next_privacy_file", command=wanting))
    return Exit.WELL


def _file_and_columns(file: Path | None, remove: list[str]) -> tuple[Path, list[str]]:
    """The file to import and the columns to leave out; a file that comes last stands among the columns."""
    if file is not None:
        return file, remove
    files = [name for name in remove if Path(name).is_file()]
    if len(files) != 1:
        raise InputError(Problem(text("no_file"), do=text("no_file_do")))
    return Path(files[0]), [name for name in remove if name != files[0]]


def write_questionnaire(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.surveys import questionnaires
    from stagekansen_lib.surveys.codebook_files import read_codebook
    from stagekansen_lib.withdrawals.reapplying import answers_opened

    with answers_opened("write a questionnaire"):
        written = questionnaires.write_questionnaire(read_codebook(options.codebook), options.file, tool=options.tool)
    print(text("questions", count=written.questions, tool=_TOOLS[written.tool], file=written.path))
    for step in written.by_hand:
        print(f"- {step}")
    return Exit.WELL


def follow_fieldwork(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.intake.reading import read_survey
    from stagekansen_lib.monitoring.channels import AnswersByChannel, answers_by_channel
    from stagekansen_lib.monitoring.fieldwork import fieldwork_progress, plan_targets, read_targets
    from stagekansen_lib.population.margins import read_margins

    if options.targets:
        targets = read_targets(options.targets)
    elif options.margins and options.answers is not None:
        targets = plan_targets(read_margins(options.margins), options.answers)
    else:
        raise InputError(Problem(text("no_targets"), do=text("no_targets_do")))
    with working("reading"):
        survey = read_survey(options.survey, options.codebook)
        progress = fieldwork_progress(survey, targets)
    print(progress.labelled().to_string(index=False))
    print(progress.sentence())
    channels = answers_by_channel(survey, missing="tell")
    if isinstance(channels, AnswersByChannel):
        print(f"\n{channels.labelled().to_string(index=False)}\n{channels.sentence()}")
    return Exit.WELL


def make_twin(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.intake.reading import read_survey
    from stagekansen_lib.project.paths import project_folder
    from stagekansen_lib.twins import making

    with working("making_twin"):
        survey = read_survey(options.survey, options.codebook)
        path = options.file or project_folder("data", "interim", f"twin_{Path(options.survey).stem}.csv")
        twin = making.make_twin(survey, rows=options.rows, seed=options.seed)
        written = making.write_twin(twin, path)
    print(written)
    print(twin.sentence())
    return Exit.WELL
