"""Mails about invitations, consents and ends: written down with the change they tell of, sent by the worker.

The table is the queue. A mail is written down as sent before it leaves: a second one is worse than none, and the pages tell the
same.
"""

from __future__ import annotations

import logging
import smtplib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from coaching.models import Consent, Invitation, Mail, Relationship
from coaching.sides import name_of
from personas.models import User

logger = logging.getLogger(__name__)

SENT_AT_ONCE = 100
"""Mails that one look sends at most; the rest is the next one's."""
TOLD_AT_ONCE = 200
"""Ends of consents that one look writes mails about at most."""
TRIED_FOR = timedelta(days=3)
"""How long a mail is tried that the mail server does not take; later it tells old news."""
MAIL_SECONDS = 15
"""How long our own mail server may take to answer."""
MAX_NAME = 80
"""Characters of a name in the subject of a mail."""

Kind = Mail.Kind


class MailServerAway(Exception):
    """Raised where our own mail server takes no mail at all."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What one mail says, as its templates read it: whose name it is about, the page it leads to."""

    name: str
    address: str
    message: str
    link: str
    ends_by_date: bool
    to_coach: bool


def write_mail(
    *,
    kind: str,
    user: User,
    recipient: User | None = None,
    invitation: Invitation | None = None,
    relationship: Relationship | None = None,
) -> None:
    """Write down that a mail of this `kind`, caused by `user`, goes to `recipient`, or to the address of the invitation."""
    Mail.objects.create(
        kind=kind, user=user, recipient=recipient, invitation=invitation, relationship=relationship
    )


def tell_ends() -> int:
    """Write mails to both sides of consents that ended by their date, once for each end; give the number of ends."""
    ended = Consent.objects.filter(
        Q(end_told_at=None) | Q(end_told_at__lt=F("valid_until")),
        revoked_at=None,
        valid_until__lte=Now(),
        created_at__gte=F("relationship__begun_at"),
        relationship__status__in=[Relationship.Status.ACTIVE, Relationship.Status.PAUSED],
    ).exclude(scopes=[])
    told = 0
    for consent_id in list(ended.order_by("valid_until", "pk").values_list("pk", flat=True)[:TOLD_AT_ONCE]):
        with transaction.atomic():
            # Whoever writes it down first tells it.
            if not ended.filter(pk=consent_id).update(end_told_at=Now()):
                continue
            consent = Consent.objects.get(pk=consent_id)
            for side in (consent.client_id, consent.coach_id):
                # Caused by nobody else: the one who is told stands on both ends.
                Mail.objects.create(
                    kind=Kind.ENDED,
                    user_id=side,
                    recipient_id=side,
                    relationship_id=consent.relationship_id,
                )
            told += 1
    return told


def send_mails() -> int:
    """Send what waits, oldest first; give the number of mails that left.

    A mail that a server was never there to take, or that it refused for now, is sent at a later look.
    """
    waiting = Mail.objects.filter(sent_at=None, refused="")
    waiting.filter(created_at__lt=Now() - TRIED_FOR).update(refused="gave up")
    sent = 0
    try:
        for mail_id in list(waiting.order_by("created_at", "pk").values_list("pk", flat=True)[:SENT_AT_ONCE]):
            sent += _send(mail_id)
    except MailServerAway as away:
        logger.error("Nobody can be written to about coaching: the mail server is away (%s)", away)  # noqa: TRY400
    return sent


def _send(mail_id: UUID) -> bool:
    own = Mail.objects.filter(pk=mail_id)
    if not own.filter(sent_at=None, refused="").update(sent_at=Now()):
        return False
    mail = own.select_related("user", "recipient", "invitation", "relationship").get()
    if outdated := _outdated(mail):
        own.update(refused=outdated)
        return False
    try:
        code = _hand_over(_letter_of(mail))
    except MailServerAway:
        # Not sent after all, and nobody else can be written to now.
        own.update(sent_at=None)
        raise
    except ValueError as error:
        # An address that no mail can carry.
        logger.warning("Mail %s could not be written (%s)", mail_id, type(error).__name__)
        own.update(refused=type(error).__name__)
        return False
    if code:
        logger.warning("Mail %s was refused (%s)", mail_id, code)
        is_for_now = 400 <= code < 500
        own.update(**({"sent_at": None} if is_for_now else {"refused": str(code)}))
    return not code


def _hand_over(letter: EmailMultiAlternatives) -> int:
    """Give a mail to our mail server; 0, or the code with which it refused this one. Raises MailServerAway."""
    try:
        letter.send()
    except smtplib.SMTPRecipientsRefused as refusal:
        return max((code for code, _answer in refusal.recipients.values()), default=550)
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPConnectError, smtplib.SMTPHeloError) as error:
        raise MailServerAway(type(error).__name__) from None
    except smtplib.SMTPResponseException as refusal:
        return refusal.smtp_code
    except OSError as error:
        raise MailServerAway(type(error).__name__) from None
    return 0


