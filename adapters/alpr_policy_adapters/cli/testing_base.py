"""Files as they were at a revision of their git repository."""

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
    folder = path.resolve().parent
    shown = _git(folder, "show", f"{_commit(folder, revision, path)}:./{path.name}")
    if shown.returncode:
        return None
    if len(shown.stdout) > MOST_BYTES:
        raise _told(f"`{path}` is too long at `{revision[:60]}`")
    return shown.stdout.decode("utf-8", errors="replace")


def parting(folder: Path, revision: str) -> str:
    """Return the commit at which the checked out branch left a revision; the revision itself where git cannot tell.

    Raises UsageError as `text_at` does.
    """
    commit = _commit(folder, revision, folder)
    common = _git(folder, "merge-base", commit, "HEAD")
    return commit if common.returncode else common.stdout.decode().strip()


def names_at(folder: Path, commit: str) -> tuple[str, ...]:
    """Return the names in a folder at a commit that `parting` gave, none where it was not there yet."""
    listed = _git(folder, "ls-tree", "-z", "--name-only", commit)
    return tuple(sorted(name for name in listed.stdout.decode("utf-8", "replace").split("\0") if name))


def _commit(folder: Path, revision: str, about: Path) -> str:
    if revision.startswith("-") or not revision.isprintable():
        raise _told(f"`{revision[:60]}` is no revision")
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit.returncode:
        if _git(folder, "rev-parse", "--git-dir").returncode:
            raise _told(f"`{about}` lies in no git repository")
        raise _told(f"git knows no revision `{revision[:60]}`")
    return commit.stdout.decode().strip()


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
