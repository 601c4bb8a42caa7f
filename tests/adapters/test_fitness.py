"""Fitness: every clause on logging of every department is answered, and answered with the truth."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.adapters.cli_kit import ROOT, run

from alpr_policy import PolicyDecisionPoint
from alpr_policy.errors import ExitCode
from alpr_policy_adapters.ledger import Ledger
from alpr_policy_adapters.office import Office

pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")
DEMO = str(ROOT / "examples" / "demo" / "policies")
CLAUSES = ROOT.parent / "shared" / "clauses"
AT = "2026-05-04T11:00:00-04:00"
# Beside these each lists what else it wants on record; the clauses that are of no other kind stand here.
LOGGING = {
    "cambridge": {"IV.B.1.a.9", "IV.C.2.a-s2", "IV.C.6.a"},
    "billerica": {"IV.B.b9", "IX.C-s1", "XI.c"},
    "leicester": set(),
    "waltham": {"2.e.3", "2.g.1.a", "2.g.1.b", "4-s3"},
    "model": {"IV.B.1.e", "IV.E.4", "V.A.1", "V.A.2", "V.B.2"},
}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Give an office on a new ledger, with the departments that ship and one that adopted the model."""
    point = PolicyDecisionPoint.load(ROOT / "policies", DEMO)
    return Office(
        point, Ledger.open(str(tmp_path / "ledger.db"), create=True), clock=lambda: dt.datetime.fromisoformat(AT)
    )


def fitness(folder: Path, department: str, *words: str) -> Any:
    """Return what the command says, as data."""
    given = ("-d", department, "--policies", DEMO, "--as-of", "2026-05-31", *words)
    found = run("ledger", "fitness", "--ledger", str(folder / "ledger.db"), *given, "--json")
    assert found.exit_code in (ExitCode.OK, ExitCode.BELOW_THRESHOLD), found.stderr
    return json.loads(found.stdout)


def answers(told: Any) -> dict[str, set[str]]:
    """Return by clause what is said of it."""
    found: dict[str, set[str]] = {}
    for one in told["clauses"]:
        answer = "no" if one["lacks"] else "yes" if one["rows"] else "nothing yet"
        found.setdefault(one["cite"], set()).add(answer)
    for one in told["records"]:
        for cite in one["cite"]:
            found.setdefault(cite, set()).add(one["kept"])
    return found


def act(office: Office, action: str, department: str, **facts: Any) -> None:
    """Have one act decided and written down."""
    facts = {"requester.id": "officer-7", **{name.replace("__", "."): value for name, value in facts.items()}}
    office.decide({"action": action, "at": AT, "departments": [department], "facts": facts})


@pytest.mark.parametrize("department", [*LOGGING, "exampletown"])
def test_every_clause_on_logging_is_answered(office: Office, tmp_path: Path, department: str) -> None:
    """Each clause on logging is in the report from the first day; before any act nothing is kept or lacking."""
    told = answers(fitness(tmp_path, department))

    assert set() == LOGGING.get(department, LOGGING["model"]) - told.keys()
    assert {"not known" if department == "model" else "nothing yet"} >= set().union(*told.values(), set())


@pytest.mark.parametrize("department", LOGGING)
def test_the_list_of_clauses_is_that_of_the_texts(department: str) -> None:
    """The clauses that are looked for are those that were read as clauses on logging in the department's own text."""
    if not CLAUSES.is_dir():
        pytest.skip("the clauses of the texts are not beside the repository")
    read = yaml.safe_load((CLAUSES / f"{department}.yaml").read_text(encoding="utf-8"))
    of_logging = {one["id"].removeprefix(f"{department}-") for one in read if one["kind"] == "logging"}

    assert of_logging == LOGGING[department]


@pytest.mark.parametrize(
    ("department", "acts", "expected"),
    [
        (
            "waltham",
            [("access.use", {}), ("data.share", {"recipient__kind": "court"})],
            {"2.g.1.a": {"yes"}, "2.g.1.b": {"nothing yet"}, "4-s3": {"nothing yet"}},
        ),
        ("waltham", [("search.run", {})], {"2.g.1.b": {"no"}}),
        ("cambridge", [("search.run", {})], {"IV.C.6.a": {"no", "yes", "nothing yet"}}),
        ("cambridge", [("search.run", {"purpose": "criminal_investigation"})], {"IV.C.6.a": {"yes", "nothing yet"}}),
        ("leicester", [("search.run", {})], {}),
    ],
)
def test_it_says_what_is_so(
    office: Office, tmp_path: Path, department: str, acts: list[Any], expected: dict[str, set[str]]
) -> None:
    """A clause is kept where the rows have what it wants, and lacking where they have not."""
    for action, facts in acts:
        act(office, action, department, **facts)
    told = answers(fitness(tmp_path, department))

    assert expected == {cite: told[cite] for cite in expected}
    assert (department == "leicester") is (not told)
