"""What an answer says of a link, and when it is looked at again.

| answer | state | looked at again after |
|---|---|---|
| 2xx, also after redirects to a page | alive | 14 days |
| 404, 410, a name that does not resolve, for the first time | failing | 3 days |
| the same again, at least 3 days after the first | dead | 30 days |
| anything else: 401, 403, 429, 5xx, a redirect to a front or sign-in page, no answer, trouble with TLS | unclear | 3 days |

Only what says that the page is not there counts against it: many sites send robots away or are down for a day. An unclear
answer keeps a failure in mind; one that leads there forgives it. Where no host at all could be reached it is this machine that is
offline, and no name that does not resolve counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

ALIVE, FAILING, DEAD, UNCLEAR = "alive", "failing", "dead", "unclear"
_AGAIN = {
    ALIVE: timedelta(days=14),
    FAILING: timedelta(days=3),
    DEAD: timedelta(days=30),
    UNCLEAR: timedelta(days=3),
}
FAILS_FOR = timedelta(days=3)
LONGEST_WAIT = timedelta(days=30)
_SIGN_IN = re.compile(r"(?:^|/)(?:log-?in|sign-?in|auth|accounts?)(?:/|$|\?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of asking: the last status (None where no answer came), where it ended, whether the name does not resolve, and seconds to wait as asked."""

    status: int | None
    url: str = ""
    no_such_host: bool = False
    wait_seconds: int = 0

    @property
    def heard(self) -> bool:
        """Tell whether some host answered."""
        return self.status is not None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state of a link, its failures in a row, and when to look again."""

    state: str
    failures: int
    due_at: datetime


def judge(
    answered: Answered,
    *,
    asked_url: str,
    failures: int,
    failed_at: datetime | None,
    online: bool,
    spread: int,
    now: datetime,
) -> Verdict:
    """Judge one answer; failed_at is when the first failure in a row was seen, spread 0–99 sets links of one day apart."""
    says = _read(answered, asked_url, online=online)
    if says == FAILING:
        is_old = failed_at is not None and now - failed_at >= FAILS_FOR
        state = DEAD if failures and is_old else FAILING
        failures += 1
    else:
        state, failures = says, 0 if says == ALIVE else failures
    again = _AGAIN[state] * (1 + spread / 1000)
    asked = min(timedelta(seconds=answered.wait_seconds), LONGEST_WAIT)
    return Verdict(state, failures, now + max(again, asked))


def _read(answered: Answered, asked_url: str, *, online: bool) -> str:
    if answered.no_such_host:
        return FAILING if online else UNCLEAR
    if answered.status in (404, 410):
        return FAILING
    if answered.status is not None and 200 <= answered.status < 300:
        return UNCLEAR if _leads_elsewhere(asked_url, answered.url) else ALIVE
    return UNCLEAR


def _leads_elsewhere(asked: str, ended: str) -> bool:
    """Tell whether a redirect led to a front page or a door instead of the page."""
    if not ended or ended == asked:
        return False
    was, now = urlsplit(asked), urlsplit(ended)
    to_front = now.path in ("", "/") and not now.query and was.path not in ("", "/")
    return to_front or bool(_SIGN_IN.search(now.path) and not _SIGN_IN.search(was.path))
