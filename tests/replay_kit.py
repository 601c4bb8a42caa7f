"""Replays for tests: of expected answers decided one by one, counted by hand, and drawn at random; and pages read."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from tests.suites import read_suite

from alpr_policy import PolicyDecisionPoint
from alpr_policy.model.decision import Need, NeedKind, Outcome
from alpr_policy.questions.replay_gists import gist_of
from alpr_policy.questions.replay_result import (
    Cell,
    Effort,
    Gist,
    GistObligation,
    GistReason,
    Mismatch,
    ReplayResult,
    Sample,
)

ROOT = Path(__file__).resolve().parents[1]
EFFORT = Effort(engine="by hand", groups=3, decided=4, odd=1, seconds=1.5, cpu_seconds=1.25)
ALLOW, NEEDS, DENY = Outcome.ALLOW, Outcome.NEEDS, Outcome.DENY
HOSTILE = "<b onclick=x>&\"'\u202e$x_2$|\x1b[2J%0A,:\n::"
Raw = Mapping[str, Any]


@lru_cache(maxsize=1)
def point() -> PolicyDecisionPoint:
    """Return the point that decides under the shipped profiles."""
    return PolicyDecisionPoint.load()


def answered(*departments: str) -> list[dict[str, Any]]:
    """Return the requests of the expected answers of some departments."""
    return [
        dict(case.request) for name in departments for case in read_suite(ROOT / f"tests/policies/{name}.yaml").cases
    ]


def replayed(
    requests: Iterable[Raw], before: str, after: str, *, shown: int = 6, extra: Mapping[str, Any] | None = None
) -> ReplayResult:
    """Decide requests under two texts, as if they bound, row by row; agencies, units and months go round."""
    gists: dict[Gist, int] = {}
    cells: Counter[tuple[Any, ...]] = Counter()
    examples: dict[tuple[Any, ...], int] = {}
    samples = []
    rows = 0
    for row, request in enumerate(requests):
        one, other = (point().decide(request, as_if=(name,)) for name in (before, after))
        first, second = (gists.setdefault(gist_of(said), len(gists)) for said in (one, other))
        weight = 1 + 37 * row % 11
        key = (request["action"], f"Agency {row % 3}", f"Unit {row % 5}", f"2025-{1 + row % 12:02}", first, second)
        cells[key] += weight
        rows += weight
        examples.setdefault(key, row)
        if one.outcome is not other.outcome and len(samples) < shown:
            samples.append(Sample(row=row, request=request, before=one, after=other))
    names = ("action", "agency", "unit", "month", "before", "after")
    return ReplayResult(
        baseline=before,
        proposed=after,
        as_if=True,
        rows=rows + 7,
        unreplayable={"no time": 5, "no act": 2},
        gists=tuple(gists),
        cells=tuple(
            Cell(**dict(zip(names, key, strict=True)), rows=count, example=examples[key])
            for key, count in cells.items()
        ),
        samples=tuple(samples),
        checked=len(cells),
        mismatches=(),
        absent=("camera.fixed", "hit.kind"),
        effort=EFFORT,
        first_at="2025-01-01T00:00:00+00:00",
        last_at="2025-12-31T23:59:59+00:00",
        extra=extra or {},
    )


# Counted by hand


def reason(rule: str, effect: str = "require", *cite: str) -> GistReason:
    """Return a reason of a text called `town`."""
    return GistReason(profile="town", rule=rule, kind="requirement", effect=effect, truth="true", cite=cite)


def approval(*roles: str, cite: str = "II", name: str = "approval") -> Need:
    """Return an approval that is asked for."""
    return Need(kind=NeedKind.APPROVAL, name=name, roles=roles, cite=(cite,))


def gist(outcome: Outcome, *reasons: GistReason, needs: tuple[Need, ...] = (), **more: Any) -> Gist:
    """Return an answer."""
    plain = {
        "silent": False,
        "in_force": True,
        "may_also_need": (),
        "obligations": (),
        "warnings": (),
        "standing": None,
    }
    return Gist(outcome=outcome, reasons=reasons, needs=needs, **{**plain, **more})


GRANT = reason("grant", "permit", "I")
PERMITTED = gist(ALLOW, GRANT)
ASKING = gist(NEEDS, reason("ask", "require", "II"), needs=(approval("chief"),))
ASKING_MORE = gist(
    NEEDS,
    reason("ask", "require", "II"),
    reason("check", "require", "III"),
    needs=(approval("chief"), Need(kind=NeedKind.CHECK, name="visual", cite=("III",))),
)
BANNED = gist(DENY, reason("ban", "forbid", "IV"))
DUTY = GistObligation(task="log_entry", rule="log", profile="town", cite=("V",), by=("chief",))

GISTS = (PERMITTED, ASKING, BANNED, gist(DENY, reason("no_policy"), in_force=False))
CELLS = (
    ("search.run", "A", "u", "2026-01", 0, 0, 10),
    ("search.run", "A", "u", "2026-01", 0, 1, 5),
    ("search.run", "B", None, "2026-02", 1, 0, 3),
    ("alert.deliver", "B", None, "2026-02", 0, 2, 4),
    ("alert.deliver", "B", None, "2026-02", 2, 0, 2),
    ("alert.deliver", "B", None, "2026-02", 0, 1, 1),
    ("search.run", "A", "u", "2026-02", 3, 0, 6),
    ("search.run", "A", "u", "2026-02", 3, 3, 7),
)


def small(**changes: Any) -> ReplayResult:
    """Return a replay that was counted by hand."""
    names = ("action", "agency", "unit", "month", "before", "after", "rows")
    made = ReplayResult(
        baseline="today",
        proposed="draft",
        as_if=False,
        rows=40,
        unreplayable={"no time": 2, "no act": 0},
        gists=GISTS,
        cells=tuple(Cell(**dict(zip(names, one, strict=True)), example=n) for n, one in enumerate(CELLS)),  # type: ignore[arg-type]
        samples=(),
        checked=20,
        mismatches=(),
        absent=(),
        effort=EFFORT,
    )
    return dataclasses.replace(made, **changes)


# Pages


class Page(HTMLParser):
    """Reads a page: which tags it has, which attributes, and whether what is opened is closed."""

    void = frozenset({"meta", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.ids: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that closes itself."""
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Close the tag that was opened last."""
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.text.append(data)


def read_page(text: str) -> Page:
    """Read a page whose tags all close."""
    page = Page()
    page.feed(text)
    page.close()
    assert [] == page.open
    return page


# Drawn at random

WORDS = st.sampled_from(("alpha", "beta", "gamma", HOSTILE))
NAMES = st.one_of(st.none(), WORDS, st.text(max_size=6))
CITES = st.lists(st.sampled_from(("I.A", "II", "III.b")), max_size=2, unique=True).map(tuple)
ROLES = st.lists(st.sampled_from(("chief", "sergeant")), max_size=2, unique=True).map(tuple)
REASONS = st.builds(
    GistReason,
    profile=WORDS,
    rule=WORDS,
    kind=st.sampled_from(("permission", "requirement", "silence", "system")),
    effect=st.sampled_from(("permit", "forbid", "require")),
    truth=st.sampled_from(("true", "unknown")),
    cite=CITES,
)
ANY_NEED = st.builds(
    Need,
    kind=st.sampled_from([kind for kind in NeedKind if kind is not NeedKind.ONE_OF]),
    name=WORDS,
    roles=ROLES,
    state=st.sampled_from(("", "pending")),
    cite=CITES,
)
WAYS = st.lists(st.lists(ANY_NEED, min_size=1, max_size=2).map(tuple), min_size=2, max_size=2).map(tuple)
EVERY_NEED = st.one_of(ANY_NEED, st.builds(Need, kind=st.just(NeedKind.ONE_OF), one_of=WAYS, cite=CITES))
OBLIGATIONS = st.builds(
    GistObligation, task=st.sampled_from(("report", "log_entry")), rule=WORDS, profile=WORDS, cite=CITES, by=ROLES
)
ANY_GIST = st.builds(
    Gist,
    outcome=st.sampled_from(Outcome),
    silent=st.booleans(),
    in_force=st.sampled_from((True, True, True, False)),
    reasons=st.lists(REASONS, max_size=3).map(tuple),
    needs=st.lists(EVERY_NEED, max_size=3).map(tuple),
    may_also_need=st.just(()),
    obligations=st.lists(OBLIGATIONS, max_size=2).map(tuple),
    warnings=st.just(()),
    standing=st.sampled_from((None, None, "held")),
)


@st.composite
def results(draw: st.DrawFn) -> ReplayResult:
    """Draw a replay: any gists in any cells, names that are hostile or missing, rows left out."""
    gists = draw(st.lists(ANY_GIST, min_size=1, max_size=5, unique_by=repr))
    numbers = st.integers(0, len(gists) - 1)
    cells = draw(
        st.lists(
            st.builds(
                Cell,
                action=st.sampled_from(("search.run", "alert.deliver", HOSTILE)),
                agency=NAMES,
                unit=NAMES,
                month=st.sampled_from(("2025-12", "2026-01")),
                before=numbers,
                after=numbers,
                rows=st.integers(1, 1_000),
                example=st.integers(0, 99),
            ),
            max_size=8,
        )
    )
    unreplayable = draw(st.dictionaries(st.sampled_from(("no time", "no act")), st.integers(0, 9), max_size=2))
    clashes = st.builds(Mismatch, row=st.integers(0, 9), text=WORDS, grouped=st.sampled_from(gists), alone=ANY_GIST)
    return ReplayResult(
        baseline=draw(WORDS),
        proposed=draw(WORDS),
        as_if=draw(st.booleans()),
        rows=sum(cell.rows for cell in cells) + sum(unreplayable.values()),
        unreplayable=unreplayable,
        gists=tuple(gists),
        cells=tuple(cells),
        samples=(),
        checked=draw(st.integers(0, 50)),
        mismatches=tuple(draw(st.lists(clashes, max_size=1))),
        absent=draw(st.sampled_from(((), ("purpose",)))),
        effort=EFFORT,
        extra=draw(st.sampled_from(({}, {"retention": SERIES}))),
    )


SERIES = [
    {"day": f"2026-01-{day:02}", "before": 900 + 40 * day, "after": max(100, 900 - 60 * day)} for day in range(1, 29)
]
