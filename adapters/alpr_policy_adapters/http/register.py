"""The register: resources that the department lists, such as its readers, with the facts that it vouches for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alpr_policy.errors import Diagnostic, RequestError
from alpr_policy.reading.documents import read_document_file
from alpr_policy.source import Span

MOST = 20_000
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing that acts are done on; `properties` are facts, with or without the type before their name."""

    type: str
    id: str
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Register:
    """All resources that are listed, by type, in the order of their ids."""

    by_type: Mapping[str, Mapping[str, Resource]] = field(default_factory=dict)

    def get(self, type: str, id: str) -> Resource | None:
        """Return a resource; None for one that is not listed, of which nothing is said."""
        return self.by_type.get(type, {}).get(id)

    def of_type(self, type: str) -> tuple[Resource, ...]:
        """Return all resources of a type."""
        return tuple(self.by_type.get(type, {}).values())


def read_register(path: Path) -> Register:
    """Read a register from YAML or JSON, `resources: [{type, id, properties}]`; raises RequestError."""
    source, value, found = read_document_file(path)
    if source is None or any(one.is_error for one in found):
        raise RequestError(found)
    listed = value.get("resources") if isinstance(value, dict) else None
    if not isinstance(listed, list) or len(listed) > MOST:
        raise RequestError([_fault(path, f"a register has a list of at most {MOST:,} `resources`")])
    kinds: dict[str, dict[str, Resource]] = {}
    for number, one in enumerate(listed, start=1):
        resource = _resource(one)
        if resource is None:
            raise RequestError([_fault(path, f"resource {number} needs `type` and `id`, and `properties` as a group")])
        if resource.id in kinds.setdefault(resource.type, {}):
            raise RequestError([_fault(path, f"resource {number} is listed twice")])
        kinds[resource.type][resource.id] = resource
    return Register({kind: dict(sorted(several.items())) for kind, several in kinds.items()})


def _resource(raw: Any) -> Resource | None:
    if not isinstance(raw, dict):
        return None
    kind, name, properties = raw.get("type"), raw.get("id"), raw.get("properties") or {}
    if not all(isinstance(one, str) and 0 < len(one) <= LONGEST for one in (kind, name)):
        return None
    if not isinstance(properties, dict) or not all(isinstance(key, str) for key in properties):
        return None
    return Resource(str(kind), str(name), properties)


def _fault(path: Path, message: str) -> Diagnostic:
    return Diagnostic("resource-register", message, Span(str(path), 1, 1), "see docs/server.md")
