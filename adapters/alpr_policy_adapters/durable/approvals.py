"""An approval or exception as forward-chaining rules: who decided, for whom, in which order, what lifts a refusal."""

from __future__ import annotations

from alpr_policy.ir.nodes import ApprovalSpec, Decider
from alpr_policy.vocabulary.states import APPROVAL_ORDER
from alpr_policy_adapters.durable.program import (
    Field,
    Nested,
    Program,
    Test,
    Var,
    Writer,
    gt,
    lt,
    ne,
    none,
    refused,
    some,
)
from alpr_policy_adapters.durable.words import (
    DECISIONS,
    HOLDER,
    NO,
    NOTHING,
    OPEN,
    PERHAPS,
    YES,
    Numbers,
    carry,
    copied,
    kept,
    roles_of,
    whole,
    write_fits,
    write_least,
)

RANK = {state: number for number, state in enumerate(APPROVAL_ORDER)}
GRANTED, REFUSED, UNKNOWN, ABSENCE = (RANK[s] for s in ("granted", "refused", "unknown", "absence_unknown"))
GRANT, REFUSAL, PENDING = DECISIONS["granted"], DECISIONS["refused"], DECISIONS["pending"]
MOST_STEPS = 4
RECORD = ("n", "decision", "by", "role", "cap", "happened", "timed", "at", "purpose", "scoped", "differs", "ended")
FITTING = (*RECORD, "step", "fit")
ASKED = (*FITTING, "own")
VERDICT = ("n", "decision", "by", "role", "cap", "timed", "at")
A_LEVEL = 6
SPOT, STATE, N, BY, AT, ROLE, CAP = (Var(name) for name in ("spot", "state", "n", "by", "at", "role", "cap"))


def approval_program(spec: ApprovalSpec) -> Program:
    """Return the rules of an approval; raises LoweringError where it has too many steps or words.

    A *spot* is a step after certain persons decided the steps before: that of the first persons is the step's own
    number, that of later ones is worked out from it. Each level of the chain takes its own stages.
    """
    if not 0 < len(spec.steps) <= MOST_STEPS:
        raise refused(f"`{spec.name}` has {len(spec.steps)} steps")
    to, roles = Writer(), roles_of(spec.steps)
    for topic in range(1, len(spec.topics) + 1):
        for happened in (YES, OPEN):
            carry(to, "counted", "approval", RECORD, {"topic": topic, "happened": happened})
    for step, deciders in enumerate(spec.steps, start=1):
        write_fits(to, "counted", RECORD, step, deciders, roles)
        _own(to, spec, step, deciders, roles)
        _refusals(to, step)
        _grants(to, spec, step)
    for level in range(1, len(spec.steps) + 1):
        if level > 1:
            _next_person(to, level)
        _state_at(to, level)
    _answer(to, len(spec.steps))
    return to.program()


def _own(to: Writer, spec: ApprovalSpec, step: int, deciders: tuple[Decider, ...], roles: Numbers) -> None:
    """Nobody decides on an own request, but where the statement lets everybody who may decide, or the holder."""

    def says(own: int, requester: dict[str, Field] | None = None, **when: Field) -> None:
        asked = [some("requester", **requester)] if requester is not None else []
        row = some("fitting", **whole(FITTING, {"step": step, **when}))
        to.rule("asked", [row, *asked], **kept(FITTING, {"step": step, **when}), own=own)

    if spec.by_requester == "allowed":
        return says(NO)
    excepted: list[dict[str, Field]] = [{}]
    if spec.by_requester == "holder":
        holders = sorted({roles[decider.role] for decider in deciders})
        for role in holders:
            says(NO, cap=HOLDER, role=role)
        excepted = [{"cap": ne(HOLDER)}, {"cap": HOLDER, "role": (ROLE, *(ne(role) for role in holders))}]
    for when in excepted:
        says(NO, {"hand": NO}, **when)
        says(OPEN, {"hand": YES, "person": NOTHING}, **when)
        says(OPEN, {"hand": YES}, **when, by=NOTHING)
        says(YES, {"hand": YES, "person": (BY, ne(NOTHING))}, **when)
        says(NO, {"hand": YES, "person": (ne(BY), ne(NOTHING))}, **when, by=ne(NOTHING))
    return None


