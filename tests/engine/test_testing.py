"""Running expected answers: what fails, what is idle, what is left out, and in which words and forms it is told."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from tests.testing_kit import CLEAR, HEAD, searching, write

from alpr_policy.questions.suites import SuiteError, read_suite
from alpr_policy.questions.testing.finding import find, load
from alpr_policy.questions.testing.forms import data_of, diagnostics_of, junit_of
from alpr_policy.questions.testing.reach import Reach
from alpr_policy.questions.testing.running import Ran, Result, Status, run

LAX = HEAD + "strict: false\n"
ALLOWED = "outcome: allow, rules: [official], obligations: [log_transaction]"


def ran(folder: Path, suite: str, *, head: str = HEAD, text: str = "") -> Ran:
    """Run one suite beside the small department's profile."""
    write(folder, suite, head=head)
    found = find([folder], here=folder)
    pdp, suites = load(found)
    return run(pdp, suites, text=text)


def only(folder: Path, case: str, *, head: str = HEAD) -> Result:
    """Run a suite of one case and return what came of it."""
    (result,) = ran(folder, "cases:\n" + case, head=head).results
    return result


@pytest.mark.parametrize(
    ("expect", "facts", "part"),
    [
        (ALLOWED, CLEAR, None),
        (ALLOWED + ", needs: [], warnings: []", CLEAR, None),
        ("outcome: deny, rules: [official], obligations: [log_transaction]", CLEAR, "outcome"),
        ("outcome: allow, rules: [traits], obligations: [log_transaction]", CLEAR, "rules"),
        ("outcome: allow, rules: [official]", CLEAR, "obligations"),
        ("outcome: needs, rules: [traits]", CLEAR.replace("basis.protected_trait: none, ", ""), "needs"),
        (ALLOWED, CLEAR.replace("reason.recorded: true", "reason.recorded: false"), "warnings"),
        ("outcome: needs, rules: [official], needs: [{fact: case.state}]", CLEAR.replace("open", "opne"), "faults"),
        (
            "outcome: needs, rules: [official], needs: [{fact: case.state}], faults: true",
            CLEAR.replace("open", "opne"),
            None,
        ),
    ],
)
def test_strict_case_fails_on_what_it_does_not_list(tmp_path: Path, expect: str, facts: str, part: str | None) -> None:
    """In a strict file the answer holds nothing that the case does not list: rules, needs, obligations and the rest."""
    result = only(tmp_path, searching("x", expect, facts))

    assert (Status.FAILED if part else Status.PASSED) is result.status, result.problems
    assert ([part] if part else []) == list(dict.fromkeys(problem.part for problem in result.problems))[:1]


def test_lax_case_compares_what_it_lists(tmp_path: Path) -> None:
    """A file that says `strict: false` compares nothing but what is written."""
    assert Status.PASSED is only(tmp_path, searching("x", "outcome: allow"), head=LAX).status


def test_strict_case_names_the_rules(tmp_path: Path) -> None:
    """A strict case, and a step of a strict story that expects an answer, is refused without `rules`, at its place."""
    file = write(tmp_path, "cases:\n" + searching("x", "outcome: allow"))
    with pytest.raises(SuiteError) as refused:
        read_suite(file, strict=True)
    story = (
        "stories:\n  - name: x\n    action: search.run\n    facts: {requester.id: officer-7}\n"
        "    steps:\n      - {expect: {outcome: needs}}\n"
    )
    with pytest.raises(SuiteError) as told:
        read_suite(write(tmp_path, story), strict=True)

    assert [("rules-not-named", 4)] == [(d.code, d.span.line) for d in refused.value.diagnostics]
    assert [("rules-not-named", 8)] == [(d.code, d.span.line) for d in told.value.diagnostics]


@pytest.mark.parametrize(
    ("clause", "more", "facts", "status", "reach"),
    [
        ("2", "", CLEAR, Status.PASSED, Reach.APPLIED),
        ("3", "", CLEAR, Status.FAILED, Reach.BESIDE),
        ("3", "reaches: false, ", CLEAR, Status.PASSED, Reach.BESIDE),
        ("2", "reaches: false, ", CLEAR, Status.FAILED, Reach.APPLIED),
        ("6", "", CLEAR, Status.FAILED, Reach.ELSEWHERE),
        ("1", "", CLEAR, Status.PASSED, Reach.NOTHING),
        ("9", "", CLEAR, Status.FAILED, Reach.NOTHING),
    ],
)
def test_statement_that_a_test_is_about_has_to_run(
    tmp_path: Path, clause: str, more: str, facts: str, status: Status, reach: Reach
) -> None:
    """A strict case whose statement did not apply fails, unless it says so; so does a clause of no outline."""
    result = only(tmp_path, searching("x", ALLOWED, facts, f"clause: '{clause}', {more}"))

    assert (status, reach) == (result.status, result.reach), result.problems


def test_idle_case_of_a_lax_file_passes_and_is_marked(tmp_path: Path) -> None:
    """Where a file is not strict a test whose statement did not apply is idle, which does not fail."""
    result = only(tmp_path, searching("x", "outcome: allow", more="clause: '3', "), head=LAX)

    assert Status.IDLE is result.status


def test_misspelt_clause_is_told_with_what_was_meant(tmp_path: Path) -> None:
    """A clause that no outline has is named, with what there is."""
    result = only(tmp_path, searching("x", ALLOWED, more="clause: '9', "))

    assert ["clause: `9` is in no outline; known: 1, 2, 3, 4, 5, 6, 7"] == [p.text for p in result.problems]


