"""Rights on second factors and sessions: each person's own, and readable before anybody is known, since signing in needs them."""

from django.db import migrations

from personas import row_security as rs

TABLES = ("mfa_authenticator", "usersessions_usersession")


def cascade(table):
    """Give the key that names the person a delete rule in the database, as 0001 does."""
    find_and_drop = f"""
        DO $$ DECLARE found text; BEGIN
            SELECT c.conname INTO STRICT found FROM pg_constraint c
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)
            WHERE c.conrelid = '{table}'::regclass AND c.contype = 'f' AND a.attname = 'user_id';
            EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I', found);
        END $$;
    """
    add = f"ALTER TABLE {table} ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE"
    return rs.operation(f"{find_and_drop} {add} CASCADE", f"{find_and_drop} {add} NO ACTION")


def own_once_known(table):
    """Let whoever is known see their own rows alone; before a sign-in pages may look a factor up, and nobody else may."""
    mine = "user_id = (SELECT app_user_id())"
    before = f"(SELECT app_user_id()) IS NULL OR {mine}"
    return rs.operation(
        f"""
        {rs.enforce(table)}
        GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {rs.BOTH_ROLES};
        CREATE POLICY own_once_known ON {table} FOR ALL TO {rs.APP_ROLE} USING ({before}) WITH CHECK ({before});
        CREATE POLICY own_rows ON {table} FOR ALL TO {rs.WORKER_ROLE} USING ({mine}) WITH CHECK ({mine});
        """,
        f"""
        DROP POLICY own_rows ON {table};
        DROP POLICY own_once_known ON {table};
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        REVOKE ALL ON {table} FROM {rs.BOTH_ROLES};
        """,
    )


# The worker strikes what is kept of sessions that are over, whosever they were, and sees no others.
OVER = """
    NOT EXISTS (
        SELECT 1 FROM django_session s WHERE s.session_key = usersessions_usersession.session_key AND s.expire_date > now()
    )
"""


class Migration(migrations.Migration):
    """Runs after the borrowed apps have made their tables."""

    dependencies = [
        ("relevnt", "0001_initial"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("usersessions", "0001_initial"),
    ]

    operations = [
        *(cascade(table) for table in TABLES),
        *(own_once_known(table) for table in TABLES),
        rs.operation(
            f"""
            CREATE POLICY worker_sees_ended ON usersessions_usersession FOR SELECT TO {rs.WORKER_ROLE} USING ({OVER});
            CREATE POLICY worker_strikes_ended ON usersessions_usersession FOR DELETE TO {rs.WORKER_ROLE} USING ({OVER});
            """,
            """
            DROP POLICY worker_strikes_ended ON usersessions_usersession;
            DROP POLICY worker_sees_ended ON usersessions_usersession;
            """,
        ),
    ]
