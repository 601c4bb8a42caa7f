"""What can be wrong with what comes from outside, and how we say so.

PolicyError                 everything this package raises on purpose
├── ProfileError            a profile, or a folder of them, cannot be used
├── RequestError            a request file cannot be read at all
├── UnknownProfileError     no profile of that name is known
└── MissingExtraError       an optional part is not installed
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from alpr_policy.source import NOWHERE, Span


class ExitCode(IntEnum):
    """What a command's exit code means; documented in docs/errors.md."""

    OK = 0
    USAGE = 2
    DENY = 3
    NEEDS = 4
    BAD_PROFILE = 5
    BAD_INPUT = 6
    BELOW_THRESHOLD = 7
    MISSING_EXTRA = 8
    PARTIAL = 9
    TEST_FAILED = 10
    INTERNAL = 70


class Severity(StrEnum):
    """How bad a diagnostic is: an error refuses the file, a warning does not, and an info is a hint."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing wrong, in one sentence: lower-case, no final stop, user text in backticks.

    `code` is stable (see `alpr_policy.codes`), `help` says what to do about it. `related` are other places that it
    speaks of, such as the clause that a row of a log is held against.
    """

    code: str
    message: str
    span: Span = NOWHERE
    help: str = ""
    severity: Severity = Severity.ERROR
    related: tuple[Span, ...] = ()

    @property
    def is_error(self) -> bool:
        """Say whether this refuses the file."""
        return self.severity is Severity.ERROR


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Drop repeats and sort by place, then code, so that output does not depend on the order of finding."""
    return tuple(sorted(set(diagnostics), key=lambda d: (d.span, d.code, d.message)))


class PolicyError(Exception):
    """The root of all errors raised on purpose; `diagnostics` says all that is wrong, in order."""

    exit_code = ExitCode.BAD_INPUT

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Keep the diagnostics in order of place."""
        self.diagnostics = in_order(diagnostics)
        super().__init__("; ".join(f"{d.span}: {d.message} [{d.code}]" for d in self.diagnostics))


class ProfileError(PolicyError):
    """A profile cannot be used."""

    exit_code = ExitCode.BAD_PROFILE


class RequestError(PolicyError):
    """A request cannot be read at all."""


class UnknownProfileError(PolicyError):
    """No profile of that name is known."""

    exit_code = ExitCode.BAD_PROFILE


class MissingExtraError(PolicyError):
    """An optional part is not installed; the message names the extra that brings it."""

    exit_code = ExitCode.MISSING_EXTRA

    def __init__(self, what: str, extra: str) -> None:
        """Say what was wanted and how to get it."""
        self.extra = extra
        super().__init__(
            [
                Diagnostic(
                    "missing-extra", f"{what} needs the extra `{extra}`", help=f"pip install 'alpr-policy[{extra}]'"
                )
            ]
        )
