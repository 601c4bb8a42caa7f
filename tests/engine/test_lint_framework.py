"""The linter around its rules: requests to ignore, settings, mends, and conditions held against each other."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.lint_kit import whole

from alpr_policy.durations import CalendarSpan
from alpr_policy.ir.nodes import FALSE, TRUE, All, Any, Atom, Cond, Hole, Not, Op
from alpr_policy.lint.comments import comments, ignores
from alpr_policy.lint.config import Settings, SettingsError, read_settings, settings_for
from alpr_policy.lint.fixing import applied, fix_files
from alpr_policy.lint.regions import Regions
from alpr_policy.lint.rule import Edit, Level, all_rules
from alpr_policy.lint.run import Linted, Wanted, lint_files, lint_text
from alpr_policy.reading.profiles import load_file
from alpr_policy.reading.yaml_nodes import parse
from alpr_policy.source import SourceFile
from alpr_policy.vocabulary import VOCABULARY

NUMBERED = 'permissions:\n  - {id: rule-3, cite: "1", action: search.run, when: {case.state: open}}\n'
HIDDEN = "\u200b"
TWICE = """
permissions:
  - id: official-use
    cite: "1"
    action: [use, search.run, data.use]  # what officers do
    when:
      purpose:
        - audit
        # named once more by mistake
        - audit
        - training
