"""`alpr-policy audit log`: findings by clause, what a log cannot say, and the files for other programs."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest
from tests.adapters.cli_kit import run

from alpr_policy.errors import ExitCode
from alpr_policy.outputs.log_audit_sarif import log_audit_sarif
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.log_audit import LogAuditor, LoggedRow
from alpr_policy.questions.log_audit_schema import log_audit_schema

QUAY = ("-p", "quay", "--policies", "quay.yaml")
SEARCHES = "quay-searches.csv"
PERSONAL = ("TEST01", "u1", "theft", "26-1")
LEVELS = ("note", "warning")


@cache
def audited(*words: str) -> dict[str, Any]:
    """Return the audit of the searches of Quay as data."""
    found: dict[str, Any] = json.loads(run("audit", "log", SEARCHES, *QUAY, "--json", *words).stdout)
    return found


def finding(audit: dict[str, Any], statement: str) -> dict[str, Any]:
    """Return what was found under one statement."""
    found: dict[str, Any] = next(one for one in audit["findings"] if one["statement"] == statement)
    return found


def test_the_audit_in_words(golden: Callable[..., None]) -> None:
    """Findings come by clause with counts and denominators, and apart from them what the log cannot say."""
    result = run("audit", "log", SEARCHES, *QUAY)

    assert ExitCode.PARTIAL == result.exit_code
    golden("audit-log.txt", result.stdout)


def test_the_schema_is_published(golden: Callable[..., None]) -> None:
    """The JSON Schema of an audit is the one in the manual."""
    golden("../../docs/schema/log-audit-1.json", log_audit_schema())
    assert log_audit_schema() == run("audit", "schema").stdout


@pytest.mark.parametrize("words", [(), ("--with-personal",), ("--as-if", "quay"), ("--places", "0")])
def test_the_data_keep_to_the_schema(words: tuple[str, ...]) -> None:
    """Whatever the options, what `--json` writes is as its schema says."""
    jsonschema.Draft202012Validator(json.loads(log_audit_schema())).validate(audited(*words))


def test_every_row_is_accounted_for() -> None:
    """Rows that were judged, had no text in force, were there before or could not be read add up to all rows."""
    rows = audited()["rows"]

    assert {"rows": 7, "judged": 4, "not_in_force": 1, "duplicates": 1, "unreadable": 1, "other": 0} == {
        name: rows[name] for name in ("rows", "judged", "not_in_force", "duplicates", "unreadable", "other")
    }


COUNTS = [
    # statement, review, undecided, clear, elsewhere
    ("too-wide", 1, 1, 2, 0),
    ("no-personal-use", 0, 4, 0, 0),
    ("reason-recorded", 1, 1, 2, 0),
    ("reason-tells", 1, 1, 1, 1),
    ("case-number", 1, 0, 3, 0),
    ("not-again", 2, 1, 1, 0),
    ("far-searches", 0, 3, 0, 1),
]


@pytest.mark.parametrize(("statement", "review", "undecided", "clear", "elsewhere"), COUNTS)
def test_what_each_statement_says(statement: str, review: int, undecided: int, clear: int, elsewhere: int) -> None:
    """Each statement counts its rows by what it says of them."""
    one = finding(audited(), statement)

    assert (review, undecided, clear, elsewhere) == tuple(
        one[name] for name in ("review", "undecided", "clear", "elsewhere")
    )


LACKS = [
    ("no-personal-use", [("purpose", "absent", 4)]),
    ("far-searches", [("approvals", "absent", 3), ("search.networks", "withheld", 1)]),
    ("reason-tells", [("reason.recorded", "withheld", 1), ("reason.text", "withheld", 1)]),
    ("not-again", [("plate.number", "withheld", 1)]),
]


@pytest.mark.parametrize(("statement", "lacks"), LACKS)
def test_what_would_settle_it(statement: str, lacks: list[tuple[str, str, int]]) -> None:
    """For each statement that hangs on what is not known, the facts that would settle it, and why each is missing."""
    assert lacks == [(one["fact"], one["why"], one["rows"]) for one in finding(audited(), statement)["lacks"]]


def test_which_column_has_it() -> None:
    """A fact that search audits have a column for is named with it; for others no column is made up."""
    columns = {one["fact"]: one["column"] for one in audited()["lacking"]}

    assert ("Total Networks Searched, networkCount", None) == (columns["search.networks"], columns["approvals"])


def test_as_if_judges_all() -> None:
    """Under `--as-if` no row lacks a text, and the answer says that it is one."""
    audit = audited("--as-if", "quay")

    assert (5, 0, "quay") == (audit["rows"]["judged"], audit["rows"]["not_in_force"], audit["as_if"])


def test_text_in_force_on_the_day() -> None:
    """A row is judged under the text of its day, and months are those of the department."""
    audit = audited()

    assert {"3 of 2026-03-02": 4} == audit["texts"]
    assert [("Pier PD", "2026-04"), ("Quay PD", "2026-03")] == [
        (one["agency"], one["month"]) for one in finding(audit, "too-wide")["groups"]
    ]


def files(folder: Path, *words: str) -> dict[str, str]:
    """Return all that an audit of Quay writes, by the kind of file; the page and the screen among them."""
    paths = {name: folder / f"audit.{name}" for name in ("html", "csv", "junit", "sarif")}
    options = [word for name, path in paths.items() for word in (f"--{name}", str(path))]
    shown = run("audit", "log", SEARCHES, *QUAY, *options, *words).stdout
    return {"shown": shown, **{name: path.read_text(encoding="utf-8") for name, path in paths.items()}}


def test_no_person_and_no_plate_is_shown(tmp_path: Path) -> None:
    """No plate, person, case or reason is in any output, unless personal values were asked for."""
    plain = files(tmp_path) | {"json": json.dumps(audited())}
    told = files(tmp_path, "--with-personal") | {"json": json.dumps(audited("--with-personal"))}

    for name, text in plain.items():
        assert [] == [one for one in PERSONAL if re.search(rf"\b{one}\b", text)], name
    assert "plate.number = TEST01" in told["csv"]


def test_junit(tmp_path: Path) -> None:
    """There is a test case for each clause, failed where rows need review, skipped where the log decides nothing."""
    suites = ElementTree.fromstring(files(tmp_path)["junit"])
    cases = {case.get("name"): [part.tag for part in case] for case in suites.iter("testcase")}

    assert ("testsuites", "7", "3", "3") == (
        suites.tag,
        *(suites.get(name) for name in ("tests", "failures", "skipped")),
    )
    assert {
        "clause 3": ["failure", "system-out"], "clause 4": ["skipped", "system-out"],
        "clause 4.a": ["skipped", "system-out"], "clause 5": ["failure", "system-out"], "clause 6": ["system-out"],
        "clause 7": ["failure", "system-out"], "clause 8": ["skipped", "system-out"],
    } == cases  # fmt: skip
    failure = next(suites.iter("failure"))
    assert "not-again: 2 of 4 rows need review under clause 7" == failure.get("message")
    assert "quay-searches.csv:6" in str(failure.text)


def sarif_faults(log: dict[str, Any]) -> list[str]:
    """Return where a log breaks what SARIF 2.1.0 demands of the parts that are used here."""
    found = [] if log["version"] == "2.1.0" and log["$schema"].startswith("https://") else ["head"]
    for run_ in log["runs"]:
        rules = run_["tool"]["driver"]["rules"]
        found += [] if len({rule["id"] for rule in rules}) == len(rules) else ["two rules of one id"]
        found += [f"rule {one['id']}" for one in rules if not (one["help"]["text"] and one["shortDescription"]["text"])]
        for result in run_["results"]:
            # Code scanning reads the level and not the kind, and viewers hide what has the level `none`.
            fits = ("fail", True) == (result["kind"], result["level"] in LEVELS) and bool(result["message"]["text"])
            fits &= rules[result["ruleIndex"]]["id"] == result["ruleId"]
            for location in result.get("locations", ()):
                place = location["physicalLocation"]
                fits &= place["region"]["startLine"] >= 1
                fits &= re.fullmatch(r"[A-Za-z0-9._~/%:-]+", place["artifactLocation"]["uri"]) is not None
            found += [] if fits else [f"result {result['ruleId']}"]
        found += [] if all(one["executionSuccessful"] in (True, False) for one in run_["invocations"]) else ["run"]
    return found


def test_sarif(tmp_path: Path) -> None:
    """A row that needs review is a warning at its line, under advice a note, and so is what hangs on the log."""
    log = json.loads(files(tmp_path)["sarif"])
    results = log["runs"][0]["results"]
    told = Counter((one["properties"]["stand"], one["properties"]["force"], one["level"]) for one in results)
    (row,) = (one for one in results if one["properties"]["statement"] == "too-wide" and one["level"] == "warning")
    places = [row["locations"][0]["physicalLocation"], row["relatedLocations"][0]["physicalLocation"]]

    assert [] == sarif_faults(log)
    assert {
        ("review", "must", "warning"): 5, ("review", "should", "note"): 1, ("undecided", "must", "note"): 6,
    } == told  # fmt: skip
    # The row of the log, and the statement that it is held against.
    assert [("quay-searches.csv", 6), ("quay.yaml", 23)] == [
        (one["artifactLocation"]["uri"], one["region"]["startLine"]) for one in places
    ]
    notes = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert "1 of 7 rows cannot be read" == notes[1]["message"]["text"]
    assert "3" in {rule["id"].rpartition("/")[2] for rule in log["runs"][0]["tool"]["driver"]["rules"]}


def many(count: int, *, place: str = "a b.csv") -> LogAuditor:
    """Return an auditor that has seen so many searches without a reason, and one that reached too far."""
    auditor = LogAuditor(PolicyDecisionPoint.load(Path(__file__).parent / "cli_files" / "quay.yaml"), "quay")
    facts: dict[str, Any] = {"reason.recorded": False, "reason.text": None, "search.networks": 4}
    request = {"action": "search.run", "at": "2026-03-09T10:00:00-04:00", "facts": facts}
    wide = {**request, "facts": facts | {"search.networks": 4_000}}
    auditor.run(LoggedRow(request=wide if n == 7 else request, place=f"{place}:{n + 1}") for n in range(count))
    return auditor


def test_results_are_bounded() -> None:
    """No more results are written than were asked for, a clause with few rows keeps them, and the rest is counted."""
    log = json.loads(log_audit_sarif(many(300).audit, most=50))
    run_ = log["runs"][0]
    rows = [one for one in run_["results"] if one["properties"]["stand"] == "review"]

    assert [] == sarif_faults(log)
    assert 50 == len(run_["results"])
    assert 1 == sum(one["properties"]["statement"] == "too-wide" for one in rows)
    assert 301 - len(rows) == run_["properties"]["rowsLeftOut"]
    assert "a b.csv" == unquote(rows[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    """What a spreadsheet would compute, such as an agency of the name `=1+1`, comes as text."""
    log = tmp_path / "log.csv"
    log.write_text(Path(run_folder(SEARCHES)).read_text(encoding="utf-8").replace("Quay PD", "=1+1"), encoding="utf-8")
    table = tmp_path / "audit.csv"
    run("audit", "log", str(log), *QUAY, "--csv", str(table))
    rows = list(csv.reader(io.StringIO(table.read_text(encoding="utf-8"))))

    assert {"'=1+1"} == {row[8] for row in rows if "1+1" in row[8]}
    assert [] == [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def run_folder(name: str) -> Path:
    """Return a file of the tests of the command line."""
    return Path(__file__).parent / "cli_files" / name


def test_the_page_stands_by_itself(tmp_path: Path) -> None:
    """The page fetches nothing, runs nothing, and has colours for light and dark screens."""
    page = files(tmp_path)["html"]

    assert [] == re.findall(r"<script|<img|<link|src=|href=|url\(", page)
    assert "prefers-color-scheme: dark" in page
    assert "needs review" in page.lower()


ENDS = [
    (("--fail-on", "never"), ExitCode.PARTIAL),
    (("--fail-on", "review"), ExitCode.BELOW_THRESHOLD),
    (("--fail-on", "undecided"), ExitCode.BELOW_THRESHOLD),
]


@pytest.mark.parametrize(("words", "code"), ENDS)
def test_exit_codes(words: tuple[str, ...], code: ExitCode) -> None:
    """An audit ends well when it ran, whatever it found, unless the caller says what is to fail."""
    assert code == run("audit", "log", SEARCHES, *QUAY, *words).exit_code


ADVICE = """
language: 1
profile: pier
department: Pier Police Department
policy: {title: Searches, number: "1", effective: 2020-01-01}
timezone: America/New_York
silence: allow
outline: ["1"]
requirements:
  - {id: case-number, cite: "1", action: search.run, force: should, must: {not: {case.number: {none: true}}}}
