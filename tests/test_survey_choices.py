"""Which survey the notebooks are about: the one chosen, the example where none is, and told where it is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

import stagekansen_lib as sk
from stagekansen_lib.desk.survey_choices import use_survey
from stagekansen_lib.errors import InputError
from stagekansen_lib.wording import problem_lines


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two surveys in its store."""
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    monkeypatch.delenv("STAGEKANSEN_SURVEY", raising=False)
    (tmp_path / "data" / "interim").mkdir(parents=True)
    for name in ("our_school", "next_year"):
        sk.write_survey(sk.read_survey("example_2022"), name)
    return tmp_path


@pytest.mark.usefixtures("project")
def test_a_notebook_keeps_its_example_until_another_is_chosen_and_gets_it_back() -> None:
    assert sk.survey_in_use("example_2022") == "example_2022"
    use_survey("our_school")
    assert sk.survey_in_use("example_2022") == sk.survey_in_use("voorbeeldstad_2024") == "our_school"
    use_survey("")
    assert sk.survey_in_use("voorbeeldstad_2024") == "voorbeeldstad_2024"


@pytest.mark.usefixtures("project")
def test_a_choice_in_the_list_holds_at_once_and_says_what_to_do() -> None:
    choice, told = sk.choose_survey("en").widget().children
    assert [value for _, value in choice.options] == ["", "next_year", "our_school"]
    assert choice.value == ""
    choice.value = "next_year"
    assert sk.survey_in_use("example_2022") == "next_year"
    assert "next_year" in told.value
    assert "Run it again" in told.value
    assert sk.choose_survey("nl").name == "next_year"


@pytest.mark.usefixtures("project")
def test_the_environment_goes_before_a_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    use_survey("our_school")
    monkeypatch.setenv("STAGEKANSEN_SURVEY", "next_year")
    assert sk.survey_in_use("example_2022") == "next_year"
    monkeypatch.setenv("STAGEKANSEN_SURVEY", "")
    assert sk.survey_in_use("example_2022") == "example_2022"


def test_an_unknown_survey_is_refused_and_one_that_is_gone_is_told_in_the_language_of_the_reader(project: Path) -> None:
    with pytest.raises(InputError, match="There is no survey 'elsewhere'"):
        use_survey("elsewhere")
    use_survey("our_school")
    (project / "data" / "interim" / "our_school.yaml").unlink()
    with pytest.raises(InputError) as caught:
        sk.survey_in_use("example_2022")
    assert problem_lines(caught.value, "nl") == [
        "De meting 'our_school', die voor de notebooks is gekozen, is er niet meer. Kies een andere in het begin (00)."
    ]
    assert sk.choose_survey("nl").name == ""
