"""p values corrected for their number, beside statsmodels; those of R stand in test_agreement_with_r.py."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from stagekansen_lib.comparison.corrections import adjust_p_values
from stagekansen_lib.errors import InputError

NAMES = {"holm": "holm", "hochberg": "simes-hochberg", "hommel": "hommel", "bonferroni": "bonferroni",
         "benjamini_hochberg": "fdr_bh", "benjamini_yekutieli": "fdr_by"}  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs"), NAMES.items())
def test_each_correction_is_that_of_statsmodels_with_ties_zeros_and_ones(ours: str, theirs: str) -> None:
    rng = np.random.default_rng(5)
    for n in (1, 2, 3, 10, 40):
        for p in (rng.uniform(size=n), rng.uniform(size=n) ** 6, rng.integers(0, 11, n) / 10, np.zeros(n), np.ones(n)):
            np.testing.assert_allclose(
                adjust_p_values(p.tolist(), ours), multipletests(p, method=theirs)[1], rtol=1e-14
            )


@pytest.mark.parametrize("correction", [*NAMES, "none"])
def test_one_p_value_stays_and_none_at_all_stay_none(correction: str) -> None:
    assert adjust_p_values([0.03], correction) == [0.03]
    assert adjust_p_values([], correction) == []


def test_hommel_follows_his_definition() -> None:
    """Hommel (1988): the largest Simes p value over all sets of tests that hold this one."""
    rng = np.random.default_rng(2)
    p = rng.uniform(size=7) ** 2
    sets = [[at for at in range(7) if chosen >> at & 1] for chosen in range(1, 128)]
    simes = [(len(each) * np.sort(p[each]) / np.arange(1, len(each) + 1)).min() for each in sets]
    expected = [max(value for value, each in zip(simes, sets, strict=True) if at in each) for at in range(7)]
    assert adjust_p_values(p.tolist(), "hommel") == pytest.approx(expected, rel=1e-12)


def test_what_was_given_is_not_changed() -> None:
    given = np.array([0.2, 0.01, 0.04])
    for correction in NAMES:
        adjust_p_values(given, correction)  # type: ignore[arg-type]
    assert given.tolist() == [0.2, 0.01, 0.04]


def test_an_unknown_correction_is_named() -> None:
    with pytest.raises(InputError, match="Did you mean 'hochberg'"):
        adjust_p_values([0.1], "hochburg")


def test_importing_the_library_and_the_usual_correction_leave_statsmodels_where_it_is() -> None:
    code = (
        "import sys, stagekansen_lib as sk; sk.adjust_p_values([0.1, 0.2]); "
        "print([name for name in sys.modules if name.startswith(('statsmodels', 'formulaic'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
