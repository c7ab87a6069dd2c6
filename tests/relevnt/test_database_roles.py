"""The bootstrap of roles and database, on a PostgreSQL of this module's own."""

from __future__ import annotations

import shutil
import stat
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from relevnt.embedded import place, roles
from relevnt.embedded.postgres import Postgres

EVERYBODY = ["relevnt_app", "relevnt_owner", "relevnt_worker"]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A server that asks everybody but its superuser for a password."""
    state = Path(tempfile.mkdtemp(prefix="relevnt-roles-"))
    postgres = Postgres(state, durable=False)
    postgres.start()
    (postgres.data / "pg_hba.conf").write_text("local all postgres trust\nlocal all all scram-sha-256\n")
    execute(postgres.url(), "SELECT pg_reload_conf()")
    yield postgres
    postgres.stop()
    shutil.rmtree(state)


@pytest.fixture
def url(server: Postgres) -> str:
    """The superuser's address, on the server with nothing of ours on it."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        ours = "datname NOT IN ('postgres', 'template0', 'template1')"
        for (name,) in connection.execute(f"SELECT datname FROM pg_database WHERE {ours}").fetchall():
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        for (name,) in connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname !~ '^(pg_|postgres$)'"
        ).fetchall():
            connection.execute(f"DROP OWNED BY {name} CASCADE")
            connection.execute(f"DROP ROLE {name}")
    return server.url()


def execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def rows(url: str, query: str) -> list:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def role_rights(url: str) -> list:
    return rows(
        url,
        "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole "
        "FROM pg_roles WHERE rolname ~ '^relevnt_' ORDER BY 1",
    )


RIGHT_RIGHTS = [
    ("relevnt_app", True, False, False, False, False),
    ("relevnt_owner", True, False, True, True, False),
    ("relevnt_worker", True, False, False, False, False),
]


def test_bootstrap_makes_the_three_roles_with_their_rights(url, tmp_path):
    roles.bootstrap(url, state=tmp_path, passwords=False)

    assert role_rights(url) == RIGHT_RIGHTS


def test_bootstrap_makes_a_database_that_only_our_roles_enter(url, tmp_path):
    execute(url, "CREATE ROLE stranger LOGIN")

    roles.bootstrap(url, state=tmp_path, passwords=False)

    found = rows(
        url,
        "SELECT r, has_database_privilege(r, 'relevnt', 'CONNECT'), has_database_privilege(r, 'relevnt', 'CREATE'), "
        "has_database_privilege(r, 'relevnt', 'TEMP') "
        "FROM unnest(ARRAY['relevnt_app', 'relevnt_owner', 'relevnt_worker', 'stranger']) r ORDER BY 1",
    )
    assert found == [
        ("relevnt_app", True, False, False),
        ("relevnt_owner", True, True, True),
        ("relevnt_worker", True, False, False),
        ("stranger", False, False, False),
    ]


def test_bootstrap_lets_only_the_owner_create_tables(url, server, tmp_path):
    roles.bootstrap(url, state=tmp_path, passwords=False)

    found = rows(
        server.url("postgres", "relevnt"),
        "SELECT r, has_schema_privilege(r, 'public', 'USAGE'), has_schema_privilege(r, 'public', 'CREATE') "
        "FROM unnest(ARRAY['relevnt_app', 'relevnt_owner', 'relevnt_worker']) r ORDER BY 1",
    )
    assert found == [
        ("relevnt_app", True, False),
        ("relevnt_owner", True, True),
        ("relevnt_worker", True, False),
    ]


def test_bootstrap_lets_the_owner_become_the_serving_roles(url, tmp_path):
    roles.bootstrap(url, state=tmp_path, passwords=True)
    address = place.address_for(
        url,
        role="relevnt_owner",
        password=place.read_credentials(tmp_path)["relevnt_owner"],
        database="relevnt",
    )

    with psycopg.connect(address, options="-c role=relevnt_app") as connection:
        became = connection.execute("SELECT current_user, session_user").fetchone()

    assert became == ("relevnt_app", "relevnt_owner")


def test_bootstrap_twice_changes_nothing(url, server, tmp_path):
    roles.bootstrap(url, state=tmp_path, passwords=True)
    before = place.credentials_file(tmp_path).read_text(), catalogue(server)

    roles.bootstrap(url, state=tmp_path, passwords=True)

    assert (place.credentials_file(tmp_path).read_text(), catalogue(server)) == before


def catalogue(server: Postgres) -> list:
    return rows(server.url(), "SELECT a FROM pg_authid a ORDER BY oid") + rows(
        server.url(), "SELECT datname, datdba, datacl FROM pg_database ORDER BY oid"
    )


def test_bootstrap_by_several_at_once_agrees(url, tmp_path):
    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(roles.bootstrap, url, state=tmp_path, passwords=True) for _ in range(8)]

    assert [each.result() for each in done] == [None] * 8
    assert role_rights(url) == RIGHT_RIGHTS


def test_bootstrap_without_a_database_makes_the_roles_alone(url, tmp_path):
    roles.bootstrap(url, state=tmp_path, database=None, passwords=False)

    assert role_rights(url) == RIGHT_RIGHTS
    assert rows(url, "SELECT 1 FROM pg_database WHERE datname = 'relevnt'") == []


def test_bootstrap_takes_back_rights_that_a_role_must_not_have(url, tmp_path):
    execute(url, "CREATE ROLE relevnt_app LOGIN SUPERUSER BYPASSRLS")

    roles.bootstrap(url, state=tmp_path, passwords=False)

    assert role_rights(url) == RIGHT_RIGHTS


