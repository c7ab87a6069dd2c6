"""A request sent again under its Idempotency-Key is done once: alone, twice at once, after a day, by somebody else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from autoapply.models import Rule, Standing
from personas import tasks
from personas.idempotency import HEADER, KEPT_FOR, REPLAYED
from personas.identity import acting_as
from personas.models import IdempotencyKey, User
from personas.row_security import WORKER_ROLE
from tests.factories import IdempotencyKeyFactory, RuleFactory, UserFactory
from tests.personas.test_races import PATIENCE, wait_until_blocked
from tests.roles import OWNER_ROLE, as_role

RULES = "/api/v1/auto-apply/rules/"
PROBLEM = "application/problem+json"


@pytest.fixture
def mine(api: APIClient, alice: User) -> APIClient:
    """Alice's session."""
    api.force_login(alice)
    return api


def make_rule(api: APIClient, key: str | None, name: str = "Mine", **more: Any) -> Any:
    headers = {} if key is None else {HEADER: key}
    return api.post(RULES, {"name": name, **more}, headers=headers)


def kept_of(user: User) -> list[IdempotencyKey]:
    with acting_as(user.pk):
        return list(IdempotencyKey.objects.owned_by(user))


def rules_of(user: User) -> int:
    with acting_as(user.pk):
        return Rule.objects.owned_by(user).count()


def make_older(user: User, by: timedelta) -> None:
    with acting_as(user.pk):
        IdempotencyKey.objects.owned_by(user).update(created_at=Now() - by)


# --- one after the other -----------------------------------------------------------------------------------------------


def test_request_sent_again_gets_the_first_answer_and_is_not_done_again(mine: APIClient, alice: User) -> None:
    first, again = make_rule(mine, "key-1"), make_rule(mine, "key-1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Content-Type"] == "application/json"
    assert (REPLAYED in first.headers, again.headers[REPLAYED]) == (False, "true")
    assert rules_of(alice) == 1


