"""A decision in words: one line for the officer, the whole trace for the auditor."""

from __future__ import annotations

import re
from collections.abc import Iterable

from alpr_policy.model.decision import Decision, Need, NeedKind, Obligation, Outcome, Reason
from alpr_policy.questions.tracing import considered_lines, decided_lines

WORDS = {"characters": "characters", "state": "state", "entry": "the entry"}
CHECKS = {
    "visual": "visual verification",
    "status": "status verification",
    "database": "database check",
    "entry": "check of the entry",
}

LISTED = re.compile(r"\[([^\[\]]*)\]")
DUE = {"undetermined": "by a time that nobody has set"}


def one_line(decision: Decision, *, auditor: bool = False) -> str:
    """Say the outcome and what matters most, with the clause, in one line; confidential reasons to auditors only."""
    observed = ""
    if decision.as_if or decision.mode == "observe":
        supposed = f"as if under {_and(decision.as_if)}" if decision.as_if else ""
        said = ", ".join(filter(None, ("observed only" if decision.mode == "observe" else "", supposed)))
        observed = f" ({said})"
    match decision.outcome:
        case Outcome.NEEDS:
            return f"needs{observed}: " + "; ".join(f"{need_text(n)}{_cited(n.cite)}" for n in decision.needs)
        case Outcome.DENY:
            return f"deny{observed}: {_whys(decision, auditor)}"
        case Outcome.ALLOW:
            after = (
                "; then " + ", ".join(obligation_text(o) for o in decision.obligations) if decision.obligations else ""
            )
            if decision.silent:
                return f"allow{observed}: the policy is silent on this{after}"
            return f"allow{observed}: {_whys(decision, auditor)}{after}"
    return str(decision.outcome)


