"""Progress and the search for gaps open with the scope of learning, as recommendations do."""

from django.db import migrations

from personas import row_security as rs

OPENED = {"learning": ("learning_progress", "learning_states")}

ME = "(SELECT app_user_id())"


def open_to_others(table, scope):
    """Let pages read the rows of people looked at beside one's own, as 0002 does; writing stays for one's own alone."""
    mine = f"user_id = {ME}"
    return rs.operation(
        f"""
        ALTER POLICY own_rows ON {table} TO {rs.WORKER_ROLE};
        CREATE POLICY own_and_looked_at ON {table} FOR SELECT TO {rs.APP_ROLE}
            USING (user_id = ANY ((SELECT people_readable('{scope}'))::uuid[]));
        CREATE POLICY own_new ON {table} FOR INSERT TO {rs.APP_ROLE} WITH CHECK ({mine});
        CREATE POLICY own_changed ON {table} FOR UPDATE TO {rs.APP_ROLE} USING ({mine}) WITH CHECK ({mine});
        CREATE POLICY own_gone ON {table} FOR DELETE TO {rs.APP_ROLE} USING ({mine});
        """,
        f"""
        DROP POLICY own_gone ON {table};
        DROP POLICY own_changed ON {table};
        DROP POLICY own_new ON {table};
        DROP POLICY own_and_looked_at ON {table};
        ALTER POLICY own_rows ON {table} TO {rs.BOTH_ROLES};
        """,
    )


class Migration(migrations.Migration):

    dependencies = [
        ('coaching', '0002_what_coaches_see'),
        ('learning', '0002_courses_and_progress'),
    ]

    operations = [open_to_others(table, scope) for scope, tables in OPENED.items() for table in tables]
