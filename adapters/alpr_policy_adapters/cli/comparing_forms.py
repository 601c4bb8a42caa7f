"""What `compare` and `verify` find, as diagnostics at the statements concerned: for CI servers and for `ci`."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.errors import Diagnostic, Severity
from alpr_policy.model.profile import Profile
from alpr_policy.questions.compare import Comparison, Difference, Side, judgements
from alpr_policy.questions.differing import circumstances, sentence
from alpr_policy.questions.proving import Verdict
from alpr_policy.questions.verify import Verified
from alpr_policy.source import Span


def place_of(rule: str, profile: Profile) -> Span:
    """Return where a statement stands in a profile; without one of that id, where the profile says its name."""
    return next((one.span for one in profile.statements if one.id == rule), profile.spans["profile"])


def compared_diagnostics(found: Comparison, first: Side, second: Side, *, floor: bool) -> Iterator[Diagnostic]:
    """Yield each difference at its place in the second text, which is the draft.

    What is laxer is a warning, beside a floor an error, and what is stricter a hint. Where the draft has no such rule,
    the place is the statement by which it decides instead, or else its name.
    """
    grave = Severity.ERROR if floor else Severity.WARNING
    for act in found.acts:
        for one in act.differences:
            place = _place(one, second)
            told = sentence(one, first, second)
            help = f"the outcome under {first.name} stands before the arrow"
            if one.laxer:
                yield Diagnostic("text-laxer", f"laxer: {told}", place, help, grave)
            else:
                yield Diagnostic("text-stricter", f"stricter: {told}", place, help, Severity.INFO)
        for told in act.undecided:
            help = "give it more time with --seconds, or install the extra `verify`"
            place = second.profile.spans["profile"]
            yield Diagnostic("text-undecided", f"on {act.action}, {told}", place, help, grave)


def _place(one: Difference, draft: Side) -> Span:
    places = {each.id: each.span for each in draft.profile.statements}
    if one.rule not in places:
        instead = (reason.rule for text in judgements(draft.rulesets, one.request) for reason in text.reasons)
        return places.get(next((rule for rule in instead if rule in places), ""), draft.profile.spans["profile"])
    return places[one.rule]


def verified_diagnostics(found: Verified, profile: Profile) -> Iterator[Diagnostic]:
    """Yield what does not hold or is not decided: an error where the command fails for it, else a hint."""
    for one in found.findings:
        if one.verdict is Verdict.HOLDS:
            continue
        cite = f" ({', '.join(one.cite)})" if one.cite else ""
        help = f"such as {circumstances(one.request, profile)}" if one.request is not None else ""
        level = Severity.ERROR if one.is_grave else Severity.INFO
        place = place_of(one.about, profile)
        told = f"{one.kind}: `{one.about}`{cite}: {one.told}"
        if one.verdict is Verdict.FAILS:
            yield Diagnostic("proof-fails", told, place, help, level)
        else:
            yield Diagnostic("proof-undecided", told, place, help, level)
