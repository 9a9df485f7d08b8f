"""The yearly index through the wall: what is shown, that it comes out again, and each guard with what it holds back."""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stagekansen_lib as sk
from stagekansen_lib.attacks.attacked import AttackedRelease
from stagekansen_lib.attacks.evidence import read_evidence
from stagekansen_lib.attacks.on_counts import beside_tables
from stagekansen_lib.attacks.on_files import what_travels
from stagekansen_lib.attacks.on_index import score_back
from stagekansen_lib.cli import __main__ as cli
from stagekansen_lib.disclosure.published import PublishedTable
from stagekansen_lib.disclosure.published_index import PublishedIndex, index_content, index_from_content
from stagekansen_lib.disclosure.rules import read_rules
from stagekansen_lib.errors import InputError, RefusedError
from stagekansen_lib.monitoring import index_doubt, index_guards, index_releases, protecting_index
from stagekansen_lib.monitoring.index_releases import index_of_series, release_index
from stagekansen_lib.monitoring.index_texts import index_csv, index_words
from stagekansen_lib.monitoring.protecting_index import WaveOfIndex, protect_index
from stagekansen_lib.monitoring.yearly_index import index_change
from stagekansen_lib.pictures.index_lines import draw_index
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.releases.contents import json_bytes
from stagekansen_lib.releases.reading import Release, read_release
from stagekansen_lib.waves.series import read_series
from tests.years import script

NAME, SERIES = "voorbeeldstad-2024", "voorbeeldstad"
RULES = read_rules("steering_group")
Patch = pytest.MonkeyPatch


@pytest.fixture(scope="module")
def inside() -> list[WaveOfIndex]:
    """The three waves as they are left of the wall."""
    kept: list[WaveOfIndex] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_releases, "protect_index", lambda waves, *_: kept.extend(waves))
        index_of_series(SERIES, year=2024)
    return kept


@pytest.fixture(scope="module")
def remade(tmp_path_factory: pytest.TempPathFactory) -> Release:
    made: Release = script("make_example_index").make_example_index(tmp_path_factory.mktemp("published"))
    return made


def protected(waves: list[WaveOfIndex]) -> PublishedIndex:
    return protect_index(waves, read_series(SERIES), RULES)


def as_bytes(index: PublishedIndex) -> bytes:
    return json_bytes(index_content(index))


def with_columns(wave: WaveOfIndex, **columns: Any) -> WaveOfIndex:
    """The wave with other answers in its survey; its index as it was."""
    return replace(wave, survey=replace(wave.survey, rows=wave.survey.rows.assign(**columns), _encoded={}))


# It comes out again ------------------------------------------------------------------------------------------------


def test_the_example_release_is_made_again_to_the_byte(remade: Release) -> None:
    place = data_folder("published", NAME)
    for path in ("index.json", *(f"tables/{one}.csv" for one in remade.tables)):
        assert (remade.folder / path).read_bytes() == (place / path).read_bytes(), path


def test_an_earlier_year_comes_out_as_it_was(inside: list[WaveOfIndex]) -> None:
    told = json.loads(data_folder("published", NAME, "index.json").read_bytes())["waves"]
    for until in (1, 2):
        again = index_content(protected(inside[:until]))["waves"]
        assert json_bytes(again) == json_bytes(told[:until])


def test_an_index_reads_back_as_it_was_written() -> None:
    content = json.loads(data_folder("published", NAME, "index.json").read_bytes())
    assert index_content(index_from_content(content)) == content


def test_a_release_that_tells_an_earlier_year_otherwise_is_refused(tmp_path: Path) -> None:
    shutil.copytree(data_folder("published", NAME), tmp_path / "earlier")
    other = json.loads((tmp_path / "earlier" / "index.json").read_bytes())
    other["waves"][0]["indicators"][0]["value"] += 1
    (tmp_path / "earlier" / "index.json").write_bytes(json_bytes(other))
    found = list(score_back(attacked(tmp_path / "earlier", [data_folder("published", NAME)])))
    assert any("told otherwise in release" in one.route for one in found)


# What is shown -----------------------------------------------------------------------------------------------------


def test_what_few_report_is_a_class_and_counts_with_its_middle() -> None:
    index = read_release(NAME).index
    assert index is not None
    for wave in index.waves:
        one = wave.indicator("M1")
        assert (one.mark, one.enters, one.score) == ("<10%", 5.0, 10.0)
        assert math.isnan(one.value)
        assert math.isnan(one.ci_low)


