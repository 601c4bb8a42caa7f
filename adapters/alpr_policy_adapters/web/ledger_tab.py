"""The tab *ledger*."""

from __future__ import annotations

from nicegui import ui

from alpr_policy_adapters.web.desk import Desk


def build(desk: Desk) -> None:
    """Draw the tab."""
    ui.label(", ".join(desk.caller().departments))
