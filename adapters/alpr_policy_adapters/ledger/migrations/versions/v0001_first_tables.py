"""The first tables: rows, what stands beside them, and triggers against changing what is written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. What is written here is not changed again: a later schema is a later file."""
    whole = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "rows",
        sa.Column("seq", whole, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("kind", "happened", "written", "departments")),
        sa.Column("case_id", sa.Text),
        sa.Column("revision", whole),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("body", "commitments", "previous", "hash")),
        sa.UniqueConstraint("case_id", "revision", name="one_writer_for_each_step"),
    )
    op.create_index("rows_by_time", "rows", ["happened"])
    op.create_index("rows_by_kind", "rows", ["kind", "happened"])
    op.create_table(
        "personal",
        sa.Column("seq", whole, primary_key=True, autoincrement=False),
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("search", sa.Text),
    )
    op.create_index("personal_by_search", "personal", ["search"])
    op.create_table(
        "purged",
        sa.Column("seq", whole, primary_key=True, autoincrement=False),
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("by_row", whole, nullable=False),
    )
    op.create_table(
        "texts",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "case_heads",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("revision", whole, nullable=False),
        sa.Column("seq", whole, nullable=False),
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    _guard()


def _guard() -> None:
    """Let the database itself refuse to change or remove a row: a guard against slips, not against an intruder."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION rows_stay() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'rows of the ledger stay as they are'; END $$"
        )
        op.execute(
            "CREATE TRIGGER rows_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON rows "
            "FOR EACH STATEMENT EXECUTE FUNCTION rows_stay()"
        )
        return
    for what in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER rows_stay_{what.lower()} BEFORE {what} ON rows "
            "BEGIN SELECT RAISE(ABORT, 'rows of the ledger stay as they are'); END"
        )
