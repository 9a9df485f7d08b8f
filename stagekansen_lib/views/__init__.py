"""The dashboards, one file each, and the choices of the intake notebook. Only this room imports widgets."""

from __future__ import annotations

from stagekansen_lib.views.explorer import explorer
from stagekansen_lib.views.facts import facts
from stagekansen_lib.views.figure_map import figure_map
from stagekansen_lib.views.glossary import glossary
from stagekansen_lib.views.guide import guide
from stagekansen_lib.views.journey import journey
from stagekansen_lib.views.matching import confirm_columns
from stagekansen_lib.views.method import method
from stagekansen_lib.views.monitor import monitor
from stagekansen_lib.views.network import network
from stagekansen_lib.views.overview import overview
from stagekansen_lib.views.reporting_points import reporting_points
from stagekansen_lib.views.sources import sources

__all__ = [
    "confirm_columns",
    "explorer",
    "facts",
    "figure_map",
    "glossary",
    "guide",
    "journey",
    "method",
    "monitor",
    "network",
    "overview",
    "reporting_points",
    "sources",
]
