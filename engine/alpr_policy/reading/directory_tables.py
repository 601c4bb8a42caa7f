"""Tables of a directory, row by row, turned into the tree of its YAML file: a mistake is shown at its cell."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from alpr_policy.errors import Diagnostic
from alpr_policy.reading.scalars import ScalarKind, ScalarNode, meaning
from alpr_policy.reading.text_files import Limits, forbidden_character, read_text
from alpr_policy.reading.yaml_tree import MappingNode, Node, SequenceNode
from alpr_policy.source import SourceFile, Span
from alpr_policy.suggest import did_you_mean

MAX_ROWS = 200_000
MAX_CELL = 2_000
MAX_FAULTS = 100
PERIOD = ("from", "until")
COLUMNS: dict[str, tuple[str, ...]] = {
    "agencies": ("id", "kind", "status"),
    "persons": ("id", "agency", "kind", "sworn", "supervisor", "employee", "command_post", "designated", *PERIOD),
    "absences": ("person", "role", *PERIOD),
    "roles": ("person", "role", "capacity", "of", *PERIOD),
    "training": ("person", "what", "completed", "covers", "expires"),
    "status": ("person", "status", *PERIOD),
    "credentials": ("person", "login", "kind", *PERIOD),
    "hours": ("person", "days", "start", "end", *PERIOD),
    "agency_status": ("agency", "status", *PERIOD),
}
# Tables whose rows belong to a row of another: under which key, of which table, and as which part of it.
ATTACHED = {
    "roles": ("person", "persons", "roles"),
    "training": ("person", "persons", "training"),
    "status": ("person", "persons", "status"),
    "credentials": ("person", "persons", "credentials"),
    "hours": ("person", "persons", "hours"),
    "agency_status": ("agency", "agencies", "status"),
}
FLAGS = frozenset({"sworn", "supervisor", "employee", "command_post"})
LISTS = frozenset({"covers", "days"})
MOMENTS = frozenset({"from", "until", "completed", "expires", "designated"})
NEVER = "never"
_SPAN = re.compile(r"(?P<since>[^.\s]\S*?)?\.\.(?P<until>[^.\s]\S*)?")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it stands, and its cells by our names of the columns, each with its place; empty ones left out."""

    span: Span
    cells: Mapping[str, tuple[str, Span]]


def csv_rows(folder: Path, limits: Limits) -> tuple[dict[str, list[Row]], list[Diagnostic]]:
    """Read every table that lies in a folder; what is wrong is noted line by line."""
    tables: dict[str, list[Row]] = {}
    found: list[Diagnostic] = []
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in COLUMNS:
            message = f"`{path.name[:60]}` is not a table of a directory"
            found.append(
                Diagnostic("directory-table", message, Span(str(path), 1, 1), did_you_mean(path.stem, COLUMNS))
            )
            continue
        source, problems = read_text(path, limits)
        found += problems
        if source is not None:
            tables[path.stem] = list(_rows(source, path.stem, found))
    if "persons" not in tables and not found:
        found.append(Diagnostic("directory-table", "there is no `persons.csv`", Span(str(folder), 1, 1)))
    return tables, found


def _rows(source: SourceFile, table: str, found: list[Diagnostic]) -> Iterator[Row]:
    bad = forbidden_character(source.text)
    if bad is not None:
        line, column, message = bad
        found.append(Diagnostic("directory-row", message, Span(source.name, line, column)))
        return
    reader = csv.reader(io.StringIO(source.text, newline=""), strict=True)
    before, head, faults = 0, None, 0
    lines = source.text.splitlines()
    try:
        for cells in reader:
            first, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            places = _places(cells, lines[first - 1] if first <= len(lines) else "", Span(source.name, first, 1))
            if head is None:
                head = [cell.strip() for cell in cells]
                found += _bad_head(head, places, table)
                continue
            problem = _bad_row(cells, head, places, first)
            if problem is None:
                yield Row(places[0], _cells(cells, head, places))
            elif faults < MAX_FAULTS:
                faults += 1
                found.append(problem)
            if first > MAX_ROWS:
                message = f"the table has more than {MAX_ROWS:,} lines"
                found.append(Diagnostic("directory-too-large", message, places[0]))
                return
    except csv.Error as error:
        found.append(Diagnostic("directory-row", f"this line is no CSV: {error}", Span(source.name, before + 1, 1)))
    if head is None:
        found.append(Diagnostic("directory-row", "this table has no line with its columns", Span(source.name, 1, 1)))


def _places(cells: list[str], line: str, start: Span) -> list[Span]:
    """Return where each cell stands in its line; one that goes on over several lines is where the row is."""
    at, places = 0, []
    for cell in cells:
        found = line.find(cell, at) if cell and "\n" not in cell else -1
        at = found if found >= 0 else at
        places.append(Span(start.file, start.line, at + 1, max(1, min(len(cell), 60))))
        following = line.find(",", at + len(cell)) if found >= 0 or not cell else -1
        at = following + 1 if following >= 0 else at
    return places or [start]


