"""What an editor is told agrees with what the reader says, and no text is too broken to be asked about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alpr_policy.questions.editing import draft
from alpr_policy.questions.editing_complete import complete
from alpr_policy.questions.editing_fixes import fixes
from alpr_policy.questions.editing_gists import gist
from alpr_policy.questions.editing_names import declaration, rename, symbols
from alpr_policy.questions.editing_scan import scan, spots
from alpr_policy.reading.profiles import load_source
from alpr_policy.reading.yaml_nodes import MappingNode, Node, SequenceNode, parse
from alpr_policy.source import SourceFile, Span

ROOT = Path(__file__).parents[2]
SHIPPED = {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "policies").glob("*.yaml"))}
READABLE = [*(ROOT / "policies").glob("*.yaml"), *(ROOT / "tests" / "policies").glob("*.yaml")]
BAD = sorted((ROOT / "tests" / "cases" / "bad").glob("*.yaml"))
Place = tuple[tuple[str, ...], int, int, bool]


def _places(node: Node, path: tuple[str, ...] = ()) -> Iterator[Place]:
    if isinstance(node, MappingNode):
        for key, value in node.entries:
            yield path, key.span.line, key.span.column, True
            yield from _places(value, (*path, key.text))
    elif isinstance(node, SequenceNode):
        for item in node.items:
            yield from _places(item, path)
    else:
        yield path, node.span.line, node.span.column, False


@pytest.mark.parametrize("file", READABLE, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_whole_text_is_scanned_as_it_is_read(file: Path) -> None:
    """In a text without a fault the editor's reader finds the keys and values where the real reader finds them."""
    source = SourceFile(file.name, file.read_text(encoding="utf-8"))
    tree, found = parse(source)

    assert [] == found
    assert tree is not None
    read = set(_places(tree))
    assert read == {(s.path, s.word.span.line, s.word.span.column, s.is_key) for s in spots(scan(source))}


@settings(max_examples=25)
@given(data=st.data())
def test_no_text_is_too_broken_for_an_editor(data: st.DataObject) -> None:
    """A profile that is cut off or overwritten anywhere can still be asked what may stand at any place of it."""
    text = SHIPPED[data.draw(st.sampled_from(sorted(SHIPPED)))]
    at = data.draw(st.integers(0, len(text)))
    gap = data.draw(st.integers(0, 400))
    wedge = data.draw(st.text(alphabet="{}[]:,-'\"|>#&*!?%@` \n\tab\u00e9\U0001f600", max_size=12))
    broken = text[:at] + wedge + text[at + gap :]
    one = draft(SourceFile("broken.yaml", broken))
    line = broken.count("\n", 0, at) + 1

    assert all(len(one.lines) >= each.span.line for each in symbols(one))
    assert all(isinstance(each.label, str) for each in complete(one, line, at - broken.rfind("\n", 0, at)))
    assert all(isinstance(gist(one, each), str) for each in one.mentions[::40])


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_a_mend_mends(file: Path) -> None:
    """What an editor offers to write in place of a word takes away the error that it is offered for."""
    text = file.read_text(encoding="utf-8", errors="replace")
    one = draft(SourceFile(file.name, text))
    for found in one.loaded.diagnostics:
        for fix in fixes(one, found):
            mended = load_source(SourceFile(file.name, _replaced(text, [(fix.span, fix.text)])))
            assert (found.code, found.span.line, found.message) not in {
                (d.code, d.span.line, d.message) for d in mended.diagnostics
            }


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_a_new_name_changes_nothing_else(name: str) -> None:
    """A role, term, parameter or statement with another name everywhere leaves the profile usable, and back is back."""
    text = SHIPPED[name]
    one = draft(SourceFile(name, text))
    first = {each.sort: each for each in one.mentions if each.declares and each.sort in ("role", "term", "parameter")}
    states = [each for each in one.mentions if each.sort == "statement" and not each.declares]
    known = [declaration(one, each) for each in states[:1]]
    for each in [*first.values(), *(there for there in known if there is not None)]:
        made = _replaced(text, [(r.span, r.text) for r in rename(one, each, "zz9")])
        there = draft(SourceFile(name, made))
        assert () == there.loaded.errors
        moved = next(m for m in there.mentions if (m.sort, m.name, m.declares) == (each.sort, "zz9", True))
        assert text == _replaced(made, [(r.span, r.text) for r in rename(there, moved, each.name)])


def _replaced(text: str, edits: list[tuple[Span, str]]) -> str:
    lines = text.split("\n")
    for span, new in sorted(edits, key=lambda one: one[0], reverse=True):
        line = lines[span.line - 1]
        lines[span.line - 1] = line[: span.column - 1] + new + line[span.column - 1 + span.width :]
    return "\n".join(lines)
