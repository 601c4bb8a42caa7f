"""The audit of a log as one page by itself: for paper, a telephone, and light or dark screens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from alpr_policy.questions.log_audit_files import left_open, needs_review, what_was_read
from alpr_policy.questions.log_audit_report import LogAudit, StatementFinding
from alpr_policy.questions.log_audit_rules import Stand
from alpr_policy.questions.own_words import plainly
from alpr_policy.questions.printable import bullets, escaped, heading, page, paragraph, table

EXAMPLES: Final = 10
MOST_GROUPS: Final = 100
STYLE: Final = """
:root { color-scheme: light dark; }
.bar { display: flex; height: .8em; border: 1px solid #888; margin: .4em 0; print-color-adjust: exact;
  -webkit-print-color-adjust: exact; }
.bar span { display: block; } .review { background: #b00020; } .undecided { background: #d9a400; }
.clear { background: #2e7d32; } .wide { overflow-x: auto; }
@media print { .wide { overflow: visible; } }
h3 { font-size: 1em; margin: 1.4em 0 .2em; break-after: avoid; }
@media screen and (prefers-color-scheme: dark) {
  body { color: #e6e6e6; background: #161616; } th { background: #2a2a2a; } th, td { border-color: #555; }
  .gap { color: #ff8a80; } .quiet { color: #aaa; } }
@media screen and (max-width: 40em) { body { padding: 0 .7em; margin: 1em auto; } th, td { padding: .2em .3em; } }
"""
NO_VERDICT: Final = (
    "A row of a log shows that something needs review under a clause, never that a person did wrong. What an export"
    " leaves out, such as an approval, is evidence of nothing."
)


def account(audit: LogAudit) -> list[tuple[str, int]]:
    """Return what became of all rows; the parts after the first add up to it."""
    parts = [("rows read", audit.read.get("rows", audit.rows)), ("judged", audit.judged)]
    parts += [("no text in force", audit.not_in_force), ("duplicate", audit.read.get("duplicates", 0))]
    parts += [("unreadable", audit.read.get("unreadable", 0)), ("no act of the language", audit.read.get("other", 0))]
    return parts + [(f"refused: {plainly(rule)}", count) for rule, count in sorted(audit.refused.items())]


def people(one: StatementFinding) -> str:
    """Say how many people the rows of a finding are of."""
    return f"{len(one.people):,} {'person' if len(one.people) == 1 else 'people'}"


def notes(audit: LogAudit) -> Iterator[str]:
    """Give what a reader must know before the figures."""
    yield NO_VERDICT
    if audit.as_if:
        yield f"Judged as if under {audit.as_if}: this is no statement of what was lawful."
    if audit.over_rows:
        named = ", ".join(audit.over_rows)
        yield f"Counts over several rows ({named}) know the rows of this log alone; what came before it is not in them."


def log_audit_page(audit: LogAudit) -> str:
    """Return the audit as one HTML file."""
    body = [heading(f"Audit of a log: {audit.department}", 1)]
    body += [paragraph(note, "quiet") for note in notes(audit)]
    if audit.first:
        texts = ", ".join(f"{version} ({count:,} rows)" for version, count in sorted(audit.texts.items()))
        body.append(paragraph(f"Rows from {audit.first[:10]} to {audit.last[:10]}, judged under policy {texts}."))
    body += [heading("What became of the rows"), table(("", "rows"), [(n, f"{c:,}") for n, c in account(audit)])]
    body += [heading("Needs review, by clause"), *_summary(audit)]
    body += [heading("What the log cannot say"), *_lacking(audit)]
    body += _reasons(audit)
    body += _owed(audit)
    body.append(heading("Each statement"))
    for one in audit.ordered():
        body += _statement(one)
    return page(f"Audit of a log: {audit.department}", body, STYLE)


def _summary(audit: LogAudit) -> list[str]:
    rows = [
        (one.clause, one.statement, *(f"{one.counts[s]:,}" for s in (Stand.REVIEW, Stand.UNDECIDED, Stand.CLEAR)),
         f"{one.concerned:,}")
        for one in audit.ordered() if one.concerned
    ]  # fmt: skip
    heads = ("clause", "statement", "needs review", "undecided", "clear", "of")
    return [_wide(table(heads, rows))] if rows else [paragraph("No statement is on what the log holds.", "quiet")]


def _lacking(audit: LogAudit) -> list[str]:
    rows = [
        (fact, plainly(why), f"{count:,}", ", ".join(names), audit.columns.get(fact) or "no known layout")
        for fact, why, count, names in audit.lacking()
    ]
    heads = ("fact", "why not known", "rows", "statements", "column that has it")
    return [_wide(table(heads, rows))] if rows else [paragraph("Nothing is wanting.", "quiet")]


def _reasons(audit: LogAudit) -> list[str]:
    found = audit.defects
    if found is None:
        return []
    rows = [(plainly(name), f"{count:,}") for name, count in found.counts.most_common()]
    rows += [("no reason was typed in", f"{found.none_recorded:,}"), ("nothing is wrong", f"{found.without:,}")]
    rows += [("not known", f"{found.unknown:,}")]
    using = ", ".join(found.statements) or "no statement on these acts"
    told = f"Of {found.rows:,} rows; a reason may have several. Used by: {using}."
    return [heading("What is wrong with typed reasons"), paragraph(told), table(("", "rows"), rows)]


def _owed(audit: LogAudit) -> list[str]:
    if not audit.owed:
        return []
    rows = [
        (rule, plainly(task), "yes" if sure else "depends on what is not known", f"{count:,}")
        for (_, rule, task, sure), count in sorted(audit.owed.items())
    ]
    told = "What the policy wants done after these acts. Whether it was done is not in the log."
    return [
        heading("What had to follow"),
        paragraph(told),
        _wide(table(("statement", "what", "certain", "rows"), rows)),
    ]


def _statement(one: StatementFinding) -> Iterator[str]:
    yield f"<h3>{escaped(f'{one.clause}: {one.statement}')}</h3>"
    yield paragraph(one.text + (" (For auditors only.)" if one.confidential else ""))
    yield paragraph(f"{one.profile} {one.version}, {one.place}", "quiet")
    if not one.concerned:
        yield paragraph("It applies to none of these rows.", "quiet")
        return
    yield _bar(one)
    told = [needs_review(one)] if one.counts[Stand.REVIEW] else []
    told += [left_open(one)] if one.counts[Stand.UNDECIDED] else []
    if one.over_rows and one.people:
        told.append(f"these rows are of {people(one)}, as far as the log names them")
    yield bullets(told or ["nothing needs review"])
    groups = sorted(one.groups.items(), key=lambda item: (-item[1][Stand.REVIEW], item[0]))
    shown = [(g, c) for g, c in groups if c[Stand.REVIEW]][:MOST_GROUPS]
    if shown and len(groups) > 1:
        rows = [
            (agency or "not named", month, f"{c[Stand.REVIEW]:,}", f"{c.total() - c[Stand.ELSEWHERE]:,}")
            for (agency, month), c in shown
        ]
        yield _wide(table(("agency", "month", "needs review", "of"), rows))
    if one.review:
        yield _wide(table(("row", "read"), [(x.place, what_was_read(x)) for x in one.review[:EXAMPLES]]))
        more = one.counts[Stand.REVIEW] - min(EXAMPLES, len(one.review))
        if more:
            yield paragraph(f"and {more:,} more rows", "quiet")


def _bar(one: StatementFinding) -> str:
    parts = [(s.value, one.counts[s]) for s in (Stand.REVIEW, Stand.UNDECIDED, Stand.CLEAR) if one.counts[s]]
    spans = "".join(f'<span class="{name}" style="flex:{count}"></span>' for name, count in parts)
    said = ", ".join(f"{count:,} {'need review' if name == 'review' else name}" for name, count in parts)
    return f'<div class="bar" role="img" aria-label="{escaped(said)}">{spans}</div>'


def _wide(shown: str) -> str:
    return f'<div class="wide">{shown}</div>'
