"""What is found in a draft, as a list beside the editor: each with its place, its line, what to do, and its mend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from alpr_policy.errors import Diagnostic
from alpr_policy.questions.editing_complete import complete
from alpr_policy_adapters.web.frame import guarded, said
from alpr_policy_adapters.web.write_text import SHOWN, Looked, counted, mends, place_text

if TYPE_CHECKING:
    from alpr_policy_adapters.web.write_tab import Writer

OFFERED = 40
"""Words that are offered at once for one line."""


class Findings:
    """The list, and above it how many there are."""

    def __init__(self, writer: Writer) -> None:
        """List what is found in the draft of `writer`."""
        self.writer = writer
        self.told: Any = None
        self.listed: Any = None
        self.line: Any = None
        self.words: Any = None

    @property
    def is_gone(self) -> bool:
        """Say whether the visitor has left."""
        return bool(self.told.is_deleted)

    def status(self) -> None:
        """Draw the line that says how many there are."""
        told = ui.label("There is no draft yet.").props("role=status aria-live=polite").classes("font-bold")
        self.told = told.classes("m-counted")

    def draw(self) -> None:
        """Draw the list."""
        self.listed = ui.column().classes("w-full gap-2")
        with ui.expansion("What may be written on a line").classes("w-full").classes("m-words"):
            ui.label("The words that fit where the line ends, as an editor completes them.").classes("quiet text-sm")
            self.line = ui.number("Line", value=1, min=1, precision=0, on_change=guarded(self._offer))
            self.line.props("outlined dense debounce=300").classes("m-line")
            self.words = ui.column().classes("w-full gap-1")

    def empty(self) -> None:
        """Say that there is nothing."""
        if not self.is_gone:
            self.told.set_text("There is no draft yet.")
            self.listed.clear()

    def looking(self) -> None:
        """Say that somebody looks."""
        if not self.is_gone:
            self.told.set_text("Looking …")

    def waiting(self, seconds: float) -> None:
        """Say that it takes long."""
        if not self.is_gone:
            self.told.set_text(
                f"Looking takes longer than {seconds:g} s; what you type meanwhile is looked at afterwards."
            )

    def refused(self, told: str) -> None:
        """Say why nothing was looked at."""
        if not self.is_gone:
            self.told.set_text("Not looked at.")
            self.listed.clear()
            with self.listed:
                said(told)

    def found(self, looked: Looked) -> None:
        """Show what was found."""
        if self.is_gone:
            return
        several = looked.look.diagnostics
        usable = "it can be used" if not looked.errors else "it cannot be used"
        self.told.set_text(f"{counted(several)}: {usable}")
        self.listed.clear()
        with self.listed:
            for one in several[:SHOWN]:
                self._one(looked, one)
            if len(several) > SHOWN:
                ui.label(f"and {len(several) - SHOWN:,} more, further down")

    def _one(self, looked: Looked, one: Diagnostic) -> None:
        place = place_text(one)
        with ui.card().classes("w-full p-2 gap-1 finding").props("flat bordered").classes("m-finding"):
            with ui.row().classes("items-center gap-2"):
                ui.label(str(one.severity)).classes(f"severity-{one.severity}")
                if place:
                    line = one.span.line
                    ui.button(f"line {place}", on_click=lambda: self.writer.show(line)).props(
                        "flat dense no-caps"
                    ).classes("m-place")
                ui.label(one.code).classes("quiet place text-sm")
            ui.label(one.message)
            snippet = looked.draft.source.snippet(one.span)
            if snippet:
                TextElement(tag="pre", text=snippet).props("tabindex=0")
            if one.help:
                ui.label(f"Help: {one.help}").classes("quiet text-sm")
            self._mends(looked, one)

    def _mends(self, looked: Looked, one: Diagnostic) -> None:
        for title, text in mends(looked, one):
            if text != looked.draft.source.text:
                self._mend(looked, title, text)

    def _mend(self, looked: Looked, title: str, text: str) -> None:
        def do() -> None:
            if looked.draft.source.text == self.writer.kept.text:
                self.writer.write(text)

        ui.button(title, on_click=do).props("outline dense no-caps").classes("m-mend")

    def _offer(self) -> None:
        self.words.clear()
        draft, line = self.writer.draft(), int(self.line.value or 1)
        if not 1 <= line <= len(draft.lines):
            return
        found = complete(draft, line, len(draft.lines[line - 1]) + 1)
        with self.words:
            if not found:
                ui.label("Anything, or nothing: no word is proposed here.").classes("quiet")
            with ui.element("ul").classes("list-disc pl-6"):
                for one in found[:OFFERED]:
                    with ui.element("li"):
                        ui.label(f"{one.label}: {one.about}" if one.about else one.label).classes("m-word")
            if len(found) > OFFERED:
                ui.label(f"and {len(found) - OFFERED:,} more").classes("quiet")
