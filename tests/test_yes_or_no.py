"""A comparison sets who experienced something beside who did not, whatever the order of the answers."""

from __future__ import annotations

import pandas as pd
import pytest

from stagekansen_lib.comparison.comparing import compare
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.making import survey_from_frame
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.surveys.yes_or_no import no_before_yes

YES, NO, DOUBT = Code("j", "Ja", "Yes"), Code("n", "Nee", "No"), Code("t", "Ik twijfel", "Not sure")


def survey(*codes: Code, concept: str = "experienced", categories: bool = True) -> Survey:
    met = Variable("met", "nominal", "Meegemaakt", "Met", codes, concept=concept)
    hard_question = Variable("hard", "nominal", "Moeilijk", "Hard", (Code(0, "Nee", "No"), Code(1, "Ja", "Yes")))
    # The same people whatever the order of the codes: of who says yes 3 in 4 found it hard, of others 1 in 4.
    told = [sorted(code.code for code in codes)[at % len(codes)] for at in range(60 * len(codes))]
    hard_for = [int((at // len(codes)) % 4 < (3 if one == "j" else 1)) for at, one in enumerate(told)]
    frame = pd.DataFrame({"met": told, "hard": hard_for})
    frame["hours"] = frame["hard"] * 2.0 + [at % 7 for at in range(len(told))]
    frame["age"] = [at % 5 for at in range(len(told))]
    if categories:
        frame["met"] = frame["met"].astype(pd.CategoricalDtype([code.code for code in codes]))
    return survey_from_frame(frame, codebook=Codebook("s", {"met": met, "hard": hard_question}))


@pytest.mark.parametrize("categories", [True, False])
@pytest.mark.parametrize("adjust_for", [(), ("age",)])
@pytest.mark.parametrize("of", ["hard", "hours"])
def test_who_experienced_it_stands_beside_who_did_not_in_either_order(
    of: str, adjust_for: tuple[str, ...], categories: bool
) -> None:
    found = [
        compare(survey(*codes, categories=categories), of=of, by="met", adjust_for=adjust_for)
        for codes in ((YES, NO), (NO, YES))
    ]
    assert found[0].effect == pytest.approx(found[1].effect)
    assert found[0].effect > (1 if found[0].effect_name.startswith("odds") else 0)
    assert found[0].sentence("nl") == found[1].sentence("nl")


def test_the_share_that_is_told_of_it_is_that_of_yes() -> None:
    first, second = (compare(survey(*codes), of="met", by="hard") for codes in ((YES, NO), (NO, YES)))
    assert first.effect == pytest.approx(second.effect)
    assert first.effect > 0


def test_doubt_stands_between_and_without_the_concept_nothing_moves() -> None:
    assert no_before_yes(survey(YES, DOUBT, NO), "met").encoded("met").levels == ("n", "t", "j")
    other = survey(YES, NO, concept="")
    assert no_before_yes(other, "met") is other
    unclear = survey(YES, NO, Code("x", "Groen", "Green"))
    assert no_before_yes(unclear, "met") is unclear
    assert no_before_yes(unclear, "absent") is unclear
