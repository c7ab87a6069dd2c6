"""A JSON document (an array, one object, objects one after another) and JSON-LD inside an HTML page.

Objects are cut out one at a time, so that memory is bounded by the largest object and one that is broken inside
does not take the others with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import BinaryIO

from django.utils.translation import gettext as _

from matching.feeds.amounts import shorten
from matching.feeds.json_objects import read_object
from matching.feeds.lines import LINE_BYTES_LIMIT, too_long
from matching.posting import Posting, Read, Rejection

CHUNK_BYTES = 64 * 1024

_OUTSIDE = re.compile(rb'["\[\]{}]')
_IN_STRING = re.compile(rb'"|\\.', re.DOTALL)
_SCRIPT = re.compile(rb"<script\b[^<>]*application/ld\+json[^<>]*>", re.IGNORECASE)
_WRAPPERS = re.compile(
    rb"^\s*(?:<!--|(?://|/\*)?\s*<!\[CDATA\[(?:\s*\*/)?)|(?:-->|(?://|/\*)?\s*\]\]>(?:\s*\*/)?)\s*$"
)
_SCRIPT_END = re.compile(rb"</script\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch of a document: one whole object, or (`fault`) something that is none and why."""

    raw: bytes
    fault: str = ""


def read_json(stream: BinaryIO) -> Iterator[Read]:
    """Every object of a JSON document, numbered from 1 in its order."""
    for number, cut in enumerate(cut_objects(stream), start=1):
        if cut.fault:
            yield number, Rejection(line=number, field="", reason=cut.fault)
        else:
            yield from read_object(number, cut.raw)


def read_page(stream: BinaryIO) -> Iterator[Read]:
    """Every JobPosting in the JSON-LD scripts of an HTML page; the scripts are numbered from 1."""
    page = stream.read(LINE_BYTES_LIMIT + 1)
    if len(page) > LINE_BYTES_LIMIT:
        yield 1, Rejection(line=1, field="", reason=too_long())
        return
    number = 0
    for number, script in enumerate(scripts_of(page), start=1):
        for found in read_json(BytesIO(script)):
            yield number, _renumber(found[1], number)
    if not number:
        reason = _("The page holds no JSON-LD script (application/ld+json), so no schema.org JobPosting.")
        yield 1, Rejection(line=1, field="", reason=reason)


def scripts_of(page: bytes) -> Iterator[bytes]:
    """The text of each JSON-LD script of an HTML page."""
    at = 0
    while opening := _SCRIPT.search(page, at):
        closing = _SCRIPT_END.search(page, opening.end())
        at = closing.start() if closing else len(page)
        yield _script_text(page[opening.end() : at])


def cut_objects(stream: BinaryIO) -> Iterator[Cut]:
    """The objects of a JSON document, those of its outermost array if it is one."""
    cutter = _Cutter()
    while chunk := stream.read(CHUNK_BYTES):
        yield from cutter.feed(chunk)
    yield from cutter.finish()


@dataclass(slots=True)
class _Cutter:
    """Where in a document the cut stands: how deep, whether inside a string, what is held back so far."""

    held: bytearray = field(default_factory=bytearray)
    at: int = 0
    start: int = 0
    depth: int = 0
    floor: int = 0
    has_begun: bool = False
    in_string: bool = False
    is_too_long: bool = False

    def feed(self, chunk: bytes) -> Iterator[Cut]:
        """Take in more of the document and give what it completes."""
        self.held += chunk
        while match := (_IN_STRING if self.in_string else _OUTSIDE).search(self.held, self.at):
            self.at = match.end()
            mark = match[0]
            if mark == b'"':
                self.in_string = not self.in_string
            elif mark in (b"{", b"["):
                yield from self._open(mark, match.start())
            elif mark in (b"}", b"]"):
                yield from self._close(mark, match.start())
        self._forget()

    def finish(self) -> Iterator[Cut]:
        """What is left at the end of the document."""
        if self.depth > self.floor:
            yield Cut(b"", _("The document ends in the middle of this object."))
            return
        yield from self._gap(len(self.held))
        if self.floor:
            yield Cut(b"", _("The document ends before its array is closed with “]”."))

    def _open(self, mark: bytes, position: int) -> Iterator[Cut]:
        if self.depth == self.floor:
            yield from self._gap(position)
            if mark == b"[" and not self.has_begun:
                self.depth = self.floor = 1
                self.start = position + 1
                self.has_begun = True
                return
            self.start = position
            self.has_begun = True
        self.depth += 1

    def _close(self, mark: bytes, position: int) -> Iterator[Cut]:
        if self.depth > self.floor:
            self.depth -= 1
            if self.depth == self.floor:
                yield self._take(position + 1)
        elif self.floor and mark == b"]":
            yield from self._gap(position)
            self.depth = self.floor = 0
            self.start = position + 1

    def _gap(self, end: int) -> Iterator[Cut]:
        """Whatever stands between objects and is more than a comma is no object."""
        if self.is_too_long or bytes(self.held[self.start : end]).strip(b", \t\r\n"):
            cut = self._take(end)
            yield cut if cut.fault else Cut(cut.raw, _no_object(cut.raw))

    def _take(self, end: int) -> Cut:
        raw = bytes(self.held[self.start : end])
        cut = Cut(b"", too_long()) if self.is_too_long or len(raw) > LINE_BYTES_LIMIT else Cut(raw)
        self.start, self.is_too_long = end, False
        return cut

    def _forget(self) -> None:
        """Let go of what has been cut out, and of an object that has grown over the limit."""
        # An escape may be split between two chunks; its first half, which nothing has matched, is kept for the next.
        is_split = self.in_string and self.at < len(self.held) and self.held.endswith(b"\\")
        self.at = len(self.held) - is_split
        done = self.start
        if len(self.held) - self.start > LINE_BYTES_LIMIT:
            self.is_too_long = True
            done = self.at
        del self.held[:done]
        self.at -= done
        self.start = 0


def _no_object(raw: bytes) -> str:
    text = raw.strip(b", \t\r\n").decode(errors="replace")
    return _("An object in {{braces}} is expected, not “{text}”.").format(text=shorten(text))


def _script_text(raw: bytes) -> bytes:
    """A script without the comment that hides it from old browsers and the CDATA section of XHTML."""
    return _WRAPPERS.sub(b"", raw)


def _renumber(found: Posting | Rejection, number: int) -> Posting | Rejection:
    return replace(found, line=number) if isinstance(found, Rejection) else found
