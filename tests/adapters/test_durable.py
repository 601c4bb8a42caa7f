"""The second opinion: its cage, which holds whatever happens inside, and what it does to a decision."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.cli_kit import FILES, TOWN, run
from tests.adapters.durable_kit import drawn, meant, needs_library

from alpr_policy import Decision, Outcome, PolicyDecisionPoint, read_request
from alpr_policy.errors import ExitCode, MissingExtraError, RequestError
from alpr_policy_adapters.durable import (
    Cage,
    Limits,
    NoAnswerError,
    Opinion,
    judging,
    read_opinion,
    second_opinion,
    strengthened,
    with_second_opinion,
)
from alpr_policy_adapters.durable import cage as cage_module
from alpr_policy_adapters.durable.cage import WORKER
from alpr_policy_adapters.durable.lowering import Question, question
from alpr_policy_adapters.durable.program import (
    LoweringError,
    Program,
    Var,
    Writer,
    guard_facts,
    guard_rules,
    none,
    some,
)

PATIENT = Limits(seconds=60)
SEARCH = json.loads((FILES / "search.json").read_text(encoding="utf-8"))
GRANT = {
    "topic": "search.run",
    "decision": "granted",
    "by": "chief-1",
    "role": "chief",
    "at": "2026-05-04T09:00:00-04:00",
}
GRANTED = SEARCH | {"facts": SEARCH["facts"] | {"data.custodian": "department"}, "approvals": [GRANT]}


def asked(seed: int = 3) -> tuple[Question, str]:
    """Return a question that has an answer, with the answer by the definition."""
    spec, facts = drawn(seed)
    found = question(spec, facts)
    assert found is not None
    return found, meant(spec, facts)


@pytest.fixture
def town() -> PolicyDecisionPoint:
    """Return the decision point of the example town."""
    return PolicyDecisionPoint.load(FILES / "town.yaml")


class Saying:
    """Stands for the cage and says one thing of every statement, or fails."""

    def __init__(self, state: str) -> None:
        self.state = state

    def ask(self, questions: Sequence[Question]) -> list[str]:
        if self.state == "nothing":
            raise NoAnswerError("the worker ended by signal 11")
        return [self.state for _ in questions]


# What a worker can do wrong. Each body runs once a question has come in, `call` is that question.
AWRY = {
    "hangs": ("import time; time.sleep(60)", "took longer than"),
    "dies": ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "ended by signal 11"),
    "ends": ("sys.exit(3)", "ended with code 3"),
    "raises": ("raise KeyError('x')", "ended with code 1"),
    "is closed": ("os.close(1); import time; time.sleep(60)", "will say no more"),
    "takes memory": ("limits['limit'](256 << 20); kept = bytearray(1 << 30)", "ended with code 1"),
    "says no JSON": ("say(b'yes')", "JSONDecodeError"),
    "says bytes": ("say(bytes(range(128, 200)))", "UnicodeDecodeError"),
    "says a list": ("say(b'[]')", "no answer"),
    "says what is deep": ("say(b'[' * 100_000 + b']' * 100_000)", "RecursionError"),
    "answers another": ("say(json.dumps({'id': 99, 'answers': [[{'state': 0}]]}).encode())", "something else"),
    "answers too many": ("answer([[{'state': 0}], [{'state': 0}]])", "another number"),
    "answers none": ("answer([[]])", "in 0 states"),
    "answers twice": ("answer([[{'state': 0}, {'state': 1}]])", "in 2 states"),
    "answers no state": ("answer([[{'state': 99}]])", "a state that there is not"),
    "answers true": ("answer([[{'state': True}]])", "no answer"),
    "answers a text": ("answer([['granted']])", "no answer"),
    "fails": ("say(json.dumps({'id': call['id'], 'error': 'KeyError'}).encode())", "the worker failed: KeyError"),
    "goes on": ("out(b'{}\\n{}\\n')", "without being asked"),
    "never ends a line": ("out(b'y' * (1 << 20))", "said too much"),
}
FALSE_WORKER = """
import json, os, runpy, sys, time
limits = runpy.run_path({worker!r}, run_name='limits')
def out(data):
    sys.stdout.buffer.write(data); sys.stdout.buffer.flush()
def say(line):
    out(line + b'\\n')
def answer(answers):
    say(json.dumps({{'id': call['id'], 'answers': answers}}).encode())
say(b'{{"id":0}}')
for line in sys.stdin.buffer:
    call = json.loads(line)
    {body}
