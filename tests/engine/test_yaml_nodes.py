"""The YAML reader: what words mean, what is refused, where errors are shown, and that nothing hostile hurts it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from alpr_policy.errors import Diagnostic
from alpr_policy.reading import yaml_events
from alpr_policy.reading.yaml_nodes import Limits, MappingNode, Node, ScalarNode, SequenceNode, parse, read_text
from alpr_policy.reading.yaml_syntax import Scene, explain
from alpr_policy.source import SourceFile, Span

CASES = Path(__file__).parents[1] / "cases" / "yaml"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
PARSERS = {"libyaml": yaml_events.PARSER, "python": yaml_events.PlainParser}


def cases(file: str) -> pytest.MarkDecorator:
    """Turn a file of named cases into parameters of a test."""
    loaded = yaml.safe_load((CASES / file).read_text(encoding="utf-8"))
    return pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in loaded])


@pytest.fixture(params=PARSERS)
def either_parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test with libyaml and with the parser that stands in where it is missing."""
    monkeypatch.setattr(yaml_events, "PARSER", PARSERS[request.param])


def read(text: str, limits: Limits | None = None) -> tuple[MappingNode | SequenceNode | None, list[Diagnostic]]:
    """Read a text that may be a mapping or a list."""
    return parse(SourceFile("f.yaml", text), limits or Limits(), allow_sequence=True)


def mapping(text: str) -> MappingNode:
    """Read a text that has no errors."""
    tree, found = parse(SourceFile("f.yaml", text))
    assert found == []
    assert tree is not None
    return tree


def plain(node: Node | None) -> Any:
    """Turn a tree into plain lists and dicts."""
    if isinstance(node, SequenceNode):
        return [plain(item) for item in node.items]
    if isinstance(node, MappingNode):
        return {key.text: plain(value) for key, value in node.entries}
    return node.value if node else None


def scalars(node: Node) -> list[ScalarNode]:
    """List all words of a tree, keys included."""
    if isinstance(node, SequenceNode):
        return [word for item in node.items for word in scalars(item)]
    if isinstance(node, MappingNode):
        return [word for key, value in node.entries for word in (key, *scalars(value))]
    return [node]


def places(found: list[Diagnostic]) -> list[str]:
    """Give the places of errors as `line:column`."""
    return [f"{each.span.line}:{each.span.column}" for each in found]


def codes(found: list[Diagnostic]) -> list[str]:
    """Give the codes of errors."""
    return [each.code for each in found]


def many(value: Any) -> list[Any]:
    """Make a list of one or many."""
    return value if isinstance(value, list) else [value]


# --- words, refusals, syntax errors ---


@cases("words.yaml")
def test_a_plain_word_means_one_thing_or_is_refused(case: dict[str, Any]) -> None:
    """Each plain word is a text, integer, boolean, null or date, or is refused because readers disagree on it."""
    tree, found = parse(SourceFile("f.yaml", f"key: {case['word']}\n"))
    assert tree is not None
    word = tree.get("key")

    assert isinstance(word, ScalarNode)
    assert many(case.get("refused", [])) == codes(found)
    assert (case["gives"], case["kind"], False) == (word.value, word.kind, word.quoted)
    assert type(case["gives"]) is type(word.value)
    assert case["word"] == word.text or case["word"].strip() == word.text


@cases("words.yaml")
def test_a_quoted_word_is_a_text(case: dict[str, Any]) -> None:
    """In quotes every word is a text, whatever it looks like."""
    word = mapping(f"key: '{case['word']}'\n").get("key")

    assert isinstance(word, ScalarNode)
    assert (case["word"], case["word"], "text", True) == (word.value, word.text, word.kind, word.quoted)


@cases("syntax.yaml")
@pytest.mark.usefixtures("either_parser")
def test_a_syntax_error_is_told_once_and_the_rest_is_kept(case: dict[str, Any]) -> None:
    """Each syntax error is shown once, where it is, in a sentence; entries before and after it are kept."""
    tree, found = read(case["text"])

    assert many(case["says"]) == [each.message for each in found]
    assert many(case["at"]) == places(found)
    assert many(case.get("code", ["yaml-syntax"] * len(found))) == codes(found)
    assert case["keeps"] == plain(tree)
    assert case.get("drops", []) == (list(tree.dropped) if isinstance(tree, MappingNode) else [])


