"""The ledger on the page, below what is drawn: pages of rows, whose rows are shown, proofs, and what is taken away."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.cli_kit import run

pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")
pytest.importorskip("cryptography", reason="needs the extra: pip install 'alpr-policy[ledger]'")
pytest.importorskip("starlette", reason="needs the extra: pip install 'alpr-policy[server]'")

from tests.adapters.http_kit import point, service
from tests.adapters.ledger_kit import AT, duty, opened

from alpr_policy import PolicyDecisionPoint
from alpr_policy.errors import PolicyError
from alpr_policy_adapters.cli.serving import Kept
from alpr_policy_adapters.http import Caller, Refusal
from alpr_policy_adapters.ledger import Kind, Ledger, Wanted, make_checkpoint, make_key, recording, verify_proof
from alpr_policy_adapters.web import ledger_asking
from alpr_policy_adapters.web.ledger_asking import (
    PAGE,
    Sought,
    StoppedError,
    among,
    checkpoint_from,
    checkpoints_in,
    decision_in,
    exported,
    ledger_of,
    page_of,
    proof_of,
    purges_told,
    row_of,
    verified,
    wanted_of,
)

ACTS = ("search.run", "data.share", "read.capture")
AUDITOR = Caller("token", frozenset({"audit"}), ("haven",))


def filled(place: str, folder: Path, decisions: int = 60) -> None:
    """Fill a ledger with decisions of two departments, a duty of none, a checkpoint, and a purge."""
    ledger = opened(place)
    record = recording(PolicyDecisionPoint.load(), ledger, clock=lambda: AT)
    for number in range(decisions):
        facts = {"purpose": "personal" if number % 4 == 0 else "criminal_investigation",
                 "requester.id": f"officer-{number % 7}", "plate.number": f"ZQ{number:06d}"}  # fmt: skip
        record({"action": ACTS[number % 3], "at": f"2026-05-{number % 28 + 1:02d}T10:00:00-04:00",
                "departments": ["cambridge" if number % 2 else "waltham"], "facts": facts})  # fmt: skip
    ledger.append([duty(1)])
    make_checkpoint(ledger, make_key(folder / "key"), dt.datetime(2026, 6, 1, tzinfo=dt.UTC))
    ledger.purge([5], cite=["V.A"], by="clerk-2", at=dt.datetime(2026, 6, 2, tzinfo=dt.UTC))
    ledger.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Make a ledger of some sixty rows, which no test here writes to."""
    folder = tmp_path_factory.mktemp("ledger")
    filled(str(folder / "ledger.db"), folder)
    return str(folder / "ledger.db")


@pytest.fixture
def ledger(place: str) -> Any:
    """Open it."""
    opened = Ledger.open(place)
    yield opened
    opened.close()


def found(place: str, *words: str) -> list[int]:
    """Return the numbers of the rows that the command finds."""
    lines = run("ledger", "search", "--ledger", place, "--json", *words).stdout.splitlines()
    return [json.loads(line)["seq"] for line in lines]


def pages(ledger: Ledger, wanted: Wanted) -> list[list[int]]:
    """Turn all pages, and return the numbers of their rows."""
    read, last = [], wanted.last
    while True:
        page = page_of(ledger, replace(wanted, last=last))
        read.append([line.seq for line in page.lines])
        last = page.older
        if last is None:
            return read


SOUGHT = [
    ({}, ()),
    ({"kind": "decision"}, ("--kind", "decision")),
    ({"outcome": "deny"}, ("--outcome", "deny")),
    ({"act": "search.run", "department": "cambridge"}, ("--act", "search.run", "--department", "cambridge")),
    ({"act": "search.run", "outcome": "needs"}, ("--act", "search.run", "--outcome", "needs")),
    ({"since": "2026-05-10T00:00:00-04:00", "until": "2026-05-12T00:00:00-04:00"},
     ("--since", "2026-05-10T00:00:00-04:00", "--until", "2026-05-12T00:00:00-04:00")),
    ({"person": "OFFICER-3"}, ("--person", "officer-3")),
    ({"plate": "zq-000011"}, ("--plate", "ZQ000011")),
    ({"act": "no.such"}, ("--act", "no.such")),
]  # fmt: skip


