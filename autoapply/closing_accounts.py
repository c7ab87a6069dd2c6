"""What auto-apply does when somebody closes their account; named in the settings, since accounts do not know it."""

from __future__ import annotations

from uuid import UUID

from autoapply.models import Application, Standing
from autoapply.rules import pause
from personas.models import User


def stop_sending(*, user: User) -> None:
    """Stop every rule of somebody whose account is about to close; when this returns nothing more is sent for them."""
    pause(user=user)


def may_be_deleted(*, user_id: UUID) -> bool:
    """Tell whether nothing of somebody is on its way out right now, and keep it so until the transaction ends.

    The standing is locked before the account is, as every sender does it.
    """
    list(Standing.objects.select_for_update().filter(user_id=user_id))
    return not Application.objects.filter(user_id=user_id, status=Application.Status.SUBMITTING).exists()
