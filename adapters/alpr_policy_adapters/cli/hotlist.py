"""`alpr-policy hotlist`: what a list file holds, what it says of a plate, and how lists are laid out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from alpr_policy.durations import parse_moment
from alpr_policy.errors import Diagnostic
from alpr_policy_adapters.cli.lists import PLAIN, lines_read
from alpr_policy_adapters.cli.options import Json, UsageError, finish, input_code
from alpr_policy_adapters.cli.output import (
    Screen,
    as_data,
    columns,
    number,
    print_json,
    row,
    show_diagnostics,
    to_stderr,
)
from alpr_policy_adapters.hotlists import (
    Hit,
    HotList,
    Matcher,
    load_list,
    load_mapping,
    mapping_schema,
    shipped_mappings,
)
from alpr_policy_adapters.plate_read import PlateRead
from alpr_policy_adapters.registration import normalise, state_code

hotlist = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Check hot lists and look plates up in them.")
Mapping = Annotated[
    str,
    typer.Option(
        "--mapping", metavar="NAME|FILE", help="How the list is laid out; see `alpr-policy hotlist mappings`."
    ),
]


@hotlist.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A hot list.")],
    mapping: Mapping = PLAIN,
    as_json: Json = False,
) -> None:
    """Import a list and say what was refused, line by line; 9 if some lines were, 6 if all were or it is no list."""
    found = _loaded(file, mapping)
    if as_json:
        print_json({**found.to_dict(), "report": [as_data(one) for one in found.report]})
    else:
        screen = Screen()
        show_diagnostics(screen, found.report)
        _summary(screen, found)
    finish(input_code(used=len(found.entries), refused=found.refused))


@hotlist.command()
def match(
    plate: Annotated[str, typer.Argument(help="The plate as read.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Hot lists.")],
    state: Annotated[str | None, typer.Option(help="The issuing state; unknown if left out.")] = None,
    mapping: Mapping = PLAIN,
    look_alikes: Annotated[int, typer.Option(min=0, max=10, help="How many look-alikes are tolerated.")] = 0,
    differences: Annotated[int, typer.Option(min=0, max=2, help="How many other differences are tolerated.")] = 0,
    at: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="The time of the read; unknown if left out.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Look one plate up in lists. A possible hit says nothing until a person has compared plate and state.

    Ends with 0, hit or none; with 9 where lines of a list were refused.
    """
    code = state_code(state) if state is not None else None
    if state is not None and code is None:
        raise UsageError([Diagnostic("usage", f"--state: `{state[:40]}` is no state", help="use the two-letter code")])
    moment = _moment(at)
    read = PlateRead(raw=plate, plate=normalise(plate), confidence=None, state=code)
    hits: list[Hit] = []
    refused = entries = 0
    for file in files:
        found = _loaded(file, mapping)
        matcher = Matcher(found.entries, look_alikes=look_alikes, differences=differences)
        hits += matcher.match(read, at=moment)
        refused, entries = refused + found.refused, entries + len(found.entries)
    if as_json:
        print_json([hit.to_dict() for hit in hits])
    else:
        _show_hits(hits)
    if refused:
        to_stderr().say(f"{number(refused, 'line')} refused: `alpr-policy hotlist check` says why", "bold")
    finish(input_code(used=entries, refused=refused))


def _show_hits(hits: list[Hit]) -> None:
    screen = Screen()
    table = columns("kind", "listed", "state", "category", "list, entry", "differs", "why", ratios=(None,) * 6 + (1,))
    for hit in hits:
        row(table, *_cells(hit))
    if hits:
        screen.put(table)
    screen.say(number(len(hits), "hit") if hits else "no hit")


@hotlist.command()
def mappings(
    name: Annotated[str | None, typer.Argument(help="Print this mapping, to begin your own from.")] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of a mapping file.")] = False,
) -> None:
    """List the mappings that come with the package, or print one of them."""
    if schema:
        sys.stdout.write(mapping_schema())
        return
    known = shipped_mappings()
    if name is not None:
        load_mapping(name)
        sys.stdout.write(known.get(name) or Path(name).read_text(encoding="utf-8"))
        return
    screen, table = Screen(), columns("mapping", "describes", ratios=(None, 1))
    for one in known:
        row(table, one, load_mapping(one).about)
    screen.put(table)


def _loaded(file: Path, mapping: str) -> HotList:
    with lines_read() as progress:
        return load_list(file, load_mapping(mapping), progress=progress)


def _summary(screen: Screen, found: HotList) -> None:
    screen.say(f"{found.file}: {number(len(found.entries), 'entry').replace('entrys', 'entries')}", style="bold")
    issued = found.issued_at.isoformat() if found.issued_at else "not said by the file"
    rest: dict[str, Any] = {
        "lines": f"{found.rows:,}, of them {found.refused:,} refused and {found.repeated:,} repeated",
        "partial": f"{len(found.entries.partials):,} partial plates, {found.area_searches:,} of them area searches",
        "mapping": found.mapping,
        "loaded": found.loaded_at.isoformat() if found.loaded_at else "",
        "issued": issued,
        "sha256": found.sha256,
    }
    for name, said in rest.items():
        screen.say(f"  {name:8} {said}", wrap=False)


def _cells(hit: Hit) -> tuple[str, ...]:
    entry = hit.entry
    differs = ", ".join(f"{d.place}: {d.read or '-'} for {d.listed or '-'}" for d in hit.differences)
    why = hit.why or ("" if hit.in_force else "its days were not compared")
    listed = entry.listed_as or entry.plate
    return (
        hit.kind.value,
        listed,
        entry.state or "?",
        entry.category,
        f"{entry.list_name} {entry.entry_id}",
        differs,
        why,
    )


def _moment(at: str | None) -> Any:
    if at is None:
        return None
    try:
        found = parse_moment(at)
        if hasattr(found, "hour"):
            return found
        raise ValueError("a time of day is wanted, such as 2026-05-01T12:00:00-04:00")
    except ValueError as error:
        raise UsageError([Diagnostic("usage", f"--at: {error}")]) from None
