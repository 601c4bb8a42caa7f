"""`alpr-policy run`: its options. What it does is in `run`, which brings the plate reader and so is loaded late."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alpr_policy.model.request import Mode
from alpr_policy_adapters.cli.office_options import RecordTo
from alpr_policy_adapters.cli.options import HotLists, Json, Judging, Mappings, Policies, SettingFile, finish


def run(
    paths: Annotated[list[Path], typer.Argument(metavar="PICTURE|DIR...", help="Photographs, or folders of them.")],
    hotlists: HotLists = None,
    mappings: Mappings = None,
    profiles: Judging = None,
    setting: SettingFile = None,
    at: Annotated[str | None, typer.Option(metavar="TIME", help="When the pictures were taken (default: now).")] = None,
    log: Annotated[Path | None, typer.Option(metavar="FILE", help="Write every decision here, as JSON Lines.")] = None,
    detector: Annotated[str | None, typer.Option(metavar="NAME", help="Another plate detector.")] = None,
    ledger: RecordTo = None,
    mode: Annotated[Mode, typer.Option(help="observe judges and lets pass.")] = Mode.ENFORCE,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Read plates from photographs, match them with hot lists, and judge every act on the way."""
    from alpr_policy_adapters.cli.lists import ListsGiven
    from alpr_policy_adapters.cli.run import run_command

    code = run_command(
        paths,
        ListsGiven(paths=tuple(hotlists or ()), mappings=tuple(mappings or ())),
        profiles or (),
        policies=policies or (),
        setting=setting,
        at=at,
        log=log,
        detector=detector,
        ledger=ledger,
        mode=mode,
        as_json=as_json,
    )
    finish(code)
