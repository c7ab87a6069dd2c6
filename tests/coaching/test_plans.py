"""What the policies cost: plans of lists among many rows, judged by their nodes and never by time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from coaching import looks
from coaching.models import SCOPES, Relationship
from personas.identity import acting_as
from personas.models import User
from tests.coaching.stage import OPENED
from tests.roles import OWNER_ROLE, as_role, remove_as_owner

PEOPLE, MATCHES = 2_000, 100
CLIENTS = 20

CROWD = f"""
INSERT INTO users (email, is_coach) SELECT 'person' || n || '@example.com', n = 1 FROM generate_series(1, {PEOPLE}) n;
INSERT INTO user_personas (user_id, name, is_active) SELECT id, 'Myself', true FROM users;
INSERT INTO job_sources (name, kind) VALUES ('crowd', 'file');
INSERT INTO jobs (source_id, external_id, canonical_key, title, company)
    SELECT s.id, n, md5(n::text), 'Engineer', 'Acme' FROM job_sources s, generate_series(1, {MATCHES}) n;
INSERT INTO job_matches (user_id, persona_id, job_id, match_score, match_factors)
    SELECT p.user_id, p.id, j.id, abs(hashtext(p.id::text || j.id::text)) % 10000 / 100.0,
        '{{"skill_score": 80, "salary_score": null, "location_score": 100, "remote_score": null, "industry_score": null}}'
    FROM user_personas p, jobs j ORDER BY j.id;
INSERT INTO coach_client_relationships (coach_id, client_id, status)
    SELECT c.id, u.id, 'active' FROM users c JOIN users u ON c.is_coach AND NOT u.is_coach ORDER BY u.email LIMIT {CLIENTS};
INSERT INTO coach_consents (relationship_id, coach_id, client_id, scopes)
    SELECT id, coach_id, client_id, ARRAY['matches', 'applications', 'learning', 'resume'] FROM coach_client_relationships;
ANALYZE users, user_personas, job_matches, coach_client_relationships, coach_consents;
"""
GONE = (
    "ALTER TABLE access_log DISABLE TRIGGER access_log_not_emptied",
    "TRUNCATE users, job_sources CASCADE",
    "ALTER TABLE access_log ENABLE TRIGGER access_log_not_emptied",
)

FIRST_PAGE = "SELECT * FROM job_matches WHERE user_id = %s AND persona_id = %s AND NOT is_dismissed ORDER BY match_score DESC LIMIT 20"
WHOLE = "SELECT count(*) FROM job_matches WHERE user_id = %s"
UNFILTERED = "SELECT user_id, count(*) FROM job_matches GROUP BY user_id"
OF_CLIENTS = "SELECT user_id, count(*) FROM job_matches WHERE user_id = ANY(%s) GROUP BY user_id"


@pytest.fixture(scope="module")
def crowd(django_db_setup: None, django_db_blocker: Any) -> Iterator[User]:
    """Two thousand people with a hundred matches each, one of them the coach of twenty; gives the coach."""
    with django_db_blocker.unblock():
        try:
            remove_as_owner(CROWD)
            yield User.objects.get(email="person1@example.com")
        finally:
            remove_as_owner(*GONE)


@pytest.fixture
def clients(crowd: User) -> list[Relationship]:
    with acting_as(crowd.pk):
        return list(Relationship.objects.owned_by(crowd).select_related("client", "coach"))


def plan(sql: str, *values: object) -> list[dict[str, Any]]:
    """Every node of the plan that ran, the outermost first."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, VERBOSE, TIMING OFF, FORMAT JSON) {sql}", values)
        (text,) = cursor.fetchone()
    found: list[dict[str, Any]] = []
    waiting = [(json.loads(text) if isinstance(text, str) else text)[0]["Plan"]]
    while waiting:
        node = waiting.pop(0)
        found.append(node)
        waiting += node.get("Plans", [])
    return found


def persona_of(user: User) -> Any:
    with acting_as(user.pk), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM user_personas WHERE user_id = %s", [user.pk])
        return cursor.fetchone()[0]


