"""A second place with another theme: renting in Rotterdam builds all its pages, and none is about the first place."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

from stagekansen_lib.errors import InputError
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.places import place_file, read_place, words_of_place
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.registers.checks import check_registers
from stagekansen_lib.registers.reading import read_registers
from stagekansen_lib.releases.reading import read_release
from stagekansen_lib.site import building, serving
from stagekansen_lib.site.building import PAGES
from stagekansen_lib.wording import _general, say

ROOT = Path(__file__).resolve().parent.parent
SECOND = ROOT / "tests" / "rotterdam"
# Names of the first place, and words of its theme where the second has others.
OF_THE_FIRST = re.compile(
    r"haag|hague|gm0518|stagekansen haag|\bstages?\b|stageplek|stagereis|stagestandaard|internship|placement"
    r"|student|\bmbo\b|\bhbo\b|mondriaan|delft|zoetermeer",
    re.IGNORECASE,
)


def run(home: Path, *words: str) -> None:
    """A command in the project of the second place."""
    done = subprocess.run(
        [sys.executable, "-m", "stagekansen_lib.cli", *words],
        env={**os.environ, "STAGEKANSEN_HOME": str(home), "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project of the second place, from its files to its pages, by the commands that a team gives."""
    home = tmp_path_factory.mktemp("second") / "rotterdam"
    shutil.copytree(SECOND, home)
    shutil.copytree(ROOT / "dashboards", home / "dashboards")
    for folder in ("raw", "interim", "published"):
        (home / "data" / folder).mkdir()
    people = ["--made-by", "A, verzonnen", "--checked-by", "B, verzonnen"]
    for year in ("2025", "2026"):
        answers = f"data/interim/renting_{year}.csv"
        run(home, "practise", "renting", "--n", "500", "--seed", year, "--file", str(home / answers))
        wave = ["--wave", year, "--date", f"{year}-11-30"]
        run(home, "release", f"renting-{year}", *people, "--survey", f"renting_{year}", *wave)
    run(home, "site")
    return home


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the project were that of the second place."""
    monkeypatch.setenv("STAGEKANSEN_HOME", str(SECOND))


def pages_of(home: Path) -> dict[str, str]:
    (build,) = [path for path in (home / "site").iterdir() if path.is_dir()]
    return {path.relative_to(build).as_posix(): path.read_text("utf-8") for path in build.glob("*/*.html")}


def told(page: str) -> str:
    """What a reader sees, hears or follows: the text, and the attributes that are read out or are an address."""
    attributes = re.findall(r'(?:title|alt|aria-label|content|href|placeholder|value|data-[\w-]+)="([^"]*)"', page)
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    texts = [re.sub(r"<[^>]+>", " ", text), *attributes]
    return unescape(" ".join(texts))


def test_all_its_pages_are_there_in_both_languages_at_their_own_address(home: Path) -> None:
    names = {"stagereis": "huurreis"}
    expected = {f"{language}/{names.get(page, page)}.html" for language in ("nl", "en") for page in PAGES}
    assert expected <= set(pages_of(home))
    assert not [name for name in pages_of(home) if "stagereis" in name or "kaart-" in name or "-kaart" in name]


def test_no_page_of_it_names_the_first_place_or_its_theme(home: Path) -> None:
    for name, page in pages_of(home).items():
        found = OF_THE_FIRST.search(told(page))
        assert not found, f"{name}: {told(page)[max(0, found.start() - 80) : found.end() + 80]}"


def test_its_pages_bear_its_own_title_words_and_answers(home: Path) -> None:
    pages = pages_of(home)
    assert "<title>Overzicht | Huurkansen Rotterdam</title>" in pages["nl/overzicht.html"]
    assert "Renting chances Rotterdam</title>" in pages["en/verkenner.html"]
    assert "echte huurders in Rotterdam" in told(pages["nl/verkenner.html"])
    assert "Tenants took part because they wanted to" in told(pages["en/verkenner.html"])
    assert "Experienced discrimination in renting" in told(pages["en/verkenner.html"])


def test_a_place_without_borders_says_so_and_shows_no_map(home: Path) -> None:
    pages = pages_of(home)
    for name in ("nl/meldpunten.html", "nl/kaart.html"):
        assert "geen grenzen" in told(pages[name])
        assert "<iframe" not in pages[name]
        assert "Kadaster" not in told(pages[name])


def test_every_link_between_its_pages_leads_somewhere(home: Path) -> None:
    pages = pages_of(home)
    for name, page in pages.items():
        folder = name.split("/")[0]
        for address in re.findall(r'href="((?:\.\./(?:nl|en)/)?[a-z0-9-]+)(?:#[^"]*)?"', page):
            target = address.removeprefix("../") if address.startswith("..") else f"{folder}/{address}"
            assert f"{target}.html" in pages, f"{name}: {address}"


def test_a_reader_chooses_the_year_and_reads_title_maker_and_note(home: Path) -> None:
    pages = pages_of(home)
    newest, before = pages["nl/verkenner.html"], pages["nl/verkenner-renting-2025.html"]
    assert '<strong aria-current="true">Oefenmeting 2026</strong>' in newest
    assert '<a href="verkenner-renting-2025">2025</a>' in newest
    assert '<a href="verkenner">Oefenmeting 2026</a>' in before
    assert '<strong aria-current="true">2025</strong>' in before
    assert "hoe twee jaren naast elkaar staan" in told(newest)
    assert "hoe twee jaren naast elkaar staan" not in told(before)
    assert "Van: Oefenteam" in told(newest)
    assert "Van: A, verzonnen" in told(before)
    assert '<a href="verkenner" aria-current="page">' in before, "the menu says which page it is"
    assert 'href="../en/verkenner-renting-2025"' in before, "the other language keeps the year"


def test_beside_the_note_on_self_selection_stands_what_each_channel_brought(home: Path) -> None:
    page = pages_of(home)["nl/feiten.html"]
    after = page.split("kozen zelf of ze meededen", 1)[1].split("</ul>", 1)[0]
    assert 'href="verkenner#experience_by_channel"' in after
    assert "naar hoe iemand bij de vragenlijst kwam" in told(after)
    assert 'id="experience_by_channel"' in pages_of(home)["nl/verkenner.html"]


def test_its_release_bears_its_own_keywords_and_registers(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGEKANSEN_HOME", str(home))
    release = read_release("renting-2026")
    package = json.loads((home / "data/published/renting-2026/datapackage.json").read_text("utf-8"))
    assert package["keywords"] == ["renting", "discrimination", "survey", "Rotterdam"]
    assert {path.stem for path in release.registers.iterdir()} == {
        path.stem for path in (SECOND / "data" / "registers").iterdir()
    }


@pytest.mark.usefixtures("there")
def test_its_registers_hold_together_and_those_it_does_not_keep_are_empty() -> None:
    registers = read_registers()
    assert check_registers(registers) == []
    assert len(registers.key_figures) == len(registers.instruments) == 0
    assert len(registers.steps) == 4


@pytest.mark.usefixtures("there")
def test_what_is_of_the_first_place_is_never_taken_for_the_second() -> None:
    for folder in ("open-data", "regions", "published", "margins", "series"):
        assert not data_folder(folder, "anything").is_relative_to(ROOT / "data"), folder
    assert data_folder("rules", "steering_group.yaml").is_file(), "what is of no place travels with the library"


def test_a_text_of_the_interface_reads_as_the_place_says(monkeypatch: pytest.MonkeyPatch) -> None:
    first = say("explorer.everyone", "en"), say("points.intro", "nl")
    monkeypatch.setenv("STAGEKANSEN_HOME", str(SECOND))
    assert (say("explorer.everyone", "en"), say("explorer.everyone", "nl")) == ("All tenants", "Alle huurders")
    assert "woning" in say("points.intro", "nl")
    monkeypatch.delenv("STAGEKANSEN_HOME")
    assert (say("explorer.everyone", "en"), say("points.intro", "nl")) == first


def test_a_word_that_begins_a_sentence_has_a_capital() -> None:
    assert say("facts.self_selected", "nl").startswith("Studenten kozen zelf")


CHANGES = [
    ("id: huurkansen", "", "'id' is missing"),
    ("languages: [nl, en]", "languages: [nl, de]", "A language is not known"),
    ("  person: {nl: huurder, en: tenant}\n", "", "'words' lacks 'person'"),
    ("person: {nl: huurder, en: tenant}", "person: {nl: huurder}", "'words, person' is no text in two languages"),
    ("here: [Rotterdam]", "heer: [Rotterdam]", "Did you mean 'here'"),
    ("here: [Rotterdam]", "here: Rotterdam", "'here' is of the wrong kind"),
    ("here: [Rotterdam]", "centre: [4.4, 51.9]", "'centre' is no latitude and longitude"),
]


@pytest.mark.parametrize(("old", "new", "says"), CHANGES)
def test_a_mistake_in_the_file_of_the_place_is_named(old: str, new: str, says: str, tmp_path: Path) -> None:
    text = (SECOND / "data" / "place" / "place.yaml").read_text("utf-8")
    assert old in text
    file = tmp_path / "place.yaml"
    file.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(InputError, match=re.escape(says)):
        read_place(file)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("  points.intor: {nl: a, en: a}\n", "There is no text 'points.intor'"),
        ("  points.count: {nl: '{number}', en: a}\n", "asks for a value that is not given there"),
    ],
)
def test_a_text_of_the_place_that_stands_for_none_is_named(
    text: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = changed_home(tmp_path, "texts:\n", f"texts:\n{text}")
    monkeypatch.setenv("STAGEKANSEN_HOME", str(home))
    with pytest.raises(InputError, match=says):
        say("points.heading", "nl")


def test_every_open_word_in_a_text_is_a_word_of_the_place() -> None:
    for language in ("nl", "en"):
        asked = {word for text in _general(language).values() for word in re.findall(r"\[\[(\w+)\]\]", text)}
        assert {word[0].lower() + word[1:] for word in asked} <= set(words_of_place(language))
        assert "people" in asked


def test_every_text_that_the_first_place_says_otherwise_differs_from_that_for_any_place() -> None:
    for key, texts in read_yaml(place_file())["texts"].items():
        assert any(_general(language)[key] != texts[language] for language in ("nl", "en")), key


def changed_home(folder: Path, old: str, new: str) -> Path:
    """The second place with another line in its file."""
    home = folder / "home"
    shutil.copytree(SECOND, home)
    file = home / "data" / "place" / "place.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    return home


def test_a_place_with_one_language_has_no_link_to_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = changed_home(tmp_path, "languages: [nl, en]", "languages: [en]")
    monkeypatch.setenv("STAGEKANSEN_HOME", str(home))
    assert building.languages_of_place() == ("en",)
    assert building.page_frame("overzicht", "en", key="key")["other_language"] == ""
    short = serving._short_addresses()
    assert (short["/"], short["/huurreis"]) == ("en/overzicht", "en/huurreis")
    assert "/nl" not in short


def test_a_place_builds_the_pages_that_it_names_and_a_wrong_name_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = changed_home(tmp_path, "here: [Rotterdam]", "here: [Rotterdam]\npages: [meldpunten, verkenner]")
    monkeypatch.setenv("STAGEKANSEN_HOME", str(home))
    assert building.pages_of_place() == ("meldpunten", "verkenner")
    assert serving._short_addresses()["/"] == "nl/meldpunten"
    file = home / "data" / "place" / "place.yaml"
    file.write_text(file.read_text("utf-8").replace("pages: [meldpunten, verkenner]", "pages: [meldpunt]"), "utf-8")
    with pytest.raises(InputError, match="There is no page 'meldpunt'"):
        building.pages_of_place()


def test_a_register_that_cannot_be_left_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = changed_home(tmp_path, "  - voices\n", "  - voices\n  - survey_rules\n  - voises\n")
    monkeypatch.setenv("STAGEKANSEN_HOME", str(home))
    with pytest.raises(InputError) as refused:
        read_registers()
    assert "'survey_rules' cannot be left out" in str(refused.value)
    assert "'voises' cannot be left out" in str(refused.value)


IN_CODE = re.compile(r"haag|hague|GM0\d|delft|zoetermeer|mondriaan", re.IGNORECASE)


def test_nothing_of_the_first_place_stands_in_the_texts_scripts_or_templates() -> None:
    files = [
        path
        for folder in (ROOT / "stagekansen_lib", ROOT / "dashboards")
        for path in folder.rglob("*")
        if path.suffix in (".j2", ".js", ".css", ".yaml", ".ipynb") and "vendor" not in path.parts
        and path.parent.name not in ("privacy", "_data")
    ]  # fmt: skip
    assert len(files) > 30
    assert [path.name for path in files if IN_CODE.search(path.read_text("utf-8"))] == []


def test_nothing_of_the_first_place_stands_in_code_outside_of_examples() -> None:
    found, looked_at = [], 0
    for path in sorted((ROOT / "stagekansen_lib").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        with_text = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        examples = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, with_text) and node.body and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in examples:
                looked_at += 1
                found += [f"{path.name}:{node.lineno}"] if IN_CODE.search(node.value) else []
    assert looked_at > 5000
    assert found == []
