"""Mails of coaching: written with the change, sent once, in the reader's language, leading to the page."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_string, policy
from pathlib import Path
from typing import Any

import pytest
from django.core import mail as django_mail
from django.utils import timezone

from coaching import invitations, mails
from coaching.consents import give_consent, revoke_consent
from coaching.models import Consent, Invitation, Mail, Relationship
from coaching.relationships import end_relationship
from coaching.tasks import send_mails
from personas.identity import acting_as
from personas.models import User
from personas.row_security import WORKER_ROLE
from tests.autoapply.test_dispatch import free_port
from tests.autoapply.test_reaping import say_in_german
from tests.employers.client import call
from tests.employers.server import Employers
from tests.factories import ConsentFactory, RelationshipFactory, UserFactory
from tests.roles import OWNER_ROLE, as_role

pytestmark = pytest.mark.django_db

HOME = "https://relevnt.example.org"


@pytest.fixture
def letters(settings: Any) -> list[Any]:
    """What people were written."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.PUBLIC_URL = HOME
    django_mail.outbox.clear()
    return django_mail.outbox


@pytest.fixture
def post_office(employers: Employers, settings: Any) -> Iterator[Employers]:
    """A mail server that behaves as it is told."""
    host, port = employers.smtp
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = host, port
    yield employers
    # Answered after whatever connected before: nobody stops in the middle of a greeting.
    call("GET", f"http://127.0.0.1:{employers.port}/admin/counts")


def send() -> int:
    with as_role(WORKER_ROLE):
        return mails.send_mails()


def tell_ends() -> int:
    with as_role(WORKER_ROLE):
        return mails.tell_ends()


def invite(coach: User, email: str = "alice@example.com", message: str = "") -> Invitation:
    with acting_as(coach.pk):
        return invitations.invite_client(coach=coach, email=email, message=message)


def ask(client: User, email: str = "bob@example.com", message: str = "") -> Invitation:
    with acting_as(client.pk):
        return invitations.ask_coach(client=client, email=email, message=message)


def accept(client: User, invitation: Invitation) -> Relationship:
    with acting_as(client.pk):
        return invitations.accept_invitation(
            invitation=invitation, client=client, scopes=["matches"], valid_until=None
        )


def agree(coach: User, invitation: Invitation) -> Relationship:
    with acting_as(coach.pk):
        return invitations.accept_request(invitation=invitation, coach=coach)


def rows() -> list[tuple[str, bool, str]]:
    """The kind of each mail, whether it is called sent, and why not."""
    with as_role(WORKER_ROLE):
        found = Mail.objects.order_by("created_at", "kind")
        return [(each.kind, each.sent_at is not None, each.refused) for each in found]


def forget() -> None:
    """Send what has been written so far, and look at none of it."""
    send()
    django_mail.outbox.clear()


def change(model: Any, pk: Any, **fields: Any) -> None:
    """Change a row as only the owner of the tables can."""
    with as_role(OWNER_ROLE), acting_as(None):
        assert model.objects.filter(pk=pk).update(**fields) == 1


# --- what each says ---------------------------------------------------------------------------------------------------


def test_invitation_goes_to_the_address_with_the_message_and_the_page(bob: User, letters: list[Any]) -> None:
    invitation = invite(bob, "dora@example.com", "We met.\n\nThe page: https://evil.example")

    assert send() == 1
    assert send() == 0

    (letter,) = letters
    assert letter.to == ["dora@example.com"]
    assert letter.subject == "Relevnt: Bob would like to coach you"
    assert f"{HOME}/coaching/invitations/{invitation.pk}/" in letter.body
    assert "bob@example.com" in letter.body
    # What somebody else wrote is marked line by line, so that it is not taken for ours.
    assert "> We met.\n>\n> The page: https://evil.example" in letter.body


def test_what_anybody_may_write_to_any_address_stays_on_the_page(alice: User, letters: list[Any]) -> None:
    ask(alice, message="Buy at https://evil.example")

    send()

    (letter,) = letters
    assert letter.subject == "Relevnt: Alice asks you to coach them"
    assert "evil" not in letter.message().as_string()


def test_html_says_the_same_and_is_escaped(bob: User, letters: list[Any]) -> None:
    invitation = invite(bob, message="<b>Now</b> & here: https://evil.example/<a>")

    send()

    ((html, kind),) = letters[0].alternatives
    assert kind == "text/html"
    assert "&lt;b&gt;Now&lt;/b&gt; &amp; here" in html
    assert html.count("<a href=") == 1
    assert f'<a href="{HOME}/coaching/invitations/{invitation.pk}/">' in html


def test_acceptance_tells_the_coach(alice: User, bob: User, letters: list[Any]) -> None:
    relationship = accept(alice, invite(bob))

    send()

    # The invitation was answered before its mail left, and is not told any more.
    (letter,) = letters
    assert (letter.to, letter.subject) == ([bob.email], "Relevnt: Alice has accepted")
    assert f"{HOME}/admin/coaching/relationship/{relationship.pk}/change/" in letter.body
    assert ("invited", True, "answered") in rows()


