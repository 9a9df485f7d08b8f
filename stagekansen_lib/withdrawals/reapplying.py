"""Who withdrew stays gone: a restored backup or an old export brings nobody back.

Before answers are opened, every file that was not looked at since the last proof is looked at: each number of a
respondent is hashed with the salt of each proof. A file that was looked at is known by its own hash, so that this costs
a moment only.
"""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import DoubtWarning, InputError, Problem
from stagekansen_lib.privacy.answer_files import FOLDERS, files_of_answers, read_from, short_name, store_of, surveys_of
from stagekansen_lib.project.leftovers import sweep
from stagekansen_lib.project.locks import answers_locked
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.surveys.codebook_files import write_whole
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.withdrawals.journals import finish_withdrawal, write_journal
from stagekansen_lib.withdrawals.proofs import known_again, read_proofs
from stagekansen_lib.withdrawals.recognising import Respondent, is_key, plain_number
from stagekansen_lib.withdrawals.records import NotSearchableError
from stagekansen_lib.withdrawals.searching import is_list, keys_in, search_answers
from stagekansen_lib.withdrawals.wave_links import close_expired, links_without

if TYPE_CHECKING:
    from stagekansen_lib.surveys.surveys import Survey

__all__ = [
    "answers_opened",
    "names_of_surveys",
    "reapply_withdrawals",
    "remember_searched",
    "still_there",
    "without_withdrawn",
]

Record = Mapping[str, Any]
# Which files were looked at, by their hash, and for which proofs. It names nobody.
SEARCHED = ".searched.json"


@contextmanager
def answers_opened(doing: str) -> Iterator[None]:
    """Answers as they may be read: withdrawals applied, and nobody changes them while the block runs.

    Parameters
    ----------
    doing : what is done, for whoever waits.

    Raises
    ------
    InputError : the lock did not come free, or somebody who withdrew is in a file that cannot be written.
    """
    if not any(data_folder(name).is_dir() for name in FOLDERS):
        yield
    elif not os.access(data_folder("raw").parent, os.W_OK):
        reapply_withdrawals()
        yield
    else:
        with answers_locked(doing):
            finish_withdrawal(still_there)
            reapply_withdrawals()
            close_expired()
            yield


def reapply_withdrawals(checked: Collection[str] = ()) -> int:
    """Withdraw anew whoever withdrew and is back in a file, by their salted proofs; the number of people.

    Parameters
    ----------
    checked : names of files that a person has searched by hand.

    Warns
    -----
    DoubtWarning : a file could not be searched for people who withdrew; each time, until a person has seen to it.

    Raises
    ------
    InputError : a file holds somebody who withdrew and cannot be changed.
    """
    for name in FOLDERS:
        folder = data_folder(name)
        sweep(folder.glob(".*.part") if folder.is_dir() else ())
    proofs = read_proofs()
    files = files_of_answers() if proofs else []
    new = _not_searched(files, proofs)
    if not new:
        return 0
    numbers, unread = _numbers_in(new)
    unread = [problem for problem in unread if not {problem.where, Path(problem.where).name} & set(checked)]
    back = sum(_withdraw_again(record, files, numbers) for record in proofs)
    if unread:
        warnings.warn(
            f"Not searched for people who withdrew: {'; '.join(map(str, unread))} Look whether any of them is in it, "
            "and delete the file or name it with --checked at the next withdrawal.",
            DoubtWarning,
            stacklevel=2,
        )
    remember_searched(but={problem.where for problem in unread})
    return back


def _numbers_in(files: Sequence[Path]) -> tuple[dict[Path, set[str]], list[Problem]]:
    """The numbers of respondents in each file that can be read, and the files that cannot."""
    numbers, unread = {}, []
    for file in files:
        try:
            numbers[file] = set() if is_list(file) else keys_in(file)
        except (NotSearchableError, OSError) as reason:
            why = str(reason) if isinstance(reason, NotSearchableError) else "it cannot be opened"
            unread.append(Problem(f"It cannot be searched: {why}.", short_name(file)))
    return numbers, unread


def _withdraw_again(record: Record, files: Sequence[Path], numbers: Mapping[Path, set[str]]) -> bool:
    """Take the respondent of a proof out of the files of their surveys; whether they were in any."""
    named = names_of_surveys(files)
    found = _known_in(numbers, named, record)
    if not found:
        return False
    person = Respondent("", frozenset(set().union(*found.values())))
    theirs = [file for file in files if is_list(file) or _applies(named[file], record)]
    removed = search_answers(person, filter(_stands_alone, theirs), [file.name for file in theirs])
    if not removed.changed:
        return False
    links = links_without(person, removed.changed)
    write_journal({file: removal.content for file, removal in removed.changed.items()} | links, record)
    finish_withdrawal(still_there)
    return True


def _stands_alone(file: Path) -> bool:
    """Whether a file is searched by itself: the others of a stored survey go along with its answers."""
    return not store_of(file) or file.name == "answers.parquet"


