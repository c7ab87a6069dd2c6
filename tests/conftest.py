"""The stage: a database made as owner and used as the application role, the cast, a fixed now."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import environ
import pytest
from django.db import connection
from django.test import Client, TransactionTestCase
from django.utils import timezone
from rest_framework.test import APIClient

from personas.models import User
from personas.sessions import begin_session
from tests.factories import UserFactory
from tests.roles import APP, OWNER_ROLE, as_role, log_in_as_owner_acting_as


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: Any
) -> Iterator[None]:
    """Make the test database as its owner; every test then runs as the application role."""
    owner = environ.Env.db_url_config(os.environ["DATABASE_OWNER_URL"])
    settings = connection.settings_dict
    settings.update({key: owner[key] for key in ("USER", "PASSWORD", "HOST", "PORT")})
    if socket_dir := owner.get("OPTIONS", {}).get("host"):
        settings["HOST"] = socket_dir
    with django_db_blocker.unblock():
        log_in_as_owner_acting_as(None)
        name_before = settings["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        log_in_as_owner_acting_as(APP)
    yield
    with django_db_blocker.unblock():
        log_in_as_owner_acting_as(None)
        connection.creation.destroy_test_db(name_before, verbosity=0)


@pytest.fixture(autouse=True, scope="session")
def empty_tables_as_owner() -> Iterator[None]:
    """Emptying tables after a transactional test is the owner's right alone."""
    patch = pytest.MonkeyPatch()
    teardown = TransactionTestCase._fixture_teardown

    def teardown_as_owner(case: TransactionTestCase) -> None:
        with as_role(OWNER_ROLE), connection.cursor() as cursor:
            # The access log refuses to be emptied, even by its owner.
            cursor.execute("ALTER TABLE access_log DISABLE TRIGGER access_log_not_emptied")
            try:
                teardown(case)
            finally:
                cursor.execute("ALTER TABLE access_log ENABLE TRIGGER access_log_not_emptied")
                # The one row that a migration makes.
                cursor.execute("INSERT INTO auto_apply_fence (id) VALUES (1) ON CONFLICT DO NOTHING")

    patch.setattr(TransactionTestCase, "_fixture_teardown", teardown_as_owner)
    yield
    patch.undo()


def forget_identity() -> None:
    """End a request as PostgreSQL does in production: with its transaction, identity and look go."""
    if connection.in_atomic_block and not connection.needs_rollback:
        # In one statement, as tests count the queries of a request and this one with them.
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.user_id', '', true), set_config('app.look_id', '', true)")


def note_as_used(client: Client) -> None:
    """Begin the session of a client that was signed in without the page, which would have."""
    session = client.session
    begin_session(session, now=timezone.now())
    session.save()


class ForgetfulClient(Client):
    """A client after whose requests nobody is known, though the test's own transaction goes on.

    Its sessions are noted as used, so that a test's first request asks no more of the database than the next.
    """

    def force_login(self, user: User, backend: str | None = None) -> None:
        super().force_login(user, backend)
        note_as_used(self)

    def request(self, **request: Any) -> Any:
        try:
            return super().request(**request)
        finally:
            forget_identity()


class ForgetfulAPIClient(APIClient):
    """The same for the API."""

    def force_login(self, user: User, backend: str | None = None) -> None:
        super().force_login(user, backend)
        note_as_used(self)

    def request(self, **kwargs: Any) -> Any:
        try:
            return super().request(**kwargs)
        finally:
            forget_identity()


@pytest.fixture
def client() -> Client:
    return ForgetfulClient()


@pytest.fixture
def api() -> APIClient:
    return ForgetfulAPIClient()


@pytest.fixture
def now() -> datetime:
    """The moment at which every test takes place, unless it says otherwise."""
    return datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def alice(db: None) -> User:
    """Owns what the test is about."""
    return UserFactory(email="alice@example.com", display_name="Alice")


@pytest.fixture
def bob(db: None) -> User:
    """Her coach."""
    return UserFactory(email="bob@example.com", display_name="Bob", is_coach=True)


@pytest.fixture
def charlie(db: None) -> User:
    """A stranger, who has no access to anything of Alice's."""
    return UserFactory(email="charlie@example.com", display_name="Charlie")


@pytest.fixture
def staff(db: None) -> User:
    """A member of the staff."""
    return UserFactory(email="staff@example.com", display_name="Sam", is_staff=True)
