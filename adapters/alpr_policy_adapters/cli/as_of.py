"""The options that set the time of a question, or judge under a text that did not bind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer

from alpr_policy.durations import parse_moment
from alpr_policy.errors import Diagnostic
from alpr_policy.questions.as_of import request_time
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy_adapters.cli.options import UsageError

AsOfRequest = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DATE|INSTANT",
        help="The time of a request that brings no `at`; one with its own keeps it. A date is the start of that day.",
    ),
]
AsOfText = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DATE|INSTANT",
        help="Show the text in force then; by default now. A date is the start of that day where the department is.",
    ),
]
AsIf = Annotated[
    list[str] | None,
    typer.Option(
        "--as-if",
        metavar="TEXT",
        help="Judge under this text in place of those that bind: NAME (its newest) or NAME@DATE. The answer says so.",
    ),
]


def moment(text: str | None) -> dt.datetime | dt.date | None:
    """Read the value of --as-of; raises UsageError."""
    if text is None:
        return None
    try:
        return parse_moment(text)
    except ValueError as error:
        raise UsageError([Diagnostic("usage", f"--as-of: {error}")]) from None


def now_or(text: str | None) -> dt.datetime | dt.date:
    """Return the time of a question about texts: the one that was given, else now."""
    return moment(text) or dt.datetime.now(dt.UTC)


def known_texts(pdp: PolicyDecisionPoint, as_if: Iterable[str]) -> None:
    """Make sure that the texts of --as-if can be found; raises UnknownProfileError and UsageError."""
    for text in as_if:
        name, at, day = text.partition("@")
        pdp.catalog.get(name)
        try:
            if at:
                dt.date.fromisoformat(day)
        except ValueError:
            help = f"write `{name}@2026-05-01`"
            raise UsageError([Diagnostic("usage", f"`{day[:30]}` is not a day", help=help)]) from None


def with_time(
    raw: Any,
    as_of: dt.datetime | dt.date | None,
    pdp: PolicyDecisionPoint,
    instead: Iterable[str] = (),
    besides: Iterable[str] = (),
) -> Any:
    """Return a request as it came, or with the time of the question if it brings none of its own.

    A bare date is read in the time zone of the departments: `instead`, or those of the request and `besides`. Raises
    TimeError.
    """
    if as_of is None or not isinstance(raw, Mapping) or raw.get("at") is not None:
        return raw
    own = raw.get("departments")
    own = [own] if isinstance(own, str) else own if isinstance(own, list | tuple) else []
    several = [*instead] or [*(name for name in own if isinstance(name, str)), *besides]
    return {**raw, "at": request_time(pdp.catalog, several, as_of).isoformat()}
