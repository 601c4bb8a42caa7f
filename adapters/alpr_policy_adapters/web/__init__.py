"""The page: policies tried, compared, written and replayed in a browser, served by the process that answers over HTTP.

It asks the same functions as the command line and the native API, and decides nothing by itself.
"""

from __future__ import annotations

from alpr_policy_adapters.web.desk import Desk, Tools
from alpr_policy_adapters.web.mount import attach
from alpr_policy_adapters.web.visits import Visit, Visits

__all__ = ["Desk", "Tools", "Visit", "Visits", "attach"]
