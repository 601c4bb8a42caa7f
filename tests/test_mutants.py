"""The expected answers hold each profile to its text: no statement can be dropped or altered without one failing.

A mutant that no answer can tell from the profile is listed with its reason in tests/mutants/equivalent.yaml; one that
is listed and told apart all the same fails too, so that the list stays true. `python -m tests.test_mutants` prints
every mutant that lives, listed or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.suites import read_suite

from alpr_policy import PolicyDecisionPoint, parse_profile
from alpr_policy.ir.lower import lower
from alpr_policy.questions.mutants import mutants
from alpr_policy.questions.testing.killing import Key, answers, killed
from alpr_policy.reading.catalog import load_catalog, shipped_folder

FOLDER = Path(__file__).parent / "policies"
DEMO = Path(__file__).parents[1] / "examples" / "demo" / "policies"
LISTS = Path(__file__).parent / "mutants"
PROFILES = load_catalog([shipped_folder()]).names


def survivors(name: str) -> tuple[list[Key], int]:
    """Return the mutants of a profile that no expected answer tells from it, and how many mutants there are."""
    pdp = PolicyDecisionPoint.load(DEMO)
    suites = [read_suite(path) for path in sorted(FOLDER.glob("*.yaml"))]
    known = answers(name, suites, pdp, stories=False)
    made = list(mutants(pdp.catalog.latest(name)))
    return [(name, m.statement_id, m.what) for m in made if killed(m, name, pdp, known) is None], len(made)


def listed() -> Iterator[tuple[Key, str]]:
    """Yield the mutants that are known to be no different, each with the reason."""
    for entry in yaml.safe_load((LISTS / "equivalent.yaml").read_text(encoding="utf-8")):
        for what in [entry["what"]] if isinstance(entry["what"], str) else entry["what"]:
            yield (entry["profile"], entry["statement"], what), entry["reason"]


@pytest.mark.parametrize("name", PROFILES)
def test_every_mutant_is_told_apart_or_listed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is dropped or altered in a profile makes an expected answer fail, or is listed with its reason."""
    alive, made = survivors(name)
    excused = {key for key, _ in listed() if key[0] == name}
    with capsys.disabled():
        score = f"{made - len(alive)} of {made} mutants told apart, {len(excused)} listed as equivalent"
        print(f"\n{name}: {score} ({(made - len(alive)) / (made - len(excused)):.1%} of the others)")
    assert [] == [key for key in alive if key not in excused], "add an expected answer from the policy's text"
    assert [] == sorted(excused - set(alive)), "these are told apart after all, or no mutants: take them off the list"


def test_mutants_can_be_told_from_one_another() -> None:
    """A mutant is named by its statement and one phrase, so that the list can name it."""
    catalog = PolicyDecisionPoint.load().catalog
    for name in PROFILES:
        keys = [(m.statement_id, m.what) for m in mutants(catalog.latest(name))]
        assert len(set(keys)) == len(keys)


def test_each_part_of_a_statement_is_altered() -> None:
    """Of every kind of statement each part is dropped or altered once, and what comes of it can be lowered."""
    small = yaml.safe_load((LISTS / "phrases.yaml").read_text(encoding="utf-8"))
    found: dict[str, list[str]] = {}
    for mutant in mutants(parse_profile(small["profile"])):
        lower(mutant.profile)
        found.setdefault(mutant.statement_id, []).append(mutant.what)
    assert small["phrases"] == found


def test_each_listed_mutant_has_a_reason_and_is_listed_once() -> None:
    """The list says of every mutant why no answer can tell it, and says it once."""
    entries = list(listed())
    assert [] == [key for key, reason in entries if not reason.strip()]
    assert len(entries) == len({key for key, _ in entries})


if __name__ == "__main__":
    for profile in PROFILES:
        for _, statement, phrase in survivors(profile)[0]:
            print(f"{profile}: {statement}: {phrase}")
