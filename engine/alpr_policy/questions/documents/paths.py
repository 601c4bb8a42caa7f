"""The ways that a policy lays down: chains of approval, and from the read of a plate to the stop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alpr_policy.model.profile import Profile
from alpr_policy.model.statements import (
    ActionStatement,
    Approval,
    Approver,
    Check,
    Document,
    Duty,
    Excuse,
    Permission,
    Prohibition,
)
from alpr_policy.questions.documents.offices import named
from alpr_policy.questions.documents.parts import Flow, Step, clauses
from alpr_policy.questions.own_words import task_words, with_article
from alpr_policy.questions.wording import Wording, listed, sentence
from alpr_policy.vocabulary.phrases import DEADLINES

# The acts on the way from a read to a stop.
TO_THE_STOP = ("read.capture", "alert.deliver", "stop.start")
FOLLOWING = frozenset({*TO_THE_STOP, "hit_acted_on"})
OWN = {
    "allowed": "whoever may approve may do so for an own act",
    "holder": "the holder of the office may approve an own act, a stand-in may not",
}
NOT_OWN = "nobody approves an own act"


def approval_chains(profile: Profile, wording: Wording) -> list[Flow]:
    """Return each approval, and each exception from a ban, as the steps that lead to the act."""
    ordered = profile.in_clause_order()
    chains = [_chain(one, wording) for one in ordered.approvals]
    return chains + [
        _excuse(one, one.excused_by, wording) for one in ordered.prohibitions if one.excused_by is not None
    ]


def _chain(one: Approval, wording: Wording) -> Flow:
    steps = [_start(one, wording)]
    steps += [_says(step, "approves", one.cite, wording) for step in (one.by, *one.then)]
    notes = [
        OWN.get(one.by_requester or "", NOT_OWN),
        "different persons decide in each step" if one.then else "",
        "each act needs an approval of its own" if one.each else "",
        f"an approval is valid for {one.valid}" if one.valid else "",
        f"for {_purposes(one.purposes, wording)} only" if one.purposes else "",
    ]
    last = sentence("may go on, as far as other rules allow") if one.gate else "The approval counts where a rule asks."
    steps.append(Step(kind="act", text=last, notes=tuple(sentence(note) for note in notes if note)))
    return Flow(title=one.id, steps=tuple(steps))


def _excuse(one: Prohibition, excuse: Excuse, wording: Wording) -> Flow:
    notes = [
        OWN.get(excuse.by_requester or "", NOT_OWN),
        f"for {_purposes(excuse.purposes, wording)} only" if excuse.purposes else "",
        f"an exception is valid for {excuse.valid}" if excuse.valid else "",
    ]
    steps = (
        _start(one, wording, "is forbidden"),
        _says(excuse.by, "lifts the ban", excuse.cite or one.cite, wording),
        Step(kind="act", text="The ban is lifted.", notes=tuple(sentence(note) for note in notes if note)),
    )
    return Flow(title=f"Exception from {one.id}", steps=steps)


def _start(one: ActionStatement, wording: Wording, is_so: str = "is wanted") -> Step:
    acts = wording.acts(one.action, happening=True)
    when = (f"if {wording.condition(one.when)}",) if one.when else ()
    unless = (f"unless {wording.condition(one.unless)}",) if one.unless else ()
    return Step(kind="start", text=f"{_capital(acts)} {is_so}. {clauses(one.cite)}", notes=(*when, *unless))


def _says(step: Iterable[Approver], does: str, cite: tuple[str, ...], wording: Wording) -> Step:
    return Step(kind="gate", text=f"{_capital(wording.approvers(step))} {does}. {clauses(cite)}")


def _purposes(names: Iterable[str], wording: Wording) -> str:
    return listed((wording.word(("purposes",), one) for one in names), "or")


# From hit to stop


def hit_to_stop(profile: Profile, wording: Wording) -> Flow:
    """Return the way from the read to the stop: each act with what it needs before, then what must follow."""
    ordered, steps = profile.in_clause_order(), []
    for act in TO_THE_STOP:
        mine = [
            one
            for one in ordered.statements
            if isinstance(one, ActionStatement) and act in wording.words.expand(one.action)
        ]
        steps += [_gate(one, wording) for one in mine if not isinstance(one, Permission | Prohibition)]
        steps.append(_act(act, mine, wording))
    steps += list(_following(ordered, wording))
    return Flow(title="From the read of a plate to the stop", steps=tuple(steps))


def _act(act: str, mine: Iterable[ActionStatement], wording: Wording) -> Step:
    several = list(mine)
    allowing = [named(one) for one in several if isinstance(one, Permission)]
    barring = [
        named(one) for one in several if isinstance(one, Prohibition) or (isinstance(one, Permission) and one.only)
    ]
    notes = [f"Allowed by: {', '.join(allowing)}." if allowing else "No clause allows it: see what is silent."]
    notes += [f"Forbidden by: {', '.join(barring)}."] if barring else []
    return Step(kind="act", text=_capital(wording.act(act, happening=True)), notes=tuple(notes))


def _gate(one: ActionStatement, wording: Wording) -> Step:
    match one:
        case Check():
            parts = wording.among("check_parts", one.compares, "and")
            known = wording.word(("checks",), one.check)
            what = _capital(known if "check" in known or known.startswith(("a ", "an ")) else f"{known} check") + (
                f" of {parts}" if parts else ""
            )
        case Approval():
            what = f"Approval by {', then '.join(wording.approvers(step) for step in (one.by, *one.then))}"
        case Document():
            what = _capital(listed((with_article(wording.word(("documents",), name)) for name in one.document), "or"))
        case _:
            what = f"Rule: {one.id}"
    advised = " (expected, not compelled)" if one.force == "should" else ""
    when = (f"If {wording.condition(one.when)}.",) if one.when else ()
    return Step(kind="gate", text=f"{what}{advised}. {clauses(one.cite)}", notes=when)


def _following(profile: Profile, wording: Wording) -> Iterator[Step]:
    for one in profile.duties:
        if FOLLOWING & set(wording.words.expand(one.after)):
            yield Step(kind="after", text=f"{_capital(_owed(one, wording))}. {clauses(one.cite)}")


def _owed(one: Duty, wording: Wording) -> str:
    within = DEADLINES.get(str(one.within)) or f"within {wording.span(one.within)}"
    return f"{task_words(one.task)}, {within}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
