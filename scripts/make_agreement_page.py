"""Make docs/agreement-with-r.md: what was compared with R's survey package, and the largest difference.

Reads: tests/reference/r-survey (values of R survey, with the calls that made them) through
tests/test_agreement_with_r.py, which also checks that the page is current. Writes: docs/agreement-with-r.md.
Ours; CC BY 4.0.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.test_agreement_with_r import ALL_KEYS, agreement, power_of_ten, reason_left_out  # noqa: E402

PAGE = """# Agreement with R

{compared:,} stored results of R's `survey` package are compared with ours, each with all its numbers: estimates,
standard errors, covariances, design effects, intervals, statistics, degrees of freedom, p values, weights. {left:,} of
the {whole:,} stored keys are left out, with the reason below; the others are population margins, which are input.

The last column is the largest relative difference of any number, rounded up to a power of ten; 1e-12 also stands for
less. Closed forms agree to 1e-10 or better; what comes after raking or calibration is iterated, and R meets its margins
less closely. Other iterated values agree as far as R went on: its generalised linear models stop
some 1e-6 from the solution by default (here compared too, beside the ones with a tight stop), its `svyolr` at 1e-5 to
1e-4, its profile for a likelihood interval at 1e-4. The information behind the standard errors of `svyolr` comes from
differences with a step of 0.001; ours takes the same step, because the exact information is up to 3e-4 away from that.

| Function of R | Results compared | Largest relative difference |
|---|---|---|
{rows}

## Left out

| Key | Reason |
|---|---|
{reasons}

The values, the calls and the versions stand in `tests/reference/r-survey`. This page is written by
`scripts/make_agreement_page.py`; a test compares it with a fresh run.
"""


def main() -> None:
    found = agreement()
    rows = [f"| `{line.function}` | {line.results} | {power_of_ten(line.largest):.0e} |" for line in found.itertuples()]
    reasons = [f"| `{key}` | {reason_left_out(key)} |" for key in ALL_KEYS if reason_left_out(key)]
    page = PAGE.format(
        compared=int(found["results"].sum()),
        left=sum(reason_left_out(key) is not None for key in ALL_KEYS),
        whole=len(ALL_KEYS),
        rows="\n".join(rows),
        reasons="\n".join(reasons),
    )
    (ROOT / "docs" / "agreement-with-r.md").write_text(page, "utf-8")


if __name__ == "__main__":
    main()
