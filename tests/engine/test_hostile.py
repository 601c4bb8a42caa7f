"""Malformed requests and profiles: nothing raises, every answer is whole, and rubbish never opens a door."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from tests.engine.hostile import FEW, RUBBISH, Rubbish, Variation, bases, point, spread

from alpr_policy import Decision, Outcome, explain, one_line, read_request
from alpr_policy.reading.catalog import profile_files, shipped_folder
from alpr_policy.reading.profiles import Loaded, load_file, load_source
from alpr_policy.source import SourceFile

FAST, ALL = 3_000, 140_000
AT = "2026-05-04T10:00:00-04:00"


def problem(decision: Decision, *, in_full: bool = True) -> str:
    """Say in what an answer is not whole, or nothing; `in_full` looks at its trace and its words as well."""
    wire = decision.to_wire(trace=in_full)
    try:
        json.dumps(wire, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (TypeError, ValueError) as error:
        return f"cannot be written down: {error}"
    if decision.proceed is not (decision.outcome is Outcome.ALLOW):
        return "proceeds otherwise than it decides"
    if decision.outcome is Outcome.DENY and not decision.reasons:
        return "denies without a reason"
    if (decision.outcome is Outcome.NEEDS) is not bool(decision.needs):
        return "needs, and does not say what"
    return "" if not in_full or (one_line(decision) and explain(decision)) else "has no words"


def opened(variations: Iterable[Variation]) -> list[str]:
    """Return the variations whose answer is not whole, or allows what the base does not."""
    found = []
    for number, one in enumerate(variations):
        decision = point().decide(one.request, trace=number % 10 == 0)
        said = problem(decision, in_full=number % 10 == 0)
        if not one.may_help and decision.outcome is Outcome.ALLOW and one.base.outcome is not Outcome.ALLOW:
            said = f"is allowed, and its base is {one.base.outcome}"
        if said:
            found.append(f"{one}: {said}")
    return found


def test_rubbish_never_opens_a_door() -> None:
    """A request with rubbish at one place is answered in full, and is allowed only if it was without the rubbish."""
    assert [] == opened(spread(FAST))


@pytest.mark.slow
def test_no_rubbish_ever_opens_a_door() -> None:
    """All places of all acts of all profiles, each with every sort of rubbish: none is answered otherwise."""
    assert [] == opened(spread(ALL))


def test_there_is_something_to_spoil() -> None:
    """Every profile that can bind has requests that are allowed, that need something, and that are denied."""
    catalog = point().catalog
    binding = {name for name in catalog.names if catalog.latest(name).first_day}
    outcomes = {(base.request["departments"][0], base.outcome) for base in bases()}

    assert {(name, outcome) for name in binding for outcome in Outcome} == {o for o in outcomes if o[0] in binding}


@pytest.mark.parametrize("rubbish", RUBBISH, ids=lambda one: one.name)
def test_rubbish_instead_of_a_request_is_denied(rubbish: Rubbish) -> None:
    """What is no request at all is denied, and says so."""
    decision = point().decide(rubbish.value, trace=True)

    assert (Outcome.DENY, ["bad_request"], "") == (
        decision.outcome,
        [r.rule for r in decision.reasons],
        problem(decision),
    )


@pytest.mark.parametrize("departments", [None, [], (), {}, 7, [None], ["cambridge", 7], [""], ["\ud800"]], ids=repr)
def test_a_request_of_no_department_is_denied(departments: Any) -> None:
    """A request that does not say, readably, whose policy binds is denied, also where some names can be read."""
    decision = point().decide({"action": "search.run", "at": AT, "departments": departments})

    assert (Outcome.DENY, "") == (decision.outcome, problem(decision))
    assert {"bad_request", "no_department", "unknown_profile"} >= {reason.rule for reason in decision.reasons}


def test_a_record_whose_scope_is_its_own_state_is_in_doubt() -> None:
    """A scope may name any fact, even the state that the record itself is to settle; that settles nothing."""
    scope = {"approval.special-deployment": "granted", "exception.unlisted-alerts": "granted"}
    record = {"topic": "deployment.start", "by": "p-1", "role": "alpr_administrator", "decision": "granted", "at": AT}
    request = {
        "action": "deployment.start",
        "at": AT,
        "departments": ["cambridge"],
        "facts": {"requester.id": "officer-7", "deployment.kind": "special", "purpose": "warrant"},
        "approvals": [{**record, "scope": scope}],
    }

    decision = point().decide(request)

    assert (Outcome.NEEDS, "") == (decision.outcome, problem(decision))


@pytest.mark.parametrize(
    ("fact", "value", "said"),
    [
        ("purpose", "audits", "did you mean `audit`?"),
        ("requester.sworn", "yes", "true or false"),
        ("requester.trained_on", "2026-02-30", "does not exist"),
        ("requester.trained_on", "2026-02-03T10:00:00", "has no offset"),
        ("reason.defects", "generic", "any of a closed list"),
        ("reason.defects", ["generick"], "did you mean `generic`?"),
        ("purpose", {"conflict": ["audit", "training"]}, "audit / training"),
        ("purpos", "audit", "did you mean `purpose`?"),
    ],
)
def test_what_does_not_fit_is_said(fact: str, value: Any, said: str) -> None:
    """A fact that is misspelt, of another sort, or in conflict is told in the decision, never just not matched."""
    request = {"action": "search.run", "at": AT, "departments": ["cambridge"], "facts": {fact: value}}

    assert [True] == [said in fault for fault in point().decide(request).faults]


@pytest.mark.parametrize("rubbish", FEW, ids=lambda one: one.name)
def test_reading_twice_gives_the_same(rubbish: Rubbish) -> None:
    """Rubbish among the facts is kept as it came, so that each profile types it by its own words."""
    raw = {"action": "search.run", "at": AT, "facts": {"purpose": rubbish.value}}

    assert read_request(raw) == read_request(raw)


# Profiles


def refused(loaded: Loaded) -> list[str]:
    """Return the codes with which a profile was refused; each has a sentence and a place in the file."""
    assert loaded.profile is None
    assert all(one.message and one.span.line >= 1 for one in loaded.errors)
    return [one.code for one in loaded.errors]


def shipped_texts() -> list[SourceFile]:
    """Return the shipped profiles as texts."""
    return [SourceFile(path.name, path.read_text(encoding="utf-8")) for path in profile_files(shipped_folder())]


def without_each_line(source: SourceFile) -> Iterable[SourceFile]:
    """Yield a text with one line left out, doubled, cut short or indented, for each of its lines."""
    lines = source.text.splitlines()
    for number, line in enumerate(lines):
        for changed in ([], [line, line], [line[: len(line) // 2]], ["  " + line], [line.replace(":", ": :", 1)]):
            yield SourceFile(source.name, "\n".join([*lines[:number], *changed, *lines[number + 1 :]]) + "\n")


def unexplained(sources: Iterable[SourceFile]) -> list[str]:
    """Return the texts that are neither read nor refused with a sentence and a place."""
    return [
        source.text
        for source in sources
        if (loaded := load_source(source)).profile is None
        and not all(one.message and 1 <= one.span.line <= source.text.count("\n") + 1 for one in loaded.errors)
    ]


def test_a_profile_spoilt_in_one_line_is_read_or_refused() -> None:
    """Whatever happens to one line, the profile is read, or refused with sentences that point into the file."""
    spoilt = [one for source in shipped_texts() for one in without_each_line(source)]

    assert [] == unexplained(spoilt[::97])


@pytest.mark.slow
def test_a_profile_spoilt_in_many_lines_is_read_or_refused() -> None:
    """The same for one in seven of all such texts, which takes in every line and every kind of harm."""
    spoilt = [one for source in shipped_texts() for one in without_each_line(source)]

    assert [] == unexplained(spoilt[::7])


HEAD = """language: 1
profile: example
department: Example Police Department
policy: {title: Plate Readers, number: "1", effective: 2025-01-01}
timezone: America/New_York
silence: deny
"""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x: " + "[" * 100_000, "yaml-too-deep"),
        ("outline: [" + "1, " * 250_000 + "]\n", "yaml-too-many-nodes"),
        ("a: &a [x]\n" + "b: [*a, *a]\n" * 5_000, "yaml-too-many-errors"),
        ("outline: [" + ", ".join(f'"{n}"' for n in range(20_000)) + "]\n", "clause-not-covered"),
        (f'department: "{"x" * 30_000}"\n', "yaml-scalar-size"),
    ],
    ids=["deep", "many nodes", "many aliases", "many clauses", "a long text"],
)
def test_a_profile_that_is_too_much_is_refused(text: str, code: str) -> None:
    """Depth, number, repetition and length end in an error, not in a long wait."""
    assert code in refused(load_source(SourceFile("big.yaml", HEAD + text)))


def test_a_deep_condition_is_refused_or_judged() -> None:
    """The deepest condition that may be written is read, lowered and judged."""
    depth = 30
    condition = "{not: " * depth + "{purpose: audit}" + "}" * depth
    text = f'{HEAD}permissions:\n  - {{id: deep, cite: "1", action: search.run, when: {condition}}}\noutline: ["1"]\n'

    assert load_source(SourceFile("deep.yaml", text)).profile is not None


def test_a_file_that_is_no_profile_is_refused(tmp_path: Path) -> None:
    """A folder, a pipe, a file that is not there and a gigabyte of nothing are refused without being read."""
    pipe, sparse = tmp_path / "pipe.yaml", tmp_path / "sparse.yaml"
    os.mkfifo(pipe)
    with sparse.open("wb") as file:
        file.truncate(1 << 30)

    found = [refused(load_file(path)) for path in (tmp_path, pipe, tmp_path / "none.yaml", sparse)]

    assert [["file-directory"], ["file-not-regular"], ["file-missing"], ["file-too-large"]] == found
