"""Notebooks run from top to bottom, keep the house style, hold no output, and show nothing of one respondent."""

from __future__ import annotations

import ast
import csv
import re
import warnings
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from scripts.make_notebooks import write_notebooks
from stagekansen_lib.drafts.drafting import draft_codebook
from stagekansen_lib.errors import DoubtWarning
from stagekansen_lib.twins.practising import write_practice
from tests import school_exports
from tests.short_questionnaire import short

ROOT = Path(__file__).resolve().parent.parent
BEGIN = ROOT / "notebooks" / "00_begin.ipynb"
BEGINS = [BEGIN, ROOT / "notebooks" / "en" / "00_begin.ipynb"]
NOTEBOOKS = sorted(path for path in (ROOT / "notebooks").glob("*.ipynb") if path != BEGIN)
ENGLISH = sorted(path for path in (ROOT / "notebooks" / "en").glob("*.ipynb") if path not in BEGINS)
DASHBOARDS = sorted((ROOT / "dashboards").glob("*.ipynb"))
EXAMPLE = ROOT / "data" / "example" / "example_2022.csv"
HEADINGS = {
    "nl": [
        "Het korte antwoord",
        "Waar je op moet letten",
        "De gegevens",
        "Wat we vonden",
        "Hoe zeker is dat?",
        "Voor onderzoekers",
        "Bronnen en volgende stappen",
    ],
    "en": [
        "The short answer",
        "What to be careful about",
        "The data",
        "What we found",
        "How sure is that?",
        "For researchers",
        "Sources and next steps",
    ],
}
TOP = {"nl": ("Vraag", "Wie", "Wanneer", "Status"), "en": ("Question", "Who", "When", "Status")}
ALL_RIGHT = "Alle getallen in de tekst kloppen."
ALL_RIGHT_EN = "All figures in the text are right."
# Columns of the export that hold free text, and the one that names a respondent.
OPEN_QUESTIONS = ("g6.", "z1.")
RESPONDENT = "respondent_id"
# A percentage, a number with decimals, or a number of percentage points: figures that a text may get wrong.
FIGURE = {
    "nl": re.compile(r"\d+(?:,\d+)?%|\d+,\d+|\d+ (?:procent)?punten"),
    "en": re.compile(r"\d+(?:\.\d+)?%|\d+\.\d+|\d+ (?:percentage )?points"),
}
# An address of an article is no figure.
DOI = re.compile(r"doi:\S+")

# Headings of tables that are the same word in both languages.
SAME = {"n", "p", "code", "Effect", "Indicator"}
FOLDED = {"jupyter": {"source_hidden": True}}

# The line by which a notebook is told of which survey it is.
SURVEY_LINE = re.compile(r'SURVEY = sk\.survey_in_use\("(?:example_2022|voorbeeldstad_2024)"\)')

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
each_text = pytest.mark.parametrize("path", [*NOTEBOOKS, *ENGLISH], ids=lambda path: path.stem)
each_file = pytest.mark.parametrize(
    "path", [*BEGINS, *NOTEBOOKS, *ENGLISH, *DASHBOARDS], ids=lambda path: f"{path.parent.name}-{path.stem}"
)


