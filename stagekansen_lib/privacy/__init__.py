"""Privacy: the gate before a file is read, the risk of recognition, pseudonyms, the privacy file and withdrawal."""

from __future__ import annotations

from stagekansen_lib.privacy.gate import GateReport, IdentifiersFoundError, find_identifiers, leave_out, pass_gate

__all__ = ["GateReport", "IdentifiersFoundError", "find_identifiers", "leave_out", "pass_gate"]
