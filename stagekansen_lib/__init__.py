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
    "read_registers": "registers",
    "where_can_i_go": "registers",
    "comparability": "comparability",
    "require_one_axis": "comparability",
    "read_regions": "regions",
    "read_open_data": "open_data",
    "Codebook": "codebooks",
    "read_codebook": "codebooks",
    "write_questionnaire": "questionnaires",
    "Margins": "margins",
    "read_margins": "margins",
    "Survey": "surveys",
    "survey_from_frame": "surveys",
    "subset": "surveys",
    "to_frame": "surveys",
    "read_classification": "classifications",
    "read_links": "classifications",
    "harmonise": "classifications",
    "describe_risk": "privacy",
    "find_identifiers": "privacy",
    "generalise": "privacy",
    "pseudonymise": "privacy",
    "check_survey": "checks",
    "set_rows_aside": "checks",
    "take_back": "checks",
    "write_set_aside": "checks",
    "write_codebook": "codebook_files",
    "draft_codebook": "codebook_drafts",
    "write_survey": "stores",
    "propose_columns": "intake",
    "read_survey": "intake",
    "fieldwork_progress": "fieldwork",
    "plan_targets": "fieldwork",
    "read_targets": "fieldwork",
    "make_twin": "twins",
    "write_twin": "twins",
    "rake": "weighting",
    "poststratify": "weighting",
    "calibrate": "weighting",
    "trim_weights": "weighting",
    "describe_weights": "weighting",
    "share": "estimates",
    "mean": "estimates",
    "total": "estimates",
    "ratio": "estimates",
    "quantile": "estimates",
    "variance": "estimates",
    "replicate": "variance",
    "regress": "models",
    "detectable": "power",
    "students_needed": "power",
    "correspondence_test": "correspondence",
    "sensitivity_to_selection": "sensitivity",
    "yearly_index": "yearly_index",
    "index_change": "yearly_index",
    "adjust_p_values": "comparisons",
    "compare": "comparisons",
    "compare_under": "alternatives",
    "attack": "disclosure",
    "estimate_declared": "disclosure",
    "merge_answers": "disclosure",
    "propose_merges": "disclosure",
    "read_rules": "disclosure",
    "protect": "disclosure",
    "protect_with_report": "disclosure",
    "release": "releases",
    "release_survey": "releases",
    "read_release": "releases",
    "draw_intervals": "charts",
    "draw_distribution": "charts",
    "draw_reporting_points": "maps",
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
    importlib.import_module("stagekansen_lib.walls").close_wall()


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
