"""The floors hold: imports only go down, and the contracts that say so do fire."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {"alpr_policy": "engine", "alpr_policy_adapters": "adapters"}
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"

pytest.importorskip("importlinter", reason="needs import-linter: pip install --group dev")


def named_in(contract: dict[str, Any]) -> set[str]:
    """Return the modules a layers contract names, optional ones included."""
    return set(re.findall(r"[\w.]+", " ".join(contract["layers"])))


def lint(folder: Path) -> tuple[int, str]:
    """Run import-linter as `lint-imports` would in a folder, and return its exit code and what it said."""
    roots = os.pathsep.join(str(folder / root) for root in PACKAGES.values())
    done = subprocess.run(
        [sys.executable, "-c", LINT],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": roots, "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def building(tmp_path: Path) -> Path:
    """Build a checkout in which every module that a layers contract names exists and imports nothing."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for contract in CONTRACTS:
        for module in named_in(contract) if contract["type"] == "layers" else ():
            root, names = tmp_path / PACKAGES[module.split(".")[0]], module.split(".")
            for depth in range(1, len(names) + 1):
                package = root.joinpath(*names[:depth])
                package.mkdir(parents=True, exist_ok=True)
                (package / "__init__.py").touch()
    return tmp_path


def test_imports_only_go_down() -> None:
    """Every contract on imports is kept by the code as it stands."""
    code, said = lint(ROOT)

    assert (0, f"Contracts: {len(CONTRACTS)} kept, 0 broken.") == (code, last_line(said)), said


def test_empty_building_stands(building: Path) -> None:
    """The contracts are kept by modules that import nothing, so that what breaks them below is the import."""
    code, said = lint(building)

    assert (0, f"Contracts: {len(CONTRACTS)} kept, 0 broken.") == (code, last_line(said)), said


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("alpr_policy.model", "import alpr_policy.reading", "floors"),
        ("alpr_policy.questions", "import alpr_policy_adapters.pipeline", "floors"),
        ("alpr_policy_adapters.plates", "import alpr_policy_adapters.hotlists", "floors"),
        ("alpr_policy", "import alpr_policy_adapters", "engine-alone"),
        ("alpr_policy.evaluators.compiled", "import alpr_policy.evaluators.reference", "evaluators-apart"),
        ("alpr_policy.evaluators.reference", "def late():\n    import duckdb", "light-floors"),
        ("alpr_policy.meaning", "import yaml", "bare-meaning"),
    ],
)
def test_contract_fires(building: Path, module: str, line: str, contract: str) -> None:
    """An import upward, sideways, or of something heavy breaks the contract that is meant to stop it."""
    source = building / PACKAGES[module.split(".")[0]] / module.replace(".", "/") / "__init__.py"
    source.write_text(line + "\n", encoding="utf-8")

    code, said = lint(building)

    name = next(c["name"] for c in CONTRACTS if c["id"] == contract)
    assert (1, True) == (code, f"{name} BROKEN" in said), said


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_every_module_has_a_floor(package: str) -> None:
    """Each module at the top of a package is named in the layers of pyproject.toml, so that none escapes them."""
    folder = ROOT / PACKAGES[package] / package
    found = {f"{package}.{p.stem}" for p in folder.iterdir() if p.suffix == ".py" or any(p.glob("*.py"))}
    floors = named_in(next(c for c in CONTRACTS if c["id"] == "floors"))

    assert set() == found - floors - {f"{package}.__init__", f"{package}.__main__"}


def last_line(said: str) -> str:
    """Return the last line that is not empty."""
    return [line for line in said.splitlines() if line.strip()][-1].strip()