def test_failure_says_what_decided_and_where(tmp_path: Path) -> None:
    """A failure names the statements that decided, each once, with their lines in the profile."""
    result = only(tmp_path, searching("x", "outcome: deny, rules: [traits], obligations: []"))

    told = [(one.rule, one.cite, one.does, one.place.line) for one in result.decided]
    assert [("official", ("2",), "allows", 10), ("traits", ("3",), "did not decide", 16)] == told
    assert "outcome: expected deny, and it is allow" == result.problems[0].text
    assert str(tmp_path / "smallville.yaml") == result.decided[0].place.file


def test_proposed_case_is_not_run(tmp_path: Path) -> None:
    """A case that a program proposed counts for nothing until somebody takes the mark off."""
    only_one = ran(tmp_path, "cases:\n" + searching("x", "outcome: deny, rules: [x]", more="proposed: true, "))

    assert (1, False) == (only_one.count(Status.PROPOSED), only_one.passed)


def test_filter_takes_names_and_clauses(tmp_path: Path) -> None:
    """The filter keeps tests with the text in their name, whatever its case, and those of that very clause."""
    cases = (
        searching("Lost child", ALLOWED)
        + searching("second", ALLOWED, more="clause: '2', ")
        + searching("third", ALLOWED)
    )
    results = {text: ran(tmp_path, "cases:\n" + cases, text=text) for text in ("lost", "2", "nothing")}

    assert [["Lost child"], ["second"], []] == [[one.name for one in found.results] for found in results.values()]
    assert [2, 2, 3] == [found.left_out for found in results.values()]


def test_duties_and_stories_are_run(tmp_path: Path) -> None:
    """Tests of when a duty is due, and cases over time, are tests like any other."""
    suite = """
    duties:
      - {name: late, task: log_transaction, duty: '7', done: [], at: 2026-05-04T10:00:00-04:00, expect: due,
         events: [{event: search.run, at: 2026-05-04T09:00:00-04:00}]}
    stories:
      - name: told
        clause: '5'
        action: search.run
        facts: {requester.id: officer-7, purpose: missing_person, data.custodian: department,
                basis.protected_trait: none, case.state: open, reason.recorded: true}
        steps:
          - {expect: {outcome: allow, rules: [official]}}
    """
    found = ran(tmp_path, suite)

    assert [("duty", Status.FAILED), ("story", Status.FAILED)] == [(r.kind, r.status) for r in found.results]
    assert "step 1 (line 14): outcome: expected allow, and it is needs" == found.results[1].problems[0].text
    assert {"asked": 23} == {one.rule: one.place.line for one in found.results[1].decided}


def test_forms_hold_the_same(tmp_path: Path) -> None:
    """JSON, JUnit's XML and diagnostics count the same tests, and XML holds whatever a name does."""
    cases = searching("Fine", ALLOWED) + searching('"Wrong < & >"', "outcome: deny, rules: [official]")
    cases += searching("Idle", ALLOWED, more="clause: '3', ")
    found = ran(tmp_path, "cases:\n" + cases, head=LAX)
    tree = ET.fromstring(junit_of(found))
    data = data_of(found)

    assert ["Fine", "Wrong < & >", "Idle"] == [one.get("name") for one in tree.iter("testcase")]
    assert ("3", "1") == (tree.get("tests"), tree.get("failures"))
    assert (1, 1, 1) == (data["passed"], data["failed"], data["idle"])
    assert ["test-failed", "test-idle"] == [one.code for one in diagnostics_of(found)]
    assert ["5", "6", "7"] == [str(one["line"]) for one in data["tests"]]


def test_profile_beside_a_suite_stands_for_the_one_that_is_known(tmp_path: Path) -> None:
    """Suites in `tests` are run under the profile beside that folder, be they named by file, folder or profile."""
    file = write(tmp_path, "cases:\n" + searching("x", ALLOWED))
    for path in (file, file.parent, tmp_path, tmp_path / "smallville.yaml"):
        found = find([path], here=tmp_path)
        assert ((file,), (tmp_path / "smallville.yaml",)) == (found.files, found.profiles)


def test_suite_of_a_profile_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    """A misspelt profile is told with what was meant, and none of the suite's tests is run."""
    write(tmp_path, "cases:\n" + searching("x", ALLOWED), head=HEAD.replace("smallville", "smalville"))
    with pytest.raises(SuiteError) as refused:
        load(find([tmp_path], here=tmp_path))

    (told,) = refused.value.diagnostics
    assert ("unknown-profile", "did you mean `smallville`?") == (told.code, told.help)


def test_folder_without_suites_is_refused(tmp_path: Path) -> None:
    """Where there is no suite nothing passes by mistake."""
    (tmp_path / "empty").mkdir()
    for path, code in ((tmp_path / "empty", "no-suite"), (tmp_path / "none", "no-such-file")):
        with pytest.raises(SuiteError) as refused:
            find([path], here=tmp_path)
        assert [code] == [one.code for one in refused.value.diagnostics]


def test_our_own_answers_run_like_any(tmp_path: Path) -> None:
    """Every expected answer of the checkout holds when it is run as a suite, and none is merely proposed."""
    pdp, suites = load(find([], here=tmp_path))
    found = run(pdp, suites)

    assert [] == [one.name for one in found.results if one.status in (Status.FAILED, Status.PROPOSED)]
    assert sum(len(s.cases) + len(s.duties) + len(s.stories) for s in suites) == len(found.results)
