"""Invitations: a coach asks an address, somebody asks the address of a coach; answered by whoever has the address, once.

An address tells its sender nothing: whether somebody has an account is seen when they answer, and not before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coaching.consents import check_consent, give_consent
from coaching.mails import write_mail
from coaching.models import Invitation, Mail, Relationship
from coaching.relationships import TOGETHER, begin_relationship
from coaching.sides import check_coach, name_of, take_turns_of
from personas.checking import Rules, check_values, text_within
from personas.models import User
from personas.services import Gone, Refused, Taken, ValuesRefused, take_turns

ONE_ADDRESS_A_DAY = 2
INVITED_A_DAY = 200
"""How many addresses a coach invites within 24 hours: a large course, and too few for a mailing."""
ASKED_A_DAY = 10
"""How many addresses somebody asks to coach them within 24 hours."""
ASKED_AGAIN_AFTER = timedelta(days=30)
"""How long a no is respected."""
MAX_MESSAGE = 1000
MAX_ADDRESS = 254
"""Characters in an address, as accounts keep it."""

OPEN, ACCEPTED = Invitation.Answer.OPEN, Invitation.Answer.ACCEPTED
DECLINED, WITHDRAWN = Invitation.Answer.DECLINED, Invitation.Answer.WITHDRAWN


class NoInvitation(Gone):
    """Raised for an invitation that is not there, or to or from somebody else: both are told the same."""

    def __init__(self) -> None:
        super().__init__(
            {
                "invitation": [
                    _(
                        "There is no such invitation for the address that you signed in with. Sign in with the one that it was sent to."
                    )
                ]
            }
        )


class AlreadyInvited(Taken):
    """Raised where an invitation to this address waits for its answer, or one from it for mine."""


class AlreadyTogether(Taken):
    """Raised where the two work together already; `relationship` is that one."""

    def __init__(self, field: str, relationship: Relationship, other: User) -> None:
        super().__init__({field: [_("You and %(name)s work together already.") % {"name": name_of(other)}]})
        self.relationship = relationship


class AlreadyAnswered(Taken):
    """Raised for an invitation that was answered or withdrawn, or whose time is over."""


class DeclinedLately(Refused):
    """Raised where the address said no a short while ago."""


class InvitedTwice(Refused):
    """Raised where as many invitations went to the address today as may go to one within a day, withdrawn ones included."""


class TooManyInvitations(Refused):
    """Raised when somebody has sent as many invitations as may be sent within a day."""


@dataclass(frozen=True, slots=True)
class InvitationLine:
    """One line of a list of addresses: its number there, the address, a message."""

    number: int
    email: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class LineReport:
    """What became of one line, in a sentence."""

    number: int
    email: str
    invited: bool
    sentence: str


# --- sending ---------------------------------------------------------------------------------------------------------


def invite_client(*, coach: User, email: str, message: str = "") -> Invitation:
    """Invite an address; raise NotACoach, ValuesRefused, AlreadyInvited, AlreadyTogether, DeclinedLately, InvitedTwice, TooManyInvitations."""
    return _send(coach, email, message, by_coach=True)


def ask_coach(*, client: User, email: str, message: str = "") -> Invitation:
    """Ask an address to coach oneself; raise as invite_client does, but for NotACoach: who is one is not told by an address."""
    return _send(client, email, message, by_coach=False)


def invite_clients(*, coach: User, lines: Sequence[InvitationLine]) -> list[LineReport]:
    """Invite the addresses of a list, each by itself, and say of every line what became of it; raise NotACoach."""
    check_coach(coach, is_oneself=True)
    reports: list[LineReport] = []
    lines_by_email: dict[str, int] = {}
    full: TooManyInvitations | None = None
    for line in lines:
        email = line.email.strip().lower()
        try:
            _checked(line.email, line.message)
            if email in lines_by_email:
                shown = {"number": lines_by_email[email]}
                raise AlreadyInvited(
                    {"email": [_("This address stands in line %(number)s already.") % shown]}
                )
            lines_by_email[email] = line.number
            if full is not None:
                raise full
            invite_client(coach=coach, email=line.email, message=line.message)
        except TooManyInvitations as refused:
            full = refused
            reports.append(LineReport(line.number, email, False, _sentences(refused)))
        except Refused as refused:
            reports.append(LineReport(line.number, email, False, _sentences(refused)))
        else:
            reports.append(LineReport(line.number, email, True, _("Invited.")))
    return reports


def withdraw_invitation(*, invitation: Invitation, user: User) -> None:
    """Take back an invitation that was not answered; raise NoInvitation or AlreadyAnswered."""
    with transaction.atomic():
        take_turns(user.pk)
        _answer(Invitation.objects.owned_by(user), invitation, WITHDRAWN, user)


# --- answering -------------------------------------------------------------------------------------------------------


def find_invitation(*, user: User, invitation_id: UUID) -> Invitation:
    """The invitation to the address of `user`, or from them; raise NoInvitation."""
    found: Invitation | None = (
        (Invitation.objects.addressed_to(user) | Invitation.objects.owned_by(user))
        .select_related("user", "relationship")
        .filter(pk=invitation_id)
        .first()
    )
    if found is None:
        raise NoInvitation
    return found


def accept_invitation(
    *, invitation: Invitation, client: User, scopes: Collection[str], valid_until: datetime | None
) -> Relationship:
    """Accept a coach's invitation, and say what they may see until when.

    Raises NoInvitation, AlreadyAnswered, AlreadyTogether, NotACoach, ValuesRefused, or Gone where the coach's account is deleted.
    """
    check_consent(scopes=scopes, valid_until=valid_until)
    with transaction.atomic():
        coach = invitation.user
        take_turns_of(client.pk, coach.pk)
        to_me = Invitation.objects.addressed_to(client).filter(by_coach=True)
        _judge_answer(to_me, invitation, client)
        check_coach(coach)
        _judge_apart("invitation", coach=coach, client=client, other=coach)
        _answer(to_me, invitation, ACCEPTED, client)
        relationship = begin_relationship(coach=coach, client=client)
        give_consent(
            relationship=relationship,
            client=client,
            scopes=scopes,
            valid_until=valid_until,
            tells_coach=False,
        )
        _close(invitation, relationship, by=client)
    return relationship


def accept_request(*, invitation: Invitation, coach: User) -> Relationship:
    """Agree to coach whoever asked; they say afterwards what may be seen. Raises as accept_invitation does."""
    with transaction.atomic():
        client = invitation.user
        take_turns_of(client.pk, coach.pk)
        to_me = Invitation.objects.addressed_to(coach).filter(by_coach=False)
        _judge_answer(to_me, invitation, coach)
        check_coach(coach, is_oneself=True)
        _judge_apart("invitation", coach=coach, client=client, other=client)
        _answer(to_me, invitation, ACCEPTED, coach)
        relationship = begin_relationship(coach=coach, client=client)
        _close(invitation, relationship, by=coach)
    return relationship


def decline_invitation(*, invitation: Invitation, user: User) -> None:
    """Say no, and let its sender know; raise NoInvitation or AlreadyAnswered."""
    with transaction.atomic():
        take_turns(user.pk)
        _answer(Invitation.objects.addressed_to(user), invitation, DECLINED, user)
        write_mail(kind=Mail.Kind.DECLINED, user=user, recipient=invitation.user, invitation=invitation)


# --- the parts -------------------------------------------------------------------------------------------------------


def _send(sender: User, email: str, message: str, *, by_coach: bool) -> Invitation:
    values = _checked(email, message)
    with _judged(), transaction.atomic():
        take_turns(sender.pk)
        if by_coach:
            check_coach(sender, is_oneself=True)
        _judge_address(sender, values["email"], by_coach=by_coach)
        _judge_number(sender, by_coach=by_coach)
        invitation: Invitation = Invitation.objects.create(user=sender, by_coach=by_coach, **values)
        write_mail(
            kind=Mail.Kind.INVITED if by_coach else Mail.Kind.ASKED, user=sender, invitation=invitation
        )
        # What the database wrote by itself: the sentences about it name its last day.
        invitation.refresh_from_db(fields=["created_at", "expires_at"])
    return invitation


def _judge_address(sender: User, email: str, *, by_coach: bool) -> None:
    # The account may have got another address since the page was made.
    own = User.objects.filter(pk=sender.pk).values_list("email", flat=True).first() or ""
    if email == own.lower():
        raise ValuesRefused(
            {
                "email": [
                    _("This is your own address. Give the address of the person whom you want to invite.")
                    if by_coach
                    else _("This is your own address. Give the address of the coach whom you want to ask.")
                ]
            }
        )
    sent = Invitation.objects.owned_by(sender).filter(email=email, by_coach=by_coach)
    # One whose time is over makes room for the next.
    sent.filter(answer=OPEN, expires_at__lte=Now()).update(answer=WITHDRAWN)
    if waiting := sent.filter(answer=OPEN).first():
        raise _already_invited(waiting)
    theirs = Invitation.objects.addressed_to(sender).open(timezone.now())
    if theirs.filter(user__email=email, by_coach=not by_coach).exists():
        raise AlreadyInvited(
            {
                "email": [
                    _("This person has asked you to coach them. Answer that instead.")
                    if by_coach
                    else _("This coach has invited you. Answer that instead.")
                ]
            }
        )
    _judge_together(sender, email, by_coach=by_coach)
    declined = sent.filter(answer=DECLINED, answered_at__gt=Now() - ASKED_AGAIN_AFTER)
    if last := declined.order_by("-answered_at").first():
        shown = {"day": _day(last.answered_at + ASKED_AGAIN_AFTER)}
        raise DeclinedLately(
            {"email": [_("This address has declined. It can be asked again from %(day)s on.") % shown]}
        )
    # Withdrawing and inviting anew sends another mail each time: once mends a slip, more is a nuisance.
    if sent.filter(created_at__gt=Now() - timedelta(days=1)).count() >= ONE_ADDRESS_A_DAY:
        raise InvitedTwice(
            {"email": [_("This address was invited twice within a day. It can be invited again tomorrow.")]}
        )


def _judge_together(sender: User, email: str, *, by_coach: bool) -> None:
    rows = Relationship.objects.filter(status__in=TOGETHER).select_related("coach", "client")
    mine = (
        rows.owned_by(sender).filter(client__email=email)
        if by_coach
        else rows.of_client(sender).filter(coach__email=email)
    )
    if together := mine.first():
        raise AlreadyTogether("email", together, together.client if by_coach else together.coach)


def _judge_number(sender: User, *, by_coach: bool) -> None:
    most = INVITED_A_DAY if by_coach else ASKED_A_DAY
    today = Invitation.objects.owned_by(sender).filter(
        by_coach=by_coach, created_at__gt=Now() - timedelta(days=1)
    )
    if today.count() >= most:
        shown = {"limit": most}
        raise TooManyInvitations(
            {
                "email": [
                    _("%(limit)s were sent within a day, which is as many as can be. Go on tomorrow.") % shown
                ]
            }
        )


def _judge_apart(field: str, *, coach: User, client: User, other: User) -> None:
    row = Relationship.objects.owned_by(coach).filter(client=client, status__in=TOGETHER).first()
    if row is not None:
        raise AlreadyTogether(field, row, other)


def _judge_answer(rows: QuerySet[Invitation], invitation: Invitation, user: User) -> None:
    """Raise why `invitation` cannot be accepted, if it cannot."""
    row = rows.filter(pk=invitation.pk).first()
    if row is None:
        raise NoInvitation
    if row.answer != OPEN:
        raise AlreadyAnswered({"invitation": [_what_became(row, user)]})
    if row.expires_at <= timezone.now():
        shown = {"day": _day(row.expires_at)}
        raise AlreadyAnswered(
            {"invitation": [_("This could be accepted until %(day)s. Ask for a new invitation.") % shown]}
        )


def _answer(rows: QuerySet[Invitation], invitation: Invitation, answer: str, user: User) -> None:
    """Answer what is open among `rows`, in one statement that judges as well; raise NoInvitation or AlreadyAnswered."""
    open_one = rows.filter(pk=invitation.pk, answer=OPEN)
    if answer == ACCEPTED:
        open_one = open_one.filter(expires_at__gt=Now())
    if not open_one.update(answer=answer):
        row = rows.filter(pk=invitation.pk).first()
        if row is None:
            raise NoInvitation
        raise AlreadyAnswered({"invitation": [_what_became(row, user)]})
    invitation.answer = answer


def _close(invitation: Invitation, relationship: Relationship, *, by: User) -> None:
    """Name the relationship, take back what `by` had asked the other side meanwhile, and let the other side know."""
    Invitation.objects.filter(pk=invitation.pk).update(relationship=relationship)
    invitation.relationship = relationship
    sender = invitation.user
    crossing = Invitation.objects.owned_by(by).filter(
        email=sender.email.lower(), by_coach=not invitation.by_coach, answer=OPEN
    )
    crossing.update(answer=WITHDRAWN)
    write_mail(
        kind=Mail.Kind.ACCEPTED,
        user=by,
        recipient=sender,
        invitation=invitation,
        relationship=relationship,
    )


def _what_became(invitation: Invitation, user: User) -> str:
    """Why an invitation that is not open cannot be answered, in a sentence for `user`."""
    if invitation.answer == WITHDRAWN:
        if invitation.user_id == user.pk:
            return _("You withdrew this already.")
        return _("This was withdrawn by whoever sent it. Ask for a new invitation.")
    is_sender = invitation.user_id == user.pk
    if invitation.answer == ACCEPTED:
        return _("This was accepted meanwhile.") if is_sender else _("You accepted this already.")
    if invitation.answer == DECLINED:
        return _("This was declined meanwhile.") if is_sender else _("You declined this already.")
    return _("The time to accept this is over. Ask for a new invitation.")


def _already_invited(waiting: Invitation | None = None) -> AlreadyInvited:
    if waiting is None:
        return AlreadyInvited({"email": [_("An invitation to this address waits for its answer.")]})
    shown = {"sent": _day(waiting.created_at), "until": _day(waiting.expires_at)}
    return AlreadyInvited(
        {
            "email": [
                _("An invitation of %(sent)s to this address waits for its answer until %(until)s.") % shown
            ]
        }
    )


def _email(text: str) -> str:
    email = text.strip().lower()
    if not email:
        raise ValueError(_("Give an e-mail address."))
    try:
        validate_email(email)
    except ValidationError:
        email = ""
    if not email or len(email) > MAX_ADDRESS:
        raise ValueError(_no_address())
    return email


def _no_address() -> str:
    return _("This is no e-mail address. Write one such as name@example.com.")


_RULES: Rules = {"email": _email, "message": text_within(MAX_MESSAGE)}


def _checked(email: str, message: str) -> dict[str, str]:
    kept, faults = check_values({"email": email, "message": message}, _RULES)
    if faults:
        raise ValuesRefused(faults)
    return kept


@contextmanager
def _judged() -> Iterator[None]:
    """Where a constraint refuses an invitation, say so in our words."""
    try:
        yield
    except IntegrityError as error:
        cause = error.__cause__
        name = cause.diag.constraint_name if isinstance(cause, psycopg.Error) else ""
        if name == "invitation_is_one_at_a_time_per_address":
            raise _already_invited() from None
        if name == "invitation_address_is_in_lower_case":
            # Letters that PostgreSQL writes otherwise in lower case than Python: no account can have it.
            raise ValuesRefused({"email": [_no_address()]}) from None
        raise


def _sentences(refused: Refused) -> str:
    return " ".join(sentence for each in refused.faults.values() for sentence in each)


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATE_FORMAT")


# --- forgetting ------------------------------------------------------------------------------------------------------


def forget_address(*, user: User) -> int:
    """Delete every invitation to the address of an account that is being deleted, and give their number."""
    # In plain SQL, so that mails about them go by the database's own rule.
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM coach_invitations WHERE email = %s", [user.email.lower()])
        return int(cursor.rowcount)
