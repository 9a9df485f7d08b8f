"""While a survey is open: how many answers each group has against its target, and what is missing most.

For the team. The counts have not passed ``protect``: nothing of this leaves the team.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.assets import token
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.population.margins import Margins
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.wording import LANGUAGES, Language, chosen_language, date_text, number_text, percent_text, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FieldworkProgress", "Targets", "fieldwork_progress", "plan_targets", "read_targets"]

_STATES = ("reached", "on_track", "behind", "no_answers")
# State of a group -> design token of its bar.
_COLOURS = {"reached": "accent", "on_track": "bar", "behind": "scale-high", "no_answers": "warm"}


@dataclass(frozen=True)
class Targets:
    """How many answers each group should reach, and between which days the survey is open.

    ``answers`` holds, for each variable, the wanted number of answers of each code. The days may be unknown.
    """

    answers: Mapping[str, Mapping[Any, int]]
    opens: dt.date | None = None
    closes: dt.date | None = None
    source: str = ""

    def expected_share(self, on: dt.date) -> float | None:
        """The part of its time that the survey has been open on a day, 0 to 1; None when the days are unknown.

        >>> targets = Targets({}, dt.date(2026, 3, 1), dt.date(2026, 3, 31))
        >>> targets.expected_share(dt.date(2026, 3, 16))
        0.5
        """
        if self.opens is None or self.closes is None:
            return None
        open_days = (self.closes - self.opens).days
        return min(1.0, max(0.0, (on - self.opens).days / open_days))


def plan_targets(
    margins: Margins, answers: int, *, opens: dt.date | None = None, closes: dt.date | None = None
) -> Targets:
    """Targets that follow the population: so many answers, divided as the margins are.

    Parameters
    ----------
    margins : population counts of one variable at a time.
    answers : wanted number of answers in all, 1 or more. Each target is rounded so that they add up to it.
    opens, closes : first and last day of the survey.

    Returns
    -------
    Targets : for each variable of the margins the wanted answers of each code.

    Raises
    ------
    InputError : ``answers`` is no number above zero, or the margins are of combinations of variables.

    Examples
    --------
    >>> plan_targets(Margins("levels", {"level": {1: 600, 2: 401}}), 324).answers["level"]
    {1: 194, 2: 130}
    """
    crossed = [key for key in margins.targets if not isinstance(key, str)]
    problems = []
    if crossed:
        problems.append(Problem(f"Margins '{margins.name}' cross variables.", do="Give margins of one variable each."))
    if isinstance(answers, bool) or not isinstance(answers, int) or answers < 1:
        problems.append(Problem(f"{answers!r} is no number of answers.", do="Give a whole number above zero."))
    if problems:
        raise InputError(problems)
    planned = {str(key): _divided(margins.shares(key), answers) for key in margins.targets}
    return _checked(Targets(planned, opens, closes, margins.name), margins.name)


def read_targets(path: str | Path) -> Targets:
    """Targets from a YAML file: ``opens``, ``closes`` (days) and ``targets`` (variable: {code: answers}).

    Parameters
    ----------
    path : the file.

    Returns
    -------
    Targets : as written; the days are None when the file does not give them.

    Raises
    ------
    InputError : the file cannot be read, or a day or a number in it is none; all problems at once.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "targets.yaml"
    ...     written = file.write_text("closes: 2026-04-30\\ntargets: {level: {1: 150, 2: 150}}")
    ...     targets = read_targets(file)
    >>> targets.answers, targets.closes
    ({'level': {1: 150, 2: 150}}, datetime.date(2026, 4, 30))
    """
    file = Path(path)
    read = read_yaml(file)
    known = {"opens", "closes", "targets", "note"}
    if not isinstance(read.get("targets"), dict) or set(read) - known:
        raise InputError(
            Problem("The file does not hold targets.", file.name, "Give 'targets', and perhaps 'opens' and 'closes'.")
        )
    targets = {str(name): counts for name, counts in read["targets"].items()}
    return _checked(Targets(targets, read.get("opens"), read.get("closes"), file.name), file.name)


@dataclass(frozen=True, eq=False)
class FieldworkProgress:
    """Answers against targets, group by group.

    Parameters
    ----------
    table : one row a group, in the order of the targets: ``variable``, ``code``, ``label_nl``, ``label_en``,
        ``answers``, ``target``, ``missing`` (answers still wanted, 0 or more), ``reached`` (answers over target),
        ``state``: "reached", "on_track", "behind" (fewer than the days gone by would give) or "no_answers".
    questions : one row a closed question that was skipped: ``variable``, ``label_nl``, ``label_en``, ``asked``,
        ``skipped`` (share of those asked, 0 to 1), the most skipped first. Not being asked is no skipping.
    on : the day of this look. ``answers``: answers in all. ``without_group``: answers without a group, by variable.
    """

    table: pd.DataFrame
    questions: pd.DataFrame
    targets: Targets
    on: dt.date
    answers: int
    synthetic: bool
    without_group: Mapping[str, int] = field(default_factory=dict)

    def sentence(self, language: str | None = None) -> str:
        """Where the fieldwork stands, and which groups need help first, in plain sentences."""
        chosen = chosen_language(language)
        parts = [say("fieldwork.synthetic", chosen)] if self.synthetic else []
        parts.append(
            say("fieldwork.answers", chosen, n=number_text(self.answers, chosen), on=date_text(self.on, chosen))
        )
        if self.targets.closes and self.on <= self.targets.closes:
            days = (self.targets.closes - self.on).days
            parts.append(say("fieldwork.days_left", chosen, days=days))
        short = self.table[self.table["missing"] > 0].sort_values("missing", ascending=False, kind="stable")
        if short.empty:
            parts.append(say("fieldwork.all_reached", chosen))
        else:
            listed = ", ".join(
                f"{row[f'label_{chosen}']} ({number_text(row['missing'], chosen)})"
                for _, row in short.head(3).iterrows()
            )
            parts.append(say("fieldwork.missing_most", chosen, groups=listed))
        for name, count in self.without_group.items():
            if count:
                parts.append(say("fieldwork.without", chosen, n=number_text(count, chosen), variable=name))
        return " ".join(parts)

    def picture(self, language: str | None = None) -> str:
        """A bar for each group, full at its target, with the number that is still wanted. SVG, for the team only."""
        chosen, expected = chosen_language(language), self.targets.expected_share(self.on)
        row_height, top = 46, 30
        height = top + row_height * len(self.table) + 26
        title = say("fieldwork.title", chosen)
        if self.synthetic:
            title += f" ({say('honesty.synthetic_short', chosen)})"
        parts = [f'<text x="0" y="16" font-weight="700">{escape(title)}</text>']
        for place, (_, row) in enumerate(self.table.iterrows()):
            y = top + place * row_height
            width = 100 * min(1.0, row["reached"])
            words = say(
                f"fieldwork.bar_{row['state']}",
                chosen,
                n=number_text(row["answers"], chosen),
                target=number_text(row["target"], chosen),
                missing=number_text(row["missing"], chosen),
            )
            parts += [
                f'<text x="0" y="{y + 14}"><tspan font-weight="600">{escape(row[f"label_{chosen}"])}</tspan> '
                f"{escape(words)}</text>",
                f'<rect x="0" y="{y + 20}" width="100%" height="12" fill="{token("track")}"/>',
                f'<rect x="0" y="{y + 20}" width="{width:.4g}%" height="12" fill="{token(_COLOURS[row["state"]])}"/>',
            ]
        if expected is not None and 0 < expected < 1:
            parts.append(
                f'<line x1="{100 * expected:.4g}%" x2="{100 * expected:.4g}%" y1="{top}" y2="{height - 24}"'
                f' stroke="{token("ink")}" stroke-dasharray="3 3"/>'
                f'<text x="{100 * expected:.4g}%" y="{height - 8}" text-anchor="middle" font-size="12">'
                f"{escape(say('fieldwork.today', chosen))}</text>"
            )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{height}" role="img"'
            f' style="max-width:100%;background:{token("card")};overflow:visible"'
            ' font-family="sans-serif" font-size="14">'
            f"<title>{escape(title)}</title><desc>{escape(self.sentence(chosen))}</desc>{''.join(parts)}</svg>"
        )

    def labelled(self, language: str | None = None) -> pd.DataFrame:
        """The table as people read it."""
        chosen = chosen_language(language)
        columns = {
            say("fieldwork.group", chosen): self.table[f"label_{chosen}"],
            say("fieldwork.have", chosen): self.table["answers"],
            say("fieldwork.target", chosen): self.table["target"],
            say("fieldwork.wanted", chosen): self.table["missing"],
            say("fieldwork.state", chosen): [say(f"fieldwork.state_{state}", chosen) for state in self.table["state"]],
        }
        import pandas as pd

        return pd.DataFrame(columns)

    def _skipped(self, language: Language) -> list[str]:
        return [
            f"{row[f'label_{language}']} ({percent_text(row['skipped'], language)})"
            for _, row in self.questions.head(5).iterrows()
        ]

    def __repr__(self) -> str:
        text = f"{self.labelled('en').to_string(index=False)}\n{self.sentence('en')}"
        skipped = "; ".join(self._skipped("en"))
        return f"{text}\n{say('fieldwork.skipped', 'en', questions=skipped)}" if skipped else text

    def _repr_html_(self) -> str:
        chosen = chosen_language()
        skipped = self._skipped(chosen)
        last = f"<p>{escape(say('fieldwork.skipped', chosen, questions='; '.join(skipped)))}</p>" if skipped else ""
        return f"{self.picture(chosen)}<p>{escape(self.sentence(chosen))}</p>{last}"


def fieldwork_progress(survey: Survey, targets: Targets, *, on: dt.date | None = None) -> FieldworkProgress:
    """How many answers each group has against its target, and what is missing most.

    Parameters
    ----------
    survey : the answers so far, as ``read_survey`` gives them. Weights play no part.
    targets : from ``read_targets`` or ``plan_targets``.
    on : the day of the look; today when left out.

    Returns
    -------
    FieldworkProgress. An answer without a group counts in no group and is told apart: answers = sum of the groups of a
    variable + those without one.

    Raises
    ------
    InputError : a target for a variable that the survey does not have, or for a code that its codebook does not know.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> survey = sk.read_survey("example_2022")
    >>> found = fieldwork_progress(survey, Targets({"level": {1: 150, 2: 150}}), on=dt.date(2022, 5, 1))
    >>> found.table[["code", "answers", "target", "missing", "state"]].to_dict("list")
    {'code': [1, 2], 'answers': [129, 195], 'target': [150, 150], 'missing': [21, 0], 'state': ['behind', 'reached']}
    """
    import pandas as pd

    day, book = on or dt.date.today(), survey.codebook
    _refuse_unfitting(survey, targets)
    expected, rows, without = targets.expected_share(day), [], {}
    for name, wanted in targets.answers.items():
        counts = survey.rows[name].value_counts()
        without[book[name].label(chosen_language()) if name in book else name] = int(survey.rows[name].isna().sum())
        for code, target in wanted.items():
            have = int(counts.get(code, 0))
            labels = [book[name].code_label(code, one) if name in book else str(code) for one in LANGUAGES]
            state = _state(have, target, expected)
            rows.append((name, code, *labels, have, target, max(0, target - have), have / target, state))
    columns = ["variable", "code", "label_nl", "label_en", "answers", "target", "missing", "reached", "state"]
    return FieldworkProgress(
        table=pd.DataFrame(rows, columns=columns),
        questions=_skipped_questions(survey),
        targets=targets,
        on=day,
        answers=len(survey),
        synthetic=survey.provenance.synthetic,
        without_group=without,
    )


def _refuse_unfitting(survey: Survey, targets: Targets) -> None:
    """Targets are of variables that the survey has, and of answers that its codebook knows."""
    problems = []
    for name, wanted in targets.answers.items():
        if name not in survey.rows:
            known = [str(column) for column in survey.rows.columns]
            problems.append(Problem(f"There is no variable '{name}' in the survey.", do=did_you_mean(name, known)))
            continue
        codes = survey.codebook[name].valid_codes if name in survey.codebook else ()
        unknown = [code for code in wanted if codes and code not in codes]
        problems += [Problem(f"'{code}' is no answer to '{name}'.", do=did_you_mean(code, codes)) for code in unknown]
    if problems:
        raise InputError(problems, "The targets do not fit the survey.")


def _state(have: int, target: int, expected: float | None) -> str:
    """Where a group stands when this part of the days has gone by; without days, what is not reached is behind."""
    if have >= target:
        return "reached"
    if not have:
        return "no_answers"
    due = target if expected is None else math.floor(target * expected)
    return "on_track" if have >= due else "behind"


def _skipped_questions(survey: Survey) -> pd.DataFrame:
    """The closed questions that students saw and left blank or would not answer, the most skipped first."""
    import pandas as pd

    rows: list[tuple[str, str, str, int, float]] = []
    found = survey.missing_reasons if survey.missing_reasons is not None else pd.DataFrame()
    for name in map(str, found.columns):
        # Few students write in an open field, and nobody has to: that is no sign of a bad question.
        if name not in survey.codebook or survey.codebook[name].derived_from or survey.codebook[name].kind == "open":
            continue
        reasons = found[name]
        asked = int((reasons != "not_asked").sum())
        skipped = int(reasons.isin(["blank", "prefer_not_to_say"]).sum())
        if asked and skipped:
            variable = survey.codebook[name]
            rows.append((name, variable.label_nl, variable.label_en, asked, skipped / asked))
    listed = pd.DataFrame(rows, columns=["variable", "label_nl", "label_en", "asked", "skipped"])
    return listed.sort_values("skipped", ascending=False, kind="stable", ignore_index=True)


def _divided(shares: Mapping[Any, float], answers: int) -> dict[Any, int]:
    """Whole numbers that follow the shares and add up to the whole: the largest remainders are rounded up."""
    whole = {code: math.floor(share * answers) for code, share in shares.items()}
    left = answers - sum(whole.values())
    for code in sorted(shares, key=lambda one: whole[one] - shares[one] * answers)[:left]:
        whole[code] += 1
    return whole


def _checked(targets: Targets, where: str) -> Targets:
    problems = [problem for name, wanted in targets.answers.items() for problem in _doubts(name, wanted, where)]
    for name, day in (("opens", targets.opens), ("closes", targets.closes)):
        # A moment is a day for Python, and has an hour that nobody asked for.
        if type(day) not in (dt.date, type(None)):
            problems.append(Problem(f"'{name}' is no day.", where, "Write it like 2026-03-01."))
    if not problems and targets.opens and targets.closes and targets.opens >= targets.closes:
        problems.append(Problem("The survey closes before it opens.", where, "Change 'opens' or 'closes'."))
    if problems:
        raise InputError(problems, "The targets cannot be used.")
    return targets


def _doubts(name: str, wanted: object, where: str) -> list[Problem]:
    """What is wrong with the targets of one variable."""
    if not isinstance(wanted, Mapping) or not wanted:
        return [Problem(f"'{name}' has no targets.", where, "Give a number of answers for each code.")]
    return [
        Problem(f"The target of '{name}', {code!r}, is {count!r}.", where, "Give a whole number above zero.")
        for code, count in wanted.items()
        if isinstance(count, bool) or not isinstance(count, int) or count < 1
    ]
