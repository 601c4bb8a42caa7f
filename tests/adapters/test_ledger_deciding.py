"""Decisions in the ledger: under which texts they were made, deriving them again, and what policies want logged."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.ledger_kit import AT, duty, opened

from alpr_policy import Catalog, LivePolicyDecisionPoint, MissingExtraError, PolicyDecisionPoint, Profile
from alpr_policy.reading.catalog import load_catalog
from alpr_policy_adapters.ledger import (
    ClauseFit,
    GroupCommitter,
    Kind,
    Ledger,
    Wanted,
    catalogue_of,
    fitness,
    make_key,
    other_row,
    recompute,
    recording,
    verify,
)

pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")
ROOT = Path(__file__).resolve().parents[2]
WHOLE = {"purpose": "criminal_investigation", "requester.id": "officer-7", "plate.number": "4KAN123"}
NOON = dt.datetime(2026, 5, 4, 16, tzinfo=dt.UTC)


def search(department: str, **facts: Any) -> dict[str, Any]:
    """Return a request for a search."""
    shown = {name.replace("_", ".", 1): value for name, value in facts.items()} or WHOLE
    return {"action": "search.run", "at": NOON.isoformat(), "departments": [department], "facts": shown}


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """Return a new ledger."""
    return opened(str(tmp_path / "ledger.db"))


def test_each_decision_is_derived_under_its_own_text(ledger: Ledger, tmp_path: Path) -> None:
    """Where a profile's file changes, decisions before and after are each derived again under the text of then."""
    folder = tmp_path / "policies"
    folder.mkdir()
    shutil.copy(ROOT / "tests" / "adapters" / "cli_files" / "town.yaml", folder)
    town = folder / "town.yaml"
    name = load_catalog((town,)).names[0]
    with LivePolicyDecisionPoint(folder, departments=[name]) as live:
        decide = recording(live, ledger)
        first = decide(search(name))
        # A comment moves every statement one line down, and changes no word of the policy.
        town.write_text("# moved\n" + town.read_text(encoding="utf-8"), encoding="utf-8")
        assert live.reload()
        second = decide(search(name))
        assert live.reload()
        served = decide({**search(name), "departments": []})
    town.unlink()
    changes = [row.seq for row in ledger.rows(Wanted(kinds=frozenset({Kind.PROFILE_CHANGE})))]

    assert first != second
    assert [name] == [one.profile for one in served.judged_by]
    assert [2, 4] == changes
    assert (3, [], []) == (recompute(ledger).same, recompute(ledger).different, recompute(ledger).not_recomputable)


def test_threads_record_through_a_group_commit(ledger: Ledger) -> None:
    """Threads that share a recorder each get their own decision, and it is the one that stands in the ledger."""
    decide = recording(PolicyDecisionPoint.load(), GroupCommitter(ledger))
    purposes = ["personal", "criminal_investigation", "harassment", "missing_person"] * 5
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda purpose: decide.with_receipt(search("cambridge", purpose=purpose)), purposes))

    for purpose, (decision, receipt) in zip(purposes, answers, strict=True):
        assert receipt is not None
        row = ledger.row(receipt.seq)
        assert row is not None
        assert (purpose, decision.to_wire()) == (row.whole["request"]["facts"]["purpose"], row.whole["decision"])
    assert len(purposes) == recompute(ledger).same


def test_texts_say_which_profiles_came_of_them(ledger: Ledger) -> None:
    """The row about profiles names each with its version and hash, and each canonical form is found by its hash."""
    point = PolicyDecisionPoint.load()
    recording(point, ledger)(search("cambridge"))
    (row,) = ledger.rows(Wanted(kinds=frozenset({Kind.PROFILE_CHANGE})))
    told = {one["profile"]: one["content_hash"] for one in row.body["profiles"]}

    assert {profile.profile: profile.content_hash for profile in point.catalog.profiles} == told
    assert all(ledger.text(digest) for digest in told.values())
    assert [] == verify(ledger).findings


def test_profiles_without_files_are_kept_too(ledger: Ledger) -> None:
    """Decisions under profiles that were made without a file are derived again, but for places in files."""
    profiles: tuple[Profile, ...] = PolicyDecisionPoint.load().catalog.profiles
    point = PolicyDecisionPoint(Catalog({one.profile: (one,) for one in profiles if one.first_day}))
    for name in point.catalog.names:
        recording(point, ledger)(search(name))

    assert (len(point.catalog.names), []) == (recompute(ledger).same, recompute(ledger).not_recomputable)


