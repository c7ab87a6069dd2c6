"""The boards of a test: one HTTP server on the loopback that plays every host by `FETCH_MIRROR`, and every fault of theirs.

What is asked is answered from `plays` by host and path, the query left out: the next of several answers, the last one for ever.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Reply:
    """An answer; `drip` writes its body a byte at a time with so many seconds between, `claims` lies about its length."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    drip: float = 0.0
    claims: int | None = None
    endless: bool = False


@dataclass(frozen=True)
class Asked:
    """A request that arrived."""

    place: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


Answering = Reply | Callable[[Asked], Reply]


class Boards:
    """What is played, and what was asked for."""

    def __init__(self) -> None:
        self.plays: dict[str, list[Answering]] = {}
        self.asked: list[Asked] = []
        self.port = 0
        self._lock = threading.Lock()

    @property
    def root(self) -> str:
        """The address of the mirror."""
        return f"http://{HOST}:{self.port}"

    @property
    def door(self) -> str:
        """What OUTBOUND_PRIVATE_HOSTS has to let through."""
        return f"{HOST}:{self.port}"

    def play(self, place: str, *answers: Answering) -> None:
        """Answer at a host and path, such as `api.lever.co/v0/postings/acme`."""
        self.plays[place] = list(answers)

    def play_json(self, place: str, *documents: Any) -> None:
        """Answer with documents."""
        self.play(place, *(as_json(document) for document in documents))

    def times(self, place: str) -> int:
        """How often a place was asked."""
        return sum(asked.place == place for asked in self.asked)

    def answer(self, asked: Asked) -> Reply:
        """What the next request to a place gets; 404 where nothing is played."""
        with self._lock:
            self.asked.append(asked)
            answers = self.plays.get(asked.place)
            if not answers:
                return Reply(b"no such board", status=404, headers={"Content-Type": "text/plain"})
            found = answers.pop(0) if len(answers) > 1 else answers[0]
        return found if isinstance(found, Reply) else found(asked)


def as_json(document: Any, **headers: str) -> Reply:
    """A document as a board sends it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(json.dumps(document).encode(), headers={"Content-Type": "application/json", **named})


@contextmanager
def serve() -> Iterator[Boards]:
    """Boards that listen."""
    boards = Boards()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {
                name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()
            }
            headers = {name.lower(): value for name, value in self.headers.items()}
            _write(self, boards.answer(Asked(parts.path.lstrip("/"), query, headers)))

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    server.daemon_threads = True
    boards.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield boards
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _write(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    # Without the Date of this machine, which may be one of the things that are played.
    handler.send_response_only(reply.status)
    for name, value in reply.headers.items():
        handler.send_header(name, value)
    if not reply.endless:
        handler.send_header("Content-Length", str(len(reply.body) if reply.claims is None else reply.claims))
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.close_connection = True
    try:
        if reply.endless:
            while True:
                handler.wfile.write(b"x" * 65_536)
        elif reply.drip:
            for at in range(len(reply.body)):
                handler.wfile.write(reply.body[at : at + 1])
                handler.wfile.flush()
                time.sleep(reply.drip)
        else:
            handler.wfile.write(reply.body)
    except OSError:
        # Whoever asked has hung up, as it should.
        return
