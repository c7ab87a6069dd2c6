"""How the sign-in provider is asked: accounts know no way out of the house, so this file introduces them to it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings

from matching.addresses import USUAL_PORTS, read_door
from matching.guarded_http import Doubtful, Limits, NeverLeft, Request, send
from personas.sign_in_provider import ProviderFault

# Somebody waits for the page, and their transaction stands open meanwhile.
LIMITS = Limits(connect_seconds=3, total_seconds=5, body_bytes=256 * 1024)


def ask_provider(*, method: str, url: str, headers: Mapping[str, str], content: bytes) -> tuple[int, bytes]:
    """Give status and body of an answer of the sign-in provider; raises ProviderFault where there is no whole one."""
    try:
        answer = send(Request(method, url, headers, content), limits=LIMITS, also_allowed=_own_door())
    except (NeverLeft, Doubtful) as failure:
        raise ProviderFault("unreachable", failure.reason) from None
    if answer.truncated:
        raise ProviderFault("unreadable", "long")
    return answer.status, answer.body


def _own_door() -> frozenset[str]:
    """Give host and port of the provider: whoever runs this copy has named it, inside their own network or not."""
    parts = urlsplit(settings.OIDC_ISSUER)
    has_port = parts.port is not None
    return frozenset(
        (read_door(parts.netloc if has_port else f"{parts.netloc}:{USUAL_PORTS[parts.scheme]}"),)
    )
