"""What people read of a replay in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from alpr_policy.questions.explain import one_line
from alpr_policy.questions.replay_summary import AskedFlips, ReplaySummary, Tally
from alpr_policy.questions.replay_words import (
    CHANGES,
    CLASHING,
    GRANTED,
    load_words,
    owed_words,
    ranked,
    rule_words,
    share,
    who,
)
from alpr_policy_adapters.cli.output import OUTCOMES, Screen, columns, number, one_text, row

MOST = 10
NUMBERS = ("rows", "flips", "allowed", "denied", "asked", "laxer", "stricter")


def show_replay(screen: Screen, told: ReplaySummary) -> None:
    """Show totals, directions, breakdowns, what is asked, the work, samples, and what could not be said."""
    _head(screen, told)
    _directions(screen, told)
    _tallies(screen, "by act", told.by_act)
    _tallies(screen, "by month", told.by_month)
    _tallies(screen, "by agency", told.by_agency)
    _tallies(screen, "by unit", told.by_unit)
    _rules(screen, told)
    _needed(screen, "newly asked for", told.newly_needed)
    _needed(screen, "no longer asked for", told.no_longer_needed)
    _work(screen, told)
    _samples(screen, told)
    _left_out(screen, told)
    _effort(screen, told)


def _head(screen: Screen, told: ReplaySummary) -> None:
    total = told.totals
    period = f", {told.first_at[:10]} to {(told.last_at or '')[:10]}" if told.first_at else ""
    supposed = "; as if both had bound, which says nothing of what was lawful" if told.as_if else ""
    screen.say(one_text(f"{told.baseline} → {told.proposed}: {number(told.rows, 'row')}{period}{supposed}"), "bold")
    if told.mismatches:
        screen.say(CLASHING.format(count=len(told.mismatches), checked=told.checked), "bold red")
    screen.say(
        f"{total.judged:,} judged under both texts, {total.flips:,} with another outcome "
        f"({share(total.flips, total.judged)}): {total.newly_allowed:,} newly allowed, {total.newly_denied:,} newly "
        f"denied; {total.newly_needing:,} asked for something new"
    )
    for one in told.budgets:
        says, style = ("over budget", "bold red") if one.over else ("within budget", "green")
        text = Text(f"{says}: ", style=style).append(f"{one.count:,} of {one.of:,} rows, fails at {one.budget}")
        screen.put(text)


def _titled(screen: Screen, title: str, table: Table, more: int = 0) -> None:
    screen.say()
    screen.say(title, "bold")
    screen.put(table)
    if more:
        screen.say(f"and {more:,} more: --json or --html shows them", "dim")


def _directions(screen: Screen, told: ReplaySummary) -> None:
    table = columns("before", "after", "differs in", "rows", "share")
    table.columns[3].justify = table.columns[4].justify = "right"
    for one in told.directions:
        before, after = (Text(str(side), style=OUTCOMES[side]) for side in (one.before, one.after))
        differs = CHANGES[one.change] or "the outcome"
        table.add_row(before, after, differs, f"{one.rows:,}", share(one.rows, told.totals.judged))
    if told.directions:
        _titled(screen, "which way", table)


def _tallies(screen: Screen, title: str, tallies: Sequence[Tally]) -> None:
    if [one.name for one in tallies] in ([], [""]):
        return
    by_time = title == "by month"
    shown, rest = (list(tallies)[-36:], list(tallies)[:-36]) if by_time else ranked(tallies, MOST)
    table = columns(title.removeprefix("by "), *NUMBERS)
    for column in table.columns[1:]:
        column.justify = "right"
    for one in shown:
        newly = (one.newly_allowed, one.newly_denied, one.newly_needing)
        counts = (one.rows, one.flips, *newly, one.laxer + one.both, one.stricter + one.both)
        row(table, one.name or "(none)", *(f"{count:,}" for count in counts))
    _titled(screen, title, table, len(rest))


def _rules(screen: Screen, told: ReplaySummary) -> None:
    table = columns("rows", "alone", "rule", ratios=(None, None, 1))
    for one in told.by_rule[:MOST]:
        row(table, f"{one.rows:,}", f"{one.alone:,}", rule_words(one))
    if told.by_rule:
        _titled(
            screen, "by rule of the stricter answer", table, len(told.by_rule) - MOST if len(told.by_rule) > MOST else 0
        )


def _needed(screen: Screen, title: str, asked: Sequence[AskedFlips]) -> None:
    table = columns("rows", "what", ratios=(None, 1))
    for one in asked[:MOST]:
        row(table, f"{one.rows:,}", one.says)
    if asked:
        _titled(screen, title, table, max(0, len(asked) - MOST))


def _work(screen: Screen, told: ReplaySummary) -> None:
    if told.workload:
        table = columns("before", "after", "or before", "or after", "what", "by", ratios=(None, None, None, None, 1, 1))
        for one in told.workload:
            counts = (one.before, one.after, one.or_before, one.or_after)
            row(table, *(f"{count:,}" for count in counts), load_words(one), who(one.roles))
        _titled(screen, "work: approvals, checks, papers (or: one way of several)", table)
        screen.say(GRANTED, "dim")
    if told.obligations:
        table = columns("before", "after", "what", "by", ratios=(None, None, 1, 1))
        for owed in told.obligations:
            row(table, f"{owed.before:,}", f"{owed.after:,}", owed_words(owed), who(owed.by, "nobody named"))
        _titled(screen, "what must follow", table)
    alerts = told.alerts
    if alerts.rows:
        screen.say()
        screen.say(
            f"of {number(alerts.rows, 'alert')} {alerts.suppressed:,} are suppressed, {alerts.waiting:,} wait for "
            f"something, {alerts.delivered:,} are newly delivered"
        )


def _samples(screen: Screen, told: ReplaySummary) -> None:
    if not told.samples:
        return
    screen.say()
    screen.say("samples", "bold")
    for one in told.samples:
        screen.say(one_text(f"row {one.row}, {one.before.action}"))
        for side, decision in (("before", one.before), ("after", one.after)):
            screen.say(f"  {side}: {one_text(one_line(decision, auditor=True))}")


def _left_out(screen: Screen, told: ReplaySummary) -> None:
    none = told.no_text
    lines = [f"{number(rows, 'row')} could not be replayed: {why}" for why, rows in told.unreplayable.items()]
    texts = {"the baseline alone": none.before, "the proposed text alone": none.after, "either": none.either}
    lines += [f"{number(rows, 'row')} with no text in force under {side}" for side, rows in texts.items() if rows]
    if told.absent:
        lines.append(f"read by rules and in no column, so unknown: {', '.join(told.absent)}")
    if lines:
        screen.say()
        screen.say("what this cannot say", "bold")
    for line in lines:
        screen.say(one_text(line))


def _effort(screen: Screen, told: ReplaySummary) -> None:
    one = told.effort
    screen.say()
    screen.say(
        f"{number(told.checked, 'row')} decided again by the reference evaluator, {len(told.mismatches):,} otherwise",
        "bold red" if told.mismatches else "",
    )
    for clash in told.mismatches[:MOST]:
        parts = ", ".join(clash.differs)
        told_apart = f"row {clash.row}, {clash.text}: {clash.grouped}, alone {clash.alone} ({parts})"
        screen.say(f"  {one_text(told_apart)}")
    screen.say(
        f"{one.engine}: {number(one.groups, 'group')}, {number(one.decided, 'decision')}, {one.odd:,} by themselves; "
        f"{one.seconds:.1f} s, {one.cpu_seconds:.1f} s of processor time",
        "dim",
    )
    if one.fallback:
        screen.say(one_text(f"another way was taken: {one.fallback}"))
