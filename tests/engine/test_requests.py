"""Requests as programs write them are read by a short way, and come out as by the long one."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.laws.strategies import NAMES, cases

from alpr_policy import read_request

ODD = (None, "", "unknown", "withheld", 7, True, [], {}, ["x"], {"a.b": 1}, "2026-02-30T10:00:00-05:00", "é", "x" * 400)


def by_the_long_way(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the same request in a form that the short way does not take."""
    return MappingProxyType(dict(request))


def spoilt(request: dict[str, Any], place: int, value: Any) -> dict[str, Any]:
    """Return a copy of a request in which one of its values, or of its facts' or records' values, is replaced."""
    changed = copy.deepcopy(request)
    lists = [part for part in changed.values() if isinstance(part, list)]
    holders = [changed, changed["facts"], *(one for part in lists for one in part if isinstance(one, dict))]
    places = [(holder, key) for holder in holders for key in holder]
    holder, key = places[place % len(places)]
    holder[key] = value
    return changed


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_the_short_way_reads_as_the_long_one(name: str, data: st.DataObject) -> None:
    """Whatever is in a request, and however it is spoilt, both ways of reading it give the same."""
    _, request = data.draw(cases(name))
    spoilt_one = spoilt(request, data.draw(st.integers(0, 60)), data.draw(st.sampled_from(ODD)))

    assert read_request(by_the_long_way(request)) == read_request(request)
    assert read_request(by_the_long_way(spoilt_one)) == read_request(spoilt_one)


def test_a_request_keeps_its_facts() -> None:
    """What a caller does to its own data afterwards changes no request."""
    raw: dict[str, Any] = {
        "action": "search.run",
        "at": "2026-05-04T10:00:00-04:00",
        "facts": {"purpose": "audit"},
        "approvals": [{"topic": "search.run", "decision": "granted", "scope": {"requester.id": "officer-7"}}],
    }
    request = read_request(raw)
    raw["facts"]["purpose"] = "personal"
    raw["approvals"][0]["scope"]["requester.id"] = "officer-9"

    assert {"purpose": "audit"} == dict(request.facts)
    assert request.approvals is not None
    assert {"requester.id": "officer-7"} == dict(request.approvals[0].scope)
