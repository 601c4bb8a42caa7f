"""The audit of a log for people at a terminal."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from alpr_policy.questions.log_audit_files import what_was_read
from alpr_policy.questions.log_audit_page import account, notes, people
from alpr_policy.questions.log_audit_report import LogAudit, StatementFinding
from alpr_policy.questions.log_audit_rules import Stand
from alpr_policy.questions.own_words import plainly
from alpr_policy_adapters.cli.output import Screen, columns, number, one_text, row
from alpr_policy_adapters.logs import ImportReport

EXAMPLES, GROUPS, LACKS, FAULTS = 5, 5, 20, 5


def show_log_audit(screen: Screen, audit: LogAudit, report: ImportReport) -> None:
    """Show an audit, and what could not be read."""
    screen.say(one_text(f"Audit of a log: {audit.department}"), style="bold")
    for note in notes(audit):
        screen.say(one_text(note), style="dim")
    _account(screen, audit, report)
    _findings(screen, audit)
    _examples(screen, audit)
    _lacking(screen, audit)
    _defects(screen, audit)
    _owed(screen, audit)
    for fault, count in audit.faults.most_common(FAULTS):
        screen.say(f"{number(count, 'row')}: {one_text(fault)}", style="yellow")


def _account(screen: Screen, audit: LogAudit, report: ImportReport) -> None:
    screen.say()
    told = [f"{count:,} {name}" for name, count in account(audit) if count or name in ("rows read", "judged")]
    screen.say(", ".join(told))
    if audit.first:
        texts = ", ".join(f"policy {version} ({number(n, 'row')})" for version, n in sorted(audit.texts.items()))
        screen.say(one_text(f"from {audit.first[:10]} to {audit.last[:10]}, under {texts}"))
    for one in report.files:
        if one.error is not None:
            screen.say(f"{one_text(one.file)}: {one_text(one.error.message)} [{one.error.code}]", "red", wrap=False)
    if report.faults:
        told = [f"{n:,} × {one_text(text)}" for text, n in _faults(report)[:3]]
        screen.say(f"not read in full: {'; '.join(told)} (`alpr-policy log read` says where)", style="yellow")


def _faults(report: ImportReport) -> list[tuple[str, int]]:
    ordered = sorted(report.faults.values(), key=lambda one: (-one.count, one.code, one.column))
    return [(one.message, one.count) for one in ordered]


def _findings(screen: Screen, audit: LogAudit) -> None:
    screen.say()
    shown = [one for one in audit.ordered() if one.concerned]
    screen.say("Needs review, by clause", style="bold")
    if not shown:
        screen.say("no statement is on what the log holds")
        return
    several = len({(one.profile, one.version) for one in shown}) > 1
    table = columns("clause", "statement", "review", "undecided", "clear", "of", ratios=(2, 3, None, None, None, None))
    for one in shown:
        row(table, one.clause, _named(one, several), *_counts(one))
    screen.put(table)
    apart = [one.statement for one in audit.ordered() if not one.concerned]
    if apart:
        screen.say(f"applying to no row: {', '.join(apart)}", style="dim")


def _named(one: StatementFinding, several: bool) -> str:
    marks = [f"{one.profile} {one.version}"] if several else []
    marks += ["expected, not compelled"] if one.is_advice else []
    marks += ["over several rows"] if one.over_rows else []
    marks += ["auditors only"] if one.confidential else []
    return one.statement + (f" ({', '.join(marks)})" if marks else "")


def _counts(one: StatementFinding) -> list[Text]:
    review, undecided = one.counts[Stand.REVIEW], one.counts[Stand.UNDECIDED]
    return [
        Text(f"{review:,}" if review else "", style="bold"),
        Text(f"{undecided:,}" if undecided else "", style="yellow"),
        Text(f"{one.counts[Stand.CLEAR]:,}" if one.counts[Stand.CLEAR] else ""),
        Text(f"{one.concerned:,}"),
    ]


def _examples(screen: Screen, audit: LogAudit) -> None:
    for one in audit.ordered():
        if not one.review:
            continue
        screen.say()
        under = f"clause {one.clause}" if one.cite else "no clause"
        screen.say(one_text(f"{under}, {one.statement}: {one.text}"), style="bold")
        if one.over_rows and one.people:
            screen.say(f"  of {people(one)}, as far as the log names them")
        if len(one.groups) > 1:
            screen.put(_groups(one))
        for example in one.review[:EXAMPLES]:
            read = what_was_read(example)
            screen.say(one_text(f"{example.place}: {read}" if read else example.place), wrap=False)
        more = one.counts[Stand.REVIEW] - min(EXAMPLES, len(one.review))
        if more:
            screen.say(f"and {number(more, 'more row')} (--csv, --html, --json)", style="dim")


def _groups(one: StatementFinding) -> Table:
    ordered = sorted(one.groups.items(), key=lambda item: (-item[1][Stand.REVIEW], item[0]))
    with_review = [(group, counts) for group, counts in ordered if counts[Stand.REVIEW]]
    table = columns("agency", "month", "review", "of")
    for (agency, month), counts in with_review[:GROUPS]:
        concerned = counts.total() - counts[Stand.ELSEWHERE]
        row(table, agency[:60] or "not named", month, f"{counts[Stand.REVIEW]:,}", f"{concerned:,}")
    if len(with_review) > GROUPS:
        rest = sum(counts[Stand.REVIEW] for _, counts in with_review[GROUPS:])
        row(table, f"and {number(len(with_review) - GROUPS, 'more group')}", "", f"{rest:,}", "")
    return table


def _lacking(screen: Screen, audit: LogAudit) -> None:
    found = audit.lacking()
    if not found:
        return
    screen.say()
    screen.say("What the log cannot say", style="bold")
    table = columns("fact", "why", "rows", "statements", "column that has it", ratios=(3, None, None, 3, 2))
    for fact, why, count, names in found[:LACKS]:
        row(table, fact, plainly(why), f"{count:,}", ", ".join(names), audit.columns.get(fact) or "no known layout")
    screen.put(table)
    if len(found) > LACKS:
        screen.say(f"and {number(len(found) - LACKS, 'more fact')} (--html, --json)", style="dim")


def _defects(screen: Screen, audit: LogAudit) -> None:
    found = audit.defects
    if found is None:
        return
    screen.say()
    screen.say(f"What is wrong with typed reasons, of {number(found.rows, 'row')}", style="bold")
    table = columns("defect", "rows")
    for name, count in found.counts.most_common():
        row(table, plainly(name), f"{count:,}")
    told = (("no reason typed in", found.none_recorded), ("nothing wrong", found.without), ("not known", found.unknown))
    for name, count in told:
        row(table, name, f"{count:,}")
    screen.put(table)
    screen.say(f"a reason may have several; used by: {', '.join(found.statements) or 'no statement'}", style="dim")


def _owed(screen: Screen, audit: LogAudit) -> None:
    if not audit.owed:
        return
    screen.say()
    screen.say("What had to follow; whether it was done is not in the log", style="bold")
    table = columns("statement", "what", "rows")
    for (_, rule, task, sure), count in sorted(audit.owed.items()):
        row(table, rule, plainly(task) + ("" if sure else " (depends on what is not known)"), f"{count:,}")
    screen.put(table)
