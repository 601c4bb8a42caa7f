"""`case take|show|list|sweep`, `override`, and `--ledger` of `decide`, `run` and `ingest`, as people use them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")

from tests.adapters.cli_kit import ROOT, run
from tests.adapters.durable_kit import needs_library
from tests.adapters.ingest_kit import ONE_LINE, ingest
from tests.adapters.ledger_kit import opened
from typer.testing import Result

from alpr_policy.errors import ExitCode
from alpr_policy_adapters.durable import Cage, NoAnswerError
from alpr_policy_adapters.ledger import Kind, Ledger, Wanted, recompute, verify

HERE = Path(__file__).parent / "office_files"
PEOPLE = ("--directory", str(HERE / "people.yaml"))
WISH = (
    "{kind: opened, at: 2026-05-04T10:00:00-04:00, by: officer-7, action: search.run, departments: [fordham],"
    " facts: {purpose: criminal_investigation}}"
)
DENIED = {
    "action": "search.run",
    "at": "2026-05-04T10:00:00-04:00",
    "departments": ["fordham"],
    "facts": {"purpose": "personal", "requester.id": "officer-7"},
    "approvals": [],
}


@pytest.fixture
def place(tmp_path: Path) -> str:
    """Make a ledger."""
    path = str(tmp_path / "desk.db")
    opened(path).close()
    return path


def desk(place: str, *words: str, input: str | None = None) -> Result:
    """Run a command on a ledger, under the small department's policy."""
    return run(*words, input=input, env={"ALPR_LEDGER": place, "ALPR_POLICIES": str(HERE / "fordham.yaml")})


def take(place: str, name: str, *events: str, also: tuple[str, ...] = ()) -> Result:
    """Take events into a case."""
    return desk(place, "case", "take", name, *also, *(word for one in events for word in ("-e", one)))


def at(minute: int, rest: str) -> str:
    """Write an event of a minute after ten."""
    return f"{{at: 2026-05-04T10:{minute:02}:00-04:00, {rest}}}"


def said(result: Result) -> str:
    """Return what was written, without its breaks of lines."""
    return " ".join(result.stdout.split())


def kept(place: str, *kinds: Kind) -> list[Any]:
    """Return the rows of a ledger."""
    ledger = Ledger.open(place)
    rows = list(ledger.rows(Wanted(kinds=frozenset(kinds) or None)))
    ledger.close()
    return rows


def test_a_search_waits_for_two_and_is_done_once(place: str) -> None:
    """The stand-in of the absent chief and a sergeant let it be done, in that order; each step is a row."""
    approval = "kind: approval, decision: granted, by: "
    result = take(
        place,
        "s-1",
        WISH,
        at(1, approval + "serg-3"),
        at(2, approval + "lieut-2"),
        at(3, "kind: done, by: officer-7"),
        at(4, approval + "serg-3"),
        at(5, "kind: done, by: officer-7"),
        at(6, "kind: done, by: officer-7"),
        also=PEOPLE,
    )
    shown = desk(place, "case", "show", "s-1", *PEOPLE, "--json")

    assert ExitCode.PARTIAL == result.exit_code
    assert "1 row 3 opened by officer-7: search.run needs: approval by chief or lieutenant (IV)" in said(result)
    assert "4 row 6 done by officer-7 not taken: `search.run` may not be done" in said(result)
    assert "6 row 8 done by officer-7 done, since allow: searches (fordham II)" in said(result)
    assert "not taken: no act is asked for [case-order]; each act is asked for before it is done" in said(result)
    assert ("done", 5) == tuple(json.loads(shown.stdout)[key] for key in ("status", "revision"))
    assert 9 == len(kept(place))


