"""Random scenes: their truth is in the picture, comes from seed, number and kind alone, and is written beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_policy_adapters.plates.containers import jpeg_segments
from alpr_policy_adapters.plates.headers import read_header
from alpr_policy_adapters.scenes import KINDS, Plan, draw_styled, generate, plans, write_generated
from alpr_policy_adapters.scenes.__main__ import main
from alpr_policy_adapters.scenes.formats import FORMATS, SPECIAL, suits
from alpr_policy_adapters.scenes.generator import HEADER, draw, truth_rows
from alpr_policy_adapters.scenes.plans import SIZES, plan_scene

SMALL = (480, 320)
ANY_PLAN = st.builds(
    plan_scene,
    st.integers(-(2**40), 2**40),
    st.integers(0, 99_999),
    st.sampled_from(KINDS),
    size=st.sampled_from([*SIZES, SMALL]),
)


@pytest.fixture(scope="module")
def cv2() -> Any:
    """Return OpenCV, or skip."""
    return pytest.importorskip("cv2", reason="needs the extra `ocr`: pip install 'alpr-policy[ocr]'")


@given(plan=ANY_PLAN)
def test_truth_is_inside_the_frame(plan: Plan) -> None:
    """Every box lies inside the frame; only in an occluded scene does the edge cut a plate's margin."""
    for (x, y, wide, tall), placed in plan.boxes():
        across = [c[0] for c in placed.corners()]
        down = [c[1] for c in placed.corners()]
        whole = (max(across) - min(across)) * (max(down) - min(down))

        assert 0 <= x < x + wide <= plan.size[0]
        assert 0 <= y < y + tall <= plan.size[1]
        assert wide * tall >= whole * (0.96 if plan.kind == "occluded" else 1)
        assert 20 < wide


@given(plan=ANY_PLAN)
def test_every_kind_has_the_plates_it_says(plan: Plan) -> None:
    """An empty scene has no plate and no row, one of several has two to four, and any other has one."""
    wanted = {"empty": {0}, "several": {2, 3, 4}}.get(plan.kind, {1})

    assert len(plan.boxes()) in wanted
    assert len(plan.boxes()) == len(truth_rows(plan)) == len(plan.describe()["plates"])


@given(plan=ANY_PLAN)
def test_planned_serials_suit_their_layouts(plan: Plan) -> None:
    """A planned serial suits its layout, and that is a layout of the state it is said to be of, or one of no state."""
    for _, placed in plan.boxes():
        assert suits(placed.serial, placed.layout)
        assert placed.layout in (FORMATS[placed.state] if placed.state else SPECIAL)


@given(seed=st.integers(0, 2**40), index=st.integers(0, 99), kind=st.sampled_from(KINDS))
def test_plan_does_not_depend_on_what_was_planned_before(seed: int, index: int, kind: str) -> None:
    """A scene is the same whether it is planned alone, again, or after others."""
    alone = plan_scene(seed, index, kind)
    plan_scene(seed, index + 1, kind)

    assert alone == plan_scene(seed, index, kind)
    assert alone == list(plans(index + 1, seed, kinds=[kind]))[-1]


@given(plan=st.builds(plan_scene, st.integers(0, 2**40), st.integers(0, 99), st.just("several")))
def test_no_vehicle_hides_a_farther_plate(plan: Plan) -> None:
    """No nearer vehicle's box touches the box of a farther vehicle's plate."""
    for i, far in enumerate(plan.vehicles):
        xs, ys = [c[0] for c in far.corners()], [c[1] for c in far.corners()]
        for near in plan.vehicles[i + 1 :]:
            left, top, right, bottom = near.extent()
            assert near.plate_width >= far.plate_width
            assert max(xs) < left or min(xs) > right or max(ys) < top or min(ys) > bottom


def test_kinds_take_turns() -> None:
    """Scenes come in the order of the kinds asked for, again and again."""
    assert ["day", "empty", "day", "empty", "day"] == [p.kind for p in plans(5, 1, kinds=["day", "empty"])]
    assert list(KINDS) == [p.kind for p in plans(len(KINDS), 1)]


@pytest.mark.parametrize(
    ("kind", "size", "count", "message"),
    [
        ("fog", SMALL, 1, "no kind of scene `fog`"),
        ("day", (10, 480), 1, "sides are 320 to 4096"),
        ("day", (480, 99_999), 1, "sides are 320 to 4096"),
        ("day", SMALL, 100_001, "at a time"),
        ("day", SMALL, -1, "at a time"),
    ],
)
def test_what_cannot_be_planned_is_refused(kind: str, size: tuple[int, int], count: int, message: str) -> None:
    """An unknown kind, a size or a number out of bounds is an error."""
    with pytest.raises(ValueError, match=message):
        list(plans(count, 1, kinds=[kind], size=size))


