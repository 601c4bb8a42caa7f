"""The report on a standard as a page for print."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from alpr_policy.questions.evidence import BulletReport, EvidenceReport
from alpr_policy.questions.printable import bullets, heading, page, paragraph, table, when


def evidence_page(report: EvidenceReport) -> str:
    """Return the report as one HTML file."""
    zone = ZoneInfo(report.timezone)
    title = f"Standard {report.standard}: {report.department}"
    body = [
        heading(title, 1),
        paragraph(f"{report.title}. Policy {report.version}, as of {when(report.at, zone)}."),
        paragraph(f"Profile {report.profile}, content {report.content_hash}.", "quiet"),
    ]
    body += [paragraph(f"Note: {report.note}.", "quiet")] if report.note else []
    rows = [
        (one.letter, one.says, ", ".join(one.clauses) or "none of its own", str(one.proof_count), str(len(one.gaps)))
        for one in report.bullets
    ]
    body.append(table(("point", "asks for", "clauses", "proofs", "gaps"), rows))
    for one in report.bullets:
        body += _bullet(one, zone)
    return page(title, body)


def _bullet(one: BulletReport, zone: ZoneInfo) -> list[str]:
    body = [heading(f"{one.letter}. {one.says}")]
    if one.answers:
        own = [(", ".join(a.cite), a.text) for a in one.answers if not a.general]
        wide = [(", ".join(a.cite), a.text) for a in one.answers if a.general]
        body += [table(("clause", "the policy says"), own)] if own else []
        body += [table(("clause", "and, of many acts at once"), wide)] if wide else []
    if one.proofs:
        rows = [(when(p.at, zone), p.what, p.of or "", p.by or "", p.reference or "") for p in one.proofs]
        body.append(table(("when", "recorded", "of", "by", "reference"), rows))
        if one.proof_count > len(one.proofs):
            body.append(paragraph(f"The latest {len(one.proofs)} of {one.proof_count}.", "quiet"))
    body.append(bullets(one.gaps, "gap") if one.gaps else paragraph("No gap was found."))
    return body
