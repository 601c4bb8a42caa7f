"""`alpr-policy ingest`: payloads and cameras in, every act on the way judged under each department's policy."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO

from alpr_policy.errors import Diagnostic, ExitCode, ProfileError
from alpr_policy.model.request import Mode
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.live import serving_faults
from alpr_policy.suggest import did_you_mean
from alpr_policy_adapters.cli.engines import engine_named
from alpr_policy_adapters.cli.ingest_report import Figures, Log, Problems, Progress, Screenful
from alpr_policy_adapters.cli.lists import ListsGiven, lists_in_use
from alpr_policy_adapters.cli.office_options import office_on
from alpr_policy_adapters.cli.options import UsageError, input_code
from alpr_policy_adapters.cli.output import to_stderr
from alpr_policy_adapters.cli.requests import STDIN, STDIN_NAME
from alpr_policy_adapters.cli.run import moment_of
from alpr_policy_adapters.payloads import SYSTEMS, Given, Received
from alpr_policy_adapters.payloads.reads import COUNTRIES
from alpr_policy_adapters.pipeline import (
    Judge,
    Lookout,
    Pipeline,
    Setting,
    Source,
    camera_feeds,
    load_setting,
    newer_known,
    now,
    seen_or,
    told_before,
)
from alpr_policy_adapters.pipeline.feeds import SUFFIXES, Folder, Reading, arrivals, from_file, from_stream
from alpr_policy_adapters.pipeline.mqtt import MqttFeed, broker_of
from alpr_policy_adapters.pipeline.service import Sink

LOOK = 0.2
IN_VIEW = 5.0
"""Seconds that cameras are given at the end, so that the vehicles in view are read out and judged too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """The broker as the command line names it."""

    address: str
    user: str | None
    tls: bool
    ca: Path | None
    client_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command was called with."""

    paths: tuple[Path, ...]
    cameras: tuple[str, ...] = ()
    engine: str = "default"
    least: float | None = None
    lists: ListsGiven = field(default_factory=ListsGiven)
    profiles: tuple[str, ...] = ()
    policies: tuple[Path, ...] = ()
    setting: Path | None = None
    system: str | None = None
    at: str | None = None
    agency: str | None = None
    camera: str | None = None
    country: str | None = None
    watch: bool = False
    done: Path | None = None
    idle: float | None = None
    window: float = 0.0
    broker: Broker | None = None
    log: Path | None = None
    metrics: Path | None = None
    ledger: str | None = None
    mode: Mode = Mode.ENFORCE
    as_json: bool = False

    @property
    def live(self) -> bool:
        """Say whether what comes is judged as it comes, so that acts are done now."""
        return self.watch or self.broker is not None or bool(self.cameras)

    @property
    def what(self) -> str:
        """Name what comes in: vehicles where only cameras are named."""
        return "vehicle" if self.cameras and not self.paths and self.broker is None else "payload"

    @property
    def follows(self) -> bool:
        """Say whether it may go on for long, so that the hot lists are renewed meanwhile."""
        return self.live or STDIN in self.paths


def ingest_command(options: Options) -> ExitCode:
    """Do the main job; raises PolicyError for what keeps it from starting. A bad payload is passed over and told."""
    _check(options)
    pdp = PolicyDecisionPoint.load(*options.policies)
    names = options.profiles or tuple(n for n in pdp.catalog.names if not serving_faults(pdp.catalog, [n]))
    faults = serving_faults(pdp.catalog, names)
    if faults:
        raise ProfileError(faults)
    lists = lists_in_use(options.lists, to_stderr())
    at = moment_of(options.at) if options.at is not None else None
    setting = load_setting(options.setting) if options.setting else Setting()
    given = Given(agency=options.agency, camera=options.camera, at=at, country=options.country)
    clock = now if options.live else seen_or(at)
    known = newer_known(setting, lambda: lists.files.behind) if options.follows else setting
    decider = office_on(options.ledger, pdp) if options.ledger is not None else pdp
    judge = Judge(pdp=decider, departments=tuple(names), clock=clock, setting=known, mode=options.mode)
    with ExitStack() as stack:
        closing, problems = threading.Event(), Problems(to_stderr(), lines=lists.refused)
        shown = Screenful(as_json=options.as_json, closing=closing, what=options.what)
        log = stack.enter_context(Log(options.log)) if options.log else None
        sources, feed = _sources(options, Reading(system=options.system, given=given), closing, problems)
        sinks: list[Sink] = [*([log.add] if log else []), shown.add]
        lookout = Lookout(lists.store, pdp, names)

        def report(_: str, problem: Diagnostic) -> None:
            if not shown.gone:
                problems.add(problem)

        repeated = told_before(timedelta(seconds=options.window)) if options.window else None
        pipeline = Pipeline(sources, judge, lookout, sinks, report=report, repeated=repeated)
        if options.follows:
            renewing = partial(lists.files.watch, closing, problems.renewed)
            threading.Thread(target=renewing, name="hot lists", daemon=True).start()
        code = _run(pipeline, feed, closing, problems, shown, options)
    return code


def _check(options: Options) -> None:
    """Refuse words that do not go together before anything is loaded; raises UsageError."""

    def refuse(message: str, help: str = "") -> None:
        raise UsageError([Diagnostic("usage", message, help=help)])

    if not options.paths and not options.cameras and options.broker is None:
        refuse("nothing to take payloads from", "name files or folders, cameras, - for standard input, or --mqtt")
    if options.system is not None and options.system not in SYSTEMS:
        refuse(f"no system is called `{options.system[:60]}`", did_you_mean(options.system, SYSTEMS))
    if options.country is not None and options.country not in COUNTRIES:
        refuse(f"`--country` is one of {', '.join(COUNTRIES)}")
    if options.watch and (not options.paths or not all(path.is_dir() for path in options.paths)):
        refuse("`--watch` wants folders")
    if (options.done or options.idle is not None) and not options.watch:
        refuse("`--done` and `--idle` go with `--watch`")
    if len({*options.paths, *options.cameras}) != len(options.paths) + len(options.cameras):
        refuse("a file, folder or camera is named twice")


def _sources(
    options: Options, reading: Reading, closing: threading.Event, problems: Problems
) -> tuple[list[Source], MqttFeed | None]:
    found: list[Source] = []
    if options.watch:
        for path in options.paths:
            folder = Folder(path, reading, closing, done=options.done, idle=options.idle)
            found.append(Source(name=str(path), open=folder.open))
    elif options.paths:
        found.append(Source(name="files", open=lambda: arrivals(_received(options.paths, reading))))
    if options.cameras:
        engine = engine_named(engine=options.engine, least=options.least)
        feeds = camera_feeds(options.cameras, engine, closing, camera=options.camera, agency=options.agency)
        found += [feed.source() for feed in feeds]
    if options.broker is None:
        return found, None
    called = options.broker
    broker = broker_of(
        called.address,
        tls=called.tls,
        user=called.user,
        password=os.environ.get("ALPR_MQTT_PASSWORD"),
        ca_file=str(called.ca) if called.ca else None,
        client_id=called.client_id,
    )
    feed = MqttFeed(broker, reading, closing, report=problems.add)
    return [*found, Source(name=f"mqtt:{broker.host}", open=feed.open, live=True, over=closing.is_set)], feed


def _received(paths: Sequence[Path], reading: Reading) -> Iterator[Received]:
    for path in paths:
        if path == STDIN:
            yield from from_stream(_standard_input(), STDIN_NAME, reading)
        elif path.is_dir():
            for one in sorted(p for p in path.iterdir() if p.suffix.lower() in SUFFIXES and p.is_file()):
                yield from from_file(one, reading)
        else:
            yield from from_file(path, reading)


def _standard_input() -> BinaryIO:
    """Open standard input anew: the interpreter cannot end while a thread waits inside its own."""
    try:
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    except OSError:  # it is no file of the system, such as what a test puts in its place
        return sys.stdin.buffer


def _run(
    pipeline: Pipeline,
    feed: MqttFeed | None,
    closing: threading.Event,
    problems: Problems,
    shown: Screenful,
    options: Options,
) -> ExitCode:
    """Run until every source is over or somebody ends it; then do what came in, and say how it went."""
    figures = Figures(options.metrics)
    before = signal.signal(signal.SIGTERM, lambda *_: closing.set()) if _in_main_thread() else None
    interrupted = False
    pipeline.start()
    try:
        with Progress(pipeline, options.what) as progress:
            while not pipeline.wait(LOOK) and not closing.is_set():
                progress.show()
                figures.write(pipeline.metrics())
    except KeyboardInterrupt:
        interrupted = True
    finally:
        closing.set()
        if options.cameras:
            pipeline.wait(IN_VIEW)
        ending = pipeline.stop(drain=not shown.gone)
        if feed is not None:
            feed.close()
        if before is not None:
            signal.signal(signal.SIGTERM, before)
    figures.write(ending.metrics, at_once=True)
    if shown.gone:
        raise BrokenPipeError
    shown.summary(ending, problems)
    if interrupted and not options.live:
        raise KeyboardInterrupt
    if ending.unacknowledged or (not ending.drained and not interrupted):
        return ExitCode.INTERNAL
    return input_code(used=ending.metrics["totals"]["steps"], refused=problems.refused)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
