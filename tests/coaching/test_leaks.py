"""The leak cases of row security: raw SQL in the application role, each with the one answer that is right."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

import psycopg
import pytest
from celery import shared_task
from django.conf import settings
from django.db import ProgrammingError, connection, transaction
from django.http import HttpRequest, StreamingHttpResponse

from coaching import looks
from coaching.models import SCOPES
from matching.models import Match
from personas import row_security
from personas.identity import acting_as
from personas.models import Resume, User
from personas.row_security import WORKER_ROLE
from relevnt.middleware import IdentityMiddleware, StreamingRefused
from tests.coaching.stage import GRANTED, OPENED, Stage, open_look
from tests.everything import PERSONAL
from tests.factories import (
    CohortFactory,
    CohortMemberFactory,
    ConsentFactory,
    InvitationFactory,
    PersonaFactory,
    PrivateNoteFactory,
    RelationshipFactory,
    ResumeFactory,
    SuggestionFactory,
    UserFactory,
)
from tests.roles import OWNER_ROLE, act_as, as_role, count, login

REFUSED = psycopg.errors.InsufficientPrivilege
BROKEN_RULE = psycopg.errors.RestrictViolation
CASES: dict[int, str] = {}


def leak(number: int, name: str) -> Callable[[Any], Any]:
    """Number a case and name it in a line."""

    def keep(test: Any) -> Any:
        assert number not in CASES, f"L{number} is taken"
        CASES[number] = name
        return test

    return keep


@contextmanager
def refused(own: psycopg.Connection, *errors: type[psycopg.Error]) -> Iterator[None]:
    """Expect a refusal, and go on after it in the same transaction."""
    own.execute("SAVEPOINT before")
    with pytest.raises(errors or REFUSED):
        yield
    own.execute("ROLLBACK TO before")


def message_of(own: psycopg.Connection, sql: str, values: list[Any]) -> str:
    """What the database answers to somebody who tries `sql`: the kind of its refusal and its words, without the keys."""
    own.execute("SAVEPOINT try")
    try:
        done = own.execute(sql, values).rowcount
    except psycopg.Error as error:
        own.execute("ROLLBACK TO try")
        words = f"{error.diag.message_primary} {error.diag.message_detail or ''}"
        return type(error).__name__ + re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "…", words)
    own.execute("ROLLBACK TO try")
    return f"{done} rows"


def test_there_are_as_many_leak_cases_as_promised() -> None:
    assert sorted(CASES) == list(range(1, len(CASES) + 1))
    assert len(CASES) >= 44
    assert len(set(CASES.values())) == len(CASES)


def test_control_a_coach_who_may_and_says_so_sees_what_is_granted(stage: Stage) -> None:
    """The cases below can see: without what each of them takes away the coach reads."""
    with stage.as_bob() as own:
        stage.look(own)

        assert stage.seen(own) == GRANTED
        assert stage.seen(own, stage.charlie) == set()


# --- who is asking -------------------------------------------------------------------------------------------------


@leak(1, "no identity at all")
def test_nobody_sees_nothing(stage: Stage) -> None:
    with login("relevnt_app") as own:
        assert {table: count(own, table) for table in PERSONAL} == dict.fromkeys(PERSONAL, 0)


@leak(2, "an empty identity, as the end of a transaction leaves behind")
def test_empty_identity_sees_nothing(stage: Stage) -> None:
    with login("relevnt_app") as own:
        own.execute("SELECT set_config('app.user_id', '', true), set_config('app.look_id', '', true)")

        assert {table: count(own, table) for table in PERSONAL} == dict.fromkeys(PERSONAL, 0)


@leak(3, "an identity or a look that is no key")
@pytest.mark.parametrize("setting", ["app.user_id", "app.look_id"])
def test_garbage_is_an_error_and_no_rows(stage: Stage, setting: str) -> None:
    with stage.as_bob() as own:
        own.execute("SELECT set_config(%s, 'anybody', true)", [setting])

        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            count(own, "job_matches")


@leak(4, "identity and look after the end of their transaction")
def test_commit_ends_identity_and_look(stage: Stage) -> None:
    with stage.as_bob() as own:
        stage.look(own)
        assert count(own, "job_matches")
        own.commit()
        assert count(own, "job_matches") == 0

        act_as(own, stage.bob)
        assert stage.seen(own) == set()


@leak(5, "a setting of the session, which outlives its transaction")
def test_setting_of_the_session_does_not_reach_the_next_request(stage: Stage) -> None:
    with login("relevnt_app") as own:
        own.execute("SELECT set_config('app.user_id', %s, false)", [str(stage.alice.pk)])
        own.commit()
        # As the middleware begins every request, of nobody's too.
        act_as(own, None)
        assert count(own, "job_matches") == 0
        act_as(own, stage.bob)
        assert stage.seen(own) == set()
    root = Path(settings.BASE_DIR)
    written = [
        call
        for room in ("personas", "matching", "autoapply", "learning", "coaching", "relevnt")
        for path in (root / room).rglob("*.py")
        for call in re.findall(r"set_config\([^()]*\)", path.read_text())
    ]
    assert len(written) >= 3
    assert [call for call in written if not call.endswith("true)")] == []


@leak(6, "one prepared statement for several people")
def test_prepared_statement_gives_everybody_their_own(stage: Stage) -> None:
    sql = "SELECT user_id FROM job_matches"
    with login("relevnt_app") as own:
        for _ in range(12):  # enough for the server to keep one plan for all
            act_as(own, stage.alice)
            assert own.execute(sql, prepare=True).fetchall() == [(stage.alice.pk,)]
            act_as(own, stage.bob)
            open_look(own, "")
            assert own.execute(sql, prepare=True).fetchall() == []
            stage.look(own)
            assert own.execute(sql, prepare=True).fetchall() == [(stage.alice.pk,)]
            act_as(own, stage.charlie)
            assert own.execute(sql, prepare=True).fetchall() == [(stage.charlie.pk,)]
            act_as(own, None)
            assert own.execute(sql, prepare=True).fetchall() == []


@leak(7, "connections of a pool, used by one person after another")
def test_pooled_connections_show_nobody_what_is_anothers(stage: Stage) -> None:
    wrong: list[str] = []
    pool: Queue[psycopg.Connection] = Queue()

    def visit(number: int) -> None:
        own = pool.get()
        try:
            who = (stage.alice, stage.charlie, stage.bob, None)[number % 4]
            act_as(own, who)
            if who is stage.bob and number % 8 < 4:
                stage.look(own)
                expected = {stage.alice.pk}
            else:
                expected = {who.pk} if who and who is not stage.bob else set()
            found = {row for (row,) in own.execute("SELECT user_id FROM resumes").fetchall()}
            if found != expected:
                wrong.append(f"{number} in {threading.current_thread().name}")
            own.commit() if number % 3 else own.rollback()
        finally:
            pool.put(own)

    with login("relevnt_app") as first, login("relevnt_app") as second:
        pool.put(first)
        pool.put(second)
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(visit, range(1_000)))

    assert wrong == []


# --- what has to be granted ----------------------------------------------------------------------------------------


@leak(8, "a coach without a relationship")
def test_coach_without_a_relationship_sees_nothing(stage: Stage) -> None:
    stage.set("DELETE FROM coach_client_relationships WHERE id = {relationship}")
    with stage.as_bob() as own:
        with refused(own):
            stage.look(own)
        with refused(own):
            stage.look(own, relationship_id=None)

        assert stage.seen(own) == set()


@leak(9, "a relationship without a consent")
def test_relationship_without_a_consent_opens_nothing(stage: Stage) -> None:
    stage.set("DELETE FROM coach_consents")
    closed(stage)


@leak(10, "a consent without a relationship")
def test_consent_without_a_relationship_cannot_be_given(stage: Stage) -> None:
    other = UserFactory(is_coach=True)
    with login("relevnt_app") as own:
        act_as(own, stage.alice)

        for key in (uuid.uuid4(), stage.relationship.pk):
            with refused(own):
                own.execute(
                    "INSERT INTO coach_consents (relationship_id, coach_id, client_id, scopes) VALUES (%s, %s, %s, '{matches}')",
                    [key, other.pk, stage.alice.pk],
                )


CLOSED = {
    11: ("a relationship that is paused", "UPDATE coach_client_relationships SET status = 'paused'"),
    12: ("a relationship that has ended", "UPDATE coach_client_relationships SET status = 'ended'"),
    13: ("a consent that was revoked", "UPDATE coach_consents SET revoked_at = now()"),
    14: (
        "a consent that has expired",
        "UPDATE coach_consents SET valid_from = now() - interval '2 days', valid_until = now() - interval '1 second'",
    ),
    15: (
        "a consent that is not valid yet",
        "UPDATE coach_consents SET valid_from = now() + interval '1 minute'",
    ),
    16: ("a consent to nothing", "UPDATE coach_consents SET scopes = '{{}}'"),
    17: ("a coach who is none any more", "UPDATE users SET is_coach = false WHERE id = {bob}"),
    18: ("a coach whose account is closed", "UPDATE users SET is_active = false WHERE id = {bob}"),
    19: ("a client whose account is closed", "UPDATE users SET is_active = false WHERE id = {alice}"),
    20: (
        "a consent from before the relationship ended and began anew",
        "UPDATE coach_client_relationships SET begun_at = now() + interval '1 microsecond'",
    ),
}
for _number, (_name, _) in CLOSED.items():
    leak(_number, _name)(None)


def closed(stage: Stage) -> None:
    with stage.as_bob() as own:
        for scopes in (SCOPES, *([scope] for scope in SCOPES)):
            with refused(own):
                stage.look(own, scopes=scopes)

        assert stage.seen(own) == set()


@pytest.mark.parametrize("number", CLOSED)
def test_what_does_not_hold_opens_nothing(stage: Stage, number: int) -> None:
    stage.set(CLOSED[number][1])

    closed(stage)


@pytest.mark.parametrize("number", CLOSED)
def test_what_does_not_hold_any_more_cuts_the_look_that_is_open(stage: Stage, number: int) -> None:
    """On the very next statement of a transaction that is open, whoever changed it elsewhere."""
    with stage.as_bob() as own:
        stage.look(own)
        assert stage.seen(own) == GRANTED
        stage.set(CLOSED[number][1])

        assert stage.seen(own) == set()


@leak(21, "a scope that is not granted")
@pytest.mark.parametrize("scope", SCOPES)
def test_each_scope_opens_its_own_tables_and_no_other(stage: Stage, scope: str) -> None:
    stage.set(f"UPDATE coach_consents SET scopes = '{{{{{scope}}}}}'")
    with stage.as_bob() as own:
        for other in {*SCOPES, "papers"} - {scope}:
            with refused(own):
                stage.look(own, scopes=[scope, other])
        stage.look(own, scopes=[scope])

        assert stage.seen(own) == OPENED[scope]


@leak(22, "a scope that is granted and was not looked at")
@pytest.mark.parametrize("scope", SCOPES)
def test_look_opens_what_its_entry_names_and_no_more(stage: Stage, scope: str) -> None:
    with stage.as_bob() as own:
        stage.look(own, scopes=[scope])

        assert stage.seen(own) == OPENED[scope]


@leak(23, "what no consent opens: kits, answers, notes, contacts, letters, keys, calendars")
def test_papers_are_open_to_no_coach(stage: Stage) -> None:
    with stage.as_bob() as own:
        with refused(own):
            stage.look(own, scopes=["papers"])
        stage.look(own)

        assert stage.seen(own) & (OPENED["papers"] | {"api_tokens", "calendar_feeds"}) == set()
    with login("relevnt_app") as own:
        act_as(own, stage.alice)
        with refused(own, psycopg.errors.CheckViolation):
            own.execute("UPDATE coach_consents SET scopes = '{papers}'")


# --- the entry in the log ------------------------------------------------------------------------------------------


@leak(24, "everything granted, and no entry")
def test_without_an_entry_the_coach_sees_nothing(stage: Stage) -> None:
    with stage.as_bob() as own:
        assert stage.seen(own) == set()
        open_look(own, uuid.uuid4())
        assert stage.seen(own) == set()


@leak(25, "an entry of an earlier transaction")
def test_entry_of_an_earlier_transaction_opens_nothing(stage: Stage) -> None:
    with stage.as_bob() as own:
        look_id = stage.look(own)
        own.commit()
        act_as(own, stage.bob)
        open_look(own, look_id)

        assert stage.seen(own) == set()


@leak(26, "the look of another viewer")
def test_look_of_another_viewer_opens_nothing(stage: Stage) -> None:
    other = RelationshipFactory(coach=UserFactory(is_coach=True), client=stage.alice)
    ConsentFactory(relationship=other, scopes=list(SCOPES))
    with login("relevnt_app") as theirs, stage.as_bob() as own:
        act_as(theirs, other.coach)
        look_id = stage.look(theirs, viewer=other.coach, relationship_id=other.pk)
        assert stage.seen(theirs) == GRANTED
        open_look(own, look_id)
        assert stage.seen(own) == set()
        theirs.commit()
        assert stage.seen(own) == set()

        # Even in one transaction: whose look it is counts.
        act_as(own, other.coach)
        stage.look(own, viewer=other.coach, relationship_id=other.pk)
        act_as(own, stage.bob)
        assert stage.seen(own) == set()


@leak(27, "an entry about another client")
def test_entry_about_one_client_opens_no_other(stage: Stage) -> None:
    other = RelationshipFactory(coach=stage.bob, client=stage.charlie)
    ConsentFactory(relationship=other, scopes=list(SCOPES))
    with stage.as_bob() as own:
        stage.look(own, client=stage.charlie, relationship_id=other.pk)

        assert stage.seen(own) == set()
        assert stage.seen(own, stage.charlie) == GRANTED


@leak(28, "an entry in the name of another viewer")
def test_entry_in_the_name_of_another_is_refused(stage: Stage) -> None:
    with login("relevnt_app") as own:
        for who in (stage.charlie, stage.alice, None):
            act_as(own, who)
            with refused(own):
                stage.look(own)


@leak(29, "an entry with a date of one's own")
def test_entry_is_dated_by_the_database(stage: Stage) -> None:
    with stage.as_bob() as own:
        look_id = stage.look(own, at="2020-01-01T00:00:00Z", viewer_name="Somebody else")

        row = own.execute(
            "SELECT at = now(), viewer_name FROM access_log WHERE look_id = %s", [look_id]
        ).fetchone()

    assert row == (True, "Bob")


@leak(30, "an entry that names the relationship of somebody else, or none")
def test_entry_of_a_coach_names_the_relationship(stage: Stage) -> None:
    foreign = RelationshipFactory(client=stage.alice)
    with stage.as_bob() as own:
        answers = {
            message_of(
                own,
                "INSERT INTO access_log (look_id, viewer_id, viewer_role, client_id, relationship_id, scopes, page) "
                "VALUES (%s, %s, 'coach', %s, %s, '{matches}', 'matches')",
                [uuid.uuid4(), stage.bob.pk, stage.alice.pk, key],
            )
            for key in (foreign.pk, uuid.uuid4(), None)
        }

    assert len(answers) == 1
    assert "InsufficientPrivilege" in answers.pop()


@leak(31, "staff without a reason")
@pytest.mark.parametrize("reason", ["", " ", "\t\n"])
def test_staff_without_a_reason_see_nothing(stage: Stage, reason: str) -> None:
    staff = UserFactory(is_staff=True)
    with login("relevnt_app") as own:
        act_as(own, staff)
        with refused(own, REFUSED, psycopg.errors.CheckViolation):
            stage.look(own, viewer=staff, role="staff", reason=reason)

        assert stage.seen(own) == set()


@leak(32, "an entry as staff by somebody who is not, or not any more")
def test_nobody_else_looks_as_staff(stage: Stage) -> None:
    staff = UserFactory(is_staff=True)
    with login("relevnt_app") as own:
        for who in (stage.bob, stage.charlie):
            act_as(own, who)
            with refused(own):
                stage.look(own, viewer=who, role="staff", reason="because")
        act_as(own, staff)
        stage.look(own, viewer=staff, role="staff", reason="because", scopes=[*SCOPES, "papers"])
        assert stage.seen(own) == GRANTED | OPENED["papers"]
        with as_role(OWNER_ROLE):
            User.objects.filter(pk=staff.pk).update(is_staff=False)

        assert stage.seen(own) == set()


@leak(33, "an entry about oneself, and one of a role that there is not")
def test_entry_about_oneself_or_of_no_role_is_refused(stage: Stage) -> None:
    with stage.as_bob() as own:
        with refused(own):
            stage.look(own, client=stage.bob)
        with refused(own, REFUSED, psycopg.errors.CheckViolation):
            stage.look(own, role="owner", reason="because")


@leak(34, "an entry that a savepoint takes back")
def test_entry_taken_back_takes_the_look_with_it(stage: Stage) -> None:
    with stage.as_bob() as own:
        own.execute("SAVEPOINT before")
        look_id = stage.look(own)
        assert stage.seen(own) == GRANTED
        own.execute("ROLLBACK TO before")
        assert stage.seen(own) == set()
        open_look(own, look_id)

        assert stage.seen(own) == set()


@leak(35, "an entry written by the very statement that reads")
def test_entry_opens_nothing_to_its_own_statement(stage: Stage) -> None:
    look_id = uuid.uuid4()
    with stage.as_bob() as own:
        open_look(own, look_id)

        rows = own.execute(
            "WITH entry AS (INSERT INTO access_log (look_id, viewer_id, viewer_role, client_id, relationship_id, scopes, page) "
            "VALUES (%s, %s, 'coach', %s, %s, '{matches}', 'matches')) SELECT id FROM job_matches",
            [look_id, stage.bob.pk, stage.alice.pk, stage.relationship.pk],
        ).fetchall()

    assert rows == []


@leak(36, "a temporary table that is called like the log")
def test_temporary_table_does_not_stand_in_for_the_log(stage: Stage) -> None:
    stage.set("UPDATE coach_consents SET revoked_at = now()")
    look_id = uuid.uuid4()
    with stage.as_bob() as own:
        for table in ("access_log", "coach_client_relationships", "coach_consents", "users"):
            own.execute(f"CREATE TEMP TABLE {table} (LIKE public.{table})")
        own.execute("INSERT INTO pg_temp.users SELECT * FROM public.users")
        own.execute("UPDATE pg_temp.users SET is_active = true, is_coach = true, is_staff = true")
        for role in ("coach", "staff"):
            own.execute(
                "INSERT INTO pg_temp.access_log (id, look_id, viewer_id, viewer_role, client_id, scopes, page, at, viewer_name, "
                "reason) VALUES (gen_random_uuid(), %s, %s, %s, %s, '{matches}', 'matches', now(), '', 'x')",
                [look_id, stage.bob.pk, role, stage.alice.pk],
            )
        open_look(own, look_id)

        assert own.execute("SELECT count(*) FROM public.job_matches").fetchone() == (0,)


# --- writing -------------------------------------------------------------------------------------------------------


@leak(37, "a client's row written by the coach while a look is open")
def test_coach_writes_no_row_of_the_client(stage: Stage) -> None:
    with stage.as_bob() as own:
        stage.look(own)
        for table in sorted(GRANTED - {"resumes"}):
            for sql in (f"UPDATE {table} SET user_id = user_id", f"DELETE FROM {table}"):
                assert message_of(own, sql, []) in {
                    "0 rows",
                    f"InsufficientPrivilegepermission denied for table {table} ",
                }, sql
        for sql in ("UPDATE resumes SET user_id = user_id", "DELETE FROM resumes"):
            assert message_of(own, sql, []) != "1 rows"
        with refused(own):
            own.execute("INSERT INTO user_personas (user_id, name) VALUES (%s, 'x')", [stage.alice.pk])


@leak(38, "SELECT FOR UPDATE by the coach")
def test_coach_locks_no_row_of_the_client(stage: Stage) -> None:
    with stage.as_bob() as own:
        stage.look(own)

        for lock in ("UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE"):
            assert own.execute(f"SELECT id FROM job_matches FOR {lock}").fetchall() == []


@leak(39, "the review of a résumé written by its owner")
def test_owner_does_not_review_her_resume(stage: Stage) -> None:
    with login("relevnt_app") as own:
        act_as(own, stage.alice)
        for values in (
            "review = 'approved'",
            "review = 'changes_suggested'",
            "review_note = 'good'",
            f"reviewed_by_id = '{stage.bob.pk}'",
            "reviewed_at = now()",
        ):
            with refused(own):
                own.execute(f"UPDATE resumes SET {values}")
        with refused(own):
            own.execute(
                "INSERT INTO resumes (user_id, title, review) VALUES (%s, 'x', 'approved')", [stage.alice.pk]
            )


@leak(40, "anything but the review of a résumé written by the coach")
def test_coach_writes_the_review_and_nothing_else(stage: Stage) -> None:
    other = ConsentFactory(
        relationship=RelationshipFactory(coach=stage.bob, client=stage.charlie), scopes=["matches"]
    )
    with stage.as_bob() as own:
        assert own.execute("UPDATE resumes SET review = 'approved'").rowcount == 0
        stage.look(own, scopes=["matches"])
        assert own.execute("UPDATE resumes SET review = 'approved'").rowcount == 0
        stage.look(own, client=other.client, scopes=["matches"], relationship_id=other.relationship_id)
        assert own.execute("UPDATE resumes SET review = 'approved'").rowcount == 0
        stage.look(own)
        for values in (
            "title = 'x'",
            "text = 'x'",
            """document = '{"name": "x"}'""",
            f"user_id = '{stage.bob.pk}'",
            "created_at = now()",
        ):
            with refused(own):
                own.execute(f"UPDATE resumes SET review = 'approved', {values}")
        with refused(own, psycopg.errors.CheckViolation):
            own.execute("UPDATE resumes SET review = 'none'")
        row = own.execute(
            "UPDATE resumes SET review = 'approved', reviewed_by_id = %s RETURNING user_id, reviewed_by_id, reviewed_at = now()",
            [stage.charlie.pk],
        ).fetchall()

    assert row == [(stage.alice.pk, stage.bob.pk, True)]


@leak(41, "a relationship, consent, suggestion or member re-pointed at somebody else")
def test_nothing_between_the_two_is_pointed_at_others(stage: Stage) -> None:
    suggestion = SuggestionFactory(relationship=stage.relationship)
    CohortMemberFactory(relationship=stage.relationship, cohort=(cohort := CohortFactory(coach=stage.bob)))
    PrivateNoteFactory(relationship=stage.relationship)
    elsewhere = RelationshipFactory(client=stage.charlie)
    tables = (
        "coach_client_relationships",
        "coach_consents",
        "coach_suggestions",
        "coach_cohort_members",
        "coach_private_notes",
        "coach_events",
    )
    with login("relevnt_app") as own:
        for who in (stage.bob, stage.alice):
            act_as(own, who)
            for table in tables:
                for column in ("coach_id", "client_id", "relationship_id"):
                    if table == "coach_client_relationships" and column == "relationship_id":
                        continue
                    key = elsewhere.pk if column == "relationship_id" else stage.charlie.pk
                    with refused(own):
                        own.execute(f"UPDATE {table} SET {column} = %s", [key])
        act_as(own, stage.bob)
        with refused(own):
            own.execute("UPDATE coach_cohorts SET coach_id = %s WHERE id = %s", [stage.charlie.pk, cohort.pk])
        with refused(own):
            own.execute("UPDATE coach_suggestions SET proposal = '{}' WHERE id = %s", [suggestion.pk])


@leak(42, "somebody who makes themselves a coach, or another one's coach")
def test_nobody_makes_themselves_a_coach(stage: Stage) -> None:
    begin = "INSERT INTO coach_client_relationships (coach_id, client_id, status) VALUES (%s, %s, 'active')"
    with login("relevnt_app") as own:
        act_as(own, stage.charlie)
        with refused(own):
            own.execute("UPDATE users SET is_coach = true WHERE id = %s", [stage.charlie.pk])
        with refused(own):
            own.execute(begin, [stage.charlie.pk, stage.alice.pk])
        with refused(own):
            own.execute(begin, [stage.bob.pk, stage.charlie.pk])
        # A coach may ask, and that opens nothing.
        act_as(own, stage.bob)
        own.execute(begin, [stage.bob.pk, stage.charlie.pk])
        with refused(own):
            stage.look(own, client=stage.charlie)
        assert stage.seen(own, stage.charlie) == set()


@leak(43, "a relationship begun anew by its coach alone, or with the consent of before")
def test_what_has_ended_begins_anew_with_both_and_with_a_new_consent(stage: Stage) -> None:
    stage.set("UPDATE coach_client_relationships SET status = 'ended'")
    anew = "UPDATE coach_client_relationships SET status = 'active' WHERE id = %s"
    accept = "UPDATE coach_invitations SET answer = 'accepted'"
    InvitationFactory(user=stage.bob, email=stage.alice.email)
    earlier = InvitationFactory(user=stage.bob, email=stage.charlie.email)
    with login("relevnt_app") as own:
        act_as(own, stage.charlie)
        own.execute(f"{accept} WHERE id = %s", [earlier.pk])
        act_as(own, stage.bob)
        for status in ("active", "paused"):
            with refused(own, BROKEN_RULE):
                own.execute("UPDATE coach_client_relationships SET status = %s", [status])
        with refused(own, REFUSED, BROKEN_RULE):
            own.execute(accept)
        with refused(own):
            own.execute("DELETE FROM coach_client_relationships")
        own.commit()
        act_as(own, stage.alice)
        own.execute(accept)
        act_as(own, stage.bob)
        assert own.execute(anew, [stage.relationship.pk]).rowcount == 1

        with refused(own):
            stage.look(own)
        assert stage.seen(own) == set()


@leak(44, "a consent written or brought back by the coach, or brought back by the client")
def test_consent_is_the_clients_and_is_revoked_once(stage: Stage) -> None:
    give = "INSERT INTO coach_consents (relationship_id, coach_id, client_id, scopes, created_at) VALUES (%s, %s, %s, '{matches}', %s)"
    sides = [stage.relationship.pk, stage.bob.pk, stage.alice.pk]
    with login("relevnt_app") as own:
        act_as(own, stage.bob)
        for sql in (
            "UPDATE coach_consents SET valid_until = NULL",
            "UPDATE coach_consents SET scopes = '{matches}'",
        ):
            assert own.execute(sql).rowcount == 0
        act_as(own, stage.alice)
        own.execute("UPDATE coach_consents SET revoked_at = now()")
        with refused(own, BROKEN_RULE):
            own.execute("UPDATE coach_consents SET revoked_at = NULL")
        act_as(own, stage.bob)
        assert own.execute("UPDATE coach_consents SET revoked_at = NULL").rowcount == 0
        with refused(own):
            own.execute(give, [*sides, "2099-01-01"])
        # A new one is dated by the database: none can be made to outlive a new beginning.
        act_as(own, stage.alice)
        own.execute(give, [*sides, "2099-01-01"])
        assert own.execute(
            "SELECT created_at = now() FROM coach_consents WHERE revoked_at IS NULL"
        ).fetchone() == (True,)


@leak(45, "a coach's private notes read by the client, by whatever path")
def test_private_notes_are_hidden_from_the_client_by_every_path(stage: Stage) -> None:
    note = PrivateNoteFactory(relationship=stage.relationship, body="a secret")
    tried = (
        "SELECT body FROM coach_private_notes",
        "SELECT body FROM coach_private_notes FOR UPDATE",
        "SELECT n.body FROM coach_client_relationships r JOIN coach_private_notes n ON n.relationship_id = r.id",
        "SELECT r.id FROM coach_client_relationships r WHERE EXISTS (SELECT 1 FROM coach_private_notes n WHERE n.relationship_id = r.id)",
        "UPDATE coach_private_notes SET body = body RETURNING body",
        "DELETE FROM coach_private_notes RETURNING body",
    )
    with login("relevnt_app") as own:
        for who in (stage.alice, stage.charlie, None):
            act_as(own, who)
            for sql in tried:
                assert own.execute(sql).fetchall() == [], sql
            with refused(own):
                own.execute(
                    "INSERT INTO coach_private_notes (id, relationship_id, coach_id, client_id, body) VALUES (%s, %s, %s, %s, 'x') "
                    "ON CONFLICT (id) DO UPDATE SET body = coach_private_notes.body RETURNING body",
                    [note.pk, stage.relationship.pk, stage.bob.pk, stage.alice.pk],
                )
        # Nothing of a note is in what both sides read.
        act_as(own, stage.alice)
        assert "a secret" not in str(own.execute("SELECT * FROM coach_events").fetchall())
        with own.cursor().copy("COPY (SELECT body FROM coach_private_notes) TO STDOUT") as copied:
            assert b"".join(copied) == b""


# --- keys that tell ------------------------------------------------------------------------------------------------


@leak(46, "a key to a persona or résumé that is not the client's, or not granted")
def test_keys_of_a_suggestion_tell_nothing(stage: Stage) -> None:
    theirs = {
        "persona_id": PersonaFactory(user=stage.charlie).pk,
        "resume_id": ResumeFactory(user=stage.charlie).pk,
    }
    hers = {
        "persona_id": stage.rows["user_personas"].pk,
        "resume_id": stage.rows["resumes"].pk,
    }
    sql = "INSERT INTO coach_suggestions (relationship_id, coach_id, client_id, kind, note, {}) VALUES (%s, %s, %s, %s, 'x', %s)"
    sides = [stage.relationship.pk, stage.bob.pk, stage.alice.pk]
    kinds = {"persona_id": "persona", "resume_id": "resume"}
    with stage.as_bob() as own:
        for column, kind in kinds.items():
            foreign, missing = (
                message_of(own, sql.format(column), [*sides, kind, key])
                for key in (theirs[column], uuid.uuid4())
            )
            assert foreign == missing
            assert "ForeignKeyViolation" in foreign
            assert message_of(own, sql.format(column), [*sides, kind, hers[column]]) == "1 rows"
        # Without its scope a key of hers is not told from one that leads nowhere.
        for column, scope in (("persona_id", "resume"), ("resume_id", "matches")):
            stage.set(f"UPDATE coach_consents SET scopes = '{{{{{scope}}}}}'")
            for kind in ("weights", "persona", "job", "skill", "resume"):
                answers = {
                    message_of(own, sql.format(column), [*sides, kind, key])
                    for key in (hers[column], uuid.uuid4())
                }
                assert len(answers) == 1, (column, kind)
                assert "InsufficientPrivilege" in answers.pop()


@leak(47, "a key to a relationship, cohort or invitation of others")
def test_keys_to_what_is_between_others_tell_nothing(stage: Stage) -> None:
    theirs = RelationshipFactory(client=stage.charlie)
    cohort = CohortFactory(coach=theirs.coach)
    CohortMemberFactory(relationship=theirs, cohort=cohort)
    ConsentFactory(relationship=theirs)
    invitation = InvitationFactory(user=theirs.coach)
    mine = CohortFactory(coach=stage.bob)
    asked = InvitationFactory(user=stage.bob, email=stage.alice.email)
    me, her = stage.bob.pk, stage.alice.pk
    nowhere = uuid.uuid4()
    member = "INSERT INTO coach_cohort_members (cohort_id, relationship_id, coach_id, client_id) VALUES (%s, %s, %s, %s)"
    mail = "INSERT INTO coach_mails (user_id, recipient_id, kind, {}) VALUES (%s, %s, 'ended', %s)"
    pairs = [
        (member, [mine.pk, theirs.pk, me, her], [mine.pk, nowhere, me, her]),
        (member, [cohort.pk, theirs.pk, me, her], [nowhere, nowhere, me, her]),
        (member, [cohort.pk, stage.relationship.pk, me, her], [nowhere, stage.relationship.pk, me, her]),
        (
            "INSERT INTO coach_suggestions (relationship_id, coach_id, client_id, kind, note) VALUES (%s, %s, %s, 'skill', 'x')",
            [theirs.pk, me, her],
            [nowhere, me, her],
        ),
        (
            "INSERT INTO coach_private_notes (relationship_id, coach_id, client_id, body) VALUES (%s, %s, %s, 'x')",
            [theirs.pk, me, her],
            [nowhere, me, her],
        ),
        (
            "INSERT INTO coach_consents (relationship_id, coach_id, client_id) VALUES (%s, %s, %s)",
            [theirs.pk, theirs.coach_id, me],
            [nowhere, theirs.coach_id, me],
        ),
        (
            f"UPDATE coach_invitations SET relationship_id = %s WHERE id = '{asked.pk}'",
            [theirs.pk],
            [nowhere],
        ),
        (mail.format("relationship_id"), [me, me, theirs.pk], [me, me, nowhere]),
        (mail.format("invitation_id"), [me, me, invitation.pk], [me, me, nowhere]),
    ]
    with stage.as_bob() as own:
        for sql, foreign, missing in pairs:
            answer = message_of(own, sql, foreign)
            assert answer == message_of(own, sql, missing), sql
            assert "Violation" in answer or "Privilege" in answer, sql
        # Nor does a mail about what is one's own go to anybody else.
        with refused(own):
            own.execute(mail.format("relationship_id"), [me, stage.charlie.pk, stage.relationship.pk])


@leak(48, "a unique value that tells what others have")
def test_unique_values_begin_with_whose_they_are(stage: Stage) -> None:
    with login("relevnt_app") as own:
        found = own.execute(
            """
            SELECT c.relname, i.relname,
                   (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = x.indkey[0])
            FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
            WHERE x.indisunique AND NOT x.indisprimary AND c.relnamespace = 'public'::regnamespace AND c.relname = ANY(%s)
            """,
            [sorted(PERSONAL)],
        ).fetchall()
    others = {name for _, name, column in found if column not in {"user_id", "coach_id", "id"}}

    assert others == set(BEGIN_WITH_A_KEY)
    assert len(found) > len(others)


# Each of these begins with a random key of 122 bits that its person alone was ever shown, or that a policy checks first.
BEGIN_WITH_A_KEY = {
    "access_is_logged_once_a_person_and_page_view": "a look",
    "api_tokens_key_sha256_key": "a secret",
    "application_slot_is_one_per_rule_and_week": "a rule",
    "auto_apply_applications_key_key": "the application's own",
    "auto_apply_logs_application_id_key": "an application",
    "calendar_feeds_key_sha256_key": "a secret",
    "cohort_member_is_in_it_once": "a cohort, which the policy finds to be the coach's (L47)",
    "consent_is_one_at_a_time": "a relationship, which the policy finds to be the client's (L10, L47)",
    "decision_is_one_per_rule_and_job": "a rule",
    "persona_preferences_persona_id_key": "a persona",
    "resume_files_resume_id_key": "a résumé",
    "socialaccount_socialaccount_provider_uid_fc810c6e_uniq": "a sign-in provider, which has vouched for the name before it is written",
}


# --- what stands around the policies -------------------------------------------------------------------------------


@leak(49, "a view that reads as its owner")
@leak(50, "a materialized view, which no policy reaches")
@leak(51, "a function that runs as its owner")
def test_nothing_serves_while_something_reads_past_the_policies(stage: Stage) -> None:
    around = {
        "view": "CREATE VIEW looks AS SELECT * FROM access_log",
        "view ": "CREATE MATERIALIZED VIEW looks AS SELECT * FROM job_matches",
        "function": "CREATE FUNCTION looks() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM access_log'",
    }
    for code, sql in around.items():
        with transaction.atomic():
            with as_role(OWNER_ROLE), connection.cursor() as cursor:
                cursor.execute(sql)
            assert {fault.code for fault in row_security.faults(connection)} == {code.strip()}
            with pytest.raises(row_security.RowSecurityVoid):
                row_security.verify(connection)
            transaction.set_rollback(True)
    with transaction.atomic():
        with as_role(OWNER_ROLE), connection.cursor() as cursor:
            cursor.execute("CREATE VIEW mine WITH (security_invoker = true) AS SELECT * FROM job_matches")
            cursor.execute("GRANT SELECT ON mine TO relevnt_app")
        assert row_security.faults(connection) == []
        with acting_as(stage.bob.pk), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM mine")
            assert cursor.fetchone() == (0,)
        transaction.set_rollback(True)


@leak(52, "the worker, acting for the coach")
def test_worker_acting_for_the_coach_looks_at_nobody(stage: Stage) -> None:
    with stage.as_bob() as own:
        look_id = stage.look(own)
        own.commit()
    needed = {"user_personas", "persona_preferences", "user_skills", "relevance_tuner_settings"}
    with login("relevnt_worker") as own:
        for who in (None, stage.bob):
            act_as(own, who)
            open_look(own, look_id)
            with refused(own):
                stage.look(own)
            for table in sorted((GRANTED | OPENED["papers"]) - needed):
                expected = {"0"} if table not in WORKER_READS else {"0", "1"}
                assert str(count(own, f"{table} WHERE user_id = '{stage.alice.pk}'")) in expected, table


# What the worker computes or sends for everybody, whoever it acts for.
WORKER_READS = {
    "job_matches",
    "match_states",
    "auto_apply_standings",
    "auto_apply_applications",
    "learning_states",
}


@leak(53, "a page that is streamed after its transaction")
def test_streamed_page_is_refused(stage: Stage) -> None:
    def export(request: HttpRequest) -> StreamingHttpResponse:
        looks.look_at_client(
            coach=stage.bob, relationship=stage.relationship, scopes=["matches"], page="matches"
        )
        return StreamingHttpResponse(str(match.pk) for match in Match.objects.all())

    request = HttpRequest()
    request.user = stage.bob
    before = stage.looks()

    with pytest.raises(StreamingRefused):
        IdentityMiddleware(export)(request)

    assert stage.looks() == before


@leak(54, "a callback after the commit")
def test_callback_after_the_commit_reads_nothing(stage: Stage) -> None:
    seen: list[int] = []
    with acting_as(stage.bob.pk):
        looks.look_at_client(
            coach=stage.bob, relationship=stage.relationship, scopes=["matches"], page="matches"
        )
        assert Match.objects.count() == 1
        transaction.on_commit(lambda: seen.append(Match.objects.count()))

    assert seen == [0]


@shared_task
def read_resumes(coach_id: str) -> tuple[int, bool]:
    """A task that would read for a coach: how many rows it saw, and whether it could look at the client."""
    with acting_as(uuid.UUID(coach_id)):
        found = Resume.objects.count()
        coach = User.objects.get(pk=coach_id)
        relationship = coach.clients_of_coach.first()
        if relationship is None:
            return found, False
    with pytest.raises(ProgrammingError), acting_as(coach.pk):
        looks.look_at_client(coach=coach, relationship=relationship, scopes=["resume"], page="resumes")
    return found, False


@leak(55, "a task that acts for the coach")
def test_task_that_acts_for_the_coach_reads_nothing(stage: Stage) -> None:
    with as_role(WORKER_ROLE):
        assert read_resumes.apply(args=[str(stage.bob.pk)]).get() == (0, False)


@leak(56, "a history that one side makes up")
def test_history_is_written_by_what_happens_alone(stage: Stage) -> None:
    with login("relevnt_app") as own:
        for who in (stage.bob, stage.alice):
            act_as(own, who)
            with refused(own):
                own.execute(
                    "INSERT INTO coach_events (relationship_id, coach_id, client_id, what, scopes) "
                    "VALUES (%s, %s, %s, 'consented', '{resume}')",
                    [stage.relationship.pk, stage.bob.pk, stage.alice.pk],
                )
            for sql in ("UPDATE coach_events SET what = 'begun'", "DELETE FROM coach_events"):
                with refused(own):
                    own.execute(sql)


@leak(57, "an answer to a suggestion in the client's name")
def test_coach_does_not_answer_for_the_client(stage: Stage) -> None:
    SuggestionFactory(relationship=stage.relationship)
    with stage.as_bob() as own:
        for values in (
            "status = 'accepted'",
            "status = 'declined'",
            "answer = 'gladly'",
            "status = 'withdrawn', answer = 'gladly'",
        ):
            with refused(own):
                own.execute(f"UPDATE coach_suggestions SET {values}")
        act_as(own, stage.charlie)
        assert own.execute("UPDATE coach_suggestions SET status = 'declined'").rowcount == 0
        act_as(own, stage.alice)
        with refused(own):
            own.execute("UPDATE coach_suggestions SET status = 'withdrawn'")
        own.execute("UPDATE coach_suggestions SET status = 'declined', answer = 'no'")
        for status in ("open", "accepted"):
            with refused(own, BROKEN_RULE):
                own.execute("UPDATE coach_suggestions SET status = %s", [status])


@leak(58, "an invitation read or answered by somebody to whom it was not sent")
def test_invitation_is_for_its_address_alone(stage: Stage) -> None:
    InvitationFactory(user=stage.bob, email=stage.alice.email, message="a word")
    with login("relevnt_app") as own:
        for who in (stage.charlie, None):
            act_as(own, who)
            assert count(own, "coach_invitations") == 0
            assert own.execute("UPDATE coach_invitations SET answer = 'accepted'").rowcount == 0
        act_as(own, stage.bob)
        with refused(own):
            own.execute("UPDATE coach_invitations SET answer = 'accepted'")
        with refused(own):
            own.execute(
                "INSERT INTO coach_invitations (user_id, by_coach, email) VALUES (%s, true, 'bob@example.com')",
                [stage.bob.pk],
            )
        act_as(own, stage.charlie)
        with refused(own):
            own.execute(
                "INSERT INTO coach_invitations (user_id, by_coach, email) VALUES (%s, true, 'x@example.com')",
                [stage.charlie.pk],
            )
        act_as(own, stage.alice)
        assert own.execute("UPDATE coach_invitations SET answer = 'declined'").rowcount == 1
