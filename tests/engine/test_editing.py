"""What an editor is told about a small profile: what may stand where, what a word means, where a name is used."""

from __future__ import annotations

import pytest

from alpr_policy.questions.editing import Draft, Mention, draft, mention_at
from alpr_policy.questions.editing_complete import Completion, complete
from alpr_policy.questions.editing_fixes import fixes
from alpr_policy.questions.editing_gists import gist
from alpr_policy.questions.editing_names import (
    RenameError,
    declaration,
    renamable,
    rename,
    suite_profile,
    symbols,
    uses,
)
from alpr_policy.source import SourceFile

TEXT = """\
language: 1
profile: millbrook
department: Millbrook Police Department
policy: {title: Plate readers, number: 7-04, effective: 2026-01-01}
timezone: America/New_York
silence: deny
roles:
  chief: {title: Chief of Police, designee: true, cite: "3.1"}
  duty_chief: {title: Duty chief, cite: "3.1"}
terms:
  uses: {values: {traffic_enforcement: "1.1", missing_person: "1.1"}, cite: "1.1"}
parameters:
  grant_time: {type: span, value: 14 days, set_by: chief, cite: "3.1"}
permissions:
  - id: approved-uses
    cite: "1.1"
    action: search.run
    when: {purpose: {in: uses}}
requirements:
  - id: signed
    cite: "3.1"
    action: search.run
    must: {approval.long-search: granted}
approvals:
  - id: long-search
    cite: "3.1"
    action: search.run
    when: {reason.recorded: true}
    by: [chief, {role: duty_chief, if_absent: chief}]
    valid: 14 days
    text: A search of an area waits for the chief.
prohibitions:
  - {id: no-immigration, cite: "2.1", action: hotlist.add, when: {purpose: immigration_enforcement}}
retention:
  - {id: keep, cite: "2.1", data: read, at_most: {parameter: grant_time}}
outline: ["1.1", "2.1", "3.1"]
"""
SUITE = """\
profile: millbrook
at: 2026-05-04T10:00:00-04:00
cases:
  - name: The chief approves.
    clause: ["3.1"]
    action: search.run
    facts: {requester.roles: [chief], approval.long-search: granted}
    approvals: [{topic: search.run, by: chief-1, role: chief}]
    expect: {outcome: allow, rules: [approved-uses, long-search]}
"""


def made(text: str, before: Draft | None = None) -> Draft:
    """Read a text."""
    return draft(SourceFile("millbrook.yaml", text), before)


def offered(old: str, new: str) -> dict[str, Completion]:
    """Put `new` in place of `old`, and return by label what may stand where `|` is in it."""
    assert 1 == TEXT.count(old)
    whole = TEXT.replace(old, new)
    at = whole.index("|")
    text = made(whole.replace("|", "", 1), made(TEXT))
    return {one.label: one for one in complete(text, whole.count("\n", 0, at) + 1, at - whole.rfind("\n", 0, at))}


