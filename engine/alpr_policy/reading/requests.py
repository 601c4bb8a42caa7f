"""From plain data (JSON, YAML, a dict) to a request. Never raises: a fault denies or leaves a fact unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, Final

from alpr_policy.durations import moment_with_text
from alpr_policy.errors import Diagnostic, Severity
from alpr_policy.model.quick import maker
from alpr_policy.model.request import Request
from alpr_policy.model.values import is_text, printable
from alpr_policy.reading.records import (
    MAX_RECORDS,
    MAX_WORD,
    RECORDS,
    Kind,
    MalformedError,
    group_of,
    read_moment,
    read_record,
    shown_key,
)
from alpr_policy.suggest import did_you_mean
from alpr_policy.vocabulary import VOCABULARY

MAX_FACTS = 500
KEYS = ("action", "at", "departments", "facts", "approvals", "checks", "documents", "holds", "events", "id", "request")
# The names of facts that never hold further names, and the classes of values that are no groups.
_KEYS = frozenset(KEYS)
EVERY = frozenset(VOCABULARY.facts)
DOTTED = frozenset(name for name in EVERY if "." in name)
BARE = tuple(sorted(EVERY - DOTTED))
PLAIN = frozenset({str, bool, int, list, tuple})
NO_FACTS: Final[dict[str, Any]] = {}
APPROVALS, CHECKS, DOCUMENTS, HOLDS, EVENTS = RECORDS.values()
# Of how many sets of keys and names is kept that they are in order; of how many names, and how long, at most.
MOST_SEEN, MOST_NAMES, LONGEST_KEPT = 500, 100, 80
_KEYS_SEEN: Final[set[tuple[str, ...]]] = set()
_NAMES_SEEN: Final[dict[tuple[str, ...], tuple[str, ...]]] = {}
make_request = maker(Request)
NO_TIME = dt.datetime(1, 1, 2, tzinfo=dt.UTC)


class _Faults:
    def __init__(self) -> None:
        self.found: list[Diagnostic] = []

    def note(self, code: str, message: str, help: str = "") -> None:
        self.found.append(Diagnostic(code, message, help=help, severity=Severity.WARNING))


def read_request(raw: Any) -> Request:
    """Read one request; a fault without which nothing can be judged makes it fatal."""
    plain = read_plain(raw) if raw.__class__ is dict else None
    return read_closely(raw) if plain is None else plain[0]


def read_closely(raw: Any) -> Request:
    """Read one request as `read_request` does, whatever it is, taking apart what is to be taken apart."""
    faults = _Faults()
    raw = group_of(raw, MAX_FACTS)
    if raw is None:
        faults.note("request-shape", "a request is a group of keys", "it needs at least `action` and `at`")
        return _request("", NO_TIME, faults, fatal=True)
    for key in raw:
        if key not in KEYS:
            told = f"`{shown_key(key)}` is not a key of a request"
            faults.note("request-key", told, did_you_mean(shown_key(key), KEYS))
    action, at = raw.get("action"), _instant(raw.get("at"), faults)
    action = printable(action) if isinstance(action, str) else action
    if not is_text(action, MAX_WORD) or not action:
        faults.note("request-action", "a request names its `action`", "see `alpr-policy facts`")
        action = ""
    departments = _departments(raw.get("departments"), faults)
    lists = {name: _records(name, raw[name], faults) for name in RECORDS if raw.get(name) is not None}
    identity = raw.get("id")
    return _request(
        action,
        at or NO_TIME,
        faults,
        fatal=not action or at is None or departments is None,
        departments=departments or (),
        facts=_facts(raw.get("facts"), faults),
        id=identity if is_text(identity, MAX_WORD) else None,
        **lists,
    )


def read_plain(raw: dict[Any, Any]) -> tuple[Request, str] | None:
    """Read a request as programs write it, with nothing in it to take apart or to find fault with; None for others.

    Beside it stands its time as `isoformat` writes it.
    """
    get = raw.get
    action, at, facts, names = get("action"), get("at"), get("facts", NO_FACTS), get("departments", ())
    if action.__class__ is not str or at.__class__ is not str or facts.__class__ is not dict:
        return None
    if not 0 < len(action) <= MAX_WORD or not action.isascii() or get("id") is not None:
        return None
    told = moment_with_text(at)
    bare = _bare(facts)
    if told is None or bare is None or not _are_keys(raw):
        return None
    for name in bare:
        if facts[name].__class__ not in PLAIN and facts[name] is not None:
            return None
    if not (names.__class__ is list or names.__class__ is tuple) or len(names) > 50:
        return None
    for name in names:
        if not _is_word(name):
            return None
    approvals, checks = get("approvals"), get("checks")
    documents, holds, events = get("documents"), get("holds"), get("events")
    if approvals is not None and (approvals := _plain_records(APPROVALS, approvals)) is None:
        return None
    if checks is not None and (checks := _plain_records(CHECKS, checks)) is None:
        return None
    if documents is not None and (documents := _plain_records(DOCUMENTS, documents)) is None:
        return None
    if holds is not None and (holds := _plain_records(HOLDS, holds)) is None:
        return None
    if events is not None and (events := _plain_records(EVENTS, events)) is None:
        return None
    departments = tuple(names) if len(names) < 2 else tuple(dict.fromkeys(names))
    request = make_request(
        action, told[0], departments, facts.copy(), approvals, checks, documents, holds, events, None, (), False
    )
    return request, told[1]


def _are_keys(raw: dict[Any, Any]) -> bool:
    """Say whether all keys are those of a request; kept, since a caller mostly gives the same ones."""
    keys = tuple(raw)
    if keys in _KEYS_SEEN:
        return True
    if not raw.keys() <= _KEYS:
        return False
    if len(_KEYS_SEEN) < MOST_SEEN and all(key.__class__ is str for key in keys):
        _KEYS_SEEN.add(keys)
    return True


def _bare(facts: dict[Any, Any]) -> tuple[str, ...] | None:
    """Return which names of facts are without a dot, None where one could be a group; kept, as keys of requests are."""
    if len(facts) > MAX_FACTS:
        return None
    names = tuple(facts)
    bare = _NAMES_SEEN.get(names)
    if bare is not None:
        return bare
    for name in names:
        # A profile's own fact, or a name that nobody knows: either way one name, if it is dotted.
        if name not in EVERY and (name.__class__ is not str or "." not in name or not _is_word(name)):
            return None
    bare = tuple([name for name in BARE if name in facts])
    few = len(_NAMES_SEEN) < MOST_SEEN and len(names) <= MOST_NAMES
    if few and all(name.__class__ is str and len(name) <= LONGEST_KEPT for name in names):
        _NAMES_SEEN[names] = bare
    return bare


def _is_word(raw: Any) -> bool:
    return raw.__class__ is str and 0 < len(raw) <= MAX_WORD and raw.isascii()


def _plain_records(kind: Kind, raw: Any) -> tuple[Any, ...] | None:
    """Read a list of records in which nothing is wrong; None for any other."""
    if raw == []:
        return ()
    if raw.__class__ is not list or len(raw) > MAX_RECORDS:
        return None
    read = kind.read_plain
    try:
        return tuple([read(one) or read_record(kind, one) for one in raw])
    except MalformedError:
        return None


def _request(action: str, at: dt.datetime, faults: _Faults, *, fatal: bool, **parts: Any) -> Request:
    return Request(action=action, at=at, faults=tuple(faults.found), fatal=fatal, **parts)


def _instant(raw: Any, faults: _Faults) -> dt.datetime | None:
    try:
        moment = read_moment(raw, "at")
    except MalformedError as error:
        faults.note("request-time", str(error), "write it as 2026-05-01T12:00:00-04:00")
        return None
    if not isinstance(moment, dt.datetime):
        faults.note(
            "request-time",
            "a request says when: `at` with date, time and offset",
            "write it as 2026-05-01T12:00:00-04:00",
        )
        return None
    return moment


def _departments(raw: Any, faults: _Faults) -> tuple[str, ...] | None:
    names = [raw] if isinstance(raw, str) else [] if raw is None else raw
    if not isinstance(names, list | tuple) or len(names) > 50 or not all(is_text(n, MAX_WORD) and n for n in names):
        # An unreadable list must not lose a department whose policy binds, so nothing can be judged.
        faults.note("request-departments", "`departments` is a list of profile ids")
        return None
    return tuple(dict.fromkeys(names))


def _facts(raw: Any, faults: _Faults) -> Mapping[str, Any]:
    if raw is None:
        return {}
    group = group_of(raw, MAX_FACTS)
    if group is None:
        faults.note("request-facts", f"`facts` is a group of at most {MAX_FACTS} facts")
        return {}
    if all(_stands_by_itself(name, group[name]) for name in group.keys() - DOTTED):
        return group
    found: dict[str, Any] = {}
    for name, value in _flat(group, faults):
        if name in found:
            faults.note("request-facts", f"the fact `{name[:60]}` is given twice")
            value = {"conflict": [found[name], value]}
        found[name] = value
    return found


def _stands_by_itself(name: Any, value: Any) -> bool:
    """Say whether a fact's name is one as it stands, and no group of names."""
    if not is_text(name, MAX_WORD):
        return False
    return "." in name or value is None or value.__class__ in PLAIN


