"""Mutants that no test notices, and cases proposed at every boundary."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import yaml
from tests.testing_kit import CLEAR, HEAD, searching, write

from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.suites import Suite, SuiteError, read_suite
from alpr_policy.questions.testing.excused import read_excused
from alpr_policy.questions.testing.finding import find, load
from alpr_policy.questions.testing.killing import mutate
from alpr_policy.questions.testing.proposing import Proposed, nights, propose
from alpr_policy.questions.testing.running import Status, run

LISTED = Path(__file__).parents[1] / "mutants" / "equivalent.yaml"


def beside(folder: Path, cases: str) -> tuple[PolicyDecisionPoint, tuple[Suite, ...]]:
    """Return the small department with some cases."""
    write(folder, "cases:\n" + cases, head=HEAD + "strict: false\n")
    return load(find([folder], here=folder))


def test_mutant_that_survives_is_told_with_a_case_that_would_notice(tmp_path: Path) -> None:
    """Of a survivor the place is told, and a request that the profile and the mutant answer otherwise."""
    pdp, suites = beside(tmp_path, searching("a", "outcome: allow"))
    found = mutate(pdp, pdp.catalog.latest("smallville"), suites)
    closed = next(one for one in found.survivors if (one.statement, one.what) == ("official", "without its `unless`"))

    assert (10, "deny", "allow") == (closed.place.line, closed.expected, closed.mutant)
    assert closed.request is not None and "closed" == closed.request["facts"]["case.state"]
    assert found.made == found.noticed + len(found.survivors)


def test_mutant_that_a_test_notices_is_no_survivor(tmp_path: Path) -> None:
    """A case of a closed search kills the mutant that forgets about closed cases."""
    cases = searching("a", "outcome: allow") + searching("b", "outcome: deny", CLEAR.replace("open", "closed"))
    pdp, suites = beside(tmp_path, cases)
    found = mutate(pdp, pdp.catalog.latest("smallville"), suites)

    assert "without its `unless`" not in [one.what for one in found.survivors if one.statement == "official"]


def test_excused_mutant_counts_neither_way(tmp_path: Path) -> None:
    """What is excused is left out of the share."""
    pdp, suites = beside(tmp_path, searching("a", "outcome: allow"))
    key = ("smallville", "official", "without its `unless`")
    plain, let_pass = (mutate(pdp, pdp.catalog.latest("smallville"), suites, excused=keys) for keys in ((), (key,)))

    assert (1, len(plain.survivors) - 1) == (let_pass.excused, len(let_pass.survivors))
    assert let_pass.percent > plain.percent


def test_time_that_is_up_leaves_mutants_untried(tmp_path: Path) -> None:
    """Where there is no time all mutants are left, and that is said."""
    pdp, suites = beside(tmp_path, searching("a", "outcome: allow"))
    found = mutate(pdp, pdp.catalog.latest("smallville"), suites, seconds=0)

    assert (found.made, 0, ()) == (found.left, found.noticed, found.survivors)


def test_list_of_excused_mutants_is_read_closely(tmp_path: Path) -> None:
    """Our own list can be read, and one without reasons is refused."""
    file = tmp_path / "excused.yaml"
    file.write_text("- {profile: a, statement: b, what: c}\n", encoding="utf-8")
    with pytest.raises(SuiteError) as refused:
        read_excused(file)

    assert ["missing-key"] == [one.code for one in refused.value.diagnostics]
    assert ("cambridge", "special-deployment", "with `each: true`") in read_excused(LISTED)


def proposed(folder: Path, cases: str = "") -> tuple[PolicyDecisionPoint, Proposed]:
    """Return what is proposed for the small department beside some cases."""
    pdp, suites = beside(folder, cases or searching("a", "outcome: allow"))
    return pdp, propose(pdp, pdp.catalog.latest("smallville"), suites if cases else ())


def accepted(folder: Path, found: Proposed) -> Suite:
    """Return what was proposed as a suite that its author has accepted."""
    whole = dict(found.suite)
    whole["cases"] = [{key: value for key, value in case.items() if key != "proposed"} for case in whole["cases"]]
    file = folder / "accepted.yaml"
    file.write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")
    return read_suite(file, strict=True)


def test_proposed_cases_load_and_hold(tmp_path: Path) -> None:
    """What is proposed is a strict suite that holds once it is accepted, each case with a name of its own."""
    pdp, found = proposed(tmp_path)
    suite = accepted(tmp_path, found)
    results = run(pdp, [suite]).results

    assert suite.strict and found.count == len(results)
    assert {Status.PASSED} == {one.status for one in results}
    assert found.count == len({case.name for case in suite.cases})
    assert all(case["proposed"] for case in found.suite["cases"])


def test_nothing_is_proposed_twice(tmp_path: Path) -> None:
    """Beside what was proposed and accepted there is nothing left to propose."""
    pdp, found = proposed(tmp_path)

    assert 0 == propose(pdp, pdp.catalog.latest("smallville"), [accepted(tmp_path, found)]).count


def test_existing_case_is_not_proposed(tmp_path: Path) -> None:
    """A boundary at which a test stands already, and holds, is left out; a test that fails stands at none."""
    closed = CLEAR.replace("open", "closed")
    without, with_it, failing = (
        [case["name"] for case in proposed(tmp_path, cases)[1].suite["cases"]]
        for cases in (
            searching("a", "outcome: allow"),
            searching("a", "outcome: allow") + searching("b", "outcome: deny", closed),
            searching("a", "outcome: allow") + searching("b", "outcome: allow", closed),
        )
    )

    name = "official, unless: case.state is closed; case.state closed"
    assert (True, False, True) == (name in without, name in with_it, name in failing)


def test_spans_are_tried_on_awkward_nights(tmp_path: Path) -> None:
    """At the end of a span a second before, on and after are proposed, on ordinary days and on awkward ones."""
    pdp, found = proposed(tmp_path)
    cases = [case for case in found.suite["cases"] if case["name"].startswith("month, at_most")]
    apart: dict[str, set[float]] = {}
    for case in cases:
        if "record.captured" in case["facts"] and case["facts"]["record.captured"] is not None:
            at, captured = (dt.datetime.fromisoformat(t) for t in (case["at"], case["facts"]["record.captured"]))
            apart.setdefault(case["at"], set()).add((at - captured).total_seconds() - 30 * 86_400)
    awkward = [at.isoformat() for at in nights(pdp.ruleset(pdp.catalog.latest("smallville")))]

    assert {-1.0, 0.0, 1.0} <= apart["2026-06-15T12:00:00+00:00"]
    # The day on which the clock is turned back lies after 30 days of which one had 25 hours, and forward 23.
    assert ["2026-03-08T08:00:00-04:00", "2026-11-01T08:00:00-05:00"] == awkward[2:]
    assert {3_599.0, 3_600.0, 3_601.0} <= apart["2026-11-01T08:00:00-05:00"]
    assert {-3_601.0, -3_600.0, -3_599.0} <= apart["2026-03-08T08:00:00-04:00"]


def test_each_word_of_a_list_is_tried(tmp_path: Path) -> None:
    """Every value of a list is proposed, and one that is not on it."""
    _, found = proposed(tmp_path)
    names = [case["name"] for case in found.suite["cases"] if case["name"].startswith("official, when")]

    tried = {name.partition("; purpose ")[2] for name in names}
    assert {"criminal_investigation", "missing_person", "not known"} < tried
    assert len(tried) == 4
