"""`decide`: one request or a stream of them, and what comes of input that nobody should send."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.cli_kit import FILES, KINDS, PROGRAM, TOWN, environment, run

from alpr_policy.errors import ExitCode

Golden = Callable[[str, str], None]
SEARCH = json.loads((FILES / "search.json").read_text(encoding="utf-8"))


def request(**changes: Any) -> str:
    """Return the search of the test files as one line of JSON, with some keys otherwise."""
    return json.dumps(SEARCH | changes)


def test_request_in_yaml(golden: Golden) -> None:
    """A request in YAML, its times unquoted, gets its answer; what is missing has an exit code of its own."""
    result = run("decide", "stop.yaml", *TOWN)

    assert ExitCode.NEEDS == result.exit_code
    golden("decide-needs.txt", result.stdout)


def test_request_in_json(golden: Golden) -> None:
    """A request in JSON that is allowed ends with zero and says what must follow."""
    result = run("decide", "search.json", *TOWN)

    assert ExitCode.OK == result.exit_code
    golden("decide-allow.txt", result.stdout)


def test_several_needs_are_listed(golden: Golden) -> None:
    """Where several things are missing, each has a line of its own."""
    facts = {"purpose": "criminal_investigation", "requester.id": "officer-7"}
    result = run("decide", *TOWN, input=request(facts=facts))

    assert ExitCode.NEEDS == result.exit_code
    golden("decide-several-needs.txt", result.stdout)


def test_denial() -> None:
    """A denied request has an exit code of its own."""
    result = run("decide", *TOWN, input=request(facts={"purpose": "personal"}))

    assert ExitCode.DENY == result.exit_code
    assert result.stdout.startswith("deny: ")


def test_reason_for_auditors_is_not_shown() -> None:
    """A confidential reason does not reach the person who asked."""
    facts = SEARCH["facts"] | {"basis.protected_trait": "sole"}
    result = run("decide", *TOWN, input=request(facts=facts))

    assert ExitCode.DENY == result.exit_code
    assert "deny: for a reason that is shown to auditors only\n" == result.stdout


def test_observing_lets_pass() -> None:
    """In mode observe the answer is the same, and the exit code is zero."""
    result = run("decide", *TOWN, "--mode", "observe", input=request(facts={"purpose": "personal"}))

    assert ExitCode.OK == result.exit_code
    assert result.stdout.startswith("deny (observed only): ")


def test_json_is_one_document() -> None:
    """The machine's answer is the decision; everything considered comes only when asked for."""
    plain = json.loads(run("decide", "search.json", *TOWN, "--json").stdout)
    traced = json.loads(run("decide", "search.json", *TOWN, "--json", "--trace").stdout)

    assert "search-1" == plain["request_id"]
    for judged in traced["judged_by"]:
        assert 0 < judged.pop("elsewhere")
    assert plain == {key: value for key, value in traced.items() if key != "trace"}
    assert traced["trace"]


def test_profile_adds_a_department() -> None:
    """`--profile` adds a department to those that the request names, and the strictest answer holds."""
    decision = json.loads(run("decide", "search.json", *TOWN, "-p", "leicester", "--json").stdout)

    assert ["exampletown", "leicester"] == [one["profile"] for one in decision["judged_by"]]


