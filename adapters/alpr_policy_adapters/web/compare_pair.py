"""The part *Two texts* of the tab *Compare*: each difference as a sentence, with a request that can be tried."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import yaml
from nicegui import ui

from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy.model.words import words_of
from alpr_policy.questions.compare import ActCompared, Comparison, Difference, Side, joined, one_act
from alpr_policy.questions.compared_words import acts_named, comparison_data, headline
from alpr_policy.questions.sides import side_of
from alpr_policy_adapters.cli.output import number
from alpr_policy_adapters.cli.solving import solver_if_here
from alpr_policy_adapters.web.compare_matrix import download
from alpr_policy_adapters.web.compare_ranking import not_covered
from alpr_policy_adapters.web.compare_shown import difference_told, relations_sheet
from alpr_policy_adapters.web.desk import Desk, told
from alpr_policy_adapters.web.forms import filled
from alpr_policy_adapters.web.frame import heading, mark_of, tell
from alpr_policy_adapters.web.try_tab import KEPT as TRY
from alpr_policy_adapters.web.try_tab import Form
from alpr_policy_adapters.web.work import Work, worked

if TYPE_CHECKING:
    from alpr_policy_adapters.web.compare_tab import Comparing

SECONDS: Final = 120.0
FLOOR: Final = "The first is a floor: only where the second is laxer"


class TwoTexts:
    """Two departments, what to compare, and each difference."""

    def __init__(self, desk: Desk, kept: Comparing) -> None:
        """Show what is `kept` to the visitor at `desk`."""
        self.desk, self.kept = desk, kept

    def draw(self) -> None:
        """Draw the part."""
        kept = self.kept
        profiles = [self.desk.point.catalog.latest(name) for name in self.desk.caller("decide").departments]
        names = {one.profile: one.department for one in profiles}
        with ui.row().classes("w-full gap-2"):
            for place, label in enumerate(("First text", "Second text")):
                one = ui.select(names, value=kept.pair[place], label=label, on_change=self._side(place))
                one.props("outlined dense").classes("grow min-w-64").classes(f"m-text-{place + 1}")
        acts = {name: name for name in _acts(self.desk)}
        kept.acts = [name for name in kept.acts if name in acts]
        only = ui.select(acts, value=kept.acts, multiple=True, label="Only these acts (without any, all)")
        only.props("outlined dense use-chips").classes("w-full").classes("m-only")
        only.on_value_change(lambda event: setattr(kept, "acts", list(event.value or ())))
        floor = ui.checkbox(FLOOR, value=kept.floor).classes("m-floor")
        floor.on_value_change(lambda event: setattr(kept, "floor", bool(event.value)))
        self.go = ui.button("Compare", on_click=told(tell)(self._compare)).props("no-caps").classes("m-compare")
        self.progress = ui.column().classes("w-full")
        self.answer = ui.column().classes("w-full gap-2")
        if kept.compared is not None and kept.compared[0] is self.desk.point:
            self._show(*kept.compared[1:])

    def _side(self, place: int) -> Callable[[Any], None]:
        def choose(event: Any) -> None:
            self.kept.pair[place] = event.value

        return choose

    async def _compare(self) -> None:
        kept, point = self.kept, self.desk.point
        known = self.desk.caller("decide").departments
        names = [name for name in kept.pair if name in known]
        if len(names) != len(kept.pair):
            raise PolicyError([Diagnostic("usage", "one of these departments is not served to you any more")])
        first, second = (side_of(point, name)[0] for name in names)
        acts, floor = acts_named((first, second), kept.acts), kept.floor

        def asked(work: Work) -> Comparison:
            done: list[ActCompared] = []
            for total, act in one_act(first, second, actions=acts, solver=solver_if_here(), floor=floor):
                work.step(act.action, total)
                done.append(act)
            return joined(first, second, done)

        self.go.disable()
        try:
            found = await worked(self.desk, self.progress, asked, what="Comparing", seconds=SECONDS)
        finally:
            self.go.enable()
        kept.compared = (point, found, (first, second), floor)
        if not self.answer.is_deleted:
            self._show(found, (first, second), floor)

    def _show(self, found: Comparison, sides: tuple[Side, Side], floor: bool) -> None:
        is_auditor = "audit" in self.desk.caller("decide").scopes
        self.answer.clear()
        with self.answer:
            heading(headline(found, floor=floor), 2)
            ui.html(relations_sheet(found), sanitize=False).classes("w-full").classes("m-relations")
            heading("Differences, each with a request that shows it", 2)
            for act in found.acts:
                if act.differences or act.undecided:
                    self._act(act, sides, confidential=is_auditor)
            not_covered(found.not_covered)
            if is_auditor or not _any_confidential(sides):
                download("compare.json", comparison_data(found, *sides))

    def _act(self, act: ActCompared, sides: tuple[Side, Side], *, confidential: bool) -> None:
        several = number(len(act.differences), "difference")
        with (
            ui.expansion(f"{act.action}: {act.relation.value}, {several}")
            .classes("w-full")
            .classes(mark_of(f"of-{act.action}"))
        ):
            for one in sorted(act.differences, key=lambda one: not one.laxer):
                self._difference(one, sides, confidential=confidential)
            for line in act.undecided:
                ui.label(f"Not decided: {line}").classes("font-bold")

    def _difference(self, one: Difference, sides: tuple[Side, Side], *, confidential: bool) -> None:
        with ui.card().classes("w-full p-3 gap-1 mb-2").props("flat bordered"):
            kind = "outcome-deny" if one.laxer else "outcome-allow"
            with ui.row():
                way = "laxer" if one.laxer else "stricter"
                ui.label(f"{sides[1].name} is {way}").classes(f"outcome {kind}")
            ui.label(difference_told(one, *sides, confidential=confidential)).classes("m-difference")
            ui.button("Try this request", on_click=self._try(one, sides)).props("flat dense no-caps").classes("m-try")

    def _try(self, one: Difference, sides: tuple[Side, Side]) -> Callable[[], None]:
        def fill() -> None:
            names = list(dict.fromkeys(side.profile.profile for side in sides))
            self.desk.visit.kept[TRY] = form_of(one.request, names)
            ui.navigate.to("/")  # below the path at which the page is mounted

        return fill


def form_of(request: Any, departments: list[str]) -> Form:
    """Return the form of the tab *Try*, filled with a request."""
    values, records = filled(request)
    text = yaml.safe_dump(records, sort_keys=False, allow_unicode=True) if records else ""
    return Form(departments, request["action"], request["at"], values, text)


def _acts(desk: Desk) -> list[str]:
    catalog = desk.point.catalog
    several = [words_of(catalog.latest(name)) for name in desk.caller("decide").departments]
    return sorted({name for words in several for name in (*words.groups, *words.actions)})


def _any_confidential(sides: tuple[Side, Side]) -> bool:
    return any(rule.confidential for side in sides for rule in side.profile.statements)
