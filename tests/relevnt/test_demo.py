"""The demo world: the shipped archive and the people who look at it make sense together."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import ProgrammingError
from django.test import Client

from coaching.looks import granted_scopes
from coaching.models import Mail, Relationship
from matching.models import Job, JobRun, JobSighting, Match
from personas.identity import acting_as
from personas.models import Persona, User
from personas.row_security import WORKER_ROLE
from relevnt import demo
from relevnt.management.commands import up
from tests.roles import OWNER_ROLE, as_role

pytestmark = pytest.mark.django_db

# What a person would expect among the first ten of each persona: most titles are of the trade.
TRADES = {
    "Civil engineer in Los Angeles": re.compile(r"civil|structural|environmental|engineer", re.IGNORECASE),
    "Data and statistics, from anywhere": re.compile(
        r"statistic|data|analyst|research|analytics", re.IGNORECASE
    ),
}


ONE_POSTING = Path(__file__).parent / "data" / "one_posting.jsonl"


@pytest.fixture
def loaded(capsys: pytest.CaptureFixture[str]) -> str:
    with as_role(OWNER_ROLE):
        call_command("demo_accounts", "open")
    with as_role(WORKER_ROLE):
        call_command("load_demo")
    return capsys.readouterr().out


def test_demo_world_is_loaded_once_and_makes_sense(loaded: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert all(email in loaded for email in (demo.SEEKER, demo.COACH, demo.STAFF))
    assert demo.PASSWORD in loaded

    run = JobRun.objects.get()
    assert (run.outcome, run.rejected_count) == ("ok", 0)
    assert Job.objects.open().count() == run.new_count > 2000
    seeker = User.objects.get(email=demo.SEEKER)
    with acting_as(seeker.pk):
        for name, trade in TRADES.items():
            persona = Persona.objects.get(name=name)
            assert persona.resume is not None
            first = list(Match.objects.filter(persona=persona).best_first().select_related("job")[:10])
            titles = [match.job.title for match in first]
            assert len(first) == 10
            assert sum(bool(trade.search(title)) for title in titles) >= 8, titles
            assert all(match.coverage >= 0.5 for match in first)

    with as_role(OWNER_ROLE):
        call_command("demo_accounts", "open")
    with as_role(WORKER_ROLE):
        call_command("load_demo")
    assert JobRun.objects.count() == 1
    assert User.objects.count() == 3

    for email in (demo.SEEKER, demo.COACH, demo.STAFF):
        # From an address of their own: the tests of failed sign-ins use up the common one's tries.
        client = Client(REMOTE_ADDR="127.0.0.77")
        answer = client.post("/accounts/login/", {"login": email, "password": demo.PASSWORD})
        assert answer.status_code == 302, email
    capsys.readouterr()


def test_archive_is_labeled_with_its_real_dates_and_names_no_employer_where_there_is_none(
    loaded: str,
) -> None:
    seeker = User.objects.get(email=demo.SEEKER)
    client = Client()
    client.force_login(seeker)

    page = client.get("/matches/").content.decode()

    assert "archive, 20" in page
    assert Job.objects.filter(company="").count() > 500
    assert not Job.objects.filter(closed_at__isnull=False).exists()
    assert not Job.objects.exclude(apply_channel="").exists()


def test_coach_of_the_demo_sees_what_the_seeker_granted_and_nobody_is_written_to(loaded: str) -> None:
    seeker, coach = (User.objects.get(email=email) for email in (demo.SEEKER, demo.COACH))

    with acting_as(coach.pk):
        assert granted_scopes(coach=coach) == {seeker.pk: set(demo.COACHED)}
    with acting_as(seeker.pk):
        assert "twelve contracts" in Relationship.objects.get().notes
    with as_role(WORKER_ROLE):
        assert Mail.objects.count() == 2
        assert not Mail.objects.filter(sent_at=None).exists()


def signs_in(email: str) -> bool:
    answer = Client(REMOTE_ADDR="127.0.0.78").post(
        "/accounts/login/", {"login": email, "password": demo.PASSWORD}
    )
    return answer.status_code == 302 and answer["Location"] == "/today/"


def test_accounts_are_closed_where_others_can_reach_them_and_opened_again() -> None:
    with as_role(OWNER_ROLE):
        demo.open_accounts()
        coach = User.objects.get(email=demo.COACH)
        coach.set_password("a word of my own")
        coach.save(update_fields=["password"])

        call_command("demo_accounts", "close")

    assert not signs_in(demo.STAFF)
    assert User.objects.get(email=demo.COACH).is_active
    with as_role(OWNER_ROLE):
        demo.open_accounts()
    assert signs_in(demo.STAFF)
    assert User.objects.count() == 3


def test_worker_makes_no_accounts() -> None:
    with as_role(WORKER_ROLE), pytest.raises(ProgrammingError, match="permission denied"):
        demo.open_accounts()


def test_demo_file_is_an_archive_and_merges_with_the_shipped_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "ARCHIVE", ONE_POSTING)

    with as_role(WORKER_ROLE):
        call_command("load_demo", demo=ONE_POSTING)

    assert Job.objects.count() == 1
    sightings = JobSighting.objects.order_by("first_seen_at").values_list("source__name", "source__kind")
    assert list(sightings) == [(demo.ARCHIVE_SOURCE, "archive"), (demo.DEMO_SOURCE, "archive")]


@pytest.mark.parametrize(
    ("host", "changes", "alone"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("0.0.0.0", {}, False),
        ("::", {}, False),
        ("127.0.0.1", {"HTTPS": True}, False),
        ("127.0.0.1", {"ALLOWED_HOSTS": ["jobs.example.org"]}, False),
    ],
)
def test_only_what_nobody_else_can_reach_is_this_machine_alone(
    settings: Any, host: str, changes: dict[str, object], alone: bool
) -> None:
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
    for name, value in changes.items():
        setattr(settings, name, value)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET

    with socket.create_server((host, 0), family=family) as door:
        assert up.is_for_this_machine_alone(door) is alone


@pytest.mark.parametrize(
    ("host", "links"),
    [
        ("127.0.0.1", "http://127.0.0.1:"),
        ("::1", "http://[::1]:"),
        ("0.0.0.0", "http://localhost:"),
        ("::", "http://localhost:"),
    ],
)
def test_links_in_mails_lead_to_where_it_serves(host: str, links: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET

    with socket.create_server((host, 0), family=family) as door:
        assert up._public_address(door) == f"{links}{door.getsockname()[1]}"
