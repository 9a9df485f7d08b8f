"""A synthetic twin of a survey: made-up answers that hang together as the real ones do, to work with beforehand.

The twin is written as an export, so that every step from reading on is the same as with the real file. Each answer is
drawn given up to two earlier answers that say most about it. Counts of fewer than ``smallest`` students never enter
the model one by one: what they weigh is spread by the answers of everybody. The twin protects better than a copy, it
is not anonymous by proof: it stays in the team.
"""

from __future__ import annotations

import csv
import datetime as dt
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stagekansen_lib.codebooks import Codebook, Variable
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.intake import meets, read_survey
from stagekansen_lib.surveys import Survey
from stagekansen_lib.wording import chosen_language, number_text, percent_text, say

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Integers = NDArray[np.intp]
    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["Twin", "make_twin", "write_twin"]

_PARENTS = 2
_CLASSES = 8
# Choosing parents and measuring distances look at so many rows at most; the model itself counts all of them.
_ROWS_FOR_STRUCTURE = 20_000
_ROWS_FOR_DISTANCES = 1_500
_ROUNDS = 50
_SPLITS = 3
# Log-likelihood that one more parameter must gain; less copies noise, more loses what hangs together.
_PENALTY = 2.0
_FEWEST = 30
_DAY = "%d-%m-%Y"
# How many ticks an answer to a multiple response has: one, two, or three and more.
_TICKS = (1, 2, 3)
_BLANK = "blank"


@dataclass(frozen=True)
class _Column:
    """One thing that is drawn: an answer, a class of numbers, or one tick of a multiple response.

    ``levels`` come from the codebook alone, so that a rare answer is not betrayed by being there. A reason why there is
    no answer is a level too, as a text after "?". ``edges`` are the borders of classes of numbers.
    """

    name: str
    variable: str
    levels: tuple[Any, ...]
    edges: tuple[float, ...] = ()


@dataclass(frozen=True)
class _Model:
    """The chances of each column given its parents; ``tables[c]`` has a row for each combination of parents."""

    columns: tuple[_Column, ...]
    parents: tuple[tuple[int, ...], ...]
    tables: tuple[Floats, ...]
    codebook: Codebook
    days: tuple[dt.date, dt.date]


