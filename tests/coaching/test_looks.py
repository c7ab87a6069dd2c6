"""Looking at a client's rows: what opens them, for how long, and what it leaves behind."""

from __future__ import annotations

import pytest

from coaching import looks
from coaching.models import AccessEntry, Consent, Relationship
from matching.models import Match
from personas.identity import acting_as
from personas.models import Resume, User
from personas.services import ValuesRefused
from tests.factories import (
    ConsentFactory,
    MatchFactory,
    PersonaFactory,
    RelationshipFactory,
    ResumeFactory,
)


@pytest.fixture
def consent(alice: User, bob: User) -> Consent:
    """Alice lets Bob see her matches."""
    MatchFactory(persona=PersonaFactory(user=alice))
    ResumeFactory(user=alice)
    return ConsentFactory(relationship=RelationshipFactory(coach=bob, client=alice), scopes=["matches"])


def look(consent: Consent, *scopes: str) -> None:
    looks.look_at_client(
        coach=consent.coach, relationship=consent.relationship, scopes=scopes or ["matches"], page="matches"
    )


def entries_about(person: User) -> list[AccessEntry]:
    with acting_as(person.pk):
        return list(AccessEntry.objects.owned_by(person))


def test_without_a_look_the_coach_reads_nothing(consent: Consent) -> None:
    with acting_as(consent.coach_id):
        assert Match.objects.count() == 0


def test_look_opens_what_is_granted_and_writes_one_entry(consent: Consent, alice: User) -> None:
    with acting_as(consent.coach_id):
        look(consent)

        assert Match.objects.count() == 1
        assert Resume.objects.count() == 0
    (entry,) = entries_about(alice)
    assert (entry.viewer_id, entry.viewer_name, entry.page, entry.scopes) == (
        consent.coach_id,
        "Bob",
        "matches",
        ["matches"],
    )


def test_look_at_more_than_is_granted_is_refused_and_leaves_no_entry(consent: Consent, alice: User) -> None:
    with acting_as(consent.coach_id):
        with pytest.raises(looks.NotGranted):
            look(consent, "matches", "resume")

        assert Match.objects.count() == 0
    assert entries_about(alice) == []


def test_narrowing_cuts_the_look_that_is_open(consent: Consent, alice: User) -> None:
    with acting_as(consent.coach_id):
        look(consent)
        assert Match.objects.count() == 1
        with acting_as(alice.pk):
            Consent.objects.filter(pk=consent.pk).update(scopes=["learning"])

        assert Match.objects.count() == 0


@pytest.mark.parametrize("status", ["paused", "ended"])
def test_pausing_and_ending_cut_the_look_that_is_open(consent: Consent, status: str) -> None:
    with acting_as(consent.coach_id):
        look(consent)
        Relationship.objects.filter(pk=consent.relationship_id).update(status=status)

        assert Match.objects.count() == 0
        with pytest.raises(looks.NotGranted):
            look(consent)


def test_several_clients_each_with_what_they_grant(consent: Consent, charlie: User, alice: User) -> None:
    other = ConsentFactory(
        relationship=RelationshipFactory(coach=consent.coach, client=charlie), scopes=["resume"]
    )
    ResumeFactory(user=charlie)
    with acting_as(consent.coach_id):
        opened = looks.look_at_clients(
            coach=consent.coach, relationships=[consent.relationship, other.relationship], page="desk"
        )

        assert opened == {alice.pk: {"matches"}, charlie.pk: {"resume"}}
        assert [row.user_id for row in Match.objects.all()] == [alice.pk]
        assert [row.user_id for row in Resume.objects.all()] == [charlie.pk]
    assert len(entries_about(alice)) == len(entries_about(charlie)) == 1


def test_staff_look_with_a_reason_alone(alice: User, staff: User, consent: Consent) -> None:
    with acting_as(staff.pk):
        with pytest.raises(ValuesRefused):
            looks.look_at_person(staff=staff, person=alice, reason=" ", scopes=["resume"], page="resumes")
        assert Resume.objects.count() == 0

        looks.look_at_person(
            staff=staff, person=alice, reason="She asked for help", scopes=["resume"], page="resumes"
        )
        assert Resume.objects.count() == 1
        assert Match.objects.count() == 0
    (entry,) = entries_about(alice)
    assert entry.reason == "She asked for help"


def test_viewer_reads_no_entries_of_earlier_looks_and_the_client_all(
    consent: Consent, alice: User, charlie: User
) -> None:
    with acting_as(consent.coach_id):
        look(consent)
    with acting_as(charlie.pk):
        assert AccessEntry.objects.count() == 0
    assert len(entries_about(alice)) == 1


def test_consent_narrowed_between_the_check_and_the_entry_is_not_granted(
    consent: Consent, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen_before = {alice.pk: frozenset({"matches", "resume"})}
    monkeypatch.setattr(looks, "granted_scopes", lambda coach, at=None: seen_before)
    with acting_as(consent.coach_id):
        with pytest.raises(looks.NotGranted):
            look(consent, "resume")
        opened = looks.look_at_clients(
            coach=consent.coach, relationships=[consent.relationship], page="desk", scopes=["resume"]
        )

        assert opened == {}
        assert Resume.objects.count() == 0
    assert entries_about(alice) == []
