"""Tables of acts drawn under a profile, and both engines that are at hand to replay them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from tests.laws.agreement import drawn
from tests.laws.strategies import SHIPPED, Raw, Subject, generic, small

from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.replay import Replay, ReplayOptions
from alpr_policy.questions.replay_result import Cell, ReplayResult
from alpr_policy.questions.replay_sides import ReplaySide
from alpr_policy.reading.catalog import Catalog
from alpr_policy_adapters.tables.duckdb_engine import DuckDBEngine
from alpr_policy_adapters.tables.encoding import row_of
from alpr_policy_adapters.tables.files import act_files
from alpr_policy_adapters.tables.polars_engine import PolarsEngine
from alpr_policy_adapters.tables.writing import ActWriter

ENGINES: dict[str, Callable[[], Any]] = {"duckdb": DuckDBEngine, "polars": PolarsEngine}
AGENCIES = ("north", "south", None)


def engine_of(name: str) -> Any:
    """Return an engine, or skip where its packages are missing."""
    pytest.importorskip("narwhals")
    pytest.importorskip(name)
    return ENGINES[name]()


@lru_cache(maxsize=40)
def drawn_rows(name: str, seed: int, count: int) -> tuple[Raw, ...]:
    """Return rows of acts drawn under a profile, many of them near to another."""
    subject, rng = subject_of(name, seed), random.Random(seed)
    kinds = {fact: one.kind for fact, one in subject.text.rules.vocabulary.facts.items()}
    rows = [row_of(request, kinds) for request in drawn(subject, rng, count)]
    return tuple({**row, **dims(rng)} for row in rows)


def dims(rng: random.Random) -> Raw:
    """Return by whom an act was."""
    agency = rng.choice(AGENCIES)
    return {} if agency is None else {"agency": agency}


def subject_of(name: str, seed: int) -> Subject:
    """Return a shipped profile, or the small one of a seed, about plate readers or about other things."""
    return small(seed) if name == "small" else generic(seed) if name == "generic" else SHIPPED[name]


def written(path: Path, rows: Sequence[Raw]) -> Path:
    """Write rows as a table of acts."""
    with ActWriter(path) as writer:
        for row in rows:
            writer.add(row)
    return path


def sides(catalog: Catalog, *names: str, as_if: bool = True) -> tuple[ReplaySide, ReplaySide]:
    """Return two texts of a catalog."""
    point = PolicyDecisionPoint(catalog)
    one, other = (ReplaySide.of(point, name, as_if=as_if) for name in names)
    return one, other


def replayed(engine: str, paths: Sequence[Path], both: tuple[ReplaySide, ReplaySide], checked: int = 0) -> ReplayResult:
    """Replay files under two texts; so many rows are decided again by the reference."""
    with engine_of(engine) as one:
        return Replay(one.open(act_files(paths)), one, *both, ReplayOptions(checked=checked)).run()


def told(result: ReplayResult) -> list[tuple[Any, ...]]:
    """Return what a replay counted, without the rows that stand for others."""
    return sorted(_told(result, cell) for cell in result.cells)


def _told(result: ReplayResult, cell: Cell) -> tuple[Any, ...]:
    gists = (repr(result.gists[cell.before]), repr(result.gists[cell.after]))
    return (cell.action, cell.agency or "", cell.unit or "", cell.month, *gists, cell.rows)
