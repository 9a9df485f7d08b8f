"""Where answers come from: how many each channel brought, and what its respondents experienced, for the team.

A survey that people choose to join is the sum of the ways in which they were asked. Where those ways bring other
people, the whole depends on how many came by each. The counts have not passed ``protect``: nothing leaves the team.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Literal, overload

from stagekansen_lib.drafts.measuring import MissingConcept, concept, with_readings
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.surveys.surveys import Survey, need_survey
from stagekansen_lib.wording import LANGUAGES, Language, chosen_language, number_text, percent_text, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AnswersByChannel", "answers_by_channel"]

# Channels with fewer answers have a row, but are not compared: chance alone sets them apart.
_ENOUGH = 10


@dataclass(frozen=True, eq=False)
class AnswersByChannel:
    """The answers of each channel, and how many of them experienced discrimination.

    Parameters
    ----------
    table : one row a channel, in the order of the codebook: channel (code), answers (number of rows), part (of all rows
        that name a channel, 0 to 1), base (rows that also answered whether they experienced it), experienced (share of
        those, 0 to 1, weighted where the survey is), ci_low, ci_high (95%); not a number without a base.
    without : rows that name no channel.
    survey : the survey. ``channel``, ``experienced`` : the variables that were used.
    """

    table: pd.DataFrame
    without: int
    survey: Survey
    channel: str
    experienced: str

    def labelled(self, language: str | None = None) -> pd.DataFrame:
        """The table in words, for reading."""
        import pandas as pd

        chosen = chosen_language(language)
        variable = self.survey.codebook[self.channel]
        lines = [
            (
                variable.code_label(row["channel"], chosen),
                row["answers"],
                percent_text(row["part"], chosen),
                _share_text(row["experienced"], chosen),
                _margin_text(row["ci_low"], row["ci_high"], chosen),
            )
            for row in self.table.to_dict("records")
        ]
        heads = [say(f"channels.{name}", chosen) for name in ("channel", "answers", "part", "experienced", "margin")]
        return pd.DataFrame(lines, columns=heads)

    def sentence(self, language: str | None = None) -> str:
        """What the channels bring, in plain words, with what that means for people who chose to take part."""
        chosen = chosen_language(language)
        label = self.survey.codebook[self.channel].code_label
        rows = self.table.to_dict("records")
        most = max(rows, key=lambda row: row["answers"])
        told = [
            say(
                "channels.most", chosen, channel=label(most["channel"], chosen), part=percent_text(most["part"], chosen)
            )
        ]
        compared = sorted((row for row in rows if row["base"] >= _ENOUGH), key=lambda row: row["experienced"])
        if len(compared) > 1:
            low, high = compared[0], compared[-1]
            told.append(
                say(
                    "channels.between", chosen,
                    low=percent_text(low["experienced"], chosen), lowest=label(low["channel"], chosen),
                    high=percent_text(high["experienced"], chosen), highest=label(high["channel"], chosen),
                )
            )  # fmt: skip
            apart = bool(low["ci_high"] < high["ci_low"])
            told.append(say("channels.apart" if apart else "channels.together", chosen))
        if self.without:
            told.append(say("channels.without", chosen, n=number_text(self.without, chosen)))
        if self.survey.provenance.self_selected:
            told.append(say("sentences.self_selected", chosen))
        if self.survey.provenance.synthetic:
            told.append(say("sentences.synthetic", chosen))
        return " ".join(told)

    def __repr__(self) -> str:
        return f"{self.labelled('en').to_string(index=False)}\n{self.sentence('en')}"

    def _repr_html_(self) -> str:
        return f"{self.labelled().to_html(index=False)}<p>{escape(self.sentence())}</p>"


@overload
def answers_by_channel(survey: Survey, *, missing: Literal["raise"] = ...) -> AnswersByChannel: ...


@overload
def answers_by_channel(survey: Survey, *, missing: Literal["tell"]) -> AnswersByChannel | MissingConcept: ...


def answers_by_channel(
    survey: Survey, *, missing: Literal["raise", "tell"] = "raise"
) -> AnswersByChannel | MissingConcept:
    """How many answers each channel brought, and how many of them experienced discrimination. For the team only.

    Parameters
    ----------
    survey : with a question of concept "channel" (how somebody came to the questionnaire) and one of concept
        "experienced".
    missing : "raise" stops where one of the two is not asked, or nobody named a channel; "tell" gives a MissingConcept,
        which says what to do.

    Returns
    -------
    AnswersByChannel : a table and a sentence. Weighted shares with 95% intervals, as ``share`` gives them; channels of
        fewer than 10 answers have a row and are not compared.

    Raises
    ------
    InputError : no question measures the channel or the experience, or its answers are not clear yes and no; nobody
        named a channel.

    Examples
    --------
    >>> import pandas as pd
    >>> import stagekansen_lib as sk
    >>> from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
    >>> ways = (Code(1, "Coördinator", "Coordinator"), Code(2, "Sociale media", "Social media"))
    >>> said = (Code(0, "Nee", "No"), Code(1, "Ja", "Yes"))
    >>> book = Codebook("school", {
    ...     "way": Variable("way", "nominal", "Kanaal", "Channel", ways, concept="channel"),
    ...     "met": Variable("met", "nominal", "Meegemaakt", "Met", said, concept="experienced")})
    >>> rows = pd.DataFrame({"way": [1] * 30 + [2] * 20, "met": [0] * 24 + [1] * 6 + [0] * 5 + [1] * 15})
    >>> answers_by_channel(sk.survey_from_frame(rows, codebook=book)).table[["channel", "answers", "experienced"]]
       channel  answers  experienced
    0        1       30         0.20
    1        2       20         0.75
    """
    import pandas as pd

    from stagekansen_lib.estimation.shares import share

    need_survey(survey)
    survey = with_readings(survey)
    channel = concept(survey, "channel", "list", missing=missing)
    if isinstance(channel, MissingConcept):
        return channel
    experienced = _experienced(survey, missing)
    if isinstance(experienced, MissingConcept):
        return experienced
    counts = survey.rows[channel].value_counts()
    named = int(counts.sum())
    if not named:
        nobody = {
            language: Problem(say("channels.nobody", language), channel, say("channels.nobody_do", language))
            for language in LANGUAGES
        }
        if missing == "tell":
            return MissingConcept(nobody, "channel")
        raise InputError(nobody["en"])
    both = survey.rows[[channel, experienced]].dropna()
    bases = both[channel].value_counts()
    estimates = share(survey, of=experienced, code=1, by=channel).table.to_dict("records")
    told = {row[channel]: row for row in estimates}
    lines = []
    for code in survey.codebook[channel].valid_codes:
        row = told.get(code) if bases.get(code, 0) else None
        values = [row[name] if row else math.nan for name in ("estimate", "ci_low", "ci_high")]
        answers = int(counts.get(code, 0))
        lines.append((code, answers, answers / named, int(bases.get(code, 0)), *values))
    columns = ["channel", "answers", "part", "base", "experienced", "ci_low", "ci_high"]
    return AnswersByChannel(
        pd.DataFrame(lines, columns=columns), len(survey.rows) - named, survey, channel, experienced
    )


def _experienced(survey: Survey, missing: Literal["raise", "tell"]) -> str | MissingConcept:
    """The variable of two answers; a codebook may have asked it in two answers itself."""
    asked = concept(survey, "experienced", missing=missing)
    if isinstance(asked, MissingConcept):
        return asked
    if set(survey.codebook[asked].valid_codes) == {0, 1}:
        return asked
    return concept(survey, "experienced", "yes", missing=missing)


def _share_text(value: float, language: Language) -> str:
    return say("points.unknown", language) if math.isnan(value) else percent_text(value, language)


def _margin_text(low: float, high: float, language: Language) -> str:
    if math.isnan(low) or math.isnan(high):
        return say("points.unknown", language)
    return say("channels.from_to", language, low=percent_text(low, language), high=percent_text(high, language))
