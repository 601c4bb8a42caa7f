"""A row of a log as a row of a table of acts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from alpr_policy.model.values import is_text
from alpr_policy.reading.records import MAX_WORD
from alpr_policy.vocabulary import FactKind
from alpr_policy_adapters.logs.rows import LogRow
from alpr_policy_adapters.tables.encoding import cell_of, row_of

# By whom an act was, for counting: what a log has beside the words of the language.
BY_WHOM: Final[Mapping[str, tuple[str, ...]]] = {
    "agency": ("search.organisation", "agency"),
    "unit": ("search.unit", "unit"),
}
LOG_TIMES: Final[Mapping[str, FactKind]] = dict.fromkeys(("search.window_from", "search.window_to"), FactKind.TIME)


def act_of(row: LogRow) -> dict[str, Any]:
    """Return a row of a log as `ActWriter.add` takes it: the request, and by which agency and unit it was."""
    found = row_of(row.request, LOG_TIMES)
    told = {**row.more, **row.request.get("facts", {})}
    for column, names in BY_WHOM.items():
        value = next((told[name] for name in names if name in told), None)
        if is_text(value, MAX_WORD) and cell_of(value, FactKind.TEXT) is not None and value:
            found[column] = value
    return found
