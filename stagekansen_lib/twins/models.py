"""The model behind a twin: chances of each answer given earlier ones, counted on the real survey and drawn from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.surveys.codebooks import Codebook, Variable
from stagekansen_lib.surveys.conditions import meets
from stagekansen_lib.surveys.surveys import Survey

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats, Integers, Mask


__all__ = ["FEWEST", "Column", "Model", "columns_of", "draw", "fit", "was_answered"]

_PARENTS = 2
_CLASSES = 8
# Choosing parents looks at so many rows at most; the model itself counts all of them.
_ROWS_FOR_STRUCTURE = 20_000
FEWEST = 30
# Log-likelihood that one more parameter must gain; less copies noise, more loses what hangs together.
_PENALTY = 2.0
_BLANK = "blank"
# How many ticks an answer to a multiple response has: one, two, or three and more.
_TICKS = (1, 2, 3)


@dataclass(frozen=True)
class Column:
    """One thing that is drawn: an answer, a class of numbers, or one tick of a multiple response.

    ``levels`` come from the codebook alone, so that a rare answer is not betrayed by being there. A reason why there is
    no answer is a level too, as a text after "?". ``edges`` are the borders of classes of numbers.
    """

    name: str
    variable: str
    levels: tuple[Any, ...]
    edges: tuple[float, ...] = ()


@dataclass(frozen=True)
class Model:
    """The chances of each column given its parents; ``tables[c]`` has a row for each combination of parents."""

    columns: tuple[Column, ...]
    parents: tuple[tuple[int, ...], ...]
    tables: tuple[Floats, ...]
    codebook: Codebook
    days: tuple[dt.date, dt.date]


def columns_of(survey: Survey, smallest: int) -> tuple[tuple[Column, ...], Integers]:
    """What is drawn, in the order of the questionnaire, and the real answers as places of levels (-1: not asked)."""
    columns: list[Column] = []
    codes: list[Integers] = []
    for variable in survey.codebook.variables.values():
        for column, own in _of_variable(survey, variable, smallest):
            columns.append(column)
            codes.append(own)
    if not columns:
        raise InputError(Problem("The survey has no closed question.", do="A twin has no open answers."))
    return tuple(columns), np.column_stack(codes)


def _of_variable(survey: Survey, variable: Variable, smallest: int) -> list[tuple[Column, Integers]]:
    """The columns that are drawn for a variable; none for what a twin does not make up."""
    asked = _asked(survey, variable)
    if asked is None:
        return []
    reasons = _reasons(asked)
    words = tuple(f"?{word}" for word in reasons)
    absent = _absent(survey, variable, variable.columns[0], reasons)
    if variable.kind == "multiple":
        return _of_ticks(survey, variable, absent, words)
    if variable.kind in ("count", "number"):
        return [_of_numbers(survey, variable, absent, words, smallest)]
    return _of_codes(survey, variable, absent, words)


def _asked(survey: Survey, variable: Variable) -> Variable | None:
    """The question that a variable comes from: itself, or its only source when it stands in for an open question.

    A question that is used and dropped, such as the place, lives on in what was derived from it.
    """
    if variable.role or variable.kind in ("open", "date", "info") or not set(variable.columns) <= set(survey.rows):
        return None
    if not variable.derived_from:
        return variable if variable.columns else None
    source = survey.codebook.variables.get(variable.derived_from[0])
    stands_in = len(variable.derived_from) == 1 and source is not None and source.kind == "open"
    return source if stands_in else None


def _placed(absent: Integers, answers: Any, levels: int) -> Integers:
    """Places of answers, then of the reasons why there is none; -1 for who was not asked."""
    return np.where(absent == -2, answers, np.where(absent >= 0, absent + levels, -1)).astype(np.intp)


def _of_ticks(
    survey: Survey, variable: Variable, absent: Integers, words: tuple[str, ...]
) -> list[tuple[Column, Integers]]:
    """A multiple response: how many ticks it has, then each tick."""
    rows, columns = survey.rows, list(variable.columns)
    number = np.clip((rows[columns].to_numpy(dtype=float) == 1).sum(axis=1), 1, len(_TICKS)) - 1
    answered = _placed(absent, number, len(_TICKS))
    made = [(Column(variable.name, variable.name, (*_TICKS, *words)), answered)]
    for name in columns:
        tick = np.where(absent == -2, np.asarray(rows[name], dtype=float), -1).astype(np.intp)
        made.append((Column(name, variable.name, (0, 1)), tick))
    return made


def _of_numbers(
    survey: Survey, variable: Variable, absent: Integers, words: tuple[str, ...], smallest: int
) -> tuple[Column, Integers]:
    values = np.asarray(survey.rows[variable.name], dtype=float)
    edges = _edges(values[~np.isnan(values)], variable, smallest)
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    levels: tuple[Any, ...] = (*range(len(edges) - 1), *words)
    return Column(variable.name, variable.name, levels, tuple(edges)), _placed(absent, place, len(edges) - 1)


def _of_codes(
    survey: Survey, variable: Variable, absent: Integers, words: tuple[str, ...]
) -> list[tuple[Column, Integers]]:
    valid = variable.accept or variable.valid_codes
    if not valid:
        return []
    by_code = {code: at for at, code in enumerate(valid)}
    own = np.array([by_code.get(getattr(one, "item", lambda one=one: one)(), -1) for one in survey.rows[variable.name]])
    return [(Column(variable.name, variable.name, (*valid, *words)), _placed(absent, own, len(valid)))]


def _reasons(variable: Variable) -> tuple[str, ...]:
    """Why there may be no answer to a question, as the codebook has it."""
    if variable.accept:
        return ()  # without this answer nobody takes part
    return tuple(dict.fromkeys([_BLANK, *(code.missing for code in variable.codes if code.missing)]))


def _absent(survey: Survey, variable: Variable, column: str, reasons: Sequence[str]) -> Integers:
    """The place of the reason of each row; -2 where there is an answer, -1 where the question was not asked."""
    empty = survey.rows[column].isna().to_numpy()
    found = np.where(empty, 0, -2)
    given = survey.missing_reasons
    if given is not None and variable.name in given:
        words = given[variable.name].astype(object).to_numpy()
        for place, word in enumerate(reasons):
            found[empty & (words == word)] = place
        found[empty & np.isin(words, ["not_asked", "does_not_apply"])] = -1
    elif variable.only_if:
        asked = np.logical_and.reduce(
            [meets(one, survey.codebook, survey.rows, len(survey)) for one in variable.only_if]
        )
        found[empty & ~asked] = -1
    return found


def _edges(values: Floats, variable: Variable, smallest: int) -> list[float]:
    """Borders of classes with enough students each, rounded so that no border is one student's answer."""
    if len(values) < 2 * smallest:
        low = variable.minimum if variable.minimum is not None else 0.0
        return [low, low + 1]
    ordered = np.sort(values)
    low, high = ordered[smallest - 1], ordered[-smallest]
    inner = np.quantile(ordered, np.linspace(0, 1, _CLASSES + 1)[1:-1])
    whole = variable.kind == "count"
    rounded = sorted({_two_digits(value) for value in (low, *inner, high + (1 if whole else 0)) if low <= value})
    if whole and 0 in rounded and 1 not in rounded:
        rounded.insert(rounded.index(0) + 1, 1.0)  # zero is an answer of its own: routing may look at it
    if len(rounded) < 2:
        rounded.append(rounded[0] + 1)
    return rounded


