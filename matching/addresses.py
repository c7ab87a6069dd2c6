"""Where a request may go: web addresses taken apart, and internet addresses judged; pure, nothing is looked up.

What is written in a web address is read strictly, because two readers who differ are how a request gets inside: one
character too many, and the address is refused. Numbers that mean an address (2130706433, 0x7f.1, 0177.0.0.1) are refused
unless they are written in the one usual way, and then judged like any other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Literal, TypeAlias
from urllib.parse import quote

import idna

IPAddress: TypeAlias = IPv4Address | IPv6Address
Fault: TypeAlias = Literal["refused_url", "refused_address"]

MAX_URL = 8_192
"""Characters of the longest web address; servers take about as many."""

USUAL_PORTS = {"http": 80, "https": 443}
"""The port of each scheme where none is written; other ports need an allowance."""

# Special-purpose registries of IANA (RFC 6890 and its successors), written out: what `is_global` says of them has
# changed with versions of Python. The last one is public by number, and the inside of a cloud by its use.
_CLOSED_V4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "168.63.129.16/32",
    )
)
# The internet of IPv6 is this block; all that maps, translates or tunnels another address (::ffff:0:0/96,
# 64:ff9b::/96) lies outside it, but for Teredo and 6to4.
_OPEN_V6 = IPv6Network("2000::/3")
_CLOSED_V6 = tuple(IPv6Network(block) for block in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))

_LONGEST_NAME = 253
_URL = re.compile(r"(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?", re.IGNORECASE)
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:@%]+)(?::([0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_CONTROL = {"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"}
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


class UnfitURL(ValueError):
    """Raised for a web address that no request may go to; it says which fault, and quotes nothing of the address."""

    def __init__(self, fault: Fault) -> None:
        """`fault` is refused_address where the host is an address inside, or an unusual spelling of any."""
        super().__init__(fault)
        self.fault: Fault = fault


@dataclass(frozen=True, slots=True)
class Place:
    """Where a web address points: `host` in lower case and ASCII, `address` where the host is one, `target` path and query."""

    scheme: str
    host: str
    port: int
    target: str
    address: IPAddress | None = None

    @property
    def door(self) -> str:
        """Host and port, as an allowance writes them: `jobs.example.org:8443`, `[::1]:80`."""
        return f"{self._bracketed}:{self.port}"

    @property
    def host_header(self) -> str:
        """The value of the Host header: the port is left out where it is the usual one of the scheme."""
        return self._bracketed if self.port == USUAL_PORTS[self.scheme] else self.door

    @property
    def _bracketed(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def read_url(url: str, *, allowed: Collection[str] = ()) -> Place:
    """Take a web address apart; raises UnfitURL where no request may go.

    `allowed` holds doors (`host:port`, see `read_door`) that may have any port and any address.
    """
    found = _URL.fullmatch(url) if len(url) <= MAX_URL and not _holds_strange(url) else None
    if found is None:
        raise UnfitURL("refused_url")
    scheme, authority, path, query = found.groups(default="")
    scheme = scheme.lower()
    host, port, address = _read_authority(authority, USUAL_PORTS[scheme])
    place = Place(scheme, host, port, _encode(path or "/") + _encode(query), address)
    if place.door in allowed:
        return place
    if port not in USUAL_PORTS.values():
        raise UnfitURL("refused_url")
    if address is not None and not is_outside(address):
        raise UnfitURL("refused_address")
    return place


def read_door(text: str) -> str:
    """An allowance in the form in which it is compared (lower case, ASCII, port written); raises ValueError for any other text."""
    host, port, _ = _read_authority(text, 0)
    if _holds_strange(text) or not port:
        raise UnfitURL("refused_url")
    return Place("http", host, port, "/").door


def is_outside(address: IPAddress) -> bool:
    """Whether an address is one of the public internet: nobody's inside, nobody's group, no wrapping of another address."""
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in block for block in _CLOSED_V4)
    return address in _OPEN_V6 and not any(address in block for block in _CLOSED_V6)


def _holds_strange(text: str) -> bool:
    """Whether a text holds blanks, control or invisible characters, or a backslash, which some read as a slash."""
    return "\\" in text or any(unicodedata.category(character) in _CONTROL for character in text)


def _encode(text: str) -> str:
    """Percent-encode what is not ASCII, as browsers do, and leave the rest as it was written."""
    return quote(text, safe=_PRINTABLE)


def _read_authority(authority: str, usual_port: int) -> tuple[str, int, IPAddress | None]:
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        raise UnfitURL("refused_url")
    port = usual_port if found[2] is None else int(found[2])
    if port > 65_535 or (found[2] and not port):
        raise UnfitURL("refused_url")
    if found[1].startswith("["):
        try:
            address: IPAddress = IPv6Address(found[1][1:-1])
        except ValueError:
            raise UnfitURL("refused_url") from None
        return str(address), port, address
    host = _read_name(found[1])
    return host, port, _read_number(host)


def _read_name(text: str) -> str:
    """A host name in lower case and ASCII, without the dot that may end it."""
    name = text.lower()
    if not text.isascii() and len(text) <= _LONGEST_NAME:
        try:
            # Also maps letters and digits of other widths and circles, and other dots, to the usual ones.
            name = idna.encode(text, uts46=True, std3_rules=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            raise UnfitURL("refused_url") from None
    name = name.removesuffix(".")
    if len(name) > _LONGEST_NAME or not all(map(_LABEL.fullmatch, name.split("."))):
        raise UnfitURL("refused_url")
    return name


def _read_number(host: str) -> IPv4Address | None:
    """The address that a host is; None for a name. Some resolvers read any host that ends in a number as an address."""
    if not _NUMBER.fullmatch(host.rpartition(".")[2]):
        return None
    try:
        return IPv4Address(host)
    except ValueError:
        raise UnfitURL("refused_address") from None
