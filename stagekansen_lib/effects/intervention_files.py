"""The files of the register of interventions: read, checked, begun, and what git proves of the day of an outcome."""

from __future__ import annotations

import datetime as dt
import math
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stagekansen_lib.arguments import said
from stagekansen_lib.effects.interventions import DESIGNS, Intervention, InterventionDesign
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.project.paths import data_folder, project_folder
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.surveys.codebook_files import read_codebook
from stagekansen_lib.waves.series import read_series
from stagekansen_lib.wording import chosen_language, date_text, say

__all__ = ["fixed_since", "new_intervention", "proof_of", "read_intervention", "read_interventions"]

_TEXTS = ("name_nl", "name_en", "theory_nl", "theory_en", "dose_nl", "dose_en", "who_nl", "who_en")
_DAYS = ("start", "fixed_on", "data_from")
_KEYS = (*_TEXTS, *_DAYS, "synthetic", "primary_outcome", "other_outcomes", "series", "between", "design")
_OF_OUTCOME = ("variable", "code", "matters")
_OF_DESIGN = ("kind", "group", "period", "treated", "clusters", "by_lot")

_NAME = re.compile(r"[a-z][a-z0-9_]*")

# The keys of a file in the order in which a person fills them in; the value is what stands there at first.
_TEMPLATE = (
    ("name_nl", ""), ("name_en", ""), ("theory_nl", ""), ("theory_en", ""), ("dose_nl", ""), ("dose_en", ""),
    ("who_nl", ""), ("who_en", ""), ("start", ""), ("primary_outcome", "{variable: , code: , matters: }"),
    ("other_outcomes", "[]"), ("fixed_on", ""), ("data_from", ""), ("series", ""), ("between", ""), ("design", ""),
)  # fmt: skip
_DESIGNS = (
    "{kind: before_after}",
    "{kind: difference_in_differences, treated: COLUMN, clusters: COLUMN, by_lot: false}",
    "{kind: waiting_list, group: COLUMN, treated: COLUMN, by_lot: true}",
    "{kind: stepped_introduction, group: COLUMN, period: COLUMN, treated: COLUMN, by_lot: true}",
)


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


