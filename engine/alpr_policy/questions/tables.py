"""Tables of expected answers: what many cases share is written once, and each row is read as the cases it stands for.

A row is turned into the tree of a case or of a duty's case before it is read, so a table can say nothing that these
cannot, and a mistake is shown at its cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from alpr_policy.reading.groups import Field
from alpr_policy.reading.scalars import ScalarKind, ScalarNode
from alpr_policy.reading.shapes import Notes
from alpr_policy.reading.yaml_tree import MappingNode, Node, SequenceNode
from alpr_policy.source import Span

# Keys of a table that are not those of its cases, and keys of a case that its columns and `ask` make up.
OWN = ("ask", "columns", "rows")
MADE = ("action", "expect", "facts")


def check_table(values: Mapping[str, Any], node: MappingNode, notes: Notes) -> None:
    """Note columns that are twice there, missing or none, and rows that do not have one cell for each column."""
    columns, heads = values["columns"], _items(node, "columns")
    for at, column in enumerate(columns):
        if column in columns[:at]:
            notes.fault("bad-column", f"the column `{column}` stands twice", heads[at].span, "keep one of the two")
        if column in MADE and "ask" in values:
            help_ = "name the fact, the part of the answer, or the act that is asked of"
            notes.fault("bad-column", f"`{column}` is no column", heads[at].span, help_)
    for column in ("name", *values.get("ask", ("expect",))):
        if column not in columns:
            message = f"this table has no column `{column}`"
            notes.fault("bad-column", message, node.key_span("columns"), "each row has a name and what is expected")
    for row in _items(node, "rows"):
        if isinstance(row, SequenceNode) and len(row.items) != len(columns):
            message = f"this row has {len(row.items)} cells, and the table {len(columns)} columns"
            notes.fault("uneven-row", message, row.span, "the columns are " + ", ".join(columns))


def cases_of(table: MappingNode, case: tuple[Field, ...], expect: tuple[Field, ...]) -> Iterator[MappingNode]:
    """Give the trees of a table's cases: one for each row and each act that the table asks of.

    A column that is asked of holds outcomes; one that is a key of a case, or of an expectation, is that; any other is a
    fact. Bases that a row uses are added to those of its table.
    """
    ask = [node.text for node in _items(table, "ask") if isinstance(node, ScalarNode)]
    keys, answers = {field.key for field in case}, {field.key for field in expect}
    for row, cells in _rows(table):
        for action in ask:
            shared = _shared(table)
            facts, expected = _entries(shared.pop("facts", None)), _entries(shared.pop("expect", None))
            for column, cell in cells.items():
                if column == action:
                    expected["outcome"] = cell
                elif column == "use":
                    shared[column] = _joined(shared.get(column), cell)
                elif column in keys:
                    shared[column] = cell
                elif column in answers:
                    expected[column] = cell
                elif column not in ask:
                    facts[column] = cell
            shared["name"] = _named(table, cells, f" ({action})" if len(ask) > 1 else "")
            shared["action"] = _word(action, row.span)
            yield _mapping({**shared, "facts": _mapping(facts, row), "expect": _mapping(expected, row)}, row)


def duties_of(table: MappingNode, duty: tuple[Field, ...]) -> Iterator[MappingNode]:
    """Give the trees of a table's duty cases, one for each row.

    A column that is a key of a duty's case is that; any other names an event, and its cells are when it happened.
    """
    keys = {field.key for field in duty}
    for row, cells in _rows(table):
        happened = [
            _event(column, when) for column, cell in cells.items() if column not in keys for when in _each(cell)
        ]
        values = _shared(table) | {column: cell for column, cell in cells.items() if column in keys}
        if happened:
            values["events"] = _joined(values.get("events"), SequenceNode(tuple(happened), row.span))
        yield _mapping({**values, "name": _named(table, cells, "")}, row)


def _event(name: str, when: Node) -> Node:
    return _mapping({"event": _word(name, when.span), "at": when}, when)


def _joined(shared: Node | None, cell: Node) -> Node:
    """Join what a table says to what a row adds, each one item or a list of them."""
    return SequenceNode((*(_each(shared) if shared is not None else ()), *_each(cell)), cell.span)


def _each(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, SequenceNode) else (node,)


def _rows(table: MappingNode) -> Iterator[tuple[Node, dict[str, Node]]]:
    columns = [node.text for node in _items(table, "columns") if isinstance(node, ScalarNode)]
    for row in _items(table, "rows"):
        yield row, dict(zip(columns, row.items, strict=True) if isinstance(row, SequenceNode) else ())


def _shared(table: MappingNode) -> dict[str, Node]:
    return {key: value for key, value in _entries(table).items() if key not in OWN}


def _named(table: MappingNode, cells: Mapping[str, Node], act: str) -> Node:
    """Join the table's name and the row's to one sentence."""
    row, whole = cells["name"], table.get("name")
    if not isinstance(row, ScalarNode) or not isinstance(whole, ScalarNode):
        return row
    return _word(f"{whole.text}: {row.text}{act}", row.span)


def _items(node: MappingNode, key: str) -> tuple[Node, ...]:
    items = node.get(key)
    return items.items if isinstance(items, SequenceNode) else ()


def _entries(node: Node | None) -> dict[str, Node]:
    return {key.text: value for key, value in node.entries} if isinstance(node, MappingNode) else {}


def _word(text: str, span: Span) -> ScalarNode:
    return ScalarNode(text, text, span, quoted=True, kind=ScalarKind.TEXT)


def _mapping(entries: Mapping[str, Node], row: Node) -> MappingNode:
    return MappingNode(tuple((_word(key, value.span), value) for key, value in entries.items()), row.span)
