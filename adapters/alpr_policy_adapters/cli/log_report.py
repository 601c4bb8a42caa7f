"""What an import of logs found, for people: files, facts and their status, what overlaps, what could not be read."""

from __future__ import annotations

from alpr_policy_adapters.cli.output import Screen, columns, number, row
from alpr_policy_adapters.logs import ImportReport, Status

MOST_FAULTS = 30


def show_report(screen: Screen, report: ImportReport) -> None:
    """Show a report."""
    table = columns("file", "layout", "rows", "requests", "duplicates", "unreadable", "other", "from", "to")
    for one in report.files:
        figures = (one.rows, one.requests, one.duplicates, one.unreadable, one.other)
        row(table, one.file, one.layout, *(f"{n:,}" for n in figures), one.first[:19], one.last[:19])
    screen.put(table, wrap=False)
    for one in report.files:
        if one.error is not None:
            help = f" ({one.error.help})" if one.error.help else ""
            screen.say(f"{one.file}: {one.error.message}{help} [{one.error.code}]", "bold red", wrap=False)
        if one.unknown_columns:
            screen.say(f"{one.file}: nothing is read from {', '.join(one.unknown_columns)}", wrap=False)
        if one.headers:
            screen.say(f"{one.file}: {number(one.headers, 'further header')} passed over", wrap=False)
    _facts(screen, report)
    _again(screen, report)
    _faults(screen, report)


def _facts(screen: Screen, report: ImportReport) -> None:
    if not report.status:
        return
    screen.say()
    table = columns("fact", *(one.value for one in Status))
    for name, counts in sorted(report.status.items()):
        row(table, name, *(f"{counts[one]:,}" if counts[one] else "" for one in Status))
    screen.put(table, wrap=False)


def _again(screen: Screen, report: ImportReport) -> None:
    told = [
        f"{report.files[a].file} and {report.files[b].file} overlap: {number(count, 'row')} in both"
        for (a, b), count in sorted(report.overlaps.items())
    ]
    if report.same_id:
        told.append(f"{number(report.same_id, 'row')} with the id of a row of another time or user")
    if report.contradictions:
        told.append(f"{number(report.contradictions, 'row')} that contradict one of the same id, time and user; kept")
    if report.alike:
        told.append(f"{number(report.alike, 'row')} without an id and like another of the same file; kept")
    told += [f"no act of the language: {kind or 'of no kind'}: {n:,}" for kind, n in report.kinds.most_common(20)]
    for line in ["", *told] if told else []:
        screen.say(line, wrap=False)


def _faults(screen: Screen, report: ImportReport) -> None:
    ordered = sorted(report.faults.values(), key=lambda one: (-one.count, one.code, one.column))
    if not ordered:
        return
    screen.say("\nwhat could not be read", style="bold")
    for one in ordered[:MOST_FAULTS]:
        column = f"column {one.column}: " if one.column else ""
        help = f" ({one.help})" if one.help else ""
        more = ", …" if one.count > 3 else ""
        where = ", ".join(one.places[:3])
        screen.say(f"{one.count:,} × {column}{one.message}{help} [{one.code}] at {where}{more}", wrap=False)
    if len(ordered) > MOST_FAULTS:
        screen.say(f"{number(len(ordered) - MOST_FAULTS, 'further kind')}: --json shows them", "bold")
