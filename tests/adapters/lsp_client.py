"""A small client of the language server: it starts the command, speaks the protocol over its pipes, and waits."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0


class Client:
    """One session with a server of its own."""

    def __init__(self, folder: Path, encodings: tuple[str, ...] = ("utf-16",)) -> None:
        """Start the server and greet it."""
        paths = os.pathsep.join(str(ROOT / name) for name in ("engine", "adapters"))
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from alpr_policy_adapters.cli import main; main()", "lsp", "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": paths},
            cwd=folder,
        )
        self.number = 0
        self.version = 0
        self.inbox: queue.Queue[dict[str, Any]] = queue.Queue()
        self.notices: list[dict[str, Any]] = []
        threading.Thread(target=self._listen, daemon=True).start()
        capabilities = {"general": {"positionEncodings": list(encodings)}}
        self.greeting = self.ask(
            "initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": capabilities}
        )
        self.tell("initialized", {})

    def _listen(self) -> None:
        pipe = self.process.stdout
        assert pipe is not None
        while header := pipe.readline():
            length = 0
            while header.strip():
                name, _, value = header.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
                header = pipe.readline()
            self.inbox.put(json.loads(pipe.read(length)))

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        pipe = self.process.stdin
        assert pipe is not None
        pipe.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        pipe.flush()

    def tell(self, method: str, params: Any) -> None:
        """Send a notice."""
        self._send({"method": method, "params": params})

    def reply(self, method: str, params: Any) -> dict[str, Any]:
        """Ask, and return the whole reply with its result or its error."""
        self.number += 1
        self._send({"id": self.number, "method": method, "params": params})
        while True:
            message = self.inbox.get(timeout=PATIENCE)
            if message.get("id") == self.number and "method" not in message:
                return message
            self.notices.append(message)

    def ask(self, method: str, params: Any) -> Any:
        """Ask, and return the result."""
        answer = self.reply(method, params)
        assert "error" not in answer, answer
        return answer.get("result")

    def open(self, uri: str, text: str) -> None:
        """Open a text."""
        self.version += 1
        document = {"uri": uri, "languageId": "yaml", "version": self.version, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})

    def change(self, uri: str, text: str) -> None:
        """Put another text in its place."""
        self.version += 1
        self.tell(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": self.version}, "contentChanges": [{"text": text}]},
        )

    def found(self, uri: str, version: int | None = None) -> list[dict[str, Any]]:
        """Wait for what is found in a text, in its newest version if none is named."""
        wanted = self.version if version is None else version
        while True:
            message = self.notices.pop(0) if self.notices else self.inbox.get(timeout=PATIENCE)
            params = message.get("params") or {}
            ours = message.get("method") == "textDocument/publishDiagnostics" and params["uri"] == uri
            if ours and params.get("version") == wanted:
                return list(params["diagnostics"])

    def found_with(self, uri: str, code: str) -> dict[str, Any]:
        """Wait until something of a code is found, and return it."""
        while True:
            for one in self.found(uri):
                if one["code"] == code:
                    return one

    def at(self, method: str, uri: str, line: int, character: int, **more: Any) -> Any:
        """Ask about a place, from 0."""
        return self.ask(
            f"textDocument/{method}",
            {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}, **more},
        )

    def close(self) -> int:
        """End the session and return the exit code."""
        self.ask("shutdown", None)
        self.tell("exit", None)
        code = self.process.wait(timeout=PATIENCE)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()
        return code
