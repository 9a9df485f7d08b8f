"""Joint fact-finding about equal internship chances in Haaglanden.

>>> import stagekansen_lib as sk
>>> survey = sk.read_survey("example_2022")
>>> sk.share(survey, of="discrimination_experienced", by="level").statistic
'share'

Every public name below is loaded when it is first used, so that importing the library takes a moment only.
"""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType
from typing import Any

__version__ = "0.1.0"

# Public name -> module that defines it. `tests/test_public_face.py` checks that each exists and is documented.
_PUBLIC = {
    "DoubtWarning": "errors",
    "InputError": "errors",
    "RefusedError": "errors",
    "StagekansenError": "errors",
    "read_registers": "registers.reading",
    "where_can_i_go": "registers.routing",
    "comparability": "fact_finding.comparability",
    "require_one_axis": "fact_finding.comparability",
    "read_ledger": "fact_finding.ledgers",
    "write_act": "fact_finding.writing",
    "group_consensus": "fact_finding.consensus",
    "read_regions": "population.regions",
    "read_open_data": "population.open_data",
    "Codebook": "surveys.codebooks",
    "read_codebook": "surveys.codebook_files",
    "write_questionnaire": "surveys.questionnaires",
    "Margins": "population.margins",
    "read_margins": "population.margins",
    "Survey": "surveys.surveys",
    "survey_from_frame": "surveys.making",
    "subset": "surveys.surveys",
    "to_frame": "surveys.surveys",
    "read_classification": "surveys.classifications",
    "read_links": "surveys.classifications",
    "harmonise": "surveys.harmonising",
    "describe_risk": "privacy.risk",
    "find_identifiers": "privacy.gate",
    "generalise": "privacy.generalising",
    "pseudonymise": "privacy.pseudonyms",
    "check_survey": "intake.checks",
    "set_rows_aside": "intake.taking_back",
    "take_back": "intake.taking_back",
    "write_set_aside": "intake.taking_back",
    "write_codebook": "surveys.codebook_files",
    "draft_codebook": "intake.codebook_drafts",
    "write_survey": "intake.stores",
    "propose_columns": "intake.reading",
    "read_survey": "intake.reading",
    "fieldwork_progress": "monitoring.fieldwork",
    "plan_targets": "monitoring.fieldwork",
    "read_targets": "monitoring.fieldwork",
    "make_twin": "twins.making",
    "write_twin": "twins.making",
    "rake": "weighting.raking",
    "poststratify": "weighting.poststratification",
    "calibrate": "weighting.calibration",
    "trim_weights": "weighting.trimming",
    "describe_weights": "weighting.reports",
    "share": "estimation.shares",
    "mean": "estimation.means",
    "total": "estimation.means",
    "ratio": "estimation.means",
    "quantile": "estimation.quantiles",
    "variance": "estimation.means",
    "replicate": "estimation.replicate_weights",
    "regress": "estimation.regressing",
    "detectable": "comparison.power",
    "students_needed": "comparison.power",
    "correspondence_test": "comparison.correspondence",
    "sensitivity_to_selection": "comparison.sensitivity",
    "yearly_index": "monitoring.yearly_index",
    "index_change": "monitoring.yearly_index",
    "adjust_p_values": "comparison.corrections",
    "compare": "comparison.comparing",
    "compare_under": "comparison.alternatives",
    "attack": "attacks.attack",
    "estimate_declared": "releases.declared",
    "merge_answers": "releases.merges",
    "propose_merges": "releases.merges",
    "read_rules": "disclosure.rules",
    "protect": "disclosure.protect",
    "protect_with_report": "disclosure.protect",
    "release": "releases.building",
    "release_survey": "releases.from_surveys",
    "read_release": "releases.reading",
    "draw_intervals": "pictures.charts",
    "draw_distribution": "pictures.charts",
    "draw_reporting_points": "pictures.maps",
}

__all__ = ["__version__", *sorted(_PUBLIC)]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'stagekansen_lib' has no attribute '{name}'")
    value = getattr(importlib.import_module(f"stagekansen_lib.{_PUBLIC[name]}"), name)
    globals()[name] = value
    return value


class _Face(ModuleType):
    """Keeps a public function that shares its name with a module: importing the module would take its place."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _PUBLIC and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Face

if os.environ.get("STAGEKANSEN_WALL") == "closed":
    importlib.import_module("stagekansen_lib.project.walls").close_wall()


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