def test_a_text_that_is_gone_is_told(ledger: Ledger) -> None:
    """A decision whose text was removed or changed is not derived under another."""
    recording(PolicyDecisionPoint.load(), ledger)(search("cambridge"))
    with sqlite3.connect(ledger.database.url.database) as connection:
        connection.execute("UPDATE texts SET text = replace(text, 'criminal_investigation', 'personal')")
    (told,) = recompute(ledger).not_recomputable

    assert "is gone or is not what it was" in told.why
    assert {"ledger-text-changed"} == {one.code for one in verify(ledger).findings}


def test_a_decision_that_was_changed_comes_out_otherwise(ledger: Ledger) -> None:
    """Where a stored outcome was changed, deriving it again shows the field, whatever the hashes say."""
    recording(PolicyDecisionPoint.load(), ledger)(search("cambridge", purpose="personal"))
    with sqlite3.connect(ledger.database.url.database) as connection:
        connection.execute("DROP TRIGGER rows_stay_update")
        connection.execute("""UPDATE rows SET body = replace(body, '"outcome":"deny"', '"outcome":"allow"')""")
    (told,) = recompute(ledger).different

    assert ("/judged_by/0/outcome", "/outcome") == told.fields


def test_a_catalogue_is_the_same_whenever_it_is_made() -> None:
    """The same files give the same catalogue, and no path of this machine is in it."""
    one, other = (catalogue_of(PolicyDecisionPoint.load().catalog) for _ in range(2))

    assert one.digest == other.digest
    assert str(ROOT) not in one.texts[one.digest]


# What policies want logged

WANTED = {"billerica": {"X.a"}, "cambridge": {"IV.C.6.a"}, "waltham": {"2.g.1.a"}, "leicester": set[str]()}


def _fit(ledger: Ledger, department: str) -> tuple[ClauseFit, ...]:
    return fitness(ledger.rows(), PolicyDecisionPoint.load(), department, NOON)


@pytest.mark.parametrize("department", sorted(WANTED))
def test_whole_rows_fulfil_what_is_wanted(ledger: Ledger, department: str) -> None:
    """Rows with name, purpose, date and time fulfil each clause on logging of each department that has one."""
    recording(PolicyDecisionPoint.load(), ledger)(search(department))
    clauses = _fit(ledger, department)

    assert WANTED[department] == {one.cite for one in clauses}
    assert [] == [one.lacks for one in clauses if one.lacks]


@pytest.mark.parametrize("department", sorted(name for name, cites in WANTED.items() if cites))
def test_rows_without_a_name_are_told(ledger: Ledger, department: str) -> None:
    """A row that names nobody lacks what each of these clauses wants, and the first such row is told."""
    decide = recording(PolicyDecisionPoint.load(), ledger)
    decide(search(department))
    for _ in range(2):
        decide(search(department, purpose="criminal_investigation"))
    lacks = [lack for one in _fit(ledger, department) for lack in one.lacks if lack.sort.kind == "decision"]

    assert [(2, 4, ("date", "reason", "time"))] == [(one.rows, one.first, one.sort.fields) for one in lacks]


def test_what_is_purged_was_logged(ledger: Ledger) -> None:
    """A name that was purged as the policy says was logged all the same."""
    recording(PolicyDecisionPoint.load(), ledger)(search("cambridge"))
    ledger.purge([3], cite=["V"], by="clerk", at=AT)

    assert [] == [one.lacks for one in _fit(ledger, "cambridge") if one.lacks]


def test_other_rows_are_log_lines_too(ledger: Ledger) -> None:
    """A share that nobody's reason stands in lacks it where the policy wants one; a machine's own act is no line."""
    reads = {"action": "read.capture", "at": NOON.isoformat(), "departments": ["cambridge"], "facts": {}}
    recording(PolicyDecisionPoint.load(), ledger)(reads)
    ledger.append([other_row(Kind.SHARE, at=AT, about={"to": "prosecutor"}, by="clerk", department="cambridge")])
    (clause,) = _fit(ledger, "cambridge")

    assert [("share", ("date", "name", "time"))] == [(one.sort.kind, one.sort.fields) for one in clause.lacks]


# What is not installed


@pytest.mark.parametrize(("module", "place"), [("sqlalchemy", "x.db"), ("psycopg", "postgresql://host/name")])
def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, module: str, place: str) -> None:
    """Without what an extra brings, the error names the extra."""
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError) as told:
        Ledger.open(place)

    assert {"sqlalchemy": "ledger", "psycopg": "postgres"}[module] == told.value.extra


def test_keys_need_their_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without the cryptography package no key is made, and the error names the extra."""
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(MissingExtraError, match="ledger"):
        make_key(tmp_path / "key")

    assert not (tmp_path / "key").exists()
    assert duty(1).kind is Kind.DUTY
