"""The public door: few names, sorted, typed for a caller's checkers, and light to open."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

import alpr_policy

ROOT = Path(__file__).resolve().parents[1]
CALLER = ROOT / "tests" / "typing" / "api.py"
CLIENT = ROOT / "tests" / "typing" / "client.py"
PROGRAM = ROOT / "examples" / "embedding" / "alpr_program.py"
PURE = "import sysconfig; print(sysconfig.get_path('purelib'))"
# Loaded on first use only: what validates, what draws on a terminal, and whatever an extra brings.
HEAVY = ("pydantic", "jsonschema", "rich", "typer", "ruamel", "numpy", "cv2", "duckdb", "sqlalchemy", "z3")


def test_the_public_names_are_few_and_sorted() -> None:
    """At most twenty names are public, in order, and each of them is there."""
    names = alpr_policy.__all__

    assert sorted(names) == names
    assert len(names) <= 20
    assert [] == [name for name in names if not hasattr(alpr_policy, name)]


def test_a_callers_file_uses_every_public_name() -> None:
    """The file that the type checkers are shown leaves out no public name."""
    used = {node.id for node in ast.walk(ast.parse(CALLER.read_text(encoding="utf-8"))) if isinstance(node, ast.Name)}

    assert set() == set(alpr_policy.__all__) - used


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a Python in which this checkout is what is installed, with all else that is installed here."""
    folder = tmp_path_factory.mktemp("caller")
    venv.create(folder, symlinks=True)
    found = str(folder / "bin" / "python")
    site = subprocess.run([found, "-c", PURE], check=True, capture_output=True, text=True).stdout.strip()
    paths = [ROOT / "engine", ROOT / "adapters", sysconfig.get_path("purelib")]
    Path(site, "checkout.pth").write_text("".join(f"{one}\n" for one in paths), encoding="utf-8")
    return found


def test_mypy_accepts_a_callers_file(tmp_path: Path, python: str) -> None:
    """A caller's program passes mypy at its strictest, without settings of ours."""
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={tmp_path}"]
    command.append(f"--python-executable={python}")
    done = subprocess.run(
        [*command, str(CALLER), str(CLIENT), str(PROGRAM)], check=False, capture_output=True, text=True, cwd=tmp_path
    )

    assert (0, "") == (done.returncode, done.stdout if done.returncode else "")


def test_pyright_accepts_a_callers_file(tmp_path: Path, python: str) -> None:
    """A caller's program passes pyright at its strictest."""
    pyright = shutil.which("pyright", path=str(Path(sys.executable).parent))
    if pyright is None or subprocess.run([pyright, "--version"], check=False, capture_output=True).returncode:
        pytest.skip("pyright is not installed, or could not fetch its checker")
    # A path that is not relative is passed over, and the check would be of nothing.
    shown = [os.path.relpath(one, tmp_path) for one in (CALLER, CLIENT, PROGRAM)]
    settings = {"include": shown, "typeCheckingMode": "strict"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    command = [pyright, "--project", str(tmp_path), "--pythonpath", python, "--outputjson"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path)
    answer = json.loads(done.stdout)
    told = [f"{one['file']}: {one['message']}" for one in answer["generalDiagnostics"]]

    assert len(shown) == answer["summary"]["filesAnalyzed"]
    assert [] == told


def test_opening_the_door_loads_nothing_heavy() -> None:
    """Importing, loading the profiles and deciding load no schema library, terminal library or extra."""
    script = (
        "import sys, alpr_policy\n"
        "pdp = alpr_policy.PolicyDecisionPoint.load()\n"
        "request = {'action': 'search.run', 'at': '2026-05-04T10:00:00-04:00', 'departments': ['cambridge']}\n"
        "assert pdp.decide(request).outcome is alpr_policy.Outcome.NEEDS\n"
        f"print(sorted(name for name in {HEAVY!r} if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.strip()


def test_the_example_program_does_as_it_shows(golden: Callable[..., None]) -> None:
    """The example of an ALPR program runs, and what it prints is what was read before."""
    done = subprocess.run([sys.executable, str(PROGRAM)], capture_output=True, text=True, check=True, cwd=ROOT)

    golden("alpr-program.txt", done.stdout)
