"""Row security in PostgreSQL: the SQL that closes a table to strangers, and the check that it is closed.

Migrations call the functions that return operations; what such a function emits is history once released:
to change it, write a new one. `faults` reads the live catalogue and names everything that would make the
policies void; nothing serves while it finds one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import migrations

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

APP_ROLE = "relevnt_app"
WORKER_ROLE = "relevnt_worker"
BOTH_ROLES = f"{APP_ROLE}, {WORKER_ROLE}"

# Columns whose presence makes a table personal.
PERSON_COLUMNS = ("user_id", "coach_id", "client_id")

# Tables of borrowed apps that have such a column and hold nothing of people; no serving role may read them.
NOT_PERSONAL = {
    "socialaccount_socialapp": "client_id is what a sign-in provider calls this copy; ours stands in the settings"
}

# Tables that must be read before anybody is known. Of our own tables only users may stand here.
READ_BEFORE_IDENTITY = {
    "users": "sign-in looks a person up by e-mail address",
    "account_emailaddress": "sign-in, confirmation and reset look an address up before the person is known",
    "account_emailconfirmation": "a confirmation link is opened by somebody who is not signed in",
    "django_session": "the session says who is asking",
    "mfa_authenticator": "a second factor is asked for before the person is known",
    "usersessions_usersession": "a session is noted by the sign-in that makes the person known",
}


class RowSecurityVoid(Exception):
    """Raised when the connection or the catalogue would let one person see another's rows."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason why row security does not hold."""

    code: str
    message: str


def operation(sql: str, reverse: str = "") -> migrations.RunSQL:
    """A migration step of plain SQL; an empty reverse means that dropping the table undoes it."""
    return migrations.RunSQL(sql, reverse or migrations.RunSQL.noop)


def foreign_key(
    table: str, column: str, target: str, *, on_delete: str, owner: str | None = None
) -> migrations.RunSQL:
    """A foreign key with its delete rule in the database.

    With `owner` (the column that names the person) the key is composite, `(owner, column)`, so that a row
    can only point at a row of the same person; SET NULL then clears `column` alone (PostgreSQL 15).
    """
    columns, targets = (f"{owner}, {column}", "user_id, id") if owner else (column, "id")
    rule = f"SET NULL ({column})" if on_delete == "SET NULL" and owner else on_delete
    name = f"{table}_{column}_fk"
    return operation(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES {target} ({targets}) "
        f"ON DELETE {rule}",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


def enforce(table: str) -> str:
    """The SQL that turns row security on for everybody, the owner of the table included."""
    return f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"


def own_rows(table: str, *, owner: str = "user_id", worker_reads_all: bool = False) -> migrations.RunSQL:
    """Close `table`: people read and write their own rows, whoever acts for nobody sees none.

    `worker_reads_all` lets the worker read every row (matching needs the inputs of all personas).
    """
    mine = f"{owner} = (SELECT app_user_id())"
    sql = [
        enforce(table),
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {BOTH_ROLES};",
        f"CREATE POLICY own_rows ON {table} FOR ALL TO {BOTH_ROLES} USING ({mine}) WITH CHECK ({mine});",
    ]
    if worker_reads_all:
        sql.append(f"CREATE POLICY worker_reads ON {table} FOR SELECT TO {WORKER_ROLE} USING (true);")
    return operation("\n".join(sql))


def worker_keeps(table: str) -> migrations.RunSQL:
    """Let the worker write every row of `table`: it computes them for everybody."""
    return operation(
        f"CREATE POLICY worker_keeps ON {table} FOR ALL TO {WORKER_ROLE} USING (true) WITH CHECK (true);",
        f"DROP POLICY worker_keeps ON {table};",
    )


def shared_rows(table: str, *, app: str = "SELECT") -> migrations.RunSQL:
    """Grant a table without personal rows: the worker writes it, pages may do what `app` lists."""
    return operation(
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {WORKER_ROLE}; GRANT {app} ON {table} TO {APP_ROLE};"
    )


def touch_updated_at(table: str) -> migrations.RunSQL:
    """Keep `updated_at` true for every writer."""
    return operation(
        f"CREATE TRIGGER {table}_updated_at BEFORE UPDATE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION touch_updated_at();"
    )


def faults(connection: BaseDatabaseWrapper) -> list[Fault]:
    """Everything that makes row security void on this connection, read from the live catalogue."""
    with connection.cursor() as cursor:
        cursor.execute(_ROLE_SQL)
        role, superuser, bypass, owner_member, isolation, version = cursor.fetchone()
        cursor.execute(_TABLES_SQL, [list(PERSON_COLUMNS)])
        tables = cursor.fetchall()
        cursor.execute(_VIEWS_SQL)
        views = cursor.fetchall()
        cursor.execute(_DEFINERS_SQL)
        definers = cursor.fetchall()
    checks = (
        (superuser, "superuser", f"role {role} is a superuser"),
        (bypass, "bypass", f"role {role} has BYPASSRLS"),
        (owner_member, "owner", f"role {role} owns tables or may become a role that does"),
        (isolation != "read committed", "isolation", f"isolation level is {isolation}, not read committed"),
        (version < 150000, "version", f"PostgreSQL {version // 10000} is too old: 15 or newer is needed"),
    )
    found = [Fault(code, message) for wrong, code, message in checks if wrong]
    if not tables:
        found.append(Fault("schema", "the tables are missing: run `manage.py migrate`"))
    found += [
        Fault("table", f"table {name} holds personal rows and is not under forced row security with a policy")
        for name, enabled, forced, policies in tables
        if name not in READ_BEFORE_IDENTITY | NOT_PERSONAL and not (enabled and forced and policies)
    ]
    found += [Fault("view", f"{kind} {name} would show rows past row security") for name, kind in views]
    found += [Fault("function", f"function {name} is SECURITY DEFINER") for (name,) in definers]
    return found


def verify(connection: BaseDatabaseWrapper) -> None:
    """Raise RowSecurityVoid, naming every fault, unless row security holds on this connection."""
    found = faults(connection)
    if found:
        raise RowSecurityVoid(
            "Relevnt does not serve because row security would be void:\n- "
            + "\n- ".join(fault.message for fault in found)
        )


_ROLE_SQL = """
SELECT r.rolname, r.rolsuper, r.rolbypassrls,
       EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
                 AND pg_has_role(current_user, c.relowner, 'MEMBER')),
       current_setting('default_transaction_isolation'),
       current_setting('server_version_num')::int
FROM pg_roles r WHERE r.rolname = current_user
"""

_TABLES_SQL = """
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
       EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
  AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped
              AND a.attname = ANY(%s))
ORDER BY c.relname
"""

_VIEWS_SQL = """
SELECT c.relname, CASE c.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND (c.relkind = 'm' OR (c.relkind = 'v'
      AND NOT coalesce(c.reloptions::text[] && ARRAY['security_invoker=true', 'security_invoker=on'], false)))
ORDER BY c.relname
"""

_DEFINERS_SQL = """
SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = 'public' AND p.prosecdef
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
ORDER BY p.proname
"""
