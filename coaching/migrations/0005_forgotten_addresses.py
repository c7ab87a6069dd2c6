"""The worker deletes invitations to the address of an account that is deleted."""

from django.db import migrations

from personas import row_security as rs

THEIRS = "email = (SELECT lower(u.email) FROM users u WHERE u.id = (SELECT app_user_id()))"


class Migration(migrations.Migration):

    dependencies = [
        ("coaching", "0004_progress_of_clients"),
        ("personas", "0004_closing_accounts"),
    ]

    operations = [
        rs.operation(
            f"""
            GRANT DELETE ON coach_invitations TO {rs.WORKER_ROLE};
            CREATE POLICY worker_sees_addressed ON coach_invitations FOR SELECT TO {rs.WORKER_ROLE} USING ({THEIRS});
            CREATE POLICY worker_forgets_addressed ON coach_invitations FOR DELETE TO {rs.WORKER_ROLE} USING ({THEIRS});
            """,
            f"""
            DROP POLICY worker_forgets_addressed ON coach_invitations;
            DROP POLICY worker_sees_addressed ON coach_invitations;
            REVOKE DELETE ON coach_invitations FROM {rs.WORKER_ROLE};
            """,
        ),
    ]
