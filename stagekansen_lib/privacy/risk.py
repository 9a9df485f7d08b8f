"""How recognisable respondents are by traits that others know of them, and coarser traits until they are not.

k-anonymity: everybody shares their traits with k - 1 others or more. l-diversity: in each such group a sensitive
question has l different answers or more, so that knowing the group does not give the answer away. Groups are named by
their size, never by what is in them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.surveys.codebooks import CODED, Codebook, Variable
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.wording import chosen_language, number_text, percent_text, say

if TYPE_CHECKING:
    import pandas as pd

    from stagekansen_lib.arrays import Integers, Mask


__all__ = [
    "RiskReport",
    "chosen_keys",
    "chosen_sensitive",
    "codes_of",
    "columns_of",
    "describe_risk",
    "groups_of",
    "not_diverse",
]


# The traits of rule "k" in data/registers/survey_rules.yaml, as the baseline codebook names them.
_RULE_TRAITS = ("school", "programme_type", "field", "age_class", "sex")

_SIZES = ((1, 1), (2, 2), (3, 4), (5, 9), (10, 19), (20, math.inf))


@dataclass(frozen=True, eq=False)
class RiskReport:
    """How recognisable respondents are.

    Parameters
    ----------
    table : one line a class of group sizes: size_from, size_to, groups, respondents, share (0 to 1), not_diverse
        (respondents whose group has fewer than ``l`` different answers to a sensitive question).
    k, l : what was asked for.
    keys, sensitive : the variables looked at.
    unsafe, alone, not_diverse : respondents in a group smaller than k, on their own, in a group that is not l-diverse.
    by_sensitive : for each sensitive variable, the respondents whose group has fewer than ``l`` answers to it.
    """

    table: pd.DataFrame
    k: int
    l: int  # noqa: E741 - the name of the measure
    keys: tuple[str, ...]
    sensitive: tuple[str, ...]
    unsafe: int
    alone: int
    not_diverse: int
    by_sensitive: dict[str, int]
    codebook: Codebook
    provenance: Provenance

    @property
    def safe(self) -> bool:
        return not self.unsafe and not self.not_diverse

    def sentence(self, language: str | None = None) -> str:
        """The outcome in one to three sentences."""
        chosen = chosen_language(language)
        total = int(self.table["respondents"].sum())
        labels = [self.codebook[name].label(chosen) if name in self.codebook else name for name in self.keys]
        honest = say("honesty.synthetic_short", chosen)
        parts = [f"{honest[:1].upper()}{honest[1:]}."] if self.provenance.synthetic else []
        parts.append(
            say(
                "privacy.risk", chosen, rows=number_text(total, chosen), keys=", ".join(labels), unsafe=self.unsafe,
                share=percent_text(self.unsafe / max(total, 1), chosen), k=self.k, alone=self.alone,
            )
        )  # fmt: skip
        if not self.unsafe:
            parts.append(say("privacy.risk_fine", chosen, k=self.k))
        if self.sensitive and self.not_diverse:
            parts.append(say("privacy.risk_diverse", chosen, count=self.not_diverse, l=self.l))
        return " ".join(parts)

    def picture(self, language: str | None = None) -> str:
        """The table as an SVG picture: respondents by the size of their group. For the team, as the table is."""
        chosen = chosen_language(language)
        width, step, left = 640, 34, 150
        height = step * len(self.table) + 16
        total = max(int(self.table["respondents"].sum()), 1)
        parts, told = [], []
        for place, line in enumerate(self.table.to_dict("records")):
            label = say("privacy.risk_size", chosen, size=_size_text(line["size_from"], line["size_to"]))
            y = 8 + step * place
            size = (width - left - 60) * line["respondents"] / total
            colour = "#b3261e" if line["size_from"] < self.k else "#1f5fa8"
            parts.append(
                f'<text x="0" y="{y + 17}">{escape(label)}</text>'
                f'<rect x="{left}" y="{y + 3}" width="{size:.1f}" height="20" fill="{colour}"/>'
                f'<text x="{left + size + 8:.1f}" y="{y + 17}">{line["respondents"]}</text>'
            )
            told.append(f"{label}: {line['respondents']}")
        title = say("privacy.risk_title", chosen)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" width="100%" '
            f'style="max-width:{width}px;background:#fff" font-family="sans-serif" font-size="13">'
            f"<title>{escape(title)}</title><desc>{escape('; '.join(told))}</desc>{''.join(parts)}</svg>"
        )

    def __repr__(self) -> str:
        return f"{self.table.to_string(index=False)}\n{self.sentence('en')}"

    def _repr_html_(self) -> str:
        language = chosen_language()
        title = say("privacy.risk_title", language)
        return f"<p>{escape(self.sentence(language))}</p><p><b>{escape(title)}</b></p>{self.picture(language)}"


def describe_risk(
    survey: Survey,
    *,
    keys: Sequence[str] | None = None,
    sensitive: Sequence[str] | None = None,
    k: int = 5,
    l: int = 2,  # noqa: E741
) -> RiskReport:
    """How many respondents stand alone or nearly alone by what others may know of them.

    Parameters
    ----------
    survey : the survey.
    keys : traits that others know; when left out the traits of the privacy rules (school, programme, field, age, sex)
        that the survey has, and coded variables that the codebook calls identifying.
    sensitive : questions whose answer must not follow from the traits; when left out the coded questions of class
        "special" and "sensitive".
    k : smallest group that is safe, 2 or more.
    l : different answers that a group must have, 1 or more.

    Returns
    -------
    RiskReport : with a table, a sentence and a picture. For the team only: sizes under ten are not for others.

    Raises
    ------
    InputError : a variable is not there or holds no codes; no key; k or l out of range.

    Notes
    -----
    A missing answer is a value of its own: an attacker who knows that somebody skipped a question can use that. Sweeney
    (2002), doi:10.1142/S0218488502001648; distinct l-diversity: Machanavajjhala and others (2007),
    doi:10.1145/1217299.1217302. A missing sensitive answer tells nothing and does not count as an answer.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> frame = pd.DataFrame({"school": pd.Categorical(["a"] * 5 + ["b"]), "sex": pd.Categorical(["w"] * 6)})
    >>> report = describe_risk(survey_from_frame(frame), keys=["school", "sex"], sensitive=[])
    >>> report.unsafe, report.alone
    (1, 1)
    """
    import numpy as np
    import pandas as pd

    names = chosen_keys(survey, keys)
    guarded = chosen_sensitive(survey, sensitive, names)
    if k < 2 or l < 1:
        raise InputError(
            Problem(f"k = {k} and l = {l} are not possible.", do="Give k of 2 or more and l of 1 or more.")
        )
    groups = groups_of([codes_of(survey, name) for name in names], len(survey))
    sizes = np.bincount(groups)[groups]
    failing = {name: not_diverse(groups, columns_of(survey, name), l) for name in guarded}
    failing_any = np.zeros(len(survey), dtype=bool)
    for mask in failing.values():
        failing_any |= mask
    lines = []
    for low, high in _SIZES:
        within = (sizes >= low) & (sizes <= high)
        count = int(within.sum())
        lines.append(
            (
                low,
                high,
                len(np.unique(groups[within])),
                count,
                count / max(len(survey), 1),
                int((within & failing_any).sum()),
            )
        )
    columns = ["size_from", "size_to", "groups", "respondents", "share", "not_diverse"]
    return RiskReport(
        pd.DataFrame(lines, columns=columns), k, l, names, guarded, int((sizes < k).sum()), int((sizes == 1).sum()),
        int(failing_any.sum()), {name: int(mask.sum()) for name, mask in failing.items()},
        survey.codebook, survey.provenance,
    )  # fmt: skip


def chosen_keys(survey: Survey, keys: Sequence[str] | None) -> tuple[str, ...]:
    """The traits that others may know: those that were named, else those of the rules and of the codebook.

    Raises
    ------
    InputError : there is none, or one is not there or holds no codes.
    """
    if keys is None:
        identifying = (one for one in survey.codebook.variables.values() if one.privacy == "identifying")
        coded = (one.name for one in identifying if one.kind in CODED)
        names = tuple(name for name in dict.fromkeys((*_RULE_TRAITS, *coded)) if name in survey.rows)
    else:
        names = _distinct(keys)
    if not names:
        raise InputError(Problem("There is no trait to look at.", do="Name them: keys=['school', 'age_class']."))
    _check_coded(survey, names)
    return names


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(dict.fromkeys(names))


def chosen_sensitive(survey: Survey, sensitive: Sequence[str] | None, keys: tuple[str, ...]) -> tuple[str, ...]:
    """The questions whose answer a group must not give away: those that were named, else those of the codebook.

    Raises
    ------
    InputError : one is not there or holds no codes.
    """
    book = survey.codebook
    if sensitive is None:
        return tuple(
            one.name for one in book.variables.values() if _is_sensitive(one) and one.name in survey.rows
            and one.name not in keys
        )  # fmt: skip
    names = _distinct(sensitive)
    _check_coded(survey, [name for name in names if not (name in book and book[name].kind == "multiple")])
    return names


def _is_sensitive(variable: Variable) -> bool:
    coded = variable.kind in ("nominal", "ordinal") and not variable.derived_from
    return coded and variable.privacy in ("special", "sensitive")


def _check_coded(survey: Survey, names: Sequence[str]) -> None:
    import pandas as pd

    known = [str(name) for name in survey.rows.columns]
    problems = []
    for name in names:
        if name not in survey.rows:
            problems.append(Problem(f"There is no variable '{name}' in the survey.", do=did_you_mean(name, known)))
        elif not isinstance(survey.rows[name].dtype, pd.CategoricalDtype):
            problems.append(Problem(f"'{name}' holds no codes.", do="Make classes of it first."))
    if problems:
        raise InputError(problems)


def codes_of(survey: Survey, name: str) -> Integers:
    import numpy as np

    return np.asarray(survey.rows[name].cat.codes, dtype=np.intp)


def columns_of(survey: Survey, name: str) -> list[Integers]:
    """The answers to a sensitive question as codes; each answer of a multiple response is a question of its own."""
    import numpy as np
    import pandas as pd

    if name in survey.rows:
        return [codes_of(survey, name)]
    columns = [column for column in survey.codebook[name].columns if column in survey.rows]
    return [np.asarray(pd.factorize(survey.rows[column])[0], dtype=np.intp) for column in columns]


def groups_of(codes: list[Integers], size: int) -> Integers:
    """The group of each respondent: who has the same traits. A missing trait is a trait of its own."""
    import numpy as np
    import pandas as pd

    group = np.zeros(size, dtype=np.intp)
    for part in codes:
        # Numbered anew each time, so that the product never outgrows a whole number.
        group = pd.factorize(group * (int(part.max(initial=0)) + 2) + part + 1)[0]
    return group


def not_diverse(groups: Integers, columns: list[Integers], l: int) -> Mask:  # noqa: E741
    """Respondents with an answer, in a group that has fewer than ``l`` different ones."""
    import numpy as np
    import pandas as pd

    failing = np.zeros(len(groups), dtype=bool)
    for codes in columns:
        given = codes >= 0
        answers = int(codes.max(initial=0)) + 1
        pairs = pd.unique(groups[given] * answers + codes[given])
        different = np.bincount(pairs // answers, minlength=int(groups.max(initial=0)) + 1)
        failing |= given & (different[groups] < l)
    return failing


def _size_text(low: float, high: float) -> str:
    if high == math.inf:
        return f"{low:.0f}+"
    return f"{low:.0f}" if low == high else f"{low:.0f}-{high:.0f}"
