"""What other programs read of this repository to run it: the action, the hooks, the GitLab job, the exit codes."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.adapters.cli_kit import PROGRAM, ROOT, environment
from tests.testing_kit import PROFILE

from alpr_policy.errors import ExitCode
from alpr_policy_adapters.cli.main import app

PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
SNIPPETS = [yaml.safe_load(text) for text in re.findall(r"^```yml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)]
RUNS = {step["name"]: step for step in ACTION["runs"]["steps"] if "run" in step}
JUDGE = RUNS["Judge the change"]["run"]


def commands() -> Any:
    """Return the commands of the command line by name."""
    return importlib.import_module("typer.main").get_command(app).commands


def options(command: str) -> set[str]:
    """Return the options of a command."""
    return {option for parameter in commands()[command].params for option in parameter.opts}


def calls() -> list[list[str]]:
    """Return every call of the program in the action, the hooks and the GitLab job, as words."""
    jobs = [job for one in SNIPPETS for job in one.values() if isinstance(job, dict) and "script" in job]
    lines = [*JUDGE.splitlines(), *(line for job in jobs for line in job["script"])]
    found = [shlex.split(line.strip()) for line in lines if line.strip().startswith("alpr-policy ")]
    return [*found, *([*one["entry"].split(), *one.get("args", [])] for one in HOOKS)]


def test_calls_exist() -> None:
    """Each command that is called exists, with each option that it is given, in the action's lists of words too."""
    assert {"ci", "check", "lint", "fmt"} == {words[1] for words in calls()}
    for words in calls():
        assert "alpr-policy" == words[0]
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= options(words[1])
    given = set(re.findall(r'words\+=\("?(--[a-z-]+)', JUDGE))

    assert {"--diff-base", "--fail-under", "--fail-on-laxer", "--tests"} == given & options("ci") == given - {"--"}


def test_inputs_reach_the_shell_as_variables_alone() -> None:
    """No script of the action holds an expression, and each input that a step names is declared and used."""
    told = yaml.safe_dump(ACTION["runs"])

    assert [] == [name for name, step in RUNS.items() if "${{" in step["run"]]
    assert set(ACTION["inputs"]) == set(re.findall(r"inputs\.([a-z-]+)", told))
    assert all(one["description"] and "default" in one for one in ACTION["inputs"].values())
    assert all("shell" in step for step in RUNS.values())


def test_snippets_name_what_there_is() -> None:
    """The page gives the action inputs that it has, and names hooks that there are."""
    github, _, hooks = SNIPPETS
    given = [step["with"] for step in github["jobs"]["policies"]["steps"] if "alpr-policy" in step["uses"]]

    assert set(given[0]) <= set(ACTION["inputs"])
    assert [one["id"] for one in HOOKS] == [one["id"] for one in hooks["repos"][0]["hooks"]]


@pytest.mark.parametrize(("path", "taken"), [("policies/a.yaml", True), ("policies/tests/a.yaml", False)])
def test_hooks_take_profiles_alone(path: str, taken: bool) -> None:
    """A hook is for a profile, and not for a suite in the folder beside it."""
    assert {taken} == {re.search(one["files"], path) is not None for one in HOOKS}


@pytest.mark.skipif(sys.platform == "win32", reason="the action's script is for bash")
def test_script_of_the_action_runs(tmp_path: Path) -> None:
    """The script hands over paths with blanks and a revision as they are, and ends with the program's code."""
    (tmp_path / "my policies").mkdir()
    (tmp_path / "my policies" / "smallville.yaml").write_text(PROFILE, encoding="utf-8")
    for words in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "first")):
        who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", "-C", str(tmp_path), *who, *words], check=True, capture_output=True)
    program = tmp_path / "bin" / "alpr-policy"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.join(PROGRAM)} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    inputs = {"PATHS": "my policies\n", "SUITES": "", "BASE": "HEAD", "SHARES": "statements=100", "LAXER": "true"}
    more = {"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}", "GITHUB_STEP_SUMMARY": "summary.md"}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", JUDGE],
        cwd=tmp_path,
        env=environment(**inputs, **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    # There is no suite, which is below every share that is asked for.
    assert (ExitCode.BELOW_THRESHOLD, "") == (done.returncode, done.stdout)
    assert "there is no suite" in (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert "changed since HEAD" in (tmp_path / "summary.md").read_text(encoding="utf-8")


def rows() -> dict[str, set[int]]:
    """Return the numbers in each row of the table of exit codes, by command."""
    table = PAGE.split("## Exit codes", 1)[1]
    found = re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", table, re.MULTILINE)
    return {name: {int(number) for number in re.findall(r"\b\d+\b", told)} for name, told in found}


def test_every_command_has_its_exit_codes() -> None:
    """The table has a row for each command in order, and names no code that there is not."""
    assert sorted(commands()) == list(rows())
    assert set().union(*rows().values()) <= {int(code) for code in ExitCode}
    assert [] == [code for code in ExitCode if not re.search(rf"\b{int(code)}\b", PAGE.split("## Exit codes", 1)[1])]


def ends_of(command: Any) -> Iterator[Any]:
    """Yield the commands of a group and of the groups in it, or the command itself."""
    if not hasattr(command, "commands"):
        yield command
        return
    for one in command.commands.values():
        yield from ends_of(one)


@pytest.mark.parametrize("name", sorted(rows()))
def test_no_exit_code_is_kept_back(name: str) -> None:
    """What the module of a command ends with by itself stands in the command's row."""
    command = commands()[name]
    modules = {sys.modules[one.callback.__module__] for one in ends_of(command)}
    named = {word for module in modules for word in re.findall(r"\bExitCode\.([A-Z_]+)", inspect.getsource(module))}
    # These are said of every command.
    always = {ExitCode.OK, ExitCode.USAGE}

    assert set() == {ExitCode[word] for word in named} - always - rows()[name]
