"""Row security under raw SQL, logged in as the application role itself."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import connection

from personas import row_security
from tests.everything import PERSONAL, SIMPLE, everything_of
from tests.factories import (
    ApiTokenFactory,
    CohortMemberFactory,
    ConsentFactory,
    InvitationFactory,
    MailFactory,
    PrivateNoteFactory,
    RelationshipFactory,
    UserFactory,
)
from tests.roles import OWNER_ROLE, act_as, as_role, count, log_in_as_owner_acting_as, login, remove_as_owner

# Personal tables that are read before anybody is known, each with its reason. Of ours only users may stand here.
READ_BEFORE_IDENTITY = {
    "users": "sign-in looks a person up by e-mail address",
    "account_emailaddress": "sign-in, confirmation and reset look an address up before the person is known",
    "account_emailconfirmation": "a confirmation link is opened by somebody who is not signed in",
    "django_session": "the session says who is asking",
    "mfa_authenticator": "a second factor is asked for before the person is known",
    "usersessions_usersession": "a session is noted by the sign-in that makes the person known",
}

BORROWED = ("django_", "auth_", "account_", "mfa_", "usersessions_", "socialaccount_")

# Those of them that show whoever is known their own rows alone.
CLOSED_ONCE_KNOWN = {"mfa_authenticator", "usersessions_usersession"}


@pytest.fixture(scope="module")
def kept_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """Rows that other connections see, committed once for all tests here and removed after the last."""
    with django_db_blocker.unblock():
        alice, charlie = UserFactory(email="alice@example.com"), UserFactory(email="charlie@example.com")
        yield {"alice": alice, "charlie": charlie, "rows": everything_of(alice)}
        remove_as_owner("DELETE FROM users", "DELETE FROM jobs", "DELETE FROM job_sources")
        log_in_as_owner_acting_as("relevnt_app")


@pytest.fixture
def world(kept_world: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Alice with a row of everything, and Charlie; whatever a test adds beside them is removed."""
    yield kept_world
    kept = f"'{kept_world['alice'].pk}', '{kept_world['charlie'].pk}'"
    remove_as_owner("DELETE FROM coach_client_relationships", f"DELETE FROM users WHERE id NOT IN ({kept})")


def test_world_holds_a_row_of_every_table_with_a_simple_owner(world: dict[str, Any]) -> None:
    with login("relevnt_app") as own:
        act_as(own, world["alice"])

        assert {table: count(own, table) for table in SIMPLE} == dict.fromkeys(SIMPLE, 1)


def test_suite_runs_as_the_application_role(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )

        assert cursor.fetchone() == ("relevnt_app", False, False)


