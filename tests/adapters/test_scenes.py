"""Rendered scenes: what a recipe may say, that pictures repeat exactly, and that they carry pixels alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from alpr_policy_adapters.plates.containers import jpeg_segments, png_chunks
from alpr_policy_adapters.plates.headers import read_header
from alpr_policy_adapters.scenes import (
    LAYOUTS,
    RecipeError,
    Scene,
    Vehicle,
    encode,
    invent,
    load_recipe,
    render,
    truth,
    write_scenes,
)
from alpr_policy_adapters.scenes.__main__ import main
from alpr_policy_adapters.scenes.plate import draw_plate, fits

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo"
RECIPE = DEMO / "scenes.yaml"
CAR = Vehicle(plate="4KAN123", layout="CA", at=(160, 110), plate_width=90, turn=10, tip=5, tilt=-3)
SCENE = Scene(file="scene.png", size=(320, 200), vehicles=(CAR,))


@pytest.fixture(scope="module")
def cv2() -> Any:
    """Return OpenCV, or skip."""
    return pytest.importorskip("cv2", reason="needs the extra `ocr`: pip install 'alpr-policy[ocr]'")


def recipe(folder: Path, text: str) -> Path:
    """Write a recipe."""
    path = folder / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_invented_serial_fits_its_layout(layout: str) -> None:
    """An invented serial is arranged as the state's are, is the same for one seed, and has no doubtful letter."""
    made = {invent(layout, seed) for seed in range(20)}

    assert all(fits(plate, layout) for plate in made)
    assert invent(layout, 3) == invent(layout, 3)
    assert 10 < len(made)
    assert not set("".join(made)) & set("IOQ")


VEHICLE = "{plate: 4KAN123, layout: CA, at: [100, 100]%s}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a recipe has the key `scenes` with a list of scenes"),
        ("[1", "the recipe is no YAML"),
        ("!!python/object:os.system {}", "the recipe is no YAML"),
        ("scenes: 3", "a recipe has the key `scenes` with a list of scenes"),
        ("scenes: [3]", "scene 1: expected keys and values"),
        ("scenes: [{seed: 1}]", "scene 1: `file` is missing"),
        ("scenes: [{file: a.png, light: [1]}]", "scene 1: `light` cannot be `[1]`"),
        ("scenes: [{file: a.png, colour: 1}]", "scene 1: unknown key `colour`"),
        ("scenes: [{file: ../a.png}]", "scene 1: `file` cannot be `../a.png`"),
        ("scenes: [{file: a.gif}]", "scene 1: `file` cannot be `a.gif`"),
        ("scenes: [{file: a.png, size: [1, 99999]}]", "scene 1: `size` cannot be `[1, 99999]`"),
        ("scenes: [{file: a.png, blur: .nan}]", "scene 1: `blur` cannot be `nan`"),
        ("scenes: [{file: a.png, seed: true}]", "scene 1: `seed` cannot be `True`"),
        ("scenes: [{file: a.png, vehicles: 1}]", "scene 1: `vehicles` is a list"),
        ("scenes: [{file: a.png}, {file: a.png}]", "two scenes are called `a.png`"),
        (f"scenes: [{{file: a.png, vehicles: [{VEHICLE % ', layout: MA'}]}}]", "vehicle 1: `4KAN123` is not arranged"),
        (f"scenes: [{{file: a.png, vehicles: [{VEHICLE % ', turn: 80'}]}}]", "vehicle 1: `turn` cannot be `80`"),
        (f"scenes: [{{file: a.png, vehicles: [{VEHICLE % ', body: pink'}]}}]", "vehicle 1: `body` cannot be `pink`"),
    ],
)
def test_bad_recipe_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """A recipe that cannot be rendered is refused with the scene, the key and the value."""
    with pytest.raises(RecipeError) as caught:
        load_recipe(recipe(tmp_path, text))
    assert any(message in d.message for d in caught.value.diagnostics), caught.value


def test_every_fault_of_a_recipe_is_said(tmp_path: Path) -> None:
    """All faults of a recipe are reported at once."""
    with pytest.raises(RecipeError) as caught:
        load_recipe(recipe(tmp_path, "scenes: [{file: a.png, light: noon, blur: -1}, {seed: 2}]"))
    assert 3 == len(caught.value.diagnostics)


def test_missing_and_large_recipes_are_refused(tmp_path: Path) -> None:
    """A recipe that is not there, or far too large, is an error with a name."""
    for path in (tmp_path / "none.yaml", tmp_path, recipe(tmp_path, "#" * 1_000_001)):
        with pytest.raises(RecipeError):
            load_recipe(path)


def test_same_scene_same_bytes(cv2: Any) -> None:
    """A scene renders to the same bytes each time; another seed or another plate makes other bytes."""
    noisy = replace(SCENE, noise=3.0, blur=0.5, seed=5)
    other = replace(noisy, vehicles=(replace(CAR, plate="4KAN124"),))

    assert encode(noisy, render(noisy)) == encode(noisy, render(noisy))
    assert encode(noisy, render(noisy)) != encode(noisy, render(replace(noisy, seed=6)))
    assert encode(noisy, render(noisy)) != encode(noisy, render(other))


