"""Laws of the public report: nothing personal comes through, and its counts are those of the acts."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from alpr_policy import PolicyDecisionPoint
from alpr_policy.model.acts import RecordedAct
from alpr_policy.model.past import Doing, Happening, Past
from alpr_policy.questions.transparency import deed_of, transparency
from alpr_policy.questions.transparency_pages import transparency_markdown, transparency_page
from alpr_policy.reading.requests import read_request
from alpr_policy.vocabulary import VOCABULARY, FactKind

PDP = PolicyDecisionPoint.load()
NAMES = PDP.catalog.names
FIRST, LAST = dt.date(2026, 3, 1), dt.date(2026, 5, 31)
# Whatever somebody may have typed anywhere: it begins with letters that no word of ours has.
TYPED = st.from_regex(r"zq[a-z0-9]{1,8}", fullmatch=True)
ACTS = ("search.run", "alert.deliver", "data.share", "hotlist.add")
MOMENTS = st.datetimes(dt.datetime(2026, 2, 20), dt.datetime(2026, 6, 10), timezones=st.just(dt.UTC))


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a request with something typed into every fact that takes a text, and into some that do not."""
    action = draw(st.sampled_from(ACTS))
    facts: dict[str, Any] = {
        name: draw(TYPED)
        for name, fact in VOCABULARY.facts.items()
        if action in fact.actions and fact.kind is FactKind.TEXT
    }
    facts["purpose"] = draw(st.sampled_from(VOCABULARY.lists["purposes"]) | TYPED)
    if action == "data.share":
        facts["recipient.kind"] = draw(st.sampled_from(VOCABULARY.lists["recipient_kinds"]) | TYPED)
    facts[draw(TYPED)] = draw(TYPED)
    return {"action": action, "at": draw(MOMENTS).isoformat(), "facts": facts, "id": draw(TYPED)}


PASTS = st.builds(
    Past,
    events=st.lists(
        st.builds(
            Happening, event=st.sampled_from(["hit_acted_on", "data.share"]), of=TYPED, at=MOMENTS, reference=TYPED
        ),
        max_size=4,
    ).map(tuple),
    doings=st.lists(
        st.builds(
            Doing, task=st.sampled_from(["audit", "record_disposition", "refresher_training"]), of=TYPED, at=MOMENTS,
            by=TYPED, reference=TYPED,
        ),
        max_size=4,
    ).map(tuple),
)  # fmt: skip


@given(st.lists(requests(), max_size=12), PASTS, st.sampled_from(NAMES), st.integers(3, 6))
@settings(max_examples=30, deadline=None)
def test_nothing_personal_comes_through(raw: list[dict[str, Any]], past: Past, name: str, threshold: int) -> None:
    """Whatever was typed into acts, events and doings, none of it stands in the report, in any form of it."""
    acts = []
    for number, one in enumerate(raw):
        request = read_request(one)
        decision = PDP.decide(request, departments=[name])
        acts.append(RecordedAct(id=f"{one['id']}{number}", request=request, decision=decision, reference=one["id"]))
    report = transparency(map(deed_of, acts), past, FIRST, LAST, profile=PDP.catalog.latest(name), threshold=threshold)
    shown = transparency_page(report) + transparency_markdown(report) + json.dumps(report.to_wire())

    assert "zq" not in shown


@given(st.lists(requests(), max_size=25), st.integers(3, 6))
@settings(max_examples=40, deadline=None)
def test_what_is_shown_is_true(raw: list[dict[str, Any]], threshold: int) -> None:
    """Each total that is shown is the number of such acts within the period, and no small number is shown."""
    found = [read_request(one) for one in raw]
    deeds = [deed_of(RecordedAct(id=str(n), request=r, decision=PDP.decide(r))) for n, r in enumerate(found)]
    report = transparency(deeds, Past(), FIRST, LAST, threshold=threshold)
    within = [one for one in found if FIRST <= one.at.astimezone(dt.UTC).date() <= LAST]
    counted = {"searches": "search.run", "shares": "data.share", "hits": "alert.deliver"}

    for table in report.tables:
        true = sum(one.action == counted[table.name.split("_")[0]] for one in within)
        assert table.total == (None if 0 < true < threshold else true)
        assert [] == [count for _, count in table.rows if count is not None and 0 < count < threshold]
