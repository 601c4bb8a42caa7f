"""A check, and a document, as forward-chaining rules."""

from __future__ import annotations

from alpr_policy.ir.nodes import CheckSpec, DocumentSpec
from alpr_policy.vocabulary.states import DOCUMENT_ORDER, PART_ORDER, WHOLE_ORDER
from alpr_policy_adapters.durable.program import Field, Program, Var, Writer, lt, ne, none, some
from alpr_policy_adapters.durable.words import (
    NO,
    NOTHING,
    OPEN,
    PERHAPS,
    RESULTS,
    YES,
    carry,
    kept,
    roles_of,
    whole,
    write_fits,
    write_least,
)

PART = {state: number for number, state in enumerate(PART_ORDER)}
WHOLE = {state: number for number, state in enumerate(WHOLE_ORDER)}
PAPER = {state: number for number, state in enumerate(DOCUMENT_ORDER)}
PASS, FAIL, UNCLEAR = RESULTS["pass"], RESULTS["fail"], RESULTS["unclear"]
RECORD = ("n", "result", "part", "source", "by", "role", "cap", "happened", "timed", "stale")
VERDICT = ("n", "result", "part", "timed")
FITTING = (*RECORD, "step", "fit")
PAPERS = ("n", "issuer", "happened", "old")
N, STATE, BY, P = (Var(name) for name in ("n", "state", "by", "p"))


def check_program(spec: CheckSpec) -> Program:
    """Return the rules of a check; raises LoweringError where it has too many words."""
    to = Writer()
    for happened in (YES, OPEN):
        carry(to, "counted", "check", RECORD, {"check": 1, "happened": happened})
    carry(to, "verdict", "counted", VERDICT, {"stale": YES}, state=PART["not_done"])
    _failures(to)
    _passes(to, spec)
    _parts(to, spec)
    return to.program()


def _failures(to: Writer) -> None:
    def says(state: str, **when: Field) -> None:
        carry(to, "verdict", "counted", VERDICT, {"stale": ne(YES), **when}, state=PART[state])

    says("failed", result=FAIL, happened=YES, stale=NO)
    says("unknown", result=FAIL, happened=YES, stale=OPEN)
    says("unknown", result=FAIL, happened=OPEN)
    says("unclear", result=UNCLEAR, happened=YES, stale=NO)
    for result in (PASS, UNCLEAR):
        says("unknown", result=result, happened=OPEN)
        says("unknown", result=result, happened=YES, stale=OPEN)


def _passes(to: Writer, spec: CheckSpec) -> None:
    """What keeps a pass from counting, in the order of the table."""
    good: dict[str, Field] = {"result": PASS, "happened": YES, "stale": NO}
    if spec.by:
        write_fits(to, "counted", RECORD, 1, spec.by, roles_of([spec.by]))
    row, fields = ("fitting", FITTING) if spec.by else ("counted", RECORD)

    def asks(kind: str, requester: dict[str, Field] | None, then: dict[str, int], **when: Field) -> None:
        asked = [some("requester", **requester)] if requester is not None else []
        into = VERDICT if kind == "verdict" else fields
        row_is = some(row, **whole(fields, {**good, **when}))
        to.rule(kind, [row_is, *asked], **{**kept(into, {**good, **when}), **then})

    if not spec.not_by_requester:
        asks("told", None, {})
    else:
        unknown, oneself = {"state": PART["unknown"]}, {"state": PART["self"]}
        asks("told", {"hand": NO}, {})
        asks("verdict", {"hand": YES, "person": NOTHING}, unknown)
        asks("verdict", {"hand": YES}, unknown, by=NOTHING)
        asks("verdict", {"hand": YES, "person": (BY, ne(NOTHING))}, oneself)
        asks("told", {"hand": YES, "person": (ne(BY), ne(NOTHING))}, {}, by=ne(NOTHING))

    def says(state: str, **when: Field) -> None:
        carry(to, "verdict", "told", VERDICT, when, state=PART[state])

    fitting: dict[str, Field] = {"fit": YES} if spec.by else {}
    for fit, state in ((PERHAPS, "unknown"), (OPEN, "unknown"), (NO, "wrong_role")) if spec.by else ():
        says(state, fit=fit)
    sources = range(1, len(spec.sources) + 1)
    for source in sources:
        says("passed", **fitting, source=source)
    if not spec.sources:
        says("passed", **fitting)
    else:
        says("unknown", **fitting, source=NOTHING)
        says("wrong_source", **fitting, source=(*(ne(one) for one in sources), ne(NOTHING)))