def test_bootstrap_keeps_the_passwords_in_a_private_file(url, tmp_path):
    roles.bootstrap(url, state=tmp_path, passwords=True)

    file = place.credentials_file(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(place.read_credentials(tmp_path)) == EVERYBODY
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_bootstrap_makes_passwords_that_open_the_server(url, tmp_path):
    roles.bootstrap(url, state=tmp_path, passwords=True)

    opened = [rows(address, "SELECT current_user")[0][0] for address in addresses(url, tmp_path)]

    assert sorted(opened) == EVERYBODY
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(place.address_for(url, role="relevnt_app", password="guess", database="relevnt"))


def addresses(url: str, state: Path) -> list[str]:
    return [
        place.address_for(url, role=role, password=password, database="relevnt")
        for role, password in place.read_credentials(state).items()
    ]


def test_bootstrap_sets_new_passwords_when_the_file_is_lost(url, tmp_path):
    roles.bootstrap(url, state=tmp_path, passwords=True)
    lost = place.read_credentials(tmp_path)
    place.credentials_file(tmp_path).unlink()

    roles.bootstrap(url, state=tmp_path, passwords=True)

    assert place.read_credentials(tmp_path).items().isdisjoint(lost.items())
    assert len([rows(address, "SELECT 1") for address in addresses(url, tmp_path)]) == 3


def test_bootstrap_sets_the_kept_passwords_again_when_the_server_forgot_them(url, tmp_path):
    roles.bootstrap(url, state=tmp_path, passwords=True)
    kept = place.read_credentials(tmp_path)
    execute(url, "ALTER ROLE relevnt_worker PASSWORD 'another'")

    roles.bootstrap(url, state=tmp_path, passwords=True)

    assert place.read_credentials(tmp_path) == kept
    assert len([rows(address, "SELECT 1") for address in addresses(url, tmp_path)]) == 3


def test_bootstrap_works_for_a_role_that_may_create_roles_without_being_superuser(url, tmp_path):
    execute(url, "CREATE ROLE chief LOGIN CREATEROLE CREATEDB BYPASSRLS PASSWORD 'chief'")
    chief = place.address_for(url, role="chief", password="chief", database="postgres")

    roles.bootstrap(chief, state=tmp_path, passwords=True)
    roles.bootstrap(chief, state=tmp_path, passwords=True)

    assert role_rights(url) == RIGHT_RIGHTS
    assert len([rows(address, "SELECT 1") for address in addresses(url, tmp_path)]) == 3


def test_bootstrap_by_a_role_that_may_not_prints_what_to_run(url, tmp_path):
    execute(url, "CREATE ROLE clerk LOGIN PASSWORD 'clerk-password'")
    clerk = place.address_for(url, role="clerk", password="clerk-password", database="postgres")

    with pytest.raises(roles.BootstrapError) as refusal:
        roles.bootstrap(clerk, state=tmp_path, passwords=True)

    text = str(refusal.value)
    assert roles.setup_sql("relevnt") in text
    assert "DATABASE_OWNER_URL=" in text
    assert "WORKER_DATABASE_URL=" in text
    assert "clerk-password" not in text
    assert not place.credentials_file(tmp_path).exists()


def test_setup_sql_gives_what_bootstrap_gives(url, server, tmp_path):
    before, after = roles.setup_sql("relevnt").split('\\connect "relevnt"\n')

    execute(url, *before.strip().rstrip(";").split(";\n"))
    execute(server.url("postgres", "relevnt"), *after.strip().rstrip(";").split(";\n"))

    by_hand = catalogue_of_rights(url, server)
    roles.bootstrap(url, state=tmp_path, passwords=False)
    assert role_rights(url) == RIGHT_RIGHTS
    assert catalogue_of_rights(url, server) == by_hand


def catalogue_of_rights(url: str, server: Postgres) -> list:
    return (
        role_rights(url)
        + rows(
            url,
            "SELECT datname, datdba::regrole::text, datacl::text FROM pg_database WHERE datname = 'relevnt'",
        )
        + rows(
            server.url("postgres", "relevnt"),
            "SELECT nspacl::text FROM pg_namespace WHERE nspname = 'public'",
        )
        + rows(
            url,
            "SELECT roleid::regrole::text, member::regrole::text FROM pg_auth_members WHERE roleid > 16000",
        )
    )


def test_bootstrap_takes_over_an_empty_database(url, tmp_path):
    execute(url, "CREATE DATABASE jobs")

    roles.bootstrap(url, state=tmp_path, database="jobs", passwords=False)

    assert rows(url, "SELECT datdba::regrole::text FROM pg_database WHERE datname = 'jobs'") == [
        ("relevnt_owner",)
    ]


def test_bootstrap_refuses_a_database_that_holds_something_else(url, server, tmp_path):
    execute(url, "CREATE DATABASE ledger")
    execute(server.url("postgres", "ledger"), "CREATE TABLE entry (amount int)")

    with pytest.raises(
        roles.BootstrapError, match='"ledger" belongs to the role "postgres" and is not empty'
    ):
        roles.bootstrap(url, state=tmp_path, database="ledger", passwords=False)

    assert rows(url, "SELECT datdba::regrole::text FROM pg_database WHERE datname = 'ledger'") == [
        ("postgres",)
    ]


def test_bootstrap_refuses_a_database_that_cannot_hold_every_script(url, tmp_path):
    execute(url, "CREATE DATABASE old TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc")

    with pytest.raises(roles.BootstrapError, match="LATIN1"):
        roles.bootstrap(url, state=tmp_path, database="old", passwords=False)


def test_bootstrap_names_the_address_that_does_not_answer(tmp_path):
    url = f"postgresql://boss:secret@/postgres?host={tmp_path}"

    with pytest.raises(roles.BootstrapError, match="DATABASE_URL cannot be used") as refusal:
        roles.bootstrap(url, state=tmp_path, passwords=True)

    assert "secret" not in str(refusal.value)
