"""What tests hold of profiles: the options about it, tables for people, data for programs, a page to look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy.model.profile import Profile
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.testing.changed import changed
from alpr_policy.questions.testing.covered_page import KINDS, page
from alpr_policy.questions.testing.covered_words import missing, share_text
from alpr_policy.questions.testing.covering import Covered
from alpr_policy.questions.testing.killing import Mutated
from alpr_policy.reading.profiles import parse_profile
from alpr_policy_adapters.cli.options import UsageError
from alpr_policy_adapters.cli.output import Screen, columns, one_text, row, shown_path
from alpr_policy_adapters.cli.testing_base import text_at
from alpr_policy_adapters.cli.testing_files import write_whole

SHOWN = 30


@dataclass(frozen=True, slots=True)
class Below:
    """A share that is not reached."""

    profile: str
    what: str
    percent: float
    asked: float


def thresholds(text: str | None) -> dict[str, float]:
    """Read `statements=100,conditions=80`, or one number for all three; raises UsageError."""
    found: dict[str, float] = {}
    for part in (text or "").split(",") if text else ():
        what, joined, share = part.strip().rpartition("=")
        names = [what] if joined else list(KINDS)
        known = {*KINDS, "mutants"}
        try:
            value = float(share)
        except ValueError:
            value = -1.0
        if not 0 <= value <= 100 or not set(names) <= known:
            help_ = "write `--fail-under statements=100,conditions=80` or `--fail-under 90`"
            told = f"`{part[:60]}` is no share of {', '.join(KINDS)} or mutants"
            raise UsageError([Diagnostic("usage", told, help=help_)])
        found |= dict.fromkeys(names, value)
    return found


def below(covered: Iterable[Covered], mutants: Iterable[Mutated], asked: Mapping[str, float]) -> list[Below]:
    """Return the shares that are not reached."""
    found = [
        Below(one.profile, what, one.percent(what), share)
        for one in covered
        for what, share in asked.items()
        if what in KINDS and one.percent(what) < share
    ]
    share = asked.get("mutants", 0.0)
    return found + [Below(one.profile, "mutants", one.percent, share) for one in mutants if one.percent < share]


def since(profile: Profile, revision: str) -> frozenset[str]:
    """Return the statements of a profile that came to something else since a revision; raises UsageError."""
    path = Path(profile.spans["profile"].file)
    text = text_at(path, revision)
    try:
        before = parse_profile(text, str(path)) if text is not None else None
    except PolicyError:
        before = None  # what could not be read then is new now
    return changed(before, profile)


def write_page(path: Path, covered: Sequence[Covered], pdp: PolicyDecisionPoint) -> None:
    """Write the page of what tests hold, whole or not at all."""
    write_whole(path, page(covered, pdp.catalog.sources))


def show_covered(screen: Screen, covered: Sequence[Covered]) -> None:
    """Show the shares of each profile, then what is missing."""
    table = columns("profile", *KINDS, "tests")
    for one in covered:
        row(table, one.profile, *(share_text(one, what) for what in KINDS), f"{one.tests:,}")
    screen.put(table)
    screen.say()
    for one in covered:
        _missing(screen, one)


def show_below(screen: Screen, short: Sequence[Below]) -> None:
    """Show which shares are not reached."""
    for share in short:
        told = f"{share.percent:.1f} % of the {share.what} is below the {share.asked:g} % asked for"
        screen.say(f"{share.profile}: {told}", style="bold red")


def _missing(screen: Screen, one: Covered) -> None:
    lines = missing(one, shown_path)
    if lines:
        screen.say(f"Not held by tests in {one.profile}", style="bold")
    for line in lines[:SHOWN]:
        screen.say(f"- {one_text(line)}", wrap=False)
    if len(lines) > SHOWN:
        screen.say(f"- and {len(lines) - SHOWN:,} more; --json lists them all")
    if lines:
        screen.say()
