"""Signs of life of worker and beat."""

from typing import Any

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone


@shared_task
def ping(*, token: str, **kwargs: Any) -> None:
    """Leave `token` where `./run --check` looks for it."""
    cache.set(f"relevnt:ping:{token}", token, timeout=300)


@shared_task
def tick(**kwargs: Any) -> None:
    """Leave the time of this tick (seconds since 1970) where health checks look for it."""
    cache.set("relevnt:tick", timezone.now().timestamp(), timeout=None)
