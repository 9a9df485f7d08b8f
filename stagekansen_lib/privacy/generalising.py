"""Coarser answers, so that fewer respondents can be recognised."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.privacy.risk import (
    RiskReport,
    chosen_keys,
    chosen_sensitive,
    codes_of,
    columns_of,
    describe_risk,
    groups_of,
    not_diverse,
)
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.wording import chosen_language, percent_text, say

if TYPE_CHECKING:
    import pandas as pd

    from stagekansen_lib.arrays import Integers, Mask


__all__ = ["Generalisation", "generalise"]


OTHER = "other"

_MOST_COMBINATIONS = 5_000

_MOST_FORMS = 12

# One line of the table: key, became, how, rows, loss.
_Line = tuple[str, str, str, int, float]


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

    def sentence(self, language: str | None = None) -> str:
        """What became coarser, and how much was lost."""
        chosen, book = chosen_language(language), self.survey.codebook
        coarse = dict.fromkeys(self.table.loc[self.table["how"] != "emptied", "became"])
        steps = [book[name].label(chosen) for name in coarse if name in book]
        emptied = int(self.table.loc[self.table["how"] == "emptied", "rows"].sum())
        return say(
            "privacy.generalised", chosen, k=self.risk.k, steps=", ".join(steps) or say("privacy.no_steps", chosen),
            emptied=emptied, loss=percent_text(self.loss, chosen),
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"{self.table.to_string(index=False)}\n{self.sentence('en')}"


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

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> found = generalise(sk.read_survey("example_2022"), keys=["school", "sex"], sensitive=[])
    >>> found.table[["key", "how", "rows"]].values.tolist(), found.risk.unsafe
    ([['school', 'emptied', 7], ['sex', 'emptied', 7]], 0)
    """
    import pandas as pd

    names = list(chosen_keys(survey, keys))
    guarded = chosen_sensitive(survey, sensitive, tuple(names))
    if not 0 <= most_emptied <= 1:
        raise InputError(Problem(f"most_emptied is {most_emptied}.", do="Give a share of 0 to 1."))
    if len(survey) < k:
        raise InputError(Problem(f"{len(survey)} respondents cannot form a group of {k}.", do="Give a smaller k."))
    describe_risk(survey, keys=names, sensitive=guarded, k=k, l=l)  # says what is wrong with k and l
    traits = [_Trait(survey, name) for name in names]
    lines = _made_coarser(traits, _best_forms(survey, traits, most_emptied, k))
    small = _with_company([trait.codes for trait in traits], k)
    lines += _emptied(traits, small)
    made = _with_traits(survey, traits, k)
    made, more = _diverse(made, [trait.codes for trait in traits], survey, guarded, l)
    return Generalisation(
        made,
        pd.DataFrame([*lines, *more], columns=["key", "became", "how", "rows", "loss"]),
        _lost(traits, small),
        describe_risk(
            made, keys=[trait.name for trait in traits], sensitive=[n for n in guarded if _present(made, n)], k=k, l=l
        ),
    )


def _made_coarser(traits: list[_Trait], forms: Sequence[_Step]) -> list[_Line]:
    lines: list[_Line] = []
    for trait, form in zip(traits, forms, strict=True):
        if form.how:
            lost = 1 - _entropy(form.codes) / trait.first_entropy if trait.first_entropy else 0.0
            lines.append((trait.source, form.became, form.how, int((form.codes >= 0).sum()), lost))
            trait.take(form)
    return lines


def _emptied(traits: list[_Trait], where: Mask) -> list[_Line]:
    """Takes the traits of these respondents away."""
    import numpy as np

    lines: list[_Line] = []
    for trait in traits:
        gone = where & (trait.codes >= 0)
        trait.codes = np.where(where, -1, trait.codes)
        if gone.any():
            lines.append((trait.source, trait.name, "emptied", int(gone.sum()), float(gone.mean())))
    return lines


def _diverse(
    made: Survey,
    codes: list[Integers],
    survey: Survey,
    guarded: Sequence[str],
    l: int,  # noqa: E741
) -> tuple[Survey, list[_Line]]:
    """The survey without sensitive answers that a group gives away."""
    lines: list[_Line] = []
    groups = groups_of(codes, len(survey))
    for name in guarded:
        same = not_diverse(groups, columns_of(survey, name), l)
        if same.any() and _present(made, name):
            made = _without_answers(made, name, same)
            lines.append((name, name, "emptied", int(same.sum()), float(same.mean())))
    return made, lines


