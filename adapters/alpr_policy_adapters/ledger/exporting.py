"""`export`: rows as JSON Lines, each with the proof that it is in the ledger of a checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from alpr_policy_adapters.ledger.checkpoints import Checkpoint, hash_of_shown
from alpr_policy_adapters.ledger.finding import Wanted
from alpr_policy_adapters.ledger.ledger import Ledger
from alpr_policy_adapters.ledger.proving import seen_by, tree_of

FORM: Final = "alpr-policy ledger export 1"


def export(
    ledger: Ledger, wanted: Wanted | None = None, *, checkpoint: Checkpoint | None = None, personal: bool = False
) -> Iterator[dict[str, Any]]:
    """Yield a head, then each row with its path in the tree, as plain JSON data.

    With a checkpoint the paths lead to its root, and rows after it are left out; without, to the root of what is there.
    `personal` adds the personal values with their keys, by which each can be held against its commitment. Raises
    LedgerError.
    """
    tree = tree_of(ledger) if checkpoint is None else seen_by(ledger, checkpoint)
    head: dict[str, Any] = {"form": FORM, "ledger": ledger.id, "size": tree.size, "root": tree.root().hex()}
    yield head | ({"checkpoint": checkpoint.to_wire()} if checkpoint else {})
    for row in ledger.rows(wanted):
        if row.seq > tree.size:
            return
        wire = row.to_wire(personal=personal)
        if personal:
            for pointer, key in ledger.keys_of(row.seq).items():
                wire["personal"][pointer]["key"] = key
        wire["intact"] = hash_of_shown(wire) == row.hash
        yield wire | {"path": [node.hex() for node in tree.inclusion(row.seq - 1)]}