def _parts(to: Writer, spec: CheckSpec) -> None:
    """Each part by itself, then the worst; a failure that names no part fails all of them."""
    count = max(1, len(spec.parts))
    for part in range(1, count + 1):
        weighed = [{"part": part if spec.parts else NOTHING}, {"result": FAIL}]
        if spec.parts:
            weighed[1]["part"] = NOTHING
        for when in weighed:
            verdict = {"n": N, "result": Var("result"), "timed": Var("timed"), "state": STATE} | when
            row = some("verdict", **verdict)
            result = FAIL if "result" in when else Var("result")
            to.rule("weighed", [row], p=part, n=N, result=result, timed=Var("timed"), state=STATE)
        to.rule("part", [none("weighed", p=part)], 2, p=part, state=PART["not_done"])
    failed, passed = (some("weighed", p=P, state=PART[state]) for state in ("failed", "passed"))
    to.rule("clash", [failed, passed], p=P)
    doubtful = some("weighed", p=P, state=PART["unknown"], result=FAIL, timed=YES)
    to.rule("doubt", [doubtful, none("weighed", p=P, state=PART["failed"])], 2, p=P)
    to.rule("part", [some("clash", p=P)], p=P, state=PART["unclear"])
    to.rule("part", [some("doubt", p=P)], p=P, state=PART["unknown"])
    nots = [none("clash", p=P), none("doubt", p=P), none("weighed", p=P, state=lt(STATE))]
    to.rule("part", [some("weighed", p=P, state=STATE), *nots], 3, p=P, state=STATE)
    for state, number in PART.items():
        to.rule("worst", [some("part", state=number)], state=WHOLE[state])
    write_least(to, "answer", "worst", 4)


def document_program(spec: DocumentSpec) -> Program:
    """Return the rules of a document."""
    to = Writer()
    for kind in range(1, len(spec.kinds) + 1):
        for happened in (YES, OPEN):
            carry(to, "counted", "document", PAPERS, {"kind": kind, "happened": happened})
    for field in range(1, len(spec.fields) + 1):
        to.rule("lacks", [some("counted", n=N), none("filled", n=N, field=field)], 1, n=N)

    def says(state: str, **when: Field) -> None:
        carry(to, "verdict", "counted", ("n",), when, state=PAPER[state])

    says("unknown", happened=OPEN)
    says("expired", happened=YES, old=YES)
    says("unknown", happened=YES, old=OPEN)
    fresh = some("counted", n=N, happened=YES, old=NO, issuer=Var("issuer"))
    to.rule("verdict", [fresh, some("lacks", n=N)], n=N, state=PAPER["incomplete"])
    to.rule("full", [fresh, none("lacks", n=N)], 2, n=N, issuer=Var("issuer"))
    issuers = range(1, len(spec.issuers) + 1)
    for issuer in issuers:
        to.rule("verdict", [some("full", n=N, issuer=issuer)], n=N, state=PAPER["complete"])
    if not spec.issuers:
        to.rule("verdict", [some("full", n=N)], n=N, state=PAPER["complete"])
    else:
        to.rule("verdict", [some("full", n=N, issuer=NOTHING)], n=N, state=PAPER["unknown"])
        other = (*(ne(one) for one in issuers), ne(NOTHING))
        to.rule("verdict", [some("full", n=N, issuer=other)], n=N, state=PAPER["none"])
    to.rule("answer", [none("verdict")], 3, state=PAPER["none"])
    write_least(to, "answer", "verdict", 3)
    return to.program()
