"""Expected answers: read strictly, since a file that is misread could pass by mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.suites import case_differences, duty_differences, read_suite

from alpr_policy import PolicyDecisionPoint
from alpr_policy.questions.suites import SuiteError, read_suites

HEAD = "profile: leicester\nat: 2026-05-04T10:00:00-04:00\nbase:\n  officer: {facts: {requester.id: officer-7}}\n"
TABLE = HEAD + "tables:\n  - name: x\n    ask: [data.store]\n"


def read(folder: Path, text: str) -> list[str]:
    """Return the codes and places of what is wrong with a file of expected answers."""
    file = folder / "suite.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        read_suite(file)
    except SuiteError as error:
        return [f"{d.code} {d.span.line}:{d.span.column} {d.help}".strip() for d in error.diagnostics]
    return []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("profile: leicester\n", ["empty-suite 1:1 list `cases` or `duties`"], id="empty"),
        pytest.param("", ["yaml-empty 1:1"], id="nothing"),
        pytest.param(
            HEAD + "cases:\n  - {name: x, action: search.run}\n", ["missing-key 6:5 the answer"], id="no expectation"
        ),
        pytest.param(
            HEAD + "cases:\n  - {name: x, action: search.run, expect: {silent: true}}\n",
            ["missing-key 6:43 allow, needs or deny"],
            id="no outcome",
        ),
        pytest.param(
            HEAD + "cases:\n  - {name: x, acton: search.run, expect: {outcome: deny}}\n",
            ["unknown-key 6:15 did you mean `action`?"],
            id="misspelt key",
        ),
        pytest.param(
            HEAD + "cases:\n  - {name: x, action: search.run, expect: {outcome: denied}}\n",
            ["bad-choice 6:53 did you mean `deny`?"],
            id="misspelt outcome",
        ),
        pytest.param(
            HEAD + "cases:\n  - {name: x, use: [oficer], action: search.run, expect: {outcome: deny}}\n",
            ["unknown-base 6:15 did you mean `officer`?"],
            id="unknown base",
        ),
        pytest.param(
            HEAD + "cases:\n  - {name: x, action: search.run, expect: {outcome: needs, needs: [{chek: visual}]}}\n",
            ["unknown-key 6:69 did you mean `check`?"],
            id="misspelt need",
        ),
        pytest.param(
            HEAD + "cases:\n  - {name: x, action: search.run, expect: {outcome: needs, needs: [{parts: [state]}]}}\n",
            [
                "bad-need 6:68 one of fact, approval, check, document, parameter, exception, one_of",
            ],
            id="need of nothing",
        ),
        pytest.param(
            "profile: leicester\ncases:\n  - {name: x, action: search.run, expect: {outcome: deny}}\n",
            ["no-time 3:5 give it `at`"],
            id="no time",
        ),
        pytest.param(
            HEAD + "duties:\n  - {name: x, task: audit, duty: '1', done: [2026-13-01], expect: due}\n",
            ["yaml-date 6:46 dates are written year-month-day"],
            id="no such day",
        ),
        pytest.param(
            HEAD + "duties:\n  - {name: x, task: audit, duty: '1', done: [], expect: late}\n",
            ["bad-choice 6:57 known: due, not_due, overdue, undetermined"],
            id="unknown standing",
        ),
        pytest.param(
            TABLE + "    columns: [name, data.store, name]\n    rows: [[week, allow]]\n",
            ["bad-column 8:33 keep one of the two", "uneven-row 9:12 the columns are name, data.store, name"],
            id="column twice, row too short",
        ),
        pytest.param(
            HEAD
            + "tables:\n  - name: x\n    ask: [data.store]\n    columns: [at]\n    rows: [[2026-05-04T10:00:00Z]]\n",
            ["bad-column 8:5 each row has a name and what is expected"] * 2,
            id="no name, no outcome",
        ),
        pytest.param(
            TABLE + "    columns: [name, data.store, facts]\n    rows: [[week, allow, {period: 1 day}]]\n",
            ["bad-column 8:33 name the fact, the part of the answer, or the act that is asked of"],
            id="facts in a lump",
        ),
        pytest.param(
            TABLE + "    columns: [name, data.store]\n    rows:\n      - [week, alow]\n",
            ["bad-choice 10:16 did you mean `allow`?"],
            id="misspelt outcome in a cell",
        ),
        pytest.param(
            HEAD + "duty_tables:\n  - name: x\n    duty: '1'\n    done: []\n    columns: [name, expect]\n    rows:\n"
            "      - [week, due]\n",
            ["missing-key 11:9 the task"],
            id="table of duties without a task",
        ),
        pytest.param(
            HEAD + "cases: []\n", ["empty-list 5:8 leave the key out, or name what it should hold"], id="no case"
        ),
    ],
)
def test_mistake_is_shown_with_its_place(tmp_path: Path, text: str, expected: list[str]) -> None:
    """A mistake in a file of expected answers is an error with its place, and a suggestion where one is near."""
    assert expected == read(tmp_path, text)


def test_all_files_of_a_folder_are_refused_together(tmp_path: Path) -> None:
    """The mistakes of all files of a folder come at once."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text("profile: leicester\n", encoding="utf-8")
    with pytest.raises(SuiteError) as caught:
        read_suites(tmp_path)

    assert ["a.yaml", "b.yaml"] == [Path(d.span.file).name for d in caught.value.diagnostics]