def sections(decision: Decision) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Say what stands below the one line for the person who asked: each thing to supply and to do, by heading."""
    owed = decision.obligations if decision.outcome is not Outcome.ALLOW or len(decision.obligations) > 1 else ()
    missing = decision.needs if len(decision.needs) > 1 else ()  # a single one stands in the line above
    parts = (
        ("still needed", [f"{need_text(need)}{_cited(need.cite)}" for need in missing]),
        ("may also be needed", [f"{one.rule}{_cited(one.cite)}" for one in decision.may_also_need]),
        ("must follow", [obligation_text(one) for one in owed]),
        ("expected", [f"{one.message}{_cited(one.cite)}" for one in decision.warnings]),
        ("wrong with the request", list(decision.faults)),
        ("may be overridden by", [role.replace("_", " ") for role in decision.override]),
    )
    return tuple((title, tuple(lines)) for title, lines in parts if lines)


def need_text(need: Need) -> str:
    """Say what is missing."""
    match need.kind:
        case NeedKind.ONE_OF:
            apart = " or " if len(need.one_of) < 3 else ", or "
            return "either " + apart.join(" and ".join(need_text(n) for n in group) for group in need.one_of)
        case NeedKind.CHECK:
            return _check(need)
        case NeedKind.APPROVAL:
            return f"approval by {_roles(need.roles)}{_state(need)}"
        case NeedKind.EXCEPTION:
            return f"an exception granted by {_roles(need.roles)}{_state(need)}"
        case NeedKind.DOCUMENT:
            fields = f" with {_and(need.fields)}" if need.fields else ""
            issuers = f" issued by {_roles(need.roles)}" if need.roles else ""
            return f"{_article(_plain(need.name))}{fields}{issuers}{_state(need)}"
        case NeedKind.PARAMETER:
            return f"the profile's owner to fill `{need.name}`"
        case NeedKind.FACT:
            return _fact(need)


def _check(need: Need) -> str:
    what = CHECKS.get(need.name, f"{_plain(need.name)} check")
    parts = f" of {_and(WORDS.get(p, p) for p in need.parts)}" if need.parts else ""
    sources = f" through {_or(s.upper() if len(s) <= 4 else _plain(s) for s in need.sources)}" if need.sources else ""
    by = f" by {_roles(need.roles)}" if need.roles else ""
    return f"{what}{parts}{sources}{by}{_state(need)}"


def _fact(need: Need) -> str:
    ask = need.ask or need.name
    if need.fields:
        return f"{ask}: {_and(need.fields)} missing"
    expected = LISTED.sub(lambda found: _or(found[1].split(", ")), need.expected)
    if expected.startswith("so that "):
        return f"{ask} ({need.name}), {expected}"
    if expected:
        return f"{ask} ({need.name}) to be {expected}"
    worked_out = need.supplied_by.startswith("worked out ")
    return f"{ask} ({need.name}, {'' if worked_out else 'from '}{need.supplied_by})"


def _article(name: str) -> str:
    return f"{'an' if name[:1] in 'aeiou' else 'a'} {name}"


def _state(need: Need) -> str:
    plain = {"none": "", "not_done": "", "unknown": "", "": "", "absent": "", "incomplete": ""}
    plain |= {"unsettled": "what is on record does not settle it"}
    said = plain.get(need.state, _plain(need.state))
    return f" [{said}]" if said else ""


def obligation_text(obligation: Obligation) -> str:
    """Say what must follow."""
    by = f" by {_roles(obligation.by)}" if obligation.by else ""
    due = f" {DUE.get(obligation.due, _plain(obligation.due))}" if obligation.due else ""
    lifted = f" (unless {', '.join(obligation.unless_known)} says otherwise)" if obligation.unless_known else ""
    return f"{_plain(obligation.task)}{by}{due}{lifted}{_cited(obligation.cite)}"


def _whys(decision: Decision, auditor: bool) -> str:
    shown = [_why(r) for r in decision.reasons if auditor or not r.confidential]
    return "; ".join(shown) or "for a reason that is shown to auditors only"


def _why(reason: Reason) -> str:
    if reason.kind == "silence":
        return "no clause allows this" if reason.effect == "forbid" else "the policy is silent on this"
    words = reason.text or _plain(reason.rule.replace("-", " "))
    excuse = (
        f"; could be excused by {_roles(reason.could_excuse)}"
        if reason.could_excuse and reason.effect == "forbid"
        else ""
    )
    whose = f"{reason.profile} " if reason.profile and reason.cite else ""
    return f"{words.rstrip('.')}{excuse} ({whose}{', '.join(reason.cite)})" if reason.cite else words


def explain(decision: Decision, *, auditor: bool = True) -> str:
    """Say everything about a decision; a confidential reason is shown to auditors only."""
    lines = [one_line(decision, auditor=auditor), ""]
    lines += [f"act        {decision.action} at {decision.at}"]
    if decision.as_if:
        lines.append(f"as if      {_and(decision.as_if)} had bound: this is no statement of what was lawful")
    for judged in decision.judged_by:
        silent = ", silent" if judged.silent else ""
        lines.append(
            f"judged by  {judged.profile} {judged.version} ({judged.content_hash[:12]}): {judged.outcome}{silent}"
        )
    if decision.standing:
        ends = [
            f"floor ends {decision.floor_ends}" if decision.floor_ends else "",
            f"ceiling ends {decision.ceiling_ends}" if decision.ceiling_ends else "",
        ]
        lines.append("standing   " + ", ".join([decision.standing, *(end for end in ends if end)]))
    lines += decided_lines(decision, (r for r in decision.reasons if auditor or not r.confidential), trace=auditor)
    lines += _section("still needed", ([need_text(n) + _cited(n.cite)] for n in decision.needs))
    lines += _section("may also be needed", ([f"{m.profile} {m.rule}{_cited(m.cite)}"] for m in decision.may_also_need))
    lines += _section("must follow", ([obligation_text(o)] for o in decision.obligations))
    lines += _section(
        "expected", ([f"{w.profile} {w.rule}: {w.message}{_cited(w.cite)}  {w.place}"] for w in decision.warnings)
    )
    lines += _section("wrong with the request", ([fault] for fault in decision.faults))
    if decision.override:
        lines += ["", f"may be overridden by {_roles(decision.override)}"]
    if auditor and any(judged.elsewhere is not None for judged in decision.judged_by):
        lines += considered_lines(decision)
    return "\n".join(lines)


def _section(title: str, groups: Iterable[list[str]]) -> list[str]:
    body = [f"  {line}" for group in groups for line in group]
    return ["", title, *body] if body else []


def _cited(cite: tuple[str, ...]) -> str:
    return f" ({', '.join(cite)})" if cite else ""


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _roles(roles: Iterable[str]) -> str:
    return _or(_plain(r) for r in roles)


def _and(words: Iterable[str]) -> str:
    return _joined(words, "and")


def _or(words: Iterable[str]) -> str:
    return _joined(words, "or")


def _joined(words: Iterable[str], last: str) -> str:
    found = list(words)
    return f"{', '.join(found[:-1])} {last} {found[-1]}" if len(found) > 1 else "".join(found)
