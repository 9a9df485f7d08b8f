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
from stagekansen_lib.comparison.corrections import STATSMODELS_CORRECTIONS
from stagekansen_lib.comparison.methods import METHODS

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "for-r-users.md").read_text("utf-8")
BESIDE_STATSMODELS = (ROOT / "docs" / "statsmodels.md").read_text("utf-8")
FOR_SPSS = (ROOT / "docs" / "for-spss-users.md").read_text("utf-8")
CALLS = sorted(set(re.findall(r"sk\.(\w+)\(([^`\n]*)", PAGE + BESIDE_STATSMODELS + FOR_SPSS)))


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


@pytest.mark.filterwarnings("ignore:The standard errors, tests and intervals of this object")
def test_the_example_beside_statsmodels_runs_and_keeps_what_its_page_says() -> None:
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        for block in re.findall(r"```python\n(.*?)```", BESIDE_STATSMODELS, re.DOTALL):
            exec(block, names)
    assert "std err" in printed.getvalue()
    assert "synthetic data: not a finding" in printed.getvalue()
    assert names["largest_gap"] < 1e-10
    assert list(names["rows"].columns) == ["leverage", "cooks_distance"]
    # This survey has no weights: the effect is that of statsmodels.
    theirs = sk.to_statsmodels(names["yes_or_no"]).get_margeff(dummy=True)
    assert names["effect"] == pytest.approx(theirs.margeff[0], rel=1e-8)


def test_the_table_beside_statsmodels_names_who_corrects_p_values() -> None:
    rows = [line for line in BESIDE_STATSMODELS.splitlines() if line.startswith("| Corrections of p values")]
    words = {"hochberg": "Hochberg", "benjamini_hochberg": "Benjamini and Hochberg", "hommel": "Hommel",
             "bonferroni": "Bonferroni", "holm": "Holm", "benjamini_yekutieli": "Benjamini and Yekutieli"}  # fmt: skip
    theirs, ours = (row.split("|")[1] for row in rows)
    for name, word in words.items():
        assert word in (theirs if name in STATSMODELS_CORRECTIONS else ours)


def test_the_citation_file_names_the_version_of_the_library() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == sk.__version__
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
