"""The log of who looked: only ever added to, and read by the person it is about."""

from __future__ import annotations

import uuid

import psycopg
import pytest
from django.db import transaction

from coaching import looks
from coaching.models import SCOPES, AccessEntry, Consent
from matching.models import Match
from personas.identity import acting_as, assume
from personas.models import User
from tests.coaching.stage import Stage
from tests.factories import ConsentFactory, RelationshipFactory, UserFactory
from tests.roles import act_as, count, login

REFUSED = psycopg.errors.InsufficientPrivilege
CHANGES = (
    "UPDATE access_log SET page = 'nothing'",
    "UPDATE access_log SET at = '2020-01-01'",
    "UPDATE access_log SET viewer_id = NULL, viewer_name = ''",
    "UPDATE access_log SET viewer_id = NULL",
    "UPDATE access_log SET relationship_id = NULL",
    "UPDATE access_log SET scopes = '{learning}', reason = 'a better one'",
    "DELETE FROM access_log",
    "TRUNCATE access_log",
    "TRUNCATE users CASCADE",
)


def looked(stage: Stage) -> uuid.UUID:
    """One look of the coach's that is kept."""
    with stage.as_bob() as own:
        look_id = stage.look(own)
        own.commit()
    return look_id


def entry(stage: Stage, look_id: uuid.UUID) -> AccessEntry:
    with acting_as(stage.alice.pk):
        return AccessEntry.objects.get(look_id=look_id)


# --- only ever added to ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["relevnt_app", "relevnt_worker", "relevnt_owner"])
@pytest.mark.parametrize("sql", CHANGES)
def test_nobody_changes_or_strikes_an_entry(stage: Stage, role: str, sql: str) -> None:
    look_id = looked(stage)
    for who in (stage.bob, stage.alice):
        with login(role) as own:
            act_as(own, who)

            with pytest.raises(REFUSED):
                own.execute(sql)

    assert entry(stage, look_id).viewer_id == stage.bob.pk


def test_worker_neither_reads_nor_writes_the_log(stage: Stage) -> None:
    write = """INSERT INTO access_log (look_id, viewer_role, client_id, scopes, page)
        VALUES (gen_random_uuid(), 'staff', gen_random_uuid(), '{matches}', 'x')"""
    for sql in ("SELECT * FROM access_log", write):
        with login("relevnt_worker") as own, pytest.raises(REFUSED):
            own.execute(sql)


def test_control_the_owner_who_takes_the_trigger_away_could(stage: Stage) -> None:
    """The tests above see the trigger: row security and rights do not keep the owner from it."""
    looked(stage)
    with login("relevnt_owner") as own:
        own.execute("ALTER TABLE access_log DISABLE TRIGGER access_log_kept")

        assert own.execute("DELETE FROM access_log").rowcount >= 1


# --- what outlives what ----------------------------------------------------------------------------------------------


def test_entry_outlives_the_account_of_its_viewer(stage: Stage) -> None:
    look_id = looked(stage)
    with login("relevnt_app") as own:
        act_as(own, stage.bob)
        assert own.execute("DELETE FROM users WHERE id = %s", [stage.bob.pk]).rowcount == 1
        own.commit()

    kept = entry(stage, look_id)
    assert (kept.viewer_id, kept.viewer_name, kept.relationship_id) == (None, "Bob", None)
    assert sorted(kept.scopes) == sorted(SCOPES)


def test_entry_outlives_the_relationship(stage: Stage) -> None:
    look_id = looked(stage)
    stage.set("DELETE FROM coach_client_relationships WHERE id = {relationship}")

    kept = entry(stage, look_id)
    assert (kept.viewer_id, kept.relationship_id) == (stage.bob.pk, None)


def test_entry_goes_with_the_account_of_its_client(stage: Stage) -> None:
    dora = UserFactory()
    relationship = RelationshipFactory(coach=stage.bob, client=dora)
    ConsentFactory(relationship=relationship)
    with stage.as_bob() as own:
        look_id = stage.look(own, client=dora, relationship_id=relationship.pk, scopes=["matches"])
        own.commit()
    with login("relevnt_app") as own:
        act_as(own, dora)
        own.execute("DELETE FROM users WHERE id = %s", [dora.pk])
        own.commit()

    with login("relevnt_owner") as own:
        assert count(own, f"access_log WHERE look_id = '{look_id}'") == 0


def test_entry_names_its_viewer_as_they_were_called_then(stage: Stage) -> None:
    look_id = looked(stage)
    stage.set("UPDATE users SET display_name = 'Somebody else' WHERE id = {bob}")

    assert entry(stage, look_id).viewer_name == "Bob"


