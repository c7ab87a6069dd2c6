"""What was left behind: doubts are named, asked about and told once; kits and hopeless applications end."""

from __future__ import annotations

import logging
import struct
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as django_settings
from django.core import mail
from django.db import connection
from django.db.models.functions import Now

from autoapply import dispatch, employer_keys, reaping
from autoapply.applications import resolve_doubt
from autoapply.destination import read_destination
from autoapply.models import Application, EmployerKey, ReceiverHost, Rule
from autoapply.state_words import reason_words
from matching.models import Job, Match
from personas.identity import acting_as
from personas.models import User
from personas.row_security import WORKER_ROLE
from tests.autoapply.machine import (
    Applicant,
    change,
    forget_pace,
    go,
    make_applicant,
    open_job,
    prepare,
    queue,
    read,
)
from tests.autoapply.test_dispatch import free_port
from tests.employers.channels.smartrecruiters import uuid_of
from tests.employers.server import Employers
from tests.factories import JobFactory
from tests.roles import OWNER_ROLE, as_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Applicant:
    return make_applicant()


@pytest.fixture
def letters(settings: Any) -> list[Any]:
    """What people were written."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    return mail.outbox


def claim(application: Application) -> Application:
    """A worker claims it and is never seen again."""
    forget_pace()
    with as_role(WORKER_ROLE), acting_as(application.user_id):
        claimed = dispatch._claim(application.pk, "gone")
    assert claimed is not None
    return claimed


def reap(what: Any) -> int:
    with as_role(WORKER_ROLE):
        return int(what())


def say_in_german(place: Path, settings: Any, english: str, german: str) -> None:
    """Translate one sentence, as a catalog of messages does."""
    where = place / "de" / "LC_MESSAGES"
    where.mkdir(parents=True)
    # The binary form of a catalog: a head, where each text lies, and the texts.
    texts = [b"", english.encode(), b"Content-Type: text/plain; charset=UTF-8\n", german.encode()]
    start = 28 + 8 * len(texts)
    table, body = b"", b""
    for text in texts:
        table += struct.pack("<2I", len(text), start + len(body))
        body += text + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, 2, 28, 28 + 16, 0, 28 + 32)
    (where / "django.mo").write_bytes(head + table + body)
    settings.LOCALE_PATHS = [place]


def doubtful(application: Application, *, hours: float = 0) -> Application:
    """The application as a doubt of so many hours."""
    claim(prepare(application))
    change(application, lease_until=Now() - timedelta(seconds=1))
    assert reap(reaping.name_abandoned) == 1
    return change(application, unknown_at=Now() - timedelta(hours=hours), next_at=Now())


# --- abandoned ---------------------------------------------------------------------------------------------------------


def test_sending_whose_worker_is_gone_is_a_doubt(ada: Applicant, boards: Employers) -> None:
    application = prepare(queue(ada))
    claim(application)
    assert reap(reaping.name_abandoned) == 0
    assert read(application).status == "submitting"
    change(application, lease_until=Now() - timedelta(seconds=1))

    assert reap(reaping.name_abandoned) == 1

    application = read(application)
    assert (application.status, application.moved_because, application.unknown_because) == (
        "unknown",
        "worker_gone",
        "worker_gone",
    )
    assert application.unknown_at is not None
    assert application.lease_until is None
    assert application.user_slot is not None
    assert reap(reaping.name_abandoned) == 0


def test_one_that_cannot_be_looked_after_keeps_nobody_elses_waiting(
    boards: Employers, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = (claim(prepare(queue(make_applicant()))) for _person in range(2))
    for each in (first, second):
        change(each, lease_until=Now() - timedelta(seconds=1))
    change(first, next_at=Now() - timedelta(hours=1))

    def do(application_id: Any) -> bool:
        if application_id == first.pk:
            raise ValueError("ada@example.com")
        return reaping._doubt(application_id)

    with caplog.at_level(logging.ERROR):
        done = reap(lambda: reaping._for_each(Application.objects.filter(status="submitting"), do))

    assert done == 1
    assert read(second).status == "unknown"
    assert str(first.pk) in caplog.text


# --- asking ------------------------------------------------------------------------------------------------------------

NUMBER = "744000138728139"


def smart_job(boards: Employers) -> Job:
    """An opening at SmartRecruiters, for whose board there is a key."""
    job = JobFactory(
        company="Acme",
        company_key="acme",
        apply_url=f"https://jobs.smartrecruiters.com/Acme/{uuid_of(NUMBER)}",
    )
    boards.form(uuid_of(NUMBER), "none")
    board = read_destination(apply_url=job.apply_url, url="", job_id="").board
    with as_role(OWNER_ROLE):
        employer_keys.set_key(channel="smartrecruiters", board=board, secret=boards.key("smartrecruiters"))
    return job


def smart_doubt(boards: Employers, *, ref: str = "candidate-1", there: bool = True) -> Application:
    """A doubt past its quarantine, about an application that has a number at its receiver."""
    application = doubtful(queue(make_applicant(), smart_job(boards)), hours=0.25)
    assert application.channel == "smartrecruiters"
    if there:
        # The employer kept it, though nobody was told.
        boards.house.references[ref] = f"smartrecruiters/{uuid_of(NUMBER)}"
    return change(application, response_ref=ref, next_at=Now())


def test_receiver_that_has_it_ends_the_doubt(boards: Employers) -> None:
    application = smart_doubt(boards)

    assert reap(reaping.ask_receivers) == 1

    application = read(application)
    assert (application.status, application.moved_because, application.moved_by) == (
        "submitted",
        "asked_and_there",
        "receiver",
    )
    assert (application.resolved_by, application.stage) == ("receiver", "applied")
    assert reap(reaping.ask_receivers) == 0


def test_receiver_that_does_not_have_it_lets_it_be_sent_once_more(boards: Employers) -> None:
    application = smart_doubt(boards, there=False)

    assert reap(reaping.ask_receivers) == 1

    application = read(application)
    assert (application.status, application.moved_because) == ("queued", "asked_and_not_there")
    with as_role(WORKER_ROLE):
        # The turn of the sender that is gone would end by itself.
        ReceiverHost.objects.update(busy_until=None)
    assert go(application).status == "submitted"
    assert len(boards.record.arrivals()) == 1


@pytest.mark.parametrize("why", ["no number", "no clear answer", "no key", "another encryption key"])
def test_receiver_that_cannot_say_leaves_the_doubt_and_is_asked_later(
    boards: Employers, settings: Any, why: str
) -> None:
    application = smart_doubt(boards, ref="" if why == "no number" else "candidate-1")
    if why == "no clear answer":
        boards.revoke("smartrecruiters")
    elif why == "no key":
        with as_role(OWNER_ROLE):
            EmployerKey.objects.all().delete()
    elif why == "another encryption key":
        settings.ENCRYPTION_KEY = Fernet.generate_key().decode()

    assert reap(reaping.ask_receivers) == 0

    application = read(application)
    assert (application.status, application.resolved_by) == ("unknown", "")
    with acting_as(application.user_id):
        asked_again_in = Application.objects.filter(
            pk=application.pk, next_at__gt=Now() + reaping.QUARANTINE - timedelta(seconds=60)
        )
        assert asked_again_in.exists()


def test_doubt_is_not_asked_about_while_a_sender_could_be_at_it(boards: Employers) -> None:
    application = smart_doubt(boards)
    change(application, unknown_at=Now() - reaping.QUARANTINE + timedelta(seconds=30))

    assert reap(reaping.ask_receivers) == 0
    assert read(application).status == "unknown"


def test_receiver_that_cannot_be_asked_is_not(ada: Applicant, boards: Employers) -> None:
    application = doubtful(queue(ada), hours=1)
    requests = boards.record.counts()

    assert reap(reaping.ask_receivers) == 0
    assert read(application).status == "unknown"
    assert boards.record.counts() == requests


def test_quarantine_is_longer_than_any_lease() -> None:
    assert dispatch.LEASE < reaping.QUARANTINE


# --- telling -----------------------------------------------------------------------------------------------------------


def test_doubt_of_a_day_is_told_once(ada: Applicant, boards: Employers, letters: list[Any]) -> None:
    letters.clear()
    application = doubtful(queue(ada, open_job(company="Acme", title="Data engineer")), hours=23.9)
    assert reap(reaping.tell_doubts) == 0
    change(application, unknown_at=Now() - timedelta(hours=24, seconds=1))

    assert reap(reaping.tell_doubts) == 1
    assert reap(reaping.tell_doubts) == 0

    (letter,) = letters
    assert letter.to == [ada.user.email]
    assert letter.subject == "Please look: did your application to Acme arrive?"
    assert "“Data engineer” at Acme" in letter.body
    assert f"{django_settings.PUBLIC_URL}/applications/{application.pk}/" in letter.body
    assert read(application).told_at is not None


def test_doubt_about_an_employer_without_a_name_is_told_in_whole_sentences(
    ada: Applicant, boards: Employers, letters: list[Any]
) -> None:
    letters.clear()
    change(doubtful(queue(ada), hours=25), company="")

    reap(reaping.tell_doubts)

    (letter,) = letters
    assert letter.subject == "Please look: did your application to an employer arrive?"
    assert " at  left" not in letter.body
    assert " at left" not in letter.body


def test_doubt_is_told_in_its_persons_language(
    ada: Applicant, boards: Employers, letters: list[Any], tmp_path: Path, settings: Any
) -> None:
    letters.clear()
    say_in_german(
        tmp_path,
        settings,
        "Please look: did your application to %(company)s arrive?",
        "Kam Ihre Bewerbung bei %(company)s an?",
    )
    with acting_as(ada.user.pk):
        User.objects.filter(pk=ada.user.pk).update(locale="de")
    doubtful(queue(ada, open_job(company="Acme")), hours=25)

    reap(reaping.tell_doubts)

    (letter,) = letters
    assert letter.subject == "Kam Ihre Bewerbung bei Acme an?"


def test_company_name_cannot_break_the_head_of_the_mail(
    ada: Applicant, boards: Employers, letters: list[Any]
) -> None:
    letters.clear()
    change(doubtful(queue(ada), hours=25), company="Acme\r\nBcc: eve@example.com")

    assert reap(reaping.tell_doubts) == 1

    (letter,) = letters
    assert "\n" not in letter.subject
    assert letter.recipients() == [ada.user.email]


def test_doubt_that_was_resolved_meanwhile_is_not_told(
    ada: Applicant, boards: Employers, letters: list[Any]
) -> None:
    letters.clear()
    application = doubtful(queue(ada), hours=25)
    with acting_as(ada.user.pk):
        resolve_doubt(application=application, arrived=True)

    assert reap(reaping.tell_doubts) == 0
    assert letters == []


def test_mail_goes_out_through_the_mail_server(ada: Applicant, boards: Employers) -> None:
    doubtful(queue(ada), hours=25)

    assert reap(reaping.tell_doubts) == 1
    (arrival,) = boards.record.arrivals()
    assert arrival.channel == "mail" or arrival.posting == ada.user.email


def test_mail_server_that_is_away_is_tried_again_and_keeps_nothing_else_waiting(
    boards: Employers, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = (doubtful(queue(make_applicant()), hours=25) for _person in range(2))
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, free_port()

    with caplog.at_level(logging.ERROR):
        assert reap(reaping.tell_doubts) == 0
    assert "mail server is away" in caplog.text
    assert first.user.email not in caplog.text
    assert [read(each).told_at for each in (first, second)] == [None, None]

    settings.EMAIL_PORT = port
    assert reap(reaping.tell_doubts) == 2
    assert len(boards.record.arrivals()) == 2


def test_address_that_the_mail_server_refuses_keeps_nobody_else_waiting(
    boards: Employers, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = (doubtful(queue(make_applicant()), hours=25) for _person in range(2))
    boards.plan(first.user.email, "refused", status=550)

    with caplog.at_level(logging.WARNING):
        reap(reaping.tell_doubts)
        assert reap(reaping.tell_doubts) == 0

    assert len(boards.record.arrivals()) == 1
    assert read(second).told_at is not None
    assert str(first.pk) in caplog.text
    assert first.user.email not in caplog.text


# --- what ran out ------------------------------------------------------------------------------------------------------


def test_kit_that_is_not_confirmed_in_a_week_ends_and_frees_its_place(
    ada: Applicant, boards: Employers
) -> None:
    application = prepare(queue(ada, open_job(system="site")))
    change(application, moved_at=Now() - timedelta(days=7) + timedelta(minutes=1))
    assert reap(reaping.end_unconfirmed) == 0
    change(application, moved_at=Now() - timedelta(days=7, minutes=1))

    assert reap(reaping.end_unconfirmed) == 1

    application = read(application)
    assert (application.status, application.moved_because, application.moved_by) == (
        "cancelled",
        "not_confirmed",
        "machine",
    )
    assert (application.week_start, application.user_slot) == (None, None)


def test_approval_has_no_end(boards: Employers) -> None:
    application = prepare(queue(make_applicant(mode=Rule.Mode.REVIEW)))
    change(application, moved_at=Now() - timedelta(days=70))

    assert reap(reaping.end_unconfirmed) == 0
    assert read(application).status == "review"


def age(application: Application) -> None:
    """Let it not have been looked at for more than an hour."""
    with as_role(OWNER_ROLE), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE auto_apply_applications DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE auto_apply_applications SET updated_at = now() - interval '61 minutes' WHERE id = %s",
            [application.pk],
        )
        cursor.execute("ALTER TABLE auto_apply_applications ENABLE TRIGGER USER")


def close(_application: Application) -> None:
    with as_role(WORKER_ROLE):
        Job.objects.update(closed_at=Now())


def block(application: Application) -> None:
    with acting_as(application.user_id):
        Rule.objects.update(exclude_companies=[application.company])


def delete_rule(application: Application) -> None:
    with acting_as(application.user_id):
        Rule.objects.all().delete()


@pytest.mark.parametrize("what", [close, block, delete_rule])
@pytest.mark.parametrize("status", ["review", "parked"])
def test_application_that_waits_in_vain_ends(boards: Employers, what: Any, status: str) -> None:
    if status == "parked":
        boards.form("*", "every")
        boards.form("vain-1", "every")
    application = prepare(queue(make_applicant(mode=Rule.Mode.REVIEW), open_job(posting="vain-1")))
    assert application.status == status
    what(application)
    age(application)

    assert reap(reaping.end_hopeless) == 1

    application = read(application)
    assert (application.status, application.user_slot) == ("cancelled", None)
    assert reason_words(application.moved_because)


def test_application_that_may_still_go_waits_on_and_is_judged_once_an_hour(boards: Employers) -> None:
    application = prepare(queue(make_applicant(mode=Rule.Mode.REVIEW)))
    close(application)
    assert reap(reaping.end_hopeless) == 0
    with as_role(WORKER_ROLE):
        Job.objects.update(closed_at=None)
    age(application)

    assert reap(reaping.end_hopeless) == 0

    application = read(application)
    assert application.status == "review"
    close(application)
    assert reap(reaping.end_hopeless) == 0


def test_rule_that_is_only_switched_off_ends_nothing(boards: Employers) -> None:
    application = prepare(queue(make_applicant(mode=Rule.Mode.REVIEW)))
    with acting_as(application.user_id):
        Rule.objects.update(enabled=False)
    age(application)

    assert reap(reaping.end_hopeless) == 0
    assert read(application).status == "review"


# --- what was approved and waits for what may never come -----------------------------------------------------------------


def test_approved_application_whose_match_is_gone_gives_its_place_back_after_a_week(
    ada: Applicant, boards: Employers
) -> None:
    application = prepare(queue(ada))
    with acting_as(ada.user.pk):
        Match.objects.all().delete()
    forget_pace()
    with as_role(WORKER_ROLE):
        dispatch.submit(user_id=ada.user.pk, application_id=application.pk, worker="test")
        assert read(application).waits_for == "match_fresh"
        assert reaping.end_forlorn() == 0
    change(application, hold_until=Now() - timedelta(days=8))

    with as_role(WORKER_ROLE):
        assert reaping.end_forlorn() == 1

    application = read(application)
    assert (application.status, application.user_slot) == ("cancelled", None)
    assert "waited a week" in reason_words(application.moved_because)


@pytest.mark.parametrize("waits_for", ["not_paused", "day", "fence_lifted", "receiver", "next_week"])
def test_wait_that_passes_by_itself_ends_nothing(ada: Applicant, boards: Employers, waits_for: str) -> None:
    application = prepare(queue(ada))
    change(application, hold_until=Now() - timedelta(days=30), waits_for=waits_for)

    with as_role(WORKER_ROLE):
        assert reaping.end_forlorn() == 0


def test_application_whose_match_came_back_is_not_ended(ada: Applicant, boards: Employers) -> None:
    application = prepare(queue(ada))
    change(application, hold_until=Now() - timedelta(days=8), waits_for="match_fresh")

    with as_role(WORKER_ROLE):
        assert reaping.end_forlorn() == 0


def test_one_look_judges_so_many_waiting_ones_and_the_next_goes_on(
    boards: Employers, monkeypatch: pytest.MonkeyPatch
) -> None:
    applications = [prepare(queue(make_applicant(mode=Rule.Mode.REVIEW))) for _number in range(3)]
    monkeypatch.setattr(reaping, "JUDGED_AT_ONCE", 2)
    with as_role(OWNER_ROLE):
        Job.objects.update(closed_at=Now())
    with as_role(OWNER_ROLE), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE auto_apply_applications DISABLE TRIGGER auto_apply_applications_guard")
        cursor.execute("UPDATE auto_apply_applications SET updated_at = now() - interval '2 hours'")
        cursor.execute("ALTER TABLE auto_apply_applications ENABLE TRIGGER auto_apply_applications_guard")

    with as_role(WORKER_ROLE):
        assert (reaping.end_hopeless(), reaping.end_hopeless()) == (2, 1)

    assert {read(each).status for each in applications} == {"cancelled"}
