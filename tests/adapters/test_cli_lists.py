"""Hot lists of `run` and `ingest`: any layout, one mapping for all or one each, and renewed while payloads come."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.cli_kit import PROGRAM, ROOT, environment, run

from alpr_policy.errors import ExitCode

DEMO = ROOT / "examples" / "demo"
ONE_READ = json.loads((ROOT / "examples" / "embedding" / "payloads" / "frigate.json").read_text(encoding="utf-8"))
JUDGED = ("--setting", str(DEMO / "context.yaml"), "-p", "cambridge", "--json")
PLAIN = "plate,state,category,source,effective,expires,entry_id\n"
OWN = """mapping: 1
id: own
about: an invented list with semicolons
delimiter: semicolon
category: bolo
fields:
  plate: {column: Kennzeichen}
  state: {column: Staat}
"""


def line(plate: str) -> str:
    """Give a payload with this plate, on one line."""
    return json.dumps({**ONE_READ, "plate": plate})


@pytest.fixture
def own(tmp_path: Path) -> tuple[Path, Path]:
    """Write a list of another layout, and its mapping."""
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
    (tmp_path / "own.csv").write_text("Kennzeichen;Staat\n8QZW650;CA\n4KAN123;CA\n", encoding="utf-8")
    return tmp_path / "own.csv", tmp_path / "own.yaml"


def hits(output: str) -> list[tuple[str, str]]:
    """Give the list and the category of each alert."""
    said = [json.loads(one) for one in output.splitlines()]
    alerts = [one["hit"]["entry"] for one in said if one.get("request", {}).get("action") == "alert.deliver"]
    return [(Path(entry["list_name"]).name, entry["category"]) for entry in alerts]


def test_a_list_of_another_layout(own: tuple[Path, Path]) -> None:
    """A list with other columns is read by the mapping that is named, and its entries are hits."""
    result = run("ingest", "-", "--hotlist", str(own[0]), "--mapping", str(own[1]), *JUDGED, input=line("4KAN123"))

    assert (ExitCode.OK, [("own.csv", "bolo")]) == (result.exit_code, hits(result.stdout))


def test_a_mapping_for_each_list(own: tuple[Path, Path]) -> None:
    """Mappings go with lists in the order in which they are named."""
    lists = ("--hotlist", str(DEMO / "hotlist.csv"), "--hotlist", str(own[0]))
    named = ("--mapping", "plain_csv", "--mapping", str(own[1]))
    result = run("ingest", "-", *lists, *named, *JUDGED, input=line("4KAN123"))

    assert {("own.csv", "bolo"), ("hotlist.csv", "stolen_vehicle")} == set(hits(result.stdout))


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--mapping", "genetec"), ExitCode.USAGE, "`--mapping` goes with `--hotlist`"),
        (("--hotlist", "a", "--mapping", "genetec", "--mapping", "genetec"), ExitCode.USAGE, "2 `--mapping`s for 1"),
        (("--hotlist", "a", "--hotlist", "a"), ExitCode.USAGE, "a hot list is named twice"),
        (("--hotlist", "a", "--mapping", "genetek"), ExitCode.BAD_INPUT, "did you mean `genetec`"),
        (("--hotlist", "nowhere.csv"), ExitCode.BAD_INPUT, "hotlist-missing"),
    ],
)
@pytest.mark.parametrize("command", ["run", "ingest"])
def test_lists_that_cannot_be_used(command: str, words: tuple[str, ...], code: ExitCode, told: str) -> None:
    """Words that do not go together, and lists and mappings that are none, keep both commands from starting."""
    if command == "run":
        pytest.importorskip("cv2", reason="install the extra `ocr`")
    result = run(command, str(ROOT / "examples" / "embedding" / "payloads"), *words, *JUDGED[:-1])

    assert (code, True) == (result.exit_code, told in result.stderr)


def test_a_list_with_very_many_bad_lines_is_told_in_short(tmp_path: Path) -> None:
    """Of the refused lines the first are shown and the rest counted, with the command that shows them all."""
    path = tmp_path / "bad.csv"
    path.write_text(PLAIN + "?,MA,bolo,,,,\n" * 50 + "8QZW650,CA,bolo,,,,\n", encoding="utf-8")
    result = run("ingest", "-", "--hotlist", str(path), *JUDGED, input=line("8QZW650"))

    assert (ExitCode.PARTIAL, 20, 1) == (
        result.exit_code,
        result.stderr.count("[hotlist-line]"),
        len(hits(result.stdout)),
    )
    assert "30 further lines of" in result.stderr


def test_a_list_is_renewed_while_payloads_come(tmp_path: Path) -> None:
    """A list is replaced under a running command; a bad file keeps the good one, and hits say that a newer exists."""
    path, now = tmp_path / "list.csv", "2099-01-01T00:00:00+00:00"

    def put(text: str) -> None:
        path.with_suffix(".tmp").write_text(text, encoding="utf-8")
        os.replace(path.with_suffix(".tmp"), path)

    put(PLAIN + "8QZW650,CA,bolo,,,,one\n")
    words = ["ingest", "-", "--hotlist", str(path), "--at", now, *JUDGED]
    program = [*PROGRAM[:2], f"import alpr_policy_adapters.hotlists.files as f; f.LOOK = 0.02; {PROGRAM[2]}"]
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    process: Any
    with subprocess.Popen([*program, *words], env=environment(), text=True, **pipes) as process:

        def ask() -> list[dict[str, Any]]:
            """Send the same read and give its answers: capture, alert and stop."""
            process.stdin.write(line("8QZW650") + "\n")
            process.stdin.flush()
            return [json.loads(process.stdout.readline()) for _ in range(3)]

        first = ask()
        put(PLAIN + "8QZW650,CA,stolen_vehicle,,,,two\n")
        renewed = process.stderr.readline()
        second = ask()
        put("no list any more\n")
        alarms = [process.stderr.readline() for _ in range(3)]
        third = ask()
        process.stdin.close()
        rest = process.stdout.read()
        code = process.wait(60)

    entries = [[one["hit"]["entry"]["entry_id"] for one in some[1:]] for some in (first, second, third)]
    newer = [some[1]["request"]["facts"]["hotlist.newer_available"] for some in (first, second, third)]
    ages = [some[1]["request"]["facts"]["hotlist.loaded"] for some in (first, second, third)]
    assert [["one"] * 2, ["two"] * 2, ["two"] * 2] == entries
    assert [False, False, True] == newer
    assert (True, True) == (ages[0] <= ages[1], ages[1] == ages[2])
    assert (True, True, True) == (
        "was loaded again: 1 entry" in renewed,
        "[hotlist-header]" in alarms[0],
        "[hotlist-kept]" in alarms[-1],
    )
    assert (ExitCode.PARTIAL, 1) == (code, json.loads(rest.splitlines()[-1])["summary"]["errors"])
