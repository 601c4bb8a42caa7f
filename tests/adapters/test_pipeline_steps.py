"""What may be done about a step: possible hits, alerts of other software, how old the list is, how sure the read."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.adapters.pipeline_kit import (
    AT,
    ENTRIES,
    SETTING,
    VISUAL,
    judge,
    plate,
)

from alpr_policy import PolicyDecisionPoint
from alpr_policy_adapters.hotlists import Matcher
from alpr_policy_adapters.payloads import Listing, VendorAlert
from alpr_policy_adapters.pipeline import (
    Lookout,
    Setting,
    run,
    steps_of,
)
from alpr_policy_adapters.plate_read import PlateRead


def with_checks(*checks: dict[str, Any]) -> Setting:
    """Give the demo's setting with these checks, made a minute after the read unless they say when."""
    later = (AT + timedelta(minutes=1)).isoformat()
    return Setting(facts=SETTING.facts, records={**SETTING.records, "checks": [{"at": later, **one} for one in checks]})


@pytest.mark.parametrize(
    ("checks", "sure"),
    [
        ([], False),
        (VISUAL, True),
        (VISUAL[:1], False),
        ([{"check": "visual", "result": "pass", "by": "officer-7"}], True),
        ([{"check": "visual", "result": "pass"}], False),
        ([*VISUAL, {**VISUAL[0], "result": "fail"}], False),
        ([{**one, "at": "2026-05-04T09:59:59-04:00"} for one in VISUAL], False),
        ([{**one, "at": None} for one in VISUAL], False),
        ([{"check": "status", "result": "pass", "by": "officer-7"}], False),
    ],
)
def test_a_possible_hit_needs_a_person(pdp: PolicyDecisionPoint, checks: list[dict[str, Any]], sure: bool) -> None:
    """A hit without a known state may be shown for comparison; nothing follows before somebody compared both parts."""
    asks = judge(pdp, "leicester", setting=with_checks(*checks))
    lookout = Lookout(ENTRIES, pdp, ("leicester",))
    _, alert, stop = steps_of(plate("4KAN123", None), asks, lookout)

    assert (True, True) == (alert.decisions["leicester"].proceed, stop.decisions["leicester"].proceed)
    assert (sure, sure) == (alert.actionable, stop.actionable)
    assert (not sure, False) == (alert.for_comparison, stop.for_comparison)


def test_an_exact_hit_needs_no_comparison_to_be_one(pdp: PolicyDecisionPoint) -> None:
    """Plate and state agree and the entry is in force: what may be done is the policy's matter alone."""
    _, alert, stop = steps_of(plate(), judge(pdp), Lookout(ENTRIES, pdp, ("cambridge",)))

    assert (True, False, False) == (alert.actionable, stop.actionable, stop.decisions["cambridge"].proceed)


def test_a_step_without_decisions_lets_nothing_be_done(pdp: PolicyDecisionPoint) -> None:
    """Where nobody has judged, nothing may be done."""
    step = dataclasses.replace(judge(pdp).capture(plate()), decisions={})

    assert (False, False) == (step.actionable, step.for_comparison)


def vendor(*categories: str | None) -> VendorAlert:
    """Make an alert of other software that rests on lists of these categories."""
    listings = tuple(Listing(name="list", reason=None, category=one) for one in categories)
    return VendorAlert(source="flock_alert", listings=listings, read=plate(), at=AT)


@pytest.mark.parametrize(
    ("categories", "outcome"),
    [(("stolen_vehicle",), "allow"), (("violent_person",), "deny"), (("stolen_vehicle", None), "needs")],
)
def test_alerts_of_other_software_are_judged(
    pdp: PolicyDecisionPoint, categories: tuple[str | None, ...], outcome: str
) -> None:
    """An alert is judged by its categories; where one is not known none is said, and it is asked for."""
    step = judge(pdp).vendor_alert(vendor(*categories))

    assert ("alert.deliver", outcome) == (step.action, step.decisions["cambridge"].outcome.value)
    assert (False, outcome == "allow") == (step.actionable, step.for_comparison)


@pytest.mark.parametrize(
    ("loaded", "said"),
    [
        (AT, AT.isoformat()),
        (AT + timedelta(seconds=1), "2026-05-01T06:00:00-04:00"),
        (None, "2026-05-01T06:00:00-04:00"),
    ],
)
def test_the_age_of_the_list_goes_with_the_hit(pdp: PolicyDecisionPoint, loaded: datetime | None, said: str) -> None:
    """When the entry's own list was loaded goes before the setting, unless that was after the act."""
    entries = [dataclasses.replace(entry, loaded_at=loaded) for entry in ENTRIES]
    _, alert, stop = steps_of(plate(), judge(pdp), Lookout(entries, pdp, ("cambridge",)))

    assert [said, said] == [step.request["facts"]["hotlist.loaded"] for step in (alert, stop)]


