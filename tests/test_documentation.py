"""The manual is true: its examples run, its links lead somewhere, and it leaves out no key, state or command."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.pages import MANUAL, PAGES, ROOT, Block, all_blocks, anchors, blocks, links, name_of, section
from tests.vocabulary_page import page as vocabulary_page

from alpr_policy import PolicyDecisionPoint, one_line, read_request
from alpr_policy.errors import ExitCode
from alpr_policy.ir.check import check
from alpr_policy.ir.lower import lower
from alpr_policy.meaning.standing import Standing
from alpr_policy.model.decision import Decision, Need, NeedKind, Obligation
from alpr_policy.questions.suites import suite_of
from alpr_policy.reading.catalog import build
from alpr_policy.reading.conditions import JOINS, MATCHERS
from alpr_policy.reading.grammar import KINDS
from alpr_policy.reading.profile_shape import ADDABLE, FACT_TYPES, PARAMETER_TYPES, PROFILE, WHY
from alpr_policy.reading.profiles import Loaded, load_source
from alpr_policy.reading.records import RECORDS
from alpr_policy.reading.requests import KEYS
from alpr_policy.reading.yaml_nodes import parse
from alpr_policy.reading.yaml_plain import to_plain
from alpr_policy.source import SourceFile
from alpr_policy.vocabulary.states import STATES

LANGUAGE, DECISIONS = ROOT / "docs" / "language.md", ROOT / "docs" / "decisions.md"
TUTORIAL = "A department in twenty minutes"
STILL_TO_COME = {"docs/laws.md", "docs/errors.md"}
# What an excerpt of a profile may lack: the rest of the profile, which would use or list its parts.
EXCERPT = {"cite-not-in-outline", "clause-not-covered", "unused-role", "unused-term", "unused-parameter"}
AROUND = {
    "language": "language: 1",
    "profile": "profile: excerpt",
    "department": "department: Excerpt",
    "policy": 'policy: {title: Plate Readers, number: "1", effective: 2026-01-01}',
    "timezone": "timezone: America/New_York",
    "silence": "silence: deny",
    "roles": "roles: {lieutenant: {title: L}, sergeant: {title: S}, chief: {title: C}}",
    "terms": "terms: {official: {values: [warrant]}}",
    "parameters": "parameters: {entry_approver: {type: role, required: true}}",
}
OWN_SECTION = {"retention": "Retention and holds", "holds": "Retention and holds"}


def top_keys(text: str) -> list[str]:
    """Return the outermost keys of a YAML text."""
    return re.findall(r"^([a-z_]+):", text, re.MULTILINE)


def is_request(block: Block) -> bool:
    """Say whether a YAML block is a request rather than a part of a profile."""
    return {"action", "at"} <= set(top_keys(block.text))


def is_suite(block: Block) -> bool:
    """Say whether a YAML block is a part of a file of expected answers."""
    return bool({"cases", "tables", "duty_tables", "stories"} & set(top_keys(block.text)))


def is_course(block: Block) -> bool:
    """Say whether a YAML block is a file of events of one case."""
    return ["events"] == top_keys(block.text)


def request_of(block: Block) -> Any:
    """Return the request in a block as plain data."""
    node, found = parse(SourceFile(str(block), block.text))
    assert node is not None, found
    assert [] == found
    return to_plain(node)


def words_in(page: Path, title: str | None = None) -> set[str]:
    """Return every word that a page, or one section of it, sets in code."""
    text = section(page, title) if title else page.read_text(encoding="utf-8")
    return {word for code in re.findall(r"`([^`\n]+)`", text) for word in re.findall(r"[\w.]+", code)}


def tutorial_blocks() -> list[Block]:
    """Return the blocks of the tutorial, in order."""
    here = section(LANGUAGE, TUTORIAL)
    return [b for b in blocks(LANGUAGE.read_text(encoding="utf-8"), name_of(LANGUAGE)) if b.text in here]


def tutorial_text() -> str:
    """Return the profile that the tutorial's steps add up to."""
    return "".join(b.text for b in tutorial_blocks() if b.language == "yaml" and not is_request(b))


