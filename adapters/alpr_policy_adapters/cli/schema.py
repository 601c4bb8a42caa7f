"""`alpr-policy schema`: the published JSON Schemas."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from alpr_policy.questions.schemas import published
from alpr_policy_adapters.cli.options import Json


class Which(StrEnum):
    """The schemas there are."""

    PROFILE = "profile"
    REQUEST = "request"
    DECISION = "decision"
    REPLAY = "replay"


def schema(
    which: Annotated[Which, typer.Argument(help="What it describes.")] = Which.PROFILE,
    policies: Annotated[list[Path] | None, typer.Option("--policies", hidden=True)] = None,
    as_json: Json = False,
) -> None:
    """Print a JSON Schema (draft 2020-12); it is JSON with or without `--json`."""
    sys.stdout.write(published(which))
