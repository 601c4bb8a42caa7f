"""Payloads of other software: what each system means by its fields, with the traps that have misled readers of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from alpr_policy_adapters.payloads import SYSTEMS, Given, Received, parse, read_payload, recognise
from alpr_policy_adapters.plate_read import PlateRead

ROOT = Path(__file__).resolve().parents[2]
OWN = ROOT / "examples" / "embedding" / "payloads"
TEN = datetime.fromisoformat("2026-05-04T10:00:00-04:00")
# What each of our own invented payloads holds: plate, state, camera, confidence of every read.
EXPECTED: dict[str, list[tuple[str, str | None, str | None, float | None]]] = {
    "axis": [("4KAN123", None, "B8A44F000001", 0.871)],
    "fast_alpr": [("4KAN123", None, None, 0.91)],
    "flock_alert": [("4KAN123", "CA", "00000000-0000-4000-8000-000000000001", 0.94)],
    "flock_alert_two_lists": [],
    "flock_lookup": [],
    "frigate": [("4KAM123", None, "yard_cam", 0.93)],
    "openalpr_group": [("4KAN123", "CA", "agent-a/7", 0.942)],
    "openalpr_results": [("8QZW650", None, "headquarters/1", 0.841), ("4KAN123", None, "headquarters/1", 0.799)],
    "plate_recognizer": [("4KAN123", "CA", "camera-2", 0.902), ("DXY4821", None, "camera-2", 0.88)],
    "rekor_alert": [("4KAN123", "CA", "agent-a/7", 0.942)],
}
SHARED = {
    "axis_fflpr_event.json": "axis",
    "flock_lpr_hotlist_alert.synthetic.json": "flock_alert",
    "frigate_tracked_object_update_lpr.json": "frigate",
    "openalpr_alpr_group_v1.json": "openalpr_group",
    "openalpr_alpr_results_opensource.json": "openalpr_results",
    "platerecognizer_stream_webhook.json": "plate_recognizer",
}


def own(name: str, /, **changed: Any) -> Any:
    """Return one of our own payloads, with some of its outermost values replaced."""
    value = json.loads((OWN / f"{name}.json").read_text(encoding="utf-8"))
    return {**value, **changed} if changed else value


def sample_json(shared_folder: Path, name: str) -> dict[str, Any]:
    """Give a true sample as it is: its plate and camera are nothing for this repository."""
    value: dict[str, Any] = json.loads((shared_folder / "data" / "payloads" / name).read_text(encoding="utf-8"))
    return value


def sample(folder: Path, name: str) -> Received:
    """Read one of the samples beside the checkout."""
    path = folder / "data" / "payloads" / name
    if not path.is_file():
        pytest.skip(f"needs {name} of the study material")
    value, found = parse(path.read_bytes(), name)
    assert () == found
    return read_payload(value)


def only(received: Received) -> PlateRead:
    """Return the one read of a payload in which nothing is wrong."""
    assert () == received.diagnostics
    (read,) = received.reads
    return read


def told(received: Received) -> list[str]:
    """Return what is wrong, as a person reads it."""
    return [one.message for one in received.diagnostics]


@pytest.mark.parametrize("name", EXPECTED)
def test_our_own_payloads_are_read(name: str) -> None:
    """Every invented payload is recognised by its shape, and gives exactly the reads that it holds."""
    received = read_payload(own(name))

    assert () == received.diagnostics
    assert name.removesuffix("_two_lists") == received.system
    assert EXPECTED[name] == [(r.plate, r.state, r.camera, r.confidence) for r in received.reads]


def test_every_system_has_a_payload_of_our_own() -> None:
    """No system is known whose payload is not among the examples."""
    assert set(SYSTEMS) == {name.removesuffix("_two_lists") for name in EXPECTED}
    assert set(EXPECTED) == {path.stem for path in OWN.glob("*.json")}


@pytest.mark.parametrize(("name", "system"), SHARED.items())
def test_true_samples_are_recognised(name: str, system: str, shared_folder: Path) -> None:
    """Each sample of a system is recognised and read without a fault."""
    received = sample(shared_folder, name)

    assert (system, ()) == (received.system, received.diagnostics)


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


# What is wrong with a payload

WRONG: list[tuple[str, dict[str, Any], list[str]]] = [
    (
        "frigate",
        {"plate": 7, "score": 1.5, "timestamp": "now"},
        [
            "`$.plate`: expected a text of at most 32 characters, found the number 7",
            "`$.score`: expected a confidence from 0 to 1, found the number 1.5",
            "`$.timestamp`: expected seconds since 1970, of 2000 to 2099, found the text `now`",
        ],
    ),
    ("frigate", {"plate": "***"}, ["`$.plate`: expected a plate with a letter or a digit, found the text `***`"]),
    ("frigate", {"score": True}, ["`$.score`: expected a confidence from 0 to 1, found true"]),
    ("frigate", {"score": float("nan")}, ["`$.score`: expected a confidence from 0 to 1, found the number nan"]),
    (
        "frigate",
        {"timestamp": 10**400},
        ["`$.timestamp`: expected seconds since 1970, of 2000 to 2099, found a number of too many digits"],
    ),
    (
        "frigate",
        {"timestamp": 12.5},
        ["`$.timestamp`: expected seconds since 1970, of 2000 to 2099, found the number 12.5"],
    ),
    (
        "frigate",
        {"plate_box": [1, 2, 3]},
        ["`$.plate_box`: expected 4 places in a picture, in pixels, found a list of 3"],
    ),
    (
        "axis",
        {"plateConfidence": "high", "capture_timestamp": None},
        [
            "`$.plateConfidence`: expected a confidence from 0 to 1, found the text `high`",
            "`$.capture_timestamp`: expected milliseconds since 1970, of 2000 to 2099, found null",
        ],
    ),
    (
        "openalpr_group",
        {"epoch_start": 1777903200, "best_confidence": 940.2},
        [
            "`$.best_confidence`: expected a confidence from 0 to 100, found the number 940.2",
            "`$.epoch_start`: expected milliseconds since 1970, of 2000 to 2099, found the number 1777903200",
        ],
    ),
    (
        "flock_alert",
        {"sources": {}, "eventTime": "today"},
        [
            "`$.eventTime`: expected a time with its offset, such as `2026-05-04T10:00:00Z`, found the text `today`",
            "`$.sources`: expected a list of at most 200, found an object",
        ],
    ),
    (
        "flock_lookup",
        {"startDate": "2026-05-04T14:00:00.001Z", "state": "bavaria"},
        [
            "`$.state`: expected the name of a state, found the text `bavaria`",
            "`$.endDate`: expected a time not before `startDate`, found the text `2026-05-04T14:00:00.000Z`",
        ],
    ),
    (
        "plate_recognizer",
        {"data": {"results": {}}},
        ["`$.data.results`: expected a list of at most 200, found an object"],
    ),
]


@pytest.mark.parametrize(("name", "changed", "expected"), WRONG)
def test_everything_wrong_is_told_at_once(name: str, changed: dict[str, Any], expected: list[str]) -> None:
    """Each fault is told with its path, what was expected and what was found, and nothing is made of the payload."""
    received = read_payload(own(name, **changed))

    assert expected == told(received)
    assert ((), (), ()) == (received.reads, received.alerts, received.searches)


def test_an_alert_of_no_list_is_none() -> None:
    """An alert that names no list is refused; the read in it is sound and stands."""
    received = read_payload(own("flock_alert", sources=[]))

    assert ["`$.sources`: expected at least one list, found a list of 0"] == told(received)
    assert (["4KAN123"], ()) == ([read.plate for read in received.reads], received.alerts)


def test_one_bad_result_leaves_the_others() -> None:
    """A result that cannot be used makes no read; the others of the payload stand, and the fault says which it was."""
    value = own("openalpr_results")
    value["results"][0]["confidence"] = "84"
    received = read_payload(value)

    assert ["`$.results[0].confidence`: expected a confidence from 0 to 100, found the text `84`"] == told(received)
    assert ["4KAN123"] == [read.plate for read in received.reads]


def test_a_bad_time_of_the_whole_picture_spoils_every_result() -> None:
    """Where the time that all results share is wrong, no other time takes its place."""
    value = own("openalpr_results", epoch_time=7)

    assert () == read_payload(value, given=Given(at=TEN)).reads


def test_an_unknown_payload_lists_the_systems() -> None:
    """What no system that we know writes is refused with the names of those that are known."""
    received = read_payload({"plates": ["4KAN123"]})
    (found,) = received.diagnostics

    assert (None, "payload-system", f"known: {', '.join(SYSTEMS)}") == (received.system, found.code, found.help)


def test_a_misspelt_system_is_named() -> None:
    """A system that is asked for by a wrong name is refused with the one that was meant."""
    (found,) = read_payload(own("axis"), system="axs").diagnostics

    assert ("no system is called `axs`", "did you mean `axis`?") == (found.message, found.help)


def test_a_time_without_offset_is_refused_from_a_caller() -> None:
    """A caller's time must say where on earth it holds."""
    with pytest.raises(ValueError, match="offset"):
        Given(at=datetime(2026, 5, 4, 10))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "json-empty"),
        (b"{", "json-syntax"),
        (b"\xff{}", "file-encoding"),
        (b'{"a": 1, "a": 2}', "json-duplicate-key"),
        (b'{"a": NaN}', "json-number"),
        (b'{"a": 1e999}', "json-number"),
        (b'{"a": ' + b"9" * 41 + b"}", "json-number"),
        (b"[" * 41 + b"]" * 41, "json-too-deep"),
        (b'{"b":1,"a":' * 41 + b"1" + b"}" * 41, "json-too-deep"),
        (b"[" * 200_000, "json-too-deep"),
        (b'"' + b"x" * 8_000_000 + b'"', "file-too-large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_text_that_is_no_payload_is_refused(text: bytes, code: str) -> None:
    """Text that is no JSON, or JSON that readers disagree on, is refused by code with its place."""
    value, (found,) = parse(text, "payload.json")

    assert (None, code, "payload.json") == (value, found.code, found.span.file)


def test_as_deep_as_allowed_is_read() -> None:
    """Forty levels are read."""
    value, found = parse(b"[" * 40 + b"]" * 40)

    assert () == found
    assert isinstance(value, list)