def _outdated(mail: Mail) -> str:
    """Why a mail has nothing to tell any more, in a word for whoever reads the table; empty where it has."""
    if mail.recipient is not None and not mail.recipient.is_active:
        return "account closed"
    asked, both = mail.invitation, mail.relationship
    if mail.kind in (Kind.INVITED, Kind.ASKED) and (asked is None or asked.answer != Invitation.Answer.OPEN):
        return "answered"
    if mail.kind in (Kind.ACCEPTED, Kind.CONSENTED) and (both is None or both.status == both.Status.ENDED):
        return "ended"
    return ""


def _letter_of(mail: Mail) -> EmailMultiAlternatives:
    invited = mail.invitation.email if mail.invitation is not None else ""
    to = mail.recipient or User.objects.filter(email__iexact=invited).first()
    # Whoever has no account is written to in the language of whoever writes.
    locale = to.locale if to is not None else mail.user.locale
    address = to.email if to is not None else invited
    with translation.override(locale):
        letter = _say(mail)
        context = {"letter": letter}
        body = render_to_string(f"coaching/mail/{mail.kind}.txt", context).strip()
        framed = {**context, "body": body, "paragraphs": body.split("\n\n"), "language": locale}
        text = render_to_string("coaching/mail/frame.txt", framed)
        html = render_to_string("coaching/mail/frame.html", framed)
        subject = _subject(mail, letter)
    message = EmailMultiAlternatives(
        subject, text, to=[address], connection=get_connection(timeout=MAIL_SECONDS)
    )
    message.attach_alternative(html, "text/html")
    return message


def _say(mail: Mail) -> Letter:
    other = _other_side(mail)
    to_coach = mail.relationship is not None and mail.recipient_id == mail.relationship.coach_id
    # What a coach writes is carried along; what anybody may write to any address is read on the page.
    message = mail.invitation.message if mail.kind == Kind.INVITED and mail.invitation else ""
    quoted = "\n".join(f"> {line}".rstrip() for line in message.splitlines())
    return Letter(
        name=_plain(name_of(other)),
        address=other.email,
        message=quoted,
        link=f"{settings.PUBLIC_URL}{_page_of(mail, to_coach=to_coach)}",
        ends_by_date=mail.user_id == mail.recipient_id,
        to_coach=to_coach,
    )


def _other_side(mail: Mail) -> User:
    """Whom a mail is about: who caused it, or the other side of a consent that ended by its date."""
    if mail.user_id != mail.recipient_id or mail.relationship is None:
        return mail.user
    both = mail.relationship
    return both.client if mail.recipient_id == both.coach_id else both.coach


def _page_of(mail: Mail, *, to_coach: bool) -> str:
    if mail.kind in (Kind.INVITED, Kind.ASKED):
        return reverse("coaching:invitation", args=[mail.invitation_id])
    if mail.kind == Kind.DECLINED:
        by_coach = mail.invitation is not None and mail.invitation.by_coach
        return reverse("admin:index") if by_coach else reverse("coaching:overview")
    if to_coach:
        return reverse("admin:coaching_relationship_change", args=[mail.relationship_id])
    return reverse("coaching:relationship", args=[mail.relationship_id])


def _subject(mail: Mail, letter: Letter) -> str:
    sentence = _SUBJECTS[mail.kind](letter)
    return f"Relevnt: {sentence}"


def _ended(letter: Letter) -> str:
    if letter.ends_by_date:
        return _("The consent between you and %(name)s has ended") % {"name": letter.name}
    if letter.to_coach:
        return _("%(name)s has revoked their consent") % {"name": letter.name}
    return _("%(name)s has ended the coaching") % {"name": letter.name}


_SUBJECTS: dict[str, Any] = {
    Kind.INVITED: lambda letter: _("%(name)s would like to coach you") % {"name": letter.name},
    Kind.ASKED: lambda letter: _("%(name)s asks you to coach them") % {"name": letter.name},
    Kind.ACCEPTED: lambda letter: _("%(name)s has accepted") % {"name": letter.name},
    Kind.DECLINED: lambda letter: _("%(name)s has declined") % {"name": letter.name},
    Kind.CONSENTED: lambda letter: _("%(name)s has given you a consent") % {"name": letter.name},
    Kind.ENDED: _ended,
}


def _plain(name: str) -> str:
    """A name on one line, without signs that a mail program would obey."""
    line = "".join(letter if letter.isprintable() else " " for letter in name)
    return " ".join(line.split())[:MAX_NAME]
