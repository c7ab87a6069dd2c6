"""The one way by which a request leaves the house; whoever sends gets an answer, or is told whether bytes may have left.

`dialing.py` makes the connection and httpcore speaks HTTP/1.1 over it. Nothing is followed, retried, kept or taken from
the environment: no redirects, no cookies, no proxies, no passwords.

What is raised names a reason and a host, never the address asked for, a header or a body: a key may stand in any of them.
"""

from __future__ import annotations

import re
import socket
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import httpcore
from django.conf import settings

from matching.addresses import Place, UnfitURL, read_url
from matching.dialing import DialFault, NotConnected, dial, left_until

NeverLeftReason: TypeAlias = (
    Literal["refused_url", "refused_request", "refused_address", "reset", "too_late"] | DialFault
)
DoubtfulReason: TypeAlias = Literal[
    "write_error", "read_timeout", "total_timeout", "reset", "closed", "protocol"
]

_METHOD = re.compile(r"[A-Z]{1,20}")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"(?:[!-~](?:[ -~\t]*[!-~])?)?")
# These say where a request goes, where it ends and how the answer is packed: nobody but this module may.
_OUR_HEADERS = frozenset(
    (
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
_GZIP = 31  # zlib's word for "with the header and checksum of gzip"
_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """What to send, and where to; the content leaves as it is. Its repr shows the method alone."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False, default_factory=dict)
    content: bytes = field(repr=False, default=b"")


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds until the connection stands (lookup and TLS included), seconds for everything, bytes of the body."""

    connect_seconds: float = 5
    total_seconds: float = 30
    body_bytes: int = 5 * 1024 * 1024


USUAL_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status: header names in lower case, and `truncated` where the body was cut off.

    A body in gzip is unpacked (and its content-encoding taken away); any other packing is left as it came.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    truncated: bool = False


class NeverLeft(Exception):
    """Raised when it is certain that not one byte of the request left."""

    def __init__(self, reason: NeverLeftReason, host: str = "") -> None:
        """`host` is empty where the address named none."""
        super().__init__(reason, host)
        self.reason: NeverLeftReason = reason
        self.host = host

    def __str__(self) -> str:
        """Reason and host."""
        return f"{self.reason} {self.host}".rstrip()


class Doubtful(Exception):
    """Raised when bytes of the request may have arrived and no whole answer came back."""

    def __init__(self, reason: DoubtfulReason, host: str, status: int | None = None) -> None:
        """`status` is what the answer began with, where it began."""
        super().__init__(reason, host, status)
        self.reason: DoubtfulReason = reason
        self.host = host
        self.status = status

    def __str__(self) -> str:
        """Reason and host."""
        return f"{self.reason} {self.host}"


def send(
    request: Request,
    *,
    limits: Limits = USUAL_LIMITS,
    may_leave: Callable[[], bool] | None = None,
    also_allowed: frozenset[str] = frozenset(),
) -> Answer:
    """Send a request once and give the answer, a redirect or an error status included.

    `also_allowed` are doors (host and port) that this request alone may go to although they are inside the operator's network.
    `may_leave` is asked once, when the connection stands and directly before the first byte; no means NeverLeft.
    Raises NeverLeft or Doubtful. Whatever else comes through (what `may_leave` raises, the end of the process) has closed
    the connection, and says nothing of what left.
    """
    ends = time.monotonic() + limits.total_seconds
    allowed = also_allowed.union(settings.OUTBOUND_PRIVATE_HOSTS)
    try:
        place = read_url(request.url, allowed=allowed)
    except UnfitURL as unfit:
        raise NeverLeft(unfit.fault) from None
    outgoing = _write_out(request, place)
    try:
        dialed = dial(
            place,
            anywhere=place.door in allowed,
            ends=min(ends, time.monotonic() + limits.connect_seconds),
        )
    except NotConnected as failure:
        raise NeverLeft(failure.fault, place.host) from None
    with closing(_Line(dialed, ends=ends, may_leave=may_leave)) as line:
        return _converse(line, outgoing, host=place.host, most=limits.body_bytes)


def _write_out(request: Request, place: Place) -> httpcore.Request:
    if not _METHOD.fullmatch(request.method) or request.method == "CONNECT":
        raise NeverLeft("refused_request", place.host)
    for name, value in request.headers.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _OUR_HEADERS:
            raise NeverLeft("refused_request", place.host)
        if not _HEADER_VALUE.fullmatch(value):
            raise NeverLeft("refused_request", place.host)
    ours = {"Host": place.host_header, "Accept-Encoding": "identity", "Connection": "close"}
    if not any(name.lower() == "user-agent" for name in request.headers):
        contact = settings.OUTBOUND_CONTACT
        ours["User-Agent"] = f"Relevnt (+{contact})" if contact else "Relevnt"
    if request.content or request.method not in {"GET", "HEAD", "OPTIONS"}:
        ours["Content-Length"] = str(len(request.content))
    return httpcore.Request(
        request.method,
        httpcore.URL(
            scheme=place.scheme.encode(),
            host=place.host.encode(),
            port=place.port,
            target=place.target.encode(),
        ),
        headers=[*ours.items(), *request.headers.items()],
        content=request.content,
    )


class _Broken(Exception):
    """Raised by the line for its own end; `reason` is for NeverLeft as long as nothing has left, else for Doubtful."""

    def __init__(self, reason: Any) -> None:
        super().__init__(reason)
        self.reason = reason


class _Line(httpcore.NetworkStream):
    """A connection that stands, knows when its time is up, and remembers whether a byte has left."""

    def __init__(self, dialed: socket.socket, *, ends: float, may_leave: Callable[[], bool] | None) -> None:
        self._socket = dialed
        self._ends = ends
        self._may_leave = may_leave
        self._written_badly = False
        self._heard = False
        self.left = False
        self.ended = False

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of it; the first call asks whether it may."""
        if not self.left:
            self._ask()
        rest = memoryview(buffer)
        while rest:
            first, self.left = not self.left, True
            try:
                rest = rest[self._send(rest[:_PIECE]) :]
            except TimeoutError:
                self.left = not first
                raise _Broken("too_late" if first else "total_timeout") from None
            except OSError:
                # What failed as a whole has not left: a piece of a TLS record cannot be read by anybody.
                self.left = not first
                if first:
                    raise _Broken("reset") from None
                # Whoever refuses a long body closes early, and may have answered: httpcore goes on to read.
                self._written_badly = True
                raise httpcore.WriteError from None

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Up to so many bytes; none when the other side has ended."""
        try:
            received = self._receive(max_bytes)
        except TimeoutError:
            raise _Broken("total_timeout" if self._heard else "read_timeout") from None
        except OSError:
            raise _Broken("write_error" if self._written_badly else "reset") from None
        self._heard = self._heard or bool(received)
        self.ended = not received
        if self.ended and self._written_badly:
            raise _Broken("write_error")
        return received

    def close(self) -> None:
        """Close it, as often as one likes."""
        self._socket.close()

    def _ask(self) -> None:
        if self._may_leave is not None and not self._may_leave():
            raise _Broken("too_late")
        if self._is_closed_already():
            raise _Broken("reset")

    def _is_closed_already(self) -> bool:
        """Whether the other side has hung up before anything was said."""
        try:
            self._socket.settimeout(0)
            # A TLS socket knows no peeking; the plain one beneath it does.
            return not socket.socket.recv(self._socket, 1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def _send(self, piece: memoryview) -> int:
        self._set_time()
        return self._socket.send(piece)

    def _receive(self, most: int) -> bytes:
        self._set_time()
        return self._socket.recv(most)

    def _set_time(self) -> None:
        seconds = left_until(self._ends)
        if not seconds:
            raise TimeoutError
        self._socket.settimeout(seconds)


def _converse(line: _Line, outgoing: httpcore.Request, *, host: str, most: int) -> Answer:
    status = None
    connection = httpcore.HTTP11Connection(outgoing.url.origin, line)
    try:
        response = connection.handle_request(outgoing)
        status = response.status
        with closing(response):
            headers = _read_headers(response.headers)
            if headers.get("content-encoding", "").lower() in {"gzip", "x-gzip"}:
                headers.pop("content-encoding")
                headers.pop("content-length", None)
                body, truncated = _unpack(response.iter_stream(), most)
            else:
                body, truncated = _take(response.iter_stream(), most)
    except (_Broken, httpcore.ProtocolError, zlib.error) as failure:
        # What is no HTTP is told with the bytes that came, which are nobody's business.
        reason = _name_fault(failure, line)
        if line.left:
            raise Doubtful(reason, host, status) from None
        raise NeverLeft(reason, host) from None
    return Answer(status, headers, body, truncated)


def _name_fault(failure: Exception, line: _Line) -> Any:
    if isinstance(failure, _Broken):
        return failure.reason
    return "closed" if line.ended else "protocol"


def _read_headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _take(pieces: Iterable[bytes], most: int) -> tuple[bytes, bool]:
    """The body, and whether it was cut off after `most` bytes."""
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > most:
            del body[most:]
            return bytes(body), True
    return bytes(body), False


def _unpack(pieces: Iterable[bytes], most: int) -> tuple[bytes, bool]:
    """The same of a body of gzip: `most` counts packed and unpacked bytes alike. Raises zlib.error where it is none."""
    body = bytearray()
    packed = 0
    unpacking = zlib.decompressobj(_GZIP)
    for piece in pieces:
        packed += len(piece)
        rest = piece
        while rest and len(body) <= most:
            if unpacking.eof:
                # One gzip may follow another.
                unpacking = zlib.decompressobj(_GZIP)
            body += unpacking.decompress(rest, most + 1 - len(body))
            rest = unpacking.unused_data or unpacking.unconsumed_tail
        if max(packed, len(body)) > most:
            del body[most:]
            return bytes(body), True
    if packed and not unpacking.eof:
        raise zlib.error("the end is missing")
    return bytes(body), False
