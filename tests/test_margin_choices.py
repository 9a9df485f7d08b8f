"""A count laid beside the answers by a person: what is open, what it weights to, and that it is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import stagekansen_lib as sk
from stagekansen_lib.desk.margin_choices import MarginChoice
from stagekansen_lib.desk.margin_forms import _Form, choose_margins
from stagekansen_lib.desk.margin_parts import LEFT_OUT, parts_of_text
from stagekansen_lib.errors import InputError
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.surveys import Survey

FIELDS = ("Zorg", "Handel", "ICT")
PASTED = "richting;studenten\nZorg;6.000\nTechniek;4000\nGroen;500"


def asked(answers: list[Any]) -> Survey:
    """A questionnaire with one question about the field, and one about a yes or no."""
    fields = tuple(Code(place, name, name) for place, name in enumerate(FIELDS, start=1))
    book = Codebook(
        "school",
        {
            "field": Variable("field", "nominal", "Richting", "Field", fields),
            "met": Variable("met", "nominal", "Meegemaakt", "Met", (Code(0, "Nee", "No"), Code(1, "Ja", "Yes"))),
        },
    )
    rows = pd.DataFrame({"field": answers, "met": [place % 2 for place in range(len(answers))]})
    return sk.survey_from_frame(rows, codebook=book)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data" / "interim").mkdir(parents=True)
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    monkeypatch.setenv("STAGEKANSEN_LANGUAGE", "en")


def matched(survey: Survey) -> MarginChoice:
    """The pasted count beside the question, with everything said."""
    choice = MarginChoice(survey)
    choice.paste(PASTED)
    choice.lay_beside(0, "field")
    choice.put(0, 2, 1)
    choice.put(0, 3, 1)
    return choice


def shares(survey: Survey, name: str) -> list[float]:
    return [float(one) for one in sk.share(survey, of=name).table["estimate"]]


def test_margins_that_fit_are_weighted_to_at_once_as_rake_does() -> None:
    survey = sk.read_survey("example_2022")
    name = "students_haaglanden_2019"
    form = choose_margins(survey, name)
    assert form.weighted is not None
    weights = sk.rake(survey, to=sk.read_margins(name)).weights
    assert np.array_equal(form.weighted.weights, weights)
    assert np.array_equal(sk.weigh(survey, to=name).weights, weights)
    assert form.weighted.provenance.proxies


def test_only_the_same_word_is_placed_by_itself_and_the_rest_is_asked() -> None:
    choice = MarginChoice(asked([1, 2, 3, 3]))
    choice.paste(PASTED)
    assert choice.open_points == ["Choose the question that the counts 'own counts' are about."]
    choice.lay_beside(0, "field")
    assert choice.parts[0].places == {1: 0}
    told = " ".join(choice.open_points)
    for open_one in ("the answer 'Handel'", "the answer 'ICT'", "the group 'Techniek'", "the group 'Groen'"):
        assert open_one in told
    with pytest.raises(InputError, match="the answer 'Handel'"):
        choice.weigh()


def test_answers_share_a_category_and_a_category_without_answers_is_added_or_left_out() -> None:
    survey = asked([1] * 4 + [2] * 3 + [3] * 3)
    choice = matched(survey)
    assert len(choice.open_points) == 1
    choice.join(0, 2, 1)
    weighted = choice.weigh()
    assert shares(weighted, "field_weighted") == pytest.approx([6000 / 10500, 4500 / 10500])
    choice.join(0, 2, LEFT_OUT)
    assert choice.weighted is None
    assert shares(choice.weigh(), "field_weighted") == pytest.approx([0.6, 0.4])
    assert choice.left_out() == ["Groen"]


def test_people_without_an_answer_are_a_group_as_large_as_among_the_answers() -> None:
    survey = asked([1] * 4 + [2] * 2 + [3] * 2 + [None] * 2)
    choice = matched(survey)
    choice.join(0, 2, LEFT_OUT)
    assert "2 people gave no answer" in " ".join(choice.open_points)
    choice.make_own_group(0, own=True)
    weighted = choice.weigh()
    assert shares(weighted, "field_weighted") == pytest.approx([0.2, 0.48, 0.32])
    lacking = weighted.rows["field"].isna().to_numpy()
    assert weighted.weights[lacking].mean() == pytest.approx(weighted.weights.mean())
    assert "groups to weight by: field_weighted, from field" in "\n".join(weighted.provenance.history)


def test_what_is_kept_weights_every_survey_with_the_codebook_and_can_be_forgotten() -> None:
    choice = matched(asked([1] * 4 + [2] * 3 + [3] * 3))
    with pytest.raises(InputError):
        choice.keep()
    assert not choice.kept_file.exists()
    choice.join(0, 2, LEFT_OUT)
    choice.keep()
    later = asked([1] * 5 + [2] * 3 + [3] * 2)
    assert shares(sk.weigh(later), "field_weighted") == pytest.approx([0.6, 0.4])
    assert choose_margins(later).weighted is not None
    with pytest.raises(InputError, match="gave no answer"):
        sk.weigh(asked([1, 1, 2, 3, None]))
    choice.forget()
    with pytest.raises(InputError, match="Choose counts"):
        sk.weigh(later)


def test_a_kept_choice_that_no_longer_fits_is_not_used() -> None:
    choice = matched(asked([1] * 4 + [2] * 3 + [3] * 3))
    choice.join(0, 2, LEFT_OUT)
    file = choice.keep()
    file.write_text(file.read_text("utf-8").replace("variable: field", "variable: gone"), "utf-8")
    assert MarginChoice(asked([1, 2, 3])).parts == []


@pytest.mark.parametrize("line", ["mbo;21.000", "mbo\t21000", "mbo; 21,000", "mbo,21000", "mbo , 21 000"])
def test_a_count_is_read_however_it_was_pasted(line: str) -> None:
    (part,) = parts_of_text(f"groep;aantal\n{line}\nhbo, voltijd;30", "own")
    assert [(one.label_nl, one.count) for one in part.categories] == [("mbo", 21000.0), ("hbo, voltijd", 30.0)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("mbo;12,5\nhbo;3\nwo;4", "Line 1 is no category with a whole number"),
        ("mbo;12\nhbo;3\nwo;x", "Line 3 is no category with a whole number"),
        ("mbo;1\nmbo;2", "twice"),
        ("mbo;1", "fewer than two"),
    ],
)
def test_a_count_that_cannot_be_used_is_refused_at_once(text: str, says: str) -> None:
    choice = MarginChoice(asked([1, 2, 3]))
    with pytest.raises(InputError, match=says):
        choice.paste(text)
    with pytest.raises(InputError, match="nobody"):
        choice.paste("mbo;1\nhbo;2", source="nobody")


def test_the_form_asks_the_same_and_keeps_the_lists_that_have_the_focus() -> None:
    form = choose_margins(asked([1] * 4 + [2] * 3 + [3] * 3), language="nl")
    made = _Form(form)
    made.table.value = "own"
    text, _, _, read = made.own.children
    text.value = PASTED
    read.children[0].click()
    _, question, rest = made.parts.children
    question.value = "field"
    before = rest.children[:3]
    before[1].value = 1
    before[2].value = 1
    assert rest.children[:3] == before
    assert "Nog niet gewogen. Er staat nog 1 punt open." in made.said.value
    (leftover,) = rest.children[3].children
    leftover.value = LEFT_OUT
    weigh = made.box.children[4].children[0]
    weigh.click()
    assert form.weighted is not None
    assert "Weggelaten uit de telling: Groen." in made.said.value
    assert "<svg" in made.picture.value
    assert "Alleen voor het team" in made.picture.value
    assert "designeffect" in made.picture.value


def test_crossed_counts_are_refused_with_what_to_do() -> None:
    with pytest.raises(InputError, match="rake"):
        choose_margins(sk.read_survey("example_2022"), "students_haaglanden_2019_sex")
