"""`alpr-policy ingest`: payloads from files, streams, folders and MQTT are judged, and nothing bad stops the rest."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.adapters.cli_kit import PROGRAM, ROOT, environment, run
from typer.testing import Result

from alpr_policy.errors import Diagnostic, ExitCode, MissingExtraError, PolicyError
from alpr_policy_adapters.payloads import MAX_BYTES, Given
from alpr_policy_adapters.pipeline.feeds import Folder, Reading, Together, from_file
from alpr_policy_adapters.pipeline.mqtt import Broker, MqttFeed, broker_of, paho_client

PAYLOADS = ROOT / "examples" / "embedding" / "payloads"
DEMO = ROOT / "examples" / "demo"
LISTED = ("--hotlist", str(DEMO / "hotlist.csv"), "--setting", str(DEMO / "context.yaml"), "-p", "cambridge")
FRIGATE = (PAYLOADS / "frigate.json").read_text(encoding="utf-8")
ONE_LINE = json.dumps(json.loads(FRIGATE))


def ingest(*words: str, input: str | bytes | None = None) -> Result:
    """Run the command with Cambridge's policy and the demo's list."""
    return run("ingest", *words, *LISTED, input=input)


def summary(result: Result) -> dict[str, Any]:
    """Return the summary that `--json` ends with."""
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])["summary"]
    return found


def test_a_folder_of_payloads_is_judged() -> None:
    """Every example payload is judged: captures, alerts and stops on hits, alerts of other software, and a search."""
    found = summary(ingest(str(PAYLOADS), "--json"))

    assert (10, 10, 7, 0, 0, True) == tuple(
        found[key] for key in ("payloads", "reads", "hits", "errors", "unacknowledged", "drained")
    )
    assert {
        "read.capture": {"allow": 10},
        "alert.deliver": {"allow": 9, "needs": 1},
        "stop.start": {"needs": 7},
        "search.run": {"needs": 1},
    } == found["decisions"]["cambridge"]


def test_people_see_a_line_an_act_and_a_summary(golden: Callable[..., None]) -> None:
    """Each alert, stop and search is a line with every department's answer; the summary counts them."""
    golden("ingest.txt", ingest(str(PAYLOADS), "-p", "leicester").stdout)


def test_log_lines_are_those_of_standard_output(tmp_path: Path) -> None:
    """The log holds the lines that `--json` writes; it is added to, and a line cut short swallows no other."""
    log = tmp_path / "decisions.jsonl"
    log.write_text('{"cut', encoding="utf-8")
    result = ingest(str(PAYLOADS / "axis.json"), "--json", "--log", str(log))

    assert ['{"cut', *(json.loads(line) for line in result.stdout.splitlines()[:-1])] == [
        line if line == '{"cut' else json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()
    ]
    assert 4 == len(log.read_text(encoding="utf-8").splitlines())


def test_one_payload_a_line_on_standard_input() -> None:
    """A stream has one payload a line; a bad line is told with its number, and the rest is judged."""
    result = ingest("-", "--json", input=f"\n{ONE_LINE}\nno json\n\n{ONE_LINE}\n")

    assert (ExitCode.PARTIAL, 2, 1) == (result.exit_code, summary(result)["reads"], summary(result)["errors"])
    assert "<stdin>:3:1: error: this is not JSON" in result.stderr


def test_nothing_but_bad_payloads_is_bad_input() -> None:
    """Where nothing at all could be judged the exit code says so."""
    assert ExitCode.BAD_INPUT == ingest("-", "--json", input="no json\n{}\n").exit_code


def test_one_document_over_many_lines_on_standard_input() -> None:
    """A document that is written over many lines is read as one."""
    result = ingest("-", "--json", input=FRIGATE)

    assert (ExitCode.OK, 1) == (result.exit_code, summary(result)["reads"])


def test_a_list_of_payloads_in_one_file(tmp_path: Path) -> None:
    """A list holds one payload after the other, of different systems too; what is wrong is told with its number."""
    path = tmp_path / "many.json"
    path.write_text(json.dumps([json.loads(FRIGATE), {"type": "lpr", "id": 1, "plate": 7}, "x"]), encoding="utf-8")
    result = ingest(str(path), "--json")

    assert (1, 3) == (summary(result)["reads"], summary(result)["errors"])
    assert "many.json[1]:1:1: error: `$.plate`: expected a text" in result.stderr


