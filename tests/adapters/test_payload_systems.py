"""What each system means by the fields of its payloads, with the traps that have misled readers of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.adapters.payloads_kit import TEN, only, own, sample, sample_json

from alpr_policy_adapters.payloads import Given, Received, read_payload, recognise

# OpenALPR and Rekor


def test_group_counts_milliseconds_and_percent(shared_folder: Path) -> None:
    """A group's time is in milliseconds, its confidence of 100, and ten candidates keep theirs."""
    read = only(sample(shared_folder, "openalpr_alpr_group_v1.json"))

    assert "2015-11-24T00:50:08.789000+00:00" == read.captured_at.isoformat()  # type: ignore[union-attr]
    told = sample_json(shared_folder, "openalpr_alpr_group_v1.json")
    assert (told["best_plate_number"], 0.920752) == (read.plate, read.confidence)
    assert (10, 5) == (len(read.candidates), read.frames)
    assert f"{told['site_id']}/{told['camera_id']}" == read.camera


def test_region_with_confidence_nought_is_no_state(shared_folder: Path) -> None:
    """`mo` with confidence 0 is what this software says when it did not look, also where the country is known."""
    path = shared_folder / "data" / "payloads" / "openalpr_alpr_group_v1.json"
    value = json.loads(path.read_text(encoding="utf-8"))

    assert [None, None] == [only(read_payload(value, given=Given(country=c))).state for c in (None, "us")]
    assert None is only(read_payload(value, given=Given(country="us", least_state_confidence=0.0))).state


def test_open_source_result_counts_seconds(shared_folder: Path) -> None:
    """The open-source result counts time in seconds, each plate may have its own, and an empty region is none."""
    received = sample(shared_folder, "openalpr_alpr_results_opensource.json")

    assert ["2014-06-07T17:10:50+00:00", "2014-06-07T16:20:50+00:00"] == [
        read.captured_at.isoformat() for read in received.reads if read.captured_at
    ]
    assert [None, None] == [read.state for read in received.reads]


def test_newer_results_count_milliseconds() -> None:
    """A result's time in milliseconds is the same instant: no number within the century can be both."""
    value = own("openalpr_results", epoch_time=own("openalpr_results")["epoch_time"] * 1000)

    assert [TEN, TEN] == [read.captured_at for read in read_payload(value).reads]


@pytest.mark.parametrize(
    ("region", "country", "given", "state"),
    [
        ("us-ca", None, None, "CA"),
        ("ca", "us", None, "CA"),
        ("ca", None, "us", "CA"),
        ("ca", None, None, None),
        ("de", "eu", "us", None),
        ("de", "us", None, "DE"),
        ("on", "ca", None, "ON"),
        ("ca-on", None, None, "ON"),
        ("us-on", None, None, None),
        ("mx-nle", None, "us", None),
        ("zz", "us", None, None),
        ("", "us", None, None),
    ],
)
def test_a_bare_region_needs_its_country(
    region: str, country: str | None, given: str | None, state: str | None
) -> None:
    """`de` is Delaware only where the country is said to be the United States, by the payload before the caller."""
    value = own("openalpr_group", best_region=region, country=country)

    assert state == only(read_payload(value, given=Given(country=given))).state


def test_the_best_of_the_group_goes_before_the_best_picture() -> None:
    """Plate, confidence and region of the whole group are used, not those of its best single picture."""
    value = own("openalpr_group", best_plate_number="4KAN128", best_confidence=70.5, best_region_confidence=51)
    read = only(read_payload(value))

    assert ("4KAN128", 0.705, 0.51) == (read.plate, read.confidence, read.state_confidence)


def test_cameras_of_two_agents_are_told_apart() -> None:
    """The number of a camera recurs with every agent, so the agent is part of its name."""
    names = {only(read_payload(own("openalpr_group", agent_uid=agent))).camera for agent in ("agent-a", "agent-b")}

    assert {"agent-a/7", "agent-b/7"} == names


def test_rekor_alert_gives_read_and_category() -> None:
    """An alert names its list; the read is the group inside it."""
    (alert,) = read_payload(own("rekor_alert")).alerts

    assert ("4KAN123", ("stolen_vehicle",), TEN) == (alert.plate, alert.categories, alert.at)


@pytest.mark.parametrize(
    ("name", "description", "categories"),
    [
        ("Stolen Vehicle", "Gang", None),
        ("Stolen Vehicle", "stolen vehicle", ("stolen_vehicle",)),
        ("Town list", "Missing Person", ("missing_person",)),
        ("Town list", "see Sgt", None),
        (None, None, None),
    ],
)
def test_rekor_category_is_never_guessed(
    name: str | None, description: str | None, categories: tuple[str, ...] | None
) -> None:
    """Where list and description name two categories, or none that is known, the category is not known."""
    (alert,) = read_payload(own("rekor_alert", alert_list=name, description=description)).alerts

    assert categories == alert.categories


