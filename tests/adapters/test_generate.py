"""Invented logs: rows mean what they should, the same seed gives the same log, and what goes wrong is found."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.adapters.cli_kit import run

from alpr_policy import PolicyDecisionPoint
from alpr_policy.errors import ExitCode, UnknownProfileError
from alpr_policy.questions.replay_rows import STRUCTURE, TIMES, is_fact, request_of
from alpr_policy.reading.records import RECORDS
from alpr_policy.vocabulary import VOCABULARY, FactKind
from alpr_policy_adapters.cli.generate import _count
from alpr_policy_adapters.scenarios import Scenario, ScenarioError, figures_of, load_violations, scenario, write_log
from alpr_policy_adapters.scenarios.clock import stretches
from alpr_policy_adapters.scenarios.settings import settings

duckdb = pytest.importorskip("duckdb")
FIRST = dt.date(2026, 1, 1)
SETS = {name for name, fact in VOCABULARY.facts.items() if fact.kind is FactKind.SET}
Row = dict[str, Any]


@pytest.fixture(scope="module")
def pdp() -> PolicyDecisionPoint:
    """Give the profiles that come with the package."""
    return PolicyDecisionPoint.load()


@pytest.fixture(scope="module")
def made(pdp: PolicyDecisionPoint) -> Scenario:
    """Give a scenario that several tests look at."""
    return scenario(pdp, "cambridge", seed=7, first=FIRST, detail=0.3)


@pytest.fixture(scope="module")
def log(made: Scenario, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Give its log, and what is planted in it."""
    folder = tmp_path_factory.mktemp("logs")
    write_log(made, 20_000, folder / "log.parquet", planted=folder / "planted.parquet", threads=1)
    return folder / "log.parquet", folder / "planted.parquet"


def rows_of(path: Path, where: str = "") -> Iterator[Row]:
    """Return the rows of a file, by the names of its columns."""
    found = duckdb.sql(f"SELECT * FROM read_parquet('{path}') {where}")
    names = found.columns
    for row in found.fetchall():
        yield dict(zip(names, row, strict=True))


def test_columns_are_those_of_a_table_of_acts(made: Scenario, log: tuple[Path, Path]) -> None:
    """Every column is a fact of the department or stands in the design of replays, with the type it has there."""
    kinds = {FactKind.BOOL: {"BOOLEAN"}, FactKind.COUNT: {"BIGINT"}, FactKind.TIME: {"TIMESTAMP", "DATE"}}
    found = duckdb.sql(f"SELECT * FROM read_parquet('{log[0]}')")
    columns = dict(zip(found.columns, map(str, found.types), strict=True))

    assert not columns.keys() - (STRUCTURE | TIMES | RECORDS.keys() | made.facts.keys())
    assert {"row", "at", "action", "agency", "unit", "none", "withheld", *TIMES, *RECORDS} <= columns.keys()
    wrong = {
        name: kind
        for name, kind in columns.items()
        if is_fact(name) and kind not in kinds.get(made.facts[name].kind, {"VARCHAR"})
    }
    assert {} == wrong


def test_rows_are_judged_as_their_stories(pdp: PolicyDecisionPoint, made: Scenario, log: tuple[Path, Path]) -> None:
    """Rows read as requests without a fault; what is not planted is allowed but for what the text never allows."""
    planted = {row["row"]: row["planted"] for row in rows_of(log[1])}
    never = {story.action for story in made.stories if not story.planted and story.outcome != "allow"}
    answers: collections.Counter[str] = collections.Counter()
    for row in rows_of(log[0], "WHERE action <> 'read.capture' AND row % 5 = 0"):
        decision = pdp.decide({**request_of(row, SETS), "departments": ["cambridge"]})
        answers[decision.outcome] += 1

        assert () == decision.faults
        assert decision.outcome == "allow" or row["row"] in planted or row["action"] in never
    assert {"allow", "needs", "deny"} == answers.keys()
    assert 0.9 < answers["allow"] / answers.total() < 0.995


