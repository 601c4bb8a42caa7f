"""The files for running the server: every option in them is one of the program, and every path is there."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import typer
from tests.adapters.cli_kit import environment

from alpr_policy_adapters.cli.main import app

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
PAGE = ROOT / "docs" / "deploying.md"
UNIT = DEPLOY / "alpr-policy.service"


class Unit(configparser.RawConfigParser):
    """A unit of systemd, in which keys keep their capitals and may stand twice."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def unit() -> dict[str, str]:
    """Return the settings of the service; of a key that stands twice, the last."""
    parser = Unit(strict=False, comment_prefixes=("#",), delimiters=("=",))
    parser.read_string(UNIT.read_text(encoding="utf-8"))
    return dict(parser["Service"])


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile, with what they say, each in one line."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in re.sub(r"\\\n\s*", "", text).splitlines() if line and not line.startswith("#")]
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


def said(name: str) -> list[str]:
    """Return what the instructions of one name say."""
    return [rest for one, rest in instructions() if one == name]


def calls() -> Iterator[list[str]]:
    """Give each call of the program that the page and the unit show, without its name."""
    listed = re.findall(r"^```(?:console|sh)$(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    shown = [line.removeprefix("$ ") for block in listed for line in block.splitlines()]
    shown += [unit()["ExecStart"].replace("$DEPARTMENTS", "--profile cambridge").replace("$OPTIONS", "")]
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for line in shown:
        words = shlex.split(line)
        # What runs the program in a container or as another user stands before its name.
        for name, following in pairwise(words):
            if PurePosixPath(name).name == "alpr-policy" and following in commands:
                yield words[words.index(following) :]


CALLS = list(calls())


@pytest.mark.parametrize("words", [pytest.param(one, id=" ".join(one)[:60]) for one in CALLS])
def test_the_program_knows_what_is_shown(words: list[str]) -> None:
    """Each call that the page and the unit show is one that the program takes, with these options."""
    command: Any = typer.main.get_command(app)
    context = command.make_context("alpr-policy", [], resilient_parsing=True)
    while hasattr(command, "commands"):
        command, words = command.commands[words[0]], words[1:]
        context = command.make_context(command.name, [], parent=context, resilient_parsing=True)
    context.resilient_parsing = False

    assert [] == command.parse_args(context, list(words))


def test_something_is_shown() -> None:
    """The page and the unit together show the commands that running a server takes."""
    shown = {tuple(one[:1]) if one[0] == "serve" else tuple(one[:2]) for one in CALLS}

    assert {("serve",), ("token", "new"), ("ledger", "init"), ("ledger", "verify")} <= shown


def test_what_the_image_is_made_of_is_there() -> None:
    """Each path that the image copies is in the repository, and the list of what is kept out lets it through."""
    kept = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = [line[1:] for line in kept if line.startswith("!")]
    copied = [word for rest in said("COPY") if not rest.startswith("--from") for word in rest.split()[:-1]]

    assert "*" in kept
    assert [] == [one for one in copied if not (ROOT / one).exists()]
    assert sorted(let_in) == sorted(copied)


def test_the_image_is_careful() -> None:
    """The image is named without a host, its program is process 1, is not root, and tells how it is."""
    images = [one.split()[0] for one in said("FROM")]
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")

    assert {"python:3.11-slim"} == set(images)
    assert "Python 3.11" in pins
    assert ["10001:10001"] == said("USER")
    assert ["SIGTERM"] == said("STOPSIGNAL")
    assert ['["alpr-policy"]'] == said("ENTRYPOINT")
    assert "healthcheck.py" in said("HEALTHCHECK")[0]
    assert "-c constraints.txt" in next(one for one in said("RUN") if "install" in one)


def test_the_unit_leaves_time_to_end() -> None:
    """The service is given longer to end than the server takes to answer what was begun, and reloads by SIGHUP."""
    settings = unit()
    grace = int(re.findall(r"--grace (\d+)", settings["ExecStart"])[0])

    assert int(settings["TimeoutStopSec"]) > grace + 5
    assert "/bin/kill -HUP $MAINPID" == settings["ExecReload"]
    assert "mixed" == settings["KillMode"]
    assert "root" != settings["User"]


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    """The checker of systemd finds nothing wrong with the unit, and calls it well closed."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not here")
    copy = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8")
    copy.write_text(text.replace("/opt/alpr-policy/bin/alpr-policy", sys.executable), encoding="utf-8")
    verified = subprocess.run([analyze, "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False)
    rated = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", "--threshold=20", str(copy)],
        capture_output=True,
        text=True,
        check=False,
    )
    if "unrecognized option" in rated.stderr:
        pytest.skip("this systemd-analyze cannot rate a file")

    assert (0, "") == (verified.returncode, verified.stderr)
    assert 0 == rated.returncode, rated.stdout


def test_the_health_check_tells_one_from_the_other() -> None:
    """The check of the container ends with 0 where a server answers, and with 1 where none does or it refuses."""
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/health" else 503)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return None

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_address[1]}"
        codes = [_checked(f"{base}/health"), _checked(f"{base}/other")]
        server.shutdown()

    assert [0, 1, 1, 1] == [*codes, _checked(f"{base}/health"), _checked("nonsense")]


def _checked(url: str) -> int:
    command = [sys.executable, "-I", str(DEPLOY / "healthcheck.py")]
    done = subprocess.run(command, env=environment(ALPR_POLICY_HEALTH_URL=url), capture_output=True, check=False)
    return done.returncode


@pytest.mark.slow
def test_what_is_copied_installs(tmp_path: Path) -> None:
    """From what the image copies, and nothing else, the program is built, with its profiles, and starts."""
    pytest.importorskip("hatchling", reason="needs hatchling: pip install --group dev")
    source = tmp_path / "src"
    for rest in said("COPY"):
        if not rest.startswith(("--from", "deploy")):
            for name in rest.split()[:-1]:
                _copied(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--no-build-isolation"]
    place = tmp_path / "site"
    subprocess.run([*command, "--target", str(place), str(source)], check=True, capture_output=True)
    script = "from alpr_policy_adapters.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, "serve", "--help"],
        env={**environment(), "PYTHONPATH": str(place)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done.stderr
    assert (place / "alpr_policy" / "_policies" / "cambridge.yaml").is_file()


def _copied(here: Path, there: Path) -> None:
    def passed_over(_: str, names: list[str]) -> set[str]:
        return {one for one in names if one == "__pycache__" or fnmatch(one, ".*")}

    there.parent.mkdir(parents=True, exist_ok=True)
    if here.is_dir():
        shutil.copytree(here, there, ignore=passed_over)
    else:
        shutil.copy(here, there)