def _two_digits(value: float) -> float:
    return float(f"{value:.2g}")


def fit(survey: Survey, columns: tuple[Column, ...], real: Integers, smallest: int) -> Model:
    if len(real) > _ROWS_FOR_STRUCTURE:
        step = len(real) // _ROWS_FOR_STRUCTURE
        looked_at = real[::step]
    else:
        looked_at = real
    parents, tables = [], []
    sizes = [len(one.levels) for one in columns]
    for at in range(len(columns)):
        chosen = _parents(looked_at, at, sizes)
        parents.append(chosen)
        tables.append(_table(real, at, chosen, sizes, smallest))
    return Model(columns, tuple(parents), tuple(tables), survey.codebook, _days(survey, smallest))


def _parents(real: Integers, at: int, sizes: Sequence[int]) -> tuple[int, ...]:
    """Up to two earlier columns that say most about this one, given the one before."""
    asked = real[:, at] >= 0
    own, earlier, n = real[asked, at], real[asked, :at], int(asked.sum())
    if n < FEWEST or at == 0:
        return ()
    base = np.zeros(n, dtype=np.intp)
    chosen: tuple[int, ...] = ()
    groups = 1
    candidates = list(range(at))
    for _ in range(_PARENTS):
        gains = _slopes(own, earlier, base)
        before = _worth(base, own, sizes[at], groups)
        for other in candidates:
            joint = base * (sizes[other] + 1) + earlier[:, other] + 1
            more = _worth(joint, own, sizes[at], groups * (sizes[other] + 1)) - before
            gains[other] = max(gains[other], more)
        gains[list(chosen)] = 0
        best = int(gains.argmax())
        # What says nothing by itself is not looked at again.
        candidates = [other for other in candidates if gains[other] > 0]
        if gains[best] <= 0:
            break
        base = base * (sizes[best] + 1) + earlier[:, best] + 1
        groups *= sizes[best] + 1
        chosen = (*chosen, best)
    return chosen


