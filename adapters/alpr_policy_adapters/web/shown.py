"""How a decision looks on the page: the outcome, each clause, what is missing, what must follow."""

from __future__ import annotations

from collections.abc import Iterable

from nicegui import ui

from alpr_policy.model.decision import Decision, Need, Reason
from alpr_policy.questions.explain import one_line, sections
from alpr_policy_adapters.web.frame import heading

EFFECTS = {"permit": "a permission", "forbid": "a bar", "require": "a demand", "excuse": "an exception"}
TRUTHS = {"true": "it applies", "false": "it does not apply", "unknown": "whether it applies is not known"}
OUTCOME_WORDS = {"allow": "allow", "needs": "needs more", "deny": "deny"}


def decision_shown(decision: Decision) -> None:
    """Draw a decision into the place where this is called: the outcome, what is missing, what must follow."""
    outcome = decision.outcome.value
    with ui.row().classes("items-center gap-3").props("role=status aria-live=polite"):
        ui.label(OUTCOME_WORDS[outcome]).classes(f"outcome outcome-{outcome}").classes("m-outcome")
        ui.label("may go ahead" if decision.proceed else "must not go ahead")
    if len(decision.needs) < 2:  # several are listed below, each by itself
        ui.label(one_line(decision)).classes("m-one-line")
    for one in decision.judged_by:
        silent = ", where the text is silent" if one.silent else ""
        ui.label(f"{one.profile}, {one.version}: {one.outcome.value}{silent}").classes("quiet")
    for title, lines in sections(decision):
        heading(title.capitalize(), 2)
        with ui.element("ul").classes("list-disc pl-6"):
            for line in lines:
                with ui.element("li"):
                    ui.label(line)


def reasons_shown(decision: Decision, *, confidential: bool) -> None:
    """Draw why, clause by clause; reasons for auditors alone only where `confidential`."""
    if decision.reasons:
        heading("Why", 2)
        for reason in decision.reasons:
            if confidential or not reason.confidential:
                _reason(reason)


def facts_asked(needs: Iterable[Need]) -> frozenset[str]:
    """Return the facts that a decision asks for, those of alternatives included."""
    found: set[str] = set()
    for one in needs:
        if one.kind == "fact":
            found.add(one.name)
        for way in one.one_of:
            found |= facts_asked(way)
    return frozenset(found)


def _reason(reason: Reason) -> None:
    with ui.card().classes("w-full p-3 gap-1").props("flat bordered"):
        clause = ", ".join(reason.cite) or "no clause"
        ui.label(f"{clause} · {reason.rule.replace('_', ' ')}").classes("font-bold")
        if reason.text:
            ui.label(reason.text)
        ui.label(f"{EFFECTS.get(reason.effect, reason.effect)}: {TRUTHS.get(reason.truth, reason.truth)}")
        if reason.facts:
            facts = "; ".join(f"{one.fact}: {one.value}" for one in reason.facts)
            ui.label(facts).classes("quiet text-sm")
        if reason.place:
            ui.label(reason.place).classes("quiet place text-sm")
