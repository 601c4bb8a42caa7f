"""Say what of EasyOCR a test run had: python -m tests.easyocr_ran."""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec

from tests.adapters.easyocr_kit import use_standin

from alpr_policy_adapters.plates.easyocr_reader import STOCK_NAME, STOCK_SHA256, stock_weights


def main() -> None:
    """Print one line for each part; fails where the weights are not the makers'."""
    stock_weights()
    standin = use_standin() or find_spec("torchvision") is None
    print(f"reader easyocr {version('easyocr')}: {STOCK_NAME} {STOCK_SHA256[:12]}, torch {version('torch')}")
    print("reader easyocr-trained: trained for two minutes on rendered plates in this run")
    print(f"torchvision: {'a stand-in of the tests' if standin else version('torchvision')}")


if __name__ == "__main__":
    main()
