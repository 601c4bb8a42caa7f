"""Payloads over MQTT, with the extra `mqtt`: each message acknowledged only when its decisions have been through."""

from __future__ import annotations

import queue
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from alpr_policy.errors import Diagnostic, MissingExtraError, PolicyError, Severity
from alpr_policy.source import Span
from alpr_policy_adapters.pipeline.feeds import Reading, Together
from alpr_policy_adapters.pipeline.sources import Arrived

EXTRA = "mqtt"
WAITING = 1_000
"""So many messages wait here; then the network waits. At QoS 1 the broker sends no more than its window unasked."""

KEEPALIVE, FIRST_PAUSE, LONGEST_PAUSE = 30, 1, 60
_ADDRESS = re.compile(
    r"(?:\[(?P<v6>[0-9a-fA-F:]+)\]|(?P<host>[^:/\[\]]+))(?::(?P<port>\d{1,5}))?/(?P<topic>.+)", re.DOTALL
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where messages come from, and as whom we ask for them. The password is never shown."""

    host: str
    topic: str
    port: int = 1883
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca_file: str | None = None
    client_id: str = "alpr-policy-ingest"


def broker_of(text: str, *, tls: bool = False, **parts: Any) -> Broker:
    """Read `host:port/topic`; without a port it is 1883, or 8883 with TLS. Raises PolicyError."""
    found = _ADDRESS.fullmatch(text)
    port = int(found["port"]) if found and found["port"] else 8883 if tls else 1883
    if found is None or not 0 < port < 65536 or "\0" in found["topic"] or len(found["topic"]) > 1000:
        message = f"`{text[:60]}` is no address of a broker and topic"
        raise PolicyError([Diagnostic("mqtt-address", message, help="write it as host:port/topic")])
    return Broker(host=found["v6"] or found["host"], topic=found["topic"], port=port, tls=tls, **parts)


class Client(Protocol):
    """What is used of a client: paho's, or one that stands in for it."""

    on_connect: Any
    on_disconnect: Any
    on_message: Any
    on_subscribe: Any

    def username_pw_set(self, username: str, password: str | None = None) -> None:
        """Say as whom to connect."""

    def tls_set(self, ca_certs: str | None = None) -> None:
        """Use TLS."""

    def reconnect_delay_set(self, min_delay: int = 1, max_delay: int = 120) -> None:
        """Say how long to wait before connecting again."""

    def connect_async(self, host: str, port: int = 1883, keepalive: int = 60) -> object:
        """Connect as soon as the loop runs."""

    def loop_start(self) -> object:
        """Run the network in a thread, connecting again whenever the connection is lost."""

    def loop_stop(self) -> object:
        """End that thread."""

    def disconnect(self) -> object:
        """Take leave of the broker."""

    def subscribe(self, topic: str, qos: int = 0) -> object:
        """Ask for messages."""

    def ack(self, mid: int, qos: int) -> object:
        """Acknowledge a message."""


def paho_client(broker: Broker) -> Client:
    """Make paho's client; raises MissingExtraError without the extra `mqtt`."""
    try:
        from paho.mqtt import client as paho
    except ImportError as error:
        raise MissingExtraError("MQTT", EXTRA) from error
    # A session that outlives the connection, and acknowledging by hand: what was not judged is sent again.
    made: Client = paho.Client(
        paho.CallbackAPIVersion.VERSION2, client_id=broker.client_id, clean_session=False, manual_ack=True
    )
    return made


class MqttFeed:
    """Gives the payloads of a topic until `closing` is set, and acknowledges until `close`.

    Losing the connection is reported, and mended by the client.
    """

    def __init__(
        self,
        broker: Broker,
        reading: Reading,
        closing: threading.Event,
        *,
        client: Callable[[Broker], Client] = paho_client,
        report: Callable[[Diagnostic], None] = lambda problem: None,
    ) -> None:
        """Make the client, so that a missing extra is told at once."""
        self.broker, self._reading, self._closing, self._report = broker, reading, closing, report
        self._make = client
        self._next: Client | None = client(broker)
        self._client: Client | None = None

    def open(self) -> Iterator[Arrived]:
        """Connect, and give each payload as it comes; ends when `closing` is set."""
        inbox: queue.Queue[Any] = queue.Queue(WAITING)
        self.close()
        client, self._next = self._next or self._make(self.broker), None
        self._client = client
        self._prepare(client, inbox)
        client.connect_async(self.broker.host, self.broker.port, keepalive=KEEPALIVE)
        client.loop_start()
        while not self._closing.is_set():
            try:
                message = inbox.get(timeout=0.1)
            except queue.Empty:
                continue
            yield from self._arrived(client, message)

    def close(self) -> None:
        """Take leave of the broker. What was not acknowledged by now it keeps for the next time."""
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()

    def _arrived(self, client: Client, message: Any) -> Iterator[Arrived]:
        together = Together(lambda: _acknowledge(client, message))
        for received in self._reading.text(bytes(message.payload), f"mqtt:{str(message.topic)[:200]}"):
            yield Arrived(received=received, done=together.add())
        together.close()

    def _prepare(self, client: Client, inbox: queue.Queue[Any]) -> None:
        broker = self.broker
        if broker.user is not None:
            client.username_pw_set(broker.user, broker.password)
        if broker.tls:
            client.tls_set(ca_certs=broker.ca_file)
        client.reconnect_delay_set(FIRST_PAUSE, LONGEST_PAUSE)

        def connected(client: Client, data: Any, flags: Any, reason: Any, properties: Any = None) -> None:
            if getattr(reason, "is_failure", False):
                self._tell(f"the broker refused the connection: {reason}")
                return
            # Asked for anew after every connection: a broker may have forgotten the session.
            client.subscribe(broker.topic, qos=1)

        def subscribed(client: Client, data: Any, mid: Any, reasons: Any, properties: Any = None) -> None:
            for reason in reasons:
                if getattr(reason, "is_failure", False):
                    self._tell(f"the broker does not give the topic: {reason}")

        def lost(client: Client, data: Any, flags: Any, reason: Any, properties: Any = None) -> None:
            if not self._closing.is_set():
                self._tell(f"the connection was lost, and is made again: {reason}")

        def came(client: Client, data: Any, message: Any) -> None:
            while not self._closing.is_set():
                try:
                    inbox.put(message, timeout=0.1)
                    return
                except queue.Full:
                    continue

        client.on_connect, client.on_subscribe = connected, subscribed
        client.on_disconnect, client.on_message = lost, came

    def _tell(self, message: str) -> None:
        place = Span(f"mqtt:{self.broker.host}", 0, 0)
        self._report(Diagnostic("mqtt-connection", message[:300], place, severity=Severity.WARNING))


def _acknowledge(client: Client, message: Any) -> None:
    if message.qos > 0:
        client.ack(message.mid, message.qos)
