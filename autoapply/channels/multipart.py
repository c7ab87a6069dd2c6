"""multipart/form-data, the same bytes every time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias
from uuid import UUID

from autoapply.channels.checking import plain_name
from autoapply.channels.protocol import FileContents

Part: TypeAlias = tuple[str, str | FileContents]


def write_multipart(parts: Sequence[Part], *, idempotency_key: UUID) -> tuple[str, bytes]:
    """Content-Type and body of a form; the boundary comes from the key and stands in none of the parts.

    Names are written as browsers write them (WHATWG): quotes and line ends in percent signs and digits.
    """
    written = [_write_part(name, value) for name, value in parts]
    boundary = f"relevnt-{idempotency_key.hex}"
    number = 0
    while any(boundary.encode() in piece for piece in written):
        number += 1
        boundary = f"relevnt-{idempotency_key.hex}-{number}"
    mark = b"--" + boundary.encode()
    body = b"".join(mark + b"\r\n" + piece + b"\r\n" for piece in written) + mark + b"--\r\n"
    return f"multipart/form-data; boundary={boundary}", body


def _write_part(name: str, value: str | FileContents) -> bytes:
    head = f'Content-Disposition: form-data; name="{_quoted(name)}"'
    if isinstance(value, str):
        return f"{head}\r\n\r\n".encode() + value.encode("utf-8", "replace")
    kind = value.media_type if _is_media_type(value.media_type) else "application/octet-stream"
    head += f'; filename="{_quoted(plain_name(value.name))}"\r\nContent-Type: {kind}'
    return f"{head}\r\n\r\n".encode() + value.content


def _quoted(name: str) -> str:
    quoted = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    return quoted.encode("utf-8", "replace").decode()


def _is_media_type(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text and text.count("/") == 1
