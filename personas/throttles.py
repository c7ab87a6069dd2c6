"""How often one person, or one address of visitors, may ask the API."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from rest_framework.throttling import BaseThrottle

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

REQUESTS_A_MINUTE = 600
_SECONDS = 60


class FairShareThrottle(BaseThrottle):
    """At most 600 requests a minute, counted in the cache. A courtesy among users and no wall against attackers:
    it starts anew every minute, and visitors are told apart by address. Guessing passwords is limited by allauth.
    """

    _wait = 0

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count the request, and say whether it is within the share of this minute."""
        minute, second = divmod(int(time.time()), _SECONDS)
        key = f"api-requests:{self._who(request)}:{minute}"
        self._wait = _SECONDS - second
        cache.add(key, 0, timeout=2 * _SECONDS)
        try:
            return cache.incr(key) <= REQUESTS_A_MINUTE
        except ValueError:  # the cache was emptied in between: the count starts anew
            return True

    def wait(self) -> int:
        """Seconds until the next minute."""
        return self._wait

    @staticmethod
    def _who(request: Request) -> str:
        if request.user.is_authenticated:
            return str(request.user.pk)
        # allauth's reading of the address trusts a forwarded one only from as many proxies as the operator names.
        address: str = get_adapter().get_client_ip(request)
        return address
