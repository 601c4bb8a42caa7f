"""The command line: one file for each command, one way to show what is wrong, one table of exit codes."""

from __future__ import annotations

from alpr_policy_adapters.cli.main import main

__all__ = ["main"]
