"""Rules as readable text: what golden files hold and what a reason quotes."""

from __future__ import annotations

import datetime as dt

from alpr_policy.ir.nodes import (
    All,
    Always,
    Any,
    Atom,
    Cond,
    Constant,
    Forbid,
    Freeze,
    Hole,
    Keep,
    Not,
    Oblige,
    Permit,
    Require,
    Ruleset,
    Schedule,
    Sure,
)


def constant_text(value: Constant) -> str:
    """Show a constant: sorted, so that the text does not depend on hashing."""
    if isinstance(value, frozenset):
        words = sorted(str(v).lower() if isinstance(v, bool) else str(v) for v in value)
        return words[0] if len(words) == 1 else "[" + ", ".join(words) + "]"
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return "" if value is None else str(value)


def condition_text(cond: Cond) -> str:
    """Show a condition on one line."""
    match cond:
        case Atom(fact=fact, op=op, value=value):
            return f"{fact} {op} {constant_text(value)}".rstrip()
        case Hole(parameter=name):
            return f"parameter {name} (open)"
        case Always(truth=truth):
            return "always" if truth else "never"
        case Not(of=part):
            return f"not ({condition_text(part)})"
        case Sure(of=part):
            return f"surely ({condition_text(part)})"
        case All(of=parts):
            return " and ".join(_bracketed(part) for part in parts)
        case Any(of=parts):
            return " or ".join(_bracketed(part) for part in parts)


def _bracketed(cond: Cond) -> str:
    text = condition_text(cond)
    return f"({text})" if isinstance(cond, All | Any) else text


def rule_lines(rule: Permit | Forbid | Require | Oblige | Keep | Freeze | Schedule) -> list[str]:
    """Show one rule: a heading with its effect and clauses, then what it tests."""
    origin = rule.origin
    effect = type(rule).__name__.lower() + (" (should)" if origin.advisory else "")
    lines = [f"{effect} {origin.id}  [{', '.join(origin.cite)}]"]
    if isinstance(rule, Permit | Forbid | Require | Oblige):
        lines.append("  on " + ", ".join(sorted(rule.actions)))
    match rule:
        case Freeze(active=active):
            lines.append(f"  while {condition_text(active)}")
        case Schedule(duty=duty, applies=applies):
            lines += [f"  task {duty.task}", f"  where {condition_text(applies)}"]
        case _:
            lines.append(f"  where {condition_text(rule.applies)}")
    match rule:
        case Forbid(excuse=str() as excuse):
            lines.append(f"  excused by {excuse}")
        case Require(met=met, excused=excused, item=item):
            lines.append(f"  must {condition_text(met)}" + (f"  asks for {item}" if item else ""))
            if excused != Always(False):
                lines.append(f"  or else {condition_text(excused)}")
        case Oblige(task=task, within=within, outcomes=outcomes, by=by):
            who = f" by {', '.join(by)}" if by else ""
            lines.append(f"  task {task}{who} within {within} on {', '.join(sorted(outcomes))}")
        case Keep(never=never, unreached=unreached, passed=passed):
            lines += (
                ["  never here"]
                if never
                else [f"  keep while {condition_text(unreached)}", f"  purge when {condition_text(passed)}"]
            )
    return lines


def ruleset_text(ruleset: Ruleset) -> str:
    """Show a whole lowered profile."""
    head = [
        f"profile {ruleset.profile}, {ruleset.version}",
        f"silence allows {', '.join(sorted(ruleset.silence_allows)) or 'nothing'}",
    ]
    specs = [f"{name} = {spec}" for name, spec in sorted(ruleset.specs.items())]
    rules = [*ruleset.rules, *ruleset.keeps, *ruleset.freezes, *ruleset.schedules]
    return "\n".join([*head, "", *specs, "", *(line for rule in rules for line in [*rule_lines(rule), ""])])
