"""Close a sprint: its acts go to the ledger of the project, and what it came to is frozen with a seal on every file.

Acts are copied as they are, under the names that they have: closing is a merge, as git would make it. What persons said
stays in the private folder of the sprint; only what was told by rule travels.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagekansen_lib.documents.blocks import Document, texts_of
from stagekansen_lib.documents.writing import FORMATS, write_documents
from stagekansen_lib.errors import InputError, Problem, RefusedError
from stagekansen_lib.fact_finding.act_files import acts_folder, read_act_files
from stagekansen_lib.fact_finding.acts import DissentTold
from stagekansen_lib.fact_finding.folding import fold
from stagekansen_lib.fact_finding.positions import erase_positions
from stagekansen_lib.fact_sheets.making import fact_sheet
from stagekansen_lib.project.extras import has_package
from stagekansen_lib.sprints.papers import report_paper
from stagekansen_lib.sprints.sprints import CLOSED, FACTS
from stagekansen_lib.sprints.working import Sprint
from stagekansen_lib.wording import LANGUAGES

__all__ = ["close_sprint", "erase_in_sprint", "plain_report", "report_of"]

SEAL = "closed.json"


@dataclass(frozen=True)
class _Closing:
    """What is said once, at closing: on what day, and why while something was missing."""

    on: str
    unfinished: str
    forms: tuple[str, ...]


def close_sprint(
    sprint: Sprint,
    *,
    unfinished: str = "",
    on: dt.date | None = None,
    ledger: Path | None = None,
    forms: Sequence[str] | None = None,
) -> tuple[Path, ...]:
    """Close a sprint; gives the files that it came to.

    Parameters
    ----------
    sprint : from ``read_sprint``.
    unfinished : why it closes while something is missing; stands in the report. Without it nothing may be missing.
    on : the day; today when left out.
    ledger : folder of the ledger that takes its acts in; ``data/ledger`` when left out. That of an example stays empty.

    forms : of the report and the fact sheet: "html", "pdf" or "docx"; all that can be made here when left out.

    Returns
    -------
    tuple of Path : in ``sprints/NAME/closed`` the report and the fact sheet in both languages, and ``closed.json`` with
        the release, what stays open, and a hash of every file.

    Raises
    ------
    InputError : something is missing, or an act does not fit the ledger of the project; all at once.
    RefusedError : the sprint is closed already.

    Examples
    --------
    >>> import tempfile
    >>> from stagekansen_lib import new_sprint
    >>> sprint = new_sprint("spring", home=Path(tempfile.mkdtemp()), synthetic=True, forms=["html"])
    >>> [path.name for path in close_sprint(sprint, unfinished="an exercise", forms=["html"])]
    ['closed.json', 'report.en.html', 'report.nl.html']
    """
    if sprint.closed:
        raise RefusedError(f"Sprint '{sprint.name}' is closed, and stays as it was. Begin a new one.")
    found = sprint.again()
    problems = [] if unfinished else [Problem(line) for line in found.lines()]
    problems += _about_persons(unfinished)
    if not sprint.facts.synthetic:
        problems += _unfit(found, ledger)
    if problems:
        raise InputError(problems)
    closing = _Closing((on or dt.date.today()).isoformat(), unfinished, tuple(forms or _all_forms()))
    if not sprint.facts.synthetic:
        _hand_over(found, ledger)
    return _freeze(found, closing)


def _all_forms() -> tuple[str, ...]:
    return FORMATS if has_package("typst") and has_package("docx") else ("html",)


def _about_persons(text: str) -> list[Problem]:
    from stagekansen_lib.privacy.free_text import names_in

    if "@" in text or "names_person" in names_in(text):
        return [Problem("This seems to name a person, or to give an address.", "unfinished", "Say it by role.")]
    return []


def _unfit(sprint: Sprint, ledger: Path | None) -> list[Problem]:
    """Acts of the sprint that would be set aside in the ledger of the project, where others went on meanwhile."""
    own, theirs = read_act_files(sprint.ledger_folder)[0], read_act_files(ledger)[0]
    before = {one.file for one in (*fold(theirs).set_aside, *fold(own).set_aside)}
    late = [one for one in fold([*theirs, *own]).set_aside if one.file not in before]
    do = "Begin it under another name, or take the one of the ledger along: sprint new --about."
    return [Problem(f"The ledger of the project has '{one.more}' already.", one.file, do) for one in late]


def _hand_over(sprint: Sprint, ledger: Path | None) -> None:
    for path, place in _copies(sprint, ledger):
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            temporary = place.with_name(f".{place.name}.part")
            shutil.copyfile(path, temporary)
            temporary.replace(place)


def _copies(sprint: Sprint, ledger: Path | None) -> list[tuple[Path, Path]]:
    """Every act file of the sprint that counts, and where it stands in the ledger of the project."""
    home = acts_folder(sprint.ledger_folder)
    counted = {act.id for act in read_act_files(sprint.ledger_folder)[0]}
    files = [path for path in sorted(home.rglob("*.yaml")) if path.stem in counted]
    return [(path, acts_folder(ledger) / path.relative_to(home)) for path in files]


def report_of(sprint: Sprint, language: str, unfinished: str = "") -> Document:
    """The report of a sprint in one language."""
    return report_paper(sprint.shown(language), unfinished=unfinished)


def plain_report(document: Document) -> str:
    """A report as lines for a terminal."""
    head = [document.title, document.subtitle, *([document.mark] if document.mark else [])]
    return "\n".join([*head, "", *texts_of(document.blocks)])


def _freeze(sprint: Sprint, closing: _Closing) -> tuple[Path, ...]:
    """Write all that the sprint came to into a folder beside, and put that in place when it is whole."""
    place, made = sprint.folder / CLOSED, sprint.folder / f".{CLOSED}.part"
    shutil.rmtree(made, ignore_errors=True)
    reports = [report_of(sprint, language, closing.unfinished) for language in LANGUAGES]
    write_documents(reports, "report", made, closing.forms)
    if sprint.facts.release in sprint.ledger.facts.release_names:
        sheets = [
            fact_sheet(
                sprint.facts.release, language=language, ledger=sprint.ledger_folder, folder=sprint.releases,
                mark=sprint.shown(language).mark,
            )
            for language in LANGUAGES
        ]  # fmt: skip
        write_documents(sheets, "fact-sheet", made, closing.forms)
    (made / SEAL).write_text(_seal_text(sprint, closing, made), "utf-8", newline="\n")
    shutil.rmtree(place, ignore_errors=True)
    made.rename(place)
    return tuple(sorted(place.iterdir()))


def _seal_text(sprint: Sprint, closing: _Closing, made: Path) -> str:
    """What was closed, and a hash of every public file: of the facts, of each act and of each paper."""
    home = acts_folder(sprint.ledger_folder)
    files = {f"ledger/acts/{path.relative_to(home).as_posix()}": path for path in sorted(home.rglob("*.yaml"))}
    files |= {FACTS: sprint.folder / FACTS}
    files |= {f"{CLOSED}/{path.name}": path for path in sorted(made.iterdir())}
    release = sprint.facts.release
    known = release in sprint.ledger.facts.release_names
    content: dict[str, Any] = {
        "sprint": sprint.name,
        "synthetic": sprint.facts.synthetic,
        "closed": closing.on,
        "unfinished": closing.unfinished,
        "missing": [one.task.id for one in sprint.missing],
        "release": release,
        "release_sha256": sprint.ledger.facts.release(release).sha256 if known else "",
        "decisions": sprint.ledger.decisions["id"].tolist(),
        "left_open": [name for name, one in sorted(sprint.ledger.folded.questions.items()) if not one.answers],
        "files": {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()},
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def erase_in_sprint(sprint: Sprint, voter: str, *, subject: str = "", ledger: Path | None = None) -> int:
    """Erase what a person said in a sprint, also where closing carried it; gives how many files went.

    Parameters
    ----------
    sprint : from ``read_sprint``.
    voter : the pseudonym. ``subject`` : only what was said of this; everything when left out.
    ledger : the ledger that took the acts of the sprint in; ``data/ledger`` when left out.

    Notes
    -----
    What the person agreed to make public goes from the ledger of the project and from the papers of a closed sprint
    too: these are made anew, with new hashes. Git keeps what was committed.
    """
    before = _told_in(sprint)
    count = erase_positions(voter, subject=subject, folder=sprint.ledger_folder)
    gone = before - _told_in(sprint)
    if gone:
        for path in acts_folder(ledger).rglob("*.yaml"):
            if path.stem in gone:
                path.unlink()
    if gone and sprint.closed:
        closed = json.loads((sprint.folder / CLOSED / SEAL).read_text("utf-8"))
        forms = {name.rpartition(".")[2] for name in closed["files"] if name.startswith(f"{CLOSED}/")}
        _freeze(sprint.again(), _Closing(closed["closed"], closed["unfinished"], tuple(sorted(forms))))
    return count


def _told_in(sprint: Sprint) -> set[str]:
    return {act.id for act in read_act_files(sprint.ledger_folder)[0] if isinstance(act, DissentTold)}
