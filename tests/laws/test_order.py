"""Order, repetition and place change nothing: the same request and profile give the same bytes."""

from __future__ import annotations

import copy
import json
import os
import random
import subprocess
import sys
from pathlib import Path

from hypothesis import strategies as st
from tests.laws.altering import reordered
from tests.laws.rewriting import shuffled, text_of
from tests.laws.strategies import SHIPPED, Drawing, cases, everywhere, said

from alpr_policy import PolicyDecisionPoint
from alpr_policy.reading.catalog import build, profile_files, shipped_folder
from alpr_policy.reading.profiles import load_file

ROOT = Path(__file__).resolve().parents[2]
REQUESTS = 60
# Reads requests from standard input and writes the bytes of each decision; with an argument the files load last first.
PROCESS = """
import json, sys
from alpr_policy import PolicyDecisionPoint
from alpr_policy.reading.catalog import build, profile_files, shipped_folder
from alpr_policy.reading.profiles import load_file
files = profile_files(shipped_folder())
pdp = PolicyDecisionPoint(build(load_file(path) for path in (files[::-1] if sys.argv[1:] else files)))
for line in sys.stdin:
    print(json.dumps(pdp.decide(json.loads(line), trace=True).to_wire(trace=True)))
"""


@everywhere
def test_order_of_statements(name: str, data: st.DataObject) -> None:
    """The order of statements, roles, terms, parameters and facts in a profile changes no byte of a decision."""
    subject, request = data.draw(cases(name))
    other = text_of(shuffled(subject.text.profile, data.draw(st.randoms(use_true_random=False))), subject.text.catalog)

    assert said(subject.text.pdp.decide(request, trace=True)) == said(other.pdp.decide(request, trace=True))


@everywhere
def test_order_of_facts_and_records(name: str, data: st.DataObject) -> None:
    """The order of facts, keys and records, and records that come twice, change no byte of a decision."""
    subject, request = data.draw(cases(name))
    rng = data.draw(st.randoms(use_true_random=False))

    assert said(subject.text.pdp.decide(request, trace=True)) == said(
        subject.text.pdp.decide(reordered(request, rng), trace=True)
    )


@everywhere
def test_deciding_is_pure(name: str, data: st.DataObject) -> None:
    """Deciding changes neither the request nor the profile, and gives the same bytes again."""
    subject, request = data.draw(cases(name))
    before, kept = copy.deepcopy(request), subject.kept
    first = said(subject.text.pdp.decide(request, trace=True))

    assert first == said(subject.text.pdp.decide(request, trace=True))
    assert (before, kept) == (request, (subject.text.profile, subject.text.rules))


def test_same_bytes_in_any_process() -> None:
    """The bytes of decisions depend neither on the process, nor on its hash seed, nor on the order of loading."""
    rng = random.Random(0)
    drawn = [Drawing(subject, rng).request(None) for subject in SHIPPED.values() for _ in range(REQUESTS)]
    lines = "".join(json.dumps(request) + "\n" for request in drawn)
    pdp = PolicyDecisionPoint(build(load_file(path) for path in profile_files(shipped_folder())))
    here = [json.dumps(pdp.decide(request, trace=True).to_wire(trace=True)) for request in drawn]
    runs = {seed: run(lines, seed, order) for seed, order in (("0", ()), ("1", ("backwards",)), ("random", ()))}

    assert dict.fromkeys(runs, here) == runs


def run(lines: str, seed: str, order: tuple[str, ...]) -> list[str]:
    """Decide the requests in a process of its own."""
    path = os.pathsep.join(str(ROOT / folder) for folder in ("engine", "adapters"))
    done = subprocess.run(
        [sys.executable, "-c", PROCESS, *order],
        input=lines,
        env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()
