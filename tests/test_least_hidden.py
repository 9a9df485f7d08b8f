"""Nothing harmless is hidden: what the rules do not demand stays, and an unreliable row is really unreliable."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stagekansen_lib.attacks.attack import attack_folder
from stagekansen_lib.disclosure.protect import ProtectionReport, protect_with_report
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.surveys.surveys import Survey
from tests.leaks import write_draft
from tests.nested_surveys import ASKED, COARSE, survey_of


def people(number: int, **answers: Any) -> Survey:
    """Answers without any pattern, but for those that are given."""
    rng = np.random.default_rng(number)
    drawn = {name: rng.choice(codes, number) + 1 for name, codes in ASKED.items()}
    return survey_of(drawn | answers, np.ones(number))


def protected(survey: Survey, *more: tuple[str, str | None]) -> tuple[list[Any], ProtectionReport]:
    return protect_with_report([share(survey, of, by) for of, by in (*COARSE, *more)])


def tables_with_something_hidden(report: ProtectionReport) -> set[str]:
    return {name for name, (shown, cells) in report.kept_by_table.items() if shown < cells}


def experience_and_difficulty(*cells: tuple[int, int, int]) -> Survey:
    met, difficulty, counts = np.array(cells).T
    return people(counts.sum(), met=np.repeat(met, counts), difficulty=np.repeat(difficulty, counts))


def test_a_class_is_hidden_where_that_saves_rows_of_other_tables() -> None:
    """Of those with most difficulty 600 of 620 have experienced it; a class beside that row would tell so by itself."""
    survey = experience_and_difficulty((1, 5, 600), (1, 3, 60), (1, 1, 60), (3, 5, 20), (3, 3, 300), (3, 1, 300))
    _, report = protected(survey)
    assert tables_with_something_hidden(report) == {"share-difficulty3-experienced"}
    assert report.suppression.method == "optimal"
    # What saves most is told: the class stands in another answer, and then nobody is sure any more.
    best = report.savings[0]
    assert (best.variable.name, best.small, best.partners) == ("difficulty3", 0, 4)


@pytest.mark.parametrize(
    ("of", "by", "sure"),
    [("met", "experienced", 1), ("experienced_or_not_sure", "experienced", 1), ("experienced", "met", 3)],
)
def test_what_the_questionnaire_says_is_no_secret_and_no_figure(of: str, by: str, sure: int, tmp_path: Path) -> None:
    published, report = protected(people(800), (of, by), ("met", None))
    name = f"share-{of}-{by}"
    assert tables_with_something_hidden(report) == {name}
    rows = report.table[(report.table["table"] == name) & (report.table["mark"] == "x")]
    assert [[one.kind for one in why] for why in rows["reasons"]] == [["certain"]] * sure
    write_draft(published, tmp_path)
    assert attack_folder(tmp_path / "look", fixed=False).passed


def test_a_group_that_is_too_small_stays_a_secret_though_its_answer_is_known() -> None:
    met = np.array([1] * 6 + [2] * 94 + [3] * 400)
    _, report = protected(people(500, met=met), ("met", "experienced"))
    crossed = report.table[report.table["table"] == "share-met-experienced"]
    # The answers that the other reading rules out are empty; how few gave the one that is left is not told.
    assert sorted(crossed["mark"][crossed["n"] == 6]) == ["empty", "empty", "x"]
    assert {"base", "certain"} <= {one.kind for why in crossed["reasons"] for one in why}
    assert not report.suppression.unprotected


@pytest.mark.parametrize(
    ("answers", "tables"),
    [
        ({"origin": np.where(np.arange(800) % 33 == 0, 2, 1)}, {"origin2", "experienced-origin2"}),
        ({"origin": np.ones(800, dtype=int)}, {"origin2", "experienced-origin2"}),
        ({"difficulty": np.ones(800, dtype=int)}, set()),
    ],
    ids=["nearly all have one origin", "all have one origin", "all say one thing that is not sensitive"],
)
def test_a_question_that_nearly_all_answer_alike_costs_its_own_tables_only(answers: Any, tables: set[str]) -> None:
    _, report = protected(people(800, **answers))
    assert tables_with_something_hidden(report) == {f"share-{name}" for name in tables}


def test_weights_with_a_mean_of_one_make_no_figure_unreliable() -> None:
    """Such weights say nothing of how large the population is: many answers stay many."""
    survey = people(800)
    uneven = np.exp(np.random.default_rng(1).normal(0, 0.3, 800))
    _, normed = protected(replace(survey, design=replace(survey.design, weights=uneven / uneven.mean())))
    _, scaled = protected(replace(survey, design=replace(survey.design, weights=uneven * 1000)))
    assert list(normed.table["mark"]) == list(scaled.table["mark"])
    assert tables_with_something_hidden(normed) == set()
    basis = share(replace(survey, design=replace(survey.design, weights=uneven / uneven.mean())), "experienced").basis
    assert (basis["effective_n"] / basis["kish_n"]).between(0.8, 1.1).all()