def _bad_head(head: list[str], places: list[Span], table: str) -> Iterator[Diagnostic]:
    known = COLUMNS[table]
    for name, place in zip(head, places, strict=True):
        if name not in known:
            message = f"`{name[:60]}` is not a column of `{table}`"
            yield Diagnostic("directory-column", message, place, did_you_mean(name, known))
        elif head.count(name) > 1:
            yield Diagnostic("directory-column", f"the column `{name}` stands twice", place, "keep one of the two")
    key = ATTACHED[table][0] if table in ATTACHED else "id" if "id" in known else None
    if key is not None and key not in head:
        yield Diagnostic("directory-column", f"the table has no column `{key}`", places[0])


def _bad_row(cells: list[str], head: list[str], places: list[Span], line: int) -> Diagnostic | None:
    if len(cells) != len(head):
        message = f"this line has {len(cells)} cells, and the table {len(head)} columns"
        return Diagnostic("directory-row", message, places[0], "the columns are " + ", ".join(head)[:200])
    if any(len(cell) > MAX_CELL for cell in cells):
        return Diagnostic("directory-row", f"a cell has more than {MAX_CELL:,} characters", places[0])
    return None


def _cells(cells: list[str], head: list[str], places: list[Span]) -> dict[str, tuple[str, Span]]:
    every = zip(head, cells, places, strict=True)
    return {name: (cell.strip(), place) for name, cell, place in every if cell.strip()}


def tree_of(
    head: MappingNode, tables: Mapping[str, Iterable[Row]], parts: tuple[str, ...]
) -> tuple[MappingNode, list[Diagnostic]]:
    """Return the tree of the file that says what the tables say; rows that belong to nobody are noted."""
    found: list[Diagnostic] = []
    inside: dict[tuple[str, str], dict[str, list[Node]]] = {}
    rows = {name: list(tables.get(name, ())) for name in COLUMNS}
    owners = {name: {r.cells["id"][0] for r in rows[name] if "id" in r.cells} for name in ("persons", "agencies")}
    for entry in _head_agencies(head):
        owners["agencies"].add(entry)
    for name, (key, owner, part) in ATTACHED.items():
        for row in rows[name]:
            told, place = row.cells.get(key, ("", row.span))
            if told not in owners[owner]:
                message = f"no {key} is called `{told[:60]}`" if told else f"this line names no {key}"
                found.append(Diagnostic("directory-nobody", message, place, did_you_mean(told, owners[owner])))
                continue
            inside.setdefault((owner, told), {}).setdefault(part, []).append(_node(row, without=key))
    said = [pair for pair in head.entries if pair[0].text not in ("complete", *(n for n in rows if rows[n]))]
    told_in_full = [part for part in parts if part in tables]
    if told_in_full:
        items = tuple(_text(part, head.span) for part in told_in_full)
        said.append((_text("complete", head.span), SequenceNode(items, head.span)))
    for name in ("agencies", "persons", "absences"):
        if name in tables:
            nodes = tuple(_node(row, inside.get((name, row.cells.get("id", ("", row.span))[0]))) for row in rows[name])
            said.append((_text(name, head.span), SequenceNode(nodes, head.span)))
    return MappingNode(tuple(said), head.span), found


def _head_agencies(head: MappingNode) -> Iterator[str]:
    listed = head.get("agencies")
    for item in listed.items if isinstance(listed, SequenceNode) else ():
        name = item.get("id") if isinstance(item, MappingNode) else None
        if isinstance(name, ScalarNode):
            yield name.text


def _node(row: Row, parts: Mapping[str, list[Node]] | None = None, without: str = "") -> MappingNode:
    entries: list[tuple[ScalarNode, Node]] = [
        (_text(name, place), _cell(name, text, place)) for name, (text, place) in row.cells.items() if name != without
    ]
    for part, nodes in (parts or {}).items():
        entries = [pair for pair in entries if pair[0].text != part]
        entries.append((_text(part, row.span), SequenceNode(tuple(nodes), row.span)))
    return MappingNode(tuple(entries), row.span)


def _cell(name: str, text: str, place: Span) -> Node:
    """Return a cell as what its column holds: a flag or its period, a list, a moment or never, or a text."""
    if name in LISTS:
        words = [word.strip() for word in text.split(";") if word.strip()]
        return SequenceNode(tuple(_text(word, place) for word in words), place)
    if name in FLAGS:
        if text in ("true", "false"):
            return ScalarNode(text == "true", text, place, False, ScalarKind.BOOLEAN)
        span = _SPAN.fullmatch(text)
        if span is not None:
            ends = (("from", span["since"]), ("until", span["until"]))
            told = tuple((_text(key, place), _moment(end, place)) for key, end in ends if end)
            return MappingNode(told, place)
    if name == "designated" and text == NEVER:
        return ScalarNode(None, text, place, False, ScalarKind.NULL)
    return _moment(text, place) if name in MOMENTS else _text(text, place)


def _moment(text: str, place: Span) -> ScalarNode:
    told = meaning(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    if told is None or told.fault is not None:
        return _text(text, place)
    return ScalarNode(told.value, text, place, False, told.kind)


def _text(text: str, place: Span) -> ScalarNode:
    return ScalarNode(text, text, place, True, ScalarKind.TEXT)
