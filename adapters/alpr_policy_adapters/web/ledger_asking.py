"""What the tab *Ledger* asks of the ledger: rows a page at a time, one row in full, its proof, and rows to take away.

Nothing here writes. Personal values come only where they are asked for, as on the command line.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Final

from alpr_policy.errors import PolicyError, RequestError
from alpr_policy.model.decision import Decision
from alpr_policy.questions.decisions import read_decision
from alpr_policy_adapters.cli.ledger_reading import about, wanted_rows
from alpr_policy_adapters.cli.serving import Kept
from alpr_policy_adapters.http import Caller, Refusal, Service
from alpr_policy_adapters.ledger import (
    Checkpoint,
    Kind,
    Ledger,
    LedgerDamagedError,
    Report,
    Row,
    Wanted,
    export,
    prove_row,
    read_checkpoint,
    verify,
    verify_proof,
)
from alpr_policy_adapters.ledger.merkle import included
from alpr_policy_adapters.ledger.proving import tree_of

PAGE: Final = 25
MOST_EXPORT: Final = 20_000_000
"""Bytes of an export; more is for the command line."""
MOST_CHECKPOINT: Final = 20_000
"""Bytes of a checkpoint that is given."""
MOST_CHECKPOINTS: Final = 50
ANY: Final = ""


class StoppedError(Exception):
    """Somebody stopped what was under way."""


@dataclass(slots=True)
class Sought:
    """What is filled into the form; empty texts do not matter. `row` is the number of one row, or of the newest."""

    kind: str = ANY
    outcome: str = ANY
    act: str = ANY
    department: str = ANY
    since: str = ""
    until: str = ""
    person: str = ""
    plate: str = ""
    case: str = ""
    row: str = ""
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One row as a line of a table; one that cannot be read says so, and has no `kind`."""

    seq: int
    happened: str
    kind: str
    about: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, the newest first, and the number of the row before which the next page begins, if there is one."""

    lines: tuple[Line, ...]
    older: int | None


@dataclass(frozen=True, slots=True)
class Proof:
    """That a row stands in the tree: what it shows, the root and path, and the file for others, where one was made."""

    holds: bool
    says: str
    root: str
    path: tuple[str, ...]
    wire: dict[str, Any] | None = None


def ledger_of(service: Service) -> Ledger | None:
    """Return the ledger that the server keeps, None where it keeps none; raises LedgerError."""
    keeper = service.asking.deciding.keeper
    return keeper.office().ledger if isinstance(keeper, Kept) else None


def among(service: Service, caller: Caller) -> frozenset[str] | None:
    """Return the departments whose rows a caller sees; None for all, where its token is not for some alone."""
    own = frozenset(caller.departments)
    return None if own >= set(service.departments) else own


def wanted_of(sought: Sought, own: frozenset[str] | None) -> Wanted:
    """Return which rows a form wants; raises Refusal and UsageError."""
    text = {name: getattr(sought, name).strip() or None for name in ("person", "plate", "case", "since", "until")}
    department = sought.department or None
    if own is not None and department is not None and department not in own:
        raise Refusal(403, "this token is for other departments")
    found = wanted_rows(
        text["person"], text["plate"], text["case"], [Kind(sought.kind)] if sought.kind else None,
        text["since"], text["until"], department, sought.act or None, sought.outcome or None,
    )  # fmt: skip
    return replace(found, among=own, last=_number(sought.row))


def _number(text: str) -> int | None:
    told = text.strip()
    if not told:
        return None
    if not (told.isascii() and told.isdecimal() and len(told) < 16 and int(told) > 0):
        raise Refusal(400, "the number of a row is a whole number from 1")
    return int(told)


def page_of(ledger: Ledger, wanted: Wanted, *, personal: bool = False, size: int = PAGE) -> Page:
    """Return the newest rows that are wanted; raises LedgerError. A damaged row is a line that says so."""
    lines = [*_lines(ledger, replace(wanted, newest_first=True), personal, size + 1)]
    shown = lines[:size]
    return Page(tuple(shown), shown[-1].seq - 1 if len(lines) > size else None)


def _lines(ledger: Ledger, wanted: Wanted, personal: bool, most: int) -> Iterator[Line]:
    given = 0
    while given < most:
        try:
            with closing(ledger.rows(wanted)) as rows:
                for row in rows:
                    given += 1
                    when = row.happened.isoformat(timespec="seconds")
                    yield Line(row.seq, when, row.kind.value, about(row, personal))
                    if given >= most:
                        return
            return
        except LedgerDamagedError as error:
            given += 1
            yield Line(error.seq, "", "", error.diagnostics[0].message)
            if error.seq <= wanted.first:
                return
            wanted = replace(wanted, last=error.seq - 1)


def row_of(ledger: Ledger, seq: int, own: frozenset[str] | None) -> Row:
    """Return one row that a caller may see; raises Refusal where there is none, LedgerError for a damaged one."""
    with closing(ledger.rows(Wanted(first=seq, last=seq, among=own))) as rows:
        found = next(rows, None)
    if found is None:
        raise Refusal(404, f"there is no row {seq} that is shown to you")
    return found


def decision_in(row: Row, *, personal: bool) -> Decision | None:
    """Return the decision in a row, None where there is none or it is not whole without what is left out."""
    body: Any = row.whole if personal else row.body
    raw = body.get("decision")
    if not isinstance(raw, dict):
        return None
    try:
        return read_decision(raw)
    except (RequestError, ValueError, TypeError, KeyError):
        return None


def purges_told(row: Row) -> tuple[str, ...]:
    """Say what was purged of a row, under which clauses, and which row tells of it."""
    return tuple(
        f"{place}: purged under {', '.join(one.cite) or 'no clause'}, as row {one.by_row} tells"
        for place, one in sorted(row.purged.items())
    )


def proof_of(ledger: Ledger, row: Row, checkpoint: Checkpoint | None) -> Proof:
    """Prove that a row is in the ledger: for a checkpoint, or for the tree of what is there now; raises LedgerError."""
    if checkpoint is not None:
        wire = prove_row(ledger, row.seq, checkpoint)
        shown = verify_proof(wire)
        says = f"{shown.what}, as the checkpoint of {checkpoint.at} saw it"
        return Proof(True, says, checkpoint.root, tuple(wire["path"]), wire)
    tree = tree_of(ledger)
    path, root = tree.inclusion(row.seq - 1), tree.root()
    holds = included(bytes.fromhex(row.hash), row.seq - 1, tree.size, path, root)
    says = f"row {row.seq} is in the tree of {tree.size:,} rows" if holds else "the row is not where it should be"
    return Proof(holds, says, root.hex(), tuple(node.hex() for node in path))


def checkpoints_in(ledger: Ledger) -> tuple[tuple[int, Checkpoint], ...]:
    """Return the newest checkpoints that the ledger keeps, each with its row; what is none is left to `verify`."""
    found: list[tuple[int, Checkpoint]] = []
    wanted = Wanted(kinds=frozenset({Kind.CHECKPOINT}), newest_first=True)
    with closing(ledger.rows(wanted)) as rows:
        for row in rows:
            try:
                found.append((row.seq, read_checkpoint(row.body.get("checkpoint"))))
            except PolicyError:
                continue
            if len(found) >= MOST_CHECKPOINTS:
                break
    return tuple(found)


def checkpoint_from(data: bytes, pinned: str) -> Checkpoint:
    """Read a checkpoint that somebody kept; raises Refusal and ProofError."""
    if len(data) > MOST_CHECKPOINT:
        raise Refusal(413, "this is too long for a checkpoint")
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError):
        raise Refusal(400, "this is no checkpoint: it is what `alpr-policy ledger checkpoint` writes") from None
    return read_checkpoint(raw, pinned.strip() or None)


def verified(
    ledger: Ledger, checkpoints: tuple[Checkpoint, ...], pinned: str, progress: Callable[[int], None]
) -> Report:
    """Hold the whole ledger against its hashes and against checkpoints; `progress` may raise StoppedError."""
    return verify(ledger, checkpoints, pinned=pinned.strip() or None, progress=progress)


def exported(ledger: Ledger, wanted: Wanted, checkpoint: Checkpoint | None, *, personal: bool) -> bytes:
    """Return rows as JSON Lines with their proofs, as `alpr-policy ledger export` writes them; raises Refusal."""
    found = bytearray()
    for one in export(ledger, wanted, checkpoint=checkpoint, personal=personal):
        found += json.dumps(one, separators=(",", ":")).encode() + b"\n"
        if len(found) > MOST_EXPORT:
            told = (
                f"this is more than {MOST_EXPORT // 1_000_000} MB: narrow it down, or use `alpr-policy ledger export`"
            )
            raise Refusal(413, told)
    return bytes(found)
