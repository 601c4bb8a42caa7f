"""The tab *Try*: an act, its facts in a form made of the vocabulary, and the decision, anew with every change."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

import yaml
from nicegui import ui

from alpr_policy.errors import PolicyError
from alpr_policy.model.decision import Decision
from alpr_policy.model.words import words_of
from alpr_policy.reading.documents import read_document
from alpr_policy.reading.requests import read_request
from alpr_policy.source import SourceFile
from alpr_policy.vocabulary import FactKind
from alpr_policy_adapters.http import Refusal
from alpr_policy_adapters.http.answers import native
from alpr_policy_adapters.http.judging import Answer
from alpr_policy_adapters.web.desk import Desk, problem_of
from alpr_policy_adapters.web.forms import (
    EMPTY,
    NOT_THERE,
    UNKNOWN,
    YES_NO,
    Field,
    fields_of,
    now_text,
    request_of,
    value_of,
)
from alpr_policy_adapters.web.frame import heading, mark_of, said
from alpr_policy_adapters.web.shown import decision_shown, facts_asked, reasons_shown
from alpr_policy_adapters.web.try_more import offered

FIRST_ACT: Final = "search.run"
KEPT: Final = "try"


@dataclass(slots=True)
class Form:
    """What is filled in. It stays with the visit, so that a look at another tab loses nothing."""

    departments: list[str]
    action: str
    at: str
    values: dict[str, Any] = field(default_factory=dict)
    records: str = ""


def build(desk: Desk) -> None:
    """Draw the tab."""
    caller = desk.caller("decide")
    now = now_text(desk.service.asking.clock())
    form = desk.visit.kept.setdefault(KEPT, Form(list(desk.binding(caller.departments[:1])), FIRST_ACT, now))
    Trying(desk, form).draw()


def request_in(form: Form) -> dict[str, Any]:
    """Return the request that a form makes; raises PolicyError where the records in it are no YAML."""
    return request_of(form.action, form.at, form.values, departments=form.departments, records=_records(form.records))


def _records(text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    value, found = read_document(SourceFile("records", text))
    if any(one.is_error for one in found):
        raise PolicyError([one for one in found if one.is_error])
    return value if isinstance(value, dict) else {}


def judged(desk: Desk, request: dict[str, Any]) -> Decision:
    """Judge a request as `POST /v1/explain` does, which is no act and leaves no row; raises Refusal."""
    known = desk.caller("decide").departments
    names = [name for name in request["departments"] if name in known]
    return desk.service.asking.deciding.tried(read_request({**request, "departments": names}), names)


class Trying:
    """The form and the answer beside it."""

    def __init__(self, desk: Desk, form: Form) -> None:
        """Show `form` to the visitor at `desk`."""
        self.desk, self.form = desk, form
        self.asked: frozenset[str] = frozenset()
        self.made: dict[str, Any] = {}

    def draw(self) -> None:
        """Draw the tab."""
        with ui.element("div").classes("grid gap-6 w-full lg:grid-cols-2 grid-cols-1"):
            with ui.element("section").props('aria-label="The act and its facts"').classes("min-w-0"):
                self._head()
                self.facts = ui.column().classes("w-full gap-2")
                self._records_box()
                self.foot = ui.row().classes("page-foot w-full items-center")
            with ui.element("section").props('aria-label="The decision" id=decision').classes("min-w-0"):
                self.answer = ui.column().classes("w-full gap-2")
        self._judge()
        self._draw_facts()

    def _head(self) -> None:
        caller, form = self.desk.caller("decide"), self.form
        with ui.row().classes("w-full gap-2"):
            names = {name: self._title(name) for name in caller.departments}
            chosen = ui.select(
                names, value=form.departments, multiple=True, label="Departments", on_change=self._departments
            )
            chosen.props("outlined dense use-chips").classes("flex-grow").classes("m-departments")
        acts = self._acts()
        if form.action not in acts:
            form.action = next(iter(acts))
        act = ui.select(acts, value=form.action, label="Act", with_input=True, on_change=self._act)
        act.props("outlined dense").classes("w-full").classes("m-act")
        at = ui.input("When, with its offset", value=form.at, on_change=self._at)
        at.props("outlined dense debounce=300").classes("w-full").classes("m-at")

    def _title(self, name: str) -> str:
        return self.desk.point.catalog.latest(name).department

    def _acts(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for name in self.form.departments:
            words = words_of(self.desk.point.catalog.latest(name))
            found |= {act: f"{act}: {told.means}" for act, told in sorted(words.actions.items())}
        return found or {FIRST_ACT: FIRST_ACT}

    def _departments(self, event: Any) -> None:
        known = self.desk.caller("decide").departments
        self.form.departments = [name for name in event.value or () if name in known]
        self._judge()
        self._draw_facts()

    def _act(self, event: Any) -> None:
        self.form.action = event.value or FIRST_ACT
        self._judge()
        self._draw_facts()

    def _at(self, event: Any) -> None:
        self.form.at = str(event.value or "").strip()
        self._judge()

    def _draw_facts(self) -> None:
        profiles = [self.desk.point.catalog.latest(name) for name in self.form.departments]
        fields = fields_of(profiles, self.form.action)
        self.facts.clear()
        self.made.clear()
        with self.facts:
            heading("Facts that these policies read")
            for one in fields:
                if one.is_read:
                    self._field(one)
            with ui.expansion("Other facts of this act").classes("w-full"):
                for one in fields:
                    if not one.is_read:
                        self._field(one)

    def _field(self, one: Field) -> None:
        label = f"{one.means} ({one.name})"
        now = self.form.values.get(one.name)
        if one.kind in (FactKind.BOOL, FactKind.ENUM) and (one.values or one.kind is FactKind.BOOL):
            choices = [UNKNOWN, *(YES_NO if one.kind is FactKind.BOOL else one.values), NOT_THERE]
            shown = {True: "yes", False: "no", None: UNKNOWN}.get(now, now) if not isinstance(now, list) else UNKNOWN
            made: Any = ui.select(choices, value=shown if shown in choices else UNKNOWN, label=label)
        elif one.kind is FactKind.SET and one.values:
            chosen = [EMPTY] if now == EMPTY else now if isinstance(now, list) else []
            made = ui.select([*one.values, EMPTY], value=chosen, multiple=True, label=label)
            made.props("use-chips")
        else:
            made = ui.input(label, value="" if now is None else str(now))
            made.props("debounce=300")
        made.props(f'outlined dense hint="from {one.supplied_by}"' if one.is_read else "outlined dense")
        made.classes(f"w-full {mark_of(one.name)}")
        made.on_value_change(lambda event, one=one: self._fact(one, event.value))
        self.made[one.name] = made
        self._mark(one.name)

    def _mark(self, name: str) -> None:
        """Show beside a field whether the answer asks for it."""
        is_asked = name in self.asked
        self.made[name].classes(add="page-asked" if is_asked else "", remove="" if is_asked else "page-asked")

    def _fact(self, one: Field, typed: Any) -> None:
        self.form.values[one.name] = value_of(one, typed)
        self._judge()

    def _records_box(self) -> None:
        with ui.expansion("Records: approvals, checks, documents, holds, events").classes("w-full"):
            ui.label("As in a request file. A list left out is not known; [] is known to be empty.").classes(
                "quiet text-sm"
            )
            text = ui.codemirror(self.form.records, language="YAML", on_change=self._typed).classes("w-full")
            text.props('aria-label="Records in YAML"').style("min-height: 9rem; border: 1px solid #8888").classes(
                "m-records"
            )
            ui.button(
                "No records at all", on_click=lambda: text.set_value("approvals: []\nchecks: []\ndocuments: []\n")
            ).props("flat dense no-caps")

    def _typed(self, event: Any) -> None:
        self.form.records = str(event.value or "")[:50_000]
        self._judge()

    def _judge(self) -> None:
        self.answer.clear()
        with self.answer:
            try:
                request = request_in(self.form)
                decision = judged(self.desk, request)
            except (Refusal, PolicyError) as error:
                said(problem_of(error))
                return
            confidential = "audit" in self.desk.caller().scopes
            decision_shown(decision)
            self.asked = facts_asked(decision.needs)
            offered(self.desk, request, decision)
            reasons_shown(decision, confidential=confidential)
            self._texts(request, native(Answer(decision), confidential=confidential))
        for name in self.made:
            self._mark(name)
        self.foot.clear()
        with self.foot:
            ui.label(decision.outcome.value).classes(f"outcome outcome-{decision.outcome.value}")
            ui.link(f"{len(decision.needs)} missing, see why" if decision.needs else "see why", "#decision")

    def _texts(self, request: dict[str, Any], answer: dict[str, Any]) -> None:
        with ui.expansion("The request as a file").classes("w-full"):
            text = yaml.safe_dump(request, sort_keys=False, allow_unicode=True)
            ui.code(text, language="yaml").classes("w-full").classes("m-request-text")
            ui.button("Download request.yaml", on_click=lambda: ui.download.content(text, "request.yaml")).props(
                "flat dense no-caps"
            )
        with ui.expansion("The answer as JSON").classes("w-full"):
            ui.code(json.dumps(answer, indent=2, ensure_ascii=False), language="json").classes("w-full").classes(
                "m-answer-json"
            )