@cases("refused.yaml")
@pytest.mark.usefixtures("either_parser")
def test_what_yaml_can_do_beyond_plain_data_is_refused(case: dict[str, Any]) -> None:
    """Anchors, aliases, tags, merging, several documents, directives and doubtful keys are errors with a place."""
    tree, found = read(case["text"])

    assert case["codes"] == codes(found)
    assert case["keeps"] == plain(tree)
    if found:
        first = found[0]
        assert case["at"] == places(found)[0]
        assert case.get("says", first.message) == first.message
        assert case.get("help", first.help) == first.help


def test_a_message_never_speaks_the_parsers_language() -> None:
    """No sentence about a syntax error holds the words of a YAML library."""
    broken = yaml.safe_load((CASES / "syntax.yaml").read_text(encoding="utf-8"))
    said = " ".join(each.message + each.help for case in broken for each in read(case["text"])[1])

    assert [] == [word for word in ("while parsing", "token", "scalar", "flow", "simple key", "node") if word in said]


def test_an_unknown_complaint_of_the_parser_is_passed_on() -> None:
    """A complaint that we have no sentence for is quoted, with its place."""
    stop = yaml_events.Stop(problem="found a dragon", context="", at=yaml_events.Place(0, 2), begun=None)
    told = explain(Scene(stop=stop, lines=["a: b"]))

    assert "this cannot be read as YAML: found a dragon" == told.message
    assert yaml_events.Place(0, 2) == told.place


def test_a_failing_parser_is_an_error_and_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception of the parser's own becomes a diagnostic."""

    class Failing(yaml_events.PlainParser):
        def get_event(self) -> Any:
            raise RuntimeError("boom")

    monkeypatch.setattr(yaml_events, "PARSER", Failing)
    tree, found = read("a: 1\n")

    assert tree is None
    assert ["this cannot be read as YAML: boom"] == [each.message for each in found]


