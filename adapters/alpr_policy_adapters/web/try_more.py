"""What can be asked about an answer of the tab *Try*: the least that would lead to allow, and a case for it."""

from __future__ import annotations

import secrets
from typing import Any, Final

from nicegui import ui

from alpr_policy.model.decision import Decision
from alpr_policy.questions.why_not import why_not
from alpr_policy.questions.why_not.telling import lines
from alpr_policy.reading.requests import read_request
from alpr_policy_adapters.http import native
from alpr_policy_adapters.web.desk import Desk, told
from alpr_policy_adapters.web.frame import heading, tell

SECONDS: Final = 3.0
"""Processor time for the search of what would lead to allow."""
WAYS: Final = 4
BUTTON: Final = "outline dense no-caps"


def why_not_lines(desk: Desk, request: dict[str, Any]) -> list[str]:
    """Return the smallest sets of facts and steps that would lead to allow, as `alpr-policy why-not` tells them."""
    known = desk.caller("decide").departments
    names = [name for name in request["departments"] if name in known]
    found = why_not(
        desk.point, read_request({**request, "departments": names}), departments=names, seconds=SECONDS, most=WAYS
    )
    profile = desk.point.catalog.latest(names[0]) if names else None
    # The first line says the decision, which stands above.
    return [line for line in list(lines(found, profile))[1:] if line]


def offered(desk: Desk, request: dict[str, Any], decision: Decision) -> None:
    """Offer what can be asked about the answer: the least that would lead to allow, and a case for it."""

    async def least() -> None:
        waits.set_visibility(True)
        found = await desk.thread(why_not_lines, desk, request)
        if place.is_deleted:  # the form has changed meanwhile, and another answer stands there
            return
        waits.set_visibility(False)
        place.clear()
        with place, ui.card().classes("w-full p-3 m-least").props("flat bordered"):
            for line in found:
                ui.label(line).style("white-space: pre-wrap")

    with ui.row().classes("items-center"):
        if not decision.proceed:
            ui.button("What is the least that would allow it?", on_click=told(tell)(least)).props(BUTTON).classes(
                "m-why-not"
            )
        if decision.needs and desk.service.asking.deciding.keeper is not None:
            ui.button("Open a case for it", on_click=lambda: _case(desk, request)).props(BUTTON).classes("m-open-case")
        waits = ui.spinner(size="sm")
        waits.set_visibility(False)
    place = ui.column().classes("w-full")


def _case(desk: Desk, request: dict[str, Any]) -> None:
    person, name = desk.visit.person, f"page-{secrets.token_hex(4)}"

    async def opened() -> None:
        event = {"kind": "opened", "action": request["action"], "departments": request["departments"],
                 "facts": request["facts"], "by": by.value.strip()}  # fmt: skip
        path = {"case": called.value.strip()}
        taken = await desk.thread(
            desk.asked, native.event, "decide", body=event, path=path, departments=request["departments"]
        )
        if taken["refused"] is not None:
            tell(f"Not taken: {taken['refused']['message']}")
            return
        dialog.close()
        ui.notify(f"Opened: row {taken['row']} of the ledger", type="positive", position="top")

    with ui.dialog(value=True) as dialog, ui.card().props('role=dialog aria-label="Open a case"'):
        heading("Open a case for this act")
        ui.label("It is asked for now, whatever time the form says, and waits for what is missing.")
        ui.label(f"The policies that bind: {', '.join(desk.binding(request['departments']))}.")
        called = ui.input("Case", value=name).props("outlined dense").classes("w-full m-case-name")
        by = ui.input("Asked for by (id)", value=person or request["facts"].get("requester.id") or "")
        by.props("outlined dense" + (" readonly" if person else "")).classes("w-full m-case-by")
        with ui.row():
            ui.button("Open", on_click=told(tell)(opened)).classes("m-case-opened")
            ui.button("Leave it", on_click=dialog.close).props("flat")
