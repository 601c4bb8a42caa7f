"""Mutants of profiles: how many the expected answers notice, and what would notice the others."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml
from rich.progress import Progress

from alpr_policy.model.profile import Profile
from alpr_policy.model.wire import plain
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.suites import Suite
from alpr_policy.questions.testing.excused import read_excused
from alpr_policy.questions.testing.killing import Mutated, Survivor, mutate
from alpr_policy.reading.records import RECORDS
from alpr_policy_adapters.cli.output import Screen, number, one_text, shown_path, to_stderr

SHOWN = 20


def mutated(
    pdp: PolicyDecisionPoint,
    profiles: Iterable[Profile],
    suites: Sequence[Suite],
    *,
    excused: Path | None,
    seconds: float,
) -> tuple[Mutated, ...]:
    """Try the mutants of each profile for so long at most, with a bar where somebody watches."""
    keys = read_excused(excused) if excused is not None else ()
    found: list[Mutated] = []
    with Progress(console=to_stderr(), transient=True, disable=not sys.stderr.isatty()) as bar:
        for profile in profiles:
            task = bar.add_task(f"mutants of {profile.profile}", total=None)

            def step(done: int, total: int, task: Any = task) -> None:
                bar.update(task, completed=done, total=total)

            found.append(mutate(pdp, profile, suites, excused=keys, seconds=seconds, watch=step))
    return tuple(found)


def mutated_data(one: Mutated) -> dict[str, Any]:
    """Return what came of mutants as JSON data."""
    return {
        "profile": one.profile,
        "made": one.made,
        "noticed": one.noticed,
        "excused": one.excused,
        "not_tried": one.left,
        "percent": round(one.percent, 2),
        "survivors": [{**plain(s), "place": _place(s)} for s in one.survivors],
    }


def _place(one: Survivor) -> str:
    return f"{shown_path(one.place.file)}:{one.place.line}"


def show_mutated(screen: Screen, several: Sequence[Mutated]) -> None:
    """Show how many mutants are noticed, and for each that is not what would notice it."""
    for one in several:
        told = f"{one.profile}: {one.noticed} of {number(one.made - one.left, 'mutant')} noticed ({one.percent:.1f} %)"
        told += f", {one.excused} excused" if one.excused else ""
        screen.say(told + (f", {one.left:,} not tried for want of time" if one.left else ""), style="bold")
        for survivor in one.survivors[:SHOWN]:
            screen.say(f"- {one_text(f'{_place(survivor)}: `{survivor.statement}` {survivor.what}')}", wrap=False)
            screen.say(f"  {one_text(_hint(survivor))}", wrap=False)
        if len(one.survivors) > SHOWN:
            screen.say(f"- and {len(one.survivors) - SHOWN:,} more; --json lists them all")
        screen.say()


def _hint(one: Survivor) -> str:
    if one.request is None:
        return "no outcome differs: a case would have to name what is owed, warned of or decided, or when a duty is due"
    facts = _yaml(one.request.get("facts", {}))
    records = [f"{key}: {_yaml(one.request[key])}" for key in RECORDS if one.request.get(key)]
    asked = "; ".join([facts, *records])
    return f"a case of {one.request['action']} would notice: {asked} expects {one.expected}, and this says {one.mutant}"


def _yaml(value: Any) -> str:
    """Write a value as it stands in a case."""
    return yaml.safe_dump(value, default_flow_style=True, width=100_000, sort_keys=False, allow_unicode=True).strip()