@pytest.fixture(autouse=True)
def _language_of_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook chooses a language; a test leaves the one that was there."""
    monkeypatch.setenv("STAGEKANSEN_LANGUAGE", "nl")
    monkeypatch.setenv("STAGEKANSEN_SURVEY", "")  # a survey that was chosen in this clone is not the example


def language_of(path: Path) -> str:
    return "en" if path.parent.name == "en" else "nl"


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def execute(notebook: Any) -> Any:
    """The notebook with outputs; an error in any cell is an error here."""
    place = {"metadata": {"path": str(ROOT / "notebooks")}}
    return NotebookClient(notebook, timeout=120, kernel_name="python3", resources=place).execute()


@cache
def executed(path: Path) -> Any:
    return execute(read(path))


def cells(notebook: Any, kind: str) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def one_line(text: str) -> str:
    """The text without line breaks, so that where a line ends makes no difference."""
    return " ".join(text.split())


def prose(notebook: Any) -> str:
    return "\n\n".join(cell.source for cell in cells(notebook, "markdown"))


def shown(cell: Any) -> str:
    """Everything that an executed cell shows, in every form in which it travels."""
    parts = []
    for output in cell.outputs:
        parts.append(str(output.get("text", "")))
        parts.extend(str(form) for form in output.get("data", {}).values())
        parts.extend(output.get("traceback", ()))
    return "\n".join(parts)


def all_shown(notebook: Any) -> str:
    return "\n".join(shown(cell) for cell in cells(notebook, "code"))


def example_rows() -> list[dict[str, str]]:
    with EXAMPLE.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def secrets() -> set[str]:
    """Ids and open answers of the example survey."""
    rows = example_rows()
    names = [name for name in rows[0] if name == RESPONDENT or name.startswith(OPEN_QUESTIONS)]
    return {(row[name] or "").strip() for row in rows for name in names} - {"", "99"}


def leaks(text: str, hidden: set[str]) -> list[str]:
    """What of ``hidden`` stands in ``text`` as a word of its own."""
    return [one for one in sorted(hidden) if re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text)]


def figures_without_check(text: str, quoted: list[str], language: str = "nl") -> list[str]:
    text = DOI.sub("", text)
    for fragment in quoted:
        text = text.replace(fragment, "")
    return FIGURE[language].findall(text)


def quoted_texts(notebook: Any) -> list[str]:
    """The pieces of text that the last cell compares with the data."""
    found = []
    for statement in ast.walk(ast.parse(notebook.cells[-1].source)):
        if isinstance(statement, ast.Assign | ast.AugAssign) and isinstance(statement.value, ast.Dict):
            found += [ast.literal_eval(key) for key in statement.value.keys if key is not None]
    return found


def test_the_notebooks_are_numbered_in_order_and_three_are_for_a_first_sprint() -> None:
    assert [path.stem[:3] for path in NOTEBOOKS] == [f"{place:02}_" for place in range(1, len(NOTEBOOKS) + 1)]
    assert len(NOTEBOOKS) >= 3


@each_file
def test_a_committed_notebook_holds_no_output_and_no_trace_of_a_run(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        # Folded code is the one thing that a cell may say of itself.
        assert cell.metadata in ({}, FOLDED if cell.cell_type == "code" else {})
    for cell in cells(notebook, "code"):
        assert cell.outputs == []
        assert cell.execution_count is None


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_has_at_most_four_cells(path: Path) -> None:
    assert 1 <= len(read(path).cells) <= 4


@each_text
def test_cell_ids_are_those_that_nbstripout_gives(path: Path) -> None:
    assert [cell.id for cell in read(path).cells] == [str(place) for place in range(len(read(path).cells))]


@each_text
def test_a_notebook_has_at_most_thirty_cells_and_starts_with_question_answer_settings(path: Path) -> None:
    first, second, third = read(path).cells[:3]
    assert len(read(path).cells) <= 30
    assert first.source.startswith("# ")
    language = language_of(path)
    assert all(f"**{word}**" in first.source for word in TOP[language])
    assert second.source.startswith(f"## {HEADINGS[language][0]}")
    assert f'sk.use_language("{language}")' in third.source
    assert third.cell_type == "code"
    assert SURVEY_LINE.search(third.source)


@each_text
def test_the_first_cell_says_synthetic_and_no_finding_in_both_languages(path: Path) -> None:
    first = read(path).cells[0].source
    told = {
        "nl": ("SYNTHETISCHE GEGEVENS", "Niets hier is een bevinding", "Synthetic data: nothing here is a finding"),
        "en": ("SYNTHETIC DATA", "Nothing here is a finding", "Verzonnen gegevens: niets hier is een bevinding"),
    }
    assert [words for words in told[language_of(path)] if words not in one_line(first).replace("> ", "")] == []


@each_text
def test_fixed_headings_stand_in_order(path: Path) -> None:
    assert re.findall(r"^## (.+)$", prose(read(path)), flags=re.M) == HEADINGS[language_of(path)]


def test_the_notebooks_are_what_their_one_source_says(tmp_path: Path) -> None:
    made = [path.relative_to(tmp_path) for path in write_notebooks(tmp_path)]
    assert sorted(made) == sorted(path.relative_to(ROOT / "notebooks") for path in [*BEGINS, *NOTEBOOKS, *ENGLISH])
    assert [name for name in made if (tmp_path / name).read_bytes() != (ROOT / "notebooks" / name).read_bytes()] == []


@each_notebook
def test_text_follows_every_output(path: Path) -> None:
    notebook = executed(path)
    for cell, following in zip(notebook.cells, notebook.cells[1:], strict=False):
        if cell.cell_type == "code" and cell.outputs:
            assert following.cell_type == "markdown", cell.source


@each_text
def test_no_cell_defines_a_function_of_more_than_five_lines(path: Path) -> None:
    for cell in cells(read(path), "code"):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno is not None
                assert node.end_lineno - node.lineno < 5, node.name


@each_notebook
def test_a_notebook_runs_from_top_to_bottom_and_its_text_fits_the_data(path: Path) -> None:
    notebook = executed(path)
    assert all(cell.execution_count for cell in cells(notebook, "code"))
    assert ALL_RIGHT in shown(notebook.cells[-1])


@each_text
def test_the_last_cell_checks_every_figure_of_the_text(path: Path) -> None:
    notebook = read(path)
    text, quoted = one_line(prose(notebook)), quoted_texts(notebook)
    assert quoted
    assert [fragment for fragment in quoted if fragment not in text] == []
    assert figures_without_check(text, quoted, language_of(path)) == []


def test_a_figure_that_nothing_checks_is_found() -> None:
    text = "Van hen heeft 57% moeite, dat is 12 punten meer dan 8,3."
    assert figures_without_check(text, ["57% moeite"]) == ["12 punten", "8,3"]


@each_notebook
def test_no_output_holds_a_respondent_id_or_an_open_answer(path: Path) -> None:
    hidden = secrets()
    assert len(hidden) > 300
    assert leaks(all_shown(executed(path)), hidden) == []


def test_a_leak_would_be_found() -> None:
    answer = max(secrets(), key=len)
    cell = nbformat.v4.new_code_cell(
        outputs=[nbformat.v4.new_output("display_data", data={"text/html": f"<td>R1000</td><td>{answer}</td>"})]
    )
    assert leaks(shown(cell), secrets()) == sorted(["R1000", answer])


@each_notebook
def test_every_result_on_the_way_says_that_the_data_are_synthetic(path: Path) -> None:
    text = all_shown(executed(path))
    assert "SYNTHETIC" in text
    assert "synthetic data: not a finding" in text


@each_notebook
def test_changing_only_the_file_runs_it_on_answers_that_are_not_synthetic(path: Path, tmp_path: Path) -> None:
    """The example without its origin column counts as real; every fourth student is left out, so figures change."""
    rows = example_rows()
    file = tmp_path / "real_2022.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        names = [name for name in rows[0] if name != "herkomst_gegevens"]
        writer = csv.DictWriter(opened, names, delimiter=";", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(row for place, row in enumerate(rows) if place % 4)
    text = "\n".join(cell_by_cell(path, {"FILE": file}))
    assert "synthetic data" not in text
    assert "SYNTHETIC" not in text
    assert ALL_RIGHT not in text
    assert leaks(text, secrets()) == []
    if "sk.protect(" in "".join(cell.source for cell in cells(read(path), "code")):
        assert "is not marked synthetic" in text
        assert "<svg" not in text


def cell_by_cell(path: Path, names: dict[str, Any]) -> list[str]:
    """What each cell of a notebook shows in this process, of the survey in ``names``; an error in any cell is one.

    A doubt is told as a kernel tells it, and the notebook goes on.
    """
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    shell.push(names)
    told = []
    for cell in cells(read(path), "code"):
        source = SURVEY_LINE.sub("SURVEY = FILE", cell.source) if "FILE" in names else cell.source
        with capture_output() as caught, warnings.catch_warnings(record=True) as doubts:
            warnings.simplefilter("always", DoubtWarning)
            result = shell.run_cell(source.replace("CODEBOOK = None", "CODEBOOK = BOOK") if "BOOK" in names else source)
        assert result.success, f"{path.name}: {cell.source}\n{result.error_in_exec}"
        forms = [shell.display_formatter.format(result.result)[0], *(one.data for one in caught.outputs)]
        shown = [str(form) for data in forms for form in data.values()]
        doubted = [f"{doubt.category.__name__}: {doubt.message}" for doubt in doubts]
        told.append(" ".join([*shown, caught.stdout, caught.stderr, *doubted]))
    InteractiveShell.clear_instance()
    return told


@pytest.fixture(scope="module")
def of_a_school(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The export of another questionnaire, and its codebook as the school confirmed it."""
    file = school_exports.write_export("code_and_text", 2025, tmp_path_factory.mktemp("school"))
    return {"FILE": file, "BOOK": school_exports.confirmed(draft_codebook(file))}


