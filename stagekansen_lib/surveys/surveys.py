"""A Survey: rows, codebook and sampling design together, never changed in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from stagekansen_lib.arguments import said
from stagekansen_lib.errors import InputError, Problem, RefusedError, did_you_mean
from stagekansen_lib.surveys.codebooks import Codebook, Kind, Variable
from stagekansen_lib.surveys.encoding import Encoded, encode
from stagekansen_lib.surveys.provenance import Provenance

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from stagekansen_lib.arrays import Floats
    from stagekansen_lib.surveys.designs import Design


__all__ = [
    "Reserve",
    "Survey",
    "inferred_kind",
    "matching_answer",
    "need_survey",
    "refuse_personal",
    "showable_answers",
    "subset",
    "to_frame",
]


MULTIPLE_SEPARATOR = "["

# A longer text is something that a respondent wrote, not a choice from a list: errors never repeat it.
LONGEST_CHOICE = 40


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
            return Variable(name, inferred_kind(self.rows[name]), name, name)
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
            self._encoded[name] = encode(self.column(name), self.variable(name))
        return self._encoded[name]

    def numbers(self, name: str) -> Floats:
        """A column as numbers, NaN where there is no answer; refused as ``encoded`` does."""
        refuse_personal(self, name)
        import numpy as np
        import pandas as pd

        from stagekansen_lib.arrays import row_blocks

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
            "Make wide classes of it in the codebook, such as 'lives in the city', and use those."
        )


def showable_answers(survey: Survey, name: str) -> list[Any]:
    """The answers that an error may list: codes of the codebook, or short texts and numbers."""
    levels = survey.encoded(name).levels
    return [level for level in levels if not isinstance(level, str) or len(level) <= LONGEST_CHOICE]


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
    >>> from stagekansen_lib.surveys.making import survey_from_frame
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

    Returns
    -------
    DataFrame : the rows of the survey, those of the domain when it is a subset, with the column of weights last.

    Raises
    ------
    InputError : something that is no survey; a name that is no text or is in use.

    Examples
    --------
    >>> import pandas as pd
    >>> from stagekansen_lib.surveys.making import survey_from_frame
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
    """The rows for which a condition holds."""
    import numpy as np
    import pandas as pd

    if isinstance(where, Mapping):
        if not where:
            raise InputError(Problem("There is no condition.", do='Give one, such as {"level": "mbo"}.'))
        mask = np.ones(len(survey), dtype=bool)
        for name, wanted in where.items():
            mask &= np.isin(survey.encoded(name).codes, _places_of(survey, name, wanted))
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


def _places_of(survey: Survey, name: str, wanted: Any) -> list[int]:
    """The places of one answer or several among the answers to a variable."""
    levels = survey.encoded(name).levels
    answers = list(wanted) if isinstance(wanted, (list, tuple, set, frozenset)) else [wanted]
    answers = [matching_answer(answer, levels) for answer in answers]
    unknown = [answer for answer in answers if answer not in levels]
    if unknown and not isinstance(unknown[0], (str, bool, int, float)):
        raise InputError(Problem(f"'{name}' has no answer that is {said(unknown[0])}.", do="Give answers."))
    if unknown:
        offer = did_you_mean(unknown[0], showable_answers(survey, name))
        raise InputError(Problem(f"'{name}' has no answer {unknown[0]!r}.", do=offer))
    return [levels.index(answer) for answer in answers]


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


def inferred_kind(column: pd.Series[Any]) -> Kind:
    """The kind of a variable that no codebook describes, by the type of its column."""
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
