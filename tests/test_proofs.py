"""``prove``: each kind of change to a published folder is found by the step that recomputes it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stagekansen_lib.cli import __main__ as cli
from stagekansen_lib.cli.exits import Exit
from stagekansen_lib.errors import InputError
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.releases.proof_steps import STEPS
from stagekansen_lib.releases.proofs import ReleaseProof, prove_release, told_by
from stagekansen_lib.releases.reading import expected_files, sha256_of
from stagekansen_lib.releases.seen_releases import see_release

EXAMPLE = data_folder("published", "example-2022")
Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "example-2022"))


def sealed_anew(place: Path, change: Change = lambda _: None) -> None:
    """Write the fingerprints of the files as they are now, and the seal: what whoever owns the folder can do."""
    facts = json.loads((place / "release.json").read_text("utf-8"))
    package = json.loads((place / "datapackage.json").read_text("utf-8"))
    for one in package["resources"]:
        content = (place / one["path"]).read_bytes()
        one |= {"hash": f"sha256:{sha256_of(content)}", "bytes": len(content)}
    (place / "datapackage.json").write_text(json.dumps(package), "utf-8")
    change(facts)
    parts = [facts["codebook"], facts["attack"], facts["datapackage"], *facts["tables"]]
    for entry in [*parts, *facts["registers"], *facts["rules"]["files"]]:
        entry["sha256"] = sha256_of((place / entry["file"]).read_bytes())
    content = json.dumps(facts).encode()
    (place / "release.json").write_bytes(content)
    (place / "release.json.sha256").write_text(f"{sha256_of(content)}  release.json\n", "utf-8")


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def against(proof: ReleaseProof) -> dict[str, list[str]]:
    """The keys of what speaks against a release, by step."""
    return {step.name: [one.key for one in step.against] for step in proof.steps if step.against}


def said(place: Path, step: str) -> list[str]:
    """The keys of what speaks against a release in one step; "unreadable" as ``prove_release`` takes it."""
    seen = see_release(place)
    [one] = [one for one in STEPS if one.__name__ == step]
    return [told.key for told in told_by(one, seen) if told.wrong]


def test_nothing_speaks_against_the_example_by_name_or_by_folder(place: Path) -> None:
    by_name, by_folder = prove_release("example-2022"), prove_release(place)
    assert against(by_name) == against(by_folder) == {}
    assert by_name.seal == by_folder.seal == sha256_of((EXAMPLE / "release.json").read_bytes())


def test_a_whole_folder_that_was_sealed_anew_is_in_order_and_its_seal_is_another(place: Path) -> None:
    old = prove_release(place).seal
    sealed_anew(place)
    assert against(prove_release(place)) == {}
    assert against(prove_release(place, seal=old)) == {"seals": ["other_seal"]}


def test_a_changed_a_missing_and_an_added_file_are_named(place: Path) -> None:
    edit(place / "tables" / "experience.csv", "0.", "0.1")
    (place / "registers" / "voices.yaml").unlink()
    (place / "notes.txt").write_text("x", "utf-8")
    (place / "out.csv").symlink_to(EXAMPLE / "codebook.json")
    found = prove_release(place)
    [files] = [step for step in found.steps if step.name == "files"]
    assert [(one.key, one.values["file"]) for one in files.against] == [
        ("missing", "registers/voices.yaml"),
        ("added", "notes.txt"),
        ("added", "out.csv"),
        ("changed", "tables/experience.csv"),
        ("link", "out.csv"),
    ]


def test_a_seal_that_does_not_fit_is_found(place: Path) -> None:
    (place / "release.json.sha256").write_text("0" * 64, "utf-8")
    assert against(prove_release(place)) == {"seals": ["seal_differs"]}


# (table, what stands there, what is written, what the step "figures" then says)
FIGURES = [
    ("experience_by_level", "mbo,mbo,0.49,", "mbo,mbo,0.59,", ["outside_interval"]),
    ("experience_by_level", "0.58,150-199", "0.583,150-199", ["off_grid"]),
    ("experience_by_level", "0.58,150-199", "0.58,151", ["no_class"]),
    ("experience_by_level", "0.49,0.39,0.58", "0.49,,0.58", ["half_told"]),
    ("experience_by_sector", "0.53,0.44,0.62,100-149,", "0.53,0.44,1.62,100-149,", ["no_share"]),
    ("experience_by_sector", "0.53,0.44,0.62,100-149,", "0.53,0.44,0.62,100-149,x", ["hidden_told", "kept"]),
    ("experience_by_sector", "100-149,", "100-149,?", ["unknown_mark"]),
    ("difficulty_by_experience", "0.45,0.37,0.54", "0.53,0.37,0.54", ["no_hundred"]),
    ("reported", ",,,,100-149", ",0.05,0.01,0.09,100-149", ["hidden_told"]),
]  # fmt: skip


@pytest.mark.parametrize(("table", "old", "new", "keys"), FIGURES)
def test_a_figure_that_cannot_be_is_found_though_everything_was_sealed_anew(
    place: Path, table: str, old: str, new: str, keys: list[str]
) -> None:
    edit(place / "tables" / f"{table}.csv", old, new)
    sealed_anew(place)
    assert said(place, "files") == []
    assert set(said(place, "figures")) >= set(keys)


FACTS: list[tuple[Change, str, str]] = [
    (lambda facts: facts.update(checked_by=facts["made_by"].upper()), "names", "two_people"),
    (lambda facts: facts.update(draft=True), "names", "draft"),
    (lambda facts: facts.update(wave=""), "names", "no_wave"),
    (lambda facts: facts["versions"].pop("scipy"), "versions", "no_version"),
    (lambda facts: facts["rules"].update(used="steering_group 2"), "rules", "rules_version"),
    (lambda facts: facts.update(synthetic=False), "rules", "not_judged"),
    (lambda facts: facts["fingerprints"]["rules"].update({"steering_group.yaml": "0"}), "rules", "other_rules"),
    (lambda facts: facts["tables"][3].update(of="level"), "declared", "undeclared"),
    (lambda facts: facts.update(sources=["nobody"]), "registers", "unknown_source"),
    (lambda facts: facts["tables"].pop(), "package", "package_lists"),
    (lambda facts: facts["comparisons"][0].update(difference=0.12), "figures", "other_difference"),
    (lambda facts: facts["comparisons"][0].update(difference=0.3), "figures", "outside_interval"),
    (lambda facts: facts["comparisons"][0].update(p_class="0.31"), "figures", "no_p_class"),
    (lambda facts: facts["kept"].update(share=0.5), "figures", "kept_share"),
    (lambda facts: facts["attack"].update(passed=False), "attacks", "not_withstood"),
    (lambda facts: facts.pop("kept"), "figures", "unreadable"),
]


@pytest.mark.parametrize(("change", "step", "key"), FACTS)
def test_a_fact_that_cannot_be_is_found_though_it_was_sealed_anew(
    place: Path, change: Change, step: str, key: str
) -> None:
    sealed_anew(place, change)
    assert key in said(place, step)


def test_a_report_of_the_attacks_that_is_not_of_these_bytes_is_found(place: Path) -> None:
    report = json.loads((place / "attack.json").read_text("utf-8"))
    report["attacks"][0]["verdict"] = "not applicable"
    report["attacks"].append({"number": 99, "attack": "", "verdict": "passed", "reason": ""})
    (place / "attack.json").write_text(json.dumps(report), "utf-8")
    sealed_anew(place)
    assert against(prove_release(place)) == {"attacks": ["unknown_attack", "other_verdict"]}


def test_a_small_group_is_found_by_the_attacks(place: Path) -> None:
    edit(place / "tables" / "experience_by_level.csv", "150-199", "151")
    sealed_anew(place)
    assert "attack" in against(prove_release(place))["attacks"]


def follow(place: Path, seal: str) -> Path:
    """A release beside another, that says it comes after it."""
    after = Path(shutil.copytree(place, place.parent / "later"))
    before = {"name": place.name, "sha256": seal}
    sealed_anew(after, lambda facts: facts.update(name="later", previous=before, wave="2023"))
    return after


def test_the_seal_of_the_release_before_is_compared_when_that_stands_beside_it(place: Path) -> None:
    good = follow(place, prove_release(place).seal)
    [seals] = [step for step in prove_release(good).steps if step.name == "seals"]
    assert [one.key for one in seals.notes] == ["seal_before"]
    shutil.rmtree(good)
    assert against(prove_release(follow(place, "0" * 64)))["seals"] == ["seal_before_differs"]
    shutil.rmtree(place)
    alone = prove_release(place.parent / "later")
    assert [one.key for step in alone.steps if step.name == "seals" for one in step.notes] == ["before_absent"]


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe"])
def test_a_release_json_that_is_none_is_wrong_use(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "release.json").write_bytes(content)
    with pytest.raises(InputError, match="no JSON"):
        prove_release(tmp_path)


def test_a_folder_with_an_empty_release_fails_every_step_that_reads_it(tmp_path: Path) -> None:
    (tmp_path / "release.json").write_text("{}", "utf-8")
    assert set(against(prove_release(tmp_path))) == {step.__name__ for step in STEPS} - {"package"}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_command_says_what_it_proves_and_what_not(
    capsys: pytest.CaptureFixture[str], place: Path, language: str
) -> None:
    assert cli.main(["prove", str(place), "--language", language]) == Exit.WELL
    told = capsys.readouterr().out
    proof = prove_release(place)
    for line in [*proof.proves(language), *proof.proves_not(language)]:  # type: ignore[arg-type]
        assert f"- {line}" in told
    assert re.search(r"programmeur die kwaad wil|hostile programmer", told)


def test_the_command_ends_with_1_when_something_speaks_against_it_and_2_when_there_is_none(
    capsys: pytest.CaptureFixture[str], place: Path, tmp_path: Path
) -> None:
    assert cli.main(["prove", "nowhere", "--folder", str(tmp_path)]) == Exit.WRONG_USE
    edit(place / "codebook.json", "baseline", "other")
    assert cli.main(["prove", "example-2022", "--folder", str(tmp_path), "--json"]) == Exit.FOUND
    told = json.loads(capsys.readouterr().out)
    assert not told["proven"]
    assert told["steps"][0]["against_en"] == ["codebook.json was changed."]


def test_every_file_of_the_example_is_one_that_the_release_names() -> None:
    present = {path.relative_to(EXAMPLE).as_posix() for path in EXAMPLE.rglob("*") if path.is_file()}
    facts = json.loads((EXAMPLE / "release.json").read_text("utf-8"))
    assert present == {*expected_files(facts), "release.json", "release.json.sha256"}
