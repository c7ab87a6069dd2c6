"""A language model on the loopback that behaves and misbehaves: each question is answered as the test says."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

Reply: TypeAlias = Callable[["PlayedWriter", BaseHTTPRequestHandler, dict[str, Any]], None]


class PlayedWriter:
    """An OpenAI-compatible address; `reply` answers, `asked` keeps what was sent (bodies) and `keys` its authorization."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.paths: list[str] = []
        self.reply: Reply = says("")
        self.ended = threading.Event()
        played = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                played.asked.append(body)
                played.keys.append(self.headers.get("Authorization"))
                played.paths.append(self.path)
                try:
                    played.reply(played, self, body)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def do_GET(self) -> None:
                played.paths.append(self.path)
                send(self, 200, b"{}")

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever)

    @contextmanager
    def running(self) -> Iterator[PlayedWriter]:
        """Answer until the block ends."""
        self._thread.start()
        try:
            yield self
        finally:
            self.ended.set()
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()


def send(
    handler: BaseHTTPRequestHandler, status: int, body: bytes, *, headers: dict[str, str] | None = None
) -> None:
    """Answer with these bytes."""
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def completion(text: object, *, ended: str = "stop") -> bytes:
    """Give the body of a completion with this text."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": ended}
    return json.dumps({"object": "chat.completion", "choices": [choice]}).encode()


def says(text: object, *, ended: str = "stop") -> Reply:
    """Answer with this text."""
    return lambda _played, handler, _body: send(handler, 200, completion(text, ended=ended))


def echoes(change: Callable[[str], str] = lambda told: told) -> Reply:
    """Answer with what was told, changed."""

    def reply(_played: PlayedWriter, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        send(handler, 200, completion(change(body["messages"][-1]["content"])))

    return reply


def gives(status: int, body: bytes = b"{}", **headers: str) -> Reply:
    """Answer with this status and body; underscores of header names mean hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _played, handler, _body: send(handler, status, body, headers=named)


def is_late(seconds: float) -> Reply:
    """Answer after so long."""

    def reply(played: PlayedWriter, handler: BaseHTTPRequestHandler, _body: dict[str, Any]) -> None:
        played.ended.wait(seconds)
        send(handler, 200, completion("Late."))

    return reply


def drips(_played: PlayedWriter, handler: BaseHTTPRequestHandler, _body: dict[str, Any]) -> None:
    """Answer a byte at a time, never to the end."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    while not _played.ended.is_set():
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.05)


def never_ends(_played: PlayedWriter, handler: BaseHTTPRequestHandler, _body: dict[str, Any]) -> None:
    """Answer with more than anybody would read."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    handler.close_connection = True
    while not _played.ended.is_set():
        handler.wfile.write(b"x" * 65536)


def hangs_up(_played: PlayedWriter, handler: BaseHTTPRequestHandler, _body: dict[str, Any]) -> None:
    """Say nothing and close."""
    handler.close_connection = True
