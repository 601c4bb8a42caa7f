"""Laws of cases that are kept in a ledger, tried on drawn courses, two cases at a time."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.laws.courses import Course, courses, grounds

from alpr_policy.evaluators.stateful import CaseEvent, read_case, read_event
from alpr_policy.questions.cases import replay
from alpr_policy_adapters.ledger import Ledger, recompute, verify
from alpr_policy_adapters.office import Office
from alpr_policy_adapters.office.casebook import CASE

LATE = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
"""The time at which all that was drawn lies behind; an office takes up nothing that has not come yet."""
few = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def empty() -> Iterator[Path]:
    """Make a ledger of which each example gets a copy."""
    with tempfile.TemporaryDirectory() as folder:
        Ledger.open(f"{folder}/empty.db", create=True).close()
        yield Path(folder) / "empty.db"


@st.composite
def two_courses(draw: st.DrawFn) -> tuple[Course, Course]:
    """Draw two courses under the same profiles."""
    name = draw(st.sampled_from([one.name for one in grounds()]))
    return draw(courses(ground=name)), draw(courses(ground=name))


def named(event: CaseEvent, name: str) -> CaseEvent:
    """Return an event as one of the case of this name."""
    return dataclasses.replace(event, body={**event.body, "case": name} if "case" in event.body else event.body)


def taken(office: Office, pair: tuple[Course, Course]) -> int:
    """Take the events of two cases in turn, and return how many there were."""
    count = 0
    for number in range(max(len(one.events) for one in pair)):
        for name, course in zip(("first", "second"), pair, strict=True):
            for event in course.events[number : number + 1]:
                assert office.take(name, named(event, name)).receipt is not None
                count += 1
    return count


@given(pair=two_courses())
@few
def test_the_ledger_replays_each_case(pair: tuple[Course, Course], empty: Path) -> None:
    """The events that a ledger holds of a case, taken again, give the case that it holds, byte for byte."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger.open(shutil.copy(empty, folder))
        office = Office(pair[0].ground.pdp(), ledger, clock=lambda: LATE)
        count = taken(office, pair)
        rows: dict[str, list[Any]] = {"first": [], "second": []}
        for row in ledger.rows():
            if row.case is not None:
                rows[row.case[0]].append(row)
        refused = sum("refused" in row.body for row in ledger.rows())
        held = {name: read_case(several[-1].personal[CASE].value) for name, several in rows.items() if several}
        again = {
            name: replay(office.current, [read_event(one.whole["event"]) for one in several])
            for name, several in rows.items()
            if several
        }
        whole, different = verify(ledger).is_whole, recompute(ledger).different
        ledger.close()

    assert count == refused + sum(map(len, rows.values()))
    for name, one in again.items():
        assert one.case is not None
        assert (0, held[name].canonical()) == (one.refused, one.case.canonical())
        assert [row.case[1] for row in rows[name]] == list(range(1, held[name].revision + 1))
    assert (True, ()) == (whole, tuple(different))
