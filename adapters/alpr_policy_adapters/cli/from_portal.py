"""`alpr-policy from-portal`: a draft of a profile from what an agency publishes, each guess marked for review."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from alpr_policy.errors import Diagnostic
from alpr_policy.questions.drafting import files_of
from alpr_policy_adapters.cli.new_files import placed, say_written, texts_of, write_together
from alpr_policy_adapters.cli.options import Json, Policies, UsageError, decision_point
from alpr_policy_adapters.logs.portal import load_portal
from alpr_policy_adapters.logs.portal_drafting import portal_draft


def from_portal(
    record: Annotated[Path, typer.Argument(metavar="FILE", help="What is published: JSON, YAML or JSON Lines.")],
    agency: Annotated[
        str, typer.Option("--agency", metavar="SLUG", help="Whose record, of a file with several: its slug or name.")
    ] = "",
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="The id of the new profile (default: made of the slug).")
    ] = None,
    timezone: Annotated[
        str, typer.Option(metavar="ZONE", help="The agency's time zone, which no record names.")
    ] = "America/New_York",
    folder: Annotated[Path, typer.Option(metavar="DIR", help="Where the files are written.")] = Path(),
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Draft a profile from a published transparency-portal record, with expected answers and a page.

    What is published is not the policy: each guess is marked with `# review:` and the field that it comes from. Nothing
    is ever written over.
    """
    draft = portal_draft(load_portal(record, agency), today=dt.date.today(), name=name, timezone=timezone)
    if draft.profile in decision_point(policies).catalog.names:
        message = f"there is a profile `{draft.profile}` already"
        raise UsageError([Diagnostic("usage", message, help="take another id with `--name`")])
    paths = placed(folder, draft.profile)
    files = files_of(draft)
    write_together(texts_of(paths, files))
    say_written(paths, files, as_json=as_json)