def _refusals(to: Writer, step: int) -> None:
    """A refusal counts from one who may decide, for this request, once it has happened."""

    def says(state: str, **when: Field) -> None:
        carry(to, "verdict", "asked", VERDICT, {"step": step, "decision": REFUSAL, **when}, **_at(step, state))

    says("refused", fit=YES, differs=NO, happened=YES)
    says("unknown", fit=YES, differs=NO, happened=OPEN)
    says("unknown", fit=YES, differs=OPEN)
    for fit in (PERHAPS, OPEN):
        says("unknown", fit=fit, differs=ne(YES))
    says("none", differs=YES)
    says("none", fit=NO, differs=ne(YES))


def _grants(to: Writer, spec: ApprovalSpec, step: int) -> None:
    """What keeps a grant from counting, in the order of the table."""
    purposes = range(1, len(spec.purposes) + 1)

    def says(state: str, row: str, **when: Field) -> None:
        carry(to, "verdict", row, VERDICT, {"step": step, **when}, **_at(step, state))

    def goes_on(to_row: str, row: str, **when: Field) -> None:
        carry(to, to_row, row, ASKED, {"step": step, **when})

    says("pending", "asked", decision=PENDING, happened=YES)
    for decision in (PENDING, GRANT):
        says("unknown", "asked", decision=decision, happened=OPEN)
    says("absence_unknown", "asked", decision=GRANT, happened=YES, fit=PERHAPS)
    goes_on("told", "asked", decision=GRANT, happened=YES, fit=ne(PERHAPS))
    says("self", "told", own=YES)
    says("unknown", "told", own=OPEN)
    if not spec.purposes:
        goes_on("meant", "told", own=NO)
    else:
        for purpose in purposes:
            goes_on("meant", "told", own=NO, purpose=purpose)
        says("unknown", "told", own=NO, purpose=NOTHING)
        says("wrong_purpose", "told", own=NO, purpose=(*(ne(one) for one in purposes), ne(NOTHING)))
    if spec.each:
        says("out_of_scope", "meant", scoped=NO)
    else:
        goes_on("scoping", "meant", scoped=NO)
    says("out_of_scope", "meant", scoped=YES, differs=YES)
    says("unknown", "meant", scoped=YES, differs=OPEN)
    goes_on("scoping", "meant", scoped=YES, differs=NO)
    says("ended", "scoping", ended=YES)
    says("unknown", "scoping", ended=OPEN)
    for fit, state in ((OPEN, "unknown"), (NO, "wrong_role"), (YES, "granted")):
        says(state, "scoping", ended=NO, fit=fit)


def _at(step: int, state: str) -> dict[str, int]:
    return {"spot": step, "level": 1, "state": RANK[state]}


def _next_person(to: Writer, level: int) -> None:
    """A further step is decided after those before and by another person: a spot for each who may stand before."""
    first, before = (level - 1) * A_LEVEL, Var("before")
    where: Field = (before, Test("eq", 1)) if level == 2 else before
    stood = [
        some("state", spot=where, level=level - 1, state=GRANTED),
        some("verdict", spot=before, level=level - 1, state=GRANTED, n=N, by=BY, at=AT),
    ]
    to.rule("chain", stood, spot=Nested(before, N), level=level, before=before)
    to.rule("member", stood, spot=Nested(before, N), n=N, by=BY, at=AT)
    chain = some("chain", spot=SPOT, level=level, before=before)
    earlier = some("member", spot=before, n=N, by=BY, at=AT)
    to.rule("member", [chain, earlier], spot=SPOT, n=N, by=BY, at=AT)
    fields: dict[str, Var] = copied(*VERDICT)
    barred = some("verdict", **fields, spot=level, level=1, state=(STATE, ne(GRANTED)))
    to.rule("verdict", [chain, barred], **fields, spot=SPOT, level=level, state=STATE)
    to.rule(
        "able", [chain, some("verdict", **fields, spot=level, level=1, state=GRANTED)], **fields, spot=SPOT, level=level
    )
    able = some("able", **fields, spot=SPOT, level=level)
    # Where either person is not named, even the order in time settles nothing.
    named = some("able", **whole(VERDICT, {"by": ne(NOTHING)}), spot=SPOT, level=level)
    to.rule("blocked", [able, some("member", spot=SPOT, n=N)], spot=SPOT, n=N)
    to.rule("blocked", [named, some("member", spot=SPOT, by=BY)], spot=SPOT, n=N)
    to.rule("blocked", [named, some("member", spot=SPOT, by=ne(NOTHING), at=gt(AT))], spot=SPOT, n=N)
    to.rule("vague", [some("able", n=N, by=NOTHING, spot=SPOT, level=level)], spot=SPOT, n=N)
    to.rule("vague", [able, some("member", spot=SPOT, by=NOTHING)], spot=SPOT, n=N)
    one: dict[str, Var] = {"spot": SPOT, "n": N}
    then: dict[str, int | Var | Nested] = {**fields, "spot": SPOT, "level": level}
    to.rule("verdict", [able, some("blocked", **one)], **then, state=RANK["none"])
    to.rule("verdict", [able, some("vague", **one), none("blocked", **one)], first + 1, **then, state=UNKNOWN)
    free = [able, none("blocked", **one), none("vague", **one)]
    to.rule("verdict", free, first + 1, **then, state=GRANTED)


