"""What tests hold of a profile, as data and as sentences on what is missing; `shown` says how a file is named."""

from __future__ import annotations

from typing import Any

from alpr_policy.questions.testing.covered_page import KINDS, leaf_text
from alpr_policy.questions.testing.covering import Covered, LeafCovered, StatementCovered
from alpr_policy.questions.testing.forms import Shown


def covered_data(one: Covered, shown: Shown = str) -> dict[str, Any]:
    """Return what tests hold of a profile as JSON data."""
    shares = {}
    for what in KINDS:
        done, every = one.counts(what)
        shares[what] = {"covered": done, "of": every, "percent": round(one.percent(what), 2)}
    return {
        "profile": one.profile,
        "version": one.version,
        "tests": one.tests,
        **shares,
        "of_statements": [_statement(s, shown) for s in one.statements],
        "of_citations": [{"clause": c.clause, "by": list(c.by), "tests": c.tests} for c in one.citations],
    }


def _statement(one: StatementCovered, shown: Shown) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "cite": list(one.cite),
        "file": shown(one.place.file),
        "line": one.place.line,
        "true": one.true,
        "false": one.false,
        "unknown": one.unknown,
        "conditions": [_leaf(leaf, shown) for leaf in one.leaves],
    }


def _leaf(leaf: LeafCovered, shown: Shown) -> dict[str, Any]:
    return {
        "condition": leaf.condition,
        "test": leaf.text,
        "line": leaf.place.line,
        "true": leaf.true,
        "false": leaf.false,
        "unknown": leaf.unknown,
        "shown": leaf.shown,
        "alone": leaf.alone,
        "counted": leaf.counted,
        "by": [shown(place) for place in leaf.by],
    }


def share_text(one: Covered, what: str) -> str:
    """Say how many of one kind are covered, such as `12 of 14 (85.7 %)`."""
    done, every = one.counts(what)
    return f"{done} of {every} ({one.percent(what):.1f} %)"


def missing(one: Covered, shown: Shown = str) -> list[str]:
    """Return a line for each statement, condition and clause that no test holds."""
    lines: list[str] = []
    for statement in one.statements:
        place = f"{shown(statement.place.file)}:{statement.place.line}"
        if not statement.ran:
            seen = f"not known {statement.unknown}, did not {statement.false}"
            lines.append(f"{place}: `{statement.id}` ({', '.join(statement.cite)}) never applied ({seen})")
            continue
        for leaf in statement.leaves:
            if leaf.counted and not leaf.shown:
                where = f"{shown(leaf.place.file)}:{leaf.place.line}"
                lines.append(f"{where}: `{leaf.condition}` of `{statement.id}`: {leaf_text(leaf)}")
    gone = [cite.clause for cite in one.citations if not cite.tests]
    lines += [f"no test reaches a statement on {', '.join(gone)}"] if gone else []
    return lines
