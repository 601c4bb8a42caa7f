"""`duties`, `evidence`, `audit run` and `audit sign` with a ledger and a directory: what they take from each."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.cli_kit import FILES, run

from alpr_policy import PolicyDecisionPoint
from alpr_policy.errors import ExitCode
from alpr_policy.model.overrides import Authority
from alpr_policy_adapters.ledger import Kind, Ledger, Wanted
from alpr_policy_adapters.office import Office, override

pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")
HARBOUR = ("-p", "harbour", "--policies", "harbour.yaml")
THEN = dt.datetime(2026, 11, 10, 15, tzinfo=dt.UTC)
PEOPLE = """
directory: 1
timezone: America/New_York
complete: [roles, training]
absences: []
persons:
  - {id: chief-1, roles: [{role: chief}], training: [{completed: 2026-01-05}]}
  - {id: lt-1, roles: [{role: lieutenant}], training: [{completed: 2024-10-01}]}
  - {id: officer-1, training: [{completed: 2024-12-20}, {completed: 2020-01-01}]}
  - {id: officer-9, training: [{completed: 2020-01-01}], until: 2026-06-30}
"""


@pytest.fixture
def desk(tmp_path: Path) -> tuple[str, str]:
    """Make a ledger with a search, a share, a refused search and the override of it, and a directory of four."""
    place, people = str(tmp_path / "ledger.db"), tmp_path / "people.yaml"
    people.write_text(PEOPLE, encoding="utf-8")
    point = PolicyDecisionPoint.load(FILES / "harbour.yaml")
    office = Office(point, Ledger.open(place, create=True), clock=lambda: THEN)
    acts: list[tuple[str, dict[str, Any]]] = [
        ("search.run", {"purpose": "criminal_investigation", "searches.again": 0, "reason.recorded": False}),
        ("data.share", {"recipient.kind": "court"}),
        ("search.run", {"purpose": "public_safety", "reason.recorded": True, "reason.defects": []}),
    ]
    for action, facts in acts:
        told = {"requester.id": "officer-1", **facts}
        office.decide({"action": action, "at": THEN.isoformat(), "departments": ["harbour"], "facts": told})
    refused = [row.seq for row in office.ledger.rows(Wanted(kinds=frozenset({Kind.DECISION})))][-1]
    made = override(
        office, refused, person=Authority(id="chief-1", roles=("chief",)), at=THEN, why="a child is missing"
    )
    assert made.record is not None
    return place, str(people)


def audit(place: str, *words: str) -> Any:
    """Run the audit of a period and return the report."""
    found = run("audit", "run", *HARBOUR, "--ledger", place, *(words or ("--month", "2026-11")), "--json")
    assert ExitCode.OK == found.exit_code, found.stderr
    return json.loads(found.stdout)


def signing(folder: Path, report: Any, *words: str, role: str, by: str = "lt-1", day: str = "2026-12-02") -> Any:
    """Ask for the sign-off of a report, and return what came of it."""
    file = folder / "report.json"
    file.write_text(json.dumps(report), encoding="utf-8")
    return run("audit", "sign", *HARBOUR, "--report", str(file), "--by", by, "--role", role, "--as-of", day, *words)


def sign(place: str, folder: Path, report: Any, *, role: str, by: str = "lt-1") -> int:
    """Have a report signed and that kept in the ledger, and return the exit code."""
    code: int = signing(folder, report, "--ledger", place, role=role, by=by).exit_code
    return code


def test_the_audit_finds_everything_in_the_ledger(desk: tuple[str, str]) -> None:
    """The audit holds what was asked, refused and overridden, the missing reason and what is overdue."""
    report = audit(desk[0])

    assert ({"allow": 2, "deny": 1}, 3) == (report["outcomes"], report["acts"])
    assert ["row-5"] == [one["id"] for one in report["exceptions"]]
    assert report["exceptions"][0]["why"].startswith("overridden by chief-1 (chief): ")
    assert ["override-5"] == [one["record"]["id"] for one in report["overrides"]]
    assert ["row-3"] == [one["id"] for one in report["reasons"]]
    assert ([], {}) == (report["shares"], report.get("obligations", {}))  # the row of a share is the log of it
    assert ["audit", "review"] == [one["duty"] for one in report["overdue"]]


def test_the_right_role_signs_and_any_other_is_refused_and_kept(desk: tuple[str, str], tmp_path: Path) -> None:
    """A sign-off in the wrong role is refused and kept as that; only one that was accepted serves the duty."""
    report = audit(desk[0])
    wrong = sign(desk[0], tmp_path, report, role="sergeant", by="officer-1")
    before = duty(desk, "audit", "2026-12-03")
    right = sign(desk[0], tmp_path, report, role="lieutenant")
    after = duty(desk, "audit", "2026-12-03")
    rows = list(Ledger.open(desk[0]).rows(Wanted(kinds=frozenset({Kind.SIGN_OFF}))))

    assert (ExitCode.NEEDS, ExitCode.OK) == (wrong, right)
    assert [(False, "officer-1"), (True, "lt-1")] == [(one.body["about"]["accepted"], one.whole["by"]) for one in rows]
    assert ("2026-11-01", "2026-11-30") == tuple(rows[1].body["about"]["audit"][name] for name in ("first", "last"))
    assert [] == [one for one in before if one.get("last_done")]
    assert [f"row-{rows[1].seq}"] == [one["last_done"]["reference"] for one in after]


def test_a_role_must_be_known_and_where_a_directory_tells_held(desk: tuple[str, str], tmp_path: Path) -> None:
    """A misspelt role is told; one that the directory does not give the person signs nothing; the right one serves."""
    report, known = audit(desk[0]), ("--directory", desk[1])
    misspelt = signing(tmp_path, report, role="lieutnant")
    claimed = signing(tmp_path, report, *known, role="lieutenant", by="officer-1")
    unknown = signing(tmp_path, report, *known, role="lieutenant", by="stranger-3")
    right = signing(tmp_path, report, *known, role="lieutenant")

    assert ExitCode.USAGE == misspelt.exit_code
    assert "did you mean `lieutenant`?" in misspelt.stderr
    assert [ExitCode.NEEDS, ExitCode.NEEDS, ExitCode.OK] == [one.exit_code for one in (claimed, unknown, right)]
    assert "serves: hold an audit of access and hits (5.a)\n" in right.stdout


def test_one_report_may_serve_one_duty_and_not_another(tmp_path: Path) -> None:
    """Where two duties ask for an audit, the sign-off says of each whether it serves it, and why not."""
    place = str(tmp_path / "empty.db")
    Ledger.open(place, create=True).close()
    file = tmp_path / "report.json"
    period = ("audit", "run", "-p", "cambridge", "--month", "2026-05", "--ledger", place, "--json")
    file.write_text(run(*period).stdout, encoding="utf-8")
    given = ("--report", str(file), "--by", "captain-3", "--role", "duty_chief", "--as-of", "2026-06-02")
    said = " ".join(run("audit", "sign", "-p", "cambridge", *given).stdout.split())

    assert "does not serve: hold an audit of the records of queries (IV.B.1.a.5, IV.C.6.b): needs: " in said
    assert "serves: hold an audit of access and the records of searches (IV.B.1.a.5, IV.C.2.a-s2)" in said


def test_an_override_is_shown_until_an_audit_with_it_is_signed(desk: tuple[str, str], tmp_path: Path) -> None:
    """An override stands in each audit until one that shows it was signed; a refused signature hides nothing."""
    november = audit(desk[0])
    december = ("--month", "2026-12")
    shown = [len(audit(desk[0], *december)["overrides"])]
    sign(desk[0], tmp_path, november, role="sergeant")
    shown.append(len(audit(desk[0], *december)["overrides"]))
    sign(desk[0], tmp_path, november, role="lieutenant")
    shown.append(len(audit(desk[0], *december)["overrides"]))

    assert [1, 1, 0] == shown
    assert november == audit(desk[0])  # what was signed can be made again


def test_the_audit_can_be_had_as_text_page_and_table(desk: tuple[str, str], tmp_path: Path) -> None:
    """The page and the table show the override with its review, and times of the department."""
    page, table = tmp_path / "a.html", tmp_path / "a.csv"
    more = ("--month", "2026-11", "--html", str(page), "--csv", str(table))
    said = run("audit", "run", *HARBOUR, "--ledger", desk[0], "--directory", desk[1], *more)

    assert ExitCode.OK == said.exit_code, said.stderr
    for text in (page.read_text(encoding="utf-8"), table.read_text(encoding="utf-8")):
        assert (
            "a child is missing; valid until 2026-11-10 14:00; overdue: review by chief until 2026-11-13 10:00" in text
        )
    assert "<td>2026-11-10 10:00</td>" in page.read_text(encoding="utf-8")
    assert "override-5" in said.stdout


def test_an_audit_under_no_text_says_so(desk: tuple[str, str], tmp_path: Path) -> None:
    """Where no text was in force at the end of the period, the report and the page say why."""
    page = tmp_path / "a.html"
    given = ("-p", "model", "--ledger", desk[0], "--month", "2026-05", "--html", str(page))
    said = run("audit", "run", *given).stdout

    told = "the text was not in force on 31 May 2026: its first day has not been set"
    assert told in said
    assert told.replace("the", "The", 1) in page.read_text(encoding="utf-8")


def duty(desk: tuple[str, str], name: str, as_of: str) -> list[Any]:
    """Return the lines of one duty, asked of ledger and directory."""
    known = ("--ledger", desk[0], "--directory", desk[1])
    found = run("duties", *HARBOUR, "--as-of", as_of, *known, "--json")
    assert ExitCode.OK == found.exit_code, found.stderr
    return [one for one in json.loads(found.stdout)["duties"] if one["duty"] == name]


def test_refreshers_are_owed_by_those_in_the_directory(desk: tuple[str, str]) -> None:
    """A refresher is owed for each person who is still here, counted from the latest training in the directory."""
    lines = duty(desk, "refresher", "2026-11-27")

    assert [
        ("chief-1", "not_due", "2028-01-05"),
        ("lt-1", "overdue", "2026-10-01"),
        ("officer-1", "not_due", "2026-12-20"),
    ] == (sorted((one["of"], one["standing"], one["due_by"][:10]) for one in lines))


def test_a_share_is_logged_by_its_row(desk: tuple[str, str]) -> None:
    """The duty to log what was given to whom is served by the row of the share, and is owed by nobody."""
    (line,) = duty(desk, "log-shares", "2026-11-27")

    assert ("not_due", "row-4") == (line["standing"], line["last_done"]["reference"])


def test_evidence_comes_from_the_ledger(desk: tuple[str, str]) -> None:
    """A point shows what the ledger recorded, with its row; what was refused is shown as refused."""
    known = ("--ledger", desk[0], "--directory", desk[1], "--as-of", "2026-11-27")
    found = run("evidence", *HARBOUR, *known, "--json")
    told = {one["letter"]: one for one in json.loads(found.stdout)["bullets"]}
    proofs = {(one["what"], one["reference"]) for letter in "ae" for one in told[letter]["proofs"]}

    assert ExitCode.OK == found.exit_code, found.stderr
    assert {("search stored reads", "row-3"), ("search stored reads (denied)", "row-5")} <= proofs
    assert ("log what was given to whom", "row-4") in proofs
    assert {"chief-1", "lt-1", "officer-1"} <= {one["of"] for one in told["c"]["proofs"]}


@pytest.mark.parametrize("command", ["duties", "evidence"])
def test_a_ledger_that_is_not_there_is_told(command: str, tmp_path: Path) -> None:
    """A ledger that was never made ends the command with its code, and none is made."""
    found = run(command, *HARBOUR, "--ledger", str(tmp_path / "none.db"))

    assert ExitCode.BAD_INPUT == found.exit_code
    assert "ledger-missing" in found.stderr
    assert [] == list(tmp_path.iterdir())
