"""Surveys that were taken in, kept in ``data/interim``: whole or not at all, and read back as they were.

``NAME.yaml`` is the card of a survey and names the folder with its answers. A new import writes a new folder and only
then puts its card in the place of the old one, in one step: whoever is killed before it leaves the survey as it was.
Git ignores ``data/interim``.
"""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.project.extras import require_package
from stagekansen_lib.project.leftovers import one_clear_line, own_mark, sweep
from stagekansen_lib.project.locks import answers_locked
from stagekansen_lib.project.paths import data_folder, project_folder
from stagekansen_lib.project.spreadsheets import safe_cell
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.surveys.codebook_files import read_codebook, write_codebook, write_whole
from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.surveys.made_up import as_entry, from_entry, renewed
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.withdrawals.reapplying import answers_opened, without_withdrawn

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "answers_file",
    "read_stored",
    "refuse_name",
    "stored_surveys",
    "sweep_store",
    "write_survey",
]

_FORMAT = 2
_TO_CONFIRM = "TO CONFIRM"  # in the note of a codebook that an earlier version drafted
# A column of the stored answers: a word in a card is changed in a moment, and then real answers would pass as made up.
_ANSWERS_OF = "answers_of"
_STAGED = ".part"
_KINDS = ("people", "synthetic", "twin")


def stored_surveys(folder: str | Path | None = None) -> tuple[str, ...]:
    """The names of the surveys that are stored."""
    place = _folder(folder)
    return tuple(sorted(card.stem for card in place.glob("*.yaml") if _card(card).get("format") == _FORMAT))


def answers_file(name: str, *, folder: str | Path | None = None) -> Path | None:
    """The file with the answers of a stored survey; None when there is no such survey."""
    place = _folder(folder)
    card = _card(place / f"{name}.yaml")
    return place / str(card["folder"]) / "answers.parquet" if card.get("format") == _FORMAT else None


def write_survey(survey: Survey, name: str, *, folder: str | Path | None = None, replace: bool = False) -> Path:
    """Store a survey as it was read: answers, reasons for missing ones, what was set aside, codebook and history.

    Parameters
    ----------
    survey : a survey from ``read_survey``, before weighting.
    name : of the survey in the store: letters, digits, "-" and "_".
    folder : of the store; ``data/interim`` when left out.
    replace : True to put it in the place of the survey that has this name.

    Returns
    -------
    Path : its card. ``read_survey(name)`` reads it back.

    Raises
    ------
    InputError : the name cannot be used or is taken, the survey has weights or a design of its own, or its codebook is
        a draft in which nobody has confirmed what consent is.

    Examples
    --------
    >>> import tempfile
    >>> import stagekansen_lib as sk
    >>> folder = tempfile.mkdtemp()
    >>> card = write_survey(sk.read_survey("example_2022"), "wave_1", folder=folder)
    >>> len(read_stored("wave_1", folder=folder))
    324
    """
    place = project_folder("data", "interim") if folder is None else Path(folder)
    refuse_name(name, place, replace=replace)
    _refuse_survey(survey)
    with (
        answers_locked(f"import {name}", _lock_place(place)),
        one_clear_line("The survey cannot be stored", place),
    ):
        refuse_name(name, place, replace=replace)  # another may have taken it while this one waited
        place.mkdir(parents=True, exist_ok=True)
        sweep_store(place)
        card = place / f"{name}.yaml"
        _put_in_place(_proven(without_withdrawn(survey, name) if folder is None else survey), card)
        sweep_store(place)
    return card


def _proven(survey: Survey) -> Survey:
    """The survey with the proof of its own rows that they are made up; without one its answers count as real."""
    proof = renewed(survey.provenance.made_up, survey.rows)
    synthetic = survey.provenance.synthetic and proof is not None
    return dataclasses.replace(
        survey, provenance=dataclasses.replace(survey.provenance, made_up=proof, synthetic=synthetic)
    )


def _lock_place(place: Path) -> Path:
    """The lock lies beside a store, as ``data/.answers.lock`` beside ``data/interim``; in it where beside cannot be."""
    beside = place.resolve().parent
    return beside if os.access(beside, os.W_OK) else place


def _put_in_place(survey: Survey, card: Path) -> None:
    """Write under a name of this process, read that back, and only then let the card name it."""
    place, before = card.parent, _bytes_of(card)
    answers = place / f"{card.stem}-{secrets.token_hex(6)}"
    staged = place / f".{answers.name}.{own_mark()}{_STAGED}"
    try:
        staged.mkdir(mode=0o700)  # whoever shares this computer has no business here
        _write_answers(survey, staged)
        text = _card_text(survey, answers.name)
        if not _same(_survey_in(staged, _content(text), card.stem), survey):
            raise InputError(Problem("What was stored does not read back as it was.", str(place), "Import it again."))
        if _bytes_of(card) != before:
            raise InputError(Problem(f"'{card.stem}' was changed meanwhile.", str(place), "Import it again."))
        staged.rename(answers)
        # Until this line the store is as it was; after it the new answers are in it.
        write_whole(card, text.encode("utf-8"), private=True)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        if _card(card).get("folder") != answers.name:
            shutil.rmtree(answers, ignore_errors=True)
        raise


