"""The register of interventions: what was meant, for whom, and which outcome was fixed before the data."""

from __future__ import annotations

import datetime as dt
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.surveys.codebooks import text_of

__all__ = ["Intervention", "fixed_since", "read_intervention"]

_TEXTS = ("name_nl", "name_en", "theory_nl", "theory_en", "dose_nl", "dose_en", "who_nl", "who_en")


@dataclass(frozen=True)
class Intervention:
    """One intervention, described before its data are seen.

    Parameters
    ----------
    id : name of its file.
    name_nl, name_en : what it is called.
    theory_nl, theory_en : why it should work (theory of change).
    dose_nl, dose_en : how much of it, how often.
    who_nl, who_en : for whom.
    start : the first day.
    outcome, code : the one primary outcome, and the answer whose share counts (None: the mean).
    matters : the change that matters, in shares or in the unit of the mean; None when nobody said.
    others : further outcomes; their p values are corrected for their number.
    fixed_on : since when git keeps this primary outcome; None when that cannot be told.
    """

    id: str
    name_nl: str
    name_en: str
    theory_nl: str
    theory_en: str
    dose_nl: str
    dose_en: str
    who_nl: str
    who_en: str
    start: dt.date
    outcome: str
    code: Any = None
    matters: float | None = None
    others: tuple[str, ...] = ()
    fixed_on: dt.date | None = None

    def name(self, language: str | None = None) -> str:
        """What it is called, in a language."""
        return text_of(self, "name", language)

    def fixed_before(self, collected: dt.date) -> bool:
        """Whether git kept the primary outcome before the day on which the data began to come in."""
        return self.fixed_on is not None and self.fixed_on < collected


def fixed_since(path: Path) -> dt.date | None:
    """The day since which git keeps the primary outcome of a file as it now stands; None when it does not keep it.

    Other lines may have changed since; an outcome that was changed and not kept yet was never fixed.

    Examples
    --------
    >>> fixed_since(Path("no such file")) is None
    True
    """
    kept = _git(path, "log", "--format=%H %cs", "--", path.name)
    now = _outcome_of(path.read_text("utf-8")) if path.is_file() else None
    since: dt.date | None = None
    for line in kept.splitlines():
        commit, day = line.split()
        if now is None or _outcome_of(_git(path, "show", f"{commit}:./{path.name}")) != now:
            break
        since = dt.date.fromisoformat(day)
    return since


def _git(path: Path, *words: str) -> str:
    """What git says in the folder of a file; nothing without git."""
    if not path.parent.is_dir():
        return ""
    try:
        done = subprocess.run(
            ["git", *words], cwd=path.parent, capture_output=True, encoding="utf-8", check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout


def _outcome_of(text: str) -> Any:
    import yaml

    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError:
        return None
    return content.get("primary_outcome") if isinstance(content, Mapping) else None


def read_intervention(name: str, folder: Path | None = None) -> Intervention:
    """One intervention of the register.

    Parameters
    ----------
    name : of its file in ``data/interventions``.
    folder : another folder to read from.

    Returns
    -------
    Intervention : see there; ``fixed_on`` is the day since which git keeps the primary outcome as it
    now stands.

    Raises
    ------
    InputError : there is no such file; a text, the start or the primary outcome is missing, or more than one outcome is
        called primary. All at once.

    Notes
    -----
    A file holds name_nl, name_en, theory_nl, theory_en, dose_nl, dose_en, who_nl, who_en, start (a day),
    primary_outcome (variable, and where it applies code and matters: the change that matters) and other_outcomes (a
    list; correct their p values with ``adjust_p_values``). Commit it before the data come: that day is the proof.

    Examples
    --------
    >>> read_intervention("nothing like it")
    Traceback (most recent call last):
    ...
    stagekansen_lib.errors.InputError: ... There is no intervention 'nothing like it'.
    """
    home = folder or data_folder("interventions")
    path = home / f"{name}.yaml"
    if not path.is_file():
        known = sorted(one.stem for one in home.glob("*.yaml") if one.stem != "card") if home.is_dir() else []
        raise InputError(Problem(f"There is no intervention '{name}'.", str(home), did_you_mean(name, known)))
    given = read_yaml(path)
    problems = list(_problems(given, path.name))
    if problems:
        raise InputError(problems)
    outcome = given["primary_outcome"]
    about = outcome if isinstance(outcome, Mapping) else {"variable": outcome}
    matters = about.get("matters")
    texts = {key: str(given[key]).strip() for key in _TEXTS}
    return Intervention(
        id=name, start=given["start"], outcome=str(about["variable"]), code=about.get("code"),
        matters=None if matters is None else float(matters),
        others=tuple(map(str, given.get("other_outcomes") or ())), fixed_on=fixed_since(path), **texts,
    )  # fmt: skip


def _problems(given: Mapping[str, Any], where: str) -> Iterator[Problem]:
    for key in _TEXTS:
        if not str(given.get(key) or "").strip():
            yield Problem(f"'{key}' is empty.", where, "Fill it in before the data come.")
    if not isinstance(given.get("start"), dt.date):
        yield Problem("'start' is no day.", where, "Write it as 2027-02-01.")
    outcome = given.get("primary_outcome")
    if isinstance(outcome, (list, tuple)):
        yield Problem("There is more than one primary outcome.", where, "Choose one; the rest are other_outcomes.")
    elif not outcome or (isinstance(outcome, Mapping) and not outcome.get("variable")):
        yield Problem("There is no primary outcome.", where, "Fix one before the data come.")