def test_every_personal_table_is_under_forced_row_security(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,
                   (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND EXISTS (
                SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped
                AND a.attname IN ('user_id', 'coach_id', 'client_id', 'owner_id', 'person_id'))
            """
        )
        live = {name: (forced, policies) for name, forced, policies in cursor.fetchall()}

    live = {name: found for name, found in live.items() if name not in row_security.NOT_PERSONAL}
    closed = {name for name, (forced, policies) in live.items() if forced and policies}
    assert closed == set(PERSONAL) | CLOSED_ONCE_KNOWN
    assert set(live) - closed == set(READ_BEFORE_IDENTITY) - {
        *CLOSED_ONCE_KNOWN,
        "users",
        "django_session",
        "account_emailconfirmation",
    }
    assert set(READ_BEFORE_IDENTITY) == set(row_security.READ_BEFORE_IDENTITY)


@pytest.mark.parametrize("role", ["relevnt_app", "relevnt_worker"])
def test_table_that_is_not_personal_in_spite_of_its_columns_is_read_by_nobody(
    world: dict[str, Any], role: str
) -> None:
    for table in row_security.NOT_PERSONAL:
        with login(role) as own, pytest.raises(psycopg.errors.InsufficientPrivilege):
            count(own, table)


def test_every_table_of_ours_is_personal_shared_or_named(db: None) -> None:
    shared = {
        "jobs",
        "job_snapshots",
        "job_texts",
        "job_words",
        "learning_catalogs",
        "learning_courses",
        "learning_course_skills",
        "learning_link_hosts",
        "job_sources",
        "job_runs",
        "job_rejections",
        "job_sightings",
        "receiver_hosts",
        "employer_keys",
        "auto_apply_fence",
        "auto_apply_tick",
        "writer_days",
        "sent_marks",
        "deleted_accounts",
    }

    tables = {t for t in connection.introspection.table_names() if not t.startswith(BORROWED)}

    own = {table for table in PERSONAL if not table.startswith(BORROWED)}
    assert tables == own | shared | {"users"}


def test_nobody_sees_nothing(world: dict[str, Any]) -> None:
    with login("relevnt_app") as own:
        for table in PERSONAL:
            assert count(own, table) == 0, table


@pytest.mark.parametrize("value", ["", None])
def test_an_empty_identity_sees_nothing(world: dict[str, Any], value: str | None) -> None:
    with login("relevnt_app") as own:
        own.execute("SELECT set_config('app.user_id', %s, true)", [value])

        assert count(own, "user_personas") == 0


def test_owner_sees_her_rows_and_the_stranger_none(world: dict[str, Any]) -> None:
    with login("relevnt_app") as own:
        for table in world["rows"]:
            act_as(own, world["alice"])
            assert count(own, table) == 1, table
            act_as(own, world["charlie"])
            assert count(own, table) == 0, table


def test_identity_ends_with_its_transaction(world: dict[str, Any]) -> None:
    with login("relevnt_app") as own:
        act_as(own, world["alice"])
        assert count(own, "user_personas") == 1
        own.commit()

        assert count(own, "user_personas") == 0


@pytest.mark.parametrize("table", SIMPLE)
def test_stranger_changes_and_deletes_nothing(world: dict[str, Any], table: str) -> None:
    with login("relevnt_app") as own:
        for sql in (f"UPDATE {table} SET user_id = user_id", f"DELETE FROM {table}"):
            act_as(own, world["charlie"])
            try:
                touched = own.execute(sql).rowcount
            except psycopg.errors.InsufficientPrivilege:
                touched = 0  # nobody at all may
                own.rollback()

            assert touched == 0, sql


def test_row_for_somebody_else_is_refused(world: dict[str, Any]) -> None:
    with login("relevnt_app") as own:
        act_as(own, world["charlie"])

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            own.execute("INSERT INTO user_personas (user_id, name) VALUES (%s, 'x')", [world["alice"].pk])


def test_own_row_cannot_be_given_away(world: dict[str, Any]) -> None:
    with login("relevnt_app") as own:
        act_as(own, world["alice"])

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            own.execute("UPDATE user_skills SET user_id = %s", [world["charlie"].pk])


def test_garbage_identity_is_an_error_and_no_rows(world: dict[str, Any]) -> None:
    with login("relevnt_app") as own:
        own.execute("SELECT set_config('app.user_id', 'nobody', true)")

        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            count(own, "user_personas")


def test_key_to_the_api_opens_its_own_row_alone(world: dict[str, Any]) -> None:
    token = world["rows"]["api_tokens"]
    ApiTokenFactory(user=world["charlie"])
    with login("relevnt_app") as own:
        own.execute("SELECT set_config('app.api_key_sha256', %s, true)", [token.key_sha256])

        found = own.execute("SELECT id FROM api_tokens").fetchall()

    assert found == [(token.pk,)]


@pytest.mark.parametrize(
    "table", ["resumes", "resume_files", "api_tokens", "auto_apply_rules", "coach_private_notes"]
)
def test_worker_acting_for_nobody_does_not_see_what_matching_does_not_need(
    world: dict[str, Any], table: str
) -> None:
    with login("relevnt_worker") as own:
        try:
            assert count(own, table) == 0
        except psycopg.errors.InsufficientPrivilege:
            own.rollback()


def test_worker_reads_the_inputs_of_matching_and_cannot_change_them(world: dict[str, Any]) -> None:
    with login("relevnt_worker") as own:
        assert count(own, "user_personas") == 1
        assert count(own, "user_skills") == 1
        assert own.execute("UPDATE user_personas SET name = 'x'").rowcount == 0
        assert own.execute("DELETE FROM user_skills").rowcount == 0


def test_worker_expires_matches_of_everybody(world: dict[str, Any]) -> None:
    with login("relevnt_worker") as own:
        assert own.execute("DELETE FROM job_matches").rowcount == 1


def test_pages_cannot_write_jobs(world: dict[str, Any]) -> None:
    with login("relevnt_app") as own:
        act_as(own, world["alice"])
        assert count(own, "jobs") >= 1

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            own.execute("UPDATE jobs SET title = 'x'")


@pytest.mark.parametrize("role", ["relevnt_app", "relevnt_worker"])
@pytest.mark.parametrize(
    "sql",
    [
        "TRUNCATE user_personas",
        "ALTER TABLE user_personas DISABLE ROW LEVEL SECURITY",
        "DROP POLICY own_rows ON user_personas",
        "CREATE TABLE mine (id int)",
        "CREATE FUNCTION app_user_id() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'",
        "SET ROLE relevnt_owner",
        "SET row_security = off; SELECT * FROM user_personas",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('x', 'x', now())",
    ],
)
def test_serving_roles_cannot_change_the_house(kept_world: dict[str, Any], role: str, sql: str) -> None:
    with (
        login(role) as own,
        pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.DuplicateFunction)),
    ):
        own.execute(sql)


# --- accounts --------------------------------------------------------------------------------------------------


def test_nobody_makes_himself_coach_or_staff(world: dict[str, Any]) -> None:
    for column in ("is_coach", "is_staff"):
        with login("relevnt_app") as own:
            act_as(own, world["charlie"])

            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                own.execute(f"UPDATE users SET {column} = true WHERE id = %s", [world["charlie"].pk])


def test_signing_up_as_staff_is_refused(world: dict[str, Any]) -> None:
    with login("relevnt_app") as own, pytest.raises(psycopg.errors.InsufficientPrivilege):
        own.execute("INSERT INTO users (email, is_staff) VALUES ('eve@example.com', true)")


def test_account_of_another_can_be_neither_changed_nor_deleted(world: dict[str, Any]) -> None:
    for sql in ("UPDATE users SET email = 'x@example.com' WHERE id = %s", "DELETE FROM users WHERE id = %s"):
        with login("relevnt_app") as own:
            act_as(own, world["charlie"])

            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                own.execute(sql, [world["alice"].pk])


def test_staff_grant_the_role_of_a_coach(world: dict[str, Any]) -> None:
    staff = UserFactory(is_staff=True)
    with login("relevnt_app") as own:
        act_as(own, staff)

        assert (
            own.execute("UPDATE users SET is_coach = true WHERE id = %s", [world["charlie"].pk]).rowcount == 1
        )


def test_staff_see_no_personal_row(world: dict[str, Any]) -> None:
    staff = UserFactory(is_staff=True)
    with login("relevnt_app") as own:
        act_as(own, staff)

        for table in PERSONAL:
            assert count(own, table) == 0, table


# --- coach and client --------------------------------------------------------------------------------------------


def test_relationship_alone_opens_nothing(world: dict[str, Any]) -> None:
    bob = UserFactory(is_coach=True)
    RelationshipFactory(coach=bob, client=world["alice"])
    with login("relevnt_app") as own:
        act_as(own, bob)

        for table in world["rows"]:
            assert count(own, table) == 0, table


def test_somebody_who_is_no_coach_begins_no_relationship(world: dict[str, Any]) -> None:
    with login("relevnt_app") as own:
        act_as(own, world["charlie"])

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            own.execute(
                "INSERT INTO coach_client_relationships (coach_id, client_id, status) VALUES (%s, %s, 'active')",
                [world["charlie"].pk, world["alice"].pk],
            )


@pytest.mark.parametrize("column", ["coach_id", "client_id"])
def test_relationship_cannot_be_pointed_at_somebody_else(world: dict[str, Any], column: str) -> None:
    bob = UserFactory(is_coach=True)
    RelationshipFactory(coach=bob, client=world["alice"])
    with login("relevnt_app") as own:
        act_as(own, bob)

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            own.execute(f"UPDATE coach_client_relationships SET {column} = %s", [world["charlie"].pk])


def test_client_reads_the_relationship_and_cannot_change_it(world: dict[str, Any]) -> None:
    RelationshipFactory(client=world["alice"])
    with login("relevnt_app") as own:
        act_as(own, world["alice"])

        assert count(own, "coach_client_relationships") == 1
        assert own.execute("UPDATE coach_client_relationships SET status = 'ended'").rowcount == 0


def test_coach_changes_status_and_notes(world: dict[str, Any]) -> None:
    relationship = RelationshipFactory(client=world["alice"])
    with login("relevnt_app") as own:
        act_as(own, relationship.coach)

        changed = own.execute("UPDATE coach_client_relationships SET status = 'paused', notes = 'x'").rowcount

    assert changed == 1


def test_consent_is_the_clients_to_write_and_the_coachs_to_read(world: dict[str, Any]) -> None:
    consent = ConsentFactory(relationship=RelationshipFactory(client=world["alice"]))
    with login("relevnt_app") as own:
        act_as(own, consent.coach)
        assert count(own, "coach_consents") == 1
        assert own.execute("UPDATE coach_consents SET scopes = '{matches,resume}'").rowcount == 0
        act_as(own, world["alice"])
        assert own.execute("UPDATE coach_consents SET revoked_at = now()").rowcount == 1


def test_coach_gives_no_consent_for_the_client(world: dict[str, Any]) -> None:
    relationship = RelationshipFactory(client=world["alice"])
    with login("relevnt_app") as own:
        act_as(own, relationship.coach)

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            own.execute(
                "INSERT INTO coach_consents (relationship_id, coach_id, client_id) VALUES (%s, %s, %s)",
                [relationship.pk, relationship.coach_id, relationship.client_id],
            )


def test_consent_to_somebody_elses_relationship_is_refused(world: dict[str, Any]) -> None:
    relationship = RelationshipFactory(client=world["alice"])
    with login("relevnt_app") as own:
        act_as(own, world["charlie"])

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            own.execute(
                "INSERT INTO coach_consents (relationship_id, coach_id, client_id) VALUES (%s, %s, %s)",
                [relationship.pk, relationship.coach_id, world["charlie"].pk],
            )


def test_mail_and_invitation_are_their_senders_and_the_mail_is_not_read_by_its_recipient(
    world: dict[str, Any],
) -> None:
    bob = UserFactory(is_coach=True)
    invitation = InvitationFactory(user=bob, email=world["alice"].email)
    MailFactory(invitation=invitation)
    with login("relevnt_app") as own:
        for who, invitations, mails in ((bob, 1, 1), (world["alice"], 1, 0), (world["charlie"], 0, 0)):
            act_as(own, who)
            assert (count(own, "coach_invitations"), count(own, "coach_mails")) == (invitations, mails)
        act_as(own, bob)
        for sql in ("UPDATE coach_mails SET sent_at = now()", "DELETE FROM coach_mails"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), own.transaction():
                own.execute(sql)


def test_cohort_is_its_coachs_alone(world: dict[str, Any]) -> None:
    member = CohortMemberFactory(relationship=RelationshipFactory(client=world["alice"]))
    with login("relevnt_app") as own:
        for who, expected in ((member.coach, 1), (world["alice"], 0), (world["charlie"], 0)):
            act_as(own, who)
            assert (count(own, "coach_cohorts"), count(own, "coach_cohort_members")) == (expected, expected)


# --- what the worker reads of it -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "table",
    [
        "access_log",
        "coach_cohorts",
        "coach_cohort_members",
        "coach_events",
        "coach_private_notes",
        "coach_suggestions",
    ],
)
def test_worker_has_no_business_with_what_is_between_two_people(world: dict[str, Any], table: str) -> None:
    with login("relevnt_worker") as own, pytest.raises(psycopg.errors.InsufficientPrivilege):
        count(own, table)


def test_worker_reads_what_a_mail_is_about_for_a_day_and_nothing_else(world: dict[str, Any]) -> None:
    bob = UserFactory(is_coach=True)
    InvitationFactory(user=bob)
    told = InvitationFactory(user=bob)
    RelationshipFactory(coach=bob, client=world["alice"])
    begun = RelationshipFactory(coach=bob, client=world["charlie"])
    MailFactory(invitation=told)
    MailFactory(invitation=None, relationship=begun, user=bob, recipient=world["charlie"], kind="ended")
    with login("relevnt_worker") as own:
        assert own.execute("SELECT id FROM coach_invitations").fetchall() == [(told.pk,)]
        assert own.execute("SELECT id FROM coach_client_relationships").fetchall() == [(begun.pk,)]
        own.execute("UPDATE coach_mails SET sent_at = now()")
        assert (count(own, "coach_invitations"), count(own, "coach_client_relationships")) == (1, 1)
        own.execute("UPDATE coach_mails SET sent_at = now() - interval '2 days'")
        assert (count(own, "coach_invitations"), count(own, "coach_client_relationships")) == (0, 0)
        for sql in (
            "UPDATE coach_invitations SET answer = 'accepted'",
            "UPDATE coach_client_relationships SET status = 'ended'",
            "DELETE FROM coach_mails",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), own.transaction():
                own.execute(sql)


def test_worker_reads_consents_that_ended_by_their_date_and_notes_that_it_told(world: dict[str, Any]) -> None:
    ended = ConsentFactory(
        relationship=RelationshipFactory(client=world["alice"]),
        valid_from=datetime(2026, 1, 1, tzinfo=UTC),
        valid_until=datetime(2026, 2, 1, tzinfo=UTC),
    )
    live = ConsentFactory(relationship=RelationshipFactory(client=world["charlie"]))
    with login("relevnt_worker") as own:
        assert own.execute("SELECT id FROM coach_consents").fetchall() == [(ended.pk,)]
        assert count(own, "coach_client_relationships") == 1
        assert own.execute("UPDATE coach_consents SET end_told_at = now()").rowcount == 1
        for sql in (
            "UPDATE coach_consents SET valid_until = NULL",
            "UPDATE coach_consents SET scopes = '{resume}'",
            "DELETE FROM coach_consents",
            f"INSERT INTO coach_consents SELECT * FROM coach_consents WHERE id <> '{live.pk}'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), own.transaction():
                own.execute(sql)


def test_private_note_is_hidden_from_the_client(world: dict[str, Any]) -> None:
    note = PrivateNoteFactory(relationship=RelationshipFactory(client=world["alice"]))
    with login("relevnt_app") as own:
        act_as(own, world["alice"])
        assert count(own, "coach_private_notes") == 0
        act_as(own, note.coach)
        assert count(own, "coach_private_notes") == 1


# --- the start-up check --------------------------------------------------------------------------------------------


WITHOUT_POLICIES = """DO $$ DECLARE p record; BEGIN
    FOR p IN SELECT polname FROM pg_policy WHERE polrelid = 'resumes'::regclass
    LOOP EXECUTE format('DROP POLICY %I ON resumes', p.polname); END LOOP; END $$"""


def codes() -> set[str]:
    return {fault.code for fault in row_security.faults(connection)}


def test_start_up_check_finds_nothing_wrong_here(db: None) -> None:
    assert row_security.faults(connection) == []


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("ALTER TABLE user_personas NO FORCE ROW LEVEL SECURITY", "table"),
        ("ALTER TABLE user_skills DISABLE ROW LEVEL SECURITY", "table"),
        (WITHOUT_POLICIES, "table"),
        ("CREATE TABLE diary (id int, user_id uuid)", "table"),
        ("CREATE VIEW everything AS SELECT * FROM user_personas", "view"),
        ("CREATE MATERIALIZED VIEW everything AS SELECT * FROM user_personas", "view"),
        (
            "CREATE FUNCTION leak() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM users'",
            "function",
        ),
        ("ALTER TABLE jobs OWNER TO relevnt_app", "owner"),
    ],
)
def test_start_up_check_names_what_would_void_row_security(db: None, sql: str, code: str) -> None:
    with as_role(OWNER_ROLE), connection.cursor() as cursor:
        if "OWNER TO" in sql:
            cursor.execute("GRANT CREATE ON SCHEMA public TO relevnt_app")
        cursor.execute(sql)

    assert codes() == {code}


def test_start_up_check_refuses_the_owner(db: None) -> None:
    with as_role(OWNER_ROLE):
        found = codes()

        with pytest.raises(row_security.RowSecurityVoid, match="relevnt_owner"):
            row_security.verify(connection)

    assert {"bypass", "owner"} <= found


def test_start_up_check_refuses_another_isolation(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL default_transaction_isolation = 'repeatable read'")

    assert codes() == {"isolation"}


def test_control_without_policies_the_rows_are_open(world: dict[str, Any]) -> None:
    """The tests above can see: with row security off the stranger reads everything."""
    with as_role(OWNER_ROLE), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE user_personas NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY")
    try:
        with login("relevnt_app") as own:
            act_as(own, world["charlie"])
            assert count(own, "user_personas") == 1
    finally:
        with as_role(OWNER_ROLE), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE user_personas ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")


def test_identity_outside_a_transaction_is_refused(transactional_db: None) -> None:
    from personas.identity import NoTransaction, assume

    with pytest.raises(NoTransaction):
        assume(uuid.uuid4())

    log_in_as_owner_acting_as("relevnt_app")