# --- who reads it ----------------------------------------------------------------------------------------------------


def test_client_reads_every_entry_about_her_and_nobody_else_does(stage: Stage) -> None:
    look_id = looked(stage)
    one = f"access_log WHERE look_id = '{look_id}'"
    other = UserFactory(is_coach=True)
    staff = UserFactory(is_staff=True)
    with login("relevnt_app") as own:
        act_as(own, stage.alice)
        assert count(own, one) == 1
        for who in (stage.bob, stage.charlie, other, staff, None):
            act_as(own, who)
            assert count(own, one) == 0, who


def test_viewer_reads_the_entries_of_the_running_transaction_alone(stage: Stage) -> None:
    looked(stage)
    with stage.as_bob() as own:
        assert count(own, "access_log") == 0
        stage.look(own)
        assert count(own, "access_log") == 1


def test_client_keeps_the_entries_when_everything_has_ended(stage: Stage) -> None:
    look_id = looked(stage)
    stage.set("UPDATE coach_client_relationships SET status = 'ended'")
    stage.set("UPDATE coach_consents SET revoked_at = now()")
    stage.set("UPDATE users SET is_coach = false, is_active = false WHERE id = {bob}")

    assert entry(stage, look_id).page == "matches"


# --- the module that writes it ---------------------------------------------------------------------------------------


def test_page_view_is_one_entry_a_client_and_look(stage: Stage) -> None:
    before = stage.looks()
    with acting_as(stage.bob.pk):
        for _ in range(3):
            looks.look_at_client(
                coach=stage.bob, relationship=stage.relationship, scopes=["matches"], page="matches"
            )
            assert Match.objects.count() == 1

    assert stage.looks() == before + 3


def test_look_refused_and_look_taken_back_leave_no_entry(stage: Stage) -> None:
    before = stage.looks()
    with transaction.atomic():
        assume(stage.bob.pk)
        looks.look_at_client(
            coach=stage.bob, relationship=stage.relationship, scopes=["matches"], page="matches"
        )
        transaction.set_rollback(True)
    stage.set("UPDATE coach_consents SET scopes = '{{learning}}'")
    with acting_as(stage.bob.pk), pytest.raises(looks.NotGranted):
        looks.look_at_client(
            coach=stage.bob, relationship=stage.relationship, scopes=["learning", "matches"], page="matches"
        )

    assert stage.looks() == before


def test_closing_a_look_closes_the_rows(stage: Stage) -> None:
    with acting_as(stage.bob.pk):
        looks.look_at_client(
            coach=stage.bob, relationship=stage.relationship, scopes=["matches"], page="matches"
        )
        assert Match.objects.count() == 1
        looks.close_look()

        assert Match.objects.count() == 0


def test_looks_and_the_database_agree_on_what_is_granted(stage: Stage, people: dict[str, User]) -> None:
    """`granted_scopes` in Python and `scopes_granted` in SQL are two spellings of one rule."""
    states = (
        "UPDATE coach_consents SET valid_until = now() + interval '1 hour'",
        "UPDATE coach_consents SET valid_from = now() - interval '2 days', valid_until = now()",
        "UPDATE coach_consents SET valid_from = now() + interval '1 day', valid_until = NULL",
        "UPDATE coach_consents SET valid_from = now() - interval '1 day'",
        "UPDATE coach_client_relationships SET status = 'paused'",
        "UPDATE coach_client_relationships SET status = 'ended'",
        "UPDATE coach_client_relationships SET status = 'active', begun_at = clock_timestamp()",
        "UPDATE coach_client_relationships SET begun_at = now() - interval '1 day'",
        "UPDATE users SET is_active = false WHERE id = {alice}",
        "UPDATE users SET is_active = true WHERE id = {alice}",
        "UPDATE users SET is_coach = false WHERE id = {bob}",
        "UPDATE users SET is_coach = true, is_active = false WHERE id = {bob}",
        "UPDATE users SET is_active = true WHERE id = {bob}",
        "UPDATE coach_consents SET scopes = '{{resume}}'",
        "UPDATE coach_consents SET revoked_at = now()",
    )
    told = []
    for sql in states:
        stage.set(sql)
        with acting_as(stage.bob.pk):
            said = looks.granted_scopes(coach=stage.bob).get(stage.alice.pk, frozenset())
        with stage.as_bob() as own:
            row = own.execute("SELECT scopes_granted(%s)", [stage.alice.pk]).fetchone()
        assert row
        assert said == frozenset(row[0]), sql
        told.append(len(said))

    assert told == [4, 0, 0, 4, 0, 0, 0, 4, 0, 4, 0, 0, 4, 1, 0]
    assert Consent.objects.count() == 0
