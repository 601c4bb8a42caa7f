"""Laws of access requests: what an approval opens, and that what has come to its end stays there."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="needs the extra: pip install 'alpr-policy[server]'")
pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")
pytest.importorskip("httpx", reason="needs the extra: pip install 'alpr-policy[client]'")

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.adapters.requests_kit import START, TABLE, Talk, World, judged

from alpr_policy.questions.requestable import Passed, RequestStatus, course_of

many = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
ACT: Mapping[str, Any] = TABLE["acts"]["operate"]
PURPOSES = ("criminal_investigation", "stolen_property", "personal")

# Changes


def properties(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a few properties, with values that a rule may or may not take up."""
    values = st.sampled_from((*PURPOSES, True, False, 1, "approved", "suspended", "mobile", None, "bob"))
    return st.dictionaries(st.sampled_from(names), values, max_size=3)


def entities(types: tuple[str, ...], ids: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a subject or a resource, with properties or without."""
    bare = st.fixed_dictionaries({"type": st.sampled_from(types), "id": st.sampled_from(ids)})
    more = properties(("sworn", "status", "kind", "requester.id", "colour"))
    return bare | st.tuples(bare, more).map(lambda both: {**both[0], "properties": both[1]})


ACTIONS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(("device.operate", "data.export", "search.run", "hotlist.add", "fly")),
        "properties": properties(("purpose", "reason.recorded", "device.status"))
        | st.just(ACT["action"]["properties"]),
    }
)
RECORD = {"topic": "device.operate", "decision": "pending", "by": "zoe", "role": "chief"}
CONTEXTS = st.fixed_dictionaries(
    {},
    optional={
        "facts": properties(("purpose", "case.number", "device.status", "requester.id")),
        "departments": st.sampled_from((["haven"], ["harbor"], [], ["nowhere"], None)),
        "approvals": st.sampled_from(([], [RECORD], None)),
        "checks": st.sampled_from(([], None)),
        "holds": st.sampled_from(([], None)),
        "weather": st.just("fair"),
    },
)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "subject": entities(("officer", "user", "robot"), ("bob", "eve", "alice")),
        "action": ACTIONS,
        "resource": entities(("device", "plate", "castle"), ("d-1", "d-2", "d-3")),
        "context": CONTEXTS,
    },
)


@pytest.fixture(scope="module")
def approved() -> Iterator[Talk]:
    """Give a request that was approved and not yet used."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), changes=False)
        talk = Talk(world, "operate")
        talk.ask()
        talk.request()
        talk.event(TABLE["grants"]["chief"])
        talk.look()
        yield talk
        assert talk.redeem()["decision"]
        world.close()


def binding(question: Mapping[str, Any]) -> str:
    """Return what of a question binds, as text: what nobody reads is left out."""
    context = {key: value for key, value in question.get("context", {}).items() if key != "weather"}
    return json.dumps([question["subject"], question["action"], question["resource"], context], sort_keys=True)


@many
@given(change=CHANGES, departments=st.sampled_from(("harbor", "harbor", "harbor", "haven", "haven harbor")))
def test_an_approval_opens_nothing_else(approved: Talk, change: dict[str, Any], departments: str) -> None:
    """An approval for one question opens no other: to any other the answer is the same as without the approval."""
    assume(departments != approved.departments or binding({**ACT, **change}) != binding(ACT))
    without = judged(approved.ask(change, departments))
    found = judged(approved.redeem(change, departments))

    assert without["decision"] == found["decision"]
    assert without["outcome"] == found["outcome"]
    assert None is found["approval"]
    assert found["decision"] or found["reason"] == "out_of_scope"


# Where a request stands

WORDS = ("granted", "refused", "pending", "ended", "pass", "fail", "unclear", None)
KINDS = ("opened", "approval", "check", "document", "supplied", "asked", "withdrawn", "closed", "done", "tick")
STEPS = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from(KINDS),
        st.sampled_from(WORDS),
        st.sampled_from(("allow", "needs", "deny", None)),
        st.booleans(),
    ),
    max_size=8,
)


@many
@given(steps=STEPS, seen=st.integers(0, 8), until=st.integers(1, 20), later=st.integers(0, 30))
def test_an_end_is_final(steps: list[Any], seen: int, until: int, later: int) -> None:
    """A request that was seen to have come to its end stays as it was seen, whatever follows and however late."""
    passed, hours = [], 0
    for pause, kind, word, outcome, turned in steps:
        hours += pause
        at = START + dt.timedelta(hours=hours)
        passed.append(Passed(at=at, kind=kind, word=word, outcome=outcome, turned=turned))
    expires = START + dt.timedelta(hours=until)
    # It is looked at after some step and just before the next one, or long after the last.
    now = passed[seen].at if seen < len(passed) else START + dt.timedelta(hours=hours + seen)
    first = course_of(passed[:seen], expires, now)
    assume(first[0] is not RequestStatus.PENDING)
    end = max(now, passed[-1].at) if passed else now

    assert first == course_of(passed, expires, end + dt.timedelta(hours=later))