def at(word: str, after: str = "") -> Mention:
    """Return what a word means, the first one behind `after`."""
    index = TEXT.index(word, TEXT.index(after))
    found = mention_at(made(TEXT), TEXT.count("\n", 0, index) + 1, index - TEXT.rfind("\n", 0, index))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("old", "new", "there", "missing"),
    [
        ("silence: deny\n", "sil|\n", {"silence", "override"}, {"roles", "language"}),
        ("silence: deny", "silence: |", {"deny", "allow"}, {"otherwise"}),
        ("    by: [chief, {role", "    by: [|, {role", {"chief", "duty_chief"}, {"uses"}),
        ("when: {reason.recorded: true}", "when: {reas|", {"reason.recorded"}, {"export.to", "stop.kind"}),
        ("when: {reason.recorded: true}", "when:\n      |", {"reason.recorded", "any", "not"}, {"export.to"}),
        ("when: {reason.recorded: true}", "when: {reason.recorded: |", {"true", "false"}, {"uses"}),
        ("{purpose: {in: uses}}", "{purpose: {|", {"in", "not_in", "parameter"}, {"at_least", "has"}),
        ("{purpose: {in: uses}}", "{purpose: {in: |", {"uses"}, {"traffic_enforcement"}),
        ("{purpose: {in: uses}}", "{purpose: |", {"traffic_enforcement", "warrant"}, {"uses"}),
        ("when: {purpose: immigration_enforcement}", "when: {purpose: [warrant, |", {"research"}, {"chief"}),
        ("action: hotlist.add", "action: |", {"hotlist.add", "use"}, {"purpose"}),
        ('  - id: signed\n    cite: "3.1"', '  - id: signed\n    cite: ["3.1", |', {"1.1", "2.1"}, {"chief"}),
        ("at_most: {parameter: grant_time}", "at_most: {parameter: |", {"grant_time"}, {"chief"}),
        ("set_by: chief", "set_by: |", {"chief", "duty_chief"}, set()),
        ("must: {approval.long-search: granted}", "must: {approval.long-search: |", {"granted", "refused"}, {"true"}),
        ("requirements:\n", "checks:\n  - id: looked\n    |\nrequirements:\n", {"check", "cite", "by"}, {"id", "must"}),
    ],
)
def test_what_may_stand_there(old: str, new: str, there: set[str], missing: set[str]) -> None:
    """At a place of a half-typed statement the words are offered that fit it, and not those of other places."""
    found = set(offered(old, new))

    assert there == there & found
    assert set() == missing & found


@pytest.mark.parametrize("typed", ["# by|", "    text: >\n      by |\n", "department: Mill|"])
def test_free_text_is_left_alone(typed: str) -> None:
    """In a comment or a free text nothing is offered."""
    assert {} == offered("department: Millbrook Police Department", typed)


def test_a_completion_replaces_the_whole_word() -> None:
    """What is chosen takes the place of the whole word, and a key without a colon gets one."""
    value = offered("action: hotlist.add", "action: hot|list.request")["hotlist.add"]
    key = offered("silence: deny\n", "sil|\n")["silence"]

    assert (15, "hotlist.add") == (value.span.width, value.text)
    assert (3, "silence: ") == (key.span.width, key.text)


def test_a_statement_begins_with_a_dash() -> None:
    """Where a list of statements lacks the dash of its next item, the key brings it."""
    assert "- id: " == offered("outline:", "checks:\n  |\noutline:")["id"].text
    assert "id: " == offered("outline:", "checks:\n  - |\noutline:")["id"].text


@pytest.mark.parametrize(
    "broken", ["    by: [chief\n    each: {", '    text: "never closed', "\t- oops: [", "  by chief\n"]
)
def test_a_break_hides_nothing_above_and_below(broken: str) -> None:
    """Below and above a syntax error there are completions, and errors are still found."""
    index = TEXT.index("    valid:")
    whole = TEXT[:index] + broken + "\n" + TEXT[index:].replace("action: hotlist.add", "action: hotlist.ad")
    text = made(whole.replace("by: [chief, {role", "by: [cheif, {role", 1), made(TEXT))
    below = whole.index("immigration_enforcement")
    place = whole.count("\n", 0, below) + 1, below - whole.rfind("\n", 0, below)
    above = whole.index("in: uses") + 4
    codes = {one.code for one in text.loaded.diagnostics}

    assert "warrant" in {one.label for one in complete(text, *place)}
    assert "uses" in {
        one.label for one in complete(text, whole.count("\n", 0, above) + 1, above - whole.rfind("\n", 0, above))
    }
    assert any(code.startswith("yaml-") for code in codes)
    assert "unknown-action" in codes
    assert {"chief", "duty_chief"} == set(text.declared("roles"))


@pytest.mark.parametrize(
    ("word", "after", "sort", "says"),
    [
        ("reason.recorded", "when:", "fact", "Supplied by"),
        ("search.run", "action:", "act", "run a search of stored reads"),
        ("duty_chief", "by: [", "role", "Duty chief"),
        ("uses", "in: ", "term", "traffic_enforcement"),
        ("grant_time", "at_most:", "parameter", "14 days"),
        ("long-search", "must:", "statement", "approval"),
        ("3.1", "outline:", "clause", "`long-search`"),
        ("immigration_enforcement", "when:", "value", "a value of `purpose`"),
        ("valid", "by:", "key", "for how long it holds"),
    ],
)
def test_what_a_word_means(word: str, after: str, sort: str, says: str) -> None:
    """Of every sort of word something can be said that only its meaning tells."""
    found = at(word, after)

    assert sort == found.sort
    assert says in gist(made(TEXT), found)