TAUGHT = {block.text for block in tutorial_blocks()}
OF_PROFILES = [b for b in all_blocks("yaml") if not is_request(b) and not is_suite(b) and not is_course(b)]
EXCERPTS = [b for b in OF_PROFILES if b.text not in TAUGHT]
COURSES = [b for b in all_blocks("yaml") if is_course(b)]
SUITES = [b for b in all_blocks("yaml") if is_suite(b)]
REQUESTS = [b for b in all_blocks("yaml") if is_request(b)]


@pytest.mark.parametrize("block", EXCERPTS, ids=str)
def test_profile_excerpt_is_read(block: Block) -> None:
    """Each part of a profile that the manual shows is accepted by the reader inside a minimal profile."""
    keys = top_keys(block.text)
    around = [] if "adopts" in keys else [line for key, line in AROUND.items() if key not in keys]
    loaded = load_source(SourceFile(str(block), "\n".join([*around, block.text])))

    assert keys
    assert [] == [d for d in loaded.diagnostics if d.code not in EXCERPT]


@pytest.mark.parametrize("block", SUITES, ids=str)
def test_expected_answers_are_read(block: Block) -> None:
    """Each part of a file of expected answers that the manual shows is read inside a file with the bases it names."""
    bases = "base: {records_officer: {}, bulk_at_vendor: {}, officer: {}}\n"
    around = "profile: cambridge\nat: 2026-05-04T10:00:00-04:00\n" + bases
    suite = suite_of(*parse(SourceFile(str(block), around + block.text)))

    assert suite.cases or suite.duties or suite.stories


@pytest.mark.parametrize("block", REQUESTS, ids=str)
def test_request_is_read(block: Block) -> None:
    """Each request that the manual shows is read without a fault."""
    assert () == read_request(request_of(block)).faults


def test_tutorial_counts_down_to_a_whole_profile() -> None:
    """After each step of the tutorial exactly the clauses it names as left are uncovered, and nothing else is wrong."""
    pieces = re.split(r"\*\*Left: (\d+) clauses?\.\*\*", section(LANGUAGE, TUTORIAL))
    text, left, counted = "", [], []
    for piece, number in zip(pieces[::2], pieces[1::2], strict=False):
        text += "".join(b.text for b in blocks(piece, "docs/language.md") if b.language == "yaml")
        left.append(int(number))
        counted.append(open_clauses(load_source(SourceFile("millbrook.yaml", text))))

    assert left == counted
    assert 0 == left[-1]


def open_clauses(loaded: Loaded) -> int:
    """Return how many clauses nothing cites yet, having made sure that this is all that is wrong."""
    assert {"clause-not-covered"} >= {d.code for d in loaded.diagnostics}
    return len(loaded.diagnostics)


@pytest.fixture(scope="module")
def millbrook() -> Loaded:
    """Read the profile of the tutorial."""
    return load_source(SourceFile("millbrook.yaml", tutorial_text()))


def test_tutorial_profile_raises_no_doubt(millbrook: Loaded) -> None:
    """The tutorial's profile has no warning either, in its text or in its rules."""
    assert millbrook.profile is not None
    assert () == check(millbrook.profile, lower(millbrook.profile))


@pytest.mark.parametrize("block", [b for b in tutorial_blocks() if is_request(b)], ids=str)
def test_tutorial_answer_is_true(block: Block, millbrook: Loaded) -> None:
    """Under each request of the tutorial stands the line that the tutorial's profile gives."""
    decision = PolicyDecisionPoint(build([millbrook])).decide(request_of(block))

    assert block.output == one_line(decision) + "\n"


