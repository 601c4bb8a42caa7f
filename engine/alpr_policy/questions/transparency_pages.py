"""The public report as HTML and Markdown, on the same parts as the documents of policies."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.questions.documents.markdown import markdown_of, plain_text
from alpr_policy.questions.documents.page import page_of
from alpr_policy.questions.documents.parts import Part, Section, Sentences, Table, clauses
from alpr_policy.questions.printable import heading, paragraph
from alpr_policy.questions.suppression import CountTable
from alpr_policy.questions.transparency import DutyCount, TransparencyReport
from alpr_policy.questions.wording import day_text

HIDDEN = "not shown"
# A table with more labels is told shortly.
LONG = 12


def transparency_page(report: TransparencyReport) -> str:
    """Return the report as one HTML file."""
    head = [heading(_title(report), 1), *(paragraph(text) for text in _about(report))]
    return page_of(_title(report), head, _sections(report))


def transparency_markdown(report: TransparencyReport) -> str:
    """Return the report as Markdown."""
    head = [f"# {plain_text(_title(report))}", ""]
    return markdown_of([*head, *(f"{plain_text(text)}\n" for text in _about(report))], _sections(report))


def shown(count: int | None) -> str:
    """Return a count as it is shown."""
    return HIDDEN if count is None else f"{count:,}"


def overdue_text(one: DutyCount) -> str:
    """Return for how many a duty is overdue, as it is shown."""
    return shown(one.overdue) if one.known else "not known"


def _title(report: TransparencyReport) -> str:
    whose = f"{report.department}: " if report.department else ""
    return f"{whose}use of licence plate readers, {day_text(report.first)} to {day_text(report.last)}"


def _about(report: TransparencyReport) -> Iterator[str]:
    if report.version:
        yield f"Under policy {report.version}."
    yield (
        f"All days are days in {report.timezone}. Counts from 1 to {report.threshold - 1} are {HIDDEN}, nor are others "
        "by which they could be worked out. This report holds no plate, no name and no case."
    )


def _sections(report: TransparencyReport) -> Iterator[Section]:
    for name, title in (("searches", "Searches"), ("hits", "Hits"), ("shares", "Data given to others")):
        mine = [one for one in report.tables if one.name.split("_")[0] == name]
        parts: list[Part] = [part for one in mine for part in _table(one)]
        nothing = Sentences(texts=("Nothing of the kind is on record.",), listed=False)
        yield Section(name=name, title=title, parts=tuple(parts or [nothing]))
    for name, title, audits in (("audits", "Audits", True), ("duties", "Other duties", False)):
        rows = tuple(
            (f"{one.what} {clauses(one.cite)}", shown(one.done), overdue_text(one))
            for one in report.duties
            if one.audits is audits
        )
        table = Table(headings=("duty", "done in the period", "overdue at its end"), rows=rows)
        none = Sentences(texts=("The policy states none, or what was done was not given.",), listed=False)
        if report.version:
            yield Section(name=name, title=title, parts=(table if rows else none,))


def _table(one: CountTable) -> list[Part]:
    return [
        Sentences(texts=(f"{one.title}.",), listed=False),
        Table(headings=("", "how many"), rows=tuple(told_rows(one))),
    ]


def told_rows(one: CountTable) -> Iterator[tuple[str, str]]:
    """Give the rows of a table as they are read: where it is long, what is hidden and what is zero stand together."""
    long = len(one.rows) > LONG
    if all(count is None for _, count in one.rows):
        yield "each of them", HIDDEN
        yield "in all", shown(one.total)
        return
    yield from ((label, shown(count)) for label, count in one.rows if count or not long)
    for count in (0, None) if long else ():
        labels = [label for label, held in one.rows if held == count]
        if labels:
            yield "; ".join(labels), shown(count)
    yield "in all", shown(one.total)
