"""Exploring a survey without a browser: what is shown, what is counted, and what may not leave."""

from __future__ import annotations

import math
import re
import threading
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import stagekansen_lib as sk
from stagekansen_lib.attacks.attack import attack
from stagekansen_lib.disclosure import rules
from stagekansen_lib.drafts.drafting import draft_codebook
from stagekansen_lib.errors import InputError, RefusedError
from stagekansen_lib.fact_finding.ledgers import read_ledger
from stagekansen_lib.intake.stores import write_survey
from stagekansen_lib.pictures.team_charts import TeamChart, draw_team_chart
from stagekansen_lib.privacy.answer_files import LOOKS, files_of_answers
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.twins.practising import write_practice
from stagekansen_lib.views.explore import Explore
from stagekansen_lib.views.looks import Look, Looks
from stagekansen_lib.wording import say
from tests.school_exports import confirmed, write_export

CHOICE = ("discrimination_experienced", "level")


@pytest.fixture(scope="module")
def survey() -> Any:
    return sk.read_survey("example_2022")


@pytest.fixture
def found(survey: Any, tmp_path: Path) -> Explore:
    return sk.explore(survey, language="en", looks=tmp_path / "looks")


@pytest.fixture
def declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The declared tables of a project that has a copy of its own."""
    place = tmp_path / "project" / "data" / "rules" / "tables_baseline.yaml"
    place.parent.mkdir(parents=True)
    place.write_bytes(data_folder("rules", "tables_baseline.yaml").read_bytes())
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path / "project"))
    return place


# What is shown


def test_a_choice_gives_what_the_line_of_code_gives(found: Explore, survey: Any) -> None:
    for choice in [CHOICE, ("search_difficulty", "discrimination_experienced"), ("applications", "level")]:
        found.choose(*choice)
        again = eval(found.code, {"sk": sk, "survey": survey})
        assert found.state["sentence"] == again.sentence("en")
    found.choose(*CHOICE, hold=["sector3"], weights="students_haaglanden_2019")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sk.DoubtWarning)
        again = eval(found.code, {"sk": sk, "survey": survey})
    assert found.comparison is not None
    assert (found.comparison.effect, found.comparison.adjusted_for) == (again.effect, ("sector3",))


def test_the_state_holds_sentence_table_doubts_and_what_could_be_published(found: Explore) -> None:
    state = found.choose(*CHOICE).state
    assert [row["Level"] for row in state["table"]] == ["mbo", "hbo"]
    assert say("tables.synthetic", "en") in state["doubts"]
    assert state["publishable"] == "All 2 rows."
    hidden = found.choose("discrimination_experienced", "school").state["publishable"]
    assert "rows; the others are hidden" in hidden


def test_before_a_choice_nothing_is_computed_and_nothing_is_counted(found: Explore) -> None:
    state = found.state
    assert (state["sentence"], state["table"], state["looks"], state["code"], found.chart) == ("", [], "", "", None)
    assert found.looks.all() == {}
    assert repr(found) == "Nothing was compared yet."


def test_a_choice_that_does_not_fit_is_advice_and_no_look(found: Explore) -> None:
    held = [name for name in found.groups if name not in CHOICE][:30]
    state = found.choose(*CHOICE, hold=held).state
    assert state["advice"]
    assert state["sentence"] == ""
    assert found.looks.all() == {}


@pytest.mark.parametrize(
    ("choice", "fault"),
    [
        (("discrimination_experience", "level"), "Did you mean 'discrimination_experienced'"),
        (("discrimination_experienced", "levl"), "Did you mean 'level'"),
        (("respondent_id", "level"), "'respondent_id' cannot be chosen"),
        (("level", "level"), "are the same"),
        (("discrimination_experienced", "level", ["level"]), "compared already"),
        (("discrimination_experienced", "level", [], "students_2019"), "cannot be chosen"),
    ],
)
def test_what_cannot_be_chosen_is_named(found: Explore, choice: Any, fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        found.choose(*choice)


def test_answers_in_words_and_what_points_at_a_person_are_not_offered(found: Explore) -> None:
    offered = {*found.outcomes, *found.groups}
    assert not offered & {"respondent_id", "what_happened", "suggestion", "home_place", "submitted_on"}


# What is counted


def test_every_comparison_counts_once_whatever_the_order_of_what_is_held_constant(found: Explore) -> None:
    found.choose(*CHOICE)
    found.choose(*CHOICE)
    assert found.counted.startswith("This is comparison number 1 of this survey.")
    found.choose(*CHOICE, hold=["sector3", "age2"])
    found.choose(*CHOICE, hold=["age2", "sector3"])
    assert found.counted.startswith("This is comparison number 2 of this survey.")


def test_looks_are_kept_for_a_survey_and_not_for_a_session(survey: Any, tmp_path: Path) -> None:
    for group in ("level", "sector3"):
        view = sk.explore(survey, language="en", looks=tmp_path / "looks").choose("discrimination_experienced", group)
    assert "number 2" in view.counted
    other = Looks("another survey", tmp_path / "looks")
    assert other.all() == {}


def test_the_corrected_p_is_that_of_holm_over_all_looks(found: Explore) -> None:
    p_values = []
    for group in ("level", "sector3", "age2"):
        view = found.choose("search_difficulty", group)
        assert view.comparison is not None
        p_values.append(view.comparison.p_value)
    expected = sk.adjust_p_values(p_values)[-1]
    assert found.looks.corrected(Look("search_difficulty", "age2", (), "")) == expected


def test_looks_of_many_notebooks_at_once_are_all_kept(tmp_path: Path) -> None:
    def look(number: int) -> None:
        for turn in range(20):
            Looks("s", tmp_path / "looks").add(Look(f"o{number}", f"g{turn}", (), ""), 0.5)

    threads = [threading.Thread(target=look, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Looks("s", tmp_path / "looks").all()) == 100


def test_a_line_that_was_cut_off_loses_no_other_look(tmp_path: Path) -> None:
    looks = Looks("s", tmp_path / "looks")
    looks.add(Look("a", "b", (), ""), math.nan)
    with (tmp_path / "looks").open("a") as stream:
        stream.write('{"survey": "s", "lo\n[]\n')
    looks.add(Look("c", "d", (), ""), 0.01)
    assert len(looks.all()) == 2
    assert math.isnan(looks.corrected(Look("a", "b", (), "")))


def test_the_file_of_looks_is_for_its_owner_is_ignored_by_git_and_is_no_file_of_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import subprocess

    home = Path(__file__).resolve().parent.parent
    ignored = subprocess.run(
        ["git", "check-ignore", f"data/interim/{LOOKS}"], cwd=home, capture_output=True, check=False
    )
    assert ignored.returncode == 0
    place = tmp_path / "interim" / LOOKS
    Looks("s", place).add(Look("a", "b", (), ""), 0.5)
    assert place.stat().st_mode & 0o077 == 0
    monkeypatch.setattr("stagekansen_lib.privacy.answer_files.data_folder", lambda name: tmp_path / name)
    assert files_of_answers() == []


def test_groups_under_ten_are_hatched_and_the_picture_says_why() -> None:
    frame = pd.DataFrame({"met": [0, 1] * 14 + [1], "class": ["a"] * 10 + ["b"] * 10 + ["c"] * 9})
    survey = sk.survey_from_frame(frame)
    whole = draw_team_chart(sk.share(survey, of="met", by="class", code=1), language="en")._repr_html_()
    assert whole.count('fill="url(#team-hatch)"') == 1
    assert whole.count('class="bar"') == 2
    assert "Hatched: fewer than 10 answers." in whole
    assert "For the team only" in whole
    large = draw_team_chart(sk.share(sk.subset(survey, {"class": ["a", "b"]}), of="met", by="class", code=1))
    assert 'fill="url(#team-hatch)"' not in large._repr_html_()
    assert "Hatched" not in large._repr_html_()


# What may not leave


def test_no_writer_release_or_page_accepts_a_chart_of_the_team(
    found: Explore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from stagekansen_lib.pictures.charts import Chart, draw_intervals
    from stagekansen_lib.releases.building import release

    chart: Any = found.choose(*CHOICE).chart
    assert isinstance(chart, TeamChart)
    assert not isinstance(chart, Chart)
    assert "For the team only" in chart._repr_html_()
    with pytest.raises((InputError, RefusedError)):
        sk.protect(chart)
    with pytest.raises(RefusedError):
        draw_intervals(chart)
    with pytest.raises((InputError, RefusedError)):
        release([chart], name="x", made_by="a", checked_by="b", into=tmp_path)
    monkeypatch.setenv("STAGEKANSEN_PAGES", str(tmp_path))
    with pytest.raises(RefusedError, match="never stands on a page"):
        chart._repr_html_()
    with pytest.raises(RefusedError, match="never stands on a page"):
        found._repr_mimebundle_()


# What can be made of it


def test_a_published_comparison_becomes_a_claim_with_its_figure(found: Explore, tmp_path: Path) -> None:
    found.choose("discrimination_experienced", "level")
    begin = found.suggested_claim()
    assert "[[example-2022:compare-discrimination_experienced-level]]" in begin["text_nl"]
    found.make_claim(role="research", folder=tmp_path / "ledger", **begin)
    ledger = read_ledger(tmp_path / "ledger")
    (row,) = ledger.evidence.to_dict("records")
    assert row["rests_on"] == "example-2022:compare-discrimination_experienced-level"
    assert ledger.claims["strength"].tolist() == ["self_selected_survey"]


def test_a_claim_of_a_comparison_shows_the_chart_of_its_published_table_under_a_name_of_its_own(
    found: Explore, tmp_path: Path
) -> None:
    from stagekansen_lib.registers.reading import read_registers
    from stagekansen_lib.views.fact_claims import claim_cards

    found.choose("discrimination_experienced", "level")
    for _ in range(2):
        found.make_claim(role="research", folder=tmp_path / "ledger", **found.suggested_claim())
    bare = {"kind": "claim_proposed", "subject": "x", "role": "student", "claim_kind": "suspected"}
    sk.write_act({**bare, "text_nl": "Weinig studenten melden", "text_en": "Few report"}, tmp_path / "ledger")
    cards = claim_cards(read_ledger(tmp_path / "ledger"), read_registers(), [], "en")
    drawn = [card.chart for card in cards if card.chart]
    assert [bool(card.chart) for card in cards if card.id == "x"] == [False]
    assert len(drawn) == 2
    # Whoever copies a claim on made-up answers copies that as well.
    for card in cards:
        assert card.copied("en").startswith("Example with made-up data") is (card.id != "x")
    assert all("mbo: 49%; hbo: 50%" in chart and say("honesty.synthetic_short", "en") in chart for chart in drawn)
    names = [name for chart in drawn for name in re.findall(r'id="([^"]+)"', chart)]
    assert len(names) == len(set(names)) == 6
    for chart in drawn:
        (pointed,) = re.findall(r'aria-labelledby="([^"]+)"', chart)
        assert set(pointed.split()) <= set(re.findall(r'id="([^"]+)"', chart))


def test_what_came_of_the_last_buttons_is_told_beside_them(survey: Any, tmp_path: Path, monkeypatch: Any) -> None:
    found = sk.explore(survey, language="en", looks=tmp_path / "looks")
    monkeypatch.setattr(
        type(found), "make_claim", lambda *_, **__: (write_claim(tmp_path / "ledger"), tmp_path / "evidence")
    )
    box = found.widget()
    buttons = {button.description: button for button in every(box) if hasattr(button, "click")}
    last = box.children[-1]
    buttons["Declare for the release"].click()
    assert "Nothing is chosen" in last.value
    buttons["Make this a claim"].click()
    assert "The claim claim-" in last.value
    assert "sk.manage()" in last.value


def write_claim(folder: Path) -> Path:
    return sk.write_act({"kind": "claim_proposed", "role": "student", "claim_kind": "suspected",
                         "text_nl": "Weinig studenten melden", "text_en": "Few students report"}, folder)  # fmt: skip


def every(box: Any) -> list[Any]:
    return [box, *(one for child in getattr(box, "children", ()) for one in every(child))]


def test_what_is_not_published_becomes_no_claim(found: Explore, tmp_path: Path) -> None:
    found.choose(*CHOICE, hold=["sector3"])
    assert found.suggested_claim() == {"text_nl": "", "text_en": ""}
    with pytest.raises(RefusedError, match="Declare the table first"):
        found.make_claim(role="research", text_nl="a", text_en="b", folder=tmp_path / "ledger")
    assert not (tmp_path / "ledger").exists()


def test_a_table_is_declared_below_what_stands_there_and_protect_then_knows_it(
    found: Explore, declared: Path, survey: Any
) -> None:
    before = declared.read_text("utf-8")
    found.choose("would_report", "level").declare()
    after = declared.read_text("utf-8")
    assert after.startswith(before.rstrip())
    table = rules.read_declared_tables("baseline")[-1]
    assert (table.id, table.of, table.by, table.compare) == (
        "would_report_by_level",
        "would_report",
        ("level",),
        "would_report",
    )
    assert "Level" in table.title_en
    (published,) = sk.protect(sk.share(survey, "would_report", "level"))
    assert getattr(published, "id", "") == "would_report_by_level"


def test_a_project_without_declared_tables_gets_its_own_and_the_file_of_the_library_stays(
    found: Explore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project" / "data").mkdir(parents=True)
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path / "project"))
    library = data_folder("rules", "tables_baseline.yaml")
    before = library.read_text("utf-8")
    written = found.choose("much_difficulty", "programme_type").declare()
    assert written == tmp_path / "project" / "data" / "rules" / library.name
    assert written.read_text("utf-8").startswith(before.rstrip())
    assert library.read_text("utf-8") == before


def test_what_is_declared_of_a_concept_of_another_questionnaire_goes_into_the_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "project"
    (home / "data" / "raw").mkdir(parents=True)
    (home / "data" / "interim").mkdir()
    monkeypatch.setenv("STAGEKANSEN_HOME", str(home))
    book = confirmed(draft_codebook(write_export("google", 2025, tmp_path))).codebook
    answers = sk.read_survey(write_practice(book, home / "data" / "raw" / "practise.csv", rows=400), book)
    write_survey(answers, "practised")
    # The questionnaire asks in five answers; the table is about the two that its concept reads in them.
    assert "much_difficulty" not in book
    found = sk.explore(sk.with_readings(answers), looks=tmp_path / "looks")
    found.choose("much_difficulty", "discrimination_experienced").declare()
    names = {"made_by": "A. Maker", "checked_by": "B. Checker"}
    made = sk.release_survey("look", survey="practised", margins="none", draft=True, into=tmp_path, **names)
    (table,) = made.tables.values()
    assert (table.of, table.by, len(table.table)) == ("much_difficulty", ("discrimination_experienced",), 2)
    assert attack("look", folder=tmp_path).passed


def test_the_same_table_is_declared_once_and_nothing_held_constant_is(found: Explore, declared: Path) -> None:
    before = declared.read_bytes()
    with pytest.raises(InputError, match="declared already, as 'experience_by_level'"):
        found.choose(*CHOICE).declare()
    with pytest.raises(InputError, match="nothing constant"):
        found.choose(*CHOICE, hold=["sector3"]).declare()
    assert declared.read_bytes() == before


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_notebook_shows_choices_and_compares_only_when_asked(survey: Any, tmp_path: Path, language: str) -> None:
    view = sk.explore(survey, language=language, looks=tmp_path / "looks")
    box = view.widget()
    assert view.looks.all() == {}
    _, outcome, group, together, _, _, button, said, shown = box.children[:9]
    outcome.value, group.value = CHOICE
    # The answers of the chosen group can be taken together.
    assert [code for _, code in together.options] == [1, 2]
    assert view.looks.all() == {}
    button.click()
    assert len(view.looks.all()) == 1
    assert "1" in said.value
    assert "<svg" in shown.value
    assert "application/vnd.jupyter.widget-view+json" in view._repr_mimebundle_()


def test_what_a_release_declares_is_offered_first_and_what_has_one_answer_is_not(found: Explore) -> None:
    assert (found.outcomes[0], found.groups[0]) == CHOICE
    assert not {"data_origin", "consent"} & {*found.outcomes, *found.groups}


def test_the_panel_speaks_the_language_of_the_view(survey: Any, tmp_path: Path) -> None:
    panel = sk.explore(survey, language="en", looks=tmp_path / "looks").choose(*CHOICE).panel()
    assert "Figures of all groups" in panel
    assert "Antwoorden" not in panel


def test_groups_of_ones_own_and_figures_without_weights_are_a_look_and_nothing_to_publish(
    found: Explore, survey: Any
) -> None:
    weighted = found.choose("discrimination_experienced", "sector3", weights="students_haaglanden_2019").state["table"]
    plain = found.choose("discrimination_experienced", "sector3", weights="none")
    assert plain.code == 'sk.compare(sk.without_weights(survey), of="discrimination_experienced", by="sector3")'
    assert eval(plain.code, {"sk": sk, "survey": survey}).sentence("en") == plain.state["sentence"]
    assert plain.state["table"] != weighted
    assert plain.publishable.startswith("Nothing:")
    codes = [code.code for code in survey.codebook["sector3"].codes][:2]
    own = found.choose("discrimination_experienced", "sector3", together=codes)
    assert len(own.state["table"]) == len(weighted) - 1
    assert eval(own.code, {"sk": sk, "survey": survey}).sentence("en") == own.state["sentence"]
    assert own.publishable.startswith("Nothing:")
    assert own.figure == ""
    with pytest.raises(InputError, match="declare a merge in the codebook"):
        own.declare()
    # Each is a look of its own.
    assert len(found.looks.all()) == 3


def test_answers_that_cannot_be_taken_together_are_advice(found: Explore) -> None:
    state = found.choose("discrimination_experienced", "sector3", together=[1]).state
    assert state["table"] == []
    assert state["advice"]
