"""Joint fact-finding about equal internship chances.

>>> import stagekansen_lib as sk
>>> survey = sk.read_survey("example_2022")
>>> sk.share(survey, of="discrimination_experienced", by="level").statistic
'share'

Every public name below is loaded when it is first used, so that importing the library takes a moment only.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # The same names for editors and type checkers, which do not run `__getattr__`.
    from stagekansen_lib.attacks.attack import attack as attack
    from stagekansen_lib.comparison.alternatives import compare_under as compare_under
    from stagekansen_lib.comparison.comparing import compare as compare
    from stagekansen_lib.comparison.corrections import adjust_p_values as adjust_p_values
    from stagekansen_lib.comparison.correspondence import correspondence_test as correspondence_test
    from stagekansen_lib.comparison.graded_selection import (
        sensitivity_to_graded_selection as sensitivity_to_graded_selection,
    )
    from stagekansen_lib.comparison.power import detectable as detectable
    from stagekansen_lib.comparison.power import students_needed as students_needed
    from stagekansen_lib.comparison.sensitivity import sensitivity_to_selection as sensitivity_to_selection
    from stagekansen_lib.desk.margin_choices import weigh as weigh
    from stagekansen_lib.desk.margin_forms import choose_margins as choose_margins
    from stagekansen_lib.desk.survey_choices import choose_survey as choose_survey
    from stagekansen_lib.desk.survey_choices import survey_in_use as survey_in_use
    from stagekansen_lib.desk.taking_in import take_in as take_in
    from stagekansen_lib.disclosure.protect import protect as protect
    from stagekansen_lib.disclosure.protect import protect_with_report as protect_with_report
    from stagekansen_lib.disclosure.rules import read_rules as read_rules
    from stagekansen_lib.drafts.drafting import draft_codebook as draft_codebook
    from stagekansen_lib.drafts.measuring import concept as concept
    from stagekansen_lib.drafts.measuring import find_concepts as find_concepts
    from stagekansen_lib.drafts.measuring import with_readings as with_readings
    from stagekansen_lib.effects.balancing import entropy_balance as entropy_balance
    from stagekansen_lib.effects.differences import difference_in_differences as difference_in_differences
    from stagekansen_lib.effects.differences import pre_trend as pre_trend
    from stagekansen_lib.effects.grades import grade_evidence as grade_evidence
    from stagekansen_lib.effects.interrupted import interrupted_series as interrupted_series
    from stagekansen_lib.effects.intervention_files import read_intervention as read_intervention
    from stagekansen_lib.effects.intervention_files import read_interventions as read_interventions
    from stagekansen_lib.effects.judging import judge_intervention as judge_intervention
    from stagekansen_lib.effects.stepped import stepped_introduction as stepped_introduction
    from stagekansen_lib.effects.waiting import group_spread as group_spread
    from stagekansen_lib.effects.waiting import waiting_list as waiting_list
    from stagekansen_lib.errors import DoubtWarning as DoubtWarning
    from stagekansen_lib.errors import InputError as InputError
    from stagekansen_lib.errors import RefusedError as RefusedError
    from stagekansen_lib.errors import StagekansenError as StagekansenError
    from stagekansen_lib.estimation.means import mean as mean
    from stagekansen_lib.estimation.means import ratio as ratio
    from stagekansen_lib.estimation.means import total as total
    from stagekansen_lib.estimation.means import variance as variance
    from stagekansen_lib.estimation.quantiles import quantile as quantile
    from stagekansen_lib.estimation.replicate_weights import replicate as replicate
    from stagekansen_lib.estimation.share_differences import share_difference_interval as share_difference_interval
    from stagekansen_lib.estimation.shares import share as share
    from stagekansen_lib.fact_finding.comparability import comparability as comparability
    from stagekansen_lib.fact_finding.comparability import require_one_axis as require_one_axis
    from stagekansen_lib.fact_finding.consensus import group_consensus as group_consensus
    from stagekansen_lib.fact_finding.ledgers import read_ledger as read_ledger
    from stagekansen_lib.fact_finding.writing import write_act as write_act
    from stagekansen_lib.fact_sheets.making import fact_sheet as fact_sheet
    from stagekansen_lib.fact_sheets.making import write_fact_sheets as write_fact_sheets
    from stagekansen_lib.intake.checks import check_survey as check_survey
    from stagekansen_lib.intake.reading import propose_columns as propose_columns
    from stagekansen_lib.intake.reading import read_survey as read_survey
    from stagekansen_lib.intake.stores import write_survey as write_survey
    from stagekansen_lib.intake.taking_back import set_rows_aside as set_rows_aside
    from stagekansen_lib.intake.taking_back import take_back as take_back
    from stagekansen_lib.intake.taking_back import write_set_aside as write_set_aside
    from stagekansen_lib.models.classical import influence as influence
    from stagekansen_lib.models.classical import to_statsmodels as to_statsmodels
    from stagekansen_lib.models.imputing import impute as impute
    from stagekansen_lib.models.pooling import pool as pool
    from stagekansen_lib.models.regressing import regress as regress
    from stagekansen_lib.monitoring.agreement import krippendorff_alpha as krippendorff_alpha
    from stagekansen_lib.monitoring.auditing import audit_index as audit_index
    from stagekansen_lib.monitoring.channels import answers_by_channel as answers_by_channel
    from stagekansen_lib.monitoring.composites import composite as composite
    from stagekansen_lib.monitoring.composites import goalposts as goalposts
    from stagekansen_lib.monitoring.fieldwork import fieldwork_progress as fieldwork_progress
    from stagekansen_lib.monitoring.fieldwork import plan_targets as plan_targets
    from stagekansen_lib.monitoring.fieldwork import read_targets as read_targets
    from stagekansen_lib.monitoring.index_releases import release_index as release_index
    from stagekansen_lib.monitoring.planning import plan as plan
    from stagekansen_lib.monitoring.reports import poisson_interval as poisson_interval
    from stagekansen_lib.monitoring.reports import rate_ratio as rate_ratio
    from stagekansen_lib.monitoring.reports import several_years as several_years
    from stagekansen_lib.monitoring.survey_waves import read_waves as read_waves
    from stagekansen_lib.monitoring.yearly_index import index_change as index_change
    from stagekansen_lib.monitoring.yearly_index import yearly_index as yearly_index
    from stagekansen_lib.pictures.charts import draw_distribution as draw_distribution
    from stagekansen_lib.pictures.charts import draw_intervals as draw_intervals
    from stagekansen_lib.pictures.maps import draw_reporting_points as draw_reporting_points
    from stagekansen_lib.population.margins import Margins as Margins
    from stagekansen_lib.population.margins import read_margins as read_margins
    from stagekansen_lib.population.open_data import read_open_data as read_open_data
    from stagekansen_lib.population.regions import read_regions as read_regions
    from stagekansen_lib.privacy.gate import find_identifiers as find_identifiers
    from stagekansen_lib.privacy.generalising import generalise as generalise
    from stagekansen_lib.privacy.pseudonyms import pseudonymise as pseudonymise
    from stagekansen_lib.privacy.risk import describe_risk as describe_risk
    from stagekansen_lib.registers.reading import read_registers as read_registers
    from stagekansen_lib.registers.routing import where_can_i_go as where_can_i_go
    from stagekansen_lib.releases.building import release as release
    from stagekansen_lib.releases.catalogues import catalogue_record as catalogue_record
    from stagekansen_lib.releases.declared import estimate_declared as estimate_declared
    from stagekansen_lib.releases.from_surveys import release_survey as release_survey
    from stagekansen_lib.releases.merges import merge_answers as merge_answers
    from stagekansen_lib.releases.merges import propose_merges as propose_merges
    from stagekansen_lib.releases.proofs import prove_release as prove_release
    from stagekansen_lib.releases.reading import read_release as read_release
    from stagekansen_lib.research.contrasts import contrasts as contrasts
    from stagekansen_lib.research.contrasts import pairwise as pairwise
    from stagekansen_lib.research.doubly_robust import doubly_robust as doubly_robust
    from stagekansen_lib.research.table_one import table_one as table_one
    from stagekansen_lib.sprints.closing import close_sprint as close_sprint
    from stagekansen_lib.sprints.starting import new_sprint as new_sprint
    from stagekansen_lib.sprints.working import read_sprint as read_sprint
    from stagekansen_lib.stories.making import story_cards as story_cards
    from stagekansen_lib.stories.making import story_posters as story_posters
    from stagekansen_lib.stories.making import write_story_cards as write_story_cards
    from stagekansen_lib.stories.making import write_story_posters as write_story_posters
    from stagekansen_lib.surveys.classifications import read_classification as read_classification
    from stagekansen_lib.surveys.classifications import read_links as read_links
    from stagekansen_lib.surveys.codebook_files import read_codebook as read_codebook
    from stagekansen_lib.surveys.codebook_files import write_codebook as write_codebook
    from stagekansen_lib.surveys.codebooks import Codebook as Codebook
    from stagekansen_lib.surveys.harmonising import harmonise as harmonise
    from stagekansen_lib.surveys.making import survey_from_frame as survey_from_frame
    from stagekansen_lib.surveys.questionnaires import write_questionnaire as write_questionnaire
    from stagekansen_lib.surveys.surveys import Survey as Survey
    from stagekansen_lib.surveys.surveys import subset as subset
    from stagekansen_lib.surveys.surveys import to_frame as to_frame
    from stagekansen_lib.twins.making import make_twin as make_twin
    from stagekansen_lib.twins.making import write_twin as write_twin
    from stagekansen_lib.twins.practising import write_practice as write_practice
    from stagekansen_lib.views.explore import explore as explore
    from stagekansen_lib.views.manage import manage as manage
    from stagekansen_lib.views.planner import planner as planner
    from stagekansen_lib.views.voice_desk import voice_desk as voice_desk
    from stagekansen_lib.voices.checking import check_voice as check_voice
    from stagekansen_lib.voices.checking import voices_waiting as voices_waiting
    from stagekansen_lib.voices.coding import code_voice as code_voice
    from stagekansen_lib.voices.coding import voice_agreement as voice_agreement
    from stagekansen_lib.voices.coding import voice_disagreements as voice_disagreements
    from stagekansen_lib.voices.collecting import add_voice as add_voice
    from stagekansen_lib.voices.collecting import replace_words as replace_words
    from stagekansen_lib.voices.collecting import word_voice as word_voice
    from stagekansen_lib.voices.releasing import release_voices as release_voices
    from stagekansen_lib.voices.stores import read_voices as read_voices
    from stagekansen_lib.voices.withdrawing import withdraw_voice as withdraw_voice
    from stagekansen_lib.waves.breaks import question_changes as question_changes
    from stagekansen_lib.waves.changes import change as change
    from stagekansen_lib.waves.links import link_series as link_series
    from stagekansen_lib.waves.series import read_series as read_series
    from stagekansen_lib.waves.stacking import stack as stack
    from stagekansen_lib.waves.trends import line_through as line_through
    from stagekansen_lib.waves.trends import trend as trend
    from stagekansen_lib.weighting.calibration import calibrate as calibrate
    from stagekansen_lib.weighting.margin_tables import margins_from_table as margins_from_table
    from stagekansen_lib.weighting.poststratification import poststratify as poststratify
    from stagekansen_lib.weighting.propensity import weight_to_reference as weight_to_reference
    from stagekansen_lib.weighting.raking import rake as rake
    from stagekansen_lib.weighting.reports import describe_weights as describe_weights
    from stagekansen_lib.weighting.trimming import trim_weights as trim_weights
    from stagekansen_lib.weighting.unweighted import without_weights as without_weights
    from stagekansen_lib.wording import use_language as use_language

__version__ = "0.1.0"

# Public name -> module that defines it. `tests/test_public_face.py` checks that each exists, is documented, and is the
# one that a type checker sees.
_PUBLIC = {
    "DoubtWarning": "errors",
    "InputError": "errors",
    "RefusedError": "errors",
    "StagekansenError": "errors",
    "use_language": "wording",
    "read_registers": "registers.reading",
    "where_can_i_go": "registers.routing",
    "comparability": "fact_finding.comparability",
    "require_one_axis": "fact_finding.comparability",
    "read_ledger": "fact_finding.ledgers",
    "write_act": "fact_finding.writing",
    "group_consensus": "fact_finding.consensus",
    "explore": "views.explore",
    "manage": "views.manage",
    "planner": "views.planner",
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
    "take_in": "desk.taking_in",
    "choose_survey": "desk.survey_choices",
    "survey_in_use": "desk.survey_choices",
    "choose_margins": "desk.margin_forms",
    "weigh": "desk.margin_choices",
    "draft_codebook": "drafts.drafting",
    "concept": "drafts.measuring",
    "find_concepts": "drafts.measuring",
    "with_readings": "drafts.measuring",
    "write_survey": "intake.stores",
    "propose_columns": "intake.reading",
    "read_survey": "intake.reading",
    "answers_by_channel": "monitoring.channels",
    "fieldwork_progress": "monitoring.fieldwork",
    "plan_targets": "monitoring.fieldwork",
    "read_targets": "monitoring.fieldwork",
    "make_twin": "twins.making",
    "write_twin": "twins.making",
    "write_practice": "twins.practising",
    "rake": "weighting.raking",
    "margins_from_table": "weighting.margin_tables",
    "poststratify": "weighting.poststratification",
    "calibrate": "weighting.calibration",
    "trim_weights": "weighting.trimming",
    "without_weights": "weighting.unweighted",
    "describe_weights": "weighting.reports",
    "share": "estimation.shares",
    "mean": "estimation.means",
    "total": "estimation.means",
    "ratio": "estimation.means",
    "quantile": "estimation.quantiles",
    "variance": "estimation.means",
    "share_difference_interval": "estimation.share_differences",
    "replicate": "estimation.replicate_weights",
    "regress": "models.regressing",
    "to_statsmodels": "models.classical",
    "influence": "models.classical",
    "impute": "models.imputing",
    "pool": "models.pooling",
    "detectable": "comparison.power",
    "students_needed": "comparison.power",
    "correspondence_test": "comparison.correspondence",
    "sensitivity_to_selection": "comparison.sensitivity",
    "sensitivity_to_graded_selection": "comparison.graded_selection",
    "doubly_robust": "research.doubly_robust",
    "weight_to_reference": "weighting.propensity",
    "yearly_index": "monitoring.yearly_index",
    "index_change": "monitoring.yearly_index",
    "release_index": "monitoring.index_releases",
    "audit_index": "monitoring.auditing",
    "read_waves": "monitoring.survey_waves",
    "stack": "waves.stacking",
    "change": "waves.changes",
    "trend": "waves.trends",
    "line_through": "waves.trends",
    "link_series": "waves.links",
    "read_series": "waves.series",
    "question_changes": "waves.breaks",
    "poisson_interval": "monitoring.reports",
    "rate_ratio": "monitoring.reports",
    "several_years": "monitoring.reports",
    "krippendorff_alpha": "monitoring.agreement",
    "composite": "monitoring.composites",
    "goalposts": "monitoring.composites",
    "plan": "monitoring.planning",
    "difference_in_differences": "effects.differences",
    "pre_trend": "effects.differences",
    "waiting_list": "effects.waiting",
    "group_spread": "effects.waiting",
    "stepped_introduction": "effects.stepped",
    "entropy_balance": "effects.balancing",
    "interrupted_series": "effects.interrupted",
    "grade_evidence": "effects.grades",
    "read_intervention": "effects.intervention_files",
    "read_interventions": "effects.intervention_files",
    "judge_intervention": "effects.judging",
    "adjust_p_values": "comparison.corrections",
    "compare": "comparison.comparing",
    "compare_under": "comparison.alternatives",
    "contrasts": "research.contrasts",
    "pairwise": "research.contrasts",
    "table_one": "research.table_one",
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
    "prove_release": "releases.proofs",
    "catalogue_record": "releases.catalogues",
    "fact_sheet": "fact_sheets.making",
    "new_sprint": "sprints.starting",
    "read_sprint": "sprints.working",
    "close_sprint": "sprints.closing",
    "write_fact_sheets": "fact_sheets.making",
    "add_voice": "voices.collecting",
    "replace_words": "voices.collecting",
    "word_voice": "voices.collecting",
    "code_voice": "voices.coding",
    "voice_agreement": "voices.coding",
    "voice_disagreements": "voices.coding",
    "check_voice": "voices.checking",
    "voices_waiting": "voices.checking",
    "read_voices": "voices.stores",
    "release_voices": "voices.releasing",
    "withdraw_voice": "voices.withdrawing",
    "voice_desk": "views.voice_desk",
    "story_cards": "stories.making",
    "story_posters": "stories.making",
    "write_story_cards": "stories.making",
    "write_story_posters": "stories.making",
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


if os.environ.get("STAGEKANSEN_WALL") == "closed":
    importlib.import_module("stagekansen_lib.project.walls").close_wall()


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
