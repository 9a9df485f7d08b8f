"""A survey without its weights, for a look beside the weighted figure."""

from __future__ import annotations

from dataclasses import replace

from stagekansen_lib.surveys.surveys import Survey, need_survey

__all__ = ["without_weights"]


def without_weights(survey: Survey) -> Survey:
    """The survey with every answer as heavy as any other: for a look at what weighting does, not for a release.

    Parameters
    ----------
    survey : the survey, weighted or not.

    Returns
    -------
    Survey : the same rows, strata and clusters, each row with weight 1 and no replicate weights; ``protect`` and
        ``release`` refuse it, because a release weighs as it declares.

    Raises
    ------
    InputError : something else than a survey.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> survey = sk.rake(sk.read_survey("example_2022"), to=sk.read_margins("students_haaglanden_2019"))
    >>> set(without_weights(survey).weights.tolist())
    {1.0}
    """
    import numpy as np

    need_survey(survey)
    plain = replace(
        survey.design,
        weights=np.ones(survey.design.size),
        calibrations=(),
        replicates=None,
        targets=(),
        steps=(),
        base_weights=None,
    )
    line = "without weights, for a look"
    return survey.with_weights(plain, survey.provenance.with_step(line, only_a_look=line))
