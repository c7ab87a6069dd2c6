"""Connections to addresses that were judged.

A name is looked up once, every address it has must be one outside, and one of those very addresses is dialed, so that no
second lookup can lead inside. The certificate is still that of the name.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cache
from ipaddress import IPv4Address, ip_address
from typing import Any, Literal, TypeAlias

import certifi

from matching.addresses import IPAddress, Place, is_outside

DialFault: TypeAlias = Literal[
    "refused_address", "dns", "connect_refused", "connect_timeout", "connect_failed", "tls"
]

_LEAST = 0.001
"""Seconds in place of none, which sockets take to mean something else."""


class NotConnected(Exception):
    """Raised where no connection came about; `fault` says why."""

    def __init__(self, fault: DialFault) -> None:
        """A fault alone: whoever dialed knows the host."""
        super().__init__(fault)
        self.fault: DialFault = fault


def dial(place: Place, *, anywhere: bool, ends: float) -> socket.socket:
    """A connection to one of the addresses of a host, TLS included; raises NotConnected.

    `anywhere` lifts the judgement of addresses; `ends` is on the monotonic clock.
    """
    if place.address is not None:
        addresses: Sequence[IPAddress] = [place.address]
    else:
        addresses = _look_up(place, ends=ends)
    if not anywhere and not all(map(is_outside, addresses)):
        raise NotConnected("refused_address")
    connected = _connect(place, addresses, ends=ends)
    return _encrypt(connected, place, ends=ends) if place.scheme == "https" else connected


def _look_up(place: Place, *, ends: float) -> list[IPAddress]:
    """The addresses of a name, asked for once and in a thread, because the system's resolver cannot be hurried."""
    answers: queue.SimpleQueue[list[Any] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            # As bytes, so that the name is not encoded once more.
            found = socket.getaddrinfo(place.host.encode(), place.port, type=socket.SOCK_STREAM)
            answers.put(found)
        except Exception as error:
            answers.put(error)

    threading.Thread(target=ask, name="look-up", daemon=True).start()
    try:
        answer = answers.get(timeout=left_until(ends))
    except queue.Empty:
        raise NotConnected("dns") from None
    if isinstance(answer, Exception) or not answer:
        raise NotConnected("dns") from None
    return list(dict.fromkeys(ip_address(str(entry[4][0])) for entry in answer))


def _connect(place: Place, addresses: Sequence[IPAddress], *, ends: float) -> socket.socket:
    """A connection to the first address that takes one; each has its share of the time that is left."""
    reason: DialFault = "connect_timeout"
    for number, address in enumerate(addresses):
        family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
        with ExitStack() as unless_connected:
            try:
                dialing = unless_connected.enter_context(socket.socket(family, socket.SOCK_STREAM))
                # Head and body of a request are written one after the other, and neither waits for the other.
                dialing.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                dialing.settimeout(left_until(ends) / (len(addresses) - number) or _LEAST)
                dialing.connect((str(address), place.port))
            except TimeoutError:
                reason = "connect_timeout"
            except ConnectionRefusedError:
                reason = "connect_refused"
            except OSError:
                reason = "connect_failed"
            else:
                unless_connected.pop_all()
                return dialing
    raise NotConnected(reason)


def _encrypt(connected: socket.socket, place: Place, *, ends: float) -> socket.socket:
    try:
        connected.settimeout(left_until(ends) or _LEAST)
        return _trust().wrap_socket(connected, server_hostname=place.host)
    except (OSError, ValueError):
        raise NotConnected("tls") from None
    finally:
        # Wrapping leaves this one empty where it succeeds.
        connected.close()


@cache
def _trust() -> ssl.SSLContext:
    """The authorities of the system, to which an operator can add, and those of certifi, for systems that have none."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context


def left_until(ends: float) -> float:
    """Seconds until a moment of the monotonic clock, and none when it has passed."""
    return max(0.0, ends - time.monotonic())
