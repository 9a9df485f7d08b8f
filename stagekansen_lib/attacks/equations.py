"""Cells of a cross that the figures of a release give as equations.

Part of ``attack``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stagekansen_lib.attacks.evidence import MISSING, Evidence, FigureRow
from stagekansen_lib.attacks.layout import Known, Quantity, counts_in
from stagekansen_lib.attacks.solving import EXACT, Crosses

__all__ = ["solved_cells"]


def solved_cells(crosses: Crosses, evidence: Evidence, known: Mapping[FigureRow, Known]) -> Iterator[Quantity]:
    """The cells that no table tells and that the figures shown give as equations, had everyone answered everything.

    A cell follows from the figures when it lies in the space that their equations span.
    """
    import numpy as np

    for clique in (one for one in crosses.cliques if len(one) > 2):
        cells = [cell for cell in crosses.cells_of(clique) if MISSING not in cell]
        told = dict.fromkeys(_told_within(crosses, clique, evidence, known))
        lines = np.array([[float(counts_in(dict(one), clique, cell)) for cell in cells] for one in told])
        if not lines.size:
            continue
        _, sizes, directions = np.linalg.svd(lines, full_matrices=False)
        within = (directions[sizes > EXACT] ** 2).sum(axis=0)
        for cell in (cells[at] for at in np.flatnonzero(within > 1 - EXACT)):
            yield frozenset((name, frozenset({answer})) for name, answer in zip(clique, cell, strict=True))


def _told_within(
    crosses: Crosses, clique: tuple[str, ...], evidence: Evidence, known: Mapping[FigureRow, Known]
) -> Iterator[Quantity]:
    """What is shown of each row that speaks of nothing but variables of a cross: its base, and a figure's count."""
    for table, row in evidence.rows():
        if row in known and {crosses.variable(evidence, table, row), *table.by} <= set(clique):
            yield crosses.base(evidence, table, row)
            if table.kind == "share" and not row.told:
                yield crosses.count(evidence, table, row)