def _state_at(to: Writer, level: int) -> None:
    """What the verdicts of one spot come to: refusals that no later grant lifts, and doubt about them, come first."""
    first = (level - 1) * A_LEVEL
    fields: dict[str, Field] = {**copied(*VERDICT), "spot": SPOT, "level": level, "state": STATE}
    _lifted(to, level)
    then: dict[str, int | Var | Nested] = {**copied(*VERDICT), "spot": SPOT, "level": level, "state": STATE}
    to.rule("stand", [some("verdict", **fields | {"decision": (Var("decision"), ne(REFUSAL))})], first + 2, **then)
    refusal = some("verdict", **fields | {"decision": (Var("decision"), Test("eq", REFUSAL))})
    to.rule("stand", [refusal, none("healed", spot=SPOT, n=N)], first + 2, **then)
    stands: dict[str, Field] = {"spot": SPOT, "level": level}
    standing = some("stand", **stands, decision=REFUSAL, state=REFUSED, n=N)
    to.rule("firm", [standing, none("eased", spot=SPOT, n=N)], first + 3, spot=SPOT)
    doubtful = some("stand", **stands, decision=REFUSAL, state=UNKNOWN, timed=YES, role=ne(NOTHING))
    to.rule("unsettled", [doubtful, none("stand", spot=SPOT, state=REFUSED)], first + 3, spot=SPOT, level=level)
    to.rule("unsettled", [standing, none("firm", spot=SPOT)], first + 4, spot=SPOT, level=level)
    to.rule("state", [some("unsettled", spot=SPOT, level=level)], spot=SPOT, level=level, state=UNKNOWN)
    best = [
        some("stand", **stands, state=STATE),
        none("unsettled", spot=SPOT),
        none("stand", spot=SPOT, state=lt(STATE)),
    ]
    to.rule("state", best, first + 5, spot=SPOT, level=level, state=STATE)


def _lifted(to: Writer, level: int) -> None:
    """A refusal falls only to a later grant by the same role, and a stand-in cannot lift what the holder refused."""
    for kind, states in (("healed", (GRANTED,)), ("eased", (UNKNOWN, ABSENCE))):
        for state in states:
            for cap in (HOLDER, CAP):
                both: dict[str, Field] = {"spot": SPOT, "level": level, "timed": YES, "role": ROLE}
                given = some("verdict", **both, decision=GRANT, state=state, at=AT, cap=cap)
                refusal: dict[str, Field] = {**both, "decision": REFUSAL, "at": lt(AT), "n": N}
                if isinstance(cap, Var):
                    refusal["cap"] = cap
                to.rule(kind, [given, some("verdict", **refusal)], spot=SPOT, n=N)


def _answer(to: Writer, steps: int) -> None:
    """A refusal at any step refuses; one whole chain of persons grants; else the chain that came nearest."""
    last = steps * A_LEVEL
    to.rule("lost", [some("state", level=1, state=REFUSED)], state=REFUSED)
    for level in range(1, steps + 1):
        chain: dict[str, Field] = {"level": level, "spot": 1} if level == 1 else {"level": level}
        if level == steps:
            to.rule("won", [some("state", **chain, state=GRANTED)], state=GRANTED)
        to.rule("leaf", [some("state", **chain, state=(STATE, ne(GRANTED)))], state=STATE)
    to.rule("answer", [some("lost", state=STATE)], state=STATE)
    to.rule("answer", [some("won", state=STATE), none("lost")], last, state=STATE)
    write_least(to, "answer", "leaf", last, "won", "lost")
    to.rule("answer", [none("counted")], last, state=RANK["none"])
