"""`alpr-policy replay`: a log under two texts, what is written of it, and how it ends."""

from __future__ import annotations

import dataclasses
import importlib
import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.adapters.cli_kit import ROOT, run
from tests.replay_kit import BANNED, PERMITTED, answered, replayed, small

from alpr_policy.errors import ExitCode
from alpr_policy.questions.replay_report import summary
from alpr_policy.questions.replay_result import Mismatch
from alpr_policy.questions.replay_summary import BudgetSpent, MismatchTold, ReplaySummary
from alpr_policy.questions.schemas import replay_schema
from alpr_policy_adapters.cli.output import Screen
from alpr_policy_adapters.cli.replay import exit_code
from alpr_policy_adapters.cli.replay_report import show_replay

duckdb = pytest.importorskip("duckdb", reason="needs the extra `replay`")
pytest.importorskip("narwhals", reason="needs the extra `replay`")
TEXTS = ("--baseline", "leicester", "--proposed", "cambridge", "--as-if")
ROWS = 120
OVER = BudgetSpent(budget="flips>0", count=15, of=25, over=True)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write the requests of expected answers as a table of acts."""
    from alpr_policy_adapters.tables.encoding import row_of
    from alpr_policy_adapters.tables.writing import ActWriter

    path = tmp_path_factory.mktemp("log") / "acts.parquet"
    requests = [one for one in answered("leicester", "cambridge") if one["action"] == "search.run"]
    with ActWriter(path) as writer:
        for number in range(ROWS):
            request = {**requests[number % len(requests)], "departments": []}
            writer.add({**row_of(request), "agency": f"Agency {number % 3}"})
        writer.finish()
    return str(path)


@pytest.fixture(scope="module")
def told() -> ReplaySummary:
    """Sum up the expected answers of two departments, decided under both."""
    return summary(replayed(answered("leicester"), "leicester", "cambridge"))


def data_of(log: str, *words: str) -> dict[str, Any]:
    """Run a replay and return its JSON."""
    found: dict[str, Any] = json.loads(run("replay", log, *TEXTS, "--json", *words).stdout)
    return found


def test_as_data(log: str) -> None:
    """The report as JSON fits its schema, counts every row, and no row came out otherwise when decided again."""
    data = data_of(log, "--sample", "50")

    assert [] == [error.message for error in Draft202012Validator(replay_schema()).iter_errors(data)]
    assert (ROWS, ROWS, 50) == (data["rows"], data["totals"]["rows"], data["checked"])
    assert "mismatches" not in data
    assert ["Agency 0", "Agency 1", "Agency 2"] == [one["name"] for one in data["by_agency"]]
    assert 0 < data["totals"]["flips"] < ROWS


def test_engines_report_the_same(log: str) -> None:
    """On Polars the report is that of DuckDB, but for what it cost and which rows were drawn."""
    pytest.importorskip("polars", reason="needs the extra `polars`")
    one, other = data_of(log), data_of(log, "--engine", "polars")

    assert ("duckdb", "polars") == (one.pop("effort")["engine"], other.pop("effort")["engine"])
    assert one == other


def test_as_text(golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """What a person reads in a terminal is what was read before."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    told = summary(small(absent=("hit.kind",), as_if=True))
    out = io.StringIO()
    show_replay(Screen(out), dataclasses.replace(told, budgets=(OVER,)))

    golden("replay.txt", out.getvalue())


def test_everything_is_written(log: str, tmp_path: Path) -> None:
    """Page, flips, summary and SARIF are written, the summary behind what its file held; the budget ends with 7."""
    pytest.importorskip("matplotlib", reason="needs the extra `report`")
    files = {name: tmp_path / f"out.{name}" for name in ("html", "flips", "summary", "sarif")}
    files["summary"].write_text("# before\n")
    words = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    result = run("replay", log, *TEXTS, *words, "--fail-if", "flips>0", "--annotations", "github")
    rows = duckdb.read_parquet(str(files["flips"])).shape[0]

    assert ExitCode.BELOW_THRESHOLD == result.exit_code
    assert f"over budget: {rows:,} of {ROWS:,} rows, fails at flips>0" in result.stdout
    assert "<svg role=" in files["html"].read_text()
    assert files["summary"].read_text().startswith("# before\n### Replay: leicester → cambridge\n")
    assert "2.1.0" == json.loads(files["sarif"].read_text())["version"]
    assert 4 == result.stderr.count("wrote ")


def test_annotations_point_into_the_proposed_text(log: str, tmp_path: Path) -> None:
    """A note names the file of the proposed text and the line of the very statement that stands in the way."""
    result = run(
        "replay", log, "--baseline", "leicester", "--proposed", "cambridge", "--as-if", "--annotations", "github"
    )
    notes = [line for line in result.stdout.splitlines() if line.startswith("::notice file=")]
    lines = (ROOT / "policies" / "cambridge.yaml").read_text(encoding="utf-8").splitlines()

    assert notes
    for note in notes:
        place = dict(part.split("=") for part in note.removeprefix("::notice ").split("::")[0].split(",")[:3])
        rule = note.split("`")[1]
        assert place["file"].endswith("policies/cambridge.yaml")
        assert rule in lines[int(place["line"]) - 1]


