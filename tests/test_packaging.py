"""What a user installs: two packages and the profiles, under names that collide with nobody's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PACKAGES = {"alpr_policy": "engine", "alpr_policy_adapters": "adapters"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the checkout, with the installed build backend and so without the network."""
    pytest.importorskip("build", reason="needs build: pip install --group dev")
    pytest.importorskip("hatchling", reason="needs hatchling: pip install --group dev")
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def members(wheel: Path) -> set[str]:
    """Return the names of all files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_wheel_has_no_strange_top_level(members: set[str]) -> None:
    """Nothing but our two packages lands in site-packages: no `engine`, `adapters`, `policies` or `tests`."""
    info = f"alpr_policy-{PROJECT['version']}.dist-info"

    assert {*PACKAGES, info} == {PurePosixPath(name).parts[0] for name in members}


def test_wheel_has_every_source_file(members: set[str]) -> None:
    """Each file of the two packages is in the wheel, `py.typed` of both included."""
    expected = {
        file.relative_to(ROOT / root).as_posix()
        for package, root in PACKAGES.items()
        for file in (ROOT / root / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }

    assert {f"{package}/py.typed" for package in PACKAGES} <= expected
    assert expected == {name for name in members if name.split("/")[0] in PACKAGES and "/_policies/" not in name}


def test_wheel_has_every_profile(members: set[str]) -> None:
    """The profiles of `policies/` ship as data of the engine, all of them and nothing else."""
    expected = {f"alpr_policy/_policies/{file.name}" for file in (ROOT / "policies").glob("*.yaml")}

    assert expected, "policies/ holds no profile"
    assert expected == {name for name in members if "/_policies/" in name}


def test_wheel_has_licence_and_command(wheel: Path) -> None:
    """The licence, the notice and the command `alpr-policy` are part of the wheel."""
    info = f"alpr_policy-{PROJECT['version']}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        for name in ("LICENSE", "NOTICE"):
            assert (ROOT / name).read_bytes() == archive.read(f"{info}/licenses/{name}")
        assert b"alpr-policy = alpr_policy_adapters.cli:main" in archive.read(f"{info}/entry_points.txt")


def test_sdist_has_what_its_tests_need(tmp_path: Path) -> None:
    """The sdist has every file of the repository but git's own and the CI's, so that `make test` works in it."""
    pytest.importorskip("build", reason="needs build: pip install --group dev")
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    command = [sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(built) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, text=True, check=True)
    tracked = {name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()}

    assert {".ci/run", ".gitattributes"} == tracked - packed - {".gitignore"}


def test_wheel_imports_by_itself(wheel: Path, tmp_path: Path) -> None:
    """The unpacked wheel imports without the checkout, and finds its profiles."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    ask = (
        "import alpr_policy, alpr_policy_adapters, importlib.resources as r, pathlib, sys\n"
        "print(pathlib.Path(alpr_policy.__file__).parents[1], pathlib.Path(alpr_policy_adapters.__file__).parents[1])\n"
        "print(*sorted(f.name for f in r.files('alpr_policy').joinpath('_policies').iterdir()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", ask],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    profiles = sorted(file.name for file in (ROOT / "policies").glob("*.yaml"))

    assert f"{tmp_path} {tmp_path}\n{' '.join(profiles)}\n" == done.stdout, done.stderr


def test_extra_all_leaves_out_only_the_heavy_ones() -> None:
    """The extra `all` brings every extra but `easyocr`, `fast-alpr`, `spark` and `durable`."""
    extras = PROJECT["optional-dependencies"]
    (everything,) = extras["all"]
    named = everything.removeprefix("alpr-policy[").removesuffix("]").split(",")

    assert sorted({*extras} - {"all", "durable", "easyocr", "fast-alpr", "spark"}) == named


def test_constraints_are_plain_versions() -> None:
    """Every constraint is `name==version`: no path, no address; and torch, which is huge, is not among them."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [re.fullmatch(r"([\w.-]+)==(\d[\w.]*)", line) for line in lines if not line.startswith("#")]
    versions = {pin[1]: pin[2] for pin in pins if pin}

    assert len(pins) == len(versions)
    assert "torch" not in versions
    assert versions["opencv-python"] == versions["opencv-python-headless"]
