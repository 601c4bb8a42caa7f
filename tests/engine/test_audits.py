"""The audit of a period: what it shows, what it draws, and how it is written and signed."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import hashlib
import io
import json
from html.parser import HTMLParser
from typing import Any

import pytest
from tests.office_kit import act, at, doing, happening, harbour, point

from alpr_policy.model.acts import RecordedAct, request_wire
from alpr_policy.model.overrides import Authority, OverrideRecord
from alpr_policy.model.past import Past
from alpr_policy.model.statements import Sample
from alpr_policy.questions.acts import read_act, read_acts_file
from alpr_policy.questions.audit_pages import COLUMNS, audit_csv, audit_page, guarded
from alpr_policy.questions.audit_report import AuditReport, digest_of
from alpr_policy.questions.audits import audit, sign_off
from alpr_policy.questions.doings import reported
from alpr_policy.questions.duties import duties
from alpr_policy.questions.override import may_override, override_record
from alpr_policy.questions.sampling import drawn, sample_size
from alpr_policy.reading.requests import read_request

FIRST, LAST = dt.date(2026, 11, 1), dt.date(2026, 11, 30)
GOOD = {"purpose": "criminal_investigation", "reason.recorded": True, "reason.defects": [], "searches.again": 0}
DAY = "2026-11-10T10:00:00-05:00"


def report(*acts: RecordedAct, past: Past | None = None, **more: Any) -> AuditReport:
    """Audit November."""
    return audit(harbour(), acts, past or Past(events=()), FIRST, LAST, **more)


@pytest.mark.parametrize(
    ("facts", "done", "expected"),
    [
        ({"purpose": "personal"}, False, ["denied: "]),
        ({"purpose": "personal"}, True, ["done though denied: "]),
        ({"purpose": "personal"}, None, ["denied, and it is not known whether it was done: "]),
        ({}, True, ["done, with needs not met: "]),
        ({}, None, ["it is not known whether it was done, with needs not met: "]),
        ({}, False, []),
        (GOOD, True, []),
    ],
)
def test_exceptions(facts: dict[str, Any], done: bool | None, expected: list[str]) -> None:
    """What was denied is an exception, and what was done, or may have been, without being allowed."""
    found = report(act("a", "search.run", DAY, facts, done=done)).exceptions

    assert expected == [one.why[: len(start)] for one, start in zip(found, expected, strict=True)]


def overridden(when: str) -> tuple[RecordedAct, OverrideRecord]:
    """Return an act that was denied, and done at some time under an override of ten o'clock."""
    denied = act("a", "search.run", when, {"purpose": "personal"}, override="ov-1")
    first = act("a", "search.run", DAY, {"purpose": "personal"})
    chief = Authority(id="chief-1", roles=("chief",))
    answer = may_override([harbour()], first.decision, chief, at(DAY))
    return denied, override_record("ov-1", "a", first.decision, answer, chief, at(DAY))


@pytest.mark.parametrize(
    ("when", "change", "expected"),
    [
        (DAY, {}, "overridden by chief-1 (chief)"),
        ("2026-11-10T14:00:00-05:00", {}, "overridden by chief-1 (chief)"),
        ("2026-11-10T14:00:01-05:00", {}, "was not valid then"),
        (DAY, {"act": "b"}, "was made for another act"),
        (DAY, {"id": "ov-2"}, "is not among the records"),
    ],
)
def test_an_override_must_fit_the_act(when: str, change: dict[str, Any], expected: str) -> None:
    """A denied act that was done counts as overridden only under a record of it that was valid then."""
    denied, record = overridden(when)
    found = report(denied, overrides=[dataclasses.replace(record, **change)])

    assert [expected in one.why for one in found.exceptions] == [True]


