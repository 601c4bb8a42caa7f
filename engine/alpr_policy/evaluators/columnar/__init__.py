"""Decides a whole table of acts by deciding one row of each group of rows that no rule can tell apart.

It holds no rule. From the tests of some rulesets it works out what of each column can matter (`wants`), says that in
expressions that every table engine understands (`keys`), and tells what of it one text looks at (`faces`). Deciding is
left to the decider it is handed.
"""

from __future__ import annotations

from alpr_policy.evaluators.columnar.faces import Face
from alpr_policy.evaluators.columnar.keys import Keys
from alpr_policy.evaluators.columnar.wants import Plan, plan_of

__all__ = ["Face", "Keys", "Plan", "plan_of"]
