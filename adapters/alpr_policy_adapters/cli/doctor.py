"""`alpr-policy doctor`: which parts of the plate reader are here, whether they are right, and what is missing."""

from __future__ import annotations

import importlib.metadata
import re
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from alpr_policy.errors import ExitCode, PolicyError
from alpr_policy_adapters.cli.options import Json, finish
from alpr_policy_adapters.cli.output import Screen, as_data, columns, one_text, print_json, row

NAME = "alpr-policy"
ENGINES = ("default", "fast", "opencv")
DEFAULT = {("engine", "default"), ("detector", "clp"), ("reader", "rapidocr")}
"""What has to work for the default engine to be trusted."""
_REQUIRED = re.compile(r"^([A-Za-z0-9._-]+)(\[[^\]]*\])?.*;.*extra == [\"']([a-z]+)[\"']")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A model or an engine: whether it can be used, and what there is to say."""

    kind: str
    name: str
    usable: bool
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """An extra and those of its packages that are not installed."""

    name: str
    missing: tuple[str, ...]
    command: str


def doctor(
    policies: Annotated[list[Path] | None, typer.Option("--policies", hidden=True)] = None,
    as_json: Json = False,
) -> None:
    """Say which engines, models and packages are here, what is wrong with them, and the command that mends it.

    Exit codes: 0 the default engine can run, 8 it cannot.
    """
    from alpr_policy_adapters.plates.extras import installed_versions, problems

    parts, versions, found, extras = _parts(), installed_versions(), problems(), _extras()
    wrong = any(one.code == "opencv-versions-differ" for one in found)
    fine = not wrong and all(part.usable for part in parts if (part.kind, part.name) in DEFAULT)
    if as_json:
        print_json(
            {
                "default_engine": fine,
                "python": sys.version.split()[0],
                "packages": versions,
                "parts": [asdict(part) for part in parts],
                "extras": [asdict(extra) for extra in extras],
                "problems": [as_data(one) for one in found],
            }
        )
    else:
        _tell(Screen(), fine, parts, versions, extras)
    finish(ExitCode.OK if fine else ExitCode.MISSING_EXTRA)


def _parts() -> list[Part]:
    """Say of each detector and reader whether it is here and its model the right one, and load two engines for real."""
    from alpr_policy_adapters.plates.registry import describe

    parts = [Part(kind=one["kind"], name=one["name"], usable=one["available"], note=_note(one)) for one in describe()]
    return parts + [_engine(name) for name in ENGINES]


def _note(one: dict[str, Any]) -> str:
    if not one["available"]:
        return one_text("; ".join(filter(None, (one["reason"], one["help"]))))
    model = f"{one['model']}, SHA-256 {one['sha256'][:12]}… as expected, in " if one["model"] else ""
    return f"{model}{one['package']} {one['version'] or ''}".strip()


def _engine(name: str) -> Part:
    from alpr_policy_adapters.cli.engines import engine_named

    try:
        engine = engine_named(engine=name)
    except PolicyError as error:
        return Part(kind="engine", name=name, usable=False, note=_why(error))
    except Exception as error:  # whatever a broken package raises, the doctor is there to tell of it
        return Part(kind="engine", name=name, usable=False, note=one_text(f"{type(error).__name__}: {error}")[:200])
    note = f"loaded: finds with {engine.detector.name}, reads with {engine.reader.name}"
    return Part(kind="engine", name=name, usable=True, note=note)


def _why(error: PolicyError) -> str:
    first = error.diagnostics[0]
    return one_text(f"{first.message}; {first.help}" if first.help else first.message)


def _extras() -> list[Extra]:
    """List the extras with what is missing of each; none where the program is not installed as a package."""
    try:
        lines = importlib.metadata.requires(NAME) or []
    except importlib.metadata.PackageNotFoundError:
        return []
    packages: dict[str, list[str]] = {}
    for line in lines:
        match = _REQUIRED.match(line)
        if match and match[1] != NAME:
            packages.setdefault(match[3], []).append(match[1])
    return [
        Extra(name=name, missing=tuple(p for p in found if not _installed(p)), command=f"pip install '{NAME}[{name}]'")
        for name, found in sorted(packages.items())
    ]


def _installed(package: str) -> bool:
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _tell(screen: Screen, fine: bool, parts: list[Part], versions: dict[str, Any], extras: list[Extra]) -> None:
    from alpr_policy_adapters.plates.extras import problems

    table = columns("part", "", "what is known of it", ratios=(None, None, 1))
    for part in parts:
        row(table, f"{part.kind} {part.name}", "yes" if part.usable else "NO", part.note)
    for package, version in versions.items():
        row(table, f"package {package}", "yes" if version else "NO", version or "not installed")
    for extra in extras:
        missing = f"without {', '.join(extra.missing)}: {extra.command}" if extra.missing else "complete"
        row(table, f"extra {extra.name}", "no" if extra.missing else "yes", missing)
    screen.put(table)
    for one in problems():
        screen.say(f"{one.message}: {one.help}", style="yellow")
    screen.say("The default engine can run." if fine else "The default engine cannot run.", style="bold")
