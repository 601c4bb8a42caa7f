"""`alpr-policy ledger`: make, verify, sign and prove a ledger. What reads rows is in `ledger_reading`."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from alpr_policy.errors import Diagnostic, ExitCode
from alpr_policy_adapters.cli.options import Json, UsageError, finish
from alpr_policy_adapters.cli.output import Screen, columns, number, print_json, row
from alpr_policy_adapters.cli.requests import read_input
from alpr_policy_adapters.ledger import (
    Checkpoint,
    Ledger,
    Report,
    make_checkpoint,
    make_key,
    prove_growth,
    prove_row,
    read_checkpoint,
    read_key,
    verify_proof,
)
from alpr_policy_adapters.ledger import verify as verify_ledger

ENVIRONMENT = "ALPR_LEDGER"
ledger = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Keep, verify and prove what was decided.")
Place = Annotated[
    str,
    typer.Option(
        "--ledger",
        "-l",
        metavar="FILE|URL",
        envvar=ENVIRONMENT,
        show_envvar=False,
        help="The ledger: an SQLite file, or postgresql://…; by default what ALPR_LEDGER says.",
    ),
]
Trusted = Annotated[
    str | None,
    typer.Option("--public-key", metavar="HEX", help="The public key that is trusted, as `keygen` told it."),
]
KeyFile = Annotated[Path, typer.Option("--key", metavar="FILE", help="The private key that signs checkpoints.")]


@ledger.command(short_help="Make a ledger, or bring it up to date.")
def init(place: Place, as_json: Json = False) -> None:
    """Make a ledger, or bring one of an older schema up to date; one that is up to date is left alone."""
    opened = Ledger.open(place, create=True)
    head = opened.head()
    if as_json:
        print_json({"ledger": head.ledger, "rows": head.size, "head": head.hash})
    else:
        screen = Screen()
        screen.say(f"ledger {head.ledger} at {opened.database.shown}", style="bold", wrap=False)
        screen.say(f"  {number(head.size, 'row')}")


@ledger.command(short_help="Make the key that signs checkpoints.")
def keygen(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A new file, which its owner alone can read.")],
    as_json: Json = False,
) -> None:
    """Make the key that signs checkpoints, and tell its public key, which belongs to whoever is to check them."""
    key = make_key(path)
    if as_json:
        print_json({"file": str(path), "public_key": key.public})
    else:
        Screen().say(f"public key {key.public}", wrap=False)
        Screen().say(f"the private key is in {path}; keep it apart from the ledger")


@ledger.command(short_help="Say what a ledger holds.")
def status(place: Place, as_json: Json = False) -> None:
    """Say what a ledger holds: rows by kind, since when, and its last checkpoint. Nothing is verified."""
    opened = Ledger.open(place)
    head, found = opened.head(), opened.summary()
    data = {
        "ledger": head.ledger,
        "rows": head.size,
        "head": head.hash,
        "kinds": dict(found.kinds),
        "first_written": found.first_written,
        "last_written": found.last_written,
        "last_checkpoint": found.last_checkpoint,
    }
    if as_json:
        print_json(data)
        return
    screen, table = Screen(), columns("kind", "rows")
    screen.say(f"ledger {head.ledger} at {opened.database.shown}", style="bold", wrap=False)
    for kind, count in found.kinds.items():
        row(table, kind, f"{count:,}")
    screen.put(table)
    screen.say(f"first written {found.first_written}, last written {found.last_written}")
    screen.say(f"last checkpoint: row {found.last_checkpoint}" if found.last_checkpoint else "no checkpoint yet")


@ledger.command(short_help="Hold every byte against hashes and checkpoints.")
def verify(
    place: Place,
    checkpoints: Annotated[
        list[Path] | None,
        typer.Option("--checkpoint", metavar="FILE", help="A checkpoint kept earlier; may be given more than once."),
    ] = None,
    trusted: Trusted = None,
    as_json: Json = False,
) -> None:
    """Hold every byte of a ledger against its hashes and against checkpoints kept elsewhere; 6 if anything is wrong."""
    kept = [checkpoint_file(path, trusted) for path in checkpoints or ()]
    opened = Ledger.open(place)
    with progress("rows verified") as shown:
        report = verify_ledger(opened, kept, pinned=trusted, progress=shown)
    if as_json:
        print_json(report.to_wire())
    else:
        _show(Screen(), report, pinned=trusted is not None)
    finish(ExitCode.OK if report.is_whole else ExitCode.BAD_INPUT)


def _show(screen: Screen, report: Report, *, pinned: bool) -> None:
    table = columns("table", "place", "what is wrong", ratios=(None, None, 1))
    for one in report.findings:
        row(table, one.table, one.place, f"{one.message} [{one.code}]")
    if report.findings:
        screen.put(table)
        screen.say(f"{number(len(report.findings) + report.more, 'finding')}", style="bold red")
        return
    screen.say(f"whole: {number(report.size, 'row')}, the last {report.head}", style="bold green", wrap=False)
    screen.say(f"  {number(report.checkpoints, 'checkpoint')} agree; {number(report.purged, 'value')} purged as told")
    if not report.checkpoints:
        screen.say("  without a checkpoint kept elsewhere, a ledger that was rewritten as a whole looks whole")
    elif not pinned:
        screen.say("  whose signatures these are was not checked: give --public-key")


@ledger.command(short_help="Sign what the ledger holds now.")
def checkpoint(
    place: Place,
    key: KeyFile,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write it to a new file too.")] = None,
) -> None:
    """Sign what the ledger holds now, and print the checkpoint as JSON; whoever keeps it will notice any rewriting."""
    signer = read_key(key)
    made = make_checkpoint(Ledger.open(place), signer, dt.datetime.now(dt.UTC)).to_wire()
    if out is not None:
        _write(out, made)
    print_json(made)


@ledger.command(short_help="Prove a row, or that the ledger only grew.")
def prove(
    place: Place,
    seq: Annotated[int | None, typer.Argument(metavar="[ROW]", help="The number of a row.")] = None,
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", metavar="FILE", help="The checkpoint that it is proven for.")
    ] = None,
    since: Annotated[
        Path | None, typer.Option("--since", metavar="FILE", help="Prove that the ledger only grew since this one.")
    ] = None,
) -> None:
    """Print the proof that a row is in the ledger of a checkpoint, or that the ledger only grew between two."""
    if (seq is None) is (since is None) or checkpoint is None:
        help = "give --checkpoint FILE with either a row or --since FILE"
        raise UsageError([Diagnostic("usage", "it is not clear what is to be proven", help=help)])
    seen, opened = checkpoint_file(checkpoint, None), Ledger.open(place)
    if since is not None:
        print_json(prove_growth(opened, checkpoint_file(since, None), seen))
    elif seq is not None:
        print_json(prove_row(opened, seq, seen))


@ledger.command(name="check-proof", short_help="Check a proof, without any ledger.")
def check_proof(
    path: Annotated[Path, typer.Argument(metavar="FILE|-", help="A proof, as `prove` printed it.")],
    trusted: Trusted = None,
    as_json: Json = False,
) -> None:
    """Check a proof, without any ledger; 6 if it shows nothing."""
    shown = verify_proof(read_input(path)[0], trusted)
    if as_json:
        data = {"holds": True, "shown": shown.what, "key": shown.checkpoint.key, "trusted": trusted is not None}
        print_json(data | ({"row": dict(shown.row)} if shown.row else {}))
        return
    Screen().say(f"it holds: {shown.what}", style="bold green")
    if trusted is None:
        Screen().say(f"signed by {shown.checkpoint.key}: compare it, or give --public-key", wrap=False)


# What the commands share


def checkpoint_file(path: Path, pinned: str | None) -> Checkpoint:
    """Read a checkpoint from a file; raises ProofError and RefusedError."""
    return read_checkpoint(read_input(path)[0], pinned)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int], None]]:
    """Give a function that shows on stderr how far a command is, where somebody looks."""
    shown = sys.stderr.isatty()

    def show(count: int) -> None:
        if shown:
            sys.stderr.write(f"\r{count:,} {what}")
            sys.stderr.flush()

    yield show
    if shown:
        sys.stderr.write("\r\x1b[K")


def _write(path: Path, data: dict[str, Any]) -> None:
    """Write a new file whole; what is there is never written over, since checkpoints are to be kept."""
    import json

    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
        os.link(beside, path)
    except FileExistsError:
        help = "a checkpoint is kept; name another file"
        raise UsageError([Diagnostic("usage", f"`{path}` is there already", help=help)]) from None
    finally:
        beside.unlink(missing_ok=True)
