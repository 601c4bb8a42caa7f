"""Laws of hot lists: what is found is what the definition says, and a list is the old one or the new one."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from alpr_policy_adapters.hotlists import LOOK_ALIKES, HotListEntry, HotListStore, LoadMode, Matcher

HEADER = "plate,state,category,source,effective,expires,entry_id"
PLATES = st.text("A80OB", min_size=1, max_size=5)
STATES = st.sampled_from(["MA", "NH", None])
LISTS = st.lists(st.tuples(PLATES, STATES), max_size=8)


@dataclass(frozen=True)
class Read:
    plate: str
    state: str | None = "MA"
    alternates: tuple[str, ...] = ()
    captured_at: datetime | None = None


def entries(listed: list[tuple[str, str | None]]) -> list[HotListEntry]:
    """Make entries named by their number."""
    return [
        HotListEntry(
            plate=plate, state=state, category="bolo", source="", effective=None, expires=None, entry_id=str(n), line=n
        )
        for n, (plate, state) in enumerate(listed)
    ]


def defined(read: str, listed: str, alike: int, other: int) -> bool:
    """Say by trying every way whether two plates meet: the definition, short and slow."""

    @cache
    def meet(i: int, j: int, alike: int, other: int) -> bool:
        if other < 0:
            return False
        if i == len(read) or j == len(listed):
            return len(read) - i + len(listed) - j <= other
        a, b = read[i], listed[j]
        if a == b and meet(i + 1, j + 1, alike, other):
            return True
        if alike and any(a in same and b in same for same in LOOK_ALIKES) and meet(i + 1, j + 1, alike - 1, other):
            return True
        return any(meet(i + di, j + dj, alike, other - 1) for di, dj in ((1, 1), (1, 0), (0, 1)))

    return meet(0, 0, alike, other)


@settings(max_examples=300)
@given(PLATES, STATES, LISTS, st.integers(0, 2), st.integers(0, 3))
def test_matching_is_as_defined(
    plate: str, state: str | None, listed: list[tuple[str, str | None]], alike: int, other: int
) -> None:
    """A read meets just those entries that the definition gives, whatever the index by which they are found."""
    hits = Matcher(entries(listed), look_alikes=alike, differences=other).match(Read(plate, state))
    expected = [
        str(n)
        for n, (text, where) in enumerate(listed)
        if (state is None or where is None or state == where) and defined(plate, text, alike, other)
    ]

    assert sorted(expected) == sorted(hit.entry.entry_id for hit in hits)


@given(PLATES, PLATES, st.integers(0, 3), st.integers(0, 3))
def test_differences_turn_one_plate_into_the_other(read: str, listed: str, alike: int, other: int) -> None:
    """The differences of a hit, applied to the plate that was read, give the plate that is listed."""
    for hit in Matcher(entries([(listed, "MA")]), look_alikes=alike, differences=other).match(Read(read)):
        made, at = [], 1
        for one in hit.differences:
            made.append(read[at - 1 : one.place - 1])
            assert one.read == read[one.place - 1 : one.place - 1 + len(one.read)]
            made.append(one.listed)
            at = one.place + len(one.read)

        assert listed == "".join([*made, read[at - 1 :]])


LINES = st.lists(
    st.tuples(st.sampled_from(["put", "remove"]), st.sampled_from("ABCD"), PLATES, st.sampled_from(["MA", "NH"])),
    max_size=6,
)


@settings(max_examples=60)
@given(st.lists(LINES, max_size=4))
def test_incremental_is_complete(files: list[list[tuple[str, str, str, str]]]) -> None:
    """A list brought up to date file by file holds the same entries as the complete list of what is left."""
    model = {"Z": ("ZZZ", "MA")}
    store = HotListStore(most_lost=1.0)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        path.write_text(f"{HEADER}\nZZZ,MA,bolo,,,,Z\n", encoding="utf-8")
        store.load(path, name="l")
        for lines in files:
            rows = [f"{change},{plate},{state},bolo,,,,{key}" for change, key, plate, state in lines]
            path.write_text("\n".join([f"change,{HEADER}", *rows]) + "\n", encoding="utf-8")
            store.load(path, "changes_csv", name="l", mode=LoadMode.INCREMENTAL)
            for change, key, plate, state in lines:
                if change == "put":
                    model[key] = (plate, state)
                else:
                    model.pop(key, None)
    found = {e.entry_id: (e.plate, e.state) for e in store.lists["l"].entries}

    assert model == found
    assert len(model) == len(store.lists["l"].entries)


def test_a_reader_sees_one_list_or_the_other() -> None:
    """While a list is renewed, each read is compared with the whole old list or the whole new one, never a mix."""
    store, seen, done = HotListStore(), set(), threading.Event()
    with TemporaryDirectory() as folder:
        paths = []
        for name in ("old", "new"):
            paths.append(Path(folder) / f"{name}.csv")
            rows = [f"ABC123,MA,bolo,{name},,,{n}" for n in range(40)]
            paths[-1].write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
        store.load(paths[0], name="l")
        matcher = store.matcher(look_alikes=1, differences=1)

        def watch() -> None:
            while not done.is_set():
                hits = matcher.match(Read("ABC123"))
                seen.add((len(hits), frozenset(hit.entry.source for hit in hits)))

        watchers = [threading.Thread(target=watch) for _ in range(3)]
        for one in watchers:
            one.start()
        for number in range(40):
            store.load(paths[number % 2], name="l")
        done.set()
        for one in watchers:
            one.join()

    assert {(40, frozenset({"old"})), (40, frozenset({"new"}))} >= seen
    assert seen
