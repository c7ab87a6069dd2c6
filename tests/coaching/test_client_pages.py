"""The client's pages: coaches, invitations, consent, asking; a clear sentence for whatever cannot be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from coaching.coaches import read_waiting, scope_words
from coaching.looks import granted_scopes
from coaching.models import Consent, Invitation, Relationship
from coaching.relationships import end_relationship, pause_relationship
from personas.identity import acting_as
from personas.models import User
from tests.factories import (
    ConsentFactory,
    InvitationFactory,
    RelationshipFactory,
    SuggestionFactory,
    UserFactory,
)
from tests.roles import OWNER_ROLE, as_role

pytestmark = pytest.mark.django_db

OVERVIEW = reverse("coaching:overview")
ASK = reverse("coaching:ask")


@pytest.fixture
def hers(client: Client, alice: User) -> Client:
    """A browser in which Alice is signed in."""
    client.force_login(alice)
    return client


@pytest.fixture
def relationship(alice: User, bob: User) -> Relationship:
    return RelationshipFactory(coach=bob, client=alice, notes="Agreed on Mondays.")


@pytest.fixture
def invitation(bob: User) -> Invitation:
    return InvitationFactory(user=bob, email="alice@example.com", message="Shall we?")


def address(row: Any, name: str = "") -> str:
    if isinstance(row, Relationship):
        return reverse(f"coaching:{name or 'relationship'}", args=[row.pk])
    return reverse(f"coaching:{name or 'invitation'}", args=[row.pk])


def read(browser: Client, url: str) -> str:
    answer = browser.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def told(answer: Any) -> str:
    """What a page that follows says."""
    return " ".join(str(each) for each in answer.context["messages"])


def granted(relationship: Relationship) -> set[str]:
    with acting_as(relationship.coach_id):
        return set(granted_scopes(coach=relationship.coach).get(relationship.client_id, ()))


def change(model: Any, pk: Any, **fields: Any) -> None:
    with as_role(OWNER_ROLE), acting_as(None):
        assert model.objects.filter(pk=pk).update(**fields) == 1


# --- all coaches ------------------------------------------------------------------------------------------------------


def test_without_a_coach_the_page_offers_to_ask_one(hers: Client) -> None:
    html = read(hers, OVERVIEW)

    assert "You have no coach" in html
    assert html.count('data-kind="filled"') == 1
    assert reverse("coaching:access") in html


def test_each_coach_stands_with_what_they_see(hers: Client, alice: User) -> None:
    until = timezone.now() + timedelta(days=30)
    kinds: dict[str, dict[str, Any]] = {
        "Ada": {"scopes": ["matches", "resume"]},
        "Bea": {"scopes": ["learning"], "valid_until": until},
        "Cleo": {"scopes": []},
        "Dana": {},
    }
    for name, consent in kinds.items():
        both = RelationshipFactory(coach=UserFactory(is_coach=True, display_name=name), client=alice)
        if consent:
            ConsentFactory(relationship=both, **consent)

    html = read(hers, OVERVIEW)

    assert "Sees matches and résumé, until you revoke it" in html
    assert "Sees learning, until " in html
    assert "Sees nothing" in html
    assert "Would like to coach you, and sees nothing until you say what" in html


def test_state_says_why_nothing_is_seen(hers: Client, alice: User, bob: User) -> None:
    consent = ConsentFactory(relationship=RelationshipFactory(coach=bob, client=alice))
    both = consent.relationship
    with acting_as(bob.pk):
        pause_relationship(relationship=both, coach=bob)
    assert "Has paused, and sees nothing until they go on" in read(hers, OVERVIEW)

    change(User, bob.pk, is_coach=False)
    assert "Is not a coach here any more, and sees nothing" in read(hers, OVERVIEW)

    with acting_as(bob.pk):
        end_relationship(relationship=both, coach=bob)
    assert "Has ended it, and sees nothing" in read(hers, OVERVIEW)


def test_consent_whose_end_has_passed_is_said_to_be_over(hers: Client, alice: User, bob: User) -> None:
    consent = ConsentFactory(relationship=RelationshipFactory(coach=bob, client=alice))
    at = timezone.now()
    change(Consent, consent.pk, valid_from=at - timedelta(days=9), valid_until=at - timedelta(days=1))

    html = read(hers, OVERVIEW)

    assert "Sees nothing any more: your consent was given until" in html
    assert "may look" not in html


def test_nothing_of_others_stands_on_the_page(hers: Client, bob: User, charlie: User) -> None:
    ConsentFactory(relationship=RelationshipFactory(coach=bob, client=charlie))
    InvitationFactory(user=bob, email=charlie.email)
    InvitationFactory(user=charlie, by_coach=False, email=bob.email)

    html = read(hers, OVERVIEW)

    assert "Bob" not in html
    assert "charlie@example.com" not in html


def test_invitation_waits_with_the_one_filled_button(hers: Client, invitation: Invitation) -> None:
    html = read(hers, OVERVIEW)

    assert "Bob would like to coach you" in html
    assert address(invitation) in html
    assert html.count('data-kind="filled"') == 1


def test_what_was_asked_and_not_answered_can_be_withdrawn(hers: Client, alice: User) -> None:
    asked = InvitationFactory(user=alice, by_coach=False, email="dora@example.com")
    assert "no answer yet" in read(hers, OVERVIEW)

    answer = hers.post(address(asked, "invitation_withdraw"), follow=True)

    assert "Withdrawn" in told(answer)
    assert "no answer yet" not in answer.content.decode()


def test_suggestions_that_wait_are_counted_and_led_to(hers: Client, alice: User, bob: User) -> None:
    both = ConsentFactory(
        relationship=RelationshipFactory(coach=bob, client=alice), scopes=["resume"]
    ).relationship
    SuggestionFactory(relationship=both)

    html = read(hers, OVERVIEW)

    assert "1 suggestion waits for your answer" in html
    assert reverse("coaching:suggestions") in html


def test_page_asks_the_database_as_often_for_twenty_coaches_as_for_one(hers: Client, alice: User) -> None:
    def add(number: int) -> None:
        for _each in range(number):
            ConsentFactory(relationship=RelationshipFactory(client=alice))
            InvitationFactory(email=alice.email)
            InvitationFactory(user=alice, by_coach=False)

    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            read(hers, OVERVIEW)
        return len(asked)

    add(1)
    count()
    one = count()
    add(19)

    assert count() == one


def test_visitor_is_asked_to_sign_in(client: Client, relationship: Relationship) -> None:
    for url in (OVERVIEW, ASK, address(relationship), reverse("coaching:access")):
        assert client.get(url).status_code == 302


# --- invitations ------------------------------------------------------------------------------------------------------


def test_invitation_is_accepted_with_scopes_and_a_last_day(
    hers: Client, alice: User, invitation: Invitation
) -> None:
    html = read(hers, address(invitation))
    assert "Shall we?" in html
    assert "What they never see, whatever you choose" in html

    last = timezone.localdate() + timedelta(days=10)
    answer = hers.post(
        address(invitation), {"scopes": ["matches", "learning"], "valid_until": last.isoformat()}, follow=True
    )

    assert told(answer) == "Accepted. Bob sees matches and learning."
    with acting_as(alice.pk):
        consent = Consent.objects.get()
        assert consent.scopes == ["matches", "learning"]
        # Alice keeps UTC: the end is when her last day is over.
        assert consent.valid_until.date() == last + timedelta(days=1)
    assert "until " in answer.content.decode()


def test_last_day_ends_on_the_persons_own_calendar(hers: Client, alice: User, invitation: Invitation) -> None:
    change(User, alice.pk, time_zone="America/Los_Angeles")
    last = (timezone.now() + timedelta(days=40)).date()

    hers.post(address(invitation), {"scopes": ["matches"], "valid_until": last.isoformat()})

    with acting_as(alice.pk):
        until = Consent.objects.get().valid_until
    assert until.hour in {7, 8}
    assert until.date() == last + timedelta(days=1)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "Choose at least one"),
        ({"scopes": ["papers"]}, "papers"),
        ({"scopes": ["matches"], "valid_until": "2020-01-01"}, "This is past"),
        ({"scopes": ["matches"], "valid_until": "2999-01-01"}, "within two years"),
        ({"scopes": ["matches"], "valid_until": "soon"}, "Give a day"),
    ],
)
def test_acceptance_that_cannot_be_is_explained_at_its_field(
    hers: Client, invitation: Invitation, data: dict[str, Any], sentence: str
) -> None:
    answer = hers.post(address(invitation), data)

    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    with acting_as(invitation.user_id):
        assert not Relationship.objects.exists()


def test_invitation_is_declined(hers: Client, invitation: Invitation) -> None:
    answer = hers.post(address(invitation, "invitation_decline"), follow=True)

    assert told(answer) == "Declined. Bob is told so."
    assert "You declined this on" in read(hers, address(invitation))
    answer = hers.post(address(invitation), {"scopes": ["matches"]})
    assert "You declined this on" in answer.content.decode()


def test_somebody_elses_and_an_unknown_invitation_look_alike(
    hers: Client, alice: User, invitation: Invitation, bob: User
) -> None:
    foreign = InvitationFactory(user=bob, email="charlie@example.com", message="zq-secret")
    pages = [hers.get(reverse("coaching:invitation", args=[key])) for key in (foreign.pk, uuid4())]

    assert [each.status_code for each in pages] == [404, 404]
    bodies = [each.content.decode() for each in pages]
    assert all("There is none of this address for alice@example.com" in each for each in bodies)
    assert not any("Bob" in each or "zq-secret" in each for each in bodies)
    for name in ("invitation_decline", "invitation_withdraw"):
        assert hers.post(address(foreign, name)).status_code == 404
    assert hers.post(address(foreign), {"scopes": ["matches"]}).status_code == 404


def test_sender_is_shown_no_form_to_answer_with(client: Client, bob: User, invitation: Invitation) -> None:
    client.force_login(bob)

    assert client.get(address(invitation)).status_code == 404


def test_expired_withdrawn_and_powerless_ones_say_so(hers: Client, bob: User, invitation: Invitation) -> None:
    change(User, bob.pk, is_coach=False)
    assert "Bob is not a coach here any more" in read(hers, address(invitation))
    answer = hers.post(address(invitation), {"scopes": ["matches"]})
    assert "Bob is not a coach here any more" in answer.content.decode()
    change(User, bob.pk, is_coach=True)

    change(Invitation, invitation.pk, expires_at=timezone.now() - timedelta(hours=1))
    assert "This could be accepted until" in read(hers, address(invitation))
    answer = hers.post(address(invitation), {"scopes": ["matches"]})
    assert "could be accepted until" in answer.content.decode()

    change(Invitation, invitation.pk, answer="withdrawn")
    assert "Bob has withdrawn this" in read(hers, address(invitation))


def test_accepted_one_leads_to_the_coach(hers: Client, invitation: Invitation) -> None:
    hers.post(address(invitation), {"scopes": ["matches"]})

    answer = hers.get(address(invitation))

    assert answer.status_code == 302
    assert "/coaching/coaches/" in answer["Location"]


def test_who_work_together_already_are_led_to_what_is_seen(
    hers: Client, invitation: Invitation, relationship: Relationship
) -> None:
    answer = hers.post(address(invitation), {"scopes": ["matches"]}, follow=True)

    assert "work together already" in told(answer)
    assert answer.redirect_chain[-1][0] == address(relationship)
    assert granted(relationship) == set()


def test_coach_who_is_deleted_while_the_page_stands_open(
    hers: Client, bob: User, invitation: Invitation
) -> None:
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=bob.pk).delete()

    assert hers.post(address(invitation), {"scopes": ["matches"]}).status_code == 404


# --- asking -----------------------------------------------------------------------------------------------------------


def test_coach_is_asked_and_agrees(client: Client, alice: User, bob: User) -> None:
    client.force_login(alice)
    answer = client.post(ASK, {"email": "BOB@example.com", "message": "Please."}, follow=True)
    assert "Asked." in told(answer)
    asked = _sent_by(alice)

    client.force_login(bob)
    html = read(client, OVERVIEW)
    assert "Alice asks you to coach them" in html
    assert "Please." in html
    answer = client.post(address(asked), follow=True)

    assert "You coach Alice now" in told(answer)
    client.force_login(alice)
    assert "Would like to coach you" in read(client, OVERVIEW)


def test_request_has_a_page_of_its_own(client: Client, alice: User, bob: User) -> None:
    asked = InvitationFactory(user=alice, by_coach=False, email=bob.email, message="Please.")
    client.force_login(bob)

    html = read(client, address(asked))

    assert "Alice asks you to coach them" in html
    assert html.count('data-kind="filled"') == 1
    answer = client.post(address(asked, "invitation_decline"), follow=True)
    assert told(answer) == "Declined. Alice is told so."
    assert "You declined this on" in read(client, address(asked))
    assert "declined this already" in told(client.post(address(asked), follow=True))


def test_who_is_no_coach_can_only_decline(client: Client, alice: User, charlie: User) -> None:
    asked = InvitationFactory(user=alice, by_coach=False, email=charlie.email)
    client.force_login(charlie)

    for html in (read(client, OVERVIEW), read(client, address(asked))):
        assert "You are not a coach here" in html
        assert "Agree" not in html
    assert "You are not a coach here" in told(client.post(address(asked), follow=True))


def test_address_that_cannot_be_asked_is_explained(hers: Client) -> None:
    for email, sentence in (
        ("", "Give an e-mail address"),
        ("Alice@example.com", "your own address"),
        ("nobody", "no e-mail address"),
    ):
        assert sentence in hers.post(ASK, {"email": email}).content.decode()


def test_page_of_asking_tells_nothing_of_accounts(hers: Client, bob: User, charlie: User) -> None:
    said = {
        told(hers.post(ASK, {"email": email}, follow=True))
        for email in ("bob@example.com", "charlie@example.com", "nobody@example.com")
    }

    assert len(said) == 1


def _sent_by(user: User) -> Invitation:
    with acting_as(user.pk):
        return Invitation.objects.owned_by(user).get()


# --- one coach --------------------------------------------------------------------------------------------------------


def test_page_of_a_coach_shows_scopes_notes_and_history(hers: Client, relationship: Relationship) -> None:
    ConsentFactory(relationship=relationship, scopes=["resume"])

    html = read(hers, address(relationship))

    assert "Sees résumé".lower() in html.lower()
    assert "Agreed on Mondays." in html
    assert "You let Bob see résumé, until you revoke it." in html
    assert "Your work with Bob began." in html
    assert "your résumés with their files" in html
    assert "What they never see, whatever you choose" in html
    assert "bob@example.com" in html


def test_bare_relationship_is_answered_with_a_consent(hers: Client, relationship: Relationship) -> None:
    assert "Let Bob see this" in read(hers, address(relationship))

    answer = hers.post(address(relationship), {"scopes": ["applications"]}, follow=True)

    assert told(answer) == "Bob now sees applications."
    assert granted(relationship) == {"applications"}


def test_consent_is_changed(hers: Client, relationship: Relationship) -> None:
    ConsentFactory(relationship=relationship, scopes=["matches", "resume"])

    answer = hers.post(address(relationship), {"scopes": ["resume"], "revision": "1"}, follow=True)

    assert told(answer) == "Changed. Bob sees résumé."
    assert granted(relationship) == {"resume"}


def test_change_from_an_old_page_is_narrowed_and_told(hers: Client, relationship: Relationship) -> None:
    ConsentFactory(relationship=relationship, scopes=["matches", "resume", "learning"])
    hers.post(address(relationship), {"scopes": ["matches", "resume"], "revision": "1"})

    answer = hers.post(
        address(relationship), {"scopes": ["resume", "learning"], "revision": "1"}, follow=True
    )

    assert "What both changes allow stands: Bob sees résumé." in told(answer)
    assert granted(relationship) == {"resume"}


@pytest.mark.parametrize("revision", ["", "0", "-1", "x", "99999999999"])
def test_form_without_a_true_revision_widens_nothing(
    hers: Client, relationship: Relationship, revision: str
) -> None:
    ConsentFactory(relationship=relationship, scopes=["matches"])

    hers.post(address(relationship), {"scopes": ["matches", "resume"], "revision": revision})

    assert granted(relationship) == {"matches"}


def test_same_last_day_lengthens_nothing(hers: Client, alice: User, relationship: Relationship) -> None:
    """An end within a day, as the API may set it, stays where it is when the form is saved."""
    until = timezone.now() + timedelta(days=3)
    consent = ConsentFactory(relationship=relationship, valid_until=until)
    day = until.date().isoformat()
    assert f'value="{day}"' in read(hers, address(relationship))

    hers.post(address(relationship), {"scopes": ["matches"], "valid_until": day, "revision": "1"})

    with acting_as(alice.pk):
        assert Consent.objects.get(pk=consent.pk).valid_until == until


def test_consent_is_revoked_after_a_question(hers: Client, relationship: Relationship) -> None:
    ConsentFactory(relationship=relationship)
    url = address(relationship, "consent_revoke")
    assert "Let Bob see nothing any more?" in read(hers, url)
    assert granted(relationship) == {"matches"}

    answer = hers.post(url, follow=True)

    assert told(answer) == "Revoked. Bob sees nothing from now on."
    assert granted(relationship) == set()
    assert "You revoked your consent." in answer.content.decode()
    assert "there is no consent" in told(hers.post(url, follow=True))


@pytest.mark.parametrize("anew", [False, True])
def test_page_that_is_older_than_a_revocation_opens_nothing(
    hers: Client, alice: User, relationship: Relationship, anew: bool
) -> None:
    """The other device revoked, or revoked and gave another consent since."""
    first = ConsentFactory(relationship=relationship, scopes=["matches", "resume"])
    old_page = {"scopes": ["matches", "learning"], "consent": str(first.pk), "revision": "1"}
    assert str(first.pk) in read(hers, address(relationship))
    hers.post(address(relationship, "consent_revoke"))
    if anew:
        hers.post(address(relationship), {"scopes": ["learning"]})

    answer = hers.post(address(relationship), old_page, follow=True)

    assert "was revoked meanwhile and stays so" in told(answer)
    assert granted(relationship) == ({"learning"} if anew else set())


def test_page_that_showed_no_consent_widens_none_that_was_given_meanwhile(
    hers: Client, relationship: Relationship
) -> None:
    ConsentFactory(relationship=relationship, scopes=["learning"])

    hers.post(address(relationship), {"scopes": ["matches", "learning"]})

    assert granted(relationship) == {"learning"}


def test_consent_of_another_relationship_cannot_be_named(
    hers: Client, alice: User, relationship: Relationship
) -> None:
    other = ConsentFactory(relationship=RelationshipFactory(client=alice))

    answer = hers.post(
        address(relationship), {"scopes": ["resume"], "consent": str(other.pk), "revision": "1"}
    )

    assert answer.status_code == 404
    assert granted(other.relationship) == {"matches"}
    assert granted(relationship) == set()


@pytest.mark.parametrize("name", ["relationship", "consent_revoke"])
def test_coach_of_somebody_else_is_not_there(
    client: Client, bob: User, charlie: User, relationship: Relationship, name: str
) -> None:
    for somebody in (charlie, bob):
        client.force_login(somebody)
        assert client.get(address(relationship, name)).status_code == 404
        assert client.post(address(relationship, name), {"scopes": ["matches"]}).status_code == 404
    assert granted(relationship) == set()


def test_nothing_is_opened_to_one_that_has_ended(hers: Client, bob: User, relationship: Relationship) -> None:
    with acting_as(bob.pk):
        end_relationship(relationship=relationship, coach=bob)

    assert "<form class" not in read(hers, address(relationship))
    hers.post(address(relationship), {"scopes": ["matches"]})

    with acting_as(relationship.client_id):
        assert not Consent.objects.exists()


def test_coach_who_deletes_their_account_while_the_page_stands_open(
    hers: Client, bob: User, relationship: Relationship
) -> None:
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=bob.pk).delete()

    assert hers.post(address(relationship), {"scopes": ["matches"]}).status_code == 404


# --- today ------------------------------------------------------------------------------------------------------------


def test_today_says_what_of_coaching_waits(hers: Client, invitation: Invitation, alice: User) -> None:
    both = ConsentFactory(relationship=RelationshipFactory(client=alice), scopes=["resume"]).relationship
    SuggestionFactory(relationship=both)
    RelationshipFactory(client=alice)

    html = read(hers, reverse("today"))

    assert "An invitation to coaching waits for your answer." in html
    assert "A coach waits until you say what they may see." in html
    assert "A suggestion of your coach waits for your answer." in html


def test_today_is_silent_where_nothing_waits(hers: Client, alice: User, bob: User) -> None:
    ConsentFactory(relationship=RelationshipFactory(coach=bob, client=alice))
    InvitationFactory(user=bob, email="charlie@example.com")
    answered = InvitationFactory(email=alice.email)
    change(Invitation, answered.pk, answer="declined")

    assert "wait" not in read(hers, reverse("today"))
    with acting_as(alice.pk), CaptureQueriesContext(connection) as asked:
        assert not read_waiting(user=alice, at=timezone.now())
    assert len([each for each in asked if "coach_" in each["sql"]]) == 1


def test_client_who_revoked_is_not_nagged(alice: User, bob: User, hers: Client) -> None:
    both = ConsentFactory(relationship=RelationshipFactory(coach=bob, client=alice)).relationship
    hers.post(address(both, "consent_revoke"))

    with acting_as(alice.pk):
        assert not read_waiting(user=alice, at=timezone.now())


@pytest.mark.parametrize(
    ("scopes", "words"),
    [
        ([], "nothing"),
        (["resume"], "résumé"),
        (["resume", "matches"], "matches and résumé"),
        (["resume", "learning", "matches"], "matches, learning and résumé"),
    ],
)
def test_scopes_stand_in_words(scopes: list[str], words: str) -> None:
    assert scope_words(scopes) == words