def test_bad_files_never_stop_the_run(tmp_path: Path) -> None:
    """A file that is missing, no text, too large or no file at all is told, and the next is judged."""
    (tmp_path / "binary.json").write_bytes(b"\0\1\2")
    (tmp_path / "empty.jsonl").write_bytes(b"")
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    os.mkfifo(tmp_path / "pipe.jsonl")
    names = ("missing.json", "binary.json", "empty.jsonl", "large.json", "pipe.jsonl")
    result = ingest(*(str(tmp_path / name) for name in names), str(PAYLOADS / "axis.json"), "--json")
    codes = {line.rpartition("[")[2].strip("]") for line in result.stderr.splitlines() if line.endswith("]")}

    assert (ExitCode.PARTIAL, 1, 4) == (result.exit_code, summary(result)["reads"], summary(result)["errors"])
    assert {"file-missing", "file-binary", "file-too-large", "file-not-regular"} == codes


def test_what_payloads_lack_is_taken_from_the_call() -> None:
    """Time, camera and agency fill gaps, and never replace what a payload says."""
    words = ("--at", "2026-05-04T11:00:00-04:00", "--camera", "gate", "--agency", "own", "--json")
    files = (str(PAYLOADS / "fast_alpr.json"), str(PAYLOADS / "axis.json"))
    lines = [json.loads(line) for line in ingest(*files, *words).stdout.splitlines()]
    reads = {one["read"]["source"]: one["read"] for one in lines if "read" in one}

    assert ("gate", "own", "2026-05-04T11:00:00-04:00", "caller") == tuple(
        reads["fast_alpr"][key] for key in ("camera", "agency", "captured_at", "captured_from")
    )
    assert ("B8A44F000001", "payload") == (reads["axis"]["camera"], reads["axis"]["captured_from"])


def test_a_hit_is_told_once_within_the_window() -> None:
    """Of one vehicle at one camera a hit is told once; each read of it is judged as a capture all the same."""
    line = json.dumps({**json.loads(FRIGATE), "plate": "4KAN123"})
    found = [summary(ingest("-", "--json", *w, input=f"{line}\n{line}\n")) for w in ((), ("--window", "60"))]

    assert [(2, 2), (2, 1)] == [
        (one["decisions"]["cambridge"]["read.capture"]["allow"], one["decisions"]["cambridge"]["stop.start"]["needs"])
        for one in found
    ]


def test_several_hot_lists(tmp_path: Path) -> None:
    """A list that is none keeps the command from starting; of several, each gives its own hits."""
    shutil.copy(DEMO / "hotlist.csv", tmp_path / "hotlist.csv")
    refused = ingest("-", "--hotlist", str(PAYLOADS / "axis.json"), input="")
    both = ingest(str(PAYLOADS), "--hotlist", str(tmp_path / "hotlist.csv"), "--json")

    assert ExitCode.BAD_INPUT == refused.exit_code
    assert 14 == summary(both)["hits"]


def test_figures_are_kept(tmp_path: Path) -> None:
    """The figures of every stage and source are written as JSON."""
    ingest(str(PAYLOADS), "--metrics", str(tmp_path / "figures.json"))
    figures = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))

    assert ({"match", "decide", "sink", "read"}, 10) == (set(figures["stages"]), figures["stages"]["decide"]["out"])
    assert ["figures.json"] == [path.name for path in tmp_path.iterdir()]