@needs_library
@pytest.mark.parametrize(
    ("answers", "outcome", "warned"), [(True, "allow", ""), (False, "needs", "there is no second opinion")]
)
def test_looking_at_cases_takes_a_second_opinion(
    place: str, answers: bool, outcome: str, warned: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `case show` and `case list` answer is looked at by the other engine too: without its word the act waits."""
    approval = "kind: approval, decision: granted, by: "
    take(place, "s-1", WISH, at(1, approval + "lieut-2"), at(2, approval + "serg-3"), also=PEOPLE)
    before = len(kept(place))
    if not answers:
        monkeypatch.setattr(Cage, "ask", _no_answer)
    words = (*PEOPLE, "--as-of", "2026-05-04T10:05:00-04:00", "--second-opinion", "durable", "--json")
    shown, listed = desk(place, "case", "show", "s-1", *words), desk(place, "case", "list", *words)

    assert outcome == json.loads(shown.stdout)["decision"]["outcome"]
    assert [outcome] == [one["answer"] for one in json.loads(listed.stdout)["cases"]]
    assert all(one.stderr.startswith(warned) and bool(one.stderr) is bool(warned) for one in (shown, listed))
    assert before == len(kept(place))


def _no_answer(*_: object) -> list[str]:
    raise NoAnswerError("the worker ended by signal 11")


def test_what_is_no_event_is_told_and_the_rest_goes_on(place: str, tmp_path: Path) -> None:
    """A kind that nobody knows, a text, another case and a time to come are refused, each with its number."""
    result = take(place, "s-1", "{kind: foo}", "{by: o}", "text", "{kind: [", WISH, "{kind: tick}")
    told = said(result)

    assert ExitCode.PARTIAL == result.exit_code
    assert "`foo` is no kind of event (known: opened, asked," in told
    assert "an event says its `kind` (known:" in told
    assert "4 not written this cannot be read not taken: a `[` is opened here" in told
    assert "5 row 3 opened" in told and "6 row 4 tick" in told
    other = take(place, "s-2", WISH.replace("kind: opened", "kind: opened, case: s-3"))
    assert "not taken: the event is of `s-3`, and this is `s-2` [case-other]" in said(other)
    later = take(place, "s-1", "{kind: tick, at: 2199-01-01T00:00:00Z}")
    assert "not taken: the event is of 2199-01-01T00:00:00+00:00, and it is" in said(later)
    earlier = take(place, "s-1", at(0, "kind: tick"))
    assert "and the last of the case of" in said(earlier)
    lines = tmp_path / "events.jsonl"
    lines.write_text('{"kind": "tick"}\nno json\n', encoding="utf-8")
    assert "2 not written this cannot be read" in said(desk(place, "case", "take", "s-1", str(lines)))


def test_refused_events_are_found_with_their_case(place: str) -> None:
    """`ledger search --case` gives the steps and what was refused, so that both are purged together."""
    take(place, "s-1", WISH, at(1, "kind: done, by: officer-7"))
    found = desk(place, "ledger", "search", "--case", "s-1")

    assert "search.run, needs, opened, case s-1, step 1, fordham" in said(found)
    assert "search.run, needs, done, not taken, fordham" in said(found)
    assert "2 rows" in found.stdout


def test_the_list_says_what_each_case_is_about_and_waits_for(place: str) -> None:
    """Open cases stand with the answer; one that is over comes with --all; one that was purged is counted."""
    take(place, "s-1", WISH)
    take(place, "s-2", WISH, at(1, "kind: withdrawn, by: officer-7"))
    take(place, "s-3", WISH.replace("criminal_investigation", "personal"))
    listed = desk(place, "case", "list")
    lines = {line.split()[0]: " ".join(line.split()) for line in listed.stdout.splitlines()}

    assert "s-1 search.run waiting 2026-05-04 10:00 needs" in lines["s-1"]
    assert "s-3 search.run waiting 2026-05-04 10:00 deny" == lines["s-3"]
    assert "2 cases" in listed.stdout and "s-2" not in lines
    data = json.loads(desk(place, "case", "list", "--all", "--json").stdout)
    assert ["waiting", "withdrawn", "waiting"] == [one["status"] for one in data["cases"]]
    assert "2026-05-04T14:00:00+00:00" == data["cases"][0]["since"]
    rows = [str(row.seq) for row in kept(place) if row.case is not None and row.case[0] == "s-1"]
    desk(place, "ledger", "purge", *rows, "--cite", "V", "--by", "clerk-5")
    gone = take(place, "s-1", "{kind: tick}")
    assert "not taken: the case `s-1` was purged [case-gone]" in said(gone)
    assert "1 case, and 1 of which nothing is left" in desk(place, "case", "list").stdout
    assert "the case `s-1` was purged [case-gone]" in desk(place, "case", "show", "s-1").stderr


def test_what_an_act_leaves_to_be_done_is_told(place: str) -> None:
    """The demo's hit owes its disposition until it has one, and its deployment a record, which the list shows."""
    files = ROOT / "examples" / "demo" / "desk"
    people = ("--directory", str(files / "people.yaml"))
    hit = run("case", "take", "hit-1", str(files / "hit.yaml"), "-l", place, *people)
    run("case", "take", "deployment-1", str(files / "deployment.yaml"), "-l", place, *people)
    listed = run("case", "list", "-l", place, "--as-of", "2026-05-11T10:00:00-04:00", *people, "--json")
    (left,) = json.loads(listed.stdout)["cases"]

    assert "the case stands as done; still owed: `record_disposition`, `preserve_hit`" in said(hit)
    assert ("deployment-1", ["record_deployment"], []) == (left["case"], left["owed"], left["late"])


def test_stale_entries_are_marked_once_and_not_before_their_time(place: str) -> None:
    """The sweep marks what its profile calls stale; what will be stale is told by --dry-run alone."""
    wish = WISH.replace("search.run", "hotlist.add")
    check = "kind: check, check: entry, result: pass, by: clerk-5, role: clerk"
    grant = "kind: approval, decision: granted, by: serg-3, role: sergeant"
    done = take(place, "e-1", wish, at(1, check), at(2, grant), at(3, "kind: done, by: officer-7"))
    early = desk(place, "case", "sweep", "--as-of", "2199-01-01T00:00:00Z")
    dry = desk(place, "case", "sweep", "--as-of", "2026-05-20T10:00:00-04:00", "--dry-run")
    first, second = (desk(place, "case", "sweep", "--as-of", "2026-05-20T10:00:00-04:00") for _ in range(2))

    assert ExitCode.OK == done.exit_code, done.stdout
    assert ExitCode.USAGE == early.exit_code
    assert "has not come yet" in early.stderr
    assert "e-1: renew (VI): was due on 2026-05-11" in said(dry) and "1 entry past use" in dry.stdout
    assert "(row 7)" in first.stdout and "0 entries past use" in second.stdout
    assert "stale" == json.loads(desk(place, "case", "show", "e-1", "--json").stdout)["status"]


def test_a_denial_is_overridden_once_with_a_reason(place: str) -> None:
    """Who may not, who gives no reason and who does so twice are refused; an override tells its end and its review."""
    denied = desk(place, "decide", "-", "--ledger", place, input=json.dumps(DENIED))
    row = str(kept(place, Kind.DECISION)[0].seq)
    chief = ("override", row, "--by", "chief-1", "--role", "chief", "--why")
    officer = desk(place, "override", row, "--by", "officer-7", "--why", "urgent")
    silent, first, second = (desk(place, *chief, why) for why in (" ", "a child is missing", "again"))

    assert (ExitCode.DENY, ExitCode.DENY) == (denied.exit_code, officer.exit_code)
    assert "no override: officer-7 is none of those who may: chief" in said(officer)
    assert (ExitCode.BAD_INPUT, True) == (silent.exit_code, "[override-reason]" in silent.stderr)
    assert (ExitCode.OK, True) == (first.exit_code, f"override override-{row} as chief" in first.stdout)
    assert "\n  to be reviewed by clerk until " in first.stdout
    assert ExitCode.DENY == second.exit_code
    assert "it was overridden already, in row" in said(second)
    assert ["a child is missing"] == [one.whole["override"]["why"] for one in kept(place, Kind.OVERRIDE)]


def test_what_decide_answers_stands_in_the_ledger(place: str) -> None:
    """One request and a stream are written down; a trace is none to keep, and no ledger is made by the way."""
    stream = "\n".join(json.dumps(one) for one in (DENIED, DENIED | {"action": "data.share"}, "no request"))
    one = desk(place, "decide", "-", "--ledger", place, input=json.dumps(DENIED))
    several = desk(place, "decide", "--stream", "-", "--ledger", place, "--json", input=stream)
    answers = [json.loads(line)["outcome"] for line in several.stdout.splitlines()]
    rows = kept(place, Kind.DECISION)

    assert (ExitCode.DENY, ExitCode.PARTIAL) == (one.exit_code, several.exit_code)
    assert f"row {rows[0].seq} of the ledger" in one.stdout
    assert [row.seq for row in rows[1:]] == [json.loads(line)["ledger"]["row"] for line in several.stdout.splitlines()]
    assert ["deny", *answers] == [row.body["decision"]["outcome"] for row in rows]
    assert ExitCode.USAGE == desk(place, "decide", "-", "--ledger", place, "--trace", input="{}").exit_code
    absent = desk(place, "decide", "-", "--ledger", place + ".not", input=json.dumps(DENIED))
    assert "there is no ledger at" in absent.stderr and not Path(place + ".not").exists()


def test_what_a_database_that_takes_no_row_leaves_is_a_denial(place: str) -> None:
    """On a ledger that is opened for reading alone decisions are denied and events not taken; looking goes on."""
    take(place, "s-1", WISH)
    closed = f"sqlite:///file:{place}?mode=ro&uri=true"
    denied = desk(closed, "decide", "-", "--ledger", closed, input=json.dumps(DENIED))
    event = take(closed, "s-1", "{kind: tick}")

    assert "deny: the decision could not be recorded: the ledger cannot be used now" in said(denied)
    assert (ExitCode.PARTIAL, True) == (event.exit_code, "not written tick not taken: the ledger" in said(event))
    assert "1 case" in desk(closed, "case", "list").stdout
    gone = "postgresql://nobody@/none?host=/nowhere"
    unreached = desk(gone, "decide", "-", "--ledger", gone, "--json", input=json.dumps(DENIED))
    told = json.loads(unreached.stdout)
    assert (ExitCode.DENY, "not_recorded", None) == (
        unreached.exit_code,
        told["reasons"][0]["rule"],
        told["ledger"]["row"],
    )
    assert 3 == len(kept(place))


def test_what_ingest_decides_stands_in_the_ledger(place: str) -> None:
    """Each decision of a stream of payloads is a row that can be derived again."""
    result = ingest("-", "--json", "--ledger", place, input=f"{ONE_LINE}\n" * 3)
    lines = [json.loads(line) for line in result.stdout.splitlines()[:-1]]
    ledger = Ledger.open(place)

    assert len(lines) == len(kept(place, Kind.DECISION)) > 0
    assert ([], len(lines)) == (verify(ledger).findings, recompute(ledger).same)


def test_what_run_decides_stands_in_the_ledger(plate_scene: Path, plate_engine: Any, place: str) -> None:
    """Each decision on a picture is a row."""
    told = run("run", str(plate_scene), "--profile", "cambridge", "--ledger", place, "--json")
    lines = told.stdout.splitlines()

    assert len(lines) == len(kept(place, Kind.DECISION)) > 0
