"""What all tests share: slow tests last, golden files, and the optional material beside the checkout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

# A slow machine is no fault of the code, and a failure must come back on the next run. To search further than that:
# pytest --hypothesis-profile=explore
settings.register_profile("same-every-time", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("explore", deadline=None, max_examples=5000, print_blob=True)
settings.load_profile("same-every-time")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option behind `make golden`."""
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden from what the code does now")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put slow tests last, so that what can fail at once does; keep only golden tests when these are rewritten."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)
    if config.getoption("--update-golden"):
        others = [item for item in items if "golden" not in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Return a function that holds a text against `tests/golden/<name>`, or rewrites that file for `make golden`."""

    def compare(name: str, actual: str, folder: Path = ROOT / "tests" / "golden") -> None:
        file = folder / name
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(actual, encoding="utf-8")
        place = file.relative_to(ROOT).as_posix()
        assert file.is_file(), f"{place} is missing: run `make golden` and read what it wrote"
        assert file.read_text(encoding="utf-8") == actual, f"{place} differs: `make golden` if it is right"

    return compare


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """Return the folder `shared` beside the checkout: study material that is not part of the repository."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(
            "needs the study material, which is no part of the repository: no folder `shared` beside the checkout"
        )
    return folder