@dataclass(frozen=True, eq=False)
class Twin:
    """A synthetic twin with what shows how good and how far it is. None of its tables holds a count of real students.

    Parameters
    ----------
    survey : the twin, read from its own export; marked synthetic.
    export : the export as texts, one column a question.
    variables : variable, label_nl, label_en, margin_error (largest difference of a share, 0 to 1), association_error
        (mean difference of Cramér's V with the other variables, 0 to 1).
    distances : from, to, and the quantiles q05, q25, q50 and mean of the distance to the closest record: the share of
        answers that differ, 0 to 1.
    closer_to_used : when the model is made from half of the real file: part of the twin that lies closer to that half
        than to the other. About 0.5 when nothing is copied, 1 when everything is.
    redrawn : rows drawn again because they repeated a real record.
    dropped : rows left out because every new draw repeated one.
    """

    survey: Survey
    export: pd.DataFrame
    variables: pd.DataFrame
    distances: pd.DataFrame
    closer_to_used: float
    redrawn: int
    dropped: int
    smallest: int
    _histogram: Mapping[str, Floats] = field(default_factory=dict, repr=False)

    def sentence(self, language: str | None = None) -> str:
        """How good and how far the twin is, in words."""
        chosen = chosen_language(language)
        return say(
            "twin.sentence",
            chosen,
            rows=number_text(len(self.survey), chosen),
            margin=percent_text(float(self.variables["margin_error"].mean()), chosen, 1),
            association=number_text(float(self.variables["association_error"].mean()), chosen, 2),
            closer=percent_text(self.closer_to_used, chosen),
        )

    def picture(self, language: str | None = None) -> str:
        """An SVG: how far each row of the twin is from the closest real record, beside the real records themselves."""
        chosen = chosen_language(language)
        edges, twin, real = (self._histogram[name] for name in ("edges", "twin", "real"))
        highest, height, base, step = max(twin.max(), real.max(), 1e-9), 120, 170, 100 / max(1, len(twin))
        title, bars = say("twin.picture_title", chosen), []
        for place, (one, other) in enumerate(zip(twin, real, strict=True)):
            for value, colour, shift in ((one, "#0b5a6b", 0.1), (other, "#c2571a", 0.5)):
                tall = height * value / highest
                bars.append(
                    f'<rect x="{step * (place + shift):.3g}%" y="{base - tall:.1f}" width="{step * 0.36:.3g}%" '
                    f'height="{tall:.1f}" fill="{colour}"/>'
                )
        axis = "".join(
            f'<text x="{100 * part:.3g}%" y="{base + 18}" text-anchor="{anchor}" font-size="12">'
            f"{percent_text(edges[0] + part * (edges[-1] - edges[0]), chosen)}</text>"
            for part, anchor in ((0, "start"), (0.5, "middle"), (1, "end"))
        )
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="214" role="img"'
            ' style="max-width:720px;background:#fff" font-family="sans-serif" font-size="14">'
            f"<title>{escape(title)}</title><desc>{escape(self.sentence(chosen))}</desc>"
            f'<text x="0" y="16" font-weight="600">{escape(title)}</text>'
            f'<text x="0" y="36" fill="#0b5a6b">■ {escape(say("twin.of_twin", chosen))}</text>'
            f'<text x="50%" y="36" fill="#c2571a">■ {escape(say("twin.of_real", chosen))}</text>'
            f'{"".join(bars)}{axis}<text x="0" y="{base + 36}" font-size="12">'
            f"{escape(say('twin.axis', chosen))}</text></svg>"
        )

    def __repr__(self) -> str:
        return f"{self.distances.to_string(index=False)}\n{self.sentence('en')}"

    def _repr_html_(self) -> str:
        chosen = chosen_language()
        worst = self.variables.sort_values("margin_error", ascending=False).head(5)
        rows = "".join(
            f'<tr><th scope="row">{escape(row[f"label_{chosen}"])}</th>'
            f"<td>{percent_text(row['margin_error'], chosen, 1)}</td>"
            f"<td>{number_text(row['association_error'], chosen, 2)}</td></tr>"
            for _, row in worst.iterrows()
        )
        head = "".join(
            f'<th scope="col">{escape(say(f"twin.head_{name}", chosen))}</th>'
            for name in ("variable", "margin", "association")
        )
        return (
            f"<p>{escape(self.sentence(chosen))}</p>{self.picture(chosen)}"
            f"<table><caption>{escape(say('twin.worst', chosen))}</caption><tr>{head}</tr>{rows}</table>"
        )