def test_rekor_alert_without_its_group_is_an_alert() -> None:
    """Without the group there is no read, and the list's own plate is all that is known."""
    received = read_payload(own("rekor_alert", group=None))

    assert ((), "4KAN123", None) == (received.reads, received.alerts[0].plate, received.alerts[0].read)


# Plate Recognizer


def test_stream_writes_plates_in_lower_case(shared_folder: Path) -> None:
    """The plate as written is kept, its characters are upper case, candidates have no score, and `gb` is no state."""
    read = only(sample(shared_folder, "platerecognizer_stream_webhook.json"))

    told = sample_json(shared_folder, "platerecognizer_stream_webhook.json")["data"]["results"][0]["plate"]
    assert (told.lower(), told.upper(), 0.839, None) == (read.raw, read.plate, read.confidence, read.state)
    assert [None, None, None] == [one.confidence for one in read.candidates]
    assert (460, 57, 97, 25) == read.box


@pytest.mark.parametrize(
    ("code", "state"), [("us-ma", "MA"), ("de", None), ("ca", None), ("us", None), ("us-xx", None), ("ca-qc", "QC")]
)
def test_a_country_is_never_a_state(code: str, state: str | None) -> None:
    """`de` and `ca` are countries here, whatever country the caller names."""
    value = own("plate_recognizer")
    value["data"]["results"][0]["region"]["code"] = code

    assert state == read_payload(value, given=Given(country="us")).reads[0].state


def test_snapshot_answers_are_the_same_without_the_hook() -> None:
    """The answer of the picture service, which is the hook's `data` by itself, gives the same reads."""
    assert read_payload(own("plate_recognizer")) == read_payload(own("plate_recognizer")["data"])


def test_a_state_that_the_software_doubts_is_not_known() -> None:
    """A state held less likely than not is none; its confidence is still told."""
    value = own("plate_recognizer")
    value["data"]["results"][0]["region"]["score"] = 0.41
    read = read_payload(value).reads[0]

    assert (None, 0.41) == (read.state, read.state_confidence)


# Frigate


def test_a_known_plates_name_is_no_hit(shared_folder: Path) -> None:
    """The name that Frigate found with a tolerance is no alert and stands nowhere in the read; no state is known."""
    received = sample(shared_folder, "frigate_tracked_object_update_lpr.json")
    read = only(received)

    assert ("123ABC", None, ()) == (read.plate, read.state, received.alerts)
    assert "John" not in json.dumps(read.to_dict())
    assert "2020-12-04T23:19:18.748393+00:00" == read.captured_at.isoformat()  # type: ignore[union-attr]
    assert (917, 487, 112, 42) == read.box


def test_frigate_without_a_name() -> None:
    """`name` is null for a plate that Frigate does not know, and the read is the same."""
    assert read_payload(own("frigate")) == read_payload(own("frigate", name=None))


@pytest.mark.parametrize(
    "message", [{"type": "face", "id": "1-a", "name": "test"}, {"type": "description", "id": "1-a", "description": "x"}]
)
def test_other_messages_of_the_topic_hold_no_plate(message: dict[str, Any]) -> None:
    """A face or a description on the same topic is no read and no error."""
    received = read_payload(message)

    assert ("frigate", (), ()) == (received.system, received.reads, received.diagnostics)


# Axis


def test_axis_writes_numbers_as_texts(shared_folder: Path) -> None:
    """Milliseconds and confidence come as texts, and a country is no state."""
    read = only(sample(shared_folder, "axis_fflpr_event.json"))

    told = sample_json(shared_folder, "axis_fflpr_event.json")
    assert (told["plateUTF8"], 0.719034, None) == (read.plate, read.confidence, read.state)
    assert "2021-06-11T10:05:38.252000+00:00" == read.captured_at.isoformat()  # type: ignore[union-attr]
    assert (told["camera_info"]["SerialNumber"], told["carID"]) == (read.camera, read.track)
    assert (1185, 532, 140, 28) == read.box


def test_axis_country_is_never_a_state() -> None:
    """Neither `USA` nor a country whose name starts like a state gives one, whatever the caller says."""
    reads = [only(read_payload(own("axis", plateCountry=c), given=Given(country="us"))) for c in ("USA", "MA", "DEU")]

    assert [None, None, None] == [read.state for read in reads]


# Flock