"""


@needs_library
@pytest.mark.parametrize("name", AWRY)
def test_whatever_a_worker_does_stays_in_the_cage(name: str, tmp_path: Path) -> None:
    """A worker that goes wrong gives no answer, is ended, and the next one answers."""
    body, told = AWRY[name]
    false = tmp_path / "worker.py"
    false.write_text(FALSE_WORKER.format(worker=str(WORKER), body=body), encoding="utf-8")
    found, state = asked()
    with Cage(Limits(seconds=1.0 if "sleep" in body else 60), worker=false) as cage:
        with pytest.raises(NoAnswerError, match=told):
            cage.ask([found])
        assert cage.pid is None

        cage.worker, cage.limits = WORKER, PATIENT
        assert [state] == cage.ask([found])


@needs_library
def test_a_worker_that_never_starts(tmp_path: Path) -> None:
    """A worker that does not say that it is ready is no worker."""
    false = tmp_path / "worker.py"
    false.write_text("import time; time.sleep(60)", encoding="utf-8")
    with Cage(Limits(start=0.3), worker=false) as cage, pytest.raises(NoAnswerError, match="took longer"):
        cage.ask([asked()[0]])


@needs_library
def test_a_worker_killed_between_questions() -> None:
    """A worker that was killed while nobody asked is noticed, and another answers."""
    found, state = asked()
    with Cage(PATIENT) as cage:
        assert [state] == cage.ask([found])
        assert cage.pid is not None
        os.kill(cage.pid, signal.SIGKILL)
        os.waitid(os.P_PID, cage.pid, os.WEXITED | os.WNOWAIT)

        assert [state] == cage.ask([found])
        assert 2 == cage.starts


@needs_library
def test_threads_share_a_cage() -> None:
    """Threads that ask at the same time each get the answer to their own question."""
    questions = [asked(seed) for seed in (0, 3, 4, 7)] * 5
    got: list[str | None] = [None] * len(questions)

    def ask(cage: Cage, number: int) -> None:
        got[number] = cage.ask([questions[number][0]])[0]

    with Cage(PATIENT) as cage:
        threads = [threading.Thread(target=ask, args=(cage, number)) for number in range(len(questions))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert [state for _, state in questions] == got


@needs_library
def test_a_worker_is_begun_afresh_now_and_then() -> None:
    """The library gives nothing back of a ruleset, so after so many of them the worker is replaced."""
    with Cage(Limits(seconds=60, rulesets=2)) as cage:
        for seed in (0, 3, 4, 7, 9):
            found, state = asked(seed)
            assert [state] == cage.ask([found])

    assert cage.starts > 1


def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let rules and facts through that the guard would hold back."""
    monkeypatch.setattr(cage_module, "guard_rules", lambda rules: None)
    monkeypatch.setattr(cage_module, "guard_facts", lambda facts: None)


def made(rules: list[dict[str, Any]]) -> Program:
    """Return a program of these rules, whatever they are."""
    return Program("made", tuple(rules), 0, {})


def one_rule(value: int) -> dict[str, Any]:
    """Return a rule that tests one field for a value."""
    return {"when": [[False, [["k", "eq", ["is", 3]], ["x", "eq", ["is", value]]]]], "then": [["k", ["is", 2]]]}


@needs_library
def test_the_library_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library never returns from 513 values of one field: the guard keeps them from it, and the clock ends it."""
    program = made([one_rule(value) for value in range(513)])
    with Cage(Limits(seconds=1.0)) as cage:
        with pytest.raises(NoAnswerError, match="more than 400 values"):
            cage.derive([(program, [])])
        assert 0 == cage.starts
        unguarded(monkeypatch)
        with pytest.raises(NoAnswerError, match="took longer than 1 s"):
            cage.derive([(program, [])])


@needs_library
@pytest.mark.slow
def test_the_library_works_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system ends a worker that has used up its time, even where nobody watches the clock."""
    unguarded(monkeypatch)
    program = made([one_rule(value) for value in range(513)])
    with Cage(Limits(seconds=60, work=1)) as cage, pytest.raises(NoAnswerError, match=f"by signal {signal.SIGXCPU:d}"):
        cage.derive([(program, [])])


@needs_library
def test_a_consequence_fails() -> None:
    """The library goes on as if nothing were when a consequence raises; the worker does not."""
    broken = one_rule(1) | {"then": [["k", ["is", 2]], ["state", ["of", 0, "nowhere"]]]}
    with Cage(PATIENT) as cage, pytest.raises(NoAnswerError, match="a consequence failed"):
        cage.derive([(made([broken]), [{"k": 3, "x": 1}])])


@needs_library
def test_more_follows_than_there_can_be() -> None:
    """Rules from which ever more follows are stopped by the count."""
    n = ["nested", [0, "x"], [0, "x"]]
    growing = {"when": [[False, [["k", "eq", ["is", 3]]]]], "then": [["k", ["is", 3]], ["x", n]]}
    with Cage(PATIENT) as cage, pytest.raises(NoAnswerError, match="the worker"):
        cage.derive([(made([growing]), [{"k": 3, "x": 1}])])