def _bytes_of(card: Path) -> bytes | None:
    return card.read_bytes() if card.is_file() else None


def _same(read: Survey, written: Survey) -> bool:
    """Whether a survey that was read back is the one that was written: every answer, reason and line."""
    aside = [[] if one.set_aside is None else one.set_aside.astype(str).to_numpy().tolist() for one in (read, written)]
    reasons = [one.rows.iloc[:, :0] if one.missing_reasons is None else one.missing_reasons for one in (read, written)]
    return (
        _same_cells(read.rows, written.rows)
        and _same_cells(*reasons)
        and aside[0] == aside[1]
        and read.codebook == written.codebook
        and read.provenance == written.provenance
    )


def _same_cells(first: pd.DataFrame, second: pd.DataFrame) -> bool:
    """Whether two tables hold the same cells; a text may be kept as another type of text."""
    if not (first.index.equals(second.index) and first.columns.tolist() == second.columns.tolist()):
        return False
    return all(
        first[name].equals(second[name]) or first[name].astype(object).equals(second[name].astype(object))
        for name in first.columns
    )


def refuse_name(name: str, place: Path, *, replace: bool) -> None:
    """A name that no survey can have, or that one has already."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,80}", name):
        raise InputError(Problem(f"'{name}' is no name for a survey.", do="Use letters, digits, '-' and '_'."))
    if not replace and (place / f"{name}.yaml").exists():
        raise InputError(Problem(f"There is a survey '{name}' already.", str(place), "Replace it, or choose a name."))


def _refuse_survey(survey: Survey) -> None:
    """A survey with weights or a design of its own, or one of which nobody knows who consented."""
    design = survey.design
    if design.described or design.domain is not None or design.replicates is not None or (design.weights != 1).any():
        raise InputError(Problem("The survey has weights or a design already.", do="Store it as it was read."))
    unsure = [
        Problem(
            f"Nobody has confirmed which answer to '{variable.name}' is consent: who refused may be among the rows.",
            f"codebook '{survey.codebook.name}'",
            "Fill in 'accept' where a row needs consent, and take the remark out of 'note'.",
        )
        for variable in survey.codebook.variables.values()
        if variable.privacy == "consent" and _TO_CONFIRM in variable.note
    ]
    if unsure:
        raise InputError(unsure)


def _card_text(survey: Survey, folder: str) -> str:
    import yaml

    content = {
        "format": _FORMAT,
        "survey": survey.provenance.survey,
        _ANSWERS_OF: _kind(survey),
        "made_up": as_entry(survey.provenance.made_up),
        "self_selected": survey.provenance.self_selected,
        "proxies": [dict(one) for one in survey.provenance.proxies],
        "sources": list(survey.provenance.sources),
        "stored_on": dt.date.today(),
        "codebook": survey.codebook.name,
        "rows": len(survey.rows),
        "rows_and_values_set_aside": 0 if survey.set_aside is None else len(survey.set_aside),
        "folder": folder,
        "history": list(survey.provenance.history),
    }
    head = "# Microdata: never in git. Made by `stagekansen import`; the folder holds the answers.\n"
    return head + yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)


def read_stored(name: str, *, folder: str | Path | None = None) -> Survey:
    """A stored survey, equal to the one that was written.

    Raises
    ------
    InputError : there is no such survey, its files are damaged, or its card and its rows do not agree on whether a
        program made the answers.
    """
    if folder is not None:
        return _stored_in(Path(folder), name)
    with answers_opened(f"read {name}"):
        return _stored_in(_folder(None), name)


def _stored_in(place: Path, name: str) -> Survey:
    card = _card(place / f"{name}.yaml")
    if card.get("format") != _FORMAT:
        raise InputError(
            Problem(f"There is no stored survey '{name}'.", str(place), did_you_mean(name, stored_surveys(place)))
        )
    return _survey_in(place / str(card["folder"]), card, name)


def _survey_in(answers: Path, card: dict[str, Any], name: str) -> Survey:
    """The survey whose answers lie in a folder, told by its card."""
    import pandas as pd

    require_package("pyarrow", "files")
    try:
        codebook = read_codebook(answers / "codebook" / f"{card['codebook']}.csv")
        rows = pd.read_parquet(answers / "answers.parquet").set_index("row")
        kinds = rows.pop(_ANSWERS_OF)
        reasons = pd.read_parquet(answers / "missing_reasons.parquet").set_index("row")
        set_aside = pd.read_parquet(answers / "set_aside.parquet")
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            Problem(f"The stored survey '{name}' is damaged.", str(answers), "Import it again.")
        ) from error
    kind = _same_kind(name, card, kinds)
    answers_as_read = _as_answers(rows, codebook)
    proof = from_entry(card.get("made_up"), answers_as_read)
    provenance = Provenance(
        survey=card["survey"],
        synthetic=kind != "people" and proof is not None,
        made_up=proof,
        twin_of_people=kind == "twin",
        self_selected=card["self_selected"],
        proxies=tuple(card["proxies"]),
        sources=tuple(card["sources"]),
        history=tuple(card["history"]),
    )
    return survey_from_frame(
        answers_as_read,
        codebook=codebook,
        provenance=provenance,
        set_aside=set_aside,
        missing_reasons=reasons.astype("category") if len(reasons.columns) else reasons,
        single_unit="refuse" if len(rows) > 1 else "adjust",
    )


def _kind(survey: Survey) -> str:
    """Whose answers these are: of people, of nobody, or of a twin of people."""
    if survey.provenance.twin_of_people:
        return "twin"
    return "synthetic" if survey.provenance.synthetic else "people"


def _same_kind(name: str, card: dict[str, Any], kinds: pd.Series[Any]) -> str:
    """Whose answers these are: every row says so itself, and the card has to agree."""
    said = str(card.get(_ANSWERS_OF))
    if said not in _KINDS or not (kinds == said).all():
        raise InputError(
            Problem(
                f"The card of '{name}' and its rows do not agree on whether the answers are made up.",
                do="Import it again. That stands in the answers themselves, never in a card alone.",
            )
        )
    return said


def _write_answers(survey: Survey, folder: Path) -> None:
    import pandas as pd

    require_package("pyarrow", "files")
    write_codebook(survey.codebook, folder / "codebook")
    plain = {_ANSWERS_OF: pd.Series(_kind(survey), index=survey.rows.index, dtype="str")} | {
        name: _plain_codes(column) if isinstance(column.dtype, pd.CategoricalDtype) else column
        for name, column in survey.rows.items()
    }
    reasons = survey.missing_reasons
    set_aside = survey.set_aside if survey.set_aside is not None else pd.DataFrame()
    tables = {
        "answers": pd.DataFrame(plain, index=survey.rows.index, copy=False).reset_index(names="row"),
        "missing_reasons": (pd.DataFrame(index=survey.rows.index) if reasons is None else reasons).reset_index(
            names="row"
        ),
        "set_aside": set_aside.astype({name: "str" for name in set_aside.columns if name != "row"}),
    }
    for name, table in tables.items():
        buffer = io.BytesIO()
        table.to_parquet(buffer, index=False)
        write_whole(folder / f"{name}.parquet", buffer.getvalue(), private=True)
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(map(safe_cell, map(str, set_aside.columns)))
    writer.writerows([safe_cell(str(cell)) for cell in line] for line in set_aside.itertuples(index=False))
    write_whole(folder / "set_aside.csv", text.getvalue().encode("utf-8-sig"), private=True)


def _plain_codes(column: pd.Series[Any]) -> pd.Series[Any]:
    """Parquet keeps the codes themselves, so that R and others read them without this library."""
    if all(isinstance(value, int) for value in column.cat.categories.tolist()):
        return column.astype("Int32")
    return column.astype("str")


def _as_answers(rows: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """Codes as the categories of the codebook."""
    import numpy as np
    import pandas as pd

    columns: dict[str, Any] = {}
    for name, column in rows.items():
        variable = codebook.variables.get(str(name))
        if variable is not None and variable.kind in ("nominal", "ordinal"):
            valid = list(variable.valid_codes)
            codes, distinct = pd.factorize(column)
            place = pd.Index([str(code) for code in valid]).get_indexer(pd.Index([str(value) for value in distinct]))
            found = np.append(place, -1)[codes]
            dtype = pd.CategoricalDtype(valid, ordered=variable.kind == "ordinal")
            columns[str(name)] = pd.Categorical.from_codes(found, dtype=dtype)
        else:
            columns[str(name)] = column
    return pd.DataFrame(columns, index=rows.index)


def _folder(folder: str | Path | None) -> Path:
    return data_folder("interim") if folder is None else Path(folder)


def _card(path: Path) -> dict[str, Any]:
    """The card of a survey; empty when there is none, or another file that happens to lie there."""
    try:
        return read_yaml(path) if path.is_file() else {}
    except InputError:
        return {}


def _content(text: str) -> dict[str, Any]:
    import yaml

    content: dict[str, Any] = yaml.safe_load(text)
    return content


def sweep_store(place: Path) -> None:
    """Delete answers that were replaced and what a stopped import left: what no card names and no living process owns.

    Whoever calls this holds the lock over the answers.
    """
    sweep(place.glob(f".*{_STAGED}"))
    for old in _nameless(place):
        shutil.rmtree(old, ignore_errors=True)


def _nameless(place: Path) -> Iterator[Path]:
    """Folders of stored answers that no card names; where a card cannot be read, all of that name are kept."""
    cards = {card.stem: _card(card) for card in place.glob("*.yaml")}
    named = {str(content.get("folder")) for content in cards.values()}
    for folder in place.iterdir():
        told = re.fullmatch(r"(.+)-[0-9a-f]{12}", folder.name)
        if told is None or not folder.is_dir() or folder.name in named:
            continue
        if told[1] not in cards or cards[told[1]].get("format") == _FORMAT:
            yield folder
