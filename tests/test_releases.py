"""A release is whole, frozen, checked when it is read, and says nothing that it should not."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from stagekansen_lib.disclosure.protect import protect
from stagekansen_lib.disclosure.published import HIDDEN_MARKS, PublishedComparison, PublishedTable
from stagekansen_lib.disclosure.rules import read_declared_tables, read_rules
from stagekansen_lib.errors import InputError, RefusedError
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.estimation.tables import EstimateTable
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.population.margins import read_margins
from stagekansen_lib.project.paths import data_folder, library_folder
from stagekansen_lib.releases import building
from stagekansen_lib.releases.building import release
from stagekansen_lib.releases.contents import table_bytes
from stagekansen_lib.releases.declared import estimate_declared
from stagekansen_lib.releases.reading import Release, list_releases, read_release
from stagekansen_lib.weighting.raking import rake
from tests.years import contents, script

Published = Sequence[PublishedTable | PublishedComparison]
DAY = dt.date(2026, 11, 1)


@pytest.fixture(scope="module")
def published() -> Published:
    return protect(estimate_declared(read_survey("example_2022")))


@pytest.fixture(scope="module")
def example() -> Release:
    return read_release("example-2022")


def make(published: Published, into: Path, name: str = "try-1", **changes: object) -> Release:
    words = {"made_by": "A. Maker", "checked_by": "B. Checker", "date": DAY, "into": into, "wave": "2022", **changes}
    words.setdefault("survey", read_survey("example_2022"))
    return release(published, name=name, **words)  # type: ignore[arg-type]


# The whole way -----------------------------------------------------------------------------------------------------


def test_a_release_reads_back_as_it_was_published(published: Published, tmp_path: Path) -> None:
    made = make(published, tmp_path)
    for one in published:
        if isinstance(one, PublishedTable):
            read = made.tables[one.id]
            assert read.table.equals(one.table)
            words = [{k: v for k, v in vars(table).items() if not k.startswith("_")} for table in (read, one)]
            assert words[0] | {"comparison": None} == words[1] | {"comparison": None}
            assert (read.comparison is None) == (one.comparison is None)
        else:
            assert made.comparisons[one.id].sentence("nl") == one.sentence("nl")
            assert made.comparisons[one.id].sentence("en") == one.sentence("en")


def test_tables_stand_in_the_order_of_the_declaration(published: Published, tmp_path: Path) -> None:
    made = make(list(reversed(published)), tmp_path)
    assert list(made.tables) == [one.id for one in read_declared_tables("baseline")]


def test_the_same_input_gives_the_same_bytes(published: Published, tmp_path: Path) -> None:
    first = make(published, tmp_path / "a").folder
    again = protect(estimate_declared(read_survey("example_2022")))
    second = make(again, tmp_path / "b").folder
    assert contents(first) == contents(second)


def test_the_committed_example_is_what_the_script_makes(example: Release, tmp_path: Path) -> None:
    """Tables, titles and comparisons; the fingerprint of the code differs with every change of the library.

    Registers may have changed since: a release keeps those of its day.
    """
    rebuilt = script("make_example_release").make_example_release(tmp_path)
    old, new = contents(example.folder), contents(rebuilt.folder)
    changed = {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}
    assert {path for path in changed if not path.startswith("registers/")} <= {"release.json", "release.json.sha256"}
    facts = [json.loads(one["release.json"]) for one in (old, new)]
    for one in facts:
        del one["fingerprints"]["code"], one["versions"], one["registers"]
    assert facts[0] == facts[1]


def test_the_example_shows_level_and_experience_and_most_of_what_is_declared(example: Release) -> None:
    assert example.synthetic
    assert example.self_selected
    for name in ("level", "experience", "experience_by_level"):
        assert example.tables[name].shown == len(example.tables[name].table), name
    assert set(example.tables) == {one.id for one in read_declared_tables("baseline")}
    assert example.kept >= 0.8
    assert example.proxies
    assert "duo-portal" in example.sources


def test_every_sentence_of_the_example_says_that_the_data_are_made_up(example: Release) -> None:
    said = [*example.tables.values(), *example.comparisons.values()]
    assert len(said) > 20
    for one in said:
        assert one.sentence("nl").startswith("Verzonnen gegevens, geen bevinding.")
        assert one.sentence("en").startswith("Made-up data, not a finding.")
    for table in example.tables.values():
        assert "approximation" in table.reliability("en")
        assert "model margin" in table.reliability("en")


# What a release never holds ----------------------------------------------------------------------------------------


FORBIDDEN = {
    "n",
    "se",
    "deff",
    "statistic",
    "p_value",
    "p_adjusted",
    "effective_n",
    "covariance",
    "history",
    "count",
    "df",
}


def keys_of(content: object) -> set[str]:
    if isinstance(content, dict):
        return set(content) | {key for value in content.values() for key in keys_of(value)}
    return {key for one in content for key in keys_of(one)} if isinstance(content, list) else set()


def test_no_exact_count_or_statistic_is_in_the_bytes(example: Release) -> None:
    files = contents(example.folder)
    assert {"release.json", "tables/experience.csv"} <= set(files)
    for path, content in files.items():
        if path.startswith(("registers/", "rules/")):
            continue  # public before, and about other surveys
        text = content.decode("utf-8")
        if path.endswith(".csv"):
            assert not set(text.splitlines()[0].split(",")) & FORBIDDEN, path
        if path.endswith(".json"):
            assert not keys_of(json.loads(text)) & FORBIDDEN, path
        # 324 answers: the one exact number that everyone knows stands nowhere, fingerprints apart.
        assert "324" not in re.sub(r"[0-9a-f]{64}", "", text), path


def test_published_figures_stand_on_the_grid_of_their_base(example: Release) -> None:
    steps = {"30-49": 0.10, "50-99": 0.05}
    seen = 0
    for table in example.tables.values():
        for row in table.table.itertuples():
            if row.mark in HIDDEN_MARKS or row.mark[:1] in ("<", ">"):
                assert row.estimate != row.estimate
                continue
            step = steps.get(row.base, 0.01) if table.kind == "share" else 0.1
            for value in (row.estimate, row.ci_low, row.ci_high):
                assert abs(value / step - round(value / step)) < 1e-6
            assert row.ci_low <= row.estimate <= row.ci_high
            seen += 1
    assert seen > 30


# What is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "names",
    [("A. Maker", "A. Maker"), ("A. Maker", " a.  maker "), ("A. Maker", "A Maker"), ("A. Maker", ""), ("", "")],
)
def test_one_person_cannot_make_and_check(published: Published, tmp_path: Path, names: tuple[str, str]) -> None:
    with pytest.raises(RefusedError, match="two people"):
        make(published, tmp_path, made_by=names[0], checked_by=names[1])
    assert not list(tmp_path.iterdir())


def test_an_existing_name_is_refused_and_left_as_it_is(published: Published, tmp_path: Path) -> None:
    before = contents(make(published, tmp_path).folder)
    with pytest.raises(RefusedError, match="never changed"):
        make(published, tmp_path, date=dt.date(2027, 1, 1))
    assert contents(tmp_path / "try-1") == before


@pytest.mark.parametrize("name", ["", "../x", "Try", "a b", ".partial-x", "-x"])
def test_a_name_that_cannot_be_a_folder_is_an_error(published: Published, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot be the name"):
        make(published, tmp_path / "in", name=name)


def test_results_that_were_not_protected_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="EstimateTable"):
        make([share(read_survey("example_2022"), "level")], tmp_path)  # type: ignore[list-item]


def test_tables_of_two_calls_of_protect_are_refused(tmp_path: Path) -> None:
    survey = read_survey("example_2022")
    first = protect(share(survey, "discrimination_experienced", "level"))
    second = protect(share(survey, "level"))
    with pytest.raises(RefusedError, match="more than one call of protect"):
        make([*first, *second], tmp_path)


def test_results_without_their_survey_are_refused(published: Published, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="results without their survey"):
        make(published, tmp_path, survey=None)
    assert make(published, tmp_path, survey=None, draft=True).draft


def test_a_release_names_its_wave(published: Published, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not name its wave"):
        make(published, tmp_path, wave=" ")
    assert make(published, tmp_path, wave="", draft=True).wave == ""


def forged(published: Published) -> list[PublishedTable | PublishedComparison]:
    """One figure of one table is another than protection gave."""
    return [
        replace(one, table=one.table.assign(estimate=0.61))
        if isinstance(one, PublishedTable) and one.id == "experience"
        else one
        for one in published
    ]


def test_a_forged_table_is_refused_by_name(published: Published, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="Not what the survey gives when it is protected anew: experience"):
        make(forged(published), tmp_path)
    tests = [replace(one, p_class="<0.001") if isinstance(one, PublishedComparison) else one for one in published]
    with pytest.raises(RefusedError, match="protected anew"):
        make(tests, tmp_path)
    assert not list(tmp_path.iterdir())


def test_without_the_comparison_a_forged_table_would_be_released(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "same_as_proven", lambda given, _: given)
    assert make(forged(published), tmp_path).tables["experience"].table["estimate"].tolist() == [0.61]


def test_results_of_another_weighting_or_a_part_that_was_protected_alone_are_refused(
    published: Published, tmp_path: Path
) -> None:
    weighted = rake(read_survey("example_2022"), to=read_margins("students_haaglanden_2019"))
    with pytest.raises(RefusedError, match="protected anew"):
        make(published, tmp_path, survey=weighted)
    some = [one for one in estimate_declared(read_survey("example_2022")) if isinstance(one, EstimateTable)][:6]
    with pytest.raises(RefusedError, match="protected anew"):
        make(protect(some), tmp_path)
    assert make(published[:6], tmp_path).tables, "a part of what was protected together may go out"


def test_assigning_into_a_published_table_changes_nothing(published: Published, example: Release) -> None:
    for table in (next(one for one in published if one.id == "experience"), example.tables["experience"]):
        assert isinstance(table, PublishedTable)
        before, said = table_bytes(table), [table.sentence(one) for one in ("nl", "en")]
        copy = table.table
        copy.loc[:, "estimate"] = 0.99
        copy["mark"] = "x"
        assert table_bytes(table) == before
        assert [table.sentence(one) for one in ("nl", "en")] == said
        given = table.table
        made = replace(table, table=given)
        given.loc[:, "estimate"] = 0.99
        assert table_bytes(made) == before, "whoever keeps the frame that was given cannot change the table either"


def test_undeclared_tables_are_refused_but_may_be_looked_at(tmp_path: Path) -> None:
    survey = read_survey("example_2022")
    published = protect([share(survey, "discrimination_experienced", "level"), share(survey, "knows_where", "school3")])
    with pytest.raises(RefusedError, match=r"Not declared beforehand: share-knows_where-school3"):
        make(published, tmp_path)
    look = make(published, tmp_path, draft=True, checked_by="")
    assert look.draft
    assert make(published, tmp_path, draft=True, checked_by="").draft, "a draft may be written over"


def test_drafts_stand_outside_the_published_folder(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").symlink_to(data_folder())
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    look = release(published, name="look", made_by="", checked_by="", draft=True)
    assert look.folder == tmp_path / "build" / "drafts" / "look"
    assert "look" not in list_releases()


def test_rules_for_the_team_are_not_released(tmp_path: Path) -> None:
    result = share(read_survey("example_2022"), "discrimination_experienced", "level")
    with pytest.raises(RefusedError, match="eyes of the team"):
        make(protect(result, rules="team"), tmp_path)


def test_an_empty_release_is_refused(published: Published, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="no table"):
        make([], tmp_path)
    tables = [one for one in published if isinstance(one, PublishedTable)]
    hidden = [replace(one, table=one.table.assign(mark="x")) for one in tables]
    with pytest.raises(RefusedError, match="Every cell is hidden"):
        make(hidden, tmp_path)
    without = [one for one in tables if "discrimination_experienced" not in (one.of, *one.by)]
    with pytest.raises(RefusedError, match="nothing about discrimination_experienced"):
        make(without, tmp_path)
    without = [one for one in tables if "level" not in (one.of, *one.by)]
    with pytest.raises(RefusedError, match="nothing about level"):
        make(without, tmp_path)
    assert not list(tmp_path.iterdir())


# Frozen ------------------------------------------------------------------------------------------------------------


def test_a_changed_missing_or_added_file_is_refused_and_named(published: Published, tmp_path: Path) -> None:
    folder = make(published, tmp_path).folder
    table = folder / "tables" / "experience.csv"
    whole = table.read_bytes()
    table.write_bytes(whole.replace(b"0.", b"0.0"))
    with pytest.raises(RefusedError, match=r"tables/experience.csv was changed"):
        read_release("try-1", folder=tmp_path)
    table.unlink()
    with pytest.raises(RefusedError, match=r"tables/experience.csv is missing"):
        read_release("try-1", folder=tmp_path)
    table.write_bytes(whole)
    (folder / "tables" / "extra.csv").write_text("level\n1\n")
    with pytest.raises(RefusedError, match=r"tables/extra.csv was added"):
        read_release("try-1", folder=tmp_path)
    (folder / "tables" / "extra.csv").unlink()
    facts = folder / "release.json"
    facts.write_text(facts.read_text("utf-8").replace("A. Maker", "C. Other"), "utf-8")
    with pytest.raises(RefusedError, match=r"release.json was changed"):
        read_release("try-1", folder=tmp_path)


def test_releases_are_chained(published: Published, tmp_path: Path) -> None:
    first = make(published, tmp_path, "one")
    second = make(published, tmp_path, "two", date=dt.date(2026, 11, 2))
    assert (first.previous, first.previous_sha256) == ("", "")
    assert (second.previous, second.previous_sha256) == ("one", first.sha256)
    assert list_releases(tmp_path) == ["one", "two"]


@pytest.mark.parametrize("fails_at", [1, 5, 20])
def test_an_interrupted_build_leaves_nothing(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    make(published, tmp_path, "one")
    before = contents(tmp_path)
    write, written = Path.write_bytes, []

    def stop(path: Path, data: bytes) -> int:
        written.append(path)
        if len(written) == fails_at:
            raise KeyboardInterrupt
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", stop)
    with pytest.raises(KeyboardInterrupt):
        make(published, tmp_path, "two")
    assert contents(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_what_a_killed_build_left_is_not_a_release_and_not_in_the_way(published: Published, tmp_path: Path) -> None:
    left = tmp_path / ".partial-try-1"
    (left / "tables").mkdir(parents=True)
    (left / "release.json").write_text("{", "utf-8")
    assert list_releases(tmp_path) == []
    make(published, tmp_path)
    assert list_releases(tmp_path) == ["try-1"]
    assert not left.exists()


def test_an_unknown_release_is_an_error_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="example-2022"):
        read_release("exampel-2022")


@pytest.mark.parametrize("name", ["../published/example-2022", "example-2022/tables", ""])
def test_a_release_is_named_not_reached_by_a_path(name: str) -> None:
    with pytest.raises(InputError, match="There is no release"):
        read_release(name)


def test_fingerprints_tell_code_rules_tables_and_data(example: Release) -> None:
    assert len(example.fingerprints["code"]) == 64
    assert set(example.fingerprints["rules"]) == {"steering_group.yaml"}
    assert set(example.fingerprints["declared_tables"]) == {"tables_baseline.yaml"}
    assert "data/example/example_2022.csv" in example.fingerprints["data"]
    assert example.rules == str(read_rules("steering_group"))


@pytest.mark.parametrize(
    "module", ["disclosure/optimal.py", "comparison/means.py", "locales/nl.yaml", "new_room/new.py"]
)
def test_a_change_of_any_module_changes_the_fingerprint_of_the_code(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "stagekansen_lib"
    shutil.copytree(library_folder(), copy, ignore=shutil.ignore_patterns("__pycache__", "vendor"))
    monkeypatch.setattr(building, "library_folder", lambda: copy)
    before = building.code_fingerprint()
    assert before == building.code_fingerprint()
    changed = copy / module
    changed.parent.mkdir(exist_ok=True)
    with changed.open("a", encoding="utf-8") as file:
        file.write("\n# one more line\n")
    assert building.code_fingerprint() != before


def test_reading_a_release_loads_nothing_heavy() -> None:
    program = (
        "import sys; from stagekansen_lib.releases.reading import read_release; read_release('example-2022');"
        "print(sorted({'scipy', 'statsmodels', 'geopandas', 'ipywidgets', 'folium', 'stagekansen_lib.estimation.means',"
        " 'stagekansen_lib.intake.reading'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
