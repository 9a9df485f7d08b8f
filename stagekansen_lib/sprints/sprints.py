"""A sprint: a folder ``sprints/NAME`` with its facts, a ledger of its own, its papers and its notebook."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import InputError, Problem, RefusedError, did_you_mean
from stagekansen_lib.fact_finding.ledger_rules import read_ledger_rules
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.sprints.plans import read_plan

__all__ = ["CLOSED", "FACTS", "FIELDS", "NAME", "SprintFacts", "facts_from", "facts_of", "put_facts",
           "sprint_folder", "sprint_names", "write_facts"]  # fmt: skip

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
FACTS = "sprint.yaml"
CLOSED = "closed"
_TEXTS = ("title_nl", "title_en", "survey", "release")
_HEAD = """\
# The facts of this sprint. Change them here. Names of persons stand nowhere: behind a role stands a function or
# initials. `done` holds what was ticked: stagekansen sprint check {name} --tick TASK
"""
FIELDS = ("name", "title_nl", "title_en", "synthetic", "days", "survey", "release", "present", "next_review", "roles",
           "done")  # fmt: skip


@dataclass(frozen=True)
class SprintFacts:
    """What ``sprint.yaml`` holds.

    Parameters
    ----------
    name : of the folder. ``title_nl``, ``title_en`` : as people call it.
    synthetic : whether it is an example that nobody held; then nothing of it enters the ledger of the project.
    days : the days it takes. ``next_review`` : when somebody looks again; None when not known yet.
    survey : name of the answers that it works with. ``release`` : of the release that its figures rest on.
    present : the sides that take part, as roles of the ledger.
    roles : role of the register of methods -> who has it: a function or initials.
    done : tasks that were ticked.
    """

    name: str
    title_nl: str
    title_en: str
    synthetic: bool
    days: tuple[dt.date, ...]
    survey: str
    release: str
    present: tuple[str, ...]
    next_review: dt.date | None
    roles: Mapping[str, str]
    done: tuple[str, ...]


def sprint_folder(name: str, home: Path | None = None) -> Path:
    """The folder of a sprint; ``home`` holds all of them, ``sprints`` in the project when left out.

    Raises
    ------
    InputError : there is no sprint of that name.
    """
    folder = (home or project_folder("sprints")) / name
    if not NAME.fullmatch(name) or not (folder / FACTS).is_file():
        known = sprint_names(home)
        raise InputError(Problem(f"There is no sprint '{name}'.", do=did_you_mean(name, known) or _BEGIN))
    return folder


_BEGIN = "Begin one: stagekansen sprint new NAME."


def sprint_names(home: Path | None = None) -> list[str]:
    """The names of all sprints."""
    return sorted(path.parent.name for path in (home or project_folder("sprints")).glob(f"*/{FACTS}"))


def facts_of(folder: Path) -> SprintFacts:
    """The facts of a sprint, every mistake in them at once.

    Raises
    ------
    InputError : a field is unknown or cannot be read, or a text seems to name a person.
    """
    return facts_from(read_yaml(folder / FACTS), folder.name)


def facts_from(content: Mapping[str, Any], name: str) -> SprintFacts:
    """The same from names and values."""
    problems = _about_fields(content, name)
    texts = {field: str(content.get(field) or "").strip() for field in _TEXTS}
    roles = {str(role): str(who or "").strip() for role, who in _pairs(content.get("roles"), problems).items()}
    present, done = (tuple(str(one) for one in content.get(field) or ()) for field in ("present", "done"))
    days = _days(content.get("days") or [], "days", problems)
    review = _days([content["next_review"]] if content.get("next_review") else [], "next_review", problems)
    problems += _unknown(present, [*read_ledger_rules().roles], "present")
    problems += _unknown(done, [task.id for task in read_plan().tasks], "done")
    problems += _persons({**texts, **{f"roles: {role}": who for role, who in roles.items()}})
    if problems:
        raise InputError(problems)
    return SprintFacts(
        name=name,
        **texts,
        synthetic=content.get("synthetic") is True,
        days=days,
        present=present,
        next_review=review[0] if review else None,
        roles=roles,
        done=done,
    )


def _about_fields(content: Mapping[str, Any], name: str) -> list[Problem]:
    problems = [
        Problem(f"Field '{one}' is unknown.", FACTS, did_you_mean(one, list(FIELDS)))
        for one in content
        if one not in FIELDS
    ]
    if content.get("name", name) != name:
        problems.append(Problem("The name is not that of the folder.", FACTS, f"Write name: {name}."))
    return problems


def _pairs(value: Any, problems: list[Problem]) -> Mapping[Any, Any]:
    if value is None or isinstance(value, Mapping):
        return value or {}
    problems.append(Problem("'roles' does not hold roles with who has them.", FACTS, "Write 'role-01: AB' lines."))
    return {}


def _days(values: Any, where: str, problems: list[Problem]) -> tuple[dt.date, ...]:
    found = []
    for value in values if isinstance(values, list | tuple) else [values]:
        try:
            found.append(dt.date.fromisoformat(str(value)))
        except ValueError:
            problems.append(Problem(f"A day under '{where}' cannot be read.", FACTS, "Write it as 2026-11-30."))
    return tuple(found)


def _unknown(given: tuple[str, ...], known: list[str], where: str) -> list[Problem]:
    return [Problem(f"'{one}' is not known here.", f"{FACTS}, {where}", did_you_mean(one, known))
            for one in given if one not in known]  # fmt: skip


def _persons(texts: Mapping[str, str]) -> list[Problem]:
    from stagekansen_lib.privacy.free_text import names_in

    return [
        Problem("This seems to name a person, or to give an address.", f"{FACTS}, {where}", "Write a function.")
        for where, text in texts.items()
        if "@" in text or "names_person" in names_in(text)
    ]


def write_facts(folder: Path, facts: SprintFacts) -> None:
    """Write the facts of a sprint that goes on.

    Raises
    ------
    RefusedError : the sprint is closed.
    """
    if (folder / CLOSED).is_dir():
        raise RefusedError(f"Sprint '{facts.name}' is closed, and stays as it was. Begin a new one.")
    put_facts(folder, facts)


def put_facts(folder: Path, facts: SprintFacts) -> None:
    """Write the facts of a sprint, whole or not at all."""
    import yaml

    content = {field: getattr(facts, field) for field in FIELDS}
    content |= {field: list(content[field]) for field in ("days", "present", "done")}
    content["roles"] = dict(facts.roles)
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=118)
    temporary = folder / f".{FACTS}.part"
    temporary.write_text(_HEAD.format(name=facts.name) + text, "utf-8", newline="\n")
    temporary.replace(folder / FACTS)
