"""A tree of two hundred profiles linted and laid out on one core."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks.timing import goal, once, say, table

from alpr_policy.formatting import format_text
from alpr_policy.lint.config import Settings
from alpr_policy.lint.run import Wanted, lint_files
from alpr_policy.questions.check import check_files
from alpr_policy.reading.catalog import profile_files, shipped_folder
from alpr_policy.source import SourceFile

FILES, GOAL_S = 200, 10.0


def tree(folder: Path) -> int:
    """Write two hundred profiles, the shipped ones in turn under names of their own, and return their lines."""
    shipped = profile_files(shipped_folder())
    lines = 0
    for number in range(FILES):
        source = shipped[number % len(shipped)]
        text = re.sub(r"^profile: (\w+)", rf"profile: \1_{number}", source.read_text(encoding="utf-8"), flags=re.M)
        (folder / f"{source.stem}_{number}.yaml").write_text(text, encoding="utf-8")
        lines += text.count("\n")
    return lines


def run() -> dict[str, Any]:
    """Measure, print, and return the figures."""
    wanted = Wanted(settings=lambda _: Settings())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = tree(folder)
        say(f"linting: {FILES} profiles of {lines:,} lines together")
        lint = once(lambda: lint_files([folder], wanted=wanted)) / 1e3
        say("linting: the same, checked alone")
        check = once(lambda: check_files([folder])) / 1e3
        say("linting: the same, laid out")
        sources = [SourceFile(str(file), file.read_text(encoding="utf-8")) for file in profile_files(folder)]
        laid = once(lambda: [format_text(source) for source in sources]) / 1e3
    table(
        f"A tree of {FILES} profiles, {lines:,} lines, once",
        ("", "s", "ms a file"),
        [
            ("`lint`, all rules but those of `--deep`", lint, lint / FILES * 1e3),
            ("`check`", check, check / FILES * 1e3),
            ("`fmt`", laid, laid / FILES * 1e3),
        ],
        (goal(f"lint within {GOAL_S:g} s", lint <= GOAL_S),),
    )
    return {"files": FILES, "lines": lines, "lint_s": lint, "check_s": check, "fmt_s": laid}
