"""The report on a standard as a page for print."""

from __future__ import annotations

import datetime as dt

from alpr_policy.model.request import Moment
from alpr_policy.questions.evidence import BulletReport, EvidenceReport
from alpr_policy.questions.printable import bullets, heading, page, paragraph, table


def evidence_page(report: EvidenceReport) -> str:
    """Return the report as one HTML file."""
    title = f"Standard {report.standard}: {report.department}"
    body = [
        heading(title, 1),
        paragraph(f"{report.title}. Policy {report.version}, as of {when(report.at)}."),
        paragraph(f"Profile {report.profile}, content {report.content_hash}.", "quiet"),
    ]
    body += [paragraph(f"Note: {report.note}.", "quiet")] if report.note else []
    rows = [
        (one.letter, one.says, ", ".join(one.clauses) or "none of its own", str(one.proof_count), str(len(one.gaps)))
        for one in report.bullets
    ]
    body.append(table(("point", "asks for", "clauses", "proofs", "gaps"), rows))
    for one in report.bullets:
        body += _bullet(one)
    return page(title, body)


def _bullet(one: BulletReport) -> list[str]:
    body = [heading(f"{one.letter}. {one.says}")]
    if one.answers:
        own = [(", ".join(a.cite), a.text) for a in one.answers if not a.general]
        wide = [(", ".join(a.cite), a.text) for a in one.answers if a.general]
        body += [table(("clause", "the policy says"), own)] if own else []
        body += [table(("clause", "and, of many acts at once"), wide)] if wide else []
    if one.proofs:
        rows = [(when(p.at), p.what, p.of or "", p.by or "", p.reference or "") for p in one.proofs]
        body.append(table(("when", "recorded", "of", "by", "reference"), rows))
        if one.proof_count > len(one.proofs):
            body.append(paragraph(f"The latest {len(one.proofs)} of {one.proof_count}.", "quiet"))
    body.append(bullets(one.gaps, "gap") if one.gaps else paragraph("No gap was found."))
    return body


def when(moment: Moment) -> str:
    """Return a moment as a reader of a page takes it: a day, or day, time and offset."""
    return moment.isoformat(" ", "seconds") if isinstance(moment, dt.datetime) else moment.isoformat()