@pytest.mark.parametrize("words", [("-p", "exampletwn"), ()])
def test_unknown_department_is_suggested(words: tuple[str, ...]) -> None:
    """A department that nobody knows has its exit code and a suggestion, in an option and in a request alike."""
    named = ["exampletown"] if words else ["exampletwn"]
    result = run("decide", *TOWN, *words, input=request(departments=named))

    assert ExitCode.BAD_PROFILE == result.exit_code
    assert "did you mean `exampletown`?" in result.output


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param('{"action": "search.run", "action": "search.run"}', "json-duplicate-key", id="equal keys"),
        pytest.param('{"at": NaN}', "json-number", id="NaN"),
        pytest.param('{"at": -Infinity}', "json-number", id="infinity"),
        pytest.param('{"at": 1e999}', "json-number", id="beyond all numbers"),
        pytest.param('{"at": ' + "9" * 10_000 + "}", "json-number", id="ten thousand digits"),
        pytest.param('{"a":' * 100_000, "json-too-deep", id="nested 100,000 deep"),
        pytest.param('{"at": "' + "a" * 30_000 + '"}', "json-text-size", id="a long text"),
        pytest.param('{"at": 1', "json-syntax", id="cut off"),
        pytest.param("", "yaml-empty", id="nothing"),
        pytest.param(b"\xff\xfe", "file-encoding", id="no text"),
        pytest.param(b"a: \x00", "file-binary", id="a zero"),
        pytest.param(" " * 1_000_001, "file-too-large", id="more than a megabyte"),
        pytest.param("a: 1\na: 2\n", "yaml-duplicate-key", id="equal keys in YAML"),
        pytest.param("a: " + "[" * 1_000, "yaml-too-deep", id="nested in YAML"),
        pytest.param("a: 010\n", "yaml-leading-zero", id="a doubtful number in YAML"),
    ],
)
def test_hostile_input_is_refused_with_a_place(text: str | bytes, code: str) -> None:
    """What no honest caller sends is refused with a code and a place, and never with a traceback."""
    result = run("decide", *TOWN, "--json", input=text)
    errors = json.loads(result.stdout)["errors"]

    assert ExitCode.BAD_INPUT == result.exit_code
    assert code in {error["code"] for error in errors}
    assert {"<stdin>"} == {error["file"] for error in errors}


def test_place_is_shown_even_of_a_pipe(golden: Golden) -> None:
    """An error in what came through a pipe is shown with the line it stands on."""
    result = run("decide", *TOWN, input='{\n  "action": "search.run",\n  "action": "stop.start"\n}')

    assert ExitCode.BAD_INPUT == result.exit_code
    golden("decide-unreadable.txt", result.stderr)


@pytest.mark.parametrize("text", ["[]", "{}", '{"action": "search.run"}', '{"at": "2026-05-04T10:00:00-04:00"}'])
def test_what_is_no_request_is_denied(text: str) -> None:
    """Data that is no request gets a decision that denies, and the exit code of unreadable input."""
    result = run("decide", *TOWN, "--json", input=text)

    assert ExitCode.BAD_INPUT == result.exit_code
    assert "deny" == json.loads(result.stdout)["outcome"]


def test_control_characters_of_a_request_are_shown_as_such() -> None:
    """Neither an escape sequence nor half a character of a request reaches the terminal."""
    result = run("decide", *TOWN, input=request(action="\x1b[2J\ud800"))

    assert ExitCode.DENY == result.exit_code
    assert "`\\x1b[2J\\ud800` is not an action" in result.stdout


LINES = [
    request(),
    "",
    "{bad",
    request(facts={"purpose": "personal"}),
    "[" * 100_000,
    '{"action": "search.run", "id": "no-time"}',
    '"' + "a" * 1_000_001 + '"',
    request(id="last"),
]


def test_stream_answers_each_line_in_order(golden: Golden) -> None:
    """A line that is no request is denied with its number, and the lines after it still get their answers."""
    result = run("decide", "--stream", *TOWN, input="\n".join(LINES))

    assert ExitCode.PARTIAL == result.exit_code
    golden("decide-stream.txt", result.stdout)


def test_stream_as_json_lines(tmp_path: Path) -> None:
    """A file in .jsonl is a stream by its name; each answer is one line, with the request's own id where it has one."""
    file = tmp_path / "requests.jsonl"
    file.write_text("\n".join(LINES), encoding="utf-8")
    decisions = [json.loads(line) for line in run("decide", str(file), *TOWN, "--json").stdout.splitlines()]

    assert ["allow", "deny", "deny", "deny", "deny", "deny", "allow"] == [one["outcome"] for one in decisions]
    assert ["search-1", None, "search-1", None, "no-time", None, "last"] == [one.get("request_id") for one in decisions]
    assert all(f"line {n}: " in one["faults"][0] for n, one in zip((3, 5), (decisions[1], decisions[3]), strict=True))


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ((request(), request(facts={"purpose": "personal"})), ExitCode.OK),
        ((), ExitCode.OK),
        (("{bad", request()), ExitCode.PARTIAL),
        (("{bad", "[]"), ExitCode.BAD_INPUT),
    ],
)
def test_stream_ends_by_its_lines_and_not_by_its_answers(lines: tuple[str, ...], code: ExitCode) -> None:
    """The exit code says whether all lines, some or none could be read, whatever was answered."""
    assert code == run("decide", "--stream", *TOWN, input="".join(f"{line}\n" for line in lines)).exit_code


