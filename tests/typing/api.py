"""Everything public as a caller uses it; mypy and pyright check this file as strictly as they can, nothing runs it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from alpr_policy import (
    Catalog,
    Decision,
    LivePolicyDecisionPoint,
    MissingExtraError,
    Mode,
    Need,
    Obligation,
    Outcome,
    PolicyDecisionPoint,
    PolicyError,
    Profile,
    ProfileError,
    Reason,
    Request,
    RequestError,
    UnknownProfileError,
    explain,
    one_line,
    parse_profile,
    read_request,
)


def decide(pdp: PolicyDecisionPoint, raw: Mapping[str, Any]) -> Decision:
    """Ask with a mapping and with a request that was read before."""
    request: Request = read_request(raw)
    first: Decision = pdp.decide(raw, departments=["cambridge"], mode=Mode.OBSERVE)
    second: Decision = pdp.decide(request, as_if="leicester@2024-03-01", trace=True)
    many: Iterator[Decision] = pdp.decide_all([raw, request], departments=("cambridge",))
    return next(many) if first.outcome is Outcome.ALLOW else second


def work_through(decision: Decision) -> list[str]:
    """Read every part of a decision."""
    needs: tuple[Need, ...] = decision.needs
    obligations: tuple[Obligation, ...] = decision.obligations
    reasons: tuple[Reason, ...] = decision.reasons
    texts: list[str] = [one_line(decision), explain(decision, auditor=False)]
    texts += [need.name for need in needs] + [duty.due for duty in obligations] + [r.place for r in reasons]
    wire: dict[str, Any] = decision.to_wire(trace=True)
    return [*texts, *decision.as_if, *wire]


def serve(folder: Path) -> bool:
    """Serve a department, take up changes, and hear of what is wrong."""

    def alarm(problem: PolicyError) -> None:
        print(problem.diagnostics[0].message)

    with LivePolicyDecisionPoint(folder, departments=["cambridge"], on_alarm=alarm) as live:
        live.watch(every=5.0)
        active: Profile | None = live.active("cambridge", dt.datetime.now(dt.UTC))
        catalog: Catalog = live.catalog
        answers: Iterator[Decision] = live.decide_all([{"action": "search.run"}])
        return live.reload() and active is not None and "cambridge" in catalog.names and next(answers).proceed


def errors(text: str) -> Profile | None:
    """Catch each error by its name."""
    try:
        return parse_profile(text, "town.yaml")
    except MissingExtraError as missing:
        print(missing.extra)
    except (ProfileError, RequestError, UnknownProfileError) as error:
        print([diagnostic.code for diagnostic in error.diagnostics], int(error.exit_code))
    return None