# What is planted, and what of the text answers it.
FOUND = {
    "no_reason": {"search-reason"},
    "no_grounds": {"ground"},
    "outside_purpose": {"official-use", "private-logins", "downloads", "manual-entries", "unofficial-sharing"},
    "untrained": {"designated-and-trained", "alerted-users"},
    "no_visual_check": {"visual"},
    "no_status_check": {"status"},
    "misread_stop": {"visual"},
    "no_query": {"plate-query", "correction-query"},
    "no_document": {"sharing-footing", "process-papers"},
    "no_second_factor": {"second-factor"},
    "barred_category": {"barred-alerts", "unlisted-alerts"},
    "late_purge": {"bulk-at-vendor"},
    "early_purge": {"bulk-at-vendor"},
    "mobile_reader": {"mobile-readers"},
    "whole_store": {"bulk-copies"},
}


def test_what_is_planted_is_found(pdp: PolicyDecisionPoint, made: Scenario, tmp_path: Path) -> None:
    """Each thing that goes wrong is answered in its rows by the clause that should, and by no other."""
    log, planted = tmp_path / "log.parquet", tmp_path / "planted.parquet"
    wrong = load_violations(None)
    rates = {name: one for name, one in wrong.items() if name in FOUND}
    often = {name: dataclasses.replace(one, rate=0.1) for name, one in rates.items()}
    crowded = scenario(pdp, "cambridge", seed=3, first=FIRST, violations=often, detail=0.3)
    write_log(crowded, 40_000, log, planted=planted, threads=1)
    known = {row["row"]: row["planted"] for row in rows_of(planted)}
    seen: collections.Counter[str] = collections.Counter()
    for row in rows_of(
        log, f"WHERE row IN (SELECT row FROM read_parquet('{planted}') USING SAMPLE 900 (reservoir, 1))"
    ):
        name = known[row["row"]]
        decision = pdp.decide({**request_of(row, SETS), "departments": ["cambridge"]})
        found = {reason.rule for reason in decision.reasons}
        if found == {"silence"}:  # data of which the text says nothing is not deleted on its ground either
            continue
        seen[name] += 1

        assert decision.outcome != "allow", name
        assert found <= FOUND[name], name
    assert len(seen) >= len(FOUND) - 4


def test_the_same_seed_gives_the_same_log(pdp: PolicyDecisionPoint, tmp_path: Path) -> None:
    """A scenario drawn again and written by two threads has the same rows in the same order; another seed does not."""
    once = scenario(pdp, "cambridge", seed=7, first=FIRST, detail=0.1)
    again = scenario(pdp, "cambridge", seed=7, first=FIRST, detail=0.1)
    other = scenario(pdp, "cambridge", seed=8, first=FIRST, detail=0.1)
    written = (("a", once, 130_000, 1), ("b", again, 130_000, 2), ("c", once, 3_000, 1), ("d", other, 3_000, 1))
    for name, one, rows, threads in written:
        write_log(one, rows, tmp_path / f"{name}.parquet", threads=threads)
    content = {name: list(contents(tmp_path / f"{name}.parquet")) for name in "abcd"}

    assert content["a"] == content["b"]
    assert content["c"] != content["d"]


def contents(path: Path) -> Iterator[Any]:
    """Return a digest of each thousand rows in order, so that the order counts as well."""
    numbered = f"SELECT file_row_number // 1000 AS part, * FROM read_parquet('{path}', file_row_number=true)"
    return iter(duckdb.sql(f"SELECT part, sum(hash(t)) FROM ({numbered}) t GROUP BY part ORDER BY part").fetchall())


