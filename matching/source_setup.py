"""Sources made ready: the board behind an address that an operator pastes, and a source of it, off until its terms are accepted."""

from __future__ import annotations

import html
import re
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from urllib.parse import urljoin, urlsplit

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from matching.feeds.job_posting import find_postings
from matching.feeds.json_document import cut_objects, scripts_of
from matching.feeds.json_objects import load_object
from matching.fetching import Fetcher
from matching.models import JobSource
from matching.posting import PostingInvalid
from matching.sources.addresses import encrypted, is_address, no_address
from matching.sources.protocol import Fetched, SourceFault
from matching.sources.registry import SOURCES, recognize
from matching.sources.rss import read_entries

LOOKING_SECONDS = 20.0
"""Somebody waits for the page meanwhile."""
_ADDRESS = re.compile(r"""(?:https?:)?//[^\s"'<>\\]{4,500}""")
_FEED_LINK = re.compile(r"<link\b[^<>]*application/(?:rss|atom)\+xml[^<>]*>", re.IGNORECASE)
_HREF = re.compile(r"""href\s*=\s*["']([^"']+)["']""", re.IGNORECASE)


class NotRecognized(ValueError):
    """Raised where no board is found behind an address; says what was looked at and what can be done."""


class SourceRefused(ValueError):
    """Raised where a source cannot be added as it is; `field` is the field at fault."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


@dataclass(frozen=True, slots=True)
class Board:
    """A kind of source, and which one of it."""

    kind: str
    board: str

    @property
    def company(self) -> str:
        """A first guess at what people call the employer, from the name in its address."""
        if not SOURCES[self.kind].is_first_party or "/" in self.board or "=" in self.board:
            return ""
        return " ".join(word.capitalize() for word in re.split(r"[-_ ]+", self.board) if word)


def find_board(address: str) -> Board:
    """Give the board that an address belongs to, itself or by what the page there leads to; raises NotRecognized."""
    text = encrypted(address)
    known = recognize(text)
    if known:
        return Board(known[0].kind, known[1])
    if not is_address(text):
        raise NotRecognized(no_address(address))
    try:
        page = Fetcher(SOURCES["page"], ends=time.monotonic() + LOOKING_SECONDS)(text)
    except SourceFault as fault:
        reason = _("The page could not be read: {reason}.")
        raise NotRecognized(reason.format(reason=fault.detail)) from None
    found = _find_in(page)
    if found is None:
        reason = _(
            "The page leads to no board that is known, holds no schema.org JobPosting and names no feed. Look on it for a link to one "
            "opening, and paste that; or choose the kind of source below."
        )
        raise NotRecognized(reason)
    return found


def add_source(*, kind: str, board: str, company: str = "", name: str = "", now: datetime) -> JobSource:
    """Make a source that is read as soon as a worker is free; one whose terms have to be accepted waits for that. Raises SourceRefused."""
    source = SOURCES.get(kind)
    if source is None:
        raise SourceRefused("kind", _("There is no such kind of source."))
    try:
        checked = source.check_board(board.strip())
    except ValueError as error:
        raise SourceRefused("board", str(error)) from None
    if source.board_hint and not checked and not _is_optional(source.kind):
        raise SourceRefused("board", _("Write {hint}.").format(hint=source.board_hint))
    row = JobSource(
        kind=kind,
        board=checked,
        company=company.strip(),
        name=name.strip() or name_source(kind, checked, company.strip()),
        attribution=source.terms.attribution,
        next_run_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        taken = JobSource.objects.filter(kind=kind, board=checked).first()
        if taken is not None:
            reason = _("There is a source for this board already: “{name}”.")
            raise SourceRefused("board", reason.format(name=taken.name)) from None
        reason = _("There is a source of the name “{name}” already. Give this one another.")
        raise SourceRefused("name", reason.format(name=row.name)) from None
    return row


def name_source(kind: str, board: str, company: str) -> str:
    """What a source is called unless told otherwise."""
    label = str(SOURCES[kind].label)
    which = company or (urlsplit(board).hostname if "//" in board else "") or board
    return f"{which} ({label})"[:255] if which else label


def _is_optional(kind: str) -> bool:
    """Whether a source can be asked without a board: its check lets an empty one pass, and it is no employer's own."""
    source = SOURCES[kind]
    try:
        source.check_board("")
    except ValueError:
        return False
    return not source.is_first_party or kind == "usajobs"


def _find_in(page: Fetched) -> Board | None:
    """What a page leads to: the board that most of its links are of; else what it is itself."""
    known = recognize(page.url)
    if known:
        return Board(known[0].kind, known[1])
    text = html.unescape(page.text())
    counted = Counter(
        Board(found[0].kind, found[1])
        for link in _ADDRESS.findall(text)
        if (found := recognize(link)) is not None
    )
    if counted:
        return counted.most_common(1)[0][0]
    if _describes_jobs(page.body):
        return Board("page", page.url)
    try:
        if read_entries(page) is not None and not re.search(
            r"<html|<!doctype html", text[:2000], re.IGNORECASE
        ):
            return Board("rss", page.url)
    except SourceFault:
        pass
    link = _FEED_LINK.search(text)
    href = _HREF.search(link[0]) if link else None
    return Board("rss", urljoin(page.url, href[1])) if href else None


def _describes_jobs(body: bytes) -> bool:
    for script in scripts_of(body):
        for cut in cut_objects(BytesIO(script)):
            try:
                if not cut.fault and any(True for _node in find_postings(load_object(cut.raw))):
                    return True
            except PostingInvalid:
                continue
    return False