def _lost(traits: list[_Trait], emptied: Mask) -> float:
    """The share of the information in all traits together that is gone."""
    before = sum(trait.first_entropy for trait in traits)
    after = sum(min(_entropy(trait.codes[~emptied]), trait.first_entropy) for trait in traits)
    return 1 - after / before if before else 0.0


def _too_small(codes: list[Integers], k: int) -> Mask:
    import numpy as np

    groups = groups_of(codes, len(codes[0]))
    mask: Mask = np.bincount(groups)[groups] < k
    return mask


def _best_forms(survey: Survey, traits: list[_Trait], most_emptied: float, k: int) -> tuple[_Step, ...]:
    """For each trait the form that together keep most information, with few enough respondents left to be emptied.

    All combinations are weighed, the most informative first, until none that is left can be better.
    """
    limit = max(2, int(_MOST_COMBINATIONS ** (1 / len(traits))))
    choices = [_thinned(trait.forms(survey), limit) for trait in traits]
    order = _most_informative_first(choices)
    emptied = _share_emptied(choices, len(survey), k)
    best, kept = order[-1][1], -1.0
    for most, chosen in order:
        if most <= kept:
            break
        gone = emptied(chosen)
        if gone <= most_emptied and most * (1 - gone) > kept:
            best, kept = chosen, most * (1 - gone)
    return tuple(forms[at] for forms, at in zip(choices, best, strict=True))


def _most_informative_first(choices: list[list[_Step]]) -> list[tuple[float, tuple[int, ...]]]:
    """Every combination of forms, one for each trait, with the information in it."""
    worth = [[_entropy(form.codes) for form in forms] for forms in choices]
    combinations = itertools.product(*(range(len(forms)) for forms in choices))
    told = [(sum(own[at] for own, at in zip(worth, chosen, strict=True)), chosen) for chosen in combinations]
    return sorted(told, key=lambda one: -one[0])


def _share_emptied(choices: list[list[_Step]], size: int, k: int) -> Callable[[tuple[int, ...]], float]:
    """How many respondents a combination of forms leaves in a group smaller than k, as a share of all."""
    import numpy as np

    # Respondents who are alike in every form are counted once.
    columns = [form.codes for forms in choices for form in forms]
    alike = groups_of(columns, size)
    counts = np.bincount(alike)
    _, first = np.unique(alike, return_index=True)
    cells = np.column_stack([column[first] for column in columns])
    starts = np.cumsum([0, *(len(forms) for forms in choices)])[:-1]

    def share(chosen: tuple[int, ...]) -> float:
        group = groups_of([cells[:, start + at] for start, at in zip(starts, chosen, strict=True)], len(cells))
        sizes = np.bincount(group, weights=counts)[group]
        return float(counts[sizes < k].sum()) / size

    return share


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
        self.codes = codes_of(survey, name)
        self.labels: tuple[object, ...] = tuple(survey.rows[name].cat.categories)
        self.first_entropy = _entropy(self.codes)
        self.how = ""

    @property
    def entropy(self) -> float:
        return _entropy(self.codes)

    def differs(self, survey: Survey) -> bool:
        """Whether anything of it changed since the survey."""
        return bool(self.how) or bool((self.codes != codes_of(survey, self.source)).any())

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
        # A form that the codebook declares means something; rare answers are merged only where there is none.
        return self._declared(survey) or self._merged()

    def _declared(self, survey: Survey) -> list[_Step]:
        """Variables that the codebook derives from it, of which the codes (nearly) follow."""
        if self.how == "merged":
            return []
        found = []
        for variable in survey.codebook.variables.values():
            fits = self.name in variable.derived_from and variable.kind in ("nominal", "ordinal")
            if fits and variable.name in survey.rows:
                codes = codes_of(survey, variable.name)
                if _entropy(codes) < self.entropy and _follows(codes, self.codes):
                    labels = tuple(survey.rows[variable.name].cat.categories)
                    found.append(_Step(codes, variable.name, "derived", labels))
        return found

    def _merged(self) -> list[_Step]:
        """The rarest answer in "other"; the first time the two rarest."""
        import numpy as np

        counts = np.bincount(self.codes[self.codes >= 0], minlength=len(self.labels))
        present = np.flatnonzero(counts)
        if len(present) < 2:
            return []
        rarest = present[np.argsort(counts[present], kind="stable")]
        other = self.labels.index(OTHER) if OTHER in self.labels else -1
        taken = [code for code in rarest.tolist() if code != other][: 1 if other >= 0 else 2]
        labels = self.labels if other >= 0 else (*self.labels, OTHER)
        codes = np.where(np.isin(self.codes, taken), labels.index(OTHER), self.codes)
        return [_Step(codes, self.name, "merged", labels)]