def test_picture_carries_pixels_alone(cv2: Any) -> None:
    """A PNG has no chunk and a JPEG no segment that could hold words, times or places."""
    picture = render(SCENE)
    png = encode(SCENE, picture)
    jpeg = encode(replace(SCENE, file="scene.jpg"), picture)

    assert {b"IHDR", b"IDAT", b"IEND"} == {chunk.kind for chunk in png_chunks(png)}
    assert {0xE0, 0xDB, 0xC0, 0xC4, 0xDA} == {segment.kind[0] for segment in jpeg_segments(jpeg)}
    assert b"KAN" not in png + jpeg


@pytest.mark.parametrize("light", ["day", "dusk", "night"])
@pytest.mark.parametrize("kind", ["sedan", "van"])
def test_truth_is_where_the_plate_is(cv2: Any, light: str, kind: str) -> None:
    """Flattening a scene by the true corners gives back the flat plate, in its own light."""
    import numpy as np

    scene = replace(
        SCENE, size=(640, 480), light=light, vehicles=(replace(CAR, at=(320, 260), plate_width=240, kind=kind),)
    )
    ((found,),) = truth([scene]).values()
    size = (240, 120)
    target = np.array([(0, 0), (size[0], 0), size, (0, size[1])], np.float32)
    turn = cv2.getPerspectiveTransform(np.array(found["corners"], np.float32), target)
    seen = cv2.cvtColor(cv2.warpPerspective(render(scene), turn, size), cv2.COLOR_BGR2GRAY)
    flat = cv2.cvtColor(cv2.resize(draw_plate("4KAN123", "CA", named=False), size), cv2.COLOR_BGR2GRAY)

    assert ("4KAN123", "CA") == (found["plate"], found["state"])
    assert 0.9 < np.corrcoef(seen.ravel(), flat.ravel())[0, 1]


def test_plate_that_does_not_fit_is_not_drawn(cv2: Any) -> None:
    """A serial of another arrangement is refused, not cut."""
    with pytest.raises(ValueError, match="not arranged"):
        draw_plate("AB12", "CA", named=False)


def test_scene_without_vehicles_has_no_truth(cv2: Any, tmp_path: Path) -> None:
    """An empty street is a picture like any other, and no plate is said to be in it."""
    empty = replace(SCENE, vehicles=())
    (path,) = write_scenes([empty], tmp_path / "out")

    assert {"scene.png": []} == truth([empty])
    assert (320, 200) == ((header := read_header(path.read_bytes())) and (header.width, header.height))


def test_command_renders_a_recipe(cv2: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command writes the pictures and nothing beside them, and the truth only where it is told to."""
    path = recipe(tmp_path, f"scenes: [{{file: a.png, size: [320, 200], vehicles: [{VEHICLE % ''}]}}]")

    assert 0 == main([str(path), str(tmp_path / "out"), "--truth", str(tmp_path / "truth.json")])
    assert ["a.png"] == [p.name for p in (tmp_path / "out").iterdir()]
    assert "4KAN123" == json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))["a.png"][0]["plate"]
    assert f"{tmp_path / 'out' / 'a.png'}\n" == capsys.readouterr().out


def test_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command ends with the code for bad input and one line for each fault."""
    assert 6 == main([str(recipe(tmp_path, "scenes: [3]")), str(tmp_path / "out")])
    assert "recipe.yaml: scene 1: expected keys and values [recipe]\n" == capsys.readouterr().err


def test_demo_pictures_are_the_recipe(cv2: Any, tmp_path: Path) -> None:
    """The demo's pictures are what its recipe renders to, but for the rounding of another encoder."""
    import numpy as np

    scenes = load_recipe(RECIPE)

    assert sorted(s.file for s in scenes) == sorted(p.name for p in DEMO.iterdir() if p.suffix in (".png", ".jpg"))
    for fresh in write_scenes(scenes, tmp_path):
        apart = cv2.absdiff(cv2.imread(str(fresh)), cv2.imread(str(DEMO / fresh.name)))
        assert 2.0 > float(np.mean(apart)), fresh.name


def test_demo_pictures_are_small_and_say_nothing_by_name() -> None:
    """No demo picture is large, and neither a file's name nor its bytes hold a plate."""
    plates = [v["plate"] for s in yaml.safe_load(RECIPE.read_text(encoding="utf-8"))["scenes"] for v in s["vehicles"]]
    pictures = [p for p in DEMO.iterdir() if p.suffix in (".png", ".jpg")]

    assert 5 <= len(pictures) <= 6
    for path in pictures:
        assert 120_000 >= path.stat().st_size
        assert not any(p.encode() in path.name.upper().encode() + path.read_bytes() for p in plates)