def test_a_full_log_is_told_and_not_acknowledged() -> None:
    """Where the log takes nothing the command says so a few times, and that payloads have to be sent again."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    result = ingest(str(PAYLOADS), "--log", "/dev/full")

    assert ExitCode.INTERNAL == result.exit_code
    assert "10 payloads not acknowledged: send them again" in result.stdout
    assert 5 >= result.stderr.count("a sink did not take read.capture")


def test_a_reader_that_goes_away_ends_the_run(tmp_path: Path) -> None:
    """Where nobody reads the answers the command ends at once and fills no screen."""
    path = tmp_path / "many.jsonl"
    path.write_text(f"{ONE_LINE}\n" * 3_000, encoding="utf-8")
    command = [*PROGRAM, "ingest", str(path), "--json", *LISTED]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        told = process.stderr.read().decode()
        code = process.wait(60)

    assert (ExitCode.INTERNAL, True) == (code, len(told.splitlines()) < 10)


def test_waiting_for_input_can_be_interrupted() -> None:
    """While it waits for standard input the command ends when it is interrupted, as any other would."""
    command = [*PROGRAM, "ingest", "-", "--json", *LISTED]
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    process: Any
    with subprocess.Popen(command, env=environment(), **pipes) as process:
        process.stdin.write(ONE_LINE.encode() + b"\n")
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        code = process.wait(60)
        found = json.loads(process.stdout.read().splitlines()[-1])["summary"]
        told = process.stderr.read()

    assert (130, 1, 0, b"") == (code, found["reads"], found["unacknowledged"], told)


WRONG_CALLS = [
    ((), "nothing to take payloads from"),
    (("-", "--system", "axs"), "no system is called `axs`"),
    (("-", "--watch"), "`--watch` wants folders"),
    (("-", "--idle", "1"), "`--done` and `--idle` go with `--watch`"),
    (("-", "--country", "de"), "`--country` is one of us, ca"),
    (("-", "-"), "a file or folder is named twice"),
]


@pytest.mark.parametrize(("words", "told"), WRONG_CALLS)
def test_words_that_do_not_go_together(words: tuple[str, ...], told: str) -> None:
    """A call that makes no sense ends before anything is read."""
    result = ingest(*words, input="")

    assert ExitCode.USAGE == result.exit_code
    assert told in result.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("-", "-p", "nowhere"), ExitCode.BAD_PROFILE),
        (("-", "--log", "/nowhere/x.jsonl"), ExitCode.BAD_INPUT),
        (("-", "--at", "yesterday"), ExitCode.BAD_INPUT),
        (("--mqtt", "broker"), ExitCode.BAD_INPUT),
    ],
)
def test_what_cannot_start_says_why(words: tuple[str, ...], code: ExitCode) -> None:
    """A profile, log, time or broker that cannot be used ends the command with its own code."""
    assert code == ingest(*words, input="").exit_code


# Watched folders


def folder(path: Path, **parts: Any) -> Folder:
    """Watch a folder closely."""
    return Folder(path, Reading(), threading.Event(), every=0.01, idle=0.05, **parts)


def test_each_file_is_read_once_and_moved(tmp_path: Path) -> None:
    """Files go to the other folder once they are judged, under another name where theirs is taken."""
    (tmp_path / "a.json").write_text(FRIGATE, encoding="utf-8")
    (tmp_path / "b.jsonl").write_text(f"{ONE_LINE}\n{ONE_LINE}\n", encoding="utf-8")
    (tmp_path / "done").mkdir()
    (tmp_path / "done" / "a.json").write_text("taken", encoding="utf-8")
    watch = ("--watch", "--idle", "0.1", "--done", str(tmp_path / "done"), "--json")
    result = ingest(str(tmp_path), *watch)

    assert (ExitCode.OK, 3) == (result.exit_code, summary(result)["reads"])
    assert ["a-1.json", "a.json", "b.jsonl"] == sorted(path.name for path in (tmp_path / "done").iterdir())


def test_unfinished_and_strange_names_are_left_alone(tmp_path: Path) -> None:
    """Hidden names, downloads that go on, other kinds of file, links and folders are not read."""
    for name in (".hidden.json", "a.json.tmp", "b.json.part", "c.txt"):
        (tmp_path / name).write_text(FRIGATE, encoding="utf-8")
    (tmp_path / "d.json").symlink_to(tmp_path / "c.txt")
    (tmp_path / "e.json").mkdir()

    assert [] == list(folder(tmp_path).open())


def test_a_file_is_read_when_it_has_stopped_changing(tmp_path: Path) -> None:
    """A file that grows from look to look is read once, whole; one renamed into place is read too."""
    path = tmp_path / "a.json"

    def write() -> None:
        with path.open("w", encoding="utf-8") as file:
            for letter in FRIGATE:
                file.write(letter)
                file.flush()
                time.sleep(0.0002)
        (tmp_path / "b.tmp").write_text(FRIGATE, encoding="utf-8")
        os.replace(tmp_path / "b.tmp", tmp_path / "b.json")

    writer = threading.Thread(target=write)
    writer.start()
    watched = Folder(tmp_path, Reading(), threading.Event(), every=0.05, idle=0.4)
    found = [item.received for item in watched.open()]
    writer.join()

    assert [(1, ()), (1, ())] == [(len(one.reads), one.diagnostics) for one in found]


def test_a_file_that_comes_again_is_read_again(tmp_path: Path) -> None:
    """The same name with new content is another file; without a change it is not read a second time."""
    watched, path = folder(tmp_path), tmp_path / "a.json"
    path.write_text(FRIGATE, encoding="utf-8")
    first, again = len(list(watched.open())), len(list(watched.open()))
    path.write_text(FRIGATE + " ", encoding="utf-8")

    assert (1, 0, 1) == (first, again, len(list(watched.open())))


def test_a_folder_that_is_away_is_told_once(tmp_path: Path) -> None:
    """A folder that cannot be listed is one error however often it is looked at."""
    found = list(folder(tmp_path / "away").open())

    assert [("file-unreadable",)] == [tuple(d.code for d in item.received.diagnostics) for item in found]


def test_what_was_not_judged_is_not_moved(tmp_path: Path) -> None:
    """A file of several payloads goes only when the last of them is acknowledged."""
    (tmp_path / "a.jsonl").write_text(f"{ONE_LINE}\n{ONE_LINE}\n", encoding="utf-8")
    first, second = folder(tmp_path, done=tmp_path / "done").open()
    before = (tmp_path / "a.jsonl").exists()
    for item in (first, second):
        assert item.done is not None
        assert (tmp_path / "a.jsonl").exists()
        item.done()

    assert (True, False) == (before, (tmp_path / "a.jsonl").exists())


def test_together_waits_for_the_last() -> None:
    """What several have to acknowledge is acknowledged once, after the last and after the end was told."""
    told: list[int] = []
    together = Together(lambda: told.append(1))
    one, two = together.add(), together.add()
    one()
    two()
    before = list(told)
    together.close()

    assert ([], [1]) == (before, told)


def test_a_line_that_is_too_long_is_passed_over(tmp_path: Path) -> None:
    """An endless line is one error, and the next line is read."""
    path = tmp_path / "long.jsonl"
    path.write_text("x" * (MAX_BYTES * 2 + 5) + "\n" + ONE_LINE + "\n", encoding="utf-8")
    found = list(from_file(path, Reading()))

    assert [("file-too-large",), ()] == [tuple(d.code for d in one.diagnostics) for one in found]


# MQTT, against a client that does as paho's


class FakeClient:
    """Does what the feed asks of a client, and lets a test play the broker."""

    def __init__(self, broker: Broker) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.acked: list[int] = []
        self.on_connect = self.on_disconnect = self.on_message = self.on_subscribe = None
        self.started = threading.Event()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *words, **parts: self.calls.append((name, *words, *parts.values()))

    def loop_start(self) -> None:
        self.calls.append(("loop_start",))
        self.started.set()

    def ack(self, mid: int, qos: int) -> None:
        self.acked.append(mid)

    def send(self, payload: bytes, mid: int = 1, qos: int = 1) -> None:
        message = SimpleNamespace(payload=payload, topic="frigate/tracked_object_update", mid=mid, qos=qos)
        self.on_message(self, None, message)  # type: ignore[misc]


def feed(broker: Broker, told: list[Diagnostic], closing: threading.Event) -> tuple[MqttFeed, list[FakeClient]]:
    """Make a feed with a client that a test plays the broker to."""
    made: list[FakeClient] = []

    def client(broker: Broker) -> FakeClient:
        made.append(FakeClient(broker))
        return made[-1]

    return MqttFeed(broker, Reading(given=Given(agency="own")), closing, client=client, report=told.append), made


def test_messages_are_acknowledged_when_they_are_judged() -> None:
    """A message becomes a payload; nothing is acknowledged before its steps have been through, nor at QoS 0."""
    closing, told = threading.Event(), []
    mqtt, made = feed(Broker(host="broker", topic="frigate/#"), told, closing)
    items = mqtt.open()

    def broker_sends() -> None:
        made[0].started.wait(10)
        for payload, mid, qos in ((ONE_LINE, 7, 1), ("{", 8, 1), (ONE_LINE, 9, 0)):
            made[0].send(payload.encode(), mid, qos)

    threading.Thread(target=broker_sends).start()
    first, bad, plain = next(items), next(items), next(items)
    before = list(made[0].acked)
    for item in (first, bad, plain):
        if item.done is not None:
            item.done()
    closing.set()
    rest = list(items)

    assert ([], [], [7, 8]) == (before, rest, made[0].acked)
    assert ("4KAM123", "own") == (first.received.reads[0].plate, first.received.reads[0].agency)
    assert ("json-syntax", "mqtt:frigate/tracked_object_update") == (
        bad.received.diagnostics[0].code,
        bad.received.diagnostics[0].span.file,
    )


def test_the_client_is_asked_for_what_was_said() -> None:
    """User, TLS, pauses, address and keepalive reach the client; it subscribes at QoS 1 after every connection."""
    closing, told = threading.Event(), []
    broker = Broker(host="broker", topic="t/#", port=8883, user="reader", password="secret", tls=True, ca_file="ca.pem")
    mqtt, made = feed(broker, told, closing)
    closing.set()
    list(mqtt.open())
    fine = SimpleNamespace(is_failure=False)
    made[0].on_connect(made[0], None, None, fine, None)  # type: ignore[misc]
    made[0].on_connect(made[0], None, None, fine, None)  # type: ignore[misc]
    mqtt.close()

    assert [
        ("username_pw_set", "reader", "secret"),
        ("tls_set", "ca.pem"),
        ("reconnect_delay_set", 1, 60),
        ("connect_async", "broker", 8883, 30),
        ("loop_start",),
        ("subscribe", "t/#", 1),
        ("subscribe", "t/#", 1),
        ("disconnect",),
        ("loop_stop",),
    ] == made[0].calls
    assert "secret" not in repr(broker)


def test_a_broker_that_refuses_is_reported() -> None:
    """A refused connection, a refused topic and a lost connection are warnings; the client goes on by itself."""
    closing, told = threading.Event(), []
    mqtt, made = feed(Broker(host="broker", topic="t"), told, closing)
    items = mqtt.open()
    waiting = threading.Thread(target=lambda: next(items, None))
    waiting.start()
    made[0].started.wait(10)

    class Refused:
        is_failure = True

        def __str__(self) -> str:
            return "not authorised"

    made[0].on_connect(made[0], None, None, Refused(), None)  # type: ignore[misc]
    made[0].on_subscribe(made[0], None, 1, [Refused()], None)  # type: ignore[misc]
    made[0].on_disconnect(made[0], None, None, Refused(), None)  # type: ignore[misc]
    closing.set()
    waiting.join(10)

    assert [
        "the broker refused the connection: not authorised",
        "the broker does not give the topic: not authorised",
        "the connection was lost, and is made again: not authorised",
    ] == [one.message for one in told]
    assert not any(call[0] == "subscribe" for call in made[0].calls)


@pytest.mark.parametrize(
    ("text", "tls", "expected"),
    [
        ("broker:1884/frigate/#", False, ("broker", 1884, "frigate/#")),
        ("broker/t", False, ("broker", 1883, "t")),
        ("broker/t", True, ("broker", 8883, "t")),
        ("[::1]:1883/a/b", False, ("::1", 1883, "a/b")),
    ],
)
def test_addresses(text: str, tls: bool, expected: tuple[str, int, str]) -> None:
    """The topic is whatever stands after the first stroke; the port has its usual number where it is left out."""
    broker = broker_of(text, tls=tls)

    assert expected == (broker.host, broker.port, broker.topic)


@pytest.mark.parametrize("text", ["", "broker", "broker:1883", "broker:0/t", "broker:99999/t", ":1/t", "b/t\0"])
def test_addresses_that_are_none(text: str) -> None:
    """An address without host, topic or possible port is refused."""
    with pytest.raises(PolicyError, match="mqtt-address"):
        broker_of(text)


def test_without_the_extra_it_is_named() -> None:
    """Without paho-mqtt the extra is named with the command that brings it."""
    try:
        import paho.mqtt  # noqa: F401
    except ImportError:
        with pytest.raises(MissingExtraError, match="extra `mqtt`"):
            paho_client(Broker(host="broker", topic="t"))
    else:
        assert hasattr(paho_client(Broker(host="broker", topic="t")), "ack")
