"""A request that becomes a row of a table of acts, and is read back, is decided the same."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st
from tests.laws.strategies import GAPS, Raw, everywhere, requests, subjects

from alpr_policy import Decision
from alpr_policy.reading.records import RECORDS
from alpr_policy.reading.requests import read_request
from alpr_policy.vocabulary import VOCABULARY, FactKind
from alpr_policy_adapters.tables.encoding import row_of
from alpr_policy_adapters.tables.rows import request_of

SETS = {name for name, fact in VOCABULARY.facts.items() if fact.kind is FactKind.SET}
WORKED_OUT = {name for name, fact in VOCABULARY.facts.items() if fact.derived_from}
PEOPLE = ("officer-7", "other-1", "@1", "sergeant-2", "unknown", "")


def gist(decision: Decision) -> Any:
    """Return what a decision says, without why what is not known is not: a row keeps only that."""
    reasons = [(one.rule, one.cite, one.effect, one.truth) for one in decision.reasons]
    needs = sorted((str(one.kind), str(one.name)) for one in decision.needs)
    duties = [(one.task, one.by, one.cite) for one in decision.obligations]
    return decision.outcome, decision.standing, reasons, needs, duties


def held(request: Raw) -> Raw:
    """Return a request without contradictions about facts that are worked out: a row gives up their sources too."""
    facts = request["facts"]
    return {**request, "facts": {n: v for n, v in facts.items() if n not in WORKED_OUT or v not in GAPS[2:]}}


@everywhere
def test_a_row_is_decided_as_its_request(name: str, data: st.DataObject) -> None:
    """What the encoder makes of a request is decided as the request, whoever and whenever its records name."""
    subject = data.draw(subjects(name))
    request = held(data.draw(requests(subject)))
    for record in (one for kind in ("approvals", "checks", "holds") for one in request.get(kind) or ()):
        if data.draw(st.booleans()):
            record["by"] = data.draw(st.sampled_from(PEOPLE))
    sets = SETS | {name for name, fact in subject.text.rules.vocabulary.facts.items() if fact.kind is FactKind.SET}
    own = {name: fact.kind for name, fact in subject.text.rules.vocabulary.facts.items()}
    again = request_of(row_of(request, own), sets) | {"departments": request.get("departments", [])}

    assert gist(subject.text.pdp.decide(request)) == gist(subject.text.pdp.decide(again))


@everywhere
def test_a_request_that_was_read_makes_the_same_row(name: str, data: st.DataObject) -> None:
    """Plain data and what the engine read of it become rows that are decided the same."""
    subject = data.draw(subjects(name))
    raw = held(data.draw(requests(subject)))
    read = read_request(raw)
    own = {name: fact.kind for name, fact in subject.text.rules.vocabulary.facts.items()}
    sets = SETS | {name for name, kind in own.items() if kind is FactKind.SET}
    again = request_of(row_of(read, own), sets) | {"departments": list(read.departments)}

    assert gist(subject.text.pdp.decide(read)) == gist(subject.text.pdp.decide(again))


@everywhere
def test_a_row_tells_persons_apart(name: str, data: st.DataObject) -> None:
    """Of any two records of a row, the same person decided both before and after, or neither."""
    subject = data.draw(subjects(name))
    request = data.draw(requests(subject))
    again = read_request(request_of(row_of(request), SETS))
    before = read_request(request)

    def persons(of: Any) -> list[str | None]:
        asks = of.facts.get("requester.id")
        found = [asks if isinstance(asks, str) and asks not in ("unknown", "withheld") else None]
        return found + [getattr(one, "by", None) for kind in RECORDS for one in getattr(of, kind) or ()]

    def alike(names: list[str | None]) -> list[bool]:
        return [one is not None and one == other for one in names for other in names]

    readable = all((getattr(before, kind) is None) == (getattr(again, kind) is None) for kind in RECORDS)
    assert not readable or alike(persons(before)) == alike(persons(again))


def test_times_stand_in_utc_and_records_relative_to_the_newest() -> None:
    """The newest and oldest record of a list have columns, and each says how much older than the newest it is."""
    approval = {"topic": "search.run", "decision": "granted", "by": "chief-1", "role": "chief"}
    row = row_of(
        {
            "action": "search.run",
            "at": "2026-05-04T10:00:00-04:00",
            "facts": {"requester.id": "officer-7", "requester.roles": ["b", "a"], "case.number": None},
            "approvals": [
                {**approval, "at": "2026-05-04T09:00:00-04:00"},
                {**approval, "by": "officer-7", "at": "2026-05-04T08:00:00-04:00"},
            ],
            "holds": [],
        }
    )

    assert dt.datetime(2026, 5, 4, 14) == row["at"]
    assert ("a|b", "case.number", "[]") == (row["requester.roles"], row["none"], row["holds"])
    assert (dt.datetime(2026, 5, 4, 13), dt.datetime(2026, 5, 4, 12)) == (row["approvals.last"], row["approvals.first"])
    first = '{"by":"@1","decision":"granted","earlier":0,"role":"chief","topic":"search.run"}'
    second = '{"by":"@requester","decision":"granted","earlier":3600,"role":"chief","topic":"search.run"}'
    assert f"[{first},{second}]" == row["approvals"]