def test_agreement_tells_the_client_to_say_what_may_be_seen(
    alice: User, bob: User, letters: list[Any]
) -> None:
    relationship = agree(bob, ask(alice))

    send()

    (letter,) = letters
    assert letter.to == [alice.email]
    assert "They see nothing yet" in letter.body
    assert f"{HOME}/coaching/coaches/{relationship.pk}/" in letter.body


@pytest.mark.parametrize(("sender", "page"), [("coach", "/admin/"), ("client", "/coaching/")])
def test_refusal_tells_whoever_asked(
    alice: User, bob: User, letters: list[Any], sender: str, page: str
) -> None:
    invitation, user = (invite(bob), alice) if sender == "coach" else (ask(alice), bob)
    with acting_as(user.pk):
        invitations.decline_invitation(invitation=invitation, user=user)

    send()

    (letter,) = letters
    assert letter.to == [invitation.user.email]
    assert "has declined" in letter.subject
    assert f"{HOME}{page}\n" in letter.body


def test_consent_tells_the_coach_and_revoking_as_well(alice: User, bob: User, letters: list[Any]) -> None:
    relationship = RelationshipFactory(coach=bob, client=alice)
    with acting_as(alice.pk):
        consent = give_consent(relationship=relationship, client=alice, scopes=["matches"], valid_until=None)
    send()
    with acting_as(alice.pk):
        revoke_consent(consent=consent)
    send()

    assert [(each.to, each.subject) for each in letters] == [
        ([bob.email], "Relevnt: Alice has given you a consent"),
        ([bob.email], "Relevnt: Alice has revoked their consent"),
    ]


def test_end_tells_the_client(alice: User, bob: User, letters: list[Any]) -> None:
    relationship = RelationshipFactory(coach=bob, client=alice)
    with acting_as(bob.pk):
        end_relationship(relationship=relationship, coach=bob)

    send()

    (letter,) = letters
    assert (letter.to, letter.subject) == ([alice.email], "Relevnt: Bob has ended the coaching")


def test_mail_is_in_the_language_of_its_reader(
    alice: User, bob: User, letters: list[Any], settings: Any, tmp_path: Path
) -> None:
    say_in_german(tmp_path, settings, "%(name)s would like to coach you", "%(name)s möchte Sie begleiten")
    change(User, alice.pk, locale="de")

    invite(bob)
    invite(bob, "nobody@example.com")
    send()

    subjects = {each.to[0]: each.subject for each in letters}
    assert subjects == {
        "alice@example.com": "Relevnt: Bob möchte Sie begleiten",
        "nobody@example.com": "Relevnt: Bob would like to coach you",
    }


# --- the end by its date ----------------------------------------------------------------------------------------------


@pytest.fixture
def over(alice: User, bob: User) -> Consent:
    """A consent that ended a minute ago."""
    consent = ConsentFactory(relationship=RelationshipFactory(coach=bob, client=alice))
    at = timezone.now()
    change(Consent, consent.pk, valid_from=at - timedelta(days=9), valid_until=at - timedelta(minutes=1))
    return consent


def test_consent_that_ended_by_its_date_is_told_to_both_once(
    over: Consent, alice: User, bob: User, letters: list[Any]
) -> None:
    assert (tell_ends(), tell_ends()) == (1, 0)
    send()

    told = {each.to[0]: each for each in letters}
    assert set(told) == {alice.email, bob.email}
    assert told[alice.email].subject == "Relevnt: The consent between you and Bob has ended"
    assert told[bob.email].subject == "Relevnt: The consent between you and Alice has ended"
    assert f"/coaching/coaches/{over.relationship_id}/" in told[alice.email].body
    assert "unless they give it again" in told[bob.email].body


def test_later_end_is_told_again(over: Consent) -> None:
    tell_ends()
    at = timezone.now()
    change(Consent, over.pk, end_told_at=at - timedelta(hours=2), valid_until=at - timedelta(minutes=1))

    assert tell_ends() == 1


@pytest.mark.parametrize("why", ["lies ahead", "has none", "revoked", "opens nothing", "ended"])
def test_nothing_is_told_where_nothing_ended(over: Consent, why: str) -> None:
    at = timezone.now()
    if why == "lies ahead":
        change(Consent, over.pk, valid_until=at + timedelta(days=1))
    elif why == "has none":
        change(Consent, over.pk, valid_until=None)
    elif why == "revoked":
        change(Consent, over.pk, revoked_at=at)
    elif why == "opens nothing":
        change(Consent, over.pk, scopes=[])
    else:
        change(Relationship, over.relationship_id, status="ended")

    assert tell_ends() == 0
    assert rows() == []


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "Bob\r\nBcc: eve@example.com",
        "Bob\nSubject: other",
        "Bob\x0bBcc: eve@example.com",
        "Bob\u2028Bcc: eve@example.com",
        "Bob\x85Bcc: eve@example.com",
        "Bob\x1b[2J\x07",
        "x" * 255,
        "\u202eBob",
        "Bob <eve@example.com>",
    ],
)
def test_name_cannot_break_the_head_of_a_mail(bob: User, letters: list[Any], name: str) -> None:
    change(User, bob.pk, display_name=name)
    bob.refresh_from_db()
    invite(bob, message="Bcc: eve@example.com\r\n\r\n.\r\nQUIT")

    assert send() == 1

    (letter,) = letters
    assert letter.recipients() == ["alice@example.com"]
    assert all(each.isprintable() for each in letter.subject)
    assert len(letter.subject) < 200
    parsed = message_from_string(letter.message().as_string(), policy=policy.default)
    assert parsed["To"] == "alice@example.com"
    assert (parsed["Bcc"], parsed["Cc"]) == (None, None)
    assert len(parsed.get_all("Subject")) == 1


