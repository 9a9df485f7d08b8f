"""The example survey: synthetic and saying so, made the same each time, with the planted effects and no others."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from stagekansen_lib.intake.checks import check_survey
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.surveys.surveys import Survey
from tests.years import script

EXAMPLE = data_folder("example", "example_2022.csv")
EFFECTS: dict[str, Any] = yaml.safe_load(data_folder("example", "effects.yaml").read_text("utf-8"))
MAKER = script("make_example_survey")
IDS = [effect["id"] for effect in EFFECTS["effects"]]


@pytest.fixture(scope="module")
def example() -> Survey:
    return read_survey("example_2022")


@pytest.fixture(scope="module")
def waves(tmp_path_factory: pytest.TempPathFactory) -> list[pd.DataFrame]:
    """Three large samples of the same program, each with its own seed, read the same way as the example."""
    from stagekansen_lib.surveys.codebook_files import read_codebook

    codebook = read_codebook("baseline")
    found = []
    for seed in (1, 2, 3):
        rng = np.random.default_rng(seed)
        header, rows = MAKER.export(MAKER.simulate(8_000, rng, EFFECTS), codebook, rng)
        path = tmp_path_factory.mktemp("waves") / f"wave_{seed}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=";").writerows([header, *rows])
        found.append(read_survey(path).rows)
    return found


def yes(rows: pd.DataFrame, name: str) -> pd.Series:
    """1 for yes, 0 for no, missing otherwise."""
    return rows[name].astype(float)


def estimate(rows: pd.DataFrame, effect: Mapping[str, Any]) -> tuple[float, float]:
    """The unweighted statistic of an effect and its standard error under simple random sampling."""
    for name, code in effect.get("among", {}).items():
        rows = rows[rows[name] == code]
    answers = yes(rows, effect["of"]).dropna()
    if effect["statistic"] == "share":
        share = float((answers == 1).mean())
        return share, math.sqrt(share * (1 - share) / len(answers))
    # Experience 1 is compared with 0; origin, level and sex 2 with 1.
    first, second = (1, 0) if effect["between"] == "discrimination_experienced" else (2, 1)
    between = rows.loc[answers.index, effect["between"]]
    groups = [answers[between == code] for code in (first, second)]
    if effect["statistic"] == "difference":
        shares = [float((group == 1).mean()) for group in groups]
        variance = sum(share * (1 - share) / len(group) for share, group in zip(shares, groups, strict=True))
        return shares[0] - shares[1], math.sqrt(variance)
    assert effect["statistic"] == "ratio_of_means"
    means = [float(group.mean()) for group in groups]
    relative = sum(float(group.var()) / len(group) / mean**2 for group, mean in zip(groups, means, strict=True))
    return means[0] / means[1], means[0] / means[1] * math.sqrt(relative)


@pytest.mark.parametrize("effect", EFFECTS["effects"], ids=IDS)
def test_the_program_plants_what_is_declared(waves: list[pd.DataFrame], effect: Mapping[str, Any]) -> None:
    found = [estimate(rows, effect) for rows in waves]
    mean = sum(value for value, _ in found) / len(found)
    error = math.sqrt(sum(se**2 for _, se in found)) / len(found)
    # Four standard errors: 11 effects by 1 try, a false alarm once in about 1,500 changes of the program. The
    # declared ratio is rounded to three decimals.
    assert abs(mean - effect["value"]) < 4 * error + 0.0005


@pytest.mark.parametrize("effect", EFFECTS["effects"], ids=IDS)
def test_the_file_shows_each_effect_within_sampling_error(example: Survey, effect: Mapping[str, Any]) -> None:
    value, error = estimate(example.rows, effect)
    assert abs(value - effect["value"]) < 3 * error  # one fixed file, so this says that no odd seed was taken


def test_effects_are_planted_at_all() -> None:
    planted = EFFECTS["planted"]
    much = {group: sum(chances[3:]) for group, chances in planted["search_difficulty_by_experience"].items()}
    by_id = {effect["id"]: effect["value"] for effect in EFFECTS["effects"]}
    assert much[1] - much[0] == pytest.approx(by_id["difficulty_gap"])
    means = planted["applications_mean_by_experience"]
    assert means[1] / means[0] == pytest.approx(by_id["application_ratio"], abs=0.0005)  # declared in three decimals
    share = EFFECTS["sample"]["origin_2"]
    chance = planted["discrimination_experienced_by_origin2"]
    experience = share * chance[2] + (1 - share) * chance[1]
    assert experience == pytest.approx(by_id["experience"])
    upper = experience + (1 - experience) * planted["not_sure_among_the_others"]
    assert upper == pytest.approx(by_id["experience_or_doubt"])
    safe = planted["felt_safe_by_experience"]
    assert safe[1] - safe[0] == pytest.approx(by_id["safety_gap"])


def test_the_same_program_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "effects.yaml").write_bytes(data_folder("example", "effects.yaml").read_bytes())
    monkeypatch.setattr(MAKER, "FOLDER", tmp_path)
    MAKER.main()
    assert (tmp_path / "example_2022.csv").read_bytes() == EXAMPLE.read_bytes()


def test_every_row_and_the_survey_say_synthetic(example: Survey) -> None:
    with EXAMPLE.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert {row["herkomst_gegevens"] for row in rows} == {"SYNTHETISCH / SYNTHETIC"}
    assert example.provenance.synthetic
    assert "SYNTHETISCH" in example.provenance.survey
    assert check_survey(example).synthetic
    assert "SYNTHETISCH" in data_folder("example", "card.yaml").read_text("utf-8")


def test_324_answers_are_accepted_and_the_mess_is_set_aside(example: Survey) -> None:
    assert len(example) == 324
    assert example.set_aside is not None
    assert example.set_aside["reason"].value_counts().to_dict() == {
        "no_consent": 4,
        "duplicate_respondent": 2,
        "unknown_code": 2,
        "contradiction": 1,
        "out_of_range": 1,
        "not_a_number": 1,
        "out_of_routing": 1,
        "no_special_consent": 1,
    }


def test_what_weighting_needs_is_complete(example: Survey) -> None:
    assert example.rows[["level", "school3"]].notna().all(axis=None)
    assert example.rows["school3"].value_counts().min() >= 30  # the smallest base that may be shown


def test_schools_and_sex_follow_duo_but_for_the_declared_selection() -> None:
    sample = {**EFFECTS["sample"], "factor_woman": 1.0, "factor_hbo": 1.0, "other_mbo_school": 0.0}
    students = MAKER.draw_students(20_000, np.random.default_rng(5), sample)
    cells = MAKER.duo_cells()
    assert (students["a3"] == 1).mean() == pytest.approx(0.433, abs=0.001)  # systematic: exact but for one cell
    # ROC Mondriaan 2019: 10,042 women of 19,098 (DUO), less 1% who are neither, drawn apart (se 0.001).
    women = (students.loc[students["a3"] == 1, "h2"] == 1).mean()
    assert women == pytest.approx(0.99 * 10_042 / 19_098, abs=0.005)
    # De Haagse Hogeschool in The Hague 2019: 4,884 first-years (DUO).
    assert cells.loc[cells["a3"] == 3, "value"].sum() == 4_884
    hbo = cells[cells["a3"] != 1]["value"].sum()
    assert (students["a3"] == 3).sum() / (students["a3"] != 1).sum() == pytest.approx(4_884 / hbo, abs=0.001)


def test_free_text_holds_invented_sentences_only(example: Survey) -> None:
    assert set(example.rows["suggestion"].dropna()) <= set(MAKER.SUGGESTIONS)
    assert set(example.rows["what_happened"].dropna()) <= set(MAKER.STORIES)


def test_the_check_report_doubts_what_was_made_doubtful(example: Survey) -> None:
    failed = check_survey(example).table.query("failed > 0 and severity == 'warning'")
    assert set(failed["rule"]) == {
        "alone:found_through",
        "coded:lives_in_the_hague",
        "check:place_and_progress",
        "check:very_fast",
        "quality:speed",
    }