"""


def test_advice_fails_nothing(tmp_path: Path) -> None:
    """A row that goes against what is only expected does not make a run fail."""
    policy = tmp_path / "pier.yaml"
    policy.write_text(ADVICE, encoding="utf-8")
    result = run("audit", "log", SEARCHES, "-p", "pier", "--policies", str(policy), "--fail-on", "review", "--json")

    assert ExitCode.PARTIAL == result.exit_code
    assert [("case-number", 1)] == [(one["statement"], one["review"]) for one in json.loads(result.stdout)["findings"]]


WRONG = [
    ((SEARCHES,), ExitCode.USAGE, "usage"),
    ((SEARCHES, "-p", "nobody"), ExitCode.BAD_PROFILE, "unknown-profile"),
    ((SEARCHES, "--as-if", "quay@never", "--policies", "quay.yaml"), ExitCode.USAGE, "usage"),
    ((SEARCHES, *QUAY, "--layout", "flock_portal", "--mapping", "m.yaml"), ExitCode.USAGE, "usage"),
    ((SEARCHES, *QUAY, "--sarif", "no/such/folder.json"), ExitCode.BAD_INPUT, "file-unwritable"),
]


@pytest.mark.parametrize(("words", "code", "error"), WRONG)
def test_wrong_calls(words: tuple[str, ...], code: ExitCode, error: str) -> None:
    """What cannot be done is said with its code, and nothing is written."""
    result = run("audit", "log", *words)

    assert (code, True) == (result.exit_code, f"[{error}]" in result.stderr)


def test_a_log_that_cannot_be_read(tmp_path: Path) -> None:
    """A file that is no log ends with the code for bad input, and its error is shown."""
    log = tmp_path / "log.csv"
    log.write_text("what,is,this\n1,2,3\n", encoding="utf-8")
    result = run("audit", "log", str(log), *QUAY)

    assert (ExitCode.BAD_INPUT, True) == (result.exit_code, "[log-header]" in result.stdout)


HOSTILE = ["\ud800", "a\x1b[31mb", "<script>alert(1)</script>", "]]>", "\u202egnp", "=cmd|' /C calc'!A0", "x" * 5_000]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_of_an_agency_breaks_a_file(name: str, tmp_path: Path) -> None:
    """Whatever an agency is called, every file is written, can be read, and holds nothing that runs or hides."""
    (tmp_path / "log.yaml").write_text(
        "log: 1\nid: desk\nformat: jsonl\naction: search.run\nat: {column: at}\n"
        "facts: {search.organisation: {column: who}, reason.text: {column: why, null: none}}\n",
        encoding="utf-8",
    )
    line = {"at": "2026-03-09T10:00:00-04:00", "who": name, "why": ""}
    (tmp_path / "log\udcff.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    paths = {kind: tmp_path / f"audit.{kind}" for kind in ("html", "csv", "junit", "sarif")}
    options = [word for kind, path in paths.items() for word in (f"--{kind}", str(path))]
    words = (str(tmp_path / "log\udcff.jsonl"), "--mapping", str(tmp_path / "log.yaml"), *QUAY, *options)
    result = run("audit", "log", *words)
    texts = {kind: path.read_text(encoding="utf-8") for kind, path in paths.items()}

    assert ExitCode.OK == result.exit_code, result.output
    assert "failure" in {part.tag for part in ElementTree.fromstring(texts["junit"]).iter()}
    assert [] == sarif_faults(json.loads(texts["sarif"]))
    assert 1 < len(list(csv.reader(io.StringIO(texts["csv"]))))
    assert "<script" not in texts["html"] + texts["junit"]
    assert [] == re.findall("[\x1b\u202e]", "".join([*texts.values(), result.output]))


def test_no_more_rows_are_held_than_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile that counts over rows refuses a log of more rows than can be held in memory."""
    monkeypatch.setattr("alpr_policy.questions.log_audit.MOST_HELD", 3)
    result = run("audit", "log", SEARCHES, *QUAY)

    assert (ExitCode.BAD_INPUT, True) == (result.exit_code, "[too-many-lines]" in result.stderr)


@pytest.mark.slow
def test_real_rows_are_audited(shared_folder: Path) -> None:
    """All 31,514 rows of the two shared exports are judged, or have no text in force, under a shipped policy."""
    data = shared_folder / "data" / "flock-audit"
    names = [str(data / name) for name in ("portal_search_audit.csv", "eugene_or_search_audit.csv")]
    found = run("audit", "log", *names, "--released", str(data / "portal_columns.tsv"), "--timezone", "UTC",
                "-p", "cambridge", "--json")  # fmt: skip
    rows = json.loads(found.stdout)["rows"]

    assert ExitCode.OK == found.exit_code
    assert 31_514 == rows["rows"] == rows["judged"] + rows["not_in_force"]
