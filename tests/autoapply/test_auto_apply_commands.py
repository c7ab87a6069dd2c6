"""The operator's commands: the fence as it stands, and one look by hand."""

from __future__ import annotations

import io
import linecache
import signal
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models.functions import Now

from autoapply.models import Fence, Tick
from personas.row_security import WORKER_ROLE
from tests.autoapply.machine import make_applicant, queue, read
from tests.employers.server import Employers
from tests.roles import as_role

pytestmark = pytest.mark.django_db


def say(name: str, *options: str) -> str:
    out = io.StringIO()
    with as_role(WORKER_ROLE):
        call_command(name, *options, stdout=out)
    return out.getvalue()


def test_fence_that_was_never_raised() -> None:
    assert say("auto_apply_fence") == "The fence was never raised: the machine may send.\n"


def test_fence_is_raised_shown_and_lifted() -> None:
    raised = say("auto_apply_fence", "--raise")
    assert "The fence stands since " in raised
    assert "it was asked for." in raised
    assert "manage.py auto_apply_fence --lift" in raised
    assert say("auto_apply_fence") == raised

    lifted = say("auto_apply_fence", "--lift")

    assert "The fence is lifted: the machine may send." in lifted
    assert "waits for its owner's word" in lifted
    assert say("auto_apply_fence") == lifted
    assert Fence.objects.get().epoch == 1


@pytest.mark.parametrize(
    ("because", "words"),
    [
        ("another_database", "another database"),
        ("fewer_sendings", "the journal of this machine knows sendings"),
        ("sent_and_waiting_again", "waits to be sent again"),
    ],
)
def test_fence_says_why_it_stands(because: str, words: str) -> None:
    with as_role(WORKER_ROLE):
        Fence.objects.update(raised_at=Now(), raised_because=because, epoch=1)

    assert words in say("auto_apply_fence")


def test_looking_at_the_fence_finds_a_restored_database() -> None:
    say("auto_apply_fence")
    with as_role(WORKER_ROLE):
        Fence.objects.update(fingerprint="another")

    assert "another database" in say("auto_apply_fence")


def test_fence_is_not_raised_and_lifted_at_once() -> None:
    with pytest.raises(CommandError):
        say("auto_apply_fence", "--raise", "--lift")


def test_tick_looks_once_even_where_somebody_else_looked(boards: Employers) -> None:
    application = queue(make_applicant())
    with as_role(WORKER_ROLE):
        Tick.objects.create(pk=1, at=Now())

    assert say("auto_apply_tick") == ""

    assert read(application).status == "held"


class EnoughError(Exception):
    """Ends a watch that would go on for ever."""


def watch_until_it_sleeps() -> None:
    """Run the second clock until it has looked once and sleeps."""

    def wake(_signal: int, frame: Any) -> None:
        if "time.sleep" in linecache.getline(frame.f_code.co_filename, frame.f_lineno):
            raise EnoughError

    before = signal.signal(signal.SIGALRM, wake)
    signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
    try:
        with pytest.raises(EnoughError):
            say("auto_apply_tick", "--watch")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(("seconds", "status"), [(300, "held"), (5, "queued")])
def test_second_clock_acts_only_where_nobody_has_looked_for_a_minute(
    boards: Employers, seconds: int, status: str
) -> None:
    application = queue(make_applicant())
    with as_role(WORKER_ROLE):
        Tick.objects.create(pk=1, at=Now() - timedelta(seconds=seconds))

    watch_until_it_sleeps()

    assert read(application).status == status
