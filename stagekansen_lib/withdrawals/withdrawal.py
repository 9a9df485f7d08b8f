"""One respondent withdraws: every row of theirs leaves raw files, interim files, set-aside lists and voices.

Four steps: search every file (``searching``), decide whether it is surely this person, write what changes as one step
(``journals``), keep proof of it (``proofs``). A run that is cut off before the journal has changed nothing; after it
the next run finishes it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.privacy.answer_files import files_of_answers, short_name, store_of, surveys_of
from stagekansen_lib.privacy.pseudonyms import read_key
from stagekansen_lib.project.locks import answers_locked
from stagekansen_lib.project.paths import data_folder, project_folder
from stagekansen_lib.withdrawals.elsewhere import look_elsewhere
from stagekansen_lib.withdrawals.journals import finish_withdrawal, write_journal
from stagekansen_lib.withdrawals.proofs import (
    Withdrawal,
    as_withdrawal,
    find_record,
    make_marks,
    make_proof,
    read_proofs,
)
from stagekansen_lib.withdrawals.reapplying import names_of_surveys, reapply_withdrawals, remember_searched, still_there
from stagekansen_lib.withdrawals.recognising import Respondent
from stagekansen_lib.withdrawals.searching import Found, is_list, search_answers
from stagekansen_lib.withdrawals.wave_links import links_without
from stagekansen_lib.withdrawals.whole_rows import Source
from stagekansen_lib.wording import say

__all__ = ["Withdrawal", "find_proof", "finish_withdrawal", "withdraw"]

# For each file of answers the survey it belongs to: its name, then other names for it.
Surveys = Mapping[Path, tuple[str, ...]]


def withdraw(
    identifier: str,
    *,
    key_file: str | Path | None = None,
    checked: Collection[str] = (),
    surveys: Collection[str] = (),
    all_surveys: bool = False,
    on: dt.date | None = None,
) -> Withdrawal:
    """Remove one respondent from every file of answers, and write proof of it.

    Parameters
    ----------
    identifier : the number of the respondent as it stands in the files.
    key_file : key of ``make_key``; files with pseudonyms of that key are searched too, and the proof is keyed.
    checked : names of files that cannot be searched here and that a person has searched.
    surveys : names of the surveys that the respondent took part in, when the number is in use in several: survey tools
        begin again at 1 in each. Other surveys stay as they are.
    all_surveys : True when it is the same person in all of them.
    on : the day of the withdrawal; today when left out.

    Returns
    -------
    Withdrawal : files and counts, releases that keep their figures, and the proof.

    Raises
    ------
    InputError : nobody has this number; or a file cannot be searched (another format, no column with the number of a
        respondent) and is not named in ``checked``; or files of several surveys hold the number, or one that was
        withdrawn before, and neither ``surveys`` nor ``all_surveys`` says whose it is. Nothing has changed then.

    Notes
    -----
    A file in ``data/raw``, the survey stored from it, and files of its name in ``data/interim`` are one survey; any
    other file, such as one of voices, counts as a survey of its own.

    A row of a raw CSV file becomes an empty line, so that the row numbers of everybody else, in set-aside lists and
    reports, stay right. A withdrawal that was cut off is finished first. Rules R9 and art. 17(3)(d) GDPR: releases hold
    no cell that can be traced to a person, and stay.
    """
    project_folder()  # where no answers can be, nobody may hear that there are none
    key = read_key(key_file) if key_file is not None else None
    person = Respondent.of(identifier, key)
    with answers_locked("withdraw"):
        finished = finish_withdrawal(still_there)
        reapply_withdrawals(checked)
        survey_of = surveys_of(files_of_answers())
        chosen = _chosen(surveys, survey_of)
        found = search_answers(person, _to_search(survey_of, chosen), checked)
        _refuse_unsearched(found.unsearched)
        before = find_record(person.number, key)
        if not (chosen or all_surveys):
            _refuse_unsure(found, survey_of, withdrawn_before=before is not None)
        _refuse_unsearched(look_elsewhere(person, found.sources, checked))
        if not found.changed:
            if before is not None and finished:
                return as_withdrawal(before)  # this very withdrawal was cut off, and is done now
            raise _nobody_found(withdrawn_before=before is not None, some_surveys=bool(chosen))
        record = _record(found, make_proof(person.number, key), on or dt.date.today())
        record["surveys"] = _surveys_of(found, chosen)
        record["marks"] = make_marks(person, record["salt"])
        links = links_without(person, found.changed)
        write_journal({file: removal.content for file, removal in found.changed.items()} | links, record)
        finish_withdrawal(lambda _: _still_in(person, chosen, checked, found.sources))
        remember_searched()
        return as_withdrawal(record)


def _still_in(
    person: Respondent, chosen: Collection[str], checked: Collection[str], sources: Sequence[Source]
) -> list[Problem]:
    """Everything read again: where the respondent still is, by number or by whole row."""
    again = search_answers(person, _to_search(surveys_of(files_of_answers()), chosen), checked, sources)
    still = [Problem("The respondent is in this file.", short_name(file)) for file in again.changed]
    return [*still, *again.unsearched]


def _surveys_of(found: Found, chosen: Collection[str]) -> list[str]:
    """What the surveys are called that the respondent left: there they are known again, and nowhere else."""
    named = names_of_surveys(files_of_answers())
    names = set(chosen).union(*(named[file] for file in found.answers if file in named))
    raw = [file for file in found.answers if file.is_relative_to(data_folder("raw"))]
    return sorted(names | {f"file:{file.name}" for file in raw})


def _chosen(surveys: Collection[str], survey_of: Surveys) -> set[str]:
    """The surveys that were named, by their own names."""
    wanted = [surveys] if isinstance(surveys, str) else list(surveys)
    known = {names[0]: names[0] for names in survey_of.values()}
    for names in survey_of.values():
        for other in names[1:]:
            known.setdefault(other, names[0])
    wrong = [name for name in wanted if name not in known]
    if wrong:
        raise InputError(
            Problem(f"No file of answers belongs to a survey '{name}'.", do=did_you_mean(name, sorted(known)))
            for name in wrong
        )
    return {known[name] for name in wanted}


def _to_search(survey_of: Surveys, chosen: Collection[str]) -> Iterator[Path]:
    """The files to look in: of the surveys that were named when there are any, and lists of what was set aside."""
    for file in files_of_answers():
        if store_of(file) and file.name != "answers.parquet":
            continue  # goes along with the answers of its stored survey
        if not chosen or survey_of[file][0] in chosen or is_list(file):
            yield file


def _refuse_unsearched(unsearched: Sequence[Problem]) -> None:
    if unsearched:
        raise InputError(
            unsearched,
            "Nothing was changed: some files cannot be searched. Search them by hand, then name them with --checked.",
        )


def _refuse_unsure(found: Found, survey_of: Surveys, *, withdrawn_before: bool) -> None:
    """Survey tools begin again at 1 in each survey: one number can be two people."""
    holding: dict[str, list[str]] = {}
    for file in found.answers:
        holding.setdefault(survey_of[file][0], []).append(short_name(file))
    if len(holding) > 1 or (holding and withdrawn_before):
        raise InputError(
            [Problem(f"Survey '{name}' holds this number.", ", ".join(files)) for name, files in holding.items()],
            "Nothing was changed: this number is in use in more than one survey, or was withdrawn before, and may be "
            "another person's. Name each survey that the respondent took part in with --survey NAME, or all with "
            "--all-surveys.",
        )


def _nobody_found(*, withdrawn_before: bool, some_surveys: bool) -> InputError:
    if withdrawn_before:
        return InputError(Problem("This respondent was withdrawn before; the proof is there."))
    what = "No file of these surveys" if some_surveys else "No file of answers"
    return InputError(Problem(f"{what} holds this respondent.", do="Check the number, and --key."))


def _record(found: Found, proof: Mapping[str, str], on: dt.date) -> dict[str, Any]:
    """What is kept of a withdrawal: how many rows left which file, and the proof; no number of a respondent."""
    return {
        "number": len(read_proofs()) + 1,
        "on": on.isoformat(),
        **proof,
        "files": {short_name(file): removal.count for file, removal in found.changed.items() if removal.count},
        "releases": _releases(),
        "why_releases_stay": say("privacy.why_releases_stay", "en"),
    }


def _releases() -> list[str]:
    """Names of the releases of real surveys: they keep their figures."""
    names = []
    for path in sorted(data_folder("published").glob("*/release.json")):
        try:
            content = json.loads(path.read_text("utf-8"))
        except (OSError, json.JSONDecodeError):
            continue
        names.append(f"{content.get('name', path.parent.name)}{' (synthetic)' if content.get('synthetic') else ''}")
    return names


def find_proof(identifier: str, *, key_file: str | Path | None = None) -> Withdrawal | None:
    """The proof that a respondent was withdrawn, for who knows the number (and has the key, when one was used)."""
    record = find_record(identifier.strip(), read_key(key_file) if key_file is not None else None)
    return None if record is None else as_withdrawal(record)
