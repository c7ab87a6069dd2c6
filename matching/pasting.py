"""Postings that people bring themselves, by a link or by their words: taken in by the worker, looked at again as long as they are open.

Everybody here sees them, so a link says no more than what stands at it, and no address to write to is taken from what was pasted.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import UUID

from django.utils.translation import gettext as _

from matching.feeds.json_objects import check_storable, check_text
from matching.feeds.sanitize import clean_description
from matching.fetching import Fetcher
from matching.ingest import SourceBusyError, ingest, only_run_of
from matching.models import Job, JobRejection, JobSighting, JobSource, PastedPosting
from matching.posting import (
    COMPANY_LIMIT,
    EXTERNAL_ID_LIMIT,
    LOCATION_LIMIT,
    TITLE_LIMIT,
    URL_LIMIT,
    Posting,
    PostingInvalid,
    Rejection,
)
from matching.source_setup import Board
from matching.sources.addresses import encrypted, is_address, no_address
from matching.sources.protocol import Source, SourceFault, pages
from matching.sources.registry import SOURCES, posting_key
from matching.vanishing import close_missing, note_missing
from personas.identity import acting_as
from personas.models import User
from personas.services import ValuesRefused

NAME = "Pasted postings"
MOST_A_DAY = 50
"""So many postings may one person paste within a day: each is asked for at a stranger's site."""
READING_SECONDS = 60.0
AT_ONCE = 20
LOOKING = timedelta(minutes=20)
"""Links are looked at again for so long a day at most; what was not reached has its turn another day."""
_LIMITS: Mapping[str, int] = {"title": TITLE_LIMIT, "company": COMPANY_LIMIT, "location": LOCATION_LIMIT}
_ENDED = ("not_found", "gone")
_CAMPAIGN = re.compile(r"utm_|gh_src$|gclid$|fbclid$|trk$", re.IGNORECASE)


def read_address(typed: str) -> str:
    """Give a pasted address as it is asked for: encrypted, without what only says where it was found. Raises ValueError with a sentence."""
    address = encrypted(typed)
    if not is_address(address) or "@" in urlsplit(address).netloc or re.search(r"\s", address):
        raise ValueError(no_address(typed))
    parts = urlsplit(address)
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _CAMPAIGN.match(pair[0])]
    address = urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(kept), ""))
    if len(address) > URL_LIMIT:
        raise ValueError(_("The address is longer than {most:,} characters.").format(most=URL_LIMIT))
    return address


def find_known(address: str) -> Job | None:
    """Give the open job that an address leads to, where it is here already."""
    if key := posting_key(address):
        here: Job | None = Job.objects.open().filter(posting_key=key).order_by("first_seen_at", "pk").first()
        if here is not None:
            return here
    listed = JobSighting.objects.filter(
        source__kind=JobSource.Kind.PASTED, external_id=_number_of(address), job__closed_at__isnull=True
    )
    brought: Job | None = Job.objects.filter(pk__in=listed.values("job")).first()
    return brought


def find_typed(typed: str) -> Job | None:
    """Give the open job that a typed address leads to, None where it is none that is here, or no address."""
    try:
        return find_known(read_address(typed))
    except ValueError:
        return None


def paste(
    *,
    user: User,
    now: datetime,
    address: str = "",
    title: str = "",
    company: str = "",
    location: str = "",
    text: str = "",
) -> PastedPosting:
    """Keep what somebody pasted until the worker takes it in; raises ValuesRefused by field.

    Nothing is taken while the operator has switched the source of pasted postings off.
    """
    given = {"title": title, "company": company, "location": location}
    words = {name: " ".join(value.split()) for name, value in given.items()} | {"text": text.strip()}
    faults: dict[str, list[str]] = {}
    if address.strip():
        try:
            address = read_address(address)
        except ValueError as error:
            faults["address"] = [str(error)]
    elif not words["text"]:
        faults["address"] = [_("Paste a link, or the words of the posting.")]
    if words["text"]:
        faults |= _check_words(words)
    if not faults:
        _check_allowance(user, now)
        # What is read from its address says itself what it is called.
        return PastedPosting.objects.create(
            user=user, address=address.strip(), **(words if words["text"] else {})
        )
    raise ValuesRefused(faults)