def test_bases_merge_from_left_to_right(tmp_path: Path) -> None:
    """Facts of later bases and of the case stand over earlier ones; a list of records replaces the whole list."""
    file = tmp_path / "suite.yaml"
    file.write_text(
        "profile: leicester\nat: 2026-05-04T10:00:00-04:00\n"
        "base:\n"
        "  one: {facts: {purpose: audit, case.state: open}, checks: [{check: visual, result: pass}]}\n"
        "  two: {facts: {purpose: training}, checks: []}\n"
        "cases:\n"
        "  - {name: x, use: [one, two], action: search.run, facts: {case.state: closed}, expect: {outcome: deny}}\n",
        encoding="utf-8",
    )
    (case,) = read_suite(file).cases

    assert {"purpose": "training", "case.state": "closed"} == case.request["facts"]
    assert [] == case.request["checks"]
    assert "2026-05-04T10:00:00-04:00" == case.request["at"]


def test_row_is_the_cases_that_it_stands_for(tmp_path: Path) -> None:
    """Each row gives one case for each act asked of, the same as if it were written out, with the row as its place."""
    table = (
        "tables:\n  - name: Bulk data at a vendor\n    clause: [V-s1]\n    use: officer\n"
        "    facts: {data.custodian: vendor}\n    expect: {cites: [V-s1]}\n    ask: [data.store, data.purge]\n"
        "    columns: [name, at, record.captured, standing, data.store, data.purge]\n    rows:\n"
        "      - [at a week, 2026-05-08T10:00:00-04:00, 2026-05-01T10:00:00-04:00, may_keep, allow, deny]\n"
    )
    written = "".join(
        f"  - name: 'Bulk data at a vendor: at a week ({action})'\n    clause: [V-s1]\n    use: officer\n"
        f"    at: 2026-05-08T10:00:00-04:00\n    action: {action}\n"
        "    facts: {data.custodian: vendor, record.captured: 2026-05-01T10:00:00-04:00}\n"
        f"    expect: {{cites: [V-s1], standing: may_keep, outcome: {outcome}}}\n"
        for action, outcome in (("data.store", "allow"), ("data.purge", "deny"))
    )
    (tmp_path / "table.yaml").write_text(HEAD + table, encoding="utf-8")
    (tmp_path / "written.yaml").write_text(HEAD + "cases:\n" + written, encoding="utf-8")
    short, long = (read_suite(tmp_path / f"{name}.yaml").cases for name in ("table", "written"))

    assert [(c.name, c.request, c.expect, c.clause) for c in long] == [
        (c.name, c.request, c.expect, c.clause) for c in short
    ]
    assert [14, 14] == [case.place.line for case in short]