def test_no_number_depends_on_how_many_reported_within_the_class(inside: list[WaveOfIndex]) -> None:
    at = [one.id for one in inside[0].index.design.indicators].index("M1")
    other = []
    for wave in inside:
        many = wave.index.replicated.copy()
        many[:, at] = 0.0
        table = wave.index.indicators.copy()
        table.loc[at, ["estimate", "se", "ci_low", "ci_high"]] = [0.0, 0.0, 0.0, 0.0]
        other.append(replace(wave, index=replace(wave.index, replicated=many, indicators=table)))
    assert as_bytes(protected(other)) == as_bytes(protected(inside))


def test_index_and_domains_follow_from_the_indicators_as_they_are_shown() -> None:
    index = read_release(NAME).index
    assert index is not None
    newest = {one.id: one.score for one in index.newest.indicators}
    assert newest == {"K1": 78.0, "K2": 50.0, "E1": 63.0, "E2": 66.0, "E3": 40.0, "M1": 10.0, "M2": 34.0}
    domains = [(78 + 50) / 2, (63 + 66 + 40) / 3, (10 + 34) / 2]
    assert [one.score for one in index.newest.domains] == [round(one, 1) for one in domains]
    assert index.newest.index.score == round(math.prod(domains) ** (1 / 3), 1)


def test_the_change_is_added_up_from_its_domains_and_none_crosses_the_break() -> None:
    index = read_release(NAME).index
    assert index is not None
    broken, last = index.changes
    assert (broken.verdict, broken.contributions) == ("break", ())
    assert math.isnan(broken.change)
    assert sum(points for _, points in last.contributions) == pytest.approx(last.change, abs=0.15)


def test_the_index_as_shown_lies_near_that_inside_the_wall(inside: list[WaveOfIndex]) -> None:
    shown = protected(inside)
    for wave, of in zip(shown.waves, inside, strict=True):
        assert abs(wave.index.score - of.index.value) < 3
        assert wave.index.ci_low < of.index.value < wave.index.ci_high


def hidden_in(wave: WaveOfIndex, name: str) -> WaveOfIndex:
    """The wave when protection hides a table that an indicator is quoted from."""
    table: PublishedTable = wave.tables[name]
    none = {"estimate": math.nan, "ci_low": math.nan, "ci_high": math.nan, "base": "", "mark": "x"}
    return replace(wave, tables={**wave.tables, name: replace(table, table=table.table.assign(**none))})


def test_a_domain_with_too_few_indicators_cannot_be_established(inside: list[WaveOfIndex]) -> None:
    index = protected([*inside[:2], hidden_in(inside[2], "knows_where")])
    newest = index.newest
    assert [one.known for one in newest.domains] == [True, True, False]
    assert not newest.index.known
    assert index.changes[-1].verdict == "unknown"
    words = index_words(index, "nl")
    assert "Deel Melden is niet vast te stellen: 1 van de 2" in words
    assert "De index is niet vast te stellen." in words
    assert draw_index(index, language="nl").svg.count('class="line"') == 0


def test_a_line_is_never_drawn_over_a_break() -> None:
    index = read_release(NAME).index
    assert index is not None
    svg = draw_index(index, language="nl").svg
    assert svg.count('class="line"') == 1
    assert "breuk" in svg
    assert draw_index(replace(index, breaks=()), language="nl").svg.count('class="line"') == 2


def test_only_what_passed_the_wall_is_drawn(inside: list[WaveOfIndex]) -> None:
    with pytest.raises(RefusedError, match="published index"):
        draw_index(inside[0].index)  # type: ignore[arg-type]


def test_a_wave_of_another_series_is_refused_by_name(inside: list[WaveOfIndex]) -> None:
    with pytest.raises(InputError, match="Wave 2030 is not in series 'voorbeeldstad'"):
        protected([replace(inside[0], wave="2030")])


def test_a_wave_that_does_not_say_its_answers_has_no_index() -> None:
    with pytest.raises(InputError, match="does not say which answers"):
        release_index("stagekansen", year=2022, made_by="A", checked_by="B")


def reworded(wave: WaveOfIndex, name: str) -> WaveOfIndex:
    """The wave when it had asked a question in other words."""
    book = wave.survey.codebook
    other = replace(book[name], question_nl="Anders gevraagd?", question_en="Asked otherwise?")
    survey = replace(wave.survey, codebook=replace(book, variables={**book.variables, name: other}))
    return replace(wave, survey=survey)


