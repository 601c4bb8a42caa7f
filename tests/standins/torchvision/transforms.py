"""The one transformation that EasyOCR's recogniser uses."""

from __future__ import annotations

from typing import Any


class ToTensor:
    """Turns a grey picture of eight bits into a tensor, 1 x height x width, from 0 to 1."""

    def __call__(self, picture: Any) -> Any:
        import numpy as np
        import torch

        grey = np.array(picture, np.uint8, copy=True)
        return torch.from_numpy(grey)[None].to(torch.float32).div(255)
