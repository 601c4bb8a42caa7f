"""Payloads of other software: which system wrote them, and what is wrong with those that cannot be used."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.payloads_kit import EXPECTED, OWN, SHARED, TEN, own, sample, told

from alpr_policy_adapters.payloads import SYSTEMS, Given, parse, read_payload


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
