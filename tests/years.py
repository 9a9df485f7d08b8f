"""Another year of the example survey, the scripts that make such data, and what lies in a folder afterwards."""

from __future__ import annotations

import csv
import hashlib
import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import yaml

from stagekansen_lib.project.paths import data_folder, project_folder
from stagekansen_lib.surveys.codebook_files import read_codebook
from stagekansen_lib.surveys.made_up import MADE_UP_ENDING, TWIN, MadeUp, made_up_card


@cache
def script(name: str) -> ModuleType:
    """A script of scripts/ as a module, without running it."""
    spec = importlib.util.spec_from_file_location(name, project_folder() / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_year(path: Path, seed: int) -> Path:
    """Another year of the example: the same questions and effects, other made-up students."""
    generator = script("make_example_survey")
    effects = yaml.safe_load(data_folder("example", "effects.yaml").read_text("utf-8"))
    rng = np.random.default_rng(seed)
    answers = generator.simulate(effects["respondents"], rng, effects)
    header, rows = generator.export(answers, read_codebook("baseline"), rng)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return mark_made_up(path)


def mark_made_up(path: Path, codebook: str = "baseline") -> Path:
    """The card that proves that a file of this test is made up, as a twin gets it."""
    proof = MadeUp(TWIN, 1, 0, hashlib.sha256(path.read_bytes()).hexdigest())
    path.with_name(f"{path.stem}{MADE_UP_ENDING}").write_bytes(made_up_card(proof, codebook, path.stem))
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """The bytes of every file, by its path in the folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