def test_annotations_keep_out_of_the_json(log: str) -> None:
    """With `--json` the notes go to standard error, so that the answer stays JSON."""
    result = run("replay", log, *TEXTS, "--json", "--annotations", "github")

    assert ROWS == json.loads(result.stdout)["rows"]
    assert "::notice file=" in result.stderr


def test_no_flips_no_file(log: str, tmp_path: Path) -> None:
    """Where no row has another outcome, no file of flips is left, not even an old one."""
    old = tmp_path / "flips.parquet"
    old.write_bytes(b"old")
    result = run("replay", log, "--baseline", "leicester", "--proposed", "leicester", "--as-if", "--flips", str(old))

    assert ExitCode.OK == result.exit_code
    assert not old.exists()
    assert "is not written" in result.stderr


BAD_CALLS = [
    (("--fail-if", "newly-alowed>0"), "did you mean `newly-allowed`?"),
    (("--fail-if", "flips[search.rum]>0"), "did you mean `search.run`?"),
    (("--html", "nowhere/r.html"), "cannot be written"),
    (("--html", "r.html", "--sarif", "r.html"), "same file"),
    (("--flips", "."), "cannot be written"),
    (("--engine", "abacus"), "abacus"),
    (("--sample", "-1"), "--sample"),
]


@pytest.mark.parametrize(("words", "said"), BAD_CALLS)
def test_bad_call_is_refused_before_the_log_is_read(words: tuple[str, ...], said: str) -> None:
    """What is wrong with a call is told before anything is read, so a log that is not there goes unnoticed."""
    result = run("replay", "no-such-log.parquet", *TEXTS, *words)

    assert ExitCode.USAGE == result.exit_code
    assert said in result.stderr
    assert "no-such-log" not in result.stderr


def test_page_needs_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without matplotlib a page is refused before the log is read, with the command that brings it."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    result = run("replay", "no-such-log.parquet", *TEXTS, "--html", "r.html")

    assert ExitCode.MISSING_EXTRA == result.exit_code
    assert "pip install 'alpr-policy[report]'" in result.stderr


CLASH = MismatchTold(row=1, text="draft", grouped="allow", alone="deny", differs=("outcome",))  # type: ignore[arg-type]


@pytest.fixture
def ends(told: ReplaySummary) -> Iterator[Callable[..., ExitCode]]:
    """Return the code with which a replay ends, given what is otherwise about it."""
    whole = dataclasses.replace(told, unreplayable={})
    yield lambda **changes: exit_code(dataclasses.replace(whole, **changes))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, ExitCode.OK),
        ({"unreplayable": {"no time": 3}}, ExitCode.PARTIAL),
        ({"budgets": (OVER,)}, ExitCode.BELOW_THRESHOLD),
        ({"budgets": (OVER,), "unreplayable": {"no time": 3}}, ExitCode.BELOW_THRESHOLD),
        ({"budgets": (OVER,), "mismatches": (CLASH,)}, ExitCode.INTERNAL),
    ],
)
def test_how_it_ends(ends: Callable[..., ExitCode], changes: dict[str, Any], code: ExitCode) -> None:
    """A defect comes before budgets, and budgets before rows that could not be replayed."""
    assert code is ends(**changes)


@pytest.mark.parametrize("as_data", [False, True])
def test_a_mismatch_is_told_as_a_defect(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, as_data: bool) -> None:
    """A row that comes out otherwise is told on standard error and in the report, whatever the budgets say."""
    clash = Mismatch(row=3, text="draft", grouped=PERMITTED, alone=BANNED)
    module = importlib.import_module("alpr_policy_adapters.cli.replay")
    monkeypatch.setattr(module, "replayed", lambda *_: small(mismatches=(clash,)))
    log = str(tmp_path / "unread.parquet")
    result = run("replay", log, *TEXTS, "--fail-if", "flips>0", *(["--json"] if as_data else []))

    assert ExitCode.INTERNAL == result.exit_code
    assert "1 of 20 rows" in result.stderr
    assert "[replay-mismatch]" in result.stderr
    assert ("outcome, reasons" in result.stdout) is not as_data
    assert not as_data or ["outcome", "reasons"] == json.loads(result.stdout)["mismatches"][0]["differs"]


@pytest.mark.parametrize("left_out", [0, 4])
def test_nothing_replayed_is_no_success(told: ReplaySummary, left_out: int) -> None:
    """A log of which no row could be replayed, or that has none, passes no budget."""
    empty = dataclasses.replace(told.totals, rows=0)
    reasons = {"no time": left_out} if left_out else {}

    assert ExitCode.BAD_INPUT is exit_code(dataclasses.replace(told, rows=left_out, totals=empty, unreplayable=reasons))
