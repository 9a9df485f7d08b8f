"""The whole way through, for a survey: read, weigh, estimate what is declared, protect, attack, release."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.disclosure.published_index import PublishedIndex
from stagekansen_lib.disclosure.rules import read_release_margins, read_rules
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.intake.stores import answers_file
from stagekansen_lib.privacy.answer_files import is_private
from stagekansen_lib.project.paths import data_files, data_folder
from stagekansen_lib.releases.building import write_release
from stagekansen_lib.releases.contents import Published
from stagekansen_lib.releases.proving import Proven, refuse_unproven
from stagekansen_lib.releases.reading import Release
from stagekansen_lib.releases.refusing import check_may_be_released, check_place
from stagekansen_lib.withdrawals.reapplying import answers_opened

if TYPE_CHECKING:
    from stagekansen_lib.surveys.surveys import Survey

    IndexOf = Callable[[Survey, Sequence[Published]], PublishedIndex]

__all__ = ["NO_MARGINS", "release_survey"]

NO_MARGINS = "none"


def release_survey(
    name: str,
    *,
    made_by: str,
    checked_by: str,
    survey: str | Path = "example_2022",
    margins: str | None = None,
    rules: str = "steering_group",
    date: dt.date | None = None,
    wave: str = "",
    draft: bool = False,
    into: Path | None = None,
    tell: Callable[[str], None] = lambda _: None,
    index_of: IndexOf | None = None,
) -> Release:
    """A release of a survey, from its raw file to the frozen folder, by the only way there is.

    The survey is read against its codebook, weighted, estimated as ``data/rules/tables_<codebook>.yaml`` declares,
    protected in one go, attacked, and only then put in place. Nothing in between is kept.

    Parameters
    ----------
    name : name of the release and of its folder: small letters, digits and hyphens.
    made_by, checked_by : two people with different names.
    survey : name of a survey, or the path of its file.
    margins : name of the population counts to weigh to; those that the declared tables name when left out, "none" for
        an unweighted release.
    rules : name of the rule set.
    date : day of the release; today when left out. Give it to build the same bytes again.
    wave : name of the measurement, such as "2022"; a release that is no draft must have one. All versions of it bear
        the same, and are compared and attacked together.
    draft : only for a look: written to ``build/drafts``.
    into : folder that will hold the folder of the release.
    tell : called with the name of each step as it begins: "read", "weigh", "estimate", "protect", "attack".
    index_of : gives the yearly index that goes with it, of the survey as it was weighted and what ``protect`` gave of
        it; ``release_index`` does. It is never handed in ready-made.

    Returns
    -------
    Release, as ``read_release`` reads it.

    Raises
    ------
    InputError : the survey, its margins or its declared tables cannot be found or read.
    RefusedError : as ``protect`` and ``release``; the text says what to do.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     look = release_survey("look", made_by="A", checked_by="B", draft=True, into=Path(folder))
    >>> look.margins
    'students_haaglanden_2019'
    """
    check_place(name, made_by, checked_by, draft=draft, into=into)
    read_rules(rules)
    # Answers of people stay as they are from the first look to the fingerprint; the example nobody changes.
    private = any(is_private(file) for file in _answers(survey))
    with answers_opened(f"release {name}") if private else nullcontext():
        return _released(
            name, survey, margins, rules, tell, index_of,
            made_by=made_by, checked_by=checked_by, date=date, wave=wave, draft=draft, into=into,
        )  # fmt: skip


def _released(
    name: str,
    survey: str | Path,
    margins: str | None,
    rules: str,
    tell: Callable[[str], None],
    index_of: IndexOf | None,
    *,
    draft: bool,
    **facts: Any,
) -> Release:
    from stagekansen_lib.disclosure.protect import protect
    from stagekansen_lib.drafts.measuring import with_readings
    from stagekansen_lib.intake.reading import read_survey
    from stagekansen_lib.population.margins import read_margins
    from stagekansen_lib.releases.declared import declared_tables, estimate_declared
    from stagekansen_lib.weighting.raking import rake

    tell("read")
    answers = read_survey(survey)
    book = answers.codebook.name
    asked = {name for one in declared_tables(book) for name in (one.of, *one.by, one.compare) if name}
    if not asked <= {*answers.codebook, *map(str, answers.rows.columns)}:
        # A table that a team declared of what it looked at: a question read in two answers, as its concept asks.
        answers = with_readings(answers)
    chosen = read_release_margins(book) if margins is None else margins
    if not chosen:
        raise InputError(
            Problem(
                f"It is not said to which population counts surveys with codebook '{book}' are weighted.",
                f"data/rules/tables_{book}.yaml",
                f"Name them there under 'margins', or give margins='{NO_MARGINS}' for an unweighted release.",
            )
        )
    tell("weigh")
    if chosen != NO_MARGINS:
        answers = rake(answers, to=read_margins(chosen))
    if not draft:
        refuse_unproven(answers)
    tell("estimate")
    results = estimate_declared(answers)
    tell("protect")
    published = protect(results, rules=rules)
    if not draft:
        check_may_be_released(published, facts["wave"])
    return write_release(
        published,
        None if draft else Proven(answers, results, published),
        name=name,
        inputs=_inputs(survey, book, chosen),
        margins="" if chosen == NO_MARGINS else chosen,
        index=index_of(answers, published) if index_of is not None else None,
        tell=tell,
        **facts,
    )


def _inputs(survey: str | Path, book: str, margins: str) -> list[Path]:
    """The files that went in, whose fingerprints are recorded."""
    codebooks = [data_folder("codebooks", f"{book}{part}.csv") for part in ("", "_codes", "_checks")]
    counts = data_folder("margins", f"{margins}.yaml")
    return [*_answers(survey), *(one for one in (*codebooks, counts) if one.is_file())]


def _answers(survey: str | Path) -> list[Path]:
    """The file given, the stored one of this name, or those in the first folder that has any."""
    if Path(survey).is_file():
        return [Path(survey)]
    stored = answers_file(str(survey))
    if stored:
        return [stored]
    folders = (data_files(folder, f"{survey}.*") for folder in ("example", "raw"))
    found = ([one for one in files if one.suffix != ".yaml"] for files in folders)
    return next((files for files in found if files), [])
