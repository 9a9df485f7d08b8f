"""What is still to be done in a sprint: every task of the plan looked at, all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from stagekansen_lib.errors import StagekansenError
from stagekansen_lib.fact_finding.acts import MethodAgreed
from stagekansen_lib.fact_finding.folding import ClaimNow, QuestionNow
from stagekansen_lib.fact_finding.ledgers import Ledger
from stagekansen_lib.fact_finding.totals import rounds_to_tell
from stagekansen_lib.project.paths import data_files, data_folder
from stagekansen_lib.sprints.plans import Task, read_plan
from stagekansen_lib.sprints.sprints import SprintFacts

__all__ = ["CHECKS", "Missing", "missing_in"]


@dataclass(frozen=True)
class Missing:
    """A task that is not done. ``about`` : for which questions, claims, roles or files; empty when for the whole."""

    task: Task
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Seen:
    """What the checks look at."""

    facts: SprintFacts
    ledger: Ledger

    @property
    def questions(self) -> list[QuestionNow]:
        return [one for _, one in sorted(self.ledger.folded.questions.items())]

    @property
    def claims(self) -> list[ClaimNow]:
        """Claims that are still on the table."""
        return [one for _, one in sorted(self.ledger.folded.claims.items()) if not one.moved]

    @property
    def least_roles(self) -> int:
        return int(self.ledger.rules.values.least_roles)


# What a check found lacking: None when nothing, else for what (empty: for the sprint as a whole).
_Lacking = tuple[str, ...] | None


def missing_in(facts: SprintFacts, ledger: Ledger) -> tuple[Missing, ...]:
    """Every task that is not done, in the order of the plan."""
    seen = _Seen(facts, ledger)
    found = []
    for task in read_plan().tasks:
        lacking = CHECKS[task.check](seen) if task.check else _ticked(task, facts)
        if lacking is not None:
            found.append(Missing(task, lacking))
    return tuple(found)


def _ticked(task: Task, facts: SprintFacts) -> _Lacking:
    return None if task.id in facts.done else ()


def _unless(so: object) -> _Lacking:
    return None if so else ()


def _names(lacking: Iterable[str], *, of: object) -> _Lacking:
    """The names that lack something; where there is nothing yet, the task is not done either."""
    found = tuple(lacking)
    return found if found else _unless(of)


# One check a task ----------------------------------------------------------------------------------------------------


def _days(seen: _Seen) -> _Lacking:
    return _unless(len(seen.facts.days) >= 2)


def _roles(seen: _Seen) -> _Lacking:
    needed = dict.fromkeys(task.by for task in read_plan().tasks)
    return _names((role for role in needed if not seen.facts.roles.get(role)), of=True)


def _sides(seen: _Seen) -> _Lacking:
    return _unless(len(set(seen.facts.present)) >= seen.least_roles)


def _survey(seen: _Seen) -> _Lacking:
    return _unless(_answers_of(seen.facts.survey))


def _answers_of(name: str) -> str:
    """ "made_up" or "people"; "" when there are no such answers."""
    from stagekansen_lib.intake.stores import stored_surveys

    if not name:
        return ""
    if any(path.stem == name for path in data_files("example", "*.csv")):
        return "made_up"
    if data_folder("interim", f"{name}.made-up.yaml").is_file():
        return "made_up"
    homes = [data_folder("interim", f"{name}.csv"), data_folder("raw", name), *data_folder("raw").glob(f"{name}.*")]
    return "people" if name in stored_surveys() or any(path.is_file() for path in homes) else ""


def _privacy(seen: _Seen) -> _Lacking:
    from stagekansen_lib.privacy.cards import privacy_files

    name = seen.facts.survey
    if _answers_of(name) != "people":
        return _unless(_answers_of(name))
    rows = privacy_files().to_dict("records")
    own = [row for row in rows if Path(row["file"]).stem == Path(name).stem or f"/{name}/" in row["file"]]
    return _names((row["file"] for row in own if row["state"] != "in order"), of=own)


def _twin(seen: _Seen) -> _Lacking:
    name = seen.facts.survey
    made_up = _answers_of(name) == "made_up"
    return _unless(made_up or (name and data_folder("interim", f"twin_{Path(name).stem}.csv").is_file()))


def _questions(seen: _Seen) -> _Lacking:
    return _unless(seen.questions)


def _owners(seen: _Seen) -> _Lacking:
    return _names((one.id for one in seen.questions if not one.owner), of=seen.questions)


def _methods(seen: _Seen) -> _Lacking:
    return _names((one.id for one in seen.questions if not one.methods), of=seen.questions)


def _agreed_by(seen: _Seen) -> _Lacking:
    lacking = (one.id for one in seen.questions if one.methods and _sides_at(one.methods[-1], seen) < seen.least_roles)
    return _names(lacking, of=any(one.methods for one in seen.questions))


def _sides_at(method: MethodAgreed, seen: _Seen) -> int:
    return len(set(method.roles_present) & set(seen.ledger.rules.roles))


def _release(seen: _Seen) -> _Lacking:
    name = seen.facts.release
    if name not in seen.ledger.facts.release_names:
        return ()
    try:
        return _unless(not seen.ledger.facts.release(name).draft)
    except StagekansenError:
        return (name,)


def _claims(seen: _Seen) -> _Lacking:
    return _unless(seen.claims)


def _evidence(seen: _Seen) -> _Lacking:
    return _names((one.id for one in seen.claims if not one.evidence), of=seen.claims)


def _look_again(seen: _Seen) -> _Lacking:
    changed = seen.ledger.changed
    return _names((one.id for one in seen.claims if changed[one.id]), of=seen.claims)


def _rounds(seen: _Seen) -> _Lacking:
    open_still = (one.id for one in seen.claims if not {(one.wording.id, 1), (one.wording.id, 2)} <= one.closed)
    return _names(open_still, of=seen.claims)


def _totals(seen: _Seen) -> _Lacking:
    return _names(sorted({claim.id for claim, _, _ in rounds_to_tell(seen.ledger.folded)}), of=seen.claims)


def _answers(seen: _Seen) -> _Lacking:
    """A question may stay open when somebody has it until a day after the sprint."""
    last = max(seen.facts.days, default=None)
    lacking = (
        one.id
        for one in seen.questions
        if not one.answers and not (one.owner and one.due and (last is None or one.due > last.isoformat()))
    )
    return _names(lacking, of=seen.questions)


def _decisions(seen: _Seen) -> _Lacking:
    return _unless(seen.ledger.folded.decisions)


def _files(seen: _Seen) -> _Lacking:
    return _names((one.file for one in seen.ledger.aside), of=seen.ledger.folded.acts)


def _review(seen: _Seen) -> _Lacking:
    next_review = seen.facts.next_review
    return _unless(next_review and next_review > max(seen.facts.days, default=next_review.min))


CHECKS: Mapping[str, Callable[[_Seen], _Lacking]] = {
    "days": _days,
    "roles": _roles,
    "sides": _sides,
    "survey": _survey,
    "privacy": _privacy,
    "twin": _twin,
    "questions": _questions,
    "owners": _owners,
    "methods": _methods,
    "agreed_by": _agreed_by,
    "release": _release,
    "claims": _claims,
    "evidence": _evidence,
    "look_again": _look_again,
    "rounds": _rounds,
    "totals": _totals,
    "answers": _answers,
    "decisions": _decisions,
    "files": _files,
    "review": _review,
}
