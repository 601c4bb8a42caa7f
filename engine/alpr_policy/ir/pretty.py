"""Rules as readable text: what golden files hold and what a reason quotes."""

from __future__ import annotations

import datetime as dt

from alpr_policy.ir.nodes import (
    All,
    Always,
    Any,
    ApprovalSpec,
    Atom,
    CheckSpec,
    Cond,
    Constant,
    Decider,
    DerivedSpec,
    DocumentSpec,
    Forbid,
    Freeze,
    HoldSpec,
    Hole,
    Keep,
    Not,
    Oblige,
    Op,
    Permit,
    Require,
    Ruleset,
    Schedule,
    Spec,
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
        case Atom(fact=fact, op=Op.IN | Op.NOT_IN as op, value=frozenset() as value) if len(value) == 1:
            return f"{fact} {'is' if op is Op.IN else 'is not'} {constant_text(value)}"
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


def spec_lines(spec: Spec) -> list[str]:
    """Show in words what makes an approval, exception, check, document, hold or derived fact what it is."""
    match spec:
        case ApprovalSpec():
            told = _approval(spec)
        case CheckSpec():
            told = [
                f"check {spec.check}" + (f" of {', '.join(spec.parts)}" if spec.parts else ""),
                f"from {_listed(spec.sources)}" if spec.sources else "",
                f"by {_deciders(spec.by, spec.hole)}" if spec.by or spec.hole else "",
                "not by the requester" if spec.not_by_requester else "",
                f"not before {spec.after}" if spec.after else "",
            ]
        case DocumentSpec():
            told = [
                f"document {_listed(spec.kinds, ' or ')}" + (f" with {', '.join(spec.fields)}" if spec.fields else ""),
                f"issued by {_listed(spec.issuers, ' or ')}" if spec.issuers else "",
                f"valid {spec.valid}" if spec.valid else "",
            ]
        case HoldSpec():
            by = f"placed by {_deciders(spec.by, spec.hole)}" if spec.by or spec.hole else ""
            told = [f"hold on the basis {spec.basis}", by]
        case DerivedSpec():
            of = f"{spec.function} of {', '.join(spec.of)}" + (f", role {spec.role}" if spec.role else "")
            given = spec.supplied and spec.function in ("count", "any", "first", "latest")
            told = [of + (f" within {spec.within}" if spec.within else ""), "given by the caller" if given else ""]
    return [spec.name, *(f"  {line}" for line in told if line)]


def _approval(spec: ApprovalSpec) -> list[str]:
    own = {"allowed": "also by the requester", "holder": "also by the requester as holder"}
    return [
        f"{'exception' if spec.exception else 'approval'} on {_listed(spec.topics)}",
        "by " + ", then by ".join(_deciders(step, spec.hole) for step in spec.steps),
        f"for {_listed(spec.purposes)}" if spec.purposes else "",
        own.get(spec.by_requester or "", ""),
        "for each act anew" if spec.each else "",
        f"valid {spec.valid}" if spec.valid else "",
    ]


def _deciders(deciders: tuple[Decider, ...], hole: str | None) -> str:
    return " or ".join([*(_decider(one) for one in deciders), *([f"parameter {hole} (open)"] if hole else [])])


def _decider(decider: Decider) -> str:
    forms = [
        "in person" if decider.in_person else "",
        "designee" if decider.designee and not decider.in_person else "",
        "acting" if decider.acting and not decider.in_person else "",
        f"if absent {_decider(decider.if_absent)}" if decider.if_absent else "",
    ]
    told = ", ".join(form for form in forms if form)
    return f"{decider.role} ({told})" if told else decider.role


def _listed(words: frozenset[str], between: str = ", ") -> str:
    return between.join(sorted(words))


def ruleset_text(ruleset: Ruleset) -> str:
    """Show a whole lowered profile: what silence allows, what its states are made of, and its rules."""
    everything = ruleset.silence_allows >= ruleset.vocabulary.actions.keys()
    spoken = "everything" if everything else _listed(ruleset.silence_allows) or "nothing"
    head = [f"profile {ruleset.profile}, {ruleset.version}", f"silence allows {spoken}"]
    parts = [spec_lines(spec) for _, spec in sorted(ruleset.specs.items())]
    parts += [rule_lines(rule) for rule in (*ruleset.rules, *ruleset.keeps, *ruleset.freezes, *ruleset.schedules)]
    return "\n\n".join("\n".join(lines) for lines in [head, *parts]) + "\n"
