"""AuthZEN asked of policies about other things: several types that act, both kinds at once, a register besides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="needs the extra: pip install 'alpr-policy[server]'")
pytest.importorskip("httpx", reason="needs the extra: pip install 'alpr-policy[client]'")

from tests.adapters.http_kit import HAVEN, NOON, ask, people

from alpr_policy import LivePolicyDecisionPoint
from alpr_policy_adapters.http import Asking, Deciding, Register, Resource, Service

RECORDS = Path(__file__).parent / "server_files" / "records.yaml"
WORKS = """
language: 1
kind: generic
profile: works
department: Works
policy: {title: Doors, number: "1", effective: 2025-01-01}
timezone: Europe/Berlin
silence: deny
facts:
  requester.trusted: {type: bool, means: whether it is trusted}
  user.trusted: {type: bool, actions: [vouch], means: whether the other is trusted}
  door.keeper: {type: relation, means: it keeps the door}
  door.floor: {type: count, means: on which floor the door is}
actions:
  open: {means: open a door}
  vouch: {means: vouch for a user}
entities:
  user: {subject: true, known: {ann: {trusted: true}, ben: {trusted: false}}}
  robot: {subject: true, known: {ann: {trusted: false}, r2: {trusted: false}}}
  door: {known: {gate: {keeper: [ben, r2], floor: 0}, attic: {keeper: []}}}
permissions:
  - {id: keepers, cite: "1", action: open, when: {door.keeper: true, door.floor: {at_most: 3}}}
  - {id: trusted, cite: "2", action: open, when: {requester.trusted: true, door.floor: {at_most: 3}}}
  - {id: vouching, cite: "3", action: vouch, when: {requester.trusted: true, user.trusted: false}}
outline: ["1", "2", "3"]
"""


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """Serve the works, with a register that knows a door more, and says of one what the policy does not."""
    place = tmp_path_factory.mktemp("works") / "works.yaml"
    place.write_text(WORKS, encoding="utf-8")
    doors = {"attic": {"floor": 3}, "cellar": {"floor": 1}, "gate": {"floor": 0}}
    register = Register({"door": {one: Resource("door", one, said) for one, said in doors.items()}})
    deciding = Deciding(LivePolicyDecisionPoint(place, departments=["works"]))
    return Service(Asking(deciding, lambda: NOON, register), departments=("works",))


def asked(served: Service, who: str, act: str, thing: str, **said: Any) -> dict[str, Any]:
    """Ask for one evaluation; a subject and a resource are written `type:id`."""
    (kind, one), (what, which) = who.split(":"), thing.split(":")
    body = {
        "subject": {"type": kind, "id": one, "properties": said.get("subject", {})},
        "action": {"name": act, "properties": said.get("action", {})},
        "resource": {"type": what, "id": which, "properties": said.get("resource", {})},
    }
    data: dict[str, Any] = ask(served, "POST", "/access/v1/evaluation", json=body).json()
    return data


@pytest.mark.parametrize(
    ("subject", "action", "resource", "said", "decision"),
    [
        ("user:ann", "open", "door:gate", {}, True),
        ("robot:ann", "open", "door:gate", {}, False),
        ("robot:r2", "open", "door:gate", {}, True),
        ("user:r2", "open", "door:gate", {"subject": {"trusted": False}}, False),
        ("door:ann", "open", "door:gate", {}, False),
        ("officer:ann", "open", "door:gate", {}, False),
        ("user:ann", "open", "door:attic", {}, True),
        ("user:ann", "open", "door:attic", {"resource": {"floor": 2}}, False),
        ("user:ann", "open", "door:shed", {}, False),
        ("user:ann", "open", "door:shed", {"resource": {"floor": 2}}, True),
        ("user:ben", "open", "door:shed", {"subject": {"trusted": True}, "resource": {"floor": 2}}, False),
        ("user:ann", "vouch", "user:ben", {}, True),
        ("user:ann", "vouch", "user:ann", {}, False),
        ("user:ben", "vouch", "user:ben", {}, False),
        ("user:ben", "vouch", "user:ben", {"resource": {"requester.trusted": True}}, False),
    ],
)
def test_who_acts_on_what(
    works: Service, subject: str, action: str, resource: str, said: dict[str, Any], decision: bool
) -> None:
    """The type of a subject tells apart those of one id, and what a list or the register says is not talked over."""
    assert decision is asked(works, subject, action, resource, **said)["decision"]


@pytest.mark.parametrize(
    ("what", "who", "act", "thing", "results"),
    [
        ("subject", "robot:", "open", "door:gate", ["r2"]),
        ("subject", "user:", "open", "door:gate", ["ann", "ben"]),
        ("subject", "door:", "open", "door:gate", []),
        ("resource", "user:ann", "open", "door:", ["attic", "cellar", "gate"]),
        ("resource", "user:ann", "vouch", "user:", ["ben"]),
        ("action", "user:ann", "", "user:ben", ["vouch"]),
    ],
)
def test_searches_try_what_is_listed(
    works: Service, what: str, who: str, act: str, thing: str, results: list[str]
) -> None:
    """Searches find among what the policy and the register list, and what is found is permitted when asked for."""
    (kind, one), (sort, which) = who.split(":"), thing.split(":")
    body = {"subject": {"type": kind, "id": one}, "action": {"name": act}, "resource": {"type": sort, "id": which}}
    found = ask(works, "POST", f"/access/v1/search/{what}", json=body).json()["results"]
    again = [ask(works, "POST", "/access/v1/evaluation", json={**body, what: one}).json() for one in found]

    assert results == [one.get("id", one.get("name")) for one in found]
    assert [True] * len(results) == [one["decision"] for one in again]


def test_both_kinds_serve_side_by_side() -> None:
    """Served together, each policy is asked in its words, and a caller whom both bind is answered by the stricter."""
    point = LivePolicyDecisionPoint(RECORDS, HAVEN, departments=["records", "haven"])
    answers = {}
    for names in (("haven",), ("records",), ("haven", "records")):
        served = Service(Asking(Deciding(point, people=people()), lambda: NOON), departments=names)
        said = {"purpose": "criminal_investigation", "reason.recorded": True}
        answers["search.run", names] = asked(served, "officer:alice", "search.run", "plate:TEST01", action=said)
        answers["read", names] = asked(served, "user:alice", "read", "record:record-1")

    assert {
        ("search.run", ("haven",)): True,
        ("read", ("haven",)): False,
        ("search.run", ("records",)): False,
        ("read", ("records",)): True,
        ("search.run", ("haven", "records")): False,
        ("read", ("haven", "records")): False,
    } == {key: one["decision"] for key, one in answers.items()}
    assert [] == answers["search.run", ("haven", "records")]["context"].get("ignored", [])


def test_acts_that_may_be_done_under_both_kinds() -> None:
    """A search for acts under both kinds tries the acts of both, and finds none that one of them denies."""
    point = LivePolicyDecisionPoint(RECORDS, HAVEN, departments=["records", "haven"])
    served = Service(Asking(Deciding(point, people=people()), lambda: NOON), departments=("haven", "records"))
    body = {"subject": {"type": "user", "id": "alice"}, "resource": {"type": "record", "id": "record-1"}}
    words = served.asking.words(served.departments)

    assert {"read", "search.run"} <= set(words.actions)
    assert [] == ask(served, "POST", "/access/v1/search/action", json=body).json()["results"]
