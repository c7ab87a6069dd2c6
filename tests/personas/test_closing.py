"""Closing an account: asked for, taken back, and then nothing left of it anywhere."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.db import connection
from django.db.utils import ProgrammingError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from redis import Redis
from rest_framework.test import APIClient

from autoapply.applications import NothingToApplyTo, apply_by_hand
from autoapply.candidates import read_openings
from autoapply.models import Application, Standing
from autoapply.sent_marks import mark_of, marked
from coaching.models import SCOPES
from personas import closing
from personas.identity import acting_as
from personas.models import AccountClosing, AccountDeletion, User
from personas.row_security import WORKER_ROLE
from personas.services import ValuesRefused
from personas.tasks import delete_due_accounts, tell_of_closing
from tests.autoapply.machine import open_job
from tests.conftest import ForgetfulClient
from tests.everything import everything_of
from tests.factories import (
    ApplicationFactory,
    ConsentFactory,
    InvitationFactory,
    PrivateNoteFactory,
    RelationshipFactory,
    ResumeFactory,
    ResumeFileFactory,
    SocialAccountFactory,
    UserFactory,
)
from tests.roles import OWNER_ROLE, as_role

PASSWORD = "eleven green bottles"
CANARY = "zq-canary"


def with_password(user: User) -> User:
    user.set_password(PASSWORD)
    with acting_as(user.pk):
        user.save(update_fields=["password"])
    return user


@pytest.fixture
def ada(db: None) -> User:
    """Somebody with a password."""
    return with_password(UserFactory(email="ada@example.com"))


def ask(user: User, **values: Any) -> AccountClosing:
    with acting_as(user.pk):
        return closing.ask_to_close(user=user, **{"password": PASSWORD, "now": timezone.now(), **values})


def make_due(user: User) -> None:
    """As a fortnight later."""
    with as_role(OWNER_ROLE):
        long_ago = timezone.now() - timedelta(days=15)
        AccountClosing.objects.filter(pk=user.pk).update(
            asked_at=long_ago, due_at=timezone.now() - timedelta(days=1)
        )


def run() -> int:
    with as_role(WORKER_ROLE):
        return int(delete_due_accounts())


def is_there(user: User) -> bool:
    return bool(User.objects.filter(pk=user.pk).exists())


def test_closing_leaves_a_fortnight_and_stops_sending_at_once(ada: User) -> None:
    row = ask(ada)

    assert row.due_at - row.asked_at == timedelta(days=14)
    with acting_as(ada.pk):
        assert Standing.objects.get(user=ada).paused_at is not None
    assert run() == 0
    assert is_there(ada)


def test_asked_again_the_first_day_stays(ada: User) -> None:
    first = ask(ada)
    again = ask(ada, now=timezone.now() + timedelta(days=3))

    assert (again.due_at, again.receipt) == (first.due_at, first.receipt)


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD.upper()])
def test_wrong_password_closes_nothing(ada: User, password: str) -> None:
    with pytest.raises(ValuesRefused):
        ask(ada, password=password)

    with acting_as(ada.pk):
        assert closing.closing_of(ada) is None


def test_kept_account_stays(ada: User) -> None:
    ask(ada)
    make_due(ada)
    with acting_as(ada.pk):
        assert closing.keep_account(user=ada)
        assert not closing.keep_account(user=ada)

    assert run() == 0
    assert is_there(ada)


def test_nothing_is_deleted_while_something_is_on_its_way_out(ada: User) -> None:
    ask(ada)
    make_due(ada)
    application = ApplicationFactory(user=ada)
    with as_role(OWNER_ROLE), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE auto_apply_applications DISABLE TRIGGER USER")
        Application.objects.filter(pk=application.pk).update(
            status="submitting",
            lease_until=timezone.now() + timedelta(minutes=1),
            approved_at=timezone.now(),
            hold_until=timezone.now(),
        )
        cursor.execute("ALTER TABLE auto_apply_applications ENABLE TRIGGER USER")

    assert run() == 0
    assert is_there(ada)


def test_worker_deletes_nobody_who_did_not_ask_or_whose_time_is_not_over(ada: User, charlie: User) -> None:
    ask(ada)
    for user in (ada, charlie):
        refused = pytest.raises(ProgrammingError)
        with as_role(WORKER_ROLE), refused, acting_as(user.pk), connection.cursor() as cursor:
            cursor.execute("DELETE FROM users WHERE id = %s", [user.pk])
        assert is_there(user)


def test_one_that_fails_keeps_no_other(ada: User, charlie: User, caplog: pytest.LogCaptureFixture) -> None:
    with_password(charlie)
    for user in (ada, charlie):
        ask(user)
        make_due(user)
    with as_role(OWNER_ROLE), connection.cursor() as cursor:
        # Something of theirs that the database does not let go.
        cursor.execute("CREATE TABLE stays (user_id uuid REFERENCES users (id) DEFERRABLE)")
        cursor.execute("INSERT INTO stays VALUES (%s)", [ada.pk])

    assert run() == 1

    assert is_there(ada)
    assert not is_there(charlie)
    assert "could not be deleted" in caplog.text
    assert "ada@example.com" not in caplog.text


def tables_that_hold(*words: str) -> set[str]:
    """Every table of the database with a row in which one of the words stands, seen by their owner."""
    found = set()
    with as_role(OWNER_ROLE), connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        for (table,) in cursor.fetchall():
            for word in words:
                # bytea is written as hexadecimal digits.
                cursor.execute(
                    f"SELECT 1 FROM {table} t WHERE t::text ILIKE %s OR t::text LIKE %s LIMIT 1",
                    [f"%{word}%", f"%{word.encode().hex()}%"],
                )
                if cursor.fetchone():
                    found.add(table)
    return found


def test_nothing_is_left_of_a_deleted_account(ada: User, bob: User, staff: User) -> None:
    rows = everything_of(ada)
    with as_role(OWNER_ROLE):
        AccountClosing.objects.filter(pk=ada.pk).delete()
    ResumeFileFactory(
        resume=ResumeFactory(user=ada, title=f"{CANARY} CV", text=CANARY), content=CANARY.encode()
    )
    relationship = RelationshipFactory(coach=bob, client=ada, notes=CANARY)
    ConsentFactory(relationship=relationship, scopes=list(SCOPES))
    PrivateNoteFactory(relationship=relationship, body=f"{CANARY} note")
    InvitationFactory(user=bob, email=ada.email, message="Shall we?")
    SocialAccountFactory(user=ada, uid=f"{CANARY} name", extra_data={"email": f"{CANARY}@example.com"})
    browser = ForgetfulClient(HTTP_USER_AGENT=f"{CANARY} agent")
    browser.post(reverse("account_login"), {"login": ada.email, "password": PASSWORD})
    desk = ForgetfulClient()
    desk.force_login(staff)
    desk.post(reverse("admin:personas_user_change", args=[ada.pk]), {"is_active": "on"})
    ask(ada)
    make_due(ada)
    before = tables_that_hold(str(ada.pk), CANARY, "ada@example.com")
    assert {"users", "resumes", "resume_files", "coach_private_notes", "coach_invitations"} <= before
    assert {"usersessions_usersession", "django_admin_log", "access_log"} & before
    assert "socialaccount_socialaccount" in before

    assert run() == 1

    assert tables_that_hold(str(ada.pk), CANARY, "ada@example.com") == set()
    assert browser.get(reverse("personas:account")).status_code == 302
    assert rows
    with as_role(WORKER_ROLE):
        (receipt,) = AccountDeletion.objects.all()
    assert str(receipt.pk) in mail.outbox[-1].body
    assert mail.outbox[-1].to == ["ada@example.com"]
    broker = Redis.from_url(django_settings.REDIS_URL)
    for key in broker.scan_iter(count=1000):
        assert CANARY.encode() not in key
        assert str(ada.pk).encode() not in key
        assert b"ada@example.com" not in key
    assert run() == 0


def test_coach_who_leaves_takes_only_their_own(ada: User) -> None:
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=ada.pk).update(is_coach=True)
    client = UserFactory(email="client@example.com")
    everything_of(client)
    RelationshipFactory(coach=ada, client=client)
    ask(ada)
    make_due(ada)

    assert run() == 1

    assert not is_there(ada)
    assert is_there(client)
    assert {"users", "resumes", "user_personas"} <= tables_that_hold(str(client.pk))


def test_rules_do_not_act_again_while_the_account_closes(client: Client, api: APIClient, ada: User) -> None:
    ask(ada)
    client.force_login(ada)
    api.force_login(ada)

    page = client.post(reverse("autoapply:pause"), {"on": "no"}, follow=True).content.decode()
    answer = api.post("/api/v1/auto-apply/pause/", {"paused": False})

    assert "Keep it first, then let your rules act again." in page
    assert answer.status_code == 400
    with acting_as(ada.pk):
        assert Standing.objects.get(user=ada).paused_at is not None
        closing.keep_account(user=ada)
    assert api.post("/api/v1/auto-apply/pause/", {"paused": False}).status_code == 200


# --- pages, API, mail --------------------------------------------------------------------------------------------------


def test_pages_lead_through_it_and_back(client: Client, ada: User) -> None:
    client.force_login(ada)
    address = reverse("personas:close_account")
    assert "In 14 days everything" in client.get(address).content.decode()
    assert "That is not your password." in client.post(address, {"password": "no"}).content.decode()

    page = client.post(address, {"password": PASSWORD}, follow=True).content.decode()

    assert "Your account is deleted on" in page
    assert "Your account is deleted on" in client.get(reverse("today")).content.decode()
    kept = client.post(reverse("personas:keep_account"), follow=True).content.decode()
    assert "Your account stays." in kept
    assert "Your account is deleted on" not in kept


def test_guessing_the_password_has_a_limit(client: Client, ada: User, settings: Any) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "closing"}
    }
    client.force_login(ada)
    address = reverse("personas:close_account")
    for _guess in range(10):
        client.post(address, {"password": "guess"})

    page = client.post(address, {"password": PASSWORD}).content.decode()

    assert "Too many attempts." in page
    with acting_as(ada.pk):
        assert closing.closing_of(ada) is None


def test_api_leads_through_it_and_back(api: APIClient, ada: User) -> None:
    api.force_login(ada)
    nothing = {"asked_at": None, "due_at": None, "receipt": None}
    assert api.get("/api/v1/me/closing/").json() == nothing
    assert api.post("/api/v1/me/closing/", {"password": "no"}).status_code == 400

    made = api.post("/api/v1/me/closing/", {"password": PASSWORD})

    assert made.status_code == 201
    assert UUID(made.json()["receipt"])
    assert api.get("/api/v1/me/closing/").json() == made.json()
    assert api.delete("/api/v1/me/closing/").status_code == 204
    assert api.get("/api/v1/me/closing/").json() == nothing


def test_mail_tells_how_to_keep_it_unless_it_is_kept(ada: User) -> None:
    row = ask(ada)
    with as_role(WORKER_ROLE):
        assert tell_of_closing(user_id=str(ada.pk))
    (letter,) = mail.outbox
    assert letter.to == ["ada@example.com"]
    assert str(row.receipt) in letter.body
    assert reverse("personas:my_data") in letter.body

    with acting_as(ada.pk):
        closing.keep_account(user=ada)
    with as_role(WORKER_ROLE):
        assert not tell_of_closing(user_id=str(ada.pk))
    assert len(mail.outbox) == 1


def test_mail_server_that_is_away_keeps_nobody(ada: User, settings: Any, caplog: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    ask(ada)
    make_due(ada)

    assert run() == 1

    assert not is_there(ada)
    assert "did not leave" in caplog.text
    assert "ada@example.com" not in caplog.text


def test_whoever_comes_back_does_not_apply_twice(ada: User) -> None:
    sent_to, stayed_with = open_job(), open_job()
    with acting_as(ada.pk):
        sent = apply_by_hand(user=ada, job=sent_to, persona=None)
        stayed = apply_by_hand(user=ada, job=stayed_with, persona=None)
    with as_role(OWNER_ROLE), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE auto_apply_applications DISABLE TRIGGER USER")
        Application.objects.filter(pk=sent.pk).update(status="withdrawn", response_status=200)
        cursor.execute("ALTER TABLE auto_apply_applications ENABLE TRIGGER USER")
    ask(ada)
    make_due(ada)
    assert run() == 1

    again = UserFactory(email="ada@example.com")

    with acting_as(again.pk):
        assert marked(again.email, [sent.apply_key, stayed.apply_key]) == {sent.apply_key}
        with pytest.raises(NothingToApplyTo) as refused:
            apply_by_hand(user=again, job=sent_to, persona=None)
        assert "that was deleted" in str(refused.value.faults)
        openings = read_openings(
            rule=None,
            user=again,
            persona=None,
            job_ids=[sent_to.pk, stayed_with.pk],
            at=timezone.now(),
            slots=None,
        )
        assert (openings[sent_to.pk].candidate.applied, openings[stayed_with.pk].candidate.applied) == (
            True,
            False,
        )
        assert apply_by_hand(user=again, job=stayed_with, persona=None).apply_key == stayed.apply_key
    stranger = UserFactory(email="grace@example.com")
    with acting_as(stranger.pk):
        assert apply_by_hand(user=stranger, job=sent_to, persona=None)


def test_marks_tell_nobody_anything(ada: User) -> None:
    first, second = (
        mark_of("ada@example.com", "greenhouse acme 1"),
        mark_of(" ADA@example.com ", "greenhouse acme 1"),
    )

    assert first == second
    assert re.fullmatch("[0-9a-f]{64}", first)
    assert first != mark_of("ada@example.com", "greenhouse acme 2")
