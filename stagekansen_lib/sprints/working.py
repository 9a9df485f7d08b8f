"""A sprint as a team works in it: how it stands, what is missing, its ledger and its papers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.documents.writing import write_documents
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.fact_finding.ledgers import Ledger, read_ledger
from stagekansen_lib.project.extras import has_package
from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.sprints.checking import Missing, missing_in
from stagekansen_lib.sprints.papers import Shown, cards_paper, order_paper, path_picture, who_does
from stagekansen_lib.sprints.plans import read_plan
from stagekansen_lib.sprints.sprints import (
    CLOSED,
    FIELDS,
    SprintFacts,
    facts_from,
    facts_of,
    sprint_folder,
    write_facts,
)
from stagekansen_lib.wording import LANGUAGES, Language, chosen_language, say

if TYPE_CHECKING:
    from stagekansen_lib.views.manage import Manage

__all__ = ["Sprint", "paper_forms", "read_sprint"]


@dataclass(frozen=True, eq=False)
class Sprint:
    """A sprint as its folder leaves it; it shows itself as its path and what is missing.

    Parameters
    ----------
    folder : where it lies. ``language`` : of what it says.
    releases : folder of the releases that its claims rest on; those of the project when None.
    """

    folder: Path
    language: Language
    releases: Path | None = None

    @cached_property
    def facts(self) -> SprintFacts:
        """What ``sprint.yaml`` holds."""
        return facts_of(self.folder)

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def ledger_folder(self) -> Path:
        """The folder of the ledger of this sprint, for ``write_act(act, sprint.ledger_folder)``."""
        return self.folder / "ledger"

    @property
    def closed(self) -> bool:
        return (self.folder / CLOSED).is_dir()

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger of this sprint as it was when it was first asked for."""
        return read_ledger(self.ledger_folder, releases=self.releases)

    @cached_property
    def registers(self) -> Registers:
        return read_registers()

    @cached_property
    def missing(self) -> tuple[Missing, ...]:
        """Every task that is not done yet, in the order of the plan."""
        return missing_in(self.facts, self.ledger)

    def shown(self, language: str | None = None) -> Shown:
        """The sprint in one language, as the papers take it."""
        chosen = chosen_language(language) if language else self.language
        return Shown(self.facts, self.ledger, self.registers, self.missing, chosen)

    def lines(self, language: str | None = None) -> list[str]:
        """What is missing as lines: in which phase, what, by whom, for which questions or claims."""
        shown = self.shown(language)
        return [
            shown.say(
                "missing",
                phase=shown.phase(one.task.phase).partition(" (")[0],
                task=one.task.text(shown.language),
                who=who_does(shown, one.task.by),
                id=one.task.id,
            )
            + self._about(shown, one)
            for one in self.missing
        ]

    def _about(self, shown: Shown, missing: Missing) -> str:
        roles = shown.registers.method.roles
        names = [who_does(shown, name) if name in roles else name for name in missing.about]
        return f" {shown.say('about', names=', '.join(names))}" if names else ""

    def tick(self, *tasks: str, undo: Collection[str] = ()) -> Sprint:
        """Write down that tasks are done which no computer can see; gives the sprint as it is then.

        ``undo`` : tasks that are not done after all.

        Raises
        ------
        InputError : there is no such task, or the computer looks at it by itself.
        RefusedError : the sprint is closed.
        """
        known = {task.id: task for task in read_plan().tasks}
        own = [name for name, task in known.items() if not task.check]
        problems = [Problem(f"There is no task '{one}' to tick.", do=did_you_mean(one, own))
                    for one in (*tasks, *undo) if one not in known]  # fmt: skip
        problems += [Problem(f"Task '{one}' is looked at by itself, and done when it is done.", one)
                     for one in (*tasks, *undo) if one in known and one not in own]  # fmt: skip
        if problems:
            raise InputError(problems)
        done = tuple(name for name in own if name in (*self.facts.done, *tasks) and name not in undo)
        write_facts(self.folder, replace(self.facts, done=done))
        return self.again()

    def change(self, **facts: Any) -> Sprint:
        """Write other facts into ``sprint.yaml``; gives the sprint as it is then.

        ``facts`` : fields of ``SprintFacts`` but the name and what was ticked, such as ``release="spring-2027"``,
        ``present=["student", "school"]`` or ``roles={"role-06": "AB"}``; roles that are not named stay as they are.

        Raises
        ------
        InputError : an unknown field, or a value that cannot be read; all at once, and nothing is written.
        RefusedError : the sprint is closed.
        """
        own = [Problem(f"'{one}' is not changed here.", do=f"Change it with {way}.")
               for one, way in (("name", "a new sprint"), ("done", "tick")) if one in facts]  # fmt: skip
        if own:
            raise InputError(own)
        before = {field: getattr(self.facts, field) for field in FIELDS}
        roles = {**self.facts.roles, **facts.get("roles", {})}
        changed = facts_from({**before, **facts, "roles": roles}, self.name)
        write_facts(self.folder, changed)
        return self.again()

    def again(self) -> Sprint:
        """The sprint read anew."""
        return Sprint(self.folder, self.language, self.releases)

    def write_papers(self, forms: Sequence[str] | None = None) -> tuple[Path, ...]:
        """Write the running order and the cards, as the sprint stands now; gives the files.

        ``forms`` : "html", "pdf" or "docx"; HTML, and PDF where it can be made here, when left out.
        """
        written: list[Path] = []
        for name, paper in (("agenda", order_paper), ("cards", cards_paper)):
            documents = [paper(self.shown(language)) for language in LANGUAGES]
            written += write_documents(documents, name, self.folder / "papers", forms or paper_forms())
        return tuple(written)

    def form(self) -> Any:
        """The facts of this sprint as a form in a notebook: days, sides, roles, and what a person ticks."""
        from stagekansen_lib.views.sprint_widgets import sprint_form

        shown, rules = self.shown(), self.ledger.rules
        asked = dict.fromkeys(task.by for task in read_plan().tasks)
        labels = self.registers.method.roles
        return sprint_form(
            self,
            sides=[(rules.role_text(role, self.language), role) for role in rules.roles],
            roles=[(labels[role].text("label", self.language), role) for role in asked],
            tasks=[(task.text(shown.language), task.id) for task in read_plan().tasks if not task.check],
        )

    def manage(self) -> Manage:
        """Beheer of the ledger of this sprint: a form for every question, claim, position and decision."""
        from stagekansen_lib.views.manage import manage

        return manage(self.ledger_folder, language=self.language)

    def __repr__(self) -> str:
        return say("sprint.summary", self.language, name=self.name, missing=len(self.missing))

    def path_html(self) -> str:
        """The path of the sprint as a picture, for a notebook."""
        from stagekansen_lib.assets import style_block

        shown = self.shown()
        picture = path_picture(shown)
        svg = picture.svg.replace("<svg ", f'<svg role="img" aria-label="{escape(picture.alt)}" ', 1)
        mark = f"<p><strong>{escape(shown.mark)}</strong></p>" if shown.mark else ""
        return f'{style_block()}<div class="sk"><h2>{escape(shown.title)}</h2>{mark}{svg}</div>'

    def _repr_html_(self) -> str:
        left = "".join(f"<li>{escape(line)}</li>" for line in self.lines())
        heading = escape(say("sprint.missing_heading" if left else "sprint.nothing_missing", self.language))
        return f'{self.path_html()}<div class="sk"><h3>{heading}</h3><ul>{left}</ul></div>'


