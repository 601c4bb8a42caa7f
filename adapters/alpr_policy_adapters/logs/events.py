"""Rows of event logs and sharing reports: what administrators did, and who stands in the list of those shared with."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from alpr_policy_adapters.logs.cells import read_time, shown, status_of
from alpr_policy_adapters.logs.rows import Fault, Made, Status
from alpr_policy_adapters.logs.searches import Context, is_plate
from alpr_policy_adapters.registration import normalise, state_code

# What is done to which kind of thing, as acts of the language. Everything else is counted and becomes no request.
ACTS: Mapping[tuple[str, str], str] = {
    ("create", "customhotlistentry"): "hotlist.add",
    ("update", "customhotlistentry"): "hotlist.change",
    ("delete", "customhotlistentry"): "hotlist.remove",
    ("create", "networkshare"): "data.share",
    ("update", "networkshare"): "data.share",
    ("create", "user"): "access.grant",
    ("create", "export"): "data.export",
}
# The lines inside a cell of details, and the facts that they give to each act.
DETAILS: Mapping[str, Mapping[str, str]] = {
    "hotlist": {
        "license": "plate.number",
        "licenseplate": "plate.number",
        "state": "plate.state",
        "reason": "reason.text",
        "case": "case.number",
        "hotlistname": "event.hotlist",
        "expiry": "event.expiry",
    },
    "data": {
        "receivingorganization": "recipient.named",
        "permissions": "event.permissions",
        "networkname": "event.network",
    },
    "access": {"user": "grantee.id", "email": "event.email", "role": "event.role"},
}
_LINE = re.compile(r"\s*(?P<name>[^:\n]{1,60}?)\s*:[^\S\n]*(?P<value>.*)")
OUTWARD = "networksimsharing"


def event_of(places: Mapping[str, tuple[int, ...]], context: Context) -> Callable[[int, Sequence[str]], Made]:
    """Return what makes an act of the cells of a row of an event log."""

    def make(line: int, cells: Sequence[str]) -> Made:
        event, entity = (cells[places[key][0]].strip() for key in ("eventtype", "entitytype"))
        act = ACTS.get((event.casefold(), re.sub(r"[^a-z]", "", entity.casefold())), "")
        made = Made(act=act, at="", facts={}, status={}, faults=[], mixed=True, kind=f"{event} {entity}"[:80])
        _timed(made, cells[places["time"][0]], context, line)
        _named(made, "requester.id", cells[places["user"][0]])
        if act:
            _details(made, act, cells[places["entitydetails"][0]], context, line)
        made.number = cells[places["id"][0]].strip()
        if made.number and status_of(made.number) is Status.PRESENT:
            made.key = (made.number, made.at, cells[places["user"][0]])
        return made

    return make


def sharing_of(
    places: Mapping[str, tuple[int, ...]], context: Context, at: str
) -> Callable[[int, Sequence[str]], Made]:
    """Return what makes a standing share of a row of a sharing report; `at` is when the report was made.

    The networks in a cell are not taken apart: they are joined by commas, and their names hold commas too.
    """

    def make(line: int, cells: Sequence[str]) -> Made:
        outward = cells[places[OUTWARD][0]]
        shares = status_of(outward) is not Status.BLANK
        made = Made(act="data.share" if shares else "", at=at, facts={}, status={}, faults=[], mixed=True)
        made.kind = "shared by us" if shares else "shared with us alone"
        made.status["at"] = Status.PRESENT if at else Status.ABSENT
        if shares and not at:
            told = "a report of shared networks holds no time"
            made.faults.append(Fault(code="log-time", message=told, line=line, fatal=True, help="give it with --at"))
        _named(made, "recipient.named", cells[places["org"][0]])
        _named(made, "event.network", outward)
        made.facts["share.mode"] = "standing"
        made.status["share.mode"] = Status.PRESENT
        return made

    return make


def _timed(made: Made, cell: str, context: Context, line: int) -> None:
    found = read_time(cell, context.zone)
    if isinstance(found, str):
        made.status["at"] = Status.UNREADABLE
        heading = context.headings.get("time", "time")
        made.faults.append(Fault(code="log-time", message=found, line=line, column=heading, fatal=True))
    else:
        made.at, made.status["at"] = shown(found), Status.PRESENT


def _named(made: Made, fact: str, cell: str) -> None:
    """Put a text; an empty cell leaves the fact unknown."""
    status = status_of(cell)
    made.status[fact] = status
    if status is not Status.BLANK and cell.strip() != "unknown":
        made.facts[fact] = cell.strip() if status is Status.PRESENT else "withheld"


def _details(made: Made, act: str, cell: str, context: Context, line: int) -> None:
    """Read the lines `name: value` of a cell; of a change, written with an arrow, what comes after it."""
    wanted = DETAILS[act.partition(".")[0]]
    made.status |= dict.fromkeys(wanted.values(), Status.ABSENT)
    if len(cell) > context.max_cell:
        heading = context.headings.get("entitydetails", "details")
        told = f"the cell has more than {context.max_cell:,} characters"
        made.faults.append(Fault(code="log-cell", message=told, line=line, column=heading))
        made.status |= dict.fromkeys(wanted.values(), Status.UNREADABLE)
        return
    for match in map(_LINE.fullmatch, cell.splitlines()):
        fact = wanted.get(re.sub(r"[^a-z]", "", match["name"].casefold())) if match else None
        if match and fact is not None:
            _named(made, fact, match["value"].rpartition(" -> ")[2])
    if made.status.get("reason.text") is Status.BLANK:
        made.facts |= {"reason.text": None, "reason.recorded": False}
    elif made.facts.get("reason.text", "withheld") != "withheld":
        made.facts["reason.recorded"] = True
    _kept(made, "plate.number", lambda text: normalise(text) if is_plate(text) else "", context, line)
    _kept(made, "plate.state", lambda text: state_code(text) or "", context, line)
    if act == "data.share":
        made.facts["share.mode"], made.status["share.mode"] = "standing", Status.PRESENT
    if act.startswith("hotlist."):
        made.facts["entry.manual"], made.status["entry.manual"] = True, Status.PRESENT


def _kept(made: Made, fact: str, read: Callable[[str], str], context: Context, line: int) -> None:
    """Put a text into the form that the language has for it; unknown, and noted, where it has none."""
    typed = made.facts.get(fact)
    if not isinstance(typed, str) or typed == "withheld":
        return
    found = read(typed)
    if found:
        made.facts[fact] = found
        return
    del made.facts[fact]
    made.status[fact] = Status.UNREADABLE
    heading = context.headings.get("entitydetails", "details")
    made.faults.append(Fault(code="log-cell", message=f"this is no value of `{fact}`", line=line, column=heading))
