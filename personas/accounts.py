"""How accounts behave: our words for allauth's questions, and what a signed-in request is."""

from __future__ import annotations

import logging
import zoneinfo
from functools import partial
from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.core.context import request_context
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone, translation

from personas import identity
from personas.mail_frames import as_html, say_when
from personas.sessions import begin_session, name_device

if TYPE_CHECKING:
    from django.core.mail import EmailMultiAlternatives

    from personas.models import User


logger = logging.getLogger(__name__)


class SignedInRequest(HttpRequest):
    """A request behind the sign-in: its user is a person."""

    user: User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts open to everybody who reaches this installation."""

    def new_user(self, request: HttpRequest) -> User:
        """An account that reads the language its owner signed up in; its clock is UTC until it is set."""
        user: User = super().new_user(request)
        user.locale = translation.get_language()
        return user

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> Any:
        """Act for whoever has proven a password or a passkey: their own factors and sessions alone can be read and written."""
        identity.assume(user.pk)
        return super().pre_login(request, user, **kwargs)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell somebody what was changed in their account, when and with which kind of device, in their language and time.

        The change stands whether or not the mail leaves.
        """
        zone = zoneinfo.ZoneInfo(user.time_zone)
        # Some of these leave when the change is committed, after the request of allauth's own context.
        with request_context(self.request), translation.override(user.locale), timezone.override(zone):
            shown = {
                "timestamp": say_when(timezone.now(), time_zone=user.time_zone),
                "device": name_device(self.get_http_user_agent(self.request)),
                "reset_url": f"{settings.PUBLIC_URL}{reverse('account_reset_password')}",
                "sessions_url": f"{settings.PUBLIC_URL}{reverse('personas:sessions')}",
            }
            try:
                self.send_mail(template_prefix, email or user.email, {**shown, **(context or {})})
            except (OSError, ValueError) as error:
                # The address is nobody's business, and the error may quote it.
                logger.error("A mail about a changed account did not leave (%s)", type(error).__name__)  # noqa: TRY400

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMultiAlternatives:
        """Write a mail as text, and in the same words as HTML."""
        message: EmailMultiAlternatives = super().render_mail(template_prefix, email, context, headers)
        message.attach_alternative(as_html(str(message.body)), "text/html")
        return message

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in, and note when that was."""
        super().login(request, user)
        begin_session(request.session, now=timezone.now())


def tell_of_ended_sessions(*, user: User, number: int) -> None:
    """Tell somebody, once it stands, that so many other sessions of theirs were ended; within a request."""
    tell = get_adapter().send_notification_mail
    transaction.on_commit(partial(tell, "account/email/sessions_ended", user, {"number": number}))
