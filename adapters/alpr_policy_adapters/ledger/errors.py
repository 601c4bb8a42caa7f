"""What can go wrong with a ledger, and how it is said.

LedgerError                     a ledger cannot do what was asked
├── LedgerUnavailableError      the database cannot be reached, is full, or is locked for too long; try again
├── LedgerConflictError         somebody else took this step of the case
├── LedgerSchemaError           there is no ledger there, or one of an older or newer program
├── LedgerRowError              a row cannot be kept as it is
├── LedgerDamagedError          a row is there and cannot be read
├── LedgerKeyError              a key file cannot be used
└── ProofError                  a checkpoint or proof does not hold
"""

from __future__ import annotations

from alpr_policy.errors import Diagnostic, PolicyError


class LedgerError(PolicyError):
    """A ledger cannot do what was asked."""


class LedgerUnavailableError(LedgerError):
    """Nothing is known to have been written; what is left open is tried anew by the next call."""

    def __init__(self, why: str) -> None:
        """Say in a few words what the database or the system said."""
        self.why = why
        help = "nothing was acknowledged; the next call tries again"
        super().__init__([Diagnostic("ledger-unavailable", f"the ledger cannot be used now: {why}", help=help)])


class LedgerConflictError(LedgerError):
    """Another writer took this step of a case; read the case anew and decide again."""

    def __init__(self, case: str, revision: int, current: int) -> None:
        """Say which step was wanted and where the case stands."""
        self.case, self.revision, self.current = case, revision, current
        message = f"step {revision} of case `{case}` cannot be written: the case stands at {current}"
        help = "somebody else took the step; read the case again"
        super().__init__([Diagnostic("ledger-conflict", message, help=help)])


class LedgerOvertakenError(LedgerError):
    """Another row of the kind was written since what a row rests on was looked up; look again and decide again."""

    def __init__(self, kind: str) -> None:
        """Say of which kind."""
        message = f"another row of the kind `{kind}` was written meanwhile"
        super().__init__([Diagnostic("ledger-conflict", message, help="look again, and decide anew")])


class LedgerSchemaError(LedgerError):
    """There is no ledger at that place, or one that this program cannot use as it is."""


class LedgerRowError(LedgerError):
    """A row is too large, holds what JSON cannot, or names what is not in it."""

    def __init__(self, message: str) -> None:
        """Say what is wrong with the row, without showing what it holds."""
        super().__init__([Diagnostic("ledger-row", message)])


class LedgerDamagedError(LedgerError):
    """A row is not as any ledger writes it, and cannot be read; those before and after it may well be."""

    def __init__(self, seq: int, why: str) -> None:
        """Say which row, and what reading it ran into."""
        self.seq = seq
        help = "`alpr-policy ledger verify` says what is wrong with it"
        super().__init__([Diagnostic("ledger-damaged", f"row {seq} cannot be read: {why}", help=help)])


class LedgerKeyError(LedgerError):
    """A key file is missing, open to others, or no key."""

    def __init__(self, message: str, help: str = "") -> None:
        """Say what is wrong with the key file."""
        super().__init__([Diagnostic("ledger-key", message, help=help)])


class ProofError(LedgerError):
    """A checkpoint or proof is malformed, or does not show what it is to show."""

    def __init__(self, message: str, help: str = "") -> None:
        """Say what does not hold."""
        super().__init__([Diagnostic("ledger-proof", message, help=help)])
