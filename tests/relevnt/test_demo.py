"""The demo world: the shipped archive and the people who look at it make sense together."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from matching import services
from matching.models import Job, JobRun, Match
from personas.identity import acting_as
from personas.models import Persona, User
from personas.row_security import WORKER_ROLE
from relevnt import demo
from relevnt.management.commands import up
from tests.roles import as_role

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
    services.forget_market()
    with as_role(WORKER_ROLE):
        call_command("load_demo")
    services.forget_market()
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

    with as_role(WORKER_ROLE):
        call_command("load_demo")
    assert JobRun.objects.count() == 1
    assert User.objects.count() == 3

    for email in (demo.SEEKER, demo.COACH, demo.STAFF):
        client = Client()
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


def test_no_accounts_are_made_where_others_can_reach_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "ARCHIVE", ONE_POSTING)

    with as_role(WORKER_ROLE):
        call_command("load_demo", no_people=True)

    assert demo.PASSWORD not in capsys.readouterr().out
    assert User.objects.count() == 0
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    ("host", "alone"), [("127.0.0.1", True), ("::1", True), ("0.0.0.0", False), ("::", False)]
)
def test_only_the_loopback_counts_as_this_machine_alone(host: str, alone: bool) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as door:
        assert up.is_for_this_machine_alone(door) is alone
