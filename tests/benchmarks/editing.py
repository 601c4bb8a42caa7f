"""From a keystroke to the first finding in the language server, asked over its pipes; and what one question takes."""

from __future__ import annotations

import importlib.util
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.adapters.lsp_client import Client
from tests.benchmarks.timing import goal, once, say, table

from alpr_policy.questions.editing import draft
from alpr_policy.questions.editing_complete import complete
from alpr_policy.questions.editing_gists import gist
from alpr_policy.reading.catalog import shipped_folder
from alpr_policy.source import SourceFile

FILE = "billerica.yaml"
ROUNDS, GOAL_MS = 20, 300.0
RIGHT, WRONG = "timezone: America/New_York", "timezone: America/New_Yorkk"


def _typed(client: Client, uri: str, text: str) -> float:
    """Type one letter too many, and return the milliseconds by the clock until its error is shown."""
    client.change(uri, text)
    client.found(uri)
    start = time.perf_counter()
    client.change(uri, text.replace(RIGHT, WRONG))
    client.found_with(uri, "unknown-timezone")
    return (time.perf_counter() - start) * 1e3


def run() -> dict[str, Any]:
    """Measure, print, and return the figures."""
    if importlib.util.find_spec("pygls") is None:
        say("editing: left out, the extra `lsp` is not installed")
        return {}
    text = (shipped_folder() / FILE).read_text(encoding="utf-8")
    lines = text.count("\n")
    say(f"editing: {FILE} of {lines} lines, {ROUNDS} keystrokes over the pipes of a server")
    with tempfile.TemporaryDirectory() as name:
        file = Path(name).resolve() / FILE
        file.write_text(text, encoding="utf-8")
        client = Client(file.parent)
        client.open(file.as_uri(), text)
        client.found(file.as_uri())
        shown = [_typed(client, file.as_uri(), text) for _ in range(ROUNDS)]
        client.close()
    say("editing: single questions")
    source = SourceFile(FILE, text)
    made = draft(source)
    at = text.index("by: ")
    place = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at) + 4
    fact = next(one for one in made.mentions if one.sort == "fact")
    work = {
        "reading the text": lambda: draft(source),
        "finding every name in it": lambda: draft(source).mentions,
        "a completion": lambda: complete(made, *place),
        "a hover": lambda: gist(made, fact),
    }
    spent = {what: statistics.median(once(each) for _ in range(ROUNDS)) for what, each in work.items()}
    table(
        f"Editing a profile of {lines} lines",
        ("", "ms"),
        [
            ("keystroke to first finding, by the clock, median", statistics.median(shown)),
            ("keystroke to first finding, by the clock, worst", max(shown)),
            *((f"{what}, processor time", found) for what, found in spent.items()),
        ],
        (goal(f"first finding within {GOAL_MS:.0f} ms", max(shown) <= GOAL_MS),),
    )
    return {"lines": lines, "shown_ms": shown, **spent}
