"""The coach's side: pausing, going on, ending, and the notes that both read; two who act at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from coaching import invitations
from coaching.invitations import AlreadyAnswered, AlreadyTogether
from coaching.looks import granted_scopes
from coaching.models import Invitation, Mail, Relationship, RelationshipEvent
from coaching.relationships import (
    RelationshipEnded,
    edit_shared_notes,
    end_relationship,
    pause_relationship,
    resume_relationship,
)
from coaching.sides import NotACoach
from personas.identity import acting_as
from personas.models import User
from personas.services import Gone, ValuesRefused
from tests.factories import ConsentFactory, InvitationFactory, RelationshipFactory, UserFactory
from tests.personas.test_races import as_person, while_open
from tests.roles import OWNER_ROLE, as_role

STEPS: dict[str, Callable[..., None]] = {
    "pause": pause_relationship,
    "resume": resume_relationship,
    "end": end_relationship,
    "notes": lambda **sides: edit_shared_notes(**sides, notes="Agreed."),
}


@pytest.fixture
def relationship(alice: User, bob: User) -> Relationship:
    consent = ConsentFactory(relationship=RelationshipFactory(coach=bob, client=alice), scopes=["matches"])
    return consent.relationship


def step(name: str, relationship: Relationship, coach: User | None = None) -> None:
    coach = coach or relationship.coach
    with acting_as(coach.pk):
        STEPS[name](relationship=relationship, coach=coach)


def stored(relationship: Relationship) -> Relationship:
    with acting_as(relationship.client_id):
        return Relationship.objects.get(pk=relationship.pk)


def sees(relationship: Relationship) -> bool:
    with acting_as(relationship.coach_id):
        return relationship.client_id in granted_scopes(coach=relationship.coach)


def ended_mails() -> list[tuple[Any, Any]]:
    with as_role("relevnt_worker"):
        return list(Mail.objects.filter(kind="ended").values_list("user_id", "recipient_id"))


def test_pausing_hides_and_going_on_shows(relationship: Relationship) -> None:
    step("pause", relationship)
    assert (stored(relationship).status, sees(relationship)) == ("paused", False)

    step("resume", relationship)
    assert (stored(relationship).status, sees(relationship)) == ("active", True)


@pytest.mark.parametrize("name", ["pause", "resume"])
def test_step_that_is_taken_twice_leaves_one_event(relationship: Relationship, name: str) -> None:
    step("pause", relationship)
    step(name, relationship)
    step(name, relationship)

    with acting_as(relationship.client_id):
        assert RelationshipEvent.objects.filter(what=f"{name}d").count() == 1


def test_ending_is_for_good_and_the_client_is_told_once(relationship: Relationship) -> None:
    step("end", relationship)
    step("end", relationship)

    assert (stored(relationship).status, sees(relationship)) == ("ended", False)
    assert ended_mails() == [(relationship.coach_id, relationship.client_id)]
    for name in ("pause", "resume", "notes"):
        with pytest.raises(RelationshipEnded):
            step(name, relationship)


def test_paused_one_is_ended(relationship: Relationship) -> None:
    step("pause", relationship)
    step("end", relationship)

    assert stored(relationship).status == "ended"


@pytest.mark.parametrize("name", STEPS)
def test_relationship_of_another_coach_is_gone(relationship: Relationship, name: str) -> None:
    other = UserFactory(is_coach=True)

    with pytest.raises(Gone):
        step(name, relationship, other)

    assert stored(relationship).status == "active"


@pytest.mark.parametrize("name", STEPS)
def test_relationship_whose_client_is_deleted_is_gone(relationship: Relationship, name: str) -> None:
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=relationship.client_id).delete()

    with pytest.raises(Gone):
        step(name, relationship)


def test_who_is_no_coach_any_more_ends_and_does_not_go_on(relationship: Relationship) -> None:
    step("pause", relationship)
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=relationship.coach_id).update(is_coach=False)

    with pytest.raises(NotACoach):
        step("resume", relationship)
    step("end", relationship)
    assert stored(relationship).status == "ended"


def test_both_read_the_shared_notes(relationship: Relationship) -> None:
    step("notes", relationship)

    assert stored(relationship).notes == "Agreed."


@pytest.mark.parametrize("notes", ["x" * 5001, "a\0b"])
def test_notes_that_cannot_be_kept_are_refused(relationship: Relationship, notes: str) -> None:
    with acting_as(relationship.coach_id), pytest.raises(ValuesRefused) as refused:
        edit_shared_notes(relationship=relationship, coach=relationship.coach, notes=notes)

    assert list(refused.value.faults) == ["notes"]


# --- at once ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def pair(transactional_db: None) -> tuple[User, User]:
    """A coach and a client who have asked each other."""
    coach = UserFactory(email="bob@example.com", is_coach=True)
    client = UserFactory(email="alice@example.com")
    InvitationFactory(user=coach, email=client.email)
    InvitationFactory(user=client, by_coach=False, email=coach.email)
    return coach, client


def accepting(client: User) -> Callable[[], Any]:
    """The client accepts the coach's invitation."""

    def accept() -> Any:
        invitation = Invitation.objects.select_related("user").get(by_coach=True)
        return invitations.accept_invitation(
            invitation=invitation, client=client, scopes=["matches"], valid_until=None
        )

    return accept


