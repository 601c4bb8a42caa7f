"""What an import of logs found, for people: files, facts and their status, what overlaps, what could not be read."""

from __future__ import annotations

from alpr_policy_adapters.cli.output import Screen, columns, number, row
from alpr_policy_adapters.logs import FileReport, ImportReport, Status

MOST_FAULTS = 30


def show_report(screen: Screen, report: ImportReport) -> None:
    """Show a report."""
    for one in report.files:
        _file(screen, one)
    _facts(screen, report)
    _again(screen, report)
    _faults(screen, report)


def _file(screen: Screen, one: FileReport) -> None:
    told = f"{one.file}: {one.layout or 'not read'}"
    if one.rows:
        parts = {"duplicate": one.duplicates, "unreadable": one.unreadable, "no act": one.other, "header": one.headers}
        more = "".join(f", {count:,} {name}" for name, count in parts.items() if count)
        told += f", {number(one.rows, 'row')}: {number(one.requests, 'request')}{more}"
    screen.say(told, style="bold", wrap=False)
    if one.first:
        screen.say(f"  from {one.first[:19]}Z to {one.last[:19]}Z", wrap=False)
    if one.unknown_columns:
        screen.say(f"  nothing is read from the columns {', '.join(one.unknown_columns)}", wrap=False)
    if one.error is not None:
        where = f"line {one.error.span.line}: " if one.error.span.line else ""
        screen.say(f"  {where}{one.error.message} [{one.error.code}]", wrap=False)
        if one.error.help:
            screen.say(f"  help: {one.error.help}", wrap=False)


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
