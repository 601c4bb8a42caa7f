"""What a person can do for a case that waits: each thing that is missing as an event that would supply it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

LISTED: Final = re.compile(r"\[([^\[\]]*)\]")
APPROVE: Final = frozenset({"approval", "check"})
"""The kinds of event by which somebody decides on what another asked for; they take the scope `approve`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One thing to supply: the kind of event, what it is about, and what the person still has to choose."""

    kind: str
    name: str
    title: str
    roles: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


def offers(needs: Iterable[Mapping[str, Any]]) -> tuple[Offer, ...]:
    """Return what would supply the needs of a decision (its JSON data), those of alternatives included, each once."""
    found: dict[tuple[str, str], Offer] = {}
    for need in _flat(needs):
        offer = _offer(need)
        if offer is not None:
            found.setdefault((offer.kind, offer.name), offer)
    return tuple(found.values())


def _flat(needs: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for need in needs:
        yield need
        for way in need.get("one_of", ()):
            yield from _flat(way)


def _offer(need: Mapping[str, Any]) -> Offer | None:
    name, roles = need.get("name", ""), tuple(need.get("roles", ()))
    match need.get("kind"):
        case "approval":
            return Offer(kind="approval", name=name, title="Approve or refuse what is asked for", roles=roles)
        case "check":
            title = f"Report the {name} check"
            parts, sources = tuple(need.get("parts", ())), tuple(need.get("sources", ()))
            return Offer(kind="check", name=name, title=title, roles=roles, parts=parts, sources=sources)
        case "document":
            title = f"Hand in the {name.replace('_', ' ')}"
            return Offer(kind="document", name=name, title=title, roles=roles, fields=tuple(need.get("fields", ())))
        case "fact":
            told = LISTED.search(need.get("expected", ""))
            values = tuple(one.strip() for one in told[1].split(",")) if told else ()
            return Offer(kind="supplied", name=name, title=f"Say {need.get('ask') or name}", values=values)
    return None


def event_of(offer: Offer, person: str, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event that an offer makes of what was chosen; it is taken at the server's own time.

    `chosen` holds `decision` or `result`, `role`, `source`, `value`, `fields` and `note`, where they were chosen.
    """
    event: dict[str, Any] = {"kind": offer.kind}
    if person:
        event["by"] = person
    if chosen.get("role"):
        event["role"] = chosen["role"]
    match offer.kind:
        case "approval":
            event["decision"] = chosen.get("decision")
        case "check":
            event |= {"check": offer.name, "result": chosen.get("result")}
            event |= {"parts": list(offer.parts)} if offer.parts else {}
            event |= {"source": chosen["source"]} if chosen.get("source") else {}
        case "document":
            event |= {"document": offer.name, "fields": dict(chosen.get("fields") or {})}
            if event.pop("role", None) is not None:
                event["issued_by"] = chosen["role"]
        case "supplied":
            event["facts"] = {offer.name: chosen.get("value")}
    if chosen.get("note"):
        event["note"] = chosen["note"]
    return event


def waits_for(line: Mapping[str, Any], roles: Iterable[str]) -> bool:
    """Say whether a case in a list waits for one of some roles, as its lines name them."""
    heads = [one.partition(":")[0] for one in line["waits_for"]]
    names = {role.replace("_", " ") for role in roles}
    return any(names & set(head.split(" or ")) for head in heads)
