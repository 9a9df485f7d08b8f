"""The dashboards, one file each. Only this room imports widgets, and only in a live kernel."""

from __future__ import annotations

from stagekansen_lib.views.explorer import explorer
from stagekansen_lib.views.overview import overview
from stagekansen_lib.views.reporting_points import reporting_points

__all__ = ["explorer", "overview", "reporting_points"]
