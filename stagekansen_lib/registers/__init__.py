"""The registers: typed entries of data/registers. Look up, search, cross-check and verify.

>>> registers = read_registers()
>>> registers.terms["meldpunt"].text("label", "en")
'reporting point'
"""

from __future__ import annotations

from stagekansen_lib.registers.checks import check_registers
from stagekansen_lib.registers.collections import Collection, Found, FoundEntries
from stagekansen_lib.registers.models import (
    Entry,
    Factor,
    Ground,
    Instrument,
    Journey,
    KeyFigure,
    Partner,
    ReportingPoint,
    Route,
    Source,
    Step,
    Term,
    Theme,
    Verification,
    Voice,
)
from stagekansen_lib.registers.public_points import Alternative, PublicPoint, public_reporting_points
from stagekansen_lib.registers.reading import RegisterHead, Registers, read_registers
from stagekansen_lib.registers.routing import Suggestion, where_can_i_go
from stagekansen_lib.registers.verification import (
    OUTDATED_AFTER_DAYS,
    record_verification,
    unverified_report,
)

__all__ = [
    "OUTDATED_AFTER_DAYS",
    "Alternative",
    "Collection",
    "Entry",
    "Factor",
    "Found",
    "FoundEntries",
    "Ground",
    "Instrument",
    "Journey",
    "KeyFigure",
    "Partner",
    "PublicPoint",
    "RegisterHead",
    "Registers",
    "ReportingPoint",
    "Route",
    "Source",
    "Step",
    "Suggestion",
    "Term",
    "Theme",
    "Verification",
    "Voice",
    "check_registers",
    "public_reporting_points",
    "read_registers",
    "record_verification",
    "unverified_report",
    "where_can_i_go",
]
