"""Rights on the tables of borrowed apps: what pages and the worker may do there, and nothing else."""

from django.db import migrations

from personas import row_security as rs

ALL = "SELECT, INSERT, UPDATE, DELETE"

RIGHTS = {
    # table: (pages, worker)
    "django_session": (ALL, "SELECT, DELETE"),
    "account_emailaddress": (ALL, "SELECT"),
    "account_emailconfirmation": (ALL, "SELECT, DELETE"),
    "django_content_type": ("SELECT", "SELECT"),
    "django_migrations": ("SELECT", "SELECT"),
    "auth_permission": ("SELECT", "SELECT"),
}


def grant(table, pages, worker):
    """The SQL of one line of RIGHTS."""
    return f"GRANT {pages} ON {table} TO {rs.APP_ROLE}; GRANT {worker} ON {table} TO {rs.WORKER_ROLE};"


def cascade(table, column, target):
    """Give a key of a borrowed table, whatever its name, a delete rule in the database."""
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
    """Runs after the borrowed apps have made their tables."""

    initial = True

    dependencies = [
        ("personas", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        # Whoever deletes an account deletes what the borrowed apps keep of it, with plain SQL too.
        cascade("account_emailaddress", "user_id", "users"),
        cascade("account_emailconfirmation", "email_address_id", "account_emailaddress"),
        cascade("django_admin_log", "user_id", "users"),
        rs.operation("\n".join(grant(table, *rights) for table, rights in RIGHTS.items())),
        # The admin's log names rows of people: everybody sees what they did themselves.
        rs.own_rows("django_admin_log"),
    ]