def test_rows_are_in_order_and_within_the_days(log: tuple[Path, Path]) -> None:
    """Rows are numbered in order of time, and lie within the days asked for where the department is."""
    [(many, first, last, early)] = duckdb.sql(f"""
        SELECT count(*), min("at"), max("at"), count(*) FILTER ("at" < before)
        FROM (SELECT "at", lag("at") OVER () AS before FROM read_parquet('{log[0]}'))""").fetchall()
    zone = ZoneInfo("America/New_York")

    assert (20_000, 0) == (many, early)
    assert FIRST == first.replace(tzinfo=dt.UTC).astimezone(zone).date()
    assert dt.date(2026, 12, 31) == last.replace(tzinfo=dt.UTC).astimezone(zone).date()


def test_nothing_is_anybodys(log: tuple[Path, Path]) -> None:
    """Persons, plates and cases are of invented forms, whoever may live, drive or be sought."""
    shapes = {"requester.id": "officer-[0-9]{4}", "plate.number": "ZQ[0-9]{6}", "case.number": "[0-9]{2}-9[0-9]{7}"}
    for name, shape in shapes.items():
        odd = f"SELECT count(*) FROM read_parquet('{log[0]}') WHERE NOT regexp_full_match(\"{name}\", '{shape}')"

        assert [(0,)] == duckdb.sql(odd).fetchall()


OWN = """\
language: 1
profile: seaham
department: Seaham Police Department
policy: {title: Readers, number: "1", effective: 2026-01-01}
timezone: America/Chicago
silence: deny
roles: {watch_officer: {title: Watch Officer}}
facts:
  tide.state: {type: enum, values: [low, high], actions: [search.run], means: the tide, supplied_by: the harbour}
  quay.checks: {type: count, actions: [search.run], means: how often the quay was checked, supplied_by: the harbour}
actions: {boat.launch: {means: launch a boat with a reader, facts: [tide.state]}}
permissions:
  - id: searches
    cite: "1"
    action: search.run
    when: {purpose: [missing_person, public_safety], tide.state: low}
    only: true
  - {id: reads, cite: "1", action: [read.capture, data.store]}
  - {id: boats, cite: "2", action: boat.launch}
requirements:
  - {id: quay, cite: "2", action: search.run, must: {quay.checks: {at_least: 3}}}
approvals:
  - {id: nod, cite: "2", action: [search.run, boat.launch], by: watch_officer, each: true, valid: 2 hours}
outline: ["1", "2"]
"""


def test_a_new_department_needs_no_code(tmp_path: Path) -> None:
    """Facts, acts, roles and spans of a profile's own are met by the rows, and its approvals may be missing."""
    (tmp_path / "seaham.yaml").write_text(OWN, encoding="utf-8")
    pdp = PolicyDecisionPoint.load(tmp_path)
    made = scenario(pdp, "seaham", seed=1, first=FIRST, detail=0.2)
    write_log(made, 30_000, tmp_path / "log.parquet", planted=tmp_path / "planted.parquet")
    planted = {row["row"]: row["planted"] for row in rows_of(tmp_path / "planted.parquet")}
    answers: dict[str, set[str]] = collections.defaultdict(set)
    for row in rows_of(tmp_path / "log.parquet", "WHERE action IN ('search.run', 'boat.launch')"):
        decision = pdp.decide({**request_of(row, SETS), "departments": ["seaham"]})
        answers[planted.get(row["row"], "")].add(decision.outcome)

    assert {"allow"} == answers[""]
    assert {"needs"} == answers["no_approval"] == answers["self_approval"]
    assert {"deny"} == answers["outside_purpose"]


def test_figures_are_near_the_published_ones(pdp: PolicyDecisionPoint, tmp_path: Path) -> None:
    """Hours, days, reasons, purposes and cases lie as in published logs, within three points of a hundred."""
    reasons = {name: one for name, one in load_violations(None).items() if one.reason or name == "no_case"}
    made = scenario(pdp, "cambridge", seed=7, first=FIRST, violations=reasons, detail=0.7)
    write_log(made, 200_000, tmp_path / "log.parquet")
    fitted = figures_of(tmp_path / "log.parquet", made.zone.key)
    shares = [one for one in fitted if one.published < 1 and not one.name.startswith(("searches by", "case numbers"))]

    assert len(shares) > 40
    assert [] == [(one.name, one.generated) for one in shares if abs(one.published - (one.generated or 0)) > 0.03]
    assert 2.24 == pytest.approx(
        next(one.generated for one in fitted if one.name == "searches for each case number"), abs=0.25
    )


