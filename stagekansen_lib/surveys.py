"""A Survey: rows, codebook and sampling design together, never changed in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from stagekansen_lib._arguments import said, some_number
from stagekansen_lib.codebooks import Code, Codebook, Variable
from stagekansen_lib.errors import InputError, Problem, RefusedError, did_you_mean

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from stagekansen_lib.designs import Design, SingleUnit

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

__all__ = [
    "Encoded",
    "Provenance",
    "Reserve",
    "Survey",
    "matching_answer",
    "refuse_personal",
    "showable_answers",
    "subset",
    "survey_from_frame",
    "to_frame",
]

MULTIPLE_SEPARATOR = "["
# Whole numbers that lie within this range are counted instead of sorted.
_FEW_LEVELS = 5_000

# A longer text is something that a respondent wrote, not a choice from a list: errors never repeat it.
LONGEST_CHOICE = 40
_REPLICATE_KINDS = ("JK1", "JKn", "jackknife", "BRR", "Fay", "bootstrap", "successive-difference", "ACS", "other")


@dataclass(frozen=True)
class Provenance:
    """What a reader must know about where a result comes from; every result carries one.

    Parameters
    ----------
    survey : name of the survey.
    synthetic : True when the answers were made by a program; every picture and page then says so.
    twin_of_people : True when that program made them after answers of people (``make_twin``): to practise with inside
        the team, never to publish.
    self_selected : True when people chose to take part; intervals are then called model margins.
    proxies : sentences, one for each weighting target that stands in for the real population. Keys "nl" and "en".
    sources : ids of the source register.
    history : what was done, one line a step, with its settings.
    """

    survey: str = ""
    synthetic: bool = False
    twin_of_people: bool = False
    self_selected: bool = False
    proxies: tuple[dict[str, str], ...] = ()
    sources: tuple[str, ...] = ()
    history: tuple[str, ...] = ()

    def with_step(self, line: str, **changes: Any) -> Provenance:
        """The same provenance with one more line of history."""
        return replace(self, history=(*self.history, line), **changes)


@dataclass(frozen=True, eq=False)
class Encoded:
    """A variable as integer codes: ``codes`` is -1 where there is no answer, ``levels`` the answers in order."""

    codes: Integers
    levels: tuple[Any, ...]
    dtype: Any = None

    @cached_property
    def counts(self) -> Integers:
        """The number of rows with each answer, and in the last place of those without one."""
        from stagekansen_lib.designs import count_codes

        return count_codes(self.codes, len(self.levels))

    def values(self, codes: Sequence[int] | Integers) -> Any:
        """The answers that integer codes stand for, with the type of the column."""
        import pandas as pd

        if isinstance(self.dtype, pd.CategoricalDtype):
            return pd.Categorical.from_codes(list(codes), dtype=self.dtype)
        return pd.Series([self.levels[code] for code in codes], dtype=self.dtype)


@dataclass(frozen=True, eq=False)
class Reserve:
    """Rows that were set aside whole, as they would stand in the survey, so that they can be taken back.

    ``file`` is the name of the file they came from; ``set_aside`` lists single values that were set aside in them.
    """

    file: str
    rows: pd.DataFrame = field(repr=False)
    missing_reasons: pd.DataFrame = field(repr=False)
    set_aside: pd.DataFrame = field(repr=False)


@dataclass(frozen=True, eq=False)
class Survey:
    """Answers with what they mean and how the respondents came into the sample.

    Parameters
    ----------
    rows : one row a respondent; the index is the row number in the raw file. Coded columns are categoricals of
        codes in the order of the codebook, missing answers NaN.
    codebook : what each column means.
    design : strata, clusters, weights; a subpopulation keeps the design of the whole sample.
    provenance : where it comes from and what was done to it.
    set_aside : rows that were left out at reading: row, column, value, expected, reason.
    missing_reasons : why an answer is missing, for variables that record it; None when nothing does.
    reserve : rows that were set aside whole and can be taken back; None when nothing was read from a file.
    """

    rows: pd.DataFrame
    codebook: Codebook
    design: Design
    provenance: Provenance = field(default_factory=Provenance)
    set_aside: pd.DataFrame | None = None
    missing_reasons: pd.DataFrame | None = None
    reserve: Reserve | None = field(default=None, repr=False)
    _encoded: dict[str, Encoded] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.set_aside is None:
            import pandas as pd

            empty = pd.DataFrame(columns=["row", "column", "value", "expected", "reason"])
            object.__setattr__(self, "set_aside", empty)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        parts = [f"Survey {self.provenance.survey or self.codebook.name or '(no name)'}: {len(self.rows):,} rows"]
        if self.design.domain is not None:
            parts.append(f"a subpopulation of {self.design.size:,}")
        parts.append(f"{len(self.rows.columns)} columns")
        if self.design.described:
            parts.append(self.design.described)
        if self.provenance.synthetic:
            parts.append("synthetic, a twin of answers of people" if self.provenance.twin_of_people else "synthetic")
        return ", ".join(parts) + "".join(f"\n  {line}" for line in self.provenance.history)

    def _repr_html_(self) -> str:
        import html

        return f"<pre>{html.escape(repr(self))}</pre>"

    @property
    def weights(self) -> Floats:
        """The weight of each row: a float array of the length of ``rows``."""
        return self.design.row_weights.copy()

    def variable(self, name: str) -> Variable:
        """The variable of a column or a multiple-response set; an error with near matches when there is none."""
        _one_name(name)
        if name in self.codebook:
            return self.codebook[name]
        if name in self.rows.columns:
            parent = name.split(MULTIPLE_SEPARATOR)[0]
            if name.endswith("]") and parent in self.codebook:
                return replace(self.codebook[parent], name=name, kind="nominal", codes=())
            return Variable(name, _inferred_kind(self.rows[name]), name, name)
        raise InputError(
            Problem(
                f"Variable '{name}' is not in survey '{self.provenance.survey or self.codebook.name}'.",
                do=did_you_mean(name, [*self.codebook, *self.rows.columns]),
            )
        )

    def column(self, name: str) -> pd.Series[Any]:
        """One column of answers; an error with near matches when there is none."""
        _one_name(name)
        if name not in self.rows.columns:
            if name in self.codebook and self.codebook[name].kind == "multiple":
                raise InputError(
                    Problem(
                        f"'{name}' holds several answers for each respondent.",
                        do=f"Use one of its answers, such as '{name}[1]', or share(survey, of='{name}').",
                    )
                )
            known = list(self.rows.columns)
            raise InputError(Problem(f"There is no variable '{name}' in the survey.", do=did_you_mean(name, known)))
        return self.rows[name]

    def encoded(self, name: str) -> Encoded:
        """A column as integer codes, in the order of its categories, of the codebook, or sorted.

        Raises
        ------
        RefusedError : the answers are open, a date, or may point at a person (see ``refuse_personal``).
        """
        refuse_personal(self, name)
        if name not in self._encoded:
            self._encoded[name] = _encode(self.column(name), self.variable(name))
        return self._encoded[name]

    def numbers(self, name: str) -> Floats:
        """A column as numbers, NaN where there is no answer; refused as ``encoded`` does."""
        refuse_personal(self, name)
        import numpy as np
        import pandas as pd

        from stagekansen_lib.designs import row_blocks

        column = self.column(name)
        try:
            if isinstance(column.dtype, pd.CategoricalDtype):
                codes = column.cat.codes.to_numpy()
                used = np.bincount(codes + 1, minlength=len(column.cat.categories) + 1)[1:] > 0
                categories = column.cat.categories.astype(object)
                # Only answers that someone gave must be numbers; the last place is that of a missing answer (-1).
                levels = np.full(len(categories) + 1, np.nan)
                levels[:-1][used] = np.asarray(pd.to_numeric(pd.Series(categories[used])), dtype=float)
                values = np.asarray(levels[codes])
            elif column.dtype.kind == "c":
                raise TypeError  # numpy would drop a part of complex numbers
            else:
                plain = isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf"
                values = np.asarray(column if plain else pd.to_numeric(column), dtype=float)
        except (TypeError, ValueError):
            raise InputError(
                Problem(
                    f"Variable '{name}' does not hold numbers.",
                    do="Use share() for answers in words, or a numeric variable.",
                )
            ) from None
        if any(np.isinf(values[rows]).any() for rows in row_blocks(len(values))):
            raise InputError(
                Problem(
                    f"'{name}' has {int(np.isinf(values).sum())} answers that are infinite.",
                    do="Correct them, or make them missing (NaN).",
                )
            )
        return values

    def with_weights(self, design: Design, provenance: Provenance) -> Survey:
        """The same rows under another design, such as after weighting."""
        return replace(self, design=design, provenance=provenance)


def need_survey(survey: Any) -> None:
    """Stop when something else than a Survey is given."""
    if not isinstance(survey, Survey):
        raise InputError(
            Problem(
                f"The survey is {said(survey)}.", do="Make a Survey of a DataFrame first: survey_from_frame(frame)."
            )
        )


def _one_name(name: Any) -> None:
    if not isinstance(name, (str, int)):
        raise InputError(Problem(f"A variable is named by a text and not by {said(name)}.", do="Give its name."))


def refuse_personal(survey: Survey, name: str) -> None:
    """Stop when a variable holds answers of single persons, which no table, group, model or margin may show.

    Raises
    ------
    RefusedError : the kind is "open", "date" or "info", or the privacy class "identifying". A name that the survey
        does not know passes: the call that uses it says so.
    """
    _one_name(name)
    if name not in survey.codebook and name not in survey.rows.columns:
        return
    variable = survey.variable(name)
    advice = {
        "open": "Read open answers in the team and sort them into themes; count the themes as a variable with codes.",
        "date": "Make classes first, such as the month or the wave, as a variable with codes.",
        "info": "It is a text of the questionnaire, without answers. Choose a question.",
    }
    if variable.kind in advice:
        raise RefusedError(f"'{name}' is of kind '{variable.kind}': it cannot be counted. {advice[variable.kind]}")
    if variable.privacy == "identifying":
        raise RefusedError(
            f"'{name}' may point at a person (privacy class 'identifying'): it cannot be an outcome or a group. "
            "Make wide classes of it in the codebook, such as 'lives in The Hague', and use those."
        )


def showable_answers(survey: Survey, name: str) -> list[Any]:
    """The answers that an error may list: codes of the codebook, or short texts and numbers."""
    levels = survey.encoded(name).levels
    return [level for level in levels if not isinstance(level, str) or len(level) <= LONGEST_CHOICE]


def survey_from_frame(
    frame: pd.DataFrame,
    *,
    weights: str | None = None,
    strata: str | Sequence[str] | None = None,
    clusters: str | Sequence[str] | None = None,
    fpc: str | Sequence[str] | None = None,
    nest: bool = False,
    codebook: Codebook | None = None,
    single_unit: SingleUnit = "refuse",
    replicates: Sequence[str] | pd.DataFrame | None = None,
    replicate_kind: str = "other",
    scale: float | None = None,
    rscales: Sequence[float] | float | None = None,
    rho: float | None = None,
    mse: bool = False,
    combined: bool = True,
    provenance: Provenance | None = None,
    set_aside: pd.DataFrame | None = None,
    missing_reasons: pd.DataFrame | None = None,
) -> Survey:
    """A Survey from a DataFrame; arguments name columns, several stages of sampling as lists.

    Parameters
    ----------
    frame : one row a respondent.
    weights : column of sampling weights, 0 or more. Without it weights follow from ``fpc``, else each is 1.
    strata : column of strata, or a list with one column for each stage.
    clusters : column of clusters (such as schools), or a list with one column for each stage; ids of a later
        stage count within their parent.
    fpc : column with the number of units in the population of that stage, within the stratum or parent; a value up
        to 1 is a sampled fraction. One column for each stage. Without it sampling counts as with replacement.
    nest : True when the same cluster id in two strata means two clusters.
    codebook : what the columns mean; without it kinds are inferred.
    single_unit : rule for a stratum with one cluster: "refuse", "adjust", "average", "certainty" or "remove".
    replicates : columns (or a frame) of replicate weights; variances then come from these.
    replicate_kind : "JK1", "JKn", "jackknife" (any, with scale or rscales), "BRR", "Fay", "bootstrap" or "other".
    scale, rscales : constants of the replicate variance; by kind when left out.
    rho : Fay's constant, 0 to 1.
    mse : True to centre replicates on the full estimate instead of on their mean.
    combined : True when the sampling weight is multiplied into the replicate weights.
    provenance : where the answers come from; an empty one when left out.
    set_aside, missing_reasons : what reading left out and why answers are missing (see ``Survey``).

    Returns
    -------
    Survey : rows keep their order and index.

    Raises
    ------
    InputError : see ``designs.design_from_frame``; a value that is not in the codebook.

    Notes
    -----
    Degrees of freedom are the clusters minus the strata. Checked against R's ``svydesign`` and ``svrepdesign``.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"school": ["a", "a", "b", "b"], "hours": [8, 6, 9, 5]})
    >>> survey_from_frame(frame, clusters="school")
    Survey (no name): 4 rows, 2 columns, 2 clusters
    """
    from stagekansen_lib.designs import design_from_frame

    if codebook is not None and not isinstance(codebook, Codebook):
        raise InputError(Problem(f"codebook is {said(codebook)}.", do="Give a Codebook, such as read_codebook(...)."))
    given = replicates is not None
    design = design_from_frame(
        frame,
        weights=weights,
        strata=strata,
        clusters=clusters,
        fpc=fpc,
        nest=nest,
        single_unit=single_unit,
        check_single=not given,
    )
    if replicates is not None:
        design = replace(
            design,
            replicates=_given_replicates(
                frame, design, replicates, replicate_kind, scale, rscales, rho, mse=mse, combined=combined
            ),
        )
    rows = frame if codebook is None else _coded(frame, codebook)
    book = codebook if codebook is not None else _inferred_codebook(frame)
    origin = provenance or Provenance(survey=book.name)
    return Survey(rows, book, replace(design, described=_described(design)), origin, set_aside, missing_reasons)


def subset(survey: Survey, where: Any) -> Survey:
    """The respondents for whom ``where`` holds, as a subpopulation: variances still know the whole sample.

    Parameters
    ----------
    survey : the survey.
    where : a mask of booleans, one a row; or a mapping {variable: answer or list of answers}. A Series goes by its
        index, in any order; a list or an array, which has none, by position.

    Returns
    -------
    Survey : the rows of the domain; ``len`` is their number.

    Raises
    ------
    InputError : the mask has another length or another index, or keeps nobody.

    Notes
    -----
    As R's ``subset`` of a design. Cutting a data set and making a new design gives wrong standard errors.

    Examples
    --------
    >>> import pandas as pd
    >>> survey = survey_from_frame(pd.DataFrame({"level": ["mbo", "hbo", "mbo"], "hours": [8, 6, 9]}))
    >>> len(subset(survey, {"level": "mbo"}))
    2
    """
    import numpy as np

    need_survey(survey)
    mask = _mask_of(survey, where)
    if not mask.any():
        raise InputError(Problem("Nobody is left in this subpopulation.", do="Check the condition."))
    positions = np.flatnonzero(mask).astype(np.intp)
    said = ", ".join(f"{name} = {value}" for name, value in where.items()) if isinstance(where, Mapping) else "a mask"
    reasons = None if survey.missing_reasons is None else survey.missing_reasons.iloc[positions]
    return replace(
        survey,
        rows=survey.rows.iloc[positions],
        design=survey.design.within(positions),
        missing_reasons=reasons,
        provenance=survey.provenance.with_step(f"subset: {said}, {len(positions)} of {len(mask)} rows"),
        _encoded={},
    )


def to_frame(survey: Survey, *, weight: str = "weight", replicates: bool = True) -> pd.DataFrame:
    """The rows with their weights, and replicate weights when there are any, for R, Stata and SPSS.

    Parameters
    ----------
    survey : the survey.
    weight : name of the column of weights to add; replicate weights become ``<weight>_1`` and on.
    replicates : False to leave replicate weights out.

    Raises
    ------
    InputError : the name is in use.

    Examples
    --------
    >>> import pandas as pd
    >>> survey = survey_from_frame(pd.DataFrame({"hours": [8.0, 6.0]}))
    >>> to_frame(survey)
       hours  weight
    0    8.0     1.0
    1    6.0     1.0
    """
    import pandas as pd

    need_survey(survey)
    if not isinstance(weight, str):
        raise InputError(Problem(f"weight is {said(weight)}.", do="Give the name of the new column."))
    if weight in survey.rows.columns:
        raise InputError(Problem(f"There is a column '{weight}' already.", do="Give another name: weight='...'."))
    columns: dict[str, Any] = {weight: survey.weights}
    given = survey.design.replicates
    if replicates and given is not None:
        matrix = given.matrix() if survey.design.domain is None else given.matrix()[survey.design.domain]
        columns |= {f"{weight}_{number + 1}": matrix[:, number] for number in range(given.number)}
    return pd.concat([survey.rows, pd.DataFrame(columns, index=survey.rows.index)], axis=1)


def matching_answer(given: Any, known: Sequence[Any]) -> Any:
    """The known answer that is meant: itself, or the number that a text spells ("1" for 1); else what was given."""
    if isinstance(given, str) and given not in known:
        try:
            number = float(given)
        except ValueError:
            return given
        for answer in known:
            if isinstance(answer, (int, float)) and not isinstance(answer, bool) and answer == number:
                return answer
    return given


def _mask_of(survey: Survey, where: Any) -> NDArray[np.bool_]:
    import numpy as np
    import pandas as pd

    if isinstance(where, Mapping):
        if not where:
            raise InputError(Problem("There is no condition.", do='Give one, such as {"level": "mbo"}.'))
        mask = np.ones(len(survey), dtype=bool)
        for name, wanted in where.items():
            encoded = survey.encoded(name)
            answers = list(wanted) if isinstance(wanted, (list, tuple, set, frozenset)) else [wanted]
            answers = [matching_answer(answer, encoded.levels) for answer in answers]
            unknown = [answer for answer in answers if answer not in encoded.levels]
            if unknown and not isinstance(unknown[0], (str, bool, int, float)):
                raise InputError(Problem(f"'{name}' has no answer that is {said(unknown[0])}.", do="Give answers."))
            if unknown:
                raise InputError(
                    Problem(
                        f"'{name}' has no answer {unknown[0]!r}.",
                        do=did_you_mean(unknown[0], showable_answers(survey, name)),
                    )
                )
            mask &= np.isin(encoded.codes, [encoded.levels.index(answer) for answer in answers])
        return mask
    if isinstance(where, pd.Series):
        where = _in_order_of_rows(survey, where).array
    try:
        given = pd.Series(where)
        mask = np.asarray(given.astype("boolean").fillna(False), dtype=bool)
    except (TypeError, ValueError):
        raise InputError(
            Problem(
                f"The condition is {said(where)}, not a true or false for each row.",
                do='Give {"level": "mbo"}, or survey.rows["hours"] > 5.',
            )
        ) from None
    if mask.shape != (len(survey),):
        raise InputError(
            Problem(f"The mask has {len(mask)} values and the survey {len(survey)} rows.", do="Give one for each row.")
        )
    return mask


def _in_order_of_rows(survey: Survey, mask: pd.Series[Any]) -> pd.Series[Any]:
    """The mask in the order of the rows: its index says which value is of which row."""
    index = survey.rows.index
    if mask.index.equals(index) or len(mask) != len(index):
        return mask  # another length is refused as such
    if not (mask.index.is_unique and index.is_unique and mask.index.isin(index).all()):
        raise InputError(
            Problem(
                "The index of the mask is not that of the survey's rows.",
                do="Make the mask of survey.rows, such as survey.rows['hours'] > 5; or give mask.to_numpy() when its "
                "values are in the order of the rows.",
            )
        )
    return mask.reindex(index)


def _encode(column: pd.Series[Any], variable: Variable) -> Encoded:
    import numpy as np
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        categories = tuple(_plain(value) for value in column.cat.categories)
        return Encoded(np.asarray(column.cat.codes, dtype=np.intp), categories, column.dtype)
    try:
        codes, found = pd.factorize(column, sort=False)
    except TypeError:
        raise InputError(
            Problem(f"'{variable.name}' holds lists or the like.", do="Give one number or text in each row.")
        ) from None
    levels = [_plain(value) for value in found]
    known = list(variable.valid_codes)
    if known and all(level in known for level in levels):
        order = sorted(range(len(levels)), key=lambda at: known.index(levels[at]))
    else:
        try:
            order = sorted(range(len(levels)), key=lambda at: levels[at])
        except TypeError:
            order = sorted(range(len(levels)), key=lambda at: str(levels[at]))
    place = np.empty(len(levels) + 1, dtype=np.intp)
    place[order] = np.arange(len(levels))
    place[-1] = -1
    return Encoded(place[codes], tuple(levels[at] for at in order), column.dtype)


def few_levels(values: Floats) -> tuple[Integers, Floats] | None:
    """Whole numbers as codes of their different values, in order; None when they are no whole numbers or too many."""
    import numpy as np

    from stagekansen_lib.designs import row_blocks

    low, high = (values.min(), values.max()) if len(values) else (0.0, np.inf)
    if not high - low < _FEW_LEVELS or low != np.floor(low):
        return None
    codes, counts = np.empty(len(values), dtype=np.intp), np.zeros(int(high - low) + 1, dtype=np.intp)
    for rows in row_blocks(len(values), len(counts)):
        above = values[rows] - low
        here = above.astype(np.intp)
        if (here != above).any():
            return None
        codes[rows] = here
        counts += np.bincount(here, minlength=len(counts))
    present = counts > 0
    levels = np.flatnonzero(present) + low
    return (codes if present.all() else (np.cumsum(present) - 1)[codes]), levels


def _plain(value: Any) -> Any:
    """A Python value instead of a numpy scalar, so that it prints and compares plainly."""
    return value.item() if hasattr(value, "item") and not hasattr(value, "__len__") else value


def _inferred_kind(column: pd.Series[Any]) -> Any:
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        return "ordinal" if column.cat.ordered else "nominal"
    if pd.api.types.is_bool_dtype(column.dtype):
        return "nominal"
    if pd.api.types.is_numeric_dtype(column.dtype):
        return "number"
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return "date"
    return "nominal"


def _inferred_codebook(frame: pd.DataFrame) -> Codebook:
    import pandas as pd

    variables = {}
    for name in frame.columns:
        column = frame[name]
        codes: tuple[Code, ...] = ()
        if isinstance(column.dtype, pd.CategoricalDtype):
            codes = tuple(Code(_plain(value), str(value), str(value)) for value in column.cat.categories)
        variables[str(name)] = Variable(str(name), _inferred_kind(column), str(name), str(name), codes)
    return Codebook("", variables)


def _coded(frame: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """The frame with coded columns as categoricals in the order of the codebook."""
    import numpy as np
    import pandas as pd

    problems: list[Problem] = []
    changed: dict[str, Any] = {}
    for name in frame.columns:
        if name not in codebook or codebook[name].kind not in ("nominal", "ordinal") or not codebook[name].codes:
            continue
        variable = codebook[name]
        valid = list(variable.valid_codes)
        missing = [code.code for code in variable.codes if code.missing]
        dtype = pd.CategoricalDtype(valid, ordered=variable.kind == "ordinal")
        given = frame[name].dtype
        if isinstance(given, pd.CategoricalDtype) and given == dtype and list(given.categories) == valid:
            continue
        # Each different answer is looked up once, not that of each row.
        codes, found = pd.factorize(frame[name])
        levels = pd.Series(list(found), dtype=object)
        place = np.append(pd.Index(valid, dtype=object).get_indexer_for(pd.Index(levels, dtype=object)), -1)
        known = np.append(levels.isin(valid) | levels.isin(missing), True)
        bad = ~known[codes]
        if bad.any():
            shown = ", ".join(str(row) for row in frame.index[bad][:5])
            problems.append(
                Problem(
                    f"{int(bad.sum())} values are not in the codebook (rows {shown}).",
                    f"column '{name}'",
                    f"Expected one of: {', '.join(str(code) for code in valid[:12])}.",
                )
            )
            continue
        changed[name] = pd.Categorical.from_codes(place[codes], dtype=dtype)
    if problems:
        raise InputError(problems)
    return frame.assign(**changed) if changed else frame


def _given_replicates(
    frame: pd.DataFrame,
    design: Design,
    columns: Sequence[str] | pd.DataFrame,
    kind: str,
    scale: float | None,
    rscales: Sequence[float] | float | None,
    rho: float | None,
    *,
    mse: bool,
    combined: bool,
) -> Any:
    import numpy as np
    import pandas as pd

    from stagekansen_lib.designs import Replicates

    if not isinstance(columns, (list, tuple, pd.Index, pd.DataFrame)):
        raise InputError(
            Problem(
                f"replicates is {said(columns)}.", do="Give a list of columns, or a DataFrame of replicate weights."
            )
        )
    known = {name.lower(): name for name in _REPLICATE_KINDS}
    if str(kind).lower() not in known:
        raise InputError(Problem(f"replicate_kind is {kind!r}.", do=did_you_mean(kind, _REPLICATE_KINDS)))
    kind = known[kind.lower()]
    whole = isinstance(columns, pd.DataFrame)
    absent = [] if whole else [name for name in columns if name not in frame.columns]
    if absent:
        raise InputError(Problem(f"There is no column '{absent[0]}'.", do=did_you_mean(absent[0], list(frame.columns))))
    try:
        matrix = np.asarray(columns if whole else frame[list(columns)], dtype=float)
    except (TypeError, ValueError):
        raise InputError(Problem("Replicate weights must be numbers.", do="Check the columns of replicates.")) from None
    if matrix.shape[0] != len(frame) or matrix.shape[1] < 2 or not np.isfinite(matrix).all():
        raise InputError(
            Problem(
                "Replicate weights need at least two columns, a value in every row, and a row for each respondent.",
                do="Check the columns given in replicates.",
            )
        )
    if not combined:
        matrix = matrix * design.weights[:, None]
    number = matrix.shape[1]
    if scale is not None:
        some_number("scale", scale, above=0.0, do="Give a number above zero.")
    if rho is not None and not 0 <= some_number("rho", rho) < 1:
        raise InputError(Problem(f"rho is {rho}.", do="Give a number of 0 or more and below 1, such as 0.3."))
    if kind == "Fay" and rho is None and scale is None:
        raise InputError(Problem("Fay's method needs its constant.", do="Give rho, such as rho=0.3."))
    standard = {
        "JK1": (number - 1) / number,
        "JKn": 1.0,
        "BRR": 1 / number,
        "Fay": 1 / (number * (1 - (rho or 0.0)) ** 2),
        "bootstrap": 1 / (number - 1),
        "successive-difference": 4 / number,
        "ACS": 4 / number,
    }
    if kind == "other" and scale is None and rscales is None:
        raise InputError(
            Problem(
                "The variance of replicate weights of kind 'other' is not known.",
                do="Give replicate_kind (JK1, JKn, BRR, Fay, bootstrap), or scale and rscales.",
            )
        )
    if kind == "jackknife" and scale is None and rscales is None:
        raise InputError(
            Problem(
                "A jackknife has its own constants for each way to leave clusters out.",
                do="Give scale or rscales; or replicate_kind 'JK1' (no strata) or 'JKn' (strata, with rscales).",
            )
        )
    if kind == "JKn" and rscales is None:
        raise InputError(Problem("JKn needs rscales.", do="Give (n_h - 1) / n_h of the stratum of each replicate."))
    factor = scale if scale is not None else standard.get(kind, 1.0)
    try:
        each = np.broadcast_to(np.asarray(1.0 if rscales is None else rscales, dtype=float), (number,)).copy()
    except (TypeError, ValueError):
        each = np.full(number, np.nan)
    if not (np.isfinite(each) & (each >= 0)).all() or not each.any():
        raise InputError(Problem(f"rscales must be one number of 0 or more, or {number} of them.", do="Check rscales."))
    return Replicates(matrix, float(factor), each, mse, kind)


def _described(design: Design) -> str:
    """The design in a few words, for printing."""
    import numpy as np

    if design.replicates is not None:
        return f"{design.replicates.number} replicate weights ({design.replicates.kind})"
    first = design.stages[0]
    parts = []
    if first.strata is not None:
        parts.append(f"{len(first.sampled)} strata")
    if first.clusters is not None:
        parts.append(" in ".join(f"{len(stage.cluster_stratum):,} clusters" for stage in reversed(design.stages)))
    low, high = design.weights.min(), design.weights.max()
    if not np.isclose(low, high):
        parts.append("weighted")
    if first.population is not None:
        parts.append("finite population")
    return ", ".join(parts)
