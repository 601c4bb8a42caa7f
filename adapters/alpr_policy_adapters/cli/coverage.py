"""`alpr-policy coverage`: which clauses of a policy are enforced, and what proves it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress, TaskID

from alpr_policy.errors import Diagnostic, ExitCode
from alpr_policy.model.profile import Profile
from alpr_policy.model.wire import plain
from alpr_policy.questions.check import catalog_with
from alpr_policy.questions.coverage import ClauseRow, ClauseStatus, Coverage, normative_clauses
from alpr_policy.questions.coverage import coverage as covered
from alpr_policy.questions.lone_facts import LoneFact, lone_facts
from alpr_policy.questions.suites import SuiteError, read_suites
from alpr_policy.reading.catalog import Catalog, shipped_folder
from alpr_policy.reading.text_files import read_text
from alpr_policy.reading.yaml_nodes import parse
from alpr_policy.reading.yaml_plain import to_plain
from alpr_policy.source import Span
from alpr_policy_adapters.cli.options import Json, Policies, UsageError, decision_point, finish
from alpr_policy_adapters.cli.output import Screen, columns, number, print_json, row, shown_path, to_stderr

SHOWN = 4


def coverage(
    profiles: Annotated[
        list[str] | None, typer.Argument(metavar="[PROFILE|FILE]...", help="Profiles; without any, all that are known.")
    ] = None,
    tests: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The folder of expected answers (default: the checkout's).")
    ] = None,
    register: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A list of clauses with `id` and `machine_checkable`.")
    ] = None,
    least: Annotated[
        float | None, typer.Option("--min", min=0, max=100, metavar="PERCENT", help="Fail (7) below this share.")
    ] = None,
    facts: Annotated[
        bool, typer.Option("--facts", help="Instead: yes-or-no facts that one statement alone reads, and why.")
    ] = False,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Show for each clause whether it is enforced: whether expected answers fail without what cites it."""
    catalog, chosen = _chosen(profiles or [], [*(policies or ()), *(() if tests else _own_adopters())])
    if facts:
        finish(_lone(chosen, as_json=as_json))
        return
    if register is not None and len(chosen) != 1:
        raise UsageError([Diagnostic("usage", "`--register` goes with one profile", help="name the profile")])
    found = measured(
        catalog, chosen, tests or own_tests(), register_clauses(register) if register is not None else None
    )
    below = [one for one in found if least is not None and one.percent < least]
    if as_json:
        print_json({"profiles": [_data(one) for one in found], "below": [one.profile for one in below]})
    else:
        _show(Screen(), found, below, least)
    finish(ExitCode.BELOW_THRESHOLD if below else ExitCode.OK)


def measured(
    catalog: Catalog,
    profiles: Iterable[Profile],
    tests: Path | None,
    clauses: list[Mapping[str, object]] | None,
) -> list[Coverage]:
    """Run the expected answers of each profile, with a bar where somebody watches."""
    suites = read_suites(tests) if tests is not None else ()
    found: list[Coverage] = []
    with Progress(console=to_stderr(), transient=True, disable=not sys.stderr.isatty()) as bar:
        for profile in profiles:
            normative = normative_clauses(clauses, profile.profile) if clauses is not None else None
            step = _step(bar, bar.add_task(profile.profile, total=None))
            found.append(covered(catalog, profile, suites, normative=normative, on_step=step))
    return found


def _step(bar: Progress, task: TaskID) -> Callable[[int, int], None]:
    return lambda done, total: bar.update(task, completed=done, total=total)


def _chosen(words: list[str], policies: list[Path]) -> tuple[Catalog, tuple[Profile, ...]]:
    """Return the profiles that are meant, each by its name or by its file; of several versions the newest.

    Where none is named, those that adopt another are left out: their answers count as their template's.
    """
    paths = [Path(word) for word in words if Path(word).suffix in (".yaml", ".yml")]
    names = [word for word in words if Path(word) not in paths]
    if paths:
        catalog, own = catalog_with(paths, policies)
        return catalog, (*own, *(catalog.latest(name) for name in names))
    catalog = decision_point(policies).catalog
    adopted = {one.profile for one in catalog.adoptions}
    return catalog, tuple(catalog.latest(name) for name in names or (n for n in catalog.names if n not in adopted))


def own_tests() -> Path | None:
    """Return the expected answers of the checkout, where the program runs from one."""
    folder = shipped_folder().parent / "tests" / "policies"
    return folder if folder.is_dir() else None