def paper_forms() -> tuple[str, ...]:
    """The forms in which papers are written here: PDF too where the package for it is installed."""
    return ("html", "pdf") if has_package("typst") else ("html",)


def read_sprint(
    name: str, *, language: str | None = None, home: Path | None = None, releases: Path | None = None
) -> Sprint:
    """A sprint as it stands: its path, what is missing, its ledger.

    Parameters
    ----------
    name : of its folder.
    language : "nl" or "en"; the default follows ``wording.chosen_language``.
    home : folder that holds the sprints; ``sprints`` in the project when left out.
    releases : folder of the releases that its claims rest on; ``data/published`` when left out.

    Returns
    -------
    Sprint, which a notebook shows as a picture of its path and a list of what is missing. ``missing`` has the tasks,
    ``lines`` the same in words, ``tick`` writes down what is done, ``manage`` opens the forms.

    Raises
    ------
    InputError : there is no such sprint, or its facts cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from stagekansen_lib import new_sprint
    >>> home = Path(tempfile.mkdtemp())
    >>> _ = new_sprint("spring", title_nl="Lente", title_en="Spring", home=home)
    >>> read_sprint("spring", language="en", home=home)
    Sprint spring: 28 tasks are not done yet.
    """
    chosen = chosen_language(language)
    sprint = Sprint(sprint_folder(name, home), chosen, releases)
    _ = sprint.facts
    return sprint
