"""Making checkpoints and proofs from a ledger; checking them needs no ledger and is in `checkpoints`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from alpr_policy_adapters.ledger.checkpoints import Checkpoint, consistency_wire, inclusion_wire, sign
from alpr_policy_adapters.ledger.errors import ProofError
from alpr_policy_adapters.ledger.keys import SigningKey
from alpr_policy_adapters.ledger.ledger import Ledger
from alpr_policy_adapters.ledger.merkle import Tree
from alpr_policy_adapters.ledger.rows import Kind, NewRow, stamp
from alpr_policy_adapters.ledger.tables import tables


def hashes(ledger: Ledger, size: int | None = None) -> list[str]:
    """Return the hashes of the first `size` rows, or of all, as they are stored."""
    import sqlalchemy as sa

    rows = tables().rows
    chosen = sa.select(rows.c.hash).order_by(rows.c.seq)
    with ledger.database.reading() as connection:
        return list(connection.execute(chosen if size is None else chosen.limit(size)).scalars())


def tree_of(ledger: Ledger, size: int | None = None) -> Tree:
    """Return the tree over the first `size` rows; raises ProofError where a stored hash is none."""
    try:
        return Tree(bytes.fromhex(one) for one in hashes(ledger, size))
    except (ValueError, TypeError):
        raise ProofError("a row of the ledger has no hash", "see `alpr-policy ledger verify`") from None


def make_checkpoint(ledger: Ledger, key: SigningKey, at: dt.datetime) -> Checkpoint:
    """Sign what the ledger holds now, and note the checkpoint in the ledger itself."""
    found = hashes(ledger)
    tree = Tree(bytes.fromhex(one) for one in found)
    made = sign(key, ledger=ledger.id, size=tree.size, root=tree.root(), head=found[-1], at=stamp(at))
    ledger.append([NewRow(kind=Kind.CHECKPOINT, happened=at, body={"checkpoint": made.to_wire()})])
    return made


def prove_row(ledger: Ledger, seq: int, checkpoint: Checkpoint) -> dict[str, Any]:
    """Return the proof that a row is in the ledger as the checkpoint saw it; raises ProofError."""
    row = ledger.row(seq)
    if row is None or seq > checkpoint.size:
        raise ProofError(f"the checkpoint saw rows 1 to {checkpoint.size}; there is no row {seq} among them")
    tree = seen_by(ledger, checkpoint)
    return inclusion_wire(row.to_wire(), tree.inclusion(seq - 1), checkpoint)


def prove_growth(ledger: Ledger, first: Checkpoint, second: Checkpoint) -> dict[str, Any]:
    """Return the proof that the ledger only grew between two checkpoints; raises ProofError."""
    if first.size > second.size:
        raise ProofError("the first checkpoint saw more rows than the second")
    tree = seen_by(ledger, second)
    if tree.root(first.size).hex() != first.root:
        raise ProofError("the ledger no longer holds what the first checkpoint saw")
    return consistency_wire(first, second, tree.consistency(first.size))


def seen_by(ledger: Ledger, checkpoint: Checkpoint) -> Tree:
    """Return the tree that a checkpoint saw; raises ProofError where the ledger no longer holds it."""
    tree = tree_of(ledger, checkpoint.size)
    if checkpoint.ledger != ledger.id:
        raise ProofError("the checkpoint is of another ledger")
    if tree.size != checkpoint.size or tree.root().hex() != checkpoint.root:
        raise ProofError("the ledger no longer holds what the checkpoint saw", "see `alpr-policy ledger verify`")
    return tree
