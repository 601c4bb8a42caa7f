"""`alpr-policy ingest`: its options. What it does is in `ingest`, which is loaded when it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alpr_policy.model.request import Mode
from alpr_policy_adapters.cli.office_options import RecordTo
from alpr_policy_adapters.cli.options import HotLists, Json, Judging, Mappings, Policies, SettingFile, finish

BROKER = "Options for MQTT"


def ingest(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE|DIR|-|rtsp://...]...",
            help="Payloads in JSON or JSON Lines, - is standard input; or cameras, which are read here.",
        ),
    ] = None,
    hotlists: HotLists = None,
    mappings: Mappings = None,
    profiles: Judging = None,
    setting: SettingFile = None,
    system: Annotated[
        str | None, typer.Option(metavar="NAME", help="The system that wrote the payloads (default: told by shape).")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", "--as-of", metavar="TIME", help="When plates were read that come without a time."),
    ] = None,
    agency: Annotated[str | None, typer.Option(metavar="NAME", help="The agency, where payloads lack it.")] = None,
    camera: Annotated[str | None, typer.Option(metavar="NAME", help="The camera, where payloads lack it.")] = None,
    country: Annotated[
        str | None, typer.Option(metavar="us|ca", help="The country for which the software is set up.")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Watch the folders for payloads until interrupted.")] = False,
    done: Annotated[
        Path | None, typer.Option(metavar="DIR", help="With --watch: where files go once they are judged.")
    ] = None,
    idle: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="With --watch: end when nothing came for so long.")
    ] = None,
    window: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0, help="Tell a hit once a vehicle or camera within so long; 0 is always."),
    ] = 0.0,
    mqtt: Annotated[
        str | None, typer.Option(metavar="HOST:PORT/TOPIC", help="Take payloads from this MQTT topic.")
    ] = None,
    mqtt_user: Annotated[
        str | None, typer.Option(metavar="NAME", help="The user at the broker; the password is in ALPR_MQTT_PASSWORD.")
    ] = None,
    mqtt_tls: Annotated[bool, typer.Option("--mqtt-tls", help="Use TLS to the broker.")] = False,
    mqtt_ca: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The certificates to trust, instead of the system's.")
    ] = None,
    mqtt_id: Annotated[
        str, typer.Option(metavar="NAME", help="The name under which the broker keeps what was not judged.")
    ] = "alpr-policy-ingest",
    engine: Annotated[
        str, typer.Option(metavar="NAME", help="For cameras: a detector and a reader that go together.")
    ] = "default",
    least: Annotated[
        float | None,
        typer.Option("--min-confidence", min=0.0, max=1.0, metavar="X", help="For cameras: drop reads below this."),
    ] = None,
    log: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Add every decision to this file, as JSON Lines.")
    ] = None,
    metrics: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep the figures of the running pipeline here, as JSON.")
    ] = None,
    ledger: RecordTo = None,
    mode: Annotated[Mode, typer.Option(help="observe judges and lets pass.")] = Mode.ENFORCE,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Judge what payloads of other ALPR software, or cameras, lead to: reads, hits, alerts and searches.

    Ends with 0; with 9 if some payload or line of a list could not be used and the rest was judged; 6 if nothing was.
    """
    from alpr_policy_adapters.cli.ingest import Broker, Options, ingest_command
    from alpr_policy_adapters.cli.lists import ListsGiven
    from alpr_policy_adapters.plates.frames import is_stream

    broker = None
    if mqtt is not None:
        broker = Broker(address=mqtt, user=mqtt_user, tls=mqtt_tls, ca=mqtt_ca, client_id=mqtt_id)
    options = Options(
        paths=tuple(Path(word) for word in paths or () if not is_stream(word)),
        cameras=tuple(word for word in paths or () if is_stream(word)),
        engine=engine,
        least=least,
        lists=ListsGiven(paths=tuple(hotlists or ()), mappings=tuple(mappings or ())),
        profiles=tuple(profiles or ()),
        policies=tuple(policies or ()),
        setting=setting,
        system=system,
        at=at,
        agency=agency,
        camera=camera,
        country=country,
        watch=watch,
        done=done,
        idle=idle,
        window=window,
        broker=broker,
        log=log,
        metrics=metrics,
        ledger=ledger,
        mode=mode,
        as_json=as_json,
    )
    finish(ingest_command(options))