def _slopes(own: Integers, earlier: Integers, base: Integers) -> Floats:
    """What a straight line in each earlier column adds within the groups so far: log-likelihood gained, less a penalty.

    Ordered answers hang together along a line, which a table of all their combinations needs many students to see.
    """
    order = np.argsort(base, kind="stable")
    values = np.column_stack([own, earlier])[order].astype(float)
    starts = np.flatnonzero(np.diff(base[order], prepend=-1))
    sizes = np.diff(starts, append=len(order))
    values -= np.repeat(np.add.reduceat(values, starts, axis=0) / sizes[:, None], sizes, axis=0)
    spread = (values**2).sum(axis=0)
    across = (values[:, :1] * values[:, 1:]).sum(axis=0)
    squared = across**2 / np.maximum(spread[0] * spread[1:], 1e-12)
    return np.asarray(-0.5 * len(own) * np.log(np.maximum(1 - squared, 1e-12)) - _PENALTY)


def _worth(groups: Integers, own: Integers, k: int, number: int) -> float:
    """Log-likelihood of the answers given their groups, less a penalty for each parameter."""
    table = np.bincount(groups * k + own, minlength=number * k).reshape(number, k)
    cells, sums = table[table > 0], table.sum(axis=1)
    sums = sums[sums > 0]
    fit = (cells * np.log(cells)).sum() - (sums * np.log(sums)).sum()
    return float(fit - _PENALTY * (len(cells) - len(sums)))


def _table(real: Integers, at: int, parents: Sequence[int], sizes: Sequence[int], smallest: int) -> Floats:
    """Chances of each level for each combination of parents.

    Cells of fewer than ``smallest`` students lose their own count. Their weight is divided as the small cells of all
    groups together are; of a single variable it is divided over all its answers alike.
    """
    asked = real[:, at] >= 0
    own, k = real[asked, at], sizes[at]
    groups = np.zeros(len(own), dtype=np.intp)
    counts = np.bincount(own, minlength=k).astype(float)
    kept = np.where(counts >= smallest, counts, 0.0)
    chances: Floats = ((kept + (len(own) - kept.sum() + 1) / k) / (len(own) + 1))[None, :]
    for parent in parents:
        width = sizes[parent] + 1
        groups = groups * width + real[asked, parent] + 1
        chances = _finer(groups, own, width, chances, smallest)
    return chances


def _finer(groups: Integers, own: Integers, width: int, above: Floats, smallest: int) -> Floats:
    """Chances within finer groups, ``width`` of them for each row of ``above``, that add up to those above."""
    k = above.shape[1]
    counts = np.bincount(groups * k + own, minlength=len(above) * width * k).reshape(len(above), width, k)
    kept = np.where(counts >= smallest, counts, 0).astype(float)
    # What the small cells of all finer groups together weigh for each answer, so that nothing is lost or made.
    rest = np.maximum(counts.sum(axis=(1, 2))[:, None] * above - kept.sum(axis=1), 0) + 1e-9 * above
    rest /= rest.sum(axis=1, keepdims=True)
    loose = (counts.sum(axis=2) - kept.sum(axis=2))[:, :, None]
    # ``smallest`` more students who answer as those above: none or one in a cell makes little difference.
    mixed = kept + loose * rest[:, None, :] + smallest * above[:, None, :]
    return np.asarray((mixed / mixed.sum(axis=2, keepdims=True)).reshape(-1, k))


