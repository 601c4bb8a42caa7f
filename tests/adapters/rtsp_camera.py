"""A camera for tests: it speaks enough RTSP to send JPEG pictures over the very connection that asks for them."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

QUALITY = 80
DESCRIPTION = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\na=control:track0\r\n"


class Camera:
    """Sends its pictures once to each client, ten a second, and then hangs up."""

    def __init__(self, cv2: Any, frames: Sequence[Any]) -> None:
        options = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
        self._pictures = [(bytes(cv2.imencode(".jpg", one, options)[1]), one.shape[1], one.shape[0]) for one in frames]
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"rtsp://user:secret@127.0.0.1:{self._socket.getsockname()[1]}/live"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Answer nobody any more."""
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            with client, client.makefile("rb") as asked:
                while line := asked.readline():
                    verb = line.split()[0].decode()
                    number = b"0"
                    while field := asked.readline().strip():
                        if field.lower().startswith(b"cseq:"):
                            number = field.split(b":")[1].strip()
                    client.sendall(_answer(verb, number.decode()))
                    if verb == "PLAY":
                        self._play(client)
                        return
        except (OSError, IndexError):
            return

    def _play(self, client: socket.socket) -> None:
        sequence = 0
        for position, (data, width, height) in enumerate(self._pictures):
            for packet in _packets(data, width, height):
                last = packet[0]
                head = struct.pack(">BBHII", 0x80, 26 | last << 7, sequence, position * 9000, 1)
                client.sendall(b"$\0" + struct.pack(">H", len(head) + len(packet[1])) + head + packet[1])
                sequence += 1
            time.sleep(0.1)


def _answer(verb: str, number: str) -> bytes:
    fields, body = "", ""
    if verb == "OPTIONS":
        fields = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
    elif verb == "DESCRIBE":
        body = DESCRIPTION
        fields = f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n"
    elif verb == "SETUP":
        fields = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
    return f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\nSession: 1\r\n{fields}\r\n{body}".encode()


def _packets(data: bytes, width: int, height: int) -> Iterator[tuple[int, bytes]]:
    """Cut the scan of a JPEG into packets as RFC 2435 has them; the first number says which is the last."""
    at = data.index(b"\xff\xda")
    scan = data[at + 2 + struct.unpack_from(">H", data, at + 2)[0] : -2]
    for start in range(0, len(scan), 1300):
        head = struct.pack(">I", start) + bytes([1, QUALITY, width // 8, height // 8])
        yield int(start + 1300 >= len(scan)), head + scan[start : start + 1300]
