"""The solver of the extra `verify`, where it is installed: it is asked what the search does not decide in time."""

from __future__ import annotations

import importlib.util

from alpr_policy.evaluators.symbolic.duel import Solver


def solver_if_here() -> Solver | None:
    """Return the solver, or None where it is not installed."""
    if importlib.util.find_spec("z3") is None:
        return None
    from alpr_policy.evaluators.symbolic.solver import solve

    return solve
