"""`verify`: every byte of a ledger is held against the hashes, and what is wrong is named with its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from alpr_policy_adapters.ledger.canonical import NOTHING, commitment, is_canonical, row_hash, search_key, sha256
from alpr_policy_adapters.ledger.checkpoints import Checkpoint, read_checkpoint
from alpr_policy_adapters.ledger.errors import ProofError
from alpr_policy_adapters.ledger.ledger import Ledger
from alpr_policy_adapters.ledger.merkle import Tree
from alpr_policy_adapters.ledger.rows import Kind, Sort, moment_of
from alpr_policy_adapters.ledger.tables import HEAD, tables

MOST = 1_000
"""Findings that are kept; further ones are counted."""
MOST_MISSING = 1_000_000
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is not as it was written: in which table, at which place, and what."""

    table: str
    place: str
    message: str
    code: str = ""

    def to_wire(self) -> dict[str, str]:
        """Return the finding as plain JSON data."""
        return {"code": self.code, "table": self.table, "place": self.place, "message": self.message}


@dataclass(slots=True, kw_only=True)
class Report:
    """What `verify` saw: how many rows, their root, and what is wrong."""

    ledger: str
    size: int = 0
    head: str = NOTHING
    root: str = ""
    purged: int = 0
    checkpoints: int = 0
    findings: list[Finding] = field(default_factory=list)
    more: int = 0

    @property
    def is_whole(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.findings

    def note(self, code: str, table: str, place: str, message: str) -> None:
        """Keep a finding."""
        if len(self.findings) < MOST:
            self.findings.append(Finding(table, place, message, code))
        else:
            self.more += 1

    def to_wire(self) -> dict[str, Any]:
        """Return the report as plain JSON data."""
        return {
            "ledger": self.ledger,
            "whole": self.is_whole,
            "rows": self.size,
            "head": self.head,
            "root": self.root,
            "purged": self.purged,
            "checkpoints": self.checkpoints,
            "findings": [one.to_wire() for one in self.findings],
            "further_findings": self.more,
        }


def verify(
    ledger: Ledger,
    checkpoints: Iterable[Checkpoint] = (),
    *,
    pinned: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Verify a whole ledger, and that it still holds what earlier checkpoints saw; their signatures are checked before.

    `pinned` is the public key by which the checkpoints inside the ledger must be signed. Raises LedgerUnavailableError
    where the database cannot be read at all.
    """
    report = Report(ledger=ledger.id)
    walk = _Walk(report, ledger, progress)
    with ledger.database.reading() as connection:
        walk.rows(connection)
        walk.beside(connection)
    walk.against(checkpoints, pinned)
    report.findings.sort(key=_order)
    return report


def _order(one: Finding) -> tuple[str, int, str]:
    number = one.place.split(" ")[1] if one.place.startswith("row ") else ""
    return one.table, int(number) if number.isdecimal() else 0, one.place


class _Walk:
    """One pass over the rows, which gathers what the tables beside them must hold, and then over those tables."""

    def __init__(self, report: Report, ledger: Ledger, progress: Progress | None) -> None:
        self.report, self.ledger, self.progress = report, ledger, progress
        self.leaves: list[bytes] = []
        self.cases: dict[str, tuple[int, int]] = {}
        self.promised: dict[tuple[int, str], tuple[str, str]] = {}
        self.told_purged: dict[tuple[int, str], int] = {}
        self.texts: set[str] = set()
        self.inside: list[tuple[int, Mapping[str, Any]]] = []
        self.opened: Mapping[str, Any] = {}

    # The rows

    def rows(self, connection: Any) -> None:
        """Follow the chain from the first row to the last."""
        rows, last, expected = tables().rows, NOTHING, 1
        for row in _in_chunks(connection, rows):
            seq = row["seq"]
            if seq != expected:
                self._gap(expected, seq)
            last = self._row(row, last)
            expected = max(expected, seq + 1)
            self.report.size += 1
            if self.progress and self.report.size % 1_000 == 0:
                self.progress(self.report.size)
        self.report.head = last
        if not self.report.size:
            self.report.note("ledger-row-missing", "rows", "row 1", "the ledger has no rows, not even its first")

    def _gap(self, expected: int, seq: int) -> None:
        # Something stands for each missing row, so that the rows after it keep their places in the tree.
        self.leaves += [bytes(32)] * min(max(seq - expected, 0), MOST_MISSING)
        place = f"row {expected}" if seq == expected + 1 else f"row {expected} to {seq - 1}"
        told = "is missing" if seq > expected else "stands before the first"
        self.report.note("ledger-row-missing", "rows", place if seq > expected else f"row {seq}", told)

    def _row(self, row: Mapping[str, Any], last: str) -> str:
        """Check one row and return its hash as it is stored."""
        place, note = f"row {row['seq']}", self.report.note
        held, sound = str(row["hash"]), _is_row(row)
        found = row_hash(row) if sound else ""
        if row["seq"] > len(self.leaves):
            self.leaves.append(bytes.fromhex(found or sha256(held)))
        if found != held:
            note("ledger-row-changed", "rows", place, "is not what was written: its hash differs")
        if row["previous"] != last:
            note("ledger-row-order", "rows", place, "does not continue the row before it")
        self._promises(row, sound)
        if sound and row["case_id"] is not None:
            before = self.cases.get(row["case_id"], (0, 0))[0]
            if row["revision"] != before + 1:
                note("ledger-row-order", "rows", place, f"is step {row['revision']} of its case, after step {before}")
            self.cases[row["case_id"]] = (row["revision"], row["seq"])
        return held

    def _promises(self, row: Mapping[str, Any], sound: bool) -> None:
        """Gather what a row says of the other tables; of one whose body was spoilt, what its commitments say."""
        seq, kind = row["seq"], row["kind"]
        try:
            for path, (sort, held) in json.loads(row["commitments"]).items():
                self.promised[seq, path] = (Sort(sort).value, str(held))
            if not sound:
                return
            body = json.loads(row["body"])
            moment_of(row["happened"]), moment_of(row["written"]), Kind(kind)
            self.texts |= texts_named(body)
            if kind == Kind.OPENED:
                self.opened = body
            if kind == Kind.CHECKPOINT:
                self.inside.append((seq, body))
            if kind == Kind.PURGE:
                for group in body["purged"]:
                    self.told_purged |= {(one, path): seq for one in group["rows"] for path in group["paths"]}
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            self.report.note("ledger-row-changed", "rows", f"row {seq}", "holds what no ledger writes")

    # What stands beside

    def beside(self, connection: Any) -> None:
        """Hold the other tables against what the rows say of them."""
        self._personal(connection)
        self._texts(connection)
        known, note = tables(), self.report.note
        heads = {row["case_id"]: (row["revision"], row["seq"]) for row in _all(connection, known.case_heads)}
        for case in sorted({*heads, *self.cases}, key=str):
            if heads.get(case) != self.cases.get(case):
                note("ledger-case-head", "case_heads", f"case {case}", "stands elsewhere than its rows say")
        meta = {row["name"]: row["value"] for row in _all(connection, known.meta)}
        opened = self.opened
        if set(meta) != {"ledger", "secret"} or meta["ledger"] != opened.get("ledger"):
            note("ledger-meta", "meta", "ledger", "the name of the ledger is not the one in its first row")
        if sha256(str(meta.get("secret"))) != opened.get("secret"):
            note(
                "ledger-meta", "meta", "secret", "the secret of the ledger is not the one that its first row stands for"
            )
        import sqlalchemy as sa

        versions = [one for (one,) in connection.execute(sa.text("SELECT version_num FROM alembic_version"))]
        if versions != [HEAD]:
            note("ledger-meta", "alembic_version", "version_num", "the version of the schema is not the one in use")

    def _personal(self, connection: Any) -> None:
        known, note = tables(), self.report.note
        marks: dict[tuple[int, str], int] = {}
        for row in _all(connection, known.purged):
            place = (row["seq"], row["path"])
            marks[place] = row["by_row"]
            if self.told_purged.get(place) != row["by_row"] or place not in self.promised:
                told = "is marked as purged, and no row of the ledger tells of it"
                note("ledger-purge-mark", "purged", _place(place), told)
        self.report.purged = len(marks)
        for place in self.told_purged.keys() - marks.keys():
            note("ledger-purge-mark", "purged", _place(place), "was purged as the ledger tells, and is not marked so")
        there: set[tuple[int, str]] = set()
        for row in _in_chunks(connection, known.personal):
            place = (row["seq"], row["path"])
            there.add(place)
            if place not in self.promised:
                note("ledger-personal-extra", "personal", _place(place), "belongs to no row")
            elif place in self.told_purged:
                note("ledger-personal-extra", "personal", _place(place), "is there although it was purged")
            else:
                self._value(row, place)
        for place in self.promised.keys() - there - marks.keys() - self.told_purged.keys():
            note(
                "ledger-personal-missing",
                "personal",
                _place(place),
                "is gone, and no row of the ledger tells of a purge",
            )

    def _value(self, row: Mapping[str, Any], place: tuple[int, str]) -> None:
        sort, held = self.promised[place]
        try:
            value = row["value"]
            sound = commitment(row["key"], value) == held and row["key"] == bytes.fromhex(row["key"]).hex()
            sound = sound and search_key(self.ledger.secret, sort, json.loads(value)) == row["search"]
        except (ValueError, TypeError, AttributeError, RecursionError):
            sound = False
        if not sound:
            self.report.note(
                "ledger-personal-changed", "personal", _place(place), "is not the value that the row stands for"
            )

    def _texts(self, connection: Any) -> None:
        note, there = self.report.note, set()
        for row in _all(connection, tables().texts):
            digest, text = row["digest"], row["text"]
            there.add(digest)
            if not isinstance(text, str) or sha256(text) != digest:
                note("ledger-text-changed", "texts", f"text {digest}", "is not the text with that SHA-256")
            else:
                self.texts |= texts_of_catalogue(text)
        for digest in self.texts - there:
            note("ledger-text-missing", "texts", f"text {digest}", "is gone, and rows rest on it")
        for digest in there - self.texts:
            note("ledger-text-extra", "texts", f"text {digest}", "is a text that no row names")

    # Checkpoints

    def against(self, checkpoints: Iterable[Checkpoint], pinned: str | None) -> None:
        """Hold the rows against checkpoints: those given, and those that the ledger itself keeps."""
        tree, note = Tree(self.leaves), self.report.note
        self.report.root = tree.root().hex()
        given = [("the checkpoint of", one) for one in checkpoints]
        for seq, body in self.inside:
            try:
                given.append((f"row {seq}, a checkpoint of", read_checkpoint(body.get("checkpoint"), pinned)))
            except ProofError as error:
                note("ledger-checkpoint", "rows", f"row {seq}", error.diagnostics[0].message)
        for name, one in sorted(given, key=lambda pair: pair[1].size):
            self.report.checkpoints += 1
            place = f"{name} {one.size:,} rows"
            if one.ledger != self.ledger.id:
                note("ledger-checkpoint", "checkpoint", place, "is of another ledger")
            elif one.size > tree.size:
                told = f"saw more rows than there are: rows {tree.size + 1} to {one.size} are missing at the end"
                note("ledger-checkpoint", "checkpoint", place, told)
            elif one.root != tree.root(one.size).hex():
                note(
                    "ledger-checkpoint", "checkpoint", place, f"saw other rows: some of 1 to {one.size} were rewritten"
                )


def _is_row(row: Mapping[str, Any]) -> bool:
    """Say whether the columns hold what a hash can be taken of: texts, numbers, canonical JSON."""
    texts = ("kind", "happened", "written", "previous", "hash", "body", "commitments", "departments")
    if not all(isinstance(row[name], str) for name in texts):
        return False
    case, revision = row["case_id"], row["revision"]
    if not (case is None and revision is None) and not (isinstance(case, str) and isinstance(revision, int)):
        return False
    return all(is_canonical(row[name]) for name in ("body", "commitments", "departments"))


def texts_named(body: Any) -> set[str]:
    """Return the texts that a row's body names: under `texts`, a SHA-256 or a list of them."""
    named = body.get("texts") if isinstance(body, Mapping) else None
    several = [named] if isinstance(named, str) else named if isinstance(named, list) else []
    return {one for one in several if isinstance(one, str)}


def texts_of_catalogue(text: str) -> set[str]:
    """Return the texts that a catalogue of profiles is made of; none for any other text."""
    if not text.startswith('{"form":"alpr-policy catalogue 1"'):
        return set()
    try:
        raw = json.loads(text)
        return {one["digest"] for one in raw["sources"]} | {one["content_hash"] for one in raw["profiles"]}
    except (ValueError, TypeError, KeyError, RecursionError):
        return set()


def _place(place: tuple[int, str]) -> str:
    return f"row {place[0]} {place[1]}"


def _all(connection: Any, table: Any) -> list[Mapping[str, Any]]:
    return list(connection.execute(table.select()).mappings().all())


def _in_chunks(connection: Any, table: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a table in the order of its numbers, without holding all of them."""
    found = connection.execute(table.select().order_by(*table.primary_key.columns)).mappings()
    for chunk in found.partitions(1_000):
        yield from chunk
