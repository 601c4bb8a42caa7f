"""`verify`: every byte of a ledger is held against the hashes, and what is wrong is named with its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
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
        walk.purged(connection)
        walk.beside(connection)
    walk.against(checkpoints, pinned)
    report.findings.sort(key=_order)
    return report


def _order(one: Finding) -> tuple[str, int, str]:
    number = one.place.split(" ")[1] if one.place.startswith("row ") else ""
    return one.table, int(number) if number.isdecimal() else 0, one.place


class _Walk:
    """One pass over the rows and their personal values, side by side, and then one over each of the other tables.

    What is kept in memory is the hash of each row, and of purged values which they are; no value.
    """

    def __init__(self, report: Report, ledger: Ledger, progress: Progress | None) -> None:
        self.report, self.ledger, self.progress = report, ledger, progress
        self.leaves: list[bytes] = []
        self.cases: dict[str, tuple[int, int]] = {}
        self.absent: dict[int, frozenset[str]] = {}
        self.told: dict[int, tuple[tuple[frozenset[str], int], ...]] = {}
        self.alike: dict[frozenset[str], frozenset[str]] = {}
        self.texts: set[str] = set()
        self.inside: list[tuple[int, Mapping[str, Any]]] = []
        self.opened: Mapping[str, Any] = {}

    # The rows

    def rows(self, connection: Any) -> None:
        """Follow the chain from the first row to the last."""
        last, expected = NOTHING, 1
        values = _Values(_in_chunks(connection, tables().personal), self._extra)
        for row in _in_chunks(connection, tables().rows):
            seq = row["seq"]
            if seq != expected:
                self._gap(expected, seq)
            last = self._row(row, last, values.of(seq))
            expected = max(expected, seq + 1)
            self.report.size += 1
            if self.progress and self.report.size % 1_000 == 0:
                self.progress(self.report.size)
        values.rest()
        self.report.head = last
        if not self.report.size:
            self.report.note("ledger-row-missing", "rows", "row 1", "the ledger has no rows, not even its first")

    def _gap(self, expected: int, seq: int) -> None:
        # Something stands for each missing row, so that the rows after it keep their places in the tree.
        self.leaves += [bytes(32)] * min(max(seq - expected, 0), MOST_MISSING)
        place = f"row {expected}" if seq == expected + 1 else f"row {expected} to {seq - 1}"
        told = "is missing" if seq > expected else "stands before the first"
        self.report.note("ledger-row-missing", "rows", place if seq > expected else f"row {seq}", told)

    def _row(self, row: Mapping[str, Any], last: str, values: dict[Any, Mapping[str, Any]]) -> str:
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
        self._values(row, values)
        if sound:
            self._promises(row)
        if sound and row["case_id"] is not None:
            before = self.cases.get(row["case_id"], (0, 0))[0]
            if row["revision"] != before + 1:
                note("ledger-row-order", "rows", place, f"is step {row['revision']} of its case, after step {before}")
            self.cases[row["case_id"]] = (row["revision"], row["seq"])
        return held

    def _values(self, row: Mapping[str, Any], values: dict[Any, Mapping[str, Any]]) -> None:
        """Hold personal values against their commitments, and note which are absent, for when all purges are known."""
        absent: set[str] = set()
        try:
            for path, (sort, held) in json.loads(row["commitments"]).items():
                found = values.pop(path, None)
                if found is None:
                    absent.add(path)
                elif not self._is_value(found, Sort(sort).value, held):
                    told = "is not the value that the row stands for"
                    self.report.note("ledger-personal-changed", "personal", _place(row["seq"], path), told)
        except (ValueError, TypeError, AttributeError, RecursionError):
            self._is_strange(row)
        for extra in values.values():
            self._extra(extra)
        if absent:
            self.absent[row["seq"]] = self._same(absent)

    def _is_value(self, row: Mapping[str, Any], sort: str, held: object) -> bool:
        try:
            value = row["value"]
            sound = commitment(row["key"], value) == held and row["key"] == bytes.fromhex(row["key"]).hex()
            return sound and search_key(self.ledger.secret, sort, json.loads(value)) == row["search"]
        except (ValueError, TypeError, AttributeError, RecursionError):
            return False

    def _extra(self, row: Mapping[str, Any]) -> None:
        self.report.note("ledger-personal-extra", "personal", _place(row["seq"], row["path"]), "belongs to no row")

    def _is_strange(self, row: Mapping[str, Any]) -> None:
        self.report.note("ledger-row-changed", "rows", f"row {row['seq']}", "holds what no ledger writes")

    def _same(self, paths: Iterable[str]) -> frozenset[str]:
        """Return one and the same set for alike ones: most rows of a ledger have few sorts of pointers."""
        found = frozenset(paths)
        return self.alike.setdefault(found, found)

    def _promises(self, row: Mapping[str, Any]) -> None:
        """Gather what a row says of the other tables."""
        seq, kind = row["seq"], row["kind"]
        try:
            body = json.loads(row["body"])
            moment_of(row["happened"]), moment_of(row["written"]), Kind(kind)
            self.texts |= texts_named(body)
            if kind == Kind.OPENED:
                self.opened = body
            if kind == Kind.CHECKPOINT:
                self.inside.append((seq, body))
            for group in body["purged"] if kind == Kind.PURGE else ():
                told = (self._same(group["paths"]), seq)
                for number in group["rows"]:
                    self.told[number] = (*self.told.get(number, ()), told)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            self._is_strange(row)

    # What stands beside

    def purged(self, connection: Any) -> None:
        """Hold what is absent against what the rows tell of purges, and both against the marks."""
        note = self.report.note
        for seq, several in groupby(_in_chunks(connection, tables().purged), key=lambda one: one["seq"]):
            told = {path: row for paths, row in self.told.pop(seq, ()) for path in paths}
            absent = self.absent.pop(seq, frozenset())
            marks = {one["path"]: one["by_row"] for one in several}
            self.report.purged += len(marks)
            for path, row in marks.items():
                if told.get(path) != row:
                    place = _place(seq, path)
                    note(
                        "ledger-purge-mark",
                        "purged",
                        place,
                        "is marked as purged, and no row of the ledger tells of it",
                    )
            self._agree(seq, absent, told, marks)
        for seq, groups in self.told.items():
            told = {path: row for paths, row in groups for path in paths}
            self._agree(seq, self.absent.pop(seq, frozenset()), told, {})
        for seq, paths in self.absent.items():
            self._agree(seq, paths, {}, {})

    def _agree(self, seq: Any, absent: frozenset[str], told: Mapping[str, int], marks: Mapping[Any, Any]) -> None:
        note = self.report.note
        for path in told.keys() - marks.keys():
            note(
                "ledger-purge-mark", "purged", _place(seq, path), "was purged as the ledger tells, and is not marked so"
            )
        for path in told.keys() - absent:
            note("ledger-personal-extra", "personal", _place(seq, path), "is there although it was purged")
        for path in absent - told.keys():
            place = _place(seq, path)
            note("ledger-personal-missing", "personal", place, "is gone, and no row of the ledger tells of a purge")

    def beside(self, connection: Any) -> None:
        """Hold the other tables against what the rows say of them."""
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


class _Values:
    """The personal values, in the order of their rows; what lies before a row that is asked for belongs to none."""

    def __init__(self, values: Iterator[Mapping[str, Any]], extra: Callable[[Mapping[str, Any]], None]) -> None:
        self.values, self.extra = values, extra
        self.next = next(values, None)

    def of(self, seq: int) -> dict[Any, Mapping[str, Any]]:
        """Return the values of a row by their pointers."""
        found: dict[Any, Mapping[str, Any]] = {}
        while self.next is not None:
            number = self.next["seq"]
            if number == seq:
                found[self.next["path"]] = self.next
            elif isinstance(number, str | bytes) or (number is not None and number > seq):
                break
            else:
                self.extra(self.next)
            self.next = next(self.values, None)
        return found

    def rest(self) -> None:
        """Tell of all that come after the last row."""
        while self.next is not None:
            self.extra(self.next)
            self.next = next(self.values, None)


def _place(seq: object, path: object) -> str:
    return f"row {seq} {path}"


def _all(connection: Any, table: Any) -> list[Mapping[str, Any]]:
    return list(connection.execute(table.select()).mappings().all())


def _in_chunks(connection: Any, table: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a table in the order of its numbers, without holding all of them."""
    found = connection.execute(table.select().order_by(*table.primary_key.columns)).mappings()
    for chunk in found.partitions(1_000):
        yield from chunk