def scans(nodes: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """How the matches are read: kinds of scans and indexes."""
    return {
        (node["Node Type"], node.get("Index Name", ""))
        for node in nodes
        if node.get("Relation Name") == "job_matches" or node["Node Type"] == "Bitmap Index Scan"
    }


def indexes(nodes: list[dict[str, Any]]) -> set[str]:
    """The indexes of matches that are read."""
    return {index for _, index in scans(nodes) if index}


def asks_the_policy(text: object) -> bool:
    """Whether this part of a plan calls the function of the policies, whole or as the planner took it apart."""
    return "people_readable(" in str(text) or "people_looked_at(" in str(text)


def check(nodes: list[dict[str, Any]], rows: int) -> None:
    """Fail unless an index leads to the rows and the policy was asked once for the whole query."""
    read = scans(nodes)
    assert read
    assert not {kind for kind, _ in read if "Seq Scan" in kind}, read
    assert all(index for kind, index in read if "Heap" not in kind), read
    assert nodes[0]["Actual Rows"] == rows
    asked = [node for node in nodes if asks_the_policy(node.get("Output"))]
    assert [(node["Parent Relationship"], node["Actual Loops"], node["Actual Rows"]) for node in asked] == [
        ("InitPlan", 1, 1)
    ]
    conditions = ("Filter", "Index Cond", "Recheck Cond", "Join Filter")
    for node in nodes:
        assert node.get("Parent Relationship") != "SubPlan"
        assert not [node[name] for name in conditions if asks_the_policy(node.get(name))]


def test_own_list_reads_an_index_and_asks_the_policy_once(crowd: User) -> None:
    persona = persona_of(crowd)
    with acting_as(crowd.pk):
        check(plan(FIRST_PAGE, crowd.pk, persona), 20)
        check(plan(WHOLE, crowd.pk), 1)
        check(plan(UNFILTERED), 1)


def test_list_of_one_client_reads_an_index_and_asks_the_policy_once(
    crowd: User, clients: list[Relationship]
) -> None:
    client = clients[0].client
    persona = persona_of(client)
    with acting_as(crowd.pk):
        looks.look_at_client(coach=crowd, relationship=clients[0], scopes=["matches"], page="matches")

        check(plan(FIRST_PAGE, client.pk, persona), 20)
        check(plan(WHOLE, client.pk), 1)
        check(plan("SELECT * FROM job_matches WHERE user_id = %s", client.pk), MATCHES)
        check(
            plan(
                "SELECT * FROM job_matches WHERE user_id = %s ORDER BY match_score DESC LIMIT 50", client.pk
            ),
            50,
        )


def test_desk_of_twenty_clients_reads_an_index_and_asks_the_policy_once(
    crowd: User, clients: list[Relationship]
) -> None:
    with acting_as(crowd.pk):
        opened = looks.look_at_clients(coach=crowd, relationships=clients, page="desk")
        assert len(opened) == CLIENTS

        check(plan(OF_CLIENTS, list(opened)), CLIENTS)
        # Without a condition of its own too: the coach's own rows and those of the clients, and not the whole table.
        check(plan(UNFILTERED), CLIENTS + 1)


def test_own_lists_keep_the_indexes_that_they_had(crowd: User) -> None:
    persona = persona_of(crowd)
    lists = (
        (FIRST_PAGE, crowd.pk, persona),
        (WHOLE, crowd.pk),
        ("SELECT * FROM job_matches WHERE user_id = %s AND persona_id = %s", crowd.pk, persona),
    )
    with acting_as(crowd.pk):
        now = [indexes(plan(*each)) for each in lists]
    with policy("user_id = (SELECT app_user_id())"), acting_as(crowd.pk):
        before = [indexes(plan(*each)) for each in lists]

    assert now == before
    assert all(now)


@contextmanager
def policy(condition: str) -> Iterator[None]:
    """Read matches under another condition, until the end of the block."""
    with transaction.atomic():
        with as_role(OWNER_ROLE), connection.cursor() as cursor:
            cursor.execute(f"ALTER POLICY own_and_looked_at ON job_matches USING ({condition})")
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    "condition",
    [
        "user_id = (SELECT app_user_id()) OR user_id IN (SELECT client_id FROM access_log WHERE at = now())",
        "user_id = ANY (people_readable('matches'))",
    ],
)
def test_control_slower_conditions_are_seen(crowd: User, clients: list[Relationship], condition: str) -> None:
    with policy(condition), acting_as(crowd.pk):
        looks.look_at_clients(coach=crowd, relationships=clients, page="desk")
        nodes = plan(UNFILTERED)

        with pytest.raises(AssertionError):
            check(nodes, CLIENTS + 1)


def test_every_table_that_opens_to_others_asks_in_the_fast_shape(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename, qual FROM pg_policies WHERE 'relevnt_app' = ANY (roles) AND cmd IN ('SELECT', 'ALL')"
        )
        conditions: dict[str, set[str]] = {}
        for table, condition in cursor.fetchall():
            conditions.setdefault(table, set()).add(" ".join(condition.split()))

    for scope in (*SCOPES, "papers"):
        for table in OPENED[scope]:
            assert conditions[table] == {
                f"(user_id = ANY (( SELECT people_readable('{scope}'::text) AS people_readable)::uuid[]))"
            }, table