def make_twin(
    survey: Survey,
    *,
    rows: int | None = None,
    seed: int | None = None,
    smallest: int = 5,
    quasi_identifiers: Sequence[str] | None = None,
) -> Twin:
    """A synthetic twin: other people who answer as these do, taken together.

    Parameters
    ----------
    survey : a survey with a codebook that has a column for the origin of the answers, so that the twin can say that it
        is synthetic. The sample is copied as it is, without weights.
    rows : number of made-up respondents; as many as the survey has when left out.
    seed : of the draws. Who knows seed and twin learns nothing more about the real file.
    smallest : counts below this many students do not enter the model one by one, 3 or more.
    quasi_identifiers : variables by which others could know somebody; when left out those that everybody was asked,
        which are the questions about programme and background.

    Returns
    -------
    Twin : ``survey`` is the twin, ``export`` its file, the tables show how good and how far it is.

    Raises
    ------
    InputError : the codebook has no column for the origin of the answers, the survey has fewer than 30 rows, or a
        number is out of range.

    Notes
    -----
    A chain of conditional chances as in synthpop (Nowok, Raab and Dibben 2016, doi:10.18637/jss.v074.i11), with parents
    by the log-likelihood they add, as a table or as a straight line, less a penalty. Routing is that of the codebook:
    who was not asked has no answer. Open answers stay empty. Numbers are drawn within classes whose borders are
    rounded; the few largest are cut off. A row that repeats a record of fewer than ``smallest`` real respondents, or
    the quasi-identifiers of a single one together with all sensitive answers, is drawn again. This is no differential
    privacy.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> twin = sk.make_twin(sk.read_survey("example_2022"), seed=1)
    >>> len(twin.survey), twin.survey.provenance.synthetic
    (324, True)
    """
    size = len(survey) if rows is None else rows
    problems = []
    if not any(one.role == "origin" and one.codes for one in survey.codebook.variables.values()):
        problems.append(
            Problem("The twin cannot say that it is synthetic.", f"codebook '{survey.codebook.name}'",
                    "Add a column with role 'origin' and the code 'synthetic'.")
        )  # fmt: skip
    if len(survey) < _FEWEST:
        problems.append(
            Problem(f"{len(survey)} answers are too few for a twin.", do=f"Wait until there are {_FEWEST}.")
        )
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        problems.append(Problem(f"rows is {size!r}.", do="Give a whole number above zero."))
    if isinstance(smallest, bool) or not isinstance(smallest, int) or smallest < 3:
        problems.append(Problem(f"smallest is {smallest!r}.", do="Give a whole number of 3 or more."))
    if problems:
        raise InputError(problems, "There can be no twin.")
    rng = np.random.default_rng(seed)
    columns, real = _columns_of(survey, smallest)
    model = _fit(survey, columns, real, smallest)
    guard = _Guard(survey, model, real, smallest, quasi_identifiers)
    drawn, redrawn, dropped = _draw_apart(model, size, rng, guard)
    export = _export(model, drawn, rng)
    twin = replace(
        (made := _as_survey(export, survey.codebook)),
        provenance=replace(
            made.provenance,
            survey=_name(survey.provenance.survey),
            self_selected=survey.provenance.self_selected,
            sources=survey.provenance.sources,
            synthetic=True,
        ),
    )
    distances, histogram = _distances(real, drawn, rng)
    return Twin(
        survey=twin,
        export=export,
        variables=_errors(model, real, drawn, survey.codebook),
        distances=distances,
        closer_to_used=_rehearsal(survey, columns, real, smallest, rng),
        redrawn=redrawn,
        dropped=dropped,
        smallest=smallest,
        _histogram=histogram,
    )


def write_twin(twin: Twin, path: str | Path) -> Path:
    """Write the twin as an export that ``read_survey`` reads; whole or not at all.

    Parameters
    ----------
    twin : from ``make_twin``.
    path : the file, ending in .csv, with "twin" in its name so that nobody takes it for the real one.

    Raises
    ------
    InputError : the name does not say that it is a twin, or the folder does not exist.
    """
    file = Path(path)
    problems = []
    if "twin" not in file.stem.casefold() or file.suffix != ".csv":
        problems.append(Problem("The name does not say what it is.", file.name, "Call it like 'twin_2022.csv'."))
    if not file.parent.is_dir():
        problems.append(Problem("The folder does not exist.", str(file.parent), "Make it first."))
    if problems:
        raise InputError(problems)
    draft = file.with_name(f".{file.name}.part")
    _write_csv(twin.export, draft)
    draft.replace(file)
    return file


def _name(survey: str) -> str:
    """What the twin is called, in Dutch and English."""
    dutch, _, english = survey.partition(" / ")
    return f"SYNTHETISCHE tweeling van {dutch} / SYNTHETIC twin of {english or dutch}"


