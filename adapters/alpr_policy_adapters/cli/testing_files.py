"""Files that `test` writes: whole, or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from alpr_policy.errors import Diagnostic
from alpr_policy_adapters.cli.options import UsageError


def write_whole(path: Path, text: str) -> None:
    """Write a file under its name only once it is complete; raises UsageError where its folder is not there."""
    if not path.parent.is_dir():
        raise UsageError([Diagnostic("usage", f"there is no folder `{path.parent}` to write `{path.name}` into")])
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
