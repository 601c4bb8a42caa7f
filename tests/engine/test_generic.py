"""Policies about other things than plate readers: the page that tells of them, their words, layout and readers."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.pages import ROOT, Block, blocks, name_of

from alpr_policy import PolicyDecisionPoint, one_line
from alpr_policy.formatting import format_text
from alpr_policy.ir.check import check
from alpr_policy.ir.lower import lower
from alpr_policy.model.profile import Profile
from alpr_policy.model.words import words_of
from alpr_policy.questions.editing import draft
from alpr_policy.questions.editing_complete import complete
from alpr_policy.questions.schemas import published
from alpr_policy.questions.sides import side_of
from alpr_policy.questions.verify import Verdict, claim_of, verify
from alpr_policy.reading import generic_shape as shape
from alpr_policy.reading.catalog import build
from alpr_policy.reading.profile_shape import PROFILE
from alpr_policy.reading.profiles import canonical, load_source, parse_profile
from alpr_policy.reading.yaml_nodes import parse
from alpr_policy.reading.yaml_plain import to_plain
from alpr_policy.source import SourceFile

PAGE = ROOT / "docs" / "generic.md"
BLOCKS = [one for one in blocks(PAGE.read_text(encoding="utf-8"), name_of(PAGE)) if one.language == "yaml"]
TEXT = BLOCKS[0].text
HEAD = "language: 1\nkind: generic\n"
NEVER = ("book.kind: reference", "requester.card: lapsed", "book.kind: rare")


def library() -> Profile:
    """Return the profile of the page."""
    return parse_profile(TEXT, "library.yaml")


def point() -> PolicyDecisionPoint:
    """Return a decision point over the profile of the page."""
    return PolicyDecisionPoint(build([load_source(SourceFile("library.yaml", TEXT))]))


@pytest.mark.parametrize("block", BLOCKS[1:], ids=str)
def test_the_answers_of_the_page_are_true(block: Block) -> None:
    """Under each request of the page stands the line that the page's profile gives."""
    node, found = parse(SourceFile(str(block), block.text))
    assert node is not None, found

    assert block.output == one_line(point().decide(dict(to_plain(node)))) + "\n"  # type: ignore[call-overload]  # a group


def test_the_profile_of_the_page_raises_no_doubt() -> None:
    """The profile of the page is used without an error or a warning, in its text and in its rules."""
    assert () == check(library(), lower(library()))


def test_it_has_its_own_words_alone() -> None:
    """Such a profile knows the acts and facts that it declares, those of persons, and none of plate readers."""
    words = words_of(library())
    own = {"requester.card", "book.kind", "book.reserved", "book.id", "action.days", "approval.rare"}
    persons = {f"requester.{one}" for one in ("id", "roles", "designee_of", "acting_as", "acts_as")}
    duties = {"duty.task", "duty.done_by", "duty.covers"}

    assert {"lend", "look", "duty.complete"} == set(words.actions)
    assert {*own, *persons, *duties, "at", "roles.absent"} == set(words.facts)
    assert {} == words.groups
    assert {"findings", "tasks", "roles"} == {name for name, values in words.lists.items() if values}


def test_the_page_names_every_key() -> None:
    """The page names each key and list that only such a profile has, and each section that it may not have."""
    text = PAGE.read_text(encoding="utf-8")
    words = {word for code in re.findall(r"`([^`\n]+)`", text) for word in re.findall(r"\w+", code)}
    own = {one.key for one in shape.GENERIC.fields} - {one.key for one in PROFILE.fields}

    assert {"kind", "entities"} == own
    assert set() == (own | {one.key for one in shape.ENTITY.fields} | set(shape.LISTS) | shape.STATED) - words


def test_it_is_written_back_as_it_was_read() -> None:
    """The canonical form of such a profile is read as the same profile, with the same fingerprint."""
    import yaml

    profile = library()
    again = parse_profile(yaml.safe_dump(canonical(profile), sort_keys=False, allow_unicode=True))

    assert profile == again
    assert profile.content_hash == again.content_hash


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("card: valid", "card: lapsed"),
        ("reserved: [ann]", "reserved: []"),
        ("subject: true", "subject: true\n    means: a reader"),
        ("novel: {kind: open}", "novel: {}"),
    ],
)
def test_the_fingerprint_holds_the_lists(before: str, after: str) -> None:
    """Whatever is changed in the lists changes the fingerprint of the text."""
    assert library().content_hash != parse_profile(TEXT.replace(before, after)).content_hash


def test_the_formatter_keeps_what_it_means() -> None:
    """Laid out anew, such a profile means the same, and laid out twice it does not change."""
    laid = format_text(SourceFile("library.yaml", TEXT), 100).text

    assert library() == parse_profile(laid)
    assert laid == format_text(SourceFile("library.yaml", laid), 100).text


