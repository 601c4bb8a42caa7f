"""What the parser says when it stops, put into sentences for someone who is no programmer."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from alpr_policy.reading.scalars import shown
from alpr_policy.reading.yaml_stops import Place, Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What was on the table when the parser stopped.

    `lines` are those of the whole file; `bracket` is the innermost `[` or `{` still open; `word` is where the last
    text began, and `quoted` whether in quotes.
    """

    stop: Stop
    lines: Sequence[str]
    bracket: Place | None = None
    word: Place | None = None
    quoted: bool = False

    def line(self, number: int) -> str:
        """Give a line of the file; nothing beyond its end."""
        return self.lines[number] if 0 <= number < len(self.lines) else ""

    @property
    def rest(self) -> str:
        """Give what stands where the parser stopped, to the end of the line."""
        return self.line(self.stop.at.line)[self.stop.at.column :]

    @property
    def before(self) -> str:
        """Give what stands on the line before the place where the parser stopped."""
        return self.line(self.stop.at.line)[: self.stop.at.column]

    @property
    def at_end(self) -> bool:
        """Say whether the parser stopped at the end of the file."""
        after = self.lines[self.stop.at.line + 1 :]
        return not self.rest.strip() and not any(line.strip() for line in after)

    @property
    def runaway(self) -> Place | None:
        """Give where a quote was opened on an earlier line, if the parser stopped right after it was closed."""
        after_quote = self.quoted and self.before.rstrip().endswith(('"', "'"))
        return self.word if after_quote and self.word and self.word.line < self.stop.at.line else None

    def deeper(self) -> int:
        """Compare the stopping line's indentation with that of the line above it: 1 further in, -1 less, 0 alike."""
        here, above = self.stop.at.line, self.stop.at.line - 1
        while above > 0 and self.line(above).strip()[:1] in ("", "#"):
            above -= 1
        difference = _indentation(self.line(here)) - _indentation(self.line(above)) if above >= 0 else 0
        return (difference > 0) - (difference < 0)


class Explanation(NamedTuple):
    """A syntax error for a person: where, how wide, the sentence, what to do, and the code."""

    place: Place
    width: int
    message: str
    help: str = ""
    code: str = "yaml-syntax"


_QUOTE_IT = "if it belongs to the text, put quotes round the whole text"
_MISSPACED = re.compile(r"\s*(?:- )*([\w.-]+):\S")


def explain(scene: Scene) -> Explanation:
    """Say in a sentence why the parser stopped."""
    indented = _odd_indentation(scene)
    if indented:
        return indented
    said = f"{scene.stop.context} {scene.stop.problem}"
    for needles, rule in _RULES:
        if any(needle in said for needle in needles):
            return rule(scene)
    message = f"this cannot be read as YAML: {shown(scene.stop.problem)}"
    return Explanation(scene.stop.at, 1, message, "look at this line and the one above it")


def _indentation(line: str) -> int:
    """Count the spaces and tabs that a line starts with."""
    return len(line) - len(line.lstrip(" \t"))


def _whole(scene: Scene, number: int, message: str, help: str = "") -> Explanation:
    """Point at a whole line, without its indentation."""
    line = scene.line(number)
    place = Place(number, _indentation(line))
    return Explanation(place, max(1, len(line.strip())), message, help)


def _odd_indentation(scene: Scene) -> Explanation | None:
    """Find a tab, or a space that is none, where a line is indented."""
    at = (scene.stop.begun if scene.stop.begun and "simple key" in scene.stop.context else None) or scene.stop.at
    line = scene.line(at.line)
    blank = line[: len(line) - len(line.lstrip())]
    odd = next((number for number, character in enumerate(blank) if character != " "), None)
    if odd is not None and blank[odd] != "\t":
        message = "this line is indented with a space that is not an ordinary one"
        return Explanation(Place(at.line, odd), 1, message, "delete it and type ordinary spaces", "yaml-space")
    if odd is not None and scene.bracket is None:
        message = "this line is indented with a tab; YAML allows only spaces there"
        help = "replace the tab by spaces; most editors can do so for the whole file"
        return Explanation(Place(at.line, odd), 1, message, help, "yaml-tab")
    if scene.rest.startswith("\t"):
        message = "a tab stands here where YAML allows only spaces"
        return Explanation(scene.stop.at, 1, message, "replace it by spaces", "yaml-tab")
    return None


def _quote(scene: Scene) -> Explanation:
    """Explain a quoted text that runs to the end of the file, or into a line of dashes."""
    help = "write the same quote at the end of the text; inside single quotes, an apostrophe is written twice"
    return Explanation(scene.stop.begun or scene.stop.at, 1, "a quote is opened here and never closed", help)


