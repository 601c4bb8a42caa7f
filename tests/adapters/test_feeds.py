"""Watched folders and endless lines: each file once, when it is whole, and moved when it was judged."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Any

from tests.adapters.ingest_kit import FRIGATE, ONE_LINE, ingest, summary

from alpr_policy.errors import ExitCode
from alpr_policy_adapters.payloads import MAX_BYTES
from alpr_policy_adapters.pipeline.feeds import Folder, Reading, Together, from_file


def folder(path: Path, **parts: Any) -> Folder:
    """Watch a folder closely."""
    return Folder(path, Reading(), threading.Event(), every=0.01, idle=0.05, **parts)


def test_each_file_is_read_once_and_moved(tmp_path: Path) -> None:
    """Files go to the other folder once they are judged, under another name where theirs is taken."""
    (tmp_path / "a.json").write_text(FRIGATE, encoding="utf-8")
    (tmp_path / "b.jsonl").write_text(f"{ONE_LINE}\n{ONE_LINE}\n", encoding="utf-8")
    (tmp_path / "done").mkdir()
    (tmp_path / "done" / "a.json").write_text("taken", encoding="utf-8")
    watch = ("--watch", "--idle", "0.1", "--done", str(tmp_path / "done"), "--json")
    result = ingest(str(tmp_path), *watch)

    assert (ExitCode.OK, 3) == (result.exit_code, summary(result)["reads"])
    assert ["a-1.json", "a.json", "b.jsonl"] == sorted(path.name for path in (tmp_path / "done").iterdir())


def test_unfinished_and_strange_names_are_left_alone(tmp_path: Path) -> None:
    """Hidden names, downloads that go on, other kinds of file, links and folders are not read."""
    for name in (".hidden.json", "a.json.tmp", "b.json.part", "c.txt"):
        (tmp_path / name).write_text(FRIGATE, encoding="utf-8")
    (tmp_path / "d.json").symlink_to(tmp_path / "c.txt")
    (tmp_path / "e.json").mkdir()

    assert [] == list(folder(tmp_path).open())


def test_a_file_is_read_when_it_has_stopped_changing(tmp_path: Path) -> None:
    """A file that grows from look to look is read once, whole; one renamed into place is read too."""
    path = tmp_path / "a.json"

    def write() -> None:
        with path.open("w", encoding="utf-8") as file:
            for letter in FRIGATE:
                file.write(letter)
                file.flush()
                time.sleep(0.0002)
        (tmp_path / "b.tmp").write_text(FRIGATE, encoding="utf-8")
        os.replace(tmp_path / "b.tmp", tmp_path / "b.json")

    writer = threading.Thread(target=write)
    writer.start()
    watched = Folder(tmp_path, Reading(), threading.Event(), every=0.05, idle=0.4)
    found = [item.received for item in watched.open()]
    writer.join()

    assert [(1, ()), (1, ())] == [(len(one.reads), one.diagnostics) for one in found]


def test_a_file_that_comes_again_is_read_again(tmp_path: Path) -> None:
    """The same name with new content is another file; without a change it is not read a second time."""
    watched, path = folder(tmp_path), tmp_path / "a.json"
    path.write_text(FRIGATE, encoding="utf-8")
    first, again = len(list(watched.open())), len(list(watched.open()))
    path.write_text(FRIGATE + " ", encoding="utf-8")

    assert (1, 0, 1) == (first, again, len(list(watched.open())))


def test_a_folder_that_is_away_is_told_once(tmp_path: Path) -> None:
    """A folder that cannot be listed is one error however often it is looked at."""
    found = list(folder(tmp_path / "away").open())

    assert [("file-unreadable",)] == [tuple(d.code for d in item.received.diagnostics) for item in found]


def test_what_was_not_judged_is_not_moved(tmp_path: Path) -> None:
    """A file of several payloads goes only when the last of them is acknowledged."""
    (tmp_path / "a.jsonl").write_text(f"{ONE_LINE}\n{ONE_LINE}\n", encoding="utf-8")
    first, second = folder(tmp_path, done=tmp_path / "done").open()
    before = (tmp_path / "a.jsonl").exists()
    for item in (first, second):
        assert item.done is not None
        assert (tmp_path / "a.jsonl").exists()
        item.done()

    assert (True, False) == (before, (tmp_path / "a.jsonl").exists())


def test_together_waits_for_the_last() -> None:
    """What several have to acknowledge is acknowledged once, after the last and after the end was told."""
    told: list[int] = []
    together = Together(lambda: told.append(1))
    one, two = together.add(), together.add()
    one()
    two()
    before = list(told)
    together.close()

    assert ([], [1]) == (before, told)


def test_a_line_that_is_too_long_is_passed_over(tmp_path: Path) -> None:
    """An endless line is one error, and the next line is read."""
    path = tmp_path / "long.jsonl"
    path.write_text("x" * (MAX_BYTES * 2 + 5) + "\n" + ONE_LINE + "\n", encoding="utf-8")
    found = list(from_file(path, Reading()))

    assert [("file-too-large",), ()] == [tuple(d.code for d in one.diagnostics) for one in found]
