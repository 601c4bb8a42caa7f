"""`alpr-policy lsp`: the language server for profiles, over standard input and output."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from alpr_policy_adapters.cli.options import Json, Policies


def lsp(
    policies: Policies = None,
    stdio: Annotated[bool, typer.Option("--stdio", hidden=True)] = True,
    as_json: Json = False,
) -> None:
    """Serve an editor over standard input and output; the editor starts it. It speaks JSON with or without `--json`.

    Needs the extra `lsp`. Ends when the editor says so or goes away.
    """
    from alpr_policy_adapters.lsp.server import make_server

    server = make_server(policies or ())
    # The protocol has the pipe for itself: what anybody else prints goes to the editor's log.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    server.start_io(os.fdopen(os.dup(sys.stdin.fileno()), "rb"), answers)