def test_planned_truth_is_pinned(golden: Any) -> None:
    """The truth of one seed's first scenes stays what it is, so that figures measured on a seed can be compared."""
    golden("scenes-truth.tsv", "\n".join([HEADER, *(row for p in plans(28, 1) for row in truth_rows(p))]) + "\n")


def test_same_plan_same_pixels(cv2: Any) -> None:
    """A scene is drawn to the same pixels again, alone or after others, and other seeds give other pixels."""
    several = [picture.tobytes() for _, picture in generate(3, 5, kinds=["night", "rain", "snow"], size=SMALL)]

    assert several[2] == draw(plan_scene(5, 2, "snow", size=SMALL)).tobytes()
    assert several[0] == draw(plan_scene(5, 0, "night", size=SMALL)).tobytes()
    assert several[0] != draw(plan_scene(6, 0, "night", size=SMALL)).tobytes()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("empty", "occluded", "blur")])
def test_drawn_plate_is_where_the_truth_says(cv2: Any, kind: str) -> None:
    """Flattened by the true corners, a drawn scene shows the flat plate, as far as light and weather let it."""
    import numpy as np

    plan = plan_scene(2, 0, kind, size=(960, 640))
    picture = draw(plan)
    target = np.array([(0, 0), (160, 0), (160, 80), (0, 80)], np.float32)
    assert (640, 960, 3) == picture.shape
    for _, placed in plan.boxes():
        turn = cv2.getPerspectiveTransform(np.array(placed.corners(), np.float32), target)
        seen = cv2.cvtColor(cv2.warpPerspective(picture, turn, (160, 80)), cv2.COLOR_BGR2GRAY)
        assert placed.style is not None
        flat = cv2.cvtColor(draw_styled(placed.serial, placed.layout, placed.style), cv2.COLOR_BGR2GRAY)
        flat = cv2.GaussianBlur(cv2.resize(flat, (160, 80), interpolation=cv2.INTER_AREA), (0, 0), 1.5)

        assert 0.6 < np.corrcoef(seen[8:72, 6:154].ravel(), flat[8:72, 6:154].ravel())[0, 1], placed.serial


def test_written_scenes_and_their_truth(cv2: Any, tmp_path: Path) -> None:
    """Pictures of pixels alone are written, with a table and details that say the same, and nothing else is left."""
    seen: list[int] = []
    wanted = list(plans(3, 9, kinds=["day", "empty", "several"], size=SMALL))
    written = write_generated(tmp_path / "new" / "out", wanted, progress=seen.append)
    rows = [line.split("\t") for line in (tmp_path / "new/out/truth.tsv").read_text(encoding="utf-8").splitlines()]
    details = json.loads((tmp_path / "new/out/scenes.json").read_text(encoding="utf-8"))

    assert [1, 2, 3] == seen
    assert {p.name for p in written} == {p.name for p in (tmp_path / "new" / "out").iterdir()}
    assert HEADER.split("\t") == rows[0]
    assert [[f, *map(str, p["box"]), p["plate"]] for f, d in details.items() for p in d["plates"]] == rows[1:]
    assert {"scene-00000.jpg", "scene-00002.jpg"} == {row[0] for row in rows[1:]}
    assert ["day", "empty", "several"] == [d["kind"] for d in details.values()]
    for plan in wanted:
        data = (tmp_path / "new" / "out" / plan.file).read_bytes()
        header = read_header(data)
        assert header and SMALL == (header.width, header.height)
        assert {0xE0, 0xDB, 0xC0, 0xC4, 0xDA} == {segment.kind[0] for segment in jpeg_segments(data)}


def test_command_draws_random_scenes(cv2: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command writes the scenes asked for, tells how far it is, and refuses a folder with scenes in it."""
    words = ["generate", str(tmp_path / "out"), "--count", "2", "--seed", "3", "--kinds", "small,empty"]
    words += ["--size", "400x320"]

    assert 0 == main(words)
    said = capsys.readouterr()
    assert f"2 scenes in {tmp_path / 'out'}, what is in them in {tmp_path / 'out' / 'truth.tsv'}\n" == said.out
    assert "1 of 2 scenes\n2 of 2 scenes\n" == said.err
    assert 6 == main(words)
    assert "cannot write: scenes are in the folder already; empty it, or name another\n" == capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["--count", "-1"], ["--count", "many"], ["--kinds", "fog"], ["--size", "10x10"], ["--size", "wide"]]
)
def test_command_refuses_what_it_cannot_draw(tmp_path: Path, words: list[str], capsys: Any) -> None:
    """Options out of bounds end with the parser's message, before anything is written."""
    with pytest.raises(SystemExit) as caught:
        main(["generate", str(tmp_path / "out"), *words])

    assert 2 == caught.value.code
    assert words[0] in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