def _columns_of(survey: Survey, smallest: int) -> tuple[tuple[_Column, ...], Integers]:
    """What is drawn, in the order of the questionnaire, and the real answers as places of levels (-1: not asked)."""
    columns: list[_Column] = []
    codes: list[Integers] = []
    for variable in survey.codebook.variables.values():
        for column, own in _of_variable(survey, variable, smallest):
            columns.append(column)
            codes.append(own)
    if not columns:
        raise InputError(Problem("The survey has no closed question.", do="A twin has no open answers."))
    return tuple(columns), np.column_stack(codes)


def _of_variable(survey: Survey, variable: Variable, smallest: int) -> list[tuple[_Column, Integers]]:
    rows = survey.rows
    present = [name for name in variable.columns if name in rows]
    source = variable.derived_from[0] if len(variable.derived_from) == 1 else ""
    # A question that is used and dropped, such as the place, lives on in what was derived from it.
    stands_in = bool(source) and source in survey.codebook and survey.codebook[source].kind == "open"
    if not present or variable.role or variable.kind in ("open", "date", "info"):
        return []
    if (variable.derived_from and not stands_in) or len(present) < len(variable.columns):
        return []
    reasons = _reasons(survey.codebook[source] if stands_in else variable)
    words = tuple(f"?{word}" for word in reasons)
    absent = _absent(survey, variable, present[0], reasons)
    if variable.kind == "multiple":
        number = np.clip((rows[present].to_numpy(dtype=float) == 1).sum(axis=1), 1, len(_TICKS)) - 1
        answered = np.where(absent == -2, number, np.where(absent >= 0, absent + len(_TICKS), -1))
        made = [(_Column(variable.name, variable.name, (*_TICKS, *words)), answered)]
        for name in present:
            tick = np.where(absent == -2, np.asarray(rows[name], dtype=float), -1).astype(np.intp)
            made.append((_Column(name, variable.name, (0, 1)), tick))
        return made
    if variable.kind in ("count", "number"):
        values = np.asarray(rows[variable.name], dtype=float)
        edges = _edges(values[~np.isnan(values)], variable, smallest)
        place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
        levels: tuple[Any, ...] = (*range(len(edges) - 1), *words)
        own = np.where(absent == -2, place, np.where(absent >= 0, absent + len(edges) - 1, -1))
        return [(_Column(variable.name, variable.name, levels, tuple(edges)), own.astype(np.intp))]
    valid = variable.accept or variable.valid_codes
    if not valid:
        return []
    by_code = {code: at for at, code in enumerate(valid)}
    own = np.array([by_code.get(getattr(one, "item", lambda one=one: one)(), -1) for one in rows[variable.name]])
    own = np.where(absent == -2, own, np.where(absent >= 0, absent + len(valid), -1))
    return [(_Column(variable.name, variable.name, (*valid, *words)), own.astype(np.intp))]


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


def _fit(survey: Survey, columns: tuple[_Column, ...], real: Integers, smallest: int) -> _Model:
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
    return _Model(columns, tuple(parents), tuple(tables), survey.codebook, _days(survey, smallest))


def _parents(real: Integers, at: int, sizes: Sequence[int]) -> tuple[int, ...]:
    """Up to two earlier columns that say most about this one, given the one before."""
    asked = real[:, at] >= 0
    own, earlier, n = real[asked, at], real[asked, :at], int(asked.sum())
    if n < _FEWEST or at == 0:
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


def _draw(model: _Model, size: int, rng: np.random.Generator) -> Integers:
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
        wanted = asked if first else _in_levels(drawn[:, at - len(ticks)])
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


def _in_levels(state: Integers) -> Mask:
    """Whether a multiple response was answered, with however many ticks."""
    return (state >= 0) & (state < len(_TICKS))


def _settle_ticks(
    model: _Model, drawn: Integers, ticks: Sequence[int], values: dict[str, Any], rng: np.random.Generator
) -> None:
    """As many ticks as were drawn for the row: the likeliest are added or kept. What stands alone stands alone."""
    if not ticks:
        return
    variable = model.codebook[model.columns[ticks[0]].variable]
    state = drawn[:, ticks[0] - 1]
    rows = np.flatnonzero(_in_levels(state))
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


