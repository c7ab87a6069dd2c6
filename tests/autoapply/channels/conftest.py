"""Employers on the loopback, and channels that are led to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.autoapply.channels.kits import SYSTEMS
from tests.employers.client import call
from tests.employers.fixtures import employers
from tests.employers.server import Employers

__all__ = ["employers"]


@pytest.fixture
def boards(employers: Employers, settings: Any) -> Iterator[Employers]:
    """The employers, where every system's interface and the mail server are."""
    lead_to(employers, settings)
    yield employers
    # Answered after whatever connected before: nobody stops in the middle of a greeting.
    call("GET", f"http://127.0.0.1:{employers.port}/admin/counts")


def lead_to(employers: Employers, settings: Any, behaviour: str = "ok") -> None:
    """Set every address of the outside to the employers'; two behaviours are addresses of their own."""
    settings.RECEIVER_ROOTS = {
        system: employers.root_for(behaviour, system, company="{board}") for system in SYSTEMS
    }
    roots = (root.split("/")[2] for root in settings.RECEIVER_ROOTS.values())
    settings.OUTBOUND_PRIVATE_HOSTS = frozenset(roots)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = employers.smtp
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.DEFAULT_FROM_EMAIL = "Relevnt <applications@relevnt.test>"
