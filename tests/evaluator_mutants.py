"""Alters the evaluators one line at a time and says which alterations no case of the corpus notices.

    python -m tests.evaluator_mutants [COUNT]

An alteration that no case notices is either a case that is missing from the corpus, or changes no answer: then it goes
into tests/mutants/evaluators.yaml with the reason. Ends with 1 while one is in neither place, or in both.
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

import yaml

ROOT = Path(__file__).resolve().parents[1]
EVALUATORS = Path("engine") / "alpr_policy" / "evaluators"
EQUAL = ROOT / "tests" / "mutants" / "evaluators.yaml"
COMPILED = ("approvals", "asking", "checks", "lookup", "needed", "program", "reading", "truths")
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


def equal() -> set[tuple[str, str, str]]:
    """Return the keys of those that are known to change no answer."""
    groups = yaml.safe_load(EQUAL.read_text(encoding="utf-8"))
    return {(module, before, after) for group in groups for module, before, after in group["lines"]}


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


def main(count: int | None = None) -> int:
    """Try so many alterations, or all, and say which ones are not as they are listed."""
    tried = sample(len(alterations()) if count is None else count)
    known = equal()
    alive = {one.key: one for one in survivors(tried)}
    for one in (one for key, one in alive.items() if key not in known):
        print(f"no case notices {one.module}:{one.line + 1}: {one.before.strip()}\n    -> {one.after.strip()}")
    noticed = [one for one in tried if one.key in known and one.key not in alive]
    for one in noticed:
        print(f"listed as equal, and a case notices {one.module}:{one.line + 1}: {one.after.strip()}")
    gone = known - {one.key for one in alterations()}
    for key in sorted(gone):
        print(f"listed as equal, and no alteration any more: {key}")
    missed = alive.keys() - known
    print(f"{len(tried)} alterations: {len(tried) - len(alive)} noticed, {len(alive) - len(missed)} change no answer,")
    print(f"{len(missed)} missed by the corpus")
    return 1 if missed or noticed or gone else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else None))
