"""Invented logs of acts for any department, as tables that a replay takes (docs/generate.md)."""

from alpr_policy_adapters.scenarios.measured import Figure, figures_of
from alpr_policy_adapters.scenarios.settings import ScenarioError, Violation, load_violations
from alpr_policy_adapters.scenarios.stories import Scenario, scenario
from alpr_policy_adapters.scenarios.table import Written, write_log

__all__ = [
    "Figure",
    "Scenario",
    "ScenarioError",
    "Violation",
    "Written",
    "figures_of",
    "load_violations",
    "scenario",
    "write_log",
]
