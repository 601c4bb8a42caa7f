"""Our plate network for EasyOCR: where its files lie, what they must be, how a crop is made ready for it.

Nothing here needs torch. Three files make the network as EasyOCR wants it (`NAME.yaml`, `NAME.py`, `NAME.pth`), and a
manifest beside them says what each must hash to, how the network was trained and what it read when it was done.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from alpr_policy.errors import Diagnostic
from alpr_policy_adapters.plates.models import ModelError

if TYPE_CHECKING:
    from alpr_policy_adapters.plates.protocol import Frame

NETWORK: Final = "alpr_policy_plates"
"""The network's name, which is also the name of the module that EasyOCR imports: it must be nobody else's."""

CHARACTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CROP_HEIGHT, CROP_WIDTH = 64, 192
"""The size in pixels of a crop that the network reads: every crop is pressed into it."""

FORMAT = 1
TRAIN = "python -m alpr_policy_adapters.training"
MAX_MANIFEST_BYTES = 100_000
MAX_WEIGHTS_BYTES = 100_000_000
EXTREMES = (2.0, 98.0)
LEAST_CONTRAST = 24.0

# The very text of the module that EasyOCR runs: a file with any other is refused.
MODULE: Final = '''"""The plate network: EasyOCR's own recogniser of the second generation, with a smaller head."""

from easyocr.model.vgg_model import Model

__all__ = ["Model"]
'''
SETTINGS: Final = f"""character_list: '{CHARACTERS}'
imgH: {CROP_HEIGHT}
lang_list: [en]
network_params: {{hidden_size: 256, input_channel: 1, output_channel: 256}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is known of a trained network: SHA-256 by file name, how it was trained, and what it then read.

    `training` and `validation` are for people, and say what the program that trained it wrote into them.
    """

    files: Mapping[str, str]
    date: str
    training: Mapping[str, Any]
    validation: Mapping[str, Any]

    def to_json(self) -> str:
        """Give the manifest as the text of its file."""
        parts = {"format": FORMAT, "network": NETWORK, "date": self.date, "files": dict(self.files)}
        return json.dumps({**parts, "training": self.training, "validation": self.validation}, indent=1) + "\n"


def cache_folder(environment: Mapping[str, str] | None = None) -> Path:
    """Give the folder of the trained network: under ALPR_POLICY_CACHE, or the user's folder for what can be remade."""
    known = os.environ if environment is None else environment
    if named := known.get("ALPR_POLICY_CACHE"):
        return Path(named) / "easyocr"
    # The XDG specification has relative paths ignored.
    base = Path(known.get("XDG_CACHE_HOME", ""))
    return (base if base.is_absolute() else Path.home() / ".cache") / "alpr-policy" / "easyocr"


def file_names() -> tuple[str, str, str]:
    """Name the network's files: settings, module, weights."""
    return (f"{NETWORK}.yaml", f"{NETWORK}.py", f"{NETWORK}.pth")


def manifest_path(folder: Path) -> Path:
    """Give the place of the manifest in a network's folder."""
    return folder / f"{NETWORK}.json"


def verified_network(folder: Path) -> Manifest:
    """Read a folder's manifest and check each file against it; ModelError when one is missing or not as it says."""
    manifest = _read_manifest(manifest_path(folder))
    texts = dict(zip(file_names(), (SETTINGS, MODULE, None), strict=True))
    for name, text in texts.items():
        data = _read_bounded(folder / name, MAX_WEIGHTS_BYTES)
        actual = hashlib.sha256(data).hexdigest()
        # The manifest lies beside the files. What is run is therefore held to this program's own text as well.
        if actual != manifest.files.get(name) or (text is not None and data != text.encode()):
            raise _changed(f"`{name}` of the trained plate network is not the file that the training wrote")
    return manifest


def prepared(crop: Frame) -> Frame:
    """Make a crop ready for the network: grey, its darkest and lightest parts spread, pressed into one size."""
    import cv2
    import numpy as np

    grey = crop if crop.ndim == 2 else cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    shrinks = grey.shape[0] > CROP_HEIGHT and grey.shape[1] > CROP_WIDTH
    kind = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    sized = cv2.resize(grey, (CROP_WIDTH, CROP_HEIGHT), interpolation=kind).astype(np.float32)
    dark, light = np.percentile(sized, EXTREMES)
    spread = (sized - dark) * (255.0 / max(LEAST_CONTRAST, float(light - dark)))
    return np.asarray(spread.round().clip(0, 255), np.uint8)


def _read_manifest(path: Path) -> Manifest:
    """Read a manifest; ModelError when there is none or it cannot be understood."""
    try:
        data = json.loads(_read_bounded(path, MAX_MANIFEST_BYTES))
        if data["format"] != FORMAT or data["network"] != NETWORK:
            raise ValueError("of another kind")
        files = {str(name): str(value) for name, value in data["files"].items()}
        return Manifest(
            files=files, date=str(data["date"]), training=dict(data["training"]), validation=dict(data["validation"])
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _changed(f"`{path.name}` of the trained plate network cannot be understood") from error


def _read_bounded(path: Path, most: int) -> bytes:
    """Read a file of the network; ModelError when it is missing, no plain file or too large."""
    try:
        if not path.is_file():
            raise FileNotFoundError
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        message = f"there is no trained plate network: `{path.name}` is not in its folder"
        raise ModelError([Diagnostic("network-missing", message, help=f"train it: {TRAIN}")]) from error
    if len(data) > most:
        raise _changed(f"`{path.name}` of the trained plate network is too large")
    return data


def _changed(message: str) -> ModelError:
    return ModelError([Diagnostic("network-changed", message, help=f"train it again: {TRAIN} --again")])
