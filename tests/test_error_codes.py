"""The manual of errors: it leaves out no code and no exit code, and its examples are what the program says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests.error_codes import MAKERS, ROOT, SOURCES, codes_in, codes_of, forwarded
from tests.error_messages import messages_in, told

from alpr_policy.errors import ExitCode

PAGE = ROOT / "docs" / "errors.md"
PINNED = ROOT / "tests" / "cases" / "bad"
# Codes whose sentence is made elsewhere: what a library says, or a text that is put together from a finding.
HANDED_ON = {
    "audit-review",
    "audit-undecided",
    "camera-failed",
    "case-word",
    "decision-shape",
    "hold-moment",
    "partial-plate",
    "proof-fails",
    "proof-undecided",
    "replay-mismatch",
    "standard-shape",
    "unknown-detector",
    "unknown-reader",
    "unknown-role",
}
_EXAMPLE = re.compile(
    r"^```text\n(?P<file>[^:\n]+):\d+:\d+: \w+: [^\n]* \[(?P<code>[a-z0-9-]+)\]\n.*?^```$", re.MULTILINE | re.DOTALL
)


def headings() -> list[str]:
    """Return the codes that have a heading of their own, in order."""
    return re.findall(r"^### `([a-z0-9-]+)`$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def test_every_code_has_a_heading() -> None:
    """The manual explains every code that the sources use, each once, and no other."""
    assert sorted(codes_in()) == sorted(headings())


def test_no_code_goes_unseen() -> None:
    """Whatever makes a diagnostic with a code that it is given is among the makers whose arguments are looked at."""
    paths = [path for folder in SOURCES for path in sorted(folder.rglob("*.py"))]
    found = set().union(*(forwarded(path.read_text(encoding="utf-8")) for path in paths))

    assert {"_fault", "note"} < found
    assert set() == found - MAKERS


def test_every_message_is_pinned(golden: Callable[..., None]) -> None:
    """What is said under each code is pinned, word for word with a gap for each value."""
    golden("messages.txt", told())


def test_every_code_has_its_message() -> None:
    """Each code has a sentence among those, or hands on what another says and is pinned by a test that names it."""
    paths = [path for path in sorted((ROOT / "tests").rglob("*")) if path.suffix in (".py", ".txt", ".yaml")]
    others = (path.read_text(encoding="utf-8", errors="replace") for path in paths if path != Path(__file__))
    tests = "".join(others)

    assert HANDED_ON == {*codes_in()} - {*messages_in()}
    assert [] == [code for code in sorted(HANDED_ON) if not re.search(rf"[\"\[ ]{code}[\"\]}}]", tests)]


def test_every_exit_code_is_explained() -> None:
    """The table of exit codes has a row for each, with its name."""
    text = PAGE.read_text(encoding="utf-8")

    assert [] == [code.name for code in ExitCode if f"| {int(code)} | `{code.name}` |" not in text]


def test_examples_are_what_is_pinned(golden: Callable[..., None]) -> None:
    """Each example stands under its own code and shows what the bad profile of that name is told."""
    text = PAGE.read_text(encoding="utf-8")
    under = dict(re.findall(r"^### `([a-z0-9-]+)`$[^#]*?^```text\n[^\n]*\[([a-z0-9-]+)\]$", text, re.MULTILINE))

    assert {code: code for code in under} == under
    golden("errors.md", _EXAMPLE.sub(_current, text), PAGE.parent)


def _current(example: re.Match[str]) -> str:
    """Return an example as it is pinned now: the very same if it still is, else the first of that file and code."""
    told = [
        one.strip("\n")
        for path in sorted(PINNED.glob("*.txt"))
        for one in path.read_text(encoding="utf-8").split("\n\n")
        if one.startswith(f"{example['file']}:") and f"[{example['code']}]" in one
    ]
    shown = example[0].removeprefix("```text\n").removesuffix("\n```")
    return f"```text\n{shown if shown in told else told[0]}\n```"


def test_codes_are_found_where_they_are_handed_over() -> None:
    """A code is found as an argument, a default, in a returned pair or on either side of a choice."""
    source = """
Diagnostic("one-code", "x-y z")
notes.fault("two-code" if bad else "three-code", f"...")
def f(code: str = "not-this"): return "four-code", "message"
class Shape:
    code: str = "five-code"
print("no-code")
"""

    assert {"one-code", "two-code", "three-code", "four-code", "five-code"} == codes_of(source)
