"""The files of lists in use: what changes is loaded, what cannot be loaded changes nothing and is told once."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from alpr_policy_adapters.hotlists import HotListStore, ListFiles, ListSource, Loaded

HEADER = "plate,state,category,source,effective,expires,entry_id"


def text(*plates: str) -> str:
    """Write a list of these plates."""
    return "".join([f"{HEADER}\n", *(f"{plate},MA,bolo,,,,E{n}\n" for n, plate in enumerate(plates))])


def put(path: Path, content: str) -> None:
    """Put a whole file in place at once, as a careful program does."""
    beside = path.with_suffix(".tmp")
    beside.write_text(content, encoding="utf-8")
    os.replace(beside, path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a list of two plates."""
    put(tmp_path / "list.csv", text("AAA111", "BBB222"))
    return tmp_path / "list.csv"


def in_use(path: Path) -> ListFiles:
    """Load the list under the name `l`."""
    files = ListFiles(HotListStore(), [ListSource(path=path, mapping="plain_csv", name="l")])
    assert [True] == [one.accepted for one in files.load()]
    return files


def looks(files: ListFiles, times: int = 2) -> list[Loaded]:
    """Look so many times, and give what came of it."""
    return [loaded for _ in range(times) for loaded in files.look()]


def plates(files: ListFiles) -> list[str]:
    """Give the plates of the list in use."""
    return [entry.plate for entry in files.store.lists["l"].entries]


def test_a_file_that_does_not_change_is_loaded_once(path: Path) -> None:
    """Without a change nothing is loaded again, so that the list grows old as it should."""
    files = in_use(path)
    before = files.store.lists["l"]

    assert ([], True) == (looks(files, 5), before is files.store.lists["l"])


def test_a_changed_file_takes_the_place_of_the_list(path: Path) -> None:
    """A new file is loaded when it looks the same at two looks, once, and its loading is newer."""
    files = in_use(path)
    put(path, text("AAA111", "CCC333"))
    (first, second, third) = (files.look() for _ in range(3))

    assert ([], [True], []) == (first, [one.accepted for one in second], third)
    assert (["AAA111", "CCC333"], frozenset()) == (plates(files), files.behind)


def test_a_file_that_still_grows_is_left_alone(path: Path) -> None:
    """What differs from look to look is being written, and is loaded whole once it rests."""
    files, found = in_use(path), []
    for end in range(1, 5):
        path.write_text(text("AAA111", "CCC333", "DDD444")[: -10 * (5 - end)], encoding="utf-8")
        found += files.look()
    path.write_text(text("AAA111", "CCC333", "DDD444"), encoding="utf-8")
    rested = looks(files)

    assert ([], 1, ["AAA111", "CCC333", "DDD444"]) == (found, len(rested), plates(files))


@pytest.mark.parametrize(
    ("content", "code"),
    [("no list\n", "hotlist-header"), (f"{HEADER}\n", "hotlist-empty"), ("\0", "hotlist-unreadable")],
)
def test_what_cannot_be_taken_leaves_the_list(path: Path, content: str, code: str) -> None:
    """The last good list stays, its alarm comes once, and something newer is known to exist until it is mended."""
    files = in_use(path)
    before = files.store.lists["l"].loaded_at
    put(path, content)
    (outcome,) = looks(files, 5)
    behind = files.behind

    assert ([code], ["AAA111", "BBB222"]) == ([d.code for d in outcome.alarm], plates(files))
    assert (before, {"l"}) == (files.store.lists["l"].loaded_at, behind)
    put(path, text("DDD444", "EEE555"))
    assert ([True], ["DDD444", "EEE555"], frozenset()) == (
        [one.accepted for one in looks(files)],
        plates(files),
        files.behind,
    )


def test_a_file_that_has_gone_leaves_the_list(path: Path) -> None:
    """Where the file is gone the list stays, that is told once, and nothing newer is claimed."""
    files = in_use(path)
    path.unlink()
    (outcome,) = looks(files, 4)

    assert (["hotlist-missing"], 2, frozenset()) == (
        [d.code for d in outcome.alarm],
        len(plates(files)),
        files.behind,
    )


def test_a_defect_while_loading_leaves_the_list(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where loading fails in a way that nobody foresaw, the list stays and looking goes on."""
    files = in_use(path)
    put(path, text("CCC333"))

    def fails(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("alpr_policy_adapters.hotlists.store.load_list", fails)
    (outcome,) = looks(files, 3)

    assert (["hotlist-unreadable"], 2) == ([d.code for d in outcome.alarm], len(plates(files)))


def test_watching_ends_when_it_is_to_end(path: Path) -> None:
    """A thread that watches tells each load, and ends once the event is set."""
    files, closing, told = in_use(path), threading.Event(), list[Loaded]()

    def tell(loaded: Loaded) -> None:
        told.append(loaded)
        closing.set()

    put(path, text("AAA111", "CCC333"))
    watcher = threading.Thread(target=files.watch, args=(closing, tell), kwargs={"every": 0.005})
    watcher.start()
    watcher.join(20)

    assert (False, 1, "CCC333") == (watcher.is_alive(), len(told), plates(files)[1])


def test_two_lists_of_one_name_are_refused(path: Path) -> None:
    """Each list has a name of its own, else one would take the other's place."""
    one = ListSource(path=path, mapping="plain_csv", name="l")
    with pytest.raises(ValueError, match="same name"):
        ListFiles(HotListStore(), [one, one])
