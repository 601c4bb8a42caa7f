"""Access requests over HTTP: dialogues from the denial to the act, held to a table, in one process and in real ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="needs the extra: pip install 'alpr-policy[server]'")
pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")
pytest.importorskip("httpx", reason="needs the extra: pip install 'alpr-policy[client]'")

from tests.adapters.requests_kit import TABLE, World, told

DIALOGUES = [pytest.param(one, id=one["name"]) for one in TABLE["dialogues"]]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give a server in this process."""
    made = World(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("dialogue", DIALOGUES)
def test_dialogue(dialogue: dict[str, Any], world: World) -> None:
    """Each dialogue goes as the table says, and leaves a ledger that is whole and can be derived again."""
    steps = told(dialogue, world)

    assert [(number, one) for number, one, _ in steps] == [(number, one) for number, _, one in steps]
