"""Who checked which reporting point, what a check makes visible, and what is still to be checked."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.project.locks import answers_locked
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.registers.people_and_places import ReportingPoint, Verification
from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.registers.texts import code_meaning, day_text
from stagekansen_lib.wording import Language, chosen_language, say

__all__ = [
    "CONTACT_FIELDS",
    "OUTDATED_AFTER_DAYS",
    "CheckState",
    "check_state",
    "record_verification",
    "unverified_report",
]

OUTDATED_AFTER_DAYS = 180

CONTACT_FIELDS = (
    "phone",
    "phone_hours",
    "email",
    "web",
    "report_url",
    "other_channel",
    "walk_in",
    "street",
    "house_number",
    "postcode",
    "city",
    "latitude",
    "longitude",
)
_GROUPS = {
    "contact": CONTACT_FIELDS,
    "address": ("street", "house_number", "postcode", "city"),
    "place": ("latitude", "longitude"),
}
# What a check of the whole reporting point covers.
_ALL_FIELDS = (
    "name",
    "purpose",
    "who",
    "area",
    "institution",
    "anonymous",
    "free",
    *CONTACT_FIELDS,
    "source_url",
)


@dataclass(frozen=True)
class CheckState:
    """What the checks of one reporting point come to on a day.

    Parameters
    ----------
    hidden : fields that a public page leaves out; holds "row" when the whole point is left out.
    checked_on, checked_by : the last check that found things right; None and "" when there was none.
    outdated : True when that check is more than 180 days old, or there was none.
    wrong_fields : what the last check found wrong, as long as the value is unchanged.
    """

    hidden: frozenset[str]
    checked_on: datetime.date | None
    checked_by: str
    outdated: bool
    wrong_fields: tuple[str, ...] = ()


def check_state(
    point: ReportingPoint, verifications: Iterable[Verification], *, on: datetime.date | None = None
) -> CheckState:
    """What may be shown of a reporting point on a day (``on``, default today), given the checks so far.

    A hidden field becomes visible once a check found it right, and hides again when the register holds
    another value than the one that was checked. A field that a check found wrong is hidden whatever the
    register says.
    """
    today = on or datetime.date.today()
    checks = [check for check in verifications if check.point == point.id and check.on <= today]
    checks.sort(key=lambda check: check.on)
    right, wrong = _right_and_wrong(point, checks)
    hidden = _with_the_row((_to_be_verified(point) - right) | wrong, checks)
    last = next((check for check in reversed(checks) if not check.wrong), None)
    checked_on, checked_by = (last.on, last.checked_by) if last else (None, "")
    return CheckState(
        hidden=hidden,
        checked_on=checked_on,
        checked_by=checked_by,
        outdated=checked_on is None or (today - checked_on).days > OUTDATED_AFTER_DAYS,
        wrong_fields=tuple(sorted(wrong)),
    )


def _to_be_verified(point: ReportingPoint) -> set[str]:
    """A field without a value has nothing to hide, and nobody can check it."""
    return {name for name in _expanded(point.hidden_until_verified) if name == "row" or field_value(point, name)}


def _with_the_row(hidden: set[str], checks: Sequence[Verification]) -> frozenset[str]:
    """The last check of the whole point decides whether all of it is hidden."""
    last = next((check for check in reversed(checks) if check.whole), None)
    if last is None:
        return frozenset(hidden)
    return frozenset(hidden | {"row"}) if last.wrong else frozenset(hidden - {"row"})


def _right_and_wrong(point: ReportingPoint, checks: Iterable[Verification]) -> tuple[set[str], set[str]]:
    """The fields of which the last check found the value of today right, and those of which it found it wrong."""
    right, wrong = set[str](), set[str]()
    for check in checks:
        same = {name for name, value in check.fields.items() if value == field_value(point, name)}
        right, wrong = (right - same, wrong | same) if check.wrong else (right | same, wrong - same)
    return right, wrong


def field_value(point: ReportingPoint, name: str) -> str:
    """The value of a field as text, the Dutch one where there are two; this is what a check is about."""
    value = getattr(point, f"{name}_nl", None) if f"{name}_nl" in type(point).model_fields else getattr(point, name)
    return "" if value is None else str(value)


def field_names() -> tuple[str, ...]:
    """The words that may stand in ``hidden_until_verified`` and in a check."""
    return ("row", *_GROUPS, *_ALL_FIELDS)


def _expanded(names: Iterable[str]) -> tuple[str, ...]:
    """Field names, with each group replaced by its fields."""
    return tuple(field for name in names for field in _GROUPS.get(name, (name,)))


def record_verification(
    point_id: str,
    *,
    checked_by: str,
    how: str,
    on: datetime.date | None = None,
    fields: Sequence[str] = (),
    wrong: bool = False,
    folder: str | Path | None = None,
) -> Path:
    """Write down that a person checked a reporting point; gives the file it was written to.

    Parameters
    ----------
    point_id : id of the reporting point.
    checked_by : role or initials of the person, such as "coordinator HHS"; no full name, no mail address.
    how : what was done, such as "called the number".
    on : the day of the check; default today. Not in the future.
    fields : what was checked: names of fields, or "contact", "address", "place"; empty for the whole point.
    wrong : True when the check showed that these values do not hold; they are then hidden.
    folder : folder of the registers; default ``data/registers``.

    The values of that day are recorded too. Correct a value in the register first, then record the check.

    Raises
    ------
    InputError : unknown point or field, nothing filled in to check, no name or way given, a future date.
    """
    path = Path(folder) if folder is not None else project_folder("data", "registers")
    # Two who tick at once each read the list and write it: they take turns, so that no check is lost.
    with answers_locked("record a check", path.parent):
        registers = read_registers(path)
        point = registers.reporting_points[point_id]
        day = on or datetime.date.today()
        _refuse_unusable(point, checked_by, how, day, fields)
        names = _expanded(fields) if fields else _ALL_FIELDS
        check = Verification(
            point=point.id,
            whole=not fields,
            fields={name: field_value(point, name) for name in names if field_value(point, name)},
            checked_by=checked_by.strip(),
            on=day,
            how=how.strip(),
            wrong=wrong,
        )
        written = path / "verifications.yaml"
        _write(written, [*registers.verifications, check])
    return written


def _refuse_unusable(
    point: ReportingPoint, checked_by: str, how: str, day: datetime.date, fields: Sequence[str]
) -> None:
    problems = []
    known = (*_GROUPS, *_ALL_FIELDS)
    for name in fields:
        if name not in known:
            problems.append(Problem(f"Field '{name}' cannot be checked.", point.id, did_you_mean(name, known)))
        elif not any(field_value(point, field) for field in _expanded([name])):
            problems.append(
                Problem(
                    f"The register holds no {name} of this point.",
                    point.id,
                    "Fill it in first, then check it.",
                )
            )
    if not checked_by.strip() or "@" in checked_by:
        problems.append(Problem("It is not said who checked.", point.id, "Give a role or initials, no mail address."))
    if not how.strip():
        problems.append(Problem("It is not said how this was checked.", point.id, "Say it, such as 'called'."))
    if day > datetime.date.today():
        problems.append(Problem("The day of the check lies in the future.", point.id, "Give today or earlier."))
    if problems:
        raise InputError(problems)


def _write(path: Path, checks: Sequence[Verification]) -> None:
    """Replace the list in the file, in one move: a broken write never leaves half a file."""
    text = path.read_text(encoding="utf-8")
    head = text[: text.index("\nverifications:") + 1]
    listed = yaml.safe_dump(
        {"verifications": [check.to_yaml() for check in checks]},
        sort_keys=False,
        allow_unicode=True,
        width=100,
    )
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="\n", dir=path.parent, delete=False) as file:
        file.write(head + listed)
    Path(file.name).chmod(path.stat().st_mode)
    Path(file.name).replace(path)


# The order in which a person should check: what most students are sent to comes first.
_IMPORTANCE = (
    "adv",
    "sector-mbo",
    "adv-municipality",
    "school",
    "school-first-line",
    "equality-body",
    "inspectorate",
    "police",
    "lhbti-police",
    "student-union",
    "ombuds",
    "legal",
    "support",
    "lhbti",
    "online",
    "initiative",
)


def unverified_report(registers: Registers, *, language: str | None = None, on: datetime.date | None = None) -> str:
    """What a person must still check, the most important first, as lines of text.

    First the national reporting point that is offered everywhere, then the points that students are sent to
    most, each with what is hidden until then; after that the routing, figures and legal texts nobody
    verified.
    """
    chosen = chosen_language(language)
    states = {point.id: check_state(point, registers.verifications, on=on) for point in registers.reporting_points}
    waiting = [point for point in registers.reporting_points if states[point.id].outdated or states[point.id].hidden]
    waiting.sort(key=lambda point: (point.id != registers.routing.fallback, _IMPORTANCE.index(point.type)))
    lines = [say("checked.points", chosen, count=len(waiting), all=len(registers.reporting_points))]
    lines += [f"  {point.id:15} {_line(point, states[point.id], chosen)}" for point in waiting]
    lines += ["", *_other_lines(registers, chosen)]
    return "\n".join(lines)


def _line(point: ReportingPoint, state: CheckState, language: Language) -> str:
    day = state.checked_on
    when = say("checked.old", language, date=day_text(day, language)) if day else say("checked.never", language)
    if not state.hidden:
        return f"{when}; {say('checked.shown', language)}"
    declared = [name for name in point.hidden_until_verified if name in _GROUPS or name in state.hidden]
    names = dict.fromkeys([*declared, *(["row"] if "row" in state.hidden else []), *state.wrong_fields])
    fields = ", ".join(code_meaning("field", name, language) for name in names)
    return f"{when}; {say('checked.hidden', language, fields=fields)}"


def _other_lines(registers: Registers, language: Language) -> list[str]:
    routes, figures = registers.routing.routes, registers.key_figures
    lines = [
        say("checked.routing", language, count=sum(not route.reviewed for route in routes), all=len(routes)),
        say(
            "checked.figures",
            language,
            hidden=sum(not figure.displayable for figure in figures),
            missing=sum(figure.status == "missing" for figure in figures),
            memory=sum(figure.confidence == "recalled" for figure in figures),
        ),
    ]
    for name, collection in registers.collections().items():
        unchecked = sum(entry.confidence == "recalled" for entry in collection)
        if unchecked and name not in ("routing", "key_figures", "reporting_points"):
            title = collection.title(language)
            lines.append(say("checked.recalled", language, title=title, count=unchecked, all=len(collection)))
    return lines
