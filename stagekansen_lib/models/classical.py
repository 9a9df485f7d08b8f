"""The same model as statsmodels fits it, which knows the weights and not the design, and its measures of influence."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stagekansen_lib.arguments import said
from stagekansen_lib.errors import DoubtWarning, InputError, Problem
from stagekansen_lib.models.model_columns import given_column
from stagekansen_lib.models.regressions import Regression

if TYPE_CHECKING:
    from statsmodels.genmod.generalized_linear_model import GLMResults
    from statsmodels.miscmodels.ordinal_model import OrderedResults


__all__ = ["influence", "to_statsmodels"]


def to_statsmodels(model: Regression) -> GLMResults | OrderedResults:
    """The same model as statsmodels fits it, with the same weights: for its diagnostics and its other tools.

    Its coefficients are those of ``regress``; **its standard errors, tests and intervals are not**: it knows no strata,
    clusters or replicates, and takes weights for precision. It holds answers of respondents, and stays with the team.

    Parameters
    ----------
    model : what ``regress`` gave.

    Returns
    -------
    GLMResults : of a GLM with ``var_weights`` (the weights over their mean). For an ordinal model OrderedResults, in
        which each threshold but the first is the logarithm of its distance to the one before.

    Raises
    ------
    InputError : no model; an ordinal model with unequal weights, which statsmodels does not have.

    Warns
    -----
    DoubtWarning : always, that its standard errors know nothing of the design.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> survey = sk.survey_from_frame(pd.DataFrame({"hours": [8.0, 6, 9, 5, 7], "year": [1, 1, 2, 2, 3]}))
    >>> with warnings.catch_warnings(action="ignore"):
    ...     theirs = to_statsmodels(sk.regress(survey, "hours ~ year"))
    >>> theirs.params.round(3).tolist()
    [7.0, 0.0]
    """
    _need_model(model)
    warnings.warn(
        "The standard errors, tests and intervals of this object of statsmodels do not know the design of the survey. "
        "Report those of regress().",
        DoubtWarning,
        stacklevel=2,
    )
    return _ordinal(model) if model.family == "ordinal" else _glm(model)


def influence(model: Regression) -> pd.DataFrame:
    """How much each row of the file weighs in a model. For the team: a row may be one person.

    Parameters
    ----------
    model : what ``regress`` gave; not an ordinal model.

    Returns
    -------
    DataFrame : one row a respondent in the model, by the row number of the survey and without any answer: ``leverage``
        (0 to 1) and ``cooks_distance``, the largest distance first.

    Raises
    ------
    InputError : no model, or an ordinal one.

    Notes
    -----
    By statsmodels, with the weights, as ``hatvalues`` and ``cooks.distance`` of R's ``glm``. Cook (1977),
    doi:10.1080/00401706.1977.10489493. Its scale is that of a model without a design: good for comparing rows with each
    other, and not with a limit from a textbook. Checked against the formulas in matrices.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> survey = sk.survey_from_frame(pd.DataFrame({"hours": [8.0, 6, 9, 5, 7], "year": [1, 1, 2, 2, 9]}))
    >>> influence(sk.regress(survey, "hours ~ year"))["leverage"].round(2).max()
    np.float64(0.98)
    """
    _need_model(model)
    if model.family == "ordinal":
        raise InputError(Problem("An ordinal model has no leverage.", do="Look at family='binomial' for one answer."))
    fitted = _glm(model)
    # The expected information, as in R: the observed one differs for a probit link.
    found = fitted.get_influence(observed=False)
    table = pd.DataFrame(
        {"leverage": found.hat_matrix_diag, "cooks_distance": found.cooks_distance[0]}, index=model._rows.index
    )
    return table.sort_values("cooks_distance", ascending=False, kind="stable")


def _need_model(model: Regression) -> None:
    if not isinstance(model, Regression):
        raise InputError(Problem(f"The model is {said(model)}.", do="Give what regress() gives."))


def _columns(model: Regression) -> tuple[pd.Series[float], pd.DataFrame]:
    """Outcome and columns of a model, by row number."""
    columns = {column.name: given_column(model._rows, column) for column in model.columns}
    x = pd.DataFrame(columns, index=model._rows.index)
    return pd.Series(model._outcome, index=model._rows.index, name=model.of), x


def _glm(model: Regression) -> GLMResults:
    import statsmodels.api as sm

    links = {"identity": sm.families.links.Identity, "log": sm.families.links.Log,
             "logit": sm.families.links.Logit, "probit": sm.families.links.Probit}  # fmt: skip
    families = {"gaussian": sm.families.Gaussian, "binomial": sm.families.Binomial, "poisson": sm.families.Poisson}
    family = families[model.family](links[model.link]())
    y, x = _columns(model)
    asked = sm.GLM(y, x, family=family, var_weights=model._weights / model._weights.mean())
    return asked.fit(start_params=model.coefficients, tol=1e-12, tol_criterion="params")


def _ordinal(model: Regression) -> OrderedResults:
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    if not np.allclose(model._weights, model._weights[0], rtol=1e-9):
        advice = "Look at family='binomial' for one answer at a time."
        raise InputError(Problem("OrderedModel of statsmodels takes no weights.", do=advice))
    y, x = _columns(model)
    slopes, thresholds = np.split(model.coefficients, [x.shape[1]])
    start = np.concatenate([slopes, thresholds[:1], np.log(np.diff(thresholds))])
    return OrderedModel(y.astype(int), x, distr=model.link).fit(start_params=start, method="newton", disp=False)
