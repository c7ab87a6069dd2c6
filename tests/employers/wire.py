"""HTTP/1.1 as far as an application needs it, close enough to the socket to break off anywhere."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from base64 import b64decode
from binascii import Error as NotBase64Error
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

LARGEST_BODY = 64 * 1024 * 1024  # bytes


class NotHttpError(Exception):
    """What came is not a request."""


class TooLargeError(Exception):
    """The body is larger than any employer takes."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request; headers by lower-case name, `path` as its unquoted segments."""

    method: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def content_type(self) -> str:
        """The type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def key(self) -> str:
        """The Idempotency-Key, or nothing."""
        return self.headers.get("idempotency-key", "")

    def basic(self) -> tuple[str, str] | None:
        """User and password of HTTP Basic, None where there is none or it is no such thing."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            user, colon, password = b64decode(value, validate=True).decode().partition(":")
        except (NotBase64Error, UnicodeDecodeError):
            return None
        return (user, password) if colon else None

    def bearer(self) -> str | None:
        """The bearer token, or None."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        return value if scheme.lower() == "bearer" and value else None


@dataclass(frozen=True, slots=True)
class Response:
    """An answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, status: int, value: Any, headers: Mapping[str, str] | None = None) -> Self:
        """An answer of JSON."""
        return cls(
            status,
            json.dumps(value).encode(),
            {"Content-Type": "application/json; charset=utf-8", **(headers or {})},
        )

    @classmethod
    def html(cls, status: int, text: str) -> Self:
        """A page."""
        return cls(status, text.encode(), {"Content-Type": "text/html; charset=utf-8"})


async def read_head(reader: asyncio.StreamReader) -> Request | None:
    """The head of the next request, None at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as stopped:
        if stopped.partial:
            raise NotHttpError("the head broke off") from None
        return None
    except asyncio.LimitOverrunError:
        raise NotHttpError("the head is too long") from None
    first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise NotHttpError("no request line")
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise NotHttpError("no header")
        headers[name.lower()] = value.strip()
    target = urlsplit(parts[1])
    query = {name: values[-1] for name, values in parse_qs(target.query, keep_blank_values=True).items()}
    return Request(parts[0], tuple(unquote(each) for each in target.path.split("/")[1:]), query, headers)


async def read_body(head: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """The body of a request whose head has been read."""
    if head.headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    try:
        if head.headers.get("transfer-encoding", "").lower() == "chunked":
            return await _read_chunks(reader)
        length = head.headers.get("content-length", "0")
        if not length.isdecimal():
            raise NotHttpError("no length")
        if int(length) > LARGEST_BODY:
            raise TooLargeError
        return await reader.readexactly(int(length))
    except asyncio.IncompleteReadError:
        raise NotHttpError("the body broke off") from None


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while True:
        try:
            size = int((await reader.readline()).partition(b";")[0], 16)
        except ValueError:
            raise NotHttpError("no chunk") from None
        if len(body) + size > LARGEST_BODY:
            raise TooLargeError
        if size == 0:
            while (await reader.readline()).strip():
                pass
            return bytes(body)
        body += await reader.readexactly(size)
        await reader.readexactly(2)


def head_bytes(status: int, headers: Mapping[str, str]) -> bytes:
    """The head of an answer."""
    reason = HTTPStatus(status).phrase
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def send(writer: asyncio.StreamWriter, response: Response, *, keep: bool) -> None:
    """Answer, and say whether the connection stays."""
    headers = {
        **response.headers,
        "Content-Length": str(len(response.body)),
        "Connection": "keep-alive" if keep else "close",
    }
    writer.write(head_bytes(response.status, headers) + response.body)
    await writer.drain()


async def send_for_ever(writer: asyncio.StreamWriter, *, declared: bool, pause: float) -> None:
    """Answer 200 with a body that has no end (declared: with a length of 10 GB) until the client goes."""
    headers = {"Content-Type": "application/json"}
    headers |= {"Content-Length": str(10 * 1024**3)} if declared else {"Transfer-Encoding": "chunked"}
    writer.write(head_bytes(200, headers))
    piece = b" " * 65_536
    if not declared:
        piece = f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    while True:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(pause)


async def hold(reader: asyncio.StreamReader) -> None:
    """Say nothing until the client goes or the server stops."""
    while await reader.read(65_536):
        pass


def drop(writer: asyncio.StreamWriter, *, reset: bool) -> None:
    """End the connection at once, with a reset or as if all had been said."""
    if reset:
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
