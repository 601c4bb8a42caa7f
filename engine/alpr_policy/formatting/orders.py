"""In which order the keys of each part of a profile are written; those of conditions and of the file are not moved."""

from __future__ import annotations

from alpr_policy.reading.generic_shape import GENERIC
from alpr_policy.reading.grammar import KINDS
from alpr_policy.reading.groups import Either, ListOf, MapOf, Record
from alpr_policy.reading.profile_shape import PROFILE
from alpr_policy.reading.shapes import Shape

TAIL = ("force", "answerable", "breach", "confidential", "reading", "text")
FIRST = ("id", "cite", "action", "task", "covers", "data", "custodian")
# What is read before the rest of a statement of the kind; `when` stands behind the acts or data that it narrows.
EARLY = {
    "approvals": ("when", "unless", "topic"),
    "duties": (
        *("for_each", "by", "every", "counted", "first_period", "on_date", "after", "when", "unless", "outcome"),
        *("within", "early", "late_after", "sample"),
    ),
}


def order_of(shape: Shape | None) -> tuple[str, ...] | None:
    """Return the keys of a group in their order; None where the author's order is kept."""
    record = _record(shape)
    if record is None or record is PROFILE or record is GENERIC:
        return None
    kind = next((name for name, one in KINDS.items() if one is record), None)
    keys = [field.key for field in record.fields]
    if kind is None:
        return tuple(keys)
    early = (*FIRST, *EARLY.get(kind, ("when", "unless")))
    middle = [key for key in keys if key not in early and key not in TAIL]
    return (*(key for key in early if key in keys), *middle, *(key for key in TAIL if key in keys))


def inside(shape: Shape | None, key: str | None) -> Shape | None:
    """Return the shape of the value of a key, or of an item of a list (`key` None); None where nothing is known."""
    if isinstance(shape, Either):
        options = (inside(option, key) for _, _, option in shape.options)
        return next((option for option in options if option is not None), None)
    if key is None:
        return shape.item if isinstance(shape, ListOf) else None
    if isinstance(shape, MapOf):
        return shape.item
    if isinstance(shape, ListOf) and shape.single:
        return inside(shape.item, key)
    record = _record(shape)
    return next((field.shape for field in record.fields if field.key == key), None) if record is not None else None


def _record(shape: Shape | None) -> Record | None:
    """Return the record that a shape is, or that it reads its group of keys with."""
    if isinstance(shape, Record):
        return shape
    if isinstance(shape, ListOf) and shape.single:
        return _record(shape.item)
    inner = getattr(shape, "_record", None)
    return inner if isinstance(inner, Record) else None
