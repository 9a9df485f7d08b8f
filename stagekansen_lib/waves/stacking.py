"""Several waves as one survey, with the wave as a variable."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from stagekansen_lib.arguments import said
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.encoding import plain_value
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.surveys import Survey, need_survey
from stagekansen_lib.waves.breaks import question_changes
from stagekansen_lib.waves.stacked_designs import stacked_design

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Integers

__all__ = ["WAVE", "named_waves", "stack", "wave_years"]

# The variable of the stacked survey that says which wave a row is of.
WAVE = "wave"

# Columns that may say of which year or wave a survey is, when they hold one value.
_TOLD_BY = ("year", "jaar", WAVE)


def stack(
    surveys: Sequence[Survey] | Mapping[Any, Survey], names: Sequence[Any] | None = None, *, panel: str | None = None
) -> Survey:
    """Several waves as one survey with a variable ``wave``, to compare and model them together.

    Parameters
    ----------
    surveys : two waves or more, the earliest first; or a mapping from the name of a wave to its survey. Weighted or
        not, whole or a subset.
    names : names of the waves, numbers or texts; when left out the keys of a mapping, else the year that a wave tells
        (in its name, or in a column ``year``, ``jaar`` or ``wave`` that holds one value), else 1, 2 and so on.
    panel : a column of units that come back, such as the number of a respondent who answered in more waves, or the
        school. They are then the clusters of the whole, and strata hold over all waves, so that a change knows the
        covariance between waves.

    Returns
    -------
    Survey : the rows of all waves in their order, numbered anew from 0. ``wave`` is an ordinal variable. Each wave
        keeps its strata (within the wave), clusters, weights and what its weighting explains. Synthetic or
        self-selected when one of the waves is. ``provenance.history`` holds that of each wave, and one line for each
        two waves that follow each other with the questions that differ. A variable that a wave did not ask is missing
        there, with the reason "not_asked". Labels that differ are those of the last wave.

    Raises
    ------
    InputError : fewer than two surveys; a name twice; a survey with a column ``wave`` of its own that holds several
        values; replicate weights; designs with other numbers of stages; a panel column that is absent or empty, of
        subsets, or whose units change stratum.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
    >>> first = survey_from_frame(pd.DataFrame({"safe": [1, 0, 1], "hours": [8, 6, 7]}))
    >>> second = survey_from_frame(pd.DataFrame({"safe": [1, 1, 1]}))
    >>> both = stack([first, second], names=[2025, 2026])
    >>> both.rows["wave"].tolist(), both.provenance.history[-1]
    ([2025, 2025, 2025, 2026, 2026, 2026], 'questions that changed from 2025 to 2026: hours (absent)')
    """
    waves = named_waves(surveys, names)
    parts = list(waves.values())
    sizes = [len(part) for part in parts]
    codes = np.repeat(np.arange(len(parts), dtype=np.intp), sizes)
    book = _one_codebook(waves)
    design = stacked_design(waves, panel)
    return Survey(
        _rows(parts, codes, list(waves)), book, replace(design, described=_described(design, len(parts))),
        _origin(waves, panel), missing_reasons=_reasons(parts),
    )  # fmt: skip


def _described(design: Any, waves: int) -> str:
    stage = design.stages[0]
    clusters = "" if stage.clusters is None else f", {len(stage.cluster_stratum):,} clusters"
    return f"{waves} waves, {len(stage.sampled):,} strata{clusters}"


def named_waves(surveys: Any, names: Sequence[Any] | None = None) -> dict[Any, Survey]:
    """The waves by name, in order; refused when they are no surveys, too few, or share a name."""
    if isinstance(surveys, Survey) or not isinstance(surveys, (Mapping, Sequence)):
        raise InputError(Problem(f"surveys is {said(surveys)}.", do="Give a list of surveys, one a wave."))
    parts = list(surveys.values() if isinstance(surveys, Mapping) else surveys)
    for part in parts:
        need_survey(part)
    if len(parts) < 2:
        raise InputError(Problem(f"There are {len(parts)} waves.", do="Give two waves or more."))
    keys = list(surveys) if isinstance(surveys, Mapping) else wave_years(parts) or list(range(1, len(parts) + 1))
    if names is not None and (isinstance(names, str) or not isinstance(names, Iterable)):
        raise InputError(Problem(f"names is {said(names)}.", do="Give a list with a name for each wave."))
    chosen = [_plain_name(name) for name in (keys if names is None else names)]
    if len(chosen) != len(parts) or len(set(chosen)) < len(chosen):
        raise InputError(
            Problem(f"There are {len(parts)} waves and {len(set(chosen))} different names.", do="Give a name for each.")
        )
    return dict(zip(chosen, parts, strict=True))


def _plain_name(name: Any) -> Any:
    if isinstance(name, bool) or not isinstance(name, (str, int, float, np.integer)):
        raise InputError(Problem(f"A wave is called {said(name)}.", do="Name waves by a year or a text."))
    return plain_value(name)


def wave_years(parts: Sequence[Survey]) -> list[Any]:
    """The year or number that each wave tells of itself; empty unless all tell one, and each another."""
    for name in _TOLD_BY:
        if all(name in part.rows.columns and part.rows[name].nunique(dropna=False) == 1 for part in parts):
            found = [plain_value(part.rows[name].iloc[0]) for part in parts]
            if len(set(found)) == len(found):
                return found
    told = [set(re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", part.provenance.survey)) for part in parts]
    years = [int(each.pop()) for each in told if len(each) == 1]
    return years if len(years) == len(parts) and len(set(years)) == len(years) else []


def _rows(parts: Sequence[Survey], codes: Integers, names: list[Any]) -> pd.DataFrame:
    own = [part for part in parts if WAVE in part.rows.columns and part.rows[WAVE].nunique(dropna=False) > 1]
    if own:
        raise InputError(
            Problem(f"A survey has a column '{WAVE}' that holds several values.", do="Rename it before stacking.")
        )
    columns = [name for name in dict.fromkeys(name for part in parts for name in part.rows.columns) if name != WAVE]
    made = {name: _column([part.rows.get(name) for part in parts], [len(part) for part in parts]) for name in columns}
    waves = pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(names, ordered=True))
    return pd.DataFrame({WAVE: waves, **made})


def _column(columns: Sequence[pd.Series[Any] | None], sizes: Sequence[int]) -> Any:
    """One column of all waves; missing where a wave did not ask it."""
    there = [column for column in columns if column is not None]
    if all(isinstance(column.dtype, pd.CategoricalDtype) for column in there):
        return _answers_of_all(columns, sizes, there)
    kinds = {column.dtype.kind if isinstance(column.dtype, np.dtype) else "O" for column in there}
    pairs = list(zip(columns, sizes, strict=True))
    if kinds <= set("iuf"):
        numbers = [np.full(size, np.nan) if column is None else column.to_numpy() for column, size in pairs]
        return np.concatenate(numbers)
    listed = [[None] * size if column is None else column.astype(object).tolist() for column, size in pairs]
    alike = len({column.dtype for column in there}) == 1
    return pd.Series(list(itertools.chain.from_iterable(listed)), dtype=there[0].dtype if alike else object)


def _answers_of_all(
    columns: Sequence[pd.Series[Any] | None], sizes: Sequence[int], there: Sequence[pd.Series[Any]]
) -> Any:
    """Answers from a list, with the answers of every wave in the list."""
    levels = list(dict.fromkeys(level for column in there for level in column.cat.categories))
    place = pd.Index(levels, dtype=object)
    codes = []
    for column, size in zip(columns, sizes, strict=True):
        if column is None:
            codes.append(np.full(size, -1))
            continue
        own = place.get_indexer(pd.Index(column.cat.categories, dtype=object))
        codes.append(np.append(own, -1)[column.cat.codes])
    ordered = all(column.cat.ordered for column in there)
    return pd.Categorical.from_codes(np.concatenate(codes), dtype=pd.CategoricalDtype(levels, ordered=ordered))


def _reasons(parts: Sequence[Survey]) -> pd.DataFrame | None:
    """Why answers are missing, of all waves; a question that a wave did not have was not asked there."""
    if all(part.missing_reasons is None for part in parts):
        return None
    names = list(dict.fromkeys(name for part in parts for name in part.rows.columns))
    found: dict[str, Any] = {}
    for name in names:
        texts: list[Any] = []
        for part in parts:
            given = part.missing_reasons
            if name not in part.rows.columns:
                texts += ["not_asked"] * len(part)
            else:
                own = given is not None and name in given
                texts += given[name].astype(object).tolist() if own and given is not None else [None] * len(part)
        if any(text is not None and text == text for text in texts):
            found[name] = pd.Categorical(texts)
    return pd.DataFrame(found, index=pd.RangeIndex(sum(map(len, parts))))


def _one_codebook(waves: Mapping[Any, Survey]) -> Codebook:
    """The questions of all waves: those of the last wave that asked them, with the answers of every wave."""
    merged: dict[str, Variable] = {}
    for survey in waves.values():
        for name, variable in survey.codebook.variables.items():
            codes = {code.code: code for code in merged[name].codes} if name in merged else {}
            codes |= {code.code: code for code in variable.codes}
            merged[name] = replace(variable, codes=tuple(codes.values()))
    merged.pop(WAVE, None)
    answers = tuple(Code(name, str(name), str(name)) for name in waves)
    wave = Variable(WAVE, "ordinal", "meting", "wave", answers, required=False)
    last = list(waves.values())[-1].codebook
    return replace(last, variables={WAVE: wave, **merged}, checks=())


def _origin(waves: Mapping[Any, Survey], panel: str | None) -> Provenance:
    origins = [survey.provenance for survey in waves.values()]
    proxies = {tuple(sorted(proxy.items())): proxy for one in origins for proxy in one.proxies}
    return Provenance(
        ", ".join(dict.fromkeys(one.survey for one in origins if one.survey)),
        any(one.synthetic for one in origins),
        any(one.twin_of_people for one in origins),
        any(one.self_selected for one in origins),
        tuple(proxies.values()),
        tuple(dict.fromkeys(source for one in origins for source in one.sources)),
        tuple(_history(waves, panel)),
    )


def _history(waves: Mapping[Any, Survey], panel: str | None) -> Iterator[str]:
    """What was done to each wave, that they were stacked, and what changed between their questions."""
    for name, survey in waves.items():
        yield from (f"wave {name}: {line}" for line in survey.provenance.history)
    sizes = ", ".join(f"{name} ({len(survey)} rows)" for name, survey in waves.items())
    yield f"stack: {sizes}" + (f", '{panel}' over all waves" if panel else "")
    for (first, before), (second, after) in itertools.pairwise(waves.items()):
        changed = [str(change) for change in question_changes(before, after) if change.variable != WAVE]
        yield f"questions that changed from {first} to {second}: {', '.join(changed) or 'none'}"
