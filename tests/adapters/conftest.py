"""Fixtures of the adapters' tests: profiles; OpenCV, the real engine, a scene, PostgreSQL, each or a skip."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.plates_kit import EXTRA, SCENE
from tests.adapters.postgres_server import Postgres, running

from alpr_policy import PolicyDecisionPoint
from alpr_policy.errors import MissingExtraError
from alpr_policy_adapters.plates import PlateEngine, default_engine
from alpr_policy_adapters.scenes import encode, render


@pytest.fixture(scope="session")
def pdp() -> PolicyDecisionPoint:
    """Give the decision point over the shipped profiles."""
    return PolicyDecisionPoint.load()


@pytest.fixture(scope="session")
def cv2() -> Any:
    """Return OpenCV, or skip."""
    return pytest.importorskip("cv2", reason=EXTRA)


@pytest.fixture(scope="session")
def plate_engine(cv2: Any) -> PlateEngine:
    """Return the default engine with its real models, or skip."""
    try:
        return default_engine()
    except MissingExtraError as error:
        pytest.skip(f"{error}; {EXTRA}")


@pytest.fixture(scope="session")
def plate_picture(cv2: Any) -> Any:
    """Render the scene that most tests read."""
    return render(SCENE)


@pytest.fixture
def plate_scene(plate_picture: Any, tmp_path: Path) -> Path:
    """Write that scene to a file."""
    path = tmp_path / "scene.png"
    path.write_bytes(encode(SCENE, plate_picture))
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Give a PostgreSQL server of the tests' own, or skip."""
    with running() as server:
        yield server