def test_a_template_may_be_about_other_things() -> None:
    """A file that adopts such a profile has its kind, its lists and its words."""
    template = TEXT.replace("more_than: 28", "more_than: {parameter: longest}").replace(
        "lists:", "parameters:\n  longest: {type: count, required: true}\nlists:"
    )
    adopting = (
        "language: 1\nprofile: branch\nadopts: library\ndepartment: Branch\ntimezone: Europe/Berlin\n"
        'policy: {title: Lending, number: "1", effective: 2026-01-01}\nparameters: {longest: 7}\n'
    )
    texts = {"library.yaml": template, "branch.yaml": adopting}
    catalog = build([load_source(SourceFile(name, text)) for name, text in texts.items()])
    request = {"action": "lend", "at": "2026-05-04T10:00:00+02:00", "departments": ["branch"]}
    facts = {"requester.id": "ann", "book.id": "novel", "action.days": 8}

    assert catalog.latest("branch").is_generic
    assert "deny: too long (branch 1)" == one_line(PolicyDecisionPoint(catalog).decide({**request, "facts": facts}))


def test_both_kinds_may_bind_one_request() -> None:
    """Where a department of each kind binds, the one that does not know the act denies, and so does the whole."""
    readers = """
language: 1
profile: readers
department: Readers
policy: {title: Plate Readers, number: "1", effective: 2025-01-01}
timezone: America/New_York
silence: allow
permissions: [{id: all, cite: "1", action: search.run}]
outline: ["1"]
"""
    texts = {"library.yaml": TEXT, "readers.yaml": readers}
    pdp = PolicyDecisionPoint(build([load_source(SourceFile(name, text)) for name, text in texts.items()]))
    asked: dict[str, Any] = {"at": "2026-05-04T10:00:00+02:00", "facts": {"requester.id": "ann", "book.id": "novel"}}
    told = {
        (act, names): str(pdp.decide({**asked, "action": act, "departments": list(names)}).outcome)
        for act in ("look", "search.run")
        for names in (("library",), ("readers",), ("library", "readers"))
    }

    assert {
        ("look", ("library",)): "allow",
        ("look", ("readers",)): "deny",
        ("look", ("library", "readers")): "deny",
        ("search.run", ("library",)): "deny",
        ("search.run", ("readers",)): "allow",
        ("search.run", ("library", "readers")): "deny",
    } == told


def test_what_is_proven_counts_what_nobody_lists() -> None:
    """A proof looks at persons and things that no list has, and finds no statement dead for want of a row."""
    side, pdp = side_of(point(), "library")
    found = verify(pdp, side, [claim_of("never", f"lend: {{{one}}}", library()) for one in NEVER])
    failing = {one.kind for one in found.findings if one.verdict is Verdict.FAILS}

    assert [Verdict.HOLDS, Verdict.HOLDS, Verdict.FAILS] == [one.verdict for one in found.findings[:3]]
    assert {"never", "overlap"} == failing


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (HEAD + "^\n", {"entities", "permissions", "facts"}),
        (TEXT.replace("  book:\n    known:", "  book:\n    ^\n    known:"), {"subject", "means", "cite"}),
        (TEXT.replace("{requester.card: valid}}", "{book.^}}"), {"book.kind", "book.reserved", "book.id"}),
        (TEXT.replace("action: look", "action: ^"), {"lend", "look"}),
    ],
)
def test_an_editor_offers_what_fits(text: str, wanted: set[str]) -> None:
    """In such a file an editor offers its sections and its own words, and none of plate readers."""
    before = text.partition("^")[0]
    place = before.count("\n") + 1, len(before) - before.rfind("\n")
    offered = {one.label for one in complete(draft(SourceFile("a.yaml", text.replace("^", ""))), *place)}

    assert wanted <= offered
    assert set() == {"retention", "holds", "matching", "search.run", "use", "purpose"} & offered


def test_a_profile_about_readers_is_written_as_before() -> None:
    """A profile about plate readers has no kind and no entities, neither in its canonical form nor in its equality."""
    profile = parse_profile((ROOT / "policies" / "cambridge.yaml").read_text(encoding="utf-8"))

    assert {"kind", "entities"} & canonical(profile).keys() == set()
    assert not profile.is_generic
    assert profile == dataclasses.replace(profile, kind="", entities={})


def test_the_schema_takes_both_kinds() -> None:
    """The published schema takes the page's profile, and refuses in each kind the sections of the other."""
    validator = Draft202012Validator(json.loads(published("profile")))
    data = canonical(library())
    plain = json.loads(json.dumps(data, default=str))

    assert [] == list(validator.iter_errors(plain))
    assert [] != list(validator.iter_errors(plain | {"retention": [{"id": "a", "cite": "1", "at_most": "3 days"}]}))
    assert [] != list(validator.iter_errors({key: value for key, value in plain.items() if key != "kind"}))
    assert [] != list(validator.iter_errors(plain | {"kind": "other"}))
