"""The corpus: every evaluator gives, on every case of tests/cases, the answer that the language prescribes.

A file names itself by the fact it shows. It has the form of tests/policies, but its `profile` is the whole text of a
small profile, or the id of a fixture in tests/cases/profiles; every case states what it expects.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import pytest
from tests.suites import Case, Suite, differences, suite_of

from alpr_policy import PolicyDecisionPoint
from alpr_policy.questions.decide import Evaluator
from alpr_policy.questions.suites import SuiteError
from alpr_policy.reading.catalog import Catalog, build, load_catalog
from alpr_policy.reading.profiles import load_source
from alpr_policy.reading.scalars import ScalarNode
from alpr_policy.reading.yaml_nodes import MappingNode, parse, read_text
from alpr_policy.source import SourceFile

FOLDER = Path(__file__).parent / "cases"
FIXTURES = FOLDER / "profiles"
# Folders with a form, and a test, of their own.
ELSEWHERE = {"bad", "calendar", "profiles", "yaml"}

EVALUATORS: dict[str, Callable[[Catalog], PolicyDecisionPoint]] = {
    str(one): partial(PolicyDecisionPoint, evaluator=one) for one in Evaluator
}


def files() -> list[Path]:
    """Return the files of the corpus, by topic and name."""
    return sorted(path for path in FOLDER.glob("*/*.yaml") if path.parent.name not in ELSEWHERE)


@cache
def read(path: Path) -> tuple[Suite, Catalog]:
    """Return the cases of a file and the profiles it is about: its own, or all fixtures where it names one."""
    source, found = read_text(path)
    node, problems = parse(source) if source is not None else (None, [])
    profile = node.get("profile") if node is not None else None
    if node is None or not isinstance(profile, ScalarNode) or "\n" not in profile.text:
        return suite_of(node, [*found, *problems]), load_catalog([FIXTURES])
    catalog = build([load_source(SourceFile(path.name, profile.text))])
    name = dataclasses.replace(profile, value=catalog.names[0], text=catalog.names[0])
    entries = tuple((key, name if value is profile else value) for key, value in node.entries)
    return suite_of(MappingNode(entries, node.span), [*found, *problems]), catalog


@cache
def point(evaluator: str, path: Path) -> PolicyDecisionPoint:
    """Return a decision point with one evaluator over the profiles of a file."""
    return EVALUATORS[evaluator](read(path)[1])


CASES = [
    pytest.param(evaluator, path, case, id=f"{evaluator}: {path.parent.name}/{path.stem}: {case.name}")
    for evaluator in EVALUATORS
    for path in files()
    for case in read(path)[0].cases
]


@pytest.mark.parametrize(("evaluator", "path", "case"), CASES)
def test_every_evaluator_gives_the_answer_of_the_language(evaluator: str, path: Path, case: Case) -> None:
    """The decision agrees with the answer that the language prescribes."""
    assert [] == differences(case.expect, point(evaluator, path).decide(case.request, as_if=case.as_if))


@pytest.mark.parametrize("path", files(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_evaluator_says_the_same_in_every_field(path: Path) -> None:
    """On each case of the corpus the decisions of all evaluators are equal, reasons and questions included."""
    for case in read(path)[0].cases:
        first, *others = (point(name, path).decide(case.request, as_if=case.as_if) for name in EVALUATORS)
        assert [first] * len(others) == others, case.name


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("expect: {outcome: allow}", "expect: {}", "missing-key"),
        (", expect: {outcome: allow}", "", "missing-key"),
        ("outcome: allow", "outcome: yes", "wrong-type"),
        ("action: search.run", "act: search.run", "unknown-key"),
        ("outcome: allow", "outcome: allow, need: []", "unknown-key"),
        ("cases:", "kases:", "unknown-key"),
    ],
)
def test_a_file_that_could_pass_by_mistake_is_refused(old: str, new: str, code: str, tmp_path: Path) -> None:
    """A case without an answer, and a key that nobody knows, is an error and not a pass."""
    path = tmp_path / "case.yaml"
    good = (
        "profile: open_shop\nat: 2026-05-04T10:00:00-04:00\n"
        "cases:\n  - {name: Fine., action: search.run, expect: {outcome: allow}}\n"
    )
    path.write_text(good.replace(old, new), encoding="utf-8")

    with pytest.raises(SuiteError) as refused:
        read(path)

    assert code in {one.code for one in refused.value.diagnostics}


def test_another_answer_is_noticed() -> None:
    """Every case of the corpus fails where another outcome is expected."""
    missed = [
        f"{path.stem}: {case.name}"
        for path in files()
        for case in read(path)[0].cases
        if not differences(
            {**case.expect, "outcome": "needs" if case.expect["outcome"] != "needs" else "allow"},
            point("reference", path).decide(case.request, as_if=case.as_if),
        )
    ]

    assert [] == missed


def test_every_fixture_is_used() -> None:
    """No shared profile is left over: each is named by a case, or is the floor, template or version of one that is."""
    asked = {name for path in files() for case in read(path)[0].cases for name in case.request["departments"]}
    catalog = load_catalog([FIXTURES])
    asked |= {profile.floor for profile in catalog.profiles if profile.floor} | {"every_kind"}

    assert set() == set(catalog.names) - asked