def test_every_override_is_shown() -> None:
    """Overrides are shown with their review until a signed audit has shown them, those of earlier months too."""
    _, record = overridden(DAY)
    early = dataclasses.replace(record, id="ov-0", at=at("2026-01-10T10:00:00-05:00"))
    late = dataclasses.replace(record, id="ov-9", at=at("2026-12-01T00:00:00-05:00"))
    shown = report(overrides=[record, early, late]).overrides

    assert ["ov-0", "ov-1"] == [one.record.id for one in shown]
    assert {"overdue"} == {str(one.review.standing) for one in shown}
    assert ["ov-1"] == [one.record.id for one in report(overrides=[record, early], audited={"ov-0"}).overrides]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (GOOD, []),
        (GOOD | {"reason.recorded": False}, ["no reason was recorded"]),
        ({"purpose": "criminal_investigation"}, ["it is not known whether a reason was recorded"]),
        (GOOD | {"reason.defects": ["too_short", "generic"]}, ["the reason is generic, too short"]),
    ],
)
def test_searches_without_an_adequate_reason(facts: dict[str, Any], expected: list[str]) -> None:
    """A search is shown whose reason is missing, not known to be there, or defective."""
    assert expected == [one.why for one in report(act("a", "search.run", DAY, facts)).reasons]


def test_patterns_are_statements_of_the_profile() -> None:
    """A person is shown with the acts that a statement on a count of the profile's own speaks against."""
    calm = act("a", "search.run", DAY, GOOD | {"requester.id": "officer-1"})
    often = [act(name, "search.run", DAY, GOOD | {"requester.id": "officer-2", "searches.again": 9}) for name in "bc"]
    found = report(calm, *often).patterns

    assert [("officer-2", "no-pestering", ("4",), ["b", "c"])] == [
        (one.person, one.rule, one.cite, [f.id for f in one.acts]) for one in found
    ]


def test_hits_without_a_disposition() -> None:
    """A hit, of whatever month, is shown until what became of it is recorded."""
    hits = [act(name, "alert.deliver", when) for name, when in (("h1", "2026-03-01T10:00:00-05:00"), ("h2", DAY))]
    later = act("h3", "alert.deliver", "2026-12-01T10:00:00-05:00")
    events = (happening("hit_acted_on", DAY, "e4"), happening("hit_acted_on", DAY, "e5", reference="row-5"))
    doings = (doing("record_disposition", "2026-11-11", "h2"), doing("record_disposition", "2026-11-11", "row-5"))

    assert ["h1", "e4"] == [one.id for one in report(*hits, later, past=Past(events=events, doings=doings)).hits]


def test_a_hit_is_told_once_and_only_if_it_was_shown() -> None:
    """A hit that a ledger tells as an act and as an event is one hit, and an alert that was refused is none."""
    shown = dataclasses.replace(act("row-7", "alert.deliver", DAY), reference="hit-1")
    refused = act("row-9", "alert.deliver", DAY, done=False)
    events = (
        happening("alert.deliver", DAY, "hit-1", reference="row-7", outcome="allow"),
        happening("hit_acted_on", DAY, "hit-1", reference="row-8"),
        happening("alert.deliver", DAY, "row-9", reference="row-9", outcome="deny"),
        happening("alert.deliver", DAY, "row-10", reference="row-10", outcome="needs"),
    )

    assert ["row-7"] == [one.id for one in report(shown, refused, past=Past(events=events)).hits]


def test_times_are_those_of_the_department() -> None:
    """What a ledger keeps in UTC is shown in the department's time, on the page and in the table."""
    made = report(act("a", "search.run", "2026-11-11T03:00:00+00:00", {"purpose": "personal"}, done=False))

    assert "2026-11-10T22:00:00-05:00" in audit_csv(made)
    assert "2026-11-10 22:00<" in audit_page(made)


def test_entries_past_their_use() -> None:
    """An entry is shown that was acted on or went stale, and was neither updated nor taken off."""
    events = (happening("hit_acted_on", DAY, "e1"), happening("entry_stale", DAY, "e2"))
    past = Past(events=events, doings=(doing("update_entry", "2026-11-11", "e2"),))

    assert [("e1", ("5.g",))] == [(one.of, one.cite) for one in report(past=past).entries]