def _flat(raw: Mapping[Any, Any], faults: _Faults) -> Iterator[tuple[str, Any]]:
    """Yield facts by their dotted names; `{stop: {basis: hit}}` is `stop.basis`."""
    for name, value in raw.items():
        inside = group_of(value, MAX_FACTS)
        if not is_text(name, MAX_WORD):
            faults.note("request-facts", "the name of a fact is a short text")
        elif "." not in name and inside is not None and "conflict" not in inside:
            named = {f"{name}.{inner}" if isinstance(inner, str) else inner: one for inner, one in inside.items()}
            yield from _flat(named, faults)
        else:
            yield name, value


def _records(name: str, raw: Any, faults: _Faults) -> tuple[Any, ...] | None:
    """Read a record list; one bad record makes the whole list unknown, since it might be the one that forbids."""
    if raw == []:
        return ()
    if raw in ("unknown", "withheld"):
        return None
    if not isinstance(raw, list | tuple) or len(raw) > MAX_RECORDS:
        faults.note("request-records", f"`{name}` is a list of at most {MAX_RECORDS} records")
        return None
    try:
        return tuple(read_record(RECORDS[name], one) for one in raw)
    except MalformedError as error:
        faults.note("request-records", f"a record of `{name}` cannot be read, so all of them are unknown: {error}")
        return None
