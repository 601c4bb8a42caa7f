"""A second opinion by `durable_rules` on approvals, checks and documents, out of a cage (docs/durable.md).

    with Cage() as cage:
        asked = with_second_opinion(pdp.decide, lambda request: judging(pdp, request), cage, note)

It may add a need and never removes one. Needs the extra `durable`.
"""

from __future__ import annotations

from alpr_policy_adapters.durable.cage import Cage, Limits, NoAnswerError
from alpr_policy_adapters.durable.lowering import questions
from alpr_policy_adapters.durable.opinion import (
    Conclusion,
    Opinion,
    read_opinion,
    second_opinion,
    strengthened,
    with_second_opinion,
)
from alpr_policy_adapters.durable.texts import Judging, judging

__all__ = [
    "Cage",
    "Conclusion",
    "Judging",
    "Limits",
    "NoAnswerError",
    "Opinion",
    "judging",
    "questions",
    "read_opinion",
    "second_opinion",
    "strengthened",
    "with_second_opinion",
]