@pytest.mark.parametrize(
    ("doings", "more", "expected"),
    [
        ([], {}, ["a"]),
        ([doing("log_dissemination", "2026-11-10", "a")], {}, []),
        ([doing("log_dissemination", "2026-11-10", "b")], {}, ["a"]),
        ([doing("log_dissemination", "2026-11-09", "a")], {}, ["a"]),
        ([doing("log_dissemination", "2026-11-10", "a", accepted=False)], {}, ["a"]),
        ([], {"served": ("log_dissemination",)}, []),
        ([], {"done": False}, []),
    ],
)
def test_shares_that_are_not_logged(doings: Any, more: dict[str, Any], expected: list[str]) -> None:
    """A share is shown after which the decision obliged to something that is not known to have been done."""
    share = act("a", "data.share", DAY, {"recipient.kind": "court"}, **more)
    found = report(share, past=Past(events=(), doings=tuple(doings)))

    assert expected == [one.id for one in found.shares]
    assert ({"log_dissemination": 1} if expected else {}) == found.obligations


def test_the_sample_is_the_profiles() -> None:
    """A sample is drawn for each audit duty that asks for one, of the acts it names, and one more where asked for."""
    searches = [act(f"s{n}", "search.run", DAY, GOOD) for n in range(30)]
    other = act("x", "alert.deliver", DAY)
    found = report(*searches, other, sample=Sample(at_least=5)).samples

    assert [("audit", 30, 3), ("", 31, 5)] == [(one.duty, one.population, len(one.acts)) for one in found]
    assert {"search.run"} == {one.action for one in found[0].acts}
    assert list(drawn([f"s{n}" for n in range(30)], 3, "harbour:2026-11-01..2026-11-30")) == [
        one.id for one in found[0].acts
    ]


@pytest.mark.parametrize(
    ("sample", "population", "expected"),
    [
        (Sample(share="10 percent"), 0, 0),
        (Sample(share="10 percent"), 1, 1),
        (Sample(share="10 percent"), 11, 2),
        (Sample(share="1 percent", at_least=5), 100, 5),
        (Sample(share="1 percent", at_least=5), 3, 3),
        (Sample(at_least=5), 100, 5),
        (Sample(share="100 percent"), 7, 7),
        (Sample(), 7, 0),
    ],
)
def test_how_many_are_drawn(sample: Sample, population: int, expected: int) -> None:
    """The share is rounded up, the least number holds where it is more, and never more than there are."""
    assert expected == sample_size(sample, population)


def test_the_draw_is_as_documented() -> None:
    """The order is that of the SHA-256 of seed, bar and id."""
    ids = ["a", "b", "c", "d"]

    assert sorted(ids, key=lambda one: hashlib.sha256(f"seed|{one}".encode()).hexdigest()) == list(
        drawn(ids, 4, "seed")
    )


def test_only_the_period_is_audited() -> None:
    """The period holds its first and its last second in the department's time zone, and an id counts once."""
    edges = (
        "2026-10-31T23:59:59-04:00",
        "2026-11-01T00:00:00-04:00",
        "2026-11-30T23:59:59-05:00",
        "2026-12-01T00:00:00-05:00",
    )
    acts = [act(str(n), "alert.deliver", when) for n, when in enumerate(edges)]

    assert 2 == report(*acts, acts[1]).acts


HOSTILE = {"requester.id": '=HYPERLINK("x")<script>alert(1)</script>\u202e'}


class Tags(HTMLParser):
    """Collects the tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag and the names of what it says."""
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_the_page_stands_alone() -> None:
    """The page fetches and runs nothing, and what a request brought stands in it as text."""
    page = audit_page(report(act("<b>", "search.run", DAY, {"purpose": "personal"} | HOSTILE)))
    tags = Tags()
    tags.feed(page)

    assert set() == tags.tags & {"script", "b", "link", "img", "iframe", "a", "object", "form"}
    assert set() == tags.attributes & {"src", "href", "onload", "action"}
    assert "&lt;script&gt;" in page
    assert "\u202e" not in page
    assert "url(" not in page


def test_the_table_computes_nothing() -> None:
    """No cell of the table begins as a formula does, and each row has every column."""
    text = audit_csv(report(act("-1+1", "search.run", DAY, {"purpose": "personal"} | HOSTILE)))
    rows = list(csv.reader(io.StringIO(text)))

    assert list(COLUMNS) == rows[0]
    assert {len(COLUMNS)} == {len(row) for row in rows}
    assert [] == [cell for row in rows for cell in row if cell.lstrip().startswith(("=", "+", "-", "@"))]
    assert "'-1+1" in {row[1] for row in rows}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("=1", "'=1"), ("  =1", "'  =1"), ("@x", "'@x"), ("\t=1", "'\t=1"), ("a=1", "a=1"), ("", ""), ("\x00=1", "'=1")],
)
def test_guarded(cell: str, expected: str) -> None:
    """A cell that a spreadsheet would compute gets an apostrophe before it."""
    assert expected == guarded(cell)


