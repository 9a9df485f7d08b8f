"""The wall: rules, ``protect``, and the tables and comparisons that may be shown to everyone.

Everything right of the wall imports from here: ``PublishedTable``, ``PublishedComparison``,
``require_published``.
"""

from __future__ import annotations

from stagekansen_lib.disclosure.attack import AttackReport, attack
from stagekansen_lib.disclosure.declared import estimate_declared
from stagekansen_lib.disclosure.merges import MergeProposals, merge_answers, propose_merges
from stagekansen_lib.disclosure.protect import protect, protect_with_report
from stagekansen_lib.disclosure.published import PublishedComparison, PublishedTable, require_published
from stagekansen_lib.disclosure.rules import Declaration, RuleSet, read_declared_tables, read_rules

__all__ = [
    "AttackReport",
    "Declaration",
    "MergeProposals",
    "PublishedComparison",
    "PublishedTable",
    "RuleSet",
    "attack",
    "estimate_declared",
    "merge_answers",
    "propose_merges",
    "protect",
    "protect_with_report",
    "read_declared_tables",
    "read_rules",
    "require_published",
]
