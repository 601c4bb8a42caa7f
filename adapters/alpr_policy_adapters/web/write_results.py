"""The tests of a draft with what they hold of it, and the draft in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from nicegui import ui

from alpr_policy.errors import PolicyError, ProfileError
from alpr_policy.questions.matrix import TermTold
from alpr_policy.questions.show import Line, Shown, sections
from alpr_policy.questions.show import show as shown
from alpr_policy.questions.suites import SuiteError
from alpr_policy.questions.telling import Told
from alpr_policy.questions.testing.covered_page import KINDS
from alpr_policy.questions.testing.covered_words import missing, share_text
from alpr_policy.questions.testing.covering import Covered
from alpr_policy.questions.testing.forms import decided_text, idle_text
from alpr_policy.questions.testing.running import Ran, Result, Status
from alpr_policy_adapters.web.compare_matrix import download
from alpr_policy_adapters.web.desk import told
from alpr_policy_adapters.web.editors import yaml_editor
from alpr_policy_adapters.web.frame import heading, said, tell
from alpr_policy_adapters.web.html_tables import STYLE, sheet
from alpr_policy_adapters.web.work import Work, worked
from alpr_policy_adapters.web.write_tests import Tested, short, suites_here, tested, tested_data
from alpr_policy_adapters.web.write_text import draft_of, place_text, with_draft

if TYPE_CHECKING:
    from alpr_policy_adapters.web.write_tab import Writer

SECONDS: Final = 120.0
SHOWN: Final = 30
"""Lines of each sort that are shown; the data has all of them."""
HERE: Final = "Those below"
SERVER: Final = "The department's own, on the server"


class Results:
    """The expected answers, a button to run them, and what came of it."""

    def __init__(self, writer: Writer) -> None:
        """Test the draft of `writer`."""
        self.writer = writer
        self.go: Any = None
        self.progress: Any = None
        self.answer: Any = None
        self.which: Any = None

    def draw(self) -> None:
        """Draw the part."""
        ui.add_css(STYLE)
        kept = self.writer.kept
        ui.label("Expected answers").classes("font-bold")
        self.which = ui.radio([HERE, SERVER], value=SERVER if kept.is_own else HERE).props("inline dense")
        self.which.props('aria-label="Which expected answers are run"').classes("m-which")
        self.which.on_value_change(lambda event: setattr(kept, "is_own", event.value == SERVER))
        answers = yaml_editor(kept.answers, "Expected answers, in YAML").classes("write-answers").classes("m-answers")
        answers.bind_visibility_from(self.which, "value", value=HERE)
        answers.on_value_change(lambda event: setattr(kept, "answers", str(event.value or "")[:1_000_000]))
        self.writer.answers = answers
        with ui.row().classes("w-full items-center gap-2"):
            self.go = ui.button("Run the tests", on_click=told(tell)(self._run)).props("no-caps").classes("m-run")
            save = ui.button("Download the expected answers", on_click=self._save).props("flat dense no-caps")
            save.bind_visibility_from(self.which, "value", value=HERE)
        self.progress = ui.column().classes("w-full")
        self.answer = ui.column().classes("w-full gap-1").props("aria-live=polite")
        self.writer.parts.append(self._anew)
        if kept.tested is not None:
            self._show(kept.tested)

    def _anew(self) -> None:
        self.which.set_value(SERVER if self.writer.kept.is_own else HERE)
        self.answer.clear()

    def _save(self) -> None:
        ui.download.content(self.writer.answers.value, "answers.yaml", "application/yaml")

    async def _run(self) -> None:
        desk, kept = self.writer.desk, self.writer.kept
        desk.caller("author")
        catalog, served, is_own = desk.point.catalog, kept.begun, kept.is_own
        text, answers = kept.text, kept.answers

        def asked(work: Work) -> Tested:
            draft = draft_of(text, catalog, served)
            return tested(
                draft, catalog, suites_here(catalog, served, desk.tools.suites) if is_own else answers, work.step
            )

        self.go.disable()
        try:
            kept.tested = await worked(desk, self.progress, asked, what="Testing", seconds=SECONDS)
        except (SuiteError, ProfileError) as error:
            kept.tested = None
            self._refused(error)
            return
        finally:
            self.go.enable()
        if not self.answer.is_deleted:
            self._show(kept.tested)

    def _refused(self, error: PolicyError) -> None:
        if self.answer.is_deleted:
            return
        self.answer.clear()
        with self.answer:
            whose = "the expected answers" if isinstance(error, SuiteError) else "the draft"
            said(f"No test was run; this is wrong in {whose}:")
            with ui.element("ul").classes("list-disc pl-6"):
                for one in error.diagnostics[:SHOWN]:
                    place = place_text(one)
                    line = f"{short(one.span.file)}:{place}: " if place else ""
                    with ui.element("li"):
                        ui.label(f"{line}{one.message}" + (f" ({one.help})" if one.help else ""))

    def _show(self, found: Tested) -> None:
        self.answer.clear()
        with self.answer:
            ui.label(_counted(found)).classes("font-bold").classes("m-tested")
            for one in [one for one in found.ran.results if one.status is Status.FAILED][:SHOWN]:
                _failed(one)
            _idle(found.ran)
            for covered in found.covered:
                _covered(covered)
            download("tests.json", tested_data(found))


def _counted(found: Tested) -> str:
    ran = found.ran
    passed = ran.count(Status.PASSED) + ran.count(Status.IDLE)
    told = [f"{passed:,} passed", f"{ran.count(Status.FAILED):,} failed"]
    told += [f"{count:,} proposed and not accepted" for count in [ran.count(Status.PROPOSED)] if count]
    told += [f"{ran.left_out:,} about other departments left out"] if ran.left_out else []
    return f"Tests: {', '.join(told)}"


def _failed(one: Result) -> None:
    with ui.card().classes("w-full p-2 gap-1").props("flat bordered").classes("m-failed"):
        ui.label(f"Failed: {one.name}").classes("font-bold")
        clause = f", clause {', '.join(one.clause)}" if one.clause else ""
        ui.label(f"{short(str(one.place))}: {one.kind}{clause}").classes("quiet place text-sm")
        for line in (*(p.text for p in one.problems), *(decided_text(d, short) for d in one.decided)):
            ui.label(line).classes("text-sm")


def _idle(ran: Ran) -> None:
    idle = [one for one in ran.results if one.status is Status.IDLE]
    if idle:
        with ui.expansion(f"{len(idle):,} passed though what they are about did not apply").classes("w-full"):
            _lines([f"{short(str(one.place))}: {idle_text(one)}" for one in idle])


def _covered(one: Covered) -> None:
    heading(f"What the tests hold of {one.profile}", 3)
    shares = [(what, share_text(one, what)) for what in KINDS]
    table = sheet(f"What the tests hold of {one.profile}", ("of its", "covered"), shares)
    ui.html(table, sanitize=False).classes("w-full").classes("m-covered")
    lines = missing(one, short)
    if lines:
        with ui.expansion(f"Not held by tests: {len(lines):,}").classes("w-full"):
            _lines(lines)


def _lines(lines: list[str]) -> None:
    with ui.element("ul").classes("list-disc pl-6 text-sm"):
        for line in lines[:SHOWN]:
            with ui.element("li"):
                ui.label(line)
        if len(lines) > SHOWN:
            with ui.element("li"):
                ui.label(f"and {len(lines) - SHOWN:,} more")


class Words:
    """The draft in plain words, when asked for."""

    def __init__(self, writer: Writer) -> None:
        """Tell the draft of `writer`."""
        self.writer = writer
        self.answer: Any = None

    def draw(self) -> None:
        """Draw the part."""
        ui.label("For people who decide about a policy and never see its YAML.").classes("quiet")
        ui.button("Tell it", on_click=told(tell)(self._tell)).props("no-caps").classes("m-tell")
        self.answer = ui.column().classes("w-full gap-1").props("aria-live=polite")

    async def _tell(self) -> None:
        desk = self.writer.desk
        desk.caller("author")
        text, served = self.writer.kept.text, self.writer.kept.begun
        catalog, now = desk.point.catalog, desk.service.asking.clock()

        def asked() -> Shown:
            pdp, profile = with_draft(draft_of(text, catalog, served), catalog)
            return shown(pdp, profile.profile, as_of=now)

        found = await desk.thread(asked)
        if not self.answer.is_deleted:
            self._show(found)

    def _show(self, found: Shown) -> None:
        self.answer.clear()
        with self.answer:
            heading(found.heading, 2)
            if found.warning:
                ui.label(found.warning).classes("font-bold")
            for title, items in sections(found):
                if title and items:
                    heading(title, 3)
                with ui.element("ul").classes("list-disc pl-6"):
                    for one in items:
                        _item(one)


def _item(one: Line | Told | TermTold) -> None:
    with ui.element("li"):
        ui.label(one.whole)
        if isinstance(one, Told):
            for note in filter(None, (one.waits, one.reading)):
                ui.label(note).classes("quiet text-sm")