@pytest.mark.parametrize("block", all_blocks("python"), ids=str)
def test_python_prints_what_it_says(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each Python example runs, and prints what stands under it."""
    if "cambridge" in block.text and not (ROOT / "policies" / "cambridge.yaml").is_file():
        pytest.skip("needs policies/cambridge.yaml, which is not there")
    (tmp_path / "my-policies").mkdir()
    (tmp_path / "my-policies" / "millbrook.yaml").write_text(tutorial_text(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(block.text, str(block), "exec"), {"__name__": "__main__"})

    assert block.output == without_places(printed.getvalue())


def without_places(text: str) -> str:
    """Replace what changes with every edit of a profile: its fingerprint, and lines in it."""
    return re.sub(r"(\.yaml):\d+:\d+", r"\1:…", re.sub(r"[0-9a-f]{64}", "…", text))


# The command line


def cli_command() -> Any:
    """Return the command line's root command; skips where it is not built."""
    try:
        app = importlib.import_module("alpr_policy_adapters.cli.main").app
    except ModuleNotFoundError as error:
        if not str(error.name).startswith("alpr_policy_adapters.cli"):
            raise
        pytest.skip(f"the command line is not complete: there is no {error.name}")
    return importlib.import_module("typer.main").get_command(app)


CALLS = sorted(
    {
        (str(block), line.removeprefix("$ ").partition("  #")[0])
        for block in all_blocks("console")
        for line in block.text.splitlines()
        if line.startswith("$ ")
    }
)


@pytest.mark.parametrize(("place", "line"), CALLS)
def test_command_line_exists(place: str, line: str) -> None:
    """Each command line of the manual names a target of the Makefile, or a command and options that exist."""
    program, *words = shlex.split(line)
    if program == "make":
        assert set(words) <= set(
            re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        )
        return
    if program != "alpr-policy":
        assert program in ("cd", "pip", "python", "pytest")
        return
    commands = cli_command().commands
    assert words[0] in commands
    command = commands[words[0]]
    for word in words[1:]:
        command = command.commands[word] if hasattr(command, "commands") else command
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    assert {word.partition("=")[0] for word in words if word.startswith("-")} <= known


@pytest.mark.parametrize("block", COURSES, ids=str)
def test_case_runs_as_shown(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under each case of the manual stands what `case run` says of it."""
    cli_command()
    runner = importlib.import_module("typer.testing").CliRunner()
    app = importlib.import_module("alpr_policy_adapters.cli.main").app
    (tmp_path / "events.yaml").write_text(block.text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = runner.invoke(
        app, ["case", "run", "events.yaml"], env={"COLUMNS": "118", "NO_COLOR": "1", "ALPR_POLICIES": ""}
    )

    assert block.output == result.stdout


def test_every_command_is_documented() -> None:
    """The manual mentions every command of the command line."""
    said = {line.split()[1] for _, line in CALLS if line.startswith("alpr-policy ")}
    named = re.findall(r"`alpr-policy (\w[\w-]*)", "\n".join(p.read_text(encoding="utf-8") for p in MANUAL))

    assert set() == set(cli_command().commands) - said - set(named)


def test_readme_shows_the_true_error(tmp_path: Path) -> None:
    """The README shows what `check` says of a misspelt word: sentence, place, line, caret and help."""
    cli_command()
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    file, wrong, right = re.findall(r"in `(policies/\w+\.yaml)` write `(\w+)` for `(\w+)`", text)[0]
    shown = next(b for b in blocks(text, "README.md") if b.language == "console" and wrong in b.text)
    source = (ROOT / file).read_text(encoding="utf-8")
    (tmp_path / "policies").mkdir()
    (tmp_path / file).write_text(source.replace(right, wrong), encoding="utf-8")
    path = os.pathsep.join(str(ROOT / folder) for folder in ("engine", "adapters"))
    words = shlex.split(shown.text.splitlines()[0].removeprefix("$ alpr-policy "))
    done = subprocess.run(
        [sys.executable, "-c", "from alpr_policy_adapters.cli import main; main()", *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert 1 == source.count(right)
    assert ExitCode.BAD_PROFILE == done.returncode
    assert lines_without_numbers(shown.text.partition("\n")[2]) == lines_without_numbers(done.stdout + done.stderr)


def lines_without_numbers(text: str) -> list[str]:
    """Return the lines that are not empty, without the line number, which moves with every edit of the file."""
    return [
        re.sub(r"^\s*\d+ \|", "|", re.sub(r":\d+:", ":", line)).rstrip() for line in text.splitlines() if line.strip()
    ]


# Completeness


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_of_a_statement_is_documented(kind: str) -> None:
    """The section on each kind of statement, with the one on common fields, names every key of the grammar."""
    said = words_in(LANGUAGE, OWN_SECTION.get(kind, kind.capitalize())) | words_in(
        LANGUAGE, "Fields of every statement"
    )

    assert set() == {field.key for field in KINDS[kind].fields} - said


WORDS: list[tuple[str, Path, set[str]]] = [
    ("keys of a profile", LANGUAGE, {field.key for field in PROFILE.fields} | {"adopts"}),
    ("tests", LANGUAGE, {*MATCHERS, *JOINS}),
    ("states", LANGUAGE, {state for states in STATES.values() for state in states}),
    ("standings", LANGUAGE, {str(standing) for standing in Standing}),
    ("types", LANGUAGE, {*FACT_TYPES, *PARAMETER_TYPES, *WHY, *ADDABLE}),
    ("keys of records", LANGUAGE, {*RECORDS, *(key for kind in RECORDS.values() for key in kind.fields)}),
    ("keys of a request", DECISIONS, {*KEYS} - {"request"}),
    (
        "keys of a decision",
        DECISIONS,
        {field.name for field in dataclasses.fields(Decision)} - {"action", "at", "mode"},
    ),
    ("kinds of need", DECISIONS, {str(kind) for kind in NeedKind}),
    ("keys of a need", DECISIONS, {f.name for f in dataclasses.fields(Need)} - {"cite"}),
    (
        "keys of an obligation",
        DECISIONS,
        {f.name for f in dataclasses.fields(Obligation)} - {"rule", "profile", "cite"},
    ),
    ("keys of a reason", DECISIONS, {"kind", "effect", "truth", "could_excuse", "confidential"}),
]


def test_every_exit_code_is_documented() -> None:
    """The table of exit codes has a row for each, with its name."""
    text = DECISIONS.read_text(encoding="utf-8")

    assert [] == [code.name for code in ExitCode if f"| {int(code)} | `{code.name}` |" not in text]


def test_readme_names_every_profile() -> None:
    """The README names the profiles that ship, and no other."""
    (said,) = re.findall(r"\*\*\w+ profiles ship: (.+?)\*\*", (ROOT / "README.md").read_text(encoding="utf-8"))

    assert sorted(file.stem for file in (ROOT / "policies").glob("*.yaml")) == re.findall(r"`(\w+)`", said)


@pytest.mark.parametrize(("what", "page", "words"), WORDS, ids=[what for what, _, _ in WORDS])
def test_every_word_is_documented(what: str, page: Path, words: set[str]) -> None:
    """The manual leaves out none of the words that the code knows."""
    assert set() == words - words_in(page)


def test_vocabulary_page_is_made_from_the_code(golden: Callable[[str, str], None]) -> None:
    """The page of acts, facts and lists says what the vocabulary says."""
    golden("../../docs/vocabulary.md", vocabulary_page())


# Links


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    """Each link inside the repository names a file that exists and a heading in it."""
    broken, missing = set(), set()
    for target in links(page):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        if not there.exists():
            missing.add(name_of(there))
        elif anchor and anchor not in anchors(there):
            broken.add(target)

    assert set() == broken
    assert set() == missing - STILL_TO_COME
    if missing:
        pytest.skip(f"still to be written: {', '.join(sorted(missing))}")


def test_index_leads_to_every_page() -> None:
    """The index of the manual links to every other page of the manual, or to an index that does."""
    indexes = [ROOT / "docs" / "README.md", *sorted((ROOT / "docs").glob("*/README.md"))]
    linked = {(index.parent / target).resolve() for index in indexes for target in links(index)}

    assert set() == {name_of(page) for page in MANUAL if page not in linked} - {"README.md", "docs/README.md"}
