"""The figures of a log beside those of published logs, measured on the file itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from alpr_policy.errors import Diagnostic, MissingExtraError
from alpr_policy_adapters.scenarios.settings import ScenarioError, settings

# Reasons as the settings write them, told apart again by their look.
_CLASSES = {
    "generic": "reason IN ({generic})",
    "placeholder": "reason IN ({placeholder})",
    "number": "regexp_full_match(reason, '[0-9]{{1,5}}')",
    "case_number": "regexp_full_match(reason, '[0-9]{{2}}-[0-9]{{3,8}}')",
    "code": "regexp_full_match(reason, '[0-9]{{2,5}} [A-Z]{{1,3}}')",
    "other_agency": "starts_with(reason, 'assist ')",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure: what it is of, its published value, and its value in the log; shares are from 0 to 1."""

    name: str
    published: float
    generated: float | None
    rows: int

    def to_wire(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        return {"figure": self.name, "published": self.published, "generated": self.generated, "rows": self.rows}


def figures_of(path: Path, zone: str) -> tuple[Figure, ...]:
    """Measure a log whose days begin in `zone`. Raises MissingExtraError, and ScenarioError if it is no such log."""
    try:
        import duckdb
    except ImportError as error:
        raise MissingExtraError("measuring a log", "replay") from error
    config = {"memory_limit": "600MB", "autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    con = duckdb.connect(":memory:", config=config)
    try:
        name = str(path.absolute()).replace("'", "''")
        con.execute(f"CREATE VIEW log AS SELECT * FROM read_parquet(['{name}'])")
        return tuple(_figures(con, zone))
    except duckdb.Error as error:
        told = f"`{path.name}` cannot be measured: {str(error).splitlines()[0][:200]}"
        raise ScenarioError([Diagnostic("scenario-unreadable", told)]) from error
    finally:
        con.close()


def _figures(con: Any, zone: str) -> Iterator[Figure]:
    known = settings("figures")
    searches = "log WHERE action = 'search.run'"
    con.execute(f"""CREATE TEMP TABLE search AS SELECT "at", "requester.id" AS person, "case.number" AS number, purpose,
        "reason.text" AS reason FROM {searches}""")
    (count,) = con.execute("SELECT count(*) FROM search").fetchone()
    if not count:
        return
    yield from _rhythm(con, count, zone, known)
    yield from _deciles(con, count, known["user_deciles"])
    yield from _reasons(con, known["reasons"])
    named = "SELECT count(*) AS n FROM search WHERE number IS NOT NULL GROUP BY number"
    told = "coalesce(sum(n), 0), greatest(count(*), 1), count(*) FILTER (n = 1)"
    of, cases, once = con.execute(f"SELECT {told} FROM ({named})").fetchone()
    yield Figure(
        name="searches for each case number", published=known["searches_per_case"], generated=of / cases, rows=of
    )
    yield Figure(
        name="case numbers searched once", published=known["cases_searched_once"], generated=once / cases, rows=of
    )
    yield Figure(name="no case number", published=known["no_case_number"], generated=1 - of / count, rows=count)
    listed = dict(con.execute("SELECT purpose, count(*) FROM search GROUP BY 1").fetchall())
    for purpose, share in known["purposes"].items():
        yield Figure(
            name=f"purpose {purpose}", published=share / 1000, generated=listed.get(purpose, 0) / count, rows=count
        )
    yield from _proportions(con, count, known)


def _rhythm(con: Any, count: int, zone: str, known: dict[str, Any]) -> Iterator[Figure]:
    # Told by hand: without its time zone extension the engine knows UTC alone.
    where, hours, days = ZoneInfo(zone), [0] * 24, [0] * 7
    for hour, number in con.execute("SELECT date_trunc('hour', \"at\"), count(*) FROM search GROUP BY 1").fetchall():
        local = hour.replace(tzinfo=dt.UTC).astimezone(where)
        hours[local.hour] += number
        days[local.weekday()] += number
    for names, found, published in (
        ([f"searches from {hour:02d}:00" for hour in range(24)], hours, known["search_hours"]),
        (
            [f"searches on {day}" for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")],
            days,
            known["search_days"],
        ),
    ):
        for name, number, share in zip(names, found, published, strict=True):
            yield Figure(name=name, published=share / 1000, generated=number / count, rows=count)


def _deciles(con: Any, count: int, published: list[int]) -> Iterator[Figure]:
    rows = con.execute("SELECT count(*) AS n FROM search GROUP BY person ORDER BY n DESC").fetchall()
    numbers = [number for (number,) in rows]
    for tenth, share in enumerate(published):
        low, high = len(numbers) * tenth // 10, len(numbers) * (tenth + 1) // 10
        name = f"searches by tenth {tenth + 1} of the users"
        yield Figure(name=name, published=share / 1000, generated=sum(numbers[low:high]) / count, rows=count)


def _reasons(con: Any, published: dict[str, int]) -> Iterator[Figure]:
    usual, total = settings("ordinary")["reasons"], sum(published.values())
    words = {name: ", ".join(f"'{one}'" for one in usual[name]) for name in ("generic", "placeholder")}
    parts = ", ".join(f"count(*) FILTER ({test.format(**words)})" for test in _CLASSES.values())
    whole, *found = con.execute(f"SELECT count(*), {parts} FROM search WHERE coalesce(reason, '') <> ''").fetchone()
    counts = dict(zip(_CLASSES, found, strict=True)) | {"told": whole - sum(found)}
    for name, share in published.items():
        yield Figure(name=f"reason {name}", published=share / total, generated=counts[name] / whole, rows=whole)


def _proportions(con: Any, count: int, known: dict[str, Any]) -> Iterator[Figure]:
    reads, hits = con.execute(
        "SELECT count(*) FILTER (action = 'read.capture'), count(*) FILTER (action = 'alert.deliver') FROM log"
    ).fetchone()
    if hits:
        yield Figure(
            name="reads for each hit", published=known["reads_per_hit"], generated=reads / hits, rows=reads + hits
        )
        yield Figure(
            name="hits for each search", published=known["hits_per_search"], generated=hits / count, rows=hits + count
        )
