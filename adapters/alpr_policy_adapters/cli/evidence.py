"""`alpr-policy evidence`: how a policy answers an accreditation standard, with the dated proof and the gaps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table
from rich.text import Text

from alpr_policy.questions.as_of import text_at
from alpr_policy.questions.evidence import BulletReport, EvidenceReport
from alpr_policy.questions.evidence import evidence as evidence_of
from alpr_policy.questions.evidence_page import evidence_page
from alpr_policy.questions.printable import when
from alpr_policy.reading.standards import find_standard, read_standard
from alpr_policy_adapters.cli.as_of import AsOfText, now_or
from alpr_policy_adapters.cli.directory_options import DirectoryPath, PeopleUrl
from alpr_policy_adapters.cli.happened import Department, Devices, PastFile, PeopleFile, Remembered, Whence, written
from alpr_policy_adapters.cli.options import Json, Policies, decision_point, finish
from alpr_policy_adapters.cli.output import Screen, number, one_text, print_json, shown_path, to_stderr

SHOWN = 5


def evidence(
    department: Department,
    standard: Annotated[
        str, typer.Option("--standard", metavar="NUMBER|FILE", help="A standard that ships, or a file of your own.")
    ] = "41.3.9",
    as_of: AsOfText = None,
    past: PastFile = None,
    people: PeopleFile = None,
    ledger: Remembered = None,
    directory: DirectoryPath = None,
    people_url: PeopleUrl = None,
    device: Devices = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page for print as well.")] = None,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Show for each point of a standard the clauses that answer it, what was recorded, and what is missing."""
    asked = read_standard(Path(standard)) if standard.endswith((".yaml", ".yml")) else find_standard(standard)
    pdp = decision_point(policies, [department])
    shown = text_at(pdp.catalog, department, now_or(as_of))
    whence = Whence(past=past, people=people, ledger=ledger, directory=directory, people_url=people_url)
    known = whence.read(department, shown.profile, shown.at)
    report = evidence_of(shown.profile, asked, known.past, shown.at, people=known.people, devices=device)
    if html is not None:
        written(html, evidence_page(report))
        to_stderr().say(f"wrote {shown_path(str(html))}")
    if as_json:
        print_json(report.to_wire())
    else:
        _tell(Screen(), report, shown.note)
    finish(known.code)


def _tell(screen: Screen, report: EvidenceReport, note: str) -> None:
    zone = ZoneInfo(report.timezone)
    screen.say(one_text(f"Standard {report.standard}, {report.title}: {report.department}"), style="bold")
    screen.say(one_text(f"policy {report.version}, as of {when(report.at, zone)}" + (f"; {note}" if note else "")))
    for one in report.bullets:
        screen.say()
        _bullet(screen, one, zone)
    screen.say()
    screen.say(f"{number(report.gaps, 'gap')} in {number(len(report.bullets), 'point')}", style="bold")


def _bullet(screen: Screen, one: BulletReport, zone: ZoneInfo) -> None:
    screen.say(one_text(f"{one.letter}. {one.says}"), style="bold")
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, show_header=False)
    table.add_column(width=len("   clauses:"), no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("   clauses:", Text(one_text(", ".join(one.clauses)) or "none of its own"))
    if one.general:
        table.add_row(Text("   general:", style="dim"), Text(one_text(", ".join(one.general)), style="dim"))
    for proof in one.proofs[:SHOWN]:
        told = (
            when(proof.at, zone),
            proof.what,
            f"({proof.of})" if proof.of else "",
            f"[{proof.reference}]" if proof.reference else "",
        )
        table.add_row("   proof:", Text(one_text(" ".join(filter(None, told)))))
    if one.proof_count > SHOWN:
        more = f"and {one.proof_count - min(SHOWN, len(one.proofs)):,} more"
        table.add_row(Text("   proof:", style="dim"), Text(more, style="dim"))
    for gap in one.gaps:
        table.add_row(Text("   gap:", style="bold red"), Text(one_text(gap)))
    screen.put(table)
