"""What a new department is proposed where nobody has answered yet."""

from __future__ import annotations

import datetime as dt
from typing import Final

from alpr_policy.questions.drafting.drafts import Draft
from alpr_policy.questions.drafting.topics import topics

PURPOSES: Final = ("criminal_investigation", "stolen_property", "missing_person", "warrant")


def usual(name: str, today: dt.date) -> Draft:
    """Return the draft of a profile called `name` in which every answer is as it is proposed; it binds this year."""
    return Draft(
        profile=name,
        department=f"{name.replace('_', ' ').title()} Police Department",
        title="Automated License Plate Readers",
        number="1",
        effective=today.replace(month=1, day=1),
        timezone="America/New_York",
        silence="deny",
        chief="Chief of Police",
        purposes=PURPOSES,
        taken={one.name: one.sample for one in topics() if one.kind != "always"},
    )
