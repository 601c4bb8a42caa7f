"""What the audits find, as diagnostics for CI servers: at the row of the log, with the clause's place beside it.

No line of a log is shown with them, since it may hold a plate or a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from alpr_policy.errors import Diagnostic, Severity
from alpr_policy.model.profile import Profile
from alpr_policy.questions.audit_pages import sections
from alpr_policy.questions.audit_report import AuditReport
from alpr_policy.questions.log_audit_files import left_open, listed_rows, place_of, row_text
from alpr_policy.questions.log_audit_report import LogAudit, StatementFinding
from alpr_policy.questions.log_audit_rules import Stand
from alpr_policy.questions.override import ReviewStanding
from alpr_policy.source import NOWHERE, Span
from alpr_policy_adapters.cli.output import number, one_text
from alpr_policy_adapters.logs import ImportReport
from alpr_policy_adapters.logs.portal import PortalRecord
from alpr_policy_adapters.logs.portal_compare import Compared, Verdict

REVIEW, UNDECIDED, DIFFERS = "audit-review", "audit-undecided", "portal-differs"
LONGEST = 160
NO_WRONG = "it shows no wrong"
# For each code a sentence; its page is the manual of errors.
RULES = {
    REVIEW: ("what needs review under a clause; it shows no wrong", ""),
    UNDECIDED: ("what hangs on something that is not known", ""),
    DIFFERS: ("what is published and differs from the policy or the log; it shows no wrong", ""),
}
# What each part of the audit of a period says of a line; a sample is no finding.
SAID = {
    "exception": "not allowed",
    "override": "a denial was overridden",
    "reason": "no adequate reason",
    "pattern": "a pattern",
    "undecided": "what may be a pattern",
    "hit": "a hit",
    "entry": "an entry past its use",
    "share": "a share",
    "overdue": "an overdue duty",
    "obligation": "what had to follow",
}
OPEN = frozenset({"undecided", "obligation"})


def log_diagnostics(audit: LogAudit, report: ImportReport) -> Iterator[Diagnostic]:
    """Yield what could not be read, each row listed that needs review, and each statement that is undecided.

    A row is a warning, under a clause that does not bind a hint, and so is what is undecided.
    """
    yield from _unread(report)
    for one, example in listed_rows(audit)[0]:
        level = Severity.INFO if one.is_advice else Severity.WARNING
        yield _of_log(REVIEW, row_text(one, example), example.place, one, level)
    for one in audit.ordered():
        if one.counts[Stand.UNDECIDED]:
            told = f"{one.statement}: {left_open(one)}"
            yield _of_log(UNDECIDED, told, next(iter(one.undecided), ""), one, Severity.INFO)


def _unread(report: ImportReport) -> Iterator[Diagnostic]:
    yield from (one.error for one in report.files if one.error is not None)
    for one in report.faults.values():
        more = f" ({number(one.count, 'row')})" if one.count > 1 else ""
        place = _row(one.places[0] if one.places else "")
        column = f"{one.column}: " if one.column else ""
        yield Diagnostic(one.code, f"{column}{one.message}{more}", place, one.help, Severity.WARNING)


def _of_log(code: str, told: str, place: str, one: StatementFinding, level: Severity) -> Diagnostic:
    where = f"{one.place} says: " if one.place else ""
    beyond = "A row shows no wrong." if code == REVIEW else "What a log leaves out is evidence of nothing."
    related = (one.span,) if one.span.line else ()
    return Diagnostic(code, told, _row(place), f"{where}{one.text} {beyond}", level, related)


def _row(place: str) -> Span:
    file, line = place_of(place)
    return Span(file, line, 1) if file else NOWHERE


def portal_diagnostics(
    published: PortalRecord, compared: Iterable[Compared], texts: Sequence[Profile]
) -> Iterator[Diagnostic]:
    """Yield what is published and differs, at its field in the record, beside the clauses of `texts` that say so."""
    for one in compared:
        for side, view in (("the profile", one.profile), ("the log", one.log)):
            if view.verdict is not Verdict.DIFFERS:
                continue
            cite = f" ({', '.join(view.cite)})" if view.cite else ""
            topic = one.claim.topic.replace("_", " ")
            shown = one_text(one.claim.published)[:LONGEST]
            told = f"{topic}: `{shown}` is published; {side}{cite} differs: {view.told}"
            place = published.places.get(one.claim.topic, NOWHERE)
            help = f"find out which of the two is right; {NO_WRONG}"
            yield Diagnostic(DIFFERS, told, place, help, Severity.WARNING, clause_places(texts, view.cite))


def audit_diagnostics(
    report: AuditReport, places: Mapping[str, Span], texts: Sequence[Profile]
) -> Iterator[Diagnostic]:
    """Yield each finding of the audit of a period: at its act in the file of acts (`places`), else at its clause.

    What is undecided or not known to have been done is a hint, and so is an override whose review is not overdue. Where
    neither act nor clause has a place, it is the department's name in its profile.
    """
    late = {one.record.id for one in report.overrides if one.review.standing is ReviewStanding.OVERDUE}
    for section, _, rows in sections(report):
        if section not in SAID:
            continue
        for _, id, _, _, what, _, _, why, cite, _ in rows:
            clauses = clause_places(texts, cite.split(", ") if cite else ())
            hint = section in OPEN or (section == "override" and id not in late)
            told = ", ".join(part for part in (id, what.replace("_", " ")) if part)
            yield Diagnostic(
                UNDECIDED if section in OPEN else REVIEW,
                f"{SAID[section]}: {told + ': ' if told else ''}{one_text(why)}",
                places.get(id) or next(iter(clauses), texts[0].spans["profile"]),
                f"under {cite}; {NO_WRONG}" if cite else NO_WRONG,
                Severity.INFO if hint else Severity.WARNING,
                clauses,
            )


def clause_places(texts: Sequence[Profile], cite: Iterable[str]) -> tuple[Span, ...]:
    """Return where clauses stand in the outlines of some texts; one that none of them has is passed over."""
    found = ((text.spans.get(f"outline={clause}") for text in texts) for clause in cite)
    return tuple(span for several in found if (span := next((one for one in several if one is not None), None)))
