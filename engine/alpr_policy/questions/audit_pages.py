"""The report of an audit as a page for print, and as a table for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from alpr_policy.questions.audit_report import AuditReport, Finding, Pattern, Undecided
from alpr_policy.questions.duties import DutyLine
from alpr_policy.questions.own_words import plainly
from alpr_policy.questions.printable import heading, page, paragraph, table, when
from alpr_policy.vocabulary.phrases import TASKS

COLUMNS = ("section", "id", "at", "person", "action", "outcome", "done", "why", "clauses", "reference")
AT = COLUMNS.index("at")
# What a spreadsheet would take for a formula, or what hides such a beginning.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
Row = tuple[str, ...]


def sections(report: AuditReport) -> Iterator[tuple[str, str, list[Row]]]:
    """Give each part of a report: its name, its heading, and its rows under COLUMNS."""
    yield "exception", "Denied, or done without being allowed", [_row("exception", f) for f in report.exceptions]
    yield "override", "Denials that were overridden", [_override(report, n) for n in range(len(report.overrides))]
    for sample in report.samples:
        whose = f", as `{sample.duty}` asks" if sample.duty else ", as asked for"
        title = f"Sample{whose}: {sample.asked} of {sample.of}, {len(sample.acts)} of {sample.population} drawn"
        yield "sample", title, [_row("sample", f) for f in sample.acts]
    yield "reason", "Searches without an adequate reason", [_row("reason", f) for f in report.reasons]
    yield (
        "pattern",
        "Patterns of one person that need review",
        [row for one in report.patterns for row in _pattern(one)],
    )
    yield "undecided", "What may be a pattern, and is not known", [_undecided(one) for one in report.undecided]
    yield "hit", "Hits without a disposition", [_row("hit", f) for f in report.hits]
    yield "entry", "Entries past their use", [_line("entry", one) for one in report.entries]
    yield "share", "Shares that are not known to be logged", [_row("share", f) for f in report.shares]
    yield "overdue", "Overdue duties", [_line("overdue", one) for one in report.overdue]
    owed = [_owed(report, task, count) for task, count in report.obligations.items()]
    yield "obligation", "What had to follow acts, and is not known to have followed", owed


def _owed(report: AuditReport, task: str, count: int) -> Row:
    names = report.owed_after.get(task, ())
    more = f" and {count - len(names)} more" if count > len(names) else ""
    told = f"not known to be done for {', '.join(names)}{more}"
    return ("obligation", "", "", "", TASKS.get(task, plainly(task)), "", "", told, "", "")


def _pattern(one: Pattern) -> Iterator[Row]:
    under = f"needs review under {', '.join(one.cite)}" if one.cite else "needs review"
    for number, act in enumerate(one.acts, 1):
        yield _row("pattern", act, f"{one.rule} ({number} of {one.count}): {under}; {act.why}", one.cite)


def _undecided(one: Undecided) -> Row:
    more = f" and {one.count - len(one.first)} more" if one.count > len(one.first) else ""
    told = f"{one.rule}: what decides it is not known for {', '.join(one.first)}{more}"
    return ("undecided", "", "", "", "", "", "", told, ", ".join(one.cite), "")


def _row(section: str, one: Finding, why: str | None = None, cite: tuple[str, ...] | None = None) -> Row:
    clauses = ", ".join(one.cite if cite is None else cite)
    told = one.why if why is None else why
    person, reference = one.person, one.reference or ""
    return (section, one.id, one.at, person, one.action, one.outcome, one.done, told, clauses, reference)


def _override(report: AuditReport, number: int) -> Row:
    record, review = report.overrides[number].record, report.overrides[number].review
    by, zone = ", ".join(plainly(role) for role in review.by), ZoneInfo(report.timezone)
    told = f"{plainly(review.standing)}: review by {by} until {when(review.due, zone)}"
    why = f"{record.why + '; ' if record.why else ''}valid until {when(record.until, zone)}; {told}"
    clauses = ", ".join(record.cite)
    who = f"{record.by} ({plainly(record.role)})"
    at = record.at.astimezone(zone).isoformat()
    return ("override", record.id, at, who, record.action, "deny", "", why, clauses, record.act)


def _line(section: str, one: DutyLine) -> Row:
    due = one.due_by or one.due_from
    at = due.isoformat() if due is not None else ""
    reference = (one.last_done.reference or "") if one.last_done else ""
    return (section, one.of or "", at, "", one.what, str(one.standing), "", one.why, ", ".join(one.cite), reference)


def audit_csv(report: AuditReport) -> str:
    """Return all rows as CSV. A cell that a spreadsheet would compute gets an apostrophe before it, and is text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for _, _, rows in sections(report):
        writer.writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue()


def guarded(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    shown = "".join(c for c in cell if c.isprintable() or c in "\n\t")
    bare = shown.lstrip(" \u00a0\ufeff")
    return f"'{shown}" if bare.startswith(FORMULA) else shown


def audit_page(report: AuditReport) -> str:
    """Return the report as one HTML file, with room for a signature."""
    title = f"Audit: {report.department}, {report.first} to {report.last}"
    covers = ", ".join(plainly(one) for one in report.covers) or "nothing in particular"
    auditors = ", ".join(plainly(one) for one in report.audited_by) or "whom the department names"
    counted = ", ".join(f"{n} {outcome}" for outcome, n in report.outcomes.items()) or "none"
    body = [
        heading(title, 1),
        paragraph(f"Policy {report.version}. The policy wants covered: {covers}; by {auditors}."),
        paragraph(f"{report.acts} acts: {counted}; {report.done} are known to have been done."),
    ]
    if report.note:
        body.append(paragraph(f"The text was {report.note}.", "gap"))
    if report.judged_now:
        body.append(
            paragraph(f"{report.judged_now} acts came without a decision and were judged for this audit.", "gap")
        )
    for _, title_, rows in sections(report):
        body.append(heading(f"{title_} ({len(rows)})"))
        body.append(_table(rows) if rows else paragraph("None.", "quiet"))
    body += [
        heading("Sign-off"),
        table(("name and role", "covered", "date", "signature"), [("", "", "", "")]),
        paragraph(f"Sample drawn with the seed {report.seed}. Report sha256:{report.digest}.", "quiet"),
        paragraph(f"Profile {report.profile}, content {report.content_hash}.", "quiet"),
    ]
    return page(title, body)


def _table(rows: Iterable[Row]) -> str:
    """Return a table without the columns in which nothing stands; all times are those of the department."""
    shown = [(*row[1:AT], minutes(row[AT]), *row[AT + 1 :]) for row in rows]
    kept = [n for n in range(len(COLUMNS) - 1) if any(row[n] for row in shown)]
    return table([COLUMNS[n + 1] for n in kept], [[row[n] for n in kept] for row in shown])


def minutes(at: str) -> str:
    """Return a day, or a day and its time to the minute, of a time in the form of ISO 8601."""
    return at[:16].replace("T", " ")
