"""How recognisable respondents are by traits that others know of them, and coarser traits until they are not.

k-anonymity: everybody shares their traits with k - 1 others or more. l-diversity: in each such group a sensitive
question has l different answers or more, so that knowing the group does not give the answer away. Groups are named by
their size, never by what is in them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

from stagekansen_lib.codebooks import CODED, Code, Codebook, Variable
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.surveys import Provenance, Survey
from stagekansen_lib.wording import Language, chosen_language, number_text, percent_text, say

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
    Integers = NDArray[np.intp]

__all__ = ["Generalisation", "RiskReport", "describe_risk", "generalise"]

# The traits of rule "k" in data/registers/survey_rules.yaml, as the baseline codebook names them.
_RULE_TRAITS = ("school", "programme_type", "field", "age_class", "sex")
_SIZES = ((1, 1), (2, 2), (3, 4), (5, 9), (10, 19), (20, math.inf))
OTHER = "other"
_MOST_COMBINATIONS = 5_000
_MOST_FORMS = 12


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

    def sentence(self, language: Language = "nl") -> str:
        """The outcome in one to three sentences."""
        total = int(self.table["respondents"].sum())
        labels = [self.codebook[name].label(language) if name in self.codebook else name for name in self.keys]
        honest = say("honesty.synthetic_short", language)
        parts = [f"{honest[:1].upper()}{honest[1:]}."] if self.provenance.synthetic else []
        parts.append(
            say(
                "privacy.risk", language, rows=number_text(total, language), keys=", ".join(labels), unsafe=self.unsafe,
                share=percent_text(self.unsafe / max(total, 1), language), k=self.k, alone=self.alone,
            )
        )  # fmt: skip
        if not self.unsafe:
            parts.append(say("privacy.risk_fine", language, k=self.k))
        if self.sensitive and self.not_diverse:
            parts.append(say("privacy.risk_diverse", language, count=self.not_diverse, l=self.l))
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


@dataclass(frozen=True, eq=False)
class Generalisation:
    """A survey with coarser traits, and what that cost.

    Parameters
    ----------
    survey : the survey; fine columns and all that is derived from them are gone.
    table : one line a step: key, became, how ("derived", "merged" or "emptied"), rows, loss (0 to 1, of the information
        in that key).
    loss : share of the information in all keys together that was lost, 0 to 1.
    risk : the report after the last step.
    """

    survey: Survey
    table: pd.DataFrame
    loss: float
    risk: RiskReport

    def sentence(self, language: Language = "nl") -> str:
        """What became coarser, and how much was lost."""
        book = self.survey.codebook
        coarse = dict.fromkeys(self.table.loc[self.table["how"] != "emptied", "became"])
        steps = [book[name].label(language) for name in coarse if name in book]
        emptied = int(self.table.loc[self.table["how"] == "emptied", "rows"].sum())
        return say(
            "privacy.generalised", language, k=self.risk.k, steps=", ".join(steps) or say("privacy.no_steps", language),
            emptied=emptied, loss=percent_text(self.loss, language),
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"{self.table.to_string(index=False)}\n{self.sentence('en')}"


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
    >>> from stagekansen_lib.surveys import survey_from_frame
    >>> frame = pd.DataFrame({"school": pd.Categorical(["a"] * 5 + ["b"]), "sex": pd.Categorical(["w"] * 6)})
    >>> report = describe_risk(survey_from_frame(frame), keys=["school", "sex"], sensitive=[])
    >>> report.unsafe, report.alone
    (1, 1)
    """
    import numpy as np
    import pandas as pd

    names = _chosen_keys(survey, keys)
    guarded = _chosen_sensitive(survey, sensitive, names)
    if k < 2 or l < 1:
        raise InputError(
            Problem(f"k = {k} and l = {l} are not possible.", do="Give k of 2 or more and l of 1 or more.")
        )
    groups = _groups([_codes(survey, name) for name in names], len(survey))
    sizes = np.bincount(groups)[groups]
    failing = {name: _not_diverse(groups, _columns(survey, name), l) for name in guarded}
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


