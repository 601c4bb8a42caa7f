"""Checkpoints and proofs: what an outsider keeps, and what they are shown. All is checked without a database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from alpr_policy_adapters.ledger.canonical import canonical, row_hash
from alpr_policy_adapters.ledger.errors import LedgerRowError, ProofError
from alpr_policy_adapters.ledger.keys import SigningKey, signed_by
from alpr_policy_adapters.ledger.merkle import continued, included

FORM: Final = "alpr-policy ledger checkpoint 1"
PROOF: Final = "alpr-policy ledger proof 1"
MAX_PATH: Final = 130
_HASH = re.compile(r"[0-9a-f]{64}")
HASHED: Final = (
    "body",
    "case",
    "commitments",
    "departments",
    "happened",
    "kind",
    "previous",
    "revision",
    "seq",
    "written",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What was in a ledger at some time: its name, the number of its rows, the root of the tree over their hashes.

    `head` is the hash of the last of these rows. `key` is the public key of `signature`, both in hexadecimal.
    """

    ledger: str
    size: int
    root: str
    head: str
    at: str
    key: str = ""
    signature: str = ""

    @property
    def signed(self) -> bytes:
        """Return the bytes that are signed."""
        names = ("ledger", "size", "root", "head", "at", "key")
        return canonical({"form": FORM, **{name: getattr(self, name) for name in names}}).encode()

    def to_wire(self) -> dict[str, Any]:
        """Return the checkpoint as plain JSON data."""
        names = ("ledger", "size", "root", "head", "at", "key", "signature")
        return {"form": FORM, **{name: getattr(self, name) for name in names}}


def sign(key: SigningKey, *, ledger: str, size: int, root: bytes, head: str, at: str) -> Checkpoint:
    """Sign a checkpoint."""
    open_one = Checkpoint(ledger=ledger, size=size, root=root.hex(), head=head, at=at, key=key.public)
    signature = key.sign(open_one.signed)
    return Checkpoint(ledger=ledger, size=size, root=root.hex(), head=head, at=at, key=key.public, signature=signature)


def read_checkpoint(raw: Any, pinned: str | None = None) -> Checkpoint:
    """Read a checkpoint and check its signature, and that it is by the key `pinned` where one is given.

    Raises ProofError.
    """
    if not isinstance(raw, Mapping) or raw.get("form") != FORM:
        raise ProofError("this is no checkpoint", "it is what `alpr-policy ledger checkpoint` writes")
    texts = {name: raw.get(name) for name in ("ledger", "root", "head", "at", "key", "signature")}
    size = raw.get("size")
    if not all(isinstance(one, str) and len(one) <= 200 for one in texts.values()) or not _whole(size):
        raise ProofError("this checkpoint is malformed")
    found = Checkpoint(size=int(str(size)), **{name: str(one) for name, one in texts.items()})
    if not (_HASH.fullmatch(found.root) and _HASH.fullmatch(found.head)):
        raise ProofError("this checkpoint is malformed")
    if pinned is not None and found.key != pinned:
        raise ProofError("the checkpoint is signed with another key than the one that is trusted")
    if not signed_by(found.key, found.signed, found.signature):
        raise ProofError("the signature of the checkpoint is wrong")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a proof that holds has shown; `row` is the row in question, where it is about one."""

    what: str
    row: Mapping[str, Any] | None = None
    first: Checkpoint | None = None
    checkpoint: Checkpoint


def inclusion_wire(row: Mapping[str, Any], path: tuple[bytes, ...], checkpoint: Checkpoint) -> dict[str, Any]:
    """Write the proof that a row is in the ledger of a checkpoint; the row goes with it, without personal values."""
    shown = {name: row[name] for name in HASHED}
    wire = {"form": PROOF, "row": shown, "hash": row["hash"], "path": [node.hex() for node in path]}
    return wire | {"checkpoint": checkpoint.to_wire()}


def consistency_wire(first: Checkpoint, second: Checkpoint, path: tuple[bytes, ...]) -> dict[str, Any]:
    """Write the proof that the ledger of the second checkpoint continues that of the first."""
    nodes = [node.hex() for node in path]
    return {"form": PROOF, "first": first.to_wire(), "path": nodes, "checkpoint": second.to_wire()}


def verify_proof(raw: Any, pinned: str | None = None) -> Shown:
    """Check a proof, offline: signatures, hashes and path; `pinned` is the public key that is trusted.

    Raises ProofError with what does not hold.
    """
    if not isinstance(raw, Mapping) or raw.get("form") != PROOF:
        raise ProofError("this is no proof", "it is what `alpr-policy ledger prove` writes")
    checkpoint = read_checkpoint(raw.get("checkpoint"), pinned)
    path = _path(raw.get("path"))
    if "first" in raw:
        return _continues(read_checkpoint(raw["first"], pinned), checkpoint, path)
    row = raw.get("row")
    if not isinstance(row, Mapping) or set(row) != set(HASHED):
        raise ProofError("the proof shows no row")
    plain = ("case", "happened", "kind", "previous", "revision", "seq", "written")
    if not all(row[name] is None or isinstance(row[name], str) or _whole(row[name]) for name in plain):
        raise ProofError("the row of the proof is malformed")
    try:
        found = hash_of_shown(row)
    except LedgerRowError:
        raise ProofError("the row of the proof is malformed") from None
    if found != raw.get("hash"):
        raise ProofError("the row is not the one with the hash that is given")
    seq = row["seq"]
    if not _whole(seq) or not included(
        bytes.fromhex(found), seq - 1, checkpoint.size, path, bytes.fromhex(checkpoint.root)
    ):
        raise ProofError("the row is not in the ledger of the checkpoint, or stands at another place")
    return Shown(what=f"row {seq} is in the ledger of {checkpoint.size:,} rows", row=row, checkpoint=checkpoint)


def hash_of_shown(row: Mapping[str, Any]) -> str:
    """Return the hash of a row as `Row.to_wire` shows it; raises LedgerRowError for what no row can be."""
    written = {name: canonical(row[name]) for name in ("body", "commitments", "departments")}
    return row_hash({**row, **written, "case_id": row["case"]})


def _continues(first: Checkpoint, second: Checkpoint, path: tuple[bytes, ...]) -> Shown:
    if first.ledger != second.ledger:
        raise ProofError("the two checkpoints are of different ledgers")
    if not continued(first.size, second.size, path, bytes.fromhex(first.root), bytes.fromhex(second.root)):
        raise ProofError("the later ledger does not begin with the earlier one: it was rewritten")
    told = f"the ledger of {second.size:,} rows begins with that of {first.size:,}, unchanged"
    return Shown(what=told, first=first, checkpoint=second)


def _path(raw: Any) -> tuple[bytes, ...]:
    if not isinstance(raw, list) or len(raw) > MAX_PATH:
        raise ProofError("the path of the proof is malformed")
    if not all(isinstance(one, str) and _HASH.fullmatch(one) for one in raw):
        raise ProofError("the path of the proof is malformed")
    return tuple(bytes.fromhex(one) for one in raw)


def _whole(raw: Any) -> bool:
    return isinstance(raw, int) and not isinstance(raw, bool) and 0 < raw < 2**62