@pytest.mark.parametrize(
    ("word", "after", "line", "times"),
    [
        ("chief", "by: [", 8, 4),
        ("uses", "in: ", 11, 2),
        ("grant_time", "at_most:", 13, 2),
        ("long-search", "must:", 25, 2),
        ("3.1", "outline:", 36, 6),
    ],
)
def test_where_a_name_is_declared_and_used(word: str, after: str, line: int, times: int) -> None:
    """A name leads to the line that declares it, and from there to every line that uses it."""
    text = made(TEXT)
    found = at(word, after)
    there = declaration(text, found)

    assert there is not None
    assert (line, times) == (there.span.line, len(uses(text, there)))


def test_a_new_name_reaches_the_expected_answers() -> None:
    """A role and a statement are renamed in the expected answers of the same profile too, and of no other."""
    text, suite = made(TEXT), SourceFile("suite.yaml", SUITE)
    other = SourceFile("other.yaml", SUITE)
    suites = [(suite, "millbrook"), (other, "elsewhere")]

    def lines(word: str, after: str, name: str) -> list[int]:
        return [
            one.span.line for one in rename(text, at(word, after), name, suites) if one.span.file != "millbrook.yaml"
        ]

    assert "millbrook" == suite_profile(suite)
    assert None is suite_profile(SourceFile("millbrook.yaml", TEXT))
    assert [7, 8] == lines("chief", "by: [", "head")
    assert [7, 9] == lines("long-search", "must:", "area-search")


@pytest.mark.parametrize("name", ["No Good", "duty_chief", "", "x" * 90])
def test_a_name_that_will_not_do(name: str) -> None:
    """A new name that is none, or is taken, is refused with a reason."""
    with pytest.raises(RenameError):
        rename(made(TEXT), at("chief", "by: ["), name)


def test_what_is_not_the_profiles_own_keeps_its_name() -> None:
    """A fact of the language, a key and an act cannot be renamed, and nothing is while the text cannot be read."""
    text = made(TEXT)
    broken = made(TEXT + 'demands: "\n')

    assert [None] * 3 == [renamable(text, *place) for place in ((28, 14), (28, 6), (27, 14))]
    with pytest.raises(RenameError):
        rename(broken, at("chief", "by: ["), "head")


def test_the_outline_of_a_file() -> None:
    """The outline shows the blocks, and below them statements with their acts, roles, terms and parameters."""
    found = {one.name: [part.name for part in one.parts] for one in symbols(made(TEXT))}

    assert ["chief", "duty_chief"] == found["roles"]
    assert ["long-search"] == found["approvals"]
    assert (24, 31) == next((one.span.line, one.last_line) for one in symbols(made(TEXT)) if one.name == "approvals")


@pytest.mark.parametrize(
    ("old", "new", "written"),
    [
        ("by: [chief, {", "by: [cheif, {", ["chief"]),
        ("action: hotlist.add", "action: hotlist.ad", ["hotlist.add"]),
        ("silence: deny", "silnce: deny", ["silence"]),
        ("number: 7-04", "number: 10.05", ['"10.05"']),
        ("designee: true", "designee: yes", ["true", "false", '"yes"']),
    ],
)
def test_mends(old: str, new: str, written: list[str]) -> None:
    """A misspelt or doubtful word is offered its mend, and nothing that would leave the error where it is."""
    text = made(TEXT.replace(old, new))
    made_of = [fix.text for found in text.loaded.diagnostics for fix in fixes(text, found)]

    assert set(made_of) <= set(written)
    assert made_of


def test_large_and_forbidden_texts_are_refused_quietly() -> None:
    """A text beyond the limits, or with a forbidden character, has its one error and no completions."""
    for whole in ("a" * 1_000_001, TEXT + "\x00"):
        text = made(whole)
        assert 1 == len(text.loaded.diagnostics)
        assert () == text.mentions
        assert () == symbols(text)
