"""Privacy: the gate before a file is read, the risk of recognition, pseudonyms, the privacy file and withdrawal."""

from __future__ import annotations

from stagekansen_lib.privacy.cards import (
    PrivacyCard,
    check_privacy_files,
    draft_privacy_card,
    files_of_answers,
    privacy_files,
    read_privacy_card,
)
from stagekansen_lib.privacy.gate import GateReport, IdentifiersFoundError, find_identifiers, leave_out, pass_gate
from stagekansen_lib.privacy.pseudonyms import make_key, pseudonym, pseudonymise, pseudonyms, read_key
from stagekansen_lib.privacy.risk import Generalisation, RiskReport, describe_risk, generalise
from stagekansen_lib.privacy.withdrawal import Withdrawal, find_proof, finish_withdrawal, withdraw

__all__ = [
    "GateReport",
    "Generalisation",
    "IdentifiersFoundError",
    "PrivacyCard",
    "RiskReport",
    "Withdrawal",
    "check_privacy_files",
    "describe_risk",
    "draft_privacy_card",
    "files_of_answers",
    "find_identifiers",
    "find_proof",
    "finish_withdrawal",
    "generalise",
    "leave_out",
    "make_key",
    "pass_gate",
    "privacy_files",
    "pseudonym",
    "pseudonymise",
    "pseudonyms",
    "read_key",
    "read_privacy_card",
    "withdraw",
]