BAD_FACTS: dict[str, Any] = {
    "a name with a point": {"user.role": 1},
    "a name of the library": {"sid": 1},
    "the name of its padding": {"z": 1},
    "a dollar": {"$s": 1},
    "no name": {"": 1},
    "a text": {"a": "granted"},
    "nothing": {"a": None},
    "not a number": {"a": float("nan")},
    "a fraction": {"a": 1e-7},
    "true": {"a": True},
    "too large": {"a": 2**31},
    "below zero": {"a": -1},
}


@pytest.mark.parametrize("name", BAD_FACTS)
def test_what_the_library_misreads_never_reaches_it(name: str) -> None:
    """Nothing but small whole numbers under plain names is handed over."""
    with pytest.raises(LoweringError):
        guard_facts([BAD_FACTS[name]])


def test_too_much_is_not_handed_over() -> None:
    """More facts, values or ranges than the library holds are refused before it sees them."""
    ranges = [{"when": [[False, [["x", "lt", ["is", number]]]]], "then": []} for number in range(61)]

    with pytest.raises(LoweringError, match="facts"):
        guard_facts([{"a": 1}] * 2_001)
    with pytest.raises(LoweringError, match="bounds"):
        guard_rules(ranges)
    with pytest.raises(LoweringError, match="400 values"):
        guard_rules([one_rule(value) for value in range(401)])
    guard_rules([one_rule(value) for value in range(400)])


@needs_library
@pytest.mark.parametrize("order", range(6))
def test_the_order_of_facts_changes_nothing(order: int) -> None:
    """Two persons are kept apart, and the absence of a fact is told, in whatever order the facts come."""
    to, who = Writer(), Var("who")
    to.rule("other", [some("requester", person=who), some("record", n=Var("n"), by=Var("by"))], n=Var("n"))
    to.rule("same", [some("requester", person=who), some("record", n=Var("n"), by=who)], n=Var("n"))
    to.rule("answer", [some("other", n=Var("n")), none("same", n=Var("n"))], 1, state=Var("n"))
    program = to.program()
    rows = [("requester", {"person": 7}), ("record", {"n": 1, "by": 7}), ("record", {"n": 2, "by": 8})]
    turned = [*rows[order % 3 :], *rows[: order % 3]][:: 1 if order < 3 else -1]
    facts = [{"k": program.kinds[kind], **row} for kind, row in turned]
    with Cage(PATIENT) as cage:
        assert [[{"k": 2, "state": 2}]] == cage.derive([(program, facts)])


# What becomes of a decision


def opinion_on(town: PolicyDecisionPoint, raw: dict[str, Any], state: str) -> tuple[Decision, Opinion, Decision]:
    """Return a decision, the opinion of one that says `state`, and the decision with what it adds."""
    request = read_request(raw)
    decision = town.decide(request)
    opinion = second_opinion(judging(town, request), request, decision, Saying(state))
    return decision, opinion, strengthened(decision, opinion)


@needs_library
def test_an_opinion_that_agrees(town: PolicyDecisionPoint) -> None:
    """A grant that both see is allowed, with the decision as it was."""
    request = read_request(GRANTED)
    heard: list[Opinion] = []
    with Cage(PATIENT) as cage:
        decide = with_second_opinion(
            town.decide, lambda one: judging(town, one), cage, lambda _, opinion: heard.append(opinion)
        )
        decision = decide(request)

    assert town.decide(request) == decision
    assert [("approval.chief-approves", "granted", True)] == [
        (one.statement, one.derived, one.agrees) for opinion in heard for one in opinion.conclusions
    ]


@pytest.mark.parametrize("state", ["none", "self", "wrong_role", "refused", "unknown", "pending"])
def test_an_opinion_that_sees_no_grant(town: PolicyDecisionPoint, state: str) -> None:
    """What is allowed waits for the approval that the second opinion does not see, and a fault says so."""
    before, opinion, after = opinion_on(town, GRANTED, state)

    assert Outcome.ALLOW is before.outcome
    assert (Outcome.NEEDS, False) == (after.outcome, after.proceed)
    assert ["chief-approves"] == [need.name for need in after.needs]
    told = f"the second opinion disagrees: `approval.chief-approves` is `{state}` there and `granted` here"
    assert after.faults[-1].startswith(told)
    assert "chief-approves" in opinion.unmet


def test_an_opinion_on_less(town: PolicyDecisionPoint) -> None:
    """An approval that only the second opinion sees is a disagreement, and its need stays."""
    raw = GRANTED | {"approvals": []}
    before, opinion, after = opinion_on(town, raw, "granted")

    assert Outcome.NEEDS is before.outcome
    assert [need.name for need in before.needs] == [need.name for need in after.needs]
    assert not opinion.agrees


