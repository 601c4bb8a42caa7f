"""The first files of a department: three of them, written together or not at all, and over nothing."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from alpr_policy.errors import Diagnostic, ExitCode, PolicyError
from alpr_policy.formatting import format_text
from alpr_policy.lint.config import settings_for
from alpr_policy.questions.drafting import DraftFiles
from alpr_policy.source import SourceFile, Span
from alpr_policy_adapters.cli.output import Screen, number, print_json, shown_path


class ExistsError(PolicyError):
    """A file that would be written is there already."""

    exit_code = ExitCode.USAGE


def placed(folder: Path, name: str) -> tuple[Path, Path, Path]:
    """Return where profile, expected answers and page lie; raises ExistsError where one is there already."""
    paths = (folder / f"{name}.yaml", folder / "tests" / f"{name}.yaml", folder / f"{name}.md")
    there = [path for path in paths if os.path.lexists(path)]
    if there:
        help = "name another folder with `--folder`, or move it away: nothing is written over"
        raise ExistsError([_there(path, help) for path in there])
    return paths


def _there(path: Path, help: str) -> Diagnostic:
    return Diagnostic("file-exists", f"`{shown_path(str(path))}` is there already", Span(str(path), 0, 1), help)


def texts_of(paths: tuple[Path, Path, Path], files: DraftFiles) -> dict[Path, str]:
    """Return what is written where, the profile as `fmt` lays it out there, so that a first `ci` finds nothing."""
    profile = format_text(SourceFile(str(paths[0]), files.profile), settings_for(paths[0]).width).text
    return dict(zip(paths, (profile, files.suite, files.page), strict=True))


def write_together(texts: dict[Path, str]) -> None:
    """Write files that are not there yet, all of them or none; raises ExistsError and PolicyError."""
    drafts: list[Path] = []
    made: list[Path] = []
    folders: list[Path] = []
    try:
        for path, text in texts.items():
            folders += [one for one in (path.parent, *path.parent.parents) if not one.exists()]
            path.parent.mkdir(parents=True, exist_ok=True)
            drafts.append(_draft(path, text))
        for draft, path in zip(drafts, texts, strict=True):
            os.link(draft, path)  # unlike a rename, this fails where something is there
            made.append(path)
    except OSError as error:
        for path in made:
            path.unlink(missing_ok=True)
        _gone(drafts, folders)
        if isinstance(error, FileExistsError):
            raise ExistsError([_there(Path(str(error.filename2 or error.filename)), "nothing was written")]) from None
        message = f"`{error.filename}` cannot be written: {(error.strerror or 'writing failed').lower()}"
        help = "name a folder that you may write to with `--folder`"
        raise PolicyError([Diagnostic("file-unwritable", message, help=help)]) from None
    _gone(drafts, [])


def _draft(path: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
    os.chmod(name, 0o666 & ~_umask())
    return Path(name)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _gone(drafts: list[Path], folders: list[Path]) -> None:
    for path in drafts:
        path.unlink(missing_ok=True)
    for folder in sorted(folders, key=lambda one: len(one.parts), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def say_written(paths: tuple[Path, ...], files: DraftFiles, *, as_json: bool) -> None:
    """Say which files there are now, and what to do with them."""
    profile, suite, page = (shown_path(str(path)) for path in paths)
    if as_json:
        print_json(
            {
                "profile": profile,
                "suite": suite,
                "page": page,
                "statements": files.statements,
                "answers": files.answers,
                "reviews": files.reviews,
            }
        )
        return
    screen = Screen()
    screen.say(f"{profile}: {number(files.statements, 'statement')}, each to be compared with the adopted text")
    if files.reviews:
        screen.say(f"  {files.reviews:,} of its lines are guesses; look for `# review:` and decide each")
    screen.say(f"{suite}: {number(files.answers, 'expected answer')}, all of which hold")
    screen.say(f"{page}: the policy in plain words")
    screen.say()
    screen.say("Next:")
    for command in (
        f"alpr-policy check {profile}",
        f"alpr-policy lint {profile}",
        f"alpr-policy test {profile}",
        f"alpr-policy docs {Path(profile).stem} --policies {profile} --markdown {page}",
    ):
        screen.say(f"  {command}", wrap=False)
