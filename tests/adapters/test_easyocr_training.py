"""The training of the plate network, as far as it goes without torch: its crops, its folder, its command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.plates_kit import EXTRA, ROOT

from alpr_policy.errors import ExitCode
from alpr_policy_adapters.plates.easyocr_network import CHARACTERS
from alpr_policy_adapters.training import __main__ as command
from alpr_policy_adapters.training import crops, store


@pytest.fixture(scope="module")
def some() -> crops.Labelled:
    """Render a few crops."""
    pytest.importorskip("cv2", reason=EXTRA)
    return crops.rendered("test", 24)


def test_equal_seeds_give_equal_crops(some: crops.Labelled) -> None:
    """Crops depend on the seed and their number alone: fewer are the first of more, and other seeds differ."""
    again, other = crops.rendered("test", 9), crops.rendered("other", 9)

    assert (some.texts[:9], True) == (again.texts, bool((some.crops[:9] == again.crops).all()))
    assert again.texts != other.texts


def test_crops_are_labelled_with_plate_characters(some: crops.Labelled) -> None:
    """Each crop has the network's size, something to see, and a serial of the network's characters."""
    assert ((24, 64, 192), 24) == (some.crops.shape, len(some))
    assert set() == set("".join(some.texts)) - set(CHARACTERS)
    assert [] == [text for text in some.texts if not 1 <= len(text) <= 8]
    assert 20 < float(some.crops.std(axis=(1, 2)).min())


def test_shots_are_what_the_network_is_given(some: crops.Labelled) -> None:
    """What readers are measured with, made ready, is what the network is trained with."""
    from alpr_policy_adapters.plates.easyocr_network import prepared

    shots = list(crops.shots("test", 5))

    assert list(some.texts[:5]) == [text for _, text in shots]
    assert [True] * 5 == [bool((prepared(shot) == some.crops[i]).all()) for i, (shot, _) in enumerate(shots)]


def test_import_brings_nothing_heavy() -> None:
    """Importing the training's command loads neither torch nor OpenCV nor numpy."""
    roots = os.pathsep.join([str(ROOT / "engine"), str(ROOT / "adapters")])
    code = "import sys, alpr_policy_adapters.training.__main__ as m; "
    code += "print(sorted({'cv2', 'numpy', 'torch', 'easyocr'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": roots},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "[]\n" == done.stdout, done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["--minutes", "0"], ["--minutes", "x"], ["--steps", "-1"], ["--threads", "1000"], ["--minutes", "nan"]],
)
def test_command_line_is_bounded(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Times, steps and threads out of their bounds are refused before anything begins."""
    with pytest.raises(SystemExit) as caught:
        command.main(arguments)

    assert int(ExitCode.USAGE) == caught.value.code


def test_missing_extra_ends_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without EasyOCR the command says what to install, and writes nothing."""
    pytest.importorskip("cv2", reason=EXTRA)
    monkeypatch.setitem(sys.modules, "torch", None)

    assert int(ExitCode.MISSING_EXTRA) == command.main(["--out", str(tmp_path / "net")])
    assert "pip install 'alpr-policy[easyocr]'" in capsys.readouterr().err
    assert not (tmp_path / "net").exists()


def test_network_that_is_there_is_not_trained_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A whole network in the folder is told about and left alone; a damaged one is an error."""
    store.save_network(tmp_path, b"weights", {}, {"exact": 0.75, "crops": 400})

    assert int(ExitCode.OK) == command.main(["--out", str(tmp_path)])
    assert "reads 0.75 of 400 rendered crops exactly" in capsys.readouterr().out
    (tmp_path / "alpr_policy_plates.pth").write_bytes(b"weightz")
    assert int(ExitCode.BAD_INPUT) == command.main(["--out", str(tmp_path)])
    assert "network-changed" in capsys.readouterr().err


def test_interrupted_command_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Stopping the command by hand is no fault and no traceback."""

    def stop(what: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "require_easyocr", stop)

    assert 130 == command.main(["--out", str(tmp_path)])
    assert "goes on from the last round" in capsys.readouterr().err


def test_files_are_written_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A write that fails leaves the old file and nothing beside it."""
    store.write(tmp_path / "a", b"old")

    def fail(*paths: Any) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(store.TrainingError, match=r"no space left.*training-unwritable"):
        store.write(tmp_path / "a", b"new")

    assert [("a", b"old")] == [(p.name, p.read_bytes()) for p in tmp_path.iterdir()]
