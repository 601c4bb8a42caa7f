"""What was considered for a decision, in words for an auditor: what decided first, then what did not and why."""

from __future__ import annotations

from collections.abc import Iterable

from alpr_policy.model.decision import Decision, FactSeen, Outcome, Reason, TraceLine

UNKNOWN, NOT_APPLICABLE = "unknown", "not applicable"
# What an auditor must not overlook stands in capitals.
TRUTHS = {"true": "true", "false": "false", UNKNOWN: "UNKNOWN", NOT_APPLICABLE: "not applicable"}
ORDER = {UNKNOWN: 0, "true": 1, "false": 2, NOT_APPLICABLE: 3}
# What a statement does, by its effect: where it is true, not known, false, or does not apply.
DOES: dict[str, tuple[str, str, str, str]] = {
    "permit": ("allows", "may allow", "does not allow", "allows elsewhere"),
    "forbid": ("forbids", "may forbid", "does not forbid", "forbids elsewhere"),
    "require": ("asks, and is not met", "may ask for more", "asks, and is met", "asks elsewhere"),
    "oblige": ("must follow", "may have to follow", "need not follow", "follows elsewhere"),
    "must_keep": ("must still be kept", "may have to be kept", "floor is reached", "keeps other data"),
    "purge_due": ("must go", "may have to go", "ceiling is not passed", "ends for other data"),
    "may_keep": ("speaks of this data", "may speak of it", "does not speak of it", "speaks of other data"),
    "not_here": ("may not be here", "may not belong here", "does not bar it", "bars other data"),
    "held": ("holds it", "may hold it", "no hold is active", "holds other data"),
    "unknown": ("leaves it open", "leaves it open", "settles nothing", "speaks of other data"),
    "silent": ("speaks of this data", "may speak of it", "does not speak of it", "speaks of other data"),
}
TITLES = {Outcome.ALLOW: "decided", Outcome.NEEDS: "asked for", Outcome.DENY: "decided"}


def says(effect: str, truth: str) -> str:
    """Say what a statement of this effect does where it is true, not known, false or not applicable."""
    words = DOES.get(effect)
    return words[{"true": 0, UNKNOWN: 1, "false": 2, NOT_APPLICABLE: 3}.get(truth, 0)] if words else plain(effect)


def decided_lines(decision: Decision, reasons: Iterable[Reason], *, trace: bool) -> list[str]:
    """Return what decided, each with the values it read; `trace` adds those that only the trace holds."""
    body = [line for reason in reasons for line in _reason(reason, _read(decision, reason) if trace else reason.facts)]
    return ["", TITLES[decision.outcome], *body] if body else []


def _read(decision: Decision, reason: Reason) -> tuple[FactSeen, ...]:
    """Return all that a statement read: a reason leaves out what excuses and ends."""
    here = [t for t in decision.trace if (t.profile, t.rule) == (reason.profile, reason.rule)]
    same = [t for t in here if t.effect == reason.effect] or [t for t in here if t.truth == reason.truth]
    return tuple(dict.fromkeys((*reason.facts, *(fact for t in same for fact in t.facts))))


def _reason(reason: Reason, facts: tuple[FactSeen, ...]) -> list[str]:
    known = reason.kind not in ("system", "silence")
    lines = _head(reason.truth, says(reason.effect, reason.truth), reason) if known else [f"  {_silence(reason)}"]
    if reason.text:
        lines.append(f"      {reason.text}")
    if reason.could_excuse and reason.effect == "forbid":
        lines.append(f"      could be excused by {', '.join(plain(role) for role in reason.could_excuse)}")
    if reason.answerable or reason.severity:
        blamed = [f"answerable: {plain(reason.answerable)}" if reason.answerable else "", reason.severity or ""]
        lines.append(f"      {', '.join(one for one in blamed if one)}")
    return [*lines, *fact_lines(facts)]


def _silence(reason: Reason) -> str:
    whose = f"{reason.profile}: " if reason.profile else ""
    if reason.kind == "system":
        return f"{whose}{plain(reason.rule)}"
    return whose + (
        "silent, no clause allows this" if reason.effect == "forbid" else "silent, no clause speaks of this"
    )


def considered_lines(decision: Decision) -> list[str]:
    """Return the rest of the trace, by department: first what is not known, last what does not apply."""
    decided = {(reason.profile, reason.rule) for reason in decision.reasons}
    texts = dict.fromkeys((*(one.profile for one in decision.judged_by), *(line.profile for line in decision.trace)))
    expected = {(one.profile, one.rule) for one in decision.warnings}
    lines: list[str] = []
    for profile in texts:
        rest = _told_once([t for t in decision.trace if t.profile == profile and (profile, t.rule) not in decided])
        if rest:
            under = f" under {profile}" if len(texts) > 1 else ""
            lines += ["", f"considered{under}, and did not decide"]
        for one in sorted(rest, key=lambda t: ORDER.get(t.truth, 1)):
            only = " (expected, not compelled)" if (profile, one.rule) in expected else ""
            lines += [*_head(one.truth, says(one.effect, one.truth), one, only), *fact_lines(one.facts)]
    return [*lines, *_elsewhere(decision)]


def _told_once(lines: list[TraceLine]) -> list[TraceLine]:
    """Leave out the side of a statement that does not apply, where another side of it does."""
    applies = {line.rule for line in lines if line.truth != NOT_APPLICABLE}
    seen: set[str] = set()
    found = []
    for line in lines:
        if line.truth == NOT_APPLICABLE:
            if line.rule in applies or line.rule in seen:
                continue
            seen.add(line.rule)
        found.append(line)
    return list(dict.fromkeys(found))


def _elsewhere(decision: Decision) -> list[str]:
    counted = [one for one in decision.judged_by if one.elsewhere is not None]
    if not counted:
        return []
    said = [f"{one.elsewhere} of {one.profile}" for one in counted]
    return ["", f"not shown: statements on other acts ({', '.join(said)})"]


def _head(truth: str, does: str, one: Reason | TraceLine, mark: str = "") -> list[str]:
    """Return who says what on which clause in two lines: one to scan, one to look it up."""
    return [
        f"  {TRUTHS.get(truth, truth):<14}  {does:<21}  {one.rule}{mark}",
        f"      {one.profile} {', '.join(one.cite)}  {one.kind}  {one.place}".rstrip(),
    ]


def fact_lines(facts: Iterable[FactSeen]) -> list[str]:
    """Return the values read, aligned; a question mark stands before what is not known."""
    found = list(facts)
    width = min(36, max((len(one.fact) for one in found), default=0))
    return [_fact(one, width) for one in found]


def _fact(one: FactSeen, width: int) -> str:
    mark = "?" if one.value.startswith(UNKNOWN) else " "
    personal = f"  [personal: {one.personal}]" if one.personal else ""
    return f"    {mark} {one.fact:<{width}} = {one.value}{personal}"


def plain(name: str) -> str:
    """Return a name without underscores."""
    return name.replace("_", " ")
