"""Django of the harness itself, on a soak's world: the owner's login, acting as the site."""

from __future__ import annotations

import os

import django

from tests.soak.world import World


def enter(world: World) -> None:
    """Set Django up in this process; only then can anything that knows models be imported."""
    os.environ.clear()
    os.environ.update(world.environment)
    os.environ["RELEVNT_ROLE"] = "owner"
    os.environ["DJANGO_SETTINGS_MODULE"] = "relevnt.settings"
    django.setup()
    from personas.row_security import APP_ROLE
    from tests.roles import log_in_as_owner_acting_as

    log_in_as_owner_acting_as(APP_ROLE)