@pytest.mark.parametrize(("form", "words"), SOUGHT)
def test_the_page_finds_what_the_command_finds_the_newest_first(
    ledger: Ledger, place: str, form: dict[str, Any], words: tuple[str, ...]
) -> None:
    """All pages together are the rows of `ledger search`, the other way round, and no page is longer than told."""
    read = pages(ledger, wanted_of(Sought(**form), None))
    assert found(place, *words)[::-1] == [seq for page in read for seq in page]
    assert all(len(page) == PAGE for page in read[:-1])


def test_a_number_of_a_row_is_where_the_page_begins(ledger: Ledger) -> None:
    """The newest row shown is the one that was named, and what is no number is refused."""
    assert 20 == page_of(ledger, wanted_of(Sought(row="20"), None)).lines[0].seq
    for text in ("0", "-1", "1.5", "ten", "٣", "9" * 30):
        with pytest.raises(Refusal):
            wanted_of(Sought(row=text), None)
    with pytest.raises(PolicyError):
        wanted_of(Sought(since="yesterday"), None)


def test_personal_values_come_only_where_they_are_asked_for(ledger: Ledger) -> None:
    """Lines and decisions show no plate or person unless it is asked for."""
    wanted = wanted_of(Sought(kind="decision"), None)
    hidden = " ".join(line.about for line in page_of(ledger, wanted).lines)
    shown = " ".join(line.about for line in page_of(ledger, wanted, personal=True).lines)
    assert "officer-" not in hidden and "ZQ0" not in hidden
    assert "officer-" in shown and "ZQ0" in shown


def test_a_token_for_some_departments_sees_their_rows_and_those_of_none(ledger: Ledger) -> None:
    """Rows of other departments are in no page, and cannot be opened or asked for by name."""
    own = frozenset({"cambridge"})
    seen = [seq for page in pages(ledger, wanted_of(Sought(), own)) for seq in page]
    rows = {row.seq: row.departments for row in ledger.rows()}
    assert [seq for seq in sorted(rows, reverse=True) if not rows[seq] or "cambridge" in rows[seq]] == seen
    other = next(seq for seq, names in rows.items() if names == ("waltham",))
    with pytest.raises(Refusal):
        row_of(ledger, other, own)
    with pytest.raises(Refusal):
        wanted_of(Sought(department="waltham"), own)
    lines = exported(ledger, wanted_of(Sought(), own), None, personal=False).splitlines()
    assert sorted(seen) == [json.loads(line)["seq"] for line in lines[1:]]


def test_who_sees_all_is_who_has_all_departments_of_the_server(place: str) -> None:
    """A token without departments of its own sees every row; a server without a ledger has none to show."""
    served = service(keeper=Kept(place, point()))
    assert None is among(served, AUDITOR)
    assert frozenset({"elsewhere"}) == among(served, Caller("token", frozenset({"audit"}), ("elsewhere",)))
    kept = ledger_of(served)
    assert kept is not None and 1 == row_of(kept, 1, None).seq
    kept.close()
    assert None is ledger_of(service())


def test_a_row_shows_its_decision_and_what_was_purged(ledger: Ledger) -> None:
    """The decision comes back in words, with and without what is personal; a purge names clause and row."""
    row = row_of(ledger, 4, None)
    for personal in (False, True):
        decision = decision_in(row, personal=personal)
        assert decision is not None and decision.outcome.value == row.body["decision"]["outcome"]
    assert None is decision_in(row_of(ledger, 1, None), personal=True)
    assert () == purges_told(row)
    last = ledger.head().size
    assert all(f"V.A, as row {last} tells" in line for line in purges_told(row_of(ledger, 5, None)))
    assert purges_told(row_of(ledger, 5, None))
    with pytest.raises(Refusal):
        row_of(ledger, 10_000, None)


def test_a_proof_for_a_checkpoint_can_be_checked_by_anybody(ledger: Ledger, tmp_path: Path) -> None:
    """Without a checkpoint the path leads to the root of what is there; with one there is a proof that others check."""
    row = row_of(ledger, 17, None)
    now = proof_of(ledger, row, None)
    assert now.holds and now.wire is None and now.path
    ((_, checkpoint),) = checkpoints_in(ledger)
    proof = proof_of(ledger, row, checkpoint)
    assert "row 17 is in the ledger" in verify_proof(proof.wire).what
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(proof.wire))
    assert 0 == run("ledger", "check-proof", str(path)).exit_code


