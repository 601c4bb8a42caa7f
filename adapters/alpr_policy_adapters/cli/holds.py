"""`alpr-policy retention hold`: place, review, release and list legal holds in a file."""

from __future__ import annotations

import datetime as dt
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from alpr_policy.durations import parse_moment
from alpr_policy.errors import Diagnostic
from alpr_policy.questions.holds import (
    HoldChange,
    LegalHold,
    due_for_review,
    goes_on,
    holds_to_wire,
    load_holds,
    place,
    read_holds,
    release,
    review,
)
from alpr_policy.source import SourceFile
from alpr_policy.suggest import did_you_mean
from alpr_policy.vocabulary import VOCABULARY, FactKind
from alpr_policy_adapters.cli.options import Json, UsageError
from alpr_policy_adapters.cli.output import Screen, columns, print_json, row

hold = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Place, review, release and list legal holds.")
File = Annotated[Path, typer.Argument(metavar="FILE", help="The file of holds.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="The hold's name.")]
By = Annotated[str, typer.Option("--by", metavar="PERSON", help="Who does it.")]


@hold.command("list")
def list_(file: File, as_json: Json = False) -> None:
    """List the holds that go on, and those that are due for review."""
    holds, now = load_holds(file), _now()
    if as_json:
        print_json({**holds_to_wire(holds), "due": [one.id for one in due_for_review(holds, now)]})
        return
    screen, due = Screen(), {one.id for one in due_for_review(holds, now)}
    table = columns(
        "hold", "basis", "placed by", "scope", "review by", "state", ratios=(None, None, None, 1, None, None)
    )
    for one in holds:
        state = "over" if not goes_on(one, now) else "review is due" if one.id in due else "goes on"
        scope = ", ".join(f"{name}: {_shown(value)}" for name, value in one.scope.items()) or "all data"
        row(table, one.id, one.basis, f"{one.by} ({one.role})", scope, str(one.review or ""), state)
    screen.put(table)


@hold.command("place")
def place_(
    file: File,
    id: Annotated[str, typer.Option("--id", help="Its own name.")],
    basis: Annotated[str, typer.Option(help="On what it rests, as the policy names it, such as direction.")],
    by: By,
    role: Annotated[str, typer.Option(help="The role in which the person places it.")],
    capacity: Annotated[str, typer.Option(help="holder, designee or acting.")] = "holder",
    scope: Annotated[
        list[str] | None, typer.Option("--scope", metavar="FACT=VALUE", help="Which records; all data if left out.")
    ] = None,
    why: Annotated[str, typer.Option(help="The case, letter or order.")] = "",
    review_by: Annotated[str | None, typer.Option("--review", metavar="DATE", help="When to look at it again.")] = None,
    ends: Annotated[str | None, typer.Option(metavar="DATE", help="When it ends by itself.")] = None,
    as_json: Json = False,
) -> None:
    """Place a hold now; the file is made if there is none."""
    raw: dict[str, Any] = {"id": id, "basis": basis, "by": by, "role": role, "capacity": capacity}
    raw |= {"placed": _now().isoformat(), "scope": _scope(scope or ()), "why": why, "review": review_by, "ends": ends}
    told = {name: value for name, value in raw.items() if value not in (None, "", {})}
    bases = VOCABULARY.lists["hold_bases"]
    if basis not in bases:
        help = did_you_mean(basis, bases) or f"one of {', '.join(sorted(bases))}"
        raise UsageError([Diagnostic("usage", f"--basis: no policy knows a hold on `{basis[:60]}`", help=help)])
    # Read like any hold of a file, so that the same is refused with the same words.
    (new,) = read_holds(SourceFile("the new hold", json.dumps({"holds": [told]})))
    known = load_holds(file) if file.exists() else ()
    _written(file, place(known, new, _now()), as_json)


@hold.command("review")
def review_(
    file: File,
    id: Id,
    by: By,
    again: Annotated[str | None, typer.Option(metavar="DATE", help="When to look at it next.")] = None,
    as_json: Json = False,
) -> None:
    """Note that a hold was looked at and goes on."""
    _written(file, review(load_holds(file), id, at=_now(), by=by, again=_day(again)), as_json)


@hold.command("release")
def release_(file: File, id: Id, by: By, as_json: Json = False) -> None:
    """End a hold now."""
    _written(file, release(load_holds(file), id, at=_now(), by=by), as_json)


def _written(file: Path, change: HoldChange, as_json: bool) -> None:
    write_holds(file, change.holds)
    if as_json:
        print_json(change.to_wire())
    else:
        Screen().say(f"{change.event.replace('_', ' ')}: {change.hold.id}")


def write_holds(file: Path, holds: Iterable[LegalHold]) -> None:
    """Write a file of holds anew; the old one stands until the new one is whole. Comments in it are lost."""
    import yaml

    data = holds_to_wire(holds)
    text = json.dumps(data, indent=2) + "\n"
    if file.suffix != ".json":
        text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120)
    handle, temporary = tempfile.mkstemp(dir=file.resolve().parent, prefix=".holds-", suffix=".tmp")
    try:
        with open(handle, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _scope(pairs: Iterable[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in pairs:
        name, sign, text = pair.partition("=")
        fact = VOCABULARY.facts.get(name)
        if not sign or fact is None:
            help = did_you_mean(name, VOCABULARY.facts) if sign else "write it as record.case=open"
            raise UsageError([Diagnostic("usage", f"--scope: `{pair[:60]}` names no fact and its value", help=help)])
        if fact.kind is FactKind.SET:
            found[name] = [part.strip() for part in text.split(",")]
        else:
            found[name] = text == "true" if fact.kind is FactKind.BOOL and text in ("true", "false") else text
    return found


def _day(text: str | None) -> dt.date | None:
    try:
        found = None if text is None else parse_moment(text)
    except ValueError as error:
        raise UsageError([Diagnostic("usage", f"--again: {error}")]) from None
    return found.date() if isinstance(found, dt.datetime) else found


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value).lower()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)