def test_no_opinion(town: PolicyDecisionPoint) -> None:
    """Where the worker gives none, what was allowed waits for somebody to look at the case."""
    before, opinion, after = opinion_on(town, GRANTED, "nothing")

    assert Outcome.ALLOW is before.outcome
    assert [("check", "second_opinion")] == [(need.kind.value, need.name) for need in after.needs]
    assert "there is no second opinion: the worker ended by signal 11" == opinion.sentence() == after.faults[-1]


def test_a_denial_stays(town: PolicyDecisionPoint) -> None:
    """A denial is what it was, whatever the second opinion says, which is recorded all the same."""
    raw = GRANTED | {"approvals": [GRANT | {"decision": "refused"}]}
    before, opinion, after = opinion_on(town, raw, "granted")

    assert Outcome.DENY is before.outcome
    assert before == after
    assert not opinion.agrees


def test_a_gate_that_was_passed_over(town: PolicyDecisionPoint) -> None:
    """A decision that allows what an approval bars is not let through, though both come to the same state."""
    request = read_request(GRANTED | {"approvals": []})
    wrongly = town.decide(read_request(GRANTED))
    opinion = second_opinion(judging(town, request), request, wrongly, Saying("none"))

    assert ("chief-approves",) == opinion.unmet
    assert Outcome.NEEDS is strengthened(wrongly, opinion).outcome


def test_a_defect_is_no_opinion(town: PolicyDecisionPoint) -> None:
    """A defect of the second opinion is a need, and not an error of the caller's."""

    class Defect:
        def ask(self, questions: Sequence[Question]) -> list[str]:
            raise ZeroDivisionError

    request = read_request(GRANTED)
    opinion = second_opinion(judging(town, request), request, town.decide(request), Defect())

    assert "it could not be worked out: ZeroDivisionError" == opinion.error


def test_as_recorded(town: PolicyDecisionPoint) -> None:
    """An opinion is plain data that can be read back, and what is none is refused."""
    _, opinion, _ = opinion_on(town, GRANTED, "none")
    wire = json.loads(json.dumps(opinion.to_wire()))

    assert ("disagrees", "durable_rules") == (wire["second_opinion"], wire["by"])
    assert (opinion.conclusions, opinion.unmet, opinion.error) == (
        read_opinion(wire).conclusions,
        read_opinion(wire).unmet,
        read_opinion(wire).error,
    )
    for bad in ({"conclusions": [{"profile": 1}]}, {"conclusions": 7}, {"error": 7}, {"unmet": [None]}):
        with pytest.raises(RequestError, match="opinion-shape"):
            read_opinion(bad)


def test_too_many_records(town: PolicyDecisionPoint) -> None:
    """A case that is too large for the library has no second opinion, and waits."""
    _, opinion, after = opinion_on(town, GRANTED | {"approvals": [GRANT] * 101}, "granted")

    assert "a request brings more than 100 approvals" == opinion.error
    assert Outcome.NEEDS is after.outcome


# On the command line


@needs_library
def test_decide_with_a_second_opinion() -> None:
    """`decide --second-opinion durable` gives the decision as it is where both agree, one by one and as a stream."""
    alone = run("decide", *TOWN, "--json", "--second-opinion", "durable", input=json.dumps(GRANTED))
    plain = run("decide", *TOWN, "--json", input=json.dumps(GRANTED))
    lines = "\n".join(json.dumps(raw) for raw in (GRANTED, SEARCH, GRANTED | {"approvals": []}))
    stream = run("decide", *TOWN, "--json", "--stream", "--second-opinion", "durable", input=lines)

    assert (ExitCode.OK, plain.stdout, "") == (alone.exit_code, alone.stdout, alone.stderr)
    assert ["allow", "allow", "needs"] == [json.loads(line)["outcome"] for line in stream.stdout.splitlines()]


@needs_library
def test_decide_without_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an answer the act waits, and standard error says why."""
    monkeypatch.setattr(Cage, "ask", Saying("nothing").ask)
    result = run("decide", *TOWN, "--json", "--second-opinion", "durable", input=json.dumps(GRANTED))

    assert ExitCode.NEEDS == result.exit_code
    assert "there is no second opinion: the worker ended by signal 11\n" == result.stderr
    assert "needs" == json.loads(result.stdout)["outcome"]


def test_decide_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the library is not installed, the command says how to get it."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    result = run("decide", *TOWN, "--second-opinion", "durable", input=json.dumps(GRANTED))

    assert ExitCode.MISSING_EXTRA == result.exit_code
    assert "pip install 'alpr-policy[durable]'" in result.stderr
    with pytest.raises(MissingExtraError):
        Cage()