def try_again(*, pasted: PastedPosting) -> None:
    """Have what was not read read once more."""
    again = PastedPosting.objects.filter(pk=pasted.pk, state=PastedPosting.State.REFUSED)
    again.update(state=PastedPosting.State.WAITING, reason="")


def take_in_pasted(*, now: datetime) -> int:
    """Take in what waits, the oldest first, and give its number; nothing while somebody else does."""
    waiting = PastedPosting.objects.filter(state=PastedPosting.State.WAITING).order_by("created_at", "pk")
    rows = list(waiting.values_list("pk", "user_id")[:AT_ONCE])
    if not rows:
        return 0
    source = _source()
    if not source.enabled:
        # It waited when the operator switched pasting off.
        for pk, user_id in rows:
            _note(pk, user_id, state=PastedPosting.State.REFUSED, reason=_switched_off())
        return 0
    try:
        with only_run_of(source):
            for pk, user_id in rows:
                try:
                    _take_in(source, pk, user_id, now)
                except Exception:
                    # Ours, not theirs. It must not stand in the way of the others for ever, nor pass for done.
                    told = _("Relevnt made a mistake with it. The operator finds it in the log.")
                    _note(pk, user_id, state=PastedPosting.State.REFUSED, reason=told)
                    raise
    except SourceBusyError:
        return 0
    return len(rows)


def look_again(*, now: datetime) -> int:
    """Ask for the pasted links that are open once more: what has ended there is closed at the second time. Gives the number of links asked for."""
    source = _source()
    if not source.enabled:
        return 0
    ends = time.monotonic() + LOOKING.total_seconds()
    listed = JobSighting.objects.filter(
        source=source, gone_at__isnull=True, external_id__startswith="https://"
    )
    numbers = list(
        listed.filter(last_seen_at__lt=now - timedelta(hours=20)).values_list("external_id", flat=True)
    )
    random.shuffle(numbers)
    asked = 0
    for number in numbers:
        if time.monotonic() > ends:
            break
        asked += 1
        try:
            posting = read_link(number)
        except SourceFault as fault:
            if fault.outcome in _ENDED:
                note_missing(source=source, numbers=[number], now=now)
            continue
        except PostingInvalid:
            # It stands there, and is written in another way.
            continue
        try:
            ingest(source=source, postings=[(1, posting)], now=now)
        except SourceBusyError:
            # Somebody's posting is just being taken in; tomorrow is early enough.
            continue
    close_missing(source=source, now=now, is_whole=False)
    return asked


def read_link(address: str, *, seconds: float = READING_SECONDS) -> Posting:
    """Give the one posting at an address, by its board where that is known; raises SourceFault and PostingInvalid."""
    ends = time.monotonic() + seconds
    for source in SOURCES.values():
        number, board = source.find_posting(address), source.find_board(address)
        if number and board and source.is_first_party:
            posting = _read_from_board(source, board, number, ends)
            break
    else:
        posting = _read_from_page(address, ends)
    is_web = posting.apply_url.startswith(("https://", "http://"))
    return replace(
        posting,
        external_id=_number_of(address),
        url=posting.url or address,
        apply_url=posting.apply_url if is_web else "",
    )


def _read_from_board(source: Source, board: str, number: str, ends: float) -> Posting:
    ask = Fetcher(source, ends=ends)
    for page in pages(source, ask, board):
        for raw in page.items:
            if not _is(source, raw, number):
                continue
            whole = source.complete(ask, board, raw) if source.has_details else raw
            check_storable(whole)
            posting = source.read(whole, board)
            is_named = posting.company not in ("", board)
            return (
                posting if is_named else replace(posting, company=Board(source.kind, board).company or board)
            )
    reason = _("the board “{board}” ({label}) does not list this opening, or not any more")
    raise SourceFault("gone", reason.format(board=board, label=source.label))


def _is(source: Source, raw: Any, number: str) -> bool:
    try:
        return source.number(raw) == number and source.is_listed(raw)
    except PostingInvalid:
        return False


