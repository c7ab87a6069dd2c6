"""What a client lets a coach see: given, changed and revoked by the client; the stricter of two changes stands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from coaching.consents import (
    LONGEST,
    ConsentGiven,
    ConsentRevoked,
    NotTogether,
    change_consent,
    give_consent,
    revoke_consent,
)
from coaching.looks import granted_scopes
from coaching.models import Consent, Mail, Relationship, RelationshipEvent
from coaching.relationships import end_relationship
from coaching.sides import NotACoach
from personas.identity import acting_as
from personas.models import User
from personas.services import Gone, ValuesRefused
from tests.factories import ConsentFactory, RelationshipFactory, UserFactory
from tests.personas.test_races import as_person, while_open
from tests.roles import OWNER_ROLE, as_role

IN_MAY = timezone.now() + timedelta(days=90)
IN_JUNE = timezone.now() + timedelta(days=120)


@pytest.fixture
def relationship(alice: User, bob: User) -> Relationship:
    return RelationshipFactory(coach=bob, client=alice)


def give(relationship: Relationship, scopes: Any = ("matches",), until: Any = None) -> Consent:
    client = relationship.client
    with acting_as(client.pk):
        return give_consent(relationship=relationship, client=client, scopes=scopes, valid_until=until)


def change(consent: Consent, scopes: Any, until: Any = None, seen: int | None = None) -> Any:
    with acting_as(consent.client_id):
        return change_consent(
            consent=consent,
            scopes=scopes,
            valid_until=until,
            seen_revision=consent.revision if seen is None else seen,
        )


def revoke(consent: Consent) -> None:
    with acting_as(consent.client_id):
        revoke_consent(consent=consent)


def granted(relationship: Relationship) -> set[str]:
    with acting_as(relationship.coach_id):
        found = granted_scopes(coach=relationship.coach)
        return set(found.get(relationship.client_id, ()))


def mails(kind: str) -> list[tuple[Any, Any]]:
    with as_role("relevnt_worker"):
        return list(Mail.objects.filter(kind=kind).values_list("user_id", "recipient_id"))


def events(relationship: Relationship) -> list[str]:
    with acting_as(relationship.client_id):
        return list(RelationshipEvent.objects.order_by("at").values_list("what", flat=True))


# --- given ------------------------------------------------------------------------------------------------------------


def test_consent_opens_its_scopes_in_one_order_and_the_coach_is_told(relationship: Relationship) -> None:
    consent = give(relationship, ["resume", "matches", "resume"], IN_MAY)

    assert consent.scopes == ["matches", "resume"]
    assert granted(relationship) == {"matches", "resume"}
    assert mails("consented") == [(relationship.client_id, relationship.coach_id)]


@pytest.mark.parametrize(
    ("scopes", "until", "field", "words"),
    [
        ([], None, "scopes", "Choose at least one"),
        (["papers"], None, "scopes", "“papers” is not one of"),
        (["matches", "MATCHES"], None, "scopes", "“MATCHES” is not one of"),
        (["matches"], timedelta(0), "valid_until", "This is past"),
        (["matches"], LONGEST + timedelta(hours=1), "valid_until", "within two years"),
    ],
)
def test_what_is_no_consent_is_refused_in_a_sentence(
    relationship: Relationship, scopes: list[str], until: timedelta | None, field: str, words: str
) -> None:
    at = timezone.now() + until if until is not None else None
    with pytest.raises(ValuesRefused) as refused:
        give(relationship, scopes, at)
    assert list(refused.value.faults) == [field]
    assert words in refused.value.faults[field][0]

    consent = ConsentFactory(relationship=relationship)
    with pytest.raises(ValuesRefused):
        change(consent, scopes, at)
    assert granted(relationship) == {"matches"}


def test_both_faults_are_told_at_once(relationship: Relationship) -> None:
    with pytest.raises(ValuesRefused) as refused:
        give(relationship, [], timezone.now() - timedelta(days=1))

    assert set(refused.value.faults) == {"scopes", "valid_until"}


def test_second_consent_is_refused_while_one_stands(relationship: Relationship) -> None:
    give(relationship)

    with pytest.raises(ConsentGiven):
        give(relationship, ["resume"])

    assert granted(relationship) == {"matches"}


def test_consent_to_a_relationship_of_others_is_gone(relationship: Relationship, charlie: User) -> None:
    with acting_as(charlie.pk), pytest.raises(Gone):
        give_consent(relationship=relationship, client=charlie, scopes=["matches"], valid_until=None)


def test_consent_to_what_has_ended_is_refused(relationship: Relationship, bob: User) -> None:
    with acting_as(bob.pk):
        end_relationship(relationship=relationship, coach=bob)

    with pytest.raises(NotTogether):
        give(relationship)


@pytest.mark.parametrize("lost", [{"is_coach": False}, {"is_active": False}])
def test_nothing_is_opened_to_a_coach_who_is_none_any_more(
    relationship: Relationship, lost: dict[str, bool]
) -> None:
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=relationship.coach_id).update(**lost)

    with pytest.raises(NotACoach) as refused:
        give(relationship)

    assert "is not a coach here any more" in refused.value.faults["coach"][0]


def test_coach_whose_account_is_deleted_is_gone(relationship: Relationship) -> None:
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=relationship.coach_id).delete()

    with pytest.raises(Gone):
        give(relationship)


# --- changed ----------------------------------------------------------------------------------------------------------


def test_change_holds_at_once_and_counts_the_revision(relationship: Relationship) -> None:
    consent = give(relationship, ["matches", "resume"], IN_MAY)

    changed = change(consent, ["learning"], None)

    assert (changed.narrowed, changed.consent.revision, changed.consent.valid_until) == (False, 2, None)
    assert granted(relationship) == {"learning"}
    assert events(relationship) == ["begun", "consented", "changed"]


def test_change_to_the_same_leaves_no_event(relationship: Relationship) -> None:
    consent = give(relationship, ["matches"], None)

    assert change(consent, ["matches"], None).consent.revision == 1
    assert events(relationship) == ["begun", "consented"]


@pytest.mark.parametrize(
    ("first", "second", "left"),
    [
        ((["matches"], None), (["matches", "resume"], None), (["matches"], None)),
        ((["matches", "resume"], IN_MAY), (["resume", "learning"], IN_JUNE), (["resume"], IN_MAY)),
        ((["matches"], None), (["matches"], IN_MAY), (["matches"], IN_MAY)),
        ((["matches"], IN_MAY), (["matches"], None), (["matches"], IN_MAY)),
        ((["matches"], None), (["resume"], None), ([], None)),
    ],
)
def test_of_two_devices_the_stricter_stands(
    relationship: Relationship, first: Any, second: Any, left: Any
) -> None:
    """Both saw the first revision; the second to arrive is told where it got less than it asked for."""
    consent = give(relationship, ["matches", "applications", "learning", "resume"], None)
    change(consent, *first, seen=1)

    changed = change(consent, *second, seen=1)

    assert (changed.consent.scopes, changed.consent.valid_until) == left
    assert changed.narrowed is (second != left)
    assert granted(relationship) == set(left[0])


def test_same_form_sent_twice_is_not_called_a_conflict(relationship: Relationship) -> None:
    consent = give(relationship, ["matches", "resume"])
    change(consent, ["matches"], IN_MAY, seen=1)

    assert not change(consent, ["matches"], IN_MAY, seen=1).narrowed


def test_after_a_conflict_the_new_form_may_widen_again(relationship: Relationship) -> None:
    consent = give(relationship, ["matches", "resume"])
    change(consent, ["matches"], seen=1)
    left = change(consent, ["resume"], seen=1).consent
    assert left.scopes == []

    assert change(left, ["resume"]).consent.scopes == ["resume"]


# --- revoked ----------------------------------------------------------------------------------------------------------


def test_revoking_cuts_at_once_and_the_coach_is_told_once(relationship: Relationship) -> None:
    consent = give(relationship)

    revoke(consent)
    revoke(consent)

    assert granted(relationship) == set()
    assert mails("ended") == [(relationship.client_id, relationship.coach_id)]
    assert events(relationship) == ["begun", "consented", "revoked"]


def test_revoked_one_is_not_changed_and_a_new_one_can_be_given(relationship: Relationship) -> None:
    consent = give(relationship)
    revoke(consent)

    with pytest.raises(ConsentRevoked) as refused:
        change(consent, ["matches"])
    assert "was revoked meanwhile" in refused.value.faults["scopes"][0]
    assert granted(relationship) == set()

    give(relationship, ["resume"])
    assert granted(relationship) == {"resume"}


def test_consent_of_somebody_else_is_gone(relationship: Relationship, charlie: User) -> None:
    consent = give(relationship)

    with acting_as(charlie.pk):
        with pytest.raises(Gone):
            revoke_consent(consent=consent)
        with pytest.raises(Gone):
            change_consent(consent=consent, scopes=["resume"], valid_until=None, seen_revision=1)
    assert granted(relationship) == {"matches"}


def test_coach_changes_nothing_of_a_consent(relationship: Relationship, bob: User) -> None:
    consent = give(relationship)

    with acting_as(bob.pk), pytest.raises(Gone):
        change_consent(consent=consent, scopes=["resume"], valid_until=None, seen_revision=1)

    assert granted(relationship) == {"matches"}


# --- at once ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def consent(transactional_db: None) -> Consent:
    coach = UserFactory(is_coach=True)
    return ConsentFactory(
        relationship=RelationshipFactory(coach=coach), scopes=["matches", "applications", "resume"]
    )


@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_leave_what_both_allow(consent: Consent) -> None:
    def changing(*scopes: str) -> Any:
        return lambda: change_consent(
            consent=consent, scopes=scopes, valid_until=None, seen_revision=consent.revision
        )

    told = while_open(
        consent.client,
        changing("matches", "resume"),
        as_person(consent.client, changing("applications", "resume")),
    )

    assert told.narrowed
    assert told.consent.scopes == ["resume"]
    assert granted(consent.relationship) == {"resume"}


@pytest.mark.django_db(transaction=True)
def test_revoking_wins_over_a_change_at_once(consent: Consent) -> None:
    def widen() -> Any:
        return change_consent(
            consent=consent, scopes=["matches", "learning"], valid_until=None, seen_revision=consent.revision
        )

    with pytest.raises(ConsentRevoked):
        while_open(
            consent.client,
            lambda: revoke_consent(consent=consent),
            as_person(consent.client, widen),
        )

    assert granted(consent.relationship) == set()


@pytest.mark.django_db(transaction=True)
def test_two_consents_at_once_are_one(transactional_db: None) -> None:
    both = RelationshipFactory(coach=UserFactory(is_coach=True))

    def giving(scope: str) -> Any:
        return lambda: give_consent(relationship=both, client=both.client, scopes=[scope], valid_until=None)

    with pytest.raises(ConsentGiven):
        while_open(both.client, giving("matches"), as_person(both.client, giving("resume")))

    assert granted(both) == {"matches"}