def _git_knows_all(folder: Path) -> bool:
    """Whether a folder lies in git with all of its history, so that its days can be told."""
    return _git(folder / "card.yaml", "rev-parse", "--is-shallow-repository").strip() == "false"


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
    It may also say fixed_on (the day on which the outcome was fixed; git must keep it since that day), data_from (the
    first day on which data of after can come in), series and between (two waves), design (kind and columns) and
    synthetic. ``stagekansen intervention new NAME`` writes a file to fill in.

    Examples
    --------
    >>> found = read_intervention("voorbeeldstad_workshops")
    >>> found.name("en"), found.outcome, found.strongest
    ('the workshops (made up)', 'knows_where', 'D')
    """
    home = folder or data_folder("interventions")
    path = home / f"{name}.yaml"
    if not path.is_file():
        raise InputError(Problem(f"There is no intervention '{name}'.", str(home), did_you_mean(name, _names(home))))
    given = read_yaml(path)
    problems = list(_problems(given, path.name))
    if problems:
        raise InputError(problems)
    return _made(name, given, fixed_since(path))


def read_interventions(folder: Path | None = None) -> tuple[Intervention, ...]:
    """Every intervention of the register, in order of their start.

    Parameters
    ----------
    folder : another folder to read from than ``data/interventions``.

    Returns
    -------
    The interventions, each as ``read_intervention`` gives it.

    Raises
    ------
    InputError : what is wrong in any of the files, all at once: as ``read_intervention``.

    Examples
    --------
    >>> [one.id for one in read_interventions()]
    ['voorbeeldstad_workshops', 'voorbeeldstad_waiting_list']
    """
    home = folder or data_folder("interventions")
    problems: list[Problem] = []
    made = []
    for name in _names(home):
        try:
            made.append(read_intervention(name, home))
        except InputError as wrong:
            problems += wrong.problems
    if problems:
        raise InputError(problems)
    return tuple(sorted(made, key=lambda one: (one.start, one.id)))


def _names(home: Path) -> list[str]:
    return sorted(one.stem for one in home.glob("*.yaml") if one.stem != "card") if home.is_dir() else []


def _made(name: str, given: Mapping[str, Any], kept: dt.date | None) -> Intervention:
    outcome = given["primary_outcome"]
    about = outcome if isinstance(outcome, Mapping) else {"variable": outcome}
    matters, between = about.get("matters"), given.get("between") or (None, None)
    design = given.get("design")
    texts = {key: str(given[key]).strip() for key in _TEXTS}
    return Intervention(
        id=name, start=given["start"], outcome=str(about["variable"]), code=about.get("code"),
        matters=None if matters is None else float(matters),
        others=tuple(map(str, given.get("other_outcomes") or ())), fixed_on=kept,
        declared_on=given.get("fixed_on"), data_from=given.get("data_from"), series=str(given.get("series") or ""),
        first=between[0], last=between[1],
        design=None if design is None else InterventionDesign(**design), synthetic=bool(given.get("synthetic")),
        **texts,
    )  # fmt: skip


def _problems(given: Mapping[str, Any], where: str) -> Iterator[Problem]:
    for key in given:
        if key not in _KEYS:
            yield Problem(f"'{key}' is no part of an intervention.", where, did_you_mean(key, _KEYS))
    for key in _TEXTS:
        if not isinstance(given.get(key), str) or not given[key].strip():
            yield Problem(f"'{key}' is empty.", where, "Fill it in before the data come.")
    for key in _DAYS:
        if (key == "start" or given.get(key) is not None) and type(given.get(key)) is not dt.date:
            yield Problem(f"'{key}' is no day.", where, "Write it as 2027-02-01.")
    if not isinstance(given.get("synthetic", False), bool):
        yield Problem("'synthetic' is neither true nor false.", where, "Write 'synthetic: true' of what is made up.")
    yield from _outcome_problems(given, where)
    yield from _day_problems(given, where)
    yield from _place_problems(given, where)
    yield from _design_problems(given.get("design"), where)


def _outcome_problems(given: Mapping[str, Any], where: str) -> Iterator[Problem]:
    outcome, others = given.get("primary_outcome"), given.get("other_outcomes") or []
    if isinstance(outcome, (list, tuple)):
        yield Problem("There is more than one primary outcome.", where, "Choose one; the rest are other_outcomes.")
        return
    about = outcome if isinstance(outcome, Mapping) else {"variable": outcome}
    if not str(about.get("variable") or "").strip():
        yield Problem("There is no primary outcome.", where, "Fix one before the data come.")
    for key in about:
        if key not in _OF_OUTCOME:
            yield Problem(f"'{key}' is no part of an outcome.", where, did_you_mean(key, _OF_OUTCOME))
    matters = about.get("matters")
    if matters is not None and not (_is_number(matters) and matters):
        yield Problem("'matters' is no change.", where, "Write the change that matters, such as 0.1 for 10 points.")
    elif matters is not None and about.get("code") is not None and not -1 <= matters <= 1:
        yield Problem("'matters' is more than a share can change.", where, "Write 0.1 for 10 percentage points.")
    if not isinstance(others, list) or not all(isinstance(one, str) for one in others):
        yield Problem("'other_outcomes' is no list of variables.", where, "Write [felt_safe, knows_where].")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _day_problems(given: Mapping[str, Any], where: str) -> Iterator[Problem]:
    start, data = given.get("start"), given.get("data_from")
    if type(start) is dt.date and type(data) is dt.date and data < start:
        yield Problem(
            "The data of after come in before the start.", where, "Check start and data_from; data_from is of after."
        )


def _place_problems(given: Mapping[str, Any], where: str) -> Iterator[Problem]:
    """A series and two of its waves, which follow each other, show that something began, and asked the outcome."""
    name, between = given.get("series"), given.get("between")
    if not name and between is None:
        return
    if not isinstance(name, str) or not isinstance(between, list) or len(between) != 2:
        yield Problem("'series' and 'between' go together.", where, "Write series: NAME and between: [2024, 2025].")
        return
    try:
        series = read_series(name)
    except InputError as wrong:
        yield from (Problem(one.what, where, one.do) for one in wrong.problems)
        return
    names = [str(wave.wave) for wave in series.waves]
    for wave in between:
        if str(wave) not in names:
            yield Problem(f"Wave {said(wave)} is not in series '{name}'.", where, did_you_mean(wave, names))
            return
    if names.index(str(between[1])) != names.index(str(between[0])) + 1:
        yield Problem(f"Waves {between[0]} and {between[1]} of '{name}' do not follow each other.", where)
    elif [str(one) for one in between] not in [[str(one.first), str(one.last)] for one in series.interventions]:
        yield Problem(
            f"Series '{name}' does not show on its axis that something began.", where,
            f"Add it under 'interventions:' in data/series/{name}.yaml.",
        )  # fmt: skip
    yield from _asked_problems(given, series.waves[names.index(str(between[1]))].codebook, where)


def _asked_problems(given: Mapping[str, Any], codebook: str, where: str) -> Iterator[Problem]:
    """Outcomes that the later wave did not ask, when its codebook is known."""
    outcome = given.get("primary_outcome")
    about = outcome if isinstance(outcome, Mapping) else {"variable": outcome}
    if not codebook:
        return
    known = read_codebook(codebook).variables
    others = given.get("other_outcomes")
    for name in [about.get("variable"), *(others if isinstance(others, list) else [])]:
        if isinstance(name, str) and name and name not in known:
            yield Problem(f"The survey does not ask '{name}'.", where, did_you_mean(name, list(known)))
    code, variable = about.get("code"), known.get(str(about.get("variable")))
    codes = [] if variable is None else list(variable.valid_codes)
    if code is not None and codes and code not in codes:
        yield Problem(f"'{about['variable']}' has no answer {said(code)}.", where, did_you_mean(code, codes))


def _design_problems(design: Any, where: str) -> Iterator[Problem]:
    if design is None:
        return
    given: Mapping[str, Any] = design if isinstance(design, Mapping) else {"kind": design}
    kind = str(given.get("kind"))
    if kind not in DESIGNS or not isinstance(design, Mapping):
        yield Problem(f"The kind of design is {said(kind)}.", where, did_you_mean(kind, list(DESIGNS)))
        return
    for key, value in given.items():
        if key not in _OF_DESIGN:
            yield Problem(f"'{key}' is no part of a design.", where, did_you_mean(key, _OF_DESIGN))
        elif key == "by_lot" and not isinstance(value, bool):
            yield Problem(
                "'by_lot' is neither true nor false.", where, "Write true when a draw decides who comes first."
            )
        elif key not in ("by_lot", "kind") and not isinstance(value, str):
            yield Problem(f"'{key}' of the design is no name of a column.", where, "Write the name of the column.")
    for key in DESIGNS[kind]:
        if not given.get(key):
            yield Problem(f"A design '{kind}' needs '{key}'.", where, "Name the column.")
    if kind == "before_after" and given.get("by_lot"):
        yield Problem(
            "Before and after has nobody to draw lots for.", where, "Leave by_lot out, or choose another kind."
        )


def proof_of(intervention: Intervention, folder: Path | None = None) -> tuple[bool, str]:
    """Whether git bears out the day on which the outcome was fixed, and that in words; where git is silent, True."""
    language, home = chosen_language(), folder or data_folder("interventions")
    if not _git_knows_all(home):
        return True, say("interventions.proof_unknown", language)
    if intervention.fixed_on is None:
        return False, say("interventions.proof_none", language)
    kept = date_text(intervention.fixed_on, language)
    if intervention.declared_on is not None and intervention.fixed_on > intervention.declared_on:
        told = date_text(intervention.declared_on, language)
        return False, say("interventions.proof_later", language, day=kept, told=told)
    return True, say("interventions.proof", language, day=kept)


def new_intervention(name: str, folder: Path | None = None) -> Path:
    """A file of the register to fill in, with what each line asks.

    Raises
    ------
    InputError : a name that is no name of a file, or that is taken.
    """
    home = folder or project_folder("data", "interventions")
    path = home / f"{name}.yaml"
    if not _NAME.fullmatch(name) or name == "card":
        raise InputError(
            Problem(
                f"'{name}' is no name for an intervention.", do="Use small letters, digits and _, such as workshops."
            )
        )
    if path.exists():
        raise InputError(Problem(f"There is an intervention '{name}' already.", do="Choose another name."))
    language = chosen_language()
    lines = [f"# {say('interventions.ask_first', language)}"]
    for key, value in _TEMPLATE:
        about = key.removesuffix("_nl").removesuffix("_en")
        if not key.endswith("_en"):
            lines += ["", f"# {say(f'interventions.ask_{about}', language)}"]
        lines += [f"#   {example}" for example in _DESIGNS if key == "design"]
        lines.append(f"{key}: {value}".rstrip())
    home.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", "utf-8", newline="\n")
    return path