def test_without_a_key_each_request_is_done(mine: APIClient, alice: User) -> None:
    answers = [make_rule(mine, None), make_rule(mine, None)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert rules_of(alice) == 2
    assert kept_of(alice) == []


def test_first_answer_stays_though_the_row_has_changed(mine: APIClient) -> None:
    first = make_rule(mine, "key-1")
    mine.patch(first.headers["Location"], {"name": "Renamed"})

    assert make_rule(mine, "key-1").json()["name"] == "Mine"


@pytest.mark.parametrize("other", ["body", "address"])
def test_key_of_another_request_is_refused(mine: APIClient, alice: User, other: str) -> None:
    rule = make_rule(mine, "key-1")

    if other == "body":
        answer = make_rule(mine, "key-1", name="Other")
    else:
        answer = mine.post(f"{rule.headers['Location']}disable/", headers={HEADER: "key-1"})

    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == PROBLEM
    assert "new key" in answer.json()["detail"]
    assert rules_of(alice) == 1


def test_refused_request_is_not_kept_and_judged_again(mine: APIClient, alice: User) -> None:
    refused = make_rule(mine, "key-1", max_applications_per_week=0)
    kept = kept_of(alice)
    mended = make_rule(mine, "key-1", max_applications_per_week=1)

    assert (refused.status_code, kept, mended.status_code) == (400, [], 201)


def test_request_that_is_not_for_its_sender_is_not_kept(mine: APIClient, alice: User) -> None:
    theirs = RuleFactory()

    answer = mine.post(f"{RULES}{theirs.pk}/disable/", headers={HEADER: "key-1"})

    assert (answer.status_code, kept_of(alice)) == (404, [])


@pytest.mark.parametrize("key", ["", "x" * 256, "naïve", "tab\there"])
def test_key_that_is_none_is_told_so(mine: APIClient, alice: User, key: str) -> None:
    answer = mine.post(RULES, {"name": "Mine"}, HTTP_IDEMPOTENCY_KEY=key)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [HEADER]
    assert rules_of(alice) == 0


@pytest.mark.parametrize("key", ["x" * 255, '"8e03978e-40d5-43e8-bc93-6894a57f9324"', "a b~!"])
def test_every_printable_key_is_taken(mine: APIClient, key: str) -> None:
    assert make_rule(mine, key).status_code == 201
    assert make_rule(mine, key).headers[REPLAYED] == "true"


def test_keys_of_two_people_have_nothing_to_do_with_each_other(
    mine: APIClient, alice: User, charlie: User
) -> None:
    make_rule(mine, "key-1")
    mine.force_login(charlie)

    answer = make_rule(mine, "key-1", name="His")

    assert (answer.status_code, answer.json()["name"], REPLAYED in answer.headers) == (201, "His", False)
    assert (rules_of(alice), rules_of(charlie)) == (1, 1)


def test_visitor_with_a_key_is_asked_to_sign_in(api: APIClient, db: None) -> None:
    assert make_rule(api, "key-1").status_code == 401


def test_reading_and_patching_take_no_notice_of_a_key(mine: APIClient, alice: User) -> None:
    address = make_rule(mine, None).headers["Location"]

    mine.get(address, headers={HEADER: "key-1"})
    mine.patch(address, {"name": "A"}, headers={HEADER: "key-1"})
    mine.patch(address, {"name": "B"}, headers={HEADER: "key-1"})

    assert mine.get(address).json()["name"] == "B"
    assert kept_of(alice) == []


def test_answer_without_a_body_is_given_again(mine: APIClient, alice: User) -> None:
    # As written: POSTs of today all answer with one.
    fingerprint = hashlib.sha256()
    for part in (b"POST", RULES.encode(), b'{"name":"Mine"}'):
        fingerprint.update(len(part).to_bytes(8) + part)
    IdempotencyKeyFactory(
        user=alice, key="key-1", request_sha256=fingerprint.hexdigest(), status=204, location=""
    )

    answer = make_rule(mine, "key-1")

    assert (answer.status_code, answer.content, answer.headers[REPLAYED]) == (204, b"", "true")


def test_answer_given_again_takes_few_queries(mine: APIClient) -> None:
    make_rule(mine, "key-1")

    with CaptureQueriesContext(
        connection,
    ) as captured:
        make_rule(mine, "key-1")

    asked = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
    assert len([sql for sql in asked if "idempotency" in sql]) == 2  # the turn, the kept answer
    assert not any("auto_apply" in sql for sql in asked)


# --- after a day ---------------------------------------------------------------------------------------------------------


def test_key_is_free_again_after_a_day_though_not_struck_yet(mine: APIClient, alice: User) -> None:
    make_rule(mine, "key-1")
    make_older(alice, KEPT_FOR + timedelta(seconds=1))

    answer = make_rule(mine, "key-1", name="Next day")
    again = make_rule(mine, "key-1", name="Next day")

    assert (answer.status_code, REPLAYED in answer.headers) == (201, False)
    assert again.headers[REPLAYED] == "true"
    assert len(kept_of(alice)) == 1


def test_key_still_counts_just_before_a_day_is_over(mine: APIClient, alice: User) -> None:
    make_rule(mine, "key-1")
    make_older(alice, KEPT_FOR - timedelta(minutes=1))

    assert make_rule(mine, "key-1").headers[REPLAYED] == "true"


def test_worker_strikes_what_is_older_than_a_day_and_nothing_else(alice: User, charlie: User) -> None:
    for user in (alice, charlie):
        IdempotencyKeyFactory(user=user, key="old")
        make_older(user, KEPT_FOR + timedelta(minutes=1))
        IdempotencyKeyFactory(user=user, key="new")

    with as_role(WORKER_ROLE):
        struck = tasks.strike_old_answers()

    assert struck == 2
    assert [row.key for user in (alice, charlie) for row in kept_of(user)] == ["new", "new"]


def test_worker_acting_for_nobody_sees_no_answer_of_today(alice: User) -> None:
    IdempotencyKeyFactory(user=alice)

    with as_role(WORKER_ROLE):
        assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"key": ""}, {"key": "é"}, {"status": 400}, {"request_sha256": "x"}], ids=str
)
def test_database_refuses_nonsense(alice: User, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        IdempotencyKeyFactory(user=alice, **wrong)


def test_database_keeps_one_answer_for_a_key(alice: User) -> None:
    IdempotencyKeyFactory(user=alice, key="same")

    with pytest.raises(IntegrityError), transaction.atomic():
        IdempotencyKeyFactory(user=alice, key="same")


# --- two at once -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def me(transactional_db: None) -> User:
    """Whose two requests they are."""
    return UserFactory()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads, each with a connection of its own."""
    with ThreadPoolExecutor(8) as threads:
        yield threads


def send(user: User, address: str, key: str, body: Any = None, pid: Future[int] | None = None) -> Any:
    """Send a request on the connection of the thread."""
    try:
        client = APIClient()
        client.force_login(user)
        if pid is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                pid.set_result(cursor.fetchone()[0])
        return client.post(address, body, headers={HEADER: key})
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_key_in_use_is_a_conflict_and_the_first_request_goes_on(me: User, pool: ThreadPoolExecutor) -> None:
    rule = RuleFactory(user=me, enabled=True)
    address = f"{RULES}{rule.pk}/disable/"
    pid: Future[int] = Future()

    with acting_as(me.pk):
        # As a sender holds them while bytes leave: whoever disables the rule waits.
        list(Standing.objects.select_for_update().filter(user=me))
        list(Rule.objects.select_for_update().filter(pk=rule.pk))
        first = pool.submit(send, me, address, "key-1", pid=pid)
        wait_until_blocked(pid.result(PATIENCE), or_done=first)
        meanwhile = pool.submit(send, me, address, "key-1").result(PATIENCE)
        elsewhere = pool.submit(send, me, RULES, "key-2", {"name": "Other"}).result(PATIENCE)
    done = first.result(PATIENCE)
    afterwards = pool.submit(send, me, address, "key-1").result(PATIENCE)

    assert (meanwhile.status_code, meanwhile.headers["Content-Type"]) == (409, PROBLEM)
    assert meanwhile.headers["Retry-After"] == "1"
    assert elsewhere.status_code == 201
    assert (done.status_code, done.json()["enabled"]) == (200, False)
    assert (afterwards.content, afterwards.headers[REPLAYED]) == (done.content, "true")
    assert len(kept_of(me)) == 2


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_is_done(me: User, pool: ThreadPoolExecutor) -> None:
    for number in range(6):
        barrier = Barrier(8)

        def race(key: str, barrier: Barrier = barrier) -> Any:
            barrier.wait(PATIENCE)
            return send(me, RULES, key, {"name": "Once"})

        answers = [each.result(PATIENCE) for each in [pool.submit(race, f"key {number}") for _ in range(8)]]

        assert {answer.status_code for answer in answers} <= {201, 409}
        done = [answer for answer in answers if answer.status_code == 201]
        assert len({answer.content for answer in done}) == 1
        assert sum(REPLAYED not in answer.headers for answer in done) == 1
        assert rules_of(me) == number + 1


@pytest.mark.django_db(transaction=True)
def test_control_without_a_key_all_of_them_are_done(me: User, pool: ThreadPoolExecutor) -> None:
    answers = [
        each.result(PATIENCE)
        for each in [pool.submit(send, me, RULES, f"own key {n}", {"name": "Each"}) for n in range(8)]
    ]

    assert [answer.status_code for answer in answers] == [201] * 8
    assert rules_of(me) == 8


@pytest.mark.django_db(transaction=True)
def test_request_that_breaks_keeps_nothing_and_can_be_sent_again(me: User, pool: ThreadPoolExecutor) -> None:
    rule = RuleFactory(user=me, enabled=True)
    address = f"{RULES}{rule.pk}/disable/"
    pid: Future[int] = Future()

    with acting_as(me.pk):
        list(Rule.objects.select_for_update().filter(pk=rule.pk))
        first = pool.submit(send, me, address, "key-1", pid=pid)
        wait_until_blocked(pid.result(PATIENCE), or_done=first)
        with as_role(OWNER_ROLE), connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid.result()])
        broken = first.result(PATIENCE)
    kept = kept_of(me)
    again = pool.submit(send, me, address, "key-1").result(PATIENCE)

    assert (broken.status_code, kept) == (500, [])
    assert (again.status_code, again.json()["enabled"], REPLAYED in again.headers) == (200, False, False)
