"""What a training leaves in its folder: the network with its manifest when it is done, a checkpoint until then."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy_adapters.plates.easyocr_network import (
    MODULE,
    SETTINGS,
    Manifest,
    file_names,
    manifest_path,
)
from alpr_policy_adapters.training.learn import Plan, State

CHECKPOINT: Final = "unfinished.pt"
MAX_CHECKPOINT_BYTES: Final = 200_000_000


class TrainingError(PolicyError):
    """A training cannot be begun, continued or kept."""


def write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; TrainingError when the folder cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        message = f"the folder `{path.parent}` cannot be written: {error.strerror}"
        raise TrainingError([Diagnostic("training-unwritable", message, help="name another with --out")]) from error


def save_network(
    folder: Path,
    weights: bytes,
    training: Mapping[str, Any],
    validation: Mapping[str, Any],
    *,
    now: datetime | None = None,
) -> Manifest:
    """Write the network's files, the manifest last: until then a reader sees files that do not fit, and refuses."""
    contents = dict(zip(file_names(), (SETTINGS.encode(), MODULE.encode(), weights), strict=True))
    manifest = Manifest(
        files={name: hashlib.sha256(data).hexdigest() for name, data in contents.items()},
        date=(now or datetime.now(UTC)).isoformat(timespec="seconds"),
        training=training,
        validation=validation,
    )
    for name, data in contents.items():
        write(folder / name, data)
    write(manifest_path(folder), manifest.to_json().encode())
    return manifest


def save_checkpoint(folder: Path, plan: Plan, state: State) -> None:
    """Keep a training's state, to go on from after it was stopped."""
    import torch

    file = io.BytesIO()
    parts = {
        "plan": asdict(plan),
        "model": state.model.state_dict(),
        "optimiser": state.optimiser.state_dict(),
        "mean": state.mean,
        "step": state.step,
        "round": state.round,
        "seconds": state.seconds,
        "losses": state.losses[-100:],
    }
    torch.save(parts, file)
    write(folder / CHECKPOINT, file.getvalue())


def load_checkpoint(folder: Path, plan: Plan, state: State) -> bool:
    """Bring a state to where the folder's unfinished training stopped; False when there is none.

    TrainingError when it is of another plan, or cannot be understood.
    """
    import torch

    path = folder / CHECKPOINT
    if not path.is_file():
        return False
    try:
        if path.stat().st_size > MAX_CHECKPOINT_BYTES:
            raise ValueError("too large")
        # The file may come from anywhere: tensors and plain values only.
        parts = torch.load(path, map_location="cpu", weights_only=True)
        if parts["plan"] != asdict(plan):
            raise _unfit("is of another plan or seed")
        state.model.load_state_dict(parts["model"])
        state.optimiser.load_state_dict(parts["optimiser"])
        state.mean.update(parts["mean"])
        state.step, state.round = int(parts["step"]), int(parts["round"])
        state.seconds, state.losses = float(parts["seconds"]), [float(loss) for loss in parts["losses"]]
    except TrainingError:
        raise
    except Exception as error:
        raise _unfit("cannot be understood") from error
    return True


def drop_checkpoint(folder: Path) -> None:
    """Forget an unfinished training."""
    (folder / CHECKPOINT).unlink(missing_ok=True)


def _unfit(why: str) -> TrainingError:
    message = f"the unfinished training in the folder {why}"
    return TrainingError([Diagnostic("training-unfit", message, help="begin anew with --again, or name another --out")])