def test_a_checkpoint_that_is_given_is_read_with_care(ledger: Ledger) -> None:
    """What is no checkpoint, too long, or by another key than the trusted one is refused."""
    ((_, checkpoint),) = checkpoints_in(ledger)
    data = json.dumps(checkpoint.to_wire()).encode()
    assert checkpoint == checkpoint_from(data, "") == checkpoint_from(data, checkpoint.key)
    for wrong, key in ((b"{", ""), (b"[" * 9_000, ""), (b"{}", ""), (data, "0" * 64), (data + b" " * 30_000, "")):
        with pytest.raises((Refusal, PolicyError)):
            checkpoint_from(wrong, key)


def test_what_is_taken_away_is_what_the_command_writes(
    ledger: Ledger, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The export is that of `ledger export`, byte for byte, and more than allowed is refused."""
    for personal in (False, True):
        words = ("--with-personal",) if personal else ()
        told = run("ledger", "export", "--ledger", place, "--kind", "decision", *words).stdout
        wanted = wanted_of(Sought(kind="decision"), None)
        assert told.encode() == exported(ledger, wanted, None, personal=personal)
    monkeypatch.setattr(ledger_asking, "MOST_EXPORT", 1_000)
    with pytest.raises(Refusal):
        exported(ledger, Wanted(), None, personal=False)


def copy(place: str, target: Path) -> str:
    """Copy a ledger as `.backup` of SQLite does."""
    with sqlite3.connect(place) as whole, sqlite3.connect(target) as other:
        whole.backup(other)
        other.execute("DROP TRIGGER rows_stay_update")
    return str(target)


def test_a_row_that_cannot_be_read_is_a_line_and_hides_no_other(place: str, tmp_path: Path) -> None:
    """A damaged row says so in the page, rows before and after it are shown, and verifying names the place."""
    other = copy(place, tmp_path / "copy.db")
    with sqlite3.connect(other) as connection:
        connection.execute("UPDATE rows SET body = 'none' WHERE seq = 17")
    damaged = Ledger.open(other)
    page = page_of(damaged, wanted_of(Sought(row="20"), None), size=6)
    assert [20, 19, 18, 17, 16, 15] == [line.seq for line in page.lines]
    assert ("", True) == (page.lines[3].kind, "row 17 cannot be read" in page.lines[3].about)
    report = verified(damaged, (), "", lambda rows: None)
    assert {"row 17"} == {one.place for one in report.findings if one.table == "rows"}
    damaged.close()


def test_a_ledger_that_was_rewritten_as_a_whole_is_told_by_a_checkpoint(place: str, tmp_path: Path) -> None:
    """A checkpoint kept elsewhere shows that rows are missing at the end, which nothing else does."""
    ledger = Ledger.open(place)
    kept = make_checkpoint_of(ledger, tmp_path)
    other = copy(place, tmp_path / "copy.db")
    size = ledger.head().size
    with sqlite3.connect(other) as connection:
        connection.executescript("DROP TRIGGER rows_stay_delete")
        connection.execute("DELETE FROM rows WHERE seq = ?", (size,))
    cut = Ledger.open(other)
    assert f"rows {size} to {size} are missing at the end" in str(verified(cut, (kept,), "", print).findings)
    for one in (ledger, cut):
        one.close()


def make_checkpoint_of(ledger: Ledger, folder: Path) -> Any:
    """Sign what the ledger holds, without writing to it."""
    from alpr_policy_adapters.ledger.checkpoints import sign
    from alpr_policy_adapters.ledger.proving import tree_of

    tree, head = tree_of(ledger), ledger.head()
    return sign(make_key(folder / "other"), ledger=ledger.id, size=tree.size, root=tree.root(), head=head.hash,
                at="2026-06-03T00:00:00.000000Z")  # fmt: skip


def test_verifying_can_be_stopped(tmp_path: Path) -> None:
    """Who stops it while rows are read gets no report."""
    ledger = opened(str(tmp_path / "ledger.db"))
    ledger.append([duty(number) for number in range(1_000)])

    def stop(rows: int) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        verified(ledger, (), "", stop)
    assert {Kind.OPENED: 1, Kind.DUTY: 1_000} == ledger.summary().kinds
    ledger.close()
