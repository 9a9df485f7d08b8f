"""The waves of a series by the name of one survey: read, weighted, and with a line only where no break lies."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from stagekansen_lib.drafts.drafting import draft_codebook
from stagekansen_lib.drafts.measuring import concept
from stagekansen_lib.errors import InputError, RefusedError
from stagekansen_lib.intake.importing import import_survey
from stagekansen_lib.monitoring.survey_waves import NoWaves, SurveyWaves, read_waves
from stagekansen_lib.waves.trends import trend
from tests import school_exports

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = "voorbeeldstad_2024"
SERIES = """
series: school
title_nl: Onze school
title_en: Our school
waves:
- {{wave: 2025, letter: A, survey: school_2025}}
- {{wave: 2026, letter: {letter}, survey: school_2026}}
changes: [{changes}]
"""
BREAK = "{from: 2025, to: 2026, variable: %s, verdict: %s, reason_nl: Andere woorden, reason_en: Other words}"


@pytest.fixture(scope="module")
def example() -> SurveyWaves:
    return read_waves(EXAMPLE)


def test_the_waves_up_to_a_survey_are_weighted_to_the_counts_of_the_series(example: SurveyWaves) -> None:
    assert list(example.surveys) == [2022, 2023, 2024]
    assert all("students_haaglanden_2019" in " ".join(one.provenance.history) for one in example.surveys.values())
    assert example.newest is example.surveys[2024]
    assert list(read_waves("voorbeeldstad_2023").surveys) == [2022, 2023]


def test_a_line_stays_on_one_side_of_the_break_and_the_break_is_told_with_its_reason(example: SurveyWaves) -> None:
    assert list(example.line("knows_where")) == [2023, 2024]
    assert trend(example.line("knows_where"), "knows_where", code=1, series=example.series).slope > 0
    with pytest.raises(RefusedError, match="letter B"):
        trend(example.surveys, "knows_where", code=1, series=example.series)
    (dutch,), (english,) = example.breaks("knows_where", "nl"), example.breaks("knows_where", "en")
    assert dutch.startswith("Tussen 2022 en 2023 zit een breuk. De reeks gaat daar van letter A naar letter B.")
    assert dutch.endswith("daarna met een link in de klas.")
    assert english.endswith("later by a link in class.")


def test_a_question_that_changed_is_a_break_while_nobody_declared_it_harmless(example: SurveyWaves) -> None:
    last = example.surveys[2024]
    asked = last.codebook[last.codebook["knows_where"].derived_from[0]]
    reworded = {**last.codebook.variables, asked.name: replace(asked, question_nl="Waar kun je heen?")}
    changed = replace(last, codebook=replace(last.codebook, variables=reworded), _encoded={})
    waves = SurveyWaves(example.series, {**example.surveys, 2024: changed})
    assert list(waves.line("knows_where")) == [2024]
    assert waves.breaks("knows_where", "nl")[-1].endswith("niemand heeft vastgelegd of dat kwaad kan.")
    assert list(waves.line("felt_safe")) == [2023, 2024]


def test_the_waves_are_told_in_words(example: SurveyWaves) -> None:
    told = example.labelled("nl")
    assert told["Letter van de reeks"].tolist() == ["A", "B", "B"]
    assert told["Sinds de meting ervoor begonnen"].tolist() == ["", "", "workshops"]
    assert "do not simply lay them side by side" in example.sentence("en")
    assert "SYNTHETIC Voorbeeldstad 2022" in repr(example)


@pytest.mark.parametrize(
    ("survey", "said"), [("example_2022", "is in no series"), ("voorbeeldstad_2022", "is the first one of series")]
)
def test_a_survey_without_another_to_lay_it_beside_says_what_to_do(survey: str, said: str) -> None:
    told = read_waves(survey, missing="tell")
    assert isinstance(told, NoWaves)
    assert not told
    assert said in told.sentence("en")
    assert "data/series" in told.sentence("nl")
    assert survey in told._repr_html_()
    with pytest.raises(InputError, match=said):
        read_waves(survey)


def test_only_a_file_is_named_and_not_the_folders_of_who_asks(tmp_path: Path) -> None:
    told = read_waves(tmp_path / "answers.csv", missing="tell")
    assert isinstance(told, NoWaves)
    assert "'answers.csv'" in told.sentence("en")
    assert str(tmp_path) not in told.sentence("en")


def test_an_unknown_way_to_treat_what_is_missing_is_refused() -> None:
    with pytest.raises(InputError, match="missing is"):
        read_waves(EXAMPLE, missing="ignore")  # type: ignore[call-overload]


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that took in two years of a school's own questionnaire."""
    home = tmp_path_factory.mktemp("school")
    for name in ("codebooks", "rules"):
        shutil.copytree(ROOT / "data" / name, home / "data" / name)
    for name in ("raw", "interim", "series"):
        (home / "data" / name).mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STAGEKANSEN_HOME", str(home))
        for year in (2025, 2026):
            file = school_exports.write_export("code_and_text", year, home / "data" / "raw")
            import_survey(file, school_exports.confirmed(draft_codebook(file)), name=f"school_{year}")
    return home


@pytest.mark.parametrize(
    ("letter", "variable", "verdict", "waves", "said"),
    [
        ("A", "", "", [2025, 2026], ""),
        ("B", "", "", [2026], "van letter A naar letter B"),
        ("A", "Q5", "break", [2026], "zit een breuk. Andere woorden"),
        ("A", "Q3", "break", [2025, 2026], ""),
    ],
)
def test_a_team_lays_its_own_years_side_by_side_as_far_as_the_series_lets_it(
    letter: str, variable: str, verdict: str, waves: list[int], said: str, school: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGEKANSEN_HOME", str(school))
    named = {"Q3": "q3", "Q5": "q5"}
    declared = BREAK % (named[variable], verdict) if variable else ""
    (school / "data" / "series" / "school.yaml").write_text(SERIES.format(letter=letter, changes=declared), "utf-8")
    found = read_waves("school_2026")
    of = concept(found.newest, "experienced", "yes")
    assert list(found.line(of)) == waves
    assert [text for text in found.breaks(of, "nl") if said not in text or not said] == []
    assert len(found.breaks(of)) == bool(said)
