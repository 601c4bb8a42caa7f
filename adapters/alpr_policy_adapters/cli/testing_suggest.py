"""Writing cases for an author to accept, at every boundary of a profile that no test stands at yet."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from rich.progress import Progress

from alpr_policy.errors import Diagnostic
from alpr_policy.model.profile import Profile
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.suites import Suite
from alpr_policy.questions.testing.proposing import propose
from alpr_policy_adapters.cli.options import UsageError
from alpr_policy_adapters.cli.output import Screen, number, print_json, to_stderr
from alpr_policy_adapters.cli.testing_files import write_whole

HEAD = """# Proposed cases: the answers are what the engine says, not what the policy says.
# Hold each against the text. If it is right take out its line `proposed: true`, else correct the profile or the answer.
"""


class _Dumper(yaml.SafeDumper):
    """Writes every value out: files of expected answers have no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def suggest(
    path: Path,
    pdp: PolicyDecisionPoint,
    profiles: Sequence[Profile],
    suites: Sequence[Suite],
    *,
    seconds: float,
    most: int,
    as_json: bool,
) -> None:
    """Write what is proposed for one profile; raises UsageError where several are meant, or the file is there."""
    if len(profiles) != 1:
        names = ", ".join(one.profile for one in profiles)
        help_ = "name one with --profile" + (f": {names}" if names else ", or give its file")
        raise UsageError([Diagnostic("usage", "`--suggest` goes with one profile", help=help_)])
    if path.exists():
        raise UsageError([Diagnostic("usage", f"`{path}` is there already", help="name another file")])
    with Progress(console=to_stderr(), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("suggesting", total=None)
        found = propose(
            pdp,
            profiles[0],
            suites,
            seconds=seconds,
            most=most,
            watch=lambda done, total: bar.update(task, completed=done, total=total),
        )
    if found.count:
        body = yaml.dump(dict(found.suite), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
        write_whole(path, HEAD + body)
    if as_json:
        print_json({"file": str(path), "proposed": found.count, "boundaries_left": found.left})
        return
    screen = Screen()
    screen.say(
        f"{number(found.count, 'case')} proposed in {path}: hold each against the policy's text"
        if found.count
        else "No boundary is left that a test does not stand at; nothing was written",
        style="bold",
    )
    if found.left:
        screen.say(f"{number(found.left, 'boundary')[:-1]}ies not looked at: --seconds and --most let it go on"
                   if found.left != 1 else "1 boundary not looked at: --seconds and --most let it go on")  # fmt: skip
