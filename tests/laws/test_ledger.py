"""The ledger: what is kept is what was decided, what is proven holds, and what is purged is gone."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.laws.strategies import SHIPPED, cases
from tests.laws.test_payloads import VALUES

from alpr_policy import PolicyDecisionPoint, Request
from alpr_policy.durations import CalendarSpan
from alpr_policy.model.values import Gap, Unknown
from alpr_policy.reading.requests import read_request
from alpr_policy_adapters.ledger import Kind, Ledger, NewRow, decision_row, recompute, recording, verify, words_in
from alpr_policy_adapters.ledger.canonical import canonical, is_canonical
from alpr_policy_adapters.ledger.merkle import Tree, continued, included, leaf_hash, node_hash
from alpr_policy_adapters.ledger.requests import request_of, request_wire

pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")
AT = dt.datetime(2026, 5, 4, 14, 0, tzinfo=dt.UTC)
POINT = PolicyDecisionPoint.load()
WORDS = words_in(POINT.catalog)
LEAVES = st.lists(st.binary(max_size=3), min_size=1, max_size=40)
SECRET = "QZX7WVK"
FACTS = ("purpose", "plate.number", "requester.id", "case.state", "record.captured", "hotlist.age", "plate.state", "4q")


def _root(leaves: list[bytes]) -> bytes:
    """Return the root as RFC 6962 defines it."""
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node_hash(_root(leaves[:half]), _root(leaves[half:]))


def _places(leaves: list[bytes], index: int, size: int) -> list[int]:
    return [at for at in range(size) if leaves[at] == leaves[index]]


@given(LEAVES, st.data())
def test_inclusion_is_proven_for_one_place_alone(leaves: list[bytes], data: st.DataObject) -> None:
    """The proof that a row is in the tree holds for that row, place, size and root, and for no other."""
    tree, size = Tree(leaves), data.draw(st.integers(1, len(leaves)))
    index = data.draw(st.integers(0, size - 1))
    path, root = tree.inclusion(index, size), _root(leaves[:size])
    at, other = data.draw(st.integers(0, size + 1)), data.draw(st.binary(max_size=3))
    spoilt = data.draw(st.sampled_from([path[1:], (*path, root), path[::-1], tuple(bytes(32) for _ in path)]))

    assert root == tree.root(size)
    assert included(leaves[index], index, size, path, root)
    assert (other == leaves[index]) == included(other, index, size, path, root)
    assert (spoilt == path) == included(leaves[index], index, size, spoilt, root)
    assert at in _places(leaves, index, size) or not included(leaves[index], at, size, path, root)


@given(LEAVES, LEAVES, st.data())
def test_growth_is_proven_for_what_grew_alone(leaves: list[bytes], others: list[bytes], data: st.DataObject) -> None:
    """The proof that a ledger only grew holds for the two trees that it was made of, and for no other beginning."""
    second = data.draw(st.integers(1, len(leaves)))
    first = data.draw(st.integers(1, second))
    path = Tree(leaves).consistency(first, second)
    old, new, other = _root(leaves[:first]), _root(leaves[:second]), _root(others)

    assert continued(first, second, path, old, new)
    assert (other == old) == continued(first, second, path, other, new)
    assert (other == new) == continued(first, second, path, old, other)
    assert not continued(first, second, (*path, old), old, new)


@given(VALUES)
@settings(max_examples=60)
def test_there_is_one_spelling(value: Any) -> None:
    """A value is written in one way, and read back from it; another spelling of it is told from the one."""
    try:
        text = canonical(value)
    except Exception as error:
        assert error.__class__.__name__ == "LedgerRowError"
        return

    assert value == json.loads(text)
    assert is_canonical(text)
    assert not is_canonical(" " + text)


ODD = st.sampled_from(
    [
        dt.datetime(2026, 5, 4, 10, tzinfo=dt.timezone(dt.timedelta(hours=-4))),
        dt.date(2026, 5, 4),
        frozenset({"one", "two"}),
        CalendarSpan.parse("14 days"),
        Unknown(Gap.CONFLICT, "two sources"),
        10**30,
        {"$moment": "not one"},
        {"conflict": ["a", "b"]},
        float("inf"),
    ]
)
NAMES = st.sampled_from(FACTS) | st.text(max_size=5)


@st.composite
def asked(draw: st.DrawFn) -> Request:
    """Draw a request as programs hand it over: odd values, unknown names, records that may be wrong."""
    words = st.sampled_from(["granted", "search.run", "unknown", "withheld", "2026-05-04", SECRET, "clerk", "visual"])
    record = st.dictionaries(
        st.sampled_from(["topic", "decision", "by", "at", "expires", "ended", "check", "result"]), words
    )
    good = st.fixed_dictionaries(
        {"topic": words, "decision": st.just("granted")},
        optional={"by": words, "expires": st.just("withheld"), "ended": st.booleans(), "scope": st.just({"a.b": [1]})},
    )
    raw = {
        "action": draw(st.sampled_from(["search.run", "data.share", "fly"])),
        "at": draw(st.sampled_from(["2026-05-04T10:00:00-04:00", "2026-05-04T10:00:00.123456Z", "today"])),
        "departments": draw(st.lists(st.sampled_from(["cambridge", "leicester", SECRET]), max_size=2)),
        "facts": draw(st.dictionaries(NAMES, VALUES | ODD, max_size=5)),
        "approvals": draw(st.none() | st.lists(good | record, max_size=3)),
        "id": draw(st.none() | st.text(max_size=5)),
        **draw(st.dictionaries(st.text(max_size=4), st.integers(), max_size=1)),
    }
    return read_request(raw)


@given(asked())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_kept_request_is_the_request(request: Request) -> None:
    """A request that is kept and read back gives the same decision, and is kept in the same words again."""
    kept = json.loads(canonical(request_wire(request)))
    again = request_of(kept)

    assert POINT.decide(request) == POINT.decide(again)
    assert kept == request_wire(again)


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_every_decision_is_derived_again(name: str, tmp_path: Path) -> None:
    """Every recorded decision is derived again from what the ledger keeps, with no field different."""
    ledger = Ledger.open(str(tmp_path / "ledger.db"), create=True)
    record = recording(SHIPPED[name].text.pdp, ledger, clock=lambda: AT)

    @given(cases(name))
    @settings(max_examples=25, suppress_health_check=list(HealthCheck))
    def fill(case: tuple[Any, Any]) -> None:
        record(case[1], departments=[name])

    fill()
    found = recompute(ledger)

    assert ([], []) == (found.different, found.not_recomputable)
    assert found.same >= 20
    assert [] == verify(ledger).findings


PLACES = ("fact", "value", "strange", "by", "topic", "scope", "scope name", "id", "department", "action", "key", "of")


def _with_secret(place: str) -> dict[str, Any]:
    raw: dict[str, Any] = {"action": "search.run", "at": "2026-05-04T10:00:00-04:00", "departments": ["cambridge"]}
    approval: dict[str, Any] = {"topic": "search.run", "decision": "granted", "by": "clerk", "scope": {}}
    facts: dict[str, Any] = {"purpose": "criminal_investigation"}
    match place:
        case "by" | "topic":
            approval[place] = SECRET
        case "scope":
            approval["scope"] = {"requester.id": SECRET}
        case "scope name":
            approval["scope"] = {f"{SECRET}.x": 1}
        case "strange":
            facts[f"{SECRET}.x"] = 1
        case "id" | "action":
            raw[place] = SECRET
        case "department":
            raw["departments"] = ["cambridge", SECRET]
        case "key":
            raw[SECRET] = 1
        case "of":
            raw["events"] = [{"event": "case_closed", "of": SECRET, "at": "2026-05-01T10:00:00-04:00"}]
    return {**raw, "facts": facts, "approvals": [approval]}


@given(
    st.sets(st.sampled_from(PLACES), min_size=1), st.sampled_from(sorted(WORDS.facts)), st.sampled_from([0, 1, 2, 3])
)
def test_nothing_but_words_stays(places: set[str], fact: str, how: int) -> None:
    """Of what a request brings only words of the language and of profiles, numbers and times cannot be purged."""
    raw = _with_secret("")
    for place in places:
        one = _with_secret(place)
        for key in one:
            if one[key] != _with_secret("")[key] if key in raw else True:
                raw[key] = one[key]
    if places & {"fact", "value"}:
        raw["facts"] = {**raw["facts"], fact: [SECRET, [SECRET], {"conflict": [SECRET, "x"]}, {"x": SECRET}][how]}
    request = read_request(raw)
    row = decision_row(request, POINT.decide(request), words=WORDS, texts=None, now=AT)

    assert SECRET not in canonical(dict(row.body))
    assert SECRET not in "".join([*row.personal, *row.departments])
    assert SECRET in str([one.value for one in row.personal.values()])


@given(purges=st.lists(st.lists(st.integers(2, 7), min_size=1, max_size=3), max_size=4), data=st.data())
@settings(max_examples=12, suppress_health_check=list(HealthCheck))
def test_purging_leaves_a_whole_ledger(purges: list[list[int]], data: st.DataObject, tmp_path_factory: Any) -> None:
    """Whatever is purged, in whatever order, the ledger is whole, and just what was not purged is left."""
    ledger = Ledger.open(str(tmp_path_factory.mktemp("purging") / "ledger.db"), create=True)
    rows = [
        NewRow(kind=Kind.DUTY, happened=AT, body={"n": n}, personal={"/by": f"p{n}", "/note": "x"}) for n in range(6)
    ]
    ledger.append(rows)
    left = {(seq, path) for seq in range(2, 8) for path in ("/by", "/note")}
    for numbers in purges:
        path = data.draw(st.sampled_from(["/by", "/note", None]))
        ledger.purge([(seq, [path]) if path else seq for seq in numbers], cite=["V"], by="clerk", at=AT)
        left -= {(seq, one) for seq in numbers for one in ("/by", "/note") if path in (one, None)}
    there = {(row.seq, path) for row in ledger.rows() if row.kind is Kind.DUTY for path in row.personal}
    report = verify(ledger)
    ledger.close()

    assert left == there
    assert ([], 12 - len(left)) == (report.findings, report.purged)
