"""The texts that a comparison names: a profile by its id, one as of a day, or a file with a draft."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from zoneinfo import ZoneInfo

from alpr_policy.durations import start_of_day
from alpr_policy.errors import Diagnostic, ExitCode, PolicyError
from alpr_policy.model.profile import Profile
from alpr_policy.questions.check import catalog_with
from alpr_policy.questions.compare import USUAL_TIME, Side
from alpr_policy.questions.decide import PolicyDecisionPoint

FILES = (".yaml", ".yml")


class TextError(PolicyError):
    """A text that is named cannot be taken."""

    exit_code = ExitCode.USAGE


def side_of(pdp: PolicyDecisionPoint, word: str, extra: Iterable[Path] = ()) -> tuple[Side, PolicyDecisionPoint]:
    """Return the text that a word names, and the point that knows it: `NAME` (its newest), `NAME@DATE`, or a file.

    A file stands beside the known profiles, in place of those of the same id. Raises UnknownProfileError, ProfileError
    and TextError.
    """
    if word.endswith(FILES):
        catalog, profiles = catalog_with([Path(word)], extra)
        if len(profiles) != 1:
            raise TextError(
                [Diagnostic("compare-text", f"`{word}` holds no profile by itself", help="name one profile")]
            )
        return _side(PolicyDecisionPoint(catalog), Path(word).name, profiles[0], USUAL_TIME)
    name, asked, day = word.partition("@")
    newest = pdp.catalog.latest(name)
    if not asked:
        return _side(pdp, word, newest, USUAL_TIME)
    try:
        then = start_of_day(dt.date.fromisoformat(day), ZoneInfo(newest.timezone))
    except ValueError:
        help = f"write `{name}@2026-05-01`"
        raise TextError([Diagnostic("compare-text", f"`{day[:30]}` is not a day", help=help)]) from None
    profile = pdp.catalog.active(name, then)
    if profile is None:
        told = f"no text of `{name}` was in force on {day}"
        raise TextError([Diagnostic("compare-text", told, help=f"`{name}` alone names its newest text")])
    return _side(pdp, word, profile, then)


def _side(pdp: PolicyDecisionPoint, name: str, profile: Profile, at: dt.datetime) -> tuple[Side, PolicyDecisionPoint]:
    return Side.of(name, profile, pdp.texts.bound(profile, at)), pdp


__all__ = ["TextError", "side_of"]
