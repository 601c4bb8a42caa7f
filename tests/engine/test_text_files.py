"""Files of text: only regular ones of bounded size in UTF-8 are read, and nothing hostile is opened."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.engine.yaml_kit import places, plain

from alpr_policy.reading.yaml_nodes import Limits, parse, read_text
from alpr_policy.source import Span


def refused(path: Path, limits: Limits | None = None) -> tuple[str, str]:
    """Read a file that cannot be read; give the code and the sentence."""
    source, found = read_text(path, limits or Limits())
    assert source is None
    assert [str(path)] == [each.span.file for each in found]
    return found[0].code, found[0].message


@pytest.fixture
def written(tmp_path: Path) -> Callable[[bytes], Path]:
    """Return a function that writes bytes to a file."""

    def write(data: bytes) -> Path:
        (tmp_path / "f.yaml").write_bytes(data)
        return tmp_path / "f.yaml"

    return write


Written = Callable[[bytes], Path]


def test_a_byte_order_mark_and_carriage_returns_are_taken(written: Written) -> None:
    """A file saved by Notepad reads, with the right columns."""
    source, found = read_text(written(b"\xef\xbb\xbfa: 1\r\nb: 10.05\r\n"))
    assert source is not None
    tree, faults = parse(source)

    assert [] == found
    assert {"a": 1, "b": "10.05"} == plain(tree)
    assert ["2:4"] == places(faults)
    assert Span(source.name, 1, 1, 1) == (tree.key_span("a") if tree else None)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    """A file that is not there, or under something that is no folder, is named as missing."""
    (tmp_path / "f").write_text("")

    assert ("file-missing", "there is no such file") == refused(tmp_path / "none.yaml")
    assert ("file-missing", "there is no such file") == refused(tmp_path / "f" / "none.yaml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """A folder is refused as such."""
    assert ("file-directory", "this is a folder, not a file") == refused(tmp_path)


def test_an_impossible_name_is_refused() -> None:
    """A name that the system cannot hold is refused, not raised."""
    source, found = read_text(Path("a\0b"))

    assert source is None
    assert ["the file cannot be read: its name cannot be used"] == [each.message for each in found]


def test_a_file_without_leave_to_read_is_said(written: Written) -> None:
    """A file that this user may not read is named as such."""
    path = written(b"a: 1\n")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")

    assert ("file-unreadable", "the file may not be read by this user") == refused(path)


def test_a_pipe_is_never_opened(tmp_path: Path) -> None:
    """A pipe that nobody writes to does not hang the reader."""
    os.mkfifo(tmp_path / "pipe")

    assert "file-not-regular" == refused(tmp_path / "pipe")[0]


def test_a_device_is_never_opened() -> None:
    """An endless device does not hang the reader, also behind a link."""
    assert "file-not-regular" == refused(Path("/dev/zero"))[0]


def test_a_pipe_put_in_place_of_a_file_is_not_read(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was a file at the first look and is a pipe when opened neither hangs nor is read."""
    path = written(b"a: 1\n")
    seen = os.stat(path)
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(os, "stat", lambda *_args, **_kwargs: seen)

    assert "file-not-regular" == refused(path)[0]


def test_a_huge_file_is_refused_by_its_size(written: Written) -> None:
    """A file of a gigabyte is refused before a byte of it is read."""
    path = written(b"")
    os.truncate(path, 2**30)

    assert ("file-too-large", "the file has 1,073,741,824 bytes; at most 1,000,000 are read") == refused(path)


def test_a_file_that_hides_its_size_is_cut_off() -> None:
    """A file that says it has no bytes, and has some, is read no further than the limit."""
    path = Path("/proc/self/status")
    if not path.exists():
        pytest.skip("needs the proc file system")

    assert "file-too-large" == refused(path, Limits(max_bytes=10))[0]


@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        ("a: 1\n".encode("utf-16"), "file-encoding", "the file is written in UTF-16, not in UTF-8"),
        (b"\xfe\xff\0a", "file-encoding", "the file is written in UTF-16, not in UTF-8"),
        ("a: 1\n".encode("utf-32"), "file-encoding", "the file is written in UTF-32, not in UTF-8"),
        ("a: 1\n".encode("utf-16-le"), "file-binary", "this is not a text file: byte 1 is zero"),
        (b"\x7fELF\2\1\1\0\0\xff", "file-binary", "this is not a text file: byte 7 is zero"),
        (b"a: 1\nb: x\x92s\n", "file-encoding", "byte 9 of the file (0x92, on line 2) is not UTF-8"),
        (b"\xef\xbb\xbfa: \xc3", "file-encoding", "byte 6 of the file (0xc3, on line 1) is not UTF-8"),
    ],
)
def test_what_is_not_utf8_is_named(written: Written, data: bytes, code: str, message: str) -> None:
    """Other encodings are named by their mark; one bad byte, by its place in the file."""
    assert (code, message) == refused(written(data))


def test_a_bad_byte_is_shown_at_its_column(written: Written) -> None:
    """The column counts characters, and the help says what the byte most likely was."""
    _, found = read_text(written("é: 1\né: it".encode() + b"\x92s\n"))

    assert ["2:6"] == places(found)
    assert "`’`" in found[0].help
