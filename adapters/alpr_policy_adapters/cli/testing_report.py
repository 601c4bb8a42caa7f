"""What came of tests, for people: each failure in sentences with its places, then what is idle, then the count."""

from __future__ import annotations

from rich.text import Text

from alpr_policy.questions.testing.forms import decided_text, idle_text
from alpr_policy.questions.testing.running import Ran, Result, Status
from alpr_policy_adapters.cli.output import Screen, number, one_text, shown_path

IDLE_SHOWN = 10


def show(screen: Screen, ran: Ran, files: int) -> None:
    """Show all that failed, some of what is idle, and how many tests there are."""
    for one in ran.results:
        if one.status is Status.FAILED:
            _failed(screen, one)
    idle = [one for one in ran.results if one.status is Status.IDLE]
    if idle:
        told = f"{number(len(idle), 'test')} passed though what they are about did not apply"
        screen.say(f"{told} (say `reaches: false` where that is meant):", style="yellow")
        for one in idle[:IDLE_SHOWN]:
            screen.say(one_text(f"- {_place(one)}: {idle_text(one)}"), wrap=False)
        if len(idle) > IDLE_SHOWN:
            screen.say(f"- and {len(idle) - IDLE_SHOWN:,} more; --json lists them all")
        screen.say()
    _count(screen, ran, files)


def _count(screen: Screen, ran: Ran, files: int) -> None:
    failed = ran.count(Status.FAILED)
    kinds = [number(ran.count(Status.PASSED) + ran.count(Status.IDLE), "test") + " passed"]
    kinds += [f"{failed:,} failed"] if failed else []
    proposed = ran.count(Status.PROPOSED)
    kinds += [f"{proposed:,} proposed and not accepted"] if proposed else []
    kinds += [f"{ran.left_out:,} left out"] if ran.left_out else []
    screen.say(f"{', '.join(kinds)}, in {number(files, 'file')}", style="bold red" if failed else "bold green")


def _place(one: Result) -> str:
    return f"{shown_path(one.place.file)}:{one.place.line}:{one.place.column}"


def _failed(screen: Screen, one: Result) -> None:
    screen.say(Text("FAILED  ", style="bold red").append(one_text(one.name), style="bold"))
    about = f", clause {', '.join(one.clause)}" if one.clause else ""
    screen.say(f"  {_place(one)}: {one.kind} of {one.profile}{about}", wrap=False)
    for line in (*(p.text for p in one.problems), *(decided_text(d, shown_path) for d in one.decided)):
        screen.say(f"    {one_text(line)}", wrap=False)
    screen.say()
