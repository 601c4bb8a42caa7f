"""A file as it was at a revision of its git repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

from alpr_policy.errors import Diagnostic
from alpr_policy_adapters.cli.options import UsageError

SECONDS, MOST_BYTES = 30, 4_000_000


def text_at(path: Path, revision: str) -> str | None:
    """Return the text of a file at a revision, None where it was not there yet.

    Raises UsageError where git is missing, the file lies in no repository, or the revision is not known.
    """
    if revision.startswith("-") or not revision.isprintable():
        raise _told(f"`{revision[:60]}` is no revision")
    folder = path.resolve().parent
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit.returncode:
        if _git(folder, "rev-parse", "--git-dir").returncode:
            raise _told(f"`{path}` lies in no git repository")
        raise _told(f"git knows no revision `{revision[:60]}`")
    shown = _git(folder, "show", f"{commit.stdout.decode().strip()}:./{path.name}")
    if shown.returncode:
        return None
    if len(shown.stdout) > MOST_BYTES:
        raise _told(f"`{path}` is too long at `{revision[:60]}`")
    return shown.stdout.decode("utf-8", errors="replace")


def _git(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", "-C", str(folder), *words], capture_output=True, check=False, timeout=SECONDS)
    except FileNotFoundError:
        raise _told("git is not installed") from None
    except subprocess.TimeoutExpired:
        raise _told(f"git gave no answer within {SECONDS} s") from None


def _told(message: str) -> UsageError:
    help_ = "--diff-base compares with a revision in the profile's git repository; without it all is looked at"
    return UsageError([Diagnostic("no-diff-base", message, help=help_)])