def test_row_adds_bases_to_those_of_its_table(tmp_path: Path) -> None:
    """A cell of `use` adds to the bases of the table, and stands over them."""
    file = tmp_path / "suite.yaml"
    base = "  later: {facts: {requester.id: officer-9}, holds: []}\n"
    rows = "    columns: [name, use, data.store]\n    rows: [[with it, later, allow], [without, [], allow]]\n"
    file.write_text(HEAD + base + TABLE.removeprefix(HEAD) + "    use: officer\n" + rows, encoding="utf-8")
    first, second = (case.request for case in read_suite(file).cases)

    assert ({"requester.id": "officer-9"}, []) == (first["facts"], first["holds"])
    assert ({"requester.id": "officer-7"}, None) == (second["facts"], second.get("holds"))


def test_other_columns_of_a_table_of_duties_are_events(tmp_path: Path) -> None:
    """A column that is no key of a duty's case names an event, with the times at which it happened."""
    file = tmp_path / "suite.yaml"
    file.write_text(
        HEAD + "duty_tables:\n  - name: List\n    task: load_hotlist\n    duty: '1'\n    done: []\n"
        "    events: [{event: tour_started, at: 2026-05-01}]\n    columns: [name, shift_started, expect]\n    rows:\n"
        "      - [two, [2026-05-02, 2026-05-03], due]\n      - [one, 2026-05-02, due]\n      - [none, [], due]\n",
        encoding="utf-8",
    )

    happened = [[event.event for event in duty.events] for duty in read_suite(file).duties]

    assert [["tour_started", *["shift_started"] * times] for times in (2, 1, 0)] == happened


def test_row_of_a_table_of_duties_is_a_duty(tmp_path: Path) -> None:
    """Each row gives one duty's case; what is the same in all rows stands once above them."""
    file = tmp_path / "suite.yaml"
    file.write_text(
        HEAD + "duty_tables:\n  - name: Audit\n    task: audit\n    duty: '1'\n    columns: [name, done, at, expect]\n"
        "    rows:\n      - [never done, [], 2026-05-04T10:00:00-04:00, overdue]\n"
        "      - [just done, [2026-05-04], 2026-05-05T10:00:00-04:00, not_due]\n",
        encoding="utf-8",
    )
    first, second = read_suite(file).duties

    assert ("Audit: never done", (), "overdue") == (first.name, first.done, first.expect)
    assert ("Audit: just done", 1, "not_due") == (second.name, len(second.done), second.expect)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("action: serch.run, expect: {outcome: deny}", "`serch.run` is not an action"),
        ("action: search.run, departments: [nowhere], expect: {outcome: deny}", "no profile is called `nowhere`"),
        ("action: stop.start, facts: {stop.bass: hit}, expect: {outcome: allow}", "`stop.bass` is not a fact"),
    ],
)
def test_mistake_in_the_question_is_no_answer(tmp_path: Path, case: str, said: str) -> None:
    """A case whose action, department or fact is misspelt does not pass, though its outcome is the expected one."""
    file = tmp_path / "suite.yaml"
    file.write_text(HEAD + f"cases:\n  - {{name: x, {case}}}\n", encoding="utf-8")
    (asked,) = read_suite(file).cases

    assert any(said in one for one in case_differences(asked, PolicyDecisionPoint.load()))


def test_duty_that_is_not_there_fails(tmp_path: Path) -> None:
    """A duty that the profile does not have is a difference, and so is any duty before the first day of its text."""
    file = tmp_path / "suite.yaml"
    file.write_text(
        HEAD + "duties:\n  - {name: x, task: audit, duty: '1', done: [], expect: due}\n"
        "  - {name: z, task: audit, duty: '1', done: [], at: 2001-01-01T00:00:00-05:00, expect: due}\n",
        encoding="utf-8",
    )
    pdp = PolicyDecisionPoint.load()
    missing, early = (duty_differences(duty, pdp) for duty in read_suite(file).duties)

    assert ["`leicester` has no duty `audit` under 1"] == missing
    assert ["no text of `leicester` was in force at 2001-01-01T00:00:00-05:00"] == early
