"""Looking whether the links of courses still lead there: few an hour, one a minute to a host, and never behind a redirect into the house.

A look is one HEAD request (GET where that is refused) of an address that a person would click on, once in two weeks. Nothing of the page
is read or kept and no link of it is followed, so that this is no crawling, which robots.txt is about; it is not asked for.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

from django.db import connection
from django.db.models import QuerySet

from learning.link_verdicts import DEAD, Answered, judge
from learning.models import Course
from matching.guarded_http import Answer, Doubtful, Limits, NeverLeft, Request, send
from matching.retry_after import read_retry_after

PAUSE = timedelta(minutes=1)
"""The least time between two requests to one host, redirects within it aside."""
CLAIM = timedelta(minutes=40)
"""Longer than a look at many slow links may take, so that no other worker takes them meanwhile."""
MOST_REDIRECTS = 5
LIMITS = Limits(connect_seconds=5, total_seconds=15, body_bytes=64 * 1024)
_REFUSES_HEAD = (400, 403, 405, 501)
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(slots=True)
class LinkSummary:
    """How many links were looked at, and how many of these were found dead."""

    looked: int = 0
    dead: int = 0


def check_links(*, now: datetime, most: int) -> LinkSummary:
    """Look at the links that are due, at most so many and one of each host; several workers at once share them."""
    summary = LinkSummary()
    claimed = _claim(now, most)
    answers = [(course, _look(course.url, now)) for course in claimed]
    online = any(answered.heard for _course, answered in answers)
    for course, answered in answers:
        verdict = judge(
            answered,
            asked_url=course.url,
            failures=course.link_failures,
            failed_at=course.link_failed_at,
            online=online,
            spread=course.pk.int % 100,
            now=now,
        )
        failed_at = (course.link_failed_at or now) if verdict.failures else None
        Course.objects.filter(pk=course.pk).update(
            link_state=verdict.state,
            link_failures=verdict.failures,
            link_failed_at=failed_at,
            link_status=answered.status,
            link_checked_at=now,
            link_due_at=verdict.due_at,
        )
        summary.looked += 1
        summary.dead += verdict.state == DEAD and course.link_state != DEAD
    return summary


def dead_among(urls: Collection[str]) -> set[str]:
    """Give those of some addresses that lead nowhere any more; one query."""
    if not urls:
        return set()
    return set(Course.objects.filter(url__in=urls, link_state=DEAD).values_list("url", flat=True))


def ask_again(*, courses: QuerySet[Course], now: datetime) -> int:
    """Make the links of some courses due, and give their number."""
    return courses.update(link_due_at=now)


def _claim(now: datetime, most: int) -> list[Course]:
    """Take due links, each of another host whose turn it is; what is taken is due again when this worker must have ended."""
    due = Course.objects.filter(withdrawn_at__isnull=True, link_due_at__lte=now).order_by("link_due_at", "pk")
    taken: list[Course] = []
    hosts: set[str] = set()
    for course in due.iterator(chunk_size=500):
        if len(taken) >= most:
            break
        host = _host_of(course.url)
        if host in hosts:
            continue
        hosts.add(host)
        if not _take_turn(host, now):
            continue
        own = Course.objects.filter(pk=course.pk, link_due_at=course.link_due_at)
        if own.update(link_due_at=now + CLAIM):
            taken.append(course)
    return taken


def _host_of(url: str) -> str:
    """Give the host of an address, the address itself where it has none that can be read."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    return (host or url).lower()[:255]


def _take_turn(host: str, now: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO learning_link_hosts AS h (host, next_at) VALUES (%s, %s)
            ON CONFLICT (host) DO UPDATE SET next_at = excluded.next_at WHERE h.next_at <= %s
            """,
            [host, now + PAUSE, now],
        )
        return bool(cursor.rowcount)


def _look(url: str, now: datetime) -> Answered:
    """Ask for an address, through at most five redirects, each judged anew by the way out."""
    there = url
    for _hop in range(MOST_REDIRECTS + 1):
        try:
            answer = _ask(there)
        except NeverLeft as never:
            return Answered(None, no_such_host=never.reason == "dns" and there == url)
        except Doubtful as doubtful:
            return Answered(doubtful.status)
        if answer.status not in _REDIRECTS:
            return Answered(answer.status, there, wait_seconds=_wait_of(answer, now))
        target = _follow(there, answer.headers.get("location", ""))
        if not target:
            break
        there = target
    return Answered(answer.status, there)


def _follow(there: str, location: str) -> str:
    """Give the address that a redirect names; "" where it names none that can be read."""
    try:
        return urljoin(there, location) if location else ""
    except ValueError:
        return ""


def _ask(url: str) -> Answer:
    try:
        answer = send(Request("HEAD", url), limits=LIMITS)
    except Doubtful:
        # Some hang up on HEAD; a page that answers GET is there.
        return send(Request("GET", url), limits=LIMITS)
    if answer.status in _REFUSES_HEAD:
        return send(Request("GET", url), limits=LIMITS)
    return answer


def _wait_of(answer: Answer, now: datetime) -> int:
    """Give the seconds for which the server asks to be left alone; 0 where it says nothing."""
    asked = read_retry_after(answer.headers, at=now)
    return max(0, int(min(asked, 10**8))) if asked is not None else 0
