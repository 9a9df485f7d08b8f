"""What a release proves: its tables are what protection of this survey gives, and made-up answers are made up.

A release does not believe the tables that it is handed. It estimates what is declared from the survey and protects it
once more, and compares bytes. That guards against mistakes: a table that somebody changed, results of another survey, a
part that was protected by itself. It does not guard against a programmer in the same process who means harm: who can
change this module can publish anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stagekansen_lib.disclosure.published import PublishedComparison, PublishedTable
from stagekansen_lib.errors import RefusedError
from stagekansen_lib.releases.contents import (
    Published,
    codebook_content,
    comparison_entry,
    json_bytes,
    table_bytes,
    table_entry,
)
from stagekansen_lib.releases.declared import estimate_declared
from stagekansen_lib.surveys.made_up import PRACTICE, strangers
from stagekansen_lib.surveys.provenance import refuse_looks

if TYPE_CHECKING:
    from stagekansen_lib.comparison.results import Comparison
    from stagekansen_lib.estimation.tables import EstimateTable
    from stagekansen_lib.surveys.surveys import Survey

__all__ = ["Proven", "prove", "refuse_unproven", "same_as_proven"]


@dataclass(frozen=True, eq=False)
class Proven:
    """A survey with what is declared of it: the results, which may hold small groups, and their published form."""

    survey: Survey
    results: Sequence[EstimateTable | Comparison]
    published: Sequence[Published]


def prove(survey: Survey | None, rules: str) -> Proven:
    """What is declared of a survey, estimated and protected anew.

    Raises
    ------
    RefusedError : there is no survey; ``refuse_unproven`` refuses it; or ``protect`` does.
    """
    from stagekansen_lib.disclosure.protect import protect

    if survey is None:
        raise RefusedError(
            "These are results without their survey. A release computes protection anew from the survey that they"
            " were made from: give it, weighted as it was, as survey=..., or use release_survey."
        )
    refuse_unproven(survey)
    results = estimate_declared(survey)
    return Proven(survey, results, protect(results, rules=rules))


def refuse_unproven(survey: Survey) -> None:
    """Stop at a survey that says that its answers are made up without proof, or that was changed for a look.

    Raises
    ------
    RefusedError : it cannot be seen that a program made these answers; the text says why.
    """
    origin = survey.provenance
    refuse_looks([origin])
    if not origin.synthetic:
        return
    doubt = _doubt(survey)
    if doubt:
        raise RefusedError(
            f"Survey '{origin.survey or '(no name)'}' says that its answers are made up, and {doubt}. So they count as"
            " answers of people. Read the survey from the file that `stagekansen practise` or `stagekansen twin` wrote,"
            " with its card beside it."
        )


def _doubt(survey: Survey) -> str:
    """Why it is not proven that a program made these answers; empty when it is."""
    proof = survey.provenance.made_up
    if proof is None:
        return "nothing proves it: a word or a column is no proof"
    others = strangers(proof, survey.rows)
    if others:
        return f"{others} of its rows are not those that were made"
    if proof.generator == PRACTICE:
        from stagekansen_lib.twins.practising import practice_sha256

        if practice_sha256(survey.codebook, proof.rows, proof.seed) != proof.sha256:
            return (
                f"its seed {proof.seed} makes another file than the one that was read: the questions in the codebook"
                " changed since, or the program did, or the card is of another file"
            )
    return ""


def same_as_proven(published: Sequence[Published], proven: Proven) -> list[Published]:
    """The tables and comparisons that were given, as protection of the survey gives them.

    Raises
    ------
    RefusedError : one of them is not what comes out of the survey; the text names it.
    """
    known = {(type(one), one.id): one for one in proven.published}
    wrong = [one.id for one in published if not _is_same(one, known.get((type(one), one.id)))]
    if wrong:
        raise RefusedError(
            f"Not what the survey gives when it is protected anew: {', '.join(dict.fromkeys(wrong))}. Either these are"
            " results of another survey or weighting, or not everything that is declared went through one call of"
            " protect, or somebody changed a published table. Use protect(estimate_declared(survey)) as it comes."
        )
    return [known[type(one), one.id] for one in published]


def _is_same(given: Published, anew: Published | None) -> bool:
    return anew is not None and _content(given) == _content(anew)


def _content(one: Published) -> bytes:
    """Everything that a release would hold of a table or a comparison."""
    origin = one.provenance
    facts = [one.rules, *one.linked, origin.survey, origin.synthetic, origin.self_selected]
    facts += [list(origin.sources), [list(proxy.items()) for proxy in origin.proxies]]
    if isinstance(one, PublishedTable):
        table = table_bytes(one)
        attached = _content(one.comparison).decode() if one.comparison is not None else ""
        facts += [table.decode(), table_entry(one, table), attached]
    else:
        assert isinstance(one, PublishedComparison), "nothing else is published"
        facts.append(comparison_entry(one))
    return json_bytes([*facts, codebook_content([one])])
