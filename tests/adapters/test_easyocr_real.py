"""EasyOCR itself with its real weights on rendered plates, and a network trained for two minutes beside it.

`make test-easyocr` runs these in an environment of their own.
"""

from __future__ import annotations

import hashlib
import io
import json
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.easyocr_kit import real_easyocr

from alpr_policy_adapters.plates import ModelError, normalise
from alpr_policy_adapters.plates.easyocr_network import NETWORK
from alpr_policy_adapters.plates.easyocr_reader import EasyOcrReader, stock_weights
from alpr_policy_adapters.plates.rectify import BAND, band
from alpr_policy_adapters.scenes.plate import draw_plate
from alpr_policy_adapters.training import __main__ as command
from alpr_policy_adapters.training import store
from alpr_policy_adapters.training.crops import shots
from alpr_policy_adapters.training.learn import Plan

pytestmark = pytest.mark.slow

PLATES = (("4KAN123", "CA"), ("9JLQ474", "CA"), ("NAM6892", "NY"))
MEASURED = 200


@pytest.fixture(scope="module", autouse=True)
def real() -> None:
    """Use EasyOCR as it is installed, or skip."""
    real_easyocr()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train a network for two minutes, as a user would."""
    folder = tmp_path_factory.mktemp("network")
    assert 0 == command.main(["--minutes", "2", "--out", str(folder)])
    return folder


def read(reader: EasyOcrReader, crops: Sequence[Any]) -> list[str]:
    """Read crops to plates, the surest text of each."""
    return [normalise(found[0].text) if (found := reader.read(crop)) else "" for crop in crops]


def flat(plate: str, layout: str) -> Any:
    """Draw a plate and cut its serial, without the border at the sides, which the stock network takes for letters."""
    return band(draw_plate(plate, layout, named=False), *BAND)[:, 24:-24]


@pytest.mark.parametrize(("plate", "layout"), PLATES)
def test_stock_network_reads_clean_plates(plate: str, layout: str) -> None:
    """The makers' own weights, loaded and run for real, read cleanly drawn plates."""
    reader = EasyOcrReader()
    (found,) = reader.read(flat(plate, layout))

    assert (plate, True) == (normalise(found.text), 0 < (found.confidence or 0) <= 1)


def test_two_minutes_beat_the_stock_network(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After two minutes of training more rendered plates are read exactly than with the makers' network."""
    crops, texts = zip(*shots("measured", MEASURED, typefaces=False), strict=True)
    exact = {
        name: sum(a == b for a, b in zip(read(reader, crops), texts, strict=True))
        for name, reader in (("stock", EasyOcrReader()), ("trained", EasyOcrReader("trained", folder=trained)))
    }
    with capsys.disabled():
        print(f"\nEasyOCR on {MEASURED} rendered crops, exact: {exact['stock']} stock, {exact['trained']} trained\n")

    assert exact["stock"] < exact["trained"]


def test_trained_network_says_what_it_is(trained: Path) -> None:
    """The network's reads carry the checksum of the weights that its manifest names."""
    weights = trained / f"{NETWORK}.pth"

    expected = {weights.name: hashlib.sha256(weights.read_bytes()).hexdigest()}
    assert expected == EasyOcrReader("trained", folder=trained).models


class _Trap:
    """What a pickle can do when it is loaded: here, make a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


def test_weights_that_would_run_code_are_refused(tmp_path: Path) -> None:
    """Weights that are a program are not run, even where the manifest vouches for them."""
    trap = tmp_path / "sprung"
    store.save_network(tmp_path, pickle.dumps(_Trap(trap), protocol=2), {}, {})

    with pytest.raises(ModelError, match="more than tensors"):
        EasyOcrReader("trained", folder=tmp_path)
    assert not trap.exists()


def test_checkpoint_that_would_run_code_is_refused(tmp_path: Path) -> None:
    """An unfinished training that is a program is not run either."""
    trap = tmp_path / "sprung"
    (tmp_path / store.CHECKPOINT).write_bytes(pickle.dumps(_Trap(trap), protocol=2))

    with pytest.raises(store.TrainingError, match="training-unfit"):
        command.train(SMALL, stock_weights(), tmp_path)
    assert not trap.exists()


SMALL = Plan(steps=5, round_size=64, validation=32)


def weights(folder: Path) -> bytes:
    """Return the weights in a network's folder."""
    return (folder / f"{NETWORK}.pth").read_bytes()


def test_stopped_training_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A training that is stopped after a round and begun again gives the very weights of one that was not stopped."""
    stock = stock_weights()
    monkeypatch.setattr(command, "KEEP_AFTER", 0.0)
    command.train(SMALL, stock, tmp_path / "whole")
    keep = store.save_checkpoint

    def stop(*state: Any) -> None:
        keep(*state)
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "save_checkpoint", stop)
    with pytest.raises(KeyboardInterrupt):
        command.train(SMALL, stock, tmp_path / "parts")
    monkeypatch.setattr(store, "save_checkpoint", keep)
    command.train(SMALL, stock, tmp_path / "parts")

    assert weights(tmp_path / "whole") == weights(tmp_path / "parts")
    facts = json.loads((tmp_path / "parts" / f"{NETWORK}.json").read_text(encoding="utf-8"))["training"]
    assert (5, 2) == (facts["steps"], facts["rounds"])


def test_unfinished_training_of_another_plan_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was begun from another seed is not continued."""
    import torch

    file = io.BytesIO()
    torch.save({"plan": {"seed": 7}}, file)
    store.write(tmp_path / store.CHECKPOINT, file.getvalue())

    with pytest.raises(store.TrainingError, match="another plan or seed"):
        command.train(SMALL, stock_weights(), tmp_path)
