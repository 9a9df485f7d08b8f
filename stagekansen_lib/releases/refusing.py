"""What may not become a release: refused before anything is written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from stagekansen_lib.disclosure.published import PublishedComparison, PublishedTable
from stagekansen_lib.disclosure.rules import (
    declared_tables_file,
    read_declared_tables,
    read_required_variables,
    read_rules,
)
from stagekansen_lib.errors import InputError, Problem, RefusedError
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.releases.contents import Published
from stagekansen_lib.releases.reading import NAME

__all__ = ["check_may_be_released", "check_place", "check_published", "home_of"]


def home_of(into: Path | None, *, draft: bool) -> Path:
    """The folder of releases, or of drafts."""
    return into or (project_folder("build", "drafts") if draft else project_folder("data", "published"))


def check_place(name: str, made_by: str, checked_by: str, *, draft: bool, into: Path | None) -> None:
    """What can be refused before any work is done: the name, the two people, a release that is there already."""
    if not NAME.fullmatch(name):
        raise InputError(
            Problem(f"'{name}' cannot be the name of a release.", do="Use small letters, digits, hyphens.")
        )
    if draft:
        return
    _check_names(made_by, checked_by)
    if (home_of(into, draft=draft) / name).exists():
        raise RefusedError(f"Release '{name}' exists, and a release is never changed. Give the new one a new name.")


def check_published(published: Sequence[Published]) -> None:
    """Everything passed one call of ``protect``, and is given once."""
    wrong = sorted({type(one).__name__ for one in published if not isinstance(one, Published)})
    if wrong:
        raise InputError(
            Problem(
                f"A release holds published tables, not {', '.join(wrong)}.",
                do="Call protect on the results first.",
            )
        )
    if not any(isinstance(one, PublishedTable) for one in published):
        raise RefusedError("The release would hold no table. Give what protect returned.")
    if len({(one.linked, one.rules, one.provenance.survey) for one in published}) > 1:
        raise RefusedError(
            "The tables come from more than one call of protect, so nobody checked whether one betrays a cell of"
            " another. Call protect once, with everything that goes into the release."
        )
    _refuse_twice([one.id for one in published])


def _refuse_twice(ids: list[str]) -> None:
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise RefusedError(f"Given twice: {', '.join(twice)}. Give each table once.")


def check_may_be_released(published: Sequence[Published], wave: str) -> None:
    """A release names its wave, holds what was declared beforehand under rules for everyone, and says something."""
    if not wave.strip():
        raise InputError(
            Problem(
                "The release does not name its wave.",
                do="Give the name of the measurement, such as wave='2026' (--wave 2026): all versions of it bear the"
                " same, and are compared before a new one goes out. A draft needs none.",
            )
        )
    tables = [one for one in published if isinstance(one, PublishedTable)]
    _check_declared(tables, [one for one in published if isinstance(one, PublishedComparison)])
    _check_worth(tables)


def _check_names(made_by: str, checked_by: str) -> None:
    # "A. Maker" and "a maker" are one person.
    names = [re.sub(r"[\W_]+", "", one.casefold()) for one in (made_by, checked_by)]
    if not all(names) or names[0] == names[1]:
        raise RefusedError(
            "A release needs two people: who made it and who checked it. Fill in two different names, made_by and"
            " checked_by."
        )


def _check_declared(tables: list[PublishedTable], comparisons: list[PublishedComparison]) -> None:
    codebook = tables[0].codebook.name
    declared = read_declared_tables(codebook)
    ids = {one.id for one in declared}
    tests = {(one.compare, one.by) for one in declared if one.compare}
    loose = [one.id for one in tables if one.id not in ids]
    loose += [one.id for one in comparisons if (one.of, one.by) not in tests]
    if loose:
        raise RefusedError(
            f"Not declared beforehand: {', '.join(loose)}. A release holds only what"
            f" {declared_tables_file(codebook).name} declares, so that nobody can pick tables to find a person. Declare"
            " them, or use draft=True for a look."
        )
    _check_rules(tables[0].rules)


def _check_rules(used: str) -> None:
    """The rules may be released, and are still those under which the tables were protected."""
    rules = read_rules(used.split()[0])
    if not rules.may_be_released:
        raise RefusedError(
            f"The rules '{rules.name}' are for the eyes of the team. Call protect with rules='steering_group' or"
            " 'public'."
        )
    if used != str(rules):
        raise RefusedError(
            f"The tables were protected under {used}, and the rules are now {rules}. Call protect again."
        )


def _check_worth(tables: list[PublishedTable]) -> None:
    if not any(one.shown for one in tables):
        raise RefusedError(
            "Every cell is hidden, so the release would say nothing. Merge categories, or wait for more answers."
        )
    required = read_required_variables(tables[0].codebook.name)
    lacking = [name for name in required if not any(one.shown and name in (one.of, *one.by) for one in tables)]
    if lacking:
        raise RefusedError(
            f"The release shows nothing about {', '.join(lacking)}. Every release does: add the tables, or merge"
            " categories until they can be shown."
        )
