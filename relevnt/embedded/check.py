"""What `--check` looks at: a page from the web server, a task done by the worker, a tick sent by beat."""

from __future__ import annotations

import http.client
import secrets
import select
import socket
import time
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from relevnt.celery import app as background
from relevnt.embedded.supervisor import PartEndedError, Supervisor

_PATIENCE = 60.0  # seconds for each sign
_PAGE_MARK = "Relevnt"


class SignMissingError(PartEndedError):
    """A part runs but does not do its work."""


def wait_for_page(supervisor: Supervisor, door: socket.socket) -> tuple[int, str]:
    """Status and text of the front page, whatever they are, as soon as the web server answers.

    Raises SignMissingError when it does not within a minute.
    """
    connection = _knock(door)
    try:
        # the web server's queue is open before the server is: one request waits there for its start
        if _wait(supervisor, lambda: bool(select.select([connection.sock], [], [], 0)[0])):
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        problem = _("The web server breaks off its answer (%(error)s).") % {"error": error}
        raise SignMissingError(f"{problem} {supervisor.last_words('web')}") from error
    finally:
        connection.close()
    raise SignMissingError(f"{_('The web server does not answer.')} {supervisor.last_words('web')}")


def see_signs_of_life(supervisor: Supervisor, door: socket.socket, *, say: Callable[[str], None]) -> None:
    """Look at the page, a task and a tick, and `say` each; raises SignMissingError for the first that is missing."""
    began = time.time()
    status, text = wait_for_page(supervisor, door)
    if status != 200 or _PAGE_MARK not in text:
        problem = _("The front page is not right: status %(status)s, %(length)s characters.")
        problem %= {"status": status, "length": len(text)}
        raise SignMissingError(f"{problem} {supervisor.last_words('web')}")
    say(_("page: / answers 200"))

    token = secrets.token_hex(8)
    background.send_task("relevnt.tasks.ping", kwargs={"token": token})
    if not _wait(supervisor, lambda: cache.get(f"relevnt:ping:{token}") == token):
        raise SignMissingError(f"{_('The worker does not do its task.')} {supervisor.last_words('worker')}")
    say(_("task: done by the worker"))

    if not _wait(supervisor, lambda: (cache.get("relevnt:tick") or 0) > began):
        raise SignMissingError(f"{_('No beat tick is done.')} {supervisor.last_words('beat')}")
    say(_("tick: sent by beat, done by the worker"))


def _wait(supervisor: Supervisor, seen: Callable[[], bool]) -> bool:
    end = time.monotonic() + _PATIENCE
    while not seen():
        if time.monotonic() > end:
            return False
        supervisor.pause(0.05)
    return True


def _knock(door: socket.socket) -> http.client.HTTPConnection:
    """A connection on which the front page has been asked for."""
    host, port = door.getsockname()[:2]
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    named = [name for name in settings.ALLOWED_HOSTS if not name.startswith(("*", "."))]
    headers = {"Host": named[0] if named else reachable}
    if settings.HTTPS:
        headers["X-Forwarded-Proto"] = "https"  # as the proxy in front of us says it
    connection = http.client.HTTPConnection(reachable, port, timeout=10)
    connection.request("GET", "/", headers=headers)
    return connection
