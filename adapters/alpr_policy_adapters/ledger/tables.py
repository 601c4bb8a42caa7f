"""The tables of a ledger, described once for both databases."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

HEAD: Final = "0001"
"""The newest migration, which is the schema that this program reads and writes."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of a ledger, as SQLAlchemy knows them."""

    rows: Any
    personal: Any
    purged: Any
    texts: Any
    case_heads: Any
    meta: Any


@cache
def tables() -> Tables:
    """Return the tables; SQLAlchemy is imported here, on first use."""
    import sqlalchemy as sa

    known = sa.MetaData()

    def text(name: str, **more: Any) -> Any:
        return sa.Column(name, sa.Text, nullable=more.pop("nullable", False), **more)

    def number(name: str, **more: Any) -> Any:
        whole = sa.BigInteger().with_variant(sa.Integer, "sqlite")
        return sa.Column(name, whole, nullable=more.pop("nullable", False), autoincrement=False, **more)

    rows = sa.Table(
        "rows",
        known,
        number("seq", primary_key=True),
        text("kind"),
        text("happened"),
        text("written"),
        text("departments"),
        text("case_id", nullable=True),
        number("revision", nullable=True),
        text("body"),
        text("commitments"),
        text("previous"),
        text("hash"),
        sa.UniqueConstraint("case_id", "revision", name="one_writer_for_each_step"),
    )
    personal = sa.Table(
        "personal",
        known,
        number("seq", primary_key=True),
        text("path", primary_key=True),
        text("value"),
        text("key"),
        text("search", nullable=True, index=True),
    )
    purged = sa.Table(
        "purged", known, number("seq", primary_key=True), text("path", primary_key=True), number("by_row")
    )
    texts = sa.Table("texts", known, text("digest", primary_key=True), text("text"))
    heads = sa.Table("case_heads", known, text("case_id", primary_key=True), number("revision"), number("seq"))
    meta = sa.Table("meta", known, text("name", primary_key=True), text("value"))
    return Tables(rows, personal, purged, texts, heads, meta)