@each_notebook
def test_a_notebook_runs_on_another_questionnaire_and_names_the_concepts_that_are_missing(
    path: Path, of_a_school: dict[str, Any]
) -> None:
    told = "\n".join(cell_by_cell(path, of_a_school))
    assert ALL_RIGHT not in told or path.stem.startswith("04")
    if path.stem[:2] in ("01", "03"):
        assert "Deze vragenlijst heeft geen vraag voor het begrip" in told
    if path.stem.startswith("03"):
        assert "Discriminatie ervaren rond de stage" in told
    if path.stem[:2] in ("07", "08"):
        assert "staat in geen enkele reeks" in told


def test_a_notebook_runs_on_answers_made_up_for_another_questionnaire(tmp_path: Path) -> None:
    book = school_exports.confirmed(draft_codebook(school_exports.write_export("google", 2025, tmp_path))).codebook
    names = {"FILE": write_practice(book, tmp_path / "practise.csv"), "BOOK": book}
    told = {path.stem[:2]: "\n".join(cell_by_cell(path, names)) for path in NOTEBOOKS}
    # A comparison with a group this small is doubted, and no other notebook doubts anything.
    assert "DoubtWarning: Group 0 of 'discrimination_or_doubt' has 28 answers" in told["05"]
    assert [name for name, text in told.items() if "DoubtWarning" in text] == ["05"]


