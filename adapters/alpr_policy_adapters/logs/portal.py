"""What an agency publishes on a transparency portal, as claims that a profile and a log can be held against.

Free text is matched by a table of phrases (portal_phrases.yaml); what no phrase fits is not compared, and shown.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from alpr_policy.errors import Diagnostic
from alpr_policy.reading.documents import read_document, read_document_file
from alpr_policy.reading.json_lines import is_lines, read_json_lines
from alpr_policy.source import SourceFile, Span
from alpr_policy.suggest import did_you_mean
from alpr_policy_adapters.logs.rows import LogError

TABLE = "portal_phrases.yaml"
MAX_RECORDS, MAX_ITEMS, MAX_TEXT, MAX_COUNT = 10_000, 100, 4_000, 10**12
# Fields whose text is a list: items are parted by commas outside brackets.
LISTED = frozenset({"prohibited_uses", "hotlists_alerted_on"})
# Numbers that something can be held against.
RETENTION, SEARCHES, SHARES = "data_retention_days", "searches_30d", "sharing_outbound_count"
FIGURES = frozenset({RETENTION, SEARCHES, SHARES})
# What says nothing about the policy: where and when the record was made.
ABOUT = frozenset({"_path", "archived_date", "crawled_at", "crawled_name", "crawled_slug", "last_updated"})
NAMES = ("crawled_slug", "crawled_name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One act that a profile is asked about, with the facts of the request."""

    action: str
    where: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One thing that is published: in which field, its words or number, and by what it can be compared."""

    topic: str
    published: str
    number: int | None = None
    barred: tuple[Ask, ...] = ()
    asked: tuple[Ask, ...] = ()
    alerted: tuple[Ask, ...] = ()
    checked: tuple[str, str] | None = None
    offences: frozenset[str] = frozenset()
    blank: str = ""

    @property
    def is_known(self) -> bool:
        """Say whether anything can be compared with it."""
        parts = (self.barred, self.asked, self.alerted, self.checked, self.offences, self.blank)
        return (self.number is not None and self.topic in FIGURES) or any(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalRecord:
    """What one agency published on one day; `places` says where each field stands in the file it was read from."""

    name: str
    slug: str
    day: dt.date | None
    claims: tuple[Claim, ...] = field(default=())
    places: Mapping[str, Span] = field(default_factory=dict, compare=False)


def load_portal(path: Path, agency: str = "") -> PortalRecord:
    """Read a record; of a file with several, JSON Lines, the one of `agency`. Raises LogError."""
    records = _records(path)
    fitting = [one for one in records if not agency or agency in (one[0].get(name) for name in NAMES)]
    if len(fitting) == 1:
        raw, place, source = fitting[0]
        return dataclasses.replace(portal_of(raw), places={str(name): _place(str(name), place, source) for name in raw})
    named = [str(one[name]) for one, _, _ in records for name in NAMES if one.get(name)]
    told = f"no record is of `{agency[:60]}`" if not fitting else f"there are {len(fitting):,} records"
    help = did_you_mean(agency, named) if agency and not fitting else "name one with `--agency`"
    raise LogError([Diagnostic("portal-record", told, Span(str(path), 0, 1), help)])


def _place(name: str, record: Span, source: SourceFile | None) -> Span:
    """Return where a field stands in a document; of one of many lines the line, which holds the whole record."""
    if source is None:
        return record
    word = re.search(rf"""(?m)(?:^|[{{,])[ \t]*["']?({re.escape(name)})["']?[ \t]*:""", source.text)
    if word is None:
        return record
    line = source.text.count("\n", 0, word.start(1)) + 1
    column = word.start(1) - source.text.rfind("\n", 0, word.start(1))
    return Span(record.file, line, column, len(name))


def _records(path: Path) -> list[tuple[Mapping[str, Any], Span, SourceFile | None]]:
    if is_lines(path):
        found: list[tuple[Mapping[str, Any], Span, SourceFile | None]] = []
        for line, value, diagnostics in read_json_lines(path):
            if diagnostics or not isinstance(value, dict):
                told = diagnostics or (Diagnostic("portal-record", "this is no record", Span(str(path), line, 1)),)
                raise LogError(told)
            if len(found) >= MAX_RECORDS:
                told = (
                    Diagnostic("too-many-lines", f"at most {MAX_RECORDS:,} records are read", Span(str(path), line, 1)),
                )
                raise LogError(told)
            found.append((value, Span(str(path), line, 1), None))
        return found
    source, value, found_wrong = read_document_file(path)
    if source is None or any(one.is_error for one in found_wrong):
        raise LogError(found_wrong)
    if not isinstance(value, dict):
        raise LogError([Diagnostic("portal-record", "this is no record of a portal", Span(str(path), 1, 1))])
    return [(value, Span(str(path), 1, 1), source)]


def portal_of(raw: Mapping[str, Any]) -> PortalRecord:
    """Return the claims of a record; a field that is empty or null claims nothing."""
    claims = tuple(claim for name, value in raw.items() if name not in ABOUT for claim in _claims(str(name), value))
    slug, name = (raw.get(key) if isinstance(raw.get(key), str) else "" for key in NAMES)
    return PortalRecord(name=str(name or slug)[:200], slug=str(slug)[:200], day=_day(raw), claims=claims)


def _day(raw: Mapping[str, Any]) -> dt.date | None:
    """Return the day on which a record was made: the figures of its last 30 days end there."""
    for name in ("last_updated", "archived_date", "crawled_at"):
        text = raw.get(name)
        if isinstance(text, str) and re.match(r"\d{4}-\d\d-\d\d", text):
            try:
                return dt.date.fromisoformat(text[:10])
            except ValueError:
                continue
    return None


def _claims(topic: str, value: Any) -> Iterator[Claim]:
    if isinstance(value, list):
        yield from (claim for one in value[:MAX_ITEMS] if isinstance(one, str) for claim in _claims(topic, one))
    elif isinstance(value, int | float | dict):
        counts = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_COUNT
        shown = str(value) if counts or isinstance(value, bool | float) else "something that is no text"
        yield Claim(topic=topic, published=shown, number=value if isinstance(value, int) and counts else None)
    elif isinstance(value, str) and value.strip():
        text = " ".join(value[:MAX_TEXT].split())
        if topic in LISTED:
            yield from (_item(topic, item) for item in _items(text)[:MAX_ITEMS])
        else:
            yield from _sentences(topic, text)


def _items(text: str) -> list[str]:
    """Part a list at its commas; those in brackets part nothing."""
    parts = re.findall(r"(?:\([^()]*\)|[^,()]|[()])+", text.rstrip("."))
    return [part.strip() for part in parts if part.strip()]


def _item(topic: str, text: str) -> Claim:
    whole = folded(text)
    entry = next((one for one in _table().get(topic, ()) if whole in one["folded"]), None)
    return _with(topic, text, entry)


def _sentences(topic: str, text: str) -> Iterator[Claim]:
    """Give a claim for each sentence, with all that its phrases come to."""
    for sentence in re.split(r"(?<=\.)\s+", text)[:MAX_ITEMS]:
        whole = f" {folded(sentence)} "
        fitting: list[Mapping[str, Any] | None] = [
            one for one in _table().get(topic, ())
            if one.get("within") and any(f" {phrase} " in whole for phrase in one["folded"])
        ]  # fmt: skip
        for entry in fitting or [None]:
            yield _with(topic, sentence, entry)


def _with(topic: str, text: str, entry: Mapping[str, Any] | None) -> Claim:
    if entry is None:
        return Claim(topic=topic, published=text)
    checked = entry.get("checked")
    return Claim(
        topic=topic,
        published=text,
        barred=_asks(entry, "barred"),
        asked=_asks(entry, "asked"),
        alerted=_asks(entry, "alerted"),
        checked=(checked["action"], checked["name"]) if checked else None,
        offences=frozenset(folded(one) for one in entry.get("offences", ())),
        blank=entry.get("blank", ""),
    )


def _asks(entry: Mapping[str, Any], key: str) -> tuple[Ask, ...]:
    return tuple(Ask(action=one["action"], where=one["where"]) for one in entry.get(key, ()))


@cache
def _table() -> Mapping[str, tuple[Mapping[str, Any], ...]]:
    text = (files("alpr_policy_adapters.logs") / TABLE).read_text(encoding="utf-8")
    value, found = read_document(SourceFile(TABLE, text))
    if found:
        raise LogError(found)
    return {
        topic: tuple({**one, "folded": frozenset(folded(phrase) for phrase in one["phrases"])} for one in entries)
        for topic, entries in value["claims"].items()
    }


def folded(text: str) -> str:
    """Return what a phrase is known by: its letters and digits, small, with single blanks."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))
