"""What tests use of expected answers; reading and comparing them is `alpr_policy.questions`."""

from __future__ import annotations

from alpr_policy.questions.answers import case_differences, differences, duty_differences, matches, short
from alpr_policy.questions.suites import Case, DutyCase, Suite, load_suite, read_suite, suite_of

__all__ = [
    "Case",
    "DutyCase",
    "Suite",
    "case_differences",
    "differences",
    "duty_differences",
    "load_suite",
    "matches",
    "read_suite",
    "short",
    "suite_of",
]