def _own_adopters() -> tuple[Path, ...]:
    """Return the invented towns of the checkout that adopt a template, so that it can be judged under."""
    folder = shipped_folder().parent / "examples" / "demo" / "policies"
    return (folder,) if folder.is_dir() else ()


def register_clauses(path: Path) -> list[Mapping[str, object]]:
    """Return the clauses of a register, a list in YAML; raises SuiteError."""
    source, found = read_text(path)
    node = None
    if source is not None:
        node, problems = parse(source, allow_sequence=True)
        found = [*found, *problems]
    clauses = to_plain(node) if node is not None else None
    if not any(d.is_error for d in found) and not isinstance(clauses, list):
        found.append(Diagnostic("register-shape", "a register is a list of clauses", Span(str(path), 1, 1)))
    if any(d.is_error for d in found):
        raise SuiteError(found)
    return [clause for clause in clauses or [] if isinstance(clause, Mapping)]


def _data(one: Coverage) -> dict[str, Any]:
    return {
        "profile": one.profile,
        "version": one.version,
        "percent": round(one.percent, 2),
        "enforced": one.enforced,
        "counted": one.counted,
        "answers": one.answers,
        "broken": list(one.broken),
        "unknown": list(one.unknown),
        "clauses": [{**plain(clause), "counted": clause.counted} for clause in one.rows],
    }


def _show(screen: Screen, found: Iterable[Coverage], below: list[Coverage], least: float | None) -> None:
    for one in found:
        screen.say(f"{one.profile}, {one.version}", style="bold")
        screen.say()
        table = columns("clause", "status", "held by", "answers", ratios=(None, None, 1, None))
        for clause in one.rows:
            row(table, clause.clause, str(clause.status), _held_by(clause), str(clause.answers or ""))
        screen.put(table)
        screen.say()
        _totals(screen, one)
    for one in below:
        screen.say(f"{one.profile}: {one.percent:.1f} % is below the {least:g} % asked for", style="bold red")


def _held_by(clause: ClauseRow) -> str:
    if clause.status is ClauseStatus.NOT_ENFORCED:
        return f"{clause.why}: {clause.note}"
    names = clause.proven_by or clause.by
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _totals(screen: Screen, one: Coverage) -> None:
    cited = sum(clause.status is ClauseStatus.CITED for clause in one.rows)
    reasons = Counter(clause.why for clause in one.rows if clause.status is ClauseStatus.NOT_ENFORCED)
    outside = len(one.rows) - one.counted
    screen.say(
        f"{one.enforced} of {number(one.counted, 'clause')} enforced ({one.percent:.1f} %), "
        f"by {number(one.answers, 'expected answer')}; {outside} of {len(one.rows)} ask nothing and are not counted"
    )
    screen.say(f"cited, not proven: {cited}")
    said = ", ".join(f"{count} {why}" for why, count in sorted(reasons.items()))
    screen.say(f"not enforced: {sum(reasons.values())}" + (f" ({said})" if said else ""))
    if one.unknown:
        screen.say(f"in the register and not in the outline: {', '.join(one.unknown)}")
    if not one.answers:
        screen.say("there are no expected answers for this profile: name their folder with --tests", "yellow")
    if one.broken:
        screen.say(
            f"{number(len(one.broken), 'expected answer')} do not hold as it is, and so prove nothing:", "yellow"
        )
        for place in one.broken:
            screen.say(f"- {shown_path(place)}", wrap=False)
    screen.say()


def _lone(profiles: Iterable[Profile], *, as_json: bool) -> ExitCode:
    found = {profile.profile: lone_facts(profile) for profile in profiles}
    missing = [(name, one) for name, facts in found.items() for one in facts if not one.why]
    if as_json:
        print_json({"profiles": {name: [plain(one) for one in facts] for name, facts in found.items()}})
    else:
        _show_lone(Screen(), found, missing)
    return ExitCode.BELOW_THRESHOLD if missing else ExitCode.OK


def _show_lone(screen: Screen, found: Mapping[str, tuple[LoneFact, ...]], missing: list[tuple[str, LoneFact]]) -> None:
    for name, facts in found.items():
        screen.say(f"{name}: {number(len(facts), 'yes-or-no fact')} that one statement alone reads", style="bold")
        if facts:
            screen.say()
            table = columns("fact", "statement", "why it can be recorded", ratios=(None, None, 1))
            for one in facts:
                row(table, one.fact, one.statement, one.why or "NO REASON RECORDED")
            screen.put(table)
        screen.say()
    for name, one in missing:
        screen.say(f"{name}: no reason is recorded for `{one.fact}`", style="bold red")
