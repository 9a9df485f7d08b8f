"""Answers are made up when the bytes of their file prove it, and in no other way."""

from __future__ import annotations

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import stagekansen_lib as sk
from stagekansen_lib.disclosure.protect import protect
from stagekansen_lib.errors import InputError, RefusedError
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.intake.stores import read_stored, write_survey
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.releases import proving
from stagekansen_lib.releases.proving import refuse_unproven
from stagekansen_lib.surveys.made_up import _SHIPPED, proof_of_file, strangers
from stagekansen_lib.surveys.surveys import Survey, subset
from stagekansen_lib.twins.practising import write_practice
from tests.years import mark_made_up, script


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_practice("baseline", tmp_path_factory.mktemp("practice") / "practise.csv", rows=60, seed=5)


@pytest.fixture
def own(file: Path, tmp_path: Path) -> Path:
    for one in file.parent.iterdir():
        shutil.copy(one, tmp_path)
    return tmp_path / file.name


def test_the_example_that_comes_with_the_project_is_known_by_its_bytes(tmp_path: Path) -> None:
    example = data_folder("example", "example_2022.csv")
    proof, _ = proof_of_file(example)
    assert proof is not None
    assert (proof.generator, proof.seed) == ("example", _SHIPPED[proof.sha256])
    moved = tmp_path / "under_another_name.csv"
    shutil.copy(example, moved)
    assert read_survey(moved).provenance.synthetic
    assert script("make_example_survey").MARK in example.read_text("utf-8-sig")
    moved.write_bytes(example.read_bytes() + b"\n")
    assert not read_survey(moved).provenance.synthetic


def test_a_practice_file_with_its_card_is_made_up_and_one_changed_byte_makes_it_real(own: Path) -> None:
    survey = read_survey(own)
    assert survey.codebook.name == "baseline"
    assert survey.provenance.survey.startswith("SYNTHETISCH oefenbestand")
    assert survey.provenance.synthetic
    refuse_unproven(survey)
    own.write_bytes(own.read_bytes().replace(b";2;", b";1;", 1))
    real = read_survey(own)
    assert not real.provenance.synthetic
    assert any("nothing proves it" in line for line in real.provenance.history)
    with pytest.raises(RefusedError, match=r"not marked synthetic.*real_surveys"):
        protect(sk.share(real, "level"))


def test_a_file_without_its_card_or_under_another_name_is_real(own: Path) -> None:
    own.with_name("practise.made-up.yaml").rename(own.with_name("other.made-up.yaml"))
    assert not read_survey(own).provenance.synthetic


def test_a_card_that_says_too_little_is_an_error(own: Path) -> None:
    own.with_name("practise.made-up.yaml").write_text("synthetic: true\n", "utf-8")
    with pytest.raises(InputError, match="does not say which program made the answers"):
        read_survey(own)


def test_one_added_column_does_not_make_answers_publishable(own: Path) -> None:
    """A real survey to which somebody adds the column of origin, with a card of the folder that says the same."""
    own.with_name("practise.made-up.yaml").unlink()
    with own.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    with own.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows({**row, "data_origin": "synthetic"} for row in rows)
    (own.parent / "card.yaml").write_text("surveys:\n  practise:\n    synthetic: true\n", "utf-8")
    survey = read_survey(own)
    assert set(survey.rows["data_origin"]) == {"synthetic"}
    assert not survey.provenance.synthetic
    with pytest.raises(RefusedError, match="not marked synthetic"):
        protect(sk.share(survey, "level"))


def flagged(survey: Survey) -> Survey:
    return replace(survey, provenance=replace(survey.provenance, synthetic=True, made_up=None))


def test_a_flag_is_no_proof(file: Path) -> None:
    with pytest.raises(RefusedError, match="a word or a column is no proof"):
        refuse_unproven(flagged(read_survey(file)))


def test_rows_that_were_changed_or_added_after_reading_are_seen(file: Path) -> None:
    survey = read_survey(file)
    refuse_unproven(subset(survey, np.arange(len(survey)) < 40))
    rows = survey.rows.copy()
    rows.loc[rows.index[3], "applications"] = 399.0
    with pytest.raises(RefusedError, match="1 of its rows are not those that were made"):
        refuse_unproven(replace(survey, rows=rows, _encoded={}))
    with pytest.raises(RefusedError, match="are not those that were made"):
        refuse_unproven(replace(survey, rows=survey.rows.drop(columns=["applications"]), _encoded={}))


def test_answers_of_people_under_a_false_card_of_practise_are_found_by_making_it_again(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own.write_bytes(own.read_bytes().replace(b";2;", b";1;", 1))
    mark_made_up(own)
    card = own.with_name("practise.made-up.yaml")
    text = card.read_text("utf-8").replace("rows: 0", "rows: 60")
    card.write_text(text.replace("generator: twin", "generator: practise"), "utf-8")
    survey = read_survey(own)
    assert survey.provenance.synthetic, "the card and the bytes agree"
    with pytest.raises(RefusedError, match="its seed 1 makes another file"):
        refuse_unproven(survey)
    monkeypatch.setattr(proving, "PRACTICE", "nothing")
    refuse_unproven(survey)


def test_a_stored_practice_file_is_still_proven_and_a_word_in_its_card_is_not_enough(
    file: Path, tmp_path: Path
) -> None:
    survey = read_survey(file)
    card = write_survey(survey, "practice", folder=tmp_path)
    stored = read_stored("practice", folder=tmp_path)
    assert stored.provenance == survey.provenance
    refuse_unproven(stored)
    text = card.read_text("utf-8")
    card.write_text(text.replace("sha256_of_rows: ", "sha256_of_rows: 0"), "utf-8")
    assert not read_stored("practice", folder=tmp_path).provenance.synthetic
    write_survey(flagged(survey), "flagged", folder=tmp_path)
    assert not read_stored("flagged", folder=tmp_path).provenance.synthetic


def test_a_twin_of_made_up_answers_is_proven_by_its_card(tmp_path: Path) -> None:
    path = sk.write_twin(sk.make_twin(read_survey("example_2022"), rows=80, seed=3), tmp_path / "twin.csv")
    twin = read_survey(path)
    assert twin.provenance.made_up is not None
    assert (twin.provenance.made_up.generator, twin.provenance.made_up.seed) == ("twin", 3)
    refuse_unproven(twin)
    path.with_name("twin.made-up.yaml").unlink()
    assert not read_survey(path).provenance.synthetic


def test_a_twin_of_people_stays_one_without_its_card(tmp_path: Path) -> None:
    example = read_survey("example_2022")
    people = replace(example, provenance=replace(example.provenance, synthetic=False, made_up=None))
    path = sk.write_twin(sk.make_twin(people, rows=80, seed=3), tmp_path / "twin.csv")
    for one in (read_survey(path), path.with_name("twin.made-up.yaml").unlink() or read_survey(path)):
        assert one.provenance.twin_of_people
        with pytest.raises(RefusedError, match="is a twin of answers of people"):
            protect(sk.share(one, "level"))


def test_the_digest_of_a_row_tells_answers_and_questions_apart(file: Path) -> None:
    survey = read_survey(file)
    proof = survey.provenance.made_up
    assert proof is not None
    assert strangers(proof, survey.rows) == 0
    swapped = survey.rows.assign(knows_where=survey.rows["felt_safe"], felt_safe=survey.rows["knows_where"])
    differ = sum(
        str(one) != str(other) for one, other in zip(survey.rows["knows_where"], survey.rows["felt_safe"], strict=True)
    )
    assert 0 < differ == strangers(proof, swapped)
