"""The sign-in provider on pages: whether there is one, and whether somebody has anything to do with it."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings

from personas.provider_accounts import has_connections
from personas.sign_in_provider import is_offered

register = template.Library()


@register.simple_tag
def provider_name() -> str:
    """What people call the provider that is offered; empty where there is none."""
    return str(settings.OIDC_NAME) if is_offered() else ""


@register.simple_tag
def has_provider_page(user: Any) -> bool:
    """Whether somebody can connect or disconnect something."""
    return is_offered() or has_connections(user)
