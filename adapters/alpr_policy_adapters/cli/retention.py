"""`alpr-policy retention`: what stored records must, may and may not go; purge them; see ahead; keep legal holds."""

from __future__ import annotations

import csv
import datetime as dt
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from alpr_policy.durations import end_of_day, parse_moment, start_of_day
from alpr_policy.errors import Diagnostic, ExitCode
from alpr_policy.model.request import HoldRecord
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.disposal_groups import Disposal
from alpr_policy.questions.duties import binding_texts
from alpr_policy.questions.holds import HoldsError, LegalHold, load_holds
from alpr_policy.questions.idle_holds import IdleHold, idle_holds
from alpr_policy.questions.retention_plan import LONGEST_OUTLOOK, Plan, Survey
from alpr_policy_adapters.cli.holds import hold
from alpr_policy_adapters.cli.office_options import RecordTo, office_on
from alpr_policy_adapters.cli.options import Json, Policies, UsageError, decision_point, finish
from alpr_policy_adapters.cli.output import Screen, print_json
from alpr_policy_adapters.cli.retention_report import show_plan, show_purge, show_selection, show_volumes
from alpr_policy_adapters.office.journal import LedgerJournal
from alpr_policy_adapters.stores import Store, open_store, store_schema
from alpr_policy_adapters.stores.journal import FileJournal, PurgeJournal
from alpr_policy_adapters.stores.purge import PurgeOrder, purge, select

retention = typer.Typer(
    rich_markup_mode=None, no_args_is_help=True, help="Plan, purge and look ahead what stored records must and may go."
)
retention.add_typer(hold, name="hold")
OUTLOOK = dt.timedelta(days=400)
Stores = Annotated[list[Path], typer.Argument(metavar="STORE...", help="Mapping files of the stores.")]
Department = Annotated[
    str,
    typer.Option(
        "--department",
        "-p",
        "-D",
        metavar="NAME",
        envvar="ALPR_DEPARTMENT",
        show_envvar=False,
        help="The department whose policy binds; by default what ALPR_DEPARTMENT says.",
    ),
]
HoldsFile = Annotated[
    Path | None,
    typer.Option("--holds", metavar="FILE", help="The legal holds; without it nobody knows which there are."),
]
NoHolds = Annotated[bool, typer.Option("--no-holds", help="Say that there is no legal hold at all.")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="A day or an instant to plan as of; now if left out.")
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="DATE", help="How far to look ahead; 400 days if left out.")
]