def test_a_lawful_log_plants_nothing(pdp: PolicyDecisionPoint) -> None:
    """Without violations no story has anything wrong in it, and the shares of all stories come to one."""
    made = scenario(pdp, "waltham", seed=1, first=FIRST, violations={}, detail=0.2)

    assert {} == made.rates()
    assert 1.0 == pytest.approx(sum(story.weight for story in made.stories))


def test_rates_are_those_asked_for(pdp: PolicyDecisionPoint, tmp_path: Path) -> None:
    """A file changes rates and adds violations; each takes its share of the rows to which it can be done."""
    file = tmp_path / "wrong.yaml"
    file.write_text(
        'no_reason: 10\nsilly: {acts: search.run, rate: "2.5 percent", set: {purpose: [research, news]}}\n',
        encoding="utf-8",
    )
    made = scenario(pdp, "cambridge", seed=1, first=FIRST, violations=load_violations(file), detail=0.2)
    searches = sum(story.weight for story in made.stories if story.action == "search.run")
    silly = {story.facts["purpose"] for story in made.stories if story.planted == "silly"}

    assert 0.1 == pytest.approx(made.rates()["no_reason"] / searches)
    assert 0.025 == pytest.approx(made.rates()["silly"] / searches)
    assert {"research", "news"} == silly


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no_such: 10\n", "`no_such`: says a rate and not what goes wrong"),
        ("no_reason: 101\n", "a rate is from 0 to 100"),
        ("no_reason: true\n", "a rate is from 0 to 100"),
        ("x: {rate: 1, set: {purpse: personal}}\n", "`purpse` is no recorded fact"),
        ("x: {rate: 1, set: {requester.trained: true}}\n", "`requester.trained` is no recorded fact"),
        ("x: {rate: 1, sets: {purpose: personal}}\n", "`sets` is no part of a violation"),
        ("x: {rate: 1, acts: search.walk, drop: checks}\n", "`search.walk` is no act"),
        ("x: {rate: 1, drop: papers}\n", "`papers` is no list of records and no check"),
        ("x: {rate: 1, set: {record.captured: yesterday}}\n", "is no stretch of time"),
        ("x: {rate: 1, set: {record.acted_on: maybe}}\n", "is neither true nor false"),
        ("x: {rate: 1, age: {record.captured: old}}\n", "`age` takes older or younger"),
        ("x: {rate: 1, self: documents}\n", "`self` takes approvals or checks"),
        ("x: {rate: 1, reason: bad}\n", "is no class of reasons"),
        ("- no_reason\n", ""),
        ("x: {set: {purpose: personal}}\n", "says no rate"),
        ("x: {rate: 1, acts: 5, drop: checks}\n", "`acts`"),
        ("x: {rate: 1, set: [purpose]}\n", "`set`"),
        ("x: {rate: 1, age: older}\n", "`age`"),
    ],
)
def test_bad_violations_are_refused(tmp_path: Path, text: str, told: str) -> None:
    """What a file of violations cannot hold is said in a sentence, and nothing is drawn."""
    file = tmp_path / "wrong.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as raised:
        load_violations(file)

    assert told in str(raised.value)