@pytest.mark.parametrize(
    "name", ["role_in_applying_answer", "knows_where_answer", "discrimination_answer", "reported_to"]
)
def test_a_wave_that_asked_in_other_words_is_never_one_line_with_the_year_before(
    inside: list[WaveOfIndex], name: str
) -> None:
    """Also where the index rests on an answer that is derived from the question."""
    waves, series = [*inside[:2], reworded(inside[2], name)], read_series(SERIES)
    with pytest.raises(RefusedError, match=f"changed from 2023 to 2024 \\(wording.*|'{name}'"):
        protect_index(waves, series, RULES)
    # Over a break that was declared nothing is drawn, whatever changed.
    assert protect_index([inside[0], reworded(inside[1], name)], series, RULES).changes[0].verdict == "break"
    for verdict, told in (("harmless", "not_shown"), ("break", "break")):
        declared = replace(series.changes[0], first=2023, last=2024, variable=name, verdict=verdict)
        changed = replace(series, changes=(*series.changes, declared))
        assert protect_index(waves, changed, RULES).changes[1].verdict == told


def test_a_break_of_one_question_is_a_break_of_the_index(inside: list[WaveOfIndex]) -> None:
    series = read_series(SERIES)
    one = replace(series.changes[0], first=2023, last=2024, variable="search_difficulty")
    index = protect_index(inside, replace(series, changes=(*series.changes, one)), RULES)
    assert [change.verdict for change in index.changes] == ["break", "break"]


