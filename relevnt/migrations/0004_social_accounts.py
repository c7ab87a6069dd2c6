"""Rights on connected sign-ins: each person's own, and the one that a transaction has proven; tokens are never kept."""

from django.db import migrations

from personas import row_security as rs

ACCOUNTS, TOKENS = "socialaccount_socialaccount", "socialaccount_socialtoken"


def cascade(table, column, target):
    """Give a key of a borrowed table, whatever its name, a delete rule in the database, as 0001 does."""
    find_and_drop = f"""
        DO $$ DECLARE found text; BEGIN
            SELECT c.conname INTO STRICT found FROM pg_constraint c
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)
            WHERE c.conrelid = '{table}'::regclass AND c.contype = 'f' AND a.attname = '{column}';
            EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I', found);
        END $$;
    """
    add = f"ALTER TABLE {table} ADD FOREIGN KEY ({column}) REFERENCES {target} (id) ON DELETE"
    return rs.operation(f"{find_and_drop} {add} CASCADE", f"{find_and_drop} {add} NO ACTION")


class Migration(migrations.Migration):
    """Runs after the borrowed app has made its tables. Its table of providers is opened to nobody: ours stands in the settings."""

    dependencies = [
        ("relevnt", "0003_traces_of_deleted_accounts"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
    ]

    operations = [
        cascade(ACCOUNTS, "user_id", "users"),
        cascade(TOKENS, "account_id", ACCOUNTS),
        rs.operation(
            f"""
            {rs.enforce(ACCOUNTS)}
            GRANT SELECT, INSERT, UPDATE, DELETE ON {ACCOUNTS} TO {rs.BOTH_ROLES};
            CREATE POLICY own_rows ON {ACCOUNTS} FOR ALL TO {rs.BOTH_ROLES}
                USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));
            -- A sign-in finds its account by the issuer and the name there, which the provider has just vouched for.
            CREATE POLICY proven_name ON {ACCOUNTS} FOR SELECT TO {rs.APP_ROLE}
                USING (provider || ' ' || uid = (SELECT nullif(current_setting('app.sign_in_name', true), '')));
            """,
            f"""
            DROP POLICY proven_name ON {ACCOUNTS};
            DROP POLICY own_rows ON {ACCOUNTS};
            ALTER TABLE {ACCOUNTS} NO FORCE ROW LEVEL SECURITY;
            ALTER TABLE {ACCOUNTS} DISABLE ROW LEVEL SECURITY;
            REVOKE ALL ON {ACCOUNTS} FROM {rs.BOTH_ROLES};
            """,
        ),
        # Whoever deletes a sign-in asks for its tokens first; nobody may write one.
        rs.operation(
            f"""
            {rs.enforce(TOKENS)}
            GRANT SELECT, DELETE ON {TOKENS} TO {rs.BOTH_ROLES};
            CREATE POLICY of_own_rows ON {TOKENS} FOR ALL TO {rs.BOTH_ROLES}
                USING (account_id IN (SELECT id FROM {ACCOUNTS} WHERE user_id = (SELECT app_user_id()))) WITH CHECK (false);
            """,
            f"""
            DROP POLICY of_own_rows ON {TOKENS};
            ALTER TABLE {TOKENS} NO FORCE ROW LEVEL SECURITY;
            ALTER TABLE {TOKENS} DISABLE ROW LEVEL SECURITY;
            REVOKE ALL ON {TOKENS} FROM {rs.BOTH_ROLES};
            """,
        ),
    ]
