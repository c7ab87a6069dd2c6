"""At which pace hosts are asked: a token bucket a host in Redis, shared by every worker, and the wish of a host to be left alone.

All of it happens in one script inside Redis and by its clock, so that no two workers take the same token. Losing it costs a few
requests that come early, nothing else.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import redis
from django.conf import settings
from django.utils.translation import gettext as _

from matching.sources.protocol import Pace, SourceFault

# KEYS: bucket, leases. ARGV: seconds a token, burst, together, lease name, lease seconds. Gives the seconds to wait, "0" for go.
_TAKE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local every, burst, together = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at', 'until')
local alone = tonumber(kept[3] or '0')
if alone > now then return tostring(alone - now) end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
if redis.call('ZCARD', KEYS[2]) >= together then return '0.2' end
local at = math.min(tonumber(kept[2] or now), now)
local tokens = math.min(burst, tonumber(kept[1] or burst) + (now - at) / every)
if tokens < 1 then
  redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
  redis.call('EXPIRE', KEYS[1], math.ceil(every * burst) + 3600)
  return tostring((1 - tokens) * every)
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens - 1), 'at', tostring(now))
redis.call('EXPIRE', KEYS[1], math.ceil(every * burst) + 3600)
redis.call('ZADD', KEYS[2], now + tonumber(ARGV[5]), ARGV[4])
redis.call('EXPIRE', KEYS[2], math.ceil(tonumber(ARGV[5])) + 60)
return '0'
"""
# KEYS: bucket. ARGV: seconds to be left alone from now on; a longer wish that stands already goes first.
_LEAVE_ALONE = """
local time = redis.call('TIME')
local till = tonumber(time[1]) + tonumber(time[2]) / 1000000 + tonumber(ARGV[1])
if till > tonumber(redis.call('HGET', KEYS[1], 'until') or '0') then
  redis.call('HSET', KEYS[1], 'until', tostring(till))
  redis.call('EXPIRE', KEYS[1], math.ceil(tonumber(ARGV[1])) + 3600)
end
return 1
"""
LEAST_WAIT, MOST_WAIT = 1.0, 3600.0
"""A host's wish to be left alone is taken between these seconds (feeds.md b.5)."""


class TooLong(SourceFault):
    """Raised where a host's turn comes too late for whoever asks."""

    def __init__(self, seconds: float) -> None:
        reason = _("its host is to be left alone for {seconds:.0f} seconds").format(seconds=seconds)
        super().__init__("throttled", reason, wait_seconds=seconds)


@contextmanager
def turn(
    host: str,
    *,
    pace: Pace,
    seconds: float,
    most_wait: float,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """Hold a host's turn, for `seconds` at most, after waiting for it; raises TooLong where that would take over `most_wait` seconds."""
    client = _connect(settings.REDIS_URL)
    lease = secrets.token_hex(8)
    keys = [_bucket(host), _leases(host)]
    waited = 0.0
    try:
        while wait := float(
            client.eval(_TAKE, 2, *keys, pace.seconds, pace.burst, pace.together, lease, seconds)
        ):
            # A little apart, so that workers who wait for one host do not all come back at once.
            wait *= random.uniform(1.0, 1.1)  # noqa: S311
            if waited + wait > most_wait:
                raise TooLong(wait)
            sleep(wait)
            waited += wait
        try:
            yield
        finally:
            client.zrem(keys[1], lease)
    except redis.RedisError as error:
        reason = _("the pace of its host is not known, Redis cannot be asked ({error})")
        raise SourceFault("unreachable", reason.format(error=type(error).__name__)) from None


def leave_alone(host: str, *, seconds: float) -> float:
    """Keep everybody from a host for as long as it asked, within bounds; gives those seconds."""
    wait = min(max(seconds, LEAST_WAIT), MOST_WAIT)
    try:
        _connect(settings.REDIS_URL).eval(_LEAVE_ALONE, 1, _bucket(host), wait)
    except redis.RedisError as error:
        reason = _("its host asks to be left alone, and Redis cannot be told ({error})")
        raise SourceFault("throttled", reason.format(error=type(error).__name__), wait_seconds=wait) from None
    return wait


def _bucket(host: str) -> str:
    return f"pace:{host}"


def _leases(host: str) -> str:
    return f"pace:{host}:under-way"


@cache
def _connect(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5)
