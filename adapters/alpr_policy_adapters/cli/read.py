"""`alpr-policy read`: its options. What it does is in `reading`, which brings the plate reader and is loaded late."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alpr_policy_adapters.cli.options import Json, finish


def read(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="Pictures, videos, folders of them, rtsp:// addresses; - is a picture."),
    ],
    engine: Annotated[str, typer.Option(metavar="NAME", help="A detector and a reader that go together.")] = "default",
    detector: Annotated[
        str | None, typer.Option(metavar="NAME", help="Another detector; onnx:PATH for a file of your own.")
    ] = None,
    reader: Annotated[str | None, typer.Option(metavar="NAME", help="Another reader.")] = None,
    fast: Annotated[bool, typer.Option("--fast", help="The engine `fast`: sooner done, small plates missed.")] = False,
    least: Annotated[
        float | None, typer.Option("--min-confidence", min=0.0, max=1.0, metavar="X", help="Drop reads below this.")
    ] = None,
    sequence: Annotated[
        bool, typer.Option("--sequence", help="Take the pictures of a folder as frames that follow each other.")
    ] = False,
    every: Annotated[int, typer.Option(min=1, metavar="N", help="Of a video read each N-th frame.")] = 1,
    max_frames: Annotated[
        int | None, typer.Option("--max-frames", min=1, metavar="N", help="Stop a video or stream after N frames.")
    ] = None,
    start: Annotated[
        str | None, typer.Option(metavar="TIME", help="When the first frame of a video was taken, with offset.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write pictures with what was read drawn on them.")
    ] = None,
    policies: Annotated[list[Path] | None, typer.Option("--policies", hidden=True)] = None,
    as_json: Json = False,
) -> None:
    """Read plates from pictures, videos and cameras; nothing is judged. With `--json` one line a picture or vehicle.

    Exit codes: 0 all was read, 9 some of it could not be, 6 nothing could be.
    """
    from alpr_policy_adapters.cli.reading import Wanted, read_command

    wanted = Wanted(sequence=sequence, every=every, max_frames=max_frames, start=start, out=out, as_json=as_json)
    finish(read_command(paths, wanted, engine=engine, detector=detector, reader=reader, fast=fast, least=least))
