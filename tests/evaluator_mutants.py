"""Alters the evaluators one line at a time and says which alterations no case of the corpus notices.

    python -m tests.evaluator_mutants [COUNT]

What is left is to be read by eye: a case is missing from the corpus, or the alteration changes no answer (a shorter way
to the same one is no longer taken, a line that could not run is written all the same, a guard cannot be reached).
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EVALUATORS = Path("engine") / "alpr_policy" / "evaluators"
COMPILED = ("approvals", "asking", "checks", "lookup", "program", "reading", "truths")
NEEDED = ("engine", "adapters", "tests", "policies", "pyproject.toml")
# What is written in place of what; each alone is enough to turn an answer round somewhere.
ALTERED = (
    ("is not True", "is not False"),
    ("is not False", "is not True"),
    (" is True", " is False"),
    (" is None", " is True"),
    ('== "True"', '== "False"'),
    ('"False"', '"True"'),
    ("Op.NOT_IN", "Op.IN"),
    ("not {k}", "{k}"),
    (">=", ">"),
    ("<=", "<"),
    ("holds=not holds", "holds=holds"),
    ("all3", "any3"),
    ("not3(", "bool("),
    ("DENY", "ALLOW"),
)


@dataclass(frozen=True)
class Altered:
    """One line of one module written otherwise."""

    module: str
    line: int
    before: str
    after: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Name it without its line number, which moves."""
        return self.module, self.before.strip(), self.after.strip()


def alterations() -> list[Altered]:
    """Return every alteration of the reference and of what writes generated code."""
    files = [Path("reference.py"), *(Path("compiled") / f"{name}.py" for name in COMPILED)]
    return [one for file in files for one in _of(file)]


def _of(file: Path) -> Iterator[Altered]:
    for number, line in enumerate((ROOT / EVALUATORS / file).read_text(encoding="utf-8").split("\n")):
        if line.strip().startswith(('"""', "#", "from ", "import ")):
            continue
        for before, after in ALTERED:
            for found in re.finditer(re.escape(before), line):
                changed = line[: found.start()] + after + line[found.end() :]
                yield Altered(file.as_posix(), number, line, changed)


def survivors(chosen: list[Altered]) -> list[Altered]:
    """Return those that the corpus does not notice: every case is put to both evaluators, which must agree."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in NEEDED:
            source = ROOT / name
            ignored = shutil.ignore_patterns("__pycache__", "policies", "golden")
            (shutil.copytree(source, copy / name, ignore=ignored) if source.is_dir() else shutil.copy(source, copy))
        (copy / "policies").mkdir(exist_ok=True)
        return [one for one in chosen if _passes(copy, one)]


def _passes(copy: Path, one: Altered) -> bool:
    file = copy / EVALUATORS / one.module
    text = file.read_text(encoding="utf-8")
    lines = text.split("\n")
    lines[one.line] = one.after
    file.write_text("\n".join(lines), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/test_cases.py"]
    done = subprocess.run(command, cwd=copy, capture_output=True, check=False)
    file.write_text(text, encoding="utf-8")
    return done.returncode == 0


def sample(count: int) -> list[Altered]:
    """Return so many alterations, the same ones every time."""
    every = alterations()
    random.Random(1).shuffle(every)
    return every[:count]


if __name__ == "__main__":
    tried = sample(int(sys.argv[1]) if sys.argv[1:] else len(alterations()))
    alive = survivors(tried)
    for one in alive:
        print(f"{one.module}:{one.line + 1}: {one.before.strip()}\n    -> {one.after.strip()}")
    print(f"{len(tried) - len(alive)} of {len(tried)} alterations noticed by the corpus")
