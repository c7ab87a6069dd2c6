"""Readings of the jobs that closed lately: made by the worker, from the reading before, and only looked at by pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from matching import market, services
from matching.market import glance_at_market, read_market
from matching.models import Job, JobSnapshot
from matching.recent_market import (
    FAR_GOOD_FOR,
    GOOD_FOR,
    LOOKS_BACK,
    LOOKS_FAR_BACK,
    glance_at_past_market,
    glance_at_recent_market,
    read_past_market,
    read_recent_market,
)
from matching.tasks import read_closed_jobs
from personas.row_security import WORKER_ROLE
from tests.factories import JobFactory, JobRunFactory
from tests.roles import as_role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> Path:
    settings.SNAPSHOT_DIR = tmp_path / "snapshots"
    return tmp_path / "snapshots"


def read(moment: datetime) -> market.Market:
    with as_role(WORKER_ROLE):
        return read_recent_market(now=moment)


def ids(found: market.Market) -> list[Any]:
    return [found.snapshot.job_id(row) for row in range(len(found.snapshot))]


def change(job: Job, **values: object) -> None:
    with as_role(WORKER_ROLE):
        Job.objects.filter(pk=job.pk).update(**values)


def test_reading_holds_what_closed_in_the_last_month_newest_first() -> None:
    now = timezone.now()
    old, new = (
        JobFactory(posted_at=now - timedelta(days=days), closed_at=now - timedelta(days=days))
        for days in (30, 2)
    )
    JobFactory(closed_at=now - LOOKS_BACK - timedelta(minutes=1))
    JobFactory()

    assert ids(read(now)) == [new.pk, old.pk]


def test_yearly_reading_holds_a_year_and_is_made_once_a_day() -> None:
    now = timezone.now()
    kept = JobFactory(closed_at=now - timedelta(days=365))
    JobFactory(closed_at=now - LOOKS_FAR_BACK - timedelta(minutes=1))
    JobFactory()
    assert glance_at_past_market() is None
    with as_role(WORKER_ROLE):
        made = read_past_market(now=now)
        assert read_past_market(now=now + timedelta(hours=22)) is made

    assert ids(made) == [kept.pk]
    assert glance_at_past_market() is made
    assert glance_at_recent_market() is None
    with as_role(WORKER_ROLE):
        assert read_past_market(now=now + FAR_GOOD_FOR + timedelta(minutes=1)) is not made


def test_page_sees_the_last_reading_and_makes_none() -> None:
    now = timezone.now()
    JobFactory(closed_at=now)

    assert glance_at_recent_market() is None
    assert not JobSnapshot.objects.exists()
    made = read(now)
    assert glance_at_recent_market() is made
    assert now <= made.read_at <= timezone.now()


def test_reading_is_made_again_only_when_it_is_no_longer_good() -> None:
    now = timezone.now()
    first = read(now)
    closed = JobFactory(closed_at=now)

    assert read(now + GOOD_FOR / 2) is first
    later = read(now + 2 * GOOD_FOR)
    assert later is not first
    assert ids(later) == [closed.pk]


def test_next_reading_reads_only_what_closed_since_and_drops_what_reopened_or_is_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = timezone.now()
    kept, reopened = JobFactory(closed_at=now), JobFactory(closed_at=now)
    JobFactory(closed_at=now - LOOKS_BACK + timedelta(hours=1))
    read(now)
    change(reopened, closed_at=None)
    new = JobFactory(closed_at=now)
    asked: list[Any] = []
    build = market.build_snapshot

    def count(jobs: Any, **given: Any) -> Any:
        jobs = list(jobs)
        asked.extend(job.pk for job in jobs)
        return build(jobs, **given)

    monkeypatch.setattr(market, "build_snapshot", count)

    found = read(now + timedelta(hours=2))

    assert asked == [new.pk]
    assert set(ids(found)) == {kept.pk, new.pk}


def test_readings_of_closed_and_open_jobs_do_not_push_each_other_out(own_folder: Path) -> None:
    now = timezone.now()
    job = JobFactory()
    with as_role(WORKER_ROLE):
        opened = read_market()
    for hours in range(market.KEPT + 2):
        read(now + timedelta(hours=2 * hours))

    with as_role(WORKER_ROLE):
        services.expire_matches(now=now + timedelta(days=30))

    assert glance_at_market() is opened
    assert ids(opened) == [job.pk]
    of_kind = JobSnapshot.objects.values_list("kind", flat=True)
    assert sorted(of_kind) == ["closed"] * market.KEPT + ["open"]
    assert len([path for path in own_folder.iterdir() if path.is_dir()]) == market.KEPT + 1


def test_reading_of_open_jobs_is_never_taken_for_one_of_closed_jobs() -> None:
    with as_role(WORKER_ROLE):
        JobRunFactory(outcome="ok", finished_at=timezone.now(), new_count=1)
        read_market()

    assert glance_at_recent_market() is None


def test_worker_reads_by_the_clock() -> None:
    JobFactory(closed_at=timezone.now())

    with as_role(WORKER_ROLE):
        assert read_closed_jobs(from_a_later_release=1) == 1
    found = glance_at_recent_market()
    assert found is not None
    assert len(found.snapshot) == 1
