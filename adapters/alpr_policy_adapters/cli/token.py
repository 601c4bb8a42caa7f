"""`alpr-policy token new|list|revoke`: who may ask a server what."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from alpr_policy.errors import Diagnostic
from alpr_policy_adapters.cli.options import Json, UsageError
from alpr_policy_adapters.cli.output import Screen, columns, number, print_json, row
from alpr_policy_adapters.http import new_token, read_tokens, revoke_token

token = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Say who may ask a server what.")


class Scope(StrEnum):
    """What a token opens."""

    DECIDE = "decide"
    APPROVE = "approve"
    AUTHOR = "author"
    AUDIT = "audit"


Tokens = Annotated[Path, typer.Option("--tokens", metavar="FILE", help="The file, which holds digests alone.")]


@token.command(short_help="Make a token.")
def new(
    tokens: Tokens,
    scope: Annotated[list[Scope], typer.Option("--scope", help="What it opens; may be given more than once.")],
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help="What it is for, such as a system.")] = "",
    departments: Annotated[
        list[str] | None,
        typer.Option("--profile", "-p", metavar="NAME", help="A department that binds it; without it, all served."),
    ] = None,
    person: Annotated[
        str, typer.Option("--person", metavar="ID", help="Whose it is; at the page it acts as this person alone.")
    ] = "",
    days: Annotated[int | None, typer.Option("--days", min=1, max=36500, help="Let it end after so many days.")] = None,
    as_json: Json = False,
) -> None:
    """Make a token, and print it. The file holds only its digest, so it cannot be shown again."""
    now = dt.datetime.now(dt.UTC)
    expires = now + dt.timedelta(days=days) if days is not None else None
    scopes = [str(one) for one in scope]
    text, made = new_token(
        tokens, scopes=scopes, now=now, name=name, person=person, departments=departments or (), expires=expires
    )
    if as_json:
        print_json({"token": text, **{key: value for key, value in made.to_wire().items() if key != "sha256"}})
    else:
        Screen().say(text, wrap=False)


@token.command(name="list", short_help="Show which tokens there are.")
def listed(tokens: Tokens, as_json: Json = False) -> None:
    """Show which tokens there are, without what would open anything."""
    found = [{key: value for key, value in one.to_wire().items() if key != "sha256"} for one in read_tokens(tokens)]
    if as_json:
        print_json(found)
        return
    screen, table = Screen(), columns("token", "name", "scopes", "departments", "ends")
    for one in found:
        names = ", ".join(one.get("departments", ())) or "all"
        row(table, one["id"], one.get("name", ""), ", ".join(one["scopes"]), names, one.get("expires", "never")[:10])
    if found:
        screen.put(table)
    screen.say(number(len(found), "token"))


@token.command(short_help="Take a token back.")
def revoke(
    identity: Annotated[str, typer.Argument(metavar="ID", help="Its id, as `list` shows it.")],
    tokens: Tokens,
    as_json: Json = False,
) -> None:
    """Take a token back; a server that runs lets nobody in with it after at most a second."""
    if not revoke_token(tokens, identity):
        help = "see `alpr-policy token list`"
        raise UsageError([Diagnostic("usage", f"`{identity[:60]}` is no token of this file", help=help)])
    if as_json:
        print_json({"revoked": identity})
    else:
        Screen().say(f"token {identity} opens nothing any more")
