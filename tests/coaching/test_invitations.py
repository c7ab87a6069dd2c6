"""Invitations: who may send and answer them, each refusal in a sentence, and what an acceptance opens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from coaching import invitations
from coaching.consents import ConsentRevoked, change_consent
from coaching.invitations import (
    AlreadyAnswered,
    AlreadyInvited,
    AlreadyTogether,
    DeclinedLately,
    InvitationLine,
    InvitedTwice,
    NoInvitation,
    TooManyInvitations,
)
from coaching.looks import granted_scopes
from coaching.models import Consent, Invitation, Mail, Relationship, RelationshipEvent
from coaching.relationships import end_relationship
from coaching.sides import NotACoach
from personas.identity import acting_as
from personas.models import User
from personas.services import Gone, Refused, ValuesRefused
from tests.factories import InvitationFactory, RelationshipFactory, UserFactory
from tests.roles import OWNER_ROLE, as_role

SCOPES = ["matches", "resume"]
Sending = Callable[..., Invitation]


def invite(coach: User, email: str, message: str = "") -> Invitation:
    """A coach invites."""
    with acting_as(coach.pk):
        return invitations.invite_client(coach=coach, email=email, message=message)


def ask(client: User, email: str, message: str = "") -> Invitation:
    """Somebody asks a coach."""
    with acting_as(client.pk):
        return invitations.ask_coach(client=client, email=email, message=message)


def accept(
    client: User, invitation: Invitation, scopes: Any = SCOPES, valid_until: datetime | None = None
) -> Relationship:
    """A client accepts a coach's invitation."""
    with acting_as(client.pk):
        found = invitations.find_invitation(user=client, invitation_id=invitation.pk)
        return invitations.accept_invitation(
            invitation=found, client=client, scopes=scopes, valid_until=valid_until
        )


def agree(coach: User, invitation: Invitation) -> Relationship:
    """A coach accepts a request."""
    with acting_as(coach.pk):
        found = invitations.find_invitation(user=coach, invitation_id=invitation.pk)
        return invitations.accept_request(invitation=found, coach=coach)


def decline(user: User, invitation: Invitation) -> None:
    with acting_as(user.pk):
        invitations.decline_invitation(invitation=invitation, user=user)


def withdraw(user: User, invitation: Invitation) -> None:
    with acting_as(user.pk):
        invitations.withdraw_invitation(invitation=invitation, user=user)


def stored(invitation: Invitation) -> Invitation:
    with acting_as(invitation.user_id):
        return Invitation.objects.get(pk=invitation.pk)


def granted(coach: User, client: User) -> set[str]:
    with acting_as(coach.pk):
        return set(granted_scopes(coach=coach).get(client.pk, ()))


def mails(kind: str) -> list[Mail]:
    with as_role("relevnt_worker"):
        return list(Mail.objects.filter(kind=kind).order_by("created_at"))


def change_role(user: User, **fields: bool) -> None:
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=user.pk).update(**fields)


def age(invitation: Invitation, **fields: Any) -> None:
    """Make an invitation older, as only the owner of the tables can."""
    with as_role(OWNER_ROLE), acting_as(None):
        assert Invitation.objects.filter(pk=invitation.pk).update(**fields) == 1


# --- a whole way ------------------------------------------------------------------------------------------------------


def test_accepted_invitation_opens_what_was_chosen_and_no_more(alice: User, bob: User) -> None:
    invitation = invite(bob, "alice@example.com", "Shall we?")
    assert granted(bob, alice) == set()

    relationship = accept(alice, invitation)

    assert granted(bob, alice) == {"matches", "resume"}
    assert (relationship.coach_id, relationship.client_id, relationship.status) == (
        bob.pk,
        alice.pk,
        "active",
    )
    kept = stored(invitation)
    assert (kept.answer, kept.answered_by_id, kept.relationship_id) == ("accepted", alice.pk, relationship.pk)
    assert [each.invitation_id for each in mails("invited")] == [invitation.pk]
    assert [(each.user_id, each.recipient_id) for each in mails("accepted")] == [(alice.pk, bob.pk)]
    assert mails("consented") == []


def test_coach_who_agrees_sees_nothing_until_the_client_says_what(alice: User, bob: User) -> None:
    request = ask(alice, "bob@example.com")

    relationship = agree(bob, request)

    assert relationship.client_id == alice.pk
    assert granted(bob, alice) == set()
    with acting_as(alice.pk):
        assert not Consent.objects.exists()
    assert [(each.user_id, each.recipient_id) for each in mails("accepted")] == [(bob.pk, alice.pk)]