@pytest.mark.parametrize(
    ("roles", "covers", "expected"),
    [
        (["lieutenant"], ["access", "hits"], "allow"),
        (["sergeant"], ["access", "hits"], "needs"),
        (["lieutenant"], ["access"], "needs"),
    ],
)
def test_the_sign_off_is_judged(roles: list[str], covers: list[str], expected: str) -> None:
    """Only the role that the policy names may sign, for all that the audit must cover, and it names the very report."""
    made = report(act("a", "search.run", DAY, GOOD))
    when = at("2026-12-01T10:00:00-05:00")
    signed = sign_off(made.digest, by="lt-1", roles=roles, covers=covers, at=when)
    request = dataclasses.replace(reported(signed, when), departments=("harbour",))

    assert expected == point(harbour()).decide(request).outcome
    assert f"sha256:{digest_of(json.loads(json.dumps(made.to_wire())))}" == signed.reference


def test_an_act_is_read_as_it_was_written() -> None:
    """An act written to JSON and read again is the same, records that are known to be none included."""
    raw = {"action": "search.run", "at": DAY, "departments": ["harbour"], "facts": GOOD, "approvals": [], "id": "a"}
    raw |= {"holds": [{"basis": "case", "ends": "withheld"}], "checks": [{"check": "visual", "result": "pass"}]}
    request = read_request(raw)
    before = RecordedAct(
        id="a",
        request=request,
        decision=point(harbour()).decide(request),
        done=False,
        served=("log_entry",),
        reference="r",
    )
    after, found = read_act(json.loads(json.dumps(before.to_wire())))

    assert () == found
    assert request == read_request(request_wire(request))
    assert after is not None
    assert before.to_wire() == after.to_wire()


def test_an_act_sets_off_duties() -> None:
    """A recorded act, taken as something that happened, sets off the duties that its facts ask for."""
    acts = [act(kind, "data.share", DAY, {"recipient.kind": kind}) for kind in ("court", "own_member")]
    found = [
        {line.duty: str(line.standing) for line in duties(harbour(), Past(events=(one.happening(),)), at(DAY))}
        for one in acts
    ]

    assert ["due", "not_due"] == [one["log-shares"] for one in found]


@pytest.mark.parametrize(
    "raw",
    [
        None,
        {},
        {"id": "a", "request": {"action": "search.run"}},
        {"id": "a", "request": {"action": "search.run", "at": DAY}},
        {"id": "a", "request": {"action": "search.run", "at": DAY}, "decision": 7},
        {"id": "a", "request": {"action": "search.run", "at": DAY}, "decision": {"outcome": "allow"}},
        {"request": {"action": "search.run", "at": DAY}, "decision": {}},
        {"id": "a", "request": {"action": "search.run", "at": DAY}, "done": "yes", "decision": {}},
    ],
)
def test_an_act_that_cannot_be_used_is_told(raw: Any) -> None:
    """An act that lacks its request, its decision or its id is left out with one reason."""
    read, found = read_act(raw)

    assert (None, ["act-record"]) == (read, [one.code for one in found])


def test_a_file_of_acts(tmp_path: Any) -> None:
    """A file of lines gives acts and overrides; without a decision an act is judged now, and marked."""
    file = tmp_path / "acts.jsonl"
    _, record = overridden(DAY)
    lines = [{"id": "a", "request": {"action": "search.run", "at": DAY}}, record.to_wire(), {"id": "b"}, {"act": "c"}]
    file.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    read, found = read_acts_file(file, lambda request: point(harbour()).decide(request, departments=["harbour"]))

    assert [("a", True)] == [(one.id, one.judged_now) for one in read.acts]
    assert (record,) == read.overrides
    assert [3, 4] == [one.span.line for one in found]
