"""What `replay` takes: logs of other systems, streams of requests, and what stands beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.cli_kit import run

pytest.importorskip("duckdb")
pytest.importorskip("narwhals")
LOG = (
    "id,userId,searchDate,networkCount,reason,caseNumber\n"
    '1,u-1,"3/9/2026, 1:05:00 AM UTC",12,theft,26-1\n'
    '2,u-2,"3/9/2026, 2:05:00 AM UTC",3,,\n'
    '3,u-1,"3/10/2026, 2:05:00 AM UTC",7,stolen car,26-2\n'
)
COUNTING = """\
language: 1
profile: {name}
department: Example Police Department
policy: {{title: Plate Readers, number: "1", effective: 2025-01-01}}
timezone: America/New_York
silence: {{otherwise: allow}}
facts:
  search.repeats: {{type: count, of: search.run, same: [requester.id], within: {within}, actions: [search.run]}}
prohibitions:
  - {{id: often, cite: "1", action: search.run, when: {{search.repeats: {{at_least: {most}}}}}}}
outline: ["1"]
"""


def replay(*words: Any) -> tuple[int, dict[str, Any]]:
    """Run the command and return its exit code and what it printed as JSON."""
    found = run("replay", *map(str, words), "--as-if", "--json")
    return found.exit_code, json.loads(found.stdout) if found.stdout else {}


def test_a_vendors_log_is_replayed(tmp_path: Path) -> None:
    """A portal's export goes in as it came; each of its rows is a search that both texts judge."""
    log = tmp_path / "march.csv"
    log.write_text(LOG, encoding="utf-8")
    code, found = replay(log, "--baseline", "leicester", "--proposed", "cambridge")

    assert 0 == code
    assert 3 == found["rows"]
    assert 3 == found["totals"]["rows"]


def test_a_stream_of_requests_is_replayed(tmp_path: Path) -> None:
    """Requests as `decide --stream` takes them are acts; a line that is none has no time and is counted as left out."""
    log = tmp_path / "requests.jsonl"
    request = {"action": "search.run", "at": "2026-05-04T10:00:00-04:00", "facts": {"purpose": "personal"}}
    log.write_text(json.dumps(request) + "\nnonsense\n", encoding="utf-8")
    code, found = replay(log, "--baseline", "leicester", "--proposed", "cambridge")

    assert 9 == code
    assert (2, 1) == (found["rows"], found["totals"]["rows"])


def test_counts_over_the_log_are_joined(tmp_path: Path) -> None:
    """A count that a text declares is worked out over the log itself: only the second search of a person is barred."""
    log = tmp_path / "march.csv"
    log.write_text(LOG, encoding="utf-8")
    for name, most in (("never", 9), ("once", 1)):
        text = COUNTING.format(name=name, within="30 days", most=most)
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    names = ("--baseline", tmp_path / "never.yaml", "--proposed", tmp_path / "once.yaml")
    code, found = replay(log, *names)

    assert 0 == code
    assert (1, 2) == (found["totals"]["newly_denied"], found["totals"]["rows"] - found["totals"]["flips"])


def test_texts_that_count_otherwise_are_refused(tmp_path: Path) -> None:
    """Two texts that count one fact in two ways cannot share its column, and that is said before anything runs."""
    log = tmp_path / "march.csv"
    log.write_text(LOG, encoding="utf-8")
    for name, within in (("short", "1 day"), ("long", "30 days")):
        text = COUNTING.format(name=name, within=within, most=1)
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    code, found = replay(log, "--baseline", tmp_path / "short.yaml", "--proposed", tmp_path / "long.yaml")

    assert 2 == code
    assert "`search.repeats` is counted otherwise in two of the texts" in found["errors"][0]["message"]


def test_a_directory_tells_who_asked(tmp_path: Path) -> None:
    """With a directory it is known who is designated and trained, and only the others are asked for it."""
    log, people = tmp_path / "march.csv", tmp_path / "people.yaml"
    log.write_text(LOG, encoding="utf-8")
    people.write_text(
        "directory: 1\ntimezone: America/New_York\npersons:\n"
        "  - {id: u-1, agency: own, designated: 2026-01-05, training: [{what: user, completed: 2026-01-05}]}\n",
        encoding="utf-8",
    )
    words = (log, "--baseline", "leicester", "--proposed", "cambridge")
    _, without = replay(*words)
    code, beside = replay(*words, "--directory", people)

    assert 0 == code
    assert 3 == _asked_for(without, "requester.designated")
    assert 1 == _asked_for(beside, "requester.designated")


def _asked_for(found: dict[str, Any], fact: str) -> int:
    """Return for how many rows the proposed text asks for a fact anew."""
    return sum(one["rows"] for one in found["newly_needed"] if fact in json.dumps(one))


def test_logs_of_two_sorts_are_refused(tmp_path: Path) -> None:
    """A vendor's log and a stream of requests are not replayed in one."""
    log, stream = tmp_path / "march.csv", tmp_path / "requests.jsonl"
    log.write_text(LOG, encoding="utf-8")
    stream.write_text('{"action": "search.run", "at": "2026-05-04T10:00:00Z", "facts": {}}\n', encoding="utf-8")
    code, found = replay(log, stream, "--baseline", "leicester", "--proposed", "cambridge")

    assert 6 == code
    assert "cannot be replayed in one" in found["errors"][0]["message"]
