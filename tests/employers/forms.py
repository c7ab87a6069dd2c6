"""Bodies of applications: JSON, forms and multipart, and names with brackets as Rails reads them."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64decode
from binascii import Error as NotBase64Error
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl

from tests.employers.record import Upload
from tests.employers.wire import Request

_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")
_KEYS = re.compile(r"\[([^\[\]]*)\]")

# The first bytes of what boards take, by the ending of the name.
_MAGIC = {
    "pdf": b"%PDF-",
    "doc": b"\xd0\xcf\x11\xe0",
    "docx": b"PK\x03\x04",
    "rtf": b"{\\rtf",
    "jpg": b"\xff\xd8\xff",
    "jpeg": b"\xff\xd8\xff",
    "png": b"\x89PNG",
    "txt": b"",
}


class NotAFormError(Exception):
    """The body is not what its Content-Type says."""


@dataclass(frozen=True, slots=True)
class FormFile:
    """A file of a form."""

    filename: str
    content_type: str
    data: bytes

    @property
    def upload(self) -> Upload:
        """What the record keeps of it."""
        return Upload(self.filename, len(self.data), hashlib.sha256(self.data).hexdigest())

    def is_one_of(self, *endings: str) -> bool:
        """Whether name and first bytes are of one of these kinds."""
        ending = self.filename.rpartition(".")[2].lower()
        return ending in endings and self.data.startswith(_MAGIC[ending])


Value = str | FormFile
Pairs = list[tuple[str, Value]]


def read_json(request: Request) -> dict[str, Any]:
    """The object that the body is; raises NotAFormError."""
    try:
        value = json.loads(request.body)
    except ValueError:
        raise NotAFormError("the body is not JSON") from None
    if not isinstance(value, dict):
        raise NotAFormError("the body is not an object")
    return value


def read_pairs(request: Request) -> Pairs:
    """Names and values of a form, urlencoded or multipart; raises NotAFormError."""
    if request.content_type == "application/x-www-form-urlencoded":
        try:
            return list(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True))
        except ValueError:
            raise NotAFormError("the body is not urlencoded") from None
    if request.content_type == "multipart/form-data":
        return list(_parts(request))
    raise NotAFormError(f"not a form: {request.content_type or 'no Content-Type'}")


def _parts(request: Request) -> Iterable[tuple[str, Value]]:
    header = Message()
    header["Content-Type"] = request.headers["content-type"]
    boundary = header.get_param("boundary")
    if not isinstance(boundary, str) or not boundary:
        raise NotAFormError("multipart without a boundary")
    mark = b"--" + boundary.encode("latin-1")
    pieces = (b"\r\n" + request.body).split(b"\r\n" + mark)
    if len(pieces) < 2 or pieces[0].strip() or not pieces[-1].startswith(b"--"):
        raise NotAFormError("multipart without its end")
    for piece in pieces[1:-1]:
        head, gap, data = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not gap:
            raise NotAFormError("a part without a head")
        yield _part(head, data)


def _part(head: bytes, data: bytes) -> tuple[str, Value]:
    headers = Message()
    for line in head.decode("utf-8", "surrogateescape").split("\r\n"):
        name, _, value = line.partition(":")
        headers[name.strip()] = value.strip()
    field = headers.get_param("name", header="Content-Disposition")
    if headers.get_content_disposition() != "form-data" or not isinstance(field, str):
        raise NotAFormError("a part without a name")
    filename = headers.get_filename()
    if filename is not None:
        return field, FormFile(filename, headers.get_content_type(), data)
    try:
        return field, data.decode()
    except UnicodeDecodeError:
        raise NotAFormError(f"{field} is not text") from None


def nest(pairs: Pairs) -> dict[str, Any]:
    """`a[b][][c]` as Rails reads it: a list of objects begins a new one where a name comes again."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        first, bracket, rest = name.partition("[")
        _put(root, [first, *_KEYS.findall(bracket + rest)], value)
    return root


def _put(into: dict[str, Any], keys: list[str], value: Value) -> None:
    first, *rest = keys
    if not rest:
        into[first] = value
    elif rest[0] != "":
        _put(_container(into, first, dict), rest, value)
    else:
        listed: list[Any] = _container(into, first, list)
        if len(rest) == 1:
            listed.append(value)
            return
        again = bool(listed) and rest[1] in listed[-1] and rest[2:3] != [""]
        if not listed or again:
            listed.append({})
        _put(listed[-1], rest[1:], value)


def _container(into: dict[str, Any], name: str, kind: type) -> Any:
    found = into.setdefault(name, kind())
    if not isinstance(found, kind):
        raise NotAFormError(f"{name} is two things")
    return found


def listed(value: Any) -> list[Any]:
    """A list, whether it came as one or with numbers for names (`[0]`, `[1]`)."""
    if isinstance(value, dict) and all(key.isdecimal() for key in value):
        return [value[key] for key in sorted(value, key=int)]
    return value if isinstance(value, list) else []


def flatten(value: Any, name: str = "") -> dict[str, str]:
    """Everything that is no file, as text by dotted name."""
    if isinstance(value, Mapping):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = ((str(place), each) for place, each in enumerate(value))  # type: ignore[assignment]
    elif isinstance(value, FormFile) or value is None:
        return {}
    else:
        return {name: value if isinstance(value, str) else json.dumps(value)}
    flat: dict[str, str] = {}
    for key, each in pairs:
        flat |= flatten(each, f"{name}.{key}" if name else str(key))
    return flat


def decoded(name: Any, content: Any, content_type: Any = "") -> FormFile:
    """A file that came in base64; raises NotAFormError."""
    if not isinstance(name, str) or not name or not isinstance(content, str):
        raise NotAFormError("a file without name or content")
    try:
        return FormFile(name, str(content_type or ""), b64decode(content, validate=True))
    except NotBase64Error:
        raise NotAFormError(f"{name} is not base64") from None


def is_email(value: Any) -> bool:
    """Whether it looks like one address."""
    return isinstance(value, str) and len(value) <= 255 and _EMAIL.fullmatch(value) is not None


def is_text(value: Any) -> bool:
    """Whether there is something to read."""
    return isinstance(value, str) and bool(value.strip())