def test_flock_names_states_in_lower_case(shared_folder: Path) -> None:
    """`massachusetts` is the state, the network is the agency, and the reason gives the category."""
    received = sample(shared_folder, "flock_lpr_hotlist_alert.synthetic.json")
    (alert,) = received.alerts
    read = only(received)

    assert ("1ABC23", "MA", 0.71, "Waltham MA PD") == (read.plate, read.state, read.state_confidence, read.agency)
    assert (("stolen_vehicle",), read) == (alert.categories, alert.read)


@pytest.mark.parametrize(
    ("state", "code"),
    [("new_hampshire", "NH"), ("washington_dc", "DC"), ("washington", "WA"), ("bavaria", None), (None, None)],
)
def test_flock_states(state: str | None, code: str | None) -> None:
    """Names of several words carry underscores, and the district goes by another name than its own."""
    value = own("flock_alert")
    value["ocr"]["state"] = state

    assert code == only(read_payload(value)).state


def test_flock_alert_without_ocr_is_an_alert() -> None:
    """Where the plate is not shown there is an alert and no read."""
    received = read_payload(own("flock_alert", ocr=None))

    assert ((), None, ("stolen_vehicle",)) == (received.reads, received.alerts[0].plate, received.alerts[0].categories)


def test_an_unknown_reason_makes_all_categories_unknown() -> None:
    """One list of several has a reason in somebody's own words: it may be a barred one, so nothing is known."""
    received = read_payload(own("flock_alert_two_lists"))
    (alert,) = received.alerts

    assert [("NCIC", "stolen_vehicle"), ("Night desk", None)] == [(one.name, one.category) for one in alert.listings]
    assert None is alert.categories


def test_a_department_may_name_its_own_lists() -> None:
    """The caller says what its own names mean; names that nobody knows stay unknown."""
    given = Given(category_of={"Stolen Vehicle": "stolen_vehicle", "see Sgt about the blue one": "bolo"}.get)
    (alert,) = read_payload(own("flock_alert_two_lists"), given=given).alerts

    assert ("stolen_vehicle", "bolo") == alert.categories


def test_a_lookup_is_a_search_and_no_read() -> None:
    """A lookup gives the facts of a search: plate, start of the window, that a reason was typed, who holds the data."""
    received = read_payload(own("flock_lookup"))
    (search,) = received.searches

    assert () == received.reads
    assert {
        "plate.number": "4KAN123",
        "plate.state": "CA",
        "record.captured": "2026-04-27T00:00:00+00:00",
        "reason.recorded": True,
        "data.custodian": "vendor",
        "case.number": "26-000123",
    } == search.facts()
    assert "purpose" not in search.facts()


def test_a_lookup_without_a_reason_has_none_recorded() -> None:
    """A reason that is empty, blank or left out is recorded as none."""
    facts = [read_payload(own("flock_lookup", reason=r)).searches[0].facts() for r in ("", "  ", None)]

    assert [False, False, False] == [one["reason.recorded"] for one in facts]


# fast-alpr


@dataclass
class _Box:
    x1: int = 10
    y1: int = 20
    x2: int = 110
    y2: int = 50


@pytest.mark.parametrize(("confidence", "expected"), [(0.95, 0.95), ([0.9, 0.99, 0.7], 0.7), ([], None), (None, None)])
def test_fast_alpr_objects(confidence: Any, expected: float | None) -> None:
    """Its own objects are read too, and a confidence for each character counts as the least of them."""
    detection = SimpleNamespace(label="License Plate", confidence=0.87, bounding_box=_Box())
    result = SimpleNamespace(detection=detection, ocr=SimpleNamespace(text="4KAN123", confidence=confidence))
    read = only(read_payload([result], given=Given(camera="gate", agency="own", at=TEN)))

    assert ("4KAN123", expected, 0.87, (10, 20, 100, 30)) == (
        read.plate,
        read.confidence,
        read.detection_score,
        read.box,
    )
    assert ("gate", "own", TEN, "caller") == (read.camera, read.agency, read.captured_at, read.captured_from)


def test_fast_alpr_without_camera_time_or_state() -> None:
    """What this software does not say stays unknown unless the caller knows it; what was not read is no read."""
    read = only(read_payload(own("fast_alpr")))

    assert (None, None, None, None) == (read.camera, read.captured_at, read.captured_from, read.state)


def test_a_picture_without_plates() -> None:
    """An empty list of results is recognised where the system is named, and gives nothing."""
    assert (None, Received(system="fast_alpr")) == (recognise([]), read_payload([], system="fast_alpr"))


def test_a_caller_never_replaces_what_a_payload_says() -> None:
    """Camera, agency and time of the payload stand against the caller's."""
    received = read_payload(own("flock_alert"), given=Given(camera="x", agency="y", at=TEN.replace(year=2020)))

    assert received == read_payload(own("flock_alert"))