def test_somebody_without_an_account_finds_the_invitation_once_they_have_one(bob: User) -> None:
    invitation = invite(bob, "Dora@Example.com")
    dora = UserFactory(email="dora@example.com")

    accept(dora, invitation)

    assert granted(bob, dora) == {"matches", "resume"}


def test_address_is_compared_without_case(alice: User, bob: User) -> None:
    change_address(alice, "Alice@Example.com")

    invitation = invite(bob, "  ALICE@example.COM ")

    assert invitation.email == "alice@example.com"
    accept(alice, invitation)
    assert granted(bob, alice) == {"matches", "resume"}


def change_address(user: User, email: str) -> None:
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=user.pk).update(email=email)
    user.email = email


# --- sending ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("email", ["bob@example.com", " BOB@Example.com"])
def test_nobody_invites_themselves(bob: User, email: str) -> None:
    for send in (invite, ask):
        with pytest.raises(ValuesRefused) as refused:
            send(bob, email)
        assert "your own address" in refused.value.faults["email"][0]


def test_own_address_is_the_one_of_now(bob: User) -> None:
    """The account got another address while the page stood open."""
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=bob.pk).update(email="robert@example.com")

    with pytest.raises(ValuesRefused):
        invite(bob, "robert@example.com")


@pytest.mark.parametrize(
    "email",
    [
        "",
        "   ",
        "alice",
        "alice@",
        "@example.com",
        "alice@example.com\nBcc: x@example.com",
        "a\0@example.com",
        f"{'a' * 250}@example.com",
        "İ@example.com",
        "Alice <alice@example.com>",
    ],
)
def test_what_is_no_address_is_refused(bob: User, email: str) -> None:
    with pytest.raises(ValuesRefused) as refused:
        invite(bob, email)

    assert list(refused.value.faults) == ["email"]


@pytest.mark.parametrize("message", ["x" * (invitations.MAX_MESSAGE + 1), "a\0b", "\ud800"])
def test_message_that_cannot_be_kept_is_refused(bob: User, message: str) -> None:
    with pytest.raises(ValuesRefused) as refused:
        invite(bob, "alice@example.com", message)

    assert list(refused.value.faults) == ["message"]


def test_second_invitation_waits_for_the_first(bob: User) -> None:
    invite(bob, "alice@example.com")

    with pytest.raises(AlreadyInvited) as refused:
        invite(bob, "ALICE@example.com")

    assert "waits for its answer until" in refused.value.faults["email"][0]


def test_after_withdrawing_and_after_its_end_another_can_be_sent(bob: User) -> None:
    first = invite(bob, "alice@example.com")
    withdraw(bob, first)
    second = invite(bob, "alice@example.com")
    age(
        second,
        created_at=timezone.now() - timedelta(days=15),
        expires_at=timezone.now() - timedelta(days=1),
    )

    third = invite(bob, "alice@example.com")

    assert [stored(each).answer for each in (first, second, third)] == ["withdrawn", "withdrawn", "open"]


def test_one_address_gets_no_third_mail_within_a_day(bob: User) -> None:
    for _invited in range(2):
        withdraw(bob, invite(bob, "alice@example.com"))

    with pytest.raises(InvitedTwice):
        invite(bob, "alice@example.com")
    lines = [InvitationLine(1, "alice@example.com"), InvitationLine(2, "carla@example.com")]
    with acting_as(bob.pk):
        reports = invitations.invite_clients(coach=bob, lines=lines)

    assert [report.invited for report in reports] == [False, True]
    assert "invited twice within a day" in reports[0].sentence


def test_only_a_coach_invites(alice: User, bob: User) -> None:
    with pytest.raises(NotACoach) as refused:
        invite(alice, "charlie@example.com")
    assert "You are not a coach here" in refused.value.faults["coach"][0]

    change_role(bob, is_coach=False)
    with pytest.raises(NotACoach):
        invite(bob, "alice@example.com")


@pytest.mark.parametrize("status", ["active", "paused"])
def test_who_work_together_are_not_invited_again(alice: User, bob: User, status: str) -> None:
    relationship = RelationshipFactory(coach=bob, client=alice, status=status)

    for send, sender, email in ((invite, bob, "alice@example.com"), (ask, alice, "bob@example.com")):
        with pytest.raises(AlreadyTogether) as refused:
            send(sender, email)
        assert refused.value.relationship == relationship


