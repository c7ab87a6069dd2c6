"""The two mails of a closing account: that it closes and how to keep it, and the receipt when it is gone."""

from __future__ import annotations

import logging
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from personas.closing import Deleted, closing_of
from personas.identity import acting_as
from personas.mail_frames import as_html, say_when
from personas.models import User

logger = logging.getLogger(__name__)


def tell_of_closing(*, user_id: UUID, device: str) -> bool:
    """Write to somebody that their account closes, since when and asked for with which kind of device ("" where that is not known).

    Tells whether that mail left; nobody is written to who keeps the account by now.
    """
    with acting_as(user_id):
        user = User.objects.filter(pk=user_id).first()
        closing = closing_of(user) if user else None
    if user is None or closing is None:
        return False
    with translation.override(user.locale):
        shown = {
            "day": date_format(localtime(closing.due_at, ZoneInfo(user.time_zone)), "DATE_FORMAT"),
            "receipt": closing.receipt,
            "link": f"{settings.PUBLIC_URL}{reverse('personas:my_data')}",
            "asked": _say_asked(say_when(closing.asked_at, time_zone=user.time_zone), device),
            "reset": f"{settings.PUBLIC_URL}{reverse('account_reset_password')}",
            "sessions": f"{settings.PUBLIC_URL}{reverse('personas:sessions')}",
        }
        subject = _("Your account closes on %(day)s") % shown
        body = (
            _(
                "You asked for your account to be deleted. On %(day)s everything that Relevnt keeps of you is deleted, and cannot be "
                "brought back. Nothing is sent to employers for you any more.\n\n"
                "Until then you can keep it, and take your data with you:\n%(link)s\n\n"
                "%(asked)s\n\n"
                "If that was not you, somebody else may be in your account. Keep it by the link above, set a new password, then end all "
                "other sessions:\n%(reset)s\n%(sessions)s\n\n"
                "Receipt: %(receipt)s\n"
            )
            % shown
        )
        return _send(subject, body, user.email)


def send_receipt(deleted: Deleted) -> bool:
    """Send the receipt of an account that is gone, and tell whether it left; there is nobody left to try it for again."""
    with translation.override(deleted.locale):
        subject = _("Your account is deleted")
        body = _(
            "Your account and everything that Relevnt kept of you is deleted. Backups of this installation are overwritten by its "
            "operator’s own rule.\n\nReceipt: %(receipt)s\n"
        ) % {"receipt": deleted.receipt}
        return _send(subject, body, deleted.email)


def _say_asked(when: str, device: str) -> str:
    said = (
        _("It was asked for on %(when)s with %(device)s.") if device else _("It was asked for on %(when)s.")
    )
    return said % {"when": when, "device": device}


def _send(subject: str, body: str, address: str) -> bool:
    try:
        return bool(send_mail(subject, body, None, [address], html_message=as_html(body)))
    except (OSError, ValueError) as error:
        # The address is nobody's business, and the error may quote it.
        logger.error("A mail about a closing account did not leave (%s)", type(error).__name__)  # noqa: TRY400
        return False
