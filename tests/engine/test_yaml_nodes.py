"""The YAML reader: what words mean, what is refused, where errors are shown, and that nothing hostile hurts it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from tests.engine.yaml_kit import CASES, PARSERS, cases, codes, many, mapping, places, plain, read

from alpr_policy.reading import yaml_events
from alpr_policy.reading.yaml_nodes import Limits, MappingNode, ScalarNode, SequenceNode, parse
from alpr_policy.reading.yaml_syntax import Scene, explain
from alpr_policy.source import SourceFile, Span


@pytest.fixture(params=PARSERS)
def either_parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test with libyaml and with the parser that stands in where it is missing."""
    monkeypatch.setattr(yaml_events, "PARSER", PARSERS[request.param])


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
