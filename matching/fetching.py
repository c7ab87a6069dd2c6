"""Asking a source, politely: one request at its host's pace, by the one way out, with a typed outcome for whatever comes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from matching.guarded_http import Answer, Doubtful, Limits, NeverLeft, Request, send
from matching.pacing import leave_alone, turn
from matching.retry_after import read_retry_after
from matching.sources.protocol import Fetched, NotModified, Source, SourceFault, Trouble

LIMITS = Limits(connect_seconds=10, total_seconds=60, body_bytes=48 * 1024 * 1024)
"""Ashby takes ten seconds for a large board, and Greenhouse sends 20 MB for one of the largest."""
ROBOTS_LIMITS = Limits(connect_seconds=5, total_seconds=10, body_bytes=512 * 1024)
MOST_REDIRECTS = 3
MOST_WAIT = 60.0
"""Seconds that a request waits for its turn; a host that asks for more is tried again another time."""
TRIES = 3
_REDIRECTS = (301, 302, 303, 307, 308)
_AGENT = "Relevnt"
_STATUS: Mapping[int, Trouble] = {
    401: "blocked",
    403: "blocked",
    404: "not_found",
    405: "blocked",
    407: "blocked",
    410: "gone",
    429: "throttled",
    451: "blocked",
    503: "unavailable",
}
# What may be over in a moment. Whoever is too slow is not asked for the same thing at once.
_PASSING = frozenset(("throttled", "unavailable"))
_TIMES_OUT = frozenset(("connect_timeout", "read_timeout", "total_timeout", "too_late"))


@dataclass(slots=True)
class Fetcher:
    """Asks for one source during one run. `validators` are those of the last whole answer by address; new ones are gathered in `seen`."""

    source: Source
    validators: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    seen: dict[str, dict[str, str]] = field(default_factory=dict)
    ends: float | None = None
    """When the run must be over, by time.monotonic()."""
    sleep: Callable[[float], None] = time.sleep
    _robots: dict[str, RobotFileParser | None] = field(default_factory=dict)

    def __call__(self, url: str, *, headers: Mapping[str, str] | None = None) -> Fetched:
        """Give an answer of status 200; raises SourceFault or NotModified. What is out of order for a moment is tried again."""
        asked = {**(headers or {}), **_conditions(self.validators.get(url))}
        for tries in range(1, TRIES):
            try:
                return self._follow(url, asked)
            except SourceFault as fault:
                wait = fault.wait_seconds or 2.0 * tries
                if fault.outcome not in _PASSING or wait > MOST_WAIT:
                    raise
                self._wait(wait)
        return self._follow(url, asked)

    def _follow(self, url: str, headers: Mapping[str, str]) -> Fetched:
        there = url
        for _hop in range(MOST_REDIRECTS + 1):
            if self.source.obeys_robots:
                self._check_robots(there)
            answer = self._send(there, headers, limits=LIMITS)
            if answer.status not in _REDIRECTS:
                return self._judge(url, there, answer)
            there = _redirected(there, answer.headers.get("location", ""))
        raise SourceFault("blocked", _("it leads from one address to the next without end"))

    def _send(self, url: str, headers: Mapping[str, str], *, limits: Limits) -> Answer:
        host = (urlsplit(url).hostname or "").lower()
        left = self._left()
        with turn(
            host,
            pace=self.source.pace,
            seconds=limits.total_seconds + 5,
            most_wait=min(MOST_WAIT, left),
            sleep=self.sleep,
        ):
            try:
                return send(Request("GET", mirrored(url), headers), limits=limits)
            except NeverLeft as never:
                raise SourceFault(
                    "timeout" if never.reason in _TIMES_OUT else "unreachable",
                    _("{host} was not reached ({reason})").format(host=host, reason=never.reason),
                ) from None
            except Doubtful as doubtful:
                raise SourceFault(
                    "timeout" if doubtful.reason in _TIMES_OUT else "truncated",
                    _("the answer of {host} broke off ({reason})").format(host=host, reason=doubtful.reason),
                ) from None

    def _judge(self, url: str, there: str, answer: Answer) -> Fetched:
        host = (urlsplit(there).hostname or "").lower()
        if answer.status == 304:
            raise NotModified
        if answer.status == 200:
            if answer.truncated:
                most = LIMITS.body_bytes // (1024 * 1024)
                reason = _("the answer of {host} is longer than {most} MB")
                raise SourceFault("truncated", reason.format(host=host, most=most))
            validators = {
                name: answer.headers[name] for name in ("etag", "last-modified") if answer.headers.get(name)
            }
            if validators:
                self.seen[url] = validators
            return Fetched(there, answer.headers, answer.body)
        outcome: Trouble = _STATUS.get(answer.status, "unavailable" if answer.status >= 500 else "malformed")
        wait = read_retry_after(answer.headers, at=timezone.now())
        if outcome == "throttled" or (wait is not None and outcome in ("blocked", "unavailable")):
            outcome = "unavailable" if outcome == "unavailable" else "throttled"
            # Who names no time is left alone for a minute.
            wait = leave_alone(host, seconds=60.0 if wait is None else wait)
        said = _("{host} answered {status}").format(host=host, status=answer.status)
        raise SourceFault(outcome, f"{said}{_quote(answer)}", wait_seconds=wait)

    def _check_robots(self, url: str) -> None:
        parts = urlsplit(url)
        root = f"{parts.scheme}://{parts.netloc}"
        if root not in self._robots:
            self._robots[root] = self._read_robots(f"{root}/robots.txt")
        rules = self._robots[root]
        if rules is not None and not rules.can_fetch(_AGENT, url):
            reason = _("the robots.txt of {host} asks programs to keep away from this address")
            raise SourceFault("blocked", reason.format(host=parts.hostname))

    def _read_robots(self, url: str) -> RobotFileParser | None:
        """The rules of a host; None where it has none. Raises SourceFault where nobody knows (RFC 9309, 2.3.1)."""
        answer = self._send(url, {}, limits=ROBOTS_LIMITS)
        if answer.status >= 500 or answer.status == 429:
            reason = _("the robots.txt of {host} cannot be read now ({status})")
            raise SourceFault("unavailable", reason.format(host=urlsplit(url).hostname, status=answer.status))
        if answer.status != 200:
            return None
        rules = RobotFileParser()
        rules.parse(answer.body.decode("utf-8", errors="replace").splitlines())
        return rules

    def _left(self) -> float:
        left = float("inf") if self.ends is None else self.ends - time.monotonic()
        if left <= 0:
            raise SourceFault("timeout", _("the reading took longer than a reading may"))
        return left

    def _wait(self, seconds: float) -> None:
        if seconds >= self._left():
            raise SourceFault("timeout", _("the reading took longer than a reading may"))
        self.sleep(seconds)


def mirrored(url: str) -> str:
    """Give the address that is really asked: that of the mirror, where FETCH_MIRROR names one, as `MIRROR/host/path`."""
    if not settings.FETCH_MIRROR:
        return url
    _scheme, _separator, rest = url.partition("://")
    return f"{settings.FETCH_MIRROR}/{rest}"


def _conditions(validators: Mapping[str, str] | None) -> dict[str, str]:
    known = validators or {}
    names = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
    return {names[name]: value for name, value in known.items() if name in names}


def _redirected(there: str, location: str) -> str:
    """Give where an answer leads on to: within its own host and never to less than https; raises SourceFault."""
    try:
        target = urljoin(there, location)
        old, new = urlsplit(there), urlsplit(target)
        is_own = bool(location) and _bare(new.hostname) == _bare(old.hostname) and new.port == old.port
    except ValueError:
        is_own = False
    if not is_own or (old.scheme == "https" and new.scheme != "https"):
        reason = _("it leads elsewhere{host}, where it was not told to go")
        raise SourceFault("blocked", reason.format(host=_name(location)))
    return target


def _bare(host: str | None) -> str:
    return (host or "").lower().removeprefix("www.")


def _name(location: str) -> str:
    try:
        host = urlsplit(location).hostname
    except ValueError:
        host = None
    return f" ({host[:100]})" if host else ""


def _quote(answer: Any) -> str:
    text = " ".join(answer.body[:200].decode("utf-8", errors="replace").split())
    return f": {text[:120]}" if text and "<" not in text else ""
