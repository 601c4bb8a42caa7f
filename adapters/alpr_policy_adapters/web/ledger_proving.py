"""Verifying the whole ledger at a click, and checkpoints: those it keeps, and those that somebody kept elsewhere."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from nicegui import ui

from alpr_policy_adapters.cli.output import number
from alpr_policy_adapters.http import Refusal
from alpr_policy_adapters.ledger import Checkpoint, Ledger, Report
from alpr_policy_adapters.web.desk import Desk, told
from alpr_policy_adapters.web.frame import heading, said, tell
from alpr_policy_adapters.web.ledger_asking import (
    MOST_CHECKPOINT,
    StoppedError,
    checkpoint_from,
    checkpoints_in,
    verified,
)
from alpr_policy_adapters.web.uploads import upload_button
from alpr_policy_adapters.web.wide import wide

MOST_AT_ONCE: Final = 2
MOST_GIVEN: Final = 10
MOST_FINDINGS: Final = 100
EVERY: Final = 0.3
TOO_LONG: Final = "this is too long for a checkpoint"
_ROOM: Final = threading.BoundedSemaphore(MOST_AT_ONCE)


@dataclass(slots=True)
class Given:
    """The checkpoints that the visitor gave, and the public key that they trust."""

    checkpoints: list[Checkpoint] = field(default_factory=list)
    key: str = ""

    @property
    def newest(self) -> Checkpoint | None:
        """Return the one that saw most rows."""
        return max(self.checkpoints, key=lambda one: one.size, default=None)

    def named(self) -> dict[str, Checkpoint]:
        """Return them by what they are called."""
        return {f"the one you gave, {one.size:,} rows, {one.at[:19]}": one for one in self.checkpoints}


class Going:
    """A verification under way: how many rows it has seen, and whether somebody stopped it."""

    def __init__(self) -> None:
        """Have seen none."""
        self.rows, self.stopped = 0, False

    def step(self, rows: int) -> None:
        """Note how far it is; raises StoppedError."""
        self.rows = rows
        if self.stopped:
            raise StoppedError


class Proving:
    """The part *Verify*."""

    def __init__(self, desk: Desk, ledger: Ledger, given: Given) -> None:
        """Verify `ledger` for the visitor at `desk`."""
        self.desk, self.ledger, self.given = desk, ledger, given
        self.going: Going | None = None
        self.size = 1

    def draw(self) -> None:
        """Draw the part."""
        ui.label("Every byte is held against its hashes, and what is wrong is named with its place.")
        self._draw_given()
        with ui.row().classes("items-center gap-3 w-full"):
            ui.button("Verify the whole", on_click=told(tell)(self._verify)).props("no-caps").classes("m-verify")
            self.stop = ui.button("Stop", on_click=self._stop).props("outline no-caps")
            self.bar = ui.linear_progress(0, show_value=False).props('aria-label="How far it is"').classes("flex-1")
            self.far = ui.label().props("role=status").classes("m-far")
        self.result = ui.element("section").props('aria-label="What was found"').classes("w-full m-verified")
        self.timer = ui.timer(EVERY, self._look, active=False)
        self._under_way()
        heading("Checkpoints that the ledger keeps", 3)
        self.kept = ui.element("div").classes("w-full")
        ui.timer(0, told(tell)(self._list), once=True)

    def _draw_given(self) -> None:
        with ui.expansion("Checkpoints kept elsewhere, and the key that is trusted").classes("w-full m-given-box"):
            ui.label("A ledger that was rewritten as a whole looks whole: a checkpoint that was handed out shows it.")
            key = ui.input("Public key, as `keygen` told it", value=self.given.key, on_change=self._key)
            key.props("outlined dense debounce=200 maxlength=200").classes("w-full my-2 m-key")
            self.upload = upload_button(
                "Give a checkpoint (JSON)", accept=".json", most=MOST_CHECKPOINT, too_much=TOO_LONG,
                taken=self._uploaded, mark="checkpoint-upload",
            )  # fmt: skip
            self.listed = ui.element("ul").classes("list-disc pl-6 m-given")
            self._list_given()

    def _key(self, event: Any) -> None:
        self.given.key = str(event.value or "").strip()[:200]

    async def _uploaded(self, event: Any) -> None:
        self.desk.caller("audit")
        if event.file.size() > MOST_CHECKPOINT:
            raise Refusal(413, TOO_LONG)
        if len(self.given.checkpoints) >= MOST_GIVEN:
            raise Refusal(413, f"at most {MOST_GIVEN} checkpoints are held at once")
        self.given.checkpoints.append(checkpoint_from(await event.file.read(), self.given.key))
        if not self.listed.is_deleted:
            self.upload.reset()
            self._list_given()

    def _list_given(self) -> None:
        self.listed.clear()
        with self.listed:
            for name in self.given.named():
                with ui.element("li"):
                    ui.label(name)

    async def _list(self) -> None:
        found = await self.desk.thread(checkpoints_in, self.ledger)
        if self.kept.is_deleted:
            return
        with self.kept:
            if not found:
                ui.label("None. `alpr-policy ledger checkpoint` makes one.").classes("quiet")
            for seq, one in found:
                with ui.row().classes("items-center gap-2"):
                    text = json.dumps(one.to_wire(), indent=2) + "\n"
                    take = ui.button("JSON", icon="download",
                                     on_click=partial(ui.download.content, text, f"checkpoint-{seq}.json"))  # fmt: skip
                    take.props(f'flat dense no-caps aria-label="Checkpoint of row {seq} as JSON"')
                    ui.label(f"row {seq:,}: {one.size:,} rows, signed {one.at[:19]} by")
                    ui.label(one.key).classes("place text-sm break-all")

    # Verifying

    async def _verify(self) -> None:
        self.desk.caller("audit")
        if self.going is not None:
            return
        if not _ROOM.acquire(blocking=False):
            raise Refusal(503, "others verify at this moment: try again when they have ended")
        self.going, report, stopped = Going(), None, False
        try:
            self.size = max(1, (await self.desk.thread(self.ledger.head)).size)
            self._under_way()
            self.bar.client.on_delete(self._stop)
            given = tuple(self.given.checkpoints)
            report = await self.desk.thread(verified, self.ledger, given, self.given.key, self.going.step)
        except StoppedError:
            stopped = True
        finally:
            _ROOM.release()
            self.going = None
            if not self.result.is_deleted:
                self._under_way()
                self.result.clear()
        if not self.result.is_deleted:
            with self.result:
                if stopped:
                    said("Stopped before the end: nothing is known of the rest.")
                elif report is not None:
                    report_shown(report, pinned=bool(self.given.key))

    def _stop(self) -> None:
        if self.going is not None:
            self.going.stopped = True

    def _look(self) -> None:
        if self.going is not None:
            self.bar.set_value(min(1.0, self.going.rows / self.size))
            self.far.set_text(f"{self.going.rows:,} of {self.size:,} rows")

    def _under_way(self) -> None:
        running = self.going is not None
        for one in (self.stop, self.bar, self.far):
            one.set_visibility(running)
        self.timer.active = running


def report_shown(report: Report, *, pinned: bool) -> None:
    """Draw what verifying found, as `alpr-policy ledger verify` tells it."""
    if report.findings:
        said(f"Not whole: {number(len(report.findings) + report.more, 'finding')} in {number(report.size, 'row')}.")
        rows = [(one.table, one.place, f"{one.message} [{one.code}]") for one in report.findings[:MOST_FINDINGS]]
        wide("Findings", ("table", "place", "what is wrong"), rows, texts=3, kinds=("short", "short", "long"))
        if len(report.findings) > MOST_FINDINGS:
            ui.label("The rest: `alpr-policy ledger verify --json`").classes("quiet")
        return
    ui.label(f"Whole: {report.size:,} rows").classes("font-bold m-whole")
    ui.label(f"The last row: {report.head}").classes("place text-sm break-all")
    ui.label(f"{number(report.checkpoints, 'checkpoint')} agree; {number(report.purged, 'value')} purged as told")
    if not report.checkpoints:
        ui.label("Without a checkpoint kept elsewhere, a ledger that was rewritten as a whole looks whole.")
    elif not pinned:
        ui.label("Whose signatures these are was not checked: give the public key.")
