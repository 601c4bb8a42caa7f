"""The published JSON Schemas: current, true to what is shipped and decided, and of one mind with the reader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.suites import Case, read_suite

from alpr_policy import PolicyDecisionPoint
from alpr_policy.questions.decisions import read_decision
from alpr_policy.questions.schemas import SCHEMAS, published
from alpr_policy.reading.generic_shape import read_whole
from alpr_policy.reading.shapes import Notes
from alpr_policy.reading.yaml_nodes import MappingNode, parse, read_text
from alpr_policy.reading.yaml_plain import to_plain

ROOT = Path(__file__).resolve().parents[2]
POLICIES = sorted((ROOT / "policies").glob("*.yaml"))
BAD = sorted((ROOT / "tests" / "cases" / "bad").rglob("*.yaml"))
# What the shape of a file shows. The rest (whether a word is known, whether things hang together) no schema can see.
STRUCTURAL = frozenset(
    {
        "unknown-key",
        "missing-key",
        "wrong-type",
        "bad-choice",
        "bad-word",
        "bad-period",
        "empty-list",
        "empty-condition",
        "unknown-matcher",
        "out-of-range",
        "other-kind",
    }
)
CASES = [
    pytest.param(case, id=f"{path.stem}: {case.name}")
    for path in sorted((ROOT / "tests" / "policies").glob("*.yaml"))
    for case in read_suite(path).cases
]
VALIDATORS = {name: Draft202012Validator(make()) for name, make in SCHEMAS.items()}


def faults(name: str, data: Any) -> list[str]:
    """Return what a schema has against some data."""
    return [f"{error.json_path}: {error.message[:200]}" for error in VALIDATORS[name].iter_errors(data)]


@pytest.fixture(scope="module")
def pdp() -> PolicyDecisionPoint:
    """Give the decision point over the shipped profiles."""
    return PolicyDecisionPoint.load()


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_published_schema_is_current(name: str, golden: Callable[[str, str], None]) -> None:
    """The file in docs/schema is what the code makes now."""
    golden(f"../../docs/schema/{name}-1.json", published(name))


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_schema_is_a_schema(name: str) -> None:
    """Each schema is valid in its draft, and its id names its version and no host."""
    Draft202012Validator.check_schema(SCHEMAS[name]())

    assert f"urn:alpr-policy:{name}:1" == SCHEMAS[name]()["$id"]


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_shipped_profile_fits(path: Path) -> None:
    """Each profile that ships fits the schema."""
    source, _ = read_text(path)
    assert source is not None
    node, _ = parse(source)

    assert node is not None
    assert [] == faults("profile", to_plain(node))


def test_adopting_file_fits() -> None:
    """A file that adopts a template fits with the few keys it has, and with no other."""
    adoption = {
        "language": 1,
        "profile": "adopter",
        "adopts": "model",
        "department": "Example",
        "policy": {"title": "Readers", "number": "1", "effective": "2026-01-01"},
        "timezone": "America/New_York",
        "parameters": {"command_post": "watch_commander"},
    }

    assert [] == faults("profile", adoption)
    assert faults("profile", adoption | {"silence": "deny"})


def shaped() -> list[Any]:
    """Return the bad profiles that are YAML as it should be: only their shape can be looked at."""
    found = []
    for path in BAD:
        source, faulty = read_text(path)
        node, problems = parse(source) if source is not None else (None, [])
        if node is not None and not faulty and not problems:
            found.append(pytest.param(node, id=path.stem))
    return found


@pytest.mark.parametrize("node", shaped())
def test_schema_and_reader_agree(node: MappingNode) -> None:
    """A file whose shape the reader refuses does not fit, and one that it refuses for other reasons alone does."""
    notes = Notes()
    read_whole(node, notes)
    refused = any(d.code in STRUCTURAL for d in notes.found)

    assert refused is bool(faults("profile", to_plain(node)))


@pytest.mark.parametrize("case", CASES)
def test_request_and_decision_fit(case: Case, pdp: PolicyDecisionPoint) -> None:
    """Each expected answer's request fits; so does its decision, which reads back as the same."""
    decision = pdp.decide(case.request, trace=True)
    wire = decision.to_wire(trace=True)

    assert [] == faults("request", case.request)
    assert [] == faults("decision", wire)
    assert decision == read_decision(wire)


@pytest.mark.parametrize(
    "request_",
    [
        None,
        {},
        {"action": "search.run"},
        {"action": "search.run", "at": "2026-05-04T10:00:00-04:00"},
        {"action": "search.run", "at": "2026-05-04T10:00:00-04:00", "departments": ["nowhere"]},
        {"action": "fly.away", "at": "2026-05-04T10:00:00-04:00", "departments": ["leicester"], "facts": {"x": 1}},
    ],
)
def test_decision_on_anything_fits(request_: Any, pdp: PolicyDecisionPoint) -> None:
    """The decision on what is hardly a request fits as well."""
    assert [] == faults("decision", pdp.decide(request_, trace=True).to_wire(trace=True))


@pytest.mark.parametrize(
    "change",
    [
        {"at": "2026-05-04T10:00:00"},
        {"at": "2026-05-04"},
        {"action": ""},
        {"departmnts": []},
        {"checks": [{"check": "visual"}]},
        {"checks": [{"check": "visual", "result": "maybe"}]},
        {"checks": [{"check": "visual", "result": "pass", "color": "red"}]},
        {"approvals": [{"topic": "search.run", "decision": "granted", "at": "yesterday"}]},
        {"facts": [1]},
    ],
)
def test_schema_refuses_what_the_reader_faults(change: dict[str, Any], pdp: PolicyDecisionPoint) -> None:
    """What the reader of requests finds fault with does not fit the schema of requests."""
    request = {"action": "search.run", "at": "2026-05-04T10:00:00-04:00", "departments": ["leicester"]} | change

    assert faults("request", request)
    assert pdp.decide(request).faults
