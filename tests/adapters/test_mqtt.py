"""Payloads from MQTT, against a client that does as paho's: what is acknowledged, and what a broker may refuse."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from tests.adapters.ingest_kit import ONE_LINE

from alpr_policy.errors import Diagnostic, MissingExtraError, PolicyError
from alpr_policy_adapters.payloads import Given
from alpr_policy_adapters.pipeline.feeds import Reading
from alpr_policy_adapters.pipeline.mqtt import Broker, MqttFeed, broker_of, paho_client


class FakeClient:
    """Does what the feed asks of a client, and lets a test play the broker."""

    def __init__(self, broker: Broker) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.acked: list[int] = []
        self.on_connect = self.on_disconnect = self.on_message = self.on_subscribe = None
        self.started = threading.Event()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *words, **parts: self.calls.append((name, *words, *parts.values()))

    def loop_start(self) -> None:
        self.calls.append(("loop_start",))
        self.started.set()

    def ack(self, mid: int, qos: int) -> None:
        self.acked.append(mid)

    def send(self, payload: bytes, mid: int = 1, qos: int = 1) -> None:
        message = SimpleNamespace(payload=payload, topic="frigate/tracked_object_update", mid=mid, qos=qos)
        self.on_message(self, None, message)  # type: ignore[misc]


def feed(broker: Broker, told: list[Diagnostic], closing: threading.Event) -> tuple[MqttFeed, list[FakeClient]]:
    """Make a feed with a client that a test plays the broker to."""
    made: list[FakeClient] = []

    def client(broker: Broker) -> FakeClient:
        made.append(FakeClient(broker))
        return made[-1]

    return MqttFeed(broker, Reading(given=Given(agency="own")), closing, client=client, report=told.append), made


def test_messages_are_acknowledged_when_they_are_judged() -> None:
    """A message becomes a payload; nothing is acknowledged before its steps have been through, nor at QoS 0."""
    closing, told = threading.Event(), []
    mqtt, made = feed(Broker(host="broker", topic="frigate/#"), told, closing)
    items = mqtt.open()

    def broker_sends() -> None:
        made[0].started.wait(10)
        for payload, mid, qos in ((ONE_LINE, 7, 1), ("{", 8, 1), (ONE_LINE, 9, 0)):
            made[0].send(payload.encode(), mid, qos)

    threading.Thread(target=broker_sends).start()
    first, bad, plain = next(items), next(items), next(items)
    before = list(made[0].acked)
    for item in (first, bad, plain):
        if item.done is not None:
            item.done()
    closing.set()
    rest = list(items)

    assert ([], [], [7, 8]) == (before, rest, made[0].acked)
    assert ("4KAM123", "own") == (first.received.reads[0].plate, first.received.reads[0].agency)
    assert ("json-syntax", "mqtt:frigate/tracked_object_update") == (
        bad.received.diagnostics[0].code,
        bad.received.diagnostics[0].span.file,
    )


def test_the_client_is_asked_for_what_was_said() -> None:
    """User, TLS, pauses, address and keepalive reach the client; it subscribes at QoS 1 after every connection."""
    closing, told = threading.Event(), []
    broker = Broker(host="broker", topic="t/#", port=8883, user="reader", password="secret", tls=True, ca_file="ca.pem")
    mqtt, made = feed(broker, told, closing)
    closing.set()
    list(mqtt.open())
    fine = SimpleNamespace(is_failure=False)
    made[0].on_connect(made[0], None, None, fine, None)  # type: ignore[misc]
    made[0].on_connect(made[0], None, None, fine, None)  # type: ignore[misc]
    mqtt.close()

    assert [
        ("username_pw_set", "reader", "secret"),
        ("tls_set", "ca.pem"),
        ("reconnect_delay_set", 1, 60),
        ("connect_async", "broker", 8883, 30),
        ("loop_start",),
        ("subscribe", "t/#", 1),
        ("subscribe", "t/#", 1),
        ("disconnect",),
        ("loop_stop",),
    ] == made[0].calls
    assert "secret" not in repr(broker)


def test_a_broker_that_refuses_is_reported() -> None:
    """A refused connection, a refused topic and a lost connection are warnings; the client goes on by itself."""
    closing, told = threading.Event(), []
    mqtt, made = feed(Broker(host="broker", topic="t"), told, closing)
    items = mqtt.open()
    waiting = threading.Thread(target=lambda: next(items, None))
    waiting.start()
    made[0].started.wait(10)

    class Refused:
        is_failure = True

        def __str__(self) -> str:
            return "not authorised"

    made[0].on_connect(made[0], None, None, Refused(), None)  # type: ignore[misc]
    made[0].on_subscribe(made[0], None, 1, [Refused()], None)  # type: ignore[misc]
    made[0].on_disconnect(made[0], None, None, Refused(), None)  # type: ignore[misc]
    closing.set()
    waiting.join(10)

    assert [
        "the broker refused the connection: not authorised",
        "the broker does not give the topic: not authorised",
        "the connection was lost, and is made again: not authorised",
    ] == [one.message for one in told]
    assert not any(call[0] == "subscribe" for call in made[0].calls)


@pytest.mark.parametrize(
    ("text", "tls", "expected"),
    [
        ("broker:1884/frigate/#", False, ("broker", 1884, "frigate/#")),
        ("broker/t", False, ("broker", 1883, "t")),
        ("broker/t", True, ("broker", 8883, "t")),
        ("[::1]:1883/a/b", False, ("::1", 1883, "a/b")),
    ],
)
def test_addresses(text: str, tls: bool, expected: tuple[str, int, str]) -> None:
    """The topic is whatever stands after the first stroke; the port has its usual number where it is left out."""
    broker = broker_of(text, tls=tls)

    assert expected == (broker.host, broker.port, broker.topic)


@pytest.mark.parametrize("text", ["", "broker", "broker:1883", "broker:0/t", "broker:99999/t", ":1/t", "b/t\0"])
def test_addresses_that_are_none(text: str) -> None:
    """An address without host, topic or possible port is refused."""
    with pytest.raises(PolicyError, match="mqtt-address"):
        broker_of(text)


def test_without_the_extra_it_is_named() -> None:
    """Without paho-mqtt the extra is named with the command that brings it."""
    try:
        import paho.mqtt  # noqa: F401
    except ImportError:
        with pytest.raises(MissingExtraError, match="extra `mqtt`"):
            paho_client(Broker(host="broker", topic="t"))
    else:
        assert hasattr(paho_client(Broker(host="broker", topic="t")), "ack")
