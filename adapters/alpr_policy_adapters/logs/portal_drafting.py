"""A draft of a profile from what an agency publishes on a transparency portal; each guess is marked for review.

The words of the record stand nowhere in the draft: a comment names the field that a guess comes from.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any

from alpr_policy.questions.drafting import Draft, Extra, topics
from alpr_policy.questions.drafting.drafts import EARLIEST, LATEST
from alpr_policy.reading.documents import read_document
from alpr_policy.reading.text_files import forbidden
from alpr_policy.source import SourceFile
from alpr_policy_adapters.logs.portal import Ask, Claim, PortalRecord
from alpr_policy_adapters.logs.rows import LogError

TABLE = "portal_drafts.yaml"
LONGEST = 60
# Where the record names none; what it bars is taken out.
PURPOSES = ("criminal_investigation", "stolen_property", "missing_person", "warrant")
OPEN = {
    "number": "review: the record names neither title nor number of the policy",
    "effective": "review: the record does not say since when the policy binds; this is the day of the record, or today",
    "timezone": "review: the record names no time zone",
    "silence": "review: the record does not say what follows where the policy says nothing",
    "purposes": "review: the record does not list the purposes that are official; these are usual ones",
}


@dataclass(slots=True)
class _Found:
    """What the claims of a record have come to so far."""

    taken: dict[str, object] = field(default_factory=dict)
    reviews: dict[str, str] = field(default_factory=lambda: dict(OPEN))
    extras: dict[str, tuple[Mapping[str, Any], list[str], list[str]]] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    barred: set[str] = field(default_factory=set)


def portal_draft(
    record: PortalRecord, *, today: dt.date, name: str | None = None, timezone: str = "America/New_York"
) -> Draft:
    """Return the draft of a profile; `today` stands for the first day where the record has no day.

    Without `name` the id is made of the record's slug.
    """
    found = _Found()
    for claim in record.claims:
        if not any([_asked(claim, found), _checked(claim, found), _figure(claim, found)]):
            found.left[claim.topic] = found.left.get(claim.topic, 0) + 1
    day = record.day if record.day is not None and EARLIEST <= record.day <= LATEST else today
    return Draft(
        profile=name or profile_id(record),
        department=_visible(record.name) or "A Police Department",
        title="Automated License Plate Readers",
        number="1",
        effective=day,
        timezone=timezone,
        silence="deny",
        chief="Chief of Police",
        purposes=tuple(one for one in PURPOSES if one not in found.barred) or ("other_official",),
        taken=found.taken,
        extras=tuple(_extra(number, *one) for number, one in enumerate(found.extras.values(), start=1)),
        reviews=found.reviews,
        notes=_notes(record, found),
    )


def profile_id(record: PortalRecord) -> str:
    """Return an id for the profile of an agency, from its slug."""
    made = re.sub(r"[^a-z0-9]+", "_", (record.slug or record.name).casefold()).strip("_")[:LONGEST].rstrip("_")
    return made if re.match(r"[a-z]", made) else f"agency_{made}".rstrip("_")


def _asked(claim: Claim, found: _Found) -> bool:
    """Take up what a claim says of acts; say whether the table had anything for it."""
    used = False
    for kind, asks in (("barred", claim.barred), ("asked", claim.asked), ("alerted", claim.alerted)):
        for entry, several in _by_entry(kind, asks):
            used = True
            values = [str(value) for ask in several for value in _values(ask, entry["fact"])]
            if entry["fact"] == "purpose":
                # What another claim bars already needs no second statement.
                values = [value for value in values if value not in found.barred]
                found.barred |= set(values)
            if values:
                _take(entry, values, claim.topic, found)
    return used


def _by_entry(kind: str, asks: Iterable[Ask]) -> list[tuple[Mapping[str, Any], list[Ask]]]:
    """Return what the table has for some acts, with the acts to which it goes."""
    several = list(asks)
    pairs = ((entry, [ask for ask in several if entry["fact"] in ask.where]) for entry in _table()[kind])
    return [(entry, fitting) for entry, fitting in pairs if fitting]


def _values(ask: Ask, fact: str) -> list[Any]:
    value = ask.where[fact]
    return list(value) if isinstance(value, list | tuple) else [value]


def _checked(claim: Claim, found: _Found) -> bool:
    entries = [one for one in _table()["checked"] if claim.checked is not None and one["fact"] == claim.checked[1]]
    for entry in entries:
        _take(entry, [], claim.topic, found)
    return bool(entries)


def _figure(claim: Claim, found: _Found) -> bool:
    entry = _table()["figures"].get(claim.topic)
    if entry is None or claim.number is None:
        return False
    if "section" in entry:
        found.reviews[f"section {entry['section']}"] = _review(claim.topic, entry)
        return True
    topic = next(one for one in topics() if one.name == entry["topic"])
    if not claim.number or not topic.fits(claim.number):
        return False
    found.taken[topic.name] = claim.number
    found.reviews[topic.name] = _review(claim.topic, entry)
    return True


def _take(entry: Mapping[str, Any], values: list[str], field_: str, found: _Found) -> None:
    if "topic" in entry:
        found.taken[entry["topic"]] = True
        found.reviews[entry["topic"]] = _review(field_, entry)
        return
    # Purposes that one claim names make one statement; lists that are alerted on make one all together.
    name = "-".join(values).replace("_", "-") if "$name" in entry["id"] else ""
    _, known, fields = found.extras.setdefault(Template(entry["id"]).substitute(name=name), (entry, [], []))
    known += [value for value in values if value not in known]
    fields += [field_] if field_ not in fields else []


def _extra(number: int, entry: Mapping[str, Any], values: list[str], fields: list[str]) -> Extra:
    name = "-".join(values).replace("_", "-")
    words = {
        "id": Template(entry["id"]).substitute(name=name),
        "name": name,
        "values": ", ".join(values),
        "first": values[0] if values else "",
    }
    return Extra(
        id=words["id"],
        bars=tuple(values) if entry["fact"] == "purpose" else (),
        section=entry["section"],
        clause=f"8.{number}",
        gist=entry["gist"],
        statement=Template(entry["statement"]).safe_substitute(words),
        cases=Template(entry.get("cases", "")).safe_substitute(words),
        review=_review(" and ".join(fields), entry),
    )


def _review(field_: str, entry: Mapping[str, Any]) -> str:
    return f"review: from the field {field_}; look up {entry['review']}"


def _notes(record: PortalRecord, found: _Found) -> tuple[str, ...]:
    of = f" of {record.day.isoformat()}" if record.day else ""
    left = [f"{name} ({count})" if count > 1 else name for name, count in sorted(found.left.items())]
    notes = [
        f"Drafted from a record{of} of a transparency portal. What is published is not the policy: every line marked "
        "with “review” is a guess, and clause numbers are stand-ins.",
    ]
    if left:
        notes.append(
            f"Nothing was drafted from these fields of the record; read them: {_visible(', '.join(left), 1_000)}."
        )
    return tuple(notes)


def _visible(text: str, most: int = 150) -> str:
    """Return a text of the record on one line, short, without characters that a profile may not hold."""
    return " ".join(forbidden().sub(" ", text).split())[:most].strip()


@cache
def _table() -> Mapping[str, Any]:
    text = (files("alpr_policy_adapters.logs") / TABLE).read_text(encoding="utf-8")
    value, found = read_document(SourceFile(TABLE, text))
    if found:
        raise LogError(found)
    table: Mapping[str, Any] = value
    return table


__all__ = ["portal_draft", "profile_id"]