def generalise(
    survey: Survey,
    *,
    keys: Sequence[str] | None = None,
    sensitive: Sequence[str] | None = None,
    k: int = 5,
    l: int = 2,  # noqa: E741
    most_emptied: float = 0.1,
) -> Generalisation:
    """The survey with traits made coarser until every group has k respondents and l answers, with the loss.

    A trait is replaced by a variable that the codebook derives from it (age in two, The Hague or elsewhere, sector in
    three), or its rarest answer is merged with the next rarest into "other", and so on. Of all combinations the one is
    taken that keeps most information. The few respondents whose group is still too small lose their traits. Last, a
    sensitive answer that everybody in a group shares is emptied for that group.

    Parameters
    ----------
    survey, keys, sensitive, k, l : see ``describe_risk``.
    most_emptied : largest share of respondents (0 to 1) whose traits may be emptied.

    Returns
    -------
    Generalisation : survey, steps, loss and the risk that is left.

    Raises
    ------
    InputError : see ``describe_risk``; ``most_emptied`` is no share; there are fewer respondents than k.

    Notes
    -----
    The loss of a trait is the share of its Shannon entropy that is gone; of emptied answers it is their share.
    Information kept is the sum of the entropies of the traits, times the share of respondents who keep them.
    ``set_aside`` and the reserve are emptied too, because they hold fine answers.
    """
    import numpy as np
    import pandas as pd

    names = list(_chosen_keys(survey, keys))
    guarded = _chosen_sensitive(survey, sensitive, tuple(names))
    if not 0 <= most_emptied <= 1:
        raise InputError(Problem(f"most_emptied is {most_emptied}.", do="Give a share of 0 to 1."))
    if len(survey) < k:
        raise InputError(Problem(f"{len(survey)} respondents cannot form a group of {k}.", do="Give a smaller k."))
    describe_risk(survey, keys=names, sensitive=guarded, k=k, l=l)  # says what is wrong with k and l
    traits = [_Trait(survey, name) for name in names]
    lines: list[tuple[str, str, str, int, float]] = []
    for trait, form in zip(traits, _best_forms(survey, traits, most_emptied, k), strict=True):
        if form.how:
            lost = 1 - _entropy(form.codes) / trait.first_entropy if trait.first_entropy else 0.0
            lines.append((trait.source, form.became, form.how, int((form.codes >= 0).sum()), lost))
            trait.take(form)
    small = _too_small([trait.codes for trait in traits], k)
    small = _with_company(small, [trait.codes for trait in traits], k)
    for trait in traits:
        gone = small & (trait.codes >= 0)
        trait.codes = np.where(small, -1, trait.codes)
        if gone.any():
            lines.append((trait.source, trait.name, "emptied", int(gone.sum()), float(gone.mean())))
    made = _with_traits(survey, traits, k)
    groups = _groups([trait.codes for trait in traits], len(survey))
    for name in guarded:
        same = _not_diverse(groups, _columns(survey, name), l)
        if same.any() and _present(made, name):
            made = _without_answers(made, name, same)
            lines.append((name, name, "emptied", int(same.sum()), float(same.mean())))
    before = sum(trait.first_entropy for trait in traits)
    after = sum(min(_entropy(trait.codes[~small]), trait.first_entropy) for trait in traits)
    kept = [trait.name for trait in traits]
    left = [name for name in guarded if _present(made, name)]
    return Generalisation(
        made,
        pd.DataFrame(lines, columns=["key", "became", "how", "rows", "loss"]),
        1 - after / before if before else 0.0,
        describe_risk(made, keys=kept, sensitive=left, k=k, l=l),
    )


