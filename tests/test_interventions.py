"""The register of interventions: what it asks, what git proves, what may be said, and how a page shows it."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

import stagekansen_lib as sk
from stagekansen_lib.cli.__main__ import main
from stagekansen_lib.effects import intervention_files
from stagekansen_lib.effects.intervention_files import new_intervention, proof_of
from stagekansen_lib.effects.interventions import Intervention, InterventionDesign, intervention_rows
from stagekansen_lib.registers.reading import read_registers
from stagekansen_lib.releases.reading import read_release
from stagekansen_lib.views.monitor import page as monitor_page
from tests.kept_in_git import FILE, git

WHOLE = """fixed_on: 2026-12-01
data_from: 2027-04-01
synthetic: true
series: voorbeeldstad
between: [2023, 2024]
design: {kind: difference_in_differences, treated: took_part, clusters: school}
"""


def written(folder: Path, text: str, name: str = "workshop") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, "utf-8")
    return path


def problems(folder: Path, text: str) -> str:
    written(folder, text)
    with pytest.raises(sk.InputError) as caught:
        sk.read_interventions(folder)
    return str(caught.value)


def test_an_entry_tells_its_design_its_place_and_the_best_grade_within_reach(tmp_path: Path) -> None:
    written(tmp_path, FILE + WHOLE)
    (found,) = sk.read_interventions(tmp_path)
    assert (found.series, found.first, found.last, found.synthetic) == ("voorbeeldstad", 2023, 2024, True)
    assert found.design == InterventionDesign("difference_in_differences", treated="took_part", clusters="school")
    assert (found.declared_on, found.data_from) == (dt.date(2026, 12, 1), dt.date(2027, 4, 1))
    assert found.strongest == "B"
    assert replace(found, data_from=dt.date(2026, 12, 1)).strongest == "C"
    assert replace(found, declared_on=None).strongest == "C"
    assert replace(found, design=None).strongest is None


@pytest.mark.parametrize(
    ("design", "grade"),
    [
        ({"kind": "before_after"}, "D"),
        ({"kind": "difference_in_differences", "treated": "a"}, "B"),
        ({"kind": "difference_in_differences", "treated": "a", "by_lot": True}, "A"),
        ({"kind": "waiting_list", "group": "b", "treated": "a"}, "C"),
        ({"kind": "waiting_list", "group": "b", "treated": "a", "by_lot": True}, "A"),
        ({"kind": "stepped_introduction", "group": "b", "period": "c", "treated": "a", "by_lot": True}, "A"),
        ({"kind": "stepped_introduction", "group": "b", "period": "c", "treated": "a"}, "C"),
    ],
)
def test_a_design_reaches_no_further_than_the_rule_of_grades(design: dict[str, Any], grade: str) -> None:
    assert InterventionDesign(**design).strongest == grade


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("dose_nl: twee middagen", "dose_nl: [2]", "'dose_nl' is empty"),
        ("dose_nl:", "doze_nl:", "'doze_nl' is no part of an intervention. Did you mean 'dose_nl'"),
        ("start: 2027-02-01", "start: 2027-02-01 10:00:00", "'start' is no day"),
        ("fixed_on: 2026-12-01", "fixed_on: yesterday", "'fixed_on' is no day"),
        ("data_from: 2027-04-01", "data_from: 2026-04-01", "come in before the start"),
        ("synthetic: true", "synthetic: perhaps", "neither true nor false"),
        ("matters: 0.1", "matters: 0", "'matters' is no change"),
        ("matters: 0.1", "matters: ten", "'matters' is no change"),
        ("matters: 0.1", "matters: 10", "more than a share can change"),
        ("matters: 0.1", "matter: 0.1", "Did you mean 'matters'"),
        ("variable: knows_where", "variable: ", "no primary outcome"),
        ("variable: knows_where", "variable: knows_were", "does not ask 'knows_were'. Did you mean 'knows_where'"),
        ("code: 1", "code: 7", "'knows_where' has no answer 7"),
        ("[felt_safe]", "[felt_save]", "does not ask 'felt_save'"),
        ("[felt_safe]", "felt_safe", "no list of variables"),
        ("series: voorbeeldstad", "series: voorbeeldstat", "There is no series 'voorbeeldstat'"),
        ("series: voorbeeldstad\n", "", "go together"),
        ("between: [2023, 2024]", "between: 2023", "go together"),
        ("between: [2023, 2024]", "between: [2023, 2025]", "Wave 2025 is not in series 'voorbeeldstad'"),
        ("between: [2023, 2024]", "between: [2022, 2024]", "do not follow each other"),
        ("between: [2023, 2024]", "between: [2022, 2023]", "does not show on its axis that something began"),
        ("kind: difference_in_differences", "kind: difference", "The kind of design is 'difference'"),
        ("design: {kind: difference_in_differences, treated: took_part, clusters: school}", "design: before_after",
         "The kind of design is"),
        ("treated: took_part, ", "", "needs 'treated'"),
        ("treated: took_part", "treat: x, treated: took_part", "'treat' is no part of a design"),
        ("clusters: school", "clusters: 3", "no name of a column"),
        ("kind: difference_in_differences, treated: took_part", "kind: stepped_introduction, group: school, treated: a",
         "needs 'period'"),
        ("clusters: school", "by_lot: maybe", "'by_lot' is neither"),
        ("kind: difference_in_differences", "by_lot: true, kind: before_after", "nobody to draw lots for"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_an_entry_is_named_with_what_to_do(old: str, new: str, text: str, tmp_path: Path) -> None:
    whole = FILE + WHOLE
    assert old in whole
    assert text in problems(tmp_path, whole.replace(old, new, 1))


def test_all_that_is_wrong_in_all_files_is_told_at_once(tmp_path: Path) -> None:
    written(tmp_path, FILE.replace("start: 2027-02-01", "start: soon"), "first")
    written(tmp_path, FILE.replace("theory_en: who practises reports sooner\n", ""), "second")
    (tmp_path / "card.yaml").write_text("files: []\n", "utf-8")
    told = problems(tmp_path, "name_nl: x\n")
    assert "first.yaml: 'start' is no day" in told
    assert "second.yaml: 'theory_en' is empty" in told
    assert told.count("workshop.yaml") == 9


def test_a_new_file_asks_everything_and_is_wrong_until_it_is_filled_in(tmp_path: Path) -> None:
    path = new_intervention("workshop", tmp_path)
    given = yaml.safe_load(path.read_text("utf-8"))
    assert {"theory_nl", "dose_en", "who_nl", "start", "primary_outcome", "fixed_on", "design"} <= set(given)
    with pytest.raises(sk.InputError, match="10 problems"):
        sk.read_intervention("workshop", tmp_path)
    with pytest.raises(sk.InputError, match="already"):
        new_intervention("workshop", tmp_path)
    for name in ("../workshop", "Workshop", "card", ""):
        with pytest.raises(sk.InputError, match="is no name"):
            new_intervention(name, tmp_path)


def test_git_bears_out_the_day_or_says_that_it_does_not(tmp_path: Path) -> None:
    written(tmp_path, FILE + WHOLE)
    (before,) = sk.read_interventions(tmp_path)
    assert proof_of(before, tmp_path)[0], "without git nothing can be told"
    git(tmp_path, "init", "-q")
    assert not proof_of(before, tmp_path)[0]
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "fixed", when="2026-12-01T10:00:00")
    (kept,) = sk.read_interventions(tmp_path)
    good, told = proof_of(kept, tmp_path)
    assert good
    assert "1 december 2026" in told
    assert not proof_of(replace(kept, declared_on=dt.date(2026, 11, 30)), tmp_path)[0]
    # A clone without its history shows a day that is too late, and is believed in nothing.
    shallow = tmp_path / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{tmp_path}", str(shallow)], check=True)
    assert proof_of(replace(kept, fixed_on=None), shallow)[0]


def test_the_command_writes_and_checks(tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    assert main(["intervention", "new", "les", "--language", "en"]) == 0
    assert "data/interventions/les.yaml" in capsys.readouterr().out
    assert main(["intervention", "check", "--language", "en"]) == 2
    assert "'theory_nl' is empty" in capsys.readouterr().err
    written(tmp_path / "data" / "interventions", FILE, "les")
    assert main(["intervention", "check", "les", "--language", "en"]) == 0
    told = capsys.readouterr().out
    assert "les: the workshop" in told
    assert "How the effect is looked for was not said" in told
    assert main(["intervention", "check", "less", "--language", "en"]) == 2
    assert "Did you mean 'les'" in capsys.readouterr().err


def test_the_check_of_all_data_reads_the_register(tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    written(tmp_path, FILE.replace("start: 2027-02-01", "start: soon"))
    monkeypatch.setattr(intervention_files, "data_folder", lambda *_: tmp_path)
    assert main(["check", "--language", "en"]) == 1
    assert "workshop.yaml: 'start' is no day" in capsys.readouterr().out


# Judged ---------------------------------------------------------------------------------------------------------------


def entry(kind: str, fixed: dt.date | None = dt.date(2022, 1, 1), **design: Any) -> Intervention:
    texts = dict.fromkeys(("theory_nl", "theory_en", "dose_nl", "dose_en", "who_nl", "who_en"), "x")
    columns = {"before_after": {}, "difference_in_differences": {"treated": "treated"},
               "waiting_list": {"treated": "first", "group": "school"},
               "stepped_introduction": {"treated": "had", "group": "school", "period": "term"}}[kind]  # fmt: skip
    return Intervention(
        "workshop", "de workshop", "the workshop", **texts, start=dt.date(2023, 6, 1), outcome="score", matters=1.0,
        fixed_on=fixed, data_from=dt.date(2024, 1, 1), first=2023, last=2024,
        design=InterventionDesign(kind, **columns, **design),  # type: ignore[arg-type]
    )  # fmt: skip


def wave(year: int, effect: float = 0.0, drift: float = 0.0) -> Any:
    random = np.random.default_rng(year)
    rows = [
        (school, int(school < 10), 6 + (drift * (year - 2021) + effect) * (school < 10) + random.normal())
        for school in range(20) for _ in range(12)
    ]  # fmt: skip
    return sk.survey_from_frame(pd.DataFrame(rows, columns=["school", "treated", "score"]))


def waves(drift: float = 0.0) -> dict[int, Any]:
    return {year: wave(year, 2.0 * (year == 2024), drift) for year in (2022, 2023, 2024)}


def test_each_design_is_carried_out_as_it_was_said_and_graded_by_rule() -> None:
    apart = sk.judge_intervention(entry("difference_in_differences"), waves())
    assert (apart.grade, apart.shown) == ("B", True)
    assert apart.sentence("en").startswith("Through the workshop")
    with_schools = sk.judge_intervention(entry("difference_in_differences", clusters="school"), waves())
    assert (with_schools.grade, with_schools.found.method, with_schools.found.clusters) == ("B", "cr2", 20)
    late = sk.judge_intervention(entry("difference_in_differences"), {**waves(), 2025: wave(2025, -9.0)})
    assert late.found.estimate == apart.found.estimate
    drifted = sk.judge_intervention(entry("difference_in_differences"), waves(drift=1.5))
    assert (drifted.grade, drifted.reasons[-1]) == ("C", "placebo_failed")
    two = {year: survey for year, survey in waves().items() if year > 2022}
    assert sk.judge_intervention(entry("difference_in_differences"), two).reasons == ("comparison", "no_placebo")
    assert sk.judge_intervention(entry("before_after"), two).grade == "D"
    assert sk.judge_intervention(entry("difference_in_differences", fixed=None), waves()).grade == "C"
    random = np.random.default_rng(4)
    rows = [(school, school % 2, 6 + 2 * (school % 2) + random.normal()) for school in range(30) for _ in range(12)]
    held = sk.survey_from_frame(pd.DataFrame(rows, columns=["school", "first", "score"]))
    assert sk.judge_intervention(entry("waiting_list", by_lot=True), held, sd=1.0).grade == "A"
    assert sk.judge_intervention(entry("waiting_list"), held).grade == "C"
    rows = [(school, term, int(term > 1 + school % 3), 6 + 2 * (term > 1 + school % 3) + random.normal())
            for school in range(12) for term in range(1, 5) for _ in range(10)]  # fmt: skip
    terms = sk.survey_from_frame(pd.DataFrame(rows, columns=["school", "term", "had", "score"]))
    in_steps = sk.judge_intervention(entry("stepped_introduction", by_lot=True), terms)
    assert (in_steps.grade, in_steps.found.design) == ("A", "stepped_introduction")


@pytest.mark.parametrize(
    ("known", "surveys", "text"),
    [
        (entry("before_after"), {2024: None}, "Wave 2023 is not among the surveys"),
        (entry("before_after"), [1, 2], "The waves are not named"),
        (entry("before_after"), {2024: wave(2024), 2023: wave(2023)}, "not in order"),
        (replace(entry("before_after"), first=None), {2023: 1, 2024: 2}, "between which waves it began"),
        (replace(entry("before_after"), design=None), {}, "does not say how its effect is looked for"),
        (entry("waiting_list"), {2023: 1}, "is judged within one survey"),
        (entry("stepped_introduction"), {2023: 1}, "is judged within one survey"),
        (entry("before_after"), {2023: 1, 2024: 2}, "The survey is 1"),
        (3, {}, "The intervention is 3"),
        ("nothing", {}, "There is no intervention 'nothing'"),
    ],
)
def test_what_cannot_be_judged_is_refused_by_name(known: Any, surveys: Any, text: str) -> None:
    with pytest.raises(sk.InputError, match=text):
        sk.judge_intervention(known, surveys)


def test_an_outcome_whose_question_changed_is_not_judged_over_the_break() -> None:
    made_up = sk.read_intervention("voorbeeldstad_workshops")
    surveys = {year: sk.read_survey(f"voorbeeldstad_{year}") for year in (2022, 2023)}
    with pytest.raises(sk.RefusedError, match="begins letter B"):
        sk.judge_intervention(replace(made_up, first=2022, last=2023), surveys)


def test_what_is_made_up_says_so_in_its_sentence_and_in_a_notebook() -> None:
    surveys = {year: sk.read_survey(f"voorbeeldstad_{year}") for year in (2023, 2024)}
    evidence = sk.judge_intervention("voorbeeldstad_workshops", surveys)
    for language, text in (("nl", "Voorbeeld met verzonnen gegevens"), ("en", "Example with made-up data")):
        assert evidence.sentence(language).startswith(text)
        assert not re.search(r"\b(door|through)\b", evidence.sentence(language))
    shown = sk.read_intervention("voorbeeldstad_workshops")._repr_html_()
    assert "verzonnen gegevens" in shown
    assert "Weet waar je kunt melden (Ja)" in shown


# On the page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_monitor_tells_what_began_with_the_register_and_never_that_it_worked(language: Any) -> None:
    page = monitor_page(read_release("voorbeeldstad-2024"), read_registers(), language)
    section = page[page.index('id="begonnen"') :]
    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", section[: section.index("</section>")])).split())
    made_up = sk.read_intervention("voorbeeldstad_workshops")
    for head, line in intervention_rows(made_up, language):
        assert f"{head} {line}" in text
    assert made_up.name(language) in text
    # What was not held in this series is not told on its page.
    assert sk.read_intervention("voorbeeldstad_waiting_list").name(language) not in text
    assert not re.search(r"\b(door|through)\b", text)


def test_the_register_of_the_project_is_whole_and_says_what_is_made_up() -> None:
    every = sk.read_interventions()
    assert [one.id for one in every if one.synthetic] == [one.id for one in every]
    for one in every:
        assert "verzonnen" in one.name("nl")
        assert "made up" in one.name("en")
