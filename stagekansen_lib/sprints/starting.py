"""Lay out a sprint: facts to fill in, an empty ledger, the papers, the notebook."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.fact_finding.act_files import acts_folder, read_act_files
from stagekansen_lib.fact_finding.folding import fold
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.sprints.plans import read_plan
from stagekansen_lib.sprints.sprints import NAME, SprintFacts, facts_from, put_facts
from stagekansen_lib.sprints.working import Sprint, read_sprint
from stagekansen_lib.wording import LANGUAGES, say

__all__ = ["new_sprint", "notebook_of"]

NOTEBOOK = "sprint.ipynb"


def new_sprint(
    name: str,
    *,
    title_nl: str = "",
    title_en: str = "",
    days: Sequence[dt.date] = (),
    survey: str = "",
    about: Sequence[str] = (),
    synthetic: bool = False,
    language: str | None = None,
    home: Path | None = None,
    ledger: Path | None = None,
    forms: Sequence[str] | None = None,
) -> Sprint:
    """Lay out a new sprint in ``sprints/NAME``: facts, an empty ledger, agenda, cards, checklists and a notebook.

    Parameters
    ----------
    name : small letters, digits and hyphens.
    title_nl, title_en : as people call it; its name when left out.
    days : the two days that it takes.
    survey : name of the answers that it works with, such as "example_2022".
    about : claims and questions of the ledger of the project to go on with; all that was said of them comes along.
    synthetic : True for an example that nobody holds: it is marked on each page, and never enters the ledger.
    language : of the sprint that is given back.
    home : folder that holds the sprints; ``sprints`` in the project when left out.
    ledger : the ledger that ``about`` is taken from; ``data/ledger`` when left out.
    forms : of the papers: "html", "pdf" or "docx"; HTML, and PDF where it can be made here, when left out.

    Returns
    -------
    Sprint, laid out and read.

    Raises
    ------
    InputError : the name cannot be used or is taken, there is no such claim or question, or a text names a person; all
        at once, and nothing is written.

    Examples
    --------
    >>> import tempfile
    >>> made = new_sprint("spring", home=Path(tempfile.mkdtemp()), language="en")
    >>> sorted(path.name for path in made.folder.iterdir())
    ['ledger', 'papers', 'sprint.ipynb', 'sprint.yaml']
    """
    folder = (home or project_folder("sprints")) / name
    facts, problems = _first_facts(name, folder, title_nl, title_en, days, survey, synthetic)
    folded = fold(read_act_files(ledger)[0])
    known = {name: one.history for home in (folded.claims, folded.questions) for name, one in home.items()}
    problems += [Problem(f"The ledger holds no claim or question '{one}'.", "about", did_you_mean(one, list(known)))
                 for one in about if one not in known]  # fmt: skip
    if problems or facts is None:
        raise InputError(problems)
    acts_folder(folder / "ledger").mkdir(parents=True)
    (acts_folder(folder / "ledger") / ".gitkeep").touch()
    _take_along({act.id for one in about for act in known[one]}, ledger, folder / "ledger")
    put_facts(folder, facts)
    (folder / NOTEBOOK).write_text(notebook_of(facts), "utf-8", newline="\n")
    sprint = read_sprint(name, language=language, home=folder.parent)
    sprint.write_papers(forms)
    return sprint


def _first_facts(
    name: str, folder: Path, title_nl: str, title_en: str, days: Sequence[dt.date], survey: str, synthetic: bool
) -> tuple[SprintFacts | None, list[Problem]]:
    if not NAME.fullmatch(name):
        return None, [Problem("The name of a sprint has small letters, digits and hyphens.", name, "Take spring-2027.")]
    if folder.exists():
        return None, [Problem(f"There is a folder '{name}' already.", str(folder), "Take another name.")]
    roles = dict.fromkeys(dict.fromkeys(task.by for task in read_plan().tasks), "")
    content: dict[str, Any] = {
        "title_nl": title_nl or name, "title_en": title_en or title_nl or name, "synthetic": synthetic,
        "days": [day.isoformat() for day in days], "survey": survey, "roles": roles,
    }  # fmt: skip
    try:
        return facts_from(content, name), []
    except InputError as failure:
        return None, list(failure.problems)


def _take_along(names: set[str], ledger: Path | None, into: Path) -> None:
    """Copy acts as they are, so that they are the same acts when the sprint closes."""
    for path in acts_folder(ledger).rglob("*.yaml"):
        if path.stem in names:
            place = acts_folder(into) / path.parent.name / path.name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)


# The notebook -------------------------------------------------------------------------------------------------------


def notebook_of(facts: SprintFacts) -> str:
    """The sprint notebook: the path, what is missing, the forms, the notebooks in order, closing. Dutch, then English.

    Cells are as git keeps them: without output, and with the ids that nbstripout gives.
    """
    cells = [
        _told("head", title_nl=facts.title_nl, title_en=facts.title_en, mark=_marks(facts)),
        _code("import stagekansen_lib as sk", "", f'sprint = sk.read_sprint("{facts.name}")', "sprint"),
        _told("facts"),
        _code("sprint.form()"),
        _told("path"),
        _code("sprint.manage()"),
        _told("forms"),
        _code("sprint.again().ledger.questions"),
        _told("order"),
        _code("sprint.again().ledger.claims"),
        _told("tick"),
        _code("sprint.again()"),
        _told("close"),
    ]
    book = {
        "cells": [{"id": str(place), **cell} for place, cell in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(book, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _marks(facts: SprintFacts) -> str:
    if not facts.synthetic:
        return ""
    return f"**{say('sprint.mark', 'nl')}** *{say('sprint.mark', 'en')}*\n\n"


def _told(part: str, **values: str) -> dict[str, Any]:
    """A cell of text: the heading in Dutch with the English under it, and then the text in both."""
    titles = [say(f"sprint.book_{part}_title", one, title=values.get(f"title_{one}", "")) for one in LANGUAGES]
    texts = [say(f"sprint.book_{part}", language) for language in LANGUAGES]
    level = "#" if part == "head" else "##"
    return _cell(
        "markdown", f"{level} {titles[0]}\n*{titles[1]}*\n\n{values.get('mark', '')}{texts[0]}\n\n*{texts[1]}*"
    )


def _code(*lines: str) -> dict[str, Any]:
    return {**_cell("code", "\n".join(lines)), "execution_count": None, "outputs": []}


def _cell(kind: str, text: str) -> dict[str, Any]:
    return {"cell_type": kind, "metadata": {}, "source": text.splitlines(keepends=True)}