def _too_small(codes: list[Integers], k: int) -> Mask:
    import numpy as np

    groups = _groups(codes, len(codes[0]))
    mask: Mask = np.bincount(groups)[groups] < k
    return mask


def _best_forms(survey: Survey, traits: list[_Trait], most_emptied: float, k: int) -> tuple[_Step, ...]:
    """For each trait the form that together keep most information, with few enough respondents left to be emptied.

    All combinations are weighed, the most informative first, until none that is left can be better.
    """
    import numpy as np

    limit = max(2, int(_MOST_COMBINATIONS ** (1 / len(traits))))
    choices = [_thinned(trait.forms(survey), limit) for trait in traits]
    # Respondents who are alike in every form are counted once.
    columns = [form.codes for forms in choices for form in forms]
    alike = _groups(columns, len(survey))
    counts = np.bincount(alike)
    _, first = np.unique(alike, return_index=True)
    cells = np.column_stack([column[first] for column in columns])
    starts = np.cumsum([0, *(len(forms) for forms in choices)])
    worth = [[_entropy(form.codes) for form in forms] for forms in choices]
    order = sorted(
        itertools.product(*(range(len(forms)) for forms in choices)),
        key=lambda chosen: -sum(own[at] for own, at in zip(worth, chosen, strict=True)),
    )
    best: tuple[float, tuple[int, ...]] = (-1.0, order[-1])
    for chosen in order:
        most = sum(own[at] for own, at in zip(worth, chosen, strict=True))
        if most <= best[0]:
            break
        group = _groups([cells[:, start + at] for start, at in zip(starts, chosen, strict=False)], len(cells))
        sizes = np.bincount(group, weights=counts)[group]
        emptied = float(counts[sizes < k].sum()) / len(survey)
        if emptied <= most_emptied and most * (1 - emptied) > best[0]:
            best = (most * (1 - emptied), chosen)
    return tuple(forms[at] for forms, at in zip(choices, best[1], strict=True))


def _thinned(forms: list[_Step], limit: int) -> list[_Step]:
    """At most so many forms: the finest, the coarsest, and some spread between."""
    import numpy as np

    forms = sorted(forms, key=lambda form: -_entropy(form.codes))
    if len(forms) <= limit:
        return forms
    return [forms[place] for place in np.unique(np.linspace(0, len(forms) - 1, limit).round().astype(int))]


@dataclass(frozen=True)
class _Step:
    """One coarser form of a trait: its codes, the variable it becomes, and how."""

    codes: Integers
    became: str
    how: str
    labels: tuple[object, ...]


class _Trait:
    """A key while it is made coarser."""

    def __init__(self, survey: Survey, name: str) -> None:
        self.source = self.name = name
        self.codes = _codes(survey, name)
        self.labels: tuple[object, ...] = tuple(survey.rows[name].cat.categories)
        self.first_entropy = _entropy(self.codes)
        self.how = ""

    @property
    def entropy(self) -> float:
        return _entropy(self.codes)

    def take(self, step: _Step) -> None:
        self.codes, self.name, self.how, self.labels = step.codes, step.became, step.how, step.labels

    def forms(self, survey: Survey) -> list[_Step]:
        """The trait as it is and every coarser form of it."""
        found = [_Step(self.codes, self.name, "", self.labels)]
        for step in found:
            here = _Trait(survey, self.source)
            here.take(step)
            found += [one for one in here.steps(survey) if len(found) < _MOST_FORMS]
        return found

    def steps(self, survey: Survey) -> list[_Step]:
        """Every form that is one step coarser."""
        import numpy as np

        found = []
        if self.how != "merged":
            for variable in survey.codebook.variables.values():
                fits = self.name in variable.derived_from and variable.kind in ("nominal", "ordinal")
                if fits and variable.name in survey.rows:
                    codes = _codes(survey, variable.name)
                    if _entropy(codes) < self.entropy and _follows(codes, self.codes):
                        labels = tuple(survey.rows[variable.name].cat.categories)
                        found.append(_Step(codes, variable.name, "derived", labels))
        counts = np.bincount(self.codes[self.codes >= 0], minlength=len(self.labels))
        present = np.flatnonzero(counts)
        # A form that the codebook declares means something; rare answers are merged only where there is none.
        if len(present) >= 2 and not found:
            # "other" swallows the rarest answer; the first time the two rarest become "other".
            rarest = present[np.argsort(counts[present], kind="stable")]
            other = self.labels.index(OTHER) if OTHER in self.labels else -1
            taken = [code for code in rarest.tolist() if code != other][: 1 if other >= 0 else 2]
            labels = self.labels if other >= 0 else (*self.labels, OTHER)
            target = labels.index(OTHER)
            codes = np.where(np.isin(self.codes, taken), target, self.codes)
            found.append(_Step(codes, self.name, "merged", labels))
        return found