def test_an_error_behind_the_last_line_is_shown_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that the parser finds beyond the text is shown behind the last thing that can be seen."""

    class Failing(yaml_events.PlainParser):
        def get_event(self) -> Any:
            raise yaml.MarkedYAMLError(problem="dragon", problem_mark=yaml.Mark("", 0, 3, 0, None, 0))

    monkeypatch.setattr(yaml_events, "PARSER", Failing)

    assert ["1:5"] == places(read("a: 1\n\n\n")[1])


def test_a_list_is_refused_where_keys_are_expected() -> None:
    """A profile cannot be a list; a file of requests can."""
    source = SourceFile("f.yaml", "- a\n")

    assert ["yaml-top-level"] == codes(parse(source)[1])
    assert parse(source)[0] is None
    assert ["a"] == plain(parse(source, allow_sequence=True)[0])


# --- places ---


@pytest.mark.usefixtures("either_parser")
def test_columns_count_characters() -> None:
    """Letters beyond ASCII, and beyond sixteen bits, count as one column each; carriage returns count for nothing."""
    tree = mapping("é: 'ü😀x'\r\n𝒳z: [汉, b]\r\n")
    first, second = tree.entries
    assert isinstance(second[1], SequenceNode)

    assert Span("f.yaml", 1, 1, 1) == first[0].span
    assert Span("f.yaml", 1, 4, 5) == first[1].span
    assert Span("f.yaml", 2, 5, 6) == second[1].span
    assert Span("f.yaml", 2, 9, 1) == second[1].items[1].span


def test_a_span_is_the_first_line_of_what_it_names() -> None:
    """Lists, mappings and texts of several lines are shown by their first line; nothing, by where it would stand."""
    tree = mapping("a:\n  b: 1\n  c: 2\nd: |  \n  text\n  text\ne:\nf: x\n  z\n")

    assert Span("f.yaml", 2, 3, 4) == tree.entries[0][1].span
    assert Span("f.yaml", 4, 4, 1) == tree.entries[1][1].span
    assert Span("f.yaml", 7, 3, 1) == tree.entries[2][1].span
    assert Span("f.yaml", 8, 4, 1) == tree.entries[3][1].span
    assert "x z" == plain(tree.entries[3][1])


def test_a_mapping_finds_values_and_the_places_of_keys() -> None:
    """A key that is not there has no value, and the place of the whole mapping."""
    tree = mapping("a: 1\nb: x\n")

    assert "x" == plain(tree.get("b"))
    assert None is tree.get("c")
    assert Span("f.yaml", 2, 1, 1) == tree.key_span("b")
    assert tree.span == tree.key_span("c")


def test_errors_after_a_fresh_start_keep_their_lines() -> None:
    """What follows a syntax error is read again under its own line numbers."""
    _, found = read("a: [\n# x\n\nb:\n  c: 10.05\n")

    assert ["1:4", "5:6"] == places(found)


# --- limits ---

DEEP = {
    "brackets": "[" * 100_000,
    "brackets under a key": "a: " + "[" * 100_000,
    "braces": "{" * 100_000,
    "pairs": "[a: " * 100_000,
    "dashes": "- " * 100_000,
    "questions": "? " * 100_000,
    "indentation": "".join(f"{' ' * n}a:\n" for n in range(1000)),
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP.keys())
@pytest.mark.usefixtures("either_parser")
def test_deep_nesting_is_refused_while_reading(text: str) -> None:
    """However deep a file is nested, one error says so and nothing overflows."""
    assert ["yaml-too-deep"] == codes(read(text)[1])


def test_the_limit_of_depth_is_exact() -> None:
    """A file may be as deep as the limit, and no deeper."""
    limits = Limits(max_depth=3)

    assert [] == read("a: {b: [1]}\n", limits)[1]
    assert ["1:9"] == places(read("a: {b: [[1]]}\n", limits)[1])
    assert [] == read("a:\n  b:\n    - 1\n", limits)[1]


def test_a_billion_laughs_is_refused() -> None:
    """Aliases are never followed, so that a small file cannot become a large tree."""
    lines = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) if n else 'lol'}]" for n in range(9)]
    tree, found = read("\n".join(lines))

    assert {"yaml-anchor", "yaml-alias"} == set(codes(found))
    assert isinstance(tree, MappingNode)
    assert [1] + [9] * 8 == [len(value) for value in plain(tree).values()]


def test_too_many_nodes_are_refused_while_reading() -> None:
    """The number of words, lists and mappings is bounded; a list counts, and so does a key."""
    assert [] == read("a: [1, 2]\n", Limits(max_nodes=5))[1]
    assert [("yaml-too-many-nodes", "1:8")] == [
        (each.code, places([each])[0]) for each in read("a: [1, 2]\n", Limits(max_nodes=4))[1]
    ]


def test_a_long_text_is_refused() -> None:
    """One text may be as long as the limit, and no longer."""
    limits = Limits(max_scalar=5)

    assert [] == read("a: bbbbb\n", limits)[1]
    assert ["yaml-scalar-size"] == codes(read("a: bbbbbb\n", limits)[1])


def test_a_long_file_is_refused_by_its_bytes() -> None:
    """The size of a file is counted in bytes of UTF-8."""
    limits = Limits(max_bytes=7)

    assert [] == read("a: éé\n"[:-1], limits)[1]
    assert ["file-too-large"] == codes(read("a: éé\n", limits)[1])
    assert ["file-too-large"] == codes(read("a: bbbbbbb\n", limits)[1])


def test_too_many_errors_end_the_reading() -> None:
    """After the last error that is worth showing, reading stops and says so."""
    found = read("".join(f"a{n}: 1.{n}\n" for n in range(50)), Limits(max_errors=3))[1]

    assert ["yaml-decimal"] * 3 + ["yaml-too-many-errors"] == sorted(codes(found))


def test_the_number_of_fresh_starts_is_bounded() -> None:
    """After so many syntax errors reading stops, and says at which line."""
    found = read("".join(f"a{n}: @\n" for n in range(50)), Limits(max_resumptions=4))[1]

    assert ["yaml-syntax"] * 5 + ["yaml-too-many-errors"] == codes(found)
    assert "6:1" == places(found)[-1]


# --- files ---


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


# --- laws ---

noise = st.text(max_size=200) | st.text("ab01:-?,.[]{}\"'#&*!|>%@`~<=\\ \t\n\r", max_size=120)
letters = st.text("abzé汉😀' :#-,[]{}\"\\&*!|>%@`", max_size=8).map(lambda text: f"k{text}k")
values = st.recursive(
    letters | st.integers(-(10**17), 10**17) | st.booleans() | st.none() | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(letters, inner, max_size=4),
    max_leaves=20,
)
entries = st.dictionaries(letters, values, min_size=1, max_size=5)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Write entries down in lines, in brackets, or in a mixture."""
    style = draw(st.sampled_from([True, False, None]))
    return str(yaml.safe_dump(draw(entries), default_flow_style=style, allow_unicode=True, width=10**6))


