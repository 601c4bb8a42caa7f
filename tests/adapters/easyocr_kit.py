"""The real EasyOCR for tests: with the stand-in where torch has no torchvision of its own."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from alpr_policy.errors import MissingExtraError
from alpr_policy_adapters.plates.easyocr_reader import require_easyocr, stock_weights

STANDINS = Path(__file__).resolve().parents[1] / "standins"


def use_standin() -> bool:
    """Put the stand-in for torchvision on the path where there is none; say whether it is in use."""
    if find_spec("torchvision") is None:
        sys.path.append(str(STANDINS))
    spec = find_spec("torchvision")
    return spec is not None and spec.origin is not None and Path(spec.origin).is_relative_to(STANDINS)


def real_easyocr() -> None:
    """Skip where EasyOCR is not installed; fail where it is and its weights are missing."""
    missing = [name for name in ("torch", "easyocr") if find_spec(name) is None]
    if missing:
        pytest.skip(f"needs {' and '.join(missing)}: make test-easyocr brings them")
    use_standin()
    require_easyocr("the tests")
    try:
        stock_weights()
    except MissingExtraError as error:
        pytest.fail(f"EasyOCR is installed without its weights: {error}")