def _answers(column: _Column, places: Integers) -> Any:
    """The answers that places stand for, None where there is none; of a class of numbers its lower border."""
    import pandas as pd

    shown = [
        None if isinstance(level, str) and level.startswith("?") else level if not column.edges else column.edges[level]
        for level in column.levels
    ]
    return pd.Series([*shown, None], dtype=object).iloc[places].reset_index(drop=True)


class _Guard:
    """Knows which made-up rows repeat a real record: all of it, or a recognisable person with what is sensitive."""

    def __init__(
        self,
        survey: Survey,
        model: _Model,
        real: Integers,
        smallest: int,
        quasi_identifiers: Sequence[str] | None,
    ) -> None:
        book = survey.codebook
        names = [
            one.name
            for one in book.variables.values()
            if one.kind in ("nominal", "ordinal")
            and not one.derived_from
            and one.privacy in ("ordinary", "special", "identifying")
            and all(book[condition.variable].privacy == "consent" for condition in one.only_if)
        ]
        for name in quasi_identifiers or ():
            survey.variable(name)
        known = set(names if quasi_identifiers is None else quasi_identifiers)
        self.known = [at for at, one in enumerate(model.columns) if one.variable in known]
        secret = [at for at, one in enumerate(model.columns) if book[one.variable].privacy == "sensitive"]
        self.both = [*self.known, *secret]
        self.rare = _rare(real, smallest)
        single = _rare(real[:, self.known], 2) if self.known and secret else set()
        self.persons = {
            key
            for key, person in zip(_keys(real[:, self.both]), _keys(real[:, self.known]), strict=True)
            if person in single
        }

    def repeats(self, drawn: Integers) -> Mask:
        """For each row whether it repeats a real record."""
        whole = np.array([key in self.rare for key in _keys(drawn)], dtype=bool)
        if self.persons:
            whole |= np.array([key in self.persons for key in _keys(drawn[:, self.both])], dtype=bool)
        return whole


def _keys(rows: Integers) -> list[bytes]:
    compact = np.ascontiguousarray(rows.astype(np.int16))
    return [row.tobytes() for row in compact]


def _rare(rows: Integers, smallest: int) -> set[bytes]:
    counts: dict[bytes, int] = {}
    for key in _keys(rows):
        counts[key] = counts.get(key, 0) + 1
    return {key for key, count in counts.items() if count < smallest}


def _draw_apart(model: _Model, size: int, rng: np.random.Generator, guard: _Guard) -> tuple[Integers, int, int]:
    """Rows that repeat nobody; how many were drawn again, and how many were given up."""
    drawn = _draw(model, size, rng)
    redrawn = 0
    for _ in range(_ROUNDS):
        bad = np.flatnonzero(guard.repeats(drawn))
        if not len(bad):
            return drawn, redrawn, 0
        redrawn += len(bad)
        drawn[bad] = _draw(model, len(bad), rng)
    left = ~guard.repeats(drawn)
    if not left.any():
        raise InputError(
            Problem("Every made-up row repeats a real record.", do="Ask more questions, or take more respondents.")
        )
    return drawn[left], redrawn, int((~left).sum())