def still_there(record: Record) -> list[Problem]:
    """Where the respondent of a proof still is, by its salted hashes."""
    files = files_of_answers()
    numbers, _ = _numbers_in(files)
    found = _known_in(numbers, names_of_surveys(files), record)
    return [Problem("The respondent is in this file.", short_name(file)) for file in found]


def _known_in(numbers: Mapping[Path, set[str]], named: Mapping[Path, set[str]], record: Record) -> dict[Path, set[str]]:
    """The files of the surveys of a proof that hold its respondent, and by which names."""
    theirs = {file: known_again(held, record) for file, held in numbers.items() if _applies(named[file], record)}
    return {file: names for file, names in theirs.items() if names}


def names_of_surveys(files: Sequence[Path]) -> dict[Path, set[str]]:
    """For each file of answers the names of its survey; a stored one goes by the file it was read from too."""
    named = {file: set(names) for file, names in surveys_of(files).items()}
    for file, names in named.items():
        if store_of(file) and len(names) == 1 and (origin := read_from(file)):
            names.add(f"file:{origin}")
    return named


def _applies(names: set[str], record: Record) -> bool:
    return bool(names & set(_surveys_in(record)))


def _surveys_in(record: Record) -> Sequence[str]:
    if "surveys" in record:
        names: Sequence[str] = record["surveys"]
        return names
    # A proof of an earlier version tells the files only.
    files = [Path(*Path(name).parts[2:]) for name in record["files"]]
    return [store_of(file) or file.with_suffix("").as_posix() for file in files]


def without_withdrawn(survey: Survey, name: str) -> Survey:
    """A survey that is to be stored, without the rows of people who withdrew from the survey of this name."""
    first = survey.provenance.history[0] if survey.provenance.history else ""
    names = {name, f"file:{first.removeprefix('read ').partition(' against codebook ')[0]}"}
    applying = [record for record in read_proofs() if _applies(names, record)]
    rows_of = _rows_by_number(survey) if applying else {}
    gone = {row for record in applying for one in known_again(rows_of, record) for row in rows_of[one]}
    return _without_rows(survey, gone) if gone else survey


def _rows_by_number(survey: Survey) -> dict[str, set[Any]]:
    """For each number of a respondent its rows, also where the number itself was set aside."""
    book = survey.codebook.variables
    keys = [str(name) for name in survey.rows.columns if is_key(name)]
    keys += [name for name, variable in book.items() if variable.role == "respondent" and name in survey.rows]
    cells = [cell for name in keys for cell in survey.rows[name].items()]
    if survey.set_aside is not None:
        aside = survey.set_aside[survey.set_aside["column"].isin(keys)]
        cells += zip(aside["row"], aside["value"], strict=True)
    rows: dict[str, set[Any]] = {}
    for row, value in cells:
        rows.setdefault(plain_number(value), set()).add(row)
    rows.pop("", None)
    return rows


def _without_rows(survey: Survey, gone: set[Any]) -> Survey:
    stays = ~survey.rows.index.isin(list(gone))
    if not stays.any():
        raise InputError(Problem("Everybody in this survey withdrew."))
    aside, reasons = survey.set_aside, survey.missing_reasons
    step = f"{len(gone)} row(s) of people who withdrew left out"
    return survey_from_frame(
        survey.rows[stays],
        codebook=survey.codebook,
        provenance=survey.provenance.with_step(step),
        set_aside=None if aside is None else aside[~aside["row"].isin(list(gone))].reset_index(drop=True),
        missing_reasons=None if reasons is None else reasons[stays],
        single_unit="refuse" if stays.sum() > 1 else "adjust",
    )


# What was looked at already ----------------------------------------------------------------------------------------


def _not_searched(files: Sequence[Path], proofs: Sequence[Record]) -> list[Path]:
    known = _known_hashes(proofs)
    return [file for file in files if _hash_of(file) not in known]


def remember_searched(but: Collection[str] = ()) -> None:
    """From now on the files as they are count as looked at, for every proof there is, but those that are named."""
    files, proofs = [file for file in files_of_answers() if short_name(file) not in but], read_proofs()
    content = {"proofs": _digest(proofs), "files": sorted({_hash_of(file) for file in files})}
    with suppress(OSError, InputError):  # looked at once more next time
        write_whole(data_folder("interim", SEARCHED), json.dumps(content).encode(), private=True)


def _known_hashes(proofs: Sequence[Record]) -> set[str]:
    try:
        content = json.loads(data_folder("interim", SEARCHED).read_text("utf-8"))
        return set(content["files"]) if content["proofs"] == _digest(proofs) else set()
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _digest(proofs: Sequence[Record]) -> str:
    return hashlib.sha256("\n".join(str(record["proof"]) for record in proofs).encode()).hexdigest()


def _hash_of(file: Path) -> str:
    """Of the content and the place: the same answers under another name may be another survey's."""
    digest = hashlib.sha256(short_name(file).encode())
    try:
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    except OSError:
        return ""
    return digest.hexdigest()