def _days(survey: Survey, smallest: int) -> tuple[dt.date, dt.date]:
    """First and last day of filling in, without the first and last few answers."""
    import pandas as pd

    for variable in survey.codebook.variables.values():
        if variable.kind == "date" and variable.name in survey.rows:
            found = pd.to_datetime(survey.rows[variable.name]).dropna().sort_values()
            if len(found) > 2 * smallest:
                return found.iloc[smallest].date(), found.iloc[-smallest - 1].date()
    return dt.date(2000, 1, 1), dt.date(2000, 1, 1)


def draw(model: Model, size: int, rng: np.random.Generator) -> Integers:
    """Made-up answers as places of levels, one column after the other, under the routing of the codebook."""
    drawn = np.full((size, len(model.columns)), -1, dtype=np.intp)
    values: dict[str, Any] = {}
    asked = np.ones(size, dtype=bool)
    ticks: list[int] = []
    sizes = [len(one.levels) for one in model.columns]
    for at, column in enumerate(model.columns):
        variable = model.codebook[column.variable]
        first = column.name == variable.name
        if first:
            _settle_ticks(model, drawn, ticks, values, rng)
            ticks = []
            asked = np.ones(size, dtype=bool)
            for condition in variable.only_if if not variable.derived_from else ():
                asked &= meets(condition, model.codebook, values, size)
        else:
            ticks.append(at)
        wanted = asked if first else was_answered(drawn[:, at - len(ticks)])
        combination = np.zeros(size, dtype=np.intp)
        for parent in model.parents[at]:
            combination = combination * (sizes[parent] + 1) + drawn[:, parent] + 1
        limits = np.cumsum(model.tables[at], axis=1)[combination]
        level = np.minimum((rng.random(size)[:, None] > limits).sum(axis=1), sizes[at] - 1)
        drawn[:, at] = np.where(wanted, level, -1)
        if variable.kind != "multiple":
            values[variable.name] = _answers(column, drawn[:, at])
        elif not first:
            values[column.name] = np.where(drawn[:, at] >= 0, drawn[:, at], np.nan)
    _settle_ticks(model, drawn, ticks, values, rng)
    return drawn


def was_answered(state: Integers) -> Mask:
    """Whether a multiple response was answered, with however many ticks."""
    return (state >= 0) & (state < len(_TICKS))


def _settle_ticks(
    model: Model, drawn: Integers, ticks: Sequence[int], values: dict[str, Any], rng: np.random.Generator
) -> None:
    """As many ticks as were drawn for the row: the likeliest are added or kept. What stands alone stands alone."""
    if not ticks:
        return
    variable = model.codebook[model.columns[ticks[0]].variable]
    state = drawn[:, ticks[0] - 1]
    rows = np.flatnonzero(was_answered(state))
    places = np.asarray(ticks, dtype=np.intp)
    ticked = drawn[np.ix_(rows, places)] == 1
    wanted = state[rows] + 1
    share = np.clip(ticked.mean(axis=0), 0.01, 0.99) if len(rows) else np.full(len(ticks), 0.5)
    # Gumbel noise on log odds draws without replacement in proportion to the odds; what was ticked goes first.
    liking = np.log(share / (1 - share)) + rng.gumbel(size=ticked.shape) + 1e3 * ticked
    alone = [code.code for code in variable.codes if code.exclusive and not code.missing]
    for place, code in enumerate(variable.valid_codes):
        if code in alone:
            liking[wanted > 1, place] = -np.inf
    rank = (-liking).argsort(axis=1).argsort(axis=1)
    number = np.where(wanted == len(_TICKS), np.maximum((ticked & (liking > -np.inf)).sum(axis=1), wanted), wanted)
    drawn[np.ix_(rows, places)] = (rank < number[:, None]) & (liking > -np.inf)
    for at in ticks:
        values[model.columns[at].name] = np.where(drawn[:, at] >= 0, drawn[:, at], np.nan)


def _answers(column: Column, places: Integers) -> Any:
    """The answers that places stand for, None where there is none; of a class of numbers its lower border."""
    import pandas as pd

    shown = [
        None if isinstance(level, str) and level.startswith("?") else level if not column.edges else column.edges[level]
        for level in column.levels
    ]
    return pd.Series([*shown, None], dtype=object).iloc[places].reset_index(drop=True)
