"""The ledger: what was decided and done, in one order that only grows; provable to outsiders, and still purgeable."""

from __future__ import annotations

from alpr_policy_adapters.ledger.builders import Asked, case_event_row, decision_row, other_row
from alpr_policy_adapters.ledger.catalogues import Catalogue, Words, catalogue_of, restored, words_in
from alpr_policy_adapters.ledger.checkpoints import Checkpoint, Shown, read_checkpoint, verify_proof
from alpr_policy_adapters.ledger.committer import GroupCommitter
from alpr_policy_adapters.ledger.errors import (
    LedgerConflictError,
    LedgerDamagedError,
    LedgerError,
    LedgerKeyError,
    LedgerOvertakenError,
    LedgerRowError,
    LedgerSchemaError,
    LedgerUnavailableError,
    ProofError,
)
from alpr_policy_adapters.ledger.exporting import export
from alpr_policy_adapters.ledger.finding import Wanted
from alpr_policy_adapters.ledger.fitness import ClauseFit, Lack, fitness
from alpr_policy_adapters.ledger.keys import SigningKey, make_key, read_key
from alpr_policy_adapters.ledger.ledger import Head, Ledger, Summary
from alpr_policy_adapters.ledger.proving import make_checkpoint, prove_growth, prove_row
from alpr_policy_adapters.ledger.recomputing import Recomputed, recompute
from alpr_policy_adapters.ledger.recording import Decider, Recorder, recording
from alpr_policy_adapters.ledger.rows import Kind, NewRow, PersonalValue, Receipt, Row, Sort
from alpr_policy_adapters.ledger.verifying import Finding, Report, verify

__all__ = [
    "Asked",
    "Catalogue",
    "Checkpoint",
    "ClauseFit",
    "Decider",
    "Finding",
    "GroupCommitter",
    "Head",
    "Kind",
    "Lack",
    "Ledger",
    "LedgerConflictError",
    "LedgerDamagedError",
    "LedgerError",
    "LedgerKeyError",
    "LedgerOvertakenError",
    "LedgerRowError",
    "LedgerSchemaError",
    "LedgerUnavailableError",
    "NewRow",
    "PersonalValue",
    "ProofError",
    "Receipt",
    "Recomputed",
    "Recorder",
    "Report",
    "Row",
    "Shown",
    "SigningKey",
    "Sort",
    "Summary",
    "Wanted",
    "Words",
    "case_event_row",
    "catalogue_of",
    "decision_row",
    "export",
    "fitness",
    "make_checkpoint",
    "make_key",
    "other_row",
    "prove_growth",
    "prove_row",
    "read_checkpoint",
    "read_key",
    "recompute",
    "recording",
    "restored",
    "verify",
    "verify_proof",
    "words_in",
]
