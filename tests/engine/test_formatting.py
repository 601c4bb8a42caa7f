"""The layout of single things: order of keys, quotes, wrapping, and where comments stay."""

from __future__ import annotations

import pytest

from alpr_policy.formatting import format_text
from alpr_policy.source import SourceFile

LAID: dict[str, tuple[str, str]] = {
    "keys of a statement": (
        "duties:\n  - text: T\n    within: 1 day\n    id: a\n    after: hit_acted_on\n    cite: X\n    task: report\n",
        "duties:\n  - id: a\n    cite: X\n    task: report\n    after: hit_acted_on\n    within: 1 day\n    text: T\n",
    ),
    "keys in brackets": (
        "roles: {chief: {designee: true, title: Chief}}\npermissions: [{action: use, cite: X, id: a}]\n",
        "roles: {chief: {title: Chief, designee: true}}\npermissions: [{id: a, cite: X, action: use}]\n",
    ),
    "keys of a condition stay": (
        "permissions:\n  - {id: a, cite: X, action: use, when: {purpose: audit, case.state: open}}\n",
        "permissions:\n  - {id: a, cite: X, action: use, when: {purpose: audit, case.state: open}}\n",
    ),
    "keys inside a statement's parts": (
        "requirements:\n  - id: a\n    cite: X\n    action: use\n    must: {a.b: 1}\n"
        "    or_afterwards: {within: 1 day, task: report, when: {c.d: 2}}\n    reading: {instead_of: [b], chosen: a}\n",
        "requirements:\n  - id: a\n    cite: X\n    action: use\n    must: {a.b: 1}\n"
        "    or_afterwards: {when: {c.d: 2}, task: report, within: 1 day}\n    reading: {chosen: a, instead_of: [b]}\n",
    ),
    "top-level keys stay": ("profile: x\nlanguage: 1\n", "profile: x\nlanguage: 1\n"),
    "quotes": (
        "a: 'plain'\nb: \"1.2\"\nc: 'yes'\nd: 'it''s'\ne: \"say \\\"so\\\"\"\nf: 'a: b'\ng: 'true'\nh: ''\n",
        'a: plain\nb: "1.2"\nc: "yes"\nd: it\'s\ne: say "so"\nf: "a: b"\ng: "true"\nh: ""\n',
    ),
    "quotes that must stay": (
        "a: ['x, y', 'x # y', 'x ', '-', '?a', 'a:', 'null', '07-01', 'a{b']\n",
        'a: ["x, y", "x # y", "x ", "-", "?a", "a:", "null", "07-01", "a{b"]\n',
    ),
    "blanks": ("a:   1   \n\n\n\nb: [ 1,2 ]\n\n", "a: 1\n\nb: [1, 2]\n"),
    "indentation": ("a:\n- 1\n-   b: 2\n    c:\n        d: 3\n", "a:\n  - 1\n  - b: 2\n    c:\n      d: 3\n"),
    "line ends": ("a: 1\r\nb: 2\r\n", "a: 1\nb: 2\n"),
    "nothing": ("a:\nb: ~\nc: {}\nd: []\n", "a:\nb: ~\nc: {}\nd: []\n"),
    "comments": (
        "# head\n\na: 1   # beside\n# above\nb:  # of b\n    # inside\n    - 1\n    # below\n# foot\n",
        "# head\n\na: 1  # beside\n# above\nb:  # of b\n  # inside\n  - 1\n  # below\n# foot\n",
    ),
    "comments move along": (
        "permissions:\n  # of the statement\n  - action: use  # of the act\n    # of the id\n    id: a\n    cite: X\n",
        "permissions:\n  # of the statement\n  # of the id\n  - id: a\n    cite: X\n    action: use  # of the act\n",
    ),
    "comments behind marks": (
        "a:  # of a\n  words\nb: # of b\n  [1]\nc:\n  -  # of one\n    d: 1\n  - # of two\n    2\n",
        "# of a\na: words\n# of b\nb: [1]\nc:\n  # of one\n  - d: 1\n  # of two\n  - 2\n",
    ),
    "comments in brackets": (
        "a: [1,   # one\n    2]\nb: {c:   1}\n",
        "a: [1,   # one\n    2]\nb: {c: 1}\n",
    ),
    "block texts": ("a:\n  b: |\n      one\n       two\n  c: >-\n    x\n\n    y\n", None),  # type: ignore[dict-item]
    "wrapped by hand": ("a: one two\n    three\n", "a: one two\n  three\n"),
}


@pytest.mark.parametrize("name", LAID)
def test_layout(name: str) -> None:
    """A text is laid out as shown, and what is laid out stays so; block texts stay as they are written."""
    before, expected = LAID[name]
    made = format_text(SourceFile("a.yaml", before))

    assert () == made.diagnostics
    assert (before if expected is None else expected) == made.text
    assert made.text == format_text(SourceFile("a.yaml", made.text)).text


WRAPPED = """\
outline: [I.A, I.B, II.A.1, II.A.2, II.A.3,
          II.B.1, II.B.2, III]
permissions:
  - {id: long-one, cite: I.A, action: search.run,
     when: {any: [{purpose: audit},
                  {purpose: warrant}]},
     text: a text that is longer than one line
       can be}
  - id: other
    cite: I.B
    action: use
    reading: this text is longer than one line can
      be as well
"""


def test_long_lines_are_wrapped() -> None:
    """Brackets are filled up to the width and go on under their first item; long texts go on indented."""
    flat = " ".join(WRAPPED.split("\n", 2)[0:2]) + "\n" + WRAPPED.split("\n", 2)[2]

    assert WRAPPED == format_text(SourceFile("a.yaml", WRAPPED), 50).text
    assert WRAPPED == format_text(SourceFile("a.yaml", flat), 50).text
    assert all(len(line) <= 50 for line in WRAPPED.splitlines())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: [1\n", "yaml-syntax"),
        ("--- \na: 1\n", "format-left"),
        ("{a: 1}\n", "format-left"),
        ("a: &x 1\n", "yaml-anchor"),
        ("a: |  # beside\n  text\n", "format-left"),
    ],
)
def test_what_is_left_alone(text: str, code: str) -> None:
    """What YAML refuses, and what the formatter does not lay out, stays to the letter, and is told of."""
    made = format_text(SourceFile("a.yaml", text))

    assert text == made.text
    assert [code] == [one.code for one in made.diagnostics]