def _with_traits(survey: Survey, traits: list[_Trait], k: int) -> Survey:
    """The survey with the coarse columns; what could give the fine answer back is gone."""
    import pandas as pd

    rows = survey.rows
    book = dict(survey.codebook.variables)
    touched = {trait.source for trait in traits if trait.how or (trait.codes != _codes(survey, trait.source)).any()}
    kept = {trait.name for trait in traits}
    drop = set(touched) - kept
    for variable in survey.codebook.variables.values():
        if touched & set(variable.derived_from) and variable.name not in kept:
            drop.add(variable.name)
    changed = {}
    for trait in traits:
        if trait.source not in touched:
            continue
        ordered = bool(rows[trait.name].cat.ordered) and trait.how != "merged"
        categories = list(trait.labels)
        column = pd.Categorical.from_codes(trait.codes, categories=pd.Index(categories, dtype=object), ordered=ordered)
        changed[trait.name] = pd.Series(column, index=rows.index).cat.remove_unused_categories()
        if trait.how == "merged" and trait.name in book:
            other = Code(OTHER, "anders (samengevoegd)", "other (merged)")
            book[trait.name] = replace(book[trait.name], kind="nominal", codes=(*book[trait.name].codes, other))
        # A sourceless variable of its own now: the rule that made it cannot be applied again.
        if trait.name in book:
            book[trait.name] = replace(book[trait.name], derived_from=())
    columns = [column for name in drop if name in survey.codebook for column in survey.codebook[name].columns]
    rows = rows.assign(**changed).drop(columns=[column for column in {*columns, *drop} if column in rows])
    reasons = survey.missing_reasons
    if reasons is not None:
        reasons = reasons.drop(columns=[name for name in drop if name in reasons])
    gone = f"{len(columns)} column(s) left out"
    step = f"traits made coarser to k = {k}: {', '.join(sorted(touched)) or 'none'}; {gone}"
    made = {name: variable for name, variable in book.items() if name not in drop}
    return replace(
        survey,
        rows=rows,
        codebook=replace(survey.codebook, variables=made, checks=()),
        provenance=survey.provenance.with_step(step),
        missing_reasons=reasons,
        set_aside=None if touched else survey.set_aside,
        reserve=None if touched else survey.reserve,
        _encoded={},
    )


def _follows(coarse: Integers, fine: Integers) -> bool:
    """Whether the coarse codes (nearly) follow from the fine ones: at most a tenth of their information is new."""
    joint = _groups([coarse, fine], len(fine))
    return _entropy(joint) - _entropy(fine) <= 0.1 * _entropy(coarse)


def _with_company(small: Mask, codes: list[Integers], k: int) -> Mask:
    """The respondents to empty, and whole groups besides, until those emptied form no small group themselves."""
    import numpy as np

    chosen = small.copy()
    groups = _groups(codes, len(chosen))
    sizes = np.bincount(groups)
    for group in np.argsort(sizes, kind="stable").tolist():
        if not chosen.any() or not _too_small([np.where(chosen, -1, part) for part in codes], k).any():
            break
        chosen |= groups == group
    return chosen