def _export(model: _Model, drawn: Integers, rng: np.random.Generator) -> pd.DataFrame:
    """The made-up answers as the texts of an export, one column a question."""
    import pandas as pd

    book, size = model.codebook, len(drawn)
    at = {column.name: place for place, column in enumerate(model.columns)}
    stands_in = {book[one.variable].derived_from[0]: one for one in model.columns if book[one.variable].derived_from}
    cells: dict[str, Any] = {}
    for variable in book.variables.values():
        if variable.derived_from or variable.kind == "info":
            continue
        if variable.role == "origin":
            own = [next(code.label_nl for code in variable.codes if not code.missing)] * size
        elif variable.role == "respondent":
            own = [f"TWIN{number + 1:05}" for number in range(size)]
        elif variable.kind == "date":
            first, last = model.days
            days = rng.integers(0, (last - first).days + 1, size)
            own = [(first + dt.timedelta(days=int(day))).strftime(_DAY) for day in days]
        elif variable.kind == "multiple" and variable.name in at:
            own = _ticked(model, drawn, variable, at[variable.name])
        elif variable.name in at:
            own = _texts(model.columns[at[variable.name]], drawn[:, at[variable.name]], variable, rng)
        elif variable.name in stands_in:
            own = _stand_in(stands_in[variable.name], drawn[:, at[stands_in[variable.name].name]], variable, book)
        else:
            own = [""] * size
        cells[_heading(variable)] = own
    return pd.DataFrame(cells, dtype=object)


def _heading(variable: Variable) -> str:
    if variable.item and variable.question_nl:
        return f"{variable.item}. {variable.question_nl}"
    return variable.question_nl or variable.name


def _missing_text(variable: Variable, level: str) -> str:
    """How the export writes that there is no answer: the code of the reason, or nothing."""
    return next((str(code.code) for code in variable.codes if code.missing and code.missing == level[1:]), "")


def _texts(column: _Column, places: Integers, variable: Variable, rng: np.random.Generator) -> list[str]:
    texts = []
    for place in places:
        level = column.levels[place] if place >= 0 else ""
        if isinstance(level, str) and level.startswith("?"):
            texts.append(_missing_text(variable, level))
        elif place < 0 or not column.edges:
            texts.append(str(level))
        elif variable.kind == "count":
            low, high = int(column.edges[place]), int(np.ceil(column.edges[place + 1]))
            texts.append(str(int(rng.integers(low, max(high, low + 1)))))
        else:
            texts.append(f"{rng.uniform(column.edges[place], column.edges[place + 1]):.1f}".replace(".", ","))
    return texts


def _ticked(model: _Model, drawn: Integers, variable: Variable, state: int) -> list[str]:
    levels = model.columns[state].levels
    texts = []
    for row in drawn:
        if 0 <= row[state] < len(_TICKS):
            ticks = row[state + 1 : state + 1 + len(variable.valid_codes)]
            texts.append(
                ";".join(str(code) for code, tick in zip(variable.valid_codes, ticks, strict=True) if tick == 1)
            )
        else:
            texts.append(_missing_text(variable, levels[row[state]]) if row[state] > 0 else "")
    return texts


def _stand_in(column: _Column, places: Integers, variable: Variable, book: Codebook) -> list[str]:
    """Texts that the rule of the derived variable takes up, such as the name of a place."""
    derived = book[column.variable]
    rules = {code.code: code.values for code in derived.codes}
    texts = []
    for place in places:
        level = column.levels[place] if place >= 0 else "?blank"
        if isinstance(level, str) and level.startswith("?"):
            texts.append(_missing_text(variable, level))
            continue
        rule = rules[level]
        exact = sorted(str(one) for one in rule.exact) if rule is not None else []
        texts.append(exact[0] if exact else str(int(rule.ranges[0][0])) if rule is not None and rule.ranges else "")
    return texts


