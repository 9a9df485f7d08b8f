"""The survey that a choice asks for: with other weights or none, and with answers of a group taken together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from stagekansen_lib.wording import Language, say

if TYPE_CHECKING:
    from stagekansen_lib.surveys.surveys import Survey

__all__ = ["NO_WEIGHTS", "survey_with_weights", "taken_together", "weighting_name"]

NO_WEIGHTS = "none"


def survey_with_weights(survey: Survey, weights: str) -> Survey:
    """The survey weighted to the margins of that name; as it is for "", and with every answer as heavy for "none"."""
    from stagekansen_lib.population.margins import read_margins
    from stagekansen_lib.weighting.raking import rake
    from stagekansen_lib.weighting.unweighted import without_weights

    if weights == NO_WEIGHTS:
        return without_weights(survey)
    return rake(survey, to=read_margins(weights)) if weights else survey


def weighting_name(weights: str, language: Language) -> str:
    """What a reader chooses: the weights of the survey, none, or margins by their name."""
    words = {"": "own_weights", NO_WEIGHTS: "no_weights"}
    return say(f"explore.{words[weights]}", language) if weights in words else weights


def taken_together(survey: Survey, group: str, codes: Sequence[Any]) -> Survey:
    """The survey with those answers of the group as one; as it is without any."""
    from stagekansen_lib.releases.merges import merge_answers

    return merge_answers(survey, group, codes) if codes else survey
