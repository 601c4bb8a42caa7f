"""The cage of durable_rules holds whatever happens inside, and nothing goes in that the library misreads."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.durable_kit import drawn, meant, needs_library

from alpr_policy_adapters.durable import (
    Cage,
    Limits,
    NoAnswerError,
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


def asked(seed: int = 3) -> tuple[Question, str]:
    """Return a question that has an answer, with the answer by the definition."""
    spec, facts = drawn(seed)
    found = question(spec, facts)
    assert found is not None
    return found, meant(spec, facts)


# What a worker can do wrong. Each body runs once a question has come in, `call` is that question.
AWRY = {
    "hangs": ("import time; time.sleep(60)", "took longer than"),
    "dies": ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "ended by signal 11"),
    "lets the library die": ("library_dies()", "ended by signal"),
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
def library_dies():
    sys.path += sys.argv[3:]
    from durable import engine
    class Host(engine.Host):
        def _run(self): pass
    host = Host()
    absent = {{'$and': [{{'k': 4}}, {{'x': {{'a': 'x'}}}}, {{'z': {{'a': 'z'}}}}]}}
    rule = {{'all': [{{'a': {{'k': 3}}}}, {{'b$not': absent}}]}}
    host.register_rulesets({{'r': {{'n': rule | {{'run': lambda c: None}}}}}})
    for kind in (4, 3):
        try:
            host.assert_fact('r', {{'k': kind, 'x': 1, 'z': 1}})
        except engine.MessageNotHandledException:
            pass
    host.delete_state('r', '0')
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


def test_what_is_absent_is_asked_at_a_stage() -> None:
    """A rule that asks what is absent before all facts have come cannot be written."""
    with pytest.raises(LoweringError, match="only at a stage"):
        Writer().rule("answer", [some("requester", person=Var("who")), none("record", by=Var("who"))])


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
