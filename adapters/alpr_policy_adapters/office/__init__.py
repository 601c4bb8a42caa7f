"""Where profiles, directory, cases and ledger meet: what is answered here stands in the ledger before."""

from __future__ import annotations

from alpr_policy_adapters.office.acting import Overridden, Reported, authority_of, override, report_duty
from alpr_policy_adapters.office.casebook import Casebook, Kept
from alpr_policy_adapters.office.memory import Memory, reference_of
from alpr_policy_adapters.office.office import Office, Taken, denied
from alpr_policy_adapters.office.records import OnRecord, RecordFit, records_wanted
from alpr_policy_adapters.office.requests import Redeemed, Redemption, Requests

__all__ = [
    "Casebook",
    "Kept",
    "Memory",
    "Office",
    "OnRecord",
    "Overridden",
    "RecordFit",
    "Redeemed",
    "Redemption",
    "Reported",
    "Requests",
    "Taken",
    "authority_of",
    "denied",
    "override",
    "records_wanted",
    "reference_of",
    "report_duty",
]