def _escape(scene: Scene) -> Explanation:
    """Explain a backslash in double quotes that means nothing."""
    line, column = scene.stop.at
    text = scene.line(line)
    column = max(text.rfind("\\", 0, column + 1), 0)
    what = text[column : column + 2]
    help = "inside double quotes write a backslash twice, or use single quotes"
    return Explanation(Place(line, column), len(what) or 1, f"`{what}` means nothing inside double quotes", help)


def _colon(scene: Scene) -> Explanation:
    """Explain a line without its colon."""
    return _colon_on(scene, (scene.stop.begun or scene.stop.at).line)


def _colon_on(scene: Scene, number: int) -> Explanation:
    """Say that a line lacks `: `."""
    line = scene.line(number)
    close = _MISSPACED.match(line)
    if close:
        return _whole(scene, number, f"a space is missing after the `:` of `{close[1]}:`", "write `key: value`")
    message = f"expected a `:` after the key `{shown(line)}`"
    return _whole(scene, number, message, "write `key: value`; a text that goes on must be indented under its key")


def _tight_colon(scene: Scene) -> Explanation:
    """Explain a colon inside brackets that touches the next bracket."""
    return Explanation(scene.stop.at, 1, "a space is missing after this `:`", "write `key: value`")


def _second_colon(scene: Scene) -> Explanation:
    """Explain a colon that cannot be: a line indented too far, a colon missing above, or two on one line."""
    first = ": " not in scene.before and not scene.before.rstrip().endswith(":")
    if first and scene.before.startswith("---"):
        return _whole(scene, scene.stop.at.line, "the first key must start on a line of its own, below the `---`")
    if first and scene.word and scene.word.line < scene.stop.at.line:
        return _further(scene) if scene.deeper() > 0 else _colon_on(scene, scene.word.line)
    help = "put quotes round a text that holds a colon and a space, or start a new line for a new key"
    return Explanation(scene.stop.at, 1, "a second `:` on one line", help)


def _further(scene: Scene) -> Explanation:
    """Say that a line is indented too far."""
    help = "line it up with the line above; if it belongs under that line, that one must end in `:` with no value"
    return _whole(scene, scene.stop.at.line, "this line is indented further than the one above it", help)


def _question(scene: Scene) -> Explanation:
    """Explain a question mark that YAML takes for a key."""
    return Explanation(scene.stop.at, 1, "a `?` cannot stand here", _QUOTE_IT)


def _dash(scene: Scene) -> Explanation:
    """Explain a list that starts on the line of its key."""
    message = "a list cannot start with `-` on this line"
    return Explanation(scene.stop.at, 1, message, "start it on the next line, or write `[one, two]`")


def _character(scene: Scene) -> Explanation:
    """Explain a character that nothing can start with."""
    what = scene.rest[:1]
    return Explanation(scene.stop.at, 1, f"a text cannot start with `{what}`", f'put quotes round it: "{what}…"')


def _content(scene: Scene) -> Explanation:
    """Explain a place where a value is missing."""
    if scene.bracket and _left_open(scene, scene.bracket):
        return _open_bracket(scene, scene.bracket)
    what = scene.rest[:1]
    if what and what in "]}":
        return _closes_nothing(scene, what)
    if what == ",":
        return Explanation(scene.stop.at, 1, "there is nothing before this `,`", "write a value, or take the comma out")
    if what == "-" and scene.bracket:
        help = f"inside brackets write `[one, two]`; the bracket was opened on line {scene.bracket.line + 1}"
        return Explanation(scene.stop.at, 1, "a list item with `-` cannot stand inside brackets", help)
    missing = "the key before this `:` is missing" if what == ":" else "a value is missing here"
    return Explanation(scene.stop.at, 1, missing)


def _closes_nothing(scene: Scene, what: str) -> Explanation:
    """Say that a bracket has no partner."""
    return Explanation(scene.stop.at, 1, f"this `{what}` closes nothing", "take it out, or write the bracket it closes")


def _bracket(scene: Scene) -> Explanation:
    """Explain a list or mapping in brackets that does not end."""
    begun = scene.stop.begun or scene.bracket or scene.stop.at
    if scene.runaway:
        return _late_quote(scene, scene.runaway)
    if _left_open(scene, begun):
        return _open_bracket(scene, begun)
    close = "]" if "or ']'" in scene.stop.problem else "}"
    message = f"expected `,` or `{close}` here, found `{shown(scene.rest)}`"
    return Explanation(scene.stop.at, 1, message, f"the bracket was opened on line {begun.line + 1}")


def _left_open(scene: Scene, begun: Place) -> bool:
    """Say whether the file ends, or its next entry starts, before a bracket is closed."""
    indented = _indentation(scene.line(begun.line))
    since = (scene.line(number) for number in range(begun.line + 1, scene.stop.at.line + 1))
    outside = any(_indentation(line) <= indented and line.strip()[:1] not in ("", "#", "]", "}") for line in since)
    return scene.at_end or outside


