"""The tab *What if*: a log judged under two texts, in a process of its own, and what would change."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from nicegui import ui

from alpr_policy.errors import MissingExtraError
from alpr_policy_adapters.http import Refusal
from alpr_policy_adapters.tables.parts import required
from alpr_policy_adapters.web.desk import Desk, problem_of, told
from alpr_policy_adapters.web.frame import guarded, heading, said, tell
from alpr_policy_adapters.web.uploads import upload_button
from alpr_policy_adapters.web.whatif_logs import (
    FOLDER,
    INVENTED,
    MOST_UPLOAD,
    ROWS,
    UPLOAD,
    Choice,
    Place,
    days_of,
    job_of,
    logs_in,
    size_words,
    texts_of,
    upload_name,
)
from alpr_policy_adapters.web.whatif_result import result_shown
from alpr_policy_adapters.web.whatif_runs import Room, Runs
from alpr_policy_adapters.web.wide import add_style

KEPT: Final = "whatif"
EVERY: Final = 0.4
"""Seconds between looks at a replay that is under way."""
ADMITTED: Final = 12
"""After so many looks it is asked again whether the visitor may still see it."""
RUNS: Final = Runs()
TOO_LARGE: Final = f"a log has at most {size_words(MOST_UPLOAD)}"


@dataclass(slots=True)
class Kept:
    """What stays with the visit: what is chosen, the room of its replay, and which part of the result is looked at."""

    choice: Choice
    room: Room = field(default_factory=RUNS.room)
    part: str = ""


def build(desk: Desk) -> None:
    """Draw the tab."""
    try:
        required("duckdb", "narwhals")
    except MissingExtraError as error:
        said(f"{error.diagnostics[0].message}: {error.diagnostics[0].help}")
        return
    add_style()
    kept = desk.visit.kept.get(KEPT)
    if kept is None:
        names = desk.caller("audit").departments
        kept = desk.visit.kept[KEPT] = Kept(Choice(baseline=names[0], proposed=names[-1]))
    WhatIf(desk, kept).draw()


def draft_of(desk: Desk) -> str:
    """Return the text that the visitor has in the tab *Write*, empty where there is none."""
    text = getattr(desk.visit.kept.get("write"), "text", "")
    return text if isinstance(text, str) else ""


class WhatIf:
    """The form, how far the replay is, and what came of it."""

    def __init__(self, desk: Desk, kept: Kept) -> None:
        """Show what the visit has chosen, and its replay."""
        self.desk, self.kept, self.choice, self.room = desk, kept, kept.choice, kept.room
        self.looks = 0

    def place(self) -> Place:
        """Return where a replay gets what it reads; raises Refusal."""
        return Place(
            catalog=self.desk.point.catalog,
            departments=self.desk.caller("audit").departments,
            logs=self.desk.tools.logs,
            upload=self.room.upload,
            draft=draft_of(self.desk),
            policies=self.desk.tools.policies,
        )

    def draw(self) -> None:
        """Draw the tab."""
        place = self.place()
        with ui.element("section").props('aria-label="What to judge"').classes("w-full"):
            with ui.element("div").classes("grid gap-4 w-full md:grid-cols-2 grid-cols-1"):
                with ui.column().classes("w-full gap-2 min-w-0"):
                    heading("The log")
                    self._draw_log()
                with ui.column().classes("w-full gap-2 min-w-0"):
                    heading("The two texts")
                    self._draw_texts(place)
            with ui.row().classes("items-center gap-3 w-full"):
                ui.button("Judge the log", on_click=self._begin).props("no-caps").classes("m-run")
                self.stop = ui.button("Stop", on_click=guarded(self._stop)).props("outline no-caps").classes("m-stop")
        with ui.row(wrap=False).classes("items-center gap-3 w-full my-2").props("role=status") as self.under_way:
            self.bar = ui.linear_progress(0, show_value=False).props('aria-label="How far the replay is"')
            self.bar.classes("flex-grow")
            self.step = ui.label().classes("m-step whitespace-nowrap")
        self.result = ui.element("section").props('aria-label="What would change"').classes("w-full m-result")
        self.timer = ui.timer(EVERY, self._look, active=False)
        self._show()

    # The form

    def _draw_log(self) -> None:
        choice = self.choice
        self.log = ui.select({}, label="Log", on_change=self._log).props("outlined dense").classes("w-full m-log")
        self.rows = ui.select({n: f"{n:,} acts" for n in ROWS}, value=choice.rows, label="How long an invented log is",
                              on_change=lambda event: setattr(choice, "rows", event.value))  # fmt: skip
        self.rows.props("outlined dense").classes("w-full m-rows")
        self._list_logs()
        with ui.expansion("Upload a log").classes("w-full m-upload-box"):
            ui.label(f"At most {size_words(MOST_UPLOAD)}: CSV, JSON Lines or Parquet. It is removed at the end of the "
                     "visit, or an hour after it was last used.").classes("quiet text-sm")  # fmt: skip
            self.upload = upload_button(
                "Choose a log", accept=".csv,.jsonl,.ndjson,.parquet", most=MOST_UPLOAD, too_much=TOO_LARGE,
                taken=self._uploaded, mark="upload",
            )  # fmt: skip
        with ui.expansion("How the log is read").classes("w-full"):
            zone = ui.input("Time zone of times without an offset", value=choice.zone,
                            placeholder="America/New_York", on_change=self._zone)  # fmt: skip
            zone.props("outlined dense debounce=300").classes("w-full m-zone")
            ui.label("Without it, rows whose times have no offset cannot be read.").classes("quiet text-sm")

    def _list_logs(self) -> None:
        listed = {INVENTED: "An invented log of the first text's department"}
        if self.room.upload is not None:
            listed[UPLOAD] = f"Uploaded: {self.room.uploaded_as}"
        for name, size in logs_in(self.desk.tools.logs).items():
            listed[FOLDER + name] = f"{name} ({size_words(size)})"
        if self.choice.log not in listed:
            self.choice.log = INVENTED
        self.log.set_options(listed, value=self.choice.log)
        self.rows.set_visibility(self.choice.log == INVENTED)

    def _log(self, event: Any) -> None:
        self.choice.log = str(event.value or INVENTED)
        self.rows.set_visibility(self.choice.log == INVENTED)

    def _zone(self, event: Any) -> None:
        self.choice.zone = str(event.value or "").strip()[:60]

    async def _uploaded(self, event: Any) -> None:
        self.desk.caller("audit")
        if event.file.size() > MOST_UPLOAD:
            raise Refusal(413, TOO_LARGE)
        if self.room.run is not None and not self.room.run.is_over:
            raise Refusal(409, "a replay is under way: stop it, or wait for it")
        path = self.room.path(upload_name(event.file.name))
        await event.file.save(path)
        path.chmod(0o600)
        if self.room.upload is not None and self.room.upload != path:
            self.room.upload.unlink(missing_ok=True)
        shown = "".join(one for one in Path(event.file.name).name if one.isprintable())[:80]
        self.room.upload, self.room.uploaded_as, self.choice.log = path, shown, UPLOAD
        if not self.log.is_deleted:
            self._list_logs()
            self.upload.reset()

    def _draw_texts(self, place: Place) -> None:
        texts, choice = texts_of(place), self.choice
        self.days: dict[str, Any] = {}
        for side, label in (("baseline", "The text of today"), ("proposed", "The text instead")):
            if getattr(choice, side) not in texts:
                setattr(choice, side, next(iter(texts)))
            made = ui.select(texts, value=getattr(choice, side), label=label,
                             on_change=lambda event, side=side: self._text(side, event.value))  # fmt: skip
            made.props("outlined dense").classes(f"w-full m-{side}")
            day = ui.select({"": ""}, value="", label=f"{label}: of which day",
                            on_change=lambda event, side=side: self._day(side, event.value))  # fmt: skip
            self.days[side] = day.props("outlined dense").classes(f"w-full m-{side}-day")
        as_if = ui.switch("Take each text as if it had bound all the time", value=choice.as_if, on_change=self._as_if)
        as_if.classes("m-as-if")
        ui.label("Otherwise each row is judged under the version in force on its day.").classes("quiet text-sm")
        self._list_days()

    def _list_days(self) -> None:
        place = self.place()
        for side, made in self.days.items():
            days = days_of(place, getattr(self.choice, side))
            listed = {"": "the newest text", **{day: f"the text that began on {day}" for day in days}}
            if getattr(self.choice, f"{side}_day") not in listed:
                setattr(self.choice, f"{side}_day", "")
            made.set_options(listed, value=getattr(self.choice, f"{side}_day"))
            made.set_visibility(self.choice.as_if and bool(days))

    def _text(self, side: str, name: Any) -> None:
        setattr(self.choice, side, str(name or ""))
        setattr(self.choice, f"{side}_day", "")
        guarded(self._list_days)()

    def _day(self, side: str, day: Any) -> None:
        setattr(self.choice, f"{side}_day", str(day or ""))

    def _as_if(self, event: Any) -> None:
        self.choice.as_if = bool(event.value)
        guarded(self._list_days)()

    # The replay

    async def _begin(self) -> None:
        await told(tell)(self._begun)()

    async def _begun(self) -> None:
        place = self.place()
        await self.desk.thread(self.room.begin, lambda folder: job_of(place, self.choice, folder))
        if not self.result.is_deleted:
            self._show()

    def _stop(self) -> None:
        self.desk.caller("audit")
        if self.room.run is not None:
            self.room.run.stop()
        self._show()

    def _look(self) -> None:
        """See how far the replay is; who may no longer see it stops it."""
        run = self.room.run
        self.looks += 1
        if run is not None and not run.is_over and self.looks % ADMITTED == 0:
            try:
                self.desk.caller("audit")
            except Refusal as refusal:
                run.stop("stopped", problem_of(refusal))
        if run is None or run.is_over:
            self._show()
            return
        self.bar.props(remove="indeterminate") if run.part is not None else self.bar.props("indeterminate")
        self.bar.set_value(run.part or 0.0)
        far = f" {run.done:,}" + (f" of {run.of:,}" if run.of else "") if run.done else ""
        self.step.set_text(f"{run.step}{far}")

    def _show(self) -> None:
        """Show what there is: the progress of a replay, or what came of the last."""
        run = self.room.run
        running = run is not None and not run.is_over
        self.under_way.set_visibility(running)
        self.stop.set_visibility(running)
        self.timer.active = running
        self.result.clear()
        if run is None or running:
            return
        with self.result:
            if run.state != "done":
                for line in run.told:
                    said(line)
                return
            try:
                data = run.shown()
            except (OSError, ValueError):
                said("what came of this replay was removed: judge the log again")
                return
            result_shown(self.desk, run, data, self.kept.part, partial(setattr, self.kept, "part"))
