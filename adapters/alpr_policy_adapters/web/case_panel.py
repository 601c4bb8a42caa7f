"""One case on the page: how it stands, and what can be done for it by the person who looks at it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

from nicegui import ui

from alpr_policy.errors import PolicyError
from alpr_policy.reading.documents import read_document
from alpr_policy.source import SourceFile
from alpr_policy_adapters.http import Refusal, native
from alpr_policy_adapters.web.desk import Desk, problem_of
from alpr_policy_adapters.web.frame import heading, mark_of, said, tell
from alpr_policy_adapters.web.offers import Offer, event_of, offers

ENDS: Final = {"withdrawn": "Withdraw what is asked for", "closed": "Close the case"}
EXAMPLE: Final = "kind: duty_done\ntask: \n"
LONGEST: Final = 20_000


class CasePanel:
    """The case that was chosen from the list."""

    def __init__(self, desk: Desk, changed: Callable[[], Awaitable[None]]) -> None:
        """Look at cases for the visitor at `desk`; `changed` is asked after each event that was taken."""
        self.desk, self.changed = desk, changed
        self.name = ""
        self.person = desk.visit.person
        self.place = ui.column().classes("w-full m-case")

    async def show(self, name: str) -> None:
        """Read a case and draw it."""
        self.name = name
        try:
            found = await self.desk.thread(self.desk.asked, native.case, "approve", path={"case": name})
        except (Refusal, PolicyError) as error:
            tell(problem_of(error))
            return
        self.place.clear()
        with self.place, ui.card().classes("w-full").props("flat bordered"):
            self._stands(found)
            if found["status"] not in ("withdrawn", "closed"):
                self._doing(found)

    def _stands(self, found: dict[str, Any]) -> None:
        kept, words = found["kept"], found["words"]
        heading(f"Case {found['case']}: {found['status']}")
        asked = kept.get("asked")
        if asked:
            ui.label(f"{asked['action']} is asked for by {asked['by']}, since {asked['at'][:16].replace('T', ' ')}")
        ui.label(f"of {', '.join(kept['departments'])}; {found['revision']} events").classes("quiet")
        if words["answer"]:
            with ui.row().classes("items-start no-wrap gap-3"):
                outcome = found["decision"]["outcome"]
                ui.label(outcome).classes(f"outcome outcome-{outcome} m-case-outcome")
                ui.label(words["answer"].partition(": ")[2] or words["answer"])
        _lines("Waits for", words["waits_for"])
        _lines("Owed", words["owed"])
        _lines("Changes by itself", words["changes"])
        acts = [f"{one['at'][:16].replace('T', ' ')} {one['action']} by {one['by']}" for one in kept.get("acts", ())]
        _lines("Done", acts)

    def _doing(self, found: dict[str, Any]) -> None:
        heading("What you can do", 3)
        if self.desk.visit.person:
            ui.label(f"You act as {self.desk.visit.person}.").classes("quiet")
        else:
            typed = ui.input("You act as (your id)", value=self.person, on_change=self._named)
            typed.props("outlined dense debounce=200").classes("m-person")
        decision = found["decision"]
        for offer in offers(decision["needs"] if decision is not None and not found["done"] else ()):
            self._offer(offer)
        with ui.row().classes("gap-2"):
            if decision is not None and decision["proceed"] and not found["done"]:
                self._button("The act is done", {"kind": "done"}, "done")
            for one in found["obligations"]:
                body = {"kind": "duty_done", "task": one["task"], "rule": one["rule"]}
                self._button(f"Done: {one['task'].replace('_', ' ')}", body, f"duty-{one['task']}")
            for kind, title in ENDS.items():
                self._button(title, {"kind": kind}, kind)
        self._other()

    def _named(self, event: Any) -> None:
        self.person = str(event.value or "").strip()

    def _offer(self, offer: Offer) -> None:
        chosen: dict[str, Any] = {}
        mark = mark_of(f"{offer.kind}-{offer.name}")

        def taken(key: str, value: str) -> Callable[[], Awaitable[None]]:
            async def take() -> None:
                await self._take(event_of(offer, self.person, {**chosen, key: value}))

            return take

        with ui.row().classes(f"items-center gap-2 w-full {mark}"):
            ui.label(offer.title).classes("font-bold")
            self._choose("Role", offer.roles, chosen, "role")
            match offer.kind:
                case "approval":
                    ui.button("Approve", on_click=taken("decision", "granted"), color="positive").classes("m-grant")
                    ui.button("Refuse", on_click=taken("decision", "refused"), color="negative").classes("m-refuse")
                case "check":
                    self._choose("Through", offer.sources, chosen, "source")
                    about = f" ({' and '.join(offer.parts)})" if offer.parts else ""
                    ui.button(f"It agrees{about}", on_click=taken("result", "pass"), color="positive").classes("m-pass")
                    ui.button("It does not agree", on_click=taken("result", "fail"), color="negative").classes("m-fail")
                case "supplied":
                    self._value(offer, chosen)
                    ui.button("Supply", on_click=lambda: self._take(event_of(offer, self.person, chosen)))
                case "document":
                    fields = chosen.setdefault("fields", {})
                    for name in offer.fields:
                        self._text(name.replace("_", " "), fields, name)
                    ui.button("Hand in", on_click=lambda: self._take(event_of(offer, self.person, chosen)))

    def _value(self, offer: Offer, chosen: dict[str, Any]) -> None:
        if offer.values:
            self._choose("Value", offer.values, chosen, "value")
        else:
            self._text("Value", chosen, "value")

    def _choose(self, label: str, values: Iterable[str], chosen: dict[str, Any], key: str) -> None:
        several = list(values)
        if not several:
            return
        chosen[key] = several[0]
        made = ui.select(several, value=several[0], label=label, on_change=lambda e: chosen.update({key: e.value}))
        made.props("outlined dense").classes("min-w-36")

    def _text(self, label: str, chosen: dict[str, Any], key: str) -> None:
        made = ui.input(label, on_change=lambda e: chosen.update({key: str(e.value or "").strip()}))
        made.props("outlined dense")

    def _button(self, title: str, body: dict[str, Any], mark: str) -> None:
        async def take() -> None:
            await self._take({**body, **({"by": self.person} if self.person else {})})

        ui.button(title, on_click=take).props("outline no-caps").classes(mark_of(mark))

    def _other(self) -> None:
        with ui.expansion("Another event").classes("w-full"):
            ui.label("As in a file of events; see docs/cases.md. It is taken now.").classes("quiet text-sm")
            text = ui.codemirror(EXAMPLE, language="YAML").classes("w-full m-event")
            text.props('aria-label="An event in YAML"').style("border: 1px solid #8888")

            async def take() -> None:
                value, found = read_document(SourceFile("event", str(text.value or "")[:LONGEST]))
                wrong = next((one for one in found if one.is_error), None)
                if wrong is not None or not isinstance(value, dict):
                    tell(wrong.message if wrong is not None else "an event is a group of keys, at least `kind`")
                    return
                await self._take({**({"by": self.person} if self.person else {}), **value})

            ui.button("Take it", on_click=take).props("outline no-caps").classes("m-take")

    async def _take(self, event: dict[str, Any]) -> None:
        try:
            taken = await self.desk.thread(self.desk.asked, native.event, None, body=event, path={"case": self.name})
        except (Refusal, PolicyError) as error:
            tell(problem_of(error))
            return
        await self.show(self.name)
        await self.changed()
        with self.place:
            refused = taken["refused"]
            if refused is not None:
                said(f"Not taken: {refused['message']}. {refused['help']}")
            else:
                ui.notify(f"Taken: row {taken['row']} of the ledger", type="positive", position="top")


def _lines(title: str, lines: Iterable[str]) -> None:
    several = list(lines)
    if several:
        heading(title, 3)
        with ui.element("ul").classes("list-disc pl-6"):
            for line in several:
                with ui.element("li"):
                    ui.label(line)
