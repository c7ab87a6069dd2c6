"""Where somebody is signed in: each session with its device, ended one by one or all but this."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from personas.services import gone

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase
    from django.http import HttpRequest

    from personas.models import User

LONGEST = timedelta(days=30)
LONGEST_OF_STAFF = timedelta(hours=12)
"""After so long somebody signs in again, whatever they do (ASVS 7.4); a session that rests ends with its cookie."""
NOTED_EVERY = timedelta(minutes=5)
SIGNED_IN_AT, SEEN_AT = "signed_in_at", "seen_at"
"""Where a session keeps, in seconds since 1970, when it began and when it was last noted that it is used."""

_BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/|Chromium/"),
    ("Safari", r"Safari/"),
)
_SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("macOS", r"Mac OS X|Macintosh"),
    ("Linux", r"Linux|X11"),
)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One session as its owner reads it: browser and system where they are known ("" where not), address, times."""

    id: int
    browser: str
    system: str
    address: str
    signed_in_at: datetime
    seen_at: datetime
    is_this: bool


def list_sessions(*, user: User, this: str | None) -> list[OpenSession]:
    """Give the sessions that are open, the last used first; `this` is the key of the one that asks."""
    rows = UserSession.objects.purge_and_list(user)
    return sorted(
        (
            OpenSession(
                id=row.pk,
                browser=_name(row.user_agent, _BROWSERS),
                system=_name(row.user_agent, _SYSTEMS),
                address=row.ip,
                signed_in_at=row.created_at,
                seen_at=row.last_seen_at,
                is_this=row.session_key == this,
            )
            for row in rows
        ),
        key=lambda each: (not each.is_this, -each.seen_at.timestamp(), each.id),
    )


def name_device(agent: str) -> str:
    """The kind of device behind a user agent as people call it ("Firefox on Linux"), "" where it is not known."""
    browser, system = _name(agent, _BROWSERS), _name(agent, _SYSTEMS)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system


def note_session(request: HttpRequest) -> None:
    """Note the session of a request that is not noted yet."""
    key = request.session.session_key
    if key is not None and not UserSession.objects.filter(session_key=key).exists():
        UserSession.objects.create_from_request(request)


def end_session(*, user: User, session_id: int) -> None:
    """End one session; raise Gone where there is none of this id."""
    row = UserSession.objects.filter(user_id=user.pk, pk=session_id).first()
    if row is None:
        raise gone()
    row.end()


def end_other_sessions(*, user: User, this: str | None) -> int:
    """End every session but the one that asks, and give their number."""
    others = list(UserSession.objects.filter(user_id=user.pk).exclude(session_key=this))
    for row in others:
        row.end()
    return len(others)


def forget_ended_sessions(*, now: datetime) -> int:
    """Delete what is kept of sessions that are over, device and address with them, and give their number."""
    Session.objects.filter(expire_date__lte=now).delete()
    open_now = Session.objects.filter(session_key=OuterRef("session_key"))
    return int(UserSession.objects.filter(~Exists(open_now)).delete()[0])


def begin_session(session: SessionBase, *, now: datetime) -> None:
    """Note that a session begins with a sign-in."""
    session[SIGNED_IN_AT] = session[SEEN_AT] = int(now.timestamp())


def is_over(session: SessionBase, *, is_staff: bool, now: datetime) -> bool:
    """Tell whether a session is as old as one may get."""
    longest = LONGEST_OF_STAFF if is_staff else LONGEST
    age = now.timestamp() - float(session.get(SIGNED_IN_AT, now.timestamp()))
    return age > longest.total_seconds()


def note_use(session: SessionBase, *, user: User, now: datetime) -> None:
    """Note that a session is used, at most every five minutes: it is kept for another two weeks."""
    if now.timestamp() - session.get(SEEN_AT, 0) < NOTED_EVERY.total_seconds():
        return
    session.setdefault(SIGNED_IN_AT, int(now.timestamp()))
    session[SEEN_AT] = int(now.timestamp())
    UserSession.objects.filter(user_id=user.pk, session_key=session.session_key).update(last_seen_at=now)


def _name(agent: str, known: tuple[tuple[str, str], ...]) -> str:
    return next((name for name, pattern in known if re.search(pattern, agent)), "")
