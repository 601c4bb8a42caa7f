"""Why not? The smallest sets of facts and steps that would turn a denial, or an answer of needs, into allow."""

from alpr_policy.questions.why_not.elements import Element, Way
from alpr_policy.questions.why_not.search import Barred, Helped, WhyNot, why_not

__all__ = ["Barred", "Element", "Helped", "Way", "WhyNot", "why_not"]