def _without_answers(survey: Survey, name: str, where: Mask) -> Survey:
    """The survey without some answers to a question, also in what is derived from it."""
    names = {name}
    for variable in survey.codebook.variables.values():
        if names & set(variable.derived_from):
            names.add(variable.name)
    columns = [column for one in names for column in survey.codebook[one].columns if column in survey.rows]
    rows = survey.rows.assign(**{column: survey.rows[column].mask(where) for column in columns})
    step = f"'{name}' emptied for {int(where.sum())} respondents whose group gives the answer away"
    return replace(survey, rows=rows, provenance=survey.provenance.with_step(step), _encoded={})


def _chosen_keys(survey: Survey, keys: Sequence[str] | None) -> tuple[str, ...]:
    book = survey.codebook
    if keys is None:
        named = [name for name in _RULE_TRAITS if name in survey.rows]
        named += [
            one.name
            for one in book.variables.values()
            if one.privacy == "identifying" and one.kind in CODED and one.name in survey.rows and one.name not in named
        ]
        names = tuple(named)
    else:
        names = (keys,) if isinstance(keys, str) else tuple(dict.fromkeys(keys))
    if not names:
        raise InputError(Problem("There is no trait to look at.", do="Name them: keys=['school', 'age_class']."))
    _check_coded(survey, names)
    return names


def _chosen_sensitive(survey: Survey, sensitive: Sequence[str] | None, keys: tuple[str, ...]) -> tuple[str, ...]:
    if sensitive is not None:
        names = (sensitive,) if isinstance(sensitive, str) else tuple(dict.fromkeys(sensitive))
        single = [name for name in names if not (name in survey.codebook and survey.codebook[name].kind == "multiple")]
        _check_coded(survey, single)
        return names
    return tuple(
        one.name
        for one in survey.codebook.variables.values()
        if one.privacy in ("special", "sensitive")
        and one.kind in ("nominal", "ordinal")
        and not one.derived_from
        and one.name in survey.rows
        and one.name not in keys
    )


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


def _present(survey: Survey, name: str) -> bool:
    variable: Variable | None = survey.codebook.variables.get(name)
    return name in survey.rows or (variable is not None and set(variable.columns) <= set(survey.rows.columns))


def _codes(survey: Survey, name: str) -> Integers:
    import numpy as np

    return np.asarray(survey.rows[name].cat.codes, dtype=np.intp)


def _columns(survey: Survey, name: str) -> list[Integers]:
    """The answers to a sensitive question as codes; each answer of a multiple response is a question of its own."""
    import numpy as np
    import pandas as pd

    if name in survey.rows:
        return [_codes(survey, name)]
    columns = [column for column in survey.codebook[name].columns if column in survey.rows]
    return [np.asarray(pd.factorize(survey.rows[column])[0], dtype=np.intp) for column in columns]


def _groups(codes: list[Integers], size: int) -> Integers:
    """The group of each respondent: who has the same traits. A missing trait is a trait of its own."""
    import numpy as np
    import pandas as pd

    group = np.zeros(size, dtype=np.intp)
    for part in codes:
        # Numbered anew each time, so that the product never outgrows a whole number.
        group = pd.factorize(group * (int(part.max(initial=0)) + 2) + part + 1)[0]
    return group


def _not_diverse(groups: Integers, columns: list[Integers], l: int) -> Mask:  # noqa: E741
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


def _entropy(codes: Integers) -> float:
    import numpy as np

    counts = np.bincount(codes + 1)
    shares = counts[counts > 0] / max(len(codes), 1)
    return float(-(shares * np.log2(shares)).sum())


def _size_text(low: float, high: float) -> str:
    if high == math.inf:
        return f"{low:.0f}+"
    return f"{low:.0f}" if low == high else f"{low:.0f}-{high:.0f}"
