"""``attack``: try to find small groups in a release, with nothing but its own bytes.

Independent of ``protect``: it imports nothing of how cells are hidden, and reads the folder as a stranger would. It
knows the rules, the declared tables and the codebook, because those are public too. The attacks themselves stand in
``attacks_on_counts`` (what can be computed), ``attacks_on_files`` (what stands in the files) and ``attacks_on_pages``
(what pages and exported files made of it).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from stagekansen_lib.attacks import on_counts as counts
from stagekansen_lib.attacks import on_files as inside
from stagekansen_lib.attacks import on_index as index
from stagekansen_lib.attacks import on_pages as pages
from stagekansen_lib.attacks.attacked import AttackedRelease
from stagekansen_lib.attacks.evidence import read_evidence, read_site
from stagekansen_lib.attacks.findings import (
    ABSENT,
    FAILED,
    PASSED,
    UNDECIDED,
    AbsentError,
    AttackCheck,
    AttackReport,
    Finding,
    Found,
    UndecidedError,
)
from stagekansen_lib.errors import InputError, Problem, did_you_mean

__all__ = ["AttackCheck", "AttackReport", "Finding", "attack", "attack_folder"]


def attack(name: str, *, folder: Path | None = None, site: Path | None = None) -> AttackReport:
    """Attack a release that stands in a folder of releases, together with the earlier ones of the same survey.

    Parameters
    ----------
    name : name of the release.
    folder : folder that holds the folder of the release; ``data/published`` when left out.
    site : a folder of built pages or exported files (HTML, SVG, CSV, Excel, pictures, notebooks) that were made from
        the release, to attack as well.

    Returns
    -------
    AttackReport: ``table`` with one row an attack, ``sentence()``, and ``passed``.

    Raises
    ------
    InputError : there is no such release, or no such folder of pages.

    Notes
    -----
    The counts behind the figures are the unknowns. What is shown gives conditions on them: a percentage within its
    rounding, a class of bases, the rule that a figure rests on ten answers and leaves ten. Linear and integer programs
    then give for every cell without a figure the lowest and highest count that agree with all of it, over all tables
    together. An attack succeeds when a count is surely under ten, or when something stands in the folder that should
    not. Weighted shares need not fit whole counts exactly: the attacker takes the smallest deviation with which
    everything fits, and does not know the weights.

    A search that ends at its bounds (``attack_cells``, ``attack_nodes`` in the rules) decides nothing. The verdict is
    then "undecided", which is no pass: a release is refused. The safe ways out are to merge answers of the variables
    that the text names or to leave out a table that ties them together; both make the search smaller. Raising the
    bound in the rules is safe too, and only takes longer.

    Examples
    --------
    >>> attack("example-2022").passed
    True
    """
    from stagekansen_lib.project.paths import data_folder

    home = folder or data_folder("published")
    place = home / name
    if not (place / "release.json").is_file():
        known = sorted(path.parent.name for path in home.glob("*/release.json") if path.parent.name[0] != ".")
        raise InputError(Problem(f"There is no release '{name}' in {home}.", do=did_you_mean(name, known)))
    earlier = [
        path.parent
        for path in sorted(home.glob("*/release.json"))
        if path.parent != place and path.parent.name[0] != "."
    ]
    return attack_folder(place, earlier, site=site)


def attack_folder(
    folder: Path, earlier: Sequence[Path] = (), *, fixed: bool = True, site: Path | None = None
) -> AttackReport:
    """Attack the release in ``folder``, with the releases in the folders ``earlier`` beside it.

    ``fixed`` False leaves out whether its tables were declared beforehand, which a draft need not be.
    """
    seen = read_site(site) if site is not None else {}
    attacked = AttackedRelease(read_evidence(folder), tuple(read_evidence(one) for one in earlier), fixed, seen)
    checks = tuple(_run(number, attacked) for number in sorted(_ATTACKS))

    def intervals() -> list[tuple[str, str, str, float, float]]:
        return [(row.table, row.name, what, low, high) for row, what, low, high in attacked.intervals]

    return AttackReport(attacked.now.name, checks, intervals)


Attack = Callable[[AttackedRelease], Found]


def _run(number: int, attacked: AttackedRelease) -> AttackCheck:
    name, tries, tried = _ATTACKS[number]
    findings: list[Finding] = []
    absent: list[str] = []
    for one in tries:
        try:
            findings += one(attacked)
        except AbsentError as reason:
            absent.append(str(reason))
        except UndecidedError as reason:
            findings.append(Finding(attacked.now.name, str(reason), sure=False))
    found = tuple(dict.fromkeys(findings))
    if not found and len(absent) == len(tries):
        return AttackCheck(number, name, ABSENT, absent[0])
    verdict = FAILED if any(one.sure for one in found) else UNDECIDED if found else PASSED
    return AttackCheck(number, name, verdict, " ".join([tried, *dict.fromkeys(absent)]), found)


def _absent(reason: str) -> Attack:
    def tries(_: AttackedRelease) -> Found:
        raise AbsentError(reason)

    return tries


_ATTACKS: Mapping[int, tuple[str, tuple[Attack, ...], str]] = {
    1: ("the total of a row less what is shown", (counts.rest_of_row,), "Bounds from each table alone."),
    2: ("totals of columns and of larger tables", (counts.totals,), "Bounds from each table and its totals."),
    3: ("linear bounds of each hidden cell", (counts.computed, counts.with_one_known, counts.beside_tables),
        "Linear programs over all tables together, also for who knows the answers of one respondent."),
    4: ("integer bounds on the cross of all answers", (counts.whole_numbers,), "Integer programs over all tables."),
    5: ("tables that share a margin", (counts.computed,), "Linear programs over all tables together."),
    6: ("all earlier releases together with this one", (counts.together_with_earlier,),
        "Cell by cell, and linear programs."),
    7: ("nested groups that differ by a few", (counts.nested, counts.apart),
        "Each pair of figures about one question, and about groupings made from each other."),
    8: ("the complement of a filter", (counts.complement_of_filter,), "Bounds from everyone less the other groups."),
    9: ("free choice of groups, solved as equations", (counts.solved, inside.undeclared),
        "Declared tables only; cells that the figures give as equations."),
    10: ("a question asked again and again", (inside.told_twice, inside.said_in_texts, pages.other_figures),
         "Each figure is told in one way only."),
    11: ("cells of nobody", (inside.zeros,), "No figure of 0% or 100%."),
    12: ("nine of ten in a group", (counts.whole_group,), "Figures shown and bounds, of sensitive answers."),
    13: ("a percentage with its base", (inside.base_and_grid,), "Bases in classes, figures on the grid of their base."),
    14: ("a percentage with its interval or test", (inside.interval_and_test,), "Intervals on the grid; p in classes."),
    15: ("a mean of a small group", (counts.small_mean,), "The base of each mean."),
    16: ("one large answer in a mean", (inside.dominance,), "Means on their grid; no sums, no shares of the largest."),
    17: ("extremes",
         (inside.words("min", "max", "minimum", "maximum", "outliers?", "values?", "extreme", "range"), pages.axes),
         "No column, entry or axis holds one."),
    18: ("weights", (inside.words("weights?", "weighted_.*", "total", "sum_of_weights", "deff", "design_effect"),),
         "No column or entry holds one."),
    19: ("weighted beside unweighted", (inside.told_twice,), "Each figure is told in one way only."),
    20: ("a map beside a table", (inside.maps, pages.maps), "Regions hold names and codes only."),
    21: ("a score back to its parts", (inside.other_statistics, index.score_back), "Shares and means only."),
    22: ("a late answer, two versions of one wave", (counts.late_answer,), "Each cell beside that of another version."),
    23: ("a model that is nearly the data", (inside.models,), "One effect for each model."),
    24: ("what travels to the reader unseen", (inside.what_travels, pages.unseen),
         "Every column, entry and row is one that readers see."),
    25: ("what files carry with them", (inside.what_files_carry, pages.what_exports_carry),
         "Files, paths, addresses, traces of programs."),
    26: ("a tampered address", (pages.asks_a_server,), "No page asks a program for figures."),
    27: ("an order, colour or length that tells", (inside.order, pages.pictures),
         "Rows in the order of the codebook; pictures redrawn from the figures."),
    28: ("voices with attributes", (inside.voices,), "No voice stands with what could name the speaker."),
    29: ("a role with one voter", (inside.votes,), "No votes by role."),
    30: ("a twin that repeats a person", (inside.people, pages.people), "No rows of people, made up or not."),
    31: ("sums over more than one answer", (counts.multiple,), "Bounds of each answer from the others."),
    32: ("rounded shares that must make 100", (counts.rest_of_row,), "Bounds from each table alone."),
}  # fmt: skip