def test_the_command_writes_page_csv_and_pictures_and_says_the_sentence(
    tmp_path: Path, monkeypatch: Patch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: dict[str, Any] = {}

    def made(*names: str, **options: Any) -> Release:
        asked.update(options, series=names[0])
        return read_release(NAME)

    monkeypatch.setattr(index_releases, "release_index", made)
    words = ["index", "--year", "2024", "--folder", str(tmp_path), "--language", "en"]
    assert cli.main(words) == 0
    assert (asked["series"], asked["year"], asked["draft"]) == (SERIES, "2024", True)
    rows = (tmp_path / "index.csv").read_text("utf-8").splitlines()
    assert len({row.count(",") for row in rows}) == 1
    assert all(row.endswith(",yes") for row in rows[1:])
    assert "synthetic example" in (tmp_path / "index-en.svg").read_text("utf-8").lower()
    assert "The difference may well be chance" in capsys.readouterr().out
    for language, words_of_page in (("nl", "Deze stad bestaat niet"), ("en", "This town does not exist")):
        page = (tmp_path / f"index-{language}.html").read_text("utf-8")
        assert page.startswith(f'<!doctype html>\n<html lang="{language}">')
        assert words_of_page in page
        # It stands alone: nothing is fetched, and no link leads out of the file.
        assert all(place.startswith("#") for place in re.findall(r'href="([^"]*)"', page))
        assert not re.search(r"<script|<link|src=", page)
        assert page.count("</main>") == 1


def test_every_row_of_the_csv_is_in_the_release() -> None:
    index = read_release(NAME).index
    assert index is not None
    rows = [row.split(",") for row in index_csv(index).splitlines()[1:]]
    assert len(rows) == 3 * (7 + 3 + 1) + 2
    assert [row[5] for row in rows if row[:4] == ["2024", "B", "index", "index"]] == [f"{index.newest.index.score:g}"]


# Each guard switched off -------------------------------------------------------------------------------------------


def attacked(folder: Path, earlier: list[Path] | None = None) -> AttackedRelease:
    return AttackedRelease(read_evidence(folder), tuple(map(read_evidence, earlier or [])), True, {})


def found_in(folder: Path, index: PublishedIndex, edit: Callable[[Path], None] = lambda _: None) -> str:
    """What attack 21 finds when the example release holds this index."""
    place = folder / "release"
    shutil.copytree(data_folder("published", NAME), place)
    (place / "index.json").write_bytes(as_bytes(index))
    edit(place)
    return "; ".join(map(str, score_back(attacked(place))))


def computed_beside(folder: Path, without: str) -> str:
    """What attack 3 computes from the index and the tables, but those about one question."""
    seen = attacked(folder)
    tables = tuple(table for table in seen.now.tables if table.of != without)
    return "; ".join(map(str, beside_tables(replace(seen, now=replace(seen.now, tables=tables)))))


Changed = Callable[[Any, Mapping[str, Any]], Any]


def each_indicator(name: str, change: Changed) -> Callable[[Patch], None]:
    """Takes away what guards an indicator: ``change`` gets what may be shown, and the row as it is inside."""
    guarded = protecting_index.guarded_indicator

    def off(patch: Patch) -> None:
        def loose(survey: Any, one: Any, reading: Any, row: Any, *rest: Any) -> Any:
            shown = guarded(survey, one, reading, row, *rest)
            return change(shown, row) if one.id == name else shown

        patch.setattr(protecting_index, "guarded_indicator", loose)

    return off


def true_values_in_domains(patch: Patch) -> None:
    """Domains from what is inside the wall, M1 with its own value."""
    real = index_doubt.to_scores

    def loose(values: Any, indicators: Any) -> Any:
        values = np.array(values)
        if len(values) == 1:
            values[0, 5] = 6.6
        return real(values, indicators)

    patch.setattr(index_doubt, "to_scores", loose)


def change_from_inside(inside: list[WaveOfIndex]) -> Callable[[Patch], None]:
    real = protecting_index._change
    own = index_change(inside[1].index, inside[2].index).change

    def loose(*waves: Any, broken: bool) -> Any:
        made = real(*waves, broken=broken)
        return made if broken else replace(made, change=own)

    return lambda patch: patch.setattr(protecting_index, "_change", loose)


def contributions_from_inside(patch: Patch) -> None:
    patch.setattr(protecting_index, "_contributions", lambda *_: (("kans", -2.9), ("ervaring", -0.1), ("melden", 4.2)))


def no_grid(patch: Patch) -> None:
    for name in ("round_to", "round_down", "round_up"):
        patch.setattr(index_guards, name, lambda value, _: value)


def no_tables(patch: Patch) -> None:
    real = protecting_index.guarded_indicator
    patch.setattr(protecting_index, "guarded_indicator", lambda *given: real(*given[:4], {}, given[5]))


@dataclass(frozen=True)
class Guard:
    """What holds attack 21 back, how it is taken away, and what the attack then finds."""

    name: str
    off: Callable[[Patch], None]
    shows: str


GUARDS = [
    Guard("figures stand on the grid of their base", no_grid, "finer than its base allows"),
    Guard(
        "a small share is told as a class",
        each_indicator("M1", lambda one, _: replace(one, mark="", value=7.0, ci_low=3.0, ci_high=11.0, step=1.0)),
        "nine of ten or more of a group are told as a figure",
    ),
    Guard(
        "a class counts with its middle",
        each_indicator("M1", lambda one, row: replace(one, enters=row["estimate"])),
        "told as a class, and counted with",
    ),
    Guard("domains are made of what is shown", true_values_in_domains, "M1 is 6.32 to 6.88"),
    Guard(
        "scores are made of what is shown",
        each_indicator("K1", lambda one, row: replace(one, score=round(row["score"], 1))),
        "its score is not that of what is shown",
    ),
    Guard("margins stand on a grid", lambda patch: patch.setattr(protecting_index, "_coarse", lambda _: 0.1),
          "the margin is finer than its indicators allow"),
    Guard("what a domain adds is made of what is shown", contributions_from_inside, "what it adds does not follow"),
    Guard("an indicator with a table is quoted from it", no_tables, "told otherwise in table"),
    Guard(
        "what is hidden counts nowhere",
        each_indicator("E2", lambda one, _: replace(one, mark="x", value=math.nan, ci_low=math.nan, ci_high=math.nan,
                                                      base="")),
        "hidden, and yet something of it is told",
    ),
]  # fmt: skip


@pytest.mark.parametrize("guard", GUARDS, ids=[one.name for one in GUARDS])
def test_without_a_guard_attack_21_bites_and_with_it_nothing_is_found(
    guard: Guard, inside: list[WaveOfIndex], tmp_path: Path, monkeypatch: Patch
) -> None:
    assert found_in(tmp_path / "on", protected(inside)) == ""
    guard.off(monkeypatch)
    assert guard.shows in found_in(tmp_path / "off", protected(inside))


def test_a_change_made_inside_the_wall_is_found(inside: list[WaveOfIndex], tmp_path: Path, monkeypatch: Patch) -> None:
    change_from_inside(inside)(monkeypatch)
    assert "the change is not that of the index as it is shown" in found_in(tmp_path, protected(inside))


def few_with_a_role(wave: WaveOfIndex) -> WaveOfIndex:
    """Six students for whom discrimination played a part in applying."""
    answers = wave.survey.column("role_in_applying_answer")
    given = np.flatnonzero(answers.notna())
    other = answers.where(answers.isna(), 3)
    other.iloc[given[:6]] = 1
    changed = with_columns(wave, role_in_applying_answer=other)
    table = wave.index.indicators.set_index("id")
    table.loc["E2", ["estimate", "se", "ci_low", "ci_high"]] = [1.4, 0.6, 0.3, 2.6]
    return replace(changed, index=replace(wave.index, indicators=table.reset_index()))


def test_a_share_of_few_is_hidden_and_the_attack_finds_it_when_it_is_not(
    inside: list[WaveOfIndex], tmp_path: Path, monkeypatch: Patch
) -> None:
    waves = [*inside[:2], few_with_a_role(inside[2])]
    safe = protected(waves)
    assert safe.newest.indicator("E2").mark == "x"
    assert safe.newest.index.known, "two of the three indicators of a domain are enough"
    assert found_in(tmp_path / "on", safe) == ""
    monkeypatch.setattr(index_guards, "_is_secret", lambda *_: False)
    assert "a count that is surely under ten" in found_in(tmp_path / "off", protected(waves))
    # Attack 3 computes it too, where no table is about that question.
    on, off = (computed_beside(tmp_path / one / "release", "role_in_applying") for one in ("on", "off"))
    assert on == ""
    assert re.search(r"index.json: E2, role_in_applying_answer=1: \d people at most", off)


def few_unsafe(wave: WaveOfIndex) -> tuple[WaveOfIndex, float]:
    """Four students without the experience felt unsafe; and the share of everyone who felt safe."""
    safe, experience = (wave.survey.column(name).copy() for name in ("felt_safe", "discrimination_experienced"))
    others = np.flatnonzero(safe.notna() & (experience == 0))
    safe.iloc[others] = 1
    safe.iloc[others[:4]] = 0
    changed = with_columns(wave, felt_safe=safe)
    groups = [safe[safe.notna() & (experience == code)].astype(float).mean() for code in (0, 1)]
    table = wave.index.indicators.set_index("id")
    gap = 100 * (groups[0] - groups[1])
    table.loc["E3", ["estimate", "se", "ci_low", "ci_high"]] = [gap, 4.0, gap - 8, gap + 8]
    changed = replace(changed, index=replace(wave.index, indicators=table.reset_index()))
    return changed, float(safe[safe.notna() & experience.notna()].astype(float).mean())


def test_a_gap_with_few_behind_it_is_hidden_and_the_attack_computes_them_when_it_is_not(
    inside: list[WaveOfIndex], tmp_path: Path, monkeypatch: Patch
) -> None:
    wave, share = few_unsafe(inside[2])
    waves = [*inside[:2], wave]

    def other_table(place: Path) -> None:
        path = place / "tables" / "felt_safe.csv"
        head, row = path.read_text("utf-8").splitlines()[:2]
        cells = dict(zip(head.split(","), row.split(","), strict=True)) | {"estimate": f"{share:.2f}"}
        path.write_text(f"{head}\n{','.join(cells.values())}\n", "utf-8")

    assert protected(waves).newest.indicator("E3").mark == "x"
    assert found_in(tmp_path / "on", protected(waves), other_table) == ""
    monkeypatch.setattr(index_guards, "_is_secret", lambda *_: False)
    assert "a count under ten in the group without" in found_in(tmp_path / "off", protected(waves), other_table)


def test_an_entry_that_no_reader_sees_is_found(tmp_path: Path) -> None:
    place = tmp_path / "release"
    shutil.copytree(data_folder("published", NAME), place)
    content = json.loads((place / "index.json").read_bytes())
    content["waves"][0]["se"] = 1.0
    (place / "index.json").write_bytes(json_bytes(content))
    assert [str(one) for one in what_travels(attacked(place))] == ["index.json, entry se"]


def test_a_changed_index_is_no_longer_the_release(tmp_path: Path) -> None:
    shutil.copytree(data_folder("published", NAME), tmp_path / NAME)
    path = tmp_path / NAME / "index.json"
    path.write_bytes(path.read_bytes().replace(b'"grade": "C"', b'"grade": "A"'))
    with pytest.raises(RefusedError, match=r"index\.json was changed"):
        read_release(NAME, folder=tmp_path)


def test_the_index_stands_in_the_data_package() -> None:
    described = json.loads(data_folder("published", NAME, "datapackage.json").read_bytes())
    (entry,) = [one for one in described["resources"] if one["name"] == "index"]
    assert entry["bytes"] == data_folder("published", NAME, "index.json").stat().st_size
    assert entry["title"].startswith("SYNTHETIC")


def test_the_example_differs_from_the_half_that_was_measured() -> None:
    index = read_release(NAME).index
    assert index is not None
    assert all(abs(wave.indicator("E1").value - 50) > 5 for wave in index.waves)
    assert sk.read_release(NAME).synthetic