def agreeing(coach: User) -> Callable[[], Any]:
    """The coach agrees to what the client asked."""

    def agree() -> Any:
        invitation = Invitation.objects.select_related("user").get(by_coach=False)
        return invitations.accept_request(invitation=invitation, coach=coach)

    return agree


@pytest.mark.django_db(transaction=True)
def test_both_who_accept_at_once_have_one_relationship(pair: tuple[User, User]) -> None:
    coach, client = pair

    with pytest.raises((AlreadyAnswered, AlreadyTogether)):
        while_open(client, accepting(client), as_person(coach, agreeing(coach)))

    with acting_as(client.pk):
        assert Relationship.objects.get().status == "active"
        assert set(Invitation.objects.values_list("answer", flat=True)) == {"accepted", "withdrawn"}


@pytest.mark.django_db(transaction=True)
def test_both_who_accept_at_once_the_other_way_round(pair: tuple[User, User]) -> None:
    coach, client = pair

    with pytest.raises((AlreadyAnswered, AlreadyTogether)):
        while_open(coach, agreeing(coach), as_person(client, accepting(client)))

    with acting_as(coach.pk):
        assert Relationship.objects.get().status == "active"
        assert granted_scopes(coach=coach) == {}


@pytest.mark.django_db(transaction=True)
def test_invitation_that_is_withdrawn_while_it_is_accepted(pair: tuple[User, User]) -> None:
    coach, client = pair

    def withdraw() -> None:
        invitations.withdraw_invitation(invitation=Invitation.objects.get(by_coach=True), user=coach)

    with pytest.raises(AlreadyAnswered):
        while_open(coach, withdraw, as_person(client, accepting(client)))

    with acting_as(client.pk):
        assert not Relationship.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_invitation_that_is_accepted_in_two_tabs_is_accepted_once(pair: tuple[User, User]) -> None:
    _coach, client = pair

    with pytest.raises((AlreadyAnswered, AlreadyTogether)):
        while_open(client, accepting(client), as_person(client, accepting(client)))

    with acting_as(client.pk):
        assert Relationship.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_coach_whose_role_is_taken_while_the_client_accepts(pair: tuple[User, User]) -> None:
    """The acceptance waits for whoever takes the role away, and then says so."""
    coach, client = pair

    def take_away() -> None:
        with as_role(OWNER_ROLE):
            User.objects.filter(pk=coach.pk).update(is_coach=False)

    with pytest.raises(NotACoach):
        while_open(client, take_away, as_person(client, accepting(client)))

    with acting_as(client.pk):
        assert not Relationship.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_account_that_is_deleted_while_it_is_accepted_leaves_nothing(pair: tuple[User, User]) -> None:
    coach, client = pair

    def delete() -> None:
        with as_role(OWNER_ROLE):
            User.objects.filter(pk=coach.pk).delete()

    with pytest.raises((Gone, Invitation.DoesNotExist)):
        while_open(client, delete, as_person(client, accepting(client)))

    with acting_as(client.pk):
        assert not Relationship.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_invitation_that_is_sent_twice_at_once_is_sent_once(transactional_db: None) -> None:
    coach = UserFactory(is_coach=True)

    def invite() -> Any:
        return invitations.invite_client(coach=coach, email="dora@example.com")

    with pytest.raises(invitations.AlreadyInvited):
        while_open(coach, invite, as_person(coach, invite))

    with acting_as(coach.pk):
        assert Invitation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_database_alone_tells_that_an_invitation_waits(transactional_db: None) -> None:
    """Whoever writes by other means takes no turn: then the unique key is the arbiter."""
    coach = UserFactory(is_coach=True)

    def write() -> None:
        Invitation.objects.create(user=coach, by_coach=True, email="dora@example.com")

    def invite() -> Any:
        return invitations.invite_client(coach=coach, email="dora@example.com")

    with pytest.raises(invitations.AlreadyInvited):
        while_open(coach, write, as_person(coach, invite))


@pytest.mark.django_db(transaction=True)
def test_last_invitation_of_the_day_is_sent_once(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "INVITED_A_DAY", 1)
    coach = UserFactory(is_coach=True)

    def inviting(email: str) -> Callable[[], Any]:
        return lambda: invitations.invite_client(coach=coach, email=email)

    with pytest.raises(invitations.TooManyInvitations):
        while_open(coach, inviting("one@example.com"), as_person(coach, inviting("two@example.com")))
