"""Values from the environment or .env, each checked; what cannot be used is refused in one sentence."""

from __future__ import annotations

import builtins
import math
import re
from collections.abc import Collection, Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from matching.addresses import read_door

_ROOT = re.compile(r"https?://[A-Za-z0-9.:\[\]{}-]+(?:/[A-Za-z0-9._~{}/-]*)?")
_CONTACT = re.compile(r"(?:[!-'*-~]{3,200})?")
LONGEST_ISSUER = 200
"""What the column holds that says where somebody signs in."""
_YES_OR_NO = {
    **dict.fromkeys(("1", "true", "yes", "on", "y", "ok"), True),
    **dict.fromkeys(("0", "false", "no", "off", "n"), False),
}


class Environment(environ.Env):  # type: ignore[misc]
    """django-environ with sentences for an operator; an empty value counts as none. All methods raise ImproperlyConfigured."""

    def bool(self, var: str, default: builtins.bool) -> builtins.bool:
        """Yes or no."""
        text = self._text(var)
        if text and text.lower() not in _YES_OR_NO:
            raise refuse(var, text, "true or false")
        return _YES_OR_NO.get(text.lower(), default)

    def int(self, var: str, default: builtins.int, *, least: builtins.int) -> builtins.int:
        """A whole number, not below `least`."""
        text = self._text(var)
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) >= least):
            raise refuse(var, text, f"a whole number from {least} to 999999999")
        return int(text)

    def seconds(self, var: str, default: float) -> float:
        """A span of time, longer than none."""
        text = self._text(var)
        try:
            value = float(text or default)
        except ValueError:
            value = math.nan
        if not 0 < value < math.inf:
            raise refuse(var, text, "a number of seconds above 0, such as 10 or 0.5")
        return value

    def choice(self, var: str, default: str, *, among: Collection[str]) -> str:
        """One of the words in `among`."""
        text = self._text(var) or default
        if text not in among:
            raise refuse(var, text, ", ".join(among))
        return text

    def doors(self, var: str) -> frozenset[str]:
        """Hosts with their ports, separated by commas, in the form in which requests are compared with them."""
        entries = [entry.strip() for entry in self._text(var).split(",")]
        try:
            return frozenset(read_door(entry) for entry in entries if entry)
        except ValueError:
            raise refuse(var, self._text(var), "hosts with their ports, such as jobs.internal:8443") from None

    def root(self, var: str, default: str) -> str:
        """A web address that paths are put behind, without a slash at its end; an empty default allows none."""
        text = self._text(var) or default
        if not text:
            return ""
        if not _ROOT.fullmatch(text) or "{" in text or not _has_door(text):
            raise refuse(var, text, "a web address, such as https://relevnt.example.org")
        return text.rstrip("/")

    def needed_with(self, var: str, other: str, *, example: str) -> str:
        """A text that must be there where another variable is set."""
        text = self._text(var)
        if self._text(other) and not text:
            raise refuse(var, text, f"a name, such as {example}, because {other} is set")
        return text

    def with_all(self, var: str, together: Collection[str], *, example: str) -> str:
        """A text that must be there where another one of `together` is set; it may be a secret, and is never quoted."""
        text = self._text(var)
        given = next((each for each in together if self._text(each)), "")
        if given and not text:
            raise refuse(var, text, f"{example}, because {given} is set")
        return text

    def issuer(self, var: str, together: Collection[str], *, plain_here: builtins.bool) -> str:
        """The address by which a sign-in provider names itself, without a slash at its end, needed with others of `together`.

        It is encrypted; with `plain_here` one on this very machine need not be.
        """
        takes = "a web address that begins with https://, such as https://id.example.org/realms/people"
        text = self.with_all(var, together, example=takes)
        if text and not _is_issuer(text, plain_here=plain_here):
            raise refuse(var, text, f"{takes} (http:// on this machine alone, with DEBUG)")
        return text.rstrip("/")

    def roots(self, var: str, default: Mapping[str, str]) -> dict[str, str]:
        """Web addresses by name, the default ones but for those given as `name=https://…`, separated by commas."""
        found = dict(default)
        for entry in filter(None, (entry.strip() for entry in self._text(var).split(","))):
            name, _equals, root = entry.partition("=")
            if name not in default or not _ROOT.fullmatch(root):
                takes = f"names with web addresses, such as {next(iter(default))}=https://jobs.internal:8443"
                raise refuse(var, self._text(var), takes)
            found[name] = root.rstrip("/")
        return found

    def contact(self, var: str) -> str:
        """An address of whoever runs this copy, fit to stand in a header; empty where there is none."""
        text = self._text(var)
        if not _CONTACT.fullmatch(text):
            raise refuse(var, text, "an e-mail address or a web address")
        return text

    def email_url(self, var: str) -> dict[str, Any]:
        """Django's settings for a mail server."""
        try:
            config: dict[str, Any] = self.email_url_config(self._text(var))
        except (ImproperlyConfigured, ValueError):
            config = {}
        # Only an address with a host names a server; the other schemes write to a console or to files.
        if not config or ("smtp" in config["EMAIL_BACKEND"] and not config["EMAIL_HOST"]):
            raise refuse_address(var, "smtp+tls://user:password@mail.example.org:587")
        return config

    def _text(self, var: str) -> str:
        return str(self.ENVIRON.get(var, "")).strip()


def _is_issuer(text: str, *, plain_here: builtins.bool) -> bool:
    if (
        not _ROOT.fullmatch(text)
        or set("{}") & set(text)
        or len(text) > LONGEST_ISSUER
        or not _has_door(text)
    ):
        return False
    parts = urlsplit(text)
    return parts.scheme == "https" or (plain_here and _is_this_machine(parts.hostname or ""))


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _has_door(text: str) -> bool:
    """Whether a web address names a host, and a port that can be one."""
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def check_redis(var: str, url: str) -> str:
    """The address again; raises ImproperlyConfigured when it is none of Redis's."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"redis", "rediss", "unix"} and (parts.port or True)
    except ValueError:
        known = False
    if not known:
        raise refuse_address(var, "redis://host:6379/0")
    return url


def check_clocks(seconds: Mapping[str, float], *, least: float) -> None:
    """Refuse times of which a later one is not at least twice the one before it, or the first below `least` seconds.

    Whoever waits for somebody's end must wait longer than that end can take.
    """
    before, floor = "", least
    for var, given in seconds.items():
        if given < floor:
            than = f"twice {before}, " if before else ""
            raise refuse(var, f"{given:g}", f"seconds, at least {than}{floor:g}")
        before, floor = var, 2 * given


def refuse(var: str, text: str, takes: str) -> ImproperlyConfigured:
    """The error for a value that a variable does not take."""
    return ImproperlyConfigured(f"{var}={text} cannot be used, in the environment or .env: it takes {takes}.")


def refuse_address(var: str, example: str) -> ImproperlyConfigured:
    """The error for an address; it is not quoted, because it may hold a password."""
    return ImproperlyConfigured(
        f"{var} holds no address that can be used, in the environment or .env: it reads like {example}"
    )