def test_stream_serves_a_waiting_caller() -> None:
    """Each answer is handed over before the next line is read, so that a program may ask line by line."""
    command = [*PROGRAM, "decide", "--stream", "--json", *TOWN]
    with subprocess.Popen(
        command, cwd=FILES, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        outcomes = []
        for line in (request(), "{bad", request(facts={"purpose": "personal"})):
            process.stdin.write(line + "\n")
            process.stdin.flush()
            outcomes.append(json.loads(process.stdout.readline())["outcome"])
        process.stdin.close()

        assert ["allow", "deny", "deny"] == outcomes
        assert ExitCode.PARTIAL == process.wait(30)


def test_missing_file_is_unreadable_input() -> None:
    """A request file that is not there, or a folder, is unreadable input; so is a stream that is not there."""
    codes = [run("decide", name, *TOWN).exit_code for name in ("missing.yaml", "answers", "missing.jsonl", "a.jsonl/b")]

    assert [ExitCode.BAD_INPUT] * 4 == codes


def test_stream_takes_the_time_of_the_question() -> None:
    """In a stream each request without a time is judged at that of the question; one with its own keeps it."""
    lines = '{"action": "search.run"}\n{"action": "search.run", "at": "2026-05-04T10:00:00-04:00"}\n'
    result = run("decide", "--stream", "--json", *TOWN, "-p", "exampletown", "--as-of", "2026-06-01", input=lines)
    times = [json.loads(line)["at"] for line in result.stdout.splitlines()]

    assert ["2026-06-01T00:00:00-04:00", "2026-05-04T10:00:00-04:00"] == times


def test_no_text_in_force_denies() -> None:
    """Where no text was in force at the time of the question the answer is a denial with that reason."""
    result = run("decide", "keep.yaml", "-p", "exampletown", *TOWN, *KINDS, "--as-of", "2020-01-01", "--json")

    assert ExitCode.DENY == result.exit_code
    assert {"no_policy"} == {reason["rule"] for reason in json.loads(result.stdout)["reasons"]}


def test_text_that_did_not_bind_is_named() -> None:
    """Judging as if under another text is said in the line, and a text that nobody knows is an error."""
    judged = run("decide", "search.json", *TOWN, "--as-if", "exampletown")
    unknown = run("decide", "search.json", *TOWN, "--as-if", "exampeltown")

    assert "(as if under exampletown)" in judged.stdout
    assert (ExitCode.BAD_PROFILE, True) == (unknown.exit_code, "did you mean `exampletown`?" in unknown.stderr)


def test_day_that_begins_twice_is_no_time(tmp_path: Path) -> None:
    """A bare day that begins at two times is a wrong call; in a stream only that line is denied."""
    town = (FILES / "town.yaml").read_text(encoding="utf-8")
    other = town.replace("exampletown", "westtown").replace("America/New_York", "America/Denver")
    (tmp_path / "west.yaml").write_text(other, encoding="utf-8")
    words = ("decide", *TOWN, "--policies", str(tmp_path), "-p", "exampletown", "--as-of", "2026-06-01")
    both = '{"action": "search.run", "departments": ["westtown"]}\n'
    stream = run(*words, "--stream", "--json", input=both + '{"action": "search.run"}\n')
    single = run(*words, input=both)

    assert ExitCode.USAGE == single.exit_code
    assert "the day 2026-06-01 begins at another time for each of exampletown, westtown" in single.stderr
    assert ExitCode.PARTIAL == stream.exit_code
    assert ["deny", "needs"] == [json.loads(line)["outcome"] for line in stream.stdout.splitlines()]