def _with_traits(survey: Survey, traits: list[_Trait], k: int) -> Survey:
    """The survey with the coarse columns; what could give the fine answer back is gone."""
    touched = [trait for trait in traits if trait.differs(survey)]
    sources = {trait.source for trait in touched}
    drop = _gives_away(survey, sources) - {trait.name for trait in traits}
    columns = _columns_of(survey, drop)
    rows = survey.rows.assign(**{trait.name: _column(survey, trait) for trait in touched})
    reasons = survey.missing_reasons
    names = ", ".join(sorted(sources)) or "none"
    step = f"traits made coarser to k = {k}: {names}; {len(columns)} column(s) left out"
    return replace(
        survey,
        rows=rows.drop(columns=[*{*columns, *drop}], errors="ignore"),
        codebook=_coarse_codebook(survey, touched, drop),
        provenance=survey.provenance.with_step(step),
        missing_reasons=None if reasons is None else reasons.drop(columns=[*drop], errors="ignore"),
        set_aside=None if touched else survey.set_aside,
        reserve=None if touched else survey.reserve,
        _encoded={},
    )


def _columns_of(survey: Survey, names: Iterable[str]) -> list[str]:
    return [column for name in names if name in survey.codebook for column in survey.codebook[name].columns]


def _coarse_codebook(survey: Survey, touched: Sequence[_Trait], drop: Collection[str]) -> Codebook:
    book = {name: variable for name, variable in survey.codebook.variables.items() if name not in drop}
    book |= {trait.name: _of_its_own(book[trait.name], trait.how) for trait in touched if trait.name in book}
    return replace(survey.codebook, variables=book, checks=())


def _gives_away(survey: Survey, sources: set[str]) -> set[str]:
    """The fine variables, and those derived from them."""
    return sources | {one.name for one in survey.codebook.variables.values() if sources & set(one.derived_from)}


def _of_its_own(variable: Variable, how: str) -> Variable:
    """The variable of a coarse trait; the rule that made it cannot be applied again, so it has no source any more."""
    if how == "merged":
        other = Code(OTHER, say("privacy.other_merged", "nl"), say("privacy.other_merged", "en"))
        variable = replace(variable, kind="nominal", codes=(*variable.codes, other))
    return replace(variable, derived_from=())


def _column(survey: Survey, trait: _Trait) -> pd.Series[Any]:
    import pandas as pd

    ordered = bool(survey.rows[trait.name].cat.ordered) and trait.how != "merged"
    categories = pd.Index(list(trait.labels), dtype=object)
    column = pd.Categorical.from_codes(trait.codes, categories=categories, ordered=ordered)
    return pd.Series(column, index=survey.rows.index).cat.remove_unused_categories()


def _follows(coarse: Integers, fine: Integers) -> bool:
    """Whether the coarse codes (nearly) follow from the fine ones: at most a tenth of their information is new."""
    joint = groups_of([coarse, fine], len(fine))
    return _entropy(joint) - _entropy(fine) <= 0.1 * _entropy(coarse)


def _with_company(codes: list[Integers], k: int) -> Mask:
    """The respondents to empty, and whole groups besides, until those emptied form no small group themselves."""
    import numpy as np

    chosen = _too_small(codes, k)
    groups = groups_of(codes, len(chosen))
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


def _present(survey: Survey, name: str) -> bool:
    variable: Variable | None = survey.codebook.variables.get(name)
    return name in survey.rows or (variable is not None and set(variable.columns) <= set(survey.rows.columns))


def _entropy(codes: Integers) -> float:
    import numpy as np

    counts = np.bincount(codes + 1)
    shares = counts[counts > 0] / max(len(codes), 1)
    return float(-(shares * np.log2(shares)).sum())
