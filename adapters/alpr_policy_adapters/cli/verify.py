"""`alpr-policy verify`: what can be proven of one text, and what in it is dead, idle or impossible to meet."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress
from rich.text import Text

from alpr_policy.errors import ExitCode
from alpr_policy.model.profile import Profile
from alpr_policy.model.wire import plain
from alpr_policy.questions.compare import SECONDS
from alpr_policy.questions.differing import circumstances, shown
from alpr_policy.questions.proving import Finding, Verdict
from alpr_policy.questions.sides import side_of
from alpr_policy.questions.verify import Verified, claim_of
from alpr_policy.questions.verify import verify as verified
from alpr_policy_adapters.cli.compare import Seconds, save_answers
from alpr_policy_adapters.cli.options import Json, Policies, decision_point, finish
from alpr_policy_adapters.cli.output import Screen, number, one_text, print_json, to_stderr
from alpr_policy_adapters.cli.solving import solver_if_here

STYLES = {Verdict.HOLDS: "green", Verdict.FAILS: "red", Verdict.UNDECIDED: "yellow"}
HEADS = {
    "never": "Claims: never allowed",
    "denies": "Claims: always denied",
    "floor": "Beside its floor",
    "live": "Statements that can never apply",
    "meetable": "Requirements that can never be met",
    "allowable": "Acts that no request can bring to be allowed",
    "shadowed": "Shadowed statements: without them no outcome changes",
    "overlap": "Overlaps: statements that say different things of one request",
    "gap": "Gaps: acts and purposes of which no clause speaks",
}
# These are long lists, of which only what does not hold is worth a line.
QUIET = ("allowable", "live", "meetable", "shadowed", "overlap", "gap")


def verify(
    text: Annotated[str, typer.Argument(metavar="P", help="A profile, `NAME@DATE`, or a file.")],
    never: Annotated[
        list[str] | None,
        typer.Option("--never", metavar="CLAIM", help="What it never allows: `search.run: {purpose: personal}`."),
    ] = None,
    denies: Annotated[
        list[str] | None, typer.Option("--denies", metavar="CLAIM", help="What it always denies, in the same form.")
    ] = None,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="FILE", help="Keep each counterexample as an expected answer.")
    ] = None,
    seconds: Seconds = SECONDS,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Prove what a text never allows, and find in it what is dead, idle or impossible; 7 if something does not hold."""
    pdp = decision_point(policies)
    side, pdp = side_of(pdp, text, policies or ())
    claims = [
        claim_of(kind, one, side.profile)
        for kind, several in (("never", never), ("denies", denies))
        for one in several or ()
    ]
    with Progress(console=to_stderr(), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("verifying", total=None)

        def step(finding: Finding) -> None:
            bar.update(task, description=one_text(f"{finding.kind} {finding.about}"))

        found = verified(pdp, side, claims, seconds=seconds, solver=solver_if_here(), watch=step)
    if as_json:
        print_json(_data(found))
    else:
        _show(Screen(), found, side.profile)
    if save is not None:
        kept = [one for one in found.findings if one.wanted is not None]
        save_answers(save, "What the text should answer, and does not.", shown(kept, side.profile))
        to_stderr().say(f"{number(len(kept), 'counterexample')} kept in {save}")
    finish(ExitCode.BELOW_THRESHOLD if any(one.is_grave for one in found.findings) else ExitCode.OK)


def _data(found: Verified) -> dict[str, Any]:
    return {
        "profile": found.profile,
        "findings": [{**plain(one), "grave": one.is_grave} for one in found.findings],
        "not_covered": list(found.not_covered),
    }


def _show(screen: Screen, found: Verified, profile: Profile) -> None:
    screen.say(one_text(f"What can be proven of {found.profile}"), style="bold")
    for kind, head in HEADS.items():
        several = [one for one in found.findings if one.kind == kind]
        told = [one for one in several if kind not in QUIET or one.verdict is not Verdict.HOLDS]
        if kind in QUIET and not told:
            told = [Finding(kind=kind, about="none", verdict=Verdict.HOLDS, told="")]
        if told:
            screen.say()
            screen.say(head, style="bold")
        for one in told:
            _finding(screen, one, profile)
    screen.say()
    screen.say("Not covered", style="bold")
    for line in found.not_covered:
        screen.say(one_text(f"- {line}"))


def _finding(screen: Screen, one: Finding, profile: Profile) -> None:
    cite = f" ({', '.join(one.cite)})" if one.cite else ""
    line = Text("- ").append(one_text(one.about), style="bold").append(cite)
    if one.told:
        # Where the heading says what does not hold, only a doubt is worth a word.
        told = one.kind not in QUIET or one.verdict is Verdict.UNDECIDED
        line.append(": ").append(f"{one.verdict}: " if told else "", style=STYLES[one.verdict])
        line.append(one_text(one.told))
    screen.put(line)
    if one.request is not None and one.kind != "allowable":
        screen.say("  " + one_text(f"such as {circumstances(one.request, profile)}"), style="dim")
