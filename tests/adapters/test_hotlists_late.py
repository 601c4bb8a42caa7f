"""Entries whose fields are read from the list only when they are asked for: nobody can tell, whichever comes first."""

from __future__ import annotations

import copy
import dataclasses
import gc
import pickle
import threading
import weakref
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_policy_adapters.hotlists import HotListEntry, load_csv
from alpr_policy_adapters.hotlists.align import LOOK_ALIKES, fold

LINE = "plate,state,category,source,effective,expires,entry_id\nabc-123,MA,bolo,src,2026-01-02,2026-02-03,{id}\n"
LOADED = datetime(2026, 1, 3, tzinfo=UTC)
WHOLE = HotListEntry(
    plate="ABC123",
    state="MA",
    category="bolo",
    source="src",
    effective=date(2026, 1, 2),
    expires=date(2026, 2, 3),
    entry_id="E1",
    line=2,
    listed_as="abc-123",
    list_name="list.csv",
    loaded_at=LOADED,
)


def late(folder: Path, entry_id: str = "E1") -> HotListEntry:
    """Give an entry of a list, of which nobody has asked anything yet."""
    path = folder / "list.csv"
    path.write_text(LINE.format(id=entry_id), encoding="utf-8")
    return load_csv(path, loaded_at=LOADED).entries[0]


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(HotListEntry)])
def test_every_field_may_be_the_first(tmp_path: Path, name: str) -> None:
    """Whichever field is asked for first, it is what the list says, and so is the rest."""
    found = late(tmp_path)

    assert (getattr(WHOLE, name), WHOLE) == (getattr(found, name), found)


@pytest.mark.parametrize(
    "use",
    [
        hash,
        repr,
        copy.copy,
        dataclasses.asdict,
        HotListEntry.to_dict,
        lambda one: dataclasses.replace(one, line=9),
        lambda one: pickle.loads(pickle.dumps(one)),
        lambda one: one.in_force(LOADED),
        lambda one: one.partial,
        lambda one: one == WHOLE,
    ],
)
def test_whatever_is_done_with_it(tmp_path: Path, use: Callable[[Any], Any]) -> None:
    """Comparing, showing, copying and replacing give what they give for an entry that was made whole."""
    assert use(WHOLE) == use(late(tmp_path))


def test_an_entry_without_an_id_is_named_by_its_line(tmp_path: Path) -> None:
    """Where the list gives no id the line stands for it, though it is worked out late."""
    assert "line-2" == late(tmp_path, "").entry_id


@pytest.mark.parametrize("made", [lambda folder: WHOLE, late])
def test_what_is_no_field_is_none(tmp_path: Path, made: Callable[[Path], Any]) -> None:
    """A name that is no field is an error as of any object, and nothing can be set."""
    with pytest.raises(AttributeError):
        _ = made(tmp_path).plates
    with pytest.raises(dataclasses.FrozenInstanceError):
        made(tmp_path).plate = "X"


def test_an_entry_that_was_looked_at_does_not_keep_its_list(tmp_path: Path) -> None:
    """A list that was replaced can go though somebody still holds one of its entries."""
    path = tmp_path / "list.csv"
    path.write_text(LINE.format(id="E1"), encoding="utf-8")
    table = load_csv(path).entries
    found, gone = table[0], weakref.ref(table)
    del table
    gc.collect()
    before = gone() is not None
    _ = found.plate
    gc.collect()

    assert (True, None) == (before, gone())


def test_threads_may_ask_at_once(tmp_path: Path) -> None:
    """Threads that ask an entry for its fields at the same time all get the same."""
    for _ in range(50):
        found, seen, start = late(tmp_path), list[Any](), threading.Barrier(4)

        def ask(one: HotListEntry = found, into: list[Any] = seen, begin: threading.Barrier = start) -> None:
            begin.wait(10)
            into.append((one.plate, one.entry_id, one.timezone))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert [("ABC123", "E1", None)] * 4 == seen


@given(st.text(st.one_of(st.characters(), st.sampled_from("0ODQ1I2Z5S8B6GAX")), max_size=12))
def test_folding_is_letter_by_letter(text: str) -> None:
    """Folding takes each look-alike for the first of its set and leaves any other character, whatever it is."""
    first = {letter: same[0] for same in LOOK_ALIKES for letter in same}

    assert "".join(first.get(letter, letter) for letter in text) == fold(text)