def _open_bracket(scene: Scene, begun: Place) -> Explanation:
    """Say that a bracket is never closed."""
    what = scene.line(begun.line)[begun.column : begun.column + 1]
    close = {"[": "]", "{": "}"}.get(what, "]")
    return Explanation(begun, 1, f"a `{what}` is opened here and never closed", f"write `{close}` at its end")


def _reserved(name: str, code: str, sign: str) -> Callable[[Scene], Explanation]:
    """Make the rule for a sign of YAML that this language does not take."""

    def rule(scene: Scene) -> Explanation:
        message = f"`{sign}` starts {name}, and this language has none"
        return Explanation(scene.stop.begun or scene.stop.at, 1, message, _QUOTE_IT, code)

    return rule


def _after_the_end(scene: Scene) -> Explanation:
    """Explain text after the end of the content."""
    if scene.deeper() < 0:
        message = "this line is indented less than the first line of the file"
        return _whole(scene, scene.stop.at.line, message, "line it up with the first line")
    return _whole(scene, scene.stop.at.line, "nothing may follow the end of the file's content")


def _block_text(scene: Scene) -> Explanation:
    """Explain what follows `|` or `>` on its line."""
    sign = scene.line((scene.stop.begun or scene.stop.at).line)[(scene.stop.begun or scene.stop.at).column :][:1]
    message = f"nothing may follow `{sign}` on its line"
    return Explanation(scene.stop.at, 1, message, f"start the text on the next line; {_QUOTE_IT}")


def _item(scene: Scene) -> Explanation:
    """Explain a line in a list that is no item of it."""
    if not scene.before.strip() and scene.deeper() == 0:
        message = "this line stands in a list but does not start with `- `"
        return _whole(scene, scene.stop.at.line, message, "start it with `- `, or indent it like the list's key")
    return _unexpected(scene)


def _unexpected(scene: Scene) -> Explanation:
    """Explain something that stands where the next key should."""
    what = scene.rest[:1]
    if what and what in "]}":
        return _closes_nothing(scene, what)
    if scene.before.strip():
        return _after_a_value(scene)
    if what == ":":
        return Explanation(scene.stop.at, 1, "the key before this `:` is missing")
    difference = scene.deeper()
    if difference > 0:
        return _further(scene)
    number = scene.stop.at.line
    if difference < 0:
        return _whole(scene, number, "this line does not line up with any entry above it", "indent it like the others")
    if what == "-":
        return _whole(scene, number, "a list item stands where a `key: value` line is expected")
    return _whole(scene, number, "expected a `key: value` line here")


def _late_quote(scene: Scene, opened: Place) -> Explanation:
    """Say that a quote runs on into the next one, which may belong to another text."""
    message = "a quote is opened here and not closed where its text ends"
    return Explanation(opened, 1, message, f"the next such quote stands on line {scene.stop.at.line + 1}")


def _after_a_value(scene: Scene) -> Explanation:
    """Explain text that goes on after its value has ended."""
    if scene.runaway:
        return _late_quote(scene, scene.runaway)
    if not scene.before.rstrip().endswith(('"', "'")):
        closed = scene.before.rstrip().endswith(("]", "}"))
        help = "start a new line, or move the closing bracket" if closed else _QUOTE_IT
        return Explanation(scene.stop.at, 1, f"expected the end of the line, found `{shown(scene.rest)}`", help)
    help = 'inside single quotes an apostrophe is written twice; inside double quotes, a quote is written `\\"`'
    return Explanation(scene.stop.at, 1, f"text goes on after the closing quote: `{shown(scene.rest)}`", help)


# The first rule that finds one of its words in what the parser said; libyaml's and PyYAML's words differ a little.
_RULES: tuple[tuple[tuple[str, ...], Callable[[Scene], Explanation]], ...] = (
    (("found unexpected end of stream", "unexpected document"), _quote),
    (("escape", "hexdecimal"), _escape),
    (("could not find expected ':'",), _colon),
    (("found unexpected ':'",), _tight_colon),
    (("mapping values are not allowed",), _second_colon),
    (("mapping keys are not allowed",), _question),
    (("sequence entries are not allowed",), _dash),
    (("cannot start any token",), _character),
    (("node content",), _content),
    (("',' or ",), _bracket),
    (("scanning an alias",), _reserved("an alias", "yaml-alias", "*")),
    (("scanning an anchor",), _reserved("an anchor", "yaml-anchor", "&")),
    (("a tag", "tag handle"), _reserved("a tag", "yaml-tag", "!")),
    (("directive", "%YAML"), _reserved("a directive", "yaml-directive", "%")),
    (("document start",), _after_the_end),
    (("scanning a block scalar",), _block_text),
    (("block collection",), _item),
    (("expected key", "block end"), _unexpected),
)
