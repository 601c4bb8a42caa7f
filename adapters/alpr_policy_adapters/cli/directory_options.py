"""The options by which commands are given a directory, and how it is read wherever it lies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alpr_policy.errors import Diagnostic
from alpr_policy.model.directory import Directory
from alpr_policy.reading.directory import LIMITS, read_directory
from alpr_policy.reading.text_files import read_text
from alpr_policy.reading.yaml_nodes import parse
from alpr_policy_adapters.cli.options import UsageError
from alpr_policy_adapters.people import read_people

DirectoryPath = Annotated[
    Path | None,
    typer.Option(
        "--directory",
        metavar="PATH",
        help="Who is who: a YAML file, a folder of CSV tables, or the mapping of a database.",
    ),
]
PeopleUrl = Annotated[
    str | None,
    typer.Option(
        "--people-url",
        metavar="URL",
        envvar="ALPR_PEOPLE_URL",
        show_envvar=True,
        help="The database that a mapping reads, such as sqlite:///people.db.",
    ),
]


def load_directory(path: Path, url: str | None) -> Directory:
    """Read a directory; raises DirectoryError, MissingExtraError, and UsageError for a mapping without its database."""
    if path.is_dir() or not _is_mapping(path):
        return read_directory(path)
    if url is None:
        message = f"`{path.name}` is the mapping of a database, and no database is named"
        raise UsageError([Diagnostic("usage", message, help="give `--people-url`, or set ALPR_PEOPLE_URL")])
    return read_people(path, url)


def _is_mapping(path: Path) -> bool:
    """Say whether a file begins as a mapping of people does; one that cannot be read is told of as a directory."""
    if path.is_file() and path.stat().st_size > 200_000:
        return False
    source, _ = read_text(path, LIMITS)
    node = parse(source, LIMITS)[0] if source is not None else None
    return node is not None and node.get("people") is not None and node.get("directory") is None
