"""Policy-as-code for licence plate readers: every act is judged under a department's own written policy."""

from __future__ import annotations

from alpr_policy.errors import MissingExtraError, PolicyError, ProfileError, RequestError, UnknownProfileError
from alpr_policy.model.decision import Decision, Need, Obligation, Outcome, Reason
from alpr_policy.model.profile import Profile
from alpr_policy.model.request import Mode, Request
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.explain import explain, one_line
from alpr_policy.questions.live import LivePolicyDecisionPoint
from alpr_policy.reading.catalog import Catalog
from alpr_policy.reading.requests import read_request


def parse_profile(text: str, name: str = "<text>") -> Profile:
    """Read a profile from text; raises ProfileError with everything that is wrong."""
    from alpr_policy.reading.profiles import parse_profile as parse

    return parse(text, name)


__all__ = [
    "Catalog",
    "Decision",
    "LivePolicyDecisionPoint",
    "MissingExtraError",
    "Mode",
    "Need",
    "Obligation",
    "Outcome",
    "PolicyDecisionPoint",
    "PolicyError",
    "Profile",
    "ProfileError",
    "Reason",
    "Request",
    "RequestError",
    "UnknownProfileError",
    "explain",
    "one_line",
    "parse_profile",
    "read_request",
]
