"""Margins: population counts that agree with each other, and say so when they stand in for the real ones."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from stagekansen_lib.errors import InputError
from stagekansen_lib.population.margins import Margins, margin_names, read_margins
from stagekansen_lib.population.open_data import read_open_data
from stagekansen_lib.project.paths import data_folder, project_folder


def test_totals_that_differ_are_refused_with_the_difference() -> None:
    with pytest.raises(InputError, match=r"total is 900; that of 'level' is 1,000: a difference of -100"):
        Margins("m", {"level": {1: 600, 2: 400}, "sex": {1: 500, 2: 400}})


def test_totals_that_agree_up_to_the_rounding_of_a_sum_are_accepted() -> None:
    margins = Margins("m", {"a": {1: 0.1, 2: 0.2}, "b": {1: 0.3}})
    assert margins.total == pytest.approx(0.3, rel=1e-12)


@pytest.mark.parametrize("count", [0, -1, float("nan"), float("inf"), True, "12", None])
def test_a_count_that_is_no_number_above_zero_is_refused(count: object) -> None:
    with pytest.raises(InputError, match="The count of code 2 is"):
        Margins("m", {"level": {1: 10, 2: count}})  # type: ignore[dict-item]


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(InputError) as failure:
        Margins("m", {"level": {1: 0, 2: -3}, "sex": {}}, proxy={"nl": "Benadering."})
    # The missing English sentence, two counts, and a target without codes.
    assert len(failure.value.problems) == 4


def test_a_target_of_two_variables_needs_two_codes_each() -> None:
    with pytest.raises(InputError, match="not one code for each of 2 variables"):
        Margins("m", {("level", "sex"): {1: 10}})


def test_two_targets_may_not_disagree_on_a_variable_they_share() -> None:
    joint = {(1, 1): 300, (1, 2): 250, (2, 1): 250, (2, 2): 200}
    with pytest.raises(InputError, match=r"Code 1 of 'level' counts 550 here and 600 in an earlier target"):
        Margins("m", {"level": {1: 600, 2: 400}, ("level", "sex"): joint})
    agreed = Margins("m", {"level": {1: 550, 2: 450}, ("level", "sex"): joint})
    assert agreed.variables == ("level", "sex")
    assert agreed.shares(("level", "sex"))[1, 1] == 0.3


def test_counts_cannot_be_changed_afterwards() -> None:
    counts = {1: 600.0, 2: 400.0}
    margins = Margins("m", {"level": counts})
    counts[1] = 0.0
    assert margins.targets["level"][1] == 600
    with pytest.raises(TypeError):
        margins.targets["level"][1] = 0.0  # type: ignore[index]


def test_shares_of_a_variable_without_a_target_offer_a_near_name() -> None:
    with pytest.raises(InputError, match="Did you mean 'level'"):
        Margins("m", {"level": {1: 1}}).shares("levels")


def test_an_unknown_name_offers_a_near_one() -> None:
    with pytest.raises(InputError, match="Did you mean 'students_haaglanden_2019'"):
        read_margins("students_haaglanden_2020")


def test_a_file_of_ones_own_is_read_from_its_path(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("targets: [{variables: [school], counts: [{codes: [a], count: 5}]}]", "utf-8")
    margins = read_margins(path)
    assert margins.name == "own"
    assert dict(margins.targets["school"]) == {"a": 5}
    assert not margins.is_proxy


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("targets: 3", "needs a list 'targets'"),
        ("targets: [", "no YAML file"),
        ("targets: [{variables: [a]}]", "needs 'variables' and 'counts'"),
        ("targets: [{variables: [a, b], counts: [{codes: [1], count: 5}]}]", "one code for each of 2 variables"),
        ("targets: [{variables: [a], counts: [{codes: [1], count: 5}, {codes: [1], count: 6}]}]", "stands twice"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=says):
        read_margins(path)


def _margins_of(tmp_path: Path, lines: str, total: str = "") -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(f"targets:\n  - variables: [region]\n{total}    counts:\n{lines}", "utf-8")
    return path


@pytest.mark.parametrize(
    ("first", "second"),
    [("Den Haag", "den  haag"), ("1", "'1'"), ("Delft", "' Delft'")],
    ids=["capitals", "text", "space"],
)
def test_a_code_that_is_only_spelled_otherwise_stands_there_twice(first: str, second: str, tmp_path: Path) -> None:
    lines = "".join(f"      - {{codes: [{code}], count: 5}}\n" for code in (first, second, "Rijswijk"))
    with pytest.raises(InputError, match="are one code"):
        read_margins(_margins_of(tmp_path, lines))


def test_counts_given_in_python_are_looked_at_the_same_way() -> None:
    with pytest.raises(InputError, match="Codes 1 and '1' are one code"):
        Margins("m", {"level": {1: 5, "1": 6}})
    with pytest.raises(InputError, match="'Totaal' is the sum of the others"):
        Margins("m", {"level": {"mbo": 5, "hbo": 6, "Totaal": 11}})
    assert Margins("m", {"level": {"mbo": 5, "hbo": 6, "all": 7}}).total == 18


def test_a_total_must_be_the_sum_of_its_counts(tmp_path: Path) -> None:
    lines = "      - {codes: [1], count: 600}\n      - {codes: [2], count: 400}\n"
    with pytest.raises(InputError, match="add up to 1,000, and 'total' says 1,100"):
        read_margins(_margins_of(tmp_path, lines, "    total: 1100\n"))
    assert read_margins(_margins_of(tmp_path, lines, "    total: 1000\n")).total == 1000


def test_the_display_names_counts_shares_and_the_proxy() -> None:
    margins = read_margins("students_haaglanden_2019")
    assert "19,098" in repr(margins)
    assert "Proxy: Weighted to an approximation" in repr(margins)
    assert "<strong>Benadering:</strong> Gewogen naar een benadering" in margins._repr_html_()


def test_the_display_follows_the_chosen_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGEKANSEN_LANGUAGE", "en")
    shown = read_margins("students_haaglanden_2019")._repr_html_()
    assert "<strong>Proxy:</strong> Weighted to an approximation" in shown
    assert "<th>people</th>" in shown


# The margins of the project


@pytest.mark.parametrize("name", margin_names())
def test_every_margin_of_the_project_names_its_proxy_in_both_languages(name: str) -> None:
    margins = read_margins(name)
    assert set(margins.proxy) == {"nl", "en"}
    assert margins.sources
    assert margins.date


def test_the_three_files_count_the_same_population() -> None:
    totals = {name: read_margins(name).total for name in margin_names()}
    assert len(totals) == 3
    # ROC Mondriaan 19,098 (DUO 2019) and about 25,000 students of hbo (interview of August 2019).
    assert set(totals.values()) == {19_098 + 25_000}


def test_mbo_is_all_students_of_roc_mondriaan_in_the_figures_of_duo() -> None:
    table = read_open_data("duo_mbo_students").query("institution_code == '27GZ' and year == 2019")
    assert read_margins("students_haaglanden_2019_level").targets["level"][1] == table["value"].sum()
    women = table.query("sex == 'woman'")["value"].sum()
    assert read_margins("students_haaglanden_2019_sex").targets["level", "sex"][1, 1] == women


def test_schools_of_hbo_divide_as_first_years_do() -> None:
    table = read_open_data("duo_hbo_first_years").query("year == 2019")
    here = table.query("institution_code == '27UM'")["value"].sum() / table["value"].sum()
    counts = read_margins("students_haaglanden_2019").targets["school3"]
    # Whole persons: half a person on 25,000.
    assert counts[2] / (counts[2] + counts[3]) == pytest.approx(here, abs=0.5 / 25_000)


def test_the_script_makes_the_files_again_byte_for_byte(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(project_folder() / "scripts/make_margins.py"))["main"](into=tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.glob("*.yaml")}
    kept = {f"{name}.yaml": data_folder("margins", f"{name}.yaml").read_bytes() for name in margin_names()}
    assert made == kept
    assert len(re.findall("wrote", capsys.readouterr().out)) == len(kept)


def test_a_source_that_is_not_in_the_register_is_refused_at_reading(tmp_path: Path) -> None:
    text = data_folder("margins", "students_haaglanden_2019.yaml").read_text("utf-8")
    file = tmp_path / "own.yaml"
    file.write_text(text.replace("- duo-portal", "- duo-portaal"), "utf-8")
    with pytest.raises(InputError, match=r"Source 'duo-portaal' is not in the register\..*'duo-portal'"):
        read_margins(file)
    file.write_text("\n".join(line for line in text.split("\n") if not line.startswith("- duo-")), "utf-8")
    assert read_margins(file).sources == ("omroepwest-2019",)
