"""The pages for users of other programs name calls that exist."""

from __future__ import annotations

import contextlib
import inspect
import io
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import stagekansen_lib as sk
from stagekansen_lib.comparison.methods import METHODS

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "for-r-users.md").read_text("utf-8")
CALLS = sorted(set(re.findall(r"sk\.(\w+)\(([^`\n]*)", PAGE)))


@pytest.mark.parametrize(("name", "rest"), CALLS, ids=[f"{name}-{at}" for at, (name, _) in enumerate(CALLS)])
def test_each_call_on_the_page_exists_with_its_arguments(name: str, rest: str) -> None:
    assert name in sk.__all__
    known = inspect.signature(getattr(sk, name)).parameters
    inner = re.sub(r"sk\.\w+\([^)]*\)", "", rest)
    assert [word for word in re.findall(r"\b([a-z_]+)=(?!=)", inner) if word not in known] == []


def test_each_method_on_the_page_is_a_method_of_compare() -> None:
    named = re.findall(r'sk\.compare\([^`]*method="(\w+)"', PAGE)
    assert len(named) > 4
    assert set(named) <= set(METHODS)


def test_the_example_of_an_adjusted_comparison_runs_and_says_what_its_page_says() -> None:
    page = (ROOT / "docs" / "number-of-applications.md").read_text("utf-8")
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
            exec(block, names)
    said = printed.getvalue()
    assert said.count("made-up data") == said.count("Students chose themselves") == 3
    raw, adjusted = names["raw"], names["adjusted"]
    assert (raw.effect_name, adjusted.effect_name) == ("ratio_of_means", "ratio_of_means")
    assert adjusted.n < raw.n
    assert names["classes"].effect_name == "odds_ratio_higher"


def test_the_citation_file_names_the_version_of_the_library() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == sk.__version__
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
