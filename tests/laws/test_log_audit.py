"""The audit of a log: it says what the decisions say, loses no row, and does not hang on their order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.adapters.cli_kit import FILES
from tests.adapters.test_logs import PORTAL, write
from tests.laws.strategies import cases, everywhere
from tests.laws.test_logs import BROKEN, DRAWN

from alpr_policy.evaluators.reference import STORED, judge
from alpr_policy.meaning.facts import Facts
from alpr_policy.model.decision import Outcome
from alpr_policy.model.request import Request
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.log_audit import LogAuditor, LoggedRow
from alpr_policy.questions.log_audit_report import LogAudit
from alpr_policy.questions.log_audit_rules import Said, Stand, TextRules
from alpr_policy.reading.requests import read_request
from alpr_policy_adapters.logs import LogImport

PDP = PolicyDecisionPoint.load(FILES / "quay.yaml")
SPEAK_AGAINST = ("forbid", "require")


def said_of(rules: TextRules, request: Request) -> tuple[Said, ...]:
    """Return what each statement says of a request."""
    return rules.said(request, Facts(request, rules.ruleset), {})


@everywhere
def test_a_finding_is_what_the_trace_says(name: str, data: st.DataObject) -> None:
    """Rows need review under just the statements that the trace shows as true against them, and hang on the unknown."""
    subject, raw = data.draw(cases(name))
    request, ruleset = read_request(raw), subject.text.rules
    if request.fatal or request.action not in ruleset.vocabulary.actions:
        return
    lines = judge(ruleset, request, trace=True).trace
    against = {(one.rule, one.truth) for one in lines if one.effect in SPEAK_AGAINST}
    permits = {one.rule for one in lines if one.effect == "permit"}
    for said in said_of(TextRules(ruleset), request):
        rule = said.origin.id
        if said.origin.kind == "silence":
            assert request.action not in STORED
            continue
        assert ((rule, "true") in against) == (said.stand is Stand.REVIEW)
        if rule not in permits and said.stand is not Stand.REVIEW:
            assert ((rule, "unknown") in against) == (said.stand is Stand.UNDECIDED)
        assert (said.stand is Stand.UNDECIDED) == bool(said.lacks)


@everywhere
def test_a_row_is_allowed_where_nothing_is_found(name: str, data: st.DataObject) -> None:
    """A row is allowed just where no statement that binds needs it reviewed and none hangs on what is not known."""
    subject, raw = data.draw(cases(name))
    request, ruleset = read_request(raw), subject.text.rules
    if request.fatal or request.action in STORED or request.action not in ruleset.vocabulary.actions:
        return
    outcome = judge(ruleset, request).outcome
    stands = {one.stand for one in said_of(TextRules(ruleset), request) if not one.origin.advisory}

    assert stands.isdisjoint({Stand.REVIEW, Stand.UNDECIDED}) == (outcome is Outcome.ALLOW)


@everywhere
def test_what_is_denied_is_found(name: str, data: st.DataObject) -> None:
    """Every row that the decision point denies or lets wait, of whatever act, is found by some statement or silence."""
    subject, raw = data.draw(cases(name))
    text = subject.text
    auditor = LogAuditor(text.pdp, text.name, as_if=text.name)
    auditor.run([LoggedRow(request=raw, place="drawn:1")])
    audit = auditor.audit
    found = [one for one in audit.findings if one.counts[Stand.REVIEW] or one.counts[Stand.UNDECIDED]]

    assert 1 == audit.judged + audit.not_in_force + audit.refused.total()
    assert (audit.outcomes.keys() <= {"allow"}) == all(one.is_advice for one in found)


def figures(audit: LogAudit) -> Any:
    """Return an audit without the places, which are those of the rows that were read first."""
    wire = audit.to_wire()
    for one in wire["findings"]:
        for key in ("examples", "undecided_examples"):
            one.pop(key)
    return wire


def audit_of(folder: Any, files: list[list[str]]) -> tuple[LogAudit, LogImport]:
    """Audit exports of a portal under Quay's policy."""
    paths = [write(folder, PORTAL + "".join(lines), f"{n}.csv") for n, lines in enumerate(files)]
    found = LogImport()
    rows = (LoggedRow(request=one.request, place=one.place, status=one.status) for one in found.rows(paths))
    return LogAuditor(PDP, "quay", places=2).run(rows), found


LINES = DRAWN.map(lambda d: f'p-{d[0]},{d[3]},2026-03-0{d[2] + 1}T04:31:52.901Z,44,"{d[1]}"\n')


@given(st.lists(st.lists(LINES | BROKEN, max_size=6), max_size=3))
def test_every_row_is_in_the_audit(tmp_path_factory: pytest.TempPathFactory, files: list[list[str]]) -> None:
    """All rows are judged, without a text in force, no act, unreadable or duplicates, and each finding counts them."""
    audit, found = audit_of(tmp_path_factory.mktemp("logs"), files)
    report = found.report
    lost = report.duplicates + report.unreadable + report.other

    assert report.rows == audit.judged + audit.not_in_force + audit.refused.total() + lost
    assert audit.judged == sum(audit.outcomes.values()) == sum(audit.acts.values()) == sum(audit.texts.values())
    for one in audit.findings:
        assert audit.judged == one.rows == sum(counts.total() for counts in one.groups.values())
        assert one.counts[Stand.REVIEW] == len(one.review) + one.left_out


@given(st.lists(st.lists(LINES, max_size=6), min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_order_and_copies_change_no_figure(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[str]], chance: Any
) -> None:
    """Rows and files in another order, or a file that was given twice, change no figure of an audit."""
    shuffled = [chance.sample(lines, len(lines)) for lines in files]
    first, _ = audit_of(tmp_path_factory.mktemp("logs"), files)
    second, _ = audit_of(tmp_path_factory.mktemp("logs"), chance.sample(shuffled, len(shuffled)))
    third, _ = audit_of(tmp_path_factory.mktemp("logs"), [*files, chance.choice(files)])

    assert figures(first) == figures(second) == figures(third)


@st.composite
def searches(draw: st.DrawFn) -> list[LoggedRow]:
    """Draw searches for three plates by two people, or by nobody knows whom, some at the same minute."""
    several = draw(st.lists(st.tuples(st.sampled_from("123?"), st.sampled_from("ab?"), st.integers(0, 4)), max_size=12))
    return [
        LoggedRow(
            request={
                "action": "search.run",
                "at": f"2026-03-10T09:0{minute}:00-04:00",
                "facts": {
                    **({"plate.number": f"TEST0{plate}"} if plate != "?" else {}),
                    **({"requester.id": person} if person != "?" else {}),
                },
            },
            place=f"drawn:{number}",
        )
        for number, (plate, person, minute) in enumerate(several, 1)
    ]


@given(searches(), st.randoms(use_true_random=False))
def test_counts_over_rows_do_not_hang_on_their_order(rows: list[LoggedRow], chance: Any) -> None:
    """What a profile counts over several rows comes out the same in whatever order these stand in the log."""
    first = LogAuditor(PDP, "quay", personal=True).run(rows)
    second = LogAuditor(PDP, "quay", personal=True).run(chance.sample(rows, len(rows)))

    assert figures(first) == figures(second)
