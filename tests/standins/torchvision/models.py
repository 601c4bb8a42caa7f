"""The network that only EasyOCR's text detector is built from."""

from __future__ import annotations

from typing import Any


def vgg16_bn(**options: Any) -> Any:
    """Refuse: no test builds the text detector."""
    raise NotImplementedError("the stand-in for torchvision has no networks")