@retention.command("plan")
def plan_(
    stores: Stores,
    department: Department,
    holds: HoldsFile = None,
    no_holds: NoHolds = False,
    as_of: AsOf = None,
    until: Until = None,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Say what is held where, what must go by when under which clause, what stays and why, and what to review."""
    plan = _planned(stores, department, holds, no_holds, as_of, until, policies)
    idle = _idle(decision_point(policies, (department,)), department, _holds(holds, no_holds), plan.at)
    if as_json:
        print_json({**plan.to_wire(), "idle_holds": _wire(idle)})
    else:
        show_plan(Screen(), plan, idle)


@retention.command()
def simulate(
    stores: Stores,
    department: Department,
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="The last day to show.")],
    holds: HoldsFile = None,
    no_holds: NoHolds = False,
    as_of: AsOf = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write a line for each day as CSV.")] = False,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Show day by day what is kept, held and purged of the records that are there, if each goes when it must."""
    plan = _planned(stores, department, holds, no_holds, as_of, until, policies)
    days = [day.to_wire() for day in plan.volumes]
    if as_json:
        print_json({"department": department, "records": plan.records, "days": days})
    elif as_csv:
        writer = csv.DictWriter(sys.stdout, list(days[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(days)
    else:
        show_volumes(Screen(), plan)


@retention.command("purge")
def purge_(
    stores: Stores,
    department: Department,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="Delete; what was begun before is finished first.")] = False,
    journal: Annotated[
        Path | None, typer.Option("--journal", metavar="FILE", help="Where each step is written down.")
    ] = None,
    ledger: RecordTo = None,
    keys: Annotated[
        list[str] | None, typer.Option("--key", metavar="KEY", help="Only this record; may be given more than once.")
    ] = None,
    may_go: Annotated[bool, typer.Option("--may-go", help="Delete also what may stay and may go.")] = False,
    holds: HoldsFile = None,
    no_holds: NoHolds = False,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Delete what must go, in two steps that can be stopped anywhere; 3 if a record asked for by key may not go."""
    if dry_run == apply:
        raise UsageError([Diagnostic("usage", "say either --dry-run or --apply")])
    if apply and (journal is None) is (ledger is None):
        help = "each step is written down there, in one of them"
        raise UsageError([Diagnostic("usage", "--apply needs --journal FILE or --ledger", help=help)])
    pdp = decision_point(policies, (department,))
    idle = _idle(pdp, department, _holds(holds, no_holds), dt.datetime.now(dt.UTC))
    if apply:
        _heeded(idle)
    order = PurgeOrder(
        pdp=pdp,
        department=department,
        stores=_opened(stores),
        holds=lambda: _records(holds, no_holds),
        clock=lambda: dt.datetime.now(dt.UTC),
        may_go=may_go,
        keys=frozenset(keys) if keys else None,
    )
    if dry_run:
        found = select(order, _progress())
        told: dict[str, Any] = {"plan": found.plan, "would_go": [one._asdict() for one in found.doomed]}
        told |= {"refused": [one._asdict() for one in found.refused], "missing": found.missing}
        told["idle_holds"] = _wire(idle)
        print_json(told) if as_json else show_selection(Screen(), found, idle)
        finish(ExitCode.DENY if found.refused else ExitCode.OK)
        return
    with _journal(journal, ledger, pdp, department) as written:
        report = purge(order, written, _progress())
    told = {"plan": report.plan, "deleted": report.deleted, "resumed": report.resumed}
    told["spared"] = [one._asdict() for one in report.spared]
    print_json(told) if as_json else show_purge(Screen(), report)
    finish(ExitCode.DENY if keys and report.spared else ExitCode.OK)


@retention.command()
def schema() -> None:
    """Print the JSON Schema of a mapping file, for editors."""
    sys.stdout.write(store_schema())


@contextmanager
def _journal(
    file: Path | None, ledger: str | None, pdp: PolicyDecisionPoint, department: str
) -> Iterator[PurgeJournal]:
    """Open where the purge is written down; raises StoreError and LedgerError."""
    if ledger is not None:
        with LedgerJournal(office_on(ledger, pdp), department) as kept:
            yield kept
    elif file is not None:
        with FileJournal(file) as journal:
            yield journal


def _planned(
    stores: list[Path],
    department: str,
    holds: Path | None,
    no_holds: bool,
    as_of: str | None,
    until: str | None,
    policies: list[Path] | None,
) -> Plan:
    pdp = decision_point(policies, (department,))
    known = _holds(holds, no_holds)
    records = None if known is None else tuple(one.record() for one in known)
    at, end = _window(pdp, department, as_of, until)
    survey = Survey(Disposal(pdp, department, at=at, until=end, holds=records))
    for store in _opened(stores):
        survey.add(store.name, _counted(store))
    return survey.plan(known or ())


def _counted(store: Store) -> Any:
    progress = _progress()
    for count, record in enumerate(store.records(), 1):
        if count % 50_000 == 0 and progress is not None:
            progress(f"records of {store.name}", count)
        yield record


def _progress() -> Any:
    def progress(what: str, count: int) -> None:
        sys.stderr.write(f"\r\x1b[K{count:,} {what}")
        sys.stderr.flush()

    return progress if sys.stderr.isatty() else None


def _opened(stores: list[Path]) -> list[Store]:
    found = [open_store(path) for path in stores]
    names = [store.name for store in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UsageError([Diagnostic("usage", f"two stores are called `{twice}`", help="give each mapping its own id")])
    return found


def _holds(file: Path | None, none: bool) -> tuple[LegalHold, ...] | None:
    if file is not None and none:
        raise UsageError([Diagnostic("usage", "--holds and --no-holds contradict each other")])
    return load_holds(file) if file is not None else () if none else None


def _idle(
    pdp: PolicyDecisionPoint, department: str, known: tuple[LegalHold, ...] | None, at: dt.datetime
) -> tuple[IdleHold, ...]:
    return idle_holds(binding_texts(pdp.catalog, department, at), known or (), at)


def _wire(idle: tuple[IdleHold, ...]) -> list[dict[str, str]]:
    return [{"id": one.id, "why": one.why} for one in idle]


def _heeded(idle: tuple[IdleHold, ...]) -> None:
    """Refuse to begin: whoever placed such a hold believes that something is kept, and what goes does not come back."""
    help = "release it; or place it on a basis and in a role that the policy names"
    if idle:
        raise HoldsError(
            Diagnostic("hold-idle", f"`{one.id}` would keep nothing: {one.why}", help=help) for one in idle
        )


def _records(file: Path | None, none: bool) -> tuple[HoldRecord, ...] | None:
    known = _holds(file, none)
    return None if known is None else tuple(one.record() for one in known)


def _window(
    pdp: PolicyDecisionPoint, department: str, as_of: str | None, until: str | None
) -> tuple[dt.datetime, dt.datetime]:
    """Return from when and until when to look: a bare day begins the one and ends the other."""
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(pdp.catalog.latest(department).timezone)
    first, last = _moment("--as-of", as_of), _moment("--until", until)
    if first is None:
        first = dt.datetime.now(dt.UTC).replace(microsecond=0)
    at = first if isinstance(first, dt.datetime) else start_of_day(first, zone)
    end = at + OUTLOOK if last is None else last if isinstance(last, dt.datetime) else end_of_day(last, zone)
    if not dt.timedelta(0) <= end - at <= LONGEST_OUTLOOK:
        raise UsageError([Diagnostic("usage", "--until lies before the plan, or more than ten years after it")])
    return at, end


def _moment(option: str, text: str | None) -> dt.datetime | dt.date | None:
    try:
        return None if text is None else parse_moment(text)
    except ValueError as error:
        raise UsageError([Diagnostic("usage", f"{option}: {error}")]) from None
