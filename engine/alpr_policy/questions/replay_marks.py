"""A replay as notes at the lines of the proposed text: annotations of a pull request, Markdown, and SARIF."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

from alpr_policy.questions.replay_flips import When
from alpr_policy.questions.replay_summary import BudgetSpent, ReplaySummary, RuleFlips
from alpr_policy.questions.replay_words import direction_words, rule_words, share
from alpr_policy.source import Span

# More than this of one level is not shown beside a pull request.
MOST: Final = 10
LEVELS: Final = {"error": "error", "warning": "warning", "notice": "note"}
SARIF: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
RULES: Final = {
    "budget": "More rows differ than a budget allows",
    "laxer": "By this rule rows come out laxer than under the baseline",
    "mismatch": "Rows that were decided again came out otherwise, which is a defect of the program",
    "stricter": "By this rule rows come out stricter than under the baseline",
}
PlaceOf = Callable[[str], Span | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A note at a place of the proposed text. `level` is error, warning or notice."""

    level: str
    code: str
    title: str
    message: str
    place: Span


def marks(summary: ReplaySummary, place_of: PlaceOf, whole: Span) -> list[Mark]:
    """Return the notes on a replay: budgets and mismatches at `whole`, then each rule that made a difference.

    `place_of` gives where a rule stands in the proposed text, None where it does not. A rule of the baseline that no
    longer stands in the way is noted at the rule of its name, or at one by which the proposed text decides instead.
    """
    found = [_budget(one, whole) for one in summary.budgets if one.over]
    if summary.mismatches:
        told = f"{len(summary.mismatches)} of {summary.checked:,} rows that were decided again came out otherwise"
        found.append(Mark(level="error", code="mismatch", title="A defect", message=told, place=whole))
    return [*found, *(_rule(one, summary, place_of, whole) for one in summary.by_rule)]


def _budget(one: BudgetSpent, whole: Span) -> Mark:
    told = f"{one.count:,} of {one.of:,} rows ({share(one.count, one.of)}), and the budget fails at {one.budget}"
    return Mark(level="error", code="budget", title="Budget of the replay", message=told, place=whole)


def _rule(one: RuleFlips, summary: ReplaySummary, place_of: PlaceOf, whole: Span) -> Mark:
    laxer = one.side == When.BEFORE
    names = (one.rule, *one.instead) if laxer else (one.rule,)
    place = next((found for name in names if (found := place_of(name)) is not None), whole)
    told = f"{one.rows:,} of {summary.totals.judged:,} rows are {'laxer' if laxer else 'stricter'}: {rule_words(one)}"
    title = "Laxer than the baseline" if laxer else "Stricter than the baseline"
    level = "warning" if laxer else "notice"
    return Mark(level=level, code="laxer" if laxer else "stricter", title=title, message=told, place=place)


def workflow_commands(found: Sequence[Mark]) -> list[str]:
    """Return notes as commands that a GitHub workflow prints, at most ten of each level, and how many were left out."""
    lines, left = [], 0
    for level in LEVELS:
        here = [one for one in found if one.level == level]
        lines += [_command(one) for one in here[:MOST]]
        left += max(0, len(here) - MOST)
    return [*lines, *([f"::notice title=Replay::{left:,} more notes are in the report"] if left else [])]


def _command(one: Mark) -> str:
    at = one.place
    where = [f"file={_property(at.file)}", f"line={at.line}", f"col={at.column}"] if at.line else []
    return f"::{one.level} {','.join([*where, f'title={_property(one.title)}'])}::{_data(one.message)}"


def _data(text: str) -> str:
    """Write a text so that it stays one message, as the runner reads it."""
    shown = "".join(c if c.isprintable() or c in "\r\n" else "\ufffd" for c in text)
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def sarif(found: Sequence[Mark], version: str) -> str:
    """Return notes as SARIF 2.1.0."""
    codes = sorted({one.code for one in found})
    driver: dict[str, Any] = {"name": "alpr-policy replay", "rules": [_sarif_rule(code) for code in codes]}
    if version:
        driver["version"] = version
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": [_result(one) for one in found]}
    return json.dumps({"version": "2.1.0", "$schema": SARIF, "runs": [run]}, indent=2) + "\n"


def _sarif_rule(code: str) -> dict[str, Any]:
    """Return what is said of a code. GitHub's code scanning wants all of it, and refuses rules without."""
    about, help = {"text": RULES[code]}, {"text": "see docs/replay-report.md of alpr-policy"}
    return {"id": code, "shortDescription": about, "fullDescription": about, "help": help}


def _result(one: Mark) -> dict[str, Any]:
    result: dict[str, Any] = {"ruleId": one.code, "level": LEVELS[one.level], "message": {"text": one.message}}
    if one.place.line:
        at = one.place
        path = PurePath(at.file)
        uri = path.as_uri() if path.is_absolute() else quote(path.as_posix())
        region = {"startLine": at.line, "startColumn": at.column, "endColumn": at.column + at.width}
        result["locations"] = [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}]
    return result


def markdown(summary: ReplaySummary) -> str:
    """Return a summary for a pull request: totals, budgets, directions and rules."""
    total = summary.totals
    lines = [f"### Replay: {_cell(summary.baseline)} → {_cell(summary.proposed)}", ""]
    if summary.mismatches:
        lines += [f"**{len(summary.mismatches)} of {summary.checked:,} rows decided again came out otherwise.**", ""]
    lines += [
        f"{total.judged:,} rows judged under both texts: {total.flips:,} flip ({share(total.flips, total.judged)}), "
        f"{total.newly_allowed:,} newly allowed, {total.newly_denied:,} newly denied, "
        f"{total.newly_needing:,} asked for something new.",
        f"{total.no_text:,} rows had no text in force, {summary.left_out:,} could not be replayed.",
        "",
    ]
    if summary.budgets:
        rows = [
            (f"`{one.budget}`", f"{one.count:,} of {one.of:,}", "**over**" if one.over else "held")
            for one in summary.budgets
        ]
        lines += _table(("fails at", "rows", "budget"), rows)
    directions = [(direction_words(one), f"{one.rows:,}") for one in summary.directions if one.change != "nothing"]
    lines += _table(("direction", "rows"), directions)
    rules = [(rule_words(one), f"{one.rows:,}", f"{one.alone:,}") for one in summary.by_rule[:20]]
    lines += _table(("rule", "rows", "of them by it alone"), rules)
    return "\n".join(lines) + "\n"


def _table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    if not rows:
        return []
    marks = ["---", *["---:"] * (len(headings) - 1)]
    return [*(f"| {' | '.join(line)} |" for line in (headings, marks, *([_cell(c) for c in row] for row in rows))), ""]


def _cell(text: str) -> str:
    """Write a text so that it is one cell and no markup of its own; our own bold and code marks stay."""
    shown = "".join(c if c.isprintable() else "\ufffd" for c in text)
    return (
        shown.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("[", "\\[").replace("@", "&#64;")
    )