def test_coaches_may_coach_each_other(bob: User) -> None:
    carla = UserFactory(email="carla@example.com", is_coach=True)
    RelationshipFactory(coach=bob, client=carla)

    invitation = invite(carla, "bob@example.com")

    assert accept(bob, invitation).client_id == bob.pk


def test_no_is_respected_for_a_month(alice: User, bob: User) -> None:
    invitation = invite(bob, "alice@example.com")
    decline(alice, invitation)

    with pytest.raises(DeclinedLately) as refused:
        invite(bob, "alice@example.com")
    assert "can be asked again from" in refused.value.faults["email"][0]

    age(invitation, answered_at=timezone.now() - timedelta(days=31))
    assert invite(bob, "alice@example.com").answer == "open"


def test_no_to_one_coach_is_none_to_another(alice: User, bob: User) -> None:
    decline(alice, invite(bob, "alice@example.com"))

    assert invite(UserFactory(is_coach=True), "alice@example.com").answer == "open"


@pytest.mark.parametrize(("send", "limit"), [(invite, "INVITED_A_DAY"), (ask, "ASKED_A_DAY")])
def test_so_many_a_day_and_no_more(
    bob: User, send: Sending, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Withdrawn ones are counted as well: a mail went out for each."""
    monkeypatch.setattr(invitations, limit, 2)
    first = send(bob, "one@example.com")
    withdraw(bob, first)
    send(bob, "two@example.com")

    with pytest.raises(TooManyInvitations):
        send(bob, "three@example.com")

    age(first, created_at=timezone.now() - timedelta(hours=25))
    send(bob, "three@example.com")


def test_limits_are_those_of_the_promise() -> None:
    assert (invitations.INVITED_A_DAY, invitations.ASKED_A_DAY) == (200, 10)


def test_address_tells_nothing_of_an_account(alice: User, bob: User, charlie: User) -> None:
    """A coach, somebody else and nobody: whoever asks is told the same."""
    answers = [ask(alice, email) for email in ("bob@example.com", "charlie@example.com", "no@example.com")]

    assert {(each.answer, each.by_coach) for each in answers} == {("open", False)}


def test_who_was_asked_already_is_sent_to_that_question(alice: User, bob: User) -> None:
    ask(alice, "bob@example.com")
    with pytest.raises(AlreadyInvited) as refused:
        invite(bob, "alice@example.com")
    assert "has asked you" in refused.value.faults["email"][0]

    carla = UserFactory(email="carla@example.com", is_coach=True)
    invite(carla, "alice@example.com")
    with pytest.raises(AlreadyInvited) as refused:
        ask(alice, "carla@example.com")
    assert "has invited you" in refused.value.faults["email"][0]


# --- answering --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [accept, decline])
def test_invitation_of_somebody_else_is_not_there(
    alice: User, bob: User, charlie: User, answer: Callable[[User, Invitation], Any]
) -> None:
    invitation = invite(bob, "alice@example.com")

    with pytest.raises(NoInvitation):
        answer(charlie, invitation)

    assert stored(invitation).answer == "open"


def test_unknown_invitation_and_a_foreign_one_are_told_apart_by_nothing(bob: User, charlie: User) -> None:
    foreign = invite(bob, "alice@example.com")
    told = []
    for invitation_id in (foreign.pk, uuid4()):
        with acting_as(charlie.pk), pytest.raises(NoInvitation) as refused:
            invitations.find_invitation(user=charlie, invitation_id=invitation_id)
        told.append(refused.value.faults)

    assert told[0] == told[1]


def test_sender_cannot_answer_for_the_other_side(alice: User, bob: User) -> None:
    invitation = invite(bob, "alice@example.com")

    for answer in (accept, decline):
        with pytest.raises(NoInvitation):
            answer(bob, invitation)


def test_only_the_sender_withdraws(alice: User, bob: User) -> None:
    invitation = invite(bob, "alice@example.com")

    with pytest.raises(NoInvitation):
        withdraw(alice, invitation)


def test_invitation_and_request_are_not_accepted_the_wrong_way(alice: User, bob: User) -> None:
    invitation, request = invite(bob, "alice@example.com"), ask(bob, "carla@example.com")
    carla = UserFactory(email="carla@example.com", is_coach=True)

    with acting_as(alice.pk), pytest.raises(NoInvitation):
        invitations.accept_request(invitation=invitation, coach=alice)
    with pytest.raises(NoInvitation):
        accept(carla, request)


def test_expired_invitation_is_not_accepted_but_declined(alice: User, bob: User) -> None:
    invitation = invite(bob, "alice@example.com")
    age(invitation, expires_at=timezone.now() - timedelta(minutes=1))

    with pytest.raises(AlreadyAnswered) as refused:
        accept(alice, invitation)
    assert "could be accepted until" in refused.value.faults["invitation"][0]
    assert granted(bob, alice) == set()

    decline(alice, invitation)
    assert stored(invitation).answer == "declined"


def test_answered_and_withdrawn_ones_are_not_answered_again(alice: User, bob: User) -> None:
    withdrawn = invite(bob, "alice@example.com")
    withdraw(bob, withdrawn)
    for answer in (accept, decline):
        with pytest.raises(AlreadyAnswered) as refused:
            answer(alice, withdrawn)
        assert "withdrawn by whoever sent it" in refused.value.faults["invitation"][0]

    declined = invite(bob, "alice@example.com")
    decline(alice, declined)
    with pytest.raises(AlreadyAnswered) as refused:
        accept(alice, declined)
    assert "You declined" in refused.value.faults["invitation"][0]
    with pytest.raises(AlreadyAnswered) as refused:
        withdraw(bob, declined)
    assert "declined meanwhile" in refused.value.faults["invitation"][0]

    accepted = invite(UserFactory(is_coach=True, email="carla@example.com"), "alice@example.com")
    accept(alice, accepted)
    for answer in (accept, decline):
        with pytest.raises(AlreadyAnswered):
            answer(alice, accepted)


@pytest.mark.parametrize("lost", [{"is_coach": False}, {"is_active": False}])
def test_coach_who_is_none_any_more_is_not_accepted(alice: User, bob: User, lost: dict[str, bool]) -> None:
    """Between invitation and acceptance the role was taken away."""
    invitation = invite(bob, "alice@example.com")
    change_role(bob, **lost)

    with pytest.raises(NotACoach) as refused:
        accept(alice, invitation)

    assert refused.value.faults == {"coach": ["Bob is not a coach here any more, so nothing was opened."]}
    assert stored(invitation).answer == "open"
    with acting_as(alice.pk):
        assert not Relationship.objects.exists()


def test_somebody_asked_who_is_no_coach_cannot_agree_but_decline(alice: User, charlie: User) -> None:
    request = ask(alice, "charlie@example.com")

    with pytest.raises(NotACoach) as refused:
        agree(charlie, request)
    assert "You are not a coach here" in refused.value.faults["coach"][0]

    decline(charlie, request)
    assert stored(request).answer == "declined"


def test_coach_whose_account_is_deleted_leaves_no_invitation(alice: User, bob: User) -> None:
    invitation = invite(bob, "alice@example.com")
    with acting_as(alice.pk):
        found = invitations.find_invitation(user=alice, invitation_id=invitation.pk)
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=bob.pk).delete()

    with acting_as(alice.pk), pytest.raises(Gone):
        invitations.accept_invitation(invitation=found, client=alice, scopes=SCOPES, valid_until=None)
    with pytest.raises(NoInvitation):
        accept(alice, invitation)


@pytest.mark.parametrize(
    ("scopes", "until", "field"),
    [
        ([], None, "scopes"),
        (["matches", "papers"], None, "scopes"),
        (["matches"], timedelta(seconds=-1), "valid_until"),
        (["matches"], timedelta(days=800), "valid_until"),
    ],
)
def test_acceptance_with_a_consent_that_is_none_is_refused(
    alice: User, bob: User, scopes: list[str], until: timedelta | None, field: str
) -> None:
    invitation = invite(bob, "alice@example.com")

    with pytest.raises(ValuesRefused) as refused:
        accept(alice, invitation, scopes, timezone.now() + until if until else None)

    assert list(refused.value.faults) == [field]
    assert stored(invitation).answer == "open"


def test_bare_relationship_is_not_accepted_over(alice: User, bob: User) -> None:
    invitation = invite(bob, "alice@example.com")
    relationship = RelationshipFactory(coach=bob, client=alice)

    with pytest.raises(AlreadyTogether) as refused:
        accept(alice, invitation)

    assert refused.value.relationship == relationship


def test_crossing_invitations_end_with_the_one_that_is_accepted(alice: User, bob: User) -> None:
    """Both were sent at once, so that neither saw the other."""
    invitation = InvitationFactory(user=bob, email="alice@example.com")
    request = InvitationFactory(user=alice, by_coach=False, email="bob@example.com")

    relationship = accept(alice, invitation)

    assert (stored(invitation).answer, stored(request).answer) == ("accepted", "withdrawn")
    with pytest.raises(AlreadyAnswered):
        agree(bob, request)
    with acting_as(bob.pk):
        assert Relationship.objects.get() == relationship


def test_crossing_invitations_the_other_way_round(alice: User, bob: User) -> None:
    invitation = InvitationFactory(user=bob, email="alice@example.com")
    request = InvitationFactory(user=alice, by_coach=False, email="bob@example.com")

    agree(bob, request)

    assert (stored(invitation).answer, stored(request).answer) == ("withdrawn", "accepted")
    with pytest.raises(AlreadyAnswered):
        accept(alice, invitation)
    assert granted(bob, alice) == set()


# --- many at once -----------------------------------------------------------------------------------------------------


def test_list_of_addresses_says_of_each_line_what_became_of_it(alice: User, bob: User) -> None:
    RelationshipFactory(coach=bob, client=alice)
    lines = [
        InvitationLine(2, "one@example.com", "Welcome."),
        InvitationLine(3, "alice@example.com"),
        InvitationLine(4, "nobody"),
        InvitationLine(5, " ONE@example.com"),
        InvitationLine(6, "bob@example.com"),
        InvitationLine(9, "two@example.com"),
    ]

    with acting_as(bob.pk):
        reports = invitations.invite_clients(coach=bob, lines=lines)

    assert [(each.number, each.invited) for each in reports] == [
        (2, True),
        (3, False),
        (4, False),
        (5, False),
        (6, False),
        (9, True),
    ]
    said = {each.number: each.sentence for each in reports}
    assert "together already" in said[3]
    assert "no e-mail address" in said[4]
    assert said[5] == "This address stands in line 2 already."
    assert "your own address" in said[6]
    with acting_as(bob.pk):
        sent = Invitation.objects.owned_by(bob).order_by("email")
        assert [(each.email, each.message) for each in sent] == [
            ("one@example.com", "Welcome."),
            ("two@example.com", ""),
        ]
    assert len(mails("invited")) == 2


def test_list_beyond_the_day_is_told_line_by_line(bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "INVITED_A_DAY", 1)
    lines = [InvitationLine(n, f"{n}@example.com") for n in range(1, 4)] + [InvitationLine(4, "x")]

    with acting_as(bob.pk):
        reports = invitations.invite_clients(coach=bob, lines=lines)

    assert [each.invited for each in reports] == [True, False, False, False]
    assert "within a day" in reports[1].sentence == reports[2].sentence
    assert "no e-mail address" in reports[3].sentence


def test_only_a_coach_invites_many(alice: User) -> None:
    with acting_as(alice.pk), pytest.raises(NotACoach):
        invitations.invite_clients(coach=alice, lines=[InvitationLine(1, "x@example.com")])


# --- what has ended ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_relationship_that_ended_begins_anew_with_a_new_consent_alone(transactional_db: None) -> None:
    """Each step in a transaction of its own: what was granted before the end counts for nothing afterwards."""
    alice = UserFactory(email="alice@example.com")
    bob = UserFactory(email="bob@example.com", is_coach=True)
    first = accept(alice, invite(bob, "alice@example.com"), ["matches", "resume"])
    with acting_as(bob.pk):
        end_relationship(relationship=first, coach=bob)
    assert granted(bob, alice) == set()

    again = agree(bob, ask(alice, "bob@example.com"))

    assert again.pk == first.pk
    assert again.status == "active"
    assert granted(bob, alice) == set()
    with acting_as(bob.pk):
        end_relationship(relationship=again, coach=bob)
    with acting_as(alice.pk):
        (stale,) = Consent.objects.all()
        with pytest.raises(ConsentRevoked):
            change_consent(consent=stale, scopes=["matches"], valid_until=None, seen_revision=stale.revision)
    accept(alice, invite(bob, "alice@example.com"), ["learning"])
    assert granted(bob, alice) == {"learning"}
    with acting_as(alice.pk):
        events = RelationshipEvent.objects.order_by("at").values_list("what", flat=True)
        assert list(events) == [
            "begun",
            "consented",
            "ended",
            "begun",
            "ended",
            "begun",
            "revoked",
            "consented",
        ]


def test_refusals_quote_nobody_in_logs(alice: User, bob: User) -> None:
    """The message of an exception may be logged; the names of fields are all it holds."""
    RelationshipFactory(coach=bob, client=alice)

    with pytest.raises(Refused) as refused:
        invite(bob, "alice@example.com")

    assert str(refused.value) == "email"
