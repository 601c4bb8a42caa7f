"""The rows that came out otherwise, a page at a time, from the table that the replay wrote."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PAGE: Final = 25
HEADINGS: Final = {
    "row": "row",
    "at": "when (UTC)",
    "action": "act",
    "agency": "agency",
    "unit": "unit",
    "before_outcome": "before",
    "after_outcome": "after",
    "before_rules": "rules before",
    "after_rules": "rules after",
    "before_needs": "asked before",
    "after_needs": "asked after",
}
LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class FlipsPage:
    """Some of the rows, as texts, and how many there are in all."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int


def directions_of(path: Path) -> tuple[str, ...]:
    """Return which ways the rows of a table of flips went, as `allow → deny`, the most frequent first."""
    told = "before_outcome || ' → ' || after_outcome"
    query = f"SELECT {told}, count(*) FROM read_parquet(?) GROUP BY 1 ORDER BY 2 DESC, 1"
    return tuple(str(way) for way, _ in _rows(query, str(path)))


def flips_page(path: Path, page: int, direction: str = "") -> FlipsPage:
    """Return one page, counted from 0, of the rows in the order of the log; only those of a direction, if told."""
    before, _, after = direction.partition(" → ")
    chosen = "WHERE before_outcome = ? AND after_outcome = ?" if direction else ""
    values = [before, after] if direction else []
    source = f"FROM read_parquet(?) {chosen}"
    ((total,),) = _rows(f"SELECT count(*) {source}", str(path), *values)
    there = [str(one[0]) for one in _rows("DESCRIBE SELECT * FROM read_parquet(?)", str(path))]
    names = [name for name in HEADINGS if name in there]
    listed = ", ".join(f'"{name}"' for name in names)
    found = _rows(f'SELECT {listed} {source} ORDER BY "row" LIMIT {PAGE} OFFSET {PAGE * page}', str(path), *values)
    rows = tuple(tuple(_text(value) for value in row) for row in found)
    return FlipsPage(tuple(HEADINGS[name] for name in names), rows, int(total))


def _rows(query: str, *values: Any) -> list[tuple[Any, ...]]:
    import duckdb

    con = duckdb.connect(":memory:", config={"memory_limit": "200MB", "threads": "1"})
    try:
        found: list[tuple[Any, ...]] = con.execute(query, list(values)).fetchall()
        return found
    finally:
        con.close()


def _text(value: Any) -> str:
    told = "" if value is None else str(value)
    return told if len(told) <= LONGEST else f"{told[: LONGEST - 1]}…"
