"""The three searches of AuthZEN: who may do this, on what, and what may be done. A search is a question and no act."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from alpr_policy.reading.requests import read_request
from alpr_policy_adapters.http.authzen import Asking, question_of
from alpr_policy_adapters.http.limits import Deadline, Refusal
from alpr_policy_adapters.http.mapping import Question
from alpr_policy_adapters.http.obligations import supported_of, unsupported
from alpr_policy_adapters.http.speaking import PERSONS, Words

ENTITIES: Final = ("subject", "action", "resource")


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page begins among the candidates, and how many results it holds at most."""

    start: int
    limit: int
    digest: str


def search(
    asking: Asking, what: str, body: Mapping[str, Any], departments: Iterable[str], deadline: Deadline
) -> dict[str, Any]:
    """Search `what` (subject, resource or action) for what would be permitted; raises Refusal."""
    question = question_of(body, without="action" if what == "action" else "", only_type=what)
    page = page_of(body, what, asking.limits.page)
    words = asking.words(names := tuple(departments))
    candidates = _candidates(asking, what, question, words)
    if len(candidates) > asking.limits.candidates:
        raise Refusal(400, f"there are more than {asking.limits.candidates:,} candidates")
    found, place = _scan(asking, candidates, page, names, deadline, supported_of(question.context))
    token = _token(place, page) if place < len(candidates) else ""
    return {"page": {"next_token": token, "count": len(found)}, "results": found}


def _scan(
    asking: Asking,
    candidates: Sequence[tuple[dict[str, Any], Question]],
    page: Page,
    departments: tuple[str, ...],
    deadline: Deadline,
    supported: frozenset[str] | None,
) -> tuple[list[dict[str, Any]], int]:
    """Return one page of results, and the place of the next result, or of the end.

    What would be permitted with an obligation that the caller does not support is left out, and nothing else is.
    """
    found: list[dict[str, Any]] = []
    words = asking.words(departments)
    for place in range(page.start, len(candidates)):
        deadline.check()
        result, question = candidates[place]
        request = read_request(asking.mapped(question, words).request)
        decision = asking.deciding.tried(request, departments)
        if decision.proceed and not unsupported(decision, supported):
            if len(found) == page.limit:
                return found, place
            found.append(result)
    return found, len(candidates)


def _candidates(asking: Asking, what: str, question: Question, words: Words) -> list[tuple[dict[str, Any], Question]]:
    """Return what is to be tried, in a lasting order; nothing for a type that nobody knows."""
    subject, action, resource, context = question.subject, question.action, question.resource, question.context
    if what == "action":
        return [({"name": name}, Question(subject, {"name": name}, resource, context)) for name in words.actions]
    if what == "subject":
        return [
            (_entity(subject, name), Question({**subject, "id": name}, action, resource, context))
            for name in _persons(asking, subject["type"], words)
        ]
    listed = {one.id for one in asking.register.of_type(resource["type"])}
    return [
        (_entity(resource, name), Question(subject, action, {**resource, "id": name}, context))
        for name in sorted(listed | set(words.listed.get(resource["type"], ())))
    ]


def _entity(searched: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {"type": searched["type"], "id": name}


def _persons(asking: Asking, type: str, words: Words) -> list[str]:
    """Return those of a type who may act: whom the directory knows, and whom a policy lists."""
    if type not in words.persons:
        return []
    people = asking.deciding.people
    known = {one.id for one in people.persons} if people is not None and type in PERSONS else set()
    return sorted(known | set(words.listed.get(type, ())))


# Pages


def page_of(body: Mapping[str, Any], what: str, most: int) -> Page:
    """Read which page is asked for; raises Refusal (400) for a token that belongs to another search."""
    raw = body.get("page")
    if raw is None:
        raw = {}
    if not isinstance(raw, dict):
        raise Refusal(400, "`page` must be an object")
    if not isinstance(raw.get("properties"), dict | None):
        raise Refusal(400, "`page.properties` must be an object")
    limit = _limit(raw.get("limit"))
    digest = _digest(body, raw, what)
    token = raw.get("token")
    if token is None or token == "":
        return Page(0, min(limit or most, most), digest)
    start, kept, of = _read_token(token)
    if of != digest or (limit is not None and min(limit or most, most) != kept):
        raise Refusal(400, "`page.token` belongs to another search")
    return Page(start, min(max(kept, 1), most), digest)


def _limit(raw: Any) -> int | None:
    """Read the wished size of a page; 0 is no wish, since a page that holds nothing would never lead to the end."""
    if raw is None:
        return None
    if not isinstance(raw, int) or isinstance(raw, bool) or raw < 0:
        raise Refusal(400, "`page.limit` must be a whole number, 0 or more")
    return raw


def _digest(body: Mapping[str, Any], page: Mapping[str, Any], what: str) -> str:
    """Return the fingerprint of a search, which all its pages share: what it asks, but not for which page."""
    asked = {name: body.get(name) for name in (*ENTITIES, "context") if name != what or what != "action"}
    text = json.dumps([what, asked, page.get("properties")], sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:24]


def _token(place: int, page: Page) -> str:
    return base64.urlsafe_b64encode(json.dumps([place, page.limit, page.digest]).encode("ascii")).decode("ascii")


def _read_token(raw: Any) -> tuple[int, int, str]:
    try:
        place, limit, digest = json.loads(base64.b64decode(raw, altchars=b"-_", validate=True))
    except (TypeError, ValueError, binascii.Error, RecursionError):
        raise Refusal(400, "`page.token` is none that was given out") from None
    counts = all(isinstance(one, int) and not isinstance(one, bool) and 0 <= one < 2**31 for one in (place, limit))
    if not counts or not isinstance(digest, str):
        raise Refusal(400, "`page.token` is none that was given out")
    return place, limit, digest
