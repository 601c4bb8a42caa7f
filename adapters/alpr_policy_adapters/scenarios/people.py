"""The invented people of a department: kinds of person by what they may do, and a roster with shifts and training."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from alpr_policy.model.profile import Role
from alpr_policy_adapters.scenarios.settings import settings
from alpr_policy_adapters.scenarios.words import Value

SHIFTS: Final = 3
UNITS: Final = ("patrol-1", "patrol-2", "patrol-3", "detectives", "traffic")
# Of a hundred people how many are of a kind; of each role there is one holder, and one designee where the role has one.
SHARES: Final = {"officer": 78, "supervisor": 12, "civilian": 8, "vendor": 2}
REFRESHED: Final = 640


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """People whom the rules cannot tell apart, and what is known of them."""

    name: str
    family: str
    facts: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person: a day on which training was once completed and every how many days it is, both in days."""

    id: str
    kind: str
    unit: str
    shift: int
    trained: int
    every: int
    designated: int
    activity: float


def kinds(roles: Mapping[str, Role]) -> dict[str, Kind]:
    """Return the kinds of person of a department with these roles."""
    found = [
        Kind(name="officer", family="officer", facts=_facts(sworn=True)),
        Kind(name="supervisor", family="supervisor", facts=_facts(sworn=True, supervisor=True)),
        Kind(name="civilian", family="civilian", facts=_facts()),
        Kind(name="vendor", family="vendor", facts=_facts(agency="vendor")),
    ]
    for name, role in sorted(roles.items()):
        found.append(
            Kind(name=f"{name} holder", family="holder", facts=_facts(sworn=True, supervisor=True, roles=(name,)))
        )
        if role.designee:
            facts = _facts(sworn=True, supervisor=True, designee_of=(name,))
            found.append(Kind(name=f"{name} designee", family="designee", facts=facts))
    return {one.name: one for one in found}


def _facts(
    *,
    agency: str = "own",
    sworn: bool = False,
    supervisor: bool = False,
    roles: tuple[str, ...] = (),
    designee_of: tuple[str, ...] = (),
) -> dict[str, Value]:
    return {
        "requester.agency": agency,
        "requester.sworn": sworn,
        "requester.supervisor": supervisor,
        "requester.roles": roles,
        "requester.designee_of": designee_of,
        "requester.acting_as": (),
    }


def roster(known: Mapping[str, Kind], count: int, first: dt.date, limit: int, rng: random.Random) -> tuple[Person, ...]:
    """Return about `count` people; `first` is the log's first day, and training holds for `limit` days."""
    found: list[Person] = []
    for kind in known.values():
        # At least one in each shift, so that somebody is there whatever the hour.
        many = max(SHIFTS, round(count * SHARES[kind.family] / 100)) if kind.family in SHARES else 1
        for place in range(many):
            number = len(found) + 1
            unit = (
                "records"
                if kind.family == "civilian"
                else "command"
                if kind.family not in SHARES
                else rng.choice(UNITS)
            )
            every = rng.randint(max(2, round(limit * 0.45)), max(3, round(limit * 0.9)))
            found.append(
                Person(
                    id=f"officer-{number:04d}",
                    kind=kind.name,
                    unit="vendor" if kind.family == "vendor" else unit,
                    shift=place % SHIFTS if kind.family in SHARES else -1,
                    trained=(first - dt.date(1970, 1, 1)).days - rng.randint(2, every + 1),
                    every=every,
                    designated=(first - dt.date(1970, 1, 1)).days - rng.randint(40, 1_500),
                    activity=_activity(place // SHIFTS, max(1, many // SHIFTS)),
                )
            )
    return tuple(found)


def _activity(place: int, of: int) -> float:
    """Return how much somebody does: each tenth of the people has its published share."""
    deciles = settings("figures")["user_deciles"]
    return float(deciles[min(9, place * 10 // of)]) if of >= 10 else 1.0