SURE = ("hit.match", "plate.state", "read.confidence", "read.state_confidence")


@pytest.mark.parametrize(
    ("read", "said"),
    [
        ({"state": "CA", "confidence": 0.999, "state_confidence": 0.29}, ["exact", "CA", 99, 29]),
        ({"state": None, "confidence": 0.5, "state_confidence": 0.4}, ["possible", None, 50, None]),
        ({"state": "CA", "confidence": None, "state_confidence": None}, ["exact", "CA", None, None]),
    ],
)
def test_how_sure_a_hit_is_goes_with_it(pdp: PolicyDecisionPoint, read: dict[str, Any], said: list[Any]) -> None:
    """How the hit matched and how sure the reader is are facts, in whole per cent rounded down; unknown is left out."""
    seen = dataclasses.replace(plate(), **read)
    capture, alert, stop = steps_of(seen, judge(pdp), Lookout(ENTRIES, pdp, ("cambridge",)))

    assert [said, said] == [[step.request["facts"].get(name) for name in SURE] for step in (alert, stop)]
    assert [None, None, *said[2:]] == [capture.request["facts"].get(name) for name in SURE]


def test_how_other_software_matched_is_not_claimed(pdp: PolicyDecisionPoint) -> None:
    """Of another system's alert the plate's state and the reader's sureness are facts, how well it matched is not."""
    facts = judge(pdp).vendor_alert(vendor("stolen_vehicle")).request["facts"]

    assert [None, "CA", 90, None] == [facts.get(name) for name in SURE]


def test_a_setting_may_be_asked_for_each_act(pdp: PolicyDecisionPoint) -> None:
    """Records of one hit need not stand for another: the setting may be given act by act."""
    asked: list[tuple[str, str | None]] = []

    def setting(action: str, read: PlateRead | None, hit: Any) -> Setting:
        asked.append((action, hit.entry.entry_id if hit else None))
        return SETTING

    list(steps_of(plate(), judge(pdp, setting=setting), Lookout(ENTRIES, pdp, ("cambridge",))))

    assert [("read.capture", None), ("alert.deliver", "DEMO-001"), ("stop.start", "DEMO-001")] == asked


def test_another_list_is_taken_up_at_once(pdp: PolicyDecisionPoint) -> None:
    """After the list is replaced only the new one is looked at."""
    lookout = Lookout(ENTRIES, pdp, ("cambridge",))
    before = len(lookout.hits(plate(), AT))
    lookout.replace([])

    assert (1, []) == (before, lookout.hits(plate(), AT))


def test_entries_of_two_lists_are_two_hits(pdp: PolicyDecisionPoint) -> None:
    """Two lists may use the same ids and lines for their entries; each is a hit of its own."""
    other = [dataclasses.replace(entry, category="bolo", list_name="other") for entry in ENTRIES]
    found = Lookout([*ENTRIES, *other], pdp, ("cambridge", "leicester")).hits(plate(), AT)

    assert [("stolen_vehicle", 2), ("bolo", 2)] == [(hit.entry.category, len(names)) for hit, names in found]


def test_lists_may_change_by_themselves(pdp: PolicyDecisionPoint) -> None:
    """Lists that say how to compare with them are asked for each read, and nothing of them is kept."""
    held = [list(ENTRIES)]

    class Store:
        def matcher(self, *, look_alikes: int = 0, differences: int = 0) -> Any:
            return self

        def match(self, read: Any, *, at: datetime | None = None) -> Any:
            return Matcher(held[0]).match(read, at=at)

    lookout = Lookout(Store(), pdp, ("cambridge",))
    before = len(lookout.hits(plate(), AT))
    held[0] = []

    assert (1, 0) == (before, len(lookout.hits(plate(), AT)))


def test_the_batch_still_runs_on_pictures(pdp: PolicyDecisionPoint, tmp_path: Any) -> None:
    """A picture that is none is told and leads to no step."""
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no picture")
    ((picture, steps),) = run([bad], ENTRIES, pdp, ["cambridge"], at=AT, engine=object())  # type: ignore[arg-type]

    assert (True, ()) == (picture.is_error, steps)
