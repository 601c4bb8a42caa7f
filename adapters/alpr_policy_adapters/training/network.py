"""The network in torch: taken from EasyOCR's English recogniser, read from, and written as EasyOCR wants it."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from alpr_policy_adapters.plates.easyocr_network import CHARACTERS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from alpr_policy_adapters.training.crops import Crops

STOCK_CHARACTERS = "0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ €ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""What the rows of the English recogniser's head stand for, after the blank."""

PREFIX = "module."
"""What EasyOCR cuts off every name in a file of weights."""

FROZEN_LAYERS = 11
"""The layers of the convolutions that are never trained: the first four, which see edges and corners of any text."""


def from_stock(weights: bytes) -> Any:
    """Build the network from the verified bytes of the English recogniser, with the head's rows for plates alone."""
    import torch
    from easyocr.model.vgg_model import Model

    # The stock file is plain tensors; anything else in it is refused here.
    stock = torch.load(io.BytesIO(weights), map_location="cpu", weights_only=True)
    known = {name.removeprefix(PREFIX): tensor for name, tensor in stock.items()}
    rows = [0] + [STOCK_CHARACTERS.index(c) + 1 for c in CHARACTERS]
    for name in ("Prediction.weight", "Prediction.bias"):
        known[name] = known[name][rows].clone()
    model = Model(input_channel=1, output_channel=256, hidden_size=256, num_class=len(CHARACTERS) + 1)
    model.load_state_dict(known)
    return model.to(memory_format=torch.channels_last)


def as_input(crops: Crops) -> Any:
    """Turn prepared crops into the network's input, as EasyOCR does: one channel from -1 to 1."""
    import torch

    return torch.from_numpy(crops).to(torch.float32).div_(127.5).sub_(1.0).unsqueeze(1)


def log_chances(model: Any, crops: Crops, *, batch: int = 64) -> NDArray[np.float32]:
    """Give the network's log probabilities: crops x steps x (blank and characters)."""
    import numpy as np
    import torch

    model.eval()
    parts = []
    with torch.inference_mode():
        for start in range(0, len(crops), batch):
            seen = model(as_input(crops[start : start + batch]), None)
            parts.append(torch.log_softmax(seen, 2).numpy())
    return np.concatenate(parts).astype(np.float32)


def texts_of(chances: NDArray[np.float32]) -> list[str]:
    """Read greedily: the likeliest sign of each step, repeats and blanks left out."""
    out = []
    for steps in chances.argmax(axis=2):
        kept = [int(s) for i, s in enumerate(steps) if s and (i == 0 or s != steps[i - 1])]
        out.append("".join(CHARACTERS[s - 1] for s in kept))
    return out


def confidences(chances: NDArray[np.float32]) -> NDArray[np.float64]:
    """Give each crop the confidence that EasyOCR will: a power of the product over the steps that are no blank."""
    import numpy as np

    best, signs = chances.max(axis=2).astype(np.float64), chances.argmax(axis=2)
    out = np.zeros(len(chances))
    for i, inked in enumerate(signs != 0):
        if inked.any():
            out[i] = np.exp(best[i][inked].sum() * 2 / np.sqrt(inked.sum()))
    return out


def temperature(chances: NDArray[np.float32], truth: Sequence[str]) -> float:
    """Find what to divide the head's output by, so that confidence on these crops is nearest to being right.

    The measure is the mean square of confidence less one or nothing; what is read does not change.
    """
    import numpy as np

    right = np.array([seen == true for seen, true in zip(texts_of(chances), truth, strict=True)])
    tried = [(float(np.mean((confidences(_tempered(chances, t)) - right) ** 2)), t) for t in np.geomspace(0.4, 4, 47)]
    return float(min(tried)[1])


def cooled(model: Any, by: float) -> Any:
    """Divide the head's output, so that its confidence is worth what it says."""
    import torch

    with torch.no_grad():
        for parameter in (model.Prediction.weight, model.Prediction.bias):
            parameter.div_(by)
    return model


def weights_of(model: Any) -> bytes:
    """Give a network's weights as the bytes of the file that EasyOCR loads."""
    import torch

    # One number format and one order whatever the network went through, so that equal weights are equal bytes.
    named = {PREFIX + name: tensor.detach().clone().contiguous() for name, tensor in model.state_dict().items()}
    file = io.BytesIO()
    torch.save(named, file)
    return file.getvalue()


def plain_copy(named: Mapping[str, Any]) -> dict[str, Any]:
    """Copy named tensors."""
    return {name: tensor.detach().clone() for name, tensor in named.items()}


def _tempered(chances: NDArray[np.float32], by: float) -> NDArray[np.float32]:
    """Give the log probabilities of a head whose output is divided."""
    import numpy as np

    scaled = chances / by
    return np.asarray(scaled - np.log(np.exp(scaled).sum(axis=2, keepdims=True)), np.float32)
