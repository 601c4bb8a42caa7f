"""What every generated function may call, by the name it has there. None of it knows a department."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from alpr_policy.durations import recent_moment
from alpr_policy.evaluators.compiled.lookup import Lookup
from alpr_policy.meaning.judge import Judgement
from alpr_policy.meaning.match import matches
from alpr_policy.meaning.needs import cited
from alpr_policy.meaning.parts import ends, faults_of, obligation, purges
from alpr_policy.meaning.standing import Held, Kept, Standing, lifecycle
from alpr_policy.model.decision import Outcome
from alpr_policy.model.quick import maker
from alpr_policy.model.values import ABSENT, Unknown

NOT_YET: Final = object()
TOOLS: Final[dict[str, Any]] = {
    "A": ABSENT,
    "N": NOT_YET,
    "U": Unknown,
    "judgement": maker(Judgement),
    "datetime": datetime,
    "recent": recent_moment,
    "Lookup": Lookup,
    "Held": Held,
    "Kept": Kept,
    "ALLOW": Outcome.ALLOW,
    "DENY": Outcome.DENY,
    "NEEDS": Outcome.NEEDS,
    "SILENT": Standing.SILENT,
    "UNKNOWN": Standing.UNKNOWN,
    "cited": cited,
    "ends": ends,
    "faults_of": faults_of,
    "lifecycle": lifecycle,
    "match": matches,
    "obligation": obligation,
    "purges": purges,
}
