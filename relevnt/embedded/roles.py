"""The three database roles that Relevnt runs as, and their database, made on a server by a role that may."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import errors, sql

from relevnt.embedded import place

_LOCK = 7_356_471_290_447_811  # any number, the same in every copy of Relevnt: two bootstraps of one server take turns
_OLDEST_SERVER = 150_000  # PostgreSQL 15, in libpq's numbering
_SET_OPTION = 160_000  # PostgreSQL 16 tells being a member from being allowed to SET ROLE
_BUILTIN_LOCALES = 170_000  # PostgreSQL 17 brought the builtin locale provider

_WORDS = {
    "rolcanlogin": "LOGIN",
    "rolsuper": "SUPERUSER",
    "rolbypassrls": "BYPASSRLS",
    "rolcreatedb": "CREATEDB",
    "rolcreaterole": "CREATEROLE",
}
_RIGHTS = {
    place.OWNER: {"LOGIN", "BYPASSRLS", "CREATEDB"},
    place.APP: {"LOGIN"},
    place.WORKER: {"LOGIN"},
}


class BootstrapError(Exception):
    """The roles or the database could not be made; the message says what to run or to set."""


def bootstrap(url: str, *, state: Path, database: str | None = place.DATABASE, passwords: bool) -> None:
    """Make the roles, and `database` unless it is None, on the server at `url`; what is right already stays.

    With `passwords`, each role gets a generated one, kept in the state directory's credentials file and set again
    when it no longer opens the server. Safe to run twice and by two at once. Raises BootstrapError.
    """
    with _connect_for_upkeep(url) as server:
        if server.info.server_version < _OLDEST_SERVER:
            version = server.info.server_version // 10_000
            raise BootstrapError(
                f"This server is PostgreSQL {version}. Relevnt needs PostgreSQL 15 or newer."
            )
        server.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            _make_roles(server)
            if database:
                _make_database(server, url, database)
                _open_database(url, database)
            if passwords:
                _settle_passwords(server, url=url, state=state, database=database or server.info.dbname)
        except errors.InsufficientPrivilege as error:
            problem = error.diag.message_primary or str(error)
            raise BootstrapError(_refusal(server.info.user, database or place.DATABASE, problem)) from error


def setup_sql(database: str = place.DATABASE) -> str:
    """The SQL that an administrator runs in psql as a superuser where Relevnt may not create roles by itself."""
    roles = "\n".join(f"CREATE ROLE {role} {_spell(role)} PASSWORD '...';" for role in _RIGHTS)
    return (
        f"{roles}\n"
        f"GRANT {place.APP}, {place.WORKER} TO {place.OWNER};\n"
        f"CREATE DATABASE \"{database}\" OWNER {place.OWNER} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C';\n"
        f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC;\n'
        f'GRANT CONNECT ON DATABASE "{database}" TO {place.APP}, {place.WORKER};\n'
        f'\\connect "{database}"\n'
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC;\n"
        f"GRANT USAGE ON SCHEMA public TO {place.APP}, {place.WORKER};"
    )


def _connect_for_upkeep(url: str) -> psycopg.Connection:
    """A connection to the maintenance database where possible: the one that `url` names may not exist yet."""
    maintenance = urlunsplit(urlsplit(url)._replace(path="/postgres"))
    try:
        return psycopg.connect(maintenance, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError:
        pass
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise BootstrapError(f"The PostgreSQL server in DATABASE_URL cannot be used: {error}") from error


def _make_roles(server: psycopg.Connection) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, _WORDS))
    query = sql.SQL("SELECT rolname, {} FROM pg_roles WHERE rolname = ANY(%s)").format(columns)
    found = {
        name: {word for word, set_ in zip(_WORDS.values(), flags, strict=True) if set_}
        for name, *flags in server.execute(query, [list(_RIGHTS)])
    }
    for role, wanted in _RIGHTS.items():
        if role not in found:
            server.execute(sql.SQL("CREATE ROLE {} " + _spell(role)).format(sql.Identifier(role)))
        elif wrong := found[role] ^ wanted:
            # only what differs: naming an attribute at all may need more rights than having it
            words = " ".join(word if word in wanted else f"NO{word}" for word in sorted(wrong))
            server.execute(sql.SQL("ALTER ROLE {} " + words).format(sql.Identifier(role)))
    for role in (place.APP, place.WORKER):
        if not _may_become(server, place.OWNER, role):
            _grant_role(server, role, to=place.OWNER)
    me = server.info.user
    if not _may_become(server, me, place.OWNER):  # a superuser always may
        _grant_role(server, place.OWNER, to=me)


def _spell(role: str) -> str:
    return " ".join(word if word in _RIGHTS[role] else f"NO{word}" for word in _WORDS.values())


def _may_become(server: psycopg.Connection, member: str, role: str) -> bool:
    kind = "SET" if server.info.server_version >= _SET_OPTION else "MEMBER"
    row = server.execute("SELECT pg_has_role(%s, %s, %s)", [member, role, kind]).fetchone()
    return row is not None and row[0]


def _grant_role(server: psycopg.Connection, role: str, *, to: str) -> None:
    server.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), sql.Identifier(to)))


def _make_database(server: psycopg.Connection, url: str, database: str) -> None:
    query = """
        SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding) FROM pg_database WHERE datname = %s
    """
    found = server.execute(query, [database]).fetchone()
    name, owner = sql.Identifier(database), sql.Identifier(place.OWNER)
    if found is None:
        locale = "LC_COLLATE 'C'"
        if server.info.server_version >= _BUILTIN_LOCALES:
            locale = "LOCALE 'C' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
        command = "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' " + locale
        server.execute(sql.SQL(command).format(name, owner))
        return
    if found[1] != "UTF8":
        raise BootstrapError(
            f'The database "{database}" is encoded in {found[1]}. Relevnt needs UTF8: name another.'
        )
    if found[0] != place.OWNER:
        _refuse_used_database(url, database, found[0])
        server.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, owner))


def _refuse_used_database(url: str, database: str, owner: str) -> None:
    query = """
        SELECT count(*) FROM pg_class
        WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        AND relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_' OR nspname = 'information_schema')
    """
    with _connect_to(url, database) as inside:
        row = inside.execute(query).fetchone()
    if row and row[0]:
        raise BootstrapError(
            f'The database "{database}" belongs to the role "{owner}" and is not empty. Name a database in '
            "DATABASE_URL that is empty or does not exist yet; Relevnt creates it."
        )


def _open_database(url: str, database: str) -> None:
    name = sql.Identifier(database)
    serving = sql.SQL(", ").join([sql.Identifier(place.APP), sql.Identifier(place.WORKER)])
    with _connect_to(url, database) as inside:
        if not _is_superuser(inside):
            inside.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(place.OWNER)))
        inside.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        inside.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, serving))
        inside.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        inside.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(serving))
        row = inside.execute("SELECT has_schema_privilege(%s, 'public', 'CREATE')", [place.OWNER]).fetchone()
    if not row or not row[0]:
        raise BootstrapError(
            f'{place.OWNER} may not create tables in the schema public of "{database}". '
            f"Run there as a superuser: ALTER SCHEMA public OWNER TO pg_database_owner;"
        )


def _is_superuser(server: psycopg.Connection) -> bool:
    return server.info.parameter_status("is_superuser") == "on"


def _connect_to(url: str, database: str) -> psycopg.Connection:
    return psycopg.connect(url, dbname=database, autocommit=True, connect_timeout=10)


def _settle_passwords(server: psycopg.Connection, *, url: str, state: Path, database: str) -> None:
    stored = place.read_credentials(state)
    if stored and not _failed_login(url, stored, database):
        return
    passwords = stored or {role: secrets.token_urlsafe(32) for role in _RIGHTS}
    with server.transaction():
        for role, password in passwords.items():
            # sent as a verifier: a server that logs statements never sees the password
            verifier = server.pgconn.encrypt_password(
                password.encode(), role.encode(), b"scram-sha-256"
            ).decode()
            command = sql.SQL("ALTER ROLE {} PASSWORD {}")
            server.execute(command.format(sql.Identifier(role), sql.Literal(verifier)))
    if not stored:
        place.make_state_dir(state)
        place.write_private(state, json.dumps(passwords, indent=2)).replace(place.credentials_file(state))
    if problem := _failed_login(url, passwords, database):
        raise BootstrapError(
            f"The roles are made, but one cannot log in: {problem}\nCheck pg_hba.conf of the server: "
            f"{', '.join(_RIGHTS)} must be let in with a password from this machine."
        )


def _failed_login(url: str, passwords: dict[str, str], database: str) -> str:
    """Why one of the roles cannot log in, empty when all can."""
    for role, password in passwords.items():
        address = place.address_for(url, role=role, password=password, database=database)
        try:
            psycopg.connect(address, connect_timeout=10).close()
        except psycopg.OperationalError as error:
            return str(error)
    return ""


def _refusal(user: str, database: str, problem: str) -> str:
    return (
        f'The role "{user}" in DATABASE_URL may not set Relevnt up ({problem}).\n'
        "Either name a superuser (or a role with CREATEROLE, CREATEDB and BYPASSRLS on PostgreSQL 16 or newer) in "
        "DATABASE_URL for the first start, or let an administrator run this in psql, with passwords of your own:\n\n"
        f"{setup_sql(database)}\n\n"
        "and then set all three addresses:\n"
        f"DATABASE_URL=postgresql://{place.APP}:...@host:5432/{database}\n"
        f"DATABASE_OWNER_URL=postgresql://{place.OWNER}:...@host:5432/{database}\n"
        f"WORKER_DATABASE_URL=postgresql://{place.WORKER}:...@host:5432/{database}"
    )