"""


def lint(folder: Path, text: str, *codes: str) -> Linted:
    """Lint one text by some rules, or by all, without settings."""
    (folder / "town.yaml").write_text(text, encoding="utf-8")
    asked = Wanted(only=frozenset(codes), settings=lambda _: Settings())
    return lint_files([folder / "town.yaml"], wanted=asked)


def codes_in(found: Linted) -> list[str]:
    """Return the codes that were found, in order."""
    return [one.code for one in found.diagnostics]


# Requests to ignore


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (NUMBERED, ["opaque-id", "retention-missing"]),
        (NUMBERED.replace("}}\n", "}}  # lint: ignore[opaque-id, retention-missing] it is numbered\n"), []),
        (NUMBERED.replace("  - {", "  # lint: ignore[opaque-id] numbered\n  - {"), ["retention-missing"]),
        (NUMBERED + "# lint: ignore-file[opaque-id, retention-missing] a draft\n", []),
        (NUMBERED + "# lint: ignore-file[opaque-id, retention-missing]\n", ["ignore-without-reason"]),
        (NUMBERED + "# lint: ignore[near-names] nothing is near\n", ["opaque-id", "retention-missing", "ignore-idle"]),
        (
            NUMBERED + "# lint: ignore[cite-not-in-outline] it refuses\n",
            ["opaque-id", "retention-missing", "ignore-unknown"],
        ),
        (
            NUMBERED.replace('"1"', '"1"').replace("open}}", 'open}, text: "# lint: ignore[opaque-id] no comment"}'),
            ["opaque-id", "retention-missing"],
        ),
    ],
    ids=["none", "behind", "above", "file", "no reason", "idle", "unknown", "in a text"],
)
def test_ignoring(text: str, left: list[str], tmp_path: Path) -> None:
    """A finding is left out where a comment asks for it, and a request without reason or finding is told of."""
    assert sorted(left) == sorted(codes_in(lint(tmp_path, whole(text))))


def test_ignore_above_a_statement_reaches_to_its_end(tmp_path: Path) -> None:
    """A request above a statement of several lines is about each of them, and about no line of the next one."""
    text = whole(
        "duties:\n  # lint: ignore[vague-deadline] the text names no time\n"
        '  - id: first-notice\n    cite: "1"\n    task: notify_supervisor\n    after: device_fault_seen\n'
        '  - id: second-notice\n    cite: "1"\n    task: notify_supervisor\n    after: device_damaged\n'
    )
    found = lint(tmp_path, text, "vague-deadline")

    assert ["`second-notice` is owed at no stated time, so it can never be late"] == [
        one.message for one in found.diagnostics
    ]
    assert 1 == found.ignored


def test_a_rule_that_was_not_asked_makes_no_ignore_idle(tmp_path: Path) -> None:
    """Of a rule that is not run it is not known whether anything would be found, so its ignores stay."""
    text = whole(NUMBERED) + "# lint: ignore-file[idle-statement, opaque-id, retention-missing] kept for the reader\n"

    assert [] == codes_in(lint(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1  # yes", ["# yes"]),
        ("a: 'no # no'  # yes", ["# yes"]),
        ('a: "no # \\" no"  # yes', ["# yes"]),
        ("a: it's # yes", ["# yes"]),
        ("a: no#no", []),
        ("a: |\n  # no\n  no\nb: 1 # yes", ["# yes"]),
        ("a: 'one\n  # no'\n# yes", ["# yes"]),
        ("a: [b, 'c # no', \"d\"] # yes", ["# yes"]),
        ("- - 'a # no' # yes", ["# yes"]),
    ],
)
def test_comments_are_told_from_texts(text: str, told: list[str]) -> None:
    """What stands in quotes or in a block text is no comment, whatever it looks like."""
    assert told == [comment for _, _, comment in comments(SourceFile("a.yaml", text))]


def test_ignores_need_no_readable_file() -> None:
    """Requests are found in a file of which nothing could be read."""
    source = SourceFile("a.yaml", "# lint: ignore-file[opaque-id] a draft\n{")

    assert [("opaque-id",)] == [one.codes for one in ignores(source, parse(source)[0])]


# Settings


def test_settings_are_those_of_the_nearest_folder(tmp_path: Path) -> None:
    """The settings of a file lie beside it or in the nearest folder above it."""
    (tmp_path / "county" / "town").mkdir(parents=True)
    (tmp_path / ".alpr-policy.yaml").write_text("format: {width: 90}\n", encoding="utf-8")
    (tmp_path / "county" / ".alpr-policy.yaml").write_text("lint: {levels: {opaque-id: error}}\n", encoding="utf-8")

    assert 90 == settings_for(tmp_path / "a.yaml").width
    assert 120 == settings_for(tmp_path / "county" / "town" / "a.yaml").width
    assert Level.ERROR is settings_for(tmp_path / "county" / "town" / "a.yaml").level(all_rules()["opaque-id"])


def test_settings_change_levels_options_and_files(tmp_path: Path) -> None:
    """A team sets the level of a rule and its options, switches it off, or leaves it out in some files."""
    (tmp_path / ".alpr-policy.yaml").write_text(
        "lint:\n"
        "  levels: {retention-missing: never, opaque-id: error}\n"
        "  options: {left-to-do: {words: [PENDING]}}\n"
        "  ignore: [{rule: near-names, files: 'draft*', reason: drafts}]\n",
        encoding="utf-8",
    )
    text = whole(NUMBERED + "# TODO and PENDING\n")
    for name in ("draft.yaml", "town.yaml"):
        (tmp_path / name).write_text(text.replace("profile: excerpt", f"profile: {name[:4]}"), encoding="utf-8")
    found = lint_files([tmp_path])

    assert [("opaque-id", "error"), ("left-to-do", "warning")] * 2 == [
        (one.code, str(one.severity)) for one in found.diagnostics
    ]
    assert settings_for(tmp_path / "draft.yaml").pardoned("near-names", tmp_path / "draft.yaml")
    assert not settings_for(tmp_path / "town.yaml").pardoned("near-names", tmp_path / "town.yaml")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("lint: {levels: {opaque: error}}", ["unknown-rule"]),
        ("lint: {levels: {opaque-id: off}}", ["wrong-type"]),
        ("lint: {options: {opaque-id: {words: 1}}}", ["unknown-option"]),
        ("lint: {options: {left-to-do: {words: 1}}}", ["unknown-option"]),
        ("lint: {ignore: [{rule: opaque-id, files: x}]}", ["missing-key"]),
        ("linter: {}", ["unknown-key"]),
        ("format: {width: 20}", ["out-of-range"]),
    ],
)
def test_settings_are_read_strictly(text: str, codes: list[str], tmp_path: Path) -> None:
    """A misspelt key, rule or option refuses the settings."""
    (tmp_path / ".alpr-policy.yaml").write_text(text + "\n", encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        read_settings(tmp_path / ".alpr-policy.yaml")

    assert codes == [one.code for one in refused.value.diagnostics if not one.code.startswith("yaml-")]


# Mends


def test_mending_keeps_comments_and_rules(tmp_path: Path) -> None:
    """What is mended for certain is taken out, comments stay, and the rules are the same."""
    text = whole(TWICE)
    (tmp_path / "town.yaml").write_text(text, encoding="utf-8")
    asked = Wanted(settings=lambda _: Settings())
    fixed = fix_files([tmp_path / "town.yaml"], wanted=asked)
    after = (tmp_path / "town.yaml").read_text(encoding="utf-8")

    assert {str(tmp_path / "town.yaml"): ("duplicate-value", "redundant-action")} == fixed.files
    assert {} == fixed.kept
    assert "    action: [use]  # what officers do\n" in after
    assert "        - audit\n        # named once more by mistake\n        - training\n" in after
    assert [] == codes_in(lint(tmp_path, after, "duplicate-value", "redundant-action"))
    assert [tmp_path / "town.yaml"] == list(tmp_path.iterdir())


def test_mending_takes_idle_ignores_out(tmp_path: Path) -> None:
    """A request to ignore what is not found is taken out, with its line where it stands alone."""
    text = whole(NUMBERED.replace("rule-3", "open-case").replace("open}}", "open}}  # lint: ignore[opaque-id] idle"))
    (tmp_path / "town.yaml").write_text(text + "# lint: ignore-file[near-names] idle\n# kept\n", encoding="utf-8")
    fixed = fix_files([tmp_path / "town.yaml"], wanted=Wanted(settings=lambda _: Settings()))

    assert [("ignore-idle",)] == list(fixed.files.values())
    assert whole(NUMBERED.replace("rule-3", "open-case")) + "# kept\n" == (tmp_path / "town.yaml").read_text(
        encoding="utf-8"
    )


def test_mending_of_a_name_is_refused(tmp_path: Path) -> None:
    """A sign that cannot be seen is taken out of a text that is shown, and left in a value by which is judged."""
    shown = whole(NUMBERED.replace("open}}", f'open}}, text: "an open{HIDDEN} case"}}'))
    facts = "facts:\n  a.b: {type: text, actions: search.run}\n"
    judged = whole(facts + NUMBERED.replace("case.state: open", f'a.b: "x{HIDDEN}"'))
    for name, text in (("shown", shown), ("judged", judged)):
        (tmp_path / f"{name}.yaml").write_text(text.replace("profile: excerpt", f"profile: {name}"), encoding="utf-8")
    fixed = fix_files([tmp_path], wanted=Wanted(settings=lambda _: Settings()))

    assert [str(tmp_path / "shown.yaml")] == list(fixed.files)
    assert {str(tmp_path / "judged.yaml"): "the mended file would be judged by other rules"} == fixed.kept
    assert HIDDEN not in (tmp_path / "shown.yaml").read_text(encoding="utf-8")
    assert load_file(tmp_path / "judged.yaml").source == SourceFile(
        str(tmp_path / "judged.yaml"), judged.replace("profile: excerpt", "profile: judged")
    )


def test_mends_that_overlap_wait_for_the_next_round() -> None:
    """Of two mends of one place the first is made, and the other is left."""
    text, codes = applied("abcdef", (("one", (Edit(1, 3),)), ("two", (Edit(2, 4, "x"),)), ("three", (Edit(4, 5),))))

    assert ("adf", ["one", "three"]) == (text, codes)


def test_a_refused_file_is_linted_as_text(tmp_path: Path) -> None:
    """A file that cannot be used shows its errors, and what its text alone shows beside them."""
    found = lint(tmp_path, whole(NUMBERED).replace("search.run", "search.rum") + "# TODO\n")

    assert found.refused
    assert ["unknown-action", "left-to-do"] == codes_in(found)


def test_a_text_is_linted_before_it_is_written(tmp_path: Path) -> None:
    """An editor's text is linted as its file would be, half-typed or whole, with edits that mend it."""
    source = SourceFile(str(tmp_path / "town.yaml"), whole(TWICE))
    rules = frozenset({"duplicate-value", "left-to-do", "redundant-action"})
    asked = Wanted(only=rules, settings=lambda _: Settings())
    found = lint_text(source, wanted=asked)
    half = lint_text(SourceFile(source.name, source.text + "# TODO\nretention:\n  - {id: reads, "), wanted=asked)

    assert ["redundant-action", "redundant-action", "duplicate-value"] == codes_in(found)
    assert ["duplicate-value", "redundant-action", "redundant-action"] == [c for c, _ in found.fixes[source.name]]
    assert {"redundant-action", "left-to-do", "yaml-syntax"} <= set(codes_in(half))
    assert [] == list(tmp_path.iterdir())