def test_who_took_part_is_told_by_channel_beside_what_choosing_to_take_part_means(tmp_path: Path) -> None:
    names = {"FILE": write_practice("short_end", tmp_path / "practise.csv"), "BOOK": "short_end"}
    (told,) = [one for one in cell_by_cell(NOTEBOOKS[0], names) if "Hoe zij er kwamen" in one]
    assert "De meeste antwoorden kwamen door" in told
    assert "Studenten kozen zelf of zij meededen" in told
    without = all_shown(executed(NOTEBOOKS[0]))
    assert "geen vraag voor het begrip &#x27;Kanaal: hoe iemand bij de vragenlijst kwam" in without


def test_of_a_questionnaire_without_any_concept_each_notebook_says_so(tmp_path: Path) -> None:
    book = short()
    names = {"FILE": write_practice(book, tmp_path / "practise.csv", rows=60), "BOOK": book}
    for path in NOTEBOOKS:
        told = "\n".join(cell_by_cell(path, names))
        if path.stem[:2] in ("01", "02", "03", "06", "08"):
            assert "Deze vragenlijst heeft geen vraag voor het begrip" in told, path.stem


def test_the_first_notebook_has_four_doors_and_its_cells_run() -> None:
    for begin, others in zip(BEGINS, (NOTEBOOKS, ENGLISH), strict=True):
        assert re.findall(r"^## (\d)\.", prose(read(begin)), flags=re.M) == ["1", "2", "3", "4"]
        linked = re.findall(r"\((\d\d_\w+\.ipynb)\)", prose(read(begin)))
        assert {path.name for path in others} == set(linked)
    assert "example-2022" in all_shown(executed(BEGIN))


def test_only_what_people_change_is_unfolded() -> None:
    for path in [*BEGINS, *NOTEBOOKS, *ENGLISH]:
        for cell in cells(read(path), "code"):
            if "SURVEY = " in cell.source:
                assert cell.metadata == {}, path.stem
        assert sum(cell.metadata == FOLDED for cell in cells(read(path), "code")) > 2


def headings(text: str) -> set[str]:
    """The headings of the columns of all tables in a text of HTML."""
    heads = re.findall(r"<thead.*?</thead>", text, flags=re.S)
    found = {unescape(one).strip() for head in heads for one in re.findall(r"<th\b[^>]*>(.*?)</th>", head, flags=re.S)}
    return found - {""}


@pytest.mark.parametrize(("path", "english"), list(zip([BEGIN, *NOTEBOOKS], [BEGINS[1], *ENGLISH], strict=True)))
def test_each_notebook_runs_in_english_too_and_no_table_has_headings_of_the_other_language(
    path: Path, english: Path
) -> None:
    told = "\n".join(cell_by_cell(english, {}))
    assert path == BEGIN or ALL_RIGHT_EN in told
    here, there = headings(all_shown(executed(path))), headings(told)
    assert len(here) == len(there) > 0
    assert here & there <= SAME


def test_the_readme_names_every_notebook_and_has_a_line_of_english_under_each_heading() -> None:
    text = (ROOT / "notebooks" / "README.md").read_text("utf-8")
    assert [path.name for path in NOTEBOOKS if path.name not in text] == []
    lines = text.splitlines()
    for place, line in enumerate(lines):
        if line.startswith("#"):
            assert re.fullmatch(r"\*[A-Z][^*]+\*", lines[place + 1]), line
