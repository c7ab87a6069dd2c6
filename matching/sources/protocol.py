"""What every source of postings is: how it is asked, what its answers mean, and on which terms."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeAlias

from django.utils.translation import gettext as _

from matching.posting import Posting

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Trouble: TypeAlias = Literal[
    "not_found",
    "gone",
    "throttled",
    "blocked",
    "malformed",
    "truncated",
    "timeout",
    "unreachable",
    "unavailable",
]
"""How asking a source can go wrong; none of these says anything about postings that are not in the answer."""

Raw: TypeAlias = dict[str, Any]
"""One posting as its source gave it."""


class SourceFault(Exception):
    """Raised where a source cannot be read: `detail` says what it answered, in a sentence for the operator."""

    def __init__(self, outcome: Trouble, detail: str, *, wait_seconds: float | None = None) -> None:
        """`wait_seconds` is how long the source asks to be left alone."""
        super().__init__(outcome, detail)
        self.outcome: Trouble = outcome
        self.detail = detail
        self.wait_seconds = wait_seconds

    def __str__(self) -> str:
        """What the source answered."""
        return self.detail


class NotModified(Exception):
    """Raised where a source says that nothing has changed since its last whole answer."""


@dataclass(frozen=True, eq=False)
class Fetched:
    """An answer of status 200: its final address, headers by lower-case name, and the whole body."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @cached_property
    def json(self) -> Any:
        """The body as JSON; raises SourceFault where it is something else, as error pages with status 200 are."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise SourceFault("malformed", _("not JSON: {opening}").format(opening=self.opening())) from None

    def text(self) -> str:
        """The body as text: by its own charset, else UTF-8, else as browsers read what names none."""
        _media, _semicolon, rest = self.headers.get("content-type", "").partition("charset=")
        for charset in (rest.split(";")[0].strip(" \"'"), "utf-8"):
            try:
                return self.body.decode(charset)
            except (LookupError, UnicodeDecodeError):
                continue
        return self.body.decode("cp1252", errors="replace")

    def opening(self) -> str:
        """The first characters of the body, for a message."""
        return repr(self.body[:80].decode("utf-8", errors="replace").strip())


class Ask(Protocol):
    """How a source asks: politely, through the one way out; `headers` may hold a key."""

    def __call__(self, url: str, *, headers: Mapping[str, str] | None = None) -> Fetched:
        """Give an answer of status 200; raises SourceFault or NotModified."""


@dataclass(frozen=True, slots=True)
class Page:
    """Postings of one answer; `next` is where the next page begins, empty after the last; `total` what the source says it has."""

    items: list[Any]
    next: str = ""
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a source may be read.

    `attribution` stands on every page of a posting. With `must_accept` the operator has to accept `summary` first.
    """

    url: str
    summary: StrPromise | str = ""
    attribution: str = ""
    must_accept: bool = False


@dataclass(frozen=True, slots=True)
class Pace:
    """How a host is asked: so many seconds apart on average, `burst` of them at once, at most `together` under way."""

    seconds: float = 1.0
    burst: int = 2
    together: int = 1


class Source(ABC):
    """One kind of source. `board` says which one of it: a company's name in its address, or a query; see `board_hint`."""

    kind: ClassVar[str]
    label: ClassVar[StrPromise | str]
    terms: ClassVar[Terms]
    board_hint: ClassVar[StrPromise | str] = ""
    """What `board` is, for the operator; empty where a source has no boards."""
    settings: ClassVar[tuple[str, ...]] = ()
    """Settings without which it cannot be asked."""
    pace: ClassVar[Pace] = Pace()
    every: ClassVar[timedelta] = timedelta(hours=6)
    """How often it is read; more often while it brings much, more seldom while it brings nothing or fails."""
    least: ClassVar[timedelta] = timedelta(hours=1)
    is_whole: ClassVar[bool] = True
    """Whether a reading lists all that is open, so that what is missing has ended; else it lists the newest."""
    has_details: ClassVar[bool] = False
    """Whether each posting has to be completed by an answer of its own."""
    is_one_page: ClassVar[bool] = False
    """Whether one answer is all of it, so that "not modified" speaks of all."""
    is_first_party: ClassVar[bool] = False
    """Whether its postings are the employer's own."""
    obeys_robots: ClassVar[bool] = False
    """Whether it reads pages that were not made to be read by programs: then what robots.txt says goes first."""

    @abstractmethod
    def fetch(self, ask: Ask, board: str, cursor: str) -> Page:
        """Give one page of a board, the first one for an empty cursor; raises SourceFault or NotModified."""

    @abstractmethod
    def number(self, raw: Raw) -> str:
        """Give what the source calls a posting, for ever; raises PostingInvalid."""

    @abstractmethod
    def read(self, raw: Raw, board: str) -> Posting:
        """Give what a posting states; raises PostingInvalid with the field at fault."""

    def is_listed(self, raw: Raw) -> bool:
        """Tell whether a thing on a page is a posting that is meant to be seen."""
        return True

    def complete(self, ask: Ask, board: str, raw: Raw) -> Raw:
        """Give a posting with what its page leaves out; asked for new and changed ones alone. Raises SourceFault."""
        return raw

    def check_board(self, board: str) -> str:
        """Give a board as it is written, or raise ValueError with a sentence that says what is expected."""
        return board

    def find_board(self, address: str) -> str:
        """Give the board that a web address belongs to, empty where it is none of this source."""
        return ""

    def find_posting(self, address: str) -> str:
        """Give the number of the posting that a web address leads to, empty where it is none of this source."""
        return ""


def pages(source: Source, ask: Ask, board: str) -> Iterator[Page]:
    """Give the pages of a board one after another; raises SourceFault where they never end or repeat themselves."""
    cursor, before = "", {""}
    while True:
        page = source.fetch(ask, board, cursor)
        yield page
        if not page.next:
            return
        if page.next in before:
            raise SourceFault("truncated", _("its pages lead in a circle"))
        before.add(page.next)
        cursor = page.next
