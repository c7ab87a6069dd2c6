"""The way to the mails of a copy that sends none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from relevnt.local_mail import is_shown_to

register = template.Library()


@register.inclusion_tag("_local_mail.html", takes_context=True)
def local_mail_link(context: Mapping[str, Any]) -> dict[str, bool]:
    """Say where mails are shown, to whoever may see them."""
    request = context.get("request")
    return {"is_shown": request is not None and is_shown_to(request)}
