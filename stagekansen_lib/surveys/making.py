"""A Survey from a DataFrame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from stagekansen_lib.arguments import said, some_number
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.encoding import plain_value
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.surveys import Survey, inferred_kind

if TYPE_CHECKING:
    import pandas as pd

    from stagekansen_lib.arrays import Floats
    from stagekansen_lib.surveys.designs import Design, Replicates, SingleUnit


__all__ = ["survey_from_frame"]


_REPLICATE_KINDS = ("JK1", "JKn", "jackknife", "BRR", "Fay", "bootstrap", "successive-difference", "ACS", "other")


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
    InputError : see ``design_columns.design_from_frame``; a value that is not in the codebook.

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
    from stagekansen_lib.surveys.design_columns import design_from_frame

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
                frame, design, replicates, replicate_kind, _Constants(scale, rscales, rho), mse=mse, combined=combined
            ),
        )
    rows = frame if codebook is None else _coded(frame, codebook)
    book = codebook if codebook is not None else _inferred_codebook(frame)
    origin = provenance or Provenance(survey=book.name)
    return Survey(rows, book, replace(design, described=_described(design)), origin, set_aside, missing_reasons)


def _inferred_codebook(frame: pd.DataFrame) -> Codebook:
    import pandas as pd

    variables = {}
    for name in frame.columns:
        column = frame[name]
        codes: tuple[Code, ...] = ()
        if isinstance(column.dtype, pd.CategoricalDtype):
            codes = tuple(Code(plain_value(value), str(value), str(value)) for value in column.cat.categories)
        variables[str(name)] = Variable(str(name), inferred_kind(column), str(name), str(name), codes)
    return Codebook("", variables)


def _coded(frame: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """The frame with coded columns as categoricals in the order of the codebook."""
    problems: list[Problem] = []
    changed: dict[str, Any] = {}
    for name in frame.columns:
        if name not in codebook or codebook[name].kind not in ("nominal", "ordinal") or not codebook[name].codes:
            continue
        try:
            coded = _categorical(frame[name], codebook[name])
        except InputError as error:
            problems.extend(error.problems)
            continue
        if coded is not None:
            changed[name] = coded
    if problems:
        raise InputError(problems)
    return frame.assign(**changed) if changed else frame


def _categorical(column: pd.Series[Any], variable: Variable) -> pd.Categorical | None:
    """A column as codes of its variable, missing codes as no answer; None when it is that already."""
    import numpy as np
    import pandas as pd

    valid = list(variable.valid_codes)
    missing = [code.code for code in variable.codes if code.missing]
    dtype = pd.CategoricalDtype(valid, ordered=variable.kind == "ordinal")
    given = column.dtype
    if isinstance(given, pd.CategoricalDtype) and given == dtype and list(given.categories) == valid:
        return None
    # Each different answer is looked up once, not that of each row.
    codes, found = pd.factorize(column)
    levels = pd.Series(list(found), dtype=object)
    place = np.append(pd.Index(valid, dtype=object).get_indexer_for(pd.Index(levels, dtype=object)), -1)
    known = np.append(levels.isin(valid) | levels.isin(missing), True)
    bad = ~known[codes]
    if bad.any():
        shown = ", ".join(str(row) for row in column.index[bad][:5])
        raise InputError(
            Problem(
                f"{int(bad.sum())} values are not in the codebook (rows {shown}).",
                f"column '{column.name}'",
                f"Expected one of: {', '.join(str(code) for code in valid[:12])}.",
            )
        )
    return pd.Categorical.from_codes(place[codes], dtype=dtype)


def _given_replicates(
    frame: pd.DataFrame,
    design: Design,
    columns: Sequence[str] | pd.DataFrame,
    kind: str,
    constants: _Constants,
    *,
    mse: bool,
    combined: bool,
) -> Replicates:
    """Replicate weights that came with the answers, with the constants of their variance."""
    from stagekansen_lib.surveys.designs import Replicates

    matrix = _replicate_matrix(frame, columns, kind)
    if not combined:
        matrix = matrix * design.weights[:, None]
    number = matrix.shape[1]
    known = {name.lower(): name for name in _REPLICATE_KINDS}[kind.lower()]
    _check_constants(known, constants)
    return Replicates(matrix, _variance_scale(known, constants, number), _each_scale(constants, number), mse, known)


@dataclass(frozen=True)
class _Constants:
    """What a variance of replicates is multiplied by: all of them, each of them, and Fay's constant; None: by kind."""

    scale: float | None
    rscales: Sequence[float] | float | None
    rho: float | None

    @property
    def given(self) -> bool:
        return self.scale is not None or self.rscales is not None


