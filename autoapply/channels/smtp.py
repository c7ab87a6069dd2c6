"""One mail handed to the operator's mail server step by step, so that it is known at every step whether it has left.

Until the answer to DATA nothing of the mail has left. After its final dot both sides may own it (RFC 1047): no answer then is
a doubt, as any other end is once its first byte is written.
"""

from __future__ import annotations

import hashlib
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from email.utils import formatdate
from types import TracebackType
from typing import Self

from django.conf import settings

from autoapply.channels.protocol import MailMessage
from autoapply.outcomes import Outcome, classify_mail, reference
from matching.guarded_http import Limits

_DOT = re.compile(rb"(?m)^\.")
_QUEUED_AS = re.compile(rb"(?:queued as|id=)\s*([A-Za-z0-9][A-Za-z0-9._-]{3,99})")


def send_mail(message: MailMessage, *, may_leave: Callable[[], bool] | None, limits: Limits) -> Outcome:
    """Send one mail once; never raises for anything the mail server or the network does.

    `may_leave` is asked directly before DATA; what it raises goes through, and nothing has left then.
    """
    with _Clock(limits.total_seconds) as clock, ExitStack() as ending:
        try:
            talk = _open(clock, limits)
        except smtplib.SMTPAuthenticationError:
            return Outcome("never_left", "mail_login")
        except smtplib.SMTPException:
            return Outcome("never_left", "connect_timeout" if clock.rang else "mail_server")
        except OSError as failure:
            return Outcome("never_left", _name(failure))
        ending.callback(_hang_up, talk)
        before = _introduce(talk, clock, message)
        if before is not None:
            return before
        if may_leave is not None and not may_leave():
            return Outcome("never_left", "too_late")
        return _hand_over(talk, clock, message)


def _introduce(talk: smtplib.SMTP, clock: _Clock, message: MailMessage) -> Outcome | None:
    """Name sender and recipient; None where both were taken."""
    size = [f"size={len(message.content)}"] if talk.has_extn("size") else []
    try:
        for number in (1, 2):
            status, _text = talk.mail(message.sender, size) if number == 1 else talk.rcpt(message.recipient)
            if clock.rang:
                raise TimeoutError
            if 400 <= status <= 599:
                return classify_mail(status)
            if not 200 <= status <= 299:
                return Outcome("never_left", "mail_server", status if status > 0 else None)
    except (smtplib.SMTPException, OSError) as failure:
        return Outcome("never_left", "read_timeout" if _timed_out(failure, clock) else "reset")
    return None


def _hand_over(talk: smtplib.SMTP, clock: _Clock, message: MailMessage) -> Outcome:
    try:
        status, _text = talk.docmd("data")
        if clock.rang:
            raise TimeoutError
    except (smtplib.SMTPException, OSError) as failure:
        return Outcome("never_left", "read_timeout" if _timed_out(failure, clock) else "reset")
    if status != 354:
        said_no = 400 <= status <= 599
        return classify_mail(status) if said_no else Outcome("never_left", "mail_server")
    written = False
    try:
        talk.send(_as_sent(message))
        written = True
        status, text = talk.getreply()
        if clock.rang:
            # What was read is the torso of a line, and no word of the server's.
            raise TimeoutError
    except (smtplib.SMTPException, OSError) as failure:
        if _timed_out(failure, clock):
            return Outcome("doubtful", "read_timeout")
        return Outcome("doubtful", "reset" if written else "write_error")
    outcome = replace(classify_mail(status), answer_sha256=hashlib.sha256(text).hexdigest())
    number = _QUEUED_AS.search(text) if outcome.kind == "accepted" else None
    return replace(outcome, ref=reference(number[1].decode())) if number else outcome


def _as_sent(message: MailMessage) -> bytes:
    """The mail with its date, its leading dots doubled (RFC 5321 4.5.2), and the dot that ends it."""
    content = f"Date: {formatdate(localtime=False)}\r\n".encode() + message.content
    return _DOT.sub(b"..", content.removesuffix(b"\r\n")) + b"\r\n.\r\n"


def _open(clock: _Clock, limits: Limits) -> smtplib.SMTP:
    """A conversation that has come as far as the login; raises SMTPException or OSError."""
    host, port = settings.EMAIL_HOST, settings.EMAIL_PORT
    context = ssl.create_default_context()
    with ExitStack() as unless_opened:
        connected = socket.create_connection((host, port), timeout=limits.connect_seconds)
        unless_opened.callback(connected.close)
        connected.settimeout(limits.total_seconds)
        if settings.EMAIL_USE_SSL:
            connected = context.wrap_socket(connected, server_hostname=host, do_handshake_on_connect=False)
            unless_opened.callback(connected.close)
            clock.watch(connected)
            connected.do_handshake()
        talk = _Talk(connected, host, port, clock)
        unless_opened.callback(talk.close)
        talk.ehlo_or_helo_if_needed()
        if settings.EMAIL_USE_TLS:
            talk.starttls(context=context)
            talk.ehlo_or_helo_if_needed()
        if settings.EMAIL_HOST_USER:
            talk.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        if clock.rang:
            raise TimeoutError
        unless_opened.pop_all()
        return talk


class _Talk(smtplib.SMTP):
    """SMTP over a connection that stands already."""

    def __init__(self, connected: socket.socket, host: str, port: int, clock: _Clock) -> None:
        self._connected = connected
        self._clock = clock
        # Named by our domain: the machine's own name is nobody's business.
        domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ")
        super().__init__(host, port, local_hostname=domain or "localhost")

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        self._clock.watch(self)
        return self._connected


class _Clock:
    """Cuts a conversation off when its time is over, however slowly the other side goes on talking."""

    def __init__(self, seconds: float) -> None:
        self.rang = False
        self._watched: smtplib.SMTP | socket.socket | None = None
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True

    def watch(self, watched: smtplib.SMTP | socket.socket) -> None:
        """Cut this one off."""
        self._watched = watched

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._timer.join()

    def _ring(self) -> None:
        self.rang = True
        watched = self._watched
        # TLS that begins later puts another socket in the place of the first.
        connected = watched if isinstance(watched, socket.socket) else getattr(watched, "sock", None)
        if connected is not None:
            with suppress(OSError):
                # Beneath TLS, if there is any: whoever reads there finds the end.
                socket.socket.shutdown(connected, socket.SHUT_RDWR)


def _hang_up(talk: smtplib.SMTP) -> None:
    with suppress(smtplib.SMTPException, OSError):
        talk.putcmd("quit")
    talk.close()


def _timed_out(failure: BaseException, clock: _Clock) -> bool:
    """smtplib wraps what the socket said."""
    return clock.rang or isinstance(failure, TimeoutError) or isinstance(failure.__context__, TimeoutError)


def _name(failure: OSError) -> str:
    if isinstance(failure, ssl.SSLError):
        return "tls"
    if isinstance(failure, socket.gaierror):
        return "dns"
    if isinstance(failure, TimeoutError):
        return "connect_timeout"
    return "connect_refused" if isinstance(failure, ConnectionRefusedError) else "connect_failed"
