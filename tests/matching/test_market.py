"""Readings of the open jobs: shared, made anew when something changed, never read when they are not whole."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from matching import market, services
from matching.engine import rank
from matching.knowledge import shipped_knowledge
from matching.market import glance_at_market, market_of, read_market
from matching.models import Job, JobSnapshot
from matching.scoring import PersonaFacts
from matching.snapshot_files import SnapshotBroken
from personas.row_security import WORKER_ROLE
from tests.factories import JobFactory, JobRunFactory, JobSourceFactory
from tests.roles import as_role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> Path:
    settings.SNAPSHOT_DIR = tmp_path / "snapshots"
    return tmp_path / "snapshots"


def jobs_came_in() -> None:
    with as_role(WORKER_ROLE):
        JobRunFactory(outcome="ok", finished_at=datetime(2026, 1, 1, tzinfo=UTC), new_count=1)


def read() -> market.Market:
    with as_role(WORKER_ROLE):
        return read_market()


def change(job: Job, **values: object) -> None:
    with as_role(WORKER_ROLE):
        Job.objects.filter(pk=job.pk).update(**values)


def titles(found: market.Market) -> list[str]:
    words = found.snapshot.titles.words
    return [words[number] for number in found.snapshot.rows.titles.tolist()]


def test_reading_is_kept_until_a_run_has_changed_something() -> None:
    JobFactory(title="Teacher")
    first = read()
    JobFactory(title="Nurse")
    assert read() is first

    jobs_came_in()

    again = read()
    assert again is not first
    assert sorted(titles(again)) == ["nurse", "teacher"]
    assert again.snapshot.find_one(Job.objects.get(title="Nurse").pk) != -1


def test_reading_holds_the_open_jobs_newest_first(now: datetime) -> None:
    old = JobFactory(title="Teacher", posted_at=now - timedelta(days=9), seniority="senior")
    new = JobFactory(title="Nurse", posted_at=now)
    unknown = JobFactory(title="Cook", posted_at=None)
    JobFactory(title="Pilot", closed_at=now)

    snapshot = read().snapshot

    assert [snapshot.job_id(row) for row in range(len(snapshot))] == [new.pk, old.pk, unknown.pk]
    assert snapshot.rows.posted[1] == int((now - timedelta(days=9)).timestamp())
    assert snapshot.seniorities[snapshot.rows.seniorities[1]] == "senior"


def test_only_jobs_that_changed_are_read_again(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    kept, edited, closed = (JobFactory(title=title) for title in ("Teacher", "Nurse", "Cook"))
    before = read().snapshot
    change(edited, title="Head Nurse")
    change(closed, closed_at=now)
    change(kept, last_seen_at=now)
    added = JobFactory(title="Pilot")
    asked: list[int] = []
    build = market.build_snapshot

    def count(jobs: Any, **given: Any) -> Any:
        jobs = list(jobs)
        asked.extend(job.pk for job in jobs)
        return build(jobs, **given)

    monkeypatch.setattr(market, "build_snapshot", count)
    jobs_came_in()

    after = read().snapshot

    assert set(asked) == {edited.pk, added.pk}
    gone, new = market.changes_between(before, after)
    assert {before.job_id(row) for row in gone} == {edited.pk, closed.pk}
    assert {after.job_id(row) for row in new} == {edited.pk, added.pk}


def test_lost_or_cut_off_folder_costs_a_reading_and_nothing_else(own_folder: Path) -> None:
    JobFactory(title="Teacher")
    first = read()
    folder = own_folder / first.id.hex
    market._opened.clear()
    shares = folder / "rows.shares.npy"
    shares.write_bytes(shares.read_bytes()[:-2])

    second = read()

    assert second.id != first.id
    assert titles(second) == ["teacher"]
    market._opened.clear()
    shutil.rmtree(own_folder)
    assert titles(read()) == ["teacher"]


def test_reading_of_another_scorer_is_never_used(monkeypatch: pytest.MonkeyPatch) -> None:
    JobFactory(title="Teacher")
    first = read()
    monkeypatch.setattr("matching.market.scorer_version", lambda _knowledge: "newer")
    monkeypatch.setattr("matching.snapshot.scorer_version", lambda _knowledge: "newer")

    assert read().id != first.id


def test_glance_takes_what_is_there_and_reads_only_when_nothing_is() -> None:
    JobFactory(title="Teacher")
    first = glance_at_market()
    jobs_came_in()

    assert glance_at_market() is first
    assert read() is not first
    assert glance_at_market() is not first


def test_old_folders_go_and_old_names_a_while_later(own_folder: Path, now: datetime) -> None:
    JobFactory(title="Teacher")
    made = []
    for _ in range(market.KEPT + 2):
        made.append(read().id)
        jobs_came_in()

    assert {path.name for path in own_folder.iterdir() if path.is_dir()} == {
        each.hex for each in made[-market.KEPT :]
    }
    assert market_of(made[0]) is None
    assert market_of(made[-1]) is not None
    with as_role(WORKER_ROLE):
        services.expire_matches(now=timezone.now() + timedelta(days=3))
    assert set(JobSnapshot.objects.values_list("pk", flat=True)) == set(made[-market.KEPT :])


def test_reading_scores_as_the_jobs_it_was_made_of() -> None:
    JobFactory(title="Teacher", workplace="remote", remote_countries=["US"])
    snapshot = read().snapshot

    (ranking,) = rank(
        snapshot,
        [PersonaFacts(titles=("Teacher",), remote_preference="remote")],
        knowledge=shipped_knowledge(),
    )

    assert ranking.total == 1
    assert ranking.scores.tolist() == [10_000]


def test_snapshot_that_cannot_be_written_leaves_nothing_half(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    JobFactory(title="Teacher")

    def refuse(*_given: Any, **_more: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("matching.snapshot_files.np.save", refuse)

    with pytest.raises(SnapshotBroken, match=r"No space left.*Make room"):
        read()

    assert [path.name for path in own_folder.iterdir()] == ["lock"]
    assert not JobSnapshot.objects.exists()


def test_number_of_a_reading_is_not_given_twice_when_a_source_is_deleted() -> None:
    JobFactory(title="Teacher")
    gone = JobSourceFactory()
    with as_role(WORKER_ROLE):
        JobRunFactory(source=gone, outcome="ok", finished_at=datetime(2026, 1, 1, tzinfo=UTC), new_count=1)
    first = read()
    with as_role(WORKER_ROLE):
        gone.delete()
    late = JobFactory(title="Nurse")
    with as_role(WORKER_ROLE):
        JobRunFactory(outcome="ok", finished_at=datetime(2026, 1, 2, tzinfo=UTC), new_count=1)

    again = read()

    assert again.revision > first.revision
    assert again.snapshot.find_one(late.pk) >= 0
