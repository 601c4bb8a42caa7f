"""The report of a replay: what is counted adds up, and the two texts are treated alike."""

from __future__ import annotations

import dataclasses
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.replay_kit import HOSTILE, read_page, results

from alpr_policy.questions.replay_budgets import BY_ROW, parse_budget, spent
from alpr_policy.questions.replay_marks import Mark, workflow_commands
from alpr_policy.questions.replay_page import replay_page
from alpr_policy.questions.replay_report import summary
from alpr_policy.questions.replay_result import ReplayResult
from alpr_policy.questions.replay_summary import Tally
from alpr_policy.questions.schemas import replay_schema
from alpr_policy.source import Span
from alpr_policy_adapters.charts.replay import replay_charts

law = settings(
    max_examples=settings.default.max_examples // 2,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
# These draw charts or validate against the whole schema for every example.
slower_law = settings(law, max_examples=settings.default.max_examples // 5)
COUNTS = [field.name for field in dataclasses.fields(Tally) if field.name != "name"]
VALIDATOR = Draft202012Validator(replay_schema())
MIRRORED = {
    "stricter": "laxer",
    "laxer": "stricter",
    **{name: name for name in ("rows", "no_text", "same", "otherwise", "flips", "both")},
}


def swapped(result: ReplayResult) -> ReplayResult:
    """Return the same replay with the two texts in each other's place."""
    cells = tuple(dataclasses.replace(one, before=one.after, after=one.before) for one in result.cells)
    return dataclasses.replace(result, baseline=result.proposed, proposed=result.baseline, cells=cells)


@law
@given(results())
def test_what_is_counted_adds_up(result: ReplayResult) -> None:
    """Every breakdown of a replay adds up to its totals, and the totals with what was left out to all rows."""
    told = summary(result)
    total = told.totals

    for tallies in (told.by_act, told.by_agency, told.by_unit, told.by_month):
        assert [getattr(total, name) for name in COUNTS] == [sum(getattr(t, name) for t in tallies) for name in COUNTS]
    assert total.rows == total.no_text + total.same + total.otherwise + total.flips
    assert total.no_text == told.no_text.before + told.no_text.after + told.no_text.either
    assert total.judged == sum(one.rows for one in told.directions)
    assert total.flips == sum(one.rows for one in told.directions if one.before is not one.after)
    assert total.stricter + total.laxer + total.both == sum(one.rows for one in told.together)
    assert told.rows == total.rows + told.left_out


@law
@given(results())
def test_swapping_the_texts_mirrors_the_report(result: ReplayResult) -> None:
    """With the two texts in each other's place, every count stands on the other side."""
    one, other = summary(result), summary(swapped(result))

    assert [getattr(one.totals, name) for name in MIRRORED] == [
        getattr(other.totals, name) for name in MIRRORED.values()
    ]
    assert {(d.before, d.after, d.change, d.rows) for d in one.directions} == {
        (d.after, d.before, d.change, d.rows) for d in other.directions
    }
    assert one.newly_needed == other.no_longer_needed
    turned = {"before": "after", "after": "before"}
    assert {dataclasses.replace(rule, side=turned[rule.side]) for rule in one.by_rule} == set(other.by_rule)
    assert [(w.before, w.or_before) for w in one.workload] == [(w.after, w.or_after) for w in other.workload]
    assert [(o.task, o.by, o.before) for o in one.obligations] == [(o.task, o.by, o.after) for o in other.obligations]


@law
@given(results())
def test_order_and_parts_of_a_log_do_not_matter(result: ReplayResult) -> None:
    """Cells in another order, or split in two, give the same report."""
    cells = [
        dataclasses.replace(one, rows=rows)
        for one in reversed(result.cells)
        for rows in (one.rows // 2, one.rows - one.rows // 2)
        if rows
    ]

    assert summary(result) == summary(dataclasses.replace(result, cells=tuple(cells)))


@slower_law
@given(results())
def test_a_report_fits_its_schema(result: ReplayResult) -> None:
    """Whatever a replay found, its report as JSON fits the published schema."""
    assert [] == [error.message for error in VALIDATOR.iter_errors(summary(result).to_wire())]


@slower_law
@given(results())
def test_no_text_of_a_log_becomes_markup(result: ReplayResult) -> None:
    """Whatever names a log and its texts hold, the page stays whole, and no name becomes a tag or runs a script."""
    pytest.importorskip("matplotlib", reason="needs the extra `report`")
    told = summary(result)
    page = replay_page(told, replay_charts(told))
    found = read_page(page)

    assert HOSTILE not in page
    assert "b" not in found.tags
    assert not any(name.startswith("on") for name in found.attributes)
    assert len(found.ids) == len(set(found.ids))
    assert not re.search(r"[\u202e\x1b]", page)


@law
@given(results(), st.sampled_from(sorted(BY_ROW)), st.integers(0, 2_000))
def test_a_budget_is_over_where_more_rows_count(result: ReplayResult, name: str, limit: int) -> None:
    """A budget is over where, and only where, more rows count than it lets, over all acts or over each by name."""
    told = summary(result)
    acts = [one.name for one in told.by_act]
    count = BY_ROW[name](told.totals)

    assert (count > limit) is spent(parse_budget(f"{name}>{limit}", ()), told).over
    parted = [spent(parse_budget(f"{name}[all]>{limit}", (), {"all": (act,)}), told).count for act in acts]
    assert count == sum(parted)


@law
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_a_note_is_one_command(title: str, message: str, file: str) -> None:
    """Whatever a note holds, it is one line, and its command, file and message can be told apart."""
    (line,) = workflow_commands([Mark(level="notice", code="c", title=title, message=message, place=Span(file, 3, 1))])
    head, _, rest = line.removeprefix("::notice ").partition("::")

    assert 1 == len(line.splitlines())
    assert ["file", "line", "col", "title"] == [part.partition("=")[0] for part in head.split(",")]
    assert ":" not in head
    assert rest.replace("%25", "%").count("%") >= message.count("%")