def test_address_that_no_mail_can_carry_keeps_nobody_else_waiting(
    alice: User, bob: User, letters: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    broken = invite(bob)
    change(Invitation, broken.pk, email="alice@example.com\nbcc: eve@example.com")
    invite(bob, "dora@example.com")

    with caplog.at_level(logging.WARNING):
        assert send() == 1

    assert [each.to for each in letters] == [["dora@example.com"]]
    assert ("invited", True, "BadHeaderError") in rows()
    assert "eve@example.com" not in caplog.text


# --- what has become old ----------------------------------------------------------------------------------------------


def test_withdrawn_invitation_is_not_sent(bob: User, letters: list[Any]) -> None:
    invitation = invite(bob)
    with acting_as(bob.pk):
        invitations.withdraw_invitation(invitation=invitation, user=bob)

    assert send() == 0
    assert letters == []


def test_account_that_may_not_sign_in_is_not_written_to(alice: User, bob: User, letters: list[Any]) -> None:
    accept(alice, invite(bob))
    change(User, bob.pk, is_active=False)

    assert send() == 0
    assert ("accepted", True, "account closed") in rows()


def test_mails_about_a_deleted_account_go_with_it(alice: User, bob: User, letters: list[Any]) -> None:
    accept(alice, invite(bob))
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=bob.pk).delete()

    assert send() == 0
    assert rows() == []


def test_mail_that_could_not_leave_for_days_is_given_up(bob: User, letters: list[Any]) -> None:
    invitation = invite(bob)
    (pk,) = _keys()
    change(Mail, pk, created_at=timezone.now() - timedelta(days=4))

    assert send() == 0
    assert rows() == [("invited", False, "gave up")]
    assert invitation.answer == "open"


def _keys() -> list[Any]:
    with as_role(WORKER_ROLE):
        return list(Mail.objects.values_list("pk", flat=True))


# --- the mail server --------------------------------------------------------------------------------------------------


def test_mail_goes_out_through_the_mail_server(bob: User, post_office: Employers) -> None:
    invite(bob)

    assert send() == 1
    assert len(post_office.record.arrivals()) == 1


def test_mail_server_that_is_away_is_tried_again(
    bob: User, post_office: Employers, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    invite(bob, "one@example.com")
    invite(bob, "two@example.com")
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, free_port()

    with caplog.at_level(logging.ERROR):
        assert send() == 0
    assert "mail server is away" in caplog.text
    assert "example.com" not in caplog.text
    assert rows() == [("invited", False, ""), ("invited", False, "")]

    settings.EMAIL_PORT = port
    assert send() == 2
    assert len(post_office.record.arrivals()) == 2


def test_address_that_is_refused_for_good_keeps_nobody_else_waiting(
    bob: User, post_office: Employers
) -> None:
    post_office.plan("one@example.com", "refused", status=550)
    invite(bob, "one@example.com")
    invite(bob, "two@example.com")

    assert (send(), send()) == (1, 0)
    assert sorted(rows()) == [("invited", True, ""), ("invited", True, "550")]


def test_address_that_is_refused_for_now_is_tried_again(bob: User, post_office: Employers) -> None:
    post_office.plan("one@example.com", "deferred", times=1, status=450)
    invite(bob, "one@example.com")

    assert (send(), send()) == (0, 1)
    assert rows() == [("invited", True, "")]


def test_task_tells_ends_and_sends_at_once(over: Consent, letters: list[Any]) -> None:
    with as_role(WORKER_ROLE):
        assert send_mails() == 2

    assert len(letters) == 2


def test_only_so_many_leave_at_once(bob: User, letters: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mails, "SENT_AT_ONCE", 2)
    for number in range(3):
        invite(bob, f"{number}@example.com")

    assert (send(), send(), send()) == (2, 1, 0)


@pytest.mark.django_db(transaction=True)
def test_mail_is_written_with_its_change_or_not_at_all(
    transactional_db: None,
) -> None:
    bob = UserFactory(is_coach=True)

    class Broken(Exception):
        """Raised in the middle of a request."""

    def break_off() -> None:
        with acting_as(bob.pk):
            invitations.invite_client(coach=bob, email="dora@example.com")
            raise Broken

    with pytest.raises(Broken):
        break_off()
    assert rows() == []
