"""A row of a table of acts as a request."""

from alpr_policy.questions.replay_rows import STRUCTURE, is_fact, request_of

__all__ = ["STRUCTURE", "is_fact", "request_of"]