def _replicate_matrix(frame: pd.DataFrame, columns: Sequence[str] | pd.DataFrame, kind: str) -> Floats:
    """The replicate weights as numbers: a row for each respondent, at least two columns."""
    import numpy as np
    import pandas as pd

    _check_replicates(frame, columns, kind)
    try:
        matrix = np.asarray(columns if isinstance(columns, pd.DataFrame) else frame[list(columns)], dtype=float)
    except (TypeError, ValueError):
        raise InputError(Problem("Replicate weights must be numbers.", do="Check the columns of replicates.")) from None
    if matrix.shape[0] != len(frame) or matrix.shape[1] < 2 or not np.isfinite(matrix).all():
        raise InputError(
            Problem(
                "Replicate weights need at least two columns, a value in every row, and a row for each respondent.",
                do="Check the columns given in replicates.",
            )
        )
    return matrix


def _check_replicates(frame: pd.DataFrame, columns: Any, kind: str) -> None:
    import pandas as pd

    if not isinstance(columns, (list, tuple, pd.Index, pd.DataFrame)):
        raise InputError(
            Problem(
                f"replicates is {said(columns)}.", do="Give a list of columns, or a DataFrame of replicate weights."
            )
        )
    if str(kind).lower() not in [name.lower() for name in _REPLICATE_KINDS]:
        raise InputError(Problem(f"replicate_kind is {kind!r}.", do=did_you_mean(kind, _REPLICATE_KINDS)))
    names = [] if isinstance(columns, pd.DataFrame) else list(columns)
    absent = [name for name in names if name not in frame.columns]
    if absent:
        raise InputError(Problem(f"There is no column '{absent[0]}'.", do=did_you_mean(absent[0], list(frame.columns))))


# Kinds whose variance is not known without constants, what is said of them, and what to do.
_WITHOUT_CONSTANTS = {
    "other": (
        "The variance of replicate weights of kind 'other' is not known.",
        "Give replicate_kind (JK1, JKn, BRR, Fay, bootstrap), or scale and rscales.",
    ),
    "jackknife": (
        "A jackknife has its own constants for each way to leave clusters out.",
        "Give scale or rscales; or replicate_kind 'JK1' (no strata) or 'JKn' (strata, with rscales).",
    ),
}


def _check_constants(kind: str, constants: _Constants) -> None:
    """Stop at constants that are no constants, and at kinds that miss theirs."""
    if constants.scale is not None:
        some_number("scale", constants.scale, above=0.0, do="Give a number above zero.")
    if constants.rho is not None and not 0 <= some_number("rho", constants.rho) < 1:
        raise InputError(Problem(f"rho is {constants.rho}.", do="Give a number of 0 or more and below 1, such as 0.3."))
    _check_present(kind, constants)


def _check_present(kind: str, constants: _Constants) -> None:
    if kind == "Fay" and constants.rho is None and constants.scale is None:
        raise InputError(Problem("Fay's method needs its constant.", do="Give rho, such as rho=0.3."))
    if kind in _WITHOUT_CONSTANTS and not constants.given:
        what, do = _WITHOUT_CONSTANTS[kind]
        raise InputError(Problem(what, do=do))
    if kind == "JKn" and constants.rscales is None:
        raise InputError(Problem("JKn needs rscales.", do="Give (n_h - 1) / n_h of the stratum of each replicate."))


def _variance_scale(kind: str, constants: _Constants, number: int) -> float:
    """The constant of all replicates: the one given, else that of the kind."""
    if constants.scale is not None:
        return float(constants.scale)
    standard = {
        "JK1": (number - 1) / number,
        "JKn": 1.0,
        "BRR": 1 / number,
        "Fay": 1 / (number * (1 - (constants.rho or 0.0)) ** 2),
        "bootstrap": 1 / (number - 1),
        "successive-difference": 4 / number,
        "ACS": 4 / number,
    }
    return standard.get(kind, 1.0)


def _each_scale(constants: _Constants, number: int) -> Floats:
    """The constant of each replicate; one number is that of all of them."""
    import numpy as np

    try:
        given = np.asarray(1.0 if constants.rscales is None else constants.rscales, dtype=float)
        each = np.broadcast_to(given, (number,)).copy()
    except (TypeError, ValueError):
        each = np.full(number, np.nan)
    if not (np.isfinite(each) & (each >= 0)).all() or not each.any():
        raise InputError(Problem(f"rscales must be one number of 0 or more, or {number} of them.", do="Check rscales."))
    return each


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
