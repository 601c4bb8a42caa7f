"""`alpr-policy generate`: an invented log of a department's acts, to try a what-if on."""

from __future__ import annotations

import datetime as dt
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from alpr_policy.errors import Diagnostic
from alpr_policy_adapters.cli.options import Json, Policies, UsageError, decision_point
from alpr_policy_adapters.cli.output import Screen, columns, print_json, row, to_stderr
from alpr_policy_adapters.scenarios import (
    Scenario,
    Violation,
    Written,
    figures_of,
    load_violations,
    scenario,
    write_log,
)

_ROWS = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,6}))?(?:e([0-9]{1,2})|([kKmMgG]))?", re.ASCII)
_TIMES = {"k": 3, "m": 6, "g": 9}
FIRST = dt.datetime(2026, 1, 1)
SHOWN = 3


def generate(
    out: Annotated[Path, typer.Argument(metavar="OUT.parquet", help="The file to write.")],
    department: Annotated[str, typer.Option("--department", "-d", metavar="NAME", help="Whose log it would be.")],
    rows: Annotated[str, typer.Option("--rows", metavar="N", help="How many acts: 250k, 10M, 1e7.")] = "100k",
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**31 - 1, help="The same seed gives the same log.")] = 1,
    first: Annotated[
        dt.datetime, typer.Option("--from", formats=["%Y-%m-%d"], metavar="DATE", help="The first day of the log.")
    ] = FIRST,
    days: Annotated[int, typer.Option("--days", metavar="N", help="How many days it spans.")] = 365,
    mix: Annotated[
        str, typer.Option("--mix", help="`working`, with many searches, or `published`, as in published counts.")
    ] = "working",
    officers: Annotated[int, typer.Option("--officers", metavar="N", help="About how many people there are.")] = 150,
    detail: Annotated[
        float, typer.Option("--detail", min=0.01, max=10, metavar="X", help="More or fewer settings of each act.")
    ] = 1.0,
    violations: Annotated[
        Path | None, typer.Option("--violations", metavar="FILE", help="Other rates, or other things that go wrong.")
    ] = None,
    rates: Annotated[
        list[str] | None, typer.Option("--violation", metavar="NAME=PERCENT", help="One other rate; 0 plants none.")
    ] = None,
    lawful: Annotated[bool, typer.Option("--lawful", help="Plant nothing that goes wrong.")] = False,
    planted: Annotated[
        Path | None, typer.Option("--planted", metavar="FILE", help="Write there which row has what wrong.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, max=64, help="As many as there are, if left out.")
    ] = None,
    figures: Annotated[
        bool, typer.Option("--figures", help="Measure the log and set it beside published counts.")
    ] = False,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Write an invented log of a department: persons, plates and cases exist nowhere, and its rhythm is a real one.

    What the acts hold follows from the department's own profile. The file is whole or not there at all.
    """
    count = _count(rows)
    if planted is not None and planted.resolve() == out.resolve():
        raise UsageError([Diagnostic("usage", "`--planted` names the log itself", help="name another file")])
    pdp = decision_point(policies, (department,))
    wrong = {} if lawful else _rates(load_violations(violations, _words(pdp, department)), rates or ())
    with _bar() as bar:
        drawing = bar.add_task("drawing acts", total=1.0)
        made = scenario(
            pdp,
            department,
            seed=seed,
            first=first.date(),
            days=days,
            mix=mix,
            officers=officers,
            detail=detail,
            violations=wrong,
            progress=lambda done, of: bar.update(drawing, completed=done / of),
        )
        writing: TaskID = bar.add_task(f"writing {count:,} rows", total=1.0)
        written = write_log(
            made,
            count,
            out,
            planted=planted,
            threads=threads,
            progress=lambda share: bar.update(writing, completed=share),
        )
    if pdp.active(department, _midnight(made)) is None:
        to_stderr().say(f"No text of {department} was in force on {made.first}: a replay counts such rows apart.")
    measured = [one.to_wire() for one in figures_of(out, made.zone.key)] if figures else []
    if as_json:
        print_json(_data(made, written, measured))
    else:
        _show(made, written, out, measured)


def _midnight(made: Scenario) -> dt.datetime:
    return dt.datetime.combine(made.first, dt.time(), made.zone)


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=to_stderr(),
        transient=True,
        disable=not sys.stderr.isatty(),
    )


def _count(text: str) -> int:
    """Read a number of rows, such as 250k, 10M or 1e7."""
    found = _ROWS.fullmatch(text.strip())
    if found is None:
        raise UsageError(
            [Diagnostic("usage", f"--rows: `{text[:30]}` is no number of rows", help="write 250k, 10M or 1e7")]
        )
    whole, part, power, letter = found[1], found[2] or "", found[3], found[4]
    shift = int(power) if power else _TIMES[letter.lower()] if letter else 0
    if shift < len(part.rstrip("0")):
        raise UsageError([Diagnostic("usage", f"--rows: `{text[:30]}` is no whole number of rows")])
    return int(whole + part.ljust(shift, "0")[:shift]) if shift else int(whole)


def _words(pdp: Any, department: str) -> Any:
    return pdp.ruleset(pdp.catalog.latest(department)).vocabulary


def _rates(known: dict[str, Violation], given: list[str] | tuple[str, ...]) -> dict[str, Violation]:
    import dataclasses

    from alpr_policy.suggest import did_you_mean

    for pair in given:
        name, sign, text = pair.partition("=")
        try:
            rate = float(text.rstrip("%")) / 100
        except ValueError:
            rate = -1.0
        if not sign or not 0 <= rate <= 1:
            raise UsageError(
                [Diagnostic("usage", f"--violation: `{pair[:60]}` is no name with a rate", help="write no_reason=2.5")]
            )
        if name not in known:
            raise UsageError(
                [Diagnostic("usage", f"--violation: nothing is known as `{name[:40]}`", help=did_you_mean(name, known))]
            )
        known = {**known, name: dataclasses.replace(known[name], rate=rate)}
    return known


def _data(made: Scenario, written: Written, measured: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what was written as plain data; shares are those of all rows."""
    found = {
        "department": made.department,
        "rows": written.rows,
        "bytes": written.size,
        "from": made.first.isoformat(),
        "days": made.days,
        "seed": made.seed,
        "people": len(made.people),
        "stories": len(made.stories),
        "acts": _by(made, lambda one: one.action),
        "outcomes": _by(made, lambda one: one.outcome),
        "planted": _planted(made),
    }
    return {**found, "figures": measured} if measured else found


def _by(made: Scenario, key: Any) -> dict[str, float]:
    shares: dict[str, float] = defaultdict(float)
    for story in made.stories:
        shares[key(story)] += story.weight
    return {name: round(share, 9) for name, share in sorted(shares.items(), key=lambda one: -one[1])}


def _planted(made: Scenario) -> dict[str, dict[str, Any]]:
    """Return for each violation its share of the rows, and what of the text answers it in which share of them."""
    shares: dict[str, float] = defaultdict(float)
    rules: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for story in made.stories:
        if story.planted:
            shares[story.planted] += story.weight
            for rule in story.found_by:
                rules[story.planted][rule] += story.weight
    return {
        name: {
            "share": round(share, 9),
            "found_by": {
                rule: round(part / share, 4) for rule, part in sorted(rules[name].items(), key=lambda one: -one[1])
            },
        }
        for name, share in sorted(shares.items())
    }


def _show(made: Scenario, written: Written, out: Path, measured: list[dict[str, Any]]) -> None:
    screen = Screen()
    told = f"{out.name}: {written.rows:,} acts of {len(made.people)} invented people of {made.department}"
    screen.say(f"{told}, {made.days} days from {made.first}, {written.size / 1e6:.1f} MB")
    outcomes = ", ".join(f"{name} {share:.2%}" for name, share in _by(made, lambda one: one.outcome).items())
    screen.say(f"Under its own text, as the stories behind the rows are judged: {outcomes}")
    table = columns("act", "rows, about", ratios=(1, None))
    for act, share in _by(made, lambda one: one.action).items():
        row(table, act, f"{share * written.rows:,.0f}")
    screen.put(table)
    planted = _planted(made)
    if planted:
        table = columns("planted", "rows, about", "answered by", ratios=(None, None, 1))
        for name, one in planted.items():
            rules = [f"{rule} {part:.0%}" for rule, part in list(one["found_by"].items())[:SHOWN]]
            row(table, name, f"{one['share'] * written.rows:,.0f}", ", ".join(rules) or "nothing in this text")
        screen.put(table)
    if measured:
        table = columns("figure", "published", "in this log", ratios=(1, None, None))
        for figure in measured:
            row(table, figure["figure"], f"{figure['published']:.3f}", f"{figure['generated']:.3f}")
        screen.put(table)