def test_what_check_says_is_said_once(tmp_path: Path) -> None:
    """Where a rule puts a doubt of `check` better, `check` is silent; elsewhere it speaks."""
    text = whole(
        'permissions:\n  - {id: searches, cite: "1", action: search.run, when: {purpose: audit}}\n'
        'requirements:\n  - {id: first-case, cite: "1", action: search.run, must: {case.state: open}}\n'
        '  - {id: same-case, cite: "1", action: search.run, must: {case.state: open}}\n'
        'retention:\n  - {id: first-reads, cite: "1", data: read, at_most: 1 day}\n'
        '  - {id: same-reads, cite: "1", data: read, at_most: 1 day}\n'
    )

    assert ["subsumed-statement", "same-meaning"] == codes_in(lint(tmp_path, text))


# Conditions held against each other


def atom(fact: str, op: Op, *values: object) -> Atom:
    """Return a test of one fact."""
    return Atom(fact, op, frozenset(values))  # type: ignore[arg-type]


OPEN, CLOSED = atom("case.state", Op.IN, "open"), atom("case.state", Op.IN, "closed")
YEAR, MONTH = CalendarSpan.parse("1 year"), CalendarSpan.parse("1 month")
NO_SPAN = Atom("record.age", Op.NONE)


@pytest.mark.parametrize(
    ("conds", "possible"),
    [
        ((OPEN, CLOSED), False),
        ((OPEN, Not(CLOSED)), True),
        ((Not(atom("case.state", Op.IN, "open", "closed", "none")),), True),
        ((Not(atom("case.state", Op.IN, "open", "closed", "none")), Not(Atom("case.state", Op.NONE))), False),
        ((atom("requester.sworn", Op.IN, True), atom("requester.sworn", Op.NOT_IN, True)), False),
        ((Atom("record.age", Op.AT_LEAST, YEAR), Atom("record.age", Op.LESS_THAN, MONTH)), False),
        ((Atom("record.age", Op.AT_LEAST, YEAR), Atom("record.age", Op.AT_MOST, YEAR)), True),
        ((Atom("record.age", Op.AT_LEAST, YEAR), Atom("record.age", Op.LESS_THAN, YEAR)), False),
        ((Not(Atom("record.age", Op.AT_LEAST, YEAR)), NO_SPAN), True),
        ((Not(Atom("record.age", Op.AT_LEAST, YEAR)), Atom("record.age", Op.AT_LEAST, YEAR)), False),
        ((atom("data.classes", Op.HAS_ALL, "read"), Not(atom("data.classes", Op.HAS_ANY, "read", "bulk"))), False),
        ((atom("data.classes", Op.OUTSIDE, "read"), Not(atom("data.classes", Op.HAS_ANY, "bulk"))), True),
        ((Hole("p"), Not(Hole("p"))), False),
        ((Any((OPEN, CLOSED)), Not(OPEN), Not(CLOSED)), False),
        ((TRUE,), True),
        ((FALSE,), False),
    ],
)
def test_conditions_that_hold_together(conds: tuple[Cond, ...], possible: bool) -> None:
    """Two conditions hold together exactly where some value of their facts, null among them, meets both."""
    assert possible is Regions(VOCABULARY).together(*conds)


def test_too_many_alternatives_are_left_alone() -> None:
    """Of a condition with too many alternatives nothing is called impossible, not even where it contradicts itself."""
    many = All(
        tuple(Any(tuple(atom(f"fact.{number}", Op.IN, value) for value in ("a", "b", "c"))) for number in range(12))
    )

    assert Regions(VOCABULARY).together(many, Not(many))
