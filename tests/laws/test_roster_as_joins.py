"""What joins say of whoever asks is what filling each request from the directory says."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.laws.test_directory import DAYS, PEOPLE, ROLES, directories
from tests.laws.test_history_as_joins import back, engine_named, law, table

from alpr_policy.meaning.typed import read_value
from alpr_policy.model.directory import Directory
from alpr_policy.model.request import Request
from alpr_policy.model.values import Unknown
from alpr_policy.questions.filling import ROSTER, fill
from alpr_policy.vocabulary import VOCABULARY
from alpr_policy_adapters.tables.files import act_files
from alpr_policy_adapters.tables.roster import FACTS, with_directory
from alpr_policy_adapters.tables.rows import request_of

SETS = {"requester.roles", "requester.designee_of", "requester.acting_as", ROSTER}
instants = st.builds(
    lambda day, hour: dt.datetime.combine(day, dt.time(hour, 30, 0), tzinfo=dt.UTC),
    st.sampled_from(DAYS),
    st.integers(0, 23),
)
told = st.fixed_dictionaries(
    {},
    optional={
        "requester.id": st.sampled_from((*PEOPLE, *PEOPLE, "p-9", "withheld", None)),
        "requester.sworn": st.sampled_from((True, False, "unknown", "withheld", None)),
        "requester.roles": st.lists(st.sampled_from(ROLES), unique=True),
        "requester.status": st.sampled_from(("active", "suspended", "no_such_status")),
        "roles.absent": st.lists(st.sampled_from(ROLES), unique=True),
    },
)
logs = st.lists(
    st.builds(
        lambda action, at, facts: Request(action=action, at=at, facts=facts),
        st.sampled_from(("search.run", "search.run", "read.capture", "access.grant")),
        instants,
        told,
    ),
    max_size=25,
)


def known(facts: dict[str, Any]) -> dict[str, Any]:
    """Return what is known of the facts that a directory gives."""
    found = {}
    for name in (*FACTS, ROSTER):
        value = read_value(VOCABULARY.facts[name], facts.get(name, "unknown"), VOCABULARY)
        if not isinstance(value, Unknown):
            found[name] = value.astimezone(dt.UTC) if isinstance(value, dt.datetime) else value
    return found


def check(name: str, directory: Directory, log: list[Request]) -> None:
    """Compare each row that a join filled with the request that was filled by itself."""
    with tempfile.TemporaryDirectory() as folder, engine_named(name) as engine:
        frame = engine.open(act_files([table(Path(folder), log)]))
        rows = back(engine, with_directory(frame, engine, directory))
        for row, one in zip(rows, log, strict=True):
            assert known(dict(fill(directory, one).request.facts)) == known(request_of(row, SETS)["facts"])


@pytest.mark.parametrize("name", ["duckdb", "polars"])
@law
@given(directories(), logs)
def test_a_directory_by_joins_says_what_it_says_of_each(name: str, directory: Directory, log: list[Request]) -> None:
    """What a directory adds to a table by joins is what it adds to every request by itself."""
    check(name, directory, log)


@pytest.mark.slow
@settings(law, max_examples=2)
@given(directories(), logs)
def test_a_directory_on_spark_says_what_it_says_of_each(directory: Directory, log: list[Request]) -> None:
    """What a directory adds to a table on Spark, in a session of another time zone, is what it adds to each request."""
    check("spark", directory, log)