BROKEN = [
    "bad: [1", "bad: 'x", 'bad: "x', "bad: {a", "bad: x: z", "bad: 'it's'", "bad word", "bad: @x", "bad:\n\tx: 1",
    "bad:\n  x: 1\n z: 2", "bad: x\n  z: 2", "bad:\n  - [1\n  - {x", "bad: - x", "bad: ]", "bad: |x", "bad: \"\\q\"",
]  # fmt: skip


@pytest.mark.parametrize("parser", PARSERS.values(), ids=PARSERS.keys())
@given(text=noise)
def test_any_text_is_read_or_refused(parser: Any, text: str) -> None:
    """Whatever the text, reading ends without an exception, twice the same, and each error shows a place in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_events, "PARSER", parser)
        tree, found = read(text)
        again = read(text)

    assert (tree, found) == again
    assert (tree is None) <= bool(found)
    lines = text.splitlines()
    for each in found:
        assert 1 <= each.span.line <= len(lines) + 1
        assert each.message and each.code.islower()
        line = lines[each.span.line - 1] if each.span.line <= len(lines) else ""
        assert 1 <= each.span.column <= len(line) + 1


@given(text=noise)
def test_what_is_read_without_errors_is_what_yaml_says(text: str) -> None:
    """A text that passes means to a YAML 1.1 reader the same texts in the same shape."""
    tree, found = read(text)
    if not found:
        assert plain_texts(tree) == composed(yaml.compose(text, Loader=LOADER))


def plain_texts(node: Node | None) -> Any:
    """Turn a tree into lists and pairs of bare texts."""
    if isinstance(node, SequenceNode):
        return [plain_texts(item) for item in node.items]
    if isinstance(node, MappingNode):
        return [(key.text, plain_texts(value)) for key, value in node.entries]
    return node.text if node else None


def composed(node: Any) -> Any:
    """Turn PyYAML's own tree into lists and pairs of bare texts."""
    if isinstance(node, yaml.SequenceNode):
        return [composed(item) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return [(composed(key), composed(value)) for key, value in node.value]
    return node.value


@given(text=documents())
def test_a_sound_document_reads_as_written(text: str) -> None:
    """A document without doubtful words gives the values that were written."""
    assert yaml.safe_load(text) == plain(mapping(text))


@given(text=documents())
def test_every_span_points_at_its_text(text: str) -> None:
    """What stands at the place of a word is that word, with its quotes."""
    lines = text.split("\n")
    for word in scalars(mapping(text)):
        start = word.span.column - 1
        there = lines[word.span.line - 1][start : start + word.span.width]
        if word.quoted:
            assert word.value == yaml.safe_load(there)
        else:
            assert word.text == there.strip(" ")


@given(before=st.integers(0, 4), after=st.integers(0, 4), broken=st.sampled_from(BROKEN))
def test_one_broken_entry_costs_no_other(before: int, after: int, broken: str) -> None:
    """A broken entry among sound ones is one error on one of its own lines, and all the others are kept."""
    sound = [f"k{n}: {{v: [{n}]}}" for n in range(before + after)]
    text = "\n".join([*sound[:before], broken, *sound[before:]]) + "\n"
    tree, found = read(text)

    assert 1 == len(found)
    assert before < found[0].span.line <= before + 1 + broken.count("\n")
    assert {f"k{n}": {"v": [n]} for n in range(before + after)} == (plain(tree) or {})