def _read_from_page(address: str, ends: float) -> Posting:
    source = SOURCES["page"]
    page = source.fetch(Fetcher(source, ends=ends), address, "")
    postings: list[Posting] = []
    fault: PostingInvalid | None = None
    for raw in page.items:
        try:
            check_storable(raw)
            postings.append(source.read(raw, address))
        except PostingInvalid as error:
            fault = error
    if len(postings) > 1:
        here = [each for each in postings if each.url.rstrip("/") == address.rstrip("/")]
        postings = here or postings
    if len(postings) == 1:
        return postings[0]
    if postings:
        reason = _("the page describes {count} openings; paste the link of one of them: {titles}")
        titles = ", ".join(f"“{each.title[:60]}”" for each in postings[:3])
        raise PostingInvalid("", reason.format(count=len(postings), titles=titles))
    raise fault or SourceFault(
        "malformed", _("the page describes no opening in a way that programs can read")
    )


def _take_in(source: JobSource, pk: UUID, user_id: UUID, now: datetime) -> None:
    with acting_as(user_id):
        pasted = PastedPosting.objects.filter(pk=pk, state=PastedPosting.State.WAITING).first()
    if pasted is None:
        return
    number = _number_of(pasted.address) if not pasted.text else f"text:{pasted.pk}"
    listed = _read(pasted, number)
    run = ingest(source=source, postings=[(1, listed)], now=now)
    rejection = JobRejection.objects.filter(run_id=run.run_id).first()
    done: dict[str, Any]
    if rejection is None:
        sighting = JobSighting.objects.get(source=source, external_id=number)
        done = {"state": PastedPosting.State.TAKEN, "job_id": sighting.job_id}
    else:
        done = {"state": PastedPosting.State.REFUSED, "reason": _tell(rejection)}
    _note(pk, user_id, **done)


def _note(pk: UUID, user_id: UUID, **done: Any) -> None:
    with acting_as(user_id):
        PastedPosting.objects.filter(pk=pk).update(**done)


def _tell(rejection: JobRejection) -> str:
    is_named = rejection.field not in ("", "address")
    told = f"{rejection.field}: {rejection.reason}" if is_named else rejection.reason
    return told if told.endswith((".", "!", "?")) else f"{told}."


def _read(pasted: PastedPosting, number: str) -> Posting | Rejection:
    if pasted.text:
        return Posting(
            external_id=number,
            title=pasted.title,
            company=pasted.company,
            location=pasted.location,
            description=pasted.text,
            url=pasted.address,
        )
    digest = sha256(pasted.address.encode()).hexdigest()
    try:
        return read_link(pasted.address)
    except SourceFault as fault:
        return Rejection(1, "address", fault.detail, number, digest)
    except PostingInvalid as error:
        return Rejection(1, error.field, error.reason, number, digest)


def _check_words(values: dict[str, str]) -> dict[str, list[str]]:
    """What is wrong with the words of a posting, by field."""
    faults: dict[str, list[str]] = {}
    if not values["title"]:
        faults["title"] = [_("Say what the job is called.")]
    for name, value in values.items():
        try:
            check_text(value, name)
            if name == "text":
                clean_description(value, is_html=False)
        except PostingInvalid as error:
            faults[name] = [error.reason]
        if len(value) > _LIMITS.get(name, len(value)):
            faults[name] = [_("At most {most:,} characters.").format(most=_LIMITS[name])]
    return faults


def _check_allowance(user: User, now: datetime) -> None:
    if JobSource.objects.filter(kind=JobSource.Kind.PASTED, enabled=False).exists():
        raise ValuesRefused({"address": [_switched_off()]})
    today = PastedPosting.objects.owned_by(user).filter(created_at__gt=now - timedelta(days=1))
    if today.count() >= MOST_A_DAY:
        told = _("You have pasted {most} postings within a day, and no more are taken in until tomorrow.")
        raise ValuesRefused({"address": [told.format(most=MOST_A_DAY)]})


def _switched_off() -> str:
    return _("Whoever runs this installation takes no pasted postings.")


def _source() -> JobSource:
    source, _is_new = JobSource.objects.get_or_create(
        kind=JobSource.Kind.PASTED, board="", defaults={"name": NAME}
    )
    return source


def _number_of(address: str) -> str:
    """What an address is known by among pasted postings: itself, or its hash where it is long."""
    return address if len(address) <= EXTERNAL_ID_LIMIT else sha256(address.encode()).hexdigest()
