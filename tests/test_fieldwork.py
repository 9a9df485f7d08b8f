"""Fieldwork: every answer is counted once, targets follow the population, and what is behind is named."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

import stagekansen_lib as sk
from stagekansen_lib.errors import InputError
from stagekansen_lib.monitoring.fieldwork import Targets
from stagekansen_lib.population.margins import Margins

OPENS, CLOSES = dt.date(2022, 4, 1), dt.date(2022, 5, 31)


@pytest.fixture(scope="module")
def survey() -> sk.Survey:
    return sk.read_survey("example_2022")


def test_every_answer_is_in_one_group_of_a_variable_or_told_apart(survey: sk.Survey) -> None:
    wanted = {name: dict.fromkeys(survey.codebook[name].valid_codes, 50) for name in ("level", "school3", "sector3")}
    found = sk.fieldwork_progress(survey, Targets(wanted), on=OPENS)
    counted = found.table.groupby("variable")["answers"].sum()
    for name in wanted:
        without = found.without_group[survey.codebook[name].label("nl")]
        assert counted[name] + without == len(survey)


@pytest.mark.parametrize(
    ("target", "day", "state"),
    [
        (129, OPENS, "reached"),
        (130, OPENS, "on_track"),
        (130, CLOSES, "behind"),
        (258, dt.date(2022, 5, 1), "on_track"),  # half of the days, half of the target
        (260, dt.date(2022, 5, 1), "behind"),
    ],
)
def test_the_state_depends_on_the_days_gone_by(survey: sk.Survey, target: int, day: dt.date, state: str) -> None:
    assert int((survey.rows["level"] == 1).sum()) == 129
    found = sk.fieldwork_progress(survey, Targets({"level": {1: target}}, OPENS, CLOSES), on=day)
    assert found.table["state"].tolist() == [state]
    assert found.table["missing"].tolist() == [max(0, target - 129)]


@given(
    shares=st.lists(st.integers(1, 100_000), min_size=1, max_size=9),
    answers=st.integers(1, 5_000),
)
def test_planned_targets_add_up_and_are_less_than_one_answer_off(shares: list[int], answers: int) -> None:
    margins = Margins("m", {"v": dict(enumerate(shares))})
    exact = {code: share * answers for code, share in margins.shares("v").items()}
    if min(exact.values()) < 1:
        return  # a group without a single answer has no target, and that is refused below
    planned = sk.plan_targets(margins, answers).answers["v"]
    assert sum(planned.values()) == answers
    assert all(abs(planned[code] - exact[code]) < 1 for code in planned)


def test_a_skipped_question_counts_only_those_who_were_asked(survey: sk.Survey) -> None:
    found = sk.fieldwork_progress(survey, Targets({"level": {1: 1}}), on=OPENS).questions.set_index("variable")
    reasons = survey.missing_reasons["moments"]
    asked = (reasons != "not_asked").sum()
    assert found.loc["moments", "asked"] == asked
    assert found.loc["moments", "skipped"] == reasons.isin(["blank", "prefer_not_to_say"]).sum() / asked
    assert found["skipped"].is_monotonic_decreasing


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_picture_and_the_sentence_name_what_is_needed_most_and_that_it_is_made_up(
    survey: sk.Survey, language: str
) -> None:
    found = sk.fieldwork_progress(survey, Targets({"level": {1: 200, 2: 200}}, OPENS, CLOSES), on=dt.date(2022, 5, 1))
    assert "mbo (71)" in found.sentence(language)
    picture = ElementTree.fromstring(found.picture(language))
    text = "".join(picture.itertext())
    assert ("verzonnen" if language == "nl" else "made-up") in text
    bars = picture.findall("{http://www.w3.org/2000/svg}rect")
    assert [bar.get("width") for bar in bars] == ["100%", "64.5%", "100%", "97.5%"]
    assert found._repr_html_().count("<svg") == 1


def test_targets_are_read_from_a_file_and_every_mistake_in_it_is_named(tmp_path: Path, survey: sk.Survey) -> None:
    file = tmp_path / "targets.yaml"
    file.write_text("opens: 2022-04-01\ncloses: 2022-05-31\ntargets: {level: {1: 150, 2: 174}}\n", "utf-8")
    targets = sk.read_targets(file)
    assert (targets.opens, targets.answers) == (OPENS, {"level": {1: 150, 2: 174}})
    file.write_text("opens: soon\ntargets: {level: {1: -5, 2: many}, school: 7}\n", "utf-8")
    with pytest.raises(InputError) as refused:
        sk.read_targets(file)
    assert len(refused.value.problems) == 4
    for text in ("- a list", "targets: [", "opens: 2022-04-01"):
        file.write_text(text, "utf-8")
        with pytest.raises(InputError, match=r"targets\.yaml"):
            sk.read_targets(file)
    with pytest.raises(InputError, match="cannot be read"):
        sk.read_targets(tmp_path / "absent.yaml")
    with pytest.raises(InputError) as refused:
        sk.fieldwork_progress(survey, Targets({"levl": {1: 5}, "level": {9: 5}}))
    assert len(refused.value.problems) == 2
    with pytest.raises(InputError, match="closes before it opens"):
        sk.plan_targets(Margins("m", {"v": {1: 1}}), 5, opens=CLOSES, closes=OPENS)
    with pytest.raises(InputError, match="no number of answers"):
        sk.plan_targets(Margins("m", {"v": {1: 1}}), 0)
