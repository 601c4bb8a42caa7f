"""The report of a replay: what differs between two answers, budgets, notes at lines, the page."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable

import pytest
from jsonschema import Draft202012Validator
from tests.replay_kit import (
    ASKING,
    ASKING_MORE,
    BANNED,
    DUTY,
    GISTS,
    GRANT,
    HOSTILE,
    PERMITTED,
    SERIES,
    answered,
    approval,
    gist,
    point,
    read_page,
    reason,
    replayed,
    small,
)

from alpr_policy.errors import PolicyError
from alpr_policy.model.decision import FactSeen, Need, NeedKind, Outcome, TraceLine
from alpr_policy.questions.replay_budgets import parse_budget, spent
from alpr_policy.questions.replay_flips import Change, Lean, pair_of
from alpr_policy.questions.replay_load import loads, owed
from alpr_policy.questions.replay_marks import Mark, markdown, marks, sarif, workflow_commands
from alpr_policy.questions.replay_page import replay_page
from alpr_policy.questions.replay_personal import HIDDEN, shown
from alpr_policy.questions.replay_report import summary
from alpr_policy.questions.replay_result import (
    Gist,
    Mismatch,
    ReplayResult,
    Sample,
)
from alpr_policy.questions.replay_summary import ReplaySummary
from alpr_policy.questions.replay_words import rule_words, share
from alpr_policy.questions.schemas import replay_schema
from alpr_policy.source import Span

ALLOW, NEEDS, DENY = Outcome.ALLOW, Outcome.NEEDS, Outcome.DENY
WHOLE = Span("draft.yaml", 1, 1)


PAIRS = [
    pytest.param(PERMITTED, PERMITTED, Change.NOTHING, Lean.NEITHER, (), id="the same"),
    pytest.param(PERMITTED, BANNED, Change.OUTCOME, Lean.STRICTER, ("after ban",), id="denied now"),
    pytest.param(BANNED, PERMITTED, Change.OUTCOME, Lean.LAXER, ("before ban",), id="allowed now"),
    pytest.param(ASKING, ASKING_MORE, Change.NEEDS, Lean.STRICTER, ("after check",), id="asked for more"),
    pytest.param(ASKING_MORE, ASKING, Change.NEEDS, Lean.LAXER, ("before check",), id="asked for less"),
    pytest.param(
        ASKING,
        gist(NEEDS, reason("ask", "require", "II"), needs=(approval("sergeant"),)),
        Change.NEEDS,
        Lean.BOTH,
        ("after ask", "before ask"),
        id="asked for something else by the same rule",
    ),
    pytest.param(
        ASKING,
        gist(NEEDS, reason("ask", "require", "II"), needs=(approval("chief", cite="IX", name="other"),)),
        Change.REASONS,
        Lean.NEITHER,
        (),
        id="the same approval under another name and clause",
    ),
    pytest.param(
        gist(NEEDS, reason("ask"), needs=(approval("chief"), approval("chief", name="second"))),
        gist(NEEDS, reason("ask"), needs=(approval("chief"),)),
        Change.NEEDS,
        Lean.LAXER,
        ("before ask",),
        id="one of two approvals by the same role is asked no longer",
    ),
    pytest.param(
        ASKING,
        gist(
            NEEDS,
            reason("ask", "require", "II"),
            reason("silent-partner", "require", "VII"),
            needs=(approval("chief"), Need(kind=NeedKind.CHECK, name="visual", cite=("II",))),
        ),
        Change.NEEDS,
        Lean.STRICTER,
        ("after ask",),
        id="asked for more by the clause of a rule that both name",
    ),
    pytest.param(
        PERMITTED, gist(ALLOW, GRANT, standing="held"), Change.STANDING, Lean.NEITHER, (), id="kept for another time"
    ),
    pytest.param(
        PERMITTED, gist(ALLOW, GRANT, obligations=(DUTY,)), Change.OBLIGATIONS, Lean.NEITHER, (), id="a duty more"
    ),
    pytest.param(
        PERMITTED, gist(ALLOW, reason("other", "permit")), Change.REASONS, Lean.NEITHER, (), id="for another reason"
    ),
]


@pytest.mark.parametrize(("before", "after", "change", "lean", "rules"), PAIRS)
def test_what_differs(before: Gist, after: Gist, change: Change, lean: Lean, rules: tuple[str, ...]) -> None:
    """Two answers differ in the gravest thing that differs, and the rules told are those of the stricter one."""
    found = pair_of(before, after)

    assert (change, lean) == (found.change, found.lean)
    assert rules == tuple(f"{one.side} {one.rule}" for one in found.rules)


def test_what_is_asked_does_not_count_where_it_is_denied() -> None:
    """What a denial lists besides is not asked for."""
    found = pair_of(gist(DENY, reason("ban"), needs=(approval("chief"),)), ASKING)

    assert ("approval by chief",) == tuple(one.says for one in found.asked)
    assert () == found.dropped


# The summary of a small replay


def test_totals() -> None:
    """Rows are counted once by whether they flip, and apart where no text was in force."""
    told = summary(small())
    total = told.totals

    assert (38, 13, 10, 0, 15) == (total.rows, total.no_text, total.same, total.otherwise, total.flips)
    assert (5, 4, 6) == (total.newly_allowed, total.newly_denied, total.newly_needing)
    assert (10, 5, 0) == (total.stricter, total.laxer, total.both)
    assert (6, 0, 7) == (told.no_text.before, told.no_text.after, told.no_text.either)
    assert {"no time": 2} == told.unreplayable


def test_alerts() -> None:
    """Alerts are suppressed, wait, or are newly delivered."""
    one = summary(small()).alerts

    assert (7, 4, 1, 2) == (one.rows, one.suppressed, one.waiting, one.delivered)


def test_rules_that_made_the_difference() -> None:
    """A rule is counted on its side, with what decides instead, and alone where no other made the difference."""
    told = {(one.side, one.rule): (one.rows, one.alone, one.instead) for one in summary(small()).by_rule}

    assert {
        ("after", "ask"): (6, 6, ("grant",)),
        ("after", "ban"): (4, 4, ("grant",)),
        ("before", "ask"): (3, 3, ("grant",)),
        ("before", "ban"): (2, 2, ("grant",)),
    } == told


def test_a_rule_is_alone_only_where_no_other_made_the_difference() -> None:
    """Where two rules stand in the way together, neither does alone, and both count as one set."""
    both = gist(DENY, reason("ban", "forbid", "IV"), reason("second", "forbid", "VI"))
    told = summary(small(gists=(PERMITTED, ASKING, both, GISTS[3])))

    assert {("ban", 4, 0), ("second", 4, 0)} == {
        (one.rule, one.rows, one.alone) for one in told.by_rule if one.side == "after" and one.rule != "ask"
    }
    assert (4, ["ban", "second"]) in [(one.rows, [rule.rule for rule in one.rules]) for one in told.together]


def test_work_counts_a_row_once_for_each_thing() -> None:
    """An approval counts once for a row, by who may give it; inside a choice it counts as one way of several."""
    either = Need(kind=NeedKind.ONE_OF, one_of=((approval("chief"),), (approval("sergeant"),)))
    asking = gist(NEEDS, reason("ask"), needs=(approval("chief"), approval("chief", name="b"), either))
    result = small(gists=(PERMITTED, asking, BANNED, GISTS[3]))

    found = {one.roles: (one.before, one.after, one.or_before, one.or_after) for one in loads(result)}

    assert {("chief",): (3, 6, 0, 0), ("sergeant",): (0, 0, 3, 6)} == found


def test_duties_are_counted_under_each_text() -> None:
    """What must follow is counted by task and by whom, for rows with a text under both sides."""
    result = small(gists=(gist(ALLOW, GRANT, obligations=(DUTY, DUTY)), *GISTS[1:]))

    assert [("log_entry", ("chief",), 20, 15)] == [(o.task, o.by, o.before, o.after) for o in owed(result)]


def test_rows_that_do_not_add_up_are_a_defect() -> None:
    """A result in which rows are lost is no report."""
    with pytest.raises(ValueError, match="40 rows are counted of 41"):
        summary(small(rows=41))


def test_mismatch_says_in_what() -> None:
    """A mismatch names the parts of the answer that differ."""
    clash = Mismatch(row=3, text="draft", grouped=PERMITTED, alone=BANNED)

    told = summary(small(mismatches=(clash,))).mismatches[0]

    assert ("outcome", "reasons") == told.differs


# Budgets

SPENT = [
    ("newly-allowed>0", 5, 25, True),
    ("newly-allowed>5", 5, 25, False),
    ("newly-allowed>=5", 5, 25, True),
    ("newly_denied > 3", 4, 25, True),
    ("newly-needing>6", 6, 25, False),
    ("flips>60%", 15, 25, False),
    ("flips>59.9%", 15, 25, True),
    ("flips>=60%", 15, 25, True),
    ("laxer[search.run]>2", 3, 18, True),
    ("laxer[alert.deliver]>2", 2, 7, False),
    ("stricter[access.use]>0", 0, 0, False),
    ("no-text>0", 13, 38, True),
    ("unreplayable>5%", 2, 40, False),
    ("mismatches>0", 0, 20, False),
]


@pytest.mark.parametrize(("text", "count", "of", "over"), SPENT)
def test_budget(text: str, count: int, of: int, over: bool) -> None:
    """A budget counts rows, or a share of those that were judged, of the acts that it names."""
    found = spent(parse_budget(text, ("search.run", "alert.deliver", "access.use")), summary(small()))

    assert (count, of, over) == (found.count, found.of, found.over)


def test_a_budget_on_laxer_counts_what_is_asked_otherwise() -> None:
    """Where a text asks for less and for more, a budget on either way is touched."""
    other = gist(NEEDS, reason("ask"), needs=(approval("sergeant"),))
    one = dataclasses.replace(small().cells[0], before=1, after=2, rows=38)
    told = summary(small(gists=(PERMITTED, ASKING, other, GISTS[3]), cells=(one,)))

    assert [38, 38] == [spent(parse_budget(f"{way}>0", ()), told).count for way in ("laxer", "stricter")]


def test_a_budget_of_a_group_counts_its_acts() -> None:
    """The name of a group stands for its acts."""
    budget = parse_budget("newly-allowed[alerts]>0", ("search.run",), {"alerts": ("alert.deliver",)})

    assert 2 == spent(budget, summary(small())).count


BAD = [
    ("", "no budget", "write `newly-allowed>0`"),
    ("newly-allowed", "no budget", "write `newly-allowed>0`"),
    ("newly-allowed<3", "no budget", "write `newly-allowed>0`"),
    ("newly-alowed>0", "nothing that a replay counts", "did you mean `newly-allowed`?"),
    ("flips[search.rum]>0", "no act of either text", "did you mean `search.run`?"),
    ("mismatches[search.run]>0", "over the whole log", "write `mismatches>0`"),
    ("flips>0.5", "a number of rows is whole", "write `flips>0.5%`"),
    ("flips>" + "9" * 300, "no budget", "write `newly-allowed>0`"),
]


@pytest.mark.parametrize(("text", "message", "help"), BAD)
def test_bad_budget(text: str, message: str, help: str) -> None:
    """A budget that cannot be understood is refused, with what to write instead."""
    with pytest.raises(PolicyError) as raised:
        parse_budget(text, ("search.run",))
    (one,) = raised.value.diagnostics

    assert "replay-budget" == one.code
    assert message in one.message
    assert help in one.help


# Notes at lines


def test_marks_stand_where_the_rule_is() -> None:
    """A stricter rule is noted at its line, one that is gone where the text decides instead, and else at the top."""
    places = {"ban": Span("draft.yaml", 7, 3), "grant": Span("draft.yaml", 9, 3)}
    told = summary(small(gists=(PERMITTED, gist(NEEDS, reason("gone"), needs=(approval("chief"),)), BANNED, GISTS[3])))
    budget = spent(parse_budget("newly-allowed>0", ()), told)
    told = dataclasses.replace(told, budgets=(budget,))

    found = [(one.level, one.place.line) for one in marks(told, places.get, WHOLE)]

    assert [("error", 1), ("notice", 1), ("notice", 7), ("warning", 9), ("warning", 7)] == found


def test_commands_of_a_workflow_are_one_line_each() -> None:
    """Signs that would end a message or a property early are written as the runner reads them back."""
    mark = Mark(level="warning", code="laxer", title="a:b,c", message="100%\n::error::x\r", place=Span("a,b:c", 2, 5))

    assert ["::warning file=a%2Cb%3Ac,line=2,col=5,title=a%3Ab%2Cc::100%25%0A::error::x%0D"] == workflow_commands(
        [mark]
    )


def test_at_most_ten_commands_of_a_level() -> None:
    """More than ten notes of a level are counted, not printed."""
    mark = Mark(level="notice", code="stricter", title="t", message="m", place=WHOLE)

    lines = workflow_commands([mark] * 13)

    assert 11 == len(lines)
    assert "::notice title=Replay::3 more notes are in the report" == lines[-1]


def test_sarif() -> None:
    """SARIF holds one result a note, at its region, under a rule that the driver lists."""
    told = summary(small())
    log = json.loads(sarif(marks(told, {"ban": Span("a b.yaml", 7, 3, 4)}.get, WHOLE), "1.2"))
    (run,) = log["runs"]
    place = run["results"][1]["locations"][0]["physicalLocation"]

    assert "2.1.0" == log["version"]
    assert {one["ruleId"] for one in run["results"]} == {one["id"] for one in run["tool"]["driver"]["rules"]}
    assert {"uri": "a%20b.yaml"} == place["artifactLocation"]
    assert {"startLine": 7, "startColumn": 3, "endColumn": 7} == place["region"]


# A replay of expected answers


@pytest.fixture(scope="module")
def told() -> ReplaySummary:
    """Sum up the expected answers of two departments, decided under both."""
    return summary(replayed(answered("leicester", "cambridge"), "leicester", "cambridge", extra={"retention": SERIES}))


def test_wire_fits_the_schema(told: ReplaySummary) -> None:
    """What is written as JSON fits the published schema."""
    assert [] == [error.message for error in Draft202012Validator(replay_schema()).iter_errors(told.to_wire())]


def test_summary_in_markdown(golden: Callable[[str, str], None]) -> None:
    """The summary for a pull request is what was read before."""
    told = summary(small())
    budgets = tuple(spent(parse_budget(text, ()), told) for text in ("newly-allowed>0", "flips>90%"))

    golden("replay-summary.md", markdown(dataclasses.replace(told, budgets=budgets)))


def test_page_holds_all_parts(told: ReplaySummary) -> None:
    """The page has each part for which there is something, a table for each chart, and loads nothing."""
    page = read_page(replay_page(told, {"matrix": "<svg role='img'></svg>"}))
    text = "\n".join(page.text)

    for part in ("Which way", "By act", "By rule", "Newly asked for", "Work", "Records kept", "Samples", "cannot say"):
        assert part in text
    assert {"details", "summary", "figure", "svg", "table"} <= page.tags
    assert not {"script", "link", "img", "iframe", "object", "form"} & page.tags
    assert not any(name.startswith("on") or name in ("src", "srcset") for name in page.attributes)


PLATE, PERSON = "XX99 ZZ", "nobody@example.org"


def personal_result() -> ReplayResult:
    """Return a replay with one sample that names a plate and a person, and has a fault that quotes."""
    request = {
        "action": "search.run",
        "at": "2026-05-04T10:00:00-04:00",
        "facts": {
            "plate.number": PLATE,
            "requester.id": PERSON,
            "reason.text": f"looking for {PLATE}",
            "case.number": "C-1234",
            "purpose": f"like {PLATE}",
            f"x.{PLATE}": True,
        },
        "id": PERSON,
    }
    one, other = (point().decide(request, as_if=(name,), trace=True) for name in ("leicester", "cambridge"))
    return small(samples=(Sample(row=1, request=request, before=one, after=other),))


@pytest.mark.parametrize("with_personal", [False, True])
def test_personal_values_are_shown_only_if_asked_for(with_personal: bool) -> None:
    """Plates, persons and what a request quotes stand in page and JSON only where that was asked for."""
    told = summary(personal_result(), with_personal=with_personal)
    wire = json.dumps(told.to_wire())

    assert with_personal is (PLATE in wire)
    assert with_personal is (PERSON in wire)
    assert with_personal is ("C-1234" in wire)
    assert with_personal is (PLATE in replay_page(told, {}))
    assert "purpose" in wire


SEEN = [
    (FactSeen(fact="plate.number", value=PLATE, personal="plate"), HIDDEN),
    (FactSeen(fact="plate.number", value="unknown (withheld)", personal="plate"), "unknown (withheld)"),
    (FactSeen(fact="purpose", value="prosecution"), "prosecution"),
    (FactSeen(fact="purpose", value="prosecution", personal="case"), HIDDEN),
    (FactSeen(fact="device.zone", value="behind the house of somebody"), HIDDEN),
    (FactSeen(fact="town.own", value="somebody"), HIDDEN),
    (FactSeen(fact="town.own", value="unknown (somebody)"), HIDDEN),
    (FactSeen(fact="town.own", value="true"), "true"),
    (FactSeen(fact="approval.chief", value="pending"), "pending"),
]


@pytest.mark.parametrize(("fact", "value"), SEEN)
def test_what_is_shown_of_a_fact(fact: FactSeen, value: str) -> None:
    """The value of a fact is shown where it is a word of the language, and of no fact that may be personal."""
    line = TraceLine(profile="p", rule="r", kind="k", effect="e", truth="true", cite=(), place="", facts=(fact,))
    decision = dataclasses.replace(point().decide({}), trace=(line,))

    assert value == shown(decision, with_personal=False).trace[0].facts[0].value
    assert decision == shown(decision, with_personal=True)


def test_samples_are_no_markup() -> None:
    """What a policy or a log says in a sample is text on the page."""
    (sample,) = personal_result().samples
    said = dataclasses.replace(sample.before, action=HOSTILE, reasons=())
    page = replay_page(summary(small(samples=(dataclasses.replace(sample, before=said),))), {})

    assert "b" not in read_page(page).tags
    assert "&lt;b onclick=x&gt;" in page


@pytest.mark.parametrize(
    ("count", "of", "said"),
    [(0, 0, "0%"), (0, 5, "0%"), (5, 5, "100%"), (1, 10_000, "<0.1%"), (9_999, 10_000, ">99.9%"), (1, 8, "12.5%")],
)
def test_share(count: int, of: int, said: str) -> None:
    """A share is never rounded to nothing or to all."""
    assert said == share(count, of)


def test_words_of_a_rule(told: ReplaySummary) -> None:
    """A rule is told with its clause, its side and what decides instead."""
    said = {rule_words(one) for one in told.by_rule}

    assert any(one.startswith("`alert-profile` (cambridge IV.A.3-s1) asks") for one in said)
    assert any("asks no longer; decided by" in one for one in said)
