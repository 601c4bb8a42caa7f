"""A small invented directory for tests, as plain data; no person in it exists."""

from __future__ import annotations

import copy
from typing import Any

from alpr_policy.model.directory import Directory
from alpr_policy.reading.directory import read_directory_data

TOWN: dict[str, Any] = {
    "directory": 1,
    "timezone": "America/New_York",
    "agencies": [
        {"id": "millbrook", "kind": "own", "status": "active"},
        {"id": "oakham", "kind": "other_police", "status": [{"status": "suspended", "from": "2026-03-01"}]},
    ],
    "persons": [
        {
            "id": "p-1",
            "agency": "millbrook",
            "kind": "member",
            "sworn": True,
            "supervisor": {"from": "2026-01-01"},
            "employee": True,
            "command_post": False,
            "designated": "2025-12-01",
            "roles": [{"role": "chief", "from": "2026-01-01", "until": "2026-06-30"}],
            "training": [
                {"what": "user", "completed": "2024-01-10", "covers": ["policy"], "expires": "2026-01-10"},
                {"what": "refresher", "completed": "2026-01-09", "covers": ["policy", "equipment"]},
            ],
            "status": [
                {"status": "active", "until": "2026-04-30"},
                {"status": "suspended", "from": "2026-05-01", "until": "2026-05-10"},
                {"status": "active", "from": "2026-05-11"},
            ],
            "credentials": [{"login": "user-1", "kind": "unique"}],
            "hours": [{"days": ["mon", "tue"], "start": "22:00", "end": "06:00"}],
        },
        {
            "id": "p-2",
            "agency": "millbrook",
            "kind": "member",
            "sworn": False,
            "designated": None,
            "roles": [
                {"role": "chief", "capacity": "designee", "of": "p-1"},
                {"role": "sergeant", "from": "2026-05-04T08:00:00-04:00", "until": "2026-05-04T16:00:00-04:00"},
            ],
            "training": [],
        },
        {"id": "p-3", "agency": "oakham", "kind": "outsider", "roles": [], "until": "2026-05-03"},
        {"id": "p-4", "agency": "federal", "roles": [{"role": "clerk"}]},
    ],
    "absences": [
        {"person": "p-1", "from": "2026-05-01", "until": "2026-05-14"},
        {"role": "registrar", "from": "2026-05-04"},
    ],
}


def town(**changed: Any) -> Directory:
    """Return the directory with some of its keys replaced; a value of None drops one."""
    data = {**copy.deepcopy(TOWN), **changed}
    return read_directory_data({key: value for key, value in data.items() if value is not None})
