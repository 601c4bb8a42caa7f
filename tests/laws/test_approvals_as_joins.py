"""Approvals and trainings that joins find for a table are those that looking through all of them finds for each act."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.laws.test_history_as_joins import back, engine_named, hours, law, table

from alpr_policy.durations import CalendarSpan, instant, subtract
from alpr_policy.model.request import ApprovalRecord, Request
from alpr_policy.reading.requests import read_request
from alpr_policy_adapters.tables.approvals import MOST, with_approvals, with_trainings
from alpr_policy_adapters.tables.files import act_files
from alpr_policy_adapters.tables.filling import HistoryError
from alpr_policy_adapters.tables.rows import request_of
from alpr_policy_adapters.tables.writing import ActWriter

ZONE = ZoneInfo("America/New_York")
CASES, PEOPLE = ("26-1", '2"6\\', "26-3"), ("officer-7", "chief-1", "unknown", "other-9", None)
acts = st.lists(
    st.builds(
        lambda at, case, who: Request(
            action="search.run",
            at=at,
            facts={n: v for n, v in (("case.number", case), ("requester.id", who)) if v is not None},
        ),
        hours,
        st.sampled_from((*CASES, "unknown", None)),
        st.sampled_from(("officer-7", "officer-8", "other-1", None)),
    ),
    max_size=15,
)
records = st.lists(
    st.fixed_dictionaries(
        {
            "at": hours,
            "topic": st.sampled_from(("search.run", "own.topic")),
            "decision": st.sampled_from(("granted", "refused")),
            "case.number": st.sampled_from(CASES),
            "by": st.sampled_from(PEOPLE),
            "role": st.sampled_from(("chief", None)),
        }
    ),
    max_size=25,
)


def looked_up(one: Request, given_: list[dict[str, Any]], span: CalendarSpan | None) -> list[tuple[Any, ...]] | None:
    """Return the approvals of an act, one by one; None where its case is not known or a name is like a sign."""
    case, who = one.facts.get("case.number", "unknown"), one.facts.get("requester.id")
    if case == "unknown":
        return None
    start = None if span is None else instant(subtract(one.at, span, ZONE))
    here = [r for r in given_ if r["case.number"] == case and r["at"] <= one.at and (start is None or r["at"] >= start)]
    names = [r["by"] for r in here] + [who]
    if len(here) > MOST or (here and any(name is not None and name.startswith("other-") for name in names)):
        return None
    return told([(r["at"], r["topic"], r["decision"], r["role"], r["by"], {"case.number": case}) for r in here], who)


def told(found: list[tuple[Any, ...]], who: Any) -> list[tuple[Any, ...]]:
    """Return approvals with each person as who of them was first, or as the requester."""
    shown = []
    for at, topic, decision, role, by, scope in found:
        nobody = by in (None, "unknown")
        same = frozenset(str(other[:4]) for other in found if other[4] == by)
        shown.append(
            (at, topic, decision, role or "", None if nobody else "@" if by == who else str(sorted(same)), scope)
        )
    return sorted(shown, key=str)


def as_told(row: dict[str, Any]) -> list[tuple[Any, ...]] | None:
    """Return the approvals of a row in the same form."""
    request = read_request(request_of(row, ()))
    if request.approvals is None:
        return None
    found = [(instant(_at(r)), r.topic, r.decision, r.role, r.by, dict(r.scope)) for r in request.approvals]
    return told(found, request.facts.get("requester.id"))


def _at(record: ApprovalRecord) -> dt.datetime:
    assert isinstance(record.at, dt.datetime)
    return record.at


def side(folder: Path, rows: list[dict[str, Any]]) -> Path:
    """Write a table of approvals or trainings."""
    with ActWriter(folder / "side.parquet") as out:
        for row in rows:
            naive = {**row, "at": row["at"].replace(tzinfo=None)}
            out.add({name: value for name, value in naive.items() if value is not None})
    return folder / "side.parquet"


def of_side(engine: Any, path: Path, *columns: str) -> Any:
    """Open such a table, without the columns of a table of acts."""
    frame = engine.open(act_files([path]))
    return frame.select([name for name in frame.collect_schema() if name.replace("/", ".") in columns])


@pytest.mark.parametrize("name", ["duckdb", "polars"])
@law
@given(acts, records, st.sampled_from((None, CalendarSpan.parse("1 month"), CalendarSpan.parse("2 days"))))
def test_approvals_by_joins_are_those_looked_up(
    name: str, log: list[Request], given_: list[dict[str, Any]], span: CalendarSpan | None
) -> None:
    """Each act of a table gets by joins the approvals on its case, decided by then, that looking up each gives it."""
    base = {"at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC), "topic": "t", "decision": "granted", "by": "x", "role": "y"}
    rows = [*given_, {**base, "case.number": "of-nobody"}]  # so that every column is there
    with tempfile.TemporaryDirectory() as folder, engine_named(name) as engine:
        frame = engine.open(act_files([table(Path(folder), log)]))
        beside = of_side(engine, side(Path(folder), rows), *rows[0])
        found = with_approvals(frame, engine, beside, same=["case.number"], within=span, zone=ZONE)
        for row, one in zip(back(engine, found), log, strict=True):
            assert looked_up(one, given_, span) == as_told(row)


trainings = st.lists(
    st.fixed_dictionaries({"requester.id": st.sampled_from(("officer-7", "officer-9")), "at": hours}), max_size=6
)


@pytest.mark.parametrize("name", ["duckdb", "polars"])
@law
@given(acts, trainings)
def test_trainings_by_joins_are_those_looked_up(name: str, log: list[Request], given_: list[dict[str, Any]]) -> None:
    """Each requester has by joins the latest training that lies before the act, or is known to have had none."""
    rows = [*given_, {"requester.id": "nobody", "at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}]
    with tempfile.TemporaryDirectory() as folder, engine_named(name) as engine:
        frame = engine.open(act_files([table(Path(folder), log)]))
        beside = of_side(engine, side(Path(folder), rows), *rows[0])
        for row, one in zip(back(engine, with_trainings(frame, engine, beside)), log, strict=True):
            mine = [r["at"] for r in given_ if r["requester.id"] == one.facts.get("requester.id")]
            before = [at for at in mine if at <= one.at]
            facts = request_of(row, ())["facts"]
            wanted = max(before).isoformat() if before else None
            assert (wanted if mine else "absent") == facts.get("requester.trained_on", "absent")


def test_what_would_be_lost_of_an_approval_is_refused(tmp_path: Path) -> None:
    """A table of approvals with a column that no approval has here, or without a time, is refused."""
    row = {"at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "topic": "t", "decision": "granted", "case.number": "26-1"}
    log = [Request(action="search.run", at=dt.datetime(2026, 1, 2, tzinfo=dt.UTC), facts={})]
    for more, message in (({"expires": "2026-02-01"}, "would be lost"), ({}, "lacks its time")):
        with engine_named("duckdb") as engine:
            frame = engine.open(act_files([table(tmp_path, log)]))
            rows = [{**row, **more}, {**row, **more, "at": row["at"] if more else dt.datetime(2026, 1, 1, 0, 0, 0, 5)}]
            beside = of_side(engine, side(tmp_path, rows), *rows[0])
            with pytest.raises(HistoryError, match=message):
                with_approvals(frame, engine, beside, same=["case.number"])
