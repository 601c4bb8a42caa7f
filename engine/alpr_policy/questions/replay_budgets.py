"""Budgets of a replay: how many rows may change in which way before a draft fails, such as `newly-allowed>0`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from alpr_policy.errors import Diagnostic, ExitCode, PolicyError
from alpr_policy.questions.replay_summary import BudgetSpent, ReplaySummary, Tally
from alpr_policy.suggest import did_you_mean

Count = Callable[[Tally], int]
# Where a text asks both for more and for less, a budget on either way counts the row.
BY_ROW: Final[Mapping[str, Count]] = {
    "newly-allowed": lambda one: one.newly_allowed,
    "newly-denied": lambda one: one.newly_denied,
    "newly-needing": lambda one: one.newly_needing,
    "flips": lambda one: one.flips,
    "laxer": lambda one: one.laxer + one.both,
    "stricter": lambda one: one.stricter + one.both,
    "no-text": lambda one: one.no_text,
}
OF_ALL: Final = ("unreplayable", "mismatches")
NAMES: Final = (*BY_ROW, *OF_ALL)
MOST_LONG: Final = 200
FORM: Final = re.compile(
    r"\s*(?P<name>[A-Za-z][A-Za-z_-]*)\s*(?:\[(?P<act>[^\]]*)\])?\s*(?P<sign>>=|>)\s*(?P<limit>\d{1,12}(?:\.\d{1,6})?)"
    r"\s*(?P<percent>%?)\s*"
)
HOW: Final = "write `newly-allowed>0`, `flips>2%` or `laxer[search.run]>=10`"


class BudgetError(PolicyError):
    """A budget cannot be understood."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """One budget: fails where the count is over `limit`, or with `reached` where it is at it.

    `acts` are the acts that it looks at; empty means all. With `percent` the limit is of a hundred rows.
    """

    text: str
    name: str
    acts: tuple[str, ...] = ()
    limit: Decimal
    percent: bool = False
    reached: bool = False


def parse_budget(text: str, acts: Iterable[str], groups: Mapping[str, tuple[str, ...]] | None = None) -> Budget:
    """Read a budget; `acts` are those that either text knows, `groups` names for several. Raises BudgetError."""
    found = FORM.fullmatch(text) if len(text) <= MOST_LONG else None
    if found is None:
        raise _wrong(f"`{text[:60]}` is no budget", HOW)
    name = found["name"].lower().replace("_", "-")
    if name not in NAMES:
        raise _wrong(f"`{found['name'][:40]}` is nothing that a replay counts", did_you_mean(name, NAMES) or HOW)
    percent, limit = bool(found["percent"]), Decimal(found["limit"])
    if not percent and limit != limit.to_integral_value():
        raise _wrong(
            f"`{text[:60]}`: a number of rows is whole", f"write `{text.strip()[:60]}%` for parts of a hundred"
        )
    chosen = () if found["act"] is None else _acts(name, found["act"].strip(), sorted(acts), groups or {})
    return Budget(
        text="".join(text.split()),
        name=name,
        acts=chosen,
        limit=limit,
        percent=percent,
        reached=found["sign"] == ">=",
    )


def _acts(name: str, act: str, known: list[str], groups: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    if name in OF_ALL:
        raise _wrong(f"`{name}` is counted over the whole log", f"write `{name}>0`")
    if act in known:
        return (act,)
    if groups.get(act):
        return groups[act]
    raise _wrong(f"`{act[:60]}` is no act of either text", did_you_mean(act, [*known, *groups]))


def _wrong(message: str, help: str) -> BudgetError:
    return BudgetError([Diagnostic("replay-budget", message, help=help)])


def spent(budget: Budget, summary: ReplaySummary) -> BudgetSpent:
    """Hold a budget against a replay. Where there are no rows to count, nothing is over."""
    count, of = _counted(budget, summary)
    limit = budget.limit * of / 100 if budget.percent else budget.limit
    over = of > 0 and (count >= limit if budget.reached else count > limit)
    return BudgetSpent(budget=budget.text, count=count, of=of, over=over)


def _counted(budget: Budget, summary: ReplaySummary) -> tuple[int, int]:
    if budget.name == "unreplayable":
        return summary.left_out, summary.rows
    if budget.name == "mismatches":
        return len(summary.mismatches), summary.checked
    tallies = [one for one in summary.by_act if one.name in budget.acts] if budget.acts else [summary.totals]
    of = sum(one.rows if budget.name == "no-text" else one.judged for one in tallies)
    return sum(BY_ROW[budget.name](one) for one in tallies), of