def _as_survey(export: pd.DataFrame, codebook: Codebook) -> Survey:
    """The twin read as any other file, so that it passes the same rules."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "twin.csv"
        _write_csv(export, path)
        return read_survey(path, codebook)


def _write_csv(export: pd.DataFrame, path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(export.columns)
        writer.writerows(export.itertuples(index=False))


def _errors(model: _Model, real: Integers, drawn: Integers, book: Codebook) -> pd.DataFrame:
    """For each variable how far shares and associations of the twin are from the real ones."""
    import pandas as pd

    columns = model.columns
    shares = np.zeros(len(columns))
    for at, column in enumerate(columns):
        k = len(column.levels) + 1
        one, other = (np.bincount(rows[:, at] + 1, minlength=k) / len(rows) for rows in (real, drawn))
        shares[at] = np.abs(one - other).max()
    strengths = [_strengths(rows[:_ROWS_FOR_STRUCTURE], [len(one.levels) + 1 for one in columns])
                 for rows in (real, drawn)]  # fmt: skip
    apart = np.abs(strengths[0] - strengths[1])
    lines = []
    for name in dict.fromkeys(column.variable for column in columns):
        own = [at for at, column in enumerate(columns) if column.variable == name]
        others = [at for at in range(len(columns)) if at not in own]
        association = float(apart[np.ix_(own, others)].mean()) if others else 0.0
        lines.append((name, book[name].label_nl, book[name].label_en, float(shares[own].max()), association))
    names = ["variable", "label_nl", "label_en", "margin_error", "association_error"]
    return pd.DataFrame(lines, columns=names)


def _strengths(rows: Integers, sizes: Sequence[int]) -> Floats:
    """Cramér's V of each pair of columns; not asked is a level."""
    width, n = len(sizes), len(rows)
    found = np.zeros((width, width))
    shifted = rows + 1
    for one in range(width):
        for other in range(one):
            k = sizes[other]
            table = np.bincount(shifted[:, one] * k + shifted[:, other], minlength=sizes[one] * k).reshape(-1, k)
            across, down = table.sum(axis=1), table.sum(axis=0)
            least = min((across > 0).sum(), (down > 0).sum()) - 1
            if least < 1:
                continue
            expected = np.outer(across, down) / n
            used = expected > 0
            phi = (((table - expected)[used]) ** 2 / expected[used]).sum() / n
            found[one, other] = found[other, one] = np.sqrt(phi / least)
    return found


def _closest(rows: Integers, others: Integers, *, itself: bool = False) -> Floats:
    """Share of answers that differ from the closest other record, for each row."""
    found = np.empty(len(rows))
    for at, row in enumerate(rows):
        apart = (others != row).mean(axis=1)
        if itself:
            apart[at] = np.inf
        found[at] = apart.min()
    return found


def _sampled(rows: Integers, rng: np.random.Generator) -> Integers:
    if len(rows) <= _ROWS_FOR_DISTANCES:
        return rows
    return rows[np.sort(rng.choice(len(rows), _ROWS_FOR_DISTANCES, replace=False))]


def _distances(real: Integers, drawn: Integers, rng: np.random.Generator) -> tuple[pd.DataFrame, dict[str, Floats]]:
    import pandas as pd

    near, some = _sampled(real, rng), _sampled(drawn, rng)
    found = {"twin": _closest(some, near), "real": _closest(near, near, itself=True)}
    lines = [
        (name, "real", *(float(one) for one in np.quantile(values, [0.05, 0.25, 0.5])), float(values.mean()))
        for name, values in found.items()
    ]
    edges = np.linspace(0, max(float(values.max()) for values in found.values()) or 1.0, 13)
    histogram = {name: np.histogram(values, edges)[0] / len(values) for name, values in found.items()}
    table = pd.DataFrame(lines, columns=["from", "to", "q05", "q25", "q50", "mean"])
    return table, {"edges": edges, **histogram}


def _rehearsal(
    survey: Survey, columns: tuple[_Column, ...], real: Integers, smallest: int, rng: np.random.Generator
) -> float:
    """Part of a twin of one half of the survey that lies closer to that half than to the other, over a few halves."""
    parts = []
    for _ in range(_SPLITS):
        order = rng.permutation(len(real))
        size = min(len(real) // 2, _ROWS_FOR_DISTANCES)
        used, held = real[order[:size]], real[order[size : 2 * size]]
        drawn = _draw(_fit(survey, columns, used, smallest), size, rng)
        to_used, to_held = _closest(drawn, used), _closest(drawn, held)
        parts.append(float(((to_used < to_held) + 0.5 * (to_used == to_held)).mean()))
    return float(np.mean(parts))
