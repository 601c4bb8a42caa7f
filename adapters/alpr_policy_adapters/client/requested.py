"""How a request for what an act lacks stands, by the draft Access Request and Approval profile of AuthZEN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from alpr_policy_adapters.client.answers import Answer, Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Answer):
    """A request for what an act lacks: pending, and then approved, denied, expired, cancelled or failed for good."""

    id: str
    status: str
    status_endpoint: str = ""
    expires_at: str = ""
    progress: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequest(Answer):
    """How a request stands; `approval` is what to ask again with once it is approved, None until then."""

    task: Task
    result: Json = field(default_factory=dict)

    @property
    def approval(self) -> Json | None:
        """Return what goes into the context of the question, asked again."""
        found = self.result.get("approval")
        return {"id": found["id"]} if isinstance(found, Mapping) and isinstance(found.get("id"), str) else None