def test_what_cannot_be_made_is_refused(pdp: PolicyDecisionPoint, made: Scenario, tmp_path: Path) -> None:
    """Too much that goes wrong, days or rows beyond bounds, unknown mixes and departments: each is an error."""
    often = {name: dataclasses.replace(one, rate=0.9) for name, one in load_violations(None).items()}
    for asked in ({"violations": often}, {"days": 0}, {"days": 10**6}, {"mix": "usual"}, {"officers": 0}):
        with pytest.raises(ScenarioError):
            scenario(pdp, "cambridge", seed=1, first=FIRST, **asked)
    with pytest.raises(UnknownProfileError):
        scenario(pdp, "nowhere", seed=1, first=FIRST)
    for rows, path in ((0, tmp_path / "a"), (10**12, tmp_path / "a"), (10, tmp_path), (10, tmp_path / "none" / "a")):
        with pytest.raises(ScenarioError):
            write_log(made, rows, path)

    assert [] == list(tmp_path.iterdir())


def test_a_log_is_whole_or_not_there(made: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where writing fails an older file stands as it was, and nothing is left beside it."""
    path = tmp_path / "log.parquet"
    path.write_bytes(b"older")
    monkeypatch.setattr("alpr_policy_adapters.scenarios.columns.Columns.log", lambda self: "SELECT error('full')")
    with pytest.raises(ScenarioError, match="cannot be written"):
        write_log(made, 1_000, path)

    assert [path] == list(tmp_path.iterdir())
    assert b"older" == path.read_bytes()


def test_the_clock_keeps_to_the_hours(made: Scenario) -> None:
    """Stretches follow one another without a gap from the first midnight to the last, over both turns of the clock."""
    zone = made.zone
    cuts = stretches(FIRST, 365, zone, {"traffic": 0.9, "people": 0.09, "machine": 0.01})
    start = dt.datetime(2026, 1, 1, tzinfo=zone).timestamp()

    assert start == pytest.approx(cuts[0].start)
    assert start + 365 * 86_400 == pytest.approx(cuts[-1].start + cuts[-1].length)
    assert all(a.start + a.length == pytest.approx(b.start) for a, b in itertools.pairwise(cuts))
    assert 0.9 == pytest.approx(sum(cut.traffic for cut in cuts) / len(cuts), abs=0.01)


@pytest.mark.parametrize(
    ("count", "text"),
    [(10_000_000, "10M"), (10_000_000, "1e7"), (250_000, "250k"), (1_500_000, "1.5M"), (7, "7"), (10, "1.0e1")],
)
def test_numbers_of_rows(count: int, text: str) -> None:
    """Numbers of rows are written as people write them."""
    assert count == _count(text)


def test_settings_name_what_there_is() -> None:
    """Every act and fact of the settings is of the vocabulary, so that none is misspelt and quietly left out."""
    usual = settings("ordinary")
    acts = {
        *usual["differing"],
        *usual["typed"],
        *usual["mixes"]["working"],
        *usual["mixes"]["published"],
        *usual["persons"],
    }
    facts = {*usual["facts"], *(name for one in usual["differing"].values() for name in one)}

    assert {"otherwise"} == acts - VOCABULARY.actions.keys()
    assert set() == facts - VOCABULARY.facts.keys()
    assert set() == settings("figures")["purposes"].keys() - VOCABULARY.any_of("purposes")


def test_the_command_writes_and_tells(tmp_path: Path) -> None:
    """The command writes the log, says what is in it for people and for programs, and refuses what it cannot read."""
    out = tmp_path / "log.parquet"
    words = ("generate", "--department", "leicester", "--rows", "2k", "--seed", "5", "--detail", "0.1", str(out))
    told = run(*words, "--json")

    assert ExitCode.OK == told.exit_code
    assert 2_000 == json.loads(told.stdout)["rows"] == len(list(rows_of(out)))
    assert "2,000 acts" in run(*words, "--figures").stdout
    for bad in (["--rows", "many"], ["--rows", "1.5"], ["--violation", "no_reason"], ["--violation", "no_such=1"]):
        assert ExitCode.USAGE == run(*words, *bad).exit_code
    assert ExitCode.USAGE == run(*words, "--planted", str(out)).exit_code
    assert ExitCode.BAD_PROFILE == run("generate", "--department", "nowhere", str(out)).exit_code
